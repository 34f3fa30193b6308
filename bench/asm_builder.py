"""Instructions per second: the assembler builder beside the GAS front end, GNU as and llvm-mc on the same code as text.

    python bench/asm_builder.py [--count N] [--rounds N]

CPU time, best of several rounds. "memoised" calls methods of `Assembler` with operands that repeat, as code generators do;
"fresh" gives every statement another immediate; "branches" has a jump to a label in every fourth instruction.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from starklink.asm import Assembler, ptr, r8, r12, rax, rbx, rcx, rdi, rdx, rsi, rsp
from starklink.asm.gas.api import assemble


def memoised(count: int) -> None:
    """Ten statements, over and over."""
    a = Assembler()
    mov, add, lea, cmp, push, pop, xor = a.mov, a.add, a.lea, a.cmp, a.push, a.pop, a.xor
    place, other = ptr[rdi + 8], ptr[rsp + rcx * 8 + 64]
    for _ in range(count // 10):
        mov(rax, rbx)
        add(rax, 5)
        mov(rcx, place)
        lea(rdx, other)
        cmp(rax, rdx)
        push(r12)
        xor(rsi, rsi)
        mov(place, r8)
        add(rcx, rdx)
        pop(r12)
    a.finish("f")


def fresh(count: int) -> None:
    """Every immediate is new."""
    a = Assembler()
    for value in range(1000, 1000 + count):
        a.add(rax, value)
    a.finish("f")


def branches(count: int) -> None:
    """A forward or backward jump in every fourth instruction."""
    a = Assembler()
    draw = random.Random(1)
    labels = [a.new_label() for _ in range(count // 4)]
    for index, label in enumerate(labels):
        a.bind(label)
        a.mov(rax, rbx)
        a.add(rcx, 8)
        a.cmp(rax, rcx)
        a.jne(labels[max(0, min(len(labels) - 1, index + draw.randint(-10, 10)))])
    a.finish("f")


def text(count: int) -> str:
    """The statements of `memoised` as text, with jumps as in `branches`."""
    draw = random.Random(1)
    lines = [".intel_syntax noprefix"]
    body = ["mov rax, rbx", "add rax, 5", "mov rcx, QWORD PTR [rdi+8]", "lea rdx, [rsp+rcx*8+64]", "cmp rax, rdx", "push r12",
            "xor rsi, rsi", "mov QWORD PTR [rdi+8], r8", "pop r12"]  # fmt: skip
    for index in range(count // 10):
        lines += [f".L{index}:", *body, f"jne .L{max(0, min(count // 10 - 1, index + draw.randint(-3, 3)))}"]
    return "\n".join(lines) + "\n"


def timed(run: Callable[[], object], rounds: int) -> float:
    """The least CPU time of several runs."""
    best = 1e9
    for _ in range(rounds):
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
    return best


def child(command: list[str], rounds: int) -> float:
    """The least CPU time of a command."""
    best = 1e9
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return best


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    count, rounds = options.count, options.rounds
    rows: list[tuple[str, float]] = [
        ("builder, memoised", timed(lambda: memoised(count), rounds)),
        ("builder, fresh immediates", timed(lambda: fresh(count), rounds)),
        ("builder, branches", timed(lambda: branches(count), rounds)),
    ]
    source = text(count)
    rows.append(("GAS front end, text", timed(lambda: assemble(source), max(1, rounds // 2))))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.s"
        path.write_text(source)
        rows.append(("GNU as, text", child(["as", "-o", f"{folder}/x.o", str(path)], rounds)))
        llvm = ["llvm-mc", "-filetype=obj", "-triple=x86_64", "-o", f"{folder}/y.o", str(path)]
        rows.append(("llvm-mc, text", child(llvm, rounds)))
    for name, seconds in rows:
        print(f"{name:28} {count / seconds:12,.0f} instructions/s   {seconds * 1e3:8.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
