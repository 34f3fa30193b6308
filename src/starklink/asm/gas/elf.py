"""The object file: fixes become numbers or relocations, symbols get their places, sections their headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...objwriter.elf.consts import (
    ET_REL,
    R_386,
    SHN_ABS,
    SHN_COMMON,
    SHN_UNDEF,
    SHT_NOBITS,
    SHT_REL,
    SHT_RELA,
    STT_FILE,
    STT_SECTION,
)
from ...objwriter.elf.model import ElfFile
from ...objwriter.elf.model import Section as ElfSection
from ...objwriter.elf.model import Symbol as ElfSymbol
from ...objwriter.elf.writer import symbol_sections, write
from .errors import GasError
from .expr import Sum, alias_of, offset_of, value_of
from .instruction import suffix_kind
from .layout import final
from .machine import GOT_SYMBOL, Machine
from .program import GLOBAL, LOCAL, WEAK, Fix, Piece, Section, Symbol

if TYPE_CHECKING:
    from .source import Source

SHF_MERGE: Final = 0x10
SHF_GROUP: Final = 0x200
SHF_TLS: Final = 0x400
SHF_INFO_LINK: Final = 0x40
SHT_GROUP: Final = 17
_WIDTHS: Final = {R_386["16"]: 2, R_386["PC16"]: 2, R_386["8"]: 1, R_386["PC8"]: 1, R_386["NONE"]: 0, R_386["TLS_DESC_CALL"]: 0}
_POINTERS: Final = (14, 15, 16)
"""Sections of addresses: INIT_ARRAY, FINI_ARRAY, PREINIT_ARRAY."""
_HERE: Final = "\1."
"""Name of symbols that stand for a place and are not in the table."""

# A relocation before symbols have numbers: (offset, type, symbol or section, addend).
Row = tuple[int, int, "Symbol | Section | None", int]


def apply(source: Source, sections: list[Section]) -> dict[Section, list[Row]]:
    """Write what is known into the sections; the rest as relocations. Errors go to the bag."""
    out: dict[Section, list[Row]] = {}
    for section in sections:  # the name of a section means its start
        named = source.symbols.get(section.name)
        if named is not None and not named.defined and named.binding == LOCAL and named.common < 0:
            named.piece = Piece(section)
            named.kind = 3
    for section in sections:
        rows: list[Row] = []
        for fix in section.fixes:
            try:
                row = _apply(source, section, fix)
            except GasError as error:
                source.bag.error(str(error), fix.place, error.near)
                continue
            if row is not None:
                rows.append(row)
        if rows:
            rows.sort(key=lambda row: row[0])
            out[section] = rows
    return out


def _apply(source: Source, section: Section, fix: Fix) -> Row | None:
    where = final(section, fix)
    value = value_of(fix.value, True)
    number = value.number + fix.addend
    kind, relative, machine = fix.kind, fix.relative, source.machine
    if value.suffix and value.suffix not in ("PLT", "SIZE"):
        source.symbol(GOT_SYMBOL).used = True
    if value.suffix == "PLT" and kind < 0 and _is_local(value.plus) and _is_local(alias_of(fix.value) or value.plus):
        value = value._replace(suffix="")  # local symbols need no table
    if kind < 0 and value.suffix:
        kind = suffix_kind(machine, value.suffix, fix.size)
        relative = relative or (kind == 4 and machine.rela)
    plus, minus = value.plus, value.minus
    alias = alias_of(fix.value)
    if alias is not None and plus is not None and plus.piece is not None and minus is None:
        assert alias.value is not None
        number -= value_of(alias, True).number
        if alias.binding != LOCAL:
            plus = alias
        elif plus.binding == LOCAL:
            number += value_of(alias, True).number
        else:
            plus, number = _copy(plus), number + value_of(alias, True).number
    if plus is None and minus is None and kind < 0:
        if relative:  # a branch to an absolute address
            return where, _kind(machine, value, fix, True), None, number
        _store(section, where, fix.size, number, fix)
        return None
    if minus is not None:
        if relative or minus.piece is None or minus.piece.section is not section or (plus is None):
            raise GasError(
                f"{_spoken(plus)}-{_spoken(minus)}: only a symbol minus a label of this section can be left to the linker"
            )
        number += where - offset_of(minus)
        relative = True
    if plus is None:
        return where, max(kind, 0), None, number
    home = plus.piece.section if plus.piece is not None else None
    if relative and home is section and kind < 0 and plus.binding == LOCAL and plus.kind & 0xFF != 10:
        _store(section, where, fix.size, offset_of(plus) + number - where, fix)
        return None
    if kind < 0:
        kind = _kind(machine, value._replace(plus=plus), fix, relative)
    if plus.name == GOT_SYMBOL:
        kind = machine.got.get(kind, kind)
    if kind in machine.tls:
        plus.tls = True
    by_symbol = kind in machine.by_symbol or (kind in machine.distances and not fix.signed)
    if fix.kind in machine.relative.values() or fix.kind in machine.absolute.values():  # (.reloc asks for these)
        by_symbol = True
        if not machine.rela:
            number += int.from_bytes(section.data[where : where + _WIDTHS.get(kind, 4)], "little")
    if home is None or plus.binding != LOCAL or by_symbol or home.flags & SHF_TLS or plus.kind & 0xFF == 10:
        plus.used = True
        return where, kind, plus, number
    if home.flags & SHF_MERGE and ((relative and machine.rela) or number or kind in machine.distances) and plus.name != _HERE:
        plus.used = True
        return where, kind, plus, number
    return where, kind, home, number + offset_of(plus)


def _is_local(symbol: Symbol | None) -> bool:
    """Whether a symbol is a place that nobody else sees, and no indirect function."""
    return symbol is not None and symbol.defined and symbol.binding == LOCAL and symbol.kind & 0xFF != 10


def _kind(machine: Machine, value: Sum, fix: Fix, relative: bool) -> int:
    """The relocation of a plain reference."""
    if fix.size not in machine.absolute:
        raise GasError(f"there is no relocation for {fix.size} bytes in {machine.name} objects")
    if not relative:
        return machine.signed if fix.signed and fix.size == 4 else machine.absolute[fix.size]
    plus = value.plus
    if fix.size == 4 and fix.relative and not fix.signed and not value.number:
        if plus is None or plus.binding != LOCAL or plus.piece is None:
            return machine.branch
    return machine.relative[fix.size]


def _spoken(symbol: Symbol | None) -> str:
    if symbol is None:
        return ""
    return symbol.name.split("\1")[1] if symbol.name.startswith("\1") else symbol.name


def _store(section: Section, where: int, size: int, number: int, fix: Fix) -> None:
    limit = 1 << size * 8
    if not -(limit >> 1) <= number < (limit >> 1 if fix.relative else limit):
        if fix.relative:
            raise GasError(f"the target is {number:+d} bytes away, out of reach of a {size * 8}-bit distance")
        if size < 8 and not -limit < number < limit:
            raise GasError(f"{number:#x} does not fit into {size} byte{'s' if size > 1 else ''}")
    section.data[where : where + size] = (number & limit - 1).to_bytes(size, "little")


def _copy(label: Symbol) -> Symbol:
    """A local symbol at the place of a label."""
    made = Symbol(_HERE)
    made.piece, made.position = label.piece, label.position
    return made


# -- symbols -------------------------------------------------------------------------------------------------------------
def _place(symbol: Symbol, elf: dict[Section, ElfSection], width: int) -> tuple[ElfSection | int, int, Symbol]:
    """(section, value, label it equals)."""
    value = value_of(symbol, True)
    base = value.plus
    if base is None:
        if value.minus is not None:
            raise GasError(f"{_spoken(symbol)} has no value: {_spoken(value.minus)} lies elsewhere")
        return SHN_ABS, value.number & (1 << width) - 1, symbol
    if value.minus is not None:
        raise GasError(f"{_spoken(symbol)} has no value: {_spoken(base)} and {_spoken(value.minus)} lie in different sections")
    if base.piece is None:
        if base.common >= 0 and base is symbol:
            return SHN_COMMON, base.common_align, base
        return SHN_UNDEF, 0, base
    return elf[base.piece.section], offset_of(base) + value.number, base


def symbols(source: Source, elf: dict[Section, ElfSection]) -> list[tuple[Symbol, ElfSymbol]]:
    """The rows of the symbol table in source order; errors go to the bag."""
    out: list[tuple[Symbol, ElfSymbol]] = []
    width = source.machine.width
    for symbol in list(source.symbols.values()):
        if symbol.kind == 3:
            continue  # the name of a section
        if symbol.name.startswith("\1") and not symbol.defined:
            number = symbol.name.split("\1")[1]
            source.bag.error(f"there is no label {number}: behind a {number}f", symbol.place or source.place)
            continue
        if symbol.internal and not symbol.used:
            continue
        try:
            home, value, base = _place(symbol, elf, width)
            size = value_of(symbol.size, True)
            if size.plus is not None or size.minus is not None:
                raise GasError(f".size of {_spoken(symbol)} is no number")
        except GasError as error:
            source.bag.error(str(error), symbol.place or source.place, error.near)
            continue
        if home == SHN_UNDEF and base is not symbol:
            continue  # an alias of something undefined: references go to that
        kind = symbol.kind & 0xFF
        if symbol.tls or base.tls or (isinstance(home, ElfSection) and home.flags & SHF_TLS):
            kind = 6 if home != SHN_ABS else kind
        binding = symbol.binding
        if home == SHN_UNDEF:
            if binding == WEAK and not symbol.used and not symbol.version:
                continue
            if not symbol.used and binding == LOCAL and not symbol.version:
                continue  # it stood in an expression that became a number
            binding = GLOBAL if binding == LOCAL else binding
        if home == SHN_COMMON and binding not in (GLOBAL, WEAK):
            binding = GLOBAL
        bytes_ = size.number & (1 << width) - 1
        if symbol.name == "_GLOBAL_OFFSET_TABLE_":
            kind = 0
        names = [version.replace("@@@", "@@" if home != SHN_UNDEF else "@") for version in symbol.version]
        if not names or (home != SHN_UNDEF and not any("@@@" in version for version in symbol.version)):
            names.insert(0, symbol.name)  # (else a versioned name takes its place)
        for at, name in enumerate(names):
            one = ElfSymbol(name, value, bytes_, home, binding, kind, symbol.visibility)
            out.append((Symbol(name) if at else symbol, one))
    return out


def _keep(data: bytes | bytearray | memoryview, offset: int, kind: int, addend: int) -> None:
    """Put an addend where i386's relocations have it: into the field."""
    size = _WIDTHS.get(kind, 4)
    assert isinstance(data, bytearray)
    data[offset : offset + size] = (addend & (1 << size * 8) - 1).to_bytes(size, "little")


