"""Some random programs: -O0, -O2, the interpreter and a booted image agree (tools/fuzz_compiler.py runs as many as one likes)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

import fuzz_compiler
from fuzz_programs import Generator


def test_random_programs_agree() -> None:
    assert fuzz_compiler.check_batch(range(7_000, 7_008), pc=True) == []


def test_programs_are_the_same_for_the_same_seed() -> None:
    assert Generator(5).program() == Generator(5).program()
    assert Generator(5).program() != Generator(6).program()


def test_the_programs_of_a_batch_all_run() -> None:
    text, _ = fuzz_compiler.batch(range(7_000, 7_006))
    _, (_, output) = next(fuzz_compiler.outcomes(text, pc=False))
    began = [line for line in output.decode().splitlines() if line.startswith("# ")]
    assert began == [f"# {seed}" for seed in range(7_000, 7_006)]


def test_a_difference_is_found_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    culprit = fuzz_compiler.program(7_002)

    def broken(text: str, pc: bool, compiled: object = None, debug: bool = True) -> Iterator[tuple[str, tuple[int, bytes]]]:
        yield "-O0", (0, b"text")
        yield "-O2", (0, b"more" if text == culprit or "main_7002(" in text else b"text")

    monkeypatch.setattr(fuzz_compiler, "outcomes", broken)
    found = fuzz_compiler.check_batch(range(7_001, 7_004))
    assert [finding.splitlines()[0] for finding, _ in found] == ["seed 7002: -O2 differs from -O0"]
    assert found[0][1] == culprit
