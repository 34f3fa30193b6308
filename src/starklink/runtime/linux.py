"""Special functions of the run-time system on Linux: entry, system calls, the stack and what happens when it ends.

`fragments()` gives one fragment per function. The program runs on a stack of its own, because the limit of the first one
(`ulimit -s`) is not ours:

    low   alternate stack | guard, no access | program stack, grows down     high
          256 KiB           1 MiB              up to 256 MiB, pages appear when touched

A touch of the guard raises SIGSEGV, whose handler runs on the alternate stack and hands the address to `__fault`; that tells
an exhausted stack (`__stack_guard` has been told the limits) from other bad addresses. The handler's unwind rules read the
interrupted registers from the signal context, so debuggers walk through it into the function that faulted.
"""

from __future__ import annotations

from typing import Final

from ..asm.assembler import Assembler
from ..asm.operands import (
    eax,
    ebp,
    edi,
    edx,
    esi,
    ptr,
    qword,
    r8,
    r9d,
    r10d,
    r12,
    r14,
    r14d,
    rax,
    rbx,
    rdi,
    rdx,
    rip,
    rsi,
    rsp,
)
from ..objwriter.model import Fragment

STACK_BYTES: Final = (256 << 20) + (128 << 10)
"""The mapping. The odd size keeps the first pages used out of a transparent huge page, which would be cleared as a whole."""
ALTERNATE_BYTES: Final = 256 << 10
GUARD_BYTES: Final = 1 << 20
LEAST_STACK: Final = 4 << 20
"""When the system refuses this much, the program stays on the stack it was given."""

_READ, _WRITE, _OPEN, _CLOSE, _MMAP, _MPROTECT, _SIGACTION, _SIGRETURN, _SIGALTSTACK, _EXIT_GROUP = (
    0,
    1,
    2,
    3,
    9,
    10,
    13,
    15,
    131,
    231,
)
_PRIVATE_ANONYMOUS: Final = 0x22
_NORESERVE_STACK: Final = 0x4000 | 0x20000
_SIGSEGV, _SIGBUS = 11, 7
_HANDLER_FLAGS: Final = 0x4 | 0x0800_0000 | 0x0400_0000 | 0x4000_0000  # SIGINFO | ONSTACK | RESTORER | NODEFER
# Offsets in the kernel's structures (asm/ucontext.h, asm/sigcontext.h, asm-generic/siginfo.h).
_SI_ADDR: Final = 16
_UC_REGISTERS: Final = 40
_SAVED: Final = {
    8: 0,
    9: 8,
    10: 16,
    11: 24,
    12: 32,
    13: 40,
    14: 48,
    15: 56,
    5: 64,
    4: 72,
    6: 80,
    3: 88,
    1: 96,
    0: 104,
    2: 112,
    7: 120,
    16: 128,
}
"""DWARF register -> its place behind _UC_REGISTERS."""


def fragments() -> list[Fragment]:
    """All special functions. Sections ".text", bindings global."""
    return [
        _start(),
        _start_plain(),
        _on_fault(),
        _return_from_signal(),
        _system_call("__sys_read", _READ),
        _system_call("__sys_write", _WRITE),
        _system_call("__sys_open", _OPEN),
        _system_call("__sys_close", _CLOSE),
        _exit(),
        _map(),
        stack_pointer(),
        return_address(),
        resume(),
    ]


def stack_pointer() -> Fragment:
    """`uint __stack_pointer()`: rsp of the caller at the call (the same on every target)."""
    a = Assembler()
    a.lea(rax, ptr[rsp + 8])
    a.ret()
    return _function(a, "__stack_pointer")


def return_address() -> Fragment:
    """`uint __return_address()`: where it returns to."""
    a = Assembler()
    a.mov(rax, ptr[rsp])
    a.ret()
    return _function(a, "__return_address")


def resume() -> Fragment:
    """`void __resume(uint pad, uint sp, uint exception)`: go on at a landing pad with the frame it belongs to."""
    a = Assembler()
    a.mov(rax, rdx)
    # By a return, not a jump: so a debugger finds the landing pad as caller once rsp is that of its frame.
    a.mov(ptr[rsi - 8], rdi)
    a.lea(rsp, ptr[rsi - 8])
    a.ret()
    return _function(a, "__resume")


def _function(a: Assembler, name: str, align: int = 4) -> Fragment:
    return a.finish(name, ".text", binding="global", align=align)


