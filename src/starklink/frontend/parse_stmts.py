"""Statements (fluxsharp.md section 3), and how parsing resumes behind a syntax error inside a function.

A block catches Abort, skips to where the next statement seems to begin and goes on, so every independent error is reported.
"""

# ruff: noqa: SIM109 - `in (A, B)` builds a tuple of globals each time; these comparisons are hot.
from __future__ import annotations

from collections.abc import Callable
from typing import Final

from . import ast, parse_decls, parse_exprs, parse_types
from .cursor import MAX_DEPTH, OPENER_OF, Abort, Cursor
from .lookahead import NO_TARGS, scan_targs, scan_type
from .tokens import (
    AMP,
    AMP_ASSIGN,
    ARROW,
    ASSIGN,
    BAD,
    CARET_ASSIGN,
    CHAR,
    COLON,
    COMMA,
    DEC,
    DOT,
    EOF,
    FLOAT,
    IDENT,
    INC,
    INT,
    ISTR_CLOSE,
    ISTR_OPEN,
    KIND_COUNT,
    KW_ABSTRACT,
    KW_ASYNC,
    KW_AWAIT,
    KW_BASE,
    KW_BREAK,
    KW_CASE,
    KW_CATCH,
    KW_CHECKED,
    KW_CLASS,
    KW_CONST,
    KW_CONTINUE,
    KW_DEFAULT,
    KW_DELEGATE,
    KW_DO,
    KW_ELSE,
    KW_ENUM,
    KW_EXTERN,
    KW_FALSE,
    KW_FINALLY,
    KW_FOR,
    KW_FOREACH,
    KW_IF,
    KW_IMPORT,
    KW_IN,
    KW_INTERFACE,
    KW_INTERNAL,
    KW_NAMESPACE,
    KW_NEW,
    KW_NULL,
    KW_OVERRIDE,
    KW_PRIVATE,
    KW_PROTECTED,
    KW_PUBLIC,
    KW_READONLY,
    KW_RETURN,
    KW_SEALED,
    KW_SIZEOF,
    KW_STATIC,
    KW_STRING,
    KW_STRUCT,
    KW_SWITCH,
    KW_THIS,
    KW_THROW,
    KW_TRUE,
    KW_TRY,
    KW_UNCHECKED,
    KW_UNSAFE,
    KW_USING,
    KW_VAR,
    KW_VIRTUAL,
    KW_WHILE,
    LBRACE,
    LBRACKET,
    LPAREN,
    LT,
    MINUS,
    MINUS_ASSIGN,
    NOT,
    PERCENT_ASSIGN,
    PIPE_ASSIGN,
    PLUS,
    PLUS_ASSIGN,
    QUESTION,
    RBRACE,
    RBRACKET,
    RPAREN,
    SEMI,
    SHL_ASSIGN,
    SLASH_ASSIGN,
    STAR,
    STAR_ASSIGN,
    STRING,
    TILDE,
    TYPE_KEYWORDS,
)

_LOCAL_MODIFIERS: Final = frozenset({
    KW_PUBLIC, KW_PRIVATE, KW_PROTECTED, KW_INTERNAL, KW_STATIC, KW_VIRTUAL, KW_OVERRIDE, KW_ABSTRACT, KW_SEALED, KW_EXTERN,
})
_TYPE_DECLARATIONS: Final = frozenset({KW_CLASS, KW_STRUCT, KW_INTERFACE, KW_ENUM, KW_DELEGATE, KW_NAMESPACE})
_OUTSIDE: Final = [kind in _LOCAL_MODIFIERS | _TYPE_DECLARATIONS | {KW_USING, KW_IMPORT} for kind in range(KIND_COUNT)]
"""Tokens that begin declarations and imports, never statements."""
_ENDS_OPERAND: Final = frozenset({
    IDENT, INT, FLOAT, CHAR, STRING, ISTR_CLOSE, RPAREN, RBRACKET, RBRACE, INC, DEC, KW_THIS, KW_NULL, KW_TRUE, KW_FALSE, BAD,
}) | TYPE_KEYWORDS
_BEGINS_STATEMENT: Final = frozenset({
    KW_IF, KW_WHILE, KW_FOR, KW_FOREACH, KW_DO, KW_SWITCH, KW_BREAK, KW_CONTINUE, KW_RETURN, KW_THROW, KW_TRY, KW_CONST, KW_VAR,
    KW_ELSE, KW_CATCH, KW_FINALLY, KW_CASE,
})
_AFTER_GAP: Final = frozenset(
    {RBRACE, EOF, LBRACE, IDENT, *_BEGINS_STATEMENT, *_LOCAL_MODIFIERS, *_TYPE_DECLARATIONS, KW_USING, KW_IMPORT}) | TYPE_KEYWORDS
