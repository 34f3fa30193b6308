"""Statements (fluxsharp.md sections 7, 13, 20, 21) and reachability.

Every statement function tells whether the statement's end can be reached; only constant conditions count.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from . import ast, consts
from .check_calls import find_ctor
from .check_decls import check_constant_type, size_value
from .check_exprs import check_array_init, class_named
from .context import Checker
from .conversions import convert
from .flow import check_leaving, enter_loop, leave_loop, report_unreachable
from .names import find_functions, find_type, load_library
from .resolve_types import check_class_use, is_var, resolve, sizes_of, wrapped
from .typed import Const, LocalVar
from .types import BOOL, CHAR, ERROR, INTEGERS, KEYWORD_TYPES, NULL, STRING, VOID, ArrayType, ClassType, EnumType, Type
from .visit import check_condition, check_expr, check_value, constant_of, not_null_if

Statement: TypeAlias = Callable[[Checker, Any], bool]
STATEMENTS: Final[dict[type[ast.Stmt], Statement]] = {}
"""By node class: checks the statement; True if its end can be reached."""


# -- blocks and scopes -------------------------------------------------------------------------------------------------------


def check_body(c: Checker, body: list[ast.Stmt], end: int) -> bool:
    """Check the statements of one scope that ends at `end`; True if its end can be reached."""
    locals_, pending = c.body.locals, c.body.pending
    declared: list[ast.Declarator] = []
    for node in body:
        if type(node) is ast.LocalDecl:
            for declarator in node.declarators:
                name = declarator.name.text
                declared.append(declarator)
                pending[name] = pending.get(name, 0) + 1
    table = STATEMENTS
    reachable = True
    dead = 0
    for node in body:
        if not reachable and not dead:
            dead = report_unreachable(c, node)
            c.body.dead += dead
        if not table[type(node)](c, node):
            reachable = False
    c.body.dead -= dead
    if declared:
        known = c.typed.locals
        for declarator in declared:
            var = known[declarator]
            if locals_.get(var.name) is var:
                var.scope_end = end
                del locals_[var.name]
    return reachable


def check_statement(c: Checker, node: ast.Stmt) -> bool:
    """Check one statement; True if its end can be reached."""
    return STATEMENTS[type(node)](c, node)


def declare_local(c: Checker, name: ast.Name, var: LocalVar, key: object) -> None:
    """Bring a local into scope; a name used by an enclosing scope of the function is FS0205."""
    c.typed.locals[key] = var
    known = c.body.locals.get(name.text)
    if known is not None:
        what = "a parameter" if known.arg else "a local"
        c.error("FS0205", name, f"the function already has {what} '{name.text}' here", "choose another name")
        return
    c.body.locals[name.text] = var
    if var.nullable:
        c.body.nullables += 1


def close_local(c: Checker, name: str, var: LocalVar, end: int) -> None:
    """Take a local out of scope again."""
    if c.body.locals.get(name) is var:
        var.scope_end = end
        del c.body.locals[name]


def _block(c: Checker, node: ast.Block) -> bool:
    return check_body(c, node.body, node.end)


def _empty(c: Checker, node: ast.Empty) -> bool:
    return True


def _expression(c: Checker, node: ast.ExprStmt) -> bool:
    check_expr(c, node.expr)
    return True


# -- declarations ------------------------------------------------------------------------------------------------------------


def _local(c: Checker, node: ast.LocalDecl) -> bool:
    inferred = is_var(node.type) and c.scope.types.get("var") is None
    base = ERROR if inferred else resolve(c, node.type)
    if not inferred:
        check_class_use(c, node.type, base)
    sizes = [] if inferred else [size_value(c, size) for size in sizes_of(node.type)]
    pending = c.body.pending
    for one in node.declarators:
        name = one.name
        if inferred:
            type_ = _inferred(c, node, one)
            dims: list[int] = []
        elif one.dims or sizes:
            dims = [*(size_value(c, size) for size in one.dims), *sizes]
            type_ = wrapped(base, len(one.dims))
        else:
            dims = sizes
            type_ = base
        var = LocalVar(name.text, type_, name.start, dims=dims, nullable=type(node.type) is ast.NullableType)
        if node.is_const:
            var.is_const = True
            var.const = _constant_value(c, one, type_)
            if var.const is None:
                var.type = ERROR
        elif one.init is not None and not inferred:
            init = one.init
            if type(init) is ast.ArrayInit:
                check_array_init(c, init, type_, dims)
            else:
                found = check_value(c, init)
                if found is not type_:
                    convert(c, init, found, type_)
        c.type_nodes[id(one)] = type_
        pending[name.text] -= 1
        declare_local(c, name, var, one)
    return True


def _inferred(c: Checker, node: ast.LocalDecl, one: ast.Declarator) -> Type:
    """The type of a `var` local."""
    init = one.init
    if init is None or isinstance(init, ast.ArrayInit) or one.dims:
        if isinstance(init, ast.ArrayInit):
            check_array_init(c, init, ERROR, [])
        c.error("FS0318", one.name, f"'var' needs an initialiser that gives '{one.name.text}' a type", "write the type")
        return ERROR
    found = check_expr(c, init)
    if found is VOID or found is NULL:
        c.error(
            "FS0318",
            init,
            f"'var' cannot find a type: {'this call gives no value' if found is VOID else 'null fits every reference type'}",
            "write the type",
        )
        return ERROR
    if type(node.type) is ast.NullableType:
        c.error("FS0318", node.type, "'var' takes its type from the initialiser; '?' cannot be added")
    return found


def _constant_value(c: Checker, one: ast.Declarator, type_: Type) -> Const:
    """The value of a `const` local; None after a report."""
    init = one.init
    if init is None:
        c.error("FS0505", one.name, f"the constant '{one.name.text}' needs a value")
        return None
    if isinstance(init, ast.ArrayInit):
        c.error("FS0312", init, "a constant expression is needed here")
        return None
    value = constant_of(c, init)
    if value is None or not convert(c, init, c.typed.type_of(init), type_) or not check_constant_type(c, init, type_):
        return None
    return consts.to_type(value, type_)


# -- branches and loops ------------------------------------------------------------------------------------------------------


def truth_of(c: Checker, cond: ast.Expr) -> bool | None:
    """What a condition always is, None if it depends."""
    value = c.consts[cond.id]
    return bool(value) if isinstance(value, int) else None


def _branch(c: Checker, node: ast.Stmt, possible: bool) -> bool:
    """Check a statement that may never run."""
    body = c.body
    dead = 0 if possible else report_unreachable(c, node)
    body.dead += dead
    reachable = STATEMENTS[type(node)](c, node)
    body.dead -= dead
    return reachable and possible


def _if(c: Checker, node: ast.If) -> bool:
    """An if statement; an `else if` chain of any length is one loop."""
    body = c.body
    reachable = False
    entered = True  # the condition being checked can be reached
    added: set[LocalVar] = set()
    while True:
        check_condition(c, node.cond)
        truth = truth_of(c, node.cond)
        if body.nullables:
            when = not_null_if(c, node.cond, True) - body.proven
            body.proven |= when
            end = _branch(c, node.then, truth is not False)
            body.proven -= when
            otherwise = not_null_if(c, node.cond, False) - body.proven
            body.proven |= otherwise
            added |= otherwise
        else:
            end = _branch(c, node.then, truth is not False)
        reachable |= end and entered
        entered = entered and truth is not True
        other = node.other
        if type(other) is ast.If and truth is not True:
            node = other
            continue
        if other is None:
            reachable |= entered
        else:
            end = _branch(c, other, truth is not True)
            reachable |= end and entered
        body.proven -= added
        return reachable


def _while(c: Checker, node: ast.While) -> bool:
    check_condition(c, node.cond)
    truth = truth_of(c, node.cond)
    enter_loop(c)
    _guarded(c, node.cond, node.body, truth is not False)
    return leave_loop(c) or truth is not True


def _guarded(c: Checker, cond: ast.Expr | None, node: ast.Stmt, possible: bool) -> None:
    """The body of a loop under its condition."""
    body = c.body
    when = not_null_if(c, cond, True) - body.proven if body.nullables and cond is not None else set()
    body.proven |= when
    _branch(c, node, possible)
    body.proven -= when


def _do(c: Checker, node: ast.DoWhile) -> bool:
    enter_loop(c)
    end = check_statement(c, node.body) or c.body.continues[-1]
    check_condition(c, node.cond)
    return leave_loop(c) or (end and truth_of(c, node.cond) is not True)


def _for(c: Checker, node: ast.For) -> bool:
    init = node.init
    pending = c.body.pending
    if isinstance(init, ast.LocalDecl):
        for one in init.declarators:
            pending[one.name.text] = pending.get(one.name.text, 0) + 1
        _local(c, init)
    else:
        for expr in init:
            check_expr(c, expr)
    truth: bool | None = True
    if node.cond is not None:
        check_condition(c, node.cond)
        truth = truth_of(c, node.cond)
    enter_loop(c)
    _guarded(c, node.cond, node.body, truth is not False)
    for expr in node.step:
        check_expr(c, expr)
    broken = leave_loop(c)
    if isinstance(init, ast.LocalDecl):
        for one in init.declarators:
            close_local(c, one.name.text, c.typed.locals[one], node.end)
    return broken or truth is not True


def _foreach(c: Checker, node: ast.Foreach) -> bool:
    found = check_value(c, node.collection)
    element: Type = ERROR
    if isinstance(found, ArrayType):
        element = found.element
    elif found is STRING:
        element = CHAR
    elif found is not ERROR:
        if isinstance(found, ClassType) and found.members.get("GetEnumerator"):
            c.error("FS0899", node.collection, "foreach over enumerators is not supported yet")
        else:
            c.error(
                "FS0325", node.collection, f"a value of type {found} cannot be enumerated", "foreach takes arrays and strings"
            )
    type_ = element if is_var(node.type) else resolve(c, node.type)
    if ERROR not in (type_, element) and type_ is not element:
        convert(c, ast.ErrorExpr(0, node.collection.start, node.collection.end, node.collection.pos), element, type_)
    var = LocalVar(node.name.text, type_, node.name.start, read_only=True)
    declare_local(c, node.name, var, node)
    enter_loop(c)
    check_statement(c, node.body)
    leave_loop(c)
    close_local(c, node.name.text, var, node.end)
    return True


def _break(c: Checker, node: ast.Break) -> bool:
    body = c.body
    if not body.breaks:
        c.error("FS0503", node, "'break' stands in no loop or switch")
        body.quiet = True
    elif not check_leaving(c, node, "break") and not body.dead:
        body.breaks[-1] = True
    return False


def _continue(c: Checker, node: ast.Continue) -> bool:
    if not c.body.loops:
        c.error("FS0503", node, "'continue' stands in no loop")
        c.body.quiet = True
    elif not check_leaving(c, node, "continue"):
        c.body.continues[-1] = True
    return False


# -- switch ------------------------------------------------------------------------------------------------------------------


def _switch(c: Checker, node: ast.Switch) -> bool:
    body = c.body
    type_ = check_value(c, node.value)
    if type_ not in INTEGERS and type_ not in (CHAR, BOOL, STRING, ERROR) and not isinstance(type_, EnumType):
        c.error("FS0305", node.value, f"switch is not defined for {type_}", "it takes integers, char, bool, enums and strings")
        type_ = ERROR
    seen: set[tuple[type, Const]] = set()
    has_default = False
    declared: list[ast.Declarator] = []
    body.breaks.append(False)
    body.switches += 1
    reachable = False
    for section in node.sections:
        for label in section.labels:
            if label is None:
                if has_default:
                    c.bag.error("FS0511", section.start, section.start + 7, "the switch has two 'default' labels")
                has_default = True
            else:
                _label(c, label, type_, seen)
        for statement in section.body:
            if type(statement) is ast.LocalDecl:
                declared += statement.declarators
    for one in declared:
        body.pending[one.name.text] = body.pending.get(one.name.text, 0) + 1
    for section in node.sections:
        if _section(c, section):
            reachable = True
    for one in declared:
        c.typed.locals[one].written = True
        close_local(c, one.name.text, c.typed.locals[one], node.end)
    body.switches -= 1
    broken = body.breaks.pop()
    return broken or reachable or not has_default


def _label(c: Checker, label: ast.Expr, type_: Type, seen: set[tuple[type, Const]]) -> None:
    if isinstance(label, ast.NullLit):
        check_value(c, label)
        c.error("FS0301", label, "'case null' is not allowed: a null string matches only 'default'")
        return
    value = constant_of(c, label)
    if value is None or not convert(c, label, c.typed.type_of(label), type_):
        return
    key = (type(value), value)
    if key in seen:
        c.error("FS0511", label, "this label stands in the switch already")
    seen.add(key)


def _section(c: Checker, section: ast.SwitchSection) -> bool:
    """One section; its statements share the scope of the whole switch block."""
    reachable = True
    dead = 0
    for node in section.body:
        if not reachable and not dead:
            dead = report_unreachable(c, node)
            c.body.dead += dead
        if not STATEMENTS[type(node)](c, node):
            reachable = False
    c.body.dead -= dead
    if reachable and section.body:
        first = section.labels[0]
        start, end = (section.start, section.start + 7) if first is None else (section.start, first.end)
        c.bag.error(
            "FS0510", start, end, "the section falls through to the next one", "end it with break, return, continue or throw"
        )
    return reachable and not section.body


# -- return and exceptions -----------------------------------------------------------------------------------------------------


def _return(c: Checker, node: ast.Return) -> bool:
    body = c.body
    value = node.value
    wanted = body.result
    if value is None:
        if wanted is not VOID and wanted is not ERROR:
            c.error("FS0502", node, f"the function must return a value of type {wanted}")
    elif wanted is VOID:
        found = check_expr(c, value)
        what = "a constructor" if body.method is not None and body.method.is_ctor else "a void function"
        if found is not ERROR:
            c.error("FS0502", node, f"{what} returns no value", "write 'return;' or give the function a result type")
    else:
        found = check_value(c, value)
        if found is not wanted:
            convert(c, value, found, wanted)
    if body.finallys:
        check_leaving(c, node, "return")
    return False


def _throw(c: Checker, node: ast.Throw) -> bool:
    value = node.value
    if value is None:
        if not c.body.catches:
            c.error("FS0507", node, "'throw;' is only allowed inside a catch block", "name what is thrown")
        return False
    named = class_named(c, value.target if isinstance(value, ast.Call) else value)
    if named is not None and named.is_exception:
        if isinstance(value, ast.Call):
            c.refs[value.target.id] = named
        _throw_new(c, value, named, value.args if isinstance(value, ast.Call) else [])
        return False
    if isinstance(value, ast.Call) and named is not None and find_functions(c, named.name):
        named = None  # a function of that name is called
    found: Type = named or check_value(c, value)
    if found is STRING or found is NULL:
        load_exceptions(c)
    elif found is not ERROR and not (isinstance(found, ClassType) and found.is_exception):
        hint = "derive the class from Exception" if isinstance(found, ClassType) else 'throw a string: "..."'
        c.error("FS0508", value, f"only exception objects and strings can be thrown, not {found}", hint)
    return False


def _throw_new(c: Checker, value: ast.Expr, type_: ClassType, args: list[ast.Expr]) -> None:
    """`throw T;` and `throw T(args);` are `throw new T(args);`."""
    types = []
    for arg in args:
        types.append(check_value(c, arg))
    c.types[value.id] = type_
    if type_.is_abstract:
        c.error("FS0403", value, f"'{type_}' is abstract: there are no instances of it")
        return
    c.refs[value.id] = find_ctor(c, value, value, type_, args, types)


def load_exceptions(c: Checker) -> ClassType | None:
    """The class Exception, loaded from the library."""
    if "Exception" not in c.library_scope.types:
        load_library(c, "Exception")
    found = c.library_scope.types.get("Exception")
    return found[0] if found and isinstance(found[0], ClassType) else None


def _try(c: Checker, node: ast.Try) -> bool:
    root = load_exceptions(c)
    reachable = check_body(c, node.body.body, node.body.end)
    taken: list[ClassType] = []
    for clause in node.catches:
        if _catch(c, clause, root, taken):
            reachable = True
    if node.final is not None:
        body = c.body
        body.finallys.append((body.loops, len(body.breaks)))
        if not check_body(c, node.final.body, node.final.end):
            reachable = False
        body.finallys.pop()
    return reachable


def _catch(c: Checker, clause: ast.Catch, root: ClassType | None, taken: list[ClassType]) -> bool:
    """One clause; `taken` are the classes earlier clauses take."""
    body = c.body
    caught: Type = root or ERROR
    name = clause.name
    if clause.type is not None and name is None and (variable := _lone_name(c, clause.type)) is not None:
        name = variable  # `catch (e)`
        c.type_nodes[id(clause.type)] = caught
    elif clause.type is not None:
        found = resolve(c, clause.type)
        if found is not ERROR and not (isinstance(found, ClassType) and found.is_exception):
            c.error("FS0516", clause.type, f"{found} is no exception class", "derive it from Exception")
            found = ERROR
        caught = found
    if isinstance(caught, ClassType):
        at: ClassType | None = caught
        while at is not None and at not in taken:
            at = at.base
        if at is not None:
            c.warn("FS0906", clause.start, clause.body.start, f"an earlier clause already catches every {caught}")
        taken.append(caught)
    var: LocalVar | None = None
    if name is not None:
        var = LocalVar(name.text, STRING if clause.as_string else caught, name.start, caught=clause.as_string)
        declare_local(c, name, var, clause)
    body.catches += 1
    reachable = check_body(c, clause.body.body, clause.body.end)
    body.catches -= 1
    if var is not None:
        close_local(c, var.name, var, clause.body.end)
    return reachable


def _lone_name(c: Checker, node: ast.TypeNode) -> ast.Name | None:
    """The variable of `catch (e)`: a simple name that is no type."""
    if not isinstance(node, ast.NamedType) or len(node.parts) != 1 or node.targs[0]:
        return None
    name = node.parts[0]
    if name.text in KEYWORD_TYPES or name.text in c.scope.types or name.text in c.scope.blocked:
        return None
    return name if find_type(c, name.text) is None else None


def _checked(c: Checker, node: ast.CheckedBlock) -> bool:
    body = c.body
    if node.kind == "unsafe":
        c.bag.error("FS0899", node.start, node.start + 6, "unsafe code is not supported yet")
        return check_body(c, node.body.body, node.body.end)
    before = body.unchecked
    body.unchecked = node.kind == "unchecked" or (body.file is not None and body.file.runtime)
    reachable = check_body(c, node.body.body, node.body.end)
    body.unchecked = before
    return reachable


STATEMENTS.update(
    {
        ast.Block: _block,
        ast.Empty: _empty,
        ast.LocalDecl: _local,
        ast.ExprStmt: _expression,
        ast.If: _if,
        ast.While: _while,
        ast.DoWhile: _do,
        ast.For: _for,
        ast.Foreach: _foreach,
        ast.Switch: _switch,
        ast.Break: _break,
        ast.Continue: _continue,
        ast.Return: _return,
        ast.Throw: _throw,
        ast.Try: _try,
        ast.CheckedBlock: _checked,
    }
)
