"""Reads call frame sections (`.debug_frame`, `.eh_frame`) and computes the unwinding rows of their functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from ..support.record import dataclass, field
from .consts import CFA, EH_PE_PCREL, REGISTERS
from .cursor import Cursor, DwarfError
from .reader import Dwarf

Rule = tuple[str, Any]
"""How to find a register of the caller: ("offset", n) at CFA + n, ("value", n) is CFA + n, ("undefined", 0), ("same", 0),
("register", n), ("expression", bytes) is where it lies, ("value expression", bytes) is what it is."""
CFA_RULE: Final = -1
"""The number under which the rules hold the expression of the CFA, ("cfa expression", bytes), while its register is -1."""


class FrameState(NamedTuple):
    """From `address` on: the CFA is register + offset (register -1: an expression); rules by DWARF register number."""

    address: int
    register: int
    offset: int
    rules: dict[int, Rule]


@dataclass(slots=True, eq=False)
class Cie:
    """A common information entry."""

    offset: int
    version: int
    augmentation: str
    code_align: int
    data_align: int
    return_register: int
    encoding: int
    program: bytes
    signal: bool = False
    address_size: int = 8


@dataclass(slots=True, eq=False)
class Fde:
    """A function's frame description: the addresses [begin, begin + size) and its instructions."""

    offset: int
    cie: Cie
    begin: int
    size: int
    program: bytes
    length: int
    order: str = "<"
    _rows: list[FrameState] = field(default_factory=list)

    def rows(self) -> list[FrameState]:
        """The unwinding table."""
        if not self._rows:
            self._rows = list(_execute(self))
        return self._rows


def frames(dwarf: Dwarf, section: str = ".eh_frame", address: int = 0) -> list[Fde]:
    """The functions a frame section describes. `address` is where the section lies (for pc-relative encodings)."""
    eh = section == ".eh_frame"
    cursor = dwarf.cursor(section)
    cies: dict[int, Cie] = {}
    out: list[Fde] = []
    while not cursor.at_end:
        start = cursor.at
        size, offset_size = cursor.initial_length()
        if not size:
            if eh:
                break
            continue
        end = cursor.at + size
        if end > cursor.end:
            raise DwarfError(f"the frame record at {start:#x} is longer than {section}")
        body = Cursor(cursor.data, cursor.at, end, dwarf.order, section)
        place = body.at
        number = body.uint(4 if eh else offset_size)
        if number == (0 if eh else (1 << 8 * offset_size) - 1):
            cies[start] = _cie(body, start, eh, dwarf.address_size)
        else:
            home = place - number if eh else number
            cie = cies.get(home)
            if cie is None:
                raise DwarfError(f"the frame record at {start:#x} names no CIE")
            begin = _pointer(body, cie.encoding, address, cie.address_size)
            length = _pointer(body, cie.encoding & 0x0F, 0, cie.address_size)
            if length < 0:
                raise DwarfError(f"the frame record at {start:#x} describes {length} bytes")
            if cie.augmentation.startswith("z"):
                body.skip(body.uleb())
            out.append(Fde(start, cie, begin, length, body.bytes(body.end - body.at), size, dwarf.order))
        cursor.at = end
    return out


def _cie(body: Cursor, start: int, eh: bool, address_size: int) -> Cie:
    version = body.u8()
    if version not in (1, 3, 4):
        raise DwarfError(f"the common frame record at {start:#x} has version {version}")
    augmentation = body.string()
    if augmentation.startswith("eh"):
        body.skip(address_size)
    if not eh and version >= 4:
        address_size = body.u8()
        body.skip(1)
        if address_size not in (2, 4, 8):
            raise DwarfError(f"the common frame record at {start:#x} has addresses of {address_size} bytes")
    code_align, data_align = body.uleb(), body.sleb()
    register = body.u8() if version == 1 else body.uleb()
    encoding, signal = 0, False
    if augmentation.startswith("z"):
        size = body.uleb()
        stop = body.at + size
        for letter in augmentation[1:]:
            if letter == "R":
                encoding = body.u8()
            elif letter == "L":
                body.skip(1)
            elif letter == "P":
                _pointer(body, body.u8(), 0, address_size)
            elif letter == "S":
                signal = True
        if stop > body.end:
            raise DwarfError(f"the augmentation of the common frame record at {start:#x} is longer than the record")
        body.at = stop
    return Cie(start, version, augmentation, code_align, data_align, register, encoding, body.bytes(body.end - body.at),
               signal, address_size)


