"""The address of every symbol once the layout is known, and what the linker itself defines."""

from __future__ import annotations

from . import tables as t
from .exports import define_linker_symbol
from .got import Tables
from .layout import Frame, tls_block
from .merge import merged_offset
from .options import EXEC, RELOCATABLE, SHARED
from .tables import Context, Output

STT_SECTION = 3
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR, SHF_TLS = 1, 2, 4, 0x400
SHT_NOBITS = 8


def define_names(ctx: Context, tables: Tables, dynamic: bool) -> None:
    """Define the names GNU ld's default script and the linker itself provide, as far as somebody refers to them."""
    options = ctx.options
    if options.kind == RELOCATABLE:
        return
    table = ctx.ids.get("_GLOBAL_OFFSET_TABLE_", -1)
    if table >= 0 and ctx.sym_section[table] >= 0:
        ctx.problems.append("duplicate symbol: _GLOBAL_OFFSET_TABLE_\n>>> defined at "
                            f"{ctx.place(ctx.sym_section[table], ctx.sym_value[table])}\n>>> defined by the linker")
    define_linker_symbol(ctx, "_GLOBAL_OFFSET_TABLE_", None, 0, "got")
    define_linker_symbol(ctx, "_DYNAMIC", None, 0, "start:.dynamic" if dynamic else "zero")
    if not dynamic and ctx.ids.get("_DYNAMIC", -1) in ctx.linker_defined:       # a static program tests it for being there
        symbol = ctx.ids["_DYNAMIC"]
        del ctx.linker_defined[symbol]
        ctx.sym_section[symbol] = t.UNDEFINED
    define_linker_symbol(ctx, "__GNU_EH_FRAME_HDR", None, 0, "start:.eh_frame_hdr")
    if not (options.omagic or options.nmagic):      # else the headers are not loaded
        define_linker_symbol(ctx, "__ehdr_start", None, 0, "ehdr")
    define_linker_symbol(ctx, "__executable_start", None, 0, "ehdr", visibility=0)
    define_linker_symbol(ctx, "__dso_handle", None, 0, "start:.data")
    define_linker_symbol(ctx, "_TLS_MODULE_BASE_", None, 0, "tls")
    if not options.script and not options.script_text and options.layout is None:
        for name in ("preinit_array", "init_array", "fini_array"):
            define_linker_symbol(ctx, f"__{name}_start", None, 0, f"start:.{name}")
            define_linker_symbol(ctx, f"__{name}_end", None, 0, f"end:.{name}")
        for name, where in (("etext", "etext"), ("edata", "edata"), ("end", "end")):
            define_linker_symbol(ctx, name, None, 0, where, visibility=0)
            define_linker_symbol(ctx, f"_{name}", None, 0, where, visibility=0)
        define_linker_symbol(ctx, "__etext", None, 0, "etext", visibility=0)
        define_linker_symbol(ctx, "__bss_start", None, 0, "bss", visibility=0)
    prefix = ctx.machine.table.replace(".", "_")
    if options.kind == EXEC and not dynamic:
        define_linker_symbol(ctx, f"_{prefix}_iplt_start", tables.rela_plt, 0, "start")
        define_linker_symbol(ctx, f"_{prefix}_iplt_end", tables.rela_plt, 0, "end")
    else:
        for name in (f"_{prefix}_iplt_start", f"_{prefix}_iplt_end"):
            define_linker_symbol(ctx, name, None, 0, "absolute")
    words = {name for name in ctx.sec_name if name[:1] != "." and name.isidentifier() and name.isascii()}
    if words:
        words = {name for section, name in enumerate(ctx.sec_name)
                 if name in words and ctx.sec_live[section] and ctx.sec_flags[section] & SHF_ALLOC}
    for name in sorted(words):
        for stem, where in (("__start_", "start:"), ("__stop_", "end:")):
            define_linker_symbol(ctx, stem + name, None, 0, where + name, visibility=options.start_stop_visibility)


