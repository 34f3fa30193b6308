"""The passes: a golden case for each idea, and random programs that must behave the same before and after."""

from __future__ import annotations

import random

import pytest
from ir_random import observe, random_arguments, random_module
from ir_random_loops import random_loops

from starklink.ir import I32, I64, Builder, ops, pipeline
from starklink.ir.interp import Interpreter
from starklink.ir.module import Module
from starklink.ir.passes import checks, copyprop, dce, fold, gvn, licm, simplifycfg, strength
from starklink.ir.semantics import evaluate
from starklink.ir.text import parse, print_function, print_module
from starklink.ir.verify import check

PASSES = {"fold": fold.run, "copyprop": copyprop.run, "dce": dce.run, "simplifycfg": simplifycfg.run, "gvn": gvn.run,
          "licm": licm.run, "checks": checks.run, "strength": strength.run}
HEAD = "func @f(i64, i32, bool, ptr, f64) -> i64 {\nb0(v1: i64, v2: i32, v3: bool, v4: ptr, v5: f64):\n"
EXTRA = """data @text section .rodata size 24 align 8 {
  bytes 0: 00000000000000000500000000000000
  addr 0: @f + 0
}
func @__new_array(i64, i64, i64) -> ptr runtime
func @g(i64) -> i64
"""


def after(name: str, body: str) -> str:
    """Body of `f` after a pass, values and blocks renumbered from the ones behind the parameters."""
    module = parse(HEAD + body.strip("\n") + "\n}\n" + EXTRA)
    check(module)
    changes = PASSES[name](module, 1)
    check(module)
    text = print_function(module, 1)
    assert changes or text == print_function(parse(HEAD + body.strip("\n") + "\n}\n" + EXTRA), 1)
    return text[len(HEAD):-2].rstrip("\n")