def _start() -> Fragment:
    """The image's entry: the kernel put argc at [rsp], argv behind it and left rdx, everything else is undefined."""
    a = Assembler()
    a.cfi.undefined(rip)
    a.xor(ebp, ebp)
    a.mov(r12, rsp)
    a.mov(r14d, STACK_BYTES)
    a.label(".ask")
    a.xor(edi, edi)
    a.mov(rsi, r14)
    a.mov(edx, 3)  # read, write
    a.mov(r10d, _PRIVATE_ANONYMOUS | _NORESERVE_STACK)
    a.or_(r8, -1)
    a.xor(r9d, r9d)
    a.mov(eax, _MMAP)
    a.syscall()
    a.cmp(rax, -4095)
    a.jb(".given")
    a.shr(r14, 1)
    a.cmp(r14d, LEAST_STACK)
    a.ja(".ask")
    a.jmp(".go")

    a.label(".given")
    a.mov(rbx, rax)
    a.lea(rdi, ptr[rbx + ALTERNATE_BYTES])
    a.mov(esi, GUARD_BYTES)
    a.xor(edx, edx)  # no access
    a.mov(eax, _MPROTECT)
    a.syscall()
    a.lea(rsp, ptr[rbx + r14])
    a.mov(edx, ALTERNATE_BYTES)
    a.push(rdx)  # struct sigaltstack: where, flags, size
    a.push(0)
    a.push(rbx)
    a.mov(rdi, rsp)
    a.xor(esi, esi)
    a.mov(eax, _SIGALTSTACK)
    a.syscall()
    a.push(0)  # struct sigaction: handler, flags, restorer, mask
    a.push("__return_from_signal")
    a.push(_HANDLER_FLAGS)
    a.push("__on_fault")
    for signal in (_SIGSEGV, _SIGBUS):
        a.mov(edi, signal)
        a.mov(rsi, rsp)
        a.xor(edx, edx)
        a.mov(r10d, 8)  # bytes of the mask
        a.mov(eax, _SIGACTION)
        a.syscall()
    a.lea(rdi, ptr[rbx + ALTERNATE_BYTES])
    a.lea(rsi, ptr[rbx + ALTERNATE_BYTES + GUARD_BYTES])
    a.lea(rsp, ptr[rbx + r14])
    a.call("__stack_guard")

    a.label(".go")
    a.and_(rsp, -16)
    a.mov(rdi, qword[r12])
    a.lea(rsi, ptr[r12 + 8])
    a.call("__start")
    a.ud2()
    return _function(a, "_start", 16)


def _start_plain() -> Fragment:
    """The entry of a program that cannot exhaust its stack: it stays on the one the kernel gave it."""
    a = Assembler()
    a.cfi.undefined(rip)
    a.xor(ebp, ebp)
    a.mov(rdi, qword[rsp])
    a.lea(rsi, ptr[rsp + 8])
    a.and_(rsp, -16)
    a.call("__start")
    a.ud2()
    return _function(a, "_start_plain", 16)


def _on_fault() -> Fragment:
    """Handler of SIGSEGV and SIGBUS: edi = signal, rsi = siginfo, rdx = ucontext, on the alternate stack."""
    a = Assembler()
    a.cfi.signal()
    a.cfi.def_cfa(rdx, _UC_REGISTERS)
    for register, place in _SAVED.items():
        a.cfi.rel_offset(register, place)
    a.mov(rbx, rdx)
    a.cfi.def_cfa_register(rbx)
    a.mov(rdi, qword[rsi + _SI_ADDR])
    a.mov(rsi, qword[rbx + _UC_REGISTERS + _SAVED[16]])
    a.mov(rdx, qword[rbx + _UC_REGISTERS + _SAVED[7]])
    a.call("__fault")
    a.ud2()
    return _function(a, "__on_fault", 16)


def _return_from_signal() -> Fragment:
    a = Assembler()
    a.cfi.undefined(rip)
    a.mov(eax, _SIGRETURN)
    a.syscall()
    return _function(a, "__return_from_signal")


def _system_call(name: str, number: int) -> Fragment:
    """A system call whose (at most three) parameters are those of the function."""
    a = Assembler()
    if number:
        a.mov(eax, number)
    else:
        a.xor(eax, eax)
    a.syscall()
    a.ret()
    return _function(a, name)


def _exit() -> Fragment:
    a = Assembler()
    a.mov(eax, _EXIT_GROUP)
    a.syscall()
    a.ud2()
    return _function(a, "__sys_exit")


def _map() -> Fragment:
    """`uint __sys_map(uint n)`: fresh zeroed pages, 0 if the system refuses."""
    a = Assembler()
    a.mov(rsi, rdi)
    a.xor(edi, edi)
    a.mov(edx, 3)
    a.mov(r10d, _PRIVATE_ANONYMOUS)
    a.or_(r8, -1)
    a.xor(r9d, r9d)
    a.mov(eax, _MMAP)
    a.syscall()
    a.cmp(rax, -4095)
    a.jb(".given")
    a.xor(eax, eax)
    a.label(".given")
    a.ret()
    return _function(a, "__sys_map")
