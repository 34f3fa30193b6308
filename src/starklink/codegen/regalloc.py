"""Register allocation: linear scan over live ranges with holes, splitting and rematerialisation.

After Wimmer and Franz, "Linear scan register allocation on SSA form" (2010), with one difference: instead of active and
inactive sets every register keeps the sorted list of the intervals reserved in it, so a conflict is one bisection and holes
need no special treatment. Pieces of vregs are taken in order of their start. When no register is free for all of a piece
the cheapest of three is done: take one that is free for a while and split there, throw out the pieces in the way, or leave
the value in memory until its next use. Cost is the frequency of the next use over its distance; splits move outwards to
the border of the loop. Constants and addresses are never stored: they are made again.

Result: for each vreg the list of its pieces (start, end, location). `resolve` turns the differences into moves.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from heapq import heapify, heappop, heappush
from typing import Final

from ..support.record import dataclass
from .liveranges import Live
from .machine import Machine
from .target import CALLEE_SAVED, CALLER_SAVED, FLOATS, IS_CALLEE_SAVED, NOWHERE, RBP, SLOT0

FAR: Final = 1 << 60
NEW_CALLEE_SAVED_COST: Final = 2.0
"""Weighted uses a value must have before it makes the function save another register."""
_FREQUENCY: Final = (0.01, 1.0, 8.0, 64.0, 512.0, 4096.0, 32768.0, 262144.0)


@dataclass(slots=True, eq=False)
class Allocation:
    """`pieces[v]`: piece numbers of vreg v by start; `start`, `end`, `location` by piece. `whole[v]`: the location of a vreg
    of one piece, NOWHERE if it has several. `saved`: callee-saved registers in use. `slot_of`: spill slot of a vreg.
    `in_memory`: vregs that must be stored where they are defined."""

    pieces: list[list[int]]
    start: list[int]
    end: list[int]
    location: list[int]
    whole: list[int]
    saved: list[int]
    slot_of: dict[int, int]
    in_memory: set[int]

    def at(self, v: int, position: int) -> int:
        """Where vreg v is at a position inside its range (or at the piece that ends there)."""
        place = self.whole[v]
        if place != NOWHERE:
            return place
        start = self.start
        mine = self.pieces[v]
        low, high = 0, len(mine)
        while high - low > 1:
            middle = (low + high) >> 1
            if start[mine[middle]] <= position:
                low = middle
            else:
                high = middle
        return self.location[mine[low]]


class _Scan:
    """State of one allocation; columns by piece: vreg, start, end, ranges, uses, location."""

    def __init__(self, m: Machine, live: Live, frame_pointer: bool) -> None:
        self.m = m
        self.live = live
        self.vreg: list[int] = [0]
        self.start: list[int] = [0]
        self.end: list[int] = [0]
        self.ranges: list[list[int]] = [[]]
        self.uses: list[list[int]] = [[]]
        self.location: list[int] = [NOWHERE]
        self.pieces: list[list[int]] = [[] for _ in m.vclass]
        self.reserved: list[list[int]] = [[] for _ in range(32)]        # starts of reserved intervals by register
        self.reserved_end: list[dict[int, int]] = [{} for _ in range(32)]
        self.reserved_by: list[dict[int, int]] = [{} for _ in range(32)]
        self.last_end = [0] * 32
        self.queue: list[int] = []                                      # heap of start << 28 | piece
        self.used_saved: set[int] = set()
        self.spilled: set[int] = set()
        self.in_memory: set[int] = set()                                # vregs whose slot must always hold their value
        self.frequency = [_FREQUENCY[min(w, 7)] for w in m.weight]
        callee = tuple(r for r in CALLEE_SAVED if not (frame_pointer and r == RBP))
        self.order = (CALLER_SAVED + callee, FLOATS)
        self.order_across = (callee + CALLER_SAVED, FLOATS)

    # -- small queries -----------------------------------------------------------------------------------------------

    def block_at(self, position: int) -> int:
        return bisect_right(self.live.starts, position) - 1

    def new_piece(self, v: int, ranges: list[int], uses: list[int]) -> int:
        number = len(self.vreg)
        self.vreg.append(v)
        self.start.append(ranges[0])
        self.end.append(ranges[-1])
        self.ranges.append(ranges)
        self.uses.append(uses)
        self.location.append(NOWHERE)
        mine = self.pieces[v]
        mine.append(number)
        if len(mine) > 1 and self.start[mine[-2]] > ranges[0]:
            mine.sort(key=self.start.__getitem__)
        return number

    def fixed_conflict(self, register: int, ranges: list[int], calls: int) -> int:
        """First position inside the ranges where the register is overwritten by a row."""
        best = FAR if IS_CALLEE_SAVED[register] else calls
        positions = self.live.fixed.get(register)
        if positions:
            for k in range(0, len(ranges), 2):
                at = bisect_left(positions, ranges[k])
                if at < len(positions) and positions[at] < ranges[k + 1]:
                    return min(best, positions[at])
                if at == len(positions):
                    break
        return best

    def call_conflict(self, ranges: list[int]) -> int:
        """First call inside the ranges."""
        calls = self.live.calls
        count = len(calls)
        if not count:
            return FAR
        for k in range(0, len(ranges), 2):
            at = bisect_left(calls, ranges[k])
            if at == count:
                return FAR
            if calls[at] < ranges[k + 1]:
                return calls[at]
        return FAR

    def conflict(self, register: int, ranges: list[int]) -> int:
        """First position inside the ranges where another piece holds the register."""
        if self.last_end[register] <= ranges[0]:
            return FAR
        starts, ends = self.reserved[register], self.reserved_end[register]
        for k in range(0, len(ranges), 2):
            low = ranges[k]
            at = bisect_right(starts, low)
            if at and ends[starts[at - 1]] > low:
                return low
            if at == len(starts):
                return FAR
            if starts[at] < ranges[k + 1]:
                return starts[at]
        return FAR

    def fits(self, register: int, ranges: list[int], calls: int) -> bool:
        """The register is free in all of the ranges; `calls` as `call_conflict` says."""
        if self.last_end[register] > ranges[0] and self.conflict(register, ranges) != FAR:
            return False
        if register in self.live.fixed:
            return self.fixed_conflict(register, ranges, calls) == FAR
        return calls == FAR or IS_CALLEE_SAVED[register]

    def holders(self, register: int, ranges: list[int], limit: int) -> list[int]:
        """Pieces that hold the register somewhere inside the ranges before `limit`."""
        starts, ends, by = self.reserved[register], self.reserved_end[register], self.reserved_by[register]
        found: dict[int, None] = {}
        for k in range(0, len(ranges), 2):
            low, high = ranges[k], min(ranges[k + 1], limit)
            if low >= high:
                break
            at = bisect_right(starts, low)
            if at and ends[starts[at - 1]] > low:
                found[by[starts[at - 1]]] = None
            while at < len(starts) and starts[at] < high:
                found[by[starts[at]]] = None
                at += 1
        return list(found)

    # -- reservations ------------------------------------------------------------------------------------------------

    def reserve(self, piece: int, register: int) -> None:
        self.location[piece] = register
        ranges = self.ranges[piece]
        starts, ends, by = self.reserved[register], self.reserved_end[register], self.reserved_by[register]
        for k in range(0, len(ranges), 2):
            low = ranges[k]
            if not starts or starts[-1] < low:
                starts.append(low)
            else:
                insort(starts, low)
            ends[low] = ranges[k + 1]
            by[low] = piece
        if ranges[-1] > self.last_end[register]:
            self.last_end[register] = ranges[-1]
        if IS_CALLEE_SAVED[register]:
            self.used_saved.add(register)

    def release_from(self, piece: int, position: int) -> None:
        """Give back what a piece has reserved from a position on."""
        register = self.location[piece]
        starts, ends, by = self.reserved[register], self.reserved_end[register], self.reserved_by[register]
        ranges = self.ranges[piece]
        for k in range(0, len(ranges), 2):
            low = ranges[k]
            if ranges[k + 1] <= position:
                continue
            if low < position:
                ends[low] = position
            else:
                del starts[bisect_left(starts, low)]
                del ends[low], by[low]

    # -- splitting ---------------------------------------------------------------------------------------------------

    def split(self, piece: int, position: int) -> int:
        """Cut a piece at a gap; returns the new piece that begins there (or behind the hole there)."""
        ranges, uses = self.ranges[piece], self.uses[piece]
        k = bisect_right(ranges, position)
        if k & 1:
            head, tail = [*ranges[:k], position], [position, *ranges[k:]]
            if head[-1] == head[-2]:
                head = head[:-2]
        else:
            head, tail = ranges[:k], ranges[k:]
        u = bisect_left(uses, position * 2)
        self.ranges[piece], self.uses[piece] = head, uses[:u]
        self.end[piece] = head[-1]
        return self.new_piece(self.vreg[piece], tail, uses[u:])

    def outwards(self, position: int, low: int) -> int:
        """The latest position before `position` and behind `low` with the smallest loop depth: loop borders or itself."""
        live = self.live
        header = live.loop[self.block_at(position)]
        while header >= 0:
            border = live.starts[header]
            if border <= low:
                break
            position = border
            header = live.parent[header]
        return position

    def enqueue(self, piece: int) -> None:
        heappush(self.queue, self.start[piece] << 28 | piece)

    def spill(self, piece: int, now: int) -> None:
        """Leave a piece in memory up to its next use in a register; the rest is queued."""
        v = self.vreg[piece]
        start = self.start[piece]
        for word in self.uses[piece]:
            if word & 1:
                gap = (word >> 1) & ~3
                if gap <= start:
                    self.enqueue(piece)
                    return
                gap = self.outwards(gap, max(start, now))
                if gap > start:
                    self.enqueue(self.split(piece, gap))
                break
        const, home = self.m.remat.get(v, 0), self.m.home.get(v, 0)
        if const:
            self.location[piece] = -const
        elif home:
            self.location[piece] = SLOT0 + home
        else:
            self.location[piece] = NOWHERE
            self.spilled.add(v)

    def whole_pieces(self) -> list[int]:
        """A piece for each vreg that is alive somewhere."""
        all_ranges, all_uses = self.live.ranges, self.live.uses
        alive = [v for v in range(1, len(all_ranges)) if all_ranges[v]]
        for number, v in enumerate(alive, 1):
            self.pieces[v].append(number)
        self.vreg += alive
        ranges = [all_ranges[v] for v in alive]
        self.ranges += ranges
        self.start += [one[0] for one in ranges]
        self.end += [one[-1] for one in ranges]
        self.uses += [all_uses[v] for v in alive]
        self.location += [NOWHERE] * len(alive)
        return list(range(1, len(alive) + 1))

    # -- the scan ----------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Place all vregs."""
        live = self.live
        order = self.whole_pieces()
        self.leave_at_pads()
        if self.m.framed:
            position = live.starts[self.m.framed]
            for v in live.live_in[self.m.framed]:
                piece = self.pieces[v][0]
                if self.start[piece] < position < self.end[piece]:
                    self.enqueue(self.split(piece, position))
        order.sort(key=self.start.__getitem__)
        queue, start = self.queue, self.start
        place = self.place
        for piece in order:
            key = start[piece] << 28
            while queue and queue[0] < key:
                place(heappop(queue) & 0xFFFFFFF)
            place(piece)
        while queue:
            place(heappop(queue) & 0xFFFFFFF)

    def leave_at_pads(self) -> None:
        """At a landing pad no register holds anything: what is alive there is in memory, and always was."""
        moved: set[int] = set()
        for pad in sorted({pad for pad in self.m.pads if pad >= 0}):
            position = self.live.starts[pad]
            for v in self.live.live_in[pad]:
                pieces = self.pieces[v]     # ascending so far
                at = len(pieces) - 1
                while at and self.start[pieces[at]] > position:
                    at -= 1
                piece = pieces[at]
                if self.start[piece] < position:
                    piece = self.split(piece, position)
                else:
                    moved.add(piece)
                self.in_memory.add(v)
                self.spill(piece, position)
        if moved:
            kept: list[int] = []
            for key in self.queue:
                piece = key & 0xFFFFFFF
                if piece in moved:      # queued by the spill before, and placed by the last one; that may have queued it again
                    moved.remove(piece)
                else:
                    kept.append(key)
            heapify(kept)
            self.queue = kept

    def place(self, piece: int) -> None:
        """Find a register for a piece, whole if possible."""
        v = self.vreg[piece]
        ranges = self.ranges[piece]
        if v in self.m.home and self.pieces[v][0] == piece and self.start[piece] < 4:
            self.spill(piece, 0)
            return
        calls = self.call_conflict(ranges)
        end = ranges[-1]
        last_end = self.last_end
        fixed = self.live.fixed
        # A hint first: the register that saves a move.
        hint = self.live.hint[v]
        if hint >= 0 and calls == FAR and self.fits(hint, ranges, calls):
            self.reserve(piece, hint)
            return
        for other in self.live.related.get(v, ()):
            mine = self.pieces[other]
            if mine:
                register = self.location[mine[-1]]
                if 0 <= register < SLOT0 and self.fits(register, ranges, calls):
                    self.reserve(piece, register)
                    return
        before = self.pieces[v][0]
        if before != piece:
            register = self.location[before]
            if 0 <= register < SLOT0 and self.fits(register, ranges, calls):
                self.reserve(piece, register)
                return
        class_ = self.m.vclass[v]
        across = calls < end
        best, best_free = -1, -1
        low = ranges[0]
        for register in (self.order_across if across else self.order)[class_]:
            if IS_CALLEE_SAVED[register]:
                if register not in self.used_saved and across and not self.worth_saving(piece):
                    continue
                free = FAR
            else:
                free = calls
            if register in fixed:
                free = self.fixed_conflict(register, ranges, calls)
            if last_end[register] > low:
                free = min(free, self.conflict(register, ranges))
            if free >= end:
                self.reserve(piece, register)
                return
            if free > best_free:
                best, best_free = register, free
        self.place_under_pressure(piece, calls, best, best_free)

    def worth_saving(self, piece: int) -> bool:
        """The piece is used often enough to pay for saving one more register in the prologue."""
        total = 0.0
        frequency = self.frequency
        for word in self.uses[piece]:
            total += frequency[self.block_at(word >> 1)]
            if total >= NEW_CALLEE_SAVED_COST:
                return True
        return False

    def urgency(self, piece: int, after: int) -> float:
        """Frequency of the first use behind a position over its distance; 0 if there is none."""
        uses = self.uses[piece]
        k = bisect_left(uses, (after + 1) * 2)
        if k == len(uses):
            return 0.0
        at = uses[k] >> 1
        cost = self.frequency[self.block_at(at)] / (at - after)
        return cost * 0.4 if self.vreg[piece] in self.m.remat else cost

    def place_under_pressure(self, piece: int, calls: int, best: int, best_free: int) -> None:
        """No register is free for all of the piece: split it, throw others out, or leave it in memory."""
        start, end = self.start[piece], self.end[piece]
        ranges, uses = self.ranges[piece], self.uses[piece]
        row_end = (start & ~3) + 4
        pinned = any(word & 1 and word >> 1 < row_end for word in uses[:4])
        # Free for a while: the piece can keep that register until the gap before the conflict.
        partial = best_free & ~3 if best_free < FAR else end
        if best < 0 or partial <= start or (pinned and partial < row_end):
            best, partial_cost = -1, float("inf")
        else:
            partial_cost = self.urgency(piece, partial - 1)
            if not any(word & 1 and word < partial * 2 for word in uses[:4]):
                partial_cost = float("inf")     # nothing would read the register before it is lost
                best = -1
        memory_cost = float("inf") if pinned else self.urgency(piece, start - 1)
        limit_cost = min(partial_cost, memory_cost)
        victim, victim_cost, victim_limit = -1, float("inf"), 0
        for register in self.order[self.m.vclass[self.vreg[piece]]]:
            stop = self.fixed_conflict(register, ranges, calls)
            stop = stop & ~3 if stop < FAR else FAR
            if stop <= start or (pinned and stop < row_end):
                continue
            cost = self.urgency(piece, stop - 1) if stop < end else 0.0
            if IS_CALLEE_SAVED[register] and register not in self.used_saved:
                cost += 0.01
            for other in self.holders(register, ranges, stop):
                if not self.removable(other, start):
                    cost = float("inf")
                    break
                cost += self.urgency(other, start)
            if cost < victim_cost:
                victim, victim_cost, victim_limit = register, cost, stop
        if victim >= 0 and (victim_cost < limit_cost or limit_cost == float("inf")):
            for other in self.holders(victim, ranges, victim_limit):
                self.throw_out(other, start)
            if victim_limit < end:
                self.cut(piece, victim_limit)
            self.reserve(piece, victim)
        elif best >= 0 and partial_cost <= memory_cost:
            self.cut(piece, partial)
            self.reserve(piece, best)
        elif not pinned:
            self.spill(piece, start)
        else:
            raise AssertionError(f"{self.m.symbol}: no register for v{self.vreg[piece]} at row {start >> 2}")

    def cut(self, piece: int, position: int) -> None:
        """Split a piece at the latest good place between its last use before a position and that position."""
        uses = self.uses[piece]
        k = bisect_left(uses, position * 2)
        low = (uses[k - 1] >> 1 & ~3) + 4 if k else (self.start[piece] & ~3) + 4
        self.enqueue(self.split(piece, self.outwards(position, max(low, self.start[piece] + 1) - 1)))

    def removable(self, piece: int, now: int) -> bool:
        """A piece can leave its register before `now`: the row at hand does not need it there."""
        gap = now & ~3
        uses = self.uses[piece]
        for k in range(bisect_left(uses, gap * 2), len(uses)):
            word = uses[k]
            if word >> 1 >= gap + 4:
                return True
            if word & 1:
                return False
        return True

    def throw_out(self, piece: int, now: int) -> None:
        """Take a piece out of its register from the last use before `now` on, or further out at the loop's border."""
        gap = now & ~3
        start = self.start[piece]
        if start >= gap:
            self.release_from(piece, start)
            self.location[piece] = NOWHERE
            self.spill(piece, now)
            return
        uses = self.uses[piece]
        k = bisect_left(uses, gap * 2)
        low = max((uses[k - 1] >> 1 & ~3) + 4 if k else start + 1, (start & ~3) + 4)
        at = self.outwards(gap, low - 1) if low <= gap else gap
        self.release_from(piece, at)
        self.spill(self.split(piece, at), now)


