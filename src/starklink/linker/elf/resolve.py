"""Symbol resolution: who defines a name (gABI chapter 4, "Symbol Table"; GNU versions and --wrap).

A definition of a lower rank number wins: strong 1, common 2, weak 3, shared 4; of equal ranks the first in order. Archive
members and shared objects are taken in the order of the command line, wherever the reference stands: order does not matter to
what is found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import tables as t
from .tables import Context, File

if TYPE_CHECKING:
    from collections.abc import Iterable

STB_WEAK, STB_UNIQUE, STT_NOTYPE, STT_TLS = 2, 10, 0, 6
_NO_RANK: Final = 9


def rank(ctx: Context, symbol: int) -> int:
    """How strong the current definition is; 9 for none."""
    section = ctx.sym_section[symbol]
    if section >= 0 or section == t.ABSOLUTE:
        return 3 if ctx.sym_binding[symbol] == STB_WEAK else 1
    if section == t.COMMON:
        return 2
    if section == t.SHARED_OBJECT:
        return 4
    return 1 if section == t.LINKER else _NO_RANK


def globals_of(ctx: Context, file: File, number: int, plain: bool,
               rows: Iterable[tuple[str, int, int, int, int, int]]) -> list[int]:
    """The global symbols of an object (name, section, value, size, st_info, st_other) in order; their ids.

    `plain`: no name has a version and none is wrapped. Most symbols are names that are known and only referred to again.
    """
    ids, flags, first = ctx.ids, ctx.sym_flags, ctx.first_reference
    made: list[int] = []
    new: list[tuple[str, int, int, int, int, int, int, int, int]] = []
    known, following = len(ctx.sym_name), len(ctx.sym_name)
    for name, section, value, size, info, other in rows:
        if section == t.DROPPED:
            section = t.UNDEFINED
        symbol = ids.get(name, -1) if plain else known
        if symbol < 0:
            symbol = ids[name] = following
            following += 1
            if section == t.UNDEFINED:
                first[symbol] = number
                need = t.REFERENCED if info >> 4 == STB_WEAK else t.REFERENCED | t.STRONG_REFERENCE
                new.append((name, -1, section, value, size, info & 15, info >> 4, other & 3, need))
            else:
                new.append((name, number, section, value, size, info & 15, info >> 4, other & 3, 0))
        elif section == t.UNDEFINED and symbol < known and not other & 3 and info & 15 != STT_TLS and \
                (info >> 4 == STB_WEAK or flags[symbol] & t.STRONG_REFERENCE):
            flags[symbol] |= t.REFERENCED
            first.setdefault(symbol, number)
        else:
            if new:         # the rows so far may be what is mentioned again
                ctx.add_rows(new)
                new, known = [], following
            symbol = mention(ctx, file, number, name, section, value, size, info & 15, info >> 4, other & 3)
            known = following = len(ctx.sym_name)
        made.append(symbol)
    if new:
        ctx.add_rows(new)
    return made


def mention(ctx: Context, file: File, number: int, name: str, section: int, value: int, size: int, kind: int, binding: int,
            visibility: int) -> int:
    """A global symbol of an object: refer to its name, or offer a definition. The result is the symbol's id."""
    if "@" in name:
        name = _versioned(ctx, name, section)
    if section == t.UNDEFINED and ctx.options.wraps:
        if name in ctx.options.wraps:
            name = f"__wrap_{name}"
        elif name.startswith("__real_") and name[7:] in ctx.options.wraps:
            name = name[7:]
    symbol = ctx.ids.get(name)
    if symbol is None:
        symbol = ctx.ids[name] = len(ctx.sym_name)
        flags = 0
        if section == t.UNDEFINED:
            flags = t.REFERENCED | (t.STRONG_REFERENCE if binding != STB_WEAK else 0)
            ctx.first_reference[symbol] = number
        ctx.add_symbol(name, number if section != t.UNDEFINED else -1, section, value, size, kind, binding, visibility, flags)
        return symbol
    known = ctx.sym_visibility[symbol]
    if visibility and visibility != known:
        ctx.sym_visibility[symbol] = min(visibility, known) if known else visibility
    if section == t.UNDEFINED:
        flags = ctx.sym_flags[symbol]
        if binding != STB_WEAK:
            if not flags & t.STRONG_REFERENCE:
                flags |= t.STRONG_REFERENCE
                if ctx.sym_section[symbol] == t.UNDEFINED:
                    ctx.sym_binding[symbol] = binding
        ctx.sym_flags[symbol] = flags | t.REFERENCED
        ctx.first_reference.setdefault(symbol, number)
        if kind == STT_TLS and ctx.sym_section[symbol] == t.UNDEFINED:
            ctx.sym_type[symbol] = kind
        return symbol
    _offer(ctx, symbol, number, section, value, size, kind, binding)
    return symbol


