"""Arrays with all their rows (fluxsharp.md section 11).

A few dimensions are loops in loops; many, which only programs write, are one function per dimension: nested loops would keep
every array and counter alive in every other loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..ir import ops
from ..ir import types as ir
from ..ir.builder import FunctionBuilder
from ..ir.module import SymbolId, Value
from .lower_context import Context, Program
from .lower_data import descriptor
from .lower_ops import scaled
from .lower_structs import allocate_fields, has_sized_fields
from .types import ArrayType, Type, link_name, size_of

INLINE_ROWS: Final = 4
"""Arrays of more allocated dimensions are made by one function per dimension, not by loops in loops."""


def new_array(fx: Context, type_: Type, lengths: list[Value]) -> Value:
    """An array with its nested rows: one length (I64) per allocated dimension."""
    assert isinstance(type_, ArrayType)
    b = fx.b
    if len(lengths) > INLINE_ROWS:
        kept = b.slot(8 * len(lengths), 8)
        for at, length in enumerate(lengths):
            b.store(kept, length, 8 * at)
        return b.call(_array_maker(fx.program, type_, len(lengths)), [kept])
    desc = b.un(ops.BITCAST, ir.I64, b.symaddr(descriptor(fx.program, type_)))
    address = fx.library("__new_array", desc, lengths[0], b.const(ir.I64, size_of(type_.element)))
    array = b.un(ops.BITCAST, ir.PTR, address)
    if len(lengths) > 1:
        _each(fx, lengths[0], lambda at: b.store(scaled(fx, array, at, 8), new_array(fx, type_.element, lengths[1:]), 16))
    else:
        allocate_elements(fx, array, lengths[0], type_)
    return array


def allocate_elements(fx: Context, array: Value, length: Value, type_: ArrayType) -> None:
    """What the elements of a new or cleared array hold: the sized fields of structs."""
    if has_sized_fields(type_.element):
        _each(fx, length, lambda at: allocate_fields(fx, _element_start(fx, array, at, type_.element), type_.element))


def _element_start(fx: Context, array: Value, at: Value, type_: Type) -> Value:
    """Address of an element without a check."""
    return fx.b.bin(ops.ADD, ir.PTR, scaled(fx, array, at, size_of(type_)), fx.b.const(ir.I64, 16))


def _each(fx: Context, length: Value, step: Callable[[Value], object]) -> None:
    """A loop over 0 <= index < length."""
    b = fx.b
    counter = b.new_var(ir.I64)
    b.write(counter, b.const(ir.I64, 0))
    head, body, done = b.new_block(), b.new_block(), b.new_block()
    b.jump(head)
    b.start(head)
    b.br(b.cmp(ops.SLT, b.read(counter), length), body, done)
    b.seal(body)
    b.start(body)
    at = b.read(counter)
    step(at)
    b.write(counter, b.bin(ops.ADD, ir.I64, at, b.const(ir.I64, 1)))
    b.jump(head)
    b.seal(head)
    b.seal(done)
    b.start(done)


def _array_maker(program: Program, type_: ArrayType, dims: int) -> SymbolId:
    """The function that makes an array of `dims` allocated dimensions; it takes the address of their lengths."""
    symbol = f"{link_name(type_)}$new{dims}"
    known = program.module.symbol_ids.get(symbol)
    if known is not None:
        return known
    known = program.declare(f"{type_.name}.new", symbol, [ir.PTR], ir.PTR)
    program.module.function(known).runtime = True
    b = FunctionBuilder(program.module, known)
    fx = Context(program, b, program.typed, None, None, in_memory=False)
    around, program.allocating = program.allocating, []     # the function serves others, too
    lengths = b.param(ir.PTR)
    first = b.load(ir.I64, lengths)
    array = new_array(fx, type_, [first])
    element = type_.element
    if dims > 1:
        assert isinstance(element, ArrayType)
        maker = _array_maker(program, element, dims - 1)
        inner = b.bin(ops.ADD, ir.PTR, lengths, b.const(ir.I64, 8))
        _each(fx, first, lambda at: b.store(scaled(fx, array, at, 8), b.call(maker, [inner]), 16))
    b.ret(array)
    b.finish()
    program.allocating = around
    return known


def sized_array(fx: Context, type_: Type, dims: list[int]) -> Value:
    """The array a declaration with constant sizes allocates."""
    return new_array(fx, type_, [fx.b.const(ir.I64, size) for size in dims])
