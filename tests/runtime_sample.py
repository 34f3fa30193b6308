"""Running small programs against the library, and the text forms of section 4.5 computed by Python."""

from __future__ import annotations

import math
from decimal import Decimal
from functools import cache
from subprocess import CompletedProcess

import starklink
from starklink.linker.image import Image


@cache
def image(text: str, level: int = 1) -> Image:
    """The linked program; the same text is compiled once per test run."""
    return starklink.compile_text(text, "main.fsh", level=level).link()


def run(text: str, stdin: str = "", args: tuple[str, ...] = ()) -> CompletedProcess[str]:
    """Compile and run."""
    return image(text).run(args, stdin, timeout=60)


def lines(text: str, stdin: str = "") -> list[str]:
    """Output lines of a program that must end with 0 and say nothing on standard error."""
    done = run(text, stdin)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split("\n")[:-1]


def decimal_text(digits: str, least: int) -> str:
    """The text form of a finite number given by its shortest decimal form; `least` is 15 for double, 7 for float."""
    sign, numbers, scale = Decimal(digits).as_tuple()
    shown = "".join(map(str, numbers)).lstrip("0")
    minus = "-" if sign else ""
    if not shown:
        return minus + "0"
    kept = shown.rstrip("0")
    n = len(kept)
    e = n - 1 + int(scale) + len(shown) - n
    if not -5 < e < max(n, least):
        return f"{minus}{kept[0]}{'.' + kept[1:] if n > 1 else ''}E{'-' if e < 0 else '+'}{abs(e):02}"
    if e < 0:
        return f"{minus}0.{'0' * (-e - 1)}{kept}"
    if e < n - 1:
        return f"{minus}{kept[:e + 1]}.{kept[e + 1:]}"
    return minus + kept + "0" * (e - n + 1)


def double_text(value: float) -> str:
    """Section 4.5 for double; Python's repr gives the same shortest digits."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return decimal_text(repr(value), 15)
