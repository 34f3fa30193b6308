"""The views of special sections and their text, against `readelf` on system files and on objects of `as`; damaged ones."""

from __future__ import annotations

import random
import re
import subprocess
from pathlib import Path

import pytest

from starklink.driver.inspect import text
from starklink.objwriter.elf import hashes, views
from starklink.objwriter.elf.consts import (
    DT,
    SHT_DYNAMIC,
    SHT_GNU_HASH,
    SHT_GNU_VERDEF,
    SHT_GNU_VERNEED,
    SHT_GNU_VERSYM,
    SHT_GROUP,
    SHT_HASH,
    SHT_RELR,
)
from starklink.objwriter.elf.model import ElfError, Section
from starklink.objwriter.elf.reader import Elf, open_elf
from starklink.objwriter.elf.text import PARTS, dump

FOLDER = Path("/usr/lib/x86_64-linux-gnu")
SYSTEM = [path for path in (Path("/usr/bin/env"), Path("/usr/bin/ld"), Path("/usr/bin/python3"), FOLDER / "libz.so.1",
                            FOLDER / "libc.so.6", FOLDER / "libm.so.6", FOLDER / "libstdc++.so.6",
                            FOLDER / "ld-linux-x86-64.so.2")
          if path.exists()]


def readelf(option: str, path: Path) -> str:
    return subprocess.run(["readelf", option, path], capture_output=True, text=True, check=True).stdout


def present(elf: Elf, kind: int) -> Section:
    found = views.find(elf, kind)
    assert found is not None
    return found


@pytest.mark.parametrize("path", SYSTEM, ids=lambda path: path.name)
def test_dynamic_tables_and_versions_as_readelf_has_them(path: Path) -> None:
    elf = open_elf(path)
    found = views.dynamic(elf, present(elf, SHT_DYNAMIC))
    rows = re.findall(r"^ 0x([0-9a-f]+) \((\w+)\)\s+(.*)$", readelf("-dW", path), re.M)
    assert [(one.tag, DT.name(one.tag)) for one in found] == [(int(tag, 16), name) for tag, name, _ in rows]
    for one, (_, name, value) in zip(found, rows):
        if one.text:
            assert f"[{one.text}]" in value
        elif name in ("NEEDED", "SONAME", "RPATH", "RUNPATH"):
            raise AssertionError(f"{name} has no text")
        elif re.match(r"0x[0-9a-f]+$|\d+ \(bytes\)$", value):
            assert one.value == int(value.split()[0], 0)
    said = readelf("-VW", path)
    expected = [(int(number, 16), name) for line in re.findall(r"^  [0-9a-f]+: ( .*\(.*)$", said, re.M)
                for number, name in re.findall(r"([0-9a-f]+)h?\s*\(([^)]*)\)", line)]
    names = views.version_names(elf)
    versions = views.symbol_versions(elf, present(elf, SHT_GNU_VERSYM))
    ours = [(value & 0x7FFF, names[value & 0x7FFF]) for value in versions]
    assert len(ours) == len(expected) == len(elf.symbols(present(elf, 11)))
    assert ours == expected
    need = views.find(elf, SHT_GNU_VERNEED)
    found_needs = views.version_needs(elf, need) if need else []
    assert [(one.name, one.number) for one in found_needs] == [
        (name, int(number)) for name, number in re.findall(r"Name: (\S+)  Flags: .*  Version: (\d+)", said)]
    define = views.find(elf, SHT_GNU_VERDEF)
    found_defs = views.version_defs(elf, define) if define else []
    assert [(one.number, one.name, 1 + len(one.parents)) for one in found_defs] == [
        (int(number), name, int(count)) for number, count, name in re.findall(r"Index: (\d+)  Cnt: (\d+)  Name: (\S+)", said)]


@pytest.mark.parametrize("path", SYSTEM, ids=lambda path: path.name)
def test_hash_tables_find_every_symbol(path: Path) -> None:
    elf = open_elf(path)
    section = present(elf, SHT_GNU_HASH)
    table = views.gnu_hash_table(elf, section)
    symbols = elf.symbols(elf.linked(section))
    assert table.first + len(table.values) == len(symbols) or not any(table.buckets)
    for number, value in enumerate(table.values, table.first):
        hashed = hashes.gnu_hash(symbols[number].name.encode())
        assert hashed | 1 == value | 1
        start = table.buckets[hashed % len(table.buckets)]
        chain = [start]
        while not table.values[chain[-1] - table.first] & 1:
            chain.append(chain[-1] + 1)
        assert number in chain
    old = views.find(elf, SHT_HASH)
    if old is not None:
        buckets, chains = views.hash_table(elf, old)
        assert len(chains) == len(symbols)
        for bucket, number in enumerate(buckets):
            while number:
                assert hashes.sysv_hash(symbols[number].name.encode()) % len(buckets) == bucket
                number = chains[number]


