"""Relocatable objects into the tables: sections, groups, symbols, relocations; once per file."""

from __future__ import annotations

from struct import error as StructError
from struct import unpack_from
from typing import Final

from ...objwriter.elf.layouts import RECORDS
from . import tables as t
from .i386 import Unsupported, rela_rows, symbol_rows
from .properties import note_properties
from .tables import Context, File

SHT_NULL, SHT_PROGBITS, SHT_SYMTAB, SHT_STRTAB, SHT_RELA, SHT_NOBITS, SHT_REL = 0, 1, 2, 3, 4, 8, 9
SHT_NOTE, SHT_INIT_ARRAY, SHT_GROUP, SHT_SYMTAB_SHNDX = 7, 14, 17, 18
SHT_LLVM_ADDRSIG: Final = 0x6FFF4C03
SHF_ALLOC, SHF_MERGE, SHF_LINK_ORDER, SHF_GROUP, SHF_COMPRESSED = 2, 0x10, 0x80, 0x200, 0x800
SHF_EXCLUDE: Final = 0x80000000
SHN_LORESERVE, SHN_ABS, SHN_COMMON, SHN_XINDEX = 0xFF00, 0xFFF1, 0xFFF2, 0xFFFF
STB_LOCAL, STB_GLOBAL, STB_WEAK, STB_GNU_UNIQUE = 0, 1, 2, 10
STT_SECTION, STT_FILE, STT_TLS, STT_GNU_IFUNC = 3, 4, 6, 10
GRP_COMDAT: Final = 1
SHF_TLS: Final = 0x400
_BINDINGS: Final = (STB_GLOBAL, STB_WEAK, STB_GNU_UNIQUE)
_NOT_DATA: Final = frozenset((SHT_NULL, SHT_SYMTAB, SHT_STRTAB, SHT_RELA, SHT_REL, SHT_GROUP, SHT_SYMTAB_SHNDX, SHT_LLVM_ADDRSIG))


class InputError(Exception):
    """A file that cannot be an input; the text does not name the file."""


def read_headers(file: File) -> tuple[int, int]:
    """Fill `shdrs` and `names` of a little-endian file of either class; (e_type, e_machine). Raises InputError."""
    data = file.data
    if len(data) < 64 or bytes(data[:4]) != b"\x7fELF":
        raise InputError("is not an ELF file")
    if data[4] not in (1, 2) or data[5] != 1:
        raise InputError("is a big-endian object; x86 is little endian")
    bits = 32 * data[4]
    kind, machine = unpack_from("<HH", data, 16)
    offset, = unpack_from("<Q" if bits == 64 else "<I", data, 40 if bits == 64 else 32)
    entry, count, names_at = unpack_from("<HHH", data, 58 if bits == 64 else 46)
    if not offset:
        return kind, machine
    record = RECORDS["shdr", bits, "<"]
    if entry != record.size or offset + entry > len(data):
        raise InputError("has its section headers outside the file")
    first = record.unpack_from(data, offset)
    count = count or first[5]
    if names_at == SHN_XINDEX:
        names_at = first[6]
    if offset + entry * count > len(data):
        raise InputError("has its section headers outside the file")
    file.shdrs = rows = list(record.iter_unpack(data[offset:offset + entry * count]))
    if names_at >= count:
        raise InputError("has no table of section names")
    table = content(file, names_at)
    text = bytes(table)
    names = file.names
    for row in rows:
        end = text.find(b"\0", row[0])
        if end < 0:
            if row[1] == SHT_NULL:
                names.append("")
                continue
            raise InputError("has a section name outside its table")
        names.append(text[row[0]:end].decode("utf-8", "surrogateescape"))
    return kind, machine


def content(file: File, index: int) -> memoryview:
    """The bytes of a section. Raises InputError."""
    row = file.shdrs[index]
    if row[1] == SHT_NOBITS:
        return memoryview(b"")
    if row[4] + row[5] > len(file.data):
        title = file.names[index] if index < len(file.names) else str(index)
        raise InputError(f"section {title} ({row[5]:#x} bytes at {row[4]:#x}) lies outside the file")
    return file.data[row[4]:row[4] + row[5]]


