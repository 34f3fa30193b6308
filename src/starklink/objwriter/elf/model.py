"""What an ELF file is: header values, sections, segments, symbols and relocations as plain values.

The writer takes an `ElfFile`, the reader gives one back. Things refer to each other by reference (a symbol to its
section, a section to its string table); numbers such as section indices, string offsets and file offsets are derived on
writing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...support.record import dataclass, field
from ..errors import ElfError as ElfError
from ..model import Fixup
from .consts import EM_X86_64, ET_EXEC, PT_LOAD, SHF_ALLOC, SHT_NOBITS, SHT_PROGBITS, STB_GLOBAL, STT_NOTYPE

AUTO = -1
"""For numbers the writer is to derive."""


@dataclass(slots=True, eq=False)
class Section:
    """A section. `size` is the size in memory in bytes (AUTO: of the data; NOBITS sections have no data).

    `offset` AUTO lets the writer place it in the file. `info` may be a section (relocation sections) or a number.
    `fixups`: what the writer is to make relocations of; their kinds are the machine's relocation types, their symbols
    names of symbols of the file, of sections, or (undefined then) of neither.
    """

    name: str
    type: int = SHT_PROGBITS
    flags: int = 0
    address: int = 0
    data: bytes | bytearray | memoryview = b""
    size: int = AUTO
    align: int = 1
    entsize: int = 0
    link: Section | int = 0
    info: Section | int = 0
    offset: int = AUTO
    fixups: Sequence[Fixup] = ()

    @property
    def memory_size(self) -> int:
        """Bytes the section occupies in memory."""
        return len(self.data) if self.size == AUTO else self.size

    @property
    def file_size(self) -> int:
        """Bytes the section occupies in the file."""
        return 0 if self.type == SHT_NOBITS else len(self.data)

    @property
    def end(self) -> int:
        """Address behind the last byte."""
        return self.address + self.memory_size

    @property
    def allocated(self) -> bool:
        """True if the section is in memory at run time."""
        return bool(self.flags & SHF_ALLOC)


@dataclass(slots=True, eq=False)
class Segment:
    """A program header. Numbers left AUTO are derived from `sections` (ascending addresses, contiguous in the file).

    `headers` makes the segment begin at file offset 0, with the ELF and program headers as part of it.
    """

    type: int = PT_LOAD
    flags: int = 0
    sections: Sequence[Section] = ()
    align: int = 0x1000
    offset: int = AUTO
    address: int = AUTO
    physical: int = AUTO
    file_size: int = AUTO
    memory_size: int = AUTO
    headers: bool = False


class Symbol(NamedTuple):
    """A symbol. `section`: where it lies, or a special index (SHN_UNDEF, SHN_ABS, SHN_COMMON)."""

    name: str
    value: int = 0
    size: int = 0
    section: Section | int = 0
    binding: int = STB_GLOBAL
    type: int = STT_NOTYPE
    visibility: int = 0


class Relocation(NamedTuple):
    """A relocation as read: `symbol` is an index into the linked symbol table, `name` that symbol's (or section's)
    name."""

    offset: int
    type: int
    symbol: int
    addend: int
    name: str


class Diagnostic(NamedTuple):
    """Something wrong with a file: a code of `verify.CODES`, a sentence, and the section it is about ('' for none)."""

    code: str
    message: str
    section: str = ""


@dataclass(slots=True, eq=False)
class SectionGroup:
    """Sections that linkers keep or drop together; of COMDAT groups with one signature (a symbol's name) they keep one."""

    signature: str
    members: Sequence[Section]
    comdat: bool = True


@dataclass(slots=True, eq=False)
class ElfFile:
    """A whole file. `sections` without the null section and without the tables the writer makes (symbols, names,
    relocations of fixups, groups)."""

    type: int = ET_EXEC
    machine: int = EM_X86_64
    entry: int = 0
    flags: int = 0
    os_abi: int = 0
    abi_version: int = 0
    bits: int = 64
    order: str = "<"
    segments: list[Segment] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    symbols: list[Symbol] = field(default_factory=list)
    groups: list[SectionGroup] = field(default_factory=list)
