"""The symbol table of the output: local symbols file by file, then global ones (gABI: locals first)."""

from __future__ import annotations

from itertools import accumulate
from struct import pack
from typing import Final

from ...objwriter.elf.layouts import RECORDS
from . import tables as t
from .got import Tables
from .scan import is_ifunc
from .sections import file_order
from .tables import Context, Output

SHT_SYMTAB, SHT_STRTAB, SHT_SYMTAB_SHNDX = 2, 3, 18
STT_SECTION, STT_FILE, STT_TLS = 3, 4, 6
SHF_MERGE = 0x10
SHN_ABS, SHN_XINDEX, SHN_LORESERVE = 0xFFF1, 0xFFFF, 0xFF00
_SYMBOL: Final = RECORDS["sym", 64, "<"]
_MASK: Final = (1 << 64) - 1
Row = tuple[int, int, int, int, int, int]
"""A symbol: number of its name, st_info, st_other, section number, value (any integer), size."""


def symbol_sections(ctx: Context, tables: Tables, tls: int, many: bool = False) -> list[Output]:
    """.symtab and .strtab with content; [] if the output has none. With --emit-relocs the sections of relocations come first."""
    options = ctx.options
    if options.strip == "all":
        return []
    if many and not options.unique_symbols:
        from .symtab_bulk import symbols_by_columns

        done = symbols_by_columns(ctx, tables, tls)
        if done is not None:
            return _outputs(*done)
    names: list[str] = [""]
    rows: list[Row] = [(0, 0, 0, 0, 0, 0)]
    retain = _retained(ctx)
    section_symbol: dict[int, int] = {}
    if options.emit_relocs:
        for out in ctx.outputs:
            section_symbol[out.index] = len(rows)
            rows.append((0, STT_SECTION, 0, out.index, out.address, 0))
    index: dict[int, int] = {}
    local = _locals(ctx, tables, names, rows, tls, retain, index)
    if options.unique_symbols:
        counts: dict[str, int] = {}
        for number, info, *_ in rows[1:local]:
            if info & 15 not in (STT_SECTION, STT_FILE):
                names[number] = numbered(names[number], counts)
    _globals(ctx, tables, names, rows, tls, retain, index)
    content, strings, extended = _packed(names, rows)
    made = _outputs(content, strings, local)
    symtab = made[0]
    if extended:
        wide = Output(".symtab_shndx", SHT_SYMTAB_SHNDX, 0, 4, 4, content=bytearray(pack(f"<{len(extended)}I", *extended)))
        wide.size, wide.link = 4 * len(extended), symtab
        made.insert(1, wide)
    if options.emit_relocs:
        from .keep_relocs import kept_relocations

        made = kept_relocations(ctx, ctx.outputs, symtab, index, section_symbol) + made
    return made


def numbered(name: str, counts: dict[str, int]) -> str:
    """-z unique-symbol: a name with how many of it there were before (hexadecimal, as GNU ld has it)."""
    count = counts.get(name, 0)
    counts[name] = count + 1
    return f"{name}.{count:x}"


def _outputs(content: bytearray, strings: bytearray, local: int) -> list[Output]:
    strtab = Output(".strtab", SHT_STRTAB, 0, 1, content=strings, size=len(strings))
    return [Output(".symtab", SHT_SYMTAB, 0, 8, 24, content=content, size=len(content), link=strtab, info=local), strtab]


def _retained(ctx: Context) -> set[str] | None:
    path = ctx.options.retain_symbols
    if not path:
        return None
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return {line.strip() for line in file if line.strip()}


def _packed(names: list[str], rows: list[Row]) -> tuple[bytearray, bytearray, list[int]]:
    """The table, its strings, and section numbers that need a table of their own ([] if none does)."""
    text = "\0".join(names)
    strings = bytearray(text.encode("utf-8", "surrogateescape") + b"\0")
    widths = [len(name) + 1 for name in names] if text.isascii() else \
        [len(name.encode("utf-8", "surrogateescape")) + 1 for name in names]
    place = [0, *accumulate(widths)]
    numbers, infos, others, indices, values, sizes = zip(*rows)
    extended: list[int] = []
    if max(indices) >= SHN_LORESERVE:
        extended = [index if index >= SHN_LORESERVE and index != SHN_ABS else 0 for index in indices]
        indices = tuple(SHN_XINDEX if wide else index for wide, index in zip(extended, indices))
    content = bytearray(b"".join(map(_SYMBOL.pack, [place[number] for number in numbers], infos, others, indices,
                                     [value & _MASK for value in values], sizes)))
    return content, strings, extended if any(extended) else []


