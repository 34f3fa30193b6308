"""What options and inputs make of a link: each compared with GNU ld or read back by readelf, and run where it can run."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from linker_bench import Bench, bench

from starklink.linker.elf import emit, relocatable
from starklink.linker.elf import link as linking

__all__ = ["bench"]
STACK = '\n.section .note.GNU-stack,"",@progbits\n'
START = ".globl _start\n_start: "
EXIT = "mov $60, %eax\nsyscall\n"
TABLE = """
#include <stdio.h>
int a, b, c; static int s[100];
int *near[200] = {&a, &b, &c, s + 3, s + 4};
int *away __attribute__((section("apart"))) = &b;
struct __attribute__((packed)) { char c; int *p; } odd = {1, &c};
const char *const names[] = {"x", "y", "zz"};
int main(void) { printf("%d%d%d%s%d\\n", near[0] == &a, near[4] == s + 4, away == &b, names[2], odd.p == &c); return 0; }
"""


@pytest.mark.parametrize("kind", ["-pie", "-static-pie"])
def test_packed_relative_relocations(bench: Bench, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table = bench.cc("table", TABLE, "-fPIE", "-O1", "-fdata-sections")
    bench.gcc(kind, table, "-Wl,-z,pack-relative-relocs")
    assert bench.run().text == "111zz1\n"
    ours = bench.readelf("rd")
    packed = re.search(r"\.relr\.dyn.*\n +(\d+) offsets", ours)
    assert packed is not None and "(RELRSZ)" in ours
    assert ours.count("R_X86_64_RELATIVE ") == 1       # the odd place
    if kind == "-pie":
        subprocess.run(["gcc", "-fuse-ld=bfd", kind, table, "-Wl,-z,pack-relative-relocs", "-o", "theirs"], check=True)
        theirs = re.search(r"\.relr\.dyn.*\n +(\d+) offsets", bench.readelf("r", "theirs"))
        assert theirs is not None and theirs[1] == packed[1]
        assert "GLIBC_ABI_DT_RELR" in bench.readelf("V")
    words = ["-pie", table, "-z", "pack-relative-relocs", "--unresolved-symbols=ignore-all", "-e", "main", "-o"]
    bench.good(*words, "rows")
    monkeypatch.setattr(linking, "MANY", 1)
    bench.good(*words, "columns")
    assert Path("rows").read_bytes() == Path("columns").read_bytes()


def test_kept_relocations_say_what_the_bytes_are(bench: Bench) -> None:
    text = """
