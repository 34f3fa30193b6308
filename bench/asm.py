"""How fast sources are assembled, beside other assemblers: CPU seconds of whole processes, the least of several rounds.

    python bench/asm.py [--count N] [--rounds R] [--only SECTION ...] [--growth]

    builder      instructions through the methods of `Assembler`, in this process
    plain        N instructions of the C library without branches, as they stand there, in statements every tool here accepts
    branchy      the same with every fifth a jump to a place nearby, either way
    data         N declarations: numbers of all sizes and strings
    macros       functions from register-renaming macros (samples/asm), most of it preprocessing; then with -E. nasm preprocesses
                 once more in each of its four passes over this source, this assembler once, so -E compares worse by that
    small        a file of 20 lines

Every tool gets the same program in a spelling it accepts (GNU as and llvm-mc: Intel syntax for GNU as, which the GAS front end
reads too). Rounds go through all tools in turn, so all meet the same load of the machine. The last column is the time in
times of nasm's. --growth: plain, branchy, data and macros at 30,000, 100,000 and 300,000 lines, this assembler only. A tool that
is not there is printed as missing.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import asm_builder

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = "/usr/lib/x86_64-linux-gnu/libc.so.6"
SKIPPED = re.compile(r"^(j\w+|call|loop\w*|db|rep\w*|bnd|notrack|nop .*,|movsxd e) ?|rel 0x|\[cs:|\[ds:")
INCLUDE = f"-I{ROOT}/samples/asm/include/"
ASM = [sys.executable, "-m", "starklink", "asm", "-w-all", "-felf64", INCLUDE]
TOOLS = {
    "starklink": lambda folder, name: [*ASM, f"{folder}/{name}.asm", "-o", f"{folder}/out.o"],
    "nasm": lambda folder, name: ["nasm", "-w-all", "-felf64", INCLUDE, f"{folder}/{name}.asm", "-o", f"{folder}/out.o"],
    "yasm": lambda folder, name: ["yasm", "-w", "-felf64", f"{folder}/{name}.asm", "-o", f"{folder}/out.o"],
    "starklink, GAS": lambda folder, name: [*ASM[:4], "--syntax", "gas", f"{folder}/{name}.s", "-o", f"{folder}/out.o"],
    "as": lambda folder, name: ["as", f"{folder}/{name}.s", "-o", f"{folder}/out.o"],
    "llvm-mc": lambda folder, name: ["llvm-mc", "-filetype=obj", "-triple=x86_64", f"{folder}/{name}.s", "-o", f"{folder}/out.o"],
}
SMALL = """bits 64
global _start
section .text
_start:
    mov eax, 1
    mov edi, 1
    lea rsi, [rel text]
    mov edx, length
    syscall
    xor edi, edi
.again:
    inc edi
    cmp edi, 10
    jb .again
    mov eax, 60
    syscall
    ud2
