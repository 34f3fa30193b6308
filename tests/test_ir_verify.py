"""The IR verifier: every rule has a text or an edit that breaks it."""

from __future__ import annotations

import pytest
from ir_random import random_module

from starklink.ir import ops
from starklink.ir.module import Module
from starklink.ir.text import parse
from starklink.ir.verify import VerifyError, check, verify_module

HEAD = """\
data @d section .data size 16 align 8 {
  addr 0: @f + 0
}
func @g(i64, f64) -> bool
func @f(i64, i32, f64, bool, ptr) -> i64 {
b0(v1: i64, v2: i32, v3: f64, v4: bool, v5: ptr):
"""


@pytest.mark.parametrize(("body", "message"), [
    ("  v6: i64 = add v1, v2\n  ret v6", "operand 2 is i32, expected i64"),
    ("  v6: i32 = add v1, v1\n  ret v1", "result is i32, expected i64"),
    ("  v6: bool = add v4, v4\n  ret v1", "operand 1 may not be bool"),
    ("  v6: ptr = add v5, v5\n  ret v1", "operand 2 is ptr, expected i64"),
    ("  v6: ptr = sub v5, v1\n  ret v1", "operand 1 may not be ptr"),
    ("  v6: i64 = fadd v1, v1\n  ret v1", "operand 1 may not be i64"),
    ("  v6: i64 = eq v1, v1\n  ret v1", "result is i64, expected bool"),
    ("  v6: i64 = store v5, v1, 0\n  ret v1", "result is i64, expected void"),
    ("  v6: i32 = sext v1\n  ret v1", "cannot extend i64 to i32"),
    ("  v6: i64 = trunc v2\n  ret v1", "cannot truncate i32 to i64"),
    ("  v6: i8 = trunc v4\n  ret v1", "cannot truncate bool to i8"),
    ("  v6: i32 = bitcast v1\n  ret v1", "bitcast from i64 to i32"),
    ("  v6: i8 = ftosi v3\n  ret v1", "expected i32 or i64"),
    ("  v6: i64 = sitof v1\n  ret v1", "expected a float"),
    ("  v6: f64 = fext v3\n  ret v1", "fext goes from f32 to f64"),
    ("  v6: f64 = ftrunc v3\n  ret v1", "ftrunc goes from f64 to f32"),
    ("  v6: i64 = select v1, v1, v1\n  ret v1", "the condition may not be i64"),
    ("  v6: i64 = select v4, v1, v2\n  ret v1", "operand 3 may not be i32"),
    ("  v6: i64 = load v2, 0\n  ret v1", "the address may not be i32"),
    ("  store v3, v1, 0\n  ret v1", "the address may not be f64"),
    ("  copy v5, v5, v2\n  ret v1", "the size may not be i32"),
    ("  zero v5, v2\n  ret v1", "the size may not be i32"),
    ("  nullchk v2\n  ret v1", "the checked value may not be i32"),
    ("  bounds v1, v2, index\n  ret v1", "the length may not be i32"),
    ("  bounds v1, v1, null\n  ret v1", "the trap of a bounds check is index or index_u"),
    ("  trapif v1, null\n  ret v1", "the condition may not be i64"),
    ("  trapif v4, neg_size\n  ret v1", "trap neg_size takes (i64), not ()"),
    ("  v6: i64 = sadd_trap v1, v1, index\n  ret v6", "trap index takes (i64, i64)"),
    ("  trap cast_ref, (v5, v1)", "takes (ptr, ptr), not (ptr, i64)"),
    ("  v6: bool = call @g(v1)\n  ret v1", "1 arguments, the function has 2 parameters"),
    ("  v6: bool = call @g(v1, v1)\n  ret v1", "argument 2 is i64, expected f64"),
    ("  v6: i64 = call @g(v1, v3)\n  ret v1", "result is i64, expected bool"),
    ("  v6: bool = call @d()\n  ret v1", "the callee is no function"),
    ("  v6: i64 = calli (), v2, () -> i64\n  ret v1", "the function address may not be i32"),
    ("  v6: i64 = calli (v1), v5, () -> i64\n  ret v1", "1 arguments"),
    ("  v6: i64 = symaddr @d, 0\n  ret v1", "an address is of type ptr"),
    ("  v6: ptr = slot 8, 3\n  ret v1", "the alignment is no power of two"),
    ("  v6: bool = iconst 2\n  ret v1", "a bool constant must be 0 or 1"),
    ("  v6: f64 = iconst 2\n  ret v1", "a constant of type f64"),
    ("  ret v2", "returns i32, the signature says i64"),
    ("  ret", "returns void"),
    ("  br v1, b1(), b1()\nb1:\n  ret v1", "the condition may not be i64"),
    ("  switch v1, {1: b1(), 1: b1()}, b1()\nb1:\n  ret v1", "a case appears twice"),
    ("  switch v2, {1: b1(), 4294967297: b1()}, b1()\nb1:\n  ret v1", "a case appears twice"),
    ("  switch v3, {}, b1()\nb1:\n  ret v1", "the switch value may not be f64"),
    ("  jump b1(v1)\nb1:\n  ret v1", "passes 1 values, its target has 0 parameters"),
    ("  jump b1(v2)\nb1(v6: i64):\n  ret v6", "value 1 of an edge is i32, its parameter is i64"),
    ("  jump b0(v1, v2, v3, v4, v5)", "an edge goes to the entry block"),
    ("  jump b1()\nb1:\n  v6: ptr = slot 8, 8\n  ret v1", "a slot outside the entry block"),
    ("  ret v6\nb1:\n  v6: i64 = iconst 1\n  ret v6", "the block is unreachable"),
    ("  br v4, b1(), b2()\nb1:\n  v6: i64 = iconst 1\n  jump b2()\nb2:\n  ret v6", "does not dominate"),
    ("  v6: i64 = add v7, v1\n  v7: i64 = iconst 1\n  ret v6", "a use before the definition"),
    ("  ret v1\n  ret v1", "instructions behind a terminator"),
    ("  v6: i64 = iconst 1", "the block has no terminator"),
    ("  ret v1\nb1:", "empty block"),
    ("  v6: i64 = store v5, v1, 0\n  v7: i64 = add v6, v6\n  ret v7", "expected void"),
    ("  jump b1()\nb1:\n  v6: ptr = landing\n  ret v1", "landing in a block that guards nothing"),
    ("  jump b1()\nb1: handler b2\n  jump b2()\nb2:\n  ret v1", "an edge goes to a handler block"),
    ("  jump b1()\nb1: handler b2\n  ret v1\nb2:\n  nullchk v5\n  v6: ptr = landing\n  ret v1", "landing is not the first"),
    ("  jump b1()\nb1: handler b2\n  ret v1\nb2(v6: i64):\n  ret v6", "a handler block has parameters"),
    ("  jump b1()\nb1: handler b0\n  ret v1", "the entry block cannot be guarded or be a handler"),
    ("  jump b1()\nb1: handler b2\n  v6: i64 = load v5, 0\n  ret v6\nb2:\n  ret v6", "does not dominate"),
    ("  v6: void = iconst 1\n  ret v1", "a constant of type void"),
    ("  v6: void = load v5, 0\n  ret v1", "a load needs a type"),
])
def test_rules(body: str, message: str) -> None:
    issues = verify_module(parse(HEAD + body + "\n}\n"))
    assert issues, "nothing found"
    assert message in "\n".join(map(str, issues))


