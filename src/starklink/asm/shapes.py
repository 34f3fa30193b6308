"""Statements that differ only in numbers and registers are encoded once.

`mov eax, [rbx+24]` and `mov edx, [rsi+40]` have the same *shape*: the same words, registers of the same families, and numbers
that the encoder cannot tell apart (both fit a signed byte, neither is 0). What the encoder says about the first statement of a
shape, the places of its numbers and registers, serves all others: they are filled in without parsing anything.

Families are wider here than those of `families`: r8 to r15 belong to them too. Their fourth bit is in a REX prefix, which a
statement has or has not; so whether one of its registers needs the prefix is part of its shape.

The shape of a statement is made of those of its operands (`Piece`). How operands are written is the front ends' matter; they make
pieces with a `Builder`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from . import families
from .families import BASE, INDEX, WHOLE
from .operands import REGISTERS, Mem, Reg

if TYPE_CHECKING:
    from .select import Template

_SIGNED: Final = [1 << 7, 1 << 8, 1 << 15, 1 << 16, 1 << 31, 1 << 32, 1 << 63]
# Numbers where some range that matters to encodings or warnings begins.
BOUNDS: Final = sorted({
    0, 1, 2, 16, -15, -16, 0xFF80, 0xFFFF_FF80, *_SIGNED, *[-bound for bound in _SIGNED], *[1 - bound for bound in _SIGNED],
    *[bound + 1 for bound in _SIGNED], *[(1 << 64) - bound for bound in _SIGNED], 1 << 64,
})  # fmt: skip
# The same for displacements without a size: any that fits a signed byte is written as one.
NEAR_BOUNDS: Final = sorted({bound for bound in BOUNDS if abs(bound) >= 1 << 15} | {0, 1, -128, 128})
_PREFIXES: Final = b"\x66\x67\x26\x2e\x36\x3e\x64\x65\xf0\xf2\xf3\x9b"
AH, BH, SPL, DIL, R8B, LAST_GENERAL = (REGISTERS[name].number for name in ("ah", "bh", "spl", "dil", "r8b", "r15"))


class Piece(NamedTuple):
    """The text of an operand: the number of its shape, and the values in it from left to right: numbers, low bits and fourth bits
    of register numbers. `registers`: which register a value is of, None for a number; `fourth`: whether it is the fourth bit.
    `loose`: other numbers have the same shape. `prefix`: one of the registers needs a REX prefix."""

    shape: int
    values: tuple[int, ...]
    registers: tuple[Reg | None, ...]
    fourth: tuple[bool, ...]
    loose: bool
    prefix: bool


class Shape(NamedTuple):
    """The code of statements: `size` bytes, as a number in which the slots are empty; `slots`: (index of a value, its bits,
    shift)."""

    size: int
    code: int
    slots: tuple[tuple[int, int, int], ...]


Places: TypeAlias = tuple[int, ...]


class ByNumber(NamedTuple):
    """A shape whose code depends on its values in other ways. `shapes`: indices of the values that matter -> what they are ->
    the `Shape` for them."""

    shapes: dict[Places, dict[tuple[int, ...], Shape]]

    def find(self, values: list[int]) -> Shape | None:
        """The shape for these values, None if it is not known."""
        for places, shapes in self.shapes.items():
            found = shapes.get(tuple([values[index] for index in places]))
            if found is not None:
                return found
        return None


Key: TypeAlias = tuple[object, ...]
_shapes: Final[dict[tuple[object, ...], int]] = {}  # numbers of shapes


class Builder:
    """Makes a piece of the tokens of an operand, from left to right."""

    __slots__ = ("fourth", "loose", "prefix", "registers", "shape", "values")

    def __init__(self) -> None:
        self.shape: list[object] = []
        self.values: list[int] = []
        self.registers: list[Reg | None] = []
        self.fourth: list[bool] = []
        self.loose = self.prefix = False

    def word(self, token: str) -> None:
        """A token that is the same in all operands of the shape."""
        self.shape.append(token)

    def number(self, number: int, near: bool) -> bool:
        """A number; `near`: a displacement without a size. False if it is too large to have a shape."""
        bounds = NEAR_BOUNDS if near else BOUNDS
        where = bisect_right(bounds, number)
        if not 0 < where < len(bounds):
            return False
        self.loose = bounds[where] - bounds[where - 1] > 1
        self.shape.append(-where)  # (families are not negative)
        self.values.append(number)
        self.registers.append(None)
        self.fourth.append(False)
        return True

    def register(self, register: Reg, inside: bool, token: str) -> None:
        """A register as an operand or `inside` of an address."""
        family, low = families.of_address(register) if inside else families.of_operand(register)
        general = register.bits <= 64 and register.number <= LAST_GENERAL
        high = int(general and (register.number >= R8B if register.bits == 8 else register.index >= 8))
        self.prefix = self.prefix or bool(high) or (register.bits == 8 and SPL <= register.number <= DIL)
        if family is register or register in self.registers:
            self.shape.append(token)
            return
        self.shape.append((register.bits, register.classes, AH <= register.number <= BH) if general else family)
        self.values.append(low)
        self.registers.append(register)
        self.fourth.append(False)
        if general:
            self.values.append(high)
            self.registers.append(register)
            self.fourth.append(True)

    def piece(self) -> Piece:
        """What has been made."""
        number = _shapes.setdefault(tuple(self.shape), len(_shapes))
        return Piece(number, tuple(self.values), tuple(self.registers), tuple(self.fourth), self.loose, self.prefix)


def joined(head: list[object], pieces: list[Piece]) -> tuple[Key, list[int]]:
    """(shape, values) of a statement: what stands before its operands, and those."""
    key = head
    values: list[int] = []
    prefix = False
    for piece in pieces:
        key.append(piece.shape)
        values += piece.values
        prefix = prefix or piece.prefix
    key.append(prefix)
    return tuple(key), values


def find(known: dict[Key, Shape | ByNumber | None], key: Key, values: list[int]) -> Shape | None:
    """The shape of a statement for these values, None if it is not known."""
    shape = known.get(key)
    if type(shape) is ByNumber:
        return shape.find(values)
    return shape if type(shape) is Shape else None


def code_of(shape: Shape, values: list[int]) -> bytes:
    """The code with values filled in."""
    size, code, slots = shape
    for index, bits, shift in slots:
        code ^= (values[index] & bits) << shift
    return code.to_bytes(size, "little")


def learn(
    pieces: list[Piece], values: list[int], template: Template, given: Sequence[Any], code: bytes
) -> Shape | ByNumber | None:
    """What the code of a statement says about others of its shape; None for nothing. `template`: what it was made of; `given`:
    the encoder's operand for each piece."""
    if template.registers is None or len(pieces) != len(given):
        return None
    for exact, same in ((False, False), (False, True), (True, False), (True, True)):
        found = _slots(pieces, values, template, given, code, exact, same)
        if found is None:
            continue
        if not exact and not same:
            return found
        flat = [(register is None, fourth) for piece in pieces for register, fourth in zip(piece.registers, piece.fourth)]
        places = tuple([at for at, (number, fourth) in enumerate(flat) if (exact and number) or (same and fourth)])
        return ByNumber({places: {tuple([values[at] for at in places]): found}})
    return None


