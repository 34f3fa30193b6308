"""What a linked file asks of shared objects: libraries, versions and names that something in it really uses."""

from __future__ import annotations

import subprocess
from pathlib import Path

import linker_jobs
import pytest


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("needed")


def dynamic(folder: Path, name: str, source: str, *options: str) -> tuple[set[str], set[str]]:
    """Link a source by gcc with our linker and with GNU ld: the libraries (NEEDED) and the undefined names, of both the same.

    Names that may stay undefined (weak) are settled at link time in programs of ours, so they count for libraries only.
    """
    (folder / f"{name}.c").write_text(source)
    rows = []
    for linker in ("starklink", "bfd"):
        driver, product = linker_jobs.linker_folder(linker, folder), f"{name}-{linker}"
        command = ["gcc", f"-B{driver}", "-O1", "-fPIC", "-ffunction-sections", *options, "-o", product, f"{name}.c"]
        subprocess.run(command, check=True, cwd=folder)
        said = subprocess.run(["readelf", "-dW", "--dyn-syms", product], check=True, cwd=folder, capture_output=True, text=True)
        lines = [line.split() for line in said.stdout.splitlines()]
        names = {f"{words[7].partition('@')[0]} {words[4]}" for words in lines if len(words) > 7 and words[6] == "UND"}
        rows.append(({words[-1] for words in lines if "(NEEDED)" in words},
                     names if "-shared" in options else {name for name in names if name.endswith("GLOBAL")}))
    assert rows[0] == rows[1]
    return rows[0]


def test_weak_references_need_no_library(folder: Path) -> None:
    """Start code refers to __cxa_finalize weakly: with --as-needed that does not bring libc.so.6 in, nor a version of it."""
    needed, names = dynamic(folder, "lib.so", "int answer(void) { return 42; }", "-shared", "-Wl,--as-needed")
    assert needed == set()
    assert "__cxa_finalize WEAK" in names


def test_weak_references_and_no_as_needed(folder: Path) -> None:
    needed, _ = dynamic(folder, "lib2.so", "int answer(void) { return 42; }", "-shared", "-Wl,--no-as-needed")
    assert "[libc.so.6]" in needed


def test_dead_code_asks_for_nothing(folder: Path) -> None:
    source = '#include <stdio.h>\nstatic int on;\nvoid dead(void) { puts("x"); }\nint main(void) { return on + getchar(); }'
    _, names = dynamic(folder, "dead", source, "-Wl,--gc-sections")
    assert "puts GLOBAL" not in names
    assert "getchar GLOBAL" in names or "getc GLOBAL" in names
