"""Source text for the compiled build: classes that cannot be native ones stay Python's.

    class Near(str):      ->      @(lambda one: one)
                                  class Near(str):

mypyc makes native classes of objects, exceptions and dictionaries. It refuses those that derive from texts, buffers or tuples;
and one that derives from a class of a module that is not compiled fails when it is imported. A class with a decorator it does not
know it leaves alone. The decorator takes the empty line above the class and its comments: lines keep their numbers. A class
derived from a number cannot be had at all: compiled code keeps the number of such an object and forgets its class.
"""

from __future__ import annotations

import ast
from typing import Final

BUILT_IN: Final = {"str", "bytes", "bytearray", "tuple", "list"}


def stage(module: str, text: str, compiled: set[str]) -> str:
    """The rewritten text of a module; the same if it has no such class. Module names are paths in the package without suffix.

    Raises ValueError for a class without an empty line above, and for one derived from a number."""
    lines = text.split("\n")
    tree = ast.parse(text)
    plain = BUILT_IN | _imported_from_plain(module, tree, compiled)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) in ("int", "float") for base in node.bases):
            raise ValueError(f"{module}:{node.lineno}: class {node.name} derives from a number")
        if isinstance(node, ast.ClassDef) and not node.decorator_list and any(ast.unparse(base) in plain for base in node.bases):
            above = node.lineno - 2
            while lines[above].lstrip().startswith("#"):
                above -= 1
            if lines[above].strip():
                raise ValueError(f"{module}:{node.lineno}: no empty line above class {node.name}")
            lines[above] = " " * node.col_offset + "@(lambda one: one)"
    return "\n".join(lines)


def _imported_from_plain(module: str, tree: ast.Module, compiled: set[str]) -> set[str]:
    """Names a module imports from modules of the package that are not compiled."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("starklink.")):
            home = module.split("/")[:-node.level] if node.level else []
            path = "/".join([*home, *(node.module or "").split(".")[0 if node.level else 1:]])
            if path not in compiled:
                found.update(one.asname or one.name for one in node.names)
    return found
