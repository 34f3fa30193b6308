"""What users of GNU ld and lld count on, each beside what GNU ld does with the same words."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from linker_bench import Bench, bench

__all__ = ["bench"]
START = ".globl _start\n_start: "
GROUP = '.section .text.f,"axG",@progbits,f,comdat\n.globl f\nf: ret\n.Lhere: ret\n'
PROTECTED = ".globl f\n.protected f\n.type f,@function\nf: ret\n" \
    ".data\n.globl d\n.protected d\n.type d,@object\n.size d,8\nd: .quad 1\n"
TLS = '.section .tbss,"awT",@nobits\nx: .long 0\n'


def small(bench: Bench, name: str, text: str) -> str:
    """Assemble for i386."""
    subprocess.run(["as", "--32", "-o", f"{name}.o", "-"], input=text, text=True, check=True, cwd=bench.folder)
    return f"{name}.o"


def headers(bench: Bench, name: str, kind: str) -> list[list[str]]:
    """Program headers of a kind, but for their places in the file."""
    return [line.split()[2:] for line in bench.readelf("l", name).splitlines() if kind in line]


def versioned(bench: Bench, name: str, binding: str, suffix: str) -> str:
    return bench.asm(name, f".{binding} f_v1\n.symver f_v1, f{suffix}\nf_v1: ret\n")


@pytest.mark.parametrize("first", ["globl", "weak"])
@pytest.mark.parametrize("second", ["globl", "weak"])
def test_one_version_of_a_name_in_two_objects(bench: Bench, first: str, second: str) -> None:
    """f@@v1 and f@v1 are the same symbol: two strong definitions are too many, else the strong one counts."""
    bench.write("ver", "v1 { };\n")
    objects = [versioned(bench, "a", first, "@@@v1"), versioned(bench, "b", second, "@v1, remove")]
    words = ["-shared", "--version-script=ver", *objects]
    assert bench.gnu(*words, "-o", "theirs").code == (first == second == "globl")
    if first == second == "globl":
        assert "duplicate symbol: f@@v1\n>>> defined at a.o:(.text+0x0)\n>>> defined at b.o" in bench.bad(*words)
        return
    bench.good(*words, "-o", "ours")
    rows = [[line.split()[1:] for line in bench.readelf("-dyn-syms", name).splitlines() if "f@" in line]
            for name in ("ours", "theirs")]
    assert rows[0] == rows[1] and len(rows[0]) == 1


@pytest.mark.parametrize(("name", "value", "fits"), [
    ("16", "0xffff", True), ("16", "-0x8000", True), ("16", "0x10000", False), ("8", "-300", False), ("8", "0xff", True),
    ("PC16", "0xffff", True), ("PC16", "0x18000", False)])
def test_short_fields_of_i386(bench: Bench, name: str, value: str, fits: bool) -> None:
    """A field of 16 bits takes signed and unsigned numbers, a distance wraps; the message shows the number as it is."""
    words = ["-m", "elf_i386", "--defsym", f"x={value}", "-Ttext=0",
             small(bench, "a", f"{START}.byte 0\n.reloc ., R_386_{name}, x\n.short 0\n")]
    assert (bench.gnu(*words).code == 0) is fits
    done = bench.ld(*words)
    assert (done.code == 0) is fits
    shown = str(int(value, 0) - (name == "PC16"))
    limits = {"16": "[-32768, 65535]", "8": "[-128, 255]", "PC16": "[-65536, 65535]"}[name]
    assert fits or f"relocation R_386_{name} out of range: {shown} is not in {limits}" in done.text


def test_unknown_code_of_a_tls_descriptor(bench: Bench) -> None:
    """An instruction that is not the ABI's would be rewritten to something else."""
    main = small(bench, "a", f"{START}lea x@tlsdesc(%ebx), %ecx\nmov x@tlsdesc(%ebx), %eax\n{TLS}")
    assert "a.o:(.text+0x8): R_386_TLS_GOTDESC of x is not in lea x@tlsdesc(%ebx), REG" in bench.bad("-m", "elf_i386", main)


