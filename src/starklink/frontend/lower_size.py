"""Which functions are too large for locals as SSA values.

Building SSA, liveness, register allocation and variable locations for debuggers take time for every local in every block. That
product stays small in anything written by hand, but it grows with the square of a generated function. Beyond `LIMIT` the locals
live in stack slots instead, as at level 0, where every phase is linear.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from . import ast
from .typed import MethodSym

LIMIT: Final = 100_000
"""Locals times branches: 300 locals in a function with 300 branches are well served."""
_SMALL: Final = 2000
"""No function of so few characters has so many locals and branches."""
_BRANCH_LENGTH: Final = 3
"""No branch is shorter."""

_BRANCHES: Final = (ast.If, ast.While, ast.DoWhile, ast.For, ast.Foreach, ast.SwitchSection, ast.Conditional, ast.TypeTest)


def locals_in_memory(method: MethodSym, body: ast.Block) -> bool:
    """True if a function is so large that its locals should live in memory."""
    length = body.end - body.start
    if length < _SMALL:
        return False
    variables = len(method.params) + sum(len(node.declarators) for node in _statements(body) if isinstance(node, ast.LocalDecl))
    if variables * length < LIMIT * _BRANCH_LENGTH:
        return False
    branches = 0
    for node in _nodes(body):
        if isinstance(node, _BRANCHES) or (isinstance(node, ast.Binary) and node.op in ("&&", "||")):
            branches += 1
    return variables * branches > LIMIT


def _statements(body: ast.Block) -> Iterator[ast.Stmt]:
    """All statements of a body in no particular order; not those of lambdas."""
    work: list[ast.Stmt] = [body]
    while work:
        node = work.pop()
        yield node
        kind = type(node)
        if kind is ast.Block:
            assert isinstance(node, ast.Block)
            work.extend(one for one in node.body if type(one) is not ast.ExprStmt)
        elif isinstance(node, ast.If):
            work.append(node.then)
            if node.other is not None:
                work.append(node.other)
        elif isinstance(node, (ast.While, ast.DoWhile, ast.For, ast.Foreach, ast.CheckedBlock)):
            if isinstance(node, ast.For) and isinstance(node.init, ast.LocalDecl):
                work.append(node.init)
            work.append(node.body)
        elif isinstance(node, ast.Switch):
            for section in node.sections:
                work.extend(section.body)
        elif isinstance(node, ast.Try):
            work.append(node.body)
            work.extend(one.body for one in node.catches)
            if node.final is not None:
                work.append(node.final)


def _nodes(root: object) -> Iterator[object]:
    """Everything below a node that can be or contain a statement or an operator, in no particular order."""
    work = [root]
    slots: dict[type, list[str]] = {}
    while work:
        node = work.pop()
        if isinstance(node, (list, tuple)):
            work.extend(node)
            continue
        yield node
        kind = type(node)
        names = slots.get(kind)
        if names is None:
            names = slots[kind] = _inner(kind)
        for name in names:
            value = getattr(node, name)
            if value:
                work.append(value)


def _inner(kind: type) -> list[str]:
    """The fields of a node class that hold nodes which matter here."""
    if kind.__module__ != ast.__name__ or issubclass(kind, (ast.Name, ast.TypeNode, ast.Lambda)):
        return []
    plain = {"start", "end", "pos", "id", "op", "name", "type", "value" if issubclass(kind, _LITERALS) else ""}
    return [name for base in kind.__mro__ for name in base.__dict__.get("__slots__", ()) if name not in plain]


_LITERALS: Final = (ast.IntLit, ast.FloatLit, ast.CharLit, ast.StringLit, ast.BoolLit)
