"""The text form of the IR: round trips, and errors that name the line."""

from __future__ import annotations

import pytest
from ir_random import random_module

from starklink.ir import ops, types
from starklink.ir.module import Data, DebugField, DebugScope, DebugType, DebugVar, Function, Module, Signature
from starklink.ir.text import TextError, equal, parse, print_function, print_module
from starklink.ir.verify import verify_module

SAMPLE = """\
module "a sample"
entry @main
data @table section .rodata size 24 align 8 {
  bytes 0: 0102030405060708
  addr 8: @main + 0
  addr32 16: @table + -4
}
data @zeros section .bss size 4096 align 16
func @outside(i64, ptr) -> f64 noreturn runtime
func @main(i64, bool, f64, ptr) -> i64 name Program.Main exported params(a, b, "c d", e) {
b0(v1: i64, v2: bool, v3: f64, v4: ptr):
  v5: ptr = slot 16, 8
  v6: i64 = iconst -7
  v7: f64 = fconst -0.0
  v8: f32 = fconst 0.1
  v9: f64 = fconst 0x7ff8000000000001
  v10: ptr = symaddr @table, -8
  v11: i64 = sadd_trap v1, v6, ovf_add !stmt
  v12: f64 = fadd v3, v7
  v13: i64 = select v2, v11, v6
  v14: i32 = load v4, 8 !invariant
  store v5, v14, -4
  v15: i64 = iconst 16
  copy v5, v4, v15
  zero v5, v15
  nullchk v4
  bounds v1, v15, index_u !unsigned
  trapif v2, cast_int(v1, v15)
  trapif v2, div_zero
  v16: f64 = call @outside(v1, v4)
  v17: f64 = calli (v1, v4), v10, (i64, ptr) -> f64
  calli (), v10, () -> void
  dbgvalue v1, var2
  dbgvalue none, var1
  dbgslot v5, var1
  switch v13, {1: b1(), -5: b2(v1)}, b3()
b1: weight 2
  jump b2(v6)
b2(v18: i64): weight 0 handler b4
  ret v18
b3:
  trap unreachable
b4:
  v19: ptr = landing
  ret v1
}
""".replace("cast_int(v1, v15)", "cast_int, (v1, v15)")


def test_sample_prints_as_it_was_written() -> None:
    module = parse(SAMPLE)
    assert print_module(module) == SAMPLE
    assert verify_module(module) == []
    assert print_function(module, module.symbol_ids["main"]) == SAMPLE[SAMPLE.index("func @main"):]


def test_op_numbers_match_the_table() -> None:
    for info in ops.OPS:
        constant = {"call": "CALL_OP", "trap": "TRAP_OP"}.get(info.name, info.name.upper())
        assert getattr(ops, constant) == info.number
    assert len(ops.OPS) == ops.TRAP_OP + 1


def test_positions_and_debug_tables_survive() -> None:
    module = Module("debug")
    module.debug_types.append(DebugType("class", "Point", 24, base=0, fields=[DebugField("x", 2, 8, "private")], pos=3))
    module.debug_types.append(DebugType("enum", "Color", 4, "unsigned", 2, items=[("Red", 1), ("Blue", -2)]))
    module.debug_scopes.append(DebugScope("function", 0, 1, 5, 99, 0))
    module.debug_vars.append(DebugVar("this", 1, 1, 7, 1, True))
    function = module.add_symbol(Function("f", "f", Signature((types.I64,), types.I64), pos=5, end_pos=99, scope=1))
    module.add_symbol(Data("d", ".data", 8, pos=4, debug_name="D.d", debug_type=2))
    block = module.new_block(function)
    module.function(function).blocks.append(block)
    param = module.block_param(block, types.I64, pos=6)
    module.append(block, module.new_inst(ops.DBGVALUE, types.VOID, param, 1, pos=8, scope=1, flags=ops.STMT))
    module.append(block, module.new_inst(ops.RET, types.VOID, param, pos=9, scope=1))
    text = print_module(module, with_positions=True, with_debug=True)
    again = parse(text)
    assert equal(module, again, positions=True, debug=True)
    assert print_module(again, with_positions=True, with_debug=True) == text
    assert again.debug_types[1].fields == module.debug_types[1].fields
    again.insts.pos[again.blocks.last[1]] += 1
    assert not equal(module, again, positions=True) and equal(module, again)


