"""Translates an IR function into Python source for the interpreter.

Integers are Python ints in the signed range of their type (bool 0/1 or False/True, ptr like i64), floats are Python
floats (f32 already rounded), memory is one bytearray. Blocks with one predecessor are nested into it; the others are
*labels*, reached by setting `b` and continuing the dispatch loop, which in functions with landing pads catches what
`__unwind` throws. Names that the source refers to are provided by `interp.Interpreter`:

    F<n>  function of symbol n        MEM  memory (address MEMORY_BASE is index 0)      S  [steps left], SP  [stack pointer]
    A     address -> function         TRAP, FAULT, COPY, ZERO, R32, IF32, FDIV, FSQRT, FTOI  helpers, THROWN
    L<c>, P<c>, C<c><d>               load, store, bit cast with struct codes
"""

from __future__ import annotations

from typing import Final

from . import ops, traps
from .analysis.cfg import has_handlers, predecessors, reverse_postorder
from .module import Block, Module, SymbolId, Value
from .types import BITS, BOOL, F32, F64, IS_FLOAT, PTR, SIZES, VOID

MEMORY_BASE: Final = 0x10000
CODES: Final = ("", "B", "b", "h", "i", "q", "f", "d", "q")
_MAX_NESTING: Final = 40
_M64: Final = 0xFFFFFFFFFFFFFFFF

_SIMPLE: Final = {     # no wrapping needed
    ops.AND: "{a} & {b}", ops.OR: "{a} | {b}", ops.XOR: "{a} ^ {b}", ops.ASHR: "{a} >> ({b} & {s})",
    ops.EQ: "{a} == {b}", ops.NE: "{a} != {b}", ops.SLT: "{a} < {b}", ops.SLE: "{a} <= {b}", ops.SGT: "{a} > {b}",
    ops.SGE: "{a} >= {b}", ops.ULT: "{a} & {m} < {b} & {m}", ops.ULE: "{a} & {m} <= {b} & {m}",
    ops.UGT: "{a} & {m} > {b} & {m}", ops.UGE: "{a} & {m} >= {b} & {m}", ops.SMULH: "{a} * {b} >> {w}",
    ops.FEQ: "{a} == {b}", ops.FNE: "{a} != {b}", ops.FLT: "{a} < {b}", ops.FLE: "{a} <= {b}", ops.FGT: "{a} > {b}",
    ops.FGE: "{a} >= {b}", ops.FNEG: "-{a}", ops.FABS: "abs({a})", ops.FEXT: "{a}", ops.SEXT: "+{a}",
    ops.ZEXT: "{a} & {m}", ops.SELECT: "{b} if {a} else {c}",
}
_WRAPPED: Final = {    # the result may leave the signed range
    ops.ADD: "{a} + {b}", ops.SUB: "{a} - {b}", ops.MUL: "{a} * {b}", ops.NEG: "-{a}", ops.SHL: "{a} << ({b} & {s})",
    ops.LSHR: "({a} & {m}) >> ({b} & {s})", ops.UDIV: "({a} & {m}) // ({b} & {m})", ops.UREM: "({a} & {m}) % ({b} & {m})",
    ops.UMULH: "({a} & {m}) * ({b} & {m}) >> {w}",
}
_FLOAT: Final = {
    ops.FADD: "{a} + {b}", ops.FSUB: "{a} - {b}", ops.FMUL: "{a} * {b}", ops.FDIV: "FDIV({a}, {b})", ops.FSQRT: "FSQRT({a})",
}
_CHECKED: Final = {
    ops.SADD_TRAP: "{a} + {b}", ops.SSUB_TRAP: "{a} - {b}", ops.SMUL_TRAP: "{a} * {b}",
    ops.UADD_TRAP: "({a} & {m}) + ({b} & {m})", ops.USUB_TRAP: "({a} & {m}) - ({b} & {m})",
    ops.UMUL_TRAP: "({a} & {m}) * ({b} & {m})",
}
_DIVISION: Final = {
    ops.SDIV: "{a} // {b} if ({a} >= 0) == ({b} > 0) else -(-{a} // {b})",
    ops.SREM: "{a} % {b} if ({a} >= 0) == ({b} > 0) else -(-{a} % {b})",
}


