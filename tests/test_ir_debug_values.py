"""What passes do to the values debuggers are told about: kept where it is true and costs nothing, withdrawn otherwise."""

from __future__ import annotations

import pytest
from test_ir_passes import after

CASES = {
    "constants stay": ("dce", """
  v6: i64 = iconst 7
  dbgvalue v6, var1
  v7: f64 = fconst 1.5
  dbgvalue v7, var2
  v8: i64 = add v1, v6
  dbgvalue v8, var3
  ret v1""", """
  v6: i64 = iconst 7
  dbgvalue v6, var1
  v7: f64 = fconst 1.5
  dbgvalue v7, var2
  dbgvalue none, var3
  ret v1"""),
    "the low part of a value is in the value": ("dce", """
  v6: i64 = add v1, v1
  v7: i32 = trunc v6
  dbgvalue v7, var1
  ret v6""", """
  v6: i64 = add v1, v1
  dbgvalue v6, var1
  ret v6"""),
    "what a block told that is passed by is unknown behind it": ("simplifycfg", """
  dbgvalue v2, var1
  dbgvalue v2, var2
  br v3, b1(), b2()
b1:
  dbgvalue v1, var1
  jump b3()
b2:
  store v4, v1, 0
  jump b3()
b3:
  v6: i64 = call @g(v1)
  ret v6""", """
  dbgvalue v2, var1
  dbgvalue v2, var2
  br v3, b2(), b1()
b1:
  store v4, v1, 0
  jump b2()
b2:
  dbgvalue none, var1
  v6: i64 = call @g(v1)
  ret v6"""),
}


@pytest.mark.parametrize("case", CASES)
def test_debug_values(case: str) -> None:
    name, before, wanted = CASES[case]
    assert after(name, before) == wanted.strip("\n")