@pytest.mark.parametrize("seed", range(15))
def test_random_modules_survive(seed: int) -> None:
    module = random_module(seed)
    text = print_module(module, with_positions=True)
    again = parse(text)
    assert equal(module, again, positions=True)
    assert print_module(again, with_positions=True) == text


def test_equal_sees_differences() -> None:
    module = parse(SAMPLE)
    for old, new in (("iconst -7", "iconst -8"), ("fconst 0.1", "fconst 0.2"), ("!invariant", ""), ("-4\n  v15", "-8\n  v15"),
                     ("v11, v6\n", "v6, v11\n"), ("jump b2(v6)", "jump b2(v1)"), ("-5: b2", "-6: b2"), ("weight 2", "weight 3"),
                     ("@table, -8", "@zeros, -8"), ("handler b4", "handler b3"), ("size 4096", "size 4097"), ("0102", "0103"),
                     ("exported", ""), ("@main + 0", "@main + 1"), ("() -> void", "() -> i64"), ("var2", "var1"),
                     ("fadd", "fsub"), ("index_u", "index"), ("v1, v15)", "v15, v1)"), ("a sample", "another")):
        assert old in SAMPLE
        assert not equal(module, parse(SAMPLE.replace(old, new, 1))), old


@pytest.mark.parametrize(("text", "line", "part"), [
    ("module m\nfunc @f() -> void {\nb0:\n  frobnicate v1\n}", 4, "unknown operation 'frobnicate'"),
    ("module m\nfunc @f() -> void {\nb0:\n  ret v9\n}", 4, "unknown value 'v9'"),
    ("module m\nfunc @f() -> void {\nb0:\n  jump b7()\n}", 4, "unknown block 'b7'"),
    ("module m\nfunc @f() -> void {\nb0:\n  ret\n", 2, "no '}'"),
    ("module m\nfunc @f() -> void {\n  ret\n}", 3, "before the first block"),
    ("func @f() -> void {\nb0:\n  v1: i64 = iconst 1\n  v1: i64 = iconst 2\n}", 4, "v1 defined twice"),
    ("func @f() -> void {\nb0:\nb0:\n}", 3, "b0 defined twice"),
    ("func @f() -> void\nfunc @f() -> void", 2, "defined twice"),
    ("func @f(i65) -> void", 1, "unknown type 'i65'"),
    ("data @d section .data size x align 8", 1, "expected a number"),
    ("data @d section .data size 8 align 8 {\n  bytes 0: 0g\n}", 2, "bad bytes"),
    ("data @d section .data size 8 align 8 {\n  bytes 4: 00\n}", 2, "continue at 0"),
    ("data @d section .data size 8 align 8 {\n  addr 0: @nobody\n}", 2, "unknown symbol 'nobody'"),
    ("func @f() -> void {\nb0:\n  ret !never\n}", 3, "unknown flag"),
    ("func @f() -> void {\nb0:\n  trap bored\n}", 3, "unknown trap"),
    ("func @f() -> void {\nb0:\n  v1: i64 = iconst x\n}", 3, "bad constant"),
    ("func @f() -> void {\nb0:\n  ret ret\n}", 3, "unknown value"),
    ("nonsense", 1, "unexpected 'nonsense'"),
    ("module m // comment\nentry @x", 2, "unknown symbol"),
    ("module ;", 1, "unexpected character"),
])
def test_errors_name_the_line(text: str, line: int, part: str) -> None:
    with pytest.raises(TextError) as caught:
        parse(text)
    assert caught.value.line == line
    assert part in str(caught.value)
