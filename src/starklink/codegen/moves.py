"""Parallel moves: all sources are read before any destination is written.

    {rax -> rcx, rcx -> rax, 5 -> rdx}   becomes   r11 <- rax, rax <- rcx, rcx <- r11, rdx <- 5
"""

from __future__ import annotations

from collections.abc import Iterable

from .target import FSCRATCH, SCRATCH, SLOT0, XMM0


def sequential(moves: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """(source, destination) steps, one after the other, with the effect of the parallel moves.

    Locations as in `target`; destinations are distinct. The scratch register breaks cycles. A step from slot to slot must be
    made through a register by whoever emits it: the scratch register unless it holds a value of a cycle, which it does from a
    step to it up to a step from it.
    """
    source_of: dict[int, int] = {}
    readers: dict[int, int] = {}
    for source, target in moves:
        if source != target:
            source_of[target] = source
            if source >= 0:
                readers[source] = readers.get(source, 0) + 1
    if readers.keys().isdisjoint(source_of):
        return [(source_of[target], target) for target in reversed(source_of)]      # nobody overwrites what another reads
    out: list[tuple[int, int]] = []
    ready = [target for target in source_of if target not in readers]
    while source_of:
        while ready:
            target = ready.pop()
            source = source_of.pop(target)
            out.append((source, target))
            if source >= 0:
                readers[source] -= 1
                if not readers[source]:
                    del readers[source]
                    if source in source_of:
                        ready.append(source)
        if not source_of:
            break
        # Only cycles are left: everyone's destination is still to be read by another one.
        target = next(iter(source_of))
        scratch = FSCRATCH if XMM0 <= target < SLOT0 else SCRATCH
        out.append((target, scratch))
        for other, source in source_of.items():
            if source == target:
                source_of[other] = scratch
        readers[scratch] = readers.pop(target)
        ready.append(target)
    return out
