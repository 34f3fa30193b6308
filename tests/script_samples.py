"""Objects and scripts for the tests of the layout engine, and what GNU ld makes of them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from starklink.linker.script.assign import assign
from starklink.linker.script.match import Matched, match
from starklink.linker.script.parser import parse_script
from starklink.linker.script.placement import Placement
from starklink.linker.script.table import Sections
from starklink.objwriter.elf.reader import open_elf

SOURCES = {
    "a": """
        .section .multiboot,"a"; .long 0x1badb002, 0, -0x1badb002
        .text; .globl _start; _start: movabs $data_word, %rax; call helper; ret
        .section .text.hot,"ax"; .balign 32; hot: .skip 37
        .section .text.cold,"ax"; cold: .skip 5
        .data; .balign 8; .globl data_word; data_word: .quad 1; .byte 7
        .section .rodata,"a"; .balign 16; .quad 2, 3; .byte 1
        .bss; .balign 64; .globl big; big: .skip 100
        .section .init_array.00200,"aw",@init_array; .quad _start
        .section .init_array,"aw",@init_array; .quad hot
        .section .tdata,"awT"; .long 4
        .section .tbss,"awT",@nobits; .skip 12
        .section .data.rel,"aw"; .weak maybe; .quad maybe; .globl wanted; .quad wanted
    """,
    "b": """
        .text; .globl helper; helper: nop; nop; ret; .byte 1
        .section .text.unlikely,"ax"; .skip 11
        .data; .byte 1, 2, 3
        .section .data.rel,"aw"; .balign 16; .quad helper
        .section .rodata.x,"a"; .byte 5, 6
        .bss; .balign 4; .skip 10
        .section .init_array.00100,"aw",@init_array; .quad helper
        .section .ctors.65434,"aw"; .quad 9
        .section .extra_ro,"a"; .skip 20
        .section .extra_rw,"aw"; .skip 20
        .section .extra_x,"ax"; .skip 20
        .section .extra_bss,"aw",@nobits; .skip 24
        .section .note.test,"a",@note; .long 4, 0, 1; .asciz "abc"
        .section .comment2,""; .asciz "unloaded"
        .section .debug_x,""; .skip 9
    """,
    "c": """
        .text; .balign 2; .globl tail; tail: .skip 3
        .section .text.hot,"ax"; .balign 4; .skip 7
        .section .extra_ro,"a"; .balign 8; .skip 4
        .section .sorted.b,"a"; .balign 2; .skip 2
        .section .sorted.a,"a"; .balign 16; .skip 6
        .section .sorted.c,"a"; .balign 4; .skip 4
        .data; .balign 4; .globl table; table: .long 1, 2, 3
    """,
}


class Made(NamedTuple):
    """What a script did to the samples: section -> (address, size, load address), symbol -> value."""

    sections: dict[str, tuple[int, int, int]]
    symbols: dict[str, int]


def build(folder: Path) -> list[Path]:
    """Assemble the samples: a.o and b.o, and c.o in an archive that is linked whole."""
    for name, text in SOURCES.items():
        subprocess.run(["as", "-o", str(folder / f"{name}.o")], input=text, text=True, check=True)
    return [folder / f"{name}.o" for name in SOURCES]


def table_of(objects: list[Path]) -> tuple[Sections, dict[str, tuple[int, int]], set[str]]:
    """Input sections in link order, defined global symbols as (section id, value), and undefined names."""
    table = Sections()
    defined: dict[str, tuple[int, int]] = {}
    wanted: set[str] = set()
    for path in objects:
        elf = open_elf(path)
        ids: dict[int, int] = {}
        for section in elf.sections[1:]:
            if section.type in (1, 7, 8, 14, 15, 16):
                ids[id(section)] = table.add(section.name, path.name, section.type, section.flags, section.size, section.align)
        for symbol in elf.symbols():
            if symbol.binding and symbol.section in (0, None):
                wanted.add(symbol.name)
            elif symbol.binding and id(symbol.section) in ids:
                defined[symbol.name] = ids[id(symbol.section)], symbol.value
    return table, defined, wanted - set(defined)


def by_ld(folder: Path, objects: list[Path], script: str, *options: str) -> tuple[Made, int]:
    """Link with GNU ld; the size of its headers is the second result."""
    (folder / "t.ld").write_text(script)
    subprocess.run(["ld", "-T", "t.ld", "-o", "out", "--unresolved-symbols=ignore-all", "--no-warn-rwx-segments", "-Map", "map",
                    "--no-warn-mismatch", *options, *[path.name for path in objects]], cwd=folder, check=True, timeout=60)
    listing = (folder / "map").read_text().split("Linker script and memory map")[1]
    loads = {found[1]: int(found[2], 16) for found in
             re.finditer(r"^(\S+)\s+0x\w+\s+0x\w+ load address 0x(\w+)$", listing, re.MULTILINE)}
    elf = open_elf(folder / "out")
    sections = {section.name: (section.address, section.size, loads.get(section.name, section.address))
                for section in elf.sections[1:] if section.name not in (".symtab", ".strtab", ".shstrtab")}
    symbols = {symbol.name: symbol.value for symbol in elf.symbols() if symbol.binding and symbol.section not in (0, None)}
    return Made(sections, symbols), 64 + 56 * elf.phnum


def by_us(objects: list[Path], script: str, headers: int = 0, sort_section: str = "",
          starts: dict[str, int] | None = None) -> tuple[Made, Placement, Matched]:
    """The same through parser, match and assign."""
    table, defined, wanted = table_of(objects)
    plan = parse_script("t.ld", script)
    matched = match(plan, table, sort_section=sort_section)
    placed = assign(plan, matched, table.size, table.align, lookup=defined.get, referenced=lambda name: name in wanted,
                    headers=headers, starts=starts)
    sections = {out.name: (out.vma, out.size, out.lma) for out in placed.outputs}
    symbols = {name: one.value for name, one in placed.symbols.items()}
    for name, (section, value) in defined.items():
        home = placed.home[section]
        if home is not None and name not in symbols:
            symbols[name] = home.vma + placed.offset[section] + value
    return Made(sections, symbols), placed, matched
