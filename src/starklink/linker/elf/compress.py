"""--compress-debug-sections: finished debug sections shrink, and what follows them moves up (gABI, SHF_COMPRESSED)."""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING
from zlib import compress

from ..errors import LinkError
from .tables import Output

if TYPE_CHECKING:
    from collections.abc import Sequence

SHF_ALLOC, SHF_COMPRESSED = 2, 0x800
SHT_NOBITS = 8
ELFCOMPRESS_ZLIB, ELFCOMPRESS_ZSTD = 1, 2


def compress_debug(outputs: Sequence[Output], image: bytearray, kind: str, bits: int = 64) -> bytearray:
    """Compress `.debug_*` where that makes them smaller; the result is the file up to the end of the sections. `outputs` are in
    file order; `bits` is the class of the file.

    Raises LinkError if zstd is asked for and this Python has none.
    """
    tail = [out for out in outputs if not out.flags & SHF_ALLOC and out.type != SHT_NOBITS]
    if not tail:
        return bytearray(image)
    contents = [bytes(image[out.offset:out.offset + out.size]) for out in tail]
    at = tail[0].offset
    image = bytearray(image[:at])
    for out, content in zip(tail, contents):
        if out.name.startswith(".debug_") and content:
            packed = _packed(content, kind, out.align, bits)
            if len(packed) < len(content):
                content, out.flags, out.align, out.size = packed, out.flags | SHF_COMPRESSED, bits // 8, len(packed)
        at = at + out.align - 1 & -out.align
        image += bytes(at - len(image)) + content
        out.offset = at
        at += len(content)
    return image


def _packed(content: bytes, kind: str, align: int, bits: int) -> bytes:
    number = ELFCOMPRESS_ZLIB if kind == "zlib" else ELFCOMPRESS_ZSTD
    head = pack("<IIQQ", number, 0, len(content), align) if bits == 64 else pack("<III", number, len(content), align)
    if kind == "zlib":
        return head + compress(content, 6)
    try:
        import zstandard  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        raise LinkError(["--compress-debug-sections=zstd needs the Python package zstandard; zlib is always there"]) from None
    body: bytes = zstandard.ZstdCompressor().compress(content)
    return head + body
