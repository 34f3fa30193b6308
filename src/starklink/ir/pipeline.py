"""The optimisation pipeline: which passes run at which level, in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, TypeAlias

from .module import Function, Module, SymbolId
from .passes import checks, copyprop, dce, fold, gvn, inline, licm, simplifycfg, strength
from .verify import check

Dump: TypeAlias = Callable[[str, Module, SymbolId], None]


class Pass(NamedTuple):
    """A step of the pipeline; with `after` it runs only if the pass of that name has just changed the function."""

    name: str
    run: Callable[[Module, SymbolId], int]
    after: str = ""


EARLY: Final = (
    Pass("fold", fold.run),                     # constants first: they decide branches
    Pass("simplifycfg", simplifycfg.run),       # then blocks nobody reaches are gone and parameters become superfluous
    Pass("copyprop", copyprop.run),
)
LEVELS: Final[tuple[tuple[Pass, ...], ...]] = (
    (),                                         # -O0: the builder's output as it is
    (
        *EARLY,
        Pass("gvn", gvn.run),                   # equal values have one name from here on
        Pass("dce", dce.run),
    ),
    (
        *EARLY,                                 # function by function in the order of inlining, so that callees are small by then
        Pass("gvn", gvn.run),
        Pass("checks", checks.run),             # a check that is gone no longer holds loads in loops
        Pass("licm", licm.run),
        Pass("gvn", gvn.run, "licm"),           # what moved out may be known there, and lengths in loops now have one name
        Pass("checks", checks.run, "licm"),
        Pass("strength", strength.run),         # behind checks, which understands a division better than its replacement
        Pass("fold", fold.run),                 # decided branches, and what became constant on the way
        Pass("dce", dce.run),
        Pass("simplifycfg", simplifycfg.run),
        Pass("copyprop", copyprop.run, "simplifycfg"),
    ),
)


def run(module: Module, level: int, symbols: Iterable[SymbolId] | None = None, verify: bool = False,
        dump: Dump | None = None) -> int:
    """Run the passes of a level (0, 1, 2) over some or all functions; return the number of changes.

    With `verify` every pass's result is checked (VerifyError). `dump(pass name, module, symbol id)` is called after every
    pass that changed a function, and with the name "start" before the first.
    """
    chosen = list(symbols) if symbols is not None else [number for number, symbol in enumerate(module.symbols)
                                                        if isinstance(symbol, Function) and symbol.blocks]
    if verify:
        for symbol_id in chosen:
            check(module, symbol_id)
    if dump:
        for symbol_id in chosen:
            dump("start", module, symbol_id)
    passes = LEVELS[level]
    if passes:
        module.complete_uses()
    if level < 2:
        return sum(_run(module, symbol_id, passes, verify, dump) for symbol_id in chosen)
    changes = 0
    known = inline.plan(module, chosen)
    inliner = Pass("inline", lambda module, symbol_id: inline.run(module, symbol_id, known))
    for symbol_id in known.order:
        changes += _run(module, symbol_id, (inliner, *EARLY), verify, dump)
    return changes + sum(_run(module, symbol_id, passes[len(EARLY):], verify, dump) for symbol_id in chosen)


def _run(module: Module, symbol_id: SymbolId, passes: Iterable[Pass], verify: bool, dump: Dump | None) -> int:
    changes = 0
    done: dict[str, int] = {}
    for name, transform, after in passes:
        if after and not done[after]:
            continue
        done[name] = changed = transform(module, symbol_id)
        changes += changed
        if verify:
            check(module, symbol_id)
        if dump and changed:
            dump(name, module, symbol_id)
    return changes
