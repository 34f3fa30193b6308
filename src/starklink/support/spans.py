"""Source files and positions.

A *position* is one 32-bit integer for the whole program: the file's `base` plus the offset in Unicode scalars into its
text. 0 means "no position". Lines and columns count from 1, a column counts scalars (fluxsharp.md section 1).
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from .record import dataclass, field


class Location(NamedTuple):
    """A position for people: file name as shown in diagnostics, line and column from 1."""

    file: str
    line: int
    column: int


@dataclass(slots=True, eq=False)
class SourceFile:
    """One source text. `name` is shown in diagnostics and traces, `path` is where it came from ('' if from memory)."""

    name: str
    text: str
    base: int
    path: str = ""
    runtime: bool = False
    _line_starts: list[int] = field(default_factory=list)

    @property
    def line_starts(self) -> list[int]:
        """Offsets (scalars) of the first character of every line; LF ends a line."""
        starts = self._line_starts
        if not starts:
            starts.append(0)
            find = self.text.find
            at = find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = find("\n", at + 1)
        return starts

    def line_of(self, offset: int) -> int:
        """Line number (from 1) of an offset into the text."""
        return bisect_right(self.line_starts, offset)

    def line_text(self, line: int) -> str:
        """Text of a line without its line end."""
        starts = self.line_starts
        if not 1 <= line <= len(starts):
            return ""
        end = starts[line] - 1 if line < len(starts) else len(self.text)
        return self.text[starts[line - 1]:end].rstrip("\r")


class SourceMap:
    """All source files of a compilation; hands out disjoint position ranges.

    The files of a program are added in import order, the entry file last. `entry` is that file; as long as it is not set, the
    first one counts.
    """

    def __init__(self) -> None:
        self.files: list[SourceFile] = []
        self._entry: SourceFile | None = None
        self._bases: list[int] = []
        self._next = 1

    def add(self, name: str, text: str, path: str = "", runtime: bool = False) -> SourceFile:
        """Register a text and give it a position range."""
        file = SourceFile(name, text, self._next, path, runtime)
        self.files.append(file)
        self._bases.append(file.base)
        self._next += len(text) + 2
        return file

    @property
    def entry(self) -> SourceFile | None:
        """The file the program starts in; None without any file."""
        if self._entry is None and self.files:
            return self.files[0]
        return self._entry

    @entry.setter
    def entry(self, file: SourceFile) -> None:
        self._entry = file

    def file_at(self, pos: int) -> SourceFile | None:
        """The file a position lies in, None for position 0."""
        if pos <= 0 or not self.files:
            return None
        return self.files[bisect_right(self._bases, pos) - 1]

    def locate(self, pos: int) -> Location:
        """File, line and column of a position; ('', 0, 0) for position 0."""
        file = self.file_at(pos)
        if file is None:
            return Location("", 0, 0)
        offset = pos - file.base
        line = file.line_of(offset)
        return Location(file.name, line, offset - file.line_starts[line - 1] + 1)
