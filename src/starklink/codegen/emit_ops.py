"""Emission of each kind of machine row; `HANDLERS[op]` takes the emitter and the row."""

from __future__ import annotations

from typing import Any, Final

from ..asm import encode as enc
from ..asm.encode import R8, R16, R32, R64, XMM
from ..objwriter.model import LINE_EPILOGUE_BEGIN
from . import codes
from . import machine as mc
from .codetext import CodeText
from .emit import Emitter
from .machine import arg_pairs
from .target import (
    AE,
    FEQ,
    FSCRATCH,
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
    A,
    B,
    E,
    L,
    P,
    S,
)

_BY_SIZE: Final = (R8, R16, R32, R64)
_MOV: Final = (codes.MOV_MR[2], codes.MOV_MR[2], codes.MOV_MR[2], codes.MOV_MR[3])
_MOV_REGISTERS: Final = (R32, R32, R32, R64)


def _copy(e: CodeText, target: int, source: int, size: int) -> None:
    """Register copy in at least 32 bits; nothing if they are the same."""
    if target != source:
        table = _MOV_REGISTERS[size]
        e.text += enc.rr(_MOV[size], table[target], table[source])


def _clean_copy(e: CodeText, target: int, source: int, size: int) -> None:
    """An operation that changes nothing: selection counts on 32-bit ones clearing the upper half all the same."""
    if target != source or size == 2:
        e.text += enc.rr(_MOV[size], _BY_SIZE[size][target], _BY_SIZE[size][source])


def _trap_branch(e: Emitter, row: int) -> None:
    """The branch of a checked operation."""
    e.jump((e.m.aux[row] >> 8) - 1, e.trap_label(row, e.m.args[row]))


def nothing(e: Emitter, row: int) -> None:
    """A row without code."""


def entry(e: Emitter, row: int) -> None:
    """Prologue, then the parameters go to their places."""
    if not e.wrapped:
        e.prologue()
    moves = []
    for v, place in arg_pairs(e.m, row):
        target = e.at(v, 4 * row + 2)
        if target != place:
            moves.append((place, target))
    if moves:
        e.parallel(moves)


def movi(e: Emitter, row: int) -> None:
    """Integer constant."""
    e.load_int(e.at(e.m.dst[row], 4 * row + 2), e.m.imm[row])


def movsym(e: Emitter, row: int) -> None:
    """Address of a symbol."""
    _, disp, symbol = e.m.mems[e.m.mem[row]]
    e.load_symbol(e.at(e.m.dst[row], 4 * row + 2), symbol, disp)


def lea(e: Emitter, row: int) -> None:
    """Address arithmetic."""
    size = e.m.aux[row]
    register = e.at(e.m.dst[row], 4 * row + 2)
    if size == 3 and e.m.mems[e.m.mem[row]][2] and not e.m.base[row] and not e.m.index[row]:
        movsym(e, row)
        return
    e.rm(codes.LEA[size], _BY_SIZE[size][register], row)


def load(e: Emitter, row: int) -> None:
    """Load with extension."""
    code, wide, _ = codes.EXTEND[e.m.aux[row]]
    register = e.at(e.m.dst[row], 4 * row + 2)
    if e.m.aux[row] == mc.MOV32:
        code = codes.MOV_RM[2]
    e.rm(code, (R64 if wide else R32)[register], row)


def store(e: Emitter, row: int) -> None:
    """Store of a register."""
    size = e.m.aux[row]
    e.mr(codes.MOV_MR[size], _BY_SIZE[size][e.at(e.m.a[row], 4 * row + 1)], row)


def storei(e: Emitter, row: int) -> None:
    """Store of a constant."""
    size = e.m.aux[row]
    bits = 8 << size
    value = e.m.imm[row] & (1 << bits) - 1
    value -= 1 << bits if value >> bits - 1 else 0
    if -0x80000000 <= value <= 0x7FFFFFFF:
        e.mi(codes.MOV_MI[size], row, value)
    else:
        e.load_int(SCRATCH, value)
        e.mr(codes.MOV_MR[3], R64[SCRATCH], row)


