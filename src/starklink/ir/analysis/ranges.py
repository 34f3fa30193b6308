"""Cheap value ranges: what the expression itself says about an integer, without looking at control flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from .. import ops
from ..module import Module, Value
from ..types import BITS, BOOL, I64

Known: TypeAlias = Mapping[Value, tuple[int, int]]

_DEPTH: Final = 4
_MAX_LENGTH: Final = (1 << 47) - 1
_NOTHING: Final[Known] = {}


def signed_range(module: Module, value: Value, depth: int = _DEPTH, known: Known = _NOTHING) -> tuple[int, int]:
    """Least and greatest value as a signed number of its type; `known` holds bounds found elsewhere."""
    low, high = _expression_range(module, value, depth, known)
    if value in known:
        least, most = known[value]
        return max(low, least), min(high, most)
    return low, high


def _expression_range(module: Module, value: Value, depth: int, known: Known) -> tuple[int, int]:
    insts = module.insts
    op, type_ = insts.op[value], insts.type[value]
    width = BITS[type_]
    low, high = (0, 1) if type_ == BOOL else (-(1 << (width - 1)), (1 << (width - 1)) - 1)
    if op == ops.ICONST:
        bits = insts.a[value] | insts.b[value] << 32
        bits &= (1 << width) - 1
        number = bits - (1 << width) if bits >> (width - 1) and type_ != BOOL else bits
        return number, number
    if op == ops.LOAD:
        is_length = type_ == I64 and insts.b[value] == 8 and insts.flags[value] & ops.INVARIANT
        return (0, _MAX_LENGTH) if is_length else (low, high)
    if not depth:
        return low, high
    if op == ops.ZEXT:
        return 0, (1 << BITS[insts.type[insts.a[value]]]) - 1 if insts.type[insts.a[value]] != BOOL else 1
    if op == ops.SEXT:
        return signed_range(module, insts.a[value], depth - 1, known)
    if op in (ops.AND, ops.LSHR, ops.ASHR, ops.UREM, ops.SREM, ops.SDIV, ops.UDIV) and insts.op[insts.b[value]] == ops.ICONST:
        return _by_constant(module, value, op, width, depth, known) or (low, high)
    if op in (ops.ADD, ops.SUB, ops.MUL, ops.SADD_TRAP, ops.SSUB_TRAP, ops.SMUL_TRAP):
        a, b = signed_range(module, insts.a[value], depth - 1, known), signed_range(module, insts.b[value], depth - 1, known)
        least, most = _arithmetic(op, a, b)
        if insts.a[value] == insts.b[value] and op in (ops.MUL, ops.SMUL_TRAP):
            least = 0       # a square, if it does not wrap
        if low <= least and most <= high:
            return least, most
        if op in (ops.SADD_TRAP, ops.SSUB_TRAP, ops.SMUL_TRAP):
            if op == ops.SMUL_TRAP and b[0] == b[1] > 0:     # a multiple of the constant
                low, high = -(-low // b[0]) * b[0], high // b[0] * b[0]
            return max(low, least), min(high, most)
    if op in (ops.SREM, ops.UREM, ops.SDIV, ops.UDIV):
        x = signed_range(module, insts.a[value], depth - 1, known)
        if op == ops.SREM:
            return min(0, x[0]), max(0, x[1])
        if x[0] >= 0 and (op != ops.SDIV or signed_range(module, insts.b[value], depth - 1, known)[0] >= 0):
            return 0, x[1]
    if op == ops.SELECT:
        a, b = signed_range(module, insts.b[value], depth - 1, known), signed_range(module, insts.c[value], depth - 1, known)
        return min(a[0], b[0]), max(a[1], b[1])
    return low, high


def _by_constant(module: Module, value: Value, op: int, width: int, depth: int, known: Known) -> tuple[int, int] | None:
    insts = module.insts
    constant = module.imm(insts.b[value])
    low, high = signed_range(module, insts.a[value], depth - 1, known)
    if op == ops.AND:
        return (0, constant) if constant >= 0 else None
    if op == ops.LSHR:
        shift = constant & width - 1
        return (0, (1 << (width - shift)) - 1) if shift else None
    if op == ops.ASHR:
        shift = constant & width - 1
        return low >> shift, high >> shift
    if op in (ops.UREM, ops.UDIV):
        if constant <= 0:
            return None
        if op == ops.UREM:
            return 0, min(high, constant - 1) if low >= 0 else constant - 1
        return (low // constant, high // constant) if low >= 0 else ((0, ((1 << width) - 1) // constant)
                                                                    if constant > 1 else None)
    if constant in (0, -1):
        return None
    size = abs(constant)
    if op == ops.SREM:
        return (0 if low >= 0 else max(low, 1 - size)), (0 if high <= 0 else min(high, size - 1))
    if constant < 0:
        return None
    return -(-low // size) if low < 0 else low // size, -(-high // size) if high < 0 else high // size


def _arithmetic(op: int, a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    if op in (ops.ADD, ops.SADD_TRAP):
        return a[0] + b[0], a[1] + b[1]
    if op in (ops.SUB, ops.SSUB_TRAP):
        return a[0] - b[1], a[1] - b[0]
    products = [x * y for x in a for y in b]
    return min(products), max(products)


def cannot_overflow(module: Module, op: int, a: Value, b: Value, type_: int, known: Known = _NOTHING) -> bool:
    """True if checked arithmetic of these operands always fits its type."""
    width = BITS[type_]
    x, y = signed_range(module, a, _DEPTH, known), signed_range(module, b, _DEPTH, known)
    if op in (ops.SADD_TRAP, ops.SSUB_TRAP, ops.SMUL_TRAP):
        least, most = _arithmetic(op, x, y)
        return -(1 << (width - 1)) <= least and most < 1 << (width - 1)
    if x[0] < 0 or y[0] < 0:
        return False        # as an unsigned number it may be anything above the signed range
    if op == ops.UADD_TRAP:
        return True         # two numbers below half the range
    if op == ops.USUB_TRAP:
        return x[0] >= y[1]
    return x[1] * y[1] < 1 << width
