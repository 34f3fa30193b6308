"""Run GNU as, nasm and llvm-mc for the assembler's tests."""

from __future__ import annotations

import subprocess
from pathlib import Path


def run(*command: str) -> str:
    """Output of a tool; its complaints if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def section(path: Path, name: str = ".text") -> bytes:
    """Bytes of a section of an object file."""
    out = path.with_suffix(".bin")
    run("objcopy", "-O", "binary", "-j", name, str(path), str(out))
    return out.read_bytes()


def relocations(path: Path) -> list[tuple[int, str, str, int]]:
    """(offset, type without R_X86_64_, symbol, addend) of the relocations of an object, ascending."""
    found = []
    for line in run("readelf", "-rW", str(path)).splitlines():
        fields = line.split()
        if len(fields) >= 5 and fields[2].startswith("R_X86_64_"):
            sign = 1 if len(fields) < 6 or fields[5] == "+" else -1
            addend = sign * int(fields[6], 16) if len(fields) > 6 else 0
            found.append((int(fields[0], 16), fields[2][9:], fields[4], addend))
    return sorted(found)


def gas(folder: Path, text: str, bits: int = 64) -> Path:
    """Assemble Intel syntax with GNU as."""
    source = folder / "gas.s"
    source.write_text(f".intel_syntax noprefix\n.code{bits}\n{text}\n")
    run("as", "-o", str(folder / "gas.o"), str(source))
    return folder / "gas.o"


def nasm(folder: Path, text: str, bits: int = 64) -> Path:
    """Assemble with nasm."""
    source = folder / "nasm.asm"
    source.write_text(f"bits {bits}\ndefault abs\n{text}\n")
    run("nasm", "-f", "elf64", "-w-all", "-o", str(folder / "nasm.o"), str(source))
    return folder / "nasm.o"
