"""The gdb pretty-printers: in the image as `.debug_gdb_scripts`, and beside it as `OUT-gdb.py`."""

from __future__ import annotations

from os.path import dirname, join

from ..objwriter.model import Fragment

INLINE_PYTHON = 4
"""Entry kind of `.debug_gdb_scripts`: a name line and the script itself, up to a NUL."""


def script() -> str:
    """The printers' Python source."""
    import starklink.runtime

    with open(join(dirname(starklink.runtime.__file__), "gdb_printers.py.in"), encoding="utf-8") as stream:
        return stream.read()


def fragment() -> Fragment:
    """The section that gdb reads the printers from (not loaded at run time)."""
    return Fragment("", ".debug_gdb_scripts", bytes((INLINE_PYTHON,)) + f"fluxsharp\n{script()}".encode() + b"\0")
