"""--section-ordering-file: input sections that come first in output sections, whatever else places them (GNU ld 2.43).

    .text : { *(.text.first) *(.text.z*) }      # the same words as inside SECTIONS, but only input sections
    .data : { start.o(.data.first) }

With a layout the patterns stand in front of those of its output section, and have their sections before any other pattern is
asked. Without one, sections get a rank and a home (`Context.section_rank`, `Context.section_home`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import LinkError
from ..plan import Input, OutputSection, Plan

if TYPE_CHECKING:
    from .options import Options
    from .scripted import Scripted
    from .tables import Context


def read_order(options: Options) -> list[OutputSection]:
    """The output sections of the file, whose inputs have their `early` numbers. Raises LinkError."""
    from ...support.diagnostics import Bag
    from ...support.spans import SourceMap
    from ..script.defsym import problems_of
    from ..script.parser import read_script
    from .versions import read_text

    sources = SourceMap()
    bag = Bag(sources)
    plan = read_script(options.section_order, read_text(options.section_order), sources, bag, bare=True)
    number = 0
    made = []
    for one in plan.statements:
        if not isinstance(one, OutputSection) or not all(isinstance(part, Input) for part in one.commands):
            start, end = (one.start, one.end) if isinstance(one, OutputSection) else (0, 0)
            bag.error("LS032", start, end, "a section ordering file can only place input sections into output sections")
            continue
        for part in one.commands:
            if isinstance(part, Input):
                number += 1
                part.early = number
        made.append(one)
    if bag.error_count:
        raise LinkError(problems_of(bag))
    return made


def order_layout(options: Options, script: Scripted) -> None:
    """Put the patterns of the file in front of those of the layout. Raises LinkError."""
    _unknown(options, script.plan)
    for one in read_order(options):
        home = next(out for out in script.plan.output_sections() if out.name == one.name)
        ahead = sum(isinstance(part, Input) and part.early > 0 for part in home.commands)
        home.commands[ahead:ahead] = one.commands


def _unknown(options: Options, plan: Plan) -> None:
    known = {out.name for out in plan.output_sections()}
    unknown = [one.name for one in read_order(options) if one.name not in known]
    if unknown:
        raise LinkError([f"{options.section_order}: the layout has no output section {name}" for name in unknown])


def order_default(ctx: Context) -> list[int]:
    """Rank the sections of a link without a layout; the result are those of KEEP. Raises LinkError."""
    from ...support.diagnostics import Bag
    from ...support.spans import SourceMap
    from ..script.default import default_script
    from ..script.match import arranged
    from ..script.parser import read_script
    from .scripted import table_of

    options = ctx.options
    sources = SourceMap()
    _unknown(options, read_script("default script", default_script(0), sources, Bag(sources)))
    table, ids = table_of(ctx, [])
    ranked = [(one.name, part, found) for one in read_order(options)
              for part, found in arranged([part for part in one.commands if isinstance(part, Input)], table)]
    kept = []
    for home, part, found in ranked:
        for number in found:
            if ids[number] not in ctx.section_home:
                ctx.section_rank[ids[number]] = len(ctx.section_rank)
                ctx.section_home[ids[number]] = home
                if part.keep:
                    kept.append(ids[number])
    return kept
