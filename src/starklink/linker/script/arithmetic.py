"""The operators of script expressions on 64-bit words, as GNU ld computes them."""

from __future__ import annotations

from typing import Final

MASK: Final = 0xFFFFFFFFFFFFFFFF


def signed(value: int) -> int:
    """A word as a signed number."""
    value &= MASK
    return value - (1 << 64) if value >> 63 else value


def align_up(value: int, to: int) -> int:
    """`value` rounded up to a multiple of `to`; 0 and 1 change nothing."""
    if to <= 1:
        return value & MASK
    return (value + to - 1) // to * to & MASK


def unary(op: str, value: int) -> int:
    """"neg", "~" or "!"."""
    if op == "neg":
        return -value & MASK
    return ~value & MASK if op == "~" else int(value == 0)


def binary(op: str, left: int, right: int) -> int | None:
    """The value of an operator; None for a division by zero. Division is signed, comparison and shift are not."""
    if op == "+":
        return left + right & MASK
    if op == "-":
        return left - right & MASK
    if op == "*":
        return left * right & MASK
    if op in ("/", "%"):
        if not right:
            return None
        a, b = signed(left), signed(right)
        quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        return (quotient if op == "/" else a - quotient * b) & MASK
    if op == "<<":
        return left << right & MASK if right < 64 else 0
    if op == ">>":
        return left >> right if right < 64 else 0
    if op == "&":
        return left & right
    if op == "|":
        return left | right
    if op == "^":
        return left ^ right
    if op == "&&":
        return int(bool(left) and bool(right))
    if op == "||":
        return int(bool(left) or bool(right))
    compared = {"==": left == right, "!=": left != right, "<": left < right, "<=": left <= right, ">": left > right,
                ">=": left >= right}
    return int(compared[op])
