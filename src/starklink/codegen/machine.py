"""Machine rows: what selection produces, allocation annotates and emission turns into bytes.

A row is one machine operation in three-address form over *virtual registers* (vregs, 1..n, each defined once), kept in
columns. Flags never live across rows: a comparison and its consumer (branch, set, trap, select) are one row. Two-address
forms, fixed registers and out-of-line traps are settled by emission, so the allocator only sees the roles below.

Columns: `op`; `dst` defined vreg; `a`, `b` used vregs; `base`, `index` of the memory operand (vregs; a negative base -n is
frame slot n); `mem` index into `mems` of (scale, displacement, symbol), 0 = no memory operand; `imm`; `aux` (sizes,
conditions, see ROWS); `args` index into `extra`; `src` the IR instruction it comes from; `stmt` the IR instruction whose
statement begins here. 0 always means none.

Positions: row i owns 4i .. 4i+3: 4i gap (moves before the row; values that may sit anywhere are read here), 4i+1 inputs,
4i+2 outputs. A `source` is a vreg or -n for entry n of `consts`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from ..support.record import dataclass, field
from .target import CC_NAMES, GENERAL, RAX, RCX, RDI, RDX, RSI, location_name

# Roles of the operands a, b and of the memory registers (column m):
#   u  in a register, read before the result is written     l  in a register that is not the result's
#   g  read in the gap: emission moves it to a fixed place  -  unused
# fixed: registers the row overwrites while inputs are read (and, after the slash, also while results are written).
_ROWS: Final = """
name      a b m fixed
nop       - - - -
entry     - - - -
movi      - - - -
movsym    - - - -
lea       - - u -
load      - - u -
store     u - u -
storei    - - u -
alu       u u - -
sub       u l - -
alui      u - - -
alum      u - l -
alumr     u - u -
alumi     - - u -
imuli     u - - -
imulmi    - - u -
shifti    u - - -
shift     u g - rcx/rcx
unary     u - - -
ext       u - - -
mulh      g u - rax,rdx
umulo     g u - rax,rdx
div       g u - rax,rdx
br        u u u -
set       u u u -
trapcmp   u u u -
cmov      u u u -
jump      - - - -
switch    u - - -
ret       - - - -
call      g - u call
trap      - - - -
fzero     - - - -
loadf     - - u -
storef    u - u -
falu      u u - -
fsub      u l - -
falum     u - l -
fun       u - - -
sitof     u - - -
uitof     u - - -
ftosi     u - - -
movgx     u - - -
movxg     u - - -
copy      - - - rdi,rsi,rcx
zero      - - - rdi,rcx,rax
zerom     - - u -
dbg       - - - -
landing   - - - -
"""

_REGISTERS: Final = {"rax": RAX, "rcx": RCX, "rdx": RDX, "rsi": RSI, "rdi": RDI}


class Info(NamedTuple):
    """A row of the table above."""

    name: str
    a: str
    b: str
    m: str
    fixed: tuple[int, ...]
    fixed_late: tuple[int, ...]
    call: bool


def _parse() -> tuple[Info, ...]:
    out = []
    for line in _ROWS.strip().splitlines()[1:]:
        name, a, b, m, fixed = line.split()
        early, _, late = fixed.partition("/")
        names = early.split(",") if early not in ("-", "call") else []
        out.append(Info(name, a, b, m, tuple(_REGISTERS[n] for n in names),
                        tuple(_REGISTERS[n] for n in late.split(",") if n), fixed == "call"))
    return tuple(out)


INFOS: Final = _parse()
NUMBERS: Final = {info.name: number for number, info in enumerate(INFOS)}
(NOP, ENTRY, MOVI, MOVSYM, LEA, LOAD, STORE, STOREI, ALU, SUB, ALUI, ALUM, ALUMR, ALUMI, IMULI, IMULMI, SHIFTI, SHIFT,
 UNARY, EXT, MULH, UMULO, DIV, BR, SET, TRAPCMP, CMOV, JUMP, SWITCH, RET, CALL, TRAP, FZERO, LOADF, STOREF, FALU, FSUB,
 FALUM, FUN, SITOF, UITOF, FTOSI, MOVGX, MOVXG, COPY, ZERO, ZEROM, DBG, LANDING) = range(len(INFOS))
TERMINATORS: Final = frozenset((BR, JUMP, SWITCH, RET, TRAP))

# aux of alu, sub, alui, alum, alumr, alumi: operation << 2 | size (2 = 32 bits, 3 = 64 bits; memory forms also 0, 1), plus
# (condition + 1) << 8 when `args` names the trap that this condition raises after the operation. For alui the commutative
# rule does not matter; `sub` is its own row because its second operand must not share the result's register.
ADD, OR, AND, XOR, CMP, IMUL, SUBTRACT = range(7)
ALU_NAMES: Final = ("add", "or", "and", "xor", "cmp", "imul", "sub")
# aux of shifti and shift: operation << 2 | size.
SHL, SHR, SAR, ROL, ROR = range(5)
SHIFT_NAMES: Final = ("shl", "shr", "sar", "rol", "ror")
# aux of unary: operation << 2 | size.
NEG, NOT = range(2)
# aux of load and ext: what is done to the value.
ZX8, ZX16, MOV32, MOV64, SX8_32, SX8_64, SX16_32, SX16_64, SX32_64 = range(9)
LOAD_NAMES: Final = ("zx8", "zx16", "mov32", "mov64", "sx8_32", "sx8_64", "sx16_32", "sx16_64", "sx32_64")
# aux of br, set, trapcmp, cmov: form | size << 4 | condition << 8 (| 1 << 16 on set: result zero-extended to 64 bits;
# on cmov: 1 << 16 the selected values are floats, 1 << 17 they are 64 bits wide).
RR, RI, RM, MI, TRR, TRI, TMI, FRR, FRM = range(9)
FORM_NAMES: Final = ("cmp rr", "cmp ri", "cmp rm", "cmp mi", "test rr", "test ri", "test mi", "ucomi rr", "ucomi rm")
# aux of falu, fsub, falum: operation << 4 | size (2 = binary32, 3 = binary64).
FADD, FMUL, FSUBTRACT, FDIV, FXOR, FAND = range(6)
FALU_NAMES: Final = ("fadd", "fmul", "fsub", "fdiv", "fxor", "fand")
# aux of fun: operation << 4 | size of the operand.
FSQRT, FEXT, FTRUNC = range(3)
# aux of mulh, div: flags.
SIGNED: Final = 16
REMAINDER: Final = 32

# imm of call: 0 direct (symbol in mem), 1 through a register (a), 2 through memory.


@dataclass(slots=True, eq=False)
class Edge:
    """A control flow edge: `sources` go to the parameters of the target that are alive (`Machine.params`)."""

    pred: int
    succ: int
    sources: tuple[int, ...]


@dataclass(slots=True, eq=False)
class Trap:
    """An out-of-line call of a trap handler: `sources` are its arguments; ROW_MEMORY is the row's memory operand."""

    kind: int
    src: int
    sources: tuple[int, ...]


