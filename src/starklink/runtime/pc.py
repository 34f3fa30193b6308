"""Special functions of the run-time system on a bare PC: the universal bootable stub and what replaces system calls.

One image boots by PVH (qemu -kernel, Firecracker, cloud-hypervisor), Multiboot 1 (qemu -kernel, GRUB, Limine) and Multiboot 2
(GRUB, Limine). All three enter `__boot32` in 32-bit protected mode with paging off and a pointer to their information in ebx;
it builds page tables, enables SSE and goes to long mode at `_start`, which

    sets up the serial port, descriptor tables and exception handlers, reads memory map and command line,
    lays out RAM above the image, tells the library where the guard is and calls `__start(argc, argv)` on the big stack:

    image, bss | rest of 2 MiB | guard, 2 MiB, not mapped | stack | memory for __sys_map ... end of RAM (at most 4 GiB)

The first 4 GiB are mapped one to one except the guard and page 0, so that a stray null pointer faults. Interrupts stay off.
Exceptions run on a stack of their own and go to the library's `__pc_exception`; one inside it ends the machine with code 99.

What the linker has to provide:
* section ".boot" first in the file behind the headers, in the order of `fragments()`: the Multiboot headers have to lie
  within the first 8 KiB (Multiboot 2: 32 KiB) of the file;
* file layout == memory layout from `__image_start` (the address of file offset 0) to `__load_end`, bss up to `__image_end`;
* everything below 2 GiB; a PT_NOTE header for section ".note.Xen" alone, aligned to 4;
* the symbols `__image_start`, `__load_end`, `__image_end`.
"""

from __future__ import annotations

from struct import pack
from typing import Final

from ..asm.assembler import Assembler
from ..asm.operands import (
    Label,
    ah,
    al,
    ax,
    byte,
    cl,
    cr0,
    cr2,
    cr3,
    cr4,
    dil,
    ds,
    dword,
    dx,
    eax,
    ebp,
    ebx,
    ecx,
    edi,
    edx,
    es,
    esi,
    far,
    fs,
    gs,
    ptr,
    qword,
    r8,
    r8d,
    r9,
    r9d,
    r10,
    r10d,
    r11,
    r11b,
    r11d,
    r12,
    r12d,
    r13,
    r13d,
    r14,
    r15,
    rax,
    rbp,
    rbx,
    rcx,
    rdi,
    rdx,
    rip,
    rsi,
    rsp,
    ss,
    sym,
    word,
)
from ..objwriter.model import Fixup, Fragment, Reloc
from .linux import resume, return_address, stack_pointer

# Boot protocols.
_MULTIBOOT1: Final = 0x1BADB002
_MULTIBOOT1_INFO: Final = 0x2BADB002
_MULTIBOOT2: Final = 0xE85250D6
_MULTIBOOT2_INFO: Final = 0x36D76289
_PVH_INFO: Final = 0x336EC578
# Ports.
_COM1: Final = 0x3F8
_DEBUG_CONSOLE: Final = 0xE9
_DEBUG_EXIT: Final = 0xF4
# Selectors of our descriptor table.
_CODE, _DATA, _TASK = 0x08, 0x10, 0x18

PAGE: Final = 4096
BIG_PAGE: Final = 2 << 20
MOST_STACK: Final = 64 << 20
"""The stack gets a quarter of the free RAM, but not more than this."""
FALLBACK_RAM: Final = 64 << 20
"""End of RAM if the loader tells nothing."""
_FAULT_STACK: Final = 32 << 10
_ARGUMENT_BYTES: Final = 1024
_ARGUMENTS: Final = 64
VECTOR_BYTES: Final = 16
_WITH_ERROR_CODE: Final = sum([1 << vector for vector in (8, 10, 11, 12, 13, 14, 17, 21, 29, 30)])
_NESTED_FAULT_CODE: Final = 99

# Uninitialised memory of the stub: name -> bytes. The page tables come first, they need the alignment.
_BSS: Final = {
    "__pc_pml4": PAGE,
    "__pc_pdpt": PAGE,
    "__pc_pd": 4 * PAGE,
    "__pc_pt0": PAGE,
    "__pc_fault_stack": _FAULT_STACK,
    "__pc_boot_stack": PAGE,
    "__pc_idt": 32 * 16,
    "__pc_tss": 104,
    "__pc_ram_next": 8,
    "__pc_ram_end": 8,
    "__pc_in_fault": 8,
    "__pc_text": _ARGUMENT_BYTES,
    "__pc_argv": (_ARGUMENTS + 2) * 8,
}


