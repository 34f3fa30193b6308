"""Takes sections out of a file that was read, and everything that named them by number follows."""

from __future__ import annotations

from collections.abc import Iterable

from .consts import (
    SHF_INFO_LINK,
    SHT_DYNSYM,
    SHT_GROUP,
    SHT_REL,
    SHT_RELA,
    SHT_SYMTAB,
    SHT_SYMTAB_SHNDX,
)
from .content import set_symbols
from .encode import words
from .model import ElfError, Section, Symbol
from .reader import Elf
from .views import section_indices


def remove(elf: Elf, sections: Iterable[Section]) -> list[Section]:
    """Take sections out of a file, with their relocations, their symbols and groups that become empty.

    Returns all sections that went. Raises ElfError (and leaves the file as it was) if one of them is part of the loaded
    image, holds the section names, is linked to, or has a symbol that relocations elsewhere need.
    """
    gone = _victims(elf, list(sections))
    before = list(elf.sections)
    numbers = {id(section): number for number, section in enumerate(before)}
    _refuse(elf, gone)
    tables = {id(one): elf.symbols(one) for one in before if one.type in (SHT_SYMTAB, SHT_DYNSYM) and id(one) not in gone}
    _needed(elf, gone, tables)
    groups = {id(one): _members(elf, one) for one in before if one.type == SHT_GROUP and id(one) not in gone}
    kept = [section for section in before if id(section) not in gone]
    new = {numbers[id(section)]: number for number, section in enumerate(kept)}
    names = elf.names_number
    for section in kept:
        if isinstance(section.link, int):
            section.link = new.get(section.link, section.link)
        if isinstance(section.info, int) and (section.flags & SHF_INFO_LINK or section.type in (SHT_REL, SHT_RELA)):
            section.info = new.get(section.info, section.info)
    elf.sections[:] = kept
    elf.set_names_number(new[names])
    for section in kept:
        if id(section) in groups:
            flags, members = groups[id(section)]
            section.data = words(elf, [flags, *(new[number] for number in members if number in new)], 4)
            section.size = len(section.data)
    for section in kept:
        if id(section) in tables:
            rows = [one for one in tables[id(section)] if not (isinstance(one.section, Section) and id(one.section) in gone)]
            set_symbols(elf, section, rows)
    return list(gone.values())


def _victims(elf: Elf, wanted: list[Section]) -> dict[int, Section]:
    """The sections to go by `id`: those wanted, their relocations, extended numbers of symbols, and empty groups."""
    present = {id(section) for section in elf.sections[1:]}
    for section in wanted:
        if id(section) not in present:
            raise ElfError(f"section {section.name} is not in the file")
    gone = {id(section): section for section in wanted}
    numbers = {number for number, section in enumerate(elf.sections) if id(section) in gone}
    for section in elf.sections[1:]:
        target = section.info if section.type in (SHT_REL, SHT_RELA) else section.link if section.type == SHT_SYMTAB_SHNDX else 0
        if target and target in numbers:
            gone[id(section)] = section
    numbers = {number for number, section in enumerate(elf.sections) if id(section) in gone}
    for section in elf.sections[1:]:
        if section.type == SHT_GROUP and numbers.issuperset(_members(elf, section)[1]):
            gone[id(section)] = section
    return gone


def _members(elf: Elf, section: Section) -> tuple[int, list[int]]:
    values = section_indices(elf, section)  # words of 4 bytes, like those
    return (values[0], values[1:]) if values else (0, [])


def _refuse(elf: Elf, gone: dict[int, Section]) -> None:
    for section in gone.values():
        if elf.segments and section.allocated:
            raise ElfError(f"section {section.name} is part of the loaded image and cannot be removed")
        if section is elf.sections[elf.names_number]:
            raise ElfError(f"section {section.name} holds the names of the sections")
    for section in elf.sections[1:]:
        link = section.link
        home = link if isinstance(link, Section) else elf.sections[link] if 0 < link < len(elf.sections) else None
        if home is not None and id(home) in gone and id(section) not in gone:
            raise ElfError(f"section {section.name} is linked to {home.name}, which cannot be removed without it")


def _needed(elf: Elf, gone: dict[int, Section], tables: dict[int, list[Symbol]]) -> None:
    for section in elf.sections:
        if section.type in (SHT_REL, SHT_RELA) and id(section) not in gone and section.link:
            table = tables.get(id(elf.linked(section)))
            for row in elf.relocations(section) if table else ():
                home = table[row.symbol].section if table else 0
                if isinstance(home, Section) and id(home) in gone:
                    raise ElfError(f"section {home.name} cannot be removed: {section.name} at {row.offset:#x} needs {row.name}")
