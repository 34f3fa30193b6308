"""Quoted strings and integer literals of NASM."""

from __future__ import annotations

import re
from typing import Final

_ESCAPES: Final = {"a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b"}
_NAMED: Final = {value: "\\" + key for key, value in _ESCAPES.items()} | {"\\": "\\\\", "`": "\\`"}
_ESCAPE: Final = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|(.?))", re.DOTALL
)
_RADIX: Final = {"x": 16, "h": 16, "d": 10, "t": 10, "o": 8, "q": 8, "b": 2, "y": 2}
_VALUES: Final = {digit: number for number, digit in enumerate("0123456789abcdefghijklmnopqrstuvwxyz")}


def unquote(token: str) -> str:
    """The characters (bytes as Latin-1) of a quoted string; the closing quote may be missing."""
    quote = token[0]
    inner = token[1:-1] if len(token) > 1 and token[-1] == quote else token[1:]
    if quote != "`" or "\\" not in inner:
        return inner
    return _ESCAPE.sub(_unescape, inner)


def _unescape(match: re.Match[str]) -> str:
    octal, hexadecimal, short, long, other = match.groups()
    if octal is not None:
        return chr(int(octal, 8) & 0xFF)
    if hexadecimal is not None:
        return chr(int(hexadecimal, 16))
    if short is not None or long is not None:
        number = int(short if short is not None else long, 16)
        return utf8(number)
    return _ESCAPES.get(other, other)


def utf8(number: int) -> str:
    """A code point as UTF-8, one character per byte; numbers beyond Unicode take the forms of the original UTF-8."""
    if number < 0x80:
        return chr(number)
    out: list[int] = []
    limit = 0x40
    while number >= limit:
        out.append(0x80 | number & 0x3F)
        number >>= 6
        limit >>= 1
    out.append((0xFF00 >> (len(out) + 1)) & 0xFF | number)
    return "".join([chr(byte) for byte in reversed(out)])


def quote(text: str) -> str:
    """A quoted string with that value."""
    plain = all(" " <= char <= "~" for char in text)
    if plain and "'" not in text:
        return f"'{text}'"
    if plain and '"' not in text:
        return f'"{text}"'
    out: list[str] = []
    for index, char in enumerate(text):
        named = _NAMED.get(char)
        if named is not None:
            out.append(named)
        elif " " <= char <= "~":
            out.append(char)
        else:
            following = text[index + 1 : index + 2]
            wide = following.isascii() and following.isdigit()
            out.append(f"\\{ord(char):03o}" if wide else f"\\{ord(char):o}")
    return f"`{''.join(out)}`"


def character_constant(text: str) -> tuple[int, bool]:
    """(value of a string as a number: the first character is the lowest byte; whether it has more than 8 of them)."""
    if len(text) <= 8:
        return int.from_bytes(text.encode("latin-1"), "little"), False
    return int.from_bytes(text[:8].encode("latin-1"), "little"), True


def integer(token: str) -> int | None:
    """The value of an integer literal, None if it is malformed."""
    text = token.lower()
    if text.isdigit() and text.isascii():
        return int(text)
    if text[0] == "$":
        return _digits(text[1:], 16)
    before = _RADIX.get(text[1:2], 0) if text[0] == "0" and len(text) > 2 else 0
    after = _RADIX.get(text[-1], 0)
    if before > after:
        return _digits(text[2:], before)
    if after > before:
        return _digits(text[:-1], after)
    return _digits(text, 10)


def _digits(text: str, radix: int) -> int | None:
    text = text.replace("_", "")
    if not text:
        return 0
    try:
        return int(text, radix) if text.isascii() and text.isalnum() else None
    except ValueError:
        return None


def transform(text: str, function: str) -> str | None:
    """A string (UTF-8) as UTF-16 or UTF-32: `function` is "utf16", "utf16le", "utf32be" ...; None if it is no UTF-8."""
    codec = {"utf16": "utf-16-le", "utf16le": "utf-16-le", "utf16be": "utf-16-be", "utf32": "utf-32-le", "utf32le": "utf-32-le",
             "utf32be": "utf-32-be"}[function]  # fmt: skip
    try:
        return text.encode("latin-1").decode("utf-8").encode(codec, "surrogatepass").decode("latin-1")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return None
