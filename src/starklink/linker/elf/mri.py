"""-c FILE: command files in the language of MRI's linkers (GNU ld manual, "MRI Compatible Script Files").

    * comment                 LOAD start.o,main.o     NAME program       PUBLIC _stack=0x8000
    ORDER .text,.data         SECT .data=$20000       ALIGN .data=16     ALIAS .text,.code     BASE 0x1000

As for GNU ld such a file takes the place of the default layout: the sections it lists come in its order, the others behind them,
and nothing is aligned to pages. What is read here becomes options and the text of a linker script.
"""

from __future__ import annotations

from re import compile as pattern
from typing import TYPE_CHECKING, Final

from ...support.record import dataclass, field
from ..errors import LinkError
from .options import InputSpec
from .versions import read_text

if TYPE_CHECKING:
    from .options import Options

_HEX: Final = pattern(r"\$([0-9a-fA-F]+)|\b([0-9][0-9a-fA-F]*)[hH]\b")
_PAIR: Final = pattern(r"([^\s,=]+)\s*[=,\s]\s*(\S.*)$")
_NOTHING: Final = {"END", "CHIP", "CASE", "WARN", "NOWARN", "LISTX", "TRUNCATE"}


@dataclass(slots=True)
class _Part:
    """An output section: its address and alignments as expressions, and the input sections it takes."""

    address: str = ""
    align: str = ""
    inner: str = ""
    aliases: list[str] = field(default_factory=list)


class _Reader:
    def __init__(self, options: Options, path: str) -> None:
        self.options, self.path = options, path
        self.loads: list[str] = []
        self.order: dict[str, list[str]] = {"ORDER": [], "SECT": [], "ABSOLUTE": []}
        """Names of output sections; those of ORDER come first."""
        self.parts: dict[str, _Part] = {}
        self.assignments: list[str] = []
        self.base = ""
        self.problems: list[str] = []

    def read(self, text: str) -> None:
        for number, line in enumerate(text.splitlines(), 1):
            line = line.partition(";")[0].strip()
            if not line or line[0] in "*#":
                continue
            word, _, rest = line.partition(" ") if " " in line else line.partition("\t")
            try:
                self.command(word.upper(), rest.strip())
            except ValueError as error:
                self.problems.append(f"{self.path}:{number}: {error}\n>>> {line}")

    def command(self, word: str, rest: str) -> None:
        """Raises ValueError for what cannot be."""
        names = [name.strip() for name in rest.split(",") if name.strip()]
        if word in _NOTHING:
            return
        if word == "LIST":
            self.options.print_map = True
            return
        if not names:
            raise ValueError(f"{word} needs something behind it" if hasattr(self, f"do_{word.lower()}") or word in
                             ("LOAD", "ORDER", "ABSOLUTE", "EXTERN") else f"unknown command {word}")
        if word == "LOAD":
            self.loads += [name for part in names for name in part.split()]
        elif word in ("ORDER", "ABSOLUTE"):
            for name in names:
                self.listed(word, name)
        elif word == "EXTERN":
            self.options.undefined += names
        else:
            action = getattr(self, f"do_{word.lower()}", None)
            if action is None:
                raise ValueError(f"unknown command {word}")
            action(rest)

    def listed(self, word: str, name: str) -> _Part:
        self.order[word].append(name)
        return self.part(name)

    def part(self, name: str) -> _Part:
        return self.parts.setdefault(name, _Part())

    def pair(self, rest: str) -> tuple[str, str]:
        found = _PAIR.match(rest)
        if found is None:
            raise ValueError("expected a name, `=` and a value")
        return found[1], expression(found[2])

    def do_name(self, rest: str) -> None:
        self.options.output = rest

    def do_start(self, rest: str) -> None:
        self.options.entry = rest

    def do_base(self, rest: str) -> None:
        self.base = expression(rest)

    def do_format(self, rest: str) -> None:
        raise ValueError(f"the format {rest} is not supported: the output is an ELF file (--oformat binary and ihex make others)")

    def do_public(self, rest: str) -> None:
        name, value = self.pair(rest)
        self.assignments.append(f'"{name}" = {value};')

    def do_sect(self, rest: str) -> None:
        name, value = self.pair(rest)
        self.listed("SECT", name).address = value

    def do_align(self, rest: str) -> None:
        name, value = self.pair(rest)
        self.part(name).align = value

    def do_alignmod(self, rest: str) -> None:
        name, value = self.pair(rest)
        self.part(name).inner = value

    def do_alias(self, rest: str) -> None:
        name, value = self.pair(rest)
        self.part(name).aliases.append(value)

    def script(self) -> str:
        """The linker script that means the same."""
        lines = list(self.assignments)
        for number, name in enumerate(dict.fromkeys(name for names in self.order.values() for name in names)):
            part = self.parts[name]
            address = part.address or (self.base if not number else "")
            head = f'"{name}" {f"({address})" if address else ""} : ' + (f"ALIGN({part.align}) " if part.align else "") + \
                (f"SUBALIGN({part.inner}) " if part.inner else "")
            inputs = " ".join(f"*({one})" for one in [name, *part.aliases])
            lines.append(f"{head}{{ {inputs} }}")
        return "SECTIONS {\n" + "\n".join(lines) + "\n}\n"


def expression(text: str) -> str:
    """An expression in the spelling of linker scripts: $1F and 1Fh are hexadecimal."""
    return _HEX.sub(lambda found: f"0x{found[1] or found[2]}", text.strip())


def take_commands(options: Options) -> None:
    """Replace the command files among the inputs by what they say. Raises LinkError, OSError."""
    inputs: list[InputSpec] = []
    text = ""
    problems: list[str] = []
    for spec in options.inputs:
        if spec.kind != "mri":
            inputs.append(spec)
            continue
        reader = _Reader(options, spec.name)
        reader.read(read_text(spec.name))
        inputs += [spec._replace(kind="file", name=name) for name in reader.loads]
        text += reader.script()
        problems += reader.problems
    if problems:
        raise LinkError(problems)
    options.inputs = inputs
    if not options.script:
        options.script_text = text
