"""Operators: arithmetic, comparison, logic, concatenation, `?:`, assignment, ++ and -- (fluxsharp.md sections 6.3-6.7, 19)."""

from __future__ import annotations

from typing import Final

from . import ast, consts
from .context import Checker
from .conversions import COMMON, adjusted, cast_possible, common_type, conversion_hint, convert, rank
from .typed import FieldSym, LengthOf, LocalVar
from .types import (
    BOOL,
    CHAR,
    ERROR,
    FLOATS,
    INT,
    INTEGERS,
    NULL,
    NUMBERS,
    OBJECT,
    STRING,
    U32,
    UINT,
    VOID,
    ArrayType,
    ClassType,
    EnumType,
    PromiseType,
    Type,
    derives_from,
    is_reference,
)
from .visit import EXPRESSIONS, check_condition, check_value, condition_type, fail, not_null_if

_ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "%"})
_BITS: Final = frozenset({"&", "|", "^"})
_RELATIONS: Final = frozenset({"<", ">", "<=", ">="})
_EQUALITY: Final = frozenset({"==", "!="})
_LOGIC: Final = frozenset({"&&", "||"})


# -- binary operators --------------------------------------------------------------------------------------------------------


def _binary(c: Checker, e: ast.Binary) -> Type:
    """A left-leaning chain of any length, from its innermost operand outwards."""
    left = e.left
    if type(left) is not ast.Binary:
        return _combine(c, e, check_value(c, left))
    chain = [e]
    while type(left) is ast.Binary:
        chain.append(left)
        left = left.left
    result = check_value(c, left)
    types, values = c.types, c.consts
    pieces: list[bytes] = []  # constant strings to the left, joined only once: the parts of a long chain are not kept
    for at in range(len(chain) - 1, -1, -1):
        node = chain[at]
        if (
            result is STRING
            and node.op == "+"
            and type(node.right) is ast.StringLit
            and (pieces or type(values[node.left.id]) is bytes)
        ):
            check_value(c, node.right)
            if not pieces:
                first = values[node.left.id]
                assert isinstance(first, bytes)
                pieces.append(first)
            pieces.append(node.right.value)
            c.operand_types[node.id] = types[node.id] = STRING
            continue
        if pieces:
            values[node.left.id] = b"".join(pieces)
            pieces = []
        result = _combine(c, node, result)
        types[node.id] = result
    if pieces:
        values[e.id] = b"".join(pieces)
    return result


def _combine(c: Checker, e: ast.Binary, lt: Type) -> Type:
    """Check one operator whose left operand has been checked."""
    op = e.op
    right = e.right
    if op in _LOGIC:
        return _logic(c, e, lt)
    rt = check_value(c, right)
    if lt is INT and rt is INT:
        c.operand_types[e.id] = INT
        result: Type = INT if op not in consts.COMPARE else BOOL
    elif op in ("<<", ">>"):
        result = _shift(c, e, lt, rt)
    elif op in _ARITHMETIC or op in _BITS:
        result = _arithmetic(c, e, lt, rt)
    else:
        result = _comparison(c, e, lt, rt)
    values = c.consts
    if values[right.id] is not None:
        _fold(c, e, result, rt)
    return result


def _fold(c: Checker, e: ast.Binary, result: Type, rt: Type) -> None:
    """Give a constant value to an operator whose right operand is constant; warn about division by zero."""
    wanted = c.operand_types[e.id]
    if wanted is None or result is ERROR:
        return
    right = c.consts[e.right.id]
    left = c.consts[e.left.id]
    if left is None:
        if e.op in ("/", "%") and right == 0 and wanted not in FLOATS:
            fail(c, e, consts.ZERO, 1)
        return
    value = consts.binary(e.op, wanted, left, right, c.body.unchecked)
    if isinstance(value, consts.Failure):
        fail(c, e, value, len(e.op))
    else:
        c.consts[e.id] = value


def undefined_operator(c: Checker, e: ast.Expr, op: str, lt: Type, rt: Type) -> Type:
    """Report FS0305 or FS0306 at the operator."""
    if lt is ERROR or rt is ERROR:
        return ERROR
    if lt in INTEGERS and rt in INTEGERS:
        signed = rt if lt is UINT else lt
        c.error_at("FS0306", e.pos, len(op), f"'{op}' cannot mix {lt} and {rt}", f"cast one side: write ({signed})x or (uint)x")
        return ERROR
    hint = ""
    if lt is STRING and rt is STRING and op in _RELATIONS:
        hint = "write compare(a, b) " + op + " 0"
    elif op in _EQUALITY and NULL in (lt, rt):
        hint = "a value type is never null"
    elif BOOL in (lt, rt) and op in _BITS | _ARITHMETIC:
        hint = "a bool is no number"
    c.error_at("FS0305", e.pos, len(op), f"the operator '{op}' is not defined for {lt} and {rt}", hint)
    return ERROR


