.macro two a, b=7
.long \a
.byte \b
.endm
.macro many x, rest:vararg
.long \x
.ifnb \rest
many \rest
.endif
.endm
two 1
two 2, 3
two b=4, a=5
many 1, 2, 3
.rept 3
.byte 9
.endr
.irp r, ax, bx
L\r: push %r\r
.endr
.irpc c, 123
.byte \c
.endr
.set i,0
.rept 4
.byte i
.set i,i+1
.endr
.if i == 4
.byte 1
.else
.byte 2
.endif
.ifdef two
.byte 3
.endif
.ifndef i
.byte 4
.elseif 1
.byte 5
.endif
.ifc a, a
.byte 6
.endif
