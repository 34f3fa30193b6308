"""Steps that look through everything once per part of a program: their time grows with the program, not with its square.

bench/scale.py measures whole builds; here are the steps that once searched lists, alone, and that the bench's programs are valid.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from check_sample import problems

from starklink.ir.analysis.callgraph import _components
from starklink.ir.analysis.cfg import split_edges
from starklink.ir.module import Module
from starklink.ir.ops import BR
from starklink.ir.reader import parse

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bench"))

import scale


def growth(step: Callable[[int], Callable[[], object]], small: int) -> float:
    """How many times longer a step takes for four times the size: about 4 if it is linear, 16 if quadratic."""
    def best(size: int) -> float:
        times = []
        for _ in range(2):
            run = step(size)
            began = time.process_time()
            run()
            times.append(time.process_time() - began)
        return min(times)

    return best(4 * small) / best(small)


def test_call_cycles() -> None:
    assert growth(lambda n: lambda: _components({at: [at + 1] for at in range(n)}), 5_000) < 8


def branches(n: int) -> Module:
    """A function of n branches in a row."""
    lines = ["func @f(i64) -> i64 {", "b0(v1: i64):", "  br v1, b1(), b1()"]
    for at in range(1, n):
        lines += [f"b{at}:", f"  br v1, b{at + 1}(), b{at + 1}()"]
    return parse("\n".join([*lines, f"b{n}:", "  ret v1", "}"]) + "\n")


def test_split_edges() -> None:
    def step(n: int) -> Callable[[], object]:
        module = branches(n)
        ends = [module.blocks.last[block] for block in module.function(1).blocks]
        edges = [(end, module.insts.b[end]) for end in ends if module.insts.op[end] == BR]
        assert len(edges) == n
        return lambda: split_edges(module, 1, edges)

    assert growth(step, 1_500) < 7


@pytest.mark.parametrize("name", scale.ROWS)
def test_the_programs_of_the_bench_are_valid(name: str) -> None:
    text, wanted = scale.ROWS[name][1](9)
    if "errors" not in wanted and "using" not in text:
        assert [one for one in problems(text) if not one.startswith("FS09")] == []
