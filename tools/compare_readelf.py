"""Compares what `starklink dump --json` says about ELF files with `readelf -aW`, field by field.

    tools/compare_readelf.py [--count N] [FILE|FOLDER...]     (default: 200 files of /usr/bin and /usr/lib)

Headers, sections, segments and the sections they hold, symbols with versions, relocations, dynamic tables, versions, groups
and notes. Exit code 1 if anything differs; readelf's own spellings are translated in TYPES and in the parsers.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from starklink.objwriter.elf.consts import PT, SHT, Names
from starklink.objwriter.elf.data import describe, versioned
from starklink.objwriter.elf.reader import Elf

TYPES = {"VERSYM": "GNU_versym", "VERNEED": "GNU_verneed", "VERDEF": "GNU_verdef", "SYMTAB SECTION INDICES": "SYMTAB_SHNDX"}
RELOCATION_TYPES = {"R_386_JMP_SLOT": "R_386_JUMP_SLOT", "R_X86_64_GOTPC32_TLSDES": "R_X86_64_GOTPC32_TLSDESC"}
CLASSES = {"EXEC": "EXEC", "REL": "REL", "DYN": "DYN", "CORE": "CORE"}


def readelf(path: Path) -> str:
    """What readelf says of a file."""
    done = subprocess.run(["readelf", "-aW", path], capture_output=True, check=False)
    return done.stdout.decode("utf-8", "surrogateescape")


def theirs_headers(text: str) -> dict[str, Any]:
    """The file header."""
    def field(name: str) -> str:
        found = re.search(rf"^  {re.escape(name)}: +(.*)$", text, re.M)
        return found[1] if found else ""

    def number(name: str) -> int:
        return int(field(name).split()[0], 0)

    def count(name: str) -> int:
        words = field(name).split()
        return int(words[1].strip("()")) if len(words) > 1 and words[1].strip("()").isdigit() else int(words[0])
    return {"class": int(field("Class").removeprefix("ELF")), "data": field("Data").split()[2],
            "abi_version": number("ABI Version"), "type": field("Type").split()[0], "entry": number("Entry point address"),
            "program_headers": number("Start of program headers"), "section_headers": number("Start of section headers"),
            "flags": int(field("Flags").split()[0].rstrip(","), 0), "header_size": number("Size of this header"),
            "program_header_size": number("Size of program headers"),
            "program_header_count": count("Number of program headers"),
            "section_header_size": number("Size of section headers"), "section_header_count": count("Number of section headers"),
            "names": count("Section header string table index")}


def theirs_sections(text: str) -> list[tuple[Any, ...]]:
    """Rows of the section headers."""
    rows = re.findall(r"^  \[ *(\d+)\] (.*?) +([^\s\d][\w :<>/+]*?|0x\w+) +([0-9a-f]{8,16}) ([0-9a-f]{6,}) ([0-9a-f]{6,}) "
                      r"([0-9a-f]{2,}) ([ \w]{3}) +(\d+) +(\d+) +(\d+)$", text, re.M)
    return [(int(n), name.strip(), TYPES.get(kind, kind), int(address, 16), int(offset, 16), int(size, 16), int(entsize, 16),
             # Without GNU for an OS/ABI readelf has no letter of its own for SHF_GNU_RETAIN.
             flags.strip().replace("o", "R"), int(link), int(info), int(align))
            for n, name, kind, address, offset, size, entsize, flags, link, info, align in rows]


def theirs_segments(text: str) -> list[tuple[Any, ...]]:
    """Rows of the program headers and the sections in them."""
    rows = re.findall(r"^  (\S+) +0x([0-9a-f]+) 0x([0-9a-f]+) 0x([0-9a-f]+) 0x([0-9a-f]+) 0x([0-9a-f]+) (...) 0x([0-9a-f]+)$|"
                      r"^  (\S+) +0x([0-9a-f]+) 0x([0-9a-f]+) 0x([0-9a-f]+) 0x([0-9a-f]+) 0x([0-9a-f]+) (...) (0)$", text, re.M)
    held = re.findall(r"^   (\d\d+) {5}(.*)$", text, re.M)
    out = []
    for place, row in enumerate(rows):
        kind, *numbers = row[:8] if row[0] else row[8:]
        flags = numbers[5].replace("E", "X").replace(" ", "")
        names = held[place][1].split() if place < len(held) else []
        out.append((number_type(kind, PT), *(int(one, 16) for one in numbers[:5]), flags, int(numbers[6], 16), names))
    return out


def theirs_symbols(text: str) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """The symbol tables."""
    out: list[tuple[str, list[tuple[Any, ...]]]] = []
    for block in re.split(r"^Symbol table ", text, flags=re.M)[1:]:
        name = block[1:block.index("'", 1)]
        rows = re.findall(r"^ *(\d+): ([0-9a-f]+) +(\w+) (\S+) +(\S+) +(\S+) +(?:\[[^]]*\] +)?(\S+) (.*)$", block, re.M)
        out.append((name, [(int(n), int(value, 16), int(size, 0), kind.replace("IFUNC", "GNU_IFUNC"),
                            {"UNIQUE": "GNU_UNIQUE"}.get(bind, bind), visibility, home, re.sub(r" \(\d+\)$", "", title))
                           for n, value, size, kind, bind, visibility, home, title in rows]))
    return out


def theirs_relocations(text: str, bits: int) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """The relocation sections."""
    out: list[tuple[str, list[tuple[Any, ...]]]] = []
    for block in re.split(r"^Relocation section ", text, flags=re.M)[1:]:
        name = block[1:block.index("'", 1)]
        rows: list[tuple[Any, ...]] = []
        for line in block.split("\n\n", 1)[0].splitlines()[1:]:
            found = re.match(r"^([0-9a-f]+) +([0-9a-f]+) (\S+)(?: +([0-9a-f]+))?(?: +(.*))?$", line)
            if found is None or len(found[1]) not in (8, 12, 16):
                continue
            offset, info, kind, value, rest = found.groups()
            symbol = int(info, 16) >> (32 if bits == 64 else 8)
            title, sign, addend = "", "+", "0"
            if symbol and rest:
                split = re.match(r"^(.*?)(?: ([+-]) ([0-9a-f]+))?$", rest)
                assert split is not None
                title, sign, addend = split[1], split[2] or "+", split[3] or "0"
            elif not symbol and value:
                addend = value
            number = int(addend, 16) * (-1 if sign == "-" else 1)
            if not symbol and number >> bits - 1:
                number -= 1 << bits
            rows.append((int(offset, 16), RELOCATION_TYPES.get(kind, kind), re.sub(r"\(\)$", "", title),
                         int(value, 16) if symbol and value else 0, number))
        out.append((name, rows))
    return out


def theirs_dynamic(text: str) -> list[tuple[int, str, str]]:
    """Tag, name and value of the dynamic table."""
    return [(int(tag, 16), name, value.strip()) for tag, name, value in
            re.findall(r"^ 0x([0-9a-f]+) \((\w+)\) +(.*)$", text, re.M)]


def theirs_groups(text: str) -> list[tuple[int, str, str, list[tuple[int, str]]]]:
    """The section groups."""
    out = []
    for block in re.split(r"^(?:COMDAT )?group section ", text, flags=re.M)[1:]:
        head = re.match(r"\[ *(\d+)\] `(.*?)' \[(.*)\] contains", block)
        assert head is not None
        members = [(int(n), name) for n, name in re.findall(r"^   \[ *(\d+)\]   (\S+)$", block.split("\n\n", 1)[0], re.M)]
        out.append((int(head[1]), head[2], head[3], members))
    return out


def differences(path: Path) -> Iterator[str]:
    """Every difference between readelf and us, one sentence each."""
    text = readelf(path)
    elf = Elf.read(path)
    ours = describe(elf)
    for name, value in theirs_headers(text).items():
        if ours["headers"][name] != value:
            yield f"header field {name}: {ours['headers'][name]}, readelf says {value}"
    fields = ("number", "name", "type", "address", "offset", "size", "entsize", "flags", "link", "info", "align")
    mine: list[Any] = [tuple(row[field] for field in fields) for row in ours["sections"]]
    yield from compare("section", mine, [
        (n, name, number_type(kind, SHT), *rest) for n, name, kind, *rest in theirs_sections(text)])
    fields = ("type", "offset", "address", "physical", "file_size", "memory_size", "flags", "align", "sections")
    mine = [tuple(row[field] for field in fields) for row in ours["segments"]]
    yield from compare("segment", mine, theirs_segments(text))
    fields = ("number", "value", "size", "type", "binding", "visibility", "section")
    mine = [(table["table"], [(*(row[field] for field in fields), versioned(row)) for row in table["rows"]])
            for table in ours["symbols"]]
    yield from tables("symbol", mine, theirs_symbols(text))
    mine = [(table["section"], [(row["offset"], row["type"], row["name"], row["value"], row["addend"]) for row in table["rows"]])
            for table in ours["relocations"] if table["rows"]]
    yield from tables("relocation", mine, [one for one in theirs_relocations(text, elf.bits) if one[1]])
    mine = [(row["number"], row["section"], row["signature"], [(one["number"], one["name"]) for one in row["rows"]])
            for row in ours["groups"]]
    yield from compare("group", mine, theirs_groups(text))
    yield from dynamic(ours, text)
    yield from versions(ours, text)
    said = [row["text"] for table in ours["notes"] for row in table["rows"]
            if row["text"].startswith(("Build ID", "OS:", "Properties:"))]
    yield from compare("note", [one.replace(" ", "") for one in said], [
        one.strip().replace(" ", "") for one in re.findall(r"(Build ID: \w+|OS: .*|Properties: .*)$", text, re.M)])


def number_type(kind: str, names: Names) -> str:
    """Our name of a type for which readelf has none, "0x..." if we have none either."""
    found = re.match(r"^(LOOS|LOPROC|LOUSER|<unknown>: |0x)\+?(?:0x)?([0-9a-f]+)", kind)
    base = {"LOOS": 0x60000000, "LOPROC": 0x70000000, "LOUSER": 0x80000000}.get(found[1], 0) if found else 0
    return names.name(base + int(found[2], 16)) if found else kind


def dynamic(ours: dict[str, Any], text: str) -> Iterator[str]:
    """Differences of the dynamic tables."""
    mine = [row for table in ours["dynamic"] for row in table["rows"]]
    found = theirs_dynamic(text)
    yield from compare("dynamic tag", [(row["number"], row["tag"]) for row in mine], [(tag, name) for tag, name, _ in found])
    for row, (_, name, value) in zip(mine, found):
        if "text" in row:
            if f"[{row['text']}]" not in value:
                yield f"DT_{name} is {row['text']}, readelf says {value}"
        elif re.match(r"0x[0-9a-f]+$|\d+( \(bytes\))?$", value) and row["value"] != int(value.split()[0], 0):
            yield f"DT_{name} is {row['value']:#x}, readelf says {value}"


def versions(ours: dict[str, Any], text: str) -> Iterator[str]:
    """Differences of the version sections."""
    lines = re.findall(r"^  [0-9a-f]+: ( .*\(.*)$", text, re.M)
    found = [(int(number, 16), bool(hidden), name) for line in lines
             for number, hidden, name in re.findall(r" ([0-9a-f]+)(h?) *\(([^)]*)\)", line)]
    mine: list[Any] = [(row["number"], row["hidden"], row["name"]) for table in ours["versions"] if table["kind"] == "symbols"
                       for row in table["rows"]]
    yield from compare("version of symbol", mine, found)
    mine = [(row["name"], row["number"]) for table in ours["versions"] if table["kind"] == "needs" for row in table["rows"]]
    yield from compare("version need", mine, [(name, int(number)) for name, number in
                                              re.findall(r"Name: (\S+)  Flags: .*  Version: (\d+)", text)])
    mine = [(row["number"], 1 + len(row["parents"]), row["name"]) for table in ours["versions"]
            if table["kind"] == "definitions" for row in table["rows"]]
    yield from compare("version definition", mine, [(int(number), int(count), name) for number, count, name in
                                                    re.findall(r"Index: (\d+)  Cnt: (\d+)  Name: (\S+)", text)])


def tables(what: str, ours: list[Any], theirs: list[Any]) -> Iterator[str]:
    """Differences of lists of (name, rows)."""
    yield from compare(f"{what} table", [name for name, _ in ours], [name for name, _ in theirs])
    for (name, left), (_, right) in zip(ours, theirs):
        yield from compare(f"{what} of {name}", left, right)


def compare(what: str, ours: list[Any], theirs: list[Any]) -> Iterator[str]:
    """The differences of two lists."""
    if len(ours) != len(theirs):
        yield f"{len(ours)} times {what}, readelf says {len(theirs)}"
    for place, (left, right) in enumerate(zip(ours, theirs)):
        if left != right:
            yield f"{what} {place}: {left}, readelf says {right}"


def sample(count: int) -> list[Path]:
    """ELF files of the system, spread over /usr/bin and /usr/lib."""
    found = [path for place in ("/usr/bin", "/usr/lib") for path in sorted(Path(place).rglob("*"))
             if path.is_file() and not path.is_symlink() and path.stat().st_size < 3_000_000
             and path.open("rb").read(4) == b"\x7fELF"]
    return found[::max(1, len(found) // count)][:count]


def main(arguments: list[str]) -> int:
    """Compare; print what differs and a summary."""
    count = int(arguments[arguments.index("--count") + 1]) if "--count" in arguments else 200
    paths = [Path(word) for word in arguments if Path(word).exists()] or sample(count)
    bad = 0
    for path in paths:
        found = list(differences(path))
        bad += bool(found)
        for line in found[:5]:
            print(f"{path}: {line}")
        if len(found) > 5:
            print(f"{path}: and {len(found) - 5} more")
    print(f"{len(paths)} files, {bad} with differences")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
