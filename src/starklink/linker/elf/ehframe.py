"""Frame descriptions (.eh_frame, LSB core "Exception Frames"): records of dropped functions go, equal CIEs are one, and the
search table .eh_frame_hdr is made.

The output section is built here with every field but those a relocation fills in; `ctx.eh_frames` maps input offsets to it.
"""

from __future__ import annotations

from struct import Struct, pack, unpack_from
from struct import error as StructError
from typing import Final

from ...objwriter.elf.layouts import RECORDS
from ...support.record import dataclass, field
from ..errors import LinkError
from .objects import InputError
from .tables import Context, Output

_RELA: Final = RECORDS["rela", 64, "<"]
_WORD: Final = Struct("<I")


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
    # What names symbols that are not there is told by the scan.
    relocations = [row for row in _RELA.iter_unpack(rela) if row[1] >> 32 < len(symbols)] if rela is not None else []
    relocations.sort()
    places = [offset for offset, _, _ in relocations]
    records: list[FrameRecord] = []
    personalities: dict[int, list[int]] = {}
    size, count, known = len(data), len(relocations), len(symbols)
    at = start = 0
    while at + 4 <= size:
        length, = _WORD.unpack_from(data, at)
        if length == 0:
            at += 4
            continue
        if length == 0xFFFFFFFF or at + 4 + length > size or length < 4:
            raise InputError(f"{ctx.place(section, at)}: a frame description of {length:#x} bytes reaches beyond its section")
        pointer, = _WORD.unpack_from(data, at + 4)
        end = at + 4 + length
        stop = start
        while stop < count and places[stop] < end:
            stop += 1
        mine = relocations[start:stop]
        start = stop
        mentioned = [symbols[info >> 32] if info >> 32 < known else 0 for _, info, _ in mine]
        if pointer == 0:
            personalities[at] = mentioned
            records.append(FrameRecord(at, length + 4, -1, -1, mine, mentioned))
        else:
            function, cie = -1, at + 4 - pointer
            if mine and mine[0][0] == at + 8:
                function = ctx.sym_section[mentioned[0]]
                del mentioned[0]
            records.append(FrameRecord(at, length + 4, cie, function, mine, mentioned + personalities.get(cie, [])))
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
    content += bytes(-len(content) % 8)
    out.content = content
    out.size = len(content)
    return rows


class NoTable(Exception):
    """A frame description does not say in a known way where its code begins."""


def no_table(frames_at: int, table_at: int, size: int) -> bytes:
    """.eh_frame_hdr of `size` bytes with the place of .eh_frame and else DW_EH_PE_omit: who unwinds reads all frames."""
    return pack("<BBBBi", 1, 0x1B, 0xFF, 0xFF, frames_at - table_at - 4).ljust(size, b"\0")


_PCREL, PCREL_SDATA4, UNKNOWN = 0x10, 0x1B, 0xFF
_FORMS: Final = {0: "<Q", 2: "<H", 3: "<I", 4: "<Q", 10: "<h", 11: "<i", 12: "<q"}
_FORMS_32: Final = _FORMS | {0: "<I"}
"""Low half of an encoding of pointers (DW_EH_PE_*) -> how it is stored."""


def code_encoding(cie: bytes, word: int = 8) -> int:
    """How the FDEs of a CIE store code addresses: what `R` in its augmentation says; 0, absolute, without one; UNKNOWN if the
    augmentation cannot be read that far."""
    end = cie.find(b"\0", 9)
    text = cie[9:end]
    if end < 0 or not text.startswith(b"z"):
        return 0 if not text else UNKNOWN
    at = end + 1
    for number in range(4):     # alignment factors, return register, length of the augmentation
        at = at + 1 if number == 2 and cie[8] == 1 else _behind_leb(cie, at)
    for letter in text[1:]:
        if at >= len(cie):
            return 0
        if letter == ord("R"):
            return cie[at]
        if letter == ord("P"):
            at += 1 + {2: 2, 10: 2, 3: 4, 11: 4}.get(cie[at] & 15, word if cie[at] & 15 == 0 else 8)
        elif letter == ord("L"):
            at += 1
        elif letter not in b"SB":
            return UNKNOWN
    return 0


def _behind_leb(data: bytes, at: int) -> int:
    while at < len(data) and data[at] & 0x80:
        at += 1
    return at + 1


def search_table(frames: memoryview | bytes | bytearray, frames_at: int, table_at: int, rows: list[int],
                 where: str = ".eh_frame", word: int = 8) -> bytes:
    """.eh_frame_hdr version 1: the finished .eh_frame at address `frames_at`, FDE offsets `rows`, sorted by code address; `word`:
    bytes of an address. Raises NoTable and LinkError."""
    forms = _FORMS if word == 8 else _FORMS_32
    entries = []
    encodings: dict[int, int] = {}
    for offset in rows:
        distance, = unpack_from("<I", frames, offset + 4)
        cie = offset + 4 - distance
        encoding = encodings.get(cie)
        if encoding is None:
            encoding = encodings[cie] = code_encoding(bytes(frames[cie:cie + 64]), word)
        if encoding == PCREL_SDATA4:
            delta, = unpack_from("<i", frames, offset + 8)
            code = frames_at + offset + 8 + delta
        elif encoding & 15 in forms and encoding & 0x70 in (0, _PCREL):
            try:
                code, = unpack_from(forms[encoding & 15], frames, offset + 8)
            except StructError:
                raise NoTable from None
            code += frames_at + offset + 8 if encoding & 0x70 else 0
        else:
            raise NoTable
        entries.append((code - table_at, frames_at + offset - table_at))
    entries.sort()
    if entries and not all(-1 << 31 <= one < 1 << 31 for row in (*entries[:1], *entries[-1:]) for one in row):
        raise LinkError([f"{where}: .eh_frame_hdr at {table_at:#x} lies more than 2 GiB from the code it is the table of"])
    out = pack("<BBBBiI", 1, 0x1B, 0x03, 0x3B, frames_at - table_at - 4, len(entries))
    return out + b"".join(pack("<ii", *entry) for entry in entries)
