"""Expressions: from tokens to values.

    parse  ? :   ||   ^^   &&   = <> < > <= >= <=>   |   ^   &   << >> <<< >>>   + -   * / // % %%   unary + - ~ ! seg functions

Everything that can be computed at once is: constants are folded, sums are kept as `values.Sum`. What needs addresses that later
passes find becomes a `Deferred` atom.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from ..operands import REGISTERS, Reg
from .errors import END, NasmError, nth
from .floats import FUNCTIONS as FLOAT_FUNCTIONS
from .floats import FloatError, Rounding
from .floats import encode as encode_float
from .limits import DEFAULTS
from .strings import character_constant, integer, transform, unquote
from .tokens import DIGITS, ID_START, QUOTES, is_float, is_number
from .values import Deferred, Sum, Value, add, scalar_message, scale, wrap

_U: Final = 0xFFFF_FFFF_FFFF_FFFF
_LEVELS: Final = {
    "||": 1, "^^": 2, "&&": 3, "=": 4, "==": 4, "<>": 4, "!=": 4, "<": 4, ">": 4, "<=": 4, ">=": 4, "<=>": 4, "|": 5, "^": 6,
    "&": 7, "<<": 8, ">>": 8, "<<<": 8, ">>>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "//": 10, "%": 10, "%%": 10,
}  # fmt: skip
_SCALAR: Final[dict[str, Callable[[int, int], int]]] = {
    "||": lambda a, b: int(bool(a or b)),
    "^^": lambda a, b: int(bool(a) != bool(b)),
    "&&": lambda a, b: int(bool(a and b)),
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "&": lambda a, b: a & b,
    "<<": lambda a, b: a << (b & 63),
    "<<<": lambda a, b: a << (b & 63),
    ">>": lambda a, b: (a & _U) >> (b & 63),
    ">>>": lambda a, b: a >> (b & 63),
    "/": lambda a, b: (a & _U) // _nonzero(b & _U),
    "%": lambda a, b: (a & _U) % _nonzero(b & _U),
    "//": lambda a, b: _quotient(a, b),
    "%%": lambda a, b: a - b * _quotient(a, b),
}
_COMPARE: Final[dict[str, Callable[[int], int]]] = {
    "=": lambda d: int(d == 0),
    "==": lambda d: int(d == 0),
    "<>": lambda d: int(d != 0),
    "!=": lambda d: int(d != 0),
    "<": lambda d: int(d < 0),
    ">": lambda d: int(d > 0),
    "<=": lambda d: int(d <= 0),
    ">=": lambda d: int(d >= 0),
    "<=>": lambda d: (d > 0) - (d < 0),
}


def _nonzero(value: int) -> int:
    if not value:
        raise NasmError("division by zero")
    return value


def _quotient(a: int, b: int) -> int:
    """Quotient rounded towards zero."""
    whole = abs(a) // abs(_nonzero(b))
    return whole if (a < 0) == (b < 0) else -whole


def _ilog2(exact: bool) -> Callable[[int], int]:
    def compute(value: int) -> int:
        value &= _U
        if exact and (not value or value & (value - 1)):
            raise NasmError("ilog2 argument is not a power of two")
        return max(value.bit_length() - 1, 0)

    return compute


INTEGER_FUNCTIONS: Final[dict[str, Callable[[int], int]]] = {}
for _name, _function in (
    ("ilog2e", _ilog2(True)),
    ("ilog2w", _ilog2(False)),
    ("ilog2f", _ilog2(False)),
    ("ilog2c", lambda v: 0 if v & _U < 2 else ((v & _U) - 1).bit_length()),
):
    INTEGER_FUNCTIONS[f"__{_name}__"] = INTEGER_FUNCTIONS[f"__?{_name}?__"] = _function
_ILOG2W: Final = frozenset(("__ilog2w__", "__?ilog2w?__"))
STRING_FUNCTIONS: Final = {
    form.format(name): name
    for name in ("utf16", "utf16le", "utf16be", "utf32", "utf32le", "utf32be")
    for form in ("__{}__", "__?{}?__")
}
_UNARY: Final[dict[str, Callable[[int], int]]] = {
    "-": lambda v: -v,
    "+": lambda v: v,
    "~": lambda v: ~v,
    "!": lambda v: int(not v),
}

# What may follow a complete operand, so that a name is not mistaken for a symbol.
_REGISTERS: Final[dict[str, Reg]] = {name: reg for name, reg in REGISTERS.items() if name not in ("rip", "eip", "st")}


def _has_number(value: Value, names: Names) -> bool:
    """Whether the numeric part of a sum is not 0; addresses count as such unless they are the beginning of a section."""
    if type(value) is int:
        return value != 0
    assert type(value) is Sum
    return value.const != 0 or not all(isinstance(atom, Reg) or names.is_origin(atom) for atom in value.terms)


class Names:
    """What an expression asks its surroundings for. This base class knows no names: it serves plain constants."""

    def __init__(self) -> None:
        self.rounding = Rounding()
        self.most_operands = DEFAULTS["eval"]  # operands, operators before them and parentheses in one expression
        self.tasm = False  # -t: TASM's way of writing some things

    def symbol(self, name: str) -> Value:
        """The value of a symbol."""
        raise NasmError(f"the symbol `{name}' cannot be used here", name)

    def here(self) -> Value:
        """`$`"""
        raise NasmError("`$' cannot be used here", "$")

    def base(self) -> Value:
        """`$$`"""
        raise NasmError("`$$' cannot be used here", "$$")

    def is_origin(self, atom: object) -> bool:
        """Whether a part of a sum is the beginning of a section or a foreign symbol: an address without an offset."""
        return False

    def warn(self, group: str, text: str) -> None:
        """A warning about the expression."""


class Parser:
    """Parses the expression that begins at `tokens[pos]`; afterwards `pos` is the first token that does not belong to it.

    `hint` and `hint_register` remember how the first register was written: NASM's choice of base and index depends on it. For the
    same reason `numeric` tells of every value on the stack whether it has a numeric part, which may be 0: a sum of two such parts
    makes NASM forget about the first register, and has none if it is 0.
    """

    __slots__ = ("hint", "hint_register", "names", "numeric", "pos", "tokens")

    def __init__(self, tokens: Sequence[str], pos: int, names: Names) -> None:
        self.tokens = tokens
        self.pos = pos
        self.names = names
        self.hint = ""
        self.hint_register: Reg | None = None
        self.numeric: list[bool] = []

    def whole(self) -> Value:
        """An expression with an optional WRT."""
        self.hint, self.hint_register = "", None
        value = self.expression()
        if self.pos < len(self.tokens) and self.tokens[self.pos].lower() == "wrt":
            self.pos += 1
            if self.pos >= len(self.tokens):
                raise NasmError("what stands behind WRT is missing", "wrt")
            name = self.tokens[self.pos]
            self.pos += 1
            if not name.startswith(".."):
                raise NasmError(f"`{name}' is no special symbol: WRT takes ..got, ..plt and the like here", name)
            if isinstance(value, int):
                value = Sum(value, {}, name.lower())
            else:
                value = Sum(value.const, value.terms, name.lower())
        return value

    def expression(self) -> Value:
        """An expression without WRT, by operator precedence with explicit stacks: generated sources nest thousands deep."""
        tokens = self.tokens
        count = len(tokens)
        values: list[Value] = []
        operators: list[tuple[int, str]] = []  # (level, symbol); level 0: parenthesis, 11: unary
        push = values.append
        numeric = self.numeric = []
        room = self.names.most_operands
        while True:
            # -- an operand is expected
            if self.pos >= count:
                raise NasmError("expression expected at the end of the line", END)
            room -= 1
            if room < 0:
                raise NasmError(f"the expression has more than {self.names.most_operands} operands and operators")
            token = tokens[self.pos]
            self.pos += 1
            first = token[0]
            if first in ID_START and token != "?":
                lower = token.lower()
                if lower in INTEGER_FUNCTIONS:
                    operators.append((11, lower))
                    continue
                push(self._name(token, lower))
                numeric.append(lower not in _REGISTERS)
            elif first in DIGITS:
                push(self._number(token))
                numeric.append(True)
            elif token == "(":
                operators.append((0, "("))
                continue
            elif token in _UNARY:
                operators.append((11, token))
                continue
            elif first in QUOTES:
                push(self._character(token))
                numeric.append(True)
            elif first == "$":
                push(self._dollar(token))
                numeric.append(True)
            else:
                raise NasmError(f"expression expected, found `{token}'", nth(tokens, self.pos - 1))
            # -- an operator is expected
            while True:
                token = tokens[self.pos] if self.pos < count else ""
                level = _LEVELS.get(token, 0)
                if level:
                    while operators and operators[-1][0] >= level:
                        self._reduce(values, operators)
                    operators.append((level, token))
                    self.pos += 1
                    break
                while operators and operators[-1][0] > 0:
                    self._reduce(values, operators)
                if token == "?":
                    operators.append((0, "?"))
                    self.pos += 1
                    break
                if token == ":" and self._open(operators, "?"):
                    while operators[-1] != (0, "?"):
                        self._reduce(values, operators)
                    operators[-1] = (0, ":")
                    self.pos += 1
                    break
                while operators and operators[-1][1] == ":":
                    self._reduce(values, operators)
                if token == ")" and operators and operators[-1] == (0, "("):
                    operators.pop()
                    self.pos += 1
                    continue
                if operators:
                    symbol = operators[-1][1]
                    raise NasmError("`)' expected" if symbol == "(" else "`?' without matching `:'", symbol)
                return values[0]

    @staticmethod
    def _open(operators: list[tuple[int, str]], symbol: str) -> bool:
        """Whether a conditional is open inside the innermost parenthesis."""
        for _, one in reversed(operators):
            if one == "(":
                return False
            if one == symbol:
                return True
        return False

    def _reduce(self, values: list[Value], operators: list[tuple[int, str]]) -> None:
        level, symbol = operators.pop()
        right = values.pop()
        if level == 11:
            if symbol == "-":
                values.append(scale(right, -1))
            elif symbol == "+":
                values.append(right)
            else:
                self.numeric[-1] = True
                values.append(self._scalar(symbol, _UNARY.get(symbol) or INTEGER_FUNCTIONS[symbol], right))
        elif symbol == ":":
            first = values.pop()
            condition = values.pop()
            has = self.numeric.pop()
            had = self.numeric.pop()
            if type(condition) is int:
                values.append(first if condition else right)
                self.numeric[-1] = had if condition else has
            else:
                self.numeric[-1] = True
                node = Deferred("?", lambda c, a, b: a if c else b, (condition, first, right))
                values.append(Sum(0, {node: 1}))
        else:
            values.append(self._apply(symbol, values.pop(), right))

    def _apply(self, symbol: str, left: Value, right: Value) -> Value:
        if symbol == "+" or symbol == "-":
            made = add(left, right, 1 if symbol == "+" else -1)
            self._add(left, right, made)
            return made
        has = self.numeric.pop()
        if symbol == "*":
            if type(left) is int:
                self.numeric[-1] = has
            return self._multiply(left, right)
        self.numeric[-1] = True
        compare = _COMPARE.get(symbol)
        if compare is not None:
            difference = add(left, right, -1)
            if type(difference) is int:
                return compare(difference)
            return Sum(0, {Comparison(symbol, compare, (difference,)): 1})
        compute = _SCALAR[symbol]
        if type(left) is int and type(right) is int:
            return wrap(compute(left, right))
        if has_register(left) or has_register(right):
            raise NasmError(scalar_message(symbol), symbol)
        return Sum(0, {Deferred(symbol, compute, (left, right)): 1})

    def _add(self, left: Value, right: Value, made: Value) -> None:
        """What a sum means for the choice of the base."""
        numeric = self.numeric
        has = numeric.pop()
        if not numeric[-1]:
            numeric[-1] = has
        elif has:
            if _has_number(made, self.names):
                self.hint = "summed"
            else:
                numeric[-1] = False
        if type(left) is Sum and type(right) is Sum:
            for atom in right.terms:
                if isinstance(atom, Reg) and atom in left.terms and type(made) is Sum and atom in made.terms:
                    self.hint = "summed"

    def _multiply(self, left: Value, right: Value) -> Value:
        if type(left) is int:
            left, right = right, left
        if type(right) is int:
            if self.hint == "base" and type(left) is Sum and self.hint_register in left.terms:
                self.hint = "notbase"
            return scale(left, right)
        if has_register(left) or has_register(right):
            raise NasmError("two things that are no plain numbers cannot be multiplied", "*")
        return Sum(0, {Deferred("*", lambda a, b: a * b, (left, right)): 1})

    def _dollar(self, token: str) -> Value:
        if token == "$":
            return self.names.here()
        if token == "$$":
            return self.names.base()
        if is_number(token):
            return self._number(token)
        return self.names.symbol(token[1:])

    def _scalar(self, symbol: str, compute: Callable[[int], int], value: Value) -> Value:
        if type(value) is int:
            if symbol in _ILOG2W and (value <= 0 or value & value - 1):
                self.names.warn("other", "ilog2 argument is not a power of two")
            return wrap(compute(value))
        if has_register(value):
            raise NasmError(scalar_message(symbol), symbol)
        return Sum(0, {Deferred(symbol, compute, (value,)): 1})

    def _number(self, token: str) -> int:
        if is_float(token):
            raise NasmError(f"the floating-point number `{token}' cannot be used in an expression", token)
        value = integer(token)
        if value is None:
            raise NasmError(f"invalid numeric constant `{token}'", token)
        if value > _U:
            self.names.warn("number-overflow", f"numeric constant {token} does not fit in 64 bits")
        return wrap(value)

    def _character(self, token: str) -> int:
        if len(token) < 2 or token[-1] != token[0]:
            raise NasmError("unterminated string", token)
        value, long = character_constant(unquote(token))
        if long:
            self.names.warn("other", "character constant too long")
        return wrap(value)

    def _name(self, token: str, lower: str) -> Value:
        register = _REGISTERS.get(lower)
        if register is not None:
            if not self.hint:
                self.hint, self.hint_register = "base", register
            return Sum(0, {register: 1})
        if lower[:2] == "__":
            found = self._function(token, lower)
            if found is not None:
                return found
        elif lower == "seg":
            raise NasmError("this output format has no segment bases", token)
        return self.names.symbol(token)

    def _function(self, token: str, lower: str) -> Value | None:
        if lower in FLOAT_FUNCTIONS:
            return self._float(token, lower)
        kind = STRING_FUNCTIONS.get(lower)
        if kind is not None:
            value, long = character_constant(self.string_argument(token, kind))
            if long:
                self.names.warn("other", "character constant too long")
            return wrap(value)
        return None

    def _float(self, token: str, lower: str) -> int:
        tokens, pos = self.tokens, self.pos
        name, first, size = FLOAT_FUNCTIONS[lower]
        if tokens[pos : pos + 1] != ["("]:
            raise NasmError(f"`(' expected behind {token}", token)
        pos += 1
        negative = False
        if pos < len(tokens) and tokens[pos] in "+-":
            negative = tokens[pos] == "-"
            pos += 1
        if pos + 1 >= len(tokens) or tokens[pos + 1] != ")":
            raise NasmError(f"{token} takes one floating-point number", token)
        try:
            data, group = encode_float(tokens[pos], negative, name, self.names.rounding)
        except FloatError as error:
            raise NasmError(str(error), tokens[pos]) from None
        if group:
            self.names.warn(group, FLOAT_WARNINGS[group])
        self.pos = pos + 2
        return wrap(int.from_bytes(data[first : first + size], "little"))

    def string_argument(self, token: str, kind: str) -> str:
        """The transformed string behind a string function."""
        tokens = self.tokens
        parenthesis = self.pos < len(tokens) and tokens[self.pos] == "("
        self.pos += parenthesis
        if self.pos >= len(tokens) or tokens[self.pos][0] not in QUOTES:
            raise NasmError(f"{token} must be followed by a string", token)
        text = transform(unquote(tokens[self.pos]), kind)
        if text is None:
            raise NasmError(f"invalid string for {token}: it is not UTF-8", token)
        self.pos += 1
        if parenthesis:
            if self.pos >= len(tokens) or tokens[self.pos] != ")":
                raise NasmError("`)' expected", token)
            self.pos += 1
        return text


FLOAT_WARNINGS: Final = {
    "float-overflow": "overflow in floating-point constant",
    "float-underflow": "underflow in floating-point constant",
    "float-denorm": "denormal floating-point constant",
}


class Comparison(Deferred):
    """A comparison of values that are not known yet; addresses that differ in their section are only unequal."""

    __slots__ = ()


def has_register(value: Value) -> bool:
    """Whether a register is part of a value."""
    return type(value) is Sum and any(isinstance(atom, Reg) for atom in value.terms)


def constant(tokens: Sequence[str], names: Names | None = None) -> Value:
    """The value of tokens that are one whole expression."""
    parser = Parser(tokens, 0, names or Names())
    value: Any = parser.whole()
    if parser.pos < len(tokens):
        raise NasmError(f"`{tokens[parser.pos]}' is not part of an expression", tokens[parser.pos])
    return value  # type: ignore[no-any-return]
