"""Compare two linked programs up to addresses: what is in them, what it refers to, and which differences are only a choice.

    python tools/linkdiff.py A B [--show N] [--all]

Compared: header, segments, sections, symbols, dynamic symbols with versions, dynamic section, dynamic relocations by their places and
targets, functions as disassembly with symbolic operands, data with its pointers as names. A difference that a rule of `CHOICES` explains
is counted under that rule; the exit code is 1 if others remain.
"""

from __future__ import annotations

import argparse
import re
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from struct import iter_unpack, unpack_from
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from starklink.asm.encode import decode  # noqa: E402
from starklink.objwriter.elf.reader import Elf  # noqa: E402

CHOICES = (
    (r"^section \.(comment|note\.gnu\.build-id|note\.gnu\.gold-version|gnu\.version_d|relro_padding|shstrtab|symtab|strtab)", "bookkeeping"),
    (r"^section \.(plt|plt\.got|plt\.sec|iplt|got|got\.plt|igot|rela\.plt|rela\.dyn|rela\.iplt|relr\.dyn)\b", "tables the linker lays out"),
    (r"^section \.(bss|tbss|tm_clone_table|data\.rel\.ro|bss\.rel\.ro|copyrel|dynbss|ldata|lbss)\b", "where copies and zeros stand"),
    (r"^section \.(gnu\.hash|hash|dynamic|dynstr|dynsym|gnu\.version|gnu\.version_r|interp): size", "padding and bucket counts"),
    (r"^section \.(eh_frame|eh_frame_hdr): size", "frames of PLTs, equal CIEs merged or not"),
    (r"^section \.(rodata|rodata\..*|debug_.*): size", "how far equal strings and constants are merged"),
    (r"^section \S+: size", "padding between inputs"),
    (r"^section \.(eh_frame|rodata|data|init_array|fini_array|ctors|dtors|note\..*|tdata|text)\S*: (type|flags)", "flags joined of many inputs"),
    (r"^segment", "how sections share pages"),
    (r"^dynamic (DEBUG|BIND_NOW|FLAGS_1|FLAGS|RELACOUNT|VERDEF\w*|PLTGOT|GNU_HASH|HASH|NULL|JMPREL|PLTRELSZ|PLTREL|RELA\w*|TEXTREL|INIT\w*|FINI\w*)",
     "optional entries"),
    (r"^symbol (_GLOBAL_OFFSET_TABLE_|_DYNAMIC|__GNU_EH_FRAME_HDR|_PROCEDURE_LINKAGE_TABLE_|_TLS_MODULE_BASE_|__dso_handle|data_start|"
     r"(_|__)?(end|edata|etext|bss_start|ehdr_start|executable_start)|__(preinit|init|fini)_array_(start|end)|__rela_iplt_(start|end)|"
     r"__(start|stop)_\w+|\.?L\w*|\$\w+)\b", "names the linker provides"),
    (r"^symbol \S+: \d <-> \d undefined$", "weak undefined names are listed or not"),
    (r"^relocation 5 at ", "which section holds copies"),
    (r"^symbol .*: binding 0 <-> [12]$", "hidden symbols are local in A"),
    (r"^symbol (__TMC_LIST__|_ITM_\w+|__gmon_start__)\b|^dynamic symbol \S+ undefined binding 2: 0 <-> 1", "weak undefined names are settled in A"),
    (r"^section \S+: flags 0x(\w+) <-> 0x20*\1$", "SHF_GNU_RETAIN has done its work"),
    (r"^symbol .*: (size|type|section) ", "attributes of names from shared objects or that begin sections"),
    (r"^dynamic symbol (_?edata|_?end|__bss_start|_init|_fini|_IO_stdin_used|data_start|__data_start)\b", "names GNU ld exports"),
    (r"^relocation .*\.(got|got\.plt|igot|plt)", "slots of the GOT"),
    (r"^code .*: (nop|data16|xchg ax|lea .*<-> mov|mov .*<-> lea|call .*<-> call|jmp .*<-> jmp)", "relaxation of an access"),
)
TAGS = {0: "NULL", 1: "NEEDED", 2: "PLTRELSZ", 3: "PLTGOT", 4: "HASH", 5: "STRTAB", 6: "SYMTAB", 7: "RELA", 8: "RELASZ", 9: "RELAENT", 10: "STRSZ",
        11: "SYMENT", 12: "INIT", 13: "FINI", 14: "SONAME", 15: "RPATH", 16: "SYMBOLIC", 20: "PLTREL", 21: "DEBUG", 22: "TEXTREL", 23: "JMPREL",
        24: "BIND_NOW", 25: "INIT_ARRAY", 26: "FINI_ARRAY", 27: "INIT_ARRAYSZ", 28: "FINI_ARRAYSZ", 29: "RUNPATH", 30: "FLAGS",
        32: "PREINIT_ARRAY", 33: "PREINIT_ARRAYSZ", 35: "RELRSZ", 36: "RELR", 37: "RELRENT", 0x6FFFFEF5: "GNU_HASH", 0x6FFFFFF0: "VERSYM",
        0x6FFFFFF9: "RELACOUNT", 0x6FFFFFFB: "FLAGS_1", 0x6FFFFFFC: "VERDEF", 0x6FFFFFFD: "VERDEFNUM", 0x6FFFFFFE: "VERNEED",
        0x6FFFFFFF: "VERNEEDNUM"}
