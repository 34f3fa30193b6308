"""After the source is read: passes until nothing moves, then the bytes of every section."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..relax import BRANCH, Items, relax
from .errors import NOWHERE
from .program import Branch, Fixup, Item, Section

if TYPE_CHECKING:
    from .assembler import Assembler


def settle_sizes(assembler: Assembler) -> None:
    """Measure the items again until nothing moves."""
    base = assembler.space.base
    limits = assembler.options.limits
    most = min(limits.passes, limits.stalled)
    for _ in range(most):
        assembler.passes += 1
        assembler.changes = 0
        for item in assembler.items:
            if not item.stable:
                size = item.measure(assembler)
                if size != item.size:
                    item.size = size
                    assembler.changes += 1
            following = item.following
            now = base[item.chunk] + item.offset + item.size
            if base[following] != now:
                base[following] = now
                assembler.changes += 1
        if not assembler.changes:
            return
        if assembler.passes == 1:
            _grow(assembler)
    assembler.bag.error(f"unable to find valid values for all labels after {most} passes", NOWHERE)


def _grow(assembler: Assembler) -> None:
    """Let branches grow until all reach, where they are all that can still move: passes come to the same sizes, but many of
    them may be needed when branches push each other. Does nothing if the sizes of other items depend on addresses too."""
    base = assembler.space.base
    moved: dict[int, int] = {}  # chunk -> bytes it lies further on because branches before it are long already
    homes: dict[Section, tuple[list[Branch], list[int], int]] = {}
    for item in assembler.items:
        branches, positions, more = homes.get(item.section) or ([], [], 0)
        if not item.stable:
            if type(item) is not Branch or item.label_chunk < 0:
                return
            branches.append(item)
            positions.append(base[item.chunk] + item.offset - more)
            more += item.size - len(item.short) - 1
        moved[item.following] = more
        homes[item.section] = branches, positions, more
    for branches, positions, _ in homes.values():
        short = [len(one.short) + 1 for one in branches]
        targets = [base[chunk] - moved.get(chunk, 0) for chunk in [one.label_chunk for one in branches]]
        grow = [len(one.long) + one.field - size for one, size in zip(branches, short)]
        kinds, offsets = [BRANCH] * len(short), [one.label_offset for one in branches]
        made = relax(Items(positions, kinds, targets, offsets, short, grow))
        for one, size in zip(branches, made.size):
            one.size = size
    for item in assembler.items:
        base[item.following] = base[item.chunk] + item.offset + item.size


def finish(assembler: Assembler) -> None:
    assembler.format.layout(assembler)
    if assembler.bag.errors:
        return
    for section in assembler.sections:
        if not section.absolute:
            render(assembler, section)


def render(assembler: Assembler, section: Section) -> None:
    """The final bytes of a section."""
    base = assembler.space.base
    fixups = assembler.fixups.get(section, [])
    if section.blank:
        last = section.pieces[-1]
        assert type(last) is tuple
        section.attributes["size"] = base[last[0]] + len(last[1])
        for piece in section.pieces:
            if isinstance(piece, Item):
                piece.emit(assembler, bytearray(), 0)
        return
    out = bytearray()
    by_chunk: dict[int, list[Fixup]] = {}
    for fixup in fixups:
        by_chunk.setdefault(fixup.chunk, []).append(fixup)
    for piece in section.pieces:
        if type(piece) is tuple:
            chunk, content = piece
            start = len(out)
            if start != base[chunk]:
                assembler.bag.error(
                    f"internal: section {section.name} is laid out differently than it is written", NOWHERE
                )
                return
            out += content
            for one in by_chunk.get(chunk, ()):
                at = start + one.offset
                assembler.apply(section, out, at, one.size, one.value, one.relative, one.end, one.check, one.place)
        else:
            assert isinstance(piece, Item)
            at = len(out)
            piece.emit(assembler, out, at)
            if len(out) - at != piece.size and not assembler.bag.errors:
                assembler.bag.error("instruction length changed during code generation", piece.place)
    section.bytes = bytes(out)
