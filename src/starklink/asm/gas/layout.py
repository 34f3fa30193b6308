"""From provisional to final offsets: joins subsections, relaxes branches, settles paddings, LEB128 numbers and spaces.

Sections depend on each other only through differences of labels (`.uleb128 .LEHE0-.LEHB0`): rounds over all sections go on until
no number grows any more. LEB128 numbers only grow, so that ends.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

from ..relax import Items, relax
from .errors import Diagnostics, GasError
from .expr import alias_of, offset_of, value_of
from .program import ALIGN, BRANCH, GLOBAL, LEB, LOCAL, ORG, SPACE, Fix, Item, Section, Symbol

SHF_EXECINSTR: Final = 4
MAX_SIZE: Final = 1 << 30
"""Bytes a section may have (an object of that size is a mistake in a `.skip` or `.org`)."""
_PLT32: Final = 4
_PC32: Final = 2
ROUNDS: Final = 40


def join(section: Section) -> None:
    """Put the pieces of a section behind each other."""
    at = 0
    buffer = section.data
    for number in sorted(section.pieces):
        piece = section.pieces[number]
        piece.start = at
        if at:
            section.items += [item._replace(position=item.position + at) for item in piece.items]
            section.fixes += [fix._replace(position=fix.position + at) for fix in piece.fixes]
        else:
            section.items += piece.items
            section.fixes += piece.fixes
        buffer += piece.buffer
        at = len(buffer)


class Shape:
    """The columns `relax` wants and the sizes settled so far."""

    __slots__ = ("before", "columns", "local", "long", "now")

    def __init__(self, section: Section) -> None:
        items = section.items
        self.now = [0] * len(items)  # bytes of LEB and SPACE items
        self.local: list[Symbol | None] = []
        kinds, targets, offsets, short, grow = [], [], [], [], []
        for item in items:
            target, more = -1, 0
            if item.kind == BRANCH:
                found = _local_target(item, section)
                if found is not None:
                    label, more = found
                    assert label.piece is not None
                    target = label.piece.start + label.position
                self.local.append(found[0] if found is not None else None)
            else:
                self.local.append(None)
            kinds.append(item.kind if item.kind in (BRANCH, ALIGN, ORG) else BRANCH)
            targets.append(item.size if item.kind == ALIGN else target)
            offsets.append(more)
            short.append(2 if item.kind == BRANCH else 1)
            grow.append(item.size if item.kind == BRANCH else item.limit if item.kind == ALIGN else 0)
        self.columns = Items([item.position for item in items], kinds, targets, offsets, short, grow)
        self.long: list[bool] = []
        self.before: list[int] = [0]


def _local_target(item: Item, section: Section) -> tuple[Symbol, int] | None:
    """The label of this section a branch goes to and the bytes added; None if it needs a relocation."""
    value = value_of(item.value, False)
    label = value.plus
    named = alias_of(item.value) or label
    if label is None or named is None or value.minus is not None or label.kind == 10:
        return None
    if value.suffix and (value.suffix != "PLT" or named.binding != LOCAL):
        return None
    if named.binding not in (LOCAL, GLOBAL):  # GNU as lets jumps (not calls) to global symbols go straight there
        return None
    if label.piece is None or label.piece.section is not section:
        return None
    return label, value.number


def settle(sections: list[Section], bag: Diagnostics, table: tuple[bytes, ...]) -> None:
    """Give every section its final bytes. Errors go to `bag`. `table`: see `nops`."""
    for section in sections:
        join(section)
    for section in sections:
        if section.items:
            try:
                section.shape = Shape(section)
            except GasError as error:
                bag.error(str(error), section.items[0].place, error.near)
                section.items = []
    if bag.errors:
        return
    for section in sections:
        _relax(section)
    for last in range(ROUNDS + 1):
        grown = False
        for section in sections:
            if section.shape is not None:
                grown |= _grow(section, bag, last == ROUNDS)
        if bag.errors or not grown:
            break
    if bag.errors:
        return
    for section in sections:
        if section.shape is None:
            section.size = len(section.data)
        else:
            _spread(section, bag, table)


def _relax(section: Section) -> None:
    """Final offsets for the sizes settled so far."""
    shape = section.shape
    if shape is None:
        return
    made = relax(shape.columns)
    shape.long, shape.before = made.long, made.before
    positions, before = shape.columns.position, made.before

    def move(offset: int) -> int:
        return offset + before[bisect_left(positions, offset)]

    section.move = move


def _grow(section: Section, bag: Diagnostics, last: bool) -> bool:
    """Let numbers and spaces take the sizes that the present layout gives them; whether anything changed."""
    shape: Shape = section.shape
    changed = False
    for index, item in enumerate(section.items):
        if item.kind not in (LEB, SPACE, ORG):
            continue
        try:
            value = value_of(item.value, True)
            if item.kind == ORG and value.plus is not None and value.plus.piece is not None and value.minus is None:
                value = value._replace(plus=None, number=value.number + offset_of(value.plus))
            if value.plus is not None or value.minus is not None:
                raise GasError("this needs a number, or the distance of two labels of one section")
            number = value.number
            if item.kind == LEB:
                size = max(shape.now[index], len(leb(number, bool(item.size))))
            else:
                size = number * (len(item.data) or 1) if item.kind == SPACE else number
                if number < 0 and item.kind == SPACE:
                    raise GasError(f"cannot leave {number} bytes")
                if not 0 <= size <= MAX_SIZE:
                    raise GasError(f"{size} bytes are too many")
        except GasError as error:
            bag.error(str(error), item.place, error.near)
            return False
        if size == shape.now[index]:
            continue
        if last:
            bag.error("the value depends on its own size", item.place)
            return False
        shape.now[index] = size
        changed = True
        if item.kind == ORG:
            shape.columns.target[index] = size
        else:
            shape.columns.grow[index] = size - 1
    if changed:
        _relax(section)
    return changed


def leb(value: int, signed: bool) -> bytes:
    """A LEB128 number. Unsigned ones take 64-bit patterns of negative values."""
    if not signed and value < 0:
        value &= (1 << 64) - 1
    out = bytearray()
    while not (-64 <= value < 64 if signed else value < 128):
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value & 0x7F)
    return bytes(out)


def _spread(section: Section, bag: Diagnostics, table: tuple[bytes, ...]) -> None:
    """The final bytes of a section with variable places."""
    shape: Shape = section.shape
    buffer, items = section.data, section.items
    out = bytearray()
    last = 0
    code = bool(section.flags & SHF_EXECINSTR)
    for index, item in enumerate(items):
        out += buffer[last : item.position]
        last = item.position + 1
        at = len(out)
        size = shape.before[index + 1] - shape.before[index]
        if item.kind == BRANCH:
            last += 1
            _branch(section, out, item, shape, index)
        elif item.kind == ALIGN:
            size += 1
            if not item.data and code:
                out += nops(size, table)
            else:
                _fill(out, item.data or b"\0", size)
        elif item.kind == ORG:
            size += 1
            if at + size != shape.now[index]:
                bag.error(f".org cannot go back from {at:#x} to {shape.now[index]:#x}", item.place)
                return
            out += (item.data or b"\0") * size
        elif item.kind == LEB:
            value = value_of(item.value, True).number
            data = leb(value, bool(item.size))
            if len(data) < shape.now[index]:  # it shrank again: keep the size with a longer spelling
                tail = 0x7F if item.size and value < 0 else 0
                data = (
                    data[:-1]
                    + bytes((data[-1] | 0x80,))
                    + bytes((tail | 0x80,)) * (shape.now[index] - len(data) - 1)
                    + bytes((tail,))
                )
            out += data
        else:
            unit = item.data or b"\0"
            out += unit * (shape.now[index] // len(unit))
    out += buffer[last:]
    section.data = out
    section.size = len(out)


def _fill(out: bytearray, unit: bytes, size: int) -> None:
    """Padding by a unit of several bytes: what is no whole unit is zero and comes first."""
    rest = size % len(unit)
    out += bytes(rest) + unit * (size // len(unit))


def _branch(section: Section, out: bytearray, item: Item, shape: Shape, index: int) -> None:
    """A branch in its final form; one that leaves the section gets a fix for its distance."""
    label = shape.local[index]
    start = len(out)
    if not shape.long[index]:
        assert label is not None
        out += section.data[item.position : item.position + 1] + b"\0"
        distance = offset_of(label) + shape.columns.offset[index] - len(out)
        out[-1] = distance & 0xFF
        return
    out += item.data + bytes(abs(item.limit))
    field = len(out) - start - len(item.data)
    if label is not None:
        distance = offset_of(label) + shape.columns.offset[index] - len(out)
        out[-field:] = (distance & (1 << field * 8) - 1).to_bytes(field, "little")
        return
    section.fixes.append(Fix(len(out) - field, field, item.value, -field, True, -1, item.limit < 0, item.place, True))


def final(section: Section, fix: Fix) -> int:
    """The final offset of a fix."""
    return fix.position if fix.final else section.move(fix.position)


def nops(count: int, table: tuple[bytes, ...]) -> bytes:
    """`count` bytes that do nothing, as few instructions as GNU as takes: a jump where more than seven would be needed.
    `table`: instructions by their length; where one is missing, the next shorter one and a `nop`."""
    longest = len(table) - 1
    head = b""
    if count // longest > 7:
        head = b"\xeb" + bytes((count - 2,)) if count - 2 < 128 else b"\xe9" + (count - 5).to_bytes(4, "little")
        count -= len(head)
    rest = count % longest
    return head + table[longest] * (count // longest) + (table[rest] or (table[rest - 1] + table[1] if rest else b""))
