"""What lowering keeps in its hands: the program-wide tables and the state of the function being lowered.

`Program` owns the IR module and the work list of the whole-program walk: asking for a function's, datum's or descriptor's symbol
makes it reachable. `Context` is one function in progress. The lowering functions in `lower_*.py` are plain functions over these.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from ..ir import traps
from ..ir import types as ir
from ..ir.builder import FunctionBuilder
from ..ir.module import Block, Data, DebugScope, DebugVar, Function, Module, Signature, SymbolId, Value
from ..support.diagnostics import Bag
from ..support.record import dataclass, field
from . import ast
from .typed import FieldSym, LocalVar, MethodSym, Typed
from .types import VOID, ClassType, Type


class Unsupported(Exception):
    """A construct that is checked but not compiled yet; carries its span. Reported as FS0899."""

    def __init__(self, what: str, start: int, end: int) -> None:
        super().__init__(what)
        self.what = what
        self.start = start
        self.end = end


@dataclass(slots=True, eq=False)
class Descriptor:
    """A type descriptor on its way: `data` is filled when the walk has ended and all used vtable slots are known."""

    type: Type
    boxed: bool
    data: Data
    id: SymbolId


class Program:
    """Program-wide state of lowering: symbols by what they stand for, and what is still to be lowered."""

    def __init__(self, typed: Typed, bag: Bag, level: int, debug: bool) -> None:
        self.typed = typed
        self.bag = bag
        self.level = level
        self.debug = debug
        self.module = Module()
        self.module.uses_recorded = level > 0
        self.pending: list[MethodSym] = []
        self.functions: dict[MethodSym, SymbolId] = {}
        self.default_ctors: dict[ClassType, SymbolId] = {}
        self.pending_ctors: list[ClassType] = []
        self.literals: dict[bytes, SymbolId] = {}
        self.statics: dict[FieldSym, SymbolId] = {}
        self.descriptors: dict[tuple[int, bool], Descriptor] = {}
        self.allocating: list[ClassType] = []   # structs whose array fields are being allocated, outermost first
        self.used_slots: set[object] = set()
        self.filled_slots: set[object] = set()
        self.slot_holders: dict[object, list[tuple[Descriptor, int]]] = {}
        self.new_slots: list[object] = []
        self.new_descriptors: list[Descriptor] = []
        self.debug_types: dict[int, int] = {}
        self.debug_pointers: dict[int, int] = {}
        self.static_bytes = 0
        self.traps_used: set[int] = set()
        self.numbers: dict[ClassType, tuple[int, int]] = {}

    def function(self, method: MethodSym) -> SymbolId:
        """Symbol of a function; the first request puts it on the work list."""
        known = self.functions.get(method)
        if known is None:
            params = [param.type.ir for param in method.params]
            if method.owner is not None and not method.is_static:
                params.insert(0, ir.PTR)
            result = ir.VOID if method.is_ctor else method.result.ir
            if isinstance(method.result, ClassType) and method.result.is_struct and not method.is_ctor:
                params.append(ir.PTR)
                result = ir.VOID
            known = self.declare(method.qualified, method.symbol, params, result)
            function = self.module.function(known)
            function.pos = method.pos
            function.runtime = method.file is not None and method.file.runtime
            self.functions[method] = known
            if not method.is_extern:
                self.pending.append(method)
        return known

    def declare(self, name: str, symbol: str, params: list[int], result: int) -> SymbolId:
        """A function symbol without a body yet; an existing one is returned as it is."""
        known = self.module.symbol_ids.get(symbol)
        if known is not None:
            return known
        return self.module.add_symbol(Function(name, symbol, Signature(tuple(params), result)))

    def library(self, name: str) -> SymbolId:
        """Symbol of a library function (docs/runtime.md)."""
        known = self.module.symbol_ids.get(name)
        if known is not None:
            return known
        return self.function(self.typed.library_function(name))

    def use_slot(self, key: object) -> None:
        """Make what a vtable slot holds reachable, in every class that is (`lower_data.vtable_key`)."""
        if key not in self.used_slots:
            self.used_slots.add(key)
            self.new_slots.append(key)

    def use_trap(self, kind: int) -> None:
        """Make a trap's handler reachable."""
        if kind not in self.traps_used:
            self.traps_used.add(kind)
            self.module.function(self.library(traps.TRAPS[kind].handler)).noreturn = True


