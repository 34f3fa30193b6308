"""Damages ELF files and archives and reads them: nothing but the typed errors may come out, in bounded time and memory.

    tools/fuzz_elf.py [--count N] [--seed N] [--seconds S]

The corpus is built here: objects and programs of gcc, as and ld, and files of our own writer in both classes and byte orders.
A mutation changes bytes, header fields, words of tables or the length. Each result is opened, described, dumped, verified,
edited and written. A finding is printed with the seed of its mutation and kept in build/fuzz_elf/; exit code 1 then.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from starklink.objwriter.ar import Archive, ArError, Member, dump_archive, make_index, read_archive, write_archive
from starklink.objwriter.elf import data, text
from starklink.objwriter.elf.content import KINDS
from starklink.objwriter.elf.model import ElfError, ElfFile, Section, Segment, Symbol
from starklink.objwriter.elf.reader import Elf
from starklink.objwriter.elf.rewrite import rewrite
from starklink.objwriter.elf.verify import verify
from starklink.objwriter.elf.writer import write
from starklink.objwriter.model import Fixup

SLOW = 2.0
"""Seconds of CPU that reading a small damaged file may take."""
KEEP = Path(__file__).resolve().parent.parent / "build" / "fuzz_elf"
C = r"""
__thread int local = 3; int value; static int hidden; extern int other; const char *text = "text";
int f(int x) { return x + local + hidden + other; } __attribute__((weak)) int g(void) { return f(value) + text[0]; }
__attribute__((constructor)) static void first(void) { hidden = 1; }
"""
ASM = r"""
.section .text.one,"axG",@progbits,one,comdat
.globl one
one: call other
.section .data.one,"awG",@progbits,one,comdat
.quad one
.data
.quad one, other + 4
.section .note.mine,"a",@note
.long 4, 4, 7
.asciz "abc"
.long 1
"""


def corpus() -> list[tuple[str, bytes]]:
    """The undamaged files by name."""
    out: list[tuple[str, bytes]] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "a.c").write_text(C)
        (home / "b.s").write_text(ASM)

        def run(name: str, *words: str | Path) -> None:
            subprocess.run([*words, "-o", home / name], check=True, cwd=home, stderr=subprocess.DEVNULL)
            out.append((name, (home / name).read_bytes()))
        run("a.o", "gcc", "-g", "-O1", "-fPIC", "-c", "a.c")
        run("a32.o", "gcc", "-m32", "-c", "a.c")
        run("az.o", "gcc", "-g", "-gz", "-c", "a.c")
        run("b.o", "as", "b.s")
        run("a.so", "gcc", "-shared", "-nostdlib", "-Wl,--hash-style=both,--default-symver,-z,pack-relative-relocs", "a.o", "b.o")
        run("prog", "gcc", "-nostdlib", "-static", "-Wl,--unresolved-symbols=ignore-all,--build-id", "a.o", "b.o")
    for bits in (32, 64):
        for order in "<>":
            text_ = Section(".text", flags=6, address=0x1000, data=bytes(64), align=16, fixups=[Fixup(8, 1, "far", 0)])
            image = ElfFile(1 + (bits == 64), bits=bits, order=order, sections=[text_], segments=[Segment(1, 5, [text_])],
                            symbols=[Symbol("f", 0x1004, 4, text_, type=2)])
            out.append((f"ours{bits}{order}", write(image)))
    members = [Member(name, content) for name, content in out[:4]]
    for kind in ("gnu", "bsd"):
        archive = Archive(list(members), kind=kind)
        make_index(archive)
        out.append((f"{kind}.a", write_archive(archive)))
    return out


def damage(content: bytes, chance: random.Random) -> bytes:
    """One mutation: bytes, words at aligned places, the section and program headers, or the length."""
    bad = bytearray(content)
    places = _tables(content)
    for _ in range(chance.choice((1, 1, 2, 3, 8, 30))):
        low, high = chance.choice(places) if chance.random() < 0.7 else (0, len(bad))
        at = chance.randrange(low, max(high, low + 1)) if low < len(bad) else 0
        width = chance.choice((1, 1, 2, 4, 8))
        value = chance.choice((0, 1, 2, 7, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 63, (1 << 64) - 1,
                               chance.randrange(1 << 8), chance.randrange(len(bad)), chance.getrandbits(64)))
        at &= ~(width - 1)
        bad[at:at + width] = (value & (1 << 8 * width) - 1).to_bytes(width, chance.choice(("little", "big")))
    if chance.random() < 0.1:
        del bad[chance.randrange(len(bad)):]
    elif chance.random() < 0.05:
        bad += bytes(chance.randrange(100))
    return bytes(bad)


def _tables(content: bytes) -> list[tuple[int, int]]:
    """Where the interesting bytes are: headers and small tables."""
    if content[:4] != b"\x7fELF":
        return [(0, min(len(content), 400))]
    elf = Elf(content)
    out = [(0, elf.ehsize), (elf.shoff, elf.shoff + elf.shnum * elf.shentsize)]
    if elf.segments:
        out.append((elf.phoff, elf.phoff + elf.phnum * elf.phentsize))
    out += [(one.offset, one.offset + one.file_size) for one in elf.sections if one.file_size and one.type != 1]
    return out


def look(content: bytes, known: frozenset[bytes] = frozenset()) -> None:
    """Use everything that reads and writes; only the typed errors are caught. Members that are `known` are not looked at."""
    if content[:4] != b"\x7fELF":
        try:
            archive = read_archive(content)
            dump_archive(archive)
            write_archive(archive)
        except ArError:
            return
        for member in archive.members:
            inner = bytes(member.data)
            if inner[:4] == b"\x7fELF" and inner not in known:
                look(inner)
        return
    try:
        elf = Elf(content)
    except ElfError:
        return
    verify(elf, strict=True)
    for part in data.PARTS:
        _try(lambda part=part: text.dump(elf, [part]))  # type: ignore[misc]
    _try(lambda: elf.symbol_columns().names())
    _try(elf.debug_sections)
    _try(lambda: rewrite(elf))
    _try(lambda: _edit(Elf(content)))


def _edit(elf: Elf) -> None:
    for section in list(elf.sections):
        if section.type in KINDS:
            _try(lambda section=section: elf.store(section, elf.value(section)))  # type: ignore[misc]
    for section in elf.sections[1:4]:
        _try(lambda section=section: elf.remove(section))  # type: ignore[misc]
    _try(lambda: elf.add(Section(".new", data=b"new")))
    Elf(bytes(elf)).dump("sections")


def _try(action: Callable[[], object]) -> None:
    try:
        action()
    except ElfError:
        pass


def fuzz(count: int, seed: int, seconds: float = 1e9, files: list[tuple[str, bytes]] | None = None) -> list[str]:
    """Run mutations; what went wrong, one text each."""
    files = files or corpus()
    known = frozenset(content for _, content in files)
    found: list[str] = []
    start = time.monotonic()
    for number in range(count):
        if time.monotonic() - start > seconds:
            print(f"stopped after {number} mutations")
            break
        chance = random.Random(seed * 1_000_003 + number)
        name, content = chance.choice(files)
        bad = damage(content, chance)
        before = time.thread_time()
        try:
            look(bad, known)
            spent = time.thread_time() - before
            problem = f"{spent:.1f} s" if spent > SLOW else ""
        except MemoryError:
            problem = "MemoryError"
        except Exception:
            problem = traceback.format_exc(limit=-4)
        if problem:
            print(f"finding in mutation {number}", flush=True)
            found.append(f"seed {seed}, mutation {number} of {name}: {problem}")
            KEEP.mkdir(parents=True, exist_ok=True)
            (KEEP / f"{seed}-{number}").write_bytes(bad)
    return found


def main(arguments: list[str]) -> int:
    """Fuzz and report."""
    def option(name: str, default: float) -> float:
        return float(arguments[arguments.index(name) + 1]) if name in arguments else default
    count, seed = int(option("--count", 100_000)), int(option("--seed", 1))
    # A small file must never need much: 1 GiB of address space beyond what the interpreter has is plenty.
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, resource.getrlimit(resource.RLIMIT_AS)[1]))
    found = fuzz(count, seed, option("--seconds", 1e9))
    print("\n".join(found[:40]))
    print(f"{count} mutations, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
