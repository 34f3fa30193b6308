"""What is known about values at a point of the program: ranges, order, non-null pointers.

Facts are collected along the dominator tree: `enter` a block, `assume` conditions, `leave` it again to forget them. A
range is a pair of signed numbers; `is_less(a, b)` is the signed order; lengths (right operands of `bounds`) are never
negative.
"""

from __future__ import annotations

from math import isqrt
from typing import Final, TypeAlias

from .. import ops
from ..algebra import INVERSE
from ..module import Function, Module, SymbolId, Value
from ..ops import ADD, BITCAST, ICONST, SADD_TRAP, SLOT, SMUL_TRAP, SSUB_TRAP, SYMADDR
from ..types import BITS, PTR
from .ranges import signed_range

Range: TypeAlias = tuple[int, int]

NEVER_NULL: Final = ("__new", "__concat")
"""Library functions whose names begin so never return null."""
_UNSIGNED_TO_SIGNED: Final = {ops.ULT: ops.SLT, ops.ULE: ops.SLE, ops.UGT: ops.SGT, ops.UGE: ops.SGE}
_ABSENT: Final[Range] = (1, 0)
_CHAIN: Final = 8
"""What is learned of a sum is passed on to so many sums it is made of."""


class Facts:
    """A stack of facts over one function."""

    def __init__(self, module: Module, symbol_id: SymbolId) -> None:
        self.module = module
        self.insts = module.insts
        self.ranges: dict[Value, Range] = {}
        self.above: dict[Value, dict[Value, None]] = {}       # value -> values known to be greater
        self.nonnull: set[Value] = set()
        self.multiple_of: dict[Value, int] = {}               # value -> power of two that divides it
        self._undo: list[tuple[int, Value, Value, Range]] = []
        self._marks: list[int] = []
        function = module.function(symbol_id)
        if function.param_names and function.param_names[0] == "this":
            self.nonnull.add(module.blocks.first[function.blocks[0]])

    def enter(self) -> None:
        """Facts added from now on hold until the matching `leave`."""
        self._marks.append(len(self._undo))

    def leave(self) -> None:
        """Forget what was added since the matching `enter`."""
        mark = self._marks.pop()
        while len(self._undo) > mark:
            kind, value, other, before = self._undo.pop()
            if kind == 0:
                if before == _ABSENT:
                    del self.ranges[value]
                else:
                    self.ranges[value] = before
            elif kind == 1:
                del self.above[value][other]
            elif kind == 3:
                self.multiple_of[value] = other
            else:
                self.nonnull.discard(value)

    # -- adding facts ------------------------------------------------------------------------------------------------

    def set_nonnull(self, value: Value) -> None:
        """The pointer is not null, the integer is not 0."""
        if value not in self.nonnull:
            self.nonnull.add(value)
            self._undo.append((2, value, 0, _ABSENT))

    def limit(self, value: Value, low: int, high: int, depth: int = _CHAIN) -> None:
        """low <= value <= high."""
        least, most = self.range(value)
        if value in self.nonnull:
            low, high = max(low, least), min(high, most)
            low, high = low + (low == 0), high - (high == 0)
        if (low > least or high < most) and self.insts.op[value] != ICONST:
            low, high = max(low, least), min(high, most)
            self._undo.append((0, value, 0, self.ranges.get(value, _ABSENT)))
            self.ranges[value] = (low, high)
            if depth and SADD_TRAP <= self.insts.op[value] <= SMUL_TRAP:
                self._limit_operand(value, low, high, depth - 1)

    def _limit_operand(self, value: Value, low: int, high: int, depth: int) -> None:
        """What the limits of a checked sum with a constant or of a checked square say about its operand."""
        insts = self.insts
        a, b = insts.a[value], insts.b[value]
        if insts.op[value] == SMUL_TRAP:
            if a == b and high >= 0:
                self.limit(a, -isqrt(high), isqrt(high), depth)
        elif insts.op[b] == ICONST:
            step = self.module.imm(b) * (-1 if insts.op[value] == SSUB_TRAP else 1)
            self.limit(a, low - step, high - step, depth)

    def set_less(self, a: Value, b: Value) -> None:
        """a < b."""
        above = self.above.setdefault(a, {})
        if b not in above:
            above[b] = None
            self._undo.append((1, a, b, _ABSENT))
        (low_a, _), (_, high_b) = self.range(a), self.range(b)
        self.limit(a, -(1 << 64), high_b - 1)
        self.limit(b, low_a + 1, 1 << 64)

    def in_bounds(self, index: Value, length: Value) -> None:
        """0 <= index < length."""
        self.limit(length, 0, 1 << 63)
        self.limit(index, 0, 1 << 63)
        self.set_less(index, length)

    def assume(self, condition: Value, truth: bool) -> None:
        """The bool has this value."""
        insts = self.insts
        op = insts.op[condition]
        a, b = insts.a[condition], insts.b[condition]
        if op == ops.NOT:
            self.assume(a, not truth)
        elif (op == ops.AND and truth) or (op == ops.OR and not truth):
            self.assume(a, truth)
            self.assume(b, truth)
        elif ops.EQ <= op <= ops.UGE:
            self._compare(op if truth else INVERSE[op], a, b)

    def _compare(self, op: int, a: Value, b: Value) -> None:
        if op in _UNSIGNED_TO_SIGNED:
            if op in (ops.ULT, ops.ULE) and self.range(b)[0] >= 0:
                self.limit(a, 0, 1 << 63)
            elif op in (ops.UGT, ops.UGE) and self.range(a)[0] >= 0:
                self.limit(b, 0, 1 << 63)
            elif self.range(a)[0] < 0 or self.range(b)[0] < 0:
                return
            op = _UNSIGNED_TO_SIGNED[op]
        if op in (ops.SGT, ops.SGE):
            op, a, b = (ops.SLT if op == ops.SGT else ops.SLE), b, a
        (low_a, high_a), (low_b, high_b) = self.range(a), self.range(b)
        if op == ops.SLT:
            self.set_less(a, b)
        elif op == ops.SLE:
            self.limit(a, -(1 << 64), high_b)
            self.limit(b, low_a, 1 << 64)
        elif op == ops.EQ:
            self.limit(a, low_b, high_b)
            self.limit(b, low_a, high_a)
            if low_b == high_b == 0:
                self._divides(a)
        elif low_b == high_b:
            if low_b == 0:
                self.set_nonnull(a)
            if self.insts.type[a] != PTR:
                self.limit(a, low_a + (low_a == low_b), high_a - (high_a == low_b))

    def _divides(self, rest: Value) -> None:
        """A remainder or the low bits of a value are 0."""
        insts = self.insts
        op, value = insts.op[rest], insts.a[rest]
        if op in (ops.SREM, ops.UREM, ops.AND) and insts.op[insts.b[rest]] == ICONST:
            power = self.module.imm(insts.b[rest]) + (op == ops.AND)
            before = self.multiple_of.get(value, 1)
            if power > before and power & (power - 1) == 0:
                self._undo.append((3, value, before, _ABSENT))
                self.multiple_of[value] = power

    # -- asking ------------------------------------------------------------------------------------------------------

    def range(self, value: Value) -> Range:
        """Bounds of an integer."""
        return signed_range(self.module, value, 4, self.ranges)

    def is_less(self, a: Value, b: Value, depth: int = 3) -> bool:
        """a < b is certain."""
        if b in self.above.get(a, ()) or self.range(a)[1] < self.range(b)[0]:
            return True
        insts = self.insts
        if insts.op[a] in (ops.SREM, ops.UREM) and insts.b[a] == b and self.range(b)[0] >= 0:
            return True         # there is a remainder, so b was not 0
        if not depth or insts.op[a] not in (ADD, SADD_TRAP, SSUB_TRAP) or insts.op[insts.b[a]] != ICONST:
            return False
        step = self.module.imm(insts.b[a]) * (-1 if insts.op[a] == SSUB_TRAP else 1)
        base = insts.a[a]
        if step > 0 or (insts.op[a] == ADD and self.range(base)[0] + step < -1 << BITS[insts.type[a]] - 1):
            return False
        return (base == b and step < 0) or self.is_less(base, b, depth - 1)

    def decide(self, condition: Value) -> bool | None:
        """The value of a comparison if it is certain."""
        insts = self.insts
        op, a, b = insts.op[condition], insts.a[condition], insts.b[condition]
        if op == ICONST:
            return bool(a)
        if op == ops.NOT:
            inner = self.decide(a)
            return None if inner is None else not inner
        if op in (ops.AND, ops.OR):
            sides = self.decide(a), self.decide(b)
            stops = op == ops.OR
            return stops if stops in sides else None if None in sides else not stops
        if not ops.EQ <= op <= ops.UGE:
            return None
        if op in (ops.EQ, ops.NE) and insts.op[b] == ICONST and not insts.a[b] | insts.b[b] and self.is_nonnull(a):
            return op == ops.NE
        if insts.type[a] == PTR:
            return None
        (low_a, high_a), (low_b, high_b) = self.range(a), self.range(b)
        if op in _UNSIGNED_TO_SIGNED:
            if low_a < 0 or low_b < 0:
                return None
            op = _UNSIGNED_TO_SIGNED[op]
        if op in (ops.EQ, ops.NE):
            return op == ops.NE if high_a < low_b or high_b < low_a else None
        if op in (ops.SGT, ops.SLE):
            a, b, low_a, high_a, low_b, high_b = b, a, low_b, high_b, low_a, high_a
        less = True if self.is_less(a, b) else False if low_a >= high_b else None
        return less if less is None or op in (ops.SLT, ops.SGT) else not less

    def is_nonnull(self, value: Value, depth: int = 4) -> bool:
        """The pointer is certainly not null, the integer certainly not 0."""
        insts = self.insts
        if value in self.nonnull:
            return True
        op = insts.op[value]
        if op in (SYMADDR, SLOT):
            return True
        if op == ops.CALL_OP:
            callee = self.module.symbols[insts.b[value]]
            return isinstance(callee, Function) and callee.runtime and callee.symbol.startswith(NEVER_NULL)
        if not depth:
            return False
        if op == BITCAST:
            return self.is_nonnull(insts.a[value], depth - 1)
        if op == ops.SELECT:
            return self.is_nonnull(insts.b[value], depth - 1) and self.is_nonnull(insts.c[value], depth - 1)
        return False