"""Tokens in front of which a `;` is taken to be missing even in the middle of a line."""
_BEGINS_EXPRESSION: Final = frozenset({
    IDENT, INT, FLOAT, CHAR, STRING, ISTR_OPEN, LPAREN, PLUS, MINUS, NOT, TILDE, STAR, AMP, INC, DEC, KW_THIS, KW_BASE, KW_NEW,
    KW_NULL, KW_TRUE, KW_FALSE, KW_DEFAULT, KW_SIZEOF, KW_AWAIT, KW_ASYNC, KW_VAR, BAD,
})
_AFTER_NAME: Final = frozenset({
    IDENT, LPAREN, DOT, INC, DEC, LBRACKET, ASSIGN, PLUS_ASSIGN, MINUS_ASSIGN, STAR_ASSIGN, SLASH_ASSIGN, PERCENT_ASSIGN,
    AMP_ASSIGN, PIPE_ASSIGN, CARET_ASSIGN, SHL_ASSIGN,
})
_AFTER_DECLARATOR: Final = (ASSIGN, SEMI, COMMA, LBRACKET)


# -- blocks and resuming ---------------------------------------------------------------------------------------------------

def block(p: Cursor, outermost: bool = False) -> ast.Block:
    """`block`; the current token should be its `{`. `outermost`: the body of a function."""
    opener = p.i
    if p.kinds[opener] != LBRACE:
        return unopened_block(p, "'{'")
    p.i = opener + 1
    body = statements(p, opener)
    while outermost and p.kinds[p.i] == RBRACE and p.surplus_brace(p.i):
        p.stray_closer()
        p.i += 1
        body += statements(p, opener)
    end = p.ends[p.i] if p.kinds[p.i] == RBRACE else p.ends[p.i - 1]
    if p.kinds[p.i] == RBRACE:
        p.i += 1
    else:
        p.missing_closer(opener)
    return ast.Block(p.starts[opener], end, body)


def unopened_block(p: Cursor, wanted: str) -> ast.Block:
    """A block without its `{`: if what stands here is indented like its body, or a `}` is left over, it is taken as that."""
    first = p.i
    p.unexpected(wanted)
    p.match()
    if p.kinds[first] in (RBRACE, EOF) or not (p.indented(first - 1) or p.stray_braces):
        raise Abort
    body = statements(p, first)
    if p.kinds[p.i] == RBRACE:
        p.i += 1
    return ast.Block(p.starts[first], p.ends[p.i - 1], body)


def statements(p: Cursor, opener: int, section: bool = False) -> list[ast.Stmt]:
    """Statements up to the `}` of the block opened at `opener`, which is not taken; in a `section` up to the next label."""
    kinds = p.kinds
    body: list[ast.Stmt] = []
    p.depth += 1
    if p.depth > MAX_DEPTH:
        p.too_deep(opener)
    depth, type_depth, tries, thens = p.depth, p.type_depth, p.tries, p.thens
    while True:
        row = p.i
        kind = kinds[row]
        if kind == RBRACE or kind == EOF or (_OUTSIDE[kind] and p.outdented()):
            break
        if tries and (kind == KW_CATCH or kind == KW_FINALLY):
            break  # the `}` of the try body is missing
        if kind == KW_ELSE and p.thens and p.match() and p.open_braces:
            break  # the `}` in front of it is missing
        if section and (kind == KW_CASE or (kind == KW_DEFAULT and kinds[row + 1] == COLON)):
            break
        try:
            body.append(statement(p))
        except Abort:
            p.depth, p.type_depth, p.tries, p.thens = depth, type_depth, tries, thens
            if p.i == row and p.outdented() and nested_function(p, row):
                break
            resume(p, row)
            body.append(ast.Empty(p.starts[row], p.ends[max(row, p.i - 1)]))
    p.depth -= 1
    return body


