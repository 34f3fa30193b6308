"""Selection of comparisons and what uses them, checks, calls and control flow."""

from __future__ import annotations

from typing import Final

from ..ir import ops, traps
from ..ir.types import BOOL, F32, IS_FLOAT
from . import machine as mc
from .isel import CONSTANTS, SIZE, Selector
from .isel_int import COMPARISONS, load_address
from .isel_null import joined_check
from .target import (
    AE,
    BE,
    CC_SWAP,
    FEQ,
    FLOAT_RESULT,
    FNE,
    GE,
    INT_RESULT,
    LE,
    NE,
    SLOT0,
    A,
    B,
    E,
    G,
    L,
    argument_places,
)

CONDITIONS: Final = {ops.EQ: E, ops.NE: NE, ops.SLT: L, ops.SLE: LE, ops.SGT: G, ops.SGE: GE, ops.ULT: B, ops.ULE: BE,
              ops.UGT: A, ops.UGE: AE, ops.FEQ: FEQ, ops.FNE: FNE, ops.FLT: A, ops.FLE: AE, ops.FGT: A, ops.FGE: AE}
# `a < b` is `b > a`: above is false for NaN, below is true.
FLOAT_SWAP: Final = frozenset((ops.FLT, ops.FLE))


def compare_row(s: Selector, op: int, dst: int, condition: int, args: int = 0, flags: int = 0,
                negate: bool = False) -> None:
    """A row that evaluates the bool `condition` by a comparison of its own and acts on it (br, set, trapcmp, cmov)."""
    while True:
        number = s.op[condition]
        if number == ops.NOT and s.single(condition) and s.type[condition] == BOOL:
            condition, negate = s.a[condition], not negate
        elif number == ops.XOR and s.single(condition) and s.imm32(s.b[condition]) == 1 and s.type[condition] == BOOL:
            condition, negate = s.a[condition], not negate
        else:
            break
    flip = 1 if negate else 0
    if op != mc.SET and not (number in COMPARISONS and (s.single(condition) or _repeatable(s, condition))):
        if s.folds_load(condition, 0):
            s.row(op, dst, mem=load_address(s, condition), imm=0, aux=mc.MI | (NE ^ flip) << 8 | flags, args=args)
        else:
            vreg = s.reg(condition)
            s.row(op, dst, vreg, vreg, aux=mc.TRR | (NE ^ flip) << 8 | flags, args=args)
        return
    compare(s, op, dst, number, s.a[condition], s.b[condition], flip, args, flags)


def _repeatable(s: Selector, condition: int) -> bool:
    """A comparison of an integer with a constant: doing it again is as cheap as keeping its result."""
    return s.op[condition] < ops.FEQ and (s.imm32(s.b[condition]) is not None or s.imm32(s.a[condition]) is not None)


def compare(s: Selector, op: int, dst: int, number: int, x: int, y: int, flip: int, args: int, flags: int) -> None:
    """The row for comparison `number` of x and y."""
    cc = CONDITIONS[number]
    if number >= ops.FEQ:
        if number in FLOAT_SWAP:
            x, y = y, x
        size = 2 if s.type[x] == F32 else 3
        tail = size << 4 | (cc ^ flip) << 8 | flags
        mem = float_memory(s, y, size)
        if mem is not None:
            s.row(op, dst, s.reg(x), mem=mem, aux=mc.FRM | tail, args=args)
        else:
            s.row(op, dst, s.reg(x), s.reg(y), aux=mc.FRR | tail, args=args)
        return
    size = SIZE[s.type[x]]
    if s.op[s.resolve_const(x)] == ops.ICONST:
        x, y, cc = y, x, CC_SWAP[cc]
    tail = size << 4 | flags
    amount = s.imm32(y)
    if amount is not None:
        if amount == 0 and cc in (E, NE) and s.op[x] == ops.AND and s.single(x):
            _test(s, op, dst, x, size, tail | (cc ^ flip) << 8, args)
        elif s.folds_load(x, size) and size != 1:
            s.row(op, dst, mem=load_address(s, x), imm=amount, aux=mc.MI | tail | (cc ^ flip) << 8, args=args)
        elif amount == 0:
            vreg = s.reg(x)
            s.row(op, dst, vreg, vreg, aux=mc.TRR | tail | (cc ^ flip) << 8, args=args)
        else:
            s.row(op, dst, s.reg(x), imm=amount, aux=mc.RI | tail | (cc ^ flip) << 8, args=args)
    elif s.folds_load(y, size):
        s.row(op, dst, s.reg(x), mem=load_address(s, y), aux=mc.RM | tail | (cc ^ flip) << 8, args=args)
    elif s.folds_load(x, size):
        s.row(op, dst, s.reg(y), mem=load_address(s, x), aux=mc.RM | tail | (CC_SWAP[cc] ^ flip) << 8, args=args)
    else:
        s.row(op, dst, s.reg(x), s.reg(y), aux=mc.RR | tail | (cc ^ flip) << 8, args=args)


