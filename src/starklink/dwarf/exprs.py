"""Location expressions (DWARF 5 section 2.5), built operation by operation.

    Expression().fbreg(-24)                                  a variable in the frame
    Expression().constu(7).stack_value()                     a value without a place
    Expression().push_object_address().lit(8).plus().deref() the length word of the object being looked at
"""

from __future__ import annotations

from typing import Final

from .consts import OP
from .leb import sleb, uleb

_ADDR: Final = OP["addr"]
_FBREG: Final = OP["fbreg"]


class Expression:
    """A growing expression. `data` are its bytes, `addresses` the (offset, symbol, addend) of its 8-byte addresses.

    `references`: (offset, "uleb" or "fixed", entry) of 4-byte places that want an entry's offset in its unit.
    """

    __slots__ = ("addresses", "data", "references")

    def __init__(self, data: bytes = b"") -> None:
        self.data = data
        self.addresses: list[tuple[int, str, int]] = []
        self.references: list[tuple[int, str, int]] = []

    def op(self, name: str, operands: bytes = b"") -> Expression:
        """Append an operation by its name without DW_OP_, with encoded operands. Raises KeyError for an unknown
        name."""
        self.data += bytes((OP[name],)) + operands
        return self

    def address(self, symbol: str, addend: int = 0) -> Expression:
        """Push the address symbol + addend."""
        self.addresses.append((len(self.data) + 1, symbol, addend))
        self.data += bytes((_ADDR, 0, 0, 0, 0, 0, 0, 0, 0))
        return self

    def fbreg(self, offset: int) -> Expression:
        """Push the frame base plus an offset in bytes."""
        self.data += bytes((_FBREG,)) + sleb(offset)
        return self

    def reg(self, number: int) -> Expression:
        """The value is in a register (alone, or before `piece`)."""
        return self.op(f"reg{number}") if number < 32 else self.op("regx", uleb(number))

    def breg(self, number: int, offset: int) -> Expression:
        """Push a register plus an offset in bytes."""
        if number < 32:
            return self.op(f"breg{number}", sleb(offset))
        return self.op("bregx", uleb(number) + sleb(offset))

    def lit(self, value: int) -> Expression:
        """Push a number 0 to 31."""
        if not 0 <= value < 32:
            raise ValueError(f"literal {value} is not in 0..31")
        return self.op(f"lit{value}")

    def constu(self, value: int) -> Expression:
        """Push an unsigned number."""
        return self.lit(value) if 0 <= value < 32 else self.op("constu", uleb(value))

    def consts(self, value: int) -> Expression:
        """Push a signed number."""
        return self.lit(value) if 0 <= value < 32 else self.op("consts", sleb(value))

    def plus_uconst(self, value: int) -> Expression:
        """Add an unsigned number to the top."""
        return self.op("plus_uconst", uleb(value))

    def plus(self) -> Expression:
        """Add the two topmost entries."""
        return self.op("plus")

    def deref(self) -> Expression:
        """Replace the address on top by the 8 bytes there."""
        return self.op("deref")

    def stack_value(self) -> Expression:
        """The top is the value itself."""
        return self.op("stack_value")

    def implicit_value(self, value: bytes) -> Expression:
        """The value is these bytes."""
        return self.op("implicit_value", uleb(len(value)) + value)

    def call_frame_cfa(self) -> Expression:
        """Push the CFA."""
        return self.op("call_frame_cfa")

    def push_object_address(self) -> Expression:
        """Push the address of the object whose type is being evaluated."""
        return self.op("push_object_address")

    def piece(self, size: int) -> Expression:
        """What was described is `size` bytes of the value; more pieces follow."""
        return self.op("piece", uleb(size))

    def entry_value(self, inner: Expression) -> Expression:
        """Push the value `inner` had on entry to the function."""
        return self.op("entry_value", uleb(len(inner.data)) + inner.data)

    # -- further operations, with operands checked by their table ------------------------------------------------------

    def do(self, name: str, *operands: int | bytes) -> Expression:
        """Append an operation with operands to be encoded, as in `rows.OPERATIONS`: `do("bregx", 17, -8)`. Raises KeyError
        for an unknown name, ValueError for wrong operands."""
        from .operations import encode_operation

        self.data += encode_operation(name, *operands)
        return self

    def typed(self, name: str, entry: int, *operands: int | bytes) -> Expression:
        """Append an operation that names a base type (convert, reinterpret, const_type, regval_type, deref_type) by the number
        of its entry."""
        from .operations import encode_operation

        placeholder = 0x0FFFFFFF  # takes 4 bytes, as the offset will
        values = list(operands)
        values.insert(1 if name in ("regval_type", "deref_type", "xderef_type", "GNU_regval_type", "GNU_deref_type") else 0,
                      placeholder)
        code = encode_operation(name, *values)
        self.references.append((len(self.data) + code.index(b"\xff\xff\xff\x7f"), "uleb", entry))
        self.data += code
        return self

    def call(self, entry: int) -> Expression:
        """Go on as the location of another entry of the unit says, by the entry's number."""
        self.references.append((len(self.data) + 1, "fixed", entry))
        return self.op("call4", bytes(4))

    def branch(self, name: str, distance: int) -> Expression:
        """Append "bra" (if the top is not zero) or "skip" over so many bytes behind it (negative: back)."""
        if name not in ("bra", "skip"):
            raise ValueError(f"{name} is no branch")
        return self.do(name, distance)

    def check(self, version: int = 5, stack: int = 0) -> Expression:
        """Raise ValueError if the expression is not valid in a DWARF version. `stack`: entries it starts with."""
        data = self.data
        if data[:1] == b"\x91" and len(data) <= 11 and data[-1] < 0x80 and all(byte > 0x7F for byte in data[1:-1]) and data[1:]:
            return self  # fbreg, of which there are many
        from .operations import check_expression

        found = check_expression(self.data, version, stack=stack)
        if found:
            raise ValueError("; ".join(found))
        return self
