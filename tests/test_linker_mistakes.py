"""Inputs and command lines with mistakes: each is told with its place, and nothing is written."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from linker_bench import Bench, bench

from starklink.linker.elf import inputs

__all__ = ["bench"]
STACK = '\n.section .note.GNU-stack,"",@progbits\n'
START = ".globl _start\n_start: "
EXIT = "mov $60, %eax\nsyscall\n"


def test_discarded_sections_cannot_be_used(bench: Bench) -> None:
    main = bench.asm("main", f'{START}mov gone(%rip), %eax\n{EXIT}.section .gone,"aw"\ngone: .long 1\n.data\n.quad gone\n'
                             '.section .debug_x\n.quad gone\n' + STACK)
    bench.write("drop.ld", "SECTIONS { .text 0x10000 : { *(.text) } .data 0x20000 : { *(.data) } /DISCARD/ : { *(.gone) } }\n")
    told = bench.bad("-T", "drop.ld", main)
    assert "which the layout discards" in told and re.findall(r"main\.o:\((\.\w+)\+0x\w+\)(?: in|:)", told) == [".text", ".data"]
    assert bench.gnu("-T", "drop.ld", main).text.count("discarded section") == 2


def test_thread_local_and_ordinary_access_do_not_mix(bench: Bench) -> None:
    data = bench.asm("data", '.globl local\n.section .tdata,"awT"\nlocal: .long 1\n' + STACK)
    main = bench.asm("main", f"{START}mov local, %eax\n{EXIT}" + STACK)
    for order in ((data, main), (main, data)):
        assert "against local, which is thread-local" in bench.bad(*order)
        assert "mismatches non-TLS reference" in bench.gnu(*order).text
    bench.asm("mixed", '.section .data,"aw"\n.long 2\n' + STACK)
    bench.write("mixed.ld", "SECTIONS { .data : { *(.data .tdata) } }\n")


def test_programs_are_no_inputs(bench: Bench) -> None:
    main = bench.asm("main", f".globl here\nhere: {START}{EXIT}" + STACK)
    for kind in ("-no-pie", "-pie"):
        bench.good(kind, main, "-o", "program")
        assert "program: is a linked program, not an object" in bench.bad(main, "program")
        assert "cannot use executable file" in bench.gnu(main, "program").text
    bench.good("-no-pie", main, "-o", "program")
    bench.good(bench.asm("other", ".globl e\ne: mov $here, %eax\n" + STACK), "-R", "program", "-e", "e")


def test_entry_that_is_missing(bench: Bench) -> None:
    main = bench.asm("main", f".globl other\nnop\nother: {EXIT}" + STACK)
    for words in (["-e", "nowhere"], []):
        told = bench.good(main, *words)
        theirs = bench.gnu(main, *words, "-o", "theirs").text
        assert re.search(r"cannot find entry symbol (\w+)", told)[1] == re.search(r"cannot find entry symbol (\w+)", theirs)[1]  # type: ignore[index]
        text = re.search(r"\.text +PROGBITS +0*(\w+)", bench.readelf("S"))
        assert text is not None and f"Entry point address:               0x{text[1]}" in bench.readelf("h")
    assert bench.good(main, "-e", "0x401001") == "" and "0x401001" in bench.readelf("h")
    assert bench.good("-shared", main) == ""
    assert "not setting start address" in bench.good("-shared", main, "-e", "nowhere")


def test_hidden_symbols_are_not_for_shared_objects(bench: Bench) -> None:
    shared = bench.cc("shared", "int wanted(void); int use(void) { return wanted(); }", "-fPIC", "-shared")
    main = bench.asm("main", f".globl wanted\n.hidden wanted\nwanted: {START}call use\n{EXIT}" + STACK)
    assert "non-exported symbol wanted in main.o is referenced by the shared object shared.so" in bench.bad(main, shared)
    assert "hidden symbol `wanted'" in bench.gnu(main, shared).text
    assert bench.good(main, shared, "--allow-shlib-undefined") == ""


@pytest.mark.parametrize(("words", "text"), [
    (["-(", "-(", "main.o", "-)", "-)"], "groups do not nest"), (["main.o", "--end-group"], "ends a group that did not begin"),
    (["lost.o", "--unresolved-symbols=ignore-all", "--no-undefined"], "undefined symbol: lost"),
])
def test_command_lines(bench: Bench, words: list[str], text: str) -> None:
    bench.asm("main", f"{START}{EXIT}" + STACK)
    bench.asm("lost", f"{START}call lost\n{EXIT}" + STACK)
    assert text in bench.bad(*words)
    assert bench.good("lost.o", "--no-undefined", "--unresolved-symbols=ignore-all") == ""


def test_the_got_has_one_owner(bench: Bench) -> None:
    main = bench.asm("main", f"{START}{EXIT}.data\n.globl _GLOBAL_OFFSET_TABLE_\n_GLOBAL_OFFSET_TABLE_: .quad 1\n" + STACK)
    assert "duplicate symbol: _GLOBAL_OFFSET_TABLE_" in bench.bad(main)


def test_debug_information_must_fit(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    main = bench.asm("main", f"{START}{EXIT}.section .debug_x\n.long 1\n.long far\n" + STACK)
    words = [main, bench.asm("away", ".globl far\nfar = 0x100000000\n" + STACK)]
    assert "main.o:(.debug_x+0x4): relocation R_X86_64_32 out of range: 4294967296" in bench.bad(*words)
    assert bench.gnu(*words).code == 1
    from starklink.linker.elf import link as linking

    monkeypatch.setattr(linking, "MANY", 1)
    assert "out of range: 4294967296" in bench.bad(*words)


def test_sections_beyond_the_end_of_memory(bench: Bench) -> None:
    main = bench.asm("main", f"{START}{EXIT}.bss\n.space 32\n" + STACK)
    bench.write("end.ld", "SECTIONS { .text 0x10000 : { *(.text) } .bss 0xfffffffffffffff1 : { *(.bss) } }\n")
    assert "exceeds the address space" in bench.bad("-T", "end.ld", main)


def damaged(path: str, at: int, value: bytes) -> None:
    data = bytearray(Path(path).read_bytes())
    data[at:at + len(value)] = value
    Path(path).write_bytes(data)


def header(path: str, name: str) -> tuple[int, int]:
    """(place of the section header, place of the content)."""
    text = subprocess.run(["readelf", "-SW", path], capture_output=True, text=True, check=True).stdout
    found = re.search(rf"\[ *(\d+)\] {re.escape(name)} +\S+ +\w+ (\w+)", text)
    assert found is not None
    table = int.from_bytes(Path(path).read_bytes()[40:48], "little")
    return table + 64 * int(found[1]), int(found[2], 16)


@pytest.mark.parametrize(("what", "text"), [
    ("locals", "symbols are local"), ("binding", "has the unknown binding 7"),
    ("undefined", "the local symbol here is undefined"),
    ("tls", "is thread-local, but its section .text is not"), ("order", "is ordered by section 200"),
])
def test_damaged_objects(bench: Bench, what: str, text: str) -> None:
    main = bench.asm("main", f'{START}{EXIT}here: nop\n.section .order,"ao",@progbits,.text\n.long 1\n' + STACK)
    head, content = header(main, ".symtab")
    names = re.findall(r"^ +(\d+): .* (\S+)$", bench.readelf("s", main), re.MULTILINE)
    row = {name: content + 24 * int(number) for number, name in names}
    if what == "locals":
        damaged(main, head + 44, b"\xff")
    elif what == "binding":
        damaged(main, row["_start"] + 4, b"\x70")
    elif what == "undefined":
        damaged(main, row["here"] + 6, b"\0\0")
    elif what == "tls":
        damaged(main, row["_start"] + 4, b"\x16")
    else:
        damaged(main, header(main, ".order")[0] + 40, b"\xc8")
    assert text in bench.bad(main)


def test_local_symbols_among_the_global_ones_of_a_shared_object(bench: Bench) -> None:
    shared = bench.cc("shared", "int one(void) { return 1; } int two(void) { return 2; }", "-fPIC", "-shared")
    _, content = header(shared, ".dynsym")
    names = re.findall(r"^ +(\d+): .* (\S+)$", bench.readelf("-dyn-syms", shared), re.MULTILINE)
    row = next(int(number) for number, name in names if name == "one")
    damaged(shared, content + 24 * row + 4, b"\x02")
    assert "is local but stands among the global ones" in bench.bad(bench.asm("main", f"{START}{EXIT}" + STACK), shared)


def test_what_dead_code_needs_may_be_missing(bench: Bench) -> None:
    main = bench.asm("main", f'{START}{EXIT}.section .text.dead,"ax"\ncall lost\n' + STACK)
    assert "undefined symbol: lost" in bench.bad(main)
    assert bench.good(main, "--gc-sections") == "" == bench.gnu(main, "--gc-sections").text
    live = bench.asm("live", f"{START}call lost\n{EXIT}" + STACK)
    assert "undefined symbol: lost" in bench.bad(live, "--gc-sections")


def test_distances_to_absolute_symbols_are_unknown_in_images_that_move(bench: Bench) -> None:
    main = bench.asm("main", f"{START}call fixed\nlea fixed(%rip), %rax\nmov $fixed, %rax\n{EXIT}" + STACK)
    fixed = bench.asm("fixed", ".globl fixed\nfixed = 0x1234\n" + STACK)
    told = bench.bad("-pie", main, fixed)
    assert told.count("against the absolute symbol fixed") == 2
    assert "absolute symbol" in bench.gnu("-pie", main, fixed).text
    assert bench.good("-no-pie", main, fixed) == ""


def test_hidden_symbols_must_be_defined_here(bench: Bench) -> None:
    one = bench.asm("one", ".globl f\n.hidden own\nf: call own\ncall other@plt\n" + STACK)
    told = bench.ld("-shared", one, "-z", "defs", "--warn-unresolved-symbols")
    assert told.code == 1 and "error: undefined hidden symbol: own" in told.text
    assert "warning: undefined symbol: other" in bench.good("-shared", bench.asm("two", ".globl g\ng: call other@plt\n" + STACK),
                                                            "-z", "defs", "--warn-unresolved-symbols")


def test_everything_wrong_with_a_program_is_told_with_lines_and_names(bench: Bench) -> None:
    bench.write("one.cc", """namespace app { struct Shape { virtual ~Shape(); int id; }; int compute(const char *, int); }
