"""Directives that make bytes: numbers, strings, floats, paddings, LEB128."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from .errors import GasError
from .expr import Tokens, parse, suffixed, unquote
from .instruction import suffix_kind
from .layout import MAX_SIZE, leb
from .macros import constant
from .operands import simple, split
from .program import ALIGN, LEB, ORG, SPACE, Expr, Fix, Item, Suffixed

if TYPE_CHECKING:
    from .source import Source


def expression(source: Source, text: str) -> Expr:
    """One expression that is all of the text."""
    tokens = Tokens(text)
    value = suffixed(parse(tokens, source), tokens)
    if not tokens.done:
        raise GasError(f"'{tokens.now}' is not expected here", tokens.now)
    return simple(value)


def _filled(source: Source) -> None:
    """Refuse content in sections that have none."""
    if source.section.kind == 8:
        raise GasError(f"{source.section.name} has no content in the file; only .zero and .skip are possible")


def numbers(size: int) -> Callable[[Source, str], None]:
    """The directive for numbers of `size` bytes."""

    def directive(source: Source, text: str) -> None:
        piece = source.piece
        buffer = piece.buffer
        limit = 1 << size * 8
        if text.isdecimal() and len(text) < 18 and (text == "0" or text[0] != "0"):  # nearly all of debug information
            value: Expr = int(text)
            if value < limit and source.section.kind != 8:  # type: ignore[operator]
                buffer += value.to_bytes(size, "little")  # type: ignore[union-attr]
                return
        if not text:
            return
        if source.section.kind == 8:
            if all(expression(source, part) == 0 for part in split(text)):
                buffer += bytes(size * len(split(text)))
                return
            _filled(source)
        for part in split(text):
            value = expression(source, part)
            if isinstance(value, int):
                if not -limit <= value < limit:
                    source.bag.warning(f"value {value:#x} truncated to {size} bytes", source.place, part)
                buffer += (value & limit - 1).to_bytes(size, "little")
                continue
            if size > 8:
                raise GasError(f"an address does not have {size} bytes", part)
            kind = -1
            if isinstance(value, Suffixed) and value.suffix != "PLT":  # (local symbols need no table)
                kind = suffix_kind(source.machine, value.suffix, size)
            relative = kind == 9 and source.machine.rela
            piece.fixes.append(Fix(len(buffer), size, value, 0, relative, kind, False, source.place))
            buffer += bytes(size)

    return directive


def address(source: Source, text: str) -> None:
    """`.dc.a`: numbers of an address's size."""
    numbers(source.machine.address)(source, text)


def strings(end: bytes, width: int = 1) -> Callable[[Source, str], None]:
    """`.ascii`, `.string` and the like."""

    def directive(source: Source, text: str) -> None:
        _filled(source)
        for part in split(text):
            pieces = re.findall(r'"(?:[^"\\]|\\.)*"', part, re.DOTALL)
            rest = re.sub(r'"(?:[^"\\]|\\.)*"', "", part, flags=re.DOTALL).strip()
            if rest or (not pieces and part):
                raise GasError("a string in double quotes is expected", part)
            for index, one in enumerate(pieces):
                data = unquote(one)
                if width > 1:
                    data = b"".join([byte.to_bytes(width, "little") for byte in data])
                source.piece.buffer += data
                if index == len(pieces) - 1 or end == b"":
                    source.piece.buffer += end * width

    return directive


_FLOAT: Final = re.compile(
    r"([-+]?)(?:0[fdrestFDREST])?(inf(?:inity)?|nan|[0-9]*\.?[0-9]*(?:[eE][-+]?[0-9]{1,5})?)", re.IGNORECASE
)


def _real(text: str) -> tuple[bool, str]:
    found = _FLOAT.fullmatch(text.strip())
    if found is None or not found[2] or found[2].lower()[0] == "e" or found[2].lower().startswith(".e") or found[2] == ".":
        raise GasError(f"{text.strip()} is no floating-point number", text.strip())
    if len(found[2]) > 5000:
        raise GasError("this number is too long", text[:20])
    return found[1] == "-", found[2].lower()


