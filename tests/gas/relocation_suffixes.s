.intel_syntax noprefix
mov rax, x@GOTPCREL[rip]
add ecx, [rip+x@GOTPCREL]
call [QWORD PTR f@GOTPCREL[rip]]
jmp f@PLT
call f
je f
mov eax, fs:t@tpoff
mov rax, t@gottpoff[rip]
lea rdi, t@tlsgd[rip]
lea rdi, t@tlsld[rip]
lea rax, t@dtpoff[rdi]
lea rax, t@tlsdesc[rip]
call [QWORD PTR t@TLSCALL[rax]]
mov eax, OFFSET FLAT:x
mov rbx, OFFSET x+8
movabs rax, OFFSET x
movabs rax, OFFSET x@GOTOFF
lea rbx, _GLOBAL_OFFSET_TABLE_[rip]
mov eax, x
mov DWORD PTR x[rip+4], 5
mov BYTE PTR [rip+x], 1
cmp QWORD PTR x[0+rax*8], 3
push OFFSET FLAT:x
.quad x@GOTOFF, f@PLTOFF, x@SIZE, t@DTPOFF, t@TPOFF
.long x@SIZE, f@PLT, x@GOTPCREL
