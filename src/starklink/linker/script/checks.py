"""Do output sections lie on top of each other? By load address always, by run-time address unless the layout has overlays."""

from __future__ import annotations

from itertools import pairwise

from .table import ALLOC, LOAD, TLS, Out


def overlaps(outputs: list[Out]) -> list[str]:
    """A text per pair of neighbours that overlap, naming both."""
    loaded = [out for out in outputs if out.size and out.properties & ALLOC and out.properties & (LOAD | TLS) != TLS
              and out.spec.type != "NOLOAD"]
    found = _pairs([(out.lma, out.size, out) for out in loaded if out.properties & LOAD], "load address")
    starts = [out.vma for out in loaded]
    if len(set(starts)) == len(starts):
        by_vma = _pairs([(out.vma, out.size, out) for out in loaded], "address")
        known = {frozenset(pair) for pair, _ in found}
        found += [(pair, text) for pair, text in by_vma if frozenset(pair) not in known]
    return [text for _, text in found]


def _pairs(rows: list[tuple[int, int, Out]], what: str) -> list[tuple[tuple[str, str], str]]:
    rows.sort(key=lambda row: (row[0], row[1]))
    out: list[tuple[tuple[str, str], str]] = []
    for (at, size, one), (next_at, next_size, other) in pairwise(rows):
        if at + size > next_at:
            out.append(((one.name, other.name),
                        f"the section {other.name} ({what} {next_at:#x} to {next_at + next_size:#x}) overlaps {one.name} "
                        f"({at:#x} to {at + size:#x}) by {min(at + size, next_at + next_size) - next_at} bytes"))
    return out
