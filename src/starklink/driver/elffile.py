"""The `Elf` of the Python API: objwriter's, which knows sections and symbols, with its debug information."""

from __future__ import annotations

from functools import cached_property

from ..dwarf.query import DebugFile
from ..objwriter.elf import reader
from ..objwriter.elf.text import PARTS

_DEBUG = ("lines", "dies")


class Elf(reader.Elf):
    """An ELF file with `dwarf`, its debug information; see `objwriter.elf.reader.Elf` for everything else."""

    @cached_property
    def dwarf(self) -> DebugFile:
        """Units, entries and the answers to `find(address)`; without units if there is no debug information.

        Raises ElfError and DwarfError for damaged sections.
        """
        return DebugFile.of(self)

    def dump(self, *parts: str) -> str:
        """Text of parts of the file: those of `objwriter.elf.text.PARTS`, "lines" and "dies"; default: all but these two.

        Raises ElfError and DwarfError for damaged parts, KeyError for unknown ones.
        """
        from ..dwarf.reader import Dwarf
        from ..dwarf.text import dump_dies, dump_lines

        out = []
        for part in parts or PARTS:
            if part in _DEBUG:
                dwarf = Dwarf(self.debug_sections(), self.order)
                out.append(dump_lines(dwarf) if part == "lines" else dump_dies(dwarf))
            else:
                out.append(super().dump(part))
        return "\n".join(out)
