"""The language's library: FluxSharp source files beside this module, found by the names they define.

The files are read one by one as the compiler needs them. `library_index` is generated (tools/make_runtime.py), so that nothing is
scanned when the compiler starts.
"""

from __future__ import annotations

from os.path import dirname, join
from typing import Final

from .library_index import TABLE

FOLDER: Final = dirname(__file__)
INDEX: Final[dict[str, str]] = {name: row[0] for row in map(str.split, TABLE.splitlines()) for name in row[1:]}
"""File by name."""


def find(name: str) -> str | None:
    """The file that defines the library function or global `name`, None if there is none."""
    return INDEX.get(name)


def text(file: str) -> str:
    """The source of a library file named by `find`."""
    with open(join(FOLDER, file), encoding="utf-8", newline="") as stream:
        return stream.read()
