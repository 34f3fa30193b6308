"""What the content of each section type is as a value, read and written: the table `KINDS`, one row per type.

    value(elf, section)            -> a list of Symbol, Dynamic, Note, ...; bytes for types without a row
    store(elf, section, value)     sets the section's data (and the string table and numbers that go with it)

`store(elf, section, value(elf, section))` keeps what the section says. Offsets in string tables may change, and for types
where several encodings say the same (RELR, versions) the shortest one is written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from . import encode, views
from .consts import (
    EM_MIPS,
    SHF_COMPRESSED,
    SHT_DYNAMIC,
    SHT_DYNSYM,
    SHT_FINI_ARRAY,
    SHT_GNU_HASH,
    SHT_GNU_VERDEF,
    SHT_GNU_VERNEED,
    SHT_GNU_VERSYM,
    SHT_GROUP,
    SHT_HASH,
    SHT_INIT_ARRAY,
    SHT_NOBITS,
    SHT_NOTE,
    SHT_NULL,
    SHT_PREINIT_ARRAY,
    SHT_PROGBITS,
    SHT_REL,
    SHT_RELA,
    SHT_RELR,
    SHT_STRTAB,
    SHT_SYMTAB,
    SHT_SYMTAB_SHNDX,
    STB_LOCAL,
)
from .model import ElfError, Relocation, Section, Symbol
from .reader import Elf
from .views import Dynamic, GnuHash, Group, Hash, Note, VersionDef, VersionNeed


class Kind(NamedTuple):
    """How the content of a section type is read and stored, and what it is called in documents."""

    read: Callable[[Elf, Section], Any]
    store: Callable[[Elf, Section, Any], None]
    title: str


def value(elf: Elf, section: Section) -> Any:
    """The content of a section by its type; bytes (decompressed) for types without a row. Raises ElfError."""
    kind = KINDS.get(section.type)
    return kind.read(elf, section) if kind else bytes(elf.data(section))


def store(elf: Elf, section: Section, content: Any) -> None:
    """Replace the content of a section. Raises ElfError for what the type cannot hold."""
    kind = KINDS.get(section.type)
    if kind:
        kind.store(elf, section, content)
    else:
        _store_bytes(elf, section, content)


def set_symbols(elf: Elf, table: Section, symbols: Sequence[Symbol]) -> list[Symbol]:
    """Replace the symbols of a table; the null symbol is added if need be and locals are sorted to the front.

    Relocations, groups and versions that name symbols by number follow them; a symbol is found again as the same object, by
    name and section, or (in a table of the same length) at its place. Returns the symbols as they stand. Raises ElfError if
    one that is needed has gone.
    """
    old = elf.symbols(table)
    null = Symbol("", 0, 0, 0, STB_LOCAL, 0, 0)
    rest = list(symbols)[1:] if symbols and symbols[0] == null else list(symbols)
    new = [null, *(one for one in rest if one.binding == STB_LOCAL), *(one for one in rest if one.binding != STB_LOCAL)]
    if [id(one) for one in old[1:]] != [id(one) for one in new[1:]]:
        _follow(elf, table, old, new, [null, *rest])
    strings = elf.linked(table)
    record = elf._layout("sym")
    offsets = [row[0] for row in record.iter_unpack(table.data)]
    names = encode.Strings(strings.data, {one.name: at for one, at in zip(old, offsets)})
    table.data, far = encode.symbols(elf, new, names, encode.section_numbers(elf.sections))
    strings.data = names.data
    table.size = len(table.data)
    strings.size = len(strings.data)
    table.info = next((number for number, one in enumerate(new) if one.binding != STB_LOCAL), len(new))
    _set_extended(elf, table, far)
    elf.forget_symbols(table)
    return elf.symbols(table)


def _set_extended(elf: Elf, table: Section, far: bytes) -> None:
    number = elf.sections.index(table)
    extended = next((one for one in elf.sections if one.type == SHT_SYMTAB_SHNDX and one.link in (number, table)), None)
    if extended is not None:
        extended.data = far or bytes(len(table.data) // elf.record_size("sym") * 4)
        extended.size = len(extended.data)
    elif far:
        elf.add(Section(".symtab_shndx", SHT_SYMTAB_SHNDX, align=4, entsize=4, link=number, data=far))


def _follow(elf: Elf, table: Section, old: Sequence[Symbol], new: Sequence[Symbol], given: Sequence[Symbol]) -> None:
    """Renumber what names symbols of the table. `given`: the new symbols in the order the caller has them."""
    places = {id(one): number for number, one in enumerate(new)}
    known = {id(one) for one in old}
    named: dict[tuple[str, int, int], int] = {}
    for number, one in enumerate(new):
        named.setdefault((one.name, id(one.section), one.type), number)

    def moved(number: int, who: str) -> int:
        if number >= len(old):
            raise ElfError(f"{who} names symbol {number} of {len(old)}")
        symbol = old[number]
        found = 0 if not number else places.get(id(symbol), named.get((symbol.name, id(symbol.section), symbol.type)))
        if found is None and len(given) == len(old) and id(given[number]) not in known:
            found = places[id(given[number])]  # the caller has put another symbol in its place
        if found is None:
            raise ElfError(f"symbol {number} ({symbol.name!r}) of {table.name} is needed by {who}")
        return found

    home = elf.sections.index(table)
    for section in elf.sections:
        if section.link not in (home, table):
            continue
        if section.type in (SHT_REL, SHT_RELA):
            rows = elf.relocations(section)
            _store_relocations(elf, section, [row._replace(symbol=moved(row.symbol, section.name)) for row in rows])
        elif section.type == SHT_GROUP and isinstance(section.info, int):
            section.info = moved(section.info, section.name)
        elif section.type in (SHT_GNU_VERSYM, SHT_HASH, SHT_GNU_HASH) and section.data and list(old) != list(new):
            raise ElfError(f"section {section.name} describes the symbols of {table.name}: store it anew, too")


def _store_bytes(elf: Elf, section: Section, content: bytes) -> None:
    data = bytes(content)
    if section.flags & SHF_COMPRESSED:
        kind = elf.compression(section)
        data = encode.compressed(elf, data, elf.compressed_align(section), kind)
    section.data, section.size = data, len(data)


def _store_nobits(elf: Elf, section: Section, content: Any) -> None:
    if bytes(content):
        raise ElfError(f"section {section.name} has no bytes in the file")


def _store_strings(elf: Elf, section: Section, content: Sequence[str]) -> None:
    names = b"".join(one.encode("utf-8", "surrogateescape") + b"\0" for one in content)
    if names.count(b"\0") != len(content):
        raise ElfError(f"a string of {section.name} holds a NUL")
    _store_bytes(elf, section, b"\0" + names)


def _store_relocations(elf: Elf, section: Section, content: Sequence[Relocation]) -> None:
    pairs = elf.machine == EM_MIPS and elf.bits == 64 and elf.order == "<"
    _store_bytes(elf, section, encode.relocations(elf, content, section.type == SHT_RELA, pairs))


def _store_group(elf: Elf, section: Section, content: Group) -> None:
    numbers = encode.section_numbers(elf.sections)
    try:
        data = encode.group(elf, content.flags, [numbers[id(one)] for one in content.members])
    except KeyError as error:
        raise ElfError(f"group {section.name} has a member that is not in the file") from error
    table = elf.symbols(elf.linked(section))
    for number, symbol in enumerate(table):
        name = symbol.name or (symbol.section.name if isinstance(symbol.section, Section) else "")
        if name == content.signature:
            section.info = number
            break
    else:
        raise ElfError(f"the signature of group {section.name} is {content.signature}, which is no symbol")
    _store_bytes(elf, section, data)


def _named(make: Callable[[Elf, Any, encode.Strings], bytes]) -> Callable[[Elf, Section, Any], None]:
    """Store what has its strings in the linked table."""
    def store(elf: Elf, section: Section, content: Any) -> None:
        table = elf.linked(section)
        names = encode.Strings(table.data)
        _store_bytes(elf, section, make(elf, content, names))
        table.data, table.size = names.data, len(names.data)
        if section.type in (SHT_GNU_VERDEF, SHT_GNU_VERNEED):
            section.info = len({id(one) for one in content}) if section.type == SHT_GNU_VERDEF else _files(content)
    return store


def _files(rows: Sequence[VersionNeed]) -> int:
    return sum(1 for number, row in enumerate(rows) if not number or rows[number - 1].file != row.file)


def _plain(make: Callable[[Elf, Any], bytes]) -> Callable[[Elf, Section, Any], None]:
    def store(elf: Elf, section: Section, content: Any) -> None:
        _store_bytes(elf, section, make(elf, content))
    return store


def _store_notes(elf: Elf, section: Section, content: Sequence[Note]) -> None:
    _store_bytes(elf, section, encode.notes(elf, content, 8 if section.align == 8 else 4))


def _symbols(elf: Elf, section: Section) -> list[Symbol]:
    return elf.symbols(section)


def _relocations(elf: Elf, section: Section) -> list[Relocation]:
    return elf.relocations(section)


def _store_symbols(elf: Elf, section: Section, content: Sequence[Symbol]) -> None:
    set_symbols(elf, section, content)


_ARRAY: Final = Kind(views.addresses, _plain(encode.addresses), "addresses of functions")
_BYTES: Final = Kind(lambda elf, section: bytes(elf.data(section)), _store_bytes, "bytes")
KINDS: Final[dict[int, Kind]] = {
    SHT_NULL: Kind(lambda elf, section: b"", _store_nobits, "nothing"),
    SHT_PROGBITS: _BYTES,
    SHT_NOBITS: Kind(lambda elf, section: b"", _store_nobits, "nothing in the file"),
    SHT_STRTAB: Kind(views.strings, _store_strings, "strings"),
    SHT_SYMTAB: Kind(_symbols, _store_symbols, "symbols"),
    SHT_DYNSYM: Kind(_symbols, _store_symbols, "symbols for the dynamic linker"),
    SHT_SYMTAB_SHNDX: Kind(views.section_indices, _plain(lambda elf, rows: encode.words(elf, rows, 4)),
                           "section numbers that do not fit symbols"),
    SHT_REL: Kind(_relocations, _store_relocations, "relocations without addends"),
    SHT_RELA: Kind(_relocations, _store_relocations, "relocations with addends"),
    SHT_RELR: Kind(views.relative_places, _plain(encode.relative_places), "addresses to relocate"),
    SHT_NOTE: Kind(views.notes, _store_notes, "notes"),
    SHT_GROUP: Kind(views.group, _store_group, "a group of sections"),
    SHT_INIT_ARRAY: _ARRAY, SHT_FINI_ARRAY: _ARRAY, SHT_PREINIT_ARRAY: _ARRAY,
    SHT_HASH: Kind(views.hash_table, _plain(encode.hash_table), "System V hash table of symbols"),
    SHT_GNU_HASH: Kind(views.gnu_hash_table, _plain(encode.gnu_hash_table), "GNU hash table of symbols"),
    SHT_DYNAMIC: Kind(views.dynamic, _named(encode.dynamic), "entries for the dynamic linker"),
    SHT_GNU_VERSYM: Kind(views.symbol_versions, _plain(encode.symbol_versions), "version index of each symbol"),
    SHT_GNU_VERDEF: Kind(views.version_defs, _named(encode.version_defs), "versions defined"),
    SHT_GNU_VERNEED: Kind(views.version_needs, _named(encode.version_needs), "versions wanted"),
}
"""Section types with a typed content; any other type is kept as bytes."""

__all__ = ["KINDS", "Dynamic", "GnuHash", "Group", "Hash", "Kind", "Note", "VersionDef", "VersionNeed", "set_symbols", "store",
           "value"]
