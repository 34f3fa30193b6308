"""Relocatable objects into the tables: sections, groups, symbols, relocations; once per file."""

from __future__ import annotations

from struct import error as StructError
from struct import unpack_from
from typing import TYPE_CHECKING, Final

from ...objwriter.elf.layouts import RECORDS
from . import tables as t
from .i386 import Unsupported, rela_rows, symbol_rows
from .properties import note_properties
from .resolve import globals_of
from .tables import Context, File

if TYPE_CHECKING:
    from collections.abc import Sequence

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
_ODD_FLAGS: Final = SHF_LINK_ORDER | SHF_COMPRESSED | SHF_EXCLUDE
_FEW: Final = 40
"""Sections from which columns pay."""
SPECIAL: Final = (".note", ".gnu.", ".zdeb")
TO_LINKER: Final = (".note.GNU-stack", ".gnu.warning.", ".gnu.lto_", ".note.gnu.property", ".gnu.attributes")
SHT_LAST: Final = 18
"""The greatest section type of the gABI an object may have."""
SHT_LOOS, SHT_LOPROC, SHT_LOUSER = 0x60000000, 0x70000000, 0x80000000
SHT_X86_64_UNWIND: Final = 0x70000001
SHF_OS_NONCONFORMING: Final = 0x100
_MOST_SHRUNK: Final = 1 << 16
"""No more bytes than this come out of one compressed byte, but for crafted input."""
NOT_DATA: Final = frozenset((SHT_NULL, SHT_SYMTAB, SHT_STRTAB, SHT_RELA, SHT_REL, SHT_GROUP, SHT_SYMTAB_SHNDX, SHT_LLVM_ADDRSIG))


SymRow = tuple[int, int, int, int, int, int]
"""Name, info, other, section number, value, size of a symbol."""


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
    text = bytes(content(file, names_at))
    try:
        # Names of relocation sections say nothing that those of their targets do not.
        file.names = names_in(text, [0 if row[1] == SHT_RELA and text[:1] == b"\0" else row[0] for row in rows])
    except InputError:
        if [row for row in rows if row[0] >= text.rfind(b"\0") + 1 and row[1] != SHT_NULL]:
            raise InputError("has a section name outside its table") from None
        file.names = ["" if row[1] == SHT_NULL else _name(text, row[0]) for row in rows]
    return kind, machine


def with_headers(file: File) -> File:
    """The file with `shdrs` and `names`, which loading many at once leaves out."""
    if not file.shdrs and file.kind == "object" and len(file.data):
        read_headers(file)
    return file


def names_in(table: bytes, offsets: Sequence[int]) -> list[str]:
    """The strings that begin at the offsets of a string table. Raises InputError."""
    if not offsets:
        return []
    if table[-1:] != b"\0" or max(offsets) >= len(table) or not table.isascii():
        return [_name(table, offset) for offset in offsets]
    text = table.decode("ascii")
    find = text.find
    if text[0] == "\0":
        return ["" if not at else text[at:find("\0", at)] for at in offsets]
    return [text[at:find("\0", at)] for at in offsets]


def content(file: File, index: int) -> memoryview:
    """The bytes of a section. Raises InputError."""
    row = file.shdrs[index]
    if row[1] == SHT_NOBITS:
        return memoryview(b"")
    if row[4] + row[5] > len(file.data):
        title = file.names[index] if index < len(file.names) and file.names[index] else str(index)
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
        rows: list[SymRow] = []
        symbol_names: list[str] = []
        local = 0
        plain = not ctx.options.wraps
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
            plain = plain and b"@" not in strings
            symbol_names = names_in(strings, [row[0] for row in rows])
            if head[7] > len(rows):
                raise InputError(f"is damaged: {head[7]} of the {len(rows)} symbols are local")
            local = head[7]
        dropped, groups = _groups(ctx, file, number, rows, symbol_names, symtab)
        _sections(ctx, file, number, dropped)
        _keep_groups(ctx, file, groups)
        _relocations(ctx, file)
        return _symbols(ctx, file, number, rows, symbol_names, symtab, local, plain)
    except StructError as error:
        raise InputError(f"is damaged: {error}") from error


