"""Null checks that the access behind them makes itself: the first page of addresses is never mapped.

    nullchk v1                  load  v2 <- [v1 + 8]        a fault here raises the exception, at the check's place
    v2 = load v1, 8

The access must be the next thing that has an effect, lie in the first page, and be one machine instruction that begins
where its row begins. A check of an array joins the comparison of its bounds. All others stay a test and a branch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..ir import ops
from ..ir.ops import EFFECT
from . import machine as mc

if TYPE_CHECKING:
    from .isel import Selector

LAST_OFFSET: Final = 4096 - 8
_EFFECTS: Final = ops.WRITE | ops.TRAP | ops.CALL | ops.TERM
_PLAIN: Final = frozenset((mc.LOAD, mc.LOADF, mc.STORE, mc.STOREF))
_REACH: Final = 16
"""So many instructions behind a check its access is looked for."""


def guarded_accesses(s: Selector, layout: list[int]) -> dict[int, int]:
    """The null check by the load or store that could stand for it."""
    op, a, following = s.op, s.a, s.columns.next
    module = s.module
    first = module.blocks.first
    guards: dict[int, int] = {}
    for block in layout:
        check = first[block]
        while check:
            if op[check] == ops.NULLCHK:
                value = s.resolve(a[check])
                inst = following[check]
                for _ in range(_REACH):
                    number = op[inst]
                    if number in (ops.LOAD, ops.STORE) and s.resolve(a[inst]) == value:
                        if 0 <= module.disp((s.b if number == ops.LOAD else s.c)[inst]) <= LAST_OFFSET:
                            guards[inst] = check
                        break
                    if EFFECT[number] & _EFFECTS:
                        break
                    inst = following[inst]
            check = following[check]
    return guards


def stand_for_check(s: Selector, access: int, row: int) -> None:
    """The access was selected as the rows from `row` on (backwards): it makes its null check if one instruction does it."""
    op, _, _, _, base, index, mem, imm, *_ = s.rows[row]
    if base <= 0 or index or s.m.mems[mem][2]:
        return
    if op in _PLAIN or (op == mc.STOREI and -0x80000000 <= imm <= 0x7FFFFFFF):
        s.m.faults[row] = s.guards[access]
        s.folded.add(s.guards[access])


def joins_bounds(s: Selector, load: int) -> bool:
    """A guarded load is done by the instruction being lowered only if that is the very next check of bounds."""
    at = s.at
    if s.op[at] != ops.BOUNDS or s.b[at] != load:
        return False
    inst = s.columns.next[load]
    while inst != at:
        if EFFECT[s.op[inst]] & _EFFECTS:
            return False
        inst = s.columns.next[inst]
    return True


def joined_check(s: Selector, length: int) -> None:
    """The row appended next reads an array's length for its bounds: it makes the array's null check, too."""
    check = s.guards.get(length)
    if check is not None:
        s.m.faults[len(s.rows)] = check
        s.folded.add(check)
