"""What holds for the counters of a loop in every iteration.

A counter is an integer parameter of a loop header, its step a constant or a value with a known range. Two arguments give its
limits, both by induction over the iterations: it
starts within them and moves away from them in one direction only, or it starts within them and the branches back to the
header let only such values through.
"""

from __future__ import annotations

from typing import TypeAlias

from ..module import Block, Module, Value
from ..ops import ADD, BR, ICONST, SADD_TRAP, SSUB_TRAP
from ..types import BITS, I32, I64
from .dominance import Dominators
from .facts import Facts

Edges: TypeAlias = dict[Block, list[tuple[Value, int]]]


def assume_counters(module: Module, facts: Facts, tree: Dominators, block: Block, edges: Edges) -> None:
    """Add the limits of a header's integer parameters to the facts known at its start."""
    insts = module.insts
    entering = [pair for pair in edges[block] if not tree.dominates(block, insts.block[pair[0]])]
    latches = [pair for pair in edges[block] if tree.dominates(block, insts.block[pair[0]])]
    if not entering or not latches:
        return
    for index, param in enumerate(module.block_params(block)):
        if insts.type[param] not in (I32, I64):
            continue
        starts = [(module.extra[edge + 2 + index], end, edge) for end, edge in entering]
        nexts = [(module.extra[edge + 2 + index], end, edge) for end, edge in latches]
        low, high = _assume_conditions(module, facts, tree, block, param, starts, nexts)
        steps = [_step(module, facts, tree, edges, block, param, value) for value, _, _ in nexts]
        known = [step for step in steps if step is not None]
        if len(known) < len(steps):
            continue
        if min(known)[0] >= 0:
            facts.limit(param, low, 1 << 64)
        if max(most for _, most in known) <= 0:
            facts.limit(param, -(1 << 64), high)
            if len(starts) == 1:
                _inherit_order(module, facts, starts[0][0], param)


def _assume_conditions(module: Module, facts: Facts, tree: Dominators, block: Block, param: Value,
                       starts: list[tuple[Value, Value, int]], nexts: list[tuple[Value, Value, int]]) -> tuple[int, int]:
    """Limits that the branches back to the header put on the next value, if the first value keeps them too.

    Gives the range of the first value.
    """
    insts = module.insts
    low, high = 1 << 63, -1 << 63
    common: set[Value] | None = None
    for value, end, edge in nexts:
        there = Facts(module, module.blocks.func[block])
        if insts.op[end] == BR:
            there.assume(insts.a[end], insts.b[end] == edge)
        least, most = there.ranges.get(value, (-1 << 63, 1 << 63))
        low, high = min(low, least), max(high, most)
        above = set(there.above.get(value, ()))
        common = above if common is None else common & above
    outside = sorted(value for value in common or () if insts.block[value] != block and tree.dominates(insts.block[value], block))
    least, most = 1 << 63, -1 << 63
    for value, end, edge in starts:
        facts.enter()
        if insts.op[end] == BR:
            facts.assume(insts.a[end], insts.b[end] == edge)
        first = facts.range(value)
        least, most = min(least, first[0]), max(most, first[1])
        outside = [greater for greater in outside if facts.is_less(value, greater)]
        facts.leave()
    facts.limit(param, min(low, least), max(high, most))
    for greater in outside:
        facts.set_less(param, greater)
    return least, most


def _step(module: Module, facts: Facts, tree: Dominators, edges: Edges, block: Block,
          param: Value, value: Value) -> tuple[int, int] | None:
    """By what the parameter changes at least and at most from one iteration to the next, None if that is not certain."""
    insts = module.insts
    if value == param:
        return 0, 0
    op, a, b = insts.op[value], insts.a[value], insts.b[value]
    if b == param and op in (ADD, SADD_TRAP):
        a, b = b, a
    if op not in (ADD, SADD_TRAP, SSUB_TRAP) or a != param:
        return None
    least, most = facts.range(b)
    if op == SSUB_TRAP:
        return -most, -least
    if op == ADD:
        extreme = 1 << BITS[insts.type[param]] - 1
        low, high = facts.range(param)
        fits = -extreme <= low + least <= high + most < extreme
        if not fits and not (insts.op[b] == ICONST and _cannot_wrap(module, tree, edges, block, param, value)):
            return None
    return least, most


def _inherit_order(module: Module, facts: Facts, start: Value, param: Value) -> None:
    """A counter that only falls stays below everything its start is below."""
    insts = module.insts
    for greater in list(facts.above.get(start, ())):
        facts.set_less(param, greater)
    if insts.op[start] in (ADD, SSUB_TRAP) and insts.op[insts.b[start]] == ICONST and facts.is_less(start, insts.a[start]):
        facts.set_less(param, insts.a[start])


def _cannot_wrap(module: Module, tree: Dominators, edges: Edges, header: Block,
                 param: Value, value: Value) -> bool:
    """`value = add param, constant` stays in range because a branch in the loop compares the parameter before it."""
    insts = module.insts
    step = module.imm(insts.b[value])
    extreme = 1 << BITS[insts.type[param]] - 1
    block = insts.block[value]
    while block != header:
        above = tree.idom[block]
        end = module.blocks.last[above]
        if insts.op[end] == BR:
            facts = Facts(module, module.blocks.func[header])
            then, other = insts.b[end], insts.c[end]
            targets = module.edge_target(then), module.edge_target(other)
            if targets[0] != targets[1] and block in targets:
                facts.enter()
                facts.assume(insts.a[end], block == targets[0])
                low, high = facts.range(param)
                if -extreme <= low + step and high + step < extreme:
                    return len(edges[block]) == 1
        block = above
    return False