def _shift(c: Checker, e: ast.Binary | ast.Assign, lt: Type, rt: Type) -> Type:
    if (lt not in INTEGERS and lt is not CHAR) or rt not in INTEGERS:
        return undefined_shift(c, e, lt, rt)
    result = adjusted(lt)
    c.operand_types[e.id] = result
    return result


def undefined_shift(c: Checker, e: ast.Binary | ast.Assign, lt: Type, rt: Type) -> Type:
    """Report a shift of or by something that is no integer."""
    if ERROR not in (lt, rt):
        c.error_at("FS0305", e.pos, 2, f"the operator '{e.op}' is not defined for {lt} and {rt}")
    return ERROR


def _arithmetic(c: Checker, e: ast.Binary, lt: Type, rt: Type) -> Type:
    """Arithmetic, bit operators and concatenation; sets the operand type."""
    op = e.op
    if op == "+" and (lt is STRING or rt is STRING):
        c.operand_types[e.id] = STRING
        return STRING
    result = operand_type(c, op, e.left, e.right, lt, rt)
    if result is None:
        return undefined_operator(c, e, op, lt, rt)
    c.operand_types[e.id] = result
    return result


def operand_type(c: Checker, op: str, left: ast.Expr, right: ast.Expr, lt: Type, rt: Type) -> Type | None:
    """The type an arithmetic or bit operator works in, None if it is not defined."""
    known = common_type(c, left, right, lt, rt)
    if known is not None:
        return None if op in _BITS and known in FLOATS else known
    if op in _BITS and lt is rt and (lt is BOOL or isinstance(lt, EnumType)):
        return lt
    return None


def _comparison(c: Checker, e: ast.Binary, lt: Type, rt: Type) -> Type:
    known = common_type(c, e.left, e.right, lt, rt)
    if known is None:
        if lt is rt and isinstance(lt, EnumType):
            known = lt
        elif e.op in _EQUALITY:
            known = _equality_type(lt, rt)
    if known is None:
        undefined_operator(c, e, e.op, lt, rt)
        return BOOL
    c.operand_types[e.id] = known
    return BOOL


def _equality_type(lt: Type, rt: Type) -> Type | None:
    """The type in which `==` compares things that are no numbers; None if it cannot."""
    if lt is rt and (lt is BOOL or lt is STRING):
        return lt
    if not is_reference(lt) or not is_reference(rt):
        return None
    if lt is NULL:
        return rt
    if rt is NULL or lt is rt:
        return lt
    if lt is OBJECT or rt is OBJECT:
        return OBJECT
    if derives_from(lt, rt):
        return rt
    if derives_from(rt, lt):
        return lt
    if isinstance(lt, ArrayType) and isinstance(rt, ArrayType) and lt.element is rt.element:
        return lt if lt.readonly else rt
    return None


def _logic(c: Checker, e: ast.Binary, lt: Type) -> Type:
    """`&&` and `||`: the left operand has been checked as a value, not yet as a condition."""
    body = c.body
    condition_type(c, e.left, lt)
    if body.nullables:
        added = not_null_if(c, e.left, e.op == "&&") - body.proven
        body.proven |= added
        check_condition(c, e.right)
        body.proven -= added
    else:
        check_condition(c, e.right)
    c.operand_types[e.id] = BOOL
    a, b = c.consts[e.left.id], c.consts[e.right.id]
    if a is not None and b is not None:
        c.consts[e.id] = bool(a and b if e.op == "&&" else a or b)
    return BOOL


# -- unary operators ---------------------------------------------------------------------------------------------------------


def _unary(c: Checker, e: ast.Unary) -> Type:
    op = e.op
    operand = e.operand
    if op == "-" and type(operand) is ast.IntLit and operand.value == 1 << 63 and not operand.unsigned:
        c.types[operand.id] = c.operand_types[e.id] = INT
        c.consts[e.id] = c.consts[operand.id] = -1 << 63  # the literal itself only exists under the minus
        return INT
    if op in ("await", "*", "&"):
        return _await(c, e) if op == "await" else _pointer(c, e)
    type_ = check_value(c, operand)
    if type_ is ERROR:
        return ERROR
    wanted, result = _unary_type(op, type_)
    if wanted is None:
        hint = "cast it: write -(int)x" if type_ is UINT else ""
        c.error_at("FS0305", e.pos, 1, f"the operator '{op}' is not defined for {type_}", hint)
        return ERROR
    c.operand_types[e.id] = wanted
    value = c.consts[operand.id]
    if value is not None:
        known = consts.unary(op, wanted, value, c.body.unchecked)
        if isinstance(known, consts.Failure):
            fail(c, e, known, 1)
        else:
            c.consts[e.id] = known
    return result


