"""An executable from nothing: machine code, symbols, a line table and a function with a local variable.

    python samples/api/hello.py hello && gdb hello        # break _start, run, next, print left
"""

import sys

from starklink import link
from starklink.asm import Assembler, dword, eax, edi, edx, ptr, rbp, rip, rsi, rsp
from starklink.dwarf import DebugInfo
from starklink.objwriter.model import Fragment, ObjectModule

module, start = ObjectModule("hello"), Assembler()
debug = DebugInfo(module, producer="hello.py", version=5)
source = debug.file("hello.txt")
integer = debug.base_type("int", 4, "signed")
with debug.subprogram("_start", start, source, line=1) as f, start.function("_start"):
    f.local("left", integer, -20)               # 20 bytes below the frame base, that is rbp - 4
    start.push(rbp)
    start.mov(rbp, rsp)
    f.at(line=2)
    start.mov(dword[rbp - 4], 3)
    loop = start.label()
    for register, value in ((eax, 1), (edi, 1), (edx, 6)):
        start.mov(register, value)
    start.lea(rsi, ptr[rip + "text"])
    f.at(line=3)
    start.syscall()                             # write(1, text, 6)
    f.at(line=4)
    start.sub(dword[rbp - 4], 1)
    start.jnz(loop)
    f.at(line=5)
    start.mov(eax, 60)
    start.syscall()                             # exit(1)
module.fragments += [start.finish("_start", binding="global"), Fragment("text", ".rodata", b"hello\n")]
debug.finish()
link([module]).write(sys.argv[1])
