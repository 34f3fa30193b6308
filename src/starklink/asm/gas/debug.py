"""Frame and line sections of a source whose layout is known: hands numbers to `starklink.dwarf` and takes bytes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...dwarf.asmframes import Description, frames
from ...dwarf.asmlines import LineRow, Sequence_, line_table
from .cfi import Frame
from .expr import offset_of
from .layout import _Final
from .program import Fix, Piece, Section, Symbol

if TYPE_CHECKING:
    from .source import Source


def _start_of(section: Section) -> Symbol:
    """A symbol for the first byte of a section."""
    symbol = Symbol("\1.")
    symbol.piece = Piece(section)
    return symbol


def _describe(frame: Frame) -> Description:
    start = offset_of(frame.start)
    ops = [(offset_of(place) - start, name, values) for place, name, values in frame.ops]
    return Description(
        offset_of(frame.end) - start, ops, frame.signal, frame.simple, frame.column, frame.personality_encoding,
        repr(frame.personality) if not isinstance(frame.personality, Symbol) else frame.personality.name, frame.lsda_encoding,
    )  # fmt: skip


def frame_sections(source: Source) -> None:
    """Make `.eh_frame` and `.debug_frame` of the collected frames."""
    if not source.frames:
        return
    described = [_describe(frame) for frame in source.frames]
    for name in source.frame_sections:
        section = source.open_section(name)
        section.align = 8
        made, references = frames(described, name == ".eh_frame")
        base = len(section.data)
        section.data += made
        section.size = len(section.data)
        for offset, size, relative, what, index in references:
            frame = source.frames[index]
            value: Any = frame.start if what == "start" else frame.lsda if what == "lsda" else frame.personality
            if what == "cie":
                value = _start_of(section)
                start = int.from_bytes(section.data[base + offset : base + offset + 4], "little") + base
                section.fixes.append(Fix(_Final(base + offset), size, value, start, False, -1, False, None))
                continue
            section.fixes.append(Fix(_Final(base + offset), size, value, 0, relative, -1, True, frame.place))


def line_section(source: Source, directory: str) -> None:
    """Make `.debug_line` of the `.loc` rows."""
    lines = source.lines
    if not lines.used or not lines.files:
        return
    by_section: dict[Section, list[Any]] = {}
    for row in lines.rows:
        by_section.setdefault(row.piece.section, []).append(row)
    sequences = []
    order = list(source.sections.values())
    for section in sorted(by_section, key=order.index):
        rows = [
            LineRow(section.move(row.piece.start + row.position), row.file, row.line, row.column, row.stmt, row.options, row.isa,
                    row.discriminator)
            for row in sorted(by_section[section], key=lambda row: row.piece.start)
        ]  # fmt: skip
        sequences.append(Sequence_(section.size, rows))
    home = source.open_section(".debug_line", 1, 0)
    base = len(home.data)
    data, places = line_table(lines.files, directory, sequences)
    home.data += data
    home.size = len(home.data)
    for offset, section, first in zip(places, sorted(by_section, key=order.index), [one.rows[0].offset for one in sequences]):
        home.fixes.append(Fix(_Final(base + offset), 8, _start_of(section), first, False, -1, False, None))
