"""The syntax tree: every node of fluxsharp.md section 3.

Nodes are plain slotted objects. `start`/`end` are program-wide positions (support.spans; `end` exclusive; parentheses around an
expression are not part of it), `pos` is the position diagnostics and traces name for the node: the operator, the `[`, the `.`,
the cast's `(`, `throw`, or for a call the called name. `id` numbers expressions from 1 over the whole program, children before
parents: side tables (frontend.typed) are lists indexed by it.
The tree knows nothing about types; `check` never changes it.
"""

from __future__ import annotations

from typing import TypeAlias

from starklink.support.record import dataclass, field


@dataclass(slots=True, eq=False)
class Name:
    """An identifier with its place (a leading @ is not part of `text`)."""

    text: str
    start: int
    end: int


# -- types ---------------------------------------------------------------------------------------------------------------

@dataclass(slots=True, eq=False)
class TypeNode:
    """Base of type syntax."""

    start: int
    end: int


@dataclass(slots=True, eq=False)
class NamedType(TypeNode):
    """A keyword or qualified name with type arguments per part: `A.Box<int>.C`. Keyword types are one part ("int", "var").

    A lone name as type argument is delivered as a NamedType, also where it means a constant.
    """

    parts: list[Name]
    targs: list[list[TypeNode | Expr]]
    readonly: bool = False


@dataclass(slots=True, eq=False)
class ArrayType(TypeNode):
    """`element[size]` or `element[]`. `int[2][3]` is ArrayType(ArrayType(int, 3), 2): the first bracket is the outermost."""

    element: TypeNode
    size: Expr | None


@dataclass(slots=True, eq=False)
class PointerType(TypeNode):
    """`target*`."""

    target: TypeNode


@dataclass(slots=True, eq=False)
class NullableType(TypeNode):
    """`inner?`."""

    inner: TypeNode


# -- expressions -----------------------------------------------------------------------------------------------------------

@dataclass(slots=True, eq=False)
class Expr:
    """Base of expressions."""

    id: int
    start: int
    end: int
    pos: int


@dataclass(slots=True, eq=False)
class IntLit(Expr):
    """`value` is 0..2**64-1; `unsigned` is True for a `U` suffix. Type by section 2."""

    value: int
    unsigned: bool


@dataclass(slots=True, eq=False)
class FloatLit(Expr):
    """`value` rounded to its type; `single` for suffix f."""

    value: float
    single: bool


@dataclass(slots=True, eq=False)
class CharLit(Expr):
    """`value` is the scalar."""

    value: int


@dataclass(slots=True, eq=False)
class StringLit(Expr):
    """`value` is the bytes (UTF-8 with \\x bytes raw)."""

    value: bytes


@dataclass(slots=True, eq=False)
class InterpolatedString(Expr):
    """`$"..."`: literal bytes and holes in order."""

    parts: list[bytes | InterpolationHole]


@dataclass(slots=True, eq=False)
class InterpolationHole:
    """`{value,width:format}`."""

    value: Expr
    width: Expr | None
    format: str | None


@dataclass(slots=True, eq=False)
class BoolLit(Expr):
    value: bool


@dataclass(slots=True, eq=False)
class NullLit(Expr):
    pass


@dataclass(slots=True, eq=False)
class NameExpr(Expr):
    """A simple name, with type arguments when written."""

    name: str
    targs: list[TypeNode | Expr] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class ThisExpr(Expr):
    pass


@dataclass(slots=True, eq=False)
class BaseExpr(Expr):
    pass


@dataclass(slots=True, eq=False)
class TypeExpr(Expr):
    """A keyword type in expression position (`int.Parse`, `string.x`)."""

    type: TypeNode


@dataclass(slots=True, eq=False)
class Member(Expr):
    """`target.name<targs>` (`arrow`: `target->name`). `pos` is the dot, `name` has its own place."""

    target: Expr
    name: Name
    targs: list[TypeNode | Expr] = field(default_factory=list)
    arrow: bool = False


@dataclass(slots=True, eq=False)
class Call(Expr):
    """`target(args)`. `pos` is the dot for a member call, else the start of the called name."""

    target: Expr
    args: list[Expr]


@dataclass(slots=True, eq=False)
class Index(Expr):
    """`target[args]`. `pos` is the bracket."""

    target: Expr
    args: list[Expr]


@dataclass(slots=True, eq=False)
class Unary(Expr):
    """`op` one of + - ! ~ * & await."""

    op: str
    operand: Expr


@dataclass(slots=True, eq=False)
class IncDec(Expr):
    """`op` ++ or --."""

    op: str
    operand: Expr
    prefix: bool


@dataclass(slots=True, eq=False)
class Binary(Expr):
    """`op` one of * / % + - << >> & ^ | < > <= >= == != && ||. Operator chains are left-leaning and may be 100,000s long."""

    op: str
    left: Expr
    right: Expr


