"""What the commands do; one function per command, each takes the parsed arguments and returns the exit code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final, NoReturn

from .cli import UserError, color, requested
from .session import Options, Session

if TYPE_CHECKING:
    from argparse import Namespace

    from ..linker.image import Image
    from .program import Program


_KEPT: Final[list[Program]] = []
"""Programs that are done: a command's process ends without freeing them piece by piece."""


def build(options: Namespace) -> int:
    """Compile to a file."""
    from ..support.files import write_file

    program = _compile(options)
    stem = os.path.splitext(os.path.basename(options.file))[0]
    output = options.output or stem + {"elf": "", "obj": ".o", "flat": ".bin", "asm": ".asm"}[options.emit]
    if options.output is None and os.path.exists(output) and os.path.samefile(output, options.file):
        raise UserError(f"the output {output} would replace the source; name another one with -o", 2)
    image = program.link() if options.emit in ("elf", "flat") else None
    if image is None:
        data = program.object_bytes() if options.emit == "obj" else program.listing().encode()
    else:
        data = bytes(image) if options.emit == "elf" else image.flat()
    with program.session.phase("write"):
        write_file(output, data, 0o755 if options.emit == "elf" else 0o644)
        if options.debug and options.emit == "elf" and os.path.isfile(output):
            from .printers import script

            write_file(f"{output}-gdb.py", script().encode())
        if options.map and image is not None:
            _write_map(image, options.map)
    _finish(program, options)
    return 0


def run(options: Namespace) -> int:
    """Compile and become the program (linux), or boot it (pc)."""
    program = _compile(options)
    image = program.link()
    _finish(program, options)
    sys.stdout.flush()
    if options.target == "pc":
        if options.arguments:
            raise UserError("a program on the bare PC takes no arguments", 2)
        return _boot(bytes(image), None)
    return _become(os.path.splitext(os.path.basename(options.file))[0], bytes(image), options.arguments)


def _become(name: str, data: bytes, arguments: list[str]) -> NoReturn:
    """Replace this process by the program, so that its end, signals included, is ours."""
    import signal

    from ..linker.boot import memory_file

    handle = memory_file(name, data)
    os.set_inheritable(handle, False)
    # Python ignores SIGPIPE, and what is ignored stays so across exec.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execve(handle, [name, *arguments], os.environ)


def boot(options: Namespace) -> int:
    """Boot an image, or compile for `pc` and boot that."""
    data = _image_bytes(options.file)
    if data is None:
        program = _compile(options)
        data = bytes(program.link())
        _finish(program, options)
    sys.stdout.flush()
    return _boot(data, options.timeout)


def debug(options: Namespace) -> int:
    """Open gdb on an image, or on what a source file compiles to."""
    from .debug import debug_image

    data = _image_bytes(options.file)
    if data is not None:
        return debug_image(options.file, data, options.gdb, options.script)
    program = _compile(options)
    image = program.link()
    _finish(program, options)
    sys.stdout.flush()
    stem = os.path.splitext(os.path.basename(options.file))[0]
    from .debug import debug_bytes

    return debug_bytes(stem, bytes(image), options.gdb, options.script)


def dump(options: Namespace) -> int:
    """Print a part of an image, an object file or an archive."""
    from pathlib import Path

    from .inspect import text, values

    data = _image_bytes(options.file, (b"\x7fELF", b"!<ar", b"!<th"))
    if data is None:
        raise UserError(f"{options.file}: not an ELF file and no archive")
    try:
        if options.json:
            from json import dumps

            sys.stdout.write(dumps(values(data, options.what, Path(options.file).parent), indent=1) + "\n")
        else:
            sys.stdout.write(text(data, options.what, Path(options.file).parent))
    except ValueError as error:
        raise UserError(f"{options.file}: {error}") from None
    return 0


def disasm(options: Namespace) -> int:
    """Print machine code as text."""
    from .disasm_command import run

    return run(options)


def explain(options: Namespace) -> int:
    """Print the page of a diagnostic's code, or all codes."""
    from .explain import UnknownCode, listing, page

    try:
        sys.stdout.write(listing() if options.code is None else page(options.code))
    except UnknownCode as error:
        raise UserError(str(error), 2) from None
    return 0


def _compile(options: Namespace) -> Program:
    from .compile import compile_file
    from .dumps import NAMES

    for name in options.dump:
        if name not in NAMES:
            raise UserError("--dump takes one of " + ", ".join(f"{name} ({text})" for name, text in NAMES.items()), 2)
    for folder in options.include:
        if not os.path.isdir(folder):
            raise UserError(f"-I {folder}: no such folder", 2)
    session = Session(wanted=frozenset(options.dump), on_dump=sys.stdout.write)
    return compile_file(options.file, Options(**requested(options)), session)  # type: ignore[arg-type]


def _finish(program: Program, options: Namespace) -> None:
    """Print warnings and times."""
    _KEPT.append(program)
    bag = program.session.bag
    warnings = bag.render_json() if options.json else bag.render(color(sys.stderr))
    if warnings:
        sys.stderr.write(warnings)
    if options.timings:
        sys.stdout.flush()
        sys.stderr.write(program.session.timings())


def _write_map(image: Image, path: str) -> None:
    from ..support.files import write_file

    text = image.map("json" if path.endswith(".json") else "text")
    if path == "-":
        sys.stdout.write(text)
    else:
        write_file(path, text.encode())


def _image_bytes(path: str, starts: tuple[bytes, ...] = (b"\x7fELF",)) -> bytes | None:
    """The file's bytes if it is an ELF image (or begins with another of the four-byte `starts`), None if not."""
    with open(path, "rb") as file:
        head = file.read(4)
        return head + file.read() if head in starts else None


def _boot(data: bytes, timeout: float | None) -> int:
    from ..linker.boot import BootError, memory_file
    from ..linker.boot import boot as boot_file

    handle = memory_file("image", data)
    try:
        code, _ = boot_file(f"/proc/self/fd/{handle}", timeout, keep=(handle,))
    except BootError as error:
        raise UserError(str(error)) from None
    finally:
        os.close(handle)
    return code
