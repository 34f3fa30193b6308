"""Conditions and macros: `.if` families, `.macro`, `.rept`, `.irp`, `.irpc`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from ..places import Place
from .errors import GasError
from .expr import Tokens, parse, value_of
from .program import Symbol

if TYPE_CHECKING:
    from .source import Source

_PARAMETER: Final = re.compile(r"\\(\(\)|@|[A-Za-z_.$][\w.$]*)")
_NAME: Final = re.compile(r"[A-Za-z_.$][\w.$]*")
MAX_TEXT: Final = 1 << 28
"""Characters a repetition may make."""


class Condition:
    """An open `.if`. `active`: its present branch is assembled; `taken`: some branch was; `outer`: the text around it is."""

    __slots__ = ("active", "orelse", "outer", "place", "taken")

    def __init__(self, active: bool, outer: bool, place: Place) -> None:
        self.active = active and outer
        self.taken = active
        self.outer = outer
        self.orelse = False
        self.place = place


class Parameter(NamedTuple):
    """`name`, its default, whether it must be given (`:req`) or takes the rest (`:vararg`)."""

    name: str
    default: str
    required: bool
    rest: bool


class Macro(NamedTuple):
    """A macro: its parameters, the lines of its body and where those stand."""

    name: str
    parameters: list[Parameter]
    lines: list[str]
    file: str
    first: int


# -- conditions ----------------------------------------------------------------------------------------------------------
def constant(source: Source, text: str) -> int:
    """The value of an expression that must be known here."""
    tokens = Tokens(text)
    expr = parse(tokens, source)
    if not tokens.done:
        raise GasError(f"'{tokens.now}' is not expected here", tokens.now)
    value = value_of(expr, False)
    if value.plus is not None or value.minus is not None:
        raise GasError("this value must be known here", text.strip())
    return value.number


def _known(source: Source, text: str) -> bool:
    symbol = source.symbols.get(text.strip())
    return symbol is not None and (symbol.defined or symbol.common >= 0)


def _strings(text: str) -> tuple[str, str]:
    found = re.match(
        r'\s*(?:"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|([^,]*?))\s*,\s*(?:"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|(.*?))\s*$', text
    )
    if found is None:
        raise GasError("two strings are compared: .ifc a, b")
    one, two = ("".join([part or "" for part in found.groups()[at : at + 3]]) for at in (0, 3))
    return one, two


_TESTS: Final[dict[str, Callable[[Source, str], bool]]] = {
    ".if": lambda source, text: constant(source, text) != 0,
    ".ifne": lambda source, text: constant(source, text) != 0,
    ".ifeq": lambda source, text: constant(source, text) == 0,
    ".iflt": lambda source, text: constant(source, text) < 0,
    ".ifle": lambda source, text: constant(source, text) <= 0,
    ".ifgt": lambda source, text: constant(source, text) > 0,
    ".ifge": lambda source, text: constant(source, text) >= 0,
    ".ifdef": _known,
    ".ifndef": lambda source, text: not _known(source, text),
    ".ifnotdef": lambda source, text: not _known(source, text),
    ".ifb": lambda source, text: not text.strip(),
    ".ifnb": lambda source, text: bool(text.strip()),
    ".ifc": lambda source, text: _strings(text)[0] == _strings(text)[1],
    ".ifnc": lambda source, text: _strings(text)[0] != _strings(text)[1],
    ".ifeqs": lambda source, text: _strings(text)[0] == _strings(text)[1],
    ".ifnes": lambda source, text: _strings(text)[0] != _strings(text)[1],
}


def _if(source: Source, word: str, text: str) -> None:
    outer = not source.conditions or source.conditions[-1].active
    condition = Condition(False, outer, source.place)
    source.conditions.append(condition)
    if outer:
        condition.active = condition.taken = _TESTS[word](source, text)


def _elseif(source: Source, word: str, text: str) -> None:
    if not source.conditions:
        raise GasError(".elseif without .if", word)
    condition = source.conditions[-1]
    if condition.orelse:
        raise GasError(".elseif behind .else", word)
    condition.active = False
    if condition.outer and not condition.taken:
        condition.active = condition.taken = constant(source, text) != 0


def _else(source: Source, word: str, text: str) -> None:
    if not source.conditions:
        raise GasError(".else without .if", word)
    condition = source.conditions[-1]
    if condition.orelse:
        raise GasError("a second .else", word)
    condition.orelse = True
    condition.active = condition.outer and not condition.taken


def _endif(source: Source, word: str, text: str) -> None:
    if not source.conditions:
        raise GasError(".endif without .if", word)
    source.conditions.pop()


CONDITIONS: Final[dict[str, Callable[[Source, str, str], None]]] = {
    **dict.fromkeys(_TESTS, _if), ".elseif": _elseif, ".else": _else, ".endif": _endif,
}  # fmt: skip


# -- bodies --------------------------------------------------------------------------------------------------------------
_OPENERS: Final = {".macro": ".endm", ".rept": ".endr", ".irp": ".endr", ".irpc": ".endr", ".rep": ".endr"}


def body(source: Source, closer: str, what: str) -> tuple[list[str], str, int]:
    """The lines up to the directive that ends a definition, their file and first line."""
    start = source.place
    lines: list[str] = []
    depth = 0
    openers = (".macro",) if closer == ".endm" else (".rept", ".irp", ".irpc", ".rep")
    while True:
        line = source.next_line()
        if line is None:
            raise GasError(f"{what} without {closer}", what)
        word = line.split(None, 1)[0].lower() if line.strip() else ""
        if word in openers:
            depth += 1
        elif word == closer or (closer == ".endm" and word == ".endmacro"):
            if not depth:
                return lines, start.file, start.line + 1
            depth -= 1
        lines.append(line)


def define(source: Source, text: str) -> None:
    """`.macro name parameters`."""
    found = _NAME.match(text)
    lines, file, first = body(source, ".endm", ".macro")
    if found is None:
        raise GasError("a macro needs a name")
    name = found[0].lower()
    parameters: list[Parameter] = []
    for part in arguments(text[found.end() :].lstrip().removeprefix(","), True):
        head, _, default = part.partition("=")
        word, _, kind = head.strip().partition(":")
        if _NAME.fullmatch(word.strip()) is None or kind.strip() not in ("", "req", "vararg"):
            raise GasError(f"'{part}' is no macro parameter", part)
        parameters.append(Parameter(word.strip(), default.strip().strip('"'), kind.strip() == "req", kind.strip() == "vararg"))
    if name in source.macros:
        raise GasError(f"macro {found[0]} is already defined", found[0])
    source.macros[name] = Macro(found[0], parameters, lines, file, first)
    source.remembered.clear()


def arguments(text: str, definition: bool = False) -> list[str]:
    """Arguments at commas, or at blanks between two values."""
    out: list[str] = []
    at, end = 0, len(text)
    now = ""
    depth = 0
    blank = False
    while at < end:
        one = text[at]
        if one == '"':
            start = at
            at += 1
            while at < end and text[at] != '"':
                at += 2 if text[at] == "\\" else 1
            if blank and now:
                out.append(now)
                now = ""
            now += text[start : at + 1]
            blank = False
        elif one == "," and not depth:
            out.append(now)
            now, blank = "", False
            at += 1
            while at < end and text[at] in " \t":
                at += 1
            if at >= end:
                out.append("")
            continue
        elif one in " \t" and not depth:
            blank = bool(now)
        else:
            if blank and now and not (one in "+-*/=:|&<>" or now[-1] in "+-*/=:|&<>(" or (definition and one in "=:")):
                out.append(now)
                now = ""
            elif blank and now:
                now += " "
            depth += (one in "([") - (one in ")]")
            now += one
            blank = False
        at += 1
    if now:
        out.append(now)
    return out


def invoke(source: Source, macro: Macro, text: str) -> None:
    """Read a macro's body with the arguments in place."""
    given = arguments(text.strip()) if not source.alternate else alternate_arguments(source, text.strip())
    values: dict[str, str] = {}
    at = 0
    names = {parameter.name for parameter in macro.parameters}
    for index, one in enumerate(given):
        name, equal, value = one.partition("=")
        if equal and name.strip() in names and not macro.parameters[min(at, len(names) - 1)].rest:
            values[name.strip()] = value.strip() if source.alternate else _plain(value.strip())
            continue
        if at >= len(macro.parameters):
            raise GasError(f"macro {macro.name} takes {len(macro.parameters)} arguments, not {len(given)}", one)
        parameter = macro.parameters[at]
        if parameter.rest:
            values[parameter.name] = ", ".join(given[index:])
            break
        if one:
            values[parameter.name] = one if source.alternate else _plain(one)
        at += 1
    for parameter in macro.parameters:
        if parameter.name not in values:
            if parameter.required:
                raise GasError(f"macro {macro.name} needs a value for {parameter.name}", macro.name)
            values[parameter.name] = parameter.default
    number = str(source.invocations)
    source.invocations += 1
    if source.alternate:
        lines = _with_locals(source, macro.lines, values, number)
    else:
        lines = [substitute(line, values, number) for line in macro.lines]
    source.push(lines, macro.file, macro.first, macro.name)


