"""Listing files: every source line with its address and bytes, the way nasm prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .pp.core import Preprocessor, Statement
from .program import Item, Reserve, Section

if TYPE_CHECKING:
    from .assembler import Assembler

_WIDTH = 18  # hexadecimal digits of a line


class Listing:
    """Collects the lines while the source is read and prints them with the final bytes."""

    def __init__(self) -> None:
        self.rows: list[list[Any]] = []  # [line number, text, depth of macros, pieces of output]
        self.pp: Preprocessor | None = None
        self.on = True
        self.depth = 0

    def attach(self, assembler: Assembler, pp: Preprocessor) -> None:
        """Follow a preprocessor (a fresh reading of the source)."""
        self.rows.clear()
        self.pp = pp
        pp.on_line = self._line

    def switch(self, word: str) -> None:
        """`[list -]` and `[list +]`"""
        self.on = word not in ("-", "off")

    def _line(self, text: str, inner: bool) -> None:
        pp = self.pp
        assert pp is not None
        if not self.on or any(inc.quiet for inc in pp.includes):
            return
        frames = pp.inc.frames
        if any(frame.silent for frame in frames):
            return
        depth = len(frames) + len([inc for inc in pp.includes[1:] if not inc.quiet])
        if inner and frames:
            line = frames[-1].lines[frames[-1].pos - 1]
            number = line.line
            text = line.text
        else:
            number = pp.inc.number()
        self.rows.append([number, text, depth, []])

    def statement(self, section: Section, chunk: int, before: int, statement: Statement) -> None:
        """What a statement put into its section."""
        if not self.rows:
            return
        pieces = section.pieces
        start = len(pieces) - 1
        while start >= 0 and not (type(pieces[start]) is tuple and pieces[start][0] == chunk):  # type: ignore[index]
            start -= 1
        if start < 0 or (start == len(pieces) - 1 and len(section.data) == before):
            return
        self.rows[-1][3].append((section, start, before, len(pieces) - 1, len(section.data)))

    def text(self, assembler: Assembler) -> str:
        """The listing."""
        out: list[str] = []
        for number, text, depth, pieces in self.rows:
            marks = f"<{depth}>" if depth else ""
            head = f"{number:6d} "
            shown = self._output(assembler, pieces)
            if not shown:
                out.append(f"{head}{'':28} {marks:>4} {text}".rstrip() + "\n")
                continue
            for index, (address, digits) in enumerate(shown):
                tail = f" {marks:>4} {text}" if not index else ""
                out.append(f"{head}{address:08X} {digits:<19}{tail}".rstrip() + "\n")
        return "".join(out)

    @staticmethod
    def _output(assembler: Assembler, pieces: list[tuple[Section, int, int, int, int]]) -> list[tuple[int, str]]:
        """(address, digits) of the lines that show some output."""
        out: list[tuple[int, str]] = []
        base = assembler.space.base
        for section, first, before, last, after in pieces:
            start_piece, end_piece = section.pieces[first], section.pieces[last]
            assert type(start_piece) is tuple and type(end_piece) is tuple
            start = base[start_piece[0]] + before
            end = base[end_piece[0]] + after
            if section.blank or section.absolute or any(isinstance(one, Reserve) for one in section.pieces[first:last]):
                if end > start:
                    out.append((start, f"<res {end - start:X}h>"))
                continue
            digits = section.bytes[start:end].hex().upper()
            at = 0
            while at < len(digits):
                part = digits[at : at + _WIDTH]
                more = "-" if at + _WIDTH < len(digits) else ""
                out.append((start + at // 2, part + more))
                at += _WIDTH
        return out


__all__ = ["Item", "Listing"]
