"""Baseline code: from the IR to bytes in one walk, for builds whose point is that they are quick (-O0).

No rows, no live ranges, no allocation. Blocks begin and end with empty registers; inside, a value stays in the register it was
made in until its last use, and the oldest goes to the frame when registers are short or a call destroys them. Values used in
other blocks have a home in the frame (see `survey`), where they are stored when defined, so edges and landing pads need to
know of no register. Only registers a call destroys are used: a function saves others just when something may be thrown to it.

The size of the frame is known at the end, so the prologue is put in front then, and epilogues are insertions (see `branches`).
Instructions are in baseline_ops.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ..asm import encode as enc
from ..asm.encode import R64, RIP, XMM
from ..ir import ops
from ..ir.module import Function
from ..ir.traps import TRAPS
from ..ir.types import BITS, BOOL, IS_FLOAT, PTR
from ..objwriter.model import LINE_EPILOGUE_BEGIN, LINE_STMT, CfiMark, Fragment, Reloc, VarRange
from ..support.arena import TooLarge
from . import codes
from .branches import INSERT, MASK, SHIFT
from .codetext import PAGE, RSP64, CodeText, followed, next_in_text, touch_pages
from .frame import LARGEST_FRAME
from .isel import CONSTANTS, KEPT, S32_MAX, S32_MIN, SIZE, Columns
from .isel_int import COMPARISONS
from .survey import Survey
from .target import (
    CALLEE_SAVED,
    CALLER_SAVED,
    DWARF,
    FLOAT_ARGS,
    FLOATS,
    INT_ARGS,
    RAX,
    SCRATCH,
    SLOT0,
    XMM0,
)

_GENERAL: Final = CALLER_SAVED[::-1]
_FLOATS: Final = FLOATS[::-1]
"""Free registers, the one to be taken first at the end."""
_ALL: Final = (*_GENERAL, *_FLOATS)
_BEHIND_CALL: Final = (tuple(r for r in _GENERAL if r != RAX), tuple(r for r in _FLOATS if r != XMM0))
_HANDLERS: Final = [trap.handler for trap in TRAPS]
_JUMPS: Final = frozenset((ops.BR, ops.TRAPIF))
Operand = tuple[int, int, int, int]
"""A memory operand: base register as the encoder wants it (0 = none), displacement, symbol (0 = none), register to be released
or -1."""


class Baseline(CodeText):
    """A function on its way from IR to bytes. Values are named by the one whose register they share (`root`)."""

    def __init__(self, columns: Columns, function: Function, pool: Any, options: Any, plan: Survey) -> None:
        super().__init__(columns, function, pool, options)
        module = columns.module
        self.op: Final = columns.op
        self.type: Final = columns.type
        self.a: Final = columns.a
        self.b: Final = columns.b
        self.c: Final = columns.c
        self.flags: Final = columns.flags
        self.following: Final = columns.next
        self.shared: Final = columns.epoch          # see Survey
        self.uses: Final = columns.uses             # uses still to come
        self.register: Final = columns.vreg         # register a value is in, + 1; 0 = none
        self.extra: Final = module.extra
        self.plan: Final = plan
        self.homes: Final = plan.homes
        self.slots: Final = plan.slots
        self.spilled: dict[int, int] = {}           # value -> offset of the place it was evicted to
        self.spare: list[int] = []                  # such places nobody uses
        self.top = plan.top
        self.held = [0] * 32                        # value in each register
        self.free = list(_GENERAL)
        self.free_floats = list(_FLOATS)
        self.pins: tuple[int, ...] = ()             # registers the instruction at hand still needs
        self.fused = 0                              # comparison left to the branch behind it
        self.consts = [("", 0, 0)]
        self.numbers: Final = {block: number for number, block in enumerate(plan.layout)}
        handler = module.blocks.handler
        self.pads = [self.numbers[handler[block]] if handler[block] else -1 for block in plan.layout]
        self.guarded: Final = any(pad >= 0 for pad in self.pads)
        self.labels = [-1] * len(plan.layout)
        self.forward: Final = self._forwarding()
        self.next_block: Final = next_in_text(self.forward)
        self.traps: list[tuple[int, int, int, Sequence[tuple[int, int]], int]] = []     # label, kind, instruction, moves, block
        self.last_trap: tuple[int, int, int, int] = (0, 0, 0, 0)
        self.stubs: list[tuple[int, int, list[tuple[int, int]], int]] = []      # label, instruction, moves, target
        self.variables: list[tuple[int, int, int]] = []                         # variable, slot instruction, mark

    # -- layout ------------------------------------------------------------------------------------------------------

    def _forwarding(self) -> list[int]:
        """For each block the block that jumps to it may go to instead."""
        blocks, op, extra = self.module.blocks, self.op, self.extra
        out = list(range(len(self.plan.layout)))
        pads = set(self.pads)
        for number, block in enumerate(self.plan.layout):
            last = blocks.last[block]
            if number and last == blocks.first[block] and op[last] == ops.JUMP and number not in pads:
                edge = self.a[last]
                if not extra[edge + 1]:
                    out[number] = self.numbers[extra[edge]]
        return followed(out)

    # -- values ------------------------------------------------------------------------------------------------------

    def root(self, value: int) -> int:
        """The value whose register this one shares."""
        return self.shared[value] or value

    def imm32(self, value: int) -> int | None:
        """The signed value of an integer constant that fits an immediate, else None."""
        root = self.shared[value] or value
        if self.op[root] != ops.ICONST:
            return None
        number = self.constant_of(root, self.type[value])
        return number if S32_MIN <= number <= S32_MAX else None

    def constant_of(self, root: int, type_: int) -> int:
        """An integer constant as a number of a type: signed, but for bool and ptr."""
        width = BITS[type_]
        bits = (self.a[root] | self.b[root] << 32) & (1 << width) - 1
        return bits - (1 << width) if bits >> width - 1 and type_ != BOOL and type_ != PTR else bits

    def const(self, root: int) -> int:
        """Entry of `consts` for a constant, an address of a symbol or of a slot."""
        number = self.op[root]
        if number == ops.ICONST:
            entry = ("i", self.module.imm(root), 0)
        elif number == ops.FCONST:
            entry = ("f", self.module.imm(root), SIZE[self.type[root]])
        elif number == ops.SYMADDR:
            entry = ("s", self.a[root], self.module.disp(self.b[root]))
        else:
            entry = ("a", root, 0)
        self.consts.append(entry)
        return len(self.consts) - 1

    def where(self, value: int) -> int:
        """The location of a value that is used now but needs no register."""
        root = self.shared[value] or value
        place = self.register[root]
        if place:
            return place - 1
        if self.op[root] in CONSTANTS:
            return -self.const(root)
        offset = self.homes.get(root, -1)
        return SLOT0 + (offset if offset >= 0 else self.spilled[root])

    def count(self, value: int) -> None:
        """One use of a value is over. What dies gives its register back."""
        root = self.shared[value] or value
        left = self.uses[root] - 1
        self.uses[root] = left
        if not left:
            place = self.register[root]
            if place:
                self.register[root] = 0
                self.held[place - 1] = 0
                self.release(place - 1)
            if self.spilled:
                self.forget(root)

    def forget(self, root: int) -> None:
        """A dead value gives its place in the frame back."""
        offset = self.spilled.pop(root, -1)
        if offset >= 0:
            self.spare.append(offset)

    def consume(self, value: int) -> int:
        """The register of a value, for one use. After the last one nobody holds it: `held` is 0, and who asked may overwrite it
        and must define something in it or release it. So it is with constants, which are made anew each time."""
        root = self.shared[value] or value
        left = self.uses[root] - 1
        self.uses[root] = left
        place = self.register[root]
        if place:
            if not left:
                self.register[root] = 0
                self.held[place - 1] = 0
                if self.spilled:
                    self.forget(root)
            return place - 1
        if self.op[root] in CONSTANTS:
            return self.make(root)
        offset = self.homes.get(root, -1)
        if offset < 0:
            offset = self.spilled[root]
        if IS_FLOAT[self.type[root]]:
            register = self.take_float()
            self.text += enc.rm(codes.MOVF_RM[3], XMM[register - XMM0], (RSP64, 0, 1, offset))
        else:
            register = self.take()
            self.text += enc.rm(codes.MOV_RM[3], R64[register], (RSP64, 0, 1, offset))
        if left:
            self.held[register] = root
            self.register[root] = register + 1
        elif self.spilled:
            self.forget(root)
        return register

    def make(self, root: int) -> int:
        """A constant in a fresh register."""
        number = self.op[root]
        if number == ops.ICONST:
            register = self.take()
            self.load_int(register, self.module.imm(root))
        elif number == ops.SYMADDR:
            register = self.take()
            self.load_symbol(register, self.a[root], self.module.disp(self.b[root]))
        elif number == ops.SLOT:
            register = self.take()
            self.text += enc.rm(codes.LEA[3], R64[register], (RSP64, 0, 1, self.slots[root]))
        else:
            register = self.take_float()
            self.consts[0] = ("f", self.module.imm(root), SIZE[self.type[root]])
            self.constant(0, register)
        return register

    def define(self, inst: int, register: int) -> None:
        """The value of an instruction is in a register."""
        if self.uses[inst]:
            self.held[register] = inst
            self.register[inst] = register + 1
            if self.homes:
                offset = self.homes.get(inst, -1)
                if offset >= 0:
                    self.store(register, offset)
        else:
            self.release(register)

    # -- registers -----------------------------------------------------------------------------------------------------

    def take(self) -> int:
        """A general register for the instruction at hand."""
        return self.free.pop() if self.free else self.evict(0, SCRATCH)

    def take_float(self) -> int:
        """An SSE register for the instruction at hand."""
        return self.free_floats.pop() if self.free_floats else self.evict(XMM0, SLOT0 - 1)

    def like(self, register: int) -> int:
        """A fresh register of the same class."""
        return self.take() if register < XMM0 else self.take_float()

    def release(self, register: int) -> None:
        """Nobody needs a register any more."""
        if register >= XMM0:
            self.free_floats.append(register)
        elif register != SCRATCH:
            self.free.append(register)

    def done(self, register: int) -> None:
        """The instruction at hand has read what `consume` gave."""
        if register >= 0 and not self.held[register]:
            self.release(register)

    def evict(self, low: int, high: int) -> int:
        """Free a register of a range by putting the oldest value in it into the frame."""
        held, pins = self.held, self.pins
        oldest = 0
        found = -1
        for register in range(low, high):
            value = held[register]
            if value and (not oldest or value < oldest) and register not in pins:
                oldest, found = value, register
        if found < 0:
            raise AssertionError(f"{self.function.symbol}: no register left")
        self.spill(found)
        return found

    def spill(self, register: int) -> None:
        """The value in a register lives on in the frame."""
        value = self.held[register]
        self.held[register] = 0
        self.register[value] = 0
        if value not in self.homes and value not in self.spilled:
            if self.spare:
                offset = self.spare.pop()
            else:
                offset = self.top
                self.top += 8
            self.spilled[value] = offset
            self.store(register, offset)

    def claim(self, register: int) -> None:
        """A certain register for the instruction at hand, unless it has it already."""
        if self.held[register]:
            self.spill(register)
        elif register in self.free:
            self.free.remove(register)

    def store(self, register: int, offset: int) -> None:
        """All of a register into the frame."""
        if register >= XMM0:
            self.text += enc.mr(codes.MOVF_MR[3], (RSP64, 0, 1, offset), XMM[register - XMM0])
        else:
            self.text += enc.mr(codes.MOV_MR[3], (RSP64, 0, 1, offset), R64[register])

    def clear(self) -> None:
        """Forget what registers hold: the block ends."""
        register = self.register
        for value in self.held:
            if value:
                register[value] = 0
        self.held = [0] * 32
        self.pins = ()
        self.free[:] = _GENERAL
        self.free_floats[:] = _FLOATS
        if self.spilled:
            self.spare.extend(self.spilled.values())
            self.spilled.clear()

    def hand_over(self, moves: list[tuple[int, int]], values: Sequence[int]) -> None:
        """Moves of values, which are used up by it, to where something that destroys all registers wants them."""
        dead: list[int] = []
        for value in values:
            root = self.shared[value] or value
            left = self.uses[root] - 1
            self.uses[root] = left
            if not left:
                place = self.register[root]
                if place:
                    self.register[root] = 0
                    self.held[place - 1] = 0
                if root in self.spilled:
                    dead.append(root)
        held = self.held
        for register in _ALL:
            if held[register]:
                self.spill(register)        # it can still be read
        if moves:
            self.parallel(moves)
        for root in dead:
            self.forget(root)
        self.free[:] = _GENERAL
        self.free_floats[:] = _FLOATS

    def results(self, inst: int) -> None:
        """A call's result is where the convention says; all other registers are free."""
        if self.uses[inst]:
            if IS_FLOAT[self.type[inst]]:
                self.free_floats[:] = _BEHIND_CALL[1]
                self.define(inst, XMM0)
            else:
                self.free[:] = _BEHIND_CALL[0]
                self.define(inst, RAX)

    # -- memory --------------------------------------------------------------------------------------------------------

    def slot_memory(self, location: int) -> tuple[int, int, int, int]:
        """Memory of a frame location."""
        return RSP64, 0, 1, location - SLOT0

    def slot_address(self, slot: int) -> int:
        """Offset of a `slot` instruction."""
        return self.slots[slot]

    def memory(self, value: int, disp: int) -> Operand:
        """The memory at value + disp, for one use of the value."""
        root = self.shared[value] or value
        number = self.op[root]
        if number == ops.SLOT:
            return RSP64, self.slots[root] + disp, 0, -1
        if number == ops.SYMADDR:
            total = disp + self.module.disp(self.b[root])
            if S32_MIN <= total <= S32_MAX:
                return 0, total, self.a[root], -1
        register = self.consume(root)
        return R64[register], disp, 0, register

    def rm(self, code: int, register: int, operand: Operand, extra: int = 0) -> None:
        """Instruction with a register (encoder number) and memory."""
        base, disp, symbol, _ = operand
        if symbol:
            self.put_symbolic(enc.rm_at(code, register, RIP, 0, 1), symbol, disp + extra, True)
        else:
            self.text += enc.rm(code, register, (base, 0, 1, disp + extra))

    def mr(self, code: int, operand: Operand, register: int, extra: int = 0) -> None:
        """Instruction with memory and a register."""
        base, disp, symbol, _ = operand
        if symbol:
            self.put_symbolic(enc.mr_at(code, RIP, 0, 1, register), symbol, disp + extra, True)
        else:
            self.text += enc.mr(code, (base, 0, 1, disp + extra), register)

    def mi(self, code: int, operand: Operand, value: int, extra: int = 0) -> None:
        """Instruction with memory and an immediate."""
        base, disp, symbol, _ = operand
        if symbol:
            self.put_symbolic(enc.mi_at(code, RIP, 0, 1, value), symbol, disp + extra, True)
        else:
            self.text += enc.mi(code, (base, 0, 1, disp + extra), value)

    # -- control flow --------------------------------------------------------------------------------------------------

    def go(self, target: int) -> None:
        """Continue at a block: by falling into it or by a jump."""
        if target != self.next_block[self.here_block]:
            self.jump(-1, target)

    def edge(self, slot: int) -> tuple[int, list[tuple[int, int]]]:
        """(block to go to, moves into its parameters' homes) of an E operand."""
        extra = self.extra
        target = extra[slot]
        count = extra[slot + 1]
        moves: list[tuple[int, int]] = []
        if count:
            homes = self.homes
            for value, param in zip(extra[slot + 2:slot + 2 + count], self.module.block_params(target)):
                offset = homes.get(param, -1)
                if offset >= 0:
                    source = self.where(value)
                    if source != SLOT0 + offset:
                        moves.append((source, SLOT0 + offset))
        return self.forward[self.numbers[target]], moves

    def edge_label(self, slot: int, inst: int) -> int:
        """The label a branch along an edge goes to: the target, or a stub with the edge's moves."""
        target, moves = self.edge(slot)
        if not moves:
            return target
        label = self.new_label()
        self.stubs.append((label, inst, moves, target))
        return label

    def trap(self, condition: int, kind: int, inst: int, values: Sequence[int] = ()) -> None:
        """Branch out of line to a trap if a condition holds; `values` are handed to its handler."""
        if values:
            label = self.new_label()
            self.traps.append((label, kind, inst, self.trap_moves(kind, values), self.here_block))
        else:
            label, before, other, block = self.last_trap
            if before != kind or block != self.here_block or self.pos[other] != self.pos[inst] or \
                    self.scopes_of[other] != self.scopes_of[inst]:
                label = self.new_label()
                self.traps.append((label, kind, inst, (), self.here_block))
                self.last_trap = (label, kind, inst, self.here_block)
        self.jump(condition, label)

    def trap_moves(self, kind: int, values: Sequence[int]) -> list[tuple[int, int]]:
        """Moves of a trap's values to its handler's parameters."""
        ints, floats = list(INT_ARGS), list(FLOAT_ARGS)
        return [(self.where(value), floats.pop(0) if IS_FLOAT[type_] else ints.pop(0))
                for value, type_ in zip(values, TRAPS[kind].params)]

    def call_trap(self, kind: int, inst: int, moves: Sequence[tuple[int, int]], pos: int) -> None:
        """The call of a trap handler. It never returns; the int3 keeps the return address inside the function."""
        if moves:
            self.parallel(moves)
        text, cuts = self.text, len(self.cuts)
        text += b"\xE8\0\0\0\0\xCC"             # call, int3
        end = len(text)
        self.fixups.append((end - 5 << SHIFT | cuts, Reloc.PLT32, _HANDLERS[kind], -4))
        self.sites.append((end - 1 << SHIFT | cuts, pos, self.scopes_of[inst], 0, self.pads[self.here_block]))

    # -- the walk ------------------------------------------------------------------------------------------------------

    def run(self, lower: Sequence[Any]) -> tuple[Fragment, list[Fragment]]:
        """The function's fragment and its jump tables; `lower[op]` makes the code of an instruction."""
        layout, op, blocks = self.plan.layout, self.op, self.module.blocks
        pads = set(self.pads)
        returned = False
        if self.debug:
            self.enter(blocks.first[layout[0]])
        self.parameters()
        for number, block in enumerate(layout):
            if self.forward[number] != number:
                continue
            self.here_block = number
            if returned and number in pads:
                # Unwinding on the way to a pad asks for the frame one byte before it: it must not be that of the ret.
                self.text += enc.op(codes.INT3)
            self.labels[number] = len(self.text) << SHIFT | len(self.cuts)
            self.block(blocks.first[block], lower)
            self.clear()
            returned = op[blocks.last[block]] == ops.RET
        self.out_of_line()
        return self.finish()

    def parameters(self) -> None:
        """Where the function's parameters are when its first block begins."""
        ints, floats = list(INT_ARGS), list(FLOAT_ARGS)
        for param in self.module.block_params(self.plan.layout[0]):
            registers = floats if IS_FLOAT[self.type[param]] else ints
            if registers:
                register = registers.pop(0)
                if self.uses[param]:
                    (self.free if register < XMM0 else self.free_floats).remove(register)
                    self.define(param, register)

    def block(self, inst: int, lower: Sequence[Any]) -> None:
        """The instructions of a block."""
        op, uses, shared, flags, following = self.op, self.uses, self.shared, self.flags, self.following
        pos, scopes, debug = self.pos, self.scopes_of, self.debug
        statement = 0
        while inst:
            number = op[inst]
            if flags[inst] & ops.STMT:
                statement = inst
            function = lower[number]
            if function is None:
                if number == ops.DBGSLOT and debug and self.plan.variables[self.b[inst]]:
                    self.variables.append((self.b[inst], self.root(self.a[inst]), self.here()))
            elif (uses[inst] or KEPT[number]) and not shared[inst]:
                if number in COMPARISONS and self.fuses(inst):
                    self.fused = inst
                    inst = following[inst]
                    continue
                if debug and scopes[inst] != self.scope:
                    self.enter(inst)
                if statement:
                    self.line(pos[statement], LINE_STMT)
                    statement = 0
                else:
                    where = pos[inst]
                    if where != self.line_pos or self.prologue_open:
                        self.line(where, 0)
                function(self, inst)
            inst = following[inst]

    def fuses(self, inst: int) -> bool:
        """A comparison that only the branch behind it asks for."""
        user = self.following[inst]
        return self.uses[inst] == 1 and self.op[user] in _JUMPS and self.root(self.a[user]) == inst

    def out_of_line(self) -> None:
        """Edge stubs, slow paths, trap calls."""
        pos = self.pos
        for label, inst, moves, target in self.stubs:
            self.place(label)
            self.enter(inst)
            self.parallel(moves)
            self.jump(-1, target)
        for label, inst, function in self.late:
            self.place(label)
            self.enter(inst)
            function(self)
        for label, kind, inst, values, block in self.traps:
            self.place(label)
            self.here_block = block
            self.enter(inst)
            where = pos[inst]           # one number for all tables: in large modules each look makes another
            if where and self.lines[-1][1] != where:
                self.line(where, 0)
            self.call_trap(kind, inst, values, where)
        self.traps.clear()

    # -- the frame -----------------------------------------------------------------------------------------------------

    def give_back(self) -> None:
        """Undo the prologue, whatever it will be, and return."""
        self.lines.append((self.here(), max(self.line_pos, 0), LINE_EPILOGUE_BEGIN))
        self.cfi.append((self.here(), "remember", 0, 0))
        self.cuts.append(len(self.text))
        self.conditions.append(INSERT)
        self.jumps.append(-1)
        saved = self.saved()
        depth = 8 + 8 * len(saved)
        self.cfi.append((self.here(), "def_cfa_offset", depth, 0))
        for register in reversed(saved):
            self.text += enc.r(codes.POP, R64[register])
            depth -= 8
            self.cfi.append((self.here(), "def_cfa_offset", depth, 0))
            self.cfi.append((self.here(), "restore", DWARF[register], 0))
        self.text += enc.op(codes.RET)
        self.cfi.append((self.here(), "restore_state", 0, 0))

    def saved(self) -> tuple[int, ...]:
        """Callee-saved registers to keep: who throws to a landing pad here may have changed all of them."""
        return CALLEE_SAVED if self.guarded else ()

    def prologue(self, size: int) -> tuple[bytes, list[CfiMark]]:
        """Push, reserve, fetch the parameters that come on the stack; with the CFI marks."""
        text = bytearray()
        cfi: list[CfiMark] = []
        depth = 8
        for register in self.saved():
            text += enc.r(codes.PUSH, R64[register])
            depth += 8
            cfi.append(CfiMark(len(text), "def_cfa_offset", depth, 0))
            cfi.append(CfiMark(len(text), "offset", DWARF[register], -depth))
        if size:
            if size >= PAGE:
                text += touch_pages(size)
            text += enc.ri(codes.SUBTRACT_RSP[0 if size <= 127 else 1], RSP64, size)
            cfi.append(CfiMark(len(text), "def_cfa_offset", depth + size, 0))
        for param, above in self.plan.stacked:
            text += enc.rm(codes.MOV_RM[3], R64[SCRATCH], (RSP64, 0, 1, size + depth + above))
            text += enc.mr(codes.MOV_MR[3], (RSP64, 0, 1, self.homes[param]), R64[SCRATCH])
        return bytes(text), cfi

    def finish(self) -> tuple[Fragment, list[Fragment]]:
        """Size of the frame, prologue and epilogues, fragment. rsp is a multiple of 16 at calls."""
        size = self.top
        saved = 8 * len(self.saved())
        if (size or self.guarded or self.plan.calls) and (size + saved + 8) % 16:
            size += 8
        if size > LARGEST_FRAME:
            raise TooLarge(f"the temporaries of '{self.function.name}' take {size} bytes of stack", self.function.pos)
        if not size and not saved:
            self.cfi = []
        lead, cfi = self.prologue(size)
        restore = enc.ri(codes.ADD_RSP[0 if size <= 127 else 1], RSP64, size) if size else b""
        total = size + saved
        fragment, tables, before = self.fragment(total, total, lead, cfi, restore)
        if self.variables:
            self.variables.sort()
            end = len(fragment.data)
            fragment.vars = [VarRange(var, (mark >> SHIFT) + before[mark & MASK], end, "cfa", self.slots[slot] - total - 8)
                             for var, slot, mark in self.variables]
        return fragment, tables
