"""From a layout and section contents to the bytes of an ELF file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from ..objwriter.elf.consts import (
    PT,
    SHF,
    SHN_ABS,
    SHT,
    STB_GLOBAL,
    STB_LOCAL,
    STB_WEAK,
    STT_FUNC,
    STT_NOTYPE,
    STT_OBJECT,
)
from ..objwriter.elf.model import ElfFile, Section, Segment, Symbol
from ..objwriter.elf.writer import write
from .layout import Layout

BINDINGS: Final = {"local": STB_LOCAL, "global": STB_GLOBAL, "weak": STB_WEAK}
KINDS: Final = {"none": STT_NOTYPE, "object": STT_OBJECT, "func": STT_FUNC}


class ImageSymbol(NamedTuple):
    """A symbol of the image. `section` is the index of its output section, -1 for an absolute value; `size` in
    bytes."""

    name: str
    value: int
    size: int
    binding: str
    kind: str
    section: int


def elf_bytes(made: Layout, contents: Sequence[bytearray], symbols: Sequence[ImageSymbol], entry: int) -> bytes:
    """The whole file. Raises objwriter's ElfError when bytes and layout contradict each other."""
    sections = [
        Section(one.name, SHT[one.kind], SHF.parse(one.flags), one.address, data,
                one.size, one.align, one.entry_size, offset=one.offset)
        for one, data in zip(made.sections, contents)
    ]  # fmt: skip
    segments = [
        Segment(PT[kind], access, (), align, offset, address, address, file_size, memory_size)
        for kind, access, offset, address, file_size, memory_size, align in made.segments
    ]
    table = [
        Symbol(name, value & 0xFFFFFFFFFFFFFFFF, size, sections[home] if home >= 0 else SHN_ABS, BINDINGS[binding], KINDS[kind])
        for name, value, size, binding, kind, home in symbols
    ]
    return write(ElfFile(entry=entry, segments=segments, sections=sections, symbols=table))
