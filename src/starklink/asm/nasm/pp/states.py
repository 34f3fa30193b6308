"""States of a conditional: what its lines are while `%if ... %elif ... %else` is gone through."""

from __future__ import annotations

TRUE, FALSE, ELSE_TRUE, ELSE_FALSE, DONE, NEVER = range(6)
