"""Implicit conversions (fluxsharp.md 4.2), adjusted operand types (6.3), casts (4.3) and how well an argument converts (6.8)."""

from __future__ import annotations

from typing import Final

from . import ast, consts
from .context import Checker
from .typed import LocalVar, Resolved
from .types import (
    BOOL,
    BYTE,
    CHAR,
    DOUBLE,
    ERROR,
    FLOAT,
    FLOATS,
    I8,
    I16,
    I32,
    INT,
    INTEGERS,
    NULL,
    NUMBERS,
    OBJECT,
    STRING,
    U16,
    U32,
    UINT,
    VOID,
    ArrayType,
    ClassType,
    EnumType,
    Primitive,
    PromiseType,
    Type,
    derives_from,
    is_reference,
)

NARROW: Final = frozenset({I8, I16, BYTE, U16, CHAR})
NONE: Final = -1
IDENTITY, CONSTANT, WIDER, TO_FLOAT, TO_DOUBLE, DIRECT, READONLY, TO_BASE, TO_OBJECT = 0, 1, 10, 30, 31, 40, 41, 100, 1 << 30
"""Ranks of conversions: the smaller, the better. WIDER is increased by the target's bytes, TO_BASE by the distance."""

_ROUNDING: Final = frozenset({"sqrt", "floor", "ceil", "round"})


