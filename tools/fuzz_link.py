"""Throw damaged objects, archives, shared objects, scripts, version scripts and response files at the linker.

    python tools/fuzz_link.py [--count 50000] [--seed S] [--keep DIR]

A case damages one input of a small link: bits, numbers at record boundaries (file header, section headers, symbols, relocations,
archive members), cuts and copies, words of scripts exchanged. The link may succeed or refuse; anything else is a failure: another
exception, more than a few seconds, much memory, an output far larger than its inputs.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from starklink.linker.elf.cmdline import CommandLineError, parse  # noqa: E402
from starklink.linker.elf.link import link  # noqa: E402
from starklink.linker.elf.options import InputSpec, Options  # noqa: E402
from starklink.linker.errors import LinkError  # noqa: E402

SECONDS = 10
LARGEST = 256 << 20
SOURCES = {
    "main.c": "extern int helper(int), far(int); extern __thread int tls_one; static __thread int tls_two = 2; int common[4];\n"
              "const char *text = \"string one\"; int data = 5; int (*pointer)(int) = helper;\n"
              "int weak(void) __attribute__((weak));\n"
              "__attribute__((constructor)) static void begin(void) { common[0] = 1; }\n"
              "int _start(void) { return pointer(data) + tls_one + tls_two + common[1] + far(1) + (weak ? weak() : 0); }\n",
    "helper.c": "__thread int tls_one = 1; const char *texts[] = {\"string one\", \"one\"}; int table[3] = {1, 2};\n"
                "int helper(int x) {\n"
                "switch (x) { case 1: return 5; case 2: return 7; case 3: return 9; case 4: return 11; } return table[1]; }\n",
    "far.c": "static int pick_it(int x) { return x; } static int (*pick(void))(int) { return pick_it; }\n"
             "int far(int) __attribute__((ifunc(\"pick\")));\n",
    "more.cc": "template <class T> struct Box { static T value; };\n"
               "template <class T> T Box<T>::value = T(4);\n"
               "inline int shared(int x) { static int n; return n += x; }\n"
               "extern \"C\" int more(int x) { try { if (x) throw x; }\n"
               "catch (int y) { return y + shared(1); } return Box<int>::value; }\n",
}
SCRIPT = """ENTRY(_start)
MEMORY { rom (rx) : ORIGIN = 0x400000, LENGTH = 1M ram (rw) : ORIGIN = 0x800000, LENGTH = 1M }
SECTIONS {
  . = 0x10000; .text ALIGN(16) : { *(.text.first) KEEP(*(SORT(.text .text.*))) etext = .; } > rom
  .data : { a = .; *(EXCLUDE_FILE(*x.o) .data .data.*) BYTE(1) . = ALIGN(8); QUAD(a + 2 * (3 - 1)) } > ram AT> rom
  .bss (NOLOAD) : { *(.bss COMMON) . = . + 0x10; } > ram
  size = SIZEOF(.bss) > 4 ? ADDR(.data) : LOADADDR(.text); PROVIDE(last = .); ASSERT(size >= 0, "no")
  /DISCARD/ : { *(.comment .note*) }
}
"""
LIBRARY = "GROUP ( main.o AS_NEEDED ( helper.o ) -lfar )\n"
VERSIONS = 'V1 { global: f*; "exact"; extern "C++" { ns::*; }; local: *; };\nV2 { global: more; h?lper; } V1;\n'
RESPONSE = "-o out 'quoted word' \"more \\\" words\" @other --gc-sections "\
           "-z now -z max-page-size=4096 --defsym a=b+0x10 -Ttext=0x1000 main.o\n"
BUILD = """set -e
gcc -O1 -g -fPIC -ffunction-sections -ffreestanding -c main.c helper.c far.c
g++ -O1 -fPIC -c more.cc
gcc -O1 -fno-pie -mcmodel=large -c -o large.o helper.c
ar rc lib.a helper.o far.o
gcc -shared -nostdlib -o libs.so helper.o
gcc -m32 -O1 -fPIC -ffunction-sections -ffreestanding -c -o main32.o main.c
gcc -m32 -O1 -fPIC -mtls-dialect=gnu2 -ffreestanding -c -o helper32.o helper.c
gcc -m32 -O1 -fno-pic -fcf-protection=none -c -o fixed32.o main.c
gcc -m32 -O1 -fPIC -c -o far32.o far.c
gcc -m32 -shared -nostdlib -o libs32.so helper32.o
"""
WORDS = ("{", "}", "(", ")", ";", ":", "*", "=", "0xffffffffffffffff", "-1", "/", "%", "SECTIONS", "MEMORY", ".", ">",
         "ALIGN(", "?", '"', "/*",
         "1 << 63", "INCLUDE x", "PHDRS", "OVERLAY", "@@@", "\\", "'", "--", "-z", "-l", "@self", "\0", "é",
         "99999999999999999999999")
NUMBERS = (0, 1, 2, 3, 7, 8, 0x10, 0x40, 0x7F, 0x80, 0xFF, 0x100, 0xFFF1, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000,
           0xFFFFFFFF, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, (1 << 64) - 8)


FLAGS = ("-pie", "-shared", "", "--gc-sections -pie", "-r", "-static",
         "-O2 --emit-relocs --icf=all", "-s", "--build-id --eh-frame-hdr -pie")


SMALL = ("main32.o", "helper32.o", "fixed32.o", "far32.o", "libs32.so")
"""Inputs for i386."""


class Case(NamedTuple):
    """What is linked, and the damaged thing's kind and bytes."""

    kind: str
    data: bytes


