"""Evaluates expressions (DWARF 5 section 2.5) against registers and memory that a provider supplies.

    class Stopped(Context):
        def register(self, number): return registers[number]
        def memory(self, address, size): return read(address, size)

    place, = evaluate(code, Stopped())
    place.kind, place.value            "memory", the address

A value is an integer of address size, or belongs to a base type (operations of DWARF 5). Each evaluation runs at most
`LIMIT` operations, so that loops end.
"""

from __future__ import annotations

from struct import pack, unpack
from typing import Any, Final, NamedTuple

from .consts import ATE
from .cursor import DwarfError
from .operations import Operation, operations

LIMIT: Final = 100_000
"""Operations one evaluation may run."""
DEEP: Final = 1000
"""Entries the stack may hold, and nested calls."""


class Place(NamedTuple):
    """Where a value, or a piece of it, is.

    `kind`: "memory" (value: address), "register" (value: DWARF number), "value" (value: the number itself), "implicit"
    (value: its bytes), "pointer" (value: (entry's offset, offset in that value)), "empty" (optimised out). `bits`: size of
    the piece, 0 for all of it; `shift`: bits to skip in the place.
    """

    kind: str
    value: Any
    bits: int = 0
    shift: int = 0


class BaseType(NamedTuple):
    """A base type: a number of consts.ATE and the size in bytes."""

    encoding: int
    size: int


class Context:
    """What an evaluation asks for. Every method raises DwarfError unless it is overridden."""

    address_size = 8
    order = "<"
    offset_size = 4

    def register(self, number: int) -> int:
        """The value of a DWARF register."""
        raise DwarfError(f"the value of register {number} is not known")

    def memory(self, address: int, size: int) -> bytes:
        """Bytes of the target's memory."""
        raise DwarfError(f"memory at {address:#x} cannot be read")

    def frame_base(self) -> int:
        """The frame base of the function (DW_AT_frame_base)."""
        raise DwarfError("there is no frame base")

    def cfa(self) -> int:
        """The canonical frame address."""
        raise DwarfError("there is no call frame")

    def entry_value(self, code: bytes) -> int:
        """What an expression was on entry to the function."""
        raise DwarfError("values on entry are not known")

    def object_address(self) -> int:
        """The address of the object whose type is looked at."""
        raise DwarfError("there is no object")

    def tls(self, offset: int) -> int:
        """The address of a thread-local variable."""
        raise DwarfError("thread-local storage is not known")

    def indexed(self, number: int) -> int:
        """An entry of the table of addresses."""
        raise DwarfError("there is no table of addresses")

    def called(self, kind: str, offset: int) -> bytes:
        """The location expression of the entry that call2, call4 (offset in the unit) or call_ref names."""
        raise DwarfError("an expression that is called is not known")

    def base_type(self, offset: int) -> BaseType:
        """The base type at an offset in the unit."""
        raise DwarfError("base types are not known")


class _Value(NamedTuple):
    """A stack entry: an integer modulo its size or a float; `type` None is the generic type."""

    number: Any
    type: BaseType | None = None


def evaluate(code: bytes, context: Context, initial: tuple[int, ...] = ()) -> list[Place]:
    """The places an expression describes: one, or one per piece. An empty expression gives one empty place.

    Raises DwarfError for what the context cannot supply, for an expression that is not valid and for one that runs too long.
    """
    return _Machine(context, [_Value(one) for one in initial]).run(code)


def frame_base(code: bytes, context: Context) -> int:
    """The address a function's DW_AT_frame_base describes; a register means its content."""
    place = evaluate(code, context)[0]
    return context.register(place.value) if place.kind == "register" else int(place.value)


