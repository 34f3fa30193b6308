"""What is being assembled: labels, sections, and in them *chunks* of fixed bytes with items of variable size between.

Section `.text`:   chunk 0   item   chunk 3   item   chunk 4 ...

Everything inside a chunk keeps its distance, so only items are looked at again in later passes. `Space.base[chunk]` is the offset
of a chunk in its section; a pass goes through the items in the order of the source and renews the bases as it comes along, so an
item sees present addresses of what stands before it and those of the last pass of what follows, exactly as a multi-pass assembler
that reads its source again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ..places import Place
from .errors import NOWHERE
from .values import Settled, Space, Sum, Value, assumed, settle

if TYPE_CHECKING:
    from .assembler import Assembler

LOCAL, STATIC, GLOBAL, EXTERN, REQUIRED, COMMON = range(6)
KIND_NAMES: Final = ("local", "static", "global", "extern", "required", "common")


MAX_CONTENTS: Final = 1 << 30
"""Bytes a section with contents may have."""


class Label:
    """A symbol. Defined labels lie `offset` bytes behind the start of `chunk`, or (`chunk` -1, EQU) have a `value`.

    `special`: what a declaration says about the symbol behind a colon; `size`: bytes of a common symbol. `round`: number of the
    recording in which it was defined last.
    """

    __slots__ = (
        "chunk", "defined", "equ", "kind", "name", "offset", "order", "place", "round", "size", "special", "used", "value",
    )  # fmt: skip

    def __init__(self, name: str) -> None:
        self.name = name
        self.kind = LOCAL
        self.chunk = -1
        self.offset = 0
        self.value: Value = 0
        self.defined = False
        self.equ = False
        self.special = ""
        self.size: Value = 0
        self.used = False
        self.place: Place = NOWHERE
        self.order = 0
        self.round = 0

    def __repr__(self) -> str:
        return f"Label({self.name})"

    def term(self) -> Value:
        """The label as part of an expression."""
        if self.defined:
            if self.chunk >= 0:
                return Sum(self.offset, {self.chunk: 1})
            return self.value
        return Sum(0, {self: 1})

    def settle(self, space: Space) -> Settled | None:
        """The label's address; None if it is not known. Foreign symbols are relative to themselves."""
        if self.defined:
            if self.chunk >= 0:
                owner = space.owner[self.chunk]
                number = space.base[self.chunk] + self.offset
                return Settled(number, {owner: 1} if owner is not None else {}, True)
            return settle(self.value, space)
        if self.kind >= EXTERN:
            return Settled(0, {self: 1}, True)
        return None


class Blank(bytearray):
    """The contents of a section without contents: only its size."""

    __slots__ = ("size",)

    def __init__(self, size: int = 0) -> None:
        super().__init__()
        self.size = size

    def __len__(self) -> int:
        return self.size

    def __iadd__(self, data: Any) -> Blank:  # type: ignore[misc]
        self.size += len(data)
        return self


class Section:
    """A section. `pieces` alternates chunks (number, bytes) and items; `data` and `chunk` are the chunk being filled.

    `attributes` is what the output format knows about it. An *absolute* section has no contents: its labels are numbers.
    """

    __slots__ = ("absolute", "align", "attributes", "blank", "bytes", "chunk", "data", "name", "pieces")

    def __init__(self, name: str, blank: bool, absolute: bool = False) -> None:
        self.name = name
        self.blank = blank
        self.absolute = absolute
        self.align = 1
        self.attributes: dict[str, Any] = {}
        self.pieces: list[tuple[int, bytearray] | Item] = []
        self.data = bytearray()
        self.chunk = -1
        self.bytes = b""

    def __repr__(self) -> str:
        return f"Section({self.name})"

    def settle(self, space: Space) -> Settled:
        """The beginning of the section as a value."""
        return Settled(0, {self: 1}, True)

    def begin(self, chunk: int) -> None:
        """Start a new chunk."""
        self.chunk = chunk
        self.data = Blank() if self.blank or self.absolute else bytearray()
        self.pieces.append((chunk, self.data))


class Start:
    """The load address of a section as something to refer to: `section..data.start`."""

    __slots__ = ("section",)

    def __init__(self, section: Section) -> None:
        self.section = section

    def settle(self, space: Space) -> Settled:
        """The address as one relative to itself."""
        return Settled(0, {self: 1}, True)


