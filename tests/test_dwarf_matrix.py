"""Debug information in every version, as object, executable and position-independent executable: no oracle finds fault, linkers
take the objects and the programs run, gdb and lldb show what is true.

Everyday runs take all kinds of units in one program; with STARKLINK_ORACLES=all every kind is also alone, in the 64-bit format,
with indexed forms, and in lldb in every version.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import dwarf_matrix as matrix
import pytest

from starklink import link
from starklink.objwriter.elf.object import to_elf

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
import oracles

ALL = os.environ.get("STARKLINK_ORACLES") == "all"
VERSIONS = (2, 3, 4, 5)
CASES = [(version, matrix.KINDS, {}) for version in VERSIONS]
CASES += [(5, matrix.KINDS, {"indexed": True, "names": True, "frames": ("eh", "debug")})]
if ALL:
    CASES += [(version, (kind,), {}) for version in VERSIONS for kind in matrix.KINDS]
    CASES += [(version, matrix.KINDS, {"offset_size": 8}) for version in (3, 4, 5)]
Case = tuple[int, tuple[str, ...], dict[str, Any]]


def case_id(case: Case) -> str:
    version, kinds, options = case
    return f"v{version}-{'all' if len(kinds) > 1 else kinds[0]}{'-' if options else ''}{'-'.join(options)}"


@pytest.fixture(scope="module", params=CASES, ids=case_id)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Case, int]:
    """The folder with the program as `matrix.o` and `matrix`, by our own linker."""
    version, kinds, options = request.param
    folder = tmp_path_factory.mktemp("matrix")
    module, code = matrix.program(kinds, version, **options)
    (folder / "matrix.o").write_bytes(to_elf(module))
    link([module]).write(folder / "matrix")
    return folder, request.param, code


def test_no_oracle_finds_fault(built: tuple[Path, Case, int]) -> None:
    folder, (_, _, options), _ = built
    for name in ("matrix.o", "matrix"):
        found = oracles.faults(folder / name)
        if options.get("offset_size") == 8:  # objdump cannot read that format in objects, nor can eu-readelf all of it
            found = [text for text in found if not text.startswith(("objdump", "eu-readelf"))]
        assert found == [], name


def test_linkers_take_the_object_and_the_program_runs(built: tuple[Path, Case, int]) -> None:
    folder, _, code = built
    assert subprocess.run([folder / "matrix"], check=False).returncode == code
    for command in (["ld"], ["ld", "-pie", "--no-dynamic-linker"], ["ld.lld"], ["mold"]):
        done = subprocess.run([*command, "matrix.o", "-o", "out"], cwd=folder, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), command
        assert subprocess.run([folder / "out"], check=False).returncode == code, command
        if "-pie" in command:
            (folder / "out").rename(folder / "pie")
    done = subprocess.run(["ld", "-r", "matrix.o", "-o", "again.o"], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    subprocess.run(["ld", "again.o", "-o", "out"], cwd=folder, check=True)
    assert subprocess.run([folder / "out"], check=False).returncode == code


def test_a_position_independent_executable_is_clean(built: tuple[Path, Case, int]) -> None:
    folder, (_, _, options), _ = built
    if not (folder / "pie").exists():
        subprocess.run(["ld", "-pie", "--no-dynamic-linker", "matrix.o", "-o", "pie"], cwd=folder, check=True)
    # GNU ld pads FDEs to 4 bytes, which dwarfdump reports; abidw looks for dynamic symbols; objdump 2.40 does not load tables of
    # addresses in such files.
    ignored = ["dwarfdump", "abidw"] + ["objdump", "eu-readelf"] * (options.get("offset_size") == 8)
    ignored += ["objdump"] * options.get("indexed", False)
    assert [text for text in oracles.faults(folder / "pie") if not text.startswith(tuple(ignored))] == []


# -- debuggers ---------------------------------------------------------------------------------------------------------

@cache
def gdb(path: Path, version: int, kinds: tuple[str, ...]) -> dict[str, str]:
    """What gdb prints, by kind."""
    commands = ["set confirm off", "set debuginfod enabled off", "set width 0"]
    for kind in kinds:
        commands += [f"echo @{kind}@", *matrix.kind(kind, version).check.gdb, "delete", "kill"]
    words = [word for command in commands for word in ("-ex", command)]
    done = subprocess.run(["gdb", "-nx", "-batch", *words, path], capture_output=True, text=True, check=False, timeout=120,
                          stdin=subprocess.DEVNULL)
    parts = re.split(r"@(\w+)@", done.stdout)
    return dict(zip(parts[1::2], parts[2::2]))


def in_order(text: str, patterns: tuple[str, ...]) -> str:
    """The first pattern that does not come, in order; '' if all do. Breakpoints and values may have any number."""
    at = 0
    for pattern in patterns:
        pattern = re.sub(r"\\\$\\?[\dd]+", r"\\$\\d+", pattern).replace("Breakpoint 1", r"Breakpoint \d+")
        found = re.compile(pattern).search(text, at)
        if found is None:
            return pattern
        at = found.end()
    return ""


@pytest.mark.parametrize("shape", ["matrix", "pie"])
def test_gdb_shows_what_is_true(built: tuple[Path, Case, int], shape: str) -> None:
    folder, (version, kinds, options), _ = built
    if options.get("names"):
        kinds = ("plain",)              # gdb 13 trusts the index and then finds neither lines nor methods
    if not (folder / shape).exists():
        subprocess.run(["ld", "-pie", "--no-dynamic-linker", "matrix.o", "-o", "pie"], cwd=folder, check=True)
    said = gdb(folder / shape, version, kinds)
    for kind in kinds:
        missing = in_order(said[kind], matrix.kind(kind, version).check.says)
        assert not missing, f"{kind}: {missing} is not in\n{said[kind]}"


def test_lldb_shows_what_is_true(built: tuple[Path, Case, int]) -> None:
    """lldb needs DWARF 4 or 5 for location lists and call sites."""
    folder, (version, kinds, options), _ = built
    if (not ALL and version != 5) or options.get("offset_size") == 8:
        kinds = ()  # one version a day; lldb 14 does not know the 64-bit format
    wanted = [kind for kind in kinds if version >= 5 or kind != "calls"]
    commands = ["settings set stop-line-count-before 0", "settings set stop-line-count-after 0"]
    for kind in wanted:
        commands += [*matrix.kind(kind, version).check.lldb, "process kill", "breakpoint delete -f"]
    words = [word for command in commands for word in ("-o", command)]
    done = subprocess.run(["lldb", "-b", "-x", *words, folder / "matrix"], capture_output=True, text=True, check=False,
                          timeout=120, stdin=subprocess.DEVNULL)
    said = done.stdout.split("(lldb) run\n")[1:]
    assert len(said) == len(wanted), done.stdout + done.stderr
    for kind, text in zip(wanted, said):
        missing = in_order(text, matrix.kind(kind, version).check.lldb_says)
        assert not missing, f"{kind}: {missing} is not in\n{text}"