class _Machine:
    def __init__(self, context: Context, stack: list[_Value]) -> None:
        self.context = context
        self.stack = stack
        self.places: list[Place] = []
        self.pending: Place | None = None
        self.steps = 0
        self.depth = 0
        self.mask = (1 << 8 * context.address_size) - 1

    def run(self, code: bytes) -> list[Place]:
        self._execute(code)
        if self.places:
            if self.pending:
                raise DwarfError("an expression ends inside a piece")
            return self.places
        if self.pending:
            return [self.pending]
        if not code:
            return [Place("empty", None)]
        return [Place("memory", self._address(self._pop()))]

    def _execute(self, code: bytes) -> None:
        context = self.context
        found = operations(code, context.address_size, context.order, context.offset_size)
        starts = {op.offset: number for number, op in enumerate(found)} | {len(code): len(found)}
        at = 0
        while at < len(found):
            self.steps += 1
            if self.steps > LIMIT:
                raise DwarfError(f"an expression runs more than {LIMIT} operations")
            op = found[at]
            at += 1
            name = op.row.name
            if name == "skip" or (name == "bra" and self._pop().number):
                target = starts.get(op.end + op.operands[0])
                if target is None:
                    raise DwarfError("an expression branches into an operation")
                at = target
            elif name in ("call2", "call4", "call_ref"):
                self.depth += 1
                if self.depth > 50:
                    raise DwarfError("expressions call each other too deeply")
                self._execute(context.called(name, op.operands[0]))
                self.depth -= 1
            elif name != "bra":
                self._one(op, name)
            if len(self.stack) > DEEP:
                raise DwarfError("the stack of an expression grows too deep")

    def _pop(self) -> _Value:
        if not self.stack:
            raise DwarfError("an expression takes more from its stack than there is")
        return self.stack.pop()

    def _push(self, number: int) -> None:
        self.stack.append(_Value(number & self.mask))

    def _address(self, value: _Value) -> int:
        return int(value.number) & self.mask

    def _one(self, op: Operation, name: str) -> None:
        operands = op.operands
        if name in _BINARY:
            right, left = self._pop(), self._pop()
            self.stack.append(self._binary(name, left, right))
        elif name in _UNARY:
            self._unary(name, self._pop())
        elif name.startswith("lit"):
            self._push(int(name[3:]))
        elif name.startswith("breg") and name != "bregx":
            self._push(self.context.register(int(name[4:])) + operands[0])
        elif name.startswith("reg") and name[3:].isdigit():
            self.pending = Place("register", int(name[3:]))
        elif name in ("addr", "constu", "consts") or (name.startswith("const") and name[5:6].isdigit()):
            self._push(operands[0])
        elif name in _STACK:
            self._shuffle(name, operands)
        elif name in _PIECE:
            bits = operands[0] * 8 if name == "piece" else operands[0]
            self._piece(bits, operands[1] if name == "bit_piece" else 0)
        else:
            self._rest(name, operands)

    def _piece(self, bits: int, shift: int) -> None:
        place = self.pending
        if place is None:
            place = Place("memory", self._address(self._pop())) if self.stack else Place("empty", None)
        self.places.append(place._replace(bits=bits, shift=shift))
        self.pending = None

    def _shuffle(self, name: str, operands: tuple[Any, ...]) -> None:
        stack = self.stack
        if name == "pick" or name == "over" or name == "dup":
            depth = operands[0] if name == "pick" else 1 if name == "over" else 0
            if depth >= len(stack):
                raise DwarfError("an expression takes more from its stack than there is")
            stack.append(stack[-1 - depth])
        elif name == "drop":
            self._pop()
        else:
            count = 2 if name == "swap" else 3
            if len(stack) < count:
                raise DwarfError("an expression takes more from its stack than there is")
            stack[-count:] = [stack[-1], *stack[-count:-1]]

    def _rest(self, name: str, operands: tuple[Any, ...]) -> None:
        context = self.context
        if name == "plus_uconst":
            value = self._pop()
            self.stack.append(self._result(value.number + operands[0], value.type))
        elif name == "fbreg":
            self._push(context.frame_base() + operands[0])
        elif name == "call_frame_cfa":
            self._push(context.cfa())
        elif name == "bregx":
            self._push(context.register(operands[0]) + operands[1])
        elif name == "regx":
            self.pending = Place("register", operands[0])
        elif name == "implicit_value":
            self.pending = Place("implicit", operands[0])
        elif name in ("implicit_pointer", "GNU_implicit_pointer"):
            self.pending = Place("pointer", operands)
        elif name == "stack_value":
            self.pending = Place("value", self._pop().number)
        elif name == "push_object_address":
            self._push(context.object_address())
        elif name in ("form_tls_address", "GNU_push_tls_address"):
            self._push(context.tls(self._address(self._pop())))
        elif name in ("addrx", "constx", "GNU_addr_index", "GNU_const_index"):
            self._push(context.indexed(operands[0]))
        elif name in ("entry_value", "GNU_entry_value"):
            self._push(context.entry_value(operands[0]))
        elif name in ("const_type", "GNU_const_type"):
            self._typed(operands[1], operands[0])
        elif name in ("regval_type", "GNU_regval_type"):
            kind = context.base_type(operands[1])
            held = context.register(operands[0]) & (1 << 8 * kind.size) - 1
            self._typed(held.to_bytes(kind.size, self._byteorder), operands[1])
        elif name in ("deref_type", "GNU_deref_type"):
            self._typed(context.memory(self._address(self._pop()), operands[0]), operands[1])
        elif name in ("convert", "GNU_convert", "reinterpret", "GNU_reinterpret"):
            self._convert(operands[0], "reinterpret" in name)
        elif name == "deref_size":
            self._load(operands[0])
        elif name not in ("nop", "GNU_uninit"):
            raise DwarfError(f"DW_OP_{name} cannot be evaluated")

    @property
    def _byteorder(self) -> Any:
        return "little" if self.context.order == "<" else "big"

    def _load(self, size: int) -> None:
        if not 0 < size <= 16:
            raise DwarfError(f"an expression reads {size} bytes")
        self._push(int.from_bytes(self.context.memory(self._address(self._pop()), size), self._byteorder))

    def _typed(self, data: bytes, offset: int) -> None:
        kind = self.context.base_type(offset)
        self.stack.append(_Value(_decode(data, kind, self.context.order), kind))

    def _convert(self, offset: int, bits: bool) -> None:
        value = self._pop()
        kind = self.context.base_type(offset) if offset else None
        if bits:
            data = _encode(value, self.context.address_size, self.context.order)
            self.stack.append(_Value(_decode(data, kind, self.context.order) if kind
                                     else int.from_bytes(data, self._byteorder) & self.mask, kind))
        elif kind and kind.encoding == ATE["float"]:
            self.stack.append(_Value(float(value.number), kind))
        elif kind:
            self.stack.append(_Value(_wrap(int(value.number), kind), kind))
        else:
            self.stack.append(_Value(int(value.number) & self.mask))

    def _unary(self, name: str, value: _Value) -> None:
        if name == "deref":
            self.stack.append(value)
            self._load(self.context.address_size)
            return
        number = self._signed(value) if name in ("abs", "neg") else value.number
        result = abs(number) if name == "abs" else -number if name == "neg" else ~number
        self.stack.append(self._result(result, value.type))

    def _signed(self, value: _Value) -> Any:
        if value.type or not isinstance(value.number, int):
            return value.number
        half = self.mask + 1 >> 1
        return value.number - (half << 1) if value.number >= half else value.number

    def _result(self, number: Any, kind: BaseType | None) -> _Value:
        if kind is None:
            return _Value(int(number) & self.mask)
        return _Value(number if isinstance(number, float) else _wrap(number, kind), kind)

    def _binary(self, name: str, left: _Value, right: _Value) -> _Value:
        if left.type != right.type and name not in ("shl", "shr", "shra"):
            raise DwarfError(f"DW_OP_{name} of values of different types")
        a, b = self._signed(left), self._signed(right)
        if name in _COMPARE:
            return _Value(int(_COMPARE[name](a, b)))
        if name in ("div", "mod") and not b:
            raise DwarfError("an expression divides by zero")
        if name == "div":
            quotient = a / b if isinstance(a, float) else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
            return self._result(quotient, left.type)
        if name == "mod":  # unsigned for the generic type
            return self._result(left.number % right.number if left.type is None else a - b * int(a / b), left.type)
        if isinstance(a, float) and name not in ("plus", "minus", "mul"):
            raise DwarfError(f"DW_OP_{name} of a floating-point value")
        if name in ("shl", "shr", "shra"):
            count = min(int(right.number), 8 * 16)
            value = left.number << count if name == "shl" else (a if name == "shra" else left.number) >> count
            return self._result(value, left.type)
        return self._result(_ARITHMETIC[name](a, b), left.type)


