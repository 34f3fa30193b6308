"""Where source variables are: ranges of code in which a variable sits in a register, in the frame, or is a constant.

At -O0 a variable has a stack slot of its own (`dbgslot`). Above that `dbgvalue` rows say which value a variable has from
there on; what is known at a block's start is what all its predecessors agree on. A range lasts while the value is where the
allocation says: it ends before the first byte of code after which that might no longer be true. What a function's first
block puts into a slot for good is known in all code behind it, stubs at the end included.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from ..objwriter.model import VarRange
from . import machine as mc
from .emit import Emitter
from .frame import Frame
from .liveranges import Live
from .machine import Machine
from .regalloc import Allocation
from .target import DWARF, NOWHERE, SLOT0, XMM0

CONST: Final = -1 << 40
HOME: Final = -1 << 41
"""Descriptions of what a variable is: a vreg, CONST + entry of consts, HOME + frame slot, or 0 (unknown)."""
M64: Final = 0xFFFFFFFFFFFFFFFF


def variables(m: Machine, live: Live, allocation: Allocation, emitter: Emitter, before: list[int], size: int,
              vreg_of: list[int]) -> list[VarRange]:
    """All ranges, by variable and start. `before` turns marks into offsets, `vreg_of` is indexed by IR value."""
    changes = _changes(m, vreg_of)
    out: list[VarRange] = []
    if changes[0]:
        rest: dict[int, int] = {}
        for block in changes:
            for _, var, _ in block:
                rest[var] = rest.get(var, 0) + 1
        for position, var, what in changes[0]:
            if what <= HOME + len(m.slots) and rest[var] == 1:
                mark = emitter.row_main[position >> 2]
                start = (mark >> 24) + before[mark & (1 << 24) - 1]
                out.append(VarRange(var, start, size, "cfa", _cfa(emitter.frame, SLOT0 + what - HOME)))
        settled = {item.var for item in out}
        changes[0] = [change for change in changes[0] if change[1] not in settled]
    if any(changes):
        places = _Places(m, live, allocation, emitter, before, size)
        found: list[VarRange] = []
        for var, what, low, high in _spans(m, live, changes):
            places.ranges(var, what, low, high, found)
        out += _join(found)
    out.sort()
    return out


def _changes(m: Machine, vreg_of: list[int]) -> list[list[tuple[int, int, int]]]:
    """(position, variable, description from there on) of the debug rows of each block."""
    changes: list[list[tuple[int, int, int]]] = [[] for _ in m.block_ids]
    block = 0
    for row in [row for row, op in enumerate(m.op) if op == mc.DBG]:
        while m.first[block + 1] <= row:
            block += 1
        if m.imm[row] < 0:
            what = HOME + m.args[row]
        elif m.args[row]:
            what = CONST + m.args[row]
        else:
            what = vreg_of[m.imm[row]] if m.imm[row] else 0
        changes[block].append((4 * row, m.aux[row], what))
    return changes


def _cfa(frame: Frame, location: int) -> int:
    """CFA-relative offset of a slot location."""
    return frame.offset[location - SLOT0] - frame.total - 8


def _spans(m: Machine, live: Live, changes: list[list[tuple[int, int, int]]]) -> list[tuple[int, int, int, int]]:
    """(variable, description, from position, to position) inside blocks."""
    blocks = len(m.block_ids)
    known = _flow(m, live, changes)
    spans: list[tuple[int, int, int, int]] = []
    for block in range(blocks):
        begin, end = 4 * m.first[block], 4 * m.first[block + 1]
        since = {var: (what, begin) for var, what in known[block].items()}
        for position, var, what in changes[block]:
            old = since.get(var)
            if old and old[0] == what:
                continue
            if old and old[0] and old[1] < position:
                spans.append((var, old[0], old[1], position))
            since[var] = (what, position)
        spans += [(var, what, start, end) for var, (what, start) in since.items() if what]
    return spans


def _flow(m: Machine, live: Live, changes: list[list[tuple[int, int, int]]]) -> list[dict[int, int]]:
    """What is known of the variables at each block's start: what all predecessors agree on and is still alive."""
    blocks = len(m.block_ids)
    known: list[dict[int, int]] = [{} for _ in range(blocks)]
    leaving: list[dict[int, int] | None] = [None] * blocks
    alive = [set(values) for values in live.live_in]
    todo = list(range(blocks - 1, -1, -1))
    waiting = [True] * blocks
    while todo:
        block = todo.pop()
        waiting[block] = False
        entering = [leaving[m.edges[edge].pred] for edge in m.preds[block]] if block else []
        here: dict[int, int] | None = None
        for other in entering:
            if other is not None:
                here = dict(other) if here is None else {v: w for v, w in here.items() if other.get(v) == w}
        here = {var: what for var, what in (here or {}).items() if what < 0 or what in alive[block]}
        known[block] = here
        after = dict(here)
        for _, var, what in changes[block]:
            after[var] = what
        if leaving[block] != after:
            leaving[block] = after
            for edge in m.succs[block]:
                succ = m.edges[edge].succ
                if not waiting[succ]:
                    waiting[succ] = True
                    todo.append(succ)
    return known


