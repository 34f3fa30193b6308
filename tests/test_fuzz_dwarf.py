"""A second of tools/fuzz_dwarf.py: damaged debug sections give typed errors."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
import fuzz_dwarf


def test_damaged_sections_give_typed_errors() -> None:
    number, errors, complaints = fuzz_dwarf.run(30, 5, compilers=False)
    assert (number, complaints) == (30, [])
    assert errors > 50
