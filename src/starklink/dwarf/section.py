"""A debug section under construction: bytes plus the fixups that tell which of them depend on final addresses.

The same code serves object files and final images. A place that holds an address asks for symbol + addend and whoever
consumes the fragment records a relocation or writes the number. Offsets into other debug sections are written in place
as well; with `linked` set (our sections are the only ones in the output) they are right as they stand and ask for
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..objwriter.model import Fixup, Fragment, Reloc


class DebugSection:
    """Growing bytes with fixups."""

    __slots__ = ("data", "fixups", "linked", "name", "offset_size")

    def __init__(self, name: str, linked: bool = False, offset_size: int = 4) -> None:
        self.name = name
        self.linked = linked
        self.offset_size = offset_size
        self.data = bytearray()
        self.fixups: list[Fixup] = []

    def address(self, symbol: str, addend: int = 0) -> None:
        """Append the 8-byte address symbol + addend; without symbol the number `addend`."""
        if symbol:
            self.fixups.append(Fixup(len(self.data), Reloc.ABS64, symbol, addend))
            self.data += b"\0\0\0\0\0\0\0\0"
        else:
            self.data += (addend & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "little")

    def offset(self, section: str, value: int) -> None:
        """Append an offset into another debug section."""
        size = self.offset_size
        if not self.linked:
            self.fixups.append(Fixup(len(self.data), Reloc.ABS32 if size == 4 else Reloc.ABS64, section, value))
        self.data += value.to_bytes(size, "little")

    def append(self, data: bytes | bytearray, fixups: Iterable[Fixup], align: int = 1) -> int:
        """Append a finished part at an alignment; its offset."""
        self.data += bytes(-len(self.data) % align)
        at = len(self.data)
        self.data += data
        self.fixups += [Fixup(offset + at, kind, symbol, addend) for offset, kind, symbol, addend in fixups]
        return at

    def put32(self, at: int, value: int) -> None:
        """Overwrite 4 bytes."""
        self.data[at:at + 4] = value.to_bytes(4, "little")

    def fragment(self, align: int = 1) -> Fragment:
        """The section as a fragment."""
        return Fragment("", self.name, bytes(self.data), align, fixups=self.fixups)
