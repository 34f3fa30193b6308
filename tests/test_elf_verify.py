"""The ELF verifier: silent on what others and we make, and every rule speaks when a file breaks it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from debug_sample import Sample

from starklink.codegen.debuginfo import debug_sections
from starklink.objwriter.elf.consts import DT
from starklink.objwriter.elf.model import Section, Symbol
from starklink.objwriter.elf.object import to_elf
from starklink.objwriter.elf.reader import Elf, open_elf
from starklink.objwriter.elf.verify import CODES, verify
from starklink.objwriter.model import ObjectModule

FOLDER = Path("/usr/lib/x86_64-linux-gnu")
SYSTEM = [*sorted(Path("/usr/bin").glob("*"))[::60], *sorted(FOLDER.glob("*.so.?"))[::20], *sorted(FOLDER.glob("crt*.o"))]
SOURCE = """.section .text.one,"axG",@progbits,one,comdat
.globl one
.type one, @function
one: ret
.size one, 1
.text
call one
.data
.quad one
.section .note.GNU-stack,""
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("verify")
    subprocess.run(["as", "-o", folder / "a.o", "-"], input=SOURCE, text=True, check=True)
    subprocess.run(["ld", "-e", "one", "-o", folder / "a", folder / "a.o"], check=True)
    source = 'int answer(void) { return 42; } __thread int local = 1; int *find(void) { return &local; }'
    subprocess.run(["gcc", "-shared", "-fPIC", "-nostdlib", "-Wl,--hash-style=both", "-Wl,--default-symver", "-Wl,-z,now",
                    "-Wl,--build-id", "-o", folder / "a.so", "-x", "c", "-"], input=source, text=True, check=True)
    packed = Elf.object("x86_64")
    packed.section(".debug_info").append(bytes(number % 7 for number in range(3000)))
    object_ = Elf(bytes(packed))
    object_.compress(object_.sections[1])
    tables = Elf.object("x86_64")
    tables.section(".note.odd", type="NOTE", flags="A", align=4).append(bytes(12) + b"\1\0\0\0")
    for _ in range(2):  # one entry fewer than symbols, then one more section of data
        tables.section(".strings", flags="AMS", entsize=1).append(b"x\0")
    return {"object": (folder / "a.o").read_bytes(), "program": (folder / "a").read_bytes(),
            "library": (folder / "a.so").read_bytes(), "packed": bytes(object_), "tables": with_extended(bytes(tables))}


def with_extended(content: bytes) -> bytes:
    """The file with extended section numbers for a symbol table of one symbol."""
    elf = Elf(content)
    strings = elf.names_number
    table = elf.add(Section(".symtab", 2, align=8, entsize=24, link=strings, info=1, data=bytes(24)))
    elf.add(Section(".symtab_shndx", 18, align=4, entsize=4, link=table, data=bytes(8)))
    return bytes(elf)


def test_system_files_and_ours_are_clean(files: dict[str, bytes]) -> None:
    count = 0
    for path in SYSTEM:
        if path.is_file() and path.open("rb").read(4) == b"\x7fELF" and path.stat().st_size < 3_000_000:
            assert verify(open_elf(path)) == [], path
            count += 1
    assert count >= 20
    sample = Sample()
    ours = to_elf(ObjectModule("zoo.fsh", sample.fragments + debug_sections(sample.module, sample.fragments, sample.sources)))
    for content in (ours, files["object"], files["program"], files["packed"]):
        assert verify(Elf(content), strict=True) == []
    assert verify(Elf(files["library"])) == []


def patched(content: bytes, table: str, number: int, name: str, value: int) -> bytes:
    """The file with one field of a row of the section headers, program headers or a section's records changed."""
    elf = Elf(content)
    if table in ("shdr", "phdr"):
        record, start = elf._layout(table), elf.shoff if table == "shdr" else elf.phoff
    else:
        kind, section = table.split(" ")
        home = elf.section(section)
        assert home is not None
        record, start = elf._layout(kind), home.offset
    at = start + number * record.size
    row = dict(zip(record.fields, record.unpack_from(content, at)))
    row[name] = value
    return content[:at] + record.build(**row) + content[at + record.size:]


def index(content: bytes, name: str) -> int:
    return next(number for number, section in enumerate(Elf(content).sections) if section.name == name)


def section_field(name: str, field: str, value: int) -> Callable[[bytes], bytes]:
    return lambda content: patched(content, "shdr", index(content, name), field, value)


def unended_strings(content: bytes) -> bytes:
    table = Elf(content).section(".strtab")
    assert table is not None
    return content[:table.offset] + b"x" + content[table.offset + 1:]


def header_field(name: str, value: int) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        record = Elf(content)._layout("ehdr")
        row = dict(zip(record.fields, record.unpack_from(content, 0)))
        return record.build(**row | {name: value}) + content[record.size:]
    return change


def address(content: bytes, name: str) -> int:
    return Elf(content).sections[index(content, name)].address


def segment(content: bytes, kind: int) -> int:
    return next(number for number, one in enumerate(Elf(content).segments) if one.type == kind)


def word_of(name: str, place: int, value: int) -> Callable[[bytes], bytes]:
    """Change the 32-bit word at a place of a section."""
    def change(content: bytes) -> bytes:
        at = Elf(content).sections[index(content, name)].offset + 4 * place
        return content[:at] + value.to_bytes(4, "little") + content[at + 4:]
    return change


