"""Jumps, calls and loops to addresses: short where that reaches, long otherwise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..operands import AsmError, far
from ..select import R_LEVEL_SHIFT, assemble
from .errors import NasmError
from .instruction import BRANCHES, Prefix
from .operands import IMMEDIATE, REGISTER, Operand
from .program import EXTERN, Branch, Label
from .values import Sum, Value, settle

if TYPE_CHECKING:
    from .assembler import Assembler

_WIDTHS: Final = {"jcxz": 16, "jecxz": 32, "jrcxz": 64}


_LINE: Final = re.compile(
    r"\s*(?:([A-Za-z_.@][\w.$#@~?]*)\s*:)?\s*(?:(j[a-z]+|call)\s+([A-Za-z_.][\w.$#@~?]*))?\s*(?:;.*)?", re.ASCII
).fullmatch


def jump(text: str, level: int) -> tuple[str, str, str] | None:
    """(label, branch, target) of a line that is no more than a label, a jump or call to a name, or both; None for others.
    `level`: of optimization."""
    match = _LINE(text)
    if match is None:
        return None
    label, word, target = match.groups("")
    if word and (level != 2 or not BRANCHES.get(word, (0, b""))[1] or target[:2] == ".."):
        return None
    return (label, word, target) if label or word else None


def place_jump(assembler: Assembler, word: str, target: str) -> None:
    """Put a branch without prefixes to a symbol at the present place."""
    value = assembler.symbol(target)
    short, long = BRANCHES[word]
    field = 2 if assembler.bits == 16 else 4
    if short < 0:
        _fixed(assembler, long, field, value, "")
    else:
        _either(assembler, value, short, long, b"", field, b"")


def place_branch(assembler: Assembler, word: str, operands: list[Operand], prefix: Prefix) -> None:
    """Put a branch at the present place. Raises NasmError."""
    first = operands[0]
    if len(operands) == 2 and word in ("jmp", "call") and operands[1].kind == IMMEDIATE:
        _far(assembler, word, first, operands[1], prefix)
        return
    if first.far:
        raise NasmError("a far branch needs a segment (selector:offset), or a pointer in memory", "far")
    bits = assembler.bits
    front = _front(assembler, word, operands, prefix)
    if len(operands) > 1 and not (len(operands) == 2 and operands[1].kind == REGISTER and word.startswith("loop")):
        raise NasmError(f"{word} takes one operand", word)
    field = 2 if bits == 16 else 4
    if first.size in (16, 32) and not first.near and not first.short:
        if first.size == 16 and bits == 64:
            raise NasmError("instruction not supported in 64-bit mode", word)
        if first.size != bits and not (first.size == 32 and bits == 64):
            front = b"\x66" + front
            field = first.size // 8
    elif prefix.operand in (16, 32) and prefix.operand != bits and bits != 64:
        front = b"\x66" + front
        field = prefix.operand // 8
    elif prefix.operand == 16 and bits == 64:
        front = b"\x66" + front
        field = 2
    short, long = BRANCHES[word]
    if 0 < assembler.cpu <= 3 and (word == "jecxz" or (field == 4 and bits == 16)):
        raise NasmError(f"no instruction for this cpu level: {word} with 32 bits needs a 386", word)
    if 0 < assembler.cpu <= 3 and len(long) == 2:
        if first.near or first.strict:
            raise NasmError("no instruction for this cpu level: conditional jumps are short before the 386", word)
        long = bytes((short ^ 1, field + 1, 0xE9))
    only_short = not long or first.short
    only_long = (
        short < 0
        or first.near
        or first.strict
        or assembler.options.level == 1
        or (assembler.options.level == 0 and word == "jmp")
        or first.size in (16, 32)
    )
    if only_short and (short < 0 or first.near):
        raise NasmError(f"{word} has no short form" if short < 0 else f"{word} has no near form", word)
    if first.size == 8:
        raise NasmError("mismatch in operand sizes", "byte")
    value = first.value
    if only_short:
        _fixed(assembler, front + bytes((short,)), 1, value, "short")
    elif only_long:
        _fixed(assembler, front + long, field, value, "")
    else:
        # a short jmp takes no bnd
        if prefix.rep == 0xF2 and word == "jmp" and not assembler.section.blank:
            found = settle(value, assembler.space)
            if found.known and found.segments == {assembler.section: 1}:
                assembler.warn("prefix-bnd", "jmp short does not init bnd regs - bnd prefix dropped")
        _either(assembler, value, short, long, front, field, front.replace(b"\xf2", b"") if word == "jmp" else front)


def _front(assembler: Assembler, word: str, operands: list[Operand], prefix: Prefix) -> bytes:
    """The prefix bytes of a branch."""
    bits = assembler.bits
    out = bytearray()
    for byte in (prefix.wait, prefix.rep & 0xFF, prefix.lock, prefix.segment):
        if byte:
            out.append(byte)
    width = _WIDTHS.get(word, 0)
    if word.startswith("loop") and len(operands) == 2 and operands[1].kind == REGISTER:
        name = operands[1].reg.name  # type: ignore[union-attr]
        width = {"cx": 16, "ecx": 32, "rcx": 64}.get(name, -1)
        if width < 0:
            raise NasmError(f"{word} counts in cx, ecx or rcx", name)
    elif word.startswith("loop") and prefix.address:
        width = prefix.address
    if width:
        if (width == 64 and bits != 64) or (width == 16 and bits == 64):
            raise NasmError(f"instruction not supported in {bits}-bit mode", word)
        if prefix.address and prefix.address != width:
            raise NasmError("impossible combination of address sizes", word)
        if width != bits:
            out.append(0x67)
    elif prefix.address and prefix.address != bits:
        out.append(0x67)
    if prefix.operand == 64 and bits == 64:
        out.append(0x48)
    return bytes(out)


def _fixed(assembler: Assembler, code: bytes, field: int, value: Value, check: str) -> None:
    """A branch that has one form only."""
    section = assembler.section
    if section.blank or section.absolute:
        assembler.emit(code)
        return
    start = len(section.data) + len(code)
    section.data += code
    section.data += bytes(field)
    assembler.fix_here(start, field, value, True, field, check, assembler.pp.place())


def _either(
    assembler: Assembler, value: Value, short: int, long: bytes, front: bytes, field: int, short_front: bytes
) -> None:
    """A branch that is short if it reaches."""
    section = assembler.section
    if section.blank or section.absolute:
        assembler.emit(b"\0")
        return
    if type(value) is Sum and len(value.terms) == 1:
        atom, factor = next(iter(value.terms.items()))
        if atom == section.chunk and type(atom) is int and factor == 1:
            # both ends lie in the same chunk: the distance is known for good
            here = len(section.data)
            away = value.const - here - len(short_front) - 2
            if -128 <= away <= 127:
                section.data += short_front + bytes((short, away & 0xFF))
            else:
                away = value.const - here - len(front) - len(long) - field
                section.data += front + long + (away & (1 << field * 8) - 1).to_bytes(field, "little")
            return
        backward = type(atom) is int and assembler.space.owner[atom] is section
        if isinstance(atom, Label) and not atom.defined and atom.kind >= EXTERN:
            _fixed(assembler, front + long, field, value, "")
            return
        if factor == 1 and value.wrt is None and (backward or (isinstance(atom, Label) and not atom.defined)):
            # what most branches are: nothing else has to be found out about them
            branch = Branch(section, assembler.pp.place(), value, short_front + bytes((short,)), front + long, field)
            if backward:
                branch.label_chunk, branch.label_offset = atom, value.const
                assembler.add_item(branch)
            else:
                assembler.put_item(branch, len(short_front) + 2)
            return
    elif isinstance(value, int) or not value.terms:
        _fixed(assembler, front + long, field, value, "")
        return
    found = settle(value, assembler.space)
    if found.known and found.segments != {section: 1}:
        _fixed(assembler, front + long, field, value, "")
        return
    assembler.add_item(Branch(section, assembler.pp.place(), value, short_front + bytes((short,)), front + long, field))


def _far(assembler: Assembler, word: str, selector: Operand, offset: Operand, prefix: Prefix) -> None:
    """jmp selector:offset"""
    bits = assembler.bits
    size = offset.size or selector.size or prefix.operand or bits
    if bits == 64:
        raise NasmError("instruction not supported in 64-bit mode", word)
    if size not in (16, 32):
        raise NasmError("a far pointer has an offset of 16 or 32 bits", word)
    try:
        made = assemble(word, bits, (far(0, 0, size),), assembler.cpu << R_LEVEL_SHIFT)
    except AsmError as error:
        raise NasmError(str(error), word) from None
    front = _front(assembler, word, [], prefix)
    width = size // 8
    code = front + made.data[: len(made.data) - width - 2]
    section = assembler.section
    start = len(section.data) + len(code)
    assembler.emit(code + bytes(width + 2))
    if section.blank or section.absolute:
        return
    place = assembler.pp.place()
    for at, field, value in ((start, width, offset.value), (start + width, 2, selector.value)):
        if type(value) is int:
            section.data[at : at + field] = (value & (1 << field * 8) - 1).to_bytes(field, "little")
        else:
            assembler.fix_here(at, field, value, False, start + width + 2 - at, "", place)
