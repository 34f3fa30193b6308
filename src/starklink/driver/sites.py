"""Call sites that no stack trace can name: they are left out of the image's site table.

A trace is collected by library code that calls `__stack_pointer`. A library function from which no call leads there
never has a frame in a trace, so of its sites only the last stays: fault reports look up the first site behind an
address and must not take the next function's for it. Functions of the program keep all sites, and so does whoever
calls through a pointer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..ir.module import Function, Module
from ..objwriter.model import Fragment

COLLECTOR: Final = "__stack_pointer"


def prune_sites(module: Module, fragments: Sequence[Fragment]) -> None:
    """Drop the superfluous sites of library functions."""
    library = []
    for fragment in fragments:
        function = module.symbols[module.symbol_ids.get(fragment.symbol, 0)]
        if fragment.sites and isinstance(function, Function) and function.runtime:
            library.append(fragment)
    tracing = _tracing(fragments)
    for fragment in library:
        if fragment.symbol not in tracing and len(fragment.sites) > 1:
            fragment.sites = list(fragment.sites)[-1:]


def _tracing(fragments: Sequence[Fragment]) -> set[str]:
    """Symbols from which a call may lead to the collector of traces."""
    callers: dict[str, list[str]] = {}
    found = {COLLECTOR}
    for fragment in fragments:
        places = {offset for offset, _, _, _ in fragment.fixups}
        for name in dict.fromkeys([name for _, _, name, _ in fragment.fixups]):
            callers.setdefault(name, []).append(fragment.symbol)
        # A direct call ends with its target's field; any other may lead anywhere, and a handler's frame is one a
        # trace starts from.
        for offset, _, _, _, handler in fragment.sites:
            if handler or offset - 4 not in places:
                found.add(fragment.symbol)
                break
    pending = list(found)
    while pending:
        for name in callers.get(pending.pop(), ()):
            if name not in found:
                found.add(name)
                pending.append(name)
    return found