@pytest.mark.parametrize("path", SYSTEM, ids=lambda path: path.name)
def test_notes_say_what_readelf_says(path: Path) -> None:
    elf = open_elf(path)
    ours = [said for section in elf.sections if section.type == 7 for owner, kind, payload in views.notes(elf, section)
            if (said := views.describe_note(elf, owner, kind, payload))]
    theirs = re.findall(r"(Build ID: \w+|OS: .*|Properties: .*)$", readelf("-nW", path), re.M)
    assert ours
    assert [one.replace(" ", "") for one in ours] == [one.strip().replace(" ", "") for one in theirs]


def test_groups(tmp_path: Path) -> None:
    path = tmp_path / "groups.o"
    source = "".join(f'.section .text.{name},"axG",@progbits,{name},comdat\n.globl {name}\n{name}: ret\n'
                     f'.section .data.{name},"awG",@progbits,{name},comdat\n.quad {name}\n' for name in ("first", "second"))
    subprocess.run(["as", "-o", path, "-"], input=source, text=True, check=True)
    elf = open_elf(path)
    found = [views.group(elf, section) for section in elf.sections if section.type == SHT_GROUP]
    assert [(one.flags, one.signature, [member.name for member in one.members]) for one in found] == [
        (1, name, [f".text.{name}", f".data.{name}", f".rela.data.{name}"]) for name in ("first", "second")]
    ours = re.findall(r"^  \[ *(\d+)\] (\S+)$", text(path.read_bytes(), "groups"), re.M)
    assert ours == re.findall(r"^   \[ *(\d+)\]   (\S+)$", readelf("-gW", path), re.M)


def test_relative_relocations(tmp_path: Path) -> None:
    pointers = [0, 1, 2, 3, 70, 71, 200]
    source = ".data\n.balign 8\nstart:\n" + "".join(
        ".quad start\n" if place in pointers else ".quad 0\n" for place in range(201)) + '.section .note.GNU-stack,""\n'
    subprocess.run(["as", "-o", tmp_path / "a.o", "-"], input=source, text=True, check=True)
    path = tmp_path / "a.so"
    subprocess.run(["ld", "-shared", "-z", "pack-relative-relocs", "-o", path, tmp_path / "a.o"], check=True)
    elf = open_elf(path)
    start = next(section for section in elf.sections if section.name == ".data").address
    assert views.relative_places(elf, present(elf, SHT_RELR)) == [start + 8 * place for place in pointers]
    assert "contains 7 places" in dump(elf, ["relative"])


def test_compressed_sections_read_as_they_were(tmp_path: Path) -> None:
    source = '.section .debug_info,"",@progbits\n.fill 5000, 1, 7\n'
    for option in ("zlib", "none"):
        words = ["as", f"--compress-debug-sections={option}", "-o", tmp_path / option, "-"]
        subprocess.run(words, input=source, text=True, check=True)
    packed, plain = open_elf(tmp_path / "zlib"), open_elf(tmp_path / "none")
    section = packed.section(".debug_info")
    assert section is not None and section.flags & 0x800 and len(section.data) < 200
    assert bytes(packed.data(section)) == bytes(plain.section(".debug_info").data) == b"\7" * 5000  # type: ignore[union-attr]


def test_random_damage_gives_typed_errors() -> None:
    good = (FOLDER / "libz.so.1").read_bytes()
    elf = Elf(good)
    places = [section for section in elf.sections if section.type in (5, 6, 7, 0x6FFFFFF6, 0x6FFFFFFD, 0x6FFFFFFE, 0x6FFFFFFF)]
    chance = random.Random(7)
    refused = 0
    for _ in range(300):
        bad = bytearray(good)
        for section in places:
            for _ in range(3):
                bad[section.offset + chance.randrange(section.memory_size)] = chance.choice((0, 1, 255, chance.randrange(256)))
        try:
            dump(Elf(bad), [part for part in PARTS if part not in ("symbols", "relocations")])
        except ElfError:
            refused += 1
    assert refused > 50


def test_version_chains_that_share_records_do_not_unfold() -> None:
    elf = open_elf(FOLDER / "libz.so.1")
    section = present(elf, SHT_GNU_VERNEED)
    pack = elf._layout("verneed").pack
    count = 2000
    rows = b"".join(pack(1, count, 0, 16 * (count - n), 16 if n < count - 1 else 0) for n in range(count))
    rows += b"".join(elf._layout("vernaux").pack(0, 0, 2, 0, 16) for _ in range(count))
    section.data = rows
    with pytest.raises(ElfError, match="overlap"):
        views.version_needs(elf, section)
