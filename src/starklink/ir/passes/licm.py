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

Pure operations move from anywhere in the loop if they cannot fault. Null checks and loads move only from the head of
the header, which runs whenever the loop is entered, and only while nothing before them has an effect; loads also need
memory that the loop does not write (or the invariant flag). Constants, comparisons and additions of constants stay:
they are cheap where they are.
"""

from __future__ import annotations

from typing import Final

from ..analysis.cfg import incoming, predecessors, split_edge
from ..analysis.dominance import Dominators, dominators
from ..analysis.loops import Loop, loops
from ..module import Block, Module, SymbolId, Value
from ..ops import (
    ADD,
    CALL,
    EFFECT,
    EFFECTS,
    EQ,
    FCONST,
    FEQ,
    FGE,
    ICONST,
    INVARIANT,
    JUMP,
    LOAD,
    NOP,
    NULLCHK,
    OPS,
    SDIV,
    SREM,
    SYMADDR,
    TRAP,
    UDIV,
    UGE,
    UREM,
    WRITE,
)

_STAYS: Final = frozenset((NOP, ICONST, FCONST, SYMADDR, *range(EQ, UGE + 1), *range(FEQ, FGE + 1)))
_MOVES: Final = tuple(not info.effects & EFFECTS and info.number not in _STAYS for info in OPS)
_DIVISIONS: Final = frozenset((SDIV, UDIV, SREM, UREM))


def run(module: Module, symbol_id: SymbolId) -> int:
    """Hoist out of the loops of one function, inner loops first; return the number of instructions moved."""
    if len(module.function(symbol_id).blocks) < 3:
        return 0
    tree = dominators(module, symbol_id)
    found = loops(module, symbol_id, tree)
    if not found:
        return 0
    if _make_preheaders(module, symbol_id, found):
        tree = dominators(module, symbol_id)
        found = loops(module, symbol_id, tree)
    sources = predecessors(module, symbol_id)
    return sum(_hoist(module, loop, tree, sources) for loop in found)


def _hoist(module: Module, loop: Loop, tree: Dominators, sources: dict[Block, list[Block]]) -> int:
    insts = module.insts
    op, home, following = insts.op, insts.block, insts.next
    handler = module.blocks.handler
    inside = loop.blocks
    target = _preheader(module, loop, tree, sources)
    if not target:
        return 0
    writes = any(EFFECT[op[inst]] & (WRITE | CALL) for block in inside for inst in module.instructions(block))
    found: list[Value] = []
    chosen: set[Value] = set()

    def outside(inst: Value) -> bool:
        return all(home[value] not in inside or value in chosen or op[value] in (ICONST, FCONST, SYMADDR)
                   for value in module.operands(inst))

    for block in tree.order:
        if block not in inside or not module.blocks.weight[block]:
            continue
        quiet = block == loop.header and handler[block] == handler[target]
        inst = module.blocks.first[block]
        while inst:
            kind = op[inst]
            if _MOVES[kind]:
                move = not _folds_away(module, inst, kind) and _is_safe(module, inst, kind)
            else:
                move = quiet and (kind == NULLCHK or (kind == LOAD and (
                    not writes or insts.flags[inst] & INVARIANT != 0)))
                quiet = quiet and (move or not EFFECT[kind] & (WRITE | CALL | TRAP))
            if move and outside(inst):
                found.append(inst)
                chosen.add(inst)
            elif kind == NULLCHK:
                quiet = False
            inst = following[inst]
    _move(module, found, inside, module.blocks.last[target])
    return len(found)


def _folds_away(module: Module, inst: Value, op: int) -> bool:
    return op == ADD and module.insts.op[module.insts.b[inst]] == ICONST


def _is_safe(module: Module, inst: Value, op: int) -> bool:
    """The operation does not fault even where the program would not have computed it."""
    if op not in _DIVISIONS:
        return True
    divisor = module.insts.b[inst]
    return module.insts.op[divisor] == ICONST and module.imm(divisor) not in (0, -1)


def _make_preheaders(module: Module, symbol_id: SymbolId, found: list[Loop]) -> int:
    """Split the edge into every loop that has one entering edge from a block with several ways out."""
    made = 0
    edges = incoming(module, symbol_id)
    for loop in found:
        entering = [pair for pair in edges[loop.header] if module.insts.block[pair[0]] not in loop.blocks]
        if len(entering) == 1 and len(module.edges(entering[0][0])) > 1:
            split_edge(module, symbol_id, *entering[0])
            made += 1
    return made


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
            if insts.op[value] in (ICONST, FCONST, SYMADDR) and insts.block[value] in inside:
                if value not in copies:
                    copies[value] = module.insert_before(anchor, module.new_inst(
                        insts.op[value], insts.type[value], insts.a[value], insts.b[value], pos=insts.pos[value],
                        scope=insts.scope[value]))
                module.replace_operand(inst, value, copies[value])
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
