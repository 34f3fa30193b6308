"""The directives: sections, symbols, and the table of all names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from . import cfi, data, lines, macros
from .data import expression, find, org
from .errors import GasError
from .expr import unquote, value_of
from .layout import MAX_SIZE
from .macros import constant
from .operands import split
from .program import ALIGN, GLOBAL, LOCAL, UNIQUE, WEAK, Fix, Item, Symbol

if TYPE_CHECKING:
    from .source import Source

Directive = Callable[["Source", str], None]
_KINDS: Final = {
    "progbits": 1, "nobits": 8, "note": 7, "init_array": 14, "fini_array": 15, "preinit_array": 16, "unwind": 0x70000001,
    "llvm_addrsig": 0x6FFF4C03, "strtab": 3,
}  # fmt: skip
_FLAGS: Final = {
    "a": 2, "w": 1, "x": 4, "M": 0x10, "S": 0x20, "G": 0x200, "T": 0x400, "o": 0x80, "e": 0x80000000, "R": 0x200000,
    "l": 0x10000000,
}  # fmt: skip
_TYPES: Final = {
    "function": 2, "object": 1, "tls_object": 6, "notype": 0, "gnu_indirect_function": 10, "gnu_unique_object": 1, "common": 5,
    "stt_func": 2, "stt_object": 1, "stt_tls": 6, "stt_notype": 0, "stt_gnu_ifunc": 10, "stt_common": 5,
}  # fmt: skip


def _name(text: str) -> str:
    """A symbol's or section's name, quoted or not."""
    text = text.strip()
    if text[:1] == '"' and text[-1:] == '"' and len(text) > 1:
        return unquote(text).decode("utf-8", "surrogateescape")
    if not text or any(one in ' \t,;"' for one in text):
        raise GasError("a name is expected" if not text else f"'{text}' is no name", text)
    if "\0" in text or "\1" in text:
        raise GasError("a name cannot hold control characters", text)
    return text


def _symbol(source: Source, text: str) -> Symbol:
    return source.symbol(_name(text))


# -- sections ------------------------------------------------------------------------------------------------------------
def section(source: Source, text: str) -> None:
    """`.section name, "flags", @type, entry size, group, comdat`."""
    parts = split(text)
    name = _name(parts[0])
    if len(parts) == 1:
        _go(source, name, -1, -1, 0, "", -1, 0)
        return
    number = 0
    if parts[1][:1] not in ('"', "") and len(parts) == 2:
        number = constant(source, parts[1])
        _go(source, name, -1, -1, 0, "", -1, number)
        return
    letters = unquote(parts[1]).decode("latin-1") if parts[1][:1] == '"' else ""
    flags, kind, entry, group, unique = 0, -1, 0, "", -1
    for letter in letters:
        if letter == "?":
            group = source.section.group
            flags |= 0x200 if group else 0
        elif letter in _FLAGS:
            flags |= _FLAGS[letter]
        elif not letter.isdigit():
            raise GasError(f"'{letter}' is no section flag", parts[1])
    rest = parts[2:]
    if rest:
        word = rest.pop(0).lstrip("@%").strip('"')
        if word:
            kind = _KINDS.get(word.lower(), -1)
            if kind < 0:
                kind = int(word, 0) if word[:1].isdigit() and word[-1:].isalnum() and _is_number(word) else -1
            if kind < 0:
                raise GasError(f"@{word} is no section type", word)
    if flags & 0x10:
        if not rest:
            raise GasError("a section of flag M needs the size of its elements", parts[1])
        entry = constant(source, rest.pop(0))
        if not 0 < entry <= 1 << 20:
            raise GasError(f"elements cannot have {entry} bytes", text)
    linked = ""
    if flags & 0x80 and rest:
        linked = _name(rest.pop(0))
    if flags & 0x200 and not group:
        if not rest:
            raise GasError("a section of flag G needs the name of its group", parts[1])
        group = _name(rest.pop(0))
        if rest and rest[0].strip().lower() == "comdat":
            rest.pop(0)
    if len(rest) == 2 and rest[0].strip() == "unique":
        unique = constant(source, rest[1])
        rest = []
    if rest:
        raise GasError(f"'{rest[0]}' is not expected here", rest[0])
    _go(source, name, kind, flags, entry, group, unique, 0)
    if linked:
        source.section.linked = linked


def _is_number(text: str) -> bool:
    try:
        return 0 <= int(text, 0) < 1 << 32
    except ValueError:
        return False


def _go(source: Source, name: str, kind: int, flags: int, entry: int, group: str, unique: int, number: int) -> None:
    key = (name, group, unique)
    known = source.sections.get(key)
    if flags < 0 and known is None and not group:
        found = [one for (other, _, _), one in source.sections.items() if other == name]
        if found:
            source.enter(found[-1], number)
            return
    if known is not None and flags >= 0:
        usual = known.flags & ~0x200000
        if (flags & ~0x200000) != usual and usual & 0x37 != flags & 0x37 and known.pieces:
            source.bag.warning(f"{name} had other flags before; those stay", source.place, name)
    source.enter(source.open_section(name, kind, flags, entry, group, unique), number)


def plain(name: str) -> Directive:
    """`.text`, `.data`, `.bss` with a subsection."""

    def directive(source: Source, text: str) -> None:
        number = constant(source, text) if text else 0
        if not -8192 <= number <= 8192:
            raise GasError(f"subsection {number} is out of range", text)
        source.enter(source.open_section(name), number)

    return directive


def subsection(source: Source, text: str) -> None:
    """`.subsection number`."""
    number = constant(source, text)
    if not -8192 <= number <= 8192:
        raise GasError(f"subsection {number} is out of range", text)
    source.enter(source.section, number)


def pushsection(source: Source, text: str) -> None:
    """`.pushsection name, ...`."""
    if len(source.stack) > 10_000:
        raise GasError("too many .pushsection")
    kept = (source.section, source.piece, source.previous)
    parts = split(text)
    if len(parts) > 1 and parts[1][:1] not in ('"', ""):
        number = constant(source, parts[1])
        section(source, ",".join([parts[0], *parts[2:]]))
        source.enter(source.section, number)
    else:
        section(source, text)
    source.stack.append(kept)


def popsection(source: Source, text: str) -> None:
    """`.popsection`."""
    if not source.stack:
        raise GasError(".popsection without .pushsection")
    source.section, source.piece, source.previous = source.stack.pop()


def previous(source: Source, text: str) -> None:
    """`.previous`."""
    if source.previous is None:
        raise GasError("there is no previous section")
    section_, piece = source.previous
    source.previous = (source.section, source.piece)
    source.section, source.piece = section_, piece


# -- symbols -------------------------------------------------------------------------------------------------------------
def binding(value: int) -> Directive:
    """`.globl`, `.weak`."""

    def directive(source: Source, text: str) -> None:
        for part in split(text):
            symbol = _symbol(source, part)
            if value != GLOBAL or symbol.binding != WEAK:
                symbol.binding = value

    return directive


def local(source: Source, text: str) -> None:
    """`.local name`: with `.comm`, memory in .bss."""
    for part in split(text):
        _symbol(source, part).kind |= 0x100  # a mark for .comm, taken away by elf.py


def visibility(value: int) -> Directive:
    """`.hidden`, `.protected`, `.internal`."""

    def directive(source: Source, text: str) -> None:
        for part in split(text):
            _symbol(source, part).visibility = value

    return directive


def kind(source: Source, text: str) -> None:
    """`.type name, @function`."""
    parts = text.replace(",", " ", 1).split() if "," in text else text.split()
    if len(parts) != 2:
        raise GasError("a name and a type are expected", text)
    word = parts[1].lstrip("@%#").strip('"').lower()
    if word not in _TYPES:
        raise GasError(f"{parts[1]} is no symbol type", parts[1])
    symbol = _symbol(source, parts[0])
    symbol.kind = symbol.kind & 0x100 | _TYPES[word]
    if word == "gnu_unique_object":
        symbol.binding = UNIQUE
    if word in ("tls_object", "stt_tls"):
        symbol.tls = True


def size(source: Source, text: str) -> None:
    """`.size name, expression`."""
    parts = split(text)
    if len(parts) != 2:
        raise GasError("a name and a size are expected", text)
    _symbol(source, parts[0]).size = expression(source, parts[1])


def equate(once: bool) -> Directive:
    """`.set name, expression`."""

    def directive(source: Source, text: str) -> None:
        name, comma, rest = text.partition(",")
        if not comma:
            raise GasError("a name and a value are expected", text)
        source.assign(_name(name), rest, once)

    return directive


def common(local_: bool) -> Directive:
    """`.comm name, size, alignment`; `.lcomm`."""

    def directive(source: Source, text: str) -> None:
        parts = split(text)
        if not 2 <= len(parts) <= 3:
            raise GasError("a name, a size and an alignment are expected", text)
        symbol = _symbol(source, parts[0])
        count = constant(source, parts[1])
        align = constant(source, parts[2]) if len(parts) > 2 and parts[2] else 0
        if not 0 <= count <= MAX_SIZE * 4 or align < 0 or align & align - 1:
            raise GasError("a size and a power of two are expected", text)
        if symbol.defined:
            raise GasError(f"symbol {symbol.name} is already defined", symbol.name)
        if not align:
            align = min(1 << max(count - 1, 0).bit_length(), 16 if not local_ else 8) if count else 1
        if local_ or symbol.kind & 0x100:
            bss = source.open_section(".bss")
            piece = bss.piece(1)
            bss.align = max(bss.align, align)
            if align > 1:
                piece.items.append(Item(len(piece.buffer), ALIGN, 0, align, 0, b"\0", source.place))
                piece.buffer.append(0)
            symbol.piece, symbol.position = piece, len(piece.buffer)
            source.counted += count
            if source.counted > MAX_SIZE:
                raise GasError("the sections become too large")
            piece.buffer += bytes(count)
            symbol.size = count
            symbol.kind = symbol.kind & 0x100 | 1
            return
        symbol.common, symbol.common_align = max(symbol.common, count), max(symbol.common_align, align)
        if symbol.binding == LOCAL:
            symbol.binding = GLOBAL
        symbol.size = count
        symbol.kind = symbol.kind or 1

    return directive


def symver(source: Source, text: str) -> None:
    """`.symver name, name2@VERSION`."""
    parts = split(text)
    if len(parts) not in (2, 3) or "@" not in parts[1]:
        raise GasError("a name and a name with @VERSION are expected", text)
    symbol = _symbol(source, parts[0])
    symbol.version.append(parts[1].strip())


def weakref(source: Source, text: str) -> None:
    """`.weakref alias, target`."""
    parts = split(text)
    if len(parts) != 2:
        raise GasError("an alias and its target are expected", text)
    alias, target = _symbol(source, parts[0]), _symbol(source, parts[1])
    alias.value = target
    if not target.defined and target.binding == LOCAL:
        target.binding = WEAK


def ident(source: Source, text: str) -> None:
    """`.ident "text"`: a line of .comment."""
    place = source.open_section(".comment", 1, 0x30, 1).piece(0)
    if not source.ident:
        place.buffer.append(0)
        source.ident = True
    for part in split(text):
        if part[:1] != '"' or part[-1:] != '"' or len(part) < 2:
            raise GasError("a string in double quotes is expected", part)
        place.buffer += unquote(part) + b"\0"


def reloc(source: Source, text: str) -> None:
    """`.reloc offset, type, symbol + addend`."""
    from ...objwriter.elf.consts import R_386, R_X86_64
    from ...objwriter.model import RELOC_SIZE, Reloc

    parts = split(text)
    if not 2 <= len(parts) <= 3:
        raise GasError("an offset, a relocation and a symbol are expected", text)
    wide = source.machine.rela
    names = R_X86_64 if wide else R_386
    name = parts[1].strip().removeprefix("R_X86_64_" if wide else "R_386_").removeprefix("BFD_RELOC_")
    if name not in names.values:
        raise GasError(f"there is no relocation {parts[1]} in {source.machine.name} objects", parts[1])
    found = names[name]
    size = RELOC_SIZE[Reloc(found)] if wide else 0 if name == "NONE" else 4
    value = expression(source, parts[2]) if len(parts) > 2 else 0
    at = expression(source, parts[0])
    if not isinstance(at, int):
        place = value_of(at, False)
        if place.plus is None or place.plus.piece is not source.piece or place.minus is not None:
            raise GasError("the offset must be known here", parts[0])
        at = place.plus.position + place.number
    if not 0 <= at <= len(source.piece.buffer):
        raise GasError("the offset lies outside of what is there", parts[0])
    source.piece.fixes.append(Fix(at, size, value, 0, False, found, False, source.place))


# -- the rest ------------------------------------------------------------------------------------------------------------
def syntax(intel: bool) -> Directive:
    """`.intel_syntax noprefix`, `.att_syntax prefix`."""

    def directive(source: Source, text: str) -> None:
        if text.strip() not in ("", "prefix", "noprefix"):
            raise GasError(f"'{text}' is not expected here", text)
        if not intel and text.strip() == "noprefix":
            raise GasError("AT&T syntax is read with the % of registers only", text)
        source.syntax(intel)

    return directive


def alternate(on: bool) -> Directive:
    """`.altmacro`, `.noaltmacro`."""

    def directive(source: Source, text: str) -> None:
        source.alternate = on

    return directive


def bits(count: int) -> Directive:
    """`.code64`, `.code32`, `.code16`."""

    def directive(source: Source, text: str) -> None:
        if source.bits != count:
            source.bits = count
            source.remembered.clear()
            source._other.clear()

    return directive


def include(source: Source, text: str) -> None:
    """`.include "file"`."""
    parts = split(text)
    if len(parts) != 1 or parts[0][:1] != '"' or len(parts[0]) < 3:
        raise GasError("a file name in double quotes is expected", text)
    path = find(source, unquote(parts[0]).decode("utf-8", "surrogateescape"))
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as handle:
            lines_ = handle.read(1 << 28).split("\n")
    except (OSError, ValueError) as error:
        raise GasError(f"{path}: {getattr(error, 'strerror', None) or error}", parts[0]) from None
    source.push(lines_, path, 1, f'.include "{path}"')
    source.inputs[-1].macro = ""


def end(source: Source, text: str) -> None:
    """`.end`."""
    source.ended = True


def ignore(source: Source, text: str) -> None:
    """Directives about listings and other tools."""


def complain(severity: str) -> Directive:
    """`.error`, `.err`, `.warning`, `.print`."""

    def directive(source: Source, text: str) -> None:
        message = unquote(text.strip()).decode("utf-8", "replace") if text.strip()[:1] == '"' else f".{severity} invoked"
        if severity == "error":
            raise GasError(message)
        source.bag.warning(message, source.place)

    return directive


def endless(source: Source, text: str) -> None:
    """`.endm`, `.endr` on their own."""
    raise GasError("this ends nothing: there is no .macro or .rept before it")


DIRECTIVES: Final[dict[str, Directive]] = {
    **cfi.DIRECTIVES,
    **dict.fromkeys((".byte", ".dc.b"), data.numbers(1)),
    **dict.fromkeys((".value", ".short", ".word", ".hword", ".2byte", ".dc.w", ".dc"), data.numbers(2)),
    **dict.fromkeys((".long", ".int", ".4byte", ".dc.l"), data.numbers(4)),
    **dict.fromkeys((".quad", ".8byte", ".xword"), data.numbers(8)), ".dc.a": data.address, ".octa": data.numbers(16),
    ".ascii": data.strings(b""), ".asciz": data.strings(b"\0"), ".string": data.strings(b"\0"), ".string8": data.strings(b"\0"),
    ".string16": data.strings(b"\0", 2), ".string32": data.strings(b"\0", 4), ".string64": data.strings(b"\0", 8),
    **dict.fromkeys((".float", ".single", ".dc.s"), data.reals("f")), **dict.fromkeys((".double", ".dc.d"), data.reals("d")),
    ".tfloat": data.reals("t"), ".hfloat": data.reals("h"), ".float16": data.reals("h"), ".bfloat16": data.reals("b"),
    ".uleb128": data.leb128(False), ".sleb128": data.leb128(True),
    **dict.fromkeys((".zero", ".skip", ".space"), data.space), ".fill": data.fill, ".org": org,
    ".p2align": data.align(True), ".p2alignw": data.align(True, 2), ".p2alignl": data.align(True, 4), ".align": data.align(False),
    ".balign": data.align(False), ".balignw": data.align(False, 2), ".balignl": data.align(False, 4), ".incbin": data.incbin,
    ".section": section, ".text": plain(".text"), ".data": plain(".data"), ".bss": plain(".bss"), ".subsection": subsection,
    ".pushsection": pushsection, ".popsection": popsection, ".previous": previous,
    **dict.fromkeys((".globl", ".global"), binding(GLOBAL)), ".weak": binding(WEAK), ".local": local, ".hidden": visibility(2),
    ".internal": visibility(1), ".protected": visibility(3), ".type": kind, ".size": size, ".set": equate(False),
    ".equ": equate(False), ".equiv": equate(True), ".eqv": equate(False), ".comm": common(False), ".common": common(False),
    ".lcomm": common(True), ".symver": symver, ".weakref": weakref, ".ident": ident, ".reloc": reloc, ".file": lines.file,
    ".loc": lines.loc, ".intel_syntax": syntax(True), ".att_syntax": syntax(False), ".code64": bits(64), ".code32": bits(32),
    ".code16": bits(16), ".include": include, ".end": end, ".error": complain("error"), ".err": complain("error"),
    ".warning": complain("warning"), ".macro": macros.define, ".rept": macros.repeat, ".rep": macros.repeat,
    ".irp": macros.iterate,
    ".irpc": macros.characters,
    ".altmacro": alternate(True), ".noaltmacro": alternate(False),
    ".exitm": macros.leave, ".purgem": macros.purge, ".endm": endless, ".endr": endless,
    **dict.fromkeys((
        ".addrsig", ".addrsig_sym", ".list", ".nolist", ".title", ".sbttl", ".eject", ".psize", ".arch", ".intel_mnemonic",
        ".att_mnemonic", ".lflags", ".ln", ".line", ".loc_mark_labels", ".gnu_attribute", ".extern", ".print", ".version",
        ".build_version", ".cg_profile", ".allow_index_reg", ".disallow_index_reg", ".linefile", ".secrel32",
    ), ignore),
}  # fmt: skip