@dataclass(slots=True, eq=False)
class TypeTest(Expr):
    """`operand is type` / `operand as type` (`op` "is" or "as")."""

    op: str
    operand: Expr
    type: TypeNode


@dataclass(slots=True, eq=False)
class Conditional(Expr):
    cond: Expr
    then: Expr
    other: Expr


@dataclass(slots=True, eq=False)
class Assign(Expr):
    """`op` "=" or the binary operator of a compound assignment ("+", "<<", ...)."""

    op: str
    target: Expr
    value: Expr


@dataclass(slots=True, eq=False)
class Cast(Expr):
    """`(type)operand`; `pos` is the parenthesis."""

    type: TypeNode
    operand: Expr


@dataclass(slots=True, eq=False)
class New(Expr):
    """`new T(args)`: `args` is a list and `dims` empty. Arrays: `dims` holds one entry per bracket pair (None for `[]`)."""

    type: TypeNode
    args: list[Expr] | None
    dims: list[Expr | None]
    init: ArrayInit | None


@dataclass(slots=True, eq=False)
class ArrayInit(Expr):
    """`{ a, b, {c} }`: only as an initialiser."""

    items: list[Expr]


@dataclass(slots=True, eq=False)
class SizeOf(Expr):
    type: TypeNode


@dataclass(slots=True, eq=False)
class DefaultOf(Expr):
    type: TypeNode


@dataclass(slots=True, eq=False)
class CheckedExpr(Expr):
    """`checked(e)` (`checked` True) or `unchecked(e)`."""

    checked: bool
    operand: Expr


@dataclass(slots=True, eq=False)
class Lambda(Expr):
    is_async: bool
    params: list[LambdaParam]
    body: Expr | Block


@dataclass(slots=True, eq=False)
class LambdaParam:
    type: TypeNode | None
    name: Name


@dataclass(slots=True, eq=False)
class ErrorExpr(Expr):
    """Stands where the parser gave up; a diagnostic exists."""


# -- statements ------------------------------------------------------------------------------------------------------------

@dataclass(slots=True, eq=False)
class Stmt:
    """Base of statements. `pos` = `start` unless said otherwise."""

    start: int
    end: int


@dataclass(slots=True, eq=False)
class Block(Stmt):
    body: list[Stmt]


@dataclass(slots=True, eq=False)
class Empty(Stmt):
    pass


@dataclass(slots=True, eq=False)
class LocalDecl(Stmt):
    is_const: bool
    type: TypeNode
    declarators: list[Declarator]


@dataclass(slots=True, eq=False)
class Declarator:
    """`name[dims] = init`. `dims` are the C-form sizes behind the name."""

    name: Name
    dims: list[Expr]
    init: Expr | None


@dataclass(slots=True, eq=False)
class ExprStmt(Stmt):
    expr: Expr


@dataclass(slots=True, eq=False)
class If(Stmt):
    """`else if` chains nest in `other` and may be 100,000s long."""

    cond: Expr
    then: Stmt
    other: Stmt | None


@dataclass(slots=True, eq=False)
class While(Stmt):
    cond: Expr
    body: Stmt


@dataclass(slots=True, eq=False)
class DoWhile(Stmt):
    body: Stmt
    cond: Expr


@dataclass(slots=True, eq=False)
class For(Stmt):
    """`init` is a declaration or expressions."""

    init: LocalDecl | list[Expr]
    cond: Expr | None
    step: list[Expr]
    body: Stmt


@dataclass(slots=True, eq=False)
class Foreach(Stmt):
    type: TypeNode
    name: Name
    collection: Expr
    body: Stmt


@dataclass(slots=True, eq=False)
class Switch(Stmt):
    value: Expr
    sections: list[SwitchSection]


@dataclass(slots=True, eq=False)
class SwitchSection:
    """`labels` holds None for `default`."""

    start: int
    end: int
    labels: list[Expr | None]
    body: list[Stmt]


@dataclass(slots=True, eq=False)
class Break(Stmt):
    pass


@dataclass(slots=True, eq=False)
class Continue(Stmt):
    pass


@dataclass(slots=True, eq=False)
class Return(Stmt):
    value: Expr | None


@dataclass(slots=True, eq=False)
class Throw(Stmt):
    value: Expr | None


@dataclass(slots=True, eq=False)
class Try(Stmt):
    body: Block
    catches: list[Catch]
    final: Block | None


@dataclass(slots=True, eq=False)
class Catch:
    """`type` None: every exception (`catch`); `as_string`: `catch (string e)`, `type` is then None.

    A lone name, as in `catch (x)`, is delivered as a NamedType without `name`: the checker takes it as the variable when it
    names no type.
    """

    start: int
    end: int
    type: TypeNode | None
    as_string: bool
    name: Name | None
    body: Block


