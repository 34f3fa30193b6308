"""Layout: every output section gets an address and a file offset, every run of equal permissions a segment.

Two shapes, chosen by the target (`SHAPES`):

* packed (linux): sections follow each other in the file without padding. A new segment starts one page further up in
  memory at an address congruent to its file offset, so the page that two segments share in the file is mapped twice
  with different rights.
* flat (pc): file layout == memory layout from the load address on, because Multiboot 1 loaders with address fields
  copy the file as it is and ignore program headers. Segments start on page boundaries in the file too.

No segment is both writable and executable. Order: headers and notes (R), code (RX), read-only data (R), data and bss
(RW), and behind them, without addresses, what only tools read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from ..objwriter.model import section_kind
from ..support.record import dataclass, field
from .errors import LinkError
from .inputs import Inputs
from .symbols import Resolution

PAGE: Final = 4096
ELF_HEADER: Final = 64
PROGRAM_HEADER: Final = 56

READ: Final = 4
WRITE: Final = 2
EXECUTE: Final = 1


class Shape(NamedTuple):
    """Where an image lies. `flat`: file layout equals memory layout. `limit`: first address that is not allowed."""

    base: int
    flat: bool
    limit: int
    notes: tuple[str, ...]
    stack_header: bool


SHAPES: Final[Mapping[str, Shape]] = {
    # Return addresses in the site table are 32 bits wide and code may use 32-bit absolute addresses: all below 2 GiB.
    "linux": Shape(0x400000, False, 1 << 31, (), True),
    # Some loaders keep the result of the last PT_NOTE and refuse alignments other than 4: exactly one, the Xen note's.
    "pc": Shape(0x100000, True, 1 << 31, (".note.Xen", ".note.xen"), False),
}

DEFINED: Final = (
    "__image_start",
    "__image_end",
    "__load_end",
    "__boot_start",
    "__boot_end",
    "__text_start",
    "__text_end",
    "__rodata_start",
    "__rodata_end",
    "__data_start",
    "__data_end",
    "__bss_start",
    "__bss_end",
    "__code_start",
    "__code_end",
    "__const_start",
    "__const_end",
    "__vars_start",
    "__vars_end",
)
"""Symbols a fragment may refer to without anybody defining them (addresses of the first byte and behind the last byte).

`__code_*`, `__const_*` and `__vars_*` span whole segments (RX, R behind the code, RW with bss); the others one section.
`__load_end` is the end of what lies in the file, `__image_end` the end of bss.
"""


@dataclass(slots=True, eq=False)
class OutputSection:
    """A section of the image. `address` is 0 for sections that are not loaded; `size` in bytes, also for bss."""

    name: str
    kind: str
    flags: str
    rank: int
    align: int = 1
    entry_size: int = 0
    address: int = 0
    offset: int = 0
    size: int = 0
    fragments: list[int] = field(default_factory=list)

    @property
    def loaded(self) -> bool:
        """True for sections that have an address in the running program."""
        return "A" in self.flags

    @property
    def access(self) -> int:
        """Rights of the segment that holds the section (READ, WRITE, EXECUTE bits)."""
        return READ | (WRITE if "W" in self.flags else 0) | (EXECUTE if "X" in self.flags else 0)


class Segment(NamedTuple):
    """A program header. `kind` is "LOAD", "NOTE", "GNU_STACK" or "GNU_EH_FRAME"; `access` READ/WRITE/EXECUTE bits."""

    kind: str
    access: int
    offset: int
    address: int
    file_size: int
    memory_size: int
    align: int


@dataclass(slots=True, eq=False)
class Layout:
    """Where everything goes. `start[i]` is the offset of fragment i in its section, `home[i]` the index of that
    section."""

    shape: Shape
    sections: list[OutputSection]
    segments: list[Segment]
    start: list[int]
    home: list[int]
    symbols: dict[str, int]
    file_end: int

    def address(self, number: int) -> int:
        """Address of a fragment (offset into the section for sections that are not loaded)."""
        return self.sections[self.home[number]].address + self.start[number]


def layout(inputs: Inputs, target: str) -> Layout:
    """Place all fragments for a target. Raises LinkError if the image does not fit below the shape's limit."""
    shape = SHAPES[target]
    sections, start, home = _sections(inputs)
    groups = _groups(sections)
    special = _special(sections, shape)
    headers = ELF_HEADER + PROGRAM_HEADER * (len(groups) + len(special) + shape.stack_header)
    loads, offset = _addresses(groups, shape, headers)
    segments = loads + [_covering(kind, section) for kind, section in special]
    if shape.stack_header:
        segments.append(Segment("GNU_STACK", READ | WRITE, 0, 0, 0, 0, 16))
    for section in sections:
        if not section.loaded:
            section.offset = offset = offset + section.align - 1 & -section.align
            offset += section.size
    made = Layout(shape, sections, segments, start, home, {}, offset)
    made.symbols = _symbols(made)
    end = made.symbols["__image_end"]
    if end > shape.limit:
        raise LinkError([f"the image ends at {end:#x}, {end - shape.limit} bytes above the limit of {target} ({shape.limit:#x})"])
    return made