def resume(p: Cursor, first: int) -> None:
    """Skip the rest of the statement that began at row `first`, at least one token."""
    kinds, match = p.kinds, p.match()
    outer = p.enclosing(first)
    row = match[outer] + 1 if outer >= 0 else max(p.i, first)
    while True:
        kind = kinds[row]
        if kind == EOF or kind == RBRACE:
            break
        if kind == SEMI:
            row += 1
            break
        if row > first:
            if (kind == LBRACE and kinds[row - 1] != KW_NEW) or kind == KW_CASE:
                break
            if p.starts_line(row) and (kind in _BEGINS_STATEMENT or _OUTSIDE[kind] or kind in TYPE_KEYWORDS
                                       or (kind == IDENT and kinds[row - 1] in _ENDS_OPERAND)):
                break
        row = p.bracket_span(row)
    p.i = row


def semicolon(p: Cursor, first: int) -> int:
    """Take the `;` of the statement or declaration that began at row `first`; return the end position.

    When it is missing, FS0102 at the end of the token before if the next thing can begin something new, else FS0101.
    """
    i, kinds = p.i, p.kinds
    kind = kinds[i]
    if kind == SEMI:
        p.i = i + 1
        return p.ends[i]
    if p.quiet():
        p.error_at = i
        if kind not in (RBRACE, EOF):
            resume(p, first)
        return p.ends[max(first, p.i - 1)]
    end = p.ends[i - 1]
    if kind in OPENER_OF and kind != RBRACE and i not in p.match():
        p.stray_closer()
        p.i = i + 1
        if kinds[i + 1] == SEMI:
            p.i = i + 2
        else:
            resume(p, first)
    elif kind in _AFTER_GAP or p.starts_line(i):
        p.bag.error("FS0102", end, end, "missing ';'")
        if kind == IDENT and not p.starts_line(i):
            # What follows on the line may be anything: skipped unless it is formed like a statement, and no complaint about that.
            p.error_at = p.spoilt_at = i
            if kinds[i + 1] not in _AFTER_NAME:
                resume(p, first)
    else:
        p.unexpected("';'")
        resume(p, first)
    return end


def nested_function(p: Cursor, row: int) -> bool:
    """True if a function with a body seems to be declared at `row`: a type, a name, parameters and a `{` or `=>`."""
    after = scan_type(p, row)
    if after < 0 or p.kinds[after] != IDENT or p.kinds[after + 1] != LPAREN:
        return False
    partner = p.match().get(after + 1, -1)
    return partner > 0 and p.kinds[partner + 1] in (LBRACE, ARROW)


# -- statements ------------------------------------------------------------------------------------------------------------

def statement(p: Cursor) -> ast.Stmt:
    """`statement`."""
    row = p.i
    p.statement_row = row
    kind = p.kinds[row]
    if kind == IDENT:
        following = p.kinds[row + 1]
        if following == IDENT or (following in (DOT, LT, STAR, LBRACKET, QUESTION) and _declares(p, row)):
            return local_declaration(p, row, False)
        return expression_statement(p)
    handler = _STATEMENTS.get(kind)
    if handler is not None:
        return handler(p)
    if (kind in TYPE_KEYWORDS and p.kinds[row + 1] != DOT) or kind == KW_VAR or kind == KW_READONLY:
        return local_declaration(p, row, False)
    if _OUTSIDE[kind]:
        return _misplaced(p)
    return expression_statement(p)


def _declares(p: Cursor, row: int) -> bool:
    """True if the longest type that starts at `row` is followed by a name."""
    kinds = p.kinds
    after = scan_type(p, row)
    if kinds[after] != IDENT:
        # A keyword type behind `<` is nothing but a type argument: an unfinished list is best reported as that.
        return kinds[row + 1] == LT and kinds[row + 2] in TYPE_KEYWORDS and kinds[row + 3] != DOT and scan_targs(p, row + 1) < 0
    # `a ? f(x) : y;` and `a * f(x);` are no statements either way; taken as expressions the complaint is to the point.
    return kinds[after - 1] not in (QUESTION, STAR) or kinds[after + 1] in _AFTER_DECLARATOR


def begins_statement(kind: int) -> bool:
    """True if a token can begin a statement."""
    return kind in _STATEMENTS or kind in _BEGINS_EXPRESSION or kind in TYPE_KEYWORDS


