"""The hash functions of symbol tables (gABI chapter 5, "Hash Table"; GNU hash sections)."""

from __future__ import annotations


def gnu_hash(name: bytes) -> int:
    """The hash of a symbol's name in `.gnu.hash`, 32 bits."""
    value = 5381
    for byte in name:
        value = value * 33 + byte & 0xFFFFFFFF
    return value


def sysv_hash(name: bytes) -> int:
    """The hash of a name in `.hash` and in version records, 28 bits."""
    value = 0
    for byte in name:
        value = (value << 4) + byte
        value = (value ^ value >> 24 & 0xF0) & 0x0FFFFFFF
    return value
