"""--defsym NAME=EXPRESSION: another name for a symbol, a number, or a value that is known when addresses are."""

from __future__ import annotations

from ...support.record import dataclass, field
from ..errors import LinkError
from . import tables as t
from .tables import Context


@dataclass(slots=True, eq=False)
class Defsyms:
    """Definitions in order: (symbol id, parsed expression)."""

    rows: list[tuple[int, object]] = field(default_factory=list)


def declare(ctx: Context) -> Defsyms:
    """Before archives are searched: the names are defined, what the expressions mention is needed. Raises LinkError."""
    made = Defsyms()
    for name, text in ctx.options.defsyms:
        from ..script.defsym import parse_defsym, symbols_of

        expr = parse_defsym(text, f"--defsym={name}")
        for mentioned in symbols_of(expr):
            symbol = ctx.global_id(mentioned)
            ctx.sym_flags[symbol] |= t.REFERENCED | t.STRONG_REFERENCE
        symbol = ctx.global_id(name)
        ctx.sym_section[symbol], ctx.sym_file[symbol] = t.LINKER, -1
        ctx.sym_value[symbol] = ctx.sym_size[symbol] = ctx.sym_type[symbol] = 0
        ctx.sym_binding[symbol] = 1
        ctx.sym_flags[symbol] |= t.ASSIGNED
        ctx.linker_defined[symbol] = (None, int(expr.args[0]) if expr.op == "num" else 0, "absolute")
        made.rows.append((symbol, expr))
    return made


def alias(ctx: Context, made: Defsyms) -> None:
    """After resolution: a name alone (plus or minus a number) is the same place as the symbol it names."""
    if not made.rows:
        return
    from ..plan import Expr

    for symbol, expr in made.rows:
        assert isinstance(expr, Expr)
        shift, target = 0, expr
        if expr.op in ("+", "-") and len(expr.args) == 2 and isinstance(expr.args[1], Expr) and expr.args[1].op == "num":
            target = expr.args[0]
            shift = int(expr.args[1].args[0]) * (1 if expr.op == "+" else -1)
        if target.op == "num":
            ctx.linker_defined[symbol] = (None, int(target.args[0]) + shift, "absolute")
            continue
        if target.op != "sym":
            continue
        other = ctx.ids[target.args[0]]
        section = ctx.sym_section[other]
        if section == t.UNDEFINED:
            ctx.problems.append(f"undefined symbol: {target.args[0]}\n>>> referenced by --defsym={ctx.sym_name[symbol]}=...")
        if section == t.LINKER:
            out, offset, where = ctx.linker_defined[other]
            ctx.linker_defined[symbol] = (out, offset + shift, where)
        elif section >= 0 or section in (t.ABSOLUTE, t.SHARED_OBJECT):
            del ctx.linker_defined[symbol]
            ctx.sym_section[symbol], ctx.sym_file[symbol] = section, ctx.sym_file[other]
            ctx.sym_value[symbol], ctx.sym_size[symbol] = ctx.sym_value[other] + shift, ctx.sym_size[other]
            ctx.sym_type[symbol] = ctx.sym_type[other]


def evaluate(ctx: Context, made: Defsyms) -> None:
    """When addresses are known: the values of all other expressions, as absolute symbols. Raises LinkError."""
    from ..plan import Expr
    from ..script.defsym import evaluate_defsym

    def lookup(name: str) -> int | None:
        symbol = ctx.ids.get(name, -1)
        return None if symbol < 0 or ctx.sym_section[symbol] == t.UNDEFINED else ctx.address[symbol]

    for symbol, expr in made.rows:
        assert isinstance(expr, Expr)
        if ctx.sym_section[symbol] != t.LINKER or ctx.linker_defined[symbol][0] is not None:
            continue
        try:
            value = evaluate_defsym(expr, lookup)
        except LinkError as error:
            ctx.problems += error.problems
            continue
        ctx.linker_defined[symbol] = (None, value, "absolute")
        ctx.address[symbol] = value
