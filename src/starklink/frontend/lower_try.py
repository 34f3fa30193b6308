"""Exceptions (fluxsharp.md section 13): try, catch, finally, throw, and leaving blocks that a finally guards.

A protected block names its landing pad (`Blocks.handler`); nothing is executed on the way in. The run-time system finds the pad
of a call site in the site table, and the pad starts with `landing`, the thrown object. Locals that a pad may see and
that change live in stack slots, so a pad finds them whatever was in registers (`Context.free`, `Context.fixed`).

A finally body exists once. Whoever leaves through it stores why (`reason`: 0 the end was reached, 1 an exception is on its way,
from 2 on one number per place to go to) and the body ends in a dispatch on that.

    try { f(); return 1; } finally { g(); }

    body:    call f; result = 1; reason = 2; jump finally          (handler pad)
    pad:     saved = landing; reason = 1; jump finally
    finally: call g; reason == 1 ? rethrow saved : ret result
"""

from __future__ import annotations

from ..ir import ops
from ..ir import types as ir
from ..ir.module import Block, Value
from ..support.record import dataclass, field
from . import ast
from .lower_calls import end_noreturn
from .lower_context import Context, Exit
from .lower_exprs import has_type, value
from .lower_stmts import LEAVE, STATEMENT, statements
from .typed import Resolved
from .types import STRING, ClassType


@dataclass(slots=True, eq=False)
class Finally:
    """A finally body somebody may have to pass through; `exits` are the places behind it."""

    entry: Block
    reason: Value
    saved: Value
    exits: list[Exit] = field(default_factory=list)


def leave(fx: Context, where: Exit) -> None:
    """Go somewhere outside, through the finally bodies on the way."""
    b = fx.b
    if len(fx.tries) > where.depth:
        frame = fx.tries[-1]
        assert isinstance(frame, Finally)
        if where not in frame.exits:
            frame.exits.append(where)
        b.store(frame.reason, b.const(ir.I64, 2 + frame.exits.index(where)))
        b.jump(frame.entry)
    elif where.target:
        b.jump(where.target)
    else:
        b.ret(b.load(fx.result.ir, fx.result_slot) if fx.result_slot else 0)


def _try(fx: Context, node: ast.Stmt) -> None:
    assert isinstance(node, ast.Try)
    b = fx.b
    weight = b.module.blocks.weight[b.block]
    outer = b.handler
    done = b.new_block(weight)
    frame: Finally | None = None
    guard = outer
    if node.final is not None:
        guard = b.new_block(0)
        frame = Finally(b.new_block(weight), b.slot(8, 8), b.slot(8, 8))
        fx.tries.append(frame)
    pad = b.new_block(0) if node.catches else guard
    _enter(fx, pad, weight)
    statements(fx, node.body.body)
    _end(fx, frame, done)
    if node.catches:
        b.handler = guard
        b.seal(pad)
        b.start(pad)
        _catches(fx, node, frame, done, weight)
    b.handler = outer
    if frame is not None:
        fx.tries.pop()
        _finally(fx, node, frame, guard, done, weight)
    b.seal(done)
    if b.reached(done):
        b.start(done)


def _enter(fx: Context, pad: Block, weight: int) -> None:
    b = fx.b
    body = b.new_block(weight)
    b.jump(body)
    b.seal(body)
    b.handler = pad
    b.start(body)


def _end(fx: Context, frame: Finally | None, done: Block) -> None:
    """The end of the body or of a clause: on to the finally body or behind the statement."""
    b = fx.b
    if b.terminated:
        return
    if frame is not None:
        b.store(frame.reason, b.const(ir.I64, 0))
        b.jump(frame.entry)
    else:
        b.jump(done)


def _catches(fx: Context, node: ast.Try, frame: Finally | None, done: Block, weight: int) -> None:
    b = fx.b
    home = b.slot(8, 8)
    b.store(home, b.emit(ops.LANDING, ir.PTR))
    for clause in node.catches:
        chosen, following = b.new_block(weight), b.new_block(0)
        wanted = fx.typed.type_nodes[id(clause.type)] if clause.type is not None and not clause.as_string else None
        if isinstance(wanted, ClassType) and not (wanted.name == "Exception" and wanted.base is None):
            b.pos = clause.start
            b.br(has_type(fx, b.load(ir.PTR, home), wanted), chosen, following)
        else:
            b.jump(chosen)
        b.seal(chosen)
        b.start(chosen)
        _clause(fx, clause, home)
        _end(fx, frame, done)
        b.seal(following)
        if not b.reached(following):
            return
        b.start(following)
    fx.library("__rethrow", b.load(ir.PTR, home))
    end_noreturn(fx)


