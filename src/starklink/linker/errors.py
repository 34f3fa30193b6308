"""What a link reports when it refuses its inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN = 20
"""More problems than this are only counted."""


class LinkError(Exception):
    """The inputs do not make an image. `problems` holds one text per finding, each naming section, offset and
    symbol."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        lines = self.problems[:SHOWN]
        if len(self.problems) > SHOWN:
            lines.append(f"... and {len(self.problems) - SHOWN} more")
        super().__init__("\n".join(lines))


class Unforeseen(Exception):
    """Symbols of a script turned out to be absolute, or not to be, otherwise than relocations were counted for. `names`: all
    that are absolute."""

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__("symbols of the script")
        self.names = names
