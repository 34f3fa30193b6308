"""Reading and asking: addresses against llvm-symbolizer, entries against llvm-dwarfdump, files of every compiler here."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from starklink import Elf
from starklink.dwarf import DebugFile
from starklink.dwarf.consts import REGISTERS

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
import check_addresses


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A C program by gcc and clang at -O2, DWARF 5 and 4."""
    return {path.name: path for path in check_addresses.compiled(tmp_path_factory.mktemp("query"), 12)}


@pytest.mark.parametrize("name", ["gcc5", "gcc4", "clang5", "clang4"])
def test_addresses_are_where_llvm_symbolizer_says(compiled: dict[str, Path], name: str) -> None:
    assert check_addresses.differences(compiled[name], 1000, 7) == []


def test_inline_chains_were_among_them(compiled: dict[str, Path]) -> None:
    info = DebugFile.read(compiled["gcc5"])
    found = [info.find(address) for unit in info.units for start, end in unit.ranges for address in range(start, end, 3)]
    assert max(len(one.chain) for one in found if one) >= 4


@pytest.mark.parametrize("name", ["gcc5", "clang4"])
def test_entries_are_those_of_llvm_dwarfdump(compiled: dict[str, Path], name: str) -> None:
    """Offset, depth, tag and name of every entry."""
    text = subprocess.run(["llvm-dwarfdump", "--debug-info", compiled[name]], capture_output=True, text=True, check=True).stdout
    theirs = []
    for block in re.split(r"\n\n", text):
        head = re.search(r"^(0x[0-9a-f]+):( +)DW_TAG_(\w+)", block, re.MULTILINE)
        if head:
            title = re.search(r'DW_AT_name\t\("(.*)"\)', block)
            theirs.append((int(head[1], 16), len(head[2]) // 2, head[3], title[1] if title else ""))
    mine = [(die.offset, die.depth, die.tag, die.get("name", "")) for unit in DebugFile.read(compiled[name]).units
            for die in unit.walk()]
    assert mine == theirs


@pytest.mark.parametrize("name", ["gcc5", "clang5"])
def test_unwinding_rows_are_those_of_readelf(compiled: dict[str, Path], name: str) -> None:
    """The CFA and where the return address lies, at every row of the interpreted frames."""
    text = subprocess.run(["readelf", "--debug-dump=frames-interp", compiled[name]], capture_output=True, text=True,
                          check=True).stdout
    info = DebugFile.read(compiled[name])
    seen = 0
    columns: list[str] = []
    for line in text.splitlines():
        if line.strip().startswith("LOC"):
            columns = line.split()[1:]
        row = re.match(r"^([0-9a-f]{16}) (\w+)([+-]\d+) +(.*)$", line)
        if row:
            state = info.unwind(int(row[1], 16))
            if state is None:
                continue            # the rows of a common record
            assert (REGISTERS[state.register], state.offset) == (row[2], int(row[3])), line
            rules = dict(zip(columns[1:], row[4].split()))
            where = state.rules[16]
            assert rules["ra"] == ("u" if where[0] == "undefined" else f"c{where[1]:+}"), line
            seen += 1
    assert seen > 30


def test_values_are_looked_up(compiled: dict[str, Path]) -> None:
    info = DebugFile.read(compiled["clang5"])
    unit, = info.units
    assert (unit.name.endswith("program.c"), unit.version, unit.kind) == (True, 5, "compile")
    work = next(die for die in unit.walk() if die.get("name") == "work0")
    assert work.tag == "subprogram"
    first = next(die for die in work.children if die.tag == "formal_parameter")
    kind = first.follow("type")
    assert kind is not None and kind.tag == "pointer_type"
    target = kind.follow("type")
    assert target is not None and target.get("name") == "list"
    assert all(start < end for start, end, _ in first.locations())
    assert work.ranges[0][0] == work.get("low_pc")


def test_files_know_their_debug_information(compiled: dict[str, Path]) -> None:
    elf = Elf.read(compiled["clang4"])
    unit, = elf.dwarf.units
    assert [die.depth for die in unit.walk()][:2] == [0, 1]
    start = unit.functions[0][0]
    where = elf.dwarf.find(start)
    assert where is not None and where.function.startswith(("work", "main"))
    assert elf.dwarf.find(1) is None


def test_rust_and_cxx_and_go_are_read(tmp_path: Path) -> None:
    """All entries, lines and frames of what other compilers make; their names and places are known."""
    (tmp_path / "a.rs").write_text("fn deep(n: u64) -> u64 { if n == 0 { 7 } else { deep(n - 1) + 1 } }\n"
                                   "#[no_mangle] pub fn outer(n: u64) -> u64 { deep(n) }\n")
    (tmp_path / "a.cc").write_text("#include <vector>\nint sum(const std::vector<int>& v) { int s = 0; for (int x : v) s += x;"
                                   " return s; }\n")
    subprocess.run(["g++", "-g3", "-O2", "-c", "-fdebug-types-section", "-o", "cc.o", "a.cc"], cwd=tmp_path, check=True)
    subprocess.run(["clang++", "-gdwarf-4", "-O1", "-c", "-o", "clang.o", "a.cc"], cwd=tmp_path, check=True)
    names = {"cc.o": "sum", "clang.o": "sum"}
    if subprocess.run(["sh", "-c", "command -v rustc"], capture_output=True, check=False).returncode == 0:
        subprocess.run(["rustc", "-g", "--crate-type=lib", "--emit=obj", "-o", "rs.o", "a.rs"], cwd=tmp_path, check=True)
        names["rs.o"] = "outer"
    for file, name in names.items():
        info = DebugFile.read(tmp_path / file)
        found = [die for unit in info.units for die in unit.walk() if die.get("name") == name and die.tag == "subprogram"]
        assert found, file
        for unit in info.units:
            for die in unit.walk():
                for attribute in die.attributes:
                    die.get(attribute)
                    if attribute not in ("sibling", "signature"):
                        die.follow(attribute)
                die.locations()
                assert die.ranges is not None
            assert unit.lines is None or unit.lines.rows