@dataclass(slots=True, eq=False)
class CheckedBlock(Stmt):
    """`kind` "checked", "unchecked" or "unsafe"."""

    kind: str
    body: Block


# -- declarations ------------------------------------------------------------------------------------------------------------

@dataclass(slots=True, eq=False)
class Modifiers:
    """Modifiers and attributes in source order. `linkage` is the string of `extern "C"`."""

    words: list[Name] = field(default_factory=list)
    linkage: bytes | None = None
    attributes: list[Attribute] = field(default_factory=list)

    def has(self, word: str) -> bool:
        """True if the modifier is written."""
        return any(one.text == word for one in self.words)

    def find(self, word: str) -> Name | None:
        """The modifier's place, None if absent."""
        return next((one for one in self.words if one.text == word), None)


@dataclass(slots=True, eq=False)
class Attribute:
    name: Name
    arg: Expr | None


@dataclass(slots=True, eq=False)
class Decl:
    """Base of declarations."""

    start: int
    end: int
    modifiers: Modifiers


@dataclass(slots=True, eq=False)
class TypeParam:
    """`T` or `const int N` (`const_type` set)."""

    name: Name
    const_type: TypeNode | None


@dataclass(slots=True, eq=False)
class Where:
    """`where T : bounds`; a bound is a type or one of the words class, struct, new, numeric, integer."""

    name: Name
    bounds: list[TypeNode | Name]


@dataclass(slots=True, eq=False)
class Param:
    """`type name[dims]`; the C-form brackets only make the type an array."""

    type: TypeNode
    name: Name
    dims: list[Expr | None]


@dataclass(slots=True, eq=False)
class FunctionDecl(Decl):
    """A function or method; `body` None for `;`. An expression body `=> e;` is a Block of one Return (`expression_body` True: the
    checker treats it as an expression statement when the result is void)."""

    result: TypeNode
    name: Name
    tparams: list[TypeParam]
    params: list[Param]
    priority: Expr | None
    where: list[Where]
    body: Block | None
    expression_body: bool = False


@dataclass(slots=True, eq=False)
class CtorDecl(Decl):
    """A constructor; `chain` "base", "this" or ''."""

    name: Name
    params: list[Param]
    chain: str
    chain_args: list[Expr]
    chain_pos: int
    body: Block


@dataclass(slots=True, eq=False)
class FieldDecl(Decl):
    """A field, global or member constant."""

    type: TypeNode
    declarators: list[Declarator]


@dataclass(slots=True, eq=False)
class Accessor:
    """`get`/`set`; `body` None for automatic ones; `visibility` '' when not written."""

    kind: str
    visibility: str
    start: int
    end: int
    body: Block | None


@dataclass(slots=True, eq=False)
class PropertyDecl(Decl):
    """A property, or an indexer when `params` is not None (`name` is then "this")."""

    type: TypeNode
    name: Name
    params: list[Param] | None
    accessors: list[Accessor]
    init: Expr | None


@dataclass(slots=True, eq=False)
class TypeDecl(Decl):
    """`kind` "class", "struct" or "interface"."""

    kind: str
    name: Name
    tparams: list[TypeParam]
    bases: list[TypeNode]
    where: list[Where]
    members: list[Decl]


@dataclass(slots=True, eq=False)
class EnumDecl(Decl):
    name: Name
    base: TypeNode | None
    items: list[tuple[Name, Expr | None]]


@dataclass(slots=True, eq=False)
class DelegateDecl(Decl):
    result: TypeNode
    name: Name
    tparams: list[TypeParam]
    params: list[Param]


@dataclass(slots=True, eq=False)
class ImplDecl(Decl):
    """`impl interface for type { members }`."""

    interface: TypeNode
    type: TypeNode
    members: list[Decl]


@dataclass(slots=True, eq=False)
class NamespaceDecl(Decl):
    """`file_scoped` for `namespace A.B;`, which then holds the rest of the file."""

    name: list[Name]
    declarations: list[Decl]
    file_scoped: bool


@dataclass(slots=True, eq=False)
class Import:
    """`using "p";`, `import "p";` (`path` set), `using A.B;` (`namespace` set) or the legacy comment (`legacy` True)."""

    start: int
    end: int
    path: str | None
    namespace: list[Name]
    legacy: bool = False


@dataclass(slots=True, eq=False)
class File:
    """One source file. A `standard` one belongs to the packaged standard library and may call the run-time library."""

    name: str
    base: int
    imports: list[Import]
    declarations: list[Decl]
    runtime: bool = False
    standard: bool = False


Node: TypeAlias = Expr | Stmt | Decl | TypeNode
