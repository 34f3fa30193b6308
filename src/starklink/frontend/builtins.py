"""The built-in functions of fluxsharp.md section 17, the predeclared names, and the intrinsics of library files.

A built-in has a canonical key (what lowering sees), a usage text for messages, and either fixed parameter types or a named rule
that `check_builtins` implements.
"""

from __future__ import annotations

from typing import Final

from ..support.record import dataclass
from .types import BOOL, BYTE, CHAR, DOUBLE, FLOAT, INT, OBJECT, STRING, UINT, VOID, Type, array_of


@dataclass(frozen=True, slots=True)
class Builtin:
    """One built-in. `params` are its parameter types when `rule` is ''; `counts` the argument counts it takes.

    `receiver`: the type it can be called on as a method ("string", "array", "both" or '').
    """

    key: str
    usage: str
    params: tuple[Type, ...] = ()
    result: Type = VOID
    rule: str = ""
    counts: tuple[int, ...] = ()
    receiver: str = ""


def _plain(key: str, names: str, params: tuple[Type, ...], result: Type, receiver: str = "") -> Builtin:
    shown = ", ".join(f"{type_} {name}" for type_, name in zip(params, names.split(), strict=True))
    return Builtin(key, f"{key}({shown})", params, result, "", (len(params),), receiver)


def _ruled(key: str, usage: str, rule: str, counts: tuple[int, ...], receiver: str = "") -> Builtin:
    return Builtin(key, usage, (), VOID, rule, counts, receiver)


_S: Final = STRING
_TABLE: Final[tuple[Builtin, ...]] = (
    _ruled("print", "print(x) or print()", "print", (0, 1)),
    _ruled("write", "write(x)", "print", (1,)),
    _plain("flush", "", (), VOID),
    _plain("read_line", "", (), STRING),
    _plain("read_int", "", (), INT),
    _ruled("abs", "abs(number)", "abs", (1,)),
    _ruled("max", "max(a, b)", "extreme", (2,)),
    _ruled("min", "min(a, b)", "extreme", (2,)),
    _ruled("pow", "pow(base, exponent)", "pow", (2,)),
    _ruled("sqrt", "sqrt(number)", "sqrt", (1,)),
    _ruled("floor", "floor(number)", "round", (1,)),
    _ruled("ceil", "ceil(number)", "round", (1,)),
    _ruled("round", "round(number)", "round", (1,)),
    _ruled("abs_diff", "abs_diff(a, b)", "extreme", (2,)),
    _ruled("mod", "mod(a, b)", "mod", (2,)),
    _ruled("length", "length(array or string)", "length", (1,), "both"),
    _ruled("clear", "clear(array)", "clear", (1,), "array"),
    _ruled("copy", "copy(source, destination)", "copy", (2,), "array"),
    _ruled("fill", "fill(array, value)", "fill", (2,), "array"),
    _plain("substring", "s begin end", (_S, INT, INT), STRING, "string"),
    _plain("char_at", "s index", (_S, INT), CHAR, "string"),
    _plain("code_point_at", "s index", (_S, INT), CHAR, "string"),
    _plain("contains", "s part", (_S, _S), BOOL, "string"),
    _plain("index_of", "s part", (_S, _S), INT, "string"),
    _plain("to_upper", "s", (_S,), STRING, "string"),
    _plain("to_lower", "s", (_S,), STRING, "string"),
    _plain("trim", "s", (_S,), STRING, "string"),
    _plain("starts_with", "s part", (_S, _S), BOOL, "string"),
    _plain("ends_with", "s part", (_S, _S), BOOL, "string"),
    _plain("replace", "s old new", (_S, _S, _S), STRING, "string"),
    _plain("split", "s separator", (_S, _S), array_of(STRING), "string"),
    _plain("compare", "s t", (_S, _S), INT, "string"),
    _plain("Concatenate", "a b", (_S, _S), STRING, "string"),
    _ruled("to_string", "to_string(x)", "to_string", (1,), "string"),
    _ruled("to_int", "to_int(number, char or string)", "to_number", (1,), "string"),
    _ruled("to_double", "to_double(number or string)", "to_number", (1,), "string"),
    _ruled("to_float", "to_float(number or string)", "to_number", (1,), "string"),
    _plain("malloc", "size", (INT,), array_of(BYTE)),
    _ruled("free", "free(array)", "free", (1,)),
    _ruled("assert", "assert(condition) or assert(condition, string message)", "assert", (1, 2)),
    _plain("exit", "code", (INT,), VOID),
    _plain("read_file", "path", (_S,), STRING),
    _plain("write_file", "path data", (_S, _S), VOID),
)
_ALIASES: Final = {
    "print": ("serial_print", "print_line", "PrintLine", "Print", "print_int", "PrintInt", "print_float", "PrintFloat"),
    "length": ("string_length",),
    "to_string": ("ToString",),
}
BUILTINS: Final[dict[str, Builtin]] = {one.key: one for one in _TABLE} | {
    alias: one for one in _TABLE for alias in _ALIASES.get(one.key, ())
}
"""By every name they can be called."""

