"""Rules of GNU ld that few links meet: sections from before groups, common symbols, tails of strings, scripts of -r ..."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from linker_bench import Bench, bench

__all__ = ["bench"]
STACK = '\n.section .note.GNU-stack,"",@progbits\n'
START = ".globl _start\n_start: "
ONCE = '.section .gnu.linkonce.t.thunk,"ax",@progbits\n.globl thunk\n.hidden thunk\nthunk: mov ${0}, %edi\nret\n' \
    '.section .gnu.linkonce.r.thunk,"a",@progbits\n.quad {0}\n' + STACK
GROUP = '.section .text.thunk,"axG",@progbits,thunk,comdat\n.globl thunk\n.hidden thunk\nthunk: mov ${0}, %edi\nret\n' + STACK
PAIR = GROUP.replace(STACK, '.section .rodata.thunk,"aG",@progbits,thunk,comdat\n.quad {0}\n' + STACK)
TAILS = """
#include <stdio.h>
#include <wchar.h>
static const char *const names[] = {"one and two", "two", "and two", "wo", ""};
static const wchar_t *const wide[] = {L"abcdef", L"def", L"ef", L"xyz"};
int main(void) { printf("%s|%s|%s|%s|%ls%ls%ls%ls\\n", names[0], names[1], names[2], names[3], wide[0], wide[1], wide[2],
  wide[3]); return 0; }
