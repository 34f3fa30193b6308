"""Shared objects as inputs: what they define and need, with versions (gABI chapter 5; GNU symbol versioning)."""

from __future__ import annotations

from struct import error as StructError
from struct import unpack_from
from typing import TYPE_CHECKING, Final

from ...objwriter.elf.layouts import RECORDS
from .i386 import symbol_rows
from .objects import InputError, read_headers
from .tables import Context, File

if TYPE_CHECKING:
    from collections.abc import Mapping

SHT_DYNAMIC, SHT_DYNSYM = 6, 11
SHT_GNU_VERDEF, SHT_GNU_VERNEED, SHT_GNU_VERSYM = 0x6FFFFFFD, 0x6FFFFFFE, 0x6FFFFFFF
DT_NEEDED, DT_SONAME, DT_FLAGS_1, DF_1_PIE = 1, 14, 0x6FFFFFFB, 0x8000000
PROGRAM: Final = "is a linked program, not an object\n>>> hint: -R FILE takes the addresses of its symbols only"
PT_LOAD, PT_GNU_RELRO = 1, 0x6474E552
_HIDDEN_VERSION: Final = 0x8000


def load_shared(ctx: Context, file: File) -> None:
    """Enter a shared object: its names do not get symbol rows until something refers to them. Raises InputError."""
    try:
        kind, machine = read_headers(file)
        wanted = ctx.machine
        if kind != 3 or machine != wanted.number or file.data[4] != wanted.bits // 32:
            raise InputError(f"is of ELF type {kind} for machine {machine}, not a shared object for "
                             f"{'x86-64' if wanted.bits == 64 else 'i386'}")
        _read(file, wanted.bits)
        if not file.shdrs:
            ctx.warnings.append(f"{file.shown}: has no section headers, without which the linker does not see its symbols")
    except StructError as error:
        raise InputError(f"is damaged: {error}") from error
    ctx.files.append(file)


def _read(file: File, bits: int) -> None:
    by_type = {row[1]: row for row in file.shdrs}
    dynsym = by_type.get(SHT_DYNSYM)
    if SHT_DYNAMIC in by_type:
        row = by_type[SHT_DYNAMIC]
        strings = _bytes(file, row[6])
        for tag, value in RECORDS["dyn", bits, "<"].iter_unpack(_whole(file, row, bits // 4)):
            if tag == 0:
                break
            if tag == DT_NEEDED:
                file.needed.append(_string(strings, value))
            elif tag == DT_SONAME:
                file.soname = _string(strings, value)
            elif tag == DT_FLAGS_1 and value & DF_1_PIE:
                raise InputError(PROGRAM)
    header, record = RECORDS["ehdr", bits, "<"], RECORDS["phdr", bits, "<"]
    head = dict(zip(header.fields, header.unpack_from(file.data, 0)))
    start, count = head["phoff"], head["phnum"]
    if start + record.size * count > len(file.data):
        raise InputError("has program headers beyond its end")
    for number in range(count):
        segment = dict(zip(record.fields, record.unpack_from(file.data, start + record.size * number)))
        kind, flags, address, size = (segment[name] for name in ("type", "flags", "vaddr", "memsz"))
        if kind == PT_GNU_RELRO or (kind == PT_LOAD and not flags & 2):
            file.readonly.append((address, address + size))
    if dynsym is None:
        return
    strings = _bytes(file, dynsym[6])
    table = _whole(file, dynsym, 24 if bits == 64 else 16)
    rows = list(RECORDS["sym", 64, "<"].iter_unpack(table)) if bits == 64 else symbol_rows(table)
    versions: tuple[int, ...] = ()
    if SHT_GNU_VERSYM in by_type:
        row = by_type[SHT_GNU_VERSYM]
        data = _whole(file, row, 2)
        versions = unpack_from(f"<{len(data) // 2}H", data)
    names = _version_names(file, by_type)
    file.versions = [name for name in names.values() if name]
    decoded = strings.decode("utf-8", "surrogateescape") if strings.isascii() else ""
    exports, dynsyms = file.exports, file.dynsyms
    for number, (name_at, info, other, shndx, value, size) in enumerate(rows):
        if info < 16 or not name_at:
            if number >= dynsym[7] and name_at:
                raise InputError(f"is damaged: symbol {number} is local but stands among the global ones")
            continue
        if decoded:
            name = decoded[name_at:decoded.find("\0", name_at)]
        else:
            name = _string(strings, name_at)
        version = versions[number] if number < len(versions) else 1
        title = names.get(version & 0x7FFF, "") if version & 0x7FFF > 1 else ""
        if shndx == 0:
            file.undefined.append((name, info >> 4 == 2, title))
            continue
        if other & 3 in (1, 2) or version & 0x7FFF == 0:
            continue
        row_number = len(dynsyms)
        dynsyms.append((name, value, size, info & 15, info >> 4, other & 3, title))
        if version & _HIDDEN_VERSION:
            exports.setdefault(f"{name}@{title}", row_number)
        else:
            exports[name] = row_number
            if title:
                exports[f"{name}@{title}"] = row_number


def _version_names(file: File, by_type: Mapping[int, tuple[int, ...]]) -> dict[int, str]:
    names: dict[int, str] = {}
    row = by_type.get(SHT_GNU_VERDEF)
    if row is not None:
        strings, data = _bytes(file, row[6]), _whole(file, row, 1)
        at = 0
        for _ in range(row[7]):
            _, flags, index, _, _, aux, step = unpack_from("<HHHHIII", data, at)
            if not flags & 1:       # the base definition names the file itself
                names[index & 0x7FFF] = _string(strings, unpack_from("<I", data, at + aux)[0])
            if not step:
                break
            at += step
    row = by_type.get(SHT_GNU_VERNEED)
    if row is not None:
        strings, data = _bytes(file, row[6]), _whole(file, row, 1)
        at = 0
        for _ in range(row[7]):
            _, count, _, aux, step = unpack_from("<HHIII", data, at)
            inner = at + aux
            for _ in range(count):
                _, _, other, name, following = unpack_from("<IHHII", data, inner)
                names[other & 0x7FFF] = _string(strings, name)
                if not following:
                    break
                inner += following
            if not step:
                break
            at += step
    return names


def _bytes(file: File, index: int) -> bytes:
    if not 0 <= index < len(file.shdrs):
        raise InputError(f"links to section {index}, which does not exist")
    return bytes(_whole(file, file.shdrs[index], 1))


def _whole(file: File, row: tuple[int, ...], unit: int) -> memoryview:
    if row[4] + row[5] > len(file.data):
        raise InputError("has a section outside the file")
    return file.data[row[4]:row[4] + row[5] // unit * unit]


def _string(table: bytes, offset: int) -> str:
    end = table.find(b"\0", offset)
    if end < 0:
        raise InputError("has a name outside its table")
    return table[offset:end].decode("utf-8", "surrogateescape")
