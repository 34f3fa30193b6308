"""Checks an ELF file against the rules of the gABI and says what is wrong, each finding with a code.

    for finding in Elf.read(path).verify(): print(finding.code, finding.message)

A file without findings is one that linkers and loaders take. `strict` adds rules that the GNU linker itself breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from . import views
from .consts import (
    ET_REL,
    PT_LOAD,
    SHF_COMPRESSED,
    SHF_GROUP,
    SHF_INFO_LINK,
    SHT_DYNAMIC,
    SHT_DYNSYM,
    SHT_GNU_HASH,
    SHT_GNU_VERDEF,
    SHT_GNU_VERNEED,
    SHT_GNU_VERSYM,
    SHT_GROUP,
    SHT_HASH,
    SHT_NOBITS,
    SHT_REL,
    SHT_RELA,
    SHT_RELR,
    SHT_STRTAB,
    SHT_SYMTAB,
    SHT_SYMTAB_SHNDX,
    STB_LOCAL,
    STT_FUNC,
    STT_OBJECT,
)
from .model import Diagnostic, ElfError, Section
from .reader import Elf

CODES: Final = {
    "EL01": "a table or string of the file cannot be read", "EL02": "sections overlap in the file",
    "EL03": "an alignment is no power of two or an address is not aligned", "EL04": "offset and address are not congruent",
    "EL05": "a link leads to no section or to one of the wrong type", "EL06": "wrong entry size",
    "EL07": "a group and its members disagree", "EL08": "a symbol lies outside its section",
    "EL09": "local symbols are not those before sh_info", "EL10": "a segment has more bytes in the file than in memory",
    "EL11": "load segments overlap or are not in ascending order", "EL12": "a relocation lies outside the section it patches",
    "EL13": "a string table does not begin and end with a zero byte", "EL14": "a size or version in the file header is wrong",
    "EL15": "loaded sections overlap in memory", "EL16": "a global symbol is defined twice",
    "EL17": "a segment that describes loaded bytes lies in no PT_LOAD segment",
    "EL18": "the dynamic table and the sections disagree",
    "EL19": "a hash table does not lead to a symbol", "EL20": "a loaded section lies in no segment",
    "EL21": "the entry point is not in an executable segment", "EL22": "versions and dynamic symbols disagree",
    "EL23": "a section of mergeable things has no entry size", "EL24": "a compressed section cannot be read",
    "EL25": "a segment is writable and executable", "EL26": "extended section numbers and symbols disagree",
    "EL27": "the first section or symbol is not null", "EL28": "a note cannot be read",
    "EL00": "the file cannot be written"}
"""Every code and what it says."""
_STRINGS: Final = (SHT_STRTAB,)
_SYMBOLS: Final = (SHT_SYMTAB, SHT_DYNSYM)
_LINKS: Final = {SHT_SYMTAB: _STRINGS, SHT_DYNSYM: _STRINGS, SHT_DYNAMIC: _STRINGS, SHT_GROUP: _SYMBOLS,
                 SHT_HASH: _SYMBOLS, SHT_GNU_HASH: _SYMBOLS, SHT_GNU_VERSYM: _SYMBOLS,
                 SHT_GNU_VERDEF: _STRINGS, SHT_GNU_VERNEED: _STRINGS, SHT_SYMTAB_SHNDX: _SYMBOLS}
"""Section types and those that their sh_link must name."""
_RECORDS: Final = {SHT_SYMTAB: "sym", SHT_DYNSYM: "sym", SHT_REL: "rel", SHT_RELA: "rela", SHT_DYNAMIC: "dyn"}
_SIZES: Final = {SHT_GROUP: 4, SHT_GNU_VERSYM: 2, SHT_SYMTAB_SHNDX: 4}


def verify(elf: Elf, strict: bool = False) -> list[Diagnostic]:
    """All findings, by rule and in file order. Never raises for what a file holds."""
    out: list[Diagnostic] = []
    from .verify_image import RULES, STRICT

    for rule in (*_RULES, *RULES, *((*_STRICT, *STRICT) if strict else ())):
        try:
            out += rule(elf)
        except ElfError as error:
            out.append(Diagnostic("EL01", str(error)))
    return list(dict.fromkeys(out))


def _file_ranges(elf: Elf) -> Iterator[Diagnostic]:
    ranges = sorted((section.offset, section.offset + section.file_size, section.name) for section in elf.sections[1:]
                    if section.file_size)
    last, holder = 0, ""
    for start, end, name in ranges:
        if start < last:
            yield Diagnostic("EL02", f"section {name} at {start:#x} begins before {holder} ends at {last:#x}")
        if end > last:
            last, holder = end, name


def _alignment(elf: Elf) -> Iterator[Diagnostic]:
    things = [(f"section {one.name}", one.align, one.address) for one in elf.sections[1:]]
    for title, align, address in things + [(f"segment {n}", one.align, 0) for n, one in enumerate(elf.segments)]:
        if align & align - 1:
            yield Diagnostic("EL03", f"{title} has alignment {align:#x}")
        elif align and address % align:
            yield Diagnostic("EL03", f"{title} at {address:#x} is not aligned to {align:#x}")


def _segments(elf: Elf) -> Iterator[Diagnostic]:
    end = 0
    for number, one in enumerate(elf.segments):
        if one.type != PT_LOAD:
            continue
        if one.align > 1 and (one.offset - one.address) % one.align:
            yield Diagnostic("EL04", f"segment {number}: offset {one.offset:#x} and address {one.address:#x} differ modulo "
                                  f"{one.align:#x}")
        if one.file_size > one.memory_size:
            yield Diagnostic("EL10", f"segment {number} has {one.file_size:#x} bytes in the file and {one.memory_size:#x} in "
                                     "memory")
        if one.address < end:
            yield Diagnostic("EL11", f"segment {number} begins at {one.address:#x}, another one ends at {end:#x}")
        end = max(end, one.address + one.memory_size)
        if one.offset + one.file_size > len(elf.content):
            yield Diagnostic("EL01", f"segment {number} ends at {one.offset + one.file_size:#x}, beyond the end of the file")


def _links(elf: Elf) -> Iterator[Diagnostic]:
    sections = elf.sections
    for section in sections[1:]:
        kinds = _LINKS.get(section.type)
        link = section.link if isinstance(section.link, int) else 0
        if link >= len(sections) or (kinds and sections[link].type not in kinds):
            yield Diagnostic("EL05", f"section {section.name} is linked to section {link}")
        if section.flags & SHF_INFO_LINK and isinstance(section.info, int) and section.info >= len(sections):
            yield Diagnostic("EL05", f"section {section.name} names section {section.info} in sh_info")
        size = elf._layout(_RECORDS[section.type]).size if section.type in _RECORDS else _SIZES.get(section.type)
        if size and (section.entsize != size or section.memory_size % size):
            yield Diagnostic("EL06", f"section {section.name} of {section.memory_size} bytes has entries of {section.entsize}, "
                                  f"not {size}")


def _groups(elf: Elf) -> Iterator[Diagnostic]:
    grouped: dict[int, str] = {}
    for section in elf.sections:
        if section.type != SHT_GROUP:
            continue
        for member in views.group(elf, section).members:
            if id(member) in grouped:
                yield Diagnostic("EL07", f"section {member.name} is in two groups")
            grouped[id(member)] = section.name
            if not member.flags & SHF_GROUP:
                yield Diagnostic("EL07", f"section {member.name} is in a group without saying so")
    for section in elf.sections:
        if section.flags & SHF_GROUP and elf.type == ET_REL and id(section) not in grouped:
            yield Diagnostic("EL07", f"section {section.name} says it is in a group and is in none")


def _symbols(elf: Elf) -> Iterator[Diagnostic]:
    for table in elf.sections:
        if table.type not in _SYMBOLS:
            continue
        found = elf.symbols(table)
        first = next((number for number, one in enumerate(found) if one.binding != STB_LOCAL), len(found))
        late = any(one.binding == STB_LOCAL for one in found[first:])
        if late or table.info != first:
            yield Diagnostic("EL09", f"sh_info of {table.name} is {table.info}, the first symbol that is not local is {first}")
        for symbol in found:
            home = symbol.section
            if isinstance(home, Section) and symbol.type in (STT_FUNC, STT_OBJECT) and symbol.size:
                start = 0 if elf.type == ET_REL else home.address
                if not start <= symbol.value <= symbol.value + symbol.size <= start + home.memory_size:
                    yield Diagnostic("EL08", f"symbol {symbol.name} [{symbol.value:#x}, {symbol.value + symbol.size:#x}) lies "
                                          f"outside {home.name}")


def _relocations(elf: Elf) -> Iterator[Diagnostic]:
    sections = elf.sections
    for table in sections:
        if table.type not in (SHT_REL, SHT_RELA):
            continue
        found = elf.relocations(table)
        if elf.type != ET_REL:
            continue
        if not isinstance(table.info, int) or not 0 < table.info < len(sections):
            yield Diagnostic("EL05", f"section {table.name} patches section {table.info}")
            continue
        target = sections[table.info]
        size = target.memory_size
        if target.flags & SHF_COMPRESSED:  # relocations are about the bytes that are packed
            size = elf._compression_header(target)["size"]
        for one in found:
            if one.offset >= size:
                yield Diagnostic("EL12", f"a relocation of {table.name} at {one.offset:#x} lies outside {target.name}")


def _string_tables(elf: Elf) -> Iterator[Diagnostic]:
    for section in elf.sections:
        if section.type == SHT_STRTAB and len(section.data) and (section.data[0] or section.data[-1]):
            yield Diagnostic("EL13", f"section {section.name} does not begin and end with a zero byte")


def _special(elf: Elf) -> Iterator[Diagnostic]:
    """Read what the other rules do not."""
    for section in elf.sections:
        view = _VIEWS.get(section.type)
        if view is not None and section.type != SHT_NOBITS:
            try:
                view(elf, section)
            except ElfError as error:
                yield Diagnostic("EL01", str(error))


def _empty_bounds(elf: Elf) -> Iterator[Diagnostic]:
    """Symbols without a size outside their section, like those the GNU linker makes for the ends of things."""
    for symbol in elf.symbols():
        home = symbol.section
        if isinstance(home, Section) and not symbol.size and symbol.type != 6:
            start = 0 if elf.type == ET_REL else home.address
            if not start <= symbol.value <= start + home.memory_size:
                yield Diagnostic("EL08", f"symbol {symbol.name} at {symbol.value:#x} lies outside {home.name}")


_VIEWS: Final[dict[int, Callable[[Elf, Section], object]]] = {
    SHT_DYNAMIC: views.dynamic, SHT_GNU_VERNEED: views.version_needs, SHT_GNU_VERDEF: views.version_defs,
    SHT_GNU_VERSYM: views.symbol_versions, SHT_SYMTAB_SHNDX: views.section_indices,
    SHT_HASH: views.hash_table, SHT_GNU_HASH: views.gnu_hash_table,
    SHT_RELR: views.relative_places}
_RULES: Final[tuple[Callable[[Elf], Iterator[Diagnostic]], ...]] = (
    _file_ranges, _alignment, _segments, _links, _groups, _symbols, _relocations, _string_tables, _special)
_STRICT: Final = (_empty_bounds,)
