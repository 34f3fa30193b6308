"""The semantic checker: `check` turns parsed files into typed tables (fluxsharp.md Part I).

declare      names, signatures, bases, overriding, constants, layout
bodies       every function of the program; library functions only when lowering asks (`ensure_checked`)
entry        the entry function and the order of static initialisation
"""

from __future__ import annotations

import gc
from collections.abc import Sequence

from ..support.deep import deep_recursion
from ..support.diagnostics import Bag
from ..support.spans import SourceMap
from . import ast, check_exprs, check_operators, classes, names
from .check_calls import check_args, choose, find_ctor
from .check_decls import check_initialiser, constant_field, constant_integer
from .check_stmts import check_body
from .context import Body, Checker, Library
from .cursor import IdCounter
from .declare import declare
from .entry import find_entry, order_statics
from .tree_ids import last_id
from .typed import FieldSym, MethodSym, Resolved, Typed
from .types import ERROR, VOID, ClassType
from .visit import check_expr, check_value

__all__ = ["Library", "check", "check_exprs", "check_operators", "ensure_checked"]


def check(
    files: Sequence[ast.File], sources: SourceMap, bag: Bag, library: Library | None = None, ids: IdCounter | None = None
) -> Typed:
    """Check all files of a program (import order, the entry file last); problems go to `bag`.

    `ids` is the counter the files were parsed with; without it the trees are searched for the highest expression id.
    """
    c = Checker(sources, bag, library)
    if ids is None:
        ids = IdCounter()
        ids.next = max((last_id(file) for file in files), default=0) + 1
    c.ids = ids
    c.grow(ids.next - 1)
    typed = c.typed
    typed.files = list(files)
    typed.loader = lambda name: library_function(c, name)
    typed.checker = c
    collecting = gc.isenabled()
    gc.disable()  # the tables only grow; traversing millions of nodes again and again costs more than the check itself
    try:
        with deep_recursion():
            declare(c, files, c.program)
            for file in files:
                check_imports(c, file, files)
                check_file(c, file)
            if files:
                find_entry(c, files)
            order_statics(c, files)
            finish_classes(c)
    finally:
        if collecting:
            gc.enable()
    return typed


def finish_classes(c: Checker) -> None:
    """Vtables of the classes declared since the last time."""
    known = c.typed.classes
    classes.make_vtables(known[c.vtables_made :])
    c.vtables_made = len(known)


def library_function(c: Checker, name: str) -> MethodSym:
    """The library function of that name with a checked body. Raises KeyError if the library has none."""
    if name not in c.library_scope.functions:
        names.load_library(c, name)
        finish_classes(c)
    method = c.library_scope.functions[name][0]
    check_method(c, method)
    return method


def ensure_checked(typed: Typed, method: MethodSym) -> None:
    """Check the body of a library function that lowering has reached."""
    if not method.body_checked:
        assert isinstance(typed.checker, Checker)
        check_method(typed.checker, method)
        finish_classes(typed.checker)


# -- bodies ----------------------------------------------------------------------------------------------------------------


def check_imports(c: Checker, file: ast.File, files: Sequence[ast.File]) -> None:
    """`using A.B;` needs a namespace of that name somewhere in the program (FS0211)."""
    for one in file.imports:
        if not one.namespace:
            continue
        known = any(
            isinstance(decl, ast.NamespaceDecl) and decl.name[0].text == one.namespace[0].text
            for other in files
            for decl in other.declarations
        )
        if not known:
            name = ".".join(part.text for part in one.namespace)
            c.bag.error("FS0211", one.namespace[0].start, one.namespace[-1].end, f"the program has no namespace '{name}'")


def check_file(c: Checker, file: ast.File) -> None:
    """Check every body and initialiser of a file in textual order."""
    symbols = c.declared
    for decl in file.declarations:
        if isinstance(decl, ast.FieldDecl):
            for declarator in decl.declarators:
                field = symbols.get(declarator)
                if isinstance(field, FieldSym):
                    check_field(c, field)
            continue
        symbol = symbols.get(decl)
        if isinstance(symbol, MethodSym):
            check_method(c, symbol)
        elif isinstance(symbol, ClassType):
            check_class(c, symbol)


def check_class(c: Checker, owner: ClassType) -> None:
    """Check initialisers, constructors and methods of a class."""
    for field in (*owner.fields, *owner.statics):
        check_field(c, field)
    if not owner.ctors and owner.base is not None:
        before = c.enter(Body(file=owner.file, owner=owner))
        find_ctor(c, ast.ErrorExpr(0, 0, 0, 0), classes.name_of(owner), owner.base, [], [])
        c.leave(before)
    for method in (*owner.ctors, *owner.methods):
        check_method(c, method)


