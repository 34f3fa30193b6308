"""The ELF records, declared once (gABI chapters 4 and 5) as construct schemas: field order and sizes live only here.

`records(bits, order)` builds the schemas of one file class and byte order. `tools/gen_layouts.py` derives the packers
of `layouts.py` from them, so importing construct is left to tests, the generator and format documentation.
"""

from __future__ import annotations

from typing import Any, Final

import construct as c

ORDERS: Final = {"<": "L", ">": "B"}
"""struct byte-order characters and the suffix letter of the generated names."""


def scalars(order: str) -> dict[str, Any]:
    """Fixed-size integers of one byte order: u8 u16 u32 u64 s8 s16 s32 s64."""
    return {f"{sign}{8 * size}": c.FormatField(order, code.upper() if sign == "u" else code)
            for size, code in ((1, "b"), (2, "h"), (4, "l"), (8, "q")) for sign in "us"}


def records(bits: int, order: str) -> dict[str, Any]:
    """Schemas by short name for ELF32 or ELF64 (`bits`) and byte order "<" or ">"."""
    n = scalars(order)
    half, word, sword, xword = n["u16"], n["u32"], n["s32"], n["u64"]
    wide = bits == 64
    addr = xword if wide else word       # Elf_Addr and Elf_Off
    native = xword if wide else word     # class-dependent unsigned word
    snative = n["s64"] if wide else sword
    tables = {
        "ehdr": c.Struct("ident" / c.Bytes(16), "type" / half, "machine" / half, "version" / word, "entry" / addr,
                         "phoff" / addr, "shoff" / addr, "flags" / word, "ehsize" / half, "phentsize" / half,
                         "phnum" / half, "shentsize" / half, "shnum" / half, "shstrndx" / half),
        "shdr": c.Struct("name" / word, "type" / word, "flags" / native, "addr" / addr, "offset" / addr,
                         "size" / native, "link" / word, "info" / word, "addralign" / native, "entsize" / native),
        "rel": c.Struct("offset" / addr, "info" / native),
        "rela": c.Struct("offset" / addr, "info" / native, "addend" / snative),
        "dyn": c.Struct("tag" / snative, "value" / native),
        "nhdr": c.Struct("namesz" / word, "descsz" / word, "type" / word),
        # GNU symbol versions; the same in both classes.
        "verdef": c.Struct("version" / half, "flags" / half, "ndx" / half, "cnt" / half, "hash" / word, "aux" / word,
                           "next" / word),
        "verdaux": c.Struct("name" / word, "next" / word),
        "verneed": c.Struct("version" / half, "cnt" / half, "file" / word, "aux" / word, "next" / word),
        "vernaux": c.Struct("hash" / word, "flags" / half, "other" / half, "name" / word, "next" / word),
    }
    # The two classes differ in field order, not only in width, for these three.
    if wide:
        tables["phdr"] = c.Struct("type" / word, "flags" / word, "offset" / addr, "vaddr" / addr, "paddr" / addr,
                                  "filesz" / xword, "memsz" / xword, "align" / xword)
        tables["sym"] = c.Struct("name" / word, "info" / n["u8"], "other" / n["u8"], "shndx" / half, "value" / addr,
                                 "size" / xword)
        tables["chdr"] = c.Struct("type" / word, "reserved" / word, "size" / xword, "addralign" / xword)
    else:
        tables["phdr"] = c.Struct("type" / word, "offset" / addr, "vaddr" / addr, "paddr" / addr, "filesz" / word,
                                  "memsz" / word, "flags" / word, "align" / word)
        tables["sym"] = c.Struct("name" / word, "value" / addr, "size" / word, "info" / n["u8"], "other" / n["u8"],
                                 "shndx" / half)
        tables["chdr"] = c.Struct("type" / word, "size" / word, "addralign" / word)
    return tables


def symbol_info(binding: int, kind: int) -> int:
    """st_info (works for integers and numpy columns alike)."""
    return binding << 4 | kind & 15


def relocation_info(bits: int, symbol: int, kind: int) -> int:
    """r_info of the file class (works for integers and numpy columns alike)."""
    return symbol << 32 | kind if bits == 64 else symbol << 8 | kind & 0xFF