def _locals(ctx: Context, tables: Tables, names: list[str], rows: list[Row], tls: int,
            retain: set[str] | None, rows_of: dict[int, int]) -> int:
    """Local symbols; the result is the number of rows before the first global one."""
    discard = ctx.options.discard
    if discard == "all" or retain is not None:
        return _forced_locals(ctx, tables, names, rows, tls, rows_of)
    keep_debug = ctx.options.strip != "debug"
    numbers, flags, addresses = section_numbers(ctx), ctx.sym_flags, ctx.address
    for number in file_order(ctx):
        file = ctx.files[number]
        if file.kind != "object":
            continue
        first = file.first_local_id
        pending: Row | None = None
        last = first + max(file.first_global, 0)
        for symbol, name, kind in zip(range(first, last), ctx.sym_name[first:last], ctx.sym_type[first:last]):
            if not name or kind == STT_SECTION:
                continue
            section = ctx.sym_section[symbol]
            if kind == STT_FILE:
                if keep_debug:
                    pending = (len(names), kind, 0, SHN_ABS, 0, 0)
                    names.append(name)
                continue
            if section < 0 and section != t.ABSOLUTE:
                continue
            if section >= 0 and not ctx.sec_live[section]:
                continue
            if discard != "none" and name.startswith(".L") and (
                    discard == "locals" or (not ctx.options.emit_relocs and _is_temporary(ctx, section))):
                continue
            if section >= 0 and kind < STT_TLS and not flags[symbol] & t.NEEDS_CANONICAL:
                index, value = numbers[section], addresses[symbol]
            else:
                index, value = home(ctx, tables, symbol, tls)
            if index < 0:
                continue
            if pending:
                rows.append(pending)
                pending = None
            rows_of[symbol] = len(rows)
            rows.append((len(names), kind, ctx.sym_visibility[symbol], index, value, ctx.sym_size[symbol]))
            names.append(name)
    return _forced_locals(ctx, tables, names, rows, tls, rows_of)


def _is_temporary(ctx: Context, section: int) -> bool:
    """GNU ld drops .L names of merged strings by default."""
    return section >= 0 and bool(ctx.sec_flags[section] & SHF_MERGE)


def _forced_locals(ctx: Context, tables: Tables, names: list[str], rows: list[Row], tls: int,
                   rows_of: dict[int, int]) -> int:
    """Global names that are local to the output: hidden ones, and what version scripts hide."""
    for symbol in ctx.ids.values():
        if not _is_local(ctx, symbol) or ctx.sym_section[symbol] == t.UNDEFINED:
            continue
        index, value = home(ctx, tables, symbol, tls)
        if index < 0:
            continue
        rows_of[symbol] = len(rows)
        rows.append((len(names), ctx.sym_type[symbol], ctx.sym_visibility[symbol] & 3, index, value, ctx.sym_size[symbol]))
        names.append(shown(ctx, symbol))
    return len(rows)


def _is_local(ctx: Context, symbol: int) -> bool:
    hidden = ctx.sym_visibility[symbol] in (1, 2) and ctx.sym_section[symbol] != t.UNDEFINED
    return hidden or bool(ctx.sym_flags[symbol] & t.FORCED_LOCAL)


def shown(ctx: Context, symbol: int) -> str:
    name = ctx.sym_name[symbol]
    version = ctx.sym_version.get(symbol, "")
    if not version or "@" in name:
        return name
    imported = ctx.sym_section[symbol] == t.SHARED_OBJECT or ctx.sym_section[symbol] == t.LINKER
    return f"{name}@{version}" if imported else f"{name}@@{version}"


