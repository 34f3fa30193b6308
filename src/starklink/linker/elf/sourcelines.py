"""Source lines for places in objects, from their debug information; '' where there is none."""

from __future__ import annotations

from typing import Any

from .tables import Context

_known: dict[int, Any] = {}


def source_line(ctx: Context, section: int, offset: int) -> str:
    """"file.c:12" for an offset of an input section, or ''."""
    file = ctx.files[ctx.sec_file[section]]
    if ".debug_line" not in file.names:
        return ""
    try:
        from io import BytesIO

        from elftools.elf.elffile import ELFFile  # read back only when there is an error to explain

        table = _lines(ELFFile(BytesIO(bytes(file.data)), None), file.names.index(".debug_line"), ctx.sec_index[section])
    except Exception:  # damaged debug information must not hide the message it was to help
        return ""
    best = ""
    for address, end, text in table:
        if address <= offset < end:
            best = text
    return best


def _lines(elf: Any, _line: int, index: int) -> list[tuple[int, int, str]]:
    """(start, end, "file:line") rows of the sequences that belong to section `index`: their first address is relocated by it."""
    dwarf = elf.get_dwarf_info()
    rela = elf.get_section_by_name(".rela.debug_line")
    symtab = elf.get_section_by_name(".symtab")
    targets = {}
    if rela is not None and symtab is not None:
        for row in rela.iter_relocations():
            targets[row["r_offset"]] = symtab.get_symbol(row["r_info_sym"])["st_shndx"]
    rows: list[tuple[int, int, str]] = []
    for unit in dwarf.iter_CUs():
        program = dwarf.line_program_for_CU(unit)
        if program is None:
            continue
        last: tuple[int, str] | None = None
        for entry in program.get_entries():
            state = entry.state
            if state is None:
                continue
            names = program["file_entry"]
            at = state.file if program["version"] >= 5 else state.file - 1
            name = names[at].name.decode("utf-8", "replace") if 0 <= at < len(names) else "?"
            if last is not None:
                rows.append((last[0], state.address, last[1]))
            last = None if state.end_sequence else (state.address, f"{name}:{state.line}")
    if len({target for target in targets.values() if isinstance(target, int)} & {index}) == 0:
        return []
    return rows
