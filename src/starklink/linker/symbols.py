"""Symbol resolution: which fragment defines a name.

A strong definition (local or global) beats weak ones; the first of several weak ones counts; two strong ones are an
error. Absolute symbols and those the layout defines (`layout.DEFINED`) are found last, so a module may override the
latter.
"""

from __future__ import annotations

from collections.abc import Collection

from ..support.record import dataclass, field
from .errors import LinkError
from .inputs import Inputs


@dataclass(slots=True, eq=False)
class Resolution:
    """`definition[name]` is (fragment id, offset in bytes into the fragment)."""

    definition: dict[str, tuple[int, int]] = field(default_factory=dict)
    absolute: dict[str, int] = field(default_factory=dict)


def resolve(inputs: Inputs, defined_by_layout: Collection[str]) -> Resolution:
    """Find the definition of every name. Raises LinkError naming duplicates and undefined symbols with who refers to
    them."""
    found = Resolution()
    definition = found.definition
    problems: list[str] = []
    for number, fragment in enumerate(inputs.fragments):
        name = fragment.symbol
        if name:
            if name not in definition:
                definition[name] = (number, 0)
            elif fragment.binding != "weak":
                first = definition[name]
                if inputs.fragments[first[0]].binding == "weak" and not first[1]:
                    definition[name] = (number, 0)
                else:
                    problems.append(_duplicate(inputs, name, first, (number, 0)))
        for label, offset in fragment.labels.items():
            if label in definition:
                problems.append(_duplicate(inputs, label, definition[label], (number, offset)))
            definition[label] = (number, offset)
    for name, (value, owner) in inputs.absolute.items():
        if name in definition:
            problems.append(f"symbol {name} is defined twice: in {inputs.place(*definition[name])} and absolute in {owner}")
        found.absolute[name] = value
    problems += _undefined(inputs, found, defined_by_layout)
    if problems:
        raise LinkError(problems)
    return found


def _duplicate(inputs: Inputs, name: str, first: tuple[int, int], second: tuple[int, int]) -> str:
    return f"symbol {name} is defined twice: in {inputs.place(*first)} and in {inputs.place(*second)}"


def _undefined(inputs: Inputs, found: Resolution, defined_by_layout: Collection[str]) -> list[str]:
    wanted: set[str] = set()
    for fragment in inputs.fragments:
        if fragment.fixups:
            wanted.update([fixup.symbol for fixup in fragment.fixups])
    # A leading dot means the start of an output section, unless a fragment or label has that very name.
    sections = set(inputs.section)
    missing = [
        name
        for name in wanted
        if name not in found.definition and name not in found.absolute and name not in defined_by_layout and name not in sections
    ]
    if not missing:
        return []
    users: dict[str, list[str]] = {name: [] for name in sorted(missing)}
    for number, fragment in enumerate(inputs.fragments):
        for fixup in fragment.fixups:
            if fixup.symbol in users:
                users[fixup.symbol].append(inputs.place(number, fixup.offset))
    out = []
    for name, places in users.items():
        shown = "".join(f"\n    referenced by {place}" for place in places[:3])
        more = f"\n    and {len(places) - 3} more" if len(places) > 3 else ""
        out.append(f"undefined symbol {name}{shown}{more}")
    return out
