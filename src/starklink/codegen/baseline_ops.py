"""Baseline code of each IR operation; `LOWER[op]` takes the function being compiled and the instruction.

The pattern is: `consume` the operands, take a register for the result (an operand's that dies, if possible), append the bytes,
`define` the result, release what is left.
"""

from __future__ import annotations

from typing import Any, Final

from ..asm import encode as enc
from ..asm.encode import R8, R16, R32, R64, XMM
from ..ir import ops, traps
from ..ir.module import Function
from ..ir.types import BITS, BOOL, F32, I8, I16, I32, I64, IS_FLOAT, PTR
from ..objwriter.model import Fragment
from . import codes
from . import machine as mc
from .baseline import Baseline
from .codetext import RSP64
from .emit_ops import dispatch, from_int, from_unsigned, immediate, move_bytes
from .isel import SIZE, Columns
from .isel_flow import CONDITIONS, FLOAT_SWAP
from .isel_int import COMPARISONS, COPY_INLINE, EXTENSIONS, ZERO_INLINE, pieces
from .survey import survey
from .target import (
    AE,
    BE,
    CC_SWAP,
    FEQ,
    FSCRATCH,
    INT_ARGS,
    NE,
    NP,
    RAX,
    RCX,
    RDI,
    RDX,
    RSI,
    SCRATCH,
    SLOT0,
    XMM0,
    B,
    E,
    O,
    P,
    argument_places,
)

_BY_SIZE: Final = (R8, R16, R32, R64)
_LOAD: Final = {BOOL: (codes.EXTEND[mc.ZX8][0], R32), I8: (codes.EXTEND[mc.ZX8][0], R32), I16: (codes.EXTEND[mc.ZX16][0], R32),
                I32: (codes.MOV_RM[2], R32), I64: (codes.MOV_RM[3], R64), PTR: (codes.MOV_RM[3], R64)}
_ALU: Final = {ops.ADD: mc.ADD, ops.AND: mc.AND, ops.OR: mc.OR, ops.XOR: mc.XOR, ops.SUB: mc.SUBTRACT, ops.MUL: mc.IMUL,
               ops.SADD_TRAP: mc.ADD, ops.SSUB_TRAP: mc.SUBTRACT, ops.SMUL_TRAP: mc.IMUL, ops.UADD_TRAP: mc.ADD,
               ops.USUB_TRAP: mc.SUBTRACT}
_OVERFLOW: Final = {ops.SADD_TRAP: O, ops.SSUB_TRAP: O, ops.SMUL_TRAP: O, ops.UADD_TRAP: B, ops.USUB_TRAP: B}
_COMMUTES: Final = frozenset((mc.ADD, mc.AND, mc.OR, mc.XOR, mc.IMUL))
_SHIFTS: Final = {ops.SHL: mc.SHL, ops.LSHR: mc.SHR, ops.ASHR: mc.SAR}
_FALU: Final = {ops.FADD: mc.FADD, ops.FSUB: mc.FSUBTRACT, ops.FMUL: mc.FMUL, ops.FDIV: mc.FDIV}
_MOVE: Final = codes.MOV_MR[3]


def _copied(g: Baseline, x: int, needed: int = -1) -> int:
    """A register to overwrite that holds what consumed register x does: x itself if nobody needs it any more. Neither x nor
    `needed` is given up for it."""
    d = x
    if g.held[x]:
        g.pins = (x, needed)
        d = g.like(x)
        g.step(x, d)
    g.pins = ()
    return d


# -- memory --------------------------------------------------------------------------------------------------------------
_SLOT_LOADS: Final[dict[tuple[int, int, int], bytes]] = {}
"""Loads by type, register and offset from rsp: a third of all instructions of a program whose variables are in memory."""
LIMIT: Final = 100_000
"""Remembered loads before all are forgotten: bounds the memory of a resident process."""


