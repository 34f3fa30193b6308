"""Puts the bodies of small functions where they are called.

    func @half(i64) -> i64 {                    func @f(i64) -> i64 {
    b0(v1: i64):                                b0(v1: i64):
      v2: i64 = iconst 1                          v2: i64 = iconst 1
      v3: i64 = ashr v1, v2            ->         v3: i64 = ashr v1, v2
      ret v3                                      jump b1(v3)
    }                                           b1(v4: i64):
    func @f(i64) -> i64 {                         v5: i64 = add v4, v1
    b0(v1: i64):                                  ret v5
      v2: i64 = call @half(v1)                  }
      v3: i64 = add v2, v1
      ret v3
    }

Callees come first (`plan` gives the order), so what they call is inside them already when they are copied. Copied code
keeps its positions and lies in a debug scope of kind "inlined" that says where the call was: traces and debuggers show the
frames as if the call had been made. Code of the library takes the position of the call instead: its frames are hidden.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ...support.record import dataclass, field
from ..analysis.callgraph import CallGraph, call_graph
from ..analysis.facts import NEVER_NULL
from ..module import Block, DebugScope, DebugVar, Function, Module, SymbolId, Value
from ..ops import (
    ARGS,
    BITCAST,
    CALL_OP,
    DBGSLOT,
    DBGVALUE,
    FCONST,
    ICONST,
    JUMP,
    LANDING,
    NOP,
    OPS,
    PARAM,
    RET,
    SLOT,
    STMT,
    SYMADDR,
)
from ..types import VOID

TINY: Final = 8
"""Up to so many instructions the body is about as small as the call."""
SMALL: Final = 40
"""Largest body that is copied into a loop or a function that calls itself."""
ONLY: Final = 80
"""Largest body that is moved to the only place it is called from, if that is in a loop."""
GROWTH: Final = 400
"""Instructions one function may gain."""
MAX_SLOTS: Final = 256
"""Bytes of stack a copied body may bring along: callers keep them as long as they run."""

_FREE: Final = tuple(info.number in (NOP, PARAM, ICONST, FCONST, SYMADDR, SLOT, DBGVALUE, DBGSLOT, BITCAST, JUMP, RET)
                     for info in OPS)
_DEBUG: Final = (DBGVALUE, DBGSLOT)


@dataclass(slots=True, eq=False)
class Plan:
    """What inlining knows of a module: the call graph, and the size of each function that may be copied (0: may not)."""

    graph: CallGraph
    sizes: dict[SymbolId, int] = field(default_factory=dict)

    @property
    def order(self) -> list[SymbolId]:
        """Functions so that callees stand before their callers."""
        return self.graph.order


def plan(module: Module, symbols: Iterable[SymbolId]) -> Plan:
    """Look at the calls between some functions."""
    return Plan(call_graph(module, symbols))


def run(module: Module, symbol_id: SymbolId, known: Plan) -> int:
    """Copy what is worth it into one function, whose callees have had their turn; return how many calls were replaced."""
    insts, blocks = module.insts, module.blocks
    function = module.function(symbol_id)
    if not known.graph.callees.get(symbol_id):
        return 0
    budget = GROWTH
    done = 0
    layout: list[Block] = []
    for block in function.blocks:
        layout.append(block)
        calls = [inst for inst in module.instructions(block) if insts.op[inst] == CALL_OP]
        chosen: list[Value] = []
        for call in calls:
            size = _worth(module, known, symbol_id, insts.b[call], blocks.weight[block])
            if size and size <= budget:
                budget -= size
                chosen.append(call)
        added: list[list[Block]] = []
        for call in reversed(chosen):       # from the last one on, each split moves only what lies between two calls
            added.append(_Copy(module, symbol_id, call).run())
        for new in reversed(added):
            layout += new
        done += len(chosen)
    if done:
        function.blocks[:] = layout
    return done


def _worth(module: Module, known: Plan, caller: SymbolId, callee: SymbolId, weight: int) -> int:
    """Size of the callee's body (at least 1) if it should be copied to a block of that weight, else 0."""
    size = known.sizes.get(callee)
    if size is None:
        size = known.sizes[callee] = _size(module, known, callee)
    if not size or callee == caller or (module.function(caller).runtime and not module.function(callee).runtime):
        return 0        # traces know only the program's own functions, so they do not go into hidden ones
    if not weight:
        limit = 2
    elif known.graph.sites.get(callee) == 1:
        limit = ONLY if weight > 1 else SMALL
    else:
        limit = SMALL if weight > 1 or caller in known.graph.recursive else TINY
    return size if size <= limit else 0


