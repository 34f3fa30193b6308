; Vector functions, each assembled three times: for SSE2, for AVX and for AVX2 (elf32 or elf64). Made with include/simd.inc.
;
;   int    sum_bytes_*(const uint8_t *data, long count)              count is a multiple of 32
;   void   average_*(uint8_t *out, const uint8_t *a, const uint8_t *b, long count)
;   void   scale_*(float *out, const float *in, const float *factor, long count)
;   void   transpose_*(uint32_t *block)                               4 x 4

%include "simd.inc"

CONSTANTS 32
ones:       times 16 dw 1
round_half: times 32 db 1
table:
%assign i 0
%rep 16
            dd 1 << i, -(i * i), ~i & 0xff
    %assign i i + 1
%endrep
table_size equ $ - table

CODE

%macro SUM_BYTES 0
func sum_bytes, 2, 3, 4, data, count, scratch
    pxor        m0, m0
    pxor        m1, m1
    COUNT countq, vecsize
        movu        m2, [dataq]
        psadbw      m2, m1
        paddd       m0, m2
        add         dataq, vecsize
    AGAIN
    HADD_DWORDS eax, m0, m3
    RETURN
%endmacro

%macro AVERAGE 0
func average, 4, 4, 6, out, left, right, count
    mova        m4, [round_half]
    COUNT countq, vecsize
        movu        m0, [leftq]
        movu        m1, [rightq]
        SWAP        0, 1
        pand        m2, m0, m1
        pxor        m3, m0, m1
        %if can(ssse3)
            pand        m3, m3, [round_half]
        %else
            pand        m3, m4
        %endif
        psrlw       m3, 1
        paddb       m2, m3
        SWAP        m2, m0
        movu        [outq], m0
        add         leftq, vecsize
        add         rightq, vecsize
        add         outq, vecsize
    AGAIN
    RETURN
%endmacro

%macro SCALE 0
func scale, 4, 5, 4, out, in, factor, count, scratch
    %if can(avx)
        vbroadcastss m3, [factorq]
    %else
        movss       m3, [factorq]
        shufps      m3, m3, m3, 0
    %endif
    pxor        m2, m2
    COUNT countq, vecsize/4
        movu        m0, [inq]
        MULADD      m2, m0, m3, m2, m1
        movu        [outq], m2
        add         inq, vecsize
        add         outq, vecsize
    AGAIN
    RETURN
%endmacro

%macro TRANSPOSE 0
func transpose, 1, 2, 6, block
    %assign %%i 0
    %rep 4
        movu        m %+ %%i, [blockq + 16 * %%i]
        %assign %%i %%i + 1
    %endrep
    punpckldq   m4, m0, m1
    punpckhdq   m0, m0, m1
    punpckldq   m5, m2, m3
    punpckhdq   m2, m2, m3
    ROTATE      0, 4, 1
    punpcklqdq  m3, m0, m5
    punpckhqdq  m0, m0, m5
    movu        [blockq], m3
    movu        [blockq + 16], m0
    punpcklqdq  m3, m1, m2
    punpckhqdq  m1, m1, m2
    movu        [blockq + 32], m3
    movu        [blockq + 48], m1
    RETURN
%endmacro

INIT xmm, sse2
SUM_BYTES
AVERAGE
SCALE
TRANSPOSE

INIT xmm, avx
SUM_BYTES
AVERAGE
SCALE
TRANSPOSE

INIT vector, avx2
SUM_BYTES
AVERAGE
INIT ymm, fma
SCALE

section .data
sizes:
    dd table_size, vecsize, features, WORDSIZE
section .note.GNU-stack noalloc noexec nowrite progbits
