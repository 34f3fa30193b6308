"""Files, namespaces and type declarations (fluxsharp.md section 3), and how parsing resumes between declarations."""

# ruff: noqa: SIM109 - `in (A, B)` builds a tuple of globals each time; these comparisons are hot.
from __future__ import annotations

from . import ast, parse_exprs, parse_members, parse_stmts, parse_types
from .cursor import Abort, Cursor
from .lookahead import scan_type
from .modifiers import FILE, Owner, check_modifiers, parse_modifiers
from .tokens import (
    ASSIGN,
    COLON,
    COMMA,
    DOT,
    EOF,
    IDENT,
    KW_CLASS,
    KW_DELEGATE,
    KW_ENUM,
    KW_FOR,
    KW_IMPORT,
    KW_INTERFACE,
    KW_NAMESPACE,
    KW_READONLY,
    KW_STRUCT,
    KW_USING,
    KW_VAR,
    LBRACE,
    LPAREN,
    MODIFIER_KEYWORDS,
    RBRACE,
    SEMI,
    STRING,
    SYM_IMPL,
    TYPE_KEYWORDS,
)

_TYPES = frozenset({KW_CLASS, KW_STRUCT, KW_INTERFACE, KW_ENUM, KW_DELEGATE})
_IMPORTS = (KW_USING, KW_IMPORT)
_BEGINS = _TYPES | MODIFIER_KEYWORDS | TYPE_KEYWORDS | {KW_NAMESPACE, KW_USING, KW_IMPORT}
"""Tokens that begin declarations wherever a line starts with them."""


# -- files -----------------------------------------------------------------------------------------------------------------

def file(p: Cursor) -> ast.File:
    """`file`."""
    kinds = p.kinds
    imports: list[ast.Import] = []
    found: list[ast.Decl] = []
    while kinds[p.i] in _IMPORTS:
        row = p.i
        try:
            imports.append(_import(p))
        except Abort:
            resume_declaration(p, row)
    namespace_row = p.i
    if kinds[p.i] == KW_NAMESPACE:
        scoped = _file_namespace(p)
        if scoped is not None:
            scoped.declarations = found
    else:
        scoped = None
    first = p.starts[p.i]
    imports += [ast.Import(start, end, path, [], True) for start, end, path in p.tokens.includes if start < first]
    imports.sort(key=lambda one: one.start)
    declarations(p, found)
    if scoped is not None:
        scoped.start, scoped.end = p.starts[namespace_row], p.ends[p.i - 1]
        found = [scoped]
    return ast.File(p.file.name, p.base, imports, found, p.file.runtime)


def declarations(p: Cursor, found: list[ast.Decl], opener: int = -1) -> None:
    """Declarations up to the end of the file, or up to the `}` of the namespace opened at row `opener`, which is not taken."""
    kinds = p.kinds
    while True:
        row = p.i
        kind = kinds[row]
        if kind == EOF or (kind == RBRACE and opener >= 0):
            return
        p.statement_row = row
        depth, type_depth = p.depth, p.type_depth
        try:
            one = _declaration(p)
            if one is not None:
                found.append(one)
        except Abort:
            p.depth, p.type_depth = depth, type_depth
            resume_declaration(p, row)
        if p.i == row:
            p.i = row + 1


def resume_declaration(p: Cursor, first: int) -> None:
    """Skip the rest of the declaration that began at row `first`, with a body if one follows."""
    kinds, match = p.kinds, p.match()
    outer = p.enclosing(first)
    row = match[outer] + 1 if outer >= 0 else p.i
    while True:
        kind = kinds[row]
        if kind == EOF or kind == RBRACE:
            break
        if kind == SEMI:
            row += 1
            break
        if kind == LBRACE:
            row = p.bracket_span(row)
            break
        if row > first and p.starts_line(row) and (kind in _BEGINS or (kind == IDENT and kinds[row - 1] in (SEMI, RBRACE))):
            break
        row = p.bracket_span(row)
    p.i = row


def skip_declaration(p: Cursor) -> None:
    """Skip a declaration that stands in the wrong place (reported by the caller)."""
    kinds = p.kinds
    row = p.i
    while kinds[row] not in (EOF, SEMI, LBRACE, RBRACE):
        row = p.bracket_span(row)
    p.i = p.bracket_span(row) if kinds[row] in (SEMI, LBRACE) else row


def _qualified_name(p: Cursor) -> list[ast.Name]:
    parts = [p.name()]
    while p.kinds[p.i] == DOT:
        p.i += 1
        parts.append(p.name())
    return parts


def _import(p: Cursor) -> ast.Import:
    """`import`; `end` is the end of the path or name."""
    row = p.i
    keyword = p.kinds[row]
    p.i = row + 1
    path: str | None = None
    namespace: list[ast.Name] = []
    if p.kinds[p.i] == STRING:
        path = p.strings[p.syms[p.i]].decode("utf-8", "replace")
        p.i += 1
    elif keyword == KW_USING:
        namespace = _qualified_name(p)
        if p.kinds[p.i] == ASSIGN:
            p.fail("';'", "names cannot be given to imports")
    else:
        p.fail("a path in quotes", "namespaces are imported with 'using'")
    end = p.ends[p.i - 1]
    parse_stmts.semicolon(p, row)
    return ast.Import(p.starts[row], end, path, namespace)