def load(g: Baseline, inst: int) -> None:
    """load."""
    type_ = g.type[inst]
    slot = g.b[inst]
    disp = slot - (1 << 32) if slot & 0x80000000 else slot
    address = g.a[inst]
    root = g.shared[address] or address
    if g.op[root] == ops.SLOT and not IS_FLOAT[type_]:
        d = g.take()
        offset = g.slots[root] + disp
        code = _SLOT_LOADS.get((type_, d, offset))
        g.text += code if code is not None else _slot_load(type_, d, offset)
        g.define(inst, d)
        return
    operand = g.memory(root, disp)
    base = operand[3]
    if IS_FLOAT[type_]:
        d = g.take_float()
        g.rm(codes.MOVF_RM[SIZE[type_]], XMM[d - XMM0], operand)
        g.done(base)
    else:
        if base >= 0 and not g.held[base]:
            d = base
        else:
            g.pins = (base,)
            d = g.take()
            g.pins = ()
        code_, table = _LOAD[type_]
        g.rm(code_, table[d], operand)
    g.define(inst, d)


def _slot_load(type_: int, register: int, offset: int) -> bytes:
    """Make and remember a load from the frame."""
    if len(_SLOT_LOADS) >= LIMIT:
        _SLOT_LOADS.clear()
    code, table = _LOAD[type_]
    made = _SLOT_LOADS[type_, register, offset] = enc.rm(code, table[register], (RSP64, 0, 1, offset))
    return made


def store(g: Baseline, inst: int) -> None:
    """store."""
    value = g.b[inst]
    type_ = g.type[value]
    size = SIZE[type_]
    slot = g.c[inst]
    disp = slot - (1 << 32) if slot & 0x80000000 else slot
    root = g.root(value)
    number = g.op[root]
    if number == ops.ICONST or number == ops.FCONST:
        bits = (g.a[root] | g.b[root] << 32) & (1 << (8 << size)) - 1
        bits -= 1 << (8 << size) if bits >> (8 << size) - 1 else 0
        operand = g.memory(g.a[inst], disp)
        if -0x80000000 <= bits <= 0x7FFFFFFF:
            g.mi(codes.MOV_MI[size], operand, bits)
        else:
            g.load_int(SCRATCH, bits)
            g.mr(_MOVE, operand, R64[SCRATCH])
    else:
        x = g.consume(root)
        g.pins = (x,)
        operand = g.memory(g.a[inst], disp)
        g.pins = ()
        if x >= XMM0:
            g.mr(codes.MOVF_MR[size], operand, XMM[x - XMM0])
        else:
            g.mr(codes.MOV_MR[size], operand, _BY_SIZE[size][x])
        if x != operand[3]:
            g.done(x)
    g.done(operand[3])


def copy(g: Baseline, inst: int) -> None:
    """copy: all loads before all stores for small constant sizes, else a string move."""
    length = g.imm32(g.c[inst])
    values = (g.a[inst], g.b[inst], g.c[inst])
    if length is None or not 0 <= length <= COPY_INLINE:
        g.hand_over(list(zip(map(g.where, values), (RDI, RSI, RCX))), values)
        move_bytes(g, inst)
        return
    source = g.memory(g.b[inst], 0)
    g.pins = (source[3],)
    target = g.memory(g.a[inst], 0)
    g.pins = (source[3], target[3])
    parts = pieces(length)
    temps = [g.take() for _ in parts]
    for (offset, size), temp in zip(parts, temps):
        code, table = _LOAD[(I8, I16, I32, I64)[size]]
        g.rm(code, table[temp], source, offset)
    for (offset, size), temp in zip(parts, temps):
        g.mr(codes.MOV_MR[size], target, _BY_SIZE[size][temp], offset)
        g.release(temp)
    g.pins = ()
    g.done(source[3])
    if target[3] != source[3]:
        g.done(target[3])


def zero(g: Baseline, inst: int) -> None:
    """zero: stores for small constant sizes, else a string store."""
    length = g.imm32(g.b[inst])
    values = (g.a[inst], g.b[inst])
    if length is None or not 0 <= length <= ZERO_INLINE:
        g.hand_over(list(zip(map(g.where, values), (RDI, RCX))), values)
        g.load_int(RAX, 0)
        g.text += b"\xF3\xAA"                   # rep stosb
        return
    target = g.memory(g.a[inst], 0)
    if length >= 16:
        scratch = XMM[FSCRATCH - XMM0]
        g.text += enc.rr(codes.XORPS, scratch, scratch)
        for offset in [*range(0, length - 15, 16), *([length - 16] if length & 15 else [])]:
            g.mr(codes.MOVUPS_MR, target, scratch, offset)
    else:
        for offset, size in pieces(length):
            g.mi(codes.MOV_MI[size], target, 0, offset)
    g.done(target[3])


