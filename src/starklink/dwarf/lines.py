"""Line tables (`.debug_line`), versions 2 to 5: which source line does this address belong to.

    table = LineTable(5, "/src", line_strings)
    main = table.file("hello.fsh")                     # the first file is the unit's primary file
    table.sequence("main", 42, [(0, main, 1, 1, 1), (4, main, 2, 5, 1 | 2)])
    table.fragment()

A row is (offset, file, line, column, flags) with the LINE_* flags of objwriter.model; it holds up to the next row.
Every function is a sequence of its own, so whoever places the functions may put them in any order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..objwriter.model import LINE_EPILOGUE_BEGIN, LINE_PROLOGUE_END, LINE_STMT, Fixup, Fragment, Reloc
from .consts import FORM, LNCT, LNE
from .layouts import LINE_4, LINE_5
from .leb import sleb, uleb
from .section import DebugSection
from .strings import Strings

LINE_BASE: Final = -5
LINE_RANGE: Final = 14
OPCODE_BASE: Final = 13
OPERAND_COUNTS: Final = bytes((0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1))
CONST_ADD: Final = (255 - OPCODE_BASE) // LINE_RANGE
"""Bytes that DW_LNS_const_add_pc advances."""

Row = tuple[int, int, int, int, int]


class LineTable:
    """The line table of one unit."""

    def __init__(self, version: int, directory: str, strings: Strings, linked: bool = False) -> None:
        self.version = version
        self.strings = strings
        self.linked = linked
        self.directories: dict[str, int] = {directory: 0}
        self.files: dict[tuple[str, int], int] = {}
        self.program = bytearray()
        self.fixups: list[Fixup] = []

    def file(self, name: str, directory: str = "") -> int:
        """The number of a file (for rows and DW_AT_decl_file). `name` may hold a relative or an absolute path."""
        folder = self.directories.setdefault(directory, len(self.directories)) if directory else 0
        first = 0 if self.version >= 5 else 1
        return self.files.setdefault((name, folder), len(self.files) + first)

    def sequence(self, symbol: str, size: int, rows: Iterable[Row], base: int = 0) -> None:
        """Add the rows of `size` bytes of code at symbol + base; offsets count from there and ascend."""
        out = self.program
        self.fixups.append(Fixup(len(out) + 3, Reloc.ABS64, symbol, base))
        out += bytes((0, 9, LNE["set_address"], 0, 0, 0, 0, 0, 0, 0, 0))
        at, file, line, column, stmt = 0, 1, 1, 0, 1  # the state machine's registers
        first = True
        put = out.append
        for offset, row_file, row_line, row_column, flags in rows:
            if row_line == line and row_column == column and row_file == file and flags == stmt and not first:
                continue  # the row before goes on
            first = False
            if row_file != file:
                put(4)  # DW_LNS_set_file
                out += uleb(row_file)
                file = row_file
            if row_column != column:
                put(5)  # DW_LNS_set_column
                out += uleb(row_column)
                column = row_column
            if flags & LINE_STMT != stmt:
                put(6)  # DW_LNS_negate_stmt
                stmt ^= 1
            if flags & LINE_PROLOGUE_END:
                put(10)
            if flags & LINE_EPILOGUE_BEGIN:
                put(11)
            delta = row_line - line - LINE_BASE
            line = row_line
            step = offset - at
            at = offset
            if not 0 <= delta < LINE_RANGE:
                put(3)  # DW_LNS_advance_line
                out += sleb(delta + LINE_BASE)
                delta = -LINE_BASE
            code = delta + OPCODE_BASE + LINE_RANGE * step
            if code > 255:
                if code - LINE_RANGE * CONST_ADD <= 255:
                    put(8)  # DW_LNS_const_add_pc
                    code -= LINE_RANGE * CONST_ADD
                else:
                    put(2)  # DW_LNS_advance_pc
                    out += uleb(step)
                    code = delta + OPCODE_BASE
            elif code < delta + OPCODE_BASE:
                raise ValueError(f"line rows of {symbol} are not in order")
            put(code)
        if at != size:
            put(2)
            out += uleb(size - at)
        out += bytes((0, 1, LNE["end_sequence"]))

    def fragment(self) -> Fragment:
        """The finished section."""
        section = DebugSection(".debug_line", self.linked)
        section.data += bytes((LINE_5 if self.version >= 5 else LINE_4).size)
        if self.version >= 5:
            self._tables_5(section)
        else:
            self._tables_4(section)
        start = len(section.data)
        section.data += self.program
        section.fixups += [Fixup(offset + start, kind, symbol, addend) for offset, kind, symbol, addend in self.fixups]
        self._header(section.data, start)
        return section.fragment()

    def _header(self, data: bytearray, start: int) -> None:
        fixed = {"minimum_instruction_length": 1, "maximum_operations": 1, "default_is_stmt": 1, "line_base": LINE_BASE,
                 "line_range": LINE_RANGE, "opcode_base": OPCODE_BASE, "operand_counts": OPERAND_COUNTS,
                 "length": len(data) - 4, "version": self.version}
        if self.version >= 5:
            data[:LINE_5.size] = LINE_5.build(**fixed, address_size=8, segment_size=0, header_length=start - 12)
            return
        head = LINE_4.build(**fixed, header_length=start - 10)
        if self.version < 4:  # without maximum_operations
            raise ValueError(f"line table version {self.version}")
        data[:LINE_4.size] = head

    def _tables_5(self, section: DebugSection) -> None:
        line_strp = FORM["line_strp"]
        section.data += bytes((1, LNCT["path"], line_strp)) + uleb(len(self.directories))
        for directory in self.directories:
            section.offset(".debug_line_str", self.strings[directory])
        section.data += bytes((2, LNCT["path"], line_strp, LNCT["directory_index"], FORM["udata"]))
        section.data += uleb(len(self.files))
        for name, folder in self.files:
            section.offset(".debug_line_str", self.strings[name])
            section.data += uleb(folder)

    def _tables_4(self, section: DebugSection) -> None:
        for directory in list(self.directories)[1:]:
            section.data += directory.encode("utf-8", "surrogateescape") + b"\0"
        section.data += b"\0"
        for name, folder in self.files:
            section.data += name.encode("utf-8", "surrogateescape") + b"\0" + uleb(folder) + b"\0\0"
        section.data += b"\0"
