"""Jobs without a C library: addresses by option, linker scripts, embedded files, flat output, 32-bit programs."""

from __future__ import annotations

from linker_jobs import NO_PIE, PIE, Job, Run

EXIT = """
static long call(long n, long a, long b, long c) {
    long r; __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory"); return r;
}
void leave(int code) { call(60, code, 0, 0); __builtin_unreachable(); }
void say(const char *text, long size) { call(1, 1, (long)text, size); }
"""
START = "extern void leave(int); extern int value; int table[4] = {1, 2, 3}; int zero[5];\nvoid _start(void) { leave(value + table[1] + zero[2]); }\n"
VALUE = "int value = 40;\n"
FREE = "gcc -O1 -ffreestanding -fno-pie -fno-stack-protector -fno-asynchronous-unwind-tables -c"
BARE = {"exit.c": EXIT, "start.c": START, "value.c": VALUE}
OBJECTS = "start.o exit.o value.o"

SCRIPT = """
ENTRY(_start)
PHDRS { code PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6); }
SECTIONS {
  . = 0x10000 + SIZEOF_HEADERS;
  .text ALIGN(16) : { *(.text.first) *(.text .text.*) etext = .; } :code
  .rodata : { *(.rodata*) } :code
  . = ALIGN(0x1000);
  .data : { value_start = .; *(.data .data.*) BYTE(1) . = ALIGN(8); QUAD(table) } :data
  .bss : { __bss_start = .; *(.bss) *(COMMON) . = ALIGN(16); __bss_end = .; }
  bss_size = __bss_end - __bss_start;
  ASSERT(bss_size >= 20, "bss is too small")
  /DISCARD/ : { *(.comment) *(.note*) *(.eh_frame*) }
}
"""
SCRIPT_START = START.replace("void _start", "extern char bss_size[], value_start[]; void _start").replace(
    "leave(value", "leave((long)bss_size % 16 + ((long)value_start % 4096) + value")

MEMORY = """
MEMORY { rom (rx) : ORIGIN = 0x400000, LENGTH = 64K  ram (rw) : ORIGIN = 0x600000, LENGTH = 64K }
ENTRY(_start)
SECTIONS {
  .text : { *(.text*) *(.rodata*) } > rom
  .data : { data_start = .; *(.data*) } > ram AT> rom
  data_load = LOADADDR(.data);
  .bss : { *(.bss*) *(COMMON) } > ram
  /DISCARD/ : { *(.comment) *(.note*) }
}
"""

BOOT = """
.code16
.globl _start
.section .boot, "ax"
_start: mov $message, %si
hang: hlt
 jmp hang
.section .rodata, "a"
message: .asciz "boot"
.section .sign, "a"
 .word 0xaa55
"""
BOOT_SCRIPT = """
OUTPUT_FORMAT(binary)
SECTIONS { . = 0x7c00; .text : { *(.boot) *(.rodata) . = 510; *(.sign) } /DISCARD/ : { *(*) } }
"""

EMBED = """
#include <stdio.h>
extern const char _binary_raw_txt_start[], _binary_raw_txt_end[]; extern const char _binary_raw_txt_size[];
int main(void) {
    long size = _binary_raw_txt_end - _binary_raw_txt_start;
    printf("%.*s %d\\n", (int)size, _binary_raw_txt_start, (int)size);
    return 0;
}
"""

I386 = """
typedef int (*function)(int); static int twice(int x) { return 2 * x; } static int data[3] = {1, 2, 18}; function table[] = {twice};
static int zero[3];
void _start(void) {
    int code = table[0](data[2]) + zero[1] + 6;
    __asm__ volatile("int $0x80" : : "a"(1), "b"(code));
    __builtin_unreachable();
}
"""