# -- integers ------------------------------------------------------------------------------------------------------------
def binary(g: Baseline, inst: int) -> None:
    """add, sub, mul, and, or, xor; checked ones branch to their trap on overflow or carry."""
    number = g.op[inst]
    operation = _ALU[number]
    size = SIZE[g.type[inst]]
    if operation in (mc.AND, mc.OR, mc.XOR) and size < 2:
        size = 2
    x, y = g.a[inst], g.b[inst]
    amount = g.imm32(y)
    commutes = operation in _COMMUTES
    if amount is None and commutes:
        amount = g.imm32(x)
        if amount is not None:
            x, y = y, x
    condition = _OVERFLOW.get(number, -1)
    table = _BY_SIZE[size]
    first = g.consume(x)
    if amount is not None:
        if operation == mc.IMUL:
            d = first
            if g.held[first]:
                g.pins = (first,)
                d = g.take()
                g.pins = ()
            code = (codes.IMUL_IMM8 if -128 <= amount <= 127 else codes.IMUL_IMM)[size]
            g.text += enc.rri(code, table[d], table[first], amount)
        else:
            d = _copied(g, first)
            immediate(g, operation, size, d, amount, condition != B)
    else:
        g.pins = (first,)
        second = g.consume(y)
        if g.held[first] and commutes and not g.held[second]:
            first, second = second, first
        d = _copied(g, first, second)
        g.text += enc.rr(codes.ALU_RM[operation][size], table[d], table[second])
        if second != d:
            g.done(second)
    if condition >= 0:
        g.trap(condition, g.c[inst], inst)
    g.define(inst, d)


def _into_rax(g: Baseline, x: int, y: int) -> int:
    """First operand in rax and both rax and rdx to be overwritten; the register of the second operand, which is neither."""
    first = g.consume(x)
    g.pins = (first,)
    second = g.consume(y)
    g.pins = ()
    if second in (RAX, RDX):
        g.text += enc.rr(_MOVE, R64[SCRATCH], R64[second])
        if second != first:
            g.done(second)
        second = SCRATCH
    if first != RAX:
        g.claim(RAX)
        g.text += enc.rr(_MOVE, R64[RAX], R64[first])
        if first != second:
            g.done(first)
    elif g.held[RAX]:
        g.spill(RAX)
    g.claim(RDX)
    return second


def divide(g: Baseline, inst: int) -> None:
    """sdiv, udiv, srem, urem."""
    number = g.op[inst]
    size = SIZE[g.type[inst]]
    divisor = _into_rax(g, g.a[inst], g.b[inst])
    signed = number in (ops.SDIV, ops.SREM)
    if signed:
        g.text += enc.op(codes.CQO if size == 3 else codes.CDQ)
    else:
        g.text += enc.rr(codes.XOR32, R32[RDX], R32[RDX])
    g.text += enc.r((codes.IDIV if signed else codes.DIV)[size], _BY_SIZE[size][divisor])
    _one_of_two(g, inst, divisor, number in (ops.SREM, ops.UREM))


def _one_of_two(g: Baseline, inst: int, operand: int, high: bool) -> None:
    """The result is in rdx or rax, and nobody wants the other."""
    g.done(operand)
    d, other = (RDX, RAX) if high else (RAX, RDX)
    g.release(other)
    g.define(inst, d)


def multiply_high(g: Baseline, inst: int) -> None:
    """umulh, smulh."""
    size = SIZE[g.type[inst]]
    factor = _into_rax(g, g.a[inst], g.b[inst])
    g.text += enc.r((codes.IMUL1 if g.op[inst] == ops.SMULH else codes.MUL)[size], _BY_SIZE[size][factor])
    _one_of_two(g, inst, factor, True)


def multiply_unsigned(g: Baseline, inst: int) -> None:
    """umul_trap: the high half must be 0."""
    size = SIZE[g.type[inst]]
    factor = _into_rax(g, g.a[inst], g.b[inst])
    g.text += enc.r(codes.MUL[size], _BY_SIZE[size][factor])
    g.trap(O, g.c[inst], inst)
    _one_of_two(g, inst, factor, False)