def fragments() -> list[Fragment]:
    """All special functions and data, the boot headers first."""
    return [
        _headers(),
        _note(),
        _boot32(),
        _start(),
        _read_info(),
        _arguments(),
        _exceptions(),
        _write(),
        _exit(),
        _map(),
        _constant("__sys_read", 0),
        _constant("__sys_open", -38),
        _constant("__sys_close", 0),
        stack_pointer(),
        return_address(),
        resume(),
        _descriptors(),
        _bss(),
    ]


def _function(a: Assembler, name: str, section: str = ".text", align: int = 4) -> Fragment:
    return a.finish(name, section, kind="func", binding="global", align=align)


def _headers() -> Fragment:
    """Multiboot 1 with address fields (loaders copy the file as it is) and Multiboot 2 with an entry tag."""
    a = Assembler()
    flags = 1 << 16 | 1 << 1  # address fields are valid; memory information wanted
    a.label("__multiboot1")
    a.dd(_MULTIBOOT1, flags, -(_MULTIBOOT1 + flags) & 0xFFFF_FFFF)
    a.dd("__multiboot1", "__image_start", "__load_end", "__image_end", "__boot32")
    start = a.label("__multiboot2")
    end = Label()
    size = 16 + 16 + 8  # header, entry tag padded to 8, end tag
    a.dd(_MULTIBOOT2, 0, end - start, -(_MULTIBOOT2 + size) & 0xFFFF_FFFF)
    a.dw(3, 0)
    a.dd(12, "__boot32", 0)
    a.dw(0, 0)
    a.dd(8)
    a.bind(end)
    return a.finish("__boot_headers", ".boot", kind="object", binding="global", align=8)


def _note() -> Fragment:
    """XEN_ELFNOTE_PHYS32_ENTRY."""
    return Fragment(
        "", ".note.Xen", pack("<III4sQ", 4, 8, 18, b"Xen\0", 0), 4, fixups=[Fixup(16, Reloc.ABS64, "__boot32", 0)]
    )


def _boot32() -> Fragment:
    """32-bit entry of all protocols: eax = magic of the loader, ebx = its information. To long mode and `_start`."""
    a = Assembler(32)
    a.cfi.undefined(rip)
    a.cli()
    a.cld()
    a.mov(ebp, eax)
    a.mov(edi, ebx)
    a.mov(eax, 0x8000_0000)
    a.cpuid()
    a.cmp(eax, 0x8000_0001)
    a.jb(".old")
    a.mov(eax, 0x8000_0001)
    a.cpuid()
    a.bt(edx, 29)
    a.jnc(".old")

    a.mov(eax, sym("__pc_pdpt", 3))  # 3: present, writable
    a.mov(ptr["__pc_pml4"], eax)
    a.mov(eax, sym("__pc_pd", 3))
    _table(a, ".pdpt", "__pc_pdpt", 4, PAGE)
    a.mov(eax, 0x83)  # 0x80: a page of 2 MiB
    _table(a, ".pd", "__pc_pd", 2048, BIG_PAGE)
    a.mov(dword["__pc_pd"], sym("__pc_pt0", 3))  # the first 2 MiB page by page, because page 0 will go
    a.mov(eax, 3)
    _table(a, ".pt", "__pc_pt0", 512, PAGE)

    a.mov(eax, 1 << 5 | 1 << 9 | 1 << 10)  # PAE, OSFXSR, OSXMMEXCPT
    a.mov(cr4, eax)
    a.mov(eax, "__pc_pml4")
    a.mov(cr3, eax)
    a.mov(ecx, 0xC000_0080)  # EFER
    a.rdmsr()
    a.or_(eax, 1 << 8)  # LME
    a.wrmsr()
    a.mov(eax, 1 << 31 | 1 << 5 | 1 << 4 | 1 << 1 | 1)  # PG, NE, ET, MP, PE; not EM, not TS
    a.mov(cr0, eax)
    a.lgdt(ptr["__pc_gdtr"])
    a.jmp(far(_CODE, "_start"))

    a.label(".old")
    a.mov(esi, ".message")
    a.mov(edx, _COM1)
    a.label(".next")
    a.lodsb()
    a.out(dx, al)
    a.test(al, al)
    a.jnz(".next")
    a.label(".stop")
    a.hlt()
    a.jmp(".stop")
    a.label(".message")
    a.ascii("starklink: this image needs a 64-bit processor\n", b"\0")
    return _function(a, "__boot32", ".boot", 16)