class Translator:
    """Translates one function; `source()` gives the text, `lines` then maps its lines (from 1) to instructions."""

    def __init__(self, module: Module, symbol_id: SymbolId, addresses: dict[SymbolId, int]) -> None:
        self.module = module
        self.symbol_id = symbol_id
        self.addresses = addresses
        self.insts = module.insts
        self.lines: list[Value] = [0]
        self.text: list[str] = []
        self.chunk: list[tuple[int, str, Value]] = []     # (indentation, line, instruction) of the label in work
        self.labels: dict[Block, int] = {}
        self.pending: list[Block] = []
        self.headers: set[Block] = set()
        self.steps = 0
        self.guarded = has_handlers(module, symbol_id)
        self.slots: dict[Value, int] = {}
        self.frame = 0

    # -- the whole function ------------------------------------------------------------------------------------------

    def source(self) -> str:
        """Python source of the function, named `F<symbol id>`."""
        module = self.module
        blocks = module.function(self.symbol_id).blocks
        entry = blocks[0]
        order = reverse_postorder(module, self.symbol_id)
        number = {block: index for index, block in enumerate(order)}
        if self.guarded:
            for block in order:
                if module.blocks.handler[block]:
                    self._label(module.blocks.handler[block])
        for block, sources in predecessors(module, self.symbol_id).items():
            if len(sources) > 1:
                self._label(block)
            if any(number.get(source, -1) >= number[block] for source in sources):
                self.headers.add(block)
                self._label(block)
        self._lay_out_slots(entry)
        chunks = [self._chunk(entry)]
        numbers = [-1]
        while self.pending:
            block = self.pending.pop(0)
            chunks.append(self._chunk(block))
            numbers.append(self.labels[block])
        numbered = sorted(zip(numbers, chunks), key=lambda pair: pair[0])
        params = ", ".join(f"v{param}" for param in module.block_params(entry))
        self._line(0, f"def F{self.symbol_id}({params}):", 0)
        if self.frame:
            self._line(1, "fp = SP[0]", 0)
            self._line(1, f"SP[0] = fp + {self.frame}", 0)
            self._line(1, f"ZERO(fp, {self.frame})", 0)
        if self.guarded:
            self._guarded_dispatch(numbered)
        elif len(chunks) == 1:
            self._put(1, chunks[0])
        elif self._straight(chunks[0]):
            self._put(1, chunks[0][:-1])
            self._line(1, "while True:", 0)
            self._dispatch(2, numbered[1:])
        else:
            self._line(1, "b = -1", 0)
            self._line(1, "while True:", 0)
            self._dispatch(2, numbered)
        return "\n".join(self.text) + "\n"

    def _guarded_dispatch(self, chunks: list[tuple[int, list[tuple[int, str, Value]]]]) -> None:
        """The dispatch loop of a function with landing pads: `h` is the pad of the block being executed."""
        for text in ("sp = SP[0]", "b = -1", "h = -2", "while True:"):
            self._line(1, text, 0)
        self._line(2, "try:", 0)
        self._line(3, "while True:", 0)
        self._dispatch(4, chunks)
        self._line(2, "except THROWN as thrown:", 0)
        self._line(3, "if h == -2: raise", 0)
        self._line(3, "SP[0] = sp", 0)
        self._line(3, "landing = thrown.thing", 0)
        self._line(3, "b = h", 0)

    def _lay_out_slots(self, entry: Block) -> None:
        insts = self.insts
        for inst in self.module.instructions(entry):
            if insts.op[inst] == ops.SLOT:
                align = max(insts.b[inst], 1)
                self.frame = (self.frame + align - 1) & -align
                self.slots[inst] = self.frame
                self.frame += insts.a[inst]
        self.frame = (self.frame + 15) & -16

    @staticmethod
    def _straight(chunk: list[tuple[int, str, Value]]) -> bool:
        """The chunk ends with its only `continue`, at the outermost level."""
        return chunk[-1][1] == "continue" and chunk[-1][0] == 0 and \
            sum(1 for _, text, _ in chunk if text == "continue") == 1

    def _dispatch(self, indent: int, chunks: list[tuple[int, list[tuple[int, str, Value]]]]) -> None:
        if len(chunks) == 1:
            self._put(indent, chunks[0][1])
            return
        middle = len(chunks) // 2
        self._line(indent, f"if b < {chunks[middle][0]}:", 0)
        self._dispatch(indent + 1, chunks[:middle])
        self._line(indent, "else:", 0)
        self._dispatch(indent + 1, chunks[middle:])

    def _line(self, indent: int, text: str, inst: Value) -> None:
        self.text.append(" " * indent + text)
        self.lines.append(inst)

    def _put(self, indent: int, chunk: list[tuple[int, str, Value]]) -> None:
        for more, text, inst in chunk:
            self._line(indent + more, text, inst)

    # -- blocks ------------------------------------------------------------------------------------------------------

    def _label(self, block: Block) -> int:
        if block not in self.labels:
            self.labels[block] = len(self.labels)
            self.pending.append(block)
        return self.labels[block]

    def _chunk(self, block: Block) -> list[tuple[int, str, Value]]:
        self.chunk = chunk = []
        self.steps = 0
        counted = block in self.headers or block == self.module.function(self.symbol_id).blocks[0]
        if counted:
            chunk.append((0, "", 0))
            chunk.append((0, "if S[0] < 0: FAULT('step limit reached')", self.module.blocks.first[block]))
        self._block(block, 0)
        if counted:
            chunk[0] = (0, f"S[0] -= {self.steps}", 0)
        return chunk

    def _block(self, block: Block, indent: int) -> None:
        """A block and the blocks nested in it; every path ends in return, continue or a raised exception."""
        insts = self.insts
        while True:
            following = 0
            if self.guarded:
                pad = self.module.blocks.handler[block]
                self._out(indent, f"h = {self.labels[pad] if pad else -2}", self.module.blocks.first[block])
            for inst in self.module.instructions(block):
                self.steps += 1
                op = insts.op[inst]
                if ops.EFFECT[op] & ops.TERM:
                    following = self._terminator(inst, op, indent)
                else:
                    self._instruction(inst, op, indent)
            if not following:
                return
            block = following

    def _out(self, indent: int, text: str, inst: Value) -> None:
        self.chunk.append((indent, text, inst))

    def _edge(self, edge: int, inst: Value, indent: int) -> Block:
        """Pass the values and go; returns a block to be continued with at the same place, 0 if there is none."""
        module = self.module
        target = module.edge_target(edge)
        pairs = [(f"v{param}", self.value(value)) for param, value in
                 zip(module.block_params(target), module.edge_values(edge))]
        pairs = [pair for pair in pairs if pair[0] != pair[1]]
        if pairs:
            self._out(indent, f"{', '.join(p for p, _ in pairs)} = {', '.join(v for _, v in pairs)}", inst)
        if target in self.labels or indent >= _MAX_NESTING:
            self._out(indent, f"b = {self._label(target)}", inst)
            self._out(indent, "continue", inst)
            return 0
        return target

    def _terminator(self, inst: Value, op: int, indent: int) -> Block:
        insts = self.insts
        if op == ops.JUMP:
            return self._edge(insts.a[inst], inst, indent)
        if op == ops.BR:
            self._out(indent, f"if {self.value(insts.a[inst])}:", inst)
            then = self._edge(insts.b[inst], inst, indent + 1)
            if then:
                self._block(then, indent + 1)
            return self._edge(insts.c[inst], inst, indent)
        if op == ops.SWITCH:
            value = self.value(insts.a[inst])
            width = BITS[insts.type[insts.a[inst]]]
            for case, edge in self.module.switch_cases(insts.b[inst]):
                self._out(indent, f"if {value} == {_signed(case & (1 << width) - 1, width)}:", inst)
                then = self._edge(edge, inst, indent + 1)
                if then:
                    self._block(then, indent + 1)
            return self._edge(insts.c[inst], inst, indent)
        if op == ops.RET:
            if self.frame:
                self._out(indent, "SP[0] = fp", inst)
            self._out(indent, f"return {self.value(insts.a[inst])}" if insts.a[inst] else "return", inst)
            return 0
        self._trap(inst, insts.a[inst], self.module.list_values(insts.b[inst]), indent)
        return 0

    # -- instructions ------------------------------------------------------------------------------------------------

    def value(self, value: Value) -> str:
        """A value as an operand: its variable, or the literal of a constant."""
        insts = self.insts
        op = insts.op[value]
        if op == ops.ICONST:
            return _literal(self.module.imm(value), insts.type[value])
        if op == ops.FCONST:
            number = self.module.float_value(value)
            if number == number and abs(number) != float("inf"):
                return f"({number!r})" if number < 0 or repr(number)[0] == "-" else repr(number)
            return f"Cqd({_signed(self.module.imm(value), 64)})" if insts.type[value] == F64 \
                else f"Cif({_signed(self.module.imm(value), 32)})"
        if op == ops.SYMADDR:
            return str(self.addresses[insts.a[value]] + self.module.disp(insts.b[value]))
        if op == ops.SLOT:
            return f"(fp + {self.slots[value]})"
        return f"v{value}"

    def _trap(self, inst: Value, kind: int, values: list[Value], indent: int) -> None:
        self._out(indent, f"TRAP({kind}, ({''.join(self.value(value) + ', ' for value in values)}))", inst)

    def _instruction(self, inst: Value, op: int, indent: int) -> None:
        insts = self.insts
        if op in (ops.PARAM, ops.ICONST, ops.FCONST, ops.SYMADDR, ops.SLOT, ops.DBGVALUE, ops.DBGSLOT):
            return
        a, b, c, type_ = insts.a[inst], insts.b[inst], insts.c[inst], insts.type[inst]
        slots = ops.VALUE_SLOTS[op]
        first = insts.type[a] if slots & 1 else type_
        width = BITS[first]
        names = {"a": self.value(a) if slots & 1 else "", "b": self.value(b) if slots & 2 else "",
                 "c": self.value(c) if slots & 4 else "", "m": (1 << width) - 1, "s": width - 1, "w": width}
        if op in _SIMPLE:
            self._out(indent, f"v{inst} = {_SIMPLE[op].format_map(names)}", inst)
        elif op in _WRAPPED:
            self._out(indent, f"v{inst} = {_WRAPPED[op].format_map(names)}", inst)
            self._wrap(inst, width, indent)
        elif op in _FLOAT:
            text = _FLOAT[op].format_map(names)
            self._out(indent, f"v{inst} = R32({text})" if type_ == F32 else f"v{inst} = {text}", inst)
        elif op in _CHECKED:
            self._checked(inst, op, _CHECKED[op].format_map(names), width, indent)
        elif op in _DIVISION:
            self._out(indent, f"if {names['b']} == -1 and {names['a']} == {-1 << width - 1}: "
                      "FAULT('quotient overflow')", inst)
            self._out(indent, f"v{inst} = {_DIVISION[op].format_map(names)}", inst)
        elif op in (ops.LOAD, ops.STORE, ops.COPY, ops.ZERO):
            self._memory(inst, op, names, indent)
        elif op in (ops.CALL_OP, ops.CALLI):
            self._call(inst, op, indent)
        elif op == ops.LANDING:
            self._out(indent, f"v{inst} = landing", inst)
        elif op in (ops.NULLCHK, ops.BOUNDS, ops.TRAPIF):
            self._check(inst, op, names, indent)
        else:
            self._out(indent, f"v{inst} = {self._conversion(op, first, type_, str(names['a']))}", inst)

    def _wrap(self, inst: Value, width: int, indent: int) -> None:
        sign = 1 << width - 1
        self._out(indent, f"if v{inst} >= {sign} or v{inst} < {-sign}: "
                  f"v{inst} = (v{inst} & {(1 << width) - 1} ^ {sign}) - {sign}", inst)

    def _checked(self, inst: Value, op: int, text: str, width: int, indent: int) -> None:
        sign = 1 << width - 1
        self._out(indent, f"v{inst} = {text}", inst)
        if op in (ops.SADD_TRAP, ops.SSUB_TRAP, ops.SMUL_TRAP):
            self._out(indent, f"if v{inst} >= {sign} or v{inst} < {-sign}:", inst)
            self._trap(inst, self.insts.c[inst], [], indent + 1)
            return
        self._out(indent, f"if not 0 <= v{inst} < {1 << width}:", inst)
        self._trap(inst, self.insts.c[inst], [], indent + 1)
        self._out(indent, f"if v{inst} >= {sign}: v{inst} -= {1 << width}", inst)

    def _memory(self, inst: Value, op: int, names: dict[str, object], indent: int) -> None:
        insts = self.insts
        if op == ops.COPY:
            self._out(indent, "COPY({a}, {b}, {c})".format_map(names), inst)
        elif op == ops.ZERO:
            self._out(indent, "ZERO({a}, {b})".format_map(names), inst)
        else:
            disp = self.module.disp(insts.b[inst] if op == ops.LOAD else insts.c[inst]) - MEMORY_BASE
            where = f"{names['a']} + {disp} & {_M64}" if disp >= 0 else f"{names['a']} - {-disp} & {_M64}"
            if op == ops.LOAD:
                self._out(indent, f"v{inst} = L{CODES[insts.type[inst]]}(MEM, {where})[0]", inst)
            else:
                self._out(indent, f"P{CODES[insts.type[insts.b[inst]]]}(MEM, {where}, {names['b']})", inst)

    def _call(self, inst: Value, op: int, indent: int) -> None:
        insts = self.insts
        args = ", ".join(self.value(value) for value in self.module.list_values(insts.a[inst]))
        if op == ops.CALL_OP:
            text = f"F{insts.b[inst]}({args})"
        else:
            text = f"A[{self.value(insts.b[inst])}]({args})"
        self._out(indent, f"v{inst} = {text}" if insts.type[inst] != VOID else text, inst)

    def _check(self, inst: Value, op: int, names: dict[str, object], indent: int) -> None:
        insts = self.insts
        if op == ops.TRAPIF:
            self._out(indent, f"if {names['a']}:", inst)
            self._trap(inst, insts.b[inst], self.module.list_values(insts.c[inst]), indent + 1)
        elif op == ops.NULLCHK:
            self._out(indent, f"if not {names['a']}:", inst)
            self._trap(inst, traps.NULL, [], indent + 1)
        else:
            self._out(indent, "if not 0 <= {a} < {b} and ({b} >= 0 or {a} & {m} >= {b} & {m}):".format_map(names), inst)
            self._trap(inst, insts.c[inst], [insts.a[inst], insts.b[inst]], indent + 1)

    @staticmethod
    def _conversion(op: int, source: int, target: int, a: str) -> str:
        if op == ops.NOT:
            return f"not {a}" if target == BOOL else f"~{a}"
        if op == ops.TRUNC:
            sign = 1 << BITS[target] - 1
            return f"({a} & {2 * sign - 1} ^ {sign}) - {sign}"
        if op in (ops.SITOF, ops.UITOF):
            number = a if op == ops.SITOF else f"{a} & {(1 << BITS[source]) - 1}"
            return f"IF32({number})" if target == F32 else f"float({number})"
        if op == ops.FTOSI:
            return f"FTOI({a}, {BITS[target]})"
        if op == ops.FTRUNC:
            return f"R32({a})"
        assert op == ops.BITCAST and SIZES[source] == SIZES[target], ops.OPS[op].name
        if IS_FLOAT[source] == IS_FLOAT[target]:
            return f"{a} & 255" if target == BOOL and source != BOOL else f"+{a}"
        return f"C{CODES[source]}{CODES[target]}({a})"


def _signed(bits: int, width: int) -> int:
    return bits - (1 << width) if bits >> (width - 1) else bits


def _literal(number: int, type_: int) -> str:
    if type_ == PTR:
        number = _signed(number, 64)
    return f"({number})" if number < 0 else str(number)
