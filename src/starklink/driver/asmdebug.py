"""Debug information of assembled objects: a DWARF 5 compilation unit and the line table that lets a debugger step."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ..asm.nasm.assembler import Assembler
    from ..asm.nasm.formats.elf import Elf

    Rows = list[tuple[int, int, Any, int]]
    Made = tuple[Any, Rows]

MIPS_ASSEMBLER: Final = 0x8001  # what all assemblers say, whatever the machine
_KINDS: Final = {64: {8: 1, 4: 10}, 32: {8: 1, 4: 1}}  # width of the object -> relocation by size of the field


def sections(assembler: Assembler, output: Elf, placed: dict[Any, Any]) -> list[Made]:
    """The debug sections of an object: (ELF section, relocations (offset, kind, section meant, addend)) each.

    `placed`: section of the assembler -> ELF section. In 32-bit objects addresses take 8 bytes as well, of which the upper
    half is zero: the unit's header says so.
    """
    from .. import __version__
    from ..dwarf.section import DebugSection
    from ..dwarf.sections import AddressRange, add_aranges
    from ..dwarf.writer import UnitSections

    options = assembler.options
    rows = _rows(assembler, placed)
    if not rows:
        return []
    info = UnitSections(5, _mapped(os.getcwd(), options.file_prefix_map))
    info.lines.file(_mapped(_text(options.source), options.file_prefix_map))
    names = {f"{number}": made for number, made in enumerate(rows)}
    ranges = []
    for name, made in names.items():
        size = len(made.data)
        table = [
            (at, info.lines.file(_mapped(_text(file), options.file_prefix_map)), line, 0, 1) for at, file, line in rows[made]
        ]
        info.lines.sequence(name, size, table)
        ranges.append((name, 0, size))
    attributes: list[tuple[str, str]] = [
        ("producer", "strp"), ("language", "data2"), ("name", info.text_form), ("stmt_list", "sec_offset"),
        ("comp_dir", info.text_form),
    ]  # fmt: skip
    source = _mapped(_text(options.source), options.file_prefix_map)
    producer = info.strings[f"starklink asm {__version__}"]
    values: list[int] = [producer, MIPS_ASSEMBLER, info.text(source), 0, info.text(info.directory)]
    if len(ranges) == 1:
        attributes += [("low_pc", "addr"), ("high_pc", "data8")]
        values += [info.unit.address(ranges[0][0]), ranges[0][2]]
    else:
        attributes += [("low_pc", "addr"), ("ranges", "sec_offset")]
        values += [0, info.ranges.add(ranges)]
    info.unit.add(info.unit.shape("compile_unit", False, *attributes), *values)
    addresses = DebugSection(".debug_aranges")
    add_aranges(addresses, 0, [AddressRange(*one) for one in ranges])
    return _finished([*info.fragments(), addresses.fragment()], names, output)


def _rows(assembler: Assembler, placed: dict[Any, Any]) -> dict[Any, list[tuple[int, str, int]]]:
    """ELF section -> (offset, file, line) of its statements, ascending; sections with machine code only."""
    base = assembler.space.base
    out: dict[Any, list[tuple[int, str, int]]] = {}
    for section, chunk, before, file, line in assembler.marks:
        made = placed.get(section)
        if made is not None and made.flags & 4 and made.data:
            out.setdefault(made, []).append((base[chunk] + before, file, line))
    for made, rows in out.items():
        rows.sort(key=lambda row: row[0])
        ends = [*[row[0] for row in rows[1:]], len(made.data)]
        out[made] = [row for row, end in zip(rows, ends) if end > row[0]]  # (statements may have made nothing)
    return out


def _text(name: str) -> str:
    """A file name as text."""
    return name.encode("latin-1").decode("utf-8", "surrogateescape") if not name.isascii() else name


def _mapped(path: str, replacements: list[tuple[str, str]]) -> str:
    """A path as the output shows it; the last matching replacement wins."""
    for old, new in reversed(replacements):
        if path.startswith(old):
            return new + path[len(old) :]
    return path


def _finished(fragments: list[Any], names: dict[str, Any], output: Elf) -> list[Made]:
    """Fragments as ELF sections; what they refer to are sections of code by number, or each other by name."""
    from ..objwriter.elf.model import Section
    from ..objwriter.model import RELOC_SIZE

    made: dict[str, Any] = {}
    for one in fragments:
        merged = one.section in (".debug_str", ".debug_line_str")
        made[one.section] = Section(
            one.section, flags=0x30 if merged else 0, data=bytearray(one.data), entsize=1 if merged else 0
        )
    kinds = _KINDS[output.width]
    out: list[Made] = []
    for one in fragments:
        rows: Rows = []
        data = made[one.section].data
        for offset, kind, symbol, addend in one.fixups:
            size = RELOC_SIZE[kind]
            if output.width == 32:
                data[offset : offset + size] = addend.to_bytes(size, "little")
            rows.append((offset, kinds[size], made.get(symbol) or names[symbol], addend))
        out.append((made[one.section], rows))
    return out