def _table(a: Assembler, label: str, table: str, entries: int, step: int) -> None:
    """Fill a page table: the first entry is in eax, each following one is `step` more. Uses ecx."""
    a.xor(ecx, ecx)
    a.label(label)
    a.mov(ptr[sym(table) + ecx * 8], eax)
    a.add(eax, step)
    a.inc(ecx)
    a.cmp(ecx, entries)
    a.jb(label)


def _start() -> Fragment:
    """64-bit entry: ebp = magic of the loader, edi = its information."""
    a = Assembler()
    a.cfi.undefined(rip)
    a.mov(eax, _DATA)
    for segment in (ds, es, ss, fs, gs):
        a.mov(segment, eax)
    a.lea(rsp, ptr[rip + sym("__pc_boot_stack", PAGE)])
    a.mov(r12d, edi)
    a.mov(r13d, ebp)
    for port, value in (
        (1, 0),
        (3, 0x80),
        (0, 1),
        (1, 0),
        (3, 3),
        (2, 0xC7),
        (4, 3),
    ):  # 115200 8N1, FIFO, no interrupts
        a.mov(edx, _COM1 + port)
        a.mov(al, value)
        a.out(dx, al)
    _set_up_traps(a)
    a.mov(edi, r12d)
    a.mov(esi, r13d)
    a.call("__pc_read_info")
    a.mov(rdi, rax)
    a.mov(esi, edx)
    a.call("__pc_arguments")
    a.mov(r12, rax)

    a.lea(rbx, ptr[rip + sym("__image_end", BIG_PAGE - 1)])
    a.and_(rbx, -BIG_PAGE)  # the guard
    a.mov(rax, rbx)
    a.shr(rax, 21)
    a.lea(rcx, ptr[rip + "__pc_pd"])
    a.and_(qword[rcx + rax * 8], 0)
    a.and_(qword[rip + "__pc_pt0"], 0)
    a.mov(rax, cr3)
    a.mov(cr3, rax)
    a.lea(r14, ptr[rbx + BIG_PAGE])  # low end of the stack
    a.mov(rax, ptr[rip + "__pc_ram_end"])
    a.sub(rax, r14)
    a.shr(rax, 2)
    a.and_(rax, -PAGE)
    a.mov(ecx, MOST_STACK)
    a.cmp(rax, rcx)
    a.cmova(rax, rcx)
    a.add(rax, r14)
    a.mov(ptr[rip + "__pc_ram_next"], rax)
    a.mov(rsp, rax)
    a.mov(rdi, rbx)
    a.mov(rsi, r14)
    a.xor(ebp, ebp)
    a.call("__stack_guard")
    a.mov(rdi, r12)
    a.lea(rsi, ptr[rip + "__pc_argv"])
    a.call("__start")
    a.ud2()
    return _function(a, "_start", ".text", 16)


def _set_up_traps(a: Assembler) -> None:
    """Task state, whose only use is the stack of the exception handlers, and the interrupt descriptors."""
    a.lea(rax, ptr[rip + sym("__pc_fault_stack", _FAULT_STACK)])
    a.mov(ptr[rip + sym("__pc_tss", 36)], rax)  # IST1
    a.mov(word[rip + sym("__pc_tss", 102)], 104)  # no I/O permission map
    a.lea(rax, ptr[rip + "__pc_tss"])
    a.mov(ptr[rip + sym("__pc_gdt", _TASK + 2)], ax)
    a.shr(eax, 16)
    a.mov(ptr[rip + sym("__pc_gdt", _TASK + 4)], al)
    a.mov(ptr[rip + sym("__pc_gdt", _TASK + 7)], ah)
    a.mov(eax, _TASK)
    a.ltr(ax)
    a.lea(rax, ptr[rip + "__pc_vectors"])
    a.lea(rdi, ptr[rip + "__pc_idt"])
    a.mov(ecx, 32)
    a.label(".gate")  # offset 15..0, selector, IST 1, interrupt gate, offset 63..16
    a.mov(ptr[rdi], ax)
    a.mov(dword[rdi + 2], 1 << 16 | _CODE)
    a.mov(byte[rdi + 5], 0x8E)
    a.mov(edx, eax)
    a.shr(edx, 16)
    a.mov(ptr[rdi + 6], dx)
    a.add(rax, VECTOR_BYTES)
    a.add(rdi, 16)
    a.dec(ecx)
    a.jnz(".gate")
    a.lidt(ptr[rip + "__pc_idtr"])


