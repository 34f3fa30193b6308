"""Checks of a finished image: what the layout promised is what lies in the bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .errors import LinkError
from .layout import EXECUTE, WRITE

if TYPE_CHECKING:
    from .image import Image

MULTIBOOT1: Final = b"\x02\xb0\xad\x1b"
MULTIBOOT2: Final = b"\xd6\x50\x52\xe8"
MULTIBOOT1_REACH: Final = 0x1FCC
"""Greatest file offset at which qemu finds a Multiboot 1 header."""
MULTIBOOT2_REACH: Final = 0x8000
ADDRESS_FIELDS: Final = 1 << 16


def check(image: Image) -> None:
    """Raise LinkError when the image contradicts its layout or the rules of its target."""
    data = bytes(image)
    problems = _placement(image, data) + _segments(image)
    if image.target == "pc":
        problems += _pc(image, data)
    if problems:
        raise LinkError(problems)


def _placement(image: Image, data: bytes) -> list[str]:
    problems = []
    end = 0
    for section, contents in zip(image.sections, image.contents):
        if section.kind == "NOBITS":
            continue
        if section.offset < end:
            problems.append(
                f"section {section.name} at offset {section.offset:#x} overlaps the one before it by {end - section.offset} bytes"
            )
        end = section.offset + section.size
        if len(contents) != section.size or end > len(data):
            problems.append(f"section {section.name}: {section.size} bytes reserved, {len(contents)} written")
    return problems


def _segments(image: Image) -> list[str]:
    problems = []
    loads = [segment for segment in image.segments if segment.kind == "LOAD"]
    end = 0
    for segment in loads:
        if segment.access & WRITE and segment.access & EXECUTE:
            problems.append(f"the segment at {segment.address:#x} is writable and executable")
        if (segment.address - segment.offset) % segment.align:
            problems.append(
                f"the segment at {segment.address:#x} has offset {segment.offset:#x}: they differ modulo {segment.align:#x}"
            )
        if segment.address // segment.align * segment.align < end:
            problems.append(f"the segment at {segment.address:#x} overlaps the one before it, which ends at {end:#x}")
        end = segment.address + segment.memory_size
    for section in image.sections:
        inside = any(
            segment.address <= section.address and section.address + section.size <= segment.address + segment.memory_size
            for segment in loads
        )
        if section.loaded and not inside:
            problems.append(f"section {section.name} at {section.address:#x} lies in no segment")
    return problems


def _pc(image: Image, data: bytes) -> list[str]:
    """Boot headers where loaders look for them: they are silent or confusing when a header has moved out of reach."""
    problems = []
    loads = [segment for segment in image.segments if segment.kind == "LOAD"]
    base = loads[0].address - loads[0].offset
    problems += [
        f"the segment at {segment.address:#x} does not lie at its place in the file, as Multiboot 1 needs"
        for segment in loads
        if segment.file_size and segment.address - segment.offset != base
    ]
    notes = [segment for segment in image.segments if segment.kind == "NOTE"]
    if len(notes) != 1 or notes[0].align != 4:
        problems.append(f"a bootable image needs exactly one PT_NOTE of alignment 4 (the Xen note), there are {len(notes)}")
    found = list(_headers(data, MULTIBOOT1, 4, 0x2000, _multiboot1))
    if not found:
        at = data.find(MULTIBOOT1)
        problems.append(
            "the Multiboot 1 header is " + (f"at offset {at:#x}, beyond {MULTIBOOT1_REACH:#x}" if at >= 0 else "missing")
        )
    elif found[0] > MULTIBOOT1_REACH:
        problems.append(f"the Multiboot 1 header is at offset {found[0]:#x}, loaders look up to {MULTIBOOT1_REACH:#x}")
    elif len(found) > 1:
        problems.append(f"two Multiboot 1 headers, at {found[0]:#x} and {found[1]:#x}")
    else:
        fields = [int.from_bytes(data[found[0] + at : found[0] + at + 4], "little") for at in range(0, 32, 4)]
        last = loads[-1]
        wanted = (base + found[0], base, last.address + last.file_size, last.address + last.memory_size)
        if not fields[1] & ADDRESS_FIELDS:
            problems.append("the Multiboot 1 header has no address fields; loaders would refuse the 64-bit file")
        elif fields[3] != wanted[0] or not base <= fields[4] <= fields[3] or fields[5] < wanted[2] or fields[6] < wanted[3]:
            problems.append(
                "the Multiboot 1 address fields are "
                + ", ".join(f"{one:#x}" for one in fields[3:7])
                + ", expected "
                + ", ".join(f"{one:#x}" for one in wanted)
            )
    if not list(_headers(data, MULTIBOOT2, 8, MULTIBOOT2_REACH, _multiboot2)):
        problems.append(f"no Multiboot 2 header within the first {MULTIBOOT2_REACH:#x} bytes")
    return problems


def _headers(data: bytes, magic: bytes, align: int, reach: int, valid: object) -> list[int]:
    """Aligned offsets below `reach` of headers with a right checksum."""
    assert callable(valid)
    out = []
    at = data.find(magic, 0, reach)
    while at >= 0:
        if at % align == 0 and valid(data, at):
            out.append(at)
        at = data.find(magic, at + 1, reach)
    return out


def _multiboot1(data: bytes, at: int) -> bool:
    return sum(int.from_bytes(data[at + word : at + word + 4], "little") for word in (0, 4, 8)) & 0xFFFFFFFF == 0


def _multiboot2(data: bytes, at: int) -> bool:
    return sum(int.from_bytes(data[at + word : at + word + 4], "little") for word in (0, 4, 8, 12)) & 0xFFFFFFFF == 0
