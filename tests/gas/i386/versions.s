# As ../versions.s.
.text
f: nop
nop
nop
nop
nop
nop
nop
nop
.reloc f+1, R_386_32, foo+3
.reloc 2, R_386_NONE, bar
.reloc ., R_386_PC32, f
.reloc f, BFD_RELOC_32, foo
nop
nop
nop
nop
.weakref wr, target
call wr
movl $wr, %eax
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
