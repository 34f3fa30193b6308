"""Kernels with GNU-style linker scripts, and the same through the Python layout API, booted in qemu."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import script_kernels as k

import starklink
from starklink.linker.elf.options import InputSpec
from starklink.linker.errors import LinkError
from starklink.linker.memory import KiB, MemoryLayout, MiB
from starklink.linker.plan import addr, align, sizeof, symbol
from starklink.linker.script.evaluate import Values
from starklink.linker.script.table import SectionView
from starklink.objwriter.model import Fragment, ObjectModule

MULTIBOOT = """
OUTPUT_FORMAT("elf64-x86-64") ENTRY(_start)
SECTIONS {
  . = 1M; load_start = .;
  .text : { KEEP(*(.multiboot)) *(.text .text.*) }
  .rodata ALIGN(4K) : { *(.rodata*) }
  .data ALIGN(4K) : { *(.data*) }
  load_end = .;
  .bss ALIGN(64) : { bss_start = .; *(COMMON) *(.bss*) . = ALIGN(16); bss_end = .; . += 4K; stack_top = .; }
  /DISCARD/ : { *(.comment) *(.note*) *(.eh_frame) }
  ASSERT(ADDR(.text) + 8192 > load_start + SIZEOF(.text), "the header must lie in the first 8 KiB")
}
"""

HIGHER = """
ENTRY(start)
KERNEL = 0xffffffff80000000;
PHDRS { note PT_NOTE; boot PT_LOAD FLAGS(7); text PT_LOAD FLAGS(5); rodata PT_LOAD FLAGS(4); data PT_LOAD FLAGS(6); }
SECTIONS {
  . = 1M;
  .note : { KEEP(*(.note.Xen)) } :boot :note
  .boot : { *(.boot) } :boot
  .boot.bss : { *(.boot.bss) }
  . = 2M + KERNEL; kernel_start = .; phys_start = LOADADDR(.text);
  .text ALIGN(4K) : AT(ADDR(.text) - KERNEL) { *(.text .text.*) } :text
  .rodata ALIGN(4K) : AT(ADDR(.rodata) - KERNEL) { *(.rodata .rodata.*) } :rodata
  .eh_frame : AT(ADDR(.eh_frame) - KERNEL) { KEEP(*(.eh_frame)) }
  .data ALIGN(4K) : AT(ADDR(.data) - KERNEL) { *(.data .data.*) } :data
  .bss : AT(ADDR(.bss) - KERNEL) { bss_begin = .; *(.bss .bss.*) *(COMMON) bss_finish = .; }
  kernel_end = .;
  /DISCARD/ : { *(.note.gnu.property) *(.comment) }
}
"""

XV6 = """
OUTPUT_FORMAT("elf64-x86-64", "elf64-x86-64", "elf64-x86-64") OUTPUT_ARCH(i386:x86-64) ENTRY(_start)
_start = entry - 0x80000000;
SECTIONS {
  . = 0x80100000;
  .text : AT(0x100000) { *(.text .stub .text.* .gnu.linkonce.t.*) }
  PROVIDE(etext = .);
  .rodata : { *(.rodata .rodata.* .gnu.linkonce.r.*) *(.note.Xen) }
  . = ALIGN(0x1000);
  PROVIDE(data = .);
  .data : { *(.data) }
  PROVIDE(edata = .);
  .bss : { *(.bss) }
  PROVIDE(end = .);
  /DISCARD/ : { *(.eh_frame .note.GNU-stack) }
}
"""

SECTOR = """
OUTPUT_FORMAT(binary) ENTRY(start)
SECTIONS {
  .boot 0x7c00 : { *(.boot) . = 510; SHORT(0xaa55) }
  .stage2 0x10000 : AT(0x7e00) { *(.stage2) . = ALIGN(512); }
  sectors = SIZEOF(.stage2) / 512;
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("boot")


def multiboot_layout() -> MemoryLayout:
    mem = MemoryLayout(entry="_start")
    ram = mem.region("ram", at=1 * MiB, size=1 * MiB, access="rwx")
    mem.discard(".comment", ".note*", ".eh_frame")
    ram.symbol("load_start")
    ram.place(".multiboot", keep=True)
    ram.place(".text")
    ram.align(4 * KiB)
    ram.place(".rodata")
    ram.align(4 * KiB)
    ram.place(".data")
    ram.symbol("load_end")
    ram.align(64)
    ram.place(".bss", start="bss_start", end="bss_end")
    ram.align(16)
    mem.symbol("stack_top", align(addr(".bss") + sizeof(".bss") + 4 * KiB, 16))
    mem.check(lambda at: at.address(".multiboot") - at.symbol("load_start") < 8 * KiB, "the header must lie in the first 8 KiB")
    return mem


def higher_layout() -> MemoryLayout:
    kernel = 0xFFFFFFFF80000000
    mem = MemoryLayout(entry="start")
    mem.discard(".note.gnu.property", ".comment", ".eh_frame")
    low = mem.region("low", at=1 * MiB, size=1 * MiB, access="rwx")
    low.place(".note.Xen", keep=True)
    low.place(".boot", name=".boot")
    low.place(".boot.bss", noload=True)
    high = mem.region("high", at=kernel + 2 * MiB, size=2 * MiB, access="rwx", load=2 * MiB)
    mem.symbol("phys_start", 2 * MiB)
    high.symbol("kernel_start")
    high.place(lambda one: one.name.startswith(".text"), name=".text", order=lambda one: one.name)
    high.align(4 * KiB)
    high.place(".rodata*")
    high.align(4 * KiB)
    high.place(".data")
    high.place(".bss", start="bss_begin", end="bss_finish")
    high.symbol("kernel_end")
    mem.assert_(symbol("kernel_end") > symbol("kernel_start"), "the kernel is empty")
    return mem


def xv6_layout() -> MemoryLayout:
    mem = MemoryLayout(entry="_start")
    mem.symbol("_start", symbol("entry") - 0x80000000)
    ram = mem.region("kernel", at=0x80100000, size=4 * MiB, access="rwx", load=0x100000)
    ram.place(".text", end="etext")
    ram.place(".rodata", ".note.Xen")
    ram.align(4 * KiB)
    ram.place(".data", start="data", end="edata")
    ram.place(".bss", end="end")
    return mem


def sector_layout() -> MemoryLayout:
    mem = MemoryLayout(entry="start")
    boot = mem.region("boot", at=0x7C00, size=512, access="rx")
    boot.place(".boot")
    boot.pad_to(510)
    boot.data(b"\x55\xAA")
    stage = mem.region("stage", at=0x10000, size=0x8000, access="rx", load=0x7E00)
    stage.place(".stage2")
    stage.pad_to(1024)
    mem.symbol("sectors", sizeof(".stage2") // expression(512))
    return mem


def expression(value: int) -> int:
    return value


WAYS = ["script", "python"]


@pytest.mark.parametrize("way", WAYS)
def test_multiboot_kernel(folder: Path, way: str) -> None:
    objects = [k.assemble(folder, "multiboot", k.MULTIBOOT)]
    done = k.made(objects, script_text=MULTIBOOT) if way == "script" else k.made(objects, layout=multiboot_layout())
    done.write(folder / "multiboot.elf")
    assert k.boot("-kernel", str(folder / "multiboot.elf")) == (k.STATUS, "multiboot kernel\n")


@pytest.mark.parametrize("gc", [False, True], ids=["all", "gc"])
@pytest.mark.parametrize("way", WAYS)
def test_higher_half_kernel(folder: Path, way: str, gc: bool) -> None:
    """Loaded at 1 and 2 MiB by physical addresses, run at -2 GiB."""
    objects = [k.assemble(folder, "entry", k.HIGHER_ENTRY), k.compile_c(folder, "main", k.HIGHER_MAIN)]
    options = {"script_text": HIGHER} if way == "script" else {"layout": higher_layout()}
    done = k.made(objects, gc_sections=gc, **options)
    done.write(folder / "higher.elf")
    assert k.boot("-kernel", str(folder / "higher.elf")) == (k.STATUS, "higher half kernel\n")
    where = subprocess.run(["gdb", "-nx", "-batch", "-ex", "info line kmain", str(folder / "higher.elf")], capture_output=True,
                           text=True, check=True).stdout
    assert re.search(r'Line \d+ of "<stdin>" starts at address 0xffffffff802\w+ <kmain', where)


@pytest.mark.parametrize("way", WAYS)
def test_xv6_layout_with_an_embedded_file(folder: Path, way: str) -> None:
    """initcode is embedded by -b binary; the kernel runs at 0x80100000 and is loaded at 1 MiB."""
    objects = [k.assemble(folder, "xv6", k.XV6)]
    inputs = [InputSpec("file", str(objects[0])), InputSpec("bytes", "initcode", "binary", data=b"hello, init\n")]
    options = {"script_text": XV6} if way == "script" else {"layout": xv6_layout()}
    done = k.made(objects, inputs=inputs, **options)
    done.write(folder / "xv6.elf")
    assert k.boot("-kernel", str(folder / "xv6.elf")) == (k.STATUS, "hello, init\n")


@pytest.mark.parametrize("way", WAYS)
def test_boot_sector(folder: Path, way: str) -> None:
    """A flat image by load addresses: the second stage runs at 0x10000 and lies in the second sector."""
    objects = [k.assemble(folder, "sector", k.SECTOR)]
    done = k.made(objects, script_text=SECTOR) if way == "script" else k.made(objects, layout=sector_layout(), oformat="binary")
    image = bytes(done.bytes)
    assert (len(image), image[510:512]) == (512 + 1024, b"\x55\xaa")
    disk = folder / "disk.img"
    disk.write_bytes(image + bytes(1 << 20))
    assert k.boot("-drive", f"format=raw,file={disk}") == (k.STATUS, "second sector\n")


LINUX = """
ENTRY(phys_start) KERNEL = 0xffffffff80000000; jiffies = jiffies_64;
PHDRS { text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6); percpu PT_LOAD FLAGS(6); init PT_LOAD FLAGS(7); note PT_NOTE FLAGS(0); }
SECTIONS {
  . = (KERNEL + ALIGN(0x1000000, 0x200000));
  phys_start = ABSOLUTE(start_64 - KERNEL);
  .text : AT(ADDR(.text) - KERNEL) { _text = .; *(.head.text) . = ALIGN(8); *(.text .text.fixup)
    . = ALIGN((1 << 21)); _etext = .; } :text =0xcccccccc
  . = ALIGN(0x1000);
  __ex_table : AT(ADDR(__ex_table) - KERNEL) { . = ALIGN(4); __start___ex_table = .; KEEP(*(__ex_table)) __stop___ex_table = .; }
  .notes : AT(ADDR(.notes) - KERNEL) { KEEP(*(.note.*)) } :text :note
  .data : AT(ADDR(.data) - KERNEL) { *(.data) . = ALIGN(64); _edata = .; } :data
  . = ALIGN(0x1000);
  .data..percpu 0 : AT((ADDR(.data) + SIZEOF(.data) + 0xfff - KERNEL) & ~0xfff) { __per_cpu_start = .; *(.percpu) QUAD(1)
    __per_cpu_end = .; } :percpu
  . = LOADADDR(.data..percpu) + SIZEOF(.data..percpu) + KERNEL;
  . = ALIGN(0x1000);
  .init.text : AT(ADDR(.init.text) - KERNEL) { *(.init.text) } :init
  .bss : AT(ADDR(.bss) - KERNEL) { __bss_start = .; *(.bss) *(COMMON) . = ALIGN(0x1000); __bss_stop = .; }
  .brk : AT(ADDR(.brk) - KERNEL) { __brk_base = .; . += 0x10000; __brk_limit = .; }
  . = ALIGN(0x1000); _end = .;
}
. = ASSERT((_end - _text <= 512 * 1024 * 1024), "kernel image is too big");
"""

LINUX_OBJECT = """
        .section .head.text, "ax"
        .globl start_64, jiffies_64
    start_64: mov jiffies, %rax
        movabs $__per_cpu_end, %rax
        movabs $_end, %rbx
        .text
        ret
        .section .init.text, "ax"; .skip 40
        .section __ex_table, "a"; .long 1, 2
        .section .note.test, "a", @note; .long 4, 0, 1; .asciz "abc"
        .data
    jiffies_64: .quad 5
        .bss; .skip 100
"""


def test_a_script_in_the_style_of_linux(folder: Path) -> None:
    """Load addresses by arithmetic, a section at address 0, notes in two segments: headers and symbols as by GNU ld."""
    one = k.assemble(folder, "linux", LINUX_OBJECT)
    (folder / "linux.ld").write_text(LINUX)
    subprocess.run(["ld", "-T", "linux.ld", "--no-warn-rwx-segments", "-o", "theirs", "linux.o"], cwd=folder, check=True)
    k.made([one], script_text=LINUX).write(folder / "ours")
    shown = []
    for name in ("ours", "theirs"):
        lines = subprocess.run(["readelf", "-WlS", name], cwd=folder, capture_output=True, text=True, check=True).stdout
        symbols = subprocess.run(["nm", name], cwd=folder, capture_output=True, text=True, check=True).stdout
        shown.append((re.findall(r"^  (?:LOAD|NOTE) .*", lines, re.MULTILINE), sorted(symbols.splitlines()),
                      re.findall(r"\] (\S+ +(?:PROGBITS|NOTE) .*)", lines)))
    assert shown[0] == shown[1]


def test_the_way_of_the_manual(folder: Path) -> None:
    """`starklink.link` with files and a layout; the same link as a flat disk image and as an ELF file for gdb."""
    k.assemble(folder, "sector", k.SECTOR)
    image = starklink.link([folder / "sector.o"], layout=sector_layout(), discard=[".comment", ".note*"])
    image.write_flat(folder / "flat.img", size=1 << 20)
    image.write(folder / "flat.elf")
    assert k.boot("-drive", f"format=raw,file={folder / 'flat.img'}") == (k.STATUS, "second sector\n")
    shown = subprocess.run(["nm", str(folder / "flat.elf")], capture_output=True, text=True, check=True).stdout
    assert "0000000000007c00 T start" in shown
    with pytest.raises(TypeError, match="no option nix"):
        starklink.link([folder / "sector.o"], layout=sector_layout(), nix=1)


def test_assembled_in_process(folder: Path) -> None:
    """No file at all: a module written with the assembler, placed by a layout."""
    mem = MemoryLayout(entry="start")
    ram = mem.region("ram", at=0x5000, size=4 * KiB, access="rx")
    ram.place(".text", start="begin")
    mem.check(lambda at: at.symbol("begin") == 0x5000, "moved")
    module = ObjectModule("hand", [Fragment("start", ".text", b"\x90\xc3", binding="global", kind="func")])
    assert bytes(starklink.link([module], layout=mem).flat()) == b"\x90\xc3"


def test_segments_are_those_of_ld(folder: Path) -> None:
    """The same script by GNU ld: equal types, addresses, sizes and rights of all program headers."""
    objects = [k.assemble(folder, "entry", k.HIGHER_ENTRY), k.compile_c(folder, "main", k.HIGHER_MAIN)]
    script = re.sub(r"  \.eh_frame : .*\n", "", HIGHER).replace("*(.comment)", "*(.comment .eh_frame)")
    (folder / "h.ld").write_text(script)
    subprocess.run(["ld", "-T", "h.ld", "--no-warn-rwx-segments", "-o", "theirs", *map(str, objects)], cwd=folder, check=True)
    k.made(objects, script_text=script).write(folder / "ours")
    rows = [re.findall(r"^  (?:LOAD|NOTE).*", subprocess.run(["readelf", "-Wl", name], cwd=folder, capture_output=True, text=True,
                                                                check=True).stdout, re.MULTILINE) for name in ("ours", "theirs")]
    ours, theirs = ([row.split() for row in one] for one in rows)
    assert len(ours) == 5
    assert [[row[0], *row[2:]] for row in ours] == [[row[0], *row[2:]] for row in theirs]


def test_what_python_layouts_refuse(folder: Path) -> None:
    objects = [k.assemble(folder, "multiboot", k.MULTIBOOT)]

    def refused(change: object) -> str:
        mem = MemoryLayout(entry="_start")
        change(mem)     # type: ignore[operator]
        with pytest.raises(LinkError) as caught:
            k.made(objects, layout=mem)
        return str(caught.value)

    def small(mem: MemoryLayout) -> None:
        ram = mem.region("ram", at=0x1000, size=64)
        for name in ("load_start", "load_end", "bss_start", "bss_end", "stack_top"):
            ram.symbol(name)
        ram.place(".text", ".data", ".bss", ".rodata")
        mem.discard(".multiboot")

    def forgotten(mem: MemoryLayout) -> None:
        small(mem)
        mem._plan.statements.pop()

    def padded(mem: MemoryLayout) -> None:
        small(mem)
        ram = mem.region("rom", at=0x9000, size=4096)
        ram.data(bytes(20))
        ram.pad_to(16)

    def checked(mem: MemoryLayout) -> None:
        small(mem)
        mem.check(lambda at: at.size(".text") < 3, "the code is too long")

    assert "does not fit into the region ram, which ends at 0x1040: the region overflows by" in refused(small)
    assert "the layout places the section .multiboot nowhere" in refused(forgotten)
    assert "is to be padded to 16: 4 bytes too many" in refused(padded)
    assert "the code is too long" in refused(checked)


def test_api_arguments() -> None:
    mem = MemoryLayout()
    mem.region("a", at=0, size=16)
    for call in (lambda: mem.region("a", 0, 1), lambda: mem.region("b", 0, 0), lambda: mem.region("b", 0, 1, "q"),
                 lambda: mem.region("b", -1, 4), lambda: MemoryLayout(orphans="x"), lambda: mem.region("c", 0, 8).align(3),
                 lambda: mem.region("d", 0, 8).place(), lambda: mem.region("e", 0, 8).number(1, 3)):
        with pytest.raises(ValueError):
            call()
    assert (KiB, MiB) == (1024, 1048576)
    assert Values.__doc__
    assert SectionView(0, ".text", "a.o", "", 1, 6, 8, 4).name == ".text"