def encode_real(text: str, mantissa: int, exponent_bits: int) -> int:
    """The pattern of an IEEE number, rounded to nearest even. `mantissa`: stored fraction bits."""
    negative, word = _real(text)
    sign = negative << mantissa + exponent_bits
    top = (1 << exponent_bits) - 1
    if word.startswith("inf"):
        return sign | top << mantissa
    if word == "nan":
        return sign | top << mantissa | 1 << mantissa - 1
    value = Fraction(word)
    bias = top >> 1
    if not value:
        return sign
    power = value.numerator.bit_length() - value.denominator.bit_length()
    if Fraction(2) ** power > value:
        power -= 1
    power = max(power, 1 - bias)
    scaled = value / Fraction(2) ** (power - mantissa)
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    twice = 2 * rest - scaled.denominator
    if twice > 0 or (twice == 0 and whole & 1):
        whole += 1
    if whole >> mantissa + 1:
        whole >>= 1
        power += 1
    if power > bias:
        raise GasError(f"{text.strip()} is too large", text.strip())
    if whole >> mantissa:
        return sign | power + bias << mantissa | whole & (1 << mantissa) - 1
    return sign | whole


def reals(kind: str) -> Callable[[Source, str], None]:
    """`.float`, `.double`, `.tfloat`."""

    def directive(source: Source, text: str) -> None:
        _filled(source)
        for part in split(text):
            if kind == "t":
                pattern = encode_real(part, 63, 15)
                fraction, rest = pattern & (1 << 63) - 1, pattern >> 63
                whole = fraction | (1 << 63 if rest & 0x7FFF else 0)
                source.piece.buffer += struct.pack("<QH", whole, rest)
            elif kind == "d":
                source.piece.buffer += encode_real(part, 52, 11).to_bytes(8, "little")
            elif kind == "h":
                source.piece.buffer += encode_real(part, 10, 5).to_bytes(2, "little")
            elif kind == "b":
                source.piece.buffer += encode_real(part, 7, 8).to_bytes(2, "little")
            else:
                source.piece.buffer += encode_real(part, 23, 8).to_bytes(4, "little")

    return directive


def leb128(signed: bool) -> Callable[[Source, str], None]:
    """`.uleb128`, `.sleb128`."""

    def directive(source: Source, text: str) -> None:
        _filled(source)
        for part in split(text):
            value = expression(source, part)
            piece = source.piece
            if isinstance(value, int):
                piece.buffer += leb(value, signed)
                continue
            piece.items.append(Item(len(piece.buffer), LEB, value, int(signed), 0, b"", source.place))
            piece.buffer.append(0)

    return directive


def space(source: Source, text: str) -> None:
    """`.zero count`, `.skip count, fill`, `.space`."""
    parts = split(text)
    if not 1 <= len(parts) <= 2:
        raise GasError("a count and perhaps a filling byte are expected", text)
    count = expression(source, parts[0])
    value = constant(source, parts[1]) & 0xFF if len(parts) > 1 else 0
    piece = source.piece
    if isinstance(count, int):
        if not 0 <= count <= MAX_SIZE:
            raise GasError(f"cannot leave {count} bytes", parts[0])
        _room(source, count)
        piece.buffer += bytes((value,)) * count
        return
    piece.items.append(Item(len(piece.buffer), SPACE, count, 0, 0, bytes((value,)), source.place))
    piece.buffer.append(0)


def _room(source: Source, count: int) -> None:
    """Bound what a source can make of memory."""
    source.counted += count
    if source.counted > MAX_SIZE:
        raise GasError("the sections become too large")


