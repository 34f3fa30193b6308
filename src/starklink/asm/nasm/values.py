"""Values of expressions: numbers, and sums of addresses, registers and things not yet known.

A `Sum` is const + coefficient * atom + ... . Atoms are

    int        a *chunk*: code without anything of variable size in it (see program.py); stands for the chunk's address
    Label      a label that is not defined yet, or one that is defined elsewhere
    Section    the beginning of a section
    Reg        a register
    Deferred   an operator that needs numbers which are not known yet

Because everything inside a chunk has a fixed distance, `$ - start` is a plain number whenever both lie in one chunk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from ..operands import Reg, Symbolic
from .errors import NasmError

if TYPE_CHECKING:
    from .program import Label, Section, Start


def wrap(value: int) -> int:
    """A number as the signed 64-bit one it is computed with."""
    if -0x8000_0000_0000_0000 <= value <= 0x7FFF_FFFF_FFFF_FFFF:
        return value
    value &= 0xFFFF_FFFF_FFFF_FFFF
    return value - (1 << 64) if value >> 63 else value


class Sum(Symbolic):
    """See the module. `wrt`: what stands behind WRT: a special symbol's name or None."""

    __slots__ = ("const", "terms", "wrt")

    def __init__(self, const: int, terms: dict[Any, int], wrt: str | None = None) -> None:
        self.const = const
        self.terms = terms
        self.wrt = wrt

    def __repr__(self) -> str:
        return "symbol" + (f" wrt {self.wrt}" if self.wrt else "")


Value: TypeAlias = int | Sum


class Deferred:
    """An operator over values that are not known yet. `compute` gets them as numbers."""

    __slots__ = ("compute", "operands", "symbol")

    def __init__(self, symbol: str, compute: Callable[..., int], operands: tuple[Value, ...]) -> None:
        self.symbol = symbol
        self.compute = compute
        self.operands = operands


class Settled(NamedTuple):
    """A value with the addresses of a pass: `number`, and what it is relative to (section or foreign label -> coefficient).
    `known` is False if a label is not defined so far."""

    number: int
    segments: dict[Any, int]
    known: bool


_NONE: Final[dict[Any, int]] = {}


def add(left: Value, right: Value, factor: int = 1) -> Value:
    """left + factor * right."""
    if type(left) is int and type(right) is int:
        return wrap(left + factor * right)
    if type(left) is int:
        assert type(right) is Sum
        if factor == 1:
            return Sum(wrap(left + right.const), right.terms, right.wrt)
        return Sum(
            wrap(left + factor * right.const), {atom: factor * one for atom, one in right.terms.items()}, right.wrt
        )
    assert type(left) is Sum
    if type(right) is int:
        return Sum(wrap(left.const + factor * right), left.terms, left.wrt)
    assert type(right) is Sum
    terms = dict(left.terms)
    for atom, one in right.terms.items():
        total = terms.get(atom, 0) + factor * one
        if total:
            terms[atom] = total
        else:
            del terms[atom]
    const = wrap(left.const + factor * right.const)
    if not terms:
        return const
    return Sum(const, terms, left.wrt or right.wrt)


def scale(value: Value, factor: int) -> Value:
    """factor * value."""
    if type(value) is int:
        return wrap(value * factor)
    assert type(value) is Sum
    if not factor:
        return 0
    return Sum(wrap(value.const * factor), {atom: wrap(one * factor) for atom, one in value.terms.items()}, value.wrt)


class Space:
    """Addresses of chunks during the passes: `base[chunk]` is the offset in its section `owner[chunk]`."""

    __slots__ = ("base", "owner")

    def __init__(self) -> None:
        self.base: list[int] = []
        self.owner: list[Section | Start | Label | None] = []

    def chunk(self, owner: Section | Start | Label | None, base: int) -> int:
        """A new chunk."""
        self.base.append(base)
        self.owner.append(owner)
        return len(self.base) - 1


def settle(value: Value, space: Space) -> Settled:
    """The value with the present addresses. Raises NasmError for an operator on something that is no number."""
    if type(value) is int:
        return Settled(value, _NONE, True)
    assert type(value) is Sum
    number = value.const
    segments: dict[Any, int] = {}
    known = True
    for atom, factor in value.terms.items():
        if type(atom) is int:
            number += factor * space.base[atom]
            owner = space.owner[atom]
            if owner is not None:
                segments[owner] = segments.get(owner, 0) + factor
        elif isinstance(atom, Deferred):
            result = settle_deferred(atom, space)
            if result is None:
                known = False
            else:
                number += factor * result
        elif isinstance(atom, Reg):
            raise NasmError(f"a register ({atom.name}) cannot be part of this expression", atom.name)
        else:
            found = atom.settle(space)
            if found is None:
                known = False
                continue
            number += factor * found.number
            for segment, one in found.segments.items():
                segments[segment] = segments.get(segment, 0) + factor * one
            known = known and found.known
    if segments:
        segments = {segment: one for segment, one in segments.items() if one}
    return Settled(wrap(number), segments, known)


def settle_deferred(node: Deferred, space: Space) -> int | None:
    """The result of an operator, None if an operand is not known."""
    numbers: list[int] = []
    for operand in node.operands:
        found = settle(operand, space)
        if not found.known:
            return None
        if found.segments:
            raise NasmError(scalar_message(node.symbol))
        numbers.append(found.number)
    return wrap(node.compute(*numbers))


def unknowns_cancel(value: Value) -> bool:
    """Whether labels that are not defined yet occur only in differences: then NASM goes on as if they were equal."""
    if type(value) is int:
        return True
    assert type(value) is Sum
    total = 0
    for atom, factor in value.terms.items():
        if isinstance(atom, Deferred):
            if not all(unknowns_cancel(operand) for operand in atom.operands):
                return False
        elif type(atom) is not int:
            total += 0 if getattr(atom, "defined", True) else factor
    return total == 0


def assumed(value: Value, space: Space) -> int:
    """The value if labels that are not defined yet are 0."""
    if type(value) is int:
        return value
    assert type(value) is Sum
    number = value.const
    for atom, factor in value.terms.items():
        if type(atom) is int:
            number += factor * space.base[atom]
        elif isinstance(atom, Deferred):
            number += factor * atom.compute(*[assumed(operand, space) for operand in atom.operands])
        elif not isinstance(atom, Reg):
            found = atom.settle(space)
            number += factor * found.number if found is not None else 0
    return wrap(number)


def scalar_message(symbol: str) -> str:
    """What to say when an operator meets an address."""
    if symbol in ("/", "//", "%", "%%"):
        return "the division operators need plain numbers, not addresses"
    if symbol in ("<", ">", "<=", ">=", "<=>"):
        return f"`{symbol}': the operands differ by something that is no plain number"
    return f"the operator `{symbol}' needs plain numbers, not addresses"