# (pass, before, after); "same" for no change
GOLDEN: dict[str, tuple[str, str, str]] = {
    "constants": ("fold", """
  v6: i64 = iconst 6
  v7: i64 = iconst 7
  v8: i64 = mul v6, v7
  v9: i64 = sext v2
  v10: i64 = sadd_trap v8, v9, ovf_add
  v11: bool = slt v6, v7
  br v11, b1(v10), b2()
b1(v12: i64):
  ret v12
b2:
  ret v6""", """
  v6: i64 = iconst 6
  v7: i64 = iconst 7
  v8: i64 = iconst 42
  v9: i64 = sext v2
  v10: i64 = add v9, v8
  v11: bool = iconst 1
  jump b1(v10)
b1(v12: i64):
  ret v12"""),
    "a trap stays": ("fold", """
  v6: i64 = iconst 9223372036854775807
  v7: i64 = iconst 1
  v8: i64 = sadd_trap v6, v7, ovf_add
  v9: i64 = iconst 0
  v10: i64 = sdiv v8, v9
  ret v10""", "same"),
    "identities": ("fold", """
  v6: i64 = iconst 0
  v7: i64 = add v6, v1
  v8: i64 = iconst -1
  v9: i64 = and v7, v8
  v10: i64 = xor v9, v9
  v11: i64 = sub v10, v9
  v12: bool = iconst 1
  v13: bool = eq v3, v12
  v14: bool = slt v6, v11
  v15: bool = not v14
  v16: bool = and v13, v15
  br v16, b1(), b2()
b1:
  ret v11
b2:
  ret v1""", """
  v6: i64 = iconst 0
  v7: i64 = iconst -1
  v8: i64 = iconst 0
  v9: i64 = neg v1
  v10: bool = iconst 1
  v11: bool = sgt v9, v6
  v12: bool = sle v9, v6
  v13: bool = and v3, v12
  br v13, b1(), b2()
b1:
  ret v9
b2:
  ret v1"""),
    "sums of constants": ("fold", """
  v6: i64 = iconst 8
  v7: ptr = add v4, v6
  v8: i64 = iconst 3
  v9: ptr = add v7, v8
  v10: i64 = sub v1, v8
  v11: i64 = add v10, v6
  store v9, v11, 0
  ret v1""", """
  v6: i64 = iconst 8
  v7: ptr = add v4, v6
  v8: i64 = iconst 3
  v9: i64 = iconst 11
  v10: ptr = add v4, v9
  v11: i64 = iconst -3
  v12: i64 = add v1, v11
  v13: i64 = iconst 5
  v14: i64 = add v1, v13
  store v10, v14, 0
  ret v1"""),
    "read-only data": ("fold", """
  v6: ptr = symaddr @text, 0
  v7: i64 = load v6, 8
  v8: i64 = load v6, 0
  v9: i64 = load v6, 16
  v10: i64 = add v7, v8
  v11: i64 = add v10, v9
  ret v11""", """
  v6: ptr = symaddr @text, 0
  v7: i64 = iconst 5
  v8: i64 = load v6, 0
  v9: i64 = iconst 0
  v10: i64 = add v8, v7
  ret v10"""),
    "switch and checks of constants": ("fold", """
  v6: i64 = iconst 3
  v7: bool = iconst 0
  v8: i64 = iconst 4
  trapif v7, div_zero
  bounds v6, v8, index
  bounds v8, v6, index
  v9: bool = not v3
  br v9, b1(), b2()
b1:
  switch v6, {1: b2(), 3: b3()}, b2()
b2:
  ret v1
b3:
  ret v6""", """
  v6: i64 = iconst 3
  v7: bool = iconst 0
  v8: i64 = iconst 4
  bounds v8, v6, index
  v9: bool = not v3
  br v3, b2(), b1()
b1:
  jump b3()
b2:
  ret v1
b3:
  ret v6"""),
    "superfluous parameters and conversions": ("copyprop", """
  jump b1(v1, v1)
b1(v6: i64, v7: i64):
  v8: i32 = trunc v6
  v9: i64 = sext v8
  v10: i32 = trunc v9
  v11: i32 = add v10, v10
  v12: i64 = zext v11
  v13: i64 = select v3, v12, v12
  br v3, b1(v6, v13), b2()
b2:
  ret v7""", """
  jump b1(v1)
b1(v6: i64):
  v7: i32 = trunc v1
  v8: i64 = sext v7
  v9: i32 = add v7, v7
  v10: i64 = zext v9
  br v3, b1(v10), b2()
b2:
  ret v6"""),
    "select of bools": ("copyprop", """
  v6: bool = iconst 1
  v7: bool = iconst 0
  v8: bool = select v3, v6, v7
  v9: bool = select v8, v7, v6
  v10: i64 = select v9, v1, v1
  trapif v9, div_zero
  ret v10""", """
  v6: bool = iconst 1
  v7: bool = iconst 0
  v8: bool = not v3
  trapif v8, div_zero
  ret v1"""),
    "dead code": ("dce", """
  v6: ptr = slot 8, 8
  dbgslot v6, var2
  v7: i64 = load v4, 0
  v8: i64 = sadd_trap v1, v1, ovf_add
  jump b1(v1, v1)
b1(v9: i64, v10: i64):
  v11: i64 = add v9, v10
  v12: i64 = mul v10, v10
  dbgvalue v11, var1
  dbgvalue v9, var1
  dbgvalue v1, var1
  br v3, b1(v11, v12), b2(v12)
b2(v13: i64):
  ret v13""", """
  v6: i64 = sadd_trap v1, v1, ovf_add
  jump b1(v1)
b1(v7: i64):
  v8: i64 = mul v7, v7
  dbgvalue none, var1
  dbgvalue none, var1
  dbgvalue v1, var1
  br v3, b1(v8), b2(v8)
b2(v9: i64):
  ret v9"""),
    "straight lines": ("simplifycfg", """
  br v3, b1(), b2()
b1:
  jump b3()
b2:
  v6: i64 = iconst 7
  jump b4(v6)
b4(v7: i64):
  store v4, v7, 0
  jump b3()
b3:
  br v3, b5(v1), b5(v1)
b5(v8: i64):
  ret v8""", """
  br v3, b2(), b1()
b1:
  v6: i64 = iconst 7
  store v4, v6, 0
  jump b2()
b2:
  ret v1"""),
    "no values on critical edges": ("simplifycfg", """
  v6: i64 = iconst 7
  br v3, b1(), b2()
b1:
  jump b3(v6)
b2:
  store v4, v1, 0
  jump b3(v1)
b3(v7: i64):
  ret v7""", "same"),
    "parameters of empty blocks": ("simplifycfg", """
  br v3, b1(), b2()
b1:
  store v4, v1, 0
  jump b3(v1)
b2:
  store v4, v1, 8
  v6: i64 = iconst 7
  jump b3(v6)
b3(v7: i64):
  jump b4(v7, v1)
b4(v8: i64, v9: i64):
  v10: i64 = add v8, v9
  br v3, b4(v10, v1), b5()
b5:
  ret v10""", """
  br v3, b1(), b2()
b1:
  store v4, v1, 0
  jump b3(v1, v1)
b2:
  store v4, v1, 8
  v6: i64 = iconst 7
  jump b3(v6, v1)
b3(v7: i64, v8: i64):
  v9: i64 = add v7, v8
  br v3, b3(v9, v1), b4()
b4:
  ret v9"""),
    "an endless loop stays": ("simplifycfg", """
  jump b1()
b1:
  jump b1()""", "same"),
    "landing pads stay where they are": ("simplifycfg", """
  jump b1()
b1: handler b3
  v6: i64 = call @g(v1)
  jump b2()
b2:
  ret v6
b3:
  jump b4()
b4:
  ret v1""", """
  jump b1()
b1: handler b3
  v6: i64 = call @g(v1)
  jump b2()
b2:
  ret v6
b3:
  ret v1"""),
    "equal expressions": ("gvn", """
  v6: i64 = add v1, v1
  v7: i64 = iconst 5
  v8: i64 = mul v6, v7
  nullchk v4
  v9: i64 = load v4, 8 !invariant
  bounds v8, v9, index
  br v3, b1(), b2()
b1:
  nullchk v4
  v10: i64 = load v4, 8 !invariant
  v11: i64 = add v1, v1
  v12: i64 = iconst 5
  v13: i64 = mul v12, v11
  bounds v13, v10, index
  ret v13
b2:
  v14: i64 = mul v8, v8
  jump b3()
b3:
  v15: i64 = mul v8, v8
  ret v15""", """
  v6: i64 = add v1, v1
  v7: i64 = iconst 5
  v8: i64 = mul v6, v7
  nullchk v4
  v9: i64 = load v4, 8 !invariant
  bounds v8, v9, index
  br v3, b1(), b2()
b1:
  v10: i64 = iconst 5
  ret v8
b2:
  v11: i64 = mul v8, v8
  jump b3()
b3:
  ret v11"""),
    "neither branch dominates the other": ("gvn", """
  br v3, b1(), b2()
b1:
  v6: i64 = mul v1, v1
  jump b3(v6)
b2:
  v7: i64 = mul v1, v1
  jump b3(v7)
b3(v8: i64):
  ret v8""", "same"),
    "memory in a block": ("gvn", """
  v6: ptr = slot 16, 8
  store v6, v1, 0
  v7: i64 = load v6, 0
  v8: i64 = load v4, 8
  store v4, v7, 16
  v9: i64 = load v4, 8
  store v4, v9, 12
  v10: i64 = load v4, 8
  v11: i64 = call @g(v10)
  v12: i64 = load v4, 8
  v13: i64 = add v11, v12
  ret v13""", """
  v6: ptr = slot 16, 8
  store v6, v1, 0
  v7: i64 = load v4, 8
  store v4, v1, 16
  store v4, v7, 12
  v8: i64 = load v4, 8
  v9: i64 = call @g(v8)
  v10: i64 = load v4, 8
  v11: i64 = add v9, v10
  ret v11"""),
    "memory on the way to blocks with one predecessor": ("gvn", """
  v6: i64 = load v4, 8
  br v3, b1(), b2()
b1:
  v7: i64 = load v4, 8
  store v4, v7, 16
  v8: i64 = load v4, 16
  jump b3(v8)
b2:
  jump b3(v6)
b3(v9: i64):
  v10: i64 = load v4, 8
  v11: i64 = add v9, v10
  ret v11""", """
  v6: i64 = load v4, 8
  br v3, b1(), b2()
b1:
  store v4, v6, 16
  jump b3(v6)
b2:
  jump b3(v6)
b3(v7: i64):
  v8: i64 = load v4, 8
  v9: i64 = add v7, v8
  ret v9"""),
    "other stores": ("gvn", """
  v6: ptr = slot 16, 8
  v7: i64 = load v4, 0
  store v6, v7, 0
  v8: i32 = load v4, 0
  v9: i64 = load v4, 0
  v10: i64 = add v7, v9
  ret v10""", "same"),
    "invariants": ("licm", """
  v6: i64 = iconst 0
  jump b1(v6)
b1(v7: i64):
  nullchk v4
  v8: i64 = load v4, 8 !invariant
  v9: bool = slt v7, v8
  br v9, b2(), b3()
b2:
  v10: i64 = sext v2
  v11: i64 = iconst 9
  v12: i64 = mul v10, v11
  v13: i64 = sdiv v12, v11
  v14: i64 = udiv v12, v1
  nullchk v4
  v15: i64 = add v7, v13
  v16: i64 = add v15, v14
  jump b1(v16)
b3:
  ret v7""", """
  v6: i64 = iconst 0
  nullchk v4
  v7: i64 = load v4, 8 !invariant
  v8: i64 = sext v2
  v9: i64 = iconst 9
  v10: i64 = mul v8, v9
  v11: i64 = sdiv v10, v9
  jump b1(v6)
b1(v12: i64):
  v13: bool = slt v12, v7
  br v13, b2(), b3()
b2:
  v14: i64 = iconst 9
  v15: i64 = udiv v10, v1
  nullchk v4
  v16: i64 = add v12, v11
  v17: i64 = add v16, v15
  jump b1(v17)
b3:
  ret v12"""),
    "an effect before a check holds it": ("licm", """
  jump b1(v1)
b1(v6: i64):
  store v4, v6, 0
  nullchk v4
  v7: i64 = load v4, 8
  br v3, b1(v7), b2()
b2:
  ret v6""", "same"),
    "loads move only where nothing is written": ("licm", """
  br v3, b1(v1), b3()
b1(v6: i64):
  v7: i64 = load v4, 8
  br v3, b1(v7), b2(v1)
b2(v8: i64):
  v9: i64 = load v4, 8
  store v4, v8, 8
  br v3, b2(v9), b3()
b3:
  ret v1""", """
  br v3, b1(), b5()
b1:
  v6: i64 = load v4, 8
  jump b2(v1)
b2(v7: i64):
  br v3, b2(v6), b3()
b3:
  jump b4(v1)
b4(v8: i64):
  v9: i64 = load v4, 8
  store v4, v8, 8
  br v3, b4(v9), b5()
b5:
  ret v1"""),
    "counting up": ("checks", """
  v6: i64 = iconst 0
  nullchk v4
  v7: i64 = load v4, 8 !invariant
  jump b1(v6)
b1(v8: i64):
  v9: bool = slt v8, v7
  br v9, b2(), b3()
b2:
  nullchk v4
  bounds v8, v7, index
  v10: i64 = iconst 1
  v11: i64 = sadd_trap v8, v10, ovf_add
  jump b1(v11)
b3:
  bounds v8, v7, index
  ret v8""", """
  v6: i64 = iconst 0
  nullchk v4
  v7: i64 = load v4, 8 !invariant
  jump b1(v6)
b1(v8: i64):
  v9: bool = slt v8, v7
  br v9, b2(), b3()
b2:
  v10: i64 = iconst 1
  v11: i64 = add v8, v10
  jump b1(v11)
b3:
  bounds v8, v7, index
  ret v8"""),
    "counting down, and objects just made": ("checks", """
  v6: i64 = iconst 8
  v7: i64 = iconst 1
  v8: ptr = call @__new_array(v1, v1, v6)
  nullchk v8
  v9: i64 = load v8, 8 !invariant
  v10: i64 = ssub_trap v9, v7, ovf_sub
  jump b1(v10)
b1(v11: i64):
  v12: i64 = iconst 0
  v13: bool = sge v11, v12
  br v13, b2(), b3()
b2:
  bounds v11, v9, index
  v14: i64 = ssub_trap v11, v7, ovf_sub
  jump b1(v14)
b3:
  ret v9""", """
  v6: i64 = iconst 8
  v7: i64 = iconst 1
  v8: ptr = call @__new_array(v1, v1, v6)
  v9: i64 = ssub_trap v1, v7, ovf_sub
  jump b1(v9)
b1(v10: i64):
  v11: i64 = iconst 0
  v12: bool = sge v10, v11
  br v12, b2(), b3()
b2:
  v13: i64 = sub v10, v7
  jump b1(v13)
b3:
  ret v1"""),
    "a loop tested at its end": ("checks", """
  v6: i64 = iconst 0
  v7: i64 = load v4, 8 !invariant
  v8: bool = sgt v7, v6
  br v8, b1(v6), b2()
b1(v9: i64):
  bounds v9, v7, index
  v10: i64 = srem v1, v7
  v11: i64 = and v10, v9
  bounds v11, v7, index
  v12: i64 = iconst 1
  v13: i64 = sadd_trap v9, v12, ovf_add
  v14: bool = slt v13, v7
  br v14, b1(v13), b2()
b2:
  ret v1""", """
  v6: i64 = iconst 0
  v7: i64 = load v4, 8 !invariant
  v8: bool = sgt v7, v6
  br v8, b1(v6), b2()
b1(v9: i64):
  v10: i64 = srem v1, v7
  v11: i64 = and v10, v9
  bounds v11, v7, index
  v12: i64 = iconst 1
  v13: i64 = add v9, v12
  v14: bool = slt v13, v7
  br v14, b1(v13), b2()
b2:
  ret v1"""),
    "a divisor whose value is bounded": ("checks", """
  v6: i64 = smul_trap v1, v1, ovf_mul
  v7: i64 = iconst 7
  v8: i64 = srem v6, v7
  v9: i64 = iconst 1
  v10: i64 = sadd_trap v8, v9, ovf_add
  v11: i64 = iconst 0
  v12: bool = eq v10, v11
  trapif v12, div_zero
  v13: i64 = iconst -1
  v14: bool = eq v10, v13
  v15: bool = and v3, v14
  trapif v15, ovf_div
  v16: i64 = sdiv v1, v10
  ret v16""", """
  v6: i64 = smul_trap v1, v1, ovf_mul
  v7: i64 = iconst 7
  v8: i64 = urem v6, v7 !positive
  v9: i64 = iconst 1
  v10: i64 = add v8, v9
  v11: i64 = iconst 0
  v12: bool = eq v10, v11
  v13: i64 = iconst -1
  v14: bool = eq v10, v13
  v15: bool = and v3, v14
  v16: i64 = sdiv v1, v10
  ret v16"""),
    "a counter that may wrap keeps its check": ("checks", """
  v6: i64 = iconst 0
  v7: i64 = load v4, 8 !invariant
  jump b1(v6)
b1(v8: i64):
  bounds v8, v7, index
  v9: i64 = iconst 2
  v10: i64 = mul v8, v9
  br v3, b1(v10), b2()
b2:
  v11: i64 = iconst 9223372036854775807
  jump b3(v11)
b3(v12: i64):
  bounds v12, v7, index
  v13: i64 = add v12, v9
  br v3, b3(v13), b4()
b4:
  ret v7""", "same"),
    "conditions decide later ones": ("checks", """
  v6: i64 = iconst 0
  v7: bool = ne v1, v6
  br v7, b1(), b3()
b1:
  v8: bool = eq v1, v6
  trapif v8, div_zero
  v9: bool = slt v1, v6
  br v9, b3(), b2()
b2:
  v10: bool = sgt v1, v6
  br v10, b3(), b4()
b3:
  ret v1
b4:
  ret v6""", """
  v6: i64 = iconst 0
  v7: bool = ne v1, v6
  br v7, b1(), b3()
b1:
  v8: bool = eq v1, v6
  v9: bool = slt v1, v6
  br v9, b3(), b2()
b2:
  v10: bool = sgt v1, v6
  v11: bool = iconst 1
  br v11, b3(), b4()
b3:
  ret v1
b4:
  ret v6"""),
    "is it a multiple": ("strength", """
  v6: i64 = iconst 4
  v7: i64 = srem v1, v6
  v8: i64 = iconst 0
  v9: bool = eq v7, v8
  trapif v9, div_zero
  ret v1""", """
  v6: i64 = iconst 4
  v7: i64 = iconst 3
  v8: i64 = and v1, v7
  v9: i64 = iconst 0
  v10: bool = eq v8, v9
  trapif v10, div_zero
  ret v1"""),
    "statements begin with what is left of them": ("dce", """
  v6: i64 = add v1, v1 !stmt
  v7: i64 = iconst 3
  v8: i64 = mul v1, v7
  store v4, v8, 0 !stmt
  v9: i64 = mul v8, v8 !stmt
  ret v8 !stmt""", """
  v6: i64 = iconst 3
  v7: i64 = mul v1, v6 !stmt
  store v4, v7, 0 !stmt
  ret v7 !stmt"""),
    "powers of two": ("strength", """
  v6: i64 = iconst 8
  v7: i64 = mul v1, v6
  v8: i64 = udiv v7, v6
  v9: i64 = urem v8, v6
  v10: i64 = zext v2
  v11: i64 = srem v10, v6
  v12: i64 = add v9, v11
  ret v12""", """
  v6: i64 = iconst 8
  v7: i64 = iconst 3
  v8: i64 = shl v1, v7
  v9: i64 = iconst 3
  v10: i64 = lshr v8, v9
  v11: i64 = iconst 7
  v12: i64 = and v10, v11
  v13: i64 = zext v2
  v14: i64 = iconst 7
  v15: i64 = and v13, v14
  v16: i64 = add v12, v15
  ret v16"""),
}


