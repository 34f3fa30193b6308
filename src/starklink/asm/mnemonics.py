"""The instructions as methods: `a.mov(rax, rbx)`. They are made when first used; mnemonics.pyi lists them all, with types.

A name that Python reserves is written with an underscore: `and_`, `or_`, `not_`, `in_`, `is_`; `int_` works as well as `int`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from .forms import exists
from .operands import Operand

if TYPE_CHECKING:
    from .assembler import Assembler

MEMO_LIMIT: Final = 4096
"""Statements remembered per mnemonic and mode before the memory is emptied."""

Method = Callable[..., None]


def _method(name: str) -> Method:
    remembered: dict[int, dict[Any, bytes]] = {16: {}, 32: {}, 64: {}}

    def emit(self: Assembler, *operands: Operand) -> None:
        data = remembered[self.bits].get(operands)
        if data is None:
            self._statement(name, operands, 0, remembered[self.bits])
        else:
            self._buffer += data
        if self._cfi_auto:
            self._track(name, operands)

    emit.__name__ = emit.__qualname__ = name
    emit.__doc__ = f"Assemble `{name}` with the given operands."
    return emit


def spelled(name: str) -> str:
    """The mnemonic behind an attribute name: `and_` -> `and`."""
    return name[:-1] if name.endswith("_") else name


class Mnemonics:
    """Base of `Assembler`: looks instructions up in the form table."""

    def __getattr__(self, name: str) -> Any:
        mnemonic = spelled(name)
        if mnemonic.startswith("_") or not exists(mnemonic):
            raise AttributeError(f"no instruction, directive or property is called {name!r}")
        method = _method(mnemonic)
        setattr(Mnemonics, name, method)
        return method.__get__(self)


class Prefixed:
    """What `a.lock`, `a.rep`, `a.vex` ... give: the same instructions with a prefix or a wish for an encoding."""

    __slots__ = ("_assembler", "_request")

    def __init__(self, assembler: Assembler, request: int) -> None:
        self._assembler = assembler
        self._request = request

    def __getattr__(self, name: str) -> Any:
        more = REQUESTS.get(name)
        if more is not None:
            return Prefixed(self._assembler, self._request | more)
        mnemonic = spelled(name)
        if not exists(mnemonic):
            raise AttributeError(f"no instruction or prefix is called {name!r}")
        assembler, request = self._assembler, self._request

        def emit(*operands: Operand) -> None:
            assembler._statement(mnemonic, operands, request, None)
            if assembler._cfi_auto:
                assembler._track(mnemonic, operands)

        return emit


# Bits as in encode.P_* and select.R_*.
REQUESTS: Final = {
    "lock": 1,
    "rep": 2,
    "repe": 2,
    "repz": 2,
    "repne": 4,
    "repnz": 4,
    "xacquire": 8,
    "xrelease": 16,
    "bnd": 32,
    "notrack": 64,
    "taken": 128,
    "not_taken": 256,
    "vex": 1 << 12,
    "evex": 1 << 13,
    "short": 1 << 14,
    "near": 1 << 15,
    "addr16": 1 << 16,
    "addr32": 1 << 17,
}
