"""Debuggers on built images: stops, stacks and values at -O0, and never a wrong value at -O2."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from starklink.driver.debug import gdb_command, is_bootable

SOURCE = Path(__file__).parent / "data" / "debug.fsh"
LINE = {text: number for number, text in enumerate(SOURCE.read_text(encoding="utf-8").splitlines(), 1)}


def line(part: str) -> int:
    """Number of the source line that contains a text."""
    return next(number for text, number in LINE.items() if part in text)


def build(folder: Path, level: int, target: str) -> Path:
    out = folder / "debug"
    subprocess.run(
        [sys.executable, "-m", "starklink", "build", str(SOURCE), "-o", str(out), f"-O{level}", "--target", target], check=True
    )
    return out


def session(image: Path, script: str, target: str, folder: Path) -> str:
    """What gdb says to a script; `run` becomes `continue` for a guest that waits at its reset."""
    if target == "pc":
        script = re.sub(r"^run$", "continue", script, flags=re.MULTILINE)
    (folder / "script").write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "starklink", "debug", str(image), "-x", str(folder / "script")],
        text=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )
    # A guest that ends closes the connection, which gdb reports as an error of the script's last command.
    assert "Error in sourced" not in done.stderr or "Remote connection closed" in done.stderr, done.stderr
    return done.stdout + done.stderr


def expect(text: str, *parts: str) -> None:
    """The parts occur in this order."""
    at = 0
    for part in parts:
        found = text.find(part, at)
        assert found >= 0, f"no {part!r} after position {at} in\n{text}"
        at = found + len(part)


@pytest.mark.parametrize("target", ["linux", "pc"])
def test_a_session_without_optimisation(target: str, tmp_path: Path) -> None:
    script = f"""
break Sum
break {SOURCE.name}:{line("print(label")}
run
info args
print first
print *first
print first.next.name
print extra->data[1]
next
next
next
info locals
step
continue
info locals
print words
print total
bt
up
print result
print first.count
info locals
down
delete
finish
bt
next
"""
    said = session(build(tmp_path, 0, target), script, target, tmp_path)
    expect(
        said,
        "Breakpoint 1, Sum(",
        f"{line('int sum = 0')}\t    int sum = 0;",
        'first = Item = {name = "apple", count = 3, next = Item @0x',
        "extra = int [3] = {1, 2, 3}",
        "factor = 1.5",
        r'label = "text \"quoted\""',
        'Item = {name = "apple", count = 3, next = Item @0x',
        'Item = {name = "apple", count = 3, next = Item @0x',
        '= "pear"',
        " = 2\n",
        "bool seen = false;",
        "char letter = 'x';",
        "byte small = 200;",
        "sum = 0\n",
        "seen = false\n",
        "letter = 'x'",
        f"{line('string[] words')}\t",
        "Breakpoint 2, Sum(",
        "sum = 76\n",
        "seen = true\n",
        "letter = 'x'\n",
        "small = 200\n",
        'words = string [3] = {"one", null, "three"}',
        'string [3] = {"one", null, "three"}',
        " = 0\n",
        "#0  Sum(",
        "#1  ",
        f"main () at {SOURCE}:{line('int result')}",
        f"{line('int result')}\t",
        " = 3\n",
        "first = Item = {",
        "extra = int [3] = {1, 2, 3}",
        "Value returned is ",
        " = 114\n",
        "#0  ",
        "main ()",
        f"{line('print(result)')}\t",
    )
    assert "optimized out" not in said


@pytest.mark.parametrize("target", ["linux", "pc"])
def test_stepping_into_and_out_of_methods(target: str, tmp_path: Path) -> None:
    script = f"""
break {line("sum += item.Weigh")}
run
step
info args
next
print weight
print this->count
print count
bt
finish
next
next
"""
    said = session(build(tmp_path, 0, target), script, target, tmp_path)
    expect(
        said,
        "Breakpoint 1",
        "Weigh",
        f"{line('int weight')}\t",
        'this = Item = {name = "apple"',
        "each = 10",
        f"{line('return weight')}\t",
        " = 30\n",
        " = 3\n",
        " = 3\n",
        "#0  Item.Weigh",
        "#1  ",
        "Sum",
        "#2  ",
        "main ()",
        "Value returned is ",
        " = 30\n",
        f"{line('seen = true')}\t",
    )
    # The library is not stepped into: behind `seen = true` comes the loop again.
    assert ".fsh:" in said
    assert "runtime" not in said


@pytest.mark.parametrize("target", ["linux", "pc"])
def test_optimised_values_are_true_or_absent(target: str, tmp_path: Path) -> None:
    script = f"""