def _clause(fx: Context, clause: ast.Catch, home: Value) -> None:
    b = fx.b
    b.pos = clause.start
    before = fx.enter_scope(clause.start, clause.end)
    var = fx.typed.locals.get(clause)
    if var is not None:
        caught = b.load(ir.PTR, home)
        if clause.as_string:
            fx.caught[var] = home
            caught = fx.library("__exception_message", caught)
        fx.declare(var, caught)
    fx.catching.append(home)
    statements(fx, clause.body.body)
    fx.catching.pop()
    b.scope = before


def _finally(fx: Context, node: ast.Try, frame: Finally, pad: Block, done: Block, weight: int) -> None:
    assert node.final is not None
    b = fx.b
    b.seal(pad)
    b.start(pad)
    b.store(frame.saved, b.emit(ops.LANDING, ir.PTR))
    b.store(frame.reason, b.const(ir.I64, 1))
    b.jump(frame.entry)
    b.seal(frame.entry)
    b.start(frame.entry)
    before = fx.enter_scope(node.final.start, node.final.end)
    statements(fx, node.final.body)
    b.scope = before
    if b.terminated:
        return
    reason = b.load(ir.I64, frame.reason)
    for number, where in enumerate(frame.exits, 2):
        go, following = b.new_block(weight), b.new_block(weight)
        b.br(b.cmp(ops.EQ, reason, b.const(ir.I64, number)), go, following)
        b.seal(go)
        b.start(go)
        leave(fx, where)
        b.seal(following)
        b.start(following)
    again = b.new_block(0)
    b.br(b.cmp(ops.EQ, reason, b.const(ir.I64, 0)), done, again)
    b.seal(again)
    b.start(again)
    fx.library("__rethrow", b.load(ir.PTR, frame.saved))
    end_noreturn(fx)


def _throw(fx: Context, node: ast.Stmt) -> None:
    assert isinstance(node, ast.Throw)
    fx.at(node)
    if node.value is None:
        fx.library("__rethrow", fx.b.load(ir.PTR, fx.catching[-1]))
        end_noreturn(fx)
        return
    made = _thrown(fx, node.value)
    fx.b.pos = node.start
    if fx.typed.type_of(node.value) is STRING:
        fx.library("__throw_text", made)
    else:
        fx.nullcheck(made)
        fx.library("__throw", made)
    end_noreturn(fx)


def _thrown(fx: Context, expr: ast.Expr) -> Value:
    """The object or text of a throw; `throw T;` and `throw T(args);` make a new T (a Resolved constructor in `refs`)."""
    ref = fx.typed.refs[expr.id]
    if isinstance(ref, Resolved) and ref.kind == "ctor" and not isinstance(expr, ast.New):
        from .lower_calls import construct
        from .lower_exprs import value_as

        assert isinstance(ref.type, ClassType)
        given = expr.args if isinstance(expr, ast.Call) else []
        args = [value_as(fx, arg, wanted) for arg, wanted in zip(given, ref.params)]
        fx.b.pos = expr.pos
        return construct(fx, ref.type, ref.method, args)
    return value(fx, expr)


def tries_at(body: ast.Block) -> list[int]:
    """Positions of the try statements of a body, ascending (lambda bodies are functions of their own)."""
    found: list[int] = []
    work: list[ast.Stmt] = [body]
    while work:
        node = work.pop()
        if isinstance(node, ast.Try):
            found.append(node.start)
            work.append(node.body)
            work.extend(clause.body for clause in node.catches)
            if node.final is not None:
                work.append(node.final)
        elif isinstance(node, ast.Block):
            work.extend(one for one in node.body if not isinstance(one, (ast.ExprStmt, ast.LocalDecl)))
        elif isinstance(node, ast.If):
            work.append(node.then)
            if node.other is not None:
                work.append(node.other)
        elif isinstance(node, (ast.While, ast.DoWhile, ast.For, ast.Foreach, ast.CheckedBlock)):
            work.append(node.body)
        elif isinstance(node, ast.Switch):
            for section in node.sections:
                work.extend(section.body)
    return sorted(found)


LEAVE.append(leave)
STATEMENT[ast.Try] = _try
STATEMENT[ast.Throw] = _throw
