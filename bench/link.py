"""Speed of the linker beside bfd, gold, lld and mold: processor time, peak memory and ratios of the same command lines.

    python bench/link.py [--rounds N] [--only WORD] [--big] [--llvm] [--files N] [--keep DIR]

Jobs: tiny (one assembler object), hellodyn (C, PIE, libc.so), small (C, static libc.a), medium (SQLite, static), python
(CPython's interpreter from libpython.a), with --big 2,000 generated C files with -g, with --llvm all static archives of LLVM.
gcc says once what it would pass to ld; every linker then gets exactly these words. Every program that comes out is run. Times
are the median of the rounds, in seconds of CPU (user and system); memory is the peak of the process.
"""

from __future__ import annotations

import argparse
import glob
import os
import shutil
import stat
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]

import linker_jobs  # noqa: E402
import linker_jobs_large as large  # noqa: E402
import linker_jobs_programs as small  # noqa: E402

LINKERS = ("starklink", "bfd", "gold", "lld", "mold")
TARGETS = {"tiny": 0.05, "hellodyn": 0.08, "small": 0.2, "medium": 0.35, "python": 0.6, "big": 2.5, "llvm": 2.5}
STACK = ".section .note.GNU-stack,\"\",@progbits\n"
ASM = ".globl _start\n_start: mov $60, %eax\n mov value(%rip), %edi\n syscall\n.data\nvalue: .long 42\n"


PYTHON = """#include <Python.h>
int main(void) {
    char *words[] = {"p", "-c", "print(6 * 7)", 0};
    setenv("PYTHONHOME", "/usr", 1);
    return Py_BytesMain(3, words);
}
"""


class Job(NamedTuple):
    """What is compiled and linked; `check` is the exit code and the output of the program."""

    name: str
    files: dict[str, str]
    compile: str
    link: str
    check: tuple[int, str]
    needs: tuple[str, ...] = ()
    stubs: bool = False
    """Functions of libraries that are not here are functions that do nothing."""


def jobs(options: argparse.Namespace) -> list[Job]:
    """The jobs that were asked for and can be."""
    found = [
        Job("tiny", {"a.s": ASM}, "gcc -c a.s", "ld -o prog a.o", (42, "")),
        Job("hellodyn", {"a.c": small.HELLO}, "gcc -O1 -c a.c", "gcc -o prog a.o", (42, "hello world 4 0.125\n")),
        Job("small", {"a.c": small.HELLO}, "gcc -O1 -c a.c", "gcc -static -o prog a.o", (42, "hello world 4 0.125\n")),
        Job("medium", {"a.c": large.SQLITE}, "gcc -O1 -c a.c", "gcc -static -o prog a.o -lsqlite3 -lm -lz -lpthread -ldl",
            (0, "count(*)=1003 sum(length(b))=5006 upper(b)=ZZZ 3\n"), (f"{large.LIBS}/libsqlite3.a",)),
        Job("python", {"a.c": PYTHON},
            "gcc -O1 -I/usr/include/python3.11 -c a.c",
            f"gcc -no-pie -rdynamic -o prog a.o {large.PYTHON} -lexpat -lz -lpthread -ldl -lutil -lm", (0, "42\n"),
            (large.PYTHON,)),
    ]
    if options.big:
        files = large.generated(options.files, 60)
        build = "ls *.c | xargs -P 2 -n 20 gcc -O1 -g -ffunction-sections -fPIE -c"
        found.append(Job("big", files, f"sh -c '{build}'", "gcc -pie -o prog @objects", (0, files["expected"])))
    if options.llvm:
        # What LLVM could do with other libraries (curl, z3, polly ...) is not part of the job.
        archives = " ".join(sorted(glob.glob("/usr/lib/llvm-14/lib/libLLVM*.a")))
        found.append(Job("llvm", {"a.c": "int main(void) { return 0; }"}, "gcc -c a.c",
                         f"g++ -o prog a.o -Wl,--whole-archive {archives} -Wl,--no-whole-archive "
                         "-lz -ltinfo -lxml2 -lffi -l:libedit.so.2 -lpthread -ldl -lm",
                         (0, ""), ("/usr/lib/llvm-14/lib/libLLVMCore.a",), stubs=True))
    return [job for job in found if options.only in job.name and not linker_jobs.missing(job)]  # type: ignore[arg-type]


