"""Calls of the built-in functions (fluxsharp.md section 17)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from . import ast, consts
from .builtins import Builtin
from .context import Checker
from .conversions import NARROW, common_type, convert
from .typed import Resolved
from .types import (
    CHAR,
    DOUBLE,
    ERROR,
    FLOAT,
    FLOATS,
    INT,
    INTEGERS,
    NULL,
    NUMBERS,
    OBJECT,
    STRING,
    UINT,
    VOID,
    ArrayType,
    Type,
)
from .visit import condition_type, fail


class _Use:
    """One call of a built-in: the operands are the receiver, if there is one, and the arguments."""

    __slots__ = ("builtin", "c", "e", "exprs", "place", "receiver", "types")

    def __init__(
        self,
        c: Checker,
        e: ast.Call,
        place: ast.Name | ast.Expr,
        builtin: Builtin,
        receiver: ast.Expr | None,
        exprs: Sequence[ast.Expr],
        types: Sequence[Type],
    ) -> None:
        self.c = c
        self.e = e
        self.place = place
        self.builtin = builtin
        self.receiver = receiver
        self.exprs = exprs
        self.types = types

    def done(self, params: list[Type], result: Type) -> Type:
        """Record what the call means."""
        self.c.refs[self.e.id] = Resolved("builtin", None, self.builtin.key, self.receiver, params=params, type=result)
        return result

    def wrong(self, at: int, wanted: str, result: Type = ERROR, code: str = "FS0309") -> Type:
        """Report an operand of a wrong type."""
        if ERROR not in self.types:
            self.c.error(
                code, self.exprs[at], f"{self.builtin.key} takes {wanted}, not {self.types[at]}", f"usage: {self.builtin.usage}"
            )
        return result


def check_builtin(
    c: Checker,
    e: ast.Call,
    place: ast.Name | ast.Expr,
    builtin: Builtin,
    receiver: ast.Expr | None,
    exprs: Sequence[ast.Expr],
    types: Sequence[Type],
) -> Type:
    """Check a call of a built-in; `exprs` and `types` include the receiver of the method form."""
    if not builtin.rule:
        return check_fixed(c, e, place, builtin.key, builtin.usage, builtin.params, builtin.result, receiver, exprs, types)
    if len(exprs) not in builtin.counts:
        _wrong_count(c, place, builtin.key, builtin.usage, len(exprs))
        return _FALLBACK.get(builtin.key, ERROR)
    return _RULES[builtin.rule](_Use(c, e, place, builtin, receiver, exprs, types))


def _wrong_count(c: Checker, place: ast.Name | ast.Expr, key: str, usage: str, count: int) -> None:
    c.error("FS0308", place, f"'{key}' does not take {count} argument{'' if count == 1 else 's'}", f"usage: {usage}")


def check_fixed(
    c: Checker,
    e: ast.Call,
    place: ast.Name | ast.Expr,
    key: str,
    usage: str,
    params: tuple[Type, ...],
    result: Type,
    receiver: ast.Expr | None,
    exprs: Sequence[ast.Expr],
    types: Sequence[Type],
) -> Type:
    """Check a call of a built-in with fixed parameter types."""
    if len(exprs) != len(params):
        _wrong_count(c, place, key, usage, len(exprs))
        return result
    for expr, type_, wanted in zip(exprs, types, params):
        if type_ is not wanted:
            convert(c, expr, type_, wanted, "FS0309")
    c.refs[e.id] = Resolved("builtin", None, key, receiver, params=list(params), type=result)
    return result


# -- rules -------------------------------------------------------------------------------------------------------------------


def _print(use: _Use) -> Type:
    return use.done([OBJECT if type_ is NULL else type_ for type_ in use.types], VOID)


def _to_string(use: _Use) -> Type:
    type_ = use.types[0]
    return use.done([OBJECT if type_ is NULL else type_], STRING)


def _abs(use: _Use) -> Type:
    type_ = use.types[0]
    if type_ not in NUMBERS:
        return use.wrong(0, "a number")
    known = INT if type_ in NARROW else type_
    return use.done([known], known)


def _extreme(use: _Use) -> Type:
    """max, min, abs_diff: both integer, both float, or both double."""
    known = _same_kind(use)
    return ERROR if known is None else use.done([known, known], known)


def _same_kind(use: _Use) -> Type | None:
    """The common type of two integers, two floats or two doubles; None after a report."""
    a, b = use.types
    for at, type_ in enumerate((a, b)):
        if type_ not in NUMBERS:
            use.wrong(at, "numbers")
            return None
    if (a in FLOATS) != (b in FLOATS) or (a in FLOATS and a is not b):
        use.c.error(
            "FS0320", use.place, f"{use.builtin.key} cannot mix {a} and {b}", f"cast one side: write ({a if a in FLOATS else b})x"
        )
        return None
    known = common_type(use.c, use.exprs[0], use.exprs[1], a, b)
    if known is None:
        use.c.error("FS0306", use.place, f"{use.builtin.key} cannot mix {a} and {b}", "cast one side")
    return known


def _pow(use: _Use) -> Type:
    a, b = use.types
    for at, type_ in enumerate((a, b)):
        if type_ not in NUMBERS:
            return use.wrong(at, "numbers")
    if a in FLOATS and b in FLOATS and a is not b:
        use.c.error("FS0320", use.place, f"pow cannot mix {a} and {b}", "cast one side: write (double)x")
        return ERROR
    if a in FLOATS or b in FLOATS:
        known: Type = a if a in FLOATS else b
    else:
        common = common_type(use.c, use.exprs[0], use.exprs[1], a, b)
        if common is None:
            use.c.error("FS0306", use.place, f"pow cannot mix {a} and {b}", "cast one side")
            return ERROR
        known = UINT if common is UINT else INT
    return use.done([known, known], known)


def _sqrt(use: _Use) -> Type:
    type_ = use.types[0]
    if type_ not in NUMBERS:
        return use.wrong(0, "a number")
    known = type_ if type_ in FLOATS or type_ is UINT else INT
    return use.done([known], known)


def _round(use: _Use) -> Type:
    type_ = use.types[0]
    if type_ not in NUMBERS:
        return use.wrong(0, "a number")
    return use.done([type_], type_)


def _mod(use: _Use) -> Type:
    a, b = use.types
    c = use.c
    known = common_type(c, use.exprs[0], use.exprs[1], a, b)
    if known is None:
        if a in INTEGERS and b in INTEGERS:
            c.error("FS0306", use.place, f"mod cannot mix {a} and {b}", "cast one side")
            return ERROR
        return use.wrong(0 if a not in NUMBERS else 1, "numbers")
    if c.consts[use.exprs[1].id] == 0 and known not in FLOATS:
        fail(c, use.e, consts.ZERO, 3)
    return use.done([known, known], known)


def _length(use: _Use) -> Type:
    type_ = use.types[0]
    name = use.place.text if isinstance(use.place, ast.Name) else use.place.name if isinstance(use.place, ast.NameExpr) else ""
    if type_ is NULL:
        type_ = STRING
    if type_ is not STRING and (name == "string_length" or not isinstance(type_, ArrayType)):
        return use.wrong(0, "a string" if name == "string_length" else "an array or a string", INT)
    return use.done([type_], INT)


def _clear(use: _Use) -> Type:
    type_ = use.types[0]
    if not isinstance(type_, ArrayType) or type_.readonly:
        return use.wrong(0, "an array", VOID)
    return use.done([type_], VOID)


def _copy(use: _Use) -> Type:
    source, target = use.types
    for at, type_ in enumerate((source, target)):
        if not isinstance(type_, ArrayType) or (at == 1 and type_.readonly):
            return use.wrong(at, "two arrays", VOID)
    assert isinstance(source, ArrayType) and isinstance(target, ArrayType)
    if source.element is not target.element:
        return use.wrong(1, f"arrays of the same element type, here {source}", VOID)
    return use.done([source, target], VOID)


def _fill(use: _Use) -> Type:
    type_ = use.types[0]
    if not isinstance(type_, ArrayType) or type_.readonly:
        return use.wrong(0, "an array", VOID)
    convert(use.c, use.exprs[1], use.types[1], type_.element, "FS0309")
    return use.done([type_, type_.element], VOID)


def _free(use: _Use) -> Type:
    type_ = use.types[0]
    if not isinstance(type_, ArrayType) and type_ is not NULL:
        return use.wrong(0, "an array", VOID)
    return use.done([OBJECT if type_ is NULL else type_], VOID)


def _to_number(use: _Use) -> Type:
    type_ = use.types[0]
    result: Type = {"to_int": INT, "to_double": DOUBLE, "to_float": FLOAT}[use.builtin.key]
    if type_ is NULL:
        type_ = STRING
    if type_ not in NUMBERS and type_ is not CHAR and type_ is not STRING:
        return use.wrong(0, "a number or a string", result)
    return use.done([type_], result)


def _assert(use: _Use) -> Type:
    type_ = use.types[0]
    condition_type(use.c, use.exprs[0], type_)
    params: list[Type] = [type_]
    if len(use.exprs) == 2:
        convert(use.c, use.exprs[1], use.types[1], STRING, "FS0309")
        params.append(STRING)
    return use.done(params, VOID)


Rule: TypeAlias = Callable[[_Use], Type]
_RULES: Final[dict[str, Rule]] = {
    "print": _print,
    "abs": _abs,
    "extreme": _extreme,
    "pow": _pow,
    "sqrt": _sqrt,
    "round": _round,
    "mod": _mod,
    "length": _length,
    "clear": _clear,
    "copy": _copy,
    "fill": _fill,
    "to_string": _to_string,
    "to_number": _to_number,
    "free": _free,
    "assert": _assert,
}
_FALLBACK: Final[dict[str, Type]] = {
    "print": VOID,
    "write": VOID,
    "length": INT,
    "clear": VOID,
    "copy": VOID,
    "fill": VOID,
    "to_string": STRING,
    "to_int": INT,
    "to_double": DOUBLE,
    "to_float": FLOAT,
    "free": VOID,
    "assert": VOID,
}
"""Result types that hold even when the argument count is wrong, so that nothing follows from that error."""
