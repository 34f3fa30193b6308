"""The command line of nasm as values: `parse(["-f", "elf64", "-o", "a.o", "a.asm"])` -> Request.

Options may touch their value or not (`-felf64`, `-f elf64`), come from the variable NASMENV (before the others) or from a
response file (`-@ file`, one option per line), in any order with the file name.
"""

from __future__ import annotations

from typing import Final, NoReturn

from .errors import Diagnostics
from .options import Options
from .strings import quote

FORMATS: Final = ("bin", "elf32", "elf64")
_OTHER_FORMATS: Final = frozenset((
    "ith", "srec", "aout", "aoutb", "coff", "elfx32", "as86", "obj", "win32", "win64", "ieee", "macho32", "macho64", "dbg",
    "macho", "win",
))  # fmt: skip
_AFFIXES: Final = ("prefix", "gprefix", "lprefix", "postfix", "gpostfix", "lpostfix", "suffix", "gsuffix", "lsuffix")
_VALUED: Final = "oflFXZIiPpDdUuOwWL@"
HELP: Final = """\
usage: starklink asm [-@ response_file] [options...] [--] FILE

    -o FILE       output (default: the source's name with another extension)
    -f FORMAT     bin (default), elf32, elf64; elf means elf32
    -g            with debug information: DWARF 5 lines and a compilation unit
    -F FORMAT     format of the debug information: dwarf; -g FORMAT is both
    -l FILE       write a listing; -L with letters adds to it: d counts in decimal, e statements as they are assembled,
                  f what .nolist hides, m calls of macros with their parameters, + all of these
    -E, -e        preprocess only; to stdout, or to the file of -o
    -a            do not preprocess
    -D NAME[=TEXT], -U NAME                     define, undefine a macro before the source
    -I PATH, -i PATH                            add a folder to the include path
    -P FILE, -p FILE, --include FILE            include a file before the source
    --before LINE, --pragma TEXT                put a line, a %pragma before the source
    -M, -MG, -MF FILE, -MD FILE, -MT NAME, -MQ NAME, -MP, -MW     dependencies for make
    -O0, -O1, -Ox, -On, -Ov                     jumps always long (0), shortest encoding (others, default); v: say passes
    -w+CLASS, -w-CLASS, -W[no-]CLASS, -Werror[=CLASS]             warnings on, off, as errors
    -X gnu|vc, -s, -Z FILE                      form of messages; messages to stdout, to a file
    -t            TASM's spellings of some directives and of sizes in brackets
    --prefix, --postfix, --gprefix, --gpostfix, --lprefix, --lpostfix TEXT     before or behind symbols in the object
    --no-line     ignore %line
    --limit-X N   passes, stalled-passes, macro-levels, macro-tokens, mmacros, rep, eval or lines; `unlimited` is a number too
    --reproducible, --keep-all                  accepted
    --file-prefix-map OLD=NEW                   show NEW instead of a leading OLD in debug information
    --syntax nasm the language of the source
    -v, --version, -h, -hf

example:
  starklink asm -f elf64 -g -o start.o start.asm
"""


class Usage(Exception):
    """A command line that cannot be understood."""


class Request:
    """What a command line asks for. `action`: "assemble", "preprocess", "depend", "help", "formats" or "version"."""

    def __init__(self) -> None:
        self.options = Options()
        self.action = "assemble"
        self.files: list[str] = []
        self.output = ""
        self.listing = ""
        self.listing_flags = ""
        self.messages = ""  # file for messages; "-" is stdout
        self.debug = False
        self.raw = False
        self.show_passes = False
        self.depend_file = ""
        self.depend_too = False
        self.depend_missing = False
        self.depend_phony = False
        self.depend_quotes = False  # names with spaces in double quotes, as Watcom's make reads them
        self.depend_target = ""
        self.keep_output = False


def parse(args: list[str], bag: Diagnostics, environment: str = "") -> Request:
    """The request of the words behind `starklink asm`. Warnings go to the bag's states. Raises Usage and OSError."""
    request = Request()
    _words(request, bag, _split_environment(environment))
    _words(request, bag, args)
    if request.action in ("help", "formats", "version"):
        return request
    if not request.files:
        raise Usage("no input file specified")
    if len(request.files) > 1:
        raise Usage(f"more than one input file specified: {' '.join(request.files)}")
    request.options.source = request.files[0]
    if request.debug and not request.options.debug_format:
        request.options.debug_format = "dwarf" if request.options.format != "bin" else ""
    bag.fresh()
    return request


