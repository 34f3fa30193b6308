; A boot sector: from 16-bit real mode through protected to 64-bit mode, with a line from each over the serial port.
;
;   starklink asm -f bin boot.asm -o boot.img && qemu-system-x86_64 -drive format=raw,file=boot.img -serial stdio

            org     0x7c00
            bits    16

COM1        equ     0x3f8
EXIT_PORT   equ     0xf4                    ; qemu: -device isa-debug-exit
PAGES       equ     0x1000                  ; three tables of 4 KiB

start:      jmp     0:.here                 ; some BIOSes start at 0x7c0:0
.here:      xor     ax, ax
            mov     ds, ax
            mov     es, ax
            mov     ss, ax
            mov     sp, start
            cld
            mov     dx, COM1 + 3
            mov     al, 3                   ; 8 bits, no parity
            out     dx, al
            mov     si, real
            call    print16

            ; identity-map the first 2 MiB
            mov     edi, PAGES
            mov     cr3, edi
            xor     eax, eax
            mov     ecx, 3 * 1024
            rep     stosd
            mov     dword [PAGES], PAGES + 0x1000 | 3
            mov     dword [PAGES + 0x1000], PAGES + 0x2000 | 3
            mov     dword [PAGES + 0x2000], 1 << 7 | 3

            cli
            lgdt    [gdt.pointer]
            mov     eax, cr0
            or      al, 1
            mov     cr0, eax
            jmp     dword gdt.code32 - gdt:protected

; si: text with its length in front
print16:    lodsb
            movzx   cx, al
.next:      lodsb
            mov     dx, COM1
            out     dx, al
            loop    .next
            ret

            bits    32
protected:  mov     ax, gdt.data - gdt
            mov     ds, ax
            mov     ss, ax
            mov     esp, start
            mov     esi, compat
            call    print32
            mov     eax, cr4
            bts     eax, 5                  ; PAE
            mov     cr4, eax
            mov     ecx, 0xc0000080         ; EFER
            rdmsr
            bts     eax, 8                  ; LME
            wrmsr
            mov     eax, cr0
            bts     eax, 31                 ; paging
            mov     cr0, eax
            jmp     gdt.code64 - gdt:wide64

print32:    lodsb
            movzx   ecx, al
            mov     dx, COM1
            rep     outsb
            ret

            bits    64
            default rel
wide64:     lea     rsi, [wide]
            movzx   ecx, byte [rsi]
            inc     rsi
            mov     edx, COM1
            rep     outsb
            mov     rax, 0x1122334455667788
            mov     [abs counter], rax
            cmp     [counter], rax
            mov     al, 16
            mov     ecx, 1
            cmovne  eax, ecx
            out     EXIT_PORT, al
.stop:      hlt
            jmp     .stop

%macro      counted 2
%1:         db      %%end - %%begin
%%begin:    db      %2, 13, 10
%%end:
%endmacro

            counted real, "16 bits"
            counted compat, "32 bits"
            counted wide, "64 bits"

            align   8, db 0
gdt:        dq      0
.code32:    dw      0xffff, 0
            db      0, 10011010b, 11001111b, 0
.data:      dw      0xffff, 0
            db      0, 10010010b, 11001111b, 0
.code64:    dw      0, 0
            db      0, 10011010b, 00100000b, 0
.pointer:   dw      $ - gdt - 1
            dd      gdt

%if $ - $$ > 510
%error the boot sector is too large
%endif
            times   510 - ($ - $$) db 0
            dw      0xaa55

            absolute 0x600
counter:    resq    1
