"""What the foldable operations compute, on bit patterns: the one definition that folding and tests rely on.

A value of any type is its unsigned bit pattern (an int below 2**bits of the type, for bool 0 or 1); floats are the
patterns of binary32 and binary64. `evaluate` gives the pattern of the result, or None where the machine would raise
an exception (division by zero, quotient overflow) or a checked operation would trap.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isnan, sqrt
from struct import pack, unpack
from typing import Final, TypeAlias

from . import ops
from .module import float_bits
from .types import BITS, BOOL, F32, F64

M32: Final = 0xFFFFFFFF
M64: Final = 0xFFFFFFFFFFFFFFFF
MASKS: Final = tuple((1 << bits) - 1 for bits in BITS)
DEFAULT_NAN: Final = float(unpack("<d", pack("<Q", 0xFFF8000000000000))[0])
"""What SSE gives for an invalid operation: a quiet NaN with the sign set."""

Eval: TypeAlias = Callable[[int, int, int], "int | None"]


def signed(bits: int, width: int) -> int:
    """A pattern of `width` bits as a two's complement number."""
    return bits - (1 << width) if bits >> (width - 1) else bits


def to_float(bits: int, type_: int) -> float:
    """The number behind a pattern of type F32 or F64."""
    if type_ == F32:
        return float(unpack("<f", pack("<I", bits))[0])
    return float(unpack("<d", pack("<Q", bits))[0])


def round_f32(value: float) -> float:
    """The nearest binary32 number (ties to even, overflow to infinity)."""
    try:
        return float(unpack("<f", pack("<f", value))[0])
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def int_to_f32(value: int) -> float:
    """An integer rounded once to binary32: going through binary64 would round twice."""
    magnitude = abs(value)
    if magnitude >> 53:
        # Fold everything below the 32 leading bits into a sticky bit: then binary64 is exact and rounding happens once.
        shift = magnitude.bit_length() - 32
        low = magnitude & (1 << shift) - 1
        magnitude = (magnitude >> shift | (1 if low else 0)) << shift
        value = -magnitude if value < 0 else magnitude
    return round_f32(float(value))


def float_divide(a: float, b: float) -> float:
    """IEEE 754 division, which Python's operator refuses for a zero divisor."""
    if b != 0.0 or isnan(b):
        return a / b
    if isnan(a):
        return a
    if a == 0.0:
        return DEFAULT_NAN
    negative = (float_bits(a, F64) ^ float_bits(b, F64)) >> 63
    return float("-inf") if negative else float("inf")


def float_sqrt(a: float) -> float:
    """IEEE 754 square root."""
    if a < 0.0:
        return DEFAULT_NAN
    return a if isnan(a) else sqrt(a)


def float_to_int(a: float, width: int) -> int:
    """cvttsd2si: truncation; the pattern 1 << (width - 1) for NaN and everything out of range."""
    if a != a or a in (float("inf"), float("-inf")):
        return 1 << (width - 1)
    number = int(a)
    if -(1 << (width - 1)) <= number < 1 << (width - 1):
        return number & (1 << width) - 1
    return 1 << (width - 1)


def divide(a: int, b: int) -> int:
    """Quotient of signed numbers, truncated toward zero; b is not 0."""
    quotient = abs(a) // abs(b)
    return -quotient if (a < 0) != (b < 0) else quotient


def _sdiv(a: int, b: int, width: int) -> int | None:
    x, y = signed(a, width), signed(b, width)
    if y == 0 or (y == -1 and a == 1 << (width - 1)):
        return None
    return divide(x, y) & (1 << width) - 1


def _srem(a: int, b: int, width: int) -> int | None:
    x, y = signed(a, width), signed(b, width)
    if y == 0 or (y == -1 and a == 1 << (width - 1)):
        return None
    return (x - divide(x, y) * y) & (1 << width) - 1


def _fits_signed(value: int, width: int) -> int | None:
    return value & (1 << width) - 1 if -(1 << (width - 1)) <= value < 1 << (width - 1) else None


def _fits_unsigned(value: int, width: int) -> int | None:
    return value if 0 <= value < 1 << width else None


