"""Structs as values in memory (fluxsharp.md section 10).

The value of a struct expression is the address of memory that holds it: a variable's own place, or a temporary of the frame.
Whoever keeps a struct copies it: assignment, initialisation, arguments, returning, boxing. A struct parameter is the address of
a copy the caller made; a struct result goes to memory the caller names in a last, hidden parameter.
"""

from __future__ import annotations

from ..ir import ops
from ..ir import types as ir
from ..ir.module import Value
from . import ast
from .lower_context import Context
from .types import ArrayType, ClassType, Type, size_of


def is_struct(type_: Type) -> bool:
    """True for struct types."""
    return isinstance(type_, ClassType) and type_.is_struct


def temporary(fx: Context, type_: Type) -> Value:
    """Address of fresh frame memory for a struct (not initialised)."""
    assert isinstance(type_, ClassType)
    return fx.b.slot(max(8, type_.size + 7 & -8), max(8, type_.align))


def copy_struct(fx: Context, target: Value, source: Value, type_: Type) -> None:
    """Copy all fields."""
    fx.b.emit(ops.COPY, ir.VOID, target, source, fx.b.const(ir.I64, size_of(type_)))


def snapshot(fx: Context, expr: ast.Expr, made: Value, type_: Type) -> Value:
    """A struct value nobody else can change: a copy if the expression names a variable."""
    if isinstance(expr, (ast.Call, ast.New)):
        return made
    home = temporary(fx, type_)
    copy_struct(fx, home, made, type_)
    return home


def default_struct(fx: Context, type_: Type) -> Value:
    """A temporary with every field default."""
    home = temporary(fx, type_)
    clear_struct(fx, home, type_)
    return home


def clear_struct(fx: Context, home: Value, type_: Type) -> None:
    """Set every field to its default; sized array fields get fresh arrays."""
    fx.b.emit(ops.ZERO, ir.VOID, home, fx.b.const(ir.I64, size_of(type_)))
    allocate_fields(fx, home, type_)


def allocate_fields(fx: Context, home: Value, type_: Type) -> None:
    """Fresh arrays for the sized array fields of zeroed struct memory, nested structs included.

    A struct whose sized array holds elements of its own type may be declared, but bringing one to life never ends.
    """
    from .lower_arrays import sized_array

    assert isinstance(type_, ClassType)
    if type_ in fx.program.allocating:
        fx.library("__out_of_memory")
        return
    fx.program.allocating.append(type_)
    for one in type_.fields:
        if one.dims:
            fx.b.store(home, sized_array(fx, one.type, one.dims), one.offset)
        elif is_struct(one.type) and has_sized_fields(one.type):
            inner = fx.b.bin(ops.ADD, ir.PTR, home, fx.b.const(ir.I64, one.offset))
            allocate_fields(fx, inner, one.type)
    fx.program.allocating.pop()


def has_sized_fields(type_: Type) -> bool:
    """True if a struct's default value needs arrays to be allocated."""
    return isinstance(type_, ClassType) and type_.is_struct and type_.holds_arrays


def element_type(type_: Type) -> Type:
    """Element type of an array type."""
    assert isinstance(type_, ArrayType)
    return type_.element


def load_from(fx: Context, type_: Type, address: Value, disp: int) -> Value:
    """The value at address + disp: loaded, or for a struct its address."""
    b = fx.b
    if is_struct(type_):
        return b.bin(ops.ADD, ir.PTR, address, b.const(ir.I64, disp)) if disp else address
    return b.load(type_.ir, address, disp)


def store_to(fx: Context, type_: Type, address: Value, made: Value, disp: int) -> None:
    """Put a value at address + disp; structs are copied."""
    b = fx.b
    if is_struct(type_):
        target = b.bin(ops.ADD, ir.PTR, address, b.const(ir.I64, disp)) if disp else address
        copy_struct(fx, target, made, type_)
    else:
        b.store(address, made, disp)
