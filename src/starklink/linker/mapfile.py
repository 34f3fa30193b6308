"""The map file: what lies where in an image, and who put it there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .image import Image


def rows(image: Image) -> list[dict[str, Any]]:
    """One row per section with its fragments: plain values, addresses and sizes in bytes."""
    out = []
    inputs, made = image.inputs, image.layout
    for section in image.sections:
        fragments = []
        for number in section.fragments:
            fragment = inputs.fragments[number]
            start = made.start[number]
            fragments.append(
                {
                    "symbol": fragment.symbol,
                    "address": section.address + start,
                    "offset": section.offset + start,
                    "size": fragment.size,
                    "align": fragment.align,
                    "module": inputs.owner[number],
                    "source": fragment.source,
                }
            )
        out.append(
            {
                "name": section.name,
                "type": section.kind,
                "flags": section.flags,
                "address": section.address,
                "offset": section.offset,
                "size": section.size,
                "align": section.align,
                "fragments": fragments,
            }
        )
    return out


def text_map(image: Image) -> str:
    """The map for people."""
    out = [f"entry {image.entry:#x}, target {image.target}", "", "address    size       access kind of segment"]
    for segment in image.segments:
        access = "".join(letter if segment.access & bit else "-" for letter, bit in (("r", 4), ("w", 2), ("x", 1)))
        out.append(f"{segment.address:#010x} {segment.memory_size:#010x} {access}    {segment.kind}")
    out += ["", "address    offset     size       name (module)"]
    for row in rows(image):
        out.append(f"{row['address']:#010x} {row['offset']:#010x} {row['size']:#010x} {row['name']}")
        for one in row["fragments"]:
            who = f" ({one['module']})" if one["module"] else ""
            out.append(f"{one['address']:#010x} {one['offset']:#010x} {one['size']:#010x}     {one['symbol'] or '-'}{who}")
    return "\n".join(out) + "\n"


def json_map(image: Image) -> str:
    """The map for programs: {"target", "entry", "segments", "sections"}."""
    import json

    segments = [segment._asdict() for segment in image.segments]
    return (
        json.dumps({"target": image.target, "entry": image.entry, "segments": segments, "sections": rows(image)}, indent=1) + "\n"
    )
