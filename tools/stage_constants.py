"""Source text for the compiled build: numbered names written out as constants.

    ADD, OR, AND = range(3)      ->      ADD: Final = 0; OR: Final = 1; AND: Final = 2

mypyc puts a final name with a literal value into the code that mentions it, in whatever module that is. Any other name is
looked up in its module's dictionary each time. Lines keep their numbers.
"""

from __future__ import annotations

import ast


def stage(text: str) -> str:
    """The rewritten text of a module; the same if nothing in it is numbered, or if it does not import Final."""
    lines = text.split("\n")
    tree = ast.parse(text)
    if not any(isinstance(node, ast.ImportFrom) and any(one.name == "Final" for one in node.names) for node in tree.body):
        return text
    for node in tree.body:
        names = _numbered(node)
        if names:
            assert node.end_lineno is not None
            spread = "; ".join(f"{name}: Final = {number}" for number, name in enumerate(names))
            lines[node.lineno - 1:node.end_lineno] = [spread, *[""] * (node.end_lineno - node.lineno)]
    return "\n".join(lines)


def _numbered(node: ast.stmt) -> list[str]:
    """The names of `names = range(count)` in order, [] for any other statement."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not isinstance(node.targets[0], ast.Tuple):
        return []
    value = node.value
    if not isinstance(value, ast.Call) or ast.unparse(value.func) != "range" or len(value.args) != 1:
        return []
    return [one.id for one in node.targets[0].elts if isinstance(one, ast.Name)]