def _read_info() -> Fragment:
    """rdi = the loader's information, esi = its magic; sets `__pc_ram_end`. rax = command line or 0, edx = 1 if that begins with
    a program name."""
    a = Assembler()
    a.mov(qword[rip + "__pc_ram_end"], FALLBACK_RAM)
    a.xor(r10d, r10d)
    a.xor(r11d, r11d)
    a.cmp(dword[rdi], _PVH_INFO)  # eax tells nothing under PVH
    a.je(".pvh")
    a.cmp(esi, _MULTIBOOT1_INFO)
    a.je(".multiboot1")
    a.cmp(esi, _MULTIBOOT2_INFO)
    a.je(".multiboot2")
    a.label(".done")
    a.mov(rax, r10)
    a.mov(edx, r11d)
    a.ret()

    _read_pvh(a)
    _read_multiboot1(a)
    _read_multiboot2(a)
    a.label(".range")  # rax = start, rdx = size, esi = kind of a range (1: RAM)
    a.cmp(esi, 1)
    a.jne(".other")
    a.add(rdx, rax)
    a.lea(rsi, ptr[rip + "__image_end"])
    a.cmp(rax, rsi)
    a.ja(".other")
    a.cmp(rdx, rsi)
    a.jbe(".other")
    a.mov(rsi, 1 << 32)  # not more than what is mapped
    a.cmp(rdx, rsi)
    a.cmova(rdx, rsi)
    a.mov(ptr[rip + "__pc_ram_end"], rdx)
    a.label(".other")
    a.ret()
    return _function(a, "__pc_read_info")


def _read_pvh(a: Assembler) -> None:
    """struct hvm_start_info: command line and, since version 1, a memory map of 24-byte entries."""
    a.label(".pvh")  # struct hvm_start_info
    a.mov(r10, ptr[rdi + 24])
    a.cmp(dword[rdi + 4], 1)  # version 0 has no memory map
    a.jb(".done")
    a.mov(r8, ptr[rdi + 40])
    a.imul(r9d, dword[rdi + 48], 24)
    a.add(r9, r8)
    a.label(".pvh_entry")
    a.cmp(r8, r9)
    a.jae(".done")
    a.mov(rax, ptr[r8])
    a.mov(rdx, ptr[r8 + 8])
    a.mov(esi, ptr[r8 + 16])
    a.call(".range")
    a.add(r8, 24)
    a.jmp(".pvh_entry")


def _read_multiboot1(a: Assembler) -> None:
    """Multiboot 1 information: flags say which fields are there."""
    a.label(".multiboot1")
    a.mov(ecx, ptr[rdi])  # flags: which fields are there
    a.test(cl, 1)
    a.jz(".no_size")
    a.mov(eax, 1 << 20)
    a.mov(edx, ptr[rdi + 8])  # KiB above 1 MiB
    a.shl(rdx, 10)
    a.mov(esi, 1)
    a.call(".range")
    a.label(".no_size")
    a.test(cl, 4)
    a.jz(".no_line")
    a.mov(r10d, ptr[rdi + 16])
    a.label(".no_line")
    a.bt(ecx, 9)
    a.jnc(".no_name")
    a.mov(eax, ptr[rdi + 64])
    a.cmp(dword[rax], int.from_bytes(b"qemu", "little"))  # puts the file name before -append
    a.sete(r11b)
    a.label(".no_name")
    a.bt(ecx, 6)
    a.jnc(".done")
    a.mov(r8d, ptr[rdi + 48])
    a.mov(r9d, ptr[rdi + 44])
    a.add(r9, r8)
    a.label(".map_entry")
    a.cmp(r8, r9)
    a.jae(".done")
    a.mov(rax, ptr[r8 + 4])
    a.mov(rdx, ptr[r8 + 12])
    a.mov(esi, ptr[r8 + 20])
    a.call(".range")
    a.mov(eax, ptr[r8])
    a.lea(r8, ptr[r8 + rax + 4])
    a.jmp(".map_entry")


