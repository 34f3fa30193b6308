"""How long a small program takes to build: the command, the library in process, and what others need for the same.

    python bench/hello.py [--rounds N]

Medians of wall and CPU time (user + system of the child) in milliseconds, configurations run round-robin. `in process` is the
second and later compilation in one Python process. gcc and nasm + ld build the same program in C and assembly text.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SAMPLE = Path(__file__).resolve().parent.parent / "samples" / "hello.fsh"
C_SOURCE = '#include <stdio.h>\nint main(void) { puts("Hello, world!"); return 0; }\n'
ASM_SOURCE = """global _start
section .text
_start: mov eax, 1
        mov edi, 1
        lea rsi, [rel text]
        mov edx, 14
        syscall
        mov eax, 60
        xor edi, edi
        syscall
section .rodata
text:   db "Hello, world!", 10
"""


def child(commands: list[list[str]]) -> tuple[float, float]:
    """Wall and CPU milliseconds of commands run one after the other."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    for command in commands:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall * 1e3, (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime) * 1e3


def in_process(debug: bool) -> Callable[[], tuple[float, float]]:
    """A closure that compiles and links the sample in this process."""
    import starklink

    text = SAMPLE.read_text()

    def once() -> tuple[float, float]:
        wall, cpu = time.perf_counter(), time.process_time()
        starklink.compile_text(text, name="hello.fsh", debug=debug).link().__bytes__()
        return (time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3

    once()
    return once


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "hello.c").write_text(C_SOURCE)
        (here / "hello.asm").write_text(ASM_SOURCE)
        out = str(here / "out")
        build = [sys.executable, "-m", "starklink", "build", str(SAMPLE), "-o", out]
        jobs: dict[str, Callable[[], tuple[float, float]]] = {
            "python -c pass": lambda: child([[sys.executable, "-c", "pass"]]),
            "starklink build -g": lambda: child([build]),
            "starklink build -g0": lambda: child([[*build, "-g0"]]),
            "in process -g": in_process(True),
            "in process -g0": in_process(False),
        }
        if shutil.which("gcc"):
            jobs["gcc -g"] = lambda: child([["gcc", "-g", str(here / "hello.c"), "-o", out]])
        if shutil.which("nasm") and shutil.which("ld"):
            obj = str(here / "hello.o")
            jobs["nasm -g + ld"] = lambda: child([["nasm", "-g", "-f", "elf64", str(here / "hello.asm"), "-o", obj],
                                                  ["ld", obj, "-o", out]])
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in jobs}
        for job in jobs.values():
            job()
        for _ in range(options.rounds):
            for name, job in jobs.items():
                times[name].append(job())
    print("".ljust(22), "wall ms".rjust(10), "CPU ms".rjust(10))
    for name, runs in times.items():
        wall, cpu = (statistics.median(run[kind] for run in runs) for kind in (0, 1))
        print(name.ljust(22), f"{wall:10.1f} {cpu:10.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
