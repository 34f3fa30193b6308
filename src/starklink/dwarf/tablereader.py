"""Reads the smaller sections: `.debug_aranges`, `.debug_names`, `.debug_macro` and `.debug_macinfo`, `.debug_gdb_scripts`,
`.eh_frame_hdr`, and the bounds of `.debug_addr` and `.debug_str_offsets`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from .consts import EH_PE_DATAREL, EH_PE_PCREL, FORM, TAG
from .cursor import Cursor, DwarfError
from .reader import Dwarf
from .rows import IDX, MACINFO, MACRO


def contributions(dwarf: Dwarf, section: str) -> Iterator[tuple[int, int, Cursor]]:
    """(offset, size of offsets, cursor behind the length) of each part of a section that begins with a length."""
    cursor = dwarf.cursor(section)
    while not cursor.at_end:
        start = cursor.at
        size, offset_size = cursor.initial_length()
        end = cursor.at + size
        if end > cursor.end:
            raise DwarfError(f"the table at {start:#x} is longer than {section}")
        yield start, offset_size, Cursor(cursor.data, cursor.at, end, dwarf.order, section)
        cursor.at = end


# -- address ranges ----------------------------------------------------------------------------------------------------

class Arange(NamedTuple):
    """`size` bytes at `address` belong to the unit at offset `unit` of `.debug_info`."""

    unit: int
    address: int
    size: int


def aranges(dwarf: Dwarf) -> list[Arange]:
    """All rows of `.debug_aranges`."""
    out: list[Arange] = []
    for start, offset_size, cursor in contributions(dwarf, ".debug_aranges"):
        version = cursor.u16()
        unit, size, segment = cursor.uint(offset_size), cursor.u8(), cursor.u8()
        if version != 2 or size not in (2, 4, 8) or segment:
            raise DwarfError(f"the address ranges at {start:#x} have version {version}, addresses of {size} bytes and segments "
                             f"of {segment}")
        cursor.skip(-(cursor.at - start) % (2 * size))
        while not cursor.at_end:
            address, length = cursor.uint(size), cursor.uint(size)
            if not address and not length:
                break
            out.append(Arange(unit, address, length))
    return out


# -- names -------------------------------------------------------------------------------------------------------------

class NameEntry(NamedTuple):
    """An entry of the index: a name, its tag, the offset of its unit in `.debug_info` and of the entry in the unit (-1: the
    index does not say); `hash`: of the name as the table has it (-1: no table)."""

    text: str
    tag: str
    unit: int
    offset: int
    hash: int


class NameIndex(NamedTuple):
    """One index of `.debug_names`. `buckets[i]` is the number (from 1) of the first name of a bucket, 0 for none; `hashes` in the
    order of the names."""

    offset: int
    units: tuple[int, ...]
    buckets: tuple[int, ...]
    hashes: tuple[int, ...]
    entries: tuple[NameEntry, ...]


def name_indexes(dwarf: Dwarf) -> list[NameIndex]:
    """All indexes of `.debug_names`."""
    return [_index(dwarf, start, size, cursor) for start, size, cursor in contributions(dwarf, ".debug_names")]


def _index(dwarf: Dwarf, start: int, size: int, cursor: Cursor) -> NameIndex:
    version = cursor.u16()
    if version != 5:
        raise DwarfError(f"the name index at {start:#x} has version {version}")
    cursor.skip(2)
    counts = [cursor.u32() for _ in range(7)]
    units, local, foreign, buckets, names, abbreviations, augmentation = counts
    cursor.skip(augmentation)
    needed = units * size + local * size + foreign * 8 + buckets * 4 + names * (2 * size + (4 if buckets else 0)) + abbreviations
    if needed > cursor.end - cursor.at:
        raise DwarfError(f"the name index at {start:#x} is shorter than its header says")
    homes = tuple(cursor.uint(size) for _ in range(units))
    cursor.skip(local * size + foreign * 8)
    first = tuple(cursor.u32() for _ in range(buckets))
    hashes = tuple(cursor.u32() for _ in range(names)) if buckets else ()
    texts = [cursor.uint(size) for _ in range(names)]
    places = [cursor.uint(size) for _ in range(names)]
    pool = cursor.at + abbreviations
    table = _abbreviations(cursor, pool)
    found: list[NameEntry] = []
    for number, (text, place) in enumerate(zip(texts, places)):
        name = dwarf.cursor(".debug_str", text).string()
        cursor.at = pool + place
        if cursor.at > cursor.end:
            raise DwarfError(f"the name {name!r} of the index at {start:#x} has no entries")
        while code := cursor.uleb():
            if code not in table:
                raise DwarfError(f"the name {name!r} of the index at {start:#x} has the unknown abbreviation {code}")
            tag, columns = table[code]
            values: dict[int, int] = {}
            for column, form in columns:
                values[column] = _value(cursor, form, size)
            home = values.get(IDX["compile_unit"], 0 if units == 1 and IDX["type_unit"] not in values else -1)
            unit = homes[home] if 0 <= home < len(homes) else -1
            found.append(NameEntry(name, tag, unit, values.get(IDX["die_offset"], -1),
                                   hashes[number] if hashes else -1))
    return NameIndex(start, homes, first, hashes, tuple(found))


def _abbreviations(cursor: Cursor, end: int) -> dict[int, tuple[str, list[tuple[int, int]]]]:
    out: dict[int, tuple[str, list[tuple[int, int]]]] = {}
    while cursor.at < end and (code := cursor.uleb()):
        tag = TAG.name(cursor.uleb())
        columns: list[tuple[int, int]] = []
        while True:
            column, form = cursor.uleb(), cursor.uleb()
            if not column and not form:
                break
            columns.append((column, form))
        out[code] = (tag, columns)
    return out


def _value(cursor: Cursor, form: int, offset_size: int) -> int:
    name = FORM.name(form)
    sizes = {"data1": 1, "data2": 2, "data4": 4, "data8": 8, "ref1": 1, "ref2": 2, "ref4": 4, "ref8": 8, "flag": 1,
             "ref_sig8": 8, "sec_offset": offset_size}
    if name in sizes:
        return cursor.uint(sizes[name])
    if name in ("udata", "ref_udata"):
        return cursor.uleb()
    if name == "flag_present":
        return 1
    raise DwarfError(f"form {name} in a name index")


# -- macros ------------------------------------------------------------------------------------------------------------

class MacroEntry(NamedTuple):
    """An entry: "define", "undef" (text), "start_file" (`number`: the file), "end_file" or "import" (`number`: an offset)."""

    kind: str
    line: int
    text: str
    number: int


def macros(dwarf: Dwarf, offset: int, version: int, strings_base: int = -1) -> list[MacroEntry]:
    """The entries of the unit whose macros begin at an offset of `.debug_macro` (version 5) or `.debug_macinfo`.
    `strings_base`: of the unit's string offsets, for texts given by number."""
    if version < 5 and dwarf.section(".debug_macinfo"):
        return list(_old_macros(dwarf.cursor(".debug_macinfo", offset)))
    cursor = dwarf.cursor(".debug_macro", offset)
    if cursor.u16() not in (4, 5):
        raise DwarfError(f"the macros at {offset:#x} have an unknown version")
    flags = cursor.u8()
    size = 8 if flags & 1 else 4
    if flags & 2:
        cursor.skip(size)
    if flags & 4:
        raise DwarfError(f"the macros at {offset:#x} define operations of their own")
    out: list[MacroEntry] = []
    while code := cursor.u8():
        kind = MACRO.name(code)
        base = kind.split("_")[0]
        if kind in ("define", "undef"):
            out.append(MacroEntry(kind, cursor.uleb(), cursor.string(), 0))
        elif kind in ("define_strp", "undef_strp"):
            out.append(MacroEntry(base, cursor.uleb(), dwarf.cursor(".debug_str", cursor.uint(size)).string(), 0))
        elif kind in ("define_strx", "undef_strx"):
            line, number = cursor.uleb(), cursor.uleb()
            at = (strings_base if strings_base >= 0 else 2 * size) + number * size
            text = dwarf.cursor(".debug_str", dwarf.cursor(".debug_str_offsets", at).uint(size)).string()
            out.append(MacroEntry(base, line, text, 0))
        elif kind == "start_file":
            out.append(MacroEntry(kind, cursor.uleb(), "", cursor.uleb()))
        elif kind == "end_file":
            out.append(MacroEntry(kind, 0, "", 0))
        elif kind == "import":
            out.append(MacroEntry(kind, 0, "", cursor.uint(size)))
        else:
            raise DwarfError(f"unknown macro entry {kind} at {cursor.at - 1:#x}")
    return out


