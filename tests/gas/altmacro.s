	.altmacro
	.macro	reg n, v
	LOCAL skip, other
	mov	$v, %e&n&x
	jmp	skip
	nop
skip:	.byte	v, \v, n_x&v
other:	.long	skip - other
	.endm
n_x5 = 9
n_x11 = 10
	reg	a, 5
	reg	b, %5+2*3
	.macro	str s, t
	.ascii	s
	.ascii	t
	.ascii	"[&t2]"
	.ascii	"tree"
	.endm
	str	<"hello, world">, <"x!>y!!">
	.macro	word w
	.ascii	"w &w \w \@"
	.endm
	word	plain
	word	<two words>
	.macro	cnt a, b, c
	.byte	1
	.ifnb	b
	.byte	b
	.endif
	.ifnb	<c>
	.byte	2
	.endif
	.endm
	cnt	<1, 2>, <>, 3
	cnt	<1>, %n_x5+1
	cnt	1,,3
	.irp	x, 1, 2, <3>, %4+1
	.byte	x, x&0
	.endr
	.irpc	q, abc
	.ascii	"&q"
	.ascii	"\q"
	.byte	'q'
	.endr
	.macro	quoted a
	.ascii	a
	.endm
	quoted	"dou"
	quoted	<"in">
	.macro	nest p
	.macro	inner_&p w
	LOCAL	z
z:	.long	z - ., w
	.endm
	inner_&p 7
	.endm
	nest	one
	.macro	loop count
	LOCAL	again
	mov	$count, %ecx
again:	dec	%ecx
	jnz	again
	.if	count > 1
	loop	%count-1
	.endif
	.endm
	loop	3
	.noaltmacro
	.macro	plain n
	.byte	\n, '%'
	.endm
	plain	5