ROW_MEMORY: Final = 1 << 29


@dataclass(slots=True, eq=False)
class Machine:
    """A function in machine rows, blocks numbered in layout order. See the module docstring for the columns."""

    symbol: str
    op: list[int] = field(default_factory=list)
    dst: list[int] = field(default_factory=list)
    a: list[int] = field(default_factory=list)
    b: list[int] = field(default_factory=list)
    base: list[int] = field(default_factory=list)
    index: list[int] = field(default_factory=list)
    mem: list[int] = field(default_factory=list)
    imm: list[int] = field(default_factory=list)
    aux: list[int] = field(default_factory=list)
    args: list[int] = field(default_factory=list)
    src: list[int] = field(default_factory=list)
    stmt: dict[int, int] = field(default_factory=dict)
    faults: dict[int, int] = field(default_factory=dict)
    """The rows whose memory access stands for a null check: the IR check of each."""

    mems: list[tuple[int, int, int]] = field(default_factory=lambda: [(0, 0, 0)])
    extra: list[int] = field(default_factory=lambda: [0])
    consts: list[tuple[str, int, int]] = field(default_factory=lambda: [("", 0, 0)])
    edges: list[Edge] = field(default_factory=list)
    traps: list[Trap] = field(default_factory=lambda: [Trap(0, 0, ())])
    switches: list[tuple[list[tuple[int, int]], int, int]] = field(default_factory=list)

    first: list[int] = field(default_factory=list)          # first row of each block; one more entry: number of rows
    weight: list[int] = field(default_factory=list)         # of each block, as in ir.module
    params: list[list[int]] = field(default_factory=list)   # live parameter vregs of each block
    succs: list[list[int]] = field(default_factory=list)    # edge numbers out of each block
    preds: list[list[int]] = field(default_factory=list)    # edge numbers into each block
    pads: list[int] = field(default_factory=list)           # landing pad that guards each block, -1 = none
    block_ids: list[int] = field(default_factory=list)      # IR block of each block

    vclass: list[int] = field(default_factory=lambda: [GENERAL])    # register class of each vreg
    remat: dict[int, int] = field(default_factory=dict)             # vreg -> entry of consts that makes it
    home: dict[int, int] = field(default_factory=dict)              # vreg -> frame slot it arrives in (stack parameters)
    value: list[int] = field(default_factory=lambda: [0])           # IR value it holds, 0 = none
    cross: dict[int, set[int]] = field(default_factory=dict)        # vreg -> blocks it is used in but not defined
    slots: list[tuple[int, int, str]] = field(default_factory=lambda: [(0, 0, "")])
    """(size or offset, alignment, kind); kinds: "local", "spill", "in" (CFA + offset), "out" (rsp + offset)."""
    early: int = 0          # so many blocks at the start may run without a frame (see shrinkwrap) ...
    framed: int = 0         # ... and this block begins with the prologue; 0 = the entry does
    has_calls: bool = False
    out_bytes: int = 0

    def new_vreg(self, class_: int, value: int = 0) -> int:
        """A fresh virtual register."""
        number = len(self.vclass)
        self.vclass.append(class_)
        self.value.append(value)
        return number

    def new_slot(self, size: int, align: int, kind: str) -> int:
        """A fresh frame slot."""
        self.slots.append((size, align, kind))
        return len(self.slots) - 1


