; Floating-point constants in every format and what the FPU and SSE make of them; strings that are taken apart while assembling.

            bits    64
            default rel
%use        fp
%use        ifunc

            section .rodata
            align   16
halfs:      dw      1.5, -2.0, 65504.0, 0x1p-14
brains:     dw      bfloat16(3.140625), bfloat16(-1.0)
singles:    dd      3.14159265, -0.0, 1.e-40, 0x1.8p3, Inf, -Inf, NaN, 1_000.25
doubles:    dq      3.141592653589793238, 1.e308, 4.9e-324, 0x1.fffffffffffffp1023, 0b1.01p2, -Inf
extended:   dt      3.14159265358979323846264338327950288, 1.e4000, -1.0, 0x1p-16382
quads:      do      3.14159265358979323846264338327950288419716939937510
packed:     dt      12345678901234567p, -42p
tables:     dq      ilog2e(4096), ilog2w(1024), ilog2f(1000), ilog2c(1000)
wide:       dw      __?utf16?__('größe'), __?utf16be?__('A'), 0
            dd      __?utf32?__(`\u20ac \U0001F600`), 0
float       up
            dd      0.1, 1.e-45
float       down
            dd      0.1, -0.1
float       near

; A message scrambled while assembling, unscrambled at run time
%macro      scrambled 2 ; key, text
    %strlen %%length %2
    %assign %%at 1
    %assign %%key %1
            db      %%length
    %rep    %%length
        %substr %%char %2 %%at
            db      %%char ^ (%%key & 0xff)
        %assign %%key (%%key * 5 + 17) & 0xff
        %assign %%at %%at + 1
    %endrep
%endmacro
secret:     scrambled 0x5a, `assembled, scrambled, run\n`

; The letters of a word sorted by counting
%macro      letters 1
    %strlen %%n %1
    %assign %%letter 'a'
    %rep    26
        %assign %%count 0
        %assign %%i 1
        %rep %%n
            %substr %%c %1 %%i, 1
            %if %%c == %%letter
                %assign %%count %%count + 1
            %endif
            %assign %%i %%i + 1
        %endrep
        %if %%count
            times   %%count db %%letter
        %endif
        %assign %%letter %%letter + 1
    %endrep
            db      10
%endmacro
anagram:    letters "preprocessor"
.size       equ     $ - anagram

%strcat     greeting "pi is about ", '22/', "7", `\n`
%strlen     greeting_size greeting
%deftok     store 'mov [result], '
%defstr     shown float32(1.5) + x

            section .text
            global  _start
_start:     lea     rsi, [secret]
            movzx   ecx, byte [rsi]
            mov     r8d, ecx
            lea     rdi, [buffer]
            mov     ah, 0x5a
.next:      inc     rsi
            mov     al, [rsi]
            xor     al, ah
            stosb
            lea     edx, [rax]
            movzx   edx, ah
            lea     edx, [rdx * 5 + 17]
            mov     ah, dl
            loop    .next
            lea     rsi, [buffer]
            mov     edx, r8d
            call    write
            lea     rsi, [anagram]
            mov     edx, anagram.size
            call    write
            [section .rodata]
pi:         db      greeting
name:       db      shown
            __?SECT?__
            lea     rsi, [pi]
            mov     edx, greeting_size
            call    write
            ; exit code: the integer part of 10 * pi * 2^1.5 / 2, computed on both units
            fld     tword [extended]
            fmul    dword [singles + 12]
            fistp   qword [result]
            movsd   xmm0, [doubles]
            mulsd   xmm0, [doubles + 32]
            cvtsd2si eax, xmm0
            add     rax, [result]
            mov     rdi, rax
            mov     rax, float64(2.0)
            store   rax
            mov     eax, float32(-1.5)
            mov     eax, 60
            syscall
write:      mov     edi, 1
            mov     eax, edi
            syscall
            ret

            section .bss
            alignb  8
buffer:     resb    64
result:     resq    1
            section .note.GNU-stack noalloc noexec nowrite progbits
