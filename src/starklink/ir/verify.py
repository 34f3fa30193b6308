"""The IR verifier: checks a function against the op table and the invariants of module.py.

Checked: chains and use records, parameters first and terminator last in every block, operand and result types, uses
dominated by definitions, edges against block parameters, calls against signatures, traps against the trap table,
handler blocks. Unreachable blocks are errors: passes drop them as soon as they cut an edge.
"""

from __future__ import annotations

from typing import Final

from ..support.record import dataclass
from . import ops, traps
from .analysis.dominance import dominators
from .module import Block, Data, Function, Module, SymbolId, Value
from .ops import ARGS, CALL_OP, LANDING, NOP, OPS, PARAM, TERM
from .types import BITS, BOOL, F32, F64, I8, I32, I64, IS_FLOAT, IS_INT, NAMES, PTR, SIZES, VOID

_SETS: Final = {
    "i": frozenset((I32, I64)), "n": frozenset(t for t, yes in enumerate(IS_INT) if yes),
    "f": frozenset((F32, F64)), "a": frozenset((I32, I64, PTR)), "*": frozenset(range(1, len(NAMES))),
}
_ADDRESS: Final = frozenset((PTR, I64))
_IS_TERM: Final = tuple(bool(info.effects & TERM) for info in OPS)
_HAS_LIST: Final = tuple(any(kind in "XEW" for kind in info.args) for info in OPS)
_RULE: Final = tuple({"void": 0, "bool": 1, "same": 2, "any": 3}[info.result] for info in OPS)
_ALLOWED: Final = tuple(_SETS[info.types] for info in OPS)
_CHECKED: Final = frozenset((ops.SADD_TRAP, ops.SSUB_TRAP, ops.SMUL_TRAP, ops.UADD_TRAP, ops.USUB_TRAP, ops.UMUL_TRAP))


@dataclass(frozen=True, slots=True)
class Issue:
    """One violation; prints as `gcd b2: v3: i64 = add v1, v2: what is wrong`."""

    symbol_id: SymbolId
    block: Block
    inst: Value
    message: str
    where: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


class VerifyError(Exception):
    """A module that does not verify; `issues` says why."""

    def __init__(self, issues: list[Issue]) -> None:
        super().__init__("\n".join(map(str, issues)))
        self.issues = issues


def verify_module(module: Module) -> list[Issue]:
    """Issues of all functions and data."""
    issues: list[Issue] = []
    for number, symbol in enumerate(module.symbols):
        if isinstance(symbol, Function):
            issues += verify(module, number)
        elif isinstance(symbol, Data):
            issues += [Issue(number, 0, 0, text, f"data {symbol.symbol}") for text in _data_problems(module, symbol)]
    if module.entry and (module.entry >= len(module.symbols) or not isinstance(module.symbols[module.entry], Function)):
        issues.append(Issue(module.entry, 0, 0, "the entry is no function", "module"))
    return issues


def check(module: Module, symbol_id: SymbolId = 0) -> None:
    """Raise VerifyError if the function (the whole module without one) has issues."""
    issues = verify(module, symbol_id) if symbol_id else verify_module(module)
    if issues:
        raise VerifyError(issues)


def verify(module: Module, symbol_id: SymbolId) -> list[Issue]:
    """Issues of one function; an external one has none."""
    found: list[tuple[Block, Value, str]] = []
    function = module.function(symbol_id)
    if function.blocks:
        _Verifier(module, symbol_id, function, found).run()
    if not found:
        return []
    return _describe(module, symbol_id, found)


def _describe(module: Module, symbol_id: SymbolId, found: list[tuple[Block, Value, str]]) -> list[Issue]:
    from .text import Printer  # only needed for messages; text imports much
    issues: list[Issue] = []
    name = module.function(symbol_id).symbol
    try:
        printer: Printer | None = Printer(module, symbol_id)
    except (IndexError, AssertionError):
        printer = None
    for block, inst, message in found:
        where = name
        if printer is not None and block:
            where += f" {printer.block(block)}"
            if inst:
                try:
                    where += f": {printer.inst_line(inst)}"
                except (IndexError, AssertionError, AttributeError, ValueError):
                    where += f": instruction {inst} ({OPS[module.insts.op[inst]].name})"
        issues.append(Issue(symbol_id, block, inst, message, where))
    return issues


