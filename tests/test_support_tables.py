"""Columns over reserved memory."""

from __future__ import annotations

from typing import ClassVar

from starklink.support.tables import Table


class Pairs(Table):
    COLUMNS: ClassVar[dict[str, str]] = {"first": "I", "second": "B"}
    first: memoryview[int]
    second: memoryview[int]


def test_fresh_rows_are_zero_also_after_a_reset() -> None:
    table = Pairs(100)
    for _ in range(2):
        rows = [table.new_row() for _ in range(5)]
        assert rows == [1, 2, 3, 4, 5]
        assert [table.row(row) for row in rows] == [{"first": 0, "second": 0}] * 5
        for row in rows:
            table.first[row] = 0xFFFFFFFF
            table.second[row] = 255
        table.reset()
