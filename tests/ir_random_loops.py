"""Random counted loops over arrays: what the removal of checks and loop-invariant code motion are about.

Loops count up and down by one or more or by other counters, from and to constants, parameters and lengths, tested at the
top or at the bottom, also by their square, with checked and wrapping steps; bodies index arrays by expressions of the
counters, store, call, divide, count what they find, break. Fuel bounds every loop.
"""

from __future__ import annotations

import random
from struct import pack

from starklink.ir import ops, traps
from starklink.ir.function_builder import FunctionBuilder
from starklink.ir.module import Data, Function, Module, Signature
from starklink.ir.types import BOOL, F64, I32, I64, PTR

LENGTHS = (8, 5, 0)


class LoopGenerator:
    """Builds one module with `main(i64, i32, f64, bool) -> i64`."""

    def __init__(self, seed: int) -> None:
        rng = self.rng = random.Random(seed)
        self.module = Module(f"loops{seed}")
        self.cell = self.module.add_symbol(Data("cell", ".data", 64))
        self.arrays = [self.module.add_symbol(Data(f"array{n}", ".data", 16 + 8 * n, 8, pack("<qq", 0, n) + bytes(
            rng.randrange(256) if i % 8 == 0 else 0 for i in range(8 * n)))) for n in LENGTHS]
        self.helper = self.module.add_symbol(Function("helper", "helper", Signature((I64,), I64)))
        f = self.f = FunctionBuilder(self.module, self.helper)
        x = f.param(I64)
        f.store(f.symaddr(self.arrays[0]), x, 24)
        f.ret(x)
        f.finish()
        symbol = self.module.add_symbol(Function("main", "main", Signature((I64, I32, F64, BOOL), I64)))
        f = self.f = FunctionBuilder(self.module, symbol)
        n, small, _, self.flag = f.param(I64), f.param(I32), f.param(F64), f.param(BOOL)
        self.n = f.bin(ops.AND, I64, n, f.const(I64, 15)) if rng.random() < 0.7 else n
        self.small = f.un(ops.SEXT, I64, small)
        self.fuel, self.total = f.new_var(I64), f.new_var(I64)
        f.write(self.fuel, f.const(I64, 300))
        f.write(self.total, f.const(I64, rng.randrange(10)))
        self.counters: list[int] = []
        self.chosen = f.select(PTR, self.flag, f.symaddr(self.arrays[0]), f.symaddr(self.arrays[1]))
        self.null = f.select(PTR, f.cmp(ops.EQ, self.small, f.const(I64, 0)), f.const(PTR, 0), self.chosen)
        for _ in range(rng.randrange(1, 4)):
            self.loop(2)
            self.statement(0)
        f.ret(f.read(self.total))
        f.finish()

    def array(self) -> int:
        return self.rng.choice((self.f.symaddr(self.rng.choice(self.arrays)), self.chosen, self.chosen, self.null))

    def length(self, array: int) -> int:
        self.f.nullcheck(array)
        return self.f.load(I64, array, 8, ops.INVARIANT)

    def limit(self) -> int:
        rng, f = self.rng, self.f
        return rng.choice((lambda: self.n, lambda: f.const(I64, rng.randrange(-1, 9)), lambda: self.length(self.array()),
                           lambda: self.small))()

    def add(self, type_: int, a: int, b: int, op: str = "add") -> int:
        """Checked or plain."""
        if self.rng.random() < 0.6:
            kind = traps.OVF_ADD if op == "add" else traps.OVF_SUB
            return self.f.trapping(ops.BY_NAME[f"s{op}_trap"].number, type_, a, b, kind)
        return self.f.bin(ops.BY_NAME[op].number, type_, a, b)

    def loop(self, depth: int) -> None:
        f, rng = self.f, self.rng
        counter = f.new_var(I64)
        down = rng.random() < 0.4
        if down:
            f.write(counter, self.add(I64, self.limit(), f.const(I64, 1), "sub"))
        else:
            f.write(counter, rng.choice((f.const(I64, 0), f.const(I64, 1), self.limit())))
        op = rng.choice((ops.SGE, ops.SGT, ops.NE) if down else (ops.SLT, ops.SLT, ops.SLT, ops.SLE, ops.NE, ops.ULT))
        bound = None if rng.random() < 0.5 else self.limit()    # known outside, or asked for in every test
        square = not down and rng.random() < 0.2

        def test() -> int:
            other = f.const(I64, rng.randrange(2)) if down else self.limit() if bound is None else bound
            tested = f.read(counter)
            if square:
                tested = f.trapping(ops.SMUL_TRAP, I64, tested, tested, traps.OVF_MUL)
            return f.cmp(op, tested, other)

        head, end = f.new_block(2), f.new_block()
        if rng.random() < 0.5:
            f.br(test(), head, end)
            f.start(head)
        else:
            f.jump(head)
            f.start(head)
            body = f.new_block(2)
            f.br(test(), body, end)
            f.seal(body)
            f.start(body)
        self.counters.append(counter)
        for _ in range(rng.randrange(1, 4)):
            self.statement(depth, end)
        self.counters.pop()
        f.write(self.fuel, f.bin(ops.SUB, I64, f.read(self.fuel), f.const(I64, 1)))
        step = f.const(I64, rng.choice((1, 1, 1, 2, 3)))
        if self.counters and rng.random() < 0.2:
            step = f.read(rng.choice(self.counters))
        f.write(counter, self.add(I64, f.read(counter), step, "sub" if down else "add"))
        again = f.new_block(2)
        f.br(f.cmp(ops.SGT, f.read(self.fuel), f.const(I64, 0)), again, end)
        f.seal(again)
        f.start(again)
        f.br(test(), head, end)
        f.seal(head)
        f.seal(end)
        f.start(end)

    def index(self, length: int) -> int:
        f, rng = self.f, self.rng
        i = f.read(rng.choice(self.counters)) if self.counters else self.n
        constant = f.const(I64, rng.randrange(1, 3))
        return rng.choice((
            lambda: i, lambda: i, lambda: self.add(I64, i, constant), lambda: self.add(I64, i, constant, "sub"),
            lambda: f.bin(ops.AND, I64, i, f.const(I64, 7)), lambda: f.bin(ops.SHL, I64, i, constant),
            lambda: f.bin(ops.SREM, I64, i, f.bin(ops.OR, I64, length, f.const(I64, 1))),
            lambda: f.un(ops.SEXT, I64, f.un(ops.TRUNC, I32, i)), lambda: self.add(I64, length, i, "sub"),
            lambda: f.bin(ops.MUL, I64, i, f.const(I64, rng.randrange(3, 12))), lambda: self.product(i),
            lambda: f.bin(rng.choice((ops.SDIV, ops.SREM, ops.UDIV)), I64, i, f.const(I64, rng.choice((2, 3, 4, 7, 100)))),
        ))()

    def product(self, i: int) -> int:
        """i * n + another counter."""
        f, rng = self.f, self.rng
        made = f.bin(ops.MUL, I64, i, self.n)
        return self.add(I64, made, f.read(rng.choice(self.counters)) if self.counters else self.small)

    def element(self) -> int:
        f = self.f
        array = self.array()
        length = self.length(array)
        index = self.index(length)
        if self.rng.random() < 0.6:     # most accesses shall succeed, or runs would be short
            inside, outside = f.new_block(), f.new_block()
            f.br(f.cmp(ops.ULT, index, length), inside, outside)
            f.seal(inside)
            f.seal(outside)
            f.start(outside)
            f.ret(f.read(self.total))
            f.start(inside)
        f.bounds(index, length)
        return f.bin(ops.ADD, PTR, array, f.bin(ops.SHL, I64, index, f.const(I64, 3)))

    def statement(self, depth: int, end: int = 0) -> None:
        f, rng = self.f, self.rng
        kind = rng.randrange(11)
        if kind < 3:
            before = f.bin(ops.MUL, I64, f.read(self.total), f.const(I64, 3))
            f.write(self.total, self.add(I64, before, f.load(I64, self.element(), 16)))
        elif kind == 3:
            f.store(self.element(), f.read(self.total), 16)
        elif kind == 4 and depth:
            self.loop(depth - 1)
        elif kind == 5:
            f.write(self.total, f.bin(ops.XOR, I64, f.read(self.total), f.call(self.helper, (self.index(self.n),))))
        elif kind == 6:
            divisor = self.index(self.n)
            f.trapif(f.cmp(ops.EQ, divisor, f.const(I64, 0)), traps.DIV_ZERO)
            f.trapif(f.cmp(ops.EQ, divisor, f.const(I64, -1)), traps.OVF_DIV)
            f.write(self.total, f.bin(rng.choice((ops.SDIV, ops.SREM)), I64, f.read(self.total), divisor))
        elif kind == 9:
            self.halve()
        elif kind == 10:
            self.count()
        else:
            then, join = f.new_block(), f.new_block()
            op = rng.choice((ops.SLT, ops.SGE, ops.EQ, ops.NE, ops.SGT))
            f.br(f.cmp(op, self.index(self.n), f.const(I64, rng.randrange(4))), then, join)
            f.seal(then)
            f.start(then)
            if end and kind == 7:
                f.jump(end)
            else:
                self.statement(0, end)
                f.jump(join)
            f.seal(join)
            f.start(join)


    def halve(self) -> None:
        """x % 2**k == 0 ? x / 2**j : 3 * x + 1."""
        f, rng = self.f, self.rng
        x = f.read(self.total) if rng.random() < 0.5 else self.index(self.n)
        power = rng.choice((2, 4, 8))
        even, odd, join = f.new_block(), f.new_block(), f.new_block()
        f.br(f.cmp(ops.EQ, f.bin(rng.choice((ops.SREM, ops.UREM)), I64, x, f.const(I64, power)), f.const(I64, 0)), even, odd)
        f.seal(even)
        f.seal(odd)
        f.start(even)
        f.write(self.total, f.bin(ops.SDIV, I64, x, f.const(I64, rng.choice((2, power, 2 * power)))))
        f.jump(join)
        f.start(odd)
        factor = f.const(I64, rng.choice((3, 5, 9, 10)))
        f.write(self.total, self.add(I64, f.trapping(ops.SMUL_TRAP, I64, x, factor, traps.OVF_MUL), f.const(I64, 1)))
        f.jump(join)
        f.seal(join)
        f.start(join)

    def count(self) -> None:
        """if (condition) total += step, sometimes with an else."""
        f, rng = self.f, self.rng
        then, other, join = f.new_block(), f.new_block(), f.new_block()
        step = f.const(I64, rng.choice((1, 1, 1, -1, 5))) if rng.random() < 0.7 else self.index(self.n)
        op = rng.choice((ops.EQ, ops.NE, ops.SLT, ops.ULT, ops.UGE))
        condition = f.cmp(op, self.index(self.n), f.const(I64, rng.choice((0, 0, 1, 3))))
        f.br(condition, *((then, other) if rng.random() < 0.7 else (other, then)))
        f.seal(then)
        f.seal(other)
        f.start(then)
        f.write(self.total, self.add(I64, f.read(self.total), step, rng.choice(("add", "add", "sub"))))
        f.jump(join)
        f.start(other)
        if rng.random() < 0.2:
            f.write(self.total, self.add(I64, f.read(self.total), f.const(I64, 2)))
        f.jump(join)
        f.seal(join)
        f.start(join)


def random_loops(seed: int) -> Module:
    """A random module of loops."""
    return LoopGenerator(seed).module