CONSTANTS: Final = {"PI": 3.141592653589793, "E": 2.718281828459045}

OBJECT_METHODS: Final[dict[str, tuple[tuple[Type, ...], Type]]] = {
    "ToString": ((), STRING),
    "Equals": ((OBJECT,), BOOL),
    "GetHashCode": ((), INT),
}
"""What every value has (section 9), in the order of the first vtable slots."""
OBJECT_SLOTS: Final = tuple(OBJECT_METHODS)

EXCEPTIONS: Final = {
    "Exception": "Exception",
    "ArithmeticException": "ArithmeticException",
    "NullPointerException": "NullPointerException",
    "IndexOutOfBoundsException": "IndexOutOfBoundsException",
    "TypeError": "TypeError",
    "TypeException": "TypeError",
    "IOException": "IOException",
    "NetworkException": "NetworkException",
    "CancelledException": "CancelledException",
    "AssertionException": "AssertionException",
}
"""Predeclared exception classes by name (section 13); declared in the library."""

ASYNC_BUILTINS: Final = frozenset(
    {
        "delay",
        "sleep",
        "now_ms",
        "event_arrived",
        "spawn_task",
        "WhenAll",
        "WhenAny",
        "read_file_async",
        "write_file_async",
        "tcp_listen",
        "tcp_port",
        "tcp_accept",
        "tcp_connect",
        "tcp_read",
        "tcp_write",
        "close",
    }
)
UNSUPPORTED_TYPES: Final[dict[str, str]] = {
    "Promise": "promises",
    "Func": "delegates",
    "Action": "delegates",
    "IComparable": "generic types",
    "FixedArray": "generic types",
} | {
    f"{lane}x{count}": "SIMD vector types"
    for lane, counts in (
        ("f32", (4, 8)),
        ("f64", (2, 4)),
        ("i8", (16, 32)),
        ("i16", (8, 16)),
        ("i32", (4, 8)),
        ("i64", (2, 4)),
        ("u8", (16, 32)),
        ("u16", (8, 16)),
        ("u32", (4, 8)),
        ("u64", (2, 4)),
    )
    for count in counts
}
"""Predeclared types that are not compiled yet, with the feature's name."""


def _intrinsics() -> dict[str, tuple[tuple[Type, ...], Type]]:
    table: dict[str, tuple[tuple[Type, ...], Type]] = {}
    for bits in (8, 16, 32, 64):
        table[f"__ld{bits}"] = ((UINT,), UINT)
        table[f"__st{bits}"] = ((UINT, UINT), VOID)
    table["__addr"] = ((OBJECT,), UINT)
    table["__as_string"] = ((UINT,), STRING)
    table["__as_object"] = ((UINT,), OBJECT)
    table["__f64_bits"] = ((DOUBLE,), UINT)
    table["__bits_f64"] = ((UINT,), DOUBLE)
    table["__f32_bits"] = ((FLOAT,), UINT)
    table["__bits_f32"] = ((UINT,), FLOAT)
    table["__umulh"] = ((UINT, UINT), UINT)
    table["__sqrt_f64"] = ((DOUBLE,), DOUBLE)
    table["__sqrt_f32"] = ((FLOAT,), FLOAT)
    table["__copy"] = ((UINT, UINT, UINT), VOID)
    table["__zero"] = ((UINT, UINT), VOID)
    table["__symbol"] = ((STRING,), UINT)
    table["__vcall0"] = ((UINT, OBJECT), UINT)
    return table


INTRINSICS: Final = _intrinsics()
"""Parameter and result types of the intrinsics by name."""