def begins_declaration(p: Cursor) -> bool:
    """True if the current token begins a local declaration."""
    kind = p.kinds[p.i]
    if kind == IDENT:
        return p.kinds[p.i + 1] == IDENT or _declares(p, p.i)
    return (kind in TYPE_KEYWORDS and p.kinds[p.i + 1] != DOT) or kind in (KW_VAR, KW_CONST, KW_READONLY)


def embedded(p: Cursor) -> ast.Stmt:
    """The body of `if`, `else` or a loop: a declaration is FS0113."""
    row = p.i
    p.depth += 1
    if p.depth > MAX_DEPTH:
        p.too_deep(row)
    depth, type_depth, tries, thens = p.depth, p.type_depth, p.tries, p.thens
    try:
        body = statement(p)
    except Abort:
        if p.dead or (p.i == row and p.outdented()):
            raise
        p.depth, p.type_depth, p.tries, p.thens = depth, type_depth, tries, thens
        resume(p, row)
        body = ast.Empty(p.starts[row], p.ends[max(row, p.i - 1)])
    p.depth -= 1
    if isinstance(body, ast.LocalDecl):
        p.error("FS0113", body.start, body.end, "a declaration cannot be the whole body of a statement",
                "put it into a block { }")
    return body


def expression_statement(p: Cursor) -> ast.Stmt:
    """`expr ;`."""
    row = p.i
    value = parse_exprs.expr(p)
    if p.kinds[p.i] == SEMI:
        end = p.ends[p.i]
        p.i += 1
        if p.error_at < row:
            check_statement(p, value, p.starts[row])
    else:
        if p.i == row:
            raise Abort
        end = semicolon(p, row)
    return ast.ExprStmt(p.starts[row], end, value)


def check_statement(p: Cursor, value: ast.Expr, start: int = -1) -> None:
    """FS0107 unless the expression may stand alone; `start` is where it begins with its parentheses."""
    if isinstance(value, (ast.Assign, ast.Call, ast.IncDec, ast.New, ast.ErrorExpr)):
        return
    if (isinstance(value, ast.Unary) and value.op == "await") or p.malformed(value.start):
        return
    hint = ""
    if isinstance(value, ast.Binary) and value.op == "==":
        hint = "did you mean '='?"
    elif isinstance(value, (ast.NameExpr, ast.Member)):
        hint = "did you mean to call it? Then add '()'"
    first = value.start if start < 0 else start
    p.error("FS0107", first, value.end, "this expression does nothing on its own and is not a statement", hint)


def local_declaration(p: Cursor, first: int, is_const: bool) -> ast.Stmt:
    """`localDecl ;`; the current token begins the type."""
    written = _local_type(p)
    if p.kinds[p.i] == IDENT and p.kinds[p.i + 1] == LPAREN:
        return _nested_declaration(p, first)
    declared = declarators(p)
    end = semicolon(p, first)
    return ast.LocalDecl(p.starts[first], end, is_const, written, declared)


def _local_type(p: Cursor) -> ast.TypeNode:
    row = p.i
    if p.kinds[row] == KW_VAR:
        p.i = row + 1
        start, end = p.starts[row], p.ends[row]
        return ast.NamedType(start, end, [ast.Name("var", start, end)], [NO_TARGS])
    return parse_types.type_(p)


def _nested_declaration(p: Cursor, first: int) -> ast.Stmt:
    """`type name(` inside a function: the brace of the function before is missing, or the function is misplaced."""
    name = p.i
    if nested_function(p, first):
        p.i = first
        if p.outdented():
            raise Abort
        p.i = name + 1
        p.unexpected("'=' or ';'", "functions cannot be declared inside functions; a lambda can do this")
        p.i = first
        parse_decls.skip_declaration(p)
        return ast.Empty(p.starts[first], p.ends[p.i - 1])
    p.i = name + 1
    p.unexpected("'=' or ';'", "an object is made by '= new T(...)'")
    raise Abort


def declarators(p: Cursor) -> list[ast.Declarator]:
    """`declarator { "," declarator }`."""
    kinds = p.kinds
    declared: list[ast.Declarator] = []
    while True:
        name = p.name("a variable name")
        dims: list[ast.Expr] = []
        while kinds[p.i] == LBRACKET:
            opener = p.i
            p.i += 1
            dims.append(parse_exprs.expr(p))
            p.close(opener)
        init: ast.Expr | None = None
        if kinds[p.i] == ASSIGN:
            p.i += 1
            init = parse_exprs.initialiser(p)
        declared.append(ast.Declarator(name, dims, init))
        if kinds[p.i] != COMMA:
            return declared
        p.i += 1


