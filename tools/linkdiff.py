"""Compare two linked programs up to addresses: what is in them, what it refers to, and which differences are only a choice.

    python tools/linkdiff.py A B [--show N] [--all] [--gc]

Compared: header, segments, sections, symbols, dynamic symbols with versions, dynamic section, dynamic relocations by their places and
targets, functions as disassembly with symbolic operands, data with its pointers as names. A difference that a rule of `CHOICES` explains
is counted under that rule; the exit code is 1 if others remain.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from linked_equal import Equal  # noqa: E402
from linked_program import ABSOLUTE, COPY, IRELATIVE, RELATIVE, Program  # noqa: E402

CHOICES = (
    (r"^section \.(comment|note\.gnu\.build-id|note\.gnu\.gold-version|gnu\.version_d|relro_padding|shstrtab|symtab|strtab)", "bookkeeping"),
    (r"^section \.(plt|plt\.got|plt\.sec|iplt|got|got\.plt|igot|rela\.plt|rela\.dyn|rela\.iplt|relr\.dyn)\b", "tables the linker lays out"),
    (r"^section \.(bss|tbss|tm_clone_table|data\.rel\.ro|bss\.rel\.ro|copyrel|dynbss|ldata|lbss)\b", "where copies and zeros stand"),
    (r"^section \.(gnu\.hash|hash|dynamic|dynstr|dynsym|gnu\.version|gnu\.version_r|interp): size", "padding and bucket counts"),
    (r"^section \.(eh_frame|eh_frame_hdr): size", "frames of PLTs, equal CIEs merged or not"),
    (r"^section \.(rodata|rodata\..*|debug_.*): size", "how far equal strings and constants are merged"),
    (r"^section \S+: size .* \(close\)", "padding between inputs"),
    (r"^section \.(eh_frame|rodata|data|init_array|fini_array|ctors|dtors|note\..*|tdata|text)\S*: (type|flags)", "flags joined of many inputs"),
    (r"^segment", "how sections share pages"),
    (r"^dynamic (DEBUG|BIND_NOW|FLAGS_1|FLAGS|RELACOUNT|VERDEF\w*|PLTGOT|GNU_HASH|HASH|NULL|JMPREL|PLTRELSZ|PLTREL|RELA\w*|TEXTREL|TLSDESC_\w+|INIT\w*|FINI\w*)",
     "optional entries"),
    (r"^symbol (_GLOBAL_OFFSET_TABLE_|_DYNAMIC|__GNU_EH_FRAME_HDR|_PROCEDURE_LINKAGE_TABLE_|_TLS_MODULE_BASE_|__dso_handle|data_start|"
     r"(_|__)?(end|edata|etext|bss_start|ehdr_start|executable_start)|__(preinit|init|fini)_array_(start|end)|__rela_iplt_(start|end)|"
     r"__(start|stop)_\w+|\.?L\w*|\$\w+)\b", "names the linker provides"),
    (r"^symbol \S+: \d <-> \d undefined$", "weak undefined names are listed or not"),
    (r"^(dynamic )?symbol .*: 0 <-> 1 of a version$", "names of versions as symbols"),
    (r"^section \S+: only in . \(empty\)", "empty sections"),
    (r"^relocation 37 at .*: \d <-> \d$", "pointers to IFUNCs: chosen at the start, or to the PLT entry"),
    (r"^relocation 0 at ", "entries GNU ld leaves empty"),
    (r"^(section \.stapsdt\.base: only in|symbol _\.stapsdt\.base:)", "a base that only notes refer to"),
    (r"^relocation 5 at ", "which section holds copies"),
    (r"^(dynamic )?symbol .* of a copy$", "all names of a copied object are exported, so that libraries find the copy"),
    (r"^symbol .*: binding 0 <-> [12]$", "hidden symbols are local in A"),
    (r"^symbol .*: visibility \d <-> \d of a local symbol$", "visibility, which means nothing for local symbols"),
    (r"^symbol (__TMC_LIST__|__TMC_END__|_ITM_\w+|__gmon_start__)\b|^dynamic symbol \S+ undefined binding 2: 0 <-> 1", "weak undefined names are settled in A"),
    (r"^dynamic symbol __?(environ|timezone|daylight|tzname) undefined binding 1: 0 <-> 1", "strong names of what is used by a weak one"),
    (r"^section \S+: flags 0x(\w+) <-> 0x20*\1$", "SHF_GNU_RETAIN has done its work"),
    (r"^symbol .*: (size|type|section) ", "attributes of names from shared objects or that begin sections"),
    (r"^dynamic symbol (_?edata|_?end|__bss_start|_init|_fini|_IO_stdin_used|data_start|__data_start)\b", "names GNU ld exports"),
    (r"^relocation .*\.(got|got\.plt|igot|plt)", "slots of the GOT"),
    (r"^relaxed code ", "an access to the same thing that one linker relaxed"),
)

COLLECTED = (r"^(symbol|relocation \d+ at) .*: 0 <-> \d+$|^section \S+: (only in B|size )", "collected in A; code that referred to it would differ")


def differences(a: Program, b: Program) -> Iterator[str]:
    """One line per difference."""
    for label, x, y in (("type", a.elf.type, b.elf.type), ("machine", a.elf.machine, b.elf.machine)):
        if x != y:
            yield f"header {label}: {x} <-> {y}"
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
            one = left.get(name) or right[name]
            yield f"section {name}: only in {'A' if name in left else 'B'}{'' if one.size else ' (empty)'}"
            continue
        one, other = left[name], right[name]
        for what in ("type", "flags", "size"):
            if getattr(one, what) != getattr(other, what):
                x, y = getattr(one, what), getattr(other, what)
                close = " (close)" if what == "size" and abs(x - y) <= max(64, max(x, y) // 100) else ""
                yield f"section {name}: {what} {x:#x} <-> {y:#x}{close}"


def _note(a: Program, b: Program, name: str) -> str:
    """What explains why only one of the programs has a symbol."""
    return " of a copy" if a.copied(name) or b.copied(name) else " of a version" if a.names_version(name) and b.names_version(name) else ""


def _symbols(a: Program, b: Program) -> Iterator[str]:
    for name in sorted(set(a.names) | set(b.names)):
        left, right = a.names.get(name, []), b.names.get(name, [])
        if len(left) != len(right):
            undefined = all(one.place == "undefined" for one in left + right)
            note = " undefined" if undefined else _note(a, b, name)
            yield f"symbol {name}: {len(left)} <-> {len(right)}{note}"
        elif len(left) == 1:
            one, other = left[0], right[0]
            for what, x, y in (("binding", one.binding, other.binding), ("visibility", one.visibility, other.visibility), ("type", one.type, other.type),
                               ("size", one.size, other.size), ("section", one.place, other.place)):
                if x != y:
                    local = " of a local symbol" if one.binding == other.binding == 0 else ""
                    yield f"symbol {name}: {what} {x} <-> {y}{local}"


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

    for line in _counted("dynamic symbol", rows(a), rows(b)):
        name = line.split()[2]
        yield line + _note(a, b, name)


def _relocations(a: Program, b: Program) -> Iterator[str]:
    def rows(program: Program) -> list[str]:
        made = []
        executable = program.elf.section(".interp") is not None
        for place, (kind, name, addend) in program.slots.items():
            section = program.section_at(place)
            here = next((one for one in program.names.get(name, ()) if one.place not in ("undefined", "absolute")), None)
            if kind == ABSOLUTE and here is not None and executable:    # nothing comes before the program in the search for a name
                kind, addend = RELATIVE, here.address + addend
            target = _target(program, addend) if kind in (RELATIVE, IRELATIVE) else f"{name}{addend:+#x}" if addend else name
            inside = section is not None and (section.name.startswith((".got", ".plt")) or kind == COPY)
            owners = {one for one in program.owners(place) if program.names[one[0]][0].size} or program.owners(place)
            where = section.name if inside or not owners else "{}+{:#x}".format(*min(owners, key=lambda one: (one[1], one[0])))
            made.append(f"{kind} at {where}" if owners and kind == RELATIVE else f"{kind} at {where} to {target}")     # see _contents
        return made

    yield from _counted("relocation", rows(a), rows(b))


def _target(program: Program, address: int) -> str:
    """A name, or the section of a place without one (`_contents` compares what lies there)."""
    owners = program.owners(address)
    section = program.section_at(address)
    return program.shown(address, 0) if owners or section is None else section.name


def _contents(a: Program, b: Program) -> Iterator[str]:
    equal = Equal(a, b)
    for name in sorted(set(a.names) & set(b.names)):
        left, right = a.names[name], b.names[name]
        if len(left) != 1 or len(right) != 1 or left[0].size != right[0].size or not left[0].size:
            continue
        ours, theirs = left[0], right[0]
        if ours.address in a.stubs or theirs.address in b.stubs:
            if not equal.place(ours.address, theirs.address):
                yield f"code {name}: {a.shown(ours.address)} <-> {b.shown(theirs.address)}"
        elif ours.type in (2, 10):
            differ, relaxed = equal.code(ours, theirs)
            yield from (f"code {name}{line}" for line in differ)
            yield from (f"relaxed code {name}{line}" for line in relaxed)
        elif ours.type == 1 and ours.place not in ("undefined", "absolute"):
            found = equal.data(ours, theirs)
            if found is not None:
                yield f"data {name}+{found[0]:#x}: {found[1]} <-> {found[2]}"


def main() -> int:
    """The exit code is 1 if a difference is not explained."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("a")
    parser.add_argument("b")
    parser.add_argument("--show", type=int, default=40, help="differences to print")
    parser.add_argument("--all", action="store_true", help="print also those a rule explains")
    parser.add_argument("--gc", action="store_true", help="A may lack what nothing in it refers to")
    options = parser.parse_args()
    choices = (*CHOICES, COLLECTED) if options.gc else CHOICES
    a, b = Program(options.a), Program(options.b)
    explained: Counter[str] = Counter()
    rest = []
    for line in differences(a, b):
        reason = next((text for pattern, text in choices if re.search(pattern, line)), "")
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
