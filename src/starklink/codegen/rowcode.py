"""Bytes of machine rows that follow from their shape alone: remembered over all functions, so most rows cost one look-up.

A shape is what the handler of a row looks at: operation, aux, immediate, the places of its operands and its memory operand.
Real programs repeat few. The shapes of a function's rows are made column by column.

    ALU [add.64 trap-o] v9 <- v7 v8    (8, 259, 0, rax, rax, rcx, -, -, -)  ->  48 01 C8, and a branch on overflow behind them
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from . import machine as mc
from .machine import Machine
from .regalloc import Allocation
from .target import NOWHERE, SLOT0

Shape: TypeAlias = tuple[Any, ...]
"""op, aux, imm, places of dst, a and b, base, index, entry of `Machine.mems`. The base is a place, NO_PLACE, or FRAME + the
offset from rsp of a frame slot. Not typed further: the compiled build would take apart what is only looked up."""

NO_PLACE: Final = -1 << 30
FRAME: Final = 1 << 31
LIMIT: Final = 200_000
"""Remembered shapes before all are forgotten: bounds the memory of a resident process."""

REPEATED: Final = frozenset((
    mc.NOP, mc.MOVI, mc.LEA, mc.LOAD, mc.STORE, mc.STOREI, mc.ALU, mc.SUB, mc.ALUI, mc.ALUM, mc.ALUMR, mc.ALUMI, mc.IMULI,
    mc.IMULMI, mc.SHIFTI, mc.SHIFT, mc.UNARY, mc.EXT, mc.MULH, mc.DIV, mc.SET, mc.TRAPCMP, mc.FZERO, mc.LOADF, mc.STOREF,
    mc.FALU, mc.FSUB, mc.FALUM, mc.FUN, mc.SITOF, mc.FTOSI, mc.MOVGX, mc.MOVXG, mc.ZEROM))
"""Operations whose handlers look at nothing beyond the shape, except for a trap: the one branch at their end."""

KNOWN: Final[dict[Shape, tuple[bytes, int]]] = {}
"""Bytes by shape, and the condition of the branch to the row's trap behind them, -1 if there is none."""


def shapes(m: Machine, allocation: Allocation, offset: list[int]) -> list[Shape]:
    """The shape of each row; `offset`: of each frame slot from rsp."""
    place = allocation.whole.copy()
    place[0] = NO_PLACE
    split = NOWHERE in place
    columns = []
    for column, moment in ((m.dst, 2), (m.a, 1), (m.b, 1), (m.index, 1)):
        where = [place[v] for v in column]
        if split:
            _settle(column, where, moment, allocation)
        columns.append(where)
    dst, a, b, index = columns
    base = [place[v] if v >= 0 else FRAME + offset[-v] for v in m.base]
    if split:
        _settle(m.base, base, 1, allocation)
    mems = m.mems
    return list(zip(m.op, m.aux, m.imm, dst, a, b, base, index, [mems[number] for number in m.mem]))


def _settle(column: list[int], where: list[int], moment: int, allocation: Allocation) -> None:
    """The places of vregs that have several."""
    row = -1
    try:
        while True:
            row = where.index(NOWHERE, row + 1)
            where[row] = allocation.at(column[row], 4 * row + moment)
    except ValueError:
        return


def remember(shape: Shape, code: bytes, condition: int) -> None:
    """Keep what a handler made of a shape, unless an operand is no register: a spill slot's offset is the function's own."""
    if shape[0] in REPEATED and all(0 <= place < SLOT0 or place == NO_PLACE or place >= FRAME for place in shape[3:8]):
        if len(KNOWN) >= LIMIT:
            KNOWN.clear()
        KNOWN[shape] = (code, condition)
