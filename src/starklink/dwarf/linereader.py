"""Reads line tables of versions 2 to 5."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from ..objwriter.model import LINE_EPILOGUE_BEGIN, LINE_PROLOGUE_END, LINE_STMT
from ..support.record import dataclass, field
from .consts import FORM, LNCT
from .cursor import Cursor, DwarfError
from .leb import read_sleb, read_uleb
from .reader import Dwarf


class LineRow(NamedTuple):
    """A row of the table. `file` is the number in the table, `flags` LINE_* bits, `end` marks the end of a sequence."""

    address: int
    file: int
    line: int
    column: int
    flags: int
    end: bool = False


class FileName(NamedTuple):
    """A file of the table and its directory's number."""

    name: str
    directory: int


@dataclass(slots=True, eq=False)
class LineUnit:
    """One unit's line table. `files` by number: version 5 counts from 0, older ones from 1 (number 0 is empty then)."""

    offset: int
    version: int
    directories: list[str] = field(default_factory=list)
    files: list[FileName] = field(default_factory=list)
    rows: list[LineRow] = field(default_factory=list)

    def file(self, number: int) -> str:
        """A file's name as written. Raises DwarfError for an unknown number."""
        if not 0 <= number < len(self.files):
            raise DwarfError(f"the line table at {self.offset:#x} has no file {number}")
        return self.files[number].name


@dataclass(slots=True)
class _Header:
    minimum: int
    default_stmt: int
    line_base: int
    line_range: int
    opcode_base: int
    operands: bytes
    address_size: int


def line_units(dwarf: Dwarf) -> Iterator[LineUnit]:
    """All line tables of a file, with their rows."""
    cursor = dwarf.cursor(".debug_line")
    while not cursor.at_end:
        start = cursor.at
        size, offset_size = cursor.initial_length()
        end = cursor.at + size
        if end > cursor.end:
            raise DwarfError(f"the line table at {start:#x} is longer than .debug_line")
        yield _unit(dwarf, Cursor(cursor.data, cursor.at, end, dwarf.order, ".debug_line"), start, offset_size)
        cursor.at = end


def line_unit_at(dwarf: Dwarf, offset: int) -> LineUnit:
    """The line table at an offset of `.debug_line`. Raises DwarfError."""
    cursor = dwarf.cursor(".debug_line", offset)
    size, offset_size = cursor.initial_length()
    end = cursor.at + size
    if end > cursor.end:
        raise DwarfError(f"the line table at {offset:#x} is longer than .debug_line")
    return _unit(dwarf, Cursor(cursor.data, cursor.at, end, dwarf.order, ".debug_line"), offset, offset_size)


def _unit(dwarf: Dwarf, cursor: Cursor, start: int, offset_size: int) -> LineUnit:
    version = cursor.u16()
    if not 2 <= version <= 5:
        raise DwarfError(f"the line table at {start:#x} has version {version}")
    address_size = 8
    if version >= 5:
        address_size = cursor.u8()
        cursor.skip(1)
    header_size = cursor.uint(offset_size)
    program = cursor.at + header_size
    minimum = cursor.u8()
    if version >= 4:
        cursor.skip(1)
    default_stmt, line_base, line_range, opcode_base = cursor.u8(), cursor.sint(1), cursor.u8(), cursor.u8()
    if not line_range or not opcode_base:
        raise DwarfError(f"the line table at {start:#x} has no special opcodes")
    header = _Header(minimum, default_stmt, line_base, line_range, opcode_base, cursor.bytes(opcode_base - 1), address_size)
    unit = LineUnit(start, version)
    if version >= 5:
        unit.directories = [str(entry.get("path", "")) for entry in _entries(dwarf, cursor, offset_size)]
        unit.files = [FileName(str(entry.get("path", "")), int(entry.get("directory_index", 0)))
                      for entry in _entries(dwarf, cursor, offset_size)]
    else:
        unit.directories = [""]
        while name := cursor.string():
            unit.directories.append(name)
        unit.files = [FileName("", 0)]
        while name := cursor.string():
            unit.files.append(FileName(name, cursor.uleb()))
            cursor.uleb()
            cursor.uleb()
    if program > cursor.end:
        raise DwarfError(f"the header of the line table at {start:#x} is longer than the table")
    cursor.at = program
    _run(cursor, header, unit.rows)
    return unit


