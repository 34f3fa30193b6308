"""Line tables (`.debug_line`, DWARF 5) of assembly sources: what `.file` and `.loc` ask for, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from .consts import FORM, LNCT, LNE
from .layouts import LINE_5
from .leb import sleb, uleb
from .lines import CONST_ADD, LINE_BASE, LINE_RANGE, OPCODE_BASE, OPERAND_COUNTS

_NAMED: Final = {"basic_block": 7, "prologue_end": 10, "epilogue_begin": 11}


class LineRow(NamedTuple):
    """A row at `offset` bytes into its section."""

    offset: int
    file: int
    line: int
    column: int
    stmt: bool
    options: tuple[str, ...]
    isa: int
    discriminator: int


class Sequence_(NamedTuple):
    """The rows of a section of `size` bytes, ascending."""

    size: int
    rows: Sequence[LineRow]


def line_table(
    files: Mapping[int, tuple[str, str, bytes]], directory: str, sequences: Sequence[Sequence_], address: int = 8
) -> tuple[bytes, list[int]]:
    """(the section, the offset of each sequence's start address, of `address` bytes, which is that of its first row)."""
    head = _tables(files, directory)
    program = bytearray()
    places = []
    for sequence in sequences:
        places.append(len(program) + 3)
        _sequence(program, sequence, address)
    start = LINE_5.size + len(head)
    header = LINE_5.build(
        length=start + len(program) - 4, version=5, address_size=address, segment_size=0, header_length=start - 12,
        minimum_instruction_length=1, maximum_operations=1, default_is_stmt=1, line_base=LINE_BASE, line_range=LINE_RANGE,
        opcode_base=OPCODE_BASE, operand_counts=OPERAND_COUNTS,
    )  # fmt: skip
    return header + head + bytes(program), [start + place for place in places]


def _text(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape") + b"\0"


def _tables(files: Mapping[int, tuple[str, str, bytes]], directory: str) -> bytes:
    primary = files.get(0) or files[min(files)]
    folders: dict[str, int] = {primary[0] if 0 in files and primary[0] else directory: 0}
    rows = []
    md5 = all(files[number][2] for number in files)
    for number in range(max(files) + 1):
        folder, name, digest = files.get(number) or (primary if number == 0 else ("", "", b""))
        index = folders.setdefault(folder, len(folders)) if folder else 0
        rows.append(_text(name) + uleb(index) + (digest or bytes(16) if md5 else b""))
    out = bytearray((1, LNCT["path"], FORM["string"])) + uleb(len(folders))
    for folder in folders:
        out += _text(folder)
    out += bytes((3 if md5 else 2, LNCT["path"], FORM["string"], LNCT["directory_index"], FORM["udata"]))
    out += bytes((LNCT["MD5"], FORM["data16"])) if md5 else b""
    return bytes(out + uleb(len(rows)) + b"".join(rows))


def _sequence(out: bytearray, sequence: Sequence_, address: int) -> None:
    rows = sequence.rows
    out += bytes((0, 1 + address, LNE["set_address"])) + bytes(address)
    at, file, line, column, stmt, isa = rows[0].offset, 1, 1, 0, True, 0
    for row in rows:
        if row.file != file:
            file = row.file
            out.append(4)
            out += uleb(file)
        if row.column != column:
            column = row.column
            out.append(5)
            out += uleb(column)
        if row.discriminator:
            body = uleb(row.discriminator)
            out += b"\0" + uleb(1 + len(body)) + bytes((LNE["set_discriminator"],)) + body
        if row.isa != isa:
            isa = row.isa
            out.append(12)
            out += uleb(isa)
        if row.stmt != stmt:
            stmt = row.stmt
            out.append(6)
        out += bytes([_NAMED[name] for name in row.options])
        _step(out, row.line - line, row.offset - at)
        line, at = row.line, row.offset
    if sequence.size != at:
        out.append(2)
        out += uleb(sequence.size - at)
    out += bytes((0, 1, LNE["end_sequence"]))


def _step(out: bytearray, lines: int, step: int) -> None:
    """A row `lines` and `step` bytes further on."""
    delta = lines - LINE_BASE
    if not 0 <= delta < LINE_RANGE:
        out.append(3)
        out += sleb(lines)
        delta = -LINE_BASE
    code = delta + OPCODE_BASE + LINE_RANGE * step
    if code > 255:
        if code - LINE_RANGE * CONST_ADD <= 255:
            out.append(8)
            code -= LINE_RANGE * CONST_ADD
        else:
            out.append(2)
            out += uleb(step)
            code = delta + OPCODE_BASE
    out.append(code)