def _data_problems(module: Module, data: Data) -> list[str]:
    out: list[str] = []
    if len(data.content) > data.size:
        out.append(f"{len(data.content)} bytes of content, but the size is {data.size}")
    if data.align < 1 or data.align & (data.align - 1):
        out.append(f"alignment {data.align} is no power of two")
    for relocs, width in ((data.relocs, 8), (data.relocs32, 4)):
        for offset, symbol, _ in relocs:
            if not 0 <= offset <= data.size - width:
                out.append(f"address at offset {offset} lies outside")
            if not 0 < symbol < len(module.symbols):
                out.append(f"address at offset {offset} of unknown symbol {symbol}")
    return out


class _Verifier:
    def __init__(self, module: Module, symbol_id: SymbolId, function: Function,
                 found: list[tuple[Block, Value, str]]) -> None:
        self.module = module
        self.symbol_id = symbol_id
        self.function = function
        self.found = found
        self.block: Block = 0
        self.inst: Value = 0
        self.pads: set[Block] = set()
        self.rank: dict[Value, int] = {}      # every instruction of the function, numbered in layout order

    def bad(self, message: str, inst: Value | None = None) -> None:
        self.found.append((self.block, self.inst if inst is None else inst, message))

    def run(self) -> None:
        self.shape()
        if self.found:
            return      # types and dominance make sense only for well-formed chains
        self.signature()
        for block in self.function.blocks:
            self.block = block
            for inst in self.module.instructions(block):
                self.inst = inst
                self.types(inst)
        if not self.found:
            self.dominance()

    # -- chains ------------------------------------------------------------------------------------------------------

    def shape(self) -> None:
        module, rank = self.module, self.rank
        blocks, insts = module.blocks, module.insts
        listed = set(self.function.blocks)
        if len(listed) != len(self.function.blocks):
            self.bad("a block is listed twice")
            return
        pads: set[Block] = set()
        op, prev, following, home, slot_a = insts.op, insts.prev, insts.next, insts.block, insts.a
        for block in self.function.blocks:
            self.block, self.inst = block, 0
            if not 0 < block < blocks.rows or blocks.func[block] != self.symbol_id:
                self.bad("this block belongs to another function")
                return
            handler = blocks.handler[block]
            if handler:
                if handler not in listed:
                    self.bad("the handler is no block of this function")
                elif block == self.function.blocks[0] or handler == self.function.blocks[0]:
                    self.bad("the entry block cannot be guarded or be a handler")
                elif blocks.nparams[handler]:
                    self.bad("a handler block has parameters")
                pads.add(handler)
            before, params, inst = 0, 0, blocks.first[block]
            while inst:
                self.inst = inst
                if inst >= insts.rows or home[inst] != block or prev[inst] != before or inst in rank:
                    self.bad("broken instruction chain")
                    return
                rank[inst] = len(rank)
                kind = op[inst]
                if kind >= len(OPS) or kind == NOP:
                    self.bad("nop or unknown op in a block")
                    return
                if kind == PARAM:
                    if before and op[before] != PARAM:
                        self.bad("a parameter behind other instructions")
                    elif slot_a[inst] != params:
                        self.bad(f"parameter number {slot_a[inst]} at position {params}")
                    params += 1
                if kind == LANDING and before:
                    self.bad("landing is not the first instruction of its block")
                if _IS_TERM[kind] != (following[inst] == 0):
                    self.bad("instructions behind a terminator" if _IS_TERM[kind] else "the block has no terminator")
                before, inst = inst, following[inst]
            self.inst = 0
            if blocks.last[block] != before or not before:
                self.bad("broken instruction chain" if before else "empty block")
            if blocks.nparams[block] != params:
                self.bad(f"{params} parameters, but the block's row says {blocks.nparams[block]}")
        for block in self.function.blocks:
            self.block, self.inst = block, blocks.first[block]
            if op[self.inst] == LANDING and block not in pads:
                self.bad("landing in a block that guards nothing")
        self.pads = pads

    def signature(self) -> None:
        entry = self.function.blocks[0]
        self.block, self.inst = entry, 0
        have = tuple(self.module.insts.type[param] for param in self.module.block_params(entry))
        if have != self.function.signature.params:
            self.bad("the entry block's parameters are not those of the signature")

    # -- types -------------------------------------------------------------------------------------------------------

    def types(self, inst: Value) -> None:
        insts = self.module.insts
        op, type_ = insts.op[inst], insts.type[inst]
        rule, allowed, args = _RULE[op], _ALLOWED[op], ARGS[op]
        a, b = insts.a[inst], insts.b[inst]
        if _HAS_LIST[op] and not self.lists(inst, args):
            return
        for value in self.module.operands(inst):
            if value not in self.rank:
                self.bad("mentions something that is no value of this function")
                return
            if insts.type[value] == VOID:
                self.bad("an operand has no result")
                return
        if type_ >= len(NAMES):
            self.bad("unknown type")
            return
        if args[0] == "V":
            first = insts.type[a]
            if op not in (ops.DBGVALUE, ops.SELECT) and first not in allowed:
                self.bad(f"operand 1 may not be {NAMES[first]}")
            elif args[:2] == "VV" and rule in (1, 2):
                wanted = I64 if first == PTR and op == ops.ADD else first
                if insts.type[b] != wanted:
                    self.bad(f"operand 2 is {NAMES[insts.type[b]]}, expected {NAMES[wanted]}")
        else:
            first = type_
        wanted = VOID if rule == 0 else BOOL if rule == 1 else first
        if rule != 3 and type_ != wanted:
            self.bad(f"result is {NAMES[type_]}, expected {NAMES[wanted]}")
        if op in _CHECKED and not self.trap_kind(insts.c[inst], 0):
            return
        special = _SPECIAL.get(op)
        if special is not None:
            special(self, inst, type_, first)

    def lists(self, inst: Value, args: str) -> bool:
        """Edges and value lists lie inside `extra` and edges fit their targets."""
        module, insts = self.module, self.module.insts
        extra = module.extra
        for kind, slot in zip(args, (insts.a[inst], insts.b[inst], insts.c[inst])):
            if kind == "X" and (slot >= len(extra) or slot + extra[slot] >= len(extra)):
                self.bad("a value list lies outside the extra table")
                return False
            if kind == "W" and (slot >= len(extra) or slot + 3 * extra[slot] >= len(extra)):
                self.bad("a switch table lies outside the extra table")
                return False
        listed = module.blocks.func
        for edge in module.edges(inst):
            if not 0 < edge < len(extra) - 1 or edge + 1 + extra[edge + 1] >= len(extra):
                self.bad("an edge lies outside the extra table")
                return False
            target = extra[edge]
            if not 0 < target < module.blocks.rows or listed[target] != self.symbol_id or not module.blocks.first[target]:
                self.bad("an edge goes to no block of this function")
                return False
            if target == self.function.blocks[0]:
                self.bad("an edge goes to the entry block")
                return False
            if target in self.pads:
                self.bad("an edge goes to a handler block")
                return False
            params, values = module.block_params(target), module.edge_values(edge)
            if len(params) != len(values):
                self.bad(f"an edge passes {len(values)} values, its target has {len(params)} parameters")
                return False
            for number, (param, value) in enumerate(zip(params, values), 1):
                if value >= insts.rows or insts.type[param] != insts.type[value]:
                    self.bad(f"value {number} of an edge is {NAMES[insts.type[value]]}, its parameter is "
                             f"{NAMES[insts.type[param]]}")
        return True

    def operand_type(self, value: Value, wanted: int | frozenset[int], what: str) -> None:
        type_ = self.module.insts.type[value]
        if type_ != wanted if isinstance(wanted, int) else type_ not in wanted:
            self.bad(f"{what} may not be {NAMES[type_]}")

    def trap_kind(self, kind: int, values: int) -> bool:
        """A trap kind exists and its handler takes these values (an X operand)."""
        if not 0 < kind < len(traps.TRAPS):
            self.bad(f"unknown trap {kind}")
            return False
        insts = self.module.insts
        have = tuple(insts.type[value] for value in self.module.list_values(values))
        if have != traps.TRAPS[kind].params:
            self.bad(f"trap {traps.TRAPS[kind].name} takes ({', '.join(NAMES[t] for t in traps.TRAPS[kind].params)}), "
                     f"not ({', '.join(NAMES[t] for t in have)})")
            return False
        return True

    def arguments(self, params: tuple[int, ...], result: int, inst: Value) -> None:
        insts = self.module.insts
        values = self.module.list_values(insts.a[inst])
        if len(values) != len(params):
            self.bad(f"{len(values)} arguments, the function has {len(params)} parameters")
            return
        for number, (value, wanted) in enumerate(zip(values, params), 1):
            if insts.type[value] != wanted:
                self.bad(f"argument {number} is {NAMES[insts.type[value]]}, expected {NAMES[wanted]}")
        if insts.type[inst] != result:
            self.bad(f"result is {NAMES[insts.type[inst]]}, expected {NAMES[result]}")

    # -- dominance and uses ------------------------------------------------------------------------------------------

    def dominance(self) -> None:
        module, rank = self.module, self.rank
        insts, records = module.insts, module.use_records
        tree = dominators(module, self.symbol_id)
        recorded = module.uses_recorded
        home, enter, leave = insts.block, tree.enter, tree.leave
        chains: dict[Value, set[Value]] = {}
        for block in self.function.blocks:
            self.block, self.inst = block, 0
            if block not in enter:
                self.bad("the block is unreachable")
                continue
            start, end = enter[block], leave[block]
            for inst in module.instructions(block):
                for value in module.operands(inst):
                    users = chains.get(value)
                    if users is None and recorded:
                        users = chains[value] = set()
                        record = insts.first_use[value]
                        while record:
                            users.add(records.user[record])
                            record = records.next[record]
                    if users is not None and inst not in users:
                        self.bad("no use record for an operand", inst)
                    source = home[value]
                    if source == block:
                        if rank[value] >= rank[inst]:
                            self.bad("a use before the definition", inst)
                    elif source not in enter or not (enter[source] <= start and end <= leave[source]):
                        self.bad("the definition of an operand does not dominate this use", inst)


