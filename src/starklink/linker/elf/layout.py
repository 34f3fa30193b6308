"""Addresses, file offsets and program headers of a link without a script.

Segments follow access rights; with `separate_code` no page holds both code and data. RELRO data ends at a page boundary, so that
all of it can be protected. `Segment` rows are complete when `assign` returns.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ...support.record import dataclass, field
from .options import EXEC
from .sections import SHF_ALLOC, SHF_EXECINSTR, SHF_TLS, SHF_WRITE, SHT_NOBITS, SHT_NOTE, is_relro
from .tables import Context, Output

PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE, PT_PHDR, PT_TLS = 1, 2, 3, 4, 6, 7
PT_GNU_EH_FRAME, PT_GNU_STACK, PT_GNU_RELRO, PT_GNU_PROPERTY = 0x6474E550, 0x6474E551, 0x6474E552, 0x6474E553
PF_X, PF_W, PF_R = 1, 2, 4
_HEADERS: Final = {"x86_64": (64, 56, 64), "i386": (52, 32, 40)}
_EXEC_BASE: Final = 0x400000
_EXEC_BASE_32: Final = 0x8048000


@dataclass(slots=True, eq=False)
class Segment:
    """A program header in the making: the sections it spans, or fixed numbers."""

    type: int
    flags: int
    align: int = 1
    sections: list[Output] = field(default_factory=list)
    headers: bool = False
    """Begins with the file and program headers."""
    offset: int = 0
    address: int = 0
    physical: int = 0
    file_size: int = 0
    memory_size: int = 0
    fixed_physical: int = -1
    """Load address a script gives the segment; -1: that of its first section."""


class Frame(NamedTuple):
    """A finished layout: all output sections in file order, program headers, and the end of the laid-out file."""

    outputs: list[Output]
    segments: list[Segment]
    end: int
    inner: list[Output] = []
    """Sections the linker made that lie inside others; see Output.parent."""


def header_sizes(ctx: Context) -> tuple[int, int, int]:
    """Bytes of the file header, a program header and a section header."""
    return _HEADERS[ctx.options.machine]


def permissions(ctx: Context, out: Output) -> int:
    """Segment flags of a section."""
    if ctx.options.omagic:
        return PF_R | PF_W | PF_X
    flags = PF_R | (PF_W if out.flags & SHF_WRITE else 0) | (PF_X if out.flags & SHF_EXECINSTR else 0)
    if not ctx.options.separate_code and not flags & PF_W:
        flags |= PF_X
    return flags


def _apart(out: Output, following: Output) -> bool:
    """Whether a script leaves room between two sections, in memory or where they are loaded from."""
    if out.physical < 0:
        return False
    end = -out.size % following.align + out.size
    return following.address != out.address + end or following.physical != out.physical + end


def segments_of(ctx: Context, outputs: list[Output], dynamic: bool) -> list[Segment]:
    """The program headers in order, without numbers."""
    loaded = [out for out in outputs if out.flags & SHF_ALLOC]
    made: list[Segment] = []
    interp = next((out for out in loaded if out.name == ".interp"), None)
    if interp is not None:
        made.append(Segment(PT_PHDR, PF_R, 8))
        made.append(Segment(PT_INTERP, PF_R, 1, [interp]))
    loads = _loads(ctx, loaded)
    made += loads
    by_name = {out.name: out for out in loaded}
    if ".dynamic" in by_name:
        out = by_name[".dynamic"]
        made.append(Segment(PT_DYNAMIC, PF_R | (PF_W if out.flags & SHF_WRITE else 0), 8, [out]))
    notes: list[Output] = []
    for out in loaded:
        if out.type != SHT_NOTE:
            notes = []
            continue
        if not notes or notes[-1].align != out.align or _apart(notes[-1], out):
            notes = [out]
            made.append(Segment(PT_NOTE, PF_R, out.align, notes))
        else:
            notes.append(out)
    if ".note.gnu.property" in by_name:
        out = by_name[".note.gnu.property"]
        made.append(Segment(PT_GNU_PROPERTY, PF_R, out.align, [out]))
    tls = [out for out in loaded if out.flags & SHF_TLS]
    if tls:
        made.append(Segment(PT_TLS, PF_R, max(out.align for out in tls), tls))
    if ".eh_frame_hdr" in by_name:
        made.append(Segment(PT_GNU_EH_FRAME, PF_R, 4, [by_name[".eh_frame_hdr"]]))
    options = ctx.options
    if options.stack_header:
        made.append(Segment(PT_GNU_STACK, PF_R | PF_W | (PF_X if ctx.execstack else 0), 16, memory_size=options.stack_size or 0))
    relro = [out for out in loaded if out.relro]
    if (relro and dynamic) or (relro and options.relro and options.kind == EXEC):
        made.append(Segment(PT_GNU_RELRO, PF_R, 1, relro))
    return made


def _loads(ctx: Context, loaded: list[Output]) -> list[Segment]:
    starts = dict(ctx.options.section_starts)
    loads: list[Segment] = []
    for out in loaded:
        flags = permissions(ctx, out)
        last = loads[-1] if loads else None
        if last is None or last.flags != flags or out.name in starts or \
                (last.sections[-1].type == SHT_NOBITS and out.type != SHT_NOBITS and not last.sections[-1].flags & SHF_TLS):
            last = Segment(PT_LOAD, flags, ctx.options.max_page_size)
            loads.append(last)
        last.sections.append(out)
    for load in loads:      # an image that moves does so by multiples of this
        widest = max(out.align for out in load.sections)
        load.align = widest if ctx.options.omagic or ctx.options.nmagic else max(load.align, widest)
    return loads


def base_address(ctx: Context) -> int:
    """Where the first segment begins."""
    options = ctx.options
    if options.image_base is not None:
        return options.image_base
    if options.text_segment is not None:
        return options.text_segment
    if options.kind != EXEC:
        return 0
    return _EXEC_BASE_32 if options.machine == "i386" else _EXEC_BASE


def assign(ctx: Context, outputs: list[Output], dynamic: bool) -> Frame:
    """Give every output section its address and file offset."""
    for out in outputs:
        out.relro = bool(out.flags & SHF_ALLOC) and bool(out.flags & SHF_WRITE) and ctx.options.relro and not ctx.options.omagic \
            and is_relro(ctx, out)
    local = [out for out in outputs if out.flags & SHF_TLS and out.flags & SHF_ALLOC]
    if local:       # each thread's copy is aligned as a whole
        local[0].align = max(out.align for out in local)
    segments = segments_of(ctx, outputs, dynamic)
    loads = [segment for segment in segments if segment.type == PT_LOAD]
    file_header, program_header, _ = header_sizes(ctx)
    offset = file_header + program_header * len(segments)
    base = base_address(ctx)
    if loads and ctx.options.image_base is None and ctx.options.text_segment is None:
        base = base + loads[0].align - 1 & -loads[0].align
    address = base + offset
    starts = dict(ctx.options.section_starts)
    first = True
    for load in loads:
        if first:
            load.headers = load.sections[0].name not in starts and not ctx.options.omagic and not ctx.options.nmagic
            first = False
        if not load.headers:
            address, offset = _next_segment(ctx, load, address, offset, starts)
        address, offset = _place(ctx, load.sections, address, offset, starts)
    for out in outputs:
        if not out.flags & SHF_ALLOC:
            offset = offset + out.align - 1 & -out.align
            out.address, out.offset = 0, offset
            if out.type != SHT_NOBITS:
                offset += out.size
    number_segments(ctx, segments)
    # The system maps segments by ascending addresses (gABI, "Program Header").
    ascending = iter(sorted(loads, key=lambda load: load.address))
    segments = [next(ascending) if segment.type == PT_LOAD else segment for segment in segments]
    return Frame(outputs, segments, offset)


def _next_segment(ctx: Context, load: Segment, address: int, offset: int, starts: dict[str, int]) -> tuple[int, int]:
    """Start of a segment behind another one: its own page, at a congruent offset."""
    page, wide = ctx.options.max_page_size, load.align
    first = load.sections[0]
    if first.name in starts:
        address = starts[first.name]
        return address, offset + (address - offset) % wide
    if ctx.options.omagic or ctx.options.nmagic:
        align = max(first.align, 1)
        address = address + align - 1 & -align
        return address, offset + (address - offset) % wide
    apart = ctx.options.separate_code
    if ctx.options.rodata_segment is not None and load.flags == PF_R:
        address = ctx.options.rodata_segment
        return address, offset + (address - offset) % wide
    if apart and not load.flags & PF_W:
        offset = offset + page - 1 & -page
        return (address + wide - 1 & -wide) + offset % wide, offset
    address = (address + wide - 1 & -wide) + offset % wide
    relro = [out for out in load.sections if out.relro]
    if relro:
        # The protected part must end where a page does; moving its start costs no byte of the file.
        end, _ = _place(ctx, relro, address, offset, {})
        widest = max(out.align for out in load.sections)
        shift = -end % page & -widest
        address += shift
        offset += shift
    return address, offset


def _place(ctx: Context, sections: list[Output], address: int, offset: int, starts: dict[str, int]) -> tuple[int, int]:
    """Lay sections out one behind another; (address, offset) behind the last one."""
    page = ctx.options.max_page_size
    protected = False
    local_end = 0
    for out in sections:
        if protected and not out.relro:
            step = -address % page
            address, offset = address + step, offset + step
        protected = out.relro
        if out.name in starts and out is not sections[0]:
            step = starts[out.name] - address
            address, offset = address + step, offset + max(0, step)
        if out.type == SHT_NOBITS and out.flags & SHF_TLS:
            # .tbss takes no room: each thread has its own. Several of them follow each other there.
            start = max(address, local_end)
            out.address = start + -start % out.align
            out.offset, local_end = offset + out.address - address, out.address + out.size
            continue
        step = -address % out.align
        address += step
        offset += step
        out.address, out.offset = address, offset
        address += out.size
        if out.type != SHT_NOBITS:
            offset += out.size
    return address, offset


def number_segments(ctx: Context, segments: list[Segment]) -> None:
    """Addresses, offsets and sizes of program headers, from those of their sections."""
    loads = [segment for segment in segments if segment.type == PT_LOAD]
    for segment in segments:
        parts = segment.sections
        if not parts:
            continue
        first = parts[0]
        segment.address, segment.offset = first.address, first.offset
        held = [out for out in parts if out.type != SHT_NOBITS]
        segment.file_size = max((out.offset + out.size for out in held), default=first.offset) - first.offset
        ends = [out.address + out.size for out in parts
                if segment.type == PT_TLS or not (out.flags & SHF_TLS and out.type == SHT_NOBITS)]
        segment.memory_size = max(ends, default=first.address) - first.address
        if segment.headers:
            segment.address -= first.offset
            segment.file_size += first.offset
            segment.memory_size += first.offset
            segment.offset = 0
        if segment.type == PT_GNU_RELRO:
            _protect(ctx, segment, loads)
        segment.physical = segment.address
        if parts[0].physical >= 0:
            segment.physical = parts[0].physical - (first.address - segment.address)
        if segment.fixed_physical >= 0:
            segment.physical = segment.fixed_physical
    table = next((segment for segment in segments if segment.type == PT_PHDR), None)
    if table is not None:
        home = next((load for load in loads if load.headers), None)
        file_header, program_header, _ = header_sizes(ctx)
        table.offset, table.file_size = file_header, program_header * len(segments)
        table.memory_size = table.file_size
        table.address = table.physical = (home.address if home else 0) + table.offset


def _protect(ctx: Context, segment: Segment, loads: list[Segment]) -> None:
    """Whole pages are protected: the rest of the last one is, too, if nothing else lies there."""
    page = ctx.options.max_page_size
    end = segment.address + segment.memory_size
    last = end + page - 1 & -page
    load = next((one for one in loads if segment.sections[0] in one.sections), None)
    others = [out for one in loads for out in one.sections if out not in segment.sections and out.size]
    if load is None or any(end <= out.address < last for out in others):
        return
    segment.memory_size = last - segment.address
    load.memory_size = max(load.memory_size, last - load.address)


def tls_block(outputs: list[Output]) -> tuple[int, int]:
    """(start of the thread-local image, thread pointer) as addresses: variant II of the TLS layout."""
    parts = [out for out in outputs if out.flags & SHF_TLS]
    if not parts:
        return 0, 0
    start = parts[0].address
    align = max(out.align for out in parts)
    end = max(out.address + out.size for out in parts)
    return start, end + -end % align


