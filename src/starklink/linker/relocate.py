"""Relocation: the bytes of every output section, with all fixups applied.

Plain loops on purpose: images made in process have some ten thousand fixups, for which importing an array package
costs more than it saves. Problems are collected, so one link reports all of them.
"""

from __future__ import annotations

from struct import Struct
from struct import error as StructError
from typing import Final

from ..objwriter.model import RELOC_SIZE, Reloc
from .errors import LinkError
from .inputs import Inputs
from .layout import Layout

SIGNED: Final = frozenset({Reloc.PC32, Reloc.PLT32, Reloc.ABS32S, Reloc.PC16, Reloc.PC8, Reloc.PC64})
"""Kinds whose field is a signed number; the others are unsigned (ABS16 and ABS8 accept both)."""
RELATIVE: Final = frozenset({Reloc.PC32, Reloc.PLT32, Reloc.PC16, Reloc.PC8, Reloc.PC64})
"""Kinds that subtract the address of the field."""
SUPPORTED: Final = SIGNED | {Reloc.ABS64, Reloc.ABS32, Reloc.ABS16, Reloc.ABS8}
_FIELD: Final = {
    int(kind): (size := RELOC_SIZE[kind], kind in RELATIVE,
                Struct("<" + {1: "bB", 2: "hH", 4: "iI", 8: "qQ"}[size][kind not in SIGNED]).pack_into) for kind in SUPPORTED
}  # fmt: skip
"""(size, relative, writer) of a supported kind."""


def relocate(inputs: Inputs, made: Layout, address: dict[str, int]) -> list[bytearray]:
    """Contents of the output sections in layout order (empty for bss).

    Raises LinkError for values that do not fit their field, naming section, offset, symbol and distance.
    """
    problems: list[str] = []
    contents = []
    for section in made.sections:
        data = bytearray(0 if section.kind == "NOBITS" else section.size)
        if section.name.startswith((".text", ".boot")):
            _fill(data, inputs, section.fragments, made.start)
        for number in section.fragments:
            fragment = inputs.fragments[number]
            at = made.start[number]
            if section.kind == "NOBITS":
                if fragment.data.strip(b"\0") or fragment.fixups:
                    problems.append(f"{inputs.place(number, 0)}: data in a section that has none in the file")
                continue
            data[at : at + len(fragment.data)] = fragment.data
            if fragment.fixups:
                _apply(data, at, section.address + at, inputs, number, address, problems)
        if len(data) != (0 if section.kind == "NOBITS" else section.size):
            problems.append(f"section {section.name}: {section.size} bytes reserved, {len(data)} written")
        contents.append(data)
    if problems:
        raise LinkError(problems)
    return contents


def _fill(data: bytearray, inputs: Inputs, fragments: list[int], start: list[int]) -> None:
    """int3 between functions: running into a gap stops at once."""
    end = 0
    for number in fragments:
        if start[number] > end:
            data[end : start[number]] = b"\xcc" * (start[number] - end)
        end = start[number] + inputs.fragments[number].size


def _apply(
    data: bytearray, at: int, base: int, inputs: Inputs, number: int, address: dict[str, int], problems: list[str]
) -> None:
    """Apply the fixups of one fragment that starts `at` bytes into the section and at address `base`."""
    size_limit = inputs.fragments[number].size
    for offset, kind, symbol, addend in inputs.fragments[number].fixups:
        field = _FIELD.get(kind)
        if field is None:
            if kind != Reloc.NONE:
                problems.append(f"{inputs.place(number, offset)}: relocation kind {kind} against {symbol} is not supported here")
            continue
        size, relative, write = field
        if offset < 0 or offset + size > size_limit:
            problems.append(f"{inputs.place(number, offset)}: relocation against {symbol} lies outside its fragment")
            continue
        value = address[symbol] + addend
        if relative:
            value -= base + offset
        place = at + offset
        try:
            write(data, place, value)
        except StructError:
            if (kind in (Reloc.ABS16, Reloc.ABS8) and -1 << 8 * size - 1 <= value < 0) or kind == Reloc.ABS64:
                data[place : place + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")
                continue
            problems.append(_overflow(inputs, number, offset, kind, symbol, addend, value, size))


def _overflow(inputs: Inputs, number: int, offset: int, kind: int, symbol: str, addend: int, value: int, size: int) -> str:
    name = Reloc(kind).name
    what = f"{symbol}{addend:+#x}" if addend else symbol
    if kind in RELATIVE:
        reach = 1 << 8 * size - 1
        return (
            f"{inputs.place(number, offset)}: {name} against {what}: distance {value} does not fit {8 * size} bits "
            f"(-{reach}..{reach - 1})"
        )
    return f"{inputs.place(number, offset)}: {name} against {what}: value {value:#x} does not fit {8 * size} bits"
