"""Diagnostics of the NASM front end: what went wrong, in which line, through which macros; warning classes and their states."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Final, NamedTuple

from ..places import Place, SourceError
from .limits import MAX_ERRORS, MAX_SHOWN, MAX_WARNINGS


class NasmError(SourceError):
    """A line that cannot be assembled."""


class Near(str):
    """A piece of a line that may stand there several times: `skip` of them come before the one that is meant."""

    skip = 0


END: Final = "\n"
"""As a piece of a line: its end."""


def nth(tokens: Sequence[str], at: int) -> str:
    """The token at a place as a piece of the line; END behind the last one."""
    if at >= len(tokens):
        return END
    found = Near(tokens[at])
    found.skip = list(tokens[:at]).count(tokens[at])
    return found


class Stop(Exception):
    """Nothing sensible can follow: `%fatal`, a missing file, a limit."""


NOWHERE: Final = Place("", 0, "")

# Warning class -> its state without options: "on", "off" or "error".
CLASSES: Final = {
    "db-empty": "on", "ea-absolute": "on", "ea-dispsize": "on", "float-denorm": "off", "float-overflow": "on",
    "float-toolong": "on", "float-underflow": "off", "forward": "on", "label-orphan": "on", "label-redef": "off",
    "label-redef-late": "error", "number-overflow": "on", "obsolete-nop": "on", "obsolete-removed": "on",
    "obsolete-valid": "on", "phase": "off", "pp-else-elif": "on", "pp-else-else": "on", "pp-empty-braces": "on",
    "pp-environment": "on", "pp-macro-def-case-single": "on", "pp-macro-def-greedy-single": "on",
    "pp-macro-def-param-single": "error", "pp-macro-defaults": "on", "pp-macro-params-legacy": "on",
    "pp-macro-params-multi": "on", "pp-macro-params-single": "on", "pp-macro-redef-multi": "on", "pp-open-braces": "on",
    "pp-open-brackets": "on", "pp-open-string": "on", "pp-rep-negative": "on", "pp-sel-range": "on", "pp-trailing": "on",
    "pragma-bad": "off", "pragma-empty": "off", "pragma-na": "off", "pragma-unknown": "off", "prefix-bnd": "on",
    "prefix-hle": "on", "prefix-lock": "on", "prefix-opsize": "on", "prefix-seg": "on", "ptr": "on", "regsize": "on",
    "unknown-warning": "off", "user": "on", "warn-stack-empty": "on", "zeroing": "on", "zext-reloc": "on", "other": "on",
}  # fmt: skip
# Names that older sources use for classes.
ALIASES: Final = {
    "environment": "pp-environment", "macro-def-case-single": "pp-macro-def-case-single",
    "macro-def-greedy-single": "pp-macro-def-greedy-single", "macro-def-param-single": "pp-macro-def-param-single",
    "macro-defaults": "pp-macro-defaults", "macro-params-legacy": "pp-macro-params-legacy",
    "macro-params-multi": "pp-macro-params-multi", "macro-params-single": "pp-macro-params-single",
    "macro-params": "pp-macro-params", "negative-rep": "pp-rep-negative", "bad-pragma": "pragma-bad",
    "unknown-pragma": "pragma-unknown", "not-my-pragma": "pragma-na", "orphan-labels": "label-orphan", "hle": "prefix-hle",
    "lock": "prefix-lock", "bnd": "prefix-bnd", "obsolete": "obsolete",
}  # fmt: skip

class Message(NamedTuple):
    """One finding as it will be printed."""

    severity: str
    text: str
    group: str
    place: Place
    column: int


class Diagnostics:
    """Collects what a run has to say. `style`: "gnu" or "vc" line heads."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.errors = 0
        self.warnings = 0
        self.states = dict(CLASSES)
        self.promoted = False  # -Werror
        self.style = "gnu"
        self.saved: list[tuple[dict[str, str], bool]] = []
        self.initial = (dict(self.states), False)
        self._seen: set[tuple[str, int, str, Place | None]] = set()
        self.quiet = 0
        self.held: list[list[Message]] = []

    def set(self, name: str, state: str) -> bool:
        """Set a class (or all with a common first word) to "on", "off", "error" or "noerror"; False for an unknown name."""
        name = ALIASES.get(name, name)
        found = [one for one in self.states if name == "all" or one == name or one.startswith(name + "-")]
        for one in found:
            if state == "error":
                self.states[one] = "error"
            elif state == "noerror":
                if self.states[one] == "error":
                    self.states[one] = "on"
            elif state == "default":
                self.states[one] = self.initial[0][one]
            else:
                self.states[one] = state
        return bool(found)

    def option(self, text: str) -> bool:
        """An option as behind -w or in `[warning ...]`: `+x`, `-x`, `*x`, `+error`, `-error=x`; False for an unknown name."""
        sign, name = (text[0], text[1:]) if text[:1] in ("+", "-", "*") else ("+", text)
        name = name.strip().lower()
        if name.startswith("no-") and sign == "+":
            sign, name = "-", name[3:]
        if name == "none":
            name, sign = "all", "-"
        if name == "error" or name.startswith(("error=", "error ")):
            if name == "error":
                self.promoted = sign != "-"
                return True
            return self.set(name[6:].strip(), "error" if sign == "+" else "noerror")
        return self.set(name, {"+": "on", "-": "off", "*": "default"}[sign])

    def fresh(self) -> None:
        """The states the command line asked for are those a source starts with."""
        self.initial = (dict(self.states), self.promoted)

    def restart(self) -> None:
        """Forget what a pass said that will be repeated."""
        self.messages.clear()
        self._seen.clear()
        self.errors = self.warnings = 0
        self.states, self.promoted = dict(self.initial[0]), self.initial[1]
        self.saved.clear()

    def push(self) -> None:
        """Remember the states of all classes."""
        self.saved.append((dict(self.states), self.promoted))

    def pop(self) -> bool:
        """Go back to the states remembered last; False if there are none."""
        if not self.saved:
            self.states, self.promoted = dict(self.initial[0]), self.initial[1]
            return False
        self.states, self.promoted = self.saved.pop()
        return True

    def enabled(self, group: str) -> bool:
        """Whether a warning of that class would be shown."""
        return self.states[group] != "off"

    def error(self, text: str, place: Place, near: str = "") -> None:
        """Report an error."""
        if self.quiet:
            return
        self._add(Message("error", text, "", place, column_of(place, near)))

    def warn(self, group: str, text: str, place: Place, near: str = "") -> None:
        """Report a warning of a class."""
        state = self.states[group]
        if state == "off" or self.quiet:
            return
        severity = "error" if state == "error" or self.promoted else "warning"
        self._add(Message(severity, text, group, place, column_of(place, near)))

    def _add(self, message: Message) -> None:
        if self.held:
            self.held[-1].append(message)
            return
        key = (message.place.file, message.place.line, message.text, message.place.call)
        if key in self._seen:
            return
        self._seen.add(key)
        if message.severity == "error":
            self.errors += 1
            if self.errors > MAX_ERRORS:
                return
        else:
            self.warnings += 1
            if self.warnings > MAX_WARNINGS:
                return
        self.messages.append(message)

    def hold(self) -> None:
        """Keep what comes until `release`."""
        self.held.append([])

    def release(self, keep: bool) -> None:
        """Show or drop what was held."""
        held = self.held.pop()
        if keep:
            for message in held:
                self._add(message)

    def render(self, color: bool = False) -> str:
        """The text of all findings."""
        out = [_render(message, self.style, color) for message in self.messages]
        if self.errors > MAX_ERRORS:
            out.append(f"... and {self.errors - MAX_ERRORS} more errors\n")
        if self.warnings > MAX_WARNINGS:
            out.append(f"... and {self.warnings - MAX_WARNINGS} more warnings\n")
        return "".join(out)


