"""Algebraic identities: what an operation is equal to without computing it.

`simplify` answers with a value that may stand for the instruction, or rewrites the instruction in place into a
simpler one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from . import ops
from .module import Module, Value, const_slots
from .semantics import MASKS
from .types import BITS, BOOL, F64, IS_FLOAT

REWRITTEN: Final = -1
"""`simplify` changed the instruction itself."""

_Rule: TypeAlias = Callable[[Module, Value, Value, Value], Value]

INVERSE: Final = {
    ops.EQ: ops.NE, ops.NE: ops.EQ, ops.SLT: ops.SGE, ops.SGE: ops.SLT, ops.SGT: ops.SLE, ops.SLE: ops.SGT,
    ops.ULT: ops.UGE, ops.UGE: ops.ULT, ops.UGT: ops.ULE, ops.ULE: ops.UGT, ops.FEQ: ops.FNE, ops.FNE: ops.FEQ,
}
"""Comparison with the opposite answer (float orders have none: NaN)."""
SWAPPED: Final = {
    ops.EQ: ops.EQ, ops.NE: ops.NE, ops.SLT: ops.SGT, ops.SGT: ops.SLT, ops.SLE: ops.SGE, ops.SGE: ops.SLE,
    ops.ULT: ops.UGT, ops.UGT: ops.ULT, ops.ULE: ops.UGE, ops.UGE: ops.ULE, ops.FEQ: ops.FEQ, ops.FNE: ops.FNE,
    ops.FLT: ops.FGT, ops.FGT: ops.FLT, ops.FLE: ops.FGE, ops.FGE: ops.FLE,
}
"""Comparison with the same answer for exchanged operands."""
PLAIN: Final = {
    ops.SADD_TRAP: ops.ADD, ops.SSUB_TRAP: ops.SUB, ops.SMUL_TRAP: ops.MUL,
    ops.UADD_TRAP: ops.ADD, ops.USUB_TRAP: ops.SUB, ops.UMUL_TRAP: ops.MUL,
}
"""Checked arithmetic without the check."""

# Constant right operand (as an unsigned pattern; -1 stands for all ones) that gives: the left operand itself.
_KEEPS: Final = {
    ops.ADD: 0, ops.SUB: 0, ops.MUL: 1, ops.AND: -1, ops.OR: 0, ops.XOR: 0, ops.SHL: 0, ops.LSHR: 0, ops.ASHR: 0,
    ops.SDIV: 1, ops.UDIV: 1, ops.SADD_TRAP: 0, ops.SSUB_TRAP: 0, ops.SMUL_TRAP: 1, ops.UADD_TRAP: 0,
    ops.USUB_TRAP: 0, ops.UMUL_TRAP: 1,
}
# (op, constant right operand) -> constant result.
_GIVES: Final = {
    (ops.MUL, 0): 0, (ops.AND, 0): 0, (ops.OR, -1): -1, (ops.SREM, 1): 0, (ops.UREM, 1): 0, (ops.SREM, -1): 0,
    (ops.SMUL_TRAP, 0): 0, (ops.UMUL_TRAP, 0): 0, (ops.UMULH, 0): 0, (ops.SMULH, 0): 0, (ops.UMULH, 1): 0,
    (ops.ULT, 0): 0, (ops.UGE, 0): 1, (ops.UGT, -1): 0, (ops.ULE, -1): 1,
}
# Equal operands -> constant result.
_SAME_GIVES: Final = {
    ops.SUB: 0, ops.XOR: 0, ops.SSUB_TRAP: 0, ops.USUB_TRAP: 0, ops.EQ: 1, ops.NE: 0, ops.SLT: 0, ops.SLE: 1,
    ops.SGT: 0, ops.SGE: 1, ops.ULT: 0, ops.ULE: 1, ops.UGT: 0, ops.UGE: 1,
}
_FLOAT_KEEPS: Final = {
    ops.FMUL: {0x3F800000, 0x3FF0000000000000}, ops.FDIV: {0x3F800000, 0x3FF0000000000000}, ops.FSUB: {0},
    ops.FADD: {0x80000000, 0x8000000000000000},
}


def set_const(module: Module, inst: Value, bits: int) -> Value:
    """Turn an instruction into a constant of its type."""
    insts = module.insts
    if insts.flags[inst] & ops.STMT:
        module.pass_statement_on(inst)
    insts.op[inst] = ops.FCONST if IS_FLOAT[insts.type[inst]] else ops.ICONST
    insts.a[inst], insts.b[inst] = const_slots(bits & (1 if insts.type[inst] == BOOL else MASKS[insts.type[inst]]))
    insts.c[inst] = 0
    return REWRITTEN


def rewrite(module: Module, inst: Value, op: int, a: Value, b: Value = 0, c: int = 0) -> Value:
    """Turn an instruction into another operation on values (same result type)."""
    insts = module.insts
    insts.op[inst], insts.a[inst], insts.b[inst], insts.c[inst] = op, a, b, c
    insts.flags[inst] &= ~ops.POSITIVE & 0xFF
    module.record_uses(inst)
    return REWRITTEN


def const_before(module: Module, anchor: Value, type_: int, bits: int) -> Value:
    """A new constant in front of an instruction."""
    inst = module.new_inst(ops.ICONST, type_, *const_slots(bits & MASKS[type_]), pos=module.insts.pos[anchor],
                           scope=module.insts.scope[anchor])
    return module.insert_before(anchor, inst)


def simplify(module: Module, inst: Value) -> Value:
    """A value equal to the instruction, REWRITTEN, or 0 if nothing is known. Constants stand on the right by now."""
    insts = module.insts
    op, a, b = insts.op[inst], insts.a[inst], insts.b[inst]
    if not ops.VALUE_SLOTS[op] & 2:
        return _unary(module, inst, op, a)
    if a == b:
        known = _SAME_GIVES.get(op)
        if known is not None:
            return set_const(module, inst, known)
        if op in (ops.AND, ops.OR):
            return a
    if insts.op[b] == ops.FCONST:
        return a if insts.a[b] | insts.b[b] << 32 in _FLOAT_KEEPS.get(op, ()) and _fits(module, op, b) else 0
    if insts.op[b] != ops.ICONST:
        if op == ops.SUB and insts.op[a] == ops.ICONST and not insts.a[a] | insts.b[a]:
            return rewrite(module, inst, ops.NEG, b)
        return 0
    type_ = insts.type[b]
    bits = (insts.a[b] | insts.b[b] << 32) & MASKS[type_]
    if type_ == BOOL:
        number = -1 if bits and op in (ops.AND, ops.OR) else bits
    else:
        number = -1 if bits == MASKS[type_] else bits
    if op in (ops.SHL, ops.LSHR, ops.ASHR):
        number &= BITS[type_] - 1
    if _KEEPS.get(op) == number:
        return a
    known = _GIVES.get((op, number))
    if known is not None:
        return set_const(module, inst, known)
    if type_ == BOOL and op in (ops.EQ, ops.NE, ops.XOR):
        return a if (op == ops.EQ) == bool(bits) else rewrite(module, inst, ops.NOT, a)
    if op in (ops.ADD, ops.SUB):
        return _reassociate(module, inst, op, a, bits)
    return 0


def _fits(module: Module, op: int, b: Value) -> bool:
    """The pattern was meant for the constant's own width: 0x3F800000 is 1.0 only as f32."""
    insts = module.insts
    high = insts.b[b]
    return op == ops.FSUB or bool(high) == (insts.type[b] == F64)


def _reassociate(module: Module, inst: Value, op: int, a: Value, bits: int) -> Value:
    """(x + 1) + 2 -> x + 3; x - 1 -> x + -1, so that only one form exists."""
    insts = module.insts
    total = -bits if op == ops.SUB else bits
    base = a
    if insts.op[a] == ops.ADD and insts.op[insts.b[a]] == ops.ICONST:
        total += module.imm(insts.b[a])
        base = insts.a[a]
    elif op == ops.ADD:
        return 0
    constant = const_before(module, inst, insts.type[insts.b[inst]], total)
    return rewrite(module, inst, ops.ADD, base, constant)


def _unary(module: Module, inst: Value, op: int, a: Value) -> Value:
    insts = module.insts
    inner = insts.op[a]
    if op in (ops.NEG, ops.NOT, ops.FNEG) and inner == op:
        return insts.a[a]
    if op == ops.NOT and inner in INVERSE:
        return rewrite(module, inst, INVERSE[inner], insts.a[a], insts.b[a])
    if op == ops.FABS and inner in (ops.FABS, ops.FNEG):
        return a if inner == ops.FABS else rewrite(module, inst, ops.FABS, insts.a[a])
    return 0
