"""Every op, in the operand shapes that selection treats differently, executed and compared with ir.semantics."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterator

import pytest
from codegen_harness import M64, Loaded, Trapped

from starklink.codegen.generate import Options, generate
from starklink.ir import ops, traps
from starklink.ir.function_builder import FunctionBuilder
from starklink.ir.module import Data, Function, Module, Signature
from starklink.ir.semantics import MASKS, evaluate, to_float
from starklink.ir.text import parse
from starklink.ir.types import BITS, BOOL, F32, F64, I8, I16, I32, I64, IS_FLOAT, NAMES, PTR, VOID

INTS = {BOOL: (0, 1), I8: (0, 1, 5, 0x7F, 0x80, 0xFF), I16: (0, 1, 0x7FFF, 0x8000, 0xFFFF, 300),
        I32: (0, 1, 2, 31, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 123456, 0xFFFFFF80),
        I64: (0, 1, 3, 63, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 40, (1 << 63) - 1, 1 << 63, M64, M64 - 127,
              0x123456789ABCDEF)}
FLOATS = (0.0, -0.0, 1.0, -1.5, 3.75, 1e10, -1e18, 1e300, float("inf"), float("-inf"), float("nan"))


def load(module: Module) -> Loaded:
    return Loaded(generate(module, options=Options(check=True)))


def function(module: Module, name: str, params: tuple[int, ...], result: int) -> FunctionBuilder:
    symbol = module.add_symbol(Function(name, name, Signature(params, result), exported=True))
    return FunctionBuilder(module, symbol)


def bits_of(value: float, type_: int) -> int:
    if type_ == F64:
        return int(struct.unpack("<Q", struct.pack("<d", value))[0])
    try:
        return int(struct.unpack("<I", struct.pack("<f", value))[0])
    except OverflowError:
        return 0x7F800000 if value > 0 else 0xFF800000


def give(f: FunctionBuilder, value: int, type_: int) -> None:
    """Return a value of any type as 64 bits."""
    if type_ == F32:
        value, type_ = f.un(ops.BITCAST, I32, value), I32
    if type_ == F64:
        value, type_ = f.un(ops.BITCAST, I64, value), I64
    f.ret(value if type_ in (I64, PTR) else f.un(ops.ZEXT, I64, value))


SHAPES = ("rr", "ri", "ir", "rm", "mr", "same")


def binary_function(module: Module, name: str, op: int, type_: int, shape: str, constant: int) -> None:
    """name(cell, a, b) = a op b as 64 bits, with the operands in the given shape."""
    result = BOOL if ops.OPS[op].result == "bool" else type_
    f = function(module, name, (PTR, I64, I64), I64)
    cell, a, b = f.param(PTR), f.param(I64), f.param(I64)

    def narrow(value: int) -> int:
        return value if type_ == I64 else f.un(ops.TRUNC, type_, value)
    if shape == "ri":
        x, y = narrow(a), f.const(type_, constant)
    elif shape == "ir":
        x, y = f.const(type_, constant), narrow(b)
    elif shape == "rm":
        x = narrow(a)
        y = f.load(type_, cell, 8)
    elif shape == "mr":
        x = f.load(type_, cell, 0)
        y = narrow(b)
    elif shape == "same":
        x = y = narrow(a)
    else:
        x, y = narrow(a), narrow(b)
    if "_trap" in ops.OPS[op].name:
        value = f.trapping(op, type_, x, y, traps.OVF_ADD)
    else:
        value = f.bin(op, result, x, y)
    give(f, value, result)
    f.finish()


BINARY = [op for op in range(ops.ADD, ops.UGE + 1) if ops.ARGS[op].startswith("VV")]


def types_of(op: int) -> tuple[int, ...]:
    return (I32, I64) if ops.OPS[op].types in "ia" else (BOOL, I8, I16, I32, I64)


@pytest.mark.parametrize("op", BINARY, ids=lambda op: ops.OPS[op].name)
def test_integer_operations(op: int) -> None:
    module = Module()
    cases = []
    for type_ in types_of(op):
        for shape in SHAPES:
            for constant in INTS[type_] if shape in ("ri", "ir") else (0,):
                name = f"{NAMES[type_]}_{shape}_{constant}"
                binary_function(module, name, op, type_, shape, constant)
                cases.append((name, type_, shape, constant))
    code = load(module)
    cell = ctypes.create_string_buffer(16)
    at = ctypes.addressof(cell)
    result_bool = ops.OPS[op].result == "bool"
    for name, type_, shape, constant in cases:
        mask = MASKS[type_]
        for a in INTS[type_]:
            for b in INTS[type_] if shape in ("rr", "rm", "mr") else INTS[type_][:1]:
                x = constant if shape == "ir" else a
                y = constant if shape == "ri" else a if shape in ("same", "ir") else b
                wanted = evaluate(op, type_, BOOL if result_bool else type_, x, y)
                cell[:16] = struct.pack("<QQ", x, y)
                junk = 0xA5A5A5A5A5A5A5A5 & ~mask
                args = (at, x | junk, y | junk)
                if wanted is None:
                    if "_trap" in ops.OPS[op].name:
                        with pytest.raises(Trapped):
                            code.call(name, *args)
                    continue
                assert code.call(name, *args) == wanted, (name, hex(x), hex(y))
    code.close()


UNARY = [(ops.NEG, I32, I32), (ops.NEG, I64, I64), *((ops.NOT, t, t) for t in (BOOL, I8, I16, I32, I64)),
         *((ops.SEXT, a, b) for a, b in ((I8, I16), (I8, I32), (I8, I64), (I16, I32), (I16, I64), (I32, I64), (BOOL, I32))),
         *((ops.ZEXT, a, b) for a, b in ((BOOL, I8), (BOOL, I64), (I8, I32), (I16, I64), (I32, I64))),
         *((ops.TRUNC, I64, b) for b in (I8, I16, I32)), (ops.TRUNC, I32, I8),
         (ops.SITOF, I32, F64), (ops.SITOF, I64, F64), (ops.SITOF, I64, F32), (ops.SITOF, I32, F32),
         (ops.UITOF, I32, F64), (ops.UITOF, I64, F64), (ops.UITOF, I64, F32), (ops.UITOF, I32, F32),
         (ops.BITCAST, I64, F64), (ops.BITCAST, I32, F32), (ops.BITCAST, I64, PTR)]


@pytest.mark.parametrize("through_memory", [False, True])
@pytest.mark.parametrize(("op", "source", "target"), UNARY, ids=lambda x: str(x))
def test_unary_integer_operations(op: int, source: int, target: int, through_memory: bool) -> None:
    module = Module()
    f = function(module, "f", (PTR, I64), I64)
    cell, a = f.param(PTR), f.param(I64)
    x = f.load(source, cell, 0) if through_memory else a if source == I64 else f.un(ops.TRUNC, source, a)
    give(f, f.un(op, target, x), target)
    f.finish()
    code = load(module)
    memory = ctypes.create_string_buffer(8)
    for value in (*INTS[source], *(((1 << k) - 1) << 10 for k in (20, 52, 53) if source == I64)):
        value &= MASKS[source]
        memory[:8] = struct.pack("<Q", value | 0xCCCCCCCCCCCCCCCC & ~MASKS[source])
        got = code.call("f", ctypes.addressof(memory), value | 0x5A5A5A5A5A5A5A5A & ~MASKS[source])
        assert got == evaluate(op, source, target, value), hex(value)
    code.close()


def test_zero_extension_of_every_32_bit_result() -> None:
    module = Module()
    for op in (ops.ADD, ops.SUB, ops.MUL, ops.SHL, ops.LSHR, ops.ASHR, ops.AND, ops.OR, ops.XOR):
        for constant in (0, 1, 32, 0xFFFFFFFF):
            f = function(module, f"{ops.OPS[op].name}{constant}", (I32,), I64)
            f.ret(f.un(ops.ZEXT, I64, f.bin(op, I32, f.param(I32), f.const(I32, constant))))
            f.finish()
    code = load(module)
    for op in (ops.ADD, ops.SUB, ops.MUL, ops.SHL, ops.LSHR, ops.ASHR, ops.AND, ops.OR, ops.XOR):
        for constant in (0, 1, 32, 0xFFFFFFFF):
            for a in INTS[I32]:
                assert code.call(f"{ops.OPS[op].name}{constant}", a | 0xFFFFFFFF << 32) == evaluate(op, I32, I32, a, constant)
    code.close()


# -- floats --------------------------------------------------------------------------------------------------------------
FLOAT_BINARY = [*range(ops.FADD, ops.FDIV + 1), *range(ops.FEQ, ops.FGE + 1)]


@pytest.mark.parametrize("type_", [F32, F64])
@pytest.mark.parametrize("op", FLOAT_BINARY, ids=lambda op: ops.OPS[op].name)
def test_float_operations(op: int, type_: int) -> None:
    module = Module()
    result = BOOL if ops.OPS[op].result == "bool" else type_
    for shape in SHAPES:
        for number, constant in enumerate(FLOATS if shape in ("ri", "ir") else (0.0,)):
            f = function(module, f"{shape}{number}", (type_, type_, PTR), I64)
            a, b, cell = f.param(type_), f.param(type_), f.param(PTR)
            x = f.fconst(type_, constant) if shape == "ir" else f.load(type_, cell, 0) if shape == "mr" else a
            y = (f.fconst(type_, constant) if shape == "ri" else f.load(type_, cell, 8) if shape == "rm"
                 else a if shape == "same" else b)
            give(f, f.bin(op, result, x, y), result)
            f.finish()
    # The other consumers of a comparison: a branch, a trap, selections of both kinds.
    if result == BOOL:
        for consumer in ("br", "notbr", "trapif", "select", "fselect"):
            f = function(module, consumer, (type_, type_), I64)
            a, b = f.param(type_), f.param(type_)
            condition = f.cmp(op, a, b)
            if consumer in ("br", "notbr"):
                yes, no = f.new_block(), f.new_block()
                if consumer == "notbr":
                    f.br(f.un(ops.NOT, BOOL, condition), no, yes)
                else:
                    f.br(condition, yes, no)
                for block, value in ((yes, 1), (no, 0)):
                    f.seal(block)
                    f.start(block)
                    f.ret(f.const(I64, value))
            elif consumer == "trapif":
                f.trapif(condition, traps.CAST_INT, (f.const(I64, 5), f.const(I64, 6)))
                f.ret(f.const(I64, 0))
            elif consumer == "select":
                f.ret(f.select(I64, condition, f.const(I64, 1), f.const(I64, 0)))
            else:
                give(f, f.select(type_, condition, a, b), type_)
            f.finish()
    code = load(module)
    memory = ctypes.create_string_buffer(16)
    for a in FLOATS:
        for b in FLOATS:
            x, y = bits_of(a, type_), bits_of(b, type_)
            size = 4 if type_ == F32 else 8
            memory[:16] = x.to_bytes(8, "little") + y.to_bytes(8, "little")
            args = (x.to_bytes(size, "little"), y.to_bytes(size, "little"), ctypes.addressof(memory))
            for shape in SHAPES:
                for number, constant in enumerate(FLOATS if shape in ("ri", "ir") else (0.0,)):
                    p = bits_of(constant, type_) if shape == "ir" else x
                    q = bits_of(constant, type_) if shape == "ri" else x if shape == "same" else y
                    wanted = evaluate(op, type_, result, p, q)
                    assert wanted is not None
                    got = code.call(f"{shape}{number}", *args)
                    if result != BOOL and to_float(wanted, type_) != to_float(wanted, type_):
                        number_ = to_float(got, type_)
                        assert number_ != number_
                    else:
                        assert got == wanted, (shape, a, b, constant)
            if result == BOOL:
                wanted = evaluate(op, type_, BOOL, x, y)
                assert code.call("br", *args) == code.call("notbr", *args) == code.call("select", *args) == wanted
                assert code.call("fselect", *args) == (x if wanted else y)
                try:
                    assert code.call("trapif", *args) == wanted == 0
                except Trapped as trap:
                    assert wanted and (trap.kind, trap.first, trap.second) == ("cast_int", 5, 6)
    code.close()


@pytest.mark.parametrize(("op", "source", "target"), [
    (ops.FNEG, F64, F64), (ops.FABS, F64, F64), (ops.FSQRT, F64, F64), (ops.FNEG, F32, F32), (ops.FABS, F32, F32),
    (ops.FSQRT, F32, F32), (ops.FEXT, F32, F64), (ops.FTRUNC, F64, F32), (ops.FTOSI, F64, I64), (ops.FTOSI, F64, I32),
    (ops.FTOSI, F32, I64), (ops.FTOSI, F32, I32), (ops.BITCAST, F64, I64), (ops.BITCAST, F32, I32)])
def test_unary_float_operations(op: int, source: int, target: int) -> None:
    module = Module()
    f = function(module, "f", (source,), I64)
    give(f, f.un(op, target, f.param(source)), target)
    f.finish()
    code = load(module)
    for value in (*FLOATS, 2.5, -2.9, 1e9, 9.2e18, 9.3e18, 2147483648.5):
        bits = bits_of(value, source)
        wanted = evaluate(op, source, target, bits)
        assert wanted is not None
        got = code.call("f", bits.to_bytes(4 if source == F32 else 8, "little"))
        if IS_FLOAT[target] and to_float(wanted, target) != to_float(wanted, target):
            assert to_float(got, target) != to_float(got, target)
        else:
            assert got == wanted, value
    code.close()


# -- memory ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("type_", [BOOL, I8, I16, I32, I64, PTR, F32, F64], ids=lambda t: NAMES[t])
def test_loads_and_stores_with_every_address_form(type_: int) -> None:
    module = Module()
    data = module.add_symbol(Data("data", ".data", 4096, 16))
    size = BITS[type_] // 8
    value_type = I64 if type_ == PTR else type_
    shapes = ("plain", "disp", "scaled", "scaled_disp", "symbol", "symbol_scaled", "slot", "slot_scaled", "far")
    for shape in shapes:
        f = function(module, shape, (PTR, I64, I64), I64)
        base, index, bits = f.param(PTR), f.param(I64), f.param(I64)
        scaled = f.bin(ops.SHL, I64, index, f.const(I64, 3))
        disp = 0
        if shape.startswith("slot"):
            address = f.slot(256, 16)
            disp = 16
            if shape == "slot_scaled":
                address = f.bin(ops.ADD, PTR, address, scaled)
        elif shape.startswith("symbol"):
            address = f.symaddr(data, 40)
            if shape == "symbol_scaled":
                address = f.bin(ops.ADD, PTR, address, scaled)
        else:
            address = base
            if "scaled" in shape:
                address = f.bin(ops.ADD, PTR, base, scaled)
            if "disp" in shape:
                address = f.bin(ops.ADD, PTR, address, f.const(I64, 8))
                disp = 16
            if shape == "far":
                address = f.bin(ops.ADD, PTR, base, f.const(I64, 1 << 40))
                address = f.bin(ops.ADD, PTR, address, f.const(I64, -(1 << 40)))
        value = bits
        if type_ == F32:
            value = f.un(ops.BITCAST, F32, f.un(ops.TRUNC, I32, bits))
        elif type_ in (F64, PTR):
            value = f.un(ops.BITCAST, type_, bits)
        elif type_ != I64:
            value = f.un(ops.TRUNC, type_, bits)
        f.store(address, value, disp)
        give(f, f.load(type_, address, disp), value_type)
        f.finish()
    code = load(module)
    memory = ctypes.create_string_buffer(b"\xEE" * 512, 512)
    at = ctypes.addressof(memory) + 64
    for shape in shapes:
        before = bytes(memory)
        value = 1 if type_ == BOOL else 0x1122334455667788 & (1 << 8 * size) - 1
        assert code.call(shape, at, 5, value) == value, shape
        offset = {"plain": 0, "disp": 24, "scaled": 40, "scaled_disp": 64, "far": 0}.get(shape)
        after = bytearray(before)
        if offset is not None:
            after[64 + offset:64 + offset + size] = value.to_bytes(size, "little")
        assert bytes(memory) == bytes(after), shape
    stored = ctypes.string_at(code.symbols["data"] + 40, 48)
    assert stored[:size] == stored[40:40 + size] == value.to_bytes(size, "little")
    code.close()


@pytest.mark.parametrize("constant", [True, False])
def test_copy_is_overlap_safe_and_zero_clears(constant: bool) -> None:
    sizes = [*range(34), 40, 41, 64, 127, 128, 129, 200]
    module = Module()
    for size in sizes if constant else [0]:
        for op, name in ((ops.COPY, "copy"), (ops.ZERO, "zero")):
            f = function(module, f"{name}{size}", (PTR, PTR, I64), VOID)
            target, source, length = f.param(PTR), f.param(PTR), f.param(I64)
            amount = f.const(I64, size) if constant else length
            if op == ops.COPY:
                f.emit(op, VOID, target, source, amount)
            else:
                f.emit(op, VOID, target, amount)
            f.ret()
            f.finish()
    code = load(module)
    content = bytes(range(256)) * 3
    for size in sizes:
        for gap in (-40, -8, -3, 0, 1, 5, 16, 250):
            memory = ctypes.create_string_buffer(content, len(content))
            at = ctypes.addressof(memory) + 100
            code.call(f"copy{size if constant else 0}", at + gap, at, size)
            wanted = bytearray(content)
            wanted[100 + gap:100 + gap + size] = content[100:100 + size]
            assert bytes(memory) == bytes(wanted), (size, gap)
            code.call(f"zero{size if constant else 0}", at, 0, size)
            wanted[100:100 + size] = bytes(size)
            assert bytes(memory) == bytes(wanted), size
    code.close()


def test_read_modify_write() -> None:
    module = Module()
    table = {"add": ops.ADD, "sub": ops.SUB, "and": ops.AND, "or": ops.OR, "xor": ops.XOR}
    for name, op in table.items():
        for type_ in (I32, I64):
            f = function(module, f"{name}{type_}", (PTR, I64), VOID)
            p, v = f.param(PTR), f.param(I64)
            x = v if type_ == I64 else f.un(ops.TRUNC, I32, v)
            f.store(p, f.bin(op, type_, f.load(type_, p, 8), x), 8)
            f.store(p, f.bin(op, type_, f.load(type_, p, 16), f.const(type_, 1000)), 16)
            f.ret()
            f.finish()
    code = load(module)
    for name, op in table.items():
        for type_ in (I32, I64):
            memory = ctypes.create_string_buffer(struct.pack("<4Q", 7, 0xFFFF0000FFFF1234, 0x5555, 9))
            code.call(f"{name}{type_}", ctypes.addressof(memory), 0x1234567890)
            words = struct.unpack("<4Q", memory.raw[:32])
            size = BITS[type_] // 8
            for k, start, operand in ((1, 0xFFFF0000FFFF1234, 0x1234567890), (2, 0x5555, 1000)):
                value = evaluate(op, type_, type_, start & MASKS[type_], operand & MASKS[type_])
                assert value is not None
                wanted = value if size == 8 else start & ~MASKS[type_] | value
                assert words[k] == wanted, (name, type_)
            assert words[0] == 7 and words[3] == 9
    code.close()


# -- control flow and calls ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("cases", [
    [0], [5, 1], [0, 1, 2, 3, 4, 5], [10, 11, 12, 14, 15, 16, 20], [-3, -2, -1, 0, 1, 2],
    [1, 10, 100, 1000, 10000, 100000, 1 << 40, -(1 << 62), 7], [-(1 << 63), (1 << 63) - 1, 0],
    list(range(0, 300, 2)), [(1 << 63) - 1 - k for k in range(8)], [-(1 << 63) + k for k in range(8)]])
def test_switch(cases: list[int]) -> None:
    module = Module()
    f = function(module, "f", (I64,), I64)
    value = f.param(I64)
    blocks = {constant: f.new_block() for constant in cases}
    other = f.new_block()
    f.switch(value, blocks, other)
    for number, block in enumerate([*blocks.values(), other]):
        f.seal(block)
        f.start(block)
        f.ret(f.const(I64, 1000 + number))
    f.finish()
    code = load(module)
    for value_ in {v + d for v in [*cases, 0, 2, 50] for d in (-1, 0, 1)} | {(1 << 63) - 1, -(1 << 63)}:
        value_ = (value_ + (1 << 63) & M64) - (1 << 63)
        wanted = 1000 + (cases.index(value_) if value_ in cases else len(cases))
        assert code.call("f", value_) == wanted, value_
    code.close()


def test_switch_of_narrow_types_and_with_arguments() -> None:
    module = parse("""module m
