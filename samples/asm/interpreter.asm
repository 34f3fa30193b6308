; A stack machine whose instructions are declared once: the declaration makes the opcode, the entry of the jump table, and the
; macro that assembles it. Runs a program that prints factorials and the Fibonacci numbers below 500.

            bits    64
            default rel

%assign     opcodes 0
%macro      instruction 1-2 0 ; name, bytes of the operand
    %push   op
    %xdefine OP_%1 opcodes
    %assign %$number opcodes
    [section .rodata.table align=4]
    %if opcodes == 0
    dispatch_table:
    %endif
            dd      do_%1 - dispatch_table
    __?SECT?__
    %if %2 == 0
        %define EMIT_%1 db OP_%1
    %elif %2 == 1
        %define EMIT_%1(x) db OP_%1, x
    %else
        %define EMIT_%1(x) db OP_%1
        %define FIELD_%1 %2
    %endif
    %assign opcodes opcodes + 1
    %pop
    do_%1:
%endmacro
%imacro     advance 0
            movzx   eax, byte [r12]
            inc     r12
            movsxd  rax, dword [r13 + rax * 4]
            add     rax, r13
            jmp     rax
%endmacro
%macro      binary 1+
            mov     rax, [rbp]
            add     rbp, 8
            %1      [rbp], rax
            advance
%endmacro

            section .text
            global  _start
_start:     lea     r12, [program]
            lea     r13, [dispatch_table]
            lea     rbp, [stack.top]
            lea     r14, [variables]
            advance

            instruction halt
            mov     edi, 0
            mov     eax, 60
            syscall

            instruction push, 1
            movsx   rax, byte [r12]
            inc     r12
            sub     rbp, 8
            mov     [rbp], rax
            advance

            instruction load, 1
            movzx   eax, byte [r12]
            inc     r12
            mov     rax, [r14 + rax * 8]
            sub     rbp, 8
            mov     [rbp], rax
            advance

            instruction store, 1
            movzx   eax, byte [r12]
            inc     r12
            mov     rcx, [rbp]
            add     rbp, 8
            mov     [r14 + rax * 8], rcx
            advance

            instruction add
            binary  add
            instruction sub
            binary  sub
            instruction mul
            mov     rax, [rbp]
            imul    rax, [rbp + 8]
            add     rbp, 8
            mov     [rbp], rax
            advance

            instruction less
            mov     rax, [rbp]
            add     rbp, 8
            cmp     [rbp], rax
            setl    al
            movzx   eax, al
            mov     [rbp], rax
            advance

            instruction jump, 2
            movsx   rax, word [r12]
            lea     r12, [r12 + rax + 2]
            advance

            instruction jump_if, 2
            movsx   rax, word [r12]
            add     r12, 2
            mov     rcx, [rbp]
            add     rbp, 8
            test    rcx, rcx
            jz      .no
            add     r12, rax
.no:        advance

            instruction print
            mov     rax, [rbp]
            add     rbp, 8
            lea     rsi, [text.end - 1]
            mov     byte [rsi], 10
            mov     ecx, 10
.digit:     xor     edx, edx
            div     rcx
            add     edx, '0'
            dec     rsi
            mov     [rsi], dl
            test    rax, rax
            jnz     .digit
            lea     rdx, [text.end]
            sub     rdx, rsi
            mov     edi, 1
            mov     eax, edi
            syscall
            advance

; -- the assembler of the machine ---------------------------------------------------------------------------------------------
%macro      code 1-2
    %ifdef FIELD_%1
            EMIT_%1(%2)
            dw      %2 - ($ + 2)
    %elif %0 == 2
            EMIT_%1(%2)
    %else
            EMIT_%1
    %endif
%endmacro
%macro      codes 1-*
    %rep %0
            code    %1
        %rotate 1
    %endrep
%endmacro

N           equ     0
A           equ     1
B           equ     2

            section .data
program:    codes   {push, 1}, {store, N}, {push, 1}, {store, A}
.factorial: codes   {load, A}, {load, N}, mul, {store, A}, {load, A}, print
            codes   {load, N}, {push, 1}, add, {store, N}
            codes   {load, N}, {push, 11}, less, {jump_if, .factorial}
            codes   {push, 0}, {store, A}, {push, 1}, {store, B}
            code    jump, .test
.fibonacci: codes   {load, B}, print
            codes   {load, A}, {load, B}, add, {load, B}, {store, A}, {store, B}
.test:      codes   {load, B}, {push, 125}, {push, 4}, mul, less, {jump_if, .fibonacci}
            code    halt

            section .bss
            alignb  8
variables:  resq    8
stack:      resq    64
.top:
text:       resb    24
.end:
            section .note.GNU-stack noalloc noexec nowrite progbits
