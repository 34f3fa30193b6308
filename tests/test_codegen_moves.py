"""Parallel moves and branch relaxation against simple models."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from iced_x86 import Decoder, Mnemonic

from starklink.codegen.branches import ALIGN, LINE, SHIFT, assemble, no_operations, relax
from starklink.codegen.moves import sequential
from starklink.codegen.target import FSCRATCH, SCRATCH, SLOT0, XMM0

GENERAL = [0, 1, 2, 3, 7, SLOT0 + 1, SLOT0 + 2, SLOT0 + 3]
FLOAT = [XMM0, XMM0 + 1, XMM0 + 2, SLOT0 + 5, SLOT0 + 6]


def run(steps: list[tuple[int, int]]) -> dict[int, object]:
    """Contents after the steps when every location begins with its own name."""
    state: dict[int, object] = {}
    for source, target in steps:
        state[target] = ("const", source) if source < 0 else state.get(source, source)
    return state


@given(st.one_of(st.dictionaries(st.sampled_from(GENERAL), st.sampled_from([*GENERAL, -1, -2])),
                 st.dictionaries(st.sampled_from(FLOAT), st.sampled_from([*FLOAT, -3]))))
def test_sequential_moves_do_what_parallel_moves_do(wanted: dict[int, int]) -> None:
    steps = sequential([(source, target) for target, source in wanted.items()])
    state = run(steps)
    for target, source in wanted.items():
        assert state.get(target, target) == (("const", source) if source < 0 else source)
    touched = {target for _, target in steps} - set(wanted)
    assert touched <= {SCRATCH, FSCRATCH}


def test_a_cycle_goes_through_the_scratch_register() -> None:
    assert len(sequential([(0, 1), (1, 2), (2, 0)])) == 4
    assert sequential([(3, 3)]) == []


def align(data: st.DataObject, cuts: list[int], conditions: list[int], targets: list[int]) -> None:
    """Turn some branches into alignments of stretches that do not overlap."""
    at = 0
    while at < len(cuts):
        end = data.draw(st.integers(at + 1, len(cuts)))
        if data.draw(st.booleans()) and end < len(cuts):
            conditions[at] = ALIGN
            targets[at] = cuts[end] << SHIFT | end
        at = end + 1


def decode(code: bytes, cuts: list[int], sizes: list[int]) -> list[int]:
    """Targets of the branches in assembled code."""
    out = []
    at = 0
    for cut, size in zip(cuts, sizes):
        place = cut + at
        end = place + size
        width = 1 if size <= 2 else 4
        out.append(end + int.from_bytes(code[end - width:end], "little", signed=True))
        at += size
    return out


@given(st.data())
def test_relaxed_branches_reach_their_targets(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 40))
    gaps = data.draw(st.lists(st.integers(0, 130), min_size=count + 1, max_size=count + 1))
    cuts = []
    at = 0
    for gap in gaps[:-1]:
        at += gap
        cuts.append(at)
    total = at + gaps[-1]
    conditions = data.draw(st.lists(st.sampled_from([-1, 4, 15]), min_size=count, max_size=count))
    # A mark lies in one stretch of text between two branches.
    targets = []
    for _ in range(count):
        number = data.draw(st.integers(0, count))
        low = cuts[number - 1] if number else 0
        high = cuts[number] if number < count else total
        targets.append(data.draw(st.integers(low, high)) << SHIFT | number)
    if data.draw(st.booleans()):
        align(data, cuts, conditions, targets)
    code, before = assemble(bytes(total), cuts, conditions, targets)
    sizes = [b - a for a, b in pairwise(before)]
    assert len(code) == total + before[-1]
    final = [(mark >> SHIFT) + before[mark & 0xFFFFFF] for mark in targets]
    assert [to for k, to in enumerate(decode(code, cuts, sizes)) if conditions[k] != ALIGN] == [
        to for k, to in enumerate(final) if conditions[k] != ALIGN]
    for k, size in enumerate(sizes):
        if conditions[k] == ALIGN:
            start = cuts[k] + before[k] + size
            length = final[k] - start
            # Unless the rounds ran out, a loop of one line lies in one line.
            assert 0 <= size < LINE and (length > LINE or start % LINE + length <= LINE or count > 20)
            continue
        assert size in (2, 5 if conditions[k] < 0 else 6)
        # A near branch that would reach as a short one even now is waste.
        end = cuts[k] + before[k] + 2
        distance = final[k] - end - (size - 2 if final[k] > end else 0)
        assert size == 2 or not -128 <= distance <= 127


def test_no_operations_are_what_they_say() -> None:
    for size in range(64):
        assert all(inst.mnemonic == Mnemonic.NOP for inst in Decoder(64, no_operations(size)))
        assert len(no_operations(size)) == size


def test_growth_spreads_in_few_rounds() -> None:
    # Every branch spans the next one and is at the limit: growing the last one makes all of them grow.
    count = 3000
    cuts = [125 * k for k in range(count)]
    targets = [min(125 * (k + 1) + 2, 125 * count) << SHIFT | min(k + 2, count) for k in range(count)]
    targets[-1] = 0
    sizes = relax(cuts, [-1] * count, targets)
    assert sizes[-1] == 5
    assemble(bytes(125 * count), cuts, [-1] * count, targets)
