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
    """Collects diagnostics of one compilation. Warnings with a code in `disabled` are dropped."""

    def __init__(self, sources: SourceMap, disabled: frozenset[str] = frozenset()) -> None:
        self.sources = sources
        self.disabled = disabled
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
        if code in self.disabled or (code, start) in self._seen:
            return
        self._seen.add((code, start))
        self.warning_count += 1
        self.items.append(Diagnostic(code, "warning", start, end, message, hint))

    def promote(self) -> None:
        """Make errors of all warnings."""
        self.items = [
            item if item.severity == "error" else Diagnostic(item.code, "error", item.start, item.end, item.message, item.hint)
            for item in self.items
        ]
        self.error_count += self.warning_count
        self.warning_count = 0

    def sorted(self) -> list[Diagnostic]:
        """Diagnostics by file (import order), line, column."""
        return sorted(self.items, key=lambda item: (item.start, item.code))

    def render(self, color: bool = False) -> str:
        """The text for stderr, ending with the `N errors, M warnings` line; '' when there is nothing to say."""
        if not self.items:
            return ""
        out = [render_one(item, self.sources, color) for item in self._shown()]
        out.append(f"{self.error_count} errors, {self.warning_count} warnings\n")
        return "".join(out)

    def render_json(self) -> str:
        """The same for programs: one JSON object per line with `file` (as in the text), `path` (as opened), `line`, `column`,
        `end` (line and column behind the offending text), `severity`, `code`, `message` and `hint`."""
        from json import dumps  # not needed by most runs

        lines = []
        for item in self._shown():
            file, (name, line, column) = self.sources.file_at(item.start), self.sources.locate(item.start)
            after = self.sources.locate(max(item.start, item.end))
            row = {"file": name, "path": file.path or name if file is not None else "", "line": line, "column": column,
                   "end": {"line": after.line, "column": after.column}, "severity": item.severity, "code": item.code,
                   "message": item.message, "hint": item.hint}
            lines.append(dumps(row, ensure_ascii=False) + "\n")
        return "".join(lines)

    def _shown(self) -> list[Diagnostic]:
        """All warnings and the first LIMIT errors, in order."""
        shown: list[Diagnostic] = []
        errors = 0
        for item in self.sorted():
            errors += item.severity == "error"
            if item.severity != "error" or errors <= LIMIT:
                shown.append(item)
        return shown


_HARMLESS = dict.fromkeys((*range(9), *range(10, 32), *range(127, 160)), "�")
"""Control characters of a damaged source must not reach a terminal; tabs stay for the caret line."""


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
    line = file.line_text(where.line).translate(_HARMLESS)
    if len(line) > 400:  # a 10 MB line is cut around the caret so that the message stays readable
        left = max(0, where.column - 200)
        line, column = line[left:left + 400], where.column - left
    else:
        column = where.column
    pad = "".join("\t" if ch == "\t" else " " for ch in line[:column - 1])
    width = max(1, min(item.end - item.start, len(line) - column + 1))
    text += f"    {line}\n    {pad}{shade}^{'~' * (width - 1)}{off}\n"
    return text + (f"    hint: {item.hint}\n" if item.hint else "")
