"""Live ranges of virtual registers over row positions, with use positions, fixed registers and hints.

One backward walk over the rows, after liveness across blocks has been spread from each use to its definition. See
`machine` for positions. A range is a flat ascending list [start, end, start, end, ...] of half-open intervals; a use is the
number `position * 2 + needs_register`.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Final

from ..support.record import dataclass, field
from . import machine as mc
from .machine import INFOS, Machine
from .target import FLOAT, FLOAT_RESULT, INT_RESULT, RAX, RCX, RDX, SLOT0

_EXTENT: Final = {"-": 0, "g": 1, "u": 2, "l": 3}
"""Slots of its row a use covers."""
_A: Final = tuple(_EXTENT[info.a] for info in INFOS)
_B: Final = tuple(_EXTENT[info.b] for info in INFOS)
_M: Final = tuple(_EXTENT[info.m] for info in INFOS)
_TIED: Final = frozenset((mc.ALU, mc.SUB, mc.ALUI, mc.ALUM, mc.SHIFTI, mc.SHIFT, mc.UNARY, mc.FALU, mc.FSUB, mc.FALUM,
                          mc.EXT))
_PAIRS: Final = frozenset((mc.CALL, mc.RET, mc.COPY, mc.ZERO))
_TRAPPING: Final = frozenset((mc.TRAPCMP, mc.TRAP))
_FIXED: Final = tuple(bool(info.fixed or info.call or info.name == "landing") for info in INFOS)
# Where operand a, operand b and the result of rows with fixed registers want to be.
_HINT_A: Final = {mc.MULH: RAX, mc.UMULO: RAX, mc.DIV: RAX}
_HINT_B: Final = {mc.SHIFT: RCX}


@dataclass(slots=True, eq=False)
class Live:
    """What allocation needs to know; lists are indexed by vreg or block."""

    ranges: list[list[int]]
    uses: list[list[int]]
    live_in: list[list[int]]
    live_out: list[list[int]]
    def_block: list[int]
    def_at: list[int]                                       # position of the definition
    hint: list[int]                                         # preferred register, -1 = none
    related: dict[int, list[int]]                           # vregs whose register would save a move
    fixed: dict[int, list[int]] = field(default_factory=dict)   # register -> positions where it is overwritten
    calls: list[int] = field(default_factory=list)          # positions where all caller-saved registers are
    starts: list[int] = field(default_factory=list)         # start position of each block
    loop: list[int] = field(default_factory=list)           # header block of the innermost loop around a block, -1
    parent: dict[int, int] = field(default_factory=dict)    # header -> header of the loop around it, -1


def live_ranges(m: Machine) -> Live:
    """Compute everything in `Live`."""
    count = len(m.vclass)
    live = Live([[] for _ in range(count)], [[] for _ in range(count)], [], [], _def_blocks(m), [0] * count, [-1] * count, {})
    _across_blocks(m, live)
    live.starts = [4 * row for row in m.first[:-1]]
    _walk(m, live)
    for flat in live.ranges:
        flat.reverse()
    for uses in live.uses:
        uses.reverse()
    for positions in live.fixed.values():
        positions.reverse()
    live.calls.reverse()
    _loops(m, live)
    return live


def _def_blocks(m: Machine) -> list[int]:
    out = [0] * len(m.vclass)
    first, dst = m.first, m.dst
    for block in range(len(m.block_ids)):
        for v in dst[first[block]:first[block + 1]]:
            out[v] = block
        for v in m.params[block]:
            out[v] = block
    return out


def _across_blocks(m: Machine, live: Live) -> None:
    """Spread each use outside the defining block to all blocks the value lives through: costs the size of the answer."""
    blocks = len(m.block_ids)
    live_in: list[list[int]] = [[] for _ in range(blocks)]
    live_out: list[list[int]] = [[] for _ in range(blocks)]
    preds = [[m.edges[edge].pred for edge in edges] for edges in m.preds]
    for block, pad in enumerate(m.pads):
        if pad >= 0:
            preds[pad].append(block)
    seen_in = [0] * blocks
    seen_out = [0] * blocks
    def_block = live.def_block
    for v in sorted(m.cross):
        home = def_block[v]
        todo = sorted(m.cross[v])
        for block in todo:
            seen_in[block] = v
        while todo:
            block = todo.pop()
            live_in[block].append(v)
            for pred in preds[block]:
                if seen_out[pred] != v:
                    seen_out[pred] = v
                    live_out[pred].append(v)
                    if pred != home and seen_in[pred] != v:
                        seen_in[pred] = v
                        todo.append(pred)
    live.live_in, live.live_out = live_in, live_out


def _walk(m: Machine, live: Live) -> None:
    """Ranges, uses, fixed positions and hints, everything in descending order."""
    ranges, uses, hint, related = live.ranges, live.uses, live.hint, live.related
    ops, dsts, a_col, b_col, base_col, index_col, mem_col = m.op, m.dst, m.a, m.b, m.base, m.index, m.mem
    args_col, first, edges = m.args, m.first, m.edges
    def_at = live.def_at
    end_of: dict[int, int] = {}
    for block in range(len(m.block_ids) - 1, -1, -1):
        start, end = 4 * first[block], 4 * first[block + 1]
        end_of = dict.fromkeys(live.live_out[block], end)
        for number in m.succs[block]:
            edge = edges[number]
            for v, param in zip(edge.sources, m.params[edge.succ]):
                if v > 0:
                    end_of[v] = end
                    uses[v].append((end - 1) * 2)
                    related.setdefault(v, []).append(param)
                    related.setdefault(param, []).append(v)
        for row in range(first[block + 1] - 1, first[block] - 1, -1):
            op = ops[row]
            at = 4 * row
            v = dsts[row]
            a = a_col[row]
            if v:
                stop = end_of.pop(v, at + 3)
                flat = ranges[v]
                if flat and flat[-1] == stop:
                    flat[-1] = at + 2
                else:
                    flat += (stop, at + 2)
                uses[v].append(at * 2 + 5)
                def_at[v] = at + 2
                if op in _TIED:
                    related.setdefault(v, []).append(a)
                    related.setdefault(a, []).append(v)
                    if hint[a] < 0:
                        hint[a] = hint[v]
            if _FIXED[op]:
                _fixed_row(m, live, row)
            if a:
                extent = _A[op]
                if a not in end_of:
                    end_of[a] = at + extent
                if extent != 1:
                    uses[a].append(at * 2 + 3)
                elif b_col[row] != a:               # else the other use says it
                    uses[a].append(at * 2)
            v = b_col[row]
            if v:
                extent = _B[op]
                if v not in end_of or end_of[v] < at + extent:
                    end_of[v] = at + extent
                uses[v].append(at * 2 if extent == 1 else at * 2 + 3)
            if mem_col[row]:
                extent = _M[op]
                v = base_col[row]
                if v > 0:
                    if v not in end_of or end_of[v] < at + extent:
                        end_of[v] = at + extent
                    uses[v].append(at * 2 + 3)
                v = index_col[row]
                if v:
                    if v not in end_of or end_of[v] < at + extent:
                        end_of[v] = at + extent
                    uses[v].append(at * 2 + 3)
            if args_col[row]:
                _listed(m, live, row, end_of)
        for v in m.params[block]:
            if block:
                end_of.setdefault(v, start + 1)
                uses[v].append(start * 2)
                def_at[v] = start
        for v, stop in end_of.items():
            flat = ranges[v]
            if flat and flat[-1] == stop:
                flat[-1] = start
            else:
                flat += (stop, start)


def _listed(m: Machine, live: Live, row: int, end_of: dict[int, int]) -> None:
    """Operands that a row keeps in a list: arguments, the values of a selection or of a trap, a function's parameters."""
    ranges, uses, hint, extra = live.ranges, live.uses, live.hint, m.extra
    op, at, start = m.op[row], 4 * row, m.args[row]
    if op in _PAIRS:
        for k in range(start + 1, start + 1 + 2 * extra[start], 2):
            v = extra[k]
            if v > 0:
                if v not in end_of:
                    end_of[v] = at + 1
                uses[v].append(at * 2)
                if extra[k + 1] < SLOT0:
                    hint[v] = extra[k + 1]
    elif op == mc.CMOV:
        for v in extra[start:start + 2]:
            if v not in end_of:
                end_of[v] = at + 2
            uses[v].append(at * 2 + 3)
        live.related.setdefault(m.dst[row], []).extend(extra[start:start + 2])
    elif op in _TRAPPING:
        for v in m.traps[start].sources:
            if 0 < v < mc.ROW_MEMORY:
                if v not in end_of:
                    end_of[v] = at + 2
                uses[v].append(at * 2 + 2)
    elif op == mc.ENTRY:
        for k in range(start + 1, start + 1 + 2 * extra[start], 2):
            v = extra[k]
            flat = ranges[v]
            stop = end_of.pop(v, at + 3)
            if flat and flat[-1] == stop:
                flat[-1] = at + 2
            else:
                flat += (stop, at + 2)
            uses[v].append(at * 2 + 4)
            live.def_at[v] = at + 2
            if extra[k + 1] < SLOT0 and hint[v] < 0:
                hint[v] = extra[k + 1]


