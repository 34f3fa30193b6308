start: .byte 1,-1,'a,'\n
.value 1,2
.long 0x80000000
.quad -1
.octa 0x123456789abcdef0123456789
.float 1.5,-0.1,1e10
.double 3.14159265358979,1e-310,0d2
.tfloat 1.1
.ascii "a\tb\101\x41" "z"
.asciz "q","r"
.uleb128 300,0,127
.sleb128 -129,64
.fill 3,2,0x1234
.zero 3
.skip 2,7
.p2align 3
.balign 16,1
.org 200
.byte 1
.string16 "ab"
.2byte 5
.8byte end-start
1: end:
