"""Variable ranges are never wrong: wherever one claims a place, that place holds the variable's value on every path.

The claim is compared with the symbolic state of the allocation checker and with a walk of its own over the dbgvalue rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from codegen_fuzz import PlainNans, clear_slots

from starklink.codegen import machine as mc
from starklink.codegen.checker import State, _Checker
from starklink.codegen.debugloc import variables
from starklink.codegen.emit import Emitter
from starklink.codegen.emit_ops import HANDLERS
from starklink.codegen.frame import Frame, lay_out
from starklink.codegen.generate import Options, Pool, generate
from starklink.codegen.isel import Columns
from starklink.codegen.liveranges import live_ranges
from starklink.codegen.lower import select
from starklink.codegen.machine import Machine
from starklink.codegen.regalloc import allocate
from starklink.codegen.resolve import resolve
from starklink.codegen.target import DWARF, SLOT0, XMM0
from starklink.ir import ops, pipeline
from starklink.ir.function_builder import FunctionBuilder
from starklink.ir.module import DebugScope, DebugVar, Function, Module, Signature
from starklink.ir.types import F64, I64, VOID
from starklink.objwriter.model import VarRange

VARS = 6


class WithVariables(PlainNans):
    """Random IR in which values are given to debug variables."""

    def step(self) -> None:
        before = self.module.insts.rows
        super().step()
        rng, module = self.rng, self.module
        if len(module.debug_vars) == 1:
            module.debug_scopes.append(DebugScope("function", 0, 1, 1))
            module.debug_vars += [DebugVar(f"v{k}", 1, 0, 1) for k in range(VARS)]
        made = [value for value in range(before, module.insts.rows)
                if module.insts.type[value] != VOID and module.insts.block[value] and module.insts.op[value] != ops.PARAM]
        if made and rng.random() < 0.5:
            self.f.emit(ops.DBGVALUE, VOID, rng.choice([*made, made[-1], 0]), rng.randrange(1, VARS + 1))


class Recorder(_Checker):
    """Keeps the state at the beginning of every row, intersected over all visits."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)     # type: ignore[arg-type]
        self.at_row: dict[int, State] = {}

    def uses(self, state: State, row: int) -> None:
        if self.report:
            self.at_row[row] = dict(state)
        super().uses(state, row)


def possible(m: Machine, vreg_of: Sequence[int], variables: int) -> list[dict[int, set[int]]]:
    """For each row the descriptions each variable may have there, over all paths (0 = unknown)."""
    rows: list[dict[int, set[int]]] = [{} for _ in m.op]
    entering: list[dict[int, set[int]]] = [{} for _ in m.block_ids]
    entering[0] = {var: {0} for var in range(1, variables)}
    todo = [0]
    seen = set()
    while todo:
        block = todo.pop()
        state = {var: set(values) for var, values in entering[block].items()}
        for row in range(m.first[block], m.first[block + 1]):
            rows[row] = {var: set(values) for var, values in state.items()}
            if m.op[row] == mc.DBG:
                state[m.aux[row]] = {-m.args[row] if m.args[row] else vreg_of[m.imm[row]] if m.imm[row] else 0}
        follow = [(m.edges[number].succ, state) for number in m.succs[block]]
        if m.pads[block] >= 0:
            follow.append((m.pads[block], {var: {0} for var in state}))
        for succ, leaving in follow:
            union = {var: values | entering[succ].get(var, set()) for var, values in leaving.items()}
            if union != entering[succ] or succ not in seen:
                seen.add(succ)
                entering[succ] = union
                todo.append(succ)
    return rows


def places(item: VarRange, frame: Frame, m: Machine) -> int:
    """The location number a range names."""
    if item.kind in ("reg", "xmm"):
        return DWARF.index(item.value) if item.kind == "reg" else item.value - 17 + XMM0
    return next(SLOT0 + slot for slot in range(1, len(m.slots)) if m.slots[slot][2] != "out"
                and frame.offset[slot] - frame.total - 8 == item.value)


