"""The rules of `verify` about line tables, call frames, indexes and macros."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from .consts import REGISTERS
from .cursor import DwarfError
from .framereader import Fde, frames
from .linereader import LineRow, LineUnit
from .query import DebugFile
from .sections import name_hash
from .tablereader import aranges, header_rows, macros, name_indexes
from .verifier import Finding, Rule


def lines(info: DebugFile, relocatable: bool) -> Iterator[Finding]:
    """DW13: sequences end, ascend, and name files and lines that can be."""
    seen: set[int] = set()
    for unit in info.units:
        if unit.root.get("stmt_list") in seen:
            continue
        try:
            table = unit.lines
        except DwarfError as error:
            yield "DW13", f"the line table of {unit.root!r}: {error}", ".debug_line"
            continue
        if table is None:
            continue
        seen.add(table.offset)
        for number, name in enumerate(table.files):
            if (number or table.version >= 5) and not 0 <= name.directory < max(1, len(table.directories)):
                yield ("DW13", f"file {number} of the line table at {table.offset:#x} is in directory {name.directory}, which "
                       "is not there", ".debug_line")
        yield from _rows(table)


def _rows(table: LineUnit) -> Iterator[Finding]:
    where = f"of the line table at {table.offset:#x}"
    before: LineRow | None = None
    for row in table.rows:
        if before is not None and row.address < before.address:
            yield "DW13", f"a row {where} goes back from {before.address:#x} to {row.address:#x}", ".debug_line"
        if not row.end and not (0 if table.version >= 5 else 1) <= row.file < len(table.files):
            yield "DW13", f"a row {where} at {row.address:#x} is in file {row.file}, which is not there", ".debug_line"
        if row.line < 0:
            yield "DW13", f"a row {where} at {row.address:#x} has line {row.line}", ".debug_line"
        before = None if row.end else row
    if before is not None:
        yield "DW13", f"the last sequence {where} does not end", ".debug_line"


def call_frames(info: DebugFile, relocatable: bool) -> Iterator[Finding]:
    """DW15: every function has a CFA and a return address everywhere, rules do not run past its end, functions do not
    overlap."""
    for section in (".eh_frame", ".debug_frame"):
        if not info.dwarf.section(section):
            continue
        try:
            found = frames(info.dwarf, section, info.frame_addresses.get(section, 0))
        except DwarfError as error:
            yield "DW15", str(error), section
            continue
        for fde in found:
            yield from _frame(fde, section)
        if not relocatable:
            ordered = sorted((fde for fde in found if fde.size), key=lambda fde: fde.begin)
            for one, other in pairwise(ordered):
                if other.begin < one.begin + one.size and one.begin:
                    yield "DW15", f"the frames of {one.begin:#x} and {other.begin:#x} overlap", section


def _frame(fde: Fde, section: str) -> Iterator[Finding]:
    where = f"the frame of {fde.begin:#x}"
    try:
        rows = fde.rows()
    except DwarfError as error:
        yield "DW15", f"{where}: {error}", section
        return
    for row in rows:
        if row.address > fde.begin + fde.size:
            yield "DW15", f"{where} has rules at {row.address:#x}, behind its end", section
        if row.register < 0 and not row.offset and "cfa" not in row.rules.get(-1, ("",))[0]:
            yield "DW15", f"{where} has no CFA at {row.address:#x}", section
        elif row.register >= len(REGISTERS) + 100:
            yield "DW15", f"{where} counts the CFA from register {row.register}", section
    if fde.cie.return_register not in rows[0].rules and fde.size:
        yield "DW15", f"{where} does not say where the return address is", section


def frame_index(info: DebugFile, relocatable: bool) -> Iterator[Finding]:
    """DW16: the index ascends and leads to the frames that begin there."""
    if not info.dwarf.section(".eh_frame_hdr") or not info.dwarf.section(".eh_frame"):
        return
    rows = header_rows(info.dwarf, info.frame_addresses.get(".eh_frame_hdr", 0))
    if rows != sorted(rows):
        yield "DW16", "the rows do not ascend", ".eh_frame_hdr"
    base = info.frame_addresses.get(".eh_frame", 0)
    known = {base + fde.offset: fde.begin for fde in frames(info.dwarf, ".eh_frame", base)}
    for begin, place in rows:
        if known.get(place) != begin:
            yield "DW16", f"the row of {begin:#x} leads to {place:#x}, where no frame of it is", ".eh_frame_hdr"


def address_ranges(info: DebugFile, relocatable: bool) -> Iterator[Finding]:
    """DW17: rows name units, and code that the unit covers."""
    if not info.dwarf.section(".debug_aranges"):
        return
    units = {unit.header.offset: unit for unit in info.units if unit.header.section == ".debug_info"}
    try:
        rows = aranges(info.dwarf)
    except DwarfError as error:
        yield "DW17", str(error), ".debug_aranges"
        return
    for row in rows:
        unit = units.get(row.unit)
        if unit is None:
            yield "DW17", f"a range belongs to the unit at {row.unit:#x}, where none begins", ".debug_aranges"
            continue
        whole = [one for one in unit.root.ranges if one[1] > one[0]]
        if whole and row.size and not any(start <= row.address and row.address + row.size <= end for start, end in whole) and \
                any(row.address < end and start < row.address + row.size for start, end in whole):
            yield "DW17", f"the range {row.address:#x}+{row.size:#x} is only partly code of {unit.root!r}", ".debug_aranges"


def names(info: DebugFile, relocatable: bool) -> Iterator[Finding]:
    """DW18: hashes are right, names are in their buckets, and entries have those names."""
    if not info.dwarf.section(".debug_names"):
        return
    try:
        indexes = name_indexes(info.dwarf)
    except DwarfError as error:
        yield "DW18", str(error), ".debug_names"
        return
    for index in indexes:
        count = len(index.buckets)
        for number, value in enumerate(index.hashes, 1):
            first = index.buckets[value % count]
            if not first or number < first or any(index.hashes[other - 1] % count != value % count
                                                  for other in range(first, number)):
                yield "DW18", f"name {number} is not in its bucket", ".debug_names"
        for entry in index.entries:
            if entry.hash not in (-1, name_hash(entry.text)):
                yield "DW18", f"the hash of {entry.text!r} is {name_hash(entry.text):#x}, not {entry.hash:#x}", ".debug_names"
            if entry.unit < 0 or entry.offset < 0:
                continue
            try:
                node = info.entry(entry.unit + entry.offset)
            except DwarfError as error:
                yield "DW18", f"the name {entry.text!r}: {error}", ".debug_names"
                continue
            known = {node.inherited("name"), node.inherited("linkage_name"), "(anonymous namespace)"}
            if entry.text not in known or node.tag != entry.tag:
                yield "DW18", f"the name {entry.text!r} leads to {node!r}", ".debug_names"


def macro_tables(info: DebugFile, relocatable: bool) -> Iterator[Finding]:
    """DW19: files open and close, and are there."""
    for unit in info.units:
        offset = unit.root.get("macros", unit.root.get("macro_info", unit.root.get("GNU_macros")))
        if offset is None:
            continue
        try:
            found = macros(info.dwarf, offset, unit.version, unit.header.bases.get("str_offsets_base", -1))
        except DwarfError as error:
            yield "DW19", f"the macros of {unit.root!r}: {error}", ".debug_macro"
            continue
        depth = 0
        for entry in found:
            depth += (entry.kind == "start_file") - (entry.kind == "end_file")
            if depth < 0:
                yield "DW19", f"a file of the macros of {unit.root!r} ends that never began", ".debug_macro"
                depth = 0
            if entry.kind == "start_file" and unit.lines is not None and not 0 <= entry.number < len(unit.lines.files):
                yield "DW19", f"the macros of {unit.root!r} name file {entry.number}, which is not there", ".debug_macro"
        if depth:
            yield "DW19", f"{depth} files of the macros of {unit.root!r} do not end", ".debug_macro"


RULES: Final[tuple[Rule, ...]] = (lines, call_frames, frame_index, address_ranges, names, macro_tables)
