"""`starklink dump`: what is in an image, as text that compares well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, Final


def text(data: bytes, what: str) -> str:
    """A part of an ELF image: "headers", "sections", "symbols", "lines", "dies" or "disasm".

    Raises ValueError for bytes that are no readable ELF file.
    """
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        lines = PARTS[what](ELFFile(BytesIO(data)))
        return "".join(f"{line}\n" for line in lines)
    except (ELFError, UnicodeDecodeError) as error:
        raise ValueError(f"damaged ELF file: {error}") from None


def _headers(elf: Any) -> Iterator[str]:
    header = elf.header
    yield f"{header['e_type']} {header['e_machine']} entry {header['e_entry']:#x}"
    yield f"{'kind':14} {'offset':>8} {'address':>10} {'in file':>8} {'in memory':>9} access align"
    for one in elf.iter_segments():
        access = "".join(letter if one["p_flags"] & bit else "-" for letter, bit in (("r", 4), ("w", 2), ("x", 1)))
        yield (
            f"{one['p_type'].removeprefix('PT_'):14} {one['p_offset']:#8x} {one['p_vaddr']:#10x} {one['p_filesz']:#8x} "
            f"{one['p_memsz']:#9x} {access}    {one['p_align']:#x}"
        )


def _sections(elf: Any) -> Iterator[str]:
    yield f"{'address':>10} {'offset':>8} {'size':>8} align type         flags name"
    for one in elf.iter_sections():
        flags = "".join(letter for letter, bit in (("W", 1), ("A", 2), ("X", 4), ("M", 16), ("S", 32)) if one["sh_flags"] & bit)
        kind = str(one["sh_type"]).removeprefix("SHT_")
        if kind != "NULL":
            yield (
                f"{one['sh_addr']:#10x} {one['sh_offset']:#8x} {one['sh_size']:#8x} {one['sh_addralign']:5} {kind:12} "
                f"{flags:5} {one.name}"
            )


def _symbols(elf: Any) -> Iterator[str]:
    table = elf.get_section_by_name(".symtab")
    if table is None:
        yield "no symbols"
        return
    yield f"{'address':>10} {'size':>8} binding kind    section    name"
    rows = [(one["st_value"], one.name, one) for one in table.iter_symbols() if one.name]
    for value, name, one in sorted(rows, key=lambda row: row[:2]):
        home = one["st_shndx"]
        section = elf.get_section(home).name if isinstance(home, int) else str(home).removeprefix("SHN_")
        binding, kind = (one["st_info"][key].split("_")[1].lower() for key in ("bind", "type"))
        yield f"{value:#10x} {one['st_size']:8} {binding:7} {kind:7} {section:10} {name}"


def _line_rows(elf: Any) -> Iterator[tuple[str, Any]]:
    """(file name, state) of every row of the line tables; an end of sequence has the name ''."""
    if not elf.has_dwarf_info():
        return
    dwarf = elf.get_dwarf_info()
    for unit in dwarf.iter_CUs():
        program = dwarf.line_program_for_CU(unit)
        if program is None:
            continue
        files = program["file_entry"]
        first = 0 if program.header["version"] >= 5 else 1
        for entry in program.get_entries():
            state = entry.state
            if state is not None:
                name = "" if state.end_sequence else files[state.file - first].name.decode("utf-8", "replace")
                yield name, state


def _lines(elf: Any) -> Iterator[str]:
    yield f"{'address':>10}  place"
    for name, state in _line_rows(elf):
        if state.end_sequence:
            yield f"{state.address:#10x}  end"
        else:
            marks = "".join(
                f" {mark}"
                for mark, wanted in (
                    ("stmt", state.is_stmt),
                    ("prologue_end", state.prologue_end),
                    ("epilogue_begin", state.epilogue_begin),
                )
                if wanted
            )
            yield f"{state.address:#10x}  {name}:{state.line}:{state.column}{marks}"


def _dies(elf: Any) -> Iterator[str]:
    if not elf.has_dwarf_info():
        yield "no debug information"
        return
    for unit in elf.get_dwarf_info().iter_CUs():
        yield f"unit DWARF {unit['version']}"
        depth = 0
        for entry in unit.iter_DIEs():
            if entry.is_null():
                depth -= 1
                continue
            values = []
            for attribute in entry.attributes.values():
                value = attribute.value
                shown = (
                    value.decode("utf-8", "replace")
                    if isinstance(value, bytes)
                    else (
                        bytes(value).hex() if isinstance(value, list) else f"{value:#x}" if isinstance(value, int) else str(value)
                    )
                )
                values.append(f"{str(attribute.name).removeprefix('DW_AT_')}={shown}")
            yield f"{entry.offset:#8x} {'  ' * depth}{str(entry.tag).removeprefix('DW_TAG_')} {' '.join(values)}"
            depth += entry.has_children


def _disasm(elf: Any) -> Iterator[str]:
    from ..asm.disasm import disassemble

    table = elf.get_section_by_name(".symtab")
    names = {one.name: one["st_value"] for one in table.iter_symbols() if one.name} if table is not None else {}
    lines = {state.address: f"{name}:{state.line}" for name, state in _line_rows(elf) if name and state.is_stmt}
    for section in elf.iter_sections():
        if section["sh_flags"] & 4:
            start = section["sh_addr"]
            source = {address - start: place for address, place in lines.items()}
            yield f"{section.name}:"
            yield from disassemble(section.data(), start, names, source=source)


PARTS: Final[dict[str, Callable[[Any], Iterator[str]]]] = {
    "headers": _headers,
    "sections": _sections,
    "symbols": _symbols,
    "lines": _lines,
    "dies": _dies,
    "disasm": _disasm,
}