def _misplaced(p: Cursor) -> ast.Stmt:
    """A modifier, type declaration or import where a statement should be."""
    row = p.i
    while p.kinds[p.i] in _LOCAL_MODIFIERS:
        p.i += 1
    kind = p.kinds[p.i]
    if kind in _TYPE_DECLARATIONS:
        p.unexpected("a statement", "types cannot be declared inside functions")
        parse_decls.skip_declaration(p)
        return ast.Empty(p.starts[row], p.ends[p.i - 1])
    if p.i == row:
        p.fail("a statement", "imports stand at the beginning of a file")
    p.error("FS0109", p.starts[row], p.ends[row], f"modifier {p.shown(row)} is not allowed inside a function")
    return statement(p)


# -- the keyword statements ------------------------------------------------------------------------------------------------

def _block_statement(p: Cursor) -> ast.Stmt:
    return block(p)


def _empty(p: Cursor) -> ast.Stmt:
    row = p.i
    p.i = row + 1
    return ast.Empty(p.starts[row], p.ends[row])


def _const(p: Cursor) -> ast.Stmt:
    row = p.i
    p.i = row + 1
    return local_declaration(p, row, True)


def head(p: Cursor) -> int:
    """Take the `(` of a statement's head and return its row; -1 if it is missing, which is reported."""
    row = p.i
    if p.kinds[row] != LPAREN:
        p.unexpected("'('")
        return -1
    p.i = row + 1
    return row


def end_head(p: Cursor, opener: int) -> None:
    """Take the `)` of a head; one whose `(` is missing need not be there."""
    if opener >= 0:
        p.close(opener)
    elif p.kinds[p.i] == RPAREN:
        p.i += 1


def skip_head(p: Cursor, opener: int) -> None:
    """Behind an error inside a head: go to its `)`, or give up if its `(` is missing, too."""
    if opener < 0:
        raise Abort
    p.skip_to_close(opener)


def condition(p: Cursor) -> ast.Expr:
    """`"(" expr ")"`; an error inside is skipped up to the `)`, so that what follows is still looked at."""
    opener = head(p)
    depth, type_depth = p.depth, p.type_depth
    try:
        value = parse_exprs.expr(p)
    except Abort:
        p.depth, p.type_depth = depth, type_depth
        skip_head(p, opener)
        p.id += 1
        value = ast.ErrorExpr(p.id, p.starts[opener], p.ends[opener], p.starts[opener])
    end_head(p, opener)
    return value


def _if(p: Cursor) -> ast.Stmt:
    kinds = p.kinds
    links: list[tuple[int, ast.Expr, ast.Stmt]] = []
    other: ast.Stmt | None = None
    while True:  # else-if chains may be longer than any stack
        start = p.starts[p.i]
        p.i += 1
        cond = condition(p)
        p.thens += 1
        links.append((start, cond, embedded(p)))
        p.thens -= 1
        if kinds[p.i] != KW_ELSE:
            break
        p.i += 1
        if kinds[p.i] != KW_IF:
            other = embedded(p)
            break
    end = p.ends[p.i - 1]
    while links:
        start, cond, then = links.pop()
        other = ast.If(start, end, cond, then, other)
    assert other is not None
    return other


def _while(p: Cursor) -> ast.Stmt:
    row = p.i
    p.i = row + 1
    cond = condition(p)
    body = embedded(p)
    return ast.While(p.starts[row], body.end, cond, body)


def _do(p: Cursor) -> ast.Stmt:
    row = p.i
    p.i = row + 1
    body = embedded(p)
    if p.kinds[p.i] != KW_WHILE:
        p.fail("'while' of the 'do' statement")
    p.i += 1
    cond = condition(p)
    return ast.DoWhile(p.starts[row], semicolon(p, row), body, cond)


