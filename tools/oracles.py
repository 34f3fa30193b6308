"""Asks independent tools what they think of ELF files: `python tools/oracles.py [--rewrite] FILE...` prints a table of results.

Every oracle is a command (or a Python library) with a rule for its output; exit codes alone say too little. A tool that
is not installed shows as "missing". The exit code is 1 if any oracle found fault.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from starklink.dwarf.framereader import frames
from starklink.dwarf.linereader import line_units
from starklink.dwarf.reader import Dwarf
from starklink.objwriter.elf.consts import ET_REL, SHT_NULL
from starklink.objwriter.elf.reader import Elf, open_elf

TIMEOUT = 60
GDB_CHECK = ("gdb", "-nx", "-iex", "set auto-load off", "-batch", "-ex", "set complaints 1000", "-ex",
             "maint expand-symtabs", "-ex", "maint check-symtabs", "-ex", "maint check-psymtabs")


class Verdict(NamedTuple):
    """What an oracle said: "ok", "missing" or "fault" with the lines of complaint."""

    oracle: str
    state: str
    detail: str


def run(command: list[str]) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of a command; exit code -1 for a timeout."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return -1, "", f"no answer in {TIMEOUT} s"
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def command_verdict(name: str, command: list[str], rule: Callable[[int, str, str], str]) -> Verdict:
    """Run a command and let the rule turn (exit code, stdout, stderr) into complaints."""
    if shutil.which(command[0]) is None:
        return Verdict(name, "missing", "")
    complaint = rule(*run(command)).strip()
    return Verdict(name, "fault" if complaint else "ok", complaint)


def _silent(code: int, out: str, err: str) -> str:
    if "No DWARF information found" in err and len(err.splitlines()) == 1:
        return ""  # a file without debug information is no fault
    return err or (f"exit code {code}" if code else "")


def _stderr_only(code: int, out: str, err: str) -> str:
    return err or ("exit code -1" if code < 0 else "")


def _verified(code: int, out: str, err: str) -> str:
    found = [line for line in (out + err).splitlines() if re.search(r"error:|warning:", line)]
    return "\n".join(found) or (f"exit code {code}" if code else "")


def _no_errors(code: int, out: str, err: str) -> str:
    # The note by which a PVH loader finds the entry is older than elfutils' list of note types.
    found = [line for line in (out + err).splitlines()
             if line != "No errors" and "note type 18 with owner name 'Xen'" not in line]
    return "\n".join(found) or ("" if code in (0, 1) and (out or err) else f"exit code {code}")


def _no_check(code: int, out: str, err: str) -> str:
    text = out + err
    return "\n".join(line for line in text.splitlines() if "DWARF CHECK:" in line) or (err if "ERROR" in err else "")


def _content(code: int, out: str, err: str) -> str:
    # gdb says this of every inlined call inside an inlined call, of those by gcc and clang as well.
    lines = [line for line in (out + err).splitlines() if not re.search(r"abstract origin .* have different parents", line)]
    return "\n".join(lines) or (f"exit code {code}" if code else "")


def _quiet(code: int, out: str, err: str) -> str:
    return out + err or (f"exit code {code}" if code else "")


def _no_exit_code(code: int, out: str, err: str) -> str:
    return f"exit code {code}: {err}" if code else ""


def commands(path: str, relocatable: bool) -> Iterator[tuple[str, list[str], Callable[[int, str, str], str]]]:
    """The command oracles for a file."""
    seen = set()
    for tool in ("llvm-dwarfdump", "llvm-dwarfdump-14", "llvm-dwarfdump-19"):
        found = shutil.which(tool)
        if found is None or Path(found).resolve() not in seen:
            if found is None and tool != "llvm-dwarfdump":
                continue
            if found:
                seen.add(Path(found).resolve())
            yield f"{tool} --verify", [tool, "--verify", path], _verified
    if relocatable:
        yield "eu-elflint", ["eu-elflint", path], _no_errors
        yield "eu-elflint --strict", ["eu-elflint", "--strict", path], _no_errors
    yield "eu-elflint --gnu-ld", ["eu-elflint", "--gnu-ld", path], _no_errors
    yield "readelf -aw", ["readelf", "-aW", "-wailrRomfFst", path], _stderr_only
    yield "eu-readelf -a -w", ["eu-readelf", "-a", "-w", path], _silent
    yield "objdump -dWl", ["objdump", "-W", "-d", "-l", path], _stderr_only
    yield "dwarfdump -ka", ["dwarfdump", "-ka", path], _no_check
    yield "gdb maint", [*GDB_CHECK, path], _content
    yield "pahole", ["pahole", path], _no_exit_code
    yield "abidw", ["abidw", "--noout", path], _no_exit_code


def library_verdict(name: str, compare: Callable[[str, Elf], Iterator[str]], path: str, elf: Elf) -> Verdict:
    """Run a comparison with a Python library; it yields differences."""
    try:
        differences = list(compare(path, elf))
    except ImportError:
        return Verdict(name, "missing", "")
    except Exception as error:  # whatever the other library trips over is a finding
        differences = [f"{type(error).__name__}: {error}"]
    return Verdict(name, "fault" if differences else "ok", "\n".join(differences[:20]))


def compare_lief(path: str, elf: Elf) -> Iterator[str]:
    """Sections and symbols as lief sees them."""
    import lief

    other = lief.ELF.parse(path)
    if other is None:
        yield "lief cannot read the file"
        return
    mine = [(one.name, one.address, one.memory_size) for one in elf.sections]
    yield from _differences("section", mine, [(one.name, one.virtual_address, one.size) for one in other.sections])
    symbols = [(one.name, one.value, one.size) for one in elf.symbols() if one.type != 3]
    others = [(one.name, one.value, one.size) for one in other.symtab_symbols if int(one.type) != 3]
    yield from _differences("symbol", symbols, others)


def compare_pyelftools(path: str, elf: Elf) -> Iterator[str]:
    """Sections, symbols, relocations, line rows and frames as pyelftools sees them."""
    from elftools.elf.elffile import ELFFile
    from elftools.elf.relocation import RelocationSection
    from elftools.elf.sections import SymbolTableSection

    with open(path, "rb") as file:
        other = ELFFile(file)
        theirs = list(other.iter_sections())
        yield from _differences(
            "section", [(s.name, s.type, s.address, s.offset, s.memory_size, s.align, s.entsize, s.flags)
                        for s in elf.sections if s.type != SHT_NULL],
            [(s.name, _number(s["sh_type"]), s["sh_addr"], s["sh_offset"], s["sh_size"], s["sh_addralign"],
              s["sh_entsize"], s["sh_flags"]) for s in theirs if s["sh_type"] != "SHT_NULL"])
        for mine, section in zip(elf.sections, theirs):
            if isinstance(section, SymbolTableSection):
                yield from _differences(
                    "symbol", [(s.name, s.value, s.size) for s in elf.symbols(mine) if s.type != 3],
                    [(s.name, s["st_value"], s["st_size"]) for s in section.iter_symbols()
                     if s["st_info"]["type"] != "STT_SECTION"])
            elif isinstance(section, RelocationSection):
                yield from _differences(
                    f"relocation of {mine.name}", [(r.offset, r.type, r.symbol, r.addend) for r in elf.relocations(mine)],
                    [(r["r_offset"], r["r_info_type"], r["r_info_sym"], r["r_addend"] if r.is_RELA() else 0)
                     for r in section.iter_relocations()])
        if other.has_dwarf_info():
            yield from _compare_dwarf(other.get_dwarf_info(), elf)


def _number(kind: object) -> int:
    from starklink.objwriter.elf.consts import SHT

    return SHT[str(kind)[4:]] if isinstance(kind, str) else int(str(kind))


_LONG = {"template_type_param": "template_type_parameter", "template_value_param": "template_value_parameter"}
"""Tags that the other reader shortens."""


def _compare_dwarf(other: object, elf: Elf) -> Iterator[str]:
    dwarf = Dwarf(elf.debug_sections())
    mine = [(row.address, row.file, row.line, row.column, 0 if row.end else row.flags, row.end)
            for unit in line_units(dwarf) for row in unit.rows]
    rows = []
    entries = []
    for unit in other.iter_CUs():  # type: ignore[attr-defined]
        entries += [(die.offset, _LONG.get(die.tag[7:], die.tag[7:])) for die in unit.iter_DIEs() if die.tag]
        program = other.line_program_for_CU(unit)  # type: ignore[attr-defined]
        for entry in program.get_entries() if program else ():
            s = entry.state
            if s is not None:
                flags = (1 if s.is_stmt else 0) | (2 if s.prologue_end else 0) | (4 if s.epilogue_begin else 0)
                rows.append((s.address, s.file, s.line, s.column, 0 if s.end_sequence else flags, bool(s.end_sequence)))
    yield from _differences("line row", mine, rows)
    yield from _differences("entry", [(die.offset, die.tag) for unit in dwarf.units() for die in dwarf.entries(unit)],
                            entries)
    for name, has, get in ((".eh_frame", "has_EH_CFI", "EH_CFI_entries"), (".debug_frame", "has_CFI", "CFI_entries")):
        section = elf.section(name)
        if section is None or elf.type == ET_REL or not getattr(other, has)():
            continue
        table = [(fde.begin, fde.size, [(row.address, row.register, row.offset) for row in fde.rows()])
                 for fde in frames(dwarf, name, section.address)]
        theirs = []
        for entry in getattr(other, get)():
            if type(entry).__name__ == "FDE":
                decoded = entry.get_decoded().table
                theirs.append((entry["initial_location"], entry["address_range"],
                               [(row["pc"], row["cfa"].reg, row["cfa"].offset) for row in decoded]))
        yield from _differences(f"frame of {name}", table, theirs)


def _differences(what: str, mine: list, theirs: list) -> Iterator[str]:  # type: ignore[type-arg]
    if len(mine) != len(theirs):
        yield f"{len(mine)} {what}s, but the other reader has {len(theirs)}"
    for number, (left, right) in enumerate(zip(mine, theirs)):
        if left != right:
            yield f"{what} {number}: {left!r} is {right!r} for the other reader"


def verdicts(path: str | Path) -> list[Verdict]:
    """What every oracle says about a file. Raises ElfError if our own reader cannot read it."""
    name = str(path)
    elf = open_elf(name)
    out = [command_verdict(*item) for item in commands(name, elf.type == ET_REL)]
    out.append(library_verdict("lief", compare_lief, name, elf))
    out.append(library_verdict("pyelftools", compare_pyelftools, name, elf))
    return out


REWRITERS = (
    ("objcopy --compress-debug-sections", ["objcopy", "--compress-debug-sections=zlib", "IN", "OUT"]),
    ("objcopy --only-keep-debug", ["objcopy", "--only-keep-debug", "IN", "OUT"]),
    ("strip --strip-debug", ["strip", "--strip-debug", "IN", "-o", "OUT"]),
    ("dwz", ["dwz", "-o", "OUT", "IN"]),
    ("ld -r", ["ld", "-r", "IN", "-o", "OUT"]),
    ("gold -r", ["gold", "-r", "IN", "-o", "OUT"]),
    ("ld.lld -r", ["ld.lld-14" if shutil.which("ld.lld") is None else "ld.lld", "-r", "IN", "-o", "OUT"]),
    ("mold -r", ["mold", "-r", "IN", "-o", "OUT"]),
)
"""Tools that read a file whole to write it anew: good parsers. Those with -r take objects, the others images."""


def rewritten(path: str | Path) -> list[Verdict]:
    """What tools that rewrite files complain of, and what verifiers and gdb then say about the result."""
    import tempfile

    relocatable = open_elf(str(path)).type == ET_REL
    out: list[Verdict] = []
    with tempfile.TemporaryDirectory(prefix="oracles-") as folder:
        for name, words in REWRITERS:
            if name.endswith(" -r") != relocatable:
                continue
            result = f"{folder}/{Path(path).name}"
            command = [{"IN": str(path), "OUT": result}.get(word, word) for word in words]
            verdict = command_verdict(name, command, _quiet)
            out.append(verdict)
            if verdict.state == "ok":
                out.append(command_verdict(f"{name}: gdb maint", [*GDB_CHECK, result], _content))
                if "keep" not in name:
                    out.append(command_verdict(f"{name}: verify", ["llvm-dwarfdump", "--verify", result], _verified))
    return out


def faults(path: str | Path) -> list[str]:
    """The complaints of all oracles as "oracle: text"; [] if none found fault."""
    return [f"{one.oracle}: {one.detail}" for one in verdicts(path) if one.state == "fault"]


def main(arguments: list[str]) -> int:
    """Print the table."""
    rewrite = "--rewrite" in arguments
    paths = [one for one in arguments if one != "--rewrite"]
    if not paths:
        print("usage: oracles.py [--rewrite] FILE...", file=sys.stderr)
        return 2
    bad = 0
    for path in paths:
        print(path)
        for one in verdicts(path) + (rewritten(path) if rewrite else []):
            print(f"  {one.oracle:<47} {one.state}")
            for line in one.detail.splitlines()[:20]:
                print(f"      {line}")
            bad += one.state == "fault"
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
