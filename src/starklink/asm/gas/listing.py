"""Listings of GAS sources: every line with the place and the bytes it made.

    12 0005 EB01            	jmp	skip
       ++++ 90              	nop                 (a line of a macro's body)
"""

from __future__ import annotations

from typing import Final, NamedTuple

from .program import Piece

WIDTH: Final = 8
"""Bytes in one row."""
ROWS: Final = 4
"""Rows of one line at most; what is left out is shown by dots."""


class Listed(NamedTuple):
    """A line that was read: where it stands, how deep in macros, and the part of a piece it made."""

    number: int
    depth: int
    text: str
    piece: Piece
    start: int
    end: int


def listing(rows: list[Listed]) -> str:
    """The text of a listing. The sections must have their final bytes."""
    out: list[str] = []
    for row in rows:
        number = f"{row.number:5}" if not row.depth else "    " + ">" * min(row.depth, 1)
        if row.start == row.end:
            out.append(f"{number} {'':21}  {row.text}".rstrip() + "\n")
            continue
        section = row.piece.section
        first, last = section.move(row.piece.start + row.start), section.move(row.piece.start + row.end)
        data = section.data[first:last]
        for index in range(0, max(len(data), 1), WIDTH):
            if index // WIDTH == ROWS:
                out.append(f"{'':5} {'':4} ... {last - first} bytes\n")
                break
            shown = data[index : index + WIDTH].hex().upper()
            text = row.text if not index else ""
            out.append(f"{number if not index else '':5} {first + index:04x} {shown:16}  {text}".rstrip() + "\n")
    return "".join(out)
