"""Types and type arguments (fluxsharp.md section 3)."""

# ruff: noqa: SIM109 - `in (A, B)` builds a tuple of globals each time; these comparisons are hot.
from __future__ import annotations

from . import ast, parse_exprs
from .cursor import MAX_TYPE_DEPTH, Cursor
from .lookahead import ENDS_TARG, NO_TARGS, TARG_OPERANDS, TARG_PREFIXES, scan_targs, scan_type
from .tokens import (
    ASSIGN,
    BAD,
    COMMA,
    DOT,
    EQ,
    GE,
    GT,
    IDENT,
    KW_CONST,
    KW_READONLY,
    KW_VAR,
    LBRACKET,
    LPAREN,
    LT,
    QUESTION,
    RBRACKET,
    STAR,
    TYPE_KEYWORDS,
)


def type_arguments(p: Cursor) -> list[ast.TypeNode | ast.Expr]:
    """`<targ, ...>` at the current `<`. A lone name is delivered as a NamedType, also where it means a constant."""
    kinds = p.kinds
    p.i += 1
    args: list[ast.TypeNode | ast.Expr] = []
    while True:
        after = scan_type(p, p.i)
        first = kinds[p.i]
        if first in TYPE_KEYWORDS:
            is_type = after > 0 and kinds[p.i + 1] != DOT
        elif after > 0 and kinds[after] in ENDS_TARG:
            is_type = True
        else:
            is_type = first != LPAREN and first not in TARG_OPERANDS and first not in TARG_PREFIXES
        args.append(type_(p) if is_type else parse_exprs.type_argument(p))
        if kinds[p.i] != COMMA:
            break
        p.i += 1
    close_targs(p)
    return args


def close_targs(p: Cursor) -> None:
    """Take the `>` of a type-argument list; a `>=` is split, and what is left joins a `=` that touches it."""
    i, kinds = p.i, p.kinds
    kind = kinds[i]
    if kind == GT:
        p.i = i + 1
    elif kind == GE and kinds[i + 1] == ASSIGN and p.starts[i + 1] == p.ends[i]:
        kinds[i] = GT
        p.ends[i] -= 1
        kinds[i + 1] = EQ
        p.starts[i + 1] -= 1
        p.i = i + 1
    elif kind == GE:
        kinds[i] = ASSIGN
        p.starts[i] += 1
    else:
        p.fail("',' or '>'")


def core_type(p: Cursor) -> ast.NamedType:
    """`coreType`: a keyword or a qualified name with type arguments."""
    kinds = p.kinds
    i = p.i
    readonly = False
    start = p.starts[i]
    if kinds[i] == KW_READONLY:
        readonly = True
        i += 1
        p.i = i
    kind = kinds[i]
    if kind in TYPE_KEYWORDS:
        p.i = i + 1
        return ast.NamedType(start, p.ends[i], [ast.Name(p.names[p.syms[i]], p.starts[i], p.ends[i])], [NO_TARGS], readonly)
    if kind != IDENT and kind != BAD:
        if kind == KW_VAR:
            p.fail("a type", "'var' is only for local variables")
        if kind == KW_CONST:
            p.fail("a type", "'const' only stands in front of declarations")
        p.fail("a type")
    parts: list[ast.Name] = []
    targs: list[list[ast.TypeNode | ast.Expr]] = []
    while True:
        parts.append(p.name("a type"))
        targs.append(type_arguments(p) if kinds[p.i] == LT else NO_TARGS)
        if kinds[p.i] != DOT:
            break
        p.i += 1
    return ast.NamedType(start, p.ends[p.i - 1], parts, targs, readonly)


def type_(p: Cursor, test: bool = False) -> ast.TypeNode:
    """`type`. Behind `is` and `as` (`test`) a `?` is not part of it, and `<` only if a type-argument list scans."""
    kinds = p.kinds
    p.type_depth += 1
    if p.type_depth > MAX_TYPE_DEPTH:
        p.too_deep(p.i)
    node: ast.TypeNode
    if test and kinds[p.i] == IDENT and kinds[p.i + 1] == LT and scan_targs(p, p.i + 1) < 0:
        name = p.name()
        node = ast.NamedType(name.start, name.end, [name], [NO_TARGS])
    else:
        node = core_type(p)
    kind = kinds[p.i]
    if kind == STAR or kind == LBRACKET or kind == QUESTION:
        node = _suffixes(p, node, test)
    p.type_depth -= 1
    return node


def _suffixes(p: Cursor, node: ast.TypeNode, test: bool) -> ast.TypeNode:
    """`{ "*" } { "[" [expr] "]" | "?" }` behind a core type."""
    kinds, start = p.kinds, node.start
    first = p.i
    while kinds[p.i] == STAR:
        p.i += 1
        node = ast.PointerType(start, p.ends[p.i - 1], node)
    while True:
        sizes: list[ast.Expr | None] = []
        while kinds[p.i] == LBRACKET:
            opener = p.i
            p.i += 1
            sizes.append(None if kinds[p.i] == RBRACKET else parse_exprs.expr(p))
            p.close(opener)
        end = p.ends[p.i - 1]
        for size in reversed(sizes):  # the first bracket is the outermost dimension
            node = ast.ArrayType(start, end, node, size)
        if kinds[p.i] != QUESTION or test:
            break
        p.i += 1
        node = ast.NullableType(start, p.ends[p.i - 1], node)
    if p.i - first > MAX_TYPE_DEPTH:
        p.too_deep(first + MAX_TYPE_DEPTH)
    return node
