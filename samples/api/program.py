"""An executable, an object and an archive from nothing but bytes, symbols and relocations; read back, edited, verified.

    python samples/api/program.py FOLDER        writes hello, hello.o, libhello.a and stripped into it
"""

import sys
from pathlib import Path

from starklink import Archive, Elf
from starklink.objwriter.ar import Member, make_index, write_archive

folder = Path(sys.argv[1])
code = bytes.fromhex("b801000000 bf01000000 488d3500000000 ba06000000 0f05 31ff b83c000000 0f05")
relocations = [(13, "PC32", "message", -4)]                 # lea rsi, [rip + message]

exe, obj = Elf.executable("x86_64"), Elf.object("x86_64")
for file in (exe, obj):
    file.section(".rodata").define("message", b"hello\n")
    file.section(".text").function("_start", code, relocations)
    assert file.verify(strict=True) == []
exe.write(folder / "hello")                                 # laid out, relocated, ready to run
obj.write(folder / "hello.o")                               # for any linker

archive = Archive([Member("hello.o", bytes(obj))])
make_index(archive)
(folder / "libhello.a").write_bytes(write_archive(archive))

elf = Elf.read(folder / "hello")
print(f"entry {elf.entry:#x}:", *[section.name for section in elf.sections[1:]])
elf.remove(elf.section(".symtab"), elf.section(".strtab"))
elf.write(folder / "stripped")
