"""Output formats: what a section can be, how references become relocations or numbers, and the file's bytes."""

from __future__ import annotations

from ..errors import NasmError
from .base import Format as Format


def make(name: str) -> Format:
    """The format of that name. Raises NasmError."""
    if name == "bin":
        from .flat import Flat

        return Flat()
    if name in ("elf64", "elf32", "elf"):
        from .elf import Elf

        return Elf(32 if name != "elf64" else 64)
    raise NasmError(f"unrecognised output format `{name}': there are bin, elf32 and elf64")


NAMES = ("bin", "elf32", "elf64")