func @f(i8, i64) -> i64 exported {
b0(v1: i8, v2: i64):
  v3: i64 = iconst 5
  switch v1, {1: b1(v2), -1: b1(v3), 100: b2(v3, v2)}, b2(v2, v2)
b1(v4: i64):
  ret v4
b2(v5: i64, v6: i64):
  v7: i64 = add v5, v6
  ret v7
}
""")
    code = load(module)
    assert [code.call("f", n | 0xABC00, 40) for n in (1, 255, 100, 7)] == [40, 5, 45, 80]
    code.close()


def test_calls_with_many_arguments_of_both_kinds() -> None:
    module = Module()
    types = [I64, F64, I32, F64, I64, F32, I64, F64, I8, F64, I64, F64, I64, F64, I64, F64, F64, F64, I16, I64]
    callee = module.add_symbol(Function("callee", "callee", Signature(tuple(types), I64)))
    f = FunctionBuilder(module, callee)
    params = [f.param(t) for t in types]
    total = f.const(I64, 0)
    for k, (p, t) in enumerate(zip(params, types)):
        if t == F32:
            p = f.un(ops.FEXT, F64, p)
        number = f.un(ops.FTOSI, I64, p) if IS_FLOAT[t] else p if t == I64 else f.un(ops.SEXT, I64, p)
        total = f.bin(ops.ADD, I64, f.bin(ops.MUL, I64, total, f.const(I64, 3)), number)
        if k == 10:
            total = f.bin(ops.XOR, I64, total, f.const(I64, 0x55))
    f.ret(total)
    f.finish()
    for indirect in (False, True):
        f = function(module, f"caller{int(indirect)}", (I64,), I64)
        seed = f.param(I64)
        args = []
        for k, t in enumerate(types):
            number = f.bin(ops.ADD, I64, seed, f.const(I64, k))
            args.append(f.un(ops.SITOF, t, number) if IS_FLOAT[t] else number if t == I64 else f.un(ops.TRUNC, t, number))
        if indirect:
            first = f.calli(module.signature(types, I64), f.symaddr(callee), args)
            cell = f.slot(8, 8)
            f.store(cell, f.symaddr(callee))
            second = f.calli(module.signature(types, I64), f.load(PTR, cell), args[::1])
        else:
            first = f.call(callee, args)
            second = f.call(callee, args)
        f.ret(f.bin(ops.ADD, I64, first, f.bin(ops.SUB, I64, second, first)))
        f.finish()
    code = load(module)

    def model(seed: int) -> int:
        total = 0
        for k in range(len(types)):
            total = (total * 3 + seed + k) & M64
            if k == 10:
                total ^= 0x55
        return total
    for seed in (0, 1, 20):
        assert code.call("caller0", seed) == code.call("caller1", seed) == model(seed)
    code.close()


def test_method_calls_through_a_descriptor() -> None:
    module = parse("""module m
