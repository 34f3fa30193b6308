"""Expressions to IR.

`value` gives an expression's value in its own type, `value_as` in the type somebody needs (section 4.2), `condition` branches.
Order of evaluation is that of section 6.2. Left-leaning operator chains of any length are walked by loops.
"""

from __future__ import annotations

from collections.abc import Callable

from ..ir import ops, traps
from ..ir import types as ir
from ..ir.module import Block, Value
from . import ast
from .lower_arrays import new_array
from .lower_context import Context, Unsupported
from .lower_data import descriptor, static_storage
from .lower_ops import (
    COMPARISONS,
    OVERFLOW_OF,
    arithmetic,
    cast,
    compare,
    constant,
    convert,
    default_value,
    element_address,
    negate,
    number_type,
    scaled,
    store_back,
    truth,
    widen,
)
from .lower_structs import (
    copy_struct,
    is_struct,
    load_from,
    store_to,
    temporary,
)
from .typed import FieldSym, LengthOf, LocalVar, Resolved
from .types import (
    BOOL,
    CHAR,
    FLOATS,
    INT,
    NULL,
    OBJECT,
    STRING,
    UINT,
    ArrayType,
    ClassType,
    EnumType,
    Primitive,
    Type,
    is_reference,
    size_of,
)

_TEXT = {ir.I64: "__str_i64", ir.F64: "__str_f64", ir.F32: "__str_f32", ir.BOOL: "__str_bool"}


def value(fx: Context, expr: ast.Expr) -> Value:
    """The value of an expression in its own type; 0 for void calls."""
    known = fx.typed.consts[expr.id]
    if known is not None:
        return constant(fx, fx.typed.type_of(expr), known)
    return VALUE[type(expr)](fx, expr)


def value_as(fx: Context, expr: ast.Expr, target: Type) -> Value:
    """The value of an expression, implicitly converted to `target`."""
    known = fx.typed.consts[expr.id]
    if known is not None and not is_reference(target):
        return constant(fx, target, known)
    if isinstance(expr, ast.ArrayInit):
        return array_literal(fx, expr, target)
    if isinstance(expr, ast.Conditional):
        return _conditional(fx, expr, target)
    made = value(fx, expr)
    return convert(fx, made, fx.typed.type_of(expr), target)


def discard(fx: Context, expr: ast.Expr) -> None:
    """An expression statement."""
    if isinstance(expr, ast.IncDec):
        _incdec(fx, expr, wanted=False)
    else:
        value(fx, expr)


# -- simple expressions ----------------------------------------------------------------------------------------------------

def _null(fx: Context, expr: ast.Expr) -> Value:
    return fx.b.const(ir.PTR, 0)


def _string(fx: Context, expr: ast.Expr) -> Value:
    assert isinstance(expr, ast.StringLit)
    return constant(fx, STRING, expr.value)


def _name(fx: Context, expr: ast.Expr) -> Value:
    ref = fx.typed.refs[expr.id]
    if isinstance(ref, LocalVar):
        return fx.read(ref)
    assert isinstance(ref, FieldSym)
    return _read_field(fx, ref, fx.this, checked=False)


def _read_field(fx: Context, field: FieldSym, target: Value, checked: bool) -> Value:
    b = fx.b
    if field.is_static:
        return load_from(fx, field.type, b.symaddr(static_storage(fx.program, field)), 0)
    if checked:
        fx.nullcheck(target)
    return load_from(fx, field.type, target, field.offset)


def _write_field(fx: Context, field: FieldSym, target: Value, made: Value, checked: bool) -> None:
    b = fx.b
    if field.is_static:
        store_to(fx, field.type, b.symaddr(static_storage(fx.program, field)), made, 0)
        return
    if checked:
        fx.nullcheck(target)
    store_to(fx, field.type, target, made, field.offset)


def _this(fx: Context, expr: ast.Expr) -> Value:
    return fx.this


def _member(fx: Context, expr: ast.Expr) -> Value:
    assert isinstance(expr, ast.Member)
    ref = fx.typed.refs[expr.id]
    if isinstance(ref, LengthOf):
        target = value(fx, expr.target)
        fx.b.pos = expr.pos
        fx.nullcheck(target)
        return fx.b.load(ir.I64, target, 8, ops.INVARIANT)
    if isinstance(ref, Resolved) and ref.builtin == "caught_message":
        return value(fx, expr.target)
    if not isinstance(ref, FieldSym):
        raise Unsupported("this member access", expr.start, expr.end)
    if ref.is_static:
        return _read_field(fx, ref, 0, checked=False)
    target = value(fx, expr.target)
    fx.b.pos = expr.pos
    return _read_field(fx, ref, target, may_be_null(fx, expr.target))


