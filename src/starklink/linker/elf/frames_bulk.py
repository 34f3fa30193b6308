"""Frame descriptions by columns, for links with many of them: what `ehframe` does record by record.

All .eh_frame sections are laid end to end. A row is a record or a relocation of one; `None` instead of a result means that
something is out of the ordinary (damage, relocations that are not in order), and `ehframe` does the work.
"""

from __future__ import annotations

from itertools import pairwise
from struct import Struct
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from .bulk import ROW, scatter, symbol_maps
from .columns import Column
from .ehframe import PCREL_SDATA4, code_encoding

if TYPE_CHECKING:
    from .tables import Context, Output

_WORD: Final = Struct("<I")
_HEAD: Final = Struct("<BBBBiI")


class _Records(NamedTuple):
    """`begin` and `end` of each record in the sections laid end to end, the number of its `section`, and its `cie`: the number
    of that record; -1 for a CIE, -2 for an FDE without one."""

    begin: Column
    end: Column
    section: Column
    cie: Column


class _Relocations(NamedTuple):
    """`place` of each relocation in the sections laid end to end, its `record`, `kind`, `symbol` id and `addend`."""

    place: Column
    record: Column
    kind: Column
    symbol: Column
    addend: Column


class FrameRelocations(NamedTuple):
    """Relocations of the records that stay: where in the output section, and `section` and `offset` of the input."""

    spot: Column
    section: Column
    offset: Column
    kind: Column
    symbol: Column
    addend: Column


def build_many(ctx: Context, sections: list[int], out: Output) -> list[tuple[int, int]] | None:
    """What `ehframe.build_frames` does. Besides, `ctx.frame_relocations` says what is to be applied."""
    sections = [section for section in sections if ctx.sec_live[section]]
    read = _read(ctx, sections)
    if read is None:
        return None
    arena, base, records, relocations = read
    # An FDE stays if the section of its function does.
    first = _first(records, relocations)
    stay = np.flatnonzero((records.cie >= 0) & (first >= 0))
    function = _homes(ctx, relocations.symbol[first[stay]])
    live = np.frombuffer(bytes(ctx.sec_live), dtype=np.uint8)
    kept = function >= 0
    kept[kept] &= live[function[kept]] != 0
    stay, function = stay[kept], function[kept]
    place = _lay_out(arena, records, relocations, stay, out)
    _note_places(ctx, sections, base, records, stay, place, out)
    rows = np.flatnonzero(place[relocations.record] >= 0)
    record, at = relocations.record[rows], relocations.place[rows]
    owner = records.section[record]
    ctx.frame_relocations = FrameRelocations(
        place[record] + at - records.begin[record], np.array(sections, dtype=np.int64)[owner], at - base[owner],
        relocations.kind[rows], relocations.symbol[rows], relocations.addend[rows])
    return list(zip(place[stay].tolist(), function.tolist()))


def _read(ctx: Context, sections: list[int]) -> tuple[bytes, Column, _Records, _Relocations] | None:
    """The sections end to end, where each begins, and what is in them."""
    arena = b"".join([ctx.sec_data[section] for section in sections])
    base = np.zeros(len(sections) + 1, dtype=np.int64)
    np.cumsum([len(ctx.sec_data[section]) for section in sections], out=base[1:])
    records = _split(arena, base)
    relocations = None if records is None else _relocations(ctx, sections, base, records)
    if records is None or relocations is None:
        return None
    return arena, base, records, relocations


def _first(records: _Records, relocations: _Relocations) -> Column:
    """The relocation of each record that says which function it describes; -1 for none."""
    count = len(relocations.place)
    if not count:
        return np.full(len(records.begin), -1)
    first = np.minimum(np.searchsorted(relocations.place, records.begin), count - 1)
    return np.where((records.cie != -1) & (relocations.place[first] == records.begin + 8), first, -1)


def _homes(ctx: Context, symbols: Column) -> Column:
    homes = ctx.sym_section
    return np.array([homes[symbol] for symbol in symbols.tolist()], dtype=np.int64)


