"""Statements to IR. Loops are rotated when optimising: the condition is tested once before the loop and again at its end."""

from __future__ import annotations

from collections.abc import Callable

from ..ir.module import Block
from . import ast
from .lower_arrays import sized_array
from .lower_context import Context, Exit, Unsupported
from .lower_exprs import array_literal, condition, discard, value_as
from .lower_ops import default_value
from .lower_structs import copy_struct, is_struct


def statements(fx: Context, body: list[ast.Stmt]) -> None:
    """Lower statements in order; what stands behind a jump is dropped."""
    b, table = fx.b, STATEMENT
    for node in body:
        if b.terminated:
            return
        table[type(node)](fx, node)


def statement(fx: Context, node: ast.Stmt) -> None:
    """Lower one statement."""
    if not fx.b.terminated:
        STATEMENT[type(node)](fx, node)


def _block(fx: Context, node: ast.Stmt) -> None:
    assert isinstance(node, ast.Block)
    if any(isinstance(one, ast.LocalDecl) for one in node.body):
        before = fx.enter_scope(node.start, node.end)
        statements(fx, node.body)
        fx.b.scope = before
    else:
        statements(fx, node.body)


def _empty(fx: Context, node: ast.Stmt) -> None:
    pass


def _local(fx: Context, node: ast.Stmt) -> None:
    assert isinstance(node, ast.LocalDecl)
    for declarator in node.declarators:
        var = fx.typed.locals[declarator]
        if var.is_const:
            continue
        fx.b.pos = declarator.name.start
        fx.b.stmt = True
        init = declarator.init
        if isinstance(init, ast.ArrayInit):
            fx.declare(var, array_literal(fx, init, var.type))
        elif init is not None:
            made = value_as(fx, init, var.type)
            fx.b.pos = declarator.name.start
            fx.declare(var, made)
        elif var.dims:
            fx.declare(var, sized_array(fx, var.type, var.dims))
        else:
            fx.declare(var, default_value(fx, var.type))


def _expression(fx: Context, node: ast.Stmt) -> None:
    assert isinstance(node, ast.ExprStmt)
    fx.at(node)
    discard(fx, node.expr)


def _weight(fx: Context) -> int:
    return fx.b.module.blocks.weight[fx.b.block]


def _if(fx: Context, node: ast.Stmt) -> None:
    assert isinstance(node, ast.If)
    b = fx.b
    weight = _weight(fx)
    done = b.new_block(weight)
    current: ast.Stmt | None = node
    while isinstance(current, ast.If):
        fx.at(current)
        then = b.new_block(weight)
        other = b.new_block(weight) if current.other is not None else done
        condition(fx, current.cond, then, other)
        b.seal(then)
        b.start(then)
        statement(fx, current.then)
        if not b.terminated:
            b.jump(done)
        current = current.other
        if current is not None:
            b.seal(other)
            b.start(other)
            if not isinstance(current, ast.If):
                statement(fx, current)
                if not b.terminated:
                    b.jump(done)
    _join(fx, done)


def _join(fx: Context, done: Block) -> None:
    """Go on in a block if anything jumps to it; otherwise the code behind is unreachable."""
    b = fx.b
    b.seal(done)
    if b.reached(done):
        b.start(done)


def _while(fx: Context, node: ast.Stmt) -> None:
    assert isinstance(node, ast.While)
    fx.at(node)
    _loop(fx, node.cond, [], node.body)


def _for(fx: Context, node: ast.Stmt) -> None:
    assert isinstance(node, ast.For)
    before = fx.b.scope
    if isinstance(node.init, ast.LocalDecl):
        fx.enter_scope(node.start, node.end)
        _local(fx, node.init)
    else:
        fx.at(node)
        for expr in node.init:
            discard(fx, expr)
    fx.at(node)
    _loop(fx, node.cond, node.step, node.body)
    fx.b.scope = before


