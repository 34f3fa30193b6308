"""What is in an ELF file as plain data (dicts, lists, strings, numbers), part by part: for JSON, for text and for comparing.

    describe(elf, ["headers", "symbols"])  ->  {"headers": {...}, "symbols": [{"table": ".symtab", "rows": [...]}]}

Numbers are numbers; what has a name in the number space of its field is that name ("PROGBITS", "FUNC"), otherwise "0x...".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from . import views
from .consts import (
    DT,
    ELFOSABI,
    EM,
    ET,
    ET_CORE,
    GRP_COMDAT,
    PF,
    PT,
    PT_DYNAMIC,
    PT_GNU_EH_FRAME,
    PT_GNU_RELRO,
    PT_GNU_STACK,
    PT_INTERP,
    PT_LOAD,
    PT_NOTE,
    PT_PHDR,
    PT_TLS,
    RELOCATION_NAMES,
    SHF,
    SHF_TLS,
    SHN_ABS,
    SHN_COMMON,
    SHN_UNDEF,
    SHT,
    SHT_DYNAMIC,
    SHT_DYNSYM,
    SHT_GNU_HASH,
    SHT_GNU_VERDEF,
    SHT_GNU_VERNEED,
    SHT_GNU_VERSYM,
    SHT_GROUP,
    SHT_HASH,
    SHT_NOBITS,
    SHT_NOTE,
    SHT_REL,
    SHT_RELA,
    SHT_RELR,
    SHT_SYMTAB,
    STB,
    STT,
    STT_SECTION,
    STV,
)
from .model import ElfError, Section, Segment, Symbol
from .reader import Elf

Row = dict[str, Any]
SPECIAL: Final = {SHN_UNDEF: "UND", SHN_ABS: "ABS", SHN_COMMON: "COM"}


def describe(elf: Elf, parts: Iterable[str] | None = None) -> dict[str, Any]:
    """Parts of a file (names of PARTS; default: all) as data. Raises ElfError for damaged parts, KeyError for unknown ones."""
    return {part: PARTS[part](elf) for part in (PARTS if parts is None else parts)}


def headers(elf: Elf) -> Row:
    """The file header, with the true counts where they do not fit it."""
    return {"class": elf.bits, "data": "little" if elf.order == "<" else "big", "version": elf.version,
            "os_abi": ELFOSABI.name(elf.os_abi), "abi_version": elf.abi_version, "type": ET.name(elf.type),
            "machine": EM.name(elf.machine), "entry": elf.entry, "program_headers": elf.phoff, "section_headers": elf.shoff,
            "flags": elf.flags, "header_size": elf.ehsize, "program_header_size": elf.phentsize,
            "program_header_count": len(elf.segments), "section_header_size": elf.shentsize,
            "section_header_count": len(elf.sections), "names": elf.names_number}


def sections(elf: Elf) -> list[Row]:
    """The section headers."""
    return [{"number": number, "name": one.name, "type": SHT.name(one.type), "address": one.address, "offset": one.offset,
             "size": one.memory_size, "entsize": one.entsize, "flags": SHF.letters(one.flags), "flag_bits": one.flags,
             "link": _number(elf, one.link), "info": _number(elf, one.info), "align": one.align}
            for number, one in enumerate(elf.sections)]


def _number(elf: Elf, one: Section | int) -> int:
    return one if isinstance(one, int) else elf.sections.index(one)


def segments(elf: Elf) -> list[Row]:
    """The program headers, each with the names of the sections it holds."""
    return [{"type": PT.name(one.type), "offset": one.offset, "address": one.address, "physical": one.physical,
             "file_size": one.file_size, "memory_size": one.memory_size, "flags": PF.letters(one.flags), "align": one.align,
             "sections": [section.name for section in elf.sections[1:] if within(section, one)],
             **({"interpreter": _interpreter(elf, one)} if one.type == PT_INTERP else {})} for one in elf.segments]


def _interpreter(elf: Elf, one: Segment) -> str:
    raw = bytes(elf._bytes(one.offset, one.file_size, "the interpreter's name"))
    return raw.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def within(section: Section, segment: Segment) -> bool:
    """True if a segment holds a section: in the file and, if it is loaded, in memory. .tbss is in PT_TLS only."""
    local = bool(section.flags & SHF_TLS)
    if local and section.type == SHT_NOBITS and segment.type != PT_TLS:
        return False
    if segment.type not in (PT_TLS, PT_GNU_RELRO, PT_LOAD) if local else segment.type in (PT_TLS, PT_PHDR):
        return False
    if not section.allocated and segment.type in (PT_LOAD, PT_DYNAMIC, PT_GNU_EH_FRAME, PT_GNU_STACK, PT_GNU_RELRO):
        return False
    size = section.memory_size
    if section.type != SHT_NOBITS and not _inside(section.offset, size, segment.offset, segment.file_size):
        return False
    if section.allocated and not _inside(section.address, size, segment.address, segment.memory_size):
        return False
    if segment.type in (PT_DYNAMIC, PT_NOTE) and not size and segment.memory_size:
        return section.type == SHT_NOBITS or 0 < section.offset - segment.offset < segment.file_size
    return True


def _inside(start: int, size: int, home: int, room: int) -> bool:
    return start >= home and start + size <= home + room and (not room or start < home + room)


def symbols(elf: Elf) -> list[Row]:
    """The symbol tables."""
    numbers = {id(section): number for number, section in enumerate(elf.sections)}
    out: list[Row] = []
    for table in elf.sections:
        if table.type in (SHT_SYMTAB, SHT_DYNSYM):
            found = elf.symbols(table)
            rows = [_symbol(number, symbol, numbers) for number, symbol in enumerate(found)]
            if table.type == SHT_DYNSYM:
                _add_versions(elf, table, found, rows)
            out.append({"table": table.name, "rows": rows})
    return out


def _symbol(number: int, symbol: Symbol, numbers: dict[int, int]) -> Row:
    home = symbol.section
    index = str(numbers[id(home)]) if isinstance(home, Section) else SPECIAL.get(home, f"{home:#x}")
    name = home.name if isinstance(home, Section) and symbol.type == STT_SECTION and not symbol.name else symbol.name
    row = {"number": number, "value": symbol.value, "size": symbol.size, "type": STT.name(symbol.type),
           "binding": STB.name(symbol.binding), "visibility": STV.name(symbol.visibility & 3), "section": index, "name": name}
    if symbol.visibility & ~3:
        row["other"] = symbol.visibility
    return row


def _add_versions(elf: Elf, table: Section, found: Sequence[Symbol], rows: list[Row]) -> None:
    versym = next((one for one in elf.sections if one.type == SHT_GNU_VERSYM and elf.linked(one) is table), None)
    if versym is None:
        return
    names = views.version_names(elf)
    defined = {one.number for section in elf.sections if section.type == SHT_GNU_VERDEF
               for one in views.version_defs(elf, section)}
    for row, symbol, value in zip(rows, found, views.symbol_versions(elf, versym)):
        number = value & ~views.VERSION_HIDDEN
        # A version has a symbol of its own name, which nobody wants to read twice.
        if number > 1 and number in names and symbol.name != names[number]:
            row["version"] = names[number]
            row["default"] = number in defined and not value & views.VERSION_HIDDEN and symbol.section != SHN_UNDEF


def versioned(row: Row) -> str:
    """A symbol's name with its version: `name@@V` if that is the default one, `name@V` otherwise."""
    return f"{row['name']}{'@@' if row['default'] else '@'}{row['version']}" if "version" in row else str(row["name"])


