"""Operands of NASM statements: from tokens to `Operand`s, and from those to operands of the instruction encoder."""

from __future__ import annotations

from typing import Final

from ..operands import CLASS_NAMES, REGISTERS, Decorator, Immediate, Mem, Reg, Symbolic, rd_sae, rip, rn_sae, ru_sae, rz_sae
from ..operands import sae as sae_only
from .errors import END, NasmError, nth
from .expr import Names, Parser
from .values import Sum, Value, add

REGISTER, IMMEDIATE, MEMORY, DECORATOR = range(4)
SIZES: Final = {
    "byte": 8, "word": 16, "dword": 32, "qword": 64, "tword": 80, "oword": 128, "yword": 256, "zword": 512, "long": 32,
}  # fmt: skip
_WORDS: Final = frozenset((*SIZES, "strict", "near", "far", "short", "to", "abs", "__?masm_ptr?__"))
_ADDRESS_WORDS: Final = frozenset((*SIZES, "rel", "abs", "nosplit", "a16", "a32", "a64"))
DECORATORS: Final[dict[str, Decorator]] = {
    "rn-sae": rn_sae, "rd-sae": rd_sae, "ru-sae": ru_sae, "rz-sae": rz_sae, "sae": sae_only,
}  # fmt: skip
_REGISTERS: Final[dict[str, Reg]] = {name: reg for name, reg in REGISTERS.items() if name not in ("rip", "eip", "st")}
SEGMENTS: Final = frozenset(("es", "cs", "ss", "ds", "fs", "gs"))
_BIT: Final = {name: 1 << number for number, name in enumerate(CLASS_NAMES)}
_GENERAL: Final = _BIT["r16"] | _BIT["r32"] | _BIT["r64"]
_SHORT: Final = _BIT["i8s16"] | _BIT["i8s32"] | _BIT["i8s64"]
_ANY: Final = _BIT["i8"] | _BIT["i16"] | _BIT["i32"] | _BIT["i64"] | _BIT["i32s64"]
RELOCATABLE: Final = _ANY
_UNKNOWN: Final = _ANY | _SHORT | _BIT["u32"] | _BIT["i32m64"] | _BIT["one"] | _BIT["i4"]


class Operand:
    """One operand. `kind`: REGISTER (`reg`), IMMEDIATE (`value`), MEMORY (`value` is the displacement) or DECORATOR (`reg` is
    a `Decorator`). `size`: bits a size word asks for, 0 = none."""

    __slots__ = (
        "base", "broadcast", "by_name", "displacement", "far", "index", "kind", "near", "opmask", "reg", "relative", "scale",
        "segment", "short", "size", "split", "strict", "to", "value", "zeroing",
    )  # fmt: skip

    def __init__(self, kind: int) -> None:
        self.kind = kind
        self.reg: Reg | Decorator | None = None
        self.value: Value = 0
        self.size = 0
        self.strict = self.far = self.near = self.short = self.to = False
        self.base: Reg | None = None
        self.index: Reg | None = None
        self.scale = 1
        self.displacement = 0  # bits the displacement must have
        self.relative: bool | None = None  # `rel` or `abs` was written
        self.segment = ""
        self.split = False
        self.opmask = 0
        self.zeroing = False
        self.broadcast = 0
        self.by_name = False  # which register is the base follows from their names


class Wishes:
    """What operands say about the whole statement: address size and segment of prefixes."""

    __slots__ = ("address", "segment")

    def __init__(self) -> None:
        self.address = 0
        self.segment = ""


_NO_WISHES: Final = Wishes()


def parse(tokens: list[str], at: int, names: Names, far_pointer: bool) -> tuple[list[Operand], Wishes]:
    """The operands in tokens[at:]. `far_pointer`: `selector:offset` is allowed (jmp, call). Raises NasmError."""
    out: list[Operand] = []
    wishes = _NO_WISHES
    size = len(tokens)
    while at < size:
        token = tokens[at]
        register = _REGISTERS.get(token)
        if register is not None and (at + 1 == size or tokens[at + 1] == ","):
            operand = Operand(REGISTER)
            operand.reg = register
            out.append(operand)
            at += 2
            if at == size + 0 and tokens[at - 1] == ",":
                raise NasmError("operand expected at the end of the line", END)
            continue
        if token == "[":
            end = _common(tokens, at + 1, out)
            if end:
                at = end + 1
                if at == size and tokens[end] == ",":
                    raise NasmError("operand expected at the end of the line", END)
                continue
        if wishes is _NO_WISHES:
            wishes = Wishes()
        at = _operand(tokens, at, names, far_pointer, out, wishes)
        if at < size:
            if tokens[at] != ",":
                if not (far_pointer and tokens[at] == ":"):
                    text = f"comma or end of line expected behind the operand, found `{tokens[at]}'"
                    raise NasmError(text, nth(tokens, at))
            at += 1
            if at == size:
                raise NasmError("operand expected at the end of the line", END)
    return out, wishes