class Fixup:
    """A field of `size` bytes that takes a value known at the end. `relative`: counted from `end` bytes behind the field's
    start; `check`: "" or how overflow is looked at: "data", "signed", "wrap"."""

    __slots__ = ("check", "chunk", "end", "offset", "place", "relative", "size", "value")

    def __init__(
        self, chunk: int, offset: int, size: int, value: Value, relative: bool, end: int, check: str, place: Place
    ) -> None:
        self.chunk = chunk
        self.offset = offset
        self.size = size
        self.value = value
        self.relative = relative
        self.end = end
        self.check = check
        self.place = place


class Item:
    """Something of variable size: it stands `offset` bytes behind the start of `chunk` and `following` is the chunk behind it."""

    __slots__ = ("chunk", "following", "offset", "place", "section", "size", "stable")

    def __init__(self, section: Section, place: Place) -> None:
        self.section = section
        self.place = place
        self.chunk = section.chunk
        self.offset = len(section.data)
        self.following = -1
        self.size = 0
        self.stable = False

    def measure(self, assembler: Assembler) -> int:
        """The size with the present addresses."""
        raise NotImplementedError

    def emit(self, assembler: Assembler, out: bytearray, at: int) -> None:
        """Append the final bytes; `at` is the item's offset in its section."""
        raise NotImplementedError


class Branch(Item):
    """A jump that has a short and a long form: their bytes before the field; `field`: size of the long one's."""

    __slots__ = ("field", "label_chunk", "label_offset", "long", "short", "target")

    def __init__(
        self, section: Section, place: Place, target: Value, short: bytes, long: bytes, field: int
    ) -> None:
        super().__init__(section, place)
        self.target = target
        self.short = short
        self.long = long
        self.field = field
        self.label_chunk = -1
        self.label_offset = 0

    def measure(self, assembler: Assembler) -> int:
        space = assembler.space
        short = len(self.short) + 1
        if self.label_chunk < 0:
            found = settle(self.target, space)
            if not found.known:
                return short
            if not self._bind(found, space):
                self.stable = True
                return len(self.long) + self.field
            if self.label_chunk < 0:
                return self._size(found.number - (space.base[self.chunk] + self.offset) - short)
        base = space.base
        away = base[self.label_chunk] + self.label_offset - (base[self.chunk] + self.offset) - short
        return short if -128 <= away <= 127 else len(self.long) + self.field

    def _size(self, away: int) -> int:
        if -128 <= away <= 127:
            return len(self.short) + 1
        return len(self.long) + self.field

    def _bind(self, found: Settled, space: Space) -> bool:
        """Whether the target lies in the same section; a plain label is looked up directly from then on."""
        if found.segments != ({} if self.section.absolute else {self.section: 1}):
            return False
        target = self.target
        if type(target) is Sum and len(target.terms) == 1 and target.wrt is None:
            atom, factor = next(iter(target.terms.items()))
            if factor == 1 and type(atom) is int:
                self.label_chunk, self.label_offset = atom, target.const
            elif factor == 1 and isinstance(atom, Label) and atom.chunk >= 0:
                self.label_chunk, self.label_offset = atom.chunk, atom.offset + target.const
        return True

    def emit(self, assembler: Assembler, out: bytearray, at: int) -> None:
        if self.label_chunk >= 0:
            base = assembler.space.base
            away = base[self.label_chunk] + self.label_offset - at - self.size
            if self.size == len(self.short) + 1:
                if -128 <= away <= 127:
                    out += self.short
                    out.append(away & 0xFF)
                    return
            elif self.field == 4 and -0x8000_0000 <= away <= 0x7FFF_FFFF:
                out += self.long
                out += (away & 0xFFFF_FFFF).to_bytes(4, "little")
                return
        if self.size == len(self.short) + 1:
            out += self.short
            assembler.fix(self.section, out, 1, self.target, True, 1, "short", self.place)
        else:
            out += self.long
            assembler.fix(self.section, out, self.field, self.target, True, self.field, "", self.place)


class Equ(Item):
    """A symbol whose value depends on what is not known yet: it is renewed in every pass. Takes no room."""

    __slots__ = ("expression", "label")

    def __init__(self, nowhere: Section, place: Place, label: Label, expression: Value) -> None:
        super().__init__(nowhere, place)
        self.following = nowhere.chunk
        self.label = label
        self.expression = expression

    def measure(self, assembler: Assembler) -> int:
        found = settle(self.expression, assembler.space)
        if found.known:
            value: Value = found.number
            if found.segments:
                value = assembler.relocatable(found)
            if not self.label.defined or assembler.differs(self.label.value, value):
                assembler.changes += 1
            self.label.value = value
            self.label.defined = True
        return 0

    def emit(self, assembler: Assembler, out: bytearray, at: int) -> None:
        return


