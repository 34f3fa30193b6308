	.code16
	ljmp	$8, $0x10
	ljmpl	$8, $ext
	lcall	$8, $ext
	ljmp	$8, $foo
	.code32
	ljmp	$8, $0x10
	ljmpw	$8, $ext
	lcalll	$8, $ext
	lcall	*(%eax)
foo:	pushl	$ext
	jmp	*%eax