# -- the file ------------------------------------------------------------------------------------------------------------
def object_bytes(source: Source, rows: dict[Section, list[Row]], sections: list[Section]) -> bytes:
    """The ELF file. Raises nothing; errors go to the bag."""
    elf: dict[Section, ElfSection] = {}
    for section in sections:
        entry = section.entry or (source.machine.address if section.kind in _POINTERS else 0)
        made = ElfSection(section.name, section.kind, section.flags, align=section.align, entsize=entry)
        if section.kind == SHT_NOBITS:
            made.size = section.size
        else:
            made.data = section.data
        elf[section] = made
    for section in sections:
        if section.linked:
            target = source.symbols.get(section.linked)
            if target is not None and target.piece is not None:
                elf[section].link = elf[target.piece.section]
    groups: dict[str, list[Section]] = {}
    for section in sections:
        if section.group:
            groups.setdefault(section.group, []).append(section)
    for name in groups:
        source.symbol(name)
    table = symbols(source, elf)
    listed: list[ElfSymbol] = [ElfSymbol(name, section=SHN_ABS, binding=LOCAL, type=STT_FILE) for name in source.files]
    needed = {row[2] for found in rows.values() for row in found if isinstance(row[2], Section)}
    section_number: dict[Section, int] = {}
    marks = {name: ElfSection(".group", SHT_GROUP, 0, align=4, entsize=4) for name in groups}
    for name, mark in marks.items():
        if not any(symbol.name == name for symbol, _ in table):
            table.append((source.symbol(name), ElfSymbol(name, 0, 0, mark, LOCAL)))
    for section in sections:
        if section in needed:
            listed.append(ElfSymbol("", 0, 0, elf[section], LOCAL, STT_SECTION))
            section_number[section] = len(listed)
    number: dict[str, int] = {}
    for local in (True, False):
        for symbol, one in table:
            if (one.binding == LOCAL) == local:
                name = one.name.replace("\1", "") if one.name.startswith("\1") else one.name
                listed.append(one._replace(name=name))
                number.setdefault(symbol.name, len(listed))
    return _file(source, elf, sections, rows, listed, number, section_number, groups, marks)