#include <stdio.h>
const char *words[] = {"left", "right"}; int number = 5; static int hidden = 7;
__attribute__((noinline)) static int pick(int at) { return words[at][0] + hidden + number; }
int main(int count, char **rest) { hidden += count; printf("%d %s\\n", pick(count), "right"); return 0; }
"""
    bench.gcc(bench.cc("main", text, "-O1", "-ffunction-sections", "-g"), "-no-pie", "-Wl,--emit-relocs")
    assert bench.run().text == "127 right\n"
    assert subprocess.run(["eu-elflint", "-q", "--gnu-ld", "a.out"], capture_output=True, text=True, check=False).stdout == ""
    checked = {1: 0, 2: 0}
    with open("a.out", "rb") as file:
        elf = ELFFile(file)
        symbols = elf.get_section_by_name(".symtab")
        for name in (".text", ".data", ".eh_frame", ".debug_info"):
            out, rows = elf.get_section_by_name(name), elf.get_section_by_name(f".rela{name}")
            data = out.data()
            assert rows["sh_info"] == elf.get_section_index(name)
            for row in rows.iter_relocations():
                kind, at = row["r_info_type"], row["r_offset"] - out["sh_addr"]
                symbol = symbols.get_symbol(row["r_info_sym"])
                if kind not in checked or symbol["st_shndx"] == "SHN_UNDEF":
                    continue
                value = symbol["st_value"] + row["r_addend"]
                size = 8 if kind == 1 else 4
                wanted = value if kind == 1 else value - row["r_offset"]
                assert data[at:at + size] == (wanted & (1 << 8 * size) - 1).to_bytes(size, "little"), (name, row, symbol.name)
                checked[kind] += 1
    assert all(checked.values())


SOME = f".globl _start\n_start: {EXIT}.data\n.quad 1\n.section foo,\"a\"\n.long 5\n.section bar\n.long 6\n" + STACK
PLACES = "SECTIONS { . = 0x400000 + SIZEOF_HEADERS; .text : { *(.text) } . = ALIGN(4096); .data : { *(.data) } }\n"


def test_orphans(bench: Bench) -> None:
    some = bench.asm("some", SOME)
    bench.write("places.ld", PLACES)
    base = ["-T", "places.ld", some, "--orphan-handling"]
    assert bench.good(*base, "place") == ""
    assert re.findall("foo|bar", bench.readelf("S")) == ["foo", "bar"]
    told = bench.good(*base, "warn")
    assert told.count("is an orphan") == 2 and "some.o: the section foo" in told
    assert re.findall("foo|bar", bench.readelf("S")) == ["foo", "bar"]
    told = bench.bad(*base, "error")
    assert told.count("is an orphan") == 2
    assert bench.good(*base, "discard") == ""
    assert not re.findall("foo|bar", bench.readelf("S"))
    assert bench.gnu(*base, "error").code == 1 and bench.gnu(*base, "discard").code == 0


def test_exported_code_is_kept_on_request(bench: Bench) -> None:
    text = ("void _start(void) {} int shown(void) { return 1; }\n"
            "__attribute__((visibility(\"hidden\"))) int own(void) { return 2; }")
    one = bench.cc("one", text, "-ffunction-sections", "-fno-asynchronous-unwind-tables")
    for words, kept in (((), []), (("--gc-keep-exported",), ["shown"])):
        for link in (bench.good, lambda *given: bench.gnu(*given).text):
            link(one, "--gc-sections", *words)
            assert re.findall(r" (shown|own)$", bench.readelf("s"), re.MULTILINE) == kept


def test_unique_binding(bench: Bench) -> None:
    one = bench.asm("one", ".globl x\n.type x, @gnu_unique_object\n.data\nx: .long 5\n" + STACK)
    bench.good("-shared", one)
    assert len(re.findall(r"UNIQUE +DEFAULT.* x$", bench.readelf("s"), re.MULTILINE)) == 2
    bench.good("-shared", one, "--no-gnu-unique")
    assert len(re.findall(r"GLOBAL +DEFAULT.* x$", bench.readelf("s"), re.MULTILINE)) == 2


def test_undefined_weak_symbols(bench: Bench) -> None:
    bench.cc("other", "int two(void) { return 2; }", "-fPIC")
    other = bench.cc("other", "int two(void) { return 2; }", "-fPIC", "-shared")
    text = "__attribute__((weak)) int maybe(void); int two(void); int _start(void) { return (maybe ? maybe() : 0) + two(); }"
    main = bench.cc("main", text, "-fPIE")
    library = bench.cc("library", text.replace("_start", "start"), "-fPIC")
    fixed = bench.cc("fixed", text, "-fno-pie")
    for words, there in (([main, "-pie"], True), ([main, "-pie", "-z", "nodynamic-undefined-weak"], False),
                         ([library, "-shared"], True), ([library, "-shared", "-z", "nodynamic-undefined-weak"], False),
                         ([fixed, "-no-pie", "-z", "nodynamic-undefined-weak"], False),
                         ([main, "-static", "-pie", "--no-dynamic-linker"], False)):
        words = [*words, other if "-static" not in words else "other.o"]
        for link in (bench.good, lambda *given: bench.gnu(*given).text):
            link(*words)
            assert ("maybe" in bench.readelf("-dyn-syms")) == there, words


def test_a_declaration_nobody_uses_may_stay_undefined(bench: Bench) -> None:
    one = bench.asm("one", f".globl _start, missing\n_start: {EXIT}" + STACK)
    assert bench.good(one) == ""
    assert "undefined symbol: missing" in bench.bad(one, "--require-defined=missing")
    assert bench.good(one, "-u", "missing") == ""


def test_hidden_reference_is_met_by_an_archive(bench: Bench) -> None:
    shared = bench.cc("shared", "int f(void) { return 1; }", "-fPIC", "-shared")
    member = bench.cc("member", "int f(void) { return 2; }", "-fPIC")
    text = "__attribute__((visibility(\"hidden\"))) int f(void); int main(void) { return f(); }"
    bench.gcc("-pie", bench.cc("main", text, "-fPIE"), f"./{shared}", bench.archive("member.a", member))
    assert bench.run().code == 2


def test_common_symbol_takes_the_member_that_gives_it_a_value(bench: Bench) -> None:
    main = bench.cc("main", "int value, zero; int main(void) { return value + zero; }", "-fcommon")
    library = bench.archive("library.a", bench.cc("common", "int value;", "-fcommon"), bench.cc("five", "int value = 5;"))
    bench.gcc("-no-pie", main, library)
    assert bench.run().code == (5 if "five" in bench.gnu(main, library, "-e", "main", "-M").text else 0)
    bench.gcc("-no-pie", main, bench.archive("only.a", "five.o"))
    assert bench.run().code == 5


@pytest.mark.parametrize("words", ["exec.o -e e", "exec.o plain.o -e e", "none.o plain.o -e p", "plain.o -e p",
                                   "plain.o none.o -e p -z execstack --warn-execstack", "plain.o none.o -e p -z noexecstack",
                                   "plain.o exec.o -e p --no-warn-execstack"])
def test_stack_as_gnu_ld_has_it(bench: Bench, words: str) -> None:
    bench.asm("exec", '.globl e\ne: ret\n.section .note.GNU-stack,"x",@progbits\n')
    bench.asm("none", ".globl n\nn: ret\n")
    bench.asm("plain", ".globl p\np: ret\n" + STACK)
    pattern = r"GNU_STACK.* (RWE?) "
    told = bench.good(*words.split())
    ours = re.findall(pattern, bench.readelf("l"))
    theirs = bench.gnu(*words.split())
    assert re.findall(pattern, bench.readelf("l")) == ours
    assert ("warning" in told) == ("warning" in theirs.text)
    assert re.findall(r"(\w+\.o): (?:requires|missing)", told) == re.findall(r"(\w+\.o): (?:requires|missing)", theirs.text)


def test_meetings_of_commons(bench: Bench) -> None:
    names = [bench.cc(f"c{number}", text, "-fcommon") for number, text in enumerate((
        "int foo; int bar = 1; int baz;", "int foo; int bar; int baz = 3; char qq[7];", "char qq[9]; char foo[2];"))]
    words = [*names, "-e", "foo", "--warn-common"]
    ours, theirs = bench.good(*words), bench.gnu(*words).text
    for kind in ("multiple common", "overridden by (?:the )?definition", "overriding (?:the )?common",
                 "overriding (?:the )?smaller", "overridden by (?:the )?larger"):
        assert len(re.findall(kind, ours)) == len(re.findall(kind, theirs)) == 1, kind
    assert bench.ld(*words, "--fatal-warnings").code == 1 and bench.good(*words[:-1]) == ""


def test_old_constructors_run_in_their_order(bench: Bench) -> None:
    slot = '__attribute__((aligned(8), section("{}"))) void (*{}[])(void) = {{ {} }};\n'
    text = "#include <stdio.h>\n" + "".join(f'static void f{at}(void) {{ fputs("{at} ", stdout); }}\n' for at in range(8))
    text += slot.format(".ctors.65435", "a", "f0") + slot.format(".ctors.65433", "b", "f1") + slot.format(".ctors", "c", "f3, f2")
    text += slot.format(".dtors", "d", "f4, f5") + slot.format(".dtors.65433", "e", "f6") + slot.format(".dtors.65435", "f", "f7")
    more = """#include <stdio.h>
