"""Arithmetic and conversions: how the checked operations of fluxsharp.md sections 4.3 and 6.3 become IR.

Every function takes values already in the right IR type and emits at the context's current position.
"""

from __future__ import annotations

from ..ir import ops, traps
from ..ir import types as ir
from ..ir.module import Value
from .lower_context import Context
from .lower_data import constant_slots, descriptor, literal
from .lower_structs import default_struct, is_struct, store_to
from .typed import Const
from .types import (
    BOOL,
    CHAR,
    DOUBLE,
    ERROR,
    FLOAT,
    FLOATS,
    INT,
    OBJECT,
    UINT,
    EnumType,
    Primitive,
    Type,
    is_reference,
    size_of,
)

_CHECKED = {
    ("+", True): (ops.SADD_TRAP, traps.OVF_ADD), ("-", True): (ops.SSUB_TRAP, traps.OVF_SUB),
    ("*", True): (ops.SMUL_TRAP, traps.OVF_MUL), ("+", False): (ops.UADD_TRAP, traps.OVF_ADD),
    ("-", False): (ops.USUB_TRAP, traps.OVF_SUB), ("*", False): (ops.UMUL_TRAP, traps.OVF_MUL),
}
_WRAPPING = {"+": ops.ADD, "-": ops.SUB, "*": ops.MUL, "&": ops.AND, "|": ops.OR, "^": ops.XOR}
_FLOAT = {"+": ops.FADD, "-": ops.FSUB, "*": ops.FMUL, "/": ops.FDIV}
_FLOAT_COMPARE = {"==": ops.FEQ, "!=": ops.FNE, "<": ops.FLT, "<=": ops.FLE, ">": ops.FGT, ">=": ops.FGE}
_SIGNED_COMPARE = {"==": ops.EQ, "!=": ops.NE, "<": ops.SLT, "<=": ops.SLE, ">": ops.SGT, ">=": ops.SGE}
_UNSIGNED_COMPARE = {"==": ops.EQ, "!=": ops.NE, "<": ops.ULT, "<=": ops.ULE, ">": ops.UGT, ">=": ops.UGE}
COMPARISONS = frozenset(_SIGNED_COMPARE)
OVERFLOW_OF = {"+": traps.OVF_ADD, "-": traps.OVF_SUB, "*": traps.OVF_MUL, "/": traps.OVF_DIV, "%": traps.OVF_MOD,
               "<<": traps.OVF_SHL, "&": traps.OVF_AND, "|": traps.OVF_OR, "^": traps.OVF_XOR}


def number_type(type_: Type) -> Primitive:
    """The primitive behind a numeric type, char, bool or enum."""
    if isinstance(type_, EnumType):
        return type_.underlying
    assert isinstance(type_, Primitive)
    return type_


def constant(fx: Context, type_: Type, value: Const) -> Value:
    """A constant in a type."""
    b = fx.b
    if isinstance(value, bytes):
        return b.symaddr(literal(fx.program, value))
    low, high = constant_slots(number_type(type_), value)
    if type_ in FLOATS:
        return b.emit(ops.FCONST, type_.ir, low, high)
    return b.const(type_.ir, low | high << 32)


def default_value(fx: Context, type_: Type) -> Value:
    """The default of a type: 0, false, U+0000, null, a struct with default fields."""
    if is_struct(type_):
        return default_struct(fx, type_)
    if type_.ir in (ir.F32, ir.F64):
        return fx.b.fconst(type_.ir, 0.0)
    return fx.b.const(type_.ir, 0)


# -- arithmetic ------------------------------------------------------------------------------------------------------------

def arithmetic(fx: Context, op: str, type_: Type, left: Value, right: Value, kind: int = 0) -> Value:
    """`left op right` in an arithmetic type (both operands have it; shift counts are already of it).

    `kind` replaces the trap kind of an overflow.
    """
    b = fx.b
    if type_ in FLOATS:
        if op == "%":
            return fx.library("__fmod_f64" if type_ is DOUBLE else "__fmod_f32", left, right)
        return b.bin(_FLOAT[op], type_.ir, left, right)
    known = number_type(type_)
    if op in ("/", "%"):
        return _divide(fx, op, known, left, right)
    if op in ("<<", ">>"):
        mask = b.const(known.ir, known.bits - 1)
        count = b.bin(ops.AND, known.ir, right, mask)
        return b.bin(ops.SHL if op == "<<" else ops.ASHR if known.signed else ops.LSHR, known.ir, left, count)
    if op in ("&", "|", "^") or fx.unchecked:
        return b.bin(_WRAPPING[op], known.ir, left, right)
    checked, trap = _CHECKED[op, known.signed]
    fx.program.use_trap(kind or trap)
    return b.trapping(checked, known.ir, left, right, kind or trap)


