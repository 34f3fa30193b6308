"""Which frames an instruction stands for: its function's, and those of the calls it was inlined by."""

from __future__ import annotations

from .module import Function, Module


def frames(module: Module, function: Function, pos: int, scope: int) -> list[tuple[Function, int]]:
    """(function, position in it) of the frames at an instruction of `function` with that position and debug scope, innermost
    first: in outer ones the position is that of the call."""
    scopes = module.debug_scopes
    out: list[tuple[Function, int]] = []
    while scope:
        here = scopes[scope]
        if here.kind == "inlined":
            out.append((module.function(here.symbol), pos))
            pos = here.call_pos
        scope = here.parent
    out.append((function, pos))
    return out
