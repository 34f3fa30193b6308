"""32-bit links (-m elf_i386): what the acceptance jobs ending in -m32 do not look at. GNU ld's output is the measure."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from linker_bench import Bench, bench

__all__ = ["bench"]
STACK = '\n.section .note.GNU-stack,"",@progbits\n'
EXIT = "mov $1, %eax\nint $0x80\n"
THROUGH_GOT = """
.globl _start
_start: call here
here: pop %ebx
  add $_GLOBAL_OFFSET_TABLE_+(.-here), %ebx
  mov number@GOT(%ebx), %ecx
  mov (%ecx), %edi
  call *add_two@GOT(%ebx)
  mov number@GOT(%ebx), %edx
  add (%edx), %edi
  mov other@GOT(%ebx), %esi
  add (%esi), %edi
  push $after
  jmp *add_two@GOT(%ebx)
after: cmpl $number, number@GOT(%ebx)
  jne wrong
  mov %edi, %ebx
wrong: EXIT
.globl add_two
add_two: add $2, %edi
  ret
.data
.globl number
number: .long 17
.globl other
other: .long 4
""".replace("EXIT", EXIT) + STACK
PART = """
#include <stdio.h>
static int local[4] = {1, 2, 3, 4}; int shared = 5; extern int theirs; static const char *const words[] = {"one", "two"};
_Thread_local int own = 3;
int mine(int at) { static int calls; calls++; return local[at] + shared + theirs + own + words[1][0] + calls; }
"""
MAIN = """
#include <stdio.h>
int theirs = 7; extern int shared, mine(int); static int (*pointer)(int) = mine; extern _Thread_local int own;
int main(void) { shared++; own++; printf("%d %d\\n", mine(2), pointer(3)); return 0; }
"""


def small(bench: Bench, name: str, text: str, *flags: str) -> str:
    """Assemble for i386."""
    subprocess.run(["as", "--32", *flags, "-o", f"{name}.o", "-"], input=text, text=True, check=True, cwd=bench.folder)
    return f"{name}.o"


@pytest.mark.parametrize("flags", [(), ("--no-relax",)])
def test_accesses_through_the_got(bench: Bench, flags: tuple[str, ...]) -> None:
    """mov, call and jmp with symbol@GOT become direct ones (i386 psABI, R_386_GOT32X); what cannot, keeps its entry."""
    main = small(bench, "main", THROUGH_GOT, "-mrelax-relocations=yes")
    bench.good("-m", "elf_i386", main, *flags)
    assert bench.run().code == 17 + 2 + 17 + 4 + 2
    text = subprocess.run(["objdump", "-d", "a.out"], capture_output=True, text=True, check=True).stdout
    assert len(re.findall(r"\blea +-?0x\w+\(%ebx\)", text)) == (0 if flags else 3)
    assert [bool(re.search(rf"{word} +\w+ <add_two>", text)) for word in ("call", "jmp")] == [not flags] * 2
    got = re.search(r"\.got +PROGBITS +\w+ \w+ (\w+)", bench.readelf("S"))
    assert got is not None and int(got[1], 16) == (12 if flags else 4)


@pytest.mark.parametrize("pic", ["-fno-pic", "-fPIC"])
def test_relocatable_output_keeps_addends_in_place(bench: Bench, pic: str) -> None:
    parts = [bench.cc("part", PART, "-m32", "-O1", pic, "-g"), bench.cc("main", MAIN, "-m32", "-O1", pic, "-g")]
    kinds = []
    for linker in (bench.good, bench.gnu):
        name = f"{linker.__name__}.o"
        linker("-m", "elf_i386", "-r", *parts, "-o", name)
        subprocess.run(["gcc", "-m32", "-fuse-ld=bfd", "-no-pie", name, "-o", "whole"], check=True)
        assert bench.run("whole").text == "138 138\n"
        kinds.append(Counter(re.findall(r"R_386_\w+", bench.readelf("r", name))))
    assert kinds[0] == kinds[1] and "R_386_32" in kinds[0]
    said = subprocess.run(["eu-elflint", "--gnu-ld", "good.o"], capture_output=True, text=True, check=False).stdout
    assert said == "No errors\n" or pic == "-fPIC"      # a frame of the second copy of a group has R_386_NONE, as GNU ld's


def test_kept_relocations(bench: Bench) -> None:
    """--emit-relocs of i386: REL tables at the places of GNU ld's, kinds and symbols as in the inputs."""
    parts = [bench.cc("part", PART, "-m32", "-O1", "-fno-pic"), bench.cc("main", MAIN, "-m32", "-O1", "-fno-pic")]
    bench.gcc("-m32", "-no-pie", *parts, "-Wl,-q", "-o", "ours")
    subprocess.run(["gcc", "-m32", "-fuse-ld=bfd", "-no-pie", *parts, "-Wl,-q", "-o", "theirs"], check=True)
    assert bench.run("ours").text == bench.run("theirs").text == "138 138\n"
    rows = []
    for name in ("ours", "theirs"):
        text = bench.readelf("r", name).split("'.rel.text'")[1].split("Relocation section")[0]
        # Where an instruction was relaxed, GNU ld names the kind it has now.
        rows.append(Counter(row for row in re.findall(r"(R_386_\w+) +\w+ +(\S+)", text) if row[1] != "main"))
    assert rows[0] == rows[1] and sum(rows[0].values()) > 10


