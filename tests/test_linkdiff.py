"""`tools/linkdiff.py`: a program of ours and one of GNU ld differ in choices only; a changed function, datum and name show."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import linker_jobs
import pytest

ROOT = Path(__file__).parent.parent
SOURCE = """
#include <stdio.h>
int table[3] = {1, 2, 3}; const char *word = "word"; static int twice(int x) { return 2 * x; } int (*pointer)(int) = twice;
__attribute__((noinline)) int add(int x) { return pointer(x) + table[1]; }
int main(void) { printf("%s %d\\n", word, add(4)); return 0; }
"""


def diff(folder: Path, a: str, b: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "linkdiff.py"), a, b]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("diff")
    (where / "a.c").write_text(SOURCE)
    (where / "b.c").write_text(SOURCE.replace("pointer(x) +", "pointer(x) -").replace("{1, 2, 3}", "{1, 2, 4}"))
    subprocess.run("gcc -O1 -c a.c b.c && gcc -o bfd a.o", shell=True, check=True, cwd=where)
    driver = linker_jobs.linker_folder("starklink", where)
    for name in "ab":
        subprocess.run(["gcc", f"-B{driver}", "-o", f"ours-{name}", f"{name}.o"], check=True, cwd=where)
    return where


def test_ours_and_gnu_ld(folder: Path) -> None:
    done = diff(folder, "ours-a", "bfd")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no other difference" in done.stdout


@pytest.mark.parametrize("how", ["-static", "-no-pie"])
def test_the_c_library_too(folder: Path, how: str) -> None:
    """Strings, jump tables, thread-local offsets, slots and relaxed accesses of a few hundred functions mean the same."""
    driver = linker_jobs.linker_folder("starklink", folder)
    for name, options in (("theirs", []), ("ours", [f"-B{driver}"])):
        subprocess.run(["gcc", how, *options, "-o", f"{name}{how}", "a.o"], check=True, cwd=folder)
    done = diff(folder, f"ours{how}", f"theirs{how}")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_moved_string_shows(folder: Path) -> None:
    """What has no name is compared by what it is: here two strings swap their places in front of the same code."""
    for name, text in (("x", 'puts("one"); puts("two")'), ("y", 'puts("two"); puts("one")')):
        (folder / f"{name}.c").write_text(f'#include <stdio.h>\nint main(void) {{ {text}; return 0; }}\n')
        subprocess.run(["gcc", "-O1", "-o", name, f"{name}.c"], check=True, cwd=folder)
    done = diff(folder, "x", "y")
    assert done.returncode == 1
    assert sum(line.startswith("code main+") for line in done.stdout.splitlines()) == 2, done.stdout


@pytest.mark.parametrize("constant", [".byte 1, 3", ".double 2.0", ".quad .Lother, .Lword"])
def test_an_unnamed_constant_shows(folder: Path, constant: str) -> None:
    """The first byte of a constant, or the first word of a table, says nothing about the others."""
    plain = constant.replace("1, 3", "1, 2").replace("2.0", "1.0").replace("Lword", "Lother")
    for name, value in (("p", plain), ("q", constant)):
        (folder / f"{name}.s").write_text(
            ".globl _start\n.type _start, @function\n_start: lea .Lconstant(%rip), %rax\n lea .Lword(%rip), %rcx\n ret\n"
            f".size _start, . - _start\n.section .rodata\n.Lconstant: {value}\n.Lword: .ascii \"ab\"\n.Lother: .ascii \"cd\"\n")
        subprocess.run(f"as -o {name}.o {name}.s && ld -o {name} {name}.o", shell=True, check=True, cwd=folder)
    done = diff(folder, "p", "q")
    assert [line.startswith("code _start+0x0: lea rax") for line in done.stdout.splitlines()][:-2] == [True], done.stdout
    assert done.returncode == 1


def test_changes_show(folder: Path) -> None:
    done = diff(folder, "ours-a", "ours-b")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert any(line.startswith("code add+") and "add" in line and "sub" in line for line in lines), done.stdout
    assert any(line.startswith("data table+0x8: 03000000 <-> 04000000") for line in lines), done.stdout
    assert not any("main" in line for line in lines)