int helper(int);
template <class T> T twice(T x) { return helper(x) + app::compute("x", x); }
int use1() { return app::compute("a", 1) + helper(1); }
int use2() { return app::compute("b", 2) + twice(2); }

int main() { app::Shape shape; return use1() + use2(); }
""")
    bench.write("two.cc", "\nint helpr(int x) { return x; }\nint use1() { return 1; }\n"
                          "namespace app { int compute(const char *) { return 0; } }\n")
    for name in ("one", "two"):
        subprocess.run(["g++", "-g", "-O0", "-c", f"{name}.cc"], check=True)
    told = bench.bad("one.o", "two.o", "-e", "main", "--unresolved-symbols=report-all")
    parts = {part.splitlines()[0]: part for part in told.split("ld.starklink: error: ")[1:]}
    assert re.findall(r"defined at (\S+) ", parts["duplicate symbol: use1()"]) == ["one.cc:4", "two.cc:3"]
    compute = parts["undefined symbol: app::compute(char const*, int)"]
    assert sorted(re.findall(r"referenced by (one\.cc:\d)", compute)) == ["one.cc:3", "one.cc:4", "one.cc:5"]
    assert "did you mean: app::compute(char const*)" in compute
    helper = parts["undefined symbol: helper(int)"]
    assert "did you mean: helpr(int)" in helper and "one.cc:3 (one.o:(.text._Z5twiceIiET_S0_+" in helper
    assert "the key function" in parts["undefined symbol: vtable for app::Shape"]


def test_sections_and_metadata_nobody_can_read(bench: Bench) -> None:
    main = bench.asm("main", f'{START}{EXIT}.section .own,"a",@0x80000001\n.long 1\n' + STACK)
    assert "section .own is of the type 0x80000001" in bench.bad(main)
    assert bench.gnu(main).code == 1
    bench.asm("main", f"{START}{EXIT}" + STACK)
    assert "two hexadecimal digits must follow each %" in bench.bad(main, "--package-metadata=a%x")
    bench.good(main, "--package-metadata=%7B%22a%22:%221%25%22%7D")
    assert b'{"a":"1%"}' in Path("a.out").read_bytes()


@pytest.mark.parametrize(("at", "kind"), [(2, b"\2\0\0\0"), (-1, b"\2\0\0\0"), (1 << 40, b"\1\0\0\0"), (1 << 63, b"\1\0\0\0"),
                                          (6, b"\4\0\0\0")])
def test_relocations_outside_their_section(bench: Bench, at: int, kind: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    main = bench.asm("main", f'{START}{EXIT}.section .two,"aw"\n.long _start - .\n.data\n.quad 1\n' + STACK)
    _, content = header(main, ".rela.two")
    damaged(main, content, (at & (1 << 64) - 1).to_bytes(8, "little"))
    damaged(main, content + 8, kind)
    assert "lies outside its section" in bench.bad(main)
    from starklink.linker.elf import link as linking

    monkeypatch.setattr(linking, "MANY", 1)
    assert "lies outside its section" in bench.bad(main)


@pytest.mark.parametrize("expression", ["lost", "lost+4", "lost*2"])
def test_options_cannot_name_what_is_missing(bench: Bench, expression: str) -> None:
    main = bench.asm("main", f"{START}{EXIT}" + STACK)
    assert "undefined symbol" in bench.bad(main, f"--defsym=new={expression}")


def test_a_refused_object_has_no_symbols(bench: Bench) -> None:
    """One found damaged halfway, in relocatable output that is made all the same."""
    main = bench.asm("main", f"{START}call helper\n{EXIT}" + STACK)
    other = bench.asm("other", ".globl helper\nlocal: helper: call local2@PLT\nlocal2: ret\n.quad helper\n" + STACK)
    path = bench.folder / other
    data = bytearray(path.read_bytes())
    start, size, count = (int.from_bytes(data[at:at + n], "little") for at, n in ((0x28, 8), (0x3A, 2), (0x3C, 2)))
    table = next(at for at in range(start, start + size * count, size) if data[at + 4] == 2)
    offset, length = (int.from_bytes(data[table + at:table + at + 8], "little") for at in (24, 32))
    data[offset + length - 18:offset + length - 16] = (517).to_bytes(2, "little")       # section of the last symbol
    path.write_bytes(data)
    assert "lies in section 517, which does not exist" in bench.bad("-r", main, other)
    assert "lies in section 517" in bench.ld("-r", "--noinhibit-exec", main, other).text


@pytest.mark.parametrize("flags", ["", "a"])
@pytest.mark.parametrize("kind", [0x13, 0x14, 0x5FFFFFFF, 0x60000001, 0x6FFF4C05, 0x6FFFFFFF, 0x70000001, 0x70000003, 0x7FFFFFFF,
                                  0x80000001, 0xFFFFFFFF])
def test_types_of_sections_nobody_knows(bench: Bench, kind: int, flags: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What GNU ld refuses is refused, also when objects are loaded many at once."""
    main = bench.asm("main", f'{START}{EXIT}.section .own,"{flags}",@{kind:#x}\n.long 1\n' + STACK)
    theirs = bench.gnu(main)
    for large in (1 << 60, 0):
        monkeypatch.setattr(inputs, "LARGE", large)
        ours = bench.ld(main)
        assert (ours.code == 0) == (theirs.code == 0), ours.text + theirs.text
        assert ours.code == 0 or f"section .own is of the type {kind:#x}" in ours.text