def may_be_null(fx: Context, target: ast.Expr) -> bool:
    """True if the target of a member access needs a null check."""
    return not isinstance(target, (ast.ThisExpr, ast.BaseExpr, ast.New)) and is_reference(fx.typed.type_of(target))


def _index(fx: Context, expr: ast.Expr) -> Value:
    assert isinstance(expr, ast.Index)
    target = value(fx, expr.target)
    index, unsigned = index_value(fx, expr.args[0])
    fx.b.pos = expr.pos
    return _read_element(fx, fx.typed.type_of(expr.target), target, index, unsigned)


def index_value(fx: Context, expr: ast.Expr) -> tuple[Value, bool]:
    """An index as I64, and whether it is to be read as unsigned."""
    type_ = fx.typed.type_of(expr)
    if fx.typed.consts[expr.id] is not None:
        return value_as(fx, expr, UINT if type_ is UINT else INT), type_ is UINT
    return widen(fx, number_type(type_), value(fx, expr), ir.I64), type_ is UINT


def _read_element(fx: Context, type_: Type, target: Value, index: Value, unsigned: bool) -> Value:
    b = fx.b
    if type_ is STRING:
        byte = b.load(ir.I8, element_address(fx, target, index, unsigned, BOOL), 16)
        return b.un(ops.ZEXT, ir.I32, byte)
    assert isinstance(type_, ArrayType)
    return load_from(fx, type_.element, element_address(fx, target, index, unsigned, type_.element), 16)


# -- operators -------------------------------------------------------------------------------------------------------------

def _unary(fx: Context, expr: ast.Expr) -> Value:
    assert isinstance(expr, ast.Unary)
    if expr.op not in ("+", "-", "!", "~"):
        raise Unsupported("await" if expr.op == "await" else "pointers", expr.start, expr.end)
    known = fx.typed.operand_types[expr.id] or fx.typed.type_of(expr)
    source = fx.typed.type_of(expr.operand)
    if expr.op == "!":
        made = truth(fx, source, value(fx, expr.operand))
        fx.b.pos = expr.pos
        flipped = fx.b.bin(ops.XOR, ir.BOOL, made, fx.b.const(ir.BOOL, 1))
        return flipped if fx.typed.type_of(expr) is BOOL else fx.b.un(ops.ZEXT, ir.I64, flipped)
    operand = value_as(fx, expr.operand, known)
    fx.b.pos = expr.pos
    if expr.op == "-":
        return negate(fx, known, operand)
    if expr.op == "~":
        return fx.b.un(ops.NOT, known.ir, operand)
    return operand


def _binary(fx: Context, expr: ast.Expr) -> Value:
    assert isinstance(expr, ast.Binary)
    if expr.op in ("&&", "||"):
        return _logic(fx, expr)
    if expr.op == "+" and fx.typed.type_of(expr) is STRING:
        return _concat(fx, expr)
    spine: list[ast.Binary] = [expr]
    first = expr.left
    while (isinstance(first, ast.Binary) and fx.typed.consts[first.id] is None and first.op not in ("&&", "||")
           and fx.typed.type_of(first) is not STRING):
        spine.append(first)
        first = first.left
    made = 0
    for at in range(len(spine) - 1, -1, -1):
        node = spine[at]
        wanted = _operand_type(fx, node)
        if at == len(spine) - 1:
            left = value_as(fx, node.left, wanted)
        else:
            left = convert(fx, made, fx.typed.type_of(node.left), wanted)
        made = _apply(fx, node, wanted, left)
    return made


def _operand_type(fx: Context, node: ast.Binary) -> Type:
    known = fx.typed.operand_types[node.id]
    if known is not None and known is not NULL:
        return known
    left, right = fx.typed.type_of(node.left), fx.typed.type_of(node.right)
    return right if left is NULL else left


