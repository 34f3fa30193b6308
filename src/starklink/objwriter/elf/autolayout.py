"""Gives the sections of an executable addresses and segments, and applies their fixups.

    [R: headers, notes, .rodata] [RX: .text] [RW: .tdata, .data, .bss]

Sections of the same access share a PT_LOAD segment; a new one continues in the next page at the same offset in it, so the
file needs no padding. Sections that have an address keep it.
"""

from __future__ import annotations

from itertools import groupby
from typing import Final

from .apply import apply
from .consts import (
    PF_R,
    PF_W,
    PF_X,
    PT_DYNAMIC,
    PT_GNU_EH_FRAME,
    PT_GNU_STACK,
    PT_INTERP,
    PT_LOAD,
    PT_NOTE,
    PT_TLS,
    SHF_EXECINSTR,
    SHF_TLS,
    SHF_WRITE,
    SHN_UNDEF,
    SHT_DYNAMIC,
    SHT_NOBITS,
    SHT_NOTE,
    STT_TLS,
)
from .model import ElfError, ElfFile, Section, Segment, Symbol
from .writer import headers_size, next_address

_SPECIAL: Final = {".interp": PT_INTERP, ".eh_frame_hdr": PT_GNU_EH_FRAME}


def lay_out(image: ElfFile, entry: str | int, base: int, page: int) -> ElfFile:
    """The image with addresses, segments (unless it has some already), symbol values and relocated contents.

    Raises ElfError for sections that overlap or are not aligned, undefined symbols and relocations that need a linker.
    """
    loaded = sorted((section for section in image.sections if section.allocated), key=_rank)
    rest = [section for section in image.sections if not section.allocated]
    loads = [list(group) for _, group in groupby(loaded, key=lambda section: _access(section.flags))]
    special = [] if image.segments else _special_segments(loaded)
    count = len(image.segments) or len(loads) + len(special) + (not loads or _access(loads[0][0].flags) != PF_R)
    _addresses(loads, base + headers_size(count, image.bits), page)
    if not image.segments:
        image.segments = [*_load_segments(loads, base, page), *special]
    image.sections = loaded + rest
    local = min((section.address for section in loaded if section.flags & SHF_TLS), default=0)
    image.symbols = [_addressed(symbol, local) for symbol in image.symbols]
    _relocate(image)
    image.entry = entry if isinstance(entry, int) else _address(image.symbols, entry or "_start", "the entry")
    return image


def _addressed(symbol: Symbol, local: int) -> Symbol:
    """The symbol with its address for a value; that of a thread-local one counts from `local`, where their segment begins."""
    home = symbol.section
    if not isinstance(home, Section) or not home.allocated:
        return symbol
    return symbol._replace(value=symbol.value + home.address - (local if symbol.type == STT_TLS else 0))


def _access(flags: int) -> int:
    return PF_R | (PF_W if flags & SHF_WRITE else 0) | (PF_X if flags & SHF_EXECINSTR else 0)


def _rank(section: Section) -> tuple[int, ...]:
    """Given addresses first and in order; then R, RX, RW; there notes first, TLS before data, NOBITS last."""
    order = {PF_R: 0, PF_R | PF_X: 1, PF_R | PF_W: 2}.get(_access(section.flags), 3)
    return (order, section.type == SHT_NOBITS and not section.flags & SHF_TLS, not section.flags & SHF_TLS,
            section.type != SHT_NOTE, section.type == SHT_NOBITS, section.address)


def _addresses(loads: list[list[Section]], at: int, page: int) -> None:
    first = True
    for group in loads:
        # The headers are readable only: whatever is not begins in a page of its own.
        if not (first and _access(group[0].flags) == PF_R):
            at = next_address(at, page)
        first = False
        for section in group:
            align = max(section.align, 1)
            if section.address:
                if section.address % align:
                    raise ElfError(f"section {section.name}: address {section.address:#x} is no multiple of {align:#x}")
                at = section.address
            else:
                section.address = -at % align + at
            if not (section.type == SHT_NOBITS and section.flags & SHF_TLS):  # .tbss takes no room
                at = section.end


def _load_segments(loads: list[list[Section]], base: int, page: int) -> list[Segment]:
    out: list[Segment] = []
    if not loads or _access(loads[0][0].flags) != PF_R:
        out.append(Segment(PT_LOAD, PF_R, (), page, 0, base, base, headers=True))
    for group in loads:
        sections = [one for one in group if not (one.type == SHT_NOBITS and one.flags & SHF_TLS)]
        access = _access(group[0].flags)
        headers = not out and group[0].address - base < page
        out.append(Segment(PT_LOAD, access, sections, page, headers=headers, address=base if headers else -1))
    return out


def _special_segments(loaded: list[Section]) -> list[Segment]:
    out: list[Segment] = []
    for section in loaded:
        kind = PT_DYNAMIC if section.type == SHT_DYNAMIC else _SPECIAL.get(section.name)
        if kind:
            out.append(Segment(kind, _access(section.flags), [section], section.align))
    for align, group in groupby((one for one in loaded if one.type == SHT_NOTE), key=lambda one: one.align):
        out.append(Segment(PT_NOTE, PF_R, list(group), align))
    local = [section for section in loaded if section.flags & SHF_TLS]
    if local:
        out.append(Segment(PT_TLS, PF_R, local, max(section.align for section in local)))
    out.append(Segment(PT_GNU_STACK, PF_R | PF_W, align=16))
    return out


def _address(symbols: list[Symbol], name: str, what: str) -> int:
    for symbol in symbols:
        if symbol.name == name and symbol.section != SHN_UNDEF:
            return symbol.value
    raise ElfError(f"{what} {name!r} is not defined")


def _relocate(image: ElfFile) -> None:
    places = {section.name: section.address for section in reversed(image.sections)}
    places.update((symbol.name, symbol.value) for symbol in image.symbols if symbol.name and symbol.section != SHN_UNDEF)
    weak = {symbol.name for symbol in image.symbols if symbol.section == SHN_UNDEF and symbol.binding == 2}
    for section in image.sections:
        if not section.fixups:
            continue
        data = bytearray(section.data)
        for offset, kind, name, addend in section.fixups:
            target = places.get(name, 0 if name in weak or not name else None)
            if target is None:
                raise ElfError(f"section {section.name} at {offset:#x}: symbol {name!r} is not defined")
            apply(image.machine, image.order, data, offset, int(kind), target, addend, section.address + offset,
                  f"section {section.name}")
        section.data = bytes(data)
        section.fixups = ()
