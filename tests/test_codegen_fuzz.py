"""Random IR through the back end, with the allocation checker on: a second of what tests/codegen_fuzz.py does for hours."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import pytest
from codegen_fuzz import try_seed

from starklink.codegen import isel
from starklink.codegen.generate import Options, generate
from starklink.ir import ops
from starklink.ir.function_builder import FunctionBuilder
from starklink.ir.module import Function, Module, Signature
from starklink.ir.types import I64


@pytest.mark.parametrize(("level", "size"), [(0, 12), (2, 12), (0, 60), (1, 60)])
def test_smoke(level: int, size: int) -> None:
    start = process_time()
    seed = 1000 * level + size
    tried = 0
    while process_time() - start < 0.4 or tried < 5:
        # Every other one position independent, and with a frame pointer.
        options = Options(check=True, absolute=tried % 2 == 0, frame_pointer=tried % 3 == 0, debug=tried % 5 == 0)
        assert try_seed(seed, level, size, options) == ""
        seed += 1
        tried += 1


@pytest.mark.parametrize("size", [12, 60])
def test_baseline(size: int) -> None:
    start = process_time()
    seed = 5000 + size
    tried = 0
    while process_time() - start < 0.4 or tried < 5:
        assert try_seed(seed, 0, size, Options(absolute=tried % 2 == 0, debug=tried % 5 == 0), straight=True) == ""
        seed += 1
        tried += 1


def test_huge_functions_are_compiled_in_one_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    from starklink.codegen import baseline_ops
    from starklink.codegen import generate as back_end
    taken: list[object] = []
    real = baseline_ops.baseline
    monkeypatch.setattr(back_end, "HUGE", 0)
    monkeypatch.setattr(baseline_ops, "baseline", lambda *args, **more: taken.append(args) or real(*args, **more))
    for seed in range(900, 910):
        assert try_seed(seed, 2, 30, Options(debug=seed % 2 == 0)) == ""
    assert taken


def test_large_modules_are_read_through_their_views(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isel, "TO_LIST_LIMIT", 0)
    for seed in range(700, 705):
        assert try_seed(seed, 0, 30) == ""
        assert try_seed(seed, 0, 30, straight=True) == ""


def test_time_grows_with_size_not_with_its_square() -> None:
    """A straight block and a chain of blocks, with calls and long-lived values, at two sizes."""
    def seconds(make: Callable[[int], Module], size: int, level: int) -> float:
        module = make(size)
        start = process_time()
        generate(module, level=level)
        return process_time() - start
    for make in (straight, chain):
        for level in (0, 1):
            seconds(make, 200, level)
            small, large = seconds(make, 1_000, level), seconds(make, 8_000, level)
            assert large < 20 * max(small, 0.01), (make.__name__, level, small, large)


def straight(count: int) -> Module:
    """One block of `count` instructions that keeps 40 values alive over a call every 20."""
    module, f, helper = start()
    a = f.param(I64)
    kept = [f.bin(ops.MUL, I64, a, f.const(I64, 77 + k)) for k in range(40)]
    x, y = a, kept[0]
    for k in range(count // 2):
        x, y = y, f.bin(ops.XOR, I64, f.bin(ops.ADD, I64, x, y), f.const(I64, k))
        if k % 20 == 0:
            f.call(helper, (y,))
    for value in kept:
        y = f.bin(ops.ADD, I64, y, value)
    f.ret(y)
    f.finish()
    return module


def chain(count: int) -> Module:
    """`count` blocks in diamonds over 10 variables, with a call in every fifteenth."""
    module, f, helper = start()
    a = f.param(I64)
    variables = [f.new_var(I64) for _ in range(10)]
    for k, var in enumerate(variables):
        f.write(var, f.bin(ops.ADD, I64, a, f.const(I64, k)))
    for k in range(count // 3):
        yes, no, join = f.new_block(), f.new_block(), f.new_block()
        var = variables[k * 7 % 10]
        f.br(f.cmp(ops.SLT, f.read(var), f.const(I64, k)), yes, no)
        f.seal(yes)
        f.seal(no)
        f.start(yes)
        f.write(var, f.bin(ops.ADD, I64, f.read(var), f.read(variables[k * 3 % 10])))
        if k % 5 == 0:
            f.call(helper, (f.read(var),))
        f.jump(join)
        f.start(no)
        f.write(var, f.bin(ops.SUB, I64, f.read(var), f.const(I64, 3)))
        f.jump(join)
        f.seal(join)
        f.start(join)
    total = f.read(variables[0])
    for var in variables:
        total = f.bin(ops.XOR, I64, total, f.read(var))
    f.ret(total)
    f.finish()
    return module


def start() -> tuple[Module, FunctionBuilder, int]:
    """A module with an external function and a function begun."""
    module = Module()
    helper = module.add_symbol(Function("helper", "helper", Signature((I64,), I64)))
    symbol = module.add_symbol(Function("f", "f", Signature((I64,), I64)))
    return module, FunctionBuilder(module, symbol), helper