def _common(tokens: list[str], at: int, out: list[Operand]) -> int:
    """The commonest memory operands: [register], [register + number], [register + register], the latter with scale and number;
    the place behind the bracket, 0 for anything else (nothing has happened then)."""
    try:
        base = _REGISTERS.get(tokens[at])
        if base is None or not base.classes & _WIDE or base.index == 4:
            return 0
        at += 1
        token = tokens[at]
        index: Reg | None = None
        scale = 1
        number = 0
        if token == "+":
            index = _REGISTERS.get(tokens[at + 1])
            if index is not None:
                if not index.classes & base.classes & _WIDE or index.index == 4 or index is base:
                    return 0
                at += 2
                token = tokens[at]
                if token == "*":
                    scale = _SCALES.get(tokens[at + 1], 0)
                    if scale < 2:
                        return 0
                    at += 2
                    token = tokens[at]
                elif index.name < base.name:
                    return 0
        if token in "+-":
            text = tokens[at + 1]
            number = int(text) if text.isdecimal() else int(text, 16) if text[:2] == "0x" and text.isalnum() else -1
            if not 0 <= number <= 0x7FFF_FFFF:
                return 0
            if token == "-":
                number = -number
            at += 2
            token = tokens[at]
        if token != "]":
            return 0
        at += 1
        if at < len(tokens) and tokens[at] != ",":
            return 0
    except (IndexError, ValueError):
        return 0
    operand = Operand(MEMORY)
    operand.base, operand.index, operand.scale, operand.value = base, index, scale, number
    out.append(operand)
    return at


_WIDE: Final = _BIT["r32"] | _BIT["r64"]
_SCALES: Final = {"2": 2, "4": 4, "8": 8}


def _operand(tokens: list[str], at: int, names: Names, far_pointer: bool, out: list[Operand], wishes: Wishes) -> int:
    """Parse one operand that is not just a register; return the place behind it."""
    size = len(tokens)
    operand = Operand(IMMEDIATE)
    while at < size:
        word = tokens[at].lower()
        if word not in _WORDS:
            break
        if word in SIZES:
            operand.size = operand.size or SIZES[word]
        elif word == "strict":
            operand.strict = True
        elif word == "far":
            operand.far = True
        elif word == "near":
            operand.near = True
        elif word == "short":
            operand.short = True
        elif word == "to":
            operand.to = True
        at += 1
    if at >= size:
        raise NasmError("operand expected at the end of the line", END)
    token = tokens[at]
    if token == "[":
        return _memory(tokens, at + 1, names, operand, out, wishes)
    if token == "{":
        return _braced(tokens, at, out)
    if token == "&":
        return _memory(tokens, at + 1, names, operand, out, wishes, bracket=False)
    parser = Parser(tokens, at, names)
    value = parser.whole()
    at = parser.pos
    if at < size and tokens[at] == ":" and not far_pointer:
        # segment:address without brackets
        segment = _segment_of(value)
        if segment:
            operand.segment = segment
            return _memory(tokens, at + 1, names, operand, out, wishes, bracket=False)
    if at < size and tokens[at] == "[":
        # displacement[registers]
        return _memory(tokens, at + 1, names, operand, out, wishes, value)
    register = _plain_register(value)
    if register is not None:
        operand.kind = REGISTER
        operand.reg = register
        if operand.size and operand.size != register.bits and register.classes & (_GENERAL | _BIT["r8"]):
            names.warn("regsize", "invalid register size specification ignored")
    elif type(value) is Sum and any(isinstance(atom, Reg) for atom in value.terms):
        raise NasmError(
            "a register and something else cannot be added outside of brackets", next(iter(_names_in(value)), "")
        )
    else:
        operand.value = value
    out.append(operand)
    return _decorations(tokens, at, operand)


def _names_in(value: Sum) -> list[str]:
    return [atom.name for atom in value.terms if isinstance(atom, Reg)]


def _plain_register(value: Value) -> Reg | None:
    if type(value) is not Sum or value.const or len(value.terms) != 1:
        return None
    atom, factor = next(iter(value.terms.items()))
    return atom if factor == 1 and isinstance(atom, Reg) else None


def _segment_of(value: Value) -> str:
    register = _plain_register(value)
    return register.name if register is not None and register.name in SEGMENTS else ""


def _braced(tokens: list[str], at: int, out: list[Operand]) -> int:
    """`{rn-sae}` and the like as an operand."""
    name, at = braces(tokens, at)
    decorator = DECORATORS.get(name)
    if decorator is None:
        raise NasmError(f"`{{{name}}}' is not an expected decorator", name)
    operand = Operand(DECORATOR)
    operand.reg = decorator
    out.append(operand)
    return at