__attribute__((constructor(101))) static void c1(void) { fputs("c1 ", stdout); }
__attribute__((constructor)) static void c2(void) { fputs("c2 ", stdout); }
__attribute__((destructor(101))) static void d1(void) { fputs("d1 ", stdout); }
__attribute__((destructor)) static void d2(void) { fputs("d2 ", stdout); }
int main(void) { return 0; }"""
    objects = [bench.cc("old", text), bench.cc("new", more)]
    bench.gcc(*objects)
    ours = bench.run().text
    subprocess.run(["gcc", "-fuse-ld=bfd", *objects, "-o", "theirs"], check=True)
    assert ours == bench.run("theirs").text and len(ours.split()) == 12
    assert bench.readelf("S").count("INIT_ARRAY") == 1


def test_thread_local_code_of_the_large_model(bench: Bench) -> None:
    flags = ("-fPIC", "-mcmodel=large", "-O1")
    shared = bench.cc("shared", "_Thread_local int far = 3;", "-fPIC", "-shared")
    main = bench.cc("main", """
static _Thread_local int one = 1, two; extern _Thread_local int far;
int main(void) { two = 2; return one * 100 + two * 10 + far; }""", *flags)
    bench.gcc("-pie", main, f"./{shared}")
    assert bench.run().code == 123
    bench.cc("far", "_Thread_local int far = 4;", "-fPIC")
    bench.gcc("-pie", main, "far.o")
    assert bench.run().code == 124


def test_distant_data_stays_behind_the_got(bench: Bench) -> None:
    main = bench.asm("main", f"{START}mov remote@GOTPCREL(%rip), %rax\nmov (%rax), %edi\n{EXIT}.section away,\"aw\"\n"
                             ".globl remote\nremote: .long 77\n" + STACK)
    bench.good(main, "--section-start=away=0x300000000")
    assert bench.run().code == 77
    assert "mov" in subprocess.run(["objdump", "-d", "a.out"], capture_output=True, text=True, check=True).stdout


def test_segments_ascend(bench: Bench) -> None:
    main = bench.asm("main", f"{START}xor %edi, %edi\n{EXIT}.section .one,\"ax\"\nnop\n.section .two,\"ax\"\nnop\n" + STACK)
    bench.good(main, "--section-start=.one=0x20000000", "--section-start=.two=0x10000000")
    starts = [int(one, 16) for one in re.findall(r"LOAD +0x\w+ (0x\w+)", bench.readelf("l"))]
    assert starts == sorted(starts) and len(starts) == 4
    assert bench.run().code == 0


def test_copied_constants_are_protected(bench: Bench) -> None:
    shared = bench.cc("shared", "const char constant[100] = \"abc\"; char data[100] = \"abc\";", "-fPIC", "-shared")
    main = bench.cc("main", """
