"""Derives the sections that follow from an `ElfFile`'s fixups, groups and symbols: relocations, groups, symbol tables.

    .text with Fixup(1, R_X86_64["PLT32"], "puts", -4)   ->   .rela.text, an undefined symbol `puts`, .symtab, .strtab
"""

from __future__ import annotations

from typing import Final

from . import encode
from .consts import (
    EM,
    EM_386,
    EM_MIPS,
    GRP_COMDAT,
    R_386,
    SHF_GROUP,
    SHF_INFO_LINK,
    SHN_UNDEF,
    SHT_GROUP,
    SHT_NOBITS,
    SHT_REL,
    SHT_RELA,
    STB_LOCAL,
    STT_FILE,
    STT_SECTION,
)
from .layouts import RECORDS
from .model import ElfError, ElfFile, Relocation, Section, Symbol
from .pack import endian
from .writer import symbol_sections

REL_MACHINES: Final = frozenset({EM_386, EM["ARM"], EM["BPF"], EM["IAMCU"]})
"""Machines whose objects have REL sections: the addend lies in the bytes that are patched. So has 32-bit MIPS."""
_386_WIDTHS: Final = {R_386[name]: width for name, width in (("16", 2), ("PC16", 2), ("8", 1), ("PC8", 1), ("NONE", 0))}


def has_addends(machine: int, bits: int) -> bool:
    """True if relocations of the machine are RELA entries."""
    return machine not in REL_MACHINES and not (machine == EM_MIPS and bits == 32)


def derive(image: ElfFile) -> list[Section]:
    """All sections of the file in order but the section names: groups first, then the image's own, then derived ones.

    Changes section flags (group members) and, for REL machines, the bytes that hold addends. Raises ElfError for fixups
    outside their section, ambiguous names and values that do not fit.
    """
    image.symbols = _all_symbols(image)
    ordered = [one for one in image.symbols if one.binding == STB_LOCAL]
    ordered += [one for one in image.symbols if one.binding != STB_LOCAL]
    tables = [(section, _relocation_section(image, section)) for section in image.sections if section.fixups]
    groups = [_group_section(group.members, tables) for group in image.groups]
    for group, (made, members) in zip(image.groups, groups):
        made.info = _index(ordered, group.signature, f"the signature of group {group.signature}")
        made.data = b""
        for member in members:
            member.flags |= SHF_GROUP
    sections = [*(made for made, _ in groups), *image.sections, *(table for _, table in tables)]
    final = [*sections, *symbol_sections(image, sections)]
    symtab = final[len(sections)]
    numbers = encode.section_numbers(final, 1)
    for group, (made, members) in zip(image.groups, groups):
        made.link = symtab
        try:
            made.data = encode.group(image, GRP_COMDAT if group.comdat else 0, [numbers[id(one)] for one in members])
        except KeyError as error:
            raise ElfError(f"group {group.signature} has a member that is not in the file") from error
    index: dict[str, int] = {}
    for number, symbol in enumerate(ordered, 1):
        if symbol.type == STT_SECTION and isinstance(symbol.section, Section):
            index.setdefault(symbol.section.name, number)
    for number, symbol in enumerate(ordered, 1):
        if symbol.name and symbol.type not in (STT_SECTION, STT_FILE):
            index[symbol.name] = number
    for section, table in tables:
        table.link = symtab
        table.data = _relocations(image, section, index)
    return final


def _all_symbols(image: ElfFile) -> list[Symbol]:
    """The image's symbols, then section symbols and undefined ones for the names that only fixups and groups know."""
    symbols = list(image.symbols)
    known = {symbol.name for symbol in symbols if symbol.name and symbol.type not in (STT_FILE, STT_SECTION)}
    marked = {id(symbol.section) for symbol in symbols if symbol.type == STT_SECTION}
    sections: dict[str, Section] = {}
    for section in image.sections:
        sections.setdefault(section.name, section)
    wanted = dict.fromkeys(fixup.symbol for section in image.sections for fixup in section.fixups)
    wanted.update(dict.fromkeys(group.signature for group in image.groups))
    for name in wanted:
        if not name or name in known:
            continue
        home = sections.get(name)
        if home is None:
            symbols.append(Symbol(name, section=SHN_UNDEF))
        elif id(home) not in marked:
            marked.add(id(home))
            symbols.append(Symbol("", section=home, binding=STB_LOCAL, type=STT_SECTION))
    return symbols


def _relocation_section(image: ElfFile, section: Section) -> Section:
    addends = has_addends(image.machine, image.bits)
    name = "rela" if addends else "rel"
    return Section(f".{name}{section.name}", SHT_RELA if addends else SHT_REL, SHF_INFO_LINK, align=image.bits // 8,
                   entsize=RECORDS[name, image.bits, image.order].size, info=section)


def _group_section(members: object, tables: list[tuple[Section, Section]]) -> tuple[Section, list[Section]]:
    """A group section, still empty, and its members: those named and the relocations of them."""
    found: list[Section] = list(members)  # type: ignore[call-overload]
    inside = {id(member) for member in found}
    found += [table for section, table in tables if id(section) in inside]
    return Section(".group", SHT_GROUP, align=4, entsize=4, size=4 + 4 * len(found)), found


def _index(ordered: list[Symbol], name: str, what: str) -> int:
    for number, symbol in enumerate(ordered, 1):
        if symbol.name == name and symbol.type not in (STT_FILE, STT_SECTION):
            return number
    raise ElfError(f"{what} is no symbol of the file")


def _relocations(image: ElfFile, section: Section, index: dict[str, int]) -> bytes:
    addends = has_addends(image.machine, image.bits)
    rows: list[Relocation] = []
    if section.type == SHT_NOBITS:
        raise ElfError(f"section {section.name} has no bytes to relocate")
    data = section.data if addends else bytearray(section.data)
    for offset, kind, symbol, addend in section.fixups:
        if not 0 <= offset <= len(section.data):
            raise ElfError(f"a fixup at {offset:#x} lies outside section {section.name}")
        if not addends and addend:
            _put_addend(image, section, data, offset, kind, addend)
        rows.append(Relocation(offset, int(kind), index[symbol] if symbol else 0, addend if addends else 0, symbol))
    if not addends:  # the bytes hold the addends from here on
        section.data = data
        section.fixups = [fixup._replace(addend=0) for fixup in section.fixups]
    pairs = image.machine == EM_MIPS and image.bits == 64 and image.order == "<"
    return encode.relocations(image, rows, addends, pairs)


def _put_addend(image: ElfFile, section: Section, data: bytes | bytearray | memoryview, offset: int, kind: int,
                addend: int) -> None:
    """Add an addend to the bytes it patches. Raises ElfError where the machine's encoding is not known here."""
    if image.machine != EM_386:
        raise ElfError(f"section {section.name}: the addend at {offset:#x} must be in the bytes already: how {image.machine} "
                       "encodes it is not known")
    width = _386_WIDTHS.get(kind, 4)
    assert isinstance(data, bytearray)
    if offset + width > len(data):
        raise ElfError(f"a fixup at {offset:#x} lies outside section {section.name}")
    order = endian(image.order)
    value = int.from_bytes(data[offset:offset + width], order) + addend
    data[offset:offset + width] = (value & (1 << 8 * width) - 1).to_bytes(width, order)