def _versioned(ctx: Context, name: str, section: int) -> str:
    """`f@@V` defines f with the default version V; `f@V` is a name of its own; `f@@@V` is one or the other."""
    base, _, version = name.partition("@")
    if not version.strip("@"):
        return base
    if version.startswith("@@"):
        name = f"{base}@{version[1:]}" if section != t.UNDEFINED else f"{base}@{version[2:]}"
        version = name[len(base) + 1:]
    if not version.startswith("@"):
        return name
    symbol = ctx.global_id(base)
    ctx.sym_version[symbol] = version[1:]
    ctx.sym_flags[symbol] |= t.DEFAULT_VERSION
    return base


def _offer(ctx: Context, symbol: int, number: int, section: int, value: int, size: int, kind: int, binding: int) -> None:
    have = rank(ctx, symbol)
    offered = 2 if section == t.COMMON else 3 if binding == STB_WEAK else 1
    if ctx.options.warn_common and have <= 2 and offered <= 2:
        _tell_common(ctx, symbol, number, size, have, offered)
    if offered == have:
        if offered == 2:        # the largest common definition with the strictest alignment
            if size > ctx.sym_size[symbol]:
                ctx.sym_size[symbol] = size
                ctx.sym_file[symbol] = number
            ctx.sym_value[symbol] = max(ctx.sym_value[symbol], value)
            return
        if offered == 1:
            _duplicate(ctx, symbol, number, section, value, binding)
        return
    if offered > have:
        return
    ctx.sym_file[symbol] = number
    ctx.sym_section[symbol] = section
    ctx.sym_value[symbol] = value
    ctx.sym_size[symbol] = size
    ctx.sym_type[symbol] = kind
    ctx.sym_binding[symbol] = binding


def _tell_common(ctx: Context, symbol: int, number: int, size: int, have: int, offered: int) -> None:
    """--warn-common: every meeting of a common symbol with another one or with a definition."""
    name, old = ctx.sym_name[symbol], ctx.sym_size[symbol]
    new, before = ctx.files[number].shown, ctx.files[ctx.sym_file[symbol]].shown if ctx.sym_file[symbol] >= 0 else "the linker"
    if have == offered == 2:
        text = f"multiple common of {name}\n>>> the other is in {before}" if size == old else \
            f"common of {name} ({size} bytes) overriding the smaller common ({old} bytes) of {before}" if size > old else \
            f"common of {name} ({size} bytes) overridden by the larger common ({old} bytes) of {before}"
    elif offered == 2:
        text = f"common of {name} overridden by the definition in {before}"
    elif have == 2:
        text = f"definition of {name} overriding the common of {before}"
    else:
        return
    ctx.warnings.append(f"{new}: {text}")


def _duplicate(ctx: Context, symbol: int, number: int, section: int, value: int, binding: int) -> None:
    if ctx.options.multiple_definitions or binding == STB_UNIQUE:
        return
    if section == t.ABSOLUTE == ctx.sym_section[symbol] and ctx.sym_value[symbol] == value:
        return
    report_duplicate(ctx, symbol, number, section, value)


def report_duplicate(ctx: Context, symbol: int, number: int, section: int, value: int, name: str = "") -> None:
    """A second definition, in file `number`, of a symbol that has one."""
    from .messages import definition_place, shown_name

    ctx.duplicates.append(
        f"duplicate symbol: {name or shown_name(ctx, symbol)}\n"
        f">>> defined at {definition_place(ctx, ctx.sym_file[symbol], ctx.sym_section[symbol], ctx.sym_value[symbol])}\n"
        f">>> defined at {definition_place(ctx, number, section, value)}\n"
        f">>> hint: make one of them static or extern, or give -z muldefs")


def bind_shared(ctx: Context, symbol: int, file: int, row: int) -> None:
    """Let a shared object's definition stand for an undefined name."""
    _, value, size, kind, binding, _, version = ctx.files[file].dynsyms[row]
    ctx.sym_file[symbol] = file
    ctx.sym_section[symbol] = t.SHARED_OBJECT
    ctx.sym_value[symbol] = value
    ctx.sym_size[symbol] = size
    ctx.sym_type[symbol] = kind
    ctx.sym_binding[symbol] = binding if binding != STB_UNIQUE else 1
    if version:
        ctx.sym_version[symbol] = version
