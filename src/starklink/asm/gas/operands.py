"""Operands of instructions, in either syntax, as values the form table takes.

QWORD PTR [rbp-8]   -8[rbp+rax*4]   .LC0[rip]   fs:x@tpoff   OFFSET FLAT:main   st(1)   [rax]{1to8}     Intel
-8(%rbp,%rax,4)     .LC0(%rip)      %fs:x@tpoff $main        %st(1)  *%rax                              AT&T
"""

from __future__ import annotations

from typing import Final

from ..operands import REGISTERS, AsmError, Decorator, Mem, Reg, Segment, rd_sae, rn_sae, ru_sae, rz_sae, sae
from ..operands import st as _st
from ..places import Symbolic
from .errors import GasError
from .expr import Names, Tokens, join, number, parse, suffixed, unquote, value_of
from .program import Expr

SIZES: Final = {
    "byte": 8, "word": 16, "dword": 32, "fword": 48, "qword": 64, "mmword": 64, "tbyte": 80, "oword": 128, "xmmword": 128,
    "ymmword": 256, "zmmword": 512,
}  # fmt: skip
DECORATORS: Final = {"rn-sae": rn_sae, "rd-sae": rd_sae, "ru-sae": ru_sae, "rz-sae": rz_sae, "sae": sae}
_ALIASES: Final = {**{f"r{i}l": f"r{i}b" for i in range(8, 16)}, "riz": "", "eiz": ""}
NAMED: Final[dict[str, Reg]] = {**REGISTERS, "st": _st, **{old: REGISTERS[new] for old, new in _ALIASES.items() if new},
                                **{f"db{i}": REGISTERS[f"dr{i}"] for i in range(8)}}  # fmt: skip
for _i in range(8):
    NAMED.pop(f"st{_i}", None)
_STACK_BASES: Final = frozenset(("rsp", "esp", "rbp", "ebp"))


class Place(Symbolic):
    """An expression where the form table expects a symbol."""

    __slots__ = ("expr", "immediate")

    def __init__(self, expr: Expr, immediate: bool = False) -> None:
        self.expr = expr
        self.immediate = immediate

    def __repr__(self) -> str:
        return "?"


class Operand:
    """One operand. `kind`: "reg", "mem", "imm" (a number or OFFSET), "sym" (a bare symbol: a branch target, or memory), "dec"
    (rounding). `star`: AT&T's mark of an indirect branch."""

    __slots__ = (
        "base", "bits", "count", "disp", "index", "kind", "mask", "reg", "scale", "segment", "short", "star", "text", "zeroing",
    )  # fmt: skip

    def __init__(self, kind: str, text: str) -> None:
        self.kind = kind
        self.text = text
        self.reg: Reg | Decorator | None = None
        self.base: Reg | None = None
        self.index: Reg | None = None
        self.scale = 1
        self.disp: Expr = 0
        self.segment: Reg | None = None
        self.bits = 0
        self.count = 0
        self.mask = 0
        self.zeroing = False
        self.star = False
        self.short = ""

    def memory(self, bits: int, mode: int) -> Mem:
        """The memory operand, of `bits` bits (0 = by the other operands), in `mode`-bit code."""
        disp, target = self.disp, None
        if not isinstance(disp, int):
            target, disp = Place(disp), 0
        elif not -0x8000_0000 <= disp <= 0x7FFF_FFFF and disp & (1 << 64) - 1 >= 0xFFFF_FFFF_8000_0000:
            disp = disp & 0xFFFF_FFFF_FFFF_FFFF
        base, index, scale = self.base, self.index, self.scale
        if mode != 64 and isinstance(disp, int) and 0x8000_0000 <= disp <= 0xFFFF_FFFF and (base or index):
            disp -= 1 << 32  # addresses wrap, so a short form may do
        elif mode != 64 and isinstance(disp, int) and disp >= 0xFFFF_FFFF_8000_0000:
            disp &= 0xFFFF_FFFF
        segment = self.segment
        if segment is not None and segment.name == ("ss" if base is not None and base.name in _STACK_BASES else "ds"):
            segment = None  # it is that one anyway
        try:
            return Mem(bits, base, index, scale, disp, target, segment, self.count, 0, self.mask, True)
        except AsmError as error:
            raise GasError(str(error), self.text) from None