def _old_macros(cursor: Cursor) -> Iterator[MacroEntry]:
    while code := cursor.u8():
        kind = MACINFO.name(code)
        if kind in ("define", "undef", "vendor_ext"):
            yield MacroEntry(kind, cursor.uleb(), cursor.string(), 0)
        elif kind == "start_file":
            yield MacroEntry(kind, cursor.uleb(), "", cursor.uleb())
        elif kind == "end_file":
            yield MacroEntry(kind, 0, "", 0)
        else:
            raise DwarfError(f"unknown macro entry {kind} at {cursor.at - 1:#x}")


# -- the rest ----------------------------------------------------------------------------------------------------------

def gdb_scripts(dwarf: Dwarf) -> list[tuple[int, str]]:
    """(kind, text) of `.debug_gdb_scripts`: 1 a file name, 4 "name\\nscript"."""
    cursor = dwarf.cursor(".debug_gdb_scripts")
    out: list[tuple[int, str]] = []
    while not cursor.at_end:
        kind = cursor.u8()
        if not kind:
            continue  # padding
        out.append((kind, cursor.string()))
    return out


def header_rows(dwarf: Dwarf, address: int) -> list[tuple[int, int]]:
    """(begin, address of the FDE) of the search table in `.eh_frame_hdr`, which lies at `address`; [] for other encodings."""
    cursor = dwarf.cursor(".eh_frame_hdr")
    if cursor.u8() != 1:
        raise DwarfError(".eh_frame_hdr has an unknown version")
    frame, count, table = cursor.u8(), cursor.u8(), cursor.u8()
    if frame & 0x70 not in (0, EH_PE_PCREL) or count != 3 or table != EH_PE_DATAREL | 0xB:
        return []
    cursor.skip(4)
    rows = cursor.u32()
    if rows * 8 > cursor.end - cursor.at:
        raise DwarfError(f".eh_frame_hdr is too short for {rows} rows")
    return [(address + cursor.sint(4), address + cursor.sint(4)) for _ in range(rows)]


def string_offsets(dwarf: Dwarf) -> list[tuple[int, Any]]:
    """(place, offset in .debug_str) of all entries of `.debug_str_offsets` in version 5."""
    out: list[tuple[int, Any]] = []
    for start, size, cursor in contributions(dwarf, ".debug_str_offsets"):
        if cursor.u16() != 5:
            raise DwarfError(f"the string offsets at {start:#x} have an unknown version")
        cursor.skip(2)
        while cursor.end - cursor.at >= size:
            out.append((cursor.at, cursor.uint(size)))
    return out
