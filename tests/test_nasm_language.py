"""The language of NASM: small sources for every feature, through nasm and through our assembler; what comes out must be equal."""

from __future__ import annotations

from pathlib import Path

import pytest
from nasm_compare import Case, cases, check

FOLDER = Path(__file__).parent / "nasm"
CASES = [(path.stem, case) for path in sorted(FOLDER.glob("*.cases")) for case in cases(path)]


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[f"{stem}: {case.name}" for stem, case in CASES])
def test_as_nasm_does(case: Case, tmp_path: Path) -> None:
    assert check(case, tmp_path) == []