def _plain(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def substitute(line: str, values: dict[str, str], number: str) -> str:
    """A line with its parameters replaced."""
    if "\\" not in line:
        return line

    def one(found: re.Match[str]) -> str:
        name = found[1]
        if name == "()":
            return ""
        if name == "@":
            return number
        for length in range(len(name), 0, -1):  # `\x.y` is the parameter x, then .y
            if name[:length] in values and (length == len(name) or name[length] in ".$"):
                return values[name[:length]] + name[length:]
        return found[0]

    return _PARAMETER.sub(one, line)


# -- .altmacro -----------------------------------------------------------------------------------------------------------
_ALTERNATE: Final = re.compile(r"'\\?.'?|\\(\(\)|@|[A-Za-z_.$][\w.$]*)&?|(&?[A-Za-z_.$][\w.$]*)&?|[0-9]\w*")
_LOCAL: Final = re.compile(r"\s*LOCAL\s+(.*)", re.IGNORECASE)


def alternate_arguments(source: Source, text: str) -> list[str]:
    """Arguments under `.altmacro`: `<text>` is taken without its brackets, with ! before characters that stand for themselves;
    `%expression` becomes its value; strings keep their quotes."""
    out: list[str] = []
    at, end = 0, len(text)
    while at < end:
        while at < end and text[at] in " \t":
            at += 1
        start = at
        if text[at : at + 1] == "<":
            value, at = _bracketed(text, at)
        elif text[at : at + 1] == "%":
            at = _comma(text, at)
            value = str(constant(source, text[start + 1 : at]))
        else:
            at = _comma(text, at)
            parts = arguments(text[start:at])
            value = parts[0] if parts else ""
            out += parts[:-1] if len(parts) > 1 else []
            value = parts[-1] if parts else ""
        out.append(value)
        while at < end and text[at] in " \t":
            at += 1
        if text[at : at + 1] == ",":
            at += 1
            if at >= end:
                out.append("")
    return out


def _bracketed(text: str, at: int) -> tuple[str, int]:
    """(what stands in the angle brackets that open at `at`, the place behind them)."""
    out = ""
    depth = 0
    while at < len(text):
        one = text[at]
        at += 1
        if one == "!" and at < len(text):
            one = text[at]
            at += 1
        elif one == "<":
            depth += 1
            if depth == 1:
                continue
        elif one == ">":
            depth -= 1
            if not depth:
                return out, at
        out += one
    raise GasError("'>' is missing", "<")


def _comma(text: str, at: int) -> int:
    """The place of the next comma outside of strings and parentheses, or the end."""
    depth = 0
    while at < len(text):
        one = text[at]
        if one == '"':
            at += 1
            while at < len(text) and text[at] != '"':
                at += 2 if text[at] == "\\" else 1
        elif one == "," and depth <= 0:
            return at
        depth += (one in "([") - (one in ")]")
        at += 1
    return len(text)


def alternate(line: str, values: dict[str, str], number: str) -> str:
    """As `substitute` under `.altmacro`: names of parameters need no backslash, and & joins what stands beside it."""

    def one(found: re.Match[str]) -> str:
        text = found[0]
        marked, plain = found[1], found[2]
        if marked is not None:
            if marked in ("()", "@"):
                return "" if marked == "()" else number
            return values.get(marked, text.removesuffix("&"))
        if plain is None:
            return text
        value = values.get(plain.removeprefix("&"))
        return value if value is not None else text.removesuffix("&")

    return _ALTERNATE.sub(one, line)


def _with_locals(source: Source, body_lines: list[str], values: dict[str, str], number: str) -> list[str]:
    """The lines of a macro under `.altmacro`; LOCAL gives names of their own to this expansion."""
    lines: list[str] = []
    for line in body_lines:
        found = _LOCAL.fullmatch(line)
        if found is None:
            lines.append(alternate(line, values, number))
            continue
        for name in re.split(r"[\s,]+", found[1].strip()):
            if name in values:
                raise GasError(f"{name} is a parameter or a local name already", name)
            if name:
                values[name] = f".LL{source.locals:04x}"
                source.locals += 1
        lines.append("")
    return lines


def repeat(source: Source, text: str) -> None:
    """`.rept count`."""
    lines, file, first = body(source, ".endr", ".rept")
    count = constant(source, text)
    if count < 0:
        raise GasError(f"cannot repeat {count} times", text)
    _many(source, [lines] * min(count, 1 + (1 << 22) // max(len(lines), 1)), file, first, ".rept")
    if count > 1 + (1 << 22) // max(len(lines), 1):
        raise GasError(f"{count} repetitions are too many", text)


def iterate(source: Source, text: str) -> None:
    """`.irp name, values`."""
    lines, file, first = body(source, ".endr", ".irp")
    name, values = _iterator(text)
    if source.alternate:
        made = alternate_arguments(source, values) or [""]
        _many(source, [[alternate(line, {name: value}, "0") for line in lines] for value in made], file, first, ".irp")
        return
    made = arguments(values) or [""]
    _many(source, [[substitute(line, {name: _plain(value)}, "0") for line in lines] for value in made], file, first, ".irp")


def characters(source: Source, text: str) -> None:
    """`.irpc name, text`."""
    lines, file, first = body(source, ".endr", ".irpc")
    name, values = _iterator(text)
    made = list(_plain(values.strip())) or [""]
    if len(made) * sum(map(len, lines)) > MAX_TEXT:
        raise GasError("too many repetitions")
    replaced = alternate if source.alternate else substitute
    _many(source, [[replaced(line, {name: value}, "0") for line in lines] for value in made], file, first, ".irpc")


def _iterator(text: str) -> tuple[str, str]:
    found = _NAME.match(text)
    if found is None:
        raise GasError("a name is needed: .irp x, 1, 2, 3")
    return found[0], text[found.end() :].lstrip().removeprefix(",").strip()


def _many(source: Source, bodies: list[list[str]], file: str, first: int, what: str) -> None:
    lines = [line for one in bodies for line in one]
    source.push(lines, file, first, what)
    source.inputs[-1].period = len(bodies[0]) if bodies else 0


def leave(source: Source, text: str) -> None:
    """`.exitm`."""
    if len(source.inputs) < 2 or not source.inputs[-1].macro:
        raise GasError(".exitm outside of a macro")
    del source.conditions[source.inputs.pop().conditions :]


def purge(source: Source, text: str) -> None:
    """`.purgem name`."""
    if source.macros.pop(text.strip().lower(), None) is None:
        raise GasError(f"no macro is called {text}", text)


__all__ = ["CONDITIONS", "Condition", "Macro", "Symbol", "constant", "define", "invoke"]