STRINGS, NUMBERS = (1, 14, 15, 29), (16, 20, 30, 0x6FFFFFFB, 9, 11)
ALLOC, EXEC, NOBITS = 2, 4, 8
RELATIVE, IRELATIVE, COPY, JUMP_SLOT, GLOB_DAT = 8, 37, 5, 7, 6


class Name(NamedTuple):
    """A symbol: `place` is the name of its section, or "undefined", "absolute"."""

    address: int
    size: int
    type: int
    binding: int
    visibility: int
    place: str


class Program:
    """A linked file and names for its addresses."""

    def __init__(self, path: str) -> None:
        self.elf = Elf(Path(path).read_bytes())
        self.sections = [one for one in self.elf.sections if one.name or one.type]
        self.loaded = sorted((one for one in self.sections if one.flags & ALLOC and not (one.flags & 0x400 and one.type == NOBITS)),
                             key=lambda one: one.address)
        self.starts = [one.address for one in self.loaded]
        self.names: dict[str, list[Name]] = {}
        self.points: list[tuple[int, int, str]] = []
        self.slots: dict[int, str] = {}
        self.relocations: list[tuple[int, int, str, int]] = []
        self._read_symbols()
        self._read_relocations()
        self.points.sort()
        self.places = [point[0] for point in self.points]
        self._read_stubs()

    def _read_symbols(self) -> None:
        table = self.elf.section(".symtab") or self.elf.section(".dynsym")
        for one in self.elf.symbols(table) if table is not None else ():
            where = one.section
            place = where.name if hasattr(where, "name") else {0: "undefined", 0xFFF1: "absolute"}.get(where, str(where))
            if not one.name or one.type in (3, 4):
                continue
            self.names.setdefault(one.name.split("@")[0], []).append(
                Name(one.value, one.size, one.type, one.binding, getattr(one, "visibility", 0), place))
            if one.type != 6 and place not in ("undefined", "absolute"):
                self.points.append((one.value, -one.size, one.name.split("@")[0]))

    def _read_relocations(self) -> None:
        for section in self.sections:
            if section.type in (4, 9) and section.flags & ALLOC:
                for one in self.elf.relocations(section):
                    self.relocations.append((one.offset, one.type, one.name.split("@")[0] if one.symbol else "", one.addend))

    def _read_stubs(self) -> None:
        """PLT entries by the slot they jump through, slots by the relocation that fills them."""
        for place, kind, name, addend in self.relocations:
            if name:
                self.slots[place] = name
            elif kind in (RELATIVE, IRELATIVE):
                self.slots[place] = self.text(addend)
        for section in self.loaded:
            if section.name.startswith((".plt", ".iplt")):
                begin = -1
                for one in decode(bytes(self.elf.data(section)), 64, section.address):
                    begin = one.offset if begin < 0 or one.text.startswith("endbr") else begin
                    if one.text.startswith(("jmp [", "jmp qword", "bnd jmp")) and one.target >= 0:
                        slot = self.slots.get(one.target)
                        if slot:
                            for at in range(begin, one.offset + 1):
                                self.slots.setdefault(section.address + at, slot)
                        begin = -1
                    elif not one.text.startswith("endbr"):
                        begin = -1

    def section_at(self, address: int) -> Any:
        at = bisect_right(self.starts, address) - 1
        if at < 0:
            return None
        section = self.loaded[at]
        return section if section.address <= address < section.address + max(section.size, 1) else None

    def text(self, address: int) -> str:
        """A name for an address: a symbol, what a slot or stub leads to, or the bytes there."""
        if address in getattr(self, "slots", {}):
            return f"&{self.slots[address]}"
        section = self.section_at(address)
        if section is None:
            return hex(address)
        if section.name in (".got", ".got.plt") and section.type != NOBITS:
            value = int.from_bytes(self.bytes_at(address, 8), "little")
            return f"&{self.text(value)}" if self.section_at(value) is not None else f"&{value:#x}"
        at = bisect_right(self.places, address) - 1 if hasattr(self, "places") else -1
        while at >= 0 and self.points[at][0] >= section.address:
            start, size, _ = self.points[at]
            if start == address or start <= address < start - size:
                same = sorted(point[2] for point in self.points[max(0, at - 20):at + 1] if point[0] == start)
                return same[0] if start == address else f"{same[0]}+{address - start:#x}"
            at -= 1
            if address - start > 1 << 16:
                break
        if section.type == NOBITS:
            return f"{section.name}"
        return f"{section.name.split('.')[1]}:{self.content(address, section)}"

    def content(self, address: int, section: Any) -> str:
        data = self.bytes_at(address, min(24, section.address + section.size - address))
        string = data.split(b"\0")[0]
        return repr(string.decode("latin-1")) if string.isascii() and string and section.flags & EXEC == 0 else data[:8].hex()

    def bytes_at(self, address: int, size: int) -> bytes:
        section = self.section_at(address)
        if section is None or section.type == NOBITS:
            return b""
        return bytes(self.elf.data(section)[address - section.address:address - section.address + size])

    def code(self, name: Name) -> list[str]:
        """A function's instructions with names for addresses."""
        lines = []
        for one in decode(self.bytes_at(name.address, name.size), 64, name.address):
            text = one.text
            if one.target >= 0:
                inside = name.address <= one.target < name.address + name.size
                shown = f"@{one.target - name.address:#x}" if inside else self.text(one.target)
                text = re.sub(r"rel 0x[0-9a-f]+|rip[+-]0x[0-9a-f]+|rip[+-]\d+|0x[0-9a-f]{4,}$", shown.replace("\\", "\\\\"), text)
            else:
                text = re.sub(r"0x[0-9a-f]{6,8}\b", self._number, text)
            lines.append(text)
        return lines

    def _number(self, match: re.Match[str]) -> str:
        value = int(match[0], 16)
        return self.text(value) if self.section_at(value) is not None else match[0]

    def data(self, name: Name) -> list[str]:
        """An object's bytes in words; words that are addresses as names."""
        raw = self.bytes_at(name.address, name.size)
        words = []
        for at in range(0, len(raw), 8):
            place = name.address + at
            value = int.from_bytes(raw[at:at + 8], "little")
            if place in self.slots:
                words.append(self.slots[place])
            else:
                words.append(self.text(value) if len(raw) - at >= 8 and self.section_at(value) is not None and value > 0x1000 else hex(value))
        return words

    def dynamic(self) -> list[tuple[str, str]]:
        section = self.elf.section(".dynamic")
        strings = self.elf.section(".dynstr")
        if section is None or strings is None or section.type == NOBITS:
            return []
        table = bytes(self.elf.data(strings))
        made = []
        for tag, value in iter_unpack("<qQ", bytes(self.elf.data(section))[:section.size // 16 * 16]):
            name = TAGS.get(tag, hex(tag))
            shown = table[value:table.index(b"\0", value)].decode() if tag in STRINGS else hex(value) if tag in NUMBERS else ""
            made.append((name, shown))
            if not tag:
                break
        return made


def differences(a: Program, b: Program) -> Iterator[str]:
    """One line per difference."""
    for label, at in (("type", 16), ("machine", 18)):
        values = [unpack_from("<H", one.elf.content if hasattr(one.elf, "content") else bytes(one.elf), at)[0] for one in (a, b)]
        if values[0] != values[1]:
            yield f"header {label}: {values[0]} <-> {values[1]}"
    yield from _sections(a, b)
    yield from _counted("segment", [f"{one.type} {one.flags:x}" for one in a.elf.segments], [f"{one.type} {one.flags:x}" for one in b.elf.segments])
    yield from _counted("dynamic", [f"{tag} {value}".strip() for tag, value in a.dynamic()], [f"{tag} {value}".strip() for tag, value in b.dynamic()])
    yield from _symbols(a, b)
    yield from _dynamic_symbols(a, b)
    yield from _relocations(a, b)
    yield from _contents(a, b)


def _counted(what: str, left: list[str], right: list[str]) -> Iterator[str]:
    ours, theirs = Counter(left), Counter(right)
    for one in sorted(ours | theirs):
        if ours[one] != theirs[one]:
            yield f"{what} {one}: {ours[one]} <-> {theirs[one]}"


def _sections(a: Program, b: Program) -> Iterator[str]:
    left, right = ({one.name: one for one in program.sections} for program in (a, b))
    for name in sorted(set(left) | set(right)):
        if name not in left or name not in right:
            yield f"section {name}: only in {'A' if name in left else 'B'}"
            continue
        one, other = left[name], right[name]
        for what in ("type", "flags", "size"):
            if getattr(one, what) != getattr(other, what):
                yield f"section {name}: {what} {getattr(one, what):#x} <-> {getattr(other, what):#x}"


def _symbols(a: Program, b: Program) -> Iterator[str]:
    for name in sorted(set(a.names) | set(b.names)):
        left, right = a.names.get(name, []), b.names.get(name, [])
        if len(left) != len(right):
            undefined = all(one.place == "undefined" for one in left + right)
            yield f"symbol {name}: {len(left)} <-> {len(right)}{' undefined' if undefined else ''}"
        elif len(left) == 1:
            one, other = left[0], right[0]
            for what, x, y in (("binding", one.binding, other.binding), ("visibility", one.visibility, other.visibility), ("type", one.type, other.type),
                               ("size", one.size, other.size), ("section", one.place, other.place)):
                if x != y:
                    yield f"symbol {name}: {what} {x} <-> {y}"


def _dynamic_symbols(a: Program, b: Program) -> Iterator[str]:
    def rows(program: Program) -> list[str]:
        table = program.elf.section(".dynsym")
        if table is None:
            return []
        made = []
        for one in program.elf.symbols(table):
            where = "undefined" if one.section in (0, None) else "defined"
            made.append(f"{one.name} {where} binding {one.binding}")
        return made

    yield from _counted("dynamic symbol", rows(a), rows(b))


def _relocations(a: Program, b: Program) -> Iterator[str]:
    def rows(program: Program) -> list[str]:
        made = []
        for place, kind, name, addend in program.relocations:
            section = program.section_at(place)
            target = program.text(addend) if kind in (RELATIVE, IRELATIVE) else f"{name}{addend:+#x}" if addend else name
            where = section.name if (section is not None and section.name.startswith((".got", ".plt"))) or kind == COPY else _plain(program, place)
            made.append(f"{kind} at {where} to {target}")
        return made

    yield from _counted("relocation", rows(a), rows(b))


def _plain(program: Program, place: int) -> str:
    """The name of a place that is itself a slot."""
    held = program.slots.pop(place, None)
    shown = program.text(place)
    if held is not None:
        program.slots[place] = held
    return shown


def _contents(a: Program, b: Program) -> Iterator[str]:
    for name in sorted(set(a.names) & set(b.names)):
        left, right = a.names[name], b.names[name]
        if len(left) != 1 or len(right) != 1 or left[0].size != right[0].size or not left[0].size:
            continue
        kind = left[0].type
        if kind in (2, 10):
            yield from _lines("code", name, a.code(left[0]), b.code(right[0]))
        elif kind == 1 and left[0].place not in ("undefined", "absolute"):
            yield from _lines("data", name, a.data(left[0]), b.data(right[0]))


def _lines(what: str, name: str, left: list[str], right: list[str]) -> Iterator[str]:
    if len(left) != len(right):
        yield f"{what} {name}: {len(left)} <-> {len(right)} lines"
        return
    for number, (x, y) in enumerate(zip(left, right)):
        if x != y:
            yield f"{what} {name}+{number}: {x} <-> {y}"


def main() -> int:
    """The exit code is 1 if a difference is not explained."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("a")
    parser.add_argument("b")
    parser.add_argument("--show", type=int, default=40, help="differences to print")
    parser.add_argument("--all", action="store_true", help="print also those a rule explains")
    options = parser.parse_args()
    a, b = Program(options.a), Program(options.b)
    explained: Counter[str] = Counter()
    rest = []
    for line in differences(a, b):
        reason = next((text for pattern, text in CHOICES if re.search(pattern, line)), "")
        if reason:
            explained[reason] += 1
            if options.all:
                print(f"{line}   [{reason}]")
        else:
            rest.append(line)
    print("\n".join(rest[:options.show]))
    if len(rest) > options.show:
        print(f"... and {len(rest) - options.show} more")
    same = sum(1 for name in set(a.names) & set(b.names) if len(a.names[name]) == len(b.names[name]) == 1)
    print(f"{same} names compared; explained: " + (", ".join(f"{count} {reason}" for reason, count in explained.most_common()) or "nothing"))
    print(f"{len(rest)} differences are not explained" if rest else "no other difference")
    return bool(rest)


if __name__ == "__main__":
    sys.exit(main())