def _test(s: Selector, op: int, dst: int, value: int, size: int, tail: int, args: int) -> None:
    """Comparison of `and` with 0."""
    x, y = s.a[value], s.b[value]
    amount = s.imm32(y)
    if amount is None:
        s.row(op, dst, s.reg(x), s.reg(y), aux=mc.TRR | tail, args=args)
    elif s.folds_load(x, size) and size != 1:
        s.row(op, dst, mem=load_address(s, x), imm=amount, aux=mc.TMI | tail, args=args)
    else:
        s.row(op, dst, s.reg(x), imm=amount, aux=mc.TRI | tail, args=args)


def float_memory(s: Selector, value: int, size: int) -> tuple[int, int, int] | None:
    """Memory operand for a float constant or a load that can be folded."""
    if s.op[value] == ops.FCONST:
        return s.pool_mem(s.module.imm(value), size)
    return load_address(s, value) if s.folds_load(value, size) else None


def set_row(s: Selector, dst: int, condition: int, flags: int = 0) -> None:
    """A comparison whose result is wanted in a register."""
    compare(s, mc.SET, dst, s.op[condition], s.a[condition], s.b[condition], 0, 0, flags)


def comparison(s: Selector, inst: int) -> None:
    """eq .. fge as a value."""
    set_row(s, s.vreg[inst], inst)


def select(s: Selector, inst: int) -> None:
    """select by conditional move (floats: by a short branch)."""
    yes, no = s.reg(s.b[inst]), s.reg(s.c[inst])
    flags = (1 << 16 if s.is_float(inst) else 0) | (1 << 17 if SIZE[s.type[inst]] == 3 else 0)
    at = len(s.m.extra)
    s.m.extra += (yes, no)
    compare_row(s, mc.CMOV, s.vreg[inst], s.a[inst], at, flags)


# -- checks ------------------------------------------------------------------------------------------------------------
def nullcheck(s: Selector, inst: int) -> None:
    """nullchk: a test and a branch to the trap, or nothing where the access behind it faults instead."""
    if inst in s.folded:
        return
    value = s.resolve(s.a[inst])
    if s.op[value] in (ops.SYMADDR, ops.SLOT):
        return
    vreg = s.reg(value)
    s.row(mc.TRAPCMP, 0, vreg, vreg, aux=mc.TRR | 3 << 4 | E << 8, args=s.trap(traps.NULL))


def bounds(s: Selector, inst: int) -> None:
    """bounds: one unsigned comparison; index and length are handed to the handler."""
    index, length = s.a[inst], s.b[inst]
    size = SIZE[s.type[index]]
    kind = s.c[inst]
    amount = s.imm32(index)
    if amount is not None and amount >= 0:
        if s.folds_load(length, size):
            trap = s.trap(kind, (-s.const_id("i", amount), mc.ROW_MEMORY))
            joined_check(s, length)
            s.row(mc.TRAPCMP, 0, mem=load_address(s, length), imm=amount, aux=mc.MI | size << 4 | BE << 8, args=trap)
            return
        trap = s.trap(kind, (-s.const_id("i", amount), s.source(length)))
        s.row(mc.TRAPCMP, 0, s.reg(length), imm=amount, aux=mc.RI | size << 4 | BE << 8, args=trap)
        return
    amount = s.imm32(length)
    if amount is not None and amount >= 0:
        trap = s.trap(kind, (s.source(index), -s.const_id("i", amount)))
        s.row(mc.TRAPCMP, 0, s.reg(index), imm=amount, aux=mc.RI | size << 4 | AE << 8, args=trap)
    elif s.folds_load(length, size):
        trap = s.trap(kind, (s.source(index), mc.ROW_MEMORY))
        joined_check(s, length)
        s.row(mc.TRAPCMP, 0, s.reg(index), mem=load_address(s, length), aux=mc.RM | size << 4 | AE << 8, args=trap)
    else:
        trap = s.trap(kind, (s.source(index), s.source(length)))
        s.row(mc.TRAPCMP, 0, s.reg(index), s.reg(length), aux=mc.RR | size << 4 | AE << 8, args=trap)


def trap_if(s: Selector, inst: int) -> None:
    """trapif."""
    condition = s.resolve(s.a[inst])
    if s.op[condition] == ops.ICONST and not s.module.imm(condition):
        return
    sources = tuple(s.source(v) for v in s.module.list_values(s.c[inst]))
    compare_row(s, mc.TRAPCMP, 0, s.a[inst], s.trap(s.b[inst], sources))


def trap(s: Selector, inst: int) -> None:
    """The terminator trap."""
    sources = tuple(s.source(v) for v in s.module.list_values(s.b[inst]))
    s.row(mc.TRAP, 0, args=s.trap(s.a[inst], sources))


# -- calls -------------------------------------------------------------------------------------------------------------
def call(s: Selector, inst: int) -> None:
    """call of a symbol."""
    args = call_args(s, s.module.list_values(s.a[inst]))
    s.row(mc.CALL, result(s, inst), mem=(0, 0, s.mem_id(0, 0, s.b[inst])), args=args)


