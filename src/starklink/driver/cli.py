"""The `starklink` command: arguments, exit codes, and who does the work.

Exit codes: 0 success, 1 file and tool trouble, 2 errors in the source or the arguments, 70 a fault of starklink
itself, 130 Ctrl-C; `run` and `boot` end with the program's own code. Imports are local on purpose: a small build must
start at once.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EXAMPLES: Final = """\
examples:
  starklink build hello.fsh                 make the Linux program ./hello
  starklink build hello.fsh --target pc     make a bootable ./hello
  starklink run hello.fsh -- one two        compile and run with two arguments
  starklink boot hello.fsh --timeout 10     compile for `pc` and boot it in qemu
  starklink debug hello.fsh -O0             compile and open it in gdb
  starklink link -o hello crt1.o a.o -lc    link objects and libraries, with the options of ld
  starklink dump hello symbols              show what is in an image
  starklink disasm hello --source           machine code with symbols and source lines
  starklink asm -f elf64 start.asm          assemble a NASM source, with nasm's options
  starklink explain FS0301                  what a diagnostic means, with an example
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; the result is its exit code."""
    args = sys.argv[1:] if argv is None else argv
    if args in (["--version"], ["-V"]):
        from .. import __version__

        print(f"starklink {__version__}")
        return 0
    if args[:1] == ["link"]:
        # The words are those of ld, which has rules of its own.
        from .link_command import main as link

        return link(args[1:])
    if sorted(args) in (["--verbose", "--version"], ["--verbose", "-V"]):
        from .. import __version__, compiled

        print(f"starklink {__version__}, {compiled.status()}, Python {sys.version.split()[0]}")
        return 0
    alone = argv is None and args[:1] in (["build"], ["asm"])
    try:
        if alone:
            gc.disable()        # the process ends soon; what it makes is kept until then
        code = _run(args)
        if alone:
            _leave(code)
        return code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except Exception as error:
        return _report(error, "--json" in _split(args)[0])


def _leave(code: int) -> NoReturn:
    """End the process at once: freeing the trees and tables of a long program one by one would take a tenth of the time."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(code)


def _split(args: list[str]) -> tuple[list[str], list[str]]:
    """The command's own words and those behind `--`."""
    at = args.index("--") if "--" in args else len(args)
    return args[:at], args[at + 1 :]


def _run(args: list[str]) -> int:
    if args[:1] == ["asm"]:
        from .assemble import main as assemble

        return assemble(args[1:])
    args, rest = _split(args)
    # To argparse an option with a value may have it in the next word; a lone -W has none.
    options = arguments().parse_args(["-Wall" if word == "-W" else word for word in args])
    options.arguments = rest
    if rest and options.command != "run":
        _say("only `run` passes arguments on (behind --)")
        return 2
    from . import commands

    handler = getattr(commands, options.command)
    code: int = handler(options)
    return code


def _report(error: Exception, json: bool = False) -> int:
    """Say what went wrong and choose the exit code."""
    if os.environ.get("STARKLINK_TRACEBACK") == "1":
        import traceback

        traceback.print_exception(error)
    from .errors import CompileError, InternalError

    if isinstance(error, CompileError):
        sys.stderr.write(error.bag.render_json() if json else error.bag.render(color(sys.stderr)))
        return 2
    if isinstance(error, InternalError):
        _say(
            f"{error}\nThis is a fault of starklink, not of your program. Please report it with this text and the source;\n"
            "STARKLINK_TRACEBACK=1 in the environment adds the details that find it."
        )
        return 70
    if isinstance(error, OSError):
        name = error.filename
        what = f"{name if isinstance(name, str) else os.fsdecode(name)}: " if isinstance(name, (str, bytes)) else ""
        _say(f"{what}{error.strerror or error}")
        return 1
    from ..linker.errors import LinkError

    if isinstance(error, LinkError):
        _say(f"the program does not link:\n{error}")
        return 1
    if isinstance(error, UserError):
        _say(str(error))
        return error.code
    return _report(InternalError("command", "", error))


