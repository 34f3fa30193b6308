"""--icf: identical functions become one, the same ones as with lld, and programs still work."""

from __future__ import annotations

import subprocess

import pytest
from linker_bench import Bench, bench

from starklink.linker.elf import link as linking

__all__ = ["bench"]
SOURCE = """
#include <stdio.h>
#define NOINLINE __attribute__((noinline))
extern int table[4]; int table[4] = {1, 2, 3, 4};
NOINLINE int add_one(int x) { return x + table[1]; }
NOINLINE int add_two(int x) { return x + table[1]; }
NOINLINE int add_three(int x) { return x + table[2]; }
int even_b(unsigned x); int odd_b(unsigned x);
NOINLINE int even_a(unsigned x); NOINLINE int odd_a(unsigned x);
NOINLINE int even_a(unsigned x) { __asm__ volatile(""); return x == 0 ? table[0] : odd_a(x - 1) + 1; }
NOINLINE int even_b(unsigned x) { __asm__ volatile(""); return x == 0 ? table[0] : odd_b(x - 1) + 1; }
NOINLINE int odd_a(unsigned x) { __asm__ volatile(""); return x == 0 ? table[2] : even_a(x - 1) + 2; }
NOINLINE int odd_b(unsigned x) { __asm__ volatile(""); return x == 0 ? table[2] : even_b(x - 1) + 2; }
NOINLINE int odd_c(unsigned x) { __asm__ volatile(""); return x == 0 ? table[3] : even_b(x - 1) + 2; }
NOINLINE const char *text_a(void) { return "same"; }
NOINLINE const char *text_b(void) { return "same"; }
NOINLINE const char *text_c(void) { return "else"; }
NOINLINE int taken_a(int x) { return x * 7 + table[3]; }
NOINLINE int taken_b(int x) { return x * 7 + table[3]; }
int (*pointers[2])(int) = {taken_a, taken_b};
int main(void) {
    printf("%d %d %d %d %d %d %d %d %s%s%s %d\\n", add_one(1), add_two(2), add_three(3), even_a(5), even_b(6), odd_a(7),
           odd_b(8), odd_c(2), text_a(), text_b(), text_c(), pointers[0](1) + pointers[1](2));
    return pointers[0] == pointers[1];
}
"""
NAMES = ("add_one", "add_two", "add_three", "even_a", "even_b", "odd_a", "odd_b", "odd_c", "text_a", "text_b", "text_c",
         "taken_a", "taken_b")
THROWING = """
#include <cstdio>
struct A { ~A(); }; struct B { ~B(); };
__attribute__((noinline)) A::~A() { std::printf("A"); }
__attribute__((noinline)) B::~B() { std::printf("B"); }
__attribute__((noinline)) void thrower(int x) { if (x) throw x; }
__attribute__((noinline)) int first(int x) { try { thrower(x); } catch (int y) { return y + 1; } return 0; }
__attribute__((noinline)) int second(int x) { try { thrower(x); } catch (long y) { return 5; } return 0; }
__attribute__((noinline)) int third(int x) { return x * 3 + 1; }
__attribute__((noinline)) int fourth(int x) { return x * 3 + 1; }
int main() { int got = first(3); try { got += second(4); } catch (int y) { got += 100 * y; }
  std::printf("%d\\n", got + third(1) - fourth(1)); return 0; }
"""


def same(bench: Bench, name: str) -> set[frozenset[str]]:
    """The groups of functions that have one address."""
    places: dict[str, set[str]] = {}
    for line in bench.readelf("s", name).splitlines():
        words = line.split()
        if len(words) == 8 and words[7] in NAMES:
            places.setdefault(words[1], set()).add(words[7])
    return {frozenset(group) for group in places.values() if len(group) > 1}


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("mode", ["all", "safe", "none"])
def test_the_functions_lld_folds(bench: Bench, mode: str, many: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    source = bench.write("main.c", SOURCE)
    subprocess.run(["clang", "-O1", "-faddrsig", "-ffunction-sections", "-fPIE", "-c", str(source)], check=True)
    monkeypatch.setattr(linking, "MANY", 1 if many else 50_000)
    subprocess.run(["gcc", "-pie", "-fuse-ld=lld", "main.o", f"-Wl,--icf={mode}", "-o", "theirs"], check=True)
    bench.good("-pie", "--eh-frame-hdr", *_startup(), f"--icf={mode}", "-o", "ours")
    ours, theirs = bench.run("ours"), bench.run("theirs")
    assert ours == theirs and ours.code == (mode == "all")
    assert same(bench, "ours") == same(bench, "theirs")
    assert len(same(bench, "ours")) == {"all": 5, "safe": 4, "none": 0}[mode]


def _startup() -> list[str]:
    def path(name: str) -> str:
        return subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True).stdout.strip()

    return [path("Scrt1.o"), path("crti.o"), path("crtbeginS.o"), "main.o", "-L/usr/lib/x86_64-linux-gnu", "-lc",
            path("crtendS.o"), path("crtn.o")]


def test_frames_tell_functions_apart(bench: Bench) -> None:
    """Functions of the same code that catch different things stay two; what is folded has one frame description."""
    (bench.folder / "main.cc").write_text(THROWING)
    subprocess.run(["g++", "-O1", "-ffunction-sections", "-c", "main.cc"], check=True)
    bench.gcc("main.o", "-lstdc++", "-Wl,--icf=all,--print-icf-sections")
    assert bench.run().text == "404\n"
    symbols = {line.split()[7]: line.split()[1] for line in bench.readelf("s").splitlines() if len(line.split()) == 8}
    assert symbols["_Z5thirdi"] == symbols["_Z6fourthi"]
    assert symbols["_Z5firsti"] != symbols["_Z6secondi"]
    assert bench.readelf("-debug-dump=frames").count(f"pc={int(symbols['_Z5thirdi'], 16):016x}..") == 1


def test_what_must_stay(bench: Bench) -> None:
    bench.cc("main", SOURCE, "-O1", "-ffunction-sections", "-fPIE")
    text = bench.good("-pie", "main.o", "--icf=all", "--keep-unique=text_b", "--keep-unique=nowhere", "--print-icf-sections",
                      "--unresolved-symbols=ignore-all", "-e", "main")
    assert "--keep-unique=nowhere: there is no such symbol" in text
    assert "selected section main.o:(.text.add_one)\n  removing identical section main.o:(.text.add_two)\n" in text
    groups = same(bench, "a.out")
    assert frozenset({"text_a", "text_b"}) not in groups and frozenset({"add_one", "add_two"}) in groups
    # gcc does not say whose address it takes.
    bench.good("-pie", "main.o", "--icf=safe", "--unresolved-symbols=ignore-all", "-e", "main")
    assert same(bench, "a.out") == set()
