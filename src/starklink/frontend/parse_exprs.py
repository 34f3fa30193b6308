"""Expressions (fluxsharp.md section 3).

Binary operators are parsed by precedence climbing: chains of one level and chains of prefix operators, postfix operators,
conditionals and assignments are loops, so only real nesting uses the Python stack (two frames per parenthesis or call).
A missing operand is reported and stands as ErrorExpr; nothing is skipped for it.
"""

# ruff: noqa: SIM109 - `in (A, B)` builds a tuple of globals each time; these comparisons are hot.
from __future__ import annotations

from typing import Final

from . import ast, parse_stmts, parse_types
from .cursor import MAX_DEPTH, MAX_TYPE_DEPTH, Cursor
from .lookahead import NO_TARGS, scan_type, targs_follow
from .tokens import (
    AMP,
    AMP_ASSIGN,
    AND,
    ARROW,
    ASSIGN,
    BAD,
    CARET,
    CARET_ASSIGN,
    CHAR,
    COLON,
    COMMA,
    DEC,
    DOT,
    EOF,
    EQ,
    FIXED_NAMES,
    FLOAT,
    GE,
    GT,
    HOLE_OPEN,
    IDENT,
    INC,
    INT,
    ISTR_CLOSE,
    ISTR_FORMAT,
    ISTR_OPEN,
    ISTR_TEXT,
    KIND_COUNT,
    KW_AS,
    KW_ASYNC,
    KW_AWAIT,
    KW_BASE,
    KW_CHECKED,
    KW_DEFAULT,
    KW_FALSE,
    KW_IS,
    KW_NEW,
    KW_NULL,
    KW_READONLY,
    KW_SIZEOF,
    KW_THIS,
    KW_TRUE,
    KW_UNCHECKED,
    LBRACE,
    LBRACKET,
    LE,
    LPAREN,
    LT,
    MINUS,
    MINUS_ASSIGN,
    NE,
    NOT,
    OR,
    PERCENT,
    PERCENT_ASSIGN,
    PIPE,
    PIPE_ASSIGN,
    PLUS,
    PLUS_ASSIGN,
    POINTS,
    PREDECLARED_VALUE_TYPES,
    QUESTION,
    RBRACE,
    RBRACKET,
    RPAREN,
    SEMI,
    SHL,
    SHL_ASSIGN,
    SLASH,
    SLASH_ASSIGN,
    STAR,
    STAR_ASSIGN,
    STRING,
    TILDE,
    TYPE_KEYWORDS,
)


def _levels() -> list[int]:
    levels = [0] * KIND_COUNT
    rows = ((OR,), (AND,), (EQ, NE), (LT, GT, LE, GE, KW_IS, KW_AS), (PIPE,), (CARET,), (AMP,), (SHL,), (PLUS, MINUS),
            (STAR, SLASH, PERCENT))
    for level, kinds in enumerate(rows, 1):
        for kind in kinds:
            levels[kind] = level
    return levels


_LEVEL: Final = _levels()
"""How tightly a binary operator binds, 0 for other tokens. `>` may also begin `>>`."""
_COMPARE: Final = _LEVEL[GT]
_SHIFT: Final = _LEVEL[SHL]
_ASSIGN_OP: Final = {
    ASSIGN: "=", PLUS_ASSIGN: "+", MINUS_ASSIGN: "-", STAR_ASSIGN: "*", SLASH_ASSIGN: "/", PERCENT_ASSIGN: "%", AMP_ASSIGN: "&",
    PIPE_ASSIGN: "|", CARET_ASSIGN: "^", SHL_ASSIGN: "<<",
}


def _flags(kinds: frozenset[int]) -> list[bool]:
    return [kind in kinds for kind in range(KIND_COUNT)]