#include <setjmp.h>
#include <signal.h>
extern const char constant[100]; extern char data[100]; static jmp_buf back;
static void caught(int number) { longjmp(back, number); }
int main(void) { signal(SIGSEGV, caught); data[0] = 5; if (setjmp(back)) return data[0]; *(char *)constant = 5; return 1; }
""", "-fno-pie")
    bench.gcc("-no-pie", main, f"./{shared}")
    assert bench.run().code == 5


def test_more_sections_than_a_symbol_can_name(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (emit, relocatable):      # extended numbers are as good for small ones
        monkeypatch.setattr(module, "SHN_LORESERVE", 12)
    text = "".join(f'.section .s{number},"aw"\n.globl x{number}\nx{number}: .byte {number}\n' for number in range(20))
    bench.good("-r", bench.asm("many", text + STACK), "-o", "joined.o")
    assert ".symtab_shndx" in bench.readelf("S", "joined.o")
    there = re.findall(r"GLOBAL DEFAULT +(\w+) x(\d+)$", bench.readelf("s", "joined.o"), re.MULTILINE)
    numbers = dict(re.findall(r"\[ *(\d+)\] \.s(\d+) ", bench.readelf("S", "joined.o")))
    assert len(there) == 20 and all(numbers[home] == name for home, name in there)
    assert bench.gnu(bench.asm("main", f"{START}movzbl x19(%rip), %edi\n{EXIT}" + STACK), "joined.o").code == 0
    assert bench.run().code == 19


@pytest.mark.parametrize(("name", "content", "what"), [
    ("a.c", b"int x;\n", "is a C source"), ("noname", b"#include <stdio.h>\nint main(void) { return 0; }\n", "is a C source"),
    ("x.py", b"import os\n", "is a Python source"), ("x", b".globl _start\n_start: ret\n", "is assembly text"),
    ("y", b"section .text\nglobal _start\n", "is assembly text"), ("z.ll", b"; ModuleID = 'x'\n", "is LLVM assembly"),
    ("b.bc", b"BC\xc0\xde\0\0", "is LLVM bitcode"), ("p.exe", b"MZ\x90\0\3", "is a Windows program"),
    ("m.o", b"\xcf\xfa\xed\xfe\7\0\0\1", "is a Mach-O file"), ("w", b"\0asm\1\0\0\0", "is a WebAssembly module"),
    ("g", b"\x1f\x8b\x08\0", "is compressed"), ("e", b"", "is empty"), ("n", b"\1\2\0\3", "is neither"),
    ("s", b"#!/bin/sh\nexit 0\n", "is a script for the shell"), ("t", b"hello world\n", "is read as a linker script"),
])
def test_files_that_are_no_inputs(bench: Bench, name: str, content: bytes, what: str) -> None:
    Path(name).write_bytes(content)
    told = bench.bad(name)
    assert what in told and told.count("ld.starklink: error: ") == 1


def test_references_a_script_forbids(bench: Bench) -> None:
    main = bench.asm("main", f"{START}mov there(%rip), %edi\n{EXIT}.data\nthere: .quad 1\n" + STACK)
    for word, fails in (("NOCROSSREFS(.text .data)", True), ("NOCROSSREFS_TO(.data .text)", True),
                        ("NOCROSSREFS_TO(.text .data)", False)):
        bench.write("forbid.ld", f"{word}\n{PLACES}")
        done = bench.ld("-T", "forbid.ld", main)
        assert (done.code == 1) == fails == (bench.gnu("-T", "forbid.ld", main).code == 1)
        assert ("main.o:(.text+0x2) in function" in done.text or "main.o:(.text+0x2):" in done.text) == fails


def test_writable_code_is_told(bench: Bench) -> None:
    main = bench.asm("main", SOME)
    assert "LOAD segment with RWX permissions" in bench.good("-N", main)
    assert bench.good("-N", main, "--no-warn-rwx-segments") == ""
    bench.write("headers.ld", "PHDRS { all PT_LOAD FLAGS(7); }\n" + PLACES.replace("(.text) }", "(.text) } :all"))
    assert bench.good("-T", "headers.ld", main) == ""


def test_names_of_separate_sections(bench: Bench) -> None:
    main = bench.asm("main", f"{START}{EXIT}.section .data.one,\"aw\"\n.byte 1\n.section .data.two,\"aw\"\n.byte 2\n"
                             ".section .text.hot.x,\"ax\"\nnop\n" + STACK)
    bench.good(main, "--unique=.data.o*")
    assert re.findall(r"(\.data\S*|\.text\S*)", bench.readelf("S")) == [".text", ".data", ".data.one"]
    bench.good(main, "-z", "keep-text-section-prefix")
    assert re.findall(r"(\.data\S*|\.text\S*)", bench.readelf("S")) == [".text", ".text.hot", ".data"]


def test_relocations_in_read_only_code(bench: Bench) -> None:
    main = bench.asm("main", ".globl f\nf: movabs f, %rax\nmovabs $f, %rax\nret\n" + STACK)
    told = bench.good("-shared", main)
    assert told.count("warning") == 1 and "main.o:(.text+0x2)" in told and "DT_TEXTREL" in told
    assert "TEXTREL" in bench.readelf("d")
    assert bench.good("-shared", main, "-z", "notext") == ""
    assert bench.bad("-shared", main, "-z", "text").count("error: ") == 2
    array = bench.asm("array", ".globl f\n.hidden f\nf: ret\n.section .init_array,\"a\"\n.quad f\n" + STACK)
    bench.asm("other", ".section .init_array,\"aw\"\n.quad f\n" + STACK)
    assert bench.good("-shared", array, "other.o") == ""


def test_aliases_of_scripts_are_functions_too(bench: Bench) -> None:
    main = bench.asm("main", f".type _start, @function\n{START}{EXIT}" + STACK)
    bench.write("alias.ld", PLACES + "other = _start; plain = 5;\n")
    bench.good("-T", "alias.ld", main)
    symbols = bench.readelf("s")
    assert re.search("FUNC +GLOBAL.* other", symbols) and re.search("NOTYPE +GLOBAL.* plain", symbols)


def test_instruction_set_is_noted(bench: Bench) -> None:
    bench.good(bench.asm("main", SOME), "-z", "x86-64-v3")
    assert "x86 ISA needed: x86-64-v3" in bench.readelf("n")


def test_versions_without_a_name(bench: Bench) -> None:
    one = bench.asm("one", ".globl f1, f2\nf1: ret\nf2: ret\n.symver f1, g1@\n.symver f2, g2@@\n" + STACK)
    if bench.ld("-shared", one).code == 0:
        names = bench.readelf("-dyn-syms")
        assert " g1\n" in names and " g2\n" in names


def test_names_a_version_script_exports_must_be_there_on_request(bench: Bench) -> None:
    one = bench.asm("one", ".globl there\nthere: ret\n" + STACK)
    bench.write("v.map", "V1 { global: there; absent; other*; extern \"C++\" { \"ns::f()\"; }; local: *; };\n")
    assert bench.good("-shared", one, "--version-script=v.map") == ""
    told = bench.bad("-shared", one, "--version-script=v.map", "--no-undefined-version")
    assert re.findall(r"to symbol (\S+) failed", told) == ["absent", "ns::f()"]


def test_export_lists(bench: Bench) -> None:
    shared = bench.cc("shared", "int two(void) { return 2; }", "-fPIC", "-shared")
    main = bench.cc("main", "int two(void); int foo(void) { return two(); } int bar; int baz; void _start(void) {}", "-fPIE")
    bench.write("list", "{ foo; ba*; };\n")
    for words, there in (((), []), (("--export-dynamic-symbol-list=list",), ["bar", "baz", "foo"]),
                         (("--dynamic-list=list",), ["bar", "baz", "foo"]), (("--export-dynamic-symbol=b*r",), ["bar"])):
        bench.good("-pie", main, shared, *words)
        assert sorted(re.findall(r" (foo|bar|baz)$", bench.readelf("-dyn-syms"), re.MULTILINE)) == there


@pytest.mark.parametrize(("encoding", "width"), [(0x1B, 4), (0x1A, 2), (0x1C, 8), (0x03, 4), (0x00, 8)])
def test_search_table_of_frames_in_every_encoding(bench: Bench, encoding: int, width: int) -> None:
    size = {2: ".short", 4: ".long", 8: ".quad"}[width]
    code = "f - ." if encoding & 0x10 else "f"
    text = f"""{START}{EXIT}.section .eh_frame,"a",@unwind
