"""What the passes know and do about loops: golden cases. Random loops are in test_ir_passes."""

from __future__ import annotations

import pytest
from test_ir_passes import after

# (pass, before, after); "same" for no change
GOLDEN: dict[str, tuple[str, str, str]] = {
    "halving what is even": ("checks", """
  v6: i64 = iconst 4
  v7: i64 = srem v1, v6
  v8: i64 = iconst 0
  v9: bool = ne v7, v8
  br v9, b2(), b1()
b1:
  v10: i64 = iconst 2
  v11: i64 = sdiv v1, v10
  v12: i64 = iconst 8
  v13: i64 = sdiv v11, v12
  ret v13
b2:
  v14: i64 = sdiv v1, v6
  ret v14""", """
  v6: i64 = iconst 4
  v7: i64 = srem v1, v6
  v8: i64 = iconst 0
  v9: bool = ne v7, v8
  br v9, b2(), b1()
b1:
  v10: i64 = iconst 2
  v11: i64 = iconst 1
  v12: i64 = ashr v1, v11
  v13: i64 = iconst 8
  v14: i64 = sdiv v12, v13
  ret v14
b2:
  v15: i64 = sdiv v1, v6
  ret v15"""),
    "division without signs": ("checks", """
  v6: i64 = iconst 0
  v7: bool = sge v1, v6
  br v7, b1(), b2()
b1:
  v8: i64 = iconst 7
  v9: i64 = sdiv v1, v8
  v10: i64 = srem v1, v8
  v11: i64 = iconst -7
  v12: i64 = sdiv v1, v11
  store v4, v9, 0
  store v4, v10, 8
  ret v12
b2:
  v13: i64 = iconst 7
  v14: i64 = sdiv v1, v13
  ret v14""", """
  v6: i64 = iconst 0
  v7: bool = sge v1, v6
  br v7, b1(), b2()
b1:
  v8: i64 = iconst 7
  v9: i64 = udiv v1, v8 !positive
  v10: i64 = urem v1, v8 !positive
  v11: i64 = iconst -7
  v12: i64 = sdiv v1, v11
  store v4, v9, 0
  store v4, v10, 8
  ret v12
b2:
  v13: i64 = iconst 7
  v14: i64 = sdiv v1, v13
  ret v14"""),
    "a divisor of 65 bits is not needed": ("strength", """
  v6: i64 = iconst 7
  v7: i64 = udiv v1, v6 !positive
  ret v7""", """
  v6: i64 = iconst 7
  v7: i64 = iconst 5270498306774157605
  v8: i64 = umulh v1, v7
  v9: i64 = iconst 1
  v10: i64 = lshr v8, v9
  ret v10"""),
    "a division that moves is not known to be without signs": ("licm", """
  jump b1(v1)
b1(v6: i64):
  v7: i64 = iconst 7
  v8: i64 = udiv v1, v7 !positive
  v9: i64 = add v6, v8
  br v3, b1(v9), b2()
b2:
  ret v9""", """
  v6: i64 = iconst 7
  v7: i64 = udiv v1, v6
  jump b1(v1)
b1(v8: i64):
  v9: i64 = iconst 7
  v10: i64 = add v8, v7
  br v3, b1(v10), b2()
b2:
  ret v10"""),
    "the product for users, the check for itself": ("strength", """
  v6: i64 = iconst 3
  v7: i64 = smul_trap v1, v6, ovf_mul
  v8: i64 = iconst 7
  v9: i64 = smul_trap v7, v8, ovf_mul
  ret v9""", """
  v6: i64 = iconst 3
  v7: i64 = smul_trap v1, v6, ovf_mul
  v8: i64 = mul v1, v6
  v9: i64 = iconst 7
  v10: i64 = smul_trap v8, v9, ovf_mul
  ret v10"""),
    "three times one more": ("checks", """
  v6: i64 = iconst 3
  v7: i64 = smul_trap v1, v6, ovf_mul
  v8: i64 = iconst 1
  v9: i64 = sadd_trap v7, v8, ovf_add
  v10: i64 = iconst 2
  v11: i64 = sadd_trap v7, v10, ovf_add
  ret v11""", """
  v6: i64 = iconst 3
  v7: i64 = smul_trap v1, v6, ovf_mul
  v8: i64 = iconst 1
  v9: i64 = add v7, v8
  v10: i64 = iconst 2
  v11: i64 = sadd_trap v7, v10, ovf_add
  ret v11"""),
    "a new array": ("checks", """
  v6: i64 = iconst 10
  v7: ptr = call @__new_array(v6, v6, v6)
  v8: ptr = bitcast v7
  nullchk v8
  v9: i64 = load v8, 8 !invariant
  bounds v1, v9, index
  ret v9""", """
  v6: i64 = iconst 10
  v7: ptr = call @__new_array(v6, v6, v6)
  v8: ptr = bitcast v7
  bounds v1, v6, index
  ret v6"""),
    "a loop over squares, and one by steps of its counter": ("checks", """
  v6: i64 = iconst 100
  v7: i64 = iconst 101
  v8: i64 = iconst 2
  jump b1(v8)
b1(v9: i64):
  bounds v9, v7, index
  v10: i64 = smul_trap v9, v9, ovf_mul
  jump b2(v10)
b2(v11: i64):
  bounds v11, v7, index
  v12: i64 = sadd_trap v11, v9, ovf_add
  v13: bool = sle v12, v6
  br v13, b2(v12), b3()
b3:
  v14: i64 = iconst 1
  v15: i64 = sadd_trap v9, v14, ovf_add
  v16: i64 = smul_trap v15, v15, ovf_mul
  v17: bool = sle v16, v6
  br v17, b1(v15), b4()
b4:
  ret v1""", """
  v6: i64 = iconst 100
  v7: i64 = iconst 101
  v8: i64 = iconst 2
  jump b1(v8)
b1(v9: i64):
  v10: i64 = mul v9, v9
  jump b2(v10)
b2(v11: i64):
  v12: i64 = add v11, v9
  v13: bool = sle v12, v6
  br v13, b2(v12), b3()
b3:
  v14: i64 = iconst 1
  v15: i64 = add v9, v14
  v16: i64 = mul v15, v15
  v17: bool = sle v16, v6
  br v17, b1(v15), b4()
b4:
  ret v1"""),
}


@pytest.mark.parametrize("case", GOLDEN)
def test_golden(case: str) -> None:
    name, before, wanted = GOLDEN[case]
    assert after(name, before) == (before if wanted == "same" else wanted).strip("\n")
