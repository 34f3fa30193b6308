"""Calls: user functions, methods through vtables, constructors, built-in functions and the library's intrinsics."""

from __future__ import annotations

from collections.abc import Callable

from ..ir import ops, traps
from ..ir import types as ir
from ..ir.module import Value
from . import ast
from .lower_arrays import allocate_elements, new_array
from .lower_context import Context, Unsupported
from .lower_data import DESCRIPTOR_HEADER, descriptor, vtable_key
from .lower_exprs import NEW_OBJECT, VALUE, index_value, may_be_null, text_of, value, value_as
from .lower_ops import arithmetic, box, compare, default_value, negate, number_type, scaled, to_float, truth, widen
from .lower_structs import default_struct, has_sized_fields, is_struct, snapshot, store_to, temporary
from .typed import LocalVar, MethodSym, Resolved
from .types import (
    BOOL,
    CHAR,
    DOUBLE,
    FLOAT,
    FLOATS,
    INT,
    OBJECT,
    STRING,
    UINT,
    ArrayType,
    ClassType,
    Type,
    array_of,
    is_reference,
    link_name,
    size_of,
)


def lower_call(fx: Context, expr: ast.Expr) -> Value:
    """The value of a call; 0 for void."""
    assert isinstance(expr, ast.Call)
    call = fx.typed.refs[expr.id]
    if not isinstance(call, Resolved):
        raise Unsupported("this kind of call", expr.start, expr.end)
    if call.kind == "builtin":
        return _builtin(fx, expr, call)
    method = call.method
    assert method is not None
    if method.is_async:
        raise Unsupported("async functions", expr.start, expr.end)
    receiver: Value = 0
    checked = False
    if not method.is_static:
        if call.receiver is None:
            receiver = fx.this
        else:
            receiver = value(fx, call.receiver)
            checked = may_be_null(fx, call.receiver)
    args = arguments(fx, expr.args, call)
    fx.b.pos = expr.pos
    home: Value = 0
    if is_struct(method.result):
        home = temporary(fx, method.result)
        args.append(home)
    if method.is_static:
        return fx.b.call(fx.program.function(method), args) or home
    if checked:
        fx.nullcheck(receiver)
    return call_method(fx, method, receiver, args, call.direct) or home


def arguments(fx: Context, exprs: list[ast.Expr], call: Resolved) -> list[Value]:
    """The arguments of a call in their parameters' types; structs are copied."""
    made: list[Value] = []
    for arg, type_ in zip(exprs, call.params):
        one = value_as(fx, arg, type_)
        made.append(snapshot(fx, arg, one, type_) if is_struct(type_) else one)
    return made


def call_method(fx: Context, method: MethodSym, receiver: Value, args: list[Value], direct: bool) -> Value:
    """Call an instance method: directly if nothing overrides it, else through the receiver's vtable."""
    b = fx.b
    if method.slot < 0 or direct or not (method.overridden or method.is_abstract):
        return b.call(fx.program.function(method), [receiver, *args])
    fx.program.use_slot(vtable_key(method, method.slot))
    params = [ir.PTR, *(param.type.ir for param in method.params)]
    if is_struct(method.result):
        params.append(ir.PTR)
    own = b.load(ir.PTR, receiver, 0, ops.INVARIANT)
    target = b.load(ir.PTR, own, DESCRIPTOR_HEADER + 8 * method.slot, ops.INVARIANT)
    result = ir.VOID if is_struct(method.result) else method.result.ir
    return b.calli(b.module.signature(params, result), target, [receiver, *args])


def lower_new(fx: Context, expr: ast.New) -> Value:
    """`new C(args)`."""
    call = fx.typed.refs[expr.id]
    type_ = fx.typed.type_of(expr)
    if type_ is OBJECT:
        return allocate(fx, OBJECT, 8, 8)
    if not isinstance(type_, ClassType):
        raise Unsupported(f"new {type_}", expr.start, expr.end)
    if type_.is_struct and not (isinstance(call, Resolved) and call.method is not None):
        return default_struct(fx, type_)
    assert isinstance(call, Resolved)
    args = arguments(fx, expr.args or [], call)
    fx.b.pos = expr.pos
    if type_.is_struct:
        assert call.method is not None
        home = default_struct(fx, type_)
        fx.b.call(fx.program.function(call.method), [home, *args])
        return home
    return construct(fx, type_, call.method, args)