def shift(g: Baseline, inst: int) -> None:
    """shl, lshr, ashr by a constant or by cl."""
    size = SIZE[g.type[inst]]
    operation = _SHIFTS[g.op[inst]]
    table = _BY_SIZE[size]
    amount = g.imm32(g.b[inst])
    x = g.consume(g.a[inst])
    if amount is not None:
        amount &= (8 << size) - 1
        d = _copied(g, x)
        if amount == 1:
            g.text += enc.ri(codes.SHIFT_ONE[operation][size], table[d], 1)
        elif amount:
            g.text += enc.ri(codes.SHIFT_IMM[operation][size], table[d], amount)
        elif size == 2:
            g.text += enc.rr(codes.MOV_MR[2], table[d], table[d])       # others count on a clear upper half
        g.define(inst, d)
        return
    g.pins = (x,)
    count = g.consume(g.b[inst])
    # The value is shifted in the scratch register: rcx may be its own.
    g.text += enc.rr(_MOVE, R64[SCRATCH], R64[x])
    if x != count:
        g.done(x)
    g.pins = ()
    if count != RCX:
        g.claim(RCX)
        g.text += enc.rr(_MOVE, R64[RCX], R64[count])
        g.done(count)
        g.release(RCX)
    else:
        g.done(RCX)
    d = g.take()
    g.text += enc.rr(codes.SHIFT_CL[operation][size], table[SCRATCH], R8[RCX])
    g.text += enc.rr(_MOVE, R64[d], R64[SCRATCH])
    g.define(inst, d)


def unary(g: Baseline, inst: int) -> None:
    """neg, not; of a bool not swaps 0 and 1."""
    size = SIZE[g.type[inst]]
    x = g.consume(g.a[inst])
    d = _copied(g, x)
    if g.op[inst] == ops.NEG:
        g.text += enc.r(codes.NEG_NOT[mc.NEG][size], _BY_SIZE[size][d])
    elif g.type[inst] == BOOL:
        immediate(g, mc.XOR, 2, d, 1)
    else:
        size = max(size, 2)
        g.text += enc.r(codes.NEG_NOT[mc.NOT][size], _BY_SIZE[size][d])
    g.define(inst, d)


def extend(g: Baseline, inst: int) -> None:
    """sext, and zext where the upper bits are not zero already."""
    value = g.a[inst]
    if g.op[inst] == ops.SEXT:
        kind = EXTENSIONS.get((g.type[value], g.type[inst]), mc.ZX8)
    else:
        bits = BITS[g.type[value]]
        kind = mc.ZX8 if bits == 8 else mc.ZX16 if bits == 16 else mc.MOV32
    code, wide, source = codes.EXTEND[kind]
    x = g.consume(value)
    d = x
    if g.held[x]:
        g.pins = (x,)
        d = g.take()
        g.pins = ()
    g.text += enc.rr(code, (R64 if wide else R32)[d], _BY_SIZE[source][x])
    g.define(inst, d)


# -- comparisons and checks ----------------------------------------------------------------------------------------------
def compare(g: Baseline, inst: int) -> int:
    """The flags of a comparison; returns the condition."""
    number = g.op[inst]
    condition = CONDITIONS[number]
    x, y = g.a[inst], g.b[inst]
    type_ = g.type[x]
    if number >= ops.FEQ:
        if number in FLOAT_SWAP:
            x, y = y, x
        first = g.consume(x)
        g.pins = (first,)
        second = g.consume(y)
        g.pins = ()
        g.text += enc.rr(codes.UCOMI[2 if type_ == F32 else 3], XMM[first - XMM0], XMM[second - XMM0])
        g.done(first)
        if second != first:
            g.done(second)
        return condition
    size = SIZE[type_]
    table = _BY_SIZE[size]
    amount = g.imm32(y)
    if amount is None:
        amount = g.imm32(x)
        if amount is not None:
            x, y = y, x
            condition = CC_SWAP[condition]
    first = g.consume(x)
    if amount == 0:
        g.text += enc.rr(codes.TEST_RR[size], table[first], table[first])
    elif amount is not None:
        immediate(g, mc.CMP, size, first, amount)
    else:
        g.pins = (first,)
        second = g.consume(y)
        g.pins = ()
        g.text += enc.rr(codes.ALU_RM[mc.CMP][size], table[first], table[second])
        if second != first:
            g.done(second)
    g.done(first)
    return condition


