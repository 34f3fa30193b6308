"""Order of sections by files: those of --symbol-ordering-file here, those of --section-ordering-file in `section_order.py`.

The sections of symbols a file lists come first in their output sections, in the order of the list. What runs together lies
together then (code at start-up, for instance). Names of local symbols count as well.
"""

from __future__ import annotations

from typing import Final

from . import tables as t
from .exports import globs
from .tables import Context
from .versions import read_text

_FIXED: Final = (".init", ".fini", ".ctors", ".dtors", ".preinit_array", ".eh_frame", ".jcr", ".note")
_REASONS: Final = {t.SHARED_OBJECT: "a shared object defines it", t.UNDEFINED: "it is undefined", t.ABSOLUTE: "it is absolute",
                   t.LINKER: "the linker defines it"}


def order_symbols(ctx: Context) -> None:
    """Rank sections as --symbol-ordering-file says, unless they have ranks."""
    if ctx.options.symbol_order and not ctx.section_rank:
        ctx.section_rank = rank_sections(ctx, read_text(ctx.options.symbol_order))


def order_sections(ctx: Context) -> list[int]:
    """Rank sections as --section-ordering-file says, in a link without a layout; once. The result are those of KEEP."""
    if not ctx.options.section_order or ctx.section_home:
        return []
    from .section_order import order_default

    return order_default(ctx)


def rank_sections(ctx: Context, text: str) -> dict[int, int]:
    """Section id -> its place in the order, from the file's text: a name a line, `#` begins a comment line. What the list has
    and the link has not is a warning."""
    wanted: dict[str, int] = {}
    tell = ctx.warnings if ctx.options.warn_symbol_ordering else []
    for line in text.splitlines():
        name = line.strip()
        if name and name[0] != "#":
            if name in wanted:
                tell.append(f"symbol ordering file: symbol {name} is there more than once: the first place counts")
            wanted.setdefault(name, len(wanted))
    ranks: dict[int, int] = {}
    why = dict.fromkeys(wanted, "no such symbol")
    for name, section in zip(ctx.sym_name, ctx.sym_section):
        if name not in wanted:
            continue
        if section >= 0 and ctx.sec_live[section]:
            ranks[section] = min(ranks.get(section, len(wanted)), wanted[name])
            why.pop(name, None)
        elif name in why:
            why[name] = _REASONS.get(section, "its section is left out")
    tell += [f"symbol ordering file: unable to order {name}: {reason}" for name, reason in why.items()]
    return ranks


def shuffled(ctx: Context, order: list[int]) -> list[int]:
    """Sections in another order, as --shuffle-sections and --reverse-sections ask for: those that match take each other's places.
    What must stay where it is, because something begins or ends there, does."""
    from random import Random

    order = list(order)
    for glob, seed in ctx.options.shuffle:
        wanted = globs([glob])
        places = [at for at, section in enumerate(order) if not ctx.sec_name[section].startswith(_FIXED) and
                  wanted(ctx.sec_name[section])]
        taken = [order[at] for at in places]
        if seed == -1:
            taken.reverse()
        else:
            Random(seed).shuffle(taken)
        for at, section in zip(places, taken):
            order[at] = section
    return order


def place_ranked(ctx: Context, members: list[int]) -> None:
    """Bring the ranked ones of an output section's members to its front."""
    ranks = ctx.section_rank
    if any(section in ranks for section in members):
        members.sort(key=lambda section: ranks.get(section, len(ctx.sec_name)))
