"""The functions of the package's root: compile and link in one call each, with options as keywords."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..linker.image import Image
from ..objwriter.model import ObjectModule
from . import compile as pipeline
from .program import Program
from .session import Options

if TYPE_CHECKING:
    from typing import TypedDict, Unpack

    class Keywords(TypedDict, total=False):
        """Fields of session.Options."""

        target: str
        level: int
        debug: bool
        dwarf: int
        strip: bool
        prefix_map: tuple[tuple[str, str], ...]
        directory: str
        include: tuple[str, ...]
        disabled: frozenset[str]
        werror: bool


def compile_text(text: str, name: str = "main.fsh", *, path: str = "", **options: Unpack[Keywords]) -> Program:
    """Compile FluxSharp source text; `name` is what diagnostics and debuggers call it.

    `path` is where the text would lie: what it imports is looked for beside it (without it: only in the folders of `include`
    and in the standard library). Options are the fields of `Options`: target, level, debug, dwarf, strip, prefix_map, directory,
    include, disabled, werror. Raises CompileError.
    """
    return pipeline.compile_text(text, name, Options(**options), path=path)


def compile_file(path: str | os.PathLike[str], **options: Unpack[Keywords]) -> Program:
    """Compile a FluxSharp source file. Raises CompileError, and OSError if it cannot be read."""
    return pipeline.compile_file(path, Options(**options))


def link(inputs: Sequence[Program | ObjectModule], *, entry: str = "", target: str = "", strip: bool = False) -> Image:
    """Link compiled programs and hand-made object modules to an image.

    `entry` is the symbol the image starts at; `target` defaults to that of the first program, else "linux". Raises
    CompileError for extern functions without a body, LinkError for undefined or repeated symbols.
    """
    from ..linker.link import link as link_modules

    programs = [one for one in inputs if isinstance(one, Program)]
    defined = {fragment.symbol for one in inputs if isinstance(one, ObjectModule) for fragment in one.fragments}
    modules = [one.object(defined) if isinstance(one, Program) else one for one in inputs]
    chosen = target or (programs[0].options.target if programs else "linux")
    return link_modules(modules, entry=entry, target=chosen, strip=strip)