start: .long cie_end - . - 4, 0
.byte 1
.asciz "zR"
.uleb128 1
.sleb128 1
.byte 16
.uleb128 1
.byte {encoding}
cie_end: .long end - . - 4
fde: .long fde - start
{size} {code}, 1
.uleb128 0
end: .text
f: ret
"""
    bench.write("frames.ld", "SECTIONS { .text 0x1000 : { *(.text) } .eh_frame 0x2000 : { *(.eh_frame) } "
                             ".eh_frame_hdr : { *(.eh_frame_hdr) } }")
    bench.good("-T", "frames.ld", "--eh-frame-hdr", bench.asm("main", text + STACK))
    with open("a.out", "rb") as file:
        elf = ELFFile(file)
        table = elf.get_section_by_name(".eh_frame_hdr")
        data = table.data()
        place = next(symbol["st_value"] for symbol in elf.get_section_by_name(".symtab").iter_symbols() if symbol.name == "f")
        frame = next(symbol["st_value"] for symbol in elf.get_section_by_name(".symtab").iter_symbols() if symbol.name == "fde")
    assert data[:4] == b"\x01\x1b\x03\x3b" and len(data) == 20
    first, second = (int.from_bytes(data[at:at + 4], "little", signed=True) + table["sh_addr"] for at in (12, 16))
    assert (first, second) == (place, frame - 4)


def test_file_without_section_headers_runs(bench: Bench) -> None:
    main = bench.asm("main", f"{START}mov five(%rip), %edi\n{EXIT}.data\nfive: .long 5\n" + STACK)
    bench.good(main, "-z", "nosectionheader")
    assert bench.run().code == 5
    assert "There are no sections in this file" in bench.readelf("S")
    assert Path("a.out").stat().st_size < 0x2100


def test_read_only_dynamic_section(bench: Bench) -> None:
    bench.gcc(bench.cc("main", "int main(void) { return 3; }"), "-Wl,-z,rodynamic")
    assert bench.run().code == 3
    assert re.search(r"\.dynamic +DYNAMIC.* A ", bench.readelf("S")) and "(DEBUG)" not in bench.readelf("d")
    bench.gcc("main.o", "-Wl,-z,origin")
    assert len(re.findall(r"FLAGS(?:_1)?\) +(?:Flags: )?.*ORIGIN", bench.readelf("d"))) == 2


def test_copy_of_a_protected_object_is_refused(bench: Bench) -> None:
    shared = bench.cc("shared", "__attribute__((visibility(\"protected\"))) int value = 5;", "-fPIC", "-shared")
    text = "extern int value; int _start(void) { return value; }"
    told = bench.bad(bench.cc("main", text, "-fno-pie"), shared)
    assert "copy relocation for protected symbol value of shared.so" in told and "recompile with -fPIC" in told


def test_symbols_of_scripts_and_defsym_are_exported(bench: Bench) -> None:
    one = bench.asm("one", ".globl one\n.type one, @function\none: ret\n" + STACK)
    bench.write("more.ld", "two = one;\n")
    bench.good("-shared", one, "more.ld", "--defsym=three=one")
    theirs = bench.folder / "theirs"
    ours = re.findall(r"FUNC +GLOBAL.* (\w+)$", bench.readelf("-dyn-syms"), re.MULTILINE)
    assert bench.gnu("-shared", one, "more.ld", "--defsym=three=one", "-o", str(theirs)).code == 0
    assert sorted(ours) == ["one", "three", "two"] == sorted(
        re.findall(r"GLOBAL.* (one|two|three)$", bench.readelf("-dyn-syms", "theirs"), re.MULTILINE))


def test_dynamic_list_kinds_and_default_version(bench: Bench) -> None:
    shared = bench.cc("shared", "int two(void) { return 2; }", "-fPIC", "-shared")
    main = bench.cc("main", "int two(void); int data = 1; int code(void) { return two(); } void _start(void) {}\n"
                            "int info __asm__(\"_ZTI1A\"); int table __asm__(\"_ZTV1A\");\n"
                            "void operator_new(void) __asm__(\"_Znwm\"); void operator_new(void) {}", "-fPIE")
    for word, there in (("data", ["_ZTI1A", "_ZTV1A", "data"]), ("cpp-new", ["_Znwm"]), ("cpp-typeinfo", ["_ZTI1A"])):
        words = ["-pie", main, shared, f"--dynamic-list-{word}"]
        for link in (bench.good, lambda *given: bench.gnu(*given).text):
            link(*words)
            assert sorted(re.findall(r" (data|code|_Z\w+)$", bench.readelf("-dyn-syms"), re.MULTILINE)) == there
    one = bench.asm("one", ".globl one\none: ret\n" + STACK)
    bench.good("-shared", one, "--default-symver", "-soname", "libone.so.1")
    assert "one@@libone.so.1" in bench.readelf("-dyn-syms")


def test_globs_start_with_undefined_symbols_and_quote_in_brackets(bench: Bench) -> None:
    library = bench.archive("library.a", *(bench.asm(name, f".globl {name}\n{name}: ret\n" + STACK) for name in
                                           ("azz", "abz", "azC", "bzz")))
    main = bench.asm("main", f"{START}{EXIT}" + STACK)
    for pattern, there in (("a*", ["abz", "azC", "azz"]), (r"a[^b][^\]A-Z]", ["azz"]), ("?z[!C]", ["azz", "bzz"])):
        bench.good(main, library, f"--undefined-glob={pattern}")
        assert sorted(re.findall(r" ([ab]\w\w)$", bench.readelf("s"), re.MULTILINE)) == there
        bench.good("-shared", *(f"{name}.o" for name in ("azz", "abz", "azC", "bzz")), f"--undefined-glob={pattern}",
                   "--gc-sections", "-o", "s.so")


def test_output_to_standard_output(bench: Bench) -> None:
    main = bench.asm("main", f"{START}mov $9, %edi\n{EXIT}" + STACK)
    bench.good("--install-dir", "driver")
    done = subprocess.run(["driver/ld", main, "-o", "-"], capture_output=True, check=True)
    Path("a.out").write_bytes(done.stdout)
    Path("a.out").chmod(0o755)
    assert bench.run().code == 9 and not Path("-").exists()


def test_scripts_inside_a_sysroot_name_files_there(bench: Bench) -> None:
    Path("root/lib").mkdir(parents=True)
    main = bench.asm("main", f"{START}call two\n{EXIT}" + STACK)
    bench.asm("root/lib/two", ".globl two\ntwo: mov $2, %edi\nret\n" + STACK)
    bench.write("root/two.ld", "INPUT(/lib/two.o)\n")
    for root in ("root", str(bench.folder / "root"), "root/lib/.."):
        bench.good(main, "root/two.ld", f"--sysroot={root}")
        assert bench.run().code == 2
    assert "cannot open /lib/two.o" in bench.bad(main, "root/two.ld", "--sysroot=root/lib")


def test_the_first_object_says_the_machine(bench: Bench) -> None:
    subprocess.run(["as", "--32", "-o", "small.o", "-"], input=".globl _start\n_start: mov $7, %ebx\nmov $1, %eax\nint $0x80\n" +
                   STACK, text=True, check=True)
    large = bench.asm("large", f"{START}{EXIT}" + STACK)
    bench.good("small.o")
    assert "ELF32" in bench.readelf("h")
    assert "is a 64-bit object" in bench.bad("small.o", large) and "is a 32-bit object" in bench.bad(large, "small.o")
    assert "is a 32-bit object" in bench.bad("-m", "elf_x86_64", "small.o")


def test_numbers_signs_begin_comments_in_scripts(bench: Bench) -> None:
    large = bench.asm("large", f"{START}{EXIT}" + STACK)
    bench.write("a.ld", "# SECTIONS {\nSECTIONS { # } \n .text 0x10000 : { *(.text) } # more\n}\n")
    bench.write("b.ld", f"# a library\nINPUT({large}) # with a word\n")
    for link in (bench.good, lambda *given: bench.gnu(*given).text):
        link("-T", "a.ld", "b.ld")
        assert "0x10000" in bench.readelf("h")


@pytest.mark.parametrize("flags", ["-fPIE -pie", "-fno-pie -no-pie", "-fPIE -static-pie", "-fno-pie -static"])
def test_weak_symbols_may_come_later(bench: Bench, flags: str) -> None:
    text = """#include <stdio.h>
