"""Expressions of linker scripts (GNU ld manual, "Expressions in Linker Scripts"): C's operators and precedence."""

from __future__ import annotations

import re
from typing import Final

from ..plan import Expr
from .lexer import EXPR, NAME, Lexer, Token, number

LEVELS: Final = (("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<", "<=", ">", ">="), ("<<", ">>"), ("+", "-"),
                 ("*", "/", "%"))
_PRECEDENCE: Final = {op: level for level, ops in enumerate(LEVELS) for op in ops}

SECTION_FUNCTIONS: Final = frozenset(("ADDR", "LOADADDR", "SIZEOF", "ALIGNOF"))
REGION_FUNCTIONS: Final = frozenset(("ORIGIN", "LENGTH", "org", "o", "len", "l"))
NAME_FUNCTIONS: Final = SECTION_FUNCTIONS | {"ORIGIN", "LENGTH", "CONSTANT", "DEFINED"}
FUNCTIONS: Final = {"ABSOLUTE": (1, 1), "ALIGN": (1, 2), "BLOCK": (1, 1), "NEXT": (1, 1), "LOG2CEIL": (1, 1), "MAX": (2, 2),
                    "MIN": (2, 2), "DATA_SEGMENT_ALIGN": (2, 2), "DATA_SEGMENT_RELRO_END": (2, 2), "DATA_SEGMENT_END": (1, 1)}
"""Function -> fewest and most expression arguments."""

_TYPE_FOLLOWS: Final = re.compile(r"\s*\(\s*(?:NOLOAD|DSECT|COPY|INFO|OVERLAY|READONLY|TYPE)\b")

DEEPEST: Final = 60
HIGHEST: Final = 300
"""Nesting and chains beyond these are refused instead of exhausting Python's stack."""


def parse_expression(lexer: Lexer, depth: int = 0, wide: bool = True) -> Expr:
    """One expression, up to the first token that cannot continue it. Raises lexer.Refused.

    `wide` False stops in front of ':' and '?' (file and section names follow some expressions)."""
    if depth > DEEPEST:
        raise lexer.refuse(lexer.peek(), f"the expression is nested more than {DEEPEST} levels deep")
    condition = _binary(lexer, 0, depth)
    if not wide or not lexer.take("?"):
        return condition
    then = parse_expression(lexer, depth + 1)
    lexer.expect(":", why="between the two results of `?`")
    other = parse_expression(lexer, depth + 1)
    return Expr("?", (condition, then, other), condition.start, other.end)


def _binary(lexer: Lexer, lowest: int, depth: int) -> Expr:
    left = _unary(lexer, depth)
    while True:
        token = lexer.peek()
        level = _PRECEDENCE.get(token.text, -1) if token.kind == "op" else -1
        if level < lowest:
            return left
        lexer.next()
        if depth > DEEPEST:
            raise lexer.refuse(token, f"the expression is nested more than {DEEPEST} levels deep")
        right = _binary(lexer, level + 1, depth + 1)
        left = Expr(token.text, (left, right), left.start, right.end)
        if left.height > HIGHEST:
            raise lexer.refuse(token, f"the expression has more than {HIGHEST} levels", "give a part of it a name")


def _unary(lexer: Lexer, depth: int) -> Expr:
    token = lexer.peek()
    base = lexer.file.base
    if token.kind == "op" and token.text in ("-", "!", "~", "+"):
        lexer.next()
        if depth > DEEPEST:
            raise lexer.refuse(token, f"the expression is nested more than {DEEPEST} levels deep")
        inner = _unary(lexer, depth + 1)
        if token.text == "+":
            return inner
        return Expr("neg" if token.text == "-" else token.text, (inner,), base + token.at, inner.end)
    lexer.next()
    start, end = base + token.at, base + token.end
    if token.kind == "number":
        value = number(token.text)
        if value is None:
            raise lexer.refuse(token, f"`{token.text}` is not a number")
        return Expr("num", (value & 0xFFFFFFFFFFFFFFFF,), start, end)
    if token.kind == "op" and token.text == "(":
        inner = parse_expression(lexer, depth + 1)
        lexer.expect(")")
        return inner
    if token.kind == "string":
        return Expr("sym", (token.text,), start, end)
    if token.kind != "name":
        found = "the end of the file" if token.kind == "end" else f"`{token.text}`"
        raise lexer.refuse(token, f"expected an expression, found {found}")
    return _named(lexer, token, depth)


