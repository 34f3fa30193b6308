"""Building IR: SSA construction of the fast layer, the friendly layer, errors."""

from __future__ import annotations

import random
import time

import pytest

from starklink.ir import I64, Builder, BuildError, VerifyError, ops, traps
from starklink.ir.function_builder import FunctionBuilder
from starklink.ir.interp import Interpreter
from starklink.ir.module import DebugVar, Function, Module, Signature
from starklink.ir.text import print_function
from starklink.ir.types import BOOL, F64, I32, PTR, VOID
from starklink.ir.verify import check


def start(params: tuple[int, ...] = (I64,), result: int = I64, fold: bool = False) -> tuple[FunctionBuilder, list[int]]:
    module = Module("test")
    symbol = module.add_symbol(Function("f", "f", Signature(params, result)))
    f = FunctionBuilder(module, symbol, fold)
    return f, [f.param(type_) for type_ in params]


def done(f: FunctionBuilder) -> str:
    f.finish()
    check(f.module)
    text = print_function(f.module, f.symbol_id)
    return text[text.index("\n") + 1:-2].replace("\n}", "").rstrip()


def test_a_join_gets_a_parameter_only_for_what_differs() -> None:
    f, (x,) = start()
    same, differs = f.new_var(I64), f.new_var(I64)
    f.write(same, x)
    f.write(differs, x)
    then, join = f.new_block(), f.new_block()
    f.br(f.cmp(ops.SLT, x, f.const(I64, 0)), then, join)
    f.seal(then)
    f.start(then)
    f.write(differs, f.un(ops.NEG, I64, f.read(differs)))
    f.jump(join)
    f.seal(join)
    f.start(join)
    f.ret(f.bin(ops.ADD, I64, f.read(same), f.read(differs)))
    assert done(f) == """\
b0(v1: i64):
  v2: i64 = iconst 0
  v3: bool = slt v1, v2
  br v3, b1(), b2(v1)
b1:
  v4: i64 = neg v1
  jump b2(v4)
b2(v5: i64):
  v6: i64 = add v1, v5
  ret v6"""


def test_an_unchanged_variable_of_a_loop_needs_no_parameter() -> None:
    f, (n,) = start()
    limit, i = f.new_var(I64), f.new_var(I64)
    f.write(limit, n)
    f.write(i, f.const(I64, 0))
    head, body, end = f.new_block(2), f.new_block(2), f.new_block()
    f.jump(head)
    f.start(head)
    early = f.read(limit)                       # still a parameter of the unsealed block; stays usable
    f.br(f.cmp(ops.SLT, f.read(i), early), body, end)
    f.seal(body)
    f.start(body)
    f.write(i, f.bin(ops.ADD, I64, f.read(i), f.const(I64, 1)))
    f.jump(head)
    f.seal(head)
    f.seal(end)
    f.start(end)
    f.ret(f.bin(ops.ADD, I64, early, f.read(i)))
    assert done(f) == """\
b0(v1: i64):
  v2: i64 = iconst 0
  jump b1(v2)
b1(v3: i64): weight 2
  v4: bool = slt v3, v1
  br v4, b2(), b3()
b2: weight 2
  v5: i64 = iconst 1
  v6: i64 = add v3, v5
  jump b1(v6)
b3:
  v7: i64 = add v1, v3
  ret v7"""


def test_unreachable_code_is_dropped() -> None:
    f, (x,) = start()
    after = f.new_block()
    var = f.new_var(I64)
    f.write(var, x)
    f.ret(x)
    assert f.terminated
    f.write(var, f.const(I64, 5))               # goes into a block of its own
    f.emit(ops.ADD, I64, f.read(var), x)
    f.jump(after)
    f.start(after)
    f.ret(f.read(var))
    assert done(f) == "b0(v1: i64):\n  ret v1"


