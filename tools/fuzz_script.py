"""Mutates linker scripts, version scripts, dynamic lists and --defsym expressions: only diagnostics may come out, in bounded
time.

    python tools/fuzz_script.py --cases 20000 --seed 1
"""

from __future__ import annotations

import argparse
import random
import sys
import time

from starklink.linker.errors import LinkError
from starklink.linker.script.assign import assign
from starklink.linker.script.default import default_script
from starklink.linker.script.defsym import evaluate_defsym, parse_defsym
from starklink.linker.script.match import match
from starklink.linker.script.parser import parse_script
from starklink.linker.script.table import Sections
from starklink.linker.script.versions import list_matcher, parse_dynamic_list, parse_version_script, version_matcher

SCRIPTS = [
    default_script(),
    """MEMORY { rom (rx) : ORIGIN = 0x1000, LENGTH = 64K ram (w!x) : o = 1M, l = 1M } REGION_ALIAS("fast", ram)
    PHDRS { text PT_LOAD FILEHDR PHDRS FLAGS(5); data PT_LOAD AT(0x4000); }
    SECTIONS { .text : { KEEP(*(SORT_BY_NAME(.text.*) EXCLUDE_FILE(*a.o) .text)) . = ALIGN(16); etext = .; } >rom :text =0x9090
      .data : ALIGN(8) SUBALIGN(4) { s = .; *(.data*) LONG(1) QUAD(s + 4) ASCIZ "x" FILL(0xff) . += 8; } >ram AT>rom :data
      .bss (NOLOAD) : { *(COMMON) *(.bss*) . = . + 0x100; } >ram ASSERT(SIZEOF(.data) < 0x100, "too big") }""",
    """ENTRY(start) OUTPUT_FORMAT(binary) x = DEFINED(a) ? a : 3; x += 1 << 4;
    SECTIONS { . = 0x7c00; .a . : AT(ADDR(.a) - 16) { INPUT_SECTION_FLAGS(SHF_ALLOC & !SHF_WRITE) *(.a) [bc]*.o(.text
       .data) SHORT(0xaa55) }
      OVERLAY 0x100 : AT(0x200) NOCROSSREFS { .o1 { *(.x) } .o2 { *(.y) } } PROVIDE_HIDDEN(end = .); /DISCARD/ : { *(*) } }
    SECTIONS { .z : { *(.z) } } INSERT AFTER .a; INPUT(a.o AS_NEEDED(-lc)) VERSION { V1 { global: a; local: *; }; }
    NOCROSSREFS(.a .b) EXTERN(u) SEARCH_DIR(/lib) INCLUDE other""",
]
VERSIONS = ['V1 { global: open*; extern "C++" { "ns::f(int)"; ns::*; }; local: *; }; V2 { global: [a-c]?x; } V1;',
            "{ a; b*; local: *; };"]
EXPRESSIONS = ["foo + 0x10 * (bar - 4) / 2 << 1 & ~3 | 1 ? MAX(1, 2) : ALIGN(foo, 16)", "DEFINED(a) && !b || c >= 4 % d"]
WORDS = ["{", "}", "(", ")", ";", ":", "=", ",", "*", ".", "SECTIONS", "ALIGN(", "0x", "99999999999999999999", "/*",
         '"', "\0", "\n", ">", "~",
         "?", "OVERLAY", "KEEP(", "INCLUDE other", "AT(", "ADDR(", "SIZEOF(.text)", ". = ", "1 / 0", "[", "\\", "::",
       "extern", "local:",
         "𝕏", "<<", "x = x + 1;", ". = end;", ":text", "MEMORY {", "-1", ">>", "0x7fffffffffffffff"]


def mutate(rng: random.Random, text: str, corpus: list[str]) -> str:
    """A few random edits."""
    for _ in range(rng.randrange(1, 6)):
        at, kind = rng.randrange(len(text) + 1), rng.randrange(6)
        end = min(len(text), at + rng.randrange(1, 30))
        if kind == 0:
            text = text[:at] + text[end:]
        elif kind == 1:
            text = text[:at] + rng.choice(WORDS) + text[at:]
        elif kind == 2:
            text = text[:at] + text[at:end] * rng.randrange(2, 20) + text[end:]
        elif kind == 3:
            other = rng.choice(corpus)
            start = rng.randrange(len(other) + 1)
            text = text[:at] + other[start:start + rng.randrange(60)] + text[end:]
        elif kind == 4 and text:
            text = text[:at] + chr(rng.choice((rng.randrange(32, 127), rng.randrange(0x110000 - 0x800) % 0xD800))) + text[end:]
        else:
            text = text[:at] + rng.choice(WORDS) * rng.randrange(1, 300) + text[at:]
    return text[:20_000]


def table() -> Sections:
    """A few input sections of every kind."""
    made = Sections()
    for name, kind, flags in ((".text", 1, 6), (".text.a", 1, 6), (".data", 1, 3), (".rodata", 1, 2), (".bss", 8, 3),
       ("COMMON", 8, 3),
                              (".tdata", 1, 0x403), (".tbss", 8, 0x403), (".note.x", 7, 2), (".comment", 1, 0),
       (".debug_info", 1, 0),
                              (".a", 1, 2), (".x", 1, 3), (".init_array.5", 14, 3)):
        made.add(name, "a.o", kind, flags, 24, 8)
        made.add(name, "b.o", kind, flags, 5, 1, "libx.a")
    return made


def one(rng: random.Random, sections: Sections) -> str:
    """One case; the text that was tried. Anything but LinkError escapes."""
    kind = rng.randrange(8)
    corpus = SCRIPTS if kind < 5 else VERSIONS if kind < 7 else EXPRESSIONS
    text = mutate(rng, rng.choice(corpus), corpus)
    try:
        if kind < 5:
            plan = parse_script("fuzz.ld", text, lambda name: (name, "y = 2; INCLUDE other") if name == "other" else None)
            matched = match(plan, sections)
            assign(plan, matched, sections.size, sections.align, lookup={"a": (0, 4), "b": (-1, 7)}.get, headers=64)
        elif kind == 5:
            find = version_matcher(parse_version_script("fuzz", text), lambda name: name)
            find("open"), find("zzz")
        elif kind == 6:
            list_matcher(parse_dynamic_list("fuzz", text))("open")
        else:
            evaluate_defsym(parse_defsym(text), {"foo": 1, "bar": 2, "a": 3, "d": 0}.get)
    except LinkError as error:
        assert error.problems and all(error.problems), text
    return text


def run(cases: int, seed: int, slowest: float = 5.0) -> tuple[int, float]:
    """Run cases; (how many, longest CPU time of one). Raises AssertionError with the text of a case that fails."""
    worst = 0.0
    sections = table()
    for number in range(cases):
        rng = random.Random(f"{seed}/{number}")
        start = time.process_time()
        state = rng.getstate()
        try:
            one(rng, sections)
        except Exception as error:
            rng.setstate(state)
            kind = rng.randrange(8)
            corpus = SCRIPTS if kind < 5 else VERSIONS if kind < 7 else EXPRESSIONS
            text = mutate(rng, rng.choice(corpus), corpus)
            raise AssertionError(f"seed {seed}, case {number}: {type(error).__name__}: {error}\n{text!r}") from error
        worst = max(worst, time.process_time() - start)
        assert worst < slowest, f"seed {seed}, case {number} takes {worst:.1f} s"
    return cases, worst


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    count, worst = run(options.cases, options.seed)
    print(f"{count} cases, the slowest took {worst:.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
