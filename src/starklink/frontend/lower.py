"""Lowering: typed tree -> IR, as a whole-program walk from the entry point.

Only what the entry reaches becomes IR: functions, constructors, literals, descriptors, static storage and library functions are
made when something mentions them. Vtables hold only methods that some call can reach through them, so a method nobody calls
costs nothing. At level 0 locals live in stack slots (debuggers always find them), above they are SSA values from the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..ir import ops
from ..ir import types as ir
from ..ir.analysis.callgraph import bounded_stack
from ..ir.builder import FunctionBuilder
from ..ir.module import DebugScope, DebugVar, Module, SymbolId, Value
from ..support.diagnostics import Bag
from . import ast
from .check import ensure_checked
from .lower_arrays import sized_array
from .lower_calls import construct, default_ctor, needs_default_ctor
from .lower_context import Context, Program, Unsupported
from .lower_data import debug_type, descriptor, fill_descriptors, number_classes, static_storage, this_type
from .lower_exprs import array_literal, value_as
from .lower_ops import default_value
from .lower_size import locals_in_memory
from .lower_stmts import statements
from .lower_structs import has_sized_fields, is_struct, store_to
from .lower_try import tries_at
from .typed import FieldSym, MethodSym, Typed
from .types import STRING, VOID, ClassType, array_of

FEW_CHECKS: Final = 16
"""So many null checks (before the passes) are not worth the handler of faults."""


def lower(typed: Typed, bag: Bag, *, level: int = 0, debug: bool = True, roots: Sequence[str] = ("__start",),
          guard: Sequence[str] = ()) -> Module:
    """IR of everything reachable from the entry and the library functions `roots`, and from `guard` if calls can nest deeply
    or, at level 2, if there are many null checks.

    `typed.entry` must be set. Constructs that are not compiled yet are reported as FS0899 in `bag`.
    """
    program = Program(typed, bag, level, debug)
    number_classes(program)
    _guarded(program, _static_init)
    _guarded(program, _main)
    _walk(program, roots)
    program.module.entry = program.library(roots[0])
    if guard and (not bounded_stack(program.module, program.module.entry) or (level >= 2 and _many_null_checks(program.module))):
        _walk(program, guard)
    return program.module


def _many_null_checks(module: Module) -> bool:
    """A program with so many null checks may as well carry the handler of faults: then accesses make the checks."""
    insts = module.insts
    op, home = insts.op, insts.block
    checks = [inst for inst in range(1, insts.rows) if op[inst] == ops.NULLCHK and home[inst]]
    return len(checks) > FEW_CHECKS


def _walk(program: Program, roots: Sequence[str]) -> None:
    """Lower the library functions `roots` and all that they and what is pending reach."""
    for root in roots:
        program.module.function(program.library(root)).exported = True
    while True:
        while program.pending or program.pending_ctors:
            if program.pending:
                _guarded(program, _method, program.pending.pop())
            else:
                _guarded(program, _default_ctor, program.pending_ctors.pop())
        if not fill_descriptors(program):
            return


def _guarded(program: Program, step: object, *args: object) -> None:
    try:
        step(program, *args)  # type: ignore[operator]
    except Unsupported as found:
        program.bag.error("FS0899", found.start, found.end, f"{found.what} cannot be compiled yet")


def _begin(program: Program, symbol: SymbolId, pos: int, end: int, this: ClassType | None = None,
           method: MethodSym | None = None, in_memory: bool = False, tries: Sequence[int] = ()) -> Context:
    """Start a function: its debug scope, its builder, `this` and the parameters."""
    module = program.module
    function = module.function(symbol)
    function.pos, function.end_pos = pos, end
    if program.debug:
        module.debug_scopes.append(DebugScope("function", 0, symbol, pos, end))
        function.scope = len(module.debug_scopes) - 1
    b = FunctionBuilder(module, symbol, fold=program.level > 0)
    b.pos, b.scope = pos, function.scope
    fx = Context(program, b, program.typed, method, this, in_memory=program.level == 0 or in_memory or bool(tries),
                 tries_at=list(tries) or None)
    instance = this is not None and (method is None or not method.is_static)
    names: list[str] = []
    if instance:
        assert this is not None
        fx.this_value = b.param(ir.PTR)
        names.append("this")
    values: list[Value] = []
    if method is not None:
        values = [b.param(param.type.ir) for param in method.params]
        names.extend(param.name for param in method.params)
        fx.result = VOID if method.is_ctor else method.result
        if program.debug:
            function.result_type = debug_type(program, fx.result)
        if is_struct(fx.result):
            fx.result_home = b.param(ir.PTR)
    function.param_names = tuple(names)
    if instance and this is not None:
        _keep_this(fx, this, pos)
    if method is not None:
        for param, incoming in zip(method.params, values):
            fx.declare(param, incoming)
    return fx


def _keep_this(fx: Context, this: ClassType, pos: int) -> None:
    program, b = fx.program, fx.b
    incoming = fx.this_value
    in_slot = fx.in_memory and fx.tries_at is None
    if in_slot:
        home = b.slot(8, 8)
        b.store(home, incoming)
        fx.this_slot = home
    if program.debug:
        variables = program.module.debug_vars
        scope = program.module.function(b.symbol_id).scope
        variables.append(DebugVar("this", scope, this_type(program, this), pos, 1, True))
        if in_slot:
            b.dbgslot(fx.this_slot, len(variables) - 1)
        else:
            b.dbgvalue(incoming, len(variables) - 1)


def _finish(fx: Context, end: int) -> None:
    b = fx.b
    if not b.terminated:
        b.pos = max(end - 1, 0)
        b.stmt = True
        if fx.result.ir == ir.VOID:
            b.ret()
        else:  # the checker proved that the end is not reached
            from .lower_calls import end_noreturn
            end_noreturn(fx)
    b.finish()


def _method(program: Program, method: MethodSym) -> None:
    ensure_checked(program.typed, method)
    decl = method.decl
    assert decl is not None
    symbol = program.functions[method]
    if decl.body is None:
        return
    if method.is_async:
        raise Unsupported("async functions", decl.start, decl.end)
    large = program.level > 0 and locals_in_memory(method, decl.body)
    tries = tries_at(decl.body) if program.level > 0 and not large else []
    fx = _begin(program, symbol, decl.name.start, decl.end, method.owner, method, large, tries)
    if method.file is not None and method.file.runtime:
        fx.unchecked = True
    if isinstance(decl, ast.CtorDecl):
        _construction(fx, method, decl)
    statements(fx, decl.body.body)
    _finish(fx, decl.body.end)


def _construction(fx: Context, method: MethodSym, decl: ast.CtorDecl) -> None:
    """What a constructor does before its body (section 9): `: this(...)`, or initialisers and the base constructor."""
    owner = method.owner
    assert owner is not None
    call = fx.typed.ctor_chains.get(decl)
    if decl.chain == "this":
        assert call is not None and call.method is not None
        args = [value_as(fx, arg, type_) for arg, type_ in zip(decl.chain_args, call.params)]
        fx.b.pos = decl.chain_pos
        fx.b.call(fx.program.function(call.method), [fx.this, *args])
        return
    _initialise_fields(fx, owner)
    if owner.base is None:
        return
    fx.b.pos = decl.chain_pos or decl.name.start
    if call is not None and call.method is not None:
        args = [value_as(fx, arg, type_) for arg, type_ in zip(decl.chain_args, call.params)]
        fx.b.pos = decl.chain_pos or decl.name.start
        fx.b.call(fx.program.function(call.method), [fx.this, *args])
    else:
        _construct_base(fx, owner.base)


def _construct_base(fx: Context, base: ClassType) -> None:
    """Run the parameterless constructor of a base class on `this`."""
    for ctor in base.ctors:
        if not ctor.params:
            fx.b.call(fx.program.function(ctor), [fx.this])
            return
    if not base.ctors and needs_default_ctor(base):
        fx.b.call(default_ctor(fx, base), [fx.this])


def _initialise_fields(fx: Context, owner: ClassType) -> None:
    for one in owner.fields:
        if one.init is None and not one.dims and not has_sized_fields(one.type):
            continue
        fx.b.pos = one.pos
        fx.b.stmt = True
        store_to(fx, one.type, fx.this, _initial(fx, one), one.offset)


def _initial(fx: Context, one: FieldSym) -> Value:
    if isinstance(one.init, ast.ArrayInit):
        return array_literal(fx, one.init, one.type)
    if one.init is not None:
        return value_as(fx, one.init, one.type)
    if one.dims:
        return sized_array(fx, one.type, one.dims)
    return default_value(fx, one.type)


def _default_ctor(program: Program, owner: ClassType) -> None:
    """The constructor of a class that declares none."""
    fx = _begin(program, program.default_ctors[owner], owner.pos, owner.pos, owner)
    _initialise_fields(fx, owner)
    if owner.base is not None:
        _construct_base(fx, owner.base)
    _finish(fx, owner.pos)


def _static_init(program: Program) -> None:
    """`__static_init`: arrays that declarations with sizes allocate, which are there from the start (section 11), then
    non-constant initialisers of globals and static fields in order (section 16)."""
    symbol = program.declare("__static_init", "__static_init", [], ir.VOID)
    program.module.function(symbol).runtime = True
    fx = _begin(program, symbol, 0, 0)
    for one in sorted(program.typed.statics_in_order, key=lambda one: one.init is not None):
        fx.b.pos = one.pos
        fx.owner = one.owner
        made = _initial(fx, one)
        fx.b.pos = one.pos
        store_to(fx, one.type, fx.b.symaddr(static_storage(program, one)), made, 0)
    _finish(fx, 0)


def _main(program: Program) -> None:
    """`__main(argc, argv)`: makes what the entry function wants and gives its result (0 for void)."""
    entry = program.typed.entry
    assert entry is not None
    symbol = program.declare("__main", "__main", [ir.I64, ir.I64], ir.I64)
    program.module.function(symbol).runtime = True
    fx = _begin(program, symbol, 0, 0)
    b = fx.b
    count, vector = b.param(ir.I64), b.param(ir.I64)
    args: list[Value] = []
    method = entry.method
    if method.owner is not None and not method.is_static:
        ctor = next((one for one in method.owner.ctors if not one.params), None)
        args.append(construct(fx, method.owner, ctor, []))
    if entry.takes_args:
        desc = b.un(ops.BITCAST, ir.I64, b.symaddr(descriptor(program, array_of(STRING))))
        args.append(b.un(ops.BITCAST, ir.PTR, fx.library("__make_args", count, vector, desc)))
    result = b.call(program.function(method), args)
    b.ret(result if result else b.const(ir.I64, 0))
    b.finish()
