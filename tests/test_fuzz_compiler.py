"""A second of random programs: -O0, -O2 and the interpreter agree, and one booted image with them
(tools/fuzz_compiler.py runs as many as one likes)."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

import fuzz_compiler


def test_random_programs_agree() -> None:
    began, seed = time.monotonic(), 7_000
    while time.monotonic() - began < 1.0 or seed < 7_002:
        assert fuzz_compiler.check(seed) == ""
        seed += 1
    assert fuzz_compiler.check(seed, pc=True) == ""


def test_programs_are_the_same_for_the_same_seed() -> None:
    assert fuzz_compiler.Generator(5).program() == fuzz_compiler.Generator(5).program()
    assert fuzz_compiler.Generator(5).program() != fuzz_compiler.Generator(6).program()
