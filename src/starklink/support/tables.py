"""Tables: named, typed columns of equal length over reserved memory.

A table class declares its columns as `COLUMNS = {"name": "I", ...}` (struct format characters of fixed-size integers) and
annotates the same names as `memoryview[int]`. Row 0 exists in every table and stands for "none", so a 32-bit index of 0 can
be used as null everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from struct import calcsize
from typing import ClassVar

from .arena import ArenaFull, reserve


class Table:
    """Typed columns; `rows` rows are in use, row 0 is the null row."""

    COLUMNS: ClassVar[Mapping[str, str]] = {}
    rows: int
    capacity: int

    def __init__(self, capacity: int) -> None:
        self.rows = 1
        self.capacity = capacity
        for name, code in self.COLUMNS.items():
            memory = reserve(capacity * calcsize(code))
            self.capacity = min(self.capacity, len(memory) // calcsize(code))
            setattr(self, name, memoryview(memory).cast(code))  # type: ignore[call-overload]

    def new_row(self) -> int:
        """Index of a fresh row; all its cells are 0."""
        row = self.rows
        if row >= self.capacity:
            raise ArenaFull(type(self).__name__)
        self.rows = row + 1
        return row

    def reset(self) -> None:
        """Forget all rows: those that were in use are cleared, so that fresh rows are zero again."""
        for name, code in self.COLUMNS.items():
            used = self.rows * calcsize(code)
            getattr(self, name).cast("B")[:used] = bytes(used)
        self.rows = 1

    def row(self, index: int) -> dict[str, int]:
        """One row as a dictionary: for dumps and tests, never for passes."""
        return {name: getattr(self, name)[index] for name in self.COLUMNS}