def _entries(dwarf: Dwarf, cursor: Cursor, offset_size: int) -> list[dict[str, Any]]:
    """A version 5 table of directories or files."""
    formats = [(LNCT.name(cursor.uleb()), FORM.name(cursor.uleb())) for _ in range(cursor.u8())]
    count = cursor.uleb()
    if count > cursor.end - cursor.at:
        raise DwarfError(f"{count} entries do not fit the line table header at {cursor.at:#x}")
    out: list[dict[str, Any]] = []
    for _ in range(count):
        entry: dict[str, Any] = {}
        for name, form in formats:
            if form in ("line_strp", "strp"):
                offset = cursor.uint(offset_size)
                entry[name] = dwarf.cursor(".debug_line_str" if form == "line_strp" else ".debug_str", offset).string()
            elif form == "string":
                entry[name] = cursor.string()
            elif form == "udata":
                entry[name] = cursor.uleb()
            elif form in ("data1", "data2", "data4", "data8"):
                entry[name] = cursor.uint(int(form[4:]))
            elif form == "data16":
                entry[name] = cursor.bytes(16)
            elif form == "block":
                entry[name] = cursor.bytes(cursor.uleb())
            else:
                raise DwarfError(f"unknown form {form} in a line table header")
        out.append(entry)
    return out


def _run(cursor: Cursor, header: _Header, rows: list[LineRow]) -> None:
    """Run the line program."""
    minimum, base, span, first = header.minimum, header.line_base, header.line_range, header.opcode_base
    address, file, line, column, stmt, marks = 0, 1, 1, 0, LINE_STMT if header.default_stmt else 0, 0
    data, at, end = cursor.data, cursor.at, cursor.end
    make, put = LineRow._make, rows.append
    add = (255 - first) // span * minimum
    try:
        while at < end:
            code = data[at]
            at += 1
            if code >= first:
                advance, delta = divmod(code - first, span)
                address += advance * minimum
                line += base + delta
                put(make((address, file, line, column, stmt | marks, False)))
                marks = 0
            elif code == 1:
                put(make((address, file, line, column, stmt | marks, False)))
                marks = 0
            elif code == 0:
                size, at = read_uleb(data, at)
                if not size:
                    continue
                stop = at + size
                if stop > end:
                    raise DwarfError(f"an extended line opcode at {at:#x} is longer than the table")
                if data[at] == 1:
                    put(make((address, file, line, column, stmt | marks, True)))
                    address, file, line, column, stmt, marks = 0, 1, 1, 0, LINE_STMT if header.default_stmt else 0, 0
                elif data[at] == 2:
                    address = int.from_bytes(data[at + 1:stop], cursor.byteorder)  # type: ignore[arg-type]
                at = stop
            elif code == 2:
                steps, at = read_uleb(data, at)
                address = address + steps * minimum & _ADDRESS
            elif code == 3:
                steps, at = read_sleb(data, at)
                line = max(-_LINE, min(_LINE, line + steps))
            elif code == 4:
                file, at = read_uleb(data, at)
            elif code == 5:
                column, at = read_uleb(data, at)
            elif code == 6:
                stmt ^= LINE_STMT
            elif code == 8:
                address += add
            elif code == 9:
                address += int.from_bytes(data[at:at + 2], cursor.byteorder)  # type: ignore[arg-type]
                at += 2
            elif code == 10:
                marks |= LINE_PROLOGUE_END
            elif code == 11:
                marks |= LINE_EPILOGUE_BEGIN
            else:
                for _ in range(header.operands[code - 1]):
                    _, at = read_uleb(data, at)
    except IndexError as error:
        raise DwarfError(f"the line program ends inside an opcode at {at:#x}") from error
    if at > end:
        raise DwarfError(f"the line program ends inside an opcode at {at:#x}")


_ADDRESS: Final = (1 << 64) - 1
_LINE: Final = 1 << 40
"""Bounds of what a row can say, so that hostile programs do not make numbers without end."""
