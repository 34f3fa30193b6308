"""Small kernels for the boot tests: assembled by GNU as and gcc, linked by us with a script or a Python layout, booted in qemu.

Each prints a line on the first serial port and leaves through isa-debug-exit with 42. The checks inside see wrong addresses,
wrong load addresses, bss that is not empty and data that is not there.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from starklink.linker.elf.link import LinkResult, link
from starklink.linker.elf.options import InputSpec, Options

STATUS = 42 << 1 | 1

MACROS = """
        .macro puts text            # 32-bit code, text at %esi
        mov $0x3f8, %dx
    1:  lodsb
        test %al, %al
        jz 2f
        out %al, %dx
        jmp 1b
    2:
        .endm
        .macro leave_with value
        mov $0xf4, %dx
        mov \\\\value, %al
        out %al, %dx
    3:  hlt
        jmp 3b
        .endm
""".replace("\\\\", "\\")

MULTIBOOT = MACROS + """
        .code32
        .section .multiboot, "a"
    header:
        .long 0x1badb002, 0x10000, -(0x1badb002 + 0x10000)
        .long header, load_start, load_end, bss_end, _start
        .text
        .globl _start
    _start:
        cmp $0x2badb002, %eax
        jne bad
        mov $stack_top, %esp
        cmpl $0x600dda7a, value
        jne bad
        mov $bss_start, %edi
        mov $bss_end, %ecx
        sub %edi, %ecx
        xor %eax, %eax
        repe scasb
        jne bad
        call hot
        mov $message, %esi
        puts
        leave_with $42
    bad: leave_with $1
        .section .text.hot, "ax"
    hot: movl $1, counter
        ret
        .section .rodata.str, "a"
    message: .asciz "multiboot kernel\\n"
        .data
    value: .long 0x600dda7a
        .bss
        .balign 64
    counter: .skip 4000
"""

HIGHER_ENTRY = """
        .section .note.Xen, "a", @note
        .long 4, 4, 18
        .asciz "Xen"
        .long start
        .code32
        .section .boot, "ax"
        .globl start
    start:
        mov $boot_stack, %esp
        mov $pml4, %edi
        mov $pdpt + 3, %eax
        mov %eax, (%edi)
        mov %eax, 511*8(%edi)
        mov $pdpt, %edi
        mov $pd + 3, %eax
        mov %eax, (%edi)
        mov %eax, 510*8(%edi)
        movl $0x83, pd
        movl $0x200083, pd + 8
        mov %cr4, %eax
        or $0x620, %eax
        mov %eax, %cr4
        mov $pml4, %eax
        mov %eax, %cr3
        mov $0xc0000080, %ecx
        rdmsr
        or $0x100, %eax
        wrmsr
        mov %cr0, %eax
        or $0x80000001, %eax
        mov %eax, %cr0
        lgdt gdt_pointer
        ljmp $8, $long_mode
        .code64
    long_mode:
        mov $16, %eax
        mov %eax, %ds
        mov %eax, %es
        mov %eax, %ss
        mov $high_stack, %rsp
        mov $kmain, %rax
        call *%rax
        .balign 8
    gdt: .quad 0, 0x00af9a000000ffff, 0x00cf92000000ffff
    gdt_pointer: .word 23
        .long gdt
        .section .boot.bss, "aw", @nobits
        .balign 4096
    pml4: .skip 4096
    pdpt: .skip 4096
    pd: .skip 4096
        .skip 1024
    boot_stack:
        .bss
        .balign 16
        .skip 4096
    high_stack:
"""

HIGHER_MAIN = """
typedef unsigned long u64;
extern char kernel_start[], kernel_end[], phys_start[], bss_begin[], bss_finish[];
int filled = 0x1234567, empty[300];
const char *const words[] = { "higher ", "half ", "kernel\\n", 0 };
static inline void out(int port, int value) { __asm__ volatile("outb %b0, %w1" :: "a"(value), "Nd"(port)); }
__attribute__((section(".text.unlikely"))) static int check(void) {
  if ((u64)kernel_start != 0xffffffff80100000 + 0x100000 || (u64)phys_start != 0x200000) return 2;
  if (filled != 0x1234567) return 3;
  for (char *p = bss_begin; p < bss_finish; p++) if (*p && (u64)p > (u64)empty - 1 && (u64)p < (u64)(empty + 300)) return 4;
  if ((u64)kernel_end < (u64)bss_finish) return 5;
  if (*(int *)((u64)&filled - 0xffffffff80000000) != filled) return 6;
  return 42;
}
void kmain(void) {
  int code = check();
  for (const char *const *w = words; *w; w++) for (const char *c = *w; *c; c++) out(0x3f8, *c);
  out(0xf4, code);
  for (;;) __asm__("hlt");
}
"""

XV6 = MACROS + """
        .section .note.Xen, "a", @note
        .long 4, 4, 18
        .asciz "Xen"
        .long _start
        .code32
        .text
        .globl entry
    entry:
        mov %cr4, %eax
        or $0x10, %eax
        mov %eax, %cr4
        mov $entrypgdir - 0x80000000, %eax
        mov %eax, %cr3
        mov %cr0, %eax
        or $0x80010001, %eax
        mov %eax, %cr0
        mov $stack + 4096, %esp
        mov $main, %eax
        jmp *%eax
    main:
        cmpl $_binary_initcode_size, size
        jne bad
        mov $_binary_initcode_start, %esi
        mov $0x3f8, %dx
    1:  lodsb
        out %al, %dx
        cmp $_binary_initcode_end, %esi
        jne 1b
        mov $data, %eax
        test $0xfff, %eax
        jne bad
        cmp $edata, %eax
        jae bad
        mov $end, %eax
        cmp $stack + 4096, %eax
        jb bad
        leave_with $42
    bad: leave_with $1
        .data
    size: .long 12
        .balign 4096
        .globl entrypgdir
    entrypgdir:
        .long 0x83
        .fill 511, 4, 0
        .long 0x83
        .fill 511, 4, 0
        .bss
    stack: .skip 4096
"""

SECTOR = """
        .code16
        .section .boot, "ax"
        .globl start
    start:
        cli
        xor %ax, %ax
        mov %ax, %ds
        mov %ax, %ss
        mov $0x7c00, %sp
        mov $packet, %si
        mov $0x42, %ah
        mov $0x80, %dl
        int $0x13
        jc bad
        ljmp $0x1000, $0
    bad: mov $0xf4, %dx
        mov $1, %al
        out %al, %dx
        hlt
    packet: .byte 16, 0
        .word sectors, 0, 0x1000
        .quad 1
        .section .stage2, "ax"
        .globl second
    second:
        mov %cs, %ax
        mov %ax, %ds
        mov $message - second, %si
        mov $0x3f8, %dx
    1:  lodsb
        test %al, %al
        jz 2f
        out %al, %dx
        jmp 1b
    2:  mov $0xf4, %dx
        mov $42, %al
        out %al, %dx
        hlt
    message: .asciz "second sector\\n"
        .skip 700
"""


def assemble(folder: Path, name: str, text: str) -> Path:
    """An object by GNU as."""
    path = folder / f"{name}.o"
    subprocess.run(["as", "--64", "-o", str(path)], input=text, text=True, check=True)
    return path


def compile_c(folder: Path, name: str, text: str) -> Path:
    """An object for the higher half by gcc, with frames and notes as distributions give them."""
    path = folder / f"{name}.o"
    subprocess.run(["gcc", "-c", "-O1", "-mcmodel=kernel", "-mno-red-zone", "-mgeneral-regs-only", "-ffreestanding",
                    "-fno-pic", "-fno-stack-protector", "-g", "-x", "c", "-o", str(path), "-"], input=text, text=True, check=True)
    return path


def made(objects: list[Path], **options: object) -> LinkResult:
    """Link statically."""
    chosen = Options(inputs=[InputSpec("file", str(path)) for path in objects], static=True, dynamic_linker="")
    for name, value in options.items():
        setattr(chosen, name, value)
    return link(chosen)


def boot(*words: str) -> tuple[int, str]:
    """qemu's status and the serial output."""
    done = subprocess.run(["qemu-system-x86_64", "-accel", "tcg", "-display", "none", "-nodefaults", "-serial", "stdio",
                           "-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=4", *words],
                          capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout.decode("latin-1").replace("\r", "") + done.stderr.decode("latin-1")
