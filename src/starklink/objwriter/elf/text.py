"""Text dumps of ELF files in the manner of `readelf`: deterministic, one thing per line, made for diffs and golden
tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from . import viewtext
from .consts import (
    ELFOSABI,
    EM,
    ET,
    PF,
    PT,
    RELOCATION_NAMES,
    SHF,
    SHN_ABS,
    SHN_COMMON,
    SHN_UNDEF,
    SHT,
    SHT_DYNSYM,
    SHT_NOTE,
    SHT_REL,
    SHT_RELA,
    SHT_SYMTAB,
    STB,
    STT,
    STV,
)
from .model import Section
from .reader import Elf
from .views import describe_note
from .views import notes as notes_of


def dump(elf: Elf, parts: Iterable[str] = ("headers", "sections", "segments", "symbols", "relocations", "notes")) -> str:
    """The text of some parts of a file, in the order asked for. Raises KeyError for an unknown part."""
    return "\n".join("\n".join(PARTS[part](elf)) + "\n" for part in parts)


def headers(elf: Elf) -> Iterator[str]:
    """The file header."""
    yield "ELF Header:"
    for name, value in (
            ("Class", f"ELF{elf.bits}"), ("Data", f"2's complement, {'little' if elf.order == '<' else 'big'} endian"),
            ("Version", str(elf.version)), ("OS/ABI", ELFOSABI.name(elf.os_abi)), ("ABI Version", str(elf.abi_version)),
            ("Type", ET.name(elf.type)), ("Machine", EM.name(elf.machine)), ("Entry point address", f"{elf.entry:#x}"),
            ("Start of program headers", str(elf.phoff)), ("Start of section headers", str(elf.shoff)),
            ("Flags", f"{elf.flags:#x}"), ("Size of this header", str(elf.ehsize)),
            ("Size of program headers", str(elf.phentsize)), ("Number of program headers", str(len(elf.segments))),
            ("Size of section headers", str(elf.shentsize)), ("Number of section headers", str(len(elf.sections))),
            ("Section header string table index", str(elf.shstrndx))):
        yield f"  {name + ':':<35}{value}"


def sections(elf: Elf) -> Iterator[str]:
    """The section headers."""
    yield "Section Headers:"
    yield "  [Nr] Name               Type            Address          Off      Size     ES Flg Lk Inf Al"
    for number, section in enumerate(elf.sections):
        yield (f"  [{number:2}] {section.name:<18} {SHT.name(section.type):<15} {section.address:016x} {section.offset:08x} "
               f"{section.memory_size:08x} {section.entsize:02x} {SHF.letters(section.flags):>3} {section.link:2} "
               f"{section.info:3} {section.align:2}")


def segments(elf: Elf) -> Iterator[str]:
    """The program headers and the sections they hold."""
    yield "Program Headers:"
    yield "  Type           Offset   VirtAddr         PhysAddr         FileSiz  MemSiz   Flg Align   Sections"
    for segment in elf.segments:
        held = [section.name for section in elf.sections[1:] if section.allocated and section.memory_size
                and segment.address <= section.address and section.end <= segment.address + segment.memory_size]
        flags = "".join(letter if letter in PF.letters(segment.flags) else " " for letter in "RWX")
        yield (f"  {PT.name(segment.type):<14} {segment.offset:08x} {segment.address:016x} {segment.physical:016x} "
               f"{segment.file_size:08x} {segment.memory_size:08x} {flags} {segment.align:#07x} {' '.join(held)}").rstrip()


def symbols(elf: Elf) -> Iterator[str]:
    """The symbol tables."""
    for table in elf.sections:
        if table.type not in (SHT_SYMTAB, SHT_DYNSYM):
            continue
        found = elf.symbols(table)
        numbers = {id(section): number for number, section in enumerate(elf.sections)}
        yield f"Symbol table '{table.name}' contains {len(found)} entries:"
        yield "   Num: Value            Size  Type    Bind   Vis       Ndx Name"
        for number, symbol in enumerate(found):
            home = symbol.section
            index = str(numbers[id(home)]) if isinstance(home, Section) else _SPECIAL.get(home, f"{home:#x}")
            name = home.name if isinstance(home, Section) and symbol.type == 3 and not symbol.name else symbol.name
            yield (f"  {number:4}: {symbol.value:016x} {symbol.size:5} {STT.name(symbol.type):<7} "
                   f"{STB.name(symbol.binding):<6} {STV.name(symbol.visibility & 3):<9} {index:>3} {name}").rstrip()


def relocations(elf: Elf) -> Iterator[str]:
    """The relocation sections."""
    names = RELOCATION_NAMES.get(elf.machine)
    for table in elf.sections:
        if table.type not in (SHT_REL, SHT_RELA):
            continue
        found = elf.relocations(table)
        yield f"Relocation section '{table.name}' contains {len(found)} entries:"
        yield "  Offset           Type                 Symbol + Addend"
        for one in found:
            kind = f"{names.prefix}_{names.name(one.type)}" if names else f"{one.type:#x}"
            sign = "-" if one.addend < 0 else "+"
            yield f"  {one.offset:016x} {kind:<20} {one.name} {sign} {abs(one.addend):x}"


def notes(elf: Elf) -> Iterator[str]:
    """The notes: owner, type and payload."""
    for section in elf.sections:
        if section.type == SHT_NOTE:
            yield f"Notes in {section.name}:"
            for owner, kind, payload in notes_of(elf, section):
                said = describe_note(elf, owner, kind, payload) or payload.hex()
                yield f"  {owner:<12} type {kind:#x}, {len(payload)} bytes: {said}"


_SPECIAL: Final = {SHN_UNDEF: "UND", SHN_ABS: "ABS", SHN_COMMON: "COM"}
PARTS: Final[dict[str, Callable[[Elf], Iterator[str]]]] = {
    "headers": headers, "sections": sections, "segments": segments, "symbols": symbols, "relocations": relocations,
    "notes": notes, "dynamic": viewtext.dynamic, "versions": viewtext.versions, "groups": viewtext.groups,
    "hashes": viewtext.hashes, "relative": viewtext.relative}

