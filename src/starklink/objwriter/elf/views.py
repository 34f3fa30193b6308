"""What the special sections of an ELF file say, as plain values: symbol versions, the dynamic table, groups, hash tables,
relative relocations and GNU notes.

Each view is a function of a read file and one of its sections. Whatever is wrong with a section comes out as ElfError,
in time and memory proportional to the section (chains of records that do not move forward are refused).
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import iter_unpack, unpack_from
from typing import Any, Final, NamedTuple

from .consts import (
    DT,
    SHF_MERGE,
    SHF_STRINGS,
    SHT_GNU_VERDEF,
    SHT_GNU_VERNEED,
)
from .model import ElfError, Section
from .pack import endian
from .reader import Elf

VERSION_HIDDEN: Final = 0x8000
"""Bit of a symbol's version index: not the default version (`name@V` instead of `name@@V`)."""
TEXT_TAGS: Final = frozenset(DT[name] for name in ("NEEDED", "SONAME", "RPATH", "RUNPATH", "AUXILIARY", "FILTER"))


class Dynamic(NamedTuple):
    """An entry of the dynamic table. `text`: the string it names, '' for tags whose value is a number."""

    tag: int
    value: int
    text: str


class VersionNeed(NamedTuple):
    """Version `name` is wanted of library `file`; symbols refer to it by `number`."""

    file: str
    name: str
    number: int
    flags: int


class VersionDef(NamedTuple):
    """Version `name` is defined here, with its parents; symbols refer to it by `number`."""

    name: str
    number: int
    flags: int
    parents: tuple[str, ...]


class Group(NamedTuple):
    """A section group: the flags (GRP_COMDAT), the name of its signature symbol and its members."""

    flags: int
    signature: str
    members: tuple[Section, ...]


class Note(NamedTuple):
    """A note record: owner ("GNU"), type number and payload."""

    owner: str
    type: int
    payload: bytes


class Property(NamedTuple):
    """A property of a GNU property note: its number and its value as bytes (4 or the word size, mostly)."""

    type: int
    value: bytes


class Hash(NamedTuple):
    """A System V hash table: first symbol of each bucket and next symbol of each symbol (0 ends a chain)."""

    buckets: tuple[int, ...]
    chains: tuple[int, ...]


class GnuHash(NamedTuple):
    """A GNU hash table: number of the first hashed symbol, bloom filter and its shift, buckets, hash values (low bit: the
    last of its bucket)."""

    first: int
    shift: int
    bloom: tuple[int, ...]
    buckets: tuple[int, ...]
    values: tuple[int, ...]


def find(elf: Elf, kind: int) -> Section | None:
    """The first section of a type."""
    return next((section for section in elf.sections if section.type == kind), None)


