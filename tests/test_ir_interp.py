"""The interpreter: arithmetic against semantics.evaluate and numpy, memory, traps, limits, externs and traces."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from struct import pack, unpack

import numpy
import pytest

from starklink.ir import BOOL, F32, F64, I8, I16, I32, I64, PTR, VOID, Builder, InterpError, ops, traps
from starklink.ir.interp import Interpreter, TrapError, default_externs
from starklink.ir.module import Data, Function, Module, Signature, float_bits
from starklink.ir.ops import FOLD, OPS
from starklink.ir.semantics import evaluate, signed, to_float
from starklink.ir.text import parse
from starklink.ir.types import BITS, IS_FLOAT, NAMES, SIZES
from starklink.ir.verify import verify_module

INTS = (0, 1, 2, 3, 7, 10, 31, 32, 33, 63, 64, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
        1 << 53, (1 << 53) + 1, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF, 0x123456789ABCDEF0)
FLOATS = (0.0, -0.0, 1.0, -1.5, 0.1, 1e10, -3.5e9, 9.3e18, 1e300, -1e300, 3.4028235e38, 1e-310,
          float("inf"), float("-inf"), math.nan)


def shapes(info: ops.OpInfo) -> Iterator[tuple[int, int]]:
    """(type of the first operand, result type) for which an op is defined."""
    kinds = {"i": (I32, I64), "a": (I32, I64), "f": (F32, F64), "n": (BOOL, I8, I16, I32, I64), "*": (I32, F64)}[info.types]
    fixed = {
        "sext": [(I8, I32), (I16, I64), (I32, I64), (BOOL, I64)], "zext": [(BOOL, I8), (I8, I32), (I16, I64), (I32, I64)],
        "trunc": [(I64, I32), (I64, I8), (I32, I16)], "sitof": [(I32, F32), (I64, F32), (I32, F64), (I64, F64)],
        "uitof": [(I32, F32), (I64, F32), (I32, F64), (I64, F64)], "ftosi": [(F32, I32), (F32, I64), (F64, I32), (F64, I64)],
        "fext": [(F32, F64)], "ftrunc": [(F64, F32)], "select": [(BOOL, I64), (BOOL, F32)],
        "bitcast": [(I64, F64), (F64, I64), (I32, F32), (F32, I32), (I64, PTR), (BOOL, I8)],
    }.get(info.name)
    yield from fixed or ((type_, BOOL if info.result == "bool" else type_) for type_ in kinds)


FOLDABLE = [(info, shape) for info in OPS if info.effects & FOLD and info.number not in (ops.ICONST, ops.FCONST)
            for shape in shapes(info)]


def pattern(rng: random.Random, type_: int) -> int:
    if IS_FLOAT[type_]:
        value = rng.choice(FLOATS) if rng.random() < 0.6 else rng.uniform(-1e6, 1e6) * 10.0 ** rng.randrange(-20, 20)
        return float_bits(value, type_)
    if type_ == BOOL:
        return rng.randrange(2)
    return (rng.choice(INTS) if rng.random() < 0.7 else rng.getrandbits(64)) & (1 << BITS[type_]) - 1


def as_argument(bits: int, type_: int) -> float:
    return to_float(bits, type_) if IS_FLOAT[type_] else bits


def as_bits(value: float, type_: int) -> int:
    return float_bits(value, type_) if IS_FLOAT[type_] else int(value) & (1 << BITS[type_]) - 1


@pytest.mark.parametrize(("info", "shape"), FOLDABLE,
                         ids=lambda x: x.name if isinstance(x, ops.OpInfo) else "-".join(NAMES[t] for t in x))
def test_every_foldable_op_computes_what_evaluate_says(info: ops.OpInfo, shape: tuple[int, int]) -> None:
    source, result = shape
    count = info.args.count("V")
    types = (source, result, result) if info.name == "select" else (source,) * count
    module = Module("op")
    function = module.add_symbol(Function("f", "f", Signature(types, result)))
    block = module.new_block(function)
    module.function(function).blocks.append(block)
    slots = [module.block_param(block, type_) for type_ in types] + ([traps.OVF_ADD] if info.args[2] == "T" else [])
    value = module.append(block, module.new_inst(info.number, result, *slots))
    module.append(block, module.new_inst(ops.RET, VOID, value))
    interpreter = Interpreter(module)
    rng = random.Random(info.name)
    for _ in range(60):
        operands = [pattern(rng, type_) for type_ in types]
        wanted = evaluate(info.number, source, result, *operands)
        arguments = [as_argument(bits, type_) for bits, type_ in zip(operands, types)]
        if wanted is None:
            with pytest.raises(InterpError):
                interpreter.run("f", arguments)
        else:
            assert as_bits(interpreter.run("f", arguments), result) == wanted, (operands, wanted)


NUMPY_INT = {
    ops.ADD: numpy.add, ops.SUB: numpy.subtract, ops.MUL: numpy.multiply, ops.AND: numpy.bitwise_and, ops.XOR: numpy.bitwise_xor,
}


def test_semantics_against_numpy() -> None:
    """An implementation that shares no code: wrapping arithmetic, float rounding, conversions."""
    rng = random.Random(7)
    for _ in range(2000):
        type_ = rng.choice((I32, I64))
        kind = numpy.int32 if type_ == I32 else numpy.int64
        a, b = pattern(rng, type_), pattern(rng, type_)
        x, y = kind(signed(a, BITS[type_])), kind(signed(b, BITS[type_]))
        with numpy.errstate(all="ignore"):
            for op, function in NUMPY_INT.items():
                assert evaluate(op, type_, type_, a, b) == int(function(x, y)) & (1 << BITS[type_]) - 1
            assert evaluate(ops.SITOF, type_, F32, a) == int(numpy.float32(x).view(numpy.uint32))
            unsigned = numpy.uint32(a) if type_ == I32 else numpy.uint64(a)
            assert evaluate(ops.UITOF, type_, F32, a) == int(unsigned.astype(numpy.float32).view(numpy.uint32))
            assert evaluate(ops.UITOF, type_, F64, a) == int(unsigned.astype(numpy.float64).view(numpy.uint64))
            p, q = (numpy.uint32(pattern(rng, F32)).view(numpy.float32) for _ in "ab")
            pairs = ((ops.FADD, p + q), (ops.FSUB, p - q), (ops.FMUL, p * q), (ops.FDIV, p / q), (ops.FSQRT, numpy.sqrt(p)))
        bits = [int(v.view(numpy.uint32)) for v in (p, q)]
        for op, wanted in pairs:
            got = to_float(evaluate(op, F32, F32, *bits) or 0, F32)
            assert got == wanted or (math.isnan(got) and math.isnan(wanted)), (op, p, q)


@pytest.mark.parametrize(("a", "b", "quotient", "remainder"), [(7, 2, 3, 1), (-7, 2, -3, -1), (7, -2, -3, 1), (-7, -2, 3, -1)])
def test_division_truncates(a: int, b: int, quotient: int, remainder: int) -> None:
    for op, wanted in ((ops.SDIV, quotient), (ops.SREM, remainder)):
        assert evaluate(op, I64, I64, a & (1 << 64) - 1, b & (1 << 64) - 1) == wanted & (1 << 64) - 1


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 2.0**63, -2.0**64])
def test_float_to_int_out_of_range_gives_the_least_number(value: float) -> None:
    assert evaluate(ops.FTOSI, F64, I64, float_bits(value, F64)) == 1 << 63
    assert evaluate(ops.FTOSI, F64, I32, float_bits(value, F64)) == 1 << 31


def memory_module() -> Module:
    b = Builder("memory")
    other = b.data("other", b"abcdefgh")
    data = Data("d", ".data", 40, 16, b"\x01\x02\x03\xff", [(8, other, 3)])
    data.relocs32.append((16, other, 0))
    b.module.add_symbol(data)
    for type_ in (BOOL, I8, I16, I32, I64, F32, F64, PTR):
        with b.function(f"load_{NAMES[type_]}", (PTR,), type_) as f:
            f.ret(f.load(type_, f.params[0], 4))
        with b.function(f"store_{NAMES[type_]}", (PTR, type_), VOID) as f:
            f.store(f.params[0], f.params[1], 4)
            f.ret()
    with b.function("letter", (), I8) as f:
        f.ret(f.load(I8, f.load(PTR, f.address("d", 8))))
    with b.function("frames", (I64,), I64) as f:
        slot = f.slot(16)
        old = f.load(I64, slot)
        f.store(slot, f.params[0])
        again, end = f.block(), f.block()
        f.branch(f.params[0] > 0, again, end)
        with f.at(again):
            inner = f.call("frames", f.params[0] - 1)
            f.ret(inner + f.load(I64, slot))
        with f.at(end):
            f.ret(old)
    with b.function("move", (PTR, PTR, I64), VOID) as f:
        f.op("copy", *f.params)
        f.ret()
    return b.finish()


def test_memory() -> None:
    module = memory_module()
    interpreter = Interpreter(module)
    run = interpreter.run
    d = interpreter.addresses[module.symbol_ids["d"]]
    assert d % 16 == 0 and run("letter") == ord("d")
    assert interpreter.load(I32, d + 16) == interpreter.addresses[module.symbol_ids["other"]]
    cases = {BOOL: 1, I8: -1, I16: -2, I32: -(1 << 31), I64: -(1 << 63), F32: 0.5, F64: 0.1, PTR: 0x12345678}
    for type_, value in cases.items():
        run(f"store_{NAMES[type_]}", [d + 16, value])
        assert run(f"load_{NAMES[type_]}", [d + 16]) == value
        assert len(interpreter.read(d + 20, SIZES[type_])) == SIZES[type_]
    assert run("frames", [3]) == 6, "slots are fresh and zero in every frame"
    interpreter.write(d + 20, b"0123456789")
    run("move", [d + 22, d + 20, 8])
    assert interpreter.read(d + 20, 10) == b"0101234567"


@pytest.mark.parametrize("address", [0, -4, -1, 0xFFF8, 1 << 40, 1 << 62, -(1 << 63), (1 << 63) - 1])
def test_stray_accesses_name_the_instruction(address: int) -> None:
    interpreter = Interpreter(memory_module())
    with pytest.raises(InterpError, match="load_i64: v2: i64 = load v1, 4: memory access outside"):
        interpreter.run("load_i64", [address])
    with pytest.raises(InterpError, match="store_f64: store v1, v2, 4: memory access outside"):
        interpreter.run("store_f64", [address, 1.0])
    with pytest.raises(InterpError, match="memory access"):
        interpreter.run("move", [address, 0x10000, 8])


def test_limits_and_faults() -> None:
    b = Builder("limits")
    with b.function("deep", (I64,), I64) as f:
        f.ret(f.call("deep", f.params[0] + 1))
    with b.function("frames", (I64,), I64) as f:
        f.slot(1000)
        f.ret(f.call("frames", f.params[0] + 1))
    with b.function("spin", (), VOID) as f:
        loop = f.block()
        f.jump(loop)
        with f.at(loop):
            f.jump(loop)
    with b.function("divide", (I64, I64), I64) as f:
        f.ret(f.params[0] // f.params[1])
    with b.function("wild", (PTR,), VOID) as f:
        f.call_address(f.params[0], (), VOID)
        f.ret()
    b.declare("nobody")
    with b.function("alone", (), VOID) as f:
        f.call("nobody")
        f.ret()
    interpreter = Interpreter(b.finish(), step_limit=1_000_000)
    with pytest.raises(InterpError, match=r"deep: .*: stack overflow"):
        interpreter.run("deep", [0])
    with pytest.raises(InterpError, match="stack overflow"):
        interpreter.run("frames", [0])
    with pytest.raises(InterpError, match="divide: v3: i64 = sdiv v1, v2: division by zero"):
        interpreter.run("divide", [1, 0])
    with pytest.raises(InterpError, match="quotient overflow"):
        interpreter.run("divide", [-(1 << 63), -1])
    with pytest.raises(InterpError, match="call of address 5"):
        interpreter.run("wild", [5])
    with pytest.raises(InterpError, match="nobody has no body"):
        interpreter.run("alone")
    with pytest.raises(InterpError, match=r"spin.*step limit"):
        interpreter.run("spin")


def test_recursion_is_deeper_than_pythons() -> None:
    b = Builder("deep")
    with b.function("count", (I64,), I64) as f:
        more, end = f.block(), f.block()
        f.branch(f.params[0] > 0, more, end)
        with f.at(more):
            f.ret(f.call("count", f.params[0] - 1) + 1)
        with f.at(end):
            f.ret(0)
    assert Interpreter(b.finish(), depth_limit=50_000).run("count", [45_000]) == 45_000


def test_traps_call_their_handlers() -> None:
    b = Builder("traps")
    with b.function("f", (PTR, I64, I64), I64) as f:
        p, i, n = f.params
        f.check_null(p)
        f.check_bounds(i, n)
        f.trap_if(i == 3, traps.CAST_INT, i, 12)
        f.ret(f.checked("smul_trap", i, n, traps.OVF_MUL))
    module = b.finish()
    run = Interpreter(module).run
    assert run("f", [1, 2, 5]) == 10
    for args, kind, values in (((0, 2, 5), traps.NULL, ()), ((1, -1, 5), traps.INDEX, (-1, 5)), ((1, 5, 5), traps.INDEX, (5, 5)),
                               ((1, 3, 5), traps.CAST_INT, (3, 12)), ((1, 4, 1 << 62), traps.OVF_MUL, ())):
        with pytest.raises(TrapError) as caught:
            run("f", args)
        assert (caught.value.kind, caught.value.values) == (kind, values)
    b = Builder("handled")
    b.declare("__sys_exit", (I64,))
    with b.function("__trap_index", (I64, I64), VOID) as f:
        f.call("__sys_exit", f.params[0] * 10 + f.params[1])
        f.ret()
    with b.function("main", (I64,), I64) as f:
        f.check_bounds(f.params[0], f.const(I64, 3))
        f.ret(1)
    externs, output = default_externs()
    interpreter = Interpreter(b.finish(), externs)
    assert interpreter.run("main", [2]) == 1 and output.exit_code is None
    assert interpreter.run("main", [7]) == 73 == output.exit_code
    del externs["__sys_exit"]
    externs["__sys_exit"] = lambda interp, args: None
    with pytest.raises(InterpError, match="handler of trap index returned"):
        Interpreter(b.module, externs).run("main", [7])


def test_streams_and_allocation() -> None:
    b = Builder("io")
    b.declare("__sys_read", (I64, I64, I64), I64)
    b.declare("__sys_write", (I64, I64, I64), I64)
    b.declare("__sys_map", (I64,), I64)
    with b.function("echo", (), I64) as f:
        buffer = f.call("__sys_map", 5)
        loop, more, end = f.block(), f.block(), f.block()
        f.jump(loop)
        with f.at(loop):
            n = f.call("__sys_read", 0, buffer, 5)
            f.branch(n > 0, more, end)
        with f.at(more):
            f.call("__sys_write", 1, buffer, n)
            f.call("__sys_write", 2, buffer, 1)
            f.jump(loop)
        with f.at(end):
            f.ret(buffer)
    externs, output = default_externs(b"hello, world")
    assert Interpreter(b.finish(), externs).run("echo") % 4096 == 0
    assert (bytes(output.stdout), bytes(output.stderr)) == (b"hello, world", b"h,l")


def test_overrides_and_function_addresses() -> None:
    b = Builder("calls")
    with b.function("twice", (I64,), I64) as f:
        f.ret(f.params[0] * 2)
    with b.function("main", (I64,), I64) as f:
        direct = f.call("twice", f.params[0])
        f.ret(direct + f.call_address(f.address("twice"), (I64,), I64, f.params[0]))
    module = b.finish()
    externs = {"twice": lambda interp, args: args[0] + 1000}
    assert Interpreter(module, externs).run("main", [5]) == 20
    assert Interpreter(module, externs, override=["twice"]).run("main", [5]) == 2010


def test_trace_lists_visible_frames() -> None:
    b = Builder("trace")
    b.declare("__trace_collect", (I64, I64), I64)
    b.declare("hidden", (), I64)
    buffer = b.data("buffer", size=256)
    with b.function("inner", (), I64) as f:
        f.pos = 30
        f.ret(f.call("hidden"))
    with b.function("hidden", (), I64) as f:
        f.ret(f.call("__trace_collect", f.op("bitcast", f.address(buffer), type=I64), 2))
    with b.function("main", (I64,), I64) as f:
        again, end = f.block(), f.block()
        f.branch(f.params[0] > 0, again, end)
        f.pos = 20
        with f.at(again):
            f.ret(f.call("main", f.params[0] - 1))
        f.pos = 10
        with f.at(end):
            f.ret(f.call("inner"))
    module = b.finish()
    module.function(module.symbol_ids["hidden"]).runtime = True
    module.function(module.symbol_ids["main"]).name = "Program.Main"
    externs, _ = default_externs()
    interpreter = Interpreter(module, externs, override=["__trace_collect"],
                              locate=lambda pos: ("lib.fsh" if pos == 30 else "main.fsh", pos, pos + 1))
    assert interpreter.run("main", [1]) == 3
    start = interpreter.addresses[buffer]
    records = [unpack("<qqqq", interpreter.read(start + 32 * i, 32)) for i in range(3)]
    assert [interpreter.string(name) for name, _, _, _ in records[:2]] == [b"inner", b"Program.Main"]
    assert [(interpreter.string(file), place, other) for _, file, place, other in records[:2]] == [
        (b"lib.fsh", 30 << 12 | 31, 1), (b"main.fsh", 10 << 12 | 11, 0)]
    assert records[2] == (0, 0, 0, 0), "only the limit is filled"


def test_landing_pads() -> None:
    """The innermost guarded frame catches, with its own stack; a throw nobody catches comes back."""
    module = parse("""\
