"""Arenas: large reserved anonymous mappings whose pages are committed by first touch.

The base address of an arena never moves, growing copies nothing and `reset()` is O(1): it sets the length to 0 and keeps
the pages for the next user. Everything in an arena is referred to by index, never by address.
"""

from __future__ import annotations

import mmap
from typing import Final

_PAGE: Final = mmap.PAGESIZE
_RESERVE: Final = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0x4000)


class ArenaFull(MemoryError):
    """The reserved address space of an arena is used up (reported to users as FS0803)."""


class TooLarge(MemoryError):
    """Something in the program is larger than can be managed (FS0803). `pos` is where in the source it stands."""

    def __init__(self, message: str, pos: int) -> None:
        super().__init__(message)
        self.pos = pos


def reserve(size: int) -> mmap.mmap:
    """Reserve `size` bytes of zeroed anonymous memory; halve the wish while the system refuses it (`ulimit -v`).

    Raises MemoryError when not even 1 MiB can be had.
    """
    size = max(size + _PAGE - 1 & -_PAGE, _PAGE)
    while True:
        try:
            return mmap.mmap(-1, size, flags=_RESERVE)
        except (OSError, ValueError, OverflowError) as error:
            if size <= 1 << 20:
                raise MemoryError("cannot reserve address space") from error
            size = size // 2 + _PAGE - 1 & -_PAGE


class Arena:
    """A growing byte buffer in reserved memory. `length` bytes are in use; `view` shows the whole reservation."""

    __slots__ = ("_map", "capacity", "length", "view")

    def __init__(self, capacity: int) -> None:
        self._map = reserve(capacity)
        self.capacity: int = len(self._map)
        self.length: int = 0
        self.view: memoryview = memoryview(self._map)

    def append(self, data: bytes | bytearray | memoryview) -> int:
        """Copy `data` to the end; return its offset in bytes. Raises ArenaFull."""
        start = self.length
        end = start + len(data)
        if end > self.capacity:
            raise ArenaFull("arena full")
        self.view[start:end] = data
        self.length = end
        return start

    def bytes(self, start: int, size: int) -> bytes:
        """A copy of `size` bytes from offset `start`."""
        return bytes(self.view[start:start + size])

    def reset(self) -> None:
        """Forget everything in O(1); the committed pages stay for the next use."""
        self.length = 0
