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


MACROS = 4900       # nested as deep as the assembler goes
SOURCES = {
    "macros": "".join([f"%define m{n} m{n + 1}\n" for n in range(MACROS)]) + f"%define m{MACROS} 7\ndd m0\n",
    "calls": "".join([f"%define m{n}(x) m{n + 1}(x)\n" for n in range(MACROS)]) + f"%define m{MACROS}(x) x\ndd m0(7)\n",
    "parentheses": "dd " + "(" * 4000 + "7" + ")" * 4000 + "\n",
    "equations": "w0 equ last - first - 4\n" + "".join([f"w{n} equ w{n - 1} + 0\n" for n in range(1, 5000)])
                 + "dd w4999 + 3\nsection .data\nfirst: dq 0\nlast:\n",
}  # fmt: skip


@pytest.mark.parametrize("name", SOURCES)
def test_deep_sources_of_the_assembler(name: str, tmp_path: Path) -> None:
    (tmp_path / "deep.asm").write_text(SOURCES[name])
    command = [sys.executable, "-m", "starklink", "asm", "-fbin", str(tmp_path / "deep.asm"), "-o", str(tmp_path / "deep")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-1000:]
    assert (tmp_path / "deep").read_bytes()[:4] == b"\7\0\0\0"
