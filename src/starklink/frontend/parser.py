"""Tokens to the syntax tree (fluxsharp.md section 3): the whole grammar, recursive descent over the token columns.

The parts: cursor (state and errors), lookahead (types ahead), parse_types, parse_exprs, parse_stmts, parse_members, parse_decls.
"""

from __future__ import annotations

import gc

from starklink.support.deep import deep_recursion
from starklink.support.diagnostics import Bag

from . import ast, parse_decls
from .cursor import Cursor, IdCounter
from .tokens import Tokens

__all__ = ["IdCounter", "parse"]


def parse(tokens: Tokens, bag: Bag, ids: IdCounter) -> ast.File:
    """The tree of one file. Syntax errors FS0101-FS0115 and FS0802 go to `bag`; the tree then lacks what could not be parsed."""
    p = Cursor(tokens, bag, ids.next)
    collecting = gc.isenabled()
    gc.disable()  # the tree has no cycles, and millions of new nodes would be traversed again and again
    try:
        with deep_recursion():
            return parse_decls.file(p)
    finally:
        ids.next = p.id + 1
        if collecting:
            gc.enable()
