"""`--explain SYMBOL|SECTION`: where it came from, why it is in the output, where it went, and who refers to it.

    printf
      defined in libc.a(printf.o):(.text+0x0), 200 bytes, a global function
      lies at 0x401b30, 0x9f0 bytes into .text
      libc.a(printf.o) was taken because main.o needs printf
      referred to by main.o:(.text+0x15) in function main
"""

from __future__ import annotations

from collections import deque
from typing import Final

from ...objwriter.elf.layouts import RECORDS
from . import tables as t
from .messages import shown_name
from .references import described, places
from .tables import Context, File

SHOWN: Final = 12
_KINDS: Final = {0: "symbol", 1: "variable", 2: "function", 3: "section", 4: "file", 5: "common", 6: "thread-local variable",
                 10: "indirect function"}
_BINDINGS: Final = {0: "local", 1: "global", 2: "weak", 10: "unique"}
_VISIBILITIES: Final = ("", ", internal", ", hidden", ", protected")


def explain(ctx: Context, wanted: str, dropped: list[int]) -> str:
    """The text for a symbol (as in the files, or demangled) or an input or output section. Ends with a line feed."""
    lines: list[str] = []
    for symbol in _symbols(ctx, wanted):
        lines += _symbol(ctx, symbol, dropped)
    for section, name in enumerate(ctx.sec_name):
        if wanted in (name, ctx.place(section, 0).rsplit("+", 1)[0] + ")") and len(lines) < 400:
            lines += _section(ctx, section, dropped)
    for out in ctx.outputs:
        if out.name == wanted:
            lines += [f"output section {out.name}", f"  {out.size:#x} bytes at {out.address:#x}, file offset {out.offset:#x},"
                      f" made of {len(out.members)} input sections"]
    if not lines:
        from difflib import get_close_matches

        close = get_close_matches(wanted, [*ctx.ids, *set(ctx.sec_name)], 1, 0.7)
        return f"{wanted}: no symbol or section of this link" + (f"; did you mean {close[0]}?" if close else "") + "\n"
    return "\n".join(lines) + "\n"


def _symbols(ctx: Context, wanted: str) -> list[int]:
    found = [symbol for symbol, name in enumerate(ctx.sym_name) if name == wanted and ctx.sym_type[symbol] not in (3, 4)]
    if not found and not wanted.startswith("."):
        found = [symbol for symbol, name in enumerate(ctx.sym_name)
                 if name[:2] == "_Z" and shown_name(ctx, symbol).split("(")[0] == wanted.split("(")[0]]
    return found[:SHOWN]


def _symbol(ctx: Context, symbol: int, dropped: list[int]) -> list[str]:
    section, file = ctx.sym_section[symbol], ctx.sym_file[symbol]
    kind = (f"{_BINDINGS.get(ctx.sym_binding[symbol], 'odd')} {_KINDS.get(ctx.sym_type[symbol], 'symbol')}"
            f"{_VISIBILITIES[ctx.sym_visibility[symbol] & 3]}")
    size = f", {ctx.sym_size[symbol]} bytes" if ctx.sym_size[symbol] else ""
    lines = [shown_name(ctx, symbol)]
    if section >= 0:
        lines.append(f"  defined in {ctx.place(section, ctx.sym_value[symbol])}{size}, {kind}")
        lines += _whereabouts(ctx, section, ctx.address[symbol], dropped)
    elif section == t.UNDEFINED:
        lines.append(f"  defined nowhere, {kind}")
    elif section == t.SHARED_OBJECT:
        version = ctx.sym_version.get(symbol)
        lines.append(f"  defined in the shared object {ctx.files[file].shown}{f', version {version}' if version else ''}, {kind}")
        if ctx.address[symbol]:
            what = "a copy of it" if ctx.sym_flags[symbol] & t.NEEDS_COPY else "its PLT entry"
            lines.append(f"  {what} lies at {ctx.address[symbol]:#x}")
    elif section == t.ABSOLUTE:
        lines.append(f"  the number {ctx.sym_value[symbol]:#x}" + (f", from {ctx.files[file].shown}" if file >= 0 else ""))
    elif section == t.LINKER:
        lines.append(f"  defined by the linker, at {ctx.address[symbol]:#x}")
    if file >= 0:
        lines += _why_file(ctx, ctx.files[file])
    if section >= 0 and ctx.sec_live[section]:
        lines += _path(ctx, section)
    lines += _references(ctx, {symbol})
    return lines