def _pointer(body: Cursor, encoding: int, address: int, address_size: int) -> int:
    place = address + body.at
    kind = encoding & 0x0F
    if encoding == 0xFF:
        return 0
    if kind == 0 or kind == 4:
        value = body.uint(address_size if kind == 0 else 8)
    elif kind == 1:
        value = body.uleb()
    elif kind in (2, 3):
        value = body.uint(1 << kind - 1)
    elif kind == 9:
        value = body.sleb()
    elif kind in (0xA, 0xB, 0xC):
        value = body.sint(1 << kind - 9)
    else:
        raise DwarfError(f"unknown pointer encoding {encoding:#x}")
    return value + place if encoding & 0x70 == EH_PE_PCREL else value


def _execute(fde: Fde) -> Iterator[FrameState]:
    """Run the CIE's and the function's instructions."""
    state = FrameState(fde.begin, -1, 0, {})
    initial: dict[int, Rule] = {}
    stack: list[FrameState] = []
    for program, own in ((fde.cie.program, False), (fde.program, True)):
        cursor = Cursor(program, order=fde.order, name="a frame program")
        if own:
            initial = dict(state.rules)
        while not cursor.at_end:
            code = cursor.u8()
            name, low = _opcode(code)
            if name in ("nop", "GNU_args_size"):
                if name == "GNU_args_size":
                    cursor.uleb()
                continue
            if name in _ADVANCES or name == "set_loc":
                if name == "set_loc":
                    address = _pointer(cursor, fde.cie.encoding & 0x0F, 0, fde.cie.address_size)
                else:
                    steps = low if name == "advance_loc" else cursor.uint(_ADVANCES[name])
                    address = state.address + steps * fde.cie.code_align
                if address != state.address:
                    yield state
                    state = state._replace(address=address, rules=dict(state.rules))
            elif name == "remember_state":
                stack.append(state._replace(rules=dict(state.rules)))
            elif name == "restore_state":
                if not stack:
                    raise DwarfError(f"the frame program at {fde.offset:#x} restores a state it never saved")
                saved = stack.pop()
                state = saved._replace(address=state.address)
            else:
                state = _step(state, cursor, name, low, fde.cie.data_align, initial)
    yield state


def _opcode(code: int) -> tuple[str, int]:
    if code & 0xC0:
        return CFA.name(code & 0xC0), code & 0x3F
    return CFA.name(code), 0


_ADVANCES = {"advance_loc": 0, "advance_loc1": 1, "advance_loc2": 2, "advance_loc4": 4}


def _step(state: FrameState, cursor: Cursor, name: str, low: int, align: int, initial: dict[int, Rule]) -> FrameState:
    """An instruction that changes the CFA or a register's rule."""
    rules = state.rules
    if name == "def_cfa":
        return state._replace(register=cursor.uleb(), offset=cursor.uleb())
    if name == "def_cfa_sf":
        return state._replace(register=cursor.uleb(), offset=cursor.sleb() * align)
    if name == "def_cfa_register":
        return state._replace(register=cursor.uleb())
    if name == "def_cfa_offset":
        return state._replace(offset=cursor.uleb())
    if name == "def_cfa_offset_sf":
        return state._replace(offset=cursor.sleb() * align)
    if name == "def_cfa_expression":
        rules[CFA_RULE] = ("cfa expression", cursor.bytes(cursor.uleb()))
        return state._replace(register=-1, offset=0)
    register = low if name in ("offset", "restore") else cursor.uleb()
    if name in ("offset", "offset_extended"):
        rules[register] = ("offset", cursor.uleb() * align)
    elif name == "offset_extended_sf":
        rules[register] = ("offset", cursor.sleb() * align)
    elif name == "val_offset":
        rules[register] = ("value", cursor.uleb() * align)
    elif name == "val_offset_sf":
        rules[register] = ("value", cursor.sleb() * align)
    elif name in ("restore", "restore_extended"):
        rules.pop(register, None)
        if register in initial:
            rules[register] = initial[register]
    elif name == "undefined":
        rules[register] = ("undefined", 0)
    elif name == "same_value":
        rules[register] = ("same", 0)
    elif name == "register":
        rules[register] = ("register", cursor.uleb())
    elif name in ("expression", "val_expression"):
        rules[register] = ("expression" if name == "expression" else "value expression", cursor.bytes(cursor.uleb()))
    else:
        raise DwarfError(f"unknown call frame instruction {name}")
    return state


def register_name(number: int) -> str:
    """The name of a DWARF register of x86-64."""
    return REGISTERS[number] if number < len(REGISTERS) else f"r{number}"
