"""`starklink disasm`: machine code of ELF files, archives or flat images as text, with symbols, bytes and source lines.

The same listing as `dump FILE disasm`, and more to choose: a function, a range, the syntax, bits of a flat file, source text.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ..dwarf.reader import Dwarf
    from ..objwriter.elf.model import Section, Symbol
    from ..objwriter.elf.reader import Elf

MAX_SOURCE: Final = 1 << 24
"""Bytes of a source file that is shown."""


def options(parser: ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("file", metavar="FILE", help="ELF file (objects too), or with --bits any file")
    parser.add_argument("--function", metavar="NAME", action="append", default=[], help="only this symbol; repeatable")
    parser.add_argument("--syntax", choices=("nasm", "intel", "gas", "masm"), default="nasm", help="(default: %(default)s)")
    parser.add_argument("--bits", type=int, choices=(16, 32, 64), help="FILE is a flat image of such code")
    parser.add_argument("--address", type=lambda text: int(text, 0), default=0, metavar="N", help="where a flat image lies")
    parser.add_argument("--source", action="store_true", help="show the text of source lines, not only their numbers")


def run(chosen: Namespace) -> int:
    """Print the listing; the result is the exit code. Raises UserError for files that cannot be shown."""
    from .cli import UserError

    with open(chosen.file, "rb") as file:
        data = file.read()
    if chosen.bits:
        from ..asm.disasm import disassemble

        lines: Iterator[str] = iter(disassemble(data, chosen.address, bits=chosen.bits, syntax=chosen.syntax))
    elif data[:4] == b"\x7fELF":
        lines = iter(_elf(data, chosen))
    else:
        raise UserError(f"{chosen.file}: not an ELF file; for a flat image give --bits 16, 32 or 64", 2)
    for line in lines:
        sys.stdout.write(line + "\n")
    return 0


def _elf(data: bytes, chosen: Namespace) -> list[str]:
    from ..dwarf.reader import Dwarf
    from ..objwriter.elf.reader import Elf
    from .cli import UserError

    try:
        elf = Elf(data)
        bits = {3: 32, 62: 64}.get(elf.machine, 0)
        if not bits:
            raise UserError(f"{chosen.file}: not machine code of x86")
        symbols = [one for one in elf.symbols() if one.name and one.type not in (3, 4)]
        lines = _source_lines(Dwarf(elf.debug_sections()), chosen.source) if elf.type != 1 else {}
    except ValueError as error:
        raise UserError(f"{chosen.file}: {error}") from None
    out: list[str] = []
    missing = set(chosen.function) - {one.name for one in symbols}
    if missing:
        raise UserError(f"{chosen.file}: there is no symbol {', '.join(sorted(missing))}")
    for section in elf.sections:
        if section.flags & 4 and section.type != 8:
            out += _section(elf, section, symbols, lines, bits, chosen)
    return out


def _section(
    elf: Elf, section: Section, symbols: list[Symbol], lines: dict[int, str], bits: int, chosen: Namespace
) -> list[str]:
    """The listing of a section, or of the functions asked for that lie in it; relocations of objects stand as comments."""
    from ..asm.disasm import disassemble
    from ..objwriter.model import Fixup, Fragment

    here = [one for one in symbols if one.section is section]
    names = {one.name: one.value for one in (here if elf.type == 1 else symbols)}
    start, content = section.address, bytes(section.data)
    end = start + len(content)
    ranges = [(start, end)]
    if chosen.function:
        borders = sorted({one.value for one in here} | {end})
        ranges = []
        for one in here:
            if one.name in chosen.function:
                after = one.value + one.size if one.size else next((place for place in borders if place > one.value), end)
                ranges.append((one.value, after))
    fixups = []
    for other in elf.sections:
        if elf.type == 1 and other.type in (4, 9) and other.info is section:
            fixups += [Fixup(row.offset, row.type, row.name, row.addend) for row in elf.relocations(other)]
    out: list[str] = []
    for low, high in ranges:
        source = {address - low: text for address, text in lines.items() if low <= address < high}
        inside = [fixup._replace(offset=fixup.offset - low) for fixup in fixups if low <= fixup.offset < high]
        piece = Fragment("", section.name, content[low - start : high - start], fixups=inside)
        out.append(f"{section.name}:")
        out += disassemble(piece, low, names, bits=bits, syntax=chosen.syntax, source=source)
    return out


def _source_lines(dwarf: Dwarf, texts: bool) -> dict[int, str]:
    """What stands above an instruction, by address."""
    from ..dwarf.linereader import line_units

    found: dict[int, str] = {}
    files: dict[str, list[str]] = {}
    for unit in line_units(dwarf):
        for row in unit.rows:
            if row.end or not row.flags & 1 or not row.line:
                continue
            name = unit.files[row.file].name
            text = f"{name}:{row.line}"
            if texts:
                if name not in files:
                    folders = unit.directories
                    number = unit.files[row.file].directory
                    files[name] = _read(name) or _read(os.path.join(folders[number] if number < len(folders) else "", name))
                if 0 < row.line <= len(files[name]):
                    text += "  " + files[name][row.line - 1].strip()
            found[row.address] = text
    return found


def _read(name: str) -> list[str]:
    if not os.path.isfile(name):
        return []
    with open(name, encoding="utf-8", errors="replace") as file:
        return file.read(MAX_SOURCE).split("\n")
