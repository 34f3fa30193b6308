"""Listing files: every source line with its address and bytes, the way nasm prints them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from .pp.core import Preprocessor, Statement
from .program import Item, Section, Times
from .tokens import split

if TYPE_CHECKING:
    from .assembler import Assembler
    from .pp.mmacros import MultiMacro

_WIDTH = 18  # hexadecimal digits of a line


class Listing:
    """Collects the lines while the source is read and prints them with the final bytes. `flags`: letters of -L: d counts in
    decimal, e the statements as they are assembled, f what .nolist hides, m calls of macros with their parameters."""

    def __init__(self, flags: str = "") -> None:
        self.decimal, self.expanded, self.all, self.calls = [letter in flags or "+" in flags for letter in "defm"]
        self.rows: list[list[Any]] = []  # [line number, text, depth of macros, pieces of output]
        self.pp: Preprocessor | None = None
        self.on = True
        self.depth = 0
        self.repeated = 1
        self.marks: dict[tuple[Section, int], tuple[int, str]] = {}

    def attach(self, assembler: Assembler, pp: Preprocessor) -> None:
        """Follow a preprocessor (a fresh reading of the source)."""
        self.rows.clear()
        self.pp = pp
        pp.on_line = self._line
        pp.on_call = self._call if self.calls else None

    def switch(self, word: str) -> None:
        """`[list -]` and `[list +]`"""
        self.on = word not in ("-", "off")

    def _line(self, text: str, inner: bool) -> None:
        pp = self.pp
        assert pp is not None
        if not self.on or any(inc.quiet for inc in pp.includes):
            return
        frames = pp.inc.frames
        if not self.all and any(frame.silent for frame in frames):
            return
        depth = len(frames) + len([inc for inc in pp.includes[1:] if not inc.quiet])
        if inner and frames:
            line = frames[-1].lines[frames[-1].pos - 1]
            number = line.line
            text = pp.text(split(line.text), False)
        else:
            number = pp.inc.number()
        self.rows.append([number, text, depth, []])

    def _call(self, macro: MultiMacro, params: list[str]) -> None:
        """A macro is called by the line that was listed last."""
        if (self.all or not macro.quiet) and not self._hidden():
            given = ",".join([f"{{{param}}}" for param in params[1:]])
            self._add(f" ;;; [macro] {macro.name} {given}".rstrip())

    def _hidden(self) -> bool:
        """Whether the present line is not listed."""
        pp = self.pp
        assert pp is not None
        if not self.on or not self.rows or any(inc.quiet for inc in pp.includes):
            return True
        return not self.all and any(frame.silent for frame in pp.inc.frames)

    def assembled(self, statement: Statement) -> None:
        """A statement is going to be assembled."""
        if self.expanded and not self._hidden():
            self._add(f" ;;; {statement.text}")

    def _add(self, text: str) -> None:
        """A row below the last one."""
        number, _, depth, _ = self.rows[-1]
        self.rows.append([number, text, depth, []])

    def _count(self, count: int) -> str:
        return str(count) if self.decimal else f"{count:X}h"

    def repeat(self, count: int) -> None:
        """The statement being assembled stands for `count` equal ones."""
        self.repeated = count

    def mark(self, section: Section, at: int, size: int, number: int, relative: bool) -> None:
        """A field that waits for the linker (or the layout): it is shown in brackets, with what it is counted from."""
        digits = (number & (1 << size * 8) - 1).to_bytes(size, "little").hex().upper()
        self.marks[section, at] = size, f"({digits})" if relative else f"[{digits}]"

    def statement(self, section: Section, chunk: int, before: int, statement: Statement) -> None:
        """What a statement put into its section."""
        repeated, self.repeated = self.repeated, 1
        if not self.rows or not self.on:
            return
        pieces = section.pieces
        start = len(pieces) - 1
        while start >= 0 and not (type(pieces[start]) is tuple and pieces[start][0] == chunk):  # type: ignore[index]
            start -= 1
        if start < 0 or (start == len(pieces) - 1 and len(section.data) == before):
            return
        self.rows[-1][3].append((section, start, before, len(pieces) - 1, len(section.data), repeated, statement.text))

    def text(self, assembler: Assembler) -> str:
        """The listing."""
        out: list[str] = []
        for number, text, depth, pieces in self.rows:
            marks = f"{' ' if depth < 10 else ''}<{depth}>" if depth else "    "
            head = f"{number:6d} "
            lines = self._lines(assembler, pieces) or [(-1, "")]
            for index, (address, digits) in enumerate(lines):
                shown = f"{address:08X} {digits:<19}" if address >= 0 else " " * 28
                out.append(f"{head}{shown}{marks} {text}\n" if not index else f"{head}{shown}{marks if depth else ''}\n")
        return "".join(out)

    def _lines(self, assembler: Assembler, pieces: list[Any]) -> list[tuple[int, str]]:
        """(address, digits) of the lines that show some output."""
        out: list[tuple[int, str]] = []
        where, line = 0, ""
        for at, token in [one for piece in pieces for one in self._tokens(assembler, *piece)]:
            if line and len(line) + len(token) > _WIDTH:
                out.append((where, line + "-"))
                line = ""
            if not line:
                where = at
            line += token
        if line:
            out.append((where, line))
        return out

    def _tokens(
        self, assembler: Assembler, section: Section, first: int, before: int, last: int, after: int, repeated: int, text: str
    ) -> list[tuple[int, str]]:
        """(address, text that is not divided) of what a statement put into its section."""
        base = assembler.space.base
        start_piece, end_piece = section.pieces[first], section.pieces[last]
        assert type(start_piece) is tuple and type(end_piece) is tuple
        start = base[start_piece[0]] + before
        end = base[end_piece[0]] + after
        for item in section.pieces[first:last]:
            if isinstance(item, Times):
                repeated = item.rounds(assembler)
        if end <= start:
            return []
        word = _KEYWORD.search(text)
        if section.blank or section.absolute or (word is not None and word.group(1)[0] in "rR"):
            size = end - start
            return [(start, f"<res {self._count(size)}>" if size > 8 else "??" * size)]
        rest = [(start, f"<rep {self._count(repeated)}>")] if repeated > 1 else []
        end = start + (end - start) // max(repeated, 1)
        if word is not None:
            return [(start, f"<bin {self._count(end - start)}>"), *rest]
        out: list[tuple[int, str]] = []
        digits = section.bytes[start:end].hex().upper()
        at = start
        while at < end:
            size, token = self.marks.get((section, at), (1, ""))
            out.append((at, token or digits[(at - start) * 2 : (at - start) * 2 + 2]))
            at += size
        return out + rest


_KEYWORD: Final = re.compile(r"\b(res[bwdqtoyz]|incbin)\b", re.IGNORECASE)
__all__ = ["Item", "Listing"]
