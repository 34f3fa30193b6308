"""FunctionBuilder: the fast emitter of a front end, with direct construction of SSA form.

Variables are numbers. `write` and `read` work block by block (Braun, Buchwald, Hack, Leissa, Mallon, Zwinkau: "Simple
and Efficient Construction of Static Single Assignment Form", 2013): reading in a sealed block asks its predecessors,
reading in a block whose predecessors are not all known makes a block parameter whose arguments are filled in by
`seal`. Three differences from the paper keep it linear: the search is a loop with its own stack, a join gets a
parameter only when its predecessors disagree or lie on a cycle, and a parameter found to be superfluous is only
marked (`_forward`); `finish` rewrites all uses at once, so values the caller still holds stay valid until then.

Edges hold only their explicit values while the function grows; `finish` adds the arguments of the variables'
parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ..support.arena import ArenaFull
from . import ops, traps
from .module import Block, Function, Module, SymbolId, Value, float_bits
from .ops import ARGS, DBGSLOT, DBGVALUE, FCONST, ICONST, PARAM, SLOT, STMT, SYMADDR, UNSIGNED
from .semantics import MASKS, evaluate
from .types import BOOL, I16, I32, I64, IS_FLOAT, PTR, VOID

_OPEN_READ: Final = -1
"""In a definition map: the variable is being looked up through this block right now."""
_QUIET: Final = frozenset((ICONST, FCONST, SYMADDR, SLOT, PARAM))
"""Ops that never carry the statement flag: they usually leave no instruction of their own."""


class BuildError(Exception):
    """The caller built something that is no function: an unterminated or unplaced block, a second terminator."""


class FunctionBuilder:
    """Emits the body of one function; see the module docstring. `finish()` must be called at the end.

    `pos`, `scope` and `weight` are copied into what is made next; `stmt` marks the next instruction as the first of a
    statement and is cleared by it. After a terminator further instructions go into a fresh unreachable block.
    """

    def __init__(self, module: Module, symbol_id: SymbolId, fold: bool = False) -> None:
        self.module: Final = module
        self.symbol_id: Final = symbol_id
        self.function: Final[Function] = module.function(symbol_id)
        self.fold: Final = fold
        self.block: Block = 0
        self.pos: int = 0
        self.scope: int = 0
        self.stmt: bool = False
        self.handler: Block = 0                             # landing pad of the blocks started from now on
        self._insts = module.insts
        self._last = module.blocks.last
        self._uses = module.use_records
        self._few_uses: Final = not module.uses_recorded
        self._extra = module.extra
        self._open: Block = 0                               # current block while it has no terminator
        self._consts: dict[tuple[int, int, int], Value] = {}   # constants of the current block
        self._var_types: list[int] = []
        self._var_debug: list[int] = []
        self._defs: dict[Block, dict[int, Value]] = {}      # block -> variable -> value (or _OPEN_READ)
        self._here: dict[int, Value] = {}                   # _defs of the current block
        self._preds: dict[Block, list[Block]] = {}          # block -> predecessors, one per edge
        self._edges: dict[Block, list[int]] = {}            # the same edges: where their E operand is kept
        self._sealed: set[Block] = set()
        self._placed: set[Block] = set()
        self._incomplete: dict[Block, list[tuple[Value, int]]] = {}
        self._phi_block: dict[Value, Block] = {}            # parameters made by `read`
        self._phi_var: dict[Value, int] = {}
        self._phi_args: dict[Value, list[Value]] = {}
        self._forward: dict[Value, Value] = {}              # superfluous parameter -> what it stands for
        self._last_param: dict[Block, Value] = {}
        self._last_slot: Value = 0
        self.entry: Final[Block] = self.new_block()
        self.start(self.entry)
        self.seal(self.entry)

    # -- blocks ------------------------------------------------------------------------------------------------------

    def new_block(self, weight: int = 1) -> Block:
        """A block that is not placed yet. `weight`: 0 cold, else loop depth + 1."""
        block = self.module.new_block(self.symbol_id)
        self.module.blocks.weight[block] = weight
        self._defs[block] = {}
        self._preds[block] = []
        self._edges[block] = []
        return block

    def start(self, block: Block) -> None:
        """Place a block behind the others and emit into it from now on. Raises BuildError if it was placed already."""
        if block in self._placed:
            raise BuildError(f"block {block} placed twice")
        if self._open:
            raise BuildError(f"block {self._open} has no terminator")
        self._placed.add(block)
        self.module.blocks.handler[block] = self.handler
        self.function.blocks.append(block)
        self.block = self._open = block
        self._here = self._defs[block]
        self._consts = {}

    def resume(self, block: Block) -> None:
        """Go on emitting into a placed block that has no terminator yet (the current one need not have one either)."""
        if block not in self._placed or self.module.terminator(block):
            raise BuildError(f"block {block} cannot be continued")
        self.block = self._open = block
        self._here = self._defs[block]
        self._consts = {}

    def seal(self, block: Block) -> None:
        """Say that all edges to the block exist now."""
        if block in self._sealed:
            return
        self._sealed.add(block)
        for param, var in self._incomplete.pop(block, ()):
            self._complete(param, var, block)

    def reached(self, block: Block) -> bool:
        """True if some edge to the block exists so far."""
        return bool(self._preds[block])

    @property
    def terminated(self) -> bool:
        """The current block has a terminator: what is emitted next is unreachable."""
        return not self._open

    def block_param(self, block: Block, type_: int) -> Value:
        """A further explicit parameter of a block; edges pass its argument in their `values`, in the same order."""
        return self._new_param(block, type_)

    def param(self, type_: int) -> Value:
        """The next parameter of the function."""
        return self._new_param(self.entry, type_)

    def _new_param(self, block: Block, type_: int) -> Value:
        module = self.module
        index = module.blocks.nparams[block]
        module.blocks.nparams[block] = index + 1
        inst = module.new_inst(PARAM, type_, index, pos=self.pos, scope=self.scope)
        last = self._last_param.get(block, 0)
        if last:
            module.insert_after(last, inst)
        elif module.blocks.first[block]:
            module.insert_before(module.blocks.first[block], inst)
        else:
            module.append(block, inst)
        self._last_param[block] = inst
        return inst

    # -- instructions ------------------------------------------------------------------------------------------------

    def _row(self, op: int, type_: int, a: int, b: int, c: int) -> Value:
        """A new instruction at the end of the current block, without use records."""
        block = self._open
        if not block:
            block = self._fresh()
        t = self._insts
        inst = t.rows
        if inst >= t.capacity:
            raise ArenaFull("Insts")
        t.rows = inst + 1
        # Fresh rows are zero, and many cells stay so.
        t.op[inst] = op
        t.type[inst] = type_
        t.block[inst] = block
        if self.stmt and op not in _QUIET:
            t.flags[inst] = STMT
            self.stmt = False
        last = self._last
        before = last[block]
        if before:
            t.prev[inst] = before
            t.next[before] = inst
        else:
            self.module.blocks.first[block] = inst
        last[block] = inst
        if a:
            t.a[inst] = a
        if b:
            t.b[inst] = b
        if c:
            t.c[inst] = c
        t.pos[inst] = self.pos
        if self.scope:
            t.scope[inst] = self.scope
        return inst

    def _use(self, value: Value, user: Value) -> None:
        if self._few_uses and value not in self._phi_block:
            return
        records = self._uses
        record = records.rows
        if record >= records.capacity:
            raise ArenaFull("Uses")
        records.rows = record + 1
        records.user[record] = user
        first = self._insts.first_use
        records.next[record] = first[value]
        first[value] = record

    def _fresh(self) -> Block:
        """Open an unreachable block, for code behind a terminator."""
        block = self.new_block(0)
        self.start(block)
        self._sealed.add(block)
        return block

    def emit(self, op: int, type_: int, a: int = 0, b: int = 0, c: int = 0) -> Value:
        """Any instruction that is no terminator, slots as in the op table."""
        inst = self._row(op, type_, a, b, c)
        args = ARGS[op]
        if args == "VV-":
            self._use(a, inst)
            self._use(b, inst)
        elif args[0] == "V" and args[1] in "-SID" and args[2] in "-SID":
            self._use(a, inst)
        elif args != "L--":
            self.module.record_uses(inst)
        return inst

    def const(self, type_: int, value: int) -> Value:
        """An integer, bool or pointer constant (taken modulo the width); one per block and value."""
        value &= MASKS[type_]
        key = (ICONST, type_, value)
        known = self._consts.get(key)
        if known is not None and self._open:
            return known
        inst = self._row(ICONST, type_, value & 0xFFFFFFFF, value >> 32, 0)
        self._consts[key] = inst
        return inst

    def fconst(self, type_: int, value: float) -> Value:
        """A float constant of type F32 or F64."""
        return self._bits(type_, float_bits(value, type_))

    def _bits(self, type_: int, bits: int) -> Value:
        """A constant of any type from its bit pattern."""
        if not IS_FLOAT[type_]:
            return self.const(type_, bits)
        key = (FCONST, type_, bits)
        known = self._consts.get(key)
        if known is not None and self._open:
            return known
        inst = self._row(FCONST, type_, bits & 0xFFFFFFFF, bits >> 32, 0)
        self._consts[key] = inst
        return inst

    def symaddr(self, symbol_id: SymbolId, offset: int = 0) -> Value:
        """Address of a symbol plus a signed 32-bit offset."""
        key = (SYMADDR, symbol_id, offset)
        known = self._consts.get(key)
        if known is not None and self._open:
            return known
        inst = self._row(SYMADDR, PTR, symbol_id, offset & 0xFFFFFFFF, 0)
        self._consts[key] = inst
        return inst

    def slot(self, size: int, align: int) -> Value:
        """Address of a stack slot, made in the entry block."""
        module = self.module
        inst = module.new_inst(SLOT, PTR, size, align, pos=self.pos, scope=self.scope)
        anchor = self._last_slot or self._last_param.get(self.entry, 0)
        if anchor:
            module.insert_after(anchor, inst)
        elif module.blocks.first[self.entry]:
            module.insert_before(module.blocks.first[self.entry], inst)
        else:
            module.append(self.entry, inst)
        self._last_slot = inst
        return inst

    def clear_slot(self, slot: Value) -> Value:
        """Zero a stack slot at the function's beginning; returns the instruction that does it."""
        module, insts = self.module, self._insts
        size = insts.a[slot]
        direct = {1: BOOL, 2: I16, 4: I32, 8: I64}.get(size, 0)
        number = module.new_inst(ICONST, direct or I64, 0 if direct else size, pos=self.function.pos, scope=self.function.scope)
        module.insert_after(slot, number)
        inst = module.new_inst(ops.STORE if direct else ops.ZERO, VOID, slot, number, pos=self.function.pos,
                               scope=self.function.scope)
        return module.insert_after(number, inst)

    def un(self, op: int, type_: int, a: Value) -> Value:
        """An op of one value; `type_` is the result type."""
        if self.fold:
            known = self._fold(op, type_, a)
            if known:
                return known
        inst = self._row(op, type_, a, 0, 0)
        self._use(a, inst)
        return inst

    def bin(self, op: int, type_: int, a: Value, b: Value) -> Value:
        """An op of two values; `type_` is the result type."""
        if self.fold:
            known = self._fold(op, type_, a, b)
            if known:
                return known
        inst = self._row(op, type_, a, b, 0)
        self._use(a, inst)
        self._use(b, inst)
        return inst

    def cmp(self, op: int, a: Value, b: Value) -> Value:
        """A comparison of two values: a bool."""
        return self.bin(op, BOOL, a, b)

    def select(self, type_: int, cond: Value, yes: Value, no: Value) -> Value:
        """`yes` if the bool `cond` is 1, else `no`."""
        return self.emit(ops.SELECT, type_, cond, yes, no)

    def trapping(self, op: int, type_: int, a: Value, b: Value, kind: int) -> Value:
        """Checked arithmetic (sadd_trap ..): trap `kind` if the result does not fit."""
        if self.fold:
            known = self._fold(op, type_, a, b)
            if known:
                return known
        inst = self._row(op, type_, a, b, kind)
        self._use(a, inst)
        self._use(b, inst)
        return inst

    def trapif(self, cond: Value, kind: int, values: Sequence[Value] = ()) -> None:
        """Trap if the bool `cond` is 1; `values` are the handler's arguments (ir.traps)."""
        if self.fold and self._insts.op[cond] == ICONST and not self._insts.a[cond]:
            return
        inst = self._row(ops.TRAPIF, VOID, cond, kind, self.module.value_list(values))
        self._use(cond, inst)
        for value in values:
            self._use(value, inst)

    def nullcheck(self, p: Value) -> None:
        """Trap if the pointer is null."""
        self._use(p, self._row(ops.NULLCHK, VOID, p, 0, 0))

    def bounds(self, index: Value, length: Value, kind: int = traps.INDEX) -> None:
        """Trap unless index < length, both unsigned."""
        inst = self._row(ops.BOUNDS, VOID, index, length, kind)
        if kind == traps.INDEX_U:
            self._insts.flags[inst] |= UNSIGNED
        self._use(index, inst)
        self._use(length, inst)

    def load(self, type_: int, address: Value, disp: int = 0, flags: int = 0) -> Value:
        """Read memory at address + disp; `flags`: ops.INVARIANT."""
        inst = self._row(ops.LOAD, type_, address, disp & 0xFFFFFFFF, 0)
        if flags:
            self._insts.flags[inst] |= flags
        self._use(address, inst)
        return inst

    def store(self, address: Value, value: Value, disp: int = 0) -> None:
        """Write a value of its own type to address + disp."""
        inst = self._row(ops.STORE, VOID, address, value, disp & 0xFFFFFFFF)
        self._use(address, inst)
        self._use(value, inst)

    def call(self, symbol_id: SymbolId, values: Sequence[Value] = ()) -> Value:
        """Call a function; the result, 0 for a void function."""
        result = self.module.function(symbol_id).signature.result
        inst = self._row(ops.CALL_OP, result, self.module.value_list(values), symbol_id, 0)
        for value in values:
            self._use(value, inst)
        return inst if result else 0

    def calli(self, signature_id: int, fn: Value, values: Sequence[Value] = ()) -> Value:
        """Call through a function address; the result, 0 for void."""
        result = self.module.signatures[signature_id].result
        inst = self._row(ops.CALLI, result, self.module.value_list(values), fn, signature_id)
        for value in values:
            self._use(value, inst)
        self._use(fn, inst)
        return inst if result else 0

    def dbgvalue(self, value: Value, var: int) -> None:
        """From here on debug variable `var` is `value` (0: not available)."""
        inst = self._row(DBGVALUE, VOID, value, var, 0)
        if value:
            self._use(value, inst)

    def dbgslot(self, slot: Value, var: int, behind: Value = 0) -> None:
        """Debug variable `var` lives in that stack slot, from here on or from behind an instruction."""
        if behind:
            self.module.insert_after(behind, self.module.new_inst(DBGSLOT, VOID, slot, var, pos=0, scope=0))
        else:
            self._use(slot, self._row(DBGSLOT, VOID, slot, var, 0))

    # -- terminators -------------------------------------------------------------------------------------------------

    def _edge(self, holder: int, target: Block, values: Sequence[Value]) -> None:
        """Note an edge from the current block; `holder` says where its E operand is (see `_edge_slot`)."""
        if target in self._sealed:
            raise BuildError(f"edge to block {target}, which is sealed")
        self._preds[target].append(self.block)
        self._edges[target].append(holder)
        if values:
            user = self._insts.rows - 1
            for value in values:
                self._use(value, user)

    def jump(self, target: Block, values: Sequence[Value] = ()) -> None:
        """Go to a block; `values` for its explicit parameters."""
        inst = self._row(ops.JUMP, VOID, self.module.edge(target, values), 0, 0)
        self._edge(inst * 4, target, values)
        self._open = 0

    def br(self, cond: Value, then: Block, other: Block, then_values: Sequence[Value] = (),
           other_values: Sequence[Value] = ()) -> None:
        """Go to `then` if the bool `cond` is 1, else to `other`."""
        edge = self.module.edge
        inst = self._row(ops.BR, VOID, cond, edge(then, then_values), edge(other, other_values))
        self._use(cond, inst)
        self._edge(inst * 4 + 1, then, then_values)
        self._edge(inst * 4 + 2, other, other_values)
        self._open = 0

    def switch(self, value: Value, cases: Mapping[int, Block] | Sequence[tuple[int, Block]], default: Block) -> None:
        """Go to the block of the first case equal to `value`, else to `default`."""
        module = self.module
        pairs = list(cases.items() if isinstance(cases, Mapping) else cases)
        table = module.switch_table([(constant, module.edge(block)) for constant, block in pairs])
        inst = self._row(ops.SWITCH, VOID, value, table, module.edge(default))
        self._use(value, inst)
        for number, (_, block) in enumerate(pairs):
            self._edge(-(table + 3 + 3 * number), block, ())
        self._edge(inst * 4 + 2, default, ())
        self._open = 0

    def ret(self, value: Value = 0) -> None:
        """Return; 0 from a void function."""
        inst = self._row(ops.RET, VOID, value, 0, 0)
        if value:
            self._use(value, inst)
        self._open = 0

    def trap(self, kind: int, values: Sequence[Value] = ()) -> None:
        """Raise a trap; nothing comes after it."""
        inst = self._row(ops.TRAP_OP, VOID, kind, self.module.value_list(values), 0)
        for value in values:
            self._use(value, inst)
        self._open = 0

    # -- folding while building --------------------------------------------------------------------------------------

    def _fold(self, op: int, type_: int, a: Value, b: Value = 0) -> Value:
        """A known value for the operation, or 0: constants only, and the commonest neutral elements."""
        t = self._insts
        column = t.op
        op_b = column[b] if b else ICONST
        if op_b != ICONST and op_b != FCONST:
            return 0
        op_a = column[a]
        if op_a in (ICONST, FCONST):
            bits = evaluate(op, t.type[a], type_, t.a[a] | t.b[a] << 32, t.a[b] | t.b[b] << 32)
            return 0 if bits is None else self._bits(type_, bits)
        if b and op_b == ICONST:
            neutral = _NEUTRAL.get(op)
            if neutral is not None and t.a[b] == neutral and not t.b[b]:
                return a
        return 0

    # -- variables ---------------------------------------------------------------------------------------------------

    def new_var(self, type_: int, debug: int = 0) -> int:
        """A variable of an IR type. With a debug variable id, block parameters made for it get a dbgvalue."""
        self._var_types.append(type_)
        self._var_debug.append(debug)
        return len(self._var_types) - 1

    def declare(self, type_: int, debug: int = 0) -> int:
        """`new_var` under its other name."""
        return self.new_var(type_, debug)

    def write(self, var: int, value: Value) -> None:
        """Assign the variable in the current block."""
        if not self._open:
            self._fresh()
        self._here[var] = value

    def read(self, var: int) -> Value:
        """The variable's value here. A variable nobody wrote is 0 of its type."""
        if not self._open:
            self._fresh()
        value = self._here.get(var)
        if value is None:
            value = self._lookup(var, self.block)
        return self.resolve(value) if value in self._forward else value

    def resolve(self, value: Value) -> Value:
        """What a value returned earlier by `read` stands for now."""
        forward = self._forward
        target = forward.get(value, value)
        while target in forward:
            target = forward[target]
        while value != target:
            forward[value], value = target, forward[value]
        return target

    def _lookup(self, var: int, block: Block) -> Value:
        defs, sealed, preds = self._defs, self._sealed, self._preds
        stack = [block]
        opened: set[Block] = set()
        while stack:
            at = stack[-1]
            here = defs[at]
            if at in opened:
                opened.discard(at)
                stack.pop()
                sources = preds[at]
                if len(sources) == 1 and here[var] == _OPEN_READ != defs[sources[0]][var]:
                    here[var] = defs[sources[0]][var]
                else:
                    self._close(var, at)
            elif var in here:
                stack.pop()
            elif at not in sealed:
                stack.pop()
                here[var] = param = self._variable_param(var, at)
                self._incomplete.setdefault(at, []).append((param, var))
            elif not preds[at]:
                stack.pop()
                here[var] = self._undefined(var, at)
            else:
                here[var] = _OPEN_READ
                opened.add(at)
                for pred in preds[at]:
                    if var not in defs[pred]:
                        stack.append(pred)
        return defs[block][var]

    def _close(self, var: int, block: Block) -> None:
        """All predecessors know the variable or are being looked up themselves: settle its value in `block`."""
        defs = self._defs
        values = [defs[pred][var] for pred in self._preds[block]]
        if _OPEN_READ in values:
            for index, pred in enumerate(self._preds[block]):
                if defs[pred][var] == _OPEN_READ:
                    defs[pred][var] = self._variable_param(var, pred)
                values[index] = defs[pred][var]
        here = defs[block]
        known = here[var]
        if known != _OPEN_READ:
            self._complete(known, var, block)
            return
        if self._forward:
            values = [self.resolve(value) for value in values]
        first = values[0]
        if values.count(first) == len(values):
            here[var] = first
        else:
            here[var] = param = self._variable_param(var, block)
            self._phi_args[param] = values

    def _complete(self, param: Value, var: int, block: Block) -> None:
        """Give a variable's parameter its arguments; mark it superfluous if they are all alike."""
        defs = self._defs
        values: list[Value] = []
        for pred in self._preds[block]:
            if var not in defs[pred]:
                self._lookup(var, pred)
            values.append(self.resolve(defs[pred][var]))
        self._phi_args[param] = values
        self._simplify(param, values)

    def _simplify(self, param: Value, values: list[Value]) -> bool:
        """Forward a parameter whose arguments are itself and one other value."""
        same = 0
        for value in values:
            if value != same and value != param:
                if same:
                    return False
                same = value
        if not same:
            same = self._undefined(self._phi_var[param], self._phi_block[param])
        self._forward[param] = same
        return True

    def _variable_param(self, var: int, block: Block) -> Value:
        param = self._new_param(block, self._var_types[var])
        self._phi_block[param] = block
        self._phi_var[param] = var
        return param

    def _undefined(self, var: int, block: Block) -> Value:
        """A zero at the start of a block, for variables read before they were written (unreachable or invalid code)."""
        type_ = self._var_types[var]
        module = self.module
        inst = module.new_inst(FCONST if IS_FLOAT[type_] else ICONST, type_)
        first = module.blocks.first[block]
        anchor = self._last_param.get(block, 0) or (first if self._insts.op[first] == ops.LANDING else 0)
        if anchor:
            module.insert_after(anchor, inst)
        elif first:
            module.insert_before(first, inst)
        else:
            module.append(block, inst)
        return inst

    # -- the end -----------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Seal what is left, drop unreachable blocks and superfluous parameters, write the edges' arguments.

        Raises BuildError for a reachable block that has no terminator or was never placed.
        """
        for block in list(self._preds):
            self.seal(block)
        live = self._reachable()
        self._drop_unreachable(live)
        self._settle_params()
        self._write_edges(live)
        if self._forward:
            self._rewrite_uses()
        self._open = 0

    def _reachable(self) -> set[Block]:
        module = self.module
        live = {self.entry}
        todo = [self.entry]
        while todo:
            block = todo.pop()
            if block not in self._placed:
                raise BuildError(f"{self.function.name}: block {block} is a jump target but was never placed")
            if not module.terminator(block):
                raise BuildError(f"{self.function.name}: block {block} has no terminator")
            pad = module.blocks.handler[block]
            for target in [*module.successors(block), pad] if pad else module.successors(block):
                if target not in live:
                    live.add(target)
                    todo.append(target)
        return live

    def _drop_unreachable(self, live: set[Block]) -> None:
        dead = [block for block in self._preds if block not in live]
        if not dead:
            return
        module = self.module
        gone = set(dead)
        self.function.blocks[:] = [block for block in self.function.blocks if block in live]
        for block in dead:
            for inst in module.instructions(block):
                module.remove(inst)
        for param in [param for param, block in self._phi_block.items() if block in gone]:
            del self._phi_block[param]
            self._phi_args.pop(param, None)
            self._forward.pop(param, None)
        for param, block in self._phi_block.items():
            args = self._phi_args[param]
            preds = self._preds[block]
            if not gone.isdisjoint(preds):
                self._phi_args[param] = [value for value, pred in zip(args, preds) if pred in live]
        for block in live:
            preds = self._preds[block]
            if not gone.isdisjoint(preds):
                self._edges[block] = [edge for edge, pred in zip(self._edges[block], preds) if pred in live]
                self._preds[block] = [pred for pred in preds if pred in live]

    def _settle_params(self) -> None:
        """Forward superfluous parameters until none is left: forwarding one may make its users superfluous."""
        users: dict[Value, list[Value]] = {}
        args = self._phi_args
        forward = self._forward
        todo: list[Value] = []
        for param in self._phi_block:
            if param in forward:
                continue
            values = args[param] = [self.resolve(value) for value in args[param]]
            todo.append(param)
            for value in values:
                if value in self._phi_block and value != param:
                    users.setdefault(value, []).append(param)
        while todo:
            param = todo.pop()
            if param in forward:
                continue
            values = args[param] = [self.resolve(value) for value in args[param]]
            if self._simplify(param, values):
                target = self.resolve(param)
                followers = users.pop(param, [])
                todo.extend(followers)
                if target in self._phi_block:
                    users.setdefault(target, []).extend(followers)

    def _write_edges(self, live: set[Block]) -> None:
        """Renumber the parameters of joins and extend the edges to them."""
        module, insts, extra = self.module, self._insts, self._extra
        by_block: dict[Block, list[Value]] = {}
        for param, block in self._phi_block.items():
            by_block.setdefault(block, []).append(param)
        for block, phis in by_block.items():
            if all(param in self._forward for param in phis):
                if len(phis) == module.blocks.nparams[block]:
                    for param in phis:
                        self._retire(param)
                    module.blocks.nparams[block] = 0
                    continue
            explicit: dict[Value, int] = {}
            kept: list[Value] = []
            for param in module.block_params(block):
                if param not in self._phi_block:
                    explicit[param] = len(explicit)
                if param not in self._forward:
                    insts.a[param] = len(kept)
                    kept.append(param)
            for param in phis:
                if param in self._forward:
                    self._retire(param)
            module.blocks.nparams[block] = len(kept)
            columns = [(explicit[param], None) if param in explicit else (0, self._phi_args[param]) for param in kept]
            for number, holder in enumerate(self._edges[block]):
                old = self._edge_slot(holder)
                passed = extra[old + 2:old + 2 + extra[old + 1]]
                values = [passed[index] if args is None else self.resolve(args[number]) for index, args in columns]
                self._set_edge_slot(holder, module.edge(block, values))
                user = holder >> 2 if holder > 0 else self.module.blocks.last[self._preds[block][number]]
                for value in values:
                    self._use(value, user)
            self._describe(block, kept)

    def _retire(self, param: Value) -> None:
        """Take a superfluous parameter out of its block but keep its use records for `_rewrite_uses`."""
        first = self._insts.first_use[param]
        self.module.remove(param)
        self._insts.first_use[param] = first

    def _describe(self, block: Block, params: list[Value]) -> None:
        """Tell debuggers that variables live in the new parameters."""
        anchor = params[-1] if params else 0
        for param in params:
            var = self._phi_var.get(param)
            debug = self._var_debug[var] if var is not None else 0
            if debug:
                inst = self.module.new_inst(DBGVALUE, VOID, param, debug, pos=0, scope=0)
                anchor = self.module.insert_after(anchor, inst)

    def _edge_slot(self, holder: int) -> int:
        if holder < 0:
            return self._extra[-holder]
        slot = holder & 3
        column = self._insts.a if slot == 0 else self._insts.b if slot == 1 else self._insts.c
        return column[holder >> 2]

    def _set_edge_slot(self, holder: int, edge: int) -> None:
        if holder < 0:
            self._extra[-holder] = edge
            return
        slot = holder & 3
        column = self._insts.a if slot == 0 else self._insts.b if slot == 1 else self._insts.c
        column[holder >> 2] = edge

    def _rewrite_uses(self) -> None:
        """Replace superfluous parameters wherever they are mentioned."""
        module = self.module
        for param in list(self._forward):
            if self._insts.first_use[param]:
                module.replace_all_uses(param, self.resolve(param))


_NEUTRAL: Final[dict[int, int]] = {
    ops.ADD: 0, ops.SUB: 0, ops.MUL: 1, ops.OR: 0, ops.XOR: 0, ops.SHL: 0, ops.LSHR: 0, ops.ASHR: 0,
    ops.SDIV: 1, ops.UDIV: 1, ops.SADD_TRAP: 0, ops.SSUB_TRAP: 0, ops.SMUL_TRAP: 1, ops.UADD_TRAP: 0,
    ops.USUB_TRAP: 0, ops.UMUL_TRAP: 1,
}
"""Right operands that leave the left one unchanged."""
