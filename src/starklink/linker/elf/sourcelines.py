"""Source lines for places in objects, from their debug information; '' where there is none."""

from __future__ import annotations

from typing import Any, Final

from .objects import with_headers
from .tables import Context

R_X86_64_64: Final = 1
DW_LNE_SET_ADDRESS: Final = 2
Rows = list[tuple[int, int, str]]
"""(start, end, "file:line") of consecutive rows of a line table."""


def source_line(ctx: Context, section: int, offset: int) -> str:
    """"file.c:12" for an offset of an input section, or ''."""
    number = ctx.sec_file[section]
    if number < 0 or ".debug_line" not in with_headers(ctx.files[number]).names:
        return ""
    tables = ctx.lines.get(number)
    if tables is None:
        try:
            from io import BytesIO

            from elftools.elf.elffile import ELFFile  # read back only when there is an error to explain

            tables = _lines(ELFFile(BytesIO(bytes(ctx.files[number].data)), None))
        except Exception:  # damaged debug information must not hide the message it was to help
            tables = {}
        ctx.lines[number] = tables
    best = ""
    for address, end, text in tables.get(ctx.sec_index[section], ()):
        if address <= offset < end:
            best = text
    return best


def _lines(elf: Any) -> dict[int, Rows]:
    """Section number -> its rows. A sequence of rows belongs to the section its first address is relocated by."""
    dwarf = elf.get_dwarf_info()
    rela = elf.get_section_by_name(".rela.debug_line")
    symtab = elf.get_section_by_name(".symtab")
    targets: list[tuple[int, Any]] = []
    if rela is not None and symtab is not None:
        targets = sorted((row["r_offset"], symtab.get_symbol(row["r_info_sym"])["st_shndx"]) for row in rela.iter_relocations()
                         if row["r_info_type"] == R_X86_64_64)
    tables: dict[int, Rows] = {}
    for unit in dwarf.iter_CUs():
        program = dwarf.line_program_for_CU(unit)
        if program is not None:
            inside = [home for at, home in targets if program.program_start_offset <= at < program.program_end_offset]
            _program(program, inside, tables)
    return tables


def _program(program: Any, homes: list[Any], tables: dict[int, Rows]) -> None:
    """Enter the rows of one line program; `homes` are the sections of its addresses in order."""
    last: tuple[int, str] | None = None
    rows: Rows = []
    following = iter(homes)
    first = 1 if program["version"] < 5 else 0
    names = program["file_entry"]
    for entry in program.get_entries():
        if entry.is_extended and entry.command == DW_LNE_SET_ADDRESS:
            home = next(following, None)
            rows = tables.setdefault(home, []) if isinstance(home, int) else []
            last = None
        state = entry.state
        if state is None:
            continue
        at = state.file - first
        name = names[at].name.decode("utf-8", "replace") if 0 <= at < len(names) else "?"
        if last is not None:
            rows.append((last[0], state.address, last[1]))
        last = None if state.end_sequence else (state.address, f"{name}:{state.line}")