def _named(lexer: Lexer, token: Token, depth: int) -> Expr:
    base = lexer.file.base
    start, end = base + token.at, base + token.end
    word = token.text
    if word == ".":
        return Expr(".", (), start, end)
    if word in ("SIZEOF_HEADERS", "sizeof_headers"):
        return Expr("call", ("SIZEOF_HEADERS",), start, end)
    if lexer.peek().text != "(" or lexer.peek().kind != "op":
        return Expr("sym", (word,), start, end)
    if word in NAME_FUNCTIONS:
        lexer.next()
        name = lexer.next(NAME)
        if name.kind not in ("name", "string"):
            raise lexer.refuse(name, f"{word} needs the name of a "
                               f"{'section' if word in SECTION_FUNCTIONS else 'symbol' if word == 'DEFINED' else 'region'}")
        close = lexer.expect(")", NAME)
        if word == "CONSTANT" and name.text not in ("MAXPAGESIZE", "COMMONPAGESIZE"):
            raise lexer.refuse(name, f"unknown constant `{name.text}`", "known are MAXPAGESIZE and COMMONPAGESIZE")
        return Expr("call", (word, name.text), start, base + close.end)
    if word == "SEGMENT_START":
        lexer.next()
        name = lexer.next(NAME)
        lexer.expect(",", NAME)
        default = parse_expression(lexer, depth + 1)
        close = lexer.expect(")")
        return Expr("call", (word, name.text, default), start, base + close.end)
    if word == "ASSERT":
        lexer.next()
        condition = parse_expression(lexer, depth + 1)
        lexer.expect(",")
        text = lexer.next()
        close = lexer.expect(")")
        return Expr("call", (word, condition, text.text), start, base + close.end)
    if word not in FUNCTIONS:
        if _TYPE_FOLLOWS.match(lexer.text, lexer.offset):
            return Expr("sym", (word,), start, end)     # `.bss start (NOLOAD) : {`
        raise lexer.refuse(token, f"unknown function `{word}`", _similar(word))
    return _call(lexer, token, depth)


def _call(lexer: Lexer, token: Token, depth: int) -> Expr:
    lexer.expect("(")
    args = [parse_expression(lexer, depth + 1)]
    while lexer.take(","):
        args.append(parse_expression(lexer, depth + 1))
    close = lexer.expect(")")
    least, most = FUNCTIONS[token.text]
    if not least <= len(args) <= most:
        wanted = str(least) if least == most else f"{least} or {most}"
        raise lexer.refuse(token, f"{token.text} takes {wanted} arguments, not {len(args)}")
    word = "ALIGN" if token.text == "BLOCK" else token.text
    return Expr("call", (word, *args), lexer.file.base + token.at, lexer.file.base + close.end)


def _similar(word: str) -> str:
    from difflib import get_close_matches

    known = [*FUNCTIONS, *NAME_FUNCTIONS, "SEGMENT_START", "SIZEOF_HEADERS", "ASSERT"]
    close = get_close_matches(word.upper(), known, 1)
    return f"do you mean {close[0]}?" if close else ""


def at_end(lexer: Lexer) -> None:
    """Refuse anything behind a complete expression."""
    token = lexer.peek(EXPR)
    if token.kind != "end":
        raise lexer.refuse(token, f"expected the end of the expression, found `{token.text}`")