def _unary_type(op: str, type_: Type) -> tuple[Type | None, Type]:
    """The type the operand is adjusted to (None: not defined) and the type of the result."""
    if op == "!":
        if type_ is BOOL:
            return BOOL, BOOL
        return (type_, INT) if type_ in INTEGERS else (None, ERROR)
    if op == "~":
        if isinstance(type_, EnumType):
            return type_, type_
        known = adjusted(type_)
        return (known, known) if known in INTEGERS else (None, ERROR)
    known = adjusted(type_)
    if op == "-":
        if known is UINT:
            return None, ERROR
        if known is U32:
            known = INT
    return (known, known) if known in NUMBERS else (None, ERROR)


def _await(c: Checker, e: ast.Unary) -> Type:
    """`await` of a promise gives its result; of an `int` it waits for that event."""
    found = check_value(c, e.operand)
    method = c.body.method
    if method is None or not method.is_async:
        c.error_at("FS0506", e.pos, 5, "'await' is only allowed in async functions", "write 'async' in front of the result type")
    if isinstance(found, PromiseType):
        return found.result
    if found is not INT and found is not ERROR:
        c.error("FS0517", e.operand, f"a value of type {found} cannot be awaited", "await a promise or an event's number")
        return ERROR
    return VOID if found is INT else ERROR


def _pointer(c: Checker, e: ast.Unary) -> Type:
    check_value(c, e.operand)
    c.error_at("FS0899", e.pos, 1, "pointers are not supported yet")
    return ERROR


# -- conditional -------------------------------------------------------------------------------------------------------------


def _conditional(c: Checker, e: ast.Conditional) -> Type:
    body = c.body
    check_condition(c, e.cond)
    if body.nullables:
        when, otherwise = not_null_if(c, e.cond, True) - body.proven, not_null_if(c, e.cond, False) - body.proven
        body.proven |= when
        lt = check_value(c, e.then)
        body.proven = body.proven - when | otherwise
        rt = check_value(c, e.other)
        body.proven -= otherwise
    else:
        lt, rt = check_value(c, e.then), check_value(c, e.other)
    result = _conditional_type(c, e, lt, rt)
    chosen = c.consts[e.cond.id]
    a, b = c.consts[e.then.id], c.consts[e.other.id]
    if chosen is not None and a is not None and b is not None and result is not ERROR:
        c.consts[e.id] = consts.to_type(a if chosen else b, result)
    return result


def _conditional_type(c: Checker, e: ast.Conditional, lt: Type, rt: Type) -> Type:
    if lt is rt:
        return lt
    if lt is ERROR or rt is ERROR:
        return ERROR
    if (type(c.consts[e.then.id]) is int and type(c.consts[e.other.id]) is int) or (lt in NUMBERS and rt in NUMBERS):
        known = common_type(c, e.then, e.other, lt, rt)
        if known is not None:
            return known
    forward, backward = rank(c, e.then, lt, rt), rank(c, e.other, rt, lt)
    if forward >= 0 and (backward < 0 or forward <= backward):
        return rt
    if backward >= 0:
        return lt
    c.error_at("FS0301", e.pos, 1, f"the two sides of '?:' have the unrelated types {lt} and {rt}")
    return ERROR


# -- assignment --------------------------------------------------------------------------------------------------------------


def _assign(c: Checker, e: ast.Assign) -> Type:
    target = e.target
    tt = check_value(c, target)
    ref = c.refs[target.id]
    if type(ref) is not LocalVar or ref.is_const or ref.read_only:
        tt = check_assignable(c, target, tt)
    else:
        ref.written = True
    value = e.value
    vt = check_value(c, value)
    if e.op == "=":
        if tt is not vt and tt is not ERROR:
            convert(c, value, vt, tt)
        return tt
    if tt is ERROR or vt is ERROR:
        return tt
    return _compound(c, e, tt, vt)


def _compound(c: Checker, e: ast.Assign, tt: Type, vt: Type) -> Type:
    """`x op= v` is `x = (T)(x op v)`: find the type the operator works in and check that its result can be cast back."""
    op = e.op
    if op in ("<<", ">>"):
        if (tt not in INTEGERS and tt is not CHAR) or vt not in INTEGERS:
            undefined_shift(c, e, tt, vt)
        else:
            c.operand_types[e.id] = adjusted(tt)
        return tt
    if op == "+" and (tt is STRING or vt is STRING):
        if tt is STRING or tt is OBJECT:
            c.operand_types[e.id] = STRING
        else:
            c.error("FS0301", e.value, f"no implicit conversion from string to {tt}", conversion_hint(c, STRING, tt))
        return tt
    known = operand_type(c, op, e.target, e.value, tt, vt)
    if known is None or not cast_possible(known, tt):
        undefined_operator(c, e, f"{op}=", tt, vt)
        return tt
    c.operand_types[e.id] = known
    if op in ("/", "%") and c.consts[e.value.id] == 0 and known not in FLOATS:
        fail(c, e, consts.ZERO, 2)
    return tt


