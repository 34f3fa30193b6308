"""Compile programs with gcc and clang, assemble what they print with the GAS front end, and compare.

    python tools/check_gas.py [--count N] [--seed S] [--syntax intel|att] [--machine 64|x32|32] [--cc gcc,clang] [FILE.c ...]

For every program, compiler and level: `-S`, assembled by us and by GNU as; the objects are compared section by section (bytes,
relocations by what they mean, symbols); ours is linked by gcc and run, and has to print and
return what the compiler's own program does.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tools")]

from gas_programs import programs  # noqa: E402

from starklink.asm.gas.api import assemble  # noqa: E402
from starklink.asm.gas.errors import AssemblyFailed  # noqa: E402

SYNTAX = {"intel": ["-masm=intel"], "att": []}


class Difference(NamedTuple):
    """One thing in which two objects differ."""

    what: str
    detail: str


# -- reading objects -----------------------------------------------------------------------------------------------------
def contents(data: bytes) -> dict[str, Any]:
    """Sections (by name and number among equal names) with their bytes and relocations, and the symbols, of an object."""
    from io import BytesIO

    from elftools.elf.elffile import ELFFile

    elf = ELFFile(BytesIO(data))
    names: dict[int, str] = {}
    seen: Counter[str] = Counter()
    sections: dict[str, Any] = {}
    for number, section in enumerate(elf.iter_sections()):
        base = section.name
        seen[base] += 1
        names[number] = f"{base}#{seen[base]}" if seen[base] > 1 else base
        if base.startswith((".rel.", ".rela", ".symtab", ".strtab", ".shstrtab", ".group")) or not base:
            continue
        header = section.header
        sections[names[number]] = {
            "type": header["sh_type"], "flags": header["sh_flags"], "align": header["sh_addralign"],
            "entry": header["sh_entsize"],
            "size": header["sh_size"], "relocations": [],
            "data": section.data() if header["sh_type"] != "SHT_NOBITS" else b"",
        }  # fmt: skip
    table = elf.get_section_by_name(".symtab")
    rows = list(table.iter_symbols()) if table else []
    for section in elf.iter_sections():
        if section.name.startswith(".rel") and section["sh_type"] in ("SHT_RELA", "SHT_REL"):
            home = sections[names[section["sh_info"]]]
            for row in section.iter_relocations():
                symbol, at = rows[row["r_info_sym"]], row["r_offset"]
                addend = row["r_addend"] if row.is_RELA() else int.from_bytes(home["data"][at : at + 4], "little", signed=True)
                home["relocations"].append((at, row["r_info_type"], *_meaning(symbol, addend, names)))
            home["relocations"].sort()
    symbols = {}
    for symbol in rows:
        info = symbol["st_info"]
        if symbol.name and info["type"] not in ("STT_SECTION",) and not symbol.name.startswith(".L"):
            where = symbol["st_shndx"]
            symbols[symbol.name] = (
                names.get(where, where), symbol["st_value"], symbol["st_size"], info["bind"], info["type"],
                symbol["st_other"]["visibility"],
            )  # fmt: skip
    groups = []
    for section in elf.iter_sections():
        if section.name == ".group":
            members = section.data()
            words = [int.from_bytes(members[at : at + 4], "little") for at in range(0, len(members), 4)]
            groups.append((rows[section["sh_info"]].name, words[0], sorted(names[word] for word in words[1:])))
    return {"sections": sections, "symbols": symbols, "groups": sorted(groups)}


def _meaning(symbol: Any, addend: int, names: dict[int, str]) -> tuple[str, int]:
    """What a relocation points at: a place in a section for local symbols, else a name."""
    where = symbol["st_shndx"]
    if symbol["st_info"]["bind"] == "STB_LOCAL" and isinstance(where, int):
        return names[where], symbol["st_value"] + addend
    return symbol.name, addend


def compare(ours: bytes, theirs: bytes) -> list[Difference]:
    """The differences of two objects, [] if they are equal in what matters."""
    left, right = contents(ours), contents(theirs)
    found = []
    for name in sorted(set(left["sections"]) | set(right["sections"])):
        if name in (".debug_line", ".debug_line_str"):
            continue  # encoded differently; compared through readelf
        one, other = left["sections"].get(name), right["sections"].get(name)
        if one is None or other is None:
            if (one or other)["size"]:
                found.append(Difference(f"section {name}", "only in " + ("GNU as's" if one is None else "ours")))
            continue
        for key in ("type", "flags", "align", "entry", "size"):
            if one[key] != other[key]:
                found.append(Difference(f"{name} {key}", f"ours {one[key]}, as {other[key]}"))
        if one["data"] != other["data"]:
            at = next(
                (i for i, (a, b) in enumerate(zip(one["data"], other["data"])) if a != b),
                min(len(one["data"]), len(other["data"])),
            )
            found.append(
                Difference(
                    f"{name} bytes", f"at {at:#x}: ours {one['data'][at : at + 12].hex()}, as {other['data'][at : at + 12].hex()}"
                )
            )
        if one["relocations"] != other["relocations"]:
            extra = (
                sorted(set(one["relocations"]) - set(other["relocations"]))[:3],
                sorted(set(other["relocations"]) - set(one["relocations"]))[:3],
            )
            found.append(Difference(f"{name} relocations", f"ours {extra[0]}, as {extra[1]}"))
    for name in sorted(set(left["symbols"]) | set(right["symbols"])):
        if left["symbols"].get(name) != right["symbols"].get(name):
            found.append(Difference(f"symbol {name}", f"ours {left['symbols'].get(name)}, as {right['symbols'].get(name)}"))
    if left["groups"] != right["groups"]:
        found.append(Difference("groups", f"ours {left['groups']}, as {right['groups']}"))
    return found


def rows_of_lines(path: Path) -> list[str]:
    """The decoded line table as readelf prints it, without rows of line 0, which GNU as drops."""
    done = subprocess.run(["readelf", "--debug-dump=decodedline", "-W", str(path)], capture_output=True, text=True, check=False)
    table = [(line, line.split()) for line in done.stdout.splitlines()]
    return [_row(line) for line, words in table if len(words) > 2 and (words[1] == "-" or words[1].isdigit()) and words[1] != "0"]


def _row(line: str) -> str:
    """Line, address and statement mark of a row (the view is that of the rows around it)."""
    words = line.split()
    return " ".join([words[1], words[2], "x" if words[-1] == "x" else ""])


# -- running -------------------------------------------------------------------------------------------------------------
class Outcome(NamedTuple):
    """What a case came to: problems that are faults, differences from GNU as."""

    faults: list[str]
    differences: list[Difference]


def run(path: Path) -> tuple[int, bytes]:
    """Exit code and output of a program."""
    done = subprocess.run([str(path), "alpha", "beta"], capture_output=True, timeout=20, check=False)
    return done.returncode, done.stdout + done.stderr


def case(folder: Path, source: Path, compiler: str, options: list[str], syntax: str) -> Outcome | None:
    """One program through one compiler; None if the compiler cannot print it."""
    driver = {"gcc": "gcc", "clang": "clang"}[compiler]
    if source.suffix == ".cc":
        driver = {"gcc": "g++", "clang": "clang++"}[compiler]
    listing, ours, theirs = folder / "x.s", folder / "ours.o", folder / "theirs.o"
    more = ["-fno-addrsig"] if compiler == "clang" else []
    machine = next((option[2:] for option in options if option in ("-m32", "-mx32")), "64")
    made = subprocess.run(
        [driver, "-S", *SYNTAX[syntax], *options, *more, "-o", str(listing), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        return Outcome([f"{driver} does not compile it: {made.stderr[:300]}"], [])
    text = listing.read_text(errors="surrogateescape")
    theirs_ok = subprocess.run(
        ["as", f"--{machine}", *(["--gdwarf-5"] if "-g" in options else []), "-o", str(theirs), str(listing)],
        capture_output=True,
        text=True,
        check=False,
    )
    if theirs_ok.returncode:
        subprocess.run([driver, "-c", *options, "-o", str(theirs), str(source)], check=True)
    try:
        data = assemble(text, str(listing), directory=str(folder), machine=machine)
    except AssemblyFailed as error:
        return Outcome([str(error)[:1500]], [])
    ours.write_bytes(data)
    differences = [] if theirs_ok.returncode else compare(data, theirs.read_bytes())
    if "-g" in options and not theirs_ok.returncode and rows_of_lines(ours) != rows_of_lines(theirs):
        differences.append(Difference(".debug_line", "rows differ"))
    if machine == "x32":
        return Outcome([], differences)  # there is no C library to link with
    results = []
    for name, one in (("ours", ours), ("theirs", theirs)):
        linked = subprocess.run(
            [driver, f"-m{machine}", "-o", str(folder / name), str(one), "-lm"], capture_output=True, text=True, check=False
        )
        if linked.returncode:
            return Outcome([f"{name} does not link: {linked.stderr[:600]}"], differences)
        if "relocation" in linked.stderr or ("warning: " in linked.stderr and "GNU-stack" in linked.stderr):
            return Outcome([f"{name}: {linked.stderr[:300]}"], differences)
        results.append(run(folder / name))
    faults = [] if results[0] == results[1] else [f"ours ends with {results[0]!r}, the compiler's with {results[1]!r}"]
    return Outcome(faults, differences)


LEVELS = (
    ["-O0"],
    ["-O2"],
    ["-O3", "-march=x86-64-v3"],
    ["-O2", "-g"],
    ["-O1", "-fPIC"],
    ["-O2", "-ffunction-sections", "-fno-plt"],
)


def main() -> int:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--syntax", choices=SYNTAX, default="intel")
    parser.add_argument("--cc", default="gcc,clang")
    parser.add_argument(
        "--levels", type=int, default=2, help="how many of the option sets: -O0, -O2, -O3 AVX2, -g, -fPIC, -fno-plt"
    )
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--machine", choices=("64", "x32", "32"), default="64")
    options = parser.parse_args()
    kept = options.keep or Path(tempfile.mkdtemp())
    kept.mkdir(exist_ok=True, parents=True)
    sources = list(options.files)
    if not sources:
        for name, text in programs(options.count, options.seed):
            sources.append(kept / name)
            sources[-1].write_text(text)
    total, bad, unequal = 0, 0, 0
    for source in sources:
        for compiler in options.cc.split(","):
            for level in LEVELS[: options.levels]:
                outcome = case(kept, source, compiler, [*level, f"-m{options.machine}"], options.syntax)
                total += 1
                label = f"{source.name} {compiler} {' '.join(level)}"
                for fault in outcome.faults if outcome else []:
                    bad += 1
                    print(f"FAULT {label}: {fault}")
                if outcome and outcome.differences:
                    unequal += 1
                    for one in outcome.differences[:6]:
                        print(f"  {label}: {one.what}: {one.detail}")
    print(f"{total} cases: {total - bad} run like the compiler's, {total - unequal} objects equal to GNU as's")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
