"""The ELF writer: executables that run, files other readers agree on, refusals."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from starklink.objwriter.elf import notes
from starklink.objwriter.elf.consts import (
    EM_X86_64,
    ET_EXEC,
    PF_R,
    PF_W,
    PF_X,
    PT_GNU_STACK,
    PT_LOAD,
    PT_NOTE,
    SHF,
    SHN_ABS,
    SHT_NOBITS,
    STB_LOCAL,
    STT_FUNC,
    STT_OBJECT,
)
from starklink.objwriter.elf.model import ElfError, ElfFile, Section, Segment, Symbol
from starklink.objwriter.elf.reader import Elf
from starklink.objwriter.elf.writer import headers_size, next_address, string_table, write

MESSAGE = b"hello\n"
CODE = bytes.fromhex(
    "b801000000"      # mov eax, 1
    "bf01000000"      # mov edi, 1
    "488d3500000000"  # lea rsi, [message]      displacement at 13, next instruction at 17
    "ba06000000"      # mov edx, 6
    "0f05"            # syscall
    "0fb63d00000000"  # movzx edi, byte [value] displacement at 27, next instruction at 31
    "b83c000000"      # mov eax, 60
    "0f05")           # syscall


def hello() -> ElfFile:
    """A program that prints a line and exits with the byte in its data."""
    note = notes.build_id_section(address=0x400000 + headers_size(5))
    rodata = Section(".rodata", flags=SHF.parse("A"), address=note.end + 7 & -8, data=MESSAGE, align=8)
    text = Section(".text", flags=SHF.parse("AX"), address=next_address(rodata.end) + 15 & -16, align=16)
    data = Section(".data", flags=SHF.parse("WA"), address=next_address(text.address + len(CODE)) + 7 & -8, data=b"\x2a",
                   align=8)
    bss = Section(".bss", SHT_NOBITS, SHF.parse("WA"), data.end + 63 & -64, size=10000, align=64)
    code = bytearray(CODE)
    code[13:17] = (rodata.address - text.address - 17).to_bytes(4, "little", signed=True)
    code[27:31] = (data.address - text.address - 31).to_bytes(4, "little", signed=True)
    text.data = bytes(code)
    return ElfFile(
        entry=text.address,
        segments=[Segment(PT_LOAD, PF_R, [note, rodata], headers=True), Segment(PT_LOAD, PF_R | PF_X, [text]),
                  Segment(PT_LOAD, PF_R | PF_W, [data, bss]), Segment(PT_NOTE, PF_R, [note], align=4),
                  Segment(PT_GNU_STACK, PF_R | PF_W, align=16)],
        sections=[note, rodata, text, data, bss],
        symbols=[Symbol("_start", text.address, len(CODE), text, type=STT_FUNC),
                 Symbol("message", rodata.address, 6, rodata, STB_LOCAL, STT_OBJECT),
                 Symbol("grüße", 0x1234, 0, SHN_ABS)])


def executable(tmp_path: Path, image: ElfFile) -> Path:
    path = tmp_path / "program"
    path.write_bytes(write(image))
    os.chmod(path, 0o755)
    return path


def test_a_written_program_runs_and_is_small(tmp_path: Path) -> None:
    path = executable(tmp_path, hello())
    done = subprocess.run([path], capture_output=True, check=False)
    assert (done.stdout, done.returncode) == (b"hello\n", 42)
    assert path.stat().st_size < 2048


def test_other_tools_find_no_fault(tmp_path: Path) -> None:
    path = executable(tmp_path, hello())
    lint = subprocess.run(["eu-elflint", "--gnu-ld", path], capture_output=True, text=True, check=False)
    assert lint.stdout == "No errors\n"
    read = subprocess.run(["readelf", "-aW", path], capture_output=True, check=True)
    assert read.stderr == b""
    assert b" message\n" in read.stdout
    assert b"Entry point address:               0x401" in read.stdout


def test_what_is_written_is_read_back() -> None:
    image = hello()
    elf = Elf(write(image))
    assert (elf.type, elf.machine, elf.entry) == (ET_EXEC, EM_X86_64, image.entry)
    names = [section.name for section in elf.sections]
    assert names == ["", ".note.gnu.build-id", ".rodata", ".text", ".data", ".bss", ".symtab", ".strtab", ".shstrtab"]
    for mine, read in zip(image.sections, elf.sections[1:]):
        assert (read.address, read.align, read.flags, read.type, read.memory_size) == (
            mine.address, mine.align, mine.flags, mine.type, mine.memory_size)
        assert bytes(read.data) == (b"" if mine.type == SHT_NOBITS else bytes(mine.data))
    symbols = elf.symbols()
    assert [symbol.name for symbol in symbols] == ["", "message", "_start", "grüße"]  # locals first
    assert elf.section(".symtab").info == 2  # type: ignore[union-attr]
    assert symbols[2].section is elf.section(".text")
    assert symbols[3].section == SHN_ABS
    assert elf.at(elf.section(".data").address, 4) == b"\x2a\0\0\0"  # type: ignore[union-attr]


def test_the_layout_has_no_page_padding() -> None:
    elf = Elf(write(hello()))
    loads = [segment for segment in elf.segments if segment.type == PT_LOAD]
    assert len({segment.address & -4096 for segment in loads}) == 3
    assert all(segment.offset % 4096 == segment.address % 4096 for segment in loads)
    assert loads[2].memory_size > loads[2].file_size


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("order", ["<", ">"])
def test_all_classes_and_byte_orders_read_back(bits: int, order: str, tmp_path: Path) -> None:
    text = Section(".text", flags=SHF.parse("AX"), address=0x10000 + 200, data=b"\1\2\3\4", align=4)
    image = ElfFile(machine=3 if bits == 32 else 62, bits=bits, order=order, entry=text.address,
                    segments=[Segment(PT_LOAD, PF_R | PF_X, [text])], sections=[text],
                    symbols=[Symbol("f", text.address, 4, text, type=STT_FUNC)])
    path = executable(tmp_path, image)
    elf = Elf(path.read_bytes())
    assert (elf.bits, elf.order, elf.symbols()[1]) == (bits, order, Symbol("f", text.address, 4, elf.sections[1], 1, 2, 0))
    read = subprocess.run(["readelf", "-aW", path], capture_output=True, text=True, check=True)
    assert read.stderr == ""
    assert f"ELF{bits}" in read.stdout
    assert ("little" if order == "<" else "big") + " endian" in read.stdout


def test_strings_are_shared() -> None:
    table, offsets = string_table(["b", "", "a", "b"])
    assert table == b"\0b\0a\0"
    assert offsets == [1, 0, 3, 1]


def test_build_id_is_filled_in() -> None:
    file = write(hello())
    identity = notes.build_id(file)
    stamped = notes.set_build_id(file, identity)
    elf = Elf(stamped)
    assert len(identity) == 20
    assert bytes(elf.sections[1].data) == notes.build_id_note(identity)
    assert len(stamped) == len(file)
    with pytest.raises(ValueError, match="no empty build-id"):
        notes.set_build_id(stamped, identity)


def test_pvh_note_is_what_readelf_expects(tmp_path: Path) -> None:
    image = hello()
    image.sections.append(Section(".note.Xen", 7, SHF.parse("A"), 0, notes.pvh_note(0x100040), align=4))
    path = executable(tmp_path, image)
    out = subprocess.run(["readelf", "-nW", path], capture_output=True, text=True, check=True).stdout
    assert "Xen" in out
    assert "4000100000000000" in notes.pvh_note(0x100040).hex()


def test_incongruent_offsets_are_refused() -> None:
    image = hello()
    image.sections[2].offset = 0x301
    with pytest.raises(ElfError, match=r"\.text.*not congruent"):
        write(image)


def test_overlapping_offsets_are_refused() -> None:
    image = hello()
    image.sections[2].offset = image.sections[2].address % 4096
    image.sections[3].offset = image.sections[3].address % 4096
    for section in image.sections[:2]:
        section.offset = 0x10
    image.sections[0].address = image.sections[1].address = 0x400010
    with pytest.raises(ElfError, match="overlaps"):
        write(image)


def test_symbols_of_foreign_sections_are_refused() -> None:
    image = hello()
    image.symbols.append(Symbol("lost", section=Section(".lost")))
    with pytest.raises(ElfError, match="not in the file"):
        write(image)