def arg_pairs(m: Machine, row: int) -> list[tuple[int, int]]:
    """(source, location) pairs of an entry, call, ret, copy or zero row."""
    at = m.args[row]
    if not at:
        return []
    return [(m.extra[k], m.extra[k + 1]) for k in range(at + 1, at + 1 + 2 * m.extra[at], 2)]


def describe_aux(m: Machine, row: int) -> str:
    """What the aux column says, for dumps."""
    op, aux = m.op[row], m.aux[row]
    if op in (ALU, SUB, ALUI, ALUM, ALUMR, ALUMI):
        text = f"{ALU_NAMES[aux >> 2 & 63]}.{8 << (aux & 3)}"
        return text + (f" trap-{CC_NAMES[(aux >> 8) - 1]}" if aux >> 8 else "")
    if op in (SHIFTI, SHIFT):
        return f"{SHIFT_NAMES[aux >> 2]}.{8 << (aux & 3)}"
    if op in (LOAD, EXT):
        return LOAD_NAMES[aux]
    if op in (BR, SET, TRAPCMP, CMOV):
        return f"{FORM_NAMES[aux & 15]}.{8 << (aux >> 4 & 15)} {CC_NAMES[aux >> 8 & 255]}"
    if op in (FALU, FSUB, FALUM):
        return f"{FALU_NAMES[aux >> 4]}.{8 << (aux & 15)}"
    return f"aux {aux}" if aux else ""


def dump(m: Machine, where: Callable[[int, int], int] | None = None) -> str:
    """The rows as text; `where` (vreg, position) tells the location after allocation."""
    out = [f"machine {m.symbol}"]
    for block in range(len(m.block_ids)):
        params = " ".join(f"v{v}" for v in m.params[block])
        out.append(f"b{block}: weight {m.weight[block]}" + (f" params {params}" if params else ""))
        for row in range(m.first[block], m.first[block + 1]):
            out.append("  " + row_text(m, row, where))
    return "\n".join(out) + "\n"


def row_text(m: Machine, row: int, where: Callable[[int, int], int] | None = None) -> str:
    """One row as text."""
    def name(v: int, slot: int = 1) -> str:
        if v < 0:
            kind, x, y = m.consts[-v]
            return f"{kind}:{x}" + (f"+{y}" if y else "")
        if v == ROW_MEMORY:
            return "mem"
        return f"v{v}" if where is None else f"v{v}={location_name(where(v, 4 * row + slot))}"

    op = m.op[row]
    parts = [f"{row:4}", INFOS[op].name]
    aux = describe_aux(m, row)
    if aux:
        parts.append(f"[{aux}]")
    if m.dst[row]:
        parts.append(f"{name(m.dst[row], 2)} <-")
    parts.extend(name(v) for v in (m.a[row], m.b[row]) if v)
    if m.mem[row]:
        scale, disp, symbol = m.mems[m.mem[row]]
        base, index = m.base[row], m.index[row]
        words = [f"slot{-base}" if base < 0 else name(base)] if base else []
        words += [f"{name(index)}*{scale}"] if index else []
        words += [f"sym{symbol}"] if symbol else []
        parts.append("[" + " + ".join([*words, str(disp)]) + "]")
    if m.imm[row]:
        parts.append(f"#{m.imm[row]}")
    if op in (ENTRY, CALL, RET, COPY, ZERO):
        slot = 2 if op == ENTRY else 0
        parts.append("(" + ", ".join(f"{name(s, slot)}:{location_name(p)}" for s, p in arg_pairs(m, row)) + ")")
    elif op in (BR, JUMP) and m.args[row] >= 0:
        numbers = [m.args[row]] if op == JUMP else m.extra[m.args[row]:m.args[row] + 2]
        for number in numbers:
            edge = m.edges[number]
            parts.append(f"b{edge.succ}(" + ", ".join(name(s) for s in edge.sources) + ")")
    elif op == CMOV:
        parts.append(" ? ".join(name(s) for s in m.extra[m.args[row]:m.args[row] + 2]))
    elif op in (TRAPCMP, TRAP, ALU, SUB, ALUI, ALUM, UMULO, IMULI, IMULMI) and m.args[row]:
        trap = m.traps[m.args[row]]
        parts.append(f"trap{trap.kind}(" + ", ".join(name(s) for s in trap.sources) + ")")
    return " ".join(parts)
