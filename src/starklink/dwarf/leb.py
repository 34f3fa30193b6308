"""LEB128 numbers: little-endian groups of 7 bits, the high bit says that another byte follows (DWARF 5 section 7.6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_ONE: Final = tuple(bytes((value,)) for value in range(128))


def uleb(value: int) -> bytes:
    """An unsigned number. Raises ValueError for a negative one."""
    if value < 128:
        if value < 0:
            raise ValueError(f"uleb of {value}")
        return _ONE[value]
    if value < 16384:
        return bytes((value & 0x7F | 0x80, value >> 7))
    out = bytearray()
    while value > 127:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def uleb_padded(value: int, size: int) -> bytes:
    """An unsigned number in exactly `size` bytes. Raises ValueError if it needs more."""
    if not 0 <= value < 1 << 7 * size:
        raise ValueError(f"uleb of {value} in {size} bytes")
    return bytes([value >> 7 * place & 0x7F | (0x80 if place < size - 1 else 0) for place in range(size)])


def sleb(value: int) -> bytes:
    """A signed number."""
    if -64 <= value < 64:
        return _ONE[value & 0x7F]
    out = bytearray()
    while not -64 <= value < 64:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value & 0x7F)
    return bytes(out)


def uleb_list(values: Iterable[int]) -> bytes:
    """Unsigned numbers one behind the other."""
    return b"".join([_ONE[value] if 0 <= value < 128 else uleb(value) for value in values])


def sleb_list(values: Iterable[int]) -> bytes:
    """Signed numbers one behind the other."""
    return b"".join([sleb(value) for value in values])


LONGEST: Final = 20
"""Bytes a number may have when read: generous padding for 64 bits, and a bound on the work a hostile file can ask
for."""


def read_uleb(data: bytes | memoryview, at: int) -> tuple[int, int]:
    """(value, offset behind it). Raises IndexError at the end of the data or for a number longer than LONGEST."""
    byte = data[at]
    if byte < 128:
        return byte, at + 1
    value, shift = byte & 0x7F, 7
    while True:
        at += 1
        byte = data[at]
        value |= (byte & 0x7F) << shift
        if byte < 128:
            return value, at + 1
        shift += 7
        if shift > 7 * LONGEST:
            raise IndexError("a LEB128 number is too long")


def read_sleb(data: bytes | memoryview, at: int) -> tuple[int, int]:
    """(value, offset behind it). Raises IndexError at the end of the data or for a number longer than LONGEST."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 128:
            return (value - (1 << shift) if byte & 0x40 else value), at
        if shift > 7 * LONGEST:
            raise IndexError("a LEB128 number is too long")