def _split_environment(text: str) -> list[str]:
    """The options in NASMENV: separated by spaces, or by its first character if that is not a dash."""
    if not text:
        return []
    separator = " "
    if text[0] != "-":
        separator, text = text[0], text[1:]
    return [word for word in text.split(separator) if word]


def _words(request: Request, bag: Diagnostics, args: list[str]) -> None:
    """Go through the words of a command line."""
    at = 0
    plain = False
    while at < len(args):
        word = args[at]
        at += 1
        if plain or word == "-" or word[:1] != "-":
            request.files.append(word)
        elif word == "--":
            plain = True
        elif word[:2] == "--":
            at += _long(request, word[2:], args[at] if at < len(args) else None)
        else:
            at += _short(request, bag, word, args[at] if at < len(args) else None)


def _short(request: Request, bag: Diagnostics, word: str, following: str | None) -> int:
    """An option of one letter; the result tells how many of the following words it took."""
    letter, value = word[1], word[2:]
    took = 0
    if letter in _VALUED and not value and letter not in "Ow":
        if following is None:
            raise Usage(f"option `-{letter}' requires an argument")
        value, took = following, 1
    options = request.options
    if letter == "o":
        request.output = value
    elif letter == "f":
        _format(request, value)
    elif letter == "l":
        request.listing = value
    elif letter in "Fg":
        if letter == "g":
            request.debug = True
        if value and value.lower() not in ("dwarf", "null"):
            raise Usage(f"unrecognized debug format `{value}' for output format `{options.format}': there is dwarf")
        options.debug_format = value.lower() or options.debug_format
    elif letter in "Ii":
        options.paths.append(value)
    elif letter in "Pp":
        options.definitions.append(f"%include {quote(_bytes(value))}")
    elif letter in "Dd":
        name, _, text = value.partition("=")
        options.definitions.append(f"%define {_bytes(name)} {_bytes(text)}".rstrip())
    elif letter in "Uu":
        options.definitions.append(f"%undef {_bytes(value)}")
    elif letter in "Ee":
        request.action = "preprocess"
    elif letter == "a":
        request.raw = True
    elif letter == "O":
        _optimize(request, value)
    elif letter in "wW":
        if not value and following is not None:
            value, took = following, 1
        bag.option(value)
    elif letter == "M":
        took = _depend(request, value, following)
    else:
        _rest(request, bag, letter, value, word)
    return took


def _rest(request: Request, bag: Diagnostics, letter: str, value: str, word: str) -> None:
    if letter == "X":
        if value not in ("gnu", "vc"):
            raise Usage(f"unrecognized error reporting format `{value}': there are gnu and vc")
        bag.style = value
    elif letter == "s":
        request.messages = "-"
    elif letter == "Z":
        request.messages = value
    elif letter == "t":
        request.options.tasm = True
    elif letter == "v":
        request.action = "version"
    elif letter == "h":
        request.action = "formats" if value[:1] == "f" else "help"
    elif letter == "L":
        request.listing_flags += value
    elif letter == "@":
        with open(value, encoding="utf-8", errors="surrogateescape") as file:
            words: list[str] = []
            for line in file.read().splitlines():
                words += line.strip().split(" ", 1) if line.strip()[:1] == "-" else [line.strip()]
        _words(request, bag, [one.strip() for one in words if one.strip()])
    elif letter not in "rn":
        raise Usage(f"unrecognised option `{word}'")


