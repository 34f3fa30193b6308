"""Branch relaxation: the final place of everything in a fragment.

The assembler lays a fragment out with every branch in its short form and one byte for every alignment. `relax` decides which
branches must grow. Branches only ever grow, so the result is the least layout in which every branch reaches its target: the
one an optimising multi-pass assembler finds.

A short branch spans at most 128 bytes, so a growing branch, or a padding of another size, can only disturb branches in its
neighbourhood: after the first pass only those are looked at again.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Final, NamedTuple

BRANCH: Final = 0
ALIGN: Final = 1
PAD_TO: Final = 2
_WINDOW: Final = 128 + 64  # bytes of provisional layout a short branch can span (alignments may shrink a little)


class Items(NamedTuple):
    """The variable places of a fragment, ascending by position; columns of equal length.

    `position`: provisional offset of the item's first byte. `kind`: BRANCH, ALIGN or PAD_TO. `target`: provisional offset of the
    label a branch goes to, -1 if it must be long; multiple wanted by ALIGN; final offset wanted by PAD_TO. `offset`: final bytes
    from the label to the place a branch means. `short`: provisional size of the item in bytes (1 for paddings). `grow`: bytes a
    branch gains when long; greatest padding of ALIGN (0 = any).
    """

    position: list[int]
    kind: list[int]
    target: list[int]
    offset: list[int]
    short: list[int]
    grow: list[int]


class Layout(NamedTuple):
    """`long[i]`: the branch is in its long form. `before[i]`: bytes by which everything from item i on has moved when item i's
    first byte is placed; the last entry is the total. `size[i]`: final bytes of item i."""

    long: list[bool]
    before: list[int]
    size: list[int]


def relax(items: Items) -> Layout:
    """Grow branches until every short one reaches its target.

    A pass goes through the items in order and moves the rest of the fragment along as branches grow, as GNU as does, so that
    both agree also where paddings make the result depend on the order. A target further on that is not yet visited is taken to
    move with the branch, unless the branch moves on and a padding between them may swallow that.

    Distances change only where a branch grows or a padding takes another size. After the first pass, only the blocks near such
    places are looked at item by item.
    """
    blocks = Blocks(items)
    every = bytearray(b"\1") * len(blocks.first)
    _pass(items, blocks, bytearray(every), bytearray(every), False)
    dirty = every
    for passes in range(2 * len(items.position) + 3):
        near = bytearray(len(dirty))
        grown, moved = _pass(items, blocks, dirty, near, True)
        if passes >= PLAIN_PASSES and grown:
            wider = _spread(items, blocks, grown)
            for one in wider:
                blocks.mark(one, near)
            if wider:
                touched = bytearray(len(dirty))
                for one in wider:
                    touched[blocks.of[one]] = 1
                _pass(items, blocks, touched, near, False)
        elif not grown and not moved:
            return Layout(blocks.long, *_place(items, blocks.long))
        dirty = near
    raise AssertionError("branches grow only finitely often")


class Blocks:
    """Runs of items that end with a padding or are BLOCK items long. Item i lies `start[of[i]] + inner[i]` bytes further on than
    provisionally; `gain`: bytes by which the branches of a block have grown; `padding`: index of the padding at its end or -1;
    `pad`: its size. `step`: movement by a multiple of it changes no padding (0: there is none). `reach[i]`: the items before the
    target of branch i, `paddings[i]`: paddings before item i."""

    __slots__ = ("first", "gain", "inner", "items", "long", "of", "pad", "padding", "paddings", "reach", "start", "step")

    def __init__(self, items: Items) -> None:
        position, kind, target, _, _, grow = self.items = items
        count = len(position)
        self.long = [kind[i] == BRANCH and target[i] < 0 for i in range(count)]
        # A target that lies at an item's position lies before the item, so exactly the items with a smaller position move it.
        self.reach = [bisect_left(position, target[i]) if kind[i] == BRANCH and target[i] >= 0 else 0 for i in range(count)]
        self.paddings = [0]
        self.first, self.of, self.inner, self.gain, self.padding = [0], [0] * (count + 1), [0] * (count + 1), [0], [-1]
        for i in range(count):
            self.of[i] = len(self.first) - 1
            self.inner[i] = self.gain[-1]
            if self.long[i]:
                self.gain[-1] += grow[i]
            if kind[i] != BRANCH:
                self.padding[-1] = i
            self.paddings.append(self.paddings[-1] + (kind[i] != BRANCH))
            if kind[i] != BRANCH or i + 1 - self.first[-1] >= BLOCK:
                self.first.append(i + 1)
                self.gain.append(0)
                self.padding.append(-1)
        self.of[count] = len(self.first) - 1
        self.inner[count] = self.gain[-1]
        self.start = [0] * len(self.first)
        self.pad = [0] * len(self.first)
        aligned = all(one in (BRANCH, ALIGN) for one in kind)
        self.step = max((one for one, what in zip(target, kind) if what == ALIGN), default=1) if aligned else 0

    def before(self, index: int) -> int:
        """By how much an item has moved."""
        return self.start[self.of[index]] + self.inner[index]

    def size(self, block: int, moved: int) -> int:
        """The size of the padding at the end of a block whose end has moved."""
        position, kind, target, _, _, grow = self.items
        at = self.padding[block]
        if kind[at] != ALIGN:
            return max(target[at] - (position[at] + moved), 0)
        need = -(position[at] + moved) % target[at]
        return need if not grow[at] or need <= grow[at] else 0

    def widen(self, index: int) -> None:
        """A branch has become long."""
        block, more = self.of[index], self.items.grow[index]
        end = self.first[block + 1] if block + 1 < len(self.first) else len(self.inner)
        for i in range(index + 1, end):
            self.inner[i] += more
        self.gain[block] += more

    def mark(self, index: int, near: bytearray) -> tuple[int, int]:
        """Mark the blocks with branches whose distance an item is part of; the first and the one behind the last of them."""
        position = self.items.position
        first = self.of[bisect_left(position, position[index] - _WINDOW)]
        last = self.of[bisect_right(position, position[index] + _WINDOW)] + 1
        near[first:last] = b"\1" * (last - first)
        return first, last


BLOCK: Final = 64
"""Items of a block at most."""


def _pass(items: Items, blocks: Blocks, dirty: bytearray, near: bytearray, grow: bool) -> tuple[list[int], bool]:
    """Go through all blocks: item by item through the dirty ones (or, without `grow`, only look at what they have come to). The
    branches that have grown, and whether anything has moved; `near` gets the blocks that are dirty then."""
    start, gain, pads, first, paddings, step = blocks.start, blocks.gain, blocks.pad, blocks.first, blocks.padding, blocks.step
    short, count = items.short, len(blocks.start)
    grown: list[int] = []
    block = moved = 0
    changed = False
    while block < count:
        former = start[block]
        delta = moved - former
        if not dirty[block] and (not delta or (step and not delta % step)):
            stop = dirty.find(1, block)         # up to there all moves alike
            if stop < 0:
                stop = count
            after = start[stop] if stop < count else 0
            if delta:
                start[block:stop] = [one + delta for one in start[block:stop]]
                changed = True
            block, moved = stop, after + delta
            continue
        start[block] = moved
        changed = changed or delta != 0
        if dirty[block] and grow:
            end = first[block + 1] if block + 1 < count else len(short)
            more, unsure = _grow(items, blocks, range(first[block], end), former)
            near[block] |= unsure
            for one in more:
                stop = blocks.mark(one, near)[1]
                dirty[block + 1:stop] = b"\1" * max(stop - block - 1, 0)
            grown += more
        moved += gain[block]
        at = paddings[block]
        if at >= 0:
            pad = blocks.size(block, moved)
            if pad != pads[block]:
                pads[block] = pad
                changed = True
                stop = blocks.mark(at, near)[1]
                if grow:
                    dirty[block + 1:stop] = b"\1" * max(stop - block - 1, 0)
            moved += pad - short[at]
        block += 1
    return grown, changed


def _grow(items: Items, blocks: Blocks, inside: range, former: int) -> tuple[list[int], bool]:
    """Let the branches of a block grow that do not reach their targets: which they are, and whether others may not reach theirs
    when those have moved, too. `former`: where the block was in the last pass."""
    position, kind, target, offset, short, grow = items
    long, reach, paddings, start, inner, of = blocks.long, blocks.reach, blocks.paddings, blocks.start, blocks.inner, blocks.of
    block = of[inside.start]
    base = moved = start[block]
    grown: list[int] = []
    unsure = False
    for i in inside:
        stretch = moved - former - inner[i]
        inner[i] = moved - base
        if kind[i] != BRANCH:
            continue
        if long[i]:
            moved += grow[i]
            continue
        at = position[i] + moved
        to = reach[i]
        place = target[i] + offset[i] + inner[to]
        if to <= i:
            place += start[of[to]]
        else:
            place += former if of[to] == block else start[of[to]]
            if stretch < 0 or paddings[to] == paddings[i]:
                place += stretch
            else:
                unsure = unsure or place + stretch - at - short[i] > 127
                if place < at:
                    continue
        if not -128 <= place - at - short[i] <= 127:
            long[i] = True
            grown.append(i)
            moved += grow[i]
    if inside.stop == len(kind):
        inner[inside.stop] = moved - base       # the end of the fragment
    blocks.gain[block] = moved - base
    return grown, unsure


PLAIN_PASSES: Final = 8
"""Passes before chains of branches that push each other are followed by a work list."""


def _place(items: Items, long: list[bool]) -> tuple[list[int], list[int]]:
    """(movement before each item and in total, size of each item) for the present choice of forms."""
    position, kind, target, _, short, grow = items
    before: list[int] = []
    size: list[int] = []
    moved = 0
    for i in range(len(position)):
        before.append(moved)
        if kind[i] == BRANCH:
            now = short[i] + grow[i] if long[i] else short[i]
        elif kind[i] == ALIGN:
            now = -(position[i] + moved) % target[i]
            if grow[i] and now > grow[i]:
                now = 0
        else:
            now = max(target[i] - (position[i] + moved), 0)
        size.append(now)
        moved += now - short[i]
    before.append(moved)
    return before, size


def _spread(items: Items, blocks: Blocks, grown: list[int]) -> list[int]:
    """Widen what the branches in `grown` push out of range, and so on, as far as no padding lies in between: which they are.
    Places are exact for the present choice of forms; afterwards `start` is to be made anew."""
    position, kind, target, offset, short, grow = items
    long, reach, paddings = blocks.long, blocks.reach, blocks.paddings
    pending: dict[int, int] = {}  # branch -> growth inside its span that the places do not know
    widened: list[int] = []
    work = [(at, 0) for at in grown]
    while work:
        at, more = work.pop()
        first = bisect_left(position, position[at] - _WINDOW)
        last = bisect_right(position, position[at] + _WINDOW)
        for i in range(first, last):
            to = reach[i]
            if kind[i] != BRANCH or long[i] or paddings[to] != paddings[i] or not (i < at < to or to <= at < i):
                continue
            unknown = pending[i] = pending.get(i, 0) + more
            away = target[i] + offset[i] + blocks.before(to) - (position[i] + blocks.before(i) + short[i])
            away += unknown if to > i else -unknown
            if not -128 <= away <= 127:
                long[i] = True
                widened.append(i)
                work.append((i, grow[i]))
    for i in widened:
        blocks.widen(i)
    return widened
