"""Patches the entries of one shape all at once: what `Unit._patch_shape` does, by numpy columns."""

from __future__ import annotations

import gc
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from ..objwriter.model import Fixup, Reloc

if TYPE_CHECKING:
    from .units import Shape, Unit


def patch_columns(unit: Unit, shape: Shape, starts: list[int], fixups: list[Fixup]) -> None:
    """Turn entry numbers into offsets, address numbers and section offsets into fixups. Raises ValueError for references to
    entries never written."""
    if shape.foreign:
        unit._patch_shape(shape, starts, fixups)
        return
    # Hundreds of thousands of fixups are born here and none dies: looking for cycles among them would take as long as the work.
    collecting = gc.isenabled()
    gc.disable()
    try:
        _patch(unit, shape, starts, fixups)
    finally:
        if collecting:
            gc.enable()


def _patch(unit: Unit, shape: Shape, starts: list[int], fixups: list[Fixup]) -> None:
    data = np.frombuffer(unit.data, dtype=np.uint8)
    start = np.asarray(starts, dtype=np.int64)
    size = unit.offset_size
    if shape.references:
        entries = np.asarray(unit.entries, dtype=np.int64)
        for at in shape.references:
            offset = entries[_read(data, start + at, 4)]
            if not offset.all():
                bad = int(start[int(np.argmin(offset != 0))])
                raise ValueError(f"the entry at {bad:#x} refers to an entry that was never written")
            _write(data, start + at, offset, 4)
    for at in shape.addresses:
        places = start + at
        found = [unit.addresses[number] for number in _read(data, places, 4).tolist()]
        constants = [0 if symbol else addend & 0xFFFFFFFFFFFFFFFF for symbol, addend in found]
        _write(data, places, np.asarray(constants, dtype=np.uint64), 8)
        fixups += [Fixup(place, Reloc.ABS64, symbol, addend) for place, (symbol, addend) in zip(places.tolist(), found) if symbol]
    if not unit.linked:
        wide = Reloc.ABS32 if size == 4 else Reloc.ABS64
        for at, section in shape.offsets:
            places = start + at
            fixups += map(Fixup, places.tolist(), repeat(wide), repeat(section), _read(data, places, size).tolist())


def _read(data: Any, places: Any, size: int) -> Any:
    """Little-endian numbers at places."""
    out = np.zeros(len(places), dtype=np.int64)
    for byte in range(size):
        out |= data[places + byte].astype(np.int64) << 8 * byte
    return out


def _write(data: Any, places: Any, values: Any, size: int) -> None:
    """Write little-endian numbers at places."""
    for byte in range(size):
        data[places + byte] = (values >> type(values[0])(8 * byte)).astype(np.uint8) if len(values) else 0
