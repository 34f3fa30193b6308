"""Replaces multiplication, division and remainder by constants with cheaper operations.

    v2: i64 = iconst 10                         v2: i64 = iconst 7378697629483820647
    v3: i64 = sdiv v1, v2                       v5: i64 = smulh v1, v2
    v4: i64 = iconst 8               ->         v6: i64 = iconst 2
    v5: i64 = mul v1, v4                        v7: i64 = ashr v5, v6
                                                v8: i64 = iconst 63
                                                v9: i64 = lshr v1, v8
                                                v3: i64 = add v7, v9
                                                v10: i64 = shl v1, 3

A checked multiplication by 3, 5 or 9 stays as a check while its value comes from a plain one:

    v2: i64 = iconst 3                          v2: i64 = iconst 3
    v3: i64 = smul_trap v1, v2, ovf_mul  ->     v3: i64 = smul_trap v1, v2, ovf_mul
    ret v3                                      v4: i64 = mul v1, v2
                                                ret v4

Division uses the high half of a product with a rounded-up reciprocal (Granlund, Montgomery: "Division by Invariant
Integers using Multiplication", 1994); powers of two become shifts and masks. Every replacement is exact.
"""

from __future__ import annotations

from typing import Final

from .. import ops
from ..algebra import const_before, rewrite
from ..analysis.ranges import signed_range
from ..module import Module, SymbolId, Value
from ..ops import ADD, AND, ASHR, ICONST, LSHR, MUL, NEG, SDIV, SHL, SMUL_TRAP, SMULH, SREM, SUB, UDIV, UMULH, UREM
from ..semantics import signed
from ..types import BITS, I32, I64

_TARGETS: Final = tuple(info.number in (MUL, SMUL_TRAP, SDIV, UDIV, SREM, UREM) for info in ops.OPS)
_LEA: Final = (3, 5, 9)


def run(module: Module, symbol_id: SymbolId) -> int:
    """Reduce one function; return the number of operations replaced."""
    insts = module.insts
    op, slot_b, following = insts.op, insts.b, insts.next
    changes = 0
    for block in module.function(symbol_id).blocks:
        inst = module.blocks.first[block]
        while inst:
            if _TARGETS[op[inst]] and op[slot_b[inst]] == ICONST:
                changes += _Reducer(module, inst).run()
            inst = following[inst]
    return changes


