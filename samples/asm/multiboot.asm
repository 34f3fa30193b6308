; A Multiboot kernel: prints to the serial port and the screen, sets up interrupts, counts ten timer ticks, and leaves qemu.
;
;   starklink asm -f elf32 multiboot.asm -o multiboot.o && ld -m elf_i386 -Ttext 0x100000 -o kernel multiboot.o
;   qemu-system-i386 -kernel kernel -serial stdio -device isa-debug-exit

            bits    32

FLAGS       equ     1 << 0 | 1 << 1         ; page-aligned modules, memory map
MAGIC       equ     0x1badb002
COM1        equ     0x3f8
SCREEN      equ     0xb8000

            section .text                   ; the header comes first of all
            align   4
            dd      MAGIC, FLAGS, -(MAGIC + FLAGS)

struc       gate
.low:       resw    1
.selector:  resw    1
.zero:      resb    1
.type:      resb    1
.high:      resw    1
endstruc

struc       bootinfo
.flags:     resd    1
.lower:     resd    1
.upper:     resd    1
.device:    resd    1
.cmdline:   resd    1
endstruc

%macro      outb 2
    %ifnum %1
        %if %1 < 256
            mov     al, %2
            out     %1, al
        %else
            mov     dx, %1
            mov     al, %2
            out     dx, al
        %endif
    %else
            mov     dx, %1
            mov     al, %2
            out     dx, al
    %endif
%endmacro

%macro      say 1+
            [section .rodata]
    %%text: db      %1, 0
            __?SECT?__
            mov     esi, %%text
            call    print
%endmacro

            global  _start:function (_start.end - _start)
_start:     mov     esp, stack.top
            cmp     eax, 0x2badb002
            jne     near .wrong
            mov     [information], ebx
            mov     edi, SCREEN
            mov     ecx, 80 * 25
            mov     ax, 0x0720
            rep     stosw
            say     "Multiboot kernel", 10
            test    dword [ebx + bootinfo.flags], 1
            jz      .nomemory
            cmp     dword [ebx + bootinfo.upper], 1024
            jb      .nomemory
            say     "memory: yes", 10
.nomemory:
            ; interrupt gates for the 32 exceptions and the timer
            lgdt    [descriptors.pointer]
            jmp     descriptors.code - descriptors:.reload
.reload:    mov     ax, descriptors.data - descriptors
            mov     ds, ax
            mov     es, ax
            mov     ss, ax
%assign     vector 0
%rep        33
            mov     eax, interrupt_%[vector]
            mov     edi, gates + vector * gate_size
            call    set_gate
%assign     vector vector + 1
%endrep
            lidt    [gates_pointer]
            outb    0x20, 0x11              ; both interrupt controllers: vectors 32 to 47, only the timer
            outb    0xa0, 0x11
            outb    0x21, 32
            outb    0xa1, 40
            outb    0x21, 4
            outb    0xa1, 2
            outb    0x21, 1
            outb    0xa1, 1
            outb    0x21, 0xfe
            outb    0xa1, 0xff
            sti
.wait:      hlt
            cmp     dword [ticks], 10
            jb      .wait
            cli
            say     "10 ticks", 10
            outb    0xf4, 16
.stop:      hlt
            jmp     .stop
.wrong:     say     "not started by Multiboot", 10
            jmp     .stop
.end:

; eax: handler, edi: gate
set_gate:   mov     [edi + gate.low], ax
            shr     eax, 16
            mov     [edi + gate.high], ax
            mov     word [edi + gate.selector], descriptors.code - descriptors
            mov     word [edi + gate.zero], 0x8e00
            ret

; esi: text that ends in 0
print:      pusha
            mov     edi, [cursor]
.next:      lodsb
            test    al, al
            jz      .done
            mov     dx, COM1
            out     dx, al
            cmp     al, 10
            je      .line
            mov     ah, 0x07
            stosw
            jmp     .next
.line:      mov     eax, edi
            sub     eax, SCREEN
            xor     edx, edx
            mov     ecx, 160
            div     ecx
            inc     eax
            imul    eax, ecx
            lea     edi, [eax + SCREEN]
            jmp     .next
.done:      mov     [cursor], edi
            popa
            ret

%assign     vector 0
%rep        32
interrupt_%[vector]:
    %if vector != 8 && (vector < 10 || vector > 14) && vector != 17
            push    byte 0                  ; no error code from the processor
    %endif
            push    byte vector
            jmp     exception
%assign     vector vector + 1
%endrep
interrupt_32:
            push    eax
            inc     dword [ticks]
            outb    0x20, 0x20
            pop     eax
            iret

exception:  say     "exception", 10
            outb    0xf4, 15
            hlt

            section .data
            align   8
descriptors: dq     0
.code:      dq      0x00cf9a000000ffff
.data:      dq      0x00cf92000000ffff
.pointer:   dw      $ - descriptors - 1
            dd      descriptors
gates_pointer: dw   33 * gate_size - 1
            dd      gates
cursor:     dd      SCREEN

            section .bss
            alignb  16
gates:      resb    33 * gate_size
information: resd   1
ticks:      resd    1
stack:      resb    4096
.top:
            section .note.GNU-stack noalloc noexec nowrite progbits
