"""Damaged inputs of the linker are linked or refused in words: a second of `tools/fuzz_link.py`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
import fuzz_link


def test_smoke(tmp_path: Path) -> None:
    assert fuzz_link.run(120, 7, tmp_path) == []


def test_undamaged_inputs_link(tmp_path: Path) -> None:
    """Otherwise the damage would tell nothing."""
    import random

    originals = fuzz_link.seeds(tmp_path)
    outcomes = [fuzz_link.attempt(fuzz_link.Case("main.o", originals["main.o"]), random.Random(seed), originals, tmp_path)
                for seed in range(12)]
    assert outcomes.count("linked") > 8