def condition_of(g: Baseline, value: int) -> int:
    """The flags of a bool; returns the condition that says it is true."""
    root = g.root(value)
    if root == g.fused:
        g.uses[root] = 0
        return compare(g, root)
    x = g.consume(root)
    g.text += enc.rr(codes.TEST_RR[0], R8[x], R8[x])
    g.done(x)
    return NE


def comparison(g: Baseline, inst: int) -> None:
    """eq .. fge as a value."""
    condition = compare(g, inst)
    d = g.take()
    if condition >= FEQ:
        # Unordered sets ZF and PF: equality is ZF without PF.
        g.text += enc.r(codes.SETCC[NP if condition == FEQ else P], R8[SCRATCH])
        g.text += enc.r(codes.SETCC[E if condition == FEQ else NE], R8[d])
        g.text += enc.rr(codes.ALU_RM[mc.AND if condition == FEQ else mc.OR][0], R8[d], R8[SCRATCH])
    else:
        g.text += enc.r(codes.SETCC[condition], R8[d])
    g.define(inst, d)


def select(g: Baseline, inst: int) -> None:
    """select: a copy and a conditional move (floats: a short branch)."""
    flag = g.consume(g.a[inst])
    g.pins = (flag,)
    yes = g.consume(g.b[inst])
    g.pins = (flag, yes)
    no = g.consume(g.c[inst])
    g.pins = (flag, yes, no)
    # An operand's register may be the result's only if it is not another operand's, too.
    d = no if not g.held[no] and no not in (flag, yes) else g.like(no)
    g.pins = ()
    g.step(no, d)
    g.text += enc.rr(codes.TEST_RR[0], R8[flag], R8[flag])
    if d >= XMM0:
        skip = g.new_label()
        g.jump(E, skip)
        g.step(yes, d)
        g.place(skip)
    else:
        g.text += enc.rr(codes.CMOV[NE][3], R64[d], R64[yes])
    for register in {flag, yes, no}:
        if register != d:
            g.done(register)
    g.define(inst, d)


def null_check(g: Baseline, inst: int) -> None:
    """nullchk."""
    value = g.a[inst]
    if g.op[g.root(value)] in (ops.SYMADDR, ops.SLOT):
        return
    x = g.consume(value)
    g.text += enc.rr(codes.TEST_RR[3], R64[x], R64[x])
    g.done(x)
    g.trap(E, traps.NULL, inst)


def bounds(g: Baseline, inst: int) -> None:
    """bounds: one unsigned comparison; index and length are handed to the handler."""
    index, length, kind = g.a[inst], g.b[inst], g.c[inst]
    size = SIZE[g.type[index]]
    table = _BY_SIZE[size]
    amount = g.imm32(index)
    label = g.new_label()
    if amount is not None and amount >= 0:
        second = g.consume(length)
        immediate(g, mc.CMP, size, second, amount)
        condition = BE
        moves = [(-g.const(g.root(index)), INT_ARGS[0]), (second, INT_ARGS[1])]
        g.done(second)
    else:
        first = g.consume(index)
        g.pins = (first,)
        second = g.consume(length)
        g.pins = ()
        g.text += enc.rr(codes.ALU_RM[mc.CMP][size], table[first], table[second])
        condition = AE
        moves = [(first, INT_ARGS[0]), (second, INT_ARGS[1])]
        g.done(first)
        if second != first:
            g.done(second)
    g.traps.append((label, kind, inst, moves, g.here_block))
    g.jump(condition, label)


def trap_if(g: Baseline, inst: int) -> None:
    """trapif."""
    condition = g.root(g.a[inst])
    values = g.module.list_values(g.c[inst])
    if g.op[condition] != ops.ICONST or g.module.imm(condition):
        g.trap(condition_of(g, condition), g.b[inst], inst, values)
    for value in values:
        g.count(value)


def trap(g: Baseline, inst: int) -> None:
    """The terminator trap: the handler is called in place."""
    g.call_trap(g.a[inst], inst, g.trap_moves(g.a[inst], g.module.list_values(g.b[inst])), g.pos[inst])


# -- calls ---------------------------------------------------------------------------------------------------------------
def _arguments(g: Baseline, values: list[int]) -> list[tuple[int, int]]:
    """Moves of a call's arguments."""
    places, _ = argument_places([IS_FLOAT[g.type[value]] for value in values])
    return [(g.where(value), place if place >= 0 else SLOT0 - 1 - place) for value, place in zip(values, places)]


