"""Hand-assembled fragments the linker and driver tests link: the bytes stand beside their assembly."""

from __future__ import annotations

from struct import pack

from starklink.objwriter.model import Fixup, Fragment, ObjectModule, Reloc

# mov eax,1; mov edi,1; lea rsi,[rip+msg]; mov edx,6; syscall; mov eax,60; mov edi,42; syscall
HELLO = bytes.fromhex("b801000000bf01000000488d3500000000ba060000000f05b83c000000bf2a0000000f05")


def hello() -> ObjectModule:
    """A Linux program that writes "hello" and exits with 42; it has all four kinds of section."""
    return ObjectModule(
        "hello",
        [
            Fragment(
                "_start", ".text", HELLO, 16, fixups=[Fixup(13, Reloc.PC32, "msg", -4)], kind="func", binding="global"
            ),
            Fragment("msg", ".rodata", b"hello\n", kind="object"),
            Fragment("var", ".data", b"abc", kind="object"),
            Fragment("zeros", ".bss", b"", 16, 100, kind="object"),
        ],
    )


def bootable(code: int = 7, header_align: int = 4, note_align: int = 4) -> ObjectModule:
    """A `pc` image that says "ok" on the serial port and ends with an exit code by the exit protocol (32-bit code
    only)."""
    stub = b""
    for byte in b"ok\n":
        stub += b"\x66\xba\xf8\x03" + bytes((0xB0, byte)) + b"\xee"  # mov dx,0x3f8; mov al,byte; out dx,al
    for byte in str(code).encode() + b"\n":
        stub += bytes((0xB0, byte)) + b"\xe6\xe9"  # mov al,byte; out 0xe9,al
    stub += bytes((0xB0, 0x10 if code == 0 else 0x20 | code & 0x1F)) + b"\xe6\xf4"  # mov al,value; out 0xf4,al
    stub += b"\xf4\xeb\xfd"  # 1: hlt; jmp 1b
    magic, flags = 0x1BADB002, 1 << 16
    multiboot1 = Fragment(
        "mb1",
        ".boot",
        pack("<III20x", magic, flags, -(magic + flags) & 0xFFFFFFFF),
        header_align,
        fixups=[
            Fixup(12, Reloc.ABS32, "mb1", 0),
            Fixup(16, Reloc.ABS32, "__image_start", 0),
            Fixup(20, Reloc.ABS32, "__load_end", 0),
            Fixup(24, Reloc.ABS32, "__image_end", 0),
            Fixup(28, Reloc.ABS32, "boot32", 0),
        ],
    )
    magic2 = 0xE85250D6
    multiboot2 = Fragment("mb2", ".boot", pack("<IIIIHHI", magic2, 0, 24, -(magic2 + 24) & 0xFFFFFFFF, 0, 0, 8), 8)
    note = Fragment(
        "",
        ".note.Xen",
        pack("<III4sQ", 4, 8, 18, b"Xen\0", 0),
        note_align,
        fixups=[Fixup(16, Reloc.ABS64, "boot32", 0)],
    )
    return ObjectModule(
        "boot",
        [
            multiboot1,
            multiboot2,
            note,
            Fragment("boot32", ".boot", stub, 16, kind="func", binding="global"),
            Fragment("msg", ".rodata", b"text", kind="object"),
            Fragment("var", ".data", b"abc", kind="object"),
            Fragment("zeros", ".bss", b"", 4096, 0x5000, kind="object"),
        ],
        entry="boot32",
    )
