"""Expressions: literals, names, member access, indexing, `new`, casts and initialisers (fluxsharp.md sections 4-6, 9, 11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from . import ast, consts, names
from .builtins import BUILTINS, CONSTANTS, EXCEPTIONS, INTRINSICS, OBJECT_METHODS, UNSUPPORTED_TYPES
from .check_decls import constant_field, fill_enum, size_value
from .context import Checker, suggest
from .conversions import cast_possible, conversion_hint, convert
from .resolve_types import resolve, wrapped
from .typed import FieldSym, LengthOf, LocalVar, MethodSym, Resolved
from .types import (
    BOOL,
    CHAR,
    DOUBLE,
    ERROR,
    FLOAT,
    INT,
    INTEGERS,
    NULL,
    OBJECT,
    STRING,
    UINT,
    ArrayType,
    ClassType,
    EnumType,
    Primitive,
    Type,
    derives_from,
    is_reference,
    size_of,
)
from .visit import EXPRESSIONS, check_not_null, check_value

_LENGTH: Final = LengthOf()


# -- literals --------------------------------------------------------------------------------------------------------------


def _int(c: Checker, e: ast.IntLit) -> Type:
    value = e.value
    c.consts[e.id] = value
    if value <= 0x7FFFFFFFFFFFFFFF and not e.unsigned:
        return INT
    return UINT


def _float(c: Checker, e: ast.FloatLit) -> Type:
    c.consts[e.id] = e.value
    return FLOAT if e.single else DOUBLE


def _char(c: Checker, e: ast.CharLit) -> Type:
    c.consts[e.id] = e.value
    return CHAR


def _string(c: Checker, e: ast.StringLit) -> Type:
    c.consts[e.id] = e.value
    return STRING


def _bool(c: Checker, e: ast.BoolLit) -> Type:
    c.consts[e.id] = e.value
    return BOOL


def _null(c: Checker, e: ast.NullLit) -> Type:
    return NULL


def _error(c: Checker, e: ast.Expr) -> Type:
    return ERROR


def _unsupported(what: str) -> Callable[[Checker, ast.Expr], Type]:
    def refuse(c: Checker, e: ast.Expr) -> Type:
        c.error("FS0899", e, f"{what} are not supported yet")
        return ERROR

    return refuse


def _interpolated(c: Checker, e: ast.InterpolatedString) -> Type:
    for part in e.parts:
        if isinstance(part, ast.InterpolationHole):
            check_value(c, part.value)
    c.error("FS0899", e, "interpolated strings are not supported yet")
    return STRING


# -- this and base -----------------------------------------------------------------------------------------------------------


def _this(c: Checker, e: ast.ThisExpr) -> Type:
    body = c.body
    if body.owner is not None and body.has_this:
        return ERROR if body.owner.base_unknown else body.owner
    return _no_this(c, e, "this")


def _base(c: Checker, e: ast.BaseExpr) -> Type:
    body = c.body
    if body.owner is not None and body.owner.is_struct and body.has_this:
        c.error("FS0213", e, "there is no 'base' in a struct", "a struct has no base class")
        return ERROR
    if body.owner is not None and body.has_this:
        return ERROR if body.owner.base_unknown else body.owner.base or OBJECT
    return _no_this(c, e, "base")


def _no_this(c: Checker, e: ast.Expr, word: str) -> Type:
    if c.body.where and c.body.owner is not None:
        c.error("FS0209", e, f"{c.body.where} cannot use '{word}'", "use it in the body of a constructor")
    else:
        where = "a static function" if c.body.owner is not None else "a free function"
        c.error("FS0213", e, f"there is no '{word}' in {where}")
    return ERROR


# -- simple names ------------------------------------------------------------------------------------------------------------


def _name(c: Checker, e: ast.NameExpr) -> Type:
    var = c.body.locals.get(e.name)
    if var is not None:
        c.refs[e.id] = var
        if var.const is not None:
            c.consts[e.id] = var.const
        return var.type
    return _outer_name(c, e)


def _outer_name(c: Checker, e: ast.NameExpr) -> Type:
    name = e.name
    if c.body.pending.get(name):
        c.error("FS0201", e, f"the variable '{name}' is used before its declaration")
        return ERROR
    if e.targs:
        c.error("FS0899", e, "generic functions are not supported yet")
        return ERROR
    owner = c.body.owner
    if owner is not None:
        members = names.find_members(owner, name)
        if members:
            first = members[0]
            if isinstance(first, FieldSym):
                return _use_field(c, e, first)
            return _function_value(c, e, name)
    enum = c.body.enum
    if enum is not None and name in enum.items:
        c.consts[e.id] = enum.items[name]
        return enum
    field = names.find_global(c, name)
    if field is not None:
        return _use_field(c, e, field)
    return _unknown_name(c, e, name)


def _unknown_name(c: Checker, e: ast.NameExpr, name: str) -> Type:
    """A simple name that is no variable: a constant of the language, or an error."""
    if name in c.scope.blocked:
        return ERROR
    if name in c.scope.globals or (name in c.scope.functions and not names.find_functions(c, name)):
        c.error("FS0208", e, f"'{name}' is private to another file")
        return ERROR
    if names.find_functions(c, name):
        return _function_value(c, e, name)
    named = names.find_type(c, name, e)
    if named is not None:
        if named is not ERROR:
            c.error("FS0201", e, f"'{name}' is a type, not a variable")
        return ERROR
    if name in CONSTANTS:
        c.consts[e.id] = CONSTANTS[name]
        return DOUBLE
    if name in UNSUPPORTED_TYPES:
        c.error("FS0899", e, f"{UNSUPPORTED_TYPES[name]} are not supported yet")
        return ERROR
    if name in BUILTINS or (name in INTRINSICS and c.scope is c.library_scope):
        return _function_value(c, e, name)
    if c.body.owner is not None and c.body.owner.base_unknown:
        return ERROR
    hint = suggest(c, name, names.variable_names(c)) or f"declare '{name}' before using it"
    c.error("FS0201", e, f"undefined variable '{name}'", hint)
    return ERROR


def _function_value(c: Checker, e: ast.Expr, name: str) -> Type:
    c.error("FS0301", e, f"'{name}' is a function; functions as values are not supported yet", f"call it: {name}(...)")
    return ERROR


def _use_field(c: Checker, e: ast.NameExpr, field: FieldSym) -> Type:
    """A field named simply: a global, a static or, on the implicit `this`, an instance field."""
    c.refs[e.id] = field
    if field.owner is not None:
        if not names.accessible(c, field):
            c.error("FS0207", e, f"'{field.owner}.{field.name}' is {field.visibility}")
            return ERROR
        if not field.is_static and not c.body.has_this:
            where = c.body.where or "a static function"
            c.error("FS0209", e, f"'{field.name}' belongs to an instance of '{field.owner}'; {where} has none")
            return ERROR
    if field.is_const:
        c.consts[e.id] = field.const if field.const is not None else constant_field(c, field)
    return field.type


# -- member access -----------------------------------------------------------------------------------------------------------


def check_target(c: Checker, e: ast.Expr) -> tuple[Type, bool]:
    """What stands before a dot: the type of a value, or (type, True) when it names a type."""
    kind = type(e)
    if kind is ast.NameExpr:
        assert isinstance(e, ast.NameExpr)
        name = e.name
        body = c.body
        if name not in body.locals and not body.pending.get(name) and not _names_variable(c, name):
            named = names.find_type(c, name, e)
            if named is not None:
                c.refs[e.id] = named
                c.types[e.id] = named
                return named, True
    elif kind is ast.TypeExpr:
        assert isinstance(e, ast.TypeExpr)
        named = resolve(c, e.type)
        c.refs[e.id] = named
        c.types[e.id] = named
        return named, True
    return check_value(c, e), False


def _names_variable(c: Checker, name: str) -> bool:
    owner = c.body.owner
    if owner is not None and names.find_members(owner, name):
        return True
    return names.find_global(c, name) is not None


def _member(c: Checker, e: ast.Member) -> Type:
    if e.arrow or e.targs:
        check_target(c, e.target)
        c.error("FS0899", e.name, f"{'pointers' if e.arrow else 'generic types'} are not supported yet")
        return ERROR
    type_, is_type = check_target(c, e.target)
    if type_ is ERROR:
        return ERROR
    if is_type:
        return _static_member(c, e, type_)
    check_not_null(c, e.target)
    name = e.name.text
    if isinstance(type_, ClassType):
        return _instance_member(c, e, type_)
    if type_ is STRING or isinstance(type_, ArrayType):
        if name in ("Length", "length"):
            c.refs[e.id] = _LENGTH
            return INT
        ref = c.refs[e.target.id]
        if isinstance(ref, LocalVar) and ref.caught and name == "Message":
            c.refs[e.id] = Resolved("builtin", builtin="caught_message", receiver=e.target, params=[STRING], type=STRING)
            return STRING
    undefined_member(c, e.name, type_)
    return ERROR


def _static_member(c: Checker, e: ast.Member, type_: Type) -> Type:
    name = e.name.text
    if isinstance(type_, EnumType):
        fill_enum(c, type_)
        value = type_.items.get(name)
        if value is not None:
            c.consts[e.id] = value
            return type_
    if not isinstance(type_, ClassType):
        undefined_member(c, e.name, type_)
        return ERROR
    members = names.find_members(type_, name)
    if not members:
        undefined_member(c, e.name, type_)
        return ERROR
    first = members[0]
    if not isinstance(first, FieldSym):
        return _function_value(c, e, name)
    c.refs[e.id] = first
    if first.type is ERROR:
        return ERROR
    if not names.accessible(c, first):
        c.error("FS0207", e.name, f"'{first.owner}.{name}' is {first.visibility}")
        return ERROR
    if not first.is_static:
        c.error("FS0209", e.name, f"'{name}' belongs to an instance of '{type_}', not to the class")
        return ERROR
    if first.is_const:
        c.consts[e.id] = first.const if first.const is not None else constant_field(c, first)
    return first.type


def _instance_member(c: Checker, e: ast.Member, type_: ClassType) -> Type:
    name = e.name.text
    members = names.find_members(type_, name)
    if not members:
        if name in OBJECT_METHODS:
            return _function_value(c, e, name)
        undefined_member(c, e.name, type_)
        return ERROR
    first = members[0]
    if not isinstance(first, FieldSym):
        return _function_value(c, e, name)
    c.refs[e.id] = first
    if first.type is ERROR:
        return ERROR
    if not names.accessible(c, first):
        c.error("FS0207", e.name, f"'{first.owner}.{name}' is {first.visibility}")
        return ERROR
    if first.is_static:
        c.error("FS0210", e.name, f"'{name}' is static: it belongs to the class", f"write {first.owner}.{name}")
        return ERROR
    return first.type


def undefined_member(c: Checker, name: ast.Name, type_: Type, call: bool = False) -> None:
    """Report FS0204 with a suggestion."""
    if name.text in c.scope.blocked_members:
        return
    known: list[str] = []
    if isinstance(type_, ClassType):
        known = names.member_names(type_)
    elif isinstance(type_, EnumType):
        known = list(type_.items)
    elif type_ is STRING or isinstance(type_, ArrayType):
        wanted = ("string", "both") if type_ is STRING else ("array", "both")
        known = ["Length", *(one.key for one in BUILTINS.values() if one.receiver in wanted)]
    if call and name.text == "Length" and "Length" in known:
        hint = "write .Length without () or call length()"
    elif name.text in known:
        hint = f"call it: {name.text}(...)"
    else:
        hint = suggest(c, name.text, [one for one in (*known, *OBJECT_METHODS) if not (call and one == "Length")])
    c.error("FS0204", name, f"{type_} has no {'method' if call else 'member'} '{name.text}'", hint)


# -- indexing ----------------------------------------------------------------------------------------------------------------


def _index(c: Checker, e: ast.Index) -> Type:
    type_ = check_value(c, e.target)
    for arg in e.args:
        check_value(c, arg)
    if isinstance(type_, ArrayType):
        element = type_.element
    elif type_ is STRING:
        element = CHAR
    else:
        indexer = isinstance(type_, ClassType) and names.find_members(type_, "this")
        if type_ is not ERROR and not indexer:
            c.error_at("FS0314", e.pos, 1, f"a value of type {type_} cannot be indexed")
        return ERROR
    check_not_null(c, e.target)
    if len(e.args) != 1:
        c.error_at("FS0314", e.pos, 1, f"{type_} takes one index at a time", "write a[i][j]")
        return ERROR
    index = e.args[0]
    kind = c.types[index.id]
    if kind not in INTEGERS and kind is not CHAR:
        if kind is not ERROR:
            c.error("FS0315", index, f"an index is an integer, not {kind}")
        return element
    if c.consts[index.id] is not None:
        _check_constant_index(c, e, index)
    return element


def _check_constant_index(c: Checker, e: ast.Index, index: ast.Expr) -> None:
    """Warning FS0903 for a constant index outside the declared size of a local."""
    depth = 0
    target = e.target
    while isinstance(target, ast.Index):
        depth += 1
        target = target.target
    ref = c.refs[target.id]
    value = c.consts[index.id]
    if not isinstance(ref, LocalVar) or depth >= len(ref.dims) or ref.dims[depth] < 0:
        return
    if isinstance(value, int) and not 0 <= value < ref.dims[depth]:
        c.warn(
            "FS0903",
            index.start,
            index.end,
            f"the index {value} is out of range: '{ref.name}' has {ref.dims[depth]} elements here",
        )


# -- new ---------------------------------------------------------------------------------------------------------------------


def _new(c: Checker, e: ast.New) -> Type:
    type_ = resolve(c, e.type)
    if e.args is not None:
        from .check_calls import check_construction

        return check_construction(c, e, type_, e.args)
    for size in e.dims:
        if size is None:
            continue
        kind = check_value(c, size)
        if kind not in INTEGERS and kind is not ERROR:
            c.error("FS0313", size, f"an array size is an integer, not {kind}")
    result = wrapped(type_, max(1, len(e.dims)))
    if e.init is not None:
        if result is ERROR:
            for item in e.init.items:
                if not isinstance(item, ast.ArrayInit):
                    check_value(c, item)
            return ERROR
        sizes = [size_value(c, size) for size in e.dims if size is not None]
        check_array_init(c, e.init, result, sizes)
    return result


def check_init(c: Checker, init: ast.Expr, type_: Type, dims: list[int]) -> None:
    """Check an initialiser against the declared type."""
    if isinstance(init, ast.ArrayInit):
        check_array_init(c, init, type_, dims)
    else:
        convert(c, init, check_value(c, init), type_)


def check_array_init(c: Checker, init: ast.ArrayInit, type_: Type, dims: list[int]) -> None:
    """Check `{ ... }` against an array type; with a declared size the count must match (FS0319)."""
    c.types[init.id] = type_
    if not isinstance(type_, ArrayType):
        if type_ is not ERROR:
            c.error("FS0301", init, f"an initialiser list makes an array, not {type_}")
        for item in init.items:
            if isinstance(item, ast.ArrayInit):
                check_array_init(c, item, ERROR, [])
            else:
                check_value(c, item)
        return
    if dims and dims[0] >= 0 and len(init.items) != dims[0]:
        c.error("FS0319", init, f"{dims[0]} elements are declared, but {len(init.items)} are given")
    element = type_.element
    for item in init.items:
        if isinstance(item, ast.ArrayInit):
            check_array_init(c, item, element, dims[1:])
        else:
            found = check_value(c, item)
            if found is not element:
                convert(c, item, found, element)


# -- casts and type operators ------------------------------------------------------------------------------------------------


def _cast(c: Checker, e: ast.Cast) -> Type:
    target = resolve(c, e.type)
    source = check_value(c, e.operand)
    if source is ERROR or target is ERROR:
        return target
    if not cast_possible(source, target):
        hint = conversion_hint(c, source, target)
        c.error_at(
            "FS0307",
            e.pos,
            max(1, e.operand.end - e.pos),
            f"a value of type {source} cannot be cast to {target}",
            "" if hint.startswith("write (") else hint,
        )
        return target
    value = c.consts[e.operand.id]
    if value is not None:
        result = consts.cast(value, target, c.body.unchecked)
        if isinstance(result, consts.Failure):
            known = consts.representation(target)
            assert isinstance(known, Primitive)
            shown = value if not isinstance(value, bytes) else "?"
            c.error_at(
                "FS0303",
                e.pos,
                max(1, e.operand.end - e.pos),
                f"the constant {shown} does not fit {target} ({known.low} to {known.high})",
                f"write unchecked(({target})...) to keep the low bits",
            )
        else:
            c.consts[e.id] = result
    return target


def _type_test(c: Checker, e: ast.TypeTest) -> Type:
    source = check_value(c, e.operand)
    target = resolve(c, e.type)
    result = BOOL if e.op == "is" else target
    if source is ERROR or target is ERROR:
        return BOOL if e.op == "is" else target
    if e.op == "as" and not is_reference(target):
        c.error_at(
            "FS0305", e.pos, 2, f"'as' needs a reference type, {target} is a value type", f"write 'is' and the cast ({target})x"
        )
        return ERROR
    known = _test_outcome(source, target)
    if known is not None:
        told = ("always true" if known else "always false") if e.op == "is" else ("always the object" if known else "always null")
        c.warn("FS0910", e.pos, e.pos + 2, f"the result of this test is {told}: the value is of type {source}")
    return result


def _test_outcome(source: Type, target: Type) -> bool | None:
    """What `source is target` gives, None if it depends on the object."""
    if source is NULL:
        return False
    if not is_reference(source):
        return source is target or target is OBJECT
    if source is target or target is OBJECT or derives_from(source, target):
        return None
    if source is OBJECT or derives_from(target, source):
        return None
    return False


def _sizeof(c: Checker, e: ast.SizeOf) -> Type:
    type_ = resolve(c, e.type)
    if type_ is not ERROR:
        c.consts[e.id] = size_of(type_)
    return INT


def _default(c: Checker, e: ast.DefaultOf) -> Type:
    type_ = resolve(c, e.type)
    if isinstance(type_, EnumType) or (isinstance(type_, Primitive) and not is_reference(type_) and type_ is not ERROR):
        c.consts[e.id] = False if type_ is BOOL else 0.0 if type_ in (FLOAT, DOUBLE) else 0
    return type_


def _checked(c: Checker, e: ast.CheckedExpr) -> Type:
    body = c.body
    before = body.unchecked
    body.unchecked = not e.checked
    type_ = check_value(c, e.operand)
    body.unchecked = before
    c.consts[e.id] = c.consts[e.operand.id]
    return type_


def _type_expr(c: Checker, e: ast.TypeExpr) -> Type:
    type_ = resolve(c, e.type)
    if type_ is not ERROR:
        c.error("FS0201", e, f"'{type_}' is a type, not a value")
    return ERROR


def _array_init(c: Checker, e: ast.ArrayInit) -> Type:
    c.error("FS0301", e, "an initialiser list is only allowed where a variable or an array is made", "write new T[] { ... }")
    return ERROR


def class_named(c: Checker, e: ast.Expr) -> ClassType | None:
    """The class a simple name stands for (`throw T;`), None if it is something else."""
    if type(e) is not ast.NameExpr or e.name in c.body.locals or _names_variable(c, e.name):
        return None
    if e.name not in c.scope.types and e.name not in EXCEPTIONS:
        return None
    found = names.find_type(c, e.name)
    return found if isinstance(found, ClassType) else None


def only_methods(members: list[FieldSym | MethodSym]) -> list[MethodSym]:
    """The methods among members."""
    return [one for one in members if isinstance(one, MethodSym)]


EXPRESSIONS.update(
    {
        ast.IntLit: _int,
        ast.FloatLit: _float,
        ast.CharLit: _char,
        ast.StringLit: _string,
        ast.BoolLit: _bool,
        ast.NullLit: _null,
        ast.ErrorExpr: _error,
        ast.InterpolatedString: _interpolated,
        ast.Lambda: _unsupported("lambda expressions"),
        ast.ThisExpr: _this,
        ast.BaseExpr: _base,
        ast.NameExpr: _name,
        ast.TypeExpr: _type_expr,
        ast.Member: _member,
        ast.Index: _index,
        ast.New: _new,
        ast.ArrayInit: _array_init,
        ast.Cast: _cast,
        ast.TypeTest: _type_test,
        ast.SizeOf: _sizeof,
        ast.DefaultOf: _default,
        ast.CheckedExpr: _checked,
    }
)
