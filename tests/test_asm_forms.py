"""Encoding of single statements: the choice among forms and what is refused. Expected bytes come from nasm and GNU as."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from asm_tools import gas, nasm, section

from starklink.asm import operands as o
from starklink.asm.assembler import Assembler
from starklink.asm.forms import mnemonics
from starklink.asm.operands import (
    REGISTERS,
    AsmError,
    ah,
    al,
    ax,
    bx,
    byte,
    cl,
    cr0,
    cr8,
    ds,
    dword,
    dx,
    eax,
    ebx,
    ecx,
    edi,
    fs,
    gs,
    imm,
    k1,
    k2,
    ptr,
    qword,
    r8b,
    r13,
    r15,
    rax,
    rbp,
    rbx,
    rcx,
    rdi,
    rip,
    rn_sae,
    rsp,
    sae,
    si,
    st0,
    st1,
    tword,
    word,
    xmm0,
    xmm1,
    xmm2,
    xmm20,
    ymm1,
    ymm2,
    ymm3,
    zmm1,
    zmm2,
    zmm3,
    zword,
)

ROOT = Path(__file__).resolve().parent.parent

# (statement for nasm, the same through the builder): rules that decide the size of an encoding
SHORTEST: list[tuple[str, Callable[[Assembler], None]]] = [
    ("mov rax, 1", lambda a: a.mov(rax, 1)),
    ("mov rax, -1", lambda a: a.mov(rax, -1)),
    ("mov rax, 0xffffffff", lambda a: a.mov(rax, 0xFFFFFFFF)),
    ("mov rax, 0x123456789abc", lambda a: a.mov(rax, 0x123456789ABC)),
    ("mov rax, strict dword 1", lambda a: a.mov(rax, imm(1, 4))),
    ("add rax, 5", lambda a: a.add(rax, 5)),
    ("add eax, 0x1234", lambda a: a.add(eax, 0x1234)),
    ("add al, 5", lambda a: a.add(al, 5)),
    ("sub ax, 0", lambda a: a.sub(ax, 0)),
    ("add ax, 0xfffe", lambda a: a.add(ax, 0xFFFE)),
    ("and eax, 0xfffffff0", lambda a: a.and_(eax, 0xFFFFFFF0)),
    ("add rbx, 0xffffffffffffff80", lambda a: a.add(rbx, 0xFFFFFFFFFFFFFF80)),
    ("add ebx, strict dword 5", lambda a: a.add(ebx, imm(5, 4))),
    ("mov rax, [rbp]", lambda a: a.mov(rax, ptr[rbp])),
    ("mov rax, [r13]", lambda a: a.mov(rax, ptr[r13])),
    ("mov rax, [rsp]", lambda a: a.mov(rax, ptr[rsp])),
    ("mov rax, [rax+rsp]", lambda a: a.mov(rax, ptr[rax + rsp])),
    ("mov rax, [rax*2]", lambda a: a.mov(rax, ptr[rax * 2])),
    ("mov rax, [nosplit rax*2]", lambda a: a.mov(rax, ptr.nosplit[rax * 2])),
    ("mov rax, [rax*1+4]", lambda a: a.mov(rax, ptr[rax * 1 + 4])),
    ("mov rax, [rax*5]", lambda a: a.mov(rax, ptr[rax * 5])),
    ("mov rax, [rbx+127]", lambda a: a.mov(rax, ptr[rbx + 127])),
    ("mov rax, [rbx+128]", lambda a: a.mov(rax, ptr[rbx + 128])),
    ("mov rax, [dword rbx+1]", lambda a: a.mov(rax, ptr.disp32[rbx + 1])),
    ("mov eax, [0x12345678]", lambda a: a.mov(eax, ptr[0x12345678])),
    ("mov al, [qword 0x123456789a]", lambda a: a.mov(al, ptr[0x123456789A])),
    ("mov rax, [qword 0x10]", lambda a: a.mov(rax, ptr.disp64[0x10])),
    ("mov rax, [fs:0x28]", lambda a: a.mov(rax, ptr[fs:0x28])),
    ("mov [gs:rdi+rcx*8+16], cl", lambda a: a.mov(ptr[gs : rdi + rcx * 8 + 16], cl)),
    ("mov rax, ds", lambda a: a.mov(rax, ds)),
    ("mov ds, ax", lambda a: a.mov(ds, ax)),
    ("xchg rax, rax", lambda a: a.xchg(rax, rax)),
    ("xchg eax, eax", lambda a: a.xchg(eax, eax)),
    ("xchg eax, ecx", lambda a: a.xchg(eax, ecx)),
    ("xchg [rax], ecx", lambda a: a.xchg(ecx, ptr[rax])),
    ("test [rax], ecx", lambda a: a.test(ecx, ptr[rax])),
    ("shl eax, 1", lambda a: a.shl(eax, 1)),
    ("sal eax, 2", lambda a: a.sal(eax, 2)),
    ("imul eax, 5", lambda a: a.imul(eax, 5)),
    ("imul eax, [rbx], 300", lambda a: a.imul(eax, ptr[rbx], 300)),
    ("push 5", lambda a: a.push(5)),
    ("push 0x1234", lambda a: a.push(0x1234)),
    ("push fs", lambda a: a.push(fs)),
    ("push qword [rax]", lambda a: a.push(ptr[rax])),
    ("call [rax]", lambda a: a.call(ptr[rax])),
    ("pushf", lambda a: a.pushf()),
    ("iretq", lambda a: a.iretq()),
    ("enter 16, 1", lambda a: a.enter(16, 1)),
    ("in al, dx", lambda a: a.in_(al, dx)),
    ("out 0x80, al", lambda a: a.out(0x80, al)),
    ("int 0x80", lambda a: a.int(0x80)),
    ("int3", lambda a: a.int3()),
    ("lock cmpxchg [rdi], rcx", lambda a: a.lock.cmpxchg(ptr[rdi], rcx)),
    ("lock xadd [edi], ax", lambda a: a.lock.xadd(ptr[edi], ax)),
    ("xacquire lock add dword [rax], 1", lambda a: a.xacquire.lock.add(dword[rax], 1)),
    ("rep movsb", lambda a: a.rep.movsb()),
    ("repne scasw", lambda a: a.repne.scasw()),
    ("a32 rep stosd", lambda a: a.addr32.rep.stosd()),
    ("xlatb", lambda a: a.xlatb()),
    ("movsd", lambda a: a.movsd()),
    ("movsd xmm1, [rax]", lambda a: a.movsd(xmm1, ptr[rax])),
    ("mov cr0, rax", lambda a: a.mov(cr0, rax)),
    ("mov rax, cr8", lambda a: a.mov(rax, cr8)),
    ("fadd st0, st1", lambda a: a.fadd(st0, st1)),
    ("faddp", lambda a: a.faddp()),
    ("fld tword [rax]", lambda a: a.fld(tword[rax])),
    ("fstenv [rax]", lambda a: a.fstenv(ptr[rax])),
    ("vaddps ymm1, ymm2, ymm3", lambda a: a.vaddps(ymm1, ymm2, ymm3)),
    ("vaddps xmm20, xmm1, xmm2", lambda a: a.vaddps(xmm20, xmm1, xmm2)),
    ("vaddps zmm1{k1}{z}, zmm2, [rax]{1to16}", lambda a: a.vaddps(zmm1.k1.z, zmm2, dword.bcst[rax])),
    ("vaddps zmm1, zmm2, zmm3, {rn-sae}", lambda a: a.vaddps(zmm1, zmm2, zmm3, rn_sae)),
    ("vcmpps k2{k1}, zmm1, zmm2, {sae}, 3", lambda a: a.vcmpps(k2.k1, zmm1, zmm2, 3, sae)),
    ("vmovdqu64 [rax+0x40]{k2}, zmm1", lambda a: a.vmovdqu64(ptr[rax + 0x40].k2, zmm1)),
    ("vmovdqu64 zmm1, [rax*4+0x40]", lambda a: a.vmovdqu64(zmm1, ptr[rax * 4 + 0x40])),
    ("{evex} vaddps xmm0, xmm1, xmm2", lambda a: a.evex.vaddps(xmm0, xmm1, xmm2)),
    ("vpdpbusd xmm0, xmm1, xmm2", lambda a: a.vpdpbusd(xmm0, xmm1, xmm2)),
    ("vgatherdps zmm1{k1}, [rax+zmm2*4+8]", lambda a: a.vgatherdps(zmm1.k1, ptr[rax + zmm2 * 4 + 8])),
    ("vcvtpd2ps xmm1, [rax]{1to4}", lambda a: a.vcvtpd2ps(xmm1, qword.bcst4[rax])),
    ("pfmul mm0, [r15+8]", lambda a: a.pfmul(o.mm0, ptr[r15 + 8])),
    ("vcmpngt_usps k2{k1}, zmm1, [rax]{1to16}", lambda a: a.vcmpngt_usps(k2.k1, zmm1, dword.bcst[rax])),
    ("cmpunordsd xmm1, [rax]", lambda a: a.cmpunordsd(xmm1, ptr[rax])),
    ("pclmulhqlqdq xmm1, xmm2", lambda a: a.pclmulhqlqdq(xmm1, xmm2)),
    ("vfmadd312ps xmm0, xmm1, [rax]", lambda a: a.vfmadd312ps(xmm0, xmm1, ptr[rax])),
    ("cmovnae eax, [rbx]", lambda a: a.cmovnae(eax, ptr[rbx])),
    ("setpo byte [rax]", lambda a: a.setpo(ptr[rax])),
    ("retfq", lambda a: a.retfq()),
    ("kmovq k1, k2", lambda a: a.kmovq(k1, k2)),
]


@pytest.mark.parametrize(("text", "statement"), SHORTEST, ids=[text for text, _ in SHORTEST])
def test_encoding_equals_nasm(text: str, statement: Callable[[Assembler], None], nasm_bytes: dict[str, bytes]) -> None:
    a = Assembler()
    statement(a)
    assert a.finish("f").data.hex(" ") == nasm_bytes[text].hex(" ")


@pytest.fixture(scope="module")
def nasm_bytes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One run of nasm for all statements: each is followed by a marker that no instruction contains."""
    folder = tmp_path_factory.mktemp("nasm")
    marker = "db 0xf1, 0xf1, 0xd6, 0xd6, 0xf1, 0xf1, 0xd6, 0xd6"
    data = section(nasm(folder, "\n".join([f"{text}\n{marker}" for text, _ in SHORTEST])))
    parts = data.split(bytes.fromhex("f1f1d6d6f1f1d6d6"))
    return {text: part for (text, _), part in zip(SHORTEST, parts)}


