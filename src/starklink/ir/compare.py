"""Structural equality of modules: the same program, whatever the row numbers."""

from __future__ import annotations

from . import ops
from .module import Block, Data, Function, Module, Value
from .ops import ARGS


def equal(left: Module, right: Module, positions: bool = False, debug: bool = False) -> bool:
    """True if both modules hold the same symbols in the same order with equal bodies.

    Positions and scopes of instructions count only with `positions`, the debug tables only with `debug`.
    """
    if left.name != right.name or left.entry != right.entry or len(left.symbols) != len(right.symbols):
        return False
    if debug and (left.debug_scopes != right.debug_scopes or left.debug_vars != right.debug_vars
                  or left.debug_types != right.debug_types):
        return False
    for one, other in zip(left.symbols, right.symbols):
        if isinstance(one, Data) and isinstance(other, Data):
            if not _same_data(one, other, debug):
                return False
        elif isinstance(one, Function) and isinstance(other, Function):
            if not _same_function(left, one, right, other, positions):
                return False
        elif one is not None or other is not None:
            return False
    return True


def _same_data(one: Data, other: Data, debug: bool) -> bool:
    if debug and (one.pos, one.debug_name, one.debug_type) != (other.pos, other.debug_name, other.debug_type):
        return False
    return (one.symbol, one.section, one.size, one.align, one.content, one.relocs, one.relocs32) == \
           (other.symbol, other.section, other.size, other.align, other.content, other.relocs, other.relocs32)


def _same_function(left: Module, one: Function, right: Module, other: Function, positions: bool) -> bool:
    for name in ("name", "symbol", "signature", "noreturn", "runtime", "exported", "param_names"):
        if getattr(one, name) != getattr(other, name):
            return False
    if positions and (one.pos, one.end_pos, one.scope) != (other.pos, other.end_pos, other.scope):
        return False
    if len(one.blocks) != len(other.blocks):
        return False
    blocks: dict[Block, Block] = {0: 0, **dict(zip(one.blocks, other.blocks))}
    values: dict[Value, Value] = {0: 0}
    pairs: list[tuple[Value, Value]] = []
    for block, twin in zip(one.blocks, other.blocks):
        mine, theirs = list(left.instructions(block)), list(right.instructions(twin))
        if len(mine) != len(theirs) or left.blocks.weight[block] != right.blocks.weight[twin]:
            return False
        if blocks.get(left.blocks.handler[block]) != right.blocks.handler[twin]:
            return False
        pairs.extend(zip(mine, theirs))
    values.update(pairs)
    return all(_same_inst(left, inst, right, twin, values, blocks, positions) for inst, twin in pairs)


def _same_inst(left: Module, inst: Value, right: Module, twin: Value, values: dict[Value, Value],
               blocks: dict[Block, Block], positions: bool) -> bool:
    a, b = left.insts, right.insts
    if a.op[inst] != b.op[twin] or a.type[inst] != b.type[twin] or a.flags[inst] != b.flags[twin]:
        return False
    if positions and (a.pos[inst], a.scope[inst]) != (b.pos[twin], b.scope[twin]):
        return False
    if [values.get(value) for value in left.operands(inst)] != right.operands(twin):
        return False
    slots = zip(ARGS[a.op[inst]], (a.a[inst], a.b[inst], a.c[inst]), (b.a[twin], b.b[twin], b.c[twin]))
    for kind, mine, theirs in slots:
        if kind in "ISYTD" and mine != theirs:
            return False
        if kind == "X" and len(left.list_values(mine)) != len(right.list_values(theirs)):
            return False
        if kind == "G" and left.signatures[mine] != right.signatures[theirs]:
            return False
        if kind == "E" and not _same_edge(left, mine, right, theirs, blocks):
            return False
        if kind == "W":
            cases, twins = left.switch_cases(mine), right.switch_cases(theirs)
            if len(cases) != len(twins):
                return False
            for (case, edge), (other_case, other_edge) in zip(cases, twins):
                if case != other_case or not _same_edge(left, edge, right, other_edge, blocks):
                    return False
    return a.op[inst] not in (ops.ICONST, ops.FCONST) or left.imm(inst) == right.imm(twin)


def _same_edge(left: Module, edge: int, right: Module, twin: int, blocks: dict[Block, Block]) -> bool:
    return blocks.get(left.edge_target(edge)) == right.edge_target(twin) and \
        len(left.edge_values(edge)) == len(right.edge_values(twin))
