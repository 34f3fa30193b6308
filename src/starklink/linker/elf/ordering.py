"""--symbol-ordering-file: sections of symbols a file lists come first in their output sections, in the order of the list.

What runs together lies together then (code at start-up, for instance). Names of local symbols count as well.
"""

from __future__ import annotations

from typing import Final

from . import tables as t
from .tables import Context

_REASONS: Final = {t.SHARED_OBJECT: "a shared object defines it", t.UNDEFINED: "it is undefined", t.ABSOLUTE: "it is absolute",
                   t.LINKER: "the linker defines it"}


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


def place_ranked(ctx: Context, members: list[int]) -> None:
    """Bring the ranked ones of an output section's members to its front."""
    ranks = ctx.section_rank
    if any(section in ranks for section in members):
        members.sort(key=lambda section: ranks.get(section, len(ctx.sec_name)))
