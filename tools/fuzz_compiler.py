"""Random FluxSharp programs: -O0, -O2, the IR interpreter and, with --pc, a booted image must agree on output and exit code.

    python tools/fuzz_compiler.py [--count N] [--seed S] [--batch N] [--jobs N] [--seconds T] [--keep DIR] [--pc]

The programs are those of fuzz_programs.py. `--batch` of them become one source, under names of their own and one after the
other, because a library compiled once and a guest booted once for many cost much less. Each is called in a `try` that prints
what leaves it with its trace, but for the last: that one ends the process as it likes. When a batch differs, each of its
programs is tried alone, and those that differ are reported.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from fuzz_programs import Generator

from starklink import CompileError, compile_text
from starklink.driver.program import Program
from starklink.linker.boot import BootError

NAMES = re.compile(r"\b(Thing|Shape|Round|Corner|Deep|Custom|Pair|swapped|main|k_[a-z0-9]+|fn\d+|g\d+)\b")
"""What a program declares at file level."""


def encode(text: str) -> bytes:
    """The bytes a program wrote."""
    return text.encode("utf-8", "surrogateescape")


def plain(text: str) -> tuple[Program | None, list[int]]:
    """A program at -O0, or else the lines of the errors in it."""
    try:
        return compile_text(text, "fuzz.fsh", level=0), []
    except CompileError as error:
        return None, [error.bag.sources.locate(item.start).line for item in error.diagnostics if item.severity == "error"]


def program(seed: int) -> str:
    """The program of a seed: with constants if the checker takes them, else without."""
    text = Generator(seed).program()
    return text if plain(text)[0] else Generator(seed, opaque=True).program()


def renamed(seed: int, opaque: bool) -> str:
    """The program of a seed under names of its own."""
    return NAMES.sub(rf"\1_{seed}", Generator(seed, opaque).program())


def joined(parts: dict[int, str]) -> tuple[str, list[tuple[int, int]]]:
    """One source of the programs of several seeds, and where each begins: (line, seed)."""
    lines: list[str] = []
    begins = []
    for seed, text in parts.items():
        begins.append((len(lines) + 1, seed))
        lines += text.splitlines()
    lines.append("void main() {")
    *guarded, last = parts
    for seed in guarded:
        lines.append(f'    print("# {seed}");')
        lines.append(f"    try {{ main_{seed}(); }} catch (Exception e) {{ print(e.StackTrace()); }}")
    lines += [f'    print("# {last}");', f"    main_{last}();", "}"]
    return "\n".join(lines) + "\n", begins


def batch(seeds: Sequence[int]) -> tuple[str, Program | None]:
    """One source of several programs, and that compiled at -O0 if it was. Those the checker refuses for a constant expression are
    made without."""
    parts = {seed: renamed(seed, False) for seed in seeds}
    text, begins = joined(parts)
    compiled, wrong = plain(text)
    if wrong:
        for line in wrong:
            owner = max(begin for begin in begins if begin[0] <= line)[1]
            parts[owner] = renamed(owner, True)
        text, _ = joined(parts)
    return text, compiled


def outcomes(text: str, pc: bool, compiled: Program | None = None, debug: bool = True) -> Iterator[tuple[str, tuple[int, bytes]]]:
    """How the program behaves in each way of running it: name, exit code and what it wrote, standard output first.

    `compiled`: the program at -O0 if it is there already. `debug`: with debug information at the other levels.
    """
    compiled = compiled or compile_text(text, "fuzz.fsh", level=0)
    for name, made in (("-O0", compiled), ("-O2", compile_text(text, "fuzz.fsh", level=2, debug=debug))):
        done = made.link().run(timeout=60)
        yield name, (done.returncode, encode(done.stdout + done.stderr))
    code, stdout, stderr = compiled.interpret()
    yield "interpreter", (code, stdout + stderr)
    if pc:
        booted = compile_text(text, "fuzz.fsh", target="pc", level=2, debug=debug).link().run(timeout=120)
        yield "pc", (booted.returncode, encode(booted.stdout))


def difference(text: str, pc: bool, compiled: Program | None = None, debug: bool = True) -> str:
    """Empty if all ways of running a program agree, else what differs."""
    first: tuple[int, bytes] | None = None
    try:
        for name, result in outcomes(text, pc, compiled, debug):
            first = first or result
            if result != first:
                return f"{name} differs from -O0\n{first_difference(first, result)}"
    except (Exception, subprocess.TimeoutExpired, BootError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def first_difference(one: tuple[int, bytes], other: tuple[int, bytes]) -> str:
    """Exit codes and the first lines that differ."""
    left, right = [*one[1].splitlines(), b"(end)"], [*other[1].splitlines(), b"(end)"]
    at = next((at for at, (a, b) in enumerate(zip(left, right)) if a != b), min(len(left), len(right)) - 1)
    return f"exit {one[0]}, line {at + 1}: {left[at : at + 3]!r}\nexit {other[0]}, line {at + 1}: {right[at : at + 3]!r}"


def check(seed: int, pc: bool = False) -> str:
    """Empty if all agree on the program of a seed, else what differs."""
    found = difference(program(seed), pc)
    return f"seed {seed}: {found}" if found else ""


def check_batch(seeds: Sequence[int], pc: bool = False) -> list[tuple[str, str]]:
    """What differs in a batch of programs: (name and finding, source) of each that differs alone, else of the batch."""
    if len(seeds) > 1:
        text, compiled = batch(seeds)
        # What debug information adds is the same for all programs: an odd batch is without.
        found = difference(text, pc, compiled, debug=seeds[0] // len(seeds) % 2 == 0)
        if not found:
            return []
    alone = [(finding, program(seed)) for seed in seeds if (finding := check(seed, pc))]
    return alone or [(f"seed {seeds[0]}-{seeds[-1]}: only together: {found}", text)]


def results(work: Sequence[Sequence[int]], options: argparse.Namespace) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """For each batch: how many programs it has, and what differs. In this process if one is enough."""
    if options.jobs == 1:
        for seeds in work:
            yield len(seeds), check_batch(seeds, options.pc)
        return
    with ProcessPoolExecutor(options.jobs) as pool:
        try:
            pending = {pool.submit(check_batch, seeds, options.pc): len(seeds) for seeds in work}
            for future in as_completed(pending):
                yield pending[future], future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def run(options: argparse.Namespace) -> tuple[int, int]:
    """Check the programs asked for; how many were, and how many differ."""
    last = options.seed + options.count
    work = [range(at, min(at + options.batch, last)) for at in range(options.seed, last, options.batch)]
    began, done, bad = time.monotonic(), 0, 0
    for size, findings in results(work, options):
        done += size
        for finding, text in findings:
            bad += 1
            print(finding, flush=True)
            if options.keep:
                options.keep.mkdir(parents=True, exist_ok=True)
                (options.keep / f"{finding.split(':')[0].replace(' ', '')}.fsh").write_text(text)
        if options.progress:
            print(f"{done} programs, {bad} differ, {time.monotonic() - began:.0f} s", flush=True)
        if options.seconds and time.monotonic() - began > options.seconds:
            break
    return done, bad


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=25, help="programs in one source (default 25)")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default 1)")
    parser.add_argument("--seconds", type=float, default=0, help="stop after this time (0: never)")
    parser.add_argument("--keep", type=Path, help="write programs that differ here")
    parser.add_argument("--show", action="store_true", help="print the program of --seed and stop")
    parser.add_argument("--progress", action="store_true", help="a line after each batch")
    parser.add_argument("--pc", action="store_true", help="boot the programs in qemu, too (at -O2)")
    options = parser.parse_args()
    if options.show:
        print(program(options.seed))
        return 0
    done, bad = run(options)
    print(f"{done - bad} programs agree, {bad} differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
