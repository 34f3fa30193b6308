"""--gc-sections keeps what GNU ld keeps, marked section by section or by columns."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
from linker_bench import Bench, bench

from starklink.linker.elf import gc, gc_bulk, inputs, link

__all__ = ["bench"]


def drawn(seed: int, part: int, arrays: bool = True) -> str:
    """Functions and data in sections of their own, which refer to each other across two files."""
    draw = random.Random(2 * seed + part)
    count = 24
    text = [".globl _start\n.text\n_start: call p0f1\n" if part == 0 else "", ".section .note.GNU-stack,\"\",@progbits",
            ".weak __start_set0, __start_set1, __start_set2"]
    for n in range(count):
        name = f"p{part}f{n}"
        others = [f"p{draw.randrange(2)}f{draw.randrange(count)}" for _ in range(draw.choice((0, 0, 1, 1, 2)))]
        kind = draw.randrange(9)
        if kind == 0:           # found through __start_
            text.append(f".section set{n % 3},\"aw\"\n.globl {name}\n{name}: .quad 0")
        elif kind == 1:         # kept whatever refers to it
            text.append(f".section .text.{name},\"axR\"\n.globl {name}\n{name}: ret")
        elif kind == 2:         # lives with another one
            text.append(f".section .text.{name},\"ax\"\n.globl {name}\n{name}: ret\n"
                        f".section follow,\"ao\",@progbits,.text.{name}\nx{name}: .quad 0")
            text.append(f".globl y{name}\ny{name} = x{name}")
        elif kind == 3:         # a group
            text.append(f".section .text.{name},\"axG\",@progbits,g{name},comdat\n.globl {name}\n{name}: ret\n"
                        f".section .data.{name},\"awG\",@progbits,g{name},comdat\n.globl z{name}\nz{name}: .quad 0")
        elif kind == 4 and arrays:
            text.append(f".section .init_array.{n},\"aw\",@init_array\n.globl {name}\n{name}: .quad 0")
        else:
            kind = 5
            text.append(f".section .text.{name},\"ax\"\n.globl {name}\n{name}: .cfi_startproc\n ret")
            if draw.random() < 0.4:
                text.append(f" .cfi_personality 0x1b, p{draw.randrange(2)}f{draw.randrange(count)}\n"
                            f" .cfi_lsda 0x1b, p{draw.randrange(2)}f{draw.randrange(count)}")
        text += [f" .quad {other}" for other in others]
        if draw.random() < 0.2:
            text.append(f" .quad __start_set{draw.randrange(3)}")
        if kind > 4:
            text.append(" .cfi_endproc")
    text.append(".section .debug_info\n.quad " + f"p{part}f{draw.randrange(count)}")
    return "\n".join(text) + "\n"


def kept(bench: Bench, name: str) -> set[str]:
    return set(re.findall(r" (z?p\df\d+)$", bench.readelf("s", name), re.M))


SCRIPT = "ENTRY(_start) SECTIONS {{ . = 0x400000; .keep : {{ KEEP(*(.data.p0f{0})) KEEP(*1.o(.text.p1f{0})) }} " \
    ".text : {{ *(.text .text.*) }} .data : {{ *(.data .data.*) }} }}"


@pytest.mark.parametrize("seed", range(25))
def test_both_ways_keep_what_gnu_ld_keeps(bench: Bench, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["--gc-sections", *([], ["-u", "p1f3"], ["-pie", "-E"], ["-T", "script"], ["-z", "start-stop-gc"])[seed % 5]]
    # Tables of constructors are kept, as by lld, also where a script forgets to say so.
    objects = [bench.asm(f"{part}", drawn(seed, part, "-T" not in words)) for part in (0, 1)]
    Path("script").write_text(SCRIPT.format(seed % 24))
    bench.good("-o", "rows", *objects, *words)
    monkeypatch.setattr(link, "MANY", 0)
    monkeypatch.setattr(inputs, "LARGE", 0)
    calls = []
    mark = gc_bulk.mark_many

    def marked(*given: Any) -> Any:
        calls.append(mark(*given))
        return calls[-1]

    monkeypatch.setattr(gc_bulk, "mark_many", marked)
    bench.good("-o", "columns", *objects, *words)
    assert calls and calls[0] is not None
    assert Path("rows").read_bytes() == Path("columns").read_bytes()
    done = bench.gnu("-o", "theirs", *objects, *words)
    assert done.code == 0, done.text
    if "-z" not in words:       # where GNU ld keeps some more
        assert kept(bench, "rows") == kept(bench, "theirs")


def test_damaged_frames_are_left_to_the_other_way(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = bench.asm("a", ".globl _start\n_start: call f\n ret\n.section .text.g,\"ax\"\ng: ret\n"
                            ".section .text.f,\"ax\"\nf: ret\n"
                            ".section .eh_frame,\"a\"\n.long 12, 0, 1, 2\n.long 9999, 20\n.quad g, g\n")
    told = [bench.bad("--gc-sections", frames)]
    monkeypatch.setattr(link, "MANY", 0)
    told.append(bench.bad("--gc-sections", frames))
    assert told[0] == told[1] and "reaches beyond its section" in told[0]


def test_marks_are_the_same_for_sections_nothing_can_reach(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compared before anything is made of them: what is not loaded, and what has odd names."""
    objects = [bench.asm("a", ".globl _start\n_start: .weak __stop_été\n lea __stop_été(%rip), %rax\n"
                              ".section été,\"aw\"\n.quad 1\n"
                              ".section .init_arrayed,\"a\"\n.quad 2\n.section .ctors.5,\"aw\"\n.quad 3\n.section 1st,\"a\"\n"
                              ".quad __start_1st\n.section .jcr.,\"a\"\n.quad 4\n.section .note.x,\"a\",@note\n.long 0\n"
                              ".section .group.n,\"aG\",@note,x,comdat\n.long 0\n")]
    seen = []
    monkeypatch.setattr(link, "MANY", 0)
    mark = gc_bulk.mark_many

    def both(*given: Any) -> Any:
        seen.append((mark(*given), gc.mark(*given)))
        return seen[-1][0]

    monkeypatch.setattr(gc_bulk, "mark_many", both)
    bench.good("--gc-sections", *objects)
    columns, rows = seen[0]
    assert columns is not None and columns == rows and 4 < sum(rows[0]) < len(rows[0])


def test_members_that_are_not_loaded_in_a_section_that_is(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is relocated as its own flags ask for."""
    objects = [bench.asm("a", ".globl _start\n_start: ret\n.section .mixed,\"aw\"\n.quad _start, f\n"
                              ".section .text.f,\"ax\"\nf: ret\n"),
               bench.asm("b", ".section .mixed\n.quad _start, g, h\n.section .text.g,\"ax\"\ng: ret\n.globl h\nh: ret\n")]
    for words in (["-pie"], ["-pie", "--gc-sections", "-u", "_start"]):
        made = []
        for limit in (1 << 60, 0):
            monkeypatch.setattr(link, "MANY", limit)
            bench.good("-o", "out", *objects, *words)
            made.append(Path("out").read_bytes())
        assert made[0] == made[1]