def call_indirect(s: Selector, inst: int) -> None:
    """calli: through memory for a method table, else through rax."""
    args = call_args(s, s.module.list_values(s.a[inst]))
    target = s.resolve(s.b[inst])
    if s.op[target] == ops.SYMADDR and not s.b[target]:
        s.row(mc.CALL, result(s, inst), mem=(0, 0, s.mem_id(0, 0, s.a[target])), args=args)
    elif s.folds_load(target, 3) and not _is_indexed(s, target):
        # The base is moved to rax: it must not sit where an argument is about to be put.
        base, _, mem = load_address(s, target)
        s.row(mc.CALL, result(s, inst), base if base > 0 else 0, mem=(base if base < 0 else 0, 0, mem), imm=2, args=args)
    else:
        s.row(mc.CALL, result(s, inst), s.reg(target), imm=1, args=args)


def _is_indexed(s: Selector, load: int) -> bool:
    """The address of the load may need an index register."""
    value = s.a[load]
    while s.op[value] == ops.ADD and s.imm32(s.b[value]) is not None:
        value = s.a[value]
    return s.op[value] == ops.ADD


def result(s: Selector, inst: int) -> int:
    """The vreg of a call's result, 0 if it has none or nobody uses it."""
    return s.vreg[inst]


def call_args(s: Selector, values: list[int]) -> int:
    """The extra list of (source, location) pairs of a call's arguments."""
    m = s.m
    pairs: list[int] = []
    places, stack = argument_places([IS_FLOAT[s.type[value]] for value in values])
    for value, place in zip(values, places):
        if place < 0:
            place = SLOT0 + m.new_slot(-1 - place, 8, "out")
        pairs += (s.source(value), place)
    m.out_bytes = max(m.out_bytes, stack)
    m.has_calls = True
    return s.list_of(pairs, len(values))


# -- terminators -------------------------------------------------------------------------------------------------------
def jump(s: Selector, inst: int) -> None:
    """jump."""
    s.row(mc.JUMP, 0, args=s.edge(s.a[inst]))


def branch(s: Selector, inst: int) -> None:
    """br on a comparison, a bool or a constant."""
    condition = s.resolve(s.a[inst])
    if s.op[condition] == ops.ICONST:
        s.row(mc.JUMP, 0, args=s.edge(s.b[inst] if s.module.imm(condition) & 1 else s.c[inst]))
        return
    at = len(s.m.extra)
    s.m.extra += (0, 0)
    s.m.extra[at] = s.edge(s.b[inst])
    s.m.extra[at + 1] = s.edge(s.c[inst])
    compare_row(s, mc.BR, 0, s.a[inst], at)


def switch(s: Selector, inst: int) -> None:
    """switch; constants are signed numbers of the value's type."""
    value = s.a[inst]
    size = SIZE[s.type[value]]
    width = 8 << size
    cases: list[tuple[int, int]] = []
    for constant, edge in s.module.switch_cases(s.b[inst]):
        number = constant & (1 << width) - 1
        cases.append((number - (1 << width) if number >> width - 1 else number, s.edge(edge)))
    cases.sort()
    default = s.edge(s.c[inst])
    vreg = s.reg(value)
    if size < 2:
        wide = s.m.new_vreg(0)
        s.m.switches.append((cases, default, 2))
        s.row(mc.SWITCH, 0, wide, args=len(s.m.switches) - 1)
        s.row(mc.EXT, wide, vreg, aux=mc.SX8_32 if size == 0 else mc.SX16_32)
        return
    s.m.switches.append((cases, default, size))
    s.row(mc.SWITCH, 0, vreg, args=len(s.m.switches) - 1)


def give_back(s: Selector, inst: int) -> None:
    """ret."""
    value = s.a[inst]
    if value:
        place = FLOAT_RESULT if s.is_float(value) else INT_RESULT
        s.row(mc.RET, 0, args=s.list_of((s.source(value), place), 1))
    else:
        s.row(mc.RET, 0)


def landing(s: Selector, inst: int) -> None:
    """landing: the thrown object arrives in rax."""
    if s.vreg[inst]:
        s.row(mc.LANDING, s.vreg[inst])


def debug_value(s: Selector, inst: int) -> None:
    """dbgvalue: a row without code; `args` is a constant, or `imm` the IR value whose vreg is known in the end."""
    if s.options.debug:
        value = s.resolve(s.a[inst]) if s.a[inst] else 0
        const = s.constant(value) if value and s.op[value] in CONSTANTS else 0
        s.row(mc.DBG, 0, imm=0 if const else value, aux=s.b[inst], args=const)


def debug_slot(s: Selector, inst: int) -> None:
    """dbgslot: a row without code; `imm` -1 says that `args` is the slot the variable lives in."""
    if s.options.debug:
        s.row(mc.DBG, 0, imm=-1, aux=s.b[inst], args=s.slot_of(s.a[inst]))
