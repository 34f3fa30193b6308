"""32-bit objects (i386 psABI) in the tables of a 64-bit link.

Relocations become the same 24-byte rows x86-64 has, with addends taken from the section; their kinds get numbers from 0x100 on.
`relax32` knows the code they belong to; what the output's own relocations look like says `machine`.
"""

from __future__ import annotations

from struct import error as StructError
from struct import pack, pack_into, unpack_from
from typing import Final

from ...objwriter.elf.layouts import RECORDS
from . import relocs as r

_OWN: Final = (
    r.Kind("32", 1, 4, "e", r.ABS), r.Kind("PC32", 2, 4, "", r.PC), r.Kind("GOT32", 3, 4, "", r.GOT),
    r.Kind("PLT32", 4, 4, "", r.PLT), r.Kind("GOTOFF", 9, 4, "", r.GOTOFF), r.Kind("GOTPC", 10, 4, "", r.GOTPC),
    r.Kind("TLS_IE", 15, 4, "", r.GOTTPOFF), r.Kind("TLS_GOTIE", 16, 4, "", r.GOTTPOFF),
    r.Kind("TLS_LE", 17, 4, "", r.TPOFF), r.Kind("TLS_GD", 18, 4, "", r.TLSGD), r.Kind("TLS_LDM", 19, 4, "", r.TLSLD),
    r.Kind("16", 20, 2, "e", r.ABS), r.Kind("PC16", 21, 2, "j", r.PC), r.Kind("8", 22, 1, "e", r.ABS),
    r.Kind("PC8", 23, 1, "s", r.PC), r.Kind("TLS_LDO_32", 32, 4, "", r.DTPOFF), r.Kind("TLS_LE_32", 34, 4, "", r.TPOFF),
    r.Kind("SIZE32", 38, 4, "u", r.SIZE), r.Kind("TLS_GOTDESC", 39, 4, "", r.TLSDESC),
    r.Kind("TLS_DESC_CALL", 40, 0, "", r.TLSDESC_CALL), r.Kind("GOT32X", 43, 4, "", r.GOT),
)  # fmt: skip
for _row in _OWN:
    r.KINDS[r.SMALL + _row.number] = _row._replace(number=r.SMALL + _row.number)
_KINDS: Final = {0: 0} | {row.number: r.SMALL + row.number for row in _OWN}
_CODES: Final = {0: "", 1: "<b", 2: "<h", 4: "<i"}


class Unsupported(Exception):
    """A relocation that objects do not have, or that belongs to code of long ago."""


def rela_rows(relocations: memoryview, content: memoryview | bytes | bytearray) -> bytes:
    """REL rows of an i386 object as RELA rows of the tables. Raises Unsupported."""
    out = bytearray()
    for offset, info in RECORDS["rel", 32, "<"].iter_unpack(relocations):
        kind = _KINDS.get(info & 0xFF)
        if kind is None:
            raise Unsupported(f"i386 relocation type {info & 0xFF} at {offset:#x} is not one that compilers of today write")
        code = _CODES[r.KINDS[kind].size]
        try:
            addend = unpack_from(code, content, offset)[0] if code else 0
        except StructError:
            raise Unsupported(f"the relocation at {offset:#x} lies outside its section") from None
        out += pack("<QQq", offset, info >> 8 << 32 | kind, addend)
    return bytes(out)


def rel_row(content: bytearray, place: int, offset: int, number: int, kind: int, addend: int) -> bytes:
    """A REL row for an object: of symbol `number` at `offset` of its section; the addend goes to `place` of `content`."""
    size = r.KINDS[kind].size
    if size and 0 <= place <= len(content) - size:
        pack_into({1: "<B", 2: "<H", 4: "<I"}[size], content, place, addend & (1 << 8 * size) - 1)
    return pack("<II", offset, number << 8 | max(0, kind - r.SMALL))


def symbol_rows(table: memoryview) -> list[tuple[int, int, int, int, int, int]]:
    """Symbols in the field order of ELF64: name, info, other, section, value, size."""
    return [(name, info, other, section, value, size)
            for name, value, size, info, other, section in RECORDS["sym", 32, "<"].iter_unpack(table)]


def narrow_symbols(rows: bytes | bytearray) -> bytearray:
    """An ELF64 symbol table as ELF32."""
    record = RECORDS["sym", 32, "<"]
    return bytearray(b"".join(record.pack(name, value & 0xFFFFFFFF, size & 0xFFFFFFFF, info, other, section)
                              for name, info, other, section, value, size in RECORDS["sym", 64, "<"].iter_unpack(rows)))
