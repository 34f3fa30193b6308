"""Symbol tables as numpy columns, for tables of a size where an object per symbol costs too much.

    columns = elf.symbol_columns();  columns["value"], columns.names()
    data, strings = build_symbols(form, names, value=..., size=..., info=..., shndx=...)

The columns are those of the schema's symbol record; the tables are views into the file.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from functools import partial
from typing import Any

from .consts import SHN_LORESERVE, SHN_XINDEX
from .encode import Form
from .layouts import RECORDS
from .model import ElfError, Section, Symbol
from .pack import Layout


class SymbolColumns:
    """A symbol table: `columns[field]` is a numpy array with one element per symbol, the null symbol first.

    Fields: "name" (offset in the string table), "info" (binding << 4 | type), "other", "shndx", "value", "size".
    """

    def __init__(self, record: Layout, data: memoryview, strings: bytes | bytearray | memoryview) -> None:
        import numpy

        self.rows = numpy.frombuffer(data, record.dtype())
        self.strings = strings

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, field: str) -> Any:
        return self.rows[field]

    def names(self) -> list[str]:
        """All names. Raises ElfError if one lies outside the string table."""
        import numpy

        table = bytes(self.strings)
        starts = self.rows["name"].astype(numpy.int64)
        ends = numpy.flatnonzero(numpy.frombuffer(table, numpy.uint8) == 0)
        found = numpy.searchsorted(ends, starts)
        if len(starts) and (not len(ends) or found.max() >= len(ends)):
            raise ElfError("the name of a symbol lies outside its string table")
        stops = ends[found] if len(starts) else starts
        if int((stops - starts).sum()) > 4 * len(table) + (1 << 26):
            raise ElfError("the names of the symbols overlap too much")
        decode = table.decode("utf-8", "surrogateescape") if table.isascii() else ""
        if decode:
            return [decode[start:stop] for start, stop in zip(starts.tolist(), stops.tolist())]
        return [table[start:stop].decode("utf-8", "surrogateescape") for start, stop in zip(starts.tolist(), stops.tolist())]


def symbol_list(columns: SymbolColumns, sections: Sequence[Section], extended: Sequence[int], table: str) -> list[Symbol]:
    """The symbols of a table as objects. `extended`: section numbers for SHN_XINDEX, [] if the file has none.

    Raises ElfError for names and sections that do not exist.
    """
    import numpy

    numbers = columns["shndx"].astype(numpy.int64)
    special = numbers >= SHN_LORESERVE
    if extended:
        far = numpy.zeros(len(numbers), numpy.int64)
        far[:len(extended)] = extended[:len(numbers)]
        large = numbers == SHN_XINDEX
        numbers[large] = far[large]
        special &= ~large
    wrong = numpy.flatnonzero(~special & (numbers >= len(sections)))
    if len(wrong):
        raise ElfError(f"symbol {wrong[0]} of {table} lies in section {numbers[wrong[0]]}, which does not exist")
    known: dict[int, Section | int] = {}
    for number, own in set(zip(numbers.tolist(), special.tolist())):
        known[number + (1 << 40) * own] = number if own or not number else sections[number]
    homes = map(known.__getitem__, (numbers + (special.astype(numpy.int64) << 40)).tolist())
    info = columns["info"]
    rows = zip(columns.names(), columns["value"].tolist(), columns["size"].tolist(), homes, (info >> 4).tolist(),
               (info & 15).tolist(), columns["other"].tolist())
    # What Symbol._make does, without a Python frame per symbol. The collector would look at all of them again and again and
    # find nothing: that is two thirds of the time.
    running = gc.isenabled()
    gc.disable()
    try:
        return list(map(partial(tuple.__new__, Symbol), rows))
    finally:
        if running:
            gc.enable()


def build_symbols(form: Form, names: Sequence[str], **columns: Any) -> tuple[bytes, bytes]:
    """The contents of a symbol table and its string table, the null symbol included.

    `columns`: the fields "info", "other", "shndx", "value" and "size", each an array of one element per name or one number
    for all; those left out are 0. Locals must come first, as in every symbol table. Raises ElfError for columns of another
    length, values out of range and names with a NUL.
    """
    import numpy

    text = "\0".join(names).encode("utf-8", "surrogateescape")
    table = b"\0" + text + b"\0" if names else b"\0"
    ends = numpy.flatnonzero(numpy.frombuffer(table, numpy.uint8) == 0)
    if len(ends) != len(names) + 1:
        raise ElfError("the name of a symbol holds a NUL")
    rows = numpy.zeros(len(names) + 1, RECORDS["sym", form.bits, form.order].dtype())
    rows["name"][1:] = ends[:-1] + 1
    for field, values in columns.items():
        if field == "name" or field not in (rows.dtype.names or ()):
            raise ElfError(f"symbols have no column {field!r}")
        column = numpy.asarray(values)
        if column.ndim and len(column) != len(names):
            raise ElfError(f"column {field!r} has {len(column)} rows, not {len(names)}")
        if column.size:
            low, high = int(column.min()), int(column.max())
            if low < 0 or high >> 8 * rows.dtype[field].itemsize:
                raise ElfError(f"column {field!r} has values from {low} to {high}, which its field cannot hold")
        rows[field][1:] = column
    return rows.tobytes(), table
