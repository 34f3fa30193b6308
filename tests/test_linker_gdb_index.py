"""--gdb-index: what gdb finds with the index is what it finds without, and the names are those the compiler lists."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from linker_bench import Bench, bench

from starklink.linker.elf import crew, link
from starklink.linker.elf.gdb_index import hashed

__all__ = ["bench"]

CXX = r"""
namespace outer { namespace { int hidden = 3; } enum class Color { Red, Green }; enum Plain { One, Two };
struct Box { struct Inner { int x; }; int get() const; static int count; template <class T> T twice(T t) { return t + t; } };
int Box::get() const { Inner i{4}; return i.x + hidden; } int Box::count = 9;
template <int N> int times(int x) { return N * x; } }
static int local_thing(int a) { return a + 1; }
typedef unsigned long myulong;
extern "C" int helper(int);
int main() { outer::Box b; outer::Color c = outer::Color::Green; myulong m = 4; outer::Plain p = outer::Two;
return b.get() + local_thing(3) + outer::times<4>(2) + helper((int)m) + (int)c + b.twice(3) + p; }
"""
C = r"""
struct point { int x, y; };
enum shape { ROUND, SQUARE };
static struct point origin = { 1, 2 };
enum shape kind = SQUARE;
__attribute__((noinline)) static int quiet(int v) { return v * origin.x; }
int unused(int v) { return v - 5; }
int helper(int v) { return quiet(v) + kind; }
"""
QUESTIONS = (r"info functions helper\|quiet\|get\|local_thing\|times\|unused", r"info types Box\|point\|Color\|myulong",
             r"info variables hidden\|origin\|count", "break outer::Box::get", "break quiet", "print outer::Two", "print SQUARE",
             "print sizeof(struct point)", "ptype outer::Box::Inner", "run", "bt", "list local_thing",
             "info address outer::Box::count")


def objects(bench: Bench, *flags: str) -> list[str]:
    bench.write("a.cc", CXX)
    bench.write("b.c", C)
    for name in ("a.cc", "b.c"):
        subprocess.run(["gcc", "-g", "-ffunction-sections", *flags, "-c", name], check=True, cwd=bench.folder)
    return ["a.o", "b.o"]


def gdb(bench: Bench, program: str) -> str:
    words = [word for question in QUESTIONS for word in ("-ex", question)]
    done = subprocess.run(["gdb", "-nx", "-batch", *words, program], capture_output=True, text=True, check=False, timeout=120,
                          cwd=bench.folder)
    said = done.stdout.replace(program, "PROGRAM") + done.stderr.replace(program, "PROGRAM")
    return re.sub(r"0x7f{3,}[0-9a-f]+", "STACK", said)          # where the stack begins depends on the length of the name


def dump(bench: Bench, program: str) -> tuple[dict[str, list[str]], str]:
    """The symbols of the index with their units and kinds, and everything before them."""
    text = subprocess.run(["readelf", "--debug-dump=gdb_index", program], capture_output=True, text=True, check=True,
                          cwd=bench.folder)
    assert text.stderr == ""
    before, _, rest = text.stdout.partition("Symbol table:")
    found = re.findall(r"^\[ *\d+\] (.+?):((?: \d+ \[.*\]\n)|\n(?:\t\d+ \[.*\]\n)+)", rest, re.M)
    return {name: re.findall(r"\d+ \[.*?\]", units) for name, units in found}, before


@pytest.mark.parametrize("flags", [("-gdwarf-5",), ("-ggnu-pubnames",), ("-gdwarf-4", "-fdebug-types-section")],
                         ids=lambda value: "".join(value))
def test_gdb_finds_the_same(bench: Bench, flags: tuple[str, ...]) -> None:
    inputs = objects(bench, *flags)
    bench.gcc("-o", "indexed", *inputs, "-Wl,--gdb-index", "-Wl,--gc-sections")
    bench.gcc("-o", "plain", *inputs, "-Wl,--gc-sections")
    told = gdb(bench, "indexed")
    assert told == gdb(bench, "plain")
    assert all(word in told for word in ("int outer::Box::get(", "static int quiet(int);", "local_thing", "myulong;", "origin;"))
    objfiles = subprocess.run(["gdb", "-nx", "-batch", "-ex", "maint print objfiles indexed", "indexed"], capture_output=True,
                              text=True, check=True, cwd=bench.folder)
    assert ".gdb_index: version 7" in objfiles.stdout
    lint = subprocess.run(["eu-elflint", "-q", "--gnu-ld", "indexed"], capture_output=True, text=True, check=False,
                          cwd=bench.folder)
    assert lint.stdout == ""
    names = bench.readelf("S", "indexed")
    assert ".debug_gnu_pub" not in names and names.count(".gdb_index") == 1
    assert ".gdb_index" not in bench.readelf("S", "plain")


def test_lists_of_the_compiler_are_taken_as_lld_does(bench: Bench) -> None:
    inputs = objects(bench, "-ggnu-pubnames")
    bench.gcc("-o", "ours", *inputs, "-Wl,--gdb-index")
    subprocess.run(["gcc", "-fuse-ld=lld", "-o", "theirs", *inputs, "-Wl,--gdb-index"], check=True, cwd=bench.folder)
    (ours, head), (theirs, other) = dump(bench, "ours"), dump(bench, "theirs")
    assert {name: set(units) for name, units in ours.items()} == {name: set(units) for name, units in theirs.items()}
    assert len(ours) > 25
    units, expected = (re.findall(r"^\[ *\d+\] \S+ - \S+$", text, re.M) for text in (head, other))
    assert units == expected and len(units) == 2
    areas = [re.findall(r"^[0-9a-f]{16} [0-9a-f]{16} \d+$", text, re.M) for text in (head, other)]
    assert len(areas[0]) == len(areas[1]) == 8


def test_entries_that_are_walked_have_the_names_of_the_lists(bench: Bench) -> None:
    bench.gcc("-o", "listed", *objects(bench, "-ggnu-pubnames"), "-Wl,--gdb-index")
    bench.gcc("-o", "walked", *objects(bench), "-Wl,--gdb-index")
    listed, walked = dump(bench, "listed")[0], dump(bench, "walked")[0]
    # Those of scoped enumerations have the name of the enumeration before them.
    assert set(listed) - set(walked) == {"outer::Red", "outer::Green"}
    assert {"outer::Color::Red", "outer::Color::Green", "outer::Box::Inner"} <= set(walked)

    def kinds(names: dict[str, list[str]]) -> dict[str, set[str]]:
        return {name: {re.sub(r".*, |\]", "", unit) for unit in units} for name, units in names.items() if name in listed}

    known = kinds(walked)
    assert known == {name: kind for name, kind in kinds(listed).items() if name in known}


def test_index_of_dropped_debug_information(bench: Bench) -> None:
    inputs = objects(bench)
    for word in ("-s", "-S"):
        bench.gcc("-o", "out", *inputs, f"-Wl,--gdb-index,{word}")
        assert ".gdb_index" not in bench.readelf("S", "out")
    bench.gcc("-o", "out", *inputs, "-Wl,--gdb-index,--no-gdb-index")
    assert ".gdb_index" not in bench.readelf("S", "out")
    bench.good("--gdb-index", "-o", "none", bench.asm("none", ".globl _start\n_start: ret\n.section .note.GNU-stack\n"))
    assert dump(bench, "none")[0] == {}


def test_damaged_debug_information_is_a_warning(bench: Bench) -> None:
    damaged = bench.asm("bad", ".globl _start\n_start: ret\n.section .debug_info\n.long 90\n.value 4\n.long 0\n"
                               ".byte 8, 1, 2, 3\n"
                               ".section .debug_abbrev\n.byte 1, 17\n"
                               ".section .debug_gnu_pubnames\n.long 7000\n.value 2\n.quad 0\n"
                               ".section .note.GNU-stack\n")
    told = bench.good("--gdb-index", damaged)
    assert told.count("warning") >= 1 and "internal" not in told
    assert dump(bench, "a.out")[0] == {}


def test_two_processes_and_compression(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = objects(bench)
    words = ["--gdb-index", "-e", "main", "--noinhibit-exec", "--unresolved-symbols=ignore-all", *inputs]
    bench.good("-o", "one", *words)
    monkeypatch.setattr(link, "MANY", 0)
    monkeypatch.setattr(crew, "pays", lambda ctx, size: True)
    bench.good("-o", "two", *words)
    assert Path("one").read_bytes() == Path("two").read_bytes() and ".gdb_index" in bench.readelf("S", "two")
    bench.good("-o", "packed", *words, "--compress-debug-sections=zlib")
    assert dump(bench, "packed") == dump(bench, "two")


def test_hash_is_that_of_gdb() -> None:
    """r = r * 67 + tolower(c) - 113, modulo 2^32 (gdb manual, "Index Section Format")."""
    assert [hashed(name) for name in (b"", b"a", b"A", b"ab", b"main")] == [
        0, 2**32 - 16, 2**32 - 16, (-16 * 67 + 98 - 113) % 2**32,
        ((((109 - 113) * 67 + 97 - 113) * 67 + 105 - 113) * 67 + 110 - 113) % 2**32]
