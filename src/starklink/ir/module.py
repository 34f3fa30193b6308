"""The IR: what a module is. Columns in arenas, 32-bit indices, 0 = none.

An instruction is one row of at most 40 bytes and its index is the value it defines (SSA). Instructions of a block are
a doubly linked chain `prev`/`next`; the block's parameters are its first instructions (op `param`, slot a = position)
and stand for phis: every edge to the block passes one value per parameter. The last instruction of a block is its
terminator.

Uses of a value are a chain of records (user, slot) starting at `first_use`. Chains are *stale tolerant*: removing or
rewriting an instruction leaves its old records behind and readers skip those that no longer hold (`Module.users`).
A module that no pass is going to change need not have them (`uses_recorded`).

Coarse things (functions, data, signatures, debug scopes, variables and types) are Python objects in lists; their list
index is their id. Functions and data share one list, `symbols`, because both are things that have an address.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from struct import pack, unpack
from typing import ClassVar, Final, NamedTuple, TypeAlias

from ..support.record import dataclass, field
from ..support.tables import Table
from .ops import ARGS, CALL_OP, CALLI, FCONST, ICONST, JUMP, NOP, OPS, PARAM, STMT, SYMADDR, TERM, TRAP_OP, TRAPIF, VALUE_SLOTS
from .types import BITS, F32, VOID

Value: TypeAlias = int
Block: TypeAlias = int
SymbolId: TypeAlias = int

INST_CAPACITY: Final = 1 << 26
EXTRA_CAPACITY: Final = 1 << 27


class Insts(Table):
    """Instruction rows, 39 bytes each. Slots a, b, c are described by the op table."""

    COLUMNS: ClassVar = {"op": "B", "type": "B", "flags": "B", "prev": "I", "next": "I", "block": "I", "a": "I", "b": "I",
                         "c": "I", "first_use": "I", "pos": "I", "scope": "I"}
    op: memoryview[int]
    type: memoryview[int]
    flags: memoryview[int]
    prev: memoryview[int]
    next: memoryview[int]
    block: memoryview[int]
    a: memoryview[int]
    b: memoryview[int]
    c: memoryview[int]
    first_use: memoryview[int]
    pos: memoryview[int]
    scope: memoryview[int]


class Blocks(Table):
    """Block rows. `weight`: 0 cold, else loop depth + 1. `handler`: block that takes exceptions raised inside this one (0: the
    caller); a handler block has no parameters and no other way in, and starts with `landing` if it wants the object."""

    COLUMNS: ClassVar = {"func": "I", "first": "I", "last": "I", "handler": "I", "nparams": "I", "weight": "I"}
    func: memoryview[int]
    first: memoryview[int]
    last: memoryview[int]
    handler: memoryview[int]
    nparams: memoryview[int]
    weight: memoryview[int]


class Uses(Table):
    """Use records: instruction `user` mentions the value; `next` is the value's next record."""

    COLUMNS: ClassVar = {"user": "I", "next": "I"}
    user: memoryview[int]
    next: memoryview[int]


class Signature(NamedTuple):
    """Parameter types and result type (ir.types numbers)."""

    params: tuple[int, ...]
    result: int


@dataclass(slots=True, eq=False)
class Function:
    """A function. `name` is for people ("Account.Take"), `symbol` is unique in the program.

    `blocks` is the layout order, blocks[0] the entry; the entry block's parameters are the function's parameters. A function
    without blocks is external: its body comes from an assembler callback (special function) or another module.
    `result_type` is the debug type of the result (0 for void).
    """

    name: str
    symbol: str
    signature: Signature
    blocks: list[Block] = field(default_factory=list)
    pos: int = 0
    end_pos: int = 0
    scope: int = 0
    noreturn: bool = False
    runtime: bool = False
    exported: bool = False
    param_names: tuple[str, ...] = ()
    result_type: int = 0


@dataclass(slots=True, eq=False)
class Data:
    """Initialised or zero data. `content` may be shorter than `size` (the rest is zero); `relocs` are (offset, symbol, addend)
    8-byte addresses, `relocs32` the same with 4 bytes."""

    symbol: str
    section: str
    size: int
    align: int = 8
    content: bytes = b""
    relocs: list[tuple[int, SymbolId, int]] = field(default_factory=list)
    relocs32: list[tuple[int, SymbolId, int]] = field(default_factory=list)
    pos: int = 0
    debug_name: str = ""
    debug_type: int = 0


