"""`starklink asm`: assembly text to object files and flat images, with the command line of nasm; GAS sources (*.s) go to
`gas_command`.

Exit codes: 0 success, 1 errors in the source, the arguments or the files.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..asm.nasm.cmdline import Request
    from ..asm.nasm.errors import Diagnostics


def main(args: list[str]) -> int:
    """Run the command; the result is its exit code."""
    from .gas_command import is_gas
    from .gas_command import main as gas

    words = list(args)
    if "--syntax" in words:
        at = words.index("--syntax")
        syntax = words[at + 1] if at + 1 < len(words) else ""
        del words[at : at + 2]
        if syntax not in ("nasm", "gas"):
            return _fail(f"there is no syntax `{syntax}': it is nasm or gas")
    else:
        syntax = "gas" if is_gas(words) else "nasm"
    if syntax == "gas":
        return gas(words)
    return _nasm(words)


def _fail(message: str) -> int:
    sys.stderr.write(f"starklink asm: {message}\n")
    return 1


def _nasm(args: list[str]) -> int:
    """Assemble a NASM source."""
    import gc

    from ..asm.nasm.cmdline import HELP, Usage, parse
    from ..asm.nasm.errors import Diagnostics

    bag = Diagnostics()
    try:
        request = parse(args, bag, os.environ.get("NASMENV", ""))
    except Usage as error:
        return _fail(f"{error}\nstarklink asm -h shows the options")
    if request.action == "version":
        from .. import __version__

        print(f"NASM version 2.16.01 compatible assembler, starklink {__version__}")
        return 0
    if request.action in ("help", "formats"):
        print(HELP if request.action == "help" else "bin elf32 elf64", end="" if request.action == "help" else "\n")
        return 0
    collecting = gc.isenabled()
    gc.disable()  # what is made here lives to the end
    try:
        return _act(request, bag)
    except OSError as error:
        if error.filename is not None:
            return _fail(f"{os.fsdecode(error.filename)}: {error.strerror or error}")
        raise
    finally:
        if collecting:
            gc.enable()


def _act(request: Request, bag: Diagnostics) -> int:
    """Preprocess, list dependencies, or assemble."""
    from ..asm.nasm.api import read_source
    from ..asm.nasm.pp.core import Files

    files = Files(request.options.paths)
    problem = read_source(request.options, files)
    if problem:
        return _fail(problem)
    done = _assemble if request.action == "assemble" else _preprocess
    failed = done(request, bag, files)
    text = bag.render(_colored(request))
    if request.messages == "-":
        sys.stdout.write(text)
    elif request.messages:
        with open(request.messages, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        sys.stderr.write(text)
    return int(failed or bag.errors > 0)


def _colored(request: Request) -> bool:
    from .cli import color

    return not request.messages and color(sys.stderr)


def _preprocess(request: Request, bag: Diagnostics, files: object) -> bool:
    """-E and -M."""
    from ..asm.nasm.api import preprocess
    from ..asm.nasm.cmdline import dependencies
    from ..asm.nasm.pp.core import Files

    assert isinstance(files, Files)
    depend = request.action == "depend"
    text, names = preprocess(request.options, bag, files, missing_ok=request.depend_missing)
    if bag.errors:
        return True
    data = text.encode("latin-1")
    output = "" if depend else request.output
    if depend:
        data = _rules(request, names)
        output = request.depend_file
    elif request.depend_file:
        _write(request.depend_file, dependencies(request, _target(request), names).encode("utf-8", "surrogateescape"))
    if output and output != "-":
        _write(output, data)
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    return False


def _target(request: Request) -> str:
    from ..asm.nasm.cmdline import output_name

    return request.output or output_name(request, "" if request.options.format == "bin" else ".o")


def _rules(request: Request, names: list[str]) -> bytes:
    from ..asm.nasm.cmdline import dependencies

    return dependencies(request, _target(request), names).encode("utf-8", "surrogateescape")


def _write(path: str, data: bytes) -> None:
    from ..support.files import write_file

    write_file(path, data)


def _assemble(request: Request, bag: Diagnostics, files: object) -> bool:
    """Assemble to a file; nothing is written after an error."""
    from ..asm.nasm.api import run
    from ..asm.nasm.listing import Listing
    from ..asm.nasm.pp.core import Files

    assert isinstance(files, Files)
    options = request.options
    listing = Listing(request.listing_flags) if request.listing else None
    if request.debug and options.format != "bin" and options.debug_format != "null":
        from .asmdebug import sections

        options.dwarf_lines = True
        options.debug = sections
    assembler = run(options, bag, files, listing, request.raw)
    if assembler is None or bag.errors:
        return True
    data = assembler.format.write(assembler)
    if bag.errors:
        return True
    output = _target(request)
    if output == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        _write(output, data)
    if listing is not None:
        _write(request.listing, listing.text(assembler).encode("latin-1"))
    assembler.format.extras(assembler, options.source, output, _put)
    if request.depend_too:
        name = request.depend_file or os.path.splitext(output)[0] + ".d"
        _write(name, _rules(request, list(assembler.pp.dependencies)))
    if request.show_passes:
        sys.stderr.write(f"{options.source}: info: assembly required {assembler.passes + 1} passes\n")
    return False


def _put(path: str, text: str) -> None:
    """A further output of a format (map files); without a name it goes to stdout."""
    if path:
        _write(path, text.encode("latin-1"))
    else:
        sys.stdout.write(text)