def frame_mentions(ctx: Context, sections: list[int]) -> tuple[Column, Column] | None:
    """Pairs of a section with code and a symbol its frame descriptions mention (handlers, and what their CIEs mention); None if
    something is out of the ordinary."""
    read = _read(ctx, sections)
    if read is None:
        return None
    _, _, records, relocations = read
    first = _first(records, relocations)
    function = np.full(len(first), -1)
    described = first >= 0
    function[described] = _homes(ctx, relocations.symbol[first[described]])
    own = np.flatnonzero(records.cie[relocations.record] != -1)
    own = own[own != first[relocations.record[own]]]
    # Every FDE mentions what its CIE does, too.
    heirs = np.flatnonzero((function >= 0) & (records.cie >= 0))
    bounds = np.searchsorted(relocations.record, np.arange(len(first) + 1))
    begin, counts = bounds[records.cie[heirs]], np.diff(bounds)[records.cie[heirs]]
    rows = np.arange(counts.sum()) + np.repeat(begin - np.cumsum(counts) + counts, counts)
    source = np.concatenate([function[relocations.record[own]], np.repeat(function[heirs], counts)])
    target = np.concatenate([relocations.symbol[own], relocations.symbol[rows]])
    known = source >= 0
    return source[known], target[known]


def _split(arena: bytes, base: Column) -> _Records | None:
    begin: list[int] = []
    note, word = begin.append, _WORD.unpack_from
    for at, end in pairwise(base.tolist()):
        while at + 4 <= end:
            length, = word(arena, at)
            if length == 0:
                at += 4
                continue
            if length < 4 or at + 4 + length > end:
                return None
            note(at)
            at += 4 + length
    data = np.frombuffer(arena, dtype=np.uint8)
    start = np.array(begin, dtype=np.int64)
    pointer = words_at(data, start + 4)
    section = np.searchsorted(base, start, side="right") - 1
    target = start + 4 - pointer
    cie = np.minimum(np.searchsorted(start, target), max(len(start) - 1, 0))
    found = (start[cie] == target) & (pointer[cie] == 0) & (section[cie] == section) if len(start) else cie == 0
    cie = np.where(pointer == 0, -1, np.where(found, cie, -2))
    return _Records(start, start + 4 + words_at(data, start), section, cie)


def words_at(data: Column, at: Column) -> Column:
    """32-bit words at any places of bytes."""
    made = data[at].astype(np.int64)
    for byte in (1, 2, 3):
        made |= data[at + byte].astype(np.int64) << 8 * byte
    return made


