"""Labels, branch relaxation, data, fixups and marks of the assembler. Layouts and relocations are compared with GNU as."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from asm_tools import gas, relocations, section

from starklink.asm.assembler import Assembler
from starklink.asm.operands import (
    AsmError,
    byte,
    dword,
    eax,
    far,
    ptr,
    qword,
    r12,
    rax,
    rbp,
    rbx,
    rcx,
    rdi,
    rip,
    rsp,
    sym,
)
from starklink.asm.relax import Items, relax
from starklink.objwriter.model import CfiMark, Fixup, LineMark, Reloc


def branchy(seed: int, count: int, spread: int) -> tuple[Assembler, str]:
    """A random function with jumps around within `spread` statements, alignments and calls; and the same for GNU as."""
    draw = random.Random(seed)
    a = Assembler()
    text: list[str] = []
    labels = [a.new_label() for _ in range(count)]
    for index in range(count):
        a.bind(labels[index])
        text.append(f"L{index}:")
        kind = draw.random()
        target = max(0, min(count - 1, index + draw.randint(-spread, spread)))
        if kind < 0.25:
            a.jne(labels[target])
            text.append(f"jne L{target}")
        elif kind < 0.35:
            a.jmp(labels[target])
            text.append(f"jmp L{target}")
        elif kind < 0.38:
            a.call(labels[target])
            text.append(f"call L{target}")
        elif kind < 0.40:
            size = draw.choice((4, 16, 32))
            a.align(size, 0xCC)
            text.append(f".balign {size}, 0xcc")
        elif kind < 0.7:
            a.mov(rax, ptr[rbx + 0x1000])
            text.append("mov rax, [rbx+0x1000]")
        else:
            a.push(rax)
            text.append("push rax")
    return a, "\n".join(text)


@pytest.mark.parametrize(("seed", "spread"), [(1, 20), (2, 40), (3, 60), (4, 400), (5, 2)])
def test_relaxation_equals_gas(seed: int, spread: int, tmp_path: Path) -> None:
    a, text = branchy(seed, 2000, spread)
    assert a.finish("f").data == section(gas(tmp_path, text))


def test_a_chain_of_branches_that_push_each_other_is_linear() -> None:
    """Each branch just fails to reach because the one behind it grew: the work list must not start over every time."""

    def taken(count: int) -> float:
        a = Assembler()
        ends = [a.new_label() for _ in range(count)]
        for index in range(count):
            a.jmp(ends[index])
            if index >= 63:
                a.bind(ends[index - 63])
        a.zero(200)
        for index in range(count - 63, count):
            a.bind(ends[index])
        start = time.process_time()
        data = a.finish("f").data
        spent = time.process_time() - start
        assert data.count(b"\xe9") == count  # the last ones cannot reach, which carries over to all
        return spent

    assert min(taken(8000) for _ in range(3)) < min(taken(2000) for _ in range(3)) * 12


def test_relax_reports_movement() -> None:
    items = Items([0, 10, 40], [0, 1, 0], [200, 16, 0], [0, 0, 0], [2, 1, 2], [3, 0, 4])
    layout = relax(items)
    assert layout.long == [True, False, False]
    assert layout.size == [5, 3, 2]  # the branch grew to 5, so the alignment at 13 needs 3
    assert layout.before == [0, 3, 5, 5]


def test_references_become_the_fixups_gas_makes(tmp_path: Path) -> None:
    a = Assembler()
    a.mov(rax, ptr[rip + "x"])
    a.mov(dword[rip + sym("x", 4)], 5)
    a.add(byte[rip + "x"], 1)
    a.mov(ptr[sym("x") + rcx * 8], rax)
    a.mov(eax, "x")
    a.mov(rax, sym("x", 16))
    a.cmp(rax, "x")
    a.push("x")
    a.call("f")
    a.jmp("f")
    a.jne("f")
    a.mov(rax, ptr[rip + sym("x").gotpcrel])
    a.lea(rax, ptr[rip + "x"])
    a.dq("x", sym("x", 8))
    a.dd("x")
    a.relative("x")
    text = """mov rax, [rip+x]
        mov dword ptr [rip+x+4], 5
        add byte ptr [rip+x], 1
        mov [x+rcx*8], rax
        mov eax, offset x
        movabs rax, offset x+16
        cmp rax, offset x
        push offset x
        call f
        jmp f
        jne f
        mov rax, [rip+x@GOTPCREL]
        lea rax, [rip+x]
        .quad x, x+8
        .long x
        .long x-."""
    made = a.finish("g")
    path = gas(tmp_path, text)
    # as asks for the relaxable kind of GOT reference; PLT32 or PC32 makes no difference to a static link
    names = {"REX_GOTPCRELX": "GOTPCREL", "64": "ABS64", "32": "ABS32", "32S": "ABS32S", "PLT32": "PC32"}
    theirs = [(at, names.get(kind, kind), name, addend) for at, kind, name, addend in relocations(path)]
    ours = [(at, names.get(Reloc(kind).name, Reloc(kind).name), name, addend) for at, kind, name, addend in made.fixups]
    assert ours == theirs
    assert made.data == section(path)


def test_addresses_of_own_labels_are_fixups_against_the_fragment() -> None:
    a = Assembler()
    table = a.new_label()
    a.jmp(ptr[rip + table])
    a.label("one")
    a.nop()
    a.bind(table)
    a.dq("one", table)
    made = a.finish("switch")
    assert made.fixups == [Fixup(7, Reloc.ABS64, "switch", 6), Fixup(15, Reloc.ABS64, "switch", 7)]
    assert made.data[:6].hex() == "ff2501000000"
    assert made.labels == {"one": 6}
    with pytest.raises(AsmError, match="needs a symbol"):
        a.finish("")


def test_label_kinds() -> None:
    a = Assembler()
    a.label("first")
    a.label(".loop")
    a.jmp(".loop")
    a.label("second")
    a.label(".loop")
    a.jmp(".loop")
    a.jmp("first.loop")
    a.here()
    a.jmp(a.back)
    a.jmp(a.ahead)
    a.here()
    made = a.finish("f")
    assert made.data.hex(" ") == "eb fe eb fe eb fa eb fe eb 00"
    assert made.labels == {"first": 0, "second": 2}


def test_label_errors() -> None:
    a = Assembler()
    a.label("x")
    with pytest.raises(AsmError, match="x is already defined"):
        a.label("x")
    a.jmp(".nowhere")
    with pytest.raises(AsmError, match=r"local label x.nowhere is used but not defined"):
        a.finish("f")
    a = Assembler()
    a.jmp(a.new_label("never"))
    with pytest.raises(AsmError, match="never is used but was never bound"):
        a.finish("f")
    a = Assembler()
    end = a.new_label("end")
    a.loop(end)
    a.zero(127)
    a.nop()
    a.bind(end)
    with pytest.raises(AsmError, match="out of reach of a 8-bit distance"):
        a.finish("f")
    with pytest.raises(AsmError, match="no anonymous label"):
        _ = Assembler().back
    with pytest.raises(AsmError, match=r"needs Assembler\(origin"):
        Assembler().jmp(0x1000)


def test_short_near_and_origin(tmp_path: Path) -> None:
    a = Assembler(origin=0x7C00)
    a.near.jmp(0x7C00)
    a.short.jmp(0x7C00)
    a.jmp(0x7C00 + 0x100)
    a.notrack.jmp(rax)
    a.near.jne("here")
    a.label("here")
    data = a.finish("f").data
    assert data.hex(" ") == "e9 fb ff ff ff eb f9 e9 f4 00 00 00 3e ff e0 0f 85 00 00 00 00"


def test_16_and_32_bit_branches(tmp_path: Path) -> None:
    a = Assembler(16)
    a.jmp("end")
    a.jz("end")
    a.call("end")
    a.jcxz("near")
    a.label("near")
    a.jecxz("near")
    a.zero(200)
    a.label("end")
    a.bits = 32
    a.jmp(far(8, 0x1234))
    a.jmp(far(8, "code64"))
    a.jecxz("end")
    made = a.finish("f")
    text = "jmp e\njz e\ncall e\njcxz n\nn: jecxz n\n.zero 200\ne: .code32\nljmp 8, 0x1234\nljmp 8, 0\njecxz e"
    assert made.data == section(gas(tmp_path, text, 16))
    assert made.fixups == [Fixup(len(made.data) - 8, Reloc.ABS32, "code64", 0)]


def test_data_directives(tmp_path: Path) -> None:
    a = Assembler()
    start = a.label("start")
    a.db(1, -1, 255, b"ab")
    a.dw(0xFFFF, -2)
    a.dd(-3)
    a.dq(1 << 63)
    a.float64(1.5)
    a.float32(-2.0)
    a.ascii("h\u00e9", b"\0")
    a.uleb128(624485)
    a.sleb128(-123456)
    a.fill(3, 0xAA)
    a.align(16, 0xCC)
    end = a.label("end")
    a.dd(end - start, end - start + 1)
    a.pad_to(80)
    a.db(7)
    text = """.byte 1, -1, 255, 97, 98\n.word 0xffff, -2\n.long -3\n.quad 0x8000000000000000\n.double 1.5
        .float -2.0\n.asciz "h\\303\\251"\n.uleb128 624485\n.sleb128 -123456\n.fill 3, 1, 0xaa
        .balign 16, 0xcc\n.long 48, 49\n.fill 80-(.-.text)\n.byte 7"""
    assert a.finish("d", ".data").data == section(gas(tmp_path, text))
    for refused in (lambda: a.db(256), lambda: a.dw(-32769), lambda: a.uleb128(-1), lambda: a.align(0)):
        with pytest.raises(AsmError):
            refused()
    with pytest.raises(AsmError, match="81 bytes are there already"):
        b = Assembler()
        b.zero(81)
        b.pad_to(80)
        b.finish("f")


def test_alignment_with_nops_decodes_as_nops() -> None:
    from starklink.asm.disasm import disassemble

    for offset in range(1, 16):
        a = Assembler()
        a.fill(offset, 0x90)
        a.align(16)
        made = a.finish("f", align=1)
        assert len(made.data) == 16
        assert made.align == 16
        lines = disassemble(made.data[offset:])
        assert all("nop" in line or "xchg ax, ax" in line for line in lines)
        assert len(lines) <= 2


def test_marks_move_with_the_code() -> None:
    a = Assembler()
    a.line(10)
    a.jmp("end")
    a.line(11, 3)
    a.nop()
    a.cfi.def_cfa_offset(16)
    a.zero(300)
    a.label("end")
    a.line(12)
    a.ret()
    made = a.finish("f")
    assert list(made.lines) == [LineMark(0, 10, 1), LineMark(5, 11, 3), LineMark(306, 12, 1)]
    assert list(made.cfi) == [CfiMark(6, "def_cfa_offset", 16)]


def test_function_scopes_follow_the_stack() -> None:
    a = Assembler()
    with a.function("f"):
        a.push(rbp)
        a.mov(rbp, rsp)
        a.push(rbx)
        a.sub(rsp, 24)
        a.call("g")
        a.add(rsp, 24)
        a.pop(rbx)
        a.pop(rbp)
        a.ret()
    with a.function("h"):
        a.push(r12)
        a.sub(rsp, 32)
        a.cfi.remember()
        a.add(rsp, 32)
        a.pop(r12)
        a.ret()
        a.cfi.restore_state()
        a.ud2()
    made = a.finish("f")
    assert [mark[1:] for mark in made.cfi] == [
        ("def_cfa_offset", 16, 0),
        ("offset", 6, -16),
        ("def_cfa_register", 6, 0),
        ("offset", 3, -24),
        ("restore", 3, 0),
        ("def_cfa", 7, 8),
        ("restore", 6, 0),
        ("def_cfa_offset", 16, 0),
        ("offset", 12, -16),
        ("def_cfa_offset", 48, 0),
        ("remember", 0, 0),
        ("def_cfa_offset", 16, 0),
        ("def_cfa_offset", 8, 0),
        ("restore", 12, 0),
        ("restore_state", 0, 0),
    ]
    with pytest.raises(AsmError, match=r"without cfi\.remember"):
        a.cfi.restore_state()


def test_disassembly_names_symbols_fixups_and_lines() -> None:
    from starklink.asm.disasm import disassemble

    a = Assembler()
    a.call("puts")
    a.label("again")
    a.jmp("again")
    a.mov(rdi, ptr[rip + 4])
    a.db(b"\x06")
    made = a.finish("f")
    lines = disassemble(made, 0x1000, {"data": 0x1010}, source={5: "loop();"})
    assert [" ".join(line.split()) for line in lines] == [
        "0000000000001000 <f>:",
        "1000 e8 00 00 00 00 call 0x1005 ; puts-0x4 (PLT32)",
        "0000000000001005 <again>:",
        "; loop();",
        "1005 eb fe jmp 0x1005 ; again",
        "1007 48 8b 3d 04 00 00 00 mov rdi, [rel 0x1012] ; data+0x2",
        "100e 06 db 0x06",
    ]


def test_long_instructions_go_on_in_a_second_line() -> None:
    from starklink.asm.disasm import disassemble

    a = Assembler()
    a.mov(qword[rax + rcx * 8 + 0x12345678], 0x11223344)
    assert [line.split() for line in disassemble(a.finish("f").data)] == [
        [*"0 48 c7 84 c8 78 56 34 12 44 33 mov qword".split(), "[rax+rcx*8+0x12345678],", "0x11223344"],  # noqa: SIM905
        ["a", "22", "11"],
    ]


def test_origin_of_nothing_is_an_empty_fragment() -> None:
    made = Assembler().finish("empty", ".text")
    assert (made.data, made.fixups, made.labels, made.kind) == (b"", [], {}, "func")


def _unbalanced(a: Assembler) -> None:
    a.push(rbx)
    a.mov(rbx, rdi)
    a.call("f")
    a.ret()


def _lost(a: Assembler) -> None:
    a.mov(r12, rdi)
    a.ret()


def _two_depths(a: Assembler) -> None:
    a.sub(rsp, 40)
    a.test(eax, eax)
    a.jz("join")
    a.push(rax)
    a.label("join")
    a.add(rsp, 40)
    a.ret()


def _fine(a: Assembler) -> None:
    a.push(rbp)
    a.mov(rbp, rsp)
    a.push(r12)
    a.label("again")
    a.mov(r12, rax)
    a.dec(r12)
    a.jnz("again")
    a.lea(rsp, ptr[rsp - 16])
    a.add(rsp, 16)
    a.pop(r12)
    a.leave()
    a.ret()


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        (_unbalanced, ["0x9: ret: 8 bytes too much on the stack"]),
        (_lost, ["0x0: mov r12, rdi: r12 belongs to the caller and is not saved"]),
        (_two_depths, ["0x9: add rsp, 0x28: reached with 40 and with 48 bytes on the stack"]),
        (_fine, []),
    ],
)
def test_the_calling_convention_is_checked(body: Callable[[Assembler], None], problems: list[str]) -> None:
    from starklink.asm.abi import violations

    a = Assembler()
    body(a)
    assert violations(a.finish("f")) == problems


def test_typed_stubs_accept_right_and_refuse_wrong_operands(tmp_path: Path) -> None:
    """Every second line is wrong: mypy has to say so there and nowhere else."""
    source = tmp_path / "use.py"
    lines = [
        "from starklink.asm.assembler import Assembler",
        "from starklink.asm.operands import *",
        "a = Assembler()",
        "a.mov(rax, ptr[rdi + rcx * 8 + 16])",
        "a.mov(rax, xmm1)",
        "a.vaddps(zmm1.k1.z, zmm2, dword.bcst[rax])",
        "a.vaddps(zmm1, zmm2)",
        "a.lock.cmpxchg(qword[rip + 'x'], rcx)",
        "a.lock.nothing()",
        "a.jne('label')",
        "a.jne(rax)",
        "a.vcmpeqps(k1, zmm1, zmm2)",
        "a.addps(ymm1, ymm2)",
    ]
    source.write_text("\n".join(lines))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    wrong = {int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line}
    assert wrong == {5, 7, 9, 11, 13}, done.stdout