def _groups(ctx: Context, file: File, number: int, rows: list[SymRow], symbol_names: list[str],
            symtab: int) -> tuple[set[int], list[tuple[int, ...]]]:
    """Section numbers of copies of groups that are known already (the first of a signature is kept), and the groups that stay."""
    dropped: set[int] = set()
    kept: list[tuple[int, ...]] = []
    names, shdrs, comdats = file.names, file.shdrs, ctx.comdats
    once = [index for index, name in enumerate(names) if name[:14] == ".gnu.linkonce."]
    if once:
        _linkonce(ctx, file, number, once, dropped)
    count, limit = len(shdrs), len(file.data)
    for index in [index for index, row in enumerate(shdrs) if row[1] == SHT_GROUP]:
        _, _, _, _, at, size, table, signer, _, _ = shdrs[index]
        if size < 4 or at + size > limit or table != symtab or signer >= len(rows):
            raise InputError(f"group section {index} is damaged")
        kind, *members = unpack_from(f"<{size >> 2}I", file.data, at)
        if members and max(members) >= count:
            raise InputError(f"group section {index} names section {max(members)}, which does not exist")
        if kind & GRP_COMDAT:
            signature = symbol_names[signer]
            symbol = rows[signer]
            if symbol[1] & 15 == STT_SECTION and symbol[3] < count:
                signature = names[symbol[3]]
            here = (number, index)
            if comdats.setdefault(signature, here) is not here or \
                    (ctx.linkonce and f".gnu.linkonce.t.{signature}" in ctx.linkonce and len(_plain_members(file, members)) == 1):
                dropped.update(members)
                continue
        kept.append(tuple(members))
    return dropped, kept


def _linkonce(ctx: Context, file: File, number: int, once: list[int], dropped: set[int]) -> None:
    """Sections .gnu.linkonce.KIND.NAME, from before there were groups: the first of a name is kept, also if it is a group of one
    section with the signature NAME; and without its code (kind t), a function's constants (kind r) are not needed."""
    names = file.names
    here: set[str] = set()
    for index in sorted(once, key=lambda index: names[index][14:16] != "t."):
        name = names[index]
        kind, _, key = name[14:].partition(".")
        group = ctx.comdats.get(key) if kind == "t" else None
        known = name in ctx.linkonce or (group is not None and _is_single(ctx.files[group[0]], group[1]))
        if known or (kind == "r" and f".gnu.linkonce.t.{key}" in here):
            dropped.add(index)
            here.add(name)
    ctx.linkonce.update(names[index] for index in once if index not in dropped)


def _is_single(file: File, group: int) -> bool:
    _, _, _, _, at, size, *_ = with_headers(file).shdrs[group]
    return len(_plain_members(file, list(unpack_from(f"<{(size >> 2) - 1}I", file.data, at + 4)))) == 1


def _plain_members(file: File, members: list[int]) -> list[int]:
    """The members of a group that are not about others."""
    return [index for index in members if file.shdrs[index][1] not in (SHT_RELA, SHT_REL)]


def _sections(ctx: Context, file: File, number: int, dropped: set[int]) -> None:
    """The sections that hold data get rows; notes to the linker are read."""
    rows, names = file.shdrs, file.names
    ids = file.sections = [-1] * len(rows)
    taken = [index for index, row in enumerate(rows) if row[1] not in NOT_DATA]
    if dropped:
        taken = [index for index in taken if index not in dropped]
    # No flag below the first odd one is odd, and most files have none above it.
    odd = any(rows[index][2] & _ODD_FLAGS for index in taken if rows[index][2] >= SHF_LINK_ORDER)
    special = [index for index in taken if names[index][:5] in SPECIAL]
    if special:
        notes = {index for index in special if names[index].startswith(TO_LINKER)}
        for index in sorted(notes):
            if names[index].startswith((".gnu.lto_", ".gnu.attributes")):
                _has_code(file)
            else:
                note(ctx, file, names[index], rows[index][2], content(file, index))
        taken = [index for index in taken if index not in notes]
        odd = odd or any(names[index].startswith(".zdebug_") for index in special)
    if odd or len(taken) < _FEW:
        _one_by_one(ctx, file, number, taken)
    elif taken:
        _, kinds, flags, _, places, sizes, _, _, aligns, entsizes = zip(*[rows[index] for index in taken])
        if any(align & align - 1 for align in set(aligns)) or max(kinds) > SHT_LAST:
            _check_headers(file, taken)
        view = file.data
        if max([at + size for at, size in zip(places, sizes)]) <= len(view):
            data = [view[at:at + size] if kind != SHT_NOBITS else b"" for kind, at, size in zip(kinds, places, sizes)]
        else:
            data = [content(file, index) for index in taken]
        first = ctx.add_sections([number] * len(taken), taken, [names[index] for index in taken], kinds, flags,
                                 [align or 1 for align in aligns], sizes, entsizes, data)
        for made, index in enumerate(taken, first):
            ids[index] = made


