"""The machine-level types of IR values: one byte each.

Signedness belongs to operations, not to types. BOOL is one byte holding 0 or 1. A value narrower than 64 bits says
nothing about the upper bits of the register that holds it: extension is always an explicit operation.
"""

from __future__ import annotations

from typing import Final

VOID: Final = 0
BOOL: Final = 1
I8: Final = 2
I16: Final = 3
I32: Final = 4
I64: Final = 5
F32: Final = 6
F64: Final = 7
PTR: Final = 8

NAMES: Final = ("void", "bool", "i8", "i16", "i32", "i64", "f32", "f64", "ptr")
BY_NAME: Final = {name: index for index, name in enumerate(NAMES)}
SIZES: Final = (0, 1, 1, 2, 4, 8, 4, 8, 8)
"""Size and natural alignment in bytes."""
BITS: Final = (0, 8, 8, 16, 32, 64, 32, 64, 64)
IS_INT: Final = (False, True, True, True, True, True, False, False, True)
"""Kept in general registers (bool and ptr too)."""
IS_FLOAT: Final = (False, False, False, False, False, False, True, True, False)
