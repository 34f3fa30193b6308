"""ELF files of either class and byte order: reads them, lets them be edited and writes them back.

    elf = Elf.read(path)          the file is mapped; nothing but the header is looked at
    elf.sections, elf.segments    parsed on first use; section data are views into the mapping
    elf.symbols(), elf.relocations(section), elf.value(section)
    elf.write(path)               the same bytes while nothing was edited

Whatever is wrong with a file comes out as ElfError, in time and memory in proportion to the file.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from .consts import (
    ELFCLASS32,
    ELFCLASS64,
    ELFDATA2LSB,
    ELFDATA2MSB,
    EM_386,
    EM_MIPS,
    EM_X86_64,
    ET_REL,
    PN_XNUM,
    PT_LOAD,
    R_386,
    R_X86_64,
    SHF_COMPRESSED,
    SHN_LORESERVE,
    SHN_XINDEX,
    SHT_DYNSYM,
    SHT_NOBITS,
    SHT_NULL,
    SHT_REL,
    SHT_RELA,
    SHT_SYMTAB,
    SHT_SYMTAB_SHNDX,
    STT_SECTION,
)
from .layouts import RECORDS
from .model import Diagnostic, ElfError, ElfFile, Relocation, Section, Segment, Symbol
from .pack import Layout, endian

if TYPE_CHECKING:
    from .columns import SymbolColumns
    from .draft import ElfDraft

_MANY_SYMBOLS: Final = 20_000
"""From so many symbols on a table is read through numpy, whose import costs as much as some thousand symbols."""
_NAMES_LIMIT: Final = 1 << 26
"""Bytes that the names of a file may have beyond four times its string tables: names can share bytes, so a small file could
unfold to gigabytes."""
_LOCAL: Final = {(EM_X86_64, R_X86_64["DTPOFF64"]): 8, (EM_X86_64, R_X86_64["DTPOFF32"]): 4, (EM_386, R_386["TLS_LDO_32"]): 4}
"""Bytes of relocations to offsets of thread-local variables, which debug information has."""


def open_elf(path: str | Path) -> Elf:
    """Map a file and read its header. Raises OSError and ElfError."""
    return Elf(mapped(path))


def mapped(path: str | Path) -> bytes | mmap.mmap:
    """A file's content, mapped into memory. Raises OSError."""
    with open(path, "rb") as file:
        try:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # an empty file cannot be mapped
            return b""


