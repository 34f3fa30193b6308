"""Debug information: DWARF 2 to 5 written for objects and images, read back, verified, evaluated.

    from starklink.dwarf import DebugInfo          # write (docs/dwarf-write.md)
    from starklink.dwarf import DebugFile          # read and query (docs/dwarf-read.md)

Names are loaded when they are used: the compiler needs few of the parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .cfi import Cfi as Cfi
    from .cfi import frame_columns as frame_columns
    from .cursor import DwarfError as DwarfError
    from .entries import Address as Address
    from .entries import Entry as Entry
    from .entries import Form as Form
    from .entries import Locations as Locations
    from .entries import Ranges as Ranges
    from .evaluator import Context as Context
    from .evaluator import evaluate as evaluate
    from .evaluator import frame_base as frame_base
    from .exprs import Expression as Expression
    from .info import DebugInfo as DebugInfo
    from .query import DebugFile as DebugFile
    from .rows import VersionError as VersionError
    from .verifier import verify as verify

_HOMES: Final = {
    "Cfi": "cfi", "frame_columns": "cfi", "DwarfError": "cursor", "Address": "entries", "Entry": "entries", "Form": "entries",
    "Locations": "entries", "Ranges": "entries", "Context": "evaluator", "evaluate": "evaluator", "frame_base": "evaluator",
    "Expression": "exprs", "DebugInfo": "info", "DebugFile": "query", "VersionError": "rows", "verify": "verifier"}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{home}"), name)