def _fixed_row(m: Machine, live: Live, row: int) -> None:
    """Record the registers a row overwrites and the hints that follow from its conventions."""
    op, at = m.op[row], 4 * row
    info = INFOS[op]
    dst = m.dst[row]
    hint = live.hint
    if op == mc.LANDING:
        hint[dst] = RAX
        return
    if info.call:
        live.calls.append(at + 1)
        if dst and hint[dst] < 0:
            hint[dst] = FLOAT_RESULT if m.vclass[dst] == FLOAT else INT_RESULT
        if m.a[row]:
            hint[m.a[row]] = RAX
        return
    for register in info.fixed_late:
        live.fixed.setdefault(register, []).append(at + 2)
    for register in info.fixed:
        live.fixed.setdefault(register, []).append(at + 1)
    a, b = m.a[row], m.b[row]
    if op in _HINT_A and hint[a] < 0:
        hint[a] = _HINT_A[op]
    if op in _HINT_B and hint[b] < 0:
        hint[b] = _HINT_B[op]
    if op in (mc.MULH, mc.UMULO, mc.DIV) and hint[dst] < 0:
        high = op == mc.MULH or (op == mc.DIV and m.aux[row] & mc.REMAINDER)
        hint[dst] = RDX if high else RAX


def _loops(m: Machine, live: Live) -> None:
    """Loops of the layout; a value used in a loop and alive around it counts as used at the loop's end as well."""
    last: dict[int, int] = {}
    for edge in m.edges:
        if edge.succ <= edge.pred and m.weight[edge.pred]:
            last[edge.succ] = max(last.get(edge.succ, 0), edge.pred)
    stack: list[int] = []
    for block in range(len(m.block_ids)):
        while stack and last[stack[-1]] < block:
            stack.pop()
        if block in last:
            live.parent[block] = stack[-1] if stack else -1
            stack.append(block)
        live.loop.append(stack[-1] if stack else -1)
    uses = live.uses
    for header, end_block in last.items():
        start, end = 4 * m.first[header], 4 * m.first[end_block + 1]
        mark = (end - 1) * 2
        for v in live.live_in[header]:
            words = uses[v]
            k = bisect_left(words, start * 2)
            if k < len(words) and words[k] < mark:
                insort(words, mark)
