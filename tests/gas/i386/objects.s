# Objects for i386: relocations, code that exists in 32 bits only, frames.
	leal foo@TLSGD(,%ebx,1), %eax
	leal 4(,%ebx,1), %eax
	leal (,%ebx,1), %eax
	leal foo@TLSLDM(%ebx), %eax
	call ___tls_get_addr@PLT
	addl $_GLOBAL_OFFSET_TABLE_, %ebx
1: addl $_GLOBAL_OFFSET_TABLE_+(.-1b), %ebx
	addl $_GLOBAL_OFFSET_TABLE_, %eax
	movl foo@GOT(%ebx), %eax
	movl foo@GOT(%ebx,%ecx), %eax
	movl foo@GOT, %eax
	cmpl foo@GOT(%ebx), %eax
	movb foo@GOT(%ebx), %al
	call *foo@GOT(%ebx)
	jmp *foo@GOT(%ebx)
	pushl foo@GOT(%ebx)
	movl foo@GOTOFF(%ebx), %eax
	movl %gs:foo@NTPOFF, %eax
	movl foo@INDNTPOFF, %eax
	movl foo@GOTNTPOFF(%ebx), %eax
	movl foo@GOTTPOFF(%ebx), %eax
	subl foo@GOTTPOFF(%ebx), %eax
	leal foo@TLSDESC(%ebx), %eax
	call *foo@TLSCALL(%eax)
	leal foo@DTPOFF(%eax), %eax
	movl $foo@TPOFF, %eax
	movl $foo@SIZE, %eax
	pushf
	popf
	pusha
	popa
	enter $8, $0
	leave
	ret
	lret
	iret
	pushl $foo
	push $5
	pushw $5
	push %ds
	pop %es
	push foo
	call foo
	jmp foo
	je foo
	call bar
bar: jmp bar
	jmp 1b
	movl $bar, %eax
	movl bar, %eax
	movw $bar, %ax
	movb $bar, %al
	inc %eax
	dec %cx
	inc %cl
	push %ax
	push %eax
	mov %eax, 5
	mov 5, %eax
	mov %al, bar
	mov bar(,%ecx,4), %ebx
	aaa
	daa
	bound %eax, 5
	les 5, %eax
	lcall $5, $foo
	ljmp *foo
	arpl %ax, %bx
.code16
	movw bar, %ax
	call bar
	jmp foo
.code32
.data
.long foo@GOTOFF, bar@GOTOFF, bar-., foo-., bar, foo+5, foo@PLT, foo@GOT
.long foo@DTPOFF, foo@NTPOFF
.value foo, bar
.byte foo
.dc.a foo
.section .init_array,"aw"
.long foo
.section .tdata,"awT",@progbits
tl: .long 5
.text
	movl %gs:tl@NTPOFF, %eax
	movl $-2147483648, %eax
	movl 0xfffffff0, %eax
	movl 0xfffffff0(%eax), %eax
lea a@GOTOFF(%ebx), %eax
lea b@GOTOFF(%ebx), %eax
lea c@GOTOFF(%ebx), %eax
lea d@GOTOFF(%ebx), %eax
lea e@GOTOFF(%ebx), %eax
add $b@GOTOFF, %ebx
mov $d@GOTOFF, %ebx
a: nop
call a@PLT
.section .rodata
.long 1
b: .long a@GOTOFF, b@GOTOFF, c@GOTOFF, d@GOTOFF
.data
.long 3
c: .long a@GOTOFF, b@GOTOFF, c@GOTOFF, d@GOTOFF
.section .rodata.str1.1,"aMS",@progbits,1
d: .string "abc"
e: .string "abc"
.type f,@function
.text
f: nop
.globl g
.hidden g
g: nop
lea f@GOTOFF(%ebx), %eax
lea g@GOTOFF(%ebx), %eax
	.text
	.globl	framed
	.type	framed, @function
framed:	.cfi_startproc
	push	%ebp
	.cfi_def_cfa_offset 8
	.cfi_offset %ebp, -8
	mov	%esp, %ebp
	.cfi_def_cfa_register ebp
	.p2align 4
	.p2align 5
	.p2align 4,,10
	leave
	.cfi_restore 5
	.cfi_def_cfa esp, 4
	ret
	.cfi_endproc
	.size	framed, .-framed
	.p2align 8
	nop
	.globl	_GLOBAL_OFFSET_TABLE_
	.text
	call	inner@PLT
	jmp	inner@PLT
	jmp	framed@PLT
inner:	ret
	.symver framed, framed@@V1
	.weak	vague
	.set	vague, inner
	call	vague@PLT
