"""A second of damaged linker scripts, version scripts and expressions (tools/fuzz_script.py runs more)."""

from __future__ import annotations

import runpy
from pathlib import Path

RUN = runpy.run_path(str(Path(__file__).parent.parent / "tools" / "fuzz_script.py"))["run"]


def test_damaged_scripts_give_diagnostics() -> None:
    cases, worst = RUN(150, 7)
    assert cases == 150
    assert worst < 2
