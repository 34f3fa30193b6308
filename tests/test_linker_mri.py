"""Command files of MRI's linkers mean what they mean to GNU ld."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from linker_bench import Bench, bench

__all__ = ["bench"]

FIRST = ".globl _start\n_start: ret\n.data\n.globl d\nd: .long 1\n.section .mytext,\"ax\"\n.globl m\nm: nop\n" \
    ".section .extra,\"aw\"\n.long 3\n.section .note.GNU-stack,\"\",@progbits\n"
SECOND = ".text\n nop\n nop\n.data\n .long 2\n.section .note.GNU-stack,\"\",@progbits\n"


def layout(bench: Bench, name: str) -> list[tuple[str, ...]]:
    sections = re.findall(r"\] (\S+) +PROGBITS +([0-9a-f]{16}) \S+ ([0-9a-f]{6})", bench.readelf("S", name))
    symbols = re.findall(r"([0-9a-f]{16}) .* ([a-z_]+)$", bench.readelf("s", name), re.M)
    return [*sections, *sorted(symbols)]


@pytest.mark.parametrize("text", [
    "* comment\nLOAD a.o,b.o\nNAME out\nPUBLIC foo=0x1234\nend\n",
    "load a.o,b.o\nname out\nsect .text=0x20000\nalias .text,.mytext\nalign .data=0x100\n",
    "LOAD a.o,b.o\nNAME out\nSECT .text,0x20000\nABSOLUTE .data,.text\n",
    "LOAD a.o,b.o\nNAME out\nSECT .text 0x20000\nORDER .data,.extra\nALIGNMOD .data=0x40\nALIGN .extra=0x1000\nBASE 0x5000\n",
    "LOAD a.o,b.o\nNAME out\nSECT .text=$20000\nPUBLIC x=0x44\nEXTERN q\nPUBLIC q 7\n",
    "LOAD a.o\nNAME out\n* c\n; d\n  LOAD b.o ; behind\nCHIP 68000,8\n",
], ids=range(6))
def test_as_gnu_ld(bench: Bench, text: str) -> None:
    bench.asm("a", FIRST)
    bench.asm("b", SECOND)
    bench.write("commands", text)
    assert bench.gnu("-c", "commands").code == 0
    theirs = layout(bench, "out")
    Path("out").unlink()
    bench.good("-c", "commands", "--no-warn-rwx-segments")
    assert layout(bench, "out") == theirs and len(theirs) > 5
    Path("out").unlink()
    bench.good("--mri-script=commands", "--no-warn-rwx-segments")
    assert layout(bench, "out") == theirs


@pytest.mark.parametrize(("text", "problem"), [
    ("LOAD a.o\nFOO 1\n", "commands:2: unknown command FOO"), ("LOAD\n", "commands:1: LOAD needs something"),
    ("FORMAT S\n", "format S"), ("PUBLIC x=d+\n", "error"),
    ("SECT .text\n", "commands:1: expected a name"), ("LOAD missing.o\n", "cannot open missing.o"), ("PUBLIC x=(\n", "error"),
    ("SCRIPT 1\n", "unknown command SCRIPT"), ("FOO\n", "unknown command FOO"),
])
def test_mistakes(bench: Bench, text: str, problem: str) -> None:
    bench.asm("a", FIRST)
    bench.write("commands", text)
    assert problem in bench.bad("-c", "commands")
    assert "No such file" in bench.bad("-c", "none", "a.o")


def test_lists_and_starts(bench: Bench) -> None:
    bench.asm("a", FIRST)
    bench.write("commands", "LIST\nSTART m\nLOAD a.o\nNAME out\nSECT .text=0x1000\nSECT .mytext=1F00h\n")
    assert ".mytext" in bench.good("-c", "commands", "--no-warn-rwx-segments")
    assert "Entry point address:               0x1f00" in bench.readelf("h", "out")
