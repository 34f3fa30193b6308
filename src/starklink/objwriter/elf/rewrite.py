"""Writes a file that was read: every byte of it stays where it was unless something was edited.

    elf = open_elf(path);  elf.section(".note").data = other;  content = rewrite(elf)

While contents keep their size and sections and segments their number, the file is patched in place. Otherwise objects
without segments are laid out anew, and in loaded files what is in a segment stays at its place: sections that grew or are
new go to the end of the file, which the loader does not look at.
"""

from __future__ import annotations

from struct import error as StructError

from .consts import PN_XNUM, SHN_LORESERVE, SHN_XINDEX, SHT_NOBITS, SHT_NULL
from .encode import Strings
from .model import AUTO, ElfError, Section
from .reader import Elf


def rewrite(elf: Elf) -> bytes:
    """The bytes of the file: those it was read from, with the headers and contents as they are now.

    Raises ElfError for values that their field cannot hold and for edits of loaded sections that have no room.
    """
    try:
        if not elf.shoff or _same_shape(elf):
            return _in_place(elf)
        return _anew(elf)
    except StructError as error:
        raise ElfError(f"a header cannot hold its values: {error}") from error


def _same_shape(elf: Elf) -> bool:
    """True if the sections are those that were read, under the same names, with contents of the same size."""
    if len(elf.sections) != len(elf.original) or len(elf.segments) != elf.segment_count:
        return False
    record = elf._layout("shdr")
    for number, (section, read) in enumerate(zip(elf.sections, elf.original)):
        if section is not read[0] or section.name != read[1]:
            return False
        if section.type not in (SHT_NULL, SHT_NOBITS):
            row = record.unpack_from(elf.content, elf.shoff + number * record.size)
            if len(section.data) != row[5] or section.offset != row[4]:
                return False
    return True


def _in_place(elf: Elf) -> bytes:
    out = bytearray(elf.content)
    record = elf._layout("shdr")
    numbers = {id(section): number for number, section in enumerate(elf.sections)}
    for number, section in enumerate(elf.sections):
        at = elf.shoff + number * record.size
        name, _, _, _, offset, size, *_ = record.unpack_from(elf.content, at)
        if section.type not in (SHT_NULL, SHT_NOBITS) and size:
            out[offset:offset + size] = section.data
        # The null section's size and links hold the counts that do not fit the file header.
        kept = size if section.type == SHT_NULL else section.memory_size
        _header(elf, out, at, section, name, kept, numbers)
    _segments(elf, out)
    _file_header(elf, out, elf.shoff, elf.shnum, elf.shstrndx, elf.phnum)
    return bytes(out)


