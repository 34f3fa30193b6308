"""The fixed headers of DWARF sections (DWARF 5 chapters 6 and 7), declared once as construct schemas.

Only the 32-bit format is declared. Each record begins with `length`, the number of bytes that follow that field.
"""

from __future__ import annotations

from typing import Any

import construct as c

from ..objwriter.elf.schema import scalars


def records(order: str) -> dict[str, Any]:
    """Schemas by name; `_4` and `_5` tell the version where headers differ."""
    n = scalars(order)
    u8, s8, u16, u32, s32, u64 = n["u8"], n["s8"], n["u16"], n["u32"], n["s32"], n["u64"]
    line_tail = ("minimum_instruction_length" / u8, "maximum_operations" / u8, "default_is_stmt" / u8, "line_base" / s8,
                 "line_range" / u8, "opcode_base" / u8, "operand_counts" / c.Bytes(12))
    length = "length" / u32
    return {
        "unit_4": c.Struct(length, "version" / u16, "abbrev_offset" / u32, "address_size" / u8),
        "unit_5": c.Struct(length, "version" / u16, "unit_type" / u8, "address_size" / u8, "abbrev_offset" / u32),
        "line_4": c.Struct(length, "version" / u16, "header_length" / u32, *line_tail),
        "line_5": c.Struct(length, "version" / u16, "address_size" / u8, "segment_size" / u8,
                           "header_length" / u32, *line_tail),
        "lists_5": c.Struct(length, "version" / u16, "address_size" / u8, "segment_size" / u8,
                            "offset_count" / u32),
        "cie": c.Struct(length, "id" / u32, "version" / u8),
        "fde_eh": c.Struct(length, "cie_distance" / u32, "begin" / s32, "range" / u32,
                           "augmentation_length" / u8),
        "fde_debug": c.Struct(length, "cie_offset" / u32, "begin" / u64, "range" / u64),
        "eh_frame_hdr": c.Struct("version" / u8, "frame_encoding" / u8, "count_encoding" / u8, "table_encoding" / u8,
                                 "frame" / s32, "count" / u32),
        "eh_frame_hdr_row": c.Struct("begin" / s32, "fde" / s32),
    }