# -- rules of single ops: (verifier, instruction, its type, type of the first operand) -----------------------------------


def _param(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    if type_ == VOID:
        v.bad("a parameter needs a type")


def _constant(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    insts = v.module.insts
    if type_ not in _ALLOWED[insts.op[inst]]:
        v.bad(f"a constant of type {NAMES[type_]}")
    elif type_ == BOOL and (insts.a[inst] > 1 or insts.b[inst]):
        v.bad("a bool constant must be 0 or 1")


def _symaddr(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    symbol = v.module.insts.a[inst]
    if type_ != PTR:
        v.bad("an address is of type ptr")
    if not 0 < symbol < len(v.module.symbols) or v.module.symbols[symbol] is None:
        v.bad("unknown symbol")


def _slot(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    align = v.module.insts.b[inst]
    if type_ != PTR:
        v.bad("an address is of type ptr")
    if not align or align & (align - 1):
        v.bad("the alignment is no power of two")
    if v.block != v.function.blocks[0]:
        v.bad("a slot outside the entry block")


def _extend(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    wider = BITS[type_] > BITS[first] or (first == BOOL and type_ == I8)
    if not IS_INT[type_] or type_ in (BOOL, PTR) or not wider:
        v.bad(f"cannot extend {NAMES[first]} to {NAMES[type_]}")


def _trunc(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    if not IS_INT[type_] or type_ == BOOL or first == BOOL or BITS[type_] >= BITS[first]:
        v.bad(f"cannot truncate {NAMES[first]} to {NAMES[type_]}")


def _to_float(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    if not IS_FLOAT[type_]:
        v.bad(f"result is {NAMES[type_]}, expected a float")


def _from_float(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    if type_ not in _SETS["i"]:
        v.bad(f"result is {NAMES[type_]}, expected i32 or i64")


def _fext(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    if (first, type_) != (F32, F64):
        v.bad("fext goes from f32 to f64")


def _ftrunc(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    if (first, type_) != (F64, F32):
        v.bad("ftrunc goes from f64 to f32")


def _bitcast(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    if SIZES[type_] != SIZES[first] or type_ == VOID:
        v.bad(f"bitcast from {NAMES[first]} to {NAMES[type_]}")


def _select(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    insts = v.module.insts
    v.operand_type(insts.a[inst], BOOL, "the condition")
    v.operand_type(insts.b[inst], type_, "operand 2")
    v.operand_type(insts.c[inst], type_, "operand 3")


def _load(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    v.operand_type(v.module.insts.a[inst], _ADDRESS, "the address")
    if type_ == VOID:
        v.bad("a load needs a type")


def _store(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    v.operand_type(v.module.insts.a[inst], _ADDRESS, "the address")


def _copy(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    insts = v.module.insts
    v.operand_type(insts.a[inst], _ADDRESS, "the address")
    if insts.op[inst] == ops.COPY:
        v.operand_type(insts.b[inst], _ADDRESS, "the source address")
        v.operand_type(insts.c[inst], I64, "the size")
    else:
        v.operand_type(insts.b[inst], I64, "the size")


def _nullchk(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    v.operand_type(v.module.insts.a[inst], _ADDRESS, "the checked value")


def _bounds(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    insts = v.module.insts
    v.operand_type(insts.a[inst], I64, "the index")
    v.operand_type(insts.b[inst], I64, "the length")
    if insts.c[inst] not in (traps.INDEX, traps.INDEX_U):
        v.bad("the trap of a bounds check is index or index_u")


def _trapif(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    insts = v.module.insts
    v.operand_type(insts.a[inst], BOOL, "the condition")
    v.trap_kind(insts.b[inst], insts.c[inst])


def _trap(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    insts = v.module.insts
    v.trap_kind(insts.a[inst], insts.b[inst])


def _call(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    module, insts = v.module, v.module.insts
    if insts.op[inst] == CALL_OP:
        symbol = module.symbols[insts.b[inst]] if 0 < insts.b[inst] < len(module.symbols) else None
        if not isinstance(symbol, Function):
            v.bad("the callee is no function")
            return
        signature = symbol.signature
    else:
        v.operand_type(insts.b[inst], _ADDRESS, "the function address")
        if not insts.c[inst] < len(module.signatures):
            v.bad("unknown signature")
            return
        signature = module.signatures[insts.c[inst]]
    v.arguments(signature.params, signature.result, inst)


def _debug(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    if not 0 < v.module.insts.b[inst] < len(v.module.debug_vars):
        v.bad("unknown debug variable")


def _br(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    v.operand_type(v.module.insts.a[inst], BOOL, "the condition")


def _switch(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    v.operand_type(v.module.insts.a[inst], _SETS["n"], "the switch value")
    module = v.module
    width = BITS[module.insts.type[module.insts.a[inst]]]
    cases = [case & (1 << width) - 1 for case, _ in module.switch_cases(module.insts.b[inst])]
    if len(set(cases)) != len(cases):
        v.bad("a case appears twice")


def _ret(v: _Verifier, inst: Value, type_: int, first: int) -> None:
    value, wanted = v.module.insts.a[inst], v.function.signature.result
    have = v.module.insts.type[value] if value else VOID
    if have != wanted:
        v.bad(f"returns {NAMES[have]}, the signature says {NAMES[wanted]}")


_SPECIAL: Final = {
    ops.PARAM: _param, ops.ICONST: _constant, ops.FCONST: _constant, ops.SYMADDR: _symaddr, ops.SLOT: _slot,
    ops.SEXT: _extend, ops.ZEXT: _extend, ops.TRUNC: _trunc, ops.SITOF: _to_float, ops.UITOF: _to_float,
    ops.FTOSI: _from_float, ops.FEXT: _fext, ops.FTRUNC: _ftrunc, ops.BITCAST: _bitcast, ops.SELECT: _select,
    ops.LOAD: _load, ops.STORE: _store, ops.COPY: _copy, ops.ZERO: _copy, ops.NULLCHK: _nullchk, ops.BOUNDS: _bounds,
    ops.TRAPIF: _trapif, ops.TRAP_OP: _trap, ops.CALL_OP: _call, ops.CALLI: _call, ops.DBGVALUE: _debug,
    ops.DBGSLOT: _debug, ops.BR: _br, ops.SWITCH: _switch, ops.RET: _ret,
}