def _file(
    source: Source, elf: dict[Section, ElfSection], sections: list[Section], rows: dict[Section, list[Row]],
    listed: list[ElfSymbol], number: dict[str, int], section_number: dict[Section, int], groups: dict[str, list[Section]],
    group_sections: dict[str, ElfSection],
) -> bytes:  # fmt: skip
    machine = source.machine
    record, shift, half = machine.record, 32 if machine.width == 64 else 8, 1 << machine.width - 1
    pack = record.pack
    relocations: dict[Section, ElfSection] = {}
    for section, found in rows.items():
        out = []
        for offset, kind, target, addend in found:
            if target is None:
                index = 0
            elif isinstance(target, Section):
                index = section_number[target]
            else:
                index = number.get(target.name, 0)
            if machine.rela:
                out.append(pack(offset, index << shift | kind, (addend + half) % (2 * half) - half))
            else:
                out.append(pack(offset, index << shift | kind))
                _keep(elf[section].data, offset, kind, addend)
        flags = SHF_INFO_LINK | section.flags & SHF_GROUP
        relocations[section] = ElfSection(
            (".rela" if machine.rela else ".rel") + section.name, SHT_RELA if machine.rela else SHT_REL, flags,
            data=b"".join(out), align=machine.address, entsize=record.size, info=elf[section],
        )  # fmt: skip
    for name, mark in group_sections.items():
        mark.info = number[name]
    ordered: list[ElfSection] = list(group_sections.values())
    for section in sections:
        ordered.append(elf[section])
        if section in relocations:
            ordered.append(relocations[section])
    index_of = {id(section): at for at, section in enumerate(ordered, 1)}
    for name, members in groups.items():
        words = [1]
        for member in members:
            words.append(index_of[id(elf[member])])
            if member in relocations:
                words.append(index_of[id(relocations[member])])
        group_sections[name].data = b"".join([word.to_bytes(4, "little") for word in words])
    image = ElfFile(ET_REL, machine.code, bits=machine.width, symbols=listed)
    if any(one.type == 10 or one.binding == 10 for one in listed) or any(section.flags & 0x200000 for section in sections):
        image.os_abi = 3
    tables = symbol_sections(image, ordered)
    for table in (*relocations.values(), *group_sections.values()):
        table.link = tables[0]
    image.symbols = []
    image.sections = ordered + tables
    return write(image)
