"""A short run of tools/fuzz_nasm.py."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))

from fuzz_nasm import fuzz


def test_mutated_sources_give_a_diagnostic_or_an_object() -> None:
    former = signal.getsignal(signal.SIGVTALRM)
    try:
        assert fuzz(25, 20, 10.0) == []
    finally:
        signal.signal(signal.SIGVTALRM, former)
