"""What an output format has to do: the base of `elf` and `flat`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...places import Place
from ..program import Label, Section, Start

if TYPE_CHECKING:
    from ..assembler import Assembler


class Format:
    """Base of the output formats."""

    def __init__(self, name: str) -> None:
        self.name = name

    def begin(self, assembler: Assembler) -> None:
        """Called before the source is read (each time)."""

    def initial(self, assembler: Assembler) -> Section:
        """The section a source starts in."""
        raise NotImplementedError

    def section(self, assembler: Assembler, name: str, attributes: str) -> Section:
        """The section of a `section` directive. Raises NasmError."""
        raise NotImplementedError

    def align(self, assembler: Assembler, section: Section, boundary: int) -> None:
        """`sectalign`: the section needs at least this alignment."""
        section.align = max(section.align, boundary)

    def directive(self, assembler: Assembler, name: str, text: str) -> bool:
        """A directive only this format knows; False if it does not."""
        return False

    def layout(self, assembler: Assembler) -> None:
        """Everything has its size; addresses can be given."""

    def relocate(
        self, assembler: Assembler, section: Section, out: bytearray, at: int, size: int, target: Section | Start | Label | None,
        number: int, relative: bool, wrt: str | None, check: str, place: Place,
    ) -> None:  # fmt: skip
        """A field that needs an address of another section or object. For `relative` fields `number` is the value relative to
        the start of the field (the field's own place is not subtracted)."""
        raise NotImplementedError

    def write(self, assembler: Assembler) -> bytes:
        """The file."""
        raise NotImplementedError

    def extras(self, assembler: Assembler, source: str, output: str, put: Callable[[str, str], None]) -> None:
        """Further files, given to `put` as (name, text); without a name the text is for stdout."""


def create(assembler: Assembler, name: str, blank: bool) -> Section:
    """A new section of the program."""
    section = Section(name, blank)
    assembler.sections.append(section)
    assembler.by_name[name] = section
    section.begin(assembler.space.chunk(section, 0))
    return section
