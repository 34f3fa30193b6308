"""The records of PE32+ images, declared once as construct schemas (Microsoft PE format, sections 2 to 6).

`tools/gen_layouts.py` derives the packers of `pe_layouts.py` from them.
"""

from __future__ import annotations

from typing import Any

import construct as c

from .elf.schema import scalars


def records() -> dict[str, Any]:
    """Schemas by short name; PE images are little endian."""
    n = scalars("<")
    u16, u32, u64 = n["u16"], n["u32"], n["u64"]
    return {
        "dos": c.Struct("magic" / u16, "stub" / c.Bytes(58), "pe" / u32),
        "coff": c.Struct("machine" / u16, "sections" / u16, "time" / u32, "symbols" / u32, "symbol_count" / u32,
                         "optional_size" / u16, "flags" / u16),
        "optional": c.Struct(
            "magic" / u16, "linker" / u16, "code_size" / u32, "data_size" / u32, "bss_size" / u32, "entry" / u32,
            "code_base" / u32, "image_base" / u64, "section_align" / u32, "file_align" / u32, "os_version" / u32,
            "image_version" / u32, "subsystem_version" / u32, "reserved" / u32, "image_size" / u32, "headers_size" / u32,
            "checksum" / u32, "subsystem" / u16, "dll_flags" / u16, "stack_reserve" / u64, "stack_commit" / u64,
            "heap_reserve" / u64, "heap_commit" / u64, "loader_flags" / u32, "directory_count" / u32),
        "directory": c.Struct("address" / u32, "size" / u32),
        "section": c.Struct("name" / c.Bytes(8), "memory_size" / u32, "address" / u32, "file_size" / u32, "offset" / u32,
                            "relocations" / u32, "lines" / u32, "relocation_count" / u16, "line_count" / u16, "flags" / u32),
        "block": c.Struct("page" / u32, "size" / u32),
    }