def alu(e: Emitter, row: int) -> None:
    """Commutative two-operand arithmetic."""
    m = e.m
    aux = m.aux[row]
    size, operation = aux & 3, aux >> 2 & 63
    at = 4 * row
    d, x, y = e.at(m.dst[row], at + 2), e.at(m.a[row], at + 1), e.at(m.b[row], at + 1)
    table = _BY_SIZE[size]
    if d == y:
        x, y = y, x
    if d != x:
        if operation == mc.ADD and aux < 256:
            e.text += enc.rm(codes.LEA[size], table[d], (R64[x], R64[y], 1, 0))
            return
        e.text += enc.rr(codes.MOV_MR[size], table[d], table[x])
    e.text += enc.rr(codes.ALU_RM[operation][size], table[d], table[y])
    if aux >= 256:
        _trap_branch(e, row)


def subtract(e: Emitter, row: int) -> None:
    """Subtraction; the second operand is not in the result's register."""
    m = e.m
    aux = m.aux[row]
    size = aux & 3
    at = 4 * row
    d = e.at(m.dst[row], at + 2)
    _copy(e, d, e.at(m.a[row], at + 1), size)
    table = _BY_SIZE[size]
    e.text += enc.rr(codes.ALU_RM[mc.SUBTRACT][size], table[d], table[e.at(m.b[row], at + 1)])
    if aux >= 256:
        _trap_branch(e, row)


def alui(e: Emitter, row: int) -> None:
    """Arithmetic with an immediate: lea, inc, dec, zero extension or the plain form."""
    m = e.m
    aux, value = m.aux[row], m.imm[row]
    size, operation = aux & 3, aux >> 2 & 63
    at = 4 * row
    d, x = e.at(m.dst[row], at + 2), e.at(m.a[row], at + 1)
    table = _BY_SIZE[size]
    if aux < 256:
        if operation == mc.ADD:
            if value == 0:
                _clean_copy(e, d, x, size)
                return
            if d != x:
                e.text += enc.rm(codes.LEA[size], table[d], (R64[x], 0, 1, value))
                return
        elif operation == mc.AND:
            if value == 0xFF or value == 0xFFFF:
                source = (R8 if value == 0xFF else R16)[x]
                e.text += enc.rr(codes.EXTEND[mc.ZX8 if value == 0xFF else mc.ZX16][0], R32[d], source)
                return
            if value >= 0:
                size, table = 2, R32
    _copy(e, d, x, size)
    immediate(e, operation, size, d, value, aux >> 8 != B + 1)
    if aux >= 256:
        _trap_branch(e, row)


def immediate(e: CodeText, operation: int, size: int, register: int, value: int, inc: bool = False) -> None:
    """`op register, value` in its shortest form; inc and dec leave the carry flag alone, so only where `inc` says so."""
    name = _BY_SIZE[size][register]
    if inc and operation in (mc.ADD, mc.SUBTRACT) and value in (1, -1):
        up = (value == 1) == (operation == mc.ADD)
        e.text += enc.r((codes.INC if up else codes.DEC)[size], name)
    elif -128 <= value <= 127:
        e.text += enc.ri(codes.ALU_IMM8[operation][size], name, value)
    elif register == RAX and size >= 2:
        e.text += enc.ri(codes.ALU_ACC[operation][size], name, value)
    else:
        e.text += enc.ri(codes.ALU_IMM[operation][size], name, value)


def alum(e: Emitter, row: int) -> None:
    """Arithmetic with a memory operand."""
    m = e.m
    aux = m.aux[row]
    size, operation = aux & 3, aux >> 2 & 63
    d = e.at(m.dst[row], 4 * row + 2)
    _copy(e, d, e.at(m.a[row], 4 * row + 1), size)
    e.rm(codes.ALU_RM[operation][size], _BY_SIZE[size][d], row)
    if aux >= 256:
        _trap_branch(e, row)


def alumr(e: Emitter, row: int) -> None:
    """Arithmetic on memory."""
    aux = e.m.aux[row]
    size = aux & 3
    e.mr(codes.ALU_MR[aux >> 2][size], _BY_SIZE[size][e.at(e.m.a[row], 4 * row + 1)], row)


def alumi(e: Emitter, row: int) -> None:
    """Arithmetic on memory with an immediate."""
    aux, value = e.m.aux[row], e.m.imm[row]
    size, operation = aux & 3, aux >> 2
    e.mi((codes.ALU_IMM8 if -128 <= value <= 127 else codes.ALU_IMM)[operation][size], row, value)


