"""`starklink link` and `ld.starklink`: the linker as a command that compilers call in place of ld.

    starklink link -o hello crt1.o hello.o -lc
    starklink link --install-dir DIR       # writes DIR/ld: then `gcc -B DIR ...` links with starklink

Exit codes: 0 success, 1 errors (the old output stays as it was), 70 a fault of starklink itself, 130 Ctrl-C. Messages have the
form `ld.starklink: error: text`; further lines of a message begin with `>>> `.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..linker.elf.cmdline import CommandLine
    from ..linker.elf.link import LinkResult
    from ..linker.elf.options import Options

NAME: Final = "ld.starklink"


def main(argv: Sequence[str] | None = None, keep: list[object] | None = None) -> int:
    """Run the linker; the result is its exit code. What a link made goes to `keep`, for processes that end now: taking a million
    objects apart takes time."""
    import gc

    # Everything a link makes lives until its end.
    gc.disable()
    args = list(sys.argv[1:] if argv is None else argv)
    messages = Messages(color=_color("auto"))
    try:
        if args[:1] == ["--install-dir"]:
            return install(args[1:])
        return _run(args, messages, keep)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except OSError as error:
        messages.error(_os_text(error))
        return 1
    except Exception as error:
        return _internal(error, messages)


def entry() -> None:
    """`main` for a process that does nothing else: it ends without taking its data apart."""
    kept: list[object] = []
    code = main(None, kept)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = code or 1
    os._exit(code)


class Messages:
    """Writes errors and warnings. `limit`: after so many errors only a last sentence (0: no limit)."""

    def __init__(self, color: bool = False, limit: int = 20, warnings: bool = True, fatal: bool = False) -> None:
        self.color, self.limit, self.warnings, self.fatal = color, limit, warnings, fatal
        self.errors = 0

    def error(self, text: str) -> None:
        self.errors += 1
        if self.limit and self.errors > self.limit:
            if self.errors == self.limit + 1:
                self._say("error", 31, "too many errors, the rest is not shown (--error-limit=0 shows all)")
            return
        self._say("error", 31, text)

    def warning(self, text: str) -> None:
        if not self.warnings:
            return
        if self.fatal:
            self.error(text)
        else:
            self._say("warning", 35, text)

    def _say(self, kind: str, color: int, text: str) -> None:
        shown = f"\033[0;1;{color}m{kind}: \033[0m" if self.color else f"{kind}: "
        # A message and its further lines are one write, so that parallel builds do not mix them.
        sys.stderr.write(f"{NAME}: {shown}{text}\n".encode("utf-8", "backslashreplace").decode("utf-8"))


def _run(args: list[str], messages: Messages, keep: list[object] | None = None) -> int:
    from ..linker.elf.cmdline import CommandLineError, parse

    clock = _Clock()
    try:
        line = parse(args)
    except CommandLineError as error:
        for text in error.problems:
            messages.error(text)
        return 1
    options = line.options
    messages.color = options.color = _color(line.color)
    messages.limit, messages.warnings, messages.fatal = options.error_limit, options.warnings, options.fatal_warnings
    if line.ask:
        return _answer(line)
    if line.version or options.verbose:
        sys.stdout.write(_version(line.version == "emulations" or options.verbose))
        if options.verbose:
            sys.stdout.write(_script_text(options))
        if not options.inputs:
            return 0
    if line.directory:
        os.chdir(line.directory)
    _find_scripts(options)
    if options.script and not os.path.exists(options.script):
        messages.error(f"cannot open {options.script}: No such file or directory")
    for text in line.warnings:
        messages.warning(text)
    if messages.errors:
        return 1
    clock.lap("command line")
    return _link(line, messages, clock, keep)


def _link(line: CommandLine, messages: Messages, clock: _Clock, keep: list[object] | None) -> int:
    from ..linker.elf.link import link
    from ..linker.errors import LinkError

    options = line.options
    clock.lap("import")
    try:
        result = link(options, in_place=True)
    except LinkError as error:
        for text in getattr(error, "warnings", ()):
            messages.warning(text)
        for text in error.problems:
            messages.error(text)
        _products_of_failure(line)
        return 1
    if keep is not None:
        keep.append(result)
    clock.lap("link")
    sys.stdout.write("".join(one + "\n" for one in result.trace))
    for text in result.warnings:
        messages.warning(text)
    if messages.errors and not options.no_inhibit_exec:
        if result.room is not None:
            result.room.discard()
        return 1
    options.output = result.context.options.output      # a script may name it, and ask for a map
    options.print_map |= result.context.options.print_map
    if options.output == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(result.bytes)
    else:
        result.write(options.output)
    clock.lap("write")
    _products(line, result)
    clock.lap("products")
    if options.time_phases:
        sys.stdout.flush()
        sys.stderr.write(clock.text(getattr(result, "phases", ())))
    return 0


def _products(line: CommandLine, result: LinkResult) -> None:
    """What is written beside the output."""
    options = line.options
    if options.print_gc:
        place = result.context.place
        for section in result.dropped:
            sys.stderr.write(f"{NAME}: removing unused section {place(section, 0).rpartition('+')[0]})\n")
    if not (options.map_path or options.print_map or options.cref or options.memory_usage or options.explain
            or options.trace_symbols or options.dependency_file or options.reproduce or options.why_extract
            or options.archive_stats):
        return
    from .link_products import write_products

    write_products(line, result)


def _products_of_failure(line: CommandLine) -> None:
    """A link that fails is the one to reproduce."""
    if line.options.reproduce:
        from .link_products import reproduce

        reproduce(line, None)


def _find_scripts(options: Options) -> None:
    """Scripts and lists are looked for in the folders of -L, too."""

    def found(path: str) -> str:
        if os.path.exists(path) or os.path.isabs(path):
            return path
        for folder in options.library_paths:
            other = os.path.join(options.sysroot + folder[1:] if folder.startswith("=") else folder, path)
            if os.path.isfile(other):
                return other
        return path

    if options.script:
        options.script = found(options.script)
    if options.section_order:
        options.section_order = found(options.section_order)
    for name in ("version_scripts", "dynamic_lists", "export_lists"):
        paths = getattr(options, name)
        paths[:] = [found(path) for path in paths]


def _script_text(options: Options) -> str:
    """The layout in effect, as GNU ld's --verbose shows it."""
    from ..linker.script.default import default_script

    line = "=" * 50 + "\n"
    if options.script:
        try:
            with open(options.script, encoding="utf-8", errors="replace") as file:
                return f"using external linker script:\n{line}{file.read()}\n{line}"
        except OSError:
            return ""
    return f"using internal linker script:\n{line}{default_script(0x400000 if options.kind == 'exec' else 0)}\n{line}"


