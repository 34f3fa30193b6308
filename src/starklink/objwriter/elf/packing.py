"""Compression of SHF_COMPRESSED sections: zlib always, zstd where this Python or an installed package has it.

`compression.zstd` is part of Python from 3.14 on; before that the packages `zstandard` and `pyzstd` serve.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .model import ElfError

ZLIB = 1
ZSTD = 2


def zstd_module() -> Any:
    """A module that packs and unpacks zstd frames, None if there is none."""
    for name in ("compression.zstd", "zstandard", "pyzstd"):
        try:
            return import_module(name)
        except ImportError:
            continue
    return None


def zstd_compress(data: bytes) -> bytes:
    """One zstd frame. Raises ElfError without a zstd module."""
    made: bytes = _need().compress(data)
    return made


def zstd_decompress(data: bytes, size: int) -> bytes:
    """The content of zstd frames, at most `size` bytes and one more to notice a lie. Raises ElfError."""
    module = _need()
    try:
        if module.__name__ == "zstandard":
            with module.ZstdDecompressor().stream_reader(data) as stream:
                return bytes(stream.read(size + 1))
        unpacker = module.ZstdDecompressor()
        return bytes(unpacker.decompress(data, size + 1))
    except Exception as error:  # each module has its own error class
        raise ElfError(f"zstd: {error}") from error


def zlib_decompress(data: bytes, size: int) -> bytes:
    """The content of a zlib stream, at most `size` bytes and one more to notice a lie. Raises ElfError."""
    import zlib

    try:
        return zlib.decompressobj().decompress(data, size + 1)
    except zlib.error as error:
        raise ElfError(f"zlib: {error}") from error


def _need() -> Any:
    module = zstd_module()
    if module is None:
        raise ElfError("zstd needs Python 3.14 or the package zstandard")
    return module