def _read_multiboot2(a: Assembler) -> None:
    """Multiboot 2 information: tags, each padded to 8 bytes."""
    a.label(".multiboot2")
    a.mov(r9d, ptr[rdi])
    a.add(r9, rdi)
    a.lea(r8, ptr[rdi + 8])
    a.label(".tag")
    a.cmp(r8, r9)
    a.jae(".done")
    a.mov(eax, ptr[r8])
    a.test(eax, eax)
    a.jz(".done")
    a.lea(rcx, ptr[r8 + 8])
    a.cmp(eax, 1)  # command line
    a.cmove(r10, rcx)
    a.cmp(eax, 6)  # memory map
    a.je(".tag_map")
    a.label(".next_tag")
    a.mov(eax, ptr[r8 + 4])
    a.add(rax, 7)
    a.and_(rax, -8)
    a.add(r8, rax)
    a.jmp(".tag")
    a.label(".tag_map")
    a.add(rcx, 8)
    a.mov(edi, ptr[r8 + 4])
    a.add(rdi, r8)
    a.label(".tag_entry")
    a.cmp(rcx, rdi)
    a.jae(".next_tag")
    a.mov(rax, ptr[rcx])
    a.mov(rdx, ptr[rcx + 8])
    a.mov(esi, ptr[rcx + 16])
    a.call(".range")
    a.mov(eax, ptr[r8 + 8])
    a.add(rcx, rax)
    a.jmp(".tag_entry")


def _arguments() -> Fragment:
    """rdi = command line or 0, esi = 1 if it begins with a program name: fills `__pc_argv` with its words, rax = argc."""
    a = Assembler()
    a.lea(r8, ptr[rip + "__pc_text"])
    a.lea(r9, ptr[rip + "__pc_argv"])
    a.lea(r10, ptr[r8 + (_ARGUMENT_BYTES - 1)])
    a.xor(eax, eax)
    a.test(esi, esi)
    a.jnz(".named")
    a.mov(ptr[r9], r8)  # an empty program name
    a.inc(r8)
    a.inc(eax)
    a.label(".named")
    a.test(rdi, rdi)
    a.jz(".end")
    a.label(".skip")
    a.mov(cl, ptr[rdi])
    a.test(cl, cl)
    a.jz(".end")
    a.inc(rdi)
    a.cmp(cl, ord(" "))
    a.je(".skip")
    a.cmp(eax, _ARGUMENTS)
    a.jae(".end")
    a.mov(ptr[r9 + rax * 8], r8)
    a.inc(eax)
    a.label(".char")
    a.cmp(r8, r10)
    a.jae(".end")
    a.mov(ptr[r8], cl)
    a.inc(r8)
    a.mov(cl, ptr[rdi])
    a.test(cl, cl)
    a.jz(".word")
    a.inc(rdi)
    a.cmp(cl, ord(" "))
    a.jne(".char")
    a.label(".word")
    a.mov(byte[r8], 0)
    a.inc(r8)
    a.jmp(".skip")
    a.label(".end")
    a.ret()
    return _function(a, "__pc_arguments")


def _exceptions() -> Fragment:
    """Entries of the 32 exceptions, VECTOR_BYTES apart, and what they share. The processor pushed ss, rsp, rflags, cs, rip and
    for some vectors an error code on the fault stack. All registers are saved where the unwind rules say, so that a
    debugger shows the interrupted function's variables."""
    a = Assembler()
    a.cfi.signal()
    for vector in range(32):
        if vector:
            a.align(VECTOR_BYTES)
        code = _WITH_ERROR_CODE >> vector & 1
        a.cfi.def_cfa(rsp, 48 if code else 40)
        a.cfi.rel_offset(rip, -40)
        a.cfi.rel_offset(rsp, -16)
        if not code:
            a.push(0)
            a.cfi.def_cfa_offset(48)
        a.push(vector)
        a.cfi.def_cfa_offset(56)
        a.near.jmp(".save")
    a.label(".save")
    for register in (rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15):
        a.push(register)
        a.cfi.adjust_cfa_offset(8)
        a.cfi.rel_offset(register, -a.cfi.offset)
    a.cld()
    a.cmp(byte[rip + "__pc_in_fault"], 0)
    a.jne(".again")
    a.mov(byte[rip + "__pc_in_fault"], 1)
    a.mov(edi, ptr[rsp + 120])
    a.mov(rsi, ptr[rsp + 128])
    a.mov(rdx, ptr[rsp + 136])
    a.mov(rcx, ptr[rsp + 160])
    a.mov(r8, cr2)
    a.call("__pc_exception")
    a.label(".again")
    a.mov(edi, _NESTED_FAULT_CODE)
    a.call("__sys_exit")
    a.ud2()
    return _function(a, "__pc_vectors", align=16)


