"""Layouts: for every script the addresses, sizes, load addresses and symbols are those GNU ld computes from the same objects."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import pytest
from script_samples import build, by_ld, by_us

from starklink.linker.script.assign import assign
from starklink.linker.script.match import match
from starklink.linker.script.parser import parse_script
from starklink.linker.script.table import Sections

SCRIPTS = {
    "plain": "SECTIONS { . = 0x10000; .text : { *(.text) } . = 0x800000; .data : { *(.data) } .bss : { *(.bss) } }",
    "globs and symbols": """
        ENTRY(_start)
        SECTIONS {
          . = 0x100000 + SIZEOF_HEADERS;
          __start = .;
          .text ALIGN(0x1000) : { _stext = .;
            KEEP(*(.multiboot)) *(.text.hot .text.cold) *(.text .text.*) . = ALIGN(16); _etext = .; }
          .rodata : ALIGN(64) { *(.rodata .rodata.* .sorted.*) }
          PROVIDE(etext = _etext); PROVIDE(wanted = ADDR(.rodata) + 8);
          .init : { PROVIDE_HIDDEN(__ia = .); KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*) SORT_BY_INIT_PRIORITY(.ctors.*)))
                    KEEP(*(.init_array .ctors)) __ie = .; }
          .tdata : { *(.tdata) } .tbss : { *(.tbss) }
          . = ALIGN(CONSTANT(MAXPAGESIZE));
          .data : { *(.data .data.*) edata = .; LONG(0x12345678) BYTE(1) QUAD(_etext - _stext) }
          .bss (NOLOAD) : { *(.bss) *(COMMON) . = ALIGN(32); }
          _end = .; size = _end - __start; abs = ABSOLUTE(.); rel = . + 4;
          /DISCARD/ : { *(.comment2) *(.note*) }
        }""",
    "orphans behind assignments": """
        SECTIONS { . = 0x400000; .text : { *(.text) } _etext = .; . = ALIGN(0x1000); .rodata : { *(.rodata) } _er = .;
          . = ALIGN(0x2000); .data : { *(.data) } _edata = .; .bss : { *(.bss) } _end = .; . = . + 16; last = .; }""",
    "only orphans": "SECTIONS { . = 0x300000; }",
    "orphans without anything": "SECTIONS { }",
    "orphans and one section": "SECTIONS { .extra : { *(.extra_rw) } after = .; }",
    "flash and ram": """
        MEMORY { FLASH (rx) : ORIGIN = 0x8000000, LENGTH = 256K  RAM (rwx) : ORIGIN = 0x20000000, LENGTH = 64K }
        _stack = ORIGIN(RAM) + LENGTH(RAM);
        SECTIONS {
          .vectors : { KEEP(*(.multiboot)) . = ALIGN(64); } >FLASH
          .text : { *(.text*) *(.rodata*) _etext = .; } >FLASH
          .data : { _sdata = .; *(.data*) . = ALIGN(4); _edata = .; } >RAM AT>FLASH
          _sidata = LOADADDR(.data);
          .bss : { _sbss = .; *(.bss*) *(COMMON) . = ALIGN(4); _ebss = .; } >RAM
          .heap (NOLOAD) : { . = ALIGN(8); end = .; . += 0x400; . = ALIGN(8); } >RAM
        }""",
    "regions by attribute": """
        MEMORY { rom (rx!w) : o = 0x1000, l = 64K  ram (w!x) : o = 0x100000, l = 64K }
        SECTIONS { .text : { *(.text*) } .data : { *(.data*) } .rodata : { *(.rodata*) } .bss : { *(.bss) } }""",
    "align with input": """
        MEMORY { rom : o = 0x1003, l = 64K  ram : o = 0x100001, l = 64K }
        SECTIONS { .text : { *(.text*) } >rom .data : ALIGN_WITH_INPUT { *(.data*) } >ram AT>rom
          .more : ALIGN(32) { *(.extra_rw) } >ram AT>rom .rodata : ALIGN_WITH_INPUT { *(.rodata*) } >ram AT>rom
          .rest : { *(.init_array* .ctors* .sorted* .multiboot .extra* .tdata .tbss .bss .note*) } >ram AT>rom }""",
    "higher half": """
        ENTRY(_start) KERNEL = 0xffffffff80000000;
        SECTIONS { . = 1M; .boot : { *(.multiboot) } . += KERNEL;
          .text ALIGN(4K) : AT(ADDR(.text) - KERNEL) { *(.text*) }
          .rodata ALIGN(4K) : AT(ADDR(.rodata) - KERNEL) { *(.rodata*) }
          .data ALIGN(4K) : AT(ADDR(.data) - KERNEL) { *(.data*) }
          .bss ALIGN(4K) : AT(ADDR(.bss) - KERNEL) { *(.bss) }
          end = .; phys_end = . - KERNEL; }""",
    "load address follows": """
        SECTIONS { . = 0x80100000; .text : AT(0x100000) { *(.text*) } .rodata : { *(.rodata*) } . = ALIGN(0x1000);
          .data : { *(.data*) } .bss : { *(.bss) } lma = LOADADDR(.data); lb = LOADADDR(.text); }""",
    "numbers inside sections": """
        x = 0x10; SECTIONS { . = 0x1000; .text : { a = 5; b = . + 4; c = x + 1; d = ADDR(.text); e = SIZEOF(.text); *(.text)
          . = 0x40; f = ABSOLUTE(.); g = . - ADDR(.text); h = c; }
          i = a; j = b + b; k = SIZEOF(.text) * 2; ll = ADDR(.text) + 1; m = -1; n = ~ a; oo = !a; p = a == b;
            q = 7 % 4; r = -7 / 2;
          s = DEFINED(_start) ? 1 : 2; t = DEFINED(nix) ? 1 : 2; u = MAX(a, ll); v = MIN(3, 2);
            w = LOG2CEIL(100); y = NEXT(0x100);
          z = ALIGN(_start + 1, 0x100); aa = 1 << 4 | 3; bb = (1 ? 2 : 3) * 3; x += 4; x <<= 1; cc = ALIGNOF(.text); }""",
    "subalign and fill": """
        SECTIONS { . = 0x1001; .text : SUBALIGN(64) { *(.text*) FILL(0x90) . = ALIGN(128); } =0xcc
          .data 0x3003 : SUBALIGN(1) { *(.data*) } .rodata 0x5005 : { *(.rodata*) }
            .x ALIGN(256) : ALIGN(8) { *(.sorted*) } }""",
    "sorts": """
        SECTIONS { . = 0x1000; .s : { *(SORT(.sorted.*)) a = .; *(SORT_BY_ALIGNMENT(.text.*)) b = .; *(.text SORT(.extra*)) }
          .t : { *(SORT_BY_ALIGNMENT(SORT_BY_NAME(.data*))) } .u : { *(SORT_BY_NAME(SORT_BY_ALIGNMENT(.rodata*))) }
          .v : { *(SORT_NONE(.init_array*)) } }""",
    "files": """
        SECTIONS { . = 0x1000; .t1 : { *b.o(.text) } .t2 : { *(EXCLUDE_FILE(*c.o) .text .text.hot) } .t3 : { ?.o(.text*) x = .; }
          .d1 : { EXCLUDE_FILE(a.*) *(.data) } .d2 : { [ab].o(.data) *o(.data.rel) } .all : { [c]* } }""",
    "flags": """
        SECTIONS { . = 0x1000;
            .x : { INPUT_SECTION_FLAGS(SHF_EXECINSTR) *(*) } .w : { INPUT_SECTION_FLAGS(SHF_WRITE & !SHF_TLS) *(.[di]*) }
          .r : { INPUT_SECTION_FLAGS(SHF_ALLOC & !SHF_WRITE) *(*) } }""",
    "overlay": """
        SECTIONS { . = 0x2000; .text : { *(.text*) }
          OVERLAY 0x100000 : AT(0x4000) { .o1 { *(.rodata) } .o2 { *(.sorted*) BYTE(3) } .o3 { *(.extra_ro) } }
          after = .; .data : { *(.data*) } /DISCARD/ : { *(.note*) } st = __load_start_o2; en = __load_stop_o3; }""",
    "only if": """
        SECTIONS { . = 0x1000; .rodata : ONLY_IF_RO { *(.rodata* .data.rel) } .rodata : ONLY_IF_RW { *(.rodata* .data.rel) }
          .t : ONLY_IF_RO { *(.text*) } .t : ONLY_IF_RW { *(.text*) } }""",
    "kept and empty": """
        SECTIONS { . = 0x1000; .e1 : { *(.nix) } .e2 : { *(.nix) x2 = .; } .e3 : { . = .;
            } .e4 : { . = ALIGN(16); } .text : { *(.text) }
          .e5 0x9000 : { *(.nix) } .e6 : { . = . + 0; } .e7 : { KEEP(*(.nix)) z = .;
            } .data : { *(.data) } s = SIZEOF(.e1); }""",
    "data segment": """
        SECTIONS { . = 0x400000 + SIZEOF_HEADERS; .text : { *(.text*) *(.rodata*) }
          . = DATA_SEGMENT_ALIGN(CONSTANT(MAXPAGESIZE), CONSTANT(COMMONPAGESIZE));
          .tdata : { *(.tdata) } .tbss : { *(.tbss) } .init_array : { *(.init_array*) }
          . = DATA_SEGMENT_RELRO_END(8, .); .got : { QUAD(1) QUAD(2) } .data : { *(.data*) } .bss : { *(.bss) }
          . = DATA_SEGMENT_END(.); _end = .; }""",
    "data segment without relro": """
        SECTIONS { . = SEGMENT_START("text-segment", 0x400000) + SIZEOF_HEADERS; .text : { *(.text*) *(.rodata*) . += 0xf00; }
          . = DATA_SEGMENT_ALIGN(0x1000, 0x1000);
            .data : { *(.data*) } .bss : { *(.bss) } . = DATA_SEGMENT_END(.); _end = .; }""",
    "several of a name": """
        SECTIONS { . = 0x1000; .text : { *(.text) } .data : { *(.data) } .more : { *(.text.hot) }
          .text.z : { *(.text*) } /DISCARD/ : { *(.extra*) *(.note*) *(.comment2) *(.debug*) } .rest : { *(*) } }""",
    "backwards": "SECTIONS { . = 0x8000; .text : { *(.text*) } . = 0x1000; .data : { *(.data*) } "
                 ".bss : { *(.bss) } _end = .; }",
    "absolute and relative sums": """
        base = 0x100; SECTIONS { . = 0x2000; .text : { *(.text*) } a = helper - _start; b = helper + 4;
            c = _start + helper; d = helper & ~0xff;
          .data : { *(.data*) e = helper - data_word; f = data_word - ADDR(.data); . = 0x100 + base; } g = . - f; }""",
    "loaded notes first": "SECTIONS { . = 0x1000; "
                          ".interp : { *(.multiboot) } .text : { *(.text*) } .rodata : { *(.rodata*) } }",
    "xv6": """
        OUTPUT_FORMAT("elf64-x86-64") OUTPUT_ARCH(i386:x86-64) ENTRY(_start)
        SECTIONS { . = 0x80100000; .text : AT(0x100000) { *(.text .stub .text.* .gnu.linkonce.t.*) } PROVIDE(etext = .);
          .rodata : { *(.rodata .rodata.* .gnu.linkonce.r.*) }
          .stab : { PROVIDE(__STAB_BEGIN__ = .); *(.stab); PROVIDE(__STAB_END__ = .); }
          . = ALIGN(0x1000); PROVIDE(data = .); .data : { *(.data) } PROVIDE(edata = .); .bss : { *(.bss) } PROVIDE(end = .);
          /DISCARD/ : { *(.eh_frame .note.GNU-stack) } }""",
    "boot sector": """
        ENTRY(_start) SECTIONS { . = 0x7c00; .boot : { *(.text) . = 510 - 0; SHORT(0xaa55) }
          .rest 0x100000 : AT(0x17e00) { *(.text.* .rodata* .data*) } .bss : { *(.bss) } }""",
}


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return build(tmp_path_factory.mktemp("layout"))


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_layout_is_that_of_ld(objects: list[Path], script: str) -> None:
    expected, headers = by_ld(objects[0].parent, objects, script)
    got, placed, _ = by_us(objects, script, headers)
    assert placed.problems == []
    assert got.sections == expected.sections
    symbols = {name: value for name, value in expected.symbols.items() if not name.startswith(("__start_", "__stop_"))}
    assert got.symbols == symbols


@pytest.mark.parametrize(("script", "words"), [
    ("MEMORY { rom : ORIGIN = 0x1000, LENGTH = 64 } SECTIONS { .text : { *(.text) . += 60; } >rom .rest : { *(*) } >rom }",
     "section .text does not fit into the region rom, which ends at 0x1040: the region overflows by"),
    ("SECTIONS { .a 0x1000 : { *(.text) . = 64; } .b 0x1020 : { *(.data) } .c 0x9000 : { *(*) } }",
     "the section .b (load address 0x1020 to 0x1038) overlaps .a (0x1000 to 0x1040) by 24 bytes"),
    ('SECTIONS { .a : { *(*) } ASSERT(SIZEOF(.a) < 8, "it is too big") }', "it is too big"),
    ("SECTIONS { .a : { *(*) } x = nix + 1; }", "undefined symbol `nix` in the value of x"),
    ("SECTIONS { .a : { *(*) } x = ADDR(.nix); }", "undefined section `.nix`"),
    ("SECTIONS { .a : { . = 64; *(*) . = 8; } }", "cannot move the location counter backwards"),
    ("SECTIONS { .a : { *(*) } x = 1 / 0; }", "division by zero"),
    ("SECTIONS { .a y : { *(*) } y = ADDR(.a) + 16; }", "does not settle"),
    ("MEMORY { ram (w) : ORIGIN = 0x1000, LENGTH = 64K } SECTIONS { .a : { *(.text) } .b : { *(*) } }",
     "no memory region specified for the loadable section .a"),
    ("SECTIONS { .a : { *(*) } } INSERT AFTER .nix;", "there is no such output section"),
    ("x = ORIGIN(nix); SECTIONS { .a : { *(*) } }", "undefined memory region `nix`"),
    ("PHDRS { a PT_LOAD; } SECTIONS { .a : { *(*) } }", "no section is assigned to any of the program headers"),
])
def test_what_is_wrong_is_said(objects: list[Path], script: str, words: str) -> None:
    _, placed, _ = by_us(objects, script)
    assert any(words in problem for problem in placed.problems), placed.problems


def test_region_usage(objects: list[Path]) -> None:
    """The bytes used are those of --print-memory-usage of GNU ld."""
    script = SCRIPTS["flash and ram"]
    (objects[0].parent / "u.ld").write_text(script)
    done = subprocess.run(["ld", "-T", "u.ld", "--print-memory-usage", "--unresolved-symbols=ignore-all", "-o", "u",
                           *[path.name for path in objects]], cwd=objects[0].parent, capture_output=True, text=True, check=True)
    expected = dict(re.findall(r"(\w+): +(\d+) B ", done.stdout))
    _, placed, _ = by_us(objects, script)
    assert {one.name: str(one.used) for one in placed.usage} == expected


def test_sorting_of_sections_by_option(objects: list[Path]) -> None:
    script = "SECTIONS { . = 0x1000; .s : { *(.sorted.*) } .t : { *(.text*) } .u : { *(SORT(.data*)) } }"
    for key in ("name", "alignment"):
        expected, _ = by_ld(objects[0].parent, objects, script, f"--sort-section={key}")
        got, _, _ = by_us(objects, script, sort_section=key)
        assert got == expected


def test_address_options(objects: list[Path]) -> None:
    script = "SECTIONS { . = 0x1000; .text : { *(.text*) } .data : { *(.data*) } .bss : { *(.bss) } }"
    expected, _ = by_ld(objects[0].parent, objects, script, "-Tdata=0x9004", "-Tbss=0xa000")
    got, _, _ = by_us(objects, script, starts={".data": 0x9004, ".bss": 0xA000})
    assert got == expected


def test_program_headers_of_scripts(objects: list[Path]) -> None:
    """Sections go where the one before them does; :NONE ends that."""
    _, placed, _ = by_us(objects, """
        PHDRS { text PT_LOAD FILEHDR PHDRS FLAGS(5); data PT_LOAD AT(0x5000); note PT_NOTE; tls 7; }
        SECTIONS { . = 0x1000; .text : { *(.text*) } :text .rodata : { *(.rodata*) } .note : { *(.note*) } :text :note
          .tdata : { *(.tdata) } :data :tls .tbss : { *(.tbss) } .data : { *(.data*) } :data .bss : { *(.bss) } :NONE
          /DISCARD/ : { *(*) } }""")
    assert placed.segments is not None
    assert [(one.name, one.type, one.flags, one.at, [out.name for out in one.outputs]) for one in placed.segments] == [
        ("text", 1, 5, None, [".text", ".rodata", ".note"]), ("data", 1, None, 0x5000, [".tdata", ".tbss", ".data"]),
        ("note", 4, None, None, [".note"]), ("tls", 7, None, None, [".tdata", ".tbss"])]


def test_many_sections_are_fast() -> None:
    table = Sections()
    for number in range(30_000):
        table.add(f".text.f{number}", f"{number % 100}.o", 1, 6, 33, 16)
        table.add(f".odd{number}" if number % 10 == 0 else ".data.x", f"{number % 100}.o", 1, 3, 5, 4)
    plan = parse_script("t.ld", "SECTIONS { . = 0x1000; .text : { KEEP(*(.init)) *(.text.hot.*) *(.text .text.*) } "
                                ".data : { *(.data*) } }")
    start = time.process_time()
    matched = match(plan, table)
    placed = assign(plan, matched, table.size, table.align)
    assert time.process_time() - start < 3
    assert placed.outputs[0].size == 30_000 * 48 - 15
    assert len(placed.outputs) == 3_002