def words(job: Job, folder: Path) -> list[str]:
    """Build the objects; what gcc would pass to ld."""
    folder.mkdir(parents=True)
    for name, text in job.files.items():
        (folder / name).write_text(text)
    subprocess.run(job.compile, shell=True, check=True, cwd=folder)
    (folder / "objects").write_text("\n".join(sorted(path.name for path in folder.glob("*.o"))))
    if job.link.startswith("ld "):
        return job.link.split()[1:]
    spy = folder / "spy"
    spy.mkdir()
    script = '#!/bin/sh\nfor word in "$@"; do case $word in @*) cat "${word#@}";; *) echo "$word";; esac; done >words\n'
    (spy / "ld").write_text(script)
    (spy / "ld").chmod(0o755 | stat.S_IXUSR)
    subprocess.run(f"{job.link} -fno-use-linker-plugin -B{spy}", shell=True, check=False, cwd=folder, capture_output=True)
    line = (folder / "words").read_text().splitlines()
    return [*line, stubs(line, folder)] if job.stubs else line


def stubs(line: list[str], folder: Path) -> str:
    """An object that defines what a link misses."""
    command = [sys.executable, "-m", "starklink", "link", *line, "--warn-unresolved-symbols", "--no-demangle", "--error-limit=0"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True,
                          env=os.environ | {"PYTHONPATH": str(ROOT / "src")})
    names = sorted({text.split()[-1] for text in done.stderr.splitlines() if "undefined symbol: " in text})
    (folder / "stubs.s").write_text("".join(f".globl {name}\n.type {name}, @function\n{name}: ret\n" for name in names))
    subprocess.run(["gcc", "-c", "stubs.s"], cwd=folder, check=True)
    return "stubs.o"


def measured(command: list[str], folder: Path) -> tuple[float, float, float, int]:
    """Seconds of CPU and of wall, peak memory in MB, exit code."""
    begin = time.perf_counter()
    null = os.open(os.devnull, os.O_WRONLY)
    home = os.getcwd()
    os.chdir(folder)
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
    os.chdir(home)
    _, status, usage = os.wait4(pid, 0)
    os.close(null)
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - begin, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def works(job: Job, folder: Path) -> bool:
    """Run the program."""
    done = subprocess.run(["./prog"], cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    return (done.returncode, done.stdout) == job.check


def bench(job: Job, base: Path, rounds: int, linkers: list[str]) -> None:
    """Measure a job with all linkers, in turns, and print a line for each."""
    folder = base / job.name
    line = words(job, folder)
    times: dict[str, list[tuple[float, float, float]]] = {name: [] for name in linkers}
    for _ in range(rounds):
        for name in linkers:
            program = str(linker_jobs.linker_folder(name, base) / "ld")
            extra = ["--no-fork"] if name == "mold" else []
            (folder / "prog").unlink(missing_ok=True)
            cpu, wall, memory, code = measured([program, *line, *extra], folder)
            if code or not works(job, folder):
                print(f"{job.name:9} {name:10} failed (exit code {code})")
                times.pop(name, None)
                linkers = [one for one in linkers if one != name]
                continue
            times[name].append((cpu, wall, memory))
    own = statistics.median(one[0] for one in times["starklink"]) if times.get("starklink") else 0.0
    for name, rows in times.items():
        cpu, wall, memory = (statistics.median(one[at] for one in rows) for at in range(3))
        ratio = f"{own / cpu:6.1f} x" if own and name != "starklink" else ""
        if name == "starklink":
            ratio = f"target {TARGETS[job.name]:.2f}"
        print(f"{job.name:9} {name:10} {cpu:8.3f} s CPU {wall:8.3f} s wall {memory:7.0f} MB   {ratio}", flush=True)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("--linkers", default=",".join(LINKERS))
    parser.add_argument("--big", action="store_true", help="generated C with -g as well (compiling takes minutes)")
    parser.add_argument("--files", type=int, default=2000, help="of --big")
    parser.add_argument("--llvm", action="store_true", help="the archives of llvm-14-dev as well")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    linkers = [name for name in options.linkers.split(",") if name == "starklink" or shutil.which(linker_jobs.LINKERS[name])]
    with tempfile.TemporaryDirectory() as temporary:
        base = (options.keep or Path(temporary)).resolve()
        for job in jobs(options):
            bench(job, base, options.rounds, linkers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