def settle(ctx: Context, frame: Frame, tables: Tables) -> None:
    """Turn what was said of linker-defined names into sections and offsets."""
    outputs = {out.name: out for out in reversed([*frame.outputs, *frame.inner])}
    loaded = [out for out in [*frame.outputs, *frame.inner] if out.flags & SHF_ALLOC]
    first = next((segment for segment in frame.segments if segment.headers), None)
    base = first.address if first is not None else min((out.address for out in loaded), default=0)
    for symbol, (known, offset, where) in list(ctx.linker_defined.items()):
        out: Output | None = known
        word, _, name = where.partition(":")
        if name:
            out = outputs.get(name)
            if out is None:
                ctx.linker_defined[symbol] = _nowhere(loaded)
                continue
            offset += out.size if word == "end" else 0
        elif where == "end" and out is not None:
            if out.address == 0:
                ctx.linker_defined[symbol] = _nowhere(loaded)
                continue
            offset += out.size
        elif where == "start" and out is not None:
            if out not in loaded:
                ctx.linker_defined[symbol] = _nowhere(loaded)
                continue
        elif where == "got":
            out = tables.gotplt if tables.gotplt.size else tables.got if tables.got in loaded else None
            if out is None or out not in loaded:
                ctx.linker_defined[symbol] = _nowhere(loaded)
                continue
        elif where == "ehdr":
            out = loaded[0] if loaded else None
            offset += base - (out.address if out else 0)
        elif where == "tls":
            out = next((one for one in loaded if one.flags & SHF_TLS), None)
            # In a program, accesses by the module's base become ones by the thread pointer: the distance to it must be 0.
            if out is not None and ctx.options.kind != SHARED:
                offset += tls_block(frame.outputs)[1] - out.address
        elif where in ("etext", "edata", "end", "bss"):
            out, edge = _edge(loaded, where)
            offset += edge
        ctx.linker_defined[symbol] = (out, offset, "start" if out is not None else "absolute")


def _nowhere(loaded: list[Output]) -> tuple[Output | None, int, str]:
    """Ends of what is not there: equal addresses, so that loops between them do nothing; in the image, for PC-relative code."""
    return (loaded[0], 0, "start") if loaded else (None, 0, "absolute")


def _edge(loaded: list[Output], where: str) -> tuple[Output | None, int]:
    if where == "etext":
        parts = [out for out in loaded if out.flags & SHF_EXECINSTR]
        return (parts[-1], parts[-1].size) if parts else (None, 0)
    if where == "bss":
        parts = [out for out in loaded
                 if out.type == SHT_NOBITS and out.flags & (SHF_WRITE | SHF_TLS) == SHF_WRITE and not out.relro]
        if parts:
            return parts[0], 0
    if where in ("edata", "bss"):
        parts = [out for out in loaded if out.type != SHT_NOBITS]
        return (parts[-1], parts[-1].size) if parts else (None, 0)
    parts = [out for out in loaded if not (out.type == SHT_NOBITS and out.flags & SHF_TLS)]
    if not parts:
        return None, 0
    last = max(parts, key=lambda out: out.address + out.size)
    return last, last.size


def addresses(ctx: Context, tables: Tables) -> None:
    """Fill `ctx.address`: 0 for what has none. A canonical PLT entry is the address of its symbol."""
    base = [out.address + offset if out is not None and live else -1
            for out, offset, live in zip(ctx.sec_output, ctx.sec_offset, ctx.sec_live)]
    values = ctx.sym_value
    merged, frames = ctx.merged, ctx.eh_frames
    pieces = bytearray(len(base))
    for section in [*merged, *frames]:
        pieces[section] = 1
    result, others = _moved(ctx, base, pieces)
    for symbol in others:
        section = ctx.sym_section[symbol]
        if section in merged:
            _, places, made = merged[section]
            # Nearly all of them are symbols of whole sections.
            offset = places[0] if not values[symbol] and places else merged_offset(ctx, section, values[symbol])[1]
            result[symbol] = base[made] + offset
        elif section in frames:
            out = ctx.sec_output[section]
            result[symbol] = (out.address if out else 0) + frame_offset(ctx, section, values[symbol])
        elif section == t.ABSOLUTE:
            result[symbol] = values[symbol]
        elif section == t.LINKER:
            out, offset, _ = ctx.linker_defined[symbol]
            result[symbol] = offset + (out.address if out is not None else 0)
    flags = ctx.sym_flags
    for symbol, (out, offset) in tables.plt_offset.items():
        if flags[symbol] & t.NEEDS_CANONICAL:
            result[symbol] = out.address + offset
    ctx.address = result


def _moved(ctx: Context, base: list[int], pieces: bytearray) -> tuple[list[int], list[int]]:
    """Addresses of symbols that moved with their section, and the symbols this is not all for."""
    if ctx.many:
        from .columns import sections_moved

        made = sections_moved(ctx, base, pieces)
        if made is not None:
            return made
    return ([base[section] + value if section >= 0 and base[section] >= 0 else 0
             for section, value in zip(ctx.sym_section, ctx.sym_value)],
            [symbol for symbol, section in enumerate(ctx.sym_section) if section < 0 or pieces[section]])


def frame_offset(ctx: Context, section: int, offset: int) -> int:
    """Where an offset of an .eh_frame section went."""
    from bisect import bisect_right

    starts, places, _ = ctx.eh_frames[section]
    at = max(0, bisect_right(starts, offset) - 1)
    return max(0, places[at]) + offset - starts[at]
