"""Which lowering function serves which IR op."""

from __future__ import annotations

from typing import Any, Final

from ..ir import ops
from . import isel_float, isel_flow, isel_int
from .isel import Columns, Selector
from .machine import Machine

LOWER: Final[list[Any]] = [None] * len(ops.OPS)
LOWER[ops.ADD] = isel_int.add
LOWER[ops.SUB] = isel_int.sub
LOWER[ops.MUL] = isel_int.mul
for _op in (ops.AND, ops.OR, ops.XOR):
    LOWER[_op] = isel_int.logic
for _op in (ops.SHL, ops.LSHR, ops.ASHR):
    LOWER[_op] = isel_int.shift
for _op in (ops.SDIV, ops.UDIV, ops.SREM, ops.UREM):
    LOWER[_op] = isel_int.divide
LOWER[ops.UMULH] = LOWER[ops.SMULH] = isel_int.mulh
LOWER[ops.NEG] = isel_int.negate
LOWER[ops.NOT] = isel_int.invert
for _op in range(ops.SADD_TRAP, ops.UMUL_TRAP + 1):
    LOWER[_op] = isel_int.checked
for _op in isel_int.COMPARISONS:
    LOWER[_op] = isel_flow.comparison
for _op in (ops.FADD, ops.FSUB, ops.FMUL, ops.FDIV):
    LOWER[_op] = isel_float.arithmetic
LOWER[ops.FNEG] = LOWER[ops.FABS] = isel_float.sign
LOWER[ops.FSQRT] = isel_float.root
LOWER[ops.SEXT] = isel_int.sign_extend
LOWER[ops.ZEXT] = isel_int.zero_extend
LOWER[ops.SITOF] = LOWER[ops.UITOF] = isel_float.from_int
LOWER[ops.FTOSI] = isel_float.to_int
LOWER[ops.FEXT] = LOWER[ops.FTRUNC] = isel_float.resize
LOWER[ops.BITCAST] = isel_float.cast
LOWER[ops.SELECT] = isel_flow.select
LOWER[ops.LOAD] = isel_int.load
LOWER[ops.STORE] = isel_int.store
LOWER[ops.COPY] = isel_int.copy
LOWER[ops.ZERO] = isel_int.zero
LOWER[ops.NULLCHK] = isel_flow.nullcheck
LOWER[ops.BOUNDS] = isel_flow.bounds
LOWER[ops.TRAPIF] = isel_flow.trap_if
LOWER[ops.CALL_OP] = isel_flow.call
LOWER[ops.CALLI] = isel_flow.call_indirect
LOWER[ops.DBGVALUE] = isel_flow.debug_value
LOWER[ops.DBGSLOT] = isel_flow.debug_slot
LOWER[ops.LANDING] = isel_flow.landing
LOWER[ops.JUMP] = isel_flow.jump
LOWER[ops.BR] = isel_flow.branch
LOWER[ops.SWITCH] = isel_flow.switch
LOWER[ops.RET] = isel_flow.give_back
LOWER[ops.TRAP_OP] = isel_flow.trap


def select(columns: Columns, function: Any, pool: Any, options: Any) -> Machine:
    """Machine rows of one function."""
    return Selector(columns, function, pool, options).run(LOWER)