def test_16_and_32_bit_code_in_one_fragment(tmp_path: Path) -> None:
    a = Assembler(16)
    a.mov(ax, ptr[bx + si + 4])
    a.mov(eax, ptr[ebx])
    a.push(5)
    a.bits = 32
    a.mov(ax, ptr[bx + si])
    a.inc(eax)
    a.mov(eax, ptr[0x1000])
    a.bits = 64
    a.inc(eax)
    text = (
        "bits 16\nmov ax, [bx+si+4]\nmov eax, [ebx]\npush 5\nbits 32\nmov ax, [bx+si]\ninc eax\nmov eax, [0x1000]\n"
        "bits 64\ninc eax"
    )
    assert a.finish("f").data == section(nasm(tmp_path, text))


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (lambda a: a.mov(rax, eax), ["operand", "does not fit", "mov r64, r64/m64"]),
        (lambda a: a.add(rax), ["add takes 2 operands, not 1", "forms in 64-bit code"]),
        (lambda a: a.inc(ptr[rax]), ["size of the memory operand is not clear"]),
        (lambda a: a.movzx(eax, ptr[rax]), ["size of the memory operand is not clear"]),
        (lambda a: a.vcvtpd2ps(xmm1, qword.bcst[rax]), ["bcst4"]),
        (lambda a: a.mov(ah, r8b), ["REX"]),
        (lambda a: a.lock.mov(ptr[rax], rax), ["lock cannot be used"]),
        (lambda a: a.lock.add(rax, ptr[rbx]), ["lock"]),
        (lambda a: a.lock.add(rax, rbx), ["lock needs a memory"]),
        (lambda a: a.vaddps(zmm1.z, zmm2, zmm3), ["zeroing needs a mask register"]),
        (lambda a: a.vmovups(ptr[rax].k1, zmm1.z), ["zeroing needs a mask"]),
        (lambda a: a.vgatherdps(zmm1, ptr[rax + zmm2]), ["needs a mask"]),
        (lambda a: a.vaddps(zmm1, zmm2, ptr[rax], rn_sae), ["registers only"]),
        (lambda a: a.addps(xmm20, xmm1), ["operand 1", "xmm0-15"]),
        (lambda a: a.mov(eax, 1 << 32), ["does not fit"]),
        (lambda a: a.add(rax, 1 << 40), ["does not fit"]),
        (lambda a: a.push(eax), ["does not fit"]),
        (lambda a: a.pusha(), ["does not exist in 64-bit code"]),
        (lambda a: a.mov(rax, ptr[rax + rbx + rcx]), ["at most one base and one index"]),
        (lambda a: a.mov(rax, ptr[rax * 6]), ["scaled"]),
        (lambda a: a.mov(rax, ptr[rax + rsp * 2]), ["cannot be an index"]),
        (lambda a: a.mov(rax, ptr[rax + ebx]), ["rax and ebx", "different widths"]),
        (lambda a: a.mov(rax, ptr[rip + rax]), ["rip and rax", "no other register"]),
        (lambda a: a.align(3), ["power of two"]),
        (lambda a: a.dd(o.sym("x").reloc("PC32")), ["no kind of relocation"]),  # type: ignore[arg-type]
        (lambda a: a.mov(rax, ptr[rbx + (1 << 33)]), ["does not fit into 32 bits"]),
        (lambda a: a.evex.addps(xmm0, xmm1), ["no EVEX"]),
        (lambda a: a.mov(word[rax], "text", 3), ["takes 2 operands"]),
    ],
)
def test_refusals_say_what_is_wrong(statement: Callable[[Assembler], None], words: list[str]) -> None:
    a = Assembler()
    with pytest.raises(AsmError) as caught:
        statement(a)
    for word_wanted in words:
        assert word_wanted in str(caught.value)
    assert a.finish("f").data == b""  # a refused statement leaves nothing behind


def test_everything_comes_with_a_star_import() -> None:
    names: dict[str, object] = {}
    exec("from starklink.asm import *", names)
    assert {"Assembler", "rax", "xmm31", "ptr", "rn_sae", "sym", "disassemble"} <= names.keys()
    assert "Final" not in names


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="no instruction, directive or property is called 'mvo'"):
        Assembler().mvo(rax, rbx)  # type: ignore[attr-defined]
    assert not hasattr(Assembler(), "__wrapped__")


def test_statements_are_remembered_per_mode() -> None:
    a = Assembler(64)
    for bits in (64, 32, 64, 16, 32):
        a.bits = bits
        a.inc(eax)
    assert a.finish("f").data.hex(" ") == "ff c0 40 ff c0 66 40 40"


def test_an_operand_that_equals_another_keeps_its_meaning() -> None:
    a = Assembler()
    a.mov(eax, ptr[rax + 8])
    a.mov(eax, ptr[rax + 8])
    a.mov(eax, ptr.disp32[rax + 8])
    a.vaddps(zmm1.k1, zmm2, zmm3)
    a.vaddps(zmm1.k2, zmm2, zmm3)
    assert a.finish("f").data.hex(" ") == ("8b 40 08 8b 40 08 8b 80 08 00 00 00 62 f1 6c 49 58 cb 62 f1 6c 4a 58 cb")


def test_register_numbers_are_the_encoders() -> None:
    from starklink.asm.encode import Register

    for register in REGISTERS.values():
        name = register.name.upper()
        if name[0] == "R" and name[-1] == "B" and name[1].isdigit():
            name = name[:-1] + "L"
        assert getattr(Register, name) == register.number


def test_names_of_directives_are_no_mnemonics() -> None:
    own = {name for name in vars(Assembler) if not name.startswith("_")} | set(vars(Assembler()))
    assert not own & set(mnemonics())


def test_gas_accepts_what_the_disassembler_prints(tmp_path: Path) -> None:
    a = Assembler()
    a.vaddps(zmm1.k1.z, zmm2, zword[rax + 0x40])
    a.mov(byte[rip + 0x10], 5)
    a.shld(rax, rbx, cl)
    data = a.finish("f").data
    text = "vaddps zmm1{k1}{z}, zmm2, [rax+0x40]\nmov byte ptr [rip+0x10], 5\nshld rax, rbx, cl"
    assert section(gas(tmp_path, text)) == data
    assert [line.split("  ")[-1].strip() for line in a_lines(data)] == [
        "vaddps zmm1{k1}{z}, zmm2, [rax+0x40]",
        "mov byte ptr [0x1e], 5",
        "shld rax, rbx, cl",
    ]


def a_lines(data: bytes) -> list[str]:
    from starklink.asm.disasm import disassemble

    return [line for line in disassemble(data, syntax="intel") if "  " in line]


def test_the_form_table_is_not_stale() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "tools/gen_asm_table.py"), "--check"], check=False)
    assert done.returncode == 0, "run tools/gen_asm_table.py"


def test_the_stored_special_functions_are_not_stale() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "tools/gen_specials.py"), "--check"], check=False)
    assert done.returncode == 0, "run tools/gen_specials.py"


@pytest.mark.parametrize("bits", [64, 32, 16])
def test_random_statements_agree_with_the_tools(bits: int) -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    import fuzz_asm

    cases = fuzz_asm.draw_cases(400, 20 + bits, bits)
    counts, unexplained = fuzz_asm.compare(cases, bits)
    assert not unexplained, [(kind, case.text["nasm"], case.ours.hex()) for kind, case, _ in unexplained]
    assert sum(number for kind, number in counts.items() if kind.startswith("agree")) > 350