def check_assignable(c: Checker, target: ast.Expr, type_: Type) -> Type:
    """Check that something may be assigned; its type, ERROR (reported) if not."""
    ref = c.refs[target.id]
    if isinstance(target, ast.NameExpr):
        if isinstance(ref, LocalVar):
            return _assignable_local(c, target, ref, type_)
        if isinstance(ref, FieldSym):
            return _assignable_field(c, target, ref, type_)
    elif isinstance(target, ast.Member):
        if isinstance(ref, FieldSym):
            checked = _assignable_field(c, target, ref, type_)
            return checked if checked is ERROR or ref.is_static else _assignable_holder(c, target, checked)
    elif isinstance(target, ast.Index):
        return _assignable_element(c, target, type_)
    if type_ is not ERROR and c.consts[target.id] is not None and isinstance(target, (ast.NameExpr, ast.Member)):
        c.error("FS0504", target, "a constant cannot be assigned")
    elif type_ is not ERROR:
        what = "the length cannot change" if isinstance(ref, LengthOf) else "this cannot be assigned"
        c.error("FS0112", target, f"{what}: it is no variable")
    return ERROR


def _assignable_local(c: Checker, target: ast.Expr, ref: LocalVar, type_: Type) -> Type:
    if ref.is_const or ref.read_only:
        what = "a constant" if ref.is_const else "the variable of a foreach"
        c.error("FS0504", target, f"'{ref.name}' is {what} and cannot be assigned")
        return ERROR
    ref.written = True
    return type_


def _assignable_field(c: Checker, target: ast.Expr, ref: FieldSym, type_: Type) -> Type:
    if ref.is_const:
        c.error("FS0504", target, f"'{ref.name}' is a constant and cannot be assigned")
        return ERROR
    if ref.is_readonly and not _in_constructor(c, target, ref):
        c.error("FS0504", target, f"'{ref.name}' is readonly: only initialisers and constructors assign it")
        return ERROR
    return type_


def _in_constructor(c: Checker, target: ast.Expr, ref: FieldSym) -> bool:
    method = c.body.method
    if ref.is_static or method is None or not method.is_ctor or method.owner is not ref.owner:
        return False
    return isinstance(target, ast.NameExpr) or (isinstance(target, ast.Member) and isinstance(target.target, ast.ThisExpr))


def _assignable_holder(c: Checker, target: ast.Member, type_: Type) -> Type:
    """Assigning a field of a struct changes the struct: it must be a variable, and not a read-only one."""
    holder: ast.Expr = target.target
    while True:
        held = c.typed.type_of(holder)
        if not isinstance(held, ClassType) or not held.is_struct:
            return type_
        ref = c.refs[holder.id]
        if isinstance(holder, ast.NameExpr) and isinstance(ref, LocalVar):
            return _assignable_local(c, target, ref, type_)
        if isinstance(ref, FieldSym) and isinstance(holder, (ast.NameExpr, ast.Member)):
            if _assignable_field(c, target if ref.is_const else holder, ref, type_) is ERROR:
                return ERROR
            if isinstance(holder, ast.NameExpr) or ref.is_static:
                return type_
            holder = holder.target
            continue
        if isinstance(holder, (ast.ThisExpr, ast.Index)):
            return type_
        c.error(
            "FS0324",
            target,
            f"this assigns a field of a temporary {held}: the change would be lost",
            "keep the value in a variable first",
        )
        return ERROR


def _assignable_element(c: Checker, target: ast.Index, type_: Type) -> Type:
    held = c.typed.type_of(target.target)
    if held is STRING:
        c.error("FS0322", target, "a string cannot be changed", "build a new one with substring and +")
        return ERROR
    if isinstance(held, ArrayType) and held.readonly:
        c.error("FS0504", target, f"the elements of a {held} cannot be assigned")
        return ERROR
    return type_


def _incdec(c: Checker, e: ast.IncDec) -> Type:
    operand = e.operand
    type_ = check_value(c, operand)
    ref = c.refs[operand.id]
    if type(ref) is not LocalVar or ref.is_const or ref.read_only:
        type_ = check_assignable(c, operand, type_)
    else:
        ref.written = True
    if type_ is ERROR:
        return ERROR
    if type_ not in COMMON:
        c.error_at("FS0305", e.pos, 2, f"the operator '{e.op}' is not defined for {type_}")
        return ERROR
    c.operand_types[e.id] = adjusted(type_)
    return type_


EXPRESSIONS.update(
    {
        ast.Binary: _binary,
        ast.Unary: _unary,
        ast.Conditional: _conditional,
        ast.Assign: _assign,
        ast.IncDec: _incdec,
    }
)
