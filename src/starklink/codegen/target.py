"""The target: x86-64 registers and the System V calling convention (psABI 3.2), as tables.

Registers are numbers: 0..15 the general registers by hardware number, 16..31 the SSE registers. A *location* extends
them: 32 + n is frame slot n, a negative number -n is entry n of a function's constant table, NOWHERE is none of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 = range(16)
XMM0: Final = 16
XMM15: Final = 31
SLOT0: Final = 32
"""Locations from here on are frame slots."""
NOWHERE: Final = 1 << 30

NAMES: Final = ("rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
                "r15", *(f"xmm{n}" for n in range(16)))

GENERAL: Final = 0
FLOAT: Final = 1
"""Register classes."""

SCRATCH: Final = R11
"""Never allocated: moves between slots, wide immediates, table jumps, trap stubs."""
FSCRATCH: Final = XMM15

INT_ARGS: Final = (RDI, RSI, RDX, RCX, R8, R9)
FLOAT_ARGS: Final = tuple(range(XMM0, XMM0 + 8))
INT_RESULT: Final = RAX
FLOAT_RESULT: Final = XMM0

CALLER_SAVED: Final = (RAX, RCX, RDX, RSI, RDI, R8, R9, R10)
"""General registers a call destroys, without the scratch register."""
CALLEE_SAVED: Final = (RBX, RBP, R14, R15, R12, R13)
FLOATS: Final = tuple(range(XMM0, XMM15))
"""All allocatable SSE registers: a call destroys every one of them."""

IS_CALLEE_SAVED: Final = tuple(r in CALLEE_SAVED for r in range(32))

DWARF: Final = (0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15, *range(17, 33))
"""DWARF register numbers (psABI figure 3.36) by our numbers."""
DWARF_RA: Final = 16

# Condition codes as in the opcodes; xor 1 negates. The last two are made of two flags (float equality and NaN).
O, NO, B, AE, E, NE, BE, A, S, NS, P, NP, L, GE, LE, G = range(16)  # noqa: E741
FEQ: Final = 16
FNE: Final = 17
CC_NAMES: Final = ("o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g", "feq", "fne")
CC_SWAP: Final = (O, NO, A, BE, E, NE, AE, B, S, NS, P, NP, G, LE, GE, L, FEQ, FNE)
"""The condition that holds for (b, a) when the indexed one holds for (a, b)."""


def location_name(location: int) -> str:
    """A location for dumps."""
    if location == NOWHERE:
        return "?"
    if location < 0:
        return f"const{-location}"
    return NAMES[location] if location < SLOT0 else f"slot{location - SLOT0}"


def argument_places(floats: Sequence[bool]) -> tuple[list[int], int]:
    """Where arguments go (psABI 3.2.3), and bytes of those on the stack: a register, or -1 - offset from rsp at the call.
    `floats`: whether each is passed in an SSE register."""
    out: list[int] = []
    ints = vectors = stack = 0
    for is_float in floats:
        if is_float:
            place = FLOAT_ARGS[vectors] if vectors < len(FLOAT_ARGS) else -1
            vectors += 1
        else:
            place = INT_ARGS[ints] if ints < len(INT_ARGS) else -1
            ints += 1
        if place < 0:
            place = -1 - stack
            stack += 8
        out.append(place)
    return out, stack
