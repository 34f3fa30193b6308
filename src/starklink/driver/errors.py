"""What can go wrong in a compilation, as exceptions of the Python API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..support.diagnostics import Bag, Diagnostic


class CompileError(Exception):
    """The source has errors. `diagnostics` are sorted; `str()` is their text as the command prints it."""

    def __init__(self, bag: Bag) -> None:
        self.bag = bag
        super().__init__(bag.render())

    @property
    def diagnostics(self) -> Sequence[Diagnostic]:
        """Errors and warnings by file, line and column."""
        return self.bag.sorted()


class InternalError(Exception):
    """A fault of the compiler itself. `phase` is what it was doing, `where` the user's source line ("" if unknown)."""

    def __init__(self, phase: str, where: str, cause: BaseException) -> None:
        self.phase = phase
        self.where = where
        self.cause = cause
        place = f" at {where}" if where else ""
        text = str(cause).splitlines()
        reason = f"{type(cause).__name__}: {text[0]}" if text else type(cause).__name__
        super().__init__(f"internal failure in phase {phase}{place}: {reason}")