func @__unwind(ptr) -> void
func @thrower(i64, ptr) -> i64 {
b0(v1: i64, v2: ptr):
  v3: ptr = slot 64, 8
  store v3, v1, 0
  call @__unwind(v2)
  ret v1
}
func @main(i64, ptr) -> i64 {
b0(v1: i64, v2: ptr):
  v3: ptr = slot 8, 8
  v4: i64 = iconst 100
  store v3, v4, 0
  v5: i64 = iconst 3
  v6: bool = sgt v1, v5
  br v6, b1(), b2()
b1: handler b3
  v7: i64 = call @thrower(v1, v2)
  ret v7
b2:
  v8: i64 = call @thrower(v1, v2)
  ret v8
b3:
  v9: ptr = landing
  v10: i64 = load v3, 0
  v11: i64 = load v9, 0
  v12: i64 = add v10, v11
  v13: i64 = call @thrower(v12, v2)
  ret v13
}
data @thing section .data size 8 align 8 {
  bytes 0: 0500000000000000
}
""")
    assert verify_module(module) == []
    externs, _ = default_externs()
    interpreter = Interpreter(module, externs)
    thing = interpreter.addresses[module.symbol_ids["thing"]]
    before = interpreter.stack_pointer()
    assert interpreter.run("main", [9, thing]) == 105
    assert interpreter.run("main", [2, thing]) == 2
    assert interpreter.stack_pointer() == before


def test_strings() -> None:
    interpreter = Interpreter(Builder("s").finish())
    address = interpreter.new_string("grüße".encode())
    assert interpreter.string(address) == "grüße".encode()
    assert interpreter.read(address, 24)[8:] == pack("<q", 7) + "grüße".encode() + b"\0"
    with pytest.raises(InterpError):
        interpreter.read(0, 1)
