"""The growing code of one function: text, marks, branches, fixups, line and scope marks, and the fragment they become.

What both ways of making code share: `Emitter` (emit), which has allocated machine rows, and `Baseline`, which goes
straight from the IR. Places in the text are *marks* (see `branches`) until the sizes of the branches are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ..asm import encode as enc
from ..asm.encode import R32, R64, RIP, XMM
from ..ir.module import Function
from ..objwriter.model import LINE_PROLOGUE_END, LINE_STMT, CallSite, CfiMark, Fixup, Fragment, LineMark, Reloc, ScopeRange
from . import codes
from . import machine as mc
from .branches import ALIGN, LINE, MASK, SHIFT, assemble
from .isel import Columns
from .moves import sequential
from .target import FEQ, FNE, FSCRATCH, GE, NE, RSP, SCRATCH, SLOT0, XMM0, P
from .target import E as EQUAL

M64: Final = 0xFFFFFFFFFFFFFFFF
RSP64: Final = R64[RSP]
PAGE: Final = 4096
_EMPTY: Final = 256
"""Flag of a line mark that stays although another one follows at the same place."""


class CodeText:
    """Text and tables of one function being emitted. A location is a register, SLOT0 + a frame slot, or minus an entry of
    `consts` (see target); `pads`: landing pad that guards each block, -1 = none."""

    def __init__(self, columns: Columns, function: Function, pool: Any, options: Any) -> None:
        self.module: Final = columns.module
        self.pos: Final = columns.pos
        self.scopes_of: Final = columns.scope
        self.function: Final = function
        self.pool: Final = pool
        self.absolute: Final[bool] = options.absolute
        self.debug: Final[bool] = options.debug
        self.text = bytearray()                     # one object: whoever walks holds it, too
        self.cuts: Final[list[int]] = []
        self.conditions: list[int] = []
        self.jumps: list[int] = []                  # label of each branch
        self.labels: list[int] = []
        self.consts: list[tuple[str, int, int]] = []
        self.pads: list[int] = []
        self.fixups: list[tuple[int, int, str, int]] = []
        self.lines: list[tuple[int, int, int]] = [(0, function.pos, LINE_STMT)]
        self.cfi: list[tuple[int, str, int, int]] = []
        self.sites: list[tuple[int, int, int, int, int]] = []
        self.scopes: list[tuple[int, int]] = []
        self.tables: list[tuple[str, list[int]]] = []       # jump tables: symbol, labels
        self.late: list[tuple[int, int, Any]] = []          # out-of-line code: label, IR instruction, function
        self.here_block = 0
        self.line_pos = function.pos
        self.prologue_open = True
        self.scope = -1
        self.entered: set[int] = set()              # scopes whose code has begun

    # -- marks -------------------------------------------------------------------------------------------------------

    def here(self) -> int:
        """The current place."""
        return len(self.text) << SHIFT | len(self.cuts)

    def new_label(self) -> int:
        """A label to be placed later."""
        self.labels.append(-1)
        return len(self.labels) - 1

    def place(self, label: int) -> None:
        """The label is here."""
        self.labels[label] = len(self.text) << SHIFT | len(self.cuts)

    def jump(self, condition: int, label: int) -> None:
        """A branch; condition -1 = always, FEQ and FNE become two."""
        if condition >= FEQ:
            if condition == FNE:
                self.jump(P, label)
                self.jump(NE, label)
            else:
                skip = self.new_label()
                self.jump(P, skip)
                self.jump(EQUAL, label)
                self.place(skip)
            return
        self.cuts.append(len(self.text))
        self.conditions.append(condition)
        self.jumps.append(label)

    def symbol_name(self, symbol: int) -> str:
        """Link name of a symbol id, or of a pool constant (negative)."""
        if symbol < 0:
            name: str = self.pool.name(-symbol)
            return name
        target = self.module.symbols[symbol]
        assert target is not None
        return target.symbol

    def put_symbolic(self, encoded: tuple[bytes, int], symbol: int, disp: int, relative: bool) -> None:
        """Append an instruction whose displacement field refers to a symbol."""
        data, offset = encoded
        at = len(self.text) + offset << SHIFT | len(self.cuts)
        name = self.symbol_name(symbol)
        if relative:
            self.fixups.append((at, Reloc.PC32, name, disp - (len(data) - offset)))
        else:
            self.fixups.append((at, Reloc.ABS32S, name, disp))
        self.text += data

    # -- moves -------------------------------------------------------------------------------------------------------

    def parallel(self, moves: Sequence[tuple[int, int]]) -> None:
        """Moves that happen at the same time."""
        busy = False        # the scratch register holds a value of a cycle
        for source, target in sequential(moves):
            if target == SCRATCH:
                busy = True
            elif source == SCRATCH:
                busy = False
            self.step(source, target, busy)

    def slot_memory(self, location: int) -> tuple[int, int, int, int]:
        """Memory of a slot location."""
        raise NotImplementedError

    def slot_address(self, slot: int) -> int:
        """Offset of a frame slot from rsp."""
        raise NotImplementedError

    def step(self, source: int, target: int, busy: bool = False) -> None:
        """One move between locations; `busy`: the general scratch register must not be touched."""
        if source < 0:
            self.constant(-source, target)
        elif target >= SLOT0:
            if source >= SLOT0:
                through = FSCRATCH if busy else SCRATCH
                self.step(source, through)
                source = through
            if source >= XMM0:
                self.text += enc.mr(codes.MOVF_MR[3], self.slot_memory(target), XMM[source - XMM0])
            else:
                self.text += enc.mr(codes.MOV_MR[3], self.slot_memory(target), R64[source])
        elif source >= SLOT0:
            if target >= XMM0:
                self.text += enc.rm(codes.MOVF_RM[3], XMM[target - XMM0], self.slot_memory(source))
            else:
                self.text += enc.rm(codes.MOV_RM[3], R64[target], self.slot_memory(source))
        elif source == target:
            return
        elif target >= XMM0:
            self.text += enc.rr(codes.MOVAPS, XMM[target - XMM0], XMM[source - XMM0])
        else:
            self.text += enc.rr(codes.MOV_MR[3], R64[target], R64[source])

    def constant(self, number: int, target: int) -> None:
        """Make an entry of the constant table in a location."""
        kind, x, y = self.consts[number]
        if target >= SLOT0:
            value = x & M64
            if kind in "if" and (value < 1 << 31 or value >= M64 + 1 - (1 << 31)):
                signed = value - (1 << 64) if value >> 63 else value
                self.text += enc.mi(codes.MOV_MI[3], self.slot_memory(target), signed)
                return
            if kind == "f":
                self.load_int(SCRATCH, x)
            else:
                self.constant(number, SCRATCH)
            self.step(SCRATCH, target)
        elif kind == "i":
            self.load_int(target, x)
        elif kind == "s":
            self.load_symbol(target, x, y)
        elif kind == "a":
            self.text += enc.rm(codes.LEA[3], R64[target], (RSP64, 0, 1, self.slot_address(x) + y))
        elif x == 0:
            register = XMM[target - XMM0]
            self.text += enc.rr(codes.XORPS, register, register)
        else:
            name = -self.pool.constant(x, 1 << y)
            self.put_symbolic(enc.rm_at(codes.MOVF_RM[y], XMM[target - XMM0], RIP, 0, 1), name, 0, True)

    def load_int(self, register: int, value: int) -> None:
        """A 64-bit number into a general register, in the shortest way. Destroys the flags."""
        value &= M64
        if value == 0:
            self.text += enc.rr(codes.XOR32, R32[register], R32[register])
        elif value < 1 << 31:
            self.text += enc.ri(codes.MOV_R32_IMM, R32[register], value)
        elif value < 1 << 32:
            self.text += enc.ri(codes.MOV_R32_IMM, R32[register], value - (1 << 32))
        elif value >= M64 + 1 - (1 << 31):
            self.text += enc.ri(codes.MOV_R64_IMM32, R64[register], value - (1 << 64))
        else:
            self.text += enc.ri(codes.MOV_R64_IMM, R64[register], value)

    def load_symbol(self, register: int, symbol: int, disp: int) -> None:
        """The address of a symbol plus a displacement."""
        if not self.absolute:
            self.put_symbolic(enc.rm_at(codes.LEA[3], R64[register], RIP, 0, 1), symbol, disp, True)
            return
        data, offset = enc.ri_at(codes.MOV_R32_IMM, R32[register])
        at = len(self.text) + offset << SHIFT | len(self.cuts)
        self.fixups.append((at, Reloc.ABS32, self.symbol_name(symbol), disp))
        self.text += data

    # -- calls, lines and scopes ----------------------------------------------------------------------------------------

    def call_symbol(self, name: str) -> None:
        """A direct call."""
        self.text += b"\xE8\0\0\0\0"
        self.fixups.append((len(self.text) - 4 << SHIFT | len(self.cuts), Reloc.PLT32, name, -4))

    def adjust(self, pair: tuple[int, int], amount: int) -> None:
        """add or sub of a constant to rsp."""
        self.text += enc.ri(pair[0] if -128 <= amount <= 127 else pair[1], RSP64, amount)

    def line(self, pos: int, flags: int) -> None:
        """A line mark here; code without a position keeps the one before."""
        if not pos and not self.prologue_open:
            return
        if self.prologue_open:
            flags |= LINE_PROLOGUE_END
            self.prologue_open = False
        self.line_pos = pos
        self.lines.append((len(self.text) << SHIFT | len(self.cuts), pos, flags))

    def enter(self, src: int) -> None:
        """What follows belongs to the scope of an IR instruction."""
        if self.debug:
            scope = self.scopes_of[src]
            if scope != self.scope:
                self.scope = scope
                self.scopes.append((self.here(), scope))
                if scope not in self.entered:
                    self.call_lines(scope)

    def call_lines(self, scope: int) -> None:
        """Where the code of inlined calls begins, the statements with the calls begin, too: rows of their own for
        debuggers, although no code belongs to them."""
        table = self.module.debug_scopes
        calls = []
        while scope and scope not in self.entered:
            self.entered.add(scope)
            if table[scope].kind == "inlined":
                calls.append(table[scope].call_pos)
            scope = table[scope].parent
        for pos in reversed(calls):
            self.line(pos, LINE_STMT | _EMPTY)

    def site(self, src: int, frame: int) -> None:
        """Record the call that ends here."""
        mark = len(self.text) << SHIFT | len(self.cuts)
        self.sites.append((mark, self.pos[src], self.scopes_of[src], frame, self.pads[self.here_block]))

    # -- the end -------------------------------------------------------------------------------------------------------

    def fragment(self, total: int, depth: int = 0, lead: bytes = b"", lead_cfi: Sequence[CfiMark] = (),
                 insert: bytes = b"") -> tuple[Fragment, list[Fragment], list[int]]:
        """The fragment, its jump tables, and the bytes before each branch that are not in the text (to turn marks into
        offsets). `total`: bytes from rsp to the return address; `depth` is added to what sites say of it; `lead` and its CFI
        marks go in front of the text; `insert` stands for every cut of that kind."""
        targets = [self.labels[label] if label >= 0 else 0 for label in self.jumps]
        code, before = assemble(bytes(self.text), self.cuts, self.conditions, targets, insert)
        if lead:
            code = lead + code
            before = [count + len(lead) for count in before]
        labels = self.labels

        def final(mark: int) -> int:
            return (mark >> SHIFT) + before[mark & MASK]

        if self.cfi and self.cfi[-1][1] == "restore_state" and final(self.cfi[-1][0]) == len(code):
            self.cfi.pop()
        pads = {pad: final(labels[pad]) + 1 for pad in set(self.pads) if pad >= 0}
        pads[-1] = 0
        fragment = Fragment(
            self.function.symbol, ".text", code, align=LINE if ALIGN in self.conditions else 16,
            fixups=self._fixups(before), kind="func", binding="global" if self.function.exported else "local",
            lines=self._line_marks(before, len(code)),
            cfi=[*lead_cfi, *[CfiMark(final(at), op, first, second) for at, op, first, second in self.cfi]],
            sites=self._call_sites(before, depth, pads), scopes=self._scope_ranges(final, len(code)), frame_offset=total + 8)
        tables = []
        for name, entries in self.tables:
            fixups = [Fixup(8 * k, Reloc.ABS64, fragment.symbol, final(labels[label])) for k, label in enumerate(entries)]
            tables.append(Fragment(name, ".rodata", bytes(8 * len(entries)), align=8, fixups=fixups, kind="object"))
        return fragment, tables, before

    # Marks are many. Their rows become the fragment's where they are, so that there is never twice their memory; and the
    # constructor of a named tuple costs three times as much as `new`.

    def _fixups(self, before: list[int]) -> list[Fixup]:
        rows: list[Any] = self.fixups
        self.fixups = []
        new = tuple.__new__
        for k, (at, kind, name, addend) in enumerate(rows):
            rows[k] = new(Fixup, ((at >> SHIFT) + before[at & MASK], kind, name, addend))
        return rows

    def _call_sites(self, before: list[int], depth: int, pads: dict[int, int]) -> list[CallSite]:
        rows: list[Any] = self.sites
        self.sites = []
        new = tuple.__new__
        for k, (at, pos, scope, frame, pad) in enumerate(rows):
            rows[k] = new(CallSite, ((at >> SHIFT) + before[at & MASK], pos, scope, frame + depth if frame else depth, pads[pad]))
        return rows

    def _line_marks(self, before: list[int], size: int) -> list[LineMark]:
        """The lines at their offsets, one per place; the first is the function's own, at its first byte."""
        rows: list[Any] = self.lines
        self.lines = []
        new = tuple.__new__
        count = kept = 0
        last = -1
        for mark, pos, flags in rows:
            offset = (mark >> SHIFT) + before[mark & MASK] if count else 0
            if offset == last and not kept:
                count -= 1
                flags |= rows[count].flags
            kept = flags & _EMPTY
            last = offset
            rows[count] = new(LineMark, (offset, pos, flags & ~_EMPTY))
            count += 1
        if count and last >= size > 0:
            count -= 1
        del rows[count:]
        return rows

    def _scope_ranges(self, final: Any, size: int) -> list[ScopeRange]:
        out: list[ScopeRange] = []
        ends = [final(mark) for mark, _ in self.scopes[1:]] + [size]
        for (mark, scope), end in zip(self.scopes, ends):
            start = final(mark) if mark else 0
            if start < end and scope:
                out.append(ScopeRange(scope, start, end))
        return out