def test_explicit_and_variable_parameters_mix() -> None:
    f, (x,) = start()
    var = f.new_var(I64)
    f.write(var, x)
    loop, end = f.new_block(), f.new_block()
    count = f.block_param(loop, I64)
    total = f.block_param(end, I64)
    f.jump(loop, (f.const(I64, 10),))
    f.start(loop)
    f.write(var, f.bin(ops.MUL, I64, f.read(var), count))
    less = f.bin(ops.SUB, I64, count, f.const(I64, 1))
    f.br(f.cmp(ops.SGT, less, f.const(I64, 0)), loop, end, (less,), (f.read(var),))
    f.start(end)
    f.ret(total)
    f.finish()
    check(f.module)
    assert Interpreter(f.module).run("f", [3]) == 3 * 3628800


def test_slots_constants_and_statement_flags() -> None:
    f, _ = start()
    block = f.new_block()
    f.jump(block)
    f.start(block)
    f.stmt = True
    f.pos = 42
    one = f.const(I64, 1)
    assert one == f.const(I64, 1)
    slot = f.slot(8, 8)
    f.store(slot, one)
    assert not f.stmt
    f.ret(f.load(I64, slot))
    flagged = [inst for inst in f.module.instructions(block) if f.module.insts.flags[inst] & ops.STMT]
    assert [ops.OPS[f.module.insts.op[inst]].name for inst in flagged] == ["store"]
    assert f.module.insts.pos[flagged[0]] == 42
    assert done(f) == """\
b0(v1: i64):
  v2: ptr = slot 8, 8
  jump b1()
b1:
  v3: i64 = iconst 1
  store v2, v3, 0 !stmt
  v4: i64 = load v2, 0
  ret v4"""


def test_debug_variables_follow_new_parameters() -> None:
    f, (x,) = start()
    f.module.debug_vars.append(DebugVar("x", 0, 0, 0))
    var = f.new_var(I64, debug=1)
    f.write(var, x)
    then, join = f.new_block(), f.new_block()
    f.br(f.cmp(ops.EQ, x, x), then, join)
    f.start(then)
    f.write(var, f.const(I64, 3))
    f.jump(join)
    f.start(join)
    f.ret(f.read(var))
    assert "b2(v4: i64):\n  dbgvalue v4, var1\n  ret v4" in done(f)


def test_folding_while_building() -> None:
    f, (x,) = start(fold=True)
    six = f.bin(ops.MUL, I64, f.const(I64, 2), f.const(I64, 3))
    f.trapif(f.cmp(ops.EQ, six, f.const(I64, 0)), traps.DIV_ZERO)
    y = f.trapping(ops.SADD_TRAP, I64, x, f.const(I64, 0), traps.OVF_ADD)
    assert y == x
    wrapped = f.trapping(ops.SADD_TRAP, I64, f.const(I64, 1 << 62), f.const(I64, 1 << 62), traps.OVF_ADD)
    assert f.module.insts.op[wrapped] == ops.SADD_TRAP      # it must trap when it runs
    f.ret(f.bin(ops.SUB, I64, x, six))
    text = done(f)
    assert "iconst 6" in text and "mul" not in text and "trapif" not in text


def test_errors() -> None:
    f, (x,) = start()
    block = f.new_block()
    f.br(f.cmp(ops.EQ, x, x), block, block)
    with pytest.raises(BuildError, match="never placed"):
        f.finish()
    f, (x,) = start()
    with pytest.raises(BuildError, match="no terminator"):
        f.finish()
    f, (x,) = start()
    block = f.new_block()
    f.seal(block)
    with pytest.raises(BuildError, match="sealed"):
        f.jump(block)
    f, (x,) = start()
    with pytest.raises(BuildError, match="no terminator"):
        f.start(f.new_block())
    f.ret(x)
    with pytest.raises(BuildError, match="placed twice"):
        f.start(f.entry)