def rounds(count: int) -> int:
    """How often TIMES repeats: sources rely on its count having 32 bits (`times ((last - $) >> 31) + 1 rep`)."""
    return count & 0xFFFF_FFFF if count > 0 else 0


class Times(Item):
    """`times` with a count that may change. `body` assembles one repetition into fixed bytes."""

    __slots__ = ("body", "count", "fixed", "forward")

    def __init__(
        self, section: Section, place: Place, count: Value, body: Callable[[Assembler, bytearray], None], fixed: int
    ) -> None:
        super().__init__(section, place)
        self.count = count
        self.body = body
        self.fixed = fixed
        self.forward = False

    def rounds(self, assembler: Assembler) -> int:
        """How often to repeat."""
        found = settle(self.count, assembler.space)
        if not found.known:
            return rounds(assumed(self.count, assembler.space))
        return 1 if found.segments else rounds(found.number)

    def measure(self, assembler: Assembler) -> int:
        return self.rounds(assembler) * self.fixed

    def emit(self, assembler: Assembler, out: bytearray, at: int) -> None:
        found = settle(self.count, assembler.space)
        if not found.known or found.segments:
            assembler.bag.error("non-constant argument supplied to TIMES", self.place, "times")
            return
        if found.number < 0:
            assembler.bag.error(f"TIMES value {found.number} is negative", self.place, "times")
            return
        if self.section.blank or self.section.absolute:
            return
        if len(out) + self.size > MAX_CONTENTS:
            assembler.bag.error(f"section `{self.section.name}' becomes larger than 1 GiB", self.place)
            return
        for _ in range(rounds(found.number)):
            self.body(assembler, out)


class Copies(Times):
    """`times` with a count that may change, of a statement with symbols: `inner` is the item it became, or its bytes with the
    fields to fill."""

    __slots__ = ("code", "fields", "inner")

    def __init__(
        self, section: Section, place: Place, count: Value, code: bytes, fields: list[Fixup], inner: Item | None
    ) -> None:
        super().__init__(section, place, count, self._copy, len(code))
        self.inner = inner
        self.code = code
        self.fields = fields

    def measure(self, assembler: Assembler) -> int:
        if self.inner is not None:
            self.fixed = self.inner.size = self.inner.measure(assembler)
        return super().measure(assembler)

    def _copy(self, assembler: Assembler, out: bytearray) -> None:
        at = len(out)
        if self.inner is not None:
            self.inner.emit(assembler, out, at)
            return
        out += self.code
        for one in self.fields:
            where = at + one.offset - self.offset
            assembler.apply(self.section, out, where, one.size, one.value, one.relative, one.end, one.check, one.place)


class Padding(Item):
    """The padding of `%use smartalign`."""

    __slots__ = ("bits", "boundary", "fill")

    def __init__(self, section: Section, place: Place, boundary: int, fill: Callable[[int], bytes]) -> None:
        super().__init__(section, place)
        self.boundary = boundary
        self.fill = fill
        self.bits = 0

    def measure(self, assembler: Assembler) -> int:
        return -(assembler.space.base[self.chunk] + self.offset) % self.boundary

    def emit(self, assembler: Assembler, out: bytearray, at: int) -> None:
        if self.size and not self.section.blank:
            out += self.fill(self.size)


class Reserve(Item):
    """Room whose size is an expression, or too much room to be kept as bytes."""

    __slots__ = ("count", "unit")

    def __init__(self, section: Section, place: Place, count: Value, unit: int) -> None:
        super().__init__(section, place)
        self.count = count
        self.unit = unit

    def measure(self, assembler: Assembler) -> int:
        found = settle(self.count, assembler.space)
        if not found.known:
            return 0
        return max(found.number, 0) * self.unit

    def emit(self, assembler: Assembler, out: bytearray, at: int) -> None:
        found = settle(self.count, assembler.space)
        if not found.known or found.segments:
            assembler.bag.error("attempt to reserve non-constant quantity of memory", self.place)
        elif found.number < 0:
            assembler.bag.error(f"attempt to reserve a negative quantity of memory ({found.number})", self.place)
        elif not self.section.blank and not self.section.absolute:
            if len(out) + self.size > MAX_CONTENTS:
                assembler.bag.error(f"section `{self.section.name}' becomes larger than 1 GiB", self.place)
                return
            out += bytes(self.size)
