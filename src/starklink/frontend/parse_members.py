"""Functions, constructors, fields, properties and indexers, free and in types (fluxsharp.md section 3)."""

# ruff: noqa: SIM109 - `in (A, B)` builds a tuple of globals each time; these comparisons are hot.
from __future__ import annotations

from . import ast, parse_exprs, parse_stmts, parse_types
from .cursor import Abort, Cursor
from .lookahead import NO_TARGS, scan_type
from .modifiers import Owner, check_modifiers, parse_modifiers, take_readonly
from .tokens import (
    ARROW,
    ASSIGN,
    BAD,
    COLON,
    COMMA,
    EOF,
    GT,
    IDENT,
    KW_BASE,
    KW_CLASS,
    KW_CONST,
    KW_NEW,
    KW_PRIVATE,
    KW_PROTECTED,
    KW_PUBLIC,
    KW_READONLY,
    KW_RETURN,
    KW_STRUCT,
    KW_THIS,
    KW_VAR,
    LBRACE,
    LBRACKET,
    LPAREN,
    LT,
    MODIFIER_KEYWORDS,
    RBRACE,
    RBRACKET,
    RPAREN,
    SEMI,
    SYM_GET,
    SYM_INTEGER,
    SYM_NUMERIC,
    SYM_PRIORITY,
    SYM_SET,
    SYM_WHERE,
    TYPE_KEYWORDS,
)

_ENDS_PARAMETERS = frozenset({RPAREN, RBRACKET, SEMI, LBRACE, RBRACE, EOF})
_BEGINS_TYPE = TYPE_KEYWORDS | {IDENT, BAD, KW_READONLY, KW_VAR}


# -- pieces shared by declarations -----------------------------------------------------------------------------------------

def type_parameters(p: Cursor) -> list[ast.TypeParam]:
    """`[ tparams ]`."""
    params: list[ast.TypeParam] = []
    if p.kinds[p.i] != LT:
        return params
    p.i += 1
    while True:
        const_type: ast.TypeNode | None = None
        if p.kinds[p.i] == KW_CONST:
            p.i += 1
            const_type = parse_types.type_(p)
        params.append(ast.TypeParam(p.name("a type parameter"), const_type))
        if p.kinds[p.i] != COMMA:
            break
        p.i += 1
    if p.kinds[p.i] != GT:
        p.fail("',' or '>'")
    p.i += 1
    return params


def where_clauses(p: Cursor) -> list[ast.Where]:
    """`{ where }`."""
    clauses: list[ast.Where] = []
    while p.syms[p.i] == SYM_WHERE:
        p.i += 1
        name = p.name("a type parameter")
        p.expect(COLON)
        bounds: list[ast.TypeNode | ast.Name] = [_bound(p)]
        while p.kinds[p.i] == COMMA:
            p.i += 1
            bounds.append(_bound(p))
        clauses.append(ast.Where(name, bounds))
    return clauses


def _bound(p: Cursor) -> ast.TypeNode | ast.Name:
    row = p.i
    kind, sym = p.kinds[row], p.syms[row]
    if kind in (KW_CLASS, KW_STRUCT, KW_NEW) or sym in (SYM_NUMERIC, SYM_INTEGER):
        p.i = row + 1
        if kind == KW_NEW:
            p.close(p.expect(LPAREN))
        return ast.Name(p.names[sym], p.starts[row], p.ends[row])
    return parse_types.type_(p)


def parameters(p: Cursor, opener: int) -> list[ast.Param]:
    """`[ params ]` and the closing bracket of the `(` or `[` at `opener`, which is already taken."""
    kinds = p.kinds
    params: list[ast.Param] = []
    depth, type_depth = p.depth, p.type_depth
    try:
        while kinds[p.i] not in _ENDS_PARAMETERS:
            params.append(_parameter(p))
            if kinds[p.i] != COMMA:
                break
            p.i += 1
            if kinds[p.i] == RPAREN or kinds[p.i] == RBRACKET:
                p.fail("a parameter")
    except Abort:
        p.depth, p.type_depth = depth, type_depth
        p.skip_to_close(opener)
    p.close(opener, "',' or ")
    return params


def _parameter(p: Cursor) -> ast.Param:
    kinds = p.kinds
    written = parse_types.type_(p)
    hint = "parameters are written 'type name'" if kinds[p.i] in (COMMA, RPAREN) else ""
    name = p.name("a parameter name") if not hint else ast.Name("?", 0, 0)
    if hint:
        p.fail("a parameter name", hint)
    dims: list[ast.Expr | None] = []
    while kinds[p.i] == LBRACKET:
        opener = p.i
        p.i += 1
        dims.append(None if kinds[p.i] == RBRACKET else parse_exprs.expr(p))
        p.close(opener)
    if kinds[p.i] == ASSIGN:
        p.fail("',' or ')'", "parameters have no default values; declare an overload")
    return ast.Param(written, name, dims)