def braces(tokens: list[str], at: int) -> tuple[str, int]:
    """(what stands between braces, the place behind them)."""
    end = at + 1
    while end < len(tokens) and tokens[end] != "}":
        end += 1
    if end >= len(tokens):
        raise NasmError("unterminated braces at end of line", "{")
    return "".join(tokens[at + 1 : end]).lower(), end + 1


def _decorations(tokens: list[str], at: int, operand: Operand) -> int:
    """{k1}{z}{1to8} behind an operand."""
    while at < len(tokens) and tokens[at] == "{":
        name, following = braces(tokens, at)
        if name in DECORATORS:
            break
        at = following
        if len(name) == 2 and name[0] == "k" and name[1] in "1234567":
            operand.opmask = int(name[1])
        elif name == "z":
            operand.zeroing = True
        elif name.startswith("1to") and name[3:] in ("2", "4", "8", "16", "32"):
            operand.broadcast = int(name[3:])
        else:
            raise NasmError(f"`{{{name}}}' is not an expected decorator", name)
    return at


def _memory(
    tokens: list[str], at: int, names: Names, operand: Operand, out: list[Operand], wishes: Wishes, before: Value = 0,
    bracket: bool = True,
) -> int:  # fmt: skip
    """A memory reference behind its opening bracket."""
    operand.kind = MEMORY
    size = len(tokens)
    out.append(operand)
    while True:
        while at < size and tokens[at].lower() in _ADDRESS_WORDS:
            word = tokens[at].lower()
            if names.tasm and word in SIZES:
                operand.size = operand.size or SIZES[word]
            else:
                _address_word(word, operand, wishes)
            at += 1
        parser = Parser(tokens, at, names)
        value = parser.whole()
        at = parser.pos
        if at < size and tokens[at] == ":":
            segment = _segment_of(value)
            if not segment:
                raise NasmError("invalid segment override", tokens[at - 1])
            if operand.segment:
                raise NasmError("conflicting segment overrides", segment)
            operand.segment = segment
            at += 1
            continue
        break
    if before != 0:
        value = add(value, before)
    _address(operand, value, parser.hint, parser.hint_register)
    if bracket and at < size and tokens[at] == ",":
        # [base + displacement, index * scale]
        second = Parser(tokens, at + 1, names)
        more = Operand(MEMORY)
        _address(more, second.whole(), "", None)
        at = second.pos
        if operand.index is not None or (more.base is not None and more.index is not None) or more.value != 0:
            raise NasmError("invalid mib expression", ",")
        operand.index, operand.scale = (more.index, more.scale) if more.index is not None else (more.base, 1)
        operand.split = True
    if bracket:
        if at >= size or tokens[at] != "]":
            found = f", found `{tokens[at]}'" if at < size else ""
            raise NasmError(f"`]' expected at the end of the memory operand{found}", nth(tokens, at))
        at += 1
    if operand.segment:
        wishes.segment = operand.segment
    return _decorations(tokens, at, operand)


def _address_word(word: str, operand: Operand, wishes: Wishes) -> None:
    if word in SIZES:
        operand.displacement = SIZES[word]
        if operand.displacement > 64:
            raise NasmError("invalid size specification in effective address", word)
    elif word == "rel":
        operand.relative = True
    elif word == "abs":
        operand.relative = False
    elif word == "nosplit":
        operand.split = True
    else:
        wishes.address = int(word[1:])


def _address(operand: Operand, value: Value, hint: str, hint_register: Reg | None) -> None:
    """Divide an address into base, index and displacement, as NASM does."""
    if type(value) is int:
        operand.value = value
        return
    assert type(value) is Sum
    registers = [(atom.name, atom, factor) for atom, factor in value.terms.items() if isinstance(atom, Reg)]
    if not registers:
        operand.value = value
        return
    if len(registers) == len(value.terms):
        operand.value = value.const
    else:
        operand.value = Sum(
            value.const, {atom: n for atom, n in value.terms.items() if not isinstance(atom, Reg)}, value.wrt
        )
    registers.sort(key=lambda one: one[0])
    base: Reg | None = None
    index: Reg | None = None
    scale = 1
    for _, register, factor in registers:
        if factor == 1 and base is None and register.classes & _GENERAL:
            base = register
        elif index is None:
            index, scale = register, factor
        else:
            raise NasmError("invalid effective address: too many registers", register.name)
    vector = index is not None and not index.classes & _GENERAL
    if index is not None and not vector:
        if base is not None and scale == 1 and base is not index:
            operand.by_name = hint == "summed"
            if (hint_register is base and hint == "notbase") or (hint_register is index and hint == "base"):
                base, index = index, base
        elif base is None:
            base, index, scale = _single(operand, index, scale, hint, hint_register)
        if index is not None and scale == 1 and index.index == 4:
            base, index = index, base
    elif base is not None and index is None and operand.split and hint == "notbase" and hint_register is base:
        index = base
        base = None
    if index is not None and not vector and (scale not in (1, 2, 4, 8) or index.index == 4):
        raise NasmError(
            f"{index.name} cannot be an index register"
            if index.index == 4
            else f"invalid effective address: scale {scale}",
            index.name,
        )
    operand.base, operand.index, operand.scale = base, index, scale


