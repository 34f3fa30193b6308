"""The intermediate representation: see module.py for what a module is, text.py for what it looks like.

The names below are loaded on first use, so that importing one floor of the package costs only that floor.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .types import BOOL, F32, F64, I8, I16, I32, I64, PTR, VOID

if TYPE_CHECKING:
    from .builder import Builder, FunctionScope, Label, Val
    from .function_builder import BuildError, FunctionBuilder
    from .interp import InterpError, Interpreter
    from .module import Data, Function, Module, Signature
    from .text import TextError, equal, parse, print_function, print_module
    from .verify import Issue, VerifyError, verify_module

_HOME = {name: home for home, names in {
    "builder": "Builder FunctionScope Label Val",
    "function_builder": "BuildError FunctionBuilder",
    "interp": "InterpError Interpreter",
    "module": "Data Function Module Signature",
    "text": "TextError equal parse print_function print_module",
    "verify": "Issue VerifyError verify_module",
}.items() for name in names.split()}

__all__ = [
    "BOOL",
    "F32",
    "F64",
    "I8",
    "I16",
    "I32",
    "I64",
    "PTR",
    "VOID",
    "BuildError",
    "Builder",
    "Data",
    "Function",
    "FunctionBuilder",
    "FunctionScope",
    "InterpError",
    "Interpreter",
    "Issue",
    "Label",
    "Module",
    "Signature",
    "TextError",
    "Val",
    "VerifyError",
    "equal",
    "parse",
    "print_function",
    "print_module",
    "verify_module",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