def followed(forward: list[int]) -> list[int]:
    """For each block the end of the chain of blocks that stand for one another, made in place; block 0 stands for itself."""
    for block in range(1, len(forward)):
        # Each chain is followed once: what is passed on the way then leads to its end directly.
        seen: dict[int, None] = {}
        target = block
        while forward[target] != target and target not in seen:
            seen[target] = None
            target = forward[target]
        for passed in seen:
            forward[passed] = target
    return forward


def next_in_text(forward: Sequence[int]) -> list[int]:
    """For each block the next one that has code, -1 at the end."""
    out: list[int] = []
    following = -1
    for block in range(len(forward) - 1, -1, -1):
        out.append(following)
        if forward[block] == block:
            following = block
    out.reverse()
    return out


def touch_pages(size: int) -> bytes:
    """Read every page of a large frame from the top down: an exhausted stack must fault in its guard, not beyond."""
    scratch = R64[SCRATCH]
    first = enc.ri(codes.MOV_R64_IMM32, scratch, -PAGE)
    loop = enc.mr(codes.TEST_MR, (RSP64, scratch, 1, 0), scratch)
    loop += enc.ri(codes.ALU_IMM[mc.SUBTRACT][3], scratch, PAGE)
    loop += enc.ri(codes.ALU_IMM[mc.CMP][3], scratch, -size)
    return first + loop + enc.branch(GE, -len(loop) - 2, False)
