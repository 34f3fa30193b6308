"""An image: addressed sections, symbols and an entry, and what can be done with them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ..support.files import write_file
from .inputs import Inputs
from .layout import Layout, OutputSection, Segment
from .output import ImageSymbol, elf_bytes

if TYPE_CHECKING:
    from subprocess import CompletedProcess

BUILD_ID: Final = ".note.gnu.build-id"
BUILD_ID_AT: Final = 16
"""Offset of the 20 digest bytes in the note."""


class Image:
    """A linked program. `contents[i]` are the bytes of `sections[i]` (empty for bss); `entry` is an address."""

    def __init__(
        self,
        target: str,
        inputs: Inputs,
        made: Layout,
        contents: Sequence[bytearray],
        symbols: Sequence[ImageSymbol],
        entry: int,
    ) -> None:
        self.target = target
        self.inputs = inputs
        self.layout = made
        self.contents = contents
        self.symbols = symbols
        self.entry = entry
        self._bytes = b""

    @property
    def sections(self) -> list[OutputSection]:
        """The output sections in file order."""
        return self.layout.sections

    @property
    def segments(self) -> list[Segment]:
        """The program headers in order."""
        return self.layout.segments

    def __bytes__(self) -> bytes:
        """The ELF file. The same image always gives the same bytes."""
        if not self._bytes:
            out = bytearray(elf_bytes(self.layout, self.contents, self.symbols, self.entry))
            note = next((section for section in self.sections if section.name == BUILD_ID), None)
            if note is not None:
                at = note.offset + BUILD_ID_AT
                out[at : at + 20] = _sha1(out)
            self._bytes = bytes(out)
        return self._bytes

    def symbol(self, name: str) -> ImageSymbol:
        """The symbol of that name. Raises KeyError."""
        for symbol in self.symbols:
            if symbol.name == name:
                return symbol
        raise KeyError(name)

    def flat(self) -> bytes:
        """The loaded bytes from the lowest address on, without headers; gaps are zero, bss is left out."""
        parts = [
            (section.address, data)
            for section, data in zip(self.sections, self.contents)
            if section.loaded and section.kind != "NOBITS" and data
        ]
        if not parts:
            return b""
        base = min(address for address, _ in parts)
        out = bytearray(max(address + len(data) for address, data in parts) - base)
        for address, data in parts:
            out[address - base : address - base + len(data)] = data
        return bytes(out)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the ELF file, executable. Raises OSError; then the old file is as it was."""
        write_file(path, bytes(self), 0o755)

    def write_flat(self, path: str | os.PathLike[str]) -> None:
        """Write `flat()`. Raises OSError; then the old file is as it was."""
        write_file(path, self.flat(), 0o644)

    def map(self, form: str = "text") -> str:
        """The map of the image as "text" or "json": sections and fragments with addresses, sizes and owners."""
        from .mapfile import json_map, text_map

        return json_map(self) if form == "json" else text_map(self)

    def run(
        self, args: Sequence[str] = (), stdin: str | bytes | None = None, timeout: float | None = None
    ) -> CompletedProcess[str]:
        """Run the program to its end (`pc`: in qemu) and return code and output; text is UTF-8, other bytes are
        surrogates.

        Raises subprocess.TimeoutExpired, OSError, ValueError for arguments or input on `pc`, and for `pc`
        boot.BootError when the guest does not end by itself.
        """
        from .boot import run_linux, run_pc

        data = stdin.encode("utf-8", "surrogateescape") if isinstance(stdin, str) else stdin or b""
        if self.target == "pc":
            if args or data:
                raise ValueError("a program on the bare PC takes no arguments and no input")
            return run_pc(bytes(self), timeout)
        return run_linux(bytes(self), args, data, timeout)


def _sha1(data: bytearray) -> bytes:
    # hashlib loads OpenSSL (4 ms); the module below it is part of CPython and starts at once.
    try:
        from _sha1 import sha1  # type: ignore[import-not-found]
    except ImportError:
        from hashlib import sha1
    digest: bytes = sha1(data).digest()
    return digest
