"""Scanning and applying relocations by columns, for links with many of them; rows that are not plain go to `scan` and `apply`.

A block is the relocations of many input sections as numpy columns. What is done here for whole columns is what `scan.scan` and
`apply.relocate_section` do row by row for plain symbols; a test links everything in both ways and compares the bytes.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from . import relocs as r
from . import tables as t
from .apply import Work, apply_row, debug_row
from .columns import Column, plain_symbols, signed, symbol_columns, wrapped
from .scan import BEHIND, DROPPED_IN, Scan, need, relaxes_got, text_relocation
from .tables import Context, Output

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK: Final = 1 << 18
STT_SECTION: Final = 3
ROW: Final = np.dtype([("offset", "<u8"), ("info", "<u8"), ("addend", "<i8")])


class Block(NamedTuple):
    """Relocations of consecutive sections: `section` ids, `offset` in the section, `kind`, `symbol` ids, `addend`; the sections
    once (`part`), and how many each has."""

    part: Column
    counts: Column
    section: Column
    offset: Column
    kind: Column
    symbol: Column
    addend: Column


class Maps(NamedTuple):
    """The symbol maps of all files in one column; `base[file]` is where a file's begins."""

    ids: Column
    base: Column
    counts: Column


def symbol_maps(ctx: Context) -> Maps:
    """Columns for `blocks`; no file gets another symbol after `resolve`, so they are made once."""
    if ctx.symbol_maps is None:
        ctx.symbol_maps = _symbol_maps(ctx)
    made: Maps = ctx.symbol_maps
    return made


def _symbol_maps(ctx: Context) -> Maps:
    counts = np.array([len(file.symbols) for file in ctx.files], dtype=np.int64)
    base = np.zeros(len(counts), dtype=np.int64)
    np.cumsum(counts[:-1], out=base[1:])
    ids = np.fromiter(chain.from_iterable(file.symbols for file in ctx.files), dtype=np.int64, count=int(counts.sum()))
    return Maps(ids, base, counts)