def _apply(fx: Context, node: ast.Binary, wanted: Type, left: Value) -> Value:
    b = fx.b
    if node.op in ("<<", ">>"):
        right = _shift_count(fx, node.right, wanted)
        b.pos = node.pos
        return arithmetic(fx, node.op, wanted, left, right)
    right = value_as(fx, node.right, wanted)
    b.pos = node.pos
    if node.op in COMPARISONS:
        if wanted is STRING and not _is_null(node.left) and not _is_null(node.right):
            equal = fx.library("__str_eq", left, right)
            return equal if node.op == "==" else b.bin(ops.XOR, ir.BOOL, equal, b.const(ir.BOOL, 1))
        return compare(fx, node.op, wanted, left, right)
    if wanted is BOOL or isinstance(wanted, EnumType):
        operation = {"&": ops.AND, "|": ops.OR, "^": ops.XOR}[node.op]
        return b.bin(operation, wanted.ir, left, right)
    return arithmetic(fx, node.op, wanted, left, right)


def _is_null(expr: ast.Expr) -> bool:
    return isinstance(expr, ast.NullLit)


def _shift_count(fx: Context, expr: ast.Expr, wanted: Type) -> Value:
    known = fx.typed.consts[expr.id]
    if known is not None:
        assert isinstance(known, int)
        return fx.b.const(wanted.ir, known & number_type(wanted).bits - 1)
    return widen(fx, number_type(fx.typed.type_of(expr)), value(fx, expr), wanted.ir)


def _logic(fx: Context, expr: ast.Binary) -> Value:
    b = fx.b
    result = b.new_var(ir.BOOL)
    yes, no, done = b.new_block(), b.new_block(), b.new_block()
    condition(fx, expr, yes, no)
    for block, outcome in ((yes, 1), (no, 0)):
        b.seal(block)
        b.start(block)
        b.write(result, b.const(ir.BOOL, outcome))
        b.jump(done)
    b.seal(done)
    b.start(done)
    return b.read(result)


def condition(fx: Context, expr: ast.Expr, yes: Block, no: Block) -> None:
    """Go to `yes` if the condition holds, else to `no`. Neither block is sealed or started here."""
    b = fx.b
    while isinstance(expr, ast.Unary) and expr.op == "!" and fx.typed.consts[expr.id] is None:
        expr = expr.operand
        yes, no = no, yes
    known = fx.typed.consts[expr.id]
    if known is not None:
        b.pos = expr.pos
        b.jump(yes if known else no)
        return
    if isinstance(expr, ast.Binary) and expr.op in ("&&", "||"):
        parts = [expr.right]
        first: ast.Expr = expr.left
        while isinstance(first, ast.Binary) and first.op == expr.op and fx.typed.consts[first.id] is None:
            parts.append(first.right)
            first = first.left
        parts.append(first)
        for at in range(len(parts) - 1, 0, -1):
            following = b.new_block(fx.b.module.blocks.weight[b.block])
            if expr.op == "&&":
                condition(fx, parts[at], following, no)
            else:
                condition(fx, parts[at], yes, following)
            b.seal(following)
            b.start(following)
        condition(fx, parts[0], yes, no)
        return
    made = truth(fx, fx.typed.type_of(expr), value(fx, expr))
    b.pos = expr.pos
    b.br(made, yes, no)


def _conditional_value(fx: Context, expr: ast.Expr) -> Value:
    assert isinstance(expr, ast.Conditional)
    return _conditional(fx, expr, fx.typed.type_of(expr))


def _conditional(fx: Context, expr: ast.Conditional, target: Type) -> Value:
    b = fx.b
    own = fx.typed.type_of(expr)
    if own is NULL:
        own = target
    result = b.new_var(own.ir)
    yes, no, done = b.new_block(), b.new_block(), b.new_block()
    condition(fx, expr.cond, yes, no)
    for block, branch in ((yes, expr.then), (no, expr.other)):
        b.seal(block)
        b.start(block)
        b.write(result, value_as(fx, branch, own))
        b.jump(done)
    b.seal(done)
    b.start(done)
    return convert(fx, b.read(result), own, target)


# -- strings ---------------------------------------------------------------------------------------------------------------

