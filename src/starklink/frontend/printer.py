"""Text forms of the tokens and of the syntax tree (`--dump tokens`, `--dump ast`).

Declarations and statements take a line each, expressions are written in prefix form: `a + f(b)[1]` is
`(+ a (index (call f b) 1))`. Everything works on an explicit stack, so trees of any depth can be printed. With positions every
statement and declaration shows where it stands and every operator the place diagnostics and traces name for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias

from starklink.support.spans import SourceFile

from . import ast
from .tokens import EOF, FIXED_NAMES, SYM_GET, Tokens

_INDENT_LIMIT: Final = 60
"""Deeper lines are not indented further: the size of the text stays linear in the size of the tree."""

Item: TypeAlias = "str | tuple[Any, int]"
"""Text, or a node with its indentation level."""


def dump_tokens(tokens: Tokens) -> str:
    """One line per token: `LINE:COLUMN kind text`."""
    file = tokens.file
    out: list[str] = []
    for row, kind in enumerate(tokens.kinds):
        offset = tokens.starts[row] - file.base
        line = file.line_of(offset)
        column = offset - file.line_starts[line - 1] + 1
        if kind == EOF:
            out.append(f"{line}:{column} end")
            break
        if tokens.syms[row] < SYM_GET and kind < SYM_GET and FIXED_NAMES[kind] == tokens.text(row):
            out.append(f"{line}:{column} {'keyword' if tokens.text(row).isalpha() else 'symbol'} {tokens.text(row)}")
        else:
            out.append(f"{line}:{column} {FIXED_NAMES[kind]} {tokens.text(row)!r}")
    return "\n".join(out) + "\n"


def dump_ast(tree: ast.File, source: SourceFile | None = None) -> str:
    """The tree as text, ending with a line feed; with positions if the source is given."""
    out: list[str] = [f"file {tree.name}"]
    printer = _Printer(source)
    stack: list[Item] = [(one, 1) for one in reversed([*tree.imports, *tree.declarations])]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            out.append(item)
        else:
            stack.extend(reversed(printer.expand(*item)))
    return "".join(out) + "\n"


def _quote(value: bytes) -> str:
    return repr(value)[1:]


class _Printer:
    """Expands one node into text and its children."""

    def __init__(self, source: SourceFile | None) -> None:
        self.source = source

    def expand(self, node: Any, depth: int) -> list[Item]:
        """Text and children of a node, in the order of printing."""
        return _TABLE[type(node)](self, node, depth)

    def at(self, pos: int) -> str:
        """`@LINE:COLUMN` when positions are wanted."""
        source = self.source
        if source is None:
            return ""
        offset = pos - source.base
        line = source.line_of(offset)
        return f"@{line}:{offset - source.line_starts[line - 1] + 1}"

    def line(self, depth: int, text: str, node: Any = None) -> str:
        """A new line with the text, and the node's start."""
        place = self.at(node.start) if node is not None else ""
        return "\n" + "  " * min(depth, _INDENT_LIMIT) + text + (" " + place if place else "")


def _list(nodes: Iterable[Any], depth: int, before: str = " ") -> list[Item]:
    items: list[Item] = []
    for node in nodes:
        items.append(before)
        items.append((node, depth))
    return items


def _separated(nodes: Sequence[Any], depth: int) -> list[Item]:
    return _list(nodes, depth, ", ")[1:] if nodes else []


def _optional(before: str, node: Any, depth: int, after: str = "") -> list[Item]:
    return [] if node is None else [before, (node, depth), after]


# -- types -----------------------------------------------------------------------------------------------------------------

def _targs(targs: Sequence[Any], depth: int) -> list[Item]:
    return ["<", *_separated(targs, depth), ">"] if targs else []


def _named_type(s: _Printer, n: ast.NamedType, depth: int) -> list[Item]:
    items: list[Item] = ["readonly "] if n.readonly else []
    for row, part in enumerate(n.parts):
        items.append(("." if row else "") + part.text)
        items += _targs(n.targs[row], depth)
    return items


def _array_type(s: _Printer, n: ast.ArrayType, depth: int) -> list[Item]:
    # Brackets are printed outermost first, as they are written.
    sizes: list[Item] = []
    node: ast.TypeNode = n
    while isinstance(node, ast.ArrayType):
        sizes += ["[", *_optional("", node.size, depth), "]"]
        node = node.element
    return [(node, depth), *sizes]


