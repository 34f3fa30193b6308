"""The text of `--help`, from the rows of the option table; build systems search it for the options they want to use."""

from __future__ import annotations

from .option_table import FLAG, GROUPS, IGNORED, JOINED, Z_KEYWORDS, Z_VALUES, Row

_COLUMN = 30

Z_TEXTS = {
    "now": "resolve all symbols when loaded", "lazy": "resolve functions when they are called (default)",
    "relro": "read-only after relocation (default)", "norelro": "no such segment",
    "execstack": "executable stack", "noexecstack": "stack that is not executable",
    "text": "relocations in read-only sections are errors", "notext": "they are allowed",
    "defs": "undefined symbols are errors in shared objects, too", "undefs": "they are not (default)",
    "muldefs": "of several definitions the first counts", "nocopyreloc": "no copies of a library's variables in the program",
    "separate-code": "code has pages of its own (default)", "noseparate-code": "pages may hold code and data",
    "pack-relative-relocs": "relative relocations as DT_RELR", "ibt": "say that indirect branches are marked",
    "shstk": "say that shadow stacks work", "ibtplt": "PLT with marked entries",
    "max-page-size": "alignment of segments", "common-page-size": "size of pages to save", "stack-size": "of the main thread",
    "start-stop-visibility": "of __start_ and __stop_ symbols", "cet-report": "of missing IBT and SHSTK: none, warning, error",
    "start-stop-gc": "__start_ symbols do not keep sections", "nodelete": "never unloaded", "nodlopen": "not for dlopen",
    "origin": "$ORIGIN is used", "initfirst": "initialised first", "interpose": "before all other libraries",
    "nodefaultlib": "no default search path", "nodump": "not for dldump", "global": "symbols for what is loaded later",
    "keep-text-section-prefix": "keep .text.hot and its like apart",
}  # fmt: skip


def help_text(name: str) -> str:
    """What `--help` prints; `name` is that of the program."""
    lines = [f"Usage: {name} [options] file...", "Links objects, archives and shared objects of x86-64 and i386.", ""]
    for title, rows in GROUPS:
        lines.append(f"{title}:")
        for row in rows:
            lines += _entry(_names(row), row.help)
        lines.append("")
    lines.append("Keywords of -z:")
    for keyword in Z_TEXTS:
        shown = f"-z {keyword}" + (f"={'SIZE' if 'size' in keyword else 'VALUE'}" if keyword in Z_VALUES else "")
        lines += _entry(shown, Z_TEXTS[keyword])
    rest = [keyword for keyword in Z_KEYWORDS if keyword not in Z_TEXTS]
    lines += ["", "Further keywords of -z:", *_wrapped(rest)]
    ignored = [("-" if len(one) == 1 else "--") + one for one in IGNORED]
    lines += ["", "Accepted and ignored, because they do not change the result:", *_wrapped(ignored)]
    lines += [
        "",
        "  @FILE                       words of FILE in its place",
        "",
        f"{name}: supported targets: elf64-x86-64 elf32-i386 binary ihex",
        f"{name}: supported emulations: elf_x86_64 elf_i386",
        "",
    ]
    return "\n".join(lines)


def _names(row: Row) -> str:
    shown = []
    for one in row.names.split():
        text = ("-" if len(one) == 1 or one in ("dn", "dy", "dT", "Ttext", "Tdata", "Tbss") else "--") + one
        if row.form == JOINED:
            text += f"[={row.meta}]"
        elif row.form != FLAG:
            text += (" " if len(one) == 1 else "=") + row.meta
        shown.append(text)
    return ", ".join(shown)


def _entry(names: str, text: str) -> list[str]:
    if len(names) < _COLUMN - 3:
        return [f"  {names:{_COLUMN - 3}} {text}"]
    return ["  " + names, " " * _COLUMN + text]


def _wrapped(words: list[str]) -> list[str]:
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) > 98:
            lines.append("  " + line)
            line = ""
        line += word + " "
    return [*lines, "  " + line.rstrip()]
