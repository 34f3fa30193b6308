"""FluxSharp source, assembly text, hand-built IR or object files to runnable, bootable, debuggable x86-64 ELF images.

from starklink import compile_text

image = compile_text('void main() { print("hello"); }').link()
print(image.run().stdout)
"""

from __future__ import annotations

from . import compiled

TYPE_CHECKING = False       # `typing` takes longer to load than a small link
if TYPE_CHECKING:
    from typing import Any, Final

compiled.install()      # before any other module of the package is imported

__version__: Final = "0.1.0"

if TYPE_CHECKING:
    from .driver.api import compile_file, compile_text, link
    from .driver.elffile import Elf
    from .driver.errors import CompileError, InternalError
    from .driver.program import Program
    from .driver.session import Options
    from .ir.module import Module
    from .linker.errors import LinkError
    from .linker.image import Image
    from .objwriter.ar import Archive
    from .objwriter.elf.model import ElfError

_HOMES: Final = {
    "Archive": "objwriter.ar",
    "CompileError": "driver.errors",
    "Elf": "driver.elffile",
    "ElfError": "objwriter.elf.model",
    "Image": "linker.image",
    "InternalError": "driver.errors",
    "LinkError": "linker.errors",
    "Module": "ir.module",
    "Options": "driver.session",
    "Program": "driver.program",
    "compile_file": "driver.api",
    "compile_text": "driver.api",
    "link": "driver.api",
}

__all__ = [
    "Archive",
    "CompileError",
    "Elf",
    "ElfError",
    "Image",
    "InternalError",
    "LinkError",
    "Module",
    "Options",
    "Program",
    "__version__",
    "compile_file",
    "compile_text",
    "link",
]


def __getattr__(name: str) -> Any:
    # Names are loaded when they are used: `starklink --version` must not pay for the compiler.
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{home}"), name)
