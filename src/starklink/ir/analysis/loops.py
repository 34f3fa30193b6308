"""The natural loops of a function as a forest.

A loop is the header plus all blocks that reach a back edge to it without passing the header; a back edge goes to a
block that dominates its source. Cycles with several entries (which structured source never makes) are not loops here.
"""

from __future__ import annotations

from ...support.record import dataclass, field
from ..module import Block, Module, SymbolId
from .cfg import predecessors
from .dominance import Dominators, dominators

NEST = 32
"""Levels of a nest of loops that count, from the innermost: each costs all blocks inside."""


@dataclass(slots=True, eq=False)
class Loop:
    """A loop. `latches` are the sources of its back edges, `blocks` includes inner loops; depth of outermost loops is 1."""

    header: Block
    latches: list[Block]
    blocks: set[Block]
    parent: Loop | None = None
    depth: int = 1
    children: list[Loop] = field(default_factory=list)


def loops(module: Module, symbol_id: SymbolId, tree: Dominators | None = None) -> list[Loop]:
    """All loops, inner ones before those that contain them; of a nest deeper than NEST only the inner levels."""
    if tree is None:
        tree = dominators(module, symbol_id)
    sources = predecessors(module, symbol_id)
    innermost: dict[Block, Loop] = {}
    found: list[Loop] = []
    height: dict[Block, int] = {}
    within: dict[Block, Loop] = {}  # header -> a loop around that one; shortened to the outermost on the way
    for header in reversed(tree.order):
        latches = [block for block in sources[header] if block in tree.enter and tree.dominates(header, block)]
        if not latches:
            continue
        loop = Loop(header, list(dict.fromkeys(latches)), {header})
        innermost[header] = loop
        inside: list[Loop] = []
        todo = list(loop.latches)
        while todo:
            block = todo.pop()
            inner = innermost.get(block)
            if inner is None:
                innermost[block] = loop
                loop.blocks.add(block)
                todo.extend(source for source in sources[block] if source in tree.enter)
                continue
            inner = _outermost(within, inner)
            if inner is not loop:
                within[inner.header] = loop
                inside.append(inner)
                todo.extend(source for source in sources[inner.header] if source in tree.enter)
        height[header] = 1 + max((height[inner.header] for inner in inside), default=0)
        if height[header] <= NEST:
            found.append(loop)
            for inner in inside:
                inner.parent = loop
                loop.children.append(inner)
                loop.blocks |= inner.blocks
    for loop in reversed(found):
        if loop.parent is not None:
            loop.depth = loop.parent.depth + 1
    return found


def _outermost(within: dict[Block, Loop], loop: Loop) -> Loop:
    """The outermost loop found so far around a loop."""
    top = loop
    while top.header in within:
        top = within[top.header]
    while loop is not top:
        after = within[loop.header]
        within[loop.header] = top
        loop = after
    return top


def set_weights(module: Module, symbol_id: SymbolId) -> None:
    """Write loop depth + 1 into the weight of every block that is not marked cold."""
    weight = module.blocks.weight
    depth: dict[Block, int] = {}
    for loop in loops(module, symbol_id):
        for block in loop.blocks:
            depth[block] = max(depth.get(block, 0), loop.depth)
    for block in module.function(symbol_id).blocks:
        if weight[block]:
            weight[block] = depth.get(block, 0) + 1
