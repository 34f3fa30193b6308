"""Reachability: which fragments of a library a program needs, as from an archive but piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ..objwriter.model import Fragment

ALWAYS: Final = (".boot", ".note")
"""Sections that loaders read: nothing in the program refers to them."""


def undefined(fragments: Iterable[Fragment]) -> list[str]:
    """Names that fixups mention and no fragment or label defines, in order of first mention."""
    defined: set[str] = set()
    wanted: dict[str, None] = {}
    for fragment in fragments:
        defined.add(fragment.symbol)
        defined.update(fragment.labels)
        for fixup in fragment.fixups:
            wanted[fixup.symbol] = None
    return [name for name in wanted if name not in defined]


def pull(names: Iterable[str], library: Sequence[Fragment]) -> list[Fragment]:
    """The library's fragments that `names` lead to, in library order; those of sections ALWAYS are always among
    them."""
    home: dict[str, int] = {}
    for number, fragment in enumerate(library):
        for name in (fragment.symbol, *fragment.labels):
            if name:
                home[name] = number
    taken = {number for number, fragment in enumerate(library) if fragment.section.startswith(ALWAYS)}
    pending = sorted(taken)
    for name in names:
        found = home.get(name, -1)
        if found >= 0 and found not in taken:
            taken.add(found)
            pending.append(found)
    while pending:
        for fixup in library[pending.pop()].fixups:
            found = home.get(fixup.symbol, -1)
            if found >= 0 and found not in taken:
                taken.add(found)
                pending.append(found)
    return [library[number] for number in sorted(taken)]