def imuli(e: Emitter, row: int) -> None:
    """Three-operand multiplication."""
    m = e.m
    aux, value = m.aux[row], m.imm[row]
    size = aux & 3
    table = _BY_SIZE[size]
    d, x = e.at(m.dst[row], 4 * row + 2), e.at(m.a[row], 4 * row + 1)
    code = (codes.IMUL_IMM8 if -128 <= value <= 127 else codes.IMUL_IMM)[size]
    e.text += enc.rri(code, table[d], table[x], value)
    if aux >= 256:
        _trap_branch(e, row)


def imulmi(e: Emitter, row: int) -> None:
    """Three-operand multiplication of memory."""
    m = e.m
    size, value = m.aux[row] & 3, m.imm[row]
    code = (codes.IMUL_IMM8 if -128 <= value <= 127 else codes.IMUL_IMM)[size]
    e.rmi(code, _BY_SIZE[size][e.at(m.dst[row], 4 * row + 2)], row, value)


def shifti(e: Emitter, row: int) -> None:
    """Shift or rotate by a constant."""
    m = e.m
    aux, value = m.aux[row], m.imm[row]
    size, operation = aux & 3, aux >> 2
    d, x = e.at(m.dst[row], 4 * row + 2), e.at(m.a[row], 4 * row + 1)
    table = _BY_SIZE[size]
    if operation == mc.SHL and 0 < value <= 3 and (d != x or value == 1):
        if d == x:
            e.text += enc.rr(codes.ALU_RM[mc.ADD][size], table[d], table[d])
        elif value == 1:
            e.text += enc.rm(codes.LEA[size], table[d], (R64[x], R64[x], 1, 0))
        else:
            e.text += enc.rm(codes.LEA[size], table[d], (0, R64[x], 1 << value, 0))
        return
    if not value:
        _clean_copy(e, d, x, size)
        return
    _copy(e, d, x, size)
    if value == 1:
        e.text += enc.ri(codes.SHIFT_ONE[operation][size], table[d], 1)
    else:
        e.text += enc.ri(codes.SHIFT_IMM[operation][size], table[d], value)


def shift(e: Emitter, row: int) -> None:
    """Shift by cl."""
    m = e.m
    aux = m.aux[row]
    size = aux & 3
    e.step(e.at(m.b[row], 4 * row), RCX)
    d = e.at(m.dst[row], 4 * row + 2)
    _copy(e, d, e.at(m.a[row], 4 * row + 1), size)
    e.text += enc.rr(codes.SHIFT_CL[aux >> 2][size], _BY_SIZE[size][d], R8[RCX])


def unary(e: Emitter, row: int) -> None:
    """neg, not."""
    m = e.m
    aux = m.aux[row]
    size = aux & 3
    d = e.at(m.dst[row], 4 * row + 2)
    _copy(e, d, e.at(m.a[row], 4 * row + 1), size)
    e.text += enc.r(codes.NEG_NOT[aux >> 2][size], _BY_SIZE[size][d])


def extend(e: Emitter, row: int) -> None:
    """Extension in registers."""
    m = e.m
    code, wide, source = codes.EXTEND[m.aux[row]]
    d, x = e.at(m.dst[row], 4 * row + 2), e.at(m.a[row], 4 * row + 1)
    e.text += enc.rr(code, (R64 if wide else R32)[d], _BY_SIZE[source][x])


def mulh(e: Emitter, row: int) -> None:
    """High half of a product."""
    m = e.m
    aux = m.aux[row]
    size = aux & 3
    e.step(e.at(m.a[row], 4 * row), RAX)
    code = (codes.IMUL1 if aux & mc.SIGNED else codes.MUL)[size]
    e.text += enc.r(code, _BY_SIZE[size][e.at(m.b[row], 4 * row + 1)])
    e.step(RDX, e.at(m.dst[row], 4 * row + 2))


def umulo(e: Emitter, row: int) -> None:
    """Unsigned multiplication with an overflow check: the high half must be 0."""
    m = e.m
    size = m.aux[row] & 3
    e.step(e.at(m.a[row], 4 * row), RAX)
    e.text += enc.r(codes.MUL[size], _BY_SIZE[size][e.at(m.b[row], 4 * row + 1)])
    _trap_branch(e, row)
    e.step(RAX, e.at(m.dst[row], 4 * row + 2))


def divide(e: Emitter, row: int) -> None:
    """Quotient or remainder."""
    m = e.m
    aux = m.aux[row]
    size = aux & 3
    e.step(e.at(m.a[row], 4 * row), RAX)
    if aux & mc.SIGNED:
        e.text += enc.op(codes.CQO if size == 3 else codes.CDQ)
    else:
        e.text += enc.rr(codes.XOR32, R32[RDX], R32[RDX])
    code = (codes.IDIV if aux & mc.SIGNED else codes.DIV)[size]
    e.text += enc.r(code, _BY_SIZE[size][e.at(m.b[row], 4 * row + 1)])
    e.step(RDX if aux & mc.REMAINDER else RAX, e.at(m.dst[row], 4 * row + 2))


# -- comparisons -------------------------------------------------------------------------------------------------------
def compare(e: Emitter, row: int) -> int:
    """The flags of a comparison row; returns the condition."""
    m = e.m
    aux = m.aux[row]
    form, size, condition = aux & 15, aux >> 4 & 15, aux >> 8 & 255
    at = 4 * row + 1
    if form == mc.RR:
        table = _BY_SIZE[size]
        e.text += enc.rr(codes.ALU_RM[mc.CMP][size], table[e.at(m.a[row], at)], table[e.at(m.b[row], at)])
    elif form == mc.RI:
        immediate(e, mc.CMP, size, e.at(m.a[row], at), m.imm[row])
    elif form == mc.TRR:
        table = _BY_SIZE[size]
        e.text += enc.rr(codes.TEST_RR[size], table[e.at(m.a[row], at)], table[e.at(m.b[row], at)])
    elif form == mc.RM:
        e.rm(codes.ALU_RM[mc.CMP][size], _BY_SIZE[size][e.at(m.a[row], at)], row)
    elif form == mc.MI:
        value = m.imm[row]
        e.mi((codes.ALU_IMM8 if -128 <= value <= 127 else codes.ALU_IMM)[mc.CMP][size], row, value)
    elif form == mc.TRI:
        value, register = m.imm[row], e.at(m.a[row], at)
        # Only equality with 0 is asked of a masked value, so the narrowest form that holds the mask will do.
        size = 0 if 0 <= value <= 127 else 2 if value >= 0 and size == 3 else size
        e.text += enc.ri(codes.TEST_IMM[size], _BY_SIZE[size][register], value)
    elif form == mc.TMI:
        value = m.imm[row]
        size = 0 if 0 <= value <= 127 else 2 if value >= 0 and size == 3 else size
        e.mi(codes.TEST_IMM[size], row, value)
    elif form == mc.FRR:
        e.text += enc.rr(codes.UCOMI[size], XMM[e.at(m.a[row], at) - XMM0], XMM[e.at(m.b[row], at) - XMM0])
    else:
        e.rm(codes.UCOMI[size], XMM[e.at(m.a[row], at) - XMM0], row)
    return condition


def branch(e: Emitter, row: int) -> None:
    """Two-way branch. Moves of a critical edge lie between the branch and a jump, so that a loop's path stays short."""
    m = e.m
    yes, no = m.extra[m.args[row]], m.extra[m.args[row] + 1]
    condition = compare(e, row)
    following = e.next_block[e.here_block]
    yes_stub, no_stub = e.has_stub(yes), e.has_stub(no)
    yes_target, no_target = e.forward[m.edges[yes].succ], e.forward[m.edges[no].succ]
    if no_stub and not (yes_stub and m.weight[yes_target] > m.weight[no_target]):
        e.jump(condition, e.edge_label(yes, row))
        e.parallel(e.moves.edge[no])
        e.go(no_target)
    elif yes_stub:
        if no_target == following and not m.weight[yes_target]:
            e.jump(condition, e.edge_label(yes, row))
            return
        e.jump(condition ^ 1, e.edge_label(no, row))
        e.parallel(e.moves.edge[yes])
        e.go(yes_target)
    elif yes_target == no_target:
        e.go(yes_target)
    elif no_target == following:
        e.jump(condition, yes_target)
    elif yes_target == following:
        e.jump(condition ^ 1, no_target)
    else:
        e.jump(condition, yes_target)
        e.jump(-1, no_target)


def set_flag(e: Emitter, row: int) -> None:
    """A comparison's outcome as 0 or 1."""
    condition = compare(e, row)
    d = e.at(e.m.dst[row], 4 * row + 2)
    if condition >= FEQ:
        # Unordered sets ZF and PF: equality is ZF without PF.
        e.text += enc.r(codes.SETCC[NP if condition == FEQ else P], R8[SCRATCH])
        e.text += enc.r(codes.SETCC[E if condition == FEQ else NE], R8[d])
        operation = mc.AND if condition == FEQ else mc.OR
        e.text += enc.rr(codes.ALU_RM[operation][0], R8[d], R8[SCRATCH])
    else:
        e.text += enc.r(codes.SETCC[condition], R8[d])
    if e.m.aux[row] >> 16 & 1:
        e.text += enc.rr(codes.EXTEND[mc.ZX8][0], R32[d], R8[d])


def trap_compare(e: Emitter, row: int) -> None:
    """A check: a comparison and a branch out of line."""
    label_row = e.m.args[row]
    condition = compare(e, row)
    e.jump(condition, e.trap_label(row, label_row))


def cmov(e: Emitter, row: int) -> None:
    """Selection of one of two registers."""
    m = e.m
    aux = m.aux[row]
    at = 4 * row
    yes, no = (e.at(v, at + 1) for v in m.extra[m.args[row]:m.args[row] + 2])
    d = e.at(m.dst[row], at + 2)
    condition = compare(e, row)
    if aux >> 16 & 1:
        _float_select(e, condition, d, yes, no)
        return
    size = 3 if aux >> 17 & 1 else 2
    table = _BY_SIZE[size]
    if condition < FEQ:
        if d == yes:
            condition, yes, no = condition ^ 1, no, yes
        _copy(e, d, no, 3)
        e.text += enc.rr(codes.CMOV[condition][size], table[d], table[yes])
        return
    # Both conditions of "not equal" overwrite the value for "equal".
    same, other = (yes, no) if condition == FEQ else (no, yes)
    if d == other:
        _copy(e, SCRATCH, other, 3)
        other = SCRATCH
    _copy(e, d, same, 3)
    for flag in (NE, P):
        e.text += enc.rr(codes.CMOV[flag][size], table[d], table[other])


def _float_select(e: Emitter, condition: int, d: int, yes: int, no: int) -> None:
    if d == no:
        condition, yes, no = condition ^ 1, no, yes
    e.step(yes, d)
    skip = e.new_label()
    e.jump(condition, skip)
    e.step(no, d)
    e.place(skip)


# -- control flow and calls ----------------------------------------------------------------------------------------------
def jump(e: Emitter, row: int) -> None:
    """Unconditional edge."""
    edge = e.m.args[row]
    moves = e.moves.edge.get(edge)
    if moves:
        e.parallel(moves)
    e.go(e.forward[e.m.edges[edge].succ])


def switch(e: Emitter, row: int) -> None:
    """A jump table where the constants are dense, else a binary search."""
    m = e.m
    cases, default, size = m.switches[m.args[row]]
    register = e.at(m.a[row], 4 * row + 1)
    labels = [(value, e.edge_label(edge, row)) for value, edge in cases]
    otherwise = e.edge_label(default, row)
    dispatch(e, labels, otherwise, register, size)


def dispatch(e: CodeText, labels: list[tuple[int, int]], otherwise: int, register: int, size: int) -> None:
    """Go to the label of the value in a register; `labels`: (value, label), ascending."""
    # A table jump needs the table's address in 32 bits.
    if e.absolute and len(labels) >= 5 and labels[-1][0] - labels[0][0] < 3 * len(labels):
        jump_table(e, labels, otherwise, register, size)
    else:
        binary_search(e, labels, otherwise, register, size)


def jump_table(e: CodeText, labels: list[tuple[int, int]], otherwise: int, register: int, size: int) -> None:
    low, high = labels[0][0], labels[-1][0]
    table = _BY_SIZE[size]
    if low and -0x80000000 <= -low <= 0x7FFFFFFF:
        e.text += enc.rm(codes.LEA[size], table[SCRATCH], (R64[register], 0, 1, -low))
    elif low:
        e.load_int(SCRATCH, -low)
        e.text += enc.rr(codes.ALU_RM[mc.ADD][size], table[SCRATCH], table[register])
    if low or size == 2:
        if not low:
            _copy(e, SCRATCH, register, 2)
        register = SCRATCH
    immediate(e, mc.CMP, size, register, high - low)
    e.jump(A, otherwise)
    name = f"{e.function.symbol}$table{len(e.tables)}"
    by_value = dict(labels)
    e.tables.append((name, [by_value.get(value, otherwise) for value in range(low, high + 1)]))
    data, offset = enc.m_at(codes.JMP_RM, 0, R64[register], 8)
    e.fixups.append((len(e.text) + offset << 24 | len(e.cuts), 11, name, 0))
    e.text += data


def binary_search(e: CodeText, labels: list[tuple[int, int]], otherwise: int, register: int, size: int) -> None:
    """Compare with the middle, go left or right; up to three constants in a row."""
    todo = [(0, len(labels), -1)]
    while todo:
        low, high, label = todo.pop()
        if label >= 0:
            e.place(label)
        if high - low <= 3:
            for value, target in labels[low:high]:
                _compare_constant(e, register, value, size)
                e.jump(E, target)
            e.jump(-1, otherwise)
            continue
        middle = (low + high) >> 1
        _compare_constant(e, register, labels[middle][0], size)
        left = e.new_label()
        e.jump(L, left)
        todo.append((low, middle, left))
        todo.append((middle, high, -1))


def _compare_constant(e: CodeText, register: int, value: int, size: int) -> None:
    if -0x80000000 <= value <= 0x7FFFFFFF:
        immediate(e, mc.CMP, size, register, value)
    else:
        e.load_int(SCRATCH, value)
        e.text += enc.rr(codes.ALU_RM[mc.CMP][size], _BY_SIZE[size][register], _BY_SIZE[size][SCRATCH])


def give_back(e: Emitter, row: int) -> None:
    """Return."""
    moves = _arguments(e, row)
    if moves:
        e.parallel(moves)
    e.lines.append((e.here(), max(e.line_pos, 0), LINE_EPILOGUE_BEGIN))
    e.epilogue()


def _arguments(e: Emitter, row: int) -> list[tuple[int, int]]:
    """Moves of a row's sources to their fixed places."""
    extra, at, position = e.m.extra, e.m.args[row], 4 * row
    if not at:
        return []
    moves = []
    for k in range(at + 1, at + 1 + 2 * extra[at], 2):
        source = extra[k]
        moves.append((source if source < 0 else e.at(source, position), extra[k + 1]))
    return moves


def call(e: Emitter, row: int) -> None:
    """A call: arguments, the call itself, its site, the result."""
    m = e.m
    moves = _arguments(e, row)
    a = m.a[row]
    if a:
        moves.append((e.at(a, 4 * row), RAX))
    if moves:
        e.parallel(moves)
    way = m.imm[row]
    if way == 0:
        e.call_symbol(e.symbol_name(m.mems[m.mem[row]][2]))
    elif way == 1:
        e.text += enc.r(codes.CALL_RM, R64[RAX])
    else:
        _, disp, symbol = m.mems[m.mem[row]]
        base = m.base[row]
        if symbol:
            e.put_symbolic(enc.m_at(codes.CALL_RM, enc.RIP, 0, 1), symbol, disp, True)
        elif base < 0:
            e.text += enc.m(codes.CALL_RM, (R64[4], 0, 1, disp + e.frame.offset[-base]))
        else:
            e.text += enc.m(codes.CALL_RM, (R64[RAX] if a else 0, 0, 1, disp))
    e.site(m.src[row], e.frame.total)
    d = m.dst[row]
    if d:
        target = e.at(d, 4 * row + 2)
        e.step(XMM0 if XMM0 <= target < SLOT0 else RAX, target)


def landing(e: Emitter, row: int) -> None:
    """The thrown object arrives in rax."""
    e.step(RAX, e.at(e.m.dst[row], 4 * row + 2))


def trap(e: Emitter, row: int) -> None:
    """The terminator trap: the handler is called in place."""
    number = e.m.args[row]
    moves, _ = e.trap_moves(row, number)
    e.call_trap(e.m.traps[number].kind, e.m.traps[number].src, moves, -1)


def copy(e: Emitter, row: int) -> None:
    """Move bytes."""
    e.parallel(_arguments(e, row))
    move_bytes(e, e.m.src[row])


