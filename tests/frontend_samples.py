"""What the front end's tests share: lexing and parsing a text, and a walk over the tree that trusts no printer."""

from __future__ import annotations

from collections.abc import Iterator

from starklink.frontend import ast
from starklink.frontend.lexer import lex
from starklink.frontend.parser import IdCounter, parse
from starklink.frontend.printer import dump_ast, dump_tokens
from starklink.frontend.tokens import Tokens
from starklink.support.diagnostics import Bag
from starklink.support.spans import SourceMap


def lexed(text: str) -> tuple[Tokens, Bag]:
    """Tokens and diagnostics of a text."""
    sources = SourceMap()
    bag = Bag(sources)
    return lex(sources.add("t.fsh", text), bag), bag


def parsed(text: str) -> tuple[ast.File, Bag]:
    """Tree and diagnostics of a text."""
    tokens, bag = lexed(text)
    return parse(tokens, bag, IdCounter()), bag


def found(bag: Bag) -> list[str]:
    """The diagnostics as `CODE LINE:COLUMN`, sorted as users see them."""
    rows = []
    for one in bag.sorted():
        where = bag.sources.locate(one.start)
        rows.append(f"{one.code} {where.line}:{where.column}")
    return rows


def tree_text(text: str, positions: bool = False) -> str:
    """The dump of a text without errors, without its first line."""
    tree, bag = parsed(text)
    assert found(bag) == [], bag.render()
    return dump_ast(tree, bag.sources.files[0] if positions else None).partition("\n")[2]


def token_text(text: str) -> list[str]:
    """The token dump of a text, by lines and without the end."""
    return dump_tokens(lexed(text)[0]).splitlines()[:-1]


def expression_text(text: str) -> str:
    """The dump of one expression."""
    return tree_text(f"void f() {{ x = {text}; }}").splitlines()[2].strip().removeprefix("do (= x ").removesuffix(")")


def children(node: object) -> Iterator[object]:
    """Everything a node's fields hold, lists and tuples opened."""
    pending: list[object] = []
    for base in type(node).__mro__:
        pending += [getattr(node, name) for name in getattr(base, "__slots__", ())]
    while pending:
        value = pending.pop()
        if isinstance(value, (list, tuple)):
            pending.extend(value)
        elif type(value).__module__ == ast.__name__:
            yield value


def nodes(root: object) -> Iterator[object]:
    """All nodes below and including `root`, in no particular order; works for any depth."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(children(node))
