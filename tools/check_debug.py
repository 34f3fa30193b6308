"""Random programs under gdb, many of them: is what a debugger shows true?

    python tools/check_debug.py [--count N] [--seed S] [--levels 1,2] [--target linux|pc] [--dwarf 4|5] [--instructions]

Each program runs at -O0, where every variable a program prints must have been shown with that value, and at the other levels
where each shown value must be the one at -O0 at the same line and count of statements. With --instructions it is also
stepped by single instructions. The exit code is 1 if anything was shown that is not true.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from debug_programs import program
from debug_values import against, against_output, at_instructions, build, trace

from starklink import CompileError


def check(seed: int, levels: list[int], options: argparse.Namespace, folder: Path) -> tuple[list[str], int, int]:
    """Complaints about the program of a seed, values shown, values that could have been shown."""
    text = program(seed)
    image = build(text, folder, 0, dwarf=options.dwarf)
    reference = trace(image)
    done = subprocess.run([str(image)], capture_output=True, timeout=60, check=True, stdin=subprocess.DEVNULL)
    wrong, _ = against_output(reference, done.stdout.decode("utf-8", "surrogateescape"))
    out = [f"-O0: {one.stop[:4]} {one.variable} is {one.expected}, shown {one.shown}" for one in wrong]
    total = most = 0
    for level in levels:
        other = build(text, folder, level, options.target, options.dwarf)
        found, stray, shown, possible = against(trace(other, target=options.target), reference)
        total, most = total + shown, most + possible
        if options.instructions:
            found += at_instructions(trace(other, "instructions", options.target), reference)[0]
        out += [f"-O{level}: {one.stop[:4]} {one.variable} is one of {one.expected}, shown {one.shown}" for one in found]
        out += [f"-O{level}: stop at {one[:4]}" for one in stray]
    return out, total, most


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--levels", default="1,2")
    parser.add_argument("--target", default="linux")
    parser.add_argument("--dwarf", type=int, default=5)
    parser.add_argument("--instructions", action="store_true")
    options = parser.parse_args()
    bad = shown = possible = 0
    with tempfile.TemporaryDirectory(prefix="check_debug-") as folder:
        for seed in range(options.seed, options.seed + options.count):
            try:
                complaints, some, most = check(seed, [int(one) for one in options.levels.split(",")], options, Path(folder))
            except (AssertionError, CompileError, subprocess.SubprocessError) as error:
                complaints, some, most = [f"{type(error).__name__}: {error}"], 0, 0
            shown, possible = shown + some, possible + most
            bad += bool(complaints)
            for line in complaints[:5]:
                print(f"seed {seed}: {line}", flush=True)
    print(f"{options.count - bad} programs shown truly, {bad} not; {shown} of {possible} values available")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