class _Reducer:
    """Replaces one instruction; new ones go in front of it and the last step is written into it."""

    def __init__(self, module: Module, inst: Value) -> None:
        insts = module.insts
        self.module = module
        self.inst = inst
        self.type = insts.type[inst]
        self.width = BITS[self.type]
        self.x = insts.a[inst]
        self.bits = (insts.a[insts.b[inst]] | insts.b[insts.b[inst]] << 32) & (1 << self.width) - 1
        self.divisor = signed(self.bits, self.width)
        self.positive = bool(insts.flags[inst] & ops.POSITIVE)

    def new(self, op: int, a: Value, b: Value = 0, type_: int = 0) -> Value:
        insts = self.module.insts
        row = self.module.new_inst(op, type_ or self.type, a, b, pos=insts.pos[self.inst], scope=insts.scope[self.inst])
        return self.module.insert_before(self.inst, row)

    def const(self, value: int, type_: int = 0) -> Value:
        return const_before(self.module, self.inst, type_ or self.type, value)

    def last(self, op: int, a: Value, b: Value = 0) -> int:
        rewrite(self.module, self.inst, op, a, b)
        return 1

    def run(self) -> int:
        op, bits = self.module.insts.op[self.inst], self.bits
        if bits == 0:
            return 0
        if op == SMUL_TRAP:
            return self.checked()
        if op == MUL:
            if bits & (bits - 1) == 0:
                return self.last(SHL, self.x, self.const(bits.bit_length() - 1))
            return self.last(NEG, self.x) if self.divisor == -1 else 0
        if bits == 1 or self.divisor == -1:
            return 0        # identities of fold; -1 must keep faulting on overflow
        if op in (SDIV, SREM) and self.divisor > 0 and signed_range(self.module, self.x)[0] >= 0:
            op = UDIV if op == SDIV else UREM
            self.positive = True
        if op == UREM and bits & (bits - 1) == 0:
            return self.last(AND, self.x, self.const(bits - 1))
        if op == SREM and bits & (bits - 1) == 0 and self.only_compared_with_zero():
            return self.last(AND, self.x, self.const(bits - 1))
        if op in (UREM, SREM):
            quotient = self.unsigned() if op == UREM else self.signed()
            if bits & (bits - 1) == 0:
                product = self.new(SHL, quotient, self.const(bits.bit_length() - 1))
            else:
                product = self.new(MUL, quotient, self.const(bits))
            return self.last(SUB, self.x, product)
        result = self.unsigned() if op == UDIV else self.signed()
        return self.take(result)

    def checked(self) -> int:
        """Factors that an address computation multiplies by: users take that result and need not wait for the check."""
        module = self.module
        if self.divisor not in _LEA or not module.users(self.inst):
            return 0
        product = module.new_inst(MUL, self.type, self.x, module.insts.b[self.inst], pos=module.insts.pos[self.inst],
                                  scope=module.insts.scope[self.inst])
        module.insert_after(self.inst, product)
        module.replace_all_uses(self.inst, product)
        return 1

    def only_compared_with_zero(self) -> bool:
        """All users ask whether the remainder is 0, which does not depend on its sign."""
        insts = self.module.insts
        return all(insts.op[user] in (ops.EQ, ops.NE) and insts.op[insts.b[user]] == ICONST
                   and not insts.a[insts.b[user]] | insts.b[insts.b[user]] for user in self.module.users(self.inst))

    def take(self, result: Value) -> int:
        """The last new instruction becomes the replaced one, so that users need no rewriting."""
        insts = self.module.insts
        op, a, b = insts.op[result], insts.a[result], insts.b[result]
        self.module.remove(result)
        return self.last(op, a, b)

    def unsigned(self) -> Value:
        """x / bits, both unsigned."""
        width, d, x = self.width, self.bits, self.x
        if d & (d - 1) == 0:
            return self.new(LSHR, x, self.const(d.bit_length() - 1))
        shift = (d - 1).bit_length()
        magic = -(-(1 << width + shift) // d)               # of width + 1 bits
        # A factor with fewer bits does if the error stays small enough: try without the extra bit.
        for less in range(shift + 1):
            candidate = -(-(1 << width + less) // d)
            if candidate < 1 << width and candidate * d - (1 << width + less) <= 1 << less + self.positive:
                high = self.high(UMULH, candidate)
                return self.new(LSHR, high, self.const(less)) if less else high
        high = self.high(UMULH, magic - (1 << width))
        half = self.new(LSHR, self.new(SUB, x, high), self.const(1))
        return self.new(LSHR, self.new(ADD, half, high), self.const(shift - 1))

    def signed(self) -> Value:
        """x / divisor, truncated."""
        width, d, x = self.width, self.divisor, self.x
        size = abs(d)
        if size & (size - 1) == 0:
            k = size.bit_length() - 1
            sign = self.new(ASHR, x, self.const(width - 1))
            bias = self.new(LSHR, sign, self.const(width - k))
            quotient = self.new(ASHR, self.new(ADD, x, bias), self.const(k))
            return self.new(NEG, quotient) if d < 0 else quotient
        shift = max(size.bit_length() - 1, 0)
        magic = (1 << width + shift) // size + 1            # between 2**(width-1) and 2**width
        factor = signed(magic, width)
        high = self.high(SMULH, factor)
        if factor < 0:
            high = self.new(ADD, high, x)
        if shift:
            high = self.new(ASHR, high, self.const(shift))
        sign = self.new(ASHR, x, self.const(width - 1))
        return self.new(SUB, sign, high) if d < 0 else self.new(SUB, high, sign)

    def high(self, op: int, factor: int) -> Value:
        """High half of x * factor; for i32 by a 64-bit product."""
        if self.type == I64:
            return self.new(op, self.x, self.const(factor))
        wide = self.new(ops.ZEXT if op == UMULH else ops.SEXT, self.x, 0, I64)
        product = self.new(MUL, wide, self.const(factor, I64), I64)
        return self.new(ops.TRUNC, self.new(LSHR, product, self.const(32, I64), I64), 0, I32)
