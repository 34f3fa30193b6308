"""-z pack-relative-relocs: relative relocations of even places as addresses and bitmaps (gABI "Relative Relocation Table").

The table's size must be known before addresses are, so it is planned from distances that no layout changes: within an output
section, or within an input section if a script places them. Packing across those borders when addresses are known never needs
more words; the rest is filled with bitmaps that say nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import pack
from typing import Final

from ...objwriter.elf.layouts import RECORDS
from . import relocs as r
from . import tables as t
from .got import Tables, got_relocations
from .scan import Scan, is_constant, is_ifunc
from .tables import Context, Output

SHF_ALLOC: Final = 2
_EMPTY: Final = 1
"""A bitmap without places."""


def find_packed(ctx: Context, found: Scan, tables: Tables) -> None:
    """Choose the relocations to pack, as section ids and offsets, and take them out of the planned .rela.dyn."""
    record = RECORDS["rela", 64, "<"]
    rows: dict[int, list[int]] = {}
    for section, rela in enumerate(ctx.sec_rela):
        if rela is None or not ctx.sec_live[section] or not ctx.sec_flags[section] & SHF_ALLOC or \
                ctx.sec_name[section].startswith((".eh_frame", ".ctors", ".dtors")):
            continue
        symbols = ctx.files[ctx.sec_file[section]].symbols
        places = [offset for offset, info, _ in record.iter_unpack(rela)
                  if info & 0xFFFFFFFF in r.FULL and not offset & 1 and _relative(ctx, symbols[info >> 32])]
        if places:
            rows[section] = sorted(set(places))
            if len(places) != len(rows[section]):       # one place twice: the second value counts, as without packing
                del rows[section]
                continue
            ctx.sec_align[section] = max(2, ctx.sec_align[section])
    tables.packed = rows
    tables.packed_got = sorted(offset for offset, kind, _, _ in got_relocations(ctx, found, tables, 0) if kind == r.R_RELATIVE)
    count = sum(map(len, rows.values())) + len(tables.packed_got)
    tables.expected -= count
    tables.rela_dyn.size -= tables.machine.row * count
    tables.rela_dyn.content = bytearray(tables.rela_dyn.size)


def _relative(ctx: Context, symbol: int) -> bool:
    return not ctx.sym_flags[symbol] & t.IMPORTED and not is_ifunc(ctx, symbol) and not is_constant(ctx, symbol)


def plan_size(ctx: Context, tables: Tables, outputs: Iterable[Output]) -> None:
    """Size of .relr.dyn; `outputs` are measured (and empty if a script will place the input sections)."""
    word = tables.machine.word
    words = len(encode(tables.packed_got, word))
    done: set[int] = set()
    for out in outputs:
        places: list[int] = []
        for section in out.members:
            if section in tables.packed:
                done.add(section)
                places += [ctx.sec_offset[section] + offset for offset in tables.packed[section]]
        if places:
            out.align = max(2, out.align)
            words += len(encode(places, word))
    words += sum(len(encode(places, word)) for section, places in tables.packed.items() if section not in done)
    tables.relr.size = word * words
    tables.relr.content = bytearray(word * words)


def encode(places: list[int], word: int = 8) -> list[int]:
    """Ascending even places as words of `word` bytes: an address, then bitmaps of the 63 (or 31) places behind what is described
    already."""
    words: list[int] = []
    at, count, reach = 0, len(places), word * (8 * word - 1)
    while at < count:
        base = places[at] + word
        words.append(places[at])
        at += 1
        while at < count:
            bits = 0
            while at < count and places[at] - base < reach and not (places[at] - base) % word:
                bits |= 1 << (places[at] - base) // word
                at += 1
            if not bits:
                break
            words.append(bits << 1 | 1)
            base += reach
    return words


def pack_relative(ctx: Context, tables: Tables) -> None:
    """Fill .relr.dyn, and take its relocations out of those for .rela.dyn. The places hold their values already."""
    got = tables.got.address
    places = [got + offset for offset in tables.packed_got]
    groups = [places]
    for section, offsets in tables.packed.items():
        out = ctx.sec_output[section]
        if out is not None and ctx.sec_live[section]:
            base = out.address + ctx.sec_offset[section]
            groups.append([base + offset for offset in offsets])
    places = sorted(place for group in groups for place in group)
    chosen = set(places)
    tables.dynamic = [row for row in tables.dynamic if row[1] != r.R_RELATIVE or row[0] not in chosen]
    if tables.relative:
        import numpy as np

        column = np.array(places, dtype=np.int64)
        kept = [~np.isin(one, column) for one, _ in tables.relative]
        tables.relative = [(one[mask], values[mask]) for mask, (one, values) in zip(kept, tables.relative)]
    size = tables.machine.word
    planned = tables.relr.size // size
    words = encode(places, size)
    if len(words) > planned:
        words = [word for group in sorted(groups) for word in encode(group, size)]
    words += [_EMPTY] * (planned - len(words))
    tables.relr.content = bytearray(pack(f"<{planned}{'Q' if size == 8 else 'I'}", *words[:planned]))
