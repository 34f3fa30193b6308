"""What a run is asked for: the options of the command line as values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .limits import Limits
from .program import LOCAL, STATIC

if TYPE_CHECKING:
    from .assembler import Assembler
    from .formats.elf import Elf
    from .pp.core import Preprocessor

AFFIXES = {
    "prefix": "gprefix", "gprefix": "gprefix", "suffix": "gsuffix", "postfix": "gsuffix", "gsuffix": "gsuffix",
    "gpostfix": "gsuffix", "lprefix": "lprefix", "lsuffix": "lsuffix", "lpostfix": "lsuffix",
}  # fmt: skip


class Options:
    """Options of one assembly. `definitions`: lines for the preprocessor before the source, in order; `level`: 0 and 1 are
    NASM's -O0 and -O1, 2 stands for all others."""

    def __init__(self) -> None:
        self.source = ""
        self.format = "bin"
        self.paths: list[str] = []
        self.definitions: list[str] = []
        self.no_line = False
        self.level = 2
        self.dwarf_lines = False
        self.debug_format = ""
        self.affix: dict[str, str] = {}
        self.fixed: set[str] = set()
        self.raw = False
        self.limits = Limits()
        self.tasm = False
        # makes the sections of debug information: (section, relocations) from (assembler, format, sections)
        self.debug: Callable[[Assembler, Elf, dict[Any, Any]], list[Any]] | None = None
        self.file_prefix_map: list[tuple[str, str]] = []

    def prepare(self, pp: Preprocessor) -> None:
        """Give the preprocessor its source and what comes before it."""
        pp.tasm = self.tasm
        pp.limits = self.limits
        lines, numbers = pp.files.lines(self.source)
        pp.dependencies[self.source] = None
        pp.push_file(self.source, lines, numbers)
        if self.definitions:
            pp.push_file("<command line>", self.definitions, None, quiet=True)

    def affixes(self, kind: int) -> tuple[str, str]:
        """What stands in front of and behind the name of a symbol of that kind in the object."""
        if not self.affix:
            return "", ""
        if kind >= STATIC:  # (what is static is named as global symbols are)
            return self.affix.get("gprefix", ""), self.affix.get("gsuffix", "")
        assert kind >= LOCAL
        return self.affix.get("lprefix", ""), self.affix.get("lsuffix", "")

    def set_affix(self, name: str, text: str) -> None:
        """Set an affix; the first to do so wins."""
        self.affix.setdefault(AFFIXES[name], text)
