"""Every example of docs/assembler.md and docs/gas.md does what the page says.

    ```python        runs; all of a page share their names
    ```output        what the block before prints; `output exit 3` with an exit code
    ```gas NAME      a source: assembled, linked by gcc and run, or refused
    ```error         the head lines of its refusal, word by word up to their end
"""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"
FENCE = re.compile(r"^```(\w+)(?: ([^\n]*))?\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


def run_source(name: str, text: str, folder: Path) -> tuple[int, str, str]:
    """(exit code, output, complaints) of a GAS source."""
    (folder / name).write_text(text)
    command = [sys.executable, "-m", "starklink", "asm", name, "-o", "x.o"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        return done.returncode, "", done.stderr
    subprocess.run(["gcc", "x.o", "-o", "x"], cwd=folder, check=True)
    done = subprocess.run(["./x"], cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("page", ["assembler.md", "gas.md"])
def test_the_examples_of(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    printed, status, complaints, checked = "", 0, "", 0
    for block in FENCE.finditer((DOCS / page).read_text(encoding="utf-8")):
        kind, more, body = block.groups()
        if kind == "python":
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(body, page, "exec"), names)
            printed, status = out.getvalue(), 0
        elif kind == "gas":
            status, printed, complaints = run_source(more, body, tmp_path)
        elif kind == "output":
            assert (printed, status) == (body, int((more or "exit 0").split()[1])), f"{page}: {complaints}"
            checked += 1
        elif kind == "error":
            heads = [line for line in complaints.splitlines() if ": error: " in line]
            assert heads == body.splitlines()
            checked += 1
    assert checked >= 4
