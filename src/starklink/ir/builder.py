"""Building IR by hand.

    b = Builder("demo")
    with b.function("gcd", params=(I64, I64), result=I64) as f:
        x, y = f.params
        loop, body, done = f.block(I64, I64), f.block(), f.block()
        f.jump(loop, x, y)
        with f.at(loop) as (m, n):
            f.branch(n == 0, then=done, other=body)
        with f.at(body):
            f.jump(loop, n, m % n)
        with f.at(done):
            f.ret(m)
    module = b.finish()

Values are `Val` objects whose operators emit instructions into the current block; Python numbers become constants of
the other operand's type. Blocks have parameters instead of phis. `finish` verifies and raises VerifyError naming the
offending line. The fast layer for front ends is `FunctionBuilder`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, TypeAlias

from . import ops, traps
from .function_builder import BuildError, FunctionBuilder
from .module import Block, Data, Function, Module, Signature, SymbolId, Value, const_slots, float_bits
from .semantics import MASKS
from .types import BOOL, I64, IS_FLOAT, PTR, VOID
from .verify import VerifyError, check

__all__ = ["BuildError", "Builder", "FunctionBuilder", "FunctionScope", "Label", "Val", "VerifyError"]

Operand: TypeAlias = "Val | int | float"
Target: TypeAlias = "Label | tuple[Label, Sequence[Operand]]"
Symbol: TypeAlias = "str | SymbolId"


class Builder:
    """A module under construction. `module` may be looked at any time; `finish` verifies it."""

    def __init__(self, name: str = "module") -> None:
        self.module: Final = Module(name)

    @staticmethod
    def parse(text: str) -> Module:
        """The module a text describes (ir.text). Raises TextError."""
        from .text import parse  # with the text form come parts that a compilation does not need

        return parse(text)

    def declare(self, name: str, params: Sequence[int] = (), result: int = VOID) -> SymbolId:
        """An external function, or a function to be defined later by `function` of the same name."""
        return self.module.add_symbol(Function(name, name, Signature(tuple(params), result)))

    def data(self, name: str, content: bytes = b"", size: int = 0, section: str = ".data", align: int = 8,
             addresses: Mapping[int, Symbol] | None = None) -> SymbolId:
        """Data; `addresses` maps offsets to the symbols whose address is stored there."""
        data = Data(name, section, max(size, len(content)), align, content)
        for offset, symbol in (addresses or {}).items():
            data.relocs.append((offset, self.symbol(symbol), 0))
        return self.module.add_symbol(data)

    def symbol(self, symbol: Symbol) -> SymbolId:
        """Id of a symbol given by name or id. Raises KeyError."""
        return self.module.symbol_ids[symbol] if isinstance(symbol, str) else symbol

    @contextmanager
    def function(self, name: str, params: Sequence[int] = (), result: int = VOID,
                 exported: bool = False) -> Iterator[FunctionScope]:
        """Define a function; inside, the scope's methods emit its body."""
        number = self.module.symbol_ids.get(name) or self.declare(name, params, result)
        function = self.module.function(number)
        if function.blocks:
            raise BuildError(f"{name} is defined twice")
        function.exported = exported
        yield FunctionScope(self, number)

    def finish(self) -> Module:
        """The module, verified. Raises VerifyError with the offending lines."""
        check(self.module)
        return self.module


class Label:
    """A block; `params` are its parameters."""

    __slots__ = ("block", "params")

    def __init__(self, block: Block, params: tuple[Val, ...]) -> None:
        self.block = block
        self.params = params