_CODE: Final = re.compile(r"""(?:"[^"]*"|'[^']*'|`[^`]*`|[^;])*""")  # a line without its comment


def column_of(place: Place, near: str) -> int:
    """The column (from 1) of a piece of the line, of its first character if it is not found."""
    text = place.text
    if near == END:
        code = _CODE.match(text)
        assert code is not None
        return len(code.group().rstrip()) + 1
    if near:
        edge = r"(?<![\w.$])" if near[0].isalnum() or near[0] in "_.$" else ""
        matches = list(re.finditer(edge + re.escape(near), text, re.IGNORECASE))
        if matches:
            skip = getattr(near, "skip", 0)
            return matches[skip if skip < len(matches) else 0].start() + 1
    return len(text) - len(text.lstrip()) + 1


def readable(text: str) -> str:
    """Source bytes as text for people."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return text


def _render(message: Message, style: str, color: bool) -> str:
    severity, text, group, place, column = message
    bold, shade, off = (
        ("\x1b[1m", "\x1b[1;31m" if severity == "error" else "\x1b[1;35m", "\x1b[0m") if color else ("", "", "")
    )
    head = _head(place, column, style)
    tail = f" [-w+{'error=' if severity == 'error' else ''}{group}]" if group else ""
    if len(text) > MAX_SHOWN:
        text = text[:MAX_SHOWN] + " ..."
    text, _, more = readable(text).partition("\n")
    out = [f"{bold}{head}{off}{shade}{severity}:{off} {text}{tail}\n"]
    if place.text.strip():
        line = place.text
        start = 0
        if len(line) > 200:
            start = max(0, column - 100)
            line = line[start : start + 200]
        shown = readable(line.replace("\t", " "))
        width = _width(place.text, column)
        out.append(
            f"    {shown.rstrip()}\n    {' ' * (column - 1 - start)}{shade}^{'~' * max(0, min(width, 200) - 1)}{off}\n"
        )
    if more:
        out += [f"    {line}\n" for line in more.split("\n")]
    inner, call = place.macro, place.call
    depth = 0
    while call is not None and depth < 20:
        out.append(f"{_head(call, 0, style)}note: in macro `{inner}' called here\n")
        if call.text.strip():
            out.append(f"    {readable(call.text.strip())[:200]}\n")
        inner, call = call.macro, call.call
        depth += 1
    return "".join(out)


def _width(text: str, column: int) -> int:
    match = re.compile(r"[\w.$@~?#]+|\S").match(text, column - 1)
    return len(match.group()) if match is not None else 1


def _head(place: Place, column: int, style: str) -> str:
    if not place.file:
        return "starklink asm: "
    if style == "vc":
        return f"{place.file}({place.line}) : "
    return f"{place.file}:{place.line}:{f'{column}:' if column else ''} "


def say(text: str) -> None:
    """A line for people on stderr."""
    sys.stderr.write(text)
