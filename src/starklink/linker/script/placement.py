"""What `assign` returns: the finished layout as plain records. All addresses, offsets and sizes are in bytes."""

from __future__ import annotations

from typing import NamedTuple

from ...support.record import dataclass, field
from .table import Out


class SymbolAssignment(NamedTuple):
    """A symbol the layout defines. `value` is its address; `home` the section it moves with (None: absolute)."""

    name: str
    value: int
    home: Out | None
    provide: bool
    hidden: bool
    start: int


class Usage(NamedTuple):
    """A region for --print-memory-usage."""

    name: str
    origin: int
    length: int
    used: int


class SegmentSpec(NamedTuple):
    """A program header of PHDRS with its sections. `flags` and `at` None: not given."""

    name: str
    type: int
    flags: int | None
    filehdr: bool
    phdrs: bool
    at: int | None
    outputs: list[Out]


class Gap(NamedTuple):
    """Bytes of an output section nobody fills. `fill` None: the default (no-ops in code, else zeros); else repeated."""

    offset: int
    size: int
    fill: bytes | None


@dataclass(slots=True, eq=False)
class Placement:
    """A layout. `outputs` are the sections that are written, in script order; `home[id]` (None: dropped) and `offset[id]` say
    where each input section lies. `data[out index]` are explicit bytes as (offset, bytes), `gaps[out index]` the padding."""

    outputs: list[Out] = field(default_factory=list)
    home: list[Out | None] = field(default_factory=list)
    offset: list[int] = field(default_factory=list)
    symbols: dict[str, SymbolAssignment] = field(default_factory=dict)
    data: list[list[tuple[int, bytes]]] = field(default_factory=list)
    gaps: list[list[Gap]] = field(default_factory=list)
    usage: list[Usage] = field(default_factory=list)
    segments: list[SegmentSpec] | None = None
    relro: tuple[int, int] | None = None
    """Start and end of what DATA_SEGMENT_ALIGN and DATA_SEGMENT_RELRO_END bracket."""
    passes: int = 0
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
