"""The highest expression id of a tree, for callers that do not pass the parser's counter."""

from __future__ import annotations

from . import ast


def last_id(file: ast.File) -> int:
    """The highest expression id in a file, 0 if there is no expression."""
    highest = 0
    work: list[object] = [file.declarations]
    while work:
        node = work.pop()
        if isinstance(node, (list, tuple)):
            work.extend(node)
            continue
        if isinstance(node, ast.Expr) and node.id > highest:
            highest = node.id
        for kind in type(node).__mro__:
            for name in getattr(kind, "__slots__", ()):
                value = getattr(node, name, None)
                if value is not None and not isinstance(value, (str, int, float, bool, bytes)):
                    work.append(value)
    return highest
