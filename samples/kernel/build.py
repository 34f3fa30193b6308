"""Builds the kernel sample and boots it.

    python samples/kernel/build.py [-O LEVEL] [-o FILE] [--boot]

Shows how the Python API completes a program: `program.provide` gives extern functions their bodies, and a module made by hand
brings an interrupt handler with its data.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from starklink import Image, Program, compile_file, link
from starklink.asm import (
    Assembler,
    al,
    ax,
    byte,
    dword,
    dx,
    eax,
    ecx,
    edi,
    edx,
    esi,
    ptr,
    qword,
    rax,
    rdi,
    rip,
    rsi,
    rsp,
    sym,
    word,
)
from starklink.ir.module import Signature
from starklink.objwriter.model import Fragment, ObjectModule

TIMER_VECTOR = 32
GATE_BYTES = 16
CODE_SELECTOR = 8
INTERRUPT_GATE = 0x8E
PIC1 = 0x20
END_OF_INTERRUPT = 0x20


def timer_module() -> ObjectModule:
    """The handler of the timer's interrupt, its count of ticks, and a table of vectors with room for one more than the 32 of
    the run-time system."""
    a = Assembler()
    a.cfi.signal()  # so that debuggers show what was interrupted
    a.cfi.def_cfa(rsp, 40)
    a.cfi.rel_offset(rip, -40)
    a.cfi.rel_offset(rsp, -16)
    a.push(rax)
    a.cfi.def_cfa_offset(48)
    a.inc(qword[rip + "kernel_ticks"])
    a.mov(al, END_OF_INTERRUPT)
    a.out(PIC1, al)
    a.pop(rax)
    a.cfi.def_cfa_offset(40)
    a.iretq()
    return ObjectModule(
        "timer",
        [
            a.finish("kernel_timer", binding="global"),
            Fragment("kernel_ticks", ".bss", b"", 8, 8, kind="object", binding="global"),
            Fragment("kernel_vectors", ".bss", b"", 16, (TIMER_VECTOR + 1) * GATE_BYTES, kind="object", binding="global"),
            Fragment("kernel_idtr", ".bss", b"", 16, 10, kind="object", binding="global"),  # u16 limit, u64 address
        ],
    )


def provide_ports(program: Program) -> None:
    @program.provide("PortIn", params=("i64",), result="i64")
    def port_in(a: Assembler, signature: Signature) -> None:
        a.mov(edx, edi)
        a.xor(eax, eax)
        a.in_(al, dx)
        a.ret()

    @program.provide("PortOut", params=("i64", "i64"), result="void")
    def port_out(a: Assembler, signature: Signature) -> None:
        a.mov(edx, edi)
        a.mov(eax, esi)
        a.out(dx, al)
        a.ret()


def provide_timer(program: Program) -> None:
    @program.provide("LoadVectors", params=(), result="void")
    def load_vectors(a: Assembler, signature: Signature) -> None:
        a.sidt(ptr[rip + "kernel_idtr"])
        a.mov(rsi, ptr[rip + sym("kernel_idtr", 2)])
        a.lea(rdi, ptr[rip + "kernel_vectors"])
        a.mov(ptr[rip + sym("kernel_idtr", 2)], rdi)
        a.add(word[rip + "kernel_idtr"], GATE_BYTES)
        a.mov(ecx, TIMER_VECTOR * GATE_BYTES // 8)
        a.rep.movsq()
        a.lea(rax, ptr[rip + "kernel_timer"])  # rdi is at the gate behind those of the exceptions
        a.mov(ptr[rdi], ax)
        a.mov(word[rdi + 2], CODE_SELECTOR)
        a.mov(byte[rdi + 4], 0)
        a.mov(byte[rdi + 5], INTERRUPT_GATE)
        a.shr(rax, 16)
        a.mov(ptr[rdi + 6], ax)
        a.shr(rax, 16)
        a.mov(ptr[rdi + 8], eax)
        a.mov(dword[rdi + 12], 0)
        a.lidt(ptr[rip + "kernel_idtr"])
        a.ret()

    @program.provide("Ticks", params=(), result="i64")
    def ticks(a: Assembler, signature: Signature) -> None:
        a.mov(rax, ptr[rip + "kernel_ticks"])
        a.ret()


def provide_processor(program: Program) -> None:
    @program.provide("EnableInterrupts", params=(), result="void")
    def enable(a: Assembler, signature: Signature) -> None:
        a.sti()
        a.ret()

    @program.provide("DisableInterrupts", params=(), result="void")
    def disable(a: Assembler, signature: Signature) -> None:
        a.cli()
        a.ret()

    @program.provide("WaitForInterrupt", params=(), result="void")
    def wait(a: Assembler, signature: Signature) -> None:
        a.hlt()
        a.ret()


def complete(program: Program) -> Image:
    """A bootable image of a program that declares the extern functions of kernel.fsh."""
    provide_ports(program)
    provide_timer(program)
    provide_processor(program)
    return link([program, timer_module()])


def build(level: int = 2) -> Image:
    """The kernel as a bootable image."""
    return complete(compile_file(Path(__file__).with_name("kernel.fsh"), target="pc", level=level))


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the kernel sample.")
    parser.add_argument("-O", dest="level", type=int, choices=(0, 1, 2), default=2)
    parser.add_argument("-o", dest="output", type=Path, default=Path("kernel"))
    parser.add_argument("--boot", action="store_true", help="boot it in qemu; the exit code is the kernel's")
    options = parser.parse_args()
    image = build(options.level)
    image.write(options.output)
    if not options.boot:
        return 0
    done = image.run(timeout=30)
    print(done.stdout, end="")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
