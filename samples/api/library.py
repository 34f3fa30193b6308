"""A library for C programs by hand: functions, data, a thread-local counter, a common symbol, in one object file.

    python samples/api/library.py lib.o && gcc main.c lib.o          # long next(void); extern const char *names[];
"""

import sys

from starklink.asm import byte, dword, eax, fs, rax, rbx, rdi, rip, sym
from starklink.asm.module import Module

module = Module("library.py")
with module.function("next", check_abi=True) as a:          # counts per thread, and all calls in `total`
    a.push(rbx)
    a.mov(eax, dword[fs : sym("counter").tpoff])
    a.inc(dword[fs : sym("counter").tpoff])
    a.lock.inc(dword[rip + "total"])
    a.pop(rbx)
    a.ret()
with module.function("length", binding="weak") as a:        # strlen; programs may have a better one
    a.xor(eax, eax)
    loop = a.label()
    a.cmp(byte[rdi + rax], 0)
    a.je(a.ahead)
    a.inc(rax)
    a.jmp(loop)
    a.here()
    a.ret()
with module.data("counter", ".tdata", align=4) as a:
    a.dd(100)
module.common("total", 4, 4)
with module.data("text", ".rodata", visibility="hidden") as a:
    a.ascii("first", b"\0")
with module.data("names", ".data.rel.ro", align=8) as a:
    a.dq("text", 0)
with open(sys.argv[1], "wb") as file:
    file.write(module.object_bytes())