@pytest.mark.parametrize("case", GOLDEN)
def test_golden(case: str) -> None:
    name, before, wanted = GOLDEN[case]
    assert after(name, before) == (before if wanted == "same" else wanted).strip("\n")


@pytest.mark.parametrize("type_", [I32, I64])
def test_division_by_constants_is_exact(type_: int) -> None:
    width = 32 if type_ == I32 else 64
    rng = random.Random(width)
    divisors = [d for k in range(1, width) for d in ((1 << k) - 1, 1 << k, (1 << k) + 1)]
    divisors += [3, 5, 6, 7, 9, 10, 11, 12, 25, 60, 100, 125, 641, 1000, 10**9, 10**9 + 7]
    divisors += [rng.getrandbits(width) | 2 for _ in range(10)]
    values = [v for k in range(width + 1) for v in ((1 << k) - 1, 1 << k)] + [rng.getrandbits(width) for _ in range(20)]
    mask = (1 << width) - 1
    b = Builder("divisions")
    made: list[tuple[str, int, int]] = []
    for number, divisor in enumerate(d & mask for d in divisors):
        for op in ("sdiv", "udiv", "srem", "urem"):
            for sign in (1, -1) if op[0] == "s" else (1,):
                made.append((f"{op}{number}_{sign}", ops.BY_NAME[op].number, divisor * sign & mask))
                with b.function(made[-1][0], (type_,), type_) as f:
                    f.ret(f.op(op, f.params[0], f.const(type_, divisor * sign)))
    module = b.finish()
    pipeline.run(module, 2)
    rest = [inst for symbol, function in module.functions() for block in function.blocks for inst in module.instructions(block)
            if ops.SDIV <= module.insts.op[inst] <= ops.UREM]
    assert len(rest) < len(made) // 50, "only division by -1 may be left"
    interpreter = Interpreter(module)
    for name, op, divisor in made:
        for value in [*(v & mask for v in (divisor, divisor - 1, divisor + 1, -divisor)), *rng.sample(values, 6)]:
            wanted = evaluate(op, type_, type_, value & mask, divisor)
            if wanted is not None:
                assert interpreter.run(name, [value]) & mask == wanted, (name, divisor, value)