def _loop(fx: Context, cond: ast.Expr | None, step: list[ast.Expr], body: ast.Stmt) -> None:
    b = fx.b
    weight = _weight(fx)
    rotate = fx.program.level > 0
    head, again, done = b.new_block(weight + 1), b.new_block(weight + 1), b.new_block(weight)
    start = head if rotate or cond is None else again
    if cond is None:
        b.jump(head)
    elif rotate:
        condition(fx, cond, head, done)
    else:
        b.jump(again)
    if start == head:
        b.start(head)
    else:
        # not rotated: `again` holds step and test at the top, entered behind the step
        b.start(again)
        condition(fx, cond, head, done) if cond is not None else b.jump(head)
        b.seal(head)
        b.start(head)
    follow = b.new_block(weight + 1)
    depth = len(fx.tries)
    fx.loops.append((Exit(done, depth), Exit(follow, depth)))
    statement(fx, body)
    fx.loops.pop()
    if not b.terminated:
        b.jump(follow)
    b.seal(follow)
    if b.reached(follow):
        b.start(follow)
        for expr in step:
            b.pos = expr.start
            b.stmt = True
            discard(fx, expr)
        if cond is None:
            b.jump(head)
        elif rotate:
            b.pos = cond.start
            b.stmt = True
            condition(fx, cond, head, done)
        else:
            b.jump(again)
    b.seal(head)
    b.seal(again)
    _join(fx, done)


def _do(fx: Context, node: ast.Stmt) -> None:
    assert isinstance(node, ast.DoWhile)
    b = fx.b
    weight = _weight(fx)
    head, follow, done = b.new_block(weight + 1), b.new_block(weight + 1), b.new_block(weight)
    b.jump(head)
    b.start(head)
    depth = len(fx.tries)
    fx.loops.append((Exit(done, depth), Exit(follow, depth)))
    statement(fx, node.body)
    fx.loops.pop()
    if not b.terminated:
        b.jump(follow)
    b.seal(follow)
    if b.reached(follow):
        b.start(follow)
        b.pos = node.cond.start
        b.stmt = True
        condition(fx, node.cond, head, done)
    b.seal(head)
    _join(fx, done)


def _break(fx: Context, node: ast.Stmt) -> None:
    fx.at(node)
    LEAVE[0](fx, fx.loops[-1][0])


def _continue(fx: Context, node: ast.Stmt) -> None:
    fx.at(node)
    LEAVE[0](fx, fx.loops[-1][1])


def _return(fx: Context, node: ast.Stmt) -> None:
    assert isinstance(node, ast.Return)
    b = fx.b
    fx.at(node)
    made = 0
    if node.value is not None and fx.result.ir == 0:  # `=> e;` of a void function
        discard(fx, node.value)
    elif node.value is not None:
        made = value_as(fx, node.value, fx.result)
    b.pos = node.start
    if made and is_struct(fx.result):
        copy_struct(fx, fx.result_home, made, fx.result)
        made = 0
    if not fx.tries:
        b.ret(made)
        return
    if made:
        if not fx.result_slot:
            fx.result_slot = b.slot(8, 8)
        b.store(fx.result_slot, made)
    LEAVE[0](fx, Exit(0, 0))


def _checked(fx: Context, node: ast.Stmt) -> None:
    assert isinstance(node, ast.CheckedBlock)
    if node.kind == "unsafe":
        raise Unsupported("unsafe code", node.start, node.end)
    before, fx.unchecked = fx.unchecked, node.kind == "unchecked"
    _block(fx, node.body)
    fx.unchecked = before


def _unsupported(what: str) -> Callable[[Context, ast.Stmt], None]:
    def refuse(fx: Context, node: ast.Stmt) -> None:
        raise Unsupported(what, node.start, node.end)
    return refuse


LEAVE: list[Callable[[Context, Exit], None]] = []
"""How a jump out of blocks passes their finally bodies: lower_try, which stands above this file, puts itself here."""

STATEMENT: dict[type[ast.Stmt], Callable[[Context, ast.Stmt], None]] = {
    ast.Block: _block, ast.Empty: _empty, ast.LocalDecl: _local, ast.ExprStmt: _expression, ast.If: _if, ast.While: _while,
    ast.DoWhile: _do, ast.For: _for, ast.Break: _break, ast.Continue: _continue, ast.Return: _return,
    ast.CheckedBlock: _checked, ast.Foreach: _unsupported("foreach"), ast.Switch: _unsupported("switch"),
}
