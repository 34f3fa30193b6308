; A ROM image of several sections: code that stays, code that is copied elsewhere before it runs, data with its image in the
; ROM, variables without image, and a map of it all (rom.map). 16- and 32-bit code; boots in qemu as a BIOS:
;
;   starklink asm -f bin rom.asm -o rom.bin && qemu-system-i386 -bios rom.bin -serial stdio

ROM         equ     0xf0000
SIZE        equ     0x10000
COM1        equ     0x3f8

            org     0
            [map all rom.map]

            section .text   start=0 vstart=0
            section .moved  follows=.text   align=16 vstart=0x8000
            section .init   follows=.moved  align=16 vstart=0x2000
            section .bss    vfollows=.init  valign=16 nobits
            section .reset  start=0xfff0    vstart=0xfff0

            section .text
            bits    16
entry:      cli
            cld
            mov     ax, ROM >> 4
            mov     ds, ax
            xor     ax, ax
            mov     es, ax
            mov     ss, ax
            mov     sp, 0x7000
            ; copy what runs elsewhere, and the variables with their first values
%macro      copy 2 ; section, size
            mov     si, section.%1.start
            mov     di, section.%1.vstart
            mov     cx, %2
            rep     movsb
%endmacro
            copy    .moved, moved_size
            copy    .init, init_size
            mov     cx, bss_size
            mov     di, variables
            xor     al, al
            rep     stosb
            mov     ds, cx
            mov     dx, COM1 + 3
            mov     al, 3
            out     dx, al
            jmp     0:moved

            section .moved
moved:      mov     si, message
            mov     cx, message.size
            mov     dx, COM1
.next:      lodsb
            out     dx, al
            inc     word [count]
            loop    .next
            mov     al, [count]
            cmp     al, message.size
            mov     al, 16
            je      .right
            mov     al, 1
.right:     out     0xf4, al
.stop:      hlt
            jmp     .stop
moved_size  equ     $ - $$

            section .init
message:    db      "moved", 13, 10
.size       equ     $ - message
init_size   equ     $ - $$

            section .bss
variables:
count:      resw    1
table:      resb    100
bss_size    equ     $ - variables

            section .reset
            jmp     word (ROM >> 4):entry
            times   SIZE - 0xfff0 - ($ - $$) db 0xff