def text_of(fx: Context, made: Value, type_: Type) -> Value:
    """The text form of a value (section 4.5) as a string; null strings stay null (concatenation takes them as empty)."""
    if type_ in (STRING, NULL):
        return made
    if is_reference(type_):
        fx.program.use_slot(0)
        return fx.library("__str_obj", made)
    if type_ is CHAR:
        return fx.library("__str_char", made)
    if isinstance(type_, ClassType):
        fx.program.use_slot(0)
        return fx.library("__str_obj", convert(fx, made, type_, OBJECT))
    if isinstance(type_, EnumType):
        raise Unsupported(f"text form of {type_}", fx.b.pos, fx.b.pos)
    if type_ is UINT:
        return fx.library("__str_u64", made)
    if type_ in FLOATS or type_ is BOOL:
        return fx.library(_TEXT[type_.ir], made)
    assert isinstance(type_, Primitive)
    return fx.library("__str_i64", widen(fx, type_, made, ir.I64))


def _concat(fx: Context, expr: ast.Binary) -> Value:
    parts: list[ast.Binary] = [expr]
    first = expr.left
    while (isinstance(first, ast.Binary) and first.op == "+" and fx.typed.type_of(first) is STRING
           and fx.typed.consts[first.id] is None):
        parts.append(first)
        first = first.left
    parts.reverse()
    # a + b evaluates both operands before either becomes text; every further operand is evaluated after the text so far
    left = value(fx, first)
    right = value(fx, parts[0].right)
    fx.b.pos = parts[0].pos
    pieces = [text_of(fx, left, fx.typed.type_of(first)), text_of(fx, right, fx.typed.type_of(parts[0].right))]
    for node in parts[1:]:
        made = value(fx, node.right)
        fx.b.pos = node.pos
        pieces.append(text_of(fx, made, fx.typed.type_of(node.right)))
        if len(pieces) == 4:
            pieces = [fx.library("__concat4", *pieces)]
    if len(pieces) == 1:
        return pieces[0]
    name = {2: "__concat", 3: "__concat3", 4: "__concat4"}[len(pieces)]
    return fx.library(name, *pieces)


# -- assignment ------------------------------------------------------------------------------------------------------------

class Place:
    """An assignable thing whose parts were evaluated once: a local, a field of an object, or an element of an array."""

    __slots__ = ("base", "checked", "expr", "index", "ref", "type", "unsigned")

    def __init__(self, fx: Context, expr: ast.Expr) -> None:
        self.expr = expr
        self.type = fx.typed.type_of(expr)
        self.ref = fx.typed.refs[expr.id]
        self.base: Value = 0
        self.index: Value = 0
        self.unsigned = False
        self.checked = False
        if isinstance(expr, ast.Index):
            self.base = value(fx, expr.target)
            self.index, self.unsigned = index_value(fx, expr.args[0])
        elif isinstance(self.ref, FieldSym) and not self.ref.is_static:
            if isinstance(expr, ast.Member):
                self.base = value(fx, expr.target)
                self.checked = may_be_null(fx, expr.target)
            else:
                self.base = fx.this

    def load(self, fx: Context) -> Value:
        """Read it, with its checks."""
        fx.b.pos = self.expr.pos
        if isinstance(self.expr, ast.Index):
            return _read_element(fx, fx.typed.type_of(self.expr.target), self.base, self.index, self.unsigned)
        if isinstance(self.ref, LocalVar):
            return fx.read(self.ref)
        assert isinstance(self.ref, FieldSym)
        return _read_field(fx, self.ref, self.base, self.checked)

    def store(self, fx: Context, made: Value, checked: bool = True) -> None:
        """Write it; `checked` False after `load` has made the checks."""
        fx.b.pos = self.expr.pos
        if isinstance(self.expr, ast.Index):
            if checked:
                address = element_address(fx, self.base, self.index, self.unsigned, self.type)
            else:
                address = scaled(fx, self.base, self.index, size_of(self.type))
            store_to(fx, self.type, address, made, 16)
        elif isinstance(self.ref, LocalVar):
            fx.write(self.ref, made)
        else:
            assert isinstance(self.ref, FieldSym)
            _write_field(fx, self.ref, self.base, made, self.checked and checked)


def _assign(fx: Context, expr: ast.Expr) -> Value:
    assert isinstance(expr, ast.Assign)
    place = Place(fx, expr.target)
    if expr.op == "=":
        made = value_as(fx, expr.value, place.type)
        place.store(fx, made)
        return made
    old = place.load(fx)
    made = _compound(fx, expr, place.type, old)
    place.store(fx, made, checked=False)
    return made


