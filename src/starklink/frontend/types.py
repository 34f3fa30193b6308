"""The language's types (fluxsharp.md section 4.1) and their layout.

Types are compared by identity: primitives are module constants, array types are interned by `array_of`, classes are one object
per declaration. Aliases of section 4.1 (`long` = `i64` = `int`) are the same object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..ir import types as ir
from ..support.record import dataclass, field

if TYPE_CHECKING:
    from . import ast
    from .typed import FieldSym, MethodSym


@dataclass(slots=True, eq=False)
class Type:
    """Base of all types. `name` as diagnostics and run-time texts show it; `ir` the IR type of a value."""

    name: str
    ir: int

    def __str__(self) -> str:
        return self.name


@dataclass(slots=True, eq=False)
class Primitive(Type):
    """A built-in value type, `void`, `string`, `object`, the type of `null`, or the error type.

    `code` is the type code of docs/runtime.md (0 if none). `bits` and `signed` describe integers and `char`.
    """

    code: int = 0
    bits: int = 0
    signed: bool = False
    low: int = 0
    high: int = 0


def _integer(name: str, ir_type: int, code: int, bits: int, signed: bool) -> Primitive:
    low = -(1 << bits - 1) if signed else 0
    high = (1 << bits - 1) - 1 if signed else (1 << bits) - 1
    return Primitive(name, ir_type, code, bits, signed, low, high)


BOOL: Final = Primitive("bool", ir.BOOL, 1)
CHAR: Final = Primitive("char", ir.I32, 2, 32, False, 0, 0x10FFFF)
I8: Final = _integer("i8", ir.I8, 3, 8, True)
I16: Final = _integer("i16", ir.I16, 4, 16, True)
I32: Final = _integer("i32", ir.I32, 5, 32, True)
INT: Final = _integer("int", ir.I64, 6, 64, True)
BYTE: Final = _integer("byte", ir.I8, 7, 8, False)
U16: Final = _integer("u16", ir.I16, 8, 16, False)
U32: Final = _integer("u32", ir.I32, 9, 32, False)
UINT: Final = _integer("uint", ir.I64, 10, 64, False)
FLOAT: Final = Primitive("float", ir.F32, 11)
DOUBLE: Final = Primitive("double", ir.F64, 12)
STRING: Final = Primitive("string", ir.PTR)
OBJECT: Final = Primitive("object", ir.PTR)
VOID: Final = Primitive("void", ir.VOID)
NULL: Final = Primitive("null", ir.PTR)
"""The type of the literal `null`."""
ERROR: Final = Primitive("?", ir.I64)
"""Type of expressions that already have a diagnostic; converts to and from everything silently."""

INTEGERS: Final = frozenset({I8, I16, I32, INT, BYTE, U16, U32, UINT})
FLOATS: Final = frozenset({FLOAT, DOUBLE})
NUMBERS: Final = INTEGERS | FLOATS

BUILTIN_NAMES: Final[dict[str, Type]] = {
    "int": INT, "long": INT, "i64": INT, "uint": UINT, "ulong": UINT, "u64": UINT, "i32": I32, "i16": I16, "i8": I8,
    "u32": U32, "u16": U16, "byte": BYTE, "u8": BYTE, "double": DOUBLE, "f64": DOUBLE, "float": FLOAT, "f32": FLOAT,
    "bool": BOOL, "char": CHAR, "string": STRING, "object": OBJECT, "void": VOID,
}
KEYWORD_TYPES: Final = frozenset(
    {"int", "long", "uint", "ulong", "byte", "double", "float", "bool", "char", "string", "object", "void"})


@dataclass(slots=True, eq=False)
class ArrayType(Type):
    """`element[]`; interned, make it with `array_of`."""

    element: Type = ERROR
    readonly: bool = False


_ARRAYS: Final[dict[tuple[int, bool], ArrayType]] = {}
_KEEP: Final[list[Type]] = []


def array_of(element: Type, readonly: bool = False) -> ArrayType:
    """The array type of an element type. `int[2][3]` is array_of(array_of(INT)): outermost dimension first."""
    key = (id(element), readonly)
    known = _ARRAYS.get(key)
    if known is None:
        name = f"{element.name}[]"
        known = ArrayType(f"readonly {name}" if readonly else name, ir.PTR, element, readonly)
        _ARRAYS[key] = known
        _KEEP.append(element)
    return known


@dataclass(slots=True, eq=False)
class ClassType(Type):
    """A class, struct (`is_struct`) or exception class. `name` is qualified with namespaces; `symbol` is unique in the program.

    `fields` are the instance fields declared here in order (without inherited ones), `statics` static fields and constants,
    `methods` all methods declared here, `ctors` the constructors ([] = only the default one). The checker fills `base`
    (None: object), members, `vtable` (most derived methods by slot, `object`'s three first: ToString, Equals, GetHashCode; an
    entry is None where object's own stands) and `size`/`align` with every field's `offset` (bytes from the object's start,
    the descriptor word included for classes). `holds_arrays`: a field declared here, or one of a struct inside, is an array with
    sizes.
    """

    decl: ast.TypeDecl | None = None
    file: ast.File | None = None
    is_struct: bool = False
    base: ClassType | None = None
    fields: list[FieldSym] = field(default_factory=list)
    statics: list[FieldSym] = field(default_factory=list)
    methods: list[MethodSym] = field(default_factory=list)
    ctors: list[MethodSym] = field(default_factory=list)
    members: dict[str, list[FieldSym | MethodSym]] = field(default_factory=dict)
    is_abstract: bool = False
    is_sealed: bool = False
    is_static: bool = False
    visibility: str = "internal"
    packed: bool = False
    min_align: int = 0
    size: int = 8
    align: int = 8
    holds_arrays: bool = False
    vtable: list[MethodSym | None] = field(default_factory=list)
    children: list[ClassType] = field(default_factory=list)
    is_exception: bool = False
    base_unknown: bool = False
    """The base list is in error, so anything may be inherited: uses of the type stay silent."""
    pos: int = 0
    symbol: str = ""


@dataclass(slots=True, eq=False)
class EnumType(Type):
    """An enumeration over an integer type."""

    underlying: Primitive = INT
    items: dict[str, int] = field(default_factory=dict)
    pos: int = 0
    decl: ast.EnumDecl | None = None
    file: ast.File | None = None
    visibility: str = "internal"


@dataclass(slots=True, eq=False)
class PromiseType(Type):
    """What a call of an async function gives: `Promise<result>`, or `Promise` for void. Interned, make it with `promise_of`."""

    result: Type = ERROR


_PROMISES: Final[dict[int, PromiseType]] = {}


def promise_of(result: Type) -> PromiseType:
    """The promise type of a result type."""
    known = _PROMISES.get(id(result))
    if known is None:
        known = PromiseType("Promise" if result is VOID else f"Promise<{result.name}>", ir.PTR, result)
        _PROMISES[id(result)] = known
        _KEEP.append(result)
    return known


def is_reference(type_: Type) -> bool:
    """True for types whose values are references (default null)."""
    if isinstance(type_, ClassType):
        return not type_.is_struct
    return isinstance(type_, (ArrayType, PromiseType)) or type_ in (STRING, OBJECT, NULL)


def link_name(type_: Type) -> str:
    """The name of a type in link symbols: unlike `name` it is unique (private classes of two files may have one name)."""
    if isinstance(type_, ArrayType):
        return f"{link_name(type_.element)}[]"
    return type_.symbol or type_.name if isinstance(type_, ClassType) else type_.name


def is_integer(type_: Type) -> bool:
    """True for the eight integer types (not char, not enums)."""
    return type_ in INTEGERS


def size_of(type_: Type) -> int:
    """Bytes a value of the type takes in memory."""
    if isinstance(type_, ClassType) and type_.is_struct:
        return type_.size
    if isinstance(type_, EnumType):
        return ir.SIZES[type_.underlying.ir]
    return ir.SIZES[type_.ir]


def align_of(type_: Type) -> int:
    """Natural alignment in bytes."""
    if isinstance(type_, ClassType) and type_.is_struct:
        return type_.align
    return max(1, size_of(type_))


def derives_from(type_: Type, base: Type) -> bool:
    """True if `type_` is `base` or a class derived from it."""
    current: Type | None = type_
    while isinstance(current, ClassType):
        if current is base:
            return True
        current = current.base
    return current is base
