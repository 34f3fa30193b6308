"""Statements that differ only in numbers and registers are encoded once.

`mov eax, [rbx+24]` and `mov edx, [rsi+40]` have the same *shape*: the same words, registers of the same families, and numbers
that the encoder cannot tell apart (both fit a signed byte, neither is 0). What the encoder says about the first statement of a
shape, the places of its numbers and registers, serves all others: they are filled in without parsing anything.

The shape of a statement is made of those of its operands, which are found once for each text of an operand.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from .. import families
from ..families import BASE, WHOLE
from ..operands import REGISTERS, Mem, Reg
from .operands import SIZES
from .strings import integer
from .tokens import is_float, split_plain

if TYPE_CHECKING:
    from .instruction import Instruction

_SIGNED: Final = [1 << 7, 1 << 8, 1 << 15, 1 << 16, 1 << 31, 1 << 32, 1 << 63]
# Numbers where some range that matters to encodings or warnings begins.
BOUNDS: Final = sorted({
    0, 1, 2, 16, -15, -16, 0xFF80, 0xFFFF_FF80, *_SIGNED, *[-bound for bound in _SIGNED], *[1 - bound for bound in _SIGNED],
    *[bound + 1 for bound in _SIGNED],
})  # fmt: skip
_WORDS: Final = frozenset((*SIZES, "[", "]", "+", "-", "*", ":", "{", "}"))
_NOT_REGISTERS: Final = frozenset(("rip", "eip", "st"))
_SIGNS: Final = ("+", "-")
_BRACED: Final = frozenset(("z", "1to2", "1to4", "1to8", "1to16", "1to32", *[f"k{number}" for number in range(1, 8)]))
LIMIT: Final = 100_000
"""Texts of operands that are remembered."""


class Piece(NamedTuple):
    """The text of an operand: the number of its shape, and the values in it from left to right: numbers, and low bits of register
    numbers. `registers`: which register a value is of, None for a number. `loose`: other numbers have the same shape."""

    shape: int
    values: tuple[int, ...]
    registers: tuple[Reg | None, ...]
    loose: bool


class Shape(NamedTuple):
    """The code of statements: `size` bytes, as a number in which the slots are empty; `slots`: (index of a value, its bits,
    shift)."""

    size: int
    code: int
    slots: tuple[tuple[int, int, int], ...]


class ByNumber(NamedTuple):
    """A shape whose code depends on its numbers in other ways: one `Shape` for each choice of them. `places`: which values."""

    places: tuple[int, ...]
    shapes: dict[tuple[int, ...], Shape | None]


Key: TypeAlias = tuple[object, ...]
_UNSEEN: Final = Piece(0, (), (), False)
_pieces: dict[str, Piece | None] = {}
_shapes: dict[tuple[object, ...], int] = {}  # numbers of shapes


def shape_of(text: str) -> tuple[Key, list[int], list[Piece]] | None:
    """(shape, values, operands) of a statement; None if there is more in it than registers and numbers."""
    parts = text.split(None, 1)
    if len(parts) < 2:
        return None
    word, rest = parts
    if ";" in rest:
        if '"' in rest or "'" in rest or "`" in rest:
            return None
        rest = rest[: rest.index(";")]
    key: list[object] = [word]
    values: list[int] = []
    pieces: list[Piece] = []
    for one in rest.split(","):
        piece = piece_of(one)
        if piece is None:
            return None
        key.append(piece.shape)
        values += piece.values
        pieces.append(piece)
    return tuple(key), values, pieces


def piece_of(text: str) -> Piece | None:
    """What is known about the text of an operand; None if there is more in it than registers and numbers."""
    piece = _pieces.get(text, _UNSEEN)
    if piece is _UNSEEN:
        if len(_pieces) >= LIMIT:
            _pieces.clear()
        piece = _pieces[text] = _analysed(split_plain(text))
    return piece


def _analysed(tokens: list[str]) -> Piece | None:
    """The shape of an operand."""
    numbers = [at for at, token in enumerate(tokens) if "0" <= token[0] <= "9" and _is_number(tokens, at)]
    single = numbers[0] if len(numbers) == 1 else -1  # two of them could be added up
    shape: list[object] = []
    values: list[int] = []
    registers: list[Reg | None] = []
    inside = loose = False
    before = ""
    for at, token in enumerate(tokens):
        if token in _WORDS:
            inside = token == "[" or (inside and token != "]")
            shape.append(token)
        elif at == single and not (before in _SIGNS and at > 1 and tokens[at - 2] in "+-*:"):
            number = integer(token)
            if number is None:
                return None
            number = -number if before == "-" else number
            where = bisect_right(BOUNDS, number)
            if not 0 < where < len(BOUNDS):
                return None
            loose = BOUNDS[where] - BOUNDS[where - 1] > 1
            shape.append(-where)  # (families are not negative)
            values.append(number)
            registers.append(None)
        else:
            lower = token.lower()
            register = REGISTERS.get(lower)
            if before == "{":
                if lower not in _BRACED:
                    return None
            elif register is not None:
                if lower in _NOT_REGISTERS:
                    return None
                family, low = families.of_address(register) if inside else families.of_operand(register)
                if family is not register and register not in registers:
                    shape.append(family)
                    values.append(low)
                    registers.append(register)
                    before = token
                    continue
            elif not ("0" <= token[0] <= "9") and lower not in _WORDS:
                return None
            shape.append(token)
        before = token
    if not tokens:
        return None
    return Piece(_shapes.setdefault(tuple(shape), len(_shapes)), tuple(values), tuple(registers), loose)


def _is_number(tokens: list[str], at: int) -> bool:
    """Whether a token that begins with a digit is a number and no factor."""
    token = tokens[at]
    if not token.isalnum() or "*" in tokens[max(at - 1, 0) : at + 2] or is_float(token):
        return False
    return at == 0 or tokens[at - 1] != "{"


def code_of(shape: Shape, values: list[int]) -> bytes:
    """The code with values filled in."""
    size, code, slots = shape
    for index, bits, shift in slots:
        code ^= (values[index] & bits) << shift
    return code.to_bytes(size, "little")


def learn(pieces: list[Piece], values: list[int], instruction: Instruction, code: bytes) -> Shape | ByNumber | None:
    """What the code of a statement says about others of its shape; None for nothing."""
    template = instruction.template
    if template is None or template.registers is None or len(pieces) != len(instruction.given):
        return None
    if any(one.by_name for one in instruction.operands):
        return None
    found = _slots(pieces, values, instruction, code, False)
    if found is not None:
        return found
    exact = _slots(pieces, values, instruction, code, True)
    if exact is None:
        return None
    flat = [register for piece in pieces for register in piece.registers]
    places = tuple([index for index, register in enumerate(flat) if register is None])
    return ByNumber(places, {tuple([values[index] for index in places]): exact})


def _slots(
    pieces: list[Piece], values: list[int], instruction: Instruction, code: bytes, exact: bool
) -> Shape | None:
    """The shape with the places of its values; None if one is not just written down. `exact`: for these numbers only."""
    template = instruction.template
    assert template is not None and template.registers is not None
    ahead = len(code) - len(template.data)
    slots: list[tuple[int, int, int]] = []
    index = 0
    for place, piece in enumerate(pieces):
        given: Any = instruction.given[place]
        for register in piece.registers:
            before = len(slots)
            if register is not None:
                for slot in template.registers:
                    if slot.operand == place:
                        part = given if slot.part == WHOLE else given.base if slot.part == BASE else given.index
                        if part.number == register.number:
                            slots.append((index, 7, (slot.byte + ahead) * 8 + slot.shift))
            elif not exact:
                fields = [(offset, size) for operand, offset, size, _ in template.slots if operand == place]
                if type(given) is Mem and template.disp_size < 0:
                    fields.append((template.disp_offset, -template.disp_size))
                for offset, size in fields:
                    bits = (1 << size * 8) - 1
                    offset += ahead
                    if code[offset : offset + size] == (values[index] & bits).to_bytes(size, "little"):
                        slots.append((index, bits, offset * 8))
            if len(slots) == before and (register is not None or (piece.loose and not exact)):
                return None
            index += 1
    number = int.from_bytes(code, "little")
    for index, bits, shift in slots:
        number ^= (values[index] & bits) << shift
    return Shape(len(code), number, tuple(slots))
