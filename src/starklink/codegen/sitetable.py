"""The table of call sites that stack traces and exceptions walk at run time (docs/runtime.md, "Traces and the site table").

Built from the placed fragments: text is laid out in their order, so return addresses ascend.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from struct import pack
from typing import Final

from ..ir.module import Function, Module
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
    strings: dict[str, int] = {}
    scopes: dict[tuple[str, str], int] = {}
    scope_rows: list[tuple[str, str, int]] = []
    pcs: list[Fixup] = []
    pads: list[Fixup] = []
    rows = bytearray()
    entry_file = sources.entry.name if sources.entry is not None else ""
    files = sources.files
    bases = [file.base for file in files]
    for fragment in fragments:
        if not fragment.sites:
            continue
        number = module.symbol_ids.get(fragment.symbol, 0)
        function = module.symbols[number]
        hidden = not isinstance(function, Function) or function.runtime
        title = function.name if isinstance(function, Function) and not hidden else ""
        symbol = fragment.symbol
        file = files[bisect_right(bases, function.pos) - 1] if isinstance(function, Function) and function.pos else None
        for offset, pos, _, frame, handler in fragment.sites:
            place = 0
            if pos and files:
                if file is None or not 0 <= pos - file.base <= len(file.text):
                    file = files[bisect_right(bases, pos) - 1]
                at = pos - file.base
                line = file.line_of(at)
                place = min(line, MAX_LINE) << 12 | min(at - file.line_starts[line - 1] + 1, MAX_COLUMN)
            name = "" if file is None or hidden else file.name
            key = (title, name)
            scope = scopes.get(key)
            if scope is None:
                scope = scopes[key] = len(scope_rows)
                scope_rows.append((title, name, int(name != entry_file)))
                for text in key:
                    if text:
                        strings.setdefault(text, len(strings))
            pcs.append(Fixup(4 * len(pcs), Reloc.ABS32, symbol, offset))
            if handler:
                pads.append(Fixup(len(rows) + 12, Reloc.ABS32, symbol, handler - 1))
            rows += pack("<4I", scope, place, frame, 0)
    return _fragments(pcs, pads, bytes(rows), scope_rows, strings)


def _fragments(pcs: list[Fixup], pads: list[Fixup], rows: bytes, scope_rows: list[tuple[str, str, int]],
               strings: dict[str, int]) -> list[Fragment]:
    scopes = bytearray()
    names: list[Fixup] = []
    for title, name, foreign in scope_rows:
        for word, text in enumerate((title, name)):
            if text:
                names.append(Fixup(len(scopes) + 4 * word, Reloc.ABS32, f"__name${strings[text]}", 0))
        scopes += pack("<4I", 0, 0, foreign, 0)
    out = [
        Fragment("__site_count", ".rodata", pack("<Q", len(pcs)), 8, kind="object"),
        Fragment("__sites_pc", ".rodata", bytes(4 * len(pcs)), 8, fixups=pcs, kind="object"),
        Fragment("__sites_row", ".rodata", rows, 8, fixups=pads, kind="object"),
        Fragment("__scopes", ".rodata", bytes(scopes), 8, fixups=names, kind="object"),
    ]
    for text, number in strings.items():
        data = text.encode()
        size = (16 + len(data) + 1 + 7) & ~7
        out.append(Fragment(f"__name${number}", ".rodata", pack("<QQ", 0, len(data)) + data, 8, size,
                            [Fixup(0, Reloc.ABS64, _STRING, 0)], kind="object"))
    return out
