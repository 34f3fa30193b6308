"""Call frame marks, call sites and line marks against the disassembled code: the stack depth is simulated along all paths."""

from __future__ import annotations

import pytest
from codegen_fuzz import PlainNans, clear_slots
from iced_x86 import Decoder, FlowControl, Instruction, Mnemonic, OpKind, Register

from starklink.codegen.generate import Options, generate
from starklink.codegen.target import CALLEE_SAVED, DWARF
from starklink.ir import pipeline
from starklink.ir.module import Module
from starklink.ir.text import parse
from starklink.objwriter.model import LINE_EPILOGUE_BEGIN, LINE_PROLOGUE_END, LINE_STMT, Fragment

RSP, RBP = Register.RSP, Register.RBP
SAVED = {DWARF[register] for register in CALLEE_SAVED}
DWARF_OF = {Register.RAX + number: DWARF[number] for number in range(16)}


def rules(fragment: Fragment) -> list[tuple[int, int, dict[int, int]]]:
    """(CFA register, CFA offset, saved registers) before each byte of the fragment, from its marks."""
    register, offset, saved = 7, 8, {}
    stack: list[tuple[int, int, dict[int, int]]] = []
    marks = sorted(fragment.cfi, key=lambda mark: mark.offset)
    assert [m.offset for m in marks] == [m.offset for m in fragment.cfi], "marks ascend"
    out = []
    k = 0
    for at in range(len(fragment.data) + 1):
        while k < len(marks) and marks[k].offset == at:
            _, op, first, second = marks[k]
            if op == "def_cfa_offset":
                offset = first
            elif op == "def_cfa_register":
                register = first
            elif op == "def_cfa":
                register, offset = first, second
            elif op == "offset":
                saved = {**saved, first: second}
            elif op == "restore":
                saved = {r: o for r, o in saved.items() if r != first}
            elif op == "remember":
                stack.append((register, offset, saved))
            elif op == "restore_state":
                register, offset, saved = stack.pop()
            else:
                raise AssertionError(op)
            k += 1
        out.append((register, offset, saved))
    return out


def pushed(inst: Instruction) -> int:
    """Bytes by which an instruction lowers rsp (negative: raises)."""
    if inst.mnemonic == Mnemonic.PUSH:
        return 8
    if inst.mnemonic == Mnemonic.POP:
        return -8
    if inst.op_count and inst.op0_kind == OpKind.REGISTER and inst.op0_register == RSP:
        if inst.mnemonic in (Mnemonic.SUB, Mnemonic.ADD):
            amount = int(inst.immediate(1))
            return amount if inst.mnemonic == Mnemonic.SUB else -amount
        assert inst.mnemonic in (Mnemonic.CMP, Mnemonic.TEST), "rsp changes in an unknown way"
    return 0


def simulate(fragment: Fragment) -> int:
    """Walk all paths of the code; compare depth and saved registers with the rules everywhere. Number of places seen."""
    table = rules(fragment)
    code = {inst.ip: inst for inst in Decoder(64, fragment.data)}
    sites = {site.offset: site for site in fragment.sites}
    todo: list[tuple[int, int, tuple[tuple[int, int], ...] | None, int]] = [(0, 8, (), 0)]
    todo += [(site.handler - 1, site.frame + 8, None, -1) for site in fragment.sites if site.handler]
    seen: dict[int, int] = {}
    while todo:
        at, depth, slots, base = todo.pop()
        if at in seen:
            assert seen[at] == depth, f"depth {depth} and {seen[at]} at {at:#x}"
            continue
        seen[at] = depth
        register, offset, saved = table[at]
        if register == 7:
            assert offset == depth, f"rule says CFA = rsp + {offset} at {at:#x}, it is rsp + {depth}"
        else:
            assert register == 6 and base == offset
        if slots is not None:
            assert set(saved) <= {r for r, _ in slots}, f"a register counts as saved too early at {at:#x}"
            assert all(-saved[r] == place for r, place in slots if r in saved)
        inst = code[at]
        flow = inst.flow_control
        following = at + inst.len
        if slots is not None and inst.mnemonic == Mnemonic.PUSH and DWARF_OF[inst.op0_register] in SAVED:
            slots = (*slots, (DWARF_OF[inst.op0_register], depth + 8))
        if inst.mnemonic == Mnemonic.MOV and inst.op0_register == RBP and inst.op1_register == RSP:
            base = depth
        if inst.mnemonic == Mnemonic.LEA and inst.op0_register == RBP and inst.memory_base == RSP and base < 0:
            base = depth - inst.memory_displacement
        depth += pushed(inst)
        if flow in (FlowControl.CALL, FlowControl.INDIRECT_CALL):
            site = sites.pop(following)
            assert site.frame == depth - 8
            assert depth % 16 == 0, "rsp is no multiple of 16 at a call"
            if code[following].mnemonic == Mnemonic.INT3:
                continue
        if flow == FlowControl.RETURN:
            assert depth == 8
            continue
        if flow in (FlowControl.CONDITIONAL_BRANCH, FlowControl.UNCONDITIONAL_BRANCH):
            todo.append((inst.near_branch_target, depth, slots, base))
        if flow == FlowControl.INDIRECT_BRANCH:
            continue
        if flow != FlowControl.UNCONDITIONAL_BRANCH:
            todo.append((following, depth, slots, base))
    assert all(sites[offset].offset > 0 for offset in sites)
    return len(seen)


