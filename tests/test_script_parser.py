"""The parser of linker scripts: every script GNU ld ships is read; wrong ones are refused at their place, all errors at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from starklink.linker.errors import LinkError
from starklink.linker.plan import Assert, Assign, Data, Fill, Input, OutputSection
from starklink.linker.script.parser import parse_script

SHIPPED = sorted(Path("/usr/lib/x86_64-linux-gnu/ldscripts").glob("elf*x86_64.x*"))


def test_scripts_of_ld_are_read() -> None:
    assert len(SHIPPED) > 10
    for path in SHIPPED:
        plan = parse_script(path.name, path.read_text())
        assert len(plan.output_sections()) > 30 or path.suffix in (".xr", ".xu")
        assert plan.output_format[0].startswith("elf")


def body(text: str) -> OutputSection:
    plan = parse_script("t.ld", "SECTIONS { .text : {" + text + "} }")
    (section,) = plan.output_sections()
    return section


@pytest.mark.parametrize(("text", "file", "names", "sort", "exclude", "keep"), [
    ("*(.text .data)", "*", [".text", ".data"], "", [], False),
    ("*(.text, .data)", "*", [".text", ".data"], "", [], False),
    ("KEEP(*(.init))", "*", [".init"], "", [], True),
    ("KEEP (*crt?.o(SORT(.ctors.*)))", "*crt?.o", [".ctors.*"], "name", [], True),
    ("*(EXCLUDE_FILE(*a.o *b.o) .x)", "*", [".x"], "", ["*a.o", "*b.o"], False),
    ("*(SORT_BY_NAME(EXCLUDE_FILE(a.o) .x))", "*", [".x"], "name", ["a.o"], False),
    ("*(SORT_BY_ALIGNMENT(SORT_BY_NAME(.x)))", "*", [".x"], "alignment_name", [], False),
    ("libx.a:y-1.o(.x)", "libx.a:y-1.o", [".x"], "", [], False),
    ('"a b.o"(.x)', "a b.o", [".x"], "", [], False),
    ("*(.text)/* a comment */", "*", [".text"], "", [], False),
])
def test_input_patterns(text: str, file: str, names: list[str], sort: str, exclude: list[str], keep: bool) -> None:
    (one,) = body(text).commands
    assert isinstance(one, Input)
    assert one.sections is not None
    assert (one.file, [part.name for part in one.sections], one.keep) == (file, names, keep)
    assert (one.sections[0].sort, one.sections[0].exclude) == (sort, exclude)


def test_commands_of_a_section() -> None:
    made = body('a = .; .=ALIGN(8); . += 4; BYTE(1) QUAD(a) ASCIZ "hi\\n" FILL(0x9091) '
                'PROVIDE_HIDDEN(b = a + 1); ASSERT(a > 0, "x")')
    assert [type(one).__name__ for one in made.commands] == ["Assign"] * 3 + ["Data"] * 3 + ["Fill", "Assign", "Assert"]
    assert isinstance(made.commands[5], Data)
    assert made.commands[5].content == b"hi\n\0"
    assert isinstance(made.commands[6], Fill)
    assert made.commands[6].fill == b"\x90\x91"
    provided, checked = made.commands[7], made.commands[8]
    assert isinstance(provided, Assign)
    assert (provided.provide, provided.hidden, repr(provided.value)) == (True, True, "(a + 1)")
    assert isinstance(checked, Assert)
    assert checked.message == "x"


def test_heads_and_tails() -> None:
    plan = parse_script("t.ld", """
        MEMORY { rom (rx!w) : o = 0x100, l = 4K  ram : ORIGIN = 1M, LENGTH = 1M }
        REGION_ALIAS("fast", ram)
        PHDRS { one PT_LOAD FILEHDR FLAGS(4 | 1); two 0x6474e551; }
        SECTIONS {
          .a 0x1000 (NOLOAD) : AT(2 + 3) ALIGN(16) SUBALIGN(4) ONLY_IF_RO { } >fast AT>rom :one :two =0x1234
          .b start (INFO) : ALIGN_WITH_INPUT { }
          .c (COPY) : { } = 0x12 + 1
          .d (. + 4) : { *(.x) }
        }""")
    a, b, c, d = plan.output_sections()
    assert (repr(a.address), a.type, repr(a.lma), repr(a.align), repr(a.subalign)) == ("0x1000", "NOLOAD", "(2 + 3)", "16", "4")
    assert (a.constraint, a.region, a.lma_region, a.phdrs, a.fill) == ("ONLY_IF_RO", "fast", "rom", ["one", "two"], b"\x12\x34")
    assert (repr(b.address), b.type, b.align_with_input) == ("start", "INFO", True)
    assert (c.address, c.type, repr(c.fill)) == (None, "COPY", "(18 + 1)")
    assert repr(d.address) == "(. + 4)"
    assert plan.regions[0].attributes + "!" + plan.regions[0].excluded == "rx!w"
    assert plan.regions[1].names == ["fast"]


def test_commands_beside_sections() -> None:
    plan = parse_script("t.ld", """
        ENTRY(start) OUTPUT(x) TARGET(elf64-x86-64) OUTPUT_FORMAT(elf64-x86-64) OUTPUT_ARCH(i386:x86-64) SEARCH_DIR("=/lib");
        INPUT(a.o, -lc AS_NEEDED(libm.so)) GROUP(b.a c.a) STARTUP(crt0.o) EXTERN(u v) NOCROSSREFS(.a .b) FORCE_COMMON_ALLOCATION
        SECTIONS { .x : { *(.x) } } INSERT AFTER .data; INCLUDE more.ld
        """, lambda name: (name, "z = 3;") if name == "more.ld" else None)
    assert (plan.entry, plan.output, plan.target, plan.output_format) == ("start", "x", "elf64-x86-64", ("elf64-x86-64",))
    assert [(one.name, one.as_needed, one.group) for one in plan.inputs] == [
        ("a.o", False, False), ("-lc", False, False), ("libm.so", True, False), ("b.a", False, True), ("c.a", False, True)]
    assert (plan.search_dirs, plan.startup, plan.extern, plan.no_cross_refs) == (["=/lib"], "crt0.o", ["u", "v"], [[".a", ".b"]])
    assert (plan.inserts[0].where, plan.inserts[0].before, len(plan.inserts[0].statements)) == (".data", False, 1)
    assert [one.name for one in plan.statements if isinstance(one, Assign)] == ["z"]


@pytest.mark.parametrize(("text", "place", "words"), [
    ("SECTIONS { .text : { *(.text) }", "t.ld:1:32", "end of the file"),
    ("SECTIONS { .text { *(.text) } }", "t.ld:1:18", "expected an expression"),
    ("SECTIONS { x = 1 }", "t.ld:1:17", "expected `;` behind the assignment"),
    ("SECTIONS {\n .text : { *(.text) } >flsh }\nMEMORY { flash : ORIGIN = 0, LENGTH = 1 }", "t.ld:2:2", "do you mean flash"),
    ("SECTION { }", "t.ld:1:1", "do you mean SECTIONS"),
    ("PHDRS { a PT_LAOD; }", "t.ld:1:11", "do you mean PT_LOAD"),
    ("PHDRS { a PT_LOAD; } SECTIONS { .a : { } :b }", "t.ld:1:33", "program header b"),
    ("x = ALLIGN(4);", "t.ld:1:5", "do you mean ALIGN"),
    ("x = MAX(4);", "t.ld:1:5", "takes 2 arguments"),
    ("SECTIONS { .a : ALIGNED(4) { } }", "t.ld:1:17", "unknown section attribute"),
    ("SECTIONS { .a : { *(SORT_BY_NAME(SORT_BY_INIT_PRIORITY(.x))) } }", "t.ld:1:34", "cannot be combined"),
    ("INCLUDE nix.ld", "t.ld:1:9", "cannot find"),
    ("MEMORY { a : ORIGIN = 1, SIZE = 2 }", "t.ld:1:26", "expected `LENGTH`"),
    ("MEMORY { a (q) : ORIGIN = 1, LENGTH = 2 }", "t.ld:1:13", "unknown attribute"),
    ("INPUT(AS_NEEDED(AS_NEEDED(a)))", "t.ld:1:17", "nested"),
    ("/* no end", "t.ld:1:1", "no end"),
    ('ENTRY("start)', "t.ld:1:7", "no end"),
    ("OVERLAY { }", "t.ld:1:1", "belongs into SECTIONS"),
])
def test_errors_have_a_place(text: str, place: str, words: str) -> None:
    with pytest.raises(LinkError) as caught:
        parse_script("t.ld", text)
    assert place + ": error" in str(caught.value)
    assert words in str(caught.value)
    assert "^" in str(caught.value)


def test_all_errors_are_reported() -> None:
    with pytest.raises(LinkError) as caught:
        parse_script("t.ld", "x = ;\nSECTIONS {\n y = 1 +;\n .a : { z = (; }\n w = 3;\n}\nENTRI(a);\n")
    assert [text.split(": ")[0] for text in caught.value.problems] == ["t.ld:1:5", "t.ld:3:9", "t.ld:4:14", "t.ld:7:1"]


def test_include_of_itself_ends() -> None:
    with pytest.raises(LinkError, match="nested more than 10"):
        parse_script("t.ld", "INCLUDE a", lambda name: (name, "INCLUDE a"))
