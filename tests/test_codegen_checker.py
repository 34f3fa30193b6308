"""The allocation checker finds what is wrong: every kind of damage to a correct allocation is reported."""

from __future__ import annotations

import random

from codegen_fuzz import PlainNans, clear_slots

from starklink.codegen import machine as mc
from starklink.codegen.checker import check
from starklink.codegen.generate import Options, Pool
from starklink.codegen.isel import Columns
from starklink.codegen.liveranges import live_ranges
from starklink.codegen.lower import select
from starklink.codegen.machine import Machine, dump
from starklink.codegen.regalloc import Allocation, allocate
from starklink.codegen.resolve import Moves, moves_text, resolve
from starklink.codegen.target import NOWHERE, SLOT0, XMM0
from starklink.ir.text import parse


def compile_main(seed: int, size: int = 40) -> tuple[Machine, Allocation, Moves]:
    module = PlainNans(seed, size).module
    clear_slots(module)
    m = select(Columns(module), module.function(module.symbol_ids["main"]), Pool(), Options())
    live = live_ranges(m)
    allocation = allocate(m, live)
    return m, allocation, resolve(m, live, allocation)


def test_lost_moves_are_found() -> None:
    seen = found = 0
    for seed in range(12):
        m, allocation, moves = compile_main(seed)
        assert check(m, allocation, moves) == []
        for table in (moves.gap, moves.after, moves.edge):
            for key in sorted(table)[:6]:
                kept = table[key]
                for k in range(len(kept)):
                    table[key] = kept[:k] + kept[k + 1:]
                    seen += 1
                    found += bool(check(m, allocation, moves))
                table[key] = kept
    # What is left are moves in code that nothing leads to, and arguments of parameters that only dead code reads.
    assert seen > 100 and found > 0.8 * seen


def test_swapped_registers_are_found() -> None:
    rng = random.Random(5)
    seen = found = 0
    for seed in range(20):
        m, allocation, moves = compile_main(seed)
        used: dict[int, int] = {}
        for row in range(len(m.op)):
            for v in (m.a[row], m.b[row]):
                if v:
                    used[v] = row
        general = [v for v in used if 0 <= allocation.whole[v] < XMM0]
        for v in rng.sample(general, min(8, len(general))):
            old = allocation.whole[v]
            allocation.whole[v] = allocation.location[allocation.pieces[v][0]] = (old + 1) % 16
            # The definition and the uses move together: only a clash with another value can give it away.
            problems = check(m, allocation, moves)
            allocation.whole[v] = allocation.location[allocation.pieces[v][0]] = old
            seen += 1
            found += bool(problems)
    assert seen > 100 and found > seen // 3


def test_a_value_in_a_register_a_call_destroys_is_found() -> None:
    module = parse("""module m
func @g() -> i64
func @f(i64) -> i64 exported {
b0(v1: i64):
  v2: i64 = call @g()
  v3: i64 = add v1, v2
  v4: i64 = mul v3, v1
  ret v4
}
""")
    m = select(Columns(module), module.function(2), Pool(), Options())
    live = live_ranges(m)
    allocation = allocate(m, live)
    moves = resolve(m, live, allocation)
    assert check(m, allocation, moves) == []
    v = next(v for v in range(1, len(m.vclass)) if allocation.whole[v] == 3)
    allocation.whole[v] = allocation.location[allocation.pieces[v][0]] = 6
    problem, *_ = check(m, allocation, moves)
    assert f"v{v} is not in rsi" in problem


def test_dumps_show_places_and_moves() -> None:
    m, allocation, moves = compile_main(3)
    text = dump(m, allocation.at) + moves_text(moves)
    assert "=rax" in text or "=rcx" in text
    assert len(dump(m).splitlines()) == len(m.op) + len(m.block_ids) + 1
    assert all(place != NOWHERE or len(allocation.pieces[v]) != 1 for v, place in enumerate(allocation.whole))
    spilled = [place for place in allocation.location if SLOT0 <= place < NOWHERE]
    assert all(place - SLOT0 < len(m.slots) for place in spilled)
    assert mc.INFOS[mc.CALL].call
