"""Puts relocations into effect: the table of what x86-64 and i386 relocation types compute, and how many bytes they patch.

S: address of the symbol, A: addend, P: address of the place (psABI x86-64 table 4.9, i386 table 4.1). Types that need what
only a linker makes (GOT, PLT slots, TLS offsets) have no row.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from .consts import EM_386, EM_X86_64, R_386, R_X86_64, RELOCATION_NAMES
from .model import ElfError
from .pack import endian


class Action(NamedTuple):
    """Bytes patched; S + A - P instead of S + A; whether the result must fit as "signed", "unsigned" or "any" number."""

    width: int
    relative: bool
    fits: str


def _rows(names: object, rows: dict[str, Action]) -> dict[int, Action]:
    return {names[name]: row for name, row in rows.items()}  # type: ignore[index]


ACTIONS: Final[dict[int, dict[int, Action]]] = {
    EM_X86_64: _rows(R_X86_64, {
        "NONE": Action(0, False, "any"), "64": Action(8, False, "any"), "PC64": Action(8, True, "any"),
        "32": Action(4, False, "unsigned"), "32S": Action(4, False, "signed"), "PC32": Action(4, True, "signed"),
        "PLT32": Action(4, True, "signed"), "16": Action(2, False, "either"), "PC16": Action(2, True, "signed"),
        "8": Action(1, False, "either"), "PC8": Action(1, True, "signed")}),
    EM_386: _rows(R_386, {
        "NONE": Action(0, False, "any"), "32": Action(4, False, "any"), "PC32": Action(4, True, "any"),
        "PLT32": Action(4, True, "any"), "16": Action(2, False, "either"), "PC16": Action(2, True, "either"),
        "8": Action(1, False, "either"), "PC8": Action(1, True, "signed")})}
"""Actions by machine and relocation type."""


def apply(machine: int, order: str, data: bytearray, offset: int, kind: int, symbol: int, addend: int, place: int,
          what: str) -> None:
    """Patch `data` at `offset`. `symbol`: S, `place`: P. Raises ElfError for unknown types and values that do not fit."""
    action = ACTIONS.get(machine, {}).get(kind)
    names = RELOCATION_NAMES.get(machine)
    title = f"{names.prefix}_{names.name(kind)}" if names else f"relocation type {kind}"
    if action is None:
        raise ElfError(f"{what}: {title} needs a linker")
    width, relative, fits = action
    if not 0 <= offset <= len(data) - width:
        raise ElfError(f"{what}: {title} at {offset:#x} lies outside the section")
    value = symbol + addend - (place if relative else 0)
    bits = 8 * width
    if fits != "any":
        low = 0 if fits == "unsigned" else -(1 << bits - 1)
        high = (1 << bits - 1 if fits == "signed" else 1 << bits) - 1
        if not low <= value <= high:
            raise ElfError(f"{what}: {title} at {offset:#x} cannot hold {value:#x}")
    data[offset:offset + width] = (value & (1 << bits) - 1).to_bytes(width, endian(order))
