"""The ELF reader and the text dump: against pyelftools on system files, and on damaged files."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest
from debug_sample import Sample
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import SymbolTableSection

from starklink.codegen.debuginfo import debug_sections
from starklink.dwarf.cursor import DwarfError
from starklink.dwarf.reader import Dwarf
from starklink.dwarf.text import dump_dies, dump_frames, dump_lines
from starklink.objwriter.elf.model import ElfError
from starklink.objwriter.elf.object import to_elf
from starklink.objwriter.elf.reader import Elf, open_elf
from starklink.objwriter.elf.text import PARTS, dump
from starklink.objwriter.model import ObjectModule

SYSTEM = [Path("/usr/bin/env"), Path("/usr/bin/readelf"), Path("/usr/lib/x86_64-linux-gnu/crt1.o"),
          Path("/usr/lib/x86_64-linux-gnu/libc.so.6"), Path("/usr/lib/x86_64-linux-gnu/crti.o")]


@pytest.mark.parametrize("path", [path for path in SYSTEM if path.exists()], ids=lambda path: path.name)
def test_system_files_read_as_pyelftools_reads_them(path: Path) -> None:
    elf = open_elf(path)
    with path.open("rb") as file:
        other = ELFFile(file)
        sections = list(other.iter_sections())
        assert [section.name for section in elf.sections] == [section.name for section in sections]
        assert [(one.address, one.file_size, one.memory_size) for one in elf.segments] == [
            (one["p_vaddr"], one["p_filesz"], one["p_memsz"]) for one in other.iter_segments()]
        for mine, theirs in zip(elf.sections, sections):
            if mine.type not in (0, 8):
                assert bytes(mine.data) == theirs.data()
            if isinstance(theirs, SymbolTableSection):
                assert [(one.name, one.value, one.size, one.binding, one.type) for one in elf.symbols(mine)] == [
                    (one.name, one["st_value"], one["st_size"], bind(one),
                     kind(one)) for one in theirs.iter_symbols()]
            if isinstance(theirs, RelocationSection):
                assert [(one.offset, one.type, one.symbol) for one in elf.relocations(mine)] == [
                    (one["r_offset"], one["r_info_type"], one["r_info_sym"]) for one in theirs.iter_relocations()]


def bind(symbol: object) -> int:
    names = {"STB_LOCAL": 0, "STB_GLOBAL": 1, "STB_WEAK": 2, "STB_LOOS": 10}
    return names[symbol["st_info"]["bind"]]  # type: ignore[index]


def kind(symbol: object) -> int:
    names = ["STT_NOTYPE", "STT_OBJECT", "STT_FUNC", "STT_SECTION", "STT_FILE", "STT_COMMON", "STT_TLS"]
    name = symbol["st_info"]["type"]  # type: ignore[index]
    return 10 if name == "STT_LOOS" else names.index(name)


def test_the_dump_says_what_readelf_says(tmp_path: Path) -> None:
    path = tmp_path / "zoo.o"
    path.write_bytes(sample_object())
    mine = dump(open_elf(path), ["sections"])
    theirs = subprocess.run(["readelf", "-SW", path], capture_output=True, text=True, check=True).stdout
    ours = [line.split("]", 1)[1].split() for line in mine.splitlines() if line.startswith("  [") and "Nr" not in line]
    read = [line.split("]", 1)[1].split() for line in theirs.splitlines() if line.startswith("  [") and "Nr" not in line]
    assert len(ours) == len(read) > 10
    for left, right in zip(ours, read):
        numbers = [part.lstrip("0") or "0" for part in left]
        assert numbers == [part.lstrip("0") or "0" for part in right]


def sample_object() -> bytes:
    sample = Sample()
    return to_elf(ObjectModule("zoo.fsh", sample.fragments + debug_sections(sample.module, sample.fragments, sample.sources)))


def look_at_everything(content: bytes) -> None:
    """Read all there is; anything but the typed errors escapes."""
    elf = Elf(content)
    for part in PARTS:
        try:
            dump(elf, [part])
        except ElfError:
            continue
    try:
        dwarf = Dwarf(elf.debug_sections())
    except ElfError:
        return
    for text in (dump_dies, dump_lines, dump_frames):
        try:
            text(dwarf)
        except DwarfError:
            continue


def test_damaged_files_give_typed_errors() -> None:
    good = sample_object()
    look_at_everything(good)
    random_ = random.Random(7)
    for _ in range(300):
        bad = bytearray(good)
        for _ in range(random_.choice((1, 2, 8, 40))):
            bad[random_.randrange(len(bad))] = random_.choice((0, 1, 0x7F, 0x80, 0xFF, random_.randrange(256)))
        if random_.random() < 0.2:
            del bad[random_.randrange(16, len(bad)):]
        try:
            look_at_everything(bytes(bad))
        except ElfError:
            continue


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"MZ" * 40, b"\x7fELF\2\1\1" + bytes(9), b"\x7fELF\3\1\1" + bytes(90)])
def test_what_is_no_elf_file_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ElfError):
        open_elf(path)


def test_truncated_section_data_name_the_section() -> None:
    good = sample_object()
    elf = Elf(good)
    section = elf.section(".debug_info")
    assert section is not None
    header = elf.shoff + elf.sections.index(section) * 64 + 32
    bad = good[:header] + (1 << 40).to_bytes(8, "little") + good[header + 8:]
    with pytest.raises(ElfError, match=r"section \.debug_info: 1099511627776 bytes"):
        _ = Elf(bad).sections
