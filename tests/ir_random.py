"""Random valid IR for property tests: every foldable op, variables, any (also irreducible) control flow, memory,
calls, exceptions.

Termination is guaranteed by a fuel variable that every block of the graph pays from. Divisors are made odd and
positive, so the only ways to end are a return and a trap; both are the same before and after a correct
transformation.
"""

from __future__ import annotations

import random

from starklink.ir import ops, traps
from starklink.ir.function_builder import FunctionBuilder
from starklink.ir.interp import Interpreter, TrapError, unwind
from starklink.ir.module import Data, Function, Module, Signature
from starklink.ir.types import BITS, BOOL, F32, F64, I8, I16, I32, I64, IS_FLOAT, PTR

TYPES = (BOOL, I8, I16, I32, I64, F32, F64)
INTERESTING = (0, 1, 2, 3, 5, 7, 8, 10, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 1000, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF,
               0x80000000, 0xFFFFFFFF, 1 << 53, (1 << 53) + 1, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, -1, -2, -7, -128)
FLOATS = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 1e10, -1e300, 3.4e38, 1e-320, float("inf"), float("-inf"), float("nan"), 0.1)
INT_BINARY = (ops.ADD, ops.SUB, ops.MUL, ops.AND, ops.OR, ops.XOR, ops.SHL, ops.LSHR, ops.ASHR, ops.UMULH, ops.SMULH)
DIVISIONS = (ops.SDIV, ops.UDIV, ops.SREM, ops.UREM)
CHECKED = ((ops.SADD_TRAP, traps.OVF_ADD), (ops.SSUB_TRAP, traps.OVF_SUB), (ops.SMUL_TRAP, traps.OVF_MUL),
           (ops.UADD_TRAP, traps.OVF_ADD), (ops.USUB_TRAP, traps.OVF_SUB), (ops.UMUL_TRAP, traps.OVF_MUL))
COMPARES = range(ops.EQ, ops.UGE + 1)
FLOAT_COMPARES = range(ops.FEQ, ops.FGE + 1)
REPEATED = frozenset((*range(ops.ADD, ops.SELECT + 1), ops.LOAD))
SLOT_SIZE = 64