"""


@pytest.mark.parametrize(("first", "second"), [(ONCE, GROUP), (GROUP, ONCE), (ONCE, ONCE), (ONCE, PAIR)])
def test_sections_from_before_groups(bench: Bench, first: str, second: str) -> None:
    """.gnu.linkonce.t.NAME and a group NAME of one section are the same thing: the first one is kept."""
    main = bench.asm("main", START + "call thunk\nmov $60, %eax\nsyscall\n" + STACK)
    words = [main, bench.asm("first", first.format(42)), bench.asm("second", second.format(7))]
    theirs = bench.gnu(*words, "-o", "theirs")
    ours = bench.ld(*words, "-o", "ours")
    assert (ours.code == 0) == (theirs.code == 0)
    if theirs.code == 0:
        assert bench.run("ours").code == bench.run("theirs").code == 42
    else:
        assert "duplicate symbol: thunk" in ours.text and second is PAIR


def test_tails_of_strings_stay_aligned(bench: Bench) -> None:
    """With -O2 a string may end another one, also of wide characters; where strings are aligned, so is the tail."""
    bench.gcc(bench.cc("tails", TAILS, "-O1"), "-Wl,-O2", "-o", "small")
    bench.gcc("tails.o", "-Wl,-O1", "-o", "large")
    assert bench.run("small").text == "one and two|two|and two|wo|abcdefdefefxyz\n" == bench.run("large").text
    content = Path("small").read_bytes()
    assert content.count(b"two\0") == 1 and content.count("def".encode("utf-32-le") + bytes(4)) == 1
    bench.good(bench.asm("even", START + 'nop\n.section .rodata.x,"aMS",@progbits,1\n.p2align 1\n.asciz "abcdef"\n.p2align 1\n'
                         '.asciz "ef"\n.p2align 1\n.asciz "f"\n'), "-O2")
    found = subprocess.run(["objdump", "-s", "-j", ".rodata", "a.out"], capture_output=True, text=True, check=True).stdout
    assert "61626364 65660000 6600" in found and "65660000 6566" not in found


@pytest.mark.parametrize("words", [(), ("-d",), ("-dc",), ("-dp",), ("-T", "force.ld")])
def test_common_symbols_of_relocatable_output(bench: Bench, words: tuple[str, ...]) -> None:
    bench.write("force.ld", "SECTIONS { }\nFORCE_COMMON_ALLOCATION\n")
    some = bench.asm("some", ".comm wide,64,32\n.comm small,4,4\n.bss\n.skip 3\n" + STACK)
    bench.good("-r", some, *words, "-o", "ours.o")
    bench.gnu("-r", some, *words, "-o", "theirs.o")
    rows = []
    for name in ("ours.o", "theirs.o"):
        bss = re.search(r"\.bss +NOBITS +\w+ \w+ (\w+)", bench.readelf("S", name))
        places = {line.split()[7]: (line.split()[2], line.split()[6] == "COM") for line in bench.readelf("s", name).splitlines()
                  if line.endswith(("wide", "small"))}
        assert bss is not None
        rows.append((bss[1], {name: place for name, (_, place) in places.items()}))
    assert rows[0] == rows[1] and rows[0][1]["wide"] == (not words)


JOINED = """SECTIONS {
  .text 0 : { *(.text) text_end = .; BYTE(0x11) SHORT(0x2233) LONG(text_end + 4) }
  .data 0 : { data_start = .; *(.data) QUAD(0x1122334455667788) . = ALIGN(16); data_end = .; }
  number = 0x99; other = number * 2;
  .more 0 : { *(.more) FILL(0x5a) . += 3; more_end = .; }
  PROVIDE(wanted = 4); PROVIDE(unwanted = 1);
  /DISCARD/ : { *(.comment) }
}
"""


def test_scripts_of_relocatable_output(bench: Bench) -> None:
    """-r -T: symbols are relative to the sections they are in, and explicit bytes are there; as GNU ld has it."""
    bench.write("join.ld", JOINED)
    some = bench.asm("some", '.globl f\nf: call g\n.data\n.long 3, 5\n.quad wanted\n.section .more,"aw"\n.byte 9\n.comment "x"\n'
                     .replace('.comment "x"', '.section .comment\n.byte 1') + STACK)
    for linker in (bench.good, bench.gnu):
        linker("-r", "-T", "join.ld", some, "-o", f"{linker.__name__}.o")
    rows = []
    for name in ("good.o", "gnu.o"):
        sections = dict(re.findall(r"\[ *(\d+)\] (\.\S+)", bench.readelf("S", name)))
        assert ".comment" not in sections.values()
        lines = [line.split() for line in bench.readelf("s", name).splitlines()]
        rows.append({(words[7], words[1], words[5], sections.get(words[6], words[6]))
                     for words in lines if len(words) == 8 and words[4] == "GLOBAL"})
        for section in (".text", ".data", ".more"):
            subprocess.run(["objcopy", "-O", "binary", "-j", section, name, f"{name}{section}"], check=True)
    assert rows[0] == rows[1] and ("number", "0000000000000099", "DEFAULT", "ABS") in rows[0]
    assert ("data_end", "0000000000000020", "DEFAULT", ".data") in rows[0]
    for section in (".text", ".data", ".more"):
        assert Path(f"good.o{section}").read_bytes() == Path(f"gnu.o{section}").read_bytes()


def test_symbols_of_sections_left_out(bench: Bench) -> None:
    """An output section whose ONLY_IF_RO the inputs do not meet defines nothing."""
    bench.write("only.ld", "SECTIONS { .text : { *(.text) } .d : ONLY_IF_RO { ro = .; *(.data) PROVIDE(late_ro = .); }\n"
                           ".d : ONLY_IF_RW { rw = .; *(.data) PROVIDE(late_rw = .); } }")
    some = bench.asm("some", START + "nop\n.weak ro, rw, late_ro, late_rw\n.data\n.quad ro, rw, late_ro, late_rw\n" + STACK)
    names = []
    for linker in (bench.good, bench.gnu):
        linker("-T", "only.ld", some, "--no-warn-rwx-segments")
        names.append({line.split()[-1] for line in bench.readelf("s").splitlines()
                      if line.endswith(("ro", "rw")) and "UND" not in line})
    assert names[0] == names[1] == {"rw", "late_rw"}
    bench.asm("some", START + "nop\n.data\n.quad ro\n" + STACK)
    assert "undefined symbol: ro\n" in bench.bad("-T", "only.ld", some)


def test_retained_sections_say_so(bench: Bench) -> None:
    text = START + 'nop\n.section .keep,"aR",@progbits\n.quad 1\n.section .rodata.x,"aR",@progbits\n.quad 2\n' + STACK
    some = bench.asm("some", text)
    flags = []
    for linker in (bench.good, bench.gnu):
        linker("--gc-sections", some)
        flags.append(dict(re.findall(r"(\.keep|\.rodata) +PROGBITS +\w+ \w+ \w+ \w+ +(\w+)", bench.readelf("S"))))
    assert {name: flag.replace("o", "R") for name, flag in flags[1].items()} == flags[0] and "R" in flags[0][".keep"]


def test_libraries_for_other_machines_are_passed_over(bench: Bench) -> None:
    for name, flag in (("small", "--32"), ("large", "--64")):
        Path(name).mkdir()
        subprocess.run(["as", flag, "-o", f"{name}.o", "-"], input=".globl value\nvalue: ret\n" + STACK, text=True, check=True)
        bench.archive(f"{name}/libvalue.a", f"{name}.o")
    main = bench.asm("main", START + "call value\n" + STACK)
    words = ["-m", "elf_x86_64", main, "-Lsmall", "-Llarge", "-lvalue"]
    assert "skipping incompatible small/libvalue.a when searching for -lvalue" in bench.gnu(*words).text
    assert "skipping incompatible small/libvalue.a when searching for -lvalue" in bench.good(*words)
    assert bench.good(*words, "--no-warn-search-mismatch") == ""
    assert "is a 32-bit object" in bench.bad(main, "small/libvalue.a")


def test_start_code_of_static_pies_needs_no_relocations(bench: Bench) -> None:
    """A static PIE relocates itself: what runs before that cannot read addresses from the GOT, not even with --no-relax."""
    bench.gcc("-static-pie", bench.cc("main", "int main(void) { return 42; }", "-fPIE"), "-Wl,--no-relax")
    assert bench.run().code == 42


@pytest.mark.parametrize("kind", ["-pie", "-no-pie"])
def test_thread_local_accesses_are_relaxed_in_any_case(bench: Bench, kind: str) -> None:
    """--no-relax is about other accesses: descriptors of a program's own variables go, as with GNU ld."""
    main = bench.cc("main", "_Thread_local int own = 42; int main(void) { return own; }", "-fPIC", "-mtls-dialect=gnu2")
    bench.gcc(kind, main, "-Wl,--no-relax")
    assert bench.run().code == 42
    theirs = subprocess.run(["gcc", "-fuse-ld=bfd", kind, main, "-Wl,--no-relax", "-o", "theirs"], check=True)
    assert theirs.returncode == 0
    assert "TLSDESC" not in bench.readelf("r", "theirs") and "TLSDESC" not in bench.readelf("r")


