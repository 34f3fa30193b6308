"""Control flow: edges between blocks, orders, and the small edits on edges that several passes share.

The analyses are pure functions returning dictionaries and lists keyed by block id; nothing is stored on the IR.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..module import Block, Module, SymbolId, Value
from ..ops import BR, JUMP, SWITCH
from ..types import VOID


def successors(module: Module, symbol_id: SymbolId, handlers: bool = True) -> dict[Block, list[Block]]:
    """Targets of every block in edge order, with repetitions, then its landing pad if it has one (with `handlers`)."""
    insts, extra = module.insts, module.extra
    op, slot_a, slot_b, slot_c = insts.op, insts.a, insts.b, insts.c
    last, handler = module.blocks.last, module.blocks.handler
    out: dict[Block, list[Block]] = {}
    for block in module.function(symbol_id).blocks:
        end = last[block]
        kind = op[end]
        if kind == JUMP:
            out[block] = [extra[slot_a[end]]]
        elif kind == BR:
            out[block] = [extra[slot_b[end]], extra[slot_c[end]]]
        elif kind == SWITCH:
            table = slot_b[end]
            stop = table + 1 + 3 * extra[table]
            out[block] = [extra[extra[at]] for at in range(table + 3, stop, 3)]
            out[block].append(extra[slot_c[end]])
        else:
            out[block] = []
        if handlers and handler[block]:
            out[block].append(handler[block])
    return out


def has_handlers(module: Module, symbol_id: SymbolId) -> bool:
    """True if a block of the function is guarded by a handler."""
    handler = module.blocks.handler
    return any(handler[block] for block in module.function(symbol_id).blocks)


def predecessors(module: Module, symbol_id: SymbolId) -> dict[Block, list[Block]]:
    """Sources of every block, one entry per edge, in the order of the function's blocks; for landing pads what they guard."""
    out: dict[Block, list[Block]] = {block: [] for block in module.function(symbol_id).blocks}
    for block, targets in successors(module, symbol_id).items():
        for target in targets:
            out[target].append(block)
    return out


def incoming(module: Module, symbol_id: SymbolId) -> dict[Block, list[tuple[Value, int]]]:
    """Edges into every block as (terminator, E operand)."""
    extra, last = module.extra, module.blocks.last
    out: dict[Block, list[tuple[Value, int]]] = {block: [] for block in module.function(symbol_id).blocks}
    for block in out:
        end = last[block]
        for edge in module.edges(end):
            out[extra[edge]].append((end, edge))
    return out


def reverse_postorder(module: Module, symbol_id: SymbolId,
                      targets: dict[Block, list[Block]] | None = None) -> list[Block]:
    """Reachable blocks so that every block comes before those it dominates, entry first."""
    blocks = module.function(symbol_id).blocks
    if not blocks:
        return []
    if targets is None:
        targets = successors(module, symbol_id)
    if len(blocks) == 1:
        return list(blocks)
    entry = blocks[0]
    order: list[Block] = []
    seen = {entry}
    stack = [(entry, iter(targets[entry]))]
    while stack:
        block, out = stack[-1]
        for target in out:
            if target not in seen:
                seen.add(target)
                stack.append((target, iter(targets[target])))
                break
        else:
            order.append(block)
            stack.pop()
    order.reverse()
    return order


def has_cycles(module: Module, symbol_id: SymbolId) -> bool:
    """True if some path leads back to where it was."""
    targets = successors(module, symbol_id)
    position = {block: index for index, block in enumerate(module.function(symbol_id).blocks)}
    if not any(position[target] <= position[block] for block, out in targets.items() for target in out):
        return False        # the layout itself is a topological order
    position = {block: index for index, block in enumerate(reverse_postorder(module, symbol_id, targets))}
    return any(position[target] <= position[block] for block, out in targets.items() for target in out)


def remove_unreachable(module: Module, symbol_id: SymbolId) -> int:
    """Empty and unlist the blocks no path from the entry reaches; return how many there were."""
    function = module.function(symbol_id)
    targets = successors(module, symbol_id)
    live = set(function.blocks[:1])
    todo = list(live)
    while todo:
        for target in targets[todo.pop()]:
            if target not in live:
                live.add(target)
                todo.append(target)
    dead = [block for block in function.blocks if block not in live]
    for block in dead:
        for inst in module.instructions(block):
            module.remove(inst)
        module.blocks.nparams[block] = 0
    if dead:
        function.blocks[:] = [block for block in function.blocks if block in live]
    return len(dead)


def set_edge(module: Module, terminator: Value, old: int, new: int) -> None:
    """Make a terminator use E operand `new` where it used `old`; the uses of the new values are recorded."""
    insts, extra = module.insts, module.extra
    op = insts.op[terminator]
    if op == JUMP:
        insts.a[terminator] = new
    elif op == BR and insts.b[terminator] == old:
        insts.b[terminator] = new
    elif insts.c[terminator] == old:
        insts.c[terminator] = new
    else:
        table = insts.b[terminator]
        for at in range(table + 3, table + 1 + 3 * extra[table], 3):
            if extra[at] == old:
                extra[at] = new
    for value in module.edge_values(new):
        module.add_use(value, terminator)


def split_edges(module: Module, symbol_id: SymbolId, edges: Sequence[tuple[Value, int]]) -> list[Block]:
    """Put a fresh block on each of some edges, given as (terminator, E operand): `terminator -> target(values)` becomes
    `terminator -> new -> target(values)`.

    A new block stands behind the terminator's block in the layout and has no parameters.
    """
    made: list[Block] = []
    behind: dict[Block, list[Block]] = {}
    for terminator, edge in edges:
        made.append(_split(module, symbol_id, terminator, edge))
        behind.setdefault(module.insts.block[terminator], []).append(made[-1])
    if made:
        layout: list[Block] = []
        for block in module.function(symbol_id).blocks:
            layout.append(block)
            layout += reversed(behind.get(block, ()))
        module.function(symbol_id).blocks[:] = layout
    return made


def _split(module: Module, symbol_id: SymbolId, terminator: Value, edge: int) -> Block:
    source = module.insts.block[terminator]
    block = module.new_block(symbol_id)
    module.blocks.weight[block] = min(module.blocks.weight[source], module.blocks.weight[module.edge_target(edge)])
    module.blocks.handler[block] = module.blocks.handler[source]
    moved = module.edge(module.edge_target(edge), module.edge_values(edge))
    pos, scope = module.insts.pos[terminator], module.insts.scope[terminator]
    module.append(block, module.new_inst(JUMP, VOID, moved, pos=pos, scope=scope))
    set_edge(module, terminator, edge, module.edge(block))
    return block


def drop_params(module: Module, block: Block, gone: list[Value], edges: list[int]) -> None:
    """Remove parameters of a block, their uses already rewritten, and what the edges to it (E operands) pass for them."""
    insts, extra = module.insts, module.extra
    params = module.block_params(block)
    doomed = set(gone)
    kept = [index for index, param in enumerate(params) if param not in doomed]
    for edge in edges:
        values = extra[edge + 2:edge + 2 + extra[edge + 1]]
        extra[edge + 1] = len(kept)
        extra[edge + 2:edge + 2 + len(values)] = [values[index] for index in kept] + [0] * (len(values) - len(kept))
    for param in gone:
        module.remove(param)
    for number, index in enumerate(kept):
        insts.a[params[index]] = number
    module.blocks.nparams[block] = len(kept)
