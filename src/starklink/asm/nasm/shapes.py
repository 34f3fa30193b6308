"""Statements that differ only in their numbers are encoded once.

`mov eax, [rbx+24]` and `mov eax, [rbx+40]` have the same *shape*: the same tokens, and numbers that the encoder cannot tell
apart (both fit a signed byte, neither is 0). When a shape is met for the third time it is assembled with numbers at both ends of
their ranges; the bytes that follow the numbers are its *slots*, and from then on they are filled in without the assembler.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import Final, TypeAlias

_SIGNED: Final = [1 << 7, 1 << 8, 1 << 15, 1 << 16, 1 << 31, 1 << 32, 1 << 63]
# Numbers where some range that matters to encodings or warnings begins.
BOUNDS: Final = sorted({
    0, 1, 2, 16, -15, -16, 0xFF80, 0xFFFF_FF80, *_SIGNED, *[-bound for bound in _SIGNED], *[1 - bound for bound in _SIGNED],
    *[bound + 1 for bound in _SIGNED],
})  # fmt: skip

# (code, slots (number's index, offset, size))
Template: TypeAlias = tuple[bytes, tuple[tuple[int, int, int], ...]]
Key: TypeAlias = tuple[str | int, ...]


def key_of(tokens: list[str]) -> tuple[Key, list[int], list[int]] | None:
    """(shape, its numbers, their places among the tokens); None if there is no number or one that is not plain."""
    numbers: list[int] = []
    places: list[int] = []
    key: list[str | int] = []
    before = ""
    at = 0
    for token in tokens:
        if "0" <= token[0] <= "9":
            if before in ",+-" and before:
                if token.isdecimal():
                    value = int(token)
                elif token[:2] == "0x" and len(token) > 2 and token.isalnum():
                    try:
                        value = int(token, 16)
                    except ValueError:
                        return None
                else:
                    return None
                if before == "-":
                    value = -value
                key.append(bisect_right(BOUNDS, value))
                numbers.append(value)
                places.append(at)
                before = token
                at += 1
                continue
            if before != "*":
                return None
        elif token[0] == "*" and before[:1].isdigit():
            return None
        key.append(token)
        before = token
        at += 1
    return (tuple(key), numbers, places) if numbers else None


def filled(template: Template, numbers: list[int]) -> bytes:
    """The code with other numbers."""
    code, slots = template
    for index, offset, size in slots:
        code = code[:offset] + (numbers[index] & (1 << size * 8) - 1).to_bytes(size, "little") + code[offset + size :]
    return code


def template_of(
    tokens: list[str], code: bytes, numbers: list[int], places: list[int], encode: Callable[[list[str]], bytes | None]
) -> Template | None:
    """The template of a shape from a statement with its code; None if the bytes do not just follow the numbers. `encode`
    assembles tokens without effects."""
    slots: list[tuple[int, int, int]] = []
    for index, number in enumerate(numbers):
        where = bisect_right(BOUNDS, number)
        if not 0 < where < len(BOUNDS):
            return None
        low, high = BOUNDS[where - 1], BOUNDS[where] - 1
        if low == high:
            continue
        found = _slot(tokens, places[index], low, high, encode, code)
        if found is None:
            return None
        slots.append((index, *found))
    return code, tuple(sorted(slots, key=lambda slot: slot[1]))


def _slot(
    tokens: list[str], place: int, low: int, high: int, encode: Callable[[list[str]], bytes | None], code: bytes
) -> tuple[int, int] | None:
    """(offset, size) of the bytes that hold a number between `low` and `high`."""
    probes = []
    for number in (low, high):
        trial = list(tokens)
        trial[place] = str(abs(number))
        made = encode(trial)
        if made is None or len(made) != len(code):
            return None
        probes.append((number, made))
    for size in (8, 4, 2, 1):
        for offset in range(1, len(code) - size + 1):
            rest = code[:offset], code[offset + size :]
            if all(
                made == rest[0] + (number & (1 << size * 8) - 1).to_bytes(size, "little") + rest[1] for number, made in probes
            ):
                return offset, size
    return None