def _compound(fx: Context, expr: ast.Assign, target: Type, old: Value) -> Value:
    b = fx.b
    wanted = fx.typed.operand_types[expr.id] or target
    if target is STRING or wanted is STRING:
        right = value(fx, expr.value)
        b.pos = expr.pos
        return fx.library("__concat", text_of(fx, old, target), text_of(fx, right, fx.typed.type_of(expr.value)))
    if expr.op in ("<<", ">>"):
        right = _shift_count(fx, expr.value, wanted)
    else:
        right = value_as(fx, expr.value, wanted)
    b.pos = expr.pos
    if wanted is BOOL or isinstance(wanted, EnumType):
        return b.bin({"&": ops.AND, "|": ops.OR, "^": ops.XOR}[expr.op], wanted.ir, old, right)
    left = convert(fx, old, target, wanted)
    made = arithmetic(fx, expr.op, wanted, left, right)
    return store_back(fx, made, wanted, target, OVERFLOW_OF.get(expr.op, 0))  # `>>` shrinks


def _incdec_value(fx: Context, expr: ast.Expr) -> Value:
    assert isinstance(expr, ast.IncDec)
    return _incdec(fx, expr, wanted=True)


def _incdec(fx: Context, expr: ast.IncDec, wanted: bool) -> Value:
    b = fx.b
    place = Place(fx, expr.operand)
    old = place.load(fx)
    work = fx.typed.operand_types[expr.id] or place.type
    b.pos = expr.pos
    left = convert(fx, old, place.type, work)
    one = b.fconst(work.ir, 1.0) if work in FLOATS else b.const(work.ir, 1)
    op = "+" if expr.op == "++" else "-"
    made = store_back(fx, arithmetic(fx, op, work, left, one), work, place.type, OVERFLOW_OF[op])
    place.store(fx, made, checked=False)
    return made if expr.prefix else old


# -- types and casts -------------------------------------------------------------------------------------------------------

def _cast(fx: Context, expr: ast.Expr) -> Value:
    assert isinstance(expr, ast.Cast)
    target = fx.typed.type_nodes[id(expr.type)]
    source = fx.typed.type_of(expr.operand)
    made = value(fx, expr.operand)
    fx.b.pos = expr.pos
    if is_reference(source) and is_reference(target):
        return _cast_reference(fx, made, source, target)
    if is_reference(source):
        return _unbox(fx, made, target)
    if is_reference(target):
        return convert(fx, made, source, target)
    return cast(fx, made, source, target)


def _cast_reference(fx: Context, made: Value, source: Type, target: Type) -> Value:
    from .types import derives_from
    if target is OBJECT or source is NULL or source is target or derives_from(source, target):
        return made
    b = fx.b
    test, done = b.new_block(), b.new_block()
    b.br(b.cmp(ops.EQ, made, b.const(ir.PTR, 0)), done, test)
    b.seal(test)
    b.start(test)
    good = has_type(fx, made, target)
    wanted = b.symaddr(descriptor(fx.program, target))
    fx.trapif(b.cmp(ops.EQ, good, b.const(ir.BOOL, 0)), traps.CAST_REF, (made, wanted))
    b.jump(done)
    b.seal(done)
    b.start(done)
    return made


def has_type(fx: Context, made: Value, target: Type) -> Value:
    """Bool: the non-null object is of a type (or derived from it)."""
    b = fx.b
    own = b.load(ir.PTR, made, 0, ops.INVARIANT)
    if isinstance(target, ClassType) and not target.is_struct and target.children:
        first, last = fx.program.numbers[target]
        descriptor(fx.program, target)
        number = b.load(ir.I32, own, 8, ops.INVARIANT)
        offset = b.bin(ops.SUB, ir.I32, number, b.const(ir.I32, first))
        return b.cmp(ops.ULE, offset, b.const(ir.I32, last - first))
    boxed = not is_reference(target)
    return b.cmp(ops.EQ, own, b.symaddr(descriptor(fx.program, target, boxed)))