def call(g: Baseline, inst: int) -> None:
    """call of a symbol."""
    values = g.module.list_values(g.a[inst])
    g.hand_over(_arguments(g, values), values)
    g.call_symbol(g.symbol_name(g.b[inst]))
    g.site(inst, 0)
    g.results(inst)


def call_indirect(g: Baseline, inst: int) -> None:
    """calli: through rax."""
    values = g.module.list_values(g.a[inst])
    target = g.b[inst]
    moves = _arguments(g, values)
    moves.append((g.where(target), RAX))
    g.hand_over(moves, [*values, target])
    g.text += enc.r(codes.CALL_RM, R64[RAX])
    g.site(inst, 0)
    g.results(inst)


def landing(g: Baseline, inst: int) -> None:
    """landing: the thrown object arrives in rax."""
    if g.uses[inst]:
        g.claim(RAX)
        g.define(inst, RAX)


# -- terminators ---------------------------------------------------------------------------------------------------------
def jump(g: Baseline, inst: int) -> None:
    """jump."""
    target, moves = g.edge(g.a[inst])
    if moves:
        g.parallel(moves)
    g.go(target)


def branch(g: Baseline, inst: int) -> None:
    """br."""
    root = g.root(g.a[inst])
    yes, no = g.b[inst], g.c[inst]
    if g.op[root] == ops.ICONST:
        target, moves = g.edge(yes if g.module.imm(root) & 1 else no)
        g.parallel(moves)
        g.go(target)
        return
    condition = condition_of(g, root)
    yes_target, yes_moves = g.edge(yes)
    target, moves = g.edge(no)
    if not yes_moves and not moves and yes_target == g.next_block[g.here_block]:
        g.jump(condition ^ 1, target)
        return
    g.jump(condition, g.edge_label(yes, inst))
    if moves:
        g.parallel(moves)
    g.go(target)


def switch(g: Baseline, inst: int) -> None:
    """switch; constants are signed numbers of the value's type."""
    value = g.a[inst]
    size = SIZE[g.type[value]]
    width = 8 << size
    x = g.consume(value)
    if size < 2:
        g.pins = (x,)
        wide = g.take()
        g.text += enc.rr(codes.EXTEND[mc.SX8_32 if size == 0 else mc.SX16_32][0], R32[wide], _BY_SIZE[size][x])
        x, size = wide, 2
    cases: list[tuple[int, int]] = []
    for constant, edge in g.module.switch_cases(g.b[inst]):
        number = constant & (1 << width) - 1
        cases.append((number - (1 << width) if number >> width - 1 else number, g.edge_label(edge, inst)))
    cases.sort()
    otherwise = g.edge_label(g.c[inst], inst)
    dispatch(g, cases, otherwise, x, size)


def give_back(g: Baseline, inst: int) -> None:
    """ret."""
    value = g.a[inst]
    if value:
        g.step(g.where(value), XMM0 if IS_FLOAT[g.type[value]] else RAX)
    g.give_back()


# -- floats --------------------------------------------------------------------------------------------------------------
def float_binary(g: Baseline, inst: int) -> None:
    """fadd, fsub, fmul, fdiv."""
    operation = _FALU[g.op[inst]]
    first = g.consume(g.a[inst])
    g.pins = (first,)
    second = g.consume(g.b[inst])
    if g.held[first] and not g.held[second] and operation in (mc.FADD, mc.FMUL):
        first, second = second, first
    d = _copied(g, first, second)
    g.text += enc.rr(codes.FALU[operation][2 if g.type[inst] == F32 else 3], XMM[d - XMM0], XMM[second - XMM0])
    if second != d:
        g.done(second)
    g.define(inst, d)


def sign(g: Baseline, inst: int) -> None:
    """fneg, fabs: flip or clear the sign bit with a mask from read-only data."""
    size = 2 if g.type[inst] == F32 else 3
    top = 1 << (8 << size) - 1
    flip = g.op[inst] == ops.FNEG
    x = g.consume(g.a[inst])
    d = _copied(g, x)
    code = codes.FALU[mc.FXOR if flip else mc.FAND][size]
    g.rm(code, XMM[d - XMM0], (0, 0, -g.pool.constant(top if flip else top - 1, 16), -1))
    g.define(inst, d)


