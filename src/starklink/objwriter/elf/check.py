"""Checks a file before it is written: what the writer could not express first, then all rules of the verifier."""

from __future__ import annotations

from collections.abc import Iterator

from .consts import PT_LOAD, SHF_GROUP, SHT_GROUP, SHT_NOBITS, STB_LOCAL, STT_FILE, STT_SECTION
from .model import AUTO, Diagnostic, ElfError, ElfFile, Section
from .reader import Elf
from .verify import verify
from .writer import headers_size, write


def check(image: ElfFile, strict: bool = False) -> list[Diagnostic]:
    """All that is wrong with an image, with the codes of `verify.CODES`. Nothing is written; never raises."""
    found = [*_references(image), *_groups(image), *_alignment(image), *_offsets(image), *_symbols(image), *_fixups(image)]
    if found:
        return list(dict.fromkeys(found))
    try:
        return verify(Elf(write(image)), strict)
    except ElfError as error:
        return [Diagnostic("EL00", str(error))]


def _references(image: ElfFile) -> Iterator[Diagnostic]:
    present = {id(section) for section in image.sections}
    for section in image.sections:
        for field, one in (("sh_link", section.link), ("sh_info", section.info)):
            if isinstance(one, Section) and id(one) not in present:
                yield Diagnostic("EL05", f"{field} of section {section.name} names {one.name}, which is not in the file",
                                 section.name)
    for symbol in image.symbols:
        if isinstance(symbol.section, Section) and id(symbol.section) not in present:
            yield Diagnostic("EL08", f"symbol {symbol.name} lies in section {symbol.section.name}, which is not in the file")


def _groups(image: ElfFile) -> Iterator[Diagnostic]:
    present = {id(section) for section in image.sections}
    names = {symbol.name for symbol in image.symbols} | {fixup.symbol for one in image.sections for fixup in one.fixups}
    seen: set[int] = set()
    for group in image.groups:
        if group.signature not in names:
            yield Diagnostic("EL07", f"the signature of group {group.signature} is no symbol of the file")
        if not group.members:
            yield Diagnostic("EL07", f"group {group.signature} has no members")
        for member in group.members:
            if id(member) not in present:
                yield Diagnostic("EL07", f"group {group.signature} has member {member.name}, which is not in the file",
                                 member.name)
            if id(member) in seen:
                yield Diagnostic("EL07", f"section {member.name} is in two groups", member.name)
            seen.add(id(member))
    own = any(section.type == SHT_GROUP for section in image.sections)
    for section in image.sections:
        if section.flags & SHF_GROUP and id(section) not in seen and not own:
            yield Diagnostic("EL07", f"section {section.name} says it is in a group and is in none", section.name)


def _alignment(image: ElfFile) -> Iterator[Diagnostic]:
    for section in image.sections:
        if section.align & section.align - 1 or section.align < 0:
            yield Diagnostic("EL03", f"section {section.name} has alignment {section.align:#x}", section.name)
        elif section.align and section.address % section.align:
            yield Diagnostic("EL03", f"section {section.name} at {section.address:#x} is not aligned to {section.align:#x}",
                             section.name)
        if section.entsize and section.type != SHT_NOBITS and len(section.data) % section.entsize:
            yield Diagnostic("EL06", f"section {section.name} of {len(section.data)} bytes has entries of {section.entsize}",
                             section.name)


def _offsets(image: ElfFile) -> Iterator[Diagnostic]:
    last, holder = headers_size(len(image.segments), image.bits), "the headers"
    for section in sorted((one for one in image.sections if one.offset != AUTO and one.file_size), key=lambda one: one.offset):
        if section.offset < last:
            yield Diagnostic("EL02", f"section {section.name} at {section.offset:#x} begins before {holder} end at {last:#x}",
                             section.name)
        last, holder = section.offset + section.file_size, f"section {section.name}"
    for segment in image.segments:
        for section in segment.sections if segment.type == PT_LOAD and segment.align > 1 else ():
            if section.offset != AUTO and section.type != SHT_NOBITS and (section.offset - section.address) % segment.align:
                yield Diagnostic("EL04", f"section {section.name}: file offset {section.offset:#x} is not congruent to address "
                                         f"{section.address:#x} modulo {segment.align:#x}", section.name)


def _symbols(image: ElfFile) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    limit = 1 << image.bits
    for symbol in image.symbols:
        if not 0 <= symbol.value < limit or not 0 <= symbol.size < limit:
            yield Diagnostic("EL08", f"symbol {symbol.name}: value {symbol.value:#x} or size {symbol.size:#x} does not fit "
                                     f"{image.bits} bits")
        if symbol.binding == STB_LOCAL or symbol.type in (STT_FILE, STT_SECTION) or symbol.section == 0:
            continue
        if symbol.name in seen:
            yield Diagnostic("EL16", f"symbol {symbol.name} is defined twice")
        seen.add(symbol.name)


def _fixups(image: ElfFile) -> Iterator[Diagnostic]:
    for section in image.sections:
        for fixup in section.fixups:
            if not 0 <= fixup.offset < max(len(section.data), 1) or section.type == SHT_NOBITS:
                yield Diagnostic("EL12", f"a relocation of section {section.name} at {fixup.offset:#x} lies outside it",
                                 section.name)
