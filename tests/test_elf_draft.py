"""Files made from nothing: programs that run, objects that linkers take, every machine, very many sections and segments."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
from pathlib import Path

import pytest

from starklink.objwriter.elf import encode, views
from starklink.objwriter.elf.check import check
from starklink.objwriter.elf.consts import (
    DT,
    PT_DYNAMIC,
    PT_LOAD,
    SHF,
    SHT,
    SHT_DYNAMIC,
    SHT_DYNSYM,
    SHT_GNU_HASH,
    SHT_GNU_VERDEF,
    SHT_GNU_VERSYM,
    SHT_HASH,
    SHT_NOBITS,
    SHT_STRTAB,
    STT_FUNC,
)
from starklink.objwriter.elf.draft import MACHINES
from starklink.objwriter.elf.model import ElfError, ElfFile, Section, SectionGroup, Segment, Symbol
from starklink.objwriter.elf.reader import Elf
from starklink.objwriter.elf.verify import CODES
from starklink.objwriter.elf.writer import write
from starklink.objwriter.model import Fixup, Fragment, Reloc

MAIN = bytes.fromhex("4883ec08" "488d3d00000000" "e800000000" "31c0" "4883c408" "c3")
HELLO = bytes.fromhex("b801000000" "bf01000000" "488d3500000000" "ba06000000" "0f05" "31ff" "b83c000000" "0f05")
HELLO_386 = bytes.fromhex("b804000000" "bb01000000" "b900000000" "ba06000000" "cd80" "31db" "b801000000" "cd80")


def run(*words: str | Path) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def clean(path: Path, *options: str) -> None:
    done = subprocess.run(["eu-elflint", *options, path], capture_output=True, text=True, check=False)
    assert done.stdout == "No errors\n"
    assert subprocess.run(["readelf", "-aW", path], capture_output=True, text=True, check=True).stderr == ""


@pytest.mark.parametrize(("machine", "code", "at", "kind"), [("x86_64", HELLO, 13, "PC32"), ("i386", HELLO_386, 11, "32")])
def test_a_program_of_three_lines_runs(machine: str, code: bytes, at: int, kind: str, tmp_path: Path) -> None:
    exe = Elf.executable(machine)
    exe.section(".rodata").define("message", b"hello\n")
    exe.section(".text").function("_start", code, [(at, kind, "message", -4 if kind == "PC32" else 0)])
    assert exe.verify(strict=True) == []
    exe.write(tmp_path / "hello")
    assert bytes(exe) == (tmp_path / "hello").read_bytes()
    clean(tmp_path / "hello", "--gnu-ld", "--strict")
    assert run(tmp_path / "hello") == "hello\n"


def test_all_kinds_of_sections_get_segments_and_values(tmp_path: Path) -> None:
    exe = Elf.executable("x86_64", entry="start", base=0x10000)
    exe.note(".note.ABI-tag", "GNU", 1, bytes(16))
    text, data = exe.section(".text"), exe.section(".data")
    text.function("start", bytes.fromhex("b83c000000" "8b3d00000000" "0f05"), [(7, "PC32", "value", -4)])
    data.define("value", b"\x2a\0\0\0", align=4)
    data.define("pointers", bytes(24), [(0, "64", "value", 0), (8, "R_X86_64_64", ".bss", 4), (16, 1, "absolute", 1)], align=8)
    exe.section(".bss").define("space", size=100, align=64)
    exe.section(".tdata", type="PROGBITS", flags="WAT").define("local", b"\1\2\3\4", align=4, type="TLS")
    exe.section(".tbss", type="NOBITS", flags="WAT").define("zero", size=8, align=8, type="TLS")
    exe.symbol("absolute", 0x1234)
    assert exe.verify(strict=True) == []
    exe.write(tmp_path / "program")
    clean(tmp_path / "program", "--gnu-ld")
    assert subprocess.run([tmp_path / "program"], check=False).returncode == 42
    elf = Elf.read(tmp_path / "program")
    symbols = {symbol.name: symbol for symbol in elf.symbols()}
    bss = elf.section(".bss")
    assert bss is not None and bss.address % 64 == 0 and symbols["space"].value == bss.address
    pointers = elf.at(symbols["pointers"].value, 24)
    assert [int.from_bytes(pointers[at:at + 8], "little") for at in (0, 8, 16)] == [
        symbols["value"].value, bss.address + 4, 0x1235]
    assert (symbols["local"].value, symbols["zero"].value) == (0, 8)  # from the start of the thread's block
    assert [segment.type for segment in elf.segments].count(PT_LOAD) == 3
    assert all(segment.address >= 0x10000 for segment in elf.segments if segment.type == PT_LOAD)


def test_addresses_of_the_user_are_kept(tmp_path: Path) -> None:
    exe = Elf.executable("x86_64", base=0x100000)
    exe.section(".text", address=0x105000).function("_start", HELLO, [(13, "PC32", "message", -4)])
    exe.section(".rodata", address=0x103010).define("message", b"hello\n")
    assert exe.verify(strict=True) == []
    exe.write(tmp_path / "hello")
    assert run(tmp_path / "hello") == "hello\n"
    symbols = {symbol.name: symbol.value for symbol in Elf.read(tmp_path / "hello").symbols()}
    assert symbols["_start"] == 0x105000 and symbols["message"] == 0x103010
    exe.section(".text2", flags="AX", address=0x105001).append(b"\xc3" * 9)
    assert "EL15" in {finding.code for finding in exe.verify()}


def test_objects_link_with_every_linker_and_run(tmp_path: Path) -> None:
    obj = Elf.object("x86_64", name="main.c")
    obj.section(".rodata.str1.1", flags="AMS").define("message", b"from nothing\0")
    obj.section(".text").function("main", MAIN, [(7, "PC32", "message", -4), (12, "PLT32", "puts", -4)])
    assert obj.verify(strict=True) == []
    obj.write(tmp_path / "main.o")
    clean(tmp_path / "main.o", "--strict")
    run("gcc", "-o", tmp_path / "main", tmp_path / "main.o")
    assert run(tmp_path / "main") == "from nothing\n"
    run("ld", "-r", "-o", tmp_path / "again.o", tmp_path / "main.o")


def test_groups_are_kept_once(tmp_path: Path) -> None:
    for name, value in (("a", 7), ("b", 8)):
        obj = Elf.object("x86_64")
        code = obj.section(".text.pick", flags="AX")
        code.function("pick", bytes((0xB8, value, 0, 0, 0, 0xC3)), binding="WEAK")
        table = obj.section(".data.pick", flags="WA")
        table.define("table", bytes(8), [(0, "64", "pick", 0)], binding="WEAK", align=8)
        obj.group("pick", code, table)
        main = obj.section(".text")
        if name == "a":
            main.function("main", b"\xe9\0\0\0\0", [(1, "PLT32", "pick", -4)])
        assert obj.verify(strict=True) == []
        obj.write(tmp_path / f"{name}.o")
        clean(tmp_path / f"{name}.o", "--strict")
    run("gcc", "-o", tmp_path / "program", tmp_path / "a.o", tmp_path / "b.o")
    assert subprocess.run([tmp_path / "program"], check=False).returncode == 7
    linked = Elf.read(tmp_path / "program")
    assert [symbol.name for symbol in linked.symbols()].count("pick") == 1
    assert not any(b"\xb8\x08\0\0\0\xc3" in bytes(section.data) for section in linked.sections)


@pytest.mark.parametrize("machine", MACHINES)
def test_every_machine_is_a_container(machine: str, tmp_path: Path) -> None:
    obj = Elf.object(machine, flags=5)
    kind = 2 if obj.bits == 64 else 1
    obj.section(".text").function("f", bytes(16), [(4, kind, "g", 0), (8, kind, ".text", 0)], visibility="HIDDEN")
    assert obj.verify(strict=True) == []
    path = tmp_path / "file.o"
    obj.write(path)
    elf = Elf.read(path)
    table = next(section for section in elf.sections if section.type in (SHT["REL"], SHT["RELA"]))
    assert [(row.offset, row.type, row.name) for row in elf.relocations(table)] == [(4, kind, "g"), (8, kind, ".text")]
    said = subprocess.run(["readelf", "-hsrW", path], capture_output=True, text=True, check=True)
    assert said.stderr == "" and "unrecognized" not in said.stdout
    assert re.search(r"FUNC +GLOBAL +HIDDEN .* f\n", said.stdout)
    assert f"ELF{obj.bits}" in said.stdout and f"{'little' if obj.order == '<' else 'big'} endian" in said.stdout
    names = [name for name in re.findall(r"(R_\w+)", said.stdout) if name != "R_MIPS_NONE"]
    assert len(names) == 2, said.stdout


def test_more_sections_than_a_symbol_can_name(tmp_path: Path) -> None:
    obj = Elf.object("x86_64")
    count = 0xFF00 + 300
    for number in range(count):
        home = obj.section(".text.f", flags="AX", new=True)
        home.append(b"\xc3")
        if number % 997 == 0 or number > count - 3 or 0xFF00 - 5 < number < 0xFF00 + 5:
            obj.symbol(f"f{number}", 0, 1, home, type="FUNC")
    obj.section(".data").define("last", bytes(8), [(0, "64", f"f{count - 1}", 0)])
    obj.write(tmp_path / "many.o")
    elf = Elf.read(tmp_path / "many.o")
    assert elf.verify(strict=True) == []
    for symbol in elf.symbols()[1:]:
        if symbol.name.startswith("f"):
            assert symbol.section is elf.sections[int(symbol.name[1:]) + 1]
    assert bytes(elf) == (tmp_path / "many.o").read_bytes()
    said = run("readelf", "-hsW", tmp_path / "many.o")
    for number, name in re.findall(r"DEFAULT +(\d+) f(\d+)$", said, re.M):
        assert int(number) == int(name) + 1
    assert len(elf.sections) == count + 8
    run("ld", "-r", "-o", tmp_path / "linked.o", tmp_path / "many.o")
    assert re.search(r"Number of section headers: +0 \(\d+\)", said)


def test_more_segments_than_the_header_can_count(tmp_path: Path) -> None:
    text = Section(".text", flags=6, address=0x40_0000, data=b"\xc3", align=16)
    image = ElfFile(entry=text.address, sections=[text], segments=[Segment(PT_LOAD, 5, [text], 16)] + [
        Segment(4, 4, (), 4, 0, 0, 0, 0, 0) for _ in range(0x10010)])
    path = tmp_path / "many"
    path.write_bytes(write(image))
    elf = Elf.read(path)
    assert len(elf.segments) == 0x10011 and elf.phnum == 0xFFFF
    assert bytes(elf) == path.read_bytes()
    assert "Number of program headers:         65535 (65553)" in run("readelf", "-hW", path)


def shared_library() -> ElfFile:
    """A library with a versioned function, found by both kinds of hash tables, made section by section."""
    names = ["answer", "second", "third"]
    code = {"answer": b"\xb8\x2a\0\0\0\xc3", "second": b"\xb8\2\0\0\0\xc3", "third": b"\xb8\3\0\0\0\xc3"}
    image = ElfFile(3)
    ordered = [names[place] for place in encode.gnu_hash_order(names)]
    strings, text = encode.Strings(), Section(".text", flags=6, align=16, data=b"".join(code[name] for name in ordered))
    dynstr = Section(".dynstr", SHT_STRTAB, 2)
    dynsym = Section(".dynsym", SHT_DYNSYM, 2, align=8, entsize=24, link=dynstr, info=1)
    old = Section(".hash", SHT_HASH, 2, data=encode.hash_table(image, encode.make_hash(["", *ordered])), align=8, entsize=4,
                  link=dynsym)
    new = Section(".gnu.hash", SHT_GNU_HASH, 2, align=8, link=dynsym,
                  data=encode.gnu_hash_table(image, encode.make_gnu_hash(image, ordered, 1)))
    versym = Section(".gnu.version", SHT_GNU_VERSYM, 2, align=2, entsize=2, link=dynsym,
                     data=encode.symbol_versions(image, [0, 2, 2, 2]))
    defs = [views.VersionDef("libmade.so", 1, 1, ()), views.VersionDef("MADE_1.0", 2, 0, ())]
    verdef = Section(".gnu.version_d", SHT_GNU_VERDEF, 2, align=8, link=dynstr, info=2,
                     data=encode.version_defs(image, defs, strings))
    dynamic = Section(".dynamic", SHT_DYNAMIC, 3, align=8, entsize=16, link=dynstr)

    def fill() -> None:
        symbols = [Symbol("", 0, 0, 0, 0, 0, 0)] + [
            Symbol(name, text.address + 6 * place, 6, text, type=STT_FUNC) for place, name in enumerate(ordered)]
        dynsym.data, _ = encode.symbols(image, symbols, strings, {id(text): 7})
        rows = [views.Dynamic(DT["SONAME"], 0, "libmade.so")] + [views.Dynamic(DT[tag], one.address, "") for tag, one in (
            ("HASH", old), ("GNU_HASH", new), ("STRTAB", dynstr), ("SYMTAB", dynsym), ("VERSYM", versym), ("VERDEF", verdef))]
        rows += [views.Dynamic(DT["STRSZ"], len(dynstr.data), ""), views.Dynamic(DT["SYMENT"], 24, ""),
                 views.Dynamic(DT["VERDEFNUM"], 2, ""), views.Dynamic(0, 0, "")]
        dynamic.data, dynstr.data = encode.dynamic(image, rows, strings), strings.data

    fill()
    fill()  # the string table has its final size now
    at = 0x1000
    for one in (old, new, dynsym, dynstr, versym, verdef, text, dynamic):
        at = -at % one.align + at + (0x1000 if one in (text, dynamic) else 0)
        one.address, at = at, at + len(one.data)
    fill()
    image.sections = [old, new, dynsym, dynstr, versym, verdef, text, dynamic]
    image.segments = [Segment(PT_LOAD, 4, image.sections[:6]), Segment(PT_LOAD, 5, [text]), Segment(PT_LOAD, 6, [dynamic]),
                      Segment(PT_DYNAMIC, 6, [dynamic], 8), Segment(0x6474E551, 6, align=16)]
    return image


def test_a_shared_library_from_nothing_is_loaded_and_linked_against(tmp_path: Path) -> None:
    image = shared_library()
    assert check(image, strict=True) == []
    path = tmp_path / "libmade.so"
    path.write_bytes(write(image))
    library = ctypes.CDLL(str(path))
    assert [library.answer(), library.second(), library.third()] == [42, 2, 3]
    clean(path, "--gnu-ld")
    (tmp_path / "main.c").write_text("int answer(void); int main(void) { return answer(); }")
    run("gcc", "-o", tmp_path / "main", tmp_path / "main.c", path, f"-Wl,-rpath,{tmp_path}")
    assert subprocess.run([tmp_path / "main"], check=False).returncode == 42
    assert "answer@MADE_1.0" in run("readelf", "--dyn-syms", "-W", tmp_path / "main")


def broken() -> list[tuple[str, ElfFile]]:
    """Images with one fault each and the code of the diagnostic about it."""
    def image(**fields: object) -> ElfFile:
        one = Section(".one", data=b"12345678", address=0x1000, flags=2)
        made = ElfFile(1, sections=[one])
        for name, value in fields.items():
            setattr(one, name, value) if hasattr(one, name) else setattr(made, name, value)
        return made

    other = Section(".other")
    two = image()
    two.sections.append(Section(".two", data=b"x", offset=0x42))
    two.sections[0].offset = 0x40
    segment = image(offset=0x44)
    segment.segments = [Segment(PT_LOAD, 4, segment.sections)]
    outside = image()
    outside.symbols = [Symbol("f", 4, 20, outside.sections[0], type=STT_FUNC)]
    twice = image()
    twice.symbols = [Symbol("f", 0, 0, twice.sections[0]), Symbol("f", 4, 0, twice.sections[0])]
    grouped = image()
    grouped.groups = [SectionGroup("f", [other])]
    wide = image()
    wide.bits, wide.symbols = 32, [Symbol("f", 1 << 40)]
    return [("EL02", two), ("EL03", image(align=3)), ("EL03", image(align=0x10000)), ("EL04", segment),
            ("EL05", image(link=other)), ("EL05", image(info=other)), ("EL06", image(entsize=3)), ("EL07", grouped),
            ("EL07", image(flags=0x202)), ("EL08", outside), ("EL08", image(symbols=[Symbol("f", section=other)])),
            ("EL08", wide), ("EL12", image(fixups=[Fixup(8, 1, "f", 0)])), ("EL16", twice),
            ("EL00", image(entry=1 << 70))]


@pytest.mark.parametrize(("code", "image"), broken(), ids=[f"{code}-{n}" for n, (code, _) in enumerate(broken())])
def test_faults_are_named_before_writing(code: str, image: ElfFile) -> None:
    found = check(image)
    assert code in {finding.code for finding in found} and code in CODES
    assert all(finding.message for finding in found)


def test_requests_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ElfError, match="unknown machine 'pdp11'"):
        Elf.object("pdp11")
    obj = Elf.object("x86_64")
    text = obj.section(".text")
    text.function("f", b"\xc3")
    for action, message in ((lambda: text.function("f", b""), "f is defined twice"),
                            (lambda: text.append(b"", 3), "alignment 3 is no power of two"),
                            (lambda: obj.section(".x", type="ODD"), "unknown type or flag 'ODD'"),
                            (lambda: obj.section(".y", flags="?"), r"unknown type or flag '\?'"),
                            (lambda: text.relocate([(0, "PC33", "f", 0)]), "X86_64 has no relocation 'PC33'"),
                            (lambda: obj.section(".bss").append(b"x"), r"\.bss has no bytes"),
                            (lambda: Elf.object(12, bits=31), "not 31 and '<'"),
                            (lambda: write(ElfFile(sections=[Section("a\0b")])), "can hold a NUL"),
                            (lambda: obj.symbol("g", binding="ODD"), "unknown type, binding"),
                            (lambda: Elf.object("riscv64").relocation_type("CALL"), "known by number only")):
        with pytest.raises(ElfError, match=message):
            action()
    exe = Elf.executable("x86_64")
    exe.section(".text").function("_start", b"\xe8\0\0\0\0", [(1, "PLT32", "nowhere", -4)])
    with pytest.raises(ElfError, match="symbol 'nowhere' is not defined"):
        bytes(exe)
    assert [finding.code for finding in exe.verify()] == ["EL00"]
    exe.symbol("nowhere", 1 << 40)
    with pytest.raises(ElfError, match=r"R_X86_64_PLT32 at 0x1 cannot hold"):
        bytes(exe)


def test_fragments_can_be_placed(tmp_path: Path) -> None:
    exe = Elf.executable("x86_64")
    exe.place(Fragment("message", ".rodata", b"hello\n", kind="object"),
              Fragment("_start", ".text", HELLO, 16, kind="func", binding="global", labels={"inside": 5},
                       fixups=[Fixup(13, Reloc.PC32, "message", -4)]))
    exe.write(tmp_path / "hello")
    assert run(tmp_path / "hello") == "hello\n"
    assert os.access(tmp_path / "hello", os.X_OK)
    symbols = {symbol.name: symbol for symbol in Elf.read(tmp_path / "hello").symbols()}
    assert symbols["inside"].value == symbols["_start"].value + 5
    assert symbols["_start"].size == len(HELLO)
    assert SHT_NOBITS not in [section.type for section in Elf.read(tmp_path / "hello").sections] and SHF


def test_segments_of_the_user_are_kept(tmp_path: Path) -> None:
    exe = Elf.executable("x86_64", base=0x400000)
    text = exe.section(".text", address=0x401100)
    text.function("_start", HELLO, [(13, "PC32", "message", -4)])
    data = exe.section(".rodata", address=0x402200)
    data.define("message", b"hello\n")
    exe.segments += [Segment(PT_LOAD, 5, [text.section], 0x1000), Segment(PT_LOAD, 4, [data.section], 0x1000)]
    assert exe.verify(strict=True) == []
    exe.write(tmp_path / "hello")
    assert run(tmp_path / "hello") == "hello\n"
    assert [(one.address, one.flags, one.file_size) for one in Elf.read(tmp_path / "hello").segments] == [
        (0x401100, 5, len(HELLO)), (0x402200, 4, 6)]
