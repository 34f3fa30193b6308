"""One statement after the other: labels, prefixes, instructions, data, reservations, EQU and TIMES."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..operands import REGISTERS
from ..places import Place
from ..select import R_LEVEL_SHIFT
from . import data as declarations
from .branches import jump, place_branch, place_jump
from .errors import NOWHERE, NasmError
from .expr import INTEGER_FUNCTIONS, STRING_FUNCTIONS, Parser
from .floats import FUNCTIONS as FLOAT_FUNCTIONS
from .instruction import BRACED, BRANCHES, NONE, PREFIXES, Insn, Instruction, Prefix, add_prefix, is_instruction
from .operands import IMMEDIATE, MEMORY, REGISTER, SIZES, braces, parse
from .pp.core import Statement
from .program import Blank, Reserve
from .tokens import ID_START, is_name
from .values import Sum, Value, settle

if TYPE_CHECKING:
    from .assembler import Assembler

_SMALL_IMMEDIATE: Final = frozenset((
    "int", "in", "out", "shl", "shr", "sar", "rol", "ror", "rcl", "rcr", "sal", "enter", "bt", "bts", "btr", "btc", "shld",
    "shrd", "rorx", "aam", "aad",
))  # fmt: skip
_SIGN_EXTENDED: Final = frozenset(("add", "or", "adc", "sbb", "and", "sub", "xor", "cmp", "imul", "push"))
_TWO_IMMEDIATES: Final = frozenset(("enter", "extrq", "insertq"))
_PSEUDO: Final = frozenset((*declarations.UNITS, *declarations.RESERVES, "incbin", "equ", "times"))
_RESERVED: Final = frozenset((
    *[name for name in REGISTERS if name not in ("rip", "eip", "st")], *SIZES, *FLOAT_FUNCTIONS, *STRING_FUNCTIONS,
    *INTEGER_FUNCTIONS, "rel", "abs", "seg", "strict", "to", "far", "near", "short", "long", "nosplit", "wrt", "times", "incbin",
    "__infinity__", "__nan__", "__qnan__", "__snan__", "__?infinity?__", "__?nan?__", "__?qnan?__", "__?snan?__",
))  # fmt: skip


def assemble(assembler: Assembler, statement: Statement) -> None:
    """Assemble one line."""
    tokens = statement.tokens
    assembler.plain = None
    if not tokens:
        return
    if tokens[0] == "[":
        from .directives import carry_out

        if carry_out(assembler, statement.text):
            return
    at = 0
    first = tokens[0]
    word = first.lower()
    size = len(tokens)
    label = ""
    if first[0] in ID_START or first[0] == "$":
        known = word in _PSEUDO or word in PREFIXES or is_instruction(word)
        if (not known or (size > 1 and tokens[1] == ":" and word not in PREFIXES)) and is_name(first):
            if word in _RESERVED:
                raise NasmError(f"label or instruction expected at start of line, found `{first}'", first)
            label = first[1:] if first[0] == "$" else first
            at = 1
            if size > 1 and tokens[1] == ":":
                at = 2
            elif size == 1:
                assembler.warn("label-orphan", "label alone on a line without a colon might be in error")
            if at < size and tokens[at].lower() == "equ":
                equ(assembler, label, tokens, at + 1)
                return
            assembler.define(label)
            if at >= size:
                return
            word = tokens[at].lower()
    operation(assembler, statement, tokens, at, word, label)


def labels_and_jumps(assembler: Assembler, text: str) -> bool:
    """Assemble a line that is only a label, a branch to a name, or both; False for any other line."""
    found = None if assembler.cpu else jump(text, assembler.options.level)
    if found is None:
        return False
    label, word, target = found
    if target.lower() in _RESERVED:
        return False
    if label:
        lower = label.lower()
        if lower in _PSEUDO or lower in PREFIXES or lower in _RESERVED or is_instruction(lower):
            return False
        assembler.define(label)
    if word:
        place_jump(assembler, word, target)
    return True


def equ(assembler: Assembler, label: str, tokens: list[str], at: int) -> None:
    parser = Parser(tokens, at, assembler)
    value = parser.whole()
    if parser.pos < len(tokens):
        raise NasmError(f"bad syntax for EQU: `{tokens[parser.pos]}' is not expected", tokens[parser.pos])
    if type(value) is Sum and any(hasattr(atom, "classes") for atom in value.terms):
        raise NasmError("bad syntax for EQU: a register is no value", "equ")
    assembler.equate(label, value)


def operation(assembler: Assembler, statement: Statement, tokens: list[str], at: int, word: str, label: str) -> None:
    """What stands behind the label: times, prefixes, an instruction or a declaration."""
    count: Value = 1
    prefix = NONE
    size = len(tokens)
    start = at
    while at < size:
        word = tokens[at].lower()
        if word == "times":
            parser = Parser(tokens, at + 1, assembler)
            count = parser.whole()
            at = parser.pos
        elif word in PREFIXES and not (word in ("wait", "fwait") and at + 1 == size):
            prefix = add_prefix(prefix, word, assembler)
            at += 1
        elif word == "{":
            name, at = braces(tokens, at)
            if name not in BRACED:
                raise NasmError(f"`{{{name}}}' is not an expected prefix", name)
            prefix = prefix._replace(request=prefix.request | BRACED[name])
        else:
            break
    if at >= size:
        if prefix is NONE:
            raise NasmError("instruction expected", tokens[-1])
        word = ""
        if count == 1:
            assembler.emit(bare_prefixes(prefix, assembler))
            return
    if count != 1 or type(count) is not int:
        from .repeat import repeat

        repeat(assembler, count, tokens, at, word, prefix)
        return
    if word in _PSEUDO:
        pseudo(assembler, tokens, at, word, label)
        return
    if not is_instruction(word):
        raise no_instruction(assembler, tokens, at, start, label)
    instruction(assembler, statement, tokens, at, word, prefix)


def no_instruction(assembler: Assembler, tokens: list[str], at: int, start: int, label: str) -> NasmError:
    token = tokens[at]
    if label and start == 1 and at == 1:
        return NasmError(f"instruction expected, found `{label} {token}'{similar(assembler, label)}", label)
    if at:
        return NasmError(f"instruction expected, found `{token}'", token)
    return NasmError(f"label, instruction or prefix expected at start of line, found `{token}'", token)


def similar(assembler: Assembler, word: str) -> str:
    from difflib import get_close_matches

    from ..forms import mnemonics

    found = get_close_matches(word.lower(), mnemonics(), 1, 0.75)
    return f"; did you mean `{found[0]}'?" if found else ""


def pseudo(assembler: Assembler, tokens: list[str], at: int, word: str, label: str) -> None:
    unit = declarations.UNITS.get(word)
    if unit is not None:
        declare(assembler, tokens, at + 1, unit)
    elif word in declarations.RESERVES:
        reserve(assembler, tokens, at + 1, declarations.RESERVES[word])
    elif word == "incbin":
        incbin(assembler, tokens, at + 1)
    elif word == "equ":
        raise NasmError("EQU not preceded by label", "equ")


def declare(assembler: Assembler, tokens: list[str], at: int, unit: int) -> None:
    """db and the like."""
    found = declarations.quick(tokens, at, unit)
    if found is not None:
        assembler.emit(found)
        return
    pieces = declarations.declare(assembler, tokens, at, unit)
    for piece in pieces:
        if isinstance(piece, bytes):
            assembler.emit(piece)
        elif isinstance(piece, int):
            assembler.reserve(piece)
        else:
            value, size = piece
            here = len(assembler.section.data)
            assembler.emit(bytes(size))
            assembler.fix_here(here, size, value, False, size, "data", assembler.place())


def reserve(assembler: Assembler, tokens: list[str], at: int, unit: int) -> None:
    """resb and the like."""
    parser = Parser(tokens, at, assembler)
    value = parser.whole()
    if parser.pos < len(tokens):
        raise NasmError(f"`{tokens[parser.pos]}' is not expected here", tokens[parser.pos])
    reserve_value(assembler, value, unit, 1)


def reserve_value(assembler: Assembler, value: Value, unit: int, times: int) -> None:
    if type(value) is int:
        if value < 0:
            raise NasmError(f"attempt to reserve a negative quantity of memory ({value})")
        assembler.reserve(value * unit * times)
        return
    found = settle(value, assembler.space)
    if found.segments:
        raise NasmError("attempt to reserve non-constant quantity of memory")
    if type(assembler.section.data) is not Blank:
        assembler.warn_zeroing()
    assembler.add_item(Reserve(assembler.section, assembler.place(), value, unit * times))


def incbin(assembler: Assembler, tokens: list[str], at: int) -> None:
    from .strings import unquote

    if at >= len(tokens) or tokens[at][0] not in "'\"`":
        raise NasmError("`incbin' expects a file name")
    name = unquote(tokens[at])
    numbers = []
    at += 1
    while at < len(tokens):
        if tokens[at] != ",":
            raise NasmError(f"comma expected, found `{tokens[at]}'", tokens[at])
        parser = Parser(tokens, at + 1, assembler)
        numbers.append(assembler.number_now(parser.whole(), "`incbin': parameter is not a number"))
        at = parser.pos
    if len(numbers) > 2:
        raise NasmError("`incbin': more than three parameters")
    path = assembler.pp.files.find(name)
    try:
        if path is None:
            raise FileNotFoundError
        with open(path, "rb") as file:
            if numbers:
                file.seek(max(numbers[0], 0))
            assembler.emit(file.read(max(numbers[1], 0)) if len(numbers) > 1 else file.read())
    except OSError:
        raise NasmError(f"`incbin': unable to open file `{name}'", tokens[1]) from None


def instruction(
    assembler: Assembler, statement: Statement, tokens: list[str], at: int, word: str, prefix: Prefix
) -> None:
    looked = assembler.looked
    at += 1
    while at < len(tokens) and tokens[at] == "{":
        name, following = braces(tokens, at)
        if name not in BRACED:
            break
        prefix = prefix._replace(request=prefix.request | BRACED[name])
        at = following
    if assembler.cpu:
        prefix = prefix._replace(request=prefix.request | assembler.cpu << R_LEVEL_SHIFT)
    branch = word in BRANCHES
    operands, wishes = parse(tokens, at, assembler, word in ("jmp", "call"))
    if wishes.address:
        if prefix.address and prefix.address != wishes.address:
            raise NasmError("conflicting address size specifications", f"a{wishes.address}")
        prefix = prefix._replace(address=wishes.address)
    if wishes.segment and prefix.segment:
        raise NasmError("instruction has conflicting segment overrides", wishes.segment)
    if branch and operands and operands[0].kind == IMMEDIATE:
        place_branch(assembler, word, operands, prefix)
        return
    instruction = Instruction(word, operands, prefix, assembler)
    if instruction.dynamic:
        place_dynamic(assembler, instruction)
        return
    assembler.encoding_place = NOWHERE  # the present one, if there is something to say
    warned = assembler.bag.warnings
    made = instruction.encode(assembler, ())
    assembler.encoding_place = None
    if assembler.section.blank or assembler.section.absolute:
        assembler.emit(made.data)
        return
    assembler.section.data += made.data
    check_immediates(assembler, instruction, made.data)
    if (
        statement.tokens is tokens
        and assembler.bag.warnings == warned
        and assembler.looked == looked
        and type(assembler.section.data) is bytearray
        and not labelled(tokens)
    ):
        statement.mode = assembler.mode
        statement.code = made.data
        assembler.plain = instruction


def labelled(tokens: list[str]) -> bool:
    word = tokens[0].lower()
    if len(tokens) > 1 and tokens[1] == ":":
        return True
    return not (word in PREFIXES or word == "{" or is_instruction(word))


def check_immediates(assembler: Assembler, instruction: Instruction, data: bytes) -> None:
    """Warn about numbers that lose bits."""
    for operand in instruction.operands:
        if operand.kind == IMMEDIATE and type(operand.value) is int and not -128 <= operand.value <= 127:
            second = len(instruction.operands) > 1 and instruction.name in _TWO_IMMEDIATES
            field = data[:-1] if second and operand is instruction.operands[0] else data
            check_number(assembler, instruction, operand.value, field, assembler.place())


def check_number(assembler: Assembler, instruction: Instruction, value: int, data: bytes, place: Place) -> None:
    """Warn if the immediate at the end of an instruction has lost bits. How wide the field is, its bytes tell."""
    widest = _operand_bits(instruction)
    if widest in (16, 32) and (1 << widest) - 128 <= value < 1 << widest and instruction.operands[-1].size != 8:
        return  # a small negative number of that width, whatever field it is in
    for size in (8, 4, 2, 1):
        bits = size * 8
        if data[-size:] != (value & (1 << bits) - 1).to_bytes(size, "little"):
            continue
        if size == 8:
            return
        if size == 4 and widest == 64 and not -0x8000_0000 <= value <= 0x7FFF_FFFF:
            if instruction.name != "mov" or instruction.operands[0].kind == MEMORY:
                overflow(assembler, "signed dword immediate exceeds bounds", place)
                return
        elif size == 1 and widest > 8 and instruction.name not in _SMALL_IMMEDIATE:
            if instruction.operands[-1].size == 8:
                overflow(assembler, "signed byte value exceeds bounds", place)
                return
        if size == 1 and widest > 8 and instruction.name in _SIGN_EXTENDED:
            size = widest // 8
            bits = 31 if widest == 64 else widest
        if not -(1 << bits) <= value < 1 << bits:
            what = "signed dword value" if size == 8 else {1: "byte data", 2: "word data", 4: "dword data"}[size]
            overflow(assembler, f"{what} exceeds bounds", place)
        return


def _operand_bits(instruction: Instruction) -> int:
    """The width an instruction works on; 0 if its operands do not tell."""
    if instruction.name == "push":
        return instruction.operands[0].size if instruction.operands[0].size > 8 else instruction.bits
    for operand in instruction.operands:
        if operand.kind == REGISTER and operand.reg is not None and getattr(operand.reg, "bits", 0) in (8, 16, 32, 64):
            return operand.reg.bits  # type: ignore[union-attr]
        if operand.size in (8, 16, 32, 64):
            return operand.size
    return 0


def overflow(assembler: Assembler, text: str, place: Place) -> None:
    if assembler.bag.enabled("number-overflow"):
        assembler.bag.warn("number-overflow", text, place)


def place_dynamic(assembler: Assembler, instruction: Instruction) -> None:
    """Put an instruction with symbols at the present place."""
    section = assembler.section
    state = instruction.state(assembler)
    if all(one == "R" for one in state):
        place = assembler.pp.place()
        assembler.encoding_place = place
        made = instruction.encode(assembler, state)
        assembler.encoding_place = None
        if section.blank or section.absolute:
            assembler.emit(made.data)
            return
        start = len(section.data)
        section.data += made.data
        length = len(made.data)
        for offset, size, value, relative, check in made.fields:
            assembler.fix_here(start + offset, size, value, relative, length - offset, check, place)
        return
    if section.blank or section.absolute:
        assembler.emit(b"\0")
        return
    assembler.add_item(Insn(section, assembler.pp.place(), instruction))


def bare_prefixes(prefix: Prefix, assembler: Assembler) -> bytes:
    """The bytes of prefixes that stand alone."""
    out = bytearray()
    for byte in (prefix.wait, prefix.rep & 0xFF, prefix.lock, prefix.segment):
        if byte:
            out.append(byte)
    bits = assembler.bits
    if prefix.lock:
        assembler.warn("prefix-lock", "instruction is not lockable")
    if (prefix.operand == 16 and bits != 16) or (prefix.operand == 32 and bits == 16):
        out.append(0x66)
    if prefix.address and prefix.address != bits:
        out.append(0x67)
    if prefix.operand == 64 and bits == 64:
        out.append(0x48)
    return bytes(out)