class Timeout(Exception):
    """A case took too long."""


def seeds(folder: Path) -> dict[str, bytes]:
    """The undamaged inputs, made with gcc and ar."""
    for name, text in SOURCES.items():
        (folder / name).write_text(text)
    run = subprocess.run(BUILD, shell=True, cwd=folder, check=False, capture_output=True)
    assert run.returncode == 0, run.stderr
    names = ("main.o", "helper.o", "far.o", "more.o", "large.o", "lib.a", "libs.so", *SMALL)
    return {name: (folder / name).read_bytes() for name in names}


def damage(draw: random.Random, data: bytes) -> bytes:
    """One to three changes of a binary file."""
    made = bytearray(data)
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        how = draw.randrange(10)
        if how < 5 and made[:4] == b"\x7fELF" and len(made) > 64:
            _field(draw, made)
        elif how == 5 and made:
            made[draw.randrange(len(made))] ^= 1 << draw.randrange(8)
        elif how == 6:
            del made[draw.randrange(len(made) + 1):]
        elif how == 7 and made:
            at, size = draw.randrange(len(made)), draw.choice((1, 2, 4, 8))
            made[at:at + size] = (draw.choice(NUMBERS) & (1 << 8 * size) - 1).to_bytes(size, "little")
        elif how == 8 and len(made) > 16:
            at, to, size = draw.randrange(len(made)), draw.randrange(len(made)), draw.randrange(1, 64)
            made[to:to + size] = made[at:at + size]
        elif made:
            at = draw.randrange(len(made))
            made[at:at + draw.randrange(1, 40)] = b""
    return bytes(made)


def _field(draw: random.Random, made: bytearray) -> None:
    """A field of the file header, of a section header, or a number in a section of records."""
    if made[4] == 1:
        _small_field(draw, made)
        return
    (table,) = struct.unpack_from("<Q", made, 40)
    count = struct.unpack_from("<H", made, 60)[0]
    which = draw.randrange(8)
    if which == 0 or not count or table + 64 * count > len(made):
        at, size = draw.choice(((16, 2), (18, 2), (24, 8), (32, 8), (40, 8), (52, 2), (54, 2), (56, 2), (58, 2), (60, 2)))
    elif which < 5:
        header = table + 64 * draw.randrange(count)
        at, size = draw.choice(((0, 4), (4, 4), (8, 8), (16, 8), (24, 8), (32, 8), (40, 4), (44, 4), (48, 8), (56, 8)))
        at += header
    else:
        header = table + 64 * draw.randrange(count)
        offset, length = struct.unpack_from("<QQ", made, header + 24)
        if not 0 < length <= len(made) - offset:
            return
        at, size = offset + draw.randrange(length) // 4 * 4, draw.choice((1, 2, 4, 8))
    _change(draw, made, at, size)


