"""Preprocessor functions: `%eval(1+2)`, `%str(a b)`, `%cond(x,yes,no)` ..."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..strings import integer, quote, unquote
from ..tokens import split
from . import conditions
from .directives import substring
from .smacros import Param, SingleMacro

if TYPE_CHECKING:
    from .core import Preprocessor

Arguments = list[list[str]]


def _number(tokens: list[str], default: int = 0) -> int:
    if not tokens:
        return default
    if tokens[0] == "-":
        return -(integer(tokens[1]) or 0)
    return integer(tokens[0]) or 0


def _text(tokens: list[str]) -> str:
    return unquote(tokens[0]) if tokens else ""


def _join(pp: Preprocessor, arguments: Arguments) -> list[str]:
    out: list[str] = []
    for index, tokens in enumerate(arguments):
        out += [",", *tokens] if index else tokens
    return out


def _count(pp: Preprocessor, arguments: Arguments) -> list[str]:
    return [str(len(arguments))]


def _absolute(pp: Preprocessor, arguments: Arguments) -> list[str]:
    return [str(abs(_number(arguments[0])))]


def _strcat(pp: Preprocessor, arguments: Arguments) -> list[str]:
    return [quote("".join([_text(tokens) for tokens in arguments]))]


def _strlen(pp: Preprocessor, arguments: Arguments) -> list[str]:
    return [str(len(_text(arguments[0])))]


def _substr(pp: Preprocessor, arguments: Arguments) -> list[str]:
    return [quote(substring(_text(arguments[0]), _number(arguments[1]), _number(arguments[2], -1)))]


def _tok(pp: Preprocessor, arguments: Arguments) -> list[str]:
    return split(_text(arguments[0]))


def _select(pp: Preprocessor, arguments: Arguments) -> list[str]:
    which = _number(arguments[0])
    if which < 1 or which >= len(arguments):
        what = "is not a valid selector" if which < 1 else "exceeds the number of arguments"
        pp.warn("pp-sel-range", f"%sel({which}) {what}")
        return []
    return arguments[which]


def _conditional(pp: Preprocessor, arguments: Arguments) -> list[str]:
    return arguments[1] if _number(arguments[0]) else arguments[2]


_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz@_"


def _format(pp: Preprocessor, arguments: Arguments) -> list[str]:
    value = _number(arguments[0]) & 0xFFFF_FFFF_FFFF_FFFF
    digits = _number(arguments[1], -1)
    base = _number(arguments[2], 10)
    if not 2 <= base <= 64:
        pp.error(f"invalid base {base} in %num()")
        return []
    if abs(digits) > 256:
        pp.error(f"digit count {digits} specified to %num() too large")
        digits = -1
    table = _DIGITS if base > 36 else _DIGITS.lower()
    out = ""
    rest = value
    while rest:
        rest, digit = divmod(rest, base)
        out = table[digit] + out
    least = -digits if digits < 0 else digits
    out = out.rjust(least, "0")
    if digits > 0:
        out = out[-digits:]
    return [f"'{out}'"]


def _is(condition: str) -> Callable[[Preprocessor, Arguments], list[str]]:
    def check(pp: Preprocessor, arguments: Arguments) -> list[str]:
        return [str(int(bool(conditions.test(pp, condition, arguments[0], "is" + condition))))]

    return check


def _string() -> Param:
    return Param(string=True, quoted=True)


def _variadic(param: Param) -> Param:
    param.variadic = True
    return param


def _optional(default: list[str] | None) -> Param:
    param = Param(evaluate=True)
    param.optional = True
    param.default = default
    return param


def table() -> dict[str, list[SingleMacro]]:
    """All functions by name with %."""
    greedy_text = Param(string=True)
    greedy_text.greedy = True
    last = Param()
    last.optional = True
    rows: list[tuple[str, list[Param], Callable[[Preprocessor, Arguments], list[str]]]] = [
        ("abs", [Param(evaluate=True)], _absolute),
        ("count", [_variadic(Param())], _count),
        ("eval", [_variadic(Param(evaluate=True))], _join),
        ("str", [greedy_text], _join),
        ("strcat", [_variadic(_string())], _strcat),
        ("strlen", [_string()], _strlen),
        ("tok", [_string()], _tok),
        ("sel", [Param(evaluate=True), _variadic(Param())], _select),
        ("cond", [Param(evaluate=True), Param(), last], _conditional),
        ("num", [Param(evaluate=True), _optional(["-", "1"]), _optional(["10"])], _format),
        ("substr", [_string(), Param(evaluate=True), _optional(["-", "1"])], _substr),
    ]
    for name in conditions.names():
        whole = Param()
        whole.greedy = True
        rows.append(("is" + name, [whole], _is(name)))
    out: dict[str, list[SingleMacro]] = {}
    for name, params, native in rows:
        macro = SingleMacro("%" + name, False, params, [])
        macro.native = native
        out[macro.name] = [macro]
    return out
