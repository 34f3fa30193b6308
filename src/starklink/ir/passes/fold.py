"""Constant folding, algebraic identities, branches on constants, needless overflow checks.

    v2: i64 = iconst 6                          v2: i64 = iconst 6
    v3: i64 = iconst 7                          v3: i64 = iconst 7
    v4: i64 = mul v2, v3                        v4: i64 = iconst 42
    v5: i64 = sext v1                  ->       v5: i64 = sext v1
    v6: i64 = sadd_trap v4, v5, ovf_add         v6: i64 = add v5, v4        (v1: i32, so it fits)
    v7: bool = slt v2, v3                       v7: bool = iconst 1
    br v7, b1(v6), b2()                         jump b1(v6)

The blocks are visited in layout order, which builders keep close to the order of execution: one walk finds nearly all.
"""

from __future__ import annotations

from typing import Final

from .. import ops
from ..algebra import PLAIN, SWAPPED, set_const, simplify
from ..analysis.cfg import remove_unreachable
from ..analysis.ranges import cannot_overflow
from ..module import Data, Module, SymbolId, Value
from ..ops import BOUNDS, BR, COMM, EFFECT, FCONST, FOLD, ICONST, JUMP, LOAD, NOT, OPS, SELECT, SWITCH, TRAPIF
from ..semantics import MASKS, evaluate
from ..types import PTR, SIZES

_FOLDS: Final = tuple(bool(info.effects & FOLD) and info.number not in (ICONST, FCONST) for info in OPS)
_BINARY: Final = tuple(info.args[:2] == "VV" for info in OPS)
_SPECIAL: Final = tuple(info.number in (BR, SWITCH, TRAPIF, BOUNDS, LOAD) for info in OPS)
_IS_CONST: Final = tuple(info.number in (ICONST, FCONST) for info in OPS)


def run(module: Module, symbol_id: SymbolId) -> int:
    """Fold one function in place; return the number of instructions changed."""
    insts = module.insts
    op, slot_a, slot_b, slot_c, following = insts.op, insts.a, insts.b, insts.c, insts.next
    changes = 0
    edges_cut = False
    for block in module.function(symbol_id).blocks:
        inst = module.blocks.first[block]
        while inst:
            kind = op[inst]
            after = following[inst]
            if _FOLDS[kind]:
                a = slot_a[inst]
                if _BINARY[kind]:
                    b = slot_b[inst]
                    if _IS_CONST[op[a]]:
                        if _IS_CONST[op[b]] and kind != SELECT:
                            changes += _compute(module, inst, kind, a, b)
                            inst = after
                            continue
                        changes += _order(module, inst, kind, a, b)
                        kind = op[inst]
                    elif kind == SELECT:
                        inst = after
                        continue
                    if kind == SELECT or _IS_CONST[op[slot_b[inst]]] or a == b or _IS_CONST[op[a]]:
                        changes += _identity(module, inst)
                        kind = op[inst]
                    if kind in PLAIN and cannot_overflow(module, kind, slot_a[inst], slot_b[inst], insts.type[inst]):
                        op[inst] = PLAIN[kind]
                        slot_c[inst] = 0
                        changes += 1
                elif _IS_CONST[op[a]]:
                    changes += _compute(module, inst, kind, a, 0)
                elif _FOLDS[op[a]]:
                    changes += _identity(module, inst)
            elif _SPECIAL[kind]:
                if kind in (BR, SWITCH):
                    cut = _branch(module, inst, kind)
                    edges_cut |= bool(cut)
                    changes += cut
                else:
                    changes += _effect(module, inst, kind)
            inst = after
    if edges_cut:
        remove_unreachable(module, symbol_id)
    return changes


def _bits(module: Module, inst: Value) -> int:
    insts = module.insts
    return (insts.a[inst] | insts.b[inst] << 32) & MASKS[insts.type[inst]]


def _compute(module: Module, inst: Value, op: int, a: Value, b: Value) -> int:
    insts = module.insts
    bits = evaluate(op, insts.type[a], insts.type[inst], _bits(module, a), _bits(module, b) if b else 0)
    if bits is None:
        return 0
    set_const(module, inst, bits)
    return 1


def _order(module: Module, inst: Value, op: int, a: Value, b: Value) -> int:
    """Move a constant left operand to the right where the operation allows it."""
    insts = module.insts
    if EFFECT[op] & COMM and not (insts.type[inst] == PTR and op == ops.ADD):
        insts.a[inst], insts.b[inst] = b, a
    elif op in SWAPPED:
        insts.op[inst], insts.a[inst], insts.b[inst] = SWAPPED[op], b, a
    else:
        return 0
    return 1


def _identity(module: Module, inst: Value) -> int:
    insts = module.insts
    if insts.op[inst] == SELECT:
        known = insts.b[inst] if insts.a[insts.a[inst]] else insts.c[inst]
    else:
        known = simplify(module, inst)
    if known > 0:
        module.replace_all_uses(inst, known)
        module.remove(inst)
    return 1 if known else 0


def _branch(module: Module, inst: Value, op: int) -> int:
    insts = module.insts
    value = insts.a[inst]
    if insts.op[value] != ICONST:
        if op == BR and insts.op[value] == NOT:
            insts.a[inst], insts.b[inst], insts.c[inst] = insts.a[value], insts.c[inst], insts.b[inst]
            module.add_use(insts.a[value], inst)
        return 0
    bits = _bits(module, value)
    if op == BR:
        edge = insts.b[inst] if bits else insts.c[inst]
    else:
        mask = MASKS[insts.type[value]]
        edge = next((edge for case, edge in module.switch_cases(insts.b[inst]) if case & mask == bits), insts.c[inst])
    insts.op[inst], insts.a[inst], insts.b[inst], insts.c[inst] = JUMP, edge, 0, 0
    return 1


def _effect(module: Module, inst: Value, op: int) -> int:
    """Checks that constants satisfy, and loads of constants from read-only data."""
    insts = module.insts
    a, b = insts.a[inst], insts.b[inst]
    if op == LOAD:
        return _load(module, inst, a)
    if insts.op[a] != ICONST or (op == BOUNDS and insts.op[b] != ICONST):
        return 0
    if _bits(module, a) >= _bits(module, b) if op == BOUNDS else _bits(module, a):
        return 0
    module.remove(inst)
    return 1


def _load(module: Module, inst: Value, address: Value) -> int:
    insts = module.insts
    if insts.op[address] != ops.SYMADDR:
        return 0
    data = module.symbols[insts.a[address]]
    if not isinstance(data, Data) or not data.section.startswith(".rodata"):
        return 0
    start = module.disp(insts.b[address]) + module.disp(insts.b[inst])
    end = start + SIZES[insts.type[inst]]
    if start < 0 or end > data.size or any(start < at + 8 and at < end for at, _, _ in data.relocs + data.relocs32):
        return 0
    raw = data.content[start:end]
    set_const(module, inst, int.from_bytes(raw + bytes(end - start - len(raw)), "little"))
    return 1
