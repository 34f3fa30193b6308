"""Calls between functions, and whether a program can exhaust its stack."""

from __future__ import annotations

from typing import Final

from ..module import Function, Module, SymbolId
from ..ops import CALL_OP, CALLI, SLOT

DEEPEST: Final = 200
"""Nested calls that any stack bears."""
LARGEST: Final = 64 << 10
"""Bytes of declared stack slots along one chain of calls that any stack bears."""


def bounded_stack(module: Module, entry: SymbolId) -> bool:
    """True if no run from `entry` can nest calls deeply: no recursion, no calls through addresses, no foreign code.

    Looks at every reachable function once; stops at the first reason for False.
    """
    known: dict[SymbolId, tuple[int, int]] = {}
    active: set[SymbolId] = set()
    work: list[tuple[SymbolId, list[SymbolId], int]] = []

    def enter(number: SymbolId) -> bool:
        function = module.function(number)
        if not function.blocks:
            known[number] = (1, 0)
            return function.symbol.startswith("__")  # the target's special functions use next to nothing
        callees, slots, direct = _calls(module, function)
        if not direct:
            return False
        active.add(number)
        work.append((number, callees, slots))
        return True

    if not enter(entry):
        return False
    while work:
        number, callees, slots = work[-1]
        following = next((callee for callee in callees if callee not in known), 0)
        if following:
            if following in active or not enter(following):
                return False
            continue
        work.pop()
        active.discard(number)
        depth = 1 + max((known[callee][0] for callee in callees), default=0)
        size = slots + max((known[callee][1] for callee in callees), default=0)
        if depth > DEEPEST or size > LARGEST:
            return False
        known[number] = (depth, size)
    return True


def _calls(module: Module, function: Function) -> tuple[list[SymbolId], int, bool]:
    """Functions called directly, bytes of stack slots, and whether there are no other calls."""
    insts, blocks = module.insts, module.blocks
    op, slot_a, slot_b, following = insts.op, insts.a, insts.b, insts.next
    callees: dict[SymbolId, None] = {}
    size = 0
    for block in function.blocks:
        inst = blocks.first[block]
        while inst:
            kind = op[inst]
            if kind == CALL_OP:
                callees[slot_b[inst]] = None
            elif kind == CALLI:
                return [], 0, False
            elif kind == SLOT:
                size += slot_a[inst]
            inst = following[inst]
    return list(callees), size, True
