# Values of every kind, without optimisation. Line numbers are those of values.fsh.
break Show
break values.fsh:78
run
info args
print counter
print title
continue
info locals
print who
print *who
print who->name
print who.legs
print $dynamic(who)->friend
print *(Dog*)who
print p
print p.x + 1
print q.y * 2
print squares
print *squares
print squares->length
print squares->data[2]
print names->data[2]
print reals->data[1]
print rows->data[1]->data[0]
print zoo
print zoo->data[0]
print thing
print none
print empty
print color
print (int)color
print Color::Blue
print letter
print tiny
print octet
print big
print/x word
print counter
print ratio
print title
print Animal::made
print Half(5.0)
set var counter = 40
print counter + 2
ptype who
ptype p
ptype color
ptype squares
whatis names
up
info locals
print dog
print *dog