def _single(
    operand: Operand, index: Reg, scale: int, hint: str, hint_register: Reg | None
) -> tuple[Reg | None, Reg | None, int]:
    """One register only, or one register several times."""
    if scale == 1 and not (hint_register is index and hint == "notbase" and operand.split):
        return index, None, 1
    if (scale == 2 and (not operand.split or hint == "summed")) or scale in (3, 5, 9):
        if scale == 2 and index.index == 4:
            return None, index, scale
        return index, index, scale - 1
    return None, index, scale


# -- for the encoder -----------------------------------------------------------------------------------------------------
class Imm(Immediate):
    """An immediate whose operand classes follow NASM's rules."""

    __slots__ = ()

    def __init__(self, value: Value, classes: int) -> None:
        self.value = value
        self.size = 0
        self.classes = classes

    def __repr__(self) -> str:
        return f"{self.value:#x}" if isinstance(self.value, int) else "symbol"


def immediate_classes(number: int) -> int:
    """Classes of a plain number: small forms if it fits, large ones in any case (what does not fit is cut off)."""
    found = _ANY
    low = number & 0xFFFF_FFFF
    if low <= 127 or low >= 0xFFFF_FF80:
        found |= _BIT["i8s32"] | _BIT["i8s64"]
    low &= 0xFFFF
    if low <= 127 or low >= 0xFF80:
        found |= _BIT["i8s16"]
    if 0 <= number <= 0xFFFF_FFFF:
        found |= _BIT["u32"]
    if -0x8000_0000 <= number <= 0x7FFF_FFFF:
        found |= _BIT["i32m64"]
    if number == 1:
        found |= _BIT["one"]
    if -16 <= number <= 15:
        found |= _BIT["i4"]
    return found


_SIZED: Final = {
    8: _BIT["i8"] | _SHORT | _BIT["i4"],
    16: _BIT["i16"] | _BIT["i8s16"],
    32: _BIT["i32"] | _BIT["i8s32"] | _BIT["i32m64"],
    64: _BIT["i64"] | _BIT["i32s64"] | _BIT["i8s64"] | _BIT["u32"] | _BIT["i32m64"],
}
_STRICT: Final = {
    0: _ANY,
    8: _BIT["i8"] | _SHORT | _BIT["i4"],
    16: _BIT["i16"],
    32: _BIT["i32"] | _BIT["i32m64"],
    64: _BIT["i64"],
}


def classes_for(operand: Operand, classes: int, mnemonic: str) -> int:
    """The classes that size words and `strict` leave."""
    size = operand.size
    if not size and not operand.strict:
        return classes
    if size not in (0, 8, 16, 32, 64):
        return 0
    if size == 8:
        return (classes | _SHORT) & _SIZED[8]
    allowed = _STRICT[size] if operand.strict else _SIZED[size]
    if mnemonic == "push":
        if size == 32 or size == 64:
            allowed |= _BIT["i32s64"] | (0 if operand.strict else _BIT["i8s64"])
    elif mnemonic == "mov" and size == 32:
        allowed |= _BIT["i32s64"]
    elif size == 64 and operand.strict and mnemonic != "mov":
        allowed |= _BIT["i32s64"]
    if operand.strict and size in (32, 64) and mnemonic == "mov":
        classes |= _BIT["i32m64"] if size == 32 else 0
    return classes & allowed


UNKNOWN: Final = _UNKNOWN
SHORT: Final = _SHORT
LONG_AS_DWORD: Final = _BIT["u32"] | _BIT["i32m64"]


def register_operand(operand: Operand) -> Reg:
    """The encoder's register with decorations."""
    reg = operand.reg
    assert isinstance(reg, Reg)
    if operand.opmask or operand.zeroing:
        return reg._variant(operand.opmask, operand.zeroing)
    return reg


def memory_operand(
    operand: Operand, bits: int, size: int, number: int, target: Symbolic | None, width: int, use_rip: bool
) -> Mem:
    """The encoder's memory operand with displacement `number`, or `target` if that is a symbol's address. `width`: bits the
    displacement must have."""
    return Mem(
        size, rip if use_rip else operand.base, operand.index, operand.scale, number, target, None,
        operand.broadcast, width, operand.opmask, True,
    )  # fmt: skip
