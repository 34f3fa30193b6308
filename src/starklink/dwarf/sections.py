"""The smaller sections: address and string offset tables, address ranges, accelerated names, macros and gdb scripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from ..objwriter.elf.pack import Layout
from ..objwriter.model import Fragment
from . import layouts
from .consts import FORM, TAG
from .leb import uleb
from .rows import IDX, MACINFO, MACRO
from .section import DebugSection
from .strings import Strings


class AddressTable:
    """`.debug_addr` of one unit: addresses by number, each once."""

    def __init__(self) -> None:
        self.numbers: dict[tuple[str, int], int] = {}

    def __call__(self, symbol: str, addend: int = 0) -> int:
        """The number of symbol + addend."""
        return self.numbers.setdefault((symbol, addend), len(self.numbers))

    def section(self, offset_size: int = 4) -> DebugSection:
        """The finished contribution; addresses begin behind its header (`header_size`)."""
        section = DebugSection(".debug_addr", False, offset_size)
        section.data += _header("ADDRESSES", offset_size, 8 * len(self.numbers), version=5, address_size=8, segment_size=0)
        for symbol, addend in self.numbers:
            section.address(symbol, addend)
        return section


class StringOffsets:
    """`.debug_str_offsets` of one unit: strings by number, each once."""

    def __init__(self, strings: Strings) -> None:
        self.strings = strings
        self.numbers: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        """The number of a text."""
        return self.numbers.setdefault(text, len(self.numbers))

    def section(self, linked: bool, offset_size: int = 4, suffix: str = "") -> DebugSection:
        """The finished contribution."""
        section = DebugSection(".debug_str_offsets" + suffix, linked, offset_size)
        section.data += _header("STR_OFFSETS", offset_size, offset_size * len(self.numbers), version=5, padding=0)
        for text in self.numbers:
            section.offset(".debug_str" + suffix, self.strings[text])
        return section


def header_size(name: str, offset_size: int) -> int:
    """Bytes of a header of `layouts`."""
    return _layout(name, offset_size).size


def _layout(name: str, offset_size: int) -> Layout:
    found: Layout = getattr(layouts, name + ("_64" if offset_size == 8 else ""))
    return found


def _header(name: str, offset_size: int, body: int, **values: int) -> bytes:
    """A header for so many bytes of content behind it."""
    layout = _layout(name, offset_size)
    values |= {"escape": 0xFFFFFFFF, "length": layout.size + body - (4 if offset_size == 4 else 12)}
    return layout.pack(*[values[field] for field in layout.fields])


# -- .debug_aranges ----------------------------------------------------------------------------------------------------

class AddressRange(NamedTuple):
    """`size` bytes of code or data at symbol + addend."""

    symbol: str
    addend: int
    size: int


def add_aranges(section: DebugSection, unit_offset: int, ranges: Sequence[AddressRange]) -> None:
    """Append the ranges of one unit to `.debug_aranges`. `unit_offset`: of the unit in `.debug_info`."""
    size = section.offset_size
    start = len(section.data)
    layout = _layout("ARANGES", size)
    padding = -layout.size % 16  # pairs are aligned to their own size
    section.data += _header("ARANGES", size, padding + 16 * (len(ranges) + 1), version=2, info_offset=unit_offset,
                            address_size=8, segment_size=0)
    end, section.data = len(section.data), section.data[:start + (6 if size == 4 else 14)]
    section.offset(".debug_info", unit_offset)
    section.data += b"\x08\0" + bytes(padding)
    assert len(section.data) == end + padding
    for symbol, addend, length in ranges:
        section.address(symbol, addend)
        section.address("", length)
    section.data += bytes(16)


# -- .debug_names ------------------------------------------------------------------------------------------------------

class Name(NamedTuple):
    """A name with the entry it means: number of its unit among all, offset of the entry in that unit."""

    text: str
    tag: str
    unit: int
    offset: int


def name_hash(text: str) -> int:
    """The hash of the table: Bernstein's over the case-folded name (DWARF 5 section 6.1.1.4.5)."""
    value = 5381
    for byte in text.lower().encode("utf-8", "surrogateescape"):
        value = value * 33 + byte & 0xFFFFFFFF
    return value


