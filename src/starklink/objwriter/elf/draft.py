"""Makes ELF files from nothing: named sections, symbols and relocations; everything else is derived.

    obj = Elf.object("x86_64")
    obj.section(".text").function("main", code, [(1, "PLT32", "puts", -4)])
    obj.write("main.o")

A relocatable object keeps its relocations; an executable gets addresses and segments (`autolayout.py`) and has them applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from ..model import Fixup, Fragment, section_kind
from .consts import (
    EM,
    EM_386,
    EM_X86_64,
    ET_REL,
    RELOCATION_NAMES,
    SHF,
    SHF_MERGE,
    SHN_ABS,
    SHN_UNDEF,
    SHT,
    SHT_NOBITS,
    SHT_NOTE,
    STB,
    STB_LOCAL,
    STT,
    STT_FILE,
    STV,
)
from .encode import notes
from .model import AUTO, Diagnostic, ElfError, ElfFile, Section, SectionGroup, Segment, Symbol
from .views import Note

MACHINES: Final = {
    "x86_64": (EM_X86_64, 64, "<"), "i386": (EM_386, 32, "<"), "aarch64": (EM["AARCH64"], 64, "<"), "arm": (EM["ARM"], 32, "<"),
    "riscv64": (EM["RISCV"], 64, "<"), "riscv32": (EM["RISCV"], 32, "<"), "ppc": (EM["PPC"], 32, ">"),
    "ppc64": (EM["PPC64"], 64, ">"), "ppc64le": (EM["PPC64"], 64, "<"), "s390x": (EM["S390"], 64, ">"),
    "mips": (EM["MIPS"], 32, ">"), "mipsel": (EM["MIPS"], 32, "<"), "mips64": (EM["MIPS"], 64, ">"),
    "sparc64": (EM["SPARCV9"], 64, ">"), "m68k": (EM["68K"], 32, ">"), "loongarch64": (EM["LOONGARCH"], 64, "<"),
    "bpf": (EM["BPF"], 64, "<")}
"""Machines by name: e_machine, class in bits and byte order."""
_FILL: Final = {EM_X86_64: b"\xcc", EM_386: b"\xcc"}
Patch = tuple[int, "str | int", "str | Symbol | Section", int]
"""A relocation as callers write it: offset, type ("PC32", "R_X86_64_PC32" or its number), symbol, addend."""


class DraftSection:
    """A section in the making. `section` is the model's; bytes are appended by the methods."""

    def __init__(self, draft: ElfDraft, section: Section) -> None:
        self.draft = draft
        self.section = section
        self.address = section.address
        self.data = bytearray()
        self.fixups: list[Fixup] = []

    @property
    def name(self) -> str:
        """The section's name."""
        return self.section.name

    @property
    def size(self) -> int:
        """Bytes the section has so far."""
        return self.section.size if self.section.type == SHT_NOBITS else len(self.data)

    def append(self, data: bytes | bytearray = b"", align: int = 1, size: int = 0) -> int:
        """Append bytes (for a NOBITS section: room for `size`) at a multiple of `align`; returns their offset.

        Raises ElfError for bytes in a NOBITS section and for an alignment that is no power of two.
        """
        if align < 1 or align & align - 1:
            raise ElfError(f"section {self.name}: alignment {align} is no power of two")
        section = self.section
        section.align = max(section.align, align)
        start = -self.size % align + self.size
        if section.type == SHT_NOBITS:
            if data:
                raise ElfError(f"section {self.name} has no bytes in the file")
            section.size = start + size
            return start
        filler = _FILL.get(self.draft.machine, b"\0") if section.flags & SHF.bits["X"] else b"\0"
        self.data += filler * (start - len(self.data))
        self.data += data
        self.data += bytes(max(0, size - len(data)))
        return start

    def define(self, name: str, data: bytes | bytearray = b"", relocations: Iterable[Patch] = (), *, size: int = 0,
               align: int = 1, type: str = "OBJECT", binding: str = "LOCAL", visibility: str = "DEFAULT") -> Symbol:
        """Append a datum and name it. `relocations` have offsets in it; `size` 0: that of the data.

        Raises ElfError for a name defined twice and for unknown types, bindings and relocations.
        """
        start = self.append(data, align, size)
        self.relocate(relocations, start)
        return self.draft.symbol(name, start, max(size, len(data)), self, type=type, binding=binding, visibility=visibility)

    def function(self, name: str, code: bytes | bytearray, relocations: Iterable[Patch] = (), *, align: int = 16,
                 binding: str = "GLOBAL", visibility: str = "DEFAULT") -> Symbol:
        """Append a function's code and name it; see `define`."""
        return self.define(name, code, relocations, align=align, type="FUNC", binding=binding, visibility=visibility)

    def label(self, name: str, offset: int = -1, binding: str = "LOCAL") -> Symbol:
        """Name a place: an offset in the section, or where the next byte will be."""
        return self.draft.symbol(name, self.size if offset < 0 else offset, 0, self, binding=binding)

    def relocate(self, relocations: Iterable[Patch], start: int = 0) -> None:
        """Add relocations with offsets from `start`. Raises ElfError for types the machine does not have."""
        for offset, kind, symbol, addend in relocations:
            name = symbol if isinstance(symbol, str) else symbol.name
            self.fixups.append(Fixup(start + offset, self.draft.relocation_type(kind), name, addend))