_TAIL: Final = _flags(frozenset(_ASSIGN_OP) | {QUESTION, GT})
_PREFIX: Final = _flags(frozenset({PLUS, MINUS, NOT, TILDE, INC, DEC, KW_AWAIT, STAR, AMP}))
_POSTFIX: Final = _flags(frozenset({DOT, POINTS, LPAREN, LBRACKET, INC, DEC}))
_AFTER_CAST: Final = frozenset({
    IDENT, INT, FLOAT, CHAR, STRING, ISTR_OPEN, LPAREN, NOT, TILDE, KW_THIS, KW_BASE, KW_NEW, KW_NULL, KW_TRUE, KW_FALSE,
    KW_DEFAULT, KW_SIZEOF, KW_AWAIT, KW_CHECKED, KW_UNCHECKED,
}) | TYPE_KEYWORDS
_ENDS_STATEMENT: Final = frozenset({SEMI, RBRACE, EOF})
_PLAIN, _CAST, _LAMBDA = 0, 1, 2


# -- the levels ------------------------------------------------------------------------------------------------------------

def expr(p: Cursor) -> ast.Expr:
    """`expr`."""
    left = operand(p)
    kind = p.kinds[p.i]
    if _LEVEL[kind]:
        left = _binary(p, left, 0)
        kind = p.kinds[p.i]
    if _TAIL[kind]:
        return _tail(p, left)
    return left


def _binary(p: Cursor, left: ast.Expr, floor: int) -> ast.Expr:
    """Continue `left` with all operators that bind tighter than `floor`."""
    kinds, starts = p.kinds, p.starts
    while True:
        row = p.i
        kind = kinds[row]
        level = _LEVEL[kind]
        if kind == GT and starts[row + 1] == p.ends[row]:
            if kinds[row + 1] == GT:
                level = _SHIFT
            elif kinds[row + 1] == GE:
                return left  # `>>=`
        if level <= floor:
            return left
        if kind == KW_IS or kind == KW_AS:
            p.i = row + 1
            tested = parse_types.type_(p, test=True)
            p.id += 1
            left = ast.TypeTest(p.id, left.start, tested.end, starts[row], FIXED_NAMES[kind], left, tested)
            continue
        if kind == GT and level == _SHIFT:
            op = ">>"
            p.i = row + 2
        else:
            op = FIXED_NAMES[kind]
            p.i = row + 1
        right = operand(p)
        following = kinds[p.i]
        if _LEVEL[following] > level or following == GT:
            right = _binary(p, right, level)
        p.id += 1
        left = ast.Binary(p.id, left.start, right.end, starts[row], op, left, right)


def _tail(p: Cursor, left: ast.Expr) -> ast.Expr:
    """`? :` and assignments behind `left`; both group to the right, so they are collected and built from the end."""
    kinds, starts = p.kinds, p.starts
    pending: list[tuple[str, int, ast.Expr, ast.Expr | None]] = []
    while True:
        row = p.i
        kind = kinds[row]
        op = _ASSIGN_OP.get(kind, "")
        if op:
            p.i = row + 1
        elif kind == GT and kinds[row + 1] == GE and starts[row + 1] == p.ends[row]:
            op = ">>"
            p.i = row + 2
        elif kind == QUESTION:
            pending.append(("?", row, left, _middle(p, row)))
        else:
            break
        if op:
            check_assignable(p, left)
            pending.append((op, row, left, None))
        if p.depth + len(pending) > MAX_DEPTH:
            p.too_deep(row)
        left = operand(p)
        if _LEVEL[kinds[p.i]]:
            left = _binary(p, left, 0)
    while pending:
        op, row, first, then = pending.pop()
        p.id += 1
        if then is None:
            left = ast.Assign(p.id, first.start, left.end, starts[row], op, first, left)
        else:
            left = ast.Conditional(p.id, first.start, left.end, starts[row], first, then, left)
    return left


def _middle(p: Cursor, row: int) -> ast.Expr:
    """The part of a conditional between the `?` at `row` and its `:`, both taken."""
    kinds = p.kinds
    following = kinds[row + 1]
    p.i = row + 1
    if following in (QUESTION, DOT) and p.starts[row + 1] == p.ends[row]:
        p.fail("an expression", f"'?{FIXED_NAMES[following]}' is not part of the language")
    p.depth += 1
    if p.depth > MAX_DEPTH:
        p.too_deep(row)
    then = expr(p)
    p.depth -= 1
    if kinds[p.i] != COLON:
        p.fail("':' of the conditional")
    if kinds[p.i + 1] == ISTR_FORMAT:
        p.fail("the end of the interpolation", "a ':' begins a format here: put the conditional into parentheses")
    p.i += 1
    return then


