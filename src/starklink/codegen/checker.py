"""An independent check of register allocation: executes the moves symbolically and asks what every use reads.

Each location holds a set of vregs (and of constants, as minus their number) that are equal to its content. The walk knows the
roles of `machine`, the places of operands and the moves in their final sequential order; it knows nothing of live ranges or of
how the places were chosen. States of a block's predecessors are intersected until nothing changes.
"""

from __future__ import annotations

from typing import TypeAlias

from . import machine as mc
from .machine import INFOS, Machine, arg_pairs, row_text
from .moves import sequential
from .regalloc import Allocation
from .resolve import Moves
from .target import CALLER_SAVED, FLOAT, FLOATS, FSCRATCH, RSP, SCRATCH, SLOT0, XMM0, location_name

State: TypeAlias = dict[int, frozenset[int]]
LIMIT = 20
"""More problems than this are not listed."""


def check(m: Machine, allocation: Allocation, moves: Moves) -> list[str]:
    """Problems found, [] for a correct allocation."""
    return _Checker(m, allocation, moves).run()


class _Checker:
    def __init__(self, m: Machine, allocation: Allocation, moves: Moves) -> None:
        self.m = m
        self.allocation = allocation
        self.moves = moves
        self.problems: dict[str, None] = {}
        self.entering: list[State | None] = [None] * len(m.block_ids)
        self.report = False

    def run(self) -> list[str]:
        """States first, problems in a last round: what is reported holds in the fixed point."""
        self.entering[0] = {place: frozenset((v,)) for v, place in arg_pairs(self.m, 0)}
        todo = [0]
        while todo:
            block = todo.pop()
            for succ, state in self.block(block):
                if self.merge(succ, state):
                    todo.append(succ)
        self.report = True
        for block, known in enumerate(self.entering):
            if known is not None:
                self.block(block)
        return list(self.problems)[:LIMIT]

    def merge(self, block: int, state: State) -> bool:
        """Intersect a state into what is known at a block's start; True if that changed something."""
        if self.report:
            return False
        old = self.entering[block]
        if old is None:
            self.entering[block] = state
            return True
        new: State = {}
        for place, values in old.items():
            both = values & state.get(place, frozenset())
            if both:
                new[place] = both
        if new == old:
            return False
        self.entering[block] = new
        return True

    def bad(self, row: int, text: str) -> None:
        """Note a problem."""
        if self.report:
            self.problems[f"{self.m.symbol}: row {row_text(self.m, row)}: {text}"] = None

    def held(self, state: State, place: int, v: int) -> bool:
        """A location holds the value of a vreg (or of a constant, as a negative source)."""
        if v < 0:
            return place == v or v in state.get(place, ())
        const = self.m.remat.get(v, 0)
        if place < 0:
            return const == -place
        values = state.get(place, frozenset())
        return v in values or (bool(const) and -const in values)

    def move(self, state: State, steps: list[tuple[int, int]]) -> None:
        """Execute sequential moves."""
        for source, target in steps:
            state[target] = frozenset((source,)) if source < 0 else state.get(source, frozenset())

    def define(self, state: State, v: int, place: int) -> None:
        """A vreg gets a new value at a location."""
        for other, values in list(state.items()):
            if v in values:
                state[other] = values - {v}
        const = self.m.remat.get(v, 0)
        state[place] = frozenset((v, -const)) if const else frozenset((v,))

    def block(self, block: int) -> list[tuple[int, State]]:
        """Walk one block; the states its successors get (a landing pad counts as one, from every call)."""
        m = self.m
        entering = self.entering[block]
        assert entering is not None
        state = dict(entering)
        out: list[tuple[int, State]] = []
        pad = m.pads[block]
        for row in range(m.first[block], m.first[block + 1]):
            if row in self.moves.gap:
                self.move(state, sequential(self.moves.gap[row]))
            op = m.op[row]
            self.uses(state, row)
            if pad >= 0 and op in (mc.CALL, mc.TRAPCMP, mc.TRAP, mc.ALU, mc.ALUI, mc.SUB, mc.ALUM, mc.IMULI, mc.UMULO):
                out.append((pad, {place: values for place, values in state.items() if place >= SLOT0}))
            self.effects(state, row)
            for source, target in self.moves.after.get(row, ()):
                self.move(state, [(source, target)])
        for number in m.succs[block]:
            out.append((m.edges[number].succ, self.edge(state, number)))
        return out

    def uses(self, state: State, row: int) -> None:
        """Every operand is where the allocation says it is."""
        m, op, at = self.m, self.m.op[row], 4 * row
        info = INFOS[op]
        registers: list[tuple[int, str]] = []
        if op != mc.ENTRY:
            for v, role in ((m.a[row], info.a), (m.b[row], info.b)):
                if v:
                    registers.append((v, role))
            if m.mem[row]:
                registers += [(v, info.m) for v in (m.base[row], m.index[row]) if v > 0]
        if op == mc.CMOV:
            registers += [(v, "u") for v in m.extra[m.args[row]:m.args[row] + 2]]
        result = self.allocation.at(m.dst[row], at + 2) if m.dst[row] else -1
        for v, role in registers:
            place = self.allocation.at(v, at if role == "g" else at + 1)
            if not self.held(state, place, v):
                self.bad(row, f"v{v} is not in {location_name(place)}")
            if role != "g" and not self.is_register(v, place):
                self.bad(row, f"v{v} is wanted in a register, not in {location_name(place)}")
            if role in "ul" and place in info.fixed:
                self.bad(row, f"v{v} is in {location_name(place)}, which the row overwrites")
            if role == "l" and place == result:
                self.bad(row, f"v{v} shares {location_name(place)} with the result")
        if result in info.fixed_late:
            self.bad(row, f"the result is in {location_name(result)}, which the row needs")
        if op in (mc.CALL, mc.RET, mc.COPY, mc.ZERO):
            self.sources(state, row, [source for source, _ in arg_pairs(m, row)], at)
        elif op in (mc.TRAPCMP, mc.TRAP):
            self.sources(state, row, [s for s in m.traps[m.args[row]].sources if s != mc.ROW_MEMORY], at + 1)

    def sources(self, state: State, row: int, sources: list[int], at: int) -> None:
        """Values that may be anywhere."""
        for v in sources:
            place = v if v < 0 else self.allocation.at(v, at)
            if not self.held(state, place, v):
                self.bad(row, f"v{v} is not in {location_name(place)}")

    def is_register(self, v: int, place: int) -> bool:
        """The location is a register of the vreg's class that may be allocated."""
        if self.m.vclass[v] == FLOAT:
            return XMM0 <= place < SLOT0 and place != FSCRATCH
        return 0 <= place < XMM0 and place not in (RSP, SCRATCH)

    def effects(self, state: State, row: int) -> None:
        """What a row overwrites and defines."""
        m, op = self.m, self.m.op[row]
        info = INFOS[op]
        if op == mc.ENTRY:
            pairs = [(place, self.allocation.at(v, 4 * row + 2)) for v, place in arg_pairs(m, row)]
            self.move(state, sequential([pair for pair in pairs if pair[0] != pair[1]]))
            return
        for register in (*info.fixed, SCRATCH, FSCRATCH):
            state.pop(register, None)
        if info.call:
            for register in (*CALLER_SAVED, *FLOATS):
                state.pop(register, None)
        v = m.dst[row]
        if v:
            place = self.allocation.at(v, 4 * row + 2)
            if not self.is_register(v, place):
                self.bad(row, f"v{v} is defined in {location_name(place)}")
            self.define(state, v, place)

    def edge(self, state: State, number: int) -> State:
        """The state behind an edge: its moves, then the parameters take their values."""
        m = self.m
        edge = m.edges[number]
        out = dict(state)
        self.move(out, sequential(self.moves.edge.get(number, [])))
        start = 4 * m.first[edge.succ]
        last = m.first[edge.pred + 1] - 1
        params = m.params[edge.succ]
        places = [self.allocation.at(param, start) for param in params]
        for source, param, place in zip(edge.sources, params, places):
            if not self.held(out, place, source):
                self.bad(last, f"edge to b{edge.succ}: v{source} does not arrive in {location_name(place)} for v{param}")
        fresh = frozenset(params)
        out = {place: values - fresh for place, values in out.items()}
        for param, place in zip(params, places):
            out[place] = out.get(place, frozenset()) | {param}
        return {place: values for place, values in out.items() if values}


__all__ = ["check"]
