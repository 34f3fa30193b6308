"""Dominators (Cooper, Harvey, Kennedy: "A Simple, Fast Dominance Algorithm", 2001)."""

from __future__ import annotations

from ...support.record import dataclass
from ..module import Block, Module, SymbolId
from .cfg import has_handlers, reverse_postorder, successors


@dataclass(frozen=True, slots=True, eq=False)
class Dominators:
    """The dominator tree of a function's reachable blocks.

    `order` is a reverse postorder, `idom` maps each block to its immediate dominator (the entry to 0), `children` is the
    tree downwards, `enter` and `leave` are the times of a depth-first walk over it.
    """

    order: list[Block]
    idom: dict[Block, Block]
    children: dict[Block, list[Block]]
    enter: dict[Block, int]
    leave: dict[Block, int]

    def dominates(self, above: Block, below: Block) -> bool:
        """True if every path from the entry to `below` goes through `above`; a block dominates itself."""
        return self.enter[above] <= self.enter[below] and self.leave[below] <= self.leave[above]

    def preorder(self) -> list[Block]:
        """Blocks so that dominators come first and a subtree is contiguous."""
        return sorted(self.enter, key=self.enter.__getitem__)


def dominators(module: Module, symbol_id: SymbolId) -> Dominators:
    """Compute the dominator tree."""
    targets = _flow(module, symbol_id)
    order = reverse_postorder(module, symbol_id, targets)
    number = {block: index for index, block in enumerate(order)}
    sources: list[list[int]] = [[] for _ in order]
    for index, block in enumerate(order):
        for target in targets[block]:
            sources[number[target]].append(index)
    above = _immediate(sources)
    idom: dict[Block, Block] = {}
    children: dict[Block, list[Block]] = {block: [] for block in order}
    for index, block in enumerate(order):
        if index:
            parent = order[above[index]]
            idom[block] = parent
            children[parent].append(block)
        else:
            idom[block] = 0
    enter, leave = _walk_times(order, children)
    return Dominators(order, idom, children, enter, leave)


def _flow(module: Module, symbol_id: SymbolId) -> dict[Block, list[Block]]:
    """Successors as dominance needs them.

    An exception leaves a guarded block before the block has defined anything, so control reaches the landing pad as if
    directly from the guarded block's predecessors.
    """
    targets = successors(module, symbol_id, handlers=False)
    if has_handlers(module, symbol_id):
        handler = module.blocks.handler
        for block, out in targets.items():
            pads = {handler[target]: None for target in out if handler[target]}
            targets[block] = out + list(pads)
    return targets


def _immediate(sources: list[list[int]]) -> list[int]:
    """Immediate dominators by reverse postorder numbers; -1 while unknown."""
    above = [-1] * len(sources)
    depth = [0] * len(sources)
    if above:
        above[0] = 0
    changed = True
    while changed:
        changed = False
        retreating = False
        for index in range(1, len(sources)):
            best = -1
            # Deepest first: the common ancestor then climbs once in all, also where a thousand exits meet.
            before = sources[index]
            for source in before if len(before) < 8 else sorted(before, key=depth.__getitem__, reverse=True):
                if source >= index:
                    retreating = True
                if above[source] < 0:
                    continue
                if best < 0:
                    best = source
                    continue
                while best != source:
                    while source > best:
                        source = above[source]
                    while best > source:
                        best = above[best]
            if above[index] != best:
                above[index] = best
                depth[index] = depth[best] + 1
                changed = True
        if not retreating:
            break
    return above


def _walk_times(order: list[Block], children: dict[Block, list[Block]]) -> tuple[dict[Block, int], dict[Block, int]]:
    enter: dict[Block, int] = {}
    leave: dict[Block, int] = {}
    clock = 0
    stack = [order[0]] if order else []
    while stack:
        block = stack.pop()
        if block < 0:
            leave[-block] = clock
            continue
        enter[block] = clock
        clock += 1
        stack.append(-block)
        stack.extend(reversed(children[block]))
    return enter, leave
