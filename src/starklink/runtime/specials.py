"""The special functions of a target, ready to link: `load("linux")`.

They are written with the assembler in linux.py and pc.py. Assembling them takes longer than the rest of a small link, and they
never change, so tools/gen_specials.py stores the finished fragments in specials.bin.
"""

from __future__ import annotations

import marshal
from os.path import dirname, join
from typing import Final

from ..objwriter.model import CfiMark, Fixup, Fragment

ROOTS: Final = {"linux": ("__start",), "pc": ("__start", "__stack_guard", "__pc_exception")}
"""Library functions the special functions of a target call."""
GUARD: Final = {"linux": ("__stack_guard", "__fault"), "pc": ()}
"""Those that only a program that may exhaust its stack needs. Without them it starts at `_start_plain`, on the kernel's stack."""

ENTRY: Final = "_start"
PLAIN: Final = "_start_plain"


def load(target: str, guarded: bool = True) -> list[Fragment]:
    """Fresh fragments of a target's special functions ("linux" or "pc"); see docs/runtime.md. KeyError for another target.

    Unless `guarded`, `_start` is the one that leaves the stack alone.
    """
    found = _stored(target)
    plain = next((one for one in found if one.symbol == PLAIN), None)
    if plain is None:
        return found
    found.remove(plain)
    if not guarded:
        plain.symbol = ENTRY
        found = [plain, *(one for one in found if one.symbol != ENTRY)]
    return found


def _stored(target: str) -> list[Fragment]:
    with open(join(dirname(__file__), "specials.bin"), "rb") as file:
        rows = marshal.loads(file.read())[target]
    return [
        Fragment(
            symbol,
            section,
            data,
            align,
            size,
            [Fixup(*fixup) for fixup in fixups],
            labels,
            kind,
            binding,
            cfi=[CfiMark(*mark) for mark in cfi],
        )
        for symbol, section, data, align, size, fixups, labels, kind, binding, cfi in rows
    ]


def store(targets: dict[str, list[Fragment]]) -> bytes:
    """The bytes of specials.bin. marshal version 2 gives the same bytes for the same fragments."""
    rows = {
        target: [
            (
                f.symbol,
                f.section,
                f.data,
                f.align,
                f.size,
                [(at, int(reloc), name, addend) for at, reloc, name, addend in f.fixups],
                f.labels,
                f.kind,
                f.binding,
                [tuple(mark) for mark in f.cfi],
            )
            for f in fragments
        ]
        for target, fragments in targets.items()
    }
    return marshal.dumps(rows, 2)
