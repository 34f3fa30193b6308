"""Emission: allocated machine rows become the bytes of a fragment with fixups, call frame, line and site marks.

`Emitter` holds the growing text and what every row needs (places of vregs, memory operands, moves, jumps); the rows
themselves are in emit_ops. Places in the text are *marks* (see `branches`) until the branch sizes are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ..asm import encode as enc
from ..asm.encode import R64, RIP
from ..ir.module import Function
from ..ir.traps import TRAPS
from ..ir.types import IS_FLOAT
from ..objwriter.model import (
    LINE_EPILOGUE_BEGIN,
    LINE_STMT,
    Fragment,
    Reloc,
)
from . import codes
from . import machine as mc
from .branches import ALIGN, SHIFT
from .codetext import PAGE, RSP64, CodeText, followed, next_in_text, touch_pages
from .frame import Frame
from .isel import Columns
from .machine import Machine
from .regalloc import Allocation
from .resolve import Moves
from .rowcode import KNOWN, Shape, remember, shapes
from .target import (
    DWARF,
    FLOAT_ARGS,
    INT_ARGS,
    NOWHERE,
    NP,
    RBP,
    RSP,
    SCRATCH,
    SLOT0,
)

_HANDLERS: Final = [trap.handler for trap in TRAPS]


class Emitter(CodeText):
    """A function whose machine rows are allocated, being emitted."""

    def __init__(self, columns: Columns, function: Function, m: Machine, allocation: Allocation, moves: Moves, frame: Frame,
                 pool: Any, options: Any) -> None:
        super().__init__(columns, function, pool, options)
        self.m: Final = m
        self.allocation: Final = allocation
        self.whole: Final = allocation.whole
        self.moves: Final = moves
        self.frame: Final = frame
        self.labels = [-1] * len(m.block_ids)
        self.consts = m.consts
        self.pads = m.pads
        self.stubs: list[tuple[int, int, int]] = []         # edge stubs at the end: label, edge, row
        self.trap_labels: dict[tuple[int, int, int, int], int] = {}
        self.traps: list[tuple[int, int, int, list[tuple[int, int]], int, int]] = []  # label, kind, src, moves, row or -1, block
        self.row_begin: list[int] = []
        self.row_main: list[int] = []
        self.moved: list[tuple[int, int]] = []              # rows with moves before them, marks behind those
        self.block_end = [0] * len(m.block_ids)
        self.busy_end = [False] * len(m.block_ids)      # the block's last row contains moves along an edge
        self.forward = self._forwarding()
        self.next_block = next_in_text(self.forward)
        self.wrapped = frame.early > 0
        # The library stays as small as it can be.
        self.aligned: Final[bool] = options.align_loops and not function.runtime
        self.end_labels: dict[int, int] = {}

    # -- layout ------------------------------------------------------------------------------------------------------

    def _forwarding(self) -> list[int]:
        """For each block the block that jumps to it may go to instead: empty blocks stand for their target."""
        m, moves = self.m, self.moves
        out = list(range(len(m.block_ids)))
        pads = set(m.pads)
        for block in range(1, len(out)):
            last = m.first[block + 1] - 1
            if block in pads or block == m.framed or m.op[last] != mc.JUMP or moves.edge.get(m.args[last]):
                continue
            if any(m.op[row] != mc.DBG for row in range(m.first[block], last)):
                continue
            if any(row in moves.gap for row in range(m.first[block], last + 1)):
                continue
            if any(self.moves.edge.get(number) and self.mode(number) == "succ" for number in m.preds[block]):
                continue
            out[block] = m.edges[m.args[last]].succ
        return followed(out)

    def _small_loops(self) -> dict[int, int]:
        """Last block by header of the loops without loops inside."""
        m = self.m
        last: dict[int, int] = {}
        for edge in m.edges:
            if edge.succ <= edge.pred and m.weight[edge.pred]:
                last[edge.succ] = max(last.get(edge.succ, 0), edge.pred)
        headers = sorted(last)
        return {header: last[header] for header, following in zip(headers, [*headers[1:], len(m.block_ids)])
                if following > last[header] and self.forward[header] == header}

    def align(self, last: int) -> None:
        """The loop that begins here and ends with block `last` should lie in one cache line."""
        if last not in self.end_labels:
            self.end_labels[last] = self.new_label()
        self.cuts.append(len(self.text))
        self.conditions.append(ALIGN)
        self.jumps.append(self.end_labels[last])

    def mode(self, edge: int) -> str:
        """Where the moves of an edge go: the end of its source, the start of its target, or a stub of their own."""
        ends = self.m.edges[edge]
        if len(self.m.succs[ends.pred]) == 1:
            return "pred"
        return "succ" if len(self.m.preds[ends.succ]) == 1 else "stub"

    # -- operands ----------------------------------------------------------------------------------------------------

    def at(self, v: int, position: int) -> int:
        """Location of a vreg at a position."""
        place = self.whole[v]
        return place if place != NOWHERE else self.allocation.at(v, position)

    def memory(self, row: int, extra: int = 0) -> tuple[int, int, int, int, int]:
        """(base, index, scale, displacement, symbol) of a row's memory operand, registers as the encoder wants them."""
        m = self.m
        scale, disp, symbol = m.mems[m.mem[row]]
        base, index = m.base[row], m.index[row]
        disp += extra
        if base > 0:
            base = R64[self.at(base, 4 * row + 1)]
        elif base < 0:
            disp += self.frame.offset[-base]
            base = RSP64
        if index:
            index = R64[self.at(index, 4 * row + 1)]
            if not base and not symbol and scale <= 1:
                base, index = index, 0
        return base, index, scale or 1, disp, symbol

    def rm(self, code: int, register: int, row: int) -> None:
        """Instruction with register (encoder number) and the row's memory operand."""
        base, index, scale, disp, symbol = self.memory(row)
        if not symbol:
            self.text += enc.rm(code, register, (base, index, scale, disp))
        elif base or index:
            self.put_symbolic(enc.rm_at(code, register, base, index, scale), symbol, disp, False)
        else:
            self.put_symbolic(enc.rm_at(code, register, RIP, 0, 1), symbol, disp, True)

    def mr(self, code: int, register: int, row: int, extra: int = 0) -> None:
        """Instruction with the row's memory operand and a register."""
        base, index, scale, disp, symbol = self.memory(row, extra)
        if not symbol:
            self.text += enc.mr(code, (base, index, scale, disp), register)
        elif base or index:
            self.put_symbolic(enc.mr_at(code, base, index, scale, register), symbol, disp, False)
        else:
            self.put_symbolic(enc.mr_at(code, RIP, 0, 1, register), symbol, disp, True)

    def mi(self, code: int, row: int, value: int) -> None:
        """Instruction with the row's memory operand and an immediate."""
        base, index, scale, disp, symbol = self.memory(row)
        if not symbol:
            self.text += enc.mi(code, (base, index, scale, disp), value)
        elif base or index:
            self.put_symbolic(enc.mi_at(code, base, index, scale, value), symbol, disp, False)
        else:
            self.put_symbolic(enc.mi_at(code, RIP, 0, 1, value), symbol, disp, True)

    def rmi(self, code: int, register: int, row: int, value: int) -> None:
        """Instruction with a register, the row's memory operand and an immediate."""
        base, index, scale, disp, symbol = self.memory(row)
        if not symbol:
            self.text += enc.rmi(code, register, (base, index, scale, disp), value)
        elif base or index:
            self.put_symbolic(enc.rmi_at(code, register, base, index, scale, value), symbol, disp, False)
        else:
            self.put_symbolic(enc.rmi_at(code, register, RIP, 0, 1, value), symbol, disp, True)

    def slot_memory(self, location: int) -> tuple[int, int, int, int]:
        """Memory of a slot location."""
        assert self.here_block >= self.frame.early, "a spill slot in front of the prologue"
        return RSP64, 0, 1, self.frame.offset[location - SLOT0]

    def slot_address(self, slot: int) -> int:
        """Offset of a frame slot from rsp."""
        return self.frame.offset[slot]

    # -- edges -------------------------------------------------------------------------------------------------------

    def edge_label(self, edge: int, row: int) -> int:
        """The label a branch along an edge goes to: the target, or a stub with the edge's moves."""
        if self.moves.edge.get(edge) and self.mode(edge) == "stub":
            label = self.new_label()
            self.stubs.append((label, edge, row))
            return label
        return self.forward[self.m.edges[edge].succ]

    def has_stub(self, edge: int) -> bool:
        """The edge needs code of its own."""
        return bool(self.moves.edge.get(edge)) and self.mode(edge) == "stub"

    def go(self, target: int) -> None:
        """Continue at a block: by falling into it or by a jump."""
        if target != self.next_block[self.here_block]:
            self.jump(-1, target)

    # -- traps and calls -----------------------------------------------------------------------------------------------

    def trap_label(self, row: int, number: int) -> int:
        """Label of the out-of-line call for trap `number` raised at a row; equal traps without values share one."""
        trap = self.m.traps[number]
        if not trap.sources:
            key = (trap.kind, self.pos[trap.src], self.scopes_of[trap.src], self.pads[self.here_block])
            known = self.trap_labels.get(key)
            if known is None:
                known = self.trap_labels[key] = self.new_label()
                self.traps.append((known, trap.kind, trap.src, [], -1, self.here_block))
            return known
        label = self.new_label()
        moves, uses_memory = self.trap_moves(row, number)
        self.traps.append((label, trap.kind, trap.src, moves, row if uses_memory else -1, self.here_block))
        return label

    def trap_moves(self, row: int, number: int) -> tuple[list[tuple[int, int]], bool]:
        """Moves of a trap's values to the handler's argument registers; True if the row's memory operand is one."""
        trap = self.m.traps[number]
        moves: list[tuple[int, int]] = []
        uses_memory = False
        ints, floats = list(INT_ARGS), list(FLOAT_ARGS)
        for source, type_ in zip(trap.sources, TRAPS[trap.kind].params):
            target = floats.pop(0) if IS_FLOAT[type_] else ints.pop(0)
            if source == mc.ROW_MEMORY:
                uses_memory = True
                moves.append((SCRATCH, target))
            else:
                moves.append((source if source < 0 else self.at(source, 4 * row + 1), target))
        return moves, uses_memory

    def call_trap(self, kind: int, src: int, moves: list[tuple[int, int]], row: int) -> None:
        """The call of a trap handler. It never returns; the int3 keeps the return address inside the function."""
        if row >= 0:
            # The value in memory goes straight to its place unless another value is still there.
            target = next(target for source, target in moves if source == SCRATCH)
            if any(source == target for source, _ in moves):
                target = SCRATCH
            else:
                moves = [move for move in moves if move[0] != SCRATCH]
            self.rm(codes.MOV_RM[3], R64[target], row)
        if moves:
            self.parallel(moves)
        early = self.here_block < self.frame.early
        frame = 0 if early else self.frame.total
        if early:
            self.cfi.append((self.here(), "remember", 0, 0))
            self.cfi.append((self.here(), "def_cfa_offset", 8, 0))
            self.cfi.extend((self.here(), "restore", DWARF[register], 0) for register in self.frame.pushed)
        text, cuts = self.text, len(self.cuts)
        crooked = (frame + 8) % 16 != 0
        if crooked:
            text += enc.r(codes.PUSH, R64[0])
            frame += 8
            if not self.frame.pointer:
                self.cfi.append((len(text) << SHIFT | cuts, "def_cfa_offset", frame + 8, 0))
        text += b"\xE8\0\0\0\0\xCC"              # call, int3
        end = len(text)
        self.fixups.append((end - 5 << SHIFT | cuts, Reloc.PLT32, _HANDLERS[kind], -4))
        self.sites.append((end - 1 << SHIFT | cuts, self.pos[src], self.scopes_of[src], frame, self.pads[self.here_block]))
        if early:
            self.cfi.append((end << SHIFT | cuts, "restore_state", 0, 0))
        elif crooked and not self.frame.pointer:
            self.cfi.append((end << SHIFT | cuts, "def_cfa_offset", frame, 0))

    def fault_site(self, check: int) -> None:
        """Record that the instruction appended next stands for a null check. Its fault is treated as a call of the trap
        handler that returns one byte behind the instruction's begin, where no real call can return to."""
        frame = 0 if self.here_block < self.frame.early else self.frame.total
        place = len(self.text) + 1 << SHIFT | len(self.cuts)
        self.sites.append((place, self.pos[check], self.scopes_of[check], frame, self.pads[self.here_block]))

    # -- prologue, epilogue --------------------------------------------------------------------------------------------

    def prologue(self) -> None:
        """Push, reserve, describe."""
        frame = self.frame
        depth = 8
        for register in frame.pushed:
            self.text += enc.r(codes.PUSH, R64[register])
            depth += 8
            if not (frame.pointer and register != RBP):
                self.cfi.append((self.here(), "def_cfa_offset", depth, 0))
            self.cfi.append((self.here(), "offset", DWARF[register], -depth))
            if frame.pointer and register == RBP:
                self.text += enc.rr(codes.MOV_MR[3], R64[RBP], RSP64)
                self.cfi.append((self.here(), "def_cfa_register", DWARF[RBP], 0))
        if frame.size:
            if frame.size >= PAGE:
                self.text += touch_pages(frame.size)
            self.adjust(codes.SUBTRACT_RSP, frame.size)
            if not frame.pointer:
                self.cfi.append((self.here(), "def_cfa_offset", depth + frame.size, 0))

    def epilogue(self) -> None:
        """Undo the prologue and return."""
        frame = self.frame
        if self.here_block < frame.early:
            self.text += enc.op(codes.RET)
            return
        framed = bool(frame.size or frame.pushed)
        if framed:
            self.cfi.append((self.here(), "remember", 0, 0))
        depth = 8 + frame.total
        if frame.size:
            self.adjust(codes.ADD_RSP, frame.size)
            depth -= frame.size
            if not frame.pointer:
                self.cfi.append((self.here(), "def_cfa_offset", depth, 0))
        for register in reversed(frame.pushed):
            self.text += enc.r(codes.POP, R64[register])
            depth -= 8
            if not frame.pointer:
                self.cfi.append((self.here(), "def_cfa_offset", depth, 0))
            elif register == RBP:
                self.cfi.append((self.here(), "def_cfa", DWARF[RSP], 8))
            self.cfi.append((self.here(), "restore", DWARF[register], 0))
        self.text += enc.op(codes.RET)
        if framed:
            self.cfi.append((self.here(), "restore_state", 0, 0))

    def restore_frame_pointer(self) -> None:
        """At a landing pad rsp is right but rbp is whatever the thrower left in it."""
        self.cfi.append((self.here(), "def_cfa", DWARF[RSP], self.frame.total + 8))
        self.text += enc.rm(codes.LEA[3], R64[RBP], (RSP64, 0, 1, self.frame.total - 8))
        self.cfi.append((self.here(), "def_cfa", DWARF[RBP], 16))

    # -- the walk ------------------------------------------------------------------------------------------------------

    def run(self, handlers: Sequence[Any]) -> None:
        """Emit all rows, then what lies out of line."""
        m, moves, op = self.m, self.moves, self.m.op
        debug = self.debug
        pads = set(m.pads)
        frame_pads = pads if self.frame.pointer else None
        returned = False
        loop_ends = self._small_loops() if self.aligned else {}
        keys = shapes(m, self.allocation, self.frame.offset)
        for block in range(len(m.block_ids)):
            if self.forward[block] != block:
                if block in self.end_labels:
                    self.place(self.end_labels[block])
                if debug:
                    here = self.here()
                    self.row_begin += [here] * (m.first[block + 1] - m.first[block])
                    self.block_end[block] = here
                continue
            self.here_block = block
            if returned and block in pads:
                # Unwinding on the way to a pad asks for the frame one byte before it: it must not be that of the ret.
                self.text += enc.op(codes.INT3)
            if block in loop_ends:
                self.align(loop_ends[block])
            self.labels[block] = len(self.text) << SHIFT | len(self.cuts)
            if self.wrapped and block == m.framed:
                self.prologue()
            if frame_pads and block in frame_pads:
                self.restore_frame_pointer()
            entering = m.preds[block]
            if len(entering) == 1 and entering[0] in moves.edge and self.mode(entering[0]) == "succ":
                self.parallel(moves.edge[entering[0]])
            self.rows(m.first[block], m.first[block + 1], keys, handlers)
            returned = op[m.first[block + 1] - 1] == mc.RET
            if block in self.end_labels:
                self.place(self.end_labels[block])
            if debug:
                self.block_end[block] = len(self.text) << SHIFT | len(self.cuts)
                self.busy_end[block] = any(edge in moves.edge and self.mode(edge) != "succ" for edge in m.succs[block])
        if debug:
            self.row_main += self.row_begin
            for row, mark in self.moved:
                self.row_main[row] = mark
        self.out_of_line()

    def rows(self, first: int, last: int, keys: Sequence[Shape], handlers: Sequence[Any]) -> None:
        """Emit the rows of a block."""
        m, text, cuts, row_begin = self.m, self.text, self.cuts, self.row_begin
        src, stmt, args, debug = m.src, m.stmt, m.args, self.debug
        gap, after, faults = self.moves.gap, self.moves.after, m.faults
        pos, scope = self.pos, self.scopes_of
        for row in range(first, last):
            inst = src[row]
            if debug and scope[inst] != self.scope:
                self.enter(inst)
            if row in stmt:
                self.line(pos[stmt[row]], LINE_STMT)
            elif (pos[inst] != self.line_pos or self.prologue_open) and row:
                self.line(pos[inst], 0)
            if debug:
                row_begin.append(len(text) << SHIFT | len(cuts))
            if row in gap:
                self.parallel(gap[row])
                self.moved.append((row, len(text) << SHIFT | len(cuts)))
            if faults and row in faults:
                self.fault_site(faults[row])
            known = KNOWN.get(keys[row])
            if known is None:
                start, fixups, labels = len(text), len(self.fixups), len(cuts)
                handlers[keys[row][0]](self, row)
                branches = len(cuts) - labels
                if len(self.fixups) == fixups and (not branches or (branches == 1 and cuts[-1] == len(text))):
                    remember(keys[row], bytes(text[start:]), self.conditions[-1] if branches else -1)
            else:
                code, condition = known
                text += code
                if condition >= 0:
                    cuts.append(len(text))
                    self.conditions.append(condition)
                    self.jumps.append(self.trap_label(row, args[row]))
            if row in after:
                for source, target in after[row]:
                    self.step(source, target)

    def out_of_line(self) -> None:
        """Edge stubs, slow paths, trap calls."""
        pos = self.pos
        for label, edge, row in self.stubs:
            self.place(label)
            self.enter(self.m.src[row])
            self.parallel(self.moves.edge[edge])
            self.jump(-1, self.forward[self.m.edges[edge].succ])
        for label, src, function in self.late:
            self.place(label)
            self.enter(src)
            function(self)
        for label, kind, src, moves, row, block in self.traps:
            self.place(label)
            self.here_block = block
            self.enter(src)
            if pos[src] and self.lines[-1][1] != pos[src]:
                self.line(pos[src], 0)
            self.call_trap(kind, src, moves, row)

    def finish(self) -> tuple[Fragment, list[Fragment], list[int]]:
        """The fragment, its jump tables, and what turns marks into offsets (see `CodeText.fragment`)."""
        return self.fragment(self.frame.total)


__all__ = ["LINE_EPILOGUE_BEGIN", "NP", "Emitter"]