def _size(module: Module, known: Plan, callee: SymbolId) -> int:
    """Number of instructions of a body that may be copied (at least 1), else 0."""
    insts, blocks = module.insts, module.blocks
    function = module.function(callee)
    if (not function.blocks or function.noreturn or callee in known.graph.recursive
            or function.symbol.startswith(NEVER_NULL)):       # facts knows these by name
        return 0
    size, slots, returns = 1, 0, False
    for block in function.blocks:
        if blocks.handler[block]:
            return 0
        for inst in module.instructions(block):
            op = insts.op[inst]
            if op == CALL_OP:
                inner = module.symbols[insts.b[inst]]
                if isinstance(inner, Function) and not inner.blocks:
                    return 0        # special functions may look at the frame of their caller
                size += 2
            if op == SLOT:
                slots += insts.a[inst]
            elif op == RET:
                returns = True
            elif op == LANDING:
                return 0
            size += not _FREE[op]
            if size > ONLY or slots > MAX_SLOTS:
                return 0
    return size if returns else 0


class _Copy:
    """Replaces one call."""

    def __init__(self, module: Module, caller: SymbolId, call: Value) -> None:
        insts = module.insts
        self.module = module
        self.caller = caller
        self.call = call
        self.callee: SymbolId = insts.b[call]
        self.function = module.function(self.callee)
        self.hidden = self.function.runtime
        self.home: Block = insts.block[call]
        self.pos, self.scope = insts.pos[call], insts.scope[call]
        self.starts = insts.flags[call] & STMT
        self.values: dict[Value, Value] = {}
        self.blocks: dict[Block, Block] = {}
        self.scopes: dict[int, int] = {}        # of the callee -> of this copy
        self.vars: dict[int, int] = {}

    def run(self) -> list[Block]:
        """Do it; returns the new blocks in layout order: the body, then the rest of the call's block."""
        module, callee = self.module, self.function
        blocks, entry = module.blocks, callee.blocks[0]
        if not self.hidden:
            module.debug_scopes.append(
                DebugScope("inlined", self.scope, self.callee, callee.pos, callee.end_pos, self.pos))
            self.scopes[0] = self.scopes[callee.scope] = len(module.debug_scopes) - 1
        for param, value in zip(module.block_params(entry), module.list_values(module.insts.a[self.call])):
            self.values[param] = value
        self.rest = self.split()
        weight = blocks.weight[self.home]
        for block in callee.blocks:
            self.blocks[block] = made = module.new_block(self.caller)
            inner = blocks.weight[block]
            blocks.weight[made] = inner + weight - 1 if inner and weight else 0
            blocks.handler[made] = blocks.handler[self.home]
            blocks.nparams[made] = blocks.nparams[block] if block != entry else 0
        rows = [pair for block in callee.blocks for pair in self.rows(block)]
        for old, new in rows:
            self.fill(old, new)
        module.append(self.home, module.new_inst(JUMP, VOID, module.edge(self.blocks[entry]), pos=self.pos, scope=self.scope))
        return [*self.blocks.values(), self.rest]

    def split(self) -> Block:
        """Move what follows the call to a block of its own, which gets the result as its parameter; the call goes."""
        module, call, home = self.module, self.call, self.home
        insts, blocks = module.insts, module.blocks
        rest = module.new_block(self.caller)
        blocks.weight[rest], blocks.handler[rest] = blocks.weight[home], blocks.handler[home]
        head, tail = insts.next[call], blocks.last[home]
        insts.next[call] = insts.prev[head] = 0
        blocks.last[home] = call
        blocks.first[rest], blocks.last[rest] = head, tail
        while head:
            insts.block[head] = rest
            head = insts.next[head]
        if insts.type[call] != VOID:
            module.replace_all_uses(call, module.block_param(rest, insts.type[call], self.pos))
        insts.flags[call] &= ~STMT & 0xFF       # the statement begins with the body now
        module.remove(call)
        return rest

    def rows(self, block: Block) -> list[tuple[Value, Value]]:
        """Empty rows for the instructions of a block of the body: (original, copy)."""
        module = self.module
        insts, made = module.insts, self.blocks[block]
        is_entry = block == self.function.blocks[0]
        out: list[tuple[Value, Value]] = []
        for inst in module.instructions(block):
            op = insts.op[inst]
            if (is_entry and op == PARAM) or (self.hidden and op in _DEBUG):
                continue
            if self.hidden:
                pos, scope, flags = self.pos, self.scope, insts.flags[inst] & ~STMT & 0xFF
                if self.starts and not _FREE[op]:
                    flags |= STMT
                    self.starts = 0
            else:
                pos, scope, flags = insts.pos[inst], self.scope_of(insts.scope[inst]), insts.flags[inst]
            new = self.values[inst] = module.new_inst(NOP, insts.type[inst], pos=pos, scope=scope, flags=flags)
            if op == SLOT:
                self.place_slot(new)
            else:
                module.append(made, new)
            out.append((inst, new))
        return out

    def place_slot(self, slot: Value) -> None:
        """Slots live in the entry block of the function, here behind those that are there."""
        module = self.module
        op = module.insts.op
        entry = module.function(self.caller).blocks[0]
        there = [inst for inst in module.instructions(entry) if op[inst] in (PARAM, SLOT)]
        if there:
            module.insert_after(there[-1], slot)
        else:
            module.insert_before(module.blocks.first[entry], slot)

    def fill(self, old: Value, new: Value) -> None:
        """Make an empty row a copy of an instruction of the body."""
        module, values = self.module, self.values
        insts = module.insts
        op = insts.op[old]
        slots = [insts.a[old], insts.b[old], insts.c[old]]
        if op == RET:
            op, slots = JUMP, [module.edge(self.rest, [values[slots[0]]] if slots[0] else ()), 0, 0]
        else:
            for index, kind in enumerate(ARGS[op]):
                slot = slots[index]
                if kind in "Vv":
                    slots[index] = values[slot] if slot else 0
                elif kind == "X":
                    slots[index] = module.value_list([values[value] for value in module.list_values(slot)])
                elif kind == "E":
                    slots[index] = self.edge(slot)
                elif kind == "W":
                    slots[index] = module.switch_table([(case, self.edge(edge)) for case, edge in module.switch_cases(slot)])
                elif kind == "D":
                    slots[index] = self.var(slot)
        insts.op[new] = op
        insts.a[new], insts.b[new], insts.c[new] = slots
        module.record_uses(new)

    def edge(self, edge: int) -> int:
        """A copy of an edge of the body."""
        module = self.module
        return module.edge(self.blocks[module.edge_target(edge)], [self.values[v] for v in module.edge_values(edge)])

    def scope_of(self, scope: int) -> int:
        """The debug scope that stands for one of the callee's."""
        known = self.scopes.get(scope)
        if known is None:
            table = self.module.debug_scopes
            old = table[scope]
            table.append(DebugScope(old.kind, self.scope_of(old.parent), old.symbol, old.pos, old.end_pos, old.call_pos))
            known = self.scopes[scope] = len(table) - 1
        return known

    def var(self, var: int) -> int:
        """The debug variable that stands for one of the callee's in this copy."""
        known = self.vars.get(var)
        if known is None:
            table = self.module.debug_vars
            old = table[var]
            table.append(DebugVar(old.name, self.scope_of(old.scope), old.type, old.pos, old.arg, old.artificial, old.indirect))
            known = self.vars[var] = len(table) - 1
        return known
