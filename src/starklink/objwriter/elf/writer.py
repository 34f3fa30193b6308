"""Writes an `ElfFile` as bytes.

    ElfFile(entry=0x401000, segments=[...], sections=[...], symbols=[...])  ->  write(image)  ->  the file's bytes

The layout is compact: nothing is padded to page boundaries. A loaded section only has to lie at a file offset congruent
to its address modulo the segment's alignment, so whoever chooses addresses decides how dense the file is: continuing
the next segment at `next_address(end)` (same offset in a new page) needs no padding at all, and the page that holds the
border is mapped by both segments.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from struct import error as StructError

from .consts import (
    PN_XNUM,
    PT_LOAD,
    SHN_LORESERVE,
    SHN_XINDEX,
    SHT_NOBITS,
    SHT_STRTAB,
    SHT_SYMTAB,
    SHT_SYMTAB_SHNDX,
    STB_LOCAL,
)
from .layouts import RECORDS
from .model import AUTO, ElfError, ElfFile, Section, Segment, Symbol
from .pack import endian


def headers_size(segment_count: int, bits: int = 64) -> int:
    """Bytes of the ELF header and program headers at the start of the file."""
    size: int = RECORDS["ehdr", bits, "<"].size + segment_count * RECORDS["phdr", bits, "<"].size
    return size


def next_address(end: int, page: int = 0x1000) -> int:
    """Address for the next segment after one that ends at `end`: another page, same offset in it (no file padding)."""
    return end + page


def write(image: ElfFile) -> bytes:
    """The bytes of a file. `image` is not changed except that AUTO offsets of its sections are filled in.

    Adds `.symtab`, `.strtab` (if there are symbols), `.symtab_shndx` (if there are very many sections), relocation
    sections of fixups, group sections and `.shstrtab` (if there are sections). Symbols are sorted locals first, otherwise
    keeping their order. Raises ElfError for what cannot be expressed: a section in a PT_LOAD segment whose offset is not
    congruent to its address, overlapping offsets, values out of range.
    """
    sections = list(image.sections)
    if image.groups or any(section.fixups for section in sections):
        from .derive import derive

        sections = derive(image)
    elif image.symbols:
        sections += symbol_sections(image, sections)
    if sections:
        sections.append(Section(".shstrtab", SHT_STRTAB))
        names, name_offsets = string_table([section.name for section in sections])
        sections[-1].data = names
    else:
        name_offsets = []
    end = place(image, sections)
    word = image.bits // 8
    table = -end % word + end if sections else 0
    try:
        pieces = [_header(image, table, len(sections)), _program_headers(image)]
        tail = _section_headers(image, sections, name_offsets) if sections else b""
    except StructError as error:
        raise ElfError(f"a header cannot hold its values: {error}") from error
    at = len(pieces[0]) + len(pieces[1])
    in_file = [(section.offset, section) for section in sections if section.file_size]
    in_file.sort(key=itemgetter(0))
    for offset, section in in_file:
        if offset < at:
            raise ElfError(f"section {section.name} at file offset {offset:#x} overlaps what ends at {at:#x}")
        pieces.append(bytes(offset - at))
        pieces.append(bytes(section.data))
        at = offset + section.file_size
    if sections:
        pieces.append(bytes(table - at))
        pieces.append(tail)
    return b"".join(pieces)


def place(image: ElfFile, sections: Sequence[Section]) -> int:
    """Choose the file offsets that are AUTO, in section order; return the end of the last section in the file."""
    page_of: dict[int, int] = {}
    for segment in image.segments:
        if segment.type == PT_LOAD:
            for section in segment.sections:
                page_of[id(section)] = max(segment.align, 1)
    cursor = headers_size(len(image.segments), image.bits)
    for section in sections:
        page = page_of.get(id(section), 0)
        if section.offset == AUTO:
            if page:
                section.offset = cursor + (section.address - cursor) % page
            else:
                section.offset = -cursor % max(section.align, 1) + cursor
        elif page and section.type != SHT_NOBITS and (section.offset - section.address) % page:
            raise ElfError(f"section {section.name}: file offset {section.offset:#x} is not congruent to address "
                           f"{section.address:#x} modulo {page:#x}")
        cursor = max(cursor, section.offset + section.file_size)
    return cursor


def string_table(strings: Sequence[str]) -> tuple[bytes, list[int]]:
    """A string table holding each of the strings once, and their offsets. The empty string is offset 0.

    Raises ElfError for a NUL in a string.
    """
    offsets: dict[str, int] = {"": 0}
    parts = [b""]
    size = 1
    for text in strings:
        if text not in offsets:
            encoded = text.encode("utf-8", "surrogateescape")
            offsets[text] = size
            parts.append(encoded)
            size += len(encoded) + 1
    parts.append(b"")
    table = b"\0".join(parts)
    if table.count(0) != len(parts) - 1:
        raise ElfError(f"no name of an ELF file can hold a NUL: {next(text for text in strings if chr(0) in text)!r}")
    return table, [offsets[text] for text in strings]


def symbol_sections(image: ElfFile, sections: Sequence[Section], first: int = 1) -> list[Section]:
    """`.symtab` and `.strtab` of the image's symbols, and `.symtab_shndx` where section numbers do not fit the symbols.

    `sections` are sections in final order, the first of them with number `first`.
    """
    index = {id(section): number for number, section in enumerate(sections, first)}
    symbols = [symbol for symbol in image.symbols if symbol.binding == STB_LOCAL]
    local_count = len(symbols)
    symbols += [symbol for symbol in image.symbols if symbol.binding != STB_LOCAL]
    names, offsets = string_table([symbol.name for symbol in symbols])
    record = RECORDS["sym", image.bits, image.order]
    strtab = Section(".strtab", SHT_STRTAB, data=names)
    symtab = Section(".symtab", SHT_SYMTAB, align=image.bits // 8, entsize=record.size, link=strtab,
                     info=local_count + 1)
    made = [symtab, strtab]
    try:
        symtab.data, far = _symbol_records(image, symbols, offsets, index)
    except KeyError as error:
        raise ElfError("a symbol lies in a section that is not in the file") from error
    except StructError as error:
        raise ElfError(f"a symbol's value or size does not fit a {image.bits}-bit file: {error}") from error
    if far:
        made.append(Section(".symtab_shndx", SHT_SYMTAB_SHNDX, align=4, entsize=4, link=symtab, data=far))
    return made


def _symbol_records(image: ElfFile, symbols: Sequence[Symbol], names: Sequence[int],
                    index: dict[int, int]) -> tuple[bytes, bytes]:
    """The symbol table and, b"" if no section number asks for them, its extended section numbers."""
    pack = RECORDS["sym", image.bits, image.order].pack
    wide = image.bits == 64
    out = [pack(0, 0, 0, 0, 0, 0)]
    far: dict[int, int] = {}
    add = out.append
    for name, (_, value, size, section, binding, kind, visibility) in zip(names, symbols):
        shndx = section if isinstance(section, int) else index[id(section)]
        if shndx >= SHN_LORESERVE and not isinstance(section, int):
            far[len(out)] = shndx
            shndx = SHN_XINDEX
        info = binding << 4 | kind
        add(pack(name, info, visibility, shndx, value, size) if wide else
            pack(name, value, size, info, visibility, shndx))
    if not far:
        return b"".join(out), b""
    order = endian(image.order)
    return b"".join(out), b"".join(far.get(number, 0).to_bytes(4, order) for number in range(len(out)))


def _header(image: ElfFile, table: int, count: int) -> bytes:
    record = RECORDS["ehdr", image.bits, image.order]
    phdr, shdr = (RECORDS[name, image.bits, image.order].size for name in ("phdr", "shdr"))
    segments = len(image.segments)
    if not 0 <= image.os_abi < 256 or not 0 <= image.abi_version < 256:
        raise ElfError(f"OS/ABI {image.os_abi} and ABI version {image.abi_version} are not both bytes")
    if segments >= PN_XNUM and not count:
        raise ElfError(f"{segments} program headers need a section header that counts them")
    ident = b"\x7fELF" + bytes((image.bits // 32, 1 if image.order == "<" else 2, 1, image.os_abi, image.abi_version))
    # Counts that do not fit here stand in the null section.
    return record.build(ident=ident, type=image.type, machine=image.machine, version=1, entry=image.entry,
                        phoff=record.size if segments else 0, shoff=table, flags=image.flags, ehsize=record.size,
                        phentsize=phdr if segments else 0, phnum=min(segments, PN_XNUM), shentsize=shdr,
                        shnum=count + 1 if 0 < count < SHN_LORESERVE - 1 else 0,
                        shstrndx=count if count < SHN_LORESERVE else SHN_XINDEX)


def _program_headers(image: ElfFile) -> bytes:
    record = RECORDS["phdr", image.bits, image.order]
    out = []
    for segment in image.segments:
        offset, address, file_size, memory_size = segment_range(segment, len(image.segments), image.bits)
        if segment.type == PT_LOAD and segment.align > 1 and (offset - address) % segment.align:
            raise ElfError(f"segment at {address:#x}: file offset {offset:#x} is not congruent to it modulo "
                           f"{segment.align:#x}")
        out.append(record.build(type=segment.type, flags=segment.flags, offset=offset, vaddr=address,
                                paddr=address if segment.physical == AUTO else segment.physical, filesz=file_size,
                                memsz=memory_size, align=segment.align))
    return b"".join(out)


def segment_range(segment: Segment, segment_count: int, bits: int = 64) -> tuple[int, int, int, int]:
    """(file offset, address, file size, memory size) of a segment whose sections are placed."""
    sections = segment.sections
    offset, address = segment.offset, segment.address
    if segment.headers:
        offset = 0
        if address == AUTO:
            if not sections:
                raise ElfError("a segment of only the headers needs an address")
            address = sections[0].address - sections[0].offset
        file_end = headers_size(segment_count, bits)
        memory_end = address + file_end
    else:
        if offset == AUTO:
            offset = sections[0].offset if sections else 0
        if address == AUTO:
            address = sections[0].address if sections else 0
        file_end, memory_end = offset, address
    for section in sections:
        if section.type != SHT_NOBITS:
            file_end = max(file_end, section.offset + len(section.data))
        memory_end = max(memory_end, section.end)
    file_size = file_end - offset if segment.file_size == AUTO else segment.file_size
    memory_size = memory_end - address if segment.memory_size == AUTO else segment.memory_size
    return offset, address, file_size, memory_size


def _section_headers(image: ElfFile, sections: Sequence[Section], names: Sequence[int]) -> bytes:
    record = RECORDS["shdr", image.bits, image.order]
    index = {id(section): number for number, section in enumerate(sections, 1)}
    count = len(sections)
    out = [record.build(name=0, type=0, flags=0, addr=0, offset=0, size=count + 1 if count + 1 >= SHN_LORESERVE else 0,
                        link=count if count >= SHN_LORESERVE else 0,
                        info=len(image.segments) if len(image.segments) >= PN_XNUM else 0, addralign=0, entsize=0)]
    for section, name in zip(sections, names):
        try:
            link, info = (item if isinstance(item, int) else index[id(item)] for item in (section.link, section.info))
        except KeyError as error:
            raise ElfError(f"section {section.name} refers to a section that is not in the file") from error
        out.append(record.pack(name, section.type, section.flags, section.address, section.offset, section.memory_size,
                               link, info, section.align, section.entsize))
    return b"".join(out)