def construct(fx: Context, type_: ClassType, ctor: MethodSym | None, args: list[Value]) -> Value:
    """Allocate an instance and run a constructor on it (None: the default one)."""
    made = allocate(fx, type_, type_.size, type_.align)
    if ctor is not None:
        fx.b.call(fx.program.function(ctor), [made, *args])
    elif needs_default_ctor(type_):
        fx.b.call(default_ctor(fx, type_), [made])
    return made


def allocate(fx: Context, type_: Type, size: int, align: int) -> Value:
    """A zeroed instance with its descriptor."""
    b = fx.b
    desc = b.un(ops.BITCAST, ir.I64, b.symaddr(descriptor(fx.program, type_)))
    wanted = b.const(ir.I64, size + 7 & -8)
    if align > 8:
        address = fx.library("__new_aligned", desc, wanted, b.const(ir.I64, align))
    else:
        address = fx.library("__new", desc, wanted)
    return b.un(ops.BITCAST, ir.PTR, address)


def needs_default_ctor(type_: ClassType) -> bool:
    """True if constructing without a declared constructor runs any code."""
    current: ClassType | None = type_
    while current is not None:
        if current.ctors or any(field.init is not None or field.dims for field in current.fields):
            return True
        current = current.base
    return False


def default_ctor(fx: Context, type_: ClassType) -> int:
    """Symbol of the constructor the compiler writes for a class without one."""
    program = fx.program
    known = program.default_ctors.get(type_)
    if known is None:
        known = program.declare(f"{type_.name}.new", f"{link_name(type_)}.new", [ir.PTR], ir.VOID)
        program.default_ctors[type_] = known
        program.pending_ctors.append(type_)
    return known


# -- built-in functions ----------------------------------------------------------------------------------------------------

def _builtin(fx: Context, expr: ast.Call, call: Resolved) -> Value:
    operands = list(expr.args) if call.receiver is None else [call.receiver, *expr.args]
    handler = BUILTINS.get(call.builtin)
    if handler is not None:
        return handler(fx, expr, call, operands)
    simple = SIMPLE.get(call.builtin)
    if simple is None:
        raise Unsupported(f"built-in function {call.builtin}", expr.start, expr.end)
    args = [value_as(fx, operand, type_) for operand, type_ in zip(operands, call.params)]
    fx.b.pos = expr.pos
    if call.receiver is not None and is_reference(call.params[0]):
        fx.nullcheck(args[0])
    if isinstance(expr.target, ast.Member):
        fx.b.pos = expr.target.name.start  # an error of the built-in itself stands at its name
    return fx.library(simple, *args)


SIMPLE = {
    "flush": "__flush", "read_line": "__read_line", "read_int": "__read_int", "substring": "__substring", "char_at": "__char_at",
    "code_point_at": "__code_point_at", "contains": "__contains", "index_of": "__index_of", "to_upper": "__to_upper",
    "to_lower": "__to_lower", "trim": "__trim", "starts_with": "__starts_with", "ends_with": "__ends_with",
    "replace": "__replace", "compare": "__compare", "Concatenate": "__concat", "read_file": "__read_file",
    "write_file": "__write_file", "__sqrt_f64": "", "__sqrt_f32": "",
}
"""Built-ins that are one library call with converted arguments."""


def _args(fx: Context, call: Resolved, operands: list[ast.Expr], expr: ast.Call) -> list[Value]:
    made = [value_as(fx, operand, type_) for operand, type_ in zip(operands, call.params)]
    fx.b.pos = expr.pos
    return made


