.intel_syntax noprefix
1: dec ecx
 jnz 1b
 jmp 1f
 .skip 200
1: jne 1b
 je 2f
 loop 1b
2: jrcxz 2b
 ret