def move_bytes(e: CodeText, src: int) -> None:
    """rcx bytes from rsi to rdi: upwards, or (out of line) downwards where the destination overlaps from above."""
    e.text += enc.rr(codes.MOV_MR[3], R64[SCRATCH], R64[RDI])
    e.text += enc.rr(codes.ALU_RM[mc.SUBTRACT][3], R64[SCRATCH], R64[RSI])
    e.text += enc.rr(codes.ALU_RM[mc.CMP][3], R64[SCRATCH], R64[RCX])
    down, done = e.new_label(), e.new_label()
    e.jump(B, down)
    e.text += b"\xF3\xA4"                       # rep movsb
    e.place(done)

    def downwards(e: CodeText) -> None:
        for register in (RDI, RSI):
            e.text += enc.rm(codes.LEA[3], R64[register], (R64[register], R64[RCX], 1, -1))
        e.text += b"\xFD\xF3\xA4\xFC"           # std; rep movsb; cld
        e.jump(-1, done)
    e.late.append((down, src, downwards))


def zero(e: Emitter, row: int) -> None:
    """Clear bytes."""
    e.parallel(_arguments(e, row))
    e.load_int(RAX, 0)
    e.text += b"\xF3\xAA"                       # rep stosb


def zero_memory(e: Emitter, row: int) -> None:
    """Clear a small constant number (at least 16) of bytes."""
    scratch = XMM[FSCRATCH - XMM0]
    e.text += enc.rr(codes.XORPS, scratch, scratch)
    length = e.m.imm[row]
    for offset in range(0, length - 15, 16):
        e.mr(codes.MOVUPS_MR, scratch, row, offset)
    if length & 15:
        e.mr(codes.MOVUPS_MR, scratch, row, length - 16)


# -- floats ------------------------------------------------------------------------------------------------------------
def fzero(e: Emitter, row: int) -> None:
    """+0.0."""
    register = XMM[e.at(e.m.dst[row], 4 * row + 2) - XMM0]
    e.text += enc.rr(codes.XORPS, register, register)


def loadf(e: Emitter, row: int) -> None:
    """Load a float."""
    e.rm(codes.MOVF_RM[e.m.aux[row]], XMM[e.at(e.m.dst[row], 4 * row + 2) - XMM0], row)


def storef(e: Emitter, row: int) -> None:
    """Store a float."""
    e.mr(codes.MOVF_MR[e.m.aux[row]], XMM[e.at(e.m.a[row], 4 * row + 1) - XMM0], row)


def falu(e: Emitter, row: int) -> None:
    """Float arithmetic; the commutative ones may find the result's register in either operand."""
    m = e.m
    aux = m.aux[row]
    at = 4 * row
    d, x, y = e.at(m.dst[row], at + 2), e.at(m.a[row], at + 1), e.at(m.b[row], at + 1)
    if d == y:
        x, y = y, x
    e.step(x, d)
    e.text += enc.rr(codes.FALU[aux >> 4][aux & 15], XMM[d - XMM0], XMM[y - XMM0])


def falum(e: Emitter, row: int) -> None:
    """Float arithmetic with a memory operand."""
    m = e.m
    aux = m.aux[row]
    d = e.at(m.dst[row], 4 * row + 2)
    e.step(e.at(m.a[row], 4 * row + 1), d)
    e.rm(codes.FALU[aux >> 4][aux & 15], XMM[d - XMM0], row)


def fun(e: Emitter, row: int) -> None:
    """Square root and change of size; the result's register is cleared first to cut a false dependency."""
    m = e.m
    aux = m.aux[row]
    d, x = e.at(m.dst[row], 4 * row + 2), e.at(m.a[row], 4 * row + 1)
    if d != x:
        e.text += enc.rr(codes.XORPS, XMM[d - XMM0], XMM[d - XMM0])
    e.text += enc.rr(codes.FUN[aux >> 4][aux & 15], XMM[d - XMM0], XMM[x - XMM0])


def sitof(e: Emitter, row: int) -> None:
    """Signed integer to float."""
    m = e.m
    size, kind = m.aux[row] & 15, m.aux[row] >> 4
    from_int(e, e.at(m.dst[row], 4 * row + 2), e.at(m.a[row], 4 * row + 1), size, kind)


def from_int(e: CodeText, d: int, x: int, size: int, kind: int) -> None:
    register = XMM[d - XMM0]
    e.text += enc.rr(codes.XORPS, register, register)
    e.text += enc.rr(codes.FROM_INT[size, kind], register, _BY_SIZE[size][x])


