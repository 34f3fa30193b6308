"""The end of a fragment: relax branches, write paddings, resolve references to its own labels, turn the rest into fixups."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from ..objwriter.model import Fixup, Reloc
from .operands import AsmError, Difference, Label, Ref, Sym
from .relax import ALIGN, BRANCH, Items, relax

_ABSOLUTE: Final = {8: Reloc.ABS64, 4: Reloc.ABS32, 2: Reloc.ABS16, 1: Reloc.ABS8}
_RELATIVE: Final = {8: Reloc.PC64, 4: Reloc.PC32, 2: Reloc.PC16, 1: Reloc.PC8}


# Multi-byte nops by length, the forms the processors' manuals recommend.
NOPS: Final = (
    b"",
    b"\x90",
    b"\x66\x90",
    b"\x0f\x1f\x00",
    b"\x0f\x1f\x40\x00",
    b"\x0f\x1f\x44\x00\x00",
    b"\x66\x0f\x1f\x44\x00\x00",
    b"\x0f\x1f\x80\x00\x00\x00\x00",
    b"\x0f\x1f\x84\x00\x00\x00\x00\x00",
    b"\x66\x0f\x1f\x84\x00\x00\x00\x00\x00",
)


def nops(count: int, bits: int = 64) -> bytes:
    """`count` bytes of no-operation instructions."""
    if bits == 16:
        return b"\x90" * count
    return NOPS[9] * (count // 9) + NOPS[count % 9]


class Settled(NamedTuple):
    """The finished bytes, the fixups and the map from provisional to final offsets."""

    data: bytes
    fixups: list[Fixup]
    move: Callable[[int], int]


def _place(target: Any, labels: dict[str, Label]) -> tuple[Label | None, str, int]:
    """(label of this fragment or None, symbol of the link, addend) behind a target."""
    if isinstance(target, Label):
        label, addend = target, 0
    elif isinstance(target, Ref):
        label, addend = target.label, target.addend
    elif isinstance(target, Sym):
        return None, target.name, target.addend
    else:
        found = labels.get(target)
        if found is None:
            if "." in target[1:] and target.split(".")[0] in labels:
                raise AsmError(f"local label {target} is used but not defined")
            return None, target, 0
        label, addend = found, 0
    if label.position < 0:
        raise AsmError(f"label {label!r} is used but was never bound")
    return label, "", addend


def settle(
    buffer: bytearray,
    items: Sequence[tuple[int, int, Any, int, int, bytes, int]],
    refs: Sequence[tuple[int, int, Any, int, bool, int]],
    labels: dict[str, Label],
    symbol: str,
    origin: int | None,
) -> Settled:
    """See the module. The tuples are those of `Assembler._items` and `Assembler._refs`."""
    refs = list(refs)
    if items:
        data, move = _spread(buffer, items, refs, labels, origin)
    else:
        data, move = buffer, _still
    fixups: list[Fixup] = []
    for at, size, target, addend, relative, wanted in refs:
        where = move(at)
        if isinstance(target, Difference):
            _number(data, where, size, _difference(target, move) + addend, target)
            continue
        label, name, more = _place(target, labels)
        addend += more
        if label is not None:
            if relative:
                _number(data, where, size, move(label.position) + addend - where, target)
                continue
            if not symbol:
                raise AsmError(f'the address of {label!r} is needed, so the fragment needs a symbol: finish("name")')
            name, addend = symbol, addend + move(label.position)
        elif not name:  # a branch to a number
            assert origin is not None
            _number(data, where, size, addend - origin - where, target)
            continue
        kind = target.kind if isinstance(target, Sym) and target.kind >= 0 else wanted
        if kind < 0:
            kind = (_RELATIVE if relative else _ABSOLUTE)[size]
        fixups.append(Fixup(where, int(kind), name, addend))
    fixups.sort()
    return Settled(bytes(data), fixups, move)


def _still(offset: int) -> int:
    return offset


def _difference(what: Difference, move: Callable[[int], int]) -> int:
    for label in (what.end, what.start):
        if label.position < 0:
            raise AsmError(f"label {label!r} is used but was never bound")
    return move(what.end.position) - move(what.start.position) + what.addend


def _number(data: bytearray, where: int, size: int, value: int, what: object) -> None:
    """Write a signed number of `size` bytes (unsigned ones fit as well where the top bit is free)."""
    limit = 1 << size * 8 - 1
    if not -limit <= value < limit * (2 if isinstance(what, Difference) else 1):
        raise AsmError(
            f"{what!r} is {value:+d} bytes away, out of reach of a {size * 8}-bit distance"
            if not isinstance(what, Difference)
            else f"{what!r} = {value:#x} does not fit into {size} byte{'s' if size > 1 else ''}"
        )
    data[where : where + size] = (value & (limit * 2 - 1)).to_bytes(size, "little")


def _spread(
    buffer: bytearray,
    items: Sequence[tuple[int, int, Any, int, int, bytes, int]],
    refs: list[tuple[int, int, Any, int, bool, int]],
    labels: dict[str, Label],
    origin: int | None,
) -> tuple[bytearray, Callable[[int], int]]:
    """Relax and rebuild the bytes; branches that stay short or go long join `refs` with their distance fields."""
    targets: list[int] = []
    offsets: list[int] = []
    for _, kind, target, _, _, _, _ in items:
        if kind == BRANCH:
            label, _, addend = _place(target, labels)
            targets.append(label.position if label is not None else -1)
            offsets.append(addend)
        else:
            targets.append(target)
            offsets.append(0)
    columns = Items(
        [item[0] for item in items],
        [item[1] for item in items],
        targets,
        offsets,
        [item[3] for item in items],
        [item[4] for item in items],
    )
    layout = relax(columns)
    positions, before = columns.position, layout.before

    def move(offset: int) -> int:
        return offset + before[bisect_left(positions, offset)]

    out = bytearray()
    last = 0
    for index, (position, kind, target, short, grow, code, bits) in enumerate(items):
        out += buffer[last:position]
        last = position + short
        if kind == BRANCH:
            if layout.long[index]:
                field = short + grow - len(code)
                out += code + bytes(field)
                # refs hold provisional positions; the distance field of a long branch has none, so it is placed by hand below
                refs.append(
                    (_Fixed(len(out) - field), field, target, -field, True, int(Reloc.PLT32) if field == 4 else -1)
                )
            else:
                out += buffer[position : position + 1] + b"\0"
                refs.append((_Fixed(len(out) - 1), 1, target, -1, True, -1))
        elif kind == ALIGN:
            out += code * layout.size[index] if code else nops(layout.size[index], bits)
        else:
            if position + before[index] > target:
                raise AsmError(f"pad_to({target}): {position + before[index]} bytes are there already")
            out += code * layout.size[index]
    out += buffer[last:]

    def moved(offset: int) -> int:
        return int(offset) if isinstance(offset, _Fixed) else move(offset)

    return out, moved


class _Fixed(int):
    """An offset that is already final."""
