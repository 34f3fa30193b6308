"""Trap kinds: the run-time errors that compiled checks raise (fluxsharp.md section 18).

A trap calls the run-time function `handler` with the values of the trap's list as arguments; the function never
returns. The return address of that call identifies the site in the image's site table, which gives function, line and
column.
"""

from __future__ import annotations

from typing import Final

from ..support.record import dataclass
from .types import F64, I64, PTR


@dataclass(frozen=True, slots=True)
class TrapInfo:
    """A row of the trap table: `params` are IR types of the handler's parameters, filled from the trap's value list."""

    number: int
    name: str
    handler: str
    params: tuple[int, ...]


NONE: Final = 0
NULL: Final = 1
INDEX: Final = 2
INDEX_U: Final = 3
OVF_ADD: Final = 4
OVF_SUB: Final = 5
OVF_MUL: Final = 6
OVF_NEG: Final = 7
OVF_DIV: Final = 8
OVF_MOD: Final = 9
OVF_ABS: Final = 10
DIV_ZERO: Final = 11
CAST_INT: Final = 12
CAST_UINT: Final = 13
CAST_FLOAT: Final = 14
CAST_REF: Final = 15
NEG_SIZE: Final = 16
UNREACHABLE: Final = 17
OVF_SHL: Final = 18
OVF_AND: Final = 19
OVF_OR: Final = 20
OVF_XOR: Final = 21

TRAPS: Final[tuple[TrapInfo, ...]] = (
    TrapInfo(0, "none", "", ()),
    TrapInfo(1, "null", "__trap_null", ()),
    TrapInfo(2, "index", "__trap_index", (I64, I64)),              # index, length
    TrapInfo(3, "index_u", "__trap_index_u", (I64, I64)),          # unsigned index, length
    TrapInfo(4, "ovf_add", "__trap_ovf_add", ()),
    TrapInfo(5, "ovf_sub", "__trap_ovf_sub", ()),
    TrapInfo(6, "ovf_mul", "__trap_ovf_mul", ()),
    TrapInfo(7, "ovf_neg", "__trap_ovf_neg", ()),
    TrapInfo(8, "ovf_div", "__trap_ovf_div", ()),
    TrapInfo(9, "ovf_mod", "__trap_ovf_mod", ()),
    TrapInfo(10, "ovf_abs", "__trap_ovf_abs", ()),
    TrapInfo(11, "div_zero", "__trap_div_zero", ()),
    TrapInfo(12, "cast_int", "__trap_cast_int", (I64, I64)),       # value, target type code (frontend.types numbers)
    TrapInfo(13, "cast_uint", "__trap_cast_uint", (I64, I64)),     # unsigned value, target type code
    TrapInfo(14, "cast_float", "__trap_cast_float", (F64, I64)),   # value, target type code (+ 64 when the source is float)
    TrapInfo(15, "cast_ref", "__trap_cast_ref", (PTR, PTR)),       # object, wanted type's descriptor
    TrapInfo(16, "neg_size", "__trap_neg_size", (I64,)),           # wanted length
    TrapInfo(17, "unreachable", "__trap_unreachable", ()),
    # a compound assignment whose result does not fit its narrow target
    TrapInfo(18, "ovf_shl", "__trap_ovf_shl", ()),
    TrapInfo(19, "ovf_and", "__trap_ovf_and", ()),
    TrapInfo(20, "ovf_or", "__trap_ovf_or", ()),
    TrapInfo(21, "ovf_xor", "__trap_ovf_xor", ()),
)
BY_NAME: Final = {info.name: info for info in TRAPS}