class ElfDraft:
    """An ELF file in the making. `type`: an ELF type; `machine`: a name of MACHINES or e_machine with `bits` and `order`.

    `base`: address of the first byte of an executable; `page`: its page size; `entry`: a symbol's name or an address.
    Sections with an address of their own keep it, the others are laid out. Raises ElfError for an unknown machine.
    """

    def __init__(self, type: int = ET_REL, machine: str | int = "x86_64", *, bits: int = 0, order: str = "",
                 entry: str | int = "", base: int = 0x400000, page: int = 0x1000, flags: int = 0, os_abi: int = 0,
                 name: str = "") -> None:
        known = MACHINES.get(machine) if isinstance(machine, str) else (machine, 64, "<")
        if known is None:
            raise ElfError(f"unknown machine {machine!r}; known are {', '.join(MACHINES)}")
        self.type, self.flags, self.os_abi = type, flags, os_abi
        self.machine = known[0]
        self.bits, self.order = bits or known[1], order or known[2]
        if self.bits not in (32, 64) or self.order not in ("<", ">"):
            raise ElfError(f"an ELF file has 32 or 64 bits and byte order '<' or '>', not {self.bits} and {self.order!r}")
        self.entry, self.base, self.page = entry, base, page
        self.sections: list[DraftSection] = []
        self.segments: list[Segment] = []
        self.groups: list[SectionGroup] = []
        self.symbols: dict[str, Symbol] = {}
        self._named: dict[str, DraftSection] = {}
        self._unnamed: list[Symbol] = []
        if name:
            self._unnamed.append(Symbol(name, section=SHN_ABS, binding=STB_LOCAL, type=STT_FILE))

    def section(self, name: str, *, type: str | int = "", flags: str | int | None = None, align: int = 1, address: int = 0,
                entsize: int = -1, new: bool = False) -> DraftSection:
        """The section of that name, made if there is none (or `new`, for a second one of the name).

        What is not given follows from the name (`model.section_kind`): type ("PROGBITS"), flags ("AX"), entry size.
        Raises ElfError for unknown types and flags.
        """
        found = self._named.get(name)
        if found is not None and not new:
            return found
        kind, letters = section_kind(name)
        try:
            number = type if isinstance(type, int) else SHT[type or kind]
            bits = SHF.parse(letters if flags is None else flags) if not isinstance(flags, int) else flags
        except KeyError as error:
            raise ElfError(f"section {name}: unknown type or flag {error}") from None
        size = (1 if bits & SHF_MERGE else 0) if entsize < 0 else entsize
        made = DraftSection(self, Section(name, number, bits, address, align=align, entsize=size,
                                          size=0 if number == SHT_NOBITS else AUTO))
        self.sections.append(made)
        self._named.setdefault(name, made)
        return made

    def symbol(self, name: str, value: int = 0, size: int = 0, section: DraftSection | Section | int = SHN_ABS, *,
               type: str = "NOTYPE", binding: str = "GLOBAL", visibility: str = "DEFAULT") -> Symbol:
        """Define a symbol: at offset `value` of a section, absolute, or (SHN_COMMON, SHN_UNDEF) elsewhere.

        Raises ElfError for a name defined twice and unknown types, bindings and visibilities.
        """
        home = section.section if isinstance(section, DraftSection) else section
        try:
            made = Symbol(name, value, size, home, STB[binding], STT[type], STV[visibility])
        except KeyError as error:
            raise ElfError(f"symbol {name}: unknown type, binding or visibility {error}") from None
        if not name:
            self._unnamed.append(made)
            return made
        if name in self.symbols:
            raise ElfError(f"symbol {name} is defined twice")
        self.symbols[name] = made
        return made

    def extern(self, name: str, binding: str = "GLOBAL") -> Symbol:
        """Declare a symbol of another file. Needed only for weak ones: relocations declare what they name."""
        return self.symbol(name, section=SHN_UNDEF, binding=binding)

    def group(self, signature: str, *members: DraftSection, comdat: bool = True) -> SectionGroup:
        """Make sections (and their relocations) a group under the name of a symbol."""
        made = SectionGroup(signature, [one.section for one in members], comdat)
        self.groups.append(made)
        return made

    def note(self, section: str, owner: str, type: int, payload: bytes) -> DraftSection:
        """Append a note to a note section, which is made if need be."""
        home = self.section(section, type=SHT_NOTE, flags="A")
        home.append(notes(self, [Note(owner, type, payload)]), 4)
        return home

    def place(self, *fragments: Fragment) -> None:
        """Append fragments of the assembler, the code generator or the DWARF writer, with their symbols and fixups.

        Raises ElfError for symbols defined twice.
        """
        for one in fragments:
            home = self.section(one.section)
            start = home.append(one.data, max(one.align, 1), one.size)
            home.fixups += [fixup._replace(offset=fixup.offset + start) for fixup in one.fixups]
            kinds = {"func": "FUNC", "object": "OBJECT"}
            if one.symbol:
                self.symbol(one.symbol, start, one.size, home, type=kinds.get(one.kind, "NOTYPE"), binding=one.binding.upper())
            for name, offset in one.labels.items():
                self.symbol(name, start + offset, 0, home, binding="LOCAL")

    def relocation_type(self, kind: str | int) -> int:
        """The number of a relocation type, with or without its prefix ("PC32", "R_X86_64_PC32"). Raises ElfError."""
        if isinstance(kind, int):
            return kind
        names = RELOCATION_NAMES.get(self.machine)
        number = names.values.get(kind.removeprefix(names.prefix + "_")) if names else None
        if number is None:
            raise ElfError(f"machine {EM.name(self.machine)} has no relocation {kind!r}" if names else
                           f"the relocations of machine {EM.name(self.machine)} are known by number only, not as {kind!r}")
        return number

    def image(self) -> ElfFile:
        """The file as the writer takes it: laid out and relocated unless it is an object. Raises ElfError."""
        for one in self.sections:
            if one.section.type != SHT_NOBITS:
                one.section.data = bytes(one.data)
            one.section.fixups = one.fixups
            one.section.offset, one.section.address = AUTO, one.address
        symbols = [*self._unnamed, *self.symbols.values()]
        image = ElfFile(self.type, self.machine, 0, self.flags, self.os_abi, 0, self.bits, self.order, list(self.segments),
                        [one.section for one in self.sections], symbols, self.groups)
        if self.type == ET_REL:
            image.entry = self.entry if isinstance(self.entry, int) else 0
            if ".note.GNU-stack" not in {one.name for one in self.sections} and self.machine in (EM_X86_64, EM_386):
                image.sections.append(Section(".note.GNU-stack"))
            return image
        from .autolayout import lay_out

        return lay_out(image, self.entry, self.base, self.page)

    def __bytes__(self) -> bytes:
        """The file. Raises ElfError for what cannot be written."""
        from .writer import write

        return write(self.image())

    def verify(self, strict: bool = False) -> list[Diagnostic]:
        """What is wrong with the file as it would be written; never raises for it."""
        from .check import check

        try:
            return check(self.image(), strict)
        except ElfError as error:
            return [Diagnostic("EL00", str(error))]

    def write(self, path: str | Path) -> None:
        """Write the file; executables get the right to run. Raises OSError, and ElfError for what cannot be written."""
        from .files import write_file

        write_file(path, bytes(self), self.type)


__all__: Sequence[str] = ["MACHINES", "DraftSection", "ElfDraft"]
