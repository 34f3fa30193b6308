"""Values of script expressions: numbers, absolute addresses and offsets into output sections (GNU ld manual,
"Expression Section").

A value is (number, home): home None is a plain number, ABSOLUTE an address, an `Out` an offset into that section. Operators
keep the home if one operand is a plain number; of two addresses in different places both become absolute first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ...support.record import dataclass, field
from ..plan import Assign, Expr
from .arithmetic import MASK, align_up, binary, unary
from .table import Out


class Absolute:
    """The type of ABSOLUTE."""

    __slots__ = ()
    vma = 0

    def __repr__(self) -> str:
        return "ABSOLUTE"


ABSOLUTE: Final = Absolute()
Home = Out | Absolute | None
Value = tuple[int, Home]

Definition = tuple[int, int]
"""Of a symbol of an input: (section id or -1 for absolute, value in it)."""

_PLAIN: Final = frozenset(("==", "!=", "<", "<=", ">", ">=", "&&", "||"))


class Problem(Exception):
    """An expression has no value; the text says why."""


@dataclass(slots=True, eq=False)
class Segment:
    """State of DATA_SEGMENT_ALIGN, RELRO_END and END over the passes. `phase`: "none", "align", "relro", "end", "done", "adjust",
    "relro_adjust"; page sizes in bytes."""

    phase: str = "none"
    base: int = 0
    end: int = 0
    page: int = 0
    relro_end: int = 0
    relro_offset: int = 0
    relro: bool = True


@dataclass(slots=True, eq=False)
class Scope:
    """What expressions can see. `lookup` finds symbols of the inputs, `offset` is the place of input sections in `home`."""

    lookup: Callable[[str], Definition | None]
    referenced: Callable[[str], bool]
    home: list[Out | None]
    offset: list[int]
    regions: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    outputs: dict[str, Out] = field(default_factory=dict)
    current: dict[str, Value] = field(default_factory=dict)
    """Symbols assigned in this pass; `previous`: in the pass before."""
    previous: dict[str, Value] = field(default_factory=dict)
    segments: Mapping[str, int] = field(default_factory=dict)
    used_segments: set[str] = field(default_factory=set)
    headers: int = 0
    max_page: int = 0x1000
    common_page: int = 0x1000
    segment: Segment = field(default_factory=Segment)
    final: bool = False
    dot: int = 0
    section: Out | Absolute = ABSOLUTE
    from_dot: bool = False
    """The value came straight from the location counter, so an absolute symbol stays with its neighbourhood."""
    assigning: str = ""


def absolute(value: Value) -> int:
    """A value as an address."""
    number, home = value
    return number + home.vma & MASK if home is not None else number


def address(scope: Scope, expr: Expr) -> int:
    """An expression as a 64-bit address or number. Raises Problem."""
    return absolute(evaluate(scope, expr))


def evaluate(scope: Scope, expr: Expr) -> Value:
    """The value of an expression. Raises Problem."""
    op, args = expr.op, expr.args
    if op == "num":
        return args[0], ABSOLUTE if scope.section is ABSOLUTE else None
    if op == ".":
        scope.from_dot = True
        return scope.dot - scope.section.vma & MASK, scope.section
    if op == "sym":
        return _symbol(scope, args[0])
    if op == "call":
        return _call(scope, args)
    if op == "?":
        return evaluate(scope, args[1] if evaluate(scope, args[0])[0] else args[2])
    if op == "py":
        return int(args[0](Values(scope))) & MASK, ABSOLUTE if scope.section is ABSOLUTE else None
    if len(args) == 1:
        number, home = evaluate(scope, args[0])
        return unary(op, number), home
    return _binary(scope, op, evaluate(scope, args[0]), evaluate(scope, args[1]))


def _binary(scope: Scope, op: str, left: Value, right: Value) -> Value:
    number, home = left
    other, result = right
    if home is not result:
        if result is not None and home is not None:
            number, other = absolute(left), absolute(right)
            home = result = ABSOLUTE
        elif result is None:
            result, home = home, None
    found = binary(op, number, other)
    if found is None:
        raise Problem("division by zero")
    if op in _PLAIN:
        return found, None
    if result is home:
        result = ABSOLUTE if scope.section is ABSOLUTE else None
    return found, result


def _symbol(scope: Scope, name: str) -> Value:
    value = scope.current.get(name)
    found = scope.lookup(name) if value is None else None       # until it is assigned, an input's definition holds
    if value is None and found is None and name != scope.assigning:
        value = scope.previous.get(name)
    if value is None:
        if found is None:
            raise Problem(f"undefined symbol `{name}`")
        section, number = found
        if section < 0:
            value = number, ABSOLUTE
        else:
            home = scope.home[section]
            if home is None:
                raise Problem(f"the symbol `{name}` lies in a section that is not part of the output")
            value = number + scope.offset[section] & MASK, home
    elif isinstance(value[1], Out) and value[1].dropped:
        raise Problem(f"the symbol `{name}` lies in a section that is not part of the output")
    if value[1] is ABSOLUTE and scope.section is not ABSOLUTE:
        return value[0], None
    return value


def _output(scope: Scope, name: str) -> Out | None:
    out = scope.outputs.get(name)
    if out is None and scope.final:
        raise Problem(f"undefined section `{name}`")
    return out


def _call(scope: Scope, args: tuple[Any, ...]) -> Value:
    name = args[0]
    if name in ("ADDR", "LOADADDR"):
        out = _output(scope, args[1])
        if out is None or not (out.started or scope.final):
            if scope.final and out is not None:
                return out.vma if name == "ADDR" else out.lma, ABSOLUTE
            raise Problem(f"the address of `{args[1]}` is not known yet")
        if name == "ADDR" or (out.spec.lma is None and out.lma == out.vma):
            return 0, out
        return out.lma, ABSOLUTE
    if name in ("SIZEOF", "ALIGNOF"):
        out = _output(scope, args[1])
        return (0 if out is None else out.size if name == "SIZEOF" else out.align), None
    if name in ("ORIGIN", "LENGTH"):
        region = scope.regions.get(args[1])
        if region is None:
            raise Problem(f"undefined memory region `{args[1]}`")
        return (region[0] - scope.section.vma & MASK, scope.section) if name == "ORIGIN" else (region[1], None)
    if name == "CONSTANT":
        return scope.max_page if args[1] == "MAXPAGESIZE" else scope.common_page, None
    if name == "DEFINED":
        return int(args[1] in scope.current or scope.lookup(args[1]) is not None), None
    if name == "SIZEOF_HEADERS":
        return scope.headers, None
    if name == "SEGMENT_START":
        scope.used_segments.add(args[1])
        if args[1] in scope.segments:
            return scope.segments[args[1]], ABSOLUTE if scope.section is ABSOLUTE else None
        return evaluate(scope, args[2])
    if name == "ASSERT":
        value = evaluate(scope, args[1])
        if scope.final and not absolute(value):
            raise Problem(args[2])
        return value
    return _function(scope, name, [evaluate(scope, arg) for arg in args[1:]])


def _function(scope: Scope, name: str, values: list[Value]) -> Value:
    number, home = values[0]
    if name == "ABSOLUTE":
        scope.from_dot = False
        return absolute(values[0]), ABSOLUTE
    if name == "LOG2CEIL":
        return max(0, number - 1).bit_length(), home
    if name == "NEXT":
        return align_up(scope.dot, absolute(values[0])), ABSOLUTE
    if name == "ALIGN" and len(values) == 1:
        scope.from_dot = True
        return align_up(scope.dot, number) - scope.section.vma & MASK, scope.section
    if name == "DATA_SEGMENT_END":
        _end(scope, number)
        return values[0]
    if name == "DATA_SEGMENT_ALIGN":
        return _segment_align(scope, absolute(values[0]), absolute(values[1])), ABSOLUTE
    if name == "DATA_SEGMENT_RELRO_END":
        return _relro_end(scope, absolute(values[1]), absolute(values[0])), ABSOLUTE
    other, second = values[1]
    if home is not second:
        if home is not None and second is not None:
            number, other, second = absolute(values[0]), absolute(values[1]), ABSOLUTE
        elif second is None:
            second = home
    if name == "ALIGN":
        return align_up(number, other), second
    return (max if name == "MAX" else min)(number, other), second


# -- the data segment ------------------------------------------------------------------------------------------------------


def _outside(scope: Scope, name: str) -> Segment:
    if scope.section is not ABSOLUTE:
        raise Problem(f"{name} has no meaning inside an output section")
    return scope.segment


def _segment_align(scope: Scope, max_page: int, common: int) -> int:
    segment = _outside(scope, "DATA_SEGMENT_ALIGN")
    value = align_up(scope.dot, max_page)
    if segment.phase == "relro_adjust":
        return segment.base
    if segment.phase == "adjust":
        if common < max_page:
            value += scope.dot + common - 1 & max_page - common
        return value
    if not segment.relro:
        value += scope.dot & max_page - 1
    if segment.phase == "none":
        segment.phase, segment.base, segment.relro_end = "align", value, 0
        segment.page = max_page if segment.relro else common
    return value


def _relro_end(scope: Scope, value: int, offset: int) -> int:
    """DATA_SEGMENT_RELRO_END(offset, value)."""
    segment = _outside(scope, "DATA_SEGMENT_RELRO_END")
    segment.relro_offset = offset
    if segment.phase in ("align", "adjust", "relro_adjust", "done"):
        segment.relro_end = value + offset
    if segment.phase == "relro_adjust" and segment.relro_end & segment.page - 1:
        segment.relro_end = segment.relro_end + segment.page - 1 & -segment.page
        return segment.relro_end - offset
    if segment.phase == "align":
        segment.phase = "relro"
    return value


def _end(scope: Scope, value: int) -> None:
    segment = _outside(scope, "DATA_SEGMENT_END")
    if segment.phase in ("align", "relro"):
        segment.phase, segment.end = "end", value


class Values:
    """What a Python function of the layout may ask: the state of the layout at its place. All numbers are bytes and addresses."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    @property
    def dot(self) -> int:
        """The location counter."""
        return self._scope.dot

    def symbol(self, name: str) -> int:
        """A symbol's address. Raises Problem."""
        return absolute(_symbol(self._scope, name))

    def defined(self, name: str) -> bool:
        """Whether a symbol is defined by an input or above."""
        return bool(_call(self._scope, ("DEFINED", name))[0])

    def address(self, section: str) -> int:
        """Run-time address of an output section."""
        return absolute(_call(self._scope, ("ADDR", section)))

    def load_address(self, section: str) -> int:
        """Load address of an output section."""
        return absolute(_call(self._scope, ("LOADADDR", section)))

    def size(self, section: str) -> int:
        """Size of an output section."""
        return _call(self._scope, ("SIZEOF", section))[0]

    def used(self, region: str) -> int:
        """Bytes from the start of a region to the end of the last section that lies in it."""
        origin = self._scope.regions[region][0]
        ends = [out.vma + out.size for out in self._scope.outputs.values() if out.spec.region == region and not out.ignored]
        return max(0, max(ends, default=origin) - origin)

    def value(self, expr: Expr) -> int:
        """The value of an expression."""
        return address(self._scope, expr)


def assigned(one: Assign) -> Expr:
    """The whole value of an assignment, with the operator of `+=` and the like made explicit."""
    if one.op == "=":
        return one.value
    left = Expr(".") if one.name == "." else Expr("sym", (one.name,))
    return Expr(one.op[:-1], (left, one.value), one.start, one.end)