def simple(expr: Expr) -> Expr:
    """The number behind an expression if it is known already."""
    if isinstance(expr, int):
        return expr
    try:
        value = value_of(expr, False)
    except GasError:
        return expr
    if value.plus is None and value.minus is None and not value.suffix:
        return value.number
    return expr


def _is_difference(expr: Expr) -> bool:
    """Whether an expression is the difference of two symbols: a number, not an address, even if it is not known yet."""
    try:
        return value_of(expr, False).minus is not None
    except GasError:
        return False


def split(text: str) -> list[str]:
    """Operands at the commas outside of brackets, braces and strings."""
    if "(" not in text and "[" not in text and '"' not in text and "'" not in text and "{" not in text:
        return [part.strip() for part in text.split(",")]
    parts, depth, start, at, end = [], 0, 0, 0, len(text)
    while at < end:
        one = text[at]
        if one in "([{":
            depth += 1
        elif one in ")]}":
            depth -= 1
        elif one == '"':
            at += 1
            while at < end and text[at] != '"':
                at += 2 if text[at] == "\\" else 1
        elif one == "'":
            at += 2 if text[at + 1 : at + 2] == "\\" else 1
        elif one == "," and depth <= 0:
            parts.append(text[start:at].strip())
            start = at + 1
        at += 1
    parts.append(text[start:].strip())
    return parts


def decorate(operand: Operand, words: list[str]) -> None:
    """Apply `{k1}`, `{z}`, `{1to8}`."""
    for word in words:
        name = word.strip().lower().removeprefix("%")
        if name == "z":
            operand.zeroing = True
        elif len(name) == 2 and name[0] == "k" and name[1] in "1234567":
            operand.mask = int(name[1])
        elif name in ("1to2", "1to4", "1to8", "1to16", "1to32"):
            operand.count = int(name[3:])
        else:
            raise GasError(f"{{{word}}} is no mask, {{z}} or broadcast", word)


def braces(text: str) -> tuple[str, list[str]]:
    """The operand without its decorations, and those."""
    at = text.find("{")
    if at < 0:
        return text, []
    tail = text[at:].replace(" ", "").replace("\t", "")
    if not tail.endswith("}"):
        raise GasError("'}' is missing", text[at:])
    return text[:at].strip(), tail[1:-1].split("}{")


# -- Intel ---------------------------------------------------------------------------------------------------------------
class _Linear:
    """What stands inside an Intel operand: registers with factors, and the rest."""

    __slots__ = ("registers", "rest")

    def __init__(self, rest: Expr = 0) -> None:
        self.registers: list[tuple[Reg, int]] = []
        self.rest = rest


