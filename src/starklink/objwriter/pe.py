"""PE32+ images for UEFI firmware: written from sections with RVAs, with base relocations and checksum, and read back.

    image = PeImage([PeSection(".text", code, 0x1000, "RX")], entry=0x1000, relocations=[0x2008])
    Path("BOOTX64.EFI").write_bytes(write_pe(image))

Addresses are RVAs: offsets from where the firmware puts the image. Every place of `relocations` holds a 64-bit address
(for the image at `base`), to which the firmware adds what the image lies elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import error as StructError
from struct import pack, unpack_from
from typing import Any, Final

from ..support.record import dataclass, field
from .elf.pack import Layout
from .pe_layouts import BLOCK, COFF, DIRECTORY, DOS, OPTIONAL, SECTION

MACHINE_X64: Final = 0x8664
MACHINE_ARM64: Final = 0xAA64
EFI_APPLICATION: Final = 10
EFI_BOOT_SERVICE_DRIVER: Final = 11
EFI_RUNTIME_DRIVER: Final = 12
_MAGIC: Final = 0x20B
_DIRECTORIES: Final = 16
_RELOCATIONS: Final = 5
"""Place of the base relocations among the data directories."""
_DIR64: Final = 10
_ACCESS: Final = {"R": 0x40000000, "W": 0x80000000, "X": 0x20000000}
_CODE, _DATA, _ZERO, _DISCARD = 0x20, 0x40, 0x80, 0x02000000
_EXECUTABLE, _LARGE_ADDRESSES, _STRIPPED = 0x0002, 0x0020, 0x0001
_NX_COMPATIBLE, _DYNAMIC_BASE, _HIGH_ENTROPY = 0x0100, 0x0040, 0x0020
_SECTION_LIMIT: Final = 96


class PeError(ValueError):
    """A PE image that cannot be written or read; the text says what and where."""


@dataclass(slots=True)
class PeSection:
    """A section at RVA `address` (a multiple of the section alignment). `access`: letters of "RWX"; `size`: bytes in memory,
    at least those of `data`; the rest is zero."""

    name: str
    data: bytes
    address: int
    access: str = "R"
    size: int = 0

    @property
    def memory_size(self) -> int:
        """Bytes in memory."""
        return max(self.size, len(self.data))


@dataclass(slots=True)
class PeImage:
    """A PE32+ image. `entry`: RVA of the first instruction; `relocations`: RVAs of 64-bit addresses (DIR64)."""

    sections: list[PeSection] = field(default_factory=list)
    entry: int = 0
    relocations: list[int] = field(default_factory=list)
    base: int = 0
    machine: int = MACHINE_X64
    subsystem: int = EFI_APPLICATION
    section_align: int = 0x1000
    file_align: int = 0x200
    checksum: int = 0


def write_pe(image: PeImage) -> bytes:
    """The bytes of an image; a `.reloc` section is added for the base relocations. The time stamp is zero.

    Raises PeError for sections that overlap, are not aligned or out of order, relocations outside the sections, an entry
    outside executable ones, and values out of range.
    """
    sections = sorted(image.sections, key=lambda one: one.address)
    _check(image, sections)
    end = _up(sections[-1].address + sections[-1].memory_size, image.section_align)
    blocks = base_relocations(image.relocations)
    # Firmware takes an image without the directory for one that cannot be moved, so an empty one is there, too.
    sections.append(PeSection(".reloc", blocks, end, "R"))
    start = DOS.size + 4 + COFF.size + OPTIONAL.size + _DIRECTORIES * DIRECTORY.size + len(sections) * SECTION.size
    headers = _up(start, image.file_align)
    if headers > sections[0].address:
        raise PeError(f"section {sections[0].name} at {sections[0].address:#x} lies in the {headers:#x} bytes of headers")
    try:
        rows, bodies, at = [], [], headers
        for one in sections:
            size = _up(len(one.data), image.file_align)
            rows.append(SECTION.build(name=one.name.encode("utf-8").ljust(8, b"\0"), memory_size=one.memory_size,
                                      address=one.address, file_size=size, offset=at if size else 0, relocations=0, lines=0,
                                      relocation_count=0, line_count=0, flags=_flags(one)))
            bodies.append(one.data.ljust(size, b"\0"))
            at += size
        out = bytearray(b"".join((_headers(image, sections, headers), *rows)).ljust(headers, b"\0") + b"".join(bodies))
    except StructError as error:
        raise PeError(f"a header cannot hold its values: {error}") from error
    place = _checksum_at(out)
    out[place:place + 4] = pack("<I", checksum(out))
    return bytes(out)


def _check(image: PeImage, sections: Sequence[PeSection]) -> None:
    for align, what in ((image.section_align, "section"), (image.file_align, "file")):
        if align < 512 or align & align - 1:
            raise PeError(f"the {what} alignment {align:#x} is no power of two from 512 on")
    if not sections or len(sections) >= _SECTION_LIMIT:
        raise PeError(f"an image has 1 to {_SECTION_LIMIT - 1} sections, not {len(sections)}")
    end, holder = 0, ""
    for one in sections:
        if len(one.name.encode("utf-8")) > 8 or not one.name:
            raise PeError(f"section name {one.name!r} has not 1 to 8 bytes")
        if set(one.access) - set(_ACCESS) or not one.access:
            raise PeError(f"section {one.name}: access {one.access!r} is no combination of R, W and X")
        if one.address % image.section_align or one.address <= 0:
            raise PeError(f"section {one.name}: address {one.address:#x} is no positive multiple of {image.section_align:#x}")
        if one.address < end:
            raise PeError(f"section {one.name} at {one.address:#x} begins before {holder} ends at {end:#x}")
        end, holder = one.address + one.memory_size, one.name
    if not any("X" in one.access and one.address <= image.entry < one.address + one.memory_size for one in sections):
        raise PeError(f"the entry {image.entry:#x} lies in no executable section")
    for place in image.relocations:
        if not any(one.address <= place <= one.address + len(one.data) - 8 for one in sections):
            raise PeError(f"the relocation at {place:#x} lies in no section")


def _headers(image: PeImage, sections: Sequence[PeSection], headers: int) -> bytes:
    """From the DOS header to the data directories."""
    reloc = sections[-1]
    directories = [DIRECTORY.pack(0, 0)] * _DIRECTORIES
    directories[_RELOCATIONS] = DIRECTORY.pack(reloc.address, len(reloc.data))
    code = [one for one in sections if "X" in one.access]
    flags = _EXECUTABLE | _LARGE_ADDRESSES
    options = OPTIONAL.build(
        magic=_MAGIC, linker=0, code_size=sum(_up(len(one.data), image.file_align) for one in code),
        data_size=sum(_up(len(one.data), image.file_align) for one in sections if "X" not in one.access), bss_size=0,
        entry=image.entry, code_base=code[0].address, image_base=image.base, section_align=image.section_align,
        file_align=image.file_align, os_version=0, image_version=0, subsystem_version=0, reserved=0,
        image_size=_up(reloc.address + max(reloc.memory_size, 1), image.section_align), headers_size=headers, checksum=0,
        subsystem=image.subsystem, dll_flags=_NX_COMPATIBLE | _DYNAMIC_BASE | _HIGH_ENTROPY, stack_reserve=0, stack_commit=0,
        heap_reserve=0, heap_commit=0, loader_flags=0, directory_count=_DIRECTORIES)
    return b"".join((
        DOS.build(magic=0x5A4D, stub=bytes(58), pe=DOS.size), b"PE\0\0",
        COFF.build(machine=image.machine, sections=len(sections), time=0, symbols=0, symbol_count=0,
                   optional_size=OPTIONAL.size + _DIRECTORIES * DIRECTORY.size, flags=flags),
        options, *directories))


def _flags(one: PeSection) -> int:
    kind = _CODE if "X" in one.access else _DATA if one.data or one.name == ".reloc" else _ZERO
    return sum(_ACCESS[letter] for letter in set(one.access)) | kind | (_DISCARD if one.name == ".reloc" else 0)


def _up(value: int, align: int) -> int:
    return -value % align + value


def base_relocations(places: Sequence[int]) -> bytes:
    """The content of `.reloc`: a block per page of 4 KiB, of 16-bit entries, padded to whole words of 4 bytes."""
    pages: dict[int, list[int]] = {}
    for place in sorted(set(places)):
        pages.setdefault(place & ~0xFFF, []).append(_DIR64 << 12 | place & 0xFFF)
    out = []
    for page, entries in pages.items():
        entries += [0] * (len(entries) & 1)
        out += [BLOCK.pack(page, BLOCK.size + 2 * len(entries)), pack(f"<{len(entries)}H", *entries)]
    return b"".join(out) or BLOCK.pack(0, BLOCK.size)


def checksum(content: bytes | bytearray) -> int:
    """The checksum of an image: its 16-bit words added with end-around carry, without the field itself, plus the size."""
    at = _checksum_at(content)
    data = bytes(content[:at]) + bytes(4) + bytes(content[at + 4:])
    data += bytes(len(data) & 1)
    total: int = sum(unpack_from(f"<{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total + len(content)


def _checksum_at(content: bytes | bytearray) -> int:
    start: int = DOS.unpack_from(content, 0)[2]
    # Behind 16 fields of the optional header.
    return start + 4 + COFF.size + 64


def read_pe(content: bytes | memoryview) -> PeImage:
    """A PE32+ image as it is in a file; `.reloc` becomes `relocations`. Raises PeError for what is no such image."""
    view = memoryview(content)
    _, _, start = _record(DOS, view, 0, "the DOS header")
    if bytes(view[:2]) != b"MZ" or bytes(view[start:start + 4]) != b"PE\0\0":
        raise PeError("not a PE image")
    coff = _named(COFF, view, start + 4, "the COFF header")
    at = start + 4 + COFF.size
    options = _named(OPTIONAL, view, at, "the optional header")
    if options["magic"] != _MAGIC:
        raise PeError(f"not a PE32+ image: magic {options['magic']:#x}")
    table = at + coff["optional_size"]
    directory = (0, 0)
    if options["directory_count"] > _RELOCATIONS:
        directory = _record(DIRECTORY, view, at + OPTIONAL.size + _RELOCATIONS * DIRECTORY.size, "the data directories")
    image = PeImage([], options["entry"], [], options["image_base"], coff["machine"], options["subsystem"],
                    options["section_align"], options["file_align"], options["checksum"])
    for number in range(coff["sections"]):
        row = _named(SECTION, view, table + number * SECTION.size, f"the header of section {number}")
        if row["offset"] + row["file_size"] > len(view):
            raise PeError(f"section {number} lies beyond the end of the file")
        data = bytes(view[row["offset"]:row["offset"] + min(row["file_size"], row["memory_size"])])
        access = "".join(letter for letter, bit in _ACCESS.items() if row["flags"] & bit)
        made = PeSection(row["name"].rstrip(b"\0").decode("utf-8", "replace"), data, row["address"], access, row["memory_size"])
        if directory[1] and row["address"] == directory[0]:
            image.relocations = _read_relocations(data[:directory[1]])
        else:
            image.sections.append(made)
    return image


def _read_relocations(data: bytes) -> list[int]:
    out: list[int] = []
    at = 0
    while at < len(data):
        page, size = _record(BLOCK, memoryview(data), at, "a block of base relocations")
        if size < BLOCK.size or size % 2 or at + size > len(data):
            raise PeError(f"a block of base relocations at {at:#x} has {size} bytes")
        out += [page + (entry & 0xFFF) for entry in unpack_from(f"<{(size - BLOCK.size) // 2}H", data, at + BLOCK.size)
                if entry >> 12 == _DIR64]
        at += size
    return out


def _record(layout: Layout, view: memoryview, at: int, what: str) -> tuple[Any, ...]:
    if at + layout.size > len(view):
        raise PeError(f"{what} lies beyond the end of the file")
    return layout.unpack_from(view, at)


def _named(layout: Layout, view: memoryview, at: int, what: str) -> dict[str, Any]:
    return dict(zip(layout.fields, _record(layout, view, at, what)))
