"""Writes a file that was read back in place: every byte of it stays where it was unless something was edited.

    elf = open_elf(path);  elf.section(".note").data = other;  content = rewrite(elf)

Sections, segments and the header's numbers may be edited; contents keep their size, sections and segments their count,
names and offsets. For anything that moves, make an image (`elf.image()`) and `write` it.
"""

from __future__ import annotations

from struct import error as StructError

from .consts import SHT_NOBITS, SHT_NULL
from .model import ElfError, Section
from .reader import Elf


def rewrite(elf: Elf) -> bytes:
    """The bytes of the file: those it was read from, with the headers and contents as they are now.

    Raises ElfError for contents of another size, and for values that their field cannot hold.
    """
    out = bytearray(elf.content)
    try:
        _sections(elf, out)
        _segments(elf, out)
        ident = bytes(elf.content[:7]) + bytes((elf.os_abi, elf.abi_version)) + bytes(elf.content[9:16])
        elf._layout("ehdr").pack_into(out, 0, ident, elf.type, elf.machine, elf.version, elf.entry, elf.phoff, elf.shoff,
                                      elf.flags, elf.ehsize, elf.phentsize, elf.phnum, elf.shentsize, elf.shnum, elf.shstrndx)
    except (StructError, ValueError) as error:
        raise error if isinstance(error, ElfError) else ElfError(f"a header cannot hold its values: {error}") from error
    return bytes(out)


def _sections(elf: Elf, out: bytearray) -> None:
    record = elf._layout("shdr")
    numbers = {id(section): number for number, section in enumerate(elf.sections)}
    for number, section in enumerate(elf.sections):
        at = elf.shoff + number * record.size
        name, _, _, _, offset, size, *_ = record.unpack_from(elf.content, at)
        if section.type not in (SHT_NULL, SHT_NOBITS):
            if len(section.data) != size or section.offset != offset:
                raise ElfError(f"section {section.name} of {size} bytes at {offset:#x} has moved or changed its size")
            out[offset:offset + size] = section.data
        # The null section's size and links hold the counts that do not fit the file header.
        kept = size if section.type == SHT_NULL else section.memory_size
        link, info = (numbers[id(one)] if isinstance(one, Section) else one for one in (section.link, section.info))
        record.pack_into(out, at, name, section.type, section.flags, section.address, section.offset, kept, link, info,
                         section.align, section.entsize)


def _segments(elf: Elf, out: bytearray) -> None:
    record = elf._layout("phdr")
    for number, one in enumerate(elf.segments):
        values = {"type": one.type, "flags": one.flags, "offset": one.offset, "vaddr": one.address, "paddr": one.physical,
                  "filesz": one.file_size, "memsz": one.memory_size, "align": one.align}
        record.pack_into(out, elf.phoff + number * record.size, *[values[name] for name in record.fields])
