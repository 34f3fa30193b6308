"""Diagnostics of the GAS front end: what is wrong in which line, with a caret, many per run."""

from __future__ import annotations

from typing import Final, NamedTuple

from ..places import Place, SourceError

MAX_ERRORS: Final = 100
"""More errors than this are only counted."""
_HARMLESS: Final = dict.fromkeys((*range(9), *range(10, 32), *range(127, 160)), "�")


class GasError(SourceError):
    """A statement that cannot be assembled."""


class Message(NamedTuple):
    """One finding."""

    severity: str
    text: str
    place: Place
    near: str


class Diagnostics:
    """Collects findings. At most MAX_ERRORS are kept, all are counted."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.errors = 0
        self.warnings = 0

    def error(self, text: str, place: Place, near: str = "") -> None:
        """Report an error."""
        self.errors += 1
        if self.errors <= MAX_ERRORS:
            self.messages.append(Message("error", text, place, near))

    def warning(self, text: str, place: Place, near: str = "") -> None:
        """Report something that deserves a look; the object is made all the same."""
        self.warnings += 1
        if self.warnings <= MAX_ERRORS:
            self.messages.append(Message("warning", text, place, near))

    def render(self) -> str:
        """`FILE:LINE:COL: error: text`, the line and a caret for each; macro calls below. '' when there is nothing to say."""
        out = []
        for severity, text, place, near in self.messages:
            line = place.text.translate(_HARMLESS)
            at = line.find(near) if near else -1
            if at < 0:
                at = len(line) - len(line.lstrip())
            column = at + 1
            if len(line) > 400:
                left = max(0, at - 200)
                line, at = line[left : left + 400], at - left
            pad = "".join(["\t" if one == "\t" else " " for one in line[:at]])
            head, _, more = text.partition("\n")
            out.append(f"{place.file}:{place.line}:{column}: {severity}: {head}\n")
            if line.strip():
                out.append(f"    {line}\n    {pad}^{'~' * max(0, min(len(near), 400) - 1)}\n")
            if more:
                out.append("".join([f"    {one}\n" for one in more.split("\n")]))
            call, name = place.call, place.macro
            for _ in range(8):
                if call is None:
                    break
                out.append(f"{call.file}:{call.line}: note: in the expansion of {name}\n")
                name, call = call.macro, call.call
        if self.errors > MAX_ERRORS:
            out.append(f"... and {self.errors - MAX_ERRORS} more errors\n")
        return "".join(out)


class AssemblyFailed(ValueError):
    """The source has errors; `diagnostics` has them, str() is their text."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        super().__init__(diagnostics.render())
        self.diagnostics = diagnostics
