"""Liveness of values at block boundaries.

Works value by value: from each use the value is carried up the predecessors until its defining block, so the cost is
the size of the answer. A value passed along an edge is used at the end of the edge's source; a block's parameters are
defined at its start and are not live into it. Constants are values like others here.
"""

from __future__ import annotations

from ..module import Block, Module, SymbolId, Value
from ..ops import DBGVALUE
from .cfg import predecessors


def liveness(module: Module, symbol_id: SymbolId) -> tuple[dict[Block, set[Value]], dict[Block, set[Value]]]:
    """(live in, live out) sets per block; `dbgvalue` does not keep a value alive."""
    blocks = module.function(symbol_id).blocks
    sources = predecessors(module, symbol_id)
    live_in: dict[Block, set[Value]] = {block: set() for block in blocks}
    live_out: dict[Block, set[Value]] = {block: set() for block in blocks}
    op, home, following = module.insts.op, module.insts.block, module.insts.next
    first, operands = module.blocks.first, module.operands
    for block in blocks:
        entering = live_in[block]
        inst = first[block]
        while inst:
            if op[inst] != DBGVALUE:
                for value in operands(inst):
                    if home[value] != block and value not in entering:
                        _carry_up(value, home[value], block, sources, live_in, live_out)
            inst = following[inst]
    return live_in, live_out


def _carry_up(value: Value, home: Block, block: Block, sources: dict[Block, list[Block]],
              live_in: dict[Block, set[Value]], live_out: dict[Block, set[Value]]) -> None:
    live_in[block].add(value)
    todo = [block]
    while todo:
        for source in sources[todo.pop()]:
            leaving = live_out[source]
            if value in leaving:
                continue
            leaving.add(value)
            if source != home and value not in live_in[source]:
                live_in[source].add(value)
                todo.append(source)
