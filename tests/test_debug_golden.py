"""Debugger sessions by script: tests/debug/NAME.gdb and what gdb says to it, the same on both targets; and one for lldb.

STARKLINK_UPDATE=1 writes the expectations anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "debug"
SOURCE = HERE / "values.fsh"
NOISE = re.compile(r"^(\[Inferior .*|0x000000000000fff0 in .*|Watchpoint \d+ deleted because.*)\n", re.MULTILINE)


def build(folder: Path, target: str) -> Path:
    out = folder / "values"
    command = [sys.executable, "-m", "starklink", "build", str(SOURCE), "-o", str(out), "-O0", "--target", target]
    subprocess.run(command, check=True)
    return out


def plain(said: str) -> str:
    """A session's text without what differs between machines and targets."""
    said = NOISE.sub("", said).replace(f"{HERE}/", "")
    said = re.sub(r"<(\w+)\$desc>", r"<\1 descriptor>", said)
    return re.sub(r" \+ \d+", " + ...", re.sub(r"0x[0-9a-f]+", "0x...", said))


def compare(said: str, path: Path) -> None:
    if os.environ.get("STARKLINK_UPDATE") == "1":
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("target", ["linux", "pc"])
@pytest.mark.parametrize("name", ["values", "steps"])
def test_gdb(name: str, target: str, tmp_path: Path) -> None:
    script = (HERE / f"{name}.gdb").read_text(encoding="utf-8")
    script = re.sub(r"^run$", "run > /dev/null" if target == "linux" else "continue", script, flags=re.MULTILINE)
    (tmp_path / "script").write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "starklink", "debug", str(build(tmp_path, target)), "-x", str(tmp_path / "script")],
        capture_output=True, stdin=subprocess.DEVNULL, timeout=120, check=False)
    assert "Error in sourced" not in done.stderr.decode(), done.stderr.decode()
    compare(plain(done.stdout.decode("utf-8")), HERE / f"{name}.out")


def test_lldb(tmp_path: Path) -> None:
    image = build(tmp_path, "linux")
    done = subprocess.run(
        ["lldb", "-b", "-o", "settings set stop-line-count-before 0", "-o", "settings set stop-line-count-after 0", "-o",
         "settings set target.output-path /dev/null", "-s", str(HERE / "values.lldb"), str(image)],
        capture_output=True, stdin=subprocess.DEVNULL, timeout=120, check=False)
    said = done.stdout.decode("utf-8").replace(str(image), "values")
    said = re.sub(r"Process \d+", "Process N", re.sub(r"\(x86_64\)|, pid = \d+|tid = \d+", "", said))
    compare(plain(said), HERE / "values.lldb.out")
