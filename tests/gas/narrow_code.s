	.intel_syntax noprefix
	.data
dat:	.long 1, 2
	.text
	.globl	glob
	.code32
	jmp	ext
	call	ext
	jge	ext
	call	ext@PLT
	jmp	ext+4
	xbegin	ext
	jmp	1f
	jne	glob
1:	push	offset ext
	push	0x1234
	ljmp	8, 0x10
	ljmp	8, 0x12345
	ljmp	8, dat
	lcall	8, dat
	jmp	8:0x10
	jmp	8:ext
	ljmpw	8, ext
	call	0x10:dat+4
	mov	eax, [ebx+ecx*4+ext]
	mov	ax, offset ext
	lgdt	fword ptr [dat]
	loop	1b
	jcxz	1b
	pushw	5
glob:	ret
	.code16
2:	jmp	ext
	call	ext
	jge	ext
	jmp	2b
	push	5
	push	0x1234
	push	offset ext
	ljmp	8, 0x10
	ljmp	8, offset ext
	ljmp	8, ext
	lcall	8, dat
	jmp	8:0x10
	ljmpd	8, dat
	mov	ax, [bx+si+ext]
	mov	eax, offset dat
	sgdt	fword ptr [bx+di+dat]
	lgdt	[bx]
	jecxz	2b
	mov	ds, ax
	and	ax, 3f-2b
3:	out	3b-2b, al
	hlt
	.code64
	mov	eax, [edi+ext]
	mov	eax, [edi*4+ext+8]
	mov	eax, [rdi+ext]
	jmp	ext+4
	call	ext+4
	jns	ext+4
	jmp	dat+4
	ret	offset ext
	xabort	offset dat
	psllq	xmm1, offset dat
	vpsrad	ymm9, ymm7, offset ext
	mov	al, offset dat
	mov	ax, offset dat
	add	cx, offset ext
	vpermil2ps	ymm15, ymm13, ymmword ptr [rbx+ext+4096], ymm14, 1
	vpermil2pd	xmm5, xmm3, xmm4, xmmword ptr [rip+ext], 2
	vfmaddps	xmm1, xmm2, xmmword ptr [rip+ext], xmm9
	vblendvps	xmm1, xmm2, xmmword ptr [rip+ext], xmm9
