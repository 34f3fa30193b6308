"""Text dumps of ELF files in the manner of `readelf`: deterministic, one thing per line, made for diffs and golden tests.

Each part is formatted from the data that `data.py` has for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from . import data
from .data import Row, versioned
from .reader import Elf

_DEFAULT: Final = ("headers", "sections", "segments", "symbols", "relocations", "notes")


def dump(elf: Elf, parts: Iterable[str] = _DEFAULT) -> str:
    """The text of some parts of a file, in the order asked for. Raises KeyError for an unknown part."""
    return "\n".join("".join(f"{printable(line)}\n" for line in PARTS[part](data.PARTS[part](elf))) for part in parts)


def printable(line: str) -> str:
    """The line with `\\x1b` and the like for what must not reach a terminal: names in damaged files may hold anything."""
    if line.isprintable():
        return line
    return "".join(one if one.isprintable() else one.encode("unicode_escape", "surrogatepass").decode("ascii") for one in line)


def _headers(row: Row) -> Iterator[str]:
    yield "ELF Header:"
    for name, value in (
            ("Class", f"ELF{row['class']}"), ("Data", f"2's complement, {row['data']} endian"), ("Version", row["version"]),
            ("OS/ABI", row["os_abi"]), ("ABI Version", row["abi_version"]), ("Type", row["type"]), ("Machine", row["machine"]),
            ("Entry point address", f"{row['entry']:#x}"), ("Start of program headers", row["program_headers"]),
            ("Start of section headers", row["section_headers"]), ("Flags", f"{row['flags']:#x}"),
            ("Size of this header", row["header_size"]), ("Size of program headers", row["program_header_size"]),
            ("Number of program headers", row["program_header_count"]), ("Size of section headers", row["section_header_size"]),
            ("Number of section headers", row["section_header_count"]), ("Section header string table index", row["names"])):
        yield f"  {name + ':':<35}{value}"


def _sections(rows: list[Row]) -> Iterator[str]:
    yield "Section Headers:"
    yield "  [Nr] Name               Type            Address          Off      Size     ES Flg Lk Inf Al"
    for row in rows:
        yield (f"  [{row['number']:2}] {row['name']:<18} {row['type']:<15} {row['address']:016x} {row['offset']:08x} "
               f"{row['size']:08x} {row['entsize']:02x} {row['flags']:>3} {row['link']:2} {row['info']:3} {row['align']:2}")


def _segments(rows: list[Row]) -> Iterator[str]:
    yield "Program Headers:"
    yield "  Type           Offset   VirtAddr         PhysAddr         FileSiz  MemSiz   Flg Align   Sections"
    for row in rows:
        flags = "".join(letter if letter in row["flags"] else " " for letter in "RWX")
        held = [f"[{row['interpreter']}]"] if "interpreter" in row else []
        yield (f"  {row['type']:<14} {row['offset']:08x} {row['address']:016x} {row['physical']:016x} {row['file_size']:08x} "
               f"{row['memory_size']:08x} {flags} {row['align']:#07x} {' '.join(row['sections'] + held)}").rstrip()


def _symbols(tables: list[Row]) -> Iterator[str]:
    for table in tables:
        yield f"Symbol table '{table['table']}' contains {len(table['rows'])} entries:"
        yield "   Num: Value            Size  Type    Bind   Vis       Ndx Name"
        for row in table["rows"]:
            other = f" [{row['other']:#x}]" if "other" in row else ""
            yield (f"  {row['number']:4}: {row['value']:016x} {row['size']:5} {row['type']:<7} {row['binding']:<6} "
                   f"{row['visibility']:<9} {row['section']:>3} {versioned(row)}{other}").rstrip()


def _relocations(tables: list[Row]) -> Iterator[str]:
    for table in tables:
        yield f"Relocation section '{table['section']}' contains {len(table['rows'])} entries:"
        yield "  Offset           Type                 Symbol + Addend"
        for row in table["rows"]:
            sign = "-" if row["addend"] < 0 else "+"
            yield f"  {row['offset']:016x} {row['type']:<20} {row['name']} {sign} {abs(row['addend']):x}"


def _notes(tables: list[Row]) -> Iterator[str]:
    for table in tables:
        yield f"Notes in {table['section']}:"
        for row in table["rows"]:
            yield f"  {row['owner']:<12} type {row['type']:#x}, {row['size']} bytes: {row['text']}".rstrip()


def _dynamic(tables: list[Row]) -> Iterator[str]:
    for table in tables:
        yield f"Dynamic section '{table['section']}' contains {len(table['rows'])} entries:"
        for row in table["rows"]:
            yield f"  {row['tag']:<16} {row['value']:#x}" + (f" [{row['text']}]" if "text" in row else "")


def _versions(tables: list[Row]) -> Iterator[str]:
    for table in tables:
        if table["kind"] == "needs":
            yield f"Version needs section '{table['section']}':"
            for row in table["rows"]:
                yield f"  {row['number']:5} {row['name']} of {row['file']}{_flags(row)}"
        elif table["kind"] == "definitions":
            yield f"Version definition section '{table['section']}':"
            for row in table["rows"]:
                parents = f" after {', '.join(row['parents'])}" if row["parents"] else ""
                yield f"  {row['number']:5} {row['name']}{parents}{_flags(row)}"
        else:
            yield f"Version symbols section '{table['section']}' contains {len(table['rows'])} entries:"
            for place, row in enumerate(table["rows"]):
                yield f"  {place:4}: {row['number']:4}{'h' if row['hidden'] else '':1} ({row['name']})"


def _flags(row: Row) -> str:
    return f" | {' '.join(row['flags'])}" if row["flags"] else ""


def _groups(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        kind = "COMDAT " if row["comdat"] else ""
        yield (f"{kind}group section [{row['number']:5}] '{row['section']}' [{row['signature']}] contains {len(row['rows'])} "
               "sections:")
        for member in row["rows"]:
            yield f"  [{member['number']:5}] {member['name']}"


def _hashes(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        if row["kind"] == "sysv":
            yield f"Hash table '{row['section']}': {row['buckets']} buckets, {row['symbols']} symbols"
        else:
            yield (f"GNU hash table '{row['section']}': {row['buckets']} buckets, {row['filters']} filter words, "
                   f"shift {row['shift']}, {row['symbols']} symbols from {row['first']} on")


def _relative(tables: list[Row]) -> Iterator[str]:
    for table in tables:
        yield f"Relative relocation section '{table['section']}' contains {len(table['rows'])} places:"
        yield from (f"  {place:016x}" for place in table["rows"])


PARTS: Final[dict[str, Callable[[Any], Iterator[str]]]] = {
    "headers": _headers, "sections": _sections, "segments": _segments, "symbols": _symbols, "relocations": _relocations,
    "notes": _notes, "dynamic": _dynamic, "versions": _versions, "groups": _groups, "hashes": _hashes, "relative": _relative}
