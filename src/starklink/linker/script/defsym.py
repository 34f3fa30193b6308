"""Expressions of the command line: `--defsym name=expression` and addresses such as `-Ttext=0x1000`."""

from __future__ import annotations

from collections.abc import Callable

from ...support.diagnostics import Bag
from ...support.spans import SourceMap
from ..errors import LinkError
from ..plan import Expr
from .expressions import at_end, parse_expression
from .lexer import Lexer, Refused

MASK = 0xFFFFFFFFFFFFFFFF


def parse_defsym(text: str, option: str = "--defsym") -> Expr:
    """The expression of an option. Raises LinkError with the place."""
    sources = SourceMap()
    bag = Bag(sources)
    lexer = Lexer(sources.add(option, text), bag)
    try:
        made = parse_expression(lexer)
        at_end(lexer)
    except Refused:
        raise LinkError(problems_of(bag)) from None
    return made


def problems_of(bag: Bag) -> list[str]:
    """The findings of a bag as texts with caret."""
    from ...support.diagnostics import render_one

    return [render_one(item, bag.sources).rstrip("\n") for item in bag.sorted() if item.severity == "error"]


def symbols_of(expr: Expr) -> list[str]:
    """Names an expression refers to, in order of appearance."""
    found: list[str] = []
    pending = [expr]
    while pending:
        one = pending.pop(0)
        if one.op == "sym" and one.args[0] not in found:
            found.append(one.args[0])
        pending += [arg for arg in one.args if isinstance(arg, Expr)]
    return found


def evaluate_defsym(expr: Expr, lookup: Callable[[str], int | None]) -> int:
    """The value, 64 bits. Only numbers, symbols and operators have a meaning outside a script. Raises LinkError."""
    op, args = expr.op, expr.args
    if op == "num":
        return int(args[0])
    if op == "sym":
        value = lookup(args[0])
        if value is None:
            raise LinkError([f"undefined symbol {args[0]} in the expression {expr!r}"])
        return value & MASK
    if op == "?":
        return evaluate_defsym(args[1] if evaluate_defsym(args[0], lookup) else args[2], lookup)
    if op == "call":
        return _call(expr, lookup)
    if op == ".":
        raise LinkError(["`.` has no value outside a linker script"])
    from .arithmetic import binary, unary

    if len(args) == 1:
        return unary(op, evaluate_defsym(args[0], lookup))
    result = binary(op, evaluate_defsym(args[0], lookup), evaluate_defsym(args[1], lookup))
    if result is None:
        raise LinkError([f"division by zero in the expression {expr!r}"])
    return result


def _call(expr: Expr, lookup: Callable[[str], int | None]) -> int:
    from .arithmetic import align_up

    name, args = expr.args[0], expr.args[1:]
    if name == "DEFINED":
        return int(lookup(args[0]) is not None)
    if name == "CONSTANT":
        return 0x1000
    if name == "SEGMENT_START":
        return evaluate_defsym(args[1], lookup)
    if any(isinstance(arg, str) for arg in args) or not args or name in ("NEXT", "DATA_SEGMENT_END"):
        raise LinkError([f"{name} has no value outside a linker script"])
    values = [evaluate_defsym(arg, lookup) for arg in args]
    if name == "ABSOLUTE":
        return values[0]
    if name == "LOG2CEIL":
        return max(0, values[0] - 1).bit_length()
    if name in ("MAX", "MIN"):
        return max(values) if name == "MAX" else min(values)
    if name == "ALIGN" and len(values) == 2:
        return align_up(values[0], values[1])
    raise LinkError([f"{name} has no value outside a linker script"])
