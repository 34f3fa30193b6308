"""Selection of integer arithmetic, conversions, loads and stores."""

from __future__ import annotations

from typing import Final

from ..ir import ops
from ..ir.types import BITS, BOOL, F32, F64, I8, I16, I32, I64, IS_FLOAT, PTR
from . import machine as mc
from .isel import S32_MIN, SIZE, Selector
from .target import GENERAL, RCX, RDI, RSI, B, O

_ALU: Final = {ops.ADD: mc.ADD, ops.AND: mc.AND, ops.OR: mc.OR, ops.XOR: mc.XOR, ops.SUB: mc.SUBTRACT, ops.MUL: mc.IMUL}
_SHIFT: Final = {ops.SHL: mc.SHL, ops.LSHR: mc.SHR, ops.ASHR: mc.SAR}
_LOAD: Final = {BOOL: mc.ZX8, I8: mc.ZX8, I16: mc.ZX16, I32: mc.MOV32, I64: mc.MOV64, PTR: mc.MOV64}
EXTENSIONS: Final = {(I8, I16): mc.SX8_32, (I8, I32): mc.SX8_32, (I8, I64): mc.SX8_64, (I16, I32): mc.SX16_32,
                (I16, I64): mc.SX16_64, (I32, I64): mc.SX32_64}
_LEA_FACTORS: Final = {3: 2, 5: 4, 9: 8}
COPY_INLINE: Final = 40
ZERO_INLINE: Final = 128
"""Up to so many bytes `copy` and `zero` of constant size become single moves."""


def add(s: Selector, inst: int) -> None:
    """add: immediate, lea for shifted or three-part sums, memory operand, or plain."""
    x, y = s.a[inst], s.b[inst]
    size = SIZE[s.type[inst]]
    if s.op[s.resolve_const(x)] == ops.ICONST:
        x, y = y, x
    dst = s.vreg[inst]
    amount = s.imm32(y)
    if size == 3 and (s.op[x] == ops.SLOT or s.op[x] == ops.SYMADDR):
        s.row(mc.LEA, dst, mem=s.address(inst, 0), aux=3)
        return
    if amount is not None:
        inner = s.resolve(x)
        if s.op[inner] == ops.ADD and s.single(inner) and SIZE[s.type[inner]] == size and s.imm32(s.b[inner]) is None:
            scale, index = s.scaled(s.b[inner])
            s.row(mc.LEA, dst, mem=(s.reg(s.a[inner]), s.reg(index), s.mem_id(scale, amount, 0)), aux=size)
            return
        factor = s.imm32(s.b[inner]) if s.op[inner] == ops.MUL and SIZE[s.type[inner]] == size and s.single(inner) else 0
        if factor in _LEA_FACTORS:
            vreg = s.reg(s.a[inner])
            s.row(mc.LEA, dst, mem=(vreg, vreg, s.mem_id(_LEA_FACTORS[factor], amount, 0)), aux=size)
            return
        s.row(mc.ALUI, dst, s.reg(x), imm=amount, aux=mc.ADD << 2 | size)
        return
    for p, q in ((x, y), (y, x)):
        scale, index = _shifted(s, q, size)
        if scale > 1:
            s.row(mc.LEA, dst, mem=(s.reg(p), s.reg(index), s.mem_id(scale, 0, 0)), aux=size)
            return
    _binary(s, dst, x, y, mc.ADD, size)


def _shifted(s: Selector, value: int, size: int) -> tuple[int, int]:
    """(scale, value) for a single-use shift left by 1..3 of the wanted size."""
    if s.op[value] == ops.SHL and s.single(value) and SIZE[s.type[value]] == size:
        amount = s.imm32(s.b[value])
        if amount is not None and 0 < amount <= 3:
            return 1 << amount, s.a[value]
    return 1, value


def _binary(s: Selector, dst: int, x: int, y: int, operation: int, size: int, extra: int = 0, trap: int = 0) -> None:
    """A commutative operation of two values, with a load folded if possible."""
    aux = operation << 2 | size | extra
    if size >= 2:
        if s.folds_load(y, size):
            s.row(mc.ALUM, dst, s.reg(x), mem=load_address(s, y), aux=aux, args=trap)
            return
        if s.folds_load(x, size):
            s.row(mc.ALUM, dst, s.reg(y), mem=load_address(s, x), aux=aux, args=trap)
            return
    s.row(mc.ALU, dst, s.reg(x), s.reg(y), aux=aux, args=trap)


def load_address(s: Selector, load: int) -> tuple[int, int, int]:
    """Memory operand of a load."""
    return s.address(s.a[load], s.module.disp(s.b[load]))


