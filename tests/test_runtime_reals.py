"""double and float to text and back, against Python's repr and float()."""

from __future__ import annotations

import math
import random
import struct
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, localcontext
from fractions import Fraction

from runtime_sample import decimal_text, double_text, lines, run

ECHO = """
void main() {
    string s = read_line();
    while (s != null) {
        print(to_double(s));
        s = read_line();
    }
}
"""
ECHO_FLOAT = ECHO.replace("to_double", "to_float")
BOTH_WAYS = """
void main() {
    string s = read_line();
    while (s != null) {
        double d = to_double(s);
        print(to_double("" + d) == d);
        s = read_line();
    }
}
"""


def double_of(bits: int) -> float:
    return float(struct.unpack("<d", struct.pack("<Q", bits))[0])


def float_of(bits: int) -> float:
    return float(struct.unpack("<f", struct.pack("<I", bits))[0])


def spelled(value: float) -> str:
    return format(value, ".17e")


def edges() -> list[float]:
    powers = [2.0 ** k for k in range(-1074, 1024, 3)] + [float(f"1e{k}") for k in range(-323, 309, 2)]
    near = [math.nextafter(2.0 ** k, 0.0) for k in range(-1070, 1024, 7)]
    named = [0.0, -0.0, 4.0, 0.1 + 0.2, 123456.789, 1e14, 1e15, 1e16, 0.0001, 0.00001, 1.5e-10, 5e-324, 2.2250738585072011e-308,
             1.7976931348623157e308, 9007199254740993.0, 999999999999999.0, 1e21, 1e22, 1e23, -1.5, 123456789012345680.0]
    return named + powers + near


def test_shortest_doubles() -> None:
    chance = random.Random(1)
    values = edges()
    values += [value for value in (double_of(chance.getrandbits(64)) for _ in range(2500)) if math.isfinite(value)]
    values += [double_of(chance.getrandbits(52)) for _ in range(100)]
    values += [round(chance.uniform(-1000, 1000), chance.randrange(6)) for _ in range(500)]
    values += [float(chance.randrange(-2 ** 60, 2 ** 60)) for _ in range(200)]
    made = lines(ECHO, "\n".join(map(spelled, values)) + "\n")
    assert made == [double_text(value) for value in values]


def test_infinities_and_nan() -> None:
    program = """void main() {
        double z = 0.0; print(1 / z); print(-1 / z); print(z / z);
        float f = 0f; print(1 / f); print(-f); print(f / f);
    }"""
    assert lines(program) == ["Infinity", "-Infinity", "NaN", "Infinity", "-0", "NaN"]


def shortest_float(value: float) -> str:
    """Shortest digits that read back as the same binary32, the closest of them (of two the even one), by search."""
    exact = Decimal(value)
    for digits in range(1, 10):
        contexts = (Context(prec=digits, rounding=ROUND_FLOOR), Context(prec=digits, rounding=ROUND_CEILING))
        found = [near for near in (context.plus(exact) for context in contexts) if round_float(near) == value]
        if found:
            return str(min(found, key=lambda near: (abs(Fraction(near) - Fraction(value)), near.as_tuple().digits[-1] % 2)))
    raise AssertionError(value)


def round_float(text: Decimal) -> float:
    """The binary32 nearest to an exact decimal, ties to even; infinity beyond the range."""
    exact = Fraction(text)
    size = abs(exact)
    if size == 0:
        return 0.0
    e = size.numerator.bit_length() - size.denominator.bit_length()
    if Fraction(2) ** e > size:
        e -= 1
    unit = Fraction(2) ** (max(e, -126) - 23)
    value = round(size / unit) * unit
    if value >= 2 ** 128:
        return math.copysign(math.inf, exact)
    return math.copysign(float(value), exact)


def test_shortest_floats() -> None:
    chance = random.Random(2)
    values = [float_of(chance.getrandbits(31)) for _ in range(800)] + [2.0 ** k for k in range(-149, 128)]
    values += [float_of(0x4048F5C3), 1e7]
    values = [value for value in values if math.isfinite(value)]
    made = lines(ECHO_FLOAT, "\n".join(map(spelled, values)) + "\n")
    assert made == [decimal_text(shortest_float(value), 7) for value in values]


def spellings(chance: random.Random, count: int) -> list[str]:
    """Decimals of all shapes, among them the exact middles between neighbours and texts just beside them."""
    made = ["0", "-0", ".5", "1e5", "+1.5E-3", "5e-324", "2.4703282292062328e-324", "2.4703282292062327e-324", "0e500",
            "9007199254740993", "1.7976931348623157e308", "123456789012345678901234567890", "1e-400", "1_000.5", "2.5d", "2f",
            "0." + "0" * 300 + "1"]
    with localcontext() as context:
        context.prec = 1200
        for _ in range(count):
            kind = chance.randrange(5)
            if kind == 0:
                digits = "".join(chance.choice("0123456789") for _ in range(chance.randrange(1, 40)))
                made.append(f"{digits}e{chance.randrange(-340, 260)}")
            elif kind == 1:
                made.append(f"{chance.getrandbits(60)}.{chance.getrandbits(60)}")
            elif kind == 2:
                low = double_of(chance.getrandbits(62))
                middle = str((Decimal(low) + Decimal(math.nextafter(low, math.inf))) / 2)
                made.append(middle)
                made.append(middle.replace("E", "1E") if "E" in middle else f"{middle}1" if "." in middle else f"{middle}.1")
            elif kind == 3:
                made.append(f"{chance.getrandbits(64)}e{chance.randrange(-30, 30)}")
            else:
                made.append(f"0.{'0' * chance.randrange(300)}{chance.getrandbits(100)}")
    return made


def test_reading_doubles() -> None:
    texts = spellings(random.Random(3), 700)
    wanted = [double_text(float(text.rstrip("df"))) for text in texts]
    assert lines(ECHO, "\n".join(texts) + "\n") == wanted


def test_reading_floats_rounds_once() -> None:
    chance = random.Random(4)
    texts = []
    for _ in range(300):
        low = float_of(chance.getrandbits(30))
        high = float_of(struct.unpack("<I", struct.pack("<f", low))[0] + 1)
        middle = (Decimal(low) + Decimal(high)) / 2
        texts += [format(middle, "f"), format(middle, "f") + ("1" if "." in format(middle, "f") else ".0000000000000000001")]
    wanted = [decimal_text(shortest_float(round_float(Decimal(text))), 7) for text in texts]
    assert lines(ECHO_FLOAT, "\n".join(texts) + "\n") == wanted


def test_texts_that_are_no_numbers() -> None:
    program = "void main() { print(to_double(read_line())); }"
    for text in ("", "two", "5.", "1e", "1e+", "--1", "1__0", "_1", "0x10", "NaN", "1e999", "1 2", "1.5ff"):
        done = run(program, text + "\n")
        assert done.returncode == 105, text
        assert f'main.fsh:1:21: TypeError: Cannot convert "{text}" to double\n' in done.stderr


def test_what_is_printed_reads_back() -> None:
    chance = random.Random(5)
    values = [value for value in (double_of(chance.getrandbits(64)) for _ in range(500)) if math.isfinite(value)]
    assert set(lines(BOTH_WAYS, "\n".join(map(spelled, values)) + "\n")) == {"true"}
