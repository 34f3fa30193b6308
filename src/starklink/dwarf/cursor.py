"""A position in a debug section, with the readers of DWARF's primitive encodings."""

from __future__ import annotations

from .leb import read_sleb, read_uleb


class DwarfError(ValueError):
    """Debug information that cannot be read; the text says what and where."""


class Cursor:
    """Reads from `at` up to `end` of a section's data. Raises DwarfError for reads beyond `end`."""

    __slots__ = ("at", "byteorder", "data", "end", "name")

    def __init__(self, data: bytes, at: int = 0, end: int | None = None, order: str = "<", name: str = "") -> None:
        self.data = data
        self.end = len(data) if end is None else end
        self.at = at
        self.name = name
        self.byteorder = "little" if order == "<" else "big"
        if not 0 <= at <= self.end or self.end > len(data):
            raise DwarfError(f"offset {at:#x} lies outside {name or 'the data'} of {len(data)} bytes")

    @property
    def at_end(self) -> bool:
        """True if nothing is left."""
        return self.at >= self.end

    def _beyond(self) -> DwarfError:
        return DwarfError(f"{self.name or 'the data'} ends inside an item at {self.at:#x}")

    def bytes(self, size: int) -> bytes:
        """The next bytes."""
        end = self.at + size
        if end > self.end:
            raise self._beyond()
        found = self.data[self.at:end]
        self.at = end
        return found

    def skip(self, size: int) -> None:
        """Pass over bytes."""
        self.bytes(size)

    def uint(self, size: int) -> int:
        """An unsigned number of so many bytes."""
        return int.from_bytes(self.bytes(size), self.byteorder)  # type: ignore[arg-type]

    def sint(self, size: int) -> int:
        """A signed number of so many bytes."""
        return int.from_bytes(self.bytes(size), self.byteorder, signed=True)  # type: ignore[arg-type]

    def u8(self) -> int:
        """One byte."""
        if self.at >= self.end:
            raise self._beyond()
        value = self.data[self.at]
        self.at += 1
        return value

    def u16(self) -> int:
        """Two bytes."""
        return self.uint(2)

    def u32(self) -> int:
        """Four bytes."""
        return self.uint(4)

    def uleb(self) -> int:
        """An unsigned LEB128 number."""
        return self._leb(read_uleb)

    def sleb(self) -> int:
        """A signed LEB128 number."""
        return self._leb(read_sleb)

    def _leb(self, read: object) -> int:
        try:
            value, at = read(self.data, self.at)  # type: ignore[operator]
        except IndexError as error:
            raise self._beyond() from error
        if at > self.end:
            raise self._beyond()
        self.at = at
        return int(value)

    def string(self) -> str:
        """A text up to its NUL."""
        stop = self.data.find(b"\0", self.at, self.end)
        if stop < 0:
            raise self._beyond()
        text = self.data[self.at:stop].decode("utf-8", "surrogateescape")
        self.at = stop + 1
        return text

    def initial_length(self) -> tuple[int, int]:
        """(length, size of offsets): 4 for the 32-bit format, 8 for the 64-bit format."""
        size = self.u32()
        if size == 0xFFFFFFFF:
            return self.uint(8), 8
        if size >= 0xFFFFFFF0:
            raise DwarfError(f"reserved length {size:#x} at {self.at - 4:#x} of {self.name}")
        return size, 4
