"""Looking ahead over types without building anything (fluxsharp.md section 3, the choices behind the grammar).

Results for brackets and type arguments are kept by row, so that looking ahead stays linear however often it is asked.
"""

# ruff: noqa: SIM109 - `in (A, B)` builds a tuple of globals each time; these comparisons are hot.
from __future__ import annotations

from typing import Final

from . import ast
from .cursor import MAX_TYPE_DEPTH, Cursor
from .tokens import (
    ASSIGN,
    CHAR,
    COLON,
    COMMA,
    DOT,
    EOF,
    EQ,
    FLOAT,
    GE,
    GT,
    HOLE_CLOSE,
    HOLE_OPEN,
    IDENT,
    INT,
    KIND_COUNT,
    KW_DEFAULT,
    KW_FALSE,
    KW_READONLY,
    KW_SIZEOF,
    KW_TRUE,
    LBRACE,
    LBRACKET,
    LPAREN,
    LT,
    MINUS,
    NE,
    NOT,
    PERCENT,
    PLUS,
    QUESTION,
    RBRACE,
    RBRACKET,
    RPAREN,
    SEMI,
    SHL,
    SLASH,
    STAR,
    STRING,
    TILDE,
    TYPE_KEYWORDS,
)

NO_TARGS: Final[list[ast.TypeNode | ast.Expr]] = []
"""Shared by all names without type arguments; never changed."""

_FOLLOW: Final = frozenset({LPAREN, RPAREN, RBRACKET, RBRACE, LBRACE, COLON, SEMI, COMMA, DOT, QUESTION, EQ, NE, HOLE_CLOSE})
"""What may follow the `>` of a type-argument list in an expression."""
_TARG_OPERATORS: Final = frozenset({PLUS, MINUS, STAR, SLASH, PERCENT, SHL})
TARG_PREFIXES: Final = frozenset({PLUS, MINUS, NOT, TILDE})
TARG_OPERANDS: Final = frozenset({IDENT, INT, FLOAT, CHAR, STRING, KW_TRUE, KW_FALSE, KW_SIZEOF, KW_DEFAULT}) | TYPE_KEYWORDS
ENDS_TARG: Final = (COMMA, GT, GE)
_IS_CLOSER: Final = [kind in (RPAREN, RBRACKET, RBRACE, HOLE_CLOSE) for kind in range(KIND_COUNT)]
_IS_OPENER: Final = [kind in (LPAREN, LBRACKET, LBRACE, HOLE_OPEN) for kind in range(KIND_COUNT)]


def scan_bracket(p: Cursor, row: int) -> int:
    """Row behind the partner of the `(` or `[` at `row`, -1 if the statement ends before it."""
    scans, kinds = p.scans, p.kinds
    known = scans.get(row)
    if known is not None:
        return known
    open_rows = [row]
    braces = 0
    at = row + 1
    while open_rows:
        kind = kinds[at]
        if _IS_OPENER[kind]:
            done = scans.get(at, -1)
            if done > 0:
                at = done
                continue
            open_rows.append(at)
            braces += kind == LBRACE
        elif _IS_CLOSER[kind]:
            opener = open_rows.pop()
            if kinds[opener] != kind - 1 and not (kind == HOLE_CLOSE and kinds[opener] == HOLE_OPEN):
                open_rows.append(opener)
                break
            braces -= kind == RBRACE
            scans[opener] = at + 1
        elif kind == EOF or (kind == SEMI and not braces):
            break
        at += 1
    for opener in open_rows:
        scans[opener] = -1
    return scans[row]


def scan_type(p: Cursor, row: int, depth: int = 0) -> int:
    """Row behind the longest type that starts at `row`, -1 if none does."""
    kinds = p.kinds
    kind = kinds[row]
    if kind == KW_READONLY:
        row += 1
        kind = kinds[row]
    if kind in TYPE_KEYWORDS:
        row += 1
    elif kind == IDENT:
        while True:
            row += 1
            if kinds[row] == LT:
                after = scan_targs(p, row, depth)
                if after < 0:
                    break
                row = after
            if kinds[row] != DOT or kinds[row + 1] != IDENT:
                break
            row += 1
    else:
        return -1
    while kinds[row] == STAR:
        row += 1
    while True:
        kind = kinds[row]
        if kind == QUESTION:
            row += 1
        elif kind != LBRACKET:
            return row
        elif kinds[row + 1] == RBRACKET:
            row += 2
        else:
            after = scan_bracket(p, row)
            if after < 0:
                return row
            row = after


def scan_targs(p: Cursor, row: int, depth: int = 0) -> int:
    """Row behind the type-argument list whose `<` is at `row`, -1 if it does not scan as one.

    A list closed by the `>` of `>==` yields the row of that `>=` token.
    """
    known = p.scans.get(row)
    if known is not None:
        return known
    if depth > MAX_TYPE_DEPTH:
        p.too_deep(row)
        return -1
    kinds = p.kinds
    at = row + 1
    while True:
        at = _scan_targ(p, at, depth + 1)
        if at < 0:
            break
        kind = kinds[at]
        if kind == GT:
            at += 1
            break
        if kind == GE:
            if kinds[at + 1] != ASSIGN or p.starts[at + 1] != p.ends[at]:
                at = -1
            break
        at += 1
    p.scans[row] = at
    return at


def _scan_targ(p: Cursor, row: int, depth: int) -> int:
    """Row of the `,` or `>` behind a type argument, -1 if none starts here."""
    kinds = p.kinds
    at = scan_type(p, row, depth)
    if at > 0 and kinds[at] in ENDS_TARG:
        return at
    at = row
    while True:  # one operand per pass
        while kinds[at] in TARG_PREFIXES:
            at += 1
        if kinds[at] == LPAREN:
            at = scan_bracket(p, at)
            if at < 0:
                return -1
            if kinds[at] in TARG_OPERANDS or kinds[at] == LPAREN:
                continue  # a cast in front of its operand
        elif kinds[at] in TARG_OPERANDS:
            at += 1
        else:
            return -1
        while True:  # postfix
            kind = kinds[at]
            if kind == DOT and kinds[at + 1] == IDENT:
                at += 2
            elif kind == LPAREN or kind == LBRACKET:
                at = scan_bracket(p, at)
                if at < 0:
                    return -1
            elif kind == LT:
                after = scan_targs(p, at, depth)
                if after < 0:
                    return -1
                at = after
            else:
                break
        if kinds[at] in _TARG_OPERATORS:
            at += 1
        else:
            return at if kinds[at] in ENDS_TARG else -1


def targs_follow(p: Cursor, row: int) -> bool:
    """True if the `<` at `row` in an expression begins a type-argument list."""
    after = scan_targs(p, row)
    return after > 0 and (p.kinds[after] in _FOLLOW or p.kinds[after] == GE)
