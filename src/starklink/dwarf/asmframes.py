"""Call frame sections of hand-written or compiled assembly: what `.cfi_` directives ask for, byte for byte as GNU as lays it out.

A function takes the last CIE that fits it, that is whose instructions are the function's first ones; a new one holds all of
those. A record is padded to 4
bytes, the last one to 8.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from .consts import CFA
from .leb import sleb, uleb

OMIT: Final = 0xFF
PCREL: Final = 0x10
_SIZES: Final = {0x03: 4, 0x04: 8, 0x0B: 4, 0x0C: 8}
_BREAKS: Final = ("advance", "remember_state", "escape")

Op = tuple[int, str, tuple[Any, ...]]


class Description(NamedTuple):
    """A function: its bytes; `ops` as (offset, name, values); `personality_key` tells equal personalities."""

    size: int
    ops: Sequence[Op]
    signal: bool
    simple: bool
    column: int
    personality: int
    personality_key: str
    lsda: int


class Target(NamedTuple):
    """Bytes of an address, bytes that a call pushes, DWARF number of the stack pointer."""

    address: int = 8
    cell: int = 8
    stack: int = 7


X86_64: Final = Target()


def _size(encoding: int, target: Target) -> int:
    """Bytes of an encoded pointer, 0 for none."""
    return 0 if encoding == OMIT else _SIZES.get(encoding & 15, target.address)


def encode(name: str, values: tuple[Any, ...], unit: int) -> bytes:
    """The bytes of one instruction; offsets are in bytes, `unit` is the data alignment factor."""
    if name == "escape":
        data: bytes = values[0]
        return data
    if name in ("remember_state", "restore_state"):
        return bytes((CFA[name],))
    first = values[0]
    if name == "def_cfa":
        if values[1] < 0:
            return bytes((CFA["def_cfa_sf"],)) + uleb(first) + sleb(values[1] // unit)
        return bytes((CFA["def_cfa"],)) + uleb(first) + uleb(values[1])
    if name == "def_cfa_offset":
        if first < 0:
            return bytes((CFA["def_cfa_offset_sf"],)) + sleb(first // unit)
        return bytes((CFA["def_cfa_offset"],)) + uleb(first)
    if name == "offset":
        slot = int(values[1] / unit)
        if slot < 0:
            return bytes((CFA["offset_extended_sf"],)) + uleb(first) + sleb(slot)
        if first < 64:
            return bytes((CFA["offset"] | first,)) + uleb(slot)
        return bytes((CFA["offset_extended"],)) + uleb(first) + uleb(slot)
    if name == "val_offset":
        slot = int(values[1] / unit)
        if slot < 0:
            return bytes((CFA["val_offset_sf"],)) + uleb(first) + sleb(slot)
        return bytes((CFA["val_offset"],)) + uleb(first) + uleb(slot)
    if name == "restore":
        return bytes((CFA["restore"] | first,)) if first < 64 else bytes((CFA["restore_extended"],)) + uleb(first)
    if name == "register":
        return bytes((CFA["register"],)) + uleb(first) + uleb(values[1])
    return bytes((CFA[name],)) + uleb(first)


def _advance(delta: int) -> bytes:
    if delta < 64:
        return bytes((CFA["advance_loc"] | delta,))
    if delta < 256:
        return bytes((CFA["advance_loc1"], delta))
    if delta < 65536:
        return bytes((CFA["advance_loc2"],)) + delta.to_bytes(2, "little")
    return bytes((CFA["advance_loc4"],)) + delta.to_bytes(4, "little")


class _Cie(NamedTuple):
    key: tuple[Any, ...]
    initial: list[tuple[str, tuple[Any, ...]]]
    offset: int


def _program(one: Description, target: Target) -> list[tuple[str, tuple[Any, ...]]]:
    """All instructions of a function, with "advance" between places."""
    out: list[tuple[str, tuple[Any, ...]]] = []
    if not one.simple:
        out += [("def_cfa", (target.stack, target.cell)), ("offset", (one.column, -target.cell))]
    place = 0
    for offset, name, values in one.ops:
        if offset != place:
            out.append(("advance", (offset - place,)))
            place = offset
        out.append((name, values))
    return out


def frames(
    functions: Sequence[Description], eh: bool, target: Target = X86_64
) -> tuple[bytes, list[tuple[int, int, bool, str, int]]]:
    """(the section, its references as (offset, size, relative, what, function)). `what`: "start", "lsda", "personality" are
    symbols of the function; "cie" is the section itself plus the number already there."""
    data = bytearray()
    references: list[tuple[int, int, bool, str, int]] = []
    known: list[_Cie] = []
    for index, one in enumerate(functions):
        program = _program(one, target)
        key = (one.column, one.signal, one.personality, one.personality_key, one.lsda)
        found = None
        for cie in reversed(known):
            if cie.key == key and program[: len(cie.initial)] == cie.initial:
                found = cie
                break
        if found is None:
            count = next((at for at, (name, _) in enumerate(program) if name in _BREAKS), len(program))
            found = _Cie(key, program[:count], len(data))
            known.append(found)
            _cie(data, references, one, found.initial, index, eh, target)
        last = index == len(functions) - 1
        _fde(data, references, one, program[len(found.initial) :], found.offset, index, eh, last, target)
    return bytes(data), references


def _cie(
    data: bytearray, references: list[tuple[int, int, bool, str, int]], one: Description,
    initial: list[tuple[str, tuple[Any, ...]]], index: int, eh: bool, target: Target,
) -> None:  # fmt: skip
    start = len(data)
    data += bytes(4) + (bytes(4) if eh else b"\xff\xff\xff\xff") + b"\1"
    if eh:
        letters = b"z" + (b"P" if one.personality != OMIT else b"") + (b"L" if one.lsda != OMIT else b"") + b"R"
        data += letters + (b"S" if one.signal else b"")
    data += b"\0" + uleb(1) + sleb(-target.cell) + uleb(one.column)
    if eh:
        size = _size(one.personality, target)
        data += uleb(1 + (1 + size if size else 0) + (one.lsda != OMIT))
        if size:
            data.append(one.personality)
            references.append((len(data), size, bool(one.personality & PCREL), "personality", index))
            data += bytes(size)
        if one.lsda != OMIT:
            data.append(one.lsda)
        data.append(PCREL | 0x0B)
    for name, values in initial:
        data += encode(name, values, -target.cell)
    data += bytes(-(len(data) - start) % (4 if eh else target.address))
    data[start : start + 4] = (len(data) - start - 4).to_bytes(4, "little")


def _fde(
    data: bytearray, references: list[tuple[int, int, bool, str, int]], one: Description,
    program: list[tuple[str, tuple[Any, ...]]], cie: int, index: int, eh: bool, last: bool, target: Target,
) -> None:  # fmt: skip
    start = len(data)
    data += bytes(4)
    if eh:
        data += (start + 4 - cie).to_bytes(4, "little")
        references.append((len(data), 4, True, "start", index))
        data += bytes(4) + one.size.to_bytes(4, "little")
        size = _size(one.lsda, target)
        data += uleb(size)
        if size:
            references.append((len(data), size, bool(one.lsda & PCREL), "lsda", index))
            data += bytes(size)
    else:
        references.append((len(data), 4, False, "cie", index))
        data += cie.to_bytes(4, "little")
        references.append((len(data), target.address, False, "start", index))
        data += bytes(target.address) + one.size.to_bytes(target.address, "little")
    for name, values in program:
        data += _advance(values[0]) if name == "advance" else encode(name, values, -target.cell)
    data += bytes(-(len(data) - start) % (target.address if not eh else 4))
    if last and eh:
        data += bytes(-len(data) % target.address)
    data[start : start + 4] = (len(data) - start - 4).to_bytes(4, "little")
