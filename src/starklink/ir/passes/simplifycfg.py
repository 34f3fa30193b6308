"""Straightens control flow.

    b0:                                         b0:
      br v1, b1(), b2()                           br v1, b3(), b2()
    b1:                                         b2:
      jump b3()                      ->           v2: i64 = iconst 7
    b2:                                           store v3, v2, 0
      v2: i64 = iconst 7                          jump b3()
      jump b4()                                 b3:
    b4:                                           ...
      store v3, v2, 0
      jump b3()

Branches whose edges are alike become jumps, blocks that only jump are passed by, a block with one predecessor that
only leads to it is joined with it, unreachable blocks go. An empty block stays where passing it by would put values
on a critical edge.
"""

from __future__ import annotations

from ..analysis.cfg import incoming, remove_unreachable, set_edge
from ..module import Block, Module, SymbolId, Value
from ..ops import BR, DBGVALUE, JUMP, PARAM
from ..types import VOID


def run(module: Module, symbol_id: SymbolId) -> int:
    """Simplify one function's control flow; return the number of changes."""
    function = module.function(symbol_id)
    if len(function.blocks) < 2:
        return 0
    changes = _same_edges(module, function.blocks)
    threaded = _thread(module, symbol_id)
    if changes or threaded:
        remove_unreachable(module, symbol_id)
    return changes + threaded + _merge(module, symbol_id)


def _same_edges(module: Module, blocks: list[Block]) -> int:
    insts, extra, last = module.insts, module.extra, module.blocks.last
    changes = 0
    for block in blocks:
        end = last[block]
        if insts.op[end] == BR:
            then, other = insts.b[end], insts.c[end]
            if extra[then] == extra[other] and module.edge_values(then) == module.edge_values(other):
                insts.op[end], insts.a[end], insts.b[end], insts.c[end] = JUMP, then, 0, 0
                changes += 1
    return changes


def _thread(module: Module, symbol_id: SymbolId) -> int:
    """Lead edges past blocks that hold nothing but a jump."""
    insts, extra = module.insts, module.extra
    blocks = module.blocks
    function = module.function(symbol_id)
    edges: dict[Block, dict[tuple[Value, int], None]] = {}
    changes = 0
    pads = {blocks.handler[block] for block in function.blocks}
    for block in reversed(function.blocks[1:]):
        end = blocks.last[block]
        if block in pads or insts.op[end] != JUMP or extra[insts.a[end]] == block or not _only_jumps(module, block, end):
            continue
        if not edges:
            edges = {known: dict.fromkeys(pairs) for known, pairs in incoming(module, symbol_id).items()}
        target, values = extra[insts.a[end]], module.edge_values(insts.a[end])
        if blocks.handler[target] != blocks.handler[block] or len(edges[target]) == 1:
            continue        # with one edge the target is joined with this block instead
        params = {param: index for index, param in enumerate(module.block_params(block))}
        left: dict[tuple[Value, int], None] = {}
        for source, edge in edges[block]:
            if values and insts.op[source] != JUMP:
                left[source, edge] = None
                continue
            passed = module.edge_values(edge)
            fresh = module.edge(target, [passed[params[value]] if value in params else value for value in values])
            set_edge(module, source, edge, fresh)
            edges[target][source, fresh] = None
            changes += 1
        if len(left) < len(edges[block]):
            _forget(module, block, target)
        edges[block] = left
        if not left:        # unreachable now: its own edge no longer counts
            edges[target].pop((end, insts.a[end]), None)
    return changes


def _forget(module: Module, block: Block, target: Block) -> None:
    """What debuggers were told in a block that is passed by is not known where it led to."""
    insts = module.insts
    head = 0
    told: set[int] = set()
    for inst in module.instructions(target):
        if insts.op[inst] == PARAM:
            head = inst
        elif insts.op[inst] == DBGVALUE:
            told.add(insts.b[inst])
        else:
            break
    for inst in module.instructions(block):
        if insts.op[inst] == DBGVALUE and insts.b[inst] not in told:
            told.add(insts.b[inst])
            nothing = module.new_inst(DBGVALUE, VOID, 0, insts.b[inst])
            if head:
                module.insert_after(head, nothing)
            else:
                module.insert_before(module.blocks.first[target], nothing)


def _only_jumps(module: Module, block: Block, end: Value) -> bool:
    """Nothing but parameters, which only the jump mentions, and debug values (see `_forget`)."""
    insts = module.insts
    inst = module.blocks.first[block]
    while insts.op[inst] == PARAM:
        if any(user != end and insts.op[user] != DBGVALUE for user in module.users(inst)):
            return False
        if any(user != end and insts.block[user] != block for user in module.users(inst)):
            return False
        inst = insts.next[inst]
    while insts.op[inst] == DBGVALUE:
        inst = insts.next[inst]
    return inst == end


def _merge(module: Module, symbol_id: SymbolId) -> int:
    """Append a block to its only predecessor when that leads nowhere else."""
    insts, extra, blocks = module.insts, module.extra, module.blocks
    function = module.function(symbol_id)
    counts: dict[Block, int] = {}
    for block in function.blocks:
        for edge in module.edges(blocks.last[block]):
            counts[extra[edge]] = counts.get(extra[edge], 0) + 1
    gone: set[Block] = set()
    for block in function.blocks:
        if block in gone:
            continue
        while True:
            end = blocks.last[block]
            if insts.op[end] != JUMP:
                break
            edge = insts.a[end]
            target = extra[edge]
            if counts[target] != 1 or target == block or blocks.handler[target] != blocks.handler[block]:
                break
            _append_block(module, block, end, target, module.edge_values(edge))
            gone.add(target)
    if gone:
        function.blocks[:] = [block for block in function.blocks if block not in gone]
    return len(gone)


def _append_block(module: Module, block: Block, end: Value, target: Block, values: list[Value]) -> None:
    insts, blocks = module.insts, module.blocks
    for param, value in zip(module.block_params(target), values):
        module.replace_all_uses(param, value)
        module.remove(param)
    blocks.nparams[target] = 0
    module.remove(end)
    head, tail = blocks.first[target], blocks.last[target]
    before = blocks.last[block]
    insts.prev[head] = before
    if before:
        insts.next[before] = head
    else:
        blocks.first[block] = head
    blocks.last[block] = tail
    blocks.first[target] = blocks.last[target] = 0
    home, following = insts.block, insts.next
    while head:
        home[head] = block
        head = following[head]
