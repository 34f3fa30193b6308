"""The samples of the Python API run, are as short as they claim, and debuggers follow what they make."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parent.parent / "samples" / "api"
sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
import oracles  # noqa: E402


@pytest.fixture(scope="module")
def hello(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("api") / "hello"
    subprocess.run([sys.executable, SAMPLES / "hello.py", path], check=True)
    return path


def test_hello_is_short() -> None:
    """At most 30 lines of code, one statement each, and 5 names to know, with 6 methods, besides the instructions."""
    text = (SAMPLES / "hello.py").read_text()
    tree = ast.parse(text)
    body = tree.body[1:]
    lines = {line for node in body for line in range(node.lineno, (node.end_lineno or 0) + 1)
             if text.splitlines()[line - 1].strip()}
    assert len(lines) <= 30
    assert ";" not in text
    registers = {"dword", "eax", "edi", "edx", "ptr", "rbp", "rip", "rsi", "rsp", "sys"}
    imported = {name.name for node in body if isinstance(node, ast.Import | ast.ImportFrom) for name in node.names}
    asked = {node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
             and isinstance(node.func.value, ast.Name) and node.func.value.id in ("debug", "f")}
    assert imported - registers == {"Assembler", "DebugInfo", "Fragment", "ObjectModule", "link"}
    assert asked == {"at", "base_type", "file", "finish", "local", "subprogram"}


def test_hello_runs_and_is_clean(hello: Path) -> None:
    done = subprocess.run([hello], capture_output=True, text=True, check=False)
    assert done.stdout == "hello\n" * 3
    assert oracles.faults(hello) == []


def test_hello_steps_in_gdb(hello: Path) -> None:
    commands = ["break _start", "run", "print left", "next", "print left", "next", "next", "next", "print left", "info line"]
    words = [word for command in commands for word in ("-ex", command)]
    done = subprocess.run(["gdb", "-nx", "-batch", "-ex", "set debuginfod enabled off", *words, hello], capture_output=True,
                          text=True, check=False, timeout=60, stdin=subprocess.DEVNULL)
    assert re.search(r"Breakpoint 1, _start \(\) at hello.txt:2", done.stdout)
    assert [line.split("\t")[0] for line in done.stdout.splitlines() if re.match(r"\d+\t", line)] == ["3", "4", "3", "4"]
    assert re.findall(r"^\$\d = (\d+)", done.stdout, re.MULTILINE)[1:] == ["3", "2"]
    assert 'Line 4 of "hello.txt"' in done.stdout


def test_files_from_nothing_run_and_link(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, SAMPLES / "program.py", tmp_path], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"entry 0x\w+: \.rodata \.text \.symtab \.strtab \.shstrtab\n", done.stdout)
    subprocess.run(["ld", "-o", tmp_path / "linked", "-u", "_start", tmp_path / "libhello.a"], check=True)
    for name in ("hello", "stripped", "linked"):
        assert subprocess.run([tmp_path / name], capture_output=True, text=True, check=True).stdout == "hello\n"
    text = (SAMPLES / "program.py").read_text()
    tree = ast.parse(text)
    lines = {line for node in tree.body[1:] for line in range(node.lineno, (node.end_lineno or 0) + 1)
             if text.splitlines()[line - 1].strip()}
    assert len(lines) <= 30


def test_elf_has_its_debug_information(tmp_path: Path) -> None:
    """The reading example of the Python API."""
    from starklink import Elf

    path = tmp_path / "program"
    source = "int twice(int x) { return x + x; }\nint main(void)\n{ return twice(4); }\n"
    subprocess.run(["gcc", "-g", "-o", path, "-x", "c", "-"], input=source, text=True, check=True)
    elf = Elf.read(path)
    assert [(unit.name, unit.version) for unit in elf.dwarf.units] == [("<stdin>", 5)]
    names = {die.get("name") for unit in elf.dwarf.units for die in unit.walk() if die.tag == "subprogram"}
    assert names == {"twice", "main"}
    start = next(symbol.value for symbol in elf.symbols() if symbol.name == "main")
    where = elf.dwarf.find(start)
    assert where is not None and (where.line, where.function) == (3, "main")
    assert "ELF Header:" in elf.dump("headers", "symbols", "lines") and "subprogram" in elf.dump("dies")
    assert bytes(elf) == path.read_bytes()