def _pointer_type(s: _Printer, n: ast.PointerType, depth: int) -> list[Item]:
    return [(n.target, depth), "*"]


def _nullable_type(s: _Printer, n: ast.NullableType, depth: int) -> list[Item]:
    return [(n.inner, depth), "?"]


# -- expressions -----------------------------------------------------------------------------------------------------------

def _int(s: _Printer, n: ast.IntLit, depth: int) -> list[Item]:
    return [f"{n.value}{'u' if n.unsigned else ''}"]


def _float(s: _Printer, n: ast.FloatLit, depth: int) -> list[Item]:
    return [f"{n.value!r}{'f' if n.single else ''}"]


def _char(s: _Printer, n: ast.CharLit, depth: int) -> list[Item]:
    return [f"(char {n.value})"]


def _string(s: _Printer, n: ast.StringLit, depth: int) -> list[Item]:
    return [_quote(n.value)]


def _interpolated(s: _Printer, n: ast.InterpolatedString, depth: int) -> list[Item]:
    items: list[Item] = ["($"]
    for part in n.parts:
        if isinstance(part, bytes):
            items.append(" " + _quote(part))
        else:
            items += [" {", (part.value, depth), *_optional(", ", part.width, depth)]
            items.append((f" : {part.format!r}" if part.format is not None else "") + "}")
    return [*items, ")"]


def _bool(s: _Printer, n: ast.BoolLit, depth: int) -> list[Item]:
    return ["true" if n.value else "false"]


def _null(s: _Printer, n: ast.NullLit, depth: int) -> list[Item]:
    return ["null"]


def _name(s: _Printer, n: ast.NameExpr, depth: int) -> list[Item]:
    return [n.name, *_targs(n.targs, depth)]


def _this(s: _Printer, n: ast.ThisExpr, depth: int) -> list[Item]:
    return ["this"]


def _base(s: _Printer, n: ast.BaseExpr, depth: int) -> list[Item]:
    return ["base"]


def _type_expr(s: _Printer, n: ast.TypeExpr, depth: int) -> list[Item]:
    return ["(type ", (n.type, depth), ")"]


def _member(s: _Printer, n: ast.Member, depth: int) -> list[Item]:
    return ["(->" if n.arrow else "(.", s.at(n.pos), " ", (n.target, depth), " " + n.name.text, *_targs(n.targs, depth), ")"]


def _call(s: _Printer, n: ast.Call, depth: int) -> list[Item]:
    return ["(call", s.at(n.pos), " ", (n.target, depth), *_list(n.args, depth), ")"]


def _index(s: _Printer, n: ast.Index, depth: int) -> list[Item]:
    return ["(index", s.at(n.pos), " ", (n.target, depth), *_list(n.args, depth), ")"]


def _unary(s: _Printer, n: ast.Unary, depth: int) -> list[Item]:
    return [f"({n.op}", s.at(n.pos), " ", (n.operand, depth), ")"]


def _inc_dec(s: _Printer, n: ast.IncDec, depth: int) -> list[Item]:
    return [f"({'pre' if n.prefix else 'post'}{n.op}", s.at(n.pos), " ", (n.operand, depth), ")"]


def _binary(s: _Printer, n: ast.Binary, depth: int) -> list[Item]:
    return [f"({n.op}", s.at(n.pos), " ", (n.left, depth), " ", (n.right, depth), ")"]


def _type_test(s: _Printer, n: ast.TypeTest, depth: int) -> list[Item]:
    return [f"({n.op}", s.at(n.pos), " ", (n.operand, depth), " ", (n.type, depth), ")"]


def _conditional(s: _Printer, n: ast.Conditional, depth: int) -> list[Item]:
    return ["(?", s.at(n.pos), *_list((n.cond, n.then, n.other), depth), ")"]


def _assign(s: _Printer, n: ast.Assign, depth: int) -> list[Item]:
    return [f"({n.op if n.op == '=' else n.op + '='}", s.at(n.pos), " ", (n.target, depth), " ", (n.value, depth), ")"]


def _cast(s: _Printer, n: ast.Cast, depth: int) -> list[Item]:
    return ["(cast", s.at(n.pos), " ", (n.type, depth), " ", (n.operand, depth), ")"]


