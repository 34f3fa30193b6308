"""Runs the run-time cases of a conformance folder as bootable images in qemu.

    python tools/conformance_pc.py --dir FOLDER [--only GLOB ...] [-O 0|1|2] [-j N]

A case is a `.fsh` file (or a folder with `main.fsh`) that ends with its expectations as comments. On the bare PC both
output streams go to the serial port, so a case passes if the output begins with the expected standard output, the
rest contains the expected error texts, and the exit code is right. Cases with input or arguments have no meaning
there and are counted apart.
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import re
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from starklink import CompileError, compile_file
from starklink.linker.boot import BootError
from starklink.linker.image import Image

DIRECTIVE = re.compile(r"//\s?(expect-[a-z-]+|stdin|args):(?: (.*))?$")


@dataclass
class Case:
    """What a program should do. `error`: it is not to compile; `interactive`: it needs input or arguments."""

    name: str
    source: Path
    stdout: str | None = None
    exit: int = 0
    stderr: list[str] = field(default_factory=list)
    error: bool = False
    interactive: bool = False


def read_case(name: str, source: Path) -> Case:
    """The expectations at the end of a case's file."""
    case = Case(name, source)
    text = source.read_bytes().decode("utf-8", "surrogateescape")
    in_output = False
    for line in text.replace("\r\n", "\n").split("\n"):
        if in_output and line.startswith(("// |", "//|")):
            case.stdout = (case.stdout or "") + line[5:] + "\n"
            continue
        in_output = False
        found = DIRECTIVE.fullmatch(line)
        if not found:
            continue
        key, value = found.group(1), found.group(2) or ""
        if key == "expect-stdout":
            case.stdout, in_output = "", True
        elif key == "expect-exit":
            case.exit = int(value)
        elif key == "expect-stderr-contains":
            case.stderr.append(value)
        elif key == "expect-error":
            case.error = True
        elif key in ("stdin", "args"):
            case.interactive = True
    return case


def find_cases(folder: Path, patterns: list[str]) -> Iterator[Case]:
    """The cases of a folder by name."""
    for path in sorted(folder.iterdir()):
        name, source = path.stem, path
        if path.is_dir():
            source = path / "main.fsh"
        if source.suffix == ".fsh" and source.is_file():
            if not patterns or any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
                yield read_case(name, source)


def judge(case: Case, image: Image, timeout: float) -> str:
    """Boot a case; '' if it did what it should, else what was different."""
    try:
        done = image.run(timeout=timeout)
    except BootError as error:
        return f"{error}; output {error.output[-200:]!r}"
    said, wanted = done.stdout, case.stdout or ""
    if done.returncode != case.exit:
        return f"exit code {done.returncode}, expected {case.exit}; output ends {said[-200:]!r}"
    if case.stdout is not None and not said.startswith(wanted):
        at = next((at for at, (one, other) in enumerate(zip(said, wanted)) if one != other), min(len(said), len(wanted)))
        return f"output differs at {at}: {said[at : at + 60]!r}, expected {wanted[at : at + 60]!r}"
    rest = said[len(wanted) :]
    if case.stdout is not None and case.exit == 0 and not case.stderr and rest:
        return f"more output than expected: {rest[:60]!r}"
    missing = [text for text in case.stderr if text not in rest]
    return f"no {missing[0]!r} in {rest[:200]!r}" if missing else ""


def main() -> int:
    """Run the chosen cases; exit code 1 if one fails."""
    parser = argparse.ArgumentParser(description="run-time conformance cases as bootable images in qemu")
    parser.add_argument("--dir", type=Path, required=True, help="folder with the cases")
    parser.add_argument("--only", nargs="+", action="extend", default=[], metavar="GLOB", help="only cases whose name matches")
    parser.add_argument("-O", type=int, choices=(0, 1, 2), default=1, dest="level", help="optimisation level")
    parser.add_argument("-j", type=int, default=os.cpu_count() or 1, metavar="N", help="guests at the same time")
    parser.add_argument("--timeout", type=float, default=60, metavar="S", help="seconds per guest")
    options = parser.parse_args()
    passed = failed = apart = 0
    waiting: list[tuple[Case, Future[str]]] = []

    def settle(case: Case, problem: str) -> None:
        nonlocal passed, failed
        if problem:
            failed += 1
            print(f"FAIL {case.name}: {problem}", flush=True)
        else:
            passed += 1

    with ThreadPoolExecutor(options.j) as pool:
        for case in find_cases(options.dir, options.only):
            if case.error or case.interactive:
                apart += 1
                continue
            try:
                image = compile_file(case.source, target="pc", level=options.level).link()
            except CompileError as error:
                settle(case, f"does not compile: {str(error).splitlines()[0]}")
                continue
            except Exception as error:
                settle(case, f"{type(error).__name__}: {error}")
                continue
            waiting.append((case, pool.submit(judge, case, image, options.timeout)))
        for case, future in waiting:
            settle(case, future.result())
    print(f"{passed} passed, {failed} failed, {apart} do not apply")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
