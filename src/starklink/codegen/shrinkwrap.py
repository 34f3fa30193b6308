"""Early exits without a frame: which blocks at a function's start can run before the prologue.

    sum(p):  test rdi, rdi ; je trap
             mov rax, [rdi + 8] ; test rax, rax ; jne T
             mov rax, [rdi + 24] ; ret                      no frame was made
    T:       push rbx ; ...                                 the prologue of all the rest

The entry and blocks that follow it one after the other belong to the early part as long as each branches to a block that
returns at once; the block the last of them goes on to carries the prologue. None of them may call, or use a stack slot;
after allocation none may use a callee-saved register or the frame (`confirm`).
"""

from __future__ import annotations

from collections.abc import Sequence

from ..ir import ops
from ..ir.module import Function, Module
from .machine import Machine
from .regalloc import Allocation
from .target import IS_CALLEE_SAVED, SLOT0

_WITH_FRAME = frozenset((ops.CALL_OP, ops.CALLI, ops.SLOT, ops.COPY, ops.ZERO, ops.SWITCH, ops.LANDING))
LONGEST = 4
"""Blocks of the chain that are tried."""


def early_part(module: Module, function: Function, op: Sequence[int]) -> tuple[list[int], int]:
    """(IR blocks that need no frame, the block that begins with the prologue); ([], 0) if there is no early exit."""
    handler = module.blocks.handler
    if any(handler[block] for block in function.blocks):
        return [], 0
    preds: dict[int, list[int]] = {}
    for block in function.blocks:
        for succ in module.successors(block):
            preds.setdefault(succ, []).append(block)
    chain: list[int] = []
    exits: list[int] = []
    block = function.blocks[0]
    if preds.get(block):
        return [], 0
    for _ in range(LONGEST):
        succs = module.successors(block)
        if len(succs) != 2 or succs[0] == succs[1] or not _frameless(module, block, op):
            break
        leaving = [succ for succ in succs if _returns(module, succ, op)]
        if len(leaving) != 1 and len(set(leaving) - set(exits)) != 1:
            break
        chain.append(block)
        out = leaving[0]
        if out not in exits:
            exits.append(out)
        block = succs[1] if succs[0] == out else succs[0]
        if len(preds[block]) != 1:
            return [], 0
    if not chain or any(not set(preds[out]) <= set(chain) for out in exits):
        return [], 0
    return chain + exits, block


def _frameless(module: Module, block: int, op: Sequence[int]) -> bool:
    """No instruction of the block, nor an operand of one, needs the frame."""
    a, b, c = module.insts.a, module.insts.b, module.insts.c
    for inst in module.instructions(block):
        number = op[inst]
        if number in _WITH_FRAME and number != ops.SLOT:
            return False
        args = ops.ARGS[number]
        for kind, slot in zip(args, (a[inst], b[inst], c[inst])):
            if kind == "V" and op[slot] == ops.SLOT:
                return False
            if kind in "XE" and slot and any(op[value] == ops.SLOT for value in module.operands(inst)):
                return False
    return True


def _returns(module: Module, block: int, op: Sequence[int]) -> bool:
    return op[module.blocks.last[block]] == ops.RET and _frameless(module, block, op)


def confirm(m: Machine, allocation: Allocation) -> bool:
    """The early part (the first `m.early` blocks) came out without callee-saved registers and without the frame."""
    if not m.framed:
        return False
    end = 4 * m.first[m.early]
    for piece in range(1, len(allocation.start)):
        location = allocation.location[piece]
        if allocation.start[piece] < end and (location >= SLOT0 or (location >= 0 and IS_CALLEE_SAVED[location])):
            return False
    # A value that is spilled later may be stored where it is defined, which may be here.
    return all(allocation.start[allocation.pieces[vreg][0]] >= end for vreg in allocation.slot_of if allocation.pieces[vreg])
