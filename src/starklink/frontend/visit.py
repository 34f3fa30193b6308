"""Dispatch over expressions: the table the `check_*` modules fill, and what every user of an expression's value needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from . import ast, consts
from .context import Checker
from .typed import Const, LocalVar
from .types import BOOL, ERROR, INTEGERS, NULL, VOID, Type

Visit: TypeAlias = Callable[[Checker, Any], Type]

EXPRESSIONS: Final[dict[type[ast.Expr], Visit]] = {}
"""By node class: checks the node, fills its side-table rows except `types`, gives its type."""


def check_expr(c: Checker, e: ast.Expr) -> Type:
    """Check an expression that may be void (a statement); its type."""
    result = c.types[e.id] = EXPRESSIONS[type(e)](c, e)
    return result


def check_value(c: Checker, e: ast.Expr) -> Type:
    """Check an expression whose value is used; a void one is FS0317 and has the type ERROR."""
    result = EXPRESSIONS[type(e)](c, e)
    if result is VOID:
        c.error("FS0317", e, "this call gives no value")
        result = ERROR
    c.types[e.id] = result
    return result


def check_condition(c: Checker, e: ast.Expr) -> None:
    """Check a condition: bool or any integer type (FS0311); an assignment is warning FS0905."""
    condition_type(c, e, check_value(c, e))


def condition_type(c: Checker, e: ast.Expr, type_: Type) -> None:
    """`check_condition` for an expression that has been checked as a value."""
    if type_ is BOOL:
        if type(e) is not ast.Assign:
            return
    elif type_ not in INTEGERS:
        if type_ is not ERROR:
            c.error("FS0311", e, f"a condition is bool or an integer, not {type_}", condition_hint(type_))
        return
    if type(e) is ast.Assign and e.op == "=":
        c.warn("FS0905", e.pos, e.pos + 1, "this assigns; the value is used as a condition", "'==' compares")


def condition_hint(type_: Type) -> str:
    """How a value of that type can be made a condition."""
    if type_.ir == 8 and type_ is not NULL:
        return "compare it: x != null"
    return ""


def constant_of(c: Checker, e: ast.Expr) -> Const:
    """Check an expression where a constant is required; its value, None (reported as FS0312) if it is none."""
    body = c.body
    body.constant += 1
    errors = c.bag.error_count
    type_ = check_value(c, e)
    body.constant -= 1
    value = c.consts[e.id]
    if value is None and type_ is not ERROR and c.bag.error_count == errors:
        c.error("FS0312", e, "a constant expression is needed here")
    return value


def fail(c: Checker, e: ast.Expr, failure: consts.Failure, width: int) -> None:
    """Report why an operator on constants has no value: overflow, or division by zero where a constant is needed."""
    if failure.zero and not c.body.constant:
        c.warn("FS0902", e.pos, e.pos + width, "division by the constant zero always raises an exception")
        return
    text = "division by zero" if failure.zero else failure.text[0].lower() + failure.text[1:]
    c.error_at(
        "FS0304",
        e.pos,
        width,
        f"{text} in a constant expression",
        "" if failure.zero else "write unchecked(...) if it is meant to wrap",
    )


# -- nullable locals -------------------------------------------------------------------------------------------------------


def not_null_if(c: Checker, e: ast.Expr, outcome: bool) -> set[LocalVar]:
    """The nullable locals that are not null when the condition `e` has that outcome."""
    found: set[LocalVar] = set()
    work: list[tuple[ast.Expr, bool]] = [(e, outcome)]
    while work:
        node, wanted = work.pop()
        if isinstance(node, ast.Unary) and node.op == "!":
            work.append((node.operand, not wanted))
        elif isinstance(node, ast.Binary) and node.op == ("&&" if wanted else "||"):
            work += [(node.left, wanted), (node.right, wanted)]
        elif isinstance(node, ast.Binary) and node.op == ("!=" if wanted else "=="):
            for side, other in ((node.left, node.right), (node.right, node.left)):
                ref = c.refs[side.id]
                if isinstance(other, ast.NullLit) and isinstance(ref, LocalVar) and ref.nullable:
                    found.add(ref)
        elif isinstance(node, ast.TypeTest) and node.op == "is" and wanted:
            ref = c.refs[node.operand.id]
            if isinstance(ref, LocalVar) and ref.nullable:
                found.add(ref)
    return found


def check_not_null(c: Checker, target: ast.Expr) -> None:
    """Warning FS0908 for the use of a nullable local that no enclosing test has shown to be something."""
    ref = c.refs[target.id]
    if type(ref) is LocalVar and ref.nullable and ref not in c.body.proven:
        c.warn("FS0908", target.start, target.end, f"'{ref.name}' may be null here", f"test it: if ({ref.name} != null)")
