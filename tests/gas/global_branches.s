.text
.globl f
f: nop
.weak w
w: nop
.hidden hd
.globl hd
hd: nop
.type i, @gnu_indirect_function
i: nop
.globl late
jmp f
jmp w
jmp hd
jmp i
jmp later
jmp f@PLT
jmp f+1
call hd
jne w
jne f
loop f
jecxz f
jmp setf
.set setf, f
.globl later
later:
.globl setf
jmp other
.skip 200
jmp f
jg later
jg far
.skip 200
.globl far
far:
call far
.section .text.b,"ax"
.globl other
other: ret
jmp other