def test_an_issue_shows_the_line() -> None:
    issue, = verify_module(parse(HEAD + "  v6: i64 = add v1, v2 !stmt\n  ret v6\n}\n"))
    assert str(issue) == "f b0: v6: i64 = add v1, v2 !stmt: operand 2 is i32, expected i64"


def good() -> Module:
    module = parse(HEAD + "  v6: i64 = add v1, v1\n  br v4, b1(v6), b1(v1)\nb1(v7: i64):\n  ret v7\n}\n")
    assert verify_module(module) == []
    return module


def edit_chain(module: Module) -> None:
    module.insts.prev[module.blocks.last[1]] = 0


def edit_block(module: Module) -> None:
    module.insts.block[module.blocks.last[1]] = 2


def edit_parameter_count(module: Module) -> None:
    module.blocks.nparams[2] = 0


def edit_parameter_number(module: Module) -> None:
    module.insts.a[module.blocks.first[2]] = 3


def edit_uses(module: Module) -> None:
    module.insts.first_use[module.blocks.first[1]] = 0


def edit_op(module: Module) -> None:
    module.insts.op[module.insts.prev[module.blocks.last[1]]] = ops.NOP


def edit_edge(module: Module) -> None:
    module.insts.b[module.blocks.last[1]] = len(module.extra) + 5


def edit_target(module: Module) -> None:
    module.extra[module.insts.b[module.blocks.last[1]]] = 77


def edit_operand(module: Module) -> None:
    module.insts.a[module.insts.prev[module.blocks.last[1]]] = 9999


def edit_handler(module: Module) -> None:
    module.blocks.handler[1] = 44


def edit_listing(module: Module) -> None:
    blocks = module.function(module.symbol_ids["f"]).blocks
    blocks.append(blocks[1])


def edit_owner(module: Module) -> None:
    module.blocks.func[2] = 1


def edit_signature(module: Module) -> None:
    function = module.function(module.symbol_ids["f"])
    function.signature = function.signature._replace(params=(1,))


def edit_data(module: Module) -> None:
    data = module.symbols[1]
    assert data is not None
    data.size = 4  # type: ignore[union-attr]


def edit_entry(module: Module) -> None:
    module.entry = 1


@pytest.mark.parametrize(("edit", "message"), [
    (edit_chain, "broken instruction chain"), (edit_block, "broken instruction chain"),
    (edit_parameter_count, "1 parameters, but the block's row says 0"), (edit_parameter_number, "parameter number 3"),
    (edit_uses, "no use record"), (edit_op, "nop or unknown op"), (edit_edge, "outside the extra table"),
    (edit_target, "an edge goes to no block"), (edit_operand, "no value of this function"), (edit_handler, "the handler"),
    (edit_listing, "listed twice"), (edit_owner, "belongs to another function"), (edit_signature, "those of the signature"),
    (edit_data, "lies outside"), (edit_entry, "the entry is no function"),
])
def test_broken_tables(edit: object, message: str) -> None:
    module = good()
    edit(module)  # type: ignore[operator]
    assert message in "\n".join(map(str, verify_module(module)))
    with pytest.raises(VerifyError):
        check(module)


@pytest.mark.parametrize("seed", range(10))
def test_random_modules_are_valid(seed: int) -> None:
    assert verify_module(random_module(seed)) == []
