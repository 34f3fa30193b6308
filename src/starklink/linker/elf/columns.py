"""Columns of all symbols for links with many relocations: what they are, and their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import tables as t

if TYPE_CHECKING:
    from .tables import Context

STT_TLS, STT_IFUNC = 6, 10
Column = Any
"""A numpy array."""


class SymbolColumns(NamedTuple):
    """`ctx.sym_section`, `sym_type`, `sym_flags` and `address` (modulo 2^64, signed); `plain`: just an address in this image."""

    section: Column
    kind: Column
    flags: Column
    address: Column
    plain: Column


def symbol_columns(ctx: Context) -> SymbolColumns:
    """The columns once addresses are known; made once, since nothing changes then."""
    if ctx.columns is None:
        section, kind, flags, plain = plain_symbols(ctx)
        ctx.columns = SymbolColumns(section, kind, flags, signed(ctx.address), plain)
    made: SymbolColumns = ctx.columns
    return made


def plain_symbols(ctx: Context) -> tuple[Column, Column, Column, Column]:
    """Section, type and flags as they are now, and which symbols are just an address in this image (`scan.plain_symbols`)."""
    section, kind, flags = (np.array(column, dtype=np.int64) for column in (ctx.sym_section, ctx.sym_type, ctx.sym_flags))
    return section, kind, flags, (section >= 0) & (flags & t.IMPORTED == 0) & (kind != STT_TLS) & (kind != STT_IFUNC)


def signed(values: list[int]) -> Column:
    """Numbers modulo 2^64 as signed ones."""
    try:
        return np.array(values, dtype=np.int64)
    except OverflowError:
        return np.array([value & (1 << 64) - 1 for value in values], dtype=np.uint64).view(np.int64)


def wrapped(address: int) -> int:
    """An address as a signed number of 64 bits, as columns have it."""
    return address - (1 << 64) if address >> 63 == 1 else address


def sections_moved(ctx: Context, base: list[int], pieces: bytearray) -> tuple[list[int], list[int]] | None:
    """The address of each symbol as far as it follows from the `base` of its section, and the symbols with another one: those
    outside sections, and in sections that were cut into pieces. None for values beyond 63 bits."""
    try:
        start = np.array(base, dtype=np.int64)
        value = np.array(ctx.sym_value, dtype=np.int64)
    except OverflowError:
        return None
    section = np.array(ctx.sym_section, dtype=np.int64)
    inside = section >= 0
    if not len(start) or value.max(initial=0) >= 1 << 62 or start.max(initial=0) >= 1 << 62 or value.min(initial=0) < 0:
        return None
    home = np.where(inside, section, 0)
    made = np.where(inside & (start[home] >= 0), start[home] + value, 0)
    other = ~inside | (np.frombuffer(pieces, dtype=np.uint8)[home] != 0)
    return made.tolist(), np.flatnonzero(other).tolist()
