"""Branch relaxation: the final place of everything in a fragment.

The assembler lays a fragment out with every branch in its short form and one byte for every alignment. `relax` decides which
branches must grow. Branches only ever grow, so the result is the least layout in which every branch reaches its target: the
one an optimising multi-pass assembler finds.

A short branch spans at most 128 bytes, so a growing branch can only disturb branches in its neighbourhood: a work list visits
those instead of the whole fragment. Alignment padding changes with every move before it and is therefore settled in rounds
around the work list.
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
    move with the branch, unless a padding between them may swallow the movement.
    """
    position, kind, target, offset, short, grow = items
    count = len(position)
    long = [kind[i] == BRANCH and target[i] < 0 for i in range(count)]
    # A target that lies at an item's position lies before the item, so exactly the items with a smaller position move it.
    reach = [bisect_left(position, target[i]) if kind[i] == BRANCH and target[i] >= 0 else 0 for i in range(count)]
    paddings = [0]
    for i in range(count):
        paddings.append(paddings[-1] + (kind[i] != BRANCH))
    before = _place(items, long)[0]
    for passes in range(2 * count + 3):
        grown: list[int] = []
        now: list[int] = []
        moved = 0
        for i in range(count):
            now.append(moved)
            if kind[i] == BRANCH:
                if long[i]:
                    moved += grow[i]
                    continue
                at = position[i] + moved
                to = reach[i]
                place = target[i] + offset[i]
                if to <= i:
                    place += now[to]
                else:
                    place += before[to]
                    if paddings[to] == paddings[i]:
                        place += moved - before[i]
                    elif place < at:
                        continue
                if not -128 <= place - at - short[i] <= 127:
                    long[i] = True
                    grown.append(i)
                    moved += grow[i]
            elif kind[i] == ALIGN:
                need = -(position[i] + moved) % target[i]
                moved += (need if not grow[i] or need <= grow[i] else 0) - short[i]
            else:
                moved += max(target[i] - (position[i] + moved), 0) - short[i]
        now.append(moved)
        if passes >= PLAIN_PASSES and grown:
            _spread(items, long, reach, paddings, _place(items, long)[0], grown)
            now = _place(items, long)[0]
        if not grown and now == before:
            return Layout(long, *_place(items, long))
        before = now
    raise AssertionError("branches grow only finitely often")


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


def _spread(
    items: Items, long: list[bool], reach: list[int], paddings: list[int], before: list[int], grown: list[int]
) -> None:
    """Widen what the branches in `grown` push out of range, and so on, as far as no padding lies in between. `before` is
    exact for the present choice of forms."""
    position, kind, target, offset, short, grow = items
    pending: dict[int, int] = {}  # branch -> growth inside its span that `before` does not know
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
            away = target[i] + offset[i] + before[to] - (position[i] + before[i] + short[i])
            away += unknown if to > i else -unknown
            if not -128 <= away <= 127:
                long[i] = True
                work.append((i, grow[i]))