@pytest.mark.parametrize("words", [[], ["--defsym", "size=0x800"], ["size.o"]])
def test_defined_keeps_what_the_command_line_says(bench: Bench, words: list[str]) -> None:
    bench.write("a.ld", "SECTIONS { size = DEFINED(size) ? size : 0x400; .text : { *(.text) } top = size + 1; }\n")
    bench.asm("size", ".globl size\nsize = 0x77\n")
    words = [bench.asm("a", f"{START}.quad size, top\n"), *words, "-T", "a.ld"]
    bench.good(*words, "-o", "ours")
    bench.gnu(*words, "-o", "theirs")
    found = []
    for name in ("ours", "theirs"):
        subprocess.run(["objcopy", "-O", "binary", name, f"{name}.bin"], check=True)
        found.append(Path(f"{name}.bin").read_bytes()[:16])
    assert found[0] == found[1]


def test_scripts_as_inputs_and_from_pipes(bench: Bench) -> None:
    """A script without an ending is one although its sections look like directives; one with INPUT needs no other input."""
    main = bench.asm("a", f"{START}nop\n")
    bench.write("layout", "SECTIONS\n{\n  .text : { *(.text) }\n}\n")
    bench.good(main, "layout")
    bench.write("inputs", "INPUT(a.o)\n")
    bench.good("-T", "inputs")
    assert "no input files" in bench.bad("-T", "layout")
    subprocess.run(["mkfifo", "pipe"], check=True)
    with subprocess.Popen("cat layout >pipe", shell=True):
        bench.good("-T", "pipe", main)


def test_relocatable_output_refers_to_nothing_discarded(bench: Bench) -> None:
    first = bench.asm("a", GROUP)
    second = bench.asm("b", f"{GROUP}.text\nlea .Lhere(%rip), %rax\n.section .debug_x\n.quad .Lhere\n")
    bench.write("a.ld", "SECTIONS { /DISCARD/ : { *(.aaa) } }\n")
    third = bench.asm("c", '.section .aaa,"a"\na: .quad 0\n.section .bbb,"aw"\n.quad a\n')
    for words, place in ((["-r", first, second], "b.o:(.text+0x3)"), (["-r", "-T", "a.ld", third], "c.o:(.bbb+0x0)")):
        assert bench.gnu(*words).code == 1
        message = bench.bad(*words)
        assert place in message and "which lies in a discarded section" in message and message.count("error:") == 1


def test_protected_names_of_libraries(bench: Bench) -> None:
    """Calls are fine; the address of a protected function is the library's own one, which fixed code cannot name."""
    bench.gnu("-shared", bench.asm("p", PROTECTED), "-o", "p.so")
    words = [bench.asm("a", f"{START}call f@plt\n"), "p.so"]
    assert bench.gnu(*words).code == 0 == bench.ld(*words).code
    words = [bench.asm("a", f"{START}mov $f, %eax\nmov d, %eax\n"), "p.so"]
    assert bench.gnu(*words).code == 1
    message = bench.bad(*words)
    assert "R_X86_64_32 against the protected function f of p.so" in message
    assert "cannot create a copy relocation for protected symbol d of p.so" in message
    bench.good(*words, "--ignore-function-address-equality", "--ignore-data-address-equality")


def test_order_of_a_discarded_section(bench: Bench) -> None:
    """A section that is kept and ordered by one that is not, although it is not loaded."""
    main = bench.asm("a", '.section .gone,"a"\n.quad 0\n.section .note,"oR",@progbits,.gone\n.quad 0\n.text\n' + START + "nop\n")
    assert bench.gnu("--gc-sections", main).code == 1
    assert "a.o:(.note+0x0): sh_link points to the discarded section a.o:(.gone+0x0)" in bench.bad("--gc-sections", main)


def test_frames_nobody_can_read(bench: Bench) -> None:
    """An augmentation this linker does not know: no search table, as with GNU ld, instead of a wrong one."""
    frames = '.section .eh_frame,"a",@unwind\n.long 2f-1f\n1: .long 0\n.byte 1\n.asciz "zXR"\n.byte 1, 0x78, 16, 2, 0, 0x1b\n' \
        ".p2align 2\n2: .long 4f-3f\n3: .long 3b-1b+4, _start - ., 1\n.byte 0\n.p2align 2\n4:\n"
    assert ".eh_frame_hdr is without a table" in bench.good("--eh-frame-hdr", bench.asm("a", f"{START}nop\n{frames}"))
    done = subprocess.run(["objdump", "-s", "-j", ".eh_frame_hdr", "a.out"], capture_output=True, text=True, check=True)
    assert " 011bffff " in done.stdout                  # DW_EH_PE_omit for the count and the table


