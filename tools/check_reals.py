"""A long check of reading and printing reals against Python, on freshly compiled programs.

    python tools/check_reals.py [COUNT] [SEED]

COUNT (default 100000) random bit patterns of double and of float are printed in shortest form, and as many decimals of all
shapes are read. Exit code 1 if anything differs.
"""

from __future__ import annotations

import math
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import test_runtime_reals as reals
from runtime_sample import decimal_text, double_text, lines


def compare(what: str, texts: list[str], made: list[str], wanted: list[str]) -> int:
    """Print the first differences; their number."""
    wrong = [row for row in zip(texts, made, wanted, strict=True) if row[1] != row[2]]
    print(f"{what}: {len(texts)} values, {len(wrong)} wrong")
    for text, got, should in wrong[:10]:
        print(f"    {text}: {got} instead of {should}")
    return len(wrong)


def main(arguments: list[str]) -> int:
    """Run the three checks."""
    count = int(arguments[0]) if arguments else 100_000
    chance = random.Random(int(arguments[1]) if len(arguments) > 1 else 1)
    doubles = [value for value in (reals.double_of(chance.getrandbits(64)) for _ in range(count)) if math.isfinite(value)]
    texts = [reals.spelled(value) for value in doubles]
    wrong = compare("double", texts, lines(reals.ECHO, "\n".join(texts)), [double_text(value) for value in doubles])
    floats = [value for value in (reals.float_of(chance.getrandbits(32)) for _ in range(count)) if math.isfinite(value)]
    texts = [reals.spelled(value) for value in floats]
    wrong += compare("float", texts, lines(reals.ECHO_FLOAT, "\n".join(texts)),
                     [decimal_text(reals.shortest_float(value), 7) for value in floats])
    texts = reals.spellings(chance, count)
    wanted = [double_text(float(text.rstrip("df"))) for text in texts]
    wrong += compare("decimals", texts, lines(reals.ECHO, "\n".join(texts)), wanted)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
