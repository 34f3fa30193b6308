"""What the checker keeps in its hands: the program's declarations by name, the side tables, and the body being checked.

The checking functions of `names`, `classes`, `check_*` are plain functions over a `Checker`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Final, Generic, Protocol, TypeVar

from ..support.diagnostics import LIMIT, Bag
from ..support.record import dataclass, field
from ..support.spans import SourceMap
from . import ast
from .cursor import IdCounter
from .typed import FieldSym, LocalVar, MethodSym, Typed
from .types import VOID, ClassType, EnumType, Type

D = TypeVar("D", FieldSym, MethodSym, "ClassType | EnumType")
_CANDIDATES: Final = 5_000
"""More names than this are not searched for a similar one."""


class Library(Protocol):
    """Where runtime-library source comes from."""

    def find(self, name: str) -> ast.File | None:
        """The parsed file that declares a library function, global or class of that name (`File.runtime` True), or None."""


@dataclass(slots=True, eq=False)
class Scope:
    """Declarations of one level (the program, or the library) by name. `blocked`: names that are not supported yet.

    `blocked_members`: members that unsupported interfaces and `impl` blocks may give to any type.
    """

    types: dict[str, list[ClassType | EnumType]] = field(default_factory=dict)
    globals: dict[str, list[FieldSym]] = field(default_factory=dict)
    functions: dict[str, list[MethodSym]] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    blocked_members: set[str] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class Body:
    """The place being checked: whose names are visible, what the function gives, and the enclosing statements.

    `has_this`: instance members may be used; `where` says what has none, for messages ("a field initialiser"). `pending` counts
    the locals of the open blocks that are declared further down. `breaks` and `continues` tell, per loop (and switch), whether
    one was seen. `finallys` holds, per open finally block, the numbers of loops and of `breaks` around it. `nullables` counts the
    locals declared `T?`, `proven` are those an enclosing test has shown not to be null. `unchecked`: arithmetic wraps. `constant`
    counts the places around that need a constant, `dead` those that are never reached. `quiet`: the code behind a jump that is
    an error is not reported as unreachable.
    """

    file: ast.File | None = None
    owner: ClassType | None = None
    method: MethodSym | None = None
    has_this: bool = False
    where: str = ""
    enum: EnumType | None = None
    result: Type = VOID
    locals: dict[str, LocalVar] = field(default_factory=dict)
    pending: dict[str, int] = field(default_factory=dict)
    loops: int = 0
    switches: int = 0
    catches: int = 0
    finallys: list[tuple[int, int]] = field(default_factory=list)
    breaks: list[bool] = field(default_factory=list)
    continues: list[bool] = field(default_factory=list)
    nullables: int = 0
    proven: set[LocalVar] = field(default_factory=set)
    unchecked: bool = False
    constant: int = 0
    quiet: bool = False
    dead: int = 0


class FileView(Generic[D]):
    """The declarations of one name by file (id of the tree), and those all files see: what many files declare privately is
    not searched again for every use. `merged` is what `names` makes of both for files that need it."""

    __slots__ = ("count", "merged", "own", "shared")

    def __init__(self, entries: Sequence[D]) -> None:
        self.count = len(entries)
        self.own: dict[int, list[D]] = {}
        self.shared: list[D] = []
        self.merged: dict[int, list[D]] = {}
        for one in entries:
            self.own.setdefault(id(one.file), []).append(one)
            if one.visibility != "private":
                self.shared.append(one)


class Checker:
    """State of one check. Side tables are bound as attributes: lists indexed by expression id."""

    __slots__ = (
        "bag",
        "body",
        "compile_time",
        "consts",
        "declared",
        "enums_done",
        "evaluating",
        "field_nodes",
        "file_views",
        "ids",
        "library",
        "library_files",
        "library_scope",
        "method_levels",
        "operand_types",
        "program",
        "refs",
        "scope",
        "sources",
        "symbols",
        "type_nodes",
        "type_symbols",
        "typed",
        "types",
        "vtables_made",
    )

    def __init__(self, sources: SourceMap, bag: Bag, library: Library | None) -> None:
        self.typed = Typed(sources)
        self.sources = sources
        self.bag = bag
        self.library = library
        self.types = self.typed.types
        self.consts = self.typed.consts
        self.refs = self.typed.refs
        self.operand_types = self.typed.operand_types
        self.type_nodes = self.typed.type_nodes
        self.program = Scope()
        self.typed.functions = self.program.functions
        self.library_scope = Scope()
        self.library_files: set[int] = set()
        self.scope = self.program
        self.body = Body()
        self.file_views: dict[int, FileView[Any]] = {}
        self.symbols: dict[str, int] = {}
        self.type_symbols: dict[str, int] = {}
        self.evaluating: set[FieldSym] = set()
        self.ids = IdCounter()
        self.compile_time: set[FieldSym] = set()
        self.declared: dict[object, ClassType | MethodSym | FieldSym] = {}
        self.vtables_made = 0
        self.enums_done: set[EnumType] = set()
        self.field_nodes: dict[FieldSym, ast.TypeNode] = {}
        self.method_levels: dict[tuple[ClassType, str], list[list[MethodSym]]] = {}

    def error(self, code: str, node: ast.Expr | ast.Stmt | ast.Name | ast.TypeNode, message: str, hint: str = "") -> None:
        """Report an error over a node's whole text."""
        self.bag.error(code, node.start, node.end, message, hint)

    def error_at(self, code: str, pos: int, width: int, message: str, hint: str = "") -> None:
        """Report an error over `width` characters from `pos` (an operator)."""
        self.bag.error(code, pos, pos + width, message, hint)

    def warn(self, code: str, start: int, end: int, message: str, hint: str = "") -> None:
        """Report a warning, except in library files."""
        file = self.body.file
        if file is None or not file.runtime:
            self.bag.warning(code, start, end, message, hint)

    def enter(self, body: Body) -> Body:
        """Make `body` the current place; returns the former one for `leave`."""
        before = self.body
        self.body = body
        runtime = body.file is not None and body.file.runtime
        self.scope = self.library_scope if runtime else self.program
        if runtime:
            body.unchecked = True
        return before

    def leave(self, before: Body) -> None:
        """Go back to a former place."""
        self.body = before
        runtime = before.file is not None and before.file.runtime
        self.scope = self.library_scope if runtime else self.program

    def grow(self, last_id: int) -> None:
        """Make room in the side tables for expression ids up to `last_id`."""
        missing = last_id + 1 - len(self.types)
        if missing > 0:
            self.types.extend([None] * missing)
            self.consts.extend([None] * missing)
            self.refs.extend([None] * missing)
            self.operand_types.extend([None] * missing)

    def new_id(self) -> int:
        """A fresh expression id for a node the checker makes itself."""
        made = self.ids.next
        self.ids.next += 1
        self.grow(made)
        return made


def suggest(c: Checker, name: str, known: Iterable[str]) -> str:
    """A hint naming the most similar of the known names, '' if none is close. Only for errors that will be shown."""
    if c.bag.error_count >= LIMIT:
        return ""
    wanted = name.lower()
    letters = set(wanted)
    table: dict[str, str] = {}
    for one in islice(known, _CANDIDATES):
        if abs(len(one) - len(name)) > 3 or (one.startswith("__") and not name.startswith("_")):
            continue  # `__` names belong to the library
        lower = one.lower()
        if 2 * len(letters.intersection(lower)) >= len(letters):
            table.setdefault(lower, one)
    if not table:
        return ""
    from difflib import get_close_matches  # only needed when there is an error to report

    close = get_close_matches(wanted, table, 1, 0.75)
    return f"did you mean '{table[close[0]]}'?" if close else ""
