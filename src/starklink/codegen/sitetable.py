"""The table of call sites that stack traces and exceptions walk at run time (docs/runtime.md, "Traces and the site table").

Built from the placed fragments: text is laid out in their order, so return addresses ascend.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from struct import pack
from typing import Final

from ..ir.module import Function, Module, Signature
from ..ir.scopes import frames
from ..objwriter.model import Fixup, Fragment, Reloc
from ..support.spans import SourceMap

NAMES: Final = ("__sites_pc", "__sites_row", "__site_count", "__scopes")
MAX_COLUMN: Final = 4095
MAX_LINE: Final = (1 << 20) - 1
_STRING: Final = "string$desc"


def site_table(module: Module, fragments: Sequence[Fragment], sources: SourceMap) -> list[Fragment]:
    """The fragments `__sites_pc`, `__sites_row`, `__site_count`, `__scopes` and the strings they name.

    Nothing if no fragment refers to them.
    """
    if not any(fixup.symbol in NAMES for fragment in fragments for fixup in fragment.fixups):
        return []
    scopes = _Scopes(sources)
    inlined = _inlined(module)
    pcs: list[Fixup] = []
    pads: list[Fixup] = []
    words: list[int] = []
    new = tuple.__new__
    for fragment in fragments:
        if not fragment.sites:
            continue
        symbol = fragment.symbol
        function = module.symbols[module.symbol_ids.get(symbol, 0)]
        code = function if isinstance(function, Function) else None
        number, within = -1, ""         # row of the function itself, and the file it is for
        for offset, pos, scope, frame, handler in fragment.sites:
            if code is None or inlined[scope]:
                row, place = scopes.of(frames(module, code, pos, scope) if code is not None else [])
            else:
                file, place = scopes.where(pos)
                if number < 0 or file != within:
                    number, within = scopes.own(code, file), file
                row = number
            if handler:
                pads.append(Fixup(4 * len(words) + 12, Reloc.ABS32, symbol, handler - 1))
            pcs.append(new(Fixup, (4 * len(pcs), Reloc.ABS32, symbol, offset)))
            words += (row, place, frame, 0)
    return _fragments(pcs, pads, pack(f"<{len(words)}I", *words), scopes)


def _inlined(module: Module) -> list[bool]:
    """By debug scope: it may lie in the body of an inlined call."""
    out: list[bool] = []
    for scope in module.debug_scopes:
        out.append(scope.kind == "inlined" or scope.parent >= len(out) or (scope.parent > 0 and out[scope.parent]))
    return out


class _Scopes:
    """The rows of `__scopes`: (name, file, outer row + 1 or 0, place of the call in the outer function)."""

    def __init__(self, sources: SourceMap) -> None:
        self.files = sources.files
        self.bases = [file.base for file in self.files]
        self.entry_file = sources.entry.name if sources.entry is not None else ""
        self.file = self.files[0] if self.files else None       # of the last position looked at
        self.line = self.low = self.high = 0                    # its line has the positions [low, high)
        self.numbers: dict[tuple[str, str, int, int], int] = {}
        self.strings: dict[str, int] = {}

    def of(self, chain: list[tuple[Function, int]]) -> tuple[int, int]:
        """(row, place) of a chain of frames, innermost first; hidden frames have no names."""
        outer = place = 0
        for function, pos in reversed(chain or [_UNKNOWN]):
            call = place
            file, place = self.where(pos)
            outer = self.own(function, file, outer, call) + 1
        return outer - 1, place

    def own(self, function: Function, file: str, outer: int = 0, call: int = 0) -> int:
        """Number of a function's row for positions in a file."""
        name = "" if function.runtime else function.name
        return self.row(name, (file or self.where(function.pos)[0]) if name else "", outer, call)

    def where(self, pos: int) -> tuple[str, int]:
        """(file, line << 12 | column) of a position."""
        file = self.file
        if not pos or file is None:
            return "", 0
        if not self.low <= pos < self.high:
            if not 0 <= pos - file.base <= len(file.text):
                file = self.file = self.files[bisect_right(self.bases, pos) - 1]
            starts = file.line_starts
            self.line = line = bisect_right(starts, pos - file.base)
            self.low = file.base + starts[line - 1]
            self.high = file.base + (starts[line] if line < len(starts) else len(file.text) + 1)
        return file.name, min(self.line, MAX_LINE) << 12 | min(pos - self.low + 1, MAX_COLUMN)

    def row(self, name: str, file: str, outer: int, call: int) -> int:
        """Number of a row."""
        key = (name, file, outer, call)
        known = self.numbers.get(key)
        if known is None:
            known = self.numbers[key] = len(self.numbers)
            for text in (name, file):
                if text:
                    self.strings.setdefault(text, len(self.strings))
        return known


_UNKNOWN: Final = (Function("", "", Signature((), 0), runtime=True), 0)


def _fragments(pcs: list[Fixup], pads: list[Fixup], rows: bytes, table: _Scopes) -> list[Fragment]:
    scopes = bytearray()
    names: list[Fixup] = []
    for name, file, outer, call in table.numbers:
        for word, text in enumerate((name, file)):
            if text:
                names.append(Fixup(len(scopes) + 4 * word, Reloc.ABS32, f"__name${table.strings[text]}", 0))
        scopes += pack("<4I", 0, 0, outer << 1 | int(file != table.entry_file), call)
    out = [
        Fragment("__site_count", ".rodata", pack("<Q", len(pcs)), 8, kind="object"),
        Fragment("__sites_pc", ".rodata", bytes(4 * len(pcs)), 8, fixups=pcs, kind="object"),
        Fragment("__sites_row", ".rodata", rows, 8, fixups=pads, kind="object"),
        Fragment("__scopes", ".rodata", bytes(scopes), 8, fixups=names, kind="object"),
    ]
    for text, number in table.strings.items():
        data = text.encode()
        size = (16 + len(data) + 1 + 7) & ~7
        out.append(Fragment(f"__name${number}", ".rodata", pack("<QQ", 0, len(data)) + data, 8, size,
                            [Fixup(0, Reloc.ABS64, _STRING, 0)], kind="object"))
    return out
