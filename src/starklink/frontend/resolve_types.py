"""Type syntax to types (fluxsharp.md section 4.1): names, arrays with their sizes, `T?`."""

from __future__ import annotations

from typing import Final

from . import ast, names
from .builtins import UNSUPPORTED_TYPES
from .context import Checker, suggest
from .types import BUILTIN_NAMES, ERROR, KEYWORD_TYPES, VOID, ClassType, Type, array_of, is_reference

_KEYWORDS: Final[dict[str, Type]] = {name: BUILTIN_NAMES[name] for name in KEYWORD_TYPES}


def resolve(c: Checker, node: ast.TypeNode, void: bool = False) -> Type:
    """The type a type node names; ERROR (reported) if there is none. Sizes in brackets mean nothing here. `void`: allowed."""
    if type(node) is ast.NamedType and len(node.parts) == 1:
        known = _KEYWORDS.get(node.parts[0].text)
        if known is not None and known is not VOID and not node.readonly:
            c.type_nodes[id(node)] = known
            return known
    result = _resolve(c, node, void)
    c.type_nodes[id(node)] = result
    return result


def _resolve(c: Checker, node: ast.TypeNode, void: bool) -> Type:
    brackets = 0
    readonly = False
    nullable: ast.NullableType | None = None
    while True:
        if isinstance(node, ast.ArrayType):
            brackets += 1
            node = node.element
        elif isinstance(node, ast.NullableType):
            if not brackets:
                nullable = node
            node = node.inner
        else:
            break
    if isinstance(node, ast.NamedType):
        result = _named(c, node)
        readonly = node.readonly
        if result is VOID and (brackets or not void):
            c.error("FS0203", node, "void is only a result type")
            result = ERROR
    else:
        if isinstance(node, ast.PointerType):
            c.error("FS0899", node, "pointers are not supported yet")
        result = ERROR
    if result is ERROR:
        return ERROR
    for at in range(brackets):
        result = array_of(result, readonly and at == brackets - 1)
    if nullable is not None and not is_reference(result):
        c.error("FS0321", nullable, f"{result} is a value type: it cannot be null", "'?' belongs to reference types only")
        return ERROR
    return result


def _named(c: Checker, node: ast.NamedType) -> Type:
    if len(node.parts) > 1:
        first = node.parts[0]
        if first.text in c.scope.blocked:
            return ERROR
        code = "FS0211" if names.find_type(c, first.text) is None else "FS0203"
        what = "namespace" if code == "FS0211" else "type"
        c.error(
            code, first if code == "FS0211" else node, f"undefined {what} '{first.text if code == 'FS0211' else _text(node)}'"
        )
        return ERROR
    name = node.parts[0]
    known = _KEYWORDS.get(name.text)
    if known is None:
        known = names.find_type(c, name.text, name)
    if known is None and name.text in c.scope.blocked:
        return ERROR
    if known is not None:
        if node.targs[0]:
            c.error("FS0411", node, f"{known} takes no type arguments")
            return ERROR
        return known
    if name.text == "var":
        c.error("FS0318", node, "'var' is only for local variables with an initialiser")
        return ERROR
    feature = UNSUPPORTED_TYPES.get(name.text)
    if feature is not None:
        c.error("FS0899", node, f"{feature} are not supported yet")
        return ERROR
    if not names.is_hidden(c, name.text):
        c.error("FS0203", name, f"undefined type '{name.text}'", suggest(c, name.text, names.type_names(c)))
    return ERROR


def _text(node: ast.NamedType) -> str:
    return ".".join(part.text for part in node.parts)


def sizes_of(node: ast.TypeNode) -> list[ast.Expr]:
    """The size expressions of a declared type, outermost first, up to the first empty bracket."""
    sizes: list[ast.Expr] = []
    while isinstance(node, ast.ArrayType) and node.size is not None:
        sizes.append(node.size)
        node = node.element
    return sizes


def is_var(node: ast.TypeNode) -> bool:
    """True for `var`."""
    return isinstance(node, ast.NamedType) and node.parts[0].text == "var" and len(node.parts) == 1


def wrapped(type_: Type, dims: int) -> Type:
    """The array type with `dims` more dimensions outside."""
    if type_ is ERROR:
        return ERROR
    for _ in range(dims):
        type_ = array_of(type_)
    return type_


def check_class_use(c: Checker, node: ast.TypeNode, type_: Type) -> None:
    """A static class is no type of variables."""
    if isinstance(type_, ClassType) and type_.is_static:
        c.error("FS0403", node, f"{type_} is a static class: there are no values of it")