class UserError(Exception):
    """A request that cannot be met; `code` is the exit code."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def _say(message: str) -> None:
    sys.stderr.write(f"starklink: {message}\n")


def color(stream: object) -> bool:
    """True if text for the stream may carry colours: a terminal that is not dumb, and NO_COLOR not set."""
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb")


def arguments() -> ArgumentParser:
    """The parser of the command line."""
    from argparse import ArgumentParser, HelpFormatter, RawDescriptionHelpFormatter

    from .. import __version__
    from .disasm_command import options as disasm_options

    def form(prog: str) -> HelpFormatter:
        return RawDescriptionHelpFormatter(prog, width=100)

    parser = ArgumentParser(
        prog="starklink",
        formatter_class=form,
        epilog=EXAMPLES,
        allow_abbrev=False,
        description="Compile FluxSharp (.fsh) to x86-64 ELF images: programs for Linux and bootable ones for the bare PC.",
    )
    parser.add_argument("--version", "-V", action="version", version=f"starklink {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", prog="starklink")

    def command(name: str, text: str, epilog: str) -> ArgumentParser:
        return commands.add_parser(
            name,
            help=text,
            description=text[0].upper() + text[1:] + ".",
            epilog=f"example:\n  {epilog}",
            formatter_class=form,
            allow_abbrev=False,
        )

    build = command("build", "compile a source file to an image", "starklink build hello.fsh -o hello --map hello.map")
    build.add_argument("file", metavar="FILE")
    build.add_argument(
        "-o", dest="output", metavar="OUT", help="output file (default: the source's name without extension, here)"
    )
    build.add_argument(
        "--emit",
        choices=("elf", "obj", "flat", "asm"),
        default="elf",
        help="elf image (default), relocatable object, flat memory image, or assembly listing",
    )
    build.add_argument("--map", metavar="FILE", help="write a map of the image; JSON if FILE ends with .json, - is stdout")
    build.add_argument("--strip", action="store_true", help="leave out the symbol table")
    _compile_options(build, "linux")

    run = command("run", "compile a source file and run it", "starklink run hello.fsh -- argument")
    run.add_argument("file", metavar="FILE", help="source; what follows `--` are the program's arguments")
    _compile_options(run, "linux")

    boot = command("boot", "boot a source file or an image in qemu", "starklink boot hello.fsh --timeout 10")
    boot.add_argument("file", metavar="FILE|IMAGE")
    boot.add_argument("--timeout", type=float, metavar="S", help="give up after so many seconds")
    _compile_options(boot, "pc", target=False)

    debug = command("debug", "open a source file or an image in gdb", "starklink debug hello.fsh -O0 --target pc")
    debug.add_argument("file", metavar="FILE|IMAGE")
    debug.add_argument("--gdb", default="gdb", metavar="PATH", help="the gdb to use")
    debug.add_argument("-x", dest="script", metavar="SCRIPT", help="gdb commands to execute first")
    _compile_options(debug, "linux", level=0)

    command("link", "link objects, archives and shared objects; takes the options of ld", "starklink link -o prog main.o -lm")

    dump = command("dump", "show what is in an image", "starklink dump hello symbols")
    dump.add_argument("file", metavar="IMAGE")
    dump.add_argument("what", nargs="?", default="all", metavar="PART", choices=(
        "all", "headers", "sections", "segments", "symbols", "relocations", "dynamic", "versions", "notes", "groups", "lines",
        "dies", "disasm"), help="what to show: %(choices)s (default: all but lines, dies and disasm)")
    dump.add_argument("--json", action="store_true", help="print the same as JSON")

    disasm_options(command("disasm", "disassemble a file, with symbols and lines", "starklink disasm hello --function main"))

    commands.add_parser("asm", help="assemble NASM sources, with nasm's options, or GAS sources (*.s)", add_help=False)

    explain = command("explain", "say what a diagnostic means, with an example", "starklink explain FS0301")
    explain.add_argument("code", nargs="?", metavar="CODE", help="such as FS0301; without it all codes are listed")
    return parser


def _compile_options(parser: ArgumentParser, default_target: str, target: bool = True, level: int = 1) -> None:
    if target:
        parser.add_argument(
            "--target",
            choices=("linux", "pc"),
            default=default_target,
            help="linux: a program; pc: a bootable image (default: %(default)s)",
        )
    else:
        parser.set_defaults(target=default_target)
    for number, text in (
        (0, "no optimisation, every local always visible"),
        (1, "quick optimisations"),
        (2, "all optimisations"),
    ):
        parser.add_argument(
            f"-O{number}",
            dest="level",
            action="store_const",
            const=number,
            default=level,
            help=text + (" (default)" if number == level else ""),
        )
    parser.add_argument(
        "-I",
        dest="include",
        metavar="DIR",
        action="append",
        default=[],
        help="look for imports here too, behind the importing file's folder; repeatable",
    )
    parser.add_argument(
        "-W",
        dest="warnings",
        metavar="WHAT",
        action="append",
        default=[],
        type=_warning,
        help="-W: all warnings (default); -Wno-FS0904: without this one; -WFS0904: with it again; -Werror: warnings are errors",
    )
    parser.add_argument("--json", action="store_true", help="print diagnostics as JSON, one object per line")
    parser.add_argument("-g", dest="debug", action="store_true", default=True, help="with debug information (default)")
    parser.add_argument("-g0", dest="debug", action="store_false", help="without debug information")
    parser.add_argument("--dwarf", type=int, choices=(4, 5), default=5, help="DWARF version (default: 5)")
    parser.add_argument(
        "--file-prefix-map",
        metavar="OLD=NEW",
        action="append",
        default=[],
        type=_prefix,
        help="show NEW instead of a leading OLD in file names",
    )
    parser.add_argument(
        "--dump", metavar="NAME", action="append", default=[], help="print a product of the pipeline (NAME `help`: which)"
    )
    parser.add_argument("--timings", action="store_true", help="print how long each phase took")


def _prefix(text: str) -> tuple[str, str]:
    old, separator, new = text.partition("=")
    if not separator:
        from argparse import ArgumentTypeError

        raise ArgumentTypeError(f"{text!r} has no '='")
    return old, new


def _warning(text: str) -> str:
    """What stands behind -W, checked."""
    if text in ("all", "error"):
        return text
    from argparse import ArgumentTypeError

    from ..frontend.codes import CODES

    code = text.removeprefix("no-")
    if code in CODES:
        if CODES[code].category == "warning":
            return text
        raise ArgumentTypeError(f"{code} is an error, only warnings can be turned off")
    known = [code for code in CODES if CODES[code].category == "warning"]
    raise ArgumentTypeError(f"{text!r} is none of all, error, CODE and no-CODE with CODE from {known[0]} to {known[-1]}")


def _disabled(warnings: list[str]) -> frozenset[str]:
    """The codes that are turned off after all -W options, in their order."""
    found: set[str] = set()
    for one in warnings:
        if one.startswith("no-"):
            found.add(one[3:])
        elif one == "all":
            found.clear()
        else:
            found.discard(one)
    return frozenset(found)


def requested(options: Namespace) -> dict[str, object]:
    """The compile options of a parsed command line, as keyword arguments of session.Options."""
    return {
        "target": options.target,
        "level": options.level,
        "debug": options.debug,
        "dwarf": options.dwarf,
        "strip": getattr(options, "strip", False),
        "prefix_map": tuple(options.file_prefix_map),
        "include": tuple(options.include),
        "disabled": _disabled(options.warnings),
        "werror": "error" in options.warnings,
    }


if __name__ == "__main__":
    sys.exit(main())
