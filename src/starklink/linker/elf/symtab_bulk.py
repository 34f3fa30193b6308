"""The symbol table of a large output by columns: what `symtab` does symbol by symbol.

A row is a symbol id; rows that are not a plain address of this output go through `symtab.home` and `symtab.imported`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from . import symtab as s
from . import tables as t
from .columns import Column, symbol_columns
from .got import Tables
from .sections import file_order
from .tables import Context

_SYM: Final = np.dtype([("name", "<u4"), ("info", "u1"), ("other", "u1"), ("section", "<u2"), ("value", "<i8"), ("size", "<u8")])


class _Symbols:
    """Columns of all symbols, and the number and value each has in the output (-1: none)."""

    def __init__(self, ctx: Context) -> None:
        columns = symbol_columns(ctx)
        self.section, self.kind, self.flags = columns.section, columns.kind, columns.flags
        self.visibility = np.array(ctx.sym_visibility, dtype=np.int64)
        inside = self.section >= 0
        self.plain = inside & (self.kind < s.STT_TLS) & (self.flags & t.NEEDS_CANONICAL == 0)
        numbers = np.array(s.section_numbers(ctx), dtype=np.int64)
        self.number = np.full(len(inside), -1)
        self.number[inside] = numbers[self.section[inside]]
        self.value = columns.address.copy()


class _Table:
    """The symbol table in the making; each part has one value per row."""

    def __init__(self) -> None:
        self.names: list[str] = [""]
        self.parts: list[Any] = [np.zeros(1, dtype=_SYM)]
        self.count = 1

    def add(self, names: list[str], listed: Column, rows: Column) -> None:
        """Rows; `listed` are the numbers of their names among `names`."""
        rows["name"] = listed + len(self.names)
        self.names += names
        self.parts.append(rows)
        self.count += len(rows)

    def packed(self) -> tuple[bytearray, bytearray]:
        """The table and its strings."""
        table = np.concatenate(self.parts)
        text = "\0".join(self.names)
        encoded = text.encode("utf-8", "surrogateescape")
        widths = map(len, self.names) if text.isascii() else (len(name.encode("utf-8", "surrogateescape")) for name in self.names)
        place = np.zeros(len(self.names) + 1, dtype=np.int64)
        np.cumsum(np.fromiter(widths, dtype=np.int64, count=len(self.names)) + 1, out=place[1:])
        table["name"] = place[table["name"]]
        return bytearray(table.tobytes()), bytearray(encoded + b"\0")


def symbols_by_columns(ctx: Context, tables: Tables, tls: int) -> tuple[bytearray, bytearray, int] | None:
    """The table, its strings and the number of local rows; None for outputs `symtab` makes row by row."""
    options = ctx.options
    if options.emit_relocs or options.retain_symbols or len(ctx.outputs) >= s.SHN_LORESERVE - 8:
        return None
    symbols, table = _Symbols(ctx), _Table()
    if options.discard != "all":
        _add_locals(ctx, tables, tls, symbols, table)
    ids = np.fromiter(ctx.ids.values(), dtype=np.int64, count=len(ctx.ids))
    section, visibility = symbols.section[ids], symbols.visibility[ids]
    hidden = (visibility == 1) | (visibility == 2) | (symbols.flags[ids] & t.FORCED_LOCAL != 0)
    there = section != t.UNDEFINED
    _add_globals(ctx, tables, tls, symbols, table, ids[there & hidden], True)
    local = table.count
    foreign = ~there | (section == t.SHARED_OBJECT)
    _add_globals(ctx, tables, tls, symbols, table, ids[foreign | ~hidden], False)
    content, strings = table.packed()
    return content, strings, local


def _rows(ctx: Context, symbols: _Symbols, ids: Column, info: Column) -> Column:
    """Rows of plain symbols."""
    rows = np.zeros(len(ids), dtype=_SYM)
    rows["info"], rows["other"] = info, symbols.visibility[ids] & 3
    rows["section"], rows["value"] = symbols.number[ids], symbols.value[ids]
    sizes = ctx.sym_size
    rows["size"] = np.array([sizes[symbol] for symbol in ids.tolist()], dtype=np.uint64)
    return rows


def _settle(ctx: Context, tables: Tables, tls: int, symbols: _Symbols, ids: Column) -> None:
    """Numbers and values of symbols that are not plain."""
    for symbol in ids[~symbols.plain[ids]].tolist():
        symbols.number[symbol], value = s.home(ctx, tables, symbol, tls)
        symbols.value[symbol] = value - (1 << 64) if value >> 63 == 1 else value


def _add_locals(ctx: Context, tables: Tables, tls: int, symbols: _Symbols, table: _Table) -> None:
    files = [ctx.files[number] for number in file_order(ctx) if ctx.files[number].kind == "object"]
    counts = np.array([max(file.first_global, 0) for file in files], dtype=np.int64)
    start = np.array([file.first_local_id for file in files], dtype=np.int64)
    owner = np.repeat(np.arange(len(files)), counts)
    ids = start[owner] + np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner]
    name = ctx.sym_name
    named = np.fromiter(map(bool, [name[symbol] for symbol in ids.tolist()]), dtype=bool, count=len(ids))
    is_file = named & (symbols.kind[ids] == s.STT_FILE)
    section = symbols.section[ids]
    stays = named & ~is_file & (symbols.kind[ids] != s.STT_SECTION) & ((section >= 0) | (section == t.ABSOLUTE))
    live = np.frombuffer(bytes(ctx.sec_live), dtype=np.uint8)
    stays[stays & (section >= 0)] = live[section[stays & (section >= 0)]] != 0
    discard = ctx.options.discard
    if discard != "none":
        shared = np.array(ctx.sec_flags, dtype=np.uint64) & np.uint64(s.SHF_MERGE) != 0
        asked = np.flatnonzero(stays & ((section >= 0) & shared[np.maximum(section, 0)] if discard != "locals" else stays))
        stays[asked[[name[symbol].startswith(".L") for symbol in ids[asked].tolist()]]] = False
    _settle(ctx, tables, tls, symbols, ids[stays])
    stays &= symbols.number[ids] >= 0
    # The name of a source file stands before the first of its symbols that stays; all names are in the table of strings.
    is_file &= ctx.options.strip != "debug"
    order = np.flatnonzero(is_file | stays)
    ids, owner, is_file = ids[order], owner[order], is_file[order]
    used = ~is_file
    used[:-1] |= is_file[:-1] & ~is_file[1:] & (owner[1:] == owner[:-1])
    rows = _rows(ctx, symbols, ids, symbols.kind[ids])
    for field, value in (("other", 0), ("section", s.SHN_ABS), ("value", 0), ("size", 0)):
        rows[field][is_file] = value
    table.add([name[symbol] for symbol in ids.tolist()], np.flatnonzero(used), rows[used])


def _add_globals(ctx: Context, tables: Tables, tls: int, symbols: _Symbols, table: _Table, ids: Column, local: bool) -> None:
    """Global symbols, as local ones if the output keeps them to itself."""
    foreign = np.zeros(len(ids), dtype=bool) if local else \
        (symbols.section[ids] == t.UNDEFINED) | (symbols.section[ids] == t.SHARED_OBJECT)
    _settle(ctx, tables, tls, symbols, ids[~foreign])
    kind = symbols.kind[ids]
    if not local:       # the PLT entry of an indirect function is a function
        kind[(kind == 10) & (symbols.section[ids] >= 0) & (symbols.flags[ids] & (t.NEEDS_CANONICAL | t.IMPORTED) ==
                                                           t.NEEDS_CANONICAL)] = 2
        bindings = ctx.sym_binding
        kind |= np.array([bindings[symbol] or 1 for symbol in ids.tolist()], dtype=np.int64) << 4
    stays = symbols.number[ids] >= 0
    rows = _rows(ctx, symbols, ids, kind)
    for at, symbol in zip(np.flatnonzero(foreign).tolist(), ids[foreign].tolist()):
        made = s.imported(ctx, tables, symbol)
        stays[at] = made is not None
        if made is not None:
            rows[at] = (0, *made)
    name, versions = ctx.sym_name, ctx.sym_version
    ids = ids[stays]
    names = [name[symbol] for symbol in ids.tolist()]
    if versions:
        for at in np.flatnonzero(np.isin(ids, np.fromiter(versions, dtype=np.int64, count=len(versions)))).tolist():
            names[at] = s.shown(ctx, int(ids[at]))
    table.add(names, np.arange(len(ids)), rows[stays])
