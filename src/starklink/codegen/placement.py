"""Which symbols a program needs, and in which order they lie.

`reachable` follows calls, addresses, relocations of data and the handlers of traps. `place` puts a function's callees behind
it in the order of their first mention, depth first, with the data a function mentions right behind it, so that code and data
of one piece of work share pages; trap handlers, which rarely run, come last.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..ir import ops, traps
from ..ir.module import Data, Function, Module

_HANDLERS: Final = {info.number: info.handler for info in traps.TRAPS if info.handler}
# Where an op keeps a symbol (1..3 = slot a..c) or a trap kind (minus that).
_MENTIONS: Final = [0] * len(ops.OPS)
for _number, _args in enumerate(ops.ARGS):
    for _slot, _kind in enumerate(_args, 1):
        if _kind == "Y":
            _MENTIONS[_number] = _slot
        elif _kind == "T":
            _MENTIONS[_number] = -_slot


def mentions(module: Module, number: int) -> tuple[list[int], list[int]]:
    """Symbols that a symbol's code or content names, in order of first mention, and the trap handlers apart."""
    symbol = module.symbols[number]
    if isinstance(symbol, Data):
        relocs = sorted(symbol.relocs + symbol.relocs32)
        return list(dict.fromkeys(target for _, target, _ in relocs)), []
    found: dict[int, None] = {}
    kinds: dict[int, None] = {}
    if isinstance(symbol, Function):
        insts, first = module.insts, module.blocks.first
        op, following, slots = insts.op, insts.next, (insts.a, insts.a, insts.b, insts.c)
        table, null = _MENTIONS, ops.NULLCHK
        for block in symbol.blocks:
            inst = first[block]
            while inst:
                where = table[op[inst]]
                if where > 0:
                    found[slots[where][inst]] = None
                elif where < 0:
                    kinds[slots[-where][inst]] = None
                elif op[inst] == null:
                    kinds[traps.NULL] = None
                inst = following[inst]
    handlers = [module.symbol_ids[_HANDLERS[kind]] for kind in sorted(kinds)
                if kind in _HANDLERS and _HANDLERS[kind] in module.symbol_ids]
    return list(found), handlers


def roots(module: Module, entry: int = 0) -> list[int]:
    """The entry (default: the module's) and the exported functions."""
    start = entry or module.entry
    found = dict.fromkeys([start] if start else [])
    found.update(dict.fromkeys(number for number, function in module.functions() if function.exported))
    return list(found)


def reachable(module: Module, entry: int = 0) -> set[int]:
    """Ids of the symbols that the entry or an exported function leads to."""
    return set(_walk(module, roots(module, entry), None))


def place(module: Module, wanted: Iterable[int] | None = None, entry: int = 0) -> list[int]:
    """Symbol ids in placement order; `wanted` (default: all reachable ones) limits them."""
    allowed = set(wanted) if wanted is not None else None
    order = _walk(module, roots(module, entry), allowed)
    if allowed is not None:
        seen = set(order)
        order += [number for number in sorted(allowed) if number not in seen]
    return order


def _walk(module: Module, start: list[int], allowed: set[int] | None) -> list[int]:
    """Depth first: a symbol, its data, then its callees one after the other; trap handlers when everything else is done."""
    out: list[int] = []
    seen: set[int] = set()
    late: list[int] = []
    symbols = module.symbols
    stack = start[::-1]
    while stack or late:
        if not stack:
            stack, late = late[::-1], []
        number = stack.pop()
        if number in seen or (allowed is not None and number not in allowed):
            continue
        seen.add(number)
        out.append(number)
        named, handlers = mentions(module, number)
        late += handlers
        callees: list[int] = []
        for other in named:
            if other in seen:
                continue
            if isinstance(symbols[other], Data) and not _has_addresses(symbols[other]):
                if allowed is None or other in allowed:
                    seen.add(other)
                    out.append(other)
            else:
                callees.append(other)
        stack += callees[::-1]
    return out


def _has_addresses(symbol: object) -> bool:
    return isinstance(symbol, Data) and bool(symbol.relocs or symbol.relocs32)
