"""What a link writes besides its output: maps, cross references, dependencies, explanations, a tar file to reproduce it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from ..support.files import write_file

if TYPE_CHECKING:
    from ..linker.elf.cmdline import CommandLine
    from ..linker.elf.link import LinkResult


def write_products(line: CommandLine, result: LinkResult) -> None:
    """Write everything the options ask for. Raises OSError."""
    options, ctx = line.options, result.context
    if options.map_path or options.print_map:
        _map(line, result)
    elif options.cref:
        from ..linker.elf.mapfile import cross_references

        sys.stdout.write("\n".join(["", *cross_references(ctx), ""]))
    if options.memory_usage:
        sys.stdout.write(memory_usage(result))
    for name in options.trace_symbols:
        sys.stdout.write(trace_symbol(result, name))
    for wanted in options.explain:
        from ..linker.elf.explain import explain

        sys.stdout.write(explain(ctx, wanted, result.dropped))
    if options.dependency_file:
        text = dependencies(options.output, read_files(line, result))
        write_file(options.dependency_file, text.encode("utf-8", "surrogateescape"))
    if options.archive_stats:
        write_file(options.archive_stats, archive_stats(result).encode("utf-8", "surrogateescape"))
    if options.why_extract:
        write_file(options.why_extract, why_extract(result).encode("utf-8", "surrogateescape"))
    if options.reproduce:
        reproduce(line, result)


def trace_symbol(result: LinkResult, name: str) -> str:
    """Lines of -y: which files mention the symbol, and which defines it."""
    ctx = result.context
    symbol = ctx.ids.get(name, -1)
    lines = []
    for number, file in enumerate(ctx.files):
        if symbol >= 0 and symbol in file.symbols[file.first_global:]:
            lines.append(f"{file.shown}: {'definition of' if ctx.sym_file[symbol] == number else 'reference to'} {name}\n")
        elif name in file.exports:
            lines.append(f"{file.shown}: definition of {name}\n")
        elif any(name == other for other, _, _ in file.undefined):
            lines.append(f"{file.shown}: reference to {name}\n")
    return "".join(lines)


def _map(line: CommandLine, result: LinkResult) -> None:
    options, ctx = line.options, result.context
    from ..linker.elf.mapfile import text_map

    if options.map_path and options.map_form != "text":
        from ..linker.elf.mappage import json_map, page

        text = json_map(ctx) if options.map_form == "json" else page(ctx)
        write_file(options.map_path, text.encode("utf-8", "surrogateescape"))
        if options.cref:
            from ..linker.elf.mapfile import cross_references

            sys.stdout.write("\n".join(["", *cross_references(ctx), ""]))
    elif options.map_path and options.map_path != "-":
        write_file(options.map_path, text_map(ctx, result.dropped, options.cref).encode("utf-8", "surrogateescape"))
    if options.print_map or options.map_path == "-":
        sys.stdout.write(text_map(ctx, result.dropped, options.cref))


def memory_usage(result: LinkResult) -> str:
    """How full the regions of the script are, in the columns of GNU ld; without regions, the loaded segments."""
    rows: list[tuple[str, int, int]] = list(getattr(result, "regions", ()))
    lines = ["Memory region         Used Size  Region Size  %age Used"]
    if not rows:
        for segment in result.frame.segments:
            if segment.type == 1:
                access = "".join(letter for bit, letter in ((4, "r"), (2, "w"), (1, "x")) if segment.flags & bit)
                lines.append(f"{f'{segment.address:#x} {access}':>16}:  {_amount(segment.memory_size):>12}")
        return "\n".join(lines) + "\n"
    for name, used, size in rows:
        lines.append(f"{name:>16}:  {_amount(used):>12} {_amount(size):>12}    {100 * used / size if size else 0:6.2f}%")
    return "\n".join(lines) + "\n"


def _amount(size: int) -> str:
    for shift, unit in ((30, "GB"), (20, "MB"), (10, "KB")):      # 0 is "0 GB" there, too
        if not size & (1 << shift) - 1:
            return f"{size >> shift} {unit}"
    return f"{size} B"


def read_files(line: CommandLine, result: LinkResult | None) -> list[str]:
    """The paths of all files a link read, each once, in order."""
    options = line.options
    paths = [*line.opened, options.script, *options.version_scripts, *options.dynamic_lists, *options.export_lists,
             options.retain_symbols]
    if result is not None:
        paths += result.loader.opened
        for _, archive in result.loader.archives:
            thin = getattr(archive, "opened", ())
            paths += thin
    else:
        paths += [one.name for one in options.inputs if one.kind == "file"]
    return [path for path in dict.fromkeys(paths) if path]


def dependencies(output: str, paths: list[str]) -> str:
    """A rule for make, and an empty one for each file, so that make goes on when one is gone."""

    def quoted(path: str) -> str:
        return path.replace("\\", "\\\\").replace(" ", "\\ ").replace("#", "\\#").replace("$", "$$")

    names = [quoted(path) for path in paths]
    return f"{quoted(output)}: \\\n  " + " \\\n  ".join(names) + "\n" + "".join(f"\n{name}:\n" for name in names)


def archive_stats(result: LinkResult) -> str:
    """A table with tabs: members, how many of them were taken, archive."""
    lines = ["members\textracted\tarchive"]
    taken: dict[str, int] = {}
    for file in result.context.files:
        taken[file.archive] = taken.get(file.archive, 0) + 1
    lines += [f"{len(archive.all_members())}\t{taken.get(archive.path, 0)}\t{archive.path}"
              for _, archive in result.loader.archives if archive.path]
    return "\n".join(lines) + "\n"


def why_extract(result: LinkResult) -> str:
    """A table with tabs: who asked, which member was taken, for which symbol."""
    ctx = result.context
    lines = ["reference\textracted\tsymbol"]
    for file in ctx.files:
        if file.wanted_by:
            asker = ctx.first_reference.get(ctx.ids.get(file.wanted_by, -1), -1)
            lines.append(f"{ctx.files[asker].shown if asker >= 0 else '<command line>'}\t{file.shown}\t{file.wanted_by}")
    return "\n".join(lines) + "\n"


def reproduce(line: CommandLine, result: LinkResult | None) -> None:
    """Write the tar file: the inputs under their absolute names, and `response.txt` with the command for them."""
    import tarfile
    from io import BytesIO

    from .. import __version__

    path = line.options.reproduce
    stem = os.path.splitext(os.path.basename(path))[0]
    files = read_files(line, result)
    if result is None:
        files += _libraries(line)
    known = {os.path.abspath(name) for name in files}
    buffer = BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:

        def add(name: str, data: bytes) -> None:
            # Nothing of this machine: equal inputs give equal bytes.
            info = tarfile.TarInfo(f"{stem}/{name}")
            info.size, info.mode = len(data), 0o644
            tar.addfile(info, BytesIO(data))

        add("response.txt", "".join(_quoted(word) + "\n" for word in _words(line, known)).encode("utf-8", "surrogateescape"))
        add("version.txt", f"starklink ld {__version__}\n".encode())
        for name in sorted(known):
            if os.path.isfile(name):
                with open(name, "rb") as file:
                    add(name.lstrip("/"), file.read())
    write_file(path, buffer.getvalue())


def _libraries(line: CommandLine) -> list[str]:
    """Where -l leads, for a link that failed before it looked."""
    found = []
    for one in line.options.inputs:
        if one.kind == "lib":
            names = [one.name[1:]] if one.name.startswith(":") else [f"lib{one.name}.so", f"lib{one.name}.a"]
            for folder in line.options.library_paths:
                folder = line.options.sysroot + folder[1:] if folder.startswith("=") else folder
                found += [os.path.join(folder, name) for name in names if os.path.isfile(os.path.join(folder, name))]
    return found


_ELSEWHERE = ("reproduce", "o", "output", "Map", "dependency-file", "why-extract", "plugin", "plugin-opt")


def _words(line: CommandLine, known: set[str]) -> list[str]:
    """The command with the names of files as in the tar, and without what writes elsewhere."""
    words: list[str] = []
    skip = False
    for word in line.words:
        if skip:
            skip = False
            continue
        name = word.lstrip("-").partition("=")[0]
        if word.startswith("-") and name in _ELSEWHERE:
            skip = "=" not in word
            continue
        if word.startswith("-o") and not word.startswith("--"):
            continue
        if os.path.abspath(word) in known and os.path.isfile(word):
            word = os.path.abspath(word).lstrip("/")
        elif word.startswith("-L") and len(word) > 2 and word[2] != "=":
            word = "-L" + os.path.abspath(word[2:]).lstrip("/")
        words.append(word)
    return [*words, *("-o", os.path.basename(line.options.output))]


def _quoted(word: str) -> str:
    if word and not any(letter in " \t\n\v\f\r\\'\"" for letter in word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
