"""The samples of the assembler's Python API: code run in process, a library for C programs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SAMPLES = Path(__file__).parent.parent / "samples" / "api"


def test_polynomial_runs_in_process() -> None:
    done = subprocess.run([sys.executable, SAMPLES / "polynomial.py", "2", "-3", "5"], capture_output=True, text=True, check=True)
    values, *code = done.stdout.splitlines()
    assert any("imul rax, rdi" in line for line in code)
    assert values == " ".join([str(2 - 3 * x + 5 * x * x) for x in range(10)])


def test_library_serves_a_c_program(tmp_path: Path) -> None:
    subprocess.run([sys.executable, SAMPLES / "library.py", tmp_path / "lib.o"], check=True)
    (tmp_path / "main.c").write_text(
        "int next(void); long length(const char *); extern const char *names[]; extern int total;\n"
        "int main(void) { int a = next(), b = next(); return a + b + total + length(names[0]) - 200; }\n"
    )
    subprocess.run(["gcc", "-no-pie", "-o", "main", "main.c", "lib.o"], cwd=tmp_path, check=True)
    assert subprocess.run([tmp_path / "main"], check=False).returncode == 201 + 2 + 5 - 200
