"""Classes and structs (fluxsharp.md sections 9, 10): bases, overriding, abstract members, vtables, layout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from . import ast
from .builtins import OBJECT_METHODS, OBJECT_SLOTS
from .context import Body, Checker
from .resolve_types import resolve
from .typed import FieldSym, MethodSym
from .types import ERROR, OBJECT, ClassType, Type, align_of, size_of

LARGEST: Final = 1 << 28
"""Bytes an object or a struct may take: displacements and sizes of stack frames have 32 bits."""

Inherited: TypeAlias = "dict[str, list[FieldSym | MethodSym]]"
"""Members of all bases of a class by name, the nearest base's last."""

_WIDTH: Final = {"private": 0, "protected": 1, "internal": 2, "public": 3}


def name_of(type_: ClassType) -> ast.Name:
    """The place of a class's name."""
    assert type_.decl is not None
    return type_.decl.name


def place_of(method: MethodSym) -> ast.Name:
    """The place of a method's name."""
    assert method.decl is not None
    return method.decl.name


# -- bases -----------------------------------------------------------------------------------------------------------------


def resolve_bases(c: Checker, made: Sequence[ClassType]) -> None:
    """Set `base` of every class; report bad bases (FS0402) and circles (FS0401)."""
    for one in made:
        before = c.enter(Body(file=one.file, owner=one))
        _resolve_base(c, one)
        c.leave(before)
    sound: set[ClassType] = set()
    for one in made:
        if one.base is not None and _circular(one, sound):
            chain = [one.name]
            at: ClassType | None = one.base
            while at is not one and at is not None:
                chain.append(at.name)
                at = at.base
            if len(chain) > 8:
                chain[4:-3] = ["..."]
            c.error("FS0401", name_of(one), f"'{one}' derives from itself: {' : '.join([*chain, one.name])}")
            one.base = None
            one.base_unknown = True
    for one in made:
        if one.base is not None:
            one.base.children.append(one)
    roots = c.library_scope.types.get("Exception", ())
    for one in in_base_order(made):
        one.is_exception = one in roots[:1] or (one.base is not None and one.base.is_exception)
        one.base_unknown |= one.base is not None and one.base.base_unknown


def _resolve_base(c: Checker, one: ClassType) -> None:
    assert one.decl is not None
    for at, node in enumerate(one.decl.bases):
        base = resolve(c, node)
        if base is ERROR or (base is OBJECT and at == 0 and not one.is_struct):
            one.base_unknown |= base is ERROR
            continue
        problem = ""
        if one.is_struct:
            problem = "a struct has no base class"
        elif not isinstance(base, ClassType) or base.is_struct:
            problem = f"'{base}' is no class"
        elif base.is_sealed and at == 0:
            problem = f"'{base}' is sealed"
            one.base = base  # what it inherits is known nevertheless
        elif base.is_static:
            problem = f"'{base}' is a static class"
        elif one.base is not None or at > 0:
            problem = "there can be only one base class, named first"
        elif one.is_static:
            problem = "a static class has no base"
        else:
            one.base = base
        if problem:
            c.error("FS0402", one.decl.name, f"'{one}' cannot derive from '{base}': {problem}")
            one.base_unknown |= one.base is None and not one.is_struct and not one.is_static


def _circular(one: ClassType, sound: set[ClassType]) -> bool:
    """True if a class is among its own bases; if there is no circle above, the chain joins `sound`."""
    seen: set[ClassType] = set()
    at: ClassType | None = one
    while at is not None and at not in sound:
        if at in seen:
            return at is one
        seen.add(at)
        at = at.base
    sound |= seen
    return False


def in_base_order(made: Iterable[ClassType]) -> list[ClassType]:
    """The classes with every base before the classes derived from it."""
    wanted = dict.fromkeys(made)
    done: dict[ClassType, None] = {}
    for one in wanted:
        path: list[ClassType] = []
        at: ClassType | None = one
        while at is not None and at not in done:
            path.append(at)
            at = at.base
        for ancestor in reversed(path):
            done[ancestor] = None
    return [one for one in done if one in wanted]


# -- members ---------------------------------------------------------------------------------------------------------------


