"""The relocation kinds of x86-64 (psABI table 4.9 and section 4.4), one row each: what is computed and what must hold.

Scanning, the plain and the vectorised application, and -r read this table.
"""

from __future__ import annotations

from typing import Final, NamedTuple

# What a kind computes. S symbol, A addend, P place, G offset of the GOT entry, GOT its address, L PLT entry, Z size.
NONE, ABS, PC, PLT, GOTPCREL, GOT, GOTOFF, GOTPC, PLTOFF, SIZE = range(10)
TPOFF, DTPOFF, GOTTPOFF, TLSGD, TLSLD, TLSDESC, TLSDESC_CALL, DYNAMIC = range(10, 18)


class Kind(NamedTuple):
    """A relocation kind: `size` bytes are patched; `fit` says which values the field holds."""

    name: str
    number: int
    size: int
    fit: str                # "s" signed, "u" unsigned, "e" either, "j" any distance of two addresses so wide, "" wraps
    computes: int


KINDS: Final = {row.number: row for row in (
    Kind("NONE", 0, 0, "", NONE),
    Kind("64", 1, 8, "", ABS),
    Kind("PC32", 2, 4, "s", PC),
    Kind("GOT32", 3, 4, "s", GOT),
    Kind("PLT32", 4, 4, "s", PLT),
    Kind("COPY", 5, 0, "", DYNAMIC),
    Kind("GLOB_DAT", 6, 8, "", DYNAMIC),
    Kind("JUMP_SLOT", 7, 8, "", DYNAMIC),
    Kind("RELATIVE", 8, 8, "", DYNAMIC),
    Kind("GOTPCREL", 9, 4, "s", GOTPCREL),
    Kind("32", 10, 4, "u", ABS),
    Kind("32S", 11, 4, "s", ABS),
    Kind("16", 12, 2, "e", ABS),
    Kind("PC16", 13, 2, "s", PC),
    Kind("8", 14, 1, "e", ABS),
    Kind("PC8", 15, 1, "s", PC),
    Kind("DTPMOD64", 16, 8, "", DYNAMIC),
    Kind("DTPOFF64", 17, 8, "", DTPOFF),
    Kind("TPOFF64", 18, 8, "", TPOFF),
    Kind("TLSGD", 19, 4, "s", TLSGD),
    Kind("TLSLD", 20, 4, "s", TLSLD),
    Kind("DTPOFF32", 21, 4, "s", DTPOFF),
    Kind("GOTTPOFF", 22, 4, "s", GOTTPOFF),
    Kind("TPOFF32", 23, 4, "s", TPOFF),
    Kind("PC64", 24, 8, "", PC),
    Kind("GOTOFF64", 25, 8, "", GOTOFF),
    Kind("GOTPC32", 26, 4, "s", GOTPC),
    Kind("GOT64", 27, 8, "", GOT),
    Kind("GOTPCREL64", 28, 8, "", GOTPCREL),
    Kind("GOTPC64", 29, 8, "", GOTPC),
    Kind("PLTOFF64", 31, 8, "", PLTOFF),
    Kind("SIZE32", 32, 4, "u", SIZE),
    Kind("SIZE64", 33, 8, "", SIZE),
    Kind("GOTPC32_TLSDESC", 34, 4, "s", TLSDESC),
    Kind("TLSDESC_CALL", 35, 0, "", TLSDESC_CALL),
    Kind("TLSDESC", 36, 16, "", DYNAMIC),
    Kind("IRELATIVE", 37, 8, "", DYNAMIC),
    Kind("GOTPCRELX", 41, 4, "s", GOTPCREL),
    Kind("REX_GOTPCRELX", 42, 4, "s", GOTPCREL),
)}
"""By number. GOTPLT64 (30) is withdrawn by the psABI."""

SMALL: Final = 0x100
"""Kinds of i386 that x86-64 does not have get their numbers from here on (`i386`)."""
FULL: Final = frozenset((1, SMALL + 1))
"""Kinds that hold a whole address, which the dynamic linker can fill in."""

R_NONE: Final = 0
R_64: Final = 1
R_PC32: Final = 2
R_PLT32: Final = 4
R_COPY: Final = 5
R_GLOB_DAT: Final = 6
R_JUMP_SLOT: Final = 7
R_RELATIVE: Final = 8
R_GOTPCREL: Final = 9
R_32: Final = 10
R_32S: Final = 11
R_DTPMOD64: Final = 16
R_DTPOFF64: Final = 17
R_TPOFF64: Final = 18
R_TLSGD: Final = 19
R_TLSLD: Final = 20
R_DTPOFF32: Final = 21
R_GOTTPOFF: Final = 22
R_TPOFF32: Final = 23
R_PC64: Final = 24
R_TLSDESC_CALL: Final = 35
R_GOTPC32_TLSDESC: Final = 34
R_TLSDESC: Final = 36
R_IRELATIVE: Final = 37
R_GOTPCRELX: Final = 41
R_REX_GOTPCRELX: Final = 42


def name(kind: int) -> str:
    """R_X86_64_... or the number."""
    row = KINDS.get(kind)
    if row is None:
        return f"relocation type {kind}"
    return f"R_386_{row.name}" if kind >= SMALL else f"R_X86_64_{row.name}"


def fits(value: int, row: Kind) -> bool:
    """Whether a value can be stored in the field of a kind. Addresses are modulo 2^64: the top 2 GiB are negative, too."""
    bits = 8 * row.size
    value &= (1 << 64) - 1
    if value >> 63 and row.fit != "u":
        value -= 1 << 64
    if row.fit == "s":
        return -(1 << bits - 1) <= value < 1 << bits - 1
    if row.fit == "u":
        return 0 <= value < 1 << bits
    if row.fit == "j":
        return -(1 << bits) <= value < 1 << bits
    if row.fit == "e":
        return -(1 << bits - 1) <= value < 1 << bits
    return True
