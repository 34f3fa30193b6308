"""`starklink asm` for GAS sources: what `gcc -S` and `clang -S` print, in Intel or AT&T syntax, to ELF objects.

Exit codes: 0 success, 1 errors in the source or the files, 2 errors in the arguments.
"""

from __future__ import annotations

import os
import sys
from typing import Final

HELP: Final = """\
usage: starklink asm [--syntax gas] [--64|--x32|--32] [-o OUT] [-l FILE] [-g] [-I DIR]
                     [-msyntax=intel|att] [--fatal-warnings] FILE.s

Assemble a source in the language of GNU as to an ELF object: what `gcc -S` and `clang -S` print, with -masm=intel or without.
A source begins in AT&T syntax; `.intel_syntax noprefix` in it or -msyntax=intel changes that. FILE - is standard input.

  -o OUT              output file (default: FILE with .o instead of .s)
  -I DIR              look for .include and .incbin files here too; repeatable
  --64, --x32, --32   an object for x86-64 (default), x32, i386
  -msyntax=SYNTAX     the syntax the source begins in: att (default) or intel
  -l FILE, -al=FILE   a listing: every line with its place and bytes (-al: to standard output)
  --fatal-warnings    warnings are errors
  -g, --gdwarf-5      DWARF 5 line numbers of the source itself, unless it has .loc
  --alternate         begin under .altmacro

example:
  gcc -S -O2 -masm=intel hello.c && starklink asm hello.s -o hello.o && gcc hello.o -o hello
"""
DEBUG: Final = ("-g", "--gen-debug", "--gdwarf-5", "--gdwarf-4", "--gdwarf-3", "--gdwarf-2")
IGNORED: Final = ("--noexecstack", "-march", "-mtune", "-mmnemonic", "-W", "--warn")


def is_gas(words: list[str]) -> bool:
    """Whether a command line means this front end without saying so: its source is called *.s."""
    names = [
        word for at, word in enumerate(words) if not word.startswith("-") and (not at or words[at - 1] not in ("-o", "-I", "-f"))
    ]
    return any(name.endswith(".s") for name in names)


class Request:
    """What a command line asks for. `listing`: None, or a file ("" = standard output)."""

    def __init__(self) -> None:
        self.source = self.output = ""
        self.syntax = "att"
        self.machine = "64"
        self.fatal = self.debug = self.alternate = False
        self.include: list[str] = []
        self.listing: str | None = None


def main(words: list[str]) -> int:
    """Run the command; the result is its exit code."""
    request = Request()
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word in ("-h", "--help"):
            print(HELP, end="")
            return 0
        if word in ("-o", "-I", "-l"):
            if at == len(words):
                return _wrong(f"{word} needs a value")
            if word == "-o":
                request.output = words[at]
            elif word == "-l":
                request.listing = words[at]
            else:
                request.include.append(words[at])
            at += 1
        elif word.startswith("-I"):
            request.include.append(word[2:])
        elif word.startswith("-o"):
            request.output = word[2:]
        elif word in ("-msyntax=intel", "-msyntax=att"):
            request.syntax = word[9:]
        elif word in ("--64", "--x32", "--32"):
            request.machine = word[2:]
        elif word == "--fatal-warnings":
            request.fatal = True
        elif word in DEBUG:
            request.debug = True
        elif word == "--alternate":
            request.alternate = True
        elif word.partition("=")[0] in IGNORED:
            continue
        elif word.startswith("-a"):
            letters, _, name = word[2:].partition("=")
            if not set(letters) <= set("cdghlmns"):
                return _wrong(f"there is no option {word}")
            request.listing = name
        elif word.startswith("-") and word != "-":
            return _wrong(f"there is no option {word}")
        elif request.source:
            return _wrong(f"one source at a time: {request.source} and {word}")
        else:
            request.source = word
    if not request.source:
        return _wrong("no source is named")
    if not request.output:
        base = os.path.splitext(os.path.basename(request.source))[0]
        request.output = "a.out" if request.source == "-" else base + ".o"
    return _assemble(request)


def _wrong(message: str) -> int:
    sys.stderr.write(f"starklink asm: {message}\nstarklink asm --syntax gas --help shows the options\n")
    return 2


def _assemble(request: Request) -> int:
    import gc

    from ..asm.gas.api import assemble
    from ..asm.gas.errors import AssemblyFailed, Diagnostics
    from ..asm.gas.listing import Listed, listing
    from ..support.files import write_file

    source, output = request.source, request.output
    listed: list[Listed] | None = [] if request.listing is not None else None
    collecting = gc.isenabled()
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
                text, source if source != "-" else "<stdin>", syntax=request.syntax, include=request.include,
                directory=os.getcwd(), bag=bag, machine=request.machine, debug=request.debug, alternate=request.alternate,
                listed=listed,
            )  # fmt: skip
        except AssemblyFailed:
            sys.stderr.write(bag.render())
            return 1
        sys.stderr.write(bag.render())
        if request.fatal and bag.warnings:
            return 1
        if output == "-":
            sys.stdout.buffer.write(made)
        else:
            write_file(output, made)
        if listed is not None:
            lines = listing(listed)
            if request.listing:
                write_file(request.listing, lines.encode("utf-8", "surrogateescape"))
            else:
                sys.stdout.write(lines)
    except OSError as error:
        name = os.fsdecode(error.filename) if error.filename is not None else source
        sys.stderr.write(f"starklink asm: {name}: {error.strerror or error}\n")
        return 1
    finally:
        if collecting:
            gc.enable()
    return 0
