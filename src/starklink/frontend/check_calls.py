"""Calls: functions, methods, constructors, overloads (fluxsharp.md sections 6.8, 9)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from . import ast, names
from .builtins import ASYNC_BUILTINS, BUILTINS, EXCEPTIONS, INTRINSICS, OBJECT_METHODS, UNSUPPORTED_TYPES, Builtin
from .check_builtins import check_builtin, check_fixed
from .check_exprs import check_target, undefined_member
from .context import Checker, suggest
from .conversions import IDENTITY, NONE, convert, rank
from .typed import FieldSym, LocalVar, MethodSym, Resolved
from .types import ERROR, OBJECT, STRING, ArrayType, ClassType, EnumType, Type, promise_of
from .visit import EXPRESSIONS, check_not_null, check_value


def _call(c: Checker, e: ast.Call) -> Type:
    target = e.target
    kind = type(target)
    if kind is ast.NameExpr:
        assert isinstance(target, ast.NameExpr)
        return _call_name(c, e, target)
    if kind is ast.Member:
        assert isinstance(target, ast.Member)
        return _call_member(c, e, target)
    type_ = ERROR if kind is ast.TypeExpr else check_value(c, target)
    check_args(c, e.args)
    if kind is ast.TypeExpr or type_ is not ERROR:
        c.error("FS0316", target, "this is not a function")
    return ERROR


def check_args(c: Checker, args: Sequence[ast.Expr]) -> list[Type]:
    """Types of the arguments."""
    found: list[Type] = []
    for arg in args:
        found.append(check_value(c, arg))
    return found


# -- calls by simple name ----------------------------------------------------------------------------------------------------


def _call_name(c: Checker, e: ast.Call, target: ast.NameExpr) -> Type:
    args = check_args(c, e.args)
    name = target.name
    body = c.body
    var = body.locals.get(name)
    if var is not None:
        if var.type is not ERROR:
            c.error("FS0316", target, f"'{name}' is a variable of type {var.type}, not a function")
        return ERROR
    if target.targs:
        if name not in c.scope.blocked:
            c.error("FS0899", target, "generic functions are not supported yet")
        return ERROR
    owner = body.owner
    if owner is not None:
        members = names.find_members(owner, name)
        if members:
            if isinstance(members[0], MethodSym):
                return _call_method(c, e, target, owner, name, args)
            if members[0].type is not ERROR:
                c.error("FS0316", target, f"'{name}' is a field of type {members[0].type}, not a function")
            return ERROR
        known = OBJECT_METHODS.get(name)
        if known is not None and len(known[0]) == len(args):
            if not body.has_this:
                return _needs_instance(c, target, name, owner)
            return _object_method(c, e, name, args, None, owner)
    functions = names.find_functions(c, name)
    if functions:
        method = choose(c, target, name, functions, e.args, args)
        return ERROR if method is None else resolve_to(c, e, method)
    return _call_other(c, e, target, args)


def resolve_to(
    c: Checker, e: ast.Call, method: MethodSym, receiver: ast.Expr | None = None, implicit: bool = False, direct: bool = False
) -> Type:
    """Record what a call means; its type."""
    result = promise_of(method.result) if method.is_async else method.result
    c.refs[e.id] = Resolved("method", method, "", receiver, implicit, direct, [param.type for param in method.params], result)
    return result


def _call_other(c: Checker, e: ast.Call, target: ast.NameExpr, args: list[Type]) -> Type:
    """A call of a name that is no member and no function of the program: a built-in or an error."""
    name = target.name
    if name in c.scope.blocked:
        return ERROR
    field = names.find_global(c, name)
    if field is not None:
        if field.type is not ERROR:
            c.error("FS0316", target, f"'{name}' is a variable of type {field.type}, not a function")
        return ERROR
    if name in c.scope.types or name in EXCEPTIONS:
        type_ = names.find_type(c, name, target)
        if type_ is not ERROR:
            c.error("FS0316", target, f"'{name}' is a type, not a function", f"write new {name}(...)")
        return ERROR
    if c.scope is c.library_scope and name in INTRINSICS:
        params, result = INTRINSICS[name]
        return check_fixed(c, e, target, name, f"{name}(...)", params, result, None, e.args, args)
    builtin = BUILTINS.get(name)
    if builtin is not None:
        return check_builtin(c, e, target, builtin, None, e.args, args)
    if name in c.scope.functions or name in c.scope.globals:
        c.error("FS0208", target, f"'{name}' is private to another file")
        return ERROR
    if name in ASYNC_BUILTINS or name in UNSUPPORTED_TYPES:
        c.error("FS0899", target, f"{UNSUPPORTED_TYPES.get(name, 'async functions')} are not supported yet")
        return ERROR
    if c.body.owner is not None and c.body.owner.base_unknown:
        return ERROR
    c.error("FS0202", target, f"undefined function '{name}'", suggest(c, name, _function_names(c)))
    return ERROR


def _function_names(c: Checker) -> Iterable[str]:
    methods: list[str] = []
    owner = c.body.owner
    while owner is not None:
        methods.extend(method.name for method in owner.methods)
        owner = owner.base
    return chain(methods, BUILTINS, c.scope.functions)


# -- method calls ------------------------------------------------------------------------------------------------------------


def _call_member(c: Checker, e: ast.Call, target: ast.Member) -> Type:
    type_, is_type = check_target(c, target.target)
    args = check_args(c, e.args)
    if type_ is ERROR:
        return ERROR
    name = target.name.text
    if target.targs or target.arrow:
        c.error("FS0899", target.name, f"{'pointers' if target.arrow else 'generic functions'} are not supported yet")
        return ERROR
    if is_type:
        if isinstance(type_, ClassType) and names.find_members(type_, name):
            return _call_method(c, e, target.name, type_, name, args, of_type=True)
        if isinstance(type_, ClassType) and name in OBJECT_METHODS:
            return _needs_instance(c, target.name, name, type_)
        undefined_member(c, target.name, type_, call=True)
        return ERROR
    check_not_null(c, target.target)
    if isinstance(type_, ClassType) and names.find_members(type_, name):
        return _call_method(c, e, target.name, type_, name, args, target.target)
    return _call_value(c, e, target, type_, args)


def _call_value(c: Checker, e: ast.Call, target: ast.Member, type_: Type, args: list[Type]) -> Type:
    """A method every value has, or a built-in in method form."""
    name = target.name.text
    receiver = target.target
    if type_ is STRING:
        ref = c.refs[receiver.id]
        if isinstance(ref, LocalVar) and ref.caught and name == "StackTrace" and not args:
            c.refs[e.id] = Resolved("builtin", None, "caught_trace", receiver, params=[STRING], type=STRING)
            return STRING
    known = OBJECT_METHODS.get(name)
    if known is not None:
        if name == "ToString" and len(args) == 1 and args[0] is STRING and not isinstance(type_, ClassType):
            c.error("FS0899", target.name, "number formats are not supported yet")
            return STRING
        return _object_method(c, e, name, args, receiver, type_, target.name)
    builtin = BUILTINS.get(name)
    if builtin is not None and _has_method(builtin, type_):
        return check_builtin(c, e, target.name, builtin, receiver, [receiver, *e.args], [type_, *args])
    undefined_member(c, target.name, type_, call=True)
    return ERROR


def _has_method(builtin: Builtin, type_: Type) -> bool:
    if type_ is STRING:
        return builtin.receiver in ("string", "both")
    return isinstance(type_, ArrayType) and builtin.receiver in ("array", "both")


def _object_method(
    c: Checker,
    e: ast.Call,
    name: str,
    args: list[Type],
    receiver: ast.Expr | None,
    type_: Type,
    place: ast.Name | ast.Expr | None = None,
) -> Type:
    """ToString, Equals, GetHashCode as `object` has them; an override is found through the vtable at run time."""
    params, result = OBJECT_METHODS[name]
    if len(args) != len(params):
        c.error(
            "FS0308",
            place or e.target,
            f"{name} takes {len(params)} arguments, not {len(args)}",
            f"usage: {name}({'object o' if params else ''})",
        )
        return result
    for arg, found, wanted in zip(e.args, args, params):
        convert(c, arg, found, wanted, "FS0309")
    c.refs[e.id] = Resolved(
        "builtin", None, name, receiver, receiver is None, type(receiver) is ast.BaseExpr, [type_, *params], result
    )
    return result


def _needs_instance(c: Checker, place: ast.Name | ast.Expr, name: str, owner: Type) -> Type:
    where = f"{c.body.where} has none" if c.body.where else "there is none here"
    c.error("FS0209", place, f"'{name}' needs an instance of '{owner}'; {where}")
    return ERROR


def _levels(c: Checker, type_: ClassType, name: str) -> list[list[MethodSym]]:
    """Methods of that name per class, the most derived first. An override counts where the method was first declared."""
    key = (type_, name)
    known = c.method_levels.get(key)
    if known is None:
        known = []
        at: ClassType | None = type_
        while at is not None:
            level = [one for one in at.members.get(name, ()) if isinstance(one, MethodSym) and one.overrides is None]
            if level:
                known.append(level)
            at = at.base
        c.method_levels[key] = known
    return known


def _call_method(
    c: Checker,
    e: ast.Call,
    place: ast.Name | ast.Expr,
    type_: ClassType,
    name: str,
    args: list[Type],
    receiver: ast.Expr | None = None,
    of_type: bool = False,
) -> Type:
    """A call of a member of a class: on `receiver`, on the type (`of_type`), or on the implicit `this`."""
    field = names.find_members(type_, name)[0]
    if isinstance(field, FieldSym):
        if field.type is not ERROR:
            c.error("FS0316", place, f"'{name}' is a field of type {field.type}, not a function")
        return ERROR
    method = _find_method(c, e, place, type_, name, args)
    if method is None:
        known = OBJECT_METHODS.get(name)
        if known is None or len(known[0]) != len(args) or of_type or (receiver is None and not c.body.has_this):
            return ERROR
        return _object_method(c, e, name, args, receiver, type_, place)
    if method.is_static:
        if receiver is not None:
            c.error("FS0210", place, f"'{name}' is static: it belongs to the class", f"write {method.owner}.{name}(...)")
            return method.result
        return resolve_to(c, e, method)
    if of_type or (receiver is None and not c.body.has_this):
        return _needs_instance(c, place, name, type_)
    direct = type(receiver) is ast.BaseExpr
    if direct:
        method = _implementation(type_, method)
        if method.is_abstract:
            c.error("FS0416", place, f"'{method.qualified}' is abstract: the base class has no body to call")
            return method.result
    return resolve_to(c, e, method, receiver, receiver is None, direct)


def _find_method(
    c: Checker, e: ast.Call, place: ast.Name | ast.Expr, type_: ClassType, name: str, args: list[Type]
) -> MethodSym | None:
    """The method a call means. None: reported, or one of object's methods fits better."""
    visible: list[MethodSym] = []
    levels = _levels(c, type_, name)
    for level in levels:
        # an override may be more visible than the method it overrides
        here = [one for one in level if names.accessible(c, one) or names.accessible(c, _implementation(type_, one))]
        visible += here
        fitting = [one for one in here if len(one.params) == len(args) and _applies(c, one, e.args, args)]
        if fitting:
            return choose(c, place, name, fitting, e.args, args)
    if not visible:
        hidden = levels[0][0]
        c.error("FS0207", place, f"'{hidden.qualified}' is {hidden.visibility}")
        return None
    known = OBJECT_METHODS.get(name)
    if known is not None and len(known[0]) == len(args):
        return None
    return choose(c, place, name, visible, e.args, args)


def _implementation(type_: ClassType, method: MethodSym) -> MethodSym:
    """The method `base.M()` runs: the most derived override at or above `type_`."""
    at: ClassType | None = type_
    while at is not None:
        for one in at.methods:
            first: MethodSym | None = one
            while first is not None and first is not method:
                first = first.overrides
            if first is method:
                return one
        at = at.base
    return method


# -- overloads ---------------------------------------------------------------------------------------------------------------


def _applies(c: Checker, method: MethodSym, exprs: Sequence[ast.Expr], types: Sequence[Type]) -> bool:
    for expr, type_, param in zip(exprs, types, method.params):
        if type_ is not param.type and rank(c, expr, type_, param.type) == NONE:
            return False
    return True


def usage(method: MethodSym) -> str:
    """`area(int w, int h)` for messages."""
    name = method.owner.name if method.is_ctor and method.owner is not None else method.name
    return f"{name}({', '.join(f'{param.type} {param.name}' for param in method.params)})"


def choose(
    c: Checker,
    place: ast.Name | ast.Expr,
    name: str,
    candidates: Sequence[MethodSym],
    exprs: Sequence[ast.Expr],
    types: Sequence[Type],
    code: str = "",
) -> MethodSym | None:
    """The best of the candidates for the arguments; None after a report (FS0308, FS0309, FS0310, or `code` for the first two)."""
    count = len(exprs)
    if len(candidates) == 1:
        fitting: Sequence[MethodSym] = candidates if len(candidates[0].params) == count else ()
    else:
        fitting = [one for one in candidates if len(one.params) == count]
    if not fitting:
        shown = "; ".join(usage(one) for one in candidates[:4])
        text = f"'{name}' does not take {count} argument{'' if count == 1 else 's'}"
        c.error(
            code or "FS0308",
            place,
            text if not code else f"no constructor of '{name}' takes {count} argument{'' if count == 1 else 's'}",
            f"usage: {shown}",
        )
        return None
    if len(fitting) == 1:
        return fitting[0] if _check_single(c, place, name, fitting[0], exprs, types, code) else None
    ranked: list[tuple[MethodSym, list[int]]] = []
    for one in fitting:
        ranks = [rank(c, expr, type_, param.type) for expr, type_, param in zip(exprs, types, one.params)]
        if NONE not in ranks:
            ranked.append((one, ranks))
    if len(ranked) > 1:
        ranked = _distinct(ranked)
    if not ranked:
        _report_arguments(c, place, name, fitting, exprs, types, code)
        return None
    if len(ranked) == 1:
        return ranked[0][0]
    if ERROR in types:
        return None
    for one, ranks in ranked:
        if all(other is one or _better(ranks, theirs) for other, theirs in ranked):
            return one
    shown = " and ".join(usage(one) for one, _ in ranked[:4])
    c.error("FS0310", place, f"the call of '{name}' is ambiguous between {shown}", "cast an argument to the type you mean")
    return None


def _distinct(ranked: list[tuple[MethodSym, list[int]]]) -> list[tuple[MethodSym, list[int]]]:
    """Without repeated declarations (FS0206): nothing follows from those."""
    seen: dict[tuple[Type, ...], tuple[MethodSym, list[int]]] = {}
    for one in ranked:
        seen.setdefault(tuple(param.type for param in one[0].params), one)
    return list(seen.values())


def _better(ranks: list[int], theirs: list[int]) -> bool:
    """No argument converts worse and one converts better."""
    better = False
    for mine, other in zip(ranks, theirs):
        if mine > other:
            return False
        if mine < other:
            better = True
    return better


def _check_single(
    c: Checker,
    place: ast.Name | ast.Expr,
    name: str,
    method: MethodSym,
    exprs: Sequence[ast.Expr],
    types: Sequence[Type],
    code: str,
) -> bool:
    fits = True
    for expr, type_, param in zip(exprs, types, method.params):
        wanted = param.type
        if type_ is wanted:
            continue
        if rank(c, expr, type_, wanted) < IDENTITY:
            fits = False
            if code:
                _report_arguments(c, place, name, [method], exprs, types, code)
                return False
            convert(c, expr, type_, wanted, "FS0309")
    return fits


def _report_arguments(
    c: Checker,
    place: ast.Name | ast.Expr,
    name: str,
    fitting: Sequence[MethodSym],
    exprs: Sequence[ast.Expr],
    types: Sequence[Type],
    code: str,
) -> None:
    shown = "; ".join(usage(one) for one in fitting[:4])
    given = ", ".join(str(type_) for type_ in types)
    if code:
        c.error(code, place, f"no constructor of '{name}' fits the arguments ({given})", f"usage: {shown}")
        return
    wrong: ast.Name | ast.Expr = place
    for at, (expr, type_) in enumerate(zip(exprs, types)):
        if all(rank(c, expr, type_, one.params[at].type) == NONE for one in fitting):
            wrong = expr
            break
    c.error("FS0309", wrong, f"no '{name}' fits the arguments ({given})", f"usage: {shown}")


# -- constructors ------------------------------------------------------------------------------------------------------------


def check_construction(c: Checker, e: ast.New, type_: Type, args: list[ast.Expr]) -> Type:
    """`new T(args)`."""
    types = check_args(c, args)
    if type_ is ERROR:
        return ERROR
    if not isinstance(type_, ClassType):
        if type_ is OBJECT and not args:
            c.refs[e.id] = Resolved("ctor", type=OBJECT)
        elif isinstance(type_, (ArrayType, EnumType)) or type_ is not OBJECT or args:
            hint = "write new T[n] for an array" if isinstance(type_, ArrayType) else ""
            c.error("FS0408", e, f"{type_} has no constructor", hint)
        return type_
    if type_.is_abstract or type_.is_static:
        what = "abstract" if type_.is_abstract else "static"
        c.error(
            "FS0403",
            e,
            f"'{type_}' is {what}: there are no instances of it",
            "derive a class from it" if type_.is_abstract else "",
        )
        return type_
    found = find_ctor(c, e, e.type, type_, args, types)
    if found is not None:
        c.refs[e.id] = found
    return type_


def find_ctor(
    c: Checker,
    e: ast.Expr | ast.Name,
    place: ast.TypeNode | ast.Name | ast.Expr,
    type_: ClassType,
    args: Sequence[ast.Expr],
    types: Sequence[Type],
) -> Resolved | None:
    """The constructor of a class that fits; None after a report (FS0408, FS0207, FS0310)."""
    spot = ast.Name(type_.name, place.start, place.end)
    if not args and (not type_.ctors or type_.is_struct):
        return Resolved("ctor", type=type_)
    if not type_.ctors:
        c.error("FS0408", spot, f"'{type_}' has only the constructor without arguments", f"usage: {type_}()")
        return None
    usable = [ctor for ctor in type_.ctors if names.accessible(c, ctor)]
    if not usable:
        hidden = type_.ctors[0]
        c.error("FS0207", spot, f"the constructor {usage(hidden)} is {hidden.visibility}")
        return None
    ctor = choose(c, spot, type_.name, usable, args, types, "FS0408")
    if ctor is None:
        return None
    return Resolved("ctor", ctor, params=[param.type for param in ctor.params], type=type_)


EXPRESSIONS[ast.Call] = _call