def verify(module: Module, function: Function, columns: Columns) -> int:
    """Compile one function and check every claim at the start of every row; the number of claims seen."""
    options = Options(debug=True)
    pool = Pool()
    m = select(columns, function, pool, options)
    live = live_ranges(m)
    allocation = allocate(m, live)
    moves = resolve(m, live, allocation)
    frame = lay_out(m, allocation)
    emitter = Emitter(columns, function, m, allocation, moves, frame, pool, options)
    emitter.run(HANDLERS)
    fragment, _, before = emitter.finish()
    ranges = variables(m, live, allocation, emitter, before, len(fragment.data), columns.vreg)
    recorder = Recorder(m, allocation, moves)
    assert recorder.run() == []
    values = possible(m, columns.vreg, len(module.debug_vars))
    claims = 0
    for one, other in pairwise(ranges):
        assert one.var != other.var or one.end <= other.start, "two places at once"
    for row, mark in enumerate(emitter.row_main):
        block = next(b for b in range(len(m.block_ids)) if m.first[b] <= row < m.first[b + 1])
        if emitter.forward[block] != block or row not in recorder.at_row or m.op[row] == mc.DBG:
            continue
        at = (mark >> 24) + before[mark & 0xFFFFFF]
        # Rows without code share their offset with the next one: what counts there is the last of them.
        following = emitter.row_main[row + 1] if row + 1 < len(emitter.row_main) else 1 << 60
        if following == mark:
            continue
        # A debug row that begins a statement counts from behind the statement's first instruction on: before it, the
        # variable is still what it was.
        group = [k for k in range(m.first[block], row + 1) if emitter.row_main[k] == mark]
        for item in ranges:
            if item.start <= at < item.end:
                claims += 1
                place = -1 if item.kind == "const" else places(item, frame, m)
                assert any(holds(values[k][item.var], item, place, recorder, recorder.at_row[row]) for k in group), \
                    f"{item} at row {row}: it may be {[values[k][item.var] for k in group]}"
    return claims


def holds(what: set[int], item: VarRange, place: int, recorder: Recorder, state: State) -> bool:
    """The place holds the one thing the variable can be."""
    if len(what) != 1:
        return False
    value, = what
    if item.kind == "const":
        return value < 0 and recorder.m.consts[-value][1] & (1 << 64) - 1 == item.value
    return value > 0 and recorder.held(state, place, value)


@pytest.mark.parametrize("level", [0, 2])
@pytest.mark.parametrize("size", [8, 40])
def test_no_claim_is_wrong(level: int, size: int) -> None:
    total = 0
    for seed in range(40 if size == 8 else 12):
        module = WithVariables(seed, size).module
        clear_slots(module)
        if level:
            pipeline.run(module, level)
        columns = Columns(module)
        for _, function in module.functions():
            if function.blocks:
                total += verify(module, function, columns)
    assert total > 500


def test_slots_are_homes_for_the_whole_function() -> None:
    module = Module()
    symbol = module.add_symbol(Function("f", "f", Signature((I64,), I64)))
    module.debug_scopes.append(DebugScope("function", 0, symbol, 1))
    module.debug_vars.append(DebugVar("x", 1, 0, 1))
    f = FunctionBuilder(module, symbol)
    f.scope = 1
    value = f.param(I64)
    slot = f.slot(8, 8)
    f.emit(ops.DBGSLOT, VOID, slot, 1)
    f.store(slot, value)
    f.ret(f.load(I64, slot))
    f.finish()
    fragment, = generate(module)
    item, = fragment.vars
    assert item == VarRange(1, item.start, len(fragment.data), "cfa", -16) and item.start <= 4
    assert [(scope.scope, scope.start, scope.end) for scope in fragment.scopes] == [(1, 0, len(fragment.data))]


def test_a_value_that_moves_has_several_ranges() -> None:
    """A value that lives across a call in memory and in registers around it."""
    module = Module()
    callee = module.add_symbol(Function("g", "g", Signature((), VOID)))
    symbol = module.add_symbol(Function("f", "f", Signature((F64, I64), F64)))
    module.debug_scopes.append(DebugScope("function", 0, symbol, 1))
    module.debug_vars += [DebugVar("x", 1, 0, 1), DebugVar("five", 1, 0, 1)]
    f = FunctionBuilder(module, symbol)
    x = f.param(F64)
    f.param(I64)
    y = f.bin(ops.FADD, F64, x, x)
    f.emit(ops.DBGVALUE, VOID, y, 1)
    f.emit(ops.DBGVALUE, VOID, f.const(I64, 5), 2)
    z = f.bin(ops.FMUL, F64, y, y)
    f.call(callee)
    f.ret(f.bin(ops.FSUB, F64, f.bin(ops.FADD, F64, z, y), y))
    f.finish()
    fragment, = generate(module)
    mine = [item for item in fragment.vars if item.var == 1]
    assert {item.kind for item in mine} == {"xmm", "cfa"}
    assert mine == sorted(mine)
    assert [(item.kind, item.value) for item in fragment.vars if item.var == 2] == [("const", 5)]
