"""Random IR through the back end, with the allocation checker on: a second of what tests/codegen_fuzz.py does for hours."""

from __future__ import annotations

from time import process_time

import pytest
from codegen_fuzz import try_seed

from starklink.codegen.generate import Options


@pytest.mark.parametrize(("level", "size"), [(0, 12), (2, 12), (0, 60), (1, 60)])
def test_smoke(level: int, size: int) -> None:
    start = process_time()
    seed = 1000 * level + size
    tried = 0
    while process_time() - start < 0.4 or tried < 5:
        # Every other one position independent, and with a frame pointer.
        options = Options(check=True, absolute=tried % 2 == 0, frame_pointer=tried % 3 == 0, debug=tried % 5 == 0)
        assert try_seed(seed, level, size, options) == ""
        seed += 1
        tried += 1
