# Walking through a program, without optimisation. Line numbers are those of values.fsh.
break main
run
next
step
bt
info args
step
finish
next
step
next
next
break Middle
continue
bt
info args
next
info locals
finish
break values.fsh:53 if i == 3
continue
info locals
print out->data[2]
finish
watch counter
continue
delete
tbreak Dog::Sound
continue
bt
finish
tbreak Join
continue
info args
finish
tbreak Half
continue
finish
tbreak Odd
continue
finish
frame function main
info locals
