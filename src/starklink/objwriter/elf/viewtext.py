"""Text of the special sections: symbol versions, dynamic table, groups, hash tables and relative relocations."""

from __future__ import annotations

from collections.abc import Iterator

from . import views
from .consts import (
    DT,
    GRP_COMDAT,
    SHT_DYNAMIC,
    SHT_GNU_HASH,
    SHT_GNU_VERDEF,
    SHT_GNU_VERNEED,
    SHT_GNU_VERSYM,
    SHT_GROUP,
    SHT_HASH,
    SHT_RELR,
)
from .reader import Elf


def dynamic(elf: Elf) -> Iterator[str]:
    """The dynamic table."""
    for section in elf.sections:
        if section.type == SHT_DYNAMIC:
            found = views.dynamic(elf, section)
            yield f"Dynamic section '{section.name}' contains {len(found)} entries:"
            for tag, value, text in found:
                yield f"  {DT.name(tag):<16} {value:#x}{f' [{text}]' if text else ''}"


def versions(elf: Elf) -> Iterator[str]:
    """The versions wanted and defined, and those of the symbols."""
    for section in elf.sections:
        if section.type == SHT_GNU_VERNEED:
            yield f"Version needs section '{section.name}':"
            for need in views.version_needs(elf, section):
                yield f"  {need.number:5} {need.name} of {need.file}{_flags(need.flags)}"
        elif section.type == SHT_GNU_VERDEF:
            yield f"Version definition section '{section.name}':"
            for one in views.version_defs(elf, section):
                parents = f" after {', '.join(one.parents)}" if one.parents else ""
                yield f"  {one.number:5} {one.name}{parents}{_flags(one.flags)}"
        elif section.type == SHT_GNU_VERSYM:
            names = views.version_names(elf)
            found = views.symbol_versions(elf, section)
            yield f"Version symbols section '{section.name}' contains {len(found)} entries:"
            for number, value in enumerate(found):
                index = value & ~views.VERSION_HIDDEN
                hidden = "h" if value & views.VERSION_HIDDEN else ""
                yield f"  {number:4}: {index:4}{hidden:1} ({names.get(index, '*invalid*')})"


def _flags(value: int) -> str:
    names = [name for bit, name in ((1, "BASE"), (2, "WEAK"), (4, "INFO")) if value & bit]
    return f" | {' '.join(names)}" if names else ""


def groups(elf: Elf) -> Iterator[str]:
    """The section groups with their members."""
    numbers = {id(section): number for number, section in enumerate(elf.sections)}
    for number, section in enumerate(elf.sections):
        if section.type == SHT_GROUP:
            flags, signature, members = views.group(elf, section)
            kind = "COMDAT " if flags & GRP_COMDAT else ""
            yield f"{kind}group section [{number:5}] '{section.name}' [{signature}] contains {len(members)} sections:"
            for member in members:
                yield f"  [{numbers[id(member)]:5}] {member.name}"


def hashes(elf: Elf) -> Iterator[str]:
    """Sizes of the hash tables of symbols."""
    for section in elf.sections:
        if section.type == SHT_HASH:
            table = views.hash_table(elf, section)
            yield f"Hash table '{section.name}': {len(table.buckets)} buckets, {len(table.chains)} symbols"
        elif section.type == SHT_GNU_HASH:
            gnu = views.gnu_hash_table(elf, section)
            yield (f"GNU hash table '{section.name}': {len(gnu.buckets)} buckets, {len(gnu.bloom)} filter words, "
                   f"shift {gnu.shift}, {len(gnu.values)} symbols from {gnu.first} on")


def relative(elf: Elf) -> Iterator[str]:
    """The places of RELR sections."""
    for section in elf.sections:
        if section.type == SHT_RELR:
            places = views.relative_places(elf, section)
            yield f"Relative relocation section '{section.name}' contains {len(places)} places:"
            yield from (f"  {place:016x}" for place in places)
