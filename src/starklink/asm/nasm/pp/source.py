"""Where lines come from: files that are being read, and bodies of macros and repetitions that are being expanded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from ..tokens import DIGITS, closing, split

if TYPE_CHECKING:
    from .mmacros import MultiMacro

_TASM: Final = re.compile(
    r"(\s*)(arg|elif|else|endif|if|ifdef|ifdifi|ifndef|include|local)(?![\w$#@~.?])", re.ASCII | re.IGNORECASE
)
_DIRECTIVE: Final = re.compile(r"\s*%([A-Za-z][\w$#@~.?]*)", re.ASCII)

# What has to be put into the text of a body line when it is expanded: literal text; number of a parameter; or one of
# ("+", n), ("-", n) condition code, ("%%", name) local name, (":", range), ("[", text) indirection, ("?",) name of the macro.
Part: TypeAlias = str | int | tuple[str, str] | tuple[str, int]


def translated(line: str) -> str:
    """A line of a source for TASM: directives get their %. IFDIFI is not known here and counts as false."""
    match = _TASM.match(line)
    if match is None:
        return line
    if match.group(2).lower() == "ifdifi":
        return f"{match.group(1)}%if 0"
    return f"{match.group(1)}%{line[match.end(1) :]}"


class Line:
    """One line of a body. `op`: name of its directive, lower case, or "". `tokens` and `parts` are found when first needed
    and kept in `known` and `replaced`; `parts` is None for a line in which nothing has to be replaced."""

    __slots__ = ("file", "known", "line", "op", "replaced", "text")

    def __init__(self, text: str, file: str, line: int) -> None:
        self.text = text
        self.file = file
        self.line = line
        self.known: list[str] | None = None
        self.replaced: list[Part] | None = None
        self.op = directive_name(text) if "%" in text else ""

    @property
    def tokens(self) -> list[str]:
        """The line's tokens. Nobody may change the list."""
        if self.known is None:
            self.known = split(self.text)
            if "%" in self.text:
                self.replaced = parts_of(self.known)
        return self.known

    @property
    def parts(self) -> list[Part] | None:
        """See the class."""
        if self.known is None:
            _ = self.tokens
        return self.replaced


def directive_name(text: str) -> str:
    """The name behind the % at the beginning of a line, in lower case; "" if there is none."""
    if "%" not in text:
        return ""
    match = _DIRECTIVE.match(text)
    return match.group(1).lower() if match is not None else ""


def parts_of(tokens: list[str]) -> list[Part] | None:
    """What an expansion has to replace in a line, None for nothing."""
    out: list[Part] = []
    literal: list[str] = []
    found = False
    for token in tokens:
        if token[0] != "%" or len(token) == 1:
            literal.append(token)
            continue
        part = _part(token)
        if part is None:
            literal.append(token)
            continue
        found = True
        if literal:
            last = literal[-1]
            if last[0] == "%" and len(last) > 1:  # what is put in must not become part of this token
                literal[-1] = "%{" + last[1:] + "}"
            out.append("".join(literal))
            literal = []
        out.append(part)
    if not found:
        return None
    if literal:
        out.append("".join(literal))
    return out


def _part(token: str) -> Part | None:
    """What a token that begins with % asks for, None if it is not replaced here."""
    second = token[1]
    if second in DIGITS:
        if ":" in token:
            return (":", token[1:])
        if token == "%0":
            return ("0", "")
        if token == "%00":
            return 0
        return int(token[1:]) if token[1:].isdigit() else ("!", token)
    if second in "+-" and len(token) > 2:
        if ":" in token:
            return (":", token[1:])
        return (second, int(token[2:])) if token[2:].isdigit() else ("!", token)
    if second == ":":
        return (":", token[1:])
    if second == "%" and len(token) > 2:
        return ("%%", token[2:])
    if second == "[":
        return ("[", token[2:])
    if token in ("%?", "%??"):
        return ("?", token)
    return None


def next_branch(lines: list[Line], at: int) -> int:
    """Index of the next %elif, %else or %endif of the conditional that is open before lines[at]; the end if there is none."""
    level = 0
    for index in range(at, len(lines)):
        op = lines[index].op
        if not op:
            continue
        if op[:2] == "if":
            level += 1
        elif op == "endif":
            if not level:
                return index
            level -= 1
        elif not level and (op == "else" or op[:4] == "elif"):
            return index
    return len(lines)


class Frame:
    """A body being expanded. `macro` is None for a repetition; `count`: rounds that are left (0 = skip to the end).

    `params[0]` is the captured label, `params[1:]` are the parameters as text; `conditions`: how many conditionals were open
    when the body was entered.
    """

    __slots__ = (
        "call_name", "conditions", "count", "jumps", "lines", "loops", "macro", "outer", "params", "pos", "quiet", "rotation",
        "silent", "unique",
    )  # fmt: skip

    def __init__(self, lines: list[Line], macro: MultiMacro | None, outer: Frame | None, conditions: int) -> None:
        self.lines = lines
        self.pos = 0
        self.macro = macro
        self.count = 1
        self.params: list[str] = []
        self.rotation = 0
        self.unique = 0
        self.call_name = ""
        self.conditions = conditions
        self.outer = outer  # the frame of the macro whose parameters are visible, None outside of macros
        self.quiet = False  # lines are reported at the place of the call
        self.silent = False  # lines are left out of the listing
        self.jumps: dict[int, int] = {}  # from a branch of a conditional to the next one
        self.loops: dict[int, tuple[list[Line], dict[int, int], int]] = {}  # place behind %rep -> body, jumps, place behind it


class Include:
    """A file being read. `index` counts the lines read so far; `frames` are the expansions in progress, outermost first."""

    __slots__ = ("base", "conditions", "faults", "file", "first", "frames", "index", "lines", "numbers", "quiet", "step")

    def __init__(self, file: str, lines: list[str], numbers: list[int] | None = None) -> None:
        self.file = file
        self.lines = lines
        self.numbers = numbers
        self.index = 0
        self.frames: list[Frame] = []
        self.conditions: list[int] = []
        self.first = 1  # line number of the line at `base`
        self.base = 0
        self.step = 1
        self.faults: Faults = {}
        self.quiet = False  # a package of `%use`: not listed, lines count where it is used

    def number(self) -> int:
        """Line number of the line read last."""
        index = self.index - 1
        if self.numbers is not None and index < len(self.numbers):
            index = self.numbers[index] - 1
        return self.first + (index - self.base) * self.step

    def text(self) -> str:
        """The line read last."""
        return self.lines[self.index - 1] if 0 < self.index <= len(self.lines) else ""


Faults: TypeAlias = dict[int, list[tuple[str, str]]]
"""Index of a line -> (class, text) of the warnings about strings and brackets that do not end in it."""


def faults_of(lines: list[str]) -> Faults:
    """What is wrong with strings and brackets in lines."""
    found: Faults = {}
    for index, line in enumerate(lines):
        if "'" in line or '"' in line or "`" in line or "%[" in line or "%{" in line:
            if _SOUND.fullmatch(line) is None:
                faults = _faults(line)
                if faults:
                    found[index] = faults
    return found


def _faults(line: str) -> list[tuple[str, str]]:
    found = []
    at, size = 0, len(line)
    while at < size:
        match = _REMARKABLE.search(line, at)
        if match is None or match.group() == ";":
            break
        at, what = match.start(), match.group()
        if what in ("%[", "%{"):
            end = closing(line, at + 1)
            close = "]" if what == "%[" else "}"
            if end == size:
                found.append(("pp-open-brackets", f"unterminated {what}...{close} construct (missing `{close}')"))
            if what == "%{" and not line[at + 2 : end].strip():
                found.append(("pp-empty-braces", "empty %{} construct expands to the % operator"))
            at = end + 1
            continue
        quoted = _QUOTED.match(line, at)
        if quoted is None:
            found.append(("pp-open-string", f"unterminated string (missing `{what}')"))
            break
        at = quoted.end()
    return found


_QUOTED: Final = re.compile(r"""'[^']*'|"[^"]*"|`(?:[^`\\]|\\.)*`""")
_SOUND: Final = re.compile(r"""(?:[^'"`;%]|%(?![\[{])|'[^']*'|"[^"]*"|`(?:[^`\\]|\\.)*`)*(?:;.*)?""", re.DOTALL)
_REMARKABLE: Final = re.compile(r"[;'\"`]|%[\[{]")


def lines_of(text: str) -> tuple[list[str], list[int] | None]:
    """(lines of a file with continuations joined, their line numbers; None: line i has number i + 1)."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\x1a" in text:
        text = text.replace("\x1a", "\n")
    lines = text.split("\n")
    if "\0" in text:                    # a line ends there, as strings of C do
        lines = [line.partition("\0")[0] for line in lines]
    if lines and not lines[-1]:
        lines.pop()
    if "\\\n" not in text:
        return lines, None
    joined: list[str] = []
    numbers: list[int] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        number = index + 1
        index += 1
        while line.endswith("\\") and index < len(lines):
            line = line[:-1] + lines[index]
            index += 1
        joined.append(line)
        numbers.append(number)
    return joined, numbers
