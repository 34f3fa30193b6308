"""The shapes of NASM statements, found from their text; see `asm.shapes`. Operands are looked at once for each text."""

from __future__ import annotations

from typing import Final

from ..operands import REGISTERS
from ..shapes import Builder, Key, Piece, joined
from .operands import SIZES
from .strings import integer
from .tokens import is_float, split_plain

_WORDS: Final = frozenset((*SIZES, "[", "]", "+", "-", "*", ":", "{", "}"))
_NOT_REGISTERS: Final = frozenset(("rip", "eip", "st"))
_SIGNS: Final = ("+", "-")
_LEADING: Final = frozenset(("lock", "bnd", "rep", "repe", "repz", "repne", "repnz", "xacquire", "xrelease"))
_BRACED: Final = frozenset(("z", "1to2", "1to4", "1to8", "1to16", "1to32", *[f"k{number}" for number in range(1, 8)]))
LIMIT: Final = 100_000
"""Texts of operands that are remembered."""
_UNSEEN: Final = Piece(0, (), (), (), False, False)
_pieces: Final[dict[str, Piece | None]] = {}


def shape_of(text: str) -> tuple[Key, list[int], list[Piece]] | None:
    """(shape, values, operands) of a statement; None if there is more in it than registers and numbers."""
    head = head_of(text)
    if head is None:
        return None
    word, rest = head
    pieces: list[Piece] = []
    for one in rest.split(","):
        piece = piece_of(one)
        if piece is None:
            return None
        pieces.append(piece)
    key, values = joined([word], pieces)
    return key, values, pieces


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
    made = Builder()
    inside = sized = False
    before = ""
    for at, token in enumerate(tokens):
        if token in _WORDS:
            inside = token == "[" or (inside and token != "]")
            sized = inside and (sized or token in SIZES)
            made.word(token)
        elif at == single and not (before in _SIGNS and at > 1 and tokens[at - 2] in "+-*:"):
            number = integer(token)
            if number is None or not made.number(-number if before == "-" else number, inside and not sized):
                return None
        else:
            lower = token.lower()
            register = REGISTERS.get(lower)
            if before == "{":
                if lower not in _BRACED:
                    return None
                made.word(token)
            elif register is not None:
                if lower in _NOT_REGISTERS:
                    return None
                made.register(register, inside, token)
            elif "0" <= token[0] <= "9" or lower in _WORDS:
                made.word(token)
            else:
                return None
        before = token
    return made.piece() if tokens else None


def _is_number(tokens: list[str], at: int) -> bool:
    """Whether a token that begins with a digit is a number and no factor."""
    token = tokens[at]
    if not token.isalnum() or "*" in tokens[max(at - 1, 0) : at + 2] or is_float(token):
        return False
    return at == 0 or tokens[at - 1] != "{"
