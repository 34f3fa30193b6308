"""The last step for every field with a symbol: its number, or a relocation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..places import Place
from .errors import NasmError
from .program import Label, Section, Start
from .values import Sum, Value, settle

if TYPE_CHECKING:
    from .assembler import Assembler

_NAMES: Final = {1: "byte", 2: "word", 4: "dword", 8: "qword"}


def apply(
    assembler: Assembler, section: Section, out: bytearray, at: int, size: int, value: Value, relative: bool, end: int,
    check: str, place: Place,
) -> None:  # fmt: skip
    """Write a field; see `Assembler.apply`. Raises NasmError."""
    found = settle(value, assembler.space)
    wrt = value.wrt if type(value) is Sum else None
    if not found.known:
        raise NasmError(assembler.unknown_message(value, True))
    number, segments = found.number, found.segments
    if wrt is None:
        if relative:
            if segments == {section: 1}:
                _distance(assembler, out, at, size, number - at - end, check, place)
                return
        elif not segments:
            _plain(assembler, out, at, size, number, check, place)
            return
    if assembler.listing is not None:
        assembler.listing.mark(section, at, size, number, relative or segments.get(section) == -1)
    target: Section | Start | Label | None = None
    self_relative = False
    for segment, factor in segments.items():
        if factor == 1 and target is None:
            target = segment
        elif factor == -1 and segment is section and not self_relative and not relative:
            self_relative = True
        else:
            raise NasmError("expression is not simple or relocatable: it mixes addresses of different sections")
    if self_relative and target is None:
        raise NasmError("expression is not simple or relocatable")
    if self_relative:
        assembler.format.relocate(assembler, section, out, at, size, target, number + at, True, wrt, check, place)
    elif relative:
        assembler.format.relocate(assembler, section, out, at, size, target, number - end, True, wrt, check, place)
    else:
        assembler.format.relocate(assembler, section, out, at, size, target, number, False, wrt, check, place)


def _distance(assembler: Assembler, out: bytearray, at: int, size: int, number: int, check: str, place: Place) -> None:
    """A distance within the section."""
    bits = size * 8
    if not -(1 << bits - 1) <= number < 1 << bits - 1:
        if check == "short":
            raise NasmError("short jump is out of range")
        if size < 8 and assembler.bag.enabled("number-overflow") and not -(1 << bits) <= number < 1 << bits:
            assembler.bag.warn("number-overflow", f"{_NAMES[size]} data exceeds bounds", place)
    write(out, at, size, number)


def _plain(assembler: Assembler, out: bytearray, at: int, size: int, number: int, check: str, place: Place) -> None:
    bits = size * 8
    if size < 8 and assembler.bag.enabled("number-overflow"):
        signed = check == "signed"
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (-(1 << bits), (1 << bits) - 1)
        if not low <= number <= high:
            assembler.bag.warn(
                "number-overflow", f"{'signed ' if signed else ''}{_NAMES[size]} data exceeds bounds", place
            )
    write(out, at, size, number)


def write(out: bytearray, at: int, size: int, number: int) -> None:
    """A little-endian number of `size` bytes, cut off if it is too large."""
    out[at : at + size] = (number & (1 << size * 8) - 1).to_bytes(size, "little")
