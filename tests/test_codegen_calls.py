"""Stack parameters under pressure, landing pads with values, early exits: what random IR reaches too rarely."""

from __future__ import annotations

import pytest
from codegen_harness import M64, Loaded
from iced_x86 import Decoder, Mnemonic

from starklink.codegen.generate import Options, generate
from starklink.ir import ops, traps
from starklink.ir.function_builder import FunctionBuilder
from starklink.ir.module import Function, Module, Signature
from starklink.ir.text import parse
from starklink.ir.types import F64, I64, PTR, VOID
from starklink.objwriter.model import Fragment


@pytest.mark.parametrize("pointer", [False, True])
@pytest.mark.parametrize("calls", [False, True])
def test_stack_parameters_in_loops(calls: bool, pointer: bool) -> None:
    module = Module()
    helper = module.add_symbol(Function("helper", "helper", Signature((I64,), I64)))
    f = FunctionBuilder(module, helper)
    f.ret(f.bin(ops.XOR, I64, f.param(I64), f.const(I64, 5)))
    f.finish()
    types = [I64] * 14 + [F64] * 12
    symbol = module.add_symbol(Function("f", "f", Signature(tuple(types), I64)))
    f = FunctionBuilder(module, symbol)
    params = [f.param(t) for t in types]
    total, i = f.new_var(I64), f.new_var(I64)
    f.write(total, f.const(I64, 0))
    f.write(i, f.const(I64, 0))
    loop, done = f.new_block(2), f.new_block()
    f.jump(loop)
    f.start(loop)
    for k, p in enumerate(params):
        if types[k] == F64:
            p = f.un(ops.FTOSI, I64, p)
        f.write(total, f.bin(ops.ADD, I64, f.bin(ops.MUL, I64, f.read(total), f.const(I64, 3)), p))
        if calls and k % 5 == 0:
            f.write(total, f.call(helper, (f.read(total),)))
    f.write(i, f.bin(ops.ADD, I64, f.read(i), f.const(I64, 1)))
    f.br(f.cmp(ops.SLT, f.read(i), params[13]), loop, done)
    f.seal(loop)
    f.seal(done)
    f.start(done)
    f.ret(f.bin(ops.ADD, I64, f.read(total), params[7]))
    f.finish()
    code = Loaded(generate(module, options=Options(check=True, frame_pointer=pointer)))
    args = [100 + 7 * k for k in range(13)] + [3] + [float(k) for k in range(12)]
    wanted = 0
    for _ in range(3):
        for k, a in enumerate(args):
            wanted = (wanted * 3 + int(a)) & M64
            if calls and k % 5 == 0:
                wanted ^= 5
    assert code.call("f", *args) == (wanted + args[7]) & M64
    code.close()


PADS = """module m
func @throw(ptr) -> void
func @quiet(i64) -> i64 {
b0(v1: i64):
  v2: i64 = add v1, v1
  ret v2
}
func @f(i64, i64, ptr, f64) -> i64 exported {
b0(v1: i64, v2: i64, v3: ptr, v4: f64):
  v5: i64 = mul v1, v2
  v6: i64 = iconst 1000
  v7: i64 = add v5, v6
  v8: f64 = fadd v4, v4
  jump b1()
b1: handler b3
  v9: i64 = call @quiet(v7)
  call @throw(v3)
  v10: i64 = call @quiet(v9)
  jump b2(v10)
b2(v11: i64):
  v12: i64 = add v11, v5
  ret v12
b3: weight 0
  v13: ptr = landing
  v14: i64 = load v13, 8
  v15: i64 = add v14, v5
  v16: i64 = mul v15, v7
  v17: i64 = ftosi v8
  v18: i64 = sub v16, v17
  v19: i64 = call @quiet(v18)
  v20: i64 = add v19, v1
  ret v20
}
func @loop(i64, ptr) -> i64 exported {
b0(v1: i64, v2: ptr):
  v3: i64 = iconst 0
  v4: i64 = mul v1, v1
  jump b1(v3, v3)
b1(v5: i64, v6: i64): weight 2 handler b2
  v7: i64 = call @quiet(v5)
  call @throw(v2)
  v8: i64 = iconst 999
  ret v8
b2: weight 2
  v9: ptr = landing
  v10: i64 = load v9, 8
  v11: i64 = add v10, v4
  ret v11
}
"""


@pytest.mark.parametrize("pointer", [False, True])
def test_values_reach_landing_pads(pointer: bool) -> None:
    import ctypes
    import struct

    code = Loaded(generate(parse(PADS), options=Options(check=True, frame_pointer=pointer)))
    thing = ctypes.create_string_buffer(struct.pack("<QQ", 0, 77))
    at = ctypes.addressof(thing)
    x = 6 * 7
    assert code.call("f", 6, 7, at, 2.5) == 2 * ((77 + x) * (x + 1000) - 5) + 6
    assert code.call("loop", 9, at) == 77 + 81
    function = code.fragments["f"]
    guarded = [site.handler for site in function.sites]
    assert guarded[:3] == [guarded[0]] * 3 and guarded[0] and guarded[3] == 0
    code.close()


def mnemonics(fragment: Fragment) -> list[int]:
    return [inst.mnemonic for inst in Decoder(64, fragment.data)]


def test_early_exits_run_without_a_frame() -> None:
    module = Module()
    symbol = module.add_symbol(Function("sum", "sum", Signature((PTR,), I64), exported=True))
    f = FunctionBuilder(module, symbol)
    p = f.param(PTR)
    f.nullcheck(p)
    left = f.load(PTR, p, 8)
    leaf, inner = f.new_block(), f.new_block()
    f.br(f.cmp(ops.EQ, left, f.const(PTR, 0)), leaf, inner)
    for block in (leaf, inner):
        f.seal(block)
    f.start(leaf)
    f.ret(f.load(I64, p, 24))
    f.start(inner)
    total = f.trapping(ops.SADD_TRAP, I64, f.load(I64, p, 24), f.call(symbol, (left,)), traps.OVF_ADD)
    f.ret(f.trapping(ops.SSUB_TRAP, I64, total, f.call(symbol, (f.load(PTR, p, 16),)), traps.OVF_SUB))
    f.finish()
    wrapped, = generate(module, level=2)
    plain, = generate(module, options=Options(shrink_wrap=False))
    assert mnemonics(plain)[0] == Mnemonic.PUSH
    early = mnemonics(wrapped)[:mnemonics(wrapped).index(Mnemonic.RET)]
    assert Mnemonic.PUSH not in early and Mnemonic.POP not in early
    # The null check's handler is called from code without a frame, the others from code with one.
    assert sorted({site.frame for site in wrapped.sites}) == sorted({8, wrapped.frame_offset - 8})
    assert {site.frame for site in plain.sites} == {plain.frame_offset - 8}
    from test_codegen_frames import simulate
    assert simulate(wrapped) and simulate(plain)


def test_void_functions_and_unused_results() -> None:
    code = Loaded(generate(parse("""module m
func @g(i64) -> i64 {
b0(v1: i64):
  ret v1
}
func @f(i64) -> i64 exported {
b0(v1: i64):
  v2: i64 = call @g(v1)
  call @h()
  ret v1
}
func @h() -> void {
b0:
  ret
}
"""), options=Options(check=True)))
    assert code.call("f", 9) == 9
    assert VOID == 0
    code.close()