data @desc section .rodata size 64 align 8 {
  addr 40: @twice + 0
}
func @twice(ptr, i64) -> i64 {
b0(v1: ptr, v2: i64):
  v3: i64 = load v1, 8
  v4: i64 = add v3, v2
  v5: i64 = add v4, v2
  ret v5
}
func @f(ptr, i64) -> i64 exported {
b0(v1: ptr, v2: i64):
  v3: ptr = load v1, 0
  v4: ptr = load v3, 40
  v5: i64 = calli (v1, v2), v4, (ptr, i64) -> i64
  v6: i64 = add v5, v2
  ret v6
}
""")
    code = load(module)
    thing = ctypes.create_string_buffer(struct.pack("<QQ", code.symbols["desc"], 100))
    assert code.call("f", ctypes.addressof(thing), 7) == 121
    code.close()


def test_traps_carry_their_values() -> None:
    module = Module()
    f = function(module, "bounds", (I64, PTR), I64)
    index, array = f.param(I64), f.param(PTR)
    f.bounds(index, f.load(I64, array, 8))
    f.ret(index)
    f.finish()
    f = function(module, "swapped", (I64, I64), I64)       # the values arrive crosswise in the argument registers
    a, b = f.param(I64), f.param(I64)
    f.trapif(f.cmp(ops.SGT, a, b), traps.CAST_INT, (b, a))
    f.nullcheck(f.un(ops.BITCAST, PTR, a))
    f.ret(b)
    f.finish()
    f = function(module, "float", (F64,), I64)
    x = f.param(F64)
    f.trapif(f.cmp(ops.FNE, x, x), traps.CAST_FLOAT, (x, f.const(I64, 9)))
    f.trap(traps.NEG_SIZE, (f.un(ops.FTOSI, I64, x),))
    f.finish()
    for constant in (0, 3):
        f = function(module, f"fixed{constant}", (PTR,), I64)
        array = f.param(PTR)
        f.bounds(f.const(I64, constant), f.load(I64, array, 8))
        f.ret(f.const(I64, 1))
        f.finish()
    code = load(module)
    array = ctypes.create_string_buffer(struct.pack("<QQ", 1, 3))
    at = ctypes.addressof(array)
    assert [code.call("bounds", k, at) for k in (0, 2)] == [0, 2]
    for index in (3, -1, 1 << 40):
        with pytest.raises(Trapped) as caught:
            code.call("bounds", index, at)
        assert (caught.value.kind, caught.value.first, caught.value.second) == ("index", index & M64, 3)
    assert code.call("fixed0", at) == 1
    with pytest.raises(Trapped) as caught:
        code.call("fixed3", at)
    assert (caught.value.first, caught.value.second) == (3, 3)
    assert code.call("swapped", 1, 2) == 2
    with pytest.raises(Trapped) as caught:
        code.call("swapped", 5, 2)
    assert (caught.value.first, caught.value.second) == (2, 5)
    with pytest.raises(Trapped) as caught:
        code.call("swapped", 0, 2)
    assert caught.value.kind == "null"
    with pytest.raises(Trapped) as caught:
        code.call("float", float("nan"))
    assert caught.value.kind == "cast_float" and caught.value.first == 9
    with pytest.raises(Trapped) as caught:
        code.call("float", -4.0)
    assert (caught.value.kind, caught.value.first) == ("neg_size", -4 & M64)
    code.close()


def pressure(count: int, float_too: bool) -> Iterator[Module]:
    """A function that keeps `count` values alive across a loop with a call in it."""
    module = Module()
    helper = module.add_symbol(Function("helper", "helper", Signature((I64,), I64)))
    f = FunctionBuilder(module, helper)
    f.ret(f.bin(ops.ADD, I64, f.param(I64), f.const(I64, 1)))
    f.finish()
    f = function(module, "f", (I64, I64), I64)
    n, seed = f.param(I64), f.param(I64)
    values = [f.bin(ops.MUL, I64, f.bin(ops.ADD, I64, seed, f.const(I64, k)), f.const(I64, k + 3)) for k in range(count)]
    doubles = [f.un(ops.SITOF, F64, v) for v in values[:count // 2]] if float_too else []
    loop, body, done = f.new_block(2), f.new_block(2), f.new_block()
    i, total = f.new_var(I64), f.new_var(I64)
    f.write(i, f.const(I64, 0))
    f.write(total, f.const(I64, 0))
    f.jump(loop)
    f.start(loop)
    f.br(f.cmp(ops.SLT, f.read(i), n), body, done)
    f.seal(body)
    f.start(body)
    f.write(total, f.bin(ops.ADD, I64, f.call(helper, (f.read(total),)), values[0]))
    f.write(i, f.bin(ops.ADD, I64, f.read(i), f.const(I64, 1)))
    f.jump(loop)
    f.seal(loop)
    f.seal(done)
    f.start(done)
    result = f.read(total)
    for v in values:
        result = f.bin(ops.ADD, I64, f.bin(ops.MUL, I64, result, f.const(I64, 5)), v)
    for d in doubles:
        result = f.bin(ops.XOR, I64, result, f.un(ops.FTOSI, I64, d))
    f.ret(result)
    f.finish()
    yield module


@pytest.mark.parametrize("count", [3, 8, 14, 30, 100])
@pytest.mark.parametrize("floats", [False, True])
def test_register_pressure(count: int, floats: bool) -> None:
    for module in pressure(count, floats):
        code = load(module)
        for n in (0, 1, 7):
            values = [(11 + k) * (k + 3) for k in range(count)]
            total = 0
            for _ in range(n):
                total = total + 1 + values[0]
            for v in values:
                total = (total * 5 + v) & M64
            for v in values[:count // 2] if floats else []:
                total ^= v
            assert code.call("f", n, 11) == total
        code.close()


@pytest.mark.parametrize("size", [4080, 4096, 5000, 12288, 100_000, 1_000_000])
def test_large_frames_touch_their_pages_from_the_top(size: int) -> None:
    module = Module()
    f = function(module, "f", (I64,), I64)
    a = f.param(I64)
    slot = f.slot(size, 8)
    f.store(slot, a)
    f.store(slot, f.const(I64, 5), size - 8)
    f.ret(f.bin(ops.ADD, I64, f.load(I64, slot), f.load(I64, slot, size - 8)))
    f.finish()
    code = load(module)
    assert code.call("f", 37) == 42
    loop = b"\x4E\x85\x1C\x1C" in code.fragments["f"].data      # test [rsp+r11], r11
    assert loop == (size >= 4096)
    code.close()


def test_a_slot_wants_at_most_sixteen() -> None:
    module = Module()
    f = function(module, "f", (), I64)
    f.ret(f.load(I64, f.slot(64, 32)))
    f.finish()
    with pytest.raises(ValueError, match="alignment 32"):
        load(module)