def test_own_name_for_the_file_header(bench: Bench) -> None:
    """A definition of the inputs wins over the linker's."""
    text = START + "lea __ehdr_start(%rip), %rsi\nmov (%rsi), %edi\nmov $60, %eax\nsyscall\n"
    main = bench.asm("main", text + ".data\n.globl __ehdr_start\n__ehdr_start: .long 42\n" + STACK)
    bench.good(main)
    assert bench.run().code == 42
    bench.good(bench.asm("plain", text + STACK))
    assert bench.run().code == 0x7F


ORDERED = START + "mov $60, %eax\nsyscall\n" + "".join(
    f'.section .{kind}.{name},"{flags}"\n{scope}{name}: .quad {number}\n' for number, (kind, name, flags, scope) in enumerate((
        ("text", "one", "ax", ".globl one\n"), ("text", "two", "ax", ""), ("text", "three", "ax", ".globl three\n"),
        ("data", "red", "aw", ".globl red\n"), ("data", "blue", "aw", ".globl blue\n")))) + STACK


@pytest.mark.parametrize("words", [(), ("-T", "some.ld"), ("-r", "-T", "some.ld")])
def test_order_of_symbols(bench: Bench, words: tuple[str, ...]) -> None:
    """--symbol-ordering-file: the order of lld, also among what one pattern of a script takes."""
    bench.write("some.ld", "SECTIONS { .text : { *(.text .text.*) } .data : { *(.data .data.*) } }")
    bench.write("order.txt", "# hot first\nthree\nblue\n\n two\nnowhere\nblue\n")
    some = bench.asm("some", ORDERED)
    told = bench.ld(some, "--symbol-ordering-file", "order.txt", *words, "--no-warn-rwx-segments", "-o", "ours")
    assert told.code == 0 and "unable to order nowhere: no such symbol" in told.text
    assert "blue is there more than once" in told.text
    assert "nowhere" not in bench.good(some, "--symbol-ordering-file=order.txt", "--no-warn-symbol-ordering")
    placed = []
    for name in ("ours", "theirs"):
        if name == "theirs":
            command = ["ld.lld", some, "--symbol-ordering-file", "order.txt", "--no-warn-symbol-ordering", *words, "-o", name]
            subprocess.run(command, check=True)
        rows = [line.split() for line in bench.readelf("s", name).splitlines() if len(line.split()) == 8]
        places = {words[7]: int(words[1], 16) for words in rows if words[7] in ("_start", "one", "two", "three", "red", "blue")}
        placed.append([sorted(group, key=places.__getitem__) for group in (("_start", "one", "two", "three"), ("red", "blue"))])
    if "-r" not in words:       # lld does not join sections then
        assert placed[0] == placed[1]
    assert placed[0] == [["three", "two", "_start", "one"], ["blue", "red"]]


