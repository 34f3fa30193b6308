"""Library functions that no program reaches yet, called in the IR interpreter: formats of section 28 and UTF-8 decoding."""

from __future__ import annotations

import math
import random
import struct
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache

from starklink.driver import phases
from starklink.driver.imports import load_text
from starklink.driver.session import Options, Session
from starklink.frontend.lower import lower
from starklink.ir.interp import Interpreter, default_externs

ROOTS = ("__start", "__format_fixed_f64", "__format_fixed_i64", "__format_fixed_u64", "__format_digits_i64",
         "__format_digits_u64", "__format_hex", "__align", "__decode")


@cache
def machine() -> Interpreter:
    session = Session()
    trees = phases.parse(session, load_text(session, Options(), "void main() { }", "main.fsh", ""))
    typed = phases.check(session, trees)
    session.check()
    module = lower(typed, session.bag, level=1, debug=False, roots=ROOTS)
    externs, _ = default_externs()
    return Interpreter(module, externs)


def made(name: str, *args: float | int | bool) -> str:
    """The text a library function returns."""
    address = machine().run(name, args)
    size = struct.unpack("<q", machine().read(address + 8, 8))[0]
    return machine().read(address + 16, size).decode()


def test_fixed_reals() -> None:
    chance = random.Random(1)
    context = Context(prec=1200)
    values = [0.0, -0.0, 2.5, 3.5, -2.5, 0.125, 1e300, 5e-324, 9.995, 999.5, 0.5, 0.05, 99.95, -0.001, 1e22]
    values += [chance.uniform(-1000, 1000) for _ in range(100)]
    values += [struct.unpack("<d", struct.pack("<Q", chance.getrandbits(64)))[0] for _ in range(60)]
    for value in values:
        if not math.isfinite(value):
            continue
        for n in (0, 2, chance.randrange(25)):
            wanted = Decimal(value).quantize(Decimal(1).scaleb(-n), rounding=ROUND_HALF_UP, context=context)
            assert made("__format_fixed_f64", value, n) == format(wanted, "f"), (value, n)
    assert made("__format_fixed_f64", math.inf, 2) == "Infinity"


def test_integers() -> None:
    assert made("__format_fixed_i64", -5, 2) == "-5.00"
    assert made("__format_fixed_u64", -1, 1) == "18446744073709551615.0"
    assert made("__format_fixed_i64", 7, 0) == "7"
    assert made("__format_digits_i64", -5, 3) == "-005"
    assert made("__format_digits_i64", -12345, 3) == "-12345"
    assert made("__format_digits_u64", -1, 21) == "018446744073709551615"
    for value in (0, 10, 255, 0x123, 2 ** 63 - 1):
        assert made("__format_hex", value, 4, True) == f"{value:04X}"
        assert made("__format_hex", value, 0, False) == f"{value:x}"


def text(content: str) -> int:
    return machine().new_string(content.encode())


def test_alignment_counts_scalars() -> None:
    assert made("__align", text("é"), 4) == "   é"
    assert made("__align", text("é"), -4) == "é   "
    assert made("__align", text("abc"), 2) == "abc"
    assert made("__align", 0, 2) == "  "


def test_decoding_advances_one_byte_over_what_is_malformed() -> None:
    cases = {b"a": (0x61, 1), "é".encode(): (0xE9, 2), "€".encode(): (0x20AC, 3), "𝄞".encode(): (0x1D11E, 4)}
    for broken in (b"\x80", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf8", b"\xe2\x82", b"\xff"):
        cases[broken] = (0xFFFD, 1)
    for data, (scalar, size) in cases.items():
        address = machine().allocate(8)
        machine().write(address, data)
        assert machine().run("__decode", (address, address + len(data))) == size << 32 | scalar