def _new(s: _Printer, n: ast.New, depth: int) -> list[Item]:
    items: list[Item] = ["(new", s.at(n.pos), " ", (n.type, depth)]
    if n.args is not None:
        items += _list(n.args, depth)
    for size in n.dims:
        items += ["[", *_optional("", size, depth), "]"]
    return [*items, *_optional(" ", n.init, depth), ")"]


def _array_init(s: _Printer, n: ast.ArrayInit, depth: int) -> list[Item]:
    return ["{", *_separated(n.items, depth), "}"]


def _size_of(s: _Printer, n: ast.SizeOf, depth: int) -> list[Item]:
    return ["(sizeof ", (n.type, depth), ")"]


def _default_of(s: _Printer, n: ast.DefaultOf, depth: int) -> list[Item]:
    return ["(default ", (n.type, depth), ")"]


def _checked(s: _Printer, n: ast.CheckedExpr, depth: int) -> list[Item]:
    return ["(checked " if n.checked else "(unchecked ", (n.operand, depth), ")"]


def _lambda(s: _Printer, n: ast.Lambda, depth: int) -> list[Item]:
    items: list[Item] = ["(async-lambda" if n.is_async else "(lambda", s.at(n.pos), " ("]
    for row, one in enumerate(n.params):
        items += [", " if row else "", *_optional("", one.type, depth, " "), one.name.text]
    return [*items, ")" if isinstance(n.body, ast.Block) else ") ", (n.body, depth + 1), ")"]


def _error(s: _Printer, n: ast.ErrorExpr, depth: int) -> list[Item]:
    return ["<error>"]


# -- statements ------------------------------------------------------------------------------------------------------------

def _block(s: _Printer, n: ast.Block, depth: int) -> list[Item]:
    return [s.line(depth, "block", n), *((one, depth + 1) for one in n.body)]


def _empty(s: _Printer, n: ast.Empty, depth: int) -> list[Item]:
    return [s.line(depth, "empty", n)]


def _declarator(one: ast.Declarator, depth: int) -> list[Item]:
    items: list[Item] = [" " + one.name.text]
    for size in one.dims:
        items += ["[", (size, depth), "]"]
    return [*items, *_optional(" = ", one.init, depth)]


def _declarators(declared: Sequence[ast.Declarator], depth: int) -> list[Item]:
    items: list[Item] = []
    for row, one in enumerate(declared):
        items += ["," if row else "", *_declarator(one, depth)]
    return items


def _local(s: _Printer, n: ast.LocalDecl, depth: int) -> list[Item]:
    return [s.line(depth, "const" if n.is_const else "local", n), " ", (n.type, depth), *_declarators(n.declarators, depth)]


def _expr_stmt(s: _Printer, n: ast.ExprStmt, depth: int) -> list[Item]:
    return [s.line(depth, "do", n), " ", (n.expr, depth)]


def _if(s: _Printer, n: ast.If, depth: int) -> list[Item]:
    items: list[Item] = [s.line(depth, "if", n), " ", (n.cond, depth), (n.then, depth + 1)]
    if isinstance(n.other, ast.If):
        return [*items, s.line(depth, "else"), (n.other, depth)]
    return items if n.other is None else [*items, s.line(depth, "else"), (n.other, depth + 1)]


def _while(s: _Printer, n: ast.While, depth: int) -> list[Item]:
    return [s.line(depth, "while", n), " ", (n.cond, depth), (n.body, depth + 1)]


def _do_while(s: _Printer, n: ast.DoWhile, depth: int) -> list[Item]:
    return [s.line(depth, "dowhile", n), " ", (n.cond, depth), (n.body, depth + 1)]


def _for(s: _Printer, n: ast.For, depth: int) -> list[Item]:
    items: list[Item] = [s.line(depth, "for", n)]
    if isinstance(n.init, ast.LocalDecl):
        items.append((n.init, depth + 1))
    else:
        items += [s.line(depth + 1, "init"), *_list(n.init, depth)]
    items += [s.line(depth + 1, "while"), *_optional(" ", n.cond, depth), s.line(depth + 1, "step"), *_list(n.step, depth)]
    return [*items, (n.body, depth + 1)]


def _foreach(s: _Printer, n: ast.Foreach, depth: int) -> list[Item]:
    return [s.line(depth, "foreach", n), " ", (n.type, depth), f" {n.name.text} in ", (n.collection, depth), (n.body, depth + 1)]


