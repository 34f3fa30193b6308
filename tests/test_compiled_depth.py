"""Deep programs through the whole pipeline: compiled code recurses on the machine's stack, which must be large enough.

The plain build has its own tests of 100,000 levels (`test_hostile_input.py`); it takes fewer here.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from starklink import compiled

DEEP = 100_000 if compiled.status().startswith("compiled") else 20_000

PROGRAMS = {
    "parentheses": "void main() { print(" + "(" * DEEP + "1" + ")" * DEEP + "); }",
    "unary": "void main() { int a = 1; print(" + "- " * DEEP + "a); }",
    "blocks": "void main() {" + "{" * DEEP + "print(1);" + "}" * DEEP + "}",
    "calls": "int f(int n) { return n; } void main() { print(" + "f(" * DEEP + "1" + ")" * DEEP + "); }",
    "conditionals": "void main() { int n = 3; print(" + "n == 2 ? 2 : " * DEEP + "1); }",
    "ifs": "void main() { int n = 3; " + "if (n > 0) " * DEEP + "print(1); }",
}


def build(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "deep.fsh").write_text(text)
    command = [sys.executable, "-m", "starklink", "build", str(folder / "deep.fsh"), "-O0", "-g0", "-o", str(folder / "deep")]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("name", PROGRAMS)
def test_deep(name: str, tmp_path: Path) -> None:
    done = build(PROGRAMS[name], tmp_path)
    assert done.returncode == 0, done.stderr[-1000:]
    assert subprocess.run([str(tmp_path / "deep")], capture_output=True, text=True).stdout == "1\n"
