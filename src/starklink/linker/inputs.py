"""Inputs of a link: the fragments of all modules as parallel lists.

A fragment's index in these lists is its id for the rest of the link; id order is placement order inside an output
section.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..objwriter.model import Fragment, ObjectModule, section_kind
from ..support.record import dataclass, field

GROUPED: Final = (".text", ".rodata", ".data", ".bss")
"""Sections whose dotted variants (".text.cold") go into the output section of the plain name."""


@dataclass(slots=True, eq=False)
class Inputs:
    """Tables over all fragments. `section[i]` is the output section of fragment i, `owner[i]` the name of its
    module."""

    fragments: list[Fragment] = field(default_factory=list)
    section: list[str] = field(default_factory=list)
    owner: list[str] = field(default_factory=list)
    absolute: dict[str, tuple[int, str]] = field(default_factory=dict)
    entry: str = ""

    def place(self, number: int, offset: int) -> str:
        """A place inside a fragment for messages: "main.fsh: Main.main+0x1c (.text)"."""
        fragment = self.fragments[number]
        name = fragment.symbol or "?"
        return f"{self.owner[number]}: {name}+{offset:#x} ({self.section[number]})"


def output_section(name: str) -> str:
    """Name of the output section a fragment's section name belongs to."""
    for base in GROUPED:
        if name.startswith(base) and name[len(base) : len(base) + 1] == ".":
            return base
    return name


def gather(modules: Sequence[ObjectModule]) -> Inputs:
    """The fragments of all modules in order. Raises ValueError for an alignment that is no power of two."""
    inputs = Inputs()
    output: dict[str, str] = {}
    for module in modules:
        for fragment in module.fragments:
            align = fragment.align
            if align < 1 or align & align - 1:
                raise ValueError(f"{module.name}: {fragment.symbol}: alignment {align} is not a power of two")
            name = fragment.section
            if name not in output:
                output[name] = output_section(name)
            inputs.fragments.append(fragment)
            inputs.section.append(output[name])
            inputs.owner.append(module.name)
        for symbol, value in module.absolute.items():
            inputs.absolute[symbol] = (value, module.name)
        inputs.entry = inputs.entry or module.entry
    _common(modules, inputs)
    return inputs


def _common(modules: Sequence[ObjectModule], inputs: Inputs) -> None:
    """Memory for common symbols that no module defines, as large and as aligned as the greatest wish."""
    wanted: dict[str, tuple[int, int, str]] = {}
    for module in modules:
        for symbol, (size, align) in module.common.items():
            before = wanted.get(symbol, (0, 1, module.name))
            wanted[symbol] = max(before[0], size), max(before[1], align), before[2]
    if not wanted:
        return
    defined = {fragment.symbol for fragment in inputs.fragments if fragment.binding != "local"} | set(inputs.absolute)
    for symbol, (size, align, owner) in wanted.items():
        if symbol not in defined:
            inputs.fragments.append(Fragment(symbol, ".bss", b"", align, size, kind="object", binding="global"))
            inputs.section.append(".bss")
            inputs.owner.append(owner)


SMALL_BSS: Final = 64
"""Bytes of bss that may become data."""


def settle_bss(inputs: Inputs) -> None:
    """See that the writable segment begins with data: tools take one of nothing but bss for a mistake.

    All of a small bss becomes data (a section header costs more than its bytes), of a larger one its smallest fragment.
    """
    names = set(inputs.section)
    if ".bss" not in names or any("W" in section_kind(name)[1] for name in names - {".bss"}):
        return
    zeros = [number for number, name in enumerate(inputs.section) if name == ".bss"]
    if sum(inputs.fragments[number].size for number in zeros) > SMALL_BSS:
        zeros = [min(zeros, key=lambda number: inputs.fragments[number].size)]
    if all(inputs.fragments[number].size <= SMALL_BSS for number in zeros):
        for number in zeros:
            inputs.section[number] = ".data"
