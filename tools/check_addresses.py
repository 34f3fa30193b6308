"""Compares what we say about addresses with llvm-symbolizer: file, line and the chain of inlined functions.

    python tools/check_addresses.py [--count N] [--seed S] [FILE...]

Without files it compiles a C program with gcc and clang at -O2, DWARF 4 and 5, and takes those. The addresses are random, half
of them places where a row of a line table begins. Exit code 1 and the first differences if there are any.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from starklink.dwarf.query import DebugFile  # noqa: E402

Chain = list[tuple[str, str, int]]
PROGRAM = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct list { struct list *next; int value; };
static inline int twice(int x) { return x * 2 + 1; }
static inline int scaled(const struct list *l, int k)
{
    int sum = 0;
    while (l) {
        sum += twice(l->value) * k;
        if (sum > 1000)
            sum -= twice(sum);
        l = l->next;
    }
    return sum;
}
"""


def source(functions: int, seed: int) -> str:
    """A C program with loops, switches and nested inline functions."""
    rng = random.Random(seed)
    out = [PROGRAM]
    for number in range(functions):
        inner = f"help{number - 1}" if number and rng.random() < 0.7 else "twice"
        out.append(f"static inline int help{number}(int a)\n{{\n    if (a & {1 << rng.randrange(5)})\n"
                   f"        return {inner}(a) ^ {rng.randrange(99)};\n    return {inner}(a + {rng.randrange(9)});\n}}")
        out.append(f"__attribute__((noinline)) int work{number}(struct list *l, int n)\n{{\n    int s = 0;\n"
                   f"    for (int i = 0; i < n; i++) {{\n        s += help{number}(i) + scaled(l, i);\n"
                   f"        switch (s & 7) {{\n        case 1: s += help{rng.randrange(number + 1)}(n); break;\n"
                   f"        case 3: s = abs(s); break;\n        case 5: printf(\"%d\\n\", s); break;\n        }}\n    }}\n"
                   f"    return s;\n}}")
    calls = " + ".join(f"work{number}(&l, c)" for number in range(functions))
    out.append(f"int main(int c, char **v)\n{{\n    struct list l = {{0, (int)strlen(v[0])}};\n    return {calls};\n}}\n")
    return "\n".join(out)


def compiled(folder: Path, functions: int, seed: int = 1) -> Iterator[Path]:
    """The program by both compilers and in both versions."""
    text = folder / "program.c"
    text.write_text(source(functions, seed))
    for compiler in ("gcc", "clang"):
        for version in (5, 4):
            out = folder / f"{compiler}{version}"
            subprocess.run([compiler, f"-gdwarf-{version}", "-O2", "-o", out, text], check=True, cwd=folder)
            yield out


def addresses(path: Path, count: int, rng: random.Random) -> list[int]:
    """Random addresses of code that debug information covers."""
    info = DebugFile.read(path)
    starts = [row.address for unit in info.units if unit.lines for rows in unit.sequences for row in rows[:-1]]
    extents = [extent for unit in info.units for extent in unit.ranges]
    return [rng.choice(starts) if rng.random() < 0.5 else rng.randrange(*rng.choice(extents)) for _ in range(count)]


def theirs(path: Path, wanted: Sequence[int]) -> list[Chain]:
    """What llvm-symbolizer says: (function, path, line) from the innermost outwards."""
    plain = subprocess.run(["llvm-symbolizer", "--obj", path, "--functions=linkage", "--no-demangle", "--inlines"],
                           input="\n".join(map(hex, wanted)) + "\n", text=True, capture_output=True, check=True).stdout
    out: list[Chain] = []
    for block in plain.split("\n\n"):
        lines = block.strip("\n").splitlines()
        if lines:
            out.append([(name, *place(where)) for name, where in zip(lines[::2], lines[1::2])])
    return out


def place(text: str) -> tuple[str, int]:
    """Path and line of path:line:column."""
    name, line, _ = text.rsplit(":", 2)
    return os.path.normpath(name) if name != "??" else "", int(line)


def ours(info: DebugFile, address: int) -> Chain:
    """The same from our reader."""
    found = info.find(address)
    if found is None:
        return [("??", "", 0)]
    return [(one.symbol or one.function, os.path.normpath(one.file) if one.file else "", one.line) for one in found.chain] or [
        ("??", os.path.normpath(found.file) if found.file else "", found.line)]


def differences(path: Path, count: int, seed: int) -> list[str]:
    """Where the two disagree."""
    wanted = addresses(path, count, random.Random(seed))
    info = DebugFile.read(path)
    out: list[str] = []
    for address, other in zip(wanted, theirs(path, wanted), strict=True):
        mine = ours(info, address)
        if mine != other:
            out.append(f"{path.name} {address:#x}: {mine} is {other} for llvm-symbolizer")
    return out


def main(arguments: Sequence[str]) -> int:
    """Compare; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    bad = 0
    with tempfile.TemporaryDirectory(prefix="addresses-") as folder:
        for path in options.files or compiled(Path(folder), 60, options.seed):
            found = differences(path, options.count, options.seed)
            print(f"{path.name}: {options.count} addresses, {len(found)} differences")
            for line in found[:5]:
                print(f"  {line}")
            bad += len(found)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
