"""`starklink dump`: text, JSON, and the comparison with readelf; damaged files by the fuzzer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from test_elf_rewrite import objects

from starklink.objwriter.ar import Archive, Member, make_index, write_archive
from starklink.objwriter.elf.data import PARTS, describe
from starklink.objwriter.elf.model import ElfFile, Section
from starklink.objwriter.elf.reader import Elf
from starklink.objwriter.elf.text import dump
from starklink.objwriter.elf.writer import write

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
from compare_readelf import differences, theirs_sections
from fuzz_elf import corpus, fuzz

FOLDER = Path("/usr/lib/x86_64-linux-gnu")
SYSTEM = [Path("/usr/bin/env"), FOLDER / "libc.so.6", FOLDER / "libz.so.1",
          FOLDER / "ld-linux-x86-64.so.2", FOLDER / "crt1.o", FOLDER / "Scrt1.o"]


def starklink(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "starklink", *map(str, words)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("path", [path for path in SYSTEM if path.exists()], ids=lambda path: path.name)
def test_system_files_are_described_as_readelf_describes_them(path: Path) -> None:
    assert list(differences(path)) == []


def test_objects_of_gcc_and_clang_are_described_as_readelf_describes_them(tmp_path: Path) -> None:
    for path in objects(tmp_path):
        assert list(differences(path)) == [], path


def test_the_comparison_notices_differences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = objects(tmp_path)[0]
    said = subprocess.run(["readelf", "-aW", path], capture_output=True, text=True, check=True).stdout
    assert len(theirs_sections(said)) == len(Elf.read(path).sections)
    for old, new in ((".text ", ".fext "), (" FUNC ", " OBJECT "), ("R_X86_64_PC32 ", "R_X86_64_PC64 "), (" WEAK ", " LOCAL "),
                     ("Entry point address:  ", "Entry point address: 1")):
        changed = said.replace(old, new)
        assert changed != said, old
        monkeypatch.setattr("compare_readelf.readelf", lambda _, changed=changed: changed)
        assert list(differences(path)) != [], old


def test_text_and_json_of_the_command(tmp_path: Path) -> None:
    path = objects(tmp_path)[2]
    done = starklink("dump", path, "--json")
    assert done.returncode == 0 and done.stderr == ""
    assert json.loads(done.stdout) == json.loads(json.dumps(describe(Elf.read(path))))
    text = starklink("dump", path).stdout
    for row in describe(Elf.read(path))["sections"]:
        assert f"  [{row['number']:2}] {row['name']:<18} {row['type']:<15} {row['address']:016x}" in text
    assert starklink("dump", path, "symbols").stdout == dump(Elf.read(path), ["symbols"])
    refused = starklink("dump", path, "dies", "--json")
    assert (refused.returncode, refused.stderr) == (1, f"starklink: {path}: dies cannot be printed as JSON\n")


def test_archives_as_json(tmp_path: Path) -> None:
    archive = Archive([Member(path.name, path.read_bytes()) for path in objects(tmp_path)[:2]])
    make_index(archive)
    path = tmp_path / "lib.a"
    path.write_bytes(write_archive(archive))
    made = json.loads(starklink("dump", path, "--json").stdout)
    assert [row["name"] for row in made["members"]] == ["gcc0.o", "gcc1.o"]
    listed = subprocess.run(["nm", "-s", path], capture_output=True, text=True, check=True).stdout
    index = listed.split("Archive index:\n")[1].split("\n\n")[0].splitlines()
    assert [f"{row['symbol']} in {row['member']}" for row in made["index"]] == index
    inner = json.loads(starklink("dump", path, "sections", "--json").stdout)
    assert inner["members"][0]["file"]["sections"] == describe(Elf(archive.members[0].data), ["sections"])["sections"]


def test_names_cannot_reach_the_terminal_as_control_characters(tmp_path: Path) -> None:
    path = tmp_path / "evil.o"
    path.write_bytes(write(ElfFile(1, sections=[Section(".\x1b[2J\udcff\n", data=b"x")])))
    done = starklink("dump", path, "sections")
    assert r".\x1b[2J\udcff\n" in done.stdout and "\x1b" not in done.stdout
    assert json.loads(starklink("dump", path, "sections", "--json").stdout)["sections"][1]["name"] == ".\x1b[2J\udcff\n"
    assert set(PARTS) == set(describe(Elf.read(path)))


def test_damaged_files_give_typed_errors_in_bounded_time() -> None:
    assert fuzz(80, 77, files=corpus()) == []