def blocks(ctx: Context, sections: list[int], maps: Maps) -> Iterator[Block]:
    """The relocations of the given sections (all of which have some), about BLOCK rows at a time. Symbol numbers beyond a file's
    table are reported and dropped."""
    start = 0
    while start < len(sections):
        end, rows = start, 0
        while end < len(sections) and (rows < BLOCK or end == start):
            rows += len(ctx.sec_rela[sections[end]] or b"") // 24
            end += 1
        part = sections[start:end]
        start = end
        tables = [ctx.sec_rela[section] or b"" for section in part]
        whole = b"".join(tables)
        table, words = np.frombuffer(whole, dtype=ROW), np.frombuffer(whole, dtype="<u4").reshape(-1, 6)
        counts = np.array([len(one) // 24 for one in tables], dtype=np.int64)
        files = np.array([ctx.sec_file[one] for one in part], dtype=np.int64)
        index, kind = words[:, 3].astype(np.int64), words[:, 2].astype(np.int64)
        beyond = index >= np.repeat(maps.counts[files], counts)
        section = np.repeat(np.array(part, dtype=np.int64), counts)
        if beyond.any():
            for one in np.unique(section[beyond]).tolist():
                ctx.problems.append(f"{ctx.place(one, 0)}: a relocation names a symbol beyond the symbol table")
            index = np.where(beyond, 0, index)
            kind = np.where(beyond, 0, kind)
        symbol = maps.ids[np.repeat(maps.base[files], counts) + index]
        yield Block(np.array(part, dtype=np.int64), counts, section, table["offset"].astype(np.int64), kind, symbol,
                    table["addend"].copy())


def spread(block: Block, column: Column) -> Column:
    """The value each relocation's section has in a column of all sections."""
    return np.repeat(column[block.part], block.counts)


def _with_successors(slow: Column, kind: Column) -> Column:
    """The row behind a general- or local-dynamic access belongs to it."""
    opens = (kind == r.R_TLSGD) | (kind == r.R_TLSLD)
    slow[1:] |= opens[:-1]
    return slow


def scan_bulk(ctx: Context, pic: bool, dynamic: bool, shared: bool) -> Scan:
    """What `scan.scan` does."""
    found = Scan(pic, shared, dynamic)
    homes, _, symbol_flags, plain = plain_symbols(ctx)
    flags = np.array(ctx.sec_flags, dtype=np.uint64)
    sections = [section for section, rela in enumerate(ctx.sec_rela)
                if rela is not None and ctx.sec_live[section] and ctx.sec_flags[section] & 2]
    sizes = np.array(ctx.sec_size, dtype=np.int64)
    imported = symbol_flags & t.IMPORTED != 0
    done: set[int] = set()
    for block in blocks(ctx, sections, symbol_maps(ctx)):
        easy = plain[block.symbol]
        near = (block.kind == 2) | (block.kind == 4)
        full = block.kind == 1
        # In a program at a fixed address, the address of a plain symbol is a constant.
        word = np.zeros(len(full), dtype=bool) if pic else (block.kind == r.R_32) | (block.kind == r.R_32S)
        writable = spread(block, flags & np.uint64(1) != 0)
        ends = spread(block, sizes)
        inside = (block.offset >= 0) & ((block.offset + 8 <= ends) | (near | word) & (block.offset + 4 <= ends))
        if pic:
            moved = easy & full & inside
            found.relative_count += int(np.count_nonzero(moved))
            for at in np.flatnonzero(moved & ~writable).tolist():
                text_relocation(ctx, found, int(block.section[at]), int(block.offset[at]), int(block.symbol[at]))
        slow = _with_successors(~(easy & (near | full | word) & inside), block.kind)
        # Of many calls of one imported function the first says everything.
        calls = slow & (block.kind == 4) & imported[block.symbol] & inside
        calls[1:] &= ~((block.kind[:-1] == r.R_TLSGD) | (block.kind[:-1] == r.R_TLSLD))
        rows = np.flatnonzero(calls)
        symbols, first = np.unique(block.symbol[rows], return_index=True)
        for symbol, at in zip(symbols.tolist(), rows[first].tolist()):
            if symbol not in done:
                done.add(symbol)
                calls[at] = False
        slow &= ~calls
        _forget_dropped(ctx, block, slow, inside & (near | full), homes)
        _forget_loads(ctx, block, slow, easy)
        _scan_rows(ctx, found, block, np.flatnonzero(slow), plain, writable)
    return found


def _forget_loads(ctx: Context, block: Block, slow: Column, plain: Column) -> None:
    """Unmark loads of addresses from the GOT that become direct ones (what `relaxes_got` says of plain symbols)."""
    if not ctx.options.relax:
        return
    loads = ((block.kind == r.R_REX_GOTPCRELX) | (block.kind == r.R_GOTPCRELX)) & (block.addend == BEHIND)
    rows = np.flatnonzero(slow & plain & loads & (block.offset >= 2))
    data = ctx.sec_data
    loads = [offset + 4 <= len(data[section]) and data[section][offset - 2] == 0x8B and data[section][offset - 1] & 0xC7 == 5
             for section, offset in zip(block.section[rows].tolist(), block.offset[rows].tolist())]
    slow[rows[np.array(loads, dtype=bool)]] = False


def _forget_dropped(ctx: Context, block: Block, slow: Column, sound: Column, homes: Column) -> None:
    """Unmark rows that name symbols of dropped groups where that is as it should be (tables about code)."""
    rows = np.flatnonzero(slow & sound)
    gone = rows[homes[block.symbol[rows]] == t.DROPPED]
    if len(gone):
        sections, inverse = np.unique(block.section[gone], return_inverse=True)
        tolerant = np.array([ctx.sec_name[section].startswith(DROPPED_IN) for section in sections.tolist()])
        slow[gone[tolerant[inverse]]] = False


def _scan_rows(ctx: Context, found: Scan, block: Block, rows: Column, plain: Column, writable: Column) -> None:
    skip = -1
    kinds = block.kind[rows]
    kinds[((kinds == r.R_REX_GOTPCRELX) | (kinds == r.R_GOTPCRELX)) & (block.addend[rows] != BEHIND)] = r.R_GOTPCREL
    for at, section, offset, kind, symbol, write in zip(
            rows.tolist(), block.section[rows].tolist(), block.offset[rows].tolist(), kinds.tolist(),
            block.symbol[rows].tolist(), writable[rows].tolist()):
        if skip == at:
            continue
        if plain[symbol] and kind in (1, 2, 4) and 0 <= offset <= ctx.sec_size[section] - r.KINDS[kind].size:
            continue        # behind a thread-local access, but not part of it
        if plain[symbol] and kind in (r.R_REX_GOTPCRELX, r.R_GOTPCRELX) and offset + 4 <= ctx.sec_size[section] and \
                relaxes_got(ctx, section, offset, kind, symbol):
            skip = -1
            continue
        skip = at + 1 if need(ctx, found, section, offset, kind, symbol, write) else -1


class Pieces:
    """All pieces of merged sections in one ascending column, so that one search finds the pieces of many relocations.

    Section s occupies the keys `base[s]` to `base[s] + size` (inclusive); `start` are keys of pieces, `place` their addresses.
    """

    def __init__(self, ctx: Context) -> None:
        self.base = np.full(len(ctx.sec_name), -1, dtype=np.int64)
        self.size = np.array(ctx.sec_size, dtype=np.int64)
        starts, places, key = [], [], 0
        done: set[int] = set()
        for sections, bounds, start, place, made in ctx.merged_columns:
            out = ctx.sec_output[made]
            done.update(sections)
            if out is None:
                continue
            sizes = self.size[sections] + 1
            base = key + np.cumsum(sizes) - sizes
            self.base[sections] = base
            starts.append(start + np.repeat(base, np.diff(bounds)))
            places.append(place + wrapped(out.address + ctx.sec_offset[made]))
            key += int(sizes.sum())
        for section, (begin, offsets, made) in ctx.merged.items():
            out = ctx.sec_output[made]
            if out is None or not begin or section in done:
                continue
            self.base[section] = key
            starts.append(np.array(begin, dtype=np.int64) + key)
            places.append(np.array(offsets, dtype=np.int64) + wrapped(out.address + ctx.sec_offset[made]))
            key += ctx.sec_size[section] + 1
        empty = np.zeros(0, dtype=np.int64)
        self.start = np.concatenate(starts) if starts else empty
        self.place = np.concatenate(places) if places else empty

    def find(self, section: Column, offset: Column) -> tuple[Column, Column]:
        """(known, address) of offsets in merged sections; what is not known is left to the slow way."""
        base = self.base[section]
        known = (section >= 0) & (base >= 0) & (offset >= 0) & (offset <= self.size[section])
        key = np.where(known, base + offset, 0)
        if not len(self.start):
            return np.zeros(len(key), dtype=bool), key
        at = np.searchsorted(self.start, key, side="right") - 1
        return known, self.place[at] + key - self.start[at]


def plain_and_special(ctx: Context) -> tuple[bytearray, set[int]]:
    """`plain` and `special` of `apply.Work`."""
    columns = symbol_columns(ctx)
    inside = columns.section >= 0
    home = np.where(inside, columns.section, 0)
    live = np.frombuffer(bytes(ctx.sec_live), dtype=np.uint8) != 0
    cut = np.zeros(len(live), dtype=bool)
    cut[[*ctx.merged, *ctx.eh_frames]] = True
    special = inside & live[home] & cut[home] & (columns.kind == STT_SECTION)
    plain = columns.plain & live[home] & ~special
    return bytearray(plain.tobytes()), set(np.flatnonzero(special).tolist())


class Bulk:
    """Applies relocations by columns; made once per link when addresses are known."""

    def __init__(self, work: Work) -> None:
        ctx = work.ctx
        self.work = work
        self.maps = symbol_maps(ctx)
        self.plain = np.frombuffer(work.plain, dtype=np.uint8).astype(bool)
        columns = symbol_columns(ctx)
        self.address = columns.address
        self.branch = columns.address.copy()
        for symbol, (section, offset) in work.tables.plt_offset.items():
            self.branch[symbol] = wrapped(section.address + offset)
        self.place = np.array(ctx.sec_offset, dtype=np.int64)
        self.sizes = np.array(ctx.sec_size, dtype=np.int64)
        sections = columns.section
        live = np.frombuffer(ctx.sec_live, dtype=np.uint8).astype(bool)
        known = sections >= 0
        self.dead = sections == t.DROPPED
        self.dead[known] |= ~live[sections[known]]
        special = np.zeros(len(sections), dtype=bool)
        special[list(work.special)] = True
        self.special = special
        self.section = sections
        # A call goes to the PLT entry or the address, but for what is cut into pieces and weak functions nobody defines.
        imported = columns.flags & t.IMPORTED != 0
        self.callable = ~special & (imported | (sections != t.UNDEFINED))
        self.value = signed(ctx.sym_value)
        self.pieces = Pieces(ctx)
        self.easy_debug = ~special & (columns.kind != 6)

    def relocate(self, out: Output, members: list[int], image: bytearray) -> None:
        """Apply the relocations of members of an output section whose contents are in the image already."""
        ctx = self.work.ctx
        sections = [section for section in members if ctx.sec_rela[section] is not None]
        data = np.frombuffer(image, dtype=np.uint8)
        flags = ctx.sec_flags
        loaded = [section for section in sections if flags[section] & 2]
        for block in blocks(ctx, loaded, self.maps):
            self._loaded(out, block, image, data)
        if len(loaded) < len(sections):         # an output section may have members of both kinds
            for block in blocks(ctx, [section for section in sections if not flags[section] & 2], self.maps):
                self._debug(out, block, image, data)

    def frames(self, out: Output, image: bytearray) -> None:
        """Apply the relocations of the frame descriptions that stayed."""
        spot, section, offset, kind, symbol, addend = self.work.ctx.frame_relocations
        value = self.branch[symbol] + addend - wrapped(out.address) - spot
        easy = self.plain[symbol] & (kind == r.R_PC32) & (value >= -(1 << 31)) & (value < 1 << 31)
        scatter(np.frombuffer(image, dtype=np.uint8), out.offset + spot[easy], value[easy].astype("<i4"), 4)
        rest = ~easy
        for at, home, before, one, name, extra in zip(spot[rest].tolist(), section[rest].tolist(), offset[rest].tolist(),
                                                      kind[rest].tolist(), symbol[rest].tolist(), addend[rest].tolist()):
            # `apply_row` adds the offset in the input to both bases: they are moved so that the sum is the new place.
            apply_row(self.work, home, image, out.offset + at - before, out.address + at - before, before, one, name, extra)

    def _loaded(self, out: Output, block: Block, image: bytearray, data: Column) -> None:
        kind, symbol = block.kind, block.symbol
        near = (kind == r.R_PC32) | (kind == r.R_PLT32)
        full = kind == r.R_64
        within = spread(block, self.place) + block.offset
        value = self.branch[symbol] + block.addend
        word = np.zeros(len(full), dtype=bool) if self.work.found.pic else (kind == r.R_32) | (kind == r.R_32S)
        easy = self.plain[symbol] & (near | full | word) | self.callable[symbol] & (kind == r.R_PLT32)
        rows = np.flatnonzero(self.special[symbol] & (near | full | word))
        known, found = self.pieces.find(self.section[symbol[rows]], self.value[symbol[rows]] + block.addend[rows])
        value[rows[known]] = found[known]
        easy[rows[known]] = True
        relaxed = self._relaxed(out, block, within, data)
        easy[relaxed] = near[relaxed] = True
        slow = _with_successors(~easy, kind)
        rows = np.flatnonzero(~slow & near)
        distance = value[rows] - wrapped(out.address) - within[rows]
        wrong = (distance < -(1 << 31)) | (distance >= 1 << 31)
        if wrong.any():
            slow[rows[wrong]] = True
            rows, distance = rows[~wrong], distance[~wrong]
        scatter(data, out.offset + within[rows], distance.astype("<i4"), 4)
        relaxed = relaxed[~slow[relaxed]]
        data[out.offset + within[relaxed] - 2] = 0x8D
        rows = np.flatnonzero(~slow & word)
        low = np.where(kind[rows] == r.R_32, 0, -(1 << 31))
        wrong = (value[rows] < low) | (value[rows] >= low + (1 << 32))
        slow[rows[wrong]] = True
        rows = rows[~wrong]
        scatter(data, out.offset + within[rows], (value[rows] & 0xFFFFFFFF).astype("<u4"), 4)
        rows = np.flatnonzero(~slow & full)
        scatter(data, out.offset + within[rows], value[rows], 8)
        if self.work.found.pic and len(rows):
            self.work.tables.relative.append((wrapped(out.address) + within[rows], value[rows]))
        skip = -1
        ctx = self.work.ctx
        rows = np.flatnonzero(slow)
        for at, section, offset, one, symbol, addend in zip(
                rows.tolist(), block.section[rows].tolist(), block.offset[rows].tolist(), kind[rows].tolist(),
                block.symbol[rows].tolist(), block.addend[rows].tolist()):
            if at == skip:
                continue
            base = ctx.sec_offset[section]
            follows = apply_row(self.work, section, image, out.offset + base, out.address + base, offset, one, symbol, addend)
            skip = at + 1 if follows else -1

    def _relaxed(self, out: Output, block: Block, within: Column, data: Column) -> Column:
        """Rows that load an address of this image from the GOT, which `mov` to `lea` makes direct (psABI B.2)."""
        if not self.work.ctx.options.relax:
            return np.zeros(0, dtype=np.int64)
        rows = np.flatnonzero(((block.kind == r.R_REX_GOTPCRELX) | (block.kind == r.R_GOTPCRELX)) & self.plain[block.symbol] &
                              (block.offset >= 2) & (block.addend == BEHIND))
        at = out.offset + within[rows]
        return rows[(data[at - 2] == 0x8B) & (data[at - 1] & 0xC7 == 5)]

    def _debug(self, out: Output, block: Block, image: bytearray, data: Column) -> None:
        ctx = self.work.ctx
        kind = block.kind
        dead = self.dead[block.symbol]
        easy = (self.easy_debug[block.symbol] | dead) & ((kind == 1) | (kind == 10))
        within = spread(block, self.place) + block.offset
        mark = 1 if out.name in (".debug_ranges", ".debug_loc") else 0
        value = np.where(dead, mark, self.address[block.symbol] + block.addend)
        rows = np.flatnonzero(self.special[block.symbol] & ~dead & ((kind == 1) | (kind == 10)))
        symbols = block.symbol[rows]
        known, found = self.pieces.find(self.section[symbols], self.value[symbols] + block.addend[rows])
        value[rows[known]] = found[known]
        easy[rows[known]] = True
        ends = spread(block, self.sizes)
        inside = (block.offset >= 0) & (block.offset + np.where(kind == 1, 8, 4) <= ends)
        easy &= inside & ((kind == 1) | (value >= 0) & (value < 1 << 32))
        rows = np.flatnonzero(easy & (kind == 1))
        scatter(data, out.offset + within[rows], value[rows], 8)
        rows = np.flatnonzero(easy & (kind == 10))
        scatter(data, out.offset + within[rows], (value[rows] & 0xFFFFFFFF).astype("<u4"), 4)
        for at in np.flatnonzero(~easy).tolist():
            section = int(block.section[at])
            debug_row(self.work, section, image, out.offset + ctx.sec_offset[section], int(block.offset[at]), int(kind[at]),
                      int(block.symbol[at]), int(block.addend[at]))


def scatter(data: Column, places: Column, values: Column, width: int) -> None:
    """Store values of `width` bytes at byte positions; aligned ones through a wider view."""
    if not len(places):
        return
    aligned = places % width == 0
    wide = data[:len(data) // width * width].view(values.dtype)
    wide[places[aligned] // width] = values[aligned]
    rest = ~aligned
    if rest.any():
        spots = places[rest]
        parts = values[rest].view(np.uint8).reshape(-1, width)
        for at in range(width):
            data[spots + at] = parts[:, at]


def sorted_relative(blocks_of: list[tuple[Any, Any]], rest: list[tuple[int, int]]) -> bytes:
    """RELATIVE rows of .rela.dyn by place."""
    place = np.concatenate([*(one for one, _ in blocks_of), np.array([one for one, _ in rest], dtype=np.int64)])
    value = np.concatenate([*(one for _, one in blocks_of),
                            np.array([one & (1 << 64) - 1 for _, one in rest], dtype=np.uint64).view(np.int64)])
    order = np.argsort(place, kind="stable")
    table = np.zeros(len(place), dtype=ROW)
    table["offset"] = place[order]
    table["info"] = r.R_RELATIVE
    table["addend"] = value[order]
    return table.tobytes()
