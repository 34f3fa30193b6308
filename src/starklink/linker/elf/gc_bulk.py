"""--gc-sections by columns, for links with many relocations: what `gc.mark` does section by section.

The sections that were reached last are the front: the relocations of the whole front are read at once, and what they lead to and
was not reached before is the next front. Other edges (groups, SHF_LINK_ORDER, frame descriptions) are pairs sorted by where they
come from. None instead of a result means that frame descriptions are out of the ordinary, and `gc.mark` does the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from . import tables as t
from .bulk import symbol_maps
from .columns import Column
from .frames_bulk import frame_mentions
from .gc import KEPT_TYPES, SHF_ALLOC, SHF_GNU_RETAIN, bounded, is_identifier, is_kept

if TYPE_CHECKING:
    from .tables import Context

_BEGINS: Final = {".init", ".fini", ".ctor", ".dtor", ".prei", ".jcr", ".jcr."}
"""How the names begin that `is_kept` may be true of."""


class Edges(NamedTuple):
    """Pairs sorted by `source`."""

    source: Column
    target: Column

    def of(self, front: Column) -> Column:
        """The targets of the pairs that come from `front`."""
        if not len(self.source):
            return self.target
        begin = np.searchsorted(self.source, front)
        counts = np.searchsorted(self.source, front, side="right") - begin
        ends = np.cumsum(counts)
        if not len(ends) or not ends[-1]:
            return self.target[:0]
        return self.target[np.arange(ends[-1]) + np.repeat(begin - ends + counts, counts)]


def edges(source: Column, target: Column) -> Edges:
    """The pairs of two columns."""
    order = np.argsort(source, kind="stable")
    return Edges(source[order], target[order])


def mark_many(ctx: Context, roots: list[int], kept: list[int]) -> tuple[bytearray, bytearray] | None:
    """What `gc.mark` does."""
    there = np.frombuffer(bytes(ctx.sec_live), dtype=np.uint8) != 0
    frames = [section for section, name in enumerate(ctx.sec_name) if name == ".eh_frame" and there[section]]
    mentions = frame_mentions(ctx, frames)
    if mentions is None:
        return None
    front = _Front(ctx, there, frames, edges(*mentions))
    first = [front.reach(np.array(roots, dtype=np.int64)), front.kept(), np.array(kept, dtype=np.int64)]
    front.follow(np.concatenate(first))
    return bytearray(front.live.tobytes()), bytearray(front.reached.tobytes())


class _Front:
    """What was reached: `live` sections and `reached` symbols, as columns of truth values."""

    def __init__(self, ctx: Context, there: Column, frames: list[int], mentions: Edges) -> None:
        self.ctx, self.mentions = ctx, mentions
        self.maps = symbol_maps(ctx)
        self.home = np.array(ctx.sym_section, dtype=np.int64)
        self.file = np.array(ctx.sec_file, dtype=np.int64)
        self.flags = np.array(ctx.sec_flags, dtype=np.uint64)
        self.loaded = self.flags & np.uint64(SHF_ALLOC) != 0
        self.grouped = np.zeros(len(there), dtype=bool)
        self.grouped[list(ctx.sec_group)] = True
        ordered = np.zeros(len(there), dtype=bool)
        ordered[list(ctx.link_order)] = True
        self.live = there & ~self.loaded & ~self.grouped & ~ordered
        self.live[frames] = True
        self.reached = np.zeros(len(ctx.sym_name), dtype=bool)
        self.candidates = there & self.loaded
        self.candidates[frames] = False
        pairs = [(section, member) for section, members in ctx.sec_group.items() if len(members) > 1 for member in members]
        pairs += [(home, section) for section, home in ctx.link_order.items() if there[section]]
        table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        self.partners = edges(table[:, 0], table[:, 1])
        self.by_name: dict[str, list[int]] = {}
        for section, name in enumerate(ctx.sec_name):
            if name[:1] != "." and there[section] and is_identifier(name):
                self.by_name.setdefault(name, []).append(section)

    def kept(self) -> Column:
        """Sections that stay whoever refers to them."""
        stay = self.flags & np.uint64(SHF_GNU_RETAIN) != 0
        stay |= np.isin(np.array(self.ctx.sec_type, dtype=np.int64), KEPT_TYPES) & ~self.grouped
        stay[[section for section, name in enumerate(self.ctx.sec_name) if name[:5] in _BEGINS and is_kept(name)]] = True
        return np.flatnonzero(stay & self.candidates)

    def reach(self, symbols: Column) -> Column:
        """Mark symbols; the sections they lie in, or stand for the bounds of."""
        symbols = symbols[~self.reached[symbols]]
        self.reached[symbols] = True
        homes = self.home[symbols]
        inside = homes[homes >= 0]
        outside = np.unique(symbols[(homes == t.UNDEFINED) | (homes == t.LINKER)]).tolist()
        more = [section for symbol in outside for section in self.by_name.get(bounded(self.ctx, symbol), ())]
        return np.concatenate([inside, np.array(more, dtype=np.int64)]) if more else inside

    def follow(self, front: Column) -> None:
        """Mark what can be reached from sections."""
        while True:
            front = np.unique(front[~self.live[front]])
            if not len(front):
                return
            self.live[front] = True
            front = np.concatenate([self.partners.of(front), self.reach(self._referred(front)),
                                    self.reach(self.mentions.of(front))])

    def _referred(self, front: Column) -> Column:
        """The symbols that relocations of sections name."""
        column = self.ctx.sec_rela
        front = front[self.loaded[front]]
        tables = [column[section] or b"" for section in front.tolist()]
        index = np.frombuffer(b"".join(tables), dtype="<u4").reshape(-1, 6)[:, 3].astype(np.int64)
        file = np.repeat(self.file[front], np.array([len(table) // 24 for table in tables], dtype=np.int64))
        sound = index < self.maps.counts[file]
        if not sound.all():         # told by the scan
            index, file = index[sound], file[sound]
        symbols: Column = self.maps.ids[self.maps.base[file] + index]
        return symbols
