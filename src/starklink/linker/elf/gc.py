"""--gc-sections: what the roots reach through relocations stays (gABI section groups and SHF_LINK_ORDER go along)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...objwriter.elf.layouts import RECORDS
from . import tables as t
from .exports import globs
from .tables import Context

if TYPE_CHECKING:
    from collections.abc import Iterable

SHF_ALLOC, SHF_GNU_RETAIN = 2, 0x200000
KEPT_TYPES: Final = (7, 14, 15, 16)         # notes, init, fini and preinit arrays
_KEPT_NAMES: Final = (".init", ".fini", ".ctors", ".dtors", ".init_array", ".fini_array", ".preinit_array", ".jcr")


def collect(ctx: Context, roots: list[int], kept: Iterable[int] = ()) -> list[int]:
    """Drop the sections nothing reaches; the result is their ids. `roots` are symbols, `kept` sections (KEEP in scripts)."""
    kept = list(kept)
    marks = None
    if ctx.many:
        from .gc_bulk import mark_many

        marks = mark_many(ctx, roots, kept)
    live, reached = mark(ctx, roots, kept) if marks is None else marks
    for section, home in sorted(ctx.link_order.items()):
        if live[section] and ctx.sec_live[section] and home >= 0 and not live[home]:
            ctx.problems.append(f"{ctx.place(section, 0)}: sh_link points to the discarded section {ctx.place(home, 0)}")
    dead = [section for section, there in enumerate(ctx.sec_live) if there and not live[section]]
    for section in dead:
        ctx.sec_live[section] = 0
    for symbol in ctx.ids.values():
        if ctx.sym_flags[symbol] & t.IMPORTED and not reached[symbol]:
            ctx.sym_flags[symbol] &= ~t.IMPORTED        # only dead code refers to it: nobody looks it up when the program starts
    return dead


def mark(ctx: Context, roots: list[int], kept: list[int]) -> tuple[bytearray, bytearray]:
    """For every section and for every symbol, whether the roots reach it."""
    count = len(ctx.sec_name)
    live = bytearray(count)
    work: list[int] = []
    by_name: dict[str, list[int]] = {}
    dependents: dict[int, list[int]] = {}
    frames: list[int] = []
    for section in range(count):
        if not ctx.sec_live[section]:
            continue
        name, flags = ctx.sec_name[section], ctx.sec_flags[section]
        if name == ".eh_frame":
            frames.append(section)
            live[section] = 1
            continue
        if section in ctx.link_order:
            dependents.setdefault(ctx.link_order[section], []).append(section)
        if is_identifier(name):
            by_name.setdefault(name, []).append(section)
        if not flags & SHF_ALLOC:
            # Debug sections of dead code stay with tombstones; a group's debug section goes with its group.
            if flags & SHF_GNU_RETAIN:
                work.append(section)
            elif section not in ctx.sec_group and section not in ctx.link_order:
                live[section] = 1
            continue
        if flags & SHF_GNU_RETAIN or (ctx.sec_type[section] in KEPT_TYPES and section not in ctx.sec_group) or is_kept(name):
            work.append(section)
    work += kept
    reached = bytearray(len(ctx.sym_name))
    for symbol in roots:
        _reach(ctx, symbol, work, by_name, reached)
    record = RECORDS["rela", 64, "<"]
    frame_edges = _frame_edges(ctx, frames)
    while work:
        section = work.pop()
        if live[section]:
            continue
        live[section] = 1
        work += dependents.get(section, ())
        work += ctx.sec_group.get(section, ())
        symbols = ctx.files[ctx.sec_file[section]].symbols
        rela = ctx.sec_rela[section]
        if rela is not None and ctx.sec_flags[section] & SHF_ALLOC:
            for _, info, _ in record.iter_unpack(rela):
                if info >> 32 < len(symbols):
                    _reach(ctx, symbols[info >> 32], work, by_name, reached)
        for symbol in frame_edges.get(section, ()):
            _reach(ctx, symbol, work, by_name, reached)
    return live, reached


def is_identifier(name: str) -> bool:
    """Whether __start_NAME and __stop_NAME may stand for the bounds of a section."""
    return name.replace("_", "a").isalnum() and not name[:1].isdigit()


def is_kept(name: str) -> bool:
    """Whether a loaded section stays whoever refers to it, because of its name."""
    return name.startswith(_KEPT_NAMES) and (name in _KEPT_NAMES or name[name.find(".", 1):][:1] == ".")


def bounded(ctx: Context, symbol: int) -> str:
    """The name of the sections whose start or end a symbol is, if that keeps them; or nothing."""
    name = ctx.sym_name[symbol]
    return name.split("_", 3)[3] if name.startswith(("__start_", "__stop_")) and not ctx.options.start_stop_gc else ""


def _reach(ctx: Context, symbol: int, work: list[int], by_name: dict[str, list[int]], reached: bytearray) -> None:
    if reached[symbol]:
        return
    reached[symbol] = 1
    section = ctx.sym_section[symbol]
    if section >= 0:
        work.append(section)
    elif section == t.UNDEFINED or section == t.LINKER:
        work += by_name.get(bounded(ctx, symbol), ())


def _frame_edges(ctx: Context, frames: list[int]) -> dict[int, list[int]]:
    """Function section -> symbols its frame description mentions (the LSDA, and the personality routine of its CIE)."""
    from .ehframe import split_frames
    from .objects import InputError

    edges: dict[int, list[int]] = {}
    for section in frames:
        try:
            records = split_frames(ctx, section)
        except InputError as error:
            ctx.problems.append(str(error))
            continue
        for record in records:
            if record.function >= 0:
                edges.setdefault(record.function, []).extend(record.symbols)
    return edges


def root_symbols(ctx: Context) -> list[int]:
    """What must stay whatever refers to it: the entry, -u, init and fini functions, exported symbols."""
    options = ctx.options
    names = [options.entry or "_start", options.init, options.fini, *options.undefined, *options.required, *options.keep_symbols]
    roots = [ctx.ids[name] for name in names if name in ctx.ids]
    roots += [symbol for symbol in ctx.ids.values() if ctx.sym_flags[symbol] & t.EXPORTED]
    if options.undefined_globs:
        wanted = globs(options.undefined_globs)
        roots += [symbol for name, symbol in ctx.ids.items() if wanted(name)]
    if options.gc_keep_exported:
        roots += [symbol for symbol in ctx.ids.values() if ctx.sym_visibility[symbol] in (0, 3)]
    return roots