def check_assignable(p: Cursor, target: ast.Expr) -> None:
    """FS0112 if the target's form can never be assigned to."""
    if isinstance(target, (ast.NameExpr, ast.Member, ast.Index, ast.ErrorExpr)):
        return
    if isinstance(target, ast.Unary) and target.op == "*":
        return
    if p.malformed(target.start) or p.open_bracket(p.i) >= 0:
        return
    hint = "did you mean '=='?" if isinstance(target, ast.Binary) else ""
    p.error("FS0112", target.start, target.end, "this expression cannot be assigned to", hint)


def _unary(p: Cursor) -> ast.Expr:
    """Prefix operators and casts in front of an operand."""
    kinds, starts = p.kinds, p.starts
    prefixes: list[tuple[int, ast.TypeNode | None]] = []
    while True:
        row = p.i
        kind = kinds[row]
        if _PREFIX[kind]:
            prefixes.append((row, None))
            p.i = row + 1
        elif kind == LPAREN and _parenthesis(p, row) == _CAST:
            p.i = row + 1
            target = parse_types.type_(p)
            p.close(row)
            prefixes.append((row, target))
        else:
            break
        if p.depth + len(prefixes) > MAX_DEPTH:
            p.too_deep(row)
    p.depth += len(prefixes)
    node = operand(p)
    p.depth -= len(prefixes)
    while prefixes:
        row, written = prefixes.pop()
        p.id += 1
        if written is not None:
            node = ast.Cast(p.id, starts[row], node.end, starts[row], written, node)
        elif kinds[row] == INC or kinds[row] == DEC:
            check_assignable(p, node)
            node = ast.IncDec(p.id, starts[row], node.end, starts[row], FIXED_NAMES[kinds[row]], node, True)
        else:
            node = ast.Unary(p.id, starts[row], node.end, starts[row], FIXED_NAMES[kinds[row]], node)
    return node


def operand(p: Cursor) -> ast.Expr:
    """`unary`: everything that binds tighter than binary operators."""
    kinds = p.kinds
    row = p.i
    kind = kinds[row]
    node: ast.Expr
    if kind == IDENT:
        following = kinds[row + 1]
        if following == LT and targs_follow(p, row + 1):
            node = _generic_name(p)
        elif following == ARROW:
            return _lambda(p)
        else:
            p.i = row + 1
            start = p.starts[row]
            p.id += 1
            node = ast.NameExpr(p.id, start, p.ends[row], start, p.names[p.syms[row]], NO_TARGS)
    elif kind == INT:
        p.i = row + 1
        start = p.starts[row]
        p.id += 1
        value, unsigned = p.ints[p.syms[row]]
        node = ast.IntLit(p.id, start, p.ends[row], start, value, unsigned)
    elif kind == LPAREN:
        form = _parenthesis(p, row)
        if form == _CAST:
            return _unary(p)
        if form == _LAMBDA:
            return _lambda(p)
        p.i = row + 1
        p.depth += 1
        if p.depth > MAX_DEPTH:
            p.too_deep(row)
        node = expr(p) if kinds[p.i] not in _ENDS_STATEMENT else _error(p)
        p.depth -= 1
        if kinds[p.i] == RPAREN:
            p.i += 1
        else:
            p.close(row)
        if type(node) is ast.IntLit and node.value == 1 << 63:
            node.unsigned = True        # only directly under a minus it may be an int
    elif _PREFIX[kind]:
        return _unary(p)
    else:
        node = _primary(p)
        if p.i == row:
            return node  # an operand is missing: what follows is not about it
    if _POSTFIX[kinds[p.i]]:
        return _postfix(p, node)
    return node


