"""`starklink dump`: what is in an image, as text that compares well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..dwarf.linereader import line_units
from ..dwarf.reader import Dwarf
from ..objwriter.ar import archive_data, dump_archive, is_archive, read_archive
from ..objwriter.elf.data import describe
from ..objwriter.elf.reader import Elf
from ..objwriter.elf.text import dump

ELF_PARTS = {"headers": ("headers", "segments", "notes"), "sections": ("sections",), "symbols": ("symbols",),
             "relocations": ("relocations", "relative"), "dynamic": ("dynamic", "versions", "hashes"), "groups": ("groups",),
             "notes": ("notes",), "versions": ("versions",), "segments": ("segments",),
             "all": ("headers", "sections", "segments", "dynamic", "relocations", "relative", "symbols", "versions", "hashes",
                     "groups", "notes")}


def text(data: bytes, what: str, directory: Path | None = None) -> str:
    """A part of an ELF image: one of ELF_PARTS, "lines", "dies" or "disasm".

    For an archive "headers" and "all" are its members and index; of the other parts it has those of every member that is
    an ELF file. `directory`: where a thin archive's members are. Raises ValueError for bytes that are no readable ELF file
    or archive or hold damaged debug information.
    """
    if is_archive(data):
        archive = read_archive(data, directory)
        if what in ("headers", "all"):
            return dump_archive(archive)
        objects = ((member.name, bytes(archive.content(member))) for member in archive.members)
        return "\n".join(f"File: {name}\n{text(content, what)}" for name, content in objects if content[:4] == b"\x7fELF")
    elf = Elf(data)
    if what in ELF_PARTS:
        return dump(elf, ELF_PARTS[what])
    dwarf = Dwarf(elf.debug_sections())
    if what == "disasm":
        return "".join(f"{line}\n" for line in _disassembly(elf, dwarf))
    from ..dwarf.text import dump_dies, dump_lines

    return dump_lines(dwarf) if what == "lines" else dump_dies(dwarf)


def values(data: bytes, what: str, directory: Path | None = None) -> dict[str, Any]:
    """What `text` prints as data for JSON: a part of ELF_PARTS; for an archive its members, index and the members' parts.

    Raises ValueError as `text` does, and for "lines", "dies" and "disasm", which exist as text only.
    """
    if what not in ELF_PARTS:
        raise ValueError(f"{what} cannot be printed as JSON")
    if is_archive(data):
        archive = read_archive(data, directory)
        made = archive_data(archive)
        if what not in ("headers", "all"):
            for row, member in zip(made["members"], archive.members):
                content = bytes(archive.content(member))
                if content[:4] == b"\x7fELF":
                    row["file"] = describe(Elf(content), ELF_PARTS[what])
        return made
    return describe(Elf(data), ELF_PARTS[what])


def _disassembly(elf: Elf, dwarf: Dwarf) -> Iterator[str]:
    """The executable sections with names and, where statements begin, source lines."""
    from ..asm.disasm import disassemble

    names = {one.name: one.value for one in elf.symbols() if one.name}
    lines: dict[int, str] = {}
    for unit in line_units(dwarf):
        for row in unit.rows:
            if not row.end and row.flags & 1 and row.line:
                lines[row.address] = f"{unit.files[row.file].name}:{row.line}"
    for section in elf.sections:
        if section.flags & 4:
            source = {address - section.address: place for address, place in lines.items()}
            yield f"{section.name}:"
            yield from disassemble(bytes(section.data), section.address, names, source=source)
