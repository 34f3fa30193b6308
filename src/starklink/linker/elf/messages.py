"""Sentences about symbols and places: demangled names, source lines from debug information, who refers to what."""

from __future__ import annotations

from . import tables as t
from .tables import Context

SHOWN = 3
"""So many references are listed, the rest is counted."""


def definition_place(ctx: Context, file: int, section: int, value: int) -> str:
    """Where a definition lies: "a.o:(.text+0x10)", or the file for commons and absolute values."""
    if section >= 0:
        from .sourcelines import source_line

        line = source_line(ctx, section, value)
        return f"{line} ({ctx.place(section, value)})" if line else ctx.place(section, value)
    if file >= 0:
        return ctx.files[file].shown
    return "<internal>" if section != t.LINKER else "the linker"


def shown_name(ctx: Context, symbol: int) -> str:
    """A symbol for people: demangled if the options say so."""
    name = ctx.sym_name[symbol]
    if not name:
        section = ctx.sym_section[symbol]
        return f"section {ctx.sec_name[section]}" if section >= 0 else "a local symbol"
    if ctx.options.demangle and name.startswith("_Z"):
        from .demangle import demangle

        return demangle(name)
    return name
