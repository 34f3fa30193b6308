"""Selection of float arithmetic and conversions, SSE2 only."""

from __future__ import annotations

from typing import Final

from ..ir import ops
from ..ir.types import F32, I32, IS_FLOAT
from . import machine as mc
from .isel import Selector
from .isel_flow import float_memory

_FALU: Final = {ops.FADD: mc.FADD, ops.FSUB: mc.FSUBTRACT, ops.FMUL: mc.FMUL, ops.FDIV: mc.FDIV}


def arithmetic(s: Selector, inst: int) -> None:
    """fadd, fsub, fmul, fdiv."""
    number = s.op[inst]
    x, y = s.a[inst], s.b[inst]
    size = s.float_size(inst)
    aux = _FALU[number] << 4 | size
    commutes = number in (ops.FADD, ops.FMUL)
    if commutes and s.op[x] == ops.FCONST:
        x, y = y, x
    mem = float_memory(s, y, size)
    if mem is None and commutes:
        mem = float_memory(s, x, size)
        if mem is not None:
            x = y
    if mem is not None:
        s.row(mc.FALUM, s.vreg[inst], s.reg(x), mem=mem, aux=aux)
    else:
        s.row(mc.FALU if commutes else mc.FSUB, s.vreg[inst], s.reg(x), s.reg(y), aux=aux)


def sign(s: Selector, inst: int) -> None:
    """fneg, fabs: flip or clear the sign bit with a mask from read-only data."""
    size = s.float_size(inst)
    top = 1 << (8 << size) - 1
    flip = s.op[inst] == ops.FNEG
    mask = top if flip else top - 1
    aux = (mc.FXOR if flip else mc.FAND) << 4 | size
    s.row(mc.FALUM, s.vreg[inst], s.reg(s.a[inst]), mem=s.pool_mem(mask, 4), aux=aux)


def root(s: Selector, inst: int) -> None:
    """fsqrt."""
    s.row(mc.FUN, s.vreg[inst], s.reg(s.a[inst]), aux=mc.FSQRT << 4 | s.float_size(inst))


def resize(s: Selector, inst: int) -> None:
    """fext, ftrunc."""
    value = s.a[inst]
    operation = mc.FEXT if s.op[inst] == ops.FEXT else mc.FTRUNC
    s.row(mc.FUN, s.vreg[inst], s.reg(value), aux=operation << 4 | s.float_size(value))


def from_int(s: Selector, inst: int) -> None:
    """sitof, uitof; aux: size of the integer | size of the float << 4."""
    value = s.a[inst]
    op = mc.SITOF if s.op[inst] == ops.SITOF else mc.UITOF
    s.row(op, s.vreg[inst], s.reg(value), aux=(2 if s.type[value] == I32 else 3) | s.float_size(inst) << 4)


def to_int(s: Selector, inst: int) -> None:
    """ftosi; aux as above."""
    value = s.a[inst]
    s.row(mc.FTOSI, s.vreg[inst], s.reg(value), aux=(2 if s.type[inst] == I32 else 3) | s.float_size(value) << 4)


def cast(s: Selector, inst: int) -> None:
    """bitcast between the register classes (others share the register)."""
    size = 2 if s.type[inst] in (F32, I32) else 3
    op = mc.MOVGX if IS_FLOAT[s.type[inst]] else mc.MOVXG
    s.row(op, s.vreg[inst], s.reg(s.a[inst]), aux=size)
