"""-r with a script: sections are joined as it says, but nothing has an address yet."""

from __future__ import annotations

from ..script.assign import assign
from ..script.match import match
from ..script.table import CONTENTS, Sections
from .ordering import place_ranked
from .scripted import SHF_KEPT, SHT_NOBITS, SHT_PROGBITS, Scripted, lookup_of, output_of, set_symbols
from .sections import add_member
from .tables import Context, Output


def join(ctx: Context, made: Scripted, order: list[int]) -> list[Output]:
    """-r: the output sections the script makes of input sections, with its symbols and bytes; what it discards is dropped."""
    plan = made.plan
    ids = order if plan.sections_seen else []
    table = Sections()
    for section in ids:
        file = ctx.files[ctx.sec_file[section]]
        table.add(ctx.sec_name[section], file.name, ctx.sec_type[section], ctx.sec_flags[section], ctx.sec_size[section],
                  ctx.sec_align[section], file.archive)
    matched = match(plan, table, sort_section=ctx.options.sort_section)
    for number in matched.discarded:
        ctx.sec_live[ids[number]] = 0
    orphans = set(matched.orphans)
    for out in matched.outputs:
        for members in out.members:
            members[:] = [ids[row] for row in members if row not in orphans]
            place_ranked(ctx, members)
    placed = assign(plan, matched, ctx.sec_size, ctx.sec_align, lookup=lambda name: lookup_of(ctx, made, name, None),
                    referenced=made.defined.__contains__, check_sections=False)
    ctx.problems += placed.problems
    ctx.warnings += placed.warnings
    outputs: list[Output] = []
    parents: dict[int, Output] = {}
    for out, data, gaps in zip(placed.outputs, placed.data, placed.gaps):
        members = out.sections()
        if not members and not out.size:
            continue
        if members:
            joined = Output(out.name, ctx.sec_type[members[0]], ctx.sec_flags[members[0]] & SHF_KEPT,
                            entsize=ctx.sec_entsize[members[0]])
            for section in members:
                add_member(ctx, joined, section)
                ctx.sec_offset[section] = placed.offset[section]
            joined.type = SHT_PROGBITS if out.properties & CONTENTS and joined.type == SHT_NOBITS else joined.type
        else:
            joined = output_of(ctx, out, [])
        joined.align, joined.size, joined.address, joined.placed = max(1, out.align), out.size, out.vma, True
        joined.extra = [(gap.offset, (gap.fill * (gap.size // len(gap.fill) + 1))[:gap.size]) for gap in gaps if gap.fill] + data
        parents[id(out)] = joined
        outputs.append(joined)
    set_symbols(ctx, made, placed, parents)
    for joined in outputs:
        joined.address = 0      # a later link decides
    return outputs