def _is_void(written: ast.TypeNode) -> bool:
    return isinstance(written, ast.NamedType) and len(written.parts) == 1 and written.parts[0].text == "void"


def _expression_body(p: Cursor, first: int, statement: bool) -> ast.Block:
    """`expr ;` behind `=>`: a block of one Return, or of one expression statement."""
    start = p.starts[p.i]
    value = parse_exprs.expr(p)
    end = parse_stmts.semicolon(p, first)
    only: ast.Stmt = ast.ExprStmt(start, end, value) if statement else ast.Return(start, end, value)
    return ast.Block(start, end, [only])


def body(p: Cursor, first: int, result: ast.TypeNode, bodiless: bool) -> tuple[ast.Block | None, bool]:
    """`body`, and whether it is an expression. `bodiless`: only a `;` is to be expected here."""
    kinds = p.kinds
    kind = kinds[p.i]
    if kind == LBRACE:
        return parse_stmts.block(p, True), False
    if kind == SEMI:
        p.i += 1
        return None, False
    if kind != ARROW:
        if bodiless:
            parse_stmts.semicolon(p, first)
            return None, False
        return parse_stmts.unopened_block(p, "'{', '=>' or ';'"), False
    p.i += 1
    if kinds[p.i] == LBRACE:
        inner = parse_stmts.block(p)
        if kinds[p.i] == SEMI:
            p.i += 1
        return inner, False
    if kinds[p.i] == KW_RETURN:
        only = parse_stmts.statement(p)
        return ast.Block(only.start, only.end, [only]), False
    block = _expression_body(p, first, False)
    only = block.body[0]
    if _is_void(result) and isinstance(only, ast.Return) and only.value is not None:
        parse_stmts.check_statement(p, only.value)
    return block, True


# -- members ---------------------------------------------------------------------------------------------------------------

def _check_static(p: Cursor, owner: Owner, modifiers: ast.Modifiers, name: ast.Name) -> None:
    """A static class holds static members only (FS0109)."""
    if owner.static and not modifiers.has("static") and not modifiers.has("const"):
        p.error("FS0109", name.start, name.end, f"'{name.text}' must be static: its class is static", "add 'static'")


def member(p: Cursor, owner: Owner) -> ast.Decl | None:
    """A member of a type, or with the owner "file" a function or a field. The current token begins it, modifiers included."""
    first = p.i
    p.home_row = first
    return member_after(p, first, parse_modifiers(p), owner)


def member_after(p: Cursor, first: int, modifiers: ast.Modifiers, owner: Owner) -> ast.Decl | None:
    """The rest of `member` behind its modifiers."""
    kinds = p.kinds
    if kinds[p.i] == IDENT and kinds[p.i + 1] == LPAREN:
        if owner.kind != "file" and (p.names[p.syms[p.i]] == owner.name or owner.kind in ("interface", "impl")):
            if owner.kind in ("class", "struct") or _has_body(p, p.i + 1):
                return _constructor(p, first, modifiers, owner)
        return _untyped_function(p, first, modifiers, owner)
    if not modifiers.words and kinds[p.i] not in _BEGINS_TYPE:
        p.fail("a member" if owner.kind != "file" else "a declaration")
    written = parse_types.type_(p)
    if kinds[p.i] == KW_THIS and owner.kind != "file":
        return _indexer(p, first, modifiers, owner, written)
    if kinds[p.i] != IDENT and (closer := _lone_closer(p)) >= 0:
        return _unopened_function(p, first, modifiers, written, ast.Name("?", written.start, written.end), closer)
    name = p.name()
    kind = kinds[p.i]
    if kind == LPAREN or kind == LT:
        return _function(p, first, modifiers, owner, written, name)
    if kind == LBRACE or kind == ARROW:
        return _property(p, first, modifiers, owner, written, name)
    if kind != SEMI and kind != ASSIGN and kind != COMMA and (closer := _lone_closer(p)) >= 0:
        return _unopened_function(p, first, modifiers, written, name, closer)
    p.i -= 1
    return _field(p, first, modifiers, owner, written)


def _lone_closer(p: Cursor) -> int:
    """Row of the `)` in front of a body, here where a `(` should stand before the parameters; -1 if there is none."""
    kinds = p.kinds
    row = p.i
    while kinds[row] not in (SEMI, LBRACE, RBRACE, ASSIGN, EOF):
        if kinds[row] == RPAREN and row not in p.match():
            return row if kinds[row + 1] in (LBRACE, ARROW, COLON) else -1
        row += 1
    return -1