def same_behaviour(module: Module, transform: object, seed: int) -> None:
    arguments = [random_arguments(seed * 3 + k) for k in range(2)]
    wanted = [observe(module, args) for args in arguments]
    for symbol, _ in module.functions():
        transform(module, symbol)  # type: ignore[operator]
    check(module)
    assert parse(print_module(module)) == module
    assert [observe(module, args) for args in arguments] == wanted


@pytest.mark.parametrize("name", PASSES)
def test_smoke_of_random_programs(name: str) -> None:
    """A second's worth of the property that the fuzzer below checks at length."""
    for seed in range(4):
        same_behaviour(random_module(seed * 17 + len(name)), PASSES[name], seed)


def fuzz(first: int, count: int, level: int = 2) -> None:
    """Run every pass of a level over random programs; every step must verify and behave the same."""
    for seed in range(first, first + count):
        module = random_module(seed, fold=seed % 2 == 0)
        for _, transform, _ in pipeline.LEVELS[level]:
            same_behaviour(module, transform, seed)


def fuzz_loops(first: int, count: int) -> None:
    """The same for loops over arrays."""
    for seed in range(first, first + count):
        module = random_loops(seed)
        for _, transform, _ in pipeline.LEVELS[2]:
            same_behaviour(module, transform, seed)


