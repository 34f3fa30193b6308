"""Registers that differ in three bits of an encoding only.

`mov eax, [rbx+8]` and `mov edx, [rsi+8]` are the same bytes but for the low bits of the register numbers. Registers are divided
into *families*: all of one family satisfy the same operand classes and need the same prefixes, and in an address none asks for
bytes of its own, as rsp and rbp do. What was encoded once serves a whole family; the places of the numbers are its *slots*.

    mov r32, [r64+disp8]   8b 43 08    slots: operand 0 at byte 1, bit 3; base of operand 1 at byte 1, bit 0
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from .encode import Encoded, places
from .forms import F_3DNOW, F_EVEX, F_VEX, SHAPE_FIXED, Form
from .operands import Mem, Reg

# A small number for what registers of one family have in common; a register itself where it is alone.
Family: TypeAlias = object

OPERANDS: Final[dict[Reg, tuple[Family, int]]] = {}
ADDRESSES: Final[dict[Reg | None, tuple[Family, int]]] = {None: (None, 0)}
_PREFIXES: Final = b"\x66\x67\x26\x2e\x36\x3e\x64\x65\xf0\xf2\xf3"
# (low bits of the number, group) of al..bl, ah..bh, spl..dil, r8b..r15b: groups differ in the prefixes they need.
_BYTES: Final = [*[(n, 0) for n in range(4)], *[(n, 1) for n in range(4, 8)], *[(n, 2) for n in range(4, 8)],
                 *[(n, 3) for n in range(8)]]  # fmt: skip
# Registers that some forms do not write down (al, cl, ax, dx, eax, rax), and eip and rip: alone in their classes anyway.
_SINGLE: Final = frozenset((1, 2, 21, 23, 37, 53, 69, 70))
_numbers: Final[dict[tuple[object, ...], int]] = {}
WHOLE, BASE, INDEX = range(3)


class Slot(NamedTuple):
    """The low bits of a register: `part` (WHOLE, BASE or INDEX) of an operand, at a byte, shifted; `low`: what is there now."""

    operand: int
    part: int
    byte: int
    shift: int
    low: int


def of_operand(register: Reg) -> tuple[Family, int]:
    """(family, low bits of the number) of a register that is an operand."""
    found = OPERANDS.get(register)
    if found is None:
        number = register.number
        low, group = register.index & 7, register.index >> 3
        if register.bits == 8:
            low, group = _BYTES[number - 1]
        kind = type(register).__name__
        family: Family = register
        if kind in ("Reg8", "Reg16", "Reg32", "Reg64", "Xmm", "Ymm", "Zmm", "Mmx") and number not in _SINGLE:
            key = (register.classes, kind, group, register.opmask, register.zeroing)
            family = _numbers.setdefault(key, len(_numbers))
        found = OPERANDS[register] = family, low if family is not register else 0
    return found


def of_address(register: Reg | None) -> tuple[Family, int]:
    """(family, low bits of the number) of a register inside brackets."""
    found = ADDRESSES.get(register)
    if found is None:
        assert register is not None
        low = register.index & 7
        alone = register.bits < 32 or (register.bits <= 64 and low in (4, 5)) or register.number in (69, 70)
        key = (register.bits, register.index >> 3)
        found = ADDRESSES[register] = (register, 0) if alone else (_numbers.setdefault(key, len(_numbers)), low)
    return found


def distance_class(mem: Mem) -> object:
    """What of a plain displacement decides the encoding; the number itself where it is not just written down."""
    disp = mem.disp
    if not disp:
        return 0
    if not -0x8000_0000 <= disp < 0x8000_0000 or (mem.base is not None and mem.base.number in (69, 70)):
        return (disp,)
    if mem.base is None:
        return 3 if -0x8000 <= disp <= 0xFFFF else 4  # (the address size of 16-bit code)
    return 1 if -128 <= disp <= 127 else 2


def slots_of(form: Form, bits: int, order: Sequence[int], operands: Sequence[Any], made: Encoded) -> tuple[Slot, ...] | None:
    """Where the register numbers of an encoded statement are; None if that is not known. `order`: operand of the statement for
    each operand of the encoder that is not fixed."""
    data = made.data
    if form.flags & F_3DNOW:
        return None
    memory = next((one for one in operands if type(one) is Mem), None)
    behind = len(data) - made.imm_size - made.imm2_size
    modrm = behind - 1
    if memory is not None:
        base = memory.base
        plain = base is None and memory.index is None
        if any(one is not None and one.bits == 16 for one in (base, memory.index)):
            return None
        low = base.index & 7 if base is not None else 0
        modrm -= made.disp_size + (memory.index is not None or low == 4 or (plain and bits == 64))
    found: list[Slot] = []
    at = 0
    for kind, place in zip(form.shape, places(form.code)):
        if kind >= SHAPE_FIXED:
            continue
        if 15 <= kind <= 23 or kind == 25:
            return None
        index = order[at]
        at += 1
        operand = operands[index]
        if type(operand) is Mem:
            for part, register, shift in ((BASE, operand.base, 0), (INDEX, operand.index, 3)):
                family, low = of_address(register)
                if family is not register:
                    found.append(Slot(index, part, modrm + (operand.index is not None), shift, low))
        elif isinstance(operand, Reg):
            if of_operand(operand)[0] is operand:
                continue
            where = _place(place, data, modrm, form.flags)
            if where is None:
                return None
            found.append(Slot(index, WHOLE, *where, of_operand(operand)[1]))
    return tuple(found) if all(_holds(one, data) for one in found) else None


def _place(place: str, data: bytes, modrm: int, flags: int) -> tuple[int, int] | None:
    """(byte, shift) of a register number."""
    if place == "rm" or place == "opcode":
        return modrm, 0
    if place == "reg":
        return modrm, 3
    if place == "vvvv" and flags & (F_VEX | F_EVEX):
        at = 0
        while data[at] in _PREFIXES:
            at += 1
        return at + (1 if data[at] == 0xC5 else 2), 3
    return None


def _holds(slot: Slot, data: bytes) -> bool:
    """Whether the number is where it should be: as it is, or inverted (vvvv)."""
    here = data[slot.byte] >> slot.shift & 7
    return here in (slot.low, slot.low ^ 7)