_WRITE = {BOOL: "__write_bool", CHAR: "__write_char", UINT: "__write_u64", DOUBLE: "__write_f64", FLOAT: "__write_f32",
          STRING: "__write_str"}


def _write(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    type_ = call.params[0]
    made = value_as(fx, operands[0], type_)
    fx.b.pos = expr.pos
    if type_ is not STRING and (is_reference(type_) or is_struct(type_)):
        fx.program.use_slot(0)
        fx.library("__write_obj", box(fx, made, type_) if is_struct(type_) else made)
    elif type_ in _WRITE:
        fx.library(_WRITE[type_], made)
    else:
        known = number_type(type_)
        fx.library("__write_i64", widen(fx, known, made, ir.I64))
    return 0


def _print(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    if operands and call.params[0] is STRING:
        made = value_as(fx, operands[0], STRING)
        fx.b.pos = expr.pos
        fx.library("__print_str", made)
        return 0
    if operands:
        _write(fx, expr, call, operands)
    fx.b.pos = expr.pos
    fx.library("__newline")
    return 0


def _to_text(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    type_ = call.params[0]
    made = fx.this if call.implicit_this else value_as(fx, operands[0], type_)
    fx.b.pos = expr.pos
    if call.builtin == "ToString" and is_reference(type_):
        if not call.implicit_this:
            fx.nullcheck(made)
        if type_ is STRING:
            return made
        return fx.library("__object_ToString", made) if call.direct else virtual_object(fx, 0, ir.PTR, [made])
    text = text_of(fx, made, type_)
    return fx.library("__str_of", text) if type_ is STRING else text


def virtual_object(fx: Context, slot: int, result: int, args: list[Value]) -> Value:
    """Call one of object's virtual methods through the descriptor."""
    b = fx.b
    fx.program.use_slot(slot)
    own = b.load(ir.PTR, args[0], 0, ops.INVARIANT)
    target = b.load(ir.PTR, own, DESCRIPTOR_HEADER + 8 * slot, ops.INVARIANT)
    return b.calli(b.module.signature([ir.PTR] * len(args), result), target, args)


def _equals(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    own = call.params[0]
    made = [fx.this if is_reference(own) else box(fx, fx.this, own)] if call.implicit_this else []
    made += [_as_object(fx, operand) for operand in operands]
    fx.b.pos = expr.pos
    if not call.implicit_this:
        fx.nullcheck(made[0])
    if call.direct:     # `base.Equals(o)` where no base class has one
        return fx.library(f"__object_{call.builtin}", *made)
    if call.builtin == "Equals":
        return virtual_object(fx, 1, ir.BOOL, made)
    return virtual_object(fx, 2, ir.I64, made)


def _as_object(fx: Context, operand: ast.Expr) -> Value:
    type_ = fx.typed.type_of(operand)
    made = value(fx, operand)
    return made if is_reference(type_) else box(fx, made, type_)


def _caught(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    """`e.StackTrace()` on the name of a `catch (string e)`."""
    caught = fx.typed.refs[operands[0].id]
    assert isinstance(caught, LocalVar)
    fx.b.pos = expr.pos
    return fx.library("__stack_trace", fx.b.load(ir.PTR, fx.caught[caught]))


def _abs(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    b, type_ = fx.b, call.params[0]
    made = _args(fx, call, operands, expr)[0]
    if type_ in FLOATS:
        return b.un(ops.FABS, type_.ir, made)
    if not number_type(type_).signed:
        return made
    result = b.new_var(type_.ir)
    b.write(result, made)
    minus, done = b.new_block(), b.new_block()
    b.br(b.cmp(ops.SLT, made, b.const(type_.ir, 0)), minus, done)
    b.seal(minus)
    b.start(minus)
    before, fx.unchecked = fx.unchecked, False
    b.write(result, negate(fx, type_, made, traps.OVF_ABS))
    fx.unchecked = before
    b.jump(done)
    b.seal(done)
    b.start(done)
    return b.read(result)


def _min_max(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    b, type_ = fx.b, call.params[0]
    left, right = _args(fx, call, operands, expr)
    if type_ in FLOATS:
        return fx.library(f"__{call.builtin}_{'f64' if type_ is DOUBLE else 'f32'}", left, right)
    chosen = compare(fx, ">" if call.builtin == "max" else "<", type_, right, left)
    return b.select(type_.ir, chosen, right, left)


def _abs_diff(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    b, type_ = fx.b, call.params[0]
    left, right = _args(fx, call, operands, expr)
    if type_ in FLOATS:
        return b.un(ops.FABS, type_.ir, b.bin(ops.FSUB, type_.ir, left, right))
    swap = compare(fx, "<", type_, left, right)
    high, low = b.select(type_.ir, swap, right, left), b.select(type_.ir, swap, left, right)
    before, fx.unchecked = fx.unchecked, False
    made = arithmetic(fx, "-", type_, high, low)
    fx.unchecked = before
    return made


def _mod(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    left, right = _args(fx, call, operands, expr)
    return arithmetic(fx, "%", call.params[0], left, right)


def _pow(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    left, right = _args(fx, call, operands, expr)
    type_ = fx.typed.type_of(expr)
    if type_ in FLOATS:
        return fx.library("__pow_f64" if type_ is DOUBLE else "__pow_f32", left, right)
    known = number_type(type_)
    made = fx.library("__pow_i64" if known.signed else "__pow_u64",
                      widen(fx, number_type(call.params[0]), left, ir.I64), widen(fx, number_type(call.params[1]), right, ir.I64))
    return widen(fx, INT if known.signed else UINT, made, known.ir)


def _sqrt(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    made, type_ = _args(fx, call, operands, expr)[0], call.params[0]
    if type_ in FLOATS:
        return fx.b.un(ops.FSQRT, type_.ir, made)
    known = number_type(type_)
    root = fx.library("__sqrt_i64" if known.signed else "__sqrt_u64", widen(fx, known, made, ir.I64))
    return widen(fx, INT if known.signed else UINT, root, fx.typed.type_of(expr).ir)


def _rounding(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    made, type_ = _args(fx, call, operands, expr)[0], call.params[0]
    if type_ not in FLOATS:
        return made
    return fx.library(f"__{call.builtin}_{'f64' if type_ is DOUBLE else 'f32'}", made)


def _length(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    made = _args(fx, call, operands, expr)[0]
    fx.nullcheck(made)
    return fx.b.load(ir.I64, made, 8, ops.INVARIANT)


def _element(call: Resolved) -> Type:
    type_ = call.params[0]
    assert isinstance(type_, ArrayType)
    return type_.element


def _clear(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    b = fx.b
    array = _args(fx, call, operands, expr)[0]
    fx.nullcheck(array)
    element = _element(call)
    if element is STRING:
        empty = b.un(ops.BITCAST, ir.I64, value_constant(fx, b""))
        fx.library("__fill64", array, empty)
    else:
        fx.library("__array_clear", array, b.const(ir.I64, size_of(element)))
        if has_sized_fields(element):
            allocate_elements(fx, array, b.load(ir.I64, array, 8, ops.INVARIANT), array_of(element))
    return 0


def value_constant(fx: Context, text: bytes) -> Value:
    """A string constant."""
    from .lower_data import literal
    return fx.b.symaddr(literal(fx.program, text))


def _copy(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    source, target = _args(fx, call, operands, expr)
    fx.nullcheck(source)
    fx.nullcheck(target)
    fx.library("__array_copy", source, target, fx.b.const(ir.I64, size_of(_element(call))))
    return 0


def _fill(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    b = fx.b
    array, made = _args(fx, call, operands, expr)
    fx.nullcheck(array)
    element = _element(call)
    if is_struct(element):
        _fill_structs(fx, array, made, element)
        return 0
    if element is FLOAT:
        made = b.un(ops.BITCAST, ir.I32, made)
    elif element is DOUBLE or element.ir == ir.PTR:
        made = b.un(ops.BITCAST, ir.I64, made)
    bits = 8 * size_of(element)
    if bits < 64:
        made = b.un(ops.ZEXT, ir.I64, made)
    fx.library(f"__fill{bits}", array, made)
    return 0


def _fill_structs(fx: Context, array: Value, made: Value, element: Type) -> None:
    b = fx.b
    counter = b.new_var(ir.I64)
    b.write(counter, b.const(ir.I64, 0))
    length = b.load(ir.I64, array, 8, ops.INVARIANT)
    head, body, done = b.new_block(), b.new_block(), b.new_block()
    b.jump(head)
    b.start(head)
    b.br(b.cmp(ops.SLT, b.read(counter), length), body, done)
    b.seal(body)
    b.start(body)
    at = b.read(counter)
    store_to(fx, element, scaled(fx, array, at, size_of(element)), made, 16)
    b.write(counter, b.bin(ops.ADD, ir.I64, at, b.const(ir.I64, 1)))
    b.jump(head)
    b.seal(head)
    b.seal(done)
    b.start(done)


def _split(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    b = fx.b
    text, separator = _args(fx, call, operands, expr)
    if call.receiver is not None:
        fx.nullcheck(text)
    desc = b.un(ops.BITCAST, ir.I64, b.symaddr(descriptor(fx.program, array_of(STRING))))
    return b.un(ops.BITCAST, ir.PTR, fx.library("__split", text, separator, desc))


def _to_int(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    from .lower_ops import cast
    made, type_ = _args(fx, call, operands, expr)[0], call.params[0]
    if type_ is STRING:
        return fx.library("__to_int_str", made)
    before, fx.unchecked = fx.unchecked, False
    result = cast(fx, made, type_, INT)
    fx.unchecked = before
    return result


def _to_floating(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    made, type_ = _args(fx, call, operands, expr)[0], call.params[0]
    if type_ is STRING:
        return fx.library("__to_double_str" if call.builtin == "to_double" else "__to_float_str", made)
    return to_float(fx, made, number_type(type_), DOUBLE if call.builtin == "to_double" else FLOAT)


def _malloc(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    from .types import BYTE
    length = index_value(fx, operands[0])[0]
    fx.b.pos = expr.pos
    return new_array(fx, array_of(BYTE), [length])


def _free(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    value(fx, operands[0])
    return 0


def _assert(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    from .lower_exprs import condition
    b = fx.b
    bad, good = b.new_block(0), b.new_block()
    if len(operands) == 2:
        # both arguments are evaluated before the test, as for every call
        made = truth(fx, fx.typed.type_of(operands[0]), value(fx, operands[0]))
        message = value_as(fx, operands[1], STRING)
        b.pos = expr.pos
        b.br(made, good, bad)
    else:
        condition(fx, operands[0], good, bad)
        message = 0
    b.seal(bad)
    b.start(bad)
    b.pos = expr.pos
    fx.library("__assert_fail", message or b.const(ir.PTR, 0))
    end_noreturn(fx)
    b.seal(good)
    b.start(good)
    return 0


def end_noreturn(fx: Context) -> None:
    """Close the block behind a call that never returns."""
    fx.program.use_trap(traps.UNREACHABLE)
    fx.b.trap(traps.UNREACHABLE)


def _exit(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    made = index_value(fx, operands[0])[0]
    fx.b.pos = expr.pos
    fx.library("__exit", made)
    return 0


# -- intrinsics of the library ---------------------------------------------------------------------------------------------

_LOADS = {"__ld8": ir.I8, "__ld16": ir.I16, "__ld32": ir.I32, "__ld64": ir.I64}
_STORES = {"__st8": ir.I8, "__st16": ir.I16, "__st32": ir.I32, "__st64": ir.I64}
_CASTS = {"__addr": ir.I64, "__as_string": ir.PTR, "__as_object": ir.PTR, "__f64_bits": ir.I64, "__bits_f64": ir.F64}


def _pointer(fx: Context, address: Value) -> Value:
    return fx.b.un(ops.BITCAST, ir.PTR, address)


def _load(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    type_ = _LOADS[call.builtin]
    made = fx.b.load(type_, _pointer(fx, _args(fx, call, operands, expr)[0]))
    return made if type_ == ir.I64 else fx.b.un(ops.ZEXT, ir.I64, made)


def _store(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    type_ = _STORES[call.builtin]
    address, made = _args(fx, call, operands, expr)
    fx.b.store(_pointer(fx, address), made if type_ == ir.I64 else fx.b.un(ops.TRUNC, type_, made))
    return 0


def _bit_cast(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    return fx.b.un(ops.BITCAST, _CASTS[call.builtin], _args(fx, call, operands, expr)[0])


def _float_bits(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    b, made = fx.b, _args(fx, call, operands, expr)[0]
    if call.builtin == "__f32_bits":
        return b.un(ops.ZEXT, ir.I64, b.un(ops.BITCAST, ir.I32, made))
    return b.un(ops.BITCAST, ir.F32, b.un(ops.TRUNC, ir.I32, made))


def _intrinsic(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    b, args = fx.b, _args(fx, call, operands, expr)
    if call.builtin == "__umulh":
        return b.bin(ops.UMULH, ir.I64, args[0], args[1])
    if call.builtin in ("__sqrt_f64", "__sqrt_f32"):
        return b.un(ops.FSQRT, call.params[0].ir, args[0])
    if call.builtin == "__copy":
        b.emit(ops.COPY, ir.VOID, _pointer(fx, args[0]), _pointer(fx, args[1]), args[2])
        return 0
    if call.builtin == "__zero":
        b.emit(ops.ZERO, ir.VOID, _pointer(fx, args[0]), args[1])
        return 0
    assert call.builtin == "__vcall0"
    return b.un(ops.BITCAST, ir.I64, b.calli(b.module.signature([ir.PTR], ir.PTR), _pointer(fx, args[0]), [args[1]]))


def _symbol(fx: Context, expr: ast.Call, call: Resolved, operands: list[ast.Expr]) -> Value:
    name = fx.typed.consts[operands[0].id]
    assert isinstance(name, bytes)
    text = name.decode()
    known = fx.program.module.symbol_ids.get(text)
    if known is None:
        if text == "string$desc":
            known = descriptor(fx.program, STRING)
        elif text.startswith("__") and not text.startswith(("__site", "__scopes", "__image", "__file", "__bss")):
            known = fx.program.library(text)
        else:
            known = fx.program.declare(text, text, [], ir.VOID)
    return fx.b.un(ops.BITCAST, ir.I64, fx.b.symaddr(known))


BUILTINS: dict[str, Callable[[Context, ast.Call, Resolved, list[ast.Expr]], Value]] = {
    "caught_trace": _caught,
    "print": _print, "write": _write, "to_string": _to_text, "ToString": _to_text, "Equals": _equals, "GetHashCode": _equals,
    "abs": _abs, "max": _min_max, "min": _min_max, "abs_diff": _abs_diff, "mod": _mod, "pow": _pow, "sqrt": _sqrt,
    "floor": _rounding, "ceil": _rounding, "round": _rounding, "length": _length, "clear": _clear, "copy": _copy, "fill": _fill,
    "split": _split, "to_int": _to_int, "to_double": _to_floating, "to_float": _to_floating, "malloc": _malloc, "free": _free,
    "assert": _assert, "exit": _exit, "__symbol": _symbol, "__f32_bits": _float_bits, "__bits_f32": _float_bits,
    **dict.fromkeys(_LOADS, _load), **dict.fromkeys(_STORES, _store), **dict.fromkeys(_CASTS, _bit_cast),
    **dict.fromkeys(("__umulh", "__sqrt_f64", "__sqrt_f32", "__copy", "__zero", "__vcall0"), _intrinsic),
}

VALUE[ast.Call] = lower_call
NEW_OBJECT.append(lower_new)

__all__ = ["allocate", "call_method", "construct", "default_ctor", "default_value", "end_noreturn", "lower_call", "lower_new"]
