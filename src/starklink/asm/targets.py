"""What an operand can refer to: symbols of the link, labels of the fragment and distances between labels."""

from __future__ import annotations

from typing import TypeAlias


class AsmError(ValueError):
    """A statement cannot be assembled; the text says what was given and what exists."""


# -- symbols and labels ----------------------------------------------------------------------------------------------------------
class Sym:
    """A symbol of the link plus `addend` bytes. `kind`: a `Reloc` number wanted for the reference, -1 = what fits the place."""

    __slots__ = ("addend", "kind", "name")

    def __init__(self, name: str, addend: int = 0, kind: int = -1) -> None:
        self.name = name
        self.addend = addend
        self.kind = kind

    def __add__(self, other: int) -> Sym:
        return Sym(self.name, self.addend + other, self.kind) if isinstance(other, int) else NotImplemented

    def __sub__(self, other: int) -> Sym:
        return Sym(self.name, self.addend - other, self.kind) if isinstance(other, int) else NotImplemented

    @property
    def plt(self) -> Sym:
        """The same symbol through the procedure linkage table (PLT32)."""
        return Sym(self.name, self.addend, 4)

    def reloc(self, kind: int) -> Sym:
        """The same symbol by a relocation of the psABI: `sym("x").reloc(Reloc.TPOFF32)`. Raises AsmError."""
        if not isinstance(kind, int):
            raise AsmError(f"{kind!r} is no kind of relocation: it must be a number, as in objwriter.model.Reloc")
        return Sym(self.name, self.addend, kind)

    @property
    def tpoff(self) -> Sym:
        """A thread-local symbol's distance from the thread pointer (TPOFF32): `dword[fs:sym("x").tpoff]`."""
        return Sym(self.name, self.addend, 23)

    @property
    def gottpoff(self) -> Sym:
        """The slot of that distance in the global offset table, relative to the instruction pointer (GOTTPOFF)."""
        return Sym(self.name, self.addend, 22)

    @property
    def tlsgd(self) -> Sym:
        """The pair of slots that `__tls_get_addr` takes (TLSGD)."""
        return Sym(self.name, self.addend, 19)

    @property
    def tlsld(self) -> Sym:
        """The pair of slots of this module's thread-local memory (TLSLD)."""
        return Sym(self.name, self.addend, 20)

    @property
    def dtpoff(self) -> Sym:
        """A thread-local symbol's distance from this module's thread-local memory (DTPOFF32)."""
        return Sym(self.name, self.addend, 21)

    @property
    def gotpcrel(self) -> Sym:
        """The symbol's slot in the global offset table, relative to the instruction pointer (GOTPCREL)."""
        return Sym(self.name, self.addend, 9)

    def __repr__(self) -> str:
        return self.name + (f"{self.addend:+d}" if self.addend else "")


def sym(name: str, addend: int = 0, kind: int = -1) -> Sym:
    """A symbol of the link plus `addend` bytes; see `Sym`."""
    return Sym(name, addend, kind)


class Label:
    """A place in one fragment. `position` is -1 until the assembler binds it (then: bytes, before relaxation). The name of a
    `local` label is not part of the result."""

    __slots__ = ("local", "name", "position")

    def __init__(self, name: str = "", local: bool = False) -> None:
        self.name = name
        self.local = local
        self.position = -1

    def __add__(self, other: int) -> Ref:
        return Ref(self, other) if isinstance(other, int) else NotImplemented

    def __sub__(self, other: Label | Ref | int) -> Difference | Ref:
        return Ref(self, 0) - other

    def __repr__(self) -> str:
        return self.name or f"<label {id(self):#x}>"


class Ref:
    """A label plus `addend` bytes."""

    __slots__ = ("addend", "label")

    def __init__(self, label: Label, addend: int) -> None:
        self.label = label
        self.addend = addend

    def __add__(self, other: int) -> Ref:
        return Ref(self.label, self.addend + other) if isinstance(other, int) else NotImplemented

    def __sub__(self, other: Label | Ref | int) -> Difference | Ref:
        if isinstance(other, int):
            return Ref(self.label, self.addend - other)
        if isinstance(other, Label):
            return Difference(self.label, other, self.addend)
        if isinstance(other, Ref):
            return Difference(self.label, other.label, self.addend - other.addend)
        return NotImplemented

    def __repr__(self) -> str:
        return f"{self.label!r}{self.addend:+d}"


class Difference:
    """The number `end - start + addend`, known when the fragment is finished."""

    __slots__ = ("addend", "end", "start")

    def __init__(self, end: Label, start: Label, addend: int = 0) -> None:
        self.end = end
        self.start = start
        self.addend = addend

    def __add__(self, other: int) -> Difference:
        return Difference(self.end, self.start, self.addend + other)

    def __sub__(self, other: int) -> Difference:
        return Difference(self.end, self.start, self.addend - other)

    def __repr__(self) -> str:
        return f"{self.end!r}-{self.start!r}" + (f"{self.addend:+d}" if self.addend else "")


Target: TypeAlias = Sym | Label | Ref | str
