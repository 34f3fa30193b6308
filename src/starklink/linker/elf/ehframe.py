"""Frame descriptions (.eh_frame, LSB core "Exception Frames"): records of dropped functions go, equal CIEs are one, and the
search table .eh_frame_hdr is made.

The output section is built here with every field but those a relocation fills in; `ctx.eh_frames` maps input offsets to it.
"""

from __future__ import annotations

from struct import pack, unpack_from
from typing import Final

from ...objwriter.elf.layouts import RECORDS
from ...support.record import dataclass, field
from .objects import InputError
from .tables import Context, Output

_RELA: Final = RECORDS["rela", 64, "<"]


@dataclass(slots=True, eq=False)
class FrameRecord:
    """A CIE or FDE of an input section. `function` is the section an FDE describes (-1: none, or a CIE); `cie` the offset of its
    CIE in the same input section (-1 for a CIE). `symbols`: what its other relocations mention."""

    offset: int
    size: int
    cie: int
    function: int = -1
    relocations: list[tuple[int, int, int]] = field(default_factory=list)
    symbols: list[int] = field(default_factory=list)


def split_frames(ctx: Context, section: int) -> list[FrameRecord]:
    """The records of an input section in order; found once. Raises InputError."""
    known = ctx.frame_records.get(section)
    if known is None:
        known = ctx.frame_records[section] = _split(ctx, section)
    return known


def _split(ctx: Context, section: int) -> list[FrameRecord]:
    data = ctx.sec_data[section]
    symbols = ctx.files[ctx.sec_file[section]].symbols
    rela = ctx.sec_rela[section]
    relocations = list(_RELA.iter_unpack(rela)) if rela is not None else []
    relocations.sort()
    records: list[FrameRecord] = []
    personalities: dict[int, list[int]] = {}
    at = next_relocation = 0
    while at + 4 <= len(data):
        length, = unpack_from("<I", data, at)
        if length == 0:
            at += 4
            continue
        if length == 0xFFFFFFFF or at + 4 + length > len(data) or length < 4:
            raise InputError(f"{ctx.place(section, at)}: a frame description of {length:#x} bytes reaches beyond its section")
        pointer, = unpack_from("<I", data, at + 4)
        record = FrameRecord(at, length + 4, -1 if pointer == 0 else at + 4 - pointer)
        end = at + 4 + length
        while next_relocation < len(relocations) and relocations[next_relocation][0] < end:
            record.relocations.append(relocations[next_relocation])
            next_relocation += 1
        mentioned = [symbols[info >> 32] if info >> 32 < len(symbols) else 0 for _, info, _ in record.relocations]
        if pointer == 0:
            personalities[at] = mentioned
        else:
            first = record.relocations[0] if record.relocations else None
            if first is not None and first[0] == at + 8:
                record.function = ctx.sym_section[mentioned[0]]
                mentioned = mentioned[1:]
            mentioned = mentioned + personalities.get(record.cie, [])
        record.symbols = mentioned
        records.append(record)
        at = end
    return records


def build_frames(ctx: Context, sections: list[int], out: Output) -> list[tuple[int, int]]:
    """Lay out the records that stay in `out`; the result is (offset of the FDE, section of its function) for each.

    Fills `ctx.eh_frames` and the relocations to apply are those of the inputs, moved.
    """
    content = bytearray()
    known: dict[tuple[bytes, tuple[tuple[int, int, int], ...]], int] = {}
    rows: list[tuple[int, int]] = []
    for section in sections:
        if not ctx.sec_live[section]:
            continue
        try:
            records = split_frames(ctx, section)
        except InputError as error:
            ctx.problems.append(str(error))
            continue
        data = bytes(ctx.sec_data[section])
        symbols = ctx.files[ctx.sec_file[section]].symbols
        starts: list[int] = []
        places: list[int] = []
        cies: dict[int, int] = {}
        by_offset = {record.offset: record for record in records if record.cie < 0}
        for record in records:
            starts.append(record.offset)
            if record.cie < 0:
                places.append(-1)       # placed when the first FDE that stays needs it
                continue
            live = record.function >= 0 and ctx.sec_live[record.function]
            cie = by_offset.get(record.cie)
            if not live or cie is None:
                places.append(-1)
                continue
            if record.cie not in cies:
                text = data[cie.offset:cie.offset + cie.size]
                targets = tuple((offset - cie.offset, symbols[info >> 32] << 32 | info & 0xFFFFFFFF, addend)
                                for offset, info, addend in cie.relocations)
                place = known.get((text, targets))
                if place is None:
                    place = known[text, targets] = len(content)
                    places[starts.index(cie.offset)] = place
                    content += text
                cies[record.cie] = place
            at = len(content)
            rows.append((at, record.function))
            content += data[record.offset:record.offset + 4] + pack("<I", at + 4 - cies[record.cie])
            content += data[record.offset + 8:record.offset + record.size]
            places.append(at)
        # What lies behind the last record (crtbegin's mark of the table's start, crtend's of its end) stays between neighbours.
        starts.append(records[-1].offset + records[-1].size if records else 0)
        places.append(len(content))
        ctx.eh_frames[section] = (starts, places, len(data))
        ctx.sec_output[section] = out
    content += bytes(4)
    while len(content) % 8:
        content += bytes(4)
    out.content = content
    out.size = len(content)
    return rows


def search_table(frames: memoryview | bytes | bytearray, frames_at: int, table_at: int, rows: list[int]) -> bytes:
    """.eh_frame_hdr version 1: the finished .eh_frame at address `frames_at`, FDE offsets `rows`, sorted by code address."""
    entries = []
    for offset in rows:
        delta, = unpack_from("<i", frames, offset + 8)
        code = frames_at + offset + 8 + delta
        entries.append((code - table_at, frames_at + offset - table_at))
    entries.sort()
    out = pack("<BBBBiI", 1, 0x1B, 0x03, 0x3B, frames_at - table_at - 4, len(entries))
    return out + b"".join(pack("<ii", *entry) for entry in entries)
