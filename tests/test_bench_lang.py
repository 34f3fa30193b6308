"""The programs bench/lang.py measures do what they are said to do."""

from __future__ import annotations

import runpy
from functools import reduce
from operator import xor
from pathlib import Path
from typing import Any

import pytest

from starklink import compile_text

LANG: dict[str, Any] = runpy.run_path(str(Path(__file__).resolve().parent.parent / "bench" / "lang.py"))
ROUNDS = 1600
AREAS = (int.__xor__, int.__or__, int.__and__)
RESULTS = {
    "throw and catch, 10 frames up": ROUNDS,
    "try around a call, nothing thrown": reduce(xor, range(ROUNDS)),
    "virtual call, 3 targets": reduce(xor, (AREAS[i % 64 % 3](i % 64, i) for i in range(ROUNDS))),
    "new object of 24 bytes, kept": ROUNDS - 1,
    "s += x, 100 in a row": ROUNDS,
    "StringBuilder, text and number": sum(5 + len(str(i)) for i in range(ROUNDS)),
}


@pytest.mark.parametrize("measure", LANG["MEASURES"], ids=lambda measure: measure.name)
def test_measured_program(measure: Any) -> None:
    done = compile_text(measure.source, level=2, debug=False).link().run([str(ROUNDS)], timeout=20)
    assert (done.returncode, done.stdout) == (0, f"{RESULTS[measure.name]}\n")


def test_generated_program() -> None:
    text = LANG["generated"](2000)
    assert text.count("    public int Method") == 2000
    assert 24_000 <= text.count("\n") <= 24_500
    small = LANG["generated"](40)
    said = {compile_text(small, level=level, debug=False).link().run(timeout=20).stdout for level in (0, 2)}
    assert len(said) == 1
    assert int(said.pop()) > 0