def allocate(m: Machine, live: Live, frame_pointer: bool = False) -> Allocation:
    """Give every vreg its places. The machine gets its spill slots."""
    scan = _Scan(m, live, frame_pointer)
    scan.run()
    slot_of = _colour_slots(m, scan)
    for piece in range(1, len(scan.vreg)):
        if scan.location[piece] == NOWHERE:
            scan.location[piece] = SLOT0 + slot_of[scan.vreg[piece]]
    whole = [scan.location[mine[0]] if len(mine) == 1 else NOWHERE for mine in scan.pieces]
    # Whoever throws to a landing pad may have changed them, and nobody restores them on the way.
    guarded = any(pad >= 0 for pad in m.pads)
    saved = [r for r in CALLEE_SAVED if (guarded or r in scan.used_saved) and not (frame_pointer and r == RBP)]
    return Allocation(scan.pieces, scan.start, scan.end, scan.location, whole, saved, slot_of, scan.in_memory)


def _colour_slots(m: Machine, scan: _Scan) -> dict[int, int]:
    """Spill slots by vreg: vregs that are never alive at the same time share one."""
    live = scan.live
    order = sorted(scan.spilled, key=lambda v: live.ranges[v][0])
    out: dict[int, int] = {}
    free: list[int] = []
    busy: list[tuple[int, int]] = []
    for v in order:
        start, end = live.ranges[v][0], live.ranges[v][-1]
        while busy and busy[0][0] <= start:
            heappush(free, heappop(busy)[1])
        slot = heappop(free) if free else m.new_slot(8, 8, "spill")
        out[v] = slot
        heappush(busy, (end, slot))
    return out