def home(ctx: Context, tables: Tables, symbol: int, tls: int) -> tuple[int, int]:
    """(section number, value) in the output; -1 for a symbol whose section is gone."""
    section = ctx.sym_section[symbol]
    value = ctx.address[symbol]
    if ctx.sym_flags[symbol] & t.NEEDS_CANONICAL and symbol in tables.plt_offset:
        return tables.plt_offset[symbol][0].index, value
    if section >= 0:
        if section in ctx.merged:
            section = ctx.merged[section][2]
        out = ctx.sec_output[section]
        if out is None or not ctx.sec_live[section]:
            return -1, 0
        if ctx.sym_type[symbol] == STT_TLS:
            value -= tls
        return out.index, value
    if section == t.LINKER:
        out, offset, _ = ctx.linker_defined[symbol]
        return (out.index if out is not None and 0 <= offset <= out.size else SHN_ABS), value
    return SHN_ABS, value


def _globals(ctx: Context, tables: Tables, names: list[str], rows: list[Row], tls: int, retain: set[str] | None,
             rows_of: dict[int, int]) -> None:
    """Global symbols: what other files provide, and what is seen from outside."""
    numbers = section_numbers(ctx)
    homes, all_flags, kinds, visibilities = ctx.sym_section, ctx.sym_flags, ctx.sym_type, ctx.sym_visibility
    bindings, sizes, addresses, versions = ctx.sym_binding, ctx.sym_size, ctx.address, ctx.sym_version
    for symbol, name in [(symbol, ctx.sym_name[symbol]) for symbol in ctx.ids.values()]:
        if retain is not None and name not in retain:
            continue
        section, flags, kind, visibility = homes[symbol], all_flags[symbol], kinds[symbol], visibilities[symbol]
        title = shown(ctx, symbol) if symbol in versions else name
        if section == t.UNDEFINED or section == t.SHARED_OBJECT:
            _import(ctx, tables, symbol, title, names, rows, rows_of)
            continue
        if visibility in (1, 2) or flags & t.FORCED_LOCAL:
            continue
        if section >= 0 and kind < STT_TLS and not flags & t.NEEDS_CANONICAL:
            index, value = numbers[section], addresses[symbol]
        else:
            index, value = home(ctx, tables, symbol, tls)
            if is_ifunc(ctx, symbol) and flags & t.NEEDS_CANONICAL:
                kind = 2
        if index < 0:
            continue
        rows_of[symbol] = len(rows)
        rows.append((len(names), (bindings[symbol] or 1) << 4 | kind, visibility & 3, index, value, sizes[symbol]))
        names.append(title)


def _import(ctx: Context, tables: Tables, symbol: int, title: str, names: list[str], rows: list[Row],
            rows_of: dict[int, int]) -> None:
    row = imported(ctx, tables, symbol)
    if row is not None:
        rows_of[symbol] = len(rows)
        rows.append((len(names), *row))
        names.append(title)


def imported(ctx: Context, tables: Tables, symbol: int) -> tuple[int, int, int, int, int] | None:
    """The row, but for its name, of a symbol this file refers to and does not define."""
    section, flags = ctx.sym_section[symbol], ctx.sym_flags[symbol]
    if not flags & (t.REFERENCED | t.STRONG_REFERENCE) or (section == t.SHARED_OBJECT and not flags & t.IMPORTED):
        return None
    binding = 1 if flags & t.STRONG_REFERENCE else 2
    value = 0
    if flags & t.NEEDS_CANONICAL and symbol in tables.plt_offset:
        out, offset = tables.plt_offset[symbol]
        value = out.address + offset
    kind = ctx.sym_type[symbol]
    return binding << 4 | (2 if kind == 10 else kind), ctx.sym_visibility[symbol] & 3, 0, value, 0


def section_numbers(ctx: Context) -> list[int]:
    """Input section -> number of its output section; -1 for one that is gone. Merged sections have that of their block."""
    numbers = [out.index if out is not None and live else -1 for out, live in zip(ctx.sec_output, ctx.sec_live)]
    for section, (_, _, made) in ctx.merged.items():
        numbers[section] = numbers[made]
    return numbers
