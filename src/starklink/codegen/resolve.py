"""From places to moves: what must be copied where so that every value is where the allocation says.

Inside a block a value moves at the gap where one of its pieces ends and the next begins; between blocks along edges, where
block parameters get their arguments as well. A value that is spilled is stored once at its definition or at each place
where it leaves its register, whichever is executed less.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import Final

from ..support.record import dataclass, field
from .liveranges import Live
from .machine import Machine
from .regalloc import _FREQUENCY, Allocation
from .target import NOWHERE, SLOT0, location_name

MANY_BLOCKS: Final = 4096
"""Values alive in more blocks than this are not looked at closely."""


@dataclass(slots=True, eq=False)
class Moves:
    """(source, destination) locations. `gap`: before a row; `after`: behind a row's result; `edge`: by edge number."""

    gap: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    after: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    edge: dict[int, list[tuple[int, int]]] = field(default_factory=dict)


def resolve(m: Machine, live: Live, allocation: Allocation) -> Moves:
    """All moves of a function."""
    moves = Moves()
    # Moves of a vreg to its own slot, to be settled at the end: (kind, key, source, frequency).
    stores: dict[int, list[tuple[str, int, int, float]]] = {}
    frequency = [_FREQUENCY[min(w, 7)] for w in m.weight]
    _inside(m, live, allocation, moves, stores, frequency)
    _along_edges(m, live, allocation, moves, stores, frequency)
    for v in allocation.in_memory:
        if v in allocation.slot_of:
            stores.setdefault(v, [])
    for v in sorted(stores):
        _settle(m, live, allocation, moves, v, stores[v], frequency)
    return moves


def _own_slot(m: Machine, allocation: Allocation, v: int) -> int:
    slot = allocation.slot_of.get(v) or m.home.get(v, 0)
    return SLOT0 + slot if slot else NOWHERE


def _inside(m: Machine, live: Live, allocation: Allocation, moves: Moves,
            stores: dict[int, list[tuple[str, int, int, float]]], frequency: list[float]) -> None:
    starts = live.starts
    for v, mine in enumerate(allocation.pieces):
        if len(mine) < 2:
            continue
        own = _own_slot(m, allocation, v)
        for before, after in pairwise(mine):
            position = allocation.start[after]
            if allocation.end[before] != position:
                continue
            block = bisect_right(starts, position) - 1
            if starts[block] == position:
                continue
            source, target = allocation.location[before], allocation.location[after]
            if source == target or target < 0:
                continue
            if target == own:
                if v not in m.home:
                    stores.setdefault(v, []).append(("gap", position >> 2, source, frequency[block]))
            else:
                moves.gap.setdefault(position >> 2, []).append((source, target))


def _along_edges(m: Machine, live: Live, allocation: Allocation, moves: Moves,
                 stores: dict[int, list[tuple[str, int, int, float]]], frequency: list[float]) -> None:
    whole, at, first = allocation.whole, allocation.at, m.first
    for block, values in enumerate(live.live_in):
        start = 4 * first[block]
        split = [v for v in values if whole[v] == NOWHERE]
        for number in m.preds[block]:
            pred, sources = m.edges[number].pred, m.edges[number].sources
            end = 4 * first[pred + 1] - 1
            out: list[tuple[int, int]] = []
            for v in split:
                source, target = at(v, end), at(v, start)
                if source == target or target < 0:
                    continue
                if target == _own_slot(m, allocation, v):
                    if v not in m.home:
                        cost = min(frequency[pred], frequency[block])
                        stores.setdefault(v, []).append(("edge", number, source, cost))
                else:
                    out.append((source, target))
            for source, param in zip(sources, m.params[block]):
                target = at(param, start)
                place = source if source < 0 else at(source, end)
                if place != target:
                    out.append((place, target))
            if out:
                moves.edge[number] = out


def _needed(m: Machine, live: Live, allocation: Allocation, v: int,
            stores: list[tuple[str, int, int, float]]) -> list[tuple[str, int, int, float]]:
    """Without the stores that find the slot filled already: on every path there the value was in memory before."""
    starts = live.starts
    ranges = live.ranges[v]
    blocks: list[int] = []
    for k in range(0, len(ranges), 2):
        blocks.extend(range(bisect_right(starts, ranges[k]) - 1, bisect_right(starts, ranges[k + 1] - 1)))
    if len(blocks) > MANY_BLOCKS:
        return stores
    # First position in each block at which the value is in memory.
    first_seen: dict[int, int] = {}
    for piece in allocation.pieces[v]:
        if allocation.location[piece] >= SLOT0:
            low, high = allocation.start[piece], allocation.end[piece]
            for block in range(bisect_right(starts, low) - 1, bisect_right(starts, high - 1)):
                first_seen.setdefault(block, max(low, starts[block]))
    home = live.def_block[v]
    entering = dict.fromkeys(blocks, True)
    entering[home] = False
    edges = m.edges
    changed = True
    while changed:
        changed = False
        for block in blocks:
            if entering[block] and block != home:
                known = all(entering.get(edges[edge].pred, False) or edges[edge].pred in first_seen for edge in m.preds[block])
                if not known:
                    entering[block] = False
                    changed = True
    out = []
    for store in stores:
        kind, key, _, _ = store
        if kind == "gap":
            block = bisect_right(starts, 4 * key) - 1
            full = entering.get(block, False) or first_seen.get(block, 4 * key) < 4 * key
        else:
            pred = edges[key].pred
            full = entering.get(pred, False) or pred in first_seen
        if not full:
            out.append(store)
    return out


def _settle(m: Machine, live: Live, allocation: Allocation, moves: Moves, v: int,
            stores: list[tuple[str, int, int, float]], frequency: list[float]) -> None:
    """Store a spilled value at its definition or at every place where it leaves its register."""
    own = _own_slot(m, allocation, v)
    block = live.def_block[v]
    if len(stores) > 1 and v not in allocation.in_memory:
        stores = _needed(m, live, allocation, v, stores)
    total = sum(store[3] for store in stores)
    if v in allocation.in_memory or total > frequency[block] or (len(stores) > 1 and total >= frequency[block]):
        position = live.def_at[v]
        source = allocation.at(v, position)
        if source == own:
            return
        if position & 3 == 0:
            moves.gap.setdefault(position >> 2, []).append((source, own))
        else:
            moves.after.setdefault(position >> 2, []).append((source, own))
        return
    for kind, key, source, _ in stores:
        table = moves.gap if kind == "gap" else moves.edge
        table.setdefault(key, []).append((source, own))


def moves_text(moves: Moves) -> str:
    """The moves for dumps: behind the rows they belong to."""
    out = []
    for title, table in (("gap before row", moves.gap), ("after row", moves.after), ("edge", moves.edge)):
        for key in sorted(table):
            pairs = ", ".join(f"{location_name(target)} <- {location_name(source)}" for source, target in table[key])
            out.append(f"{title} {key}: {pairs}\n")
    return "".join(out)
