"""A function being described: its extent, line rows, scopes, variables, call sites and call frame rules.

The code may be written by an assembler at the same time: then places are where the assembler is, and follow when branches
grow. Or it is there already, and places are offsets in bytes from the function's start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ..objwriter.model import LINE_EPILOGUE_BEGIN, LINE_PROLOGUE_END, LINE_STMT, CfiMark
from .cfi import Cfi, register_number
from .entries import Address, Entry, Locations, Ranges, SourceFile
from .exprs import Expression

if TYPE_CHECKING:
    from .compileunit import CompileUnit


class Code(Protocol):
    """What an assembler must have to tell places: `line` marks its present place with a number that comes back in
    `Fragment.lines`."""

    def line(self, pos: int, flags: int = 1) -> None:
        """Mark the present place."""


Place = int
"""An offset in the function, or a mark of an assembler as a negative number."""
Where = Expression | int | str | Address | Sequence[tuple[int, int, Expression]] | Any
"""Where a variable is: an expression, an offset from the frame base, a symbol, a register, or a list of
(start, end, expression)."""


class Scope(Entry):
    """An entry with an extent in a function: parameters, variables and inner scopes go into it."""

    __slots__ = ("end", "function", "ranges", "start")
    function: Subprogram

    def __init__(self, unit: CompileUnit, tag: str, attributes: dict[str, Any], parent: Entry,
                 function: Subprogram | None, extent: Sequence[tuple[int, int]] = ()) -> None:
        super().__init__(unit, tag, attributes, parent)
        if function is not None:
            self.function = function
        self.start: Place = extent[0][0] if extent else 0
        self.end: Place = extent[0][1] if extent else 0
        self.ranges = list(extent) if len(extent) > 1 else []

    def __enter__(self) -> Scope:
        super().__enter__()
        if self.function.code is not None and self.function is not self:
            self.start = self.function.place()
        return self

    def __exit__(self, *_: object) -> None:
        if self.function.code is not None:
            self.end = self.function.place()
        super().__exit__()

    # -- what is inside ------------------------------------------------------------------------------------------------

    def parameter(self, name: str, type: Entry | None, where: Where = None, **attributes: Any) -> Entry:
        """A formal parameter."""
        return self._variable("formal_parameter", name, type, where, attributes)

    def local(self, name: str, type: Entry | None, where: Where = None, **attributes: Any) -> Entry:
        """A local variable."""
        return self._variable("variable", name, type, where, attributes)

    def _variable(self, tag: str, name: str, type: Entry | None, where: Where, attributes: dict[str, Any]) -> Entry:
        given: dict[str, Any] = {"name": name or None, "type": type, **attributes}
        if where is not None:
            given["location"] = self.function.location(where)
        return Entry(self.unit, tag, given, self)

    def block(self, *extent: tuple[int, int], **attributes: Any) -> Scope:
        """A lexical block as a context. `extent`: (start, end) offsets, unless an assembler tells them."""
        return self._scoped(Scope(self.unit, "lexical_block", attributes, self, self.function, extent))

    def inlined(self, origin: Entry, call_file: SourceFile, call_line: int, *extent: tuple[int, int], call_column: int = 0,
                **attributes: Any) -> Scope:
        """A call of `origin` (an abstract subprogram) whose body lies here, as a context."""
        given: dict[str, Any] = {"abstract_origin": origin}
        if self.unit.version >= 3:
            given |= {"call_file": call_file, "call_line": call_line, "call_column": call_column or None}
        return self._scoped(Scope(self.unit, "inlined_subroutine", given | attributes, self, self.function, extent))

    def _scoped(self, scope: Scope) -> Scope:
        if not scope.ranges and not scope.end and self.function.code is None:
            raise ValueError(f"a {scope.tag} needs an extent: (start, end) offsets in its function")
        function = self.function
        if scope.ranges:
            scope.set("ranges", lambda: Ranges([(function.symbol, *function.span(*pair)) for pair in scope.ranges]))
        else:
            scope.set("low_pc", lambda: Address(function.symbol, function.resolve(scope.start)))
            scope.set("high_pc", lambda: function.resolve(scope.end) - function.resolve(scope.start))
        return scope

    def call_site(self, return_place: int | None = None, origin: Entry | None = None, target: Expression | None = None,
                  parameters: Iterable[tuple[Expression, Expression]] = (), tail: bool = False) -> Entry:
        """A call that returns to an offset (or to where the assembler is): what it calls, and where parameters were passed and
        what they were, as far as the caller knows."""
        function, unit = self.function, self.unit
        new = unit.version >= 5
        place = function.place() if return_place is None else return_place

        def returns() -> Address:
            return Address(function.symbol, function.resolve(place))

        entry = Entry(unit, "call_site" if new else "GNU_call_site", {}, function)
        entry.set("call_return_pc" if new else "low_pc", returns)
        entry.set("call_origin" if new else "abstract_origin", origin)
        entry.set("call_target" if new else "GNU_call_site_target", target)
        if tail:
            entry.set("call_tail_call" if new else "GNU_tail_call", True)
        for location, value in parameters:
            entry.add("call_site_parameter" if new else "GNU_call_site_parameter", location=location,
                      **{"call_value" if new else "GNU_call_site_value": value})
        return entry


class Subprogram(Scope):
    """A function with code. `symbol` names its start; `size` in bytes is taken from the module if it is not given."""

    __slots__ = ("_cfi", "_prologue", "base", "code", "columns", "file", "fragment_cfi", "line", "places", "resolved", "rows",
                 "size", "symbol")

    def __init__(self, unit: CompileUnit, parent: Entry, attributes: dict[str, Any], symbol: str, code: Code | None,
                 file: SourceFile | None, line: int, size: int | None) -> None:
        super().__init__(unit, "subprogram", attributes, parent, None)
        self.function = self
        self.symbol = symbol
        self.code = code
        self.file = file
        self.line = line
        self.size = size
        self.base = 0
        self.rows: list[tuple[Place, int, int, int, int]] = []
        self.columns: list[dict[str, Any]] = []
        self.places: dict[int, int] = {}
        self.resolved = False
        self.fragment_cfi: Sequence[CfiMark] = ()
        self._cfi: Cfi | None = None
        self._prologue = False

    def __enter__(self) -> Subprogram:
        super().__enter__()
        if self.code is not None:
            self.start = self.place()
        return self

    # -- places --------------------------------------------------------------------------------------------------------

    def place(self) -> Place:
        """Where the assembler is."""
        if self.code is None:
            raise ValueError(f"{self!r} is not written by an assembler: give an offset")
        number = self.unit.info.new_mark(self)
        self.code.line(number, 0)
        return -number

    def resolve(self, place: Place) -> int:
        """The offset of a place from the function's start."""
        return place if place >= 0 else self.places[-place] - self.base

    def span(self, start: Place, end: Place) -> tuple[int, int]:
        """Both ends of an extent."""
        return self.resolve(start), self.resolve(end)

    def location(self, where: Where) -> Any:
        """A variable's location as an attribute value."""
        if isinstance(where, Expression | Locations):
            return where
        if isinstance(where, bool) or where is None:
            raise TypeError(f"a variable cannot be at {where!r}")
        if isinstance(where, int):
            return Expression().fbreg(where)
        if isinstance(where, str):
            return Expression().address(where)
        if isinstance(where, Address):
            return Expression().address(*where)
        if isinstance(where, list | tuple):
            items = list(where)
            return lambda: Locations(self.symbol, [(*self.span(start, end), found) for start, end, found in items])
        return Expression().reg(register_number(where))

    # -- lines ---------------------------------------------------------------------------------------------------------

    def at(self, line: int, column: int = 0, file: SourceFile | None = None, *, offset: int | None = None, stmt: bool = True,
           prologue_end: bool | None = None, epilogue_begin: bool = False) -> None:
        """From here (or from `offset`) on code belongs to a line. The first line behind the function's own ends its prologue
        unless `prologue_end` says otherwise; debuggers stop there."""
        if prologue_end is None:
            prologue_end = stmt and not self._prologue
        self._prologue = self._prologue or prologue_end
        flags = (LINE_STMT if stmt else 0) | (LINE_PROLOGUE_END if prologue_end else 0) | (
            LINE_EPILOGUE_BEGIN if epilogue_begin else 0)
        home = file or self.file
        if home is None:
            raise ValueError(f"{self!r} has no source file")
        self.rows.append((self.place() if offset is None else offset, home.number, line, column, flags))

    def lines(self, **columns: Any) -> None:
        """Line rows as columns: offset, line, and optionally file, column, flags, discriminator (LineTable.columns)."""
        self.columns.append(columns)

    def line_rows(self) -> list[tuple[int, int, int, int, int]]:
        """The rows given one by one, with the function's own line first."""
        rows = [(self.resolve(place), *rest) for place, *rest in self.rows]
        if self.file is not None and self.line:
            rows.insert(0, (0, self.file.number, self.line, 0, LINE_STMT))
        return rows  # type: ignore[return-value]

    # -- frames --------------------------------------------------------------------------------------------------------

    @property
    def cfi(self) -> Cfi:
        """Call frame rules, for code whose assembler does not keep them itself."""
        if self._cfi is None:
            self._cfi = Cfi(self.place if self.code is not None else None)
        return self._cfi

    def frames(self, marks: Sequence[CfiMark]) -> None:
        """Take finished rules, such as those of `frame_columns`."""
        self.cfi.marks += marks

    def cfi_marks(self) -> Sequence[CfiMark]:
        """All rules with final offsets."""
        if self._cfi is None:
            return self.fragment_cfi
        return [mark._replace(offset=self.resolve(mark.offset)) for mark in self._cfi.marks]


def resolver(function: Subprogram) -> Callable[[], int]:
    """The function's size, when it is known."""
    def size() -> int:
        assert function.size is not None
        return function.size
    return size
