"""The entry function and static initialisation (fluxsharp.md section 16)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from . import ast
from .context import Checker
from .typed import Entry, FieldSym, MethodSym
from .types import ERROR, INT, STRING, VOID, ClassType, Type, array_of

_NAMES = ("main", "Main")


def find_entry(c: Checker, files: Sequence[ast.File]) -> None:
    """Find the program's entry in the last file; FS0607 for candidates in imported files, FS0701-FS0706, FS0901."""
    file = files[-1]
    for other in files[:-1]:
        for name in _declared_candidates(other):
            c.error("FS0607", name, f"the imported file declares '{name.text}': the entry point stands in the entry file")
    if not file.declarations:
        _at_start(c, file, "FS0706", "the program is empty: the file declares nothing", "write 'void main() { }'")
        return
    mains = [one for one in c.program.types.get("Main", ()) if one.file is file and _is_class(one)]
    if len(mains) > 1:
        second = mains[1]
        c.bag.error("FS0702", second.pos, second.pos + 4, "the program has two classes 'Main'")
        return
    found = [one for name in _NAMES for one in c.program.functions.get(name, ()) if one.file is file]
    if mains:
        found += _methods(mains[0])
    if not found:
        _no_candidate(c, file, mains)
        return
    _take(c, sorted(found, key=lambda one: one.pos))


def _declared_candidates(file: ast.File) -> list[ast.Name]:
    found: list[ast.Name] = []
    for decl in file.declarations:
        if isinstance(decl, ast.TypeDecl) and decl.kind == "class" and decl.name.text == "Main":
            found.append(decl.name)
        elif isinstance(decl, ast.FunctionDecl) and decl.name.text in _NAMES:
            found.append(decl.name)
    return found


def _is_class(type_: Type) -> TypeGuard[ClassType]:
    return isinstance(type_, ClassType) and not type_.is_struct


def _methods(owner: ClassType) -> list[MethodSym]:
    return [one for one in owner.methods if one.name in _NAMES]


def _at_start(c: Checker, file: ast.File, code: str, message: str, hint: str = "") -> None:
    c.bag.error(code, file.base, file.base + 1, message, hint)


def _no_candidate(c: Checker, file: ast.File, mains: list[ClassType]) -> None:
    """No free main and no method in a class Main: the only class with such a method, or an error."""
    if mains:
        if not any(isinstance(one, MethodSym) for name in _NAMES for one in mains[0].members.get(name, ())):
            _at_start(c, file, "FS0703", "the class 'Main' has no method 'main'", "write 'static void main() { }'")
        return
    owners = [one for one in c.typed.classes if one.file is file and not one.is_struct and _methods(one)]
    if len(owners) != 1:
        if not c.program.blocked:
            _at_start(c, file, "FS0701", "the program has no entry point", "write 'void main() { }'")
        return
    found = _methods(owners[0])
    if _take(c, found) and c.typed.entry is not None:
        first = found[0]
        c.bag.warning(
            "FS0901",
            first.pos,
            first.pos + len(first.name),
            f"the entry point is taken from the class '{owners[0]}'",
            "call the class Main",
        )


def _take(c: Checker, found: list[MethodSym]) -> bool:
    """Make the only candidate the entry; FS0704 if there are several, FS0705 if it has a wrong shape."""
    if len(found) > 1:
        second = found[1]
        c.bag.error(
            "FS0704",
            second.pos,
            second.pos + len(second.name),
            f"the program has several entry points: '{found[0].qualified}' is the first",
        )
        return False
    one = found[0]
    problem = _wrong_shape(one)
    if problem:
        c.bag.error(
            "FS0705",
            one.pos,
            one.pos + len(one.name),
            f"'{one.qualified}' cannot be the entry point: {problem}",
            "write 'void main()', 'int main()' or give it one parameter 'string[] args'",
        )
        return False
    c.typed.entry = Entry(one, bool(one.params))
    return True


def _wrong_shape(one: MethodSym) -> str:
    params = [param.type for param in one.params]
    if params and params != [array_of(STRING)] and ERROR not in params:
        return "it may only take one parameter of type string[]"
    if one.result not in (VOID, INT, ERROR):
        return f"its result is {one.result}, not void or int"
    if one.is_abstract or one.is_extern:
        return "it has no body"
    owner = one.owner
    if owner is not None and not one.is_static:
        if owner.is_abstract:
            return f"'{owner}' is abstract, so there is no object to call it on"
        if owner.ctors and all(ctor.params for ctor in owner.ctors):
            return f"'{owner}' has no constructor without parameters to make the object"
    return ""


# -- static initialisation ---------------------------------------------------------------------------------------------------


def order_statics(c: Checker, files: Sequence[ast.File]) -> None:
    """Statics and globals that are initialised before main: files in import order, textual order inside a file."""
    by_decl = {field.decl: field for field in c.field_nodes if field.is_static}
    ordered = c.typed.statics_in_order
    for file in files:
        for decl in file.declarations:
            members = decl.members if isinstance(decl, ast.TypeDecl) else [decl]
            for member in members:
                if isinstance(member, ast.FieldDecl):
                    ordered.extend(by_decl[one] for one in member.declarators if one in by_decl and _runs(by_decl[one]))


def _runs(field: FieldSym) -> bool:
    """True if bringing the static to life takes code: no constant value from the start, and not simply the default."""
    if field.is_const or field.const is not None:
        return False
    if field.init is not None:
        return not isinstance(field.init, ast.NullLit)
    return bool(field.dims) or needs_allocation(field)


def needs_allocation(field: FieldSym) -> bool:
    """True if a struct-typed variable holds sized arrays that come to life with it (section 10)."""
    type_ = field.type
    return isinstance(type_, ClassType) and type_.is_struct and type_.holds_arrays