# Integer operations on patterns: (a, b, width in bits) -> pattern.
INT_OPS: Final[dict[int, Eval]] = {
    ops.ADD: lambda a, b, w: (a + b) & (1 << w) - 1,
    ops.SUB: lambda a, b, w: (a - b) & (1 << w) - 1,
    ops.MUL: lambda a, b, w: (a * b) & (1 << w) - 1,
    ops.AND: lambda a, b, w: a & b,
    ops.OR: lambda a, b, w: a | b,
    ops.XOR: lambda a, b, w: a ^ b,
    ops.SHL: lambda a, b, w: a << (b & w - 1) & (1 << w) - 1,
    ops.LSHR: lambda a, b, w: a >> (b & w - 1),
    ops.ASHR: lambda a, b, w: signed(a, w) >> (b & w - 1) & (1 << w) - 1,
    ops.SDIV: _sdiv,
    ops.UDIV: lambda a, b, w: a // b if b else None,
    ops.SREM: _srem,
    ops.UREM: lambda a, b, w: a % b if b else None,
    ops.UMULH: lambda a, b, w: a * b >> w,
    ops.SMULH: lambda a, b, w: signed(a, w) * signed(b, w) >> w & (1 << w) - 1,
    ops.NEG: lambda a, b, w: -a & (1 << w) - 1,
    ops.SADD_TRAP: lambda a, b, w: _fits_signed(signed(a, w) + signed(b, w), w),
    ops.SSUB_TRAP: lambda a, b, w: _fits_signed(signed(a, w) - signed(b, w), w),
    ops.SMUL_TRAP: lambda a, b, w: _fits_signed(signed(a, w) * signed(b, w), w),
    ops.UADD_TRAP: lambda a, b, w: _fits_unsigned(a + b, w),
    ops.USUB_TRAP: lambda a, b, w: _fits_unsigned(a - b, w),
    ops.UMUL_TRAP: lambda a, b, w: _fits_unsigned(a * b, w),
    ops.EQ: lambda a, b, w: int(a == b),
    ops.NE: lambda a, b, w: int(a != b),
    ops.SLT: lambda a, b, w: int(signed(a, w) < signed(b, w)),
    ops.SLE: lambda a, b, w: int(signed(a, w) <= signed(b, w)),
    ops.SGT: lambda a, b, w: int(signed(a, w) > signed(b, w)),
    ops.SGE: lambda a, b, w: int(signed(a, w) >= signed(b, w)),
    ops.ULT: lambda a, b, w: int(a < b),
    ops.ULE: lambda a, b, w: int(a <= b),
    ops.UGT: lambda a, b, w: int(a > b),
    ops.UGE: lambda a, b, w: int(a >= b),
}

# Float operations on numbers; arithmetic is rounded to the type by the caller.
FLOAT_OPS: Final[dict[int, Callable[[float, float], float]]] = {
    ops.FADD: lambda a, b: a + b,
    ops.FSUB: lambda a, b: a - b,
    ops.FMUL: lambda a, b: a * b,
    ops.FDIV: float_divide,
    ops.FSQRT: lambda a, b: float_sqrt(a),
    ops.FEQ: lambda a, b: a == b,
    ops.FNE: lambda a, b: a != b,
    ops.FLT: lambda a, b: a < b,
    ops.FLE: lambda a, b: a <= b,
    ops.FGT: lambda a, b: a > b,
    ops.FGE: lambda a, b: a >= b,
}


def evaluate(op: int, type_: int, result: int, a: int, b: int = 0, c: int = 0) -> int | None:
    """Pattern of `op` applied to the patterns a, b, c.

    `type_` is the type of the first operand, `result` the type of the instruction. None: it traps, or `op` does not fold.
    """
    function = INT_OPS.get(op)
    if function is not None:
        return function(a, b, BITS[type_])
    number = FLOAT_OPS.get(op)
    if number is not None:
        value = number(to_float(a, type_), to_float(b, type_))
        return int(value) if result == BOOL else float_bits(value, type_)
    return _convert(op, type_, result, a, b, c)


def _convert(op: int, type_: int, result: int, a: int, b: int, c: int) -> int | None:
    width = BITS[type_]
    if op == ops.NOT:
        return a ^ 1 if type_ == BOOL else ~a & MASKS[type_]
    if op == ops.FNEG:
        return a ^ 1 << (width - 1)
    if op == ops.FABS:
        return a & (1 << (width - 1)) - 1
    if op == ops.SEXT:
        return signed(a, width) & MASKS[result]
    if op in (ops.ZEXT, ops.BITCAST):
        return a
    if op == ops.TRUNC:
        return a & MASKS[result]
    if op in (ops.SITOF, ops.UITOF):
        number = signed(a, width) if op == ops.SITOF else a
        return float_bits(int_to_f32(number), F32) if result == F32 else float_bits(float(number), F64)
    if op == ops.FTOSI:
        return float_to_int(to_float(a, type_), BITS[result])
    if op in (ops.FEXT, ops.FTRUNC):
        return float_bits(to_float(a, type_), result)
    if op == ops.SELECT:
        return b if a else c
    return None