def finish(c: Checker, made: Sequence[ClassType]) -> None:
    """Overriding, abstract members, hidden fields and constructors of newly declared classes."""
    still_abstract: dict[ClassType, list[MethodSym]] = {}
    for one, inherited in _with_inherited(made):
        before = c.enter(Body(file=one.file, owner=one))
        for method in one.methods:
            _check_override(c, one, method, inherited)
            _check_body(c, one, method)
        _check_abstract(c, one, still_abstract)
        _check_hidden(c, one, inherited)
        for ctor in one.ctors:
            if one.is_struct and not ctor.params:
                c.error(
                    "FS0109", place_of(ctor), "a struct has no parameterless constructor: 'new' gives all fields their default"
                )
        c.leave(before)


def _with_inherited(made: Sequence[ClassType]) -> Iterator[tuple[ClassType, Inherited]]:
    """The classes, every base before the classes derived from it, each with the members of its bases.

    One table serves all: it grows and shrinks along the tree of classes, so that its cost is the members', however long
    the chains of bases are.
    """
    wanted = set(made)
    for root in made:
        if root.base in wanted:
            continue
        table: Inherited = {}
        above: list[ClassType] = []
        at = root.base
        while at is not None:
            above.append(at)
            at = at.base
        for ancestor in reversed(above):
            _enter(table, ancestor)
        ways: list[tuple[ClassType, bool]] = [(root, True)]
        while ways:
            one, down = ways.pop()
            if not down:
                for name, members in one.members.items():
                    del table[name][-len(members) :]
                continue
            yield one, table
            _enter(table, one)
            ways.append((one, False))
            ways.extend((child, True) for child in reversed(one.children) if child in wanted)


def _enter(table: Inherited, one: ClassType) -> None:
    for name, members in one.members.items():
        table.setdefault(name, []).extend(members)


def _signature(method: MethodSym) -> list[Type]:
    return [param.type for param in method.params]


def _find_overridden(method: MethodSym, inherited: Inherited) -> MethodSym | None:
    """The nearest method of a base that an instance method overrides."""
    wanted = _signature(method)
    for other in reversed(inherited.get(method.name, ())):
        if (
            isinstance(other, MethodSym)
            and not other.is_static
            and other.visibility != "private"
            and _signature(other) == wanted
        ):
            return other
    return None


def _check_override(c: Checker, owner: ClassType, method: MethodSym, inherited: Inherited) -> None:
    place = place_of(method)
    decl = method.decl
    assert decl is not None
    written = decl.modifiers.has("override")
    found = None if method.is_static else _find_overridden(method, inherited)
    slot = _object_slot(method)
    if found is None and slot < 0:
        if written and not (method.owner and method.owner.base_unknown):
            c.error("FS0405", place, f"no base class has a method '{method.name}' with these parameter types to override")
        elif method.is_sealed:
            c.error(
                "FS0109", decl.modifiers.find("sealed") or place, f"'{method.name}' overrides nothing, so it cannot be sealed"
            )
        return
    if found is not None:
        method.overrides = found  # also after an error, so that nothing follows from it
        result, visibility, whose = found.result, found.visibility, found.qualified
        if found.is_sealed:
            c.error("FS0407", place, f"'{found.qualified}' is sealed and cannot be overridden")
            return
    else:
        result, visibility, whose = OBJECT_METHODS[method.name][1], "public", f"object.{method.name}"
    if method.result is not result and ERROR not in (method.result, result):
        c.error(
            "FS0406",
            place,
            f"'{method.qualified}' overrides '{whose}' and must have the result type {result}, not {method.result}",
        )
        return
    if _WIDTH[method.visibility] < _WIDTH[visibility]:
        c.error(
            "FS0406", place, f"'{method.qualified}' overrides '{whose}' and must be {visibility}, too", f"write '{visibility}'"
        )
        return
    method.is_override = True
    if found is not None:
        found.overridden = True
    else:
        method.slot = slot


def _object_slot(method: MethodSym) -> int:
    known = OBJECT_METHODS.get(method.name)
    if known is None or method.is_static or tuple(_signature(method)) != known[0]:
        return -1
    return OBJECT_SLOTS.index(method.name)


