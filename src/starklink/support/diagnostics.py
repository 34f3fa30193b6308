"""Diagnostics as data: code, span, sentence, hint; collected in a bag, rendered with a caret (fluxsharp.md section 34)."""

from __future__ import annotations

from .record import dataclass
from .spans import SourceMap

LIMIT = 100
"""More errors than this are only counted."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `start` and `end` are program-wide positions (support.spans), `end` exclusive."""

    code: str
    severity: str
    start: int
    end: int
    message: str
    hint: str = ""


class Bag:
    """Collects diagnostics of one compilation."""

    def __init__(self, sources: SourceMap) -> None:
        self.sources = sources
        self.items: list[Diagnostic] = []
        self.error_count = 0
        self.warning_count = 0
        self._seen: set[tuple[str, int]] = set()

    def error(self, code: str, start: int, end: int, message: str, hint: str = "") -> None:
        """Report an error at [start, end). The same code at the same place is reported once."""
        if (code, start) in self._seen:
            return
        self._seen.add((code, start))
        self.error_count += 1
        self.items.append(Diagnostic(code, "error", start, end, message, hint))

    def warning(self, code: str, start: int, end: int, message: str, hint: str = "") -> None:
        """Report a warning at [start, end)."""
        if (code, start) in self._seen:
            return
        self._seen.add((code, start))
        self.warning_count += 1
        self.items.append(Diagnostic(code, "warning", start, end, message, hint))

    def sorted(self) -> list[Diagnostic]:
        """Diagnostics by file (import order), line, column."""
        return sorted(self.items, key=lambda item: (item.start, item.code))

    def render(self, color: bool = False) -> str:
        """The text for stderr, ending with the `N errors, M warnings` line; '' when there is nothing to say."""
        if not self.items:
            return ""
        out: list[str] = []
        errors = 0
        for item in self.sorted():
            if item.severity == "error":
                errors += 1
                if errors > LIMIT:
                    continue
            out.append(render_one(item, self.sources, color))
        out.append(f"{self.error_count} errors, {self.warning_count} warnings\n")
        return "".join(out)


def render_one(item: Diagnostic, sources: SourceMap, color: bool = False) -> str:
    """`FILE:LINE:COL: error FSnnnn: message`, the source line, the caret line and the hint."""
    bold, red, magenta, off = ("\x1b[1m", "\x1b[1;31m", "\x1b[1;35m", "\x1b[0m") if color else ("", "", "", "")
    shade = red if item.severity == "error" else magenta
    file = sources.file_at(item.start)
    if file is None:
        text = f"{shade}{item.severity}{off} {item.code}: {item.message}\n"
        return text + (f"    hint: {item.hint}\n" if item.hint else "")
    where = sources.locate(item.start)
    text = f"{bold}{where.file}:{where.line}:{where.column}:{off} {shade}{item.severity}{off} {item.code}: {item.message}\n"
    line = file.line_text(where.line)
    if len(line) > 400:  # a 10 MB line is cut around the caret so that the message stays readable
        left = max(0, where.column - 200)
        line, column = line[left:left + 400], where.column - left
    else:
        column = where.column
    pad = "".join("\t" if ch == "\t" else " " for ch in line[:column - 1])
    width = max(1, min(item.end - item.start, len(line) - column + 1))
    text += f"    {line}\n    {pad}{shade}^{'~' * (width - 1)}{off}\n"
    return text + (f"    hint: {item.hint}\n" if item.hint else "")
