"""C and C++ programs for tools/check_gas.py: each uses other parts of what compilers print; numbers vary with the seed.

The templates are tests/gas/*.c.in and *.cc.in; $A..$D in them become small numbers, different in every program made of one.
"""

from __future__ import annotations

import random
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "gas"


def programs(count: int, seed: int) -> list[tuple[str, str]]:
    """(file name, text) of `count` programs; every template appears before any repeats."""
    draw = random.Random(seed)
    templates = sorted(FOLDER.glob("*.in"))
    made = []
    for index in range(count):
        path = templates[index % len(templates)]
        name, suffix, _ = path.name.split(".")
        text = path.read_text(encoding="utf-8")
        for letter in "ABCD":
            text = text.replace("$" + letter, str(draw.randint(2, 40)))
        made.append((f"{name}{index}.{suffix}", text))
    return made
