"""Random files of our own: written, read and compared field by field; judged by the verifier, LIEF and readelf; and nonsense."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import lief
import pytest
from elftools.elf.elffile import ELFFile
from hypothesis import given, settings
from hypothesis import strategies as st

from starklink.objwriter.elf.check import check
from starklink.objwriter.elf.consts import SHF_GROUP, SHN_ABS, SHN_COMMON, SHT_GROUP, SHT_NOBITS, SHT_REL, SHT_RELA, STB_LOCAL
from starklink.objwriter.elf.derive import has_addends
from starklink.objwriter.elf.model import AUTO, ElfError, ElfFile, Section, SectionGroup, Segment, Symbol
from starklink.objwriter.elf.reader import Elf
from starklink.objwriter.elf.writer import write
from starklink.objwriter.model import Fixup

FORMS = [(bits, order) for bits in (32, 64) for order in "<>"]
MACHINES = {32: [3, 8, 20, 40, 243], 64: [62, 183, 21, 22, 243]}


@st.composite
def objects(draw: st.DrawFn, bits: int, order: str) -> ElfFile:
    """A relocatable object: sections of several types, symbols of all kinds, relocations, groups."""
    image = ElfFile(1, draw(st.sampled_from(MACHINES[bits])), flags=draw(st.integers(0, 2**32 - 1)), bits=bits, order=order,
                    os_abi=draw(st.sampled_from([0, 3, 9])), abi_version=draw(st.integers(0, 255)))
    for number in range(draw(st.integers(1, 7))):
        kind = draw(st.sampled_from([1, 1, 1, SHT_NOBITS, 14, 0x60000007]))
        data = b"" if kind == SHT_NOBITS else draw(st.binary(max_size=60))
        image.sections.append(Section(
            f".s{number}", kind, draw(st.sampled_from([0, 2, 3, 6, 0x403])), 0, data,
            draw(st.integers(0, 5000)) if kind == SHT_NOBITS else AUTO, 1 << draw(st.integers(0, 6))))
    names = [f"n{number}" for number in range(draw(st.integers(1, 12)))]
    for name in names:
        home = draw(st.sampled_from([*image.sections, 0, SHN_ABS, SHN_COMMON]))
        limit = home.memory_size if isinstance(home, Section) else 2**bits - 1
        value = draw(st.integers(0, limit))
        size = draw(st.integers(0, limit - value))
        local = home not in (0, SHN_COMMON) and draw(st.booleans())
        binding = STB_LOCAL if local else draw(st.sampled_from([1, 2]))
        image.symbols.append(Symbol(name, value, size, home, binding, draw(st.sampled_from([0, 1, 2])), draw(st.integers(0, 3))))
    for section in image.sections:
        if section.type != SHT_NOBITS and section.data:
            addend = st.integers(-2**(bits - 1), 2**(bits - 1) - 1) if has_addends(image.machine, bits) else st.just(0)
            section.fixups = draw(st.lists(st.builds(
                Fixup, st.integers(0, len(section.data) - 1), st.integers(0, 255), st.sampled_from([*names, "elsewhere", ".s0"]),
                addend), max_size=4))
    if draw(st.booleans()):
        image.groups = [SectionGroup(names[0], image.sections[:draw(st.integers(1, len(image.sections)))], draw(st.booleans()))]
    return image


@pytest.mark.parametrize("form", FORMS, ids=str)
@settings(max_examples=10, deadline=None, derandomize=True)
@given(data=st.data())
def test_objects_come_back(form: tuple[int, str], data: st.DataObject) -> None:
    image = data.draw(objects(*form))
    fixups = {section.name: list(section.fixups) for section in image.sections}
    given_symbols = list(image.symbols)
    content = write(image)
    assert write(image) == content
    elf = Elf(content)
    assert bytes(elf) == content
    assert elf.verify(strict=True) == []
    assert (elf.type, elf.machine, elf.flags, elf.bits, elf.order, elf.os_abi, elf.abi_version) == (
        1, image.machine, image.flags, *form, image.os_abi, image.abi_version)
    for section in image.sections:
        read = elf.section(section.name)
        assert read is not None
        assert (read.type, read.flags & ~SHF_GROUP, read.memory_size, read.align) == (
            section.type, section.flags & ~SHF_GROUP, section.memory_size, section.align)
        assert bytes(read.data) == (b"" if section.type == SHT_NOBITS else bytes(section.data))
        assert section.type == SHT_NOBITS or read.offset % max(read.align, 1) == 0
    symbols = {symbol.name: symbol for symbol in elf.symbols() if symbol.name}
    for symbol in given_symbols:
        read_home = symbols[symbol.name].section
        home = symbol.section.name if isinstance(symbol.section, Section) else symbol.section
        assert symbols[symbol.name][:3] + symbols[symbol.name][4:] == symbol[:3] + symbol[4:]
        assert (read_home.name if isinstance(read_home, Section) else read_home) == home
    for name, wanted in fixups.items():
        prefix = ".rela" if has_addends(image.machine, form[0]) else ".rel"
        table = elf.section(prefix + name)
        found = elf.relocations(table) if table else []
        assert [(one.offset, one.type, one.name, one.addend) for one in found] == [tuple(one) for one in wanted]
    groups = [elf.value(one) for one in elf.sections if one.type == SHT_GROUP]
    assert [(one.flags, one.signature, {member.name for member in one.members if member.type not in (SHT_REL, SHT_RELA)})
            for one in groups] == [(int(one.comdat), one.signature, {member.name for member in one.members})
                                   for one in image.groups]


@settings(max_examples=8, deadline=None, derandomize=True)
@given(data=st.data())
def test_other_readers_see_the_same(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    image = data.draw(objects(*data.draw(st.sampled_from(FORMS))))
    path = tmp_path_factory.mktemp("random") / "file.o"
    path.write_bytes(write(image))
    elf = Elf.read(path)
    done = subprocess.run(["readelf", "-SsgW", path], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    with path.open("rb") as file:
        read = ELFFile(file)
        assert [(one.name, one["sh_size"], one["sh_offset"]) for one in read.iter_sections()] == [
            (one.name, one.memory_size, one.offset) for one in elf.sections]
        table = read.get_section_by_name(".symtab")
        assert [(one.name, one["st_value"], one["st_size"]) for one in table.iter_symbols()] == [
            (one.name, one.value, one.size) for one in elf.symbols()]
    if (elf.bits, elf.order, elf.machine) == (64, "<", 62):
        other = lief.ELF.parse(str(path))
        assert other is not None
        assert [(one.name, one.size, one.file_offset) for one in other.sections] == [
            (one.name, one.memory_size, one.offset) for one in elf.sections]


NONSENSE: dict[str, Any] = {
    "type": [-1, 0, 1, 2**40], "machine": [-1, 62, 2**16], "entry": [-1, 2**64], "flags": [-1, 2**32], "os_abi": [0, 255, 256],
    "bits": [32, 64]}
SECTION: dict[str, Any] = {
    "type": [-1, 0, 1, 2, 3, 4, 8, 17, 2**32], "flags": [-1, 2, 0x200, 2**64], "address": [-1, 5, 2**64],
    "size": [AUTO, 0, 2**63], "align": [-1, 0, 3, 8, 2**63], "entsize": [-1, 7, 2**64],
    "link": [-1, 1, 99, 2**32], "info": [-1, 1, 2**32],
    "offset": [AUTO, 0, 7, 0x1000], "data": [b"", b"\0", b"abc" * 9]}
SYMBOL: dict[str, Any] = {"value": [-1, 3, 2**64], "size": [-1, 9, 2**64], "section": [0, 1, 0xFFF1, -1, 2**16],
                          "binding": [-1, 0, 1, 99], "type": [-1, 2, 99], "visibility": [-1, 3, 256]}
SEGMENT: dict[str, Any] = {"type": [-1, 1, 2**32], "align": [-1, 0, 3, 0x1000], "offset": [AUTO, 0, 7, 2**64],
                           "address": [AUTO, 0, 2**64], "file_size": [AUTO, 5, 2**64], "headers": [True, False]}


@settings(max_examples=50, deadline=None, derandomize=True)
@given(data=st.data())
def test_nonsense_gives_diagnostics_or_a_file_never_anything_else(data: st.DataObject) -> None:
    def some(table: dict[str, Any]) -> dict[str, Any]:
        names = data.draw(st.sets(st.sampled_from(sorted(table)), max_size=3))
        return {name: data.draw(st.sampled_from(table[name])) for name in sorted(names)}

    image = ElfFile(**some(NONSENSE), order=data.draw(st.sampled_from("<>")))
    image.sections = [Section(f".{number}", **some(SECTION)) for number in range(data.draw(st.integers(0, 4)))]
    image.symbols = [Symbol(f"f{number}", **some(SYMBOL)) for number in range(data.draw(st.integers(0, 3)))]
    image.segments = [Segment(sections=image.sections[:data.draw(st.integers(0, 2))], **some(SEGMENT))
                      for _ in range(data.draw(st.integers(0, 2)))]
    found = check(image)
    try:
        content = write(image)
    except ElfError as error:
        assert found and str(error)
        return
    try:
        Elf(content).dump("headers", "sections", "segments", "symbols")
    except ElfError:
        assert found


def test_a_hundred_sections_with_offsets_of_the_user(tmp_path: Path) -> None:
    sections = [Section(f".s{number}", data=bytes((number,)) * 10, offset=0x1000 - number * 16) for number in range(100)]
    path = tmp_path / "manual.o"
    path.write_bytes(write(ElfFile(1, sections=sections)))
    elf = Elf.read(path)
    assert elf.verify(strict=True) == []
    assert [(one.offset, bytes(one.data)) for one in elf.sections[1:101]] == [(one.offset, one.data) for one in sections]