def _postfix(p: Cursor, node: ast.Expr) -> ast.Expr:
    """Members, calls, indices and `++`/`--` behind a primary."""
    kinds, starts, ends = p.kinds, p.starts, p.ends
    links = 0
    start = node.start
    while True:
        row = p.i
        kind = kinds[row]
        if kind == LPAREN:
            args, end = arguments(p, row)
            p.id += 1
            node = ast.Call(p.id, start, end, node.pos if isinstance(node, ast.Member) else start, node, args)
        elif kind == DOT or kind == POINTS:
            p.i = row + 1
            name = p.name("a member name")
            targs = NO_TARGS
            if kinds[p.i] == LT and kind == DOT and targs_follow(p, p.i):
                targs = parse_types.type_arguments(p)
            p.id += 1
            node = ast.Member(p.id, start, ends[p.i - 1], starts[row], node, name, targs, kind == POINTS)
        elif kind == LBRACKET:
            args, end = arguments(p, row)
            p.id += 1
            node = ast.Index(p.id, start, end, starts[row], node, args)
        elif kind == INC or kind == DEC:
            p.i = row + 1
            check_assignable(p, node)
            p.id += 1
            node = ast.IncDec(p.id, start, ends[row], starts[row], FIXED_NAMES[kind], node, False)
        else:
            return node
        links += 1
        if links + p.depth > MAX_DEPTH:
            p.too_deep(row)


def arguments(p: Cursor, opener: int) -> tuple[list[ast.Expr], int]:
    """Arguments of a call or an index, brackets included; the end position of the closer."""
    kinds = p.kinds
    p.i = opener + 1
    args: list[ast.Expr] = []
    following = kinds[opener + 1]
    # In front of a `;` or `}` the closer is missing rather than an argument.
    if following not in _ENDS_STATEMENT and (following != RPAREN or kinds[opener] == LBRACKET):
        p.depth += 1
        if p.depth > MAX_DEPTH:
            p.too_deep(opener)
        args.append(expr(p))
        while kinds[p.i] == COMMA:
            p.i += 1
            args.append(expr(p))
        p.depth -= 1
    return args, p.close(opener, "',' or ")


# -- primaries -------------------------------------------------------------------------------------------------------------

def _generic_name(p: Cursor) -> ast.Expr:
    row = p.i
    p.i = row + 1
    targs = parse_types.type_arguments(p)
    start = p.starts[row]
    p.id += 1
    return ast.NameExpr(p.id, start, p.ends[p.i - 1], start, p.names[p.syms[row]], targs)


def _primary(p: Cursor) -> ast.Expr:
    """Primaries other than names, integers and parentheses."""
    row = p.i
    kind = p.kinds[row]
    start, end, sym = p.starts[row], p.ends[row], p.syms[row]
    if kind in TYPE_KEYWORDS:
        named = parse_types.core_type(p)
        p.id += 1
        return ast.TypeExpr(p.id, start, named.end, start, named)
    if kind == KW_NEW:
        return _new(p)
    if kind == ISTR_OPEN:
        return _interpolated(p)
    if kind in (KW_SIZEOF, KW_DEFAULT):
        return _of_type(p)
    if kind in (KW_CHECKED, KW_UNCHECKED):
        return _checked(p)
    if kind == KW_ASYNC:
        return _lambda(p)
    node: ast.Expr
    number = p.id + 1
    if kind == STRING:
        node = ast.StringLit(number, start, end, start, p.strings[sym])
    elif kind == CHAR:
        node = ast.CharLit(number, start, end, start, p.chars[sym])
    elif kind == FLOAT:
        value, single = p.floats[sym]
        node = ast.FloatLit(number, start, end, start, value, single)
    elif kind == KW_TRUE or kind == KW_FALSE:
        node = ast.BoolLit(number, start, end, start, kind == KW_TRUE)
    elif kind == KW_NULL:
        node = ast.NullLit(number, start, end, start)
    elif kind == KW_THIS:
        node = ast.ThisExpr(number, start, end, start)
    elif kind == KW_BASE:
        node = ast.BaseExpr(number, start, end, start)
    else:
        return _missing_operand(p)
    p.id = number
    p.i = row + 1
    return node


def _missing_operand(p: Cursor) -> ast.Expr:
    """FS0101: an expression should start here. Only bad characters are taken for one."""
    row = p.i
    kind = p.kinds[row]
    if kind == BAD and not p.dead:
        p.i = row + 1
    elif kind == LBRACE:
        p.unexpected("an expression", "an array initialiser only stands behind '=' of a declaration or behind 'new T[]'")
        if p.kinds[row - 1] in (ASSIGN, LPAREN, COMMA):
            p.i = p.bracket_span(row)
    else:
        p.unexpected("an expression")
    return _error(p, row)