def _divide(fx: Context, op: str, type_: Primitive, left: Value, right: Value) -> Value:
    b, insts = fx.b, fx.b.module.insts
    is_const = insts.op[right] == ops.ICONST
    divisor = b.module.imm(right) if is_const else 0
    if not is_const or divisor == 0:
        fx.trapif(b.cmp(ops.EQ, right, b.const(type_.ir, 0)), traps.DIV_ZERO)
    if not type_.signed:
        return b.bin(ops.UDIV if op == "/" else ops.UREM, type_.ir, left, right)
    operation = ops.SDIV if op == "/" else ops.SREM
    if is_const and divisor != -1:
        return b.bin(operation, type_.ir, left, right)
    minus_one = b.cmp(ops.EQ, right, b.const(type_.ir, -1))
    if not fx.unchecked:
        at_minimum = b.cmp(ops.EQ, left, b.const(type_.ir, type_.low))
        fx.trapif(b.bin(ops.AND, ir.BOOL, at_minimum, minus_one), OVERFLOW_OF[op])
        return b.bin(operation, type_.ir, left, right)
    # minimum / -1 faults in hardware: divide by 1 instead and negate (or give 0) afterwards
    safe = b.select(type_.ir, minus_one, b.const(type_.ir, 1), right)
    plain = b.bin(operation, type_.ir, left, safe)
    special = b.un(ops.NEG, type_.ir, left) if op == "/" else b.const(type_.ir, 0)
    return b.select(type_.ir, minus_one, special, plain)


def negate(fx: Context, type_: Type, value: Value, kind: int = traps.OVF_NEG) -> Value:
    """`-value`; the minimum overflows."""
    if type_ in FLOATS:
        return fx.b.un(ops.FNEG, type_.ir, value)
    if fx.unchecked:
        return fx.b.un(ops.NEG, type_.ir, value)
    fx.program.use_trap(kind)
    return fx.b.trapping(ops.SSUB_TRAP, type_.ir, fx.b.const(type_.ir, 0), value, kind)


def compare(fx: Context, op: str, type_: Type, left: Value, right: Value) -> Value:
    """A comparison of two values of one type: a bool."""
    if type_ in FLOATS:
        return fx.b.cmp(_FLOAT_COMPARE[op], left, right)
    if is_reference(type_) or type_ is BOOL:
        return fx.b.cmp(_UNSIGNED_COMPARE[op], left, right)
    table = _SIGNED_COMPARE if number_type(type_).signed else _UNSIGNED_COMPARE
    return fx.b.cmp(table[op], left, right)


def truth(fx: Context, type_: Type, value: Value) -> Value:
    """A condition value (bool or any integer) as a bool."""
    if type_.ir == ir.BOOL:
        return value
    return fx.b.cmp(ops.NE, value, fx.b.const(type_.ir, 0))


# -- conversions -----------------------------------------------------------------------------------------------------------

def widen(fx: Context, source: Primitive, value: Value, target_ir: int) -> Value:
    """An integer, char or bool value in an IR integer type at least as wide or narrower: extended by the source's sign or cut."""
    have, want = ir.BITS[source.ir], ir.BITS[target_ir]
    if source.ir == target_ir:
        return value
    if want > have:
        return fx.b.un(ops.SEXT if source.signed else ops.ZEXT, target_ir, value)
    if want < have:
        return fx.b.un(ops.TRUNC, target_ir, value)
    return fx.b.un(ops.BITCAST, target_ir, value)


def convert(fx: Context, value: Value, source: Type, target: Type) -> Value:
    """An implicit conversion (section 4.2) of a value that is not constant."""
    if source is target or target is ERROR or source is ERROR:
        return value
    if is_reference(target):
        if is_reference(source):
            return value
        assert target is OBJECT
        return box(fx, value, source)
    if source in FLOATS and target not in FLOATS:
        return cast(fx, value, source, target)  # the result of sqrt, floor, ceil, round
    known = number_type(source)
    if target in FLOATS:
        return to_float(fx, value, known, target)
    return widen(fx, known, value, target.ir)


