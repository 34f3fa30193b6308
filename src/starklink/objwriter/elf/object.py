"""Relocatable objects: fragments become sections, symbols and relocations of an ET_REL file.

Fragments of one section follow each other in the order given, each at its alignment; fixups become RELA entries. A
fixup against a symbol whose name begins with ".L" is recorded against the section it lies in, and such symbols stay out
of the table.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..model import RELOC_SIZE, Fragment, ObjectModule, Reloc, section_kind
from .consts import (
    ET_REL,
    SHF,
    SHF_INFO_LINK,
    SHF_MERGE,
    SHN_ABS,
    SHN_COMMON,
    SHN_UNDEF,
    SHT,
    SHT_NOBITS,
    SHT_RELA,
    STB_GLOBAL,
    STB_LOCAL,
    STB_WEAK,
    STT,
    STT_FILE,
    STT_FUNC,
    STT_NOTYPE,
    STT_OBJECT,
    STT_SECTION,
)
from .layouts import RELA_64L
from .model import ElfError, ElfFile, Section, Symbol
from .writer import symbol_sections, write

BINDINGS: Final = {"local": STB_LOCAL, "global": STB_GLOBAL, "weak": STB_WEAK}
TYPES: Final = {"none": STT_NOTYPE, "object": STT_OBJECT, "func": STT_FUNC, "tls": STT["TLS"], "ifunc": STT["GNU_IFUNC"]}
VISIBILITIES: Final = {"default": 0, "internal": 1, "hidden": 2, "protected": 3}
_TLS: Final = frozenset((16, 17, 18, 19, 20, 21, 22, 23, 34, 35))
"""Relocations whose symbol is a thread-local one."""
STACK_NOTE: Final = ".note.GNU-stack"
"""Empty section that says the code needs no executable stack."""


def to_elf(module: ObjectModule) -> bytes:
    """An x86-64 relocatable object file of a module, with a file symbol if the module has a name.

    Raises ElfError for a symbol defined twice and for fixups outside their fragment.
    """
    sections, homes = _sections(module.fragments)
    symbols = _symbols(module, sections, homes)
    index = {symbol.name: number for number, symbol in enumerate(symbols, 1)
             if symbol.name and symbol.type not in (STT_SECTION, STT_FILE)}
    section_index = {symbol.section.name: number for number, symbol in enumerate(symbols, 1)
                     if symbol.type == STT_SECTION and isinstance(symbol.section, Section)}
    relocations = _relocations(module.fragments, sections, homes, index, section_index)
    stack = Section(STACK_NOTE)
    content = list(sections.values())
    image = ElfFile(ET_REL, symbols=symbols)
    ordered = [*content, stack, *relocations]
    tables = symbol_sections(image, ordered)
    for section in relocations:
        section.link = tables[0]
    image.symbols = []
    image.sections = ordered + tables
    return write(image)


def _sections(fragments: Iterable[Fragment]) -> tuple[dict[str, Section], list[int]]:
    """Sections by name in order of first appearance, and every fragment's offset in its section."""
    sections: dict[str, Section] = {}
    parts: dict[str, bytearray] = {}
    sizes: dict[str, int] = {}
    homes: list[int] = []
    for fragment in fragments:
        name = fragment.section
        section = sections.get(name)
        if section is None:
            kind, letters = section_kind(name)
            flags = SHF.parse(letters)
            section = sections[name] = Section(name, SHT[kind], flags, entsize=1 if flags & SHF_MERGE else 0)
            parts[name] = bytearray()
            sizes[name] = 0
        align = max(fragment.align, 1)
        offset = -sizes[name] % align + sizes[name]
        section.align = max(section.align, align)
        homes.append(offset)
        sizes[name] = offset + fragment.size
        if section.type != SHT_NOBITS:
            data = parts[name]
            data += _filler(section, offset - len(data))
            data += fragment.data
            data += bytes(offset + fragment.size - len(data))
    for name, section in sections.items():
        section.data = parts[name]
        section.size = sizes[name]
    return sections, homes


