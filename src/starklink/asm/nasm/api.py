"""Assembling NASM sources from Python.

result = assemble("boot.asm", "bin")                   -> Result(data, messages, errors, assembler)
result = assemble_text("mov eax, 1", format="elf64")
"""

from __future__ import annotations

from typing import NamedTuple

from ...support.deep import deep_recursion, on_deep_stack
from .assembler import Assembler
from .errors import NOWHERE, Diagnostics, NasmError, Stop
from .expr import Names
from .formats import make
from .listing import Listing
from .options import Options
from .pp.core import Files, Preprocessor
from .pp.standard import fold_old_names
from .values import Value

DEPTH = 60_000
"""Python frames the expansion of nested macros may take."""


class Result(NamedTuple):
    """What an assembly gives. `data` is None after errors; `messages` is the text of all findings."""

    data: bytes | None
    messages: str
    errors: int
    assembler: Assembler | None


def read_source(options: Options, files: Files) -> str:
    """Read the source and the files named on the command line; what is wrong with it, "" if nothing."""
    try:
        files.lines(options.source)
    except OSError as error:
        return f"unable to open input file `{options.source}': {error.strerror or error}"
    return ""


def run(
    options: Options, bag: Diagnostics, files: Files, listing: Listing | None = None, raw: bool = False
) -> Assembler | None:
    """Assemble the source of `options`; None if it could not be begun. Errors are in the bag. `raw`: do not preprocess."""
    return on_deep_stack(_run, options, bag, files, listing, raw)


def _run(options: Options, bag: Diagnostics, files: Files, listing: Listing | None, raw: bool) -> Assembler | None:
    with deep_recursion(DEPTH):
        return _assembled(options, bag, files, listing, raw)


def _assembled(options: Options, bag: Diagnostics, files: Files, listing: Listing | None, raw: bool) -> Assembler | None:
    try:
        assembler = Assembler(options, bag, make(options.format))
        assembler.listing = listing
        options.raw = raw
        assembler.run(files)
        return assembler
    except NasmError as error:
        bag.error(str(error), NOWHERE)
    except Stop as stop:
        bag.error(str(stop), NOWHERE)
    return None


def preprocess(options: Options, bag: Diagnostics, files: Files, missing_ok: bool = False) -> tuple[str, list[str]]:
    """(the preprocessed source as -E prints it, the files it is made of)."""
    return on_deep_stack(_preprocess, options, bag, files, missing_ok)


def _preprocess(options: Options, bag: Diagnostics, files: Files, missing_ok: bool) -> tuple[str, list[str]]:
    with deep_recursion(DEPTH):
        return _preprocessed(options, bag, files, missing_ok)


def _preprocessed(options: Options, bag: Diagnostics, files: Files, missing_ok: bool) -> tuple[str, list[str]]:
    output = make(options.format)
    pp = Preprocessor(files, bag, Unknown(), output.name, options.debug_format, True)
    pp.bits = lambda: 0  # the directives that set it are not carried out
    pp.missing_ok = missing_ok
    pp.no_line = options.no_line
    out: list[str] = []
    try:
        fold_old_names(pp, "\n".join(files.lines(options.source)[0]))
        options.prepare(pp)
        name, expected, step = "", 0, 1
        for statement in pp.lines():
            place = pp.place()
            away = place.line - expected
            if place.file != name or away:
                if place.file == name and away == 1 and step == 1:
                    out.append("")
                else:
                    if place.file != name:
                        step = 1
                    elif away in (-1, 1):
                        step = 0 if away == -1 and step == 1 else 1 if away == 1 else step
                    out.append(f"%line {place.line}+{step} {place.file}")
                name, expected = place.file, place.line
            expected += step
            out.append(statement.text)
    except Stop as stop:
        bag.error(str(stop), pp.place())
    return "\n".join(out) + "\n" if out else "", list(pp.dependencies)


class Unknown(Names):
    """No symbol has a value while only the preprocessor runs."""

    def symbol(self, name: str) -> Value:
        """A symbol."""
        raise NasmError("symbol references not supported in preprocess-only mode", name)

    def here(self) -> Value:
        """`$`"""
        raise NasmError("`$' not supported in preprocess-only mode", "$")

    def base(self) -> Value:
        """`$$`"""
        raise NasmError("`$$' not supported in preprocess-only mode", "$$")


def assemble(
    path: str, format: str = "bin", paths: tuple[str, ...] = (), definitions: tuple[str, ...] = ()
) -> Result:
    """Assemble a file. `format`: bin, elf32 or elf64; `paths`: where included files are looked for; `definitions`: lines for the
    preprocessor before the source, such as `%define DEBUG 1`. Raises OSError if the file cannot be read."""
    options = Options()
    options.source, options.format = path, "elf32" if format == "elf" else format
    options.paths, options.definitions = list(paths), list(definitions)
    return _result(options, Files(options.paths))


def assemble_text(text: str | bytes, format: str = "bin", name: str = "<text>", paths: tuple[str, ...] = ()) -> Result:
    """Assemble a piece of source text; `name` stands for the file in messages. Otherwise as `assemble`."""
    options = Options()
    options.source, options.format = name, "elf32" if format == "elf" else format
    options.paths = list(paths)
    files = Files(options.paths)
    files.give(name, text.encode("utf-8").decode("latin-1") if isinstance(text, str) else text.decode("latin-1"))
    return _result(options, files)


def _result(options: Options, files: Files) -> Result:
    files.lines(options.source)  # so that a missing file is the caller's exception
    bag = Diagnostics()
    assembler = run(options, bag, files)
    data = assembler.format.write(assembler) if assembler is not None and not bag.errors else None
    return Result(data if not bag.errors else None, bag.render(), bag.errors, assembler)