class Exit(NamedTuple):
    """Where a jump out of a block goes: `target` (0: return from the function), which lies inside `depth` try statements."""

    target: Block
    depth: int


@dataclass(slots=True, eq=False)
class Context:
    """One function in progress.

    `storage` maps a local to its SSA variable, or to its stack slot's address when `in_memory`. Even then a local may be an SSA
    variable if no try statement stands in its scope, because then no landing pad sees it (`free`), or be a value like any other
    if it is never assigned again (`fixed`): `tries_at` are the positions of the try statements, None if all locals have slots.

    `loops` holds (break target, continue target) of the enclosing loops, `tries` the finally bodies around, `catching` the
    slots of the caught objects of the enclosing clauses, `caught` those of `catch (string e)` variables. `this_slot` is where
    `this` is kept when all locals have slots, `result_slot` where a return value waits while finally bodies run, `result_home`
    the hidden parameter of a function with a struct result.
    """

    program: Program
    b: FunctionBuilder
    typed: Typed
    method: MethodSym | None
    owner: ClassType | None
    in_memory: bool
    result: Type = VOID
    unchecked: bool = False
    this_value: Value = 0
    this_slot: Value = 0
    result_slot: Value = 0
    result_home: Value = 0
    storage: dict[LocalVar, int] = field(default_factory=dict)
    tries_at: list[int] | None = None
    free: set[LocalVar] = field(default_factory=set)
    fixed: set[LocalVar] = field(default_factory=set)
    loops: list[tuple[Exit, Exit]] = field(default_factory=list)
    tries: list[object] = field(default_factory=list)
    catching: list[Value] = field(default_factory=list)
    caught: dict[LocalVar, Value] = field(default_factory=dict)
    debug_vars: dict[LocalVar, int] = field(default_factory=dict)

    @property
    def this(self) -> Value:
        """The object of an instance method."""
        return self.b.load(ir.PTR, self.this_slot) if self.this_slot else self.this_value

    # -- traps -----------------------------------------------------------------------------------------------------

    def trapif(self, cond: Value, kind: int, values: tuple[Value, ...] = ()) -> None:
        """Raise a run-time error when `cond` holds."""
        self.program.use_trap(kind)
        self.b.trapif(cond, kind, values)

    def nullcheck(self, value: Value) -> None:
        """Raise NullPointerException when `value` is null."""
        self.program.use_trap(traps.NULL)
        self.b.nullcheck(value)

    def library(self, name: str, *args: Value) -> Value:
        """Call a library function."""
        return self.b.call(self.program.library(name), args)

    # -- locals ----------------------------------------------------------------------------------------------------

    def declare(self, var: LocalVar, value: Value) -> None:
        """Bring a local to life with its first value."""
        b = self.b
        known = self.storage.get(var)
        if isinstance(var.type, ClassType) and var.type.is_struct:
            self._declare_struct(var, var.type, value)
            return
        if self.in_memory and not self._needs_slot(var):
            if var in self.fixed:
                self.storage[var] = value
                if self.program.debug:
                    b.dbgvalue(value, self.debug_var(var))
                return
        elif self.in_memory:
            fresh = known is None
            if known is None:
                size = ir.SIZES[var.type.ir]
                known = b.slot(size, size)
                self.storage[var] = known
                if not var.arg:
                    fresh = not self._clear(var, known)
            b.store(known, value)
            if fresh and self.program.debug:
                b.dbgslot(known, self.debug_var(var))
            return
        if known is None:
            known = b.new_var(var.type.ir, self.debug_var(var) if self.program.debug else 0)
            self.storage[var] = known
        self.write(var, value)

    def _needs_slot(self, var: LocalVar) -> bool:
        """Where a local of a function whose locals are in memory lives: decided when it is declared."""
        if self.tries_at is None:
            return True
        if var in self.free or var in self.fixed:
            return False
        end = var.scope_end
        if end and not var.arg:
            first = bisect_left(self.tries_at, var.pos)
            if first == len(self.tries_at) or self.tries_at[first] >= end:
                self.free.add(var)
                return False
        if var.written:
            return True
        self.fixed.add(var)
        return False

    def _declare_struct(self, var: LocalVar, type_: ClassType, value: Value) -> None:
        from .lower_structs import copy_struct, temporary
        b = self.b
        if var.arg:  # the caller made this copy for us
            self.storage[var] = value
            if self.in_memory:
                home = b.slot(8, 8)
                b.store(home, value)
                if self.program.debug:
                    b.dbgslot(home, self.debug_var(var))
            elif self.program.debug:
                b.dbgvalue(value, self.debug_var(var))
            return
        known = self.storage.get(var)
        fresh = known is None
        if known is None:
            known = temporary(self, type_)
            self.storage[var] = known
            fresh = not self._clear(var, known)
        copy_struct(self, known, value, type_)
        if fresh and self.program.debug:
            b.dbgslot(known, self.debug_var(var))

    def _clear(self, var: LocalVar, slot: Value) -> bool:
        """At level 0 a debugger sees a variable before its declaration has run: with the default value, not with what the
        frame's memory happened to hold. True if that was arranged."""
        if self.program.level:
            return False
        cleared = self.b.clear_slot(slot)
        if self.program.debug:
            self.b.dbgslot(slot, self.debug_var(var), cleared)
        return True

    def read(self, var: LocalVar) -> Value:
        """Current value of a local (a struct's address)."""
        where = self.storage[var]
        if isinstance(var.type, ClassType) and var.type.is_struct:
            return where
        if var in self.fixed:
            return where
        return self.b.load(var.type.ir, where) if self.in_memory and var not in self.free else self.b.read(where)

    def write(self, var: LocalVar, value: Value) -> None:
        """Assign a local."""
        where = self.storage[var]
        if isinstance(var.type, ClassType) and var.type.is_struct:
            from .lower_structs import copy_struct
            copy_struct(self, where, value, var.type)
            return
        if self.in_memory and var not in self.free:
            self.b.store(where, value)
            return
        self.b.write(where, value)
        if self.program.debug:
            self.b.dbgvalue(value, self.debug_var(var))

    def debug_var(self, var: LocalVar) -> int:
        """Debug variable of a local."""
        known = self.debug_vars.get(var)
        if known is None:
            from .lower_data import debug_type
            module = self.program.module
            scope = self.function_scope() if var.arg else self.b.scope
            arg = var.arg and var.arg + (1 if self.this_value else 0)
            indirect = bool(var.arg) and isinstance(var.type, ClassType) and var.type.is_struct
            module.debug_vars.append(DebugVar(var.name, scope, debug_type(self.program, var.type), var.pos, arg,
                                              indirect=indirect))
            known = len(module.debug_vars) - 1
            self.debug_vars[var] = known
        return known

    def function_scope(self) -> int:
        """Debug scope of the function itself."""
        return self.program.module.function(self.b.symbol_id).scope

    # -- scopes ----------------------------------------------------------------------------------------------------

    def enter_scope(self, start: int, end: int) -> int:
        """Open a lexical block for debuggers; returns the scope to go back to."""
        before = self.b.scope
        if self.program.debug:
            scopes = self.program.module.debug_scopes
            scopes.append(DebugScope("block", before, self.b.symbol_id, start, end))
            self.b.scope = len(scopes) - 1
        return before

    def at(self, node: ast.Stmt) -> None:
        """The next instruction starts a statement."""
        self.b.pos = node.start
        self.b.stmt = True
