"""32-bit objects (i386 psABI) in the tables of a 64-bit link: kernels and boot code, static and at fixed addresses.

Relocations become the same 24-byte rows x86-64 has, with addends taken from the section and private kinds where the field wraps
at 4 GiB; everything between reading and writing is then the same. What only position-independent code needs is refused.
"""

from __future__ import annotations

from struct import error as StructError
from struct import pack, unpack_from
from typing import Final

from ...objwriter.elf.layouts import RECORDS
from . import relocs as r

R_WRAP32: Final = 0x101
R_WRAPPC32: Final = 0x102
_KINDS: Final = {0: (0, ""), 1: (R_WRAP32, "<i"), 2: (R_WRAPPC32, "<i"), 4: (R_WRAPPC32, "<i"), 20: (12, "<h"), 21: (13, "<h"),
                 22: (14, "<b"), 23: (15, "<b"), 9: (0x103, "<i"), 10: (r.KINDS[26].number, "<i")}
"""R_386_* number -> (kind here, struct code of the addend in the section)."""
r.KINDS[R_WRAP32] = r.Kind("386_32", R_WRAP32, 4, "e", r.ABS)
r.KINDS[R_WRAPPC32] = r.Kind("386_PC32", R_WRAPPC32, 4, "", r.PC)
r.KINDS[0x103] = r.Kind("386_GOTOFF", 0x103, 4, "", r.GOTOFF)


class Unsupported(Exception):
    """A relocation a static 32-bit link has no use for."""


def rela_rows(relocations: memoryview, content: memoryview | bytes | bytearray) -> bytes:
    """REL rows of an i386 object as RELA rows of the tables. Raises Unsupported."""
    out = bytearray()
    for offset, info in RECORDS["rel", 32, "<"].iter_unpack(relocations):
        known = _KINDS.get(info & 0xFF)
        if known is None:
            raise Unsupported(f"i386 relocation type {info & 0xFF} at {offset:#x} belongs to position-independent or "
                              "thread-local code: compile with -fno-pic -fno-pie")
        kind, code = known
        try:
            addend = unpack_from(code, content, offset)[0] if code else 0
        except StructError:
            raise Unsupported(f"the relocation at {offset:#x} lies outside its section") from None
        out += pack("<QQq", offset, info >> 8 << 32 | kind, addend)
    return bytes(out)


def symbol_rows(table: memoryview) -> list[tuple[int, int, int, int, int, int]]:
    """Symbols in the field order of ELF64: name, info, other, section, value, size."""
    return [(name, info, other, section, value, size)
            for name, value, size, info, other, section in RECORDS["sym", 32, "<"].iter_unpack(table)]


def narrow_symbols(rows: bytes | bytearray) -> bytearray:
    """An ELF64 symbol table as ELF32."""
    record = RECORDS["sym", 32, "<"]
    return bytearray(b"".join(record.pack(name, value & 0xFFFFFFFF, size & 0xFFFFFFFF, info, other, section)
                              for name, info, other, section, value, size in RECORDS["sym", 64, "<"].iter_unpack(rows)))
