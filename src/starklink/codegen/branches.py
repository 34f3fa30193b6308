"""Branch relaxation inside one fragment: short where it reaches, near elsewhere.

Code is produced without its branches; each branch is a cut at a byte offset of that text. A *mark* is `offset << 24 | number
of branches before it`, so that `final` can turn any remembered place into its final offset. Branches only grow, and after a
few rounds every branch that could still grow because of others does so at once: the work stays linear.
"""

from __future__ import annotations

from typing import Final

from ..asm.encode import branch

SHIFT: Final = 24
MASK: Final = (1 << SHIFT) - 1
ROUNDS: Final = 8


def relax(cuts: list[int], conditions: list[int], targets: list[int]) -> list[int]:
    """Sizes of the branches: `cuts[k]` byte offset of branch k, `targets[k]` mark it jumps to, `conditions[k]` -1 = always."""
    count = len(cuts)
    sizes = [2] * count
    near = [5 if condition < 0 else 6 for condition in conditions]
    short = list(range(count))
    for round_ in range(ROUNDS + 1):
        before = [0] * (count + 1)
        total = 0
        for k in range(count):
            before[k] = total
            total += sizes[k]
        before[count] = total
        left: list[int] = []
        grown = False
        for k in short:
            target = targets[k]
            number = target & MASK
            distance = (target >> SHIFT) + before[number] - cuts[k] - before[k] - 2
            if round_ == ROUNDS:
                # Whatever lies between may still grow by four bytes each.
                slack = 4 * abs(number - k)
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


def assemble(text: bytes, cuts: list[int], conditions: list[int], targets: list[int]) -> tuple[bytes, list[int]]:
    """The code with its branches, and the bytes of branches before each branch (one more entry for the end)."""
    sizes = relax(cuts, conditions, targets)
    before = [0]
    for size in sizes:
        before.append(before[-1] + size)
    out: list[bytes] = []
    at = 0
    for k, cut in enumerate(cuts):
        out.append(text[at:cut])
        at = cut
        target = targets[k]
        end = cut + before[k] + sizes[k]
        distance = (target >> SHIFT) + before[target & MASK] - end
        out.append(branch(conditions[k], distance, sizes[k] > 2))
    out.append(text[at:])
    return b"".join(out), before
