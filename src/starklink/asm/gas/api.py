"""Assemble a source to an object file.

from starklink.asm.gas.api import assemble

data = assemble(".intel_syntax noprefix\\n.globl f\\nf: mov eax, 42\\n ret\\n", "f.s")
"""

from __future__ import annotations

from collections.abc import Sequence

from .debug import frame_sections, line_section, own_sections
from .elf import apply, object_bytes
from .errors import AssemblyFailed, Diagnostics
from .layout import settle
from .listing import Listed
from .machine import MACHINES
from .source import Source


def assemble(
    text: str, name: str = "<source>", *, syntax: str = "att", include: Sequence[str] = (), directory: str = "",
    bag: Diagnostics | None = None, machine: str = "64", debug: bool = False, alternate: bool = False,
    listed: list[Listed] | None = None,
) -> bytes:  # fmt: skip
    """The ELF relocatable object of a source. `name` is what diagnostics call it, `syntax` what it begins in ("att" or
    "intel"), `include` the folders of `.include` and `.incbin`, `directory` the folder that relative names of `.file` start from.
    `machine`: "64", "x32" (64-bit code with 32-bit addresses) or "32" (i386).
    `debug`: line numbers of the source itself, unless it has .loc; `alternate`: it begins under .altmacro; `listed` receives a
    row per line for `listing.listing`.

    Raises AssemblyFailed with all diagnostics; warnings are in `bag`.
    """
    bag = bag if bag is not None else Diagnostics()
    source = Source(bag, syntax == "intel", tuple(include), MACHINES[machine])
    source.lines.own, source.alternate = debug, alternate
    source.listed = listed
    source.read(text, name)
    if source.lines.pending is not None:
        source.lines.emit(source)
    sections = list(source.sections.values())
    if not bag.errors:
        settle(sections, bag, source.machine.nops)
    if not bag.errors:
        frame_sections(source)
        if source.lines.own:
            own_sections(source, name, directory)
        line_section(source, directory)
        sections = list(source.sections.values())
        rows = apply(source, sections)
    if not bag.errors:
        data = object_bytes(source, rows, sections)
    if bag.errors:
        raise AssemblyFailed(bag)
    return data
