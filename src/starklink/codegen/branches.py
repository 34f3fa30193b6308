"""Branch relaxation and loop alignment inside one fragment: short where it reaches, near elsewhere.

Code is produced without its branches; each branch is a cut at a byte offset of that text. A *mark* is `offset << 24 | number
of cuts before it`, so that `final` can turn any remembered place into its final offset. Branches only grow, and after a
few rounds every branch that could still grow because of others does so at once: the work stays linear.

A cut with condition INSERT is not a branch but the bytes given at the end, like an epilogue that needs the size of the frame.
A cut with condition ALIGN stands before a loop; its target is the loop's end. A loop that fits into a cache line is moved
into one by padding: fetching it from two costs up to a quarter of the speed of small loops.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import Final

from ..asm.encode import branch

SHIFT: Final = 24
MASK: Final = (1 << SHIFT) - 1
ROUNDS: Final = 8


ALIGN: Final = -2
INSERT: Final = -3
"""Conditions of cuts that are no branches: padding in front of a loop, and bytes that are known only when the function ends."""
LINE: Final = 64
_NOPS: Final = tuple(bytes.fromhex(text) for text in (
    "", "90", "6690", "0f1f00", "0f1f4000", "0f1f440000", "660f1f440000", "0f1f8000000000", "0f1f840000000000",
    "660f1f840000000000"))
"""The processor manuals' no-operations of 0 to 9 bytes."""


def relax(cuts: list[int], conditions: list[int], targets: list[int], insert: int = 0) -> list[int]:
    """Sizes of the cuts: `cuts[k]` byte offset of cut k, `targets[k]` mark it jumps to, `conditions[k]` -1 = always; `insert`:
    size of the cuts of that kind."""
    count = len(cuts)
    sizes = [2 if condition >= -1 else insert if condition == INSERT else 0 for condition in conditions]
    near = [5 if condition < 0 else 6 for condition in conditions]
    aligns = [k for k in range(count) if conditions[k] == ALIGN]
    short = [k for k in range(count) if conditions[k] >= -1]
    for round_ in range(ROUNDS + 1):
        before = _offsets(cuts, targets, sizes, aligns)
        left: list[int] = []
        grown = False
        for k in short:
            target = targets[k]
            number = target & MASK
            distance = (target >> SHIFT) + before[number] - cuts[k] - before[k] - 2
            if round_ == ROUNDS:
                # Whatever lies between may still grow: branches by four bytes, padding to a line.
                slack = 4 * abs(number - k)
                if aligns:
                    low, high = (k, number) if k < number else (number, k)
                    slack += LINE * (bisect_left(aligns, high) - bisect_left(aligns, low))
                distance += slack if distance >= 0 else -slack
            if -128 <= distance <= 127:
                left.append(k)
            else:
                sizes[k] = near[k]
                grown = True
        short = left
        if not grown:
            break
    return sizes


def _offsets(cuts: list[int], targets: list[int], sizes: list[int], aligns: list[int]) -> list[int]:
    """Bytes of cuts before each cut; `sizes` of the alignments are set anew."""
    before = [0, *accumulate(sizes)]
    if not aligns:
        return before
    shift = 0
    following = 0
    for k in aligns:
        while following <= k:
            before[following] += shift
            following += 1
        target = targets[k]
        number = target & MASK
        start = cuts[k] + before[k]
        # Padding between here and the loop's end is only this cut's own: an aligned loop holds no other.
        length = (target >> SHIFT) - cuts[k] + sum(sizes[k + 1:number])
        pad = 0
        if length <= LINE and start % LINE + length > LINE:
            pad = -start % (LINE // 2 if length <= LINE // 2 else LINE)
        shift += pad - sizes[k]
        sizes[k] = pad
    while following < len(before):
        before[following] += shift
        following += 1
    return before


def assemble(text: bytes, cuts: list[int], conditions: list[int], targets: list[int],
             insert: bytes = b"") -> tuple[bytes, list[int]]:
    """The code with its branches and insertions, and the bytes of cuts before each cut (one more entry for the end)."""
    sizes = relax(cuts, conditions, targets, len(insert))
    before = [0, *accumulate(sizes)]
    out = bytearray()
    at = 0
    for k, cut in enumerate(cuts):
        out += text[at:cut]
        at = cut
        if conditions[k] < -1:
            out += insert if conditions[k] == INSERT else no_operations(sizes[k])
            continue
        target = targets[k]
        end = cut + before[k] + sizes[k]
        distance = (target >> SHIFT) + before[target & MASK] - end
        out += branch(conditions[k], distance, sizes[k] > 2)
    out += text[at:]
    return bytes(out), before


def no_operations(size: int) -> bytes:
    """So many bytes of instructions that do nothing, as few as possible."""
    return _NOPS[9] * (size // 9) + _NOPS[size % 9]
