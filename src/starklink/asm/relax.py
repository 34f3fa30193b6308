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
    """Grow branches until every short one reaches its target."""
    position, kind, target, offset, short, _ = items
    count = len(position)
    long = [kind[i] == BRANCH and target[i] < 0 for i in range(count)]
    # A target that lies at an item's position lies before the item, so exactly the items with a smaller position move it.
    reach = [bisect_left(position, target[i]) if kind[i] == BRANCH and target[i] >= 0 else 0 for i in range(count)]
    while True:
        before, size = _place(items, long)
        distance = [0] * count
        grown: list[int] = []
        for i in range(count):
            if kind[i] == BRANCH and not long[i]:
                away = target[i] + offset[i] + before[reach[i]] - (position[i] + before[i] + short[i])
                distance[i] = away
                if not -128 <= away <= 127:
                    long[i] = True
                    grown.append(i)
        if not grown:
            return Layout(long, before, size)
        if (
            len(grown) * 64 < count
        ):  # otherwise looking at everything again is cheaper than looking at every neighbourhood
            _spread(items, long, reach, distance, grown)


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


def _spread(items: Items, long: list[bool], reach: list[int], distance: list[int], grown: list[int]) -> None:
    """Widen what the branches in `grown` push out of range, and so on; paddings count as unchanged."""
    position, kind, _, _, _, grow = items
    while grown:
        at = grown.pop()
        more = grow[at]
        first = bisect_left(position, position[at] - _WINDOW)
        last = bisect_right(position, position[at] + _WINDOW)
        for i in range(first, last):
            if kind[i] != BRANCH or long[i]:
                continue
            if i < at < reach[i]:
                distance[i] += more
            elif reach[i] <= at < i:
                distance[i] -= more
            else:
                continue
            if not -128 <= distance[i] <= 127:
                long[i] = True
                grown.append(i)
