"""`times`: several copies of a statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import data as declarations
from .branches import place_branch
from .errors import NasmError
from .instruction import BRANCHES, Instruction, Prefix, is_instruction
from .operands import IMMEDIATE, parse
from .program import Copies, Reserve, Times, rounds
from .statements import bare_prefixes, incbin, place_dynamic, reserve_value
from .values import Value, settle, unknowns_cancel

if TYPE_CHECKING:
    from .assembler import Assembler

_LIMIT: Final = 1 << 28


def repeat(assembler: Assembler, count: Value, tokens: list[str], at: int, word: str, prefix: Prefix) -> None:
    """Put `times count` copies of tokens[at:] at the present place. Raises NasmError."""
    if type(count) is int:
        if count < 0:
            raise NasmError(f"TIMES value {count} is negative", "times")
        if assembler.listing is not None:
            assembler.listing.repeat(rounds(count))
        _copies(assembler, rounds(count), tokens, at, word, prefix)
        return
    found = settle(count, assembler.space)
    if found.segments or not (found.known or unknowns_cancel(count)):
        raise NasmError("non-constant argument supplied to TIMES", "times")
    section = assembler.section
    place = assembler.place()
    code = _fixed(assembler, tokens, at, word, prefix)
    if isinstance(code, int):
        if not section.blank and not section.absolute:
            assembler.warn_zeroing()
        assembler.add_item(Reserve(section, place, count, code))
        return
    if code is None:
        if is_instruction(word) and not section.blank and not section.absolute:
            assembler.add_item(_symbolic(assembler, count, tokens, at, word, prefix))
        else:
            _copies(assembler, rounds(found.number), tokens, at, word, prefix)
        return
    if section.blank or section.absolute:
        if found.number > 0:
            assembler.emit(code)
        return

    def body(assembler: Assembler, out: bytearray) -> None:
        out += code

    assembler.add_item(Times(section, place, count, body, len(code)))


def _symbolic(
    assembler: Assembler, count: Value, tokens: list[str], at: int, word: str, prefix: Prefix
) -> Copies:
    """Copies of an instruction with symbols, whose number may change: the instruction is placed once and taken away again."""
    section = assembler.section
    chunk, data, before = section.chunk, section.data, len(section.data)
    items, pieces, fixups = len(assembler.items), len(section.pieces), len(assembler.fixups.get(section, ()))
    place = assembler.place()
    _copies(assembler, 1, tokens, at, word, prefix)
    inner = assembler.items[items] if len(assembler.items) > items else None
    code = bytes(data[before:])
    fields = assembler.fixups.get(section, [])[fixups:]
    del assembler.items[items:], section.pieces[pieces:], data[before:], assembler.fixups.setdefault(section, [])[fixups:]
    section.chunk, section.data = chunk, data
    return Copies(section, place, count, code, fields, inner)


def _fixed(assembler: Assembler, tokens: list[str], at: int, word: str, prefix: Prefix) -> bytes | int | None:
    """The bytes of a statement without symbols, the bytes it reserves, or None."""
    if not word:
        return bare_prefixes(prefix, assembler)
    unit = declarations.UNITS.get(word)
    if unit is not None:
        pieces = declarations.declare(assembler, tokens, at + 1, unit)
        if not pieces:
            return b""
        only = pieces[0]
        return only if len(pieces) == 1 and not isinstance(only, tuple) else None
    if word in declarations.RESERVES:
        from .expr import Parser

        parser = Parser(tokens, at + 1, assembler)
        value = parser.whole()
        return value * declarations.RESERVES[word] if type(value) is int and value >= 0 else None
    if word in ("incbin", "equ", "times") or not is_instruction(word):
        return None
    if word in BRANCHES:
        return None
    operands, _ = parse(tokens, at + 1, assembler, False)
    instruction = Instruction(word, operands, prefix, assembler)
    if instruction.dynamic:
        return None
    return instruction.encode(assembler, ()).data


def _copies(assembler: Assembler, count: int, tokens: list[str], at: int, word: str, prefix: Prefix) -> None:
    """A known number of copies."""
    if not count:
        return
    section = assembler.section
    code = _fixed(assembler, tokens, at, word, prefix)
    if isinstance(code, int):
        assembler.reserve(code * count)
        return
    if code is not None:
        if len(code) * count > _LIMIT:
            raise NasmError(f"TIMES makes more than {_LIMIT} bytes", "times")
        assembler.emit(code * count)
        return
    if count > 1 << 20:
        raise NasmError(f"TIMES {count} is too much for a statement with symbols", "times")
    unit = declarations.UNITS.get(word)
    if unit is not None:
        pieces = declarations.declare(assembler, tokens, at + 1, unit)
        for _ in range(count):
            for piece in pieces:
                if isinstance(piece, bytes):
                    assembler.emit(piece)
                elif isinstance(piece, int):
                    assembler.reserve(piece)
                else:
                    value, size = piece
                    here = len(section.data)
                    assembler.emit(bytes(size))
                    assembler.fix_here(here, size, value, False, size, "data", assembler.place())
        return
    if word in declarations.RESERVES:
        from .expr import Parser

        value = Parser(tokens, at + 1, assembler).whole()
        reserve_value(assembler, value, declarations.RESERVES[word], count)
        return
    if word == "incbin":
        for _ in range(count):
            incbin(assembler, tokens, at + 1)
        return
    if not is_instruction(word):
        raise NasmError(f"instruction expected behind TIMES, found `{tokens[at]}'", tokens[at])
    operands, _wishes = parse(tokens, at + 1, assembler, word in ("jmp", "call"))
    for _ in range(count):
        # `$` means the first copy in all of them, as the operands are read once
        if word in BRANCHES and operands and operands[0].kind == IMMEDIATE:
            place_branch(assembler, word, operands, prefix)
        else:
            place_dynamic(assembler, Instruction(word, operands, prefix, assembler))