def note(ctx: Context, file: File, name: str, flags: int, data: memoryview) -> None:
    """A section that tells the linker something and is no part of the output."""
    if name == ".note.GNU-stack":
        file.execstack = bool(flags & 4)
        file.stack_note = True
    elif name.startswith(".gnu.warning."):
        ctx.symbol_warnings.setdefault(name[13:], bytes(data).rstrip(b"\0").decode("utf-8", "replace"))
    elif name == ".note.gnu.property":
        ctx.properties.append((file.shown, note_properties(data, ctx.machine.word)))


def _has_code(file: File) -> None:
    """Raises InputError for objects of slim LTO."""
    if not any(name.startswith((".text", ".data", ".bss", ".rodata")) and row[5] for name, row in zip(file.names, file.shdrs)):
        raise InputError("holds only LTO bytecode, no machine code: compile with -ffat-lto-objects or without -flto")


def _is_known(kind: int, flags: int) -> bool:
    """Whether a section of a type beyond those of the gABI can be treated as data, by the rules of GNU ld: of the system's types
    those whose flags do not say that they need care, of the users' what is not loaded."""
    if kind >= SHT_LOUSER:
        return not flags & SHF_ALLOC
    if kind >= SHT_LOPROC:
        return kind == SHT_X86_64_UNWIND
    return kind >= SHT_LOOS and not flags & SHF_OS_NONCONFORMING


def _check_headers(file: File, taken: Sequence[int]) -> None:
    for index in taken:
        _, kind, flags, _, _, _, _, _, align, _ = file.shdrs[index]
        if kind > SHT_LAST and not _is_known(kind, flags):
            raise InputError(f"section {file.names[index]} is of the type {kind:#x}, which only the program that made it knows")
        if align & (align - 1):
            raise InputError(f"section {file.names[index]} has the alignment {align}, which is no power of two")


def _one_by_one(ctx: Context, file: File, number: int, taken: Sequence[int]) -> None:
    """The same for few sections, or when some are compressed, excluded, or bound to another one."""
    ids = file.sections
    ordered: list[tuple[int, int]] = []
    for index in taken:
        _, kind, flags, _, _, size, link, _, align, entsize = file.shdrs[index]
        name = file.names[index]
        if flags & SHF_EXCLUDE and ctx.options.kind != "relocatable":
            continue
        if align & (align - 1) or kind > SHT_LAST:
            _check_headers(file, [index])
        data: memoryview | bytes | bytearray = b""
        if kind != SHT_NOBITS:
            data = content(file, index)
            if flags & SHF_COMPRESSED:
                data, size, align = _decompress(data, name, ctx.machine.bits)
                flags &= ~SHF_COMPRESSED
            elif name.startswith(".zdebug_"):
                data, size = _old_compressed(data, name)
                name = "." + name[2:]
        made = ids[index] = ctx.add_section(number, index, name, kind, flags, align or 1, size, entsize, data)
        if flags & SHF_LINK_ORDER and link:
            ordered.append((made, link))
    for made, target in ordered:
        if target >= len(ids):
            raise InputError(f"section {ctx.sec_name[made]} is ordered by section {target}, which does not exist")
        ctx.link_order[made] = ids[target]


def _keep_groups(ctx: Context, file: File, groups: list[tuple[int, ...]]) -> None:
    """What stays of a group, stays together."""
    ids = file.sections
    for group in groups:
        members = [ids[index] for index in group if ids[index] >= 0]
        for member in members:
            ctx.sec_group[member] = members


