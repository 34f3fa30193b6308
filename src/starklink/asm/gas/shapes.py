"""The shapes of GAS statements of both syntaxes, found from their text; see `asm.shapes`.

    mov eax, DWORD PTR -8[rbp+rcx*4]        movl -8(%rbp,%rcx,4), %eax

A statement with anything else in it than registers and numbers has no shape: what a name means may change.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from ..shapes import Builder, ByNumber, Key, Piece, Shape, code_of, find, joined, learn, together
from .operands import NAMED, SIZES, split

if TYPE_CHECKING:
    from ..operands import Operand
    from ..select import Encoding

_TOKEN: Final = re.compile(r"[A-Za-z_.@?][\w.$@?]*|[0-9]\w*|\S", re.ASCII)
_NUMBER: Final = re.compile(r"0[xX][0-9A-Fa-f]+|[1-9][0-9]*|0", re.ASCII).fullmatch
_WORDS: Final = frozenset((*SIZES, "ptr", "[", "]", "(", ")", "+", "-", "*", ":", ",", "$", "%"))
_OPENING: Final = frozenset("[(")
_NOT_REGISTERS: Final = frozenset(("rip", "eip", "st"))
# Their operands have an order of their own, or a meaning that depends on which they are.
_SPECIAL: Final = ("xchg", "int", "enter", "bound", "invlpg", "monitor", "mwait", "pvalidate", "rmp", "tpause", "umwait")
Encoded: TypeAlias = "tuple[Encoding, list[Operand]]"
"""What the encoder said, and the operands it was given."""
LIMIT: Final = 100_000
"""Texts of operands that are remembered."""
_UNSEEN: Final = Piece(0, (), (), (), False, False)


class Shapes:
    """What is known about shapes of statements in one syntax."""

    __slots__ = ("_known", "_pieces", "intel")

    def __init__(self, intel: bool) -> None:
        self.intel = intel
        self._known: dict[Key, Shape | ByNumber | None] = {}
        self._pieces: dict[str, Piece | None] = {}

    def of(self, text: str, bits: int) -> tuple[Key, list[int], list[Piece]] | None:
        """(shape, values, operands in Intel's order) of a statement in `bits`-bit code; None if it has none."""
        word, _, rest = text.partition(" ")
        if not rest:
            return None
        pieces: list[Piece] = []
        operands = split(rest)
        for one in operands if self.intel else reversed(operands):
            piece = self._pieces.get(one, _UNSEEN)
            if piece is _UNSEEN:
                if len(self._pieces) >= LIMIT:
                    self._pieces.clear()
                piece = self._pieces[one] = self._analysed(one)
            if piece is None:
                return None
            pieces.append(piece)
        key, values = joined([word, bits], pieces)
        return key, values, pieces

    def code(self, key: Key, values: list[int]) -> bytes | None:
        """The bytes of a statement, None if its shape is not known."""
        shape = find(self._known, key, values)
        return code_of(shape, values) if shape is not None else None

    def learn(self, key: Key, values: list[int], pieces: list[Piece], encoded: Encoded, code: bytes) -> None:
        """A statement has been assembled to `code` from what the encoder said."""
        learned = None
        made, given = encoded
        if made.template is not None and not made.patches and code.endswith(made.data) and not str(key[0]).startswith(_SPECIAL):
            learned = learn(pieces, values, made.template, given, code)
        self._known[key] = together(self._known.get(key), learned)

    def _analysed(self, text: str) -> Piece | None:
        """The shape of an operand."""
        tokens: list[str] = _TOKEN.findall(text)
        numbers = [at for at, token in enumerate(tokens) if "0" <= token[0] <= "9" and not _is_factor(tokens, at)]
        single = numbers[0] if len(numbers) == 1 else -1  # two of them could be added up
        near = not _OPENING.isdisjoint(tokens)
        made = Builder()
        inside = False
        before = ""
        for at, token in enumerate(tokens):
            lower = token.lower()
            register = NAMED.get(lower) if self.intel or before == "%" else None
            if at == single:
                if _NUMBER(token) is None or (before in "+-" and at > 1 and tokens[at - 2] in "+-*:"):
                    return None
                if not made.number(int(token, 0) * (-1 if before == "-" else 1), near):
                    return None
            elif register is not None and lower not in _NOT_REGISTERS:
                made.register(register, inside, lower)
            elif lower in _WORDS or ("0" <= token[0] <= "9" and _NUMBER(token) is not None):
                inside = token in _OPENING or (inside and token not in "])")
                made.word(lower)
            else:
                return None
            before = token
        return made.piece() if tokens else None


def _is_factor(tokens: list[str], at: int) -> bool:
    """Whether a number multiplies an index register."""
    return (at > 0 and tokens[at - 1] in ("*", ",")) or tokens[at + 1 : at + 2] == ["*"]
