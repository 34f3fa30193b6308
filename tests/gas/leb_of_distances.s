.text
a: .skip 130
jmp b
.skip 120
b: nop
.section .x,"a"
.uleb128 b-a
.sleb128 b-a
.uleb128 c-d
d: .skip 126
.uleb128 5
c:
