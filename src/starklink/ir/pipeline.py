"""The optimisation pipeline: which passes run at which level, in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from .module import Function, Module, SymbolId
from .passes import checks, copyprop, dce, fold, gvn, licm, simplifycfg, strength
from .verify import check

Pass: TypeAlias = tuple[str, Callable[[Module, SymbolId], int]]
Dump: TypeAlias = Callable[[str, Module, SymbolId], None]

LEVELS: Final[tuple[tuple[Pass, ...], ...]] = (
    (),                                     # -O0: the builder's output as it is
    (
        ("fold", fold.run),                 # constants first: they decide branches
        ("simplifycfg", simplifycfg.run),   # then the blocks nobody reaches are gone and parameters become superfluous
        ("copyprop", copyprop.run),
        ("gvn", gvn.run),                   # equal values have one name from here on
        ("dce", dce.run),
    ),
    (
        ("fold", fold.run),
        ("simplifycfg", simplifycfg.run),
        ("copyprop", copyprop.run),
        ("gvn", gvn.run),
        ("licm", licm.run),                 # array lengths leave the loops, so that checks sees one value per array
        ("gvn", gvn.run),
        ("checks", checks.run),
        ("strength", strength.run),         # after licm and checks: they understand a division better than its replacement
        ("fold", fold.run),
        ("copyprop", copyprop.run),
        ("gvn", gvn.run),
        ("dce", dce.run),
        ("simplifycfg", simplifycfg.run),
    ),
)


def run(module: Module, level: int, symbols: Iterable[SymbolId] | None = None, verify: bool = False,
        dump: Dump | None = None) -> int:
    """Run the passes of a level (0, 1, 2) over some or all functions; return the number of changes.

    With `verify` every pass's result is checked (VerifyError). `dump(pass name, module, symbol id)` is called after every
    pass that changed a function, and with the name "start" before the first.
    """
    chosen = symbols if symbols is not None else [number for number, symbol in enumerate(module.symbols)
                                                  if isinstance(symbol, Function) and symbol.blocks]
    changes = 0
    for symbol_id in chosen:
        if verify:
            check(module, symbol_id)
        if dump:
            dump("start", module, symbol_id)
        for name, transform in LEVELS[level]:
            changed = transform(module, symbol_id)
            changes += changed
            if verify:
                check(module, symbol_id)
            if dump and changed:
                dump(name, module, symbol_id)
    return changes