def _unopened_function(
    p: Cursor, first: int, modifiers: ast.Modifiers, result: ast.TypeNode, name: ast.Name, closer: int
) -> ast.Decl:
    """A function or constructor without the `(` of its parameters: FS0103 at the `)`; the body is still looked at."""
    p.i = closer
    p.unexpected("'('")
    p.i = closer + 1
    while p.kinds[p.i] not in (LBRACE, ARROW, SEMI, RBRACE, EOF):
        p.i += 1
    block, expression = body(p, first, result, False)
    start, end = p.starts[first], p.ends[p.i - 1]
    return ast.FunctionDecl(start, end, modifiers, result, name, [], [], None, [], block, expression)


def _has_body(p: Cursor, opener: int) -> bool:
    """True if the parameters opened at `opener` are followed by a body or a constructor's `:`."""
    partner = p.match().get(opener, -1)
    return partner > 0 and p.kinds[partner + 1] in (LBRACE, ARROW, COLON)


def _untyped_function(p: Cursor, first: int, modifiers: ast.Modifiers, owner: Owner) -> ast.Decl:
    """`name(`: a function without result type if it has a body, else a statement that does not belong here."""
    start, end = p.starts[p.i], p.ends[p.i]
    if not _has_body(p, p.i + 1):
        p.fail("a declaration", "statements belong into functions")
    hint = "write the result type, or 'void', before the name"
    if owner.kind in ("class", "struct"):
        hint += f"; a constructor has the name '{owner.name}'"
    p.unexpected("a result type", hint)
    name = p.name()
    result = ast.NamedType(start, end, [ast.Name("void", start, end)], [NO_TARGS])
    return _function(p, first, modifiers, owner, result, name)


def _function(p: Cursor, first: int, modifiers: ast.Modifiers, owner: Owner, result: ast.TypeNode, name: ast.Name) -> ast.Decl:
    kinds = p.kinds
    take_readonly(p, modifiers, result)
    check_modifiers(p, modifiers, "function", owner)
    _check_static(p, owner, modifiers, name)
    tparams = type_parameters(p)
    opener = p.expect(LPAREN)
    params = parameters(p, opener)
    priority: ast.Expr | None = None
    if p.syms[p.i] == SYM_PRIORITY:
        p.i += 1
        priority = parse_stmts.condition(p)
    where = where_clauses(p)
    bodiless = owner.kind == "interface" or modifiers.has("abstract") or modifiers.has("extern")
    if kinds[p.i] == COLON:
        p.fail("'{', '=>' or ';'", "only constructors call other constructors")
    block, expression = body(p, first, result, bodiless)
    start, end = p.starts[first], p.ends[p.i - 1]
    return ast.FunctionDecl(start, end, modifiers, result, name, tparams, params, priority, where, block, expression)


def _constructor(p: Cursor, first: int, modifiers: ast.Modifiers, owner: Owner) -> ast.Decl:
    kinds = p.kinds
    name = p.name()
    if owner.kind in ("interface", "impl") or owner.static:
        place = "a static class" if owner.static else f"an {owner.kind}"
        p.error("FS0109", name.start, name.end, f"a constructor is not allowed in {place}")
    else:
        check_modifiers(p, modifiers, "constructor", owner)
    opener = p.expect(LPAREN)
    params = parameters(p, opener)
    chain, chain_pos = "", 0
    chain_args: list[ast.Expr] = []
    if kinds[p.i] == COLON:
        p.i += 1
        if kinds[p.i] not in (KW_BASE, KW_THIS):
            p.fail("'base' or 'this'")
        chain, chain_pos = p.names[p.syms[p.i]], p.starts[p.i]
        p.i += 1
        if kinds[p.i] != LPAREN:
            p.fail("'('")
        chain_args = parse_exprs.arguments(p, p.i)[0]
    if kinds[p.i] == ARROW:
        p.fail("'{'", "a constructor has a block as body")
    block = parse_stmts.block(p, True)
    return ast.CtorDecl(p.starts[first], block.end, modifiers, name, params, chain, chain_args, chain_pos, block)


def _field(p: Cursor, first: int, modifiers: ast.Modifiers, owner: Owner, written: ast.TypeNode) -> ast.Decl:
    check_modifiers(p, modifiers, "field", owner)
    declared = parse_stmts.declarators(p)
    name = declared[0].name
    if owner.kind in ("interface", "impl"):
        p.error("FS0109", name.start, name.end, f"a field is not allowed in an {owner.kind}")
    _check_static(p, owner, modifiers, name)
    if owner.kind == "struct" and not modifiers.has("static") and not modifiers.has("const"):
        for one in declared:
            if one.init is not None:
                p.error("FS0109", one.name.start, one.name.end, "a field of a struct has no initialiser",
                        "assign it in a constructor")
    end = parse_stmts.semicolon(p, first)
    return ast.FieldDecl(p.starts[first], end, modifiers, written, declared)