class Elf:
    """An ELF file. Section numbers are those of the file: `sections[0]` is the null section.

    `Elf.read(path)` and `Elf(content)` open a file, `Elf.object(...)` and `Elf.executable(...)` begin a new one. Sections,
    segments and the attributes of the header may be edited; `bytes(elf)` and `write` give the file as it is then.
    """

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
        self.original: list[tuple[Section, str]] = []
        """The sections and their names as they were read (empty until `sections` is used)."""
        self.segment_count = 0
        """Program headers of the file as it was read (0 until `segments` is used)."""
        self._names_number = -1

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Map a file and read its header. Raises OSError and ElfError."""
        return cls(mapped(path))

    @staticmethod
    def object(machine: str | int = "x86_64", **options: Any) -> ElfDraft:
        """Begin a relocatable object file. `options`: those of `ElfDraft`. Raises ElfError for an unknown machine."""
        from .draft import ElfDraft

        return ElfDraft(ET_REL, machine, **options)

    @staticmethod
    def executable(machine: str | int = "x86_64", **options: Any) -> ElfDraft:
        """Begin an executable whose sections are laid out automatically. `options`: those of `ElfDraft`."""
        from .consts import ET_EXEC
        from .draft import ElfDraft

        return ElfDraft(ET_EXEC, machine, **options)

    def __bytes__(self) -> bytes:
        """The file with all edits. Raises ElfError for what cannot be written."""
        from .rewrite import rewrite

        return rewrite(self)

    def write(self, path: str | Path) -> None:
        """Write the file; executables and shared objects become executable. An old file is replaced only if all went well.

        Raises OSError and ElfError.
        """
        from .files import write_file

        write_file(path, bytes(self), self.type)

    def verify(self, strict: bool = False) -> list[Diagnostic]:
        """What is wrong with the file as it was read (see `verify.CODES`); `strict` adds rules the GNU linker breaks."""
        from .verify import verify

        return verify(self, strict)

    def dump(self, *parts: str) -> str:
        """Text of parts of the file: "headers", "sections", "segments", "symbols", ... (`text.PARTS`); default: all."""
        from .text import PARTS, dump

        return dump(self, parts or tuple(PARTS))

    def value(self, section: Section) -> Any:
        """The content of a section by its type, a row of `content.KINDS`; bytes for other types. Raises ElfError."""
        from .content import value

        return value(self, section)

    def store(self, section: Section, content: Any) -> None:
        """Replace the content of a section by a value as `value` gives it. Raises ElfError for what it cannot hold."""
        from .content import store

        store(self, section, content)

    def add(self, section: Section) -> Section:
        """Append a section; it is given to links and symbols by itself. Raises ElfError if the file has no name table."""
        if not self.names_number:
            raise ElfError("the file has no table of section names")
        self.sections.append(section)
        return section

    def remove(self, *sections: Section) -> list[Section]:
        """Take sections out, with their relocations and symbols; see `edit.remove`. Returns all that went."""
        from .edit import remove

        return remove(self, sections)

    @property
    def names_number(self) -> int:
        """The number of the section with the names of the sections, 0 if there is none."""
        if self._names_number < 0:
            number = self.shstrndx
            if number == SHN_XINDEX and self.shoff:
                number = self._record("shdr", self.shoff, "the first section header")[6]
            self._names_number = number
        return self._names_number

    def set_names_number(self, number: int) -> None:
        """Say which section holds the names."""
        self._names_number = number

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
        names_at = self.names_number
        rows = list(record.iter_unpack(self._bytes(self.shoff, count * record.size, "the section headers")))
        if not rows:
            return []
        if names_at >= len(rows):
            raise ElfError(f"the section name table is section {names_at} of {len(rows)}")
        names = _Names(self._bytes(rows[names_at][4], rows[names_at][5], "the section names") if names_at else b"\0")
        sections: list[Section] = []
        for number, (name, kind, flags, address, offset, size, link, info, align, entsize) in enumerate(rows):
            title = names.at(name, f"the name of section {number}")
            data = b"" if kind in (SHT_NULL, SHT_NOBITS) else self._bytes(offset, size, f"section {title or number}")
            sections.append(Section(title, kind, flags, address, data, size, align, entsize, link, info,
                                    offset))
        self.original = [(section, section.name) for section in sections]
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
        self.segment_count = len(segments)
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
        from .packing import ZLIB, ZSTD, zlib_decompress, zstd_decompress

        head = self._compression_header(section)
        packed = bytes(section.data[self._layout("chdr").size:])
        if head["type"] not in (ZLIB, ZSTD):
            raise ElfError(f"section {section.name} has compression type {head['type']}")
        if head["size"] > 1032 * len(packed) + 64:  # the most zlib can pack; real sections stay below 20
            raise ElfError(f"section {section.name} of {len(packed)} bytes cannot hold {head['size']}")
        try:
            content = (zlib_decompress if head["type"] == ZLIB else zstd_decompress)(packed, head["size"])
        except ElfError as error:
            raise ElfError(f"section {section.name}: {error}") from error
        if len(content) != head["size"]:
            raise ElfError(f"section {section.name} does not decompress to {head['size']} bytes")
        return content

    def _compression_header(self, section: Section) -> dict[str, int]:
        record = self._layout("chdr")
        if len(section.data) < record.size:
            raise ElfError(f"section {section.name} is too short for its compression header")
        return dict(zip(record.fields, record.unpack_from(section.data, 0)))

    def compression(self, section: Section) -> int:
        """How an SHF_COMPRESSED section is packed: 1 zlib, 2 zstd; 0 for other sections."""
        return self._compression_header(section)["type"] if section.flags & SHF_COMPRESSED else 0

    def compressed_align(self, section: Section) -> int:
        """The alignment of a compressed section's content."""
        return self._compression_header(section)["addralign"]

    def compress(self, section: Section, kind: int = 1) -> None:
        """Pack a section (`kind` 1: zlib, 2: zstd). Raises ElfError for loaded sections and without a zstd module."""
        from .encode import compressed

        if section.allocated or section.type == SHT_NOBITS:
            raise ElfError(f"section {section.name} is loaded and cannot be compressed")
        data = compressed(self, self.data(section), self.compressed_align(section) if section.flags & SHF_COMPRESSED
                          else section.align, kind)
        section.data, section.size, section.align = data, len(data), self.bits // 8
        section.flags |= SHF_COMPRESSED

    def decompress(self, section: Section) -> None:
        """Unpack a compressed section; others stay as they are. Raises ElfError for damaged ones."""
        if section.flags & SHF_COMPRESSED:
            align = self.compressed_align(section)
            section.data = self.data(section)
            section.size, section.align = len(section.data), align
            section.flags &= ~SHF_COMPRESSED

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
            if len(table.data) >= _MANY_SYMBOLS * self.record_size("sym"):
                from .columns import symbol_list

                columns = self.symbol_columns(table)
                found = symbol_list(columns, self.sections, self._extended_indices(table), table.name)
            else:
                found = list(self._read_symbols(table))
            known[id(table)] = found
        return found

    def forget_symbols(self, table: Section) -> None:
        """Read a table anew the next time: its data have changed."""
        self._symbol_tables.pop(id(table), None)

    def symbol_columns(self, table: Section | None = None) -> SymbolColumns:
        """A symbol table (default: `.symtab`) as numpy columns, which a million symbols ask for. Raises ElfError."""
        from .columns import SymbolColumns

        if table is None:
            table = next((section for section in self.sections if section.type == SHT_SYMTAB), None)
            if table is None:
                raise ElfError("the file has no symbol table")
        record = self._layout("sym")
        return SymbolColumns(record, _whole(table, record), self.linked(table).data)

    @cached_property
    def _symbol_tables(self) -> dict[int, list[Symbol]]:
        return {}

    def _read_symbols(self, table: Section) -> Iterator[Symbol]:
        record = self._layout("sym")
        names = _Names(self.linked(table).data)
        sections = self.sections
        wide = self.bits == 64
        extended = self._extended_indices(table)
        what = f"the name of a symbol of {table.name}"
        for number, row in enumerate(record.iter_unpack(_whole(table, record))):
            if wide:
                name, info, other, shndx, value, size = row
            else:
                name, value, size, info, other, shndx = row
            if shndx == SHN_XINDEX and extended:
                shndx = extended[number] if number < len(extended) else 0
            elif shndx >= SHN_LORESERVE:
                yield Symbol(names.at(name, what), value, size, shndx, info >> 4, info & 15, other)
                continue
            if shndx >= len(sections):
                raise ElfError(f"symbol {number} of {table.name} lies in section {shndx}, which does not exist")
            yield Symbol(names.at(name, what), value, size, sections[shndx] if shndx else 0, info >> 4, info & 15, other)

    def _extended_indices(self, table: Section) -> list[int]:
        from struct import iter_unpack

        number = -1
        for section in self.sections:
            if section.type == SHT_SYMTAB_SHNDX:
                number = self.sections.index(table) if number < 0 else number
                if section.link in (number, table):
                    return [value for value, in iter_unpack(self.order + "I", section.data[:len(section.data) & -4])]
        return []

    def relocations(self, section: Section) -> list[Relocation]:
        """The entries of a REL or RELA section (REL entries have addend 0: it lies in the section they patch)."""
        if section.type not in (SHT_REL, SHT_RELA):
            raise ElfError(f"section {section.name} holds no relocations")
        record = self._layout("rela" if section.type == SHT_RELA else "rel")
        names = self._symbol_names(section)
        shift, mask = (32, 0xFFFFFFFF) if self.bits == 64 else (8, 0xFF)
        pairs = self.machine == EM_MIPS and self.bits == 64 and self.order == "<"
        out: list[Relocation] = []
        for row in record.iter_unpack(_whole(section, record)):
            symbol, kind = row[1] >> shift, row[1] & mask
            if pairs:  # there r_info is a symbol and four bytes, not a number of 64 bits
                symbol, kind = row[1] & mask, int.from_bytes((row[1] >> 32).to_bytes(4, "little"), "big")
            if symbol >= len(names):
                raise ElfError(f"a relocation of {section.name} names symbol {symbol} of {len(names)}")
            out.append(Relocation(row[0], kind, symbol, row[2] if len(row) > 2 else 0, names[symbol]))
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
        """A section's content with its relocations applied as if every section lay at its own address (x86-64 and i386).

        For reading the debug sections of relocatable objects; relocations against undefined symbols give the addend.
        """
        content = bytearray(self.data(section))
        if self.type != ET_REL:
            return bytes(content)
        from .apply import ACTIONS

        actions = ACTIONS.get(self.machine)
        if actions is None:
            return bytes(content)
        number, order = self.sections.index(section), endian(self.order)
        for table in self.sections:
            if table.type not in (SHT_RELA, SHT_REL) or table.info != number:
                continue
            symbols = self.symbols(self.linked(table))
            for offset, kind, symbol, addend, _ in self.relocations(table):
                action = actions.get(kind)
                width = action.width if action else _LOCAL.get((self.machine, kind), 0)
                if not width:
                    continue
                if offset + width > len(content):
                    raise ElfError(f"a relocation at {offset:#x} lies outside {section.name}")
                if table.type == SHT_REL:  # the addend lies in what is patched
                    addend = int.from_bytes(content[offset:offset + width], order)
                value = symbols[symbol].value + addend - (offset if action and action.relative else 0)
                content[offset:offset + width] = (value & (1 << 8 * width) - 1).to_bytes(width, order)
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

    def record_size(self, name: str) -> int:
        """Bytes of a record of the schema ("sym", "rela", ...) in this file's class."""
        return self._layout(name).size

    def _layout(self, name: str) -> Layout:
        return RECORDS[name, self.bits, self.order]

    def _bytes(self, offset: int, size: int, what: str) -> memoryview:
        if offset + size > len(self.content):
            raise ElfError(f"{what}: {size} bytes at {offset:#x} lie beyond the end of the file")
        return self.content[offset:offset + size]

    def _record(self, name: str, offset: int, what: str) -> tuple[Any, ...]:
        record = self._layout(name)
        if offset + record.size > len(self.content):
            raise ElfError(f"{what} lies beyond the end of the file")
        return record.unpack_from(self.content, offset)


class _Names:
    """The strings of a table by offset; each is decoded once, and all of them have a limit."""

    __slots__ = ("known", "left", "table")

    def __init__(self, table: bytes | bytearray | memoryview) -> None:
        self.table = bytes(table)
        self.known: dict[int, str] = {}
        self.left = 4 * len(self.table) + _NAMES_LIMIT

    def at(self, offset: int, what: str) -> str:
        """The string at an offset. Raises ElfError if it does not end in the table."""
        found = self.known.get(offset)
        if found is None:
            table = self.table
            end = table.find(b"\0", offset) if offset < len(table) else -1
            if end < 0:
                raise ElfError(f"{what} lies outside its string table")
            self.left -= end - offset
            if self.left < 0:
                raise ElfError(f"{what} and those before it overlap too much")
            found = self.known[offset] = table[offset:end].decode("utf-8", "surrogateescape")
        return found


def _whole(section: Section, record: Layout) -> memoryview:
    """The section's data. Raises ElfError if they are not a whole number of records."""
    if len(section.data) % record.size:
        raise ElfError(f"section {section.name} is not a whole number of {record.size}-byte entries")
    return memoryview(section.data)