def _relocations(ctx: Context, sections: list[int], base: Column, records: _Records) -> _Relocations | None:
    maps = symbol_maps(ctx)
    tables = [ctx.sec_rela[section] or b"" for section in sections]
    counts = np.array([len(table) // 24 for table in tables], dtype=np.int64)
    table = np.frombuffer(b"".join(tables), dtype=ROW)
    owner = np.repeat(np.arange(len(sections)), counts)
    file = np.array([ctx.sec_file[section] for section in sections], dtype=np.int64)[owner]
    index = (table["info"] >> np.uint64(32)).astype(np.int64)
    offset = table["offset"].astype(np.int64)
    place = base[owner] + offset
    if (index >= maps.counts[file]).any() or (offset < 0).any() or (place >= base[owner + 1]).any() or \
            (place[1:] <= place[:-1]).any() or (len(place) and not len(records.begin)):
        return None
    record = np.searchsorted(records.begin, place, side="right") - 1
    if (record < 0).any() or (place >= records.end[record]).any():
        return None
    kind = (table["info"] & np.uint64(0xFFFFFFFF)).astype(np.int64)
    return _Relocations(place, record, kind, maps.ids[maps.base[file] + index], table["addend"])


def _lay_out(arena: bytes, records: _Records, relocations: _Relocations, stay: Column, out: Output) -> Column:
    """Fill the output section: the FDEs that stay, each CIE before the first that needs it, equal ones once. The result is the
    place of each record, -1 for those that go."""
    size = records.end - records.begin
    used, first = np.unique(records.cie[stay], return_index=True)
    bounds: Any = np.append(np.searchsorted(relocations.place, records.begin), len(relocations.place)).tolist()
    known: dict[object, int] = {}
    stands_for = np.full(len(size), -1)
    ahead = np.zeros(len(stay), dtype=np.int64)
    fresh: list[int] = []
    for at in np.argsort(first, kind="stable").tolist():
        cie = int(used[at])
        mine = slice(bounds[cie], bounds[cie + 1])
        begin = int(records.begin[cie])
        targets = tuple(zip((relocations.place[mine] - begin).tolist(), relocations.symbol[mine].tolist(),
                            relocations.kind[mine].tolist(), relocations.addend[mine].tolist()))
        same = stands_for[cie] = known.setdefault((arena[begin:int(records.end[cie])], targets), cie)
        if same == cie:
            ahead[first[at]] = size[cie]
            fresh.append(cie)
    place = np.full(len(size), -1)
    ends = np.cumsum(size[stay] + ahead)
    place[stay] = ends - size[stay]
    new = np.flatnonzero(ahead)
    place[fresh] = place[stay[new]] - ahead[new]        # both are in order of first need
    rows = np.concatenate([stay, np.array(fresh, dtype=np.int64)])
    rows = rows[np.argsort(place[rows])]
    # Neighbours of the input that stay neighbours are copied together.
    begin, end = records.begin[rows], records.end[rows]
    breaks = np.flatnonzero(begin[1:] != end[:-1]) + 1
    edges = [0, *breaks.tolist(), len(rows)] if len(rows) else [0]
    content = bytearray().join([arena[int(begin[a]):int(end[b - 1])] for a, b in pairwise(edges)])
    if len(stay):
        scatter(np.frombuffer(content, dtype=np.uint8), place[stay] + 4,
                (place[stay] + 4 - place[stands_for[records.cie[stay]]]).astype("<u4"), 4)
    content += bytes(4)
    content += bytes(-len(content) % 8)
    out.content = content
    out.size = len(content)
    return place


def _note_places(ctx: Context, sections: list[int], base: Column, records: _Records, stay: Column, place: Column,
                 out: Output) -> None:
    """Fill `ctx.eh_frames`."""
    count = np.searchsorted(records.section, np.arange(len(sections) + 1)).tolist()
    until = np.searchsorted(records.section[stay], np.arange(len(sections)), side="right").tolist()
    starts, ends, places = records.begin.tolist(), records.end.tolist(), place.tolist()
    sizes = records.end - records.begin
    behind = [0, *(place[stay] + sizes[stay]).tolist()]
    for number, (section, at) in enumerate(zip(sections, base.tolist())):
        begin, end = count[number], count[number + 1]
        here = [start - at for start in starts[begin:end]]
        here.append(ends[end - 1] - at if end > begin else 0)
        ctx.eh_frames[section] = (here, [*places[begin:end], behind[until[number]]], len(ctx.sec_data[section]))
        ctx.sec_output[section] = out


def search_many(frames: memoryview, frames_at: int, table_at: int, rows: list[int]) -> bytes | None:
    """What `ehframe.search_table` does, for frames that encode addresses as compilers do."""
    data = np.frombuffer(frames, dtype=np.uint8)
    offset = np.array(rows, dtype=np.int64)
    cies = np.unique(offset + 4 - words_at(data, offset + 4)).tolist()
    if not rows or any(code_encoding(bytes(frames[cie:cie + 64])) != PCREL_SDATA4 for cie in cies):
        return None
    delta = words_at(data, offset + 8)
    delta -= (delta >> 31) << 32
    apart = frames_at - table_at
    code = apart + offset + 8 + delta
    order = np.argsort(code, kind="stable")
    entries: Any = np.stack([code[order], apart + offset[order]], axis=1)
    if entries.min() < -1 << 31 or entries.max() >= 1 << 31 or abs(apart) >= 1 << 31:
        return None
    return _HEAD.pack(1, 0x1B, 0x03, 0x3B, apart - 4, len(rows)) + bytes(entries.astype("<i4").tobytes())
