"""The model of a layout: what a linker script is compiled to, and what the Python layout API builds directly.

A `Plan` is a list of statements in order plus tables (memory regions, program headers) and what a script says besides layout.
Nothing here computes: `script.match` gives input sections their output sections, `script.assign` gives addresses.
Semantics are those of the GNU ld manual, chapter "Linker Scripts".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ..support.record import dataclass, field
from ..support.spans import SourceMap

DISCARD: Final = "/DISCARD/"

KiB: Final = 1024
MiB: Final = 1024 * KiB
GiB: Final = 1024 * MiB


class Expr:
    """An expression: `op` with `args`, and the place it was read at (positions of support.spans, 0 without text).

    ops: "num" (int) | "sym" (name) | "." | "call" (FUNCTION, arguments: Expr or str) | "py" (a Python function of a
    `Values`) | "?" (condition, then, else) | unary "neg" "~" "!" | binary "+ - * / % << >> & | ^ == != < <= > >= && ||".
    Python operators build trees; `==` stays identity, comparisons for equality are `equals` and `differs`.
    """

    __slots__ = ("args", "end", "height", "op", "start")

    def __init__(self, op: str, args: tuple[Any, ...] = (), start: int = 0, end: int = 0) -> None:
        self.op = op
        self.args = args
        self.start = start
        self.end = end
        self.height: int = 1 + max([arg.height for arg in args if isinstance(arg, Expr)], default=0)

    def __repr__(self) -> str:
        return show(self)

    def _with(self, op: str, other: ExprLike, swap: bool = False) -> Expr:
        right = expression(other)
        return Expr(op, (right, self) if swap else (self, right))

    def __add__(self, other: ExprLike) -> Expr:
        return self._with("+", other)

    def __radd__(self, other: ExprLike) -> Expr:
        return self._with("+", other, True)

    def __sub__(self, other: ExprLike) -> Expr:
        return self._with("-", other)

    def __rsub__(self, other: ExprLike) -> Expr:
        return self._with("-", other, True)

    def __mul__(self, other: ExprLike) -> Expr:
        return self._with("*", other)

    def __rmul__(self, other: ExprLike) -> Expr:
        return self._with("*", other, True)

    def __floordiv__(self, other: ExprLike) -> Expr:
        return self._with("/", other)

    def __mod__(self, other: ExprLike) -> Expr:
        return self._with("%", other)

    def __and__(self, other: ExprLike) -> Expr:
        return self._with("&", other)

    def __or__(self, other: ExprLike) -> Expr:
        return self._with("|", other)

    def __xor__(self, other: ExprLike) -> Expr:
        return self._with("^", other)

    def __lshift__(self, other: ExprLike) -> Expr:
        return self._with("<<", other)

    def __rshift__(self, other: ExprLike) -> Expr:
        return self._with(">>", other)

    def __lt__(self, other: ExprLike) -> Expr:
        return self._with("<", other)

    def __le__(self, other: ExprLike) -> Expr:
        return self._with("<=", other)

    def __gt__(self, other: ExprLike) -> Expr:
        return self._with(">", other)

    def __ge__(self, other: ExprLike) -> Expr:
        return self._with(">=", other)

    def __neg__(self) -> Expr:
        return Expr("neg", (self,))

    def __invert__(self) -> Expr:
        return Expr("~", (self,))

    def __bool__(self) -> bool:
        raise TypeError("the value of a layout expression is not known before the link; use assert_ with it")

    def equals(self, other: ExprLike) -> Expr:
        """1 if both have the same value, else 0."""
        return self._with("==", other)

    def differs(self, other: ExprLike) -> Expr:
        """0 if both have the same value, else 1."""
        return self._with("!=", other)


ExprLike = Expr | int | str
"""In Python calls an int is a number and a str the name of a symbol ("." is the location counter)."""


def expression(value: ExprLike) -> Expr:
    """The expression a Python value stands for."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, int):
        return Expr("num", (value,))
    return Expr(".") if value == "." else Expr("sym", (value,))


def call(function: str, *args: ExprLike | str) -> Expr:
    """A built-in function; names of sections and regions are given as str, so symbols have to be Expr here."""
    return Expr("call", (function, *[expression(arg) if isinstance(arg, int) else arg for arg in args]))