def _head_semicolon(p: Cursor) -> None:
    """A `;` inside the head of `for`."""
    if p.kinds[p.i] == SEMI:
        p.i += 1
        return
    if p.kinds[p.i] == KW_IN:
        p.fail("';'", "did you mean 'foreach'?")
    if not p.quiet():
        end = p.ends[p.i - 1]
        p.bag.error("FS0102", end, end, "missing ';' in the head of 'for'")
        p.error_at = p.i
    raise Abort


def _expressions(p: Cursor) -> list[ast.Expr]:
    values = [parse_exprs.expr(p)]
    while p.kinds[p.i] == COMMA:
        p.i += 1
        values.append(parse_exprs.expr(p))
    return values


def _for(p: Cursor) -> ast.Stmt:
    kinds = p.kinds
    row = p.i
    p.i = row + 1
    opener = head(p)
    depth, type_depth = p.depth, p.type_depth
    init: ast.LocalDecl | list[ast.Expr] = []
    cond: ast.Expr | None = None
    step: list[ast.Expr] = []
    try:
        if begins_declaration(p):
            first = p.i
            is_const = kinds[first] == KW_CONST
            p.i += is_const
            written = _local_type(p)
            declared = declarators(p)
            init = ast.LocalDecl(p.starts[first], p.ends[p.i - 1], is_const, written, declared)
        elif kinds[p.i] != SEMI:
            init = _expressions(p)
        _head_semicolon(p)
        if kinds[p.i] != SEMI:
            cond = parse_exprs.expr(p)
        _head_semicolon(p)
        if kinds[p.i] != RPAREN:
            step = _expressions(p)
    except Abort:
        p.depth, p.type_depth = depth, type_depth
        skip_head(p, opener)
    end_head(p, opener)
    if p.error_at < row:
        for one in [*init, *step] if isinstance(init, list) else step:
            check_statement(p, one)
    body = embedded(p)
    return ast.For(p.starts[row], body.end, init, cond, step, body)


def _foreach(p: Cursor) -> ast.Stmt:
    row = p.i
    p.i = row + 1
    opener = head(p)
    depth, type_depth = p.depth, p.type_depth
    start, end = p.starts[row], p.ends[row]
    written: ast.TypeNode = ast.NamedType(start, end, [ast.Name("var", start, end)], [NO_TARGS])
    name = ast.Name("?", start, end)
    collection: ast.Expr | None = None
    try:
        written = _local_type(p)
        name = p.name("a variable name")
        p.expect(KW_IN)
        collection = parse_exprs.expr(p)
    except Abort:
        p.depth, p.type_depth = depth, type_depth
        skip_head(p, opener)
    end_head(p, opener)
    if collection is None:
        p.id += 1
        collection = ast.ErrorExpr(p.id, start, end, start)
    body = embedded(p)
    return ast.Foreach(p.starts[row], body.end, written, name, collection, body)


def _switch(p: Cursor) -> ast.Stmt:
    kinds = p.kinds
    row = p.i
    p.i = row + 1
    value = condition(p)
    opener = p.expect(LBRACE)
    sections: list[ast.SwitchSection] = []
    while kinds[p.i] not in (RBRACE, EOF) and not (_OUTSIDE[kinds[p.i]] and p.outdented()):
        first = p.i
        labels: list[ast.Expr | None] = []
        try:
            while kinds[p.i] == KW_CASE or kinds[p.i] == KW_DEFAULT:
                labels.append(_label(p))
            if not labels:
                p.unexpected("'case' or 'default'")
        except Abort:
            resume(p, first)
        body = statements(p, opener, True)
        sections.append(ast.SwitchSection(p.starts[first], p.ends[p.i - 1], labels, body))
        if p.i == first:
            p.i += 1
    end = p.close(opener)
    return ast.Switch(p.starts[row], end, value, sections)


def _label(p: Cursor) -> ast.Expr | None:
    kind = p.kinds[p.i]
    p.i += 1
    value = parse_exprs.expr(p) if kind == KW_CASE else None
    p.expect(COLON)
    return value


def _jump(p: Cursor) -> ast.Stmt:
    """`break ;`, `continue ;`."""
    row = p.i
    p.i = row + 1
    end = semicolon(p, row)
    make = ast.Break if p.kinds[row] == KW_BREAK else ast.Continue
    return make(p.starts[row], end)


def _return(p: Cursor) -> ast.Stmt:
    row = p.i
    p.i = row + 1
    value = _optional_value(p)
    return ast.Return(p.starts[row], semicolon(p, row), value)


