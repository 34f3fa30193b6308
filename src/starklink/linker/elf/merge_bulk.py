"""Strings of many mergeable sections by columns: what `merge.merge` does section by section."""

from __future__ import annotations

from collections import defaultdict
from itertools import count, pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .columns import Column

if TYPE_CHECKING:
    from .tables import Context


class MergedColumns(NamedTuple):
    """Pieces of merged `sections`, of which section k has those from `bounds[k]` to `bounds[k + 1]`: where each `start`s in its
    section, and its `place` in the block `made`."""

    sections: list[int]
    bounds: Column
    start: Column
    place: Column
    made: int


class Strings(NamedTuple):
    """The different strings in order of appearance, without end marks, and which of them each piece is; pieces as above."""

    different: list[bytes]
    which: Column
    bounds: Column
    start: Column


def cut_strings(ctx: Context, sections: list[int]) -> Strings:
    """Cut sections of strings of bytes, each of which ends one, into pieces."""
    data = [ctx.sec_data[section] for section in sections]
    base = np.zeros(len(data) + 1, dtype=np.int64)
    np.cumsum([len(one) for one in data], out=base[1:])
    whole = b"".join(data)
    ends = np.flatnonzero(np.frombuffer(whole, dtype=np.uint8) == 0)
    start = np.concatenate([np.zeros(1, dtype=np.int64), ends[:-1] + 1])
    numbers: dict[bytes, int] = defaultdict(count().__next__)
    which = np.fromiter(map(numbers.__getitem__, whole[:-1].split(b"\0")), dtype=np.int64, count=len(ends))
    bounds = np.searchsorted(start, base)
    return Strings(list(numbers), which, bounds, start - np.repeat(base[:-1], np.diff(bounds)))


def joined(strings: list[bytes]) -> tuple[bytes, list[int]]:
    """The strings, each with its end mark, and where each begins."""
    ends = np.cumsum(np.fromiter(map(len, strings), dtype=np.int64, count=len(strings)) + 1)
    return b"\0".join(strings) + b"\0", [0, *ends[:-1].tolist()]


def note_pieces(ctx: Context, sections: list[int], strings: Strings, places: list[int], made: int) -> None:
    """Fill `ctx.merged`; `places` are those of the different strings in the block `made`."""
    place = np.array(places, dtype=np.int64)[strings.which]
    ctx.merged_columns.append(MergedColumns(sections, strings.bounds, strings.start, place, made))
    starts, where, merged = strings.start.tolist(), place.tolist(), ctx.merged
    for section, (begin, end) in zip(sections, pairwise(strings.bounds.tolist())):
        merged[section] = (starts[begin:end], where[begin:end], made)
