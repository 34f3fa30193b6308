"""Constants, sizes, attributes and enums: the parts of declarations that are constant expressions (fluxsharp.md 4.4, 11, 22)."""

from __future__ import annotations

from . import ast, consts
from .context import Body, Checker
from .conversions import convert
from .resolve_types import resolve, sizes_of
from .typed import Const, FieldSym
from .types import ERROR, INT, INTEGERS, OBJECT, ClassType, EnumType, Primitive, Type
from .visit import constant_of


def constant_integer(c: Checker, e: ast.Expr, code: str, what: str) -> int | None:
    """The value of a constant integer expression; None if it is none (reported, as `code` when it is no integer)."""
    value = constant_of(c, e)
    if value is None:
        return None
    if c.types[e.id] not in INTEGERS or not isinstance(value, int):
        c.error(code, e, f"{what} is an integer, not {c.types[e.id]}")
        return None
    return value


def size_value(c: Checker, e: ast.Expr) -> int:
    """The value of a declared array size; -1 after an error."""
    value = constant_integer(c, e, "FS0313", "an array size")
    if value is not None and value < 0:
        c.error("FS0313", e, f"an array cannot have {value} elements")
        return -1
    return -1 if value is None else value


def check_sizes(c: Checker, fields: list[FieldSym]) -> None:
    """Evaluate the sizes of declared fields and globals."""
    for field in fields:
        if not field.dims or field.decl is None:
            continue
        before = c.enter(Body(file=field.file, owner=field.owner, where="an array size"))
        sizes = [*field.decl.dims, *sizes_of(c.field_nodes[field])]
        field.dims = [size_value(c, size) for size in sizes]
        c.leave(before)


def constant_field(c: Checker, field: FieldSym) -> Const:
    """The value of a `const` field or global, evaluated when first asked for; None if it has none (reported)."""
    if field.init is None:
        field.type = ERROR  # FS0505 stands at the declaration; nothing follows from it
    if field.const is not None or field.init is None or field.type is ERROR:
        return field.const
    if field in c.evaluating:
        c.error("FS0312", field.init, f"the constant '{field.name}' depends on itself")
        field.type = ERROR
        return None
    c.evaluating.add(field)
    before = c.enter(Body(file=field.file, owner=field.owner, where="a constant"))
    init = field.init
    if isinstance(init, ast.ArrayInit):
        c.error("FS0312", init, "a constant expression is needed here")
        field.type = ERROR
    else:
        value = constant_of(c, init)
        type_ = field.type
        if value is not None and convert(c, init, c.typed.type_of(init), type_) and check_constant_type(c, init, type_):
            field.const = consts.to_type(value, type_)
        else:
            field.type = ERROR
    c.leave(before)
    c.evaluating.discard(field)
    return field.const


def check_constant_type(c: Checker, init: ast.Expr, type_: Type) -> bool:
    """A constant has a primitive type, string or an enum; anything else is FS0312."""
    if consts.representation(type_) is None or type_ is OBJECT:
        c.error("FS0312", init, f"a value of type {type_} is no constant")
        return False
    return True


def read_attributes(c: Checker, one: ClassType) -> None:
    """`[Align(n)]` and `[Packed]` of a class or struct."""
    if one.decl is None:
        return
    before = c.enter(Body(file=one.file, owner=one, where="an attribute"))
    for attribute in one.decl.modifiers.attributes:
        name = attribute.name
        if name.text == "Packed" and attribute.arg is None:
            one.packed = True
        elif name.text == "Align" and attribute.arg is not None:
            value = constant_integer(c, attribute.arg, "FS0115", "an alignment")
            if value is not None and (not 1 <= value <= 65536 or value & value - 1):
                c.error("FS0115", attribute.arg, "an alignment is a power of two from 1 to 65536")
            elif value is not None:
                one.min_align = value
        else:
            problem = (
                "takes no argument" if name.text == "Packed" else "needs a power of two" if name.text == "Align" else "is unknown"
            )
            c.error("FS0115", name, f"the attribute '{name.text}' {problem}", "there are [Align(n)] and [Packed]")
    c.leave(before)


def declare_enum(c: Checker, decl: ast.EnumDecl, file: ast.File) -> EnumType:
    """The type of an enum declaration; its items are evaluated by `fill_enum`."""
    visibility = next((word.text for word in decl.modifiers.words if word.text in ("public", "private", "internal")), "internal")
    return EnumType(decl.name.text, INT.ir, pos=decl.name.start, decl=decl, file=file, visibility=visibility)


def fill_enum(c: Checker, type_: EnumType) -> None:
    """Evaluate the items of an enum once: the first is 0, others one more than the one before."""
    decl = type_.decl
    if decl is None or type_ in c.enums_done:
        return
    c.enums_done.add(type_)
    before = c.enter(Body(file=type_.file, where="an enum", enum=type_))
    if decl.base is not None:
        base = resolve(c, decl.base)
        if base in INTEGERS and isinstance(base, Primitive):
            type_.underlying, type_.ir = base, base.ir
        elif base is not ERROR:
            c.error("FS0402", decl.name, f"the base of an enum is an integer type, not {base}")
    following = 0
    for name, init in decl.items:
        if name.text in type_.items:
            c.error("FS0206", name, f"the item '{name.text}' is declared twice")
            continue
        if init is not None:
            value = constant_of(c, init)
            if type(value) is int and (c.types[init.id] is type_ or convert(c, init, c.typed.type_of(init), type_.underlying)):
                following = value
            elif value is not None and type(value) is not int:
                convert(c, init, c.typed.type_of(init), type_.underlying)
        if not consts.fits(type_.underlying, following):
            c.error("FS0303", name, f"the value {following} of '{name.text}' does not fit {type_.underlying}")
            following = 0
        type_.items[name.text] = following
        following += 1
    c.leave(before)


def check_initialiser(c: Checker, field: FieldSym) -> None:
    """Check the initialiser of a field that is not `const`; a constant one of static storage becomes its first value."""
    from .check_exprs import check_init  # initialisers are expressions, expressions need constants

    if field.init is None:
        return
    check_init(c, field.init, field.type, field.dims)
    value = None if isinstance(field.init, ast.ArrayInit) else c.consts[field.init.id]
    known = consts.representation(field.type)
    if field.is_static and value is not None and known is not None and field.type is not OBJECT:
        field.const = consts.to_type(value, field.type)
    elif field in c.compile_time and field.type is not ERROR:
        c.error("FS0899", field.init, "compile-time data is not supported yet")
