"""What the checker knows: symbols, and side tables over expression ids. Lowering reads this and never asks again.

Invariants after a check without errors: every expression of a checked body has a type in `types`; every name, member, call,
index and `new` has a reference in `refs`; implicit conversions are *not* in the tree: whoever uses a value converts it from
`types[e.id]` to the type it needs (`consts` first: a constant is made directly in the wanted type).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..support.record import dataclass, field
from ..support.spans import SourceMap
from . import ast
from .types import ERROR, VOID, ClassType, Type

Const: TypeAlias = int | float | bool | bytes | None
"""Value of a constant: int for integers, char and enums; float; bool; bytes for strings; None = not constant (so is `null`)."""


@dataclass(slots=True, eq=False)
class LocalVar:
    """A local or parameter. `const` holds a `const` local's value. `dims`: sizes of a sized array declaration, outermost first.

    `arg` is the 1-based parameter number without `this`, 0 for locals. `caught`: the name of a `catch (string e)`, on which
    `e.Message` and `e.StackTrace()` are allowed (built-ins "caught_message", "caught_trace"). `nullable`: declared `T?`.
    `written`: it is assigned somewhere behind its declaration, or its declaration may be jumped over (switch).
    """

    name: str
    type: Type
    pos: int
    arg: int = 0
    const: Const = None
    is_const: bool = False
    read_only: bool = False
    dims: list[int] = field(default_factory=list)
    scope_end: int = 0
    caught: bool = False
    nullable: bool = False
    written: bool = False


@dataclass(slots=True, eq=False)
class FieldSym:
    """A field, global or member constant. `owner` None for globals. `symbol`: link symbol of static storage.

    `const` of a static field that is not `const`: the value its storage has from the start (constant initialiser, in the
    field's type); such a field is not in `Typed.statics_in_order`.
    """

    name: str
    type: Type
    pos: int
    owner: ClassType | None = None
    file: ast.File | None = None
    is_static: bool = False
    is_const: bool = False
    is_readonly: bool = False
    visibility: str = "private"
    decl: ast.Declarator | None = None
    init: ast.Expr | None = None
    const: Const = None
    dims: list[int] = field(default_factory=list)
    offset: int = 0
    symbol: str = ""


@dataclass(slots=True, eq=False)
class MethodSym:
    """A function, method or constructor.

    `qualified` is the name for traces ("Class.Method", "Class.new", "f"); `symbol` the unique link symbol. `slot` is the vtable
    index of a method that overrides or is overridden, -1 otherwise (then calls are direct); `opener` the first of the methods
    it overrides, directly or not: the one that opened the slot. `params` are the LocalVars of the body. `body_checked` and
    `failed` belong to the checker.
    """

    name: str
    qualified: str
    symbol: str
    result: Type
    params: list[LocalVar]
    pos: int
    owner: ClassType | None = None
    file: ast.File | None = None
    decl: ast.FunctionDecl | ast.CtorDecl | None = None
    is_static: bool = True
    is_ctor: bool = False
    is_abstract: bool = False
    is_extern: bool = False
    is_async: bool = False
    is_sealed: bool = False
    is_override: bool = False
    visibility: str = "internal"
    slot: int = -1
    overrides: MethodSym | None = None
    opener: MethodSym | None = None
    overridden: bool = False
    body_checked: bool = False


@dataclass(slots=True, eq=False)
class Resolved:
    """What a call means (`refs[call.id]`, also for `New` with constructor arguments).

    kind:
      "method"   call `method`; `receiver` is the expression of the object, None with `implicit_this` or for static methods;
                 dispatch through the vtable when method.slot >= 0 and not `direct` (`base.M()` is direct)
      "builtin"  built-in `builtin` (frontend.builtins key); args = receiver (if any) + call args, converted to `params`
      "ctor"     constructor `method` of class `type`, None = the default one
    `params` are the parameter types the arguments convert to (receiver of a built-in method included).
    """

    kind: str
    method: MethodSym | None = None
    builtin: str = ""
    receiver: ast.Expr | None = None
    implicit_this: bool = False
    direct: bool = False
    params: list[Type] = field(default_factory=list)
    type: Type = VOID


@dataclass(slots=True, eq=False)
class LengthOf:
    """`refs` of `a.Length`, `s.length` without parentheses."""


@dataclass(slots=True, eq=False)
class Entry:
    """The program's entry: `method` is called (on a new instance of its class if not static), with the arguments if so."""

    method: MethodSym
    takes_args: bool


Ref: TypeAlias = LocalVar | FieldSym | Resolved | LengthOf | Type | MethodSym | None


@dataclass(slots=True, eq=False)
class Typed:
    """Result of the check. Lists are indexed by expression id.

    `operand_types[id]`: for Binary arithmetic/comparison/logic the common type both operands convert to (shifts: the left
    operand's type); for Assign compound forms and IncDec the type the arithmetic is done in; for Unary likewise.
    String concatenation: Binary/Assign "+" with `types[id] is STRING`. `locals`: Declarator -> LocalVar (also Foreach, Catch, by
    the node). `type_nodes`: type nodes resolved: id(TypeNode) -> Type. `body_locals` is not kept: lowering walks the tree.
    `ctor_chains`: the constructor a constructor calls first (written or implied; none when the base is `object`).
    `loader` finds a runtime-library function by name, checked; lowering calls it through `library_function`.
    """

    sources: SourceMap
    types: list[Type | None] = field(default_factory=lambda: [None])
    consts: list[Const] = field(default_factory=lambda: [None])
    refs: list[Ref] = field(default_factory=lambda: [None])
    operand_types: list[Type | None] = field(default_factory=lambda: [None])
    locals: dict[object, LocalVar] = field(default_factory=dict)
    type_nodes: dict[int, Type] = field(default_factory=dict)
    files: list[ast.File] = field(default_factory=list)
    classes: list[ClassType] = field(default_factory=list)
    globals: list[FieldSym] = field(default_factory=list)
    functions: dict[str, list[MethodSym]] = field(default_factory=dict)
    statics_in_order: list[FieldSym] = field(default_factory=list)
    ctor_chains: dict[ast.CtorDecl, Resolved] = field(default_factory=dict)
    loader: Callable[[str], MethodSym] | None = None
    checker: object = None
    entry: Entry | None = None

    def library_function(self, name: str) -> MethodSym:
        """The runtime-library function of that name, loaded and with a checked body. Raises KeyError if there is none."""
        if self.loader is None:
            raise KeyError(name)
        return self.loader(name)

    def type_of(self, expr: ast.Expr) -> Type:
        """Type of an expression (ERROR if the checker had none)."""
        known = self.types[expr.id]
        return ERROR if known is None else known
