"""What a source is assembled into: sections, symbols, and the columns that `layout` and `elf` work on.

A `Piece` is one subsection while the source is read; afterwards the pieces of a section are joined, and every place in it is one
number, the *provisional offset*: branches short, paddings one byte. `Section.move` maps those to final offsets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

# Item kinds of a piece; the first three are those of asm.relax.
BRANCH: Final = 0
ALIGN: Final = 1
ORG: Final = 2
LEB: Final = 3
SPACE: Final = 4

LOCAL: Final = 0
GLOBAL: Final = 1
WEAK: Final = 2
UNIQUE: Final = 10


class Fix(NamedTuple):
    """`size` bytes at provisional `position` take `value` + `addend`. `relative`: minus the address of the field. `kind`: the
    relocation number wanted, -1 = what fits; `signed`: a four-byte absolute field is sign-extended, a relative one
    is no branch's. `final`: `position` is none that layout moves any more."""

    position: int
    size: int
    value: Expr
    addend: int
    relative: bool
    kind: int
    signed: bool
    place: Any
    final: bool = False


class Item(NamedTuple):
    """A place whose size is settled at the end. BRANCH: `value` is the target, `data` the opcode of the long form, `size` its
    growth, `limit` the bytes of its distance (negative: no linkage table is reached from here); ALIGN: `size` the multiple,
    `limit` the greatest padding (0 = any), `data` the fill unit (b"" = nops); ORG: `value` the offset; LEB: `value`, `size` 1 =
    signed; SPACE: `value` the count. `data` of the last three: the filling."""

    position: int
    kind: int
    value: Expr
    size: int
    limit: int
    data: bytes
    place: Any


class Piece:
    """A subsection being filled."""

    __slots__ = ("buffer", "fixes", "items", "section", "start")

    def __init__(self, section: Section) -> None:
        self.section = section
        self.buffer = bytearray()
        self.fixes: list[Fix] = []
        self.items: list[Item] = []
        self.start = 0  # provisional offset of the piece in its section, once joined


class Section:
    """An output section. `entry`: size of its elements (MERGE); `group`: signature symbol of its comdat group or ''."""

    __slots__ = (
        "align",
        "data",
        "entry",
        "fixes",
        "flags",
        "group",
        "index",
        "items",
        "kind",
        "linked",
        "move",
        "name",
        "pieces",
        "rows",
        "shape",
        "size",
    )  # fmt: skip

    def __init__(self, name: str, kind: int, flags: int, entry: int = 0, group: str = "") -> None:
        self.name = name
        self.kind = kind
        self.flags = flags
        self.entry = entry
        self.group = group
        self.linked = ""
        self.align = 1
        self.pieces: dict[int, Piece] = {}
        self.items: list[Item] = []
        self.fixes: list[Fix] = []
        self.data = bytearray()
        self.size = 0
        self.move: Callable[[int], int] = _same
        self.shape: Any = None  # layout's own state
        self.rows: list[tuple[int, int, int, int]] = []  # relocations: offset, type, symbol number, addend
        self.index = 0

    def piece(self, number: int) -> Piece:
        """The subsection of that number."""
        found = self.pieces.get(number)
        if found is None:
            found = self.pieces[number] = Piece(self)
        return found


def _same(offset: int) -> int:
    return offset


class Symbol:
    """A name. It is a label (`piece`, `position`), an equation (`value`), or neither: undefined or common (`common` >= 0: bytes).

    `settle`, if there is one, gives the number when all sections have their layout (views of line rows).
    """

    __slots__ = (
        "binding", "common", "common_align", "index", "kind", "mentioned", "name", "order", "piece", "place", "position",
        "settle", "size", "tls", "used", "value", "version", "visibility",
    )  # fmt: skip

    def __init__(self, name: str) -> None:
        self.name = name
        self.piece: Piece | None = None
        self.position = 0
        self.value: Expr | None = None
        self.settle: Callable[[], int] | None = None
        self.binding = LOCAL
        self.kind = 0
        self.size: Expr = 0
        self.visibility = 0
        self.common = -1
        self.common_align = 1
        self.tls = False
        self.used = False  # a relocation names it
        self.mentioned = False  # by the source, so an undefined one is wanted from elsewhere
        self.version: list[str] = []
        self.index = 0
        self.order = 0
        self.place: Any = None

    @property
    def defined(self) -> bool:
        """Whether it is a label, an equation or the like."""
        return self.piece is not None or self.value is not None or self.settle is not None

    @property
    def internal(self) -> bool:
        """A name for the assembler only, which the symbol table leaves out unless a relocation needs it."""
        return self.name.startswith((".L", "\1")) and self.binding == LOCAL


class Op(NamedTuple):
    """An operation whose result is not known yet."""

    name: str
    left: Expr
    right: Expr


class Suffixed(NamedTuple):
    """`symbol@PLT` and the like."""

    value: Expr
    suffix: str


Expr: TypeAlias = int | Symbol | Op | Suffixed
