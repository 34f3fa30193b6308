"""Compare the assembler with nasm, GNU as and llvm-mc on random statements over every instruction form.

    python tools/fuzz_asm.py [--count N] [--seed S] [--bits 0|16|32|64] [--limit L]

A statement is drawn from a form of the table: operands that fit it, at the boundaries that change encodings. Ours is compared
with every tool that accepts the statement. It is a failure when no tool agrees with us although one accepts, or when nasm
disagrees, unless a rule of KNOWN explains the difference (a defect of the tool, or a choice among equally good encodings).
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from starklink.asm import forms as F  # noqa: E402
from starklink.asm import operands as O  # noqa: E402
from starklink.asm.encode import decode  # noqa: E402
from starklink.asm.select import assemble  # noqa: E402

CLASS = {name: 1 << number for number, name in enumerate(O.CLASS_NAMES)}
TOOLS = ("nasm", "gas", "llvm")


class Case(NamedTuple):
    """One statement: what we made of it and how the tools spell it ('' = the tool has no spelling)."""

    name: str
    operands: tuple[Any, ...]
    form: F.Form
    ours: bytes
    text: dict[str, str]


# -- drawing operands --------------------------------------------------------------------------------------------------
NUMBERS = {
    "i8": (0, 1, 5, 127, -1, -128, 255, 0x80),
    "i8s16": (0, 2, 127, -128, -1),
    "i8s32": (0, 2, 127, -128, -1),
    "i8s64": (0, 2, 127, -128, -1),
    "i16": (0, 1, 0x1234, 0x7FFF, -0x8000, 0xFFFF, 0x80),
    "i32": (0x12345678, 0x7FFFFFFF, -0x80000000, 0xFFFFFFFF, 0x80, 0x100),
    "i32s64": (0x12345678, 0x7FFFFFFF, -0x80000000, 0x80, -129),
    "i32m64": (-2, -0x80000000, -129),
    "u32": (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF),
    "i64": (0x123456789ABCDEF0, -0x123456789ABCDEF0, 0x100000000, -0x80000001, 0x7FFFFFFFFFFFFFFF),
    "one": (1,),
    "i4": (0, 1, 2, 3),
}
DISPLACEMENTS = (
    0,
    0,
    1,
    -1,
    8,
    16,
    64,
    127,
    128,
    -128,
    -129,
    0x100,
    0x200,
    0x1000,
    0x12345678,
    0x7FFFFFFF,
    -0x7FFFFFFF,
)
REGISTER_CLASSES = [name for name in O.CLASS_NAMES if any(CLASS[name] & r.classes for r in O.REGISTERS.values())]


def _registers(bits: int) -> dict[str, list[O.Reg]]:
    found: dict[str, list[O.Reg]] = {}
    for name in REGISTER_CLASSES:
        found[name] = [r for r in O.REGISTERS.values() if r.classes & CLASS[name] and (bits == 64 or _in_mode(r, bits))]
    return found


def _in_mode(register: O.Reg, bits: int) -> bool:
    if (register.bits == 64 and isinstance(register, O.Reg64)) or register.name in ("spl", "bpl", "sil", "dil"):
        return False
    if isinstance(register, O.Segment | O.X87 | O.Mmx | O.Bound | O.Test | O.Mask):
        return True
    if isinstance(register, O.Control | O.Debug):
        return register.index < 8
    return register.name[0] != "r" and register.index < 8


def _memory(
    draw: random.Random, bits: int, size: int, vector: str = "", bcst: bool = False, tile: bool = False
) -> O.Mem:
    width = bits if draw.random() < 0.85 else {64: 32, 32: 16, 16: 32}[bits]
    if (vector and width == 16) or tile:
        width = 32 if bits == 16 or (vector and bits != 64) else bits
    disp = draw.choice(DISPLACEMENTS)
    segment = draw.choice((O.fs, O.gs)) if draw.random() < 0.06 else None
    base: O.Reg | None
    if width == 16:
        base, index = draw.choice(
            (
                (O.bx, O.si),
                (O.bx, O.di),
                (O.bp, O.si),
                (O.bp, O.di),
                (O.si, None),
                (O.di, None),
                (O.bp, None),
                (O.bx, None),
            )
        )
        return O.Mem(size, base, index, 1, ((disp & 0xFFFF) ^ 0x8000) - 0x8000, None, segment, -1 if bcst else 0)
    family = [
        r
        for r in O.REGISTERS.values()
        if isinstance(r, O.Reg64 if width == 64 else O.Reg32)
        and r.name not in ("rip", "eip")
        and (bits == 64 or r.index < 8)
    ]
    if vector:
        pool = [
            r
            for r in O.REGISTERS.values()
            if isinstance(r, {"x": O.Xmm, "y": O.Ymm, "z": O.Zmm}[vector]) and (bits == 64 or r.index < 8)
        ]
        return O.Mem(size, draw.choice(family), draw.choice(pool), draw.choice((1, 2, 4, 8)), disp, None, segment)
    kind = draw.random()
    if kind < 0.08 and bits == 64 and not tile:
        return O.Mem(size, O.rip, None, 1, 0, "ext", segment, -1 if bcst else 0)
    if kind < 0.15 and not tile:
        return O.Mem(
            size, None, None, 1, abs(disp) & (0xFFFF if bits == 16 else 0x7FFFFFFF), None, segment, -1 if bcst else 0
        )
    index_pool = [r for r in family if r.index != 4]
    if kind < 0.22 and not tile:
        return O.Mem(size, None, draw.choice(index_pool), draw.choice((4, 8)), disp, None, segment, -1 if bcst else 0)
    index = draw.choice(index_pool) if kind < 0.6 or tile else None
    return O.Mem(
        size,
        draw.choice(family),
        index,
        draw.choice((1, 2, 4, 8)) if index else 1,
        disp,
        None,
        segment,
        -1 if bcst else 0,
    )


MEMORY_BITS = {
    "m8": 8,
    "m16": 16,
    "m32": 32,
    "m48": 48,
    "m64": 64,
    "m80": 80,
    "m128": 128,
    "m256": 256,
    "m512": 512,
    "m": 0,
}


def draw_operand(
    draw: random.Random, mask: int, bits: int, pools: dict[str, list[O.Reg]], name: str, evex: bool
) -> Any:
    """An operand that satisfies the mask, or None if the generator has none."""
    names = [one for one in O.CLASS_NAMES if mask & CLASS[one]]
    one = draw.choice(names)
    if one in pools:
        return draw.choice(pools[one]) if pools[one] else None
    if one in MEMORY_BITS:
        return _memory(draw, bits, MEMORY_BITS[one], tile=name.startswith("tile"))
    if one in ("b16", "b32", "b64"):
        return _memory(draw, bits, int(one[1:]), bcst=True)
    if one in ("vmx", "vmy", "vmz"):
        memory = _memory(draw, bits, 0, vector=one[2])
        return memory if evex or (memory.index is not None and memory.index.index < 16) else None
    if one in NUMBERS:
        return draw.choice(NUMBERS[one])
    return None


# -- spelling ----------------------------------------------------------------------------------------------------------
NASM_SIZE = {
    8: "byte ",
    16: "word ",
    32: "dword ",
    48: "fword ",
    64: "qword ",
    80: "tword ",
    128: "oword ",
    256: "yword ",
    512: "zword ",
    0: "",
}
GAS_SIZE = {
    8: "byte ptr ",
    16: "word ptr ",
    32: "dword ptr ",
    48: "fword ptr ",
    64: "qword ptr ",
    80: "tbyte ptr ",
    128: "xmmword ptr ",
    256: "ymmword ptr ",
    512: "zmmword ptr ",
    0: "",
}


def spell_memory(mem: O.Mem, tool: str, count: int, bits: int) -> str:
    """A memory operand in the syntax of a tool."""
    parts = [mem.base.name] if mem.base is not None else []
    if mem.index is not None:
        parts.append(f"{mem.index.name}*{mem.scale}" if mem.scale > 1 else mem.index.name)
    if mem.target is not None:
        parts.append(str(mem.target))
    inner = "+".join(parts)
    if mem.disp or not parts:
        inner += f"{mem.disp:+#x}" if parts else f"{mem.disp:#x}"
    tail = f"{{1to{count}}}" if mem.count else ""
    if mem.opmask:
        tail += f"{{k{mem.opmask}}}"
    if tool == "nasm":
        prefix = f"{mem.segment.name}:" if mem.segment is not None else ""
        if mem.base is O.rip:
            prefix, inner = "rel " + prefix, str(mem.target)
        return f"{NASM_SIZE[mem.bits] if not mem.count else ''}[{prefix}{inner}]{tail}"
    prefix = f"{mem.segment.name}:" if mem.segment is not None else ""
    return f"{GAS_SIZE[mem.bits]}{prefix}[{inner}]{tail}"


def spell(name: str, operands: Sequence[Any], tool: str, form: F.Form, bits: int) -> str:
    """The statement in the syntax of a tool."""
    parts: list[str] = []
    count = 1 << (form.flags >> F.F_COUNT_SHIFT & 7)
    late = ""
    for operand in operands:
        if isinstance(operand, O.Mem):
            parts.append(spell_memory(operand, tool, count, bits))
        elif isinstance(operand, O.Decorator):
            late = repr(operand)
        elif isinstance(operand, O.X87):
            parts.append(operand.name if tool == "nasm" else f"st({operand.index})")
        else:
            parts.append(repr(operand))
    if late:
        if tool == "nasm" or not isinstance(operands[-2], int):
            parts.append(late) if tool != "nasm" or not isinstance(operands[-2], int) else parts.insert(
                len(parts) - 1, late
            )
        else:
            parts.insert(len(parts) - 1, late)
    return f"{spelled_name(name, tool, operands, bits)} {', '.join(parts)}".strip()


def spelled_name(name: str, tool: str, operands: Sequence[Any], bits: int) -> str:
    """Mnemonics that a tool calls differently."""
    if tool != "nasm":
        if name == "movabs":
            return "movabs"
        special = {"xlatb": "xlat", "int1": "int1", "retf": "lret", "iretd": "iretd"}
        return special.get(name, name)
    return name


# -- cases -------------------------------------------------------------------------------------------------------------
SKIPPED = {"xbegin", "jmpe"}


def draw_case(draw: random.Random, name: str, form: F.Form, bits: int, pools: dict[str, list[O.Reg]]) -> Case | None:
    """A statement that fits the form; None if the operands drawn do not go together."""
    evex = bool(form.flags & F.F_EVEX)
    operands: list[Any] = []
    count = 1 << (form.flags >> F.F_COUNT_SHIFT & 7)
    for mask in form.masks:
        operand = draw_operand(draw, mask, bits, pools, name, evex)
        if operand is None:
            return None
        if isinstance(operand, O.Mem) and operand.count:
            operand = O.Mem(
                operand.bits,
                operand.base,
                operand.index,
                operand.scale,
                operand.disp,
                operand.target,
                operand.segment,
                count,
            )
        operands.append(operand)
    memory = any(isinstance(operand, O.Mem) for operand in operands)
    if form.flags & F.F_OPMASK and (form.flags & F.F_NEED_MASK or draw.random() < 0.5) and operands:
        mask_number = draw.randint(1, 7)
        first = operands[0]
        if isinstance(first, O.Mem):
            operands[0] = first._with(mask_number)
        else:
            zeroing = form.flags & F.F_ZEROING and draw.random() < 0.4
            operands[0] = getattr(first, f"k{mask_number}").z if zeroing else getattr(first, f"k{mask_number}")
    if not memory and form.flags & F.F_ROUNDING and draw.random() < 0.4:
        operands.append(draw.choice((O.rn_sae, O.rd_sae, O.ru_sae, O.rz_sae)))
    elif not memory and form.flags & F.F_SAE and draw.random() < 0.4:
        operands.append(O.sae)
    try:
        made = assemble(name, bits, operands)
    except O.AsmError as error:
        if "REX prefix" in str(error) or "AH, CH" in str(error) or "not clear" in str(error):
            return None
        return Case(name, tuple(operands), form, b"", {tool: spell(name, operands, tool, form, bits) for tool in TOOLS})
    return Case(
        name, tuple(operands), form, made.data, {tool: spell(name, operands, tool, form, bits) for tool in TOOLS}
    )


def draw_cases(count: int, seed: int, bits: int) -> list[Case]:
    """`count` cases; every form gets its turn before any gets a second one."""
    draw = random.Random(seed)
    pools = _registers(bits)
    table = [
        (name, form)
        for name in F.mnemonics()
        for form in F.forms(name, bits)
        if name not in SKIPPED
        and "_far" not in name
        and not any(mask & (CLASS["rel"] | O.C_FAR) for mask in form.masks)
    ]
    cases: list[Case] = []
    while len(cases) < count:
        draw.shuffle(table)
        for name, form in table:
            case = draw_case(draw, name, form, bits, pools)
            if case is not None:
                cases.append(case)
                if len(cases) == count:
                    break
    return cases


# -- the tools ---------------------------------------------------------------------------------------------------------
COMMANDS: dict[str, Callable[[str, str, int], list[str]]] = {
    "nasm": lambda source, output, bits: ["nasm", "-f", "elf64", "-w-all", "-O9", "-o", output, source],
    "gas": lambda source, output, bits: ["as", "-o", output, source],
    "llvm": lambda source, output, bits: [
        "llvm-mc",
        "-triple=x86_64",
        "-mattr=+3dnow,+3dnowa,+fma4,+xop,+tbm,+lwp,+sse4a,+avx512f",
        "-filetype=obj",
        "-o",
        output,
        source,
    ],
}
HEADS = {
    "nasm": "bits {bits}\ndefault abs\nextern ext\n",
    "gas": ".intel_syntax noprefix\n.code{bits}\n",
    "llvm": ".intel_syntax noprefix\n.code{bits}\n",
}


def run_tool(tool: str, texts: Sequence[str], bits: int) -> list[bytes | None]:
    """The bytes a tool makes of each statement, None where it refuses."""
    results: list[bytes | None] = [None] * len(texts)
    alive = [index for index, text in enumerate(texts) if text]
    with tempfile.TemporaryDirectory() as folder:
        source, output = f"{folder}/x.s", f"{folder}/x.o"
        for _ in range(40):
            head = HEADS[tool].format(bits=bits)
            lines = [f"S{index}: {texts[index]}" for index in alive]
            Path(source).write_text(head + "\n".join(lines) + "\nSEND:\n")
            done = subprocess.run(COMMANDS[tool](source, output, bits), capture_output=True, text=True)
            bad = set()
            first = head.count("\n") + 1
            for line in done.stderr.splitlines():
                fields = line.removeprefix("panic: ").split(":")
                if (
                    len(fields) > 2
                    and fields[0] == source
                    and fields[1].strip().isdigit()
                    and ("rror" in line or "panic" in line)
                ):
                    bad.add(int(fields[1]) - first)
            if not bad:
                if done.returncode:
                    raise SystemExit(f"{tool} ended with {done.returncode}: {done.stderr[:500]!r}")
                break
            alive = [index for position, index in enumerate(alive) if position not in bad]
        names = subprocess.run(["nm", "-n", output], capture_output=True, text=True).stdout.split("\n")
        code = f"{folder}/x.bin"
        subprocess.run(["objcopy", "-O", "binary", "-j", ".text", output, code], check=True)
        data = Path(code).read_bytes()
        places = []
        for line in names:
            fields = line.split()
            if len(fields) == 3 and fields[2].startswith("S") and fields[2] not in ("SEND",):
                places.append((int(fields[0], 16), int(fields[2][1:])))
        places.sort()
        for position, (start, index) in enumerate(places):
            end = places[position + 1][0] if position + 1 < len(places) else len(data)
            results[index] = data[start:end]
    return results


# -- verdicts ----------------------------------------------------------------------------------------------------------
class Rule(NamedTuple):
    """Explains differences between us and `tool` for cases that `applies` accepts."""

    tool: str
    why: str
    applies: Callable[[Case, bytes], bool]


def _named(*names: str) -> Callable[[Case, bytes], bool]:
    return lambda case, theirs: case.name in names


def _fp16(case: Case, theirs: bytes) -> bool:
    return "ph" in case.name[-6:] or "ph2" in case.name or "sh" in case.name or case.name in ("vmovw",)


def _same_but(*bytes_allowed: int) -> Callable[[Case, bytes], bool]:
    """Both have the same bytes in another order, apart from the ones named (prefixes)."""
    allowed = set(bytes_allowed)
    return lambda case, theirs: (
        sorted([b for b in case.ours[:5] if b not in allowed]) == sorted([b for b in theirs[:5] if b not in allowed])
    )


def _rex_w(case: Case, theirs: bytes) -> bool:
    """The tool sets REX.W (or leaves it out) where the instruction does not care."""
    ours, other = bytearray(case.ours), bytearray(theirs)
    for data in (ours, other):
        for at in range(min(4, len(data))):
            if data[at] & 0xF0 == 0x40:
                data[at] &= 0xF7
                if data[at] == 0x40:
                    del data[at]
                break
    return ours == other


KNOWN: list[Rule] = [
    Rule("nasm", "nasm 2.16 encodes AVX512-FP16 with wrong opcodes, prefixes or displacement scales", _fp16),
    Rule("nasm", "nasm 2.16 gives vcvtneps2bf16 a wrong prefix", _named("vcvtneps2bf16")),
    Rule("nasm", "nasm 2.16 encodes vmgexit as vmcall", _named("vmgexit")),
    Rule("nasm", "nasm 2.16 leaves out the F3 of ptwrite", _named("ptwrite")),
    Rule("nasm", "nasm 2.16 has a wrong bit in P1 of vcvtusi2ss/sd with rounding", _named("vcvtusi2ss", "vcvtusi2sd")),
    Rule("nasm", "nasm has no waiting fsetpm", _named("fsetpm")),
    Rule("nasm", "nasm takes the longer EVEX form because it comes first in its table", _named("vextractps")),
    Rule(
        "nasm",
        "st0 with st0: both directions mean the same",
        lambda case, theirs: case.name[0] == "f" and all(operand is O.st0 for operand in case.operands),
    ),
    Rule(
        "",
        "the register of movdir64b and enqcmd has the size of the memory operand's address; tools mix them up",
        _named("movdir64b", "enqcmd", "enqcmds"),
    ),
    Rule(
        "nasm",
        "nasm takes these to have an operand size in 16-bit code",
        _named("incsspd", "rdsspd", "wrssd", "wrussd"),
    ),
    Rule(
        "llvm",
        "llvm 14 takes jmp and call through memory of odd sizes for far ones or for direct ones",
        _named("jmp", "call"),
    ),
    Rule("gas", "as drops the prefix of an indirect 16-bit jump", _named("jmp", "call")),
    Rule("nasm", "moving a 32-bit register to a segment register needs no prefix in 16-bit code", _same_but(0x66)),
    Rule("", "REX.W does not matter here", _rex_w),
    Rule("", "order of prefixes", _same_but()),
]


def explained(case: Case, tool: str, theirs: bytes) -> str:
    """Why a tool may differ; '' if nothing known explains it."""
    for rule in KNOWN:
        if rule.tool in (tool, "") and rule.applies(case, theirs):
            return rule.why
    return ""


def meaning(data: bytes, bits: int) -> list[str]:
    """The instructions that bytes are, as text."""
    return [one.text if one.valid else f"bad {data.hex()}" for one in decode(data, bits)]


def run_front_end(texts: Sequence[str], bits: int) -> list[bytes | None]:
    """The bytes our NASM front end makes of each statement, None where it refuses."""
    from starklink.asm.nasm import assemble_text

    results: list[bytes | None] = [None] * len(texts)
    head = HEADS["nasm"].format(bits=bits)
    first = head.count("\n") + 1
    alive = list(range(len(texts)))
    for _ in range(40):
        lines = [f"S{index}: {texts[index]}" for index in alive]
        made = assemble_text(head + "\n".join(lines) + "\nSEND:\n", "elf64", name="x.s")
        found = re.findall(r"^x\.s:(\d+):(?:\d+:)? *error: ", made.messages, re.MULTILINE)
        bad = {int(number) - first for number in found}
        if made.data is not None:
            labels = made.assembler.labels if made.assembler is not None else {}
            section = next(one for one in made.assembler.sections if one.name == ".text") if made.assembler else None
            assert section is not None and made.assembler is not None
            space = made.assembler.space
            ends = [label.settle(space) for label in (labels[f"S{name}"] for name in (*alive, "END"))]
            numbers = [end.number for end in ends if end is not None]
            for index, start, end in zip(alive, numbers, numbers[1:]):
                results[index] = section.bytes[start:end]
            return results
        assert bad, made.messages[:500]
        alive = [index for position, index in enumerate(alive) if position not in bad]
    raise SystemExit("our NASM front end refuses without end")


def compare(cases: Sequence[Case], bits: int) -> tuple[Counter[str], list[tuple[str, Case, dict[str, bytes | None]]]]:
    """(count per class, cases nobody explains)."""
    answers = {tool: run_tool(tool, [case.text[tool] for case in cases], bits) for tool in TOOLS}
    front = run_front_end([case.text["nasm"] for case in cases], bits)
    counts: Counter[str] = Counter()
    open_cases = []
    for index, case in enumerate(cases):
        theirs = {tool: answers[tool][index] for tool in TOOLS}
        agree = [tool for tool in TOOLS if theirs[tool] == case.ours and case.ours]
        if "nasm" not in agree and theirs["nasm"] is not None and theirs["nasm"] == front[index]:
            agree.append("nasm")  # (the front end writes what the form table leaves open as nasm does)
        if theirs["nasm"] is not None and case.ours and front[index] not in (case.ours, theirs["nasm"]):
            open_cases.append(("the NASM front end differs", case, {**theirs, "front": front[index]}))
        accept = [tool for tool in TOOLS if theirs[tool] is not None]
        kind = (
            "agree:" + "+".join(agree)
            if agree
            else "refused by all"
            if not accept
            else "we refuse"
            if not case.ours
            else "alone"
        )
        if theirs["nasm"] is not None and "nasm" not in agree:
            kind += ", nasm differs"
        counts[kind] += 1
        if case.ours and theirs["nasm"] is not None:
            if "nasm" in agree:
                counts["nasm: identical"] += 1
            elif meaning(theirs["nasm"], bits) == meaning(case.ours, bits):
                counts["nasm: other bytes of the same meaning"] += 1
            else:
                counts["nasm: bytes that mean something else"] += 1
        if "nasm differs" in kind or kind in ("alone", "we refuse") or kind.startswith("we refuse"):
            reasons = [
                explained(case, tool, theirs[tool] or b"")
                for tool in accept
                if tool not in agree and (tool == "nasm" or not agree)
            ]
            if all(reasons):
                counts["explained: " + reasons[0] if reasons else kind] += 1
            else:
                open_cases.append((kind, case, theirs))
    return counts, open_cases


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bits", type=int, default=64, choices=(0, 16, 32, 64), help="0: all modes, symbols as well")
    parser.add_argument("--limit", type=int, default=60)
    options = parser.parse_args()
    if options.bits == 0:
        return everything(options.count, options.seed, options.limit)
    return report(*compare(draw_cases(options.count, options.seed, options.bits), options.bits), options.limit)


def everything(count: int, seed: int, limit: int) -> int:
    """All modes and statements with symbols in one run: statements of 64-bit code are two thirds."""
    import fuzz_asm_symbols

    status = 0
    totals: Counter[str] = Counter()
    for bits, share in ((64, 0.55), (32, 0.15), (16, 0.15)):
        print(f"-- {bits}-bit code")
        number = int(count * share)
        found = compare(draw_cases(number, seed, bits), bits)
        totals.update(found[0])
        status |= report(*found, limit)
    for bits in (64, 32, 16):
        print(f"-- {bits}-bit code with symbols")
        counts, open_findings = fuzz_asm_symbols.fuzz(int(count * 0.05), seed, bits)
        totals["nasm: identical"] += counts["nasm: identical"]
        totals["nasm: other bytes of the same meaning"] += counts["nasm: other encoding"]
        for kind, number in counts.most_common():
            print(f"{number:7} {kind}")
        print(f"{len(open_findings)} without explanation")
        for finding in open_findings[:limit]:
            print(finding)
        status |= bool(open_findings)
    print("-- in all")
    print(_share(totals))
    return status


def _share(counts: Counter[str]) -> str:
    same, other = counts["nasm: identical"], counts["nasm: other bytes of the same meaning"]
    return f"identical to nasm where its bytes mean the request: {100 * same / max(same + other, 1):.3f} % of {same + other}"


def report(counts: Counter[str], open_cases: list[tuple[str, Case, dict[str, bytes | None]]], limit: int) -> int:
    """Print the result of one mode; 1 if something is not explained."""
    for kind, number in counts.most_common():
        print(f"{number:7} {kind}")
    print(_share(counts))
    print(f"{len(open_cases)} without explanation")
    for kind, case, theirs in open_cases[:limit]:
        tools = "  ".join([f"{tool}={(data.hex() if data is not None else '-')}" for tool, data in theirs.items()])
        print(f"{kind}: {case.text['nasm']} | ours={case.ours.hex() or '-'} {tools}")
    return 1 if open_cases else 0


if __name__ == "__main__":
    raise SystemExit(main())
