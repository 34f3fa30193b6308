"""Constant evaluation (fluxsharp.md section 4.4): exactly what the compiled program would compute.

Values are Python ints (integers, char, enums), bools, floats (already rounded to their type) and bytes (strings). Nothing here
reports: failures are values of `Failure`, whose text names what happened.
"""

from __future__ import annotations

from collections.abc import Callable
from math import fmod, isinf, isnan
from typing import Final

from ..ir.semantics import DEFAULT_NAN, divide, float_divide, int_to_f32, round_f32
from .typed import Const
from .types import BOOL, CHAR, DOUBLE, FLOAT, FLOATS, INTEGERS, STRING, EnumType, Primitive, Type


class Failure:
    """Why an expression of constants has no value. `zero`: division by zero."""

    __slots__ = ("text", "zero")

    def __init__(self, text: str, zero: bool = False) -> None:
        self.text = text
        self.zero = zero


ZERO: Final = Failure("Division by zero", True)
_OVERFLOW: Final = {
    op: Failure(f"Integer overflow in {name}")
    for op, name in (
        ("+", "addition"),
        ("-", "subtraction"),
        ("*", "multiplication"),
        ("/", "division"),
        ("%", "modulo"),
        ("neg", "negation"),
    )
}
UNFIT: Final = Failure("value out of range")


def representation(type_: Type) -> Primitive | None:
    """The primitive that holds values of an integer type, char, bool, floating type or enum; None for other types."""
    if isinstance(type_, EnumType):
        return type_.underlying
    return type_ if isinstance(type_, Primitive) else None


def fits(type_: Primitive, value: int) -> bool:
    """True if an integer is a value of an integer type or char (a scalar value)."""
    return type_.low <= value <= type_.high and not (type_ is CHAR and 0xD800 <= value <= 0xDFFF)


def wrap(type_: Primitive, value: int) -> int:
    """The value modulo 2^width of the type."""
    value &= (1 << type_.bits) - 1
    return value - (1 << type_.bits) if type_.signed and value >> (type_.bits - 1) else value


def to_type(value: Const, type_: Type) -> Const:
    """A constant in a type it converts to implicitly (the fit was checked): the form that is stored for that type."""
    if type_ is DOUBLE and isinstance(value, int):
        return float(value)
    if type_ is FLOAT and isinstance(value, int):
        return int_to_f32(int(value))
    return value


def _remainder(a: float, b: float) -> float:
    if isnan(a) or isnan(b):
        return a + b
    if isinf(a) or b == 0.0:
        return DEFAULT_NAN
    return fmod(a, b)


def _multiply(a: float, b: float) -> float:
    return a * b


_FLOAT: Final[dict[str, Callable[[float, float], float]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": _multiply,
    "/": float_divide,
    "%": _remainder,
}
COMPARE: Final[dict[str, Callable[[float | bytes, float | bytes], bool]]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,  # type: ignore[operator]
    "<=": lambda a, b: a <= b,  # type: ignore[operator]
    ">": lambda a, b: a > b,  # type: ignore[operator]
    ">=": lambda a, b: a >= b,  # type: ignore[operator]
}


def binary(op: str, type_: Type, left: Const, right: Const, unchecked: bool) -> Const | Failure:
    """`left op right` with both operands converted to `type_` (shifts: the left one's type)."""
    if left is None or right is None:
        return None
    if op in COMPARE:
        return _compare(op, type_, left, right)
    if type_ in FLOATS:
        a, b = to_type(left, type_), to_type(right, type_)
        if not isinstance(a, float) or not isinstance(b, float):
            return None
        result = _FLOAT[op](a, b)
        return round_f32(result) if type_ is FLOAT else result
    if type_ is STRING:
        return left + right if isinstance(left, bytes) and isinstance(right, bytes) else None
    if type_ is BOOL:
        return bool({"&": left and right, "|": left or right, "^": left != right}[op])
    known = representation(type_)
    if known is None or not isinstance(left, int) or not isinstance(right, int):
        return None
    return _integer(op, known, int(left), int(right), unchecked)


def _compare(op: str, type_: Type, left: Const, right: Const) -> Const:
    a, b = to_type(left, type_), to_type(right, type_)
    if a is None or b is None or isinstance(a, bytes) != isinstance(b, bytes):
        return None
    return COMPARE[op](a, b)


def _integer(op: str, type_: Primitive, a: int, b: int, unchecked: bool) -> int | Failure:
    if op == "+":
        result = a + b
    elif op == "-":
        result = a - b
    elif op == "*":
        result = a * b
    elif op == "&":
        return a & b
    elif op == "|":
        return a | b
    elif op == "^":
        return a ^ b
    elif op == "<<":
        return wrap(type_, a << (b & type_.bits - 1))
    elif op == ">>":
        return a >> (b & type_.bits - 1)
    else:
        if b == 0:
            return ZERO
        quotient = divide(a, b)
        if quotient > type_.high:
            if unchecked:
                return type_.low if op == "/" else 0
            return _OVERFLOW[op]
        result = quotient if op == "/" else a - quotient * b
    if type_.low <= result <= type_.high:
        return result
    return wrap(type_, result) if unchecked else _OVERFLOW[op]


def unary(op: str, type_: Type, value: Const, unchecked: bool) -> Const | Failure:
    """`op value` with the operand converted to `type_`; `!` on an integer gives 1 or 0."""
    if value is None or isinstance(value, bytes):
        return None
    if op == "!":
        return not value if isinstance(value, bool) else int(not value)
    value = to_type(value, type_)
    if isinstance(value, float):
        return -value if op == "-" else value
    known = representation(type_)
    if known is None or not isinstance(value, int):
        return None
    if op == "+":
        return value
    if op == "~":
        return ~value if known.signed else ~value & known.high
    if fits(known, -value):
        return -value
    return wrap(known, -value) if unchecked else _OVERFLOW["neg"]


def cast(value: Const, target: Type, unchecked: bool) -> Const | Failure:
    """`(target)value` between numbers, char and enums; bool and string only to themselves."""
    known = representation(target)
    if known is None or value is None or isinstance(value, bytes):
        return value if target is STRING else None
    if isinstance(value, bool):
        return value if target is BOOL else None
    if target is DOUBLE:
        return float(value)
    if target is FLOAT:
        return int_to_f32(value) if isinstance(value, int) else round_f32(value)
    if target not in INTEGERS and target is not CHAR and not isinstance(target, EnumType):
        return None
    if isinstance(value, float):
        return _float_to_integer(value, known, unchecked)
    if fits(known, value):
        return value
    return wrap(known, value) if unchecked else UNFIT


def _float_to_integer(value: float, known: Primitive, unchecked: bool) -> int | Failure:
    if isnan(value):
        return 0 if unchecked else UNFIT
    if isinf(value):
        return (known.high if value > 0 else known.low) if unchecked else UNFIT
    number = int(value)
    if fits(known, number):
        return number
    return min(max(number, known.low), known.high) if unchecked else UNFIT
