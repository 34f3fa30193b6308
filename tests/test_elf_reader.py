"""The ELF reader and the text dump: against pyelftools on system files, and on damaged files."""

from __future__ import annotations

import random
import subprocess
import time
from pathlib import Path

import pytest
from debug_sample import Sample
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import SymbolTableSection

from starklink.codegen.debuginfo import debug_sections
from starklink.dwarf.cursor import DwarfError
from starklink.dwarf.query import DebugFile
from starklink.dwarf.reader import Dwarf
from starklink.dwarf.text import dump_dies, dump_frames, dump_lines
from starklink.objwriter.elf.columns import build_symbols
from starklink.objwriter.elf.layouts import RECORDS
from starklink.objwriter.elf.model import ElfError, ElfFile, Section
from starklink.objwriter.elf.object import to_elf
from starklink.objwriter.elf.reader import Elf, open_elf
from starklink.objwriter.elf.text import PARTS, dump
from starklink.objwriter.elf.writer import write
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


def test_tables_read_through_numpy_are_those_read_one_by_one(tmp_path: Path) -> None:
    draft = Elf.object("x86_64")
    homes = [draft.section(f".data.{number}", flags="WA") for number in range(5)]
    for number in range(20_005):
        home = homes[number % 5] if number % 7 else (0, 0xFFF1, 0xFFF2)[number % 3]
        draft.symbol(f"ü{number % 5000}" if number < 5000 else f"s{number}", number, number % 3, home, type="OBJECT",
                     binding="WEAK" if number % 11 == 0 else "GLOBAL", visibility="HIDDEN" if number % 13 == 0 else "DEFAULT")
    elf = Elf(bytes(draft))
    table = elf.section(".symtab")
    assert table is not None
    assert elf.symbols() == list(elf._read_symbols(table))
    columns = elf.symbol_columns()
    assert columns.names() == [symbol.name for symbol in elf.symbols()] and len(columns) == 20_006
    assert columns["value"].tolist() == [symbol.value for symbol in elf.symbols()]
    with pytest.raises(ElfError, match=r"symbol 5 of \.symtab lies in section 3333"):
        bad = bytearray(bytes(elf))
        at = table.offset + 5 * 24 + 6
        bad[at:at + 2] = (3333).to_bytes(2, "little")
        Elf(bad).symbols()


@pytest.mark.parametrize("form", [(32, "<"), (32, ">"), (64, "<"), (64, ">")], ids=str)
def test_columns_build_what_the_schema_says(form: tuple[int, str]) -> None:
    image = ElfFile(bits=form[0], order=form[1])
    data, strings = build_symbols(image, ["a", "", "grüße"], value=[1, 2, 3], size=7, info=[0x12, 3, 4], shndx=0xFFF1)
    rows = [dict(zip(RECORDS["sym", *form].fields, row)) for row in RECORDS["sym", *form].iter_unpack(data)]
    assert [(row["value"], row["size"], row["info"], row["shndx"], row["other"]) for row in rows] == [
        (0, 0, 0, 0, 0), (1, 7, 0x12, 0xFFF1, 0), (2, 7, 3, 0xFFF1, 0), (3, 7, 4, 0xFFF1, 0)]
    assert [strings[row["name"]:strings.index(b"\0", row["name"])].decode() for row in rows] == ["", "a", "", "grüße"]
    for columns, message in (({"value": [1]}, "1 rows, not 3"), ({"size": -1}, "cannot hold"), ({"odd": 1}, "no column 'odd'"),
                             ({"info": [1, 2, 256]}, "cannot hold")):
        with pytest.raises(ElfError, match=message):
            build_symbols(image, ["a", "b", "c"], **columns)
    with pytest.raises(ElfError, match="holds a NUL"):
        build_symbols(image, ["a\0b"])


def test_a_file_of_a_gigabyte_opens_at_once(tmp_path: Path) -> None:
    path = tmp_path / "big.o"
    content = sample_object()
    elf = Elf(content)
    with path.open("wb") as file:  # a hole in the file, and the section headers at its end
        file.write(content[:40] + (1 << 30).to_bytes(8, "little") + content[48:])
        file.seek(1 << 30)
        file.write(content[elf.shoff:])
    start = time.process_time()
    big = open_elf(path)
    assert len(big.sections) == len(elf.sections)
    assert time.process_time() - start < 0.1


def test_names_that_share_a_table_do_not_unfold() -> None:
    image = ElfFile(1, sections=[Section("x" * 1_000_000), *[Section("y") for _ in range(90)]])
    content = bytearray(write(image))
    elf = Elf(content)
    record = RECORDS["shdr", 64, "<"]
    for number in range(2, 92):
        at = elf.shoff + number * record.size
        record.pack_into(content, at, number, *record.unpack_from(content, at)[1:])
    with pytest.raises(ElfError, match="overlap too much"):
        _ = Elf(content).sections


@pytest.mark.parametrize("options", ["-m64", "-m32"])
def test_debug_sections_of_objects_are_relocated_as_pyelftools_does_it(options: str, tmp_path: Path) -> None:
    source = "int value = 3; static int twice(int x) { return x + value; } int (*table[])(int) = {twice}; int f(int x) " \
             "{ return twice(x) + table[0](x); }"
    path = tmp_path / "a.o"
    subprocess.run(["gcc", options, "-g", "-c", "-o", path, "-x", "c", "-"], input=source, text=True, check=True)
    found = open_elf(path).debug_sections()
    with path.open("rb") as file:
        info = ELFFile(file).get_dwarf_info(relocate_dwarf_sections=True)
        for name, section in ((".debug_info", info.debug_info_sec), (".debug_line", info.debug_line_sec),
                              (".debug_aranges", info.debug_aranges_sec)):
            assert found[name] == section.stream.getvalue(), name
    plain = next(one for one in open_elf(path).sections if one.name == ".debug_info")
    assert (found[".debug_info"] != bytes(plain.data)) == (options == "-m64")  # i386: section symbols, addends in place
    functions = {die.get("name") for unit in DebugFile.read(path).units for die in unit.walk() if die.tag == "subprogram"}
    assert functions == {"twice", "f"}


def test_thread_local_places_of_debug_information_are_offsets(tmp_path: Path) -> None:
    path = tmp_path / "a.o"
    source = "__thread int one = 1; __thread int two = 2;"
    subprocess.run(["gcc", "-g", "-c", "-o", path, "-x", "c", "-"], input=source, text=True, check=True)
    section = open_elf(path).section(".debug_info")
    assert section is not None
    places = [(row.offset, row.type) for row in open_elf(path).relocations(open_elf(path).section(".rela.debug_info"))
              if row.type in (17, 21)]
    data = open_elf(path).debug_sections()[".debug_info"]
    assert sorted(int.from_bytes(data[at:at + 4], "little") for at, _ in places) == [0, 4]


@pytest.mark.parametrize(("machine", "kind", "size"), [("x86_64", "64", 8), ("i386", "32", 4)])
def test_symbols_and_addends_add_up(machine: str, kind: str, size: int) -> None:
    draft = Elf.object(machine)
    draft.section(".data").append(bytes(16))
    draft.symbol("here", 12, 0, draft.section(".data"))
    draft.section(".debug_own").append(bytes(16))
    draft.section(".debug_own").relocate([(0, kind, "here", 5), (8, "PC32", "here", -4)])
    data = Elf(bytes(draft)).debug_sections()[".debug_own"]
    assert [int.from_bytes(data[:size], "little"), int.from_bytes(data[8:12], "little")] == [17, 0]
