"""The library's files: every name is found, generated files are fresh."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from starklink.ir import traps
from starklink.runtime import library
from starklink.runtime.library import INDEX

ROOT = Path(__file__).resolve().parent.parent


def test_generated_files_are_fresh() -> None:
    command = [sys.executable, str(ROOT / "tools" / "make_runtime.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_find_and_text() -> None:
    file = library.find("__print_str")
    assert file == "io.fsh"
    assert "void __print_str(string s)" in library.text(file)
    assert library.find("print") is None
    assert library.find("__out_base") == "io.fsh"


def test_every_trap_handler_exists() -> None:
    for info in traps.TRAPS[1:]:
        file = library.find(info.handler)
        assert file is not None
        assert f"void {info.handler}(" in library.text(file)


def test_contract_names_exist() -> None:
    """Every library function that docs/runtime.md names is found."""
    text = (ROOT / "docs" / "runtime.md").read_text(encoding="utf-8")
    section = text.split("Functions the compiler calls")[1].split("## Traces")[0]
    named = set(re.findall(r"\b(__[a-z]\w*)\(", section))
    assert len(named) > 60
    assert sorted(named - set(INDEX)) == []
