"""Rules of the verifier about what loaders and dynamic linkers read: headers, memory, the dynamic table, hashes, versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from . import views
from .consts import (
    DT,
    EM_386,
    EM_X86_64,
    ET_CORE,
    ET_REL,
    PF_W,
    PF_X,
    PT_DYNAMIC,
    PT_GNU_EH_FRAME,
    PT_GNU_RELRO,
    PT_INTERP,
    PT_LOAD,
    PT_NOTE,
    PT_PHDR,
    PT_TLS,
    SHF_COMPRESSED,
    SHF_MERGE,
    SHF_TLS,
    SHN_UNDEF,
    SHT_DYNAMIC,
    SHT_DYNSYM,
    SHT_FINI_ARRAY,
    SHT_GNU_HASH,
    SHT_GNU_VERSYM,
    SHT_HASH,
    SHT_INIT_ARRAY,
    SHT_NOBITS,
    SHT_NOTE,
    SHT_NULL,
    SHT_STRTAB,
    SHT_SYMTAB,
    SHT_SYMTAB_SHNDX,
    STB_GLOBAL,
    STT_TLS,
)
from .hashes import gnu_hash, sysv_hash
from .model import Diagnostic, ElfError, Section, Symbol
from .reader import Elf

_PARTS: Final = {PT_INTERP: "PT_INTERP", PT_DYNAMIC: "PT_DYNAMIC", PT_TLS: "PT_TLS", PT_GNU_EH_FRAME: "PT_GNU_EH_FRAME",
                 PT_GNU_RELRO: "PT_GNU_RELRO"}
_ADDRESS_TAGS: Final = {DT["STRTAB"]: SHT_STRTAB, DT["SYMTAB"]: SHT_DYNSYM, DT["HASH"]: SHT_HASH, DT["GNU_HASH"]: SHT_GNU_HASH,
                        DT["VERSYM"]: SHT_GNU_VERSYM, DT["INIT_ARRAY"]: SHT_INIT_ARRAY, DT["FINI_ARRAY"]: SHT_FINI_ARRAY}


def _header(elf: Elf) -> Iterator[Diagnostic]:
    size = elf.record_size("ehdr")
    if elf.ehsize != size:
        yield Diagnostic("EL14", f"the file header says it has {elf.ehsize} bytes, not {size}")
    if elf.version != 1 or elf.content[6] != 1:
        yield Diagnostic("EL14", f"the file has ELF version {elf.version}, not 1")
    if elf.segments and elf.phoff < size:
        yield Diagnostic("EL14", f"the program headers at {elf.phoff:#x} overlap the file header")
    if elf.shoff and elf.shoff < size:
        yield Diagnostic("EL14", f"the section headers at {elf.shoff:#x} overlap the file header")


def _null(elf: Elf) -> Iterator[Diagnostic]:
    if elf.sections and (elf.sections[0].type != SHT_NULL or elf.sections[0].name):
        yield Diagnostic("EL27", "section 0 is not the null section")
    for table in elf.sections:
        if table.type in (SHT_SYMTAB, SHT_DYNSYM):
            found = elf.symbols(table)
            if found and found[0] != Symbol("", 0, 0, 0, 0, 0, 0):
                yield Diagnostic("EL27", f"symbol 0 of {table.name} is not the null symbol", table.name)


def _memory(elf: Elf) -> Iterator[Diagnostic]:
    if elf.type in (ET_REL, ET_CORE):
        return
    ranges = sorted((one.address, one.end, one.name) for one in elf.sections[1:]
                    if one.allocated and one.memory_size and not (one.flags & SHF_TLS and one.type == SHT_NOBITS))
    last, holder = 0, ""
    for start, end, name in ranges:
        if start < last:
            yield Diagnostic("EL15", f"section {name} at {start:#x} begins before {holder} ends at {last:#x}", name)
        if end > last:
            last, holder = end, name


def _twice(elf: Elf) -> Iterator[Diagnostic]:
    for table in elf.sections:
        if table.type == SHT_SYMTAB:
            seen: set[str] = set()
            for symbol in elf.symbols(table):
                if symbol.binding == STB_GLOBAL and symbol.section != SHN_UNDEF and symbol.name:
                    if symbol.name in seen:
                        yield Diagnostic("EL16", f"symbol {symbol.name} is defined twice", table.name)
                    seen.add(symbol.name)


def _segments(elf: Elf) -> Iterator[Diagnostic]:
    loads = [one for one in elf.segments if one.type == PT_LOAD]
    for number, one in enumerate(elf.segments):
        name = _PARTS.get(one.type, "PT_PHDR" if one.type == PT_PHDR else "")
        # Go gives its PT_TLS no place: nothing of it lies in the file.
        if not name or not loads or not one.memory_size or elf.type == ET_CORE or not (one.address or one.file_size):
            continue
        size = one.file_size if one.type == PT_TLS else one.memory_size
        if not any(load.address <= one.address and one.address + size <= load.address + load.memory_size for load in loads):
            yield Diagnostic("EL17", f"segment {number} ({name}) at {one.address:#x} is not loaded")
    if not loads or elf.type == ET_CORE:
        return
    for section in elf.sections[1:]:
        if not section.allocated or not section.memory_size or (section.flags & SHF_TLS and section.type == SHT_NOBITS):
            continue
        home = next((load for load in loads if load.address <= section.address
                     and section.end <= load.address + load.memory_size), None)
        if home is None:
            yield Diagnostic("EL20", f"section {section.name} at {section.address:#x} lies in no segment", section.name)
        elif section.type != SHT_NOBITS and section.offset - home.offset != section.address - home.address:
            yield Diagnostic("EL20", f"section {section.name} lies {section.offset - home.offset:#x} bytes into its segment in "
                                     f"the file and {section.address - home.address:#x} in memory", section.name)


def _entry(elf: Elf) -> Iterator[Diagnostic]:
    loads = [one for one in elf.segments if one.type == PT_LOAD and one.flags & PF_X]
    if elf.entry and loads and elf.machine in (EM_X86_64, EM_386) and not any(
            one.address <= elf.entry < one.address + one.memory_size for one in loads):
        yield Diagnostic("EL21", f"the entry point {elf.entry:#x} is in no executable segment")


def _dynamic(elf: Elf) -> Iterator[Diagnostic]:
    for section in elf.sections:
        if section.type != SHT_DYNAMIC:
            continue
        rows = views.dynamic(elf, section)
        if not rows or rows[-1].tag:
            yield Diagnostic("EL18", f"the dynamic table {section.name} does not end with DT_NULL", section.name)
        found = {row.tag: row.value for row in rows}
        for tag, kind in _ADDRESS_TAGS.items():
            homes = [one.address for one in elf.sections if one.type == kind and one.allocated]
            if tag in found and homes and found[tag] not in homes:
                yield Diagnostic("EL18", f"DT_{DT.name(tag)} is {found[tag]:#x}, where no section of that type begins",
                                 section.name)
        table = next((one for one in elf.sections if one.allocated and one.address == found.get(DT["STRTAB"])), None)
        if table is not None and table.memory_size != found.get(DT["STRSZ"]):
            yield Diagnostic("EL18", f"DT_STRSZ is {found.get(DT['STRSZ'])}, section {table.name} has {table.memory_size} bytes",
                             section.name)
        size = elf.record_size("sym")
        if found.get(DT["SYMENT"], size) != size:
            yield Diagnostic("EL18", f"DT_SYMENT is {found[DT['SYMENT']]}, not {size}", section.name)


def _hashes(elf: Elf) -> Iterator[Diagnostic]:
    for section in elf.sections:
        if section.type not in (SHT_HASH, SHT_GNU_HASH):
            continue
        symbols = elf.symbols(elf.linked(section))
        wanted = {number for number, one in enumerate(symbols) if number and one.section != SHN_UNDEF and one.binding}
        missed = (_missed_gnu if section.type == SHT_GNU_HASH else _missed)(elf, section, symbols, wanted)
        if missed:
            yield Diagnostic("EL19", f"{section.name}: {missed}", section.name)


def _missed(elf: Elf, section: Section, symbols: list[Symbol], wanted: set[int]) -> str:
    table = views.hash_table(elf, section)
    if len(table.chains) != len(symbols):
        return f"{len(table.chains)} chains for {len(symbols)} symbols"
    count = len(table.buckets)
    seen: set[int] = set()
    for bucket, head in enumerate(table.buckets):
        number = head
        while number:
            if number >= len(symbols) or number in seen:
                return f"the chain of bucket {bucket} does not end at symbol {number}"
            seen.add(number)
            if sysv_hash(symbols[number].name.encode("utf-8", "surrogateescape")) % count != bucket:
                return f"symbol {symbols[number].name} is in the wrong bucket"
            number = table.chains[number]
    lost = sorted(wanted - seen)
    return f"symbol {symbols[lost[0]].name} cannot be found" if lost else ""


def _missed_gnu(elf: Elf, section: Section, symbols: list[Symbol], wanted: set[int]) -> str:
    table = views.gnu_hash_table(elf, section)
    count, filters = len(table.buckets), len(table.bloom)
    if not count or not filters:
        return "no buckets or filter words"
    for number in sorted(wanted):
        if number < table.first:
            continue
        value = gnu_hash(symbols[number].name.encode("utf-8", "surrogateescape"))
        bits = 1 << value % elf.bits | 1 << (value >> table.shift) % elf.bits
        if table.bloom[value // elf.bits % filters] & bits != bits:
            return f"the filter hides symbol {symbols[number].name}"
        at = number - table.first
        if at >= len(table.values) or table.values[at] | 1 != value | 1:
            return f"symbol {symbols[number].name} has another hash"
        start = table.buckets[value % count]
        if not table.first <= start <= number or any(table.values[one] & 1 for one in range(start - table.first, at)):
            return f"symbol {symbols[number].name} cannot be found"
    return ""


def _versions(elf: Elf) -> Iterator[Diagnostic]:
    for section in elf.sections:
        if section.type == SHT_GNU_VERSYM:
            found = views.symbol_versions(elf, section)
            symbols = elf.symbols(elf.linked(section))
            if len(found) != len(symbols):
                yield Diagnostic("EL22", f"{section.name} has {len(found)} entries for {len(symbols)} symbols", section.name)
            names = views.version_names(elf)
            for symbol, number in zip(symbols, found):
                if number & ~views.VERSION_HIDDEN not in names:
                    yield Diagnostic("EL22", f"symbol {symbol.name} has version {number & ~views.VERSION_HIDDEN}, which is not "
                                             "defined", section.name)
                    break


def _contents(elf: Elf) -> Iterator[Diagnostic]:
    for number, section in enumerate(elf.sections):
        if section.flags & SHF_COMPRESSED:
            if section.allocated or section.type == SHT_NOBITS:
                yield Diagnostic("EL24", f"section {section.name} is loaded and compressed", section.name)
                continue
            try:
                elf.data(section)
            except ElfError as error:
                if "zstd needs" not in str(error):
                    yield Diagnostic("EL24", str(error), section.name)
        elif section.type == SHT_NOTE:
            try:
                views.notes(elf, section)
            except ElfError as error:
                yield Diagnostic("EL28", str(error), section.name)
        elif section.type == SHT_SYMTAB_SHNDX:
            table = elf.linked(section)
            if len(section.data) // 4 != len(table.data) // elf.record_size("sym"):
                yield Diagnostic("EL26", f"section {section.name} (number {number}) has {len(section.data) // 4} entries for "
                                         f"{len(table.data) // elf.record_size('sym')} symbols", section.name)


def _note_segments(elf: Elf) -> Iterator[Diagnostic]:
    for number, one in enumerate(elf.segments):
        if one.type == PT_NOTE and one.file_size and one.offset + one.file_size <= len(elf.content) and elf.type != ET_CORE:
            try:
                list(views.read_notes(elf, elf.content[one.offset:one.offset + one.file_size], one.align, f"segment {number}"))
            except ElfError as error:
                yield Diagnostic("EL28", str(error))


def _thread_local(elf: Elf) -> Iterator[Diagnostic]:
    for table in elf.sections:
        if table.type == SHT_SYMTAB:
            for symbol in elf.symbols(table):
                home = symbol.section
                if symbol.type == STT_TLS and isinstance(home, Section) and not home.flags & SHF_TLS:
                    yield Diagnostic("EL08", f"thread-local symbol {symbol.name} lies in {home.name}, which is not", table.name)


def _merged(elf: Elf) -> Iterator[Diagnostic]:
    for section in elf.sections:
        if section.flags & SHF_MERGE and not section.entsize:
            yield Diagnostic("EL23", f"section {section.name} is to be merged, but has no entry size", section.name)


def _writable_code(elf: Elf) -> Iterator[Diagnostic]:
    for number, one in enumerate(elf.segments):
        if one.type == PT_LOAD and one.flags & PF_W and one.flags & PF_X:
            yield Diagnostic("EL25", f"segment {number} at {one.address:#x} is writable and executable")


RULES: Final[tuple[Callable[[Elf], Iterator[Diagnostic]], ...]] = (
    _header, _null, _memory, _twice, _segments, _entry, _dynamic, _hashes, _versions, _contents, _note_segments, _thread_local)
STRICT: Final = (_merged, _writable_code)
