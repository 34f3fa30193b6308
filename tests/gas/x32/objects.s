# Addresses of 32 bits in 64-bit code.
	.text
	.globl	f
	.type	f, @function
f:	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset 3, -16
	movl	$text, %edi
	movl	$foo, %eax
	movq	$foo, %rax
	movl	foo, %eax
	movl	foo(%rip), %eax
	movl	foo(,%rcx,4), %eax
	movl	foo(%ecx), %eax
	movl	text(%edi,%esi,2), %eax
	leal	text(%rip), %eax
	movl	foo@GOTPCREL(%rip), %eax
	addl	foo@GOTPCREL(%rip), %eax
	movq	foo@GOTPCREL(%rip), %rax
	movl	%fs:tls@tpoff, %eax
	movl	%fs:0, %eax
	leal	tls@tpoff(%rax), %eax
	movq	tls@gottpoff(%rip), %rax
	addl	tls@gottpoff(%rip), %eax
	leaq	tls@tlsgd(%rip), %rdi
	.word	0x6666
	rex64
	call	__tls_get_addr@PLT
	call	foo
	call	f
	jmp	bar@PLT
	call	*foo@GOTPCREL(%rip)
	jmp	*%rax
	pushq	foo
	movabsq	$foo, %rax
	movabs	foo, %eax
	popq	%rbx
	ret
	.cfi_endproc
	.size	f, .-f
	.data
	.align	4
	.long	foo, text, f-., tls@dtpoff
	.quad	foo, 5
	.value	foo
	.dc.a	f
	.section .init_array, "aw"
	.long	f
	.section .rodata.str1.1, "aMS", @progbits, 1
text:	.string	"text"
	.section .tbss, "awT", @nobits
	.zero	4
tls:	.zero	4
