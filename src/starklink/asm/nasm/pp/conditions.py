"""The conditions of `%if...` and `%elif...`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ..errors import NasmError
from ..strings import quote, unquote
from ..tokens import FLOAT, QUOTES, SPACE, is_context_name, is_integer, is_name, is_string, kind

if TYPE_CHECKING:
    from .core import Preprocessor


def _stripped(tokens: list[str]) -> list[str]:
    return [token for token in tokens if token != SPACE]


def _expression(pp: Preprocessor, tokens: list[str], name: str) -> bool:
    value = pp.number(pp.expand(tokens), f"%{name}")
    if value is None:
        raise Failed
    return value != 0


class Failed(Exception):
    """The condition has no value; an error was reported."""


def _defined(pp: Preprocessor, tokens: list[str], name: str) -> bool:
    alias = "alias" in name
    found = False
    given = _stripped(tokens)
    if not given:
        raise NasmError(f"`%{name}' expects macro identifiers")
    for token in given:
        if not is_name(token) and not is_context_name(token):
            raise NasmError(f"`%{name}' expects macro identifiers", token)
        table, plain = pp.scope(token)
        if table is None:
            continue
        macro = table.defined(plain, -1, alias)
        if macro is not None and bool(macro.alias) == alias:
            found = True
    return found


def _context(pp: Preprocessor, tokens: list[str], name: str) -> bool:
    found = False
    for token in _stripped(tokens):
        if not is_name(token):
            raise NasmError(f"`%{name}' expects context identifiers", token)
        found = found or (bool(pp.contexts) and pp.contexts[-1].name.lower() == token.lower())
    return found


def _environment(pp: Preprocessor, tokens: list[str], name: str) -> bool:
    found = False
    for token in _stripped(pp.expand(tokens)):
        if token[:2] == "%!":
            found = found or pp.environment(token[2:], False) is not None
        elif is_name(token) or is_string(token):
            found = found or pp.environment(token, False) is not None
        else:
            raise NasmError(f"`%{name}' expects environment variable names", token)
    return found


def _identical(pp: Preprocessor, tokens: list[str], name: str) -> bool:
    tokens = pp.expand(tokens)
    if "," not in tokens:
        raise NasmError(f"`%{name}' expects two comma-separated arguments")
    fold = name.endswith("i")
    left, right = 0, tokens.index(",") + 1
    size = len(tokens)
    # spaces count where one side has ended and the other has not, as in NASM
    while tokens[left] != "," and right < size:
        one, two = tokens[left], tokens[right]
        if two == ",":
            raise NasmError(f"`%{name}': more than one comma on line", ",")
        if one == SPACE:
            left += 1
        elif two == SPACE:
            right += 1
        elif _same(one, two, fold):
            left += 1
            right += 1
        else:
            return False
    return tokens[left] == "," and right >= size


def _same(left: str, right: str, fold: bool) -> bool:
    if kind(left) != kind(right):
        return False
    if left[0] in QUOTES and right[0] in QUOTES:
        left, right = unquote(left), unquote(right)
    return left.lower() == right.lower() if fold else left == right


def _macro(pp: Preprocessor, tokens: list[str], name: str) -> bool:
    from .mmacros import MANY, MultiMacro

    tokens = pp.joined_name(tokens)
    if not tokens or not is_name(tokens[0]):
        raise NasmError(f"`%{name}' expects a macro name")
    wanted = MultiMacro(tokens[0], True)
    wanted.most = MANY
    rest = _stripped(pp.expand(tokens[1:]))
    if rest:
        if not is_integer(rest[0]):
            raise NasmError(f"`%{name}' expects a parameter count or nothing", rest[0])
        wanted.least = wanted.most = pp.count(rest[0])
        if rest[1:2] == ["-"]:
            if rest[2:3] == ["*"]:
                wanted.most = MANY
            elif len(rest) > 2 and is_integer(rest[2]):
                wanted.most = pp.count(rest[2])
            else:
                raise NasmError(f"`%{name}' expects a parameter count after `-'")
            rest = rest[2:]
        wanted.greedy = rest[1:2] == ["+"]
    found = pp.multi.get(wanted.name.lower(), ())
    return any((one.name == wanted.name or not one.sensitive) and wanted.overlaps(one) for one in found)


def _identifier(pp: Preprocessor, tokens: list[str], name: str) -> bool:
    rest = _stripped(pp.expand(tokens))
    return bool(rest) and is_name(rest[0])


def _number(pp: Preprocessor, tokens: list[str], name: str) -> bool:
    rest = [token for token in pp.expand(tokens) if token not in (SPACE, "-", "+")]
    return bool(rest) and is_integer(rest[0]) and kind(rest[0]) != FLOAT


def _string(pp: Preprocessor, tokens: list[str], name: str) -> bool:
    rest = _stripped(pp.expand(tokens))
    return bool(rest) and is_string(rest[0])


def _token(pp: Preprocessor, tokens: list[str], name: str) -> bool:
    return len(_stripped(pp.expand(tokens))) == 1


def _empty(pp: Preprocessor, tokens: list[str], name: str) -> bool:
    return not _stripped(pp.expand(tokens))


def _package(pp: Preprocessor, tokens: list[str], name: str) -> bool:
    from .packages import PACKAGES

    rest = _stripped(pp.expand(tokens))
    if not rest or not (is_name(rest[0]) or is_string(rest[0])):
        raise NasmError(f"`%{name}' expects a package name")
    package = (unquote(rest[0]) if is_string(rest[0]) else rest[0]).lower()
    return package in PACKAGES and ("usable" in name or package in pp.used)


def _never(pp: Preprocessor, tokens: list[str], name: str) -> bool:
    raise Failed


_TESTS: Final[dict[str, Callable[[Preprocessor, list[str], str], bool]]] = {
    "": _expression,
    "def": _defined,
    "defalias": _defined,
    "ctx": _context,
    "env": _environment,
    "idn": _identical,
    "idni": _identical,
    "macro": _macro,
    "id": _identifier,
    "num": _number,
    "str": _string,
    "token": _token,
    "empty": _empty,
    "using": _package,
    "usable": _package,
    "difi": _never,
}


def names() -> list[str]:
    """The names of all conditions without `%if`: "", "n", "def", "ndef" ..."""
    return [*_TESTS, *["n" + name for name in _TESTS]]


def test(pp: Preprocessor, condition: str, tokens: list[str], directive: str) -> bool | None:
    """Whether a condition holds ("def", "nidn" ...); None after an error."""
    check = _TESTS.get(condition)
    negative = False
    if check is None:
        check = _TESTS[condition[1:]]
        negative = True
    try:
        return check(pp, tokens, directive) != negative
    except Failed:
        return None
    except NasmError as error:
        pp.error(str(error), error.near)
        return None


__all__ = ["names", "quote", "test"]
