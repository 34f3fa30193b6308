"""Global value numbering: computes every expression once on each path of the dominator tree.

    v3: i64 = add v1, v2                        v3: i64 = add v1, v2
    nullchk v4                                  nullchk v4
    v5: i64 = load v4, 8 !invariant             v5: i64 = load v4, 8 !invariant
    br v6, b1(), b2()                ->         br v6, b1(), b2()
    b1:                                         b1:
      nullchk v4
      v7: i64 = load v4, 8 !invariant
      v8: i64 = add v2, v1
      bounds v8, v7, index                        bounds v3, v5, index

Pure operations, invariant loads and checked arithmetic are merged with an equal one that dominates them, checks that
repeat a dominating check are dropped. Within a block, and on from it into blocks that have no other predecessor, also
other loads are merged, and fed from stores, while nothing may have written there. Constants only stand for each other in
comparisons of expressions: each stays where it is, near its users.
"""

from __future__ import annotations

from typing import Final

from ..analysis.cfg import predecessors
from ..analysis.dominance import dominators
from ..module import Block, Module, SymbolId, Value
from ..ops import (
    BOUNDS,
    CALL,
    COMM,
    EFFECT,
    EFFECTS,
    FCONST,
    ICONST,
    INVARIANT,
    LOAD,
    NOP,
    NULLCHK,
    OPS,
    SADD_TRAP,
    SLOT,
    STORE,
    SYMADDR,
    UMUL_TRAP,
    VALUE_SLOTS,
    WRITE,
)
from ..types import SIZES

# What to do with an op: 0 nothing, 1 number it, 2 it is a constant, 3 drop it if repeated, 4 a load, 5 it writes memory.
_IGNORE, _NUMBER, _CONSTANT, _CHECK, _LOAD, _WRITE = range(6)


def _sort(number: int, effects: int) -> int:
    if number in (ICONST, FCONST, SYMADDR):
        return _CONSTANT
    if number in (NULLCHK, BOUNDS):
        return _CHECK
    if number == LOAD:
        return _LOAD
    if effects & (WRITE | CALL):
        return _WRITE
    if (not effects & EFFECTS and number != NOP) or SADD_TRAP <= number <= UMUL_TRAP:
        return _NUMBER
    return _IGNORE


_SORTS: Final = tuple(_sort(info.number, info.effects) for info in OPS)
_Memory = dict[tuple[Value, int, int], Value]
PLACES: Final = 64
"""So many places of memory are remembered, the latest: every store and every block walks over them."""


def run(module: Module, symbol_id: SymbolId) -> int:
    """Number one function; return how many instructions were removed."""
    tree = dominators(module, symbol_id)
    enter, leave = tree.enter, tree.leave
    insts = module.insts
    op, type_, home, following = insts.op, insts.type, insts.block, insts.next
    slot_a, slot_b, slot_c, handler = insts.a, insts.b, insts.c, module.blocks.handler
    known: dict[object, Value] = {}
    constants: dict[tuple[int, int, int, int], Value] = {}
    canonical: dict[Value, Value] = {}
    ends: dict[Block, _Memory] = {}
    sources = predecessors(module, symbol_id)
    removed = 0
    for block in tree.preorder():
        now = enter[block]
        before = sources[block]
        memory = dict(ends[before[0]]) if len(before) == 1 and handler[before[0]] != block else {}
        inst = module.blocks.first[block]
        while inst:
            after = following[inst]
            kind = op[inst]
            sort = _SORTS[kind]
            if sort == _CONSTANT:
                canonical[inst] = constants.setdefault((kind, type_[inst], slot_a[inst], slot_b[inst]), inst)
            elif sort == _LOAD and not insts.flags[inst] & INVARIANT:
                earlier = _load(module, inst, memory, canonical)
                if earlier:
                    module.replace_all_uses(inst, earlier)
                    module.remove(inst)
                    removed += 1
            elif sort == _WRITE:
                if kind == STORE:
                    memory = _store(module, inst, memory, canonical)
                else:
                    memory = {}
            elif sort:
                a, b, c = slot_a[inst], slot_b[inst], slot_c[inst]
                slots = VALUE_SLOTS[kind]
                if a in canonical and slots & 1:
                    a = canonical[a]
                if slots & 2:
                    if b in canonical:
                        b = canonical[b]
                    if EFFECT[kind] & COMM and a > b:
                        a, b = b, a
                if slots & 4 and c in canonical:
                    c = canonical[c]
                key = (kind, type_[inst], a, b, c)
                earlier = known.get(key, 0)
                if earlier and enter[home[earlier]] <= now < leave[home[earlier]]:
                    if sort != _CHECK:
                        module.replace_all_uses(inst, earlier)
                    module.remove(inst)
                    removed += 1
                else:
                    known[key] = inst
            inst = after
        ends[block] = memory
    return removed


def _load(module: Module, inst: Value, memory: _Memory, canonical: dict[Value, Value]) -> Value:
    """An equal value that was loaded from or stored to the same place; else 0, and this one is remembered."""
    insts = module.insts
    key = canonical.get(insts.a[inst], insts.a[inst]), module.disp(insts.b[inst]), insts.type[inst]
    earlier = memory.setdefault(key, inst)
    if earlier != inst:
        return earlier
    if len(memory) > PLACES:
        del memory[next(iter(memory))]
    return 0


def _store(module: Module, inst: Value, memory: _Memory, canonical: dict[Value, Value]) -> _Memory:
    """What is known of memory after a store: other parts of the same object and of other stack slots."""
    insts = module.insts
    base = canonical.get(insts.a[inst], insts.a[inst])
    disp, value = module.disp(insts.c[inst]), insts.b[inst]
    type_ = insts.type[value]
    end = disp + SIZES[type_]
    is_slot = insts.op[base] == SLOT
    left = {key: held for key, held in memory.items()
            if (key[0] == base and (key[1] >= end or key[1] + SIZES[key[2]] <= disp))
            or (is_slot and key[0] != base and insts.op[key[0]] == SLOT)}
    left[base, disp, type_] = value
    if len(left) > PLACES:
        del left[next(iter(left))]
    return left
