"""--emit-relocs: the relocations of the inputs, moved to where their sections went, as .rela.NAME beside the linked sections.

Kinds stay as the compiler wrote them, also where an instruction was relaxed. Places are addresses (gABI, "Relocation"); symbols
that the output's table does not have become the symbol of their section and a distance.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import pack

from ...objwriter.elf.layouts import RECORDS
from ..script.arithmetic import MASK, signed
from . import tables as t
from .addresses import frame_offset
from .ehframe import split_frames
from .i386 import rel_row
from .merge import merged_offset
from .objects import InputError
from .tables import Context, Output

SHF_ALLOC, SHF_INFO_LINK = 2, 0x40
STT_SECTION = 3


def kept_relocations(ctx: Context, outputs: list[Output], symtab: Output, index: dict[int, int],
                     section_symbol: dict[int, int]) -> list[Output]:
    """A section of relocations for each output section that has some. `index`: symbol id -> row of .symtab; `section_symbol`:
    number of an output section -> row of its symbol."""
    made, machine = [], ctx.machine
    for out in outputs:
        rows = bytearray()
        parts = [out, *(part for part in ctx.inner if part.parent is not None and part.parent[0] is out)]
        for place, kind, symbol, addend in (row for part in parts for row in _rows(ctx, part)):
            row, moved = _target(ctx, symbol, addend, index, section_symbol)
            if row < 0:
                row, kind, moved = 0, 0, 0
            if machine.in_place:        # the place holds what was computed, as in the output of GNU ld
                rows += rel_row(bytearray(), -1, place, row, kind, 0)
            else:
                rows += pack("<QQq", place & MASK, row << 32 | kind, signed(moved))
        if rows:
            made.append(Output(f"{machine.table}{out.name}", machine.type, SHF_INFO_LINK, machine.word, machine.row, content=rows,
                               size=len(rows), link=symtab, info=out))
    return made


def _rows(ctx: Context, out: Output) -> Iterator[tuple[int, int, int, int]]:
    """(address, kind, symbol id, addend) of everything an output section was made of."""
    record = RECORDS["rela", 64, "<"]
    base = out.address if out.flags & SHF_ALLOC else 0
    for section in out.members:
        rela = ctx.sec_rela[section]
        if rela is None:
            continue
        symbols = ctx.files[ctx.sec_file[section]].symbols
        for offset, info, addend in record.iter_unpack(rela):
            if info >> 32 < len(symbols):
                yield base + ctx.sec_offset[section] + offset, info & 0xFFFFFFFF, symbols[info >> 32], addend
    if out.name != ".eh_frame" or out.content is None:
        return
    for section, (_, places, _) in ctx.eh_frames.items():
        if ctx.sec_output[section] is not out:
            continue
        symbols = ctx.files[ctx.sec_file[section]].symbols
        try:
            records = split_frames(ctx, section)
        except InputError:
            continue
        for one, at in zip(records, places):
            for offset, info, addend in one.relocations if at >= 0 else ():
                yield base + at + offset - one.offset, info & 0xFFFFFFFF, symbols[info >> 32], addend


def _target(ctx: Context, symbol: int, addend: int, index: dict[int, int], section_symbol: dict[int, int]) -> tuple[int, int]:
    """(row of .symtab, addend); row -1 for what is not in the output."""
    row = index.get(symbol, -1)
    if row >= 0:
        return row, addend
    section = ctx.sym_section[symbol]
    if section < 0:
        return (0, addend) if section in (t.UNDEFINED, t.ABSOLUTE) else (-1, 0)
    value = ctx.sym_value[symbol]
    if section in ctx.merged:
        apart = 0 if ctx.sym_type[symbol] == STT_SECTION else addend
        section, offset = merged_offset(ctx, section, value + addend - apart)
        offset += apart
    elif section in ctx.eh_frames:
        offset = frame_offset(ctx, section, value + addend)
    else:
        offset = value + addend
    out = ctx.sec_output[section]
    if out is None or not ctx.sec_live[section] or out.index not in section_symbol:
        return -1, 0
    inside = out.parent[1] if out.parent is not None else 0
    return section_symbol[out.index], offset + (ctx.sec_offset[section] if out.content is None else inside)