def dynamic(elf: Elf, section: Section) -> list[Dynamic]:
    """The dynamic table up to and including its DT_NULL."""
    record = elf._layout("dyn")
    strings = elf.linked(section)
    out: list[Dynamic] = []
    for tag, value in record.iter_unpack(_part(section, 0, len(section.data) // record.size * record.size)):
        out.append(Dynamic(tag, value, _string(strings, value) if tag in TEXT_TAGS else ""))
        if tag == 0:
            break
    return out


def version_needs(elf: Elf, section: Section) -> list[VersionNeed]:
    """The versions wanted of other libraries, in file order."""
    strings = elf.linked(section)
    out: list[VersionNeed] = []
    for at, (_, count, file, aux, _) in _chain(elf, section, "verneed", 0, None):
        library = _string(strings, file)
        out += [VersionNeed(library, _string(strings, name), index, flags)
                for _, (_, flags, index, name, _) in _chain(elf, section, "vernaux", at + aux, count)]
        _limit(section, len(out))
    return out


def version_defs(elf: Elf, section: Section) -> list[VersionDef]:
    """The versions defined here, in file order."""
    strings = elf.linked(section)
    out: list[VersionDef] = []
    total = 0
    for at, (_, flags, index, count, _, aux, _) in _chain(elf, section, "verdef", 0, None):
        names = [_string(strings, name) for _, (name, _) in _chain(elf, section, "verdaux", at + aux, count)]
        if not names:
            raise ElfError(f"a version of section {section.name} has no name")
        out.append(VersionDef(names[0], index, flags, tuple(names[1:])))
        total += len(names)
        _limit(section, total)
    return out


def version_names(elf: Elf) -> dict[int, str]:
    """The names of all version indices, wanted and defined; 0 and 1 are symbols without a version."""
    names: dict[int, str] = {}
    for section in elf.sections:
        if section.type == SHT_GNU_VERNEED:
            names.update((one.number, one.name) for one in version_needs(elf, section))
        elif section.type == SHT_GNU_VERDEF:
            names.update((one.number, one.name) for one in version_defs(elf, section) if not one.flags & 1)
    return {0: "*local*", 1: "*global*"} | names


def symbol_versions(elf: Elf, section: Section) -> list[int]:
    """The version index of every symbol of the dynamic symbol table (VERSION_HIDDEN may be set)."""
    return list(_words(elf, section, 0, len(section.data) // 2, 2))


def group(elf: Elf, section: Section) -> Group:
    """A group section. Raises ElfError for members and signatures that do not exist."""
    words = _words(elf, section, 0, len(section.data) // 4, 4)
    if not words:
        raise ElfError(f"group {section.name} is empty")
    sections = elf.sections
    for number in words[1:]:
        if not 0 < number < len(sections):
            raise ElfError(f"group {section.name} has section {number}, which does not exist, for a member")
    symbols = elf.symbols(elf.linked(section))
    if not isinstance(section.info, int) or section.info >= len(symbols):
        raise ElfError(f"the signature of group {section.name} is symbol {section.info} of {len(symbols)}")
    symbol = symbols[section.info]
    home = symbol.section
    return Group(words[0], symbol.name or (home.name if isinstance(home, Section) else ""),
                 tuple(sections[number] for number in words[1:]))


def hash_table(elf: Elf, section: Section) -> Hash:
    """A System V hash table (words of 4 bytes)."""
    bucket_count, chain_count = _words(elf, section, 0, 2, 4)
    return Hash(_words(elf, section, 8, bucket_count, 4), _words(elf, section, 8 + 4 * bucket_count, chain_count, 4))


def gnu_hash_table(elf: Elf, section: Section) -> GnuHash:
    """A GNU hash table."""
    bucket_count, first, bloom_count, shift = _words(elf, section, 0, 4, 4)
    word = elf.bits // 8
    buckets_at = 16 + word * bloom_count
    values_at = buckets_at + 4 * bucket_count
    bloom = _words(elf, section, 16, bloom_count, word)
    buckets = _words(elf, section, buckets_at, bucket_count, 4)
    values = _words(elf, section, values_at, (len(section.data) - values_at) // 4, 4)
    return GnuHash(first, shift, bloom, buckets, values)


def relative_places(elf: Elf, section: Section) -> list[int]:
    """The addresses that a RELR section relocates: an even word is an address, an odd one a bitmap of those behind it."""
    word = elf.bits // 8
    out: list[int] = []
    at = None
    for value in _words(elf, section, 0, len(section.data) // word, word):
        if not value & 1:
            out.append(value)
            at = value + word
        elif at is None:
            raise ElfError(f"section {section.name} begins with a bitmap")
        else:
            out += [at + word * bit for bit in range(elf.bits - 1) if value >> bit + 1 & 1]
            at += word * (elf.bits - 1)
    return out


def addresses(elf: Elf, section: Section) -> list[int]:
    """The addresses of an INIT_ARRAY, FINI_ARRAY or PREINIT_ARRAY section."""
    word = elf.bits // 8
    return list(_words(elf, section, 0, len(section.data) // word, word))


def section_indices(elf: Elf, section: Section) -> list[int]:
    """The extended section numbers of a SYMTAB_SHNDX section, one per symbol (0: the symbol says it itself)."""
    return list(_words(elf, section, 0, len(section.data) // 4, 4))


def strings(elf: Elf, section: Section) -> list[str]:
    """The strings of a string table in order, without the empty one it begins with."""
    data = bytes(section.data)
    if data and data[-1]:
        raise ElfError(f"section {section.name} does not end with a zero byte")
    return [one.decode("utf-8", "surrogateescape") for one in data[:-1].split(b"\0")[1:]]


def merged_strings(elf: Elf, section: Section) -> dict[int, bytes]:
    """The strings of an SHF_MERGE | SHF_STRINGS section by offset, without their terminators (entsize bytes wide)."""
    if section.flags & (SHF_MERGE | SHF_STRINGS) != SHF_MERGE | SHF_STRINGS:
        raise ElfError(f"section {section.name} does not hold merged strings")
    data, size = bytes(elf.data(section)), section.entsize or 1
    end = bytes(size)
    if len(data) % size or (data and data[-size:] != end):
        raise ElfError(f"section {section.name} does not end with a terminator of {size} bytes")
    out: dict[int, bytes] = {}
    start = 0
    while start < len(data):
        at = data.find(end, start)
        while (at - start) % size:
            at = data.find(end, at + 1)
        out[start] = data[start:at]
        start = at + size
    return out


def notes(elf: Elf, section: Section) -> list[Note]:
    """The notes of a section."""
    return list(read_notes(elf, section.data, section.align, f"section {section.name}"))


def read_notes(elf: Elf, content: bytes | bytearray | memoryview, align: int, what: str) -> Iterator[Note]:
    """The notes of a section or segment. `align` 8: names and payloads are aligned to 8 bytes, otherwise to 4."""
    record = elf._layout("nhdr")
    data = bytes(content)
    align = 8 if align == 8 else 4
    at = 0
    while at < len(data):
        if at + record.size > len(data):
            raise ElfError(f"{what} ends inside a note")
        name_size, size, kind = record.unpack_from(data, at)
        start = at + record.size
        payload = -(start + name_size) % align + start + name_size
        if payload + size > len(data):
            raise ElfError(f"a note of {what} is longer than it")
        owner = data[start:start + name_size]
        yield Note(owner.split(b"\0", 1)[0].decode("utf-8", "surrogateescape"), kind, data[payload:payload + size])
        at = -(payload + size) % align + payload + size


def properties(elf: Elf, payload: bytes) -> list[Property]:
    """The properties of a GNU property note (type 5)."""
    out: list[Property] = []
    word = elf.bits // 8
    at = 0
    while at + 8 <= len(payload):
        kind, size = unpack_from(elf.order + "2I", payload, at)
        value = payload[at + 8:at + 8 + size]
        if len(value) < size:
            raise ElfError("a property of a note is longer than the note")
        out.append(Property(kind, value))
        at += 8 + -size % word + size
    return out


def describe_note(elf: Elf, owner: str, kind: int, payload: bytes) -> str:
    """What a GNU note says ("Build ID: ...", "OS: Linux, ABI: 3.2.0", "Properties: ..."); '' for notes not known."""
    if owner != "GNU":
        return ""
    if kind == 3:
        return f"Build ID: {payload.hex()}"
    if kind == 1 and len(payload) >= 16:
        system, *abi = unpack_from(elf.order + "4I", payload)
        return f"OS: {_SYSTEMS.get(system, f'{system:#x}')}, ABI: {'.'.join(map(str, abi))}"
    return f"Properties: {', '.join(_properties(elf, payload))}" if kind == 5 else ""


_SYSTEMS: Final = {0: "Linux", 1: "Hurd", 2: "Solaris", 3: "FreeBSD", 4: "NetBSD"}
_X86_PROPERTIES: Final = {0xC0000002: ("x86 feature", ("IBT", "SHSTK", "LAM_U48", "LAM_U57")),
                          0xC0008002: ("x86 ISA needed", ("x86-64-baseline", "x86-64-v2", "x86-64-v3", "x86-64-v4"))}


def _properties(elf: Elf, payload: bytes) -> list[str]:
    out: list[str] = []
    for kind, value in properties(elf, payload):
        title, bits = _X86_PROPERTIES.get(kind, ("", ()))
        number = int.from_bytes(value, endian(elf.order))
        if title and not number >> len(bits):
            out.append(f"{title}: {', '.join(name for place, name in enumerate(bits) if number >> place & 1)}")
        else:
            out.append(f"{kind:#x}: {value.hex()}")
    return out


def _part(section: Section, at: int, size: int) -> memoryview:
    if size < 0 or at + size > len(section.data):
        raise ElfError(f"section {section.name} is too short: {size} bytes at {at:#x} of {len(section.data)}")
    return memoryview(section.data)[at:at + size]


def _words(elf: Elf, section: Section, at: int, count: int, size: int) -> tuple[int, ...]:
    """`count` unsigned integers of 2, 4 or 8 bytes at an offset."""
    code = elf.order + {2: "H", 4: "I", 8: "Q"}[size]
    return tuple(value for value, in iter_unpack(code, _part(section, at, count * size)))


def _chain(elf: Elf, section: Section, name: str, at: int, count: int | None) -> list[tuple[int, tuple[Any, ...]]]:
    """(offset, fields) of version records that are linked by their last field; `count` None: until a link is 0."""
    record = elf._layout(name)
    out: list[tuple[int, tuple[Any, ...]]] = []
    while (count is None and len(section.data)) or (count is not None and len(out) < count):
        row = record.unpack_from(_part(section, at, record.size))
        out.append((at, row))
        if not row[-1]:
            break
        if row[-1] < record.size:
            raise ElfError(f"the records of section {section.name} overlap at {at:#x}")
        at += row[-1]
    return out


def _limit(section: Section, count: int) -> None:
    """Refuse chains that many records share: a small section could unfold to millions of versions."""
    if count > len(section.data) // 8:
        raise ElfError(f"the records of section {section.name} overlap")


def _string(table: Section, offset: int) -> str:
    data = table.data
    view = bytes(data[offset:offset + 4096])
    end = view.find(b"\0")
    if end < 0:
        raise ElfError(f"a string at {offset:#x} does not end in {table.name}")
    return view[:end].decode("utf-8", "surrogateescape")
