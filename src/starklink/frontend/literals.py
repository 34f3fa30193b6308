"""Values of literals: numbers, characters, strings and their escapes (fluxsharp.md section 2).

Every function takes the text of one literal and returns its value and the problems found in it. A literal with problems still
has a value, so that parsing goes on.
"""

from __future__ import annotations

import re
import struct
from typing import Final, NamedTuple


class Problem(NamedTuple):
    """An error inside a token: `offset` and `length` in scalars from the token's start."""

    code: str
    offset: int
    length: int
    message: str
    hint: str = ""


_DIGITS: Final = r"[0-9]+(?:_+[0-9]+)*"
_INTEGER: Final = re.compile(
    rf"(?:0[xX](?P<hex>[0-9a-fA-F]+(?:_+[0-9a-fA-F]+)*)|0[bB](?P<bin>[01]+(?:_+[01]+)*)|0[oO](?P<oct>[0-7]+(?:_+[0-7]+)*)"
    rf"|(?P<dec>{_DIGITS}))(?P<suffix>[uU][lL]?|[lL][uU]?)?")
_REAL: Final = re.compile(rf"(?P<number>(?:{_DIGITS})?(?:\.{_DIGITS})?(?:[eE][+-]?{_DIGITS})?)(?P<suffix>[fFdD])?")
_RADIX: Final = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}
_ESCAPE: Final = re.compile(
    r"""\\(?:([ntr0abfv\\"'])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(?=(.?)))""", re.DOTALL)
_SIMPLE: Final = {"n": 10, "t": 9, "r": 13, "0": 0, "a": 7, "b": 8, "f": 12, "v": 11, "\\": 92, '"': 34, "'": 39}
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]+")
_HEX_RUN: Final = re.compile(r"[0-9a-fA-F]{0,8}")
_UINT_MAX: Final = (1 << 64) - 1


def describe(text: str) -> str:
    """A character for messages: itself when printable, else U+XXXX."""
    return f"'{text}'" if text.isprintable() and text != "'" else f"U+{ord(text[0]):04X}"


def control_problems(text: str) -> list[Problem]:
    """FS0001 for every run of control characters (white space is none) inside a literal."""
    return [Problem("FS0001", one.start(), one.end() - one.start(), f"control character {describe(one.group()[0])} in a literal",
                    "write it as an escape") for one in _CONTROL.finditer(text)]


def integer(text: str) -> tuple[tuple[int, bool], list[Problem]] | None:
    """(value, has a U suffix) of an integer literal; None if `text` is not formed like one."""
    match = _INTEGER.fullmatch(text)
    if match is None:
        return None
    radix = next(name for name in _RADIX if match[name] is not None)
    digits = match[radix].replace("_", "").lstrip("0") or "0"
    unsigned = "u" in (match["suffix"] or "").lower()
    # 64 digits are enough for every legal value in base 2; longer ones would cost quadratic time or hit Python's digit limit.
    value = int(digits, _RADIX[radix]) if len(digits) <= 64 else _UINT_MAX + 1
    if value > _UINT_MAX:
        message = f"integer literal is larger than {_UINT_MAX}, the largest 'uint'"
        return (0, unsigned), [Problem("FS0007", 0, len(text), message)]
    return (value, unsigned), []


def _to_single(text: str, value: float) -> float:
    """The binary32 nearest to the decimal `text`, ties to even; infinity on overflow. `value` is the nearest binary64."""
    if value in (0.0, float("inf")):
        return value
    bits = struct.unpack("<Q", struct.pack("<d", value))[0]
    # Rounding twice differs from rounding once only if the binary64 lies exactly between two binary32: then the decimal decides.
    if value >= 2.0**-126:
        halfway = bits & 0x1FFFFFFF == 0x10000000
    else:
        halfway = (value / 2.0**-149) % 1.0 == 0.5
    if halfway:
        from decimal import Decimal

        exact, near = Decimal(text), Decimal(value)
        if exact != near:
            bits += 1 if exact > near else -1
            value = struct.unpack("<d", struct.pack("<Q", bits))[0]
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return float("inf")