class FunctionScope:
    """The body of one function. `params` are its parameters; emission starts in the entry block."""

    def __init__(self, builder: Builder, symbol_id: SymbolId) -> None:
        self.builder = builder
        self.module = builder.module
        self.symbol_id = symbol_id
        self.function = self.module.function(symbol_id)
        self.pos = 0
        entry = self.block(*self.function.signature.params)
        self.current = entry.block
        self.params = entry.params

    # -- blocks ------------------------------------------------------------------------------------------------------

    def block(self, *params: int) -> Label:
        """A block with parameters of these types, placed behind the blocks made before."""
        block = self.module.new_block(self.symbol_id)
        self.function.blocks.append(block)
        return Label(block, tuple(Val(self, self.module.block_param(block, type_)) for type_ in params))

    @contextmanager
    def at(self, label: Label) -> Iterator[tuple[Val, ...]]:
        """Emit into a block; gives its parameters. Afterwards emission continues where it was before."""
        before, self.current = self.current, label.block
        yield label.params
        self.current = before

    def _edge(self, target: Target) -> int:
        label, values = target if isinstance(target, tuple) else (target, ())
        types = [self.module.insts.type[param.value] for param in label.params]
        passed = [self.value(value, type_) for value, type_ in zip(values, types)]
        passed += [self.value(value, I64) for value in values[len(types):]]
        return self.module.edge(label.block, passed)

    def jump(self, target: Label, *values: Operand) -> None:
        """Go to a block with values for its parameters."""
        self.emit(ops.JUMP, VOID, self._edge((target, values)))

    def branch(self, condition: Val, then: Target, other: Target) -> None:
        """Go to `then` if the bool is 1, else to `other`; a target with arguments is a pair (block, values)."""
        self.emit(ops.BR, VOID, condition.value, self._edge(then), self._edge(other))

    def switch(self, value: Val, cases: Mapping[int, Target], default: Target) -> None:
        """Go to the case equal to the value."""
        table = self.module.switch_table([(case, self._edge(target)) for case, target in cases.items()])
        self.emit(ops.SWITCH, VOID, value.value, table, self._edge(default))

    def ret(self, value: Operand | None = None) -> None:
        """Return from the function."""
        self.emit(ops.RET, VOID, 0 if value is None else self.value(value, self.function.signature.result))

    def trap(self, kind: int, *values: Operand) -> None:
        """Raise a trap (ir.traps) and end the block."""
        self.emit(ops.TRAP_OP, VOID, kind, self._trap_values(kind, values))

    # -- instructions ------------------------------------------------------------------------------------------------

    def emit(self, op: int, type_: int, a: int = 0, b: int = 0, c: int = 0, flags: int = 0) -> Val:
        """Any instruction, slots as the op table says."""
        inst = self.module.new_inst(op, type_, a, b, c, pos=self.pos, scope=self.function.scope, flags=flags)
        return Val(self, self.module.append(self.current, inst))

    def op(self, name: str, *operands: Operand, type: int | None = None) -> Val:
        """An operation by name whose operands are all values, for what has no operator: `f.op("umulh", a, b)`.

        `type` is the result type where the table does not give it (conversions, select).
        """
        info = ops.BY_NAME[name]
        like = next((self.type_of(value) for value in operands if isinstance(value, Val)), I64)
        values = [self.value(value, like) for value in operands]
        if type is None:
            type = {"void": VOID, "bool": BOOL}.get(info.result, like)
        return self.emit(info.number, type, *values)

    def value(self, value: Operand, type_: int) -> Value:
        """Row index of a value; a Python number becomes a constant of the type."""
        return value.value if isinstance(value, Val) else self.const(type_, value).value

    def type_of(self, value: Val) -> int:
        """IR type of a value."""
        return self.module.insts.type[value.value]

    def const(self, type_: int, value: float) -> Val:
        """A constant."""
        bits = float_bits(float(value), type_) if IS_FLOAT[type_] else int(value)
        return self.emit(ops.FCONST if IS_FLOAT[type_] else ops.ICONST, type_, *const_slots(bits & MASKS[type_]))

    def address(self, symbol: Symbol, offset: int = 0) -> Val:
        """Address of a symbol."""
        return self.emit(ops.SYMADDR, PTR, self.builder.symbol(symbol), offset & 0xFFFFFFFF)

    def slot(self, size: int, align: int = 8) -> Val:
        """Address of a fresh stack slot; call it while the entry block is current."""
        return self.emit(ops.SLOT, PTR, size, align)

    def load(self, type_: int, address: Val, offset: int = 0, invariant: bool = False) -> Val:
        """Read memory."""
        return self.emit(ops.LOAD, type_, address.value, offset & 0xFFFFFFFF, flags=ops.INVARIANT if invariant else 0)

    def store(self, address: Val, value: Operand, offset: int = 0, type: int = I64) -> None:
        """Write memory; `type` is that of a Python number."""
        self.emit(ops.STORE, VOID, address.value, self.value(value, type), offset & 0xFFFFFFFF)

    def select(self, condition: Val, yes: Val, no: Operand) -> Val:
        """`yes` if the bool is 1, else `no`."""
        type_ = self.type_of(yes)
        return self.emit(ops.SELECT, type_, condition.value, yes.value, self.value(no, type_))

    def call(self, symbol: Symbol, *values: Operand) -> Val:
        """Call a function by name or id."""
        number = self.builder.symbol(symbol)
        signature = self.module.function(number).signature
        passed = [self.value(value, type_) for value, type_ in zip(values, signature.params)]
        passed += [self.value(value, I64) for value in values[len(signature.params):]]
        return self.emit(ops.CALL_OP, signature.result, self.module.value_list(passed), number)

    def call_address(self, address: Val, params: Sequence[int], result: int, *values: Operand) -> Val:
        """Call through a function's address."""
        passed = [self.value(value, type_) for value, type_ in zip(values, params)]
        return self.emit(ops.CALLI, result, self.module.value_list(passed), address.value,
                         self.module.signature(params, result))

    def trap_if(self, condition: Val, kind: int, *values: Operand) -> None:
        """Trap if the bool is 1."""
        self.emit(ops.TRAPIF, VOID, condition.value, kind, self._trap_values(kind, values))

    def check_null(self, pointer: Val) -> None:
        """Trap if the pointer is null."""
        self.emit(ops.NULLCHK, VOID, pointer.value)

    def check_bounds(self, index: Operand, length: Val, kind: int = traps.INDEX) -> None:
        """Trap unless index < length, unsigned."""
        self.emit(ops.BOUNDS, VOID, self.value(index, I64), length.value, kind)

    def checked(self, name: str, a: Val, b: Operand, kind: int) -> Val:
        """Checked arithmetic, `f.checked("sadd_trap", a, b, traps.OVF_ADD)`."""
        type_ = self.type_of(a)
        return self.emit(ops.BY_NAME[name].number, type_, a.value, self.value(b, type_), kind)

    def _trap_values(self, kind: int, values: Sequence[Operand]) -> int:
        return self.module.value_list([self.value(value, type_)
                                       for value, type_ in zip(values, traps.TRAPS[kind].params)])