class _Places:
    """Positions to offsets, locations to debug places."""

    def __init__(self, m: Machine, live: Live, allocation: Allocation, emitter: Emitter, before: list[int],
                 size: int) -> None:
        self.m = m
        self.live = live
        self.allocation = allocation
        self.frame = emitter.frame
        mask = (1 << 24) - 1
        self.begin = [(mark >> 24) + before[mark & mask] for mark in emitter.row_begin] + [size]
        self.main = [(mark >> 24) + before[mark & mask] for mark in emitter.row_main] + [size]
        self.ends = [(mark >> 24) + before[mark & mask] for mark in emitter.block_end]
        self.busy = emitter.busy_end
        self.late = self._late_rows([forward != block for block, forward in enumerate(emitter.forward)])

    def _late_rows(self, empty: list[bool]) -> set[int]:
        """Debug rows with which a statement begins, before any code of its own: who stops at the statement has not run it, so
        what they say is true only behind its first instruction."""
        m, begin = self.m, self.begin
        rows: list[tuple[int, int]] = []
        last: dict[int, int] = {}       # offset -> the last statement that begins there
        for block, skipped in enumerate(empty):
            statement = -1
            for row in range(m.first[block], m.first[block + 1]):
                if row in m.stmt:
                    statement = row
                    if not skipped:
                        last[begin[row]] = row
                if m.op[row] == mc.DBG and statement >= 0 and begin[statement] == begin[row]:
                    rows.append((row, statement))
        return {row for row, statement in rows if last.get(begin[row]) == statement}

    def start(self, position: int) -> int:
        """First offset at which something that begins at a position is true."""
        row = position >> 2
        if position & 3:
            return self.begin[row + 1]
        return self.begin[row] if position in self.block_starts else self.main[row]

    @property
    def block_starts(self) -> set[int]:
        """Positions at which blocks begin."""
        if not hasattr(self, "_block_starts"):
            self._block_starts = set(self.live.starts)
        return self._block_starts

    def stop(self, position: int, block: int) -> int:
        """Offset from which on something that ends at a position of a block may be false."""
        row = position >> 2
        if position & 3:
            return self.main[row] + 1
        if row == self.m.first[block + 1]:
            return self.main[row - 1] + 1 if self.busy[block] else self.ends[block]
        return self.begin[row]

    def ranges(self, var: int, what: int, low: int, high: int, out: list[VarRange]) -> None:
        """Add the ranges of one span, which lies inside one block."""
        block = bisect_right(self.live.starts, low) - 1
        late = high >> 2 in self.late and high >> 2 < self.m.first[block + 1]
        if what < 0:
            # A constant or a slot of its own needs nobody to keep it: it is true for all of the span.
            kind, bits, _ = self.m.consts[what - CONST] if what >= CONST else ("", _cfa(self.frame, SLOT0 + what - HOME), 0)
            start = self.begin[low >> 2] + (low >> 2 in self.late)
            end = self.ends[block] if high >> 2 == self.m.first[block + 1] else self.begin[high >> 2] + late
            if start < end and kind in "if":
                out.append(VarRange(var, start, end, "const", bits & M64) if kind else VarRange(var, start, end, "cfa", bits))
            return
        allocation = self.allocation
        for piece in allocation.pieces[what]:
            location = allocation.location[piece]
            if allocation.end[piece] <= low or allocation.start[piece] >= high or location == NOWHERE or location < 0:
                continue
            flat = self.live.ranges[what]
            for k in range(max(bisect_right(flat, max(low, allocation.start[piece])) - 1, 0) & ~1, len(flat), 2):
                first = max(low, flat[k], allocation.start[piece])
                last = min(high, flat[k + 1], allocation.end[piece])
                if flat[k] >= high:
                    break
                if first >= last:
                    continue
                start = self.begin[first >> 2] if first > allocation.start[piece] and first == low else self.start(first)
                end = self.stop(last, block)
                if first == low and low >> 2 in self.late:
                    start = max(start, self.begin[low >> 2] + 1)
                if last == high and late:
                    end = self.begin[high >> 2] + 1
                if start < end:
                    out.append(self.place(var, start, end, location))

    def place(self, var: int, start: int, end: int, location: int) -> VarRange:
        """A range at a location."""
        if location >= SLOT0:
            return VarRange(var, start, end, "cfa", _cfa(self.frame, location))
        return VarRange(var, start, end, "xmm" if location >= XMM0 else "reg", DWARF[location])


def _join(ranges: list[VarRange]) -> list[VarRange]:
    """Merge neighbours that say the same; where two overlap by a byte the earlier one yields."""
    ranges.sort()
    out: list[VarRange] = []
    for item in ranges:
        if out and out[-1].var == item.var:
            last = out[-1]
            if last.kind == item.kind and last.value == item.value and item.start <= last.end:
                out[-1] = last._replace(end=max(last.end, item.end))
                continue
            if item.start < last.end:
                out[-1] = last._replace(end=item.start)
                if out[-1].start >= out[-1].end:
                    out.pop()
        out.append(item)
    return out
