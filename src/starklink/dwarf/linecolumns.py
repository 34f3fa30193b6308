"""Line programs from numpy columns: the bytes `LineTable.sequence` makes, some fifty times faster for many rows.

Every row is a record of slots (file, column, is_stmt, discriminator, marks, line, address, special opcode), each as wide as
its widest value; a mask says which bytes of the slots are there, and one selection makes the program.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from ..objwriter.model import LINE_EPILOGUE_BEGIN, LINE_PROLOGUE_END, LINE_STMT
from .consts import LNE
from .leb import uleb
from .lines import CONST_ADD, LINE_BASE, LINE_RANGE, OPCODE_BASE

CHUNK: Final = 1 << 15
"""Rows encoded at a time: the slots of so many stay in the cache."""
_STEP: Final = LINE_RANGE * CONST_ADD


def encode_columns(symbol: str, size: int, columns: Mapping[str, Any], opcode_base: int = OPCODE_BASE) -> bytes:
    """The opcodes of a sequence behind its DW_LNE_set_address up to its end (see LineTable.columns)."""
    offset = np.asarray(columns["offset"], dtype=np.int64)
    count = len(offset)
    table: dict[str, Any] = {"offset": offset}
    for name, default in (("line", None), ("file", 1), ("column", 0), ("flags", LINE_STMT), ("discriminator", 0)):
        given = columns.get(name, default)
        if given is None:
            raise ValueError("line rows need a column of lines")
        if isinstance(given, int):
            table[name] = given
        else:
            table[name] = np.asarray(given, dtype=np.int64)
            if table[name].shape != offset.shape:
                raise ValueError(f"the column {name} has {len(table[name])} rows, that of offsets {count}")
    unknown = columns.keys() - table.keys()
    if unknown:
        raise ValueError(f"line rows have no column {', '.join(sorted(unknown))}")
    if count and (offset[0] < 0 or offset[-1] > size or (np.diff(offset) < 0).any()):
        raise ValueError(f"line rows of {symbol} are not in order or lie outside its {size} bytes")
    table = _distinct(table, count)
    count = len(table["offset"])
    parts = [_encode(table, start, min(start + CHUNK, count), opcode_base) for start in range(0, count, CHUNK)]
    last = int(table["offset"][-1]) if count else 0
    end = b"\x02" + uleb(size - last) if last != size else b""
    return b"".join(parts) + end + bytes((0, 1, LNE["end_sequence"]))


def _distinct(table: dict[str, Any], count: int) -> dict[str, Any]:
    """Without rows that only repeat the row before."""
    keep = np.zeros(count, dtype=bool)
    if not count:
        return table
    keep[0] = True
    for name in ("line", "file", "column"):
        if not isinstance(table[name], int):
            keep[1:] |= table[name][1:] != table[name][:-1]
    flags = table["flags"]
    if isinstance(flags, int):
        if flags not in (0, LINE_STMT):
            keep[:] = True
    else:
        keep[1:] |= flags[1:] != (flags[:-1] & LINE_STMT)
    if not isinstance(table["discriminator"], int):
        keep |= table["discriminator"] != 0
    if keep.all():
        return table
    return {name: value if isinstance(value, int) else value[keep] for name, value in table.items()}


def _encode(table: dict[str, Any], start: int, end: int, opcode_base: int) -> bytes:
    """The opcodes of rows start..end; the state before them is that of the row before."""
    rows = end - start
    slots: list[tuple[Any, Any]] = []
    _operand(slots, table, "file", start, end, 4, 1)
    _operand(slots, table, "column", start, end, 5, 0)
    stmt, before = _pair(table, "flags", start, end, LINE_STMT)
    _opcode(slots, (stmt ^ before) & LINE_STMT != 0, 6)
    _discriminator(slots, table, start, end)
    for bit, code in ((LINE_PROLOGUE_END, 10), (LINE_EPILOGUE_BEGIN, 11)):
        if opcode_base > code:
            _opcode(slots, stmt & bit != 0, code)
    line, before = _pair(table, "line", start, end, 1)
    delta = line - before
    far = (delta < LINE_BASE) | (delta >= LINE_BASE + LINE_RANGE)
    if far.any():
        _opcode(slots, far, 3)
        slots.append(_sleb(delta, far))
        delta = np.where(far, 0, delta)
    offset, before = _pair(table, "offset", start, end, 0)
    step = offset - before
    code = delta - LINE_BASE + opcode_base + LINE_RANGE * step
    add = (code > 255) & (code - _STEP <= 255)
    advance = (code > 255) & ~add
    _opcode(slots, add, 8)
    if advance.any():
        _opcode(slots, advance, 2)
        slots.append(_uleb(step, advance))
    code = np.where(advance, delta - LINE_BASE + opcode_base, np.where(add, code - _STEP, code))
    slots.append((code.astype(np.uint8)[:, None], np.ones((rows, 1), dtype=bool)))
    data = np.concatenate([slot for slot, _ in slots], axis=1)
    mask = np.concatenate([used for _, used in slots], axis=1)
    return bytes(data[mask].tobytes())


def _pair(table: dict[str, Any], name: str, start: int, end: int, first: int) -> tuple[Any, Any]:
    """A column's values and, row by row, the value of the row before (`first` before the first)."""
    column = table[name]
    if isinstance(column, int):
        now = np.full(end - start, column, dtype=np.int64)
        before = now.copy()
        if not start and end:
            before[0] = first
        return now, before
    now = column[start:end]
    before = np.empty_like(now)
    before[1:] = now[:-1]
    if len(before):
        before[0] = column[start - 1] if start else first
    return now, before


