"""The pipeline, source to image: a table of contents. One line per phase, one reason per phase."""

from __future__ import annotations

import os

from ..support.deep import on_deep_stack
from .imports import Source, load_file, load_text
from .program import Program
from .session import Options, Session, compiling


def compile_file(path: str | os.PathLike[str], options: Options | None = None, session: Session | None = None) -> Program:
    """Compile a source file and what it imports. Raises CompileError for errors in them, OSError if it cannot be read."""
    session = session or Session()
    options = options or Options()
    with session.phase("read"):
        files = load_file(session, options, os.fspath(path))
    return on_deep_stack(_compile, session, options, files)


def compile_text(
    text: str, name: str = "main.fsh", options: Options | None = None, session: Session | None = None, path: str = ""
) -> Program:
    """Compile source text; `name` is what diagnostics call it. Raises CompileError.

    `path` is where the text would lie: its imports are looked for there, and debuggers. Without it they are only found in the
    folders of `options.include` and in the standard library.
    """
    session = session or Session()
    options = options or Options()
    with session.phase("read"):
        files = load_text(session, options, text, name, path)
    return on_deep_stack(_compile, session, options, files)


def _compile(session: Session, options: Options, files: list[Source]) -> Program:
    from . import phases

    session.bag.disabled = options.disabled
    with compiling():
        # Later phases read positions from the trees, so a text that does not parse ends here, as does a missing import.
        trees = phases.parse(session, files)
        session.check()
        # Names, types and flow of every function, also of those nobody calls: errors must not hide in unused code.
        typed = phases.check(session, trees)
        session.check()
        # A walk from the entry: what nothing reaches, library included, never becomes IR.
        module = phases.lower(session, typed, options)
        session.check(options.werror)
        phases.optimise(session, module, options)
    return Program(session, options, module)
