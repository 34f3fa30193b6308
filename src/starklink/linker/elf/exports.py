"""What crosses the border of the output: undefined names, what is exported, what the dynamic linker may replace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import tables as t
from .options import EXEC, PIE, RELOCATABLE, SHARED
from .tables import Context, Output

if TYPE_CHECKING:
    from collections.abc import Callable

STT_OBJECT, STT_FUNC, STT_COMMON, STT_TLS, STT_IFUNC = 1, 2, 5, 6, 10
STV_DEFAULT, STV_INTERNAL, STV_HIDDEN, STV_PROTECTED = 0, 1, 2, 3
SHT_NOBITS, SHF_WRITE, SHF_ALLOC, SHF_TLS = 8, 1, 2, 0x400


def is_dynamic(ctx: Context) -> bool:
    """Whether the output has a dynamic section."""
    options = ctx.options
    if options.kind in (PIE, SHARED):
        return True
    return options.kind == EXEC and not options.static and any(file.kind == "shared" for file in ctx.files)


def place_commons(ctx: Context) -> None:
    """Give every common symbol a place in a section named COMMON of its file, so that layout and scripts can place it."""
    symbols = [symbol for symbol in ctx.ids.values() if ctx.sym_section[symbol] == t.COMMON]
    order = ctx.options.sort_common
    if order:
        symbols.sort(key=lambda symbol: ctx.sym_value[symbol], reverse=order != "ascending")
    for symbol in symbols:
        flags = SHF_ALLOC | SHF_WRITE
        name = "COMMON"
        if ctx.sym_type[symbol] == STT_TLS:
            flags |= SHF_TLS
            name = ".tcommon"
        align = max(1, ctx.sym_value[symbol])
        if align & (align - 1):
            ctx.problems.append(f"{ctx.files[ctx.sym_file[symbol]].shown}: common symbol {ctx.sym_name[symbol]} has the "
                                f"alignment {align}, which is no power of two")
            align = 1
        section = ctx.add_section(ctx.sym_file[symbol], 0, name, SHT_NOBITS, flags, align, ctx.sym_size[symbol], 0, b"")
        ctx.sym_section[symbol], ctx.sym_value[symbol] = section, 0
        if ctx.sym_type[symbol] == STT_COMMON:
            ctx.sym_type[symbol] = STT_OBJECT


def define_linker_symbol(ctx: Context, name: str, out: Output | None, offset: int = 0, where: str = "start",
                         visibility: int = STV_HIDDEN, force: bool = False) -> int:
    """Define a name the inputs refer to but do not define; -1 if nobody does (unless `force`).

    `where`: "start" or "end" of `out` plus offset, or "absolute" (the offset is the value).
    """
    symbol = ctx.ids.get(name, -1)
    if symbol < 0:
        if not force:
            return -1
        symbol = ctx.global_id(name)
    section = ctx.sym_section[symbol]
    if section not in (t.UNDEFINED, t.SHARED_OBJECT) or (section == t.SHARED_OBJECT and not ctx.sym_flags[symbol] & t.REFERENCED):
        return -1
    ctx.sym_section[symbol] = t.LINKER
    ctx.sym_file[symbol] = -1
    ctx.sym_binding[symbol] = 1
    ctx.sym_type[symbol] = 0
    ctx.sym_size[symbol] = 0
    if not ctx.sym_visibility[symbol] and visibility:
        ctx.sym_visibility[symbol] = visibility
    if not visibility:
        ctx.sym_flags[symbol] |= t.ASSIGNED
    ctx.linker_defined[symbol] = (out, offset, where)
    return symbol


def globs(patterns: list[str]) -> Callable[[str], bool]:
    """A test for names against patterns with * ? and [...]; exact names are looked up."""
    exact = {pattern for pattern in patterns if not any(mark in pattern for mark in "*?[")}
    wild = [pattern for pattern in patterns if pattern not in exact]
    if not wild:
        return exact.__contains__
    from ..script.globs import compiled

    tests = [compiled(pattern).match for pattern in wild]
    return lambda name: name in exact or any(test(name) is not None for test in tests)


def decide(ctx: Context, dynamic_names: Callable[[str], bool] | None = None,
           exported_names: Callable[[str], bool] | None = None) -> None:
    """Set EXPORTED and IMPORTED for every global symbol and report what is missing. The functions tell the names of dynamic
    lists, and those --export-dynamic-symbol and its list ask for."""
    options = ctx.options
    dynamic = is_dynamic(ctx)
    shared = options.kind == SHARED
    by_list, exported = dynamic_names or (lambda name: False), exported_names or globs(options.export_symbols)
    excluded = _excluded(ctx)
    missing: list[int] = []
    for name, symbol in ctx.ids.items():
        section = ctx.sym_section[symbol]
        flags = ctx.sym_flags[symbol]
        visibility = ctx.sym_visibility[symbol]
        if section == t.SHARED_OBJECT:
            if flags & t.REFERENCED:
                ctx.sym_flags[symbol] = flags | t.IMPORTED
            continue
        if section == t.UNDEFINED:
            if not flags & t.REFERENCED and not flags & t.STRONG_REFERENCE:
                continue
            if not flags & t.STRONG_REFERENCE:
                asked = options.dynamic_undefined_weak
                if asked is None:       # in a program an undefined thread-local offset is a constant
                    asked = shared or (bool(options.dynamic_linker) and ctx.sym_type[symbol] != STT_TLS)
                if dynamic and visibility == STV_DEFAULT and asked:
                    ctx.sym_flags[symbol] = flags | t.IMPORTED
                    ctx.weak_undefined.append(symbol)
                continue
            if shared and not options.no_undefined and visibility == STV_DEFAULT and options.unresolved != "report-all":
                ctx.sym_flags[symbol] = flags | t.IMPORTED
            elif options.kind != RELOCATABLE:
                missing.append(symbol)
            continue
        if ctx.sym_file[symbol] in excluded:
            ctx.sym_flags[symbol] |= t.FORCED_LOCAL
            continue
        if not dynamic or visibility in (STV_INTERNAL, STV_HIDDEN) or flags & t.FORCED_LOCAL:
            continue
        if section == t.LINKER and not flags & (t.SHARED_REFERENCE | t.ASSIGNED):
            continue
        if shared or options.export_dynamic or flags & t.SHARED_REFERENCE or exported(name) or by_list(name):
            flags |= t.EXPORTED
            if shared and visibility == STV_DEFAULT and section != t.LINKER and not _symbolic(ctx, symbol, by_list(name)):
                flags |= t.IMPORTED
            ctx.sym_flags[symbol] = flags
    if not shared:        # relaxed thread-local code does not call it
        missing = [symbol for symbol in missing if ctx.sym_name[symbol] not in ("__tls_get_addr", "___tls_get_addr")]
    ctx.missing = (missing + [ctx.ids[name] for name in options.required
                            if ctx.sym_section[ctx.ids[name]] == t.UNDEFINED and ctx.ids[name] not in missing])
    if options.unresolved in ("ignore-all", "ignore-in-object-files") and shared:       # in a program they are 0
        for symbol in ctx.missing:
            ctx.sym_flags[symbol] |= t.IMPORTED if not ctx.sym_visibility[symbol] else 0
    if options.shlib_undefined is False or (not shared and options.shlib_undefined is None and options.kind != RELOCATABLE):
        _check_shared(ctx)


def _symbolic(ctx: Context, symbol: int, listed: bool) -> bool:
    mode = ctx.options.symbolic
    if not mode or listed:
        options = ctx.options
        return bool(options.dynamic_lists or options.dynamic_list_data or options.dynamic_list_new or
                    options.dynamic_list_typeinfo) and not listed
    if "functions" in mode and ctx.sym_type[symbol] not in (STT_FUNC, STT_IFUNC):
        return False
    return not ("non-weak" in mode and ctx.sym_binding[symbol] == 2)


def _excluded(ctx: Context) -> set[int]:
    """Files of archives named by --exclude-libs."""
    names = set(ctx.options.exclude_libs)
    if not names:
        return set()
    return {number for number, file in enumerate(ctx.files)
            if file.archive and ("ALL" in names or file.archive.rsplit("/", 1)[-1] in names)}


def report_missing(ctx: Context) -> None:
    """Undefined symbols that live sections need."""
    options = ctx.options
    ignored = set(options.ignored_undefined)
    missing = [symbol for symbol in ctx.missing if ctx.sym_name[symbol] not in ignored]
    if options.unresolved in ("ignore-all", "ignore-in-object-files"):      # no other image can define what is not visible to it
        missing = [symbol for symbol in missing if ctx.sym_visibility[symbol] != STV_DEFAULT and is_dynamic(ctx)]
    if not missing:
        return
    from .references import undefined_message

    hidden = [symbol for symbol in missing if ctx.sym_visibility[symbol]]     # no other image can define them
    ctx.problems += undefined_message(ctx, hidden) if hidden and options.warn_unresolved else []
    if options.warn_unresolved:
        missing = [symbol for symbol in missing if not ctx.sym_visibility[symbol]]
    texts = undefined_message(ctx, missing)
    (ctx.warnings if options.warn_unresolved or options.no_inhibit_exec else ctx.problems).extend(texts)


def _check_shared(ctx: Context) -> None:
    """Undefined names of shared inputs, as far as all they need is here (as lld and mold do)."""
    options = ctx.options
    if options.static:
        return
    names = {file.soname for file in ctx.files if file.kind == "shared"}
    exported: set[str] = set()
    for file in ctx.files:
        if file.kind == "shared":
            exported.update(file.exports)
    for file in ctx.files:
        if file.kind != "shared" or (file.as_needed and not file.used) or not all(need in names for need in file.needed):
            continue
        for name, weak, version in file.undefined:
            if weak or name in exported or (version and f"{name}@{version}" in exported):
                continue
            symbol = ctx.ids.get(name, -1)
            if symbol >= 0 and ctx.sym_section[symbol] != t.UNDEFINED:
                if ctx.sym_visibility[symbol] in (STV_INTERNAL, STV_HIDDEN) or ctx.sym_flags[symbol] & t.FORCED_LOCAL:
                    owner = ctx.files[ctx.sym_file[symbol]].shown if ctx.sym_file[symbol] >= 0 else "the linker"
                    _shared_problem(ctx, f"non-exported symbol {name} in {owner} is referenced by the shared object {file.shown}"
                                         "\n>>> hint: give it default visibility and keep it out of `local:` of version scripts")
                continue
            text = (f"undefined symbol: {name}\n>>> referenced by the shared object {file.shown}\n"
                    ">>> hint: link the library that defines it, or give --allow-shlib-undefined")
            _shared_problem(ctx, text)


def _shared_problem(ctx: Context, text: str) -> None:
    options = ctx.options
    (ctx.warnings if options.warn_unresolved or options.no_inhibit_exec else ctx.problems).append(text)
