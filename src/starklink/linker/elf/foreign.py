"""Files that are no inputs of a link: what they are, and what to do with them. Asked only when nothing else fits."""

from __future__ import annotations

import os
import re
from typing import Final

_BINARY: Final = (
    (b"MZ", "is a Windows program or DLL (PE)", "link objects for ELF: compile for x86_64-linux-gnu or x86_64-elf"),
    (b"\x64\x86", "is a Windows object (COFF)", "assemble with -f elf64, or compile for x86_64-linux-gnu"),
    (b"\x4c\x01", "is a Windows object (COFF, 32 bits)", "assemble with -f elf32, or compile for i386-linux-gnu"),
    (b"\xcf\xfa\xed\xfe", "is a Mach-O file of macOS", "compile for x86_64-linux-gnu or x86_64-elf"),
    (b"\xce\xfa\xed\xfe", "is a Mach-O file of macOS", "compile for x86_64-linux-gnu or x86_64-elf"),
    (b"\xca\xfe\xba\xbe", "is a universal Mach-O file or a Java class", "compile for x86_64-linux-gnu or x86_64-elf"),
    (b"\0asm", "is a WebAssembly module", "compile for x86_64-linux-gnu or x86_64-elf"),
    (b"BC\xc0\xde", "is LLVM bitcode", "compile without -flto, or with -ffat-lto-objects"),
    (b"\xde\xc0\x17\x0b", "is LLVM bitcode", "compile without -flto, or with -ffat-lto-objects"),
    (b"\x1f\x8b", "is compressed (gzip)", "unpack it"),
    (b"\xfd7zXZ", "is compressed (xz)", "unpack it"),
    (b"\x28\xb5\x2f\xfd", "is compressed (zstd)", "unpack it"),
    (b"BZh", "is compressed (bzip2)", "unpack it"),
    (b"PK\x03\x04", "is a zip file", "unpack it"),
    (b"CPCH", "is a precompiled header", "leave it out"), (b"gpch", "is a precompiled header", "leave it out"),
    (b"!<bigaf>", "is an archive of AIX", "make one with ar of this system"),
)
_SOURCES: Final = (
    ("C", ".c .h .i", "compile it: gcc -c {path}"),
    ("C++", ".cc .cpp .cxx .c++ .C .hh .hpp .ii", "compile it: g++ -c {path}"),
    ("assembly", ".s .S .asm .nasm", "assemble it: starklink asm {path}"),
    ("FluxSharp", ".fsh", "give it to `starklink build`, which compiles and links"),
    ("Rust", ".rs", "compile it: rustc --emit=obj {path}"),
    ("Python", ".py", "to embed it as data, put -b binary before it"),
    ("LLVM assembly", ".ll", "compile it: llc -filetype=obj {path}"),
    ("Fortran", ".f .f90", "compile it: gfortran -c {path}"),
    ("Go", ".go", "compile it"), ("Java", ".java", "compile it"), ("Zig", ".zig", "compile it: zig build-obj {path}"),
    ("D", ".d", "compile it"), ("JavaScript", ".js", "to embed it as data, put -b binary before it"),
)
_MARKS: Final = (
    ("C", r"^\s*#\s*include\s*[<\"]|^\s*(?:static |extern |int |void |char )[\w *]+\([^;{]*\)\s*[;{]"),
    ("Python", r"^(?:import \w+|from \w+ import |def \w+\(.*\):|class \w+.*:)"),
    ("LLVM assembly", r"^(?:; ModuleID|source_filename = |target triple = |define .*@)"),
    ("assembly", r"^\s*(?:\.(?:globl|global|text|section|file|intel_syntax|code64)\b|(?:bits|global|section|extern|org|"
                 r"default)\s+\S)"),
    ("Rust", r"^\s*(?:pub )?fn \w+.*\{|^#!?\[\w+"),
)
_SCRIPT: Final = re.compile(r"(?<![\w.])(?:SECTIONS|MEMORY|PHDRS|VERSION)\s*\{|"
                            r"(?<![\w.])(?:INPUT|GROUP|ENTRY|OUTPUT(?:_FORMAT|_ARCH)?|SEARCH_DIR|STARTUP|EXTERN|TARGET|PROVIDE\w*|ASSERT)\s*\(")
"""Commands that only linker scripts have; the names of their sections look like directives."""


def foreign(path: str, data: memoryview) -> str:
    """What a file is that can be no linker script, as a sentence without its name; "" if it may be one."""
    head = bytes(data[:4096])
    for magic, what, remedy in _BINARY:
        if head.startswith(magic):
            return f"{what}\n>>> hint: {remedy}"
    if b"\0" in head:
        return ("is neither an object, an archive, a shared object nor a linker script"
                "\n>>> hint: to embed it as data, put -b binary before it")
    text = head.decode("utf-8", "replace")
    if text.startswith("#!"):
        return "is a script for the shell or another interpreter"
    ending = os.path.splitext(path)[1]
    for language, endings, remedy in _SOURCES:
        if ending and ending in endings.split():
            return _source(language, remedy, path)
    if _SCRIPT.search(text):
        return ""
    text = re.sub(r"/\*.*?(?:\*/|\Z)", "", text, flags=re.DOTALL)
    for language, mark in _MARKS:
        if re.search(mark, text, re.MULTILINE | re.IGNORECASE if language == "assembly" else re.MULTILINE):
            return _source(language, next(row[2] for row in _SOURCES if row[0] == language), path)
    return ""


def _source(language: str, remedy: str, path: str) -> str:
    article = "an" if language == "assembly" else "a"
    what = f"is {article} {language} source" if language not in ("assembly", "LLVM assembly") else f"is {language} text"
    return f"{what}, not an object file\n>>> hint: {remedy.format(path=path)}"
