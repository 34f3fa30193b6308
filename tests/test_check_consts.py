"""Constant evaluation gives what the compiled program computes: compared with the definition the IR's folding rests on."""

from __future__ import annotations

from math import isnan

from hypothesis import given, settings
from hypothesis import strategies as st

from starklink.frontend import consts
from starklink.frontend.types import BYTE, CHAR, DOUBLE, FLOAT, I8, I16, I32, INT, U16, U32, UINT, Primitive
from starklink.ir import ops
from starklink.ir import types as ir
from starklink.ir.module import float_bits
from starklink.ir.semantics import MASKS, evaluate, signed, to_float

ARITHMETIC = (I32, INT, U32, UINT)
INTEGERS = (I8, I16, I32, INT, BYTE, U16, U32, UINT)
CHECKED = {
    ("+", True): ops.SADD_TRAP, ("-", True): ops.SSUB_TRAP, ("*", True): ops.SMUL_TRAP,
    ("/", True): ops.SDIV, ("%", True): ops.SREM,
    ("+", False): ops.UADD_TRAP, ("-", False): ops.USUB_TRAP, ("*", False): ops.UMUL_TRAP,
    ("/", False): ops.UDIV, ("%", False): ops.UREM,
}  # fmt: skip
WRAPPING = {"+": ops.ADD, "-": ops.SUB, "*": ops.MUL, "&": ops.AND, "|": ops.OR, "^": ops.XOR, "<<": ops.SHL}
FLOATING = {"+": ops.FADD, "-": ops.FSUB, "*": ops.FMUL, "/": ops.FDIV}

near = st.sampled_from([0, 1, -1, 2, -2, 7, 63, 64, 127, 255, 1 << 31, 1 << 32, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1])
numbers = st.one_of(near, st.integers(-(1 << 63), (1 << 64) - 1))
reals = st.floats(allow_nan=True, allow_infinity=True)


def value(type_: Primitive, pattern: int) -> int:
    """The number a bit pattern of an integer type stands for."""
    return signed(pattern, type_.bits) if type_.signed else pattern


@given(st.sampled_from(ARITHMETIC), st.sampled_from("+-*/%"), numbers, numbers)
def test_checked_integers(type_: Primitive, op: str, a: int, b: int) -> None:
    mask = MASKS[type_.ir]
    left, right = value(type_, a & mask), value(type_, b & mask)
    expected = evaluate(CHECKED[op, type_.signed], type_.ir, type_.ir, a & mask, b & mask)
    found = consts.binary(op, type_, left, right, unchecked=False)
    if expected is None:
        assert isinstance(found, consts.Failure)
        assert found.zero == (op in "/%" and right == 0)
    else:
        assert found == value(type_, expected)


@given(st.sampled_from(ARITHMETIC), st.sampled_from(list(WRAPPING)), numbers, numbers)
def test_wrapping_integers(type_: Primitive, op: str, a: int, b: int) -> None:
    mask = MASKS[type_.ir]
    left, right = value(type_, a & mask), value(type_, b & mask)
    expected = evaluate(WRAPPING[op], type_.ir, type_.ir, a & mask, b & mask)
    assert expected is not None
    assert consts.binary(op, type_, left, right, unchecked=True) == value(type_, expected)


@given(st.sampled_from(ARITHMETIC), numbers, numbers)
def test_right_shifts(type_: Primitive, a: int, b: int) -> None:
    mask = MASKS[type_.ir]
    expected = evaluate(ops.ASHR if type_.signed else ops.LSHR, type_.ir, type_.ir, a & mask, b & mask)
    assert expected is not None
    assert consts.binary(">>", type_, value(type_, a & mask), value(type_, b & mask), unchecked=False) == value(type_, expected)


def test_minimum_by_minus_one_wraps() -> None:
    assert consts.binary("/", INT, INT.low, -1, unchecked=True) == INT.low
    assert consts.binary("%", INT, INT.low, -1, unchecked=True) == 0
    failure = consts.binary("%", I32, I32.low, -1, unchecked=False)
    assert isinstance(failure, consts.Failure) and failure.text == "Integer overflow in modulo"


@given(st.sampled_from((FLOAT, DOUBLE)), st.sampled_from("+-*/"), reals, reals)
def test_floats(type_: Primitive, op: str, a: float, b: float) -> None:
    left = to_float(float_bits(a, type_.ir), type_.ir)
    right = to_float(float_bits(b, type_.ir), type_.ir)
    expected = evaluate(FLOATING[op], type_.ir, type_.ir, float_bits(left, type_.ir), float_bits(right, type_.ir))
    assert expected is not None
    wanted = to_float(expected, type_.ir)
    found = consts.binary(op, type_, left, right, unchecked=False)
    assert isinstance(found, float)
    assert isnan(found) if isnan(wanted) else float_bits(found, ir.F64) == float_bits(wanted, ir.F64)


@given(st.sampled_from((*INTEGERS, CHAR)), numbers)
def test_integer_casts(type_: Primitive, number: int) -> None:
    found = consts.cast(number, type_, unchecked=False)
    fits = type_.low <= number <= type_.high and not (type_ is CHAR and 0xD800 <= number <= 0xDFFF)
    assert found == number if fits else found is consts.UNFIT
    if type_ is not CHAR:
        assert consts.cast(number, type_, unchecked=True) == value(type_, number & MASKS[type_.ir])


@given(st.sampled_from((FLOAT, DOUBLE)), numbers)
def test_integers_to_floats(type_: Primitive, number: int) -> None:
    source = UINT if number > INT.high else INT
    expected = evaluate(ops.SITOF if source is INT else ops.UITOF, ir.I64, type_.ir, number & MASKS[ir.I64])
    assert expected is not None
    assert consts.cast(number, type_, unchecked=False) == to_float(expected, type_.ir)
    assert consts.to_type(number, type_) == to_float(expected, type_.ir)


@settings(max_examples=60)
@given(st.sampled_from(INTEGERS), reals)
def test_floats_to_integers(type_: Primitive, number: float) -> None:
    found = consts.cast(number, type_, unchecked=False)
    saturated = consts.cast(number, type_, unchecked=True)
    if isnan(number):
        assert found is consts.UNFIT and saturated == 0
    elif type_.low - 1 < number < type_.high + 1:
        assert found == saturated == int(number)
    else:
        assert found is consts.UNFIT and saturated == (type_.high if number > 0 else type_.low)
