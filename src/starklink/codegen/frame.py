"""The stack frame: what lies where below the return address.

    CFA          stack parameters of this function start here
    CFA - 8      return address
    CFA - 16 ..  callee-saved registers in the order they are pushed
                 locals and spill slots
    rsp          arguments of calls beyond the registers

rsp does not move between prologue and epilogue, so slots are addressed from it and rbp is an ordinary register unless a
frame pointer is asked for. Nothing below rsp is ever used: the same code runs in kernels and signal handlers.
"""

from __future__ import annotations

from typing import Final

from ..support.record import dataclass
from .machine import Machine
from .regalloc import Allocation
from .shrinkwrap import confirm
from .target import RBP

LARGEST_FRAME: Final = 1 << 30
"""Bytes; displacements from rsp have 31 bits."""


@dataclass(slots=True, eq=False)
class Frame:
    """`pushed`: registers in push order; `size`: bytes subtracted from rsp after that; `offset`: of each slot from rsp;
    `total`: bytes from rsp to the return address; `pointer`: rbp is pushed first and points at its saved value; `early`: so
    many blocks at the start run before the frame is made."""

    pushed: list[int]
    size: int
    offset: list[int]
    total: int
    pointer: bool
    early: int = 0


def lay_out(m: Machine, allocation: Allocation, pointer: bool = False) -> Frame:
    """Decide offsets and size. rsp is a multiple of 16 at calls; without calls the frame is as small as its slots allow."""
    pushed = ([RBP] if pointer else []) + allocation.saved
    offset = [0] * len(m.slots)
    at = m.out_bytes
    strictest = 8
    # Small and often used things first: their displacements fit one byte.
    order = sorted((slot for slot in range(1, len(m.slots)) if m.slots[slot][2] in ("spill", "local")),
                   key=lambda slot: (m.slots[slot][2] != "spill", m.slots[slot][0], slot))
    for slot in order:
        size, align, _ = m.slots[slot]
        align = max(align, 1)
        at = (at + align - 1) & -align
        offset[slot] = at
        at += size
        strictest = max(strictest, align)
    size = (at + 7) & ~7
    saved = 8 * len(pushed)
    guarded = any(pad >= 0 for pad in m.pads)
    if (m.has_calls or guarded or strictest > 8) and (size + saved + 8) % 16:
        size += 8
    total = saved + size
    for slot in range(1, len(m.slots)):
        where, _, kind = m.slots[slot]
        if kind == "in":
            offset[slot] = total + 8 + where
        elif kind == "out":
            offset[slot] = where
    early = m.early if total and not pointer and confirm(m, allocation) else 0
    return Frame(pushed, size, offset, total, pointer, early)