break {SOURCE.name}:{line("total = sum")}
run
info args
info locals
print total
bt
next
info locals
print total
"""
    said = session(build(tmp_path, 2, target), script, target, tmp_path)
    expect(said, "Breakpoint 1, ", "#0  Sum", "main ()")
    true = {
        "first": "Item = {",
        "extra": "int [3] = {1, 2, 3}",
        "factor": "1.5",
        "label": '"text',
        "sum": "76",
        "seen": "true",
        "letter": "'x'",
        "small": "200",
        "words": 'string [3] = {"one", null, "three"}',
    }
    found = 0
    for name, value in re.findall(r"^(\w+) = (.*)$", said, re.MULTILINE):
        if name in true and value != "<optimized out>":
            found += 1
            assert value.startswith(true[name]), f"{name} = {value}"
    assert found > 0
    assert re.findall(r"^\$\d+ = (\d+)$", said, re.MULTILINE) == ["0", "76"]


def test_printers_load_from_the_image_and_from_the_file_beside_it(tmp_path: Path) -> None:
    image = build(tmp_path, 0, "linux")
    script = ("-ex", f"break {line('string[] words')}", "-ex", "run", "-ex", "print first")
    beside = tmp_path / "debug-gdb.py"
    text = beside.read_text(encoding="utf-8")
    for _ in range(2):
        done = subprocess.run(
            ["gdb", "-nx", "-q", "-batch", "-iex", f"add-auto-load-safe-path {tmp_path}", str(image), *script],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert 'Item = {name = "apple", count = 3' in done.stdout
        assert done.stderr == ""
        beside.unlink(missing_ok=True)
    subprocess.run(["strip", "--remove-section", ".debug_gdb_scripts", "--strip-dwo", str(image)], check=True)
    beside.write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["gdb", "-nx", "-q", "-batch", "-iex", f"add-auto-load-safe-path {tmp_path}", str(image), *script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert 'Item = {name = "apple", count = 3' in done.stdout


def test_debug_compiles_a_source_file(tmp_path: Path) -> None:
    (tmp_path / "script").write_text("break Sum\nrun\nprint label\nkill\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "starklink", "debug", str(SOURCE), "-x", str(tmp_path / "script")],
        text=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert r'$1 = "text \"quoted\""' in done.stdout


def test_lldb(tmp_path: Path) -> None:
    image = build(tmp_path, 0, "linux")
    commands = [
        "breakpoint set --name Sum",
        "run",
        "bt",
        "next",
        "next",
        "next",
        "frame variable sum seen factor",
        "p sum + 41",
        "finish",
        "bt",
        "continue",
    ]
    done = subprocess.run(
        ["lldb", "-b", *(word for one in commands for word in ("-o", one)), str(image)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    expect(
        done.stdout,
        "stop reason = breakpoint 1.1",
        "int sum = 0;",
        "frame #0:",
        "Sum(",
        "frame #1:",
        "main at debug.fsh:",
        "sum = 0",
        "seen = false",
        "factor = 1.5",
        " = 41",
        "Return value: ",
        " = 114",
        "frame #0:",
        "main at debug.fsh:",
        "exited with status = 0",
    )


def test_command_line_of_gdb() -> None:
    plain = gdb_command("gdb", "/x y/image", False, None, True)
    assert plain == ["gdb", "-q", "-iex", "add-auto-load-safe-path /x y", "/x y/image"]
    guest = gdb_command("mygdb", "/x y/image", True, "s", False)
    assert guest[0] == "mygdb"
    remote = next(word for word in guest if word.startswith("target remote"))
    assert "-kernel '/x y/image'" in remote
    assert guest[-2:] == ["-x", "s"]
    assert not is_bootable(Path(sys.executable).resolve().read_bytes())
