"""The map of a link: which input sections and symbols lie where, in the columns GNU ld uses; cross references.

`rows(ctx)` is the common table; the text is made of it here, JSON and the page in `mappage.py`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from ...objwriter.elf.consts import STT_FILE, STT_SECTION
from . import tables as t
from .messages import shown_name
from .tables import Context, File, Output

if TYPE_CHECKING:
    from collections.abc import Iterator

SHF_ALLOC: Final = 2
MADE_HERE: Final = "<linker>"


class Part(NamedTuple):
    """An input section in an output section. Addresses and sizes in bytes; `symbols` are (address, size, name)."""

    name: str
    address: int
    size: int
    file: str
    symbols: list[tuple[int, int, str]]


class Place(NamedTuple):
    """An output section and what it is made of."""

    name: str
    address: int
    load: int
    offset: int
    size: int
    flags: int
    type: int
    align: int
    parts: list[Part]


def rows(ctx: Context) -> Iterator[Place]:
    """All output sections in order."""
    by_section: defaultdict[int, list[tuple[int, int, str]]] = defaultdict(list)
    names, sections, sizes, kinds = ctx.sym_name, ctx.sym_section, ctx.sym_size, ctx.sym_type
    by_output: defaultdict[int, list[tuple[int, int, str]]] = defaultdict(list)
    for symbol, section in enumerate(sections):
        if not names[symbol] or kinds[symbol] in (STT_SECTION, STT_FILE):
            continue
        if section >= 0:
            by_section[section].append((ctx.address[symbol], sizes[symbol], shown_name(ctx, symbol)))
        elif section == t.LINKER and symbol in ctx.linker_defined:
            out = ctx.linker_defined[symbol][0]
            if out is not None:
                by_output[id(out)].append((ctx.address[symbol], 0, names[symbol]))
    for out in ctx.outputs:
        parts = [_part(ctx, section, out, sorted(by_section.get(section, ()))) for section in _members(ctx, out)]
        parts.sort(key=lambda part: part.address)
        rest = out.size - sum(part.size for part in parts)
        made = sorted(by_output.get(id(out), ()))
        if (out.content is not None and rest > 0) or (made and not parts):
            parts.append(Part(out.name, out.address, max(rest, 0), MADE_HERE, made))
        elif made:
            parts = _with_symbols(parts, made)
        yield Place(out.name, out.address, out.physical if out.physical >= 0 else out.address, out.offset, out.size, out.flags,
                    out.type, out.align, parts)


def _with_symbols(parts: list[Part], made: list[tuple[int, int, str]]) -> list[Part]:
    last = parts[-1]
    return [*parts[:-1], last._replace(symbols=sorted([*last.symbols, *made]))]


def _members(ctx: Context, out: Output) -> list[int]:
    if out.members:
        return out.members
    # Merged sections and frames have no place of their own: they are listed where their output is.
    if out.name == ".eh_frame":
        return [section for section in ctx.eh_frames if ctx.sec_live[section]]
    return []


def _part(ctx: Context, section: int, out: Output, symbols: list[tuple[int, int, str]]) -> Part:
    size = ctx.sec_size[section]
    address = out.address + ctx.sec_offset[section]
    if section in ctx.eh_frames:
        starts, places, end = ctx.eh_frames[section]
        kept = [(place, (starts[at + 1] if at + 1 < len(starts) else end) - starts[at])
                for at, place in enumerate(places) if place >= 0]
        size = sum(length for _, length in kept)
        address = out.address + min((place for place, _ in kept), default=0)
    return Part(ctx.sec_name[section], address, size, owner(ctx, ctx.sec_file[section]), symbols)


def owner(ctx: Context, file: int) -> str:
    """The name of a file for maps."""
    return ctx.files[file].shown if file >= 0 else MADE_HERE


def text_map(ctx: Context, dropped: list[int], cross: bool = False) -> str:
    """The map as text: archive members and why they are there, discarded sections, memory map."""
    lines: list[str] = []
    _members_text(ctx, lines)
    _discarded_text(ctx, dropped, lines)
    lines += ["", "Memory Configuration", "", f"{'Name':16} {'Origin':18} {'Length':18} Attributes"]
    lines += [f"{'*default*':16} 0x{0:016x} 0x{(1 << 64) - 1:016x}", "", "Linker script and memory map", ""]
    lines += [f"LOAD {file.shown}" for file in ctx.files if file.kind != "internal"]
    for place in rows(ctx):
        lines.append("")
        lines.append(_columns(place.name, place.address, place.size)
                     + (f" load address 0x{place.load:016x}" if place.load != place.address else ""))
        for part in place.parts:
            lines.append(_columns(" " + part.name, part.address, part.size) + f" {part.file}")
            lines += [f"{'':16}0x{address:016x}{'':16}{name}" for address, _, name in part.symbols]
    lines.append(f"OUTPUT({ctx.options.output} elf64-x86-64)" if ctx.options.machine == "x86_64" else
                 f"OUTPUT({ctx.options.output} elf32-i386)")
    if cross:
        lines += ["", *cross_references(ctx)]
    return "\n".join(lines) + "\n"


def _columns(name: str, address: int, size: int) -> str:
    head = f"{name:16}" if len(name) < 16 else f"{name}\n{'':16}"
    return f"{head}0x{address:016x} {hex(size):>10}"


def _members_text(ctx: Context, lines: list[str]) -> None:
    taken = [file for file in ctx.files if file.archive]
    if not taken:
        return
    lines += ["Archive member included to satisfy reference by file (symbol)", ""]
    for file in taken:
        lines.append(f"{file.shown:29}" if len(file.shown) < 29 else f"{file.shown}\n{'':29}")
        lines[-1] += " " + reason(ctx, file)
    lines.append("")


def reason(ctx: Context, file: File) -> str:
    """Why an archive member is there: "main.o (printf)"."""
    symbol = ctx.ids.get(file.wanted_by, -1)
    first = ctx.first_reference.get(symbol, -1)
    asker = ctx.files[first].shown if first >= 0 else ""
    return f"{asker} ({file.wanted_by})" if asker else f"({file.wanted_by})"


def _discarded_text(ctx: Context, dropped: list[int], lines: list[str]) -> None:
    gone = sorted(set(dropped) | {section for section, live in enumerate(ctx.sec_live) if not live})
    gone = [section for section in gone if ctx.sec_size[section] and section not in ctx.merged]
    if gone:
        lines += ["Discarded input sections", ""]
        lines += [_columns(" " + ctx.sec_name[section], 0, ctx.sec_size[section]) + f" {owner(ctx, ctx.sec_file[section])}"
                  for section in gone]


def cross_references(ctx: Context) -> list[str]:
    """Lines of the table of --cref: every global name, the file that defines it, then those that mention it."""
    users: defaultdict[int, list[int]] = defaultdict(list)
    for number, file in enumerate(ctx.files):
        if file.kind == "object":
            for symbol in dict.fromkeys(file.symbols[file.first_global:]):
                users[symbol].append(number)
        for name, _, _ in file.undefined:
            if name in ctx.ids:
                users[ctx.ids[name]].append(number)
    lines = ["Cross Reference Table", "", f"{'Symbol':50}File"]
    for symbol in sorted(users, key=lambda one: ctx.sym_name[one]):
        name = shown_name(ctx, symbol)
        home = ctx.sym_file[symbol]
        files = [home] if home >= 0 else []
        files += [number for number in users[symbol] if number != home]
        for at, number in enumerate(files):
            label = f"{name:49}" if at == 0 else f"{'':49}"
            if len(label) > 49:
                lines.append(label)
                label = f"{'':49}"
            lines.append(f"{label} {ctx.files[number].shown}")
    return lines
