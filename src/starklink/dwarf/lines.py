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
from typing import Any, Final

from ..objwriter.elf.pack import Layout
from ..objwriter.model import LINE_EPILOGUE_BEGIN, LINE_PROLOGUE_END, LINE_STMT, Fixup, Fragment, Reloc
from . import layouts
from .consts import FORM, LNCT, LNE
from .leb import sleb, uleb
from .section import DebugSection
from .strings import Strings

LINE_BASE: Final = -5
LINE_RANGE: Final = 14
OPCODE_BASE: Final = 13
OPERAND_COUNTS: Final = bytes((0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1))
CONST_ADD: Final = (255 - OPCODE_BASE) // LINE_RANGE
"""Bytes that DW_LNS_const_add_pc advances."""

LLVM_SOURCE: Final = 0x2001
"""DW_LNCT_LLVM_source: the text of the file, as an extension."""

Row = tuple[int, int, int, int, int]


class LineTable:
    """The line table of one unit. `base` is the table's offset in its section (units that share one set it)."""

    def __init__(self, version: int, directory: str, strings: Strings, linked: bool = False, offset_size: int = 4) -> None:
        self.version = version
        self.strings = strings
        self.linked = linked
        self.offset_size = offset_size
        self.opcode_base = OPCODE_BASE if version >= 3 else 10  # version 2 has no marks of prologue and epilogue
        self.directories: dict[str, int] = {directory: 0}
        self.files: dict[tuple[str, int], int] = {}
        self.digests: dict[int, bytes] = {}
        self.sources: dict[int, str] = {}
        self.program = bytearray()
        self.fixups: list[Fixup] = []

    def file(self, name: str, directory: str = "") -> int:
        """The number of a file (for rows and DW_AT_decl_file). `name` may hold a relative or an absolute path."""
        folder = self.directories.setdefault(directory, len(self.directories)) if directory else 0
        first = 0 if self.version >= 5 else 1
        return self.files.setdefault((name, folder), len(self.files) + first)

    def digest(self, number: int, md5: bytes) -> None:
        """The MD5 digest of a file (version 5). All files need one, or none is written."""
        if len(md5) != 16:
            raise ValueError(f"an MD5 digest has 16 bytes, not {len(md5)}")
        self.digests[number] = md5

    def sequence(self, symbol: str, size: int, rows: Iterable[Row], base: int = 0) -> None:
        """Add the rows of `size` bytes of code at symbol + base; offsets count from there and ascend."""
        out = self.program
        self.fixups.append(Fixup(len(out) + 3, Reloc.ABS64, symbol, base))
        out += bytes((0, 9, LNE["set_address"], 0, 0, 0, 0, 0, 0, 0, 0))
        at, file, line, column, stmt = 0, 1, 1, 0, 1  # the state machine's registers
        first = True
        put = out.append
        base_code = self.opcode_base
        marks = LINE_PROLOGUE_END | LINE_EPILOGUE_BEGIN if base_code > 10 else 0
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
            if flags & marks:
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
            code = delta + base_code + LINE_RANGE * step
            if code > 255:
                if code - LINE_RANGE * CONST_ADD <= 255:
                    put(8)  # DW_LNS_const_add_pc
                    code -= LINE_RANGE * CONST_ADD
                else:
                    put(2)  # DW_LNS_advance_pc
                    out += uleb(step)
                    code = delta + base_code
            elif code < delta + base_code:
                raise ValueError(f"line rows of {symbol} are not in order")
            put(code)
        if at != size:
            put(2)
            out += uleb(size - at)
        out += bytes((0, 1, LNE["end_sequence"]))

    def columns(self, symbol: str, size: int, base: int = 0, **columns: Any) -> None:
        """Add the rows of `size` bytes of code at symbol + base from columns of equal length: `offset` and `line`, and if
        they are not constant `file` (default 1), `column` (0), `flags` (LINE_STMT), `discriminator` (0). Columns are numpy
        arrays or lists of integers. Raises ValueError for offsets that descend or exceed `size`."""
        from .linecolumns import encode_columns

        self.fixups.append(Fixup(len(self.program) + 3, Reloc.ABS64, symbol, base))
        self.program += bytes((0, 9, LNE["set_address"], 0, 0, 0, 0, 0, 0, 0, 0)) + encode_columns(
            symbol, size, columns, self.opcode_base)

    def fragment(self) -> Fragment:
        """The finished section."""
        section = DebugSection(".debug_line", self.linked, self.offset_size)
        section.data += bytes(self._layout().size)
        if self.version >= 5:
            self._tables_5(section)
        else:
            self._tables_4(section)
        start = len(section.data)
        section.data += self.program
        section.fixups += [Fixup(offset + start, kind, symbol, addend) for offset, kind, symbol, addend in self.fixups]
        self._header(section.data, start)
        return section.fragment()

    def _layout(self) -> Layout:
        found: Layout = getattr(layouts, f"LINE_{self.version}" + ("_64" if self.offset_size == 8 else ""))
        return found

    def _header(self, data: bytearray, start: int) -> None:
        layout, size = self._layout(), self.offset_size
        before = (8 if self.version >= 5 else 6) + (4 if size == 4 else 16)
        values = {"escape": 0xFFFFFFFF, "minimum_instruction_length": 1, "maximum_operations": 1, "default_is_stmt": 1,
                  "line_base": LINE_BASE, "line_range": LINE_RANGE, "opcode_base": self.opcode_base,
                  "operand_counts": OPERAND_COUNTS[:self.opcode_base - 1],
                  "length": len(data) - (4 if size == 4 else 12), "version": self.version,
                  "address_size": 8, "segment_size": 0, "header_length": start - before}
        data[:layout.size] = layout.pack(*[values[field] for field in layout.fields])

    def _tables_5(self, section: DebugSection) -> None:
        line_strp = FORM["line_strp"]
        section.data += bytes((1, LNCT["path"], line_strp)) + uleb(len(self.directories))
        for directory in self.directories:
            section.offset(".debug_line_str", self.strings[directory])
        digests = len(self.digests) == len(self.files) > 0
        columns = [LNCT["path"], line_strp, LNCT["directory_index"], FORM["udata"]]
        if digests:
            columns += [LNCT["MD5"], FORM["data16"]]
        section.data += uleb(len(columns) // 2 + bool(self.sources)) + bytes(columns)
        if self.sources:
            section.data += uleb(LLVM_SOURCE) + uleb(line_strp)
        section.data += uleb(len(self.files))
        for (name, folder), number in self.files.items():
            section.offset(".debug_line_str", self.strings[name])
            section.data += uleb(folder)
            if digests:
                section.data += self.digests[number]
            if self.sources:
                section.offset(".debug_line_str", self.strings[self.sources.get(number, "")])

    def _tables_4(self, section: DebugSection) -> None:
        for directory in list(self.directories)[1:]:
            section.data += directory.encode("utf-8", "surrogateescape") + b"\0"
        section.data += b"\0"
        for name, folder in self.files:
            section.data += name.encode("utf-8", "surrogateescape") + b"\0" + uleb(folder) + b"\0\0"
        section.data += b"\0"