def _decompress(data: memoryview, name: str, bits: int) -> tuple[bytes, int, int]:
    import zlib

    head = 24 if bits == 64 else 12
    if len(data) < head:
        raise InputError(f"section {name} is too short for its compression header")
    if bits == 64:
        kind, _, size, align = unpack_from("<IIQQ", data)
    else:
        kind, size, align = unpack_from("<III", data)
    if size > _MOST_SHRUNK * len(data):
        raise InputError(f"section {name} does not decompress to {size} bytes")
    if kind == 2:
        try:
            from compression import zstd  # type: ignore[import-not-found, unused-ignore]  # Python 3.14
        except ImportError:
            try:
                import zstandard as zstd  # type: ignore[import-not-found, unused-ignore]
            except ImportError:
                raise InputError(f"section {name} is compressed with zstd, which this Python cannot read "
                                 "(pip install zstandard)") from None
            try:
                out = zstd.ZstdDecompressor().decompress(bytes(data[head:]), max_output_size=size)
            except zstd.ZstdError as error:
                raise InputError(f"section {name}: {error}") from error
            return out, len(out), align
        try:
            out = zstd.decompress(bytes(data[head:]))
        except zstd.ZstdError as error:
            raise InputError(f"section {name}: {error}") from error
        return out, len(out), align
    if kind != 1:
        raise InputError(f"section {name} has the unknown compression type {kind}")
    try:
        out = zlib.decompressobj().decompress(bytes(data[head:]), size + 1)
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
    for index in [index for index, row in enumerate(file.shdrs) if row[1] in (SHT_RELA, SHT_REL)]:
        row = file.shdrs[index]
        if row[7] >= len(sections):
            raise InputError(f"relocation section {index} relocates section {row[7]}, which does not exist")
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
            raise InputError(f"the relocations of section {file.names[row[7]]} are not a whole number of 24-byte entries")
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


def _symbols(ctx: Context, file: File, number: int, rows: list[SymRow], names: list[str], symtab: int, local: int,
             plain: bool) -> list[int]:
    """The first `local` symbols are local ones and get rows of their own; global ones are resolved against what is known
    (`resolve.mention`)."""
    file.first_local_id = first = len(ctx.sym_name)
    if not rows:
        file.symbols = [ctx.add_symbol("", number, t.UNDEFINED)]
        return []
    _, infos, others, indices, values, sizes = zip(*rows)
    if max(indices) >= SHN_LORESERVE or max(indices) >= len(file.sections):
        indices = tuple(_special_indices(file, indices, symtab))
    home = [t.UNDEFINED, *[section if section >= 0 else t.DROPPED for section in file.sections[1:]], t.COMMON, t.ABSOLUTE]
    homes = [home[index] for index in indices]
    kinds = [info & 15 for info in infos]
    _check_symbols(ctx, names, infos, kinds, indices, homes, local)
    file.first_global = local           # not before: a file refused on the way has no symbols
    shown = ["" if kind == STT_SECTION and section >= 0 else name for name, kind, section in
             zip(names[:local], kinds, homes)]
    ctx.add_symbols(shown, number, homes[:local], values[:local], sizes[:local], kinds[:local],
                    [other & 3 for other in others[:local]])
    mine = globals_of(ctx, file, number, plain,
                      zip(names[local:], homes[local:], values[local:], sizes[local:], infos[local:], others[local:]))
    file.symbols = [*range(first, first + local), *mine]
    return mine


def _check_symbols(ctx: Context, names: list[str], infos: Sequence[int], kinds: list[int], indices: Sequence[int],
                   homes: list[int], local: int) -> None:
    """Raises InputError for symbols that contradict their table or section."""
    if STT_TLS in kinds:
        for at, (kind, section) in enumerate(zip(kinds, homes)):
            if kind == STT_TLS and section >= 0 and not ctx.sec_flags[section] & SHF_TLS:
                raise InputError(f"symbol {at} is thread-local, but its section {ctx.sec_name[section]} is not")
    if indices[:local].count(0) > 1:
        for name, index, kind in zip(names[:local], indices, kinds):
            if not index and name and kind < STT_SECTION:
                raise InputError(f"the local symbol {name} is undefined")
    for binding in {info >> 4 for info in infos[local:]}:
        if binding not in _BINDINGS:
            at = next(at for at in range(local, len(infos)) if infos[at] >> 4 == binding)
            raise InputError(f"symbol {at} has the unknown binding {binding}" if binding else
                             f"symbol {at} is local but stands among the global ones")


def _special_indices(file: File, indices: Sequence[int], symtab: int) -> list[int]:
    """Section numbers of symbols; common and absolute symbols get the two numbers behind the last section's."""
    count = len(file.sections)
    special = {SHN_COMMON: count, SHN_ABS: count + 1}
    wide = _extended(file, symtab) if SHN_XINDEX in indices else ()
    found = []
    for at, index in enumerate(indices):
        if index == SHN_XINDEX and at < len(wide):
            index = wide[at]
        elif index >= SHN_LORESERVE:
            if index not in special:
                raise InputError(f"symbol {at} has the reserved section number {index:#x}")
            found.append(special[index])
            continue
        if index >= count:
            raise InputError(f"symbol {at} lies in section {index}, which does not exist")
        found.append(index)
    return found