def test_segment_of_constants(bench: Bench) -> None:
    some = bench.asm("some", START + 'nop\n.section .rodata\n.quad 1\n.data\n.quad 2\n' + STACK)
    starts = []
    for linker in (bench.good, bench.gnu):
        linker(some, "-Trodata-segment=0x800000", "-z", "nognustack")
        starts.append(re.search(r"\.rodata +PROGBITS +0*800000 ", bench.readelf("S")) is not None)
    assert starts == [True, True]
    bench.good(some, "-z", "nognustack")
    assert "GNU_STACK" not in bench.readelf("l")


def test_the_later_of_assignment_and_defsym_counts(bench: Bench) -> None:
    bench.write("some.ld", "SECTIONS { .text : { *(.text) } } foo = 0x22;")
    some = bench.asm("some", START + "mov $foo, %edi\nmov $60, %eax\nsyscall\n" + STACK)
    values = []
    for linker in (bench.good, bench.gnu):
        for words in (("--defsym=foo=0x11", "-T", "some.ld"), ("-T", "some.ld", "--defsym=foo=0x11"),
                      ("--defsym=foo=0x11", "-T", "some.ld", "--defsym=foo=0x33")):
            linker(*words, some)
            found = re.search(r" (\w+) +0 \w+ +\w+ +\w+ +\w+ foo$", bench.readelf("s"), re.MULTILINE)
            values.append(int(found[1], 16) if found else -1)
    assert values == [0x22, 0x11, 0x33] * 2


@pytest.mark.parametrize("method", ["ignore-all", "ignore-in-object-files"])
def test_what_nobody_can_define_is_an_error(bench: Bench, method: str) -> None:
    words = ("-pie", f"--unresolved-symbols={method}")
    some = bench.asm("some", START + "call other\n.protected other\n" + STACK)
    assert "undefined" in bench.gnu(some, *words).text
    assert "undefined protected symbol: other" in bench.bad(some, *words)
    bench.good(bench.asm("some", START + "call other\n" + STACK), *words)


