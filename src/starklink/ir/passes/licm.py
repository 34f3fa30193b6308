"""Moves loop-invariant computations in front of the loop.

    b0:                                         b0:
      jump b1(v2)                                 v5: i64 = mul v1, v3
    b1(v4: i64):                                  nullchk v7
      nullchk v7                     ->           v8: i64 = load v7, 8 !invariant
      v8: i64 = load v7, 8 !invariant             jump b1(v2)
      v9: bool = slt v4, v8                     b1(v4: i64):
      br v9, b2(), b3()                           v9: bool = slt v4, v8
    b2:                                           br v9, b2(), b3()
      v5: i64 = mul v1, v3                      b2:
      v6: i64 = add v4, v5                        v6: i64 = add v4, v5
      jump b1(v6)                                 jump b1(v6)

Pure operations move from anywhere in the loop if they cannot fault. Null checks and loads move only from the header, which
runs whenever the loop is entered: checks while nothing before them has an effect, loads while nothing before them may
guard them; loads also need memory that the loop does not write (or the invariant flag). Constants, comparisons and
additions of constants stay: they are cheap where they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .. import ops
from ..analysis.cfg import has_cycles, incoming, predecessors, split_edges
from ..analysis.dominance import Dominators, dominators
from ..analysis.loops import Loop, loops
from ..module import Block, Module, SymbolId, Value
from ..ops import ADD, EFFECT, FCONST, ICONST, INVARIANT, JUMP, LOAD, NOP, NULLCHK, OPS, SADD_TRAP, SYMADDR, UMUL_TRAP

_STAYS: Final = frozenset((NOP, ICONST, FCONST, SYMADDR, *range(ops.EQ, ops.UGE + 1), *range(ops.FEQ, ops.FGE + 1)))
_MOVES: Final = tuple(not info.effects & ops.EFFECTS and info.number not in _STAYS for info in OPS)
_WRITES: Final = tuple(bool(info.effects & (ops.WRITE | ops.CALL)) for info in OPS)
_COPIED: Final = tuple(info.number in (ICONST, FCONST, SYMADDR) for info in OPS)
_DIVISIONS: Final = frozenset((ops.SDIV, ops.UDIV, ops.SREM, ops.UREM))


def run(module: Module, symbol_id: SymbolId) -> int:
    """Hoist out of the loops of one function, inner loops first; return the number of instructions moved."""
    if not has_cycles(module, symbol_id):
        return 0
    tree = dominators(module, symbol_id)
    found = loops(module, symbol_id, tree)
    if not found:
        return 0
    if _make_preheaders(module, symbol_id, found):
        tree = dominators(module, symbol_id)
        found = loops(module, symbol_id, tree)
    sources = predecessors(module, symbol_id)
    position = {block: index for index, block in enumerate(tree.order)}
    return sum(_hoist(module, loop, sorted(loop.blocks, key=position.__getitem__), tree, sources) for loop in found)


def _hoist(module: Module, loop: Loop, blocks: list[Block], tree: Dominators, sources: dict[Block, list[Block]]) -> int:
    insts = module.insts
    op, following = insts.op, insts.next
    weight = module.blocks.weight
    target = _preheader(module, loop, tree, sources)
    if not target:
        return 0
    candidates: list[Value] = []
    writes = False
    for block in blocks:
        warm = weight[block]
        inst = module.blocks.first[block]
        while inst:
            kind = op[inst]
            if _WRITES[kind]:
                writes = True
            elif _MOVES[kind] and warm:
                candidates.append(inst)
            inst = following[inst]
    chosen = dict.fromkeys(_from_header(module, loop, target, writes))
    invariant = _invariant(module, loop.blocks, chosen)
    for inst in candidates:
        if inst not in chosen and _may_move(module, inst) and invariant(inst):
            chosen[inst] = None
    if chosen:
        _move(module, list(chosen), loop.blocks, module.blocks.last[target])
    return len(chosen)


def _invariant(module: Module, inside: set[Block], chosen: dict[Value, None]) -> Callable[[Value], bool]:
    home, op, operands = module.insts.block, module.insts.op, module.operands

    def invariant(inst: Value) -> bool:
        return all(home[value] not in inside or value in chosen or _COPIED[op[value]] for value in operands(inst))
    return invariant


def _from_header(module: Module, loop: Loop, target: Block, writes: bool) -> list[Value]:
    """Null checks and loads at the head of the header that may move, with the pure operations they need."""
    insts = module.insts
    op, handler = insts.op, module.blocks.handler
    if handler[loop.header] != handler[target]:
        return []
    chosen: dict[Value, None] = {}
    invariant = _invariant(module, loop.blocks, chosen)
    may_check = True
    for inst in module.instructions(loop.header):
        kind = op[inst]
        if kind == NULLCHK:
            if not (may_check and invariant(inst)):
                break           # what is loaded behind it may need it
            chosen[inst] = None
        elif kind == LOAD:
            if (not writes or insts.flags[inst] & INVARIANT) and invariant(inst):
                chosen[inst] = None
        elif _MOVES[kind]:
            if _may_move(module, inst) and invariant(inst):
                chosen[inst] = None
        elif SADD_TRAP <= kind <= UMUL_TRAP:
            may_check = False   # but no load depends on it
        elif EFFECT[kind] & (ops.WRITE | ops.CALL | ops.TRAP):
            break
    return list(chosen)


def _may_move(module: Module, inst: Value) -> bool:
    """Worth moving, and no fault where the program would not have computed it."""
    insts = module.insts
    op, b = insts.op[inst], insts.b[inst]
    if op == ADD:
        return insts.op[b] != ICONST        # folds into addresses and next additions
    return op not in _DIVISIONS or (insts.op[b] == ICONST and module.imm(b) not in (0, -1))


def _make_preheaders(module: Module, symbol_id: SymbolId, found: list[Loop]) -> int:
    """Split the edge into every loop that has one entering edge from a block with several ways out."""
    split: list[tuple[Value, int]] = []
    edges = incoming(module, symbol_id)
    for loop in found:
        entering = [pair for pair in edges[loop.header] if module.insts.block[pair[0]] not in loop.blocks]
        if len(entering) == 1 and len(module.edges(entering[0][0])) > 1:
            split.append(entering[0])
    return len(split_edges(module, symbol_id, split))


def _preheader(module: Module, loop: Loop, tree: Dominators, sources: dict[Block, list[Block]]) -> Block:
    """The block outside whose only way leads into the loop, 0 if several edges enter the loop."""
    if sum(source not in loop.blocks for source in sources[loop.header]) != 1:
        return 0        # also a landing pad may lead back in
    above = tree.idom[loop.header]
    end = module.blocks.last[above]
    return above if module.insts.op[end] == JUMP and module.edge_target(module.insts.a[end]) == loop.header else 0


def _move(module: Module, found: list[Value], inside: set[Block], anchor: Value) -> None:
    """Put the instructions in front of `anchor`; constants they use are copied."""
    insts = module.insts
    copies: dict[Value, Value] = {}
    for inst in found:
        for value in module.operands(inst):
            if _COPIED[insts.op[value]] and insts.block[value] in inside:
                if value not in copies:
                    copies[value] = module.insert_before(anchor, module.new_inst(
                        insts.op[value], insts.type[value], insts.a[value], insts.b[value], pos=insts.pos[value],
                        scope=insts.scope[value]))
                module.replace_operand(inst, value, copies[value])
        if insts.flags[inst] & ops.STMT:
            module.pass_statement_on(inst)
        if not OPS[insts.op[inst]].effects & ops.TRAP:
            insts.pos[inst] = 0         # nobody shall stop on a line that is not reached yet
        insts.scope[inst] = insts.scope[anchor]
        if insts.op[inst] in _DIVISIONS:
            insts.flags[inst] &= ~ops.POSITIVE & 0xFF     # that may have been known only where it stood
        _unlink(module, inst)
        module.insert_before(anchor, inst)


def _unlink(module: Module, inst: Value) -> None:
    insts, blocks = module.insts, module.blocks
    before, after, block = insts.prev[inst], insts.next[inst], insts.block[inst]
    if before:
        insts.next[before] = after
    else:
        blocks.first[block] = after
    if after:
        insts.prev[after] = before
    else:
        blocks.last[block] = before
