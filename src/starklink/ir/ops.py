"""The op table: one row per operation. Verifier, printer, parser, interpreter and passes are driven by it.

`args` names what the three argument slots a, b, c of an instruction row hold, in order:

    V  a value (instruction index)            v  a value or 0 for none
    I  an unsigned 32-bit number              S  a signed 32-bit number (two's complement in the slot)
    L  a 64-bit number: low half in this slot, high half in the next
    Y  a symbol (index into Module.symbols)   G  a signature (index into Module.signatures)
    X  a value list: index into Module.extra of [n, value 1 .. value n]; 0 = empty list
    E  an edge: index into Module.extra of [target block, n, value 1 .. value n] (values for the target's parameters)
    W  switch table: index into Module.extra of [n, low 1, high 1, edge 1, ...] (64-bit case constants, E indices)
    T  a trap kind (ir.traps)                 D  a debug variable (index into Module.debug_vars)
    -  unused (0)

`result` is the type rule: "void", "bool", "same" (type of the first value operand) or "any" (the row's type column
says it). `types` restricts the type of the first value operand (or of the result for "any" without operands): i = I32
I64, n = any integer incl. bool and ptr, f = floats, a = I32 I64, or PTR whose second operand is I64 (address
arithmetic), * = all.

Shift counts have the type of the first operand and are taken modulo its width in bits.
"""

from __future__ import annotations

from typing import Final

from ..support.record import dataclass

# Effects. An op without READ, WRITE, TRAP, CALL, TERM and PIN is pure: removable when unused, movable, CSE-able.
READ: Final = 1
WRITE: Final = 2
TRAP: Final = 4
CALL: Final = 8
TERM: Final = 16
COMM: Final = 32
FOLD: Final = 64
PIN: Final = 128
EFFECTS: Final = READ | WRITE | TRAP | CALL | TERM | PIN


@dataclass(frozen=True, slots=True)
class OpInfo:
    """A row of the op table."""

    number: int
    name: str
    args: str
    result: str
    types: str
    effects: int


_ROWS: Final = """
nop        ---  void  *  0
param      I--  any   *  PIN
iconst     L--  any   n  FOLD
fconst     L--  any   f  FOLD
symaddr    YS-  any   *  0
slot       II-  any   *  PIN
add        VV-  same  a  COMM|FOLD
sub        VV-  same  i  FOLD
mul        VV-  same  i  COMM|FOLD
and        VV-  same  n  COMM|FOLD
or         VV-  same  n  COMM|FOLD
xor        VV-  same  n  COMM|FOLD
shl        VV-  same  i  FOLD
lshr       VV-  same  i  FOLD
ashr       VV-  same  i  FOLD
sdiv       VV-  same  i  FOLD
udiv       VV-  same  i  FOLD
srem       VV-  same  i  FOLD
urem       VV-  same  i  FOLD
umulh      VV-  same  i  COMM|FOLD
smulh      VV-  same  i  COMM|FOLD
neg        V--  same  i  FOLD
not        V--  same  n  FOLD
sadd_trap  VVT  same  i  COMM|FOLD|TRAP
ssub_trap  VVT  same  i  FOLD|TRAP
smul_trap  VVT  same  i  COMM|FOLD|TRAP
uadd_trap  VVT  same  i  COMM|FOLD|TRAP
usub_trap  VVT  same  i  FOLD|TRAP
umul_trap  VVT  same  i  COMM|FOLD|TRAP
eq         VV-  bool  n  COMM|FOLD
ne         VV-  bool  n  COMM|FOLD
slt        VV-  bool  n  FOLD
sle        VV-  bool  n  FOLD
sgt        VV-  bool  n  FOLD
sge        VV-  bool  n  FOLD
ult        VV-  bool  n  FOLD
ule        VV-  bool  n  FOLD
ugt        VV-  bool  n  FOLD
uge        VV-  bool  n  FOLD
fadd       VV-  same  f  COMM|FOLD
fsub       VV-  same  f  FOLD
fmul       VV-  same  f  COMM|FOLD
fdiv       VV-  same  f  FOLD
fneg       V--  same  f  FOLD
fabs       V--  same  f  FOLD
fsqrt      V--  same  f  FOLD
feq        VV-  bool  f  COMM|FOLD
fne        VV-  bool  f  COMM|FOLD
flt        VV-  bool  f  FOLD
fle        VV-  bool  f  FOLD
fgt        VV-  bool  f  FOLD
fge        VV-  bool  f  FOLD
sext       V--  any   n  FOLD
zext       V--  any   n  FOLD
trunc      V--  any   n  FOLD
sitof      V--  any   i  FOLD
uitof      V--  any   i  FOLD
ftosi      V--  any   f  FOLD
fext       V--  any   f  FOLD
ftrunc     V--  any   f  FOLD
bitcast    V--  any   *  FOLD
select     VVV  any   *  FOLD
load       VS-  any   *  READ
store      VVS  void  *  WRITE
copy       VVV  void  *  READ|WRITE
zero       VV-  void  *  WRITE
nullchk    V--  void  *  TRAP
bounds     VVT  void  *  TRAP
trapif     VTX  void  *  TRAP
call       XY-  any   *  CALL|READ|WRITE|TRAP
calli      XVG  any   *  CALL|READ|WRITE|TRAP
dbgvalue   vD-  void  *  PIN
dbgslot    VD-  void  *  PIN
landing    ---  any   *  PIN
jump       E--  void  *  TERM
br         VEE  void  *  TERM
switch     VWE  void  *  TERM
ret        v--  void  *  TERM
trap       TX-  void  *  TERM|TRAP
"""


