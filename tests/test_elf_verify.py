"""The ELF verifier: silent on what others and we make, and every rule speaks when a file breaks it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from debug_sample import Sample

from starklink.codegen.debuginfo import debug_sections
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
    return {"object": (folder / "a.o").read_bytes(), "program": (folder / "a").read_bytes()}


def test_system_files_and_ours_are_clean(files: dict[str, bytes]) -> None:
    count = 0
    for path in SYSTEM:
        if path.is_file() and path.open("rb").read(4) == b"\x7fELF" and path.stat().st_size < 3_000_000:
            assert verify(open_elf(path)) == [], path
            count += 1
    assert count >= 20
    sample = Sample()
    ours = to_elf(ObjectModule("zoo.fsh", sample.fragments + debug_sections(sample.module, sample.fragments, sample.sources)))
    for content in (ours, *files.values()):
        assert verify(Elf(content), strict=True) == []


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
    ("EL13", "object", unended_strings)]


@pytest.mark.parametrize(("code", "which", "break_it"), BROKEN, ids=[f"{row[0]}-{n}" for n, row in enumerate(BROKEN)])
def test_every_rule_finds_what_it_is_for(code: str, which: str, break_it: Callable[[bytes], bytes],
                                         files: dict[str, bytes]) -> None:
    assert code in {finding.code for finding in verify(Elf(break_it(files[which])))}


def test_every_code_has_a_file_that_breaks_it() -> None:
    assert {code for code, _, _ in BROKEN} == set(CODES)
