"""`starklink asm` for GAS sources: what `gcc -S` and `clang -S` print, in Intel or AT&T syntax, to ELF64 objects.

Exit codes: 0 success, 1 errors in the source or the files, 2 errors in the arguments.
"""

from __future__ import annotations

import os
import sys
from typing import Final

HELP: Final = """\
usage: starklink asm [--syntax gas] [-o OUT] [-I DIR] [-msyntax=intel|att] [--fatal-warnings] FILE.s

Assemble a source in the language of GNU as to an ELF64 object: what `gcc -S` and `clang -S` print, with -masm=intel or without.
A source begins in AT&T syntax; `.intel_syntax noprefix` in it or -msyntax=intel changes that. FILE - is standard input.

  -o OUT              output file (default: FILE with .o instead of .s)
  -I DIR              look for .include and .incbin files here too; repeatable
  -msyntax=SYNTAX     the syntax the source begins in: att (default) or intel
  --fatal-warnings    warnings are errors

example:
  gcc -S -O2 -masm=intel hello.c && starklink asm hello.s -o hello.o && gcc hello.o -o hello
"""
IGNORED: Final = ("--64", "-g", "--gdwarf-5", "--noexecstack", "-march", "-mtune", "-mmnemonic", "-W", "--warn")


def is_gas(words: list[str]) -> bool:
    """Whether a command line means this front end without saying so: its source is called *.s."""
    names = [
        word for at, word in enumerate(words) if not word.startswith("-") and (not at or words[at - 1] not in ("-o", "-I", "-f"))
    ]
    return any(name.endswith(".s") for name in names)


def main(words: list[str]) -> int:
    """Run the command; the result is its exit code."""
    output, source, syntax, fatal = "", "", "att", False
    include: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word in ("-h", "--help"):
            print(HELP, end="")
            return 0
        if word in ("-o", "-I"):
            if at == len(words):
                return _wrong(f"{word} needs a value")
            if word == "-o":
                output = words[at]
            else:
                include.append(words[at])
            at += 1
        elif word.startswith("-I"):
            include.append(word[2:])
        elif word.startswith("-o"):
            output = word[2:]
        elif word in ("-msyntax=intel", "-msyntax=att"):
            syntax = word[9:]
        elif word == "--fatal-warnings":
            fatal = True
        elif word.partition("=")[0] in IGNORED:
            continue
        elif word.startswith("-") and word != "-":
            return _wrong(f"there is no option {word}")
        elif source:
            return _wrong(f"one source at a time: {source} and {word}")
        else:
            source = word
    if not source:
        return _wrong("no source is named")
    if not output:
        output = "a.out" if source == "-" else os.path.splitext(os.path.basename(source))[0] + ".o"
    return _assemble(source, output, syntax, tuple(include), fatal)


def _wrong(message: str) -> int:
    sys.stderr.write(f"starklink asm: {message}\nstarklink asm --syntax gas --help shows the options\n")
    return 2


def _assemble(source: str, output: str, syntax: str, include: tuple[str, ...], fatal: bool) -> int:
    import gc

    from ..asm.gas.api import assemble
    from ..asm.gas.errors import AssemblyFailed, Diagnostics
    from ..support.files import write_file

    gc.disable()  # what is made here lives to the end
    try:
        if source == "-":
            data = sys.stdin.buffer.read()
        else:
            with open(source, "rb") as file:
                data = file.read()
        if output != "-" and os.path.exists(output) and source != "-" and os.path.samefile(output, source):
            return _wrong(f"the output {output} would replace the source")
        text = data.decode("utf-8", "surrogateescape")
        bag = Diagnostics()
        try:
            made = assemble(
                text, source if source != "-" else "<stdin>", syntax=syntax, include=include, directory=os.getcwd(), bag=bag
            )
        except AssemblyFailed:
            sys.stderr.write(bag.render())
            return 1
        sys.stderr.write(bag.render())
        if fatal and bag.warnings:
            return 1
        if output == "-":
            sys.stdout.buffer.write(made)
        else:
            write_file(output, made)
    except OSError as error:
        name = os.fsdecode(error.filename) if error.filename is not None else source
        sys.stderr.write(f"starklink asm: {name}: {error.strerror or error}\n")
        return 1
    finally:
        gc.enable()
    return 0
