"""From a finished layout to the bytes of the file: headers, program headers, sections, build id."""

from __future__ import annotations

from struct import error as StructError
from typing import TYPE_CHECKING, Final

from ...objwriter.elf.layouts import RECORDS
from ..errors import LinkError
from . import tables as t
from .layout import Frame, header_sizes
from .options import EXEC, PIE, RELOCATABLE, SHARED
from .sections import SHF_GNU_RETAIN
from .tables import Context, Output

if TYPE_CHECKING:
    from ..flat import Piece

SHT_STRTAB, SHT_NOBITS = 3, 8
SHN_LORESERVE: Final = 0xFF00
SHN_XINDEX: Final = 0xFFFF
_LARGEST: Final = 1 << 28
"""Bytes; larger outputs must have inputs that explain them."""
BUILD_ID: Final = ".note.gnu.build-id"
_SLOW: Final = 1 << 20
"""Bytes of a file that pay for loading OpenSSL."""
_ID_SIZES: Final = {"sha1": 20, "tree": 20, "md5": 16, "uuid": 16, "fast": 20}


def number_sections(outputs: list[Output]) -> Output:
    """Number the sections and make the table of their names, which comes last."""
    names = Output(".shstrtab", SHT_STRTAB, 0, 1, content=bytearray(b"\0"))
    known: dict[str, int] = {}
    content = names.content
    assert content is not None
    for index, out in enumerate([*outputs, names], 1):
        out.index = index
        if out.name not in known:
            known[out.name] = len(content)
            content += out.name.encode("utf-8", "surrogateescape") + b"\0"
    names.size = len(content)
    names.symbol_at = known
    return names


def check_size(ctx: Context, outputs: list[Output], size: int) -> None:
    """Refuse a file that damaged alignments would blow up. Raises LinkError."""
    if size > _LARGEST and size > 64 * sum(len(file.data) for file in ctx.files):
        widest = max(outputs, key=lambda out: out.align)
        raise LinkError([f"the output would have {size} bytes: {widest.name} is aligned to {widest.align:#x}"])


def build_id_note(kind: str) -> bytes:
    """The note with zeros where the digest goes. Raises ValueError for a kind that is not known."""
    if kind.startswith("0x"):
        digits = kind[2:].replace("-", "").replace(":", "")
        value = bytes.fromhex(digits)
    elif kind in _ID_SIZES:
        value = bytes(_ID_SIZES[kind])
    else:
        raise ValueError(f"--build-id={kind}: known are sha1, md5, uuid, fast and 0x followed by hexadecimal digits")
    return len(b"GNU\0").to_bytes(4, "little") + len(value).to_bytes(4, "little") + b"\3\0\0\0GNU\0" + value


def finish_build_id(image: bytearray, out: Output, kind: str) -> None:
    """Fill in the digest of the file (with zeros in its place)."""
    if kind.startswith("0x"):
        return
    at, size = out.offset + 16, _ID_SIZES[kind]
    if kind == "uuid":
        import os

        digest = bytearray(os.urandom(16))
        digest[6] = digest[6] & 0x0F | 0x40
        digest[8] = digest[8] & 0x3F | 0x80
        image[at:at + size] = digest
        return
    image[at:at + size] = _digest("md5" if kind == "md5" else "sha1", image)[:size]


def _digest(kind: str, image: bytearray) -> bytes:
    if len(image) < _SLOW:
        try:        # OpenSSL, which is behind hashlib, hashes faster but takes its time to load
            small: bytes = getattr(__import__(f"_{kind}"), kind)(image, usedforsecurity=False).digest()
            return small
        except ImportError:
            pass
    import hashlib

    return hashlib.new(kind, image, usedforsecurity=False).digest()