def _wrap(number: int, kind: BaseType) -> int:
    bits = 8 * kind.size
    number &= (1 << bits) - 1
    signed = kind.encoding in (ATE["signed"], ATE["signed_char"])
    return number - (1 << bits) if signed and number >> bits - 1 else number


def _decode(data: bytes, kind: BaseType, order: str) -> Any:
    if kind.encoding == ATE["float"] and len(data) in (4, 8):
        return unpack(order + ("f" if len(data) == 4 else "d"), data)[0]
    return _wrap(int.from_bytes(data, "little" if order == "<" else "big"), kind) if kind.size else 0


def _encode(value: _Value, address_size: int, order: str) -> bytes:
    size = value.type.size if value.type else address_size
    if isinstance(value.number, float):
        return pack(order + ("f" if size == 4 else "d"), value.number)
    return int(value.number & (1 << 8 * size) - 1).to_bytes(size, "little" if order == "<" else "big")


_COMPARE: Final = {"eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "lt": lambda a, b: a < b, "le": lambda a, b: a <= b,
                   "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b}
_ARITHMETIC: Final = {"plus": lambda a, b: a + b, "minus": lambda a, b: a - b, "mul": lambda a, b: a * b,
                      "and": lambda a, b: a & b, "or": lambda a, b: a | b, "xor": lambda a, b: a ^ b}
_BINARY: Final = frozenset({*_COMPARE, *_ARITHMETIC, "div", "mod", "shl", "shr", "shra"})
_UNARY: Final = frozenset({"deref", "abs", "neg", "not"})
_STACK: Final = frozenset({"dup", "drop", "over", "pick", "swap", "rot"})
_PIECE: Final = frozenset({"piece", "bit_piece"})