def test_undefined_names_of_libraries(bench: Bench) -> None:
    """--unresolved-symbols is about libraries, too, also of a shared object."""
    bench.cc("lib", "void nowhere(void); void f(void) { nowhere(); }", "-shared", "-fPIC", "-nostdlib")
    some = bench.asm("some", START + "call f@plt\n" + STACK)
    for words, code in (((), 1), (("--unresolved-symbols=ignore-in-shared-libs",), 0), (("-shared",), 0),
                        (("--allow-shlib-undefined", "--unresolved-symbols=ignore-in-object-files"), 1),
                        (("-shared", "--unresolved-symbols=report-all"), 1), (("--unresolved-symbols=ignore-all",), 0)):
        assert bench.gnu(some, "lib.so", *words, "-o", "theirs").code == code, words
        done = bench.ld(some, "lib.so", *words)
        assert done.code == code, (words, done.text)


def test_members_that_are_no_objects(bench: Bench) -> None:
    bench.write("note.o", "text\n")
    some = bench.asm("some", START + "nop\n" + STACK)
    bench.archive("lib.a", "note.o")
    assert bench.gnu(some, "--whole-archive", "lib.a").code != 0
    assert "lib.a: member note.o is not an ELF object" in bench.bad(some, "--whole-archive", "lib.a")


def test_thread_local_code_of_unknown_shape(bench: Bench) -> None:
    """What is not the sequence of the psABI is told, not rewritten blindly; GNU ld refuses it, too."""
    for number, code in enumerate(("lea x@tlsgd(%rip), %rax\ncall __tls_get_addr@plt",
                                   "lea x@tlsld(%rip), %rax\ncall __tls_get_addr@plt",
                                   "lea x@tlsgd(%rip), %rdi\n.value 0x6666\nrex64 call __tls_get_addr@plt",
                                   "add x@tlsdesc(%rip), %rax\ncall *x@tlscall(%rax)")):
        text = f'{START}{code}\n.section .tdata,"awT"\n.globl x\nx: .long 5\n'
        some = bench.asm(f"some{number}", text + STACK)
        assert bench.gnu(some).code != 0
        assert "so it cannot be relaxed" in bench.bad(some)


def test_order_of_a_discarded_section(bench: Bench) -> None:
    tied = '.section .gone,"a"\n.long 1\n.section .tied,"ao",@progbits,.gone\nkept: .long 2\n'
    some = bench.asm("some", START + "call kept\n" + tied + STACK)
    assert "discarded section" in bench.gnu("--gc-sections", some).text
    assert "some.o:(.tied+0x0): sh_link points to the discarded section some.o:(.gone+0x0)" in bench.bad("--gc-sections", some)


def test_kept_relocations_of_frames_inside_another_section(bench: Bench) -> None:
    bench.write("some.ld", "SECTIONS { .text : { *(.text) } .foo : { *(.eh_frame) } }")
    some = bench.asm("some", START + ".cfi_startproc\nnop\n.cfi_endproc\n" + STACK)
    rows = []
    for linker in (bench.good, bench.gnu):
        linker("-T", "some.ld", "-q", some, "--no-warn-rwx-segments")
        rows.append(re.findall(r"(\w{16}) +\w+ (R_X86_64_\w+)", bench.readelf("r").partition("'.rela.foo'")[2]))
    assert rows[0] == rows[1] and len(rows[0]) == 1


def test_program_headers_of_what_is_not_loaded(bench: Bench) -> None:
    bench.write("some.ld", "PHDRS { all PT_LOAD; extra 0x12345678; }\n"
                           "SECTIONS { .text : { *(.text) } :all .foo : { *(.foo) } :extra }")
    some = bench.asm("some", START + 'nop\n.section .foo\n.asciz "note"\n' + STACK)
    found = []
    for linker in (bench.good, bench.gnu):
        linker("-T", "some.ld", some)
        mapped = re.findall(r"^ +(0\d) +(\S.*\S|) *$", bench.readelf("l"), re.MULTILINE)
        found.append(dict(mapped)["01"])
    assert found[0] == found[1] == ".foo"


