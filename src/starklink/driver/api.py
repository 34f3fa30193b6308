"""The functions of the package's root: compile and link in one call each, with options as keywords."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

from ..linker.image import Image
from ..objwriter.model import ObjectModule
from . import compile as pipeline
from .program import Program
from .session import Options

if TYPE_CHECKING:
    from typing import TypedDict, Unpack

    from ..linker.elf.link import LinkResult
    from ..linker.memory import MemoryLayout
    from ..linker.plan import Plan

    Input = Program | ObjectModule | str | os.PathLike[str]

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


@overload
def link(inputs: Sequence[Program | ObjectModule], *, entry: str = "", target: str = "", strip: bool = False) -> Image: ...
@overload
def link(inputs: Sequence[Input], *, layout: MemoryLayout | Plan, entry: str = "", strip: bool = False,
         discard: Sequence[str] = (), **options: Any) -> LinkResult: ...
@overload
def link(inputs: Sequence[Input], *, script: str, entry: str = "", strip: bool = False, **options: Any) -> LinkResult: ...
@overload
def link(inputs: Sequence[str | os.PathLike[str]], *, entry: str = "", strip: bool = False, **options: Any) -> LinkResult: ...


def link(inputs: Sequence[Any], *, entry: str = "", target: str = "", strip: bool = False,
         layout: MemoryLayout | Plan | None = None, script: str = "", discard: Sequence[str] = (),
         **options: Any) -> Image | LinkResult:
    """Link compiled programs and hand-made object modules to an image; or these and files with a layout of one's own.

    `entry` is the symbol the image starts at; `target` defaults to that of the first program, else "linux".
    With paths (objects, archives) among the inputs, a `layout` (linker.memory.MemoryLayout), or the path of a linker `script` the
    result is that of the linker of real objects, static unless `options` (fields of linker.elf.options.Options) say otherwise;
    sections whose name matches a glob of `discard` are left out. Raises CompileError for extern functions without a body,
    LinkError for undefined or repeated symbols, layouts that do not fit and the like.
    """
    files = any(isinstance(one, str | os.PathLike) for one in inputs)
    if files or layout is not None or script or discard or options:
        return _link_files(inputs, entry, strip, layout, script, discard, options)
    from ..linker.link import link as link_modules

    programs = [one for one in inputs if isinstance(one, Program)]
    defined = {fragment.symbol for one in inputs if isinstance(one, ObjectModule) for fragment in one.fragments}
    modules = [one.object(defined) if isinstance(one, Program) else one for one in inputs]
    chosen = target or (programs[0].options.target if programs else "linux")
    return link_modules(modules, entry=entry, target=chosen, strip=strip)


def _link_files(inputs: Sequence[Any], entry: str, strip: bool, layout: MemoryLayout | Plan | None, script: str,
                discard: Sequence[str], options: dict[str, Any]) -> LinkResult:
    from ..linker.elf.link import link as link_objects
    from ..linker.elf.options import InputSpec
    from ..linker.elf.options import Options as LinkOptions
    from ..linker.plan import DISCARD, Input, OutputSection, Plan, SectionPattern
    from ..objwriter.elf.object import to_elf

    unknown = [name for name in options if name not in LinkOptions.__match_args__]
    if unknown:
        raise TypeError(f"link() has no option {', '.join(unknown)}")
    if layout is not None and script:
        raise ValueError("give a layout or a script, not both")
    specs = []
    for number, one in enumerate(inputs):
        if isinstance(one, str | os.PathLike):
            specs.append(InputSpec("file", os.fspath(one)))
            continue
        module = one.object(set()) if isinstance(one, Program) else one
        specs.append(InputSpec("bytes", module.name or f"module {number}", data=to_elf(module)))
    plan = layout if layout is None or isinstance(layout, Plan) else layout.plan()
    if discard and plan is not None:
        plan.statements.insert(0, OutputSection(DISCARD, [Input(sections=[SectionPattern(name) for name in discard])]))
    elif discard:
        raise ValueError("discard= needs a layout; a script has /DISCARD/")
    return link_objects(LinkOptions(**{"inputs": specs, "entry": entry, "strip": "all" if strip else "", "layout": plan,
                                       "script": script, "static": True, "dynamic_linker": "", **options}))
