"""Damages debug sections and reads everything: only typed errors may come out, and in bounded time.

    python tools/fuzz_dwarf.py [--count N] [--seed S] [--seconds T]

The corpus: gcc and clang objects in versions 2 to 5 with split and type units where they can, and our own in every version. A
mutation changes, inserts, deletes or repeats bytes of one or two sections, or cuts them. Then units, entries, attribute values,
references, lists, expressions, lines, frames, indexes, macros, the verifier and the text dumps are read.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))
sys.path.insert(0, str(ROOT / "tests"))

import dwarf_matrix  # noqa: E402

from starklink import link  # noqa: E402
from starklink.dwarf import Context, DebugFile, DwarfError, evaluate, verify  # noqa: E402
from starklink.dwarf.framereader import frames  # noqa: E402
from starklink.dwarf.linereader import line_units  # noqa: E402
from starklink.dwarf.query import Node  # noqa: E402
from starklink.dwarf.tablereader import aranges, gdb_scripts, header_rows, macros, name_indexes  # noqa: E402
from starklink.dwarf.text import dump_dies, dump_frames, dump_lines  # noqa: E402
from starklink.objwriter.elf.reader import Elf  # noqa: E402

LIMIT = 10.0
"""CPU seconds one input may take."""
SOURCE = """
struct node { struct node *next; int value; } *head;
#define TWICE(x) ((x) * 2)
static inline int twice(int x) { return TWICE(x); }
int sum(struct node *n, int k) { int s = 0; while (n) { s += twice(n->value) * k; n = n->next; } return s; }
"""
Sections = dict[str, bytes]


def corpus(compilers: bool = True) -> list[Sections]:
    """Sections of small files."""
    out: list[Sections] = []
    for version in (2, 3, 4, 5):
        module, _ = dwarf_matrix.program(dwarf_matrix.KINDS, version, frames=("eh", "debug", "hdr"))
        out.append(Elf(bytes(link([module]))).debug_sections())
    module, _ = dwarf_matrix.program(dwarf_matrix.KINDS, 5, indexed=True, names=True)
    out.append(Elf(bytes(link([module]))).debug_sections())
    if not compilers:
        return out
    options = ["gcc -gdwarf-5 -O2 -g3", "gcc -gdwarf-4 -O2 -fdebug-types-section", "gcc -gdwarf-2 -O1",
               "gcc -gdwarf-5 -O1 -gdwarf64", "gcc -gdwarf-5 -gsplit-dwarf", "gcc -gdwarf-4 -gsplit-dwarf",
               "clang -gdwarf-5 -O2", "clang -gdwarf-4 -O1 -gpubnames", "clang -gdwarf-5 -gpubnames"]
    with tempfile.TemporaryDirectory(prefix="fuzz-dwarf-") as name:
        folder = Path(name)
        (folder / "a.c").write_text(SOURCE)
        for words in options:
            subprocess.run([*words.split(), "-c", "a.c"], cwd=folder, check=True, capture_output=True)
            out.append(Elf((folder / "a.o").read_bytes()).debug_sections())
            if (folder / "a.dwo").exists():
                out.append(Elf((folder / "a.dwo").read_bytes()).debug_sections())
                (folder / "a.dwo").unlink()
    return out


def mutate(sections: Sections, rng: random.Random) -> Sections:
    """A damaged copy."""
    out = dict(sections)
    for _ in range(rng.choice((1, 1, 1, 2))):
        name = rng.choice([one for one in sorted(out) if out[one]] or sorted(out))
        data = bytearray(out[name])
        if not data:
            continue
        for _ in range(rng.choice((1, 1, 2, 8))):
            at = rng.randrange(len(data)) if data else 0
            kind = rng.randrange(7)
            if kind <= 2 and data:
                data[at] = rng.choice((rng.randrange(256), 0, 0xFF, 0x80, 0x7F, data[at] ^ 1 << rng.randrange(8)))
            elif kind == 3:
                data[at:at] = rng.randbytes(rng.randrange(1, 9))
            elif kind == 4:
                del data[at:at + rng.randrange(1, 9)]
            elif kind == 5:
                del data[at:]
            else:
                size = rng.choice((2, 4, 8))
                data[at:at + size] = rng.choice((b"\xff" * size, bytes(size), rng.randbytes(size)))
        out[name] = bytes(data)
    return out


class Zero(Context):
    """A target whose registers and memory are zero."""

    def register(self, number: int) -> int:
        return 0

    def memory(self, address: int, size: int) -> bytes:
        return bytes(size)

    def frame_base(self) -> int:
        return 0

    def cfa(self) -> int:
        return 0


def everything(sections: Sections) -> int:
    """Read all there is; the number of typed errors."""
    errors = 0
    info = DebugFile(sections, frame_addresses={".eh_frame": 0x1000, ".eh_frame_hdr": 0x900})
    dwarf = info.dwarf

    def attempt(action: Callable[[], object]) -> None:
        nonlocal errors
        try:
            action()
        except DwarfError:
            errors += 1

    def unit_contents() -> None:
        for unit in info.units:
            attempt(lambda unit=unit: [read_node(node) for node in unit.walk()])  # type: ignore[misc]
            attempt(lambda unit=unit: unit.functions)  # type: ignore[misc]
            attempt(lambda unit=unit: macros(dwarf, unit.root.get("macros", 0), unit.version))  # type: ignore[misc]

    def read_attribute(node: Node, name: str) -> None:
        attempt(lambda: node.get(name))
        attempt(lambda: node.follow(name))
        attempt(lambda: [evaluate(code, Zero()) for _, _, code in node.locations(name)])

    def read_node(node: Node) -> None:
        for name in node.attributes:
            read_attribute(node, name)
        attempt(lambda: node.ranges)
        attempt(lambda: node.inherited("name"))

    attempt(unit_contents)
    attempt(lambda: list(line_units(dwarf)))
    attempt(lambda: [info.find(address) for address in (0, 0x401000, 0x401180, 1 << 63)])
    attempt(lambda: info.unwind(0x401180))
    for name in (".eh_frame", ".debug_frame"):
        attempt(lambda name=name: [fde.rows() for fde in frames(dwarf, name, 0x1000)])  # type: ignore[misc]
        attempt(lambda name=name: dump_frames(dwarf, name))  # type: ignore[misc]
    for read in (aranges, name_indexes, gdb_scripts, dump_dies, dump_lines):
        attempt(lambda read=read: read(dwarf))  # type: ignore[misc]
    attempt(lambda: header_rows(dwarf, 0x900))
    verify(DebugFile(sections))
    return errors


def run(count: int, seed: int, seconds: float = 1e9, compilers: bool = True) -> tuple[int, int, list[str]]:
    """(inputs, typed errors, complaints) of so many mutations."""
    rng = random.Random(seed)
    files = corpus(compilers)
    complaints: list[str] = []
    errors = number = 0
    end = time.monotonic() + seconds
    for number in range(1, count + 1):
        if time.monotonic() > end or len(complaints) >= 10:
            break
        damaged = mutate(rng.choice(files), rng)
        before = time.process_time()
        try:
            errors += everything(damaged)
        except Exception as error:
            import traceback

            complaints.append(f"input {number} of seed {seed}: {type(error).__name__}: {error}\n{traceback.format_exc()}")
        if time.process_time() - before > LIMIT:
            complaints.append(f"input {number} of seed {seed}: {time.process_time() - before:.1f} s")
    return number, errors, complaints


def main(arguments: Sequence[str]) -> int:
    """Fuzz; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1e9)
    options = parser.parse_args(arguments)
    number, errors, complaints = run(options.count, options.seed, options.seconds)
    print(f"{number} inputs, {errors} typed errors, {len(complaints)} complaints")
    for text in complaints:
        print(text)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