def test_construction_is_linear() -> None:
    """100,000 writes over 20,000 blocks, long chains of joins and loops: far below quadratic time."""
    f, (x,) = start()
    count, blocks = 20, 6_667
    variables = [f.new_var(I64) for _ in range(count)]
    rng = random.Random(1)
    started = time.perf_counter()
    for var in variables:
        f.write(var, x)
    for number in range(blocks):
        then, other, join = f.new_block(), f.new_block(), f.new_block()
        f.br(f.cmp(ops.SLT, f.read(variables[number % count]), x), then, other)
        f.seal(then)
        f.seal(other)
        for block in (then, other):
            f.start(block)
            for _ in range(7 if block == then else 8):
                f.write(rng.choice(variables), f.read(rng.choice(variables)))
            f.jump(join)
        f.seal(join)
        f.start(join)
    f.ret(f.read(variables[0]))
    f.finish()
    assert time.perf_counter() - started < 10
    assert len(f.function.blocks) == 3 * blocks + 1


def test_a_value_read_through_many_blocks_is_found_without_recursion() -> None:
    f, (x,) = start()
    var = f.new_var(I64)
    f.write(var, x)
    for _ in range(30_000):
        block = f.new_block()
        f.jump(block)
        f.seal(block)
        f.start(block)
    f.ret(f.read(var))
    f.finish()
    assert f.module.insts.a[f.module.blocks.last[f.block]] == x


def test_friendly_layer() -> None:
    b = Builder("demo")
    with b.function("gcd", params=(I64, I64), result=I64) as f:
        x, y = f.params
        loop, body, end = f.block(I64, I64), f.block(), f.block()
        f.jump(loop, x, y)
        with f.at(loop) as (m, n):
            f.branch(n == 0, then=end, other=body)
        with f.at(body):
            f.jump(loop, n, m % n)
        with f.at(end):
            f.ret(m)
    with b.function("mean", params=(I64, I64), result=F64) as f:
        total = f.call("gcd", *f.params) + 1
        f.ret(f.op("sitof", total, type=F64) * 0.5 - 1)
    module = b.finish()
    assert module == Builder.parse(str(module))
    assert Interpreter(module).run("gcd", [1071, 462]) == 21
    assert Interpreter(module).run("mean", [1071, 462]) == 10.0


def test_friendly_layer_memory_and_checks() -> None:
    b = Builder("more")
    table = b.data("table", bytes(range(32)))
    with b.function("look", params=(I64, BOOL), result=I64) as f:
        i, negative = f.params
        f.check_bounds(i, f.const(I64, 32))
        slot = f.slot(8)
        byte = f.load(2, f.address(table) + i)
        f.store(slot, f.op("zext", byte, type=I64))
        value = f.load(I64, slot)
        f.trap_if(value > 30, traps.CAST_INT, value, 5)
        odd, even = f.block(), f.block()
        f.switch(value & 1, {1: odd}, even)
        with f.at(odd):
            f.ret(f.select(negative, -value, value))
        with f.at(even):
            f.ret(f.checked("smul_trap", value, 3, traps.OVF_MUL))
    module = b.finish()
    run = Interpreter(module).run
    assert [run("look", [i, n]) for i, n in ((3, 1), (3, 0), (4, 1))] == [-3, 3, 12]


def test_finish_names_the_offending_line() -> None:
    b = Builder("bad")
    with b.function("f", params=(I64, I32), result=VOID) as f:
        f.emit(ops.ADD, I64, f.params[0].value, f.params[1].value)
        f.ret()
    with pytest.raises(VerifyError, match="v3: i64 = add v1, v2: operand 2 is i32"):
        b.finish()
    with pytest.raises(TypeError, match="known only when the program runs"):
        bool(f.params[0] == 0)
    with pytest.raises(TypeError):
        f.params[0] + "x"  # type: ignore[operator]
    with pytest.raises(BuildError), b.function("f", params=(I64,)):
        pass
    assert f.type_of(f.address("f")) == PTR