def addresses(inputs: Inputs, found: Resolution, made: Layout) -> dict[str, int]:
    """Final address of every name a fixup can mention (offset into the section where that is not loaded)."""
    out = dict(made.symbols)
    for section in made.sections:
        out[section.name] = section.address
    out.update(found.absolute)
    base = [made.sections[home].address + start for home, start in zip(made.home, made.start)]
    for name, (number, offset) in found.definition.items():
        out[name] = base[number] + offset
    return out


def _rank(name: str, kind: str, flags: str) -> int:
    """Place in the file: lower ranks first, equal ranks in order of appearance."""
    if "A" not in flags:
        return 9 if name.startswith(".debug_") else 8
    if "W" in flags:
        return 7 if kind == "NOBITS" else 6
    if "X" in flags:
        return 1 if name.startswith(".boot") else 2
    if kind == "NOTE":
        return 0
    return {".eh_frame_hdr": 4, ".eh_frame": 5}.get(name, 3)


def _sections(inputs: Inputs) -> tuple[list[OutputSection], list[int], list[int]]:
    """Output sections in file order, with each fragment's offset in its section and its section's index."""
    by_name: dict[str, OutputSection] = {}
    start: list[int] = []
    for number, (fragment, name) in enumerate(zip(inputs.fragments, inputs.section)):
        section = by_name.get(name)
        if section is None:
            kind, flags = section_kind(name)
            section = by_name[name] = OutputSection(name, kind, flags, _rank(name, kind, flags), entry_size="S" in flags)
        align = fragment.align
        if align > section.align:
            section.align = align
        at = section.size + align - 1 & -align
        start.append(at)
        section.size = at + fragment.size
        section.fragments.append(number)
    sections = sorted(by_name.values(), key=lambda section: section.rank)
    index = {section.name: at for at, section in enumerate(sections)}
    return sections, start, [index[name] for name in inputs.section]


def _groups(sections: list[OutputSection]) -> list[list[OutputSection]]:
    """Runs of loaded sections with equal rights; the first one holds the headers and is only readable."""
    groups: list[list[OutputSection]] = [[]]
    access = READ
    for section in sections:
        if section.loaded:
            if section.access != access:
                groups.append([])
                access = section.access
            groups[-1].append(section)
    return groups


def _special(sections: list[OutputSection], shape: Shape) -> list[tuple[str, OutputSection]]:
    """Sections with a program header of their own besides the loaded segment they lie in."""
    out = []
    for section in sections:
        if section.kind == "NOTE" and (not shape.notes or section.name in shape.notes):
            out.append(("NOTE", section))
        elif section.name == ".eh_frame_hdr":
            out.append(("GNU_EH_FRAME", section))
    return out


def _covering(kind: str, section: OutputSection) -> Segment:
    return Segment(kind, READ, section.offset, section.address, section.size, section.size, section.align)


def _addresses(groups: list[list[OutputSection]], shape: Shape, headers: int) -> tuple[list[Segment], int]:
    """Set address and offset of loaded sections; return the LOAD segments and the file offset behind them."""
    segments: list[Segment] = []
    offset, address = headers, shape.base + headers
    for number, group in enumerate(groups):
        page = max([PAGE, *(section.align for section in group)])
        first_offset, first_address = 0, shape.base
        if number:
            if shape.flat:
                offset = offset + page - 1 & -page
            if group[0].kind != "NOBITS":
                offset += -offset % group[0].align
            address = (address + page - 1 & -page) + offset % page
            first_offset, first_address = offset, address
        for section in group:
            skip = -address % section.align
            address += skip
            if section.kind != "NOBITS":
                offset += skip
            section.address, section.offset = address, offset
            address += section.size
            if section.kind != "NOBITS":
                offset += section.size
        access = group[0].access if number else READ
        segments.append(
            Segment("LOAD", access, first_offset, first_address, offset - first_offset, address - first_address, page)
        )
    return segments, offset


def _symbols(made: Layout) -> dict[str, int]:
    """Values of DEFINED."""
    shape = made.shape
    loads = [segment for segment in made.segments if segment.kind == "LOAD"]
    end = loads[-1].address + loads[-1].memory_size
    values = {"__image_start": shape.base, "__image_end": end, "__load_end": loads[-1].address + loads[-1].file_size}
    by_name = {section.name: section for section in made.sections}
    for name in ("boot", "text", "rodata", "data", "bss"):
        section = by_name.get("." + name)
        values[f"__{name}_start"] = section.address if section else end
        values[f"__{name}_end"] = section.address + section.size if section else end
    for name, access in (("code", READ | EXECUTE), ("const", READ), ("vars", READ | WRITE)):
        found = [segment for segment in loads[1:] if segment.access == access]
        values[f"__{name}_start"] = found[0].address if found else end
        values[f"__{name}_end"] = found[0].address + found[0].memory_size if found else end
    return values
