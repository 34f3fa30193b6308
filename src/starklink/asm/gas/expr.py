"""Expressions of the source: tokens to `program.Expr`, and their values once (or if already) known.

Binary operators by rank, as GNU as documents them: `* / % << >>` bind closest, then `| & ^ !`, then `+ -` and the comparisons,
then `&&`, then `||`. A comparison gives -1 or 0.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple, Protocol

from .errors import GasError
from .program import Expr, Op, Section, Suffixed, Symbol

TOKEN: Final = re.compile(
    r"""\s*(?:
    (?P<num>0[xX][0-9a-fA-F]+|0[bB][01]+(?![0-9a-fA-F]*[hH])|[0-9][0-9a-fA-F]*[hH](?!\w)|[0-9]+(?![bf\w.])|[0-9]+[bf](?!\w)|[0-9]+(?=[$]))
    |(?P<name>[A-Za-z_.$\u0080-\U0010ffff][\w.$\u0080-\U0010ffff]*)
    |(?P<quoted>"(?:[^"\\]|\\.)*")
    |(?P<char>'(?:\\.|[^\\]))'?
    |(?P<op><<|>>|==|!=|<>|<=|>=|&&|\|\||[-+*/%&|^~!()\[\]{},:=<>@\#$])
    )""",
    re.VERBOSE | re.DOTALL,
)
_RANK: Final = {
    "||": 1, "&&": 2, "+": 3, "-": 3, "==": 3, "!=": 3, "<>": 3, "<": 3, ">": 3, "<=": 3, ">=": 3,
    "|": 4, "&": 4, "^": 4, "!": 4, "*": 5, "/": 5, "%": 5, "<<": 5, ">>": 5,
}  # fmt: skip
DEPTH: Final = 100
"""Nesting of parentheses and equations that is followed."""
ESCAPES: Final = {"n": 10, "t": 9, "r": 13, "b": 8, "f": 12}


class Names(Protocol):
    """What an expression needs to know of the source."""

    def symbol(self, name: str) -> Symbol:
        """The symbol of a name."""

    def numbered(self, number: int, forward: bool) -> Symbol:
        """A numeric label."""

    def here(self) -> Symbol:
        """A symbol for the present place."""


class Tokens:
    """The tokens of one statement's operands, with a cursor. `kinds[at]` is "num", "name", "quoted", "char", "op" or "end"."""

    __slots__ = ("at", "kinds", "text", "texts")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.kinds: list[str] = []
        self.texts: list[str] = []
        at, end = 0, len(text.rstrip())
        match = TOKEN.match
        while at < end:
            found = match(text, at)
            if found is None:
                rest = text[at:].strip()
                raise GasError(f"{rest[:1]!r} cannot begin a value here", rest[:1])
            kind = found.lastgroup or ""
            self.kinds.append(kind)
            self.texts.append(found[kind])
            at = found.end()
        self.kinds.append("end")
        self.texts.append("")

    @property
    def now(self) -> str:
        """Text of the present token, '' at the end."""
        return self.texts[self.at]

    def take(self, text: str) -> bool:
        """Skip a token if it is that one."""
        if self.texts[self.at] == text and self.kinds[self.at] != "end":
            self.at += 1
            return True
        return False

    def want(self, text: str) -> None:
        """Skip a token that must be there."""
        if not self.take(text):
            raise GasError(f"'{text}' expected" + (f" before '{self.now}'" if self.now else " at the end"), self.now)

    @property
    def done(self) -> bool:
        """Whether all tokens are used."""
        return self.kinds[self.at] == "end"


def unquote(text: str) -> bytes:
    """The bytes of a string token with its quotes. Raises GasError."""
    body = text[1:-1]
    if "\\" not in body:
        return body.encode("utf-8", "surrogateescape")
    out = bytearray()
    at = 0
    while at < len(body):
        one = body[at]
        at += 1
        if one != "\\":
            out += one.encode("utf-8", "surrogateescape")
            continue
        one = body[at] if at < len(body) else ""
        at += 1
        if one in ESCAPES:
            out.append(ESCAPES[one])
        elif one and one in "01234567":
            digits = one
            while at < len(body) and len(digits) < 3 and body[at] in "01234567":
                digits += body[at]
                at += 1
            out.append(int(digits, 8) & 0xFF)
        elif one in ("x", "X"):
            start = at
            while at < len(body) and body[at] in "0123456789abcdefABCDEF":
                at += 1
            if at == start:
                raise GasError("\\x without hexadecimal digits", text)
            out.append(int(body[start:at], 16) & 0xFF)
        else:
            out += one.encode("utf-8", "surrogateescape")
    return bytes(out)


def number(text: str) -> int:
    """The value of a number token (not of a numeric label)."""
    lower = text.lower()
    if len(lower) > 400:
        raise GasError("this number is too long", text[:20])
    try:
        if lower.startswith(("0x", "0b")) and not lower.endswith("h"):
            return int(lower, 0)
        if lower.endswith("h"):
            return int(lower[:-1], 16)
        return int(lower, 8 if len(lower) > 1 and lower[0] == "0" else 10)
    except ValueError:
        raise GasError(f"{text} is no number", text) from None


def parse(tokens: Tokens, names: Names, rank: int = 1, depth: int = 0) -> Expr:
    """An expression at the cursor. Raises GasError."""
    if depth > DEPTH:
        raise GasError("expression nested too deeply")
    left = _unary(tokens, names, depth)
    while True:
        name = tokens.now
        found = _RANK.get(name, 0) if tokens.kinds[tokens.at] == "op" else 0
        if found < rank:
            return left
        tokens.at += 1
        left = join(name, left, parse(tokens, names, found + 1, depth + 1))


def _unary(tokens: Tokens, names: Names, depth: int) -> Expr:
    kind, text = tokens.kinds[tokens.at], tokens.now
    tokens.at += kind != "end"
    if kind == "op":
        if text in ("-", "+", "~", "!"):
            if depth > DEPTH:
                raise GasError("expression nested too deeply")
            inner = _unary(tokens, names, depth + 1)
            return inner if text == "+" else join("neg" if text == "-" else "not" if text == "~" else "lnot", inner, 0)
        if text in ("(", "["):
            found = parse(tokens, names, 1, depth + 1)
            tokens.want(")" if text == "(" else "]")
            return suffixed(found, tokens)
        raise GasError(f"'{text}' cannot begin a value", text)
    if kind == "num":
        if text[-1] in "bf" and not text.lower().startswith("0x"):
            return suffixed(names.numbered(int(text[:-1]), text[-1] == "f"), tokens)
        return number(text)
    if kind == "char":
        return _char(text)
    if kind == "name":
        return suffixed(names.here() if text == "." else names.symbol(text), tokens)
    if kind == "quoted":
        return suffixed(names.symbol(unquote(text).decode("utf-8", "surrogateescape")), tokens)
    raise GasError("a value is missing" + (f" before '{text}'" if text else ""), text)


def _char(text: str) -> int:
    if text[1] != "\\":
        return ord(text[1])
    return ESCAPES.get(text[2], ord(text[2]))


def suffixed(value: Expr, tokens: Tokens) -> Expr:
    """A value with the relocation suffix that may follow."""
    if tokens.now != "@" or tokens.kinds[tokens.at] != "op":
        return value
    tokens.at += 1
    if tokens.kinds[tokens.at] != "name":
        raise GasError("a relocation suffix such as PLT is expected behind @")
    text = tokens.now.upper()
    tokens.at += 1
    return Suffixed(value, text)


def join(name: str, left: Expr, right: Expr) -> Expr:
    """An operation, done at once if it can be."""
    if isinstance(left, int) and isinstance(right, int):
        return compute(name, left, right)
    if name == "+" and right == 0:
        return left
    if name == "+" and left == 0:
        return right
    if name == "-" and right == 0:
        return left
    if (
        isinstance(right, int)
        and name in ("+", "-")
        and isinstance(left, Op)
        and left.name == "+"
        and isinstance(left.right, int)
    ):
        return Op("+", left.left, left.right + (right if name == "+" else -right))
    if isinstance(left, Suffixed) and isinstance(right, int) and name in ("+", "-"):
        return Suffixed(join(name, left.value, right), left.suffix)
    if isinstance(right, Suffixed) and isinstance(left, int) and name == "+":
        return Suffixed(join("+", right.value, left), right.suffix)
    if name == "-" and isinstance(right, int):
        return Op("+", left, -right)
    return Op(name, left, right)


def wrap(value: int) -> int:
    """A number as the 64-bit one it is to the assembler (bignums of .octa keep up to 128 bits unsigned)."""
    return value if -(1 << 63) <= value < 1 << 128 else (value + (1 << 63)) % (1 << 64) - (1 << 63)


def compute(name: str, left: int, right: int) -> int:
    """An operation on numbers. Raises GasError."""
    if name == "+":
        return wrap(left + right)
    if name == "-":
        return wrap(left - right)
    if name == "*":
        return wrap(left * right)
    if name in ("/", "%"):
        if right == 0:
            raise GasError("division by zero")
        whole = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return whole if name == "/" else left - whole * right
    if name in ("<<", ">>"):
        if not 0 <= right < 64:
            return 0
        return wrap(left << right) if name == "<<" else (left & (1 << 64) - 1) >> right
    simple = {
        "&": left & right, "|": left | right, "^": left ^ right, "!": left | ~right, "neg": -left, "not": ~left,
        "lnot": int(left == 0), "==": -(left == right), "!=": -(left != right), "<>": -(left != right), "<": -(left < right),
        ">": -(left > right), "<=": -(left <= right), ">=": -(left >= right), "&&": int(bool(left and right)),
        "||": int(bool(left or right)),
    }  # fmt: skip
    return simple[name]


class Sum(NamedTuple):
    """A value: `plus` - `minus` + `number`; symbols here are labels, undefined or common. `suffix` as written behind @."""

    plus: Symbol | None
    minus: Symbol | None
    number: int
    suffix: str = ""


_NOTHING: Final = Sum(None, None, 0)


def value_of(expr: Expr, settled: bool, depth: int = 0) -> Sum:
    """The value of an expression. `settled`: sections have their layout, so any distance inside one is a number; before, only
    distances between labels of a piece without variable places in between. Raises GasError for what has no value."""
    if depth > DEPTH:
        raise GasError("an expression depends on itself, or is nested too deeply")
    if isinstance(expr, int):
        return Sum(None, None, expr)
    if isinstance(expr, Symbol):
        if expr.settle is not None and settled:
            return Sum(None, None, expr.settle())
        if expr.value is not None:
            return value_of(expr.value, settled, depth + 1)
        return Sum(expr, None, 0)
    if isinstance(expr, Suffixed):
        inner = value_of(expr.value, settled, depth + 1)
        return inner._replace(suffix=expr.suffix)
    left = value_of(expr.left, settled, depth + 1)
    right = value_of(expr.right, settled, depth + 1)
    if expr.name == "+":
        return _add(left, right, settled)
    if expr.name == "-":
        return _add(left, Sum(right.minus, right.plus, -right.number), settled)
    if expr.name == "neg":
        return Sum(left.minus, left.plus, -left.number)
    if left.plus is None and right.plus is None and left.minus is None and right.minus is None:
        return Sum(None, None, compute(expr.name, left.number, right.number))
    if expr.name in ("==", "!=", "<>", "<", ">", "<=", ">="):
        apart = _add(left, Sum(right.minus, right.plus, -right.number), settled)
        if apart.plus is None and apart.minus is None:
            return Sum(None, None, compute(expr.name, apart.number, 0))
    raise GasError(f"'{_SPOKEN.get(expr.name, expr.name)}' needs numbers that are known here, not the addresses of symbols")


_SPOKEN: Final = {"neg": "-", "not": "~", "lnot": "!"}


def _add(left: Sum, right: Sum, settled: bool) -> Sum:
    plus = [one for one in (left.plus, right.plus) if one is not None]
    minus = [one for one in (left.minus, right.minus) if one is not None]
    total = left.number + right.number
    for one in list(plus):
        for other in minus:
            apart = distance(one, other, settled)
            if apart is not None:
                total += apart
                plus.remove(one)
                minus.remove(other)
                break
    if len(plus) > 1 or len(minus) > 1:
        raise GasError("a value can have one symbol, or the difference of two")
    return Sum(plus[0] if plus else None, minus[0] if minus else None, wrap(total), left.suffix or right.suffix)


def distance(end: Symbol, start: Symbol, settled: bool) -> int | None:
    """Bytes from one label to another, None if that is not a number (yet)."""
    if end is start:
        return 0
    if end.piece is None or start.piece is None or end.piece.section is not start.piece.section:
        return None
    if settled:
        return offset_of(end) - offset_of(start)
    if end.piece is not start.piece:
        return None
    low, high = sorted((end.position, start.position))
    items = end.piece.items
    for index in range(len(items) - 1, -1, -1):
        if items[index].position < low:
            break
        if items[index].position < high:
            return None
    return end.position - start.position


def offset_of(symbol: Symbol) -> int:
    """Final offset of a label in its section."""
    piece = symbol.piece
    assert piece is not None
    return piece.section.move(piece.start + symbol.position)


def section_of(symbol: Symbol) -> Section | None:
    """The section a label lies in."""
    return symbol.piece.section if symbol.piece is not None else None


def alias_of(expr: Expr) -> Symbol | None:
    """The symbol an expression names although it equals another one: its binding counts, and references to a global one keep its
    name."""
    while isinstance(expr, Suffixed) or (isinstance(expr, Op) and expr.name == "+" and isinstance(expr.right, int)):
        expr = expr.value if isinstance(expr, Suffixed) else expr.left
    return expr if isinstance(expr, Symbol) and expr.value is not None else None
