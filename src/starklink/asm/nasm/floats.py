"""Floating-point constants as bytes: decimal, hexadecimal, octal and binary literals in every format NASM knows.

Literals are exact fractions until the one rounding at the end, so results are correctly rounded.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from .strings import _RADIX as RADIX_LETTERS


class Format(NamedTuple):
    """A binary format: bytes, stored mantissa bits, exponent bits, whether the leading one is stored."""

    bytes: int
    mantissa: int
    exponent: int
    explicit: bool = False


FORMATS: Final = {
    "8": Format(1, 3, 4),
    "16": Format(2, 10, 5),
    "bfloat16": Format(2, 7, 8),
    "32": Format(4, 23, 8),
    "64": Format(8, 52, 11),
    "80": Format(10, 63, 15, True),
    "128": Format(16, 112, 15),
}
BY_SIZE: Final = {1: "8", 2: "16", 4: "32", 8: "64", 10: "80", 16: "128"}
SPECIAL: Final = frozenset(
    form.format(name) for name in ("Infinity", "NaN", "QNaN", "SNaN") for form in ("__{}__", "__?{}?__")
)
"""Names of the special values, lower and upper case as NASM spells them."""
_SPECIAL: Final = {name.lower(): name.strip("_?").lower() for name in SPECIAL}
FUNCTIONS: Final = {
    form.format(name): value
    for name, value in (
        ("float8", ("8", 0, 1)),
        ("float16", ("16", 0, 2)),
        ("bfloat16", ("bfloat16", 0, 2)),
        ("float32", ("32", 0, 4)),
        ("float64", ("64", 0, 8)),
        ("float80m", ("80", 0, 8)),
        ("float80e", ("80", 8, 2)),
        ("float128l", ("128", 0, 8)),
        ("float128h", ("128", 8, 8)),
    )
    for form in ("__{}__", "__?{}?__")
}
"""Operators that turn a literal into an integer: name -> (format, first byte, number of bytes)."""


class FloatError(ValueError):
    """A literal that is no floating-point number, or has no place in the format."""


class Rounding(NamedTuple):
    """What `[float]` sets: `round` is near, up, down or zero; `daz`: denormal results become zero."""

    round: str = "near"
    daz: bool = False


NEAR: Final = Rounding()


def is_special(token: str) -> bool:
    """Whether an identifier names infinity or a NaN."""
    return token[0] == "_" and token.lower() in _SPECIAL


def encode(literal: str, negative: bool, name: str, mode: Rounding = NEAR) -> tuple[bytes, str]:
    """(little-endian bytes of a literal in format `name`, "" or the warning class that applies). Raises FloatError."""
    form = FORMATS[name]
    special = _SPECIAL.get(literal.lower())
    if special is not None:
        return _special(form, special, negative), ""
    lower = literal.lower().replace("_", "")
    if form.explicit and lower[-1] == "p" and lower[:-1].isdigit():
        return _packed(lower[:-1], negative), ""
    if form.explicit and lower.startswith("0p") and lower[2:].isdigit():
        return _packed(lower[2:], negative), ""
    numerator, denominator = _fraction(lower)
    return _round(form, numerator, denominator, negative, mode)


def _special(form: Format, special: str, negative: bool) -> bytes:
    ones = (1 << form.exponent) - 1
    mantissa = {"infinity": 0, "nan": 1 << form.mantissa - 1, "qnan": 1 << form.mantissa - 1, "snan": 1}[special]
    if form.explicit:
        mantissa = {"infinity": 0, "nan": 1 << form.mantissa - 1, "qnan": 1 << form.mantissa - 1, "snan": 1}[
            special
        ] | 1 << form.mantissa
    return _assemble(form, negative, ones, mantissa)


def _assemble(form: Format, negative: bool, exponent: int, mantissa: int) -> bytes:
    stored = form.mantissa + (1 if form.explicit else 0)
    number = (int(negative) << form.exponent | exponent) << stored | mantissa
    return number.to_bytes(form.bytes, "little")


def _packed(digits: str, negative: bool) -> bytes:
    """A packed decimal number of 18 digits."""
    if len(digits.lstrip("0")) > 18:
        raise FloatError("too many digits in a packed decimal number")
    text = digits.rjust(18, "0")[-18:]
    pairs = [int(text[i : i + 2], 16) for i in range(16, -1, -2)]
    return bytes(pairs) + (b"\x80" if negative else b"\0")


_EXPONENT_LIMIT: Final = 40_000


def _fraction(text: str) -> tuple[int, int]:
    """A literal as numerator and denominator."""
    if text.startswith("$"):
        return _radix_fraction(text[1:], 16)
    letter = text[1:2]
    if text[0] == "0" and letter in RADIX_LETTERS and letter not in "dt":
        return _radix_fraction(text[2:], RADIX_LETTERS[letter])
    if text[0] == "0" and letter in "dt" and len(text) > 2:
        text = text[2:]
    mantissa, _, exponent = text.partition("e")
    whole, _, part = mantissa.partition(".")
    digits = (whole + part) or "0"
    if not digits.isdigit() or not digits.isascii():
        raise FloatError(f"invalid floating-point constant `{text}'")
    power = _power(exponent, text) - len(part)
    number = int(digits)
    if number and abs(power + len(digits)) > _EXPONENT_LIMIT:
        power = _EXPONENT_LIMIT if power > 0 else -_EXPONENT_LIMIT - len(digits)
    if not number:
        return 0, 1
    return (number * 10**power, 1) if power >= 0 else (number, 10**-power)


def _radix_fraction(text: str, radix: int) -> tuple[int, int]:
    """A literal of radix 2, 8 or 16 with a binary exponent."""
    bits = {2: 1, 8: 3, 16: 4}[radix]
    mantissa, _, exponent = text.partition("p")
    whole, _, part = mantissa.partition(".")
    try:
        number = int((whole + part) or "0", radix)
    except ValueError:
        raise FloatError(f"invalid floating-point constant `{text}'") from None
    power = _power(exponent, text) - bits * len(part)
    power = max(min(power, 4 * _EXPONENT_LIMIT), -4 * _EXPONENT_LIMIT - bits * len(part))
    return (number << power, 1) if power >= 0 else (number, 1 << -power)


def _power(text: str, literal: str) -> int:
    if not text:
        return 0
    try:
        return int(text)
    except ValueError:
        raise FloatError(f"invalid exponent in floating-point constant `{literal}'") from None


def _round(form: Format, numerator: int, denominator: int, negative: bool, mode: Rounding) -> tuple[bytes, str]:
    """The nearest representable number (or the one the rounding mode asks for)."""
    bias = (1 << form.exponent - 1) - 1
    if not numerator:
        return _assemble(form, negative, 0, 0), ""
    exponent = numerator.bit_length() - denominator.bit_length()
    if (numerator if exponent >= 0 else numerator << -exponent) < (
        denominator << exponent if exponent >= 0 else denominator
    ):
        exponent -= 1
    # scaled so that one unit is the last stored bit; below the least exponent all numbers share one unit
    least = max(exponent, 1 - bias)
    shift = form.mantissa - least
    if shift >= 0:
        numerator <<= shift
    else:
        denominator <<= -shift
    mantissa, rest = divmod(numerator, denominator)
    up = {"near": 2 * rest > denominator or (2 * rest == denominator and mantissa & 1 == 1), "zero": False,
          "up": rest > 0 and not negative, "down": rest > 0 and negative}[mode.round]  # fmt: skip
    mantissa += up
    if mantissa >> form.mantissa + 1:
        mantissa >>= 1
        least += 1
    if least > bias:
        return _overflow(form, negative, mode), "float-overflow"
    if not mantissa >> form.mantissa:  # a denormal number
        if mode.daz or not mantissa:
            return _assemble(form, negative, 0, 0), "float-underflow"
        return _assemble(form, negative, 0, mantissa), "float-denorm"
    if form.explicit:
        return _assemble(form, negative, least + bias, mantissa), ""
    return _assemble(form, negative, least + bias, mantissa & (1 << form.mantissa) - 1), ""


def _overflow(form: Format, negative: bool, mode: Rounding) -> bytes:
    if mode.round == "zero" or (mode.round == "up" and negative) or (mode.round == "down" and not negative):
        mantissa = (1 << form.mantissa + (1 if form.explicit else 0)) - 1
        return _assemble(form, negative, (1 << form.exponent) - 2, mantissa)
    return _special(form, "infinity", negative)