def _switch(s: _Printer, n: ast.Switch, depth: int) -> list[Item]:
    items: list[Item] = [s.line(depth, "switch", n), " ", (n.value, depth)]
    for section in n.sections:
        for label in section.labels:
            items += [s.line(depth + 1, "default")] if label is None else [s.line(depth + 1, "case "), (label, depth + 1)]
        items += [(one, depth + 2) for one in section.body]
    return items


def _word(word: str) -> Callable[[_Printer, Any, int], list[Item]]:
    def expand(s: _Printer, n: Any, depth: int) -> list[Item]:
        return [s.line(depth, word, n)]
    return expand


def _return(s: _Printer, n: ast.Return, depth: int) -> list[Item]:
    return [s.line(depth, "return", n), *_optional(" ", n.value, depth)]


def _throw(s: _Printer, n: ast.Throw, depth: int) -> list[Item]:
    return [s.line(depth, "throw", n), *_optional(" ", n.value, depth)]


def _try(s: _Printer, n: ast.Try, depth: int) -> list[Item]:
    items: list[Item] = [s.line(depth, "try", n), (n.body, depth + 1)]
    for one in n.catches:
        items += [s.line(depth, "catch"), " string" if one.as_string else "", *_optional(" ", one.type, depth)]
        items += [" " + one.name.text if one.name else "", (one.body, depth + 1)]
    return items if n.final is None else [*items, s.line(depth, "finally"), (n.final, depth + 1)]


def _checked_block(s: _Printer, n: ast.CheckedBlock, depth: int) -> list[Item]:
    return [s.line(depth, n.kind, n), (n.body, depth + 1)]


# -- declarations ----------------------------------------------------------------------------------------------------------

def _modifiers(modifiers: ast.Modifiers, depth: int) -> list[Item]:
    items: list[Item] = []
    for one in modifiers.attributes:
        items += ["[" + one.name.text, *_optional("(", one.arg, depth, ")"), "] "]
    for word in modifiers.words:
        items.append(word.text + " ")
        if word.text == "extern" and modifiers.linkage is not None:
            items.append(_quote(modifiers.linkage) + " ")
    return items


def _params(params: Sequence[ast.Param], depth: int) -> list[Item]:
    items: list[Item] = []
    for row, one in enumerate(params):
        items += [", " if row else "", (one.type, depth), " " + one.name.text]
        for size in one.dims:
            items += ["[", *_optional("", size, depth), "]"]
    return items


def _tparams(tparams: Sequence[ast.TypeParam], depth: int) -> list[Item]:
    items: list[Item] = []
    for row, one in enumerate(tparams):
        items += [", " if row else "<", *_optional("const ", one.const_type, depth, " "), one.name.text]
    return [*items, ">"] if tparams else []


def _where(clauses: Sequence[ast.Where], depth: int) -> list[Item]:
    items: list[Item] = []
    for one in clauses:
        items.append(f" where {one.name.text} : ")
        for row, bound in enumerate(one.bounds):
            items += [", " if row else "", "=" + bound.text if isinstance(bound, ast.Name) else (bound, depth)]
    return items


def _head(s: _Printer, n: ast.Decl, depth: int, word: str) -> list[Item]:
    return [s.line(depth, word, n), " ", *_modifiers(n.modifiers, depth)]


def _function(s: _Printer, n: ast.FunctionDecl, depth: int) -> list[Item]:
    items = [*_head(s, n, depth, "function"), (n.result, depth), " " + n.name.text, *_tparams(n.tparams, depth), "(",
             *_params(n.params, depth), ")", *_optional(" priority ", n.priority, depth), *_where(n.where, depth)]
    if n.expression_body:
        items.append(" =>")
    return items if n.body is None else [*items, (n.body, depth + 1)]


def _ctor(s: _Printer, n: ast.CtorDecl, depth: int) -> list[Item]:
    items = [*_head(s, n, depth, "constructor"), n.name.text, "(", *_params(n.params, depth), ")"]
    if n.chain:
        items += [f" : {n.chain}", s.at(n.chain_pos), *_list(n.chain_args, depth)]
    return [*items, (n.body, depth + 1)]


def _field(s: _Printer, n: ast.FieldDecl, depth: int) -> list[Item]:
    items = _head(s, n, depth, "field")
    return [*items, (n.type, depth), *_declarators(n.declarators, depth)]