def _filler(section: Section, size: int) -> bytes:
    """Bytes between fragments: int3 in code, where nothing runs, zeros in data."""
    return (b"\xcc" if section.flags & SHF.bits["X"] else b"\0") * size


def _symbols(module: ObjectModule, sections: dict[str, Section], homes: list[int]) -> list[Symbol]:
    """All symbols, locals first: file, sections, local symbols, then the others in order of definition."""
    local = [Symbol(module.name, section=SHN_ABS, binding=STB_LOCAL, type=STT_FILE)] if module.name else []
    local += [Symbol("", 0, 0, section, STB_LOCAL, STT_SECTION) for section in sections.values()]
    other: list[Symbol] = []
    seen: set[str] = set()
    for fragment, home in zip(module.fragments, homes):
        section = sections[fragment.section]
        found = [(fragment.symbol, home, fragment.size, BINDINGS[fragment.binding], TYPES[fragment.kind])]
        found += [(name, home + offset, 0, STB_LOCAL, STT_NOTYPE) for name, offset in fragment.labels.items()]
        visibility = VISIBILITIES[fragment.visibility]
        for name, value, size, binding, kind in found:
            if not name or (name.startswith(".L") and binding == STB_LOCAL):
                continue
            if name in seen:
                raise ElfError(f"symbol {name} is defined twice")
            seen.add(name)
            seen_from = visibility if name == fragment.symbol else 0
            (local if binding == STB_LOCAL else other).append(Symbol(name, value, size, section, binding, kind, seen_from))
    for name, (size, align) in module.common.items():
        if name not in seen:
            seen.add(name)
            other.append(Symbol(name, align, size, SHN_COMMON, type=STT_OBJECT))
    for name, value in module.absolute.items():
        if name not in seen:
            seen.add(name)
            other.append(Symbol(name, value & 0xFFFFFFFFFFFFFFFF, 0, SHN_ABS))
    undefined: dict[str, int] = {}
    hidden = {name for fragment in module.fragments for name in (fragment.symbol, *fragment.labels)}
    for fragment in module.fragments:
        for fixup in fragment.fixups:
            name = fixup.symbol
            if name not in seen and name not in hidden and name not in sections and name:
                undefined[name] = STT["TLS"] if fixup.kind in _TLS else undefined.get(name, STT_NOTYPE)
    other += [Symbol(name, 0, 0, SHN_UNDEF, type=kind) for name, kind in undefined.items()]
    return local + other


def _relocations(fragments: Iterable[Fragment], sections: dict[str, Section], homes: list[int], index: dict[str, int],
                 section_index: dict[str, int]) -> list[Section]:
    """A `.rela` section for every section with fixups."""
    places: dict[str, tuple[str, int]] = {}
    for fragment, home in zip(fragments, homes):
        for name, offset in (*fragment.labels.items(), (fragment.symbol, 0)):
            if name and name not in index:
                places[name] = (fragment.section, home + offset)
    rows: dict[str, list[bytes]] = {}
    pack = RELA_64L.pack
    for fragment, home in zip(fragments, homes):
        if not fragment.fixups:
            continue
        out = rows.setdefault(fragment.section, [])
        limit = fragment.size
        for offset, kind, symbol, addend in fragment.fixups:
            if kind == Reloc.NONE:
                continue
            if offset < 0 or offset + RELOC_SIZE[Reloc(kind)] > limit:
                raise ElfError(f"a fixup at {offset:#x} lies outside {fragment.symbol or fragment.section}")
            number = index.get(symbol)
            if number is None:
                if symbol in places:
                    section, start = places[symbol]
                    addend += start
                    number = section_index[section]
                else:
                    number = section_index[symbol] if symbol else 0
            out.append(pack(home + offset, number << 32 | kind, addend))
    return [Section(f".rela{name}", SHT_RELA, SHF_INFO_LINK, data=b"".join(data), align=8, entsize=RELA_64L.size,
                    info=sections[name]) for name, data in rows.items()]