def test_what_32_bit_code_cannot_do(bench: Bench) -> None:
    bench.cc("lib", "int there = 1; int call(void) { return 2; }", "-m32", "-shared", "-fPIC")
    direct = small(bench, "direct", ".globl _start\n_start: call call\n.data\n.long call\n" + STACK)
    bench.good("-m", "elf_i386", direct, "lib.so")
    text = bench.bad("-m", "elf_i386", "-pie", direct, "lib.so")
    assert "direct.o:(.text+0x1): R_386_PC32 against call cannot be used in a PIE" in text and "-fPI" in text
    local = small(bench, "local", ".globl f\nf: mov x@ntpoff, %eax\n.section .tbss,\"awT\",@nobits\nx: .long 0\n" + STACK)
    assert "R_386_TLS_LE against x cannot be used in a shared object" in bench.bad("-m", "elf_i386", "-shared", local)
    bare = small(bench, "bare", ".globl f\nf: mov x@GOT, %eax\n.data\n.globl x\nx: .long 0\n" + STACK)
    assert "R_386_GOT32X against x cannot be used in a PIE" in bench.bad("-m", "elf_i386", "-pie", bare)
    large = bench.cc("large", "int main(void) { return 0; }")
    assert "is a 64-bit object" in bench.bad("-m", "elf_i386", large)


def test_scripts_place_32_bit_tables(bench: Bench) -> None:
    """A script for i386 names .rel.dyn and .rel.plt; the program finds its library's function through them."""
    script = """SECTIONS { . = 0x8048000 + SIZEOF_HEADERS; .interp : { *(.interp) } .hash : { *(.hash) } .dynsym : { *(.dynsym) }
      .dynstr : { *(.dynstr) } .gnu.version : { *(.gnu.version*) } .rel.dyn : { *(.rel.dyn) } .rel.plt : { *(.rel.plt) }
      .plt : { *(.plt) } .text : { *(.text .text.*) } .rodata : { *(.rodata*) } .eh_frame : { *(.eh_frame) }
      . = ALIGN(0x1000); .dynamic : { *(.dynamic) } .got : { *(.got) *(.got.plt) } .data : { *(.data) } .bss : { *(.bss) } }"""
    bench.write("places.ld", script)
    main = small(bench, "main", ".globl _start\n_start: push $message\ncall puts\npush number\ncall exit\n.data\n.globl number\n"
                 'number: .long 5\nmessage: .asciz "there"\n' + STACK)
    bench.good("-m", "elf_i386", "-T", "places.ld", main, "-L/usr/lib32", "-l:libc.so.6", "--hash-style=sysv", "-dynamic-linker",
               "/lib/ld-linux.so.2")
    done = bench.run()
    assert (done.text, done.code) == ("there\n", 5)
    assert Path("a.out").read_bytes()[4] == 1


def test_real_mode_code_wraps_at_64_kib(bench: Bench) -> None:
    """A near jump reaches every address of a 16-bit segment; only what no two of them are apart is refused."""
    far = small(bench, "far", ".code16\n.globl _start\n_start: jmp there\n.section .there,\"ax\"\nthere: hlt\n.byte 0\n" + STACK)
    for start, there in (("0x9000", "0x500"), ("0x500", "0xf000")):
        words = ["-m", "elf_i386", far, f"-Ttext={start}", f"--section-start=.there={there}", "-N"]
        images = []
        for linker in (bench.good, bench.gnu):
            linker(*words)
            subprocess.run(["objcopy", "-O", "binary", "-j", ".text", "a.out", "text"], check=True)
            images.append(Path("text").read_bytes()[:3])
        assert images[0] == images[1]
    assert "R_386_PC16 out of range" in bench.bad("-m", "elf_i386", far, "-Ttext=0x500", "--section-start=.there=0x20000")


def test_a_shared_object_says_what_is_linked(bench: Bench) -> None:
    bench.cc("lib", "int there = 1;", "-m32", "-shared", "-fPIC", "-nostdlib")
    bench.good("lib.so", small(bench, "main", ".globl _start\n_start: nop\n" + STACK))
    assert Path("a.out").read_bytes()[4] == 1


def test_entry_addresses_wrap_around_at_4_gib(bench: Bench) -> None:
    main = small(bench, "main", ".globl _start\n_start: ret\n.globl far\nfar = _start + 0x7fffffff\n")
    for words in (["-e", "0x1fffffff0"], ["-Ttext=0x8050000", "--defsym=x=0xfffffff0+far", "-e", "x"]):
        bench.gnu("-m", "elf_i386", main, "-o", "theirs", *words)
        bench.good("-m", "elf_i386", main, "-o", "ours", *words)
        theirs, ours = [
            re.findall(r"Entry point address: +(\S+)", bench.readelf("h", name)) for name in ("theirs", "ours")
        ]
        assert len(theirs) == 1 and ours == theirs