def load_object(ctx: Context, file: File) -> list[int]:
    """Enter an object into the tables; the result is the ids of the global names it mentions. Raises InputError."""
    number = len(ctx.files)
    kind, machine = read_headers(file)
    small = ctx.options.machine == "i386"
    if kind != 1 or machine != (3 if small else 62):
        if kind == 1 and machine in (3, 62):
            raise InputError("is a 32-bit object: give -m elf_i386" if machine == 3 else
                             "is a 64-bit object, which -m elf_i386 cannot link: compile with -m32")
        raise InputError(f"is of ELF type {kind} for machine {machine}, not a relocatable object for {ctx.options.machine}")
    ctx.files.append(file)
    try:
        symtab = next((index for index, row in enumerate(file.shdrs) if row[1] == SHT_SYMTAB), 0)
        rows: list[tuple[int, int, int, int, int, int]] = []
        strings = b""
        if symtab:
            head = file.shdrs[symtab]
            if head[9] not in (0, 16 if small else 24) or head[6] >= len(file.shdrs):
                raise InputError("has a damaged symbol table")
            table = content(file, symtab)
            if small:
                rows = symbol_rows(table[:len(table) // 16 * 16])
            else:
                rows = list(RECORDS["sym", 64, "<"].iter_unpack(table[:len(table) // 24 * 24]))
            strings = bytes(content(file, head[6]))
            if head[7] > len(rows):
                raise InputError(f"is damaged: {head[7]} of the {len(rows)} symbols are local")
            file.first_global = head[7]
        dropped = _groups(ctx, file, number, rows, strings, symtab)
        _sections(ctx, file, number, dropped)
        _relocations(ctx, file)
        return _symbols(ctx, file, number, rows, strings, symtab)
    except StructError as error:
        raise InputError(f"is damaged: {error}") from error


def _groups(ctx: Context, file: File, number: int, rows: list[tuple[int, int, int, int, int, int]], strings: bytes,
            symtab: int) -> set[int]:
    """Numbers of the sections that are copies of groups known already; later, the first one of a signature is kept."""
    dropped: set[int] = set()
    for index, row in enumerate(file.shdrs):
        if row[1] != SHT_GROUP:
            if file.names[index].startswith(".gnu.linkonce."):
                known = ctx.comdats.setdefault(file.names[index], (number, index))
                if known != (number, index):
                    dropped.add(index)
            continue
        data = content(file, index)
        if len(data) < 4 or row[6] != symtab or row[7] >= len(rows):
            raise InputError(f"group section {index} is damaged")
        words = unpack_from(f"<{len(data) // 4}I", data)
        for member in words[1:]:
            if member >= len(file.shdrs):
                raise InputError(f"group section {index} names section {member}, which does not exist")
        if not words[0] & GRP_COMDAT:
            continue
        symbol = rows[row[7]]
        if symbol[1] & 15 == STT_SECTION and symbol[3] < len(file.names):
            signature = file.names[symbol[3]]
        else:
            signature = _name(strings, symbol[0])
        if ctx.comdats.setdefault(signature, (number, index)) != (number, index):
            dropped.update(words[1:])
    return dropped


def _sections(ctx: Context, file: File, number: int, dropped: set[int]) -> None:
    ids = file.sections
    lto = False
    for index, (_, kind, flags, _, _, size, link, _, align, entsize) in enumerate(file.shdrs):
        name = file.names[index]
        if kind in _NOT_DATA or index in dropped:
            ids.append(-1)
            continue
        if name.startswith((".note.GNU-stack", ".gnu.warning.", ".gnu.lto_", ".note.gnu.property", ".gnu.attributes")):
            if name == ".note.GNU-stack":
                file.execstack = bool(flags & 4)
                file.stack_note = True
            elif name.startswith(".gnu.warning."):
                text = bytes(content(file, index)).rstrip(b"\0").decode("utf-8", "replace")
                ctx.symbol_warnings.setdefault(name[13:], text)
            elif name == ".note.gnu.property":
                ctx.properties.append((file.shown, note_properties(content(file, index))))
            else:
                lto = True
            ids.append(-1)
            continue
        if flags & SHF_EXCLUDE and ctx.options.kind != "relocatable":
            ids.append(-1)
            continue
        if align & (align - 1):
            raise InputError(f"section {name} has the alignment {align}, which is no power of two")
        data: memoryview | bytes | bytearray = b""
        if kind != SHT_NOBITS:
            data = content(file, index)
            if flags & SHF_COMPRESSED:
                data, size, align = _decompress(data, name)
                flags &= ~SHF_COMPRESSED
            elif name.startswith(".zdebug_"):
                data, size = _old_compressed(data, name)
                name = "." + name[2:]
        made = ctx.add_section(number, index, name, kind, flags, align or 1, size, entsize, data)
        ids.append(made)
        if flags & SHF_LINK_ORDER and link:
            ctx.link_order[made] = link       # a section number until all are known
    for made in ids:
        if made >= 0 and made in ctx.link_order:
            target = ctx.link_order[made]
            if target >= len(ids):
                raise InputError(f"section {ctx.sec_name[made]} is ordered by section {target}, which does not exist")
            ctx.link_order[made] = ids[target]
    if lto and not any(name.startswith((".text", ".data", ".bss", ".rodata")) and row[5]
                       for name, row in zip(file.names, file.shdrs)):
        raise InputError("holds only LTO bytecode, no machine code: compile with -ffat-lto-objects or without -flto")
    for index, row in enumerate(file.shdrs):
        if row[1] == SHT_GROUP and index not in dropped:
            data = content(file, index)
            members = [ids[part] for part in unpack_from(f"<{len(data) // 4}I", data)[1:] if ids[part] >= 0]
            for member in members:
                ctx.sec_group[member] = members


def _decompress(data: memoryview, name: str) -> tuple[bytes, int, int]:
    import zlib

    if len(data) < 24:
        raise InputError(f"section {name} is too short for its compression header")
    kind, _, size, align = unpack_from("<IIQQ", data)
    if kind == 2:
        try:
            from compression import zstd  # type: ignore[import-not-found, unused-ignore]  # Python 3.14
        except ImportError:
            try:
                import zstandard as zstd  # type: ignore[import-not-found, unused-ignore]
            except ImportError:
                raise InputError(f"section {name} is compressed with zstd, which this Python cannot read "
                                 "(pip install zstandard)") from None
            out = zstd.ZstdDecompressor().decompress(bytes(data[24:]), max_output_size=size)
            return out, len(out), align
        out = zstd.decompress(bytes(data[24:]))
        return out, len(out), align
    if kind != 1:
        raise InputError(f"section {name} has the unknown compression type {kind}")
    try:
        out = zlib.decompressobj().decompress(bytes(data[24:]), size + 1)
    except zlib.error as error:
        raise InputError(f"section {name}: {error}") from error
    if len(out) != size:
        raise InputError(f"section {name} does not decompress to {size} bytes")
    return out, size, align


def _old_compressed(data: memoryview, name: str) -> tuple[bytes, int]:
    import zlib

    if bytes(data[:4]) != b"ZLIB" or len(data) < 12:
        raise InputError(f"section {name} is not compressed as its name says")
    size = int.from_bytes(data[4:12], "big")
    try:
        out = zlib.decompressobj().decompress(bytes(data[12:]), size + 1)
    except zlib.error as error:
        raise InputError(f"section {name}: {error}") from error
    return out, len(out)


def _relocations(ctx: Context, file: File) -> None:
    sections = file.sections
    for index, row in enumerate(file.shdrs):
        if row[1] != SHT_RELA and row[1] != SHT_REL:
            continue
        if row[7] >= len(sections):
            raise InputError(f"section {file.names[index]} relocates section {row[7]}, which does not exist")
        target = sections[row[7]]
        if target < 0:
            continue
        data = content(file, index)
        if row[1] == SHT_REL:
            if ctx.options.machine != "i386":
                raise InputError(f"section {file.names[index]} is of type REL; x86-64 uses RELA")
            try:
                data = memoryview(rela_rows(data[:len(data) // 8 * 8], ctx.sec_data[target]))
            except Unsupported as error:
                raise InputError(f"section {file.names[row[7]]}: {error}") from error
        if len(data) % 24:
            raise InputError(f"section {file.names[index]} is not a whole number of 24-byte entries")
        if len(data):
            known = ctx.sec_rela[target]
            ctx.sec_rela[target] = data if known is None else memoryview(bytes(known) + bytes(data))


def _name(strings: bytes, offset: int) -> str:
    end = strings.find(b"\0", offset)
    if end < 0:
        raise InputError("has a symbol name outside its table")
    return strings[offset:end].decode("utf-8", "surrogateescape")


def _extended(file: File, symtab: int) -> tuple[int, ...]:
    for index, row in enumerate(file.shdrs):
        if row[1] == SHT_SYMTAB_SHNDX and row[6] == symtab:
            data = content(file, index)
            return unpack_from(f"<{len(data) // 4}I", data)
    return ()


def _symbols(ctx: Context, file: File, number: int, rows: list[tuple[int, int, int, int, int, int]], strings: bytes,
             symtab: int) -> list[int]:
    """Local symbols get rows of their own; global ones are resolved against what is known (`resolve.define`)."""
    from .resolve import mention

    ids = file.symbols
    file.first_local_id = len(ctx.sym_name)
    sections, shdr_count = file.sections, len(file.sections)
    wide = _extended(file, symtab) if any(row[3] == SHN_XINDEX for row in rows) else ()
    local = file.first_global
    touched: list[int] = []
    for at, (name_at, info, other, shndx, value, size) in enumerate(rows):
        if shndx == SHN_XINDEX and at < len(wide):
            shndx = wide[at]
        elif shndx >= SHN_LORESERVE:
            shndx = -shndx
        if shndx >= shdr_count:
            raise InputError(f"symbol {at} lies in section {shndx}, which does not exist")
        if shndx > 0:
            section = sections[shndx]
            if section < 0:
                section = t.DROPPED
        elif shndx == 0:
            section = t.UNDEFINED
        elif shndx == -SHN_COMMON:
            section = t.COMMON
        elif shndx == -SHN_ABS:
            section = t.ABSOLUTE
        else:
            raise InputError(f"symbol {at} has the reserved section number {-shndx:#x}")
        kind = info & 15
        if kind == STT_TLS and section >= 0 and not ctx.sec_flags[section] & SHF_TLS:
            raise InputError(f"symbol {at} is thread-local, but its section {ctx.sec_name[section]} is not")
        if at < local:
            end = strings.find(b"\0", name_at)
            if end < 0:
                raise InputError("has a symbol name outside its table")
            name = strings[name_at:end].decode("utf-8", "surrogateescape") if end > name_at else ""
            if kind == STT_SECTION and section >= 0:
                name = ""
            elif shndx == 0 and name and kind < STT_SECTION:
                raise InputError(f"the local symbol {name} is undefined")
            ids.append(ctx.add_symbol(name, number, section, value, size, kind, 0, other & 3))
        else:
            if info >> 4 not in _BINDINGS:
                raise InputError(f"symbol {at} is local but stands among the global ones" if info < 16 else
                                 f"symbol {at} has the unknown binding {info >> 4}")
            name = _name(strings, name_at)
            if section == t.DROPPED:
                section = t.UNDEFINED
            made = mention(ctx, file, number, name, section, value, size, kind, info >> 4, other & 3)
            ids.append(made)
            touched.append(made)
    if not ids:
        ids.append(ctx.add_symbol("", number, t.UNDEFINED))
    return touched