def _error(p: Cursor, row: int = -1) -> ast.Expr:
    """Stands for an expression that is missing at `row`, or here."""
    row = p.i if row < 0 else row
    p.id += 1
    return ast.ErrorExpr(p.id, p.starts[row], p.ends[row], p.starts[row])


def _of_type(p: Cursor) -> ast.Expr:
    """`sizeof(T)`, `default(T)`."""
    row = p.i
    p.i = row + 1
    opener = p.expect(LPAREN)
    target = parse_types.type_(p)
    end = p.close(opener)
    p.id += 1
    start = p.starts[row]
    if p.kinds[row] == KW_SIZEOF:
        return ast.SizeOf(p.id, start, end, start, target)
    return ast.DefaultOf(p.id, start, end, start, target)


def _checked(p: Cursor) -> ast.Expr:
    """`checked(e)`, `unchecked(e)`."""
    row = p.i
    p.i = row + 1
    opener = p.expect(LPAREN)
    p.depth += 1
    if p.depth > MAX_DEPTH:
        p.too_deep(row)
    inner = expr(p)
    p.depth -= 1
    end = p.close(opener)
    p.id += 1
    return ast.CheckedExpr(p.id, p.starts[row], end, p.starts[row], p.kinds[row] == KW_CHECKED, inner)


def _new(p: Cursor) -> ast.Expr:
    """`new T(args)`, `new T[e]...`, `new T[] { ... }`."""
    kinds = p.kinds
    row = p.i
    start = p.starts[row]
    p.i = row + 1
    created: ast.TypeNode = parse_types.core_type(p)
    while kinds[p.i] == STAR:
        p.i += 1
        created = ast.PointerType(created.start, p.ends[p.i - 1], created)
    if kinds[p.i] == LPAREN:
        args, end = arguments(p, p.i)
        p.id += 1
        return ast.New(p.id, start, end, start, created, args, [], None)
    dims: list[ast.Expr | None] = []
    while kinds[p.i] == LBRACKET:
        opener = p.i
        p.i += 1
        if len(dims) >= MAX_TYPE_DEPTH:
            p.too_deep(opener)
        dims.append(None if kinds[p.i] == RBRACKET else expr(p))
        end = p.close(opener)
    if not dims:
        p.fail("'(' or '['")
    init = array_init(p) if kinds[p.i] == LBRACE else None
    p.id += 1
    return ast.New(p.id, start, init.end if init else end, start, created, None, dims, init)


def array_init(p: Cursor) -> ast.ArrayInit:
    """`arrayInit` at the current `{`."""
    kinds = p.kinds
    opener = p.i
    p.i += 1
    p.depth += 1
    if p.depth > MAX_DEPTH:
        p.too_deep(opener)
    items: list[ast.Expr] = []
    while kinds[p.i] != RBRACE:
        items.append(initialiser(p))
        if kinds[p.i] != COMMA:
            break
        p.i += 1
    p.depth -= 1
    end = p.close(opener, "',' or ")
    p.id += 1
    start = p.starts[opener]
    return ast.ArrayInit(p.id, start, end, start, items)


def initialiser(p: Cursor) -> ast.Expr:
    """`init`."""
    return array_init(p) if p.kinds[p.i] == LBRACE else expr(p)


def type_argument(p: Cursor) -> ast.Expr:
    """A constant as type argument: `shiftExpr` without `>`."""
    left = _binary(p, operand(p), _SHIFT)
    while p.kinds[p.i] == SHL:
        row = p.i
        p.i = row + 1
        right = _binary(p, operand(p), _SHIFT)
        p.id += 1
        left = ast.Binary(p.id, left.start, right.end, p.starts[row], "<<", left, right)
    return left