def _check_body(c: Checker, owner: ClassType, method: MethodSym) -> None:
    decl = method.decl
    place = place_of(method)
    assert isinstance(decl, ast.FunctionDecl)
    if method.is_abstract:
        if decl.body is not None:
            c.error("FS0416", place, f"the abstract method '{method.name}' cannot have a body")
        if not owner.is_abstract and not owner.is_struct:
            c.error(
                "FS0109",
                decl.modifiers.find("abstract") or place,
                f"'{method.name}' is abstract, but the class '{owner}' is not",
                f"write 'abstract class {owner}'",
            )


def _check_abstract(c: Checker, one: ClassType, still: dict[ClassType, list[MethodSym]]) -> None:
    inherited = still.get(one.base, []) if one.base is not None else []
    done = {method.overrides for method in one.methods if method.overrides is not None}
    missing = [method for method in inherited if method not in done]
    still[one] = missing + [method for method in one.methods if method.is_abstract]
    if missing and not one.is_abstract:
        names = ", ".join(f"'{method.qualified}'" for method in missing)
        c.error("FS0404", name_of(one), f"'{one}' does not implement {names}", "implement it or make the class abstract")


def _check_hidden(c: Checker, one: ClassType, inherited: Inherited) -> None:
    for field in one.fields + one.statics:
        for other in reversed(inherited.get(field.name, ())):
            if isinstance(other, FieldSym) and other.visibility != "private":
                message = f"'{field.name}' hides the inherited field of '{other.owner}'"
                c.warn("FS0909", field.pos, field.pos + len(field.name), message)
                break


def parameterless(type_: ClassType) -> MethodSym | None:
    """The declared constructor without parameters, None if there is none (a class without any has the default one)."""
    return next((ctor for ctor in type_.ctors if not ctor.params), None)


# -- vtables ---------------------------------------------------------------------------------------------------------------


def make_vtables(made: Sequence[ClassType]) -> None:
    """Give slots to methods that override or are overridden and list the most derived ones by slot."""
    for one in in_base_order(made):
        table: list[MethodSym | None] = list(one.base.vtable) if one.base is not None else [None] * len(OBJECT_SLOTS)
        for method in one.methods:
            if method.overrides is not None:
                method.slot = method.overrides.slot
                method.opener = method.overrides.opener or method.overrides
            elif method.slot < 0 and not method.is_static and (method.overridden or method.is_abstract):
                method.slot = len(table)
                table.append(None)
            if method.slot >= 0:
                table[method.slot] = method
        one.vtable = table


# -- layout ----------------------------------------------------------------------------------------------------------------


def lay_out(c: Checker, made: Sequence[ClassType]) -> None:
    """Offsets of all instance fields, sizes and alignments; a struct inside itself is FS0323. Attributes are already read."""
    done: set[ClassType] = set()
    for one in in_base_order(made):
        _lay_out(c, one, done, {})


def _lay_out(c: Checker, one: ClassType, done: set[ClassType], path: dict[ClassType, None]) -> None:
    if one in done:
        return
    path[one] = None
    for field in one.fields:
        inner = field.type
        if not isinstance(inner, ClassType) or not inner.is_struct or inner in done:
            continue
        if inner in path:
            c.error("FS0323", name_of(inner), f"the struct '{inner}' contains itself", "keep it in an array or in a class")
            field.type = ERROR
        else:
            _lay_out(c, inner, done, path)
    del path[one]
    done.add(one)
    _place_fields(one)
    if one.size > LARGEST:
        kind = "struct" if one.is_struct else "class"
        c.error("FS0803", name_of(one), f"the {kind} '{one}' takes {one.size} bytes; {LARGEST} can be managed")
        one.size = one.align  # nothing follows from it


def _place_fields(one: ClassType) -> None:
    if one.is_struct:
        end, align = 0, 1
    elif one.base is not None:
        end, align = one.base.size, one.base.align
    else:
        end, align = 8, 8
    for field in one.fields:
        step = 1 if one.packed else align_of(field.type)
        end = (end + step - 1) // step * step
        field.offset = end
        end += size_of(field.type)
        inner = field.type
        if field.dims or (isinstance(inner, ClassType) and inner.is_struct and inner.holds_arrays):
            one.holds_arrays = True
        align = max(align, step)
    align = max(align, one.min_align)
    one.align = align
    step = align if one.is_struct else 8
    one.size = max((end + step - 1) // step * step, 1)