def test_headers_of_an_empty_section_count_for_the_next(bench: Bench) -> None:
    bench.write("a.ld", "PHDRS { code PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6); }\n"
                        "SECTIONS { . = 0x1000; .text : { *(.text) } :code\n.empty : { *(.empty) } :data\n.rw : { *(.rw) }\n}\n")
    main = bench.asm("a", f'{START}ret\n.section .rw,"aw"\n.quad 0\n')
    bench.good("-T", "a.ld", main)
    bench.gnu("-T", "a.ld", main, "-o", "theirs")
    rows = [headers(bench, name, "LOAD") for name in ("a.out", "theirs")]
    assert rows[0] == rows[1] and len(rows[0]) == 2


def test_notes_that_are_loaded_from_elsewhere(bench: Bench) -> None:
    """A PT_NOTE is one piece of memory, and of what is loaded."""
    main = bench.asm("a", "".join(f'.section .note.{name},"a",@note\n.quad 0\n' for name in "abcd"))
    bench.write("a.ld", "SECTIONS { .note.a : AT(0x1000) { *(.note.a) } .note.b : AT(0x2000) { *(.note.b) }\n"
                        ".note.c : { *(.note.c) } .note.d 0x100 : { *(.note.d) } }\n")
    bench.good("-T", "a.ld", main)
    bench.gnu("-T", "a.ld", main, "-o", "theirs")
    rows = [headers(bench, name, "NOTE") for name in ("a.out", "theirs")]
    assert rows[0] == rows[1] and len(rows[0]) == 3


def test_absolute_values_of_scripts(bench: Bench) -> None:
    """ABSOLUTE(.) makes a number: the symbol belongs to no section, although `. + 1` would."""
    bench.write("a.ld", "SECTIONS { .text : { *(.text) } near = . + 0; far = ABSOLUTE(.) + 0; }\n")
    main = bench.asm("a", f"{START}nop\n")
    bench.good("-T", "a.ld", main)
    bench.gnu("-T", "a.ld", main, "-o", "theirs")
    rows = [[line.split()[6:] for line in bench.readelf("s", name).splitlines() if line.endswith(("near", "far"))]
            for name in ("a.out", "theirs")]
    assert sorted(rows[0]) == sorted(rows[1]) == [["1", "near"], ["ABS", "far"]]


@pytest.mark.parametrize("script", ["", "FORCE_GROUP_ALLOCATION\n"])
def test_groups_that_are_dissolved(bench: Bench, script: str) -> None:
    bench.write("a.ld", script)
    words = ["-r", bench.asm("a", GROUP), *(["-T", "a.ld"] if script else ["--force-group-allocation"])]
    bench.good(*words, "-o", "ours.o")
    bench.gnu(*words, "-o", "theirs.o")
    for name in ("ours.o", "theirs.o"):
        assert "There are no section groups" in bench.readelf("g", name)
        assert " .text.f  " in bench.readelf("S", name)
    assert "COMDAT" in (bench.good("-r", "a.o"), bench.readelf("g"))[1]


def test_undefined_names_that_are_ignored(bench: Bench) -> None:
    """In a program they are 0: nothing is looked up when it starts, which would end it."""
    main = bench.cc("a", "int f(void); extern int v; int main(int c, char **w) { return c > 5 ? f() + v : 7; }", "-fPIE")
    for kind in ("-pie", "-no-pie"):
        bench.gcc(main, kind, "-Wl,--unresolved-symbols=ignore-all,-z,now", "-o", "prog")
        assert bench.run("prog").code == 7
        assert not [line for line in bench.readelf("-dyn-syms", "prog").splitlines() if line.endswith((" f", " v"))]


