"""Removes what nobody needs: pure operations and loads without users, parameters that only feed themselves.

    b1(v3: i64, v4: i64):                       b1(v4: i64):
      v5: i64 = add v3, v4
      v6: i64 = mul v4, v4           ->           v6: i64 = mul v4, v4
      dbgvalue v5, var1                           dbgvalue none, var1
      br v2, b1(v5, v6), b2(v6)                   br v2, b1(v6), b2(v6)

Values needed by side effects and control flow are marked, the rest is swept: so cycles through parameters go too. A
value that only a debugger would see is not kept, unless it is a constant; its `dbgvalue` then mentions the wider value it
was cut from, or says that the variable is not available.
"""

from __future__ import annotations

from typing import Final

from .. import ops
from ..analysis.cfg import drop_params, incoming
from ..module import Block, Module, SymbolId, Value
from ..ops import BR, CALL, DBGSLOT, DBGVALUE, FCONST, ICONST, JUMP, LANDING, OPS, PARAM, SWITCH, TERM, TRAP, VALUE_SLOTS, WRITE

_ROOT: Final = tuple(bool(info.effects & (WRITE | TRAP | CALL | TERM)) or info.number == LANDING for info in OPS)
_CONSTANTS: Final = frozenset((ICONST, FCONST))
_SAME_BITS: Final = frozenset((ops.TRUNC, ops.BITCAST))
"""Ops whose result is the low part of their operand."""


def run(module: Module, symbol_id: SymbolId) -> int:
    """Clean one function; return the number of instructions removed."""
    blocks = module.function(symbol_id).blocks
    if not blocks:
        return 0
    live = _mark(module, symbol_id, blocks)
    return _sweep(module, symbol_id, blocks, live)


def _mark(module: Module, symbol_id: SymbolId, blocks: list[Block]) -> set[Value]:
    insts, extra = module.insts, module.extra
    op, slot_a, slot_b, slot_c, following = insts.op, insts.a, insts.b, insts.c, insts.next
    first = module.blocks.first
    live: set[Value] = set()
    todo: list[Value] = []
    shown: list[Value] = []
    for block in blocks:
        inst = first[block]
        while inst:
            if _ROOT[op[inst]]:
                live.add(inst)
                todo.append(inst)
            elif op[inst] == DBGVALUE:
                shown.append(inst)
            inst = following[inst]
    edges = incoming(module, symbol_id) if any(module.blocks.nparams[block] for block in blocks[1:]) else {}
    entry = blocks[0]
    while todo:
        inst = todo.pop()
        kind = op[inst]
        slots = VALUE_SLOTS[kind]
        if slots & 1:
            value = slot_a[inst]
            if value not in live and value:
                live.add(value)
                todo.append(value)
        if slots & 2:
            value = slot_b[inst]
            if value not in live:
                live.add(value)
                todo.append(value)
        if slots & 4:
            value = slot_c[inst]
            if value not in live:
                live.add(value)
                todo.append(value)
        if slots & 8:
            if kind not in (JUMP, BR, SWITCH):
                for value in module.operands(inst):
                    if value not in live:
                        live.add(value)
                        todo.append(value)
        elif kind == PARAM and insts.block[inst] != entry:
            index = slot_a[inst] + 2
            for _, edge in edges[insts.block[inst]]:
                value = extra[edge + index]
                if value not in live:
                    live.add(value)
                    todo.append(value)
    for inst in shown:
        value = slot_a[inst]
        while value not in live and op[value] in _SAME_BITS:
            value = slot_a[value]
        if op[value] in _CONSTANTS:
            live.add(value)
        if value in live and value != slot_a[inst]:
            module.replace_operand(inst, slot_a[inst], value)
    return live


def _sweep(module: Module, symbol_id: SymbolId, blocks: list[Block], live: set[Value]) -> int:
    insts = module.insts
    op, slot_a, following = insts.op, insts.a, insts.next
    first, remove = module.blocks.first, module.remove
    removed = 0
    dead_params: dict[Block, list[Value]] = {}
    entry = blocks[0]
    for block in blocks:
        inst = first[block]
        while inst:
            after = following[inst]
            if inst not in live:
                kind = op[inst]
                if kind == PARAM:
                    if block != entry:
                        dead_params.setdefault(block, []).append(inst)
                elif kind == DBGVALUE:
                    if slot_a[inst] not in live and op[slot_a[inst]] != PARAM:
                        slot_a[inst] = 0
                elif kind != DBGSLOT or slot_a[inst] not in live:
                    remove(inst)
                    removed += 1
            inst = after
    if dead_params:
        edges = incoming(module, symbol_id)
        for block, params in dead_params.items():
            _undefine(module, params)
            drop_params(module, block, params, [edge for _, edge in edges[block]])
            removed += len(params)
    return removed


def _undefine(module: Module, params: list[Value]) -> None:
    """What debuggers were told about parameters that go away."""
    for param in params:
        for user in module.users(param):
            if module.insts.op[user] == DBGVALUE:
                module.insts.a[user] = 0