def _opcode(slots: list[tuple[Any, Any]], used: Any, code: int) -> None:
    if used.any():
        slots.append((np.full((len(used), 1), code, dtype=np.uint8), used[:, None]))


def _operand(slots: list[tuple[Any, Any]], table: dict[str, Any], name: str, start: int, end: int, code: int,
             first: int) -> None:
    now, before = _pair(table, name, start, end, first)
    changed = now != before
    if changed.any():
        _opcode(slots, changed, code)
        slots.append(_uleb(now, changed))


def _discriminator(slots: list[tuple[Any, Any]], table: dict[str, Any], start: int, end: int) -> None:
    column = table["discriminator"]
    if isinstance(column, int):
        if not column:
            return
        column = np.full(end, column, dtype=np.int64)
    values = column[start:end]
    used = values != 0
    if not used.any():
        return
    data, mask = _uleb(values, used)
    head = np.zeros((len(values), 3), dtype=np.uint8)
    head[:, 1] = 1 + mask.sum(axis=1)
    head[:, 2] = LNE["set_discriminator"]
    slots.append((head, np.repeat(used[:, None], 3, axis=1)))
    slots.append((data, mask))


def _uleb(values: Any, used: Any) -> tuple[Any, Any]:
    """ULEB128 slots of the rows in `used`."""
    if (values[used] < 0).any():
        raise ValueError("line rows hold a negative number")
    width = max(1, (int(values[used].max()).bit_length() + 6) // 7)
    shifts = 7 * np.arange(width)
    groups = values[:, None] >> shifts
    more = groups >> 7 != 0
    mask = groups != 0
    mask[:, 0] = True
    return ((groups & 0x7F) | np.where(more, 0x80, 0)).astype(np.uint8), mask & used[:, None]


def _sleb(values: Any, used: Any) -> tuple[Any, Any]:
    """SLEB128 slots of the rows in `used`."""
    magnitude = np.where(values < 0, ~values, values)
    width = int(magnitude[used].max()).bit_length() // 7 + 1
    shifts = 7 * np.arange(width)
    groups = values[:, None] >> shifts
    left = magnitude[:, None] >> shifts
    more = left >> 6 != 0
    mask = np.ones(more.shape, dtype=bool)
    mask[:, 1:] = more[:, :-1]
    return ((groups & 0x7F) | np.where(more, 0x80, 0)).astype(np.uint8), mask & used[:, None]