def check_field(c: Checker, field: FieldSym) -> None:
    """Check a field's or global's initialiser."""
    before = c.enter(Body(file=field.file, owner=field.owner, where="a field initialiser"))
    if field.is_const:
        if field.init is None:
            assert field.decl is not None
            c.error("FS0505", field.decl.name, f"the constant '{field.name}' needs a value")
        else:
            constant_field(c, field)
    else:
        check_initialiser(c, field)
    c.leave(before)


def check_method(c: Checker, method: MethodSym) -> None:
    """Check a function's body once."""
    if method.body_checked:
        return
    method.body_checked = True
    decl = method.decl
    if decl is None:
        return
    body = Body(file=method.file, owner=method.owner, method=method, has_this=not method.is_static, result=method.result)
    before = c.enter(body)
    for param in method.params:
        if param.name not in body.locals:
            body.locals[param.name] = param
            body.nullables += param.nullable
    if isinstance(decl, ast.CtorDecl):
        check_chain(c, method, decl)
        check_body(c, decl.body.body, decl.body.end)
    elif decl.body is None:
        if not method.is_abstract and not method.is_extern:
            c.error(
                "FS0416",
                decl.name,
                f"the function '{method.name}' has no body",
                "only abstract and extern functions end with ';'",
            )
    else:
        if method.is_async:
            check_priority(c, decl)
        if method.is_extern:
            c.error("FS0416", decl.name, f"the extern function '{method.name}' cannot have a body")
        if decl.expression_body and method.result is VOID:
            check_expression_body(c, decl)
        elif check_body(c, decl.body.body, decl.body.end) and method.result is not VOID and method.result is not ERROR:
            c.error("FS0501", decl.name, f"not every path through '{method.name}' returns a value of type {method.result}")
    for param in method.params:
        param.scope_end = decl.end
    c.leave(before)


def check_priority(c: Checker, decl: ast.FunctionDecl) -> None:
    """`priority(n)` of an async function: a constant from 0 to 9."""
    if decl.priority is not None:
        value = constant_integer(c, decl.priority, "FS0515", "a priority")
        if value is not None and not 0 <= value <= 9:
            c.error("FS0515", decl.priority, f"a priority is a constant from 0 to 9, not {value}")


def check_expression_body(c: Checker, decl: ast.FunctionDecl) -> None:
    """`=> e;` of a void function is `{ e; }`."""
    assert decl.body is not None
    for one in decl.body.body:
        value = one.value if isinstance(one, ast.Return) else None
        if value is None:
            check_body(c, [one], decl.end)
        elif isinstance(value, (ast.Call, ast.Assign, ast.IncDec, ast.New)) or (
            isinstance(value, ast.Unary) and value.op == "await"
        ):
            check_expr(c, value)
        else:
            check_value(c, value)
            c.error(
                "FS0107", value, "this expression does nothing: it is not a statement", f"give '{decl.name.text}' a result type"
            )


def check_chain(c: Checker, method: MethodSym, decl: ast.CtorDecl) -> None:
    """The constructor that runs first: `: this(...)`, `: base(...)` or the base's parameterless one."""
    owner = method.owner
    assert owner is not None
    body = c.body
    body.has_this = False  # the object is not there yet
    body.where = "the argument of a constructor call"
    types = check_args(c, decl.chain_args)
    body.where = ""
    body.has_this = True
    where = ast.Name(decl.chain, decl.chain_pos, decl.chain_pos + len(decl.chain)) if decl.chain else decl.name
    if owner.base_unknown and decl.chain != "this":
        return
    if decl.chain == "this":
        found = choose(c, where, owner.name, owner.ctors, decl.chain_args, types, "FS0408")
        if found is not None:
            c.typed.ctor_chains[decl] = Resolved("ctor", found, params=[param.type for param in found.params], type=owner)
    elif owner.base is not None:
        call = find_ctor(c, ast.ErrorExpr(0, 0, 0, 0), where, owner.base, decl.chain_args, types)
        if call is not None:
            c.typed.ctor_chains[decl] = call
    elif decl.chain == "base" and owner.is_struct:
        c.error("FS0213", where, "a struct has no base")
    elif decl.chain == "base" and types:
        c.error("FS0408", where, "object has only the constructor without arguments")
