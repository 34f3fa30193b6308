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

A division whose operands are not negative becomes an unsigned one, and a shift where the remainder is known to be 0. Facts
come from branches, from checks already passed, from loop counters that start at a known value and step in one
direction, and from the functions that make objects. A branch or trapif whose condition is decided is decided here,
too.
"""

from __future__ import annotations

from typing import Final

from .. import ops
from ..algebra import PLAIN, const_before, rewrite
from ..analysis.cfg import incoming
from ..analysis.counters import assume_counters
from ..analysis.dominance import dominators
from ..analysis.facts import Facts
from ..analysis.ranges import cannot_overflow
from ..module import Block, Function, Module, SymbolId, Value
from ..ops import BITCAST, BOUNDS, BR, CALL_OP, ICONST, INVARIANT, LOAD, NULLCHK, OPS, POSITIVE, SDIV, TRAPIF, UDIV, UREM
from ..types import BOOL, I64

_DIVISIONS: Final = (ops.SDIV, ops.SREM, UDIV, UREM)
_SUBJECTS: Final = frozenset((NULLCHK, BOUNDS, TRAPIF, BR, LOAD, *_DIVISIONS))
_ASKS: Final = tuple(info.number in _SUBJECTS or info.number in PLAIN for info in OPS)


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
            assume_counters(module, facts, tree, block, edges)
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
    elif op in _DIVISIONS:
        return _division(module, facts, inst, op, a, b)
    elif cannot_overflow(module, op, a, b, insts.type[inst], facts.ranges):
        insts.op[inst], insts.c[inst] = PLAIN[op], 0
        return 1
    return 0


def _division(module: Module, facts: Facts, inst: Value, op: int, a: Value, b: Value) -> int:
    """What makes a division cheaper: no remainder, no signs."""
    insts = module.insts
    if op == SDIV and insts.op[b] == ICONST and facts.multiple_of.get(a, 1) >= (divisor := module.imm(b)) > 1 \
            and divisor & (divisor - 1) == 0:
        rewrite(module, inst, ops.ASHR, a, const_before(module, inst, insts.type[inst], divisor.bit_length() - 1))
        return 1
    if insts.flags[inst] & POSITIVE or facts.range(a)[0] < 0 or facts.range(b)[0] < 0:
        return 0
    insts.op[inst] = UDIV if op in (SDIV, UDIV) else UREM
    insts.flags[inst] |= POSITIVE
    return 1


def _array_length(module: Module, inst: Value, address: Value) -> int:
    """The length of a new array is the one that was asked for."""
    insts = module.insts
    while insts.op[address] == BITCAST:
        address = insts.a[address]
    if insts.op[address] != CALL_OP or insts.b[inst] != 8 or insts.type[inst] != I64 \
            or not insts.flags[inst] & INVARIANT:
        return 0
    callee = module.symbols[insts.b[address]]
    if not isinstance(callee, Function) or callee.symbol != "__new_array":
        return 0
    module.replace_all_uses(inst, module.list_values(insts.a[address])[1])
    module.remove(inst)
    return 1
