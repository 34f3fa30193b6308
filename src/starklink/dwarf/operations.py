"""Expressions operation by operation, by the table of `rows.OPERATIONS`: decode, encode, and check.

    for op in operations(code): print(op.offset, op.row.name, op.operands)
    check_expression(code, version=5)              # [] or sentences that say what is wrong
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from .consts import OP
from .cursor import Cursor, DwarfError
from .leb import sleb, uleb
from .rows import OPERATIONS, OperationRow

_UNSIGNED: Final = {"1": 1, "2": 2, "4": 4, "8": 8}
_SIGNED: Final = {"b": 1, "h": 2, "i": 4, "q": 8, "G": 2}


class Operation(NamedTuple):
    """An operation at an offset of its expression, with decoded operands (bytes for B, E and D), and where the next begins."""

    offset: int
    row: OperationRow
    operands: tuple[Any, ...]
    end: int


def operations(code: bytes, address_size: int = 8, order: str = "<", offset_size: int = 4) -> list[Operation]:
    """All operations. Raises DwarfError for an unknown one and for operands that are cut off."""
    cursor = Cursor(code, order=order, name="an expression")
    out: list[Operation] = []
    while not cursor.at_end:
        offset = cursor.at
        number = cursor.u8()
        row = OPERATIONS.get(number)
        if row is None:
            raise DwarfError(f"unknown operation {number:#x} at {offset:#x} of an expression")
        operands = tuple([_read(cursor, letter, address_size, offset_size) for letter in row.operands]) if row.operands else ()
        out.append(Operation(offset, row, operands, cursor.at))
    return out


def _read(cursor: Cursor, letter: str, address_size: int, offset_size: int) -> Any:
    if letter in "UT":
        return cursor.uleb()
    if letter == "S":
        return cursor.sleb()
    if letter in "BE":
        return cursor.bytes(cursor.uleb())
    if letter == "D":
        return cursor.bytes(cursor.u8())
    if letter == "a":
        return cursor.uint(address_size)
    if letter == "R":
        return cursor.uint(offset_size)
    if letter in _SIGNED:
        return cursor.sint(_SIGNED[letter])
    return cursor.uint(_UNSIGNED[letter])


def encode_operation(name: str, *operands: Any, address_size: int = 8, offset_size: int = 4) -> bytes:
    """The bytes of an operation, with operands as `operations` gives them. Raises KeyError for an unknown name, ValueError
    for a wrong number of operands or one out of range."""
    row = OPERATIONS[OP[name]]
    if len(operands) != len(row.operands):
        raise ValueError(f"DW_OP_{name} takes {len(row.operands)} operands, not {len(operands)}")
    try:
        parts = [_write(letter, value, address_size, offset_size) for letter, value in zip(row.operands, operands)]
    except OverflowError as error:
        raise ValueError(f"an operand of DW_OP_{name} is out of range: {operands}") from error
    return bytes((OP[name],)) + b"".join(parts)


def _write(letter: str, value: Any, address_size: int, offset_size: int) -> bytes:
    if letter in "UT":
        return uleb(value)
    if letter == "S":
        return sleb(value)
    if letter in "BE":
        return uleb(len(value)) + bytes(value)
    if letter == "D":
        return bytes((len(value),)) + bytes(value)
    if letter in _SIGNED:
        return int(value).to_bytes(_SIGNED[letter], "little", signed=True)
    size = address_size if letter == "a" else offset_size if letter == "R" else _UNSIGNED[letter]
    return int(value).to_bytes(size, "little")


_PLACES: Final = ("implicit_value", "stack_value", "implicit_pointer", "GNU_implicit_pointer", "regx", "GNU_variable_value",
                  *(f"reg{number}" for number in range(32)))
_PIECES: Final = ("piece", "bit_piece", "GNU_uninit")
_CALLS: Final = ("call2", "call4", "call_ref")


def check_expression(code: bytes, version: int = 5, address_size: int = 8, order: str = "<", offset_size: int = 4,
                     stack: int = 0) -> list[str]:
    """What is wrong with an expression: unknown operations or ones the version does not have, branches into operations, a
    stack that runs empty or differs where ways meet, and places that something follows. `stack`: entries at the start."""
    try:
        found = operations(code, address_size, order, offset_size)
    except DwarfError as error:
        return [str(error)]
    out: list[str] = []
    for op in found:
        if op.row.since > version:
            out.append(f"DW_OP_{op.row.name} needs DWARF {op.row.since}")
        if op.row.name in ("entry_value", "GNU_entry_value"):
            out += check_expression(op.operands[0], version, address_size, order, offset_size)
    starts = {op.offset: number for number, op in enumerate(found)} | {len(code): len(found)}
    depth: dict[int, int] = {}
    todo: list[tuple[int, int]] = [(0, stack)]
    while todo and not out:
        number, entries = todo.pop()
        if number in depth:
            if depth[number] != entries:
                out.append(f"ways with {depth[number]} and {entries} stack entries meet")
            continue
        depth[number] = entries
        if number == len(found):
            continue
        out += _step(found, number, entries, starts, todo)
    return out


def _step(found: Sequence[Operation], number: int, entries: int, starts: dict[int, int],
          todo: list[tuple[int, int]]) -> list[str]:
    """Follow one operation; complaints about it."""
    op = found[number]
    name = op.row.name
    following = found[number + 1].row.name if number + 1 < len(found) else ""
    if name in _PLACES and following and following not in _PIECES:
        return [f"DW_OP_{name} at {op.offset:#x} names a place, but DW_OP_{following} follows"]
    needed = op.operands[0] + 1 if name == "pick" else op.row.pops
    if entries < needed:
        return [f"DW_OP_{name} at {op.offset:#x} needs {needed} stack entries, there are {entries}"]
    after = entries - op.row.pops + op.row.pushes
    if name in _PIECES:
        after = 0
    if name == "stack_value":
        after = entries
    if name in ("bra", "skip"):
        target = starts.get(op.end + op.operands[0])
        if target is None:
            return [f"DW_OP_{name} at {op.offset:#x} branches to {op.end + op.operands[0]:#x}, where no operation begins"]
        todo.append((target, after))
        if name == "skip":
            return []
    if name not in _CALLS:  # what is called decides how many entries there are
        todo.append((number + 1, after))
    return []