DOT: Final = Expr(".")


def addr(section: str) -> Expr:
    """Run-time address of an output section."""
    return call("ADDR", section)


def loadaddr(section: str) -> Expr:
    """Load address of an output section."""
    return call("LOADADDR", section)


def sizeof(section: str) -> Expr:
    """Size of an output section in bytes."""
    return call("SIZEOF", section)


def align(value: ExprLike, to: ExprLike) -> Expr:
    """`value` rounded up to a multiple of `to` (a power of two)."""
    return call("ALIGN", expression(value), expression(to))


def symbol(name: str) -> Expr:
    """The value of a symbol."""
    return Expr("sym", (name,))


def show(expr: Expr) -> str:
    """The expression as script text, fully parenthesised."""
    op, args = expr.op, expr.args
    if op == "num":
        return hex(args[0]) if args[0] >= 4096 else str(args[0])
    if op == "sym":
        return str(args[0])
    if op == ".":
        return "."
    if op == "py":
        return f"<{getattr(args[0], '__name__', 'function')}>"
    if op == "call":
        parts = [show(arg) if isinstance(arg, Expr) else str(arg) for arg in args[1:]]
        return args[0] if args[0] == "SIZEOF_HEADERS" else f"{args[0]}({', '.join(parts)})"
    if op == "?":
        return f"({show(args[0])} ? {show(args[1])} : {show(args[2])})"
    if len(args) == 1:
        return f"({'-' if op == 'neg' else op}{show(args[0])})"
    return f"({show(args[0])} {op} {show(args[1])})"


@dataclass(slots=True, eq=False)
class Region:
    """MEMORY: a range of addresses. `attributes` are letters of "rwxail" that choose sections without a region,
    `excluded` those behind a '!'. `names` are its name and its REGION_ALIASes."""

    name: str
    origin: Expr
    length: Expr
    attributes: str = ""
    excluded: str = ""
    names: list[str] = field(default_factory=list)
    start: int = 0


@dataclass(slots=True, eq=False)
class Phdr:
    """PHDRS: one program header. `flags` None: derived from its sections."""

    name: str
    type: Expr
    filehdr: bool = False
    phdrs: bool = False
    at: Expr | None = None
    flags: Expr | None = None
    start: int = 0


@dataclass(slots=True, eq=False)
class Assign:
    """`name op value;`, op one of "= += -= *= /= <<= >>= &= |= ^=". Name "." moves the location counter.

    `provide`: only if referenced and not defined by an input; `hidden`: not exported.
    """

    name: str
    value: Expr
    op: str = "="
    provide: bool = False
    hidden: bool = False
    start: int = 0
    end: int = 0


@dataclass(slots=True, eq=False)
class Assert:
    """A condition that must not be 0, checked when the layout is final."""

    condition: Expr
    message: str
    start: int = 0
    end: int = 0


@dataclass(slots=True, eq=False)
class SectionPattern:
    """A section name glob in an input pattern. `sort`: "", "name", "alignment", "init_priority", "none",
    "name_alignment", "alignment_name". `exclude`: file globs (EXCLUDE_FILE)."""

    name: str
    exclude: list[str] = field(default_factory=list)
    sort: str = ""
    start: int = 0


@dataclass(slots=True, eq=False)
class Input:
    """`KEEP(file(sections))`. `file` is a glob ("" and "*": every file; "archive:member", "archive:", ":file").

    `sections` None: `file` alone, all its sections. `sort_files`: files by name. `flags_on`/`flags_off`:
    INPUT_SECTION_FLAGS. `where`: a Python predicate over a `SectionView` that must hold too. `order`: a Python sort key over it.
    `early`: what matches is placed here though others match it, too; of several such patterns the least number wins (0: no).
    """

    file: str = "*"
    sections: list[SectionPattern] | None = None
    exclude: list[str] = field(default_factory=list)
    keep: bool = False
    sort_files: bool = False
    flags_on: int = 0
    flags_off: int = 0
    where: Callable[[Any], bool] | None = None
    order: Callable[[Any], Any] | None = None
    start: int = 0
    early: int = 0


@dataclass(slots=True, eq=False)
class Data:
    """Explicit bytes: `width` 1, 2, 4 or 8 with a value, or `content` (ASCIZ, Python). `signed`: SQUAD."""

    width: int
    value: Expr | None = None
    content: bytes = b""
    start: int = 0


