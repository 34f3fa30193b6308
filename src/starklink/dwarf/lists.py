"""Range and location lists: version 5 (`.debug_rnglists`, `.debug_loclists`) and before (`.debug_ranges`,
`.debug_loc`).

Every method returns the list's offset in its section, for a DW_FORM_sec_offset attribute. The unit's base address is
taken to be 0, so lists name their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .consts import LLE, RLE
from .layouts import LISTS_5
from .leb import uleb
from .section import DebugSection

_ALL_ONES: Final = (1 << 64) - 1


class RangeLists:
    """The range lists of one unit."""

    def __init__(self, version: int, linked: bool = False) -> None:
        self.version = version
        self.section = DebugSection(".debug_rnglists" if version >= 5 else ".debug_ranges", linked)

    def add(self, ranges: Sequence[tuple[str, int, int]]) -> int:
        """A list of (symbol, start, end): the bytes [symbol + start, symbol + end)."""
        section = self.section
        if self.version >= 5:
            _header(section)
            offset = len(section.data)
            for symbol, start, end in ranges:
                section.data.append(RLE["start_length"])
                section.address(symbol, start)
                section.data += uleb(end - start)
            section.data.append(RLE["end_of_list"])
        else:
            offset = len(section.data)
            for symbol, start, end in ranges:
                section.address(symbol, start)
                section.address(symbol, end)
            section.data += bytes(16)
        return offset

    def add_in(self, symbol: str, ranges: Sequence[tuple[int, int]]) -> int:
        """A list of ranges (start, end) that all count from `symbol`."""
        section = self.section
        if self.version >= 5:
            _header(section)
            offset = len(section.data)
            section.data.append(RLE["base_address"])
            section.address(symbol)
            for start, end in ranges:
                section.data.append(RLE["offset_pair"])
                section.data += uleb(start) + uleb(end)
            section.data.append(RLE["end_of_list"])
        else:
            offset = len(section.data)
            section.address("", _ALL_ONES)
            section.address(symbol)
            for start, end in ranges:
                section.address("", start)
                section.address("", end)
            section.data += bytes(16)
        return offset


class LocationLists:
    """The location lists of one unit."""

    def __init__(self, version: int, linked: bool = False) -> None:
        self.version = version
        self.section = DebugSection(".debug_loclists" if version >= 5 else ".debug_loc", linked)

    def add_in(self, symbol: str, entries: Sequence[tuple[int, int, bytes]]) -> int:
        """A list of (start, end, expression) with addresses counted from `symbol`."""
        section = self.section
        data = section.data
        if self.version >= 5:
            _header(section)
            offset = len(data)
            if len(entries) == 1:
                start, end, expression = entries[0]
                data.append(LLE["start_length"])
                section.address(symbol, start)
                data += uleb(end - start) + uleb(len(expression)) + expression
            else:
                data.append(LLE["base_address"])
                section.address(symbol)
                for start, end, expression in entries:
                    data.append(LLE["offset_pair"])
                    data += uleb(start) + uleb(end) + uleb(len(expression)) + expression
            data.append(LLE["end_of_list"])
        else:
            offset = len(data)
            section.address("", _ALL_ONES)
            section.address(symbol)
            for start, end, expression in entries:
                section.address("", start)
                section.address("", end)
                data += len(expression).to_bytes(2, "little") + expression
            data += bytes(16)
        return offset


def _header(section: DebugSection) -> None:
    """Begin a version 5 section; `finish_lists` sets its length."""
    if not section.data:
        section.data += LISTS_5.pack(0, 5, 8, 0, 0)


def finish_lists(section: DebugSection, version: int) -> None:
    """Set the length of a version 5 section that is complete."""
    if version >= 5 and section.data:
        section.put32(0, len(section.data) - 4)