def _parse_table() -> tuple[OpInfo, ...]:
    scope = {"READ": READ, "WRITE": WRITE, "TRAP": TRAP, "CALL": CALL, "TERM": TERM, "COMM": COMM, "FOLD": FOLD, "PIN": PIN}
    rows: list[OpInfo] = []
    for line in _ROWS.strip().splitlines():
        name, args, result, types, effects = line.split()
        bits = 0
        for word in effects.split("|"):
            bits |= scope.get(word, 0)
        rows.append(OpInfo(len(rows), name, args, result, types, bits))
    return tuple(rows)


OPS: Final[tuple[OpInfo, ...]] = _parse_table()
BY_NAME: Final[dict[str, OpInfo]] = {info.name: info for info in OPS}
ARGS: Final[tuple[str, ...]] = tuple(info.args for info in OPS)
EFFECT: Final[tuple[int, ...]] = tuple(info.effects for info in OPS)
VALUE_SLOTS: Final[tuple[int, ...]] = tuple(
    sum(1 << slot for slot, kind in enumerate(args) if kind in "Vv") | (8 if set(args) & set("XEW") else 0) for args in ARGS)
"""Where an op mentions values: bits 0..2 for the slots a, b, c themselves, bit 3 for lists and edges."""

# The numbers, spelled out so that type checkers and readers know them; a test compares them with the table.
(NOP, PARAM, ICONST, FCONST, SYMADDR, SLOT,
 ADD, SUB, MUL, AND, OR, XOR, SHL, LSHR, ASHR, SDIV, UDIV, SREM, UREM, UMULH, SMULH, NEG, NOT,
 SADD_TRAP, SSUB_TRAP, SMUL_TRAP, UADD_TRAP, USUB_TRAP, UMUL_TRAP,
 EQ, NE, SLT, SLE, SGT, SGE, ULT, ULE, UGT, UGE,
 FADD, FSUB, FMUL, FDIV, FNEG, FABS, FSQRT, FEQ, FNE, FLT, FLE, FGT, FGE,
 SEXT, ZEXT, TRUNC, SITOF, UITOF, FTOSI, FEXT, FTRUNC, BITCAST, SELECT,
 LOAD, STORE, COPY, ZERO, NULLCHK, BOUNDS, TRAPIF, CALL_OP, CALLI, DBGVALUE, DBGSLOT, LANDING,
 JUMP, BR, SWITCH, RET, TRAP_OP) = range(len(OPS))

# Flags column of an instruction row.
STMT: Final = 1
"""First instruction of a source statement: its line row gets is_stmt."""
UNSIGNED: Final = 2
"""On `bounds`: the index is unsigned (matters for the message only)."""
TAIL: Final = 4
"""On `call`: nothing of the frame is needed after it (reserved)."""
INVARIANT: Final = 8
"""On `load`: the memory never changes while it is reachable (type descriptor, length). An invariant i64 at offset 8 is the length
of a string or array: it is never negative and far below the greatest number."""
POSITIVE: Final = 32
"""On `udiv` and `urem`: neither operand has its sign bit set where the instruction stands."""
COLD: Final = 16
"""On a terminator: its else edge (or itself) is unlikely."""
