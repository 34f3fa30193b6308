"""Frame and line sections of a source whose layout is known: hands numbers to `starklink.dwarf` and takes bytes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ...dwarf.asmframes import Description, Target, frames
from ...dwarf.asmlines import LineRow, Sequence_, line_table
from .cfi import Frame
from .expr import offset_of, value_of
from .program import LOCAL, Fix, Piece, Section, Symbol

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
    machine = source.machine
    target = Target(machine.address, machine.cell, machine.stack)
    described = [_describe(frame) for frame in source.frames]
    for name in source.frame_sections:
        section = source.open_section(name)
        section.align = source.machine.address
        made, references = frames(described, name == ".eh_frame", target)
        base = len(section.data)
        section.data += made
        section.size = len(section.data)
        for offset, size, relative, what, index in references:
            frame = source.frames[index]
            value: Any = frame.start if what == "start" else frame.lsda if what == "lsda" else frame.personality
            if what == "cie":
                value = _start_of(section)
                start = int.from_bytes(section.data[base + offset : base + offset + 4], "little") + base
                section.fixes.append(Fix(base + offset, size, value, start, False, -1, False, None, True))
                continue
            section.fixes.append(Fix(base + offset, size, value, 0, relative, -1, True, frame.place, True))


MIPS_ASSEMBLER: Final = 0x8001  # what all assemblers say, whatever the machine


def own_sections(source: Source, name: str, directory: str) -> None:
    """Make the debug sections of a source that has none: its lines, a compilation unit, and its functions."""
    from ... import __version__
    from ...dwarf.section import DebugSection
    from ...dwarf.sections import AddressRange, add_aranges
    from ...dwarf.writer import UnitSections
    from ...objwriter.model import RELOC_SIZE, Reloc

    by_section: dict[Section, list[tuple[int, str, int]]] = {}
    for piece, position, file, line in source.lines.marks:
        section = piece.section
        by_section.setdefault(section, []).append((section.move(piece.start + position), file, line))
    if not by_section or any(one.name == ".debug_info" for one in source.sections.values()):
        return
    info = UnitSections(5, directory)
    info.lines.file(name)
    ranges = []
    for number, (section, rows) in enumerate(by_section.items()):
        rows.sort(key=lambda row: row[0])
        info.lines.sequence(str(number), section.size, [(at, info.lines.file(file), line, 0, 1) for at, file, line in rows])
        ranges.append((str(number), 0, section.size))
    attributes = [("stmt_list", "sec_offset"), ("name", info.text_form), ("comp_dir", info.text_form), ("producer", "strp"),
                  ("language", "data2")]  # fmt: skip
    values = [0, info.text(name), info.text(directory), info.strings[f"starklink asm {__version__}"], MIPS_ASSEMBLER]
    if len(ranges) == 1:
        attributes += [("low_pc", "addr"), ("high_pc", "data8")]
        values += [info.unit.address("0"), ranges[0][2]]
    else:
        attributes += [("low_pc", "addr"), ("ranges", "sec_offset")]
        values += [info.unit.address(""), info.ranges.add(ranges)]
    unit = info.unit
    unit.add(unit.shape("compile_unit", True, *attributes), *values)
    keys = {section: str(number) for number, section in enumerate(by_section)}
    for symbol in source.symbols.values():
        if symbol.kind == 2 and symbol.piece is not None and symbol.piece.section in keys:
            outside = (("external", "flag_present"),) if symbol.binding != LOCAL else ()
            shape = unit.shape("subprogram", False, ("name", "strp"), *outside, ("low_pc", "addr"), ("high_pc", "data8"))
            address = unit.address(keys[symbol.piece.section], offset_of(symbol))
            unit.add(shape, info.strings[symbol.name], address, value_of(symbol.size, True).number)
    unit.end()
    homes: dict[str, Symbol] = {key: _start_of(section) for section, key in keys.items()}
    addresses = DebugSection(".debug_aranges")
    add_aranges(addresses, 0, [AddressRange(*one) for one in ranges])
    fragments = [*info.fragments(), addresses.fragment()]
    for one in fragments:
        merged = one.section in (".debug_str", ".debug_line_str")
        home = source.open_section(one.section, 1, 0x30 if merged else 0, 1 if merged else 0)
        home.data += one.data
        home.size = len(home.data)
        homes[one.section] = _start_of(home)
    for one in fragments:
        home = source.open_section(one.section)
        for offset, kind, symbol_name, addend in one.fixups:
            value = homes[str(symbol_name)]
            size = min(RELOC_SIZE[Reloc(kind)], source.machine.address)  # fields have eight bytes in 32-bit objects, too
            home.fixes.append(Fix(offset, size, value, addend, False, -1, False, None, True))


def line_section(source: Source, directory: str) -> None:
    """Make `.debug_line` of the `.loc` rows."""
    lines = source.lines
    if not lines.used or not lines.files:
        return
    by_section: dict[Section, list[Any]] = {}
    for row in lines.rows:
        by_section.setdefault(row.piece.section, []).append(row)
    sequences = []
    for section in by_section:  # sections in the order of their first rows, as GNU as has them
        rows = [
            LineRow(section.move(row.piece.start + row.position), row.file, row.line, row.column, row.stmt, row.options, row.isa,
                    row.discriminator)
            for row in sorted(by_section[section], key=lambda row: row.piece.start)
        ]  # fmt: skip
        sequences.append(Sequence_(section.size, rows))
    home = source.open_section(".debug_line", 1, 0)
    base = len(home.data)
    width = source.machine.address
    data, places = line_table(lines.files, directory, sequences, width)
    home.data += data
    home.size = len(home.data)
    for offset, section, first in zip(places, by_section, [one.rows[0].offset for one in sequences]):
        home.fixes.append(Fix(base + offset, width, _start_of(section), first, False, -1, False, None, True))
