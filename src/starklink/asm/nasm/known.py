"""Source lines whose bytes are known without preprocessing and parsing them.

A line without macros is known if its text was assembled before, if its shape was (see `shapes`), or if it declares plain numbers.
`Known.run` goes through consecutive lines of a file as long as they are. What it remembers holds for one state of the macros, the
*stamp*: any definition may concern any word, so after one everything is looked at again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..shapes import ByNumber, Key, Piece, Shape, code_of, find, joined
from .data import UNITS, declared
from .shapes import head_of, piece_of
from .tokens import split_plain

if TYPE_CHECKING:
    from .pp.mmacros import MultiMacro
    from .pp.smacros import Table

LIMIT: Final = 300_000
"""Lines that are remembered."""
_MOST: Final = 1 << 16  # lines of a run, so that it does not take room without end


class Mode:
    """What the bytes of a plain instruction depend on; one object per combination, so that it can be compared by identity.
    `blank`: bytes have no place here, every statement is worth a warning. `codes`: by line, for one stamp."""

    __slots__ = ("bits", "blank", "codes", "relative", "shapes", "stamp")

    def __init__(self, bits: int, relative: bool, blank: bool) -> None:
        self.bits = bits
        self.relative = relative
        self.blank = blank
        self.shapes: dict[Key, Shape | ByNumber | None] = {}
        self.codes: dict[str, bytes] = {}
        self.stamp = -1

    def shape(self, key: Key, values: list[int]) -> Shape | None:
        """The shape of a statement, None if it is not known."""
        return find(self.shapes, key, values)


class Known:
    """See the module. `single`: runs are of one line (each wants a mark of its own)."""

    __slots__ = ("_macros", "_multi", "_pieces", "_stamp", "_words", "mode", "single")

    def __init__(self, mode: Mode, macros: Table, multi: dict[str, list[MultiMacro]], single: bool) -> None:
        self.mode = mode
        self.single = single
        self._macros = macros
        self._multi = multi
        self._stamp = -1
        self._words: set[str] = set()  # at the beginning of a line: no macros
        self._pieces: dict[str, Piece] = {}  # operands without macros in them

    def run(self, lines: list[str], at: int, stamp: int) -> list[bytes]:
        """The bytes of the known lines from lines[at] on, up to the first that is not known."""
        mode = self.mode
        made: list[bytes] = []
        if mode.blank:
            return made
        if stamp != self._stamp:
            self._stamp = stamp
            self._words.clear()
            self._pieces.clear()
        if stamp != mode.stamp or len(mode.codes) > LIMIT:
            mode.stamp = stamp
            mode.codes.clear()
        codes = mode.codes
        for index in range(at, min(len(lines), at + (1 if self.single else _MOST))):
            text = lines[index]
            code = codes.get(text)
            if code is None:
                code = self._make(text)
                if code is None:
                    break
            made.append(code)
        return made

    def learn(self, text: str, code: bytes, stamp: int) -> None:
        """A line has been assembled to plain bytes; `stamp`: when there were no macros in it."""
        mode = self.mode
        if stamp == self._stamp == mode.stamp and not mode.blank:
            mode.codes[text] = code
            head = head_of(text)
            if head is not None:
                self._words.add(head[0])

    def _make(self, text: str) -> bytes | None:
        """The bytes of a line by its shape; None if that is not known."""
        head = head_of(text)
        if head is None or head[0] not in self._words:
            return None
        word, rest = head
        if word in UNITS:
            return declared(text)
        pieces: list[Piece] = []
        for one in rest.split(","):
            piece = self._pieces.get(one) or self._piece(one)
            if piece is None:
                return None
            pieces.append(piece)
        key, values = joined([word], pieces)
        mode = self.mode
        shape = mode.shape(key, values)
        if shape is None:
            return None
        code = mode.codes[text] = code_of(shape, values)
        return code

    def _piece(self, text: str) -> Piece | None:
        """An operand, if it is plain and no macro is named in it."""
        piece = piece_of(text)
        if piece is None or self._macros.folded:
            return None
        tokens = split_plain(text)
        if not self._macros.exact.keys().isdisjoint(tokens):
            return None
        if self._multi and any(token.lower() in self._multi for token in tokens):
            return None
        self._pieces[text] = piece
        return piece
