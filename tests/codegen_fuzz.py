"""Random IR against the interpreter, in this process: the generated code must show what the interpreter shows.

Run as a program with a range of seeds (`python tests/codegen_fuzz.py 0 1000 [level] [size]`); level -1 is baseline code. A test
runs a second of it.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

from codegen_harness import Loaded, Trapped
from ir_random import Generator, observe, random_arguments

from starklink.codegen.generate import Options, generate
from starklink.ir import ops, pipeline, traps
from starklink.ir.module import Module
from starklink.ir.types import BITS, F32, F64, I64, VOID

M64 = (1 << 64) - 1
MOST = 5
"""Failures after which a run stops."""


class PlainNans(Generator):
    """As the IR generator, but which NaN a value is never shows: the IR does not say, and processors and Python differ."""

    def plain(self, value: int, type_: int) -> int:
        """The value, or 0 for a NaN."""
        if type_ not in (F32, F64):
            return value
        return self.f.select(type_, self.f.cmp(ops.FEQ, value, value), value, self.f.fconst(type_, 0.0))

    def to_i64(self, value: int, type_: int) -> int:
        insts = self.module.insts
        if insts.op[value] == ops.BITCAST and insts.op[insts.a[value]] == ops.LANDING:
            # The address of the thrown object differs between the machines; that it is the right one does not.
            return self.f.un(ops.ZEXT, I64, self.f.cmp(ops.EQ, insts.a[value], self.slot))
        return super().to_i64(self.plain(value, type_), type_)

    def convert(self) -> tuple[int, int]:
        real, build = self.f.un, self.f

        def careful(op: int, type_: int, a: int) -> int:
            build.un = real
            source = self.module.insts.type[a]
            return real(op, type_, self.plain(a, source) if op == ops.BITCAST else a)
        build.un = careful
        try:
            return super().convert()
        finally:
            build.un = real

    def store(self) -> tuple[int, int]:
        real, build = self.f.store, self.f

        def careful(address: int, value: int, disp: int = 0) -> None:
            real(address, self.plain(value, self.module.insts.type[value]), disp)
        build.store = careful
        try:
            return super().store()
        finally:
            build.store = real


# The table holds functions, so overriding a method does not reach it.
PlainNans.STEPS = tuple(getattr(PlainNans, step.__name__) for step in Generator.STEPS)


def clear_slots(module: Module) -> None:
    """Make stack slots begin as zeros: the interpreter's do, a real stack's do not."""
    insts = module.insts
    for _, function in module.functions():
        if not function.blocks:
            continue
        slots = [inst for inst in module.instructions(function.blocks[0]) if insts.op[inst] == ops.SLOT]
        at = slots[-1] if slots else 0
        for slot in slots:
            at = module.insert_after(at, module.new_inst(ops.ICONST, I64, insts.a[slot], 0))
            at = module.insert_after(at, module.new_inst(ops.ZERO, VOID, slot, at))


def run_native(module: Module, args: tuple[int, int, float, int], options: Options | None = None,
               straight: bool = False) -> tuple[Any, ...]:
    """What the compiled program shows, in the form of `ir_random.observe`; `straight`: by baseline code."""
    if straight:
        loaded = Loaded(generate(module, level=0, options=options or Options()))
    else:
        loaded = Loaded(generate(module, options=options or Options(check=True)))
    try:
        a, b, c, d = args
        try:
            # Garbage above the bits of narrow arguments: nobody may rely on them.
            outcome: tuple[Any, ...] = ("result", loaded.call("main", a, b & 0xFFFFFFFF | 0xABCD << 32, c, d | 0x5500))
        except Trapped as trap:
            outcome = ("trap", trap.kind, trap.first, trap.second)
        return (*outcome, ctypes.string_at(loaded.symbols["cell"] + 8, 56))
    finally:
        loaded.close()


def agree(wanted: tuple[Any, ...], got: tuple[Any, ...]) -> bool:
    """The two runs show the same; of a trap's values those are compared that its handler takes."""
    if wanted[0] != got[0] or wanted[-1] != got[-1]:
        return False
    if wanted[0] == "result":
        return bool(wanted[1] & M64 == got[1])
    kind = traps.TRAPS[wanted[1]]
    values = eval(wanted[2], {"inf": float("inf"), "nan": float("nan")})
    return kind.name == got[1] and all(type_ in (F32, F64) or (value ^ seen) & (1 << BITS[type_]) - 1 == 0
                                       for type_, value, seen in zip(kind.params, values, got[2:4]))


def try_seed(seed: int, level: int = 0, size: int = 12, options: Options | None = None, straight: bool = False) -> str:
    """'' or what went wrong. `level`: of the passes."""
    module = PlainNans(seed, size).module
    clear_slots(module)
    args = random_arguments(seed)
    wanted = observe(module, args)
    if level:
        pipeline.run(module, level)
    got = run_native(module, args, options, straight)
    return "" if agree(wanted, got) else f"seed {seed} level {level} size {size}: wanted {wanted}, got {got}"


def main() -> int:
    """Try a range of seeds; the number of failures."""
    first, last, *rest = (int(word) for word in sys.argv[1:])
    level, size = (*rest, 0, 12)[:2] if len(rest) != 1 else (rest[0], 12)
    bad = 0
    for seed in range(first, last):
        try:
            message = try_seed(seed, max(level, 0), size, straight=level < 0)
        except (AssertionError, ValueError, KeyError, IndexError, TypeError) as error:
            message = f"seed {seed}: {type(error).__name__} {error}"
        if message:
            bad += 1
            print(message)
            if bad == MOST:
                break
    print(f"{last - first} seeds, {bad} bad")
    return bad


if __name__ == "__main__":
    sys.exit(main() > 0)