def _file_namespace(p: Cursor) -> ast.NamespaceDecl | None:
    """`namespace A.B;` in front of all declarations; None (nothing taken) if it is a block or malformed."""
    row = p.i
    p.i = row + 1
    try:
        name = _qualified_name(p)
    except Abort:
        resume_declaration(p, row)
        return None
    if p.kinds[p.i] == LBRACE:
        p.i = row
        return None
    end = parse_stmts.semicolon(p, row)
    return ast.NamespaceDecl(p.starts[row], end, ast.Modifiers(), name, [], True)


def _declaration(p: Cursor) -> ast.Decl | None:
    """One declaration of a file or namespace; None for what does not belong there (reported)."""
    kinds = p.kinds
    first = p.i
    p.home_row = first
    if kinds[first] in _IMPORTS:
        _import(p)
        p.error("FS0114", p.starts[first], p.ends[p.i - 1], "an import after a declaration",
                "imports stand at the beginning of the file")
        return None
    modifiers = parse_modifiers(p)
    kind = kinds[p.i]
    declared = type_declaration(p, first, modifiers)
    if declared is not None:
        return declared
    if kind == KW_NAMESPACE:
        check_modifiers(p, modifiers, "namespace")
        return _namespace(p, first, modifiers)
    if kind == IDENT and kinds[scan_type(p, p.i)] in (LBRACE, COLON):
        p.unexpected("a declaration", f"did you mean 'class {p.names[p.syms[p.i]]}'?")
        return _type(p, first, modifiers, "class")
    if p.syms[p.i] == SYM_IMPL:
        after = scan_type(p, p.i + 1)
        if after > 0 and kinds[after] == KW_FOR:
            return _impl(p, first, modifiers)
    if modifiers.words or modifiers.attributes or kind == KW_READONLY or kind == KW_VAR or parse_members.looks_like_member(p):
        return parse_members.member_after(p, first, modifiers, FILE)
    if (kind in TYPE_KEYWORDS and kinds[p.i + 1] != DOT) or (kind == IDENT and kinds[p.i + 1] == LPAREN and _untyped(p)):
        return parse_members.member_after(p, first, modifiers, FILE)
    _stray_statement(p)
    return None


def _untyped(p: Cursor) -> bool:
    """True if `name ( ... )` with a body stands here: a function without a result type."""
    partner = p.match().get(p.i + 1, -1)
    return partner > 0 and p.kinds[partner + 1] == LBRACE


def _stray_statement(p: Cursor) -> None:
    """FS0106, or what is wrong with a token that begins nothing."""
    row = p.i
    kind = p.kinds[row]
    if kind == RBRACE:
        if not p.quiet():
            p.stray_closer()
        p.i = row + 1
        return
    if not parse_stmts.begins_statement(kind):
        p.unexpected("a declaration")
        p.i = row + 1
        return
    if not p.quiet():
        p.error("FS0106", p.starts[row], p.ends[row], "a statement outside of a function", "put it into 'main'")
    p.error_at = p.spoilt_at = row
    try:
        parse_stmts.statement(p)
    except Abort:
        parse_stmts.resume(p, row)


def _namespace(p: Cursor, first: int, modifiers: ast.Modifiers) -> ast.Decl:
    p.i += 1
    name = _qualified_name(p)
    if p.kinds[p.i] == SEMI:
        p.fail("'{'", "'namespace A;' stands once, before all declarations")
    opener = p.expect(LBRACE)
    found: list[ast.Decl] = []
    declarations(p, found, opener)
    return ast.NamespaceDecl(p.starts[first], _end_of_body(p, opener), modifiers, name, found, False)


def _end_of_body(p: Cursor, opener: int) -> int:
    """Take the `}` of a declaration's body."""
    if p.kinds[p.i] == RBRACE:
        p.i += 1
    else:
        p.missing_closer(opener)
    return p.ends[p.i - 1]


# -- types -----------------------------------------------------------------------------------------------------------------

def type_declaration(p: Cursor, first: int, modifiers: ast.Modifiers) -> ast.Decl | None:
    """A class, struct, interface, enum or delegate behind its modifiers; None if the current token begins none."""
    kind = p.kinds[p.i]
    if kind not in _TYPES:
        return None
    word = p.names[p.syms[p.i]]
    check_modifiers(p, modifiers, word)
    p.i += 1
    if kind == KW_ENUM:
        return _enum(p, first, modifiers)
    if kind == KW_DELEGATE:
        return _delegate(p, first, modifiers)
    return _type(p, first, modifiers, word)


