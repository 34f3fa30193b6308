"""Version scripts and dynamic lists applied to symbols (GNU ld manual, "VERSION Command")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import LinkError
from . import tables as t
from .exports import globs
from .resolve import rank, report_duplicate
from .tables import Context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..script.versions import VersionScript

_NEW_NAMES: Final = ("_Znw", "_Zna", "_Zdl", "_Zda")
_TYPE_NAMES: Final = ("_ZTI", "_ZTS")
_DATA: Final = (1, 5)           # STT_OBJECT, STT_COMMON
Nodes = list[tuple[str, list[str]]]
"""Version names with the versions they continue, in order."""


def read_text(path: str) -> str:
    """A script's text. Raises LinkError."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError as error:
        raise LinkError([f"cannot open {path}: {error.strerror}"]) from error


def apply_versions(ctx: Context, texts: Iterable[tuple[str, str]]) -> Nodes:
    """Give defined global symbols their version or make them local, as the scripts (name, text) say. Raises LinkError."""
    nodes: Nodes = []
    script = _read(ctx, texts)
    if script is not None:
        from ..script.versions import version_matcher
        from .demangle import demangle

        find = version_matcher(script, demangle)
        nodes = [(node.name, list(node.parents)) for node in script.nodes if node.name]
        for title, symbol in ctx.ids.items():
            section = ctx.sym_section[symbol]
            if section in (t.UNDEFINED, t.SHARED_OBJECT) or "@" in title:
                continue
            found = find(title)
            if found is None or (ctx.sym_flags[symbol] & t.DEFAULT_VERSION and not found[1]):
                continue
            version, local = found
            if local:
                if not ctx.sym_flags[symbol] & t.DEFAULT_VERSION:
                    ctx.sym_flags[symbol] |= t.FORCED_LOCAL
            elif version and _same_place(ctx, symbol, ctx.ids.get(f"{title}@{version}", -1)):
                ctx.sym_flags[symbol] |= t.FORCED_LOCAL         # the inputs give the thing that version, and not as the default
            elif version:
                ctx.sym_version[symbol] = version
    if ctx.options.default_symver:
        own = ctx.options.soname or ctx.options.output.rsplit("/", 1)[-1]
        nodes.append((own, []))
        for title, symbol in ctx.ids.items():
            if ctx.sym_section[symbol] not in (t.UNDEFINED, t.SHARED_OBJECT) and "@" not in title:
                ctx.sym_version.setdefault(symbol, own)
    known = {name for name, _ in nodes}
    if nodes:
        _check_suffixes(ctx, known)
    _unify(ctx)
    return nodes


def _read(ctx: Context, texts: Iterable[tuple[str, str]]) -> VersionScript | None:
    """The scripts as one: what one of them exports, the `local: *` of another does not hide. Raises LinkError."""
    joined: VersionScript | None = None
    for name, text in texts:
        from ..script.versions import parse_version_script
        from .demangle import demangle

        script = parse_version_script(name, text)
        if not ctx.options.undefined_version:
            _check_names(ctx, name, script, demangle)
        if joined is None:
            joined = script
            continue
        joined.nodes += script.nodes
        if len({bool(node.name) for node in joined.nodes}) > 1:
            raise LinkError([f"{name}: versions without and with a name cannot be combined\n>>> hint: give every node of the "
                             "version scripts a name"])
    return joined


def _unify(ctx: Context) -> None:
    """`f@V` and `f@@V` are one symbol: one of the definitions stands for both, and two strong ones are too many."""
    for title, other in list(ctx.ids.items()):
        base, _, version = title.partition("@")
        symbol = ctx.ids.get(base, -1) if version else -1
        if symbol < 0 or not ctx.sym_flags[symbol] & t.DEFAULT_VERSION or ctx.sym_version.get(symbol) != version:
            continue
        if max(rank(ctx, symbol), rank(ctx, other)) > 3 or _same_place(ctx, symbol, other):
            continue
        if rank(ctx, symbol) == rank(ctx, other) == 1:
            report_duplicate(ctx, symbol, ctx.sym_file[other], ctx.sym_section[other], ctx.sym_value[other], f"{base}@@{version}")
            continue
        winner, loser = (other, symbol) if rank(ctx, other) < rank(ctx, symbol) else (symbol, other)
        for column in (ctx.sym_file, ctx.sym_section, ctx.sym_value, ctx.sym_size, ctx.sym_type, ctx.sym_binding):
            column[loser] = column[winner]
        ctx.sym_flags[other] |= t.FORCED_LOCAL


def _same_place(ctx: Context, one: int, other: int) -> bool:
    return other >= 0 and ctx.sym_section[one] == ctx.sym_section[other] >= 0 and ctx.sym_value[one] == ctx.sym_value[other]


def _check_names(ctx: Context, path: str, script: VersionScript, demangle: Callable[[str], str]) -> None:
    """--no-undefined-version: what a script exports by name must be there."""
    defined = {name for name, symbol in ctx.ids.items() if ctx.sym_section[symbol] not in (t.UNDEFINED, t.SHARED_OBJECT)}
    bare = {name.partition("@")[0] for name in defined}
    shown: set[str] | None = None
    for node in script.nodes:
        for pattern in node.globals:
            if not pattern.literal:
                continue
            if pattern.language == "C":
                found = pattern.text in bare
            else:
                shown = {demangle(name) for name in bare} if shown is None else shown
                found = pattern.text in shown
            if not found:
                ctx.problems.append(f"{path}: version script assignment of {node.name or 'global'} to symbol {pattern.text} "
                                    "failed: symbol not defined\n>>> hint: take it out of the script; or --undefined-version")


def _check_suffixes(ctx: Context, known: set[str]) -> None:
    for title, symbol in ctx.ids.items():
        if "@" not in title or ctx.sym_section[symbol] in (t.UNDEFINED, t.SHARED_OBJECT):
            continue
        version = title.partition("@")[2]
        if version not in known:
            ctx.problems.append(f"{ctx.files[ctx.sym_file[symbol]].shown}: symbol {title} has the version {version}, which no "
                                "version script defines")


def exported_names(ctx: Context) -> Callable[[str], bool]:
    """Whether --export-dynamic-symbol or one of the lists of --export-dynamic-symbol-list names it. Raises LinkError."""
    wanted = globs(ctx.options.export_symbols)
    if not ctx.options.export_lists:
        return wanted
    listed = _listed(ctx.options.export_lists)
    return lambda name: wanted(name) or listed(name)


def dynamic_names(ctx: Context) -> Callable[[str], bool]:
    """Whether a name is in one of the dynamic lists. Raises LinkError."""
    options = ctx.options
    listed = _listed(options.dynamic_lists)
    if not (options.dynamic_list_data or options.dynamic_list_new or options.dynamic_list_typeinfo):
        return listed
    stems = (_NEW_NAMES if options.dynamic_list_new else ()) + (_TYPE_NAMES if options.dynamic_list_typeinfo else ())

    def more(name: str) -> bool:
        return listed(name) or name.startswith(stems) or (options.dynamic_list_data and ctx.sym_type[ctx.ids[name]] in _DATA)

    return more


def _listed(paths: Iterable[str]) -> Callable[[str], bool]:
    if not paths:
        return lambda name: False
    from ..script.versions import list_matcher, parse_dynamic_list
    from .demangle import demangle

    patterns = [pattern for path in paths for pattern in parse_dynamic_list(path, read_text(path))]
    return list_matcher(patterns, demangle)