@dataclass(slots=True, eq=False)
class Fill:
    """FILL(...): the pattern for gaps from here to the end of the section."""

    fill: bytes | Expr
    start: int = 0


@dataclass(slots=True, eq=False)
class Constructors:
    """CONSTRUCTORS: for formats without sections for them; ELF has them, so nothing is placed."""

    start: int = 0


@dataclass(slots=True, eq=False)
class Pad:
    """Advance to an offset in the output section (the Python API's `pad_to`)."""

    to: Expr
    start: int = 0


Command = Input | Assign | Assert | Data | Fill | Constructors | Pad

NOLOAD, DSECT, COPY, INFO, OVERLAY, READONLY = "NOLOAD", "DSECT", "COPY", "INFO", "OVERLAY", "READONLY"


@dataclass(slots=True, eq=False)
class OutputSection:
    """An output section as described. Expressions are None when not given; `type` "" or NOLOAD, DSECT, COPY, INFO, OVERLAY,
    READONLY; `constraint` "", "ONLY_IF_RO" or "ONLY_IF_RW"; `region`/`lma_region` "" when not given.

    `overlay`: 0, or n for the n-th (from 1) section of an OVERLAY: they share an address, and load one behind the other.
    `after`: an assignment made right behind the section (the end of an OVERLAY). `sh_type`: TYPE = n.
    """

    name: str
    commands: list[Command] = field(default_factory=list)
    address: Expr | None = None
    type: str = ""
    lma: Expr | None = None
    align: Expr | None = None
    align_with_input: bool = False
    subalign: Expr | None = None
    constraint: str = ""
    region: str = ""
    lma_region: str = ""
    phdrs: list[str] = field(default_factory=list)
    fill: bytes | Expr | None = None
    overlay: int = 0
    after: Assign | None = None
    sh_type: Expr | None = None
    orphan: bool = False
    access: str = ""
    """Rights forced by the Python API ("rx", "rw"...); "" follows the input sections."""
    start: int = 0
    end: int = 0


Statement = OutputSection | Assign | Assert


@dataclass(slots=True, eq=False)
class Insert:
    """INSERT: the statements go behind (`before`: in front of) the named output section of the default script."""

    where: str
    before: bool
    statements: list[Statement] = field(default_factory=list)
    start: int = 0


@dataclass(slots=True, eq=False)
class FileInput:
    """A file of INPUT, GROUP or STARTUP: a path or -lNAME. `binary`: embedded as it is (TARGET says so)."""

    name: str
    as_needed: bool = False
    group: bool = False
    start: int = 0
    binary: bool = False


@dataclass(slots=True, eq=False)
class Plan:
    """A whole layout. `sections_seen`: there is a SECTIONS command, so the default layout does not apply (unless `inserts`)."""

    statements: list[Statement] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)
    phdrs: list[Phdr] | None = None
    entry: str = ""
    output: str = ""
    output_format: tuple[str, ...] = ()
    output_arch: str = ""
    target: str = ""
    startup: str = ""
    inputs: list[FileInput] = field(default_factory=list)
    search_dirs: list[str] = field(default_factory=list)
    extern: list[str] = field(default_factory=list)
    inserts: list[Insert] = field(default_factory=list)
    version_text: str = ""
    version_start: int = 0
    no_cross_refs: list[list[str]] = field(default_factory=list)
    """Output sections whose contents must not refer to each other; `no_cross_refs_to`: the others not to the first."""
    no_cross_refs_to: list[list[str]] = field(default_factory=list)
    force_common: bool = False
    inhibit_common: bool = False
    force_group: bool = False
    ld_features: list[str] = field(default_factory=list)
    sections_seen: bool = False
    orphans: str = "place"
    """What becomes of sections no pattern names: "place", "discard" or "error"."""
    sources: SourceMap | None = None
    """The texts `start` and `end` of all records are positions in."""

    def output_sections(self) -> list[OutputSection]:
        """The output sections in order, without those of INSERT."""
        return [one for one in self.statements if isinstance(one, OutputSection)]

    def region(self, name: str) -> Region | None:
        """A region by name or alias."""
        return next((one for one in self.regions if one.name == name or name in one.names), None)