def relocations(elf: Elf) -> list[Row]:
    """The relocation sections."""
    names = RELOCATION_NAMES.get(elf.machine)
    tables: dict[int, list[Row]] = {}
    out: list[Row] = []
    for table in elf.sections:
        if table.type not in (SHT_REL, SHT_RELA):
            continue
        found = elf.relocations(table)
        linked: list[Row] = []
        if table.link:
            home = elf.linked(table)
            if id(home) not in tables:
                tables.update(zip([id(one) for one in elf.sections if one.type in (SHT_SYMTAB, SHT_DYNSYM)],
                                  [one["rows"] for one in symbols(elf)]))
            linked = tables[id(home)]
        rows = [{"offset": one.offset, "type": names.prefix + "_" + names.name(one.type) if names and one.type in names.names
                 else f"{one.type:#x}", "symbol": one.symbol, "name": versioned(linked[one.symbol]) if one.symbol else "",
                 "value": linked[one.symbol]["value"] if one.symbol else 0, "addend": one.addend} for one in found]
        out.append({"section": table.name, "offset": table.offset, "addends": table.type == SHT_RELA, "rows": rows})
    return out


def notes(elf: Elf) -> list[Row]:
    """The notes of the note sections, of the note segments if there are no sections."""
    homes = [(one.name, views.notes(elf, one)) for one in elf.sections if one.type == SHT_NOTE]
    if not elf.sections:
        homes = [(f"segment {number}", list(views.read_notes(elf, elf._bytes(one.offset, one.file_size, "a note segment"),
                                                             one.align, f"segment {number}")))
                 for number, one in enumerate(elf.segments) if one.type == PT_NOTE]
    return [{"section": name, "rows": [
        {"owner": one.owner, "type": one.type, "size": len(one.payload),
         "text": (views.describe_note(elf, one.owner, one.type, one.payload) if elf.type != ET_CORE else "")
         or one.payload.hex()} for one in found]} for name, found in homes]