class Intel:
    """Parser of one operand in Intel syntax."""

    def __init__(self, text: str, names: Names) -> None:
        self.tokens = Tokens(text)
        self.names = names
        self.out = Operand("imm", text)
        self.brackets = False
        self.offset = False
        self.pointer = False
        self.selector: Expr | None = None

    def parse(self) -> Operand:
        """The operand. Raises GasError."""
        out, tokens = self.out, self.tokens
        value = self._sum(0)
        if tokens.now == ":" and not value.registers and not self.brackets:
            tokens.at += 1
            self.selector, value = value.rest, self._sum(0)
        if not tokens.done:
            raise GasError(f"'{tokens.now}' is not expected here", tokens.now)
        registers = value.registers
        out.disp = simple(value.rest)
        if len(registers) == 1 and registers[0][1] == 1 and not self.brackets and out.disp == 0 and not out.segment:
            register = registers[0][0]
            if self.pointer or self.offset:
                raise GasError(f"{register.name} is a register; an address is written in brackets", register.name)
            out.kind, out.reg = "reg", register
            return out
        if registers or self.brackets or out.segment is not None:
            out.kind = "mem"
            self._registers(registers)
        elif self.offset:
            out.kind = "imm"
        elif isinstance(out.disp, int):
            out.kind = "mem" if self.pointer else "imm"
        else:
            out.kind = "mem" if self.pointer else "imm" if _is_difference(out.disp) else "sym"
        return out

    def _registers(self, registers: list[tuple[Reg, int]]) -> None:
        out = self.out
        for register, factor in registers:
            if isinstance(register, Segment) or register.bits < 16 or (register.name[0] in "cdtkmb" and register.bits < 16):
                raise GasError(f"{register.name} cannot be part of an address", register.name)
            if factor == 1 and out.base is None and register.bits <= 64:
                out.base = register
            elif out.index is None and factor in (-1, 1, 2, 4, 8):
                out.index, out.scale = register, abs(factor)
            elif factor == -1 and out.base is None:
                out.base = register
            elif factor not in (-1, 1, 2, 4, 8):
                raise GasError(f"an index register is scaled by 1, 2, 4 or 8, not by {factor}", register.name)
            else:
                raise GasError("an address has at most one base and one index register", register.name)
        if out.index is not None and out.scale == 1 and out.index.name in ("rsp", "esp") and out.base is not None:
            out.base, out.index = out.index, out.base

    def _sum(self, depth: int) -> _Linear:
        """Terms joined by + and -, or by standing beside a bracket."""
        if depth > 40:
            raise GasError("operand nested too deeply")
        tokens = self.tokens
        left = self._product(depth)
        while True:
            now = tokens.now if tokens.kinds[tokens.at] == "op" else ""
            if now == "+" or now == "-":
                tokens.at += 1
                right = self._product(depth)
                if now == "-":
                    if right.registers:
                        raise GasError("a register cannot be subtracted", right.registers[0][0].name)
                    left.rest = join("-", left.rest, right.rest)
                    continue
            elif now == "[":
                right = self._primary(depth)
            elif now in ("|", "&", "^", "<<", ">>", "==", "!=", "<", ">", "<=", ">=", "&&", "||"):
                tokens.at += 1
                right = self._product(depth)
                if left.registers or right.registers:
                    raise GasError(f"'{now}' cannot be applied to a register", now)
                left.rest = join(now, left.rest, right.rest)
                continue
            else:
                return left
            left.registers += right.registers
            left.rest = join("+", left.rest, right.rest)

    def _product(self, depth: int) -> _Linear:
        tokens = self.tokens
        left = self._primary(depth)
        while tokens.now in ("*", "/", "%") and tokens.kinds[tokens.at] == "op":
            name = tokens.now
            tokens.at += 1
            right = self._primary(depth)
            if right.registers and not left.registers:
                left, right = right, left
                if name != "*":
                    raise GasError(f"'{name}' cannot be applied to a register", name)
            factor = right.rest
            if left.registers:
                if name != "*" or right.registers or not isinstance(factor, int) or left.rest != 0:
                    raise GasError("a register can only be multiplied by a number", left.registers[0][0].name)
                left.registers = [(register, abs(times) * factor) for register, times in left.registers]
                if factor == 1:  # as `[rax*1]`: the register is an index, which a factor of -1 says
                    left.registers = [(register, -1 if times == 1 else times) for register, times in left.registers]
            else:
                left.rest = join(name, left.rest, factor)
        return left

    def _primary(self, depth: int) -> _Linear:
        tokens = self.tokens
        kind, text = tokens.kinds[tokens.at], tokens.now
        if kind == "op":
            if text in ("-", "+", "~"):
                tokens.at += 1
                inner = self._primary(depth + 1) if depth < 40 else self._sum(depth + 1)
                if inner.registers and text != "+":
                    raise GasError("a register cannot be subtracted", inner.registers[0][0].name)
                if text != "+":
                    inner.rest = join("neg" if text == "-" else "not", inner.rest, 0)
                return inner
            if text in ("(", "["):
                tokens.at += 1
                self.brackets |= text == "["
                inner = self._sum(depth + 1)
                tokens.want(")" if text == "(" else "]")
                inner.rest = suffixed(inner.rest, tokens)
                return inner
            if text == "%" and tokens.kinds[tokens.at + 1] == "name" and tokens.texts[tokens.at + 1].lower() in NAMED:
                tokens.at += 1
                return self._name(depth)
        if kind == "name":
            return self._name(depth)
        return _Linear(parse(tokens, self.names, 6))

    def _name(self, depth: int) -> _Linear:
        tokens, out = self.tokens, self.out
        text = tokens.now
        lower = text.lower()
        following = tokens.texts[tokens.at + 1]
        register = NAMED.get(lower)
        if isinstance(register, Segment) and following in ("[", "]", "+", "-"):
            register = None  # a variable of that name
        if register is not None and following != "@":
            tokens.at += 1
            if isinstance(register, Segment) and tokens.now == ":":
                tokens.at += 1
                out.segment = register
                return self._sum(depth + 1)
            if register is _st and tokens.now == "(":
                tokens.at += 1
                digit = tokens.now
                tokens.at += 1
                if digit not in ("0", "1", "2", "3", "4", "5", "6", "7"):
                    raise GasError("the floating-point stack has st(0) to st(7)", digit)
                tokens.want(")")
                register = REGISTERS[f"st{digit}"]
            made = _Linear()
            made.registers.append((register, 1))
            return made
        if lower in SIZES and following.lower() in ("ptr", "bcst"):
            tokens.at += 2
            out.bits = SIZES[lower]
            self.pointer = True
            if following.lower() == "bcst":
                out.count = -1
            return self._sum(depth + 1)
        if lower == "offset":
            tokens.at += 1
            if tokens.now.lower() == "flat" and tokens.texts[tokens.at + 1] == ":":
                tokens.at += 2
            self.offset = True
            return self._primary(depth + 1) if depth < 40 else self._sum(depth + 1)
        if lower == "flat" and following == ":":
            tokens.at += 2
            return self._sum(depth + 1)
        if lower in ("short", "near", "far") and following and following not in ("+", "-", "[", "*", ",", "@"):
            tokens.at += 1
            out.short = lower
            if tokens.now.lower() == "ptr":
                tokens.at += 1
            return self._sum(depth + 1)
        if lower in ("ptr",):
            raise GasError("PTR needs a size before it, as in DWORD PTR", text)
        return _Linear(parse(tokens, self.names, 6))