def uitof(e: Emitter, row: int) -> None:
    """Unsigned integer to float: above 2**63 the half with the lost bit kept sticky, doubled."""
    m = e.m
    size, kind = m.aux[row] & 15, m.aux[row] >> 4
    from_unsigned(e, e.at(m.dst[row], 4 * row + 2), e.at(m.a[row], 4 * row + 1), size, kind)


def from_unsigned(e: CodeText, d: int, x: int, size: int, kind: int) -> None:
    """Unsigned integer in register x of a size to a float of a kind in d; see `uitof`."""
    if size == 2:
        e.text += enc.rr(codes.MOV_MR[2], R32[SCRATCH], R32[x])
        from_int(e, d, SCRATCH, 3, kind)
        return
    big, even, done = e.new_label(), e.new_label(), e.new_label()
    e.text += enc.rr(codes.TEST_RR[3], R64[x], R64[x])
    e.jump(S, big)
    from_int(e, d, x, 3, kind)
    e.jump(-1, done)
    e.place(big)
    e.text += enc.rr(codes.MOV_MR[3], R64[SCRATCH], R64[x])
    e.text += enc.ri(codes.SHIFT_ONE[mc.SHR][3], R64[SCRATCH], 1)
    e.jump(AE, even)
    immediate(e, mc.OR, 3, SCRATCH, 1)
    e.place(even)
    from_int(e, d, SCRATCH, 3, kind)
    e.text += enc.rr(codes.FALU[mc.FADD][kind], XMM[d - XMM0], XMM[d - XMM0])
    e.place(done)


def ftosi(e: Emitter, row: int) -> None:
    """Float to signed integer, truncating."""
    m = e.m
    size, kind = m.aux[row] & 15, m.aux[row] >> 4
    d, x = e.at(m.dst[row], 4 * row + 2), e.at(m.a[row], 4 * row + 1)
    e.text += enc.rr(codes.TO_INT[size, kind], _BY_SIZE[size][d], XMM[x - XMM0])


def movgx(e: Emitter, row: int) -> None:
    """Bits of a general register into an SSE register."""
    m = e.m
    size = m.aux[row]
    d, x = e.at(m.dst[row], 4 * row + 2), e.at(m.a[row], 4 * row + 1)
    e.text += enc.rr(codes.MOVGX[size], XMM[d - XMM0], _BY_SIZE[size][x])


def movxg(e: Emitter, row: int) -> None:
    """Bits of an SSE register into a general register."""
    m = e.m
    size = m.aux[row]
    d, x = e.at(m.dst[row], 4 * row + 2), e.at(m.a[row], 4 * row + 1)
    e.text += enc.rr(codes.MOVXG[size], _BY_SIZE[size][d], XMM[x - XMM0])


HANDLERS: Final[list[Any]] = [nothing] * len(mc.INFOS)
for _op, _handler in {
        mc.ENTRY: entry, mc.MOVI: movi, mc.MOVSYM: movsym, mc.LEA: lea, mc.LOAD: load, mc.STORE: store, mc.STOREI: storei,
        mc.ALU: alu, mc.SUB: subtract, mc.ALUI: alui, mc.ALUM: alum, mc.ALUMR: alumr, mc.ALUMI: alumi, mc.IMULI: imuli,
        mc.IMULMI: imulmi, mc.SHIFTI: shifti, mc.SHIFT: shift, mc.UNARY: unary, mc.EXT: extend, mc.MULH: mulh,
        mc.UMULO: umulo, mc.DIV: divide, mc.BR: branch, mc.SET: set_flag, mc.TRAPCMP: trap_compare, mc.CMOV: cmov,
        mc.JUMP: jump, mc.SWITCH: switch, mc.RET: give_back, mc.CALL: call, mc.TRAP: trap, mc.FZERO: fzero,
        mc.LOADF: loadf, mc.STOREF: storef, mc.FALU: falu, mc.FSUB: falu, mc.FALUM: falum, mc.FUN: fun, mc.SITOF: sitof,
        mc.UITOF: uitof, mc.FTOSI: ftosi, mc.MOVGX: movgx, mc.MOVXG: movxg, mc.COPY: copy, mc.ZERO: zero,
        mc.ZEROM: zero_memory, mc.LANDING: landing}.items():
    HANDLERS[_op] = _handler