__attribute__((weak)) int later(void); __attribute__((weak)) extern int thing; int (*p)(void) = later; int *q = &thing;
int main(void) { printf("%d %d %d %d\\n", later ? later() : -1, &thing ? thing : -2, p != 0, q != 0); return 0; }
"""
    bench.cc("later", "int later(void) { return 7; } int thing = 9;", "-fPIC", "-shared")
    main, kind = bench.cc("main", text, flags.split()[0]), flags.split()[1]
    bench.gcc(kind, main)
    subprocess.run(["gcc", "-fuse-ld=bfd", kind, main, "-o", "theirs"], check=True)
    for preload in ("", "./later.so"):
        ours, theirs = (subprocess.run([name], capture_output=True, text=True, check=True, env={"LD_PRELOAD": preload}).stdout
                        for name in ("./a.out", "./theirs"))
        assert ours == theirs


def test_symbols_of_scripts_in_images_that_move(bench: Bench) -> None:
    main = bench.asm("main", ".globl _start\n_start: ret\n.data\n.quad inside, outside\n" + STACK)
    bench.write("inside.ld", "SECTIONS { .text : { *(.text) } .data : { inside = .; *(.data) } }\noutside = 0x1234;\n")
    bench.good("-pie", "-T", "inside.ld", main)
    assert len(re.findall("R_X86_64_RELATIVE", bench.readelf("r"))) == 1
    bench.good("-shared", "-T", "inside.ld", main)
    bench.write("drop.ld", "SECTIONS { .text : { *(.text) } .data : { *(.data) } /DISCARD/ : { *(.plt .got.plt) } }\n")
    call = bench.asm("call", ".globl f\nf: call away\n" + STACK)
    assert "the layout discards .plt" in bench.bad("-shared", "-T", "drop.ld", call)


def test_a_copy_keeps_the_default_version(bench: Bench) -> None:
    bench.write("v.map", "V1 { }; V2 { global: value; } V1;\n")
    one = bench.asm("one", ".data\n.globl old, new\n.type old, @object\n.type new, @object\n.symver old, value@V1\n"
                           ".symver new, value@@V2\nold: new: .long 3\n.size new, 4\n.size old, 4\n" + STACK)
    assert bench.gnu("-shared", one, "--version-script=v.map", "-o", "one.so").code == 0
    bench.good(bench.asm("main", f"{START}mov value, %edi\n{EXIT}" + STACK), "one.so", "-rpath", ".")
    assert "value@V2" in bench.readelf("-dyn-syms") and bench.run().code == 3


def test_a_common_symbol_is_as_large_as_that_of_a_library(bench: Bench) -> None:
    shared = bench.cc("shared", "long long com[2] = {1, 2};", "-fPIC", "-shared")
    main = bench.asm("main", f".comm com, 1, 1\n{START}{EXIT}.data\n.quad com\n" + STACK)
    for words in ((), ("-pie",)):      # GNU ld takes the library's object instead, which has that size, too
        bench.good(main, shared, *words)
        assert re.search(r" 16 OBJECT +GLOBAL DEFAULT +\d+ com", bench.readelf("-dyn-syms"))


def test_symbols_of_excluded_archives_are_local(bench: Bench) -> None:
    library = bench.archive("library.a", bench.asm("member", ".globl one\none: ret\n" + STACK))
    main = bench.asm("main", ".globl f\nf: call one\n" + STACK)
    for link in (bench.good, lambda *given: bench.gnu(*given).text):
        link("-shared", main, library, "--exclude-libs", "ALL")
        assert re.search(r"LOCAL.* one$", bench.readelf("s"), re.MULTILINE)


def test_scripts_use_symbols_of_options_archives_and_dead_sections(bench: Bench) -> None:
    main = bench.asm("main", f"{START}{EXIT}.section .kept,\"aw\"\nkept: .quad 1\n.globl kept\n.section .dead,\"aw\"\n.quad 2\n"
                     + STACK)
    library = bench.archive("library.a", bench.asm("member", ".globl five\nfive = 5\n" + STACK))
    bench.write("uses.ld", "MEMORY { ram (rwx) : ORIGIN = base, LENGTH = 64K }\nSECTIONS { .text : { *(.text) } > ram\n"
                           ".data : { *(.data) QUAD(kept) *(.kept .dead) } > ram six = five + 1; }\n")
    bench.good("-T", "uses.ld", main, library, "--defsym=base=0x50000", "--gc-sections", "--no-warn-rwx-segments")
    values = dict(re.findall(r"(\w{16}) +0 \w+ +\w+ +DEFAULT +\w+ (\w+)$", bench.readelf("s"), re.MULTILINE))
    names = {name: int(value, 16) for value, name in re.findall(r": (\w{16}) .* (\w+)$", bench.readelf("s"), re.MULTILINE)}
    assert values and names["six"] == 6 and names["_start"] == 0x50000 and names["kept"] > 0x50000
    assert re.search(r"\.data +PROGBITS +\w+ \w+ 000010 ", bench.readelf("S"))


def test_provided_symbols_serve_shared_objects(bench: Bench) -> None:
    shared = bench.cc("shared", "extern int given; int *use(void) { return &given; }", "-fPIC", "-shared")
    main = bench.asm("main", f"{START}call use\n{EXIT}" + STACK)
    bench.write("give.ld", "PROVIDE(given = 0x4321); PROVIDE(other = 1);\n")
    bench.good(main, shared, "give.ld")
    assert "0000000000004321" in bench.readelf("-dyn-syms") and "other" not in bench.readelf("s")


def test_state_of_static_and_paths_below_a_sysroot(bench: Bench) -> None:
    Path("root/lib").mkdir(parents=True)
    shared = bench.cc("root/lib/libtwo", "int two(void) { return 2; }", "-fPIC", "-shared")
    main = bench.asm("main", f"{START}call two\n{EXIT}" + STACK)
    for words in (["-L=lib", "--sysroot=root"], ["-L=/lib", "--sysroot=root/"], ["-Lroot/lib"]):
        bench.good("--push-state", "-static", "--pop-state", main, *words, "-ltwo")
        assert "[libtwo.so]" in bench.readelf("d")
    bench.write("in.ld", "INPUT(=lib/libtwo.so)\n")
    bench.good(main, "in.ld", "--sysroot=root")
    assert Path(shared).exists()


LINKED = """.section .text.b,"ax",@progbits
nop
.section .text.a,"ax",@progbits
nop
.section .meta,"ao",@progbits,.text.b
.byte 0xb
.section .meta,"ao",@progbits,.text.a
.byte 0xa
"""


def test_sections_that_follow_others(bench: Bench) -> None:
    one = bench.asm("one", LINKED + STACK)
    two = bench.asm("two", f'.section .text.c,"ax",@progbits\n{START}nop\n.section .meta,"ao",@progbits,.text.c\n.byte 0xc\n'
                           + STACK)
    bench.write("order.ld", "SECTIONS { .text : { *(.text.a) *(.text.c) *(.text.b) } .meta : { *(.meta) } }\n")
    for words, content in ((["-T", "order.ld", one, two], "0a0c0b"), ([two, one], "0c0b0a")):
        for link in (bench.good, lambda *given: bench.gnu(*given).text):
            link(*words, "--no-warn-rwx-segments")
            assert f" {content} " in bench.readelf("x.meta")
            assert re.search(r"\.meta +PROGBITS.* AL +1 ", bench.readelf("S"))
    bench.good("-r", one, two, "-o", "joined.o")
    assert bench.readelf("S", "joined.o").count(".meta ") == 3
    assert bench.gnu("-T", "order.ld", "joined.o", "--no-warn-rwx-segments").code == 0
    assert " 0a0c0b " in bench.readelf("x.meta")


def test_relocatable_output_with_a_script(bench: Bench) -> None:
    one = bench.asm("one", ".text\ncall f\n.section .text.f,\"ax\"\n.globl f\nf: ret\n.section .drop.x,\"a\"\n.long 1\n"
                           ".section .other,\"a\"\n.long 2\n" + STACK)
    bench.write("join.ld", "SECTIONS { .code 0 : { *(.text .text.*) } /DISCARD/ : { *(.drop.*) } }\n")
    for link in (bench.good, lambda *given: bench.gnu(*given).text):
        link("-r", "-T", "join.ld", one, "-o", "joined.o")
        names = re.findall(r"\] (\.\S+) ", bench.readelf("S", "joined.o"))
        assert ".code" in names and ".other" in names and not {".drop.x", ".text.f"} & set(names)
        assert re.search(r"R_X86_64_PLT32 .* f - 4", bench.readelf("r", "joined.o"))
    bench.write("name.ld", "name = 5;\n")
    bench.good("-r", one, "name.ld", "-o", "joined.o")
    assert re.search(r" 0+5 .* ABS name$", bench.readelf("s", "joined.o"), re.MULTILINE)


def test_large_alignments_hold_wherever_the_image_lies(bench: Bench) -> None:
    text = """__attribute__((aligned(0x10000))) int wide = 1; __attribute__((aligned(0x8000))) static const int fixed = 2;