def _write() -> Fragment:
    """`int __sys_write(int fd, uint a, int n)`: to the serial port, 16 bytes at a time when its buffer is empty."""
    a = Assembler()
    a.mov(r8, rdx)
    a.mov(r9, rdx)
    a.label(".block")
    a.test(r9, r9)
    a.jle(".end")
    _await_serial(a, 0x20, ".wait", ".ready")
    a.mov(ecx, 16)
    a.cmp(r9, rcx)
    a.cmovb(ecx, r9d)
    a.sub(r9, rcx)
    a.mov(edx, _COM1)
    a.rep.outsb()
    a.jmp(".block")
    a.label(".end")
    a.mov(rax, r8)
    a.ret()
    return _function(a, "__sys_write")


def _await_serial(a: Assembler, bit: int, wait: str, ready: str) -> None:
    """Wait for a bit of the line status register, not for ever: there may be no serial port. Uses eax, ecx, edx."""
    a.mov(edx, _COM1 + 5)
    a.mov(ecx, 1 << 20)
    a.label(wait)
    a.in_(al, dx)
    a.test(al, bit)
    a.jnz(ready)
    a.dec(ecx)
    a.jnz(wait)
    a.label(ready)


def _exit() -> Fragment:
    """`void __sys_exit(int code)`: the exit protocol of docs/runtime.md, after everything written has left the serial port."""
    a = Assembler()
    a.movzx(r8d, dil)
    _await_serial(a, 0x40, ".wait", ".sent")
    a.mov(eax, r8d)
    a.mov(ecx, 10)
    a.xor(esi, esi)
    a.label(".divide")
    a.xor(edx, edx)
    a.div(ecx)
    a.add(edx, ord("0"))
    a.push(rdx)
    a.inc(esi)
    a.test(eax, eax)
    a.jnz(".divide")
    a.label(".digit")
    a.pop(rax)
    a.out(_DEBUG_CONSOLE, al)
    a.dec(esi)
    a.jnz(".digit")
    a.mov(al, ord("\n"))
    a.out(_DEBUG_CONSOLE, al)
    a.mov(eax, r8d)
    a.and_(eax, 0x1F)
    a.or_(eax, 0x20)
    a.mov(ecx, 0x10)
    a.test(r8d, r8d)
    a.cmovz(eax, ecx)
    a.out(_DEBUG_EXIT, al)
    a.label(".halt")
    a.cli()
    a.hlt()
    a.jmp(".halt")
    return _function(a, "__sys_exit")


def _map() -> Fragment:
    """`uint __sys_map(uint n)`: the next n bytes of RAM in whole pages, cleared; 0 if there are not as many."""
    a = Assembler()
    a.mov(rax, ptr[rip + "__pc_ram_next"])
    a.mov(rdx, ptr[rip + "__pc_ram_end"])
    a.sub(rdx, rax)
    a.jb(".none")
    a.cmp(rdi, rdx)
    a.ja(".none")
    a.lea(rcx, ptr[rdi + (PAGE - 1)])
    a.and_(rcx, -PAGE)
    a.cmp(rcx, rdx)
    a.ja(".none")
    a.mov(r8, rax)
    a.mov(rdi, rax)
    a.add(rax, rcx)
    a.mov(ptr[rip + "__pc_ram_next"], rax)
    a.xor(eax, eax)
    a.shr(rcx, 3)
    a.rep.stosq()
    a.mov(rax, r8)
    a.ret()
    a.label(".none")
    a.xor(eax, eax)
    a.ret()
    return _function(a, "__sys_map")


def _constant(name: str, value: int) -> Fragment:
    """A function that only has a result."""
    a = Assembler()
    if value:
        a.mov(rax, value)
    else:
        a.xor(eax, eax)
    a.ret()
    return _function(a, name)


def _descriptors() -> Fragment:
    """Global descriptor table and the operands of lgdt (also valid in 32-bit code) and lidt. The processor writes into it."""
    a = Assembler()
    a.label("__pc_gdt")
    a.dq(0, 0x00AF_9B00_0000_FFFF, 0x00CF_9300_0000_FFFF)  # none, 64-bit code, data
    a.dq(0x0000_8900_0000_0067, 0)  # task state; its address is filled in
    a.label("__pc_gdtr")
    a.dw(5 * 8 - 1)
    a.dq("__pc_gdt")
    a.label("__pc_idtr")
    a.dw(32 * 16 - 1)
    a.dq(sym("__pc_idt"))
    return a.finish("__pc_descriptors", ".data", align=16)


def _bss() -> Fragment:
    labels: dict[str, int] = {}
    size = 0
    for name, length in _BSS.items():
        labels[name] = size
        size += length + -length % 16
    return Fragment("__pc_memory", ".bss", b"", PAGE, size, labels=labels, kind="object")
