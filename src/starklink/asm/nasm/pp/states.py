"""States of a conditional: what its lines are while `%if ... %elif ... %else` is gone through."""

from __future__ import annotations

from typing import Final

TRUE: Final = 0
FALSE: Final = 1
ELSE_TRUE: Final = 2
ELSE_FALSE: Final = 3
DONE: Final = 4
NEVER: Final = 5
