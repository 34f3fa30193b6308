"""SHF_MERGE: equal strings and constants of all objects are stored once (gABI "Section Attribute Flags").

A mergeable input section is cut into pieces; `ctx.merged[section]` maps piece starts to offsets in the output section, and
`merged_offset` translates any offset. With -O2, a string that ends another one shares its bytes.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import Final

from .options import RELOCATABLE
from .tables import Context, Output

SHF_WRITE, SHF_MERGE, SHF_STRINGS = 1, 0x10, 0x20
_ZERO: Final = b"\0"
_WIDEST: Final = 4096
"""Bytes; no string asks for more, and every piece would be padded to it."""


def mergeable(ctx: Context, section: int) -> bool:
    """True if the section's pieces may be shared."""
    flags, entsize = ctx.sec_flags[section], ctx.sec_entsize[section]
    if ctx.options.kind == RELOCATABLE:         # the later link merges, and symbols keep their places until then
        return False
    if not flags & SHF_MERGE or flags & SHF_WRITE or not entsize or ctx.options.optimize < 1 or ctx.sec_type[section] == 8:
        return False
    if ctx.sec_align[section] > _WIDEST:
        return False
    size = ctx.sec_size[section]
    if size % entsize or ctx.sec_rela[section] is not None or not size:
        return False
    return not flags & SHF_STRINGS or bytes(ctx.sec_data[section][-entsize:]) == bytes(entsize)


def pieces(ctx: Context, section: int) -> tuple[list[bytes], list[int]]:
    """The pieces and where each begins; strings of bytes are without their end mark."""
    data, unit = bytes(ctx.sec_data[section]), ctx.sec_entsize[section]
    if not ctx.sec_flags[section] & SHF_STRINGS:
        starts = list(range(0, len(data), unit))
        return [data[at:at + unit] for at in starts], starts
    if unit == 1:
        parts = data[:-1].split(_ZERO)
        return parts, list(accumulate([0, *[len(part) + 1 for part in parts[:-1]]]))
    parts, begin, starts = [], 0, []
    end = bytes(unit)
    for at in range(0, len(data), unit):
        if data[at:at + unit] == end:
            parts.append(data[begin:at + unit])
            starts.append(begin)
            begin = at + unit
    return parts, starts


def merge(ctx: Context, out: Output, sections: list[int]) -> None:
    """Replace the mergeable `sections` of an output section by one block of shared pieces, appended to its members.

    All of them have the same flags and entry size. The block is a new section row without a file.
    """
    align = max(ctx.sec_align[section] for section in sections)
    unit = ctx.sec_entsize[sections[0]]
    strings = bool(ctx.sec_flags[sections[0]] & SHF_STRINGS)
    known: dict[bytes, int] = {}
    cut = []
    columns = None
    if ctx.many and strings and unit == 1:
        from .merge_bulk import cut_strings, joined, note_pieces

        columns = cut_strings(ctx, sections)
    else:
        for section in sections:
            parts, starts = pieces(ctx, section)
            cut.append((section, parts, starts))
            known.update(dict.fromkeys(parts, 0))
    mark = _ZERO if strings and unit == 1 else b""
    # Constants are aligned by their size; strings of a section with a larger alignment keep it for each piece.
    step = align if align > unit else 1
    tails = ctx.options.optimize > 1 and strings
    if columns is not None and not tails and step == 1:
        block, places = joined(columns.different)
    else:
        if columns is not None:
            known = dict.fromkeys(columns.different, 0)
        block = _with_tails(known, step, mark) if tails else _in_order(known, step, mark)
        places = list(known.values()) if columns is not None else []
    made = ctx.add_section(-1, 0, out.name, 1, ctx.sec_flags[sections[0]], align, len(block), unit, block)
    ctx.sec_output[made] = out
    out.members.append(made)
    if columns is not None:
        note_pieces(ctx, sections, columns, places, made)
    for section, parts, starts in cut:
        ctx.merged[section] = (starts, [known[part] for part in parts], made)


def _in_order(known: dict[bytes, int], step: int, mark: bytes) -> bytes:
    """The block of all pieces in order of appearance; `known` gets their places. `mark` ends every piece."""
    if step == 1:
        width = len(mark)
        known.update(zip(list(known), accumulate([len(part) + width for part in known], initial=0)))
        return mark.join(known) + mark
    out = bytearray()
    for part in known:
        if len(out) % step:
            out += bytes(-len(out) % step)
        known[part] = len(out)
        out += part + mark
    return bytes(out)


def _with_tails(known: dict[bytes, int], step: int, mark: bytes) -> bytes:
    """Strings sorted by their reversed text: one that ends another stands right before it, and shares its bytes where they are
    aligned to `step`. Strings of wide characters have their end marks (and `mark` is empty), so a tail begins at a character."""
    out = bytearray()
    order = sorted(known, key=lambda part: part[::-1], reverse=True)
    last, at = b"", -1
    for part in order:
        if at >= 0 and last.endswith(part) and not (at + len(last) - len(part)) % step:
            known[part] = at + len(last) - len(part)
            continue
        out += bytes(-len(out) % step)
        known[part] = at = len(out)
        last = part
        out += part + mark
    return bytes(out)


def merged_offset(ctx: Context, section: int, offset: int) -> tuple[int, int]:
    """(block section, offset in it) of an offset in a merged input section."""
    starts, places, made = ctx.merged[section]
    at = max(0, bisect_right(starts, offset) - 1)
    return made, places[at] + offset - starts[at]
