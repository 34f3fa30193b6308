"""Lookup of names (fluxsharp.md section 5): types, globals, functions, members, visibility; library files on demand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from . import ast
from .builtins import EXCEPTIONS
from .context import Body, Checker, D, FileView
from .typed import FieldSym, MethodSym
from .types import BUILTIN_NAMES, ERROR, ClassType, EnumType, Type, derives_from

# -- lookup ----------------------------------------------------------------------------------------------------------------


def find_type(c: Checker, name: str, place: ast.Name | ast.Expr | None = None) -> Type | None:
    """The type a simple name means here. With `place` a private one of another file is reported (FS0208) and ERROR."""
    entries = c.scope.types.get(name)
    if entries is not None:
        found = _visible_type(c, entries)
        if found is not None:
            return ERROR if isinstance(found, ClassType) and found.base_unknown else found
    known = BUILTIN_NAMES.get(name)
    if known is not None:
        return known
    declared = EXCEPTIONS.get(name)
    if declared is not None or c.scope is c.library_scope:
        wanted = declared or name
        if wanted not in c.library_scope.types:
            load_library(c, wanted)
        found_there = c.library_scope.types.get(wanted)
        if found_there:
            return found_there[0]
    if entries is not None and place is not None:
        c.error("FS0208", place, f"the type '{name}' is private to another file")
        return ERROR
    return None


def _visible_type(c: Checker, entries: Sequence[ClassType | EnumType]) -> Type | None:
    first = entries[0]
    if len(entries) == 1 and (first.visibility != "private" or first.file is c.body.file):
        return first
    view = _view(c, entries)
    found = view.own.get(id(c.body.file), view.shared)
    return found[0] if found else None


def _view(c: Checker, entries: Sequence[D]) -> FileView[D]:
    """The entries of a scope for one name, by file."""
    view = c.file_views.get(id(entries))
    if view is None or view.count != len(entries):
        view = c.file_views[id(entries)] = FileView(entries)
    return view


def is_hidden(c: Checker, name: str) -> bool:
    """True if a declaration of that name is not supported yet: uses of it stay silent."""
    return name in c.scope.blocked


def find_global(c: Checker, name: str) -> FieldSym | None:
    """The global a simple name means here, None if there is none or it is private to another file."""
    entries = c.scope.globals.get(name)
    if entries is None:
        if c.scope is c.library_scope and load_library(c, name):
            return find_global(c, name)
        return None
    first = entries[0]
    if len(entries) == 1 and first.visibility != "private":
        return first
    view = _view(c, entries)
    found = view.own.get(id(c.body.file), view.shared)
    return found[0] if found else None


def find_functions(c: Checker, name: str) -> list[MethodSym]:
    """The functions a simple name means here; the file's own private ones hide equal ones of other files."""
    if name.startswith("__") and c.body.file is not None and c.body.file.standard:
        load_library(c, name)
        return c.library_scope.functions.get(name, [])
    entries = c.scope.functions.get(name)
    if entries is None:
        if c.scope is c.library_scope and load_library(c, name):
            return c.scope.functions.get(name, [])
        return []
    if len(entries) == 1 and entries[0].visibility != "private":
        return entries
    view = _view(c, entries)
    file = id(c.body.file)
    own = view.own.get(file)
    if own is None or all(one.visibility != "private" for one in own):
        return view.shared
    merged = view.merged.get(file)
    if merged is None:
        hidden = {tuple(param.type for param in one.params) for one in own}
        others = [one for one in view.shared if tuple(param.type for param in one.params) not in hidden]
        merged = view.merged[file] = own + others
    return merged


def find_members(type_: ClassType, name: str) -> list[FieldSym | MethodSym]:
    """The members of that name in the nearest class of the chain that has any."""
    at: ClassType | None = type_
    while at is not None:
        found = at.members.get(name)
        if found:
            return found
        at = at.base
    return []


def accessible(c: Checker, member: FieldSym | MethodSym) -> bool:
    """True if the member may be used in the body being checked."""
    visibility = member.visibility
    if visibility == "public" or visibility == "internal":
        return True
    here, owner = c.body.owner, member.owner
    if here is None or owner is None:
        return owner is None
    return here is owner if visibility == "private" else derives_from(here, owner)


def type_names(c: Checker) -> Iterable[str]:
    """Names of all types, for suggestions."""
    return chain(BUILTIN_NAMES, EXCEPTIONS, c.scope.types)


def variable_names(c: Checker) -> Iterable[str]:
    """Names of the variables visible here, the nearest first, for suggestions."""
    members: list[str] = []
    owner = c.body.owner
    while owner is not None:
        members.extend(owner.members)
        owner = owner.base
    return chain(reversed(c.body.locals), members, c.scope.globals)


def member_names(type_: ClassType) -> list[str]:
    """Names of all members of a class and its bases."""
    found: list[str] = []
    at: ClassType | None = type_
    while at is not None:
        found.extend(at.members)
        at = at.base
    return found


# -- the library -----------------------------------------------------------------------------------------------------------


def load_library(c: Checker, name: str) -> bool:
    """Declare the library file that has `name`; False if there is none or it is known already."""
    if c.library is None:
        return False
    file = c.library.find(name)
    if file is None or id(file) in c.library_files:
        return False
    c.library_files.add(id(file))
    c.grow(c.ids.next - 1)
    before = c.enter(Body(file=file))
    from .declare import declare  # declaring needs lookup, lookup needs declaring only for the library

    declare(c, [file], c.library_scope)
    c.leave(before)
    return True