def resize(g: Baseline, inst: int) -> None:
    """fsqrt, fext, ftrunc; the result's register is cleared first to cut a false dependency."""
    number = g.op[inst]
    value = g.a[inst]
    operation = mc.FSQRT if number == ops.FSQRT else mc.FEXT if number == ops.FEXT else mc.FTRUNC
    x = g.consume(value)
    d = x
    if g.held[x]:
        g.pins = (x,)
        d = g.take_float()
        g.pins = ()
        g.text += enc.rr(codes.XORPS, XMM[d - XMM0], XMM[d - XMM0])
    g.text += enc.rr(codes.FUN[operation][2 if g.type[value] == F32 else 3], XMM[d - XMM0], XMM[x - XMM0])
    g.define(inst, d)


def int_to_float(g: Baseline, inst: int) -> None:
    """sitof, uitof."""
    value = g.a[inst]
    x = g.consume(value)
    d = g.take_float()
    size, kind = 2 if g.type[value] == I32 else 3, 2 if g.type[inst] == F32 else 3
    (from_int if g.op[inst] == ops.SITOF else from_unsigned)(g, d, x, size, kind)
    g.done(x)
    g.define(inst, d)


def float_to_int(g: Baseline, inst: int) -> None:
    """ftosi."""
    value = g.a[inst]
    x = g.consume(value)
    d = g.take()
    size, kind = 2 if g.type[inst] == I32 else 3, 2 if g.type[value] == F32 else 3
    g.text += enc.rr(codes.TO_INT[size, kind], _BY_SIZE[size][d], XMM[x - XMM0])
    g.done(x)
    g.define(inst, d)


def cast(g: Baseline, inst: int) -> None:
    """bitcast between the register classes (others share the register)."""
    x = g.consume(g.a[inst])
    size = 2 if g.type[inst] in (F32, I32) else 3
    if IS_FLOAT[g.type[inst]]:
        d = g.take_float()
        g.text += enc.rr(codes.MOVGX[size], XMM[d - XMM0], _BY_SIZE[size][x])
    else:
        d = g.take()
        g.text += enc.rr(codes.MOVXG[size], _BY_SIZE[size][d], XMM[x - XMM0])
    g.done(x)
    g.define(inst, d)


LOWER: Final[list[Any]] = [None] * len(ops.OPS)
for _numbers, _function in (
        (tuple(_ALU), binary), (tuple(_SHIFTS), shift), ((ops.SDIV, ops.UDIV, ops.SREM, ops.UREM), divide),
        ((ops.UMULH, ops.SMULH), multiply_high), ((ops.UMUL_TRAP,), multiply_unsigned), ((ops.NEG, ops.NOT), unary),
        (tuple(COMPARISONS), comparison), (tuple(_FALU), float_binary), ((ops.FNEG, ops.FABS), sign),
        ((ops.FSQRT, ops.FEXT, ops.FTRUNC), resize), ((ops.SEXT, ops.ZEXT), extend),
        ((ops.SITOF, ops.UITOF), int_to_float), ((ops.FTOSI,), float_to_int), ((ops.BITCAST,), cast), ((ops.SELECT,), select),
        ((ops.LOAD,), load), ((ops.STORE,), store), ((ops.COPY,), copy), ((ops.ZERO,), zero), ((ops.NULLCHK,), null_check),
        ((ops.BOUNDS,), bounds), ((ops.TRAPIF,), trap_if), ((ops.CALL_OP,), call), ((ops.CALLI,), call_indirect),
        ((ops.LANDING,), landing), ((ops.JUMP,), jump), ((ops.BR,), branch), ((ops.SWITCH,), switch), ((ops.RET,), give_back),
        ((ops.TRAP_OP,), trap)):
    for _op in _numbers:
        LOWER[_op] = _function


def baseline(columns: Columns, function: Function, pool: Any, options: Any,
             whole: bool = True) -> tuple[Fragment, list[Fragment]] | None:
    """Code of one function and its jump tables; None if only the allocating way can describe its variables and `whole` asks
    for that (see `survey`)."""
    plan = survey(columns, function, whole)
    return None if plan is None else Baseline(columns, function, pool, options, plan).run(LOWER)
