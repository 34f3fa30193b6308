"""Measures writing and reading of debug information, beside what others need for the same.

    python bench/dwarf.py [--rounds N]

CPU seconds, the best of the rounds. Writing: a million line rows from columns (peer: GNU as with `.loc` directives, as seconds
per row, text included), 200,000 entries with 8 attributes streamed, 100,000 entries as a tree. Reading what was written (peers:
pyelftools, llvm-dwarfdump).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from starklink.dwarf import DebugInfo, Expression  # noqa: E402
from starklink.dwarf.linereader import line_units  # noqa: E402
from starklink.dwarf.lines import LineTable  # noqa: E402
from starklink.dwarf.reader import Dwarf  # noqa: E402
from starklink.dwarf.strings import Strings  # noqa: E402
from starklink.dwarf.writer import UnitSections  # noqa: E402
from starklink.objwriter.elf.object import to_elf  # noqa: E402
from starklink.objwriter.elf.reader import Elf  # noqa: E402
from starklink.objwriter.model import Fragment, ObjectModule  # noqa: E402

ROWS = 1_000_000
ENTRIES = 200_000
TREE = 100_000
GAS_ROWS = 100_000


def best(rounds: int, action: Callable[[], object]) -> float:
    """CPU seconds of the fastest round."""
    times = []
    for _ in range(rounds):
        before = time.process_time()
        action()
        times.append(time.process_time() - before)
    return min(times)


def child_time(command: list[str]) -> float:
    """CPU seconds of a command."""
    before = os.times()
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def line_table() -> LineTable:
    """A million rows, as varied as those of compilers."""
    import numpy as np

    random = np.random.default_rng(1)
    offset = np.cumsum(random.integers(1, 9, ROWS))
    table = LineTable(5, "/", Strings("s"))
    table.file("a.c")
    table.columns("f", int(offset[-1]) + 4, offset=offset, line=1000 + np.cumsum(random.integers(-8, 10, ROWS)),
                  column=random.integers(1, 80, ROWS), flags=np.where(random.random(ROWS) < 0.8, 1, 0),
                  file=np.where(random.random(ROWS) < 0.05, 1, 0))
    return table


def gas_rows(folder: Path) -> float:
    """CPU seconds GNU as needs per row."""
    lines = ['.file 1 "a.c"', ".text"]
    for number in range(GAS_ROWS):
        lines += [f".loc 1 {number % 5000 + 1} {number % 80 + 1}", "nop"]
    (folder / "a.s").write_text("\n".join(lines) + "\n")
    return child_time(["as", str(folder / "a.s"), "-o", str(folder / "a.o")]) / GAS_ROWS


def streamed() -> list[Fragment]:
    """200,000 functions with 8 attributes each: text, type, place, size, numbers, flag, expression."""
    info = UnitSections(5, "/")
    unit, strings = info.unit, info.strings
    top = unit.shape("compile_unit", True, ("name", "line_strp"), ("language", "data2"))
    unit.add(top, info.line_strings["a.c"], 0x21)
    kind = unit.here()
    unit.add(unit.shape("base_type", False, ("name", "string"), ("byte_size", "data1"), ("encoding", "data1")), "int", 4, 5)
    base = Expression().call_frame_cfa()
    shape = unit.shape("subprogram", False, ("name", "strp"), ("type", "ref4"), ("low_pc", "addr"), ("high_pc", "data4"),
                       ("decl_file", "data1"), ("decl_line", "data4"), ("external", "flag_present"), ("frame_base", "exprloc"))
    for number in range(ENTRIES):
        unit.add(shape, strings[f"function_{number}"], kind, unit.address("code", number * 16), 16, 0, number, base)
    unit.end()
    info.lines.file("a.c")
    return info.fragments()


def tree() -> list[Fragment]:
    """100,000 variables with 5 attributes as a tree of entries."""
    module = ObjectModule("m")
    debug = DebugInfo(module, aranges=False)
    src = debug.file("a.c")
    integer = debug.base_type("int", 4, "signed")
    for number in range(TREE):
        debug.entry("variable", name=f"variable_{number}", type=integer, decl_file=src, decl_line=number,
                    location=Expression().fbreg(-number))
    return debug.finish()


def read_entries(data: bytes) -> int:
    """Walk all entries with their attributes."""
    dwarf = Dwarf(Elf(data).debug_sections())
    return sum(1 for unit in dwarf.units() for _ in dwarf.entries(unit))


def theirs_entries(data: bytes) -> int:
    """The same with pyelftools."""
    import io

    from elftools.elf.elffile import ELFFile

    info = ELFFile(io.BytesIO(data)).get_dwarf_info(relocate_dwarf_sections=False)
    return sum(1 for unit in info.iter_CUs() for _ in unit.iter_DIEs())


def main(arguments: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args(arguments).rounds
    with tempfile.TemporaryDirectory(prefix="bench-dwarf-") as name:
        folder = Path(name)
        ours = best(rounds, line_table)
        gas = gas_rows(folder) * ROWS
        print(f"write {ROWS:,} line rows from columns       {ours:6.2f} s   GNU as, from text   {gas:6.2f} s   x{gas / ours:.0f}")
        written = best(rounds, streamed)
        print(f"write {ENTRIES:,} entries of 8 attributes      {written:6.2f} s   {written / ENTRIES * 1e6:.1f} us each")
        built = best(rounds, tree)
        print(f"write {TREE:,} entries as a tree            {built:6.2f} s   {built / TREE * 1e6:.1f} us each")
        data = to_elf(ObjectModule("m", [Fragment("code", ".text", bytes(16 * ENTRIES)), *streamed()]))
        (folder / "a.o").write_bytes(data)
        mine = best(rounds, lambda: read_entries(data))
        other = best(1, lambda: theirs_entries(data))
        print(f"read the {ENTRIES:,} entries                   {mine:6.2f} s   pyelftools          {other:6.2f} s   "
              f"x{other / mine:.1f}")
        if shutil.which("llvm-dwarfdump"):
            llvm = child_time(["llvm-dwarfdump", "--debug-info", str(folder / "a.o")])
            print(f"                                                     llvm-dwarfdump      {llvm:6.2f} s   x{llvm / mine:.1f}")
        table = line_table().fragment().data
        sections = {".debug_line": table, ".debug_line_str": bytes(64)}
        mine = best(1, lambda: [len(unit.rows) for unit in line_units(Dwarf(sections))])
        print(f"read {ROWS:,} line rows                     {mine:6.2f} s   {mine / ROWS * 1e9:.0f} ns each")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