def _anew(elf: Elf) -> bytes:
    offsets = _names(elf)
    record = elf._layout("shdr")
    pinned = bool(elf.segments)
    if len(elf.segments) > elf.segment_count:
        raise ElfError(f"there is no room for {len(elf.segments) - elf.segment_count} more program headers")
    read = {id(section): number for number, (section, _) in enumerate(elf.original)}
    if pinned:
        out = bytearray(elf.content)
        moving = [section for section in elf.sections[1:] if not _stays(elf, section, read, out)]
    else:
        out = bytearray(elf.content[:elf.ehsize])
        moving = sorted(elf.sections[1:], key=lambda one: one.offset if one.offset != AUTO else 1 << 64)
    for section in moving:
        align = max(section.align, 1)
        out += bytes(-len(out) % align if align <= 1 << 16 else 0)
        section.offset = len(out)
        if section.type != SHT_NOBITS:
            section.size = len(section.data)
            out += section.data
    out += bytes(-len(out) % (elf.bits // 8))
    table = len(out)
    count = len(elf.sections)
    out += bytes(count * record.size)
    numbers = {id(section): number for number, section in enumerate(elf.sections)}
    for number, section in enumerate(elf.sections):
        _header(elf, out, table + number * record.size, section, offsets[number], section.memory_size, numbers)
    home = elf.names_number
    segments = len(elf.segments)
    null = elf.sections[0] if elf.sections else Section("", SHT_NULL)
    record.pack_into(out, table, 0, SHT_NULL, 0, 0, 0, count if count >= SHN_LORESERVE else 0,
                     home if home >= SHN_LORESERVE else 0, segments if segments >= PN_XNUM else 0, null.align, null.entsize)
    _segments(elf, out)
    _file_header(elf, out, table, count if count < SHN_LORESERVE else 0, home if home < SHN_LORESERVE else SHN_XINDEX,
                 min(segments, PN_XNUM))
    return bytes(out)


def _names(elf: Elf) -> list[int]:
    """Put the new names in the table of section names; the place of each section's name."""
    if not 0 < elf.names_number < len(elf.sections):
        raise ElfError("the file has no table of section names")
    home = elf.sections[elf.names_number]
    strings = Strings(home.data)
    record = elf._layout("shdr")
    read = {id(section): (number, name) for number, (section, name) in enumerate(elf.original)}
    offsets = []
    for section in elf.sections:
        number, name = read.get(id(section), (0, ""))
        if number and name == section.name:
            offsets.append(record.unpack_from(elf.content, elf.shoff + number * record.size)[0])
        else:
            offsets.append(strings.add(section.name))
    if len(strings.data) != len(home.data):
        home.data = strings.data
        home.size = len(home.data)
    return offsets


def _stays(elf: Elf, section: Section, read: dict[int, int], out: bytearray) -> bool:
    """Put a section of a loaded file where it was. False if it is new or has grown, so that it must move."""
    number = read.get(id(section))
    if number is None:
        if section.allocated and section.type != SHT_NOBITS and section.offset == AUTO:
            raise ElfError(f"section {section.name} would be loaded, but no segment has room for it")
        return False
    record = elf._layout("shdr")
    _, kind, _, _, offset, size, *_ = record.unpack_from(elf.content, elf.shoff + number * record.size)
    if section.type in (SHT_NULL, SHT_NOBITS):
        return True
    length = len(section.data)
    if length > size or kind == SHT_NOBITS:
        loaded = any(one.offset <= offset < one.offset + one.file_size for one in elf.segments)
        if loaded and size:
            raise ElfError(f"section {section.name} is loaded and cannot grow from {size} to {length} bytes where it is")
        out[offset:offset + size] = bytes(size)
        return False
    section.offset, section.size = offset, length
    out[offset:offset + size] = bytes(section.data) + bytes(size - length)
    return True


def _header(elf: Elf, out: bytearray, at: int, section: Section, name: int, size: int, numbers: dict[int, int]) -> None:
    try:
        link, info = (numbers[id(one)] if isinstance(one, Section) else one for one in (section.link, section.info))
    except KeyError as error:
        raise ElfError(f"section {section.name} refers to a section that is not in the file") from error
    elf._layout("shdr").pack_into(out, at, name, section.type, section.flags, section.address,
                                  0 if section.offset == AUTO else section.offset, size, link, info, section.align,
                                  section.entsize)


def _file_header(elf: Elf, out: bytearray, table: int, count: int, names: int, segments: int) -> None:
    ident = bytes(elf.content[:7]) + bytes((elf.os_abi & 0xFF, elf.abi_version & 0xFF)) + bytes(elf.content[9:16])
    elf._layout("ehdr").pack_into(out, 0, ident, elf.type, elf.machine, elf.version, elf.entry, elf.phoff, table, elf.flags,
                                  elf.ehsize, elf.phentsize, segments, elf.shentsize, count, names)


def _segments(elf: Elf, out: bytearray) -> None:
    record = elf._layout("phdr")
    for number, one in enumerate(elf.segments):
        values = {"type": one.type, "flags": one.flags, "offset": one.offset, "vaddr": one.address, "paddr": one.physical,
                  "filesz": one.file_size, "memsz": one.memory_size, "align": one.align}
        record.pack_into(out, elf.phoff + number * record.size, *[values[name] for name in record.fields])
