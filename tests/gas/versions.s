# Versions of symbols, relocations asked for, weak references.
.symver a, a@V1
.symver b, b@@@V2
.symver c, c@@@V3
.symver d, d@@V4
.symver d2, dd@V4
.globl b, d, d2
call a
call c
call b
call d
.quad a, b, c, d
b: nop
d: nop
d2: nop
.text
f: nop
nop
nop
nop
nop
nop
nop
nop
.reloc f+1, R_X86_64_32, foo+3
.reloc 2, R_X86_64_NONE, bar
.reloc ., R_X86_64_PC32, f
.reloc f, BFD_RELOC_32, foo
nop
nop
nop
nop
.weakref wr, target
call wr
mov $wr, %eax
.symver foo, foo@V1
.subsection 1
inc %eax
.previous
dec %eax
.pushsection .note.x,"",@note
.long 1
.popsection
.ident "me"
.comm cc,10,4
.lcomm ll,8
.local lc
.comm lc,4,4
.byte cc-., 5
.4byte ll-.
.set k, .-f
.long k, f-k
.section .gnu.warning.x
.string "w"
1:
