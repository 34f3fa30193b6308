"""Encodings that serve a family of registers: the same bytes as when every statement is encoded for itself."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from asm_tools import gas, run, section
from nasm_compare import contents

from starklink.asm import select
from starklink.asm.gas import instruction
from starklink.asm.gas.api import assemble as assemble_gas
from starklink.asm.nasm.api import assemble_text
from starklink.asm.operands import REGISTERS as ALL
from starklink.asm.operands import Mem, Reg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

import fuzz_asm


def varied(draw: random.Random, operand: object) -> object:
    """The operand with other registers of the same kind, and sometimes with another number."""
    def other(register: Reg | None) -> Reg | None:
        if register is None or register.number in (69, 70):
            return register
        same = [one for one in ALL.values() if type(one) is type(register)]
        return draw.choice(same)._variant(register.opmask, register.zeroing)

    if isinstance(operand, Reg):
        return other(operand)
    if isinstance(operand, Mem):
        disp = operand.disp + draw.choice((0, 0, 1, 64)) if operand.disp else 0
        return Mem(operand.bits, other(operand.base), other(operand.index), operand.scale, disp, operand.target, operand.segment,
                   operand.count, operand.width, operand.opmask, operand.split)  # fmt: skip
    return operand


@pytest.mark.parametrize("bits", [64, 32, 16])
def test_what_is_remembered_changes_no_bytes(bits: int) -> None:
    def encoded(name: str, operands: tuple[Any, ...]) -> bytes | str:
        try:
            return select.assemble(name, bits, operands).data
        except select.AsmError as error:
            return str(error)

    draw = random.Random(5)
    statements: list[tuple[str, tuple[Any, ...]]] = []
    for case in fuzz_asm.draw_cases(900 if bits == 64 else 300, 11, bits):
        statements.append((case.name, case.operands))
        for _ in range(3):
            try:
                statements.append((case.name, tuple([varied(draw, operand) for operand in case.operands])))
            except select.AsmError:  # rsp as an index
                continue
    select._templates.clear()
    remembered = [encoded(*one) for one in statements]
    good = sum([type(one) is bytes for one in remembered])
    kept = sum([bool(one.data) for one in select._templates.values()])
    assert good - kept > len(statements) / 12, "too little was used twice"
    for one, made in zip(statements, remembered):
        select._templates.clear()
        assert encoded(*one) == made, one


REGISTERS = {
    8: ["al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil", "ah", "ch", "dh", "bh", "r8b", "r9b", "r12b", "r13b", "r15b"],
    16: ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di", "r8w", "r12w", "r13w", "r15w"],
    32: ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "r8d", "r9d", "r12d", "r13d", "r15d"],
    64: ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r10", "r12", "r13", "r14", "r15"],
    128: [f"xmm{number}" for number in (0, 1, 3, 7, 8, 12, 15)],
    256: [f"ymm{number}" for number in (0, 1, 4, 6, 8, 13, 15, 17, 31)],
    512: [f"zmm{number}" for number in (0, 2, 5, 7, 9, 16, 23, 30)],
}
NUMBERS = (0, 1, 2, 8, 15, 16, 64, 127, 128, 192, 255, 256, 4096, 0x7FFF, 0xFFFF, 0x7FFFFFFF)
LARGE = (0xFF80, 0xFFFFFF80, 0xFFFFFF7F, 0xFFFFFFFF, 0x100000000, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFF7FFFFFFF, 0xFFFFFFFF80000000,
         0xFFFFFFFFFFFFFF7F, 0xFFFFFFFFFFFFFF80, 0xFFFFFFFFFFFFFFF0, 0xFFFFFFFFFFFFFFFF)  # fmt: skip


def statement(draw: random.Random) -> str:
    """A statement of registers, addresses and numbers; not all of them are valid."""

    def register(bits: int) -> str:
        return draw.choice(REGISTERS[bits])

    def memory(bits: int) -> str:
        wide = draw.choice((64, 64, 64, 32))
        parts = [register(wide) for _ in range(draw.choice((0, 1, 1, 1, 2)))]
        if len(parts) > 1 or not draw.randrange(8):
            parts.append(f"{register(wide)}*{draw.choice((1, 2, 4, 8))}")
        parts = parts[:2]
        text = "+".join(parts)
        if not parts or draw.randrange(3):
            text += f"{draw.choice('+-') if parts else ''}{draw.choice(('{}', '0x{:x}')).format(draw.choice(NUMBERS))}"
        size = {8: "byte ", 16: "word ", 32: "dword ", 64: "qword ", 128: "oword ", 256: "yword ", 512: "zword "}[bits]
        return f"{draw.choice(('', size))}[{draw.choice(('', '', '', 'fs:'))}{text}]"

    bits = draw.choice((8, 16, 32, 64))
    either = draw.choice((register, memory))
    number = draw.choice(NUMBERS)
    kind = draw.randrange(11)
    if kind == 8:
        word = draw.choice(("lock ", "lock ", "xacquire lock ", "rep ", ""))
        return f"{word}{draw.choice(('xadd', 'cmpxchg', 'add', 'btc'))} {memory(bits)}, {register(bits)}"
    if kind == 9:
        return f"{draw.choice(('add', 'mov', 'cmp', 'test', 'and'))} {either(bits)}, {draw.choice(LARGE):#x}"
    if kind == 10:
        name = draw.choice(("andn", "mulx", "pdep"))
        return draw.choice((f"{name} {register(bits)}, {register(bits)}, {either(bits)}", f"crc32 {register(32)}, {either(bits)}",
                            f"bextr {register(bits)}, {either(bits)}, {register(bits)}", f"vmovq {register(128)}, {either(64)}",
                            f"vcvtsi2sd {register(128)}, {register(128)}, {either(bits)}", f"movd {register(128)}, {either(32)}",
                            f"vcvttsd2si {register(bits)}, {either(128)}", f"pinsrw {register(128)}, {register(32)}, {number}",
                            f"vmovmskps {register(32)}, {register(128)}", f"bswap {register(bits)}"))
    if kind == 0:
        return f"{draw.choice(('add', 'mov', 'cmp', 'test', 'xchg', 'and'))} {either(bits)}, {register(bits)}"
    if kind == 1:
        return f"{draw.choice(('mov', 'sub', 'lea', 'imul', 'cmovz', 'xadd'))} {register(bits)}, {either(bits)}"
    if kind == 2:
        text = draw.choice((str(number), f"-{number}", f"{number:#x}", f"byte {number}", f"strict dword {number}"))
        return f"{draw.choice(('add', 'mov', 'xor', 'test', 'shl', 'rol', 'bt'))} {either(bits)}, {text} ; a, comment"
    if kind == 3:
        return f"{draw.choice(('push', 'pop', 'inc', 'not', 'bswap', 'mul', 'setz', 'call', 'jmp'))} {either(bits)}"
    if kind == 4:
        return f"{draw.choice(('movzx', 'movsx'))} {register(bits)}, {either(draw.choice((8, 16)))}"
    if kind == 5:
        return f"{draw.choice(('paddd', 'movaps', 'pxor', 'movups', 'pshufb'))} {register(128)}, {either(128)}"
    wide = draw.choice((128, 256, 512))
    mask = draw.choice(("", "", "{k1}", "{k3}{z}"))
    if kind == 6:
        name = draw.choice(("vpaddd", "vmulps", "vpandd", "vandps", "vpermd"))
        return f"{name} {register(wide)}{mask}, {register(wide)}, {either(wide)}"
    return draw.choice((f"vpgatherdd {register(wide)}{{k2}}, [{register(64)}+{register(wide)}*4+{number}]",
                        f"vpshufd {register(wide)}{mask}, {either(wide)}, {number}",
                        f"vmovdqu32 {memory(wide)}, {register(wide)}",
                        f"vblendvps {register(wide)}, {register(wide)}, {either(wide)}, {register(wide)}",
                        f"imul {register(64)}, {register(64)}, {number}", f"shld {either(32)}, {register(32)}, {number}"))


def test_shapes_of_statements_give_the_bytes_of_nasm(tmp_path: Path) -> None:
    draw = random.Random(7)
    lines = [statement(draw) for _ in range(9000)]
    source = tmp_path / "a.asm"

    def refused() -> set[int]:
        source.write_text("bits 64\n" + "\n".join(lines) + "\n")
        done = subprocess.run(["nasm", "-felf64", "-w-all", "a.asm"], cwd=tmp_path, capture_output=True, text=True)
        return {int(line.split(":")[1]) - 2 for line in done.stderr.splitlines() if ": error:" in line}

    bad = refused()
    lines = [line for number, line in enumerate(lines) if number not in bad]
    assert len(lines) > 2500
    bad = refused()  # what the later pass of nasm refuses
    lines = [line for number, line in enumerate(lines) if number not in bad]
    assert not refused()
    made = assemble_text(source.read_text(), "elf64", "a.asm")
    assert made.data is not None, made.messages
    theirs = (tmp_path / "a.o").read_bytes()
    assert contents(made.data)[".text"] == contents(theirs)[".text"]


@pytest.mark.parametrize("syntax", ["intel", "att"])
def test_shapes_of_gas_statements_give_the_bytes_of_gnu_as(
    syntax: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statements as a disassembler writes them, in another order."""
    draw = random.Random(11)
    lines = [statement(draw) for _ in range(5000)]
    source = tmp_path / "a.asm"
    while lines:
        source.write_text("bits 64\n" + "\n".join(lines) + "\n")
        done = subprocess.run(["nasm", "-felf64", "-w-all", "a.asm"], cwd=tmp_path, capture_output=True, text=True)
        bad = {int(line.split(":")[1]) - 2 for line in done.stderr.splitlines() if ": error:" in line}
        if not bad:
            break
        lines = [line for number, line in enumerate(lines) if number not in bad]
    shown = run("objdump", "-d", "--no-show-raw-insn", "-M", syntax, str(tmp_path / "a.o"))
    found = re.findall(r"^ +[0-9a-f]+:\t(.*?) *(?:#.*|<.*>)?$", shown, re.MULTILINE)
    written = [text for text in found if "(bad)" not in text and not text.startswith(("j", "call", "rep"))]
    draw.shuffle(written)
    text = f".{syntax}_syntax {'noprefix' if syntax == 'intel' else 'prefix'}\n" + "\n".join(written) + "\n"
    whole = [0]

    def counted(source: Any, text: str) -> Any:
        whole[0] += 1
        return assembled(source, text)

    assembled = instruction._assemble
    monkeypatch.setattr(instruction, "_assemble", counted)
    ours = tmp_path / "ours.o"
    ours.write_bytes(assemble_gas(text, "a.s"))
    assert len(written) > 3000
    assert whole[0] < len(written) * 0.8, "too few were found by their shape"
    assert section(ours) == section(gas(tmp_path, text))


def test_branches_that_push_each_other_give_the_bytes_of_nasm(tmp_path: Path) -> None:
    draw = random.Random(3)
    lines = ["bits 64"]
    for number in range(1500):
        target = min(max(number + draw.randint(-9, 9), 0), 1499)
        lines += [f"L{number}: {draw.choice(('jmp', 'jz', 'loop', 'jnz')) if abs(target - number) < 4 else 'jg'} L{target}"]
        lines += [draw.choice(("nop", "mov eax, [rsp+8]", "mov rax, 0x123456789", "lea rdi, [rel L7]", "mov [data+8], eax"))] * 4
    (tmp_path / "a.asm").write_text("\n".join([*lines, "data: dd 1"]) + "\n")
    subprocess.run(["nasm", "-felf64", "-w-all", "a.asm"], cwd=tmp_path, check=True)
    made = assemble_text((tmp_path / "a.asm").read_text(), "elf64", "a.asm")
    assert made.data is not None, made.messages
    assert contents(made.data)[".text"] == contents((tmp_path / "a.o").read_bytes())[".text"]


def test_small_negative_numbers_in_full_width_lose_no_bits(tmp_path: Path) -> None:
    lines = ["bits 64", "and eax, 0xfffffff8", "cmp r15d, 0xffffffff", "cmp dword [rax+8], 0xffffffff", "or edx, 0xffffff80",
             "and ax, 0xfff8", "imul eax, ebx, 0xffffffff", "mov eax, 0xfffffff8", ""]  # fmt: skip
    (tmp_path / "a.asm").write_text("\n".join(lines))
    done = subprocess.run(["nasm", "-felf64", "a.asm"], cwd=tmp_path, check=True, capture_output=True, text=True)
    made = assemble_text("\n".join(lines), "elf64", "a.asm")
    assert made.messages == done.stderr == ""
    assert made.data is not None and contents(made.data)[".text"] == contents((tmp_path / "a.o").read_bytes())[".text"]