def dynamic(elf: Elf) -> list[Row]:
    """The dynamic tables."""
    out: list[Row] = []
    for section in elf.sections:
        if section.type == SHT_DYNAMIC:
            rows = [{"tag": DT.name(one.tag), "number": one.tag, "value": one.value, **({"text": one.text} if one.text else {})}
                    for one in views.dynamic(elf, section)]
            out.append({"section": section.name, "offset": section.offset, "rows": rows})
    return out


def versions(elf: Elf) -> list[Row]:
    """The versions wanted and defined, and those of the symbols."""
    out: list[Row] = []
    for section in elf.sections:
        if section.type == SHT_GNU_VERNEED:
            rows: list[Row] = [{"number": one.number, "name": one.name, "file": one.file, "flags": _flags(one.flags)}
                               for one in views.version_needs(elf, section)]
            out.append({"section": section.name, "kind": "needs", "rows": rows})
        elif section.type == SHT_GNU_VERDEF:
            rows = [{"number": one.number, "name": one.name, "parents": list(one.parents), "flags": _flags(one.flags)}
                    for one in views.version_defs(elf, section)]
            out.append({"section": section.name, "kind": "definitions", "rows": rows})
        elif section.type == SHT_GNU_VERSYM:
            names = views.version_names(elf)
            rows = [{"number": value & ~views.VERSION_HIDDEN, "hidden": bool(value & views.VERSION_HIDDEN),
                     "name": names.get(value & ~views.VERSION_HIDDEN, "*invalid*")}
                    for value in views.symbol_versions(elf, section)]
            out.append({"section": section.name, "kind": "symbols", "rows": rows})
    return out


def _flags(value: int) -> list[str]:
    return [name for bit, name in ((1, "BASE"), (2, "WEAK"), (4, "INFO")) if value & bit]


def groups(elf: Elf) -> list[Row]:
    """The section groups with their members."""
    numbers = {id(section): number for number, section in enumerate(elf.sections)}
    out: list[Row] = []
    for number, section in enumerate(elf.sections):
        if section.type == SHT_GROUP:
            flags, signature, members = views.group(elf, section)
            out.append({"number": number, "section": section.name, "signature": signature, "comdat": bool(flags & GRP_COMDAT),
                        "rows": [{"number": numbers[id(one)], "name": one.name} for one in members]})
    return out


def hashes(elf: Elf) -> list[Row]:
    """Sizes of the hash tables of symbols."""
    out: list[Row] = []
    for section in elf.sections:
        if section.type == SHT_HASH:
            table = views.hash_table(elf, section)
            out.append({"section": section.name, "kind": "sysv", "buckets": len(table.buckets), "symbols": len(table.chains)})
        elif section.type == SHT_GNU_HASH:
            gnu = views.gnu_hash_table(elf, section)
            out.append({"section": section.name, "kind": "gnu", "buckets": len(gnu.buckets), "filters": len(gnu.bloom),
                        "shift": gnu.shift, "symbols": len(gnu.values), "first": gnu.first})
    return out


def relative(elf: Elf) -> list[Row]:
    """The places of RELR sections."""
    return [{"section": one.name, "rows": views.relative_places(elf, one)} for one in elf.sections if one.type == SHT_RELR]


PARTS: Final[dict[str, Callable[[Elf], Any]]] = {
    "headers": headers, "sections": sections, "segments": segments, "symbols": symbols, "relocations": relocations,
    "notes": notes, "dynamic": dynamic, "versions": versions, "groups": groups, "hashes": hashes, "relative": relative}

__all__ = ["PARTS", "ElfError", "describe", "versioned", "within"]
