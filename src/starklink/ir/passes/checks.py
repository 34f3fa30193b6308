"""Removes run-time checks that cannot fail.

    b1(v3: i64):                                b1(v3: i64):                    (v3 starts at 0)
      v4: bool = slt v3, v2                       v4: bool = slt v3, v2         (v2: length of v1)
      br v4, b2(), b3()                           br v4, b2(), b3()
    b2:                              ->         b2:
      nullchk v1                                  v6: i64 = iconst 1
      bounds v3, v2, index                        v7: i64 = add v3, v6
      v6: i64 = iconst 1                          jump b1(v7)
      v7: i64 = sadd_trap v3, v6, ovf_add
      jump b1(v7)                               (v1 was checked above, or is a new object)

Facts come from branches, from checks already passed, from loop counters that start at a known value and step in one
direction, and from the functions that make objects. A branch or trapif whose condition is decided is decided here,
too.
"""

from __future__ import annotations

from typing import Final

from ..algebra import PLAIN, const_before
from ..analysis.cfg import incoming
from ..analysis.dominance import Dominators, dominators
from ..analysis.facts import Facts, step_of
from ..analysis.ranges import cannot_overflow
from ..module import Block, Function, Module, SymbolId, Value
from ..ops import ADD, BOUNDS, BR, CALL_OP, ICONST, INVARIANT, LOAD, NULLCHK, OPS, SSUB_TRAP, TRAPIF
from ..types import BITS, BOOL, I32, I64

_ASKS: Final = tuple(info.number in (NULLCHK, BOUNDS, TRAPIF, BR, LOAD) or info.number in PLAIN for info in OPS)


def run(module: Module, symbol_id: SymbolId) -> int:
    """Clean one function; return the number of checks removed and branches decided."""
    insts = module.insts
    op, following = insts.op, insts.next
    if not module.function(symbol_id).blocks:
        return 0
    tree = dominators(module, symbol_id)
    edges = incoming(module, symbol_id)
    facts = Facts(module, symbol_id)
    changes = 0
    stack: list[Block] = [tree.order[0]]
    while stack:
        block = stack.pop()
        if block < 0:
            facts.leave()
            continue
        facts.enter()
        stack.append(-block)
        stack.extend(reversed(tree.children[block]))
        if len(edges[block]) == 1:
            _assume_edge(module, facts, *edges[block][0])
        elif module.blocks.nparams[block] and edges[block]:
            _assume_counters(module, facts, tree, block, edges)
        inst = module.blocks.first[block]
        while inst:
            after = following[inst]
            if _ASKS[op[inst]]:
                changes += _visit(module, facts, inst, op[inst])
            inst = after
    return changes


def _assume_edge(module: Module, facts: Facts, end: Value, edge: int) -> None:
    insts = module.insts
    if insts.op[end] == BR:
        facts.assume(insts.a[end], insts.b[end] == edge)


def _visit(module: Module, facts: Facts, inst: Value, op: int) -> int:
    """Remove or simplify one instruction if the facts allow it; else learn from its success."""
    insts = module.insts
    a, b = insts.a[inst], insts.b[inst]
    if op == NULLCHK:
        if facts.is_nonnull(a):
            module.remove(inst)
            return 1
        facts.set_nonnull(a)
    elif op == BOUNDS:
        if facts.range(a)[0] >= 0 and facts.is_less(a, b):
            module.remove(inst)
            return 1
        facts.in_bounds(a, b)
    elif op == TRAPIF:
        if facts.decide(a) is False:
            module.remove(inst)
            return 1
        facts.assume(a, False)
    elif op == BR:
        known = facts.decide(a) if insts.op[a] != ICONST else None
        if known is not None:
            insts.a[inst] = const_before(module, inst, BOOL, int(known))
            module.add_use(insts.a[inst], inst)
            return 1
    elif op == LOAD:
        return _array_length(module, inst, a)
    elif cannot_overflow(module, op, a, b, insts.type[inst], facts.ranges):
        insts.op[inst], insts.c[inst] = PLAIN[op], 0
        return 1
    return 0


def _array_length(module: Module, inst: Value, address: Value) -> int:
    """The length of a new array is the one that was asked for."""
    insts = module.insts
    if insts.op[address] != CALL_OP or insts.b[inst] != 8 or insts.type[inst] != I64 \
            or not insts.flags[inst] & INVARIANT:
        return 0
    callee = module.symbols[insts.b[address]]
    if not isinstance(callee, Function) or callee.symbol != "__new_array":
        return 0
    module.replace_all_uses(inst, module.list_values(insts.a[address])[1])
    module.remove(inst)
    return 1


def _assume_counters(module: Module, facts: Facts, tree: Dominators, block: Block,
                     edges: dict[Block, list[tuple[Value, int]]]) -> None:
    """Bounds of the header's parameters that move in one direction only."""
    insts = module.insts
    for index, param in enumerate(module.block_params(block)):
        if insts.type[param] not in (I32, I64):
            continue
        starts: list[Value] = []
        least, most = 0, 0
        for end, edge in edges[block]:
            value = module.extra[edge + 2 + index]
            if not tree.dominates(block, insts.block[end]):
                starts.append(value)
                continue
            step = step_of(module, value, param)
            if step is None or (insts.op[value] == ADD and not _cannot_wrap(module, tree, edges, block, param, value)):
                break
            least, most = min(least, step), max(most, step)
        else:
            if starts and len(starts) < len(edges[block]):
                ranges = [facts.range(value) for value in starts]
                if least >= 0:
                    facts.limit(param, min(low for low, _ in ranges), 1 << 64)
                if most <= 0:
                    facts.limit(param, -(1 << 64), max(high for _, high in ranges))
                    if len(starts) == 1:
                        _inherit_order(module, facts, starts[0], param)


def _inherit_order(module: Module, facts: Facts, start: Value, param: Value) -> None:
    """A counter that only falls stays below everything its start is below."""
    insts = module.insts
    for greater in list(facts.above.get(start, ())):
        facts.set_less(param, greater)
    if insts.op[start] in (ADD, SSUB_TRAP) and insts.op[insts.b[start]] == ICONST and facts.is_less(start, insts.a[start]):
        facts.set_less(param, insts.a[start])


def _cannot_wrap(module: Module, tree: Dominators, edges: dict[Block, list[tuple[Value, int]]], header: Block,
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
