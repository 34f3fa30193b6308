"""What matching takes and makes: input sections as columns, output sections with their members."""

from __future__ import annotations

from typing import Final, NamedTuple

from ...support.record import dataclass, field
from ..plan import Assert, Assign, Command, OutputSection

SHT_NOTE, SHT_NOBITS, SHT_RELA, SHT_REL = 7, 8, 4, 9
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR, SHF_TLS = 1, 2, 4, 0x400

CONTENTS: Final = 1
ALLOC: Final = 2
LOAD: Final = 4
READONLY: Final = 8
CODE: Final = 16
TLS: Final = 32
DEBUG: Final = 64
"""Section properties as the placement rules of GNU ld see them: has bytes, has an address, is loaded from the file, ..."""

_DEBUG_NAMES: Final = (".debug", ".zdebug", ".gnu.debuglto_", ".gnu.linkonce.wi.", ".line", ".stab", ".gdb_index")


class SectionView(NamedTuple):
    """An input section for Python functions. `file` is the member's name if `archive` is not ""."""

    id: int
    name: str
    file: str
    archive: str
    type: int
    flags: int
    size: int
    align: int


@dataclass(slots=True, eq=False)
class Sections:
    """Input sections in link order; the index is the id. `alive` (empty: all): 0 for sections that are not part of the link."""

    name: list[str] = field(default_factory=list)
    file: list[str] = field(default_factory=list)
    archive: list[str] = field(default_factory=list)
    type: list[int] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    size: list[int] = field(default_factory=list)
    align: list[int] = field(default_factory=list)
    alive: bytes | bytearray = b""

    def add(self, name: str, file: str, type: int, flags: int, size: int, align: int, archive: str = "") -> int:
        """Append a section; the result is its id."""
        self.name.append(name)
        self.file.append(file)
        self.archive.append(archive)
        self.type.append(type)
        self.flags.append(flags)
        self.size.append(size)
        self.align.append(max(1, align))
        return len(self.name) - 1

    def view(self, number: int) -> SectionView:
        """A row."""
        return SectionView(number, self.name[number], self.file[number], self.archive[number], self.type[number],
                           self.flags[number], self.size[number], self.align[number])

    def properties(self, number: int) -> int:
        """CONTENTS, ALLOC ... of a section."""
        return properties(self.name[number], self.type[number], self.flags[number])


def properties(name: str, kind: int, flags: int) -> int:
    """CONTENTS, ALLOC ... of ELF type and flags."""
    out = 0 if kind == SHT_NOBITS else CONTENTS
    if flags & SHF_ALLOC:
        out |= ALLOC | (0 if kind == SHT_NOBITS else LOAD)
    elif name.startswith(_DEBUG_NAMES):
        out |= DEBUG
    if not flags & SHF_WRITE:
        out |= READONLY
    if flags & SHF_EXECINSTR:
        out |= CODE
    if flags & SHF_TLS:
        out |= TLS
    return out


@dataclass(slots=True, eq=False)
class Out:
    """An output section of one link: its description, the commands with the members of each input pattern, its properties.

    `exists`: something is in it or mentions it. `touched`: a symbol is assigned in it, so it has an address even when empty.
    The second half is filled by `assign`: addresses and sizes in bytes; `ignored`: empty, takes no part.
    """

    spec: OutputSection
    commands: list[Command] = field(default_factory=list)
    members: list[list[int]] = field(default_factory=list)
    properties: int = 0
    type: int = 0
    flags: int = 0
    exists: bool = False
    touched: bool = False
    dropped: bool = False
    """Its ONLY_IF_RO or ONLY_IF_RW does not hold."""
    vma: int = 0
    lma: int = 0
    size: int = 0
    align: int = 1
    ignored: bool = False
    kept: bool = False
    started: bool = False

    @property
    def name(self) -> str:
        """The section's name."""
        return self.spec.name

    def sections(self) -> list[int]:
        """All members in order."""
        return [number for members in self.members for number in members]

    def add(self, table: Sections, number: int, command: int) -> None:
        """Make an input section the next member of a command."""
        self.members[command].append(number)
        self.grow(table.properties(number), table.type[number], table.flags[number])

    def grow(self, added: int, kind: int, flags: int, input: bool = True) -> None:
        """Let a part's properties become the section's, as the type in the script allows. `input` False: explicit data."""
        spec_type = self.spec.type
        if spec_type == "NOLOAD":
            added &= ~(LOAD | CONTENTS)
        elif spec_type == "READONLY":
            added |= READONLY
        elif spec_type:
            added &= ~(ALLOC | LOAD)
            flags &= ~SHF_ALLOC
        if not self.exists or not self.properties:
            self.properties, self.type, self.flags = added | (self.properties & ~READONLY), kind, flags
        else:
            if self.type != kind:
                self.type = 1 if SHT_NOBITS in (self.type, kind) and self.type + kind == SHT_NOBITS + 1 else \
                    kind if self.type == SHT_NOBITS else self.type if kind == SHT_NOBITS else 1
            self.properties |= added & ~READONLY
            if input and not added & READONLY:
                self.properties &= ~READONLY
            self.flags |= flags
        self.exists = True


Placed = Out | Assign | Assert


@dataclass(slots=True, eq=False)
class Matched:
    """Statements in final order with orphans placed; `discarded`, `orphans`: section ids; `keep`: matched by a KEEP pattern."""

    statements: list[Placed]
    outputs: list[Out]
    discarded: list[int]
    orphans: list[int]
    keep: set[int]
    problems: list[str] = field(default_factory=list)
