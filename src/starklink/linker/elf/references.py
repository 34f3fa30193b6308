"""Who refers to a symbol: for messages and --explain. Looks through all relocations, so only when something is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...objwriter.elf.layouts import RECORDS
from . import tables as t
from .messages import SHOWN, shown_name
from .tables import Context

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_NEARBY: Final = 4000
"""With more names than this only those of the same first letter are compared."""
_LIBRARIES: Final = {"pthread_create": "-lpthread", "sqrt": "-lm", "sin": "-lm", "cos": "-lm", "pow": "-lm", "exp": "-lm",
                     "log": "-lm", "dlopen": "-ldl", "deflate": "-lz", "inflate": "-lz", "floor": "-lm", "ceil": "-lm",
                     "__gxx_personality_v0": "-lstdc++ (link with g++)", "_ZSt4cout": "-lstdc++ (link with g++)",
                     "_Znwm": "-lstdc++ (link with g++)", "__divti3": "-lgcc", "_Unwind_Resume": "-lgcc_eh or -lgcc_s",
                     "main": "a file that defines main", "__stack_chk_fail": "-lc or compile with -fno-stack-protector"}


def places(ctx: Context, wanted: Collection[int]) -> Iterator[tuple[int, int, int]]:
    """(symbol, section, offset) of every relocation of a live section against one of the symbols."""
    record = RECORDS["rela", 64, "<"]
    by_file: dict[int, dict[int, int]] = {}
    for number, file in enumerate(ctx.files):
        found = {row: symbol for row, symbol in enumerate(file.symbols) if symbol in wanted}
        if found:
            by_file[number] = found
    for section, number in enumerate(ctx.sec_file):
        mine = by_file.get(number)
        rela = ctx.sec_rela[section]
        if not mine or rela is None or not ctx.sec_live[section]:
            continue
        for offset, info, _ in record.iter_unpack(rela):
            if info >> 32 in mine:
                yield mine[info >> 32], section, offset

_KINDS: Final = ("", "internal ", "hidden ", "protected ")


def described(ctx: Context, section: int, offset: int) -> str:
    """A place for people: source line if debug information has one, the function around it, then file and offset."""
    from .sourcelines import source_line

    line = source_line(ctx, section, offset)
    file = ctx.files[ctx.sec_file[section]]
    inside = ""
    for symbol in file.symbols:
        if ctx.sym_section[symbol] == section and ctx.sym_type[symbol] == 2 and \
                ctx.sym_value[symbol] <= offset < ctx.sym_value[symbol] + max(1, ctx.sym_size[symbol]):
            inside = f" in function {shown_name(ctx, symbol)}"
            break
    where = ctx.place(section, offset)
    return (f"{line} ({where}){inside}" if line else f"{where}{inside}")


def undefined_message(ctx: Context, missing: list[int]) -> list[str]:
    """One text per missing symbol: the first references, how many more, and what may help."""
    seen: dict[int, list[str]] = {symbol: [] for symbol in missing}
    counts = dict.fromkeys(missing, 0)
    for symbol, section, offset in places(ctx, set(missing)):
        counts[symbol] += 1
        if counts[symbol] <= SHOWN:
            seen[symbol].append(f">>> referenced by {described(ctx, section, offset)}")
    texts = []
    for symbol in missing:
        required = ctx.sym_name[symbol] in ctx.options.required
        if not counts[symbol] and not required:         # declared, but no code or data needs it
            continue
        lines = [f"undefined {_KINDS[ctx.sym_visibility[symbol]]}symbol: {shown_name(ctx, symbol)}", *seen[symbol]]
        if counts[symbol] > SHOWN:
            lines.append(f">>> referenced {counts[symbol] - SHOWN} more times")
        elif not counts[symbol]:
            lines.append(">>> asked for by --require-defined")
        hint = _hint(ctx, symbol)
        texts.append("\n".join([*lines, *([f">>> {hint}"] if hint else [])]))
    return texts


def _hint(ctx: Context, symbol: int) -> str:
    name = ctx.sym_name[symbol]
    if ctx.sym_visibility[symbol] in (1, 2):
        for file in ctx.files:
            if name in file.exports:
                return f"hint: {file.shown} defines it, but it is declared hidden here"
    if name in _LIBRARIES:
        return f"hint: it may be missing {_LIBRARIES[name]}"
    if name.startswith("_ZTV"):
        return "hint: the key function (the first virtual function that is not inline) of the class is missing"
    known = [one for one, other in ctx.ids.items() if ctx.sym_section[other] not in (t.UNDEFINED,) and one[:1] == name[:1]]
    if len(known) > _NEARBY:
        return ""
    from difflib import get_close_matches

    if not name.startswith("_Z"):
        close = get_close_matches(name, known, 1, 0.8)
        return f"did you mean: {shown_name(ctx, ctx.ids[close[0]])}" if close else ""
    from .demangle import demangle

    # Mangled names are alike for their types; people mistake the name, or the types of the same name.
    stems: dict[str, str] = {}
    for one in known:
        if one != name:
            stems.setdefault(demangle(one).partition("(")[0], one)
    wanted = demangle(name).partition("(")[0]
    close = get_close_matches(wanted, stems, 1, 0.8)
    last = wanted.rpartition("::")[2]
    if not close or not get_close_matches(last, [close[0].rpartition("::")[2]], 1, 0.7) or ("~" in last) != ("~" in close[0]):
        return ""
    return f"did you mean: {shown_name(ctx, ctx.ids[stems[close[0]]])}"
