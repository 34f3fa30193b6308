"""One unit's debug sections, put together: strings, abbreviations, entries, lines and lists as fragments.

    info = UnitSections(5, "/src")
    info.unit.add(...)            entries (units.py)
    info.lines.sequence(...)      line rows (lines.py)
    info.fragments()              every section that has content
"""

from __future__ import annotations

from ..objwriter.model import Fragment
from .lines import LineTable
from .lists import LocationLists, RangeLists, finish_lists
from .strings import Strings
from .units import Abbreviations, Unit


class UnitSections:
    """The parts of one compile unit. `version` is 4 or 5; `linked`: nothing else contributes to the output's debug
    sections."""

    def __init__(self, version: int = 5, directory: str = "", linked: bool = False) -> None:
        if version not in (4, 5):
            raise ValueError(f"DWARF version {version}")
        self.version = version
        self.directory = directory
        self.strings = Strings(".debug_str")
        self.line_strings = Strings(".debug_line_str")
        self.abbreviations = Abbreviations(version)
        self.unit = Unit(self.abbreviations, version, linked)
        self.lines = LineTable(version, directory, self.line_strings, linked)
        self.ranges = RangeLists(version, linked)
        self.locations = LocationLists(version, linked)

    @property
    def text_form(self) -> str:
        """The form of file and directory names in the unit's entry."""
        return "line_strp" if self.version >= 5 else "strp"

    def text(self, value: str) -> int:
        """The value of such a name."""
        return self.line_strings[value] if self.version >= 5 else self.strings[value]

    def fragments(self) -> list[Fragment]:
        """All sections with content, in a fixed order."""
        out = [self.unit.fragment(), self.abbreviations.fragment(), self.lines.fragment(), self.strings.fragment()]
        if self.version >= 5:
            out.append(self.line_strings.fragment())
        parts: tuple[RangeLists | LocationLists, ...] = (self.ranges, self.locations)
        for part in parts:
            finish_lists(part)
            if part.section.data:
                out.append(part.section.fragment())
        return out
