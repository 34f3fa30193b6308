.globl f,g
.weak w,u
.hidden h
.protected p
f: ret
g=f+1
w: nop
h: nop
p: nop
.type f,@function
.size f,.-f
.set k, 0x1234
.globl k
.comm c,24,8
.local l
.comm l,3,1
.lcomm m,8
.globl undefined
.quad undefined, f, w, k
.long h-f, x-.