def dynamic_value(name: str, value: int) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        elf = Elf(content)
        number = next(n for n, row in enumerate(elf.value(elf.sections[index(content, ".dynamic")])) if row.tag == DT[name])
        return patched(content, "dyn .dynamic", number, "value", value)
    return change


def doubled_symbol(content: bytes) -> bytes:
    elf = Elf(content)
    table = elf.sections[index(content, ".symtab")]
    elf.store(table, [*elf.symbols(), Symbol("one", 0, 0, elf.sections[1])])
    return bytes(elf)


BROKEN: list[tuple[str, str, Callable[[bytes], bytes]]] = [
    ("EL01", "object", section_field(".symtab", "offset", 1 << 40)),
    ("EL01", "object", section_field(".text", "name", 1 << 20)),
    ("EL01", "program", lambda content: patched(content, "phdr", 0, "offset", 0x1000000)),
    ("EL02", "object", section_field(".strtab", "offset", 0x40)),
    ("EL03", "object", section_field(".data", "addralign", 3)),
    ("EL03", "program", section_field(".text", "addralign", 1 << 40)),
    ("EL04", "program", lambda content: patched(content, "phdr", 0, "vaddr", 0x400001)),
    ("EL05", "object", section_field(".symtab", "link", 1)),
    ("EL05", "object", section_field(".text", "link", 999)),
    ("EL05", "object", section_field(".rela.text", "info", 999)),
    ("EL06", "object", section_field(".symtab", "entsize", 7)),
    ("EL07", "object", section_field(".text.one", "flags", 6)),
    ("EL07", "object", section_field(".data", "flags", 0x203)),
    ("EL08", "object", lambda content: patched(content, "sym .symtab", len(Elf(content).symbols()) - 1, "size", 99)),
    ("EL09", "object", section_field(".symtab", "info", 2)),
    ("EL10", "program", lambda content: patched(content, "phdr", 0, "memsz", 1)),
    ("EL11", "program", lambda content: patched(content, "phdr", 1, "vaddr", 0x3FF000)),
    ("EL12", "object", lambda content: patched(content, "rela .rela.text", 0, "offset", 0x1000)),
    ("EL13", "object", unended_strings),
    ("EL14", "object", header_field("ehsize", 63)), ("EL14", "program", header_field("version", 2)),
    ("EL14", "program", header_field("phoff", 8)), ("EL14", "object", lambda content: content[:6] + b"\2" + content[7:]),
    ("EL15", "library", lambda content: patched(content, "shdr", index(content, ".dynsym"), "addr", address(content, ".dynstr"))),
    ("EL16", "object", doubled_symbol),
    ("EL17", "library", lambda content: patched(content, "phdr", segment(content, 2), "vaddr", 0x100000)),
    ("EL17", "library", lambda content: patched(content, "phdr", segment(content, 7), "vaddr", 0x100000)),
    ("EL18", "library", dynamic_value("STRTAB", 0x10)), ("EL18", "library", dynamic_value("STRSZ", 3)),
    ("EL18", "library", dynamic_value("SYMENT", 3)), ("EL18", "library", section_field(".dynamic", "size", 32)),
    ("EL19", "library", word_of(".hash", 2, 999)), ("EL19", "library", word_of(".hash", 1, 1)),
    ("EL19", "library", word_of(".hash", 2, 0)), ("EL19", "library", word_of(".gnu.hash", 4, 0)),
    ("EL19", "library", word_of(".gnu.hash", 6, 7)), ("EL19", "library", word_of(".gnu.hash", 0, 0)),
    ("EL20", "library", section_field(".text", "addr", 0x900000)),
    ("EL20", "program", section_field(".text", "offset", 0x20)), ("EL21", "program", header_field("entry", 0x10)),
    ("EL22", "library", word_of(".gnu.version", 1, 0x00770077)), ("EL22", "library", section_field(".gnu.version", "size", 2)),
    ("EL23", "tables", section_field(".strings", "entsize", 0)),
    ("EL24", "packed", section_field(".debug_info", "flags", 0x802)), ("EL24", "packed", word_of(".debug_info", 0, 7)),
    ("EL24", "packed", word_of(".debug_info", 7, 0x55555555)), ("EL24", "packed", word_of(".debug_info", 2, 0x7FFFFFFF)),
    ("EL25", "program", lambda content: patched(content, "phdr", 0, "flags", 7)), ("EL26", "tables", lambda content: content),
    ("EL27", "object", lambda content: patched(content, "shdr", 0, "type", 1)),
    ("EL27", "object", lambda content: patched(content, "sym .symtab", 0, "value", 1)),
    ("EL28", "tables", lambda content: content), ("EL28", "library", word_of(".note.gnu.build-id", 1, 0x1000)),
    ("EL08", "library", section_field(".tdata", "flags", 3))]


@pytest.mark.parametrize(("code", "which", "break_it"), BROKEN, ids=[f"{row[0]}-{n}" for n, row in enumerate(BROKEN)])
def test_every_rule_finds_what_it_is_for(code: str, which: str, break_it: Callable[[bytes], bytes],
                                         files: dict[str, bytes]) -> None:
    found = verify(Elf(break_it(files[which])), strict=True)
    assert code in {finding.code for finding in found}
    before = set(verify(Elf(files[which]), strict=True)) if which != "tables" else set()
    assert code in {finding.code for finding in found if finding not in before}


def test_every_code_has_a_file_that_breaks_it() -> None:
    assert {code for code, _, _ in BROKEN} == set(CODES) - {"EL00"}  # that one: test_elf_draft
