"""How fast sources are assembled, beside other assemblers: CPU seconds, best of several rounds.

    python bench/asm.py [--count N] [--rounds R]

plain: N instructions of the C library without branches, as they stand there; branchy: the same with every fifth a jump to a
place nearby, either way; macros: functions from register-renaming macros (samples/asm), most of it preprocessing.
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
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

LIBRARY = "/usr/lib/x86_64-linux-gnu/libc.so.6"
SKIPPED = re.compile(r"^(j\w+|call|loop\w*|db|rep\w*|bnd|notrack|nop .*,|movsxd e) ?|rel 0x|\[cs:|\[ds:")


def instructions(count: int) -> list[str]:
    """Instructions of the C library that every assembler takes the same way."""
    from starklink.asm.encode import decode
    from starklink.objwriter.elf.reader import Elf

    text = next(one for one in Elf(Path(LIBRARY).read_bytes()).sections if one.name == ".text")
    found: list[str] = []
    for one in decode(bytes(text.data[: count * 10]), 64, text.address):
        if one.valid and not SKIPPED.search(one.text):
            found.append(one.text)
            if len(found) == count:
                break
    return accepted(found)


def accepted(lines: list[str]) -> list[str]:
    """The lines nasm takes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.asm")
        path.write_text("bits 64\n" + "\n".join(lines) + "\n")
        command = ["nasm", "-felf64", "-w-all", str(path), "-o", f"{folder}/a.o"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    bad = {int(line.split(":")[1]) - 2 for line in done.stderr.splitlines() if ": error:" in line}
    return [line for number, line in enumerate(lines) if number not in bad]


def branchy(lines: list[str]) -> list[str]:
    """Every fifth instruction becomes a jump with a label."""
    draw = random.Random(1)
    out = list(lines)
    last = (len(lines) - 1) // 5
    for number in range(last + 1):
        target = min(max(number + draw.randint(-8, 8), 0), last)
        out[number * 5] = f"L{number}: {draw.choice(('jz', 'jnz', 'jmp', 'jl', 'ja'))} L{target}"
    return out


def macros(rounds: int) -> str:
    """The vector functions of the samples, many times."""
    text = (ROOT / "samples" / "asm" / "vectors.asm").read_text()
    head = text[: text.index("INIT xmm, sse2")]
    for name, macro in (("sum_bytes", "SUM_BYTES"), ("average", "AVERAGE"), ("scale", "SCALE"), ("transpose", "TRANSPOSE")):
        head = head.replace(f"func {name},", f"func {name}%1,").replace(f"%macro {macro} 0", f"%macro {macro} 1")
    calls = "SUM_BYTES {0}\nAVERAGE {0}\nSCALE {0}\nTRANSPOSE {0}\n"
    one = f"INIT xmm, sse2\n{calls}INIT xmm, avx\n{calls}"
    return head + "".join([one.format(number) for number in range(rounds)])


def gas(text: str) -> str:
    """The plain statements as GNU as and llvm-mc read them."""
    sized = re.sub(r"\b(byte|word|dword|qword) \[", r"\1 ptr [", text)
    sized = re.sub(r"\boword \[", "xmmword ptr [", re.sub(r"\byword \[", "ymmword ptr [", sized))
    return ".intel_syntax noprefix\n" + sized.replace("bits 64\n", "")


def cpu(command: list[str], rounds: int) -> float | None:
    """The least CPU time of some runs; None if the tool is missing or refuses the source."""
    best = 1e9
    if shutil.which(command[0]) is None:
        return None
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return None
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    plain = instructions(options.count)
    sources = {"plain": "\n".join(plain), "branchy": "\n".join(branchy(plain)), "macros": macros(options.count // 2500)}
    print(f"{len(plain)} instructions, {len(set(plain))} different ones; CPU seconds, best of {options.rounds}")
    with tempfile.TemporaryDirectory() as folder:
        for name, text in sources.items():
            asm, s, out = f"{folder}/{name}.asm", f"{folder}/{name}.s", f"{folder}/out.o"
            Path(asm).write_text(text if name == "macros" else f"bits 64\n{text}\n")
            Path(s).write_text(gas(f"{text}\n"))
            include = f"-I{ROOT}/samples/asm/include/"
            tools = {
                "starklink": [sys.executable, "-m", "starklink", "asm", "-felf64", include, asm, "-o", out],
                "nasm": ["nasm", "-felf64", "-w-all", include, asm, "-o", out],
                "yasm": ["yasm", "-felf64", asm, "-o", out],
                "as": ["as", s, "-o", out],
                "llvm-mc": ["llvm-mc", "-filetype=obj", "-triple=x86_64", s, "-o", out],
            }
            for tool, command in tools.items():
                if name == "macros" and tool not in ("starklink", "nasm"):
                    continue
                seconds = cpu(command, 1 if name == "branchy" and tool == "nasm" else options.rounds)
                rate = f"{len(plain) / seconds:12,.0f}/s" if seconds and name != "macros" else ""
                print(f"{name:10} {tool:10} {'refused' if seconds is None else f'{seconds:8.2f} s'} {rate}")


if __name__ == "__main__":
    main()