def _bytes(text: str) -> str:
    """A word of the command line as source text."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _format(request: Request, value: str) -> None:
    name = value.lower()
    name = "elf32" if name == "elf" else name
    if name in _OTHER_FORMATS:
        raise Usage(f"the output format `{value}' is not supported: there are {', '.join(FORMATS)}")
    if name not in FORMATS:
        raise Usage(f"unrecognised output format `{value}': there are {', '.join(FORMATS)}")
    request.options.format = name


def _optimize(request: Request, value: str) -> None:
    for char in value or "x":
        if char.isdigit():
            request.options.level = min(int(value.strip("v+-x") or "2"), 2)
        elif char == "v":
            request.show_passes = True
        elif char == "x":
            request.options.level = 2
        elif char not in "+-x":
            raise Usage(f"unknown optimization option -O{char}")


def _depend(request: Request, value: str, following: str | None) -> int:
    """-M and its relatives."""
    if value == "":
        request.action = "depend"
        request.depend_missing = True
        return 0
    letter, rest = value[0], value[1:]
    if letter == "G":
        request.action = "depend"
        request.depend_missing = True
        return 0
    if letter == "P":
        request.depend_phony = True
        return 0
    if letter == "W":
        request.depend_quotes = True
        return 0
    if letter not in "FDTQ":
        raise Usage(f"unknown dependency option `-M{value}'")
    took = 0
    if not rest:
        # -MD alone takes a file unless an option follows
        if letter == "D" and (following is None or following[:1] == "-"):
            request.depend_too = True
            return 0
        if following is None:
            raise Usage(f"option `-M{letter}' requires an argument")
        rest, took = following, 1
    if letter in "FD":
        request.depend_file = rest
        request.depend_too = request.depend_too or letter == "D"
    else:
        request.depend_target = rest if letter == "T" else make_name(rest)
    return took


def _long(request: Request, word: str, following: str | None) -> int:
    """An option with two dashes."""
    name, separator, value = word.partition("=")
    options = request.options
    plain = {"v": "version", "version": "version", "help": "help"}.get(name)
    if plain is not None:
        request.action = plain
        return 0
    if name in ("keep-all", "reproducible", "no-line"):
        options.no_line = options.no_line or name == "no-line"
        return 0
    took = 0
    if not separator:
        if following is None and name in (*_AFFIXES, "include", "pragma", "before", "debug", "file-prefix-map"):
            raise Usage(f"option `--{name}' requires an argument")
        value, took = following or "", 1
    if name in _AFFIXES:
        options.set_affix(name, _bytes(value))
    elif name == "include":
        options.definitions.append(f"%include {quote(_bytes(value))}")
    elif name == "pragma":
        options.definitions.append(f"%pragma {_bytes(value)}")
    elif name == "before":
        options.definitions.append(_bytes(value))
    elif name.startswith("limit-"):
        wrong = options.limits.set(name[6:], value)
        if wrong:
            raise Usage(wrong)
    elif name == "debug":
        return took
    elif name == "file-prefix-map":
        old, equal, new = value.partition("=")
        if not equal:
            raise Usage(f"--file-prefix-map: {value!r} has no '='")
        options.file_prefix_map.append((old, new))
    else:
        _unknown(word)
    return took


def _unknown(word: str) -> NoReturn:
    raise Usage(f"unrecognised option `--{word}'")


def make_name(text: str, quotes: bool = False) -> str:
    """A file name as make reads it. `quotes`: Watcom's make."""
    if quotes:
        return '"' + text + '"' if " " in text or "\t" in text else text
    out = text.replace("$", "$$").replace("#", "\\#")
    return "".join(["\\" + char if char in " \t" else char for char in out])


def output_name(request: Request, extension: str) -> str:
    """The name of the output if none was asked for."""
    source = request.options.source
    if source == "-":
        return "nasm.out"
    folder, slash, base = source.rpartition("/")
    stem, dot, _ = base.rpartition(".")
    made = (stem if dot and stem else base) + extension
    if made == base:
        made = "nasm.out"
    return f"{folder}{slash}{made}"


def dependencies(request: Request, target: str, files: list[str]) -> str:
    """The rules for make."""
    line = ""
    out = ""
    names = [make_name(file, request.depend_quotes) for file in files]
    for name in (request.depend_target or make_name(target, request.depend_quotes), ":", *names):
        if line and len(line) + len(name) + 1 > 72:
            out += line + " \\\n"
            line = " " + name
        else:
            line = f"{line} {name}" if line else name
    out += line + "\n\n"
    if request.depend_phony:
        out += "".join([f"{name} :\n\n" for name in names])
    return out
