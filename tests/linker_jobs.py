"""Acceptance of the linker: programs as data, built with gcc, linked with gcc as the driver, run, and their output compared.

    jobs = all_jobs()                                  # the lists in linker_jobs_*.py
    failures = run(jobs[0], "pie", "", "bfd", folder)  # or "starklink", "gold", "lld", "mold"

A job is proven by GNU ld passing it. `tools/link_jobs.py` runs whole sets.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from hashlib import sha1
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LINKERS = {"bfd": "ld.bfd", "gold": "ld.gold", "lld": "ld.lld", "mold": "mold"}
MODES = {
    "static": ("-fno-pie", "-static"),
    "static-pie": ("-fPIE", "-static-pie"),
    "pie": ("-fPIE", "-pie"),
    "no-pie": ("-fno-pie", "-no-pie"),
}
VARIANTS = {
    "": ("-O1", ""),
    "gc": ("-O2 -ffunction-sections -fdata-sections", "-Wl,--gc-sections,-O2"),
    "now": ("-O1", "-Wl,-z,now,--no-relax"),
}
ALL = tuple(MODES)
DYNAMIC = ("pie", "no-pie")
PIE = ("pie",)
NO_PIE = ("no-pie",)


EVERYDAY = {
    "hello-c": ("static", "pie"), "hello-cxx": PIE, "init-order": PIE, "tls": ("static", "pie"),
    "tls-desc": NO_PIE, "comdat": PIE, "copy-relocations": NO_PIE, "relocatable": PIE, "ifunc": ("static", "no-pie"),
    "ifunc-equality": PIE,
    "start-stop": PIE, "wrap-defsym": NO_PIE, "gc": PIE, "archives": PIE, "archives-whole": PIE, "strings": PIE,
    "debug": PIE, "tls-shared": PIE, "cxx-libraries": PIE, "dlopen": PIE, "ifunc-shared": NO_PIE, "as-needed": PIE,
    "symbolic": PIE, "freestanding": NO_PIE, "embed": NO_PIE, "fails-undefined": PIE, "fails-duplicate": PIE,
    "fails-pic": PIE, "hello-c-m32": ("static", "pie"), "tls-shared-m32": PIE, "ifunc-m32": NO_PIE, "hello-cxx-m32": PIE,
    "tls-pic-m32": NO_PIE,
}  # fmt: skip
"""Job -> modes of the everyday test."""


class Run(NamedTuple):
    """A command and what it must print; `matches` makes `out` a pattern to be found instead of the whole text."""

    command: str
    out: str = ""
    code: int = 0
    matches: bool = False


class Job(NamedTuple):
    """`compile` and `link` are command lines; {c} stands for compile flags, {l} for link flags, {B} for the linker's folder.

    A compiler in `link` gets -B by itself, `ld` is the linker under test. `run` also holds checks with readelf and the like.
    `fails`: the last link step must fail with a message that matches. `products`: files the ELF checkers look at.
    `needs`: files without which the job cannot be. `not_for`: linkers known not to have what is tested.
    """

    name: str
    files: dict[str, str]
    compile: tuple[str, ...]
    link: tuple[str, ...]
    run: tuple[Run, ...] = ()
    modes: tuple[str, ...] = PIE
    fails: str = ""
    products: tuple[str, ...] = ("prog",)
    needs: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()
    variants: tuple[str, ...] = ("", "gc", "now")


def all_jobs() -> list[Job]:
    """Every job, small ones first."""
    import linker_jobs_freestanding
    import linker_jobs_large
    import linker_jobs_programs
    import linker_jobs_shared

    lists = (linker_jobs_programs.JOBS, linker_jobs_shared.JOBS, linker_jobs_freestanding.JOBS, linker_jobs_large.JOBS)
    jobs = [job for one in lists for job in one]
    jobs += [_small(job) for job in jobs if job.name in SMALL]
    names = [job.name for job in jobs]
    assert len(names) == len(set(names))
    return jobs


SMALL = (
    "hello-c", "hello-cxx", "maths", "init-order", "tls", "tls-pic", "tls-desc", "tls-shared", "tls-shared-desc", "comdat",
    "common", "copy-relocations", "copy-aliases", "protected", "relocatable", "ifunc", "ifunc-equality", "ifunc-shared",
    "start-stop", "gc", "weak", "strings", "debug", "debug-compressed", "versions", "dlopen", "cxx-libraries", "hash-styles",
    "wrap-defsym", "backtrace", "relr", "ibt-plt", "symbolic",
)  # fmt: skip
"""Jobs that are also done for i386."""


def _small(job: Job) -> Job:
    flags = {"gcc": "-m32", "g++": "-m32", "ld": "-m elf_i386"}

    def narrow(commands: tuple[str, ...]) -> tuple[str, ...]:
        words = [command.partition(" ") for command in commands]
        return tuple(f"{tool} {flags[tool]} {rest}" if tool in flags else f"{tool} {rest}" for tool, _, rest in words)

    needs = (*job.needs, "/lib/ld-linux.so.2")
    not_for = (*job.not_for, "bfd") if job.name == "ifunc-shared" else job.not_for       # its program prints "bad"
    return job._replace(name=f"{job.name}-m32", compile=narrow(job.compile), link=narrow(job.link), needs=needs, not_for=not_for)


@cache
def linker_folder(linker: str, base: Path) -> Path:
    """A folder with an `ld` that is the linker, for `gcc -B`."""
    folder = base / f"B-{linker}"
    if linker == "starklink":
        command = [sys.executable, "-m", "starklink", "link", "--install-dir", str(folder)]
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT / "src")})
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    path = shutil.which(LINKERS[linker])
    assert path is not None, LINKERS[linker]
    if not (folder / "ld").exists():
        (folder / "ld").symlink_to(path)
    return folder


def missing(job: Job) -> list[str]:
    """What the machine lacks for a job."""
    return [path for path in job.needs if not (Path(path).exists() or shutil.which(path))]


def compiled(job: Job, mode: str, variant: str, base: Path) -> Path:
    """The folder with sources and compiled objects, made once for all linkers."""
    key = sha1(repr((job.files, job.compile)).encode()).hexdigest()[:8]
    folder = base / "objects" / f"{job.name}-{mode}-{variant or 'plain'}-{key}"
    done = folder / ".done"
    if done.exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, text in job.files.items():
        (folder / name).write_text(text)
    for command in job.compile:
        words = shlex.split(_filled(command, mode, variant, Path("/nonexistent")))
        result = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        assert result.returncode == 0, f"{job.name}: {command}\n{result.stderr}"
    done.touch()
    return folder


def _filled(command: str, mode: str, variant: str, linker: Path) -> str:
    compile_mode, link_mode = MODES[mode]
    compile_flags, link_flags = VARIANTS[variant]
    return (command.replace("{c}", f"{compile_flags} {compile_mode}").replace("{o}", compile_flags)
            .replace("{l}", f"{link_flags} {link_mode}").replace("{s}", link_flags).replace("{B}", str(linker)))


def run(job: Job, mode: str, variant: str, linker: str, base: Path, lint: bool = True) -> list[str]:
    """Build a job in one mode and variant with a linker, and check it; the result is what went wrong."""
    folder = base / "linked" / f"{linker}-{job.name}-{mode}-{variant or 'plain'}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(compiled(job, mode, variant, base), folder, copy_function=os.link)
    linker_path = linker_folder(linker, base)
    failures = _link(job, mode, variant, linker_path, folder)
    if failures or job.fails:
        return failures
    for one in job.run:
        failures += _check(one, folder)
    if lint:
        for name in job.products:
            failures += complaints(folder / name)
    return failures


def _link(job: Job, mode: str, variant: str, linker: Path, folder: Path) -> list[str]:
    for number, command in enumerate(job.link):
        words = shlex.split(_filled(command, mode, variant, linker))
        if words[0] in ("gcc", "g++", "clang"):
            words.insert(1, f"-B{linker}")
        elif words[0] == "ld":
            words[0] = str(linker / "ld")
        try:
            result = subprocess.run(words, cwd=folder, capture_output=True, text=True, errors="replace", check=False, timeout=300)
        except subprocess.TimeoutExpired:
            return [f"timeout: {command}"]
        if job.fails and number == len(job.link) - 1:
            if result.returncode == 0:
                return [f"should have failed: {command}"]
            if not re.search(job.fails, result.stderr):
                return [f"message does not match {job.fails!r}: {result.stderr[-1500:]}"]
            return []
        if result.returncode != 0:
            return [f"{' '.join(words)}\n  in {folder}\n{result.stderr[-3000:]}"]
    return []


def _check(one: Run, folder: Path) -> list[str]:
    environment = {**os.environ, "LD_LIBRARY_PATH": str(folder), "LC_ALL": "C"}
    try:
        result = subprocess.run(["sh", "-c", one.command], cwd=folder, capture_output=True, text=True, errors="replace",
                                check=False, timeout=120, env=environment)
    except subprocess.TimeoutExpired:
        return [f"timeout: {one.command} in {folder}"]
    good = re.search(one.out, result.stdout, re.DOTALL) if one.matches else result.stdout == one.out
    if good and result.returncode == one.code:
        return []
    kind = "expected pattern" if one.matches else "expected"
    return [f"{one.command} in {folder}: exit {result.returncode} (expected {one.code})\n"
            f"--- {kind}:\n{one.out}\n--- got:\n{result.stdout[-2000:]}{result.stderr[-1000:]}"]


def complaints(path: Path) -> list[str]:
    """What readelf and eu-elflint have to say about a product."""
    failures = []
    result = subprocess.run(["readelf", "-aW", str(path)], capture_output=True, text=True, errors="replace", check=False)
    if result.stderr.strip() or result.returncode:
        failures.append(f"readelf {path}: {result.stderr[:1000]}")
    result = subprocess.run(["eu-elflint", "--gnu-ld", str(path)], capture_output=True, text=True, errors="replace", check=False)
    said = result.stdout.replace("No errors", "").strip()
    lines = [line for line in said.splitlines() if line and not any(re.search(one, line) for one in LINT_ACCEPTED)]
    if lines:
        failures.append(f"eu-elflint {path}: " + "\n".join(lines[:20]))
    return failures


LINT_ACCEPTED = (
    # Programs of GNU ld have the same; each is a matter of what the checker does not know.
    r"__(ehdr|executable)_start\): st_value out of bounds",         # it lies before the first section
    r"st_visibility|symbol in dynamic symbol table with non-default visibility",     # protected symbols are exported
    r"'\.relr\.dyn' has wrong type|unknown tag|unknown type",
    r"(does not fit completely in|out of bounds of) referenced section \[ *\d+\] '\.t(bss|data)'",
    r"\.rel\.(dyn|plt)': relocation \d+: relocation type invalid for the file type",        # descriptors of i386
    r"note type 3 with owner name 'stapsdt'|'\.debug_gdb_scripts' has wrong flags",    # as in the inputs
    # IRELATIVE has no symbol.
    r"'\.rela?\.plt': relocation \d+: (invalid symbol index|relocation type invalid for the file type)",
    r"not fully contained in segment of program header|is writable but contains no writable sections",
)