def _property(p: Cursor, first: int, modifiers: ast.Modifiers, owner: Owner, written: ast.TypeNode, name: ast.Name) -> ast.Decl:
    kinds = p.kinds
    take_readonly(p, modifiers, written)
    check_modifiers(p, modifiers, "property", owner)
    if owner.kind == "file":
        p.error("FS0109", name.start, name.end, "a property is only allowed in a type")
    _check_static(p, owner, modifiers, name)
    accessors = _accessors(p, first)
    init: ast.Expr | None = None
    if kinds[p.i] == ASSIGN and kinds[p.i - 1] == RBRACE:
        p.i += 1
        init = parse_exprs.expr(p)
        parse_stmts.semicolon(p, first)
    return ast.PropertyDecl(p.starts[first], p.ends[p.i - 1], modifiers, written, name, None, accessors, init)


def _indexer(p: Cursor, first: int, modifiers: ast.Modifiers, owner: Owner, written: ast.TypeNode) -> ast.Decl:
    row = p.i
    name = ast.Name("this", p.starts[row], p.ends[row])
    take_readonly(p, modifiers, written)
    check_modifiers(p, modifiers, "indexer", owner)
    if owner.static:
        p.error("FS0109", name.start, name.end, "an indexer is not allowed in a static class")
    p.i = row + 1
    opener = p.expect(LBRACKET)
    if p.kinds[p.i] == RBRACKET:
        p.unexpected("a parameter")
    params = parameters(p, opener)
    if p.kinds[p.i] not in (LBRACE, ARROW):
        p.fail("'{' or '=>'")
    accessors = _accessors(p, first)
    return ast.PropertyDecl(p.starts[first], p.ends[p.i - 1], modifiers, written, name, params, accessors, None)


def _accessors(p: Cursor, first: int) -> list[ast.Accessor]:
    """`"{" accessor [ accessor ] "}"` or `"=>" expr ";"`, which is a getter."""
    kinds = p.kinds
    if kinds[p.i] == ARROW:
        start = p.starts[p.i]
        p.i += 1
        block = _expression_body(p, first, False)
        return [ast.Accessor("get", "", start, block.end, block)]
    opener = p.i
    p.i += 1
    accessors: list[ast.Accessor] = []
    while kinds[p.i] != RBRACE or not accessors:
        one = _accessor(p, opener)
        if one is None:
            break
        if any(one.kind == other.kind for other in accessors):
            p.error("FS0101", one.start, one.end, f"a second '{one.kind}' accessor")
        accessors.append(one)
    p.close(opener)
    return accessors


def _accessor(p: Cursor, opener: int) -> ast.Accessor | None:
    """One accessor; None if something else stands here (reported)."""
    kinds = p.kinds
    row = p.i
    visibility = ""
    while kinds[p.i] in MODIFIER_KEYWORDS:
        at = p.i
        p.i = at + 1
        if kinds[at] in (KW_PUBLIC, KW_PRIVATE, KW_PROTECTED) and not visibility:
            visibility = p.names[p.syms[at]]
        else:
            p.error("FS0109", p.starts[at], p.ends[at], f"modifier {p.shown(at)} is not allowed on an accessor")
    if p.syms[p.i] not in (SYM_GET, SYM_SET):
        p.unexpected("'get' or 'set'")
        p.skip_to_close(opener)
        return None
    at = p.i
    kind = p.names[p.syms[at]]
    p.i = at + 1
    block: ast.Block | None = None
    if kinds[p.i] == LBRACE:
        block = parse_stmts.block(p)
    elif kinds[p.i] == ARROW:
        p.i += 1
        block = _expression_body(p, at, kind == "set")
        only = block.body[0]
        if isinstance(only, ast.ExprStmt):
            parse_stmts.check_statement(p, only.expr)
    elif kinds[p.i] == SEMI:
        p.i += 1
    elif not p.quiet():
        if p.starts_line(p.i) or kinds[p.i] == RBRACE or p.syms[p.i] in (SYM_GET, SYM_SET):
            p.bag.error("FS0102", p.ends[at], p.ends[at], "missing ';'")
        else:
            p.unexpected("'{', '=>' or ';'")
            p.skip_to_close(opener)
    return ast.Accessor(kind, visibility, p.starts[row], p.ends[p.i - 1], block)


def looks_like_member(p: Cursor) -> bool:
    """True if a type followed by a name (or `this`) stands here."""
    after = scan_type(p, p.i)
    return after > 0 and p.kinds[after] in (IDENT, KW_THIS)
