"""Directives in brackets: `[section .data]`, `[bits 32]`, `[global name]` ..."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from .errors import NasmError
from .expr import Parser
from .floats import Rounding
from .options import AFFIXES
from .program import COMMON, EXTERN, GLOBAL, KIND_NAMES, LOCAL, REQUIRED, STATIC, Label, Padding, Section
from .tokens import is_name, split, split_plain
from .values import Sum, settle

if TYPE_CHECKING:
    from .assembler import Assembler

_BRACKETED: Final = re.compile(r"\s*\[\s*(\w+)\s*(.*)\]\s*(?:;.*)?$", re.DOTALL | re.ASCII)


def carry_out(assembler: Assembler, text: str) -> bool:
    """Carry out the directive a line consists of; False if it is none. Raises NasmError."""
    match = _BRACKETED.match(text)
    if match is None:
        raise NasmError("unterminated or malformed directive in brackets", "[")
    name = match.group(1).lower()
    value = match.group(2).strip()
    handler = _TABLE.get(name)
    if handler is None:
        if assembler.format.directive(assembler, name, value):
            return True
        raise NasmError(f"unrecognized directive [{match.group(1)}]", match.group(1))
    handler(assembler, value, name)
    return True


def _section(assembler: Assembler, text: str, name: str) -> None:
    if not text:
        raise NasmError(f"[{name}] needs a section name", name)
    word, _, attributes = text.partition(" ")
    if text[0] in "'\"`":
        end = text.index(text[0], 1) + 1 if text[0] in text[1:] else len(text)
        word, attributes = text[:end], text[end:]
    assembler.enter(assembler.format.section(assembler, word, attributes.strip()))


def _absolute(assembler: Assembler, text: str, name: str) -> None:
    tokens = split_plain(text)
    parser = Parser(tokens, 0, assembler)
    value = parser.whole()
    if parser.pos < len(tokens):
        raise NasmError("cannot use non-relocatable expression as ABSOLUTE address", tokens[parser.pos])
    section = Section("absolute", True, True)
    if type(value) is int:
        section.begin(assembler.space.chunk(None, value))
    else:
        found = settle(value, assembler.space)
        if not found.known:
            raise NasmError(assembler.unknown_message(value))
        owner = None
        if found.segments:
            if len(found.segments) > 1 or next(iter(found.segments.values())) != 1:
                raise NasmError("cannot use non-relocatable expression as ABSOLUTE address", name)
            owner = next(iter(found.segments))
        section.begin(assembler.space.chunk(owner, found.number))
    assembler.enter(section)


def _bits(assembler: Assembler, text: str, name: str) -> None:
    if text not in ("16", "32", "64"):
        raise NasmError(f"`{text}' is not a valid segment size; must be 16, 32 or 64", text)
    assembler.set_bits(int(text))


def _default(assembler: Assembler, text: str, name: str) -> None:
    for word in text.replace(",", " ").split():
        lower = word.lower()
        if lower == "rel":
            assembler.set_relative(True)
        elif lower == "abs":
            assembler.set_relative(False)
        elif lower not in ("bnd", "nobnd"):
            raise NasmError(f"unrecognized default `{word}'", word)


def _declare(assembler: Assembler, text: str, name: str) -> None:
    """global, static, extern, required, common: name[:special]"""
    kind = {"global": GLOBAL, "static": STATIC, "extern": EXTERN, "required": REQUIRED, "common": COMMON}[name]
    text = text.strip()
    match = _SYMBOL.match(text)
    if match is None or not is_name(match.group(1)):
        raise NasmError(f"identifier expected after {name.upper()}, got `{text.split(' ')[0]}'", text)
    word, rest = match.group(1), match.group(2)
    if word[0] == "$":
        word = word[1:]
    if word[0] == "." and word[1:2] != ".":
        word = assembler.parent + word
    label = assembler.label(word)
    size: int | Sum = 0
    special = ""
    if kind == COMMON:
        tokens = split_plain(rest)
        parser = Parser(tokens, 0, assembler)
        size = parser.whole()
        settle(size, assembler.space)
        special = _after(rest, parser.pos)
    elif rest.strip():
        rest = rest.strip()
        if rest[0] != ":":
            raise NasmError(f"invalid token behind the name in {name.upper()}: `{rest}'", rest)
        special = rest[1:].strip()
    former = label.kind
    _set_kind(assembler, label, kind, special)
    if kind == COMMON:
        label.size = size
    if kind in (EXTERN, REQUIRED, COMMON) and label.kind == kind:
        label.used = label.used or kind != EXTERN
        if not label.defined and former < EXTERN:
            assembler.order(label)


_SYMBOL: Final = re.compile(r"([\w$#@~.?\x80-\xff]+)(.*)", re.DOTALL | re.ASCII)


def _after(text: str, count: int) -> str:
    """What stands behind the first `count` tokens and a colon."""
    seen = 0
    out: list[str] = []
    for token in split(text):
        if seen >= count:
            out.append(token)
        elif token != " ":
            seen += 1
    rest = "".join(out).strip()
    return rest[1:].strip() if rest.startswith(":") else ""


def _set_kind(assembler: Assembler, label: Label, kind: int, special: str) -> None:
    old = label.kind
    foreign = (EXTERN, REQUIRED)
    if old == LOCAL:
        label.kind = GLOBAL if kind in foreign and label.defined else kind
        label.special = special
    elif old == kind or (old == EXTERN and kind == REQUIRED):
        label.kind = kind
        if special:
            if label.special and label.special.lower() != special.lower():
                raise NasmError(
                    f"symbol `{label.name}' has inconsistent attributes `{label.special}' and `{special}'", label.name
                )
            label.special = special
    elif old in foreign and kind in (GLOBAL, COMMON):
        label.kind = kind
        label.special = special or label.special
    elif kind in foreign and (old in (GLOBAL, COMMON) or old in foreign):
        label.special = label.special or special
    else:
        raise NasmError(f"symbol `{label.name}' declared both as {KIND_NAMES[old]} and {KIND_NAMES[kind]}", label.name)


def _sectalign(assembler: Assembler, text: str, name: str) -> None:
    value = assembler.constant(text)
    if value <= 0 or value & (value - 1):
        raise NasmError("alignment is not a power of two" if value > 0 else "alignment must be positive", text)
    if not assembler.section.absolute:
        assembler.format.align(assembler, assembler.section, value)


def _smartalign(assembler: Assembler, text: str, name: str) -> None:
    """`[smartalign boundary, label, mode, threshold]`: what `%use smartalign` makes of `align`."""
    from .pp.packages import filler

    parts = [part.strip() for part in text.rsplit(",", 3)]
    if len(parts) != 4:
        raise NasmError("[smartalign] is what `%use smartalign' makes of `align'", name)
    boundary_text, _label, mode, threshold_text = parts
    boundary = assembler.constant(boundary_text)
    threshold = -1 if threshold_text == "nojmp" else assembler.constant(threshold_text)
    if boundary <= 0:
        raise NasmError("alignment must be positive", boundary_text)
    bits = assembler.bits

    near = assembler.options.level < 2

    def fill(size: int) -> bytes:
        return filler(mode.lower(), threshold, bits, size, near)

    section = assembler.section
    assembler.add_item(Padding(section, assembler.place(), boundary, fill))


def _float(assembler: Assembler, text: str, name: str) -> None:
    word = text.strip().lower()
    now = assembler.rounding
    if word in ("daz", "nodaz"):
        assembler.rounding = Rounding(now.round, word == "daz")
    elif word in ("near", "down", "up", "zero"):
        assembler.rounding = Rounding(word, now.daz)
    elif word == "default":
        assembler.rounding = Rounding()
    else:
        raise NasmError("invalid floating-point rounding mode or option", text)


def _warning(assembler: Assembler, text: str, name: str) -> None:
    word = text.strip().lower()
    bag = assembler.bag
    if word in ("push", "save"):
        bag.push()
    elif word in ("pop", "restore"):
        if not bag.pop():
            assembler.warn("warn-stack-empty", "warning stack empty")
    elif not bag.option(text.strip()):
        known = word.lstrip("+-*").removeprefix("error=")
        assembler.warn("unknown-warning", f"unknown warning name: {known}")


def _cpu(assembler: Assembler, text: str, name: str) -> None:
    for word in text.replace(",", " ").lower().split() or [""]:
        if word in _CPU_FLAGS:
            continue
        if word not in _CPUS:
            raise NasmError(f"unknown CPU type or flag '{word}'", word)
        assembler.set_cpu(_CPUS[word])


# name -> 1 + number of the generation (encode.LEVELS) whose instructions may be used, 0: all
_CPUS: Final = {
    "8086": 1, "186": 2, "80186": 2, "i186": 2, "286": 3, "80286": 3, "i286": 3, "386": 4, "80386": 4, "i386": 4, "486": 5,
    "80486": 5, "i486": 5, "586": 6, "pentium": 6, "i586": 6, "686": 7, "p6": 7, "ppro": 7, "pentiumpro": 7, "i686": 7, "p2": 7,
    "p3": 8, "katmai": 8, "p4": 9, "willamette": 9, "prescott": 10, "x64": 11, "x86-64": 11, "ia64": 0, "ia-64": 0,
    "itanium": 0, "itanic": 0, "merced": 0, "all": 0, "default": 0, "any": 0,
}  # fmt: skip
_CPU_FLAGS: Final = frozenset(("latevex", "evex", "vex", "nolatevex", "noevex", "novex"))


def _list(assembler: Assembler, text: str, name: str) -> None:
    if assembler.listing is not None:
        assembler.listing.switch(text.strip())


def _debug(assembler: Assembler, text: str, name: str) -> None:
    return None


def _affix(assembler: Assembler, text: str, name: str) -> None:
    assembler.options.set_affix(name, text.strip())


def _pragma(assembler: Assembler, text: str, name: str) -> None:
    words = text.split()
    facility = words[0].lower()
    operation = words[1].lower() if len(words) > 1 else ""
    name = assembler.format.name
    output = facility in ("output", name, "elf" if name != "bin" else "bin")
    if facility == "limit":
        wrong = assembler.options.limits.set(operation, words[2] if len(words) > 2 else "")
        if wrong:
            assembler.warn("pragma-unknown" if wrong.startswith("unknown") else "pragma-bad", wrong)
        assembler.most_operands = assembler.options.limits.evaluation
    elif output and operation in AFFIXES:
        if len(words) == 3:
            assembler.options.set_affix(operation, words[2])
    elif not output and facility not in _FACILITIES:
        return
    elif not operation:
        assembler.warn("pragma-bad", f"empty %pragma {facility}")
    elif facility != "list" or operation not in ("options", "option"):
        assembler.warn("pragma-unknown", f"unknown %pragma {facility} {operation}")


_FACILITIES: Final = frozenset(("asm", "list", "file", "input", "debug"))


_TABLE: Final[dict[str, Callable[[Assembler, str, str], None]]] = {
    "section": _section, "segment": _section, "absolute": _absolute, "bits": _bits, "default": _default, "global": _declare,
    "static": _declare, "extern": _declare, "required": _declare, "common": _declare, "sectalign": _sectalign,
    "smartalign": _smartalign, "float": _float, "warning": _warning, "cpu": _cpu, "list": _list, "debug": _debug,
    "pragma": _pragma, "prefix": _affix, "gprefix": _affix, "suffix": _affix, "postfix": _affix, "gsuffix": _affix,
    "gpostfix": _affix, "lprefix": _affix, "lsuffix": _affix, "lpostfix": _affix,
}  # fmt: skip
