"""Reachability and leaving statements (fluxsharp.md sections 7, 13): FS0904, FS0509 and the loops around a statement."""

from __future__ import annotations

from . import ast
from .context import Checker


def report_unreachable(c: Checker, node: ast.Stmt) -> int:
    """Warning FS0904 at a statement nothing leads to, once per stretch of dead code. 1 if the code from here on is dead."""
    if type(node) is ast.Empty:
        return 0
    first: ast.Stmt = node
    while isinstance(first, ast.Block):
        if not first.body:
            return 0
        first = first.body[0]
    if c.body.quiet:
        c.body.quiet = False
    elif not c.body.dead:
        c.warn("FS0904", first.start, first.end, "this code is never reached")
    return 1


def enter_loop(c: Checker) -> None:
    """A loop begins: `break` and `continue` mean it."""
    c.body.loops += 1
    c.body.breaks.append(False)
    c.body.continues.append(False)


def leave_loop(c: Checker) -> bool:
    """A loop ends; True if a reachable `break` leaves it."""
    c.body.loops -= 1
    c.body.continues.pop()
    return c.body.breaks.pop()


def check_leaving(c: Checker, node: ast.Stmt, word: str) -> bool:
    """FS0509 if a jump leaves a finally block; True if it does."""
    body = c.body
    if not body.finallys:
        return False
    loops, breaks = body.finallys[-1]
    inside = body.loops > loops if word == "continue" else word == "break" and len(body.breaks) > breaks
    if inside:
        return False
    body.quiet = True
    c.bag.error("FS0509", node.start, node.start + len(word), f"'{word}' cannot leave a finally block")
    return True
