"""The pipeline, source to image: a table of contents. One line per phase, one reason per phase."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .program import Program
from .session import Options, Session, compiling

if TYPE_CHECKING:
    from ..support.spans import SourceFile


def compile_file(path: str | os.PathLike[str], options: Options | None = None, session: Session | None = None) -> Program:
    """Compile a source file. Raises CompileError for errors in it, OSError if it cannot be read."""
    session = session or Session()
    options = options or Options()
    name = os.fspath(path)
    with session.phase("read"), open(name, "rb") as stream:
        data = stream.read()
    return _compile(session, options, _decode(session, data, options.mapped(name), name))


def compile_text(text: str, name: str = "main.fsh", options: Options | None = None, session: Session | None = None) -> Program:
    """Compile source text; `name` is what diagnostics and debuggers call it. Raises CompileError."""
    session = session or Session()
    return _compile(session, options or Options(), session.sources.add(name, text))


def _compile(session: Session, options: Options, file: SourceFile) -> Program:
    from . import phases

    with compiling():
        # Later phases read positions from the tree, so a text that does not parse ends here.
        tree = phases.parse(session, file)
        session.check()
        # Names, types and flow of every function, also of those nobody calls: errors must not hide in unused code.
        typed = phases.check(session, tree)
        session.check()
        # A walk from the entry: what nothing reaches, library included, never becomes IR.
        module = phases.lower(session, typed, options)
        session.check()
        phases.optimise(session, module, options)
    return Program(session, options, module)


def _decode(session: Session, data: bytes, name: str, path: str) -> SourceFile:
    """The text of a source file; a byte order mark is skipped, bytes that are no UTF-8 are FS0008."""
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    try:
        return session.sources.add(name, data.decode(), path)
    except UnicodeDecodeError as error:
        # The caret needs a text: what is readable, with a replacement where it is not.
        file = session.sources.add(name, data.decode(errors="replace"), path)
        at = file.base + len(data[: error.start].decode())
        session.bag.error("FS0008", at, at + 1, "not UTF-8")
        session.check()
        raise