def fill(source: Source, text: str) -> None:
    """`.fill repeat, size, value`."""
    parts = split(text)
    if not 1 <= len(parts) <= 3:
        raise GasError("a count, and perhaps a size and a value, are expected", text)
    count = expression(source, parts[0])
    size = constant(source, parts[1]) if len(parts) > 1 and parts[1] else 1
    value = constant(source, parts[2]) if len(parts) > 2 else 0
    if not 0 <= size <= 8:
        size = 8
    unit = (value & 0xFFFF_FFFF).to_bytes(8, "little")[:size]
    piece = source.piece
    if not size:
        return
    if isinstance(count, int):
        if count < 0:
            return
        _room(source, count * size)
        piece.buffer += unit * count
        return
    piece.items.append(Item(len(piece.buffer), SPACE, count, 0, 0, unit, source.place))
    piece.buffer.append(0)


def org(source: Source, text: str) -> None:
    """`.org offset, fill`."""
    parts = split(text)
    value = expression(source, parts[0])
    unit = bytes((constant(source, parts[1]) & 0xFF,)) if len(parts) > 1 else b"\0"
    piece = source.piece
    if isinstance(value, int) and not 0 <= value <= MAX_SIZE:
        raise GasError(f"cannot go to {value}", parts[0])
    piece.items.append(Item(len(piece.buffer), ORG, value, 0, 0, unit, source.place))
    piece.buffer.append(0)


def align(power: bool, unit: int = 1) -> Callable[[Source, str], None]:
    """`.p2align`, `.balign`, `.align`."""

    def directive(source: Source, text: str) -> None:
        parts = split(text) if text else []
        if len(parts) > 3:
            raise GasError("an alignment, a filling and a limit are expected", text)
        size = constant(source, parts[0]) if parts and parts[0] else 0
        if power:
            if not 0 <= size <= 28:
                raise GasError(f"2 to the power of {size} is no possible alignment", text)
            size = 1 << size
        if size < 0 or size & size - 1 or size > 1 << 28:
            raise GasError(f"alignment {size} is no power of two", text)
        value = constant(source, parts[1]) if len(parts) > 1 and parts[1] else None
        limit = constant(source, parts[2]) if len(parts) > 2 and parts[2] else 0
        if limit < 0:
            raise GasError("a limit cannot be negative", text)
        section, piece = source.section, source.piece
        if size <= 1:
            return
        section.align = max(section.align, size)
        code = bool(section.flags & 4)
        if value is None:
            data = b"" if code else b"\0"
        elif value == 0x90 and unit == 1 and code:
            data = b""
        else:
            data = (value & (1 << unit * 8) - 1).to_bytes(unit, "little")
        piece.items.append(Item(len(piece.buffer), ALIGN, 0, size, limit if limit < size else 0, data, source.place))
        piece.buffer.append(0)

    return directive


def incbin(source: Source, text: str) -> None:
    """`.incbin "file", skip, count`."""
    _filled(source)
    parts = split(text)
    if not parts or parts[0][:1] != '"' or parts[0][-1:] != '"' or len(parts) > 3:
        raise GasError("a file name in double quotes is expected", text)
    path = find(source, unquote(parts[0]).decode("utf-8", "surrogateescape"))
    start = constant(source, parts[1]) if len(parts) > 1 and parts[1] else 0
    count = constant(source, parts[2]) if len(parts) > 2 and parts[2] else -1
    try:
        with open(path, "rb") as handle:
            if not os.path.isfile(path):
                raise GasError(f"{path} is no file", parts[0])
            size = os.fstat(handle.fileno()).st_size
            if not 0 <= start <= size or (count >= 0 and start + count > size):
                raise GasError(f"{path} has only {size} bytes", parts[0])
            handle.seek(start)
            _room(source, size - start if count < 0 else count)
            source.piece.buffer += handle.read() if count < 0 else handle.read(count)
    except (OSError, ValueError) as error:
        if isinstance(error, GasError):
            raise
        raise GasError(f"{path}: {getattr(error, 'strerror', None) or error}", parts[0]) from None


def find(source: Source, name: str) -> str:
    """The path of a file that the source names: as it is, or in one of the folders of `include`."""
    if "\0" in name or not name:
        raise GasError("this is no file name")
    for folder in ("", *source.include):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            return path
    return name