def test_libraries_for_another_machine(bench: Bench) -> None:
    """Files that -l and scripts name are looked for on; a script says by OUTPUT_FORMAT what it is for."""
    for folder in ("small", "large", "text"):
        (bench.folder / folder).mkdir()
    subprocess.run("gcc -xc /dev/null -shared -nostdlib -o large/libf.so", shell=True, check=True)
    subprocess.run(["cp", "large/libf.so", "large/libg.so"], check=True)
    small(bench, "f", "nop\n")
    subprocess.run("ld.bfd -m elf_i386 -shared f.o -o small/libf.so && cp small/libf.so libg.so", shell=True, check=True)
    bench.write("text/libf.so", "OUTPUT_FORMAT(elf32-i386) INPUT(nothing.so)\n")
    bench.write("names", "INPUT(libg.so)\n")
    main = bench.asm("a", f"{START}nop\n")
    words = ["-m", "elf_x86_64", main, "names", "-Ltext", "-Lsmall", "-Llarge", "-lf"]
    assert bench.gnu(*words).code == 0
    told = bench.good(*words)
    for path, name in (("libg.so", "libg.so"), ("text/libf.so", "-lf"), ("small/libf.so", "-lf")):
        assert f"skipping incompatible {path} when searching for {name}: it is for i386" in told


def test_search_of_relocatable_output_and_run_paths(bench: Bench) -> None:
    (bench.folder / "lib").mkdir()
    subprocess.run("gcc -xc /dev/null -shared -nostdlib -o lib/libf.so", shell=True, check=True)
    main = bench.asm("a", f"{START}nop\n")
    bench.archive("lib/libf.a", main)
    for link in (bench.gnu, bench.ld):
        assert link("-r", "-Bdynamic", main, "-Llib", "-lf", "-o", "r.o").code == 0
        assert link(main, "lib/libf.so", "-R", "/no/such/folder", "-R", "/").code == 0
        assert "runpath: [/no/such/folder:/]" in bench.readelf("d")


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_version_scripts_are_one(bench: Bench, order: tuple[str, str]) -> None:
    """`local: *` of one script does not hide what another one exports."""
    bench.write("a", "V1 { global: f; local: *; };\n")
    bench.write("b", "V2 { global: g; local: *; };\n")
    bench.write("c", "{ global: h; local: *; };\n")
    main = bench.asm("a", ".globl f, g, h\nf: nop\ng: nop\nh: nop\n")
    words = ["-shared", main, *(f"--version-script={name}" for name in order)]
    bench.good(*words, "-o", "ours")
    bench.gnu(*words, "-o", "theirs")
    rows = [{line.split()[7] for line in bench.readelf("-dyn-syms", name).splitlines() if "GLOBAL" in line}
            for name in ("ours", "theirs")]
    assert rows[0] == rows[1] - {"V1", "V2"} == {"f@@V1", "g@@V2"}
    assert bench.gnu(*words, "--version-script=c").code == 1
    assert "cannot be combined" in bench.bad(*words, "--version-script=c")


def test_headers_that_are_not_loaded_have_no_place(bench: Bench) -> None:
    main = bench.asm("a", f"{START}.quad __ehdr_start\n")
    for word in ("-n", "-N"):
        assert "undefined reference to `__ehdr_start'" in bench.gnu(word, main).text
        assert "undefined symbol: __ehdr_start" in bench.bad(word, main)
    bench.good(main)


def test_no_relative_relocations_at_fixed_addresses(bench: Bench) -> None:
    """-z pack-relative-relocs has nothing to pack in a program without -pie, although it is dynamic."""
    text = "#include <stdlib.h>\nstatic int (*volatile f[])(int) = {abs, abs};\nint main(void) { return f[1](-3); }\n"
    main = bench.cc("a", text, "-fno-pie", "-ffunction-sections")
    bench.gcc(main, "-no-pie", "-Wl,-z,pack-relative-relocs", "-o", "prog")
    assert bench.run("prog").code == 3 and "RELR" not in bench.readelf("d", "prog")


@pytest.mark.parametrize("word", ["-n", "-N", "--nmagic", "--omagic"])
def test_programs_without_pages_have_no_shared_libraries(bench: Bench, word: str) -> None:
    """The dynamic linker could not load them; what -Bdynamic or a path asks for is another matter."""
    main = bench.asm("a", f"{START}call f\n")
    bench.gnu("-shared", bench.asm("f", ".globl f\nf: ret\n"), "-o", "libf.so")
    assert "cannot find -lf" in bench.gnu(word, main, "-L.", "-lf").text
    assert "unable to find library -lf" in bench.bad(word, main, "-L.", "-lf")
    bench.good(word, "-Bdynamic", main, "-L.", "-lf")
    bench.archive("libf.a", "f.o")
    bench.good(word, main, "-L.", "-lf")