def sub(s: Selector, inst: int) -> None:
    """sub; a constant is added with the opposite sign, so that lea may do it."""
    x, y = s.a[inst], s.b[inst]
    size = SIZE[s.type[inst]]
    amount = s.imm32(y)
    dst = s.vreg[inst]
    if amount is not None and amount != S32_MIN:
        s.row(mc.ALUI, dst, s.reg(x), imm=-amount, aux=mc.ADD << 2 | size)
    elif s.imm32(x) == 0:
        s.row(mc.UNARY, dst, s.reg(y), aux=mc.NEG << 2 | size)
    elif s.folds_load(y, size):
        s.row(mc.ALUM, dst, s.reg(x), mem=load_address(s, y), aux=mc.SUBTRACT << 2 | size)
    else:
        s.row(mc.SUB, dst, s.reg(x), s.reg(y), aux=mc.SUBTRACT << 2 | size)


def logic(s: Selector, inst: int) -> None:
    """and, or, xor; a rotate from two shifts."""
    x, y = s.a[inst], s.b[inst]
    number = s.op[inst]
    if s.op[s.resolve_const(x)] == ops.ICONST:
        x, y = y, x
    size = SIZE[s.type[inst]]
    dst = s.vreg[inst]
    if number == ops.OR and size >= 2 and _rotate(s, inst, x, y, size):
        return
    operation = _ALU[number]
    amount = s.imm32(y)
    wide = max(size, 2)
    if amount is not None:
        s.row(mc.ALUI, dst, s.reg(x), imm=amount, aux=operation << 2 | wide)
    elif number == ops.AND and s.op[y] == ops.ICONST and s.module.imm(y) == 0xFFFFFFFF:
        s.row(mc.EXT, dst, s.reg(x), aux=mc.MOV32)
    else:
        _binary(s, dst, x, y, operation, wide)


def _rotate(s: Selector, inst: int, x: int, y: int, size: int) -> bool:
    if s.op[x] == ops.LSHR:
        x, y = y, x
    if s.op[x] != ops.SHL or s.op[y] != ops.LSHR or not (s.single(x) and s.single(y)) or s.a[x] != s.a[y]:
        return False
    left, right = s.imm32(s.b[x]), s.imm32(s.b[y])
    if left is None or right is None or left + right != 8 << size or not 0 < left < 8 << size:
        return False
    s.row(mc.SHIFTI, s.vreg[inst], s.reg(s.a[x]), imm=left, aux=mc.ROL << 2 | size)
    return True


def mul(s: Selector, inst: int) -> None:
    """mul: shift, lea, three-operand form or plain."""
    x, y = s.a[inst], s.b[inst]
    if s.op[s.resolve_const(x)] == ops.ICONST:
        x, y = y, x
    size = SIZE[s.type[inst]]
    dst = s.vreg[inst]
    amount = s.imm32(y)
    if amount is None:
        _binary(s, dst, x, y, mc.IMUL, size)
    elif amount > 0 and amount & (amount - 1) == 0:
        if amount == 1:
            s.row(mc.ALUI, dst, s.reg(x), imm=0, aux=mc.ADD << 2 | size)
        else:
            s.row(mc.SHIFTI, dst, s.reg(x), imm=amount.bit_length() - 1, aux=mc.SHL << 2 | size)
    elif amount in _LEA_FACTORS:
        vreg = s.reg(x)
        s.row(mc.LEA, dst, mem=(vreg, vreg, s.mem_id(_LEA_FACTORS[amount], 0, 0)), aux=size)
    elif s.folds_load(x, size):
        s.row(mc.IMULMI, dst, mem=load_address(s, x), imm=amount, aux=size)
    else:
        s.row(mc.IMULI, dst, s.reg(x), imm=amount, aux=size)


def shift(s: Selector, inst: int) -> None:
    """shl, lshr, ashr by a constant or by cl."""
    x, y = s.a[inst], s.b[inst]
    size = SIZE[s.type[inst]]
    operation = _SHIFT[s.op[inst]]
    amount = s.imm32(y)
    if amount is not None:
        amount &= (8 << size) - 1
        inner = s.resolve(x)
        if (amount == (8 << size) - 1 and operation == mc.SHR and s.op[inner] == ops.ASHR and s.single(x)
                and s.type[inner] == s.type[inst] and s.imm32(s.b[inner]) is not None):
            x = s.a[inner]          # the sign bit is the same before and after an arithmetic shift
        s.row(mc.SHIFTI, s.vreg[inst], s.reg(x), imm=amount, aux=operation << 2 | size)
        return
    # The processor masks the count as the IR does, so a mask in the source is superfluous.
    count = s.resolve(y)
    if s.op[count] == ops.AND and s.single(count) and s.imm32(s.b[count]) == (8 << size) - 1:
        count = s.a[count]
    s.row(mc.SHIFT, s.vreg[inst], s.reg(x), s.reg(count), aux=operation << 2 | size)


def negate(s: Selector, inst: int) -> None:
    """neg."""
    s.row(mc.UNARY, s.vreg[inst], s.reg(s.a[inst]), aux=mc.NEG << 2 | SIZE[s.type[inst]])


def invert(s: Selector, inst: int) -> None:
    """not; of a bool it swaps 0 and 1."""
    if s.type[inst] == BOOL:
        s.row(mc.ALUI, s.vreg[inst], s.reg(s.a[inst]), imm=1, aux=mc.XOR << 2 | 2)
    else:
        s.row(mc.UNARY, s.vreg[inst], s.reg(s.a[inst]), aux=mc.NOT << 2 | max(SIZE[s.type[inst]], 2))


def divide(s: Selector, inst: int) -> None:
    """sdiv, udiv, srem, urem by the division instruction."""
    number = s.op[inst]
    flags = (mc.SIGNED if number in (ops.SDIV, ops.SREM) else 0) | (mc.REMAINDER if number in (ops.SREM, ops.UREM) else 0)
    s.row(mc.DIV, s.vreg[inst], s.reg(s.a[inst]), s.reg(s.b[inst]), aux=SIZE[s.type[inst]] | flags)


def mulh(s: Selector, inst: int) -> None:
    """umulh, smulh."""
    flags = mc.SIGNED if s.op[inst] == ops.SMULH else 0
    s.row(mc.MULH, s.vreg[inst], s.reg(s.a[inst]), s.reg(s.b[inst]), aux=SIZE[s.type[inst]] | flags)


_CHECKED: Final = {
    ops.SADD_TRAP: (mc.ADD, O), ops.SSUB_TRAP: (mc.SUBTRACT, O), ops.SMUL_TRAP: (mc.IMUL, O),
    ops.UADD_TRAP: (mc.ADD, B), ops.USUB_TRAP: (mc.SUBTRACT, B), ops.UMUL_TRAP: (mc.IMUL, O),
}


def checked(s: Selector, inst: int) -> None:
    """Checked arithmetic: the operation and a jump on overflow or carry to the trap."""
    number = s.op[inst]
    x, y = s.a[inst], s.b[inst]
    size = SIZE[s.type[inst]]
    operation, condition = _CHECKED[number]
    trap = s.trap(s.c[inst])
    dst = s.vreg[inst] or s.define(inst)
    extra = (condition + 1) << 8
    if operation != mc.SUBTRACT and s.op[s.resolve_const(x)] == ops.ICONST:
        x, y = y, x
    amount = s.imm32(y)
    if amount == 2 and number in (ops.SMUL_TRAP, ops.UMUL_TRAP):
        vreg = s.reg(x)
        condition = O if number == ops.SMUL_TRAP else B
        s.row(mc.ALU, dst, vreg, vreg, aux=mc.ADD << 2 | size | (condition + 1) << 8, args=trap)
    elif number == ops.UMUL_TRAP:
        s.row(mc.UMULO, dst, s.reg(x), s.reg(y), aux=size | extra, args=trap)
    elif amount is not None:
        if operation == mc.IMUL:
            s.row(mc.IMULI, dst, s.reg(x), imm=amount, aux=size | extra, args=trap)
        else:
            s.row(mc.ALUI, dst, s.reg(x), imm=amount, aux=operation << 2 | size | extra, args=trap)
    elif operation != mc.SUBTRACT:
        _binary(s, dst, x, y, operation, size, extra, trap)
    elif s.folds_load(y, size):
        s.row(mc.ALUM, dst, s.reg(x), mem=load_address(s, y), aux=operation << 2 | size | extra, args=trap)
    else:
        s.row(mc.SUB, dst, s.reg(x), s.reg(y), aux=operation << 2 | size | extra, args=trap)


def sign_extend(s: Selector, inst: int) -> None:
    """sext, loading with extension where the operand is a load."""
    _extend(s, inst, EXTENSIONS.get((s.type[s.a[inst]], s.type[inst]), mc.ZX8))


def zero_extend(s: Selector, inst: int) -> None:
    """zext (those that cost nothing never get here)."""
    value = s.a[inst]
    if s.op[value] in COMPARISONS and s.single(value):
        from .isel_flow import set_row
        set_row(s, s.vreg[inst], value, 1 << 16)
        return
    bits = BITS[s.type[value]]
    _extend(s, inst, mc.ZX8 if bits == 8 else mc.ZX16 if bits == 16 else mc.MOV32)


def _extend(s: Selector, inst: int, kind: int) -> None:
    value = s.resolve(s.a[inst])
    size = SIZE[s.type[s.a[inst]]]
    if s.folds_load(value, size):
        s.row(mc.LOAD, s.vreg[inst], mem=load_address(s, value), aux=kind)
    else:
        s.row(mc.EXT, s.vreg[inst], s.reg(s.a[inst]), aux=kind)


def load(s: Selector, inst: int) -> None:
    """load."""
    type_ = s.type[inst]
    if type_ in (F32, F64):
        s.row(mc.LOADF, s.vreg[inst], mem=load_address(s, inst), aux=2 if type_ == F32 else 3)
    else:
        s.row(mc.LOAD, s.vreg[inst], mem=load_address(s, inst), aux=_LOAD[type_])


_READ_MODIFY: Final = frozenset((ops.ADD, ops.SUB, ops.AND, ops.OR, ops.XOR))


def store(s: Selector, inst: int) -> None:
    """store: of a constant, as read-modify-write of the same place, or of a register."""
    value = s.b[inst]
    type_ = s.type[value]
    size = SIZE[type_]
    disp = s.module.disp(s.c[inst])
    const = s.resolve_const(value)
    number = s.op[const]
    if number == ops.FCONST or number == ops.ICONST:
        s.row(mc.STOREI, 0, mem=s.address(s.a[inst], disp), imm=s.module.imm(const), aux=size)
        return
    if IS_FLOAT[type_]:
        s.row(mc.STOREF, 0, s.reg(value), mem=s.address(s.a[inst], disp), aux=size)
        return
    if number in _READ_MODIFY and size >= 2 and s.single(const) and _modify(s, inst, const, size, disp):
        return
    s.row(mc.STORE, 0, s.reg(value), mem=s.address(s.a[inst], disp), aux=size)


def _modify(s: Selector, inst: int, value: int, size: int, disp: int) -> bool:
    """store p, op(load p, y) becomes `op [p], y`."""
    x, y = s.a[value], s.b[value]
    number = s.op[value]
    for first, second in ((x, y), (y, x)):
        if (s.folds_load(first, size) and s.a[first] == s.a[inst] and s.module.disp(s.b[first]) == disp
                and s.epoch[value] == s.epoch[inst]):
            aux = _ALU[number] << 2 | size
            amount = s.imm32(second)
            mem = s.address(s.a[inst], disp)
            if amount is not None:
                s.row(mc.ALUMI, 0, mem=mem, imm=amount, aux=aux)
            else:
                s.row(mc.ALUMR, 0, s.reg(second), mem=mem, aux=aux)
            return True
        if number == ops.SUB:
            break
    return False


def copy(s: Selector, inst: int) -> None:
    """copy: register moves (all loads before all stores) for small constant sizes, else a string move."""
    length = s.imm32(s.c[inst])
    if length is None or not 0 <= length <= COPY_INLINE:
        pairs = (s.source(s.a[inst]), RDI, s.source(s.b[inst]), RSI, s.source(s.c[inst]), RCX)
        s.row(mc.COPY, 0, args=s.list_of(pairs, 3))
        return
    parts = pieces(length)
    temps = [s.m.new_vreg(GENERAL) for _ in parts]
    for (offset, size), temp in zip(parts, temps):
        s.row(mc.STORE, 0, temp, mem=s.address(s.a[inst], offset), aux=size)
    for (offset, size), temp in zip(parts, temps):
        s.row(mc.LOAD, temp, mem=s.address(s.b[inst], offset), aux=(mc.ZX8, mc.ZX16, mc.MOV32, mc.MOV64)[size])


def pieces(length: int) -> list[tuple[int, int]]:
    """(offset, size code) of moves that cover `length` bytes; the last one may overlap the one before."""
    if length >= 8:
        out = [(at, 3) for at in range(0, length - 7, 8)]
        return out if length & 7 == 0 else [*out, (length - 8, 3)]
    if length > 4:
        return [(0, 2), (length - 4, 2)]
    return ([], [(0, 0)], [(0, 1)], [(0, 1), (2, 0)], [(0, 2)])[length]


def zero(s: Selector, inst: int) -> None:
    """zero: stores for small constant sizes, else a string store."""
    length = s.imm32(s.b[inst])
    if length is None or not 0 <= length <= ZERO_INLINE:
        pairs = (s.source(s.a[inst]), RDI, s.source(s.b[inst]), RCX)
        s.row(mc.ZERO, 0, args=s.list_of(pairs, 2))
    elif length >= 16:
        s.row(mc.ZEROM, 0, mem=s.address(s.a[inst], 0), imm=length)
    else:
        for offset, size in pieces(length):
            s.row(mc.STOREI, 0, mem=s.address(s.a[inst], offset), aux=size)


COMPARISONS: Final[frozenset[int]] = frozenset(range(ops.EQ, ops.UGE + 1)) | frozenset(range(ops.FEQ, ops.FGE + 1))