def test_strings_of_several_alignments_stay_mergeable(bench: Bench) -> None:
    some = bench.asm("some", START + 'nop\n.section .rodata.str1.8,"aMS",@progbits,1\n.p2align 3\n.asciz "a"\n'
                     '.section .rodata.str1.1,"aMS",@progbits,1\n.asciz "b"\n' + STACK)
    rows = []
    for linker in (bench.good, bench.gnu):
        linker(some)
        rows.append(re.search(r"\.rodata +PROGBITS +\w+ \w+ \w+ (01 +AMS)", bench.readelf("S")))
    assert all(rows)


def test_old_version_of_a_name_in_a_script(bench: Bench) -> None:
    """`.symver foo, foo@V` beside a script that puts foo into V: only the version that is not the default."""
    bench.write("v.map", "V { global: foo; };")
    versions = "foo: ret\n.symver foo, foo@V\nbar: ret\n.symver bar, old@V\n"
    some = bench.asm("some", ".globl foo, bar\n" + versions + STACK)
    names = []
    for linker in (bench.good, bench.gnu):
        linker("-shared", some, "--version-script=v.map")
        names.append({line.split()[7] for line in bench.readelf("-dyn-syms").splitlines() if line.split()[4:5] == ["GLOBAL"]})
    assert {name for name in names[0] if name != "V"} == {name for name in names[1] if name != "V"} == {"foo@V", "bar", "old@V"}


@pytest.mark.parametrize("bits", ["-m64", "-m32"])
def test_local_dynamic_accesses_to_other_images(bench: Bench, bits: str) -> None:
    bench.cc("lib", "__thread int there = 1, other = 2;", "-shared", "-fPIC", bits)
    text = "extern __thread int there, other; int f(void) { return there + other; }"
    user = bench.cc("user", text, "-O1", "-fPIC", "-ftls-model=local-dynamic", bits)
    words = ["-m", "elf_i386" if bits == "-m32" else "elf_x86_64", "-pie", user, "lib.so", "-e", "f"]
    assert "unresolvable" in bench.gnu(*words).text
    assert re.search(r"(DTPOFF|LDO_)32 against (there|other), which this output does not define", bench.bad(*words))


def test_defsym_of_what_the_linker_defines(bench: Bench) -> None:
    some = bench.asm("some", START + "mov $last, %edi\nmov $begin, %esi\nmov $_end, %edx\nmov $__bss_start, %ecx\n" + STACK)
    bench.good(some, "--defsym=last=_end", "--defsym=begin=__bss_start+4")
    rows = [line.split() for line in bench.readelf("s").splitlines()]
    values = {row[7]: int(row[1], 16) for row in rows if len(row) == 8 and row[0] != "Num:"}
    assert (values["last"], values["begin"]) == (values["_end"], values["__bss_start"] + 4)


def test_headers_on_a_page_of_their_own(bench: Bench) -> None:
    """FILEHDR PHDRS without room before the first section: the segment begins a page earlier."""
    bench.write("some.ld", "PHDRS { all PT_LOAD FILEHDR PHDRS; }\nSECTIONS { . = 0x1000; .text : { *(.text) } : all }")
    some = bench.asm("some", START + "nop\n" + STACK)
    rows = []
    for linker in (bench.good, bench.gnu):
        linker(some, "-T", "some.ld")
        rows.append(re.findall(r"LOAD +(0x\w+ 0x\w+) 0x\w+ (0x\w+)", bench.readelf("l")))
    assert rows[0] == rows[1] == [("0x000000 0x0000000000000000", "0x001001")]
    bench.write("some.ld", "PHDRS { all PT_LOAD FILEHDR PHDRS; }\nSECTIONS { . = 0x10; .text : { *(.text) } : all }")
    assert "there is no room" in bench.bad(some, "-T", "some.ld")
