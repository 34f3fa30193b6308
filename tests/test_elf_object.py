"""Relocatable objects: relocations and symbols as other tools see them; linked by GNU ld they run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from debug_sample import Sample

from starklink.objwriter.elf.model import ElfError
from starklink.objwriter.elf.object import to_elf
from starklink.objwriter.elf.reader import Elf, open_elf
from starklink.objwriter.elf.text import dump
from starklink.objwriter.model import Fixup, Fragment, ObjectModule, Reloc


def module() -> ObjectModule:
    """A function that calls an external one, with labels, data and absolute symbols."""
    code = Fragment("work", ".text", bytes.fromhex("e800000000" "488d0500000000" "c3" "cc"), 16, kind="func",
                    binding="global", labels={".Lend": 12, "after": 13},
                    fixups=[Fixup(1, Reloc.PLT32, "external", -4), Fixup(8, Reloc.PC32, "table", -4)])
    other = Fragment("second", ".text", b"\xc3", 16, kind="func", binding="weak")
    table = Fragment("table", ".rodata", bytes(24), 8, kind="object",
                     fixups=[Fixup(0, Reloc.ABS64, ".Lend", 1), Fixup(8, Reloc.ABS64, "second", 0),
                             Fixup(16, Reloc.ABS32, "limit", 0), Fixup(20, Reloc.ABS32S, ".text", 3)])
    space = Fragment("space", ".bss", b"", 32, 100, kind="object", binding="global")
    return ObjectModule("part.fsh", [code, other, table, space], {"limit": 0x1000})


def test_sections_symbols_and_relocations() -> None:
    text = dump(Elf(to_elf(module())), ["symbols", "relocations"])
    symbols, relocations = text.split("Relocation section", 1)
    rows = [line.split()[1:] for line in symbols.splitlines()[2:] if line]
    assert rows[1:] == [
        ["0000000000000000", "0", "FILE", "LOCAL", "DEFAULT", "ABS", "part.fsh"],
        ["0000000000000000", "0", "SECTION", "LOCAL", "DEFAULT", "1", ".text"],
        ["0000000000000000", "0", "SECTION", "LOCAL", "DEFAULT", "2", ".rodata"],
        ["0000000000000000", "0", "SECTION", "LOCAL", "DEFAULT", "3", ".bss"],
        ["000000000000000d", "0", "NOTYPE", "LOCAL", "DEFAULT", "1", "after"],
        ["0000000000000000", "24", "OBJECT", "LOCAL", "DEFAULT", "2", "table"],
        ["0000000000000000", "14", "FUNC", "GLOBAL", "DEFAULT", "1", "work"],
        ["0000000000000010", "1", "FUNC", "WEAK", "DEFAULT", "1", "second"],
        ["0000000000000000", "100", "OBJECT", "GLOBAL", "DEFAULT", "3", "space"],
        ["0000000000001000", "0", "NOTYPE", "GLOBAL", "DEFAULT", "ABS", "limit"],
        ["0000000000000000", "0", "NOTYPE", "GLOBAL", "DEFAULT", "UND", "external"],
    ]
    assert [line.split() for line in relocations.splitlines() if "R_X86" in line] == [
        ["0000000000000001", "R_X86_64_PLT32", "external", "-", "4"],
        ["0000000000000008", "R_X86_64_PC32", "table", "-", "4"],
        ["0000000000000000", "R_X86_64_64", ".text", "+", "d"],   # .Lend + 1 through its section
        ["0000000000000008", "R_X86_64_64", "second", "+", "0"],
        ["0000000000000010", "R_X86_64_32", "limit", "+", "0"],
        ["0000000000000014", "R_X86_64_32S", ".text", "+", "3"],
    ]


def test_objects_are_clean_under_strict_lint(tmp_path: Path) -> None:
    path = tmp_path / "part.o"
    path.write_bytes(to_elf(module()))
    for options in ([], ["--strict"], ["--gnu-ld"]):
        done = subprocess.run(["eu-elflint", *options, path], capture_output=True, text=True, check=False)
        assert done.stdout == "No errors\n"
    assert ".note.GNU-stack" in [section.name for section in open_elf(path).sections]


def test_a_linked_object_runs(tmp_path: Path) -> None:
    sample = Sample()
    (tmp_path / "zoo.o").write_bytes(to_elf(ObjectModule("zoo.fsh", sample.fragments)))
    subprocess.run(["ld", "--fatal-warnings", tmp_path / "zoo.o", "-o", tmp_path / "zoo"], check=True)
    os.chmod(tmp_path / "zoo", 0o755)
    assert subprocess.run([tmp_path / "zoo"], check=False).returncode == 18  # (4 legs + 5) * 2
    subprocess.run(["ld", "-r", tmp_path / "zoo.o", "-o", tmp_path / "again.o"], check=True)


def test_relocated_sections_hold_the_values() -> None:
    elf = Elf(to_elf(module()))
    section = elf.section(".rodata")
    assert section is not None
    data = elf.relocated(section)
    numbers = [int.from_bytes(data[at:at + size], "little") for at, size in ((0, 8), (8, 8), (16, 4), (20, 4))]
    assert numbers == [13, 16, 0x1000, 3]


def test_a_symbol_defined_twice_is_refused() -> None:
    made = module()
    made.fragments.append(Fragment("table", ".data", b"x"))
    with pytest.raises(ElfError, match="table is defined twice"):
        to_elf(made)


def test_a_fixup_outside_its_fragment_is_refused() -> None:
    made = ObjectModule("x", [Fragment("f", ".text", b"\xc3", fixups=[Fixup(0, Reloc.PC32, "g", 0)])])
    with pytest.raises(ElfError, match="outside f"):
        to_elf(made)
