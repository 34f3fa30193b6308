"""Call frame information written by hand: a few verbs that follow prologues and epilogues, or tables of columns.

    cfi = Cfi()
    cfi.at(1).push("rbp")            # behind the first instruction, push rbp
    cfi.at(4).frame("rbp")           # behind mov rbp, rsp: the CFA is counted from rbp
    cfi.at(20).leave()               # behind leave

    marks = frame_columns([0, 1, 4], ["rsp", "rsp", "rbp"], [8, 16, 16], {"rbp": [0, -16, -16]})

Either gives marks (`objwriter.model.CfiMark`) for `Fragment.cfi`. Offsets are bytes into the function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ..objwriter.model import CfiMark
from .consts import REGISTERS, RSP
from .exprs import Expression

Register = int | str | Any
"""A DWARF number, a name of consts.REGISTERS, or something with such a name (a register of the assembler)."""
_LOW: Final = {"rax": "eax ax al", "rdx": "edx dx dl", "rcx": "ecx cx cl", "rbx": "ebx bx bl", "rsi": "esi si sil",
               "rdi": "edi di dil", "rbp": "ebp bp bpl", "rsp": "esp sp spl"}
_NAMES: Final = {name: number for number, name in enumerate(REGISTERS)} | {"rip": 16} | {
    low: REGISTERS.index(name) for name, lows in _LOW.items() for low in lows.split()} | {
    f"r{number}{letter}": number for number in range(8, 16) for letter in "dwb"}
"""Numbers by name; a part of a register has the number of the whole."""
WORD: Final = 8


def register_number(register: Register) -> int:
    """The DWARF number of a register. Raises ValueError for a name without one."""
    if isinstance(register, int):
        return register
    name = register if isinstance(register, str) else str(getattr(register, "name", register))
    number = _NAMES.get(name)
    if number is None:
        raise ValueError(f"{name!r} has no DWARF number")
    return number


class Cfi:
    """The rules of one function, which starts with CFA = rsp + 8. Methods return the object, so that they chain.

    `where` tells the present place if it is not set by `at`. Raises ValueError for what does not fit: places that go back,
    pop without push, restore_state without remember.
    """

    def __init__(self, where: Callable[[], int] | None = None) -> None:
        self.marks: list[CfiMark] = []
        self.register = RSP
        self.offset = WORD
        self.depth = WORD
        self._where = where
        self._at: int | None = None if where else 0
        self._saved: list[tuple[int, int, int]] = []

    def at(self, offset: int) -> Cfi:
        """What follows takes effect at `offset`, behind the instruction that ends there."""
        if self._at is not None and offset < self._at:
            raise ValueError(f"call frame rules at {offset:#x} come behind those at {self._at:#x}")
        self._at = offset
        return self

    def _mark(self, op: str, first: Any = 0, second: Any = 0) -> Cfi:
        at = self._at if self._at is not None else self._where() if self._where else 0
        self.marks.append(CfiMark(at, op, first, second))
        return self

    # -- prologues and epilogues ---------------------------------------------------------------------------------------

    def push(self, register: Register | None = None) -> Cfi:
        """Behind a push; with a register: of the caller's value in it."""
        self.depth += WORD
        if self.register == RSP:
            self.def_cfa_offset(self.depth)
        if register is not None:
            self.save(register, -self.depth)
        return self

    def pop(self, register: Register | None = None) -> Cfi:
        """Behind a pop; with a register: the caller's value is back in it."""
        if self.depth <= WORD:
            raise ValueError("a pop without a push")
        self.depth -= WORD
        number = None if register is None else register_number(register)
        if number is not None and number == self.register:
            self.def_cfa(RSP, self.depth)
        elif self.register == RSP:
            self.def_cfa_offset(self.depth)
        return self if number is None else self.restore(number)

    def allocate(self, size: int) -> Cfi:
        """Behind sub rsp, size (negative: add)."""
        self.depth += size
        if self.depth < WORD:
            raise ValueError(f"the stack pointer rises {WORD - self.depth} bytes above the return address")
        return self.def_cfa_offset(self.depth) if self.register == RSP else self

    def frame(self, register: Register = "rbp") -> Cfi:
        """Behind mov rbp, rsp: the CFA is counted from rbp."""
        return self.def_cfa(register, self.depth)

    def leave(self, register: Register = "rbp") -> Cfi:
        """Behind leave, or mov rsp, rbp; pop rbp."""
        self.depth = WORD
        return self.def_cfa(RSP, WORD).restore(register)

    # -- rules ---------------------------------------------------------------------------------------------------------

    def def_cfa(self, register: Register, offset: int) -> Cfi:
        """CFA = register + offset."""
        number = register_number(register)
        if number == self.register:
            return self.def_cfa_offset(offset)
        if offset == self.offset:
            self.register = number
            return self._mark("def_cfa_register", number)
        self.register, self.offset = number, offset
        return self._mark("def_cfa", number, offset)

    def def_cfa_offset(self, offset: int) -> Cfi:
        """CFA = present register + offset."""
        if offset == self.offset:
            return self
        self.offset = offset
        return self._mark("def_cfa_offset", offset)

    def def_cfa_expression(self, expression: Expression) -> Cfi:
        """CFA = the top of an expression's stack."""
        self.register, self.offset = -1, 0
        return self._mark("def_cfa_expression", expression.data)

    def save(self, register: Register, offset: int) -> Cfi:
        """The caller's value lies at CFA + offset."""
        return self._mark("offset", register_number(register), offset)

    def val_offset(self, register: Register, offset: int) -> Cfi:
        """The caller's value is CFA + offset."""
        return self._mark("val_offset", register_number(register), offset)

    def in_register(self, register: Register, other: Register) -> Cfi:
        """The caller's value is in another register."""
        return self._mark("register", register_number(register), register_number(other))

    def expression(self, register: Register, expression: Expression) -> Cfi:
        """The caller's value lies where the expression (with the CFA on its stack) says."""
        return self._mark("expression", register_number(register), expression.data)

    def val_expression(self, register: Register, expression: Expression) -> Cfi:
        """The caller's value is what the expression (with the CFA on its stack) gives."""
        return self._mark("val_expression", register_number(register), expression.data)

    def restore(self, register: Register) -> Cfi:
        """The rule is the one on entry again."""
        return self._mark("restore", register_number(register))

    def undefined(self, register: Register) -> Cfi:
        """The caller's value is lost; of "RA": there is no caller."""
        return self._mark("undefined", register_number(register))

    def same_value(self, register: Register) -> Cfi:
        """The register still has the caller's value."""
        return self._mark("same_value", register_number(register))

    def remember(self) -> Cfi:
        """Push all rules."""
        self._saved.append((self.register, self.offset, self.depth))
        return self._mark("remember")

    def restore_state(self) -> Cfi:
        """Pop all rules."""
        if not self._saved:
            raise ValueError("restore_state without remember")
        self.register, self.offset, self.depth = self._saved.pop()
        return self._mark("restore_state")

    # -- of the whole function, before anything else -------------------------------------------------------------------

    def signal(self) -> Cfi:
        """The function's caller was interrupted, it did not call."""
        return self._ahead("signal", 0)

    def personality(self, symbol: str) -> Cfi:
        """The routine that decides about exceptions."""
        return self._ahead("personality", symbol)

    def lsda(self, symbol: str) -> Cfi:
        """The data for the personality routine."""
        return self._ahead("lsda", symbol)

    def _ahead(self, op: str, value: Any) -> Cfi:
        self.marks.insert(0, CfiMark(0, op, value, 0))
        return self


def frame_columns(offsets: Sequence[int], cfa_registers: Sequence[Register], cfa_offsets: Sequence[int],
                  saved: Mapping[Register, Sequence[int]] | None = None) -> list[CfiMark]:
    """Marks from a table of columns with a row per place: CFA register and offset, and for each saved register where it lies
    relative to the CFA (0: not saved). Raises ValueError for columns of different length and offsets that descend."""
    columns = {register_number(register): list(column) for register, column in (saved or {}).items()}
    if any(len(column) != len(offsets) for column in (cfa_registers, cfa_offsets, *columns.values())):
        raise ValueError("columns of call frame rules have different lengths")
    cfi = Cfi()
    before = dict.fromkeys(columns, 0)
    for row, offset in enumerate(offsets):
        cfi.at(int(offset)).def_cfa(cfa_registers[row], int(cfa_offsets[row]))
        for register, column in columns.items():
            place = int(column[row])
            if place != before[register]:
                before[register] = place
                if place:
                    cfi.save(register, place)
                else:
                    cfi.restore(register)
    return cfi.marks
