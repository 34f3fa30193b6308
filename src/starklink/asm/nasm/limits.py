"""Limits on what a source may ask for: NASM's, set by `--limit-NAME N` and `%pragma limit NAME N`, and a few of our own.

NASM's names: `passes`, `stalled-passes`, `macro-levels` (calls within calls), `macro-tokens` (steps in one line),
`mmacros` (calls before the outermost one ends), `rep`, `eval` (operands in an expression), `lines` (statements).
"""

from __future__ import annotations

from typing import Final

from .strings import integer

DEFAULTS: Final = {
    "passes": 1 << 62,
    "stalled-passes": 1000,
    "macro-levels": 10_000,
    "macro-tokens": 10_000_000,
    "mmacros": 100_000,
    "rep": 1_000_000,
    "eval": 8192,
    "lines": 2_000_000_000,
}

MAX_NESTED: Final = 3_000_000
"""Characters of parameters, and of lines they are put into, that deeply nested calls may make: parameters that grow with every
level reach this, nothing sensible does."""
MAX_SINGLE_LEVELS: Final = 5_000
"""Levels of single-line macros, whatever `macro-levels` allows: the expansion is recursive."""
MAX_REFUSED: Final = 20_000
"""After so many statements with errors a source is given up."""
MAX_ERRORS: Final = 100
"""More errors than this are only counted."""
MAX_WARNINGS: Final = 1000
"""The same for warnings."""
MAX_SHOWN: Final = 2000
"""Characters of one message that are shown."""
MAX_CALLERS: Final = 24
"""Levels of macro calls a place remembers, counted from the innermost; the outermost is always there."""


class Limits:
    """NASM's limits as numbers."""

    __slots__ = ("evaluation", "levels", "lines", "mmacros", "passes", "rep", "stalled", "tokens")

    def __init__(self) -> None:
        self.passes = self.stalled = self.levels = self.tokens = self.mmacros = self.rep = self.evaluation = self.lines = 0
        for name, value in DEFAULTS.items():
            self.set(name, str(value))

    def set(self, name: str, text: str) -> str:
        """Set a limit to a number, or `unlimited`; returns what is wrong with it, "" for nothing."""
        name = name.lower()
        if name not in DEFAULTS:
            return f"unknown limit: `{name}'"
        value = 1 << 62 if text.lower() == "unlimited" else integer(text) if text[:1].isdigit() else None
        if value is None:
            return f"invalid limit value: `{text}'"
        if name == "passes":
            self.passes = value
        elif name == "stalled-passes":
            self.stalled = value
        elif name == "macro-levels":
            self.levels = value
        elif name == "macro-tokens":
            self.tokens = value
        elif name == "mmacros":
            self.mmacros = value
        elif name == "rep":
            self.rep = value
        elif name == "eval":
            self.evaluation = value
        else:
            self.lines = value
        return ""
