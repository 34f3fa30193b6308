"""Statements that differ only in numbers and registers are encoded once.

`mov eax, [rbx+24]` and `mov edx, [rsi+40]` have the same *shape*: the same words, registers of the same families, and numbers
that the encoder cannot tell apart (both fit a signed byte, neither is 0). What the encoder says about the first statement of a
shape, the places of its numbers and registers, serves all others: they are filled in without parsing anything.

Families are wider here than those of `families`: r8 to r15 belong to them too. Their fourth bit is in a REX prefix, which a
statement has or has not; so whether one of its registers needs the prefix is part of its shape.

The shape of a statement is made of those of its operands, which are found once for each text of an operand.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from .. import families
from ..families import BASE, INDEX, WHOLE
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
    *[bound + 1 for bound in _SIGNED], *[(1 << 64) - bound for bound in _SIGNED], 1 << 64,
})  # fmt: skip
# The same for displacements without a size: any that fits a signed byte is written as one.
NEAR_BOUNDS: Final = sorted({bound for bound in BOUNDS if abs(bound) >= 1 << 15} | {0, 1, -128, 128})
_WORDS: Final = frozenset((*SIZES, "[", "]", "+", "-", "*", ":", "{", "}"))
_NOT_REGISTERS: Final = frozenset(("rip", "eip", "st"))
_PREFIXES: Final = b"\x66\x67\x26\x2e\x36\x3e\x64\x65\xf0\xf2\xf3\x9b"
AH, BH, SPL, DIL, R8B, LAST_GENERAL = (REGISTERS[name].number for name in ("ah", "bh", "spl", "dil", "r8b", "r15"))
_LEADING: Final = frozenset(("lock", "bnd", "rep", "repe", "repz", "repne", "repnz", "xacquire", "xrelease"))
_SIGNS: Final = ("+", "-")
_BRACED: Final = frozenset(("z", "1to2", "1to4", "1to8", "1to16", "1to32", *[f"k{number}" for number in range(1, 8)]))
LIMIT: Final = 100_000
"""Texts of operands that are remembered."""


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
_UNSEEN: Final = Piece(0, (), (), (), False, False)
_pieces: Final[dict[str, Piece | None]] = {}
_shapes: Final[dict[tuple[object, ...], int]] = {}  # numbers of shapes


def shape_of(text: str) -> tuple[Key, list[int], list[Piece]] | None:
    """(shape, values, operands) of a statement; None if there is more in it than registers and numbers."""
    head = head_of(text)
    if head is None:
        return None
    word, rest = head
    key: list[object] = [word]
    values: list[int] = []
    pieces: list[Piece] = []
    prefix = False
    for one in rest.split(","):
        piece = piece_of(one)
        if piece is None:
            return None
        key.append(piece.shape)
        values += piece.values
        prefix = prefix or piece.prefix
        pieces.append(piece)
    key.append(prefix)
    return tuple(key), values, pieces


def head_of(text: str) -> tuple[str, str] | None:
    """(mnemonic with a prefix before it, operands without comment) of a statement with operands; None for others."""
    parts = text.split(None, 1)
    if len(parts) < 2:
        return None
    word, rest = parts
    if word in _LEADING:
        parts = rest.split(None, 1)
        if len(parts) < 2:
            return None
        word, rest = f"{word} {parts[0]}", parts[1]
    if ";" in rest:
        if '"' in rest or "'" in rest or "`" in rest:
            return None
        rest = rest[: rest.index(";")]
    return word, rest


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
    fourth: list[bool] = []
    inside = sized = loose = prefix = False
    before = ""
    for at, token in enumerate(tokens):
        if token in _WORDS:
            inside = token == "[" or (inside and token != "]")
            sized = inside and (sized or token in SIZES)
            shape.append(token)
        elif at == single and not (before in _SIGNS and at > 1 and tokens[at - 2] in "+-*:"):
            number = integer(token)
            if number is None:
                return None
            number = -number if before == "-" else number
            bounds = NEAR_BOUNDS if inside and not sized else BOUNDS
            where = bisect_right(bounds, number)
            if not 0 < where < len(bounds):
                return None
            loose = bounds[where] - bounds[where - 1] > 1
            shape.append(-where)  # (families are not negative)
            values.append(number)
            registers.append(None)
            fourth.append(False)
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
                high = _fourth(register)
                prefix = prefix or bool(high) or (register.bits == 8 and SPL <= register.number <= DIL)
                if family is not register and register not in registers:
                    general = register.bits <= 64 and register.number <= LAST_GENERAL
                    shape.append((register.bits, register.classes, AH <= register.number <= BH) if general else family)
                    values.append(low)
                    registers.append(register)
                    fourth.append(False)
                    if general:
                        values.append(high)
                        registers.append(register)
                        fourth.append(True)
                    before = token
                    continue
            elif not ("0" <= token[0] <= "9") and lower not in _WORDS:
                return None
            shape.append(token)
        before = token
    if not tokens:
        return None
    number = _shapes.setdefault(tuple(shape), len(_shapes))
    return Piece(number, tuple(values), tuple(registers), tuple(fourth), loose, prefix)


def _fourth(register: Reg) -> int:
    """The fourth bit of a general register's number."""
    if register.bits > 64 or register.number > LAST_GENERAL:
        return 0
    return int(register.number >= R8B) if register.bits == 8 else register.index >> 3 & 1


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
    for exact, same in ((False, False), (False, True), (True, False), (True, True)):
        found = _slots(pieces, values, instruction, code, exact, same)
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
    pieces: list[Piece], values: list[int], instruction: Instruction, code: bytes, exact: bool, same: bool
) -> Shape | None:
    """The shape with the places of its values; None if one is not just written down. `exact`: for these numbers only; `same`: for
    these fourth bits of registers only."""
    template = instruction.template
    assert template is not None and template.registers is not None
    ahead = len(code) - len(template.data)
    rex = _rex(code) if any(piece.prefix for piece in pieces) else -1
    slots: list[tuple[int, int, int]] = []
    index = 0
    for place, piece in enumerate(pieces):
        given: Any = instruction.given[place]
        for register, fourth in zip(piece.registers, piece.fourth):
            before = len(slots)
            needed = piece.loose and not exact
            if register is not None:
                needed = not fourth or (rex != -1 and not same)
                for slot in template.registers if needed else ():
                    if slot.operand == place:
                        part = given if slot.part == WHOLE else given.base if slot.part == BASE else given.index
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
                if type(given) is Mem and template.disp_size < 0:
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
