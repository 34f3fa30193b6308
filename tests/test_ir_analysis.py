"""Analyses of control flow against definitions spelled out naively, on random graphs."""

from __future__ import annotations

import pytest
from ir_random import random_module

from starklink.ir.analysis.cfg import predecessors, remove_unreachable, reverse_postorder, split_edges, successors
from starklink.ir.analysis.dominance import dominators
from starklink.ir.analysis.liveness import liveness
from starklink.ir.analysis.loops import loops, set_weights
from starklink.ir.module import Module
from starklink.ir.ops import DBGVALUE, JUMP, PARAM
from starklink.ir.text import parse, print_function
from starklink.ir.verify import check

NESTED = """\
func @f(i64, bool) -> i64 {
b0(v1: i64, v2: bool):
  br v2, b1(v1), b5()
b1(v3: i64):
  br v2, b2(v3), b4()
b2(v4: i64):
  br v2, b2(v4), b3()
b3:
  jump b1(v4)
b4:
  ret v3
b5:
  ret v1
}
"""


def reachable_without(module: Module, symbol: int, removed: int) -> set[int]:
    """Blocks that can start without `removed` having been executed to its end."""
    targets = successors(module, symbol)
    entry = module.function(symbol).blocks[0]
    seen: set[int] = set()
    todo = [entry] if entry != removed else []
    while todo:
        block = todo.pop()
        if block not in seen:
            seen.add(block)
            if not block:
                continue
            todo.extend(target if target != removed else module.blocks.handler[removed] for target in targets[block])
    seen.discard(0)
    return seen


@pytest.mark.parametrize("seed", range(20))
def test_dominance(seed: int) -> None:
    module = random_module(seed, size=25)
    for symbol, function in module.functions():
        tree = dominators(module, symbol)
        assert sorted(tree.order) == sorted(reverse_postorder(module, symbol))
        assert sorted(tree.order) == sorted(function.blocks) == sorted(tree.preorder())
        for above in function.blocks:
            rest = reachable_without(module, symbol, above)
            for below in function.blocks:
                assert tree.dominates(above, below) == (above == below or below not in rest)
        for block, parent in tree.idom.items():
            assert not parent or tree.order.index(parent) < tree.order.index(block)
            strict = [above for above in function.blocks if above != block and tree.dominates(above, block)]
            assert all(tree.dominates(above, parent) for above in strict) if strict else parent == 0


@pytest.mark.parametrize("seed", range(20))
def test_predecessors_and_liveness(seed: int) -> None:
    module = random_module(seed)
    for symbol, function in module.functions():
        targets, sources = successors(module, symbol), predecessors(module, symbol)
        edges = [(block, target) for block in function.blocks for target in targets[block]]
        assert sorted(edges) == sorted((source, block) for block in function.blocks for source in sources[block])
        uses: dict[int, set[int]] = {}
        defs: dict[int, set[int]] = {}
        for block in function.blocks:
            rows = list(module.instructions(block))
            defs[block] = set(rows)
            uses[block] = {value for inst in rows if module.insts.op[inst] not in (DBGVALUE, PARAM)
                           for value in module.operands(inst)} - defs[block]
        inside: dict[int, set[int]] = {block: set() for block in function.blocks}
        changed = True
        while changed:
            changed = False
            for block in function.blocks:
                out = set().union(*(inside[target] for target in targets[block]))
                fresh = uses[block] | (out - defs[block])
                changed |= fresh != inside[block]
                inside[block] = fresh
        live_in, live_out = liveness(module, symbol)
        assert live_in == inside
        assert live_out == {block: set().union(*(inside[target] for target in targets[block])) for block in function.blocks}


def test_loops_nest() -> None:
    module = parse(NESTED)
    blocks = module.function(1).blocks
    inner, outer = loops(module, 1)
    assert (inner.header, inner.blocks, inner.latches, inner.depth) == (blocks[2], {blocks[2]}, [blocks[2]], 2)
    assert (outer.header, outer.blocks, outer.latches, outer.depth) == (blocks[1], set(blocks[1:4]), [blocks[3]], 1)
    assert inner.parent is outer and outer.children == [inner]
    module.blocks.weight[blocks[5]] = 0
    set_weights(module, 1)
    assert [module.blocks.weight[block] for block in blocks] == [1, 2, 3, 2, 1, 0]


@pytest.mark.parametrize("seed", range(20))
def test_loops_by_definition(seed: int) -> None:
    module = random_module(seed, size=25)
    for symbol, _ in module.functions():
        tree = dominators(module, symbol)
        sources = predecessors(module, symbol)
        wanted: dict[int, set[int]] = {}
        for header in tree.order:
            todo = [block for block in sources[header] if tree.dominates(header, block)]
            if todo:
                body = {header}
                while todo:
                    block = todo.pop()
                    if block not in body:
                        body.add(block)
                        todo.extend(sources[block])
                wanted[header] = body
        found = loops(module, symbol)
        assert {loop.header: loop.blocks for loop in found} == wanted
        for loop in found:
            around = [other for other in found if other is not loop and loop.header in other.blocks]
            assert loop.depth == len(around) + 1
            assert loop.parent is (min(around, key=lambda other: len(other.blocks)) if around else None)


def test_split_edge_and_unreachable_blocks() -> None:
    module = parse(NESTED)
    blocks = list(module.function(1).blocks)
    end = module.blocks.last[blocks[2]]
    [fresh] = split_edges(module, 1, [(end, module.insts.b[end])])
    check(module)
    assert successors(module, 1)[blocks[2]] == [fresh, blocks[3]] and successors(module, 1)[fresh] == [blocks[2]]
    assert "  br v2, b3(), b4()\nb3:\n  jump b2(v4)\nb4:\n" in print_function(module, 1)
    entry = module.blocks.last[blocks[0]]
    module.insts.op[entry], module.insts.a[entry] = JUMP, module.insts.c[entry]
    module.insts.b[entry] = module.insts.c[entry] = 0
    assert remove_unreachable(module, 1) == 5
    check(module)
    assert module.function(1).blocks == [blocks[0], blocks[5]]