def test_smoke_of_loops() -> None:
    fuzz_loops(0, 5)


@pytest.mark.parametrize("level", [1, 2])
def test_smoke_of_the_pipeline(level: int) -> None:
    fuzz(1000 * level, 4, level)


def test_pipeline_verifies_and_dumps() -> None:
    module = random_module(7)
    seen: list[str] = []
    changed = pipeline.run(module, 2, verify=True, dump=lambda name, m, symbol: seen.append(name))
    assert changed > 0 and seen.count("start") == 2 and "dce" in seen
    before = print_module(module)
    assert pipeline.run(module, 0) == 0 and print_module(module) == before
    only = random_module(5)
    symbols = [symbol for symbol, _ in only.functions()]
    first = print_function(only, symbols[0])
    assert pipeline.run(only, 1, symbols[1:]) >= 0 and print_function(only, symbols[0]) == first


def test_the_oracle_sees_a_wrong_pass() -> None:
    """Turning additions into subtractions must not go unnoticed."""
    def wrong(module: Module, symbol: int) -> None:
        for block in module.function(symbol).blocks:
            for inst in module.instructions(block):
                if module.insts.op[inst] == ops.MUL:
                    module.insts.op[inst] = ops.OR
    with pytest.raises(AssertionError):
        for seed in range(10):
            same_behaviour(random_module(seed), wrong, seed)
