"""Where text that is assembled stands, what is wrong with it there, what it refers to: what all front ends share."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """Where a line of the source stands. `macro`: the macro whose body it is part of ("" = none); `call`: where it was called."""

    file: str
    line: int
    text: str
    macro: str = ""
    call: Place | None = None


class Symbolic:
    """What a front end puts where a symbol is expected: it fills the `Patch` of its own kind of address itself."""

    __slots__ = ()


class SourceError(ValueError):
    """A line that cannot be assembled. `near` is a piece of the line the caret points at ("" = the statement)."""

    def __init__(self, message: str, near: str = "") -> None:
        super().__init__(message)
        self.near = near
