"""Range and location lists: version 5 (`.debug_rnglists`, `.debug_loclists`) and before (`.debug_ranges`,
`.debug_loc`).

Every method returns the list's offset in its section, for a DW_FORM_sec_offset attribute. The unit's base address is
taken to be 0, so lists name their own. With a table of addresses (version 5) lists refer to that, and what is returned is the
list's number, for DW_FORM_rnglistx or loclistx.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ..objwriter.elf.pack import Layout
from ..objwriter.model import Fixup
from . import layouts
from .consts import LLE, RLE
from .exprs import Expression
from .leb import uleb
from .section import DebugSection

_ALL_ONES: Final = (1 << 64) - 1
Indexer = Callable[[str, int], int]
"""The number of symbol + addend in a table of addresses."""
Located = bytes | Expression


class _Lists:
    """Lists of one unit and one kind."""

    def __init__(self, name: str, version: int, linked: bool, offset_size: int, index: Indexer | None) -> None:
        self.version = version
        self.section = DebugSection(name, linked, offset_size)
        self.index = index
        self.base = 0
        self.starts: list[int] = []

    def _begin(self) -> int:
        """Start a list: what refers to it."""
        section = self.section
        if self.version >= 5 and self.index is None and not section.data:
            section.data += bytes(_head(section).size)
        self.starts.append(len(section.data))
        return len(self.starts) - 1 if self.index else self.base + len(section.data)

    def _base(self, symbol: str, index_code: int, code: int) -> None:
        """Make symbol the base of the pairs that follow."""
        if self.index:
            self.section.data.append(index_code)
            self.section.data += uleb(self.index(symbol, 0))
        else:
            self.section.data.append(code)
            self.section.address(symbol)

    def _start(self, symbol: str, start: int, end: int, index_code: int, code: int) -> None:
        if self.index:
            self.section.data.append(index_code)
            self.section.data += uleb(self.index(symbol, start))
        else:
            self.section.data.append(code)
            self.section.address(symbol, start)
        self.section.data += uleb(end - start)


class RangeLists(_Lists):
    """The range lists of one unit."""

    def __init__(self, version: int, linked: bool = False, offset_size: int = 4, index: Indexer | None = None) -> None:
        super().__init__(".debug_rnglists" if version >= 5 else ".debug_ranges", version, linked, offset_size, index)

    def add(self, ranges: Sequence[tuple[str, int, int]]) -> int:
        """A list of (symbol, start, end): the bytes [symbol + start, symbol + end)."""
        section = self.section
        number = self._begin()
        if self.version >= 5:
            for symbol, start, end in ranges:
                self._start(symbol, start, end, RLE["startx_length"], RLE["start_length"])
            section.data.append(RLE["end_of_list"])
        else:
            for symbol, start, end in ranges:
                section.address(symbol, start)
                section.address(symbol, end)
            section.data += bytes(16)
        return number

    def add_in(self, symbol: str, ranges: Sequence[tuple[int, int]]) -> int:
        """A list of ranges (start, end) that all count from `symbol`."""
        section = self.section
        number = self._begin()
        if self.version >= 5:
            self._base(symbol, RLE["base_addressx"], RLE["base_address"])
            for start, end in ranges:
                section.data.append(RLE["offset_pair"])
                section.data += uleb(start) + uleb(end)
            section.data.append(RLE["end_of_list"])
        else:
            section.address("", _ALL_ONES)
            section.address(symbol)
            for start, end in ranges:
                section.address("", start)
                section.address("", end)
            section.data += bytes(16)
        return number


class LocationLists(_Lists):
    """The location lists of one unit."""

    def __init__(self, version: int, linked: bool = False, offset_size: int = 4, index: Indexer | None = None) -> None:
        super().__init__(".debug_loclists" if version >= 5 else ".debug_loc", version, linked, offset_size, index)

    def add_in(self, symbol: str, entries: Sequence[tuple[int, int, Located]], default: Located | None = None) -> int:
        """A list of (start, end, expression) with addresses counted from `symbol`. `default` holds wherever no entry does
        (version 5; ValueError before)."""
        section = self.section
        data = section.data
        number = self._begin()
        if self.version >= 5:
            if len(entries) == 1:
                start, end, expression = entries[0]
                self._start(symbol, start, end, LLE["startx_length"], LLE["start_length"])
                self._located(expression)
            else:
                self._base(symbol, LLE["base_addressx"], LLE["base_address"])
                for start, end, expression in entries:
                    data.append(LLE["offset_pair"])
                    data += uleb(start) + uleb(end)
                    self._located(expression)
            if default is not None:
                data.append(LLE["default_location"])
                self._located(default)
            data.append(LLE["end_of_list"])
            return number
        if default is not None:
            raise ValueError("a default location needs DWARF 5")
        section.address("", _ALL_ONES)
        section.address(symbol)
        for start, end, expression in entries:
            section.address("", start)
            section.address("", end)
            self._located(expression)
        section.address("", 0)
        section.address("", 0)
        return number

    def _located(self, expression: Located) -> None:
        data = expression if isinstance(expression, bytes) else expression.data
        section = self.section
        section.data += uleb(len(data)) if self.version >= 5 else len(data).to_bytes(2, "little")
        if not isinstance(expression, bytes):
            if expression.references:
                raise ValueError("an expression in a location list cannot refer to entries here")
            section.fixups += [Fixup(len(section.data) + offset, 1, symbol, addend)
                               for offset, symbol, addend in expression.addresses]
        section.data += data


def _head(section: DebugSection) -> Layout:
    return layouts.LISTS_5 if section.offset_size == 4 else layouts.LISTS_5_64


def finish_lists(lists: _Lists) -> None:
    """Complete the header of a version 5 section, and with a table of addresses the offsets of its lists."""
    section = lists.section
    if lists.version < 5 or not section.data:
        return
    size = section.offset_size
    head = _head(section)
    count = 0
    if lists.index:
        count = len(lists.starts)
        table = b"".join([(start + count * size).to_bytes(size, "little") for start in lists.starts])
        section.data[:0] = bytes(head.size) + table
        moved = head.size + len(table)
        section.fixups = [Fixup(offset + moved, kind, symbol, addend) for offset, kind, symbol, addend in section.fixups]
    values = {"escape": 0xFFFFFFFF, "length": len(section.data) - (4 if size == 4 else 12), "version": 5, "address_size": 8,
              "segment_size": 0, "offset_count": count}
    section.data[:head.size] = head.pack(*[values[field] for field in head.fields])