def test_linkage_table_far_from_its_addresses(bench: Bench) -> None:
    bench.write("a.ld", "SECTIONS { .text 0x1000 : { *(.text) } .plt : { *(.plt) } .got.plt 0x200000000 : { *(.got.plt) } }\n")
    words = ["-shared", bench.asm("a", ".globl f\nf: call g@plt\n"), "-T", "a.ld"]
    assert "overflow in PLT entry" in bench.gnu(*words).text
    assert "lies more than 2 GiB from the addresses it uses" in bench.bad(*words)


HALVES = START + """movl foo@GOTPCREL+4(%rip), %eax
mov foo@GOTPCREL(%rip), %rdx
shl $32, %rax
movl foo@GOTPCREL(%rip), %ecx
or %rcx, %rax
sub %rdx, %rax
mov %eax, %edi
mov $60, %eax
syscall
.data
.globl foo
.hidden foo
foo: .long 0
"""


@pytest.mark.parametrize("many", [1 << 30, 0])
def test_halves_of_entries_of_the_got(bench: Bench, monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    """Only a load of the whole entry becomes a direct one; what is read of it elsewhere is there."""
    monkeypatch.setattr("starklink.linker.elf.link.MANY", many)
    main = bench.asm("a", HALVES)
    for kind in ("-no-pie", "-pie"):
        bench.good(kind, main)
        assert bench.run().code == 0
        code = subprocess.run(["objdump", "-d", "a.out"], capture_output=True, text=True, check=True).stdout
        assert code.count("lea ") == 2 and "\t8b 05 " in code


def test_copies_of_versions_that_are_not_the_default(bench: Bench) -> None:
    """A program may refer to foo@v1 beside foo@@v2, which is another object or the same one."""
    bench.write("ver", "v1 { }; v2 { global: get; } v1;\n")
    text = '#include <stdio.h>\nextern int foo; int get(void);\nint main(void) { foo++; printf("%d %d\\n", foo, get()); }\n'
    main = bench.cc("a", text, "-fno-pie")
    subprocess.run(["objcopy", "--redefine-sym", "foo=foo@v1", main, "old.o"], check=True)
    for other in ("b", "a"):
        text = f".symver a, foo@v1\n.symver {other}2, foo@@v2\n.data\n.globl a, {other}2\n"
        text += "".join(f".type {name}, @object\n.size {name}, 4\n" for name in ("a", f"{other}2"))
        text += f"{other}2:\n.if {int(other == 'b')}\n.long 33\n.endif\na: .long 11\n" \
            ".text\n.globl get\nget: mov a@GOTPCREL(%rip), %rax\nmov (%rax), %eax\nret\n"
        bench.good("-shared", "--version-script=ver", "-soname=libv.so", bench.asm("v", text), "-o", "libv.so")
        bench.gcc("-no-pie", "old.o", "libv.so", "-Wl,-rpath,.", "-o", "prog")
        assert bench.run("prog").text == "12 12\n"
        assert (" foo@v2" in bench.readelf("-dyn-syms", "prog")) is (other == "a")


def test_binary_inputs_are_traced(bench: Bench) -> None:
    bench.write("text", "bytes")
    words = ["-r", "-t", "-b", "binary", "text"]
    assert bench.good(*words) == bench.gnu(*words).text == "text\n"


def test_targets_of_scripts(bench: Bench) -> None:
    """TARGET(binary) embeds the files that follow, until another TARGET."""
    bench.asm("a", f"{START}nop\n")
    bench.write("text", "bytes")
    bench.write("a.ld", "TARGET(binary) INPUT(text) TARGET(elf64-x86-64) INPUT(a.o)\n")
    for words in (["-T", "a.ld"], ["a.ld"]):
        bench.good(*words)
        assert "_binary_text_start" in bench.readelf("s") and b"bytes" in Path("a.out").read_bytes()
    bench.write("a.ld", "TARGET(foo) INPUT(a.o)\n")
    assert bench.gnu("-T", "a.ld").code == 1
    assert "unknown target `foo`" in bench.bad("-T", "a.ld")
