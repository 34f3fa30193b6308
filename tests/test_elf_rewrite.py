"""Writing a file that was read: the same bytes while nothing was edited, and the edits where something was."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from starklink.objwriter.elf.model import ElfError, Section, Symbol
from starklink.objwriter.elf.reader import Elf, open_elf
from starklink.objwriter.elf.rewrite import rewrite

FOLDER = Path("/usr/lib/x86_64-linux-gnu")
SYSTEM = [path for path in (*sorted(Path("/usr/bin").glob("*"))[::40], *sorted(FOLDER.glob("*.so.?"))[::20],
                            *sorted(FOLDER.glob("crt*.o")))
          if path.is_file() and path.stat().st_size < 2_000_000 and path.open("rb").read(4) == b"\x7fELF"]


def test_files_come_out_as_they_went_in() -> None:
    assert len(SYSTEM) >= 20
    for path in SYSTEM:
        assert rewrite(open_elf(path)) == path.read_bytes(), path


def test_edits_are_written_and_nothing_else(tmp_path: Path) -> None:
    content = (FOLDER / "crt1.o").read_bytes()
    elf = Elf(content)
    text = elf.section(".text")
    assert text is not None
    text.data = bytes(len(text.data))
    text.address = 0x1230
    elf.flags = 5
    path = tmp_path / "edited.o"
    path.write_bytes(rewrite(elf))
    header = subprocess.run(["readelf", "-hSW", path], capture_output=True, text=True, check=True).stdout
    assert "Flags:                             0x5\n" in header
    assert f"{'.text':<17} PROGBITS        0000000000001230" in header
    again = open_elf(path)
    for old, new in zip(Elf(content).sections, again.sections):
        assert bytes(new.data) == (bytes(len(text.data)) if new.name == ".text" else bytes(old.data))


def test_the_fields_are_those_of_the_model_not_of_the_old_bytes() -> None:
    content = (FOLDER / "libz.so.1").read_bytes()
    elf = Elf(content)
    elf.segments[0].align = 0x2000
    elf.entry = 0x77
    again = Elf(rewrite(elf))
    assert (again.segments[0].align, again.entry) == (0x2000, 0x77)
    assert again.segments[1:] != []


def objects(folder: Path) -> list[Path]:
    """Objects of gcc and clang with groups, thread-local data, debug information and compressed sections."""
    cc, c = folder / "all.cc", folder / "all.c"
    cc.write_text("thread_local int local = 3; template <class T> T twice(T x) { return x + x; } void out(int);\n"
                  "struct A { virtual ~A(); virtual int f(int x) { return twice(x) + local; } }; A::~A() {}\n"
                  "int g(A* a, int x) { try { out(x); return a->f(x); } catch (int) { return twice(1l); } }\n")
    c.write_text("int add(int a, int b) { return a + b; } int (*table[])(int, int) = {add, add};")
    out = []
    for compiler in ("gcc", "clang"):
        for number, (source, options) in enumerate((
                (cc, "-O0 -g"), (cc, "-O2 -g -gz"), (cc, "-O2 -ffunction-sections -fdata-sections"), (c, "-Os -fPIC -gdwarf-4"),
                (c, "-m32 -O1"))):
            path = folder / f"{compiler}{number}.o"
            subprocess.run([compiler, *options.split(), "-c", "-o", path, source], check=True)
            out.append(path)
    return out


def test_three_hundred_files_and_objects_come_out_unchanged(tmp_path: Path) -> None:
    places = [path for place in ("/usr/bin", FOLDER, *sorted(Path("/usr/lib/gcc").rglob("12")), *sorted(FOLDER.glob("*/")))
              for path in sorted(Path(place).glob("*"))]
    sample = [path for path in places if path.is_file() and not path.is_symlink() and path.stat().st_size < 500_000
              and path.open("rb").read(4) == b"\x7fELF"][:600:2]
    assert len(sample) == 300
    for path in [*sample, *objects(tmp_path)]:
        assert rewrite(open_elf(path)) == path.read_bytes(), path


def test_objects_may_grow_and_shrink(tmp_path: Path) -> None:
    for path in objects(tmp_path):
        elf = open_elf(path)
        debug = next((one for one in elf.sections if one.name == ".comment"), None)
        assert debug is not None
        debug.data = bytes(debug.data) * 3
        elf.add(Section(".extra", data=b"more bytes", align=16))
        text = next(one for one in elf.sections if one.name == ".text")
        elf.store(next(one for one in elf.sections if one.type == 2),
                  [*elf.symbols(), Symbol("added", 0, 0, text, 0, 0, 0), Symbol("seen", 0, 0, text, 1, 2, 0)])
        changed = tmp_path / f"changed-{path.name}"
        elf.write(changed)
        assert Elf.read(changed).verify(strict=True) == []
        done = subprocess.run(["readelf", "-aW", changed], capture_output=True, text=True, check=True)
        assert done.stderr.replace("Warning: ", "") == subprocess.run(
            ["readelf", "-aW", path], capture_output=True, text=True, check=True).stderr.replace("Warning: ", "")
        for name in ("added", "seen"):
            assert f" {name}\n" in done.stdout
        before, after = relocations(path), relocations(changed)
        assert before == after
        extra = Elf.read(changed).section(".extra")
        assert extra is not None and bytes(extra.data) == b"more bytes" and extra.offset % 16 == 0


def relocations(path: Path) -> list[tuple[str, list[tuple[int, int, int, str]]]]:
    elf = Elf.read(path)
    return [(section.name, [(row.offset, row.type, row.addend, row.name) for row in elf.relocations(section)])
            for section in elf.sections if section.type in (4, 9)]


def test_removed_sections_take_their_relocations_and_symbols_with_them(tmp_path: Path) -> None:
    source = "".join(f'.section .text.{name},"axG",@progbits,{name},comdat\n.globl {name}\n{name}: call helper\n'
                     f'.section .data.{name},"awG",@progbits,{name},comdat\n.quad {name}\n' for name in ("first", "second"))
    source += ".text\n.globl user\nuser: call second\nlocal: ret\n"
    path = tmp_path / "a.o"
    subprocess.run(["as", "-o", path, "-"], input=source, text=True, check=True)
    elf = Elf.read(path)
    victims = [section for section in elf.sections if section.name.endswith(".first") and section.name[:5] in (".text", ".data")]
    gone = elf.remove(*victims)
    assert sorted(one.name for one in gone) == [".data.first", ".group", ".rela.data.first", ".rela.text.first", ".text.first"]
    elf.write(tmp_path / "b.o")
    again = Elf.read(tmp_path / "b.o")
    assert again.verify(strict=True) == []
    assert "first" not in [symbol.name for symbol in again.symbols()]
    text = relocations(tmp_path / "b.o")
    assert [name for name, _ in text] == [".rela.text", ".rela.text.second", ".rela.data.second"]
    assert dict(text)[".rela.text"][0][3] == "second"
    subprocess.run(["ld", "-r", "-o", tmp_path / "c.o", tmp_path / "b.o"], check=True)
    with pytest.raises(ElfError, match=r"\.text\.second cannot be removed: \.rela\.text at 0x1 needs second"):
        again.remove(next(one for one in again.sections if one.name == ".text.second"))
    with pytest.raises(ElfError, match=r"\.symtab is linked to \.strtab"):
        again.remove(next(one for one in again.sections if one.name == ".strtab"))


def test_programs_run_after_stripping_and_adding(tmp_path: Path) -> None:
    path = tmp_path / "program"
    subprocess.run(["gcc", "-g", "-x", "c", "-o", path, "-"], input="int main(void) { return 42; }", text=True, check=True)
    elf = Elf.read(path)
    elf.remove(*[one for one in elf.sections if one.name.startswith(".debug_") or one.name in (".symtab", ".strtab")])
    elf.add(Section(".comment.mine", data=b"hello" * 1000))
    elf.write(tmp_path / "stripped")
    again = Elf.read(tmp_path / "stripped")
    assert again.verify() == []
    assert not again.symbols() and again.section(".comment.mine") is not None
    assert subprocess.run([tmp_path / "stripped"], check=False).returncode == 42
    done = subprocess.run(["eu-elflint", "--gnu-ld", tmp_path / "stripped"], capture_output=True, text=True, check=False)
    assert done.stdout == "No errors\n"
    text = again.section(".text")
    assert text is not None
    with pytest.raises(ElfError, match=r"\.text is part of the loaded image"):
        again.remove(text)


def test_what_has_no_room_is_refused() -> None:
    elf = open_elf(FOLDER / "libz.so.1")
    text = elf.section(".text")
    assert text is not None
    text.data = bytes(text.data) + b"longer"
    with pytest.raises(ElfError, match=r"\.text is loaded and cannot grow"):
        rewrite(elf)
    other = open_elf(FOLDER / "crt1.o")
    other.flags = 1 << 40
    with pytest.raises(ElfError, match="cannot hold"):
        rewrite(other)
    third = open_elf(FOLDER / "libz.so.1")
    third.add(Section(".more", flags=2, data=b"x"))
    with pytest.raises(ElfError, match=r"\.more would be loaded"):
        rewrite(third)
    fourth = open_elf(FOLDER / "crt1.o")
    fourth.sections[3].link = Section(".foreign")
    with pytest.raises(ElfError, match=r"\.text refers to a section that is not in the file"):
        rewrite(fourth)