@dataclass(slots=True)
class DebugScope:
    """A function, lexical block or inlined call. `kind`: "function", "block" or "inlined"; `call_pos` for inlined ones."""

    kind: str
    parent: int
    symbol: SymbolId
    pos: int
    end_pos: int = 0
    call_pos: int = 0


@dataclass(slots=True)
class DebugVar:
    """A source variable. `arg` is 0 for locals, else the 1-based parameter number (`this` included, artificial).

    An `indirect` variable is in memory, and what debug ops give is its address.
    """

    name: str
    scope: int
    type: int
    pos: int
    arg: int = 0
    artificial: bool = False
    indirect: bool = False


HIDDEN: Final = "hidden"


class DebugField(NamedTuple):
    """A field of a debug type; `offset` in bytes from the start of the object. Debuggers do not show one of visibility HIDDEN."""

    name: str
    type: int
    offset: int
    visibility: str = "public"


@dataclass(slots=True)
class DebugType:
    """A type for debuggers.

    kind "base": `encoding` one of signed, unsigned, boolean, char, float; "class": `fields`, `size` of the object (values of
    the type are references to it), `base` type or 0; "struct": value type; "array": reference to an array object of
    `element`s; "string": reference to a string object; "object": reference to any object; "pointer": to `element`;
    "enum": `items` of name and value over base type `element`.
    """

    kind: str
    name: str
    size: int
    encoding: str = ""
    element: int = 0
    base: int = 0
    fields: list[DebugField] = field(default_factory=list)
    items: list[tuple[str, int]] = field(default_factory=list)
    pos: int = 0