def debug_names(units: Sequence[int], names: Iterable[Name], strings: Strings, linked: bool = False) -> DebugSection:
    """`.debug_names` (version 5) for units at these offsets of `.debug_info`."""
    section = DebugSection(".debug_names", linked)
    groups: dict[str, list[Name]] = {}
    for one in sorted(names):
        groups.setdefault(one.text, []).append(one)
    buckets = max(1, len(groups) * 3 // 4)
    ordered = sorted(groups, key=lambda text: (name_hash(text) % buckets, name_hash(text), text))
    several = len(units) > 1
    codes: dict[str, int] = {}
    abbreviations = bytearray()
    pool = bytearray()
    places: list[int] = []
    for text in ordered:
        places.append(len(pool))
        for one in groups[text]:
            if one.tag not in codes:
                code = codes[one.tag] = len(codes) + 1
                columns = [IDX["compile_unit"], FORM["udata"]] if several else []
                columns += [IDX["die_offset"], FORM["ref4"], 0, 0]
                abbreviations += uleb(code) + uleb(TAG[one.tag]) + bytes(columns)
            pool += uleb(codes[one.tag]) + (uleb(one.unit) if several else b"") + one.offset.to_bytes(4, "little")
        pool.append(0)
    abbreviations.append(0)
    first = [0] * buckets
    for number, text in enumerate(ordered, 1):
        bucket = name_hash(text) % buckets
        first[bucket] = first[bucket] or number
    body = 4 * len(units) + 4 * buckets + 12 * len(ordered) + len(abbreviations) + len(pool)
    section.data += _header("NAMES", 4, body, version=5, padding=0, unit_count=len(units), local_type_count=0,
                            foreign_type_count=0, bucket_count=buckets, name_count=len(ordered),
                            abbreviations=len(abbreviations), augmentation_size=0)
    for offset in units:
        section.offset(".debug_info", offset)
    for number in first:
        section.data += number.to_bytes(4, "little")
    for text in ordered:
        section.data += name_hash(text).to_bytes(4, "little")
    for text in ordered:
        section.offset(".debug_str", strings[text])
    for place in places:
        section.data += place.to_bytes(4, "little")
    section.data += abbreviations + pool
    return section


# -- macros ------------------------------------------------------------------------------------------------------------

class Macros:
    """The macros of one unit, in source order: `.debug_macro` since version 5, `.debug_macinfo` before.

        macros.define(0, "VERSION 3")
        with macros.included(2, header):      # line 2 of the file outside includes file number `header`
            macros.define(1, "MAX(a,b) ((a)>(b)?(a):(b))")
        macros.undefine(9, "VERSION")
    """

    def __init__(self, version: int, offset_size: int = 4) -> None:
        self.version = version
        self.offset_size = offset_size
        self.items: list[tuple[str, int, str, int]] = []

    def define(self, line: int, text: str) -> None:
        """`#define text` at a line (0: on the command line)."""
        self.items.append(("define", line, text, 0))

    def undefine(self, line: int, name: str) -> None:
        """`#undef name`."""
        self.items.append(("undef", line, name, 0))

    def start_file(self, line: int, file: int) -> None:
        """File number `file` begins, included at a line of the one before."""
        self.items.append(("start_file", line, "", file))

    def end_file(self) -> None:
        """The innermost file ends."""
        self.items.append(("end_file", 0, "", 0))

    def section(self, strings: Strings, linked: bool = False, line_offset: int | None = None) -> DebugSection:
        """The finished contribution. Long texts go to the string table (version 5). Raises ValueError if files are not
        closed."""
        depth = 0
        for kind, _, _, _ in self.items:
            depth += (kind == "start_file") - (kind == "end_file")
            if depth < 0:
                raise ValueError("a file of the macro table ends that never began")
        if depth:
            raise ValueError(f"{depth} files of the macro table are open")
        new = self.version >= 5
        section = DebugSection(".debug_macro" if new else ".debug_macinfo", linked, self.offset_size)
        if new:
            flags = (self.offset_size == 8) | (2 if line_offset is not None else 0)
            section.data += (5).to_bytes(2, "little") + bytes((flags,))
            if line_offset is not None:
                section.offset(".debug_line", line_offset)
        for kind, line, text, file in self.items:
            if kind in ("define", "undef"):
                if new and len(text) >= self.offset_size:
                    section.data += bytes((MACRO[kind + "_strp"],)) + uleb(line)
                    section.offset(".debug_str", strings[text])
                else:
                    section.data += bytes((MACINFO[kind],)) + uleb(line)
                    section.data += text.encode("utf-8", "surrogateescape") + b"\0"
            elif kind == "start_file":
                section.data += bytes((MACINFO[kind],)) + uleb(line) + uleb(file)
            else:
                section.data.append(MACINFO[kind])
        section.data.append(0)
        return section


SCRIPT_FILE: Final = 1
SCRIPT_TEXT: Final = 4


def gdb_scripts(files: Iterable[str] = (), texts: Iterable[tuple[str, str]] = ()) -> Fragment:
    """`.debug_gdb_scripts`: names of Python files to load, and (name, Python text) pairs to run."""
    out = bytearray()
    for name in files:
        out += bytes((SCRIPT_FILE,)) + name.encode() + b"\0"
    for name, text in texts:
        out += bytes((SCRIPT_TEXT,)) + f"{name}\n{text}".encode() + b"\0"
    return Fragment("", ".debug_gdb_scripts", bytes(out))