# -- AT&T ----------------------------------------------------------------------------------------------------------------
def parse_att(text: str, names: Names) -> Operand:
    """An operand in AT&T syntax. Raises GasError."""
    out = Operand("mem", text)
    immediate = text.startswith("$")
    tokens = Tokens(text[1:] if immediate else text)
    out.star = tokens.take("*")
    if immediate:
        out.kind = "imm"
        out.disp = simple(parse(tokens, names))
        return _ended(out, tokens)
    if tokens.now == "%":
        register = _register(tokens)
        if not tokens.take(":"):
            out.kind, out.reg = "reg", register
            return _ended(out, tokens)
        if not isinstance(register, Segment):
            raise GasError(f"{register.name} is no segment register", register.name)
        out.segment = register
    brackets = False
    if not (tokens.now == "(" and _registers_follow(tokens)):
        out.disp = simple(parse(tokens, names))
        brackets = tokens.now == "("
    else:
        brackets = True
    if brackets:
        _brackets(out, tokens, names)
    elif out.segment is None and not out.star:
        out.kind = "sym"
    return _ended(out, tokens)


def _ended(out: Operand, tokens: Tokens) -> Operand:
    if not tokens.done:
        raise GasError(f"'{tokens.now}' is not expected here", tokens.now)
    return out


def _registers_follow(tokens: Tokens) -> bool:
    return tokens.texts[tokens.at + 1] in ("%", ",")


def _register(tokens: Tokens) -> Reg:
    tokens.want("%")
    name = tokens.now.lower()
    register = NAMED.get(name)
    if register is None:
        raise GasError(f"no register is called %{tokens.now}", "%" + tokens.now)
    tokens.at += 1
    if register is _st and tokens.now == "(":
        digit = tokens.texts[tokens.at + 1]
        if digit not in ("0", "1", "2", "3", "4", "5", "6", "7"):
            raise GasError("the floating-point stack has st(0) to st(7)", digit)
        tokens.at += 2
        tokens.want(")")
        return REGISTERS[f"st{digit}"]
    return register


def _brackets(out: Operand, tokens: Tokens, names: Names) -> None:
    """`(base, index, scale)`."""
    tokens.want("(")
    if tokens.now == "%":
        out.base = _register(tokens)
    if tokens.take(","):
        if tokens.now == "%":
            out.index = _register(tokens)
            if tokens.take(","):
                if tokens.kinds[tokens.at] == "num":
                    out.scale = number(tokens.now)
                    tokens.at += 1
        elif tokens.kinds[tokens.at] == "num":
            tokens.at += 1
    tokens.want(")")
    if out.scale not in (1, 2, 4, 8):
        raise GasError(f"an index register is scaled by 1, 2, 4 or 8, not by {out.scale}", str(out.scale))
    for register in (out.base, out.index):
        if register is not None and (isinstance(register, Segment) or register.bits < 16):
            raise GasError(f"{register.name} cannot be part of an address", register.name)


__all__ = [
    "DECORATORS",
    "NAMED",
    "SIZES",
    "Intel",
    "Operand",
    "Place",
    "braces",
    "decorate",
    "parse_att",
    "simple",
    "split",
    "unquote",
]
