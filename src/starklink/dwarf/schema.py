"""The fixed headers of DWARF sections (DWARF 5 chapters 6 and 7), declared once as construct schemas.

Each record begins with `length`, the number of bytes that follow that field; in the 64-bit format (names that end in `_64`)
an `escape` of all ones stands before it, and offsets have 8 bytes.
"""

from __future__ import annotations

from typing import Any

import construct as c

from ..objwriter.elf.schema import scalars


def records(order: str) -> dict[str, Any]:
    """Schemas by name; `_2`, `_4` and `_5` tell the first version with this header, `_64` the 64-bit format."""
    n = scalars(order)
    u8, s32, u32 = n["u8"], n["s32"], n["u32"]
    return sized(n, 4) | {f"{name}_64": record for name, record in sized(n, 8).items()} | {
        "fde_eh": c.Struct("length" / u32, "cie_distance" / u32, "begin" / s32, "range" / u32,
                           "augmentation_length" / u8),
        "eh_frame_hdr": c.Struct("version" / u8, "frame_encoding" / u8, "count_encoding" / u8, "table_encoding" / u8,
                                 "frame" / s32, "count" / u32),
        "eh_frame_hdr_row": c.Struct("begin" / s32, "fde" / s32),
    }


def sized(n: dict[str, Any], offset_size: int) -> dict[str, Any]:
    """The headers of one format; `n`: the scalars of a byte order."""
    u8, s8, u16, u32, u64 = n["u8"], n["s8"], n["u16"], n["u32"], n["u64"]
    offset = u32 if offset_size == 4 else u64
    length = ("length" / u32,) if offset_size == 4 else ("escape" / u32, "length" / u64)
    counts = ("default_is_stmt" / u8, "line_base" / s8, "line_range" / u8, "opcode_base" / u8)
    line_2 = ("minimum_instruction_length" / u8, *counts, "operand_counts" / c.Bytes(9))
    line_3 = ("minimum_instruction_length" / u8, *counts, "operand_counts" / c.Bytes(12))
    line_4 = ("minimum_instruction_length" / u8, "maximum_operations" / u8, *counts, "operand_counts" / c.Bytes(12))
    unit_4 = (*length, "version" / u16, "abbrev_offset" / offset, "address_size" / u8)
    unit_5 = (*length, "version" / u16, "unit_type" / u8, "address_size" / u8, "abbrev_offset" / offset)
    return {
        "unit_4": c.Struct(*unit_4),
        "unit_4_type": c.Struct(*unit_4, "signature" / u64, "type_offset" / offset),
        "unit_5": c.Struct(*unit_5),
        "unit_5_type": c.Struct(*unit_5, "signature" / u64, "type_offset" / offset),
        "unit_5_split": c.Struct(*unit_5, "dwo_id" / u64),
        "line_2": c.Struct(*length, "version" / u16, "header_length" / offset, *line_2),
        "line_3": c.Struct(*length, "version" / u16, "header_length" / offset, *line_3),
        "line_4": c.Struct(*length, "version" / u16, "header_length" / offset, *line_4),
        "line_5": c.Struct(*length, "version" / u16, "address_size" / u8, "segment_size" / u8,
                           "header_length" / offset, *line_4),
        "lists_5": c.Struct(*length, "version" / u16, "address_size" / u8, "segment_size" / u8,
                            "offset_count" / u32),
        "str_offsets": c.Struct(*length, "version" / u16, "padding" / u16),
        "addresses": c.Struct(*length, "version" / u16, "address_size" / u8, "segment_size" / u8),
        "aranges": c.Struct(*length, "version" / u16, "info_offset" / offset, "address_size" / u8, "segment_size" / u8),
        "names": c.Struct(*length, "version" / u16, "padding" / u16, "unit_count" / u32, "local_type_count" / u32,
                          "foreign_type_count" / u32, "bucket_count" / u32, "name_count" / u32, "abbreviations" / u32,
                          "augmentation_size" / u32),
        "macro": c.Struct("version" / u16, "flags" / u8, "line_offset" / offset),
        "cie": c.Struct(*length, "id" / offset, "version" / u8),
        "fde_debug": c.Struct(*length, "cie_offset" / offset, "begin" / u64, "range" / u64),
    }
