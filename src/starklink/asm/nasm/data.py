"""Data declarations: `db` to `dz` with strings, floating-point numbers, `?`, `dup` and lists, and `incbin`."""

from __future__ import annotations

from struct import error as StructError
from struct import pack
from typing import TYPE_CHECKING, Final, TypeAlias

from .errors import END, NasmError
from .expr import FLOAT_WARNINGS, STRING_FUNCTIONS, Parser
from .floats import BY_SIZE, FloatError, is_special
from .floats import encode as encode_float
from .strings import unquote
from .tokens import QUOTES, is_float, is_number
from .values import Sum, Value

if TYPE_CHECKING:
    from .assembler import Assembler

UNITS: Final = {"db": 1, "dw": 2, "dd": 4, "dq": 8, "dt": 10, "do": 16, "ddq": 16, "dy": 32, "dz": 64}
RESERVES: Final = {
    "resb": 1,
    "resw": 2,
    "resd": 4,
    "resq": 8,
    "rest": 10,
    "reso": 16,
    "resdq": 16,
    "resy": 32,
    "resz": 64,
}
_SIZE_WORDS: Final = {"byte": 1, "word": 2, "dword": 4, "qword": 8, "tword": 10, "oword": 16, "yword": 32, "zword": 64}
_MAX_REPEAT: Final = 1 << 28

# A piece of data: bytes; (value, size) of a number; or the number of bytes to reserve.
Piece: TypeAlias = bytes | tuple[Value, int] | int


class _Reader:
    """Reads the elements of a data declaration."""

    __slots__ = ("assembler", "at", "out", "tokens")

    def __init__(self, assembler: Assembler, tokens: list[str], at: int) -> None:
        self.assembler = assembler
        self.tokens = tokens
        self.at = at

    def elements(self, unit: int, closing: bool) -> list[Piece]:
        """Elements up to the end of the line, or (`closing`) to a parenthesis."""
        tokens = self.tokens
        out: list[Piece] = []
        while self.at < len(tokens):
            if tokens[self.at] == ")":
                break
            out += self._element(unit)
            if self.at >= len(tokens) or (closing and tokens[self.at] == ")"):
                break
            if tokens[self.at] != "," and not closing and tokens[self.at + 1 : self.at + 2] in ([], [","]):
                self.assembler.warn("other", f"`{tokens[self.at]}' is not expected here and ignored")
                self.at += 1
                if self.at == len(tokens):
                    break
            if tokens[self.at] != ",":
                raise NasmError(f"comma expected behind the operand, found `{tokens[self.at]}'", tokens[self.at])
            self.at += 1
        return out

    def _list(self, unit: int) -> list[Piece]:
        tokens = self.tokens
        self.at += 1
        found = self.elements(unit, True)
        if self.at >= len(tokens) or tokens[self.at] != ")":
            raise NasmError("expected `)' after subexpression", "(")
        self.at += 1
        return found

    def _element(self, unit: int) -> list[Piece]:
        """One element with what may stand before it: %, a size word, a repeat count."""
        tokens = self.tokens
        count = 1
        grouped = False
        while True:
            if self.at >= len(tokens):
                raise NasmError("data expected at the end of the line", END)
            token = tokens[self.at]
            lower = token.lower()
            if token == "%":
                grouped = True
                self.at += 1
                continue
            if lower in _SIZE_WORDS:
                unit = _SIZE_WORDS[lower]
                grouped = True
                self.at += 1
                continue
            if grouped and token == "(":
                return _repeat(self._list(unit), count)
            found = self._scalar(token, lower, unit)
            if found is not None:
                return _repeat([found], count)
            parser = Parser(tokens, self.at, self.assembler)
            value = parser.whole()
            self.at = parser.pos
            if self.at < len(tokens) and tokens[self.at].lower() == "dup":
                count *= self._count(value)
                grouped = True
                self.at += 1
                continue
            if unit > 8:
                if type(value) is not int or not token.isdigit():
                    raise NasmError(f"integer supplied as {unit * 8}-bit data", token)
                raise NasmError(f"integer supplied as {unit * 8}-bit data", token)
            return _repeat([(value, unit)], count)

    def _count(self, value: Value) -> int:
        number = self.assembler.number_now(value, "non-constant argument supplied to DUP")
        if number < 0:
            raise NasmError("negative argument supplied to DUP", "dup")
        if number > _MAX_REPEAT:
            raise NasmError(f"repeat count {number} is too large", "dup")
        return number

    def _scalar(self, token: str, lower: str, unit: int) -> Piece | None:
        """A string, a floating-point number or `?`; None if an expression begins here."""
        tokens = self.tokens
        if token == "?":
            self.at += 1
            return unit
        following = tokens[self.at + 1] if self.at + 1 < len(tokens) else ","
        if token[0] in QUOTES:
            if following not in (",", ")"):
                return None
            if len(token) < 2 or token[-1] != token[0]:
                raise NasmError("unterminated string", token)
            self.at += 1
            return _padded(unquote(token), unit)
        if token in ("-", "+") and self._is_float(following):
            self.at += 2
            return self._float(following, token == "-", unit)
        if self._is_float(token):
            self.at += 1
            return self._float(token, False, unit)
        kind = STRING_FUNCTIONS.get(lower)
        if kind is not None:
            parser = Parser(tokens, self.at + 1, self.assembler)
            text = parser.string_argument(token, kind)
            if parser.pos < len(tokens) and tokens[parser.pos] not in (",", ")"):
                return None
            self.at = parser.pos
            return _padded(text, unit)
        return None

    @staticmethod
    def _is_float(token: str) -> bool:
        if is_number(token):
            return is_float(token)
        return token[0] == "_" and is_special(token)

    def _float(self, literal: str, negative: bool, unit: int) -> bytes:
        name = BY_SIZE.get(unit)
        if name is None:
            raise NasmError(f"no {unit * 8}-bit floating-point format supported", literal)
        try:
            data, group = encode_float(literal, negative, name, self.assembler.rounding)
        except FloatError as error:
            raise NasmError(str(error), literal) from None
        if group:
            self.assembler.warn(group, FLOAT_WARNINGS[group])
        return data