JOBS = [
    Job("freestanding", BARE, (f"{FREE} exit.c start.c value.c",), (f"ld -o prog {OBJECTS}",), (Run("./prog", "", 42),), NO_PIE),
    Job("freestanding-entry", {**BARE, "start.c": START.replace("_start", "begin")}, (f"{FREE} exit.c start.c value.c",),
        (f"ld -e begin -o prog {OBJECTS}",), (Run("./prog", "", 42),), NO_PIE, variants=("",)),
    Job("addresses", BARE, (f"{FREE} exit.c start.c value.c",),
        (f"ld -Ttext=0x800000 -Tdata 900000 -Tbss=0xa00000 -o prog {OBJECTS}",),
        (Run("./prog", "", 42), Run("readelf -SW prog | sed -n 's/.* \\([.][tdb][a-z]*\\) *\\(PROG\\|NO\\)BITS *0*\\([0-9a-f]*\\).*/\\1 \\3/p'",
                                    ".text 800000\n.data 900000\n.bss a00000\n")), NO_PIE, variants=("",), not_for=("lld",), products=()),
    Job("section-start", BARE, (f"{FREE} exit.c start.c value.c",), (f"ld --section-start=.text=0x700000 -o prog {OBJECTS}",),
        (Run("./prog", "", 42), Run("nm prog | grep -c '^00000000007.* T '", r"[23]", matches=True)), NO_PIE, variants=("",)),
    Job("image-base", BARE, (f"{FREE} exit.c start.c value.c",), (f"ld -Ttext-segment=0x10000000 -o prog {OBJECTS}",),
        (Run("./prog", "", 42), Run("nm prog | grep -c '^000000001000.* T _start'", "1\n")), NO_PIE, variants=("",), not_for=("lld", "mold")),
    Job("omagic", BARE, (f"{FREE} exit.c start.c value.c",), (f"ld -N -o prog {OBJECTS}",),
        (Run("./prog", "", 42), Run("readelf -lW prog | grep -c 'LOAD.* RWE'", "1\n")), NO_PIE, variants=("",), products=(),
        not_for=("mold",)),
    Job("nmagic", BARE, (f"{FREE} exit.c start.c value.c",), (f"ld -n -o prog {OBJECTS}",),
        (Run("readelf -hW prog | grep -c EXEC", "1\n"),), NO_PIE, variants=("",), products=(), not_for=("mold",)),
    Job("static-pie-bare", BARE, ("gcc -O1 -ffreestanding -fPIE -fvisibility=hidden -fno-stack-protector -c exit.c start.c value.c",),
        (f"ld -pie --no-dynamic-linker -o prog {OBJECTS}",), (Run("./prog", "", 42),), PIE, variants=("",)),
    Job("script", {**BARE, "start.c": SCRIPT_START, "link.ld": SCRIPT}, (f"{FREE} exit.c start.c value.c",), (f"ld -T link.ld -o prog {OBJECTS}",),
        (Run("./prog", "", 42), Run("nm prog | grep ' [ABD] __bss_end\\|etext' | wc -l", "2\n"),
         Run("readelf -lW prog | grep -c LOAD; readelf -SW prog | grep -c 'comment\\|eh_frame'", "2\n0\n", 1)), NO_PIE, variants=("",),
        not_for=("mold", "gold", "lld"), products=()),
    Job("script-memory", {**BARE, "link.ld": MEMORY}, (f"{FREE} exit.c start.c value.c",), (f"ld -T link.ld --print-memory-usage -o prog {OBJECTS}",),
        (Run("nm prog | grep -c '^0*600000 . data_start'", "1\n"), Run("readelf -lW prog | grep -c 'LOAD.*0x0000000000600000 0x00000000004000'", "1\n")),
        NO_PIE, variants=("",), not_for=("mold", "gold", "lld"), products=()),
    Job("script-insert", {"main.c": "#include <stdio.h>\n__attribute__((section(\".mine\"), used)) int a = 3; extern int mine_start[], mine_end[];\n"
                          "int main(void) { printf(\"%d %d\\n\", mine_start[0], (int)(mine_end - mine_start)); return 0; }",
                          "link.ld": "SECTIONS { .mine : { mine_start = .; KEEP(*(.mine)) mine_end = .; } } INSERT AFTER .data;\n"},
        ("gcc {c} -c main.c",), ("gcc {l} -o prog main.o -Wl,-T,link.ld",), (Run("./prog", "3 1\n"),), ("pie", "no-pie", "static"),
        not_for=("mold", "gold")),
    Job("flat", {"boot.s": BOOT, "link.ld": BOOT_SCRIPT}, ("gcc -c boot.s",), ("ld -T link.ld -o boot.bin boot.o",),
        (Run("stat -c %s boot.bin; od -An -tx1 -j510 boot.bin; od -An -tx1 -N3 boot.bin", "512\n 55 aa\n be 06 7c\n"),), NO_PIE,
        variants=("",), products=(), not_for=("mold", "gold", "lld")),
    Job("oformat-binary", {"a.s": ".globl _start\n_start: lea data(%rip), %rax\n ret\n.data\ndata: .quad _start\n"}, ("gcc -c a.s",),
        ("ld -Ttext=0x1000 -Tdata=0x1100 --oformat=binary -o out.bin a.o",),
        (Run("stat -c %s out.bin; od -An -tx8 -j256 out.bin", "264\n 0000000000001000\n"),), NO_PIE, variants=("",), products=(),
        not_for=("lld", "gold", "mold")),
    Job("embed", {"a.c": EMBED, "raw.txt": "embedded text"}, ("gcc {c} -c a.c",), ("gcc {l} -o prog a.o -Wl,-b,binary raw.txt -Wl,-b,elf64-x86-64",),
        (Run("./prog", "embedded text 13\n"),), ("no-pie", "static"), not_for=("mold", "lld")),
    Job("i386", {"a.c": I386}, ("gcc -m32 -O1 -ffreestanding -fno-pie -fno-stack-protector -c a.c",), ("ld -m elf_i386 -o prog a.o",),
        (Run("readelf -hW prog | grep -c 'ELF32\\|Intel 80386'", "2\n"), Run("./prog", "", 42)), NO_PIE, variants=("",)),
    Job("i386-gc", {"a.c": I386}, ("gcc -m32 -O1 -ffreestanding -fno-pie -ffunction-sections -fdata-sections -fno-stack-protector -c a.c",),
        ("ld -m elf_i386 --gc-sections -Ttext=0x500000 -o prog a.o",), (Run("./prog", "", 42),), NO_PIE, variants=("",)),
    Job("response-file", {**BARE, "words": "-o 'prog' @more --entry=_start", "more": f'"start.o"\n{OBJECTS.removeprefix("start.o ")}'},
        (f"{FREE} exit.c start.c value.c",), ("ld @words",), (Run("./prog", "", 42),), NO_PIE, variants=("",)),
    Job("dependency-file", BARE, (f"{FREE} exit.c start.c value.c",), (f"ld --dependency-file=prog.d -o prog {OBJECTS}",),
        (Run("head -c 5 prog.d; grep -o 'exit[.]o' prog.d | sort -u", "prog:exit.o\n"),), NO_PIE, variants=("",), not_for=("gold",)),
    Job("just-symbols", {**BARE, "user.c": "extern int table[]; extern void leave(int);\nvoid _start(void) { leave((long)table % 256 + 0 * (long)leave); }"},
        (f"{FREE} exit.c start.c value.c user.c",), (f"ld -Tdata=0x20001c -o first {OBJECTS}", "ld -o prog user.o exit.o -R first --allow-multiple-definition"),
        (Run("readelf -sW prog | grep -c ' ABS value\\| ABS table'", r"[12]", matches=True),), NO_PIE, variants=("",), products=(),
        not_for=("lld", "mold", "gold")),
]
