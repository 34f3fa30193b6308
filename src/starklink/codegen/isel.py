"""Instruction selection: an IR function becomes machine rows.

Blocks are visited in postorder and each block backwards, so every use is seen before its definition: a value nobody asked
for is skipped (dead, or folded into its user), the others get a vreg when first asked for. Values computed only for one
user of the same block are folded into it: addresses, constants, loads (if nothing is written in between), comparisons.

    v3 = shl v2, 3              load  v5 <- [v1 + v2*8 + 16]
    v4 = add v1, v3
    v5 = load v4, 16
    v6 = slt v5, v7             br [cmp rr.64 l] v5 v7 b1() b2()
    br v6, b1, b2
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from ..ir import ops
from ..ir.module import Function, Module
from ..ir.ops import ARGS, CALL, EFFECT, WRITE
from ..ir.types import BITS, BOOL, F32, F64, I64, IS_FLOAT, PTR
from . import machine as mc
from .isel_null import guarded_accesses, joins_bounds, stand_for_check
from .machine import Edge, Machine, Trap
from .shrinkwrap import early_part
from .target import FLOAT, FLOAT_ARGS, GENERAL, INT_ARGS

S32_MIN: Final = -0x80000000
S32_MAX: Final = 0x7FFFFFFF
TO_LIST_LIMIT: Final = 2_000_000
"""Modules with more rows than this are read through their memory views: slower, but no copies."""

# Size code (bytes as a power of two) of IR types.
SIZE: Final = (0, 0, 0, 1, 2, 3, 2, 3, 3)
# 32-bit operations clear the upper half of their register: a zero extension of these costs nothing.
CLEAN32: Final = frozenset((
    ops.ADD, ops.SUB, ops.MUL, ops.AND, ops.OR, ops.XOR, ops.SHL, ops.LSHR, ops.ASHR, ops.NEG, ops.NOT, ops.SADD_TRAP,
    ops.SSUB_TRAP, ops.SMUL_TRAP, ops.UADD_TRAP, ops.USUB_TRAP, ops.UMUL_TRAP, ops.LOAD))
_MAY_SHARE: Final = [number in (ops.TRUNC, ops.BITCAST, ops.ZEXT) for number in range(len(ARGS))]
CONSTANTS: Final = frozenset((ops.ICONST, ops.FCONST, ops.SYMADDR, ops.SLOT))
_UNCOUNTED: Final = frozenset((ops.DBGVALUE, ops.DBGSLOT))
_CHANGES: Final = WRITE | CALL
_PLAIN: Final = {"L--": 0, "---": 0, "I--": 0, "II-": 0, "YS-": 0, "V--": 1, "VS-": 1, "VV-": 2, "VVT": 2, "VVS": 2, "VVV": 3}
_COUNT: Final = [0 if number in _UNCOUNTED else _PLAIN.get(kinds, 4) for number, kinds in enumerate(ARGS)]
"""By op: the values it mentions are its first 0, 1, 2, 3 slots; 4: they must be looked for."""


Row: TypeAlias = tuple[int, int, int, int, int, int, int, int, int, int, int]
"""op, dst, a, b, base, index, mem, imm, aux, args, src: the columns of `Machine` before they are in layout order."""


class Columns:
    """The IR columns as fast sequences, and per-value facts shared by all functions of a module.

    `vreg`, `uses`, `epoch` are indexed by value; a value belongs to one function, so they never need clearing.
    """

    def __init__(self, module: Module) -> None:
        insts = module.insts
        rows = insts.rows
        small = rows <= TO_LIST_LIMIT

        def column(view: memoryview) -> Any:
            return view[:rows].tolist() if small else view

        self.module: Final = module
        self.op: Sequence[int] = column(insts.op)
        self.type: Sequence[int] = column(insts.type)
        self.flags: Sequence[int] = column(insts.flags)
        self.prev: Sequence[int] = column(insts.prev)
        self.next: Sequence[int] = column(insts.next)
        self.block: Sequence[int] = column(insts.block)
        self.a: Sequence[int] = column(insts.a)
        self.b: Sequence[int] = column(insts.b)
        self.c: Sequence[int] = column(insts.c)
        self.pos: Sequence[int] = column(insts.pos)
        self.scope: Sequence[int] = column(insts.scope)
        self.vreg = [0] * rows
        self.uses = [0] * rows
        self.epoch = [0] * rows


def postorder(module: Module, function: Function) -> list[int]:
    """Reachable blocks in postorder of a depth-first walk, landing pads counting as successors of what they guard."""
    entry = function.blocks[0]
    handler = module.blocks.handler
    seen = {entry}
    out: list[int] = []
    stack: list[tuple[int, list[int]]] = [(entry, [handler[entry], *module.successors(entry)[::-1]])]
    while stack:
        block, todo = stack[-1]
        while todo:
            succ = todo.pop()
            if succ and succ not in seen:
                seen.add(succ)
                stack.append((succ, [handler[succ], *module.successors(succ)[::-1]]))
                break
        else:
            stack.pop()
            out.append(block)
    return out


class Selector:
    """Selection of one function; `run` gives the machine rows. The lowering methods live in the isel_* modules."""

    def __init__(self, columns: Columns, function: Function, pool: Any, options: Any) -> None:
        self.columns: Final = columns
        self.module: Final = columns.module
        self.function: Final = function
        self.pool: Final = pool
        self.options: Final = options
        self.m: Final = Machine(function.symbol)
        self.rows: Final[list[Row]] = []
        self.op: Final = columns.op
        self.type: Final = columns.type
        self.a: Final = columns.a
        self.b: Final = columns.b
        self.c: Final = columns.c
        self.iblock: Final = columns.block
        self.vreg: Final = columns.vreg
        self.uses: Final = columns.uses
        self.epoch: Final = columns.epoch
        self.extra: Final = columns.module.extra
        self.at = 0                 # IR instruction being lowered
        self.block = 0              # IR block being lowered
        self.number = 0             # its number in layout order
        self.numbers: dict[int, int] = {}
        self.pending: list[tuple[int, int]] = []
        self.const_ids: dict[tuple[str, int, int], int] = {}
        self.mem_ids: dict[tuple[int, int, int], int] = {}
        self.slot_ids: dict[int, int] = {}
        self.guards: dict[int, int] = {}    # access -> the null check it may stand for
        self.folded: set[int] = set()       # null checks that accesses stand for

    # -- the walk ----------------------------------------------------------------------------------------------------

    def run(self, lower: Sequence[Any]) -> Machine:
        """Select all reachable blocks. `lower[op]` is the lowering function of an IR op, or None for pure constants."""
        m, module = self.m, self.module
        order = postorder(module, self.function)
        reachable = set(order)
        weights = module.blocks.weight
        layout = [b for b in self.function.blocks if b in reachable]
        entry = layout[0]
        layout = ([entry] + [b for b in layout if weights[b] and b != entry]
                  + [b for b in layout if not weights[b] and b != entry])
        early, framed = early_part(module, self.function, self.op) if self.options.shrink_wrap else ([], 0)
        if early:
            first = set(early)
            layout = early + [b for b in layout if b not in first]
        for number, block in enumerate(layout):
            self.numbers[block] = number
        if early:
            m.early, m.framed = len(early), self.numbers[framed]
        m.block_ids = layout
        m.weight = [weights[b] for b in layout]
        m.params = [[] for _ in layout]
        m.succs = [[] for _ in layout]
        m.preds = [[] for _ in layout]
        m.pads = [self.numbers[h] if (h := module.blocks.handler[b]) else -1 for b in layout]
        self.count_uses(layout)
        if self.options.fold_null:
            self.guards = guarded_accesses(self, layout)
        spans: dict[int, tuple[int, int]] = {}
        for block in order:
            start = len(self.rows)
            self.select_block(block, lower)
            spans[block] = (start, len(self.rows))
        self.arrange(layout, spans)
        return m

    def count_uses(self, layout: list[int]) -> None:
        """How often each value is used (debug uses aside), and how many writes precede each instruction in its block."""
        module = self.module
        first, following = module.blocks.first, self.columns.next
        op, a, b, c, uses, epoch = self.op, self.a, self.b, self.c, self.uses, self.epoch
        for block in layout:
            writes = 0
            inst = first[block]
            while inst:
                number = op[inst]
                how = _COUNT[number]
                epoch[inst] = writes
                if how:
                    if how < 4:
                        uses[a[inst]] += 1
                        if how > 1:
                            uses[b[inst]] += 1
                            if how > 2:
                                uses[c[inst]] += 1
                    else:
                        for value in module.operands(inst):
                            uses[value] += 1
                if EFFECT[number] & _CHANGES:
                    writes += 1
                inst = following[inst]

    def select_block(self, block: int, lower: Sequence[Any]) -> None:
        """Lower one block backwards."""
        self.block = block
        self.number = self.numbers[block]
        m = self.m
        op, prev, flags, vreg = self.op, self.columns.prev, self.columns.flags, self.vreg
        rows = self.rows
        stmt, guards = m.stmt, self.guards
        inst = self.module.blocks.last[block]
        while inst:
            number = op[inst]
            function = lower[number]
            if function is not None and (vreg[inst] or KEPT[number]):
                self.at = inst
                row = len(rows)
                function(self, inst)
                if guards and inst in guards:
                    stand_for_check(self, inst, row)
            if flags[inst] & ops.STMT and rows:
                stmt.setdefault(len(rows) - 1, inst)
            inst = prev[inst]
        if self.number == 0:
            self.row(mc.ENTRY, 0, args=self.entry_args())

    def arrange(self, layout: list[int], spans: dict[int, tuple[int, int]]) -> None:
        """Put the rows, made backwards, into layout order."""
        m, rows = self.m, self.rows
        position = [0] * len(rows)
        ordered: list[Row] = []
        for block in layout:
            start, end = spans[block]
            at = len(ordered)
            m.first.append(at)
            position[start:end] = range(at + end - start - 1, at - 1, -1)
            part = rows[start:end]
            part.reverse()
            ordered += part
        m.first.append(len(ordered))
        m.stmt = {position[old]: inst for old, inst in m.stmt.items()}
        m.faults = {position[old]: inst for old, inst in m.faults.items()}
        columns = list(map(list, zip(*ordered)))
        m.op, m.dst, m.a, m.b, m.base, m.index, m.mem, m.imm, m.aux, m.args, m.src = columns

    # -- rows and values ---------------------------------------------------------------------------------------------

    def row(self, op: int, dst: int, a: int = 0, b: int = 0, mem: tuple[int, int, int] | None = None, imm: int = 0,
            aux: int = 0, args: int = 0) -> None:
        """Append a row; `mem` is (base, index, mems entry). Constants asked for by its operands are made before it."""
        if mem is None:
            self.rows.append((op, dst, a, b, 0, 0, 0, imm, aux, args, self.at))
        else:
            self.rows.append((op, dst, a, b, mem[0], mem[1], mem[2], imm, aux, args, self.at))
        if self.pending:
            self.materialise()

    def materialise(self) -> None:
        """Rows for the constants that the row just appended wants in registers."""
        todo, self.pending = self.pending, []
        for const, vreg in todo:
            self.constant_row(const, vreg)

    def constant_row(self, const: int, vreg: int) -> None:
        """The row that puts an entry of `consts` into a vreg."""
        kind, x, y = self.m.consts[const]
        if kind == "i":
            self.row(mc.MOVI, vreg, imm=x)
        elif kind == "s":
            self.row(mc.MOVSYM, vreg, mem=(0, 0, self.mem_id(0, y, x)))
        elif kind == "a":
            self.row(mc.LEA, vreg, mem=(-x, 0, self.mem_id(0, y, 0)), aux=3)
        elif x == 0:
            self.row(mc.FZERO, vreg)
        else:
            self.row(mc.LOADF, vreg, mem=self.pool_mem(x, y), aux=y)

    def mem_id(self, scale: int, disp: int, symbol: int) -> int:
        """Entry of `mems` for (scale, displacement, symbol)."""
        key = (scale, disp, symbol)
        known = self.mem_ids.get(key)
        if known is None:
            known = self.mem_ids[key] = len(self.m.mems)
            self.m.mems.append(key)
        return known

    def pool_mem(self, bits: int, size: int) -> tuple[int, int, int]:
        """Memory operand of a constant in read-only data; size 2, 3, 4 = 4, 8, 16 bytes."""
        return 0, 0, self.mem_id(0, 0, -self.pool.constant(bits, 1 << size))

    def const_id(self, kind: str, x: int, y: int = 0) -> int:
        """Entry of `consts`."""
        key = (kind, x, y)
        known = self.const_ids.get(key)
        if known is None:
            known = self.const_ids[key] = len(self.m.consts)
            self.m.consts.append(key)
        return known

    def resolve(self, value: int) -> int:
        """The value whose register also holds `value`: truncations, casts and free zero extensions share it."""
        op, a, types = self.op, self.a, self.type
        while _MAY_SHARE[op[value]]:
            number = op[value]
            if number == ops.TRUNC:
                value = a[value]
            elif number == ops.BITCAST:
                if IS_FLOAT[types[value]] != IS_FLOAT[types[a[value]]]:
                    return value
                value = a[value]
            elif number == ops.ZEXT:
                inner = a[value]
                type_ = types[inner]
                number = op[inner]
                if number in CLEAN32 and (BITS[type_] == 32 or number == ops.LOAD):
                    value = inner
                else:
                    return value
        return value

    def reg(self, value: int) -> int:
        """A vreg holding the value at the instruction being lowered; constants get a fresh one."""
        known = self.vreg[value]
        if known and self.iblock[value] == self.block:
            return known
        value = self.resolve(value)
        number = self.op[value]
        if number in CONSTANTS:
            return self.constant_reg(value)
        return self.define(value)

    def define(self, value: int) -> int:
        """The vreg of a value that is no constant and needs no resolving."""
        vreg = self.vreg[value]
        if not vreg:
            vreg = self.vreg[value] = self.m.new_vreg(FLOAT if IS_FLOAT[self.type[value]] else GENERAL, value)
        if self.iblock[value] != self.block:
            blocks = self.m.cross.get(vreg)
            if blocks is None:
                self.m.cross[vreg] = {self.number}
            else:
                blocks.add(self.number)
        return vreg

    def constant_reg(self, value: int) -> int:
        """A fresh vreg for a constant, made just before the row that is appended next."""
        const = self.constant(value)
        vreg = self.m.new_vreg(FLOAT if self.m.consts[const][0] == "f" else GENERAL)
        self.m.remat[vreg] = const
        self.pending.append((const, vreg))
        return vreg

    def constant(self, value: int) -> int:
        """Entry of `consts` for a constant, an address of a symbol or of a slot."""
        number = self.op[value]
        if number == ops.ICONST:
            return self.const_id("i", self.module.imm(value))
        if number == ops.FCONST:
            return self.const_id("f", self.module.imm(value), SIZE[self.type[value]])
        if number == ops.SYMADDR:
            return self.const_id("s", self.a[value], self.module.disp(self.b[value]))
        return self.const_id("a", self.slot_of(value))

    def source(self, value: int) -> int:
        """A source word: a vreg, or minus an entry of `consts`."""
        value = self.resolve(value)
        return -self.constant(value) if self.op[value] in CONSTANTS else self.define(value)

    def slot_of(self, value: int) -> int:
        """Frame slot of a `slot` instruction."""
        known = self.slot_ids.get(value)
        if known is None:
            align = self.b[value] or 1
            if align > 16:
                raise ValueError(f"{self.function.name}: stack slot wants alignment {align}, at most 16 is possible")
            known = self.slot_ids[value] = self.m.new_slot(self.a[value], align, "local")
        return known

    def imm32(self, value: int) -> int | None:
        """The signed value of an integer constant that fits an immediate, else None."""
        if self.op[value] == ops.BITCAST:
            value = self.resolve_const(value)
        if self.op[value] != ops.ICONST:
            return None
        number = self.number_of(value)
        return number if S32_MIN <= number <= S32_MAX else None

    def number_of(self, value: int) -> int:
        """The signed value of an integer constant, as Module.imm gives it."""
        type_ = self.type[value]
        width = BITS[type_]
        bits = (self.a[value] | self.b[value] << 32) & (1 << width) - 1
        return bits - (1 << width) if bits >> width - 1 and type_ != BOOL and type_ != PTR else bits

    def resolve_const(self, value: int) -> int:
        """Looks through casts between integers of the same width."""
        while self.op[value] == ops.BITCAST and not IS_FLOAT[self.type[value]] and not IS_FLOAT[self.type[self.a[value]]]:
            value = self.a[value]
        return value

    def single(self, value: int) -> bool:
        """The value has one use and is computed in this block: its computation may move to the user."""
        return self.uses[value] == 1 and self.iblock[value] == self.block and not self.vreg[value]

    def folds_load(self, value: int, size: int) -> bool:
        """`value` is a load of that size (code) which may be done by the instruction being lowered."""
        return (self.op[value] == ops.LOAD and self.uses[value] == 1 and self.iblock[value] == self.block
                and self.epoch[value] == self.epoch[self.at] and SIZE[self.type[value]] == size and not self.vreg[value]
                and (value not in self.guards or joins_bounds(self, value)))

    # -- addresses ---------------------------------------------------------------------------------------------------

    def address(self, value: int, disp: int) -> tuple[int, int, int]:
        """(base, index, mems entry) of the memory at `value` + disp."""
        op, a, b, types = self.op, self.a, self.b, self.type
        if op[value] == ops.SLOT:
            return -self.slot_of(value), 0, self.mem_id(0, disp, 0)
        module = self.module
        while True:
            number = op[value]
            if number == ops.ADD and types[value] in (I64, PTR):
                other = self.resolve_const(b[value])
                if op[other] == ops.ICONST:
                    total = disp + module.imm(other)
                    if S32_MIN <= total <= S32_MAX:
                        disp = total
                        value = a[value]
                        continue
            elif number == ops.BITCAST and not IS_FLOAT[types[a[value]]]:
                value = a[value]
                continue
            break
        number = op[value]
        if number == ops.SYMADDR:
            total = disp + module.disp(b[value])
            if S32_MIN <= total <= S32_MAX:
                return 0, 0, self.mem_id(0, total, a[value])
        elif number == ops.SLOT:
            return -self.slot_of(value), 0, self.mem_id(0, disp, 0)
        elif number == ops.ADD and self.iblock[value] == self.block and types[value] in (I64, PTR):
            return self.indexed(a[value], b[value], disp)
        elif number == ops.ICONST and S32_MIN <= module.imm(value) + disp <= S32_MAX:
            return 0, 0, self.mem_id(0, module.imm(value) + disp, 0)
        return self.reg(value), 0, self.mem_id(0, disp, 0)

    def indexed(self, x: int, y: int, disp: int) -> tuple[int, int, int]:
        """The memory at x + y + disp."""
        scale, index = self.scaled(y)
        if scale == 1:
            other, swapped = self.scaled(x)
            if other > 1:
                x, scale, index = y, other, swapped
        while self.op[x] == ops.BITCAST and not IS_FLOAT[self.type[self.a[x]]]:
            x = self.a[x]
        number = self.op[x]
        if number == ops.ADD and self.iblock[x] == self.block:
            amount = self.imm32(self.b[x])
            if amount is not None and S32_MIN <= disp + amount <= S32_MAX:
                disp += amount
                x = self.a[x]
                number = self.op[x]
        if self.op[index] == ops.ADD and self.iblock[index] == self.block and self.type[index] == I64:
            amount = self.imm32(self.b[index])
            if amount is not None and S32_MIN <= disp + amount * scale <= S32_MAX:
                disp += amount * scale
                index = self.a[index]
        if number == ops.SYMADDR and self.options.absolute:
            total = disp + self.module.disp(self.b[x])
            if S32_MIN <= total <= S32_MAX:
                return 0, self.reg(index), self.mem_id(scale, total, self.a[x])
        base = -self.slot_of(x) if number == ops.SLOT else self.reg(x)
        return base, self.reg(index), self.mem_id(scale, disp, 0)

    def scaled(self, value: int) -> tuple[int, int]:
        """(scale, value) if `value` is another value of this block shifted by 1, 2 or 3, else (1, value)."""
        if self.op[value] == ops.SHL and self.iblock[value] == self.block and self.type[value] == I64:
            amount = self.imm32(self.b[value])
            if amount is not None and 0 < amount <= 3:
                return 1 << amount, self.a[value]
        return 1, value

    # -- edges, entry, traps -----------------------------------------------------------------------------------------

    def edge(self, slot: int) -> int:
        """Number of the machine edge for an E operand of the block being lowered."""
        m, module, extra = self.m, self.module, self.extra
        target = extra[slot]
        succ = self.numbers[target]
        count = extra[slot + 1]
        sources: tuple[int, ...] = ()
        if count:
            uses = self.uses
            params = module.block_params(target)
            live = [index for index, param in enumerate(params) if uses[param]]
            if live and not m.params[succ]:
                m.params[succ] = [self.param_vreg(params[index]) for index in live]
            sources = tuple([self.source(extra[slot + 2 + index]) for index in live])
        number = len(m.edges)
        m.edges.append(Edge(self.number, succ, sources))
        m.succs[self.number].append(number)
        m.preds[succ].append(number)
        return number

    def param_vreg(self, param: int) -> int:
        """The vreg of a block parameter."""
        vreg = self.vreg[param]
        if not vreg:
            vreg = self.vreg[param] = self.m.new_vreg(FLOAT if IS_FLOAT[self.type[param]] else GENERAL, param)
        return vreg

    def entry_args(self) -> int:
        """The extra list of (vreg, register) pairs for the parameters that are used; stack parameters get a home slot."""
        m = self.m
        pairs: list[int] = []
        ints, floats, stack = list(INT_ARGS), list(FLOAT_ARGS), 0
        for param in self.module.block_params(self.block):
            registers = floats if IS_FLOAT[self.type[param]] else ints
            place = registers.pop(0) if registers else -1
            if place < 0:
                stack += 8
            if not self.uses[param]:
                continue
            vreg = self.param_vreg(param)
            if place < 0:
                m.home[vreg] = m.new_slot(stack - 8, 8, "in")
                place = 32 + m.home[vreg]
            pairs += (vreg, place)
        return self.list_of(pairs, len(pairs) // 2)

    def list_of(self, words: Sequence[int], count: int) -> int:
        """A list in the machine's extra table, 0 when empty."""
        if not count:
            return 0
        extra = self.m.extra
        at = len(extra)
        extra.append(count)
        extra.extend(words)
        return at

    def trap(self, kind: int, sources: tuple[int, ...] = ()) -> int:
        """Number of a new trap stub of the instruction being lowered."""
        self.m.traps.append(Trap(kind, self.at, sources))
        return len(self.m.traps) - 1

    def float_size(self, value: int) -> int:
        """2 for F32, 3 for F64."""
        return 2 if self.type[value] == F32 else 3

    def is_float(self, value: int) -> bool:
        """The value lives in an SSE register."""
        return self.type[value] in (F32, F64)

    def is_bool(self, value: int) -> bool:
        """The value is a bool."""
        return self.type[value] == BOOL


KEPT: Final = [bool(effect & (ops.WRITE | ops.TRAP | ops.CALL | ops.TERM | ops.PIN)) for effect in EFFECT]
"""By op: it is lowered even if nobody uses its result."""
