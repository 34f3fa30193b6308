"""Values that are just other values: superfluous block parameters, chains of conversions, trivial selects.

    b1(v3: i64, v4: i64):                  (every edge passes v1 or v3 itself for v3)
      v5: i32 = trunc v3                        b1(v4: i64):
      v6: i64 = sext v5              ->           v5: i32 = trunc v1
      v7: i32 = trunc v6                          v6: i64 = sext v5
      v8: i32 = add v7, v7                        v8: i32 = add v5, v5
      br v2, b1(v3, v6), b2()                     br v2, b1(v6), b2()
"""

from __future__ import annotations

from typing import Final

from .. import ops
from ..algebra import const_before, rewrite
from ..analysis.cfg import drop_params, incoming
from ..module import Block, Module, SymbolId, Value
from ..ops import BITCAST, FEXT, FTRUNC, ICONST, OPS, SELECT, SEXT, TRUNC, ZEXT
from ..semantics import MASKS
from ..types import BITS, BOOL, I32, I64

_CONVERSIONS: Final = tuple(info.number in (SEXT, ZEXT, TRUNC, BITCAST, FTRUNC, SELECT) for info in OPS)


def run(module: Module, symbol_id: SymbolId) -> int:
    """Propagate copies in one function; return the number of values replaced."""
    changes = _params(module, symbol_id)
    insts = module.insts
    op, following = insts.op, insts.next
    for block in module.function(symbol_id).blocks:
        inst = module.blocks.first[block]
        while inst:
            after = following[inst]
            if _CONVERSIONS[op[inst]]:
                known = _select(module, inst) if op[inst] == SELECT else _conversion(module, inst)
                if known:
                    changes += 1
                if known > 0:
                    module.replace_all_uses(inst, known)
                    module.remove(inst)
            inst = after
    return changes


def _params(module: Module, symbol_id: SymbolId) -> int:
    """Replace parameters that get one value (besides themselves) on every edge, until there are none."""
    extra, nparams = module.extra, module.blocks.nparams
    blocks = [block for block in module.function(symbol_id).blocks[1:] if nparams[block]]
    if not blocks:
        return 0
    edges = incoming(module, symbol_id)
    changes = 0
    todo = blocks
    while todo:
        again: list[Block] = []
        for block in todo:
            passed = [edge for _, edge in edges[block]]
            gone: list[Value] = []
            for index, param in enumerate(module.block_params(block)):
                first = 0
                for edge in passed:
                    value = extra[edge + 2 + index]
                    if value != param and value != first:
                        if first:
                            break
                        first = value
                else:
                    if first:
                        module.replace_all_uses(param, first)
                        gone.append(param)
            if gone:
                drop_params(module, block, gone, passed)
                changes += len(gone)
                again.append(block)
        todo = [block for block in blocks if nparams[block]] if again else []
    return changes


def _conversion(module: Module, inst: Value) -> Value:
    """A value the conversion may be replaced by, -1 if it was simplified in place, 0 otherwise."""
    insts = module.insts
    op, type_, a = insts.op[inst], insts.type[inst], insts.a[inst]
    inner = insts.op[a]
    if op == BITCAST and insts.type[a] == type_:
        return a
    if not _CONVERSIONS[inner] and inner != FEXT:
        return 0
    source = insts.a[a]
    from_type = insts.type[source]
    if op == FTRUNC:
        return source if inner == FEXT else 0
    if op == BITCAST and inner == BITCAST:
        return source if from_type == type_ else rewrite(module, inst, BITCAST, source)
    if op == TRUNC and inner in (SEXT, ZEXT, TRUNC):
        if from_type == type_:
            return source
        if BITS[type_] < BITS[from_type]:
            return rewrite(module, inst, TRUNC, source)
        return rewrite(module, inst, inner, source) if BITS[type_] > BITS[from_type] else 0
    if (op == ZEXT and inner == ZEXT) or (op == SEXT and inner == SEXT):
        return rewrite(module, inst, op, source)
    if op == SEXT and inner == ZEXT and BITS[insts.type[a]] > BITS[from_type]:
        return rewrite(module, inst, ZEXT, source)
    if op == ZEXT and inner == TRUNC and from_type == type_ and type_ in (I32, I64):
        mask = const_before(module, inst, type_, MASKS[insts.type[a]])
        return rewrite(module, inst, ops.AND, source, mask)
    return 0


def _select(module: Module, inst: Value) -> Value:
    insts = module.insts
    condition, yes, no = insts.a[inst], insts.b[inst], insts.c[inst]
    if yes == no:
        return yes
    if insts.op[condition] == ops.NOT:
        return rewrite(module, inst, SELECT, insts.a[condition], no, yes)
    if insts.type[inst] == BOOL and insts.op[yes] == insts.op[no] == ICONST and insts.a[yes] != insts.a[no]:
        return condition if insts.a[yes] else rewrite(module, inst, ops.NOT, condition)
    return 0
