"""Declaring (fluxsharp.md section 5): types, functions, globals and members of files with their signatures and link symbols.

Runs in rounds over a batch of files (the program, later single library files): types, then bases, then members with their
signatures, then what needs all of those (overriding, sizes, layout). Bodies come afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from . import ast, classes
from .check_decls import check_sizes, declare_enum, fill_enum, read_attributes
from .context import Body, Checker, Scope
from .resolve_types import check_class_use, resolve, sizes_of, wrapped
from .typed import FieldSym, LocalVar, MethodSym
from .types import ERROR, STRING, VOID, ClassType, EnumType, Type

_VISIBILITIES: Final = ("public", "private", "protected", "internal")


def declare(c: Checker, files: Sequence[ast.File], scope: Scope) -> None:
    """Declare everything in `files` into `scope`: after this all names, signatures, classes and layouts are known."""
    made: list[ClassType] = []
    for file in files:
        before = c.enter(Body(file=file))
        for decl in file.declarations:
            _declare_type(c, scope, file, decl, made)
        c.leave(before)
    c.typed.classes.extend(made)
    classes.resolve_bases(c, made)
    functions: list[MethodSym] = []
    fields: list[FieldSym] = []
    for file in files:
        before = c.enter(Body(file=file))
        for decl in file.declarations:
            _declare_free(c, scope, file, decl, functions, fields)
        c.leave(before)
    for one in made:
        _declare_members(c, one, functions, fields)
    for one in classes.in_base_order(made):
        if one.is_exception and not one.ctors:
            _exception_ctors(c, one, functions)
    if scope is c.program:
        _check_repeats(c, scope, made)
    for method in functions:
        _name_symbol(c, method, scope)
    for field in fields:
        field.symbol = unique_symbol(c, field.name if field.owner is None else f"{field.owner.symbol}.{field.name}", field.file)
    classes.finish(c, made)
    for entries in scope.types.values():
        for entry in entries:
            if isinstance(entry, EnumType):
                fill_enum(c, entry)
    check_sizes(c, fields)
    for one in made:
        read_attributes(c, one)
    classes.lay_out(c, made)


def visibility_of(modifiers: ast.Modifiers, default: str) -> str:
    """The visibility modifiers give."""
    for word in modifiers.words:
        if word.text in _VISIBILITIES:
            return word.text
    return default


def _declare_type(c: Checker, scope: Scope, file: ast.File, decl: ast.Decl, made: list[ClassType]) -> None:
    if isinstance(decl, ast.TypeDecl):
        name = decl.name
        if decl.kind == "interface" or decl.tparams:
            c.error("FS0899", name, f"{'interfaces' if decl.kind == 'interface' else 'generic types'} are not supported yet")
            scope.blocked.add(name.text)
            if decl.kind == "interface":
                _block_members(scope, decl.members)
            return
        words = {word.text for word in decl.modifiers.words}
        type_ = ClassType(
            name.text,
            8,
            decl=decl,
            file=file,
            is_struct=decl.kind == "struct",
            is_abstract="abstract" in words,
            is_sealed="sealed" in words,
            is_static="static" in words,
            visibility=visibility_of(decl.modifiers, "internal"),
            pos=name.start,
        )
        type_.symbol = unique_name(c.type_symbols, name.text)
        made.append(type_)
        c.declared[decl] = type_
        scope.types.setdefault(name.text, []).append(type_)
    elif isinstance(decl, ast.EnumDecl):
        scope.types.setdefault(decl.name.text, []).append(declare_enum(c, decl, file))
    elif isinstance(decl, ast.DelegateDecl):
        c.error("FS0899", decl.name, "delegates are not supported yet")
        scope.blocked.add(decl.name.text)
    elif isinstance(decl, ast.ImplDecl):
        c.error("FS0899", decl.interface, "interfaces are not supported yet")
        _block_members(scope, decl.members)
    elif isinstance(decl, ast.NamespaceDecl):
        first, last = decl.name[0], decl.name[-1]
        c.bag.error("FS0899", first.start, last.end, "namespaces are not supported yet")
        _block_names(scope, decl)


def _block_members(scope: Scope, members: list[ast.Decl]) -> None:
    """Members that an unsupported interface may give to the types that list it: uses of them stay silent."""
    scope.blocked_members.update(one.name.text for one in members if isinstance(one, (ast.FunctionDecl, ast.PropertyDecl)))


def _block_names(scope: Scope, decl: ast.NamespaceDecl) -> None:
    """Nothing inside an unsupported namespace is declared; uses of its names must stay silent."""
    scope.blocked.add(decl.name[0].text)
    work: list[ast.Decl] = list(decl.declarations)
    while work:
        one = work.pop()
        if isinstance(one, ast.NamespaceDecl):
            work.extend(one.declarations)
            scope.blocked.add(one.name[0].text)
        elif isinstance(one, ast.FieldDecl):
            scope.blocked.update(declarator.name.text for declarator in one.declarators)
        elif isinstance(one, (ast.TypeDecl, ast.EnumDecl, ast.DelegateDecl, ast.FunctionDecl)):
            scope.blocked.add(one.name.text)


def _declare_free(
    c: Checker, scope: Scope, file: ast.File, decl: ast.Decl, functions: list[MethodSym], fields: list[FieldSym]
) -> None:
    if isinstance(decl, ast.FunctionDecl):
        if decl.tparams:
            c.error("FS0899", decl.name, "generic functions are not supported yet")
            scope.blocked.add(decl.name.text)
            return
        method = _method(c, decl, None, file)
        functions.append(method)
        c.declared[decl] = method
        scope.functions.setdefault(method.name, []).append(method)
    elif isinstance(decl, ast.FieldDecl):
        for field in _fields(c, decl, None, file):
            field.is_static = True
            fields.append(field)
            c.declared[field.decl] = field
            scope.globals.setdefault(field.name, []).append(field)
            if scope is c.program:
                c.typed.globals.append(field)


def _declare_members(c: Checker, owner: ClassType, functions: list[MethodSym], fields: list[FieldSym]) -> None:
    assert owner.decl is not None and owner.file is not None
    before = c.enter(Body(file=owner.file, owner=owner))
    for decl in owner.decl.members:
        if isinstance(decl, ast.FunctionDecl):
            if decl.tparams:
                c.error("FS0899", decl.name, "generic functions are not supported yet")
                _placeholder(owner, decl.name)
                continue
            method = _method(c, decl, owner, owner.file)
            owner.methods.append(method)
            owner.members.setdefault(method.name, []).append(method)
            functions.append(method)
        elif isinstance(decl, ast.CtorDecl):
            ctor = _ctor(c, decl, owner, owner.file)
            owner.ctors.append(ctor)
            functions.append(ctor)
        elif isinstance(decl, ast.FieldDecl):
            for field in _fields(c, decl, owner, owner.file):
                (owner.statics if field.is_static else owner.fields).append(field)
                owner.members.setdefault(field.name, []).append(field)
                fields.append(field)
        elif isinstance(decl, ast.PropertyDecl):
            what = "properties" if decl.params is None else "indexers"
            c.error("FS0899", decl.name, f"{what} are not supported yet")
            _placeholder(owner, decl.name)
    c.leave(before)


def _placeholder(owner: ClassType, name: ast.Name) -> None:
    """Stands for a member that is not supported yet: using it is silent."""
    field = FieldSym(name.text, ERROR, name.start, owner, owner.file, is_static=True, visibility="public")
    owner.members.setdefault(name.text, []).append(field)


def _params(c: Checker, params: list[ast.Param]) -> list[LocalVar]:
    made: list[LocalVar] = []
    seen: set[str] = set()
    for number, param in enumerate(params, 1):
        type_ = wrapped(resolve(c, param.type), len(param.dims))
        check_class_use(c, param.type, type_)
        if param.name.text in seen:
            c.error("FS0205", param.name, f"the parameter '{param.name.text}' is declared twice")
        seen.add(param.name.text)
        made.append(LocalVar(param.name.text, type_, param.name.start, number, nullable=isinstance(param.type, ast.NullableType)))
    return made


def _method(c: Checker, decl: ast.FunctionDecl, owner: ClassType | None, file: ast.File) -> MethodSym:
    words = {word.text for word in decl.modifiers.words}
    name = decl.name
    result = resolve(c, decl.result, void=True)
    if result is not VOID:
        check_class_use(c, decl.result, result)
    method = MethodSym(
        name.text,
        name.text if owner is None else f"{owner.name}.{name.text}",
        "",
        result,
        _params(c, decl.params),
        name.start,
        owner,
        file,
        decl,
        is_static=owner is None or "static" in words,
        is_abstract="abstract" in words,
        is_extern="extern" in words,
        is_async="async" in words,
        is_sealed="sealed" in words,
        visibility=visibility_of(decl.modifiers, "internal" if owner is None else "private"),
    )
    unsafe = decl.modifiers.find("unsafe")
    if unsafe is not None:
        c.error("FS0899", unsafe, "unsafe code is not supported yet")
    return method


def _ctor(c: Checker, decl: ast.CtorDecl, owner: ClassType, file: ast.File) -> MethodSym:
    return MethodSym(
        "new",
        f"{owner.name}.new",
        "",
        VOID,
        _params(c, decl.params),
        decl.name.start,
        owner,
        file,
        decl,
        is_static=False,
        is_ctor=True,
        visibility=visibility_of(decl.modifiers, "private"),
    )


def _exception_ctors(c: Checker, owner: ClassType, functions: list[MethodSym]) -> None:
    """An exception class without constructors has `()` and, if its base has it, `(string message)` (section 9)."""
    assert owner.decl is not None and owner.file is not None
    name = owner.decl.name
    start, end = name.start, name.end
    before = c.enter(Body(file=owner.file, owner=owner))
    takes_message = owner.base is not None and any(
        [param.type for param in ctor.params] == [STRING] and ctor.visibility != "private" for ctor in owner.base.ctors
    )
    for with_message in (False, True) if takes_message else (False,):
        params: list[ast.Param] = []
        args: list[ast.Expr] = []
        if with_message:
            written = ast.NamedType(start, end, [ast.Name("string", start, end)], [[]])
            params.append(ast.Param(written, ast.Name("message", start, end), []))
            args.append(ast.NameExpr(c.new_id(), start, end, start, "message"))
        decl = ast.CtorDecl(
            start,
            end,
            ast.Modifiers([ast.Name("public", start, end)]),
            name,
            params,
            "base" if with_message else "",
            args,
            start,
            ast.Block(start, end, []),
        )
        ctor = _ctor(c, decl, owner, owner.file)
        owner.ctors.append(ctor)
        functions.append(ctor)
    c.leave(before)


def _fields(c: Checker, decl: ast.FieldDecl, owner: ClassType | None, file: ast.File) -> list[FieldSym]:
    words = {word.text for word in decl.modifiers.words}
    default = "internal" if owner is None else "public" if owner.is_struct else "private"
    base = resolve(c, decl.type)
    check_class_use(c, decl.type, base)
    made: list[FieldSym] = []
    for one in decl.declarators:
        field = FieldSym(
            one.name.text,
            wrapped(base, len(one.dims)),
            one.name.start,
            owner,
            file,
            is_static="static" in words or "const" in words,
            is_const="const" in words,
            is_readonly="readonly" in words,
            visibility=visibility_of(decl.modifiers, default),
            decl=one,
            init=one.init,
        )
        made.append(field)
        c.field_nodes[field] = decl.type
        if "readonly" in words and "static" in words:
            c.compile_time.add(field)
        sizes = len(one.dims) + len(sizes_of(decl.type))
        if sizes:
            field.dims = [0] * sizes  # evaluated by check_sizes, when all constants are known
        c.type_nodes[id(one)] = field.type
    return made


# -- repeated names --------------------------------------------------------------------------------------------------------


class _Seen:
    """The declarations of one name so far: their files, and whether one is visible outside of its own."""

    __slots__ = ("files", "result", "shared")

    def __init__(self, result: Type | None = None) -> None:
        self.result = result
        self.files: set[int] = set()
        self.shared = False

    def add(self, one: ClassType | EnumType | FieldSym | MethodSym) -> bool:
        """True if a declaration before this one sees it: in the same file, or because neither is private."""
        shared = one.visibility != "private"
        collides = id(one.file) in self.files or (shared and self.shared)
        self.files.add(id(one.file))
        self.shared |= shared
        return collides


def _repeated(c: Checker, pos: int, name: str, what: str) -> None:
    c.bag.error("FS0206", pos, pos + len(name), f"{what} '{name}' is declared twice")


def _check_repeats(c: Checker, scope: Scope, made: list[ClassType]) -> None:
    for name, types in scope.types.items():
        others: list[ClassType | EnumType | FieldSym] = [*types, *scope.globals.get(name, ())]
        if len(others) > 1:
            _check_group(c, name, others)
    for name, globals_ in scope.globals.items():
        if len(globals_) > 1 and name not in scope.types:
            _check_group(c, name, globals_)
    for name, functions in scope.functions.items():
        if len(functions) < 2:
            continue
        if name in ("main", "Main"):  # of an imported file it is FS0607 in any case
            functions = [one for one in functions if one.file is c.typed.files[-1]]
        _check_signatures(c, functions)
    for owner in made:
        for name, members in owner.members.items():
            if len(members) < 2:
                continue
            methods = [one for one in members if isinstance(one, MethodSym)]
            if len(methods) == len(members):
                _check_signatures(c, methods)
            else:
                for one in sorted(members, key=lambda member: member.pos)[1:]:
                    _repeated(c, one.pos, name, "the member")
        if len(owner.ctors) > 1:
            _check_signatures(c, owner.ctors)


def _check_group(c: Checker, name: str, entries: Sequence[ClassType | EnumType | FieldSym]) -> None:
    ordered = sorted(entries, key=lambda one: one.pos)
    if name == "Main" and all(isinstance(one, ClassType) for one in ordered):
        return  # FS0702
    seen = _Seen()
    for one in ordered:
        if seen.add(one):
            _repeated(c, one.pos, name, "the name")


def _check_signatures(c: Checker, entries: Sequence[MethodSym]) -> None:
    seen: dict[tuple[Type, ...], _Seen] = {}
    for one in sorted(entries, key=lambda method: method.pos):
        key = tuple(param.type for param in one.params)
        if ERROR in key:
            continue
        known = seen.get(key)
        if known is None:
            known = seen[key] = _Seen(one.result)
        if known.add(one):
            shown = ", ".join(str(type_) for type_ in key)
            name = one.name if not one.is_ctor or one.owner is None else one.owner.name
            c.bag.error(
                "FS0206",
                one.pos,
                one.pos + len(name),
                f"{name}({shown}) is declared twice",
                "overloads differ in their parameter types" if one.result is not known.result else "",
            )


# -- link symbols ----------------------------------------------------------------------------------------------------------


def _name_symbol(c: Checker, method: MethodSym, scope: Scope) -> None:
    group: Sequence[FieldSym | MethodSym]
    if method.owner is None:
        group = scope.functions[method.name]
    elif method.is_ctor:
        group = method.owner.ctors
    else:
        group = method.owner.members[method.name]
    name = method.name if method.owner is None else f"{method.owner.symbol}.{method.name}"
    plain = method.is_extern or scope is c.library_scope
    # names with a leading underscore belong to the library and the start-up code
    if (len(group) > 1 and not plain) or (method.owner is None and name.startswith("_") and not plain):
        name += f"({','.join(str(param.type) for param in method.params)})"
    method.symbol = unique_symbol(c, name, method.file)


def unique_symbol(c: Checker, name: str, file: ast.File | None) -> str:
    """A link symbol nothing else has; names of the library stay free."""
    if name.startswith("_") and "(" not in name and file is not None and not file.runtime:
        name = f"{name}$user"
    return unique_name(c.symbols, name)


def unique_name(taken: dict[str, int], name: str) -> str:
    """The name, with a number behind it if it is taken. `taken` has the last number by name."""
    number = taken.get(name, 0)
    if number == 0:
        taken[name] = 1
        return name
    made = name
    while made in taken:
        number += 1
        made = f"{name}${number}"
    taken[name] = number
    taken[made] = 1
    return made
