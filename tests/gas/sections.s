.section .a,"aw",@progbits
.long 1
.pushsection .b,"ax"
nop
.popsection
.long 2
.previous
.text 1
ret
.text 0
nop
.subsection 2
hlt
.data
.byte 1
.section .m,"aMS",@progbits,1
.string "x"
.bss
.skip 5
.previous