def to_float(fx: Context, value: Value, source: Primitive, target: Type) -> Value:
    """A number or char as float or double, nearest value."""
    b = fx.b
    if source is FLOAT:
        return value if target is FLOAT else b.un(ops.FEXT, ir.F64, value)
    if source is DOUBLE:
        return value if target is DOUBLE else b.un(ops.FTRUNC, ir.F32, value)
    if source is UINT:
        return b.un(ops.UITOF, target.ir, value)
    return b.un(ops.SITOF, target.ir, widen(fx, source, value, ir.I64))


def box(fx: Context, value: Value, source: Type) -> Value:
    """A value type copied into an object."""
    b = fx.b
    size = 8 + (size_of(source) + 7 & -8)
    address = fx.library("__new", _address(fx, b.symaddr(descriptor(fx.program, source, boxed=True))), b.const(ir.I64, size))
    pointer = b.un(ops.BITCAST, ir.PTR, address)
    store_to(fx, source, pointer, value, 8)
    return pointer


def _address(fx: Context, pointer: Value) -> Value:
    return fx.b.un(ops.BITCAST, ir.I64, pointer)


def cast(fx: Context, value: Value, source: Type, target: Type) -> Value:
    """An explicit cast between numeric types, char and enums (section 4.3), checked unless in an unchecked context."""
    if source is target:
        return value
    if target in FLOATS:
        return to_float(fx, value, number_type(source), target)
    wanted = number_type(target)
    if source in FLOATS:
        return _float_to_integer(fx, value, number_type(source), wanted)
    have = number_type(source)
    if isinstance(source, EnumType) and isinstance(target, EnumType) and have is wanted:
        return value
    if not fx.unchecked:
        _check_range(fx, value, have, wanted)
    return widen(fx, have, value, wanted.ir)


def _check_range(fx: Context, value: Value, have: Primitive, wanted: Primitive) -> None:
    if wanted.low <= have.low and have.high <= wanted.high and wanted is not CHAR:
        return
    b = fx.b
    wide = widen(fx, have, value, ir.I64)
    code = b.const(ir.I64, wanted.code)
    kind = traps.CAST_UINT if have is UINT else traps.CAST_INT
    for bad in range_violations(fx, wide, have, wanted):
        fx.trapif(bad, kind, (wide, code))


def range_violations(fx: Context, wide: Value, have: Primitive, wanted: Primitive) -> list[Value]:
    """Bools that are true where a 64-bit value of type `have` does not fit `wanted`."""
    b = fx.b
    out: list[Value] = []
    if have is UINT:
        if wanted.high < have.high:
            out.append(b.cmp(ops.UGT, wide, b.const(ir.I64, wanted.high)))
    elif wanted.low == 0 and have.low < 0 and wanted is not UINT:
        # negative numbers are huge as unsigned ones: one compare checks both ends
        out.append(b.cmp(ops.UGT, wide, b.const(ir.I64, wanted.high)))
    elif wanted is UINT:
        out.append(b.cmp(ops.SLT, wide, b.const(ir.I64, 0)))
    elif have.low < wanted.low and wanted.signed and wanted.ir != ir.I64:
        narrow = b.un(ops.SEXT, ir.I64, b.un(ops.TRUNC, wanted.ir, wide))
        out.append(b.cmp(ops.NE, narrow, wide))
    elif wanted.high < have.high:
        out.append(b.cmp(ops.SGT, wide, b.const(ir.I64, wanted.high)))
    if wanted is CHAR and have.high >= 0xD800:
        offset = b.bin(ops.SUB, ir.I64, wide, b.const(ir.I64, 0xD800))
        out.append(b.cmp(ops.ULT, offset, b.const(ir.I64, 0x800)))
    return out


def _float_to_integer(fx: Context, value: Value, source: Primitive, wanted: Primitive) -> Value:
    b = fx.b
    wide = value if source is DOUBLE else b.un(ops.FEXT, ir.F64, value)
    if fx.unchecked:
        return _saturate(fx, wide, wanted)
    exact_low = wanted.low == INT.low
    above = b.cmp(ops.FGE if exact_low else ops.FGT, wide, b.fconst(ir.F64, float(wanted.low if exact_low else wanted.low - 1)))
    below = b.cmp(ops.FLT, wide, b.fconst(ir.F64, float(wanted.high + 1)))
    good = b.bin(ops.AND, ir.BOOL, above, below)
    code = b.const(ir.I64, wanted.code + (64 if source is FLOAT else 0))
    fx.trapif(b.cmp(ops.EQ, good, b.const(ir.BOOL, 0)), traps.CAST_FLOAT, (wide, code))
    result = _truncate(fx, wide, wanted)
    if wanted is CHAR:
        offset = b.bin(ops.SUB, ir.I64, result, b.const(ir.I64, 0xD800))
        fx.trapif(b.cmp(ops.ULT, offset, b.const(ir.I64, 0x800)), traps.CAST_FLOAT, (wide, code))
    return b.un(ops.TRUNC, wanted.ir, result) if wanted.ir != ir.I64 else result


def _truncate(fx: Context, wide: Value, wanted: Primitive) -> Value:
    """A double known to be in range, toward zero, as I64."""
    b = fx.b
    if wanted is not UINT:
        return b.un(ops.FTOSI, ir.I64, wide)
    limit = b.fconst(ir.F64, 9223372036854775808.0)
    big = b.cmp(ops.FGE, wide, limit)
    low = b.un(ops.FTOSI, ir.I64, wide)
    high = b.bin(ops.XOR, ir.I64, b.un(ops.FTOSI, ir.I64, b.bin(ops.FSUB, ir.F64, wide, limit)), b.const(ir.I64, 1 << 63))
    return b.select(ir.I64, big, high, low)


def _saturate(fx: Context, wide: Value, wanted: Primitive) -> Value:
    """Unchecked: NaN gives 0, numbers out of range the nearest end."""
    b = fx.b
    result = _truncate(fx, wide, wanted)
    under = b.cmp(ops.FLT, wide, b.fconst(ir.F64, float(wanted.low)))
    over = b.cmp(ops.FGE, wide, b.fconst(ir.F64, float(wanted.high + 1)))
    result = b.select(ir.I64, under, b.const(ir.I64, wanted.low), result)
    result = b.select(ir.I64, over, b.const(ir.I64, wanted.high), result)
    result = b.select(ir.I64, b.cmp(ops.FEQ, wide, wide), result, b.const(ir.I64, 0))
    return b.un(ops.TRUNC, wanted.ir, result) if wanted.ir != ir.I64 else result


def store_back(fx: Context, value: Value, source: Type, target: Type, kind: int) -> Value:
    """The result of a compound assignment or ++ in the target's type: not fitting is the operation's overflow."""
    if source is target:
        return value
    if source in FLOATS or target in FLOATS:
        if source in FLOATS and target in FLOATS:
            return to_float(fx, value, number_type(source), target)
        return cast(fx, value, source, target)
    have, wanted = number_type(source), number_type(target)
    if not fx.unchecked and kind:
        wide = widen(fx, have, value, ir.I64)
        for bad in range_violations(fx, wide, have, wanted):
            fx.trapif(bad, kind)
    return widen(fx, have, value, wanted.ir)


# -- arrays ----------------------------------------------------------------------------------------------------------------

def element_address(fx: Context, array: Value, index: Value, unsigned: bool, element: Type) -> Value:
    """Checks null and bounds and gives the element's address minus 16 (the array header)."""
    b = fx.b
    fx.nullcheck(array)
    length = b.load(ir.I64, array, 8, ops.INVARIANT)
    kind = traps.INDEX_U if unsigned else traps.INDEX
    fx.program.use_trap(kind)
    b.bounds(index, length, kind)
    return scaled(fx, array, index, size_of(element))


def scaled(fx: Context, base: Value, index: Value, size: int) -> Value:
    """base + index * size."""
    b = fx.b
    if size == 1:
        return b.bin(ops.ADD, ir.PTR, base, index)
    if size & size - 1 == 0:
        offset = b.bin(ops.SHL, ir.I64, index, b.const(ir.I64, size.bit_length() - 1))
    else:
        offset = b.bin(ops.MUL, ir.I64, index, b.const(ir.I64, size))
    return b.bin(ops.ADD, ir.PTR, base, offset)