def _interpolated(p: Cursor) -> ast.Expr:
    """`$"..."`."""
    kinds = p.kinds
    first = p.i
    p.i = first + 1
    parts: list[bytes | ast.InterpolationHole] = []
    p.depth += 1
    if p.depth > MAX_DEPTH:
        p.too_deep(first)
    while True:
        row = p.i
        kind = kinds[row]
        if kind == ISTR_TEXT:
            parts.append(p.strings[p.syms[row]])
            p.i = row + 1
        elif kind == HOLE_OPEN:
            p.i = row + 1
            value = expr(p)
            width: ast.Expr | None = None
            form: str | None = None
            if kinds[p.i] == COMMA:
                p.i += 1
                width = expr(p)
            if kinds[p.i] == COLON and kinds[p.i + 1] == ISTR_FORMAT:
                form = p.names[p.syms[p.i + 1]]
                p.i += 2
            p.close(row)
            parts.append(ast.InterpolationHole(value, width, form))
        else:
            break
    p.depth -= 1
    if kinds[p.i] == ISTR_CLOSE:
        p.i += 1
    p.id += 1
    start = p.starts[first]
    return ast.InterpolatedString(p.id, start, p.ends[p.i - 1], start, parts)


# -- parentheses and lambdas -----------------------------------------------------------------------------------------------

def _parenthesis(p: Cursor, row: int) -> int:
    """Whether the `(` at `row` begins a parenthesised expression, a cast or a lambda (the rules behind the grammar)."""
    kinds = p.kinds
    first = kinds[row + 1]
    if first == IDENT:
        following = kinds[row + 2]
        if (following == RPAREN and kinds[row + 3] == ARROW) or following == COMMA:
            return _LAMBDA
        if following not in (RPAREN, IDENT, DOT, LT, STAR, LBRACKET, QUESTION):
            return _PLAIN
    elif first == RPAREN:
        return _LAMBDA if kinds[row + 2] == ARROW else _PLAIN
    elif first not in TYPE_KEYWORDS and first != KW_READONLY:
        return _PLAIN
    after = scan_type(p, row + 1)
    if after < 0:
        return _PLAIN
    if kinds[after] == IDENT and (kinds[after + 1] == COMMA or (kinds[after + 1] == RPAREN and kinds[after + 2] == ARROW)):
        return _LAMBDA
    if kinds[after] != RPAREN:
        return _PLAIN
    following = kinds[after + 1]
    if first != IDENT:
        return _CAST
    if p.names[p.syms[row + 1]] in PREDECLARED_VALUE_TYPES and kinds[row + 2] != DOT and _PREFIX[following]:
        return _CAST
    if _has_sizes(kinds, row + 1, after):
        return _PLAIN
    # `T*`, `T[]` and `T?` in front of a `)` are no expressions, so whatever follows belongs to a cast.
    return _CAST if following in _AFTER_CAST or kinds[after - 1] in (STAR, RBRACKET, QUESTION) else _PLAIN


def _has_sizes(kinds: list[int], row: int, end: int) -> bool:
    """True if a scanned type holds a `[` that is not closed at once: then it is an index, not a type to cast to."""
    while row < end:
        if kinds[row] == LBRACKET and kinds[row + 1] != RBRACKET:
            return True
        row += 1
    return False


def _lambda(p: Cursor) -> ast.Expr:
    """`lambda`; the current token is `async`, the parameter or the `(`."""
    kinds = p.kinds
    first = p.i
    is_async = kinds[first] == KW_ASYNC
    if is_async:
        p.i = first + 1
    params: list[ast.LambdaParam] = []
    if kinds[p.i] == LPAREN:
        opener = p.i
        p.i += 1
        while kinds[p.i] != RPAREN:
            untyped = kinds[p.i] == IDENT and kinds[p.i + 1] in (COMMA, RPAREN)
            written = None if untyped else parse_types.type_(p)
            params.append(ast.LambdaParam(written, p.name("a parameter name")))
            if kinds[p.i] != COMMA:
                break
            p.i += 1
        p.close(opener, "',' or ")
    else:
        params.append(ast.LambdaParam(None, p.name("a parameter name")))
    arrow = p.expect(ARROW)
    p.depth += 1
    if p.depth > MAX_DEPTH:
        p.too_deep(arrow)
    body: ast.Expr | ast.Block = parse_stmts.block(p) if kinds[p.i] == LBRACE else expr(p)
    p.depth -= 1
    p.id += 1
    return ast.Lambda(p.id, p.starts[first], body.end, p.starts[arrow], is_async, params, body)