def _small_field(draw: random.Random, made: bytearray) -> None:
    """The same for ELF32."""
    table, count = struct.unpack_from("<I", made, 32)[0], struct.unpack_from("<H", made, 48)[0]
    which, size = draw.randrange(8), 4
    if which == 0 or not count or table + 40 * count > len(made):
        at, size = draw.choice(((16, 2), (18, 2), (24, 4), (28, 4), (32, 4), (40, 2), (42, 2), (44, 2), (46, 2), (48, 2)))
    elif which < 5:
        at = table + 40 * draw.randrange(count) + 4 * draw.randrange(10)
    else:
        offset, length = struct.unpack_from("<II", made, table + 40 * draw.randrange(count) + 16)
        if not 0 < length <= len(made) - offset:
            return
        at, size = offset + draw.randrange(length) // 4 * 4, draw.choice((1, 2, 4))
    _change(draw, made, at, size)


def _change(draw: random.Random, made: bytearray, at: int, size: int) -> None:
    """Another number in a field of `size` bytes."""
    at = min(at, len(made) - size)
    old = int.from_bytes(made[at:at + size], "little")
    value = draw.choice((draw.choice(NUMBERS), old + draw.choice((-1, 1, 8, -8, 64)), draw.getrandbits(8 * size),
                         old ^ 1 << draw.randrange(8 * size)))
    made[at:at + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")


def damage_text(draw: random.Random, text: str) -> str:
    """Words exchanged, repeated, left out, put in; letters changed."""
    for _ in range(draw.choice((1, 1, 2, 4))):
        words = text.split(" ")
        at = draw.randrange(len(words))
        how = draw.randrange(6)
        if how == 0:
            words[at] = draw.choice(WORDS)
        elif how == 1:
            words.insert(at, draw.choice(WORDS))
        elif how == 2:
            del words[at]
        elif how == 3:
            words[at:at] = words[draw.randrange(len(words)):][:draw.randrange(8)]
        elif how == 4:
            words[at] = "".join(draw.choice((letter, letter, chr(draw.randrange(128)))) for letter in words[at])
        else:
            words[at:at] = [draw.choice(("(", "{", "((", "1+", "-", "!", "~"))] * draw.choice((2, 50, 3000))
        text = " ".join(words)
    return text


def case(draw: random.Random, originals: dict[str, bytes]) -> Case:
    """Draw one."""
    kind = draw.choice((*originals, *originals, "script", "version", "response", "libscript"))
    if kind in originals:
        return Case(kind, damage(draw, originals[kind]))
    text = {"script": SCRIPT, "version": VERSIONS, "response": RESPONSE, "libscript": LIBRARY}[kind]
    return Case(kind, damage_text(draw, text).encode("utf-8", "surrogateescape"))


def options_for(one: Case, draw: random.Random, originals: dict[str, bytes], folder: Path) -> Options:
    """The link a case is part of. Scripts are files in `folder`. Raises CommandLineError."""
    if one.kind == "response":
        (folder / "words").write_bytes(one.data)
        options = parse(["@" + str(folder / "words"), "-L" + str(folder)]).options
        options.map_path = options.reproduce = ""
        return options
    pieces = dict(originals)
    names = ["main.o", "helper.o", "far.o"]
    flags = draw.choice(FLAGS).split()
    if one.kind in SMALL:
        pieces[one.kind] = one.data
        first = "fixed32.o" if one.kind == "fixed32.o" else "main32.o"
        names = [first, "libs32.so" if one.kind == "libs32.so" else "helper32.o", "far32.o"]
        flags = ["-m", "elf_i386", *flags, *draw.choice(((), ("--no-relax",), ("-z", "ibtplt")))]
    elif one.kind in pieces:
        pieces[one.kind] = one.data
        if one.kind in ("lib.a", "libs.so"):
            names = ["main.o", one.kind] + (["far.o"] if one.kind == "libs.so" else [])
        elif one.kind not in names:
            names = [*names[:2 if one.kind != "large.o" else 1], one.kind, "far.o"]
    if one.kind == "version":
        (folder / "v.map").write_bytes(one.data)
        flags = ["-shared", f"--version-script={folder / 'v.map'}"]
    elif one.kind == "script":
        (folder / "x.ld").write_bytes(one.data)
        flags = ["-T", str(folder / "x.ld")]
    options = parse([*flags, "placeholder", *(["--noinhibit-exec"] if draw.random() < 0.1 else [])]).options
    options.inputs = [InputSpec("bytes", name, data=pieces[name]) for name in names]
    if one.kind == "libscript":
        (folder / "libl.so").write_bytes(one.data)
        options.inputs = [InputSpec("file", str(folder / "libl.so"))]
    options.unresolved = draw.choice(("", "", "ignore-all"))
    return options


def attempt(one: Case, draw: random.Random, originals: dict[str, bytes], folder: Path) -> str:
    """Link a case; the result is "linked", "refused", or what went wrong. Raises whatever the linker lets through."""
    signal.alarm(SECONDS)
    try:
        try:
            options = options_for(one, draw, originals, folder)
            result = link(options)
        finally:
            signal.alarm(0)
    except (LinkError, CommandLineError) as error:
        text = str(error)
        return "refused" if text.strip() else "refused without a word"
    except OSError as error:
        return "refused" if error.filename is not None or error.strerror else f"bare {error!r}"
    return "linked" if len(result.bytes) <= LARGEST else f"an output of {len(result.bytes)} bytes"


def run(count: int, seed: int, folder: Path, keep: Path | None = None, report: Any = None) -> list[str]:
    """So many cases; the result is one text per failure, of each kind the first few."""

    def late(*_: Any) -> None:
        raise Timeout

    signal.signal(signal.SIGALRM, late)
    originals = seeds(folder)
    seen: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    failures: list[str] = []
    home = os.getcwd()
    os.chdir(folder)
    try:
        for number in range(count):
            draw = random.Random(seed * 1_000_003 + number)
            one = case(draw, originals)
            try:
                outcome = attempt(one, draw, originals, folder)
                place = outcome
            except Exception as error:
                trace = error.__traceback__
                while trace is not None and trace.tb_next is not None:
                    trace = trace.tb_next
                where = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else ""
                outcome, place = f"{type(error).__name__} {where}: {str(error)[:100]}", f"{type(error).__name__} {where}"
            outcomes[outcome if outcome in ("linked", "refused") else "failed"] += 1
            if outcome not in ("linked", "refused"):
                seen[place] += 1
                if seen[place] == 1:
                    failures.append(f"case {number} ({one.kind}): {outcome}")
                    if keep is not None:
                        keep.mkdir(parents=True, exist_ok=True)
                        (keep / f"{number}-{one.kind}").write_bytes(one.data)
            if number % 500 == 499:
                gc.collect()
                if report is not None:
                    report(number + 1, outcomes, seen)
    finally:
        os.chdir(home)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
    failures += [f"{times} times: {place}" for place, times in seen.most_common(10) if times > 1]
    return failures


def main() -> int:
    """The exit code says whether there was a failure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the damaged inputs of failures")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
    start = time.process_time()

    def report(number: int, outcomes: Counter[str], seen: Counter[str]) -> None:
        if number % 5000 == 0:
            print(f"{number}: {dict(outcomes)}, {time.process_time() - start:.0f} s", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        failures = run(options.count, options.seed, Path(folder), options.keep, report)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("\n".join(failures) or "no failure")
    print(f"{options.count} cases, {time.process_time() - start:.0f} s, {peak:.0f} MB")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
