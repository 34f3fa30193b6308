"""Call frame information at every instruction: gdb steps a program and its stack is compared with the calls that happened."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from starklink import compile_text
from starklink.driver.debug import gdb_command

HERE = Path(__file__).parent
SCRIPT = HERE / "debug" / "unwind.py"
SOURCE = HERE / "data" / "unwind.fsh"


def stepped(folder: Path, target: str, level: int, first: str, limit: int, version: int = 5, visits: int = 2) -> Any:
    """What the script found."""
    image, out = folder / "unwind", folder / "unwind.json"
    text = SOURCE.read_text(encoding="utf-8")
    compile_text(text, "unwind.fsh", level=level, target=target, dwarf=version).link().write(image)
    settings = {"out": str(out), "start": "run" if target == "linux" else "continue", "first": first, "limit": limit,
                "visits": visits}
    command = gdb_command("gdb", str(image), target == "pc", str(SCRIPT), False)
    command.insert(1, "-nx")
    subprocess.run(command, env={**os.environ, "UNWIND": json.dumps(settings)}, stdin=subprocess.DEVNULL,
                   capture_output=True, timeout=600, check=False)
    return json.loads(out.read_text(encoding="utf-8"))


def test_every_instruction_from_start_to_end(tmp_path: Path) -> None:
    found = stepped(tmp_path, "linux", 2, "_start", 20000)
    assert found["problems"] == []
    assert found["places"] > 800 and found["checked"] > 1.3 * found["places"]
    assert {"_start", "__start", "main", "Deep", "Early", "Caught", "Circle.Area", "__throw", "__unwind", "__resume",
            "__trap_index", "__sys_write", "__exit"} <= set(found["functions"])


@pytest.mark.parametrize("version", [4, 5])
def test_without_optimisation(version: int, tmp_path: Path) -> None:
    found = stepped(tmp_path, "linux", 0, "Caught", 1200, version, visits=1)
    assert found["problems"] == []
    assert {"Caught", "Fail", "__throw", "__new"} <= set(found["functions"])


def test_the_bare_machine(tmp_path: Path) -> None:
    """An exception on its way behind qemu's stub."""
    found = stepped(tmp_path, "pc", 2, "__resume", 200, visits=1)
    assert found["problems"] == []
    assert {"__resume", "Caught", "Early"} <= set(found["functions"])


def test_the_comparison_sees_wrong_frames(tmp_path: Path) -> None:
    """The same image with the CFA of one FDE off by 8 bytes."""
    from starklink.objwriter.elf.reader import Elf

    image = tmp_path / "unwind"
    stepped(tmp_path, "linux", 2, "main", 1)
    data = bytearray(image.read_bytes())
    for section in Elf(bytes(data)).sections:
        if section.name in (".eh_frame", ".debug_frame"):
            part = data[section.offset:section.offset + section.size]
            assert part.count(b"\x0c\x07\x08") >= 1     # DW_CFA_def_cfa rsp, 8 of the common record
            data[section.offset:section.offset + section.size] = part.replace(b"\x0c\x07\x08", b"\x0c\x07\x10")
    image.write_bytes(data)
    settings = {"out": str(tmp_path / "out"), "start": "run", "first": "main", "limit": 3, "visits": 1}
    command = gdb_command("gdb", str(image), False, str(SCRIPT), False)
    subprocess.run(command, env={**os.environ, "UNWIND": json.dumps(settings)}, stdin=subprocess.DEVNULL,
                   capture_output=True, timeout=60, check=False)
    assert json.loads((tmp_path / "out").read_text(encoding="utf-8"))["problems"]