class Val:
    """A value; operators emit instructions. Comparison, division and >> are signed, unsigned ones go by `FunctionScope.op`."""

    __slots__ = ("scope", "value")

    def __init__(self, scope: FunctionScope, value: Value) -> None:
        self.scope = scope
        self.value = value

    @property
    def type(self) -> int:
        """IR type."""
        return self.scope.type_of(self)

    def _binary(self, int_op: int, float_op: int, other: object, swap: bool = False) -> Val:
        if not isinstance(other, (Val, int, float)):
            raise TypeError(f"no value: {other!r}")
        scope, type_ = self.scope, self.type
        op = float_op if IS_FLOAT[type_] else int_op
        if not op:
            raise TypeError("this operator is not for floats")
        right = scope.value(other, I64 if type_ == PTR and op == ops.ADD else type_)
        pair = (right, self.value) if swap else (self.value, right)
        return scope.emit(op, BOOL if ops.OPS[op].result == "bool" else type_, *pair)

    def __add__(self, other: Operand) -> Val:
        return self._binary(ops.ADD, ops.FADD, other)

    def __radd__(self, other: Operand) -> Val:
        return self._binary(ops.ADD, ops.FADD, other, swap=True)

    def __sub__(self, other: Operand) -> Val:
        return self._binary(ops.SUB, ops.FSUB, other)

    def __rsub__(self, other: Operand) -> Val:
        return self._binary(ops.SUB, ops.FSUB, other, swap=True)

    def __mul__(self, other: Operand) -> Val:
        return self._binary(ops.MUL, ops.FMUL, other)

    def __rmul__(self, other: Operand) -> Val:
        return self._binary(ops.MUL, ops.FMUL, other, swap=True)

    def __truediv__(self, other: Operand) -> Val:
        return self._binary(ops.SDIV, ops.FDIV, other)

    def __floordiv__(self, other: Operand) -> Val:
        return self._binary(ops.SDIV, 0, other)

    def __mod__(self, other: Operand) -> Val:
        return self._binary(ops.SREM, 0, other)

    def __and__(self, other: Operand) -> Val:
        return self._binary(ops.AND, 0, other)

    def __or__(self, other: Operand) -> Val:
        return self._binary(ops.OR, 0, other)

    def __xor__(self, other: Operand) -> Val:
        return self._binary(ops.XOR, 0, other)

    def __lshift__(self, other: Operand) -> Val:
        return self._binary(ops.SHL, 0, other)

    def __rshift__(self, other: Operand) -> Val:
        return self._binary(ops.ASHR, 0, other)

    def __neg__(self) -> Val:
        return self.scope.emit(ops.FNEG if IS_FLOAT[self.type] else ops.NEG, self.type, self.value)

    def __invert__(self) -> Val:
        return self.scope.emit(ops.NOT, self.type, self.value)

    def __eq__(self, other: object) -> Val:  # type: ignore[override]
        return self._binary(ops.EQ, ops.FEQ, other)

    def __ne__(self, other: object) -> Val:  # type: ignore[override]
        return self._binary(ops.NE, ops.FNE, other)

    def __lt__(self, other: Operand) -> Val:
        return self._binary(ops.SLT, ops.FLT, other)

    def __le__(self, other: Operand) -> Val:
        return self._binary(ops.SLE, ops.FLE, other)

    def __gt__(self, other: Operand) -> Val:
        return self._binary(ops.SGT, ops.FGT, other)

    def __ge__(self, other: Operand) -> Val:
        return self._binary(ops.SGE, ops.FGE, other)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        raise TypeError("a value is known only when the program runs; use branch or select")