def _property(s: _Printer, n: ast.PropertyDecl, depth: int) -> list[Item]:
    items = [*_head(s, n, depth, "property"), (n.type, depth), " " + n.name.text]
    if n.params is not None:
        items += ["[", *_params(n.params, depth), "]"]
    items += _optional(" = ", n.init, depth)
    for one in n.accessors:
        items.append(s.line(depth + 1, f"{one.visibility} {one.kind}".strip()))
        items += _optional("", one.body, depth + 2)
    return items


def _type(s: _Printer, n: ast.TypeDecl, depth: int) -> list[Item]:
    items = [*_head(s, n, depth, n.kind), n.name.text, *_tparams(n.tparams, depth)]
    if n.bases:
        items += [" : ", *_separated(n.bases, depth)]
    return [*items, *_where(n.where, depth), *((one, depth + 1) for one in n.members)]


def _enum(s: _Printer, n: ast.EnumDecl, depth: int) -> list[Item]:
    items = [*_head(s, n, depth, "enum"), n.name.text, *_optional(" : ", n.base, depth)]
    for name, value in n.items:
        items += [s.line(depth + 1, name.text), *_optional(" = ", value, depth)]
    return items


def _delegate(s: _Printer, n: ast.DelegateDecl, depth: int) -> list[Item]:
    return [*_head(s, n, depth, "delegate"), (n.result, depth), " " + n.name.text, *_tparams(n.tparams, depth), "(",
            *_params(n.params, depth), ")"]


def _impl(s: _Printer, n: ast.ImplDecl, depth: int) -> list[Item]:
    return [*_head(s, n, depth, "impl"), (n.interface, depth), " for ", (n.type, depth), *((one, depth + 1) for one in n.members)]


def _namespace(s: _Printer, n: ast.NamespaceDecl, depth: int) -> list[Item]:
    name = ".".join(part.text for part in n.name)
    return [*_head(s, n, depth, "namespace"), name, ";" if n.file_scoped else "", *((one, depth + 1) for one in n.declarations)]


def _import(s: _Printer, n: ast.Import, depth: int) -> list[Item]:
    name = f'"{n.path}"' if n.path is not None else ".".join(part.text for part in n.namespace)
    return [s.line(depth, ("include " if n.legacy else "import ") + name, n)]


_TABLE: Final[dict[type, Callable[[_Printer, Any, int], list[Item]]]] = {
    ast.NamedType: _named_type, ast.ArrayType: _array_type, ast.PointerType: _pointer_type, ast.NullableType: _nullable_type,
    ast.IntLit: _int, ast.FloatLit: _float, ast.CharLit: _char, ast.StringLit: _string, ast.InterpolatedString: _interpolated,
    ast.BoolLit: _bool, ast.NullLit: _null, ast.NameExpr: _name, ast.ThisExpr: _this, ast.BaseExpr: _base,
    ast.TypeExpr: _type_expr, ast.Member: _member, ast.Call: _call, ast.Index: _index, ast.Unary: _unary,
    ast.IncDec: _inc_dec, ast.Binary: _binary,
    ast.TypeTest: _type_test, ast.Conditional: _conditional, ast.Assign: _assign, ast.Cast: _cast, ast.New: _new,
    ast.ArrayInit: _array_init, ast.SizeOf: _size_of, ast.DefaultOf: _default_of, ast.CheckedExpr: _checked, ast.Lambda: _lambda,
    ast.ErrorExpr: _error,
    ast.Block: _block, ast.Empty: _empty, ast.LocalDecl: _local, ast.ExprStmt: _expr_stmt, ast.If: _if, ast.While: _while,
    ast.DoWhile: _do_while, ast.For: _for, ast.Foreach: _foreach, ast.Switch: _switch, ast.Break: _word("break"),
    ast.Continue: _word("continue"), ast.Return: _return, ast.Throw: _throw, ast.Try: _try, ast.CheckedBlock: _checked_block,
    ast.FunctionDecl: _function, ast.CtorDecl: _ctor, ast.FieldDecl: _field, ast.PropertyDecl: _property, ast.TypeDecl: _type,
    ast.EnumDecl: _enum, ast.DelegateDecl: _delegate, ast.ImplDecl: _impl, ast.NamespaceDecl: _namespace, ast.Import: _import,
}