class Module:
    """One compilation's IR. See the module docstring for the invariants; `ir.verify` checks them."""

    def __init__(self, name: str = "module") -> None:
        self.name = name
        self.insts = Insts(INST_CAPACITY)
        self.blocks = Blocks(INST_CAPACITY // 4)
        self.use_records = Uses(EXTRA_CAPACITY)
        self.uses_recorded = True       # False: builders leave them out, except for what they replace themselves
        self.extra: list[int] = [0]
        self.symbols: list[Function | Data | None] = [None]
        self.symbol_ids: dict[str, SymbolId] = {}
        self.signatures: list[Signature] = [Signature((), VOID)]
        self.debug_scopes: list[DebugScope] = [DebugScope("none", 0, 0, 0)]
        self.debug_vars: list[DebugVar] = [DebugVar("", 0, 0, 0)]
        self.debug_types: list[DebugType] = [DebugType("none", "void", 0)]
        self.entry: SymbolId = 0

    def reset(self) -> None:
        """Empty the module, keeping its memory."""
        self.insts.reset()
        self.blocks.reset()
        self.use_records.reset()
        self.uses_recorded = True
        del self.extra[1:], self.symbols[1:], self.signatures[1:]
        del self.debug_scopes[1:], self.debug_vars[1:], self.debug_types[1:]
        self.symbol_ids.clear()
        self.entry = 0

    def __str__(self) -> str:
        """The text form (ir.text)."""
        from .text import print_module  # the text form knows modules, not the other way round
        return print_module(self)

    def __eq__(self, other: object) -> bool:
        """Structural equality without positions and debug tables (ir.compare)."""
        from .compare import equal
        return equal(self, other) if isinstance(other, Module) else NotImplemented

    def __hash__(self) -> int:
        return object.__hash__(self)

    # -- symbols ---------------------------------------------------------------------------------------------------

    def add_symbol(self, symbol: Function | Data) -> SymbolId:
        """Give a function or data an id. Raises ValueError for a repeated symbol name."""
        if symbol.symbol in self.symbol_ids:
            raise ValueError(f"symbol {symbol.symbol} defined twice")
        number = len(self.symbols)
        self.symbols.append(symbol)
        self.symbol_ids[symbol.symbol] = number
        return number

    def function(self, number: SymbolId) -> Function:
        """The function with that id."""
        symbol = self.symbols[number]
        assert isinstance(symbol, Function)
        return symbol

    def functions(self) -> Iterator[tuple[SymbolId, Function]]:
        """All functions with their ids, in id order."""
        for number, symbol in enumerate(self.symbols):
            if isinstance(symbol, Function):
                yield number, symbol

    def datas(self) -> Iterator[tuple[SymbolId, Data]]:
        """All data with their ids, in id order."""
        for number, symbol in enumerate(self.symbols):
            if isinstance(symbol, Data):
                yield number, symbol

    def signature(self, params: Sequence[int], result: int) -> int:
        """Id of a signature (interned)."""
        wanted = Signature(tuple(params), result)
        for number, known in enumerate(self.signatures):
            if number and known == wanted:
                return number
        self.signatures.append(wanted)
        return len(self.signatures) - 1

    # -- blocks and instructions -------------------------------------------------------------------------------------

    def new_block(self, func: SymbolId) -> Block:
        """A fresh, empty block of a function; the caller puts it into `Function.blocks`."""
        table = self.blocks
        block = table.new_row()
        table.func[block] = func
        table.weight[block] = 1
        return block

    def new_inst(self, op: int, type_: int, a: int = 0, b: int = 0, c: int = 0, pos: int = 0, scope: int = 0,
                 flags: int = 0) -> Value:
        """A fresh instruction outside any block, with its uses recorded."""
        table = self.insts
        inst = table.new_row()
        table.op[inst] = op
        table.type[inst] = type_
        table.flags[inst] = flags
        table.a[inst] = a
        table.b[inst] = b
        table.c[inst] = c
        table.pos[inst] = pos
        table.scope[inst] = scope
        if ARGS[op] != "---":
            self.record_uses(inst)
        return inst

    def append(self, block: Block, inst: Value) -> Value:
        """Put an instruction at the end of a block."""
        blocks, insts = self.blocks, self.insts
        last = blocks.last[block]
        insts.prev[inst] = last
        insts.next[inst] = 0
        insts.block[inst] = block
        if last:
            insts.next[last] = inst
        else:
            blocks.first[block] = inst
        blocks.last[block] = inst
        return inst

    def insert_before(self, anchor: Value, inst: Value) -> Value:
        """Put an instruction before another one."""
        insts = self.insts
        block, before = insts.block[anchor], insts.prev[anchor]
        insts.block[inst] = block
        insts.prev[inst] = before
        insts.next[inst] = anchor
        insts.prev[anchor] = inst
        if before:
            insts.next[before] = inst
        else:
            self.blocks.first[block] = inst
        return inst

    def insert_after(self, anchor: Value, inst: Value) -> Value:
        """Put an instruction behind another one."""
        following = self.insts.next[anchor]
        if following:
            return self.insert_before(following, inst)
        return self.append(self.insts.block[anchor], inst)

    def remove(self, inst: Value) -> None:
        """Take an instruction out of its block and turn it into a nop. Its use records become stale."""
        insts, blocks = self.insts, self.blocks
        block, before, after = insts.block[inst], insts.prev[inst], insts.next[inst]
        if insts.flags[inst] & STMT:
            self.pass_statement_on(inst)
        if before:
            insts.next[before] = after
        elif block:
            blocks.first[block] = after
        if after:
            insts.prev[after] = before
        elif block:
            blocks.last[block] = before
        insts.op[inst] = NOP
        insts.block[inst] = insts.prev[inst] = insts.next[inst] = 0
        insts.a[inst] = insts.b[inst] = insts.c[inst] = 0

    def pass_statement_on(self, inst: Value) -> None:
        """Let the statement an instruction begins begin with what follows it: up to the next flag all is one statement."""
        insts = self.insts
        insts.flags[inst] &= ~STMT & 0xFF
        following = insts.next[inst]
        while following and insts.op[following] in (ICONST, FCONST, SYMADDR):
            following = insts.next[following]
        if following:
            insts.flags[following] |= STMT

    def block_param(self, block: Block, type_: int, pos: int = 0) -> Value:
        """Add a parameter to a block (behind its other parameters). Edges to the block must be extended by the caller."""
        index = self.blocks.nparams[block]
        inst = self.new_inst(PARAM, type_, index, pos=pos)
        self.blocks.nparams[block] = index + 1
        anchor = self.blocks.first[block]
        for _ in range(index):
            anchor = self.insts.next[anchor]
        if anchor:
            return self.insert_before(anchor, inst)
        return self.append(block, inst)

    def block_params(self, block: Block) -> list[Value]:
        """The parameters of a block in order."""
        insts = self.insts
        out: list[Value] = []
        inst = self.blocks.first[block]
        while inst and insts.op[inst] == PARAM:
            out.append(inst)
            inst = insts.next[inst]
        return out

    def instructions(self, block: Block) -> Iterator[Value]:
        """The instructions of a block; the one just yielded may be removed while iterating."""
        following = self.insts.next
        inst = self.blocks.first[block]
        while inst:
            after = following[inst]
            yield inst
            inst = after

    def terminator(self, block: Block) -> Value:
        """The block's terminator, 0 while the block is open."""
        last = self.blocks.last[block]
        return last if last and OPS[self.insts.op[last]].effects & TERM else 0

    # -- extra lists ---------------------------------------------------------------------------------------------------

    def value_list(self, values: Sequence[Value]) -> int:
        """An X operand; 0 for an empty list."""
        if not values:
            return 0
        index = len(self.extra)
        self.extra.append(len(values))
        self.extra.extend(values)
        return index

    def list_values(self, index: int) -> list[Value]:
        """The values of an X operand."""
        if not index:
            return []
        count = self.extra[index]
        return self.extra[index + 1:index + 1 + count]

    def edge(self, target: Block, values: Sequence[Value] = ()) -> int:
        """An E operand."""
        index = len(self.extra)
        self.extra.append(target)
        self.extra.append(len(values))
        self.extra.extend(values)
        return index

    def edge_target(self, index: int) -> Block:
        """Target block of an E operand."""
        return self.extra[index]

    def edge_values(self, index: int) -> list[Value]:
        """Values passed along an E operand."""
        count = self.extra[index + 1]
        return self.extra[index + 2:index + 2 + count]

    def switch_table(self, cases: Sequence[tuple[int, int]]) -> int:
        """A W operand from (constant, edge) pairs."""
        index = len(self.extra)
        self.extra.append(len(cases))
        for constant, edge in cases:
            bits = constant & 0xFFFFFFFFFFFFFFFF
            self.extra.extend((bits & 0xFFFFFFFF, bits >> 32, edge))
        return index

    def switch_cases(self, index: int) -> list[tuple[int, int]]:
        """(constant as unsigned 64-bit number, edge) pairs of a W operand."""
        extra = self.extra
        return [(extra[at] | extra[at + 1] << 32, extra[at + 2])
                for at in range(index + 1, index + 1 + 3 * extra[index], 3)]

    def edges(self, terminator: Value) -> list[int]:
        """The E operands of a terminator in order (switch: cases, then default)."""
        insts = self.insts
        op = insts.op[terminator]
        if op == JUMP:
            return [insts.a[terminator]]
        name = OPS[op].name
        if name == "br":
            return [insts.b[terminator], insts.c[terminator]]
        if name == "switch":
            return [edge for _, edge in self.switch_cases(insts.b[terminator])] + [insts.c[terminator]]
        return []

    def successors(self, block: Block) -> list[Block]:
        """Targets of the block's terminator in edge order, with repetitions; handlers are not among them."""
        extra = self.extra
        last = self.blocks.last[block]
        return [extra[edge] for edge in self.edges(last)] if last else []

    # -- operands and uses -----------------------------------------------------------------------------------------------

    def operands(self, inst: Value) -> list[Value]:
        """All values an instruction mentions, in slot order, edges included."""
        insts = self.insts
        out: list[Value] = []
        for kind, slot in zip(ARGS[insts.op[inst]], (insts.a[inst], insts.b[inst], insts.c[inst])):
            if kind == "V" or (kind == "v" and slot):
                out.append(slot)
            elif kind == "X" and slot:
                out.extend(self.extra[slot + 1:slot + 1 + self.extra[slot]])
            elif kind == "E":
                out.extend(self.extra[slot + 2:slot + 2 + self.extra[slot + 1]])
            elif kind == "W":
                for _, edge in self.switch_cases(slot):
                    out.extend(self.edge_values(edge))
        return out

    def record_uses(self, inst: Value) -> None:
        """Add use records for all operands of an instruction (after creating or rewriting it)."""
        for value in self.operands(inst):
            self.add_use(value, inst)

    def complete_uses(self) -> None:
        """Record all uses if builders have left them out."""
        if self.uses_recorded:
            return
        self.uses_recorded = True
        for _, function in self.functions():
            for block in function.blocks:
                for inst in self.instructions(block):
                    self.record_uses(inst)

    def add_use(self, value: Value, user: Value) -> None:
        """Record that `user` mentions `value`."""
        records = self.use_records
        record = records.new_row()
        records.user[record] = user
        records.next[record] = self.insts.first_use[value]
        self.insts.first_use[value] = record

    def users(self, value: Value) -> list[Value]:
        """Instructions that mention the value, each once, newest first; stale records are skipped and dropped."""
        insts, records = self.insts, self.use_records
        seen: dict[Value, None] = {}
        record = insts.first_use[value]
        while record:
            user = records.user[record]
            if user not in seen and insts.block[user] and value in self.operands(user):
                seen[user] = None
            record = records.next[record]
        return list(seen)

    def replace_operand(self, user: Value, old: Value, new: Value) -> None:
        """Make one instruction mention `new` wherever it mentioned `old`."""
        insts, extra = self.insts, self.extra
        changed = False
        for kind, column in zip(ARGS[insts.op[user]], (insts.a, insts.b, insts.c)):
            slot = column[user]
            if kind in "Vv":
                if slot == old:
                    column[user] = new
                    changed = True
            elif kind == "X" and slot:
                changed |= _replace_in(extra, slot + 1, extra[slot], old, new)
            elif kind == "E":
                changed |= _replace_in(extra, slot + 2, extra[slot + 1], old, new)
            elif kind == "W":
                for _, edge in self.switch_cases(slot):
                    changed |= _replace_in(extra, edge + 2, extra[edge + 1], old, new)
        if changed:
            self.add_use(new, user)

    def replace_all_uses(self, old: Value, new: Value) -> None:
        """Make every user of `old` mention `new` instead: costs the users of `old`. Its use records move to `new`."""
        if old == new:
            return
        insts, records = self.insts, self.use_records
        op, home, first = insts.op, insts.block, insts.first_use
        slot_a, slot_b, slot_c = insts.a, insts.b, insts.c
        record = first[old]
        first[old] = 0
        while record:
            after = records.next[record]
            user = records.user[record]
            if home[user]:
                slots = VALUE_SLOTS[op[user]]
                changed = False
                if slots & 1 and slot_a[user] == old:
                    slot_a[user] = new
                    changed = True
                if slots & 2 and slot_b[user] == old:
                    slot_b[user] = new
                    changed = True
                if slots & 4 and slot_c[user] == old:
                    slot_c[user] = new
                    changed = True
                if slots & 8:
                    changed |= self._replace_in_lists(user, old, new)
                if changed:
                    records.next[record] = first[new]
                    first[new] = record
            record = after

    def _replace_in_lists(self, user: Value, old: Value, new: Value) -> bool:
        insts, extra = self.insts, self.extra
        op = insts.op[user]
        if op in (CALL_OP, CALLI):
            slot = insts.a[user]
        elif op == TRAP_OP:
            slot = insts.b[user]
        elif op == TRAPIF:
            slot = insts.c[user]
        else:
            changed = False
            for edge in self.edges(user):
                changed |= _replace_in(extra, edge + 2, extra[edge + 1], old, new)
            return changed
        return bool(slot) and _replace_in(extra, slot + 1, extra[slot], old, new)

    # -- constants -----------------------------------------------------------------------------------------------------

    def imm(self, inst: Value) -> int:
        """Value of an iconst as a signed number of its type (bool: 0/1), or the bits of an fconst."""
        insts = self.insts
        bits = insts.a[inst] | insts.b[inst] << 32
        if insts.op[inst] == FCONST:
            return bits
        width = BITS[insts.type[inst]]
        bits &= (1 << width) - 1
        return bits - (1 << width) if bits >> (width - 1) and width > 1 and insts.type[inst] not in (1, 8) else bits

    def float_value(self, inst: Value) -> float:
        """Value of an fconst."""
        bits = self.imm(inst)
        if self.insts.type[inst] == F32:
            return float(unpack("<f", pack("<I", bits))[0])
        return float(unpack("<d", pack("<Q", bits))[0])

    def is_const(self, inst: Value) -> bool:
        """True for iconst and fconst."""
        return self.insts.op[inst] in (ICONST, FCONST)

    def disp(self, slot: int) -> int:
        """An S operand as a signed number."""
        return slot - (1 << 32) if slot & 0x80000000 else slot


def _replace_in(extra: list[int], start: int, count: int, old: int, new: int) -> bool:
    changed = False
    for index in range(start, start + count):
        if extra[index] == old:
            extra[index] = new
            changed = True
    return changed


def float_bits(value: float, type_: int) -> int:
    """Bits of a float constant of type F32 or F64 (rounded to binary32 for F32, overflow gives infinity)."""
    if type_ == F32:
        try:
            return int(unpack("<I", pack("<f", value))[0])
        except OverflowError:
            return 0x7F800000 if value > 0 else 0xFF800000
    return int(unpack("<Q", pack("<d", value))[0])


def const_slots(value: int) -> tuple[int, int]:
    """The a and b slots of an iconst or fconst for a number (taken modulo 2**64)."""
    bits = value & 0xFFFFFFFFFFFFFFFF
    return bits & 0xFFFFFFFF, bits >> 32
