"""What a finished layout must not have: references a script forbids, overlapping sections, writable code."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from ...objwriter.elf.layouts import RECORDS
from ..errors import LinkError
from .layout import PF_W, PF_X, PT_LOAD, PT_TLS, Frame
from .messages import shown_name
from .references import described
from .tables import Context

if TYPE_CHECKING:
    from .scripted import Scripted

SHF_ALLOC, SHF_TLS, SHT_NOBITS = 2, 0x400, 8


def check_layout(ctx: Context, frame: Frame, script: Scripted | None) -> None:
    """Problems and warnings go to the context. Raises LinkError for what no file can hold, whatever --noinhibit-exec says."""
    options = ctx.options
    limit = 1 << (32 if options.machine == "i386" else 64)
    for out in frame.outputs:
        if out.size >= limit or (out.flags & SHF_ALLOC and out.address + out.size > limit):
            ctx.problems.append(f"section {out.name} at {out.address:#x} of size {out.size:#x} exceeds the address space")
            raise LinkError(ctx.problems)
    if options.warn_rwx_segments and (script is None or script.plan.phdrs is None):
        for segment in frame.segments:
            if segment.type == PT_LOAD and segment.flags & PF_W and segment.flags & PF_X and segment.memory_size:
                names = ", ".join(out.name for out in segment.sections)
                ctx.warnings.append(f"{options.output} has a LOAD segment with RWX permissions ({names})\n>>> hint: align data "
                                    "to a page of its own in the script, or give --no-warn-rwx-segments")
            elif segment.type == PT_TLS and segment.flags & PF_X:
                ctx.warnings.append(f"{options.output} has a TLS segment with execute permission")
    if script is None:
        if options.section_starts and options.check_sections:
            _overlaps(ctx, frame)
    elif script.plan.no_cross_refs or script.plan.no_cross_refs_to:
        _cross_references(ctx, script)


def _overlaps(ctx: Context, frame: Frame) -> None:
    placed = sorted((out for out in frame.outputs if out.flags & SHF_ALLOC and out.size
                     and not (out.flags & SHF_TLS and out.type == SHT_NOBITS)), key=lambda out: out.address)
    for first, second in pairwise(placed):
        if second.address < first.address + first.size:
            ctx.problems.append(
                f"section {second.name} at {second.address:#x} overlaps section {first.name}, which ends at "
                f"{first.address + first.size:#x}\n>>> hint: choose other addresses, or give --no-check-sections")


def _cross_references(ctx: Context, script: Scripted) -> None:
    """NOCROSSREFS and NOCROSSREFS_TO (GNU ld manual, "Miscellaneous Commands")."""
    forbidden = {(source, target) for names in script.plan.no_cross_refs for source in names for target in names
                 if source != target}
    forbidden |= {(source, names[0]) for names in script.plan.no_cross_refs_to for source in names[1:] if source != names[0]}
    sources = {source for source, _ in forbidden}
    record = RECORDS["rela", 64, "<"]
    for section, out in enumerate(ctx.sec_output):
        rela = ctx.sec_rela[section]
        if out is None or out.name not in sources or rela is None or not ctx.sec_live[section]:
            continue
        symbols = ctx.files[ctx.sec_file[section]].symbols
        for offset, info, _ in record.iter_unpack(rela):
            symbol = symbols[info >> 32]
            home = ctx.sym_section[symbol]
            target = ctx.sec_output[home] if home >= 0 else None
            if target is not None and (out.name, target.name) in forbidden:
                ctx.problems.append(f"{described(ctx, section, offset)}: prohibited cross reference from {out.name} to "
                                    f"{shown_name(ctx, symbol)} in {target.name}\n>>> NOCROSSREFS in the script forbids it")
