"""Deep recursion: plain Python calls of CPython 3.11+ live on the heap, so only the interpreter's counter limits their depth."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

FRAMES = 20_000_000
"""Enough for the nesting the language allows (fluxsharp.md section 35) in every phase: memory is the bound, not this."""


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Raise the recursion limit inside.

    No C function may stand between recursive frames: no `map`, no sort keys, no generators, no `with`.
    """
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