def _widening() -> dict[Type, dict[Type, int]]:
    table: dict[Type, dict[Type, int]] = {}
    for source in (*INTEGERS, CHAR):
        row: dict[Type, int] = {FLOAT: TO_FLOAT, DOUBLE: TO_DOUBLE}
        for target in INTEGERS:
            if target is not source and target.bits > source.bits and target.low <= source.low and target.high >= source.high:
                row[target] = WIDER + target.bits // 8
        table[source] = row
    table[CHAR].update({one: WIDER + one.bits // 8 for one in (I32, U32, INT, UINT)})
    table[FLOAT] = {DOUBLE: TO_DOUBLE}
    return table


def _common() -> dict[Type, dict[Type, Type]]:
    table: dict[Type, dict[Type, Type]] = {}
    kinds: tuple[Primitive, ...] = (*INTEGERS, CHAR)
    for left in kinds:
        row: dict[Type, Type] = {DOUBLE: DOUBLE, FLOAT: FLOAT}
        for right in kinds:
            a, b = _promote(left, right), _promote(right, left)
            if a is b:
                row[right] = a
            elif {a, b} <= {I32, U32, INT}:
                row[right] = INT
            elif {a, b} == {U32, UINT}:
                row[right] = UINT
        table[left] = row
    table[FLOAT] = {**dict.fromkeys((*kinds, FLOAT), FLOAT), DOUBLE: DOUBLE}
    table[DOUBLE] = dict.fromkeys((*kinds, FLOAT, DOUBLE), DOUBLE)
    return table


def _promote(type_: Primitive, other: Primitive) -> Primitive:
    if type_ not in NARROW:
        return type_
    return UINT if other is UINT and not type_.signed else INT


WIDENING: Final = _widening()
COMMON: Final = _common()
"""Adjusted type of two numeric operand types (constants apart); missing: `uint` with a signed type, or not numeric."""


def adjusted(type_: Type) -> Type:
    """The type an operand that stands alone is adjusted to (unary operators, shifts, ++)."""
    return INT if type_ in NARROW else type_


def common_type(c: Checker, left: ast.Expr, right: ast.Expr, lt: Type, rt: Type) -> Type | None:
    """The type two numeric or char operands are adjusted to (6.3); None if there is none."""
    if lt is rt:
        return COMMON[lt][rt] if lt in COMMON else None
    lc, rc = c.consts[left.id], c.consts[right.id]
    left_const = type(lc) is int and lt in INTEGERS
    right_const = type(rc) is int and rt in INTEGERS
    if left_const and right_const and lt is not INT and (rt is INT or _bits(rt) < _bits(lt)):
        left_const = False
    if left_const and _takes(rt, lc):
        lt = rt
    elif right_const and _takes(lt, rc):
        rt = lt
    row = COMMON.get(lt)
    return None if row is None else row.get(rt)


def _bits(type_: Type) -> int:
    return type_.bits if isinstance(type_, Primitive) else 0


def _takes(type_: Type, value: object) -> bool:
    return (
        (type_ in INTEGERS or type_ is CHAR)
        and isinstance(type_, Primitive)
        and isinstance(value, int)
        and consts.fits(type_, value)
    )


def is_direct_rounding(c: Checker, expr: ast.Expr) -> bool:
    """True for a direct call of the built-ins sqrt, floor, ceil, round."""
    if type(expr) is not ast.Call:
        return False
    ref = c.refs[expr.id]
    return type(ref) is Resolved and ref.kind == "builtin" and ref.builtin in _ROUNDING


def rank(c: Checker, expr: ast.Expr, source: Type, target: Type) -> int:
    """How well an expression of type `source` converts to `target` implicitly; NONE if it does not."""
    if source is target or source is ERROR or target is ERROR:
        return IDENTITY
    row = WIDENING.get(source)
    if row is not None:
        known = row.get(target)
        if known is not None:
            return known
        value = c.consts[expr.id]
        if value is not None and source in INTEGERS and target in INTEGERS:
            assert isinstance(target, Primitive) and isinstance(value, int)
            return CONSTANT if target.low <= value <= target.high else NONE
        if target in INTEGERS and is_direct_rounding(c, expr):
            return DIRECT
    elif source is DOUBLE:
        if target in INTEGERS and is_direct_rounding(c, expr):
            return DIRECT
    if target is OBJECT:
        return NONE if source is VOID else TO_OBJECT
    return reference_rank(source, target)


def reference_rank(source: Type, target: Type) -> int:
    """The rank of a conversion between reference types other than to `object`."""
    if source is NULL:
        return CONSTANT if is_reference(target) else NONE
    if type(source) is ClassType and type(target) is ClassType:
        distance = 0
        at: ClassType | None = source
        while at is not None:
            if at is target:
                return TO_BASE + distance
            at = at.base
            distance += 1
        return NONE
    if type(source) is ArrayType and type(target) is ArrayType and target.readonly and source.element is target.element:
        return READONLY
    return NONE


def convert(c: Checker, expr: ast.Expr, source: Type, target: Type, code: str = "FS0301") -> bool:
    """Check that `expr` converts implicitly to `target`; report why not. `code` FS0309 for arguments."""
    if source is target or rank(c, expr, source, target) >= 0:
        return True
    if source is VOID:
        c.error("FS0317", expr, "this call gives no value")
        return False
    value = c.consts[expr.id]
    if type(value) is int and source in INTEGERS and target in INTEGERS:
        assert isinstance(target, Primitive)
        c.error(
            "FS0303",
            expr,
            f"the constant {value} does not fit {target} ({target.low} to {target.high})",
            f"write unchecked(({target}){value}) to keep the low bits" if code == "FS0301" else "",
        )
        return False
    if code == "FS0301" and source is DOUBLE and target is FLOAT and is_literal(expr):
        c.error("FS0302", expr, "a literal of type double does not convert to float", "write the suffix f")
        return False
    hint = conversion_hint(c, source, target)
    if source is DOUBLE and target is FLOAT and is_literal(expr):
        hint = "write the suffix f"
    what = "argument of type" if code == "FS0309" else "no implicit conversion from"
    text = f"{what} {source} does not fit {target}" if code == "FS0309" else f"{what} {source} to {target}"
    c.error(code, expr, text, hint)
    return False


def is_literal(expr: ast.Expr) -> bool:
    """A real literal, also with a sign."""
    while type(expr) is ast.Unary and expr.op in ("-", "+"):
        expr = expr.operand
    return type(expr) is ast.FloatLit


def conversion_hint(c: Checker, source: Type, target: Type) -> str:
    """What the writer may have meant."""
    if isinstance(source, PromiseType):
        return "await it"
    if target is STRING and source is not NULL:
        return 'append it to a string (x + "") or call ToString()'
    if target is BOOL and (source in NUMBERS or source is CHAR):
        return "compare it: x != 0"
    if source is STRING and target in NUMBERS:
        return {DOUBLE: "call to_double", FLOAT: "call to_float"}.get(target, "call to_int")
    if cast_possible(source, target) and target is not BOOL:
        return f"write ({target})x"
    return ""


def cast_possible(source: Type, target: Type) -> bool:
    """True if `(target)e` is allowed for an `e` of type `source` (4.3)."""
    if source is target or source is ERROR or target is ERROR:
        return True
    if _numeric(source):
        return _numeric(target) or target is OBJECT
    if target is VOID or source is VOID:
        return False
    if target is OBJECT or source is OBJECT:
        return True
    if source is NULL:
        return is_reference(target)
    if type(source) is ClassType and type(target) is ClassType:
        return derives_from(source, target) or derives_from(target, source)
    if type(source) is ArrayType and type(target) is ArrayType:
        return source.element is target.element and (target.readonly or not source.readonly)
    return False


def _numeric(type_: Type) -> bool:
    return type_ in NUMBERS or type_ is CHAR or type(type_) is EnumType


def describe(var: LocalVar) -> str:
    """`int count` for messages."""
    return f"{var.type} {var.name}"


def is_floating(type_: Type) -> bool:
    """True for float and double."""
    return type_ in FLOATS