def _padded(text: str, unit: int) -> bytes:
    data = text.encode("latin-1")
    return data + bytes(-len(data) % unit)


def _repeat(pieces: list[Piece], count: int) -> list[Piece]:
    if count == 1:
        return pieces
    if len(pieces) == 1 and type(pieces[0]) is int:
        return [pieces[0] * count]
    if all(type(piece) is bytes for piece in pieces):
        return [b"".join(pieces) * count]  # type: ignore[arg-type]
    if all(type(piece) is tuple and type(piece[0]) is int for piece in pieces):
        data = b"".join([_number(piece[0], piece[1]) for piece in pieces])  # type: ignore[index,arg-type]
        return [data * count]
    if len(pieces) * count > 1 << 22:
        raise NasmError("repeat count is too large for symbols", "dup")
    return pieces * count


def _number(value: int, size: int) -> bytes:
    return (value & (1 << size * 8) - 1).to_bytes(size, "little")


def declare(assembler: Assembler, tokens: list[str], at: int, unit: int) -> list[Piece]:
    """The pieces of `db` and the like, neighbours joined. Raises NasmError."""
    reader = _Reader(assembler, tokens, at)
    pieces = reader.elements(unit, False)
    if reader.at < len(tokens):
        raise NasmError(f"`{tokens[reader.at]}' is not expected here", tokens[reader.at])
    if not pieces:
        assembler.warn("db-empty", "no operand for data declaration")
    out: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, tuple) and isinstance(piece[0], int):
            value, size = piece[0], piece[1]
            bits = size * 8
            if not -(1 << bits) <= value < 1 << bits and size < 8:
                assembler.warn("number-overflow", f"{_NAMES[size]} data exceeds bounds")
            piece = _number(value, size)
        if type(piece) is bytes and out and type(out[-1]) is bytes:
            out[-1] += piece
        else:
            out.append(piece)
    return out


_NAMES: Final = {1: "byte", 2: "word", 4: "dword", 8: "qword"}


def quick(tokens: list[str], at: int, unit: int) -> bytes | None:
    """The bytes of the commonest declarations: plain decimal and hexadecimal numbers; None for anything else."""
    limit = 1 << unit * 8
    if unit > 8:
        return None
    out: list[int] = []
    size = len(tokens)
    while True:
        token = tokens[at] if at < size else ""
        if token.isdecimal():
            value = int(token)
        elif token[:2] == "0x" and len(token) > 2:
            try:
                value = int(token[2:], 16)
            except ValueError:
                return None
        else:
            return None
        if value >= limit:
            return None
        out.append(value)
        at += 1
        if at == size:
            break
        if tokens[at] != ",":
            return None
        at += 1
    if unit == 1:
        return bytes(out)
    return b"".join([value.to_bytes(unit, "little") for value in out])


_FORMATS: Final = {1: "B", 2: "H", 4: "I", 8: "Q"}


def declared(text: str) -> bytes | None:
    """The bytes of a whole declaration that begins with a string or number and goes on with numbers; None for anything else."""
    parts = text.split(None, 1)
    unit = UNITS.get(parts[0], 0) if len(parts) == 2 else 0
    code = _FORMATS.get(unit)
    if code is None:
        return None
    rest, head = parts[1], b""
    quote = rest[0]
    if quote in "'\"":
        end = rest.find(quote, 1)
        if end < 0:
            return None
        head = _padded(rest[1:end], unit)
        rest = rest[end + 1 :].strip()
        if not rest:
            return head
        if rest[0] != ",":
            return None
        rest = rest[1:]
    if ";" in rest:
        rest = rest[: rest.index(";")]
    if "_" in rest:
        return None
    try:
        numbers = [int(one, 0) for one in rest.split(",")]
        return head + pack(f"<{len(numbers)}{code}", *numbers)
    except (ValueError, StructError):  # something else, or a number that does not fit
        return None


def is_plain(value: Value) -> bool:
    """Whether a value is a number."""
    return type(value) is not Sum
