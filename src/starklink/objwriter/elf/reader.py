"""Reads ELF files of either class and byte order.

    elf = open_elf(path)          the file is mapped; nothing but the header is looked at
    elf.sections, elf.segments    parsed on first use; section data are views into the mapping
    elf.symbols(), elf.relocations(section)

Whatever is wrong with a file comes out as ElfError.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from struct import error as StructError
from typing import Any, Final

from .consts import (
    ELFCLASS32,
    ELFCLASS64,
    ELFDATA2LSB,
    ELFDATA2MSB,
    EM_X86_64,
    ET_REL,
    PT_LOAD,
    R_X86_64,
    SHN_LORESERVE,
    SHN_XINDEX,
    SHT_DYNSYM,
    SHT_NOBITS,
    SHT_NULL,
    SHT_REL,
    SHT_RELA,
    SHT_SYMTAB,
    STT_SECTION,
)
from .layouts import RECORDS
from .model import ElfError, ElfFile, Relocation, Section, Segment, Symbol
from .pack import Layout

SHF_COMPRESSED: Final = 0x800
PN_XNUM: Final = 0xFFFF
_WIDTHS: Final = {R_X86_64["64"]: 8, R_X86_64["PC64"]: 8, R_X86_64["32"]: 4, R_X86_64["32S"]: 4, R_X86_64["PC32"]: 4,
                  R_X86_64["PLT32"]: 4, R_X86_64["16"]: 2, R_X86_64["8"]: 1}
_PC_RELATIVE: Final = {R_X86_64["PC32"], R_X86_64["PLT32"], R_X86_64["PC64"]}


def open_elf(path: str | Path) -> Elf:
    """Map a file and read its header. Raises OSError and ElfError."""
    with open(path, "rb") as file:
        try:
            content: bytes | mmap.mmap = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # an empty file cannot be mapped
            content = b""
    return Elf(content)


class Elf:
    """An ELF file in memory. Section numbers are those of the file: `sections[0]` is the null section."""

    def __init__(self, content: bytes | bytearray | memoryview | mmap.mmap) -> None:
        self.content = memoryview(content)
        if len(self.content) < 16 or bytes(self.content[:4]) != b"\x7fELF":
            raise ElfError("not an ELF file")
        kind, order = self.content[4], self.content[5]
        if kind not in (ELFCLASS32, ELFCLASS64) or order not in (ELFDATA2LSB, ELFDATA2MSB):
            raise ElfError(f"unknown ELF class {kind} or byte order {order}")
        self.bits = 32 * kind
        self.order = "<" if order == ELFDATA2LSB else ">"
        self.os_abi, self.abi_version = self.content[7], self.content[8]
        values = self._record("ehdr", 0, "the file header")
        (_, self.type, self.machine, self.version, self.entry, self.phoff, self.shoff, self.flags, self.ehsize,
         self.phentsize, self.phnum, self.shentsize, self.shnum, self.shstrndx) = values

    # -- tables ------------------------------------------------------------------------------------------------------

    @cached_property
    def sections(self) -> list[Section]:
        """All sections with the null section first; [] if the file has none."""
        if not self.shoff:
            return []
        record = self._layout("shdr")
        if self.shentsize != record.size:
            raise ElfError(f"section headers of {self.shentsize} bytes")
        first = self._record("shdr", self.shoff, "the first section header")
        # Counts that do not fit the file header stand in the null section.
        count = self.shnum or first[5]
        names_at = first[6] if self.shstrndx == SHN_XINDEX else self.shstrndx
        rows = list(record.iter_unpack(self._bytes(self.shoff, count * record.size, "the section headers")))
        if not rows:
            return []
        if names_at >= len(rows):
            raise ElfError(f"the section name table is section {names_at} of {len(rows)}")
        names = bytes(self._bytes(rows[names_at][4], rows[names_at][5], "the section names")) if names_at else b"\0"
        sections: list[Section] = []
        for number, (name, kind, flags, address, offset, size, link, info, align, entsize) in enumerate(rows):
            title = _string(names, name, f"the name of section {number}")
            data = b"" if kind in (SHT_NULL, SHT_NOBITS) else self._bytes(offset, size, f"section {title or number}")
            sections.append(Section(title, kind, flags, address, data, size if number else 0, align, entsize, link, info,
                                    offset))
        return sections

    @cached_property
    def segments(self) -> list[Segment]:
        """All program headers."""
        record = self._layout("phdr")
        count = self.phnum
        if count == PN_XNUM and self.shoff:
            count = self._record("shdr", self.shoff, "the first section header")[7]
        if not count:
            return []
        if self.phentsize != record.size:
            raise ElfError(f"program headers of {self.phentsize} bytes")
        rows = record.iter_unpack(self._bytes(self.phoff, count * record.size, "the program headers"))
        segments: list[Segment] = []
        for row in rows:
            one = dict(zip(record.fields, row))
            segments.append(Segment(one["type"], one["flags"], (), one["align"], one["offset"], one["vaddr"], one["paddr"],
                                    one["filesz"], one["memsz"]))
        return segments

    def section(self, name: str) -> Section | None:
        """The first section of that name."""
        return next((section for section in self.sections if section.name == name), None)

    def linked(self, section: Section) -> Section:
        """The section another one's sh_link names. Raises ElfError if there is none."""
        number = section.link
        if not isinstance(number, int) or not 0 < number < len(self.sections):
            raise ElfError(f"section {section.name} is linked to section {number}, which does not exist")
        return self.sections[number]

    def data(self, section: Section) -> bytes | bytearray | memoryview:
        """A section's content, decompressed if need be."""
        if not section.flags & SHF_COMPRESSED:
            return section.data
        import zlib

        record = self._layout("chdr")
        if len(section.data) < record.size:
            raise ElfError(f"section {section.name} is too short for its compression header")
        head = dict(zip(record.fields, record.unpack_from(section.data, 0)))
        if head["type"] != 1:
            raise ElfError(f"section {section.name} has compression type {head['type']}")
        unpacker = zlib.decompressobj()
        try:  # never more than the header promises, plus one byte to notice a lie
            content = unpacker.decompress(bytes(section.data[record.size:]), head["size"] + 1)
        except zlib.error as error:
            raise ElfError(f"section {section.name}: {error}") from error
        if len(content) != head["size"]:
            raise ElfError(f"section {section.name} does not decompress to {head['size']} bytes")
        return content

    # -- symbols and relocations ---------------------------------------------------------------------------------------

    def symbols(self, table: Section | None = None) -> list[Symbol]:
        """The symbols of a table (default: `.symtab`), including the null symbol; [] without a table."""
        if table is None:
            table = next((section for section in self.sections if section.type == SHT_SYMTAB), None)
            if table is None:
                return []
        known: dict[int, list[Symbol]] = self._symbol_tables
        found = known.get(id(table))
        if found is None:
            found = known[id(table)] = list(self._read_symbols(table))
        return found

    @cached_property
    def _symbol_tables(self) -> dict[int, list[Symbol]]:
        return {}

    def _read_symbols(self, table: Section) -> Iterator[Symbol]:
        record = self._layout("sym")
        names = bytes(self.linked(table).data)
        sections = self.sections
        wide = self.bits == 64
        extended = self._extended_indices(table)
        for number, row in enumerate(record.iter_unpack(_whole(table, record))):
            if wide:
                name, info, other, shndx, value, size = row
            else:
                name, value, size, info, other, shndx = row
            if shndx == SHN_XINDEX and extended:
                shndx = extended[number] if number < len(extended) else 0
            elif shndx >= SHN_LORESERVE:
                yield Symbol(_string(names, name, "a symbol's name"), value, size, shndx, info >> 4, info & 15, other)
                continue
            if shndx >= len(sections):
                raise ElfError(f"symbol {number} of {table.name} lies in section {shndx}, which does not exist")
            yield Symbol(_string(names, name, "a symbol's name"), value, size, sections[shndx] if shndx else 0, info >> 4,
                         info & 15, other)

    def _extended_indices(self, table: Section) -> list[int]:
        from struct import iter_unpack

        for section in self.sections:
            if section.type == 18 and section.link == self.sections.index(table):
                return [value for value, in iter_unpack(self.order + "I", section.data[:len(section.data) & -4])]
        return []

    def relocations(self, section: Section) -> list[Relocation]:
        """The entries of a REL or RELA section (REL entries have addend 0: it lies in the section they patch)."""
        if section.type not in (SHT_REL, SHT_RELA):
            raise ElfError(f"section {section.name} holds no relocations")
        record = self._layout("rela" if section.type == SHT_RELA else "rel")
        names = self._symbol_names(section)
        shift, mask = (32, 0xFFFFFFFF) if self.bits == 64 else (8, 0xFF)
        out: list[Relocation] = []
        for row in record.iter_unpack(_whole(section, record)):
            symbol = row[1] >> shift
            if symbol >= len(names):
                raise ElfError(f"a relocation of {section.name} names symbol {symbol} of {len(names)}")
            out.append(Relocation(row[0], row[1] & mask, symbol, row[2] if len(row) > 2 else 0, names[symbol]))
        return out

    def _symbol_names(self, section: Section) -> list[str]:
        if section.link == 0:
            return [""]
        table = self.linked(section)
        if table.type not in (SHT_SYMTAB, SHT_DYNSYM):
            raise ElfError(f"section {section.name} is linked to {table.name}, which is no symbol table")
        return [symbol.section.name if symbol.type == STT_SECTION and isinstance(symbol.section, Section) else symbol.name
                for symbol in self.symbols(table)]

    def relocated(self, section: Section) -> bytes:
        """A section's content with its relocations applied as if every section lay at its own address (x86-64 only).

        For reading the debug sections of relocatable objects; relocations against undefined symbols give the addend.
        """
        content = bytearray(self.data(section))
        if self.type != ET_REL or self.machine != EM_X86_64:
            return bytes(content)
        number = self.sections.index(section)
        for table in self.sections:
            if table.type != SHT_RELA or table.info != number:
                continue
            symbols = self.symbols(self.linked(table))
            for offset, kind, symbol, addend, _ in self.relocations(table):
                width = _WIDTHS.get(kind)
                if width is None:
                    continue
                if offset + width > len(content):
                    raise ElfError(f"a relocation at {offset:#x} lies outside {section.name}")
                value = symbols[symbol].value + addend - (offset if kind in _PC_RELATIVE else 0)
                content[offset:offset + width] = (value & (1 << 8 * width) - 1).to_bytes(width, "little")
        return bytes(content)

    def debug_sections(self) -> dict[str, bytes]:
        """The debug and frame sections by name, decompressed and (for objects) relocated."""
        return {section.name: self.relocated(section) for section in self.sections
                if section.name.startswith((".debug_", ".eh_frame")) and section.type not in (SHT_NULL, SHT_NOBITS)}

    def at(self, address: int, size: int) -> bytes:
        """Bytes of the loaded image. Raises ElfError if no segment holds them (bytes beyond the file's are zero)."""
        for segment in self.segments:
            if segment.type == PT_LOAD and segment.address <= address and \
                    address + size <= segment.address + segment.memory_size:
                start = address - segment.address
                held = max(0, min(size, segment.file_size - start))
                data = bytes(self._bytes(segment.offset + start, held, "a segment")) if held else b""
                return data + bytes(size - held)
        raise ElfError(f"address {address:#x} is not loaded")

    def image(self) -> ElfFile:
        """What the writer takes: everything but the null section and the tables the writer makes itself."""
        made = {".symtab", ".strtab", ".shstrtab"}
        return ElfFile(self.type, self.machine, self.entry, self.flags, self.os_abi, self.abi_version, self.bits, self.order,
                       self.segments, [section for section in self.sections[1:] if section.name not in made],
                       self.symbols()[1:])

    # -- bytes ---------------------------------------------------------------------------------------------------------

    def _layout(self, name: str) -> Layout:
        return RECORDS[name, self.bits, self.order]

    def _bytes(self, offset: int, size: int, what: str) -> memoryview:
        if offset + size > len(self.content):
            raise ElfError(f"{what}: {size} bytes at {offset:#x} lie beyond the end of the file")
        return self.content[offset:offset + size]

    def _record(self, name: str, offset: int, what: str) -> tuple[Any, ...]:
        try:
            return self._layout(name).unpack_from(self.content, offset)
        except StructError as error:
            raise ElfError(f"{what} lies beyond the end of the file") from error


def _string(table: bytes, offset: int, what: str) -> str:
    end = table.find(b"\0", offset) if offset < len(table) else -1
    if end < 0:
        raise ElfError(f"{what} lies outside its string table")
    return table[offset:end].decode("utf-8", "surrogateescape")


def _whole(section: Section, record: Layout) -> memoryview:
    """The section's data. Raises ElfError if they are not a whole number of records."""
    if len(section.data) % record.size:
        raise ElfError(f"section {section.name} is not a whole number of {record.size}-byte entries")
    return memoryview(section.data)