def real(text: str) -> tuple[tuple[float, bool], list[Problem]] | None:
    """(value, is a `float`) of a real literal; None if `text` is not formed like one."""
    match = _REAL.fullmatch(text)
    if match is None or not match["number"]:
        return None
    single = (match["suffix"] or "") in ("f", "F")
    digits = match["number"].replace("_", "")
    value = float(digits)
    if single:
        value = _to_single(digits, value)
    if value == float("inf"):
        name = "float" if single else "double"
        return (0.0, single), [Problem("FS0007", 0, len(text), f"real literal is larger than the largest '{name}'")]
    return (value, single), []


def number_problem(text: str) -> Problem:
    """What is wrong with a run of digits and letters that is no number (FS0006)."""
    head = text[:2].lower()
    if head in ("0x", "0b", "0o"):
        name, allowed = {"0x": ("hexadecimal", "0-9 and a-f"), "0b": ("binary", "0 and 1"), "0o": ("octal", "0-7")}[head]
        what = f"malformed {name} number '{text}'"
        return Problem("FS0006", 0, len(text), what if len(text) > 2 else f"{what}: no digits", f"digits are {allowed}")
    if text.rstrip("fFdDuUlL").endswith("_"):
        return Problem("FS0006", 0, len(text), f"malformed number '{text}'", "'_' may only stand between digits")
    return Problem("FS0006", 0, len(text), f"malformed number '{text}'", "an identifier cannot start with a digit")


def _escape_value(match: re.Match[str]) -> tuple[int, bool] | None:
    """(scalar or byte, is a raw byte) of an escape; None if it is bad."""
    simple, byte, short, long, _ = match.groups()
    if simple:
        return _SIMPLE[simple], False
    if byte:
        return int(byte, 16), True
    digits = short or long
    if not digits:
        return None
    value = int(digits, 16)
    return None if value > 0x10FFFF or 0xD800 <= value <= 0xDFFF else (value, False)


def _escape_problem(text: str, match: re.Match[str], offset: int) -> Problem:
    start = match.start()
    letter = match[5] or ""
    if match[3] or match[4]:
        return Problem("FS0004", offset + start, match.end() - start, f"'{match.group()}' is not a Unicode scalar value")
    if letter and letter in "xuU":
        count = {"x": "two", "u": "four", "U": "eight"}[letter]
        run = _HEX_RUN.match(text, start + 2)
        end = run.end() if run else start + 2
        return Problem("FS0004", offset + start, end - start, f"escape '\\{letter}' needs exactly {count} hexadecimal digits")
    hint = "write '\\\\' for a backslash, or use a verbatim string @\"...\""
    return Problem("FS0004", offset + start, 1 + len(letter), f"unknown escape '\\{letter}'", hint)


def unescape(body: str, offset: int) -> tuple[bytes, list[Problem]]:
    """Bytes of the text between the quotes of a string; `offset` is where the body starts in the token."""
    if "\\" not in body:
        return body.encode("utf-8", "surrogatepass"), []
    out: list[bytes] = []
    problems: list[Problem] = []
    last = 0
    for match in _ESCAPE.finditer(body):
        out.append(body[last:match.start()].encode("utf-8", "surrogatepass"))
        last = match.end()
        found = _escape_value(match)
        if found is None:
            problems.append(_escape_problem(body, match, offset))
        else:
            out.append(bytes((found[0],)) if found[1] else chr(found[0]).encode())
    out.append(body[last:].encode("utf-8", "surrogatepass"))
    return b"".join(out), problems


def character(text: str) -> tuple[int, list[Problem]]:
    """Scalar of a character literal with both quotes."""
    body = text[1:-1]
    problems: list[Problem] = []
    if body[:1] == "\\":
        match = _ESCAPE.match(body)
        if match is not None:
            found = _escape_value(match)
            if found is None:
                return 0, [_escape_problem(body, match, 1)]
            if match.end() == len(body):
                return found[0], []
    elif len(body) == 1 and body != "'":
        return ord(body), control_problems(text)
    if not body or text == "'''":
        problems.append(Problem("FS0005", 0, len(text), "empty character literal", "write '\\'' for a quote" if body else ""))
    else:
        message = "character literal holds more than one character"
        problems.append(Problem("FS0005", 0, len(text), message, 'strings are written "..."'))
    return 0, problems