def _version(emulations: bool) -> str:
    from .. import __version__

    # Build systems look for "GNU ld" here before they use options that GNU ld has.
    text = f"starklink ld {__version__} (compatible with GNU ld 2.40)\n"
    return text + ("  Supported emulations:\n   elf_x86_64\n   elf_i386\n" if emulations else "")


def _answer(line: CommandLine) -> int:
    options = line.options
    if line.ask == "version":
        sys.stdout.write(_version(False))
    elif line.ask == "help":
        from ..linker.elf.option_help import help_text

        sys.stdout.write(help_text(NAME))
    elif line.ask == "sysroot":
        print(options.sysroot)
    else:
        print({"elf": "elf32-i386" if options.machine == "i386" else "elf64-x86-64"}.get(options.oformat, options.oformat))
    return 0


def _color(when: str) -> bool:
    if when != "auto":
        return when == "always"
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _os_text(error: OSError) -> str:
    name = error.filename
    if name is None:
        return error.strerror or str(error)
    shown = name if isinstance(name, str) else os.fsdecode(name)
    # EFBIG, ENOSPC, EDQUOT, EIO: the file is there, but it cannot be as large as it has to be.
    return f"cannot {'write' if error.errno in (5, 27, 28, 122) else 'open'} {shown}: {error.strerror}"


def _internal(error: Exception, messages: Messages) -> int:
    if os.environ.get("STARKLINK_TRACEBACK") == "1":
        import traceback

        traceback.print_exception(error)
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = ""
    if place is not None:
        where = f" in {place.tb_frame.f_code.co_name}, {os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}"
    messages.error(
        f"internal error: {type(error).__name__}: {error}{where}\n"
        ">>> This is a fault of starklink, not of your inputs; nothing was written. Please report it with the tar file that\n"
        ">>> --reproduce=FILE.tar makes; STARKLINK_TRACEBACK=1 in the environment adds details."
    )
    return 70


class _Clock:
    """Processor time of the phases."""

    def __init__(self) -> None:
        from time import process_time

        self.now = process_time
        self.last = 0.0
        self.laps: list[tuple[str, float]] = [("start", process_time())]
        self.last = self.laps[0][1]

    def lap(self, name: str) -> None:
        now = self.now()
        self.laps.append((name, now - self.last))
        self.last = now

    def text(self, inner: Sequence[tuple[str, float]]) -> str:
        lines = []
        for name, seconds in self.laps:
            lines.append(f"{seconds:9.3f} s  {name}\n")
            if name == "link":
                lines += [f"{took:9.3f} s    {phase}\n" for phase, took in inner]
        return "".join([*lines, f"{self.last:9.3f} s  total\n"])


LAUNCHER: Final = """\
#!{python} -IS
import sys
sys.path[:0] = [{source!r}]
sys.path += {packages!r}
from starklink.driver.ld import entry
entry()
"""


def install(args: list[str]) -> int:
    """Write DIR/ld and DIR/ld.starklink, which start this very starklink without looking for it."""
    if len(args) != 1:
        sys.stderr.write(f"{NAME}: error: --install-dir takes the folder to write `ld` to, and nothing else\n")
        return 1
    folder = args[0]
    os.makedirs(folder, exist_ok=True)
    source = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    packages = [path for path in sys.path if path.endswith(("site-packages", "dist-packages")) and path != source]
    python = os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable)
    for name in ("ld", NAME):
        path = os.path.join(folder, name)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(LAUNCHER.format(python=python, source=source, packages=packages))
        os.chmod(path + ".new", 0o755)
        os.replace(path + ".new", path)
        print(path)
    return 0


if __name__ == "__main__":
    entry()
