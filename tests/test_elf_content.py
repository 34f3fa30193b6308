"""Every row of the section types: stored, written, read again it is the same value, in both classes and byte orders.

Every named relocation: written by us it has the name that `readelf` and (where it knows the type) `llvm-readelf` give it.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starklink.objwriter.elf import encode, hashes, views
from starklink.objwriter.elf.consts import (
    DT,
    EM_386,
    EM_X86_64,
    R_386,
    R_X86_64,
    SHF,
    SHT_DYNAMIC,
    SHT_DYNSYM,
    SHT_FINI_ARRAY,
    SHT_GNU_HASH,
    SHT_GNU_VERDEF,
    SHT_GNU_VERNEED,
    SHT_GNU_VERSYM,
    SHT_GROUP,
    SHT_HASH,
    SHT_INIT_ARRAY,
    SHT_NOBITS,
    SHT_NOTE,
    SHT_NULL,
    SHT_PREINIT_ARRAY,
    SHT_PROGBITS,
    SHT_REL,
    SHT_RELA,
    SHT_RELR,
    SHT_STRTAB,
    SHT_SYMTAB,
    SHT_SYMTAB_SHNDX,
)
from starklink.objwriter.elf.content import KINDS
from starklink.objwriter.elf.model import ElfError, ElfFile, Relocation, Section, Symbol
from starklink.objwriter.elf.packing import zstd_module
from starklink.objwriter.elf.reader import Elf
from starklink.objwriter.elf.writer import write
from starklink.objwriter.model import Fixup

FORMS = [(bits, order) for bits in (32, 64) for order in "<>"]
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)
FILE_NAMES = ["libc.so.6", "libm.so.6", "libz.so.1"]


def unsigned(bits: int) -> st.SearchStrategy[int]:
    return st.integers(0, (1 << bits) - 1)


def base(bits: int, order: str, kind: int) -> tuple[Elf, Section]:
    """A file with an (empty) section of a type, two sections and a symbol table it may refer to."""
    strings = Section(".dynstr", SHT_STRTAB, data=b"\0")
    one = Section(".one", data=b"1")
    table = Section(".syms", SHT_DYNSYM, link=strings, data=bytes(encode.RECORDS["sym", bits, order].size), info=1)
    link = table if kind in (SHT_REL, SHT_RELA, SHT_GROUP, SHT_SYMTAB_SHNDX, SHT_GNU_VERSYM, SHT_HASH, SHT_GNU_HASH) else strings
    made = Section(".made", kind, link=link, align=8, data=b"")
    if kind in (SHT_SYMTAB, SHT_DYNSYM):
        made.data = table.data
    elf = Elf(write(ElfFile(1, bits=bits, order=order, sections=[one, made, table, strings])))
    elf.store(elf.sections[3], [Symbol(name, 1, 2, elf.sections[1]) for name in "abc"])
    return elf, elf.sections[2]


def values(kind: int, elf: Elf) -> st.SearchStrategy[Any]:
    """Random contents of a section type for a file."""
    word = elf.bits
    numbers = st.lists(unsigned(word), max_size=9)
    homes = st.sampled_from([0, 0xFFF1, 0xFFF2, elf.sections[1], elf.sections[3]])
    symbol = st.builds(Symbol, NAMES, unsigned(word), unsigned(word), homes, st.integers(0, 15), st.integers(0, 15), unsigned(8))
    kinds = unsigned(32 if word == 64 else 8)
    addends = st.integers(-(1 << word - 1), (1 << word - 1) - 1) if kind == SHT_RELA else st.just(0)
    relocation = st.integers(0, 3).flatmap(lambda number: st.builds(
        Relocation, unsigned(word), kinds, st.just(number), addends, st.just(elf.symbols(elf.sections[3])[number].name)))
    tags = st.sampled_from(sorted(value for value in DT.values.values() if value))
    row = tags.flatmap(lambda tag: st.builds(views.Dynamic, st.just(tag), st.just(0), NAMES) if tag in views.TEXT_TAGS
                       else st.builds(views.Dynamic, st.just(tag), unsigned(word), st.just("")))
    need = st.builds(views.VersionNeed, st.sampled_from(FILE_NAMES), NAMES, unsigned(16), unsigned(16))
    define = st.builds(views.VersionDef, NAMES, unsigned(16), unsigned(16), st.lists(NAMES, max_size=3).map(tuple))
    words = st.lists(unsigned(32), min_size=1, max_size=6).map(tuple)
    bloom = st.lists(unsigned(word), min_size=1, max_size=4).map(tuple)
    return {
        SHT_NULL: st.just(b""), SHT_NOBITS: st.just(b""), SHT_PROGBITS: st.binary(max_size=40), SHT_STRTAB: st.lists(NAMES),
        SHT_SYMTAB: st.lists(symbol), SHT_DYNSYM: st.lists(symbol), SHT_SYMTAB_SHNDX: st.lists(unsigned(32)),
        SHT_REL: st.lists(relocation), SHT_RELA: st.lists(relocation),
        SHT_RELR: st.sets(st.integers(0, 300)).map(lambda places: [word // 8 * place for place in sorted(places)]),
        SHT_NOTE: st.lists(st.builds(views.Note, NAMES, unsigned(32), st.binary(max_size=20))),
        SHT_GROUP: st.builds(views.Group, unsigned(32), st.sampled_from("abc"), st.just((elf.sections[1], elf.sections[4]))),
        SHT_INIT_ARRAY: numbers, SHT_FINI_ARRAY: numbers, SHT_PREINIT_ARRAY: numbers,
        SHT_HASH: st.builds(views.Hash, words, words),
        SHT_GNU_HASH: st.builds(views.GnuHash, unsigned(32), unsigned(5), bloom, words, words),
        SHT_DYNAMIC: st.lists(row).map(lambda rows: [*rows, views.Dynamic(0, 0, "")]),
        SHT_GNU_VERSYM: st.lists(unsigned(16)), SHT_GNU_VERDEF: st.lists(define), SHT_GNU_VERNEED: st.lists(need),
    }[kind]


def plain(elf: Elf, value: Any) -> Any:
    """A value without references to the sections of one file, symbols sorted as tables have them, string offsets left out."""
    if isinstance(value, Section):
        return elf.sections.index(value)
    if isinstance(value, views.Dynamic) and value.text:
        return (value.tag, value.text)
    if isinstance(value, (list, tuple)):
        rows = [plain(elf, one) for one in value]
        if isinstance(value, list) and value and isinstance(value[0], Symbol):
            return sorted(rows, key=lambda row: row[4] != 0)
        return rows
    return value


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("kind", sorted(KINDS), ids=hex)
@settings(max_examples=4, deadline=None, derandomize=True)
@given(data=st.data())
def test_every_section_type_comes_back(kind: int, form: tuple[int, str], data: st.DataObject) -> None:
    elf, section = base(*form, kind)
    value = data.draw(values(kind, elf))
    elf.store(section, value)
    again = Elf(bytes(elf))
    found = again.value(again.sections[2])
    if kind in (SHT_SYMTAB, SHT_DYNSYM):
        assert found[0] == Symbol("", 0, 0, 0, 0, 0, 0)
        found = found[1:]
    assert plain(again, found) == plain(elf, value)
    assert [one.name for one in again.symbols(again.sections[3])[1:]] == list("abc")


def test_unknown_types_are_kept_as_bytes() -> None:
    elf = Elf(write(ElfFile(1, sections=[Section(".odd", 0x60000123, data=b"\1\2\3")])))
    assert elf.value(elf.sections[1]) == b"\1\2\3"
    elf.store(elf.sections[1], b"longer than before")
    assert Elf(bytes(elf)).value(Elf(bytes(elf)).sections[1]) == b"longer than before"


@pytest.mark.parametrize(("names", "machine", "bits"), [(R_X86_64, EM_X86_64, 64), (R_386, EM_386, 32)],
                         ids=["x86-64", "i386"])
def test_every_relocation_has_its_name(names: Any, machine: int, bits: int, tmp_path: Path) -> None:
    rows = sorted(names.values.items(), key=lambda row: row[1])
    text = Section(".text", flags=6, data=bytes(8 * len(rows)),
                   fixups=[Fixup(8 * place, number, "f", 0) for place, (_, number) in enumerate(rows)])
    path = tmp_path / "all.o"
    path.write_bytes(write(ElfFile(1, machine, bits=bits, sections=[text])))
    elf = Elf.read(path)
    table = next(section for section in elf.sections if section.type in (SHT_REL, SHT_RELA))
    assert [(row.offset, row.type, row.name) for row in elf.relocations(table)] == [
        (8 * place, number, "f") for place, (_, number) in enumerate(rows)]
    said = subprocess.run(["readelf", "-rW", path], capture_output=True, text=True, check=True).stdout
    # readelf has its own spelling for three types.
    spelling = {"JMP_SLOT": "JUMP_SLOT", "GOTPC32_TLSDES": "GOTPC32_TLSDESC"}
    theirs = [word.removeprefix(names.prefix + "_") for word in re.findall(rf"{names.prefix}_\w+", said)]
    assert [spelling.get(name, name) for name in theirs] == [name for name, _ in rows]


def test_gnu_hash_and_hash_find_what_they_were_made_of() -> None:
    elf, _ = base(64, "<", SHT_NULL)
    names = [f"symbol{number}" for number in range(500)]
    order = encode.gnu_hash_order(names)
    ordered = [names[place] for place in order]
    table = encode.make_gnu_hash(elf, ordered, 7)
    for number, name in enumerate(ordered):
        start = table.buckets[hashes.gnu_hash(name.encode()) % len(table.buckets)] - 7
        while table.values[start] | 1 != hashes.gnu_hash(name.encode()) | 1 or ordered[start] != name:
            assert not table.values[start] & 1
            start += 1
        assert start == number
    with pytest.raises(ElfError, match="not sorted"):
        encode.make_gnu_hash(elf, names, 7)
    old = encode.make_hash(["", *names])
    for number, name in enumerate(names, 1):
        at = old.buckets[hashes.sysv_hash(name.encode()) % len(old.buckets)]
        while at != number:
            at = old.chains[at]
            assert at


@settings(max_examples=60, deadline=None, derandomize=True)
@given(words=st.lists(st.text("abc", max_size=4)), tails=st.booleans(), size=st.sampled_from([1, 2, 4]))
def test_merged_strings_are_found_at_their_offsets(words: list[str], tails: bool, size: int) -> None:
    raw = [word.encode({1: "latin1", 2: "utf-16-le", 4: "utf-32-le"}[size]) for word in words]
    data, offsets = encode.merged_strings(raw, size, tails)
    for one, at in zip(raw, offsets):
        assert data[at:at + len(one) + size] == one + bytes(size)
    section = Section(".rodata.str", flags=SHF.parse("AMS"), entsize=size, data=data, align=size)
    elf = Elf(write(ElfFile(1, sections=[section])))
    found = views.merged_strings(elf, elf.sections[1])
    assert set(found.values()) <= set(raw)
    assert b"".join(one + bytes(size) for one in found.values()) == data
    if not tails:
        assert {found[at] for at in offsets} == set(raw) and len(found) == len(set(raw))


@pytest.mark.parametrize("kind", [1, 2])
@pytest.mark.parametrize("form", FORMS, ids=str)
def test_compressed_sections_come_back(kind: int, form: tuple[int, str], tmp_path: Path) -> None:
    content = bytes(number * number % 251 for number in range(2000)) + b"x" * 500
    elf = Elf(write(ElfFile(1, bits=form[0], order=form[1], machine=62 if form[0] == 64 else 3,
                            sections=[Section(".debug_info", data=content, align=1)])))
    section = elf.sections[1]
    if kind == 2 and zstd_module() is None:
        with pytest.raises(ElfError, match="zstd needs"):
            elf.compress(section, kind)
        return
    elf.compress(section, kind)
    path = tmp_path / "packed.o"
    elf.write(path)
    again = Elf.read(path)
    assert (again.compression(again.sections[1]), bytes(again.data(again.sections[1]))) == (kind, content)
    assert len(again.sections[1].data) < 1500
    plain_path = tmp_path / "plain.o"
    if form[1] == "<":
        subprocess.run(["objcopy", "--decompress-debug-sections", path, plain_path], check=True)
        assert bytes(Elf.read(plain_path).sections[1].data) == content
    again.store(again.sections[1], content * 2)
    assert again.data(again.sections[1]) == content * 2
    again.decompress(again.sections[1])
    assert (again.sections[1].data, again.sections[1].align, again.sections[1].flags) == (content * 2, 1, 0)


def test_a_group_of_a_symbol_that_is_not_there_is_named_when_symbols_change() -> None:
    elf, section = base(64, "<", SHT_GROUP)
    elf.store(section, views.Group(1, "a", (elf.sections[1],)))
    section.info = 99
    with pytest.raises(ElfError, match=r"\.made names symbol 99 of 4"):
        elf.store(elf.sections[3], elf.symbols(elf.sections[3])[:2])
