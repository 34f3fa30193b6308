"""The mathematics of the library against Python's math, Decimal and integers."""

from __future__ import annotations

import math
import random
import struct
from decimal import Context, Decimal

from runtime_sample import double_text, lines, run

READ = """
double value(string s) {
    if (s == "inf") return 1.0 / 0.0;
    if (s == "-inf") return -1.0 / 0.0;
    if (s == "nan") return 0.0 / 0.0;
    return to_double(s);
}
"""
ROUNDING = READ + """
void main() {
    string s = read_line();
    while (s != null) {
        double d = value(s);
        print(floor(d) + " " + ceil(d) + " " + round(d));
        s = read_line();
    }
}
"""
PAIRS = READ + """
void main() {
    string s = read_line();
    while (s != null) {
        string[] p = split(s, " ");
        double x = value(p[0]);
        double y = value(p[1]);
        print(mod(x, y) + " " + max(x, y) + " " + min(x, y));
        s = read_line();
    }
}
"""
POWERS = PAIRS.replace('mod(x, y) + " " + max(x, y) + " " + min(x, y)', "pow(x, y)")
ROOTS = """
void main() {
    string s = read_line();
    while (s != null) {
        int n = to_int(s);
        print(sqrt(n) + " " + sqrt((uint)n * 2));
        s = read_line();
    }
}
"""
INT_POWERS = """
void main() {
    string s = read_line();
    while (s != null) {
        string[] p = split(s, " ");
        print(pow(to_int(p[0]), to_int(p[1])));
        s = read_line();
    }
}
"""
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, -0.2, math.inf, -math.inf, math.nan, 5e-324,
           0.49999999999999994, 3.0, -3.0, 2.0, -7.0, 2.0 ** 52, 2.0 ** 52 - 0.5, 2.0 ** 53 + 2, 1e19, 1e300]


def anything(chance: random.Random) -> float:
    return float(struct.unpack("<d", struct.pack("<Q", chance.getrandbits(64)))[0])


def whole(rounding: object, x: float) -> float:
    if not math.isfinite(x):
        return x
    return math.copysign(float(rounding(x)), x)  # type: ignore[operator]


def test_rounding() -> None:
    chance = random.Random(1)
    values = SPECIAL + [chance.uniform(-100, 100) for _ in range(300)] + [chance.randrange(-200, 200) / 2 for _ in range(200)]
    values += [anything(chance) for _ in range(300)]
    wanted = [" ".join(double_text(whole(f, x)) for f in (math.floor, math.ceil, round)) for x in values]
    assert lines(ROUNDING, "\n".join(map(repr, values)) + "\n") == wanted


def remainder(x: float, y: float) -> float:
    try:
        return math.fmod(x, y)
    except ValueError:
        return math.nan


def extreme(x: float, y: float, largest: bool) -> float:
    if math.isnan(x) or math.isnan(y):
        return math.nan
    pair = sorted((x, y), key=lambda v: (v, math.copysign(1.0, v)))
    return pair[1] if largest else pair[0]


def test_remainder_and_extremes() -> None:
    chance = random.Random(2)
    pairs = [(x, y) for x in SPECIAL for y in SPECIAL]
    pairs += [(anything(chance), anything(chance)) for _ in range(300)]
    pairs += [(chance.uniform(-1e9, 1e9), chance.uniform(-9, 9)) for _ in range(300)]
    wanted = [" ".join(map(double_text, (remainder(x, y), extreme(x, y, True), extreme(x, y, False)))) for x, y in pairs]
    assert lines(PAIRS, "".join(f"{x!r} {y!r}\n" for x, y in pairs)) == wanted


def special_power(x: float, y: float) -> float:
    """C's pow on special operands."""
    try:
        return math.pow(x, y)
    except OverflowError:
        return -math.inf if x < 0 and y % 2 == 1 else math.inf
    except ValueError:
        if x == 0.0:
            return math.copysign(math.inf, x) if abs(y) % 2 == 1 else math.inf
        return math.nan