def _section(ctx: Context, section: int, dropped: list[int]) -> list[str]:
    file = ctx.sec_file[section]
    lines = [f"section {ctx.place(section, 0).rsplit('+', 1)[0]}), {ctx.sec_size[section]} bytes"]
    out = ctx.sec_output[section]
    lines += _whereabouts(ctx, section, (out.address if out else 0) + ctx.sec_offset[section], dropped)
    if file >= 0:
        lines += _why_file(ctx, ctx.files[file])
        if ctx.sec_live[section]:
            lines += _path(ctx, section)
        lines += _references(ctx, {symbol for symbol in ctx.files[file].symbols if ctx.sym_section[symbol] == section})
    return lines


def _whereabouts(ctx: Context, section: int, address: int, dropped: list[int]) -> list[str]:
    out = ctx.sec_output[section]
    if section in dropped:
        return ["  left out by --gc-sections: nothing that is kept refers to it"]
    if out is None and section in ctx.merged:
        return [f"  merged with equal data, at {address:#x}"]
    if out is None or not ctx.sec_live[section]:
        return ["  not part of the output (a duplicate of a group, or discarded)"]
    if not out.flags & 2:
        return [f"  part of {out.name}, which is not loaded"]
    return [f"  lies at {address:#x}, {address - out.address:#x} bytes into {out.name}"]


def _why_file(ctx: Context, file: File) -> list[str]:
    """The chain of archive members back to something the command line names."""
    lines: list[str] = []
    seen: set[str] = set()
    while file.wanted_by and file.shown not in seen and len(lines) < SHOWN:
        seen.add(file.shown)
        if file.wanted_by.startswith("--"):
            return [*lines, f"  {file.shown} was taken because of {file.wanted_by}"]
        asker = ctx.first_reference.get(ctx.ids.get(file.wanted_by, -1), -1)
        if asker < 0:
            return [*lines, f"  {file.shown} was taken because the command line asks for {file.wanted_by}"]
        lines.append(f"  {file.shown} was taken because {ctx.files[asker].shown} needs {file.wanted_by}")
        file = ctx.files[asker]
    return lines


def _path(ctx: Context, section: int) -> list[str]:
    """With --gc-sections: how the section is reached from what must stay."""
    if not ctx.options.gc_sections:
        return []
    from .gc import root_symbols

    record = RECORDS["rela", 64, "<"]
    came: dict[int, tuple[int, int]] = {}
    work: deque[int] = deque()
    for symbol in root_symbols(ctx):
        home = ctx.sym_section[symbol]
        if home >= 0 and home not in came:
            came[home] = (-1, symbol)
            work.append(home)
    while work and section not in came:
        at = work.popleft()
        symbols, rela = ctx.files[ctx.sec_file[at]].symbols, ctx.sec_rela[at]
        for _, info, _ in record.iter_unpack(rela) if rela is not None else ():
            symbol = symbols[info >> 32] if info >> 32 < len(symbols) else -1
            home = ctx.sym_section[symbol] if symbol >= 0 else -1
            if home >= 0 and home not in came and ctx.sec_live[home]:
                came[home] = (at, symbol)
                work.append(home)
    if section not in came:
        return ["  kept because sections of its kind always are, or it says so itself"]
    names: list[str] = []
    while section >= 0:
        section, symbol = came[section]
        names.append(shown_name(ctx, symbol))
    return ["  kept because of " + " -> ".join(reversed(names))]


def _references(ctx: Context, symbols: set[int]) -> list[str]:
    lines: list[str] = []
    count = 0
    for _, section, offset in places(ctx, symbols):
        if not ctx.sec_flags[section] & 2:
            continue
        count += 1
        if count <= SHOWN:
            lines.append(f"  referred to by {described(ctx, section, offset)}")
    if count > SHOWN:
        lines.append(f"  and {count - SHOWN} more times")
    for file in ctx.files:
        if any(ctx.ids.get(name) in symbols for name, _, _ in file.undefined):
            lines.append(f"  needed by the shared object {file.shown}")
    return lines or ["  nothing refers to it"]
