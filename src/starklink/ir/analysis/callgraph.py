"""Calls between functions: who calls whom directly, and whether a program can exhaust its stack."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ...support.record import dataclass
from ..module import Function, Module, SymbolId
from ..ops import CALL_OP, CALLI, SLOT

DEEPEST: Final = 200
"""Nested calls that any stack bears."""
LARGEST: Final = 64 << 10
"""Bytes of declared stack slots along one chain of calls that any stack bears."""


@dataclass(frozen=True, slots=True, eq=False)
class CallGraph:
    """`callees` of each function in order of first mention, `sites` how many calls of a function there are.

    `order` lists the functions so that callees stand before their callers, members of a cycle next to each other;
    `recursive` holds those that may call themselves, by whatever detour.
    """

    callees: dict[SymbolId, list[SymbolId]]
    sites: dict[SymbolId, int]
    order: list[SymbolId]
    recursive: set[SymbolId]


def call_graph(module: Module, symbols: Iterable[SymbolId]) -> CallGraph:
    """The graph of the calls in the bodies of some functions; calls of others are counted but not followed."""
    insts, first = module.insts, module.blocks.first
    op, following, slot_b = insts.op, insts.next, insts.b
    callees: dict[SymbolId, list[SymbolId]] = {}
    sites: dict[SymbolId, int] = {}
    for symbol_id in symbols:
        mine: dict[SymbolId, None] = {}
        for block in module.function(symbol_id).blocks:
            inst = first[block]
            while inst:
                if op[inst] == CALL_OP:
                    callee = slot_b[inst]
                    mine[callee] = None
                    sites[callee] = sites.get(callee, 0) + 1
                inst = following[inst]
        callees[symbol_id] = list(mine)
    order, recursive = _components(callees)
    return CallGraph(callees, sites, order, recursive)


def _components(callees: dict[SymbolId, list[SymbolId]]) -> tuple[list[SymbolId], set[SymbolId]]:
    """Tarjan's strongly connected components, one behind the other with callees first, and the members of cycles."""
    number: dict[SymbolId, int] = {}
    low: dict[SymbolId, int] = {}
    open_: list[SymbolId] = []
    is_open: set[SymbolId] = set()
    order: list[SymbolId] = []
    recursive: set[SymbolId] = set()
    for root in callees:
        if root in number:
            continue
        number[root] = low[root] = len(number)
        open_.append(root)
        is_open.add(root)
        stack = [(root, iter(callees[root]))]
        while stack:
            at, todo = stack[-1]
            for callee in todo:
                if callee not in callees:
                    continue
                if callee not in number:
                    number[callee] = low[callee] = len(number)
                    open_.append(callee)
                    is_open.add(callee)
                    stack.append((callee, iter(callees[callee])))
                    break
                if callee in is_open:
                    low[at] = min(low[at], number[callee])
                    if callee == at:
                        recursive.add(at)
            else:
                stack.pop()
                if stack:
                    low[stack[-1][0]] = min(low[stack[-1][0]], low[at])
                if low[at] == number[at]:
                    members = [open_.pop()]
                    while members[-1] != at:
                        members.append(open_.pop())
                    members.reverse()
                    is_open.difference_update(members)
                    if len(members) > 1:
                        recursive.update(members)
                    order.extend(reversed(members))
    return order, recursive


def bounded_stack(module: Module, entry: SymbolId) -> bool:
    """True if no run from `entry` can nest calls deeply: no recursion, no calls through addresses, no foreign code.

    Looks at every reachable function once; stops at the first reason for False.
    """
    known: dict[SymbolId, tuple[int, int]] = {}
    active: set[SymbolId] = set()
    work: list[tuple[SymbolId, list[SymbolId], int, int]] = []

    def enter(number: SymbolId) -> bool:
        function = module.function(number)
        if not function.blocks:
            known[number] = (1, 0)
            return function.symbol.startswith("__")  # the target's special functions use next to nothing
        callees, slots, direct = _calls(module, function)
        if not direct:
            return False
        active.add(number)
        work.append((number, callees, slots, 0))
        return True

    if not enter(entry):
        return False
    while work:
        number, callees, slots, place = work.pop()
        while place < len(callees) and callees[place] in known:
            place += 1
        if place < len(callees):
            work.append((number, callees, slots, place))
            if callees[place] in active or not enter(callees[place]):
                return False
            continue
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