def together(known: Shape | ByNumber | None, learned: Shape | ByNumber | None) -> Shape | ByNumber | None:
    """What is known about a shape when more has been learned."""
    if type(known) is ByNumber and type(learned) is ByNumber:
        for places, shapes in learned.shapes.items():
            known.shapes.setdefault(places, {}).update(shapes)
        return known
    return learned


def _slots(
    pieces: list[Piece], values: list[int], template: Template, given: Sequence[Any], code: bytes, exact: bool, same: bool
) -> Shape | None:
    """The shape with the places of its values; None if one is not just written down. `exact`: for these numbers only; `same`: for
    these fourth bits of registers only."""
    assert template.registers is not None
    ahead = len(code) - len(template.data)
    rex = _rex(code) if any(piece.prefix for piece in pieces) else -1
    slots: list[tuple[int, int, int]] = []
    index = 0
    for place, piece in enumerate(pieces):
        one: Any = given[place]
        for register, fourth in zip(piece.registers, piece.fourth):
            before = len(slots)
            needed = piece.loose and not exact
            if register is not None:
                needed = not fourth or (rex != -1 and not same)
                for slot in template.registers if needed else ():
                    if slot.operand == place:
                        part = one if slot.part == WHOLE else one.base if slot.part == BASE else one.index
                        if part.number == register.number:
                            at = (slot.byte + ahead) * 8 + slot.shift
                            if not fourth and code[at >> 3] >> slot.shift & 7 in (values[index], values[index] ^ 7):
                                slots.append((index, 7, at))
                            elif fourth and rex >= 0:
                                bit = 1 if slot.part == INDEX else 2 if slot.shift else 0
                                if code[rex] >> bit & 1 == values[index]:
                                    slots.append((index, 1, rex * 8 + bit))
            elif not exact:
                fields = [(offset, size) for operand, offset, size, _ in template.slots if operand == place]
                if type(one) is Mem and template.disp_size < 0:
                    fields.append((template.disp_offset, -template.disp_size))
                for offset, size in fields:
                    bits = (1 << size * 8) - 1
                    offset += ahead
                    if code[offset : offset + size] == (values[index] & bits).to_bytes(size, "little"):
                        slots.append((index, bits, offset * 8))
            if len(slots) == before and needed:
                return None
            index += 1
    number = int.from_bytes(code, "little")
    for index, bits, shift in slots:
        number ^= (values[index] & bits) << shift
    return Shape(len(code), number, tuple(slots))


def _rex(code: bytes) -> int:
    """Index of the REX prefix in code with registers that need one; -2 if something else has its bits."""
    at = 0
    while at < len(code) and code[at] in _PREFIXES:
        at += 1
    return at if at < len(code) and code[at] & 0xF0 == 0x40 else -2