def write_headers(ctx: Context, frame: Frame, names: Output, image: bytearray, table_at: int) -> None:
    """ELF header, program headers and section headers."""
    outputs = [*frame.outputs, names]
    if not ctx.options.section_headers and ctx.options.kind != RELOCATABLE:
        outputs, table_at = [], 0
    kind = 1 if ctx.options.kind == RELOCATABLE else 2 if ctx.options.kind == EXEC else 3
    count = len(outputs) + 1 if outputs else 0
    wide = count >= SHN_LORESERVE
    # Indirect functions, unique symbols and retained sections are extensions of GNU, which the header says.
    gnu = any(out.flags & SHF_GNU_RETAIN for out in outputs) or any(
        ctx.sym_section[symbol] >= 0 and 10 in (ctx.sym_type[symbol], ctx.sym_binding[symbol]) for symbol in ctx.ids.values())
    os_abi = 3 if gnu else 0
    small = ctx.options.machine == "i386"
    bits, (head, program, section) = 32 if small else 64, header_sizes(ctx)
    section = section if outputs else 0
    ident = b"\x7fELF" + bytes((1 if small else 2,)) + b"\x01\x01" + bytes((os_abi,)) + bytes(8)
    segments = frame.segments
    image[:head] = RECORDS["ehdr", bits, "<"].pack(
        ident, kind, 3 if small else 62, 1, entry_address(ctx) & (1 << bits) - 1, head if segments else 0, table_at, 0, head,
        program if segments else 0, len(segments), section, 0 if wide else count,
        0 if not outputs else SHN_XINDEX if names.index >= SHN_LORESERVE else names.index)
    record = RECORDS["phdr", bits, "<"]
    for number, one in enumerate(segments):
        row = {"type": one.type, "flags": one.flags, "offset": one.offset, "vaddr": one.address, "paddr": one.physical,
               "filesz": one.file_size, "memsz": one.memory_size, "align": one.align}
        record.pack_into(image, head + program * number, *(row[name] for name in record.fields))
    if not outputs:
        return
    record = RECORDS["shdr", bits, "<"]
    beyond = names.index if names.index >= SHN_LORESERVE else 0
    record.pack_into(image, table_at, 0, 0, 0, 0, 0, count if wide else 0, beyond, 0, 0, 0)
    for number, out in enumerate(outputs, 1):
        link = out.link.index if isinstance(out.link, Output) else out.link
        info = out.info.index if isinstance(out.info, Output) else out.info
        try:
            record.pack_into(image, table_at + section * number, names.symbol_at[out.name], out.type, out.flags, out.address,
                             out.offset, out.size, link, info, out.align, out.entsize)
        except StructError:
            raise LinkError([*ctx.problems, f"section {out.name} at {out.address:#x} of size {out.size:#x} does not fit into a "
                             f"{bits}-bit file"]) from None


def loaded_part(ctx: Context, frame: Frame, image: bytearray) -> bytearray:
    """The file without what only section headers would say (-z nosectionheader)."""
    head, program, _ = header_sizes(ctx)
    loaded = [out.offset + out.size for out in frame.outputs if out.flags & 2 and out.type != SHT_NOBITS]
    return image[:max([head + program * len(frame.segments), *loaded])]


def pieces(frame: Frame, image: bytearray) -> list[Piece]:
    """Load address, bytes and name of every section that is loaded from the file (what `objcopy -O binary` takes)."""
    from ..flat import Piece

    body = memoryview(image)
    return [Piece(out.physical if out.physical >= 0 else out.address, body[out.offset:out.offset + out.size], out.name)
            for out in frame.outputs if out.flags & 2 and out.type != SHT_NOBITS and out.size]


def entry_address(ctx: Context) -> int:
    """e_entry: a symbol, a number, or 0 (always for -r)."""
    if ctx.options.kind == RELOCATABLE:
        return 0
    entry = ctx.options.entry or "_start"
    symbol = ctx.ids.get(entry, -1)
    if symbol >= 0 and ctx.sym_section[symbol] != t.UNDEFINED:
        return ctx.address[symbol]
    try:
        return int(entry, 0)
    except ValueError:
        return missing_entry(ctx)[1]


def missing_entry(ctx: Context) -> tuple[str, int]:
    """A warning if the symbol a program starts at is not there, and the address that is taken instead: that of the code."""
    options = ctx.options
    entry = options.entry or "_start"
    symbol = ctx.ids.get(entry, -1)
    if (symbol >= 0 and ctx.sym_section[symbol] != t.UNDEFINED) or entry[:1].isdigit():
        return "", 0
    code = ctx.output(".text")
    if options.kind == SHARED and not options.entry:
        return "", 0
    if options.kind not in (EXEC, PIE) or code is None or not code.address:
        return f"cannot find entry symbol {entry}; not setting start address", 0
    return f"cannot find entry symbol {entry}; defaulting to {code.address:#x}, the start of .text", code.address


