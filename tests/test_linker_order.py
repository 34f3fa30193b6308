"""--section-ordering-file: as if its patterns stood first in the output sections of the layout, which GNU ld is given in full."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from linker_bench import Bench, bench

from starklink.linker.elf import link

__all__ = ["bench"]

CODE = ".globl _start\n.text\n_start: ret\n" + "".join(
    f".section .text.{name},\"ax\"\n.globl f_{name}\nf_{name}: .byte {value}\n"
    for value, name in enumerate(("a", "hot", "first", "z2", "z1", "b"), 1)) + "".join(
    f".section .data.{name},\"aw\"\n.globl d_{name}\nd_{name}: .byte {value}\n"
    for value, name in enumerate(("big", "first", "small", "other"), 16)) + ".section .note.GNU-stack,\"\",@progbits\n"
MORE = ".section .data.first,\"aw\"\n.byte 99\n.section .text.a,\"ax\"\n.byte 98\n.section .note.GNU-stack,\"\",@progbits\n"
ORDER = ".text : { *(.text.first) *(SORT(.text.z*)) }\n.data : { foo.o(.data.first); *(.data.small) }\n"
LAYOUT = "SECTIONS {{ . = 0x400000; .text : {{ {0} _stext = .; *(.text.hot) *(.text .text.*) }}\n" \
    ".data : {{ {1} *(.data.big) *(.data .data.*) }} }}"


def bytes_of(bench: Bench, section: str, name: str = "a.out") -> str:
    return "".join(re.findall(r"^  0x\S+ ((?:[0-9a-f]{2,8} ){1,4})", bench.readelf("x" + section, name), re.M)).replace(" ", "")


@pytest.mark.parametrize("order", [ORDER, f"SECTIONS {{ {ORDER} }}"])
def test_with_a_script(bench: Bench, order: str) -> None:
    objects = [bench.asm("foo", MORE), bench.asm("main", CODE)]
    bench.write("order", order)
    bench.write("script", LAYOUT.format("", ""))
    bench.write("full", LAYOUT.format("*(.text.first) *(SORT(.text.z*))", "foo.o(.data.first) *(.data.small)"))
    bench.good("-T", "script", "--section-ordering-file", "order", "--no-warn-rwx-segments", *objects)
    assert bench.gnu("-T", "full", "-o", "theirs", *objects).code == 0
    for section in (".text", ".data"):
        assert bytes_of(bench, section) == bytes_of(bench, section, "theirs")
    symbols = [re.findall(r"([0-9a-f]{16}) .* (_stext|[fd]_\w+)$", bench.readelf("s", name), re.M)
               for name in ("a.out", "theirs")]
    assert sorted(symbols[0]) == sorted(symbols[1]) and len(symbols[0]) == 11


@pytest.mark.parametrize("kind", [(), ("-pie",), ("-shared",), ("-r",), ("--gc-sections", "-u", "d_small")])
def test_without_a_script(bench: Bench, kind: tuple[str, ...]) -> None:
    objects = [bench.asm("foo", MORE), bench.asm("main", CODE)]
    bench.write("order", ORDER.replace("*(.text.first)", "KEEP(*(.text.first))"))
    bench.good("--section-ordering-file=order", *objects, *kind)
    if "--gc-sections" in kind:
        assert bytes_of(bench, ".text") == "03c3" and bytes_of(bench, ".data") == "12"
    else:
        code, data = bytes_of(bench, ".text"), bytes_of(bench, ".data")
        assert code.startswith("030504") and data.startswith("6312" if "-r" not in kind else "63")
        assert len(code) == (16 if "-r" not in kind else 8)


def test_sections_that_are_ordered_go_elsewhere(bench: Bench) -> None:
    """What the file places in another output section than its name says, and what two of its patterns match."""
    objects = [bench.asm("main", CODE)]
    bench.write("order", ".data : { *(.text.z1) }\n.text : { *(.text.z*) *(.text.b) }\n")
    bench.good("--section-ordering-file=order", *objects, "--no-warn-rwx-segments")
    assert bytes_of(bench, ".text").startswith("0406") and bytes_of(bench, ".data").startswith("05")
    bench.write("script", LAYOUT.format("", ""))
    bench.good("--section-ordering-file=order", "-T", "script", *objects, "--no-warn-rwx-segments")
    assert bytes_of(bench, ".text").startswith("0406") and bytes_of(bench, ".data").startswith("05")


@pytest.mark.parametrize(("order", "problem"), [
    (".txt : { *(.text.a) }", "no output section .txt"), (".text : { x = 5; }", "can only place input sections"),
    ("x = 5;", "can only place input sections"), (".text : { *(.text.a)", "is not closed"), (".text.a\n.text.b\n", "expected"),
])
def test_mistakes(bench: Bench, order: str, problem: str) -> None:
    objects = [bench.asm("main", CODE)]
    bench.write("order", order)
    bench.write("script", LAYOUT.format("", ""))
    assert problem in bench.bad("--section-ordering-file=order", *objects)
    assert problem in bench.bad("--section-ordering-file=order", "-T", "script", *objects)
    assert "No such file" in bench.bad("--section-ordering-file=missing", *objects)
    assert not Path("a.out").exists()


def test_order_of_code_by_its_prefix(bench: Bench) -> None:
    """Cold code, code for the end and the start, hot code, the rest."""
    code = bench.asm("main", CODE + "".join(f".section .text.{name},\"ax\"\n.byte {value}\n" for value, name in enumerate(
        ("hotter", "startup", "exit", "unlikely", "hot.x", "startups", "unlikely.x"), 32)))
    bench.good(code)
    assert bench.gnu("-o", "theirs", code).code == 0
    assert bytes_of(bench, ".text") == bytes_of(bench, ".text", "theirs")


def test_shuffled_and_reversed_sections(bench: Bench) -> None:
    code = bench.asm("main", CODE)
    plain = ["c3", "01", "03", "04", "05", "06"]
    bench.good(code, "--reverse-sections")
    text = bytes_of(bench, ".text")
    assert text.startswith("02") and text.endswith("c3") and text[2:-2] == "0605040301"     # hot code stays in front
    assert bytes_of(bench, ".data").startswith("13121110")
    bench.good(code, "--shuffle-sections=.text.*=-1")
    assert bytes_of(bench, ".text") == "02" + "c3" + "0605040301" and bytes_of(bench, ".data").startswith("10111213")
    seen = set()
    for seed in ("", "=1", "=2", "=*=1", "=.text*=3"):
        bench.good(code, f"--shuffle-sections{seed}", "-o", "first")
        bench.good(code, f"--shuffle-sections{seed}", "-o", "again")
        assert Path("first").read_bytes() == Path("again").read_bytes()
        text = bytes_of(bench, ".text", "first")
        assert sorted(plain) == sorted(text[at:at + 2] for at in range(2, 14, 2))
        seen.add(text)
    assert len(seen) >= 3
    assert "no number" in bench.bad(code, "--shuffle-sections=.text=x")
    subprocess.run("echo 'int main(void) { return 7; }' | gcc -ffunction-sections -xc -c -o c.o -", shell=True, check=True)
    bench.gcc("c.o", "-o", "c", "-static", "-Wl,--shuffle-sections=5")
    assert bench.run("c").code == 7


def test_statistics_of_archives_as_lld_writes_them(bench: Bench) -> None:
    for name in ("one", "two", "three"):
        bench.asm(name, f".globl {name}\n{name}: ret\n.section .note.GNU-stack,\"\",@progbits\n")
    bench.archive("a.a", "one.o", "two.o")
    bench.archive("b.a", "three.o")
    words = [bench.asm("main", CODE.replace("_start: ret", "_start: call two")), "a.a", "b.a"]
    bench.good(*words, "--print-archive-stats=ours")
    subprocess.run(["ld.lld", *words, "--print-archive-stats=theirs", "-o", "lld"], check=True)
    assert Path("ours").read_text() == Path("theirs").read_text()


@pytest.mark.parametrize("kind", [(), ("-r",), ("-shared",)])
def test_numbered_names_of_local_symbols(bench: Bench, kind: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """-z unique-symbol, also in large links."""
    end = ".section .note.GNU-stack,\"\",@progbits\n"
    objects = [bench.asm("u1", ".globl _start\n_start: nop\nfoo: nop\nbar: nop\n.local baz.1\nbaz.1: nop\n" + end),
               bench.asm("u2", "foo: nop\nbar: nop\nbaz: nop\n" + end),
               bench.asm("u3", "foo: nop\n.globl bar2\nbar2: nop\nbaz: nop\n.globl foo.1\nfoo.1: nop\n" + end),
               *(bench.asm(f"v{number}", "foo: nop\n" + end) for number in range(14))]
    assert bench.gnu("-z", "unique-symbol", "-o", "theirs", *objects, *kind).code == 0
    for limit in (1 << 60, 0):
        monkeypatch.setattr(link, "MANY", limit)
        bench.good("-z", "unique-symbol", "-o", "ours", *objects, *kind)
        names = [sorted(re.findall(r" (\S*[fb]\w\w\.[\w.]+)$", bench.readelf("s", name), re.M)) for name in ("ours", "theirs")]
        assert names[0] == names[1] and "foo.10" in names[0] and "baz.1.0" in names[0]