def _throw(p: Cursor) -> ast.Stmt:
    row = p.i
    p.i = row + 1
    value = _optional_value(p)
    return ast.Throw(p.starts[row], semicolon(p, row), value)


def _optional_value(p: Cursor) -> ast.Expr | None:
    """The expression behind `return` or `throw`, unless the statement clearly ends."""
    kind = p.kinds[p.i]
    if kind == SEMI or kind == RBRACE or kind == EOF:
        return None
    if p.starts_line(p.i) and (kind in _BEGINS_STATEMENT or (kind in TYPE_KEYWORDS and p.kinds[p.i + 1] != DOT)):
        return None
    return parse_exprs.expr(p)


def _try(p: Cursor) -> ast.Stmt:
    kinds = p.kinds
    row = p.i
    p.i = row + 1
    p.tries += 1
    body = block(p)
    p.tries -= 1
    catches: list[ast.Catch] = []
    final: ast.Block | None = None
    if not p.tries and kinds[p.i] == RBRACE and kinds[p.i + 1] in (KW_CATCH, KW_FINALLY) and not p.quiet():
        p.stray_closer()
        p.i += 1
    while kinds[p.i] == KW_CATCH:
        catches.append(_catch(p))
    if kinds[p.i] == KW_FINALLY:
        p.i += 1
        final = block(p)
    if not catches and final is None and not p.quiet():
        p.error("FS0111", p.starts[row], p.ends[row], "'try' without 'catch' or 'finally'", "add a catch or finally block")
    return ast.Try(p.starts[row], p.ends[p.i - 1], body, catches, final)


def _catch(p: Cursor) -> ast.Catch:
    """One `catch` clause. A lone name in parentheses is delivered as a type: only the checker knows whether it is one."""
    kinds = p.kinds
    row = p.i
    p.i = row + 1
    written: ast.TypeNode | None = None
    name: ast.Name | None = None
    as_string = False
    if kinds[p.i] == LPAREN:
        opener = p.i
        p.i += 1
        try:
            if kinds[p.i] == KW_STRING and kinds[p.i + 1] == IDENT:
                as_string = True
                p.i += 1
                name = p.name()
            else:
                written = parse_types.type_(p)
                if kinds[p.i] == IDENT:
                    name = p.name()
        except Abort:
            p.skip_to_close(opener)
        p.close(opener)
    p.tries += 1  # a missing `}` is noticed at the next clause here, too
    body = block(p)
    p.tries -= 1
    return ast.Catch(p.starts[row], body.end, written, as_string, name, body)


def _checked_block(p: Cursor) -> ast.Stmt:
    """`checked { }`, `unchecked { }`, `unsafe { }`; `checked(e)` begins an expression."""
    row = p.i
    if p.kinds[row + 1] == LPAREN and p.kinds[row] != KW_UNSAFE:
        return expression_statement(p)
    p.i = row + 1
    body = block(p)
    return ast.CheckedBlock(p.starts[row], body.end, p.names[p.syms[row]], body)


def _stray(p: Cursor) -> ast.Stmt:
    """`else`, `catch`, `finally`, `case` where no statement can continue with it: reported; what it introduces is parsed."""
    row = p.i
    kind = p.kinds[row]
    p.unexpected("a statement", "" if kind == KW_CASE else "there is no statement it could belong to")
    if kind == KW_CASE:
        raise Abort
    p.i = row + 1
    if kind == KW_CATCH and p.kinds[p.i] == LPAREN:
        p.i = p.bracket_span(p.i)
    return embedded(p)


_STATEMENTS: Final[dict[int, Callable[[Cursor], ast.Stmt]]] = {
    LBRACE: _block_statement, SEMI: _empty, KW_IF: _if, KW_WHILE: _while, KW_DO: _do, KW_FOR: _for, KW_FOREACH: _foreach,
    KW_SWITCH: _switch, KW_BREAK: _jump, KW_CONTINUE: _jump, KW_RETURN: _return, KW_THROW: _throw, KW_TRY: _try,
    KW_CHECKED: _checked_block, KW_UNCHECKED: _checked_block, KW_UNSAFE: _checked_block, KW_CONST: _const, KW_ELSE: _stray,
    KW_CATCH: _stray, KW_FINALLY: _stray, KW_CASE: _stray,
}