class Generator:
    """Builds one module from a seed: `count` functions, the last one is called `main`."""

    def __init__(self, seed: int, size: int = 12, count: int = 2, fold: bool = False) -> None:
        self.rng = random.Random(seed)
        self.size = size
        self.fold = fold
        self.module = Module(f"random{seed}")
        self.callees: list[int] = []
        self.table = self.module.add_symbol(Data("table", ".rodata", 64, 8, bytes(self.rng.randrange(256) for _ in range(48))))
        self.cell = self.module.add_symbol(Data("cell", ".data", 64, 8, b"", [(0, self.table, 8)]))
        self.throw = self.module.add_symbol(Function("throw", "throw", Signature((PTR,), 0)))
        for index in range(count):
            name = "main" if index == count - 1 else f"f{index}"
            self.function(name)
        self.module.entry = self.module.symbol_ids["main"]

    def function(self, name: str) -> None:
        rng = self.rng
        symbol = self.module.add_symbol(Function(name, name, Signature((I64, I32, F64, BOOL), I64)))
        f = self.f = FunctionBuilder(self.module, symbol, self.fold)
        self.vars: dict[int, list[int]] = {type_: [f.new_var(type_) for _ in range(2)] for type_ in TYPES}
        params = [f.param(I64), f.param(I32), f.param(F64), f.param(BOOL)]
        self.fuel = f.new_var(I64)
        f.write(self.fuel, f.const(I64, rng.randrange(5, 60)))
        for value, type_ in zip(params, (I64, I32, F64, BOOL)):
            f.write(self.vars[type_][0], value)
        self.slot = f.slot(SLOT_SIZE, 16)
        self.caught = f.slot(8, 8)
        f.store(self.caught, f.const(I64, 0))
        self.here: dict[int, list[int]] = {type_: [] for type_ in TYPES}
        for _ in range(4):
            self.step()
        self.graph(rng.randrange(1, self.size))
        f.finish()
        self.callees.append(symbol)

    def graph(self, count: int) -> None:
        """Blocks with random edges; `stop` returns a digest of all variables."""
        f, rng = self.f, self.rng
        blocks = [f.new_block() for _ in range(count)]
        stop = f.new_block()
        pads = [f.new_block(0) for _ in range(2)] if rng.random() < 0.4 else []
        joins = {block: f.block_param(block, I64) for block in blocks if rng.random() < 0.3}

        def passed(target: int) -> tuple[int, ...]:
            return (self.value(I64),) if target in joins else ()

        f.jump(blocks[0], passed(blocks[0]))
        for index, block in enumerate(blocks):
            f.handler = rng.choice([0, *pads])
            f.start(block)
            self.here = {type_: [] for type_ in TYPES}
            if pads and rng.random() < 0.4:
                f.call(self.throw, (self.slot,))
            if block in joins:
                self.here[I64].append(joins[block])
            left = f.bin(ops.SUB, I64, f.read(self.fuel), f.const(I64, 1))
            f.write(self.fuel, left)
            for _ in range(rng.randrange(6)):
                self.step()
            near = blocks[max(0, index - 2):index + 4]
            then, other = rng.choice(near), rng.choice(near)
            enough = f.cmp(ops.SGT, left, f.const(I64, 0))
            if rng.random() < 0.5:
                go = f.new_block()
                f.br(enough, go, stop)
                f.seal(go)
                f.start(go)
                self.branch(then, other, passed, blocks)
            else:
                values = passed(then)
                f.br(enough, then, stop, values)
        f.handler = 0
        for pad in pads:
            f.seal(pad)
            f.start(pad)
            self.here = {type_: [] for type_ in TYPES}
            f.store(self.slot, self.to_i64(f.un(ops.BITCAST, I64, f.emit(ops.LANDING, PTR)), I64), 8)
            caught = f.load(I64, self.caught)
            f.store(self.caught, f.bin(ops.ADD, I64, caught, f.const(I64, 1)))
            target = rng.choice([stop, *blocks])
            f.br(f.cmp(ops.SLT, caught, f.const(I64, 3)), target, stop, passed(target))
        for block in blocks:
            f.seal(block)
        f.seal(stop)        # after the blocks: reading in an unsealed graph is the hard case of SSA construction
        f.start(stop)
        total = f.load(I64, self.slot, 8 * rng.randrange(SLOT_SIZE // 8))
        for type_ in TYPES:
            for var in self.vars[type_]:
                total = f.bin(ops.ADD, I64, f.bin(ops.MUL, I64, total, f.const(I64, 31)), self.to_i64(f.read(var), type_))
        f.ret(total)

    def branch(self, then: int, other: int, passed: object, blocks: list[int]) -> None:
        f, rng = self.f, self.rng
        kind = rng.randrange(4)
        if kind == 0:
            f.jump(then, passed(then))
        elif kind == 1 and not any(passed(block) for block in (then, other)):
            f.switch(self.value(rng.choice((I32, I64))), {0: then, 1: other, -1: then, 7: other}, then)
        else:
            f.br(self.value(BOOL), then, other, passed(then), passed(other))

    def to_i64(self, value: int, type_: int) -> int:
        f = self.f
        if type_ == F32:
            value, type_ = f.un(ops.BITCAST, I32, value), I32
        if type_ == F64:
            return f.un(ops.BITCAST, I64, value)
        return value if type_ == I64 else f.un(ops.ZEXT, I64, value)

    def const(self, type_: int) -> int:
        rng = self.rng
        if IS_FLOAT[type_]:
            return self.f.fconst(type_, rng.choice(FLOATS))
        return self.f.const(type_, rng.randrange(2) if type_ == BOOL else rng.choice(INTERESTING))

    def value(self, type_: int) -> int:
        """A constant, a value of this block, or a variable."""
        rng = self.rng
        roll = rng.random()
        if roll < 0.25:
            return self.const(type_)
        if roll < 0.6 and self.here[type_]:
            return rng.choice(self.here[type_])
        return self.f.read(rng.choice(self.vars[type_]))

    def step(self) -> None:
        """One random instruction; its value may go into a variable."""
        f, rng = self.f, self.rng
        type_, value = rng.choice(self.STEPS)(self)
        if type_:
            self.here[type_].append(value)
            if rng.random() < 0.4:
                f.write(rng.choice(self.vars[type_]), value)

    def again(self) -> tuple[int, int]:
        """Something computed in this block once more."""
        insts = self.module.insts
        type_ = self.rng.choice((I32, I64, F64, BOOL))
        known = [value for value in self.here[type_] if insts.op[value] in REPEATED]
        if not known:
            return 0, 0
        value = self.rng.choice(known)
        return type_, self.f.emit(insts.op[value], type_, insts.a[value], insts.b[value], insts.c[value])

    def int_type(self) -> int:
        return self.rng.choice((I32, I64))

    def arithmetic(self) -> tuple[int, int]:
        type_ = self.int_type()
        return type_, self.f.bin(self.rng.choice(INT_BINARY), type_, self.value(type_), self.value(type_))

    def division(self) -> tuple[int, int]:
        type_, f = self.int_type(), self.f
        divisor = f.bin(ops.OR, type_, f.bin(ops.AND, type_, self.value(type_), f.const(type_, 0x7FFF)), f.const(type_, 1))
        if self.rng.random() < 0.6:
            divisor = f.const(type_, self.rng.choice((1, 2, 3, 5, 7, 8, 10, 13, 16, 100, 641, 1 << 20, 0x7FFFFFFF, -2, -3, -10)))
        return type_, f.bin(self.rng.choice(DIVISIONS), type_, self.value(type_), divisor)

    def checked(self) -> tuple[int, int]:
        type_ = self.int_type()
        op, kind = self.rng.choice(CHECKED)
        a, b = self.value(type_), self.value(type_)
        if self.rng.random() < 0.8:     # mostly small, or every run would trap at once
            mask = self.f.const(type_, 0xFFF)
            a, b = self.f.bin(ops.AND, type_, a, mask), self.f.bin(ops.AND, type_, b, self.f.const(type_, 0xFF))
            if op == ops.USUB_TRAP:
                a = self.f.bin(ops.OR, type_, a, mask)
        return type_, self.f.trapping(op, type_, a, b, kind)

    def bits(self) -> tuple[int, int]:
        type_ = self.rng.choice((BOOL, I8, I16, I32, I64))
        if self.rng.random() < 0.3:
            return type_, self.f.un(ops.NOT, type_, self.value(type_))
        return type_, self.f.bin(self.rng.choice((ops.AND, ops.OR, ops.XOR)), type_, self.value(type_), self.value(type_))

    def negate(self) -> tuple[int, int]:
        type_ = self.rng.choice((I32, I64, F32, F64))
        op = self.rng.choice((ops.FNEG, ops.FABS, ops.FSQRT)) if IS_FLOAT[type_] else ops.NEG
        return type_, self.f.un(op, type_, self.value(type_))

    def compare(self) -> tuple[int, int]:
        type_ = self.rng.choice(TYPES)
        op = self.rng.choice(FLOAT_COMPARES if IS_FLOAT[type_] else COMPARES)
        return BOOL, self.f.cmp(op, self.value(type_), self.value(type_))

    def float_arithmetic(self) -> tuple[int, int]:
        type_ = self.rng.choice((F32, F64))
        return type_, self.f.bin(self.rng.choice((ops.FADD, ops.FSUB, ops.FMUL, ops.FDIV)), type_,
                                 self.value(type_), self.value(type_))

    def convert(self) -> tuple[int, int]:
        f, rng = self.f, self.rng
        source, target, op = rng.choice((
            (BOOL, I8, ops.ZEXT), (BOOL, I64, ops.ZEXT), (BOOL, I32, ops.SEXT), (I8, I64, ops.SEXT), (I8, I32, ops.ZEXT),
            (I16, I64, ops.ZEXT), (I16, I32, ops.SEXT), (I32, I64, ops.SEXT), (I32, I64, ops.ZEXT), (I64, I32, ops.TRUNC),
            (I64, I8, ops.TRUNC), (I32, I16, ops.TRUNC), (I32, F32, ops.SITOF), (I64, F64, ops.SITOF), (I64, F32, ops.UITOF),
            (I32, F64, ops.UITOF), (I64, F32, ops.SITOF), (F64, I32, ops.FTOSI), (F32, I64, ops.FTOSI), (F32, F64, ops.FEXT),
            (F64, F32, ops.FTRUNC), (I64, F64, ops.BITCAST), (F64, I64, ops.BITCAST), (F32, I32, ops.BITCAST),
            (I64, I64, ops.BITCAST)))
        value = f.un(op, target, self.value(source))
        return target, value

    def select(self) -> tuple[int, int]:
        type_ = self.rng.choice(TYPES)
        return type_, self.f.select(type_, self.value(BOOL), self.value(type_), self.value(type_))

    def address(self) -> tuple[int, int]:
        """Some base address and a displacement that keeps 8 bytes inside."""
        f, rng = self.f, self.rng
        base = self.slot if rng.random() < 0.7 else f.symaddr(self.cell)
        if rng.random() < 0.3:
            offset = f.bin(ops.AND, I64, self.value(I64), f.const(I64, 24))
            return f.bin(ops.ADD, PTR, base, offset), 8 * rng.randrange(1, 4)
        return base, 8 * rng.randrange(1, SLOT_SIZE // 8)

    def load(self) -> tuple[int, int]:
        type_ = self.rng.choice((I8, I16, I32, I64, F64))
        if self.rng.random() < 0.3:
            flags = ops.INVARIANT if self.rng.random() < 0.7 else 0
            return type_, self.f.load(type_, self.f.symaddr(self.table, 8), self.rng.randrange(6) * 8, flags)
        base, disp = self.address()
        return type_, self.f.load(type_, base, disp)

    def store(self) -> tuple[int, int]:
        type_ = self.rng.choice(TYPES)
        base, disp = self.address()
        self.f.store(base, self.value(type_), disp)
        return 0, 0

    def block_memory(self) -> tuple[int, int]:
        f = self.f
        if self.rng.random() < 0.5:
            f.emit(ops.ZERO, 0, self.slot, f.const(I64, 8 * self.rng.randrange(8)))
        else:
            f.emit(ops.COPY, 0, self.slot, f.symaddr(self.table), f.const(I64, 8 * self.rng.randrange(8)))
        return 0, 0

    def check(self) -> tuple[int, int]:
        f, rng = self.f, self.rng
        kind = rng.randrange(3)
        if kind == 0:
            f.nullcheck(rng.choice((self.slot, f.symaddr(self.cell), f.load(PTR, f.symaddr(self.cell), 0))))
        elif kind == 1:
            length = f.const(I64, rng.choice((0, 8, 100, 1 << 62)))
            index = self.value(I64)
            if rng.random() < 0.8:
                index = f.bin(ops.AND, I64, index, f.const(I64, 7))
            f.bounds(index, length, rng.choice((traps.INDEX, traps.INDEX_U)))
        else:
            rare = f.cmp(ops.EQ, self.value(I64), f.const(I64, 123456789))
            f.trapif(rare, traps.CAST_INT, (self.value(I64), f.const(I64, 5)))
        return 0, 0

    def call(self) -> tuple[int, int]:
        f = self.f
        if not self.callees:
            return 0, 0
        args = (self.value(I64), self.value(I32), self.value(F64), self.value(BOOL))
        callee = self.rng.choice(self.callees)
        if self.rng.random() < 0.3:
            return I64, f.calli(self.module.signature((I64, I32, F64, BOOL), I64), f.symaddr(callee), args)
        return I64, f.call(callee, args)

    STEPS = (again, again, again, arithmetic, arithmetic, arithmetic, division, checked, bits, negate, compare, compare,
             float_arithmetic, convert, convert, select, load, load, store, store, block_memory, check, call)


def random_module(seed: int, size: int = 12, fold: bool = False) -> Module:
    """A verified-by-construction random module with a function `main(i64, i32, f64, bool) -> i64`."""
    return Generator(seed, size, fold=fold).module


def random_arguments(seed: int) -> tuple[int, int, float, int]:
    """Arguments for `main`."""
    rng = random.Random(seed)
    return rng.choice(INTERESTING), rng.choice(INTERESTING) & 0x7FFFFFFF, rng.choice(FLOATS), rng.randrange(2)


def observe(module: Module, args: tuple[int, int, float, int]) -> tuple[object, ...]:
    """What a run shows: result or trap, and the final content of the writable data."""
    interpreter = Interpreter(module, {"throw": unwind}, step_limit=3_000_000)
    try:
        outcome: tuple[object, ...] = ("result", interpreter.run("main", args))
    except TrapError as trap:
        outcome = ("trap", trap.kind, repr(trap.values))
    return (*outcome, interpreter.read(interpreter.addresses[module.symbol_ids["cell"]] + 8, 56))


def widths() -> dict[int, int]:
    """Bits of the types the generator uses."""
    return {type_: BITS[type_] for type_ in TYPES}