int main(void) { return ((unsigned long)&wide & 0xffff) == 0 && ((unsigned long)&fixed & 0x7fff) == 0 ? wide + fixed : 0; }"""
    for compile, kind in (("-fPIE", "-pie"), ("-fno-pie", "-no-pie"), ("-fPIE", "-static-pie"), ("-fno-pie", "-static")):
        bench.gcc(kind, bench.cc("main", text, compile))
        for _ in range(4):
            assert bench.run().code == 3
        rows = re.findall(r"LOAD +(0x\w+) (0x\w+) .* (0x\w+)$", bench.readelf("l"), re.MULTILINE)
        assert max(int(align, 16) for _, _, align in rows) == 0x10000
        assert all((int(offset, 16) - int(address, 16)) % int(align, 16) == 0 for offset, address, align in rows)
    main = bench.asm("main", f"{START}{EXIT}.section .big,\"aw\"\n.p2align 21\n.quad 1\n" + STACK)
    bench.write("big.ld", "SECTIONS { . = 0x100000; .text : { *(.text) } .big : { *(.big) } }\n")
    found = []
    for link in (bench.good, lambda *given: bench.gnu(*given).text):
        link("-T", "big.ld", main, "--no-warn-rwx-segments")
        found.append(re.findall(r"LOAD +0x\w+ (0x\w+) .* (0x\w+)$", bench.readelf("l"), re.MULTILINE)[-1])
    assert found[0] == found[1] == ("0x0000000000200000", "0x200000")


@pytest.mark.parametrize("script", ["", "SECTIONS { .text 0x10000 : { *(.text) } .tbss : { *(.tbss) } other : { *(other) } "
                                        ".data 0x20000 : { *(.data) } }"])
def test_thread_local_zeros_do_not_overlap(bench: Bench, script: str) -> None:
    main = bench.asm("main", f"{START}mov one@tpoff, %eax\nmov two@tpoff, %eax\n{EXIT}"
                             ".section .tbss,\"awT\",@nobits\none: .zero 8\n"
                             ".section other,\"awT\",@nobits\ntwo: .zero 4\n.data\n.quad 1\n" + STACK)
    words = []
    if script:
        bench.write("local.ld", script)
        words = ["-T", "local.ld"]
    bench.good(main, *words)        # GNU ld gives both the same offset
    assert re.search(r"TLS .* 0x000000 0x00000c ", bench.readelf("l"))
    values = dict(re.findall(r"(\w{16}) +0 TLS .* (\w+)$", bench.readelf("s"), re.MULTILINE))
    assert sorted(values) == ["0000000000000000", "0000000000000008"]


def test_dependents_of_what_is_gone_go_too(bench: Bench) -> None:
    main = bench.asm("main", f'{START}{EXIT}.section .text.dead,"ax"\nnop\n.section .sizes,"o",@progbits,.text.dead\n.byte 1\n'
                             '.section .sizes,"o",@progbits,.text\n.byte 2\n' + STACK)
    for link in (bench.good, lambda *given: bench.gnu(*given).text):
        link(main, "--gc-sections")
        assert re.search(r"\.sizes +PROGBITS +\w+ \w+ 000001 ", bench.readelf("S"))
    bench.write("drop.ld", "SECTIONS { .text 0x10000 : { *(.text) } .sizes : { *(.sizes) } /DISCARD/ : { *(.text.dead) } }\n")
    bench.good(main, "-T", "drop.ld")
    assert re.search(r"\.sizes +PROGBITS +\w+ \w+ 000001 ", bench.readelf("S"))


def test_end_of_an_image_is_exported_and_scripts_name_outputs(bench: Bench) -> None:
    one = bench.asm("one", ".globl f\nf: lea _end@GOTPCREL(%rip), %rax\n" + STACK)
    for link in (bench.good, lambda *given: bench.gnu(*given).text):
        link("-shared", one)
        assert " _end\n" in bench.readelf("-dyn-syms")
    bench.write("name.ld", f"OUTPUT(named)\n{PLACES}")
    bench.good("-T", "name.ld", bench.asm("main", f"{START}{EXIT}" + STACK))
    assert Path("named").exists()
    common = [bench.cc(name, "int x;", "-fcommon") for name in ("c1", "c2")]
    assert bench.good("-w", "--fatal-warnings", "--warn-common", "-e", "x", *common) == ""


def test_a_script_has_the_last_word_on_a_symbol(bench: Bench) -> None:
    main = bench.asm("main", f"{START}{EXIT}" + STACK)
    bench.write("last.ld", PLACES + "value = 0x22;\n")
    for link in (bench.good, lambda *given: bench.gnu(*given).text):
        link(main, "--defsym=value=0x11", "-T", "last.ld")
        assert re.search(r": 0000000000000022 .* value$", bench.readelf("s"), re.MULTILINE)


def test_memory_usage_in_the_columns_of_gnu_ld(bench: Bench) -> None:
    main = bench.asm("main", f"{START}{EXIT}.data\n.quad 1\n" + STACK)
    bench.write("usage.ld", "MEMORY { ROM (rx) : ORIGIN = 0x1000, LENGTH = 1025 RAMRAM (rwx) : ORIGIN = 0x20000, LENGTH = 3M }\n"
                            "SECTIONS { .text : { *(.text) } > ROM .data : { *(.data) . = . + 4096; } > RAMRAM }\n")
    words = ["-T", "usage.ld", main, "--print-memory-usage", "--no-warn-rwx-segments"]
    assert bench.good(*words) == bench.gnu(*words).text