def fragments(module: Module, pointer: bool = False) -> list[Fragment]:
    return [f for f in generate(module, options=Options(frame_pointer=pointer, check=True)) if f.kind == "func"]


@pytest.mark.parametrize("pointer", [False, True])
@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_random_functions_have_exact_frames(seed: int, pointer: bool) -> None:
    module = PlainNans(seed, 16).module
    clear_slots(module)
    if seed % 2:
        pipeline.run(module, 2)
    for fragment in fragments(module, pointer):
        assert simulate(fragment) > 5


LEAF = """module m
func @leaf(i64, i64) -> i64 exported {
b0(v1: i64, v2: i64):
  v3: i64 = sadd_trap v1, v2, ovf_add
  ret v3
}
func @caller(i64, i64) -> i64 exported {
b0(v1: i64, v2: i64):
  v3: i64 = call @leaf(v1, v2)
  v4: i64 = smul_trap v3, v2, ovf_mul
  v5: i64 = call @leaf(v4, v1)
  v6: i64 = add v5, v3
  ret v6
}
"""


def test_a_leaf_has_no_frame_but_its_trap_is_aligned() -> None:
    leaf, caller = fragments(parse(LEAF))
    assert leaf.frame_offset == 8
    assert [site.frame for site in leaf.sites] == [8]       # the word pushed before the handler's call
    assert simulate(leaf) and simulate(caller)
    assert all(site.frame == caller.frame_offset - 8 for site in caller.sites)
    # The return address of a call that never returns still lies inside the function.
    assert all(site.offset < len(f.data) for f in (leaf, caller) for site in f.sites)


def test_equal_traps_share_a_stub_unless_their_places_differ() -> None:
    text = """module m
func @f(i64, i64) -> i64 exported {{
b0(v1: i64, v2: i64):
  v3: i64 = sadd_trap v1, v2, ovf_add pos {} scope 0
  v4: i64 = sadd_trap v3, v2, ovf_add pos {} scope 0
  ret v4
}}
"""
    same, = fragments(parse(text.format(5, 5)))
    apart, = fragments(parse(text.format(5, 6)))
    assert (len(same.sites), [site.pos for site in apart.sites]) == (1, [5, 6])


def test_line_marks() -> None:
    module = parse("""module m
func @f(i64, ptr) -> i64 exported {
b0(v1: i64, v2: ptr):
  v3: i64 = iconst 5 pos 10 scope 0
  v4: i64 = add v1, v3 !stmt pos 11 scope 0
  store v2, v4, 0 pos 12 scope 0
  v5: i64 = iconst 1 pos 20 scope 0
  v6: i64 = load v2, 8 !stmt pos 20 scope 0
  v7: i64 = add v6, v5 pos 21 scope 0
  ret v7 !stmt pos 30 scope 0
}
""")
    module.function(1).pos = 3
    fragment, = fragments(module)
    marks = [(mark.pos, mark.flags) for mark in fragment.lines]
    # No prologue: the function's first row and the statement's share the first byte.
    assert marks[0] == (11, LINE_STMT | LINE_PROLOGUE_END)
    assert (12, 0) in marks and (20, LINE_STMT) in marks
    assert marks[-1][0] == 30 and marks[-1][1] & LINE_EPILOGUE_BEGIN
    assert sum(bool(flags & LINE_PROLOGUE_END) for _, flags in marks) == 1
    offsets = [mark.offset for mark in fragment.lines]
    assert offsets == sorted(set(offsets))
    starts = {inst.ip for inst in Decoder(64, fragment.data)}
    assert set(offsets) <= starts


def test_a_statement_that_is_folded_away_marks_the_instruction_that_does_it() -> None:
    module = parse("""module m
func @f(i64, ptr) -> i64 exported {
b0(v1: i64, v2: ptr):
  v3: i64 = load v2, 8 !stmt pos 7 scope 0
  v4: i64 = add v1, v3 pos 8 scope 0
  ret v4 !stmt pos 9 scope 0
}
""")
    fragment, = fragments(module)
    assert [(m.pos, m.flags & LINE_STMT) for m in fragment.lines if m.pos] == [(7, 1), (9, 1)]


def test_the_prologue_has_a_row_of_its_own() -> None:
    module = parse(LEAF)
    module.function(2).pos = 40
    caller = fragments(module)[1]
    assert caller.lines[0][:2] == (0, 40) and caller.lines[0].flags == LINE_STMT
    assert caller.lines[1].flags & LINE_PROLOGUE_END and caller.lines[1].offset > 0
