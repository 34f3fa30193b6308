"""Sizes that matter to tools: a million symbols, a file of half a gigabyte, ten thousand relocations; beside pyelftools and LIEF.

    python bench/objwriter.py            CPU seconds, best of three rounds; a row per task, the limit it must keep, the peers

A peer without a number cannot do the task. Exit code 1 if a limit is not kept.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

COUNT = 1_000_000
BIG = 500 << 20


class Result(NamedTuple):
    """A task, its limit in seconds, our time, and the times of peers by name."""

    task: str
    limit: float
    ours: float
    peers: dict[str, float]


def best(action: Callable[[], object], rounds: int = 3) -> float:
    """Least CPU seconds of some rounds."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    return min(times)


def symbols(folder: Path) -> list[Result]:
    """A million symbols written from numpy columns and read into them; peers read only."""
    import lief
    import numpy
    from elftools.elf.elffile import ELFFile

    from starklink import Elf
    from starklink.objwriter.elf.columns import build_symbols
    from starklink.objwriter.elf.model import ElfFile, Section
    from starklink.objwriter.elf.writer import write

    names = [f"symbol_{number}" for number in range(COUNT)]
    offsets = numpy.arange(COUNT, dtype=numpy.uint64)
    path = folder / "symbols.o"

    def make() -> None:
        text = Section(".text", flags=6, data=bytes(COUNT))
        strings = Section(".strtab", 3)
        table = Section(".symtab", 2, align=8, entsize=24, link=strings, info=1)
        table.data, strings.data = build_symbols(ElfFile(), names, value=offsets, size=1, info=0x12, shndx=1)
        path.write_bytes(write(ElfFile(1, sections=[text, table, strings])))

    def read_columns() -> None:
        columns = Elf.read(path).symbol_columns()
        assert int(columns["value"].sum()) == COUNT * (COUNT - 1) // 2

    def read_names() -> None:
        assert Elf.read(path).symbol_columns().names()[-1] == names[-1]

    def pyelftools() -> None:
        with path.open("rb") as file:
            table = ELFFile(file).get_section_by_name(".symtab")
            for number in range(COUNT // 50):
                table.get_symbol(number)

    made = best(make)
    theirs = {"pyelftools (for 2 %, times 50)": 50 * best(pyelftools, 1),
              "lief": best(lambda: lief.ELF.parse(str(path)).symtab_symbols[COUNT].name, 1)}
    return [Result("1,000,000 symbols written, with names", 0.3, made, {}),
            Result("1,000,000 symbols read as columns", 0.1, best(read_columns), theirs),
            Result("  and all names as strings", 1.0, best(read_names), theirs),
            Result("1,000,000 symbols as objects", 3.0, best(lambda: Elf.read(path).symbols(), 1), theirs)]


def big_file(folder: Path) -> list[Result]:
    """Opening 500 MB and listing the sections."""
    import lief
    from elftools.elf.elffile import ELFFile

    from starklink import Elf

    path = folder / "big"
    draft = Elf.object("x86_64")
    for number in range(200):
        draft.section(f".data.{number}", flags="WA").append(b"x" * (BIG // 200))
    path.write_bytes(bytes(draft))

    def ours() -> None:
        assert len([section.name for section in Elf.read(path).sections]) == 203

    def pyelftools() -> None:
        with path.open("rb") as file:
            assert len([section.name for section in ELFFile(file).iter_sections()]) == 203
    # The disk's part of it is not what is measured: the file is in memory after the first round.
    return [Result("500 MB opened, sections listed", 0.05, best(ours),
                   {"pyelftools": best(pyelftools), "lief": best(lambda: lief.ELF.parse(str(path)), 1)})]


def relocations(folder: Path) -> list[Result]:
    """An object with 100,000 relocations written and read."""
    from elftools.elf.elffile import ELFFile

    from starklink import Elf

    path = folder / "relocations.o"

    def make() -> None:
        draft = Elf.object("x86_64")
        draft.section(".data").define("table", bytes(800_000), [(8 * n, "64", f"f{n % 1000}", n) for n in range(100_000)])
        path.write_bytes(bytes(draft))

    def read() -> None:
        elf = Elf.read(path)
        table = elf.section(".rela.data")
        assert table is not None and len(elf.relocations(table)) == 100_000

    def pyelftools() -> None:
        with path.open("rb") as file:
            for one in ELFFile(file).get_section_by_name(".rela.data").iter_relocations():
                one["r_offset"]
    return [Result("100,000 relocations made and written", 1.0, best(make), {}),
            Result("100,000 relocations read", 0.3, best(read), {"pyelftools": best(pyelftools, 1)})]


TASKS: list[Callable[[Path], list[Result]]] = [symbols, big_file, relocations]


def main() -> int:
    """Run all tasks and print the table."""
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for task in TASKS:
            for name, limit, ours, peers in task(Path(folder)):
                kept = ours <= limit
                bad += not kept
                beside = ", ".join(f"{peer} {seconds:.2f} s = {seconds / ours:.0f}x" for peer, seconds in peers.items())
                print(f"{name:<42} {ours:8.4f} s  (limit {limit} s{'' if kept else ', NOT KEPT'})  {beside or 'no peer can'}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
