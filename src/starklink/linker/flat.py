"""Images without headers: the loaded bytes by load address as a flat binary, or as Intel HEX."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from .errors import LinkError

GAP_LIMIT: Final = 1 << 30
"""A flat image with a longer run of nothing in it is a mistake in the layout."""


class Piece(NamedTuple):
    """Bytes at a load address; `owner` names them in messages."""

    address: int
    content: bytes | bytearray | memoryview
    owner: str = ""


def ordered(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces that hold anything, by address. Raises LinkError for pieces that overlap, naming both owners."""
    rows = sorted((piece for piece in pieces if len(piece.content)), key=lambda piece: piece.address)
    problems = []
    for one, other in pairwise(rows):
        over = min(one.address + len(one.content) - other.address, len(other.content))
        if over > 0:
            problems.append(f"{other.owner or 'a piece'} at {other.address:#x} overlaps {one.owner or 'the one before it'} "
                            f"({one.address:#x} to {one.address + len(one.content):#x}) by {over} bytes of the image")
    if problems:
        raise LinkError(problems)
    return rows


def flat_image(pieces: Sequence[Piece], *, fill: int = 0, base: int | None = None, size: int = 0) -> bytearray:
    """One block from the lowest address (or `base`) to the highest, gaps filled; at least `size` bytes long.

    Raises LinkError for overlaps, for pieces below `base` and for gaps of more than 1 GiB.
    """
    rows = ordered(pieces)
    start = base if base is not None else rows[0].address if rows else 0
    out = bytearray()
    for number, (address, content, owner) in enumerate(rows):
        gap = address - start - len(out)
        if gap < 0:
            raise LinkError([f"{owner or 'a piece'} at {address:#x} lies below the start of the image ({start:#x})"])
        if gap > GAP_LIMIT:
            before = rows[number - 1].owner if number else "the start of the image"
            raise LinkError([f"between {before} and {owner or 'the next piece'} at {address:#x} lie {gap:#x} bytes of nothing\n"
                             "    hint: give the section a load address near the others (AT, or load=)"])
        out += bytes((fill,)) * gap
        out += content
    if len(out) < size:
        out += bytes((fill,)) * (size - len(out))
    return out


def intel_hex(pieces: Sequence[Piece], entry: int | None = None, width: int = 16) -> str:
    """Intel HEX (32-bit: records 00, 01, 04 and, with an entry, 05). Raises LinkError for overlaps and addresses above 4 GiB."""
    lines: list[str] = []
    upper = 0
    for address, content, owner in ordered(pieces):
        if address + len(content) > 1 << 32:
            raise LinkError([f"{owner or 'a piece'} at {address:#x} does not lie in the 4 GiB of Intel HEX"])
        at = 0
        while at < len(content):
            here = address + at
            if here >> 16 != upper:
                upper = here >> 16
                lines.append(_record(0, 4, upper.to_bytes(2, "big")))
            step = min(width, len(content) - at, 0x10000 - (here & 0xFFFF))
            lines.append(_record(here & 0xFFFF, 0, bytes(content[at:at + step])))
            at += step
    if entry is not None:
        lines.append(_record(0, 5, (entry & 0xFFFFFFFF).to_bytes(4, "big")))
    lines.append(_record(0, 1, b""))
    return "\n".join(lines) + "\n"


def _record(address: int, kind: int, content: bytes) -> str:
    body = bytes((len(content), address >> 8, address & 255, kind)) + content
    return f":{body.hex().upper()}{-sum(body) & 255:02X}"
