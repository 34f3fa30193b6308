"""Where in the user's source the compiler was when it failed.

No phase records its position while it works. When one fails, the frames of the traceback still hold what they were
looking at: a position, a tree node, a function, an instruction. The innermost of these is the answer.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Final

from ..support.spans import SourceMap

NAMES: Final = (
    "node",
    "stmt",
    "expr",
    "e",
    "s",
    "decl",
    "declarator",
    "call",
    "method",
    "function",
    "func",
    "fn",
    "token",
    "context",
    "ctx",
    "b",
)
"""Local variables that may hold something with a position, most telling first."""


def position(error: BaseException) -> int:
    """Best known source position (support.spans) of a failure, 0 if nothing is known."""
    frames = []
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        frames.append(trace.tb_frame)
        trace = trace.tb_next
    for frame in reversed(frames[-200:]):
        found = _in_locals(frame.f_locals)
        if found:
            return found
    return 0


def where(error: BaseException, sources: SourceMap) -> str:
    """`FILE:LINE:COL` of a failure and the source line, "" if nothing is known."""
    pos = position(error)
    file = sources.file_at(pos)
    if file is None:
        return ""
    place = sources.locate(pos)
    return f"{place.file}:{place.line}:{place.column} ({file.line_text(place.line).strip()[:200]})"


def _in_locals(values: dict[str, Any]) -> int:
    pos = values.get("pos")
    if isinstance(pos, int) and pos > 0:
        return pos
    inst, module = values.get("inst"), values.get("module")
    if isinstance(inst, int) and module is not None and hasattr(module, "insts"):
        pos = module.insts.pos[inst]
        if pos:
            return int(pos)
    for name in NAMES:
        value = values.get(name)
        for attribute in ("start", "pos"):
            pos = getattr(value, attribute, 0)
            if isinstance(pos, int) and pos > 0:
                return pos
    return 0