def _type(p: Cursor, first: int, modifiers: ast.Modifiers, word: str) -> ast.Decl:
    """A class, struct or interface from its name on."""
    name = ast.Name("?", p.starts[p.i], p.ends[p.i])
    tparams: list[ast.TypeParam] = []
    bases: list[ast.TypeNode] = []
    where: list[ast.Where] = []
    try:
        name = p.name(f"the name of the {word}")
        tparams = parse_members.type_parameters(p)
        if p.kinds[p.i] == COLON:
            p.i += 1
            bases.append(parse_types.type_(p))
            while p.kinds[p.i] == COMMA:
                p.i += 1
                bases.append(parse_types.type_(p))
        where = parse_members.where_clauses(p)
        opener = p.i
        if p.kinds[opener] == LBRACE:
            p.i = opener + 1
        else:
            p.unexpected("'{'")
            p.match()
            if not (p.indented(opener - 1) or p.stray_braces):
                raise Abort
            opener -= 1  # the members stand there without it
    except Abort:
        opener = _find_body(p)
    owner = Owner(word, name.text, modifiers.has("abstract"), modifiers.has("static"))
    members = _members(p, first, opener, owner)
    return ast.TypeDecl(p.starts[first], _end_of_body(p, opener), modifiers, word, name, tparams, bases, where, members)


def _find_body(p: Cursor) -> int:
    """Behind an error in a type's head: take the `{` if the next thing with a body is this type; otherwise give up."""
    row = p.i
    while p.kinds[row] not in (LBRACE, RBRACE, SEMI, EOF) and not (row > p.i and p.starts_line(row) and p.kinds[row] in _BEGINS):
        row += 1
    if p.kinds[row] != LBRACE:
        raise Abort
    p.i = row + 1
    return row


def _members(p: Cursor, first: int, opener: int, owner: Owner) -> list[ast.Decl]:
    """Members up to the `}` of the body opened at row `opener`, which is not taken."""
    kinds = p.kinds
    members: list[ast.Decl] = []
    while True:
        row = p.i
        kind = kinds[row]
        if kind == RBRACE or kind == EOF:
            break
        p.statement_row = row
        depth, type_depth = p.depth, p.type_depth
        try:
            if kind in _BEGINS and _nested_type(p):
                p.home_row = first
                if p.outdented():
                    break  # this type's `}` is missing
                _misplaced_type(p, row)
                continue
            one = parse_members.member(p, owner)
            if one is not None:
                members.append(one)
        except Abort:
            p.depth, p.type_depth = depth, type_depth
            resume_declaration(p, row)
        if p.i == row:
            p.i = row + 1
    p.home_row = first
    return members


def _nested_type(p: Cursor) -> bool:
    """True if, behind modifiers, a type declaration, a namespace or an import stands here."""
    row = p.i
    while p.kinds[row] in MODIFIER_KEYWORDS:
        row += 1
    return p.kinds[row] in _TYPES or p.kinds[row] in (KW_NAMESPACE, KW_USING, KW_IMPORT)


def _misplaced_type(p: Cursor, row: int) -> None:
    """FS0101 for a type, namespace or import inside a type; a nested type is still looked at."""
    modifiers = parse_modifiers(p)
    kind = p.kinds[p.i]
    if kind in _TYPES:
        p.unexpected("a member", "types are not nested in types: declare it outside")
        type_declaration(p, row, modifiers)
    else:
        p.fail("a member")


def _enum(p: Cursor, first: int, modifiers: ast.Modifiers) -> ast.Decl:
    kinds = p.kinds
    name = p.name("the name of the enum")
    base: ast.TypeNode | None = None
    if kinds[p.i] == COLON:
        p.i += 1
        base = parse_types.type_(p)
    opener = p.expect(LBRACE)
    items: list[tuple[ast.Name, ast.Expr | None]] = []
    while kinds[p.i] != RBRACE:
        item = p.name("an item name")
        value: ast.Expr | None = None
        if kinds[p.i] == ASSIGN:
            p.i += 1
            value = parse_exprs.expr(p)
        items.append((item, value))
        if kinds[p.i] != COMMA:
            break
        p.i += 1
    end = p.close(opener, "',' or ")
    return ast.EnumDecl(p.starts[first], end, modifiers, name, base, items)


def _delegate(p: Cursor, first: int, modifiers: ast.Modifiers) -> ast.Decl:
    result = parse_types.type_(p)
    name = p.name("the name of the delegate")
    tparams = parse_members.type_parameters(p)
    opener = p.expect(LPAREN)
    params = parse_members.parameters(p, opener)
    end = parse_stmts.semicolon(p, first)
    return ast.DelegateDecl(p.starts[first], end, modifiers, result, name, tparams, params)


def _impl(p: Cursor, first: int, modifiers: ast.Modifiers) -> ast.Decl:
    check_modifiers(p, modifiers, "impl")
    p.i += 1
    interface = parse_types.type_(p)
    p.expect(KW_FOR)
    target = parse_types.type_(p)
    opener = p.expect(LBRACE)
    members = _members(p, first, opener, Owner("impl"))
    return ast.ImplDecl(p.starts[first], _end_of_body(p, opener), modifiers, interface, target, members)