def test_power_of_special_values() -> None:
    special = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, -3.0, 3.0, math.inf, -math.inf, math.nan, 1e300, -1e300, 1e-300]
    pairs = [(x, y) for x in special for y in special]
    assert lines(POWERS, "".join(f"{x!r} {y!r}\n" for x, y in pairs)) == [double_text(special_power(x, y)) for x, y in pairs]


def power_cases(chance: random.Random, count: int) -> list[tuple[float, float]]:
    made: list[tuple[float, float]] = []
    for _ in range(count):
        made += [
            (chance.uniform(0, 10), chance.uniform(-20, 20)),
            (math.ldexp(chance.random(), chance.randrange(-1000, 1000)), chance.uniform(-1.4, 1.4)),
            (1 + chance.uniform(-1e-6, 1e-6), chance.uniform(-1e8, 1e8)),
            (float(chance.randrange(1, 200)), float(chance.randrange(-60, 60))),
            (10.0, float(chance.randrange(-64, 65))),
            (math.ldexp(1 + chance.random(), chance.randrange(-10, 10)), float(chance.randrange(-64, 65))),
            (chance.randrange(1, 1024) / chance.choice([1, 2, 4, 8]), chance.randrange(-12, 20) / 4),
        ]
    return [(x, y) for x, y in made if x != 0.0]


def test_power_within_one_ulp_and_exact_where_it_can_be() -> None:
    pairs = power_cases(random.Random(3), 150)
    context = Context(prec=60, Emax=10 ** 6, Emin=-(10 ** 6))
    for (x, y), text in zip(pairs, lines(POWERS, "".join(f"{x!r} {y!r}\n" for x, y in pairs)), strict=True):
        made = float(text.replace("Infinity", "inf"))
        exact = context.exp(context.multiply(context.ln(Decimal(x)), Decimal(y)))
        if exact >= Decimal(2) ** 1024:
            assert made == math.inf
            continue
        nearest = float(exact)
        assert abs(context.subtract(Decimal(made), exact)) <= Decimal(math.ulp(nearest)), (x, y)
        if abs(context.subtract(exact, Decimal(nearest))) <= exact * Decimal("1e-50"):
            assert made == nearest, (x, y)
        if y == int(y) and abs(y) <= 64 and 1e-250 < nearest < 1e250:
            assert made == nearest, (x, y)


def test_integer_roots() -> None:
    chance = random.Random(4)
    numbers = [0, 1, 2, 3, 2 ** 63 - 1, 2 ** 62]
    for _ in range(300):
        root = chance.getrandbits(31)
        numbers += [root * root, max(root * root - 1, 0), chance.getrandbits(63)]
    wanted = [f"{math.isqrt(n)} {math.isqrt(2 * n)}" for n in numbers]
    assert lines(ROOTS, "".join(f"{n}\n" for n in numbers)) == wanted


def test_integer_powers() -> None:
    pairs = [(b, e) for b in range(-12, 13) for e in range(17)] + [(-2, 63), (2, 62), (-2, 62), (3037000499, 2)]
    wanted = [b ** e for b, e in pairs]
    much = 10 ** 18
    others = {(-1, much + 1): -1, (-1, much): 1, (0, much): 0, (1, -5): 1, (-1, -5): -1, (-1, -6): 1, (5, -1): 0}
    pairs += others.keys()
    wanted += others.values()
    assert lines(INT_POWERS, "".join(f"{b} {e}\n" for b, e in pairs)) == list(map(str, wanted))


def test_integer_powers_that_raise() -> None:
    overflow = (103, "Integer overflow in pow")
    cases = {"10 19": overflow, "2 63": overflow, "-2 64": overflow, "-3 41": overflow, "0 -1": (104, "Division by zero")}
    for text, (code, message) in cases.items():
        done = run(INT_POWERS, text + "\n")
        assert done.returncode == code
        assert f"main.fsh:6:15: ArithmeticException: {message}\n" in done.stderr