section .data
text: db "a small file", 10
length equ $ - text
"""


# -- programs ------------------------------------------------------------------------------------------------------------
def instructions(count: int) -> list[str]:
    """Instructions of the C library that every assembler here takes."""
    from starklink.asm.encode import decode
    from starklink.objwriter.elf.reader import Elf

    text = next(one for one in Elf(Path(LIBRARY).read_bytes()).sections if one.name == ".text")
    data = bytes(text.data)
    found: list[str] = []
    for one in decode(data, 64, text.address):
        if one.valid and not SKIPPED.search(one.text):
            found.append(one.text)
            if len(found) == count + count // 20:
                break
    refused = refusals(list(dict.fromkeys(found)))
    return [one for one in found if one not in refused][:count]


def refusals(lines: list[str]) -> set[str]:
    """The lines that one of the tools refuses."""
    refused: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        for tool, command in TOOLS.items():
            if tool.startswith("starklink") or shutil.which(tool) is None:
                continue
            for _ in range(3):  # tools with passes say more in a second run
                kept = [one for one in lines if one not in refused]
                write(folder, "a", kept)
                done = subprocess.run(command(folder, "a"), capture_output=True, text=True, check=False)
                places = re.findall(r"^[^\s:]+:(\d+):(?:\d+:)? *[Ee]rror", done.stderr, re.MULTILINE)
                if not places:
                    break
                refused.update([kept[int(place) - 2] for place in places])
    return refused


def write(folder: str, name: str, lines: list[str]) -> None:
    """The program for NASM and for GNU as; statements begin in line 2 of both."""
    Path(folder, f"{name}.asm").write_text("bits 64\n" + "\n".join(lines) + "\n")
    Path(folder, f"{name}.s").write_text(".intel_syntax noprefix\n" + gas("\n".join(lines)) + "\n")


def gas(text: str) -> str:
    """The statements as GNU as and llvm-mc read them."""
    text = re.sub(r"\[(fs|gs):([^\]]*)\]", r"\1:[\2]", text)
    text = re.sub(r"\b(byte|word|dword|qword) (?=\[|[fg]s:)", r"\1 ptr ", text)
    text = re.sub(r"\boword \[", "xmmword ptr [", re.sub(r"\byword \[", "ymmword ptr [", text))
    text = re.sub('^db "', '.ascii "', text, flags=re.MULTILINE)
    for one, other in (("db", ".byte"), ("dw", ".short"), ("dd", ".long"), ("dq", ".quad")):
        text = re.sub(rf"^{one} ", f"{other} ", text, flags=re.MULTILINE)
    return text


def branchy(lines: list[str]) -> list[str]:
    """Every fifth instruction becomes a jump with a label."""
    draw = random.Random(1)
    out = list(lines)
    last = (len(lines) - 1) // 5
    for number in range(last + 1):
        target = min(max(number + draw.randint(-8, 8), 0), last)
        out[number * 5] = f"L{number}: {draw.choice(('jz', 'jnz', 'jmp', 'jl', 'ja'))} L{target}"
    return out


def data(count: int) -> list[str]:
    """Declarations of numbers and strings."""
    draw = random.Random(2)

    def one() -> str:
        kind = draw.randrange(5)
        if kind == 4:
            return f'db "text {draw.randrange(10**6)}"'
        numbers = [draw.getrandbits(8 << kind) for _ in range(draw.choice((1, 2, 4, 8)))]
        return f"d{'bwdq'[kind]} " + ", ".join([draw.choice((f"{number:#x}", str(number))) for number in numbers])

    return [one() for _ in range(count)]


def macros(rounds: int) -> str:
    """The vector functions of the samples, many times."""
    text = (ROOT / "samples" / "asm" / "vectors.asm").read_text()
    head = text[: text.index("INIT xmm, sse2")]
    for name, macro in (("sum_bytes", "SUM_BYTES"), ("average", "AVERAGE"), ("scale", "SCALE"), ("transpose", "TRANSPOSE")):
        head = head.replace(f"func {name},", f"func {name}%1,").replace(f"%macro {macro} 0", f"%macro {macro} 1")
    calls = "SUM_BYTES {0}\nAVERAGE {0}\nSCALE {0}\nTRANSPOSE {0}\n"
    one = f"INIT xmm, sse2\n{calls}INIT xmm, avx\n{calls}"
    return head + "".join([one.format(number) for number in range(rounds)])


# -- measuring -----------------------------------------------------------------------------------------------------------
def cpu(command: list[str]) -> float | None:
    """The CPU time of a run; None if the tool refuses the source."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    if subprocess.run(command, capture_output=True, check=False).returncode:
        return None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(title: str, count: int, commands: dict[str, list[str]], rounds: int) -> None:
    """Run the commands in turn and print a row for each. `count`: of lines, for the rate; 0 = no rate."""
    best: dict[str, float] = {}
    given_up: dict[str, str] = {}
    for number in range(rounds):
        for tool, command in commands.items():
            if tool in given_up or (number > 0 and best[tool] > 20):
                continue
            if shutil.which(command[0]) is None:
                given_up[tool] = "missing"
            elif (seconds := cpu(command)) is None:
                given_up[tool] = "refuses it"
            else:
                best[tool] = min(seconds, best.get(tool, seconds))
    nasm = None if "nasm" in given_up else best.get("nasm")
    for tool in commands:
        if tool in given_up:
            print(f"{title:9} {tool:16} {given_up[tool]}")
            continue
        found = best[tool]
        rate = f"{count / found:12,.0f}/s" if count else " " * 14
        times = f"{found / nasm:8.2f} x nasm" if nasm and tool != "nasm" else ""
        print(f"{title:9} {tool:16} {found:8.3f} s {rate} {times}", flush=True)


def builder(count: int, rounds: int) -> None:
    """The rows of the builder."""
    runs: list[tuple[str, Callable[[int], None]]] = [
        ("statements that repeat", asm_builder.memoised), ("new immediates", asm_builder.fresh),
        ("branches", asm_builder.branches),
    ]  # fmt: skip
    for name, run in runs:
        seconds = asm_builder.timed(partial(run, count), rounds)
        print(f"builder   {name:24} {seconds:.3f} s {count / seconds:12,.0f}/s", flush=True)


def growth(folder: str) -> None:
    """Times of this assembler for growing sources."""
    lines = instructions(300_000)
    for count in (30_000, 100_000, 300_000):
        part = lines[:count] if count <= len(lines) else (lines * 2)[:count]
        for name, program in (("plain", part), ("branchy", branchy(part)), ("data", data(count))):
            write(folder, name, program)
            compare(name, count, {"starklink": TOOLS["starklink"](folder, name)}, 1)
        Path(folder, "macros.asm").write_text(macros(count // 2500))
        compare("macros", count, {"starklink": TOOLS["starklink"](folder, "macros")}, 1)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=["builder", "plain", "branchy", "data", "macros", "small"])
    parser.add_argument("--growth", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.growth:
            growth(folder)
            return
        if "builder" in options.only:
            builder(options.count, options.rounds)
        if {"plain", "branchy"} & set(options.only):
            plain = instructions(options.count)
            print(f"{len(plain)} instructions, {len(set(plain))} different ones")
            write(folder, "plain", plain)
            write(folder, "branchy", branchy(plain))
        write(folder, "data", data(options.count))
        Path(folder, "macros.asm").write_text(macros(options.count // 2500))
        Path(folder, "small.asm").write_text(SMALL)
        for name in ("plain", "branchy", "data", "macros", "small"):
            if name not in options.only:
                continue
            both = name in ("plain", "branchy", "data")
            tools = list(TOOLS) if both else ["starklink", "nasm", "yasm"]
            commands = {tool: TOOLS[tool](folder, name) for tool in tools}
            compare(name, options.count if both else 0, commands, options.rounds)
        if "macros" in options.only:
            expand = {tool: [*TOOLS[tool](folder, "macros")[:-2], "-E"] for tool in ("starklink", "nasm")}
            compare("macros -E", 0, expand, options.rounds)


if __name__ == "__main__":
    main()