def _unbox(fx: Context, made: Value, target: Type) -> Value:
    b = fx.b
    fx.nullcheck(made)
    good = has_type(fx, made, target)
    wanted = b.symaddr(descriptor(fx.program, target, boxed=True))
    fx.trapif(b.cmp(ops.EQ, good, b.const(ir.BOOL, 0)), traps.CAST_REF, (made, wanted))
    if is_struct(target):
        home = temporary(fx, target)
        copy_struct(fx, home, load_from(fx, target, made, 8), target)
        return home
    return b.load(target.ir, made, 8)


def _type_test(fx: Context, expr: ast.Expr) -> Value:
    assert isinstance(expr, ast.TypeTest)
    b = fx.b
    target = fx.typed.type_nodes[id(expr.type)]
    source = fx.typed.type_of(expr.operand)
    made = value(fx, expr.operand)
    b.pos = expr.pos
    if not is_reference(source):
        if expr.op == "is":
            return b.const(ir.BOOL, int(source is target or target is OBJECT))
        return convert(fx, made, source, target)
    result = b.new_var(ir.BOOL if expr.op == "is" else ir.PTR)
    test, no, done = b.new_block(), b.new_block(), b.new_block()
    b.br(b.cmp(ops.EQ, made, b.const(ir.PTR, 0)), no, test)
    b.seal(test)
    b.start(test)
    good = b.const(ir.BOOL, 1) if target is OBJECT else has_type(fx, made, target)
    if expr.op == "is":
        b.write(result, good)
    else:
        b.write(result, b.select(ir.PTR, good, made, b.const(ir.PTR, 0)))
    b.jump(done)
    b.seal(no)
    b.start(no)
    b.write(result, b.const(ir.BOOL if expr.op == "is" else ir.PTR, 0))
    b.jump(done)
    b.seal(done)
    b.start(done)
    return b.read(result)


def _checked(fx: Context, expr: ast.Expr) -> Value:
    assert isinstance(expr, ast.CheckedExpr)
    before, fx.unchecked = fx.unchecked, not expr.checked
    made = value(fx, expr.operand)
    fx.unchecked = before
    return made


def _default(fx: Context, expr: ast.Expr) -> Value:
    return default_value(fx, fx.typed.type_of(expr))


# -- arrays ----------------------------------------------------------------------------------------------------------------

def array_literal(fx: Context, expr: ast.ArrayInit, type_: Type) -> Value:
    """`{ a, b, ... }` as a new array."""
    assert isinstance(type_, ArrayType)
    b = fx.b
    array = new_array(fx, type_, [b.const(ir.I64, len(expr.items))])
    size = size_of(type_.element)
    for at, item in enumerate(expr.items):
        made = value_as(fx, item, type_.element)
        store_to(fx, type_.element, array, made, 16 + at * size)
    return array


def _new(fx: Context, expr: ast.Expr) -> Value:
    assert isinstance(expr, ast.New)
    type_ = fx.typed.type_of(expr)
    if expr.args is not None:
        return NEW_OBJECT[0](fx, expr)
    if expr.init is not None:
        return array_literal(fx, expr.init, type_)
    lengths = [index_value(fx, size)[0] for size in expr.dims if size is not None]
    fx.b.pos = expr.pos
    return new_array(fx, type_, lengths)


NEW_OBJECT: list[Callable[[Context, ast.New], Value]] = []
"""How `new C(args)` is lowered: lower_calls, which stands above this file, puts itself here (and `ast.Call` into VALUE)."""


def _unsupported(what: str) -> Callable[[Context, ast.Expr], Value]:
    def refuse(fx: Context, expr: ast.Expr) -> Value:
        raise Unsupported(what, expr.start, expr.end)
    return refuse


VALUE: dict[type[ast.Expr], Callable[[Context, ast.Expr], Value]] = {
    ast.NullLit: _null,
    ast.StringLit: _string,
    ast.NameExpr: _name,
    ast.ThisExpr: _this,
    ast.BaseExpr: _this,
    ast.Member: _member,
    ast.Index: _index,
    ast.Unary: _unary,
    ast.IncDec: _incdec_value,
    ast.Binary: _binary,
    ast.TypeTest: _type_test,
    ast.Conditional: _conditional_value,
    ast.Assign: _assign,
    ast.Cast: _cast,
    ast.New: _new,
    ast.DefaultOf: _default,
    ast.CheckedExpr: _checked,
    ast.InterpolatedString: _unsupported("string interpolation"),
    ast.Lambda: _unsupported("lambda expressions"),
    ast.SizeOf: _unsupported("sizeof"),
}
