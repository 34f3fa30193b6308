"""Reading a source: lines to statements, labels, conditions, macros, and the state the directives change.

One pass: every statement is assembled where it stands into the present piece of the present section; what depends on later text
is an item or a fix (program.py) and settled in layout.py and elf.py.
"""

from __future__ import annotations

import re
from typing import Any, Final

from ..encode import EncodeError
from ..operands import AsmError
from ..places import Place
from . import macros
from .cfi import Frame
from .errors import Diagnostics, GasError
from .expr import DEPTH, Tokens, parse, unquote
from .instruction import Made, instruction, put
from .lines import Lines
from .listing import Listed
from .machine import X86_64, Machine
from .program import Expr, Piece, Section, Symbol
from .shapes import Encoded, Shapes

_LABEL: Final = re.compile(r'\s*([A-Za-z_.$\u0080-\U0010ffff][\w.$\u0080-\U0010ffff]*|"(?:[^"\\]|\\.)*"|[0-9]+)\s*:(?!=)\s*')
_NAME: Final = r'([A-Za-z_.$\u0080-\U0010ffff][\w.$\u0080-\U0010ffff]*|"(?:[^"\\]|\\.)*")'
_ASSIGN: Final = re.compile(_NAME + r"\s*==?\s*(?!=)(.*)", re.DOTALL)
_COMMENTS: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:\\.|[^\\\n])|#[^\n]*|/\*.*?\*/|/\*', re.DOTALL)
MAX_LINES: Final = 1_000_000
"""Lines that macros and repetitions may make."""
MAX_DEPTH: Final = 100
"""Macros and files inside each other."""

# name -> (section type, flags); the longest name that fits with a dot behind it decides.
KNOWN: Final = {
    ".text": (1, 6), ".data": (1, 3), ".bss": (8, 3), ".rodata": (1, 2), ".data.rel.ro": (1, 3), ".tdata": (1, 0x403),
    ".tbss": (8, 0x403), ".init": (1, 6), ".fini": (1, 6), ".init_array": (14, 3), ".fini_array": (15, 3),
    ".preinit_array": (16, 3), ".note": (7, 0), ".comment": (1, 0), ".eh_frame": (1, 2), ".ctors": (1, 3), ".dtors": (1, 3),
    ".rodata1": (1, 2), ".data1": (1, 3), ".sdata": (1, 3), ".gnu.linkonce.t": (1, 6), ".gnu.linkonce.r": (1, 2),
    ".gnu.linkonce.d": (1, 3), ".gnu.linkonce.b": (8, 3), ".gnu.linkonce.tb": (8, 0x403), ".gnu.linkonce.td": (1, 0x403),
    ".ltext": (1, 0x10000006), ".ldata": (1, 0x10000003), ".lbss": (8, 0x10000003), ".lrodata": (1, 0x10000002),
}  # fmt: skip


def default_kind(name: str) -> tuple[int, int]:
    """(type, flags) of a section that is named without attributes."""
    best = max((one for one in KNOWN if name == one or name.startswith(one + ".")), key=len, default="")
    if best == ".note" and name == ".note.GNU-stack":
        return 1, 0
    return KNOWN[best] if best else (1, 0)


def statements(line: str) -> list[str]:
    """The statements of a line, without comments. A string that does not end goes up to the line's end."""
    if "#" not in line and ";" not in line:
        return [line.strip()]
    out, start, at, end = [], 0, 0, len(line)
    while at < end:
        one = line[at]
        if one == '"':
            at += 1
            while at < end and line[at] != '"':
                at += 2 if line[at] == "\\" else 1
        elif one == "'":
            at += 2 if line[at + 1 : at + 2] == "\\" else 1
        elif one == ";":
            out.append(line[start:at].strip())
            start = at + 1
        elif one == "#":
            break
        at += 1
    out.append(line[start : min(at, end)].strip())
    return out


class Text:
    """A text being read: the file, or the body of a macro. `conditions`: how many were open when it began."""

    __slots__ = ("at", "call", "conditions", "file", "first", "lines", "macro", "period")

    def __init__(self, lines: list[str], file: str, first: int = 1, macro: str = "", call: Place | None = None) -> None:
        self.lines = lines
        self.period = 0  # lines of a body that is repeated
        self.at = 0
        self.file = file
        self.first = first
        self.macro = macro
        self.call = call
        self.conditions = 0


class Source:
    """The state of an assembly. `intel`: the present syntax; `remembered`: statements and their bytes, as far as those do not
    depend on the place."""

    def __init__(
        self, bag: Diagnostics, intel: bool = False, include: tuple[str, ...] = (), machine: Machine = X86_64
    ) -> None:
        from .directives import DIRECTIVES

        self.bag = bag
        self.directives = DIRECTIVES
        self.machine = machine
        self.intel = intel
        self.bits = machine.bits
        self.include = include
        self.symbols: dict[str, Symbol] = {}
        self.sections: dict[tuple[str, str, int], Section] = {}
        self.section = self.open_section(".text")
        self.piece: Piece = self.section.piece(0)
        self.previous: tuple[Section, Piece] | None = None
        self.open_section(".data")
        self.open_section(".bss")
        self.stack: list[tuple[Section, Piece, tuple[Section, Piece] | None]] = []
        self.numbers: dict[int, int] = {}
        self.counted = 0
        self.files: list[str] = []  # STT_FILE symbols
        self.lines = Lines()
        self.frames: list[Frame] = []
        self.frame: Frame | None = None
        self.frame_sections: tuple[str, ...] = (".eh_frame",)
        self.remembered: dict[str, Made] = {}
        self._other: dict[str, Made] = {}
        self.shapes = Shapes(intel)
        self._other_shapes = Shapes(not intel)
        self.encoded: Encoded | None = None  # of the last statement
        self.volatile = False
        self.macros: dict[str, macros.Macro] = {}
        self.conditions: list[macros.Condition] = []
        self.inputs: list[Text] = []
        self.invocations = 0
        self.alternate = False  # .altmacro
        self.locals = 0
        self.listed: list[Listed] | None = None
        self.expanded = 0
        self.aliases: list[tuple[str, str]] = []
        self.ended = False
        self.ident = False

    # -- names ---------------------------------------------------------------------------------------------------------
    def symbol(self, name: str) -> Symbol:
        """The symbol of a name, made when it is not known."""
        found = self.symbols.get(name)
        if found is None:
            found = self.symbols[name] = Symbol(name)
            found.order = len(self.symbols)
        found.mentioned = True
        return found

    def numbered(self, number: int, forward: bool) -> Symbol:
        """`1f` or `1b`."""
        self.volatile = True
        count = self.numbers.get(number, 0) + forward
        if not count:
            raise GasError(f"there is no label {number}: before this place", f"{number}b")
        return self.symbol(f"\1{number}\1{count}")

    def here(self) -> Symbol:
        """`.`: a new symbol at the present place."""
        self.volatile = True
        symbol = Symbol("\1.")
        symbol.piece, symbol.position = self.piece, len(self.piece.buffer)
        return symbol

    def take_encoded(self) -> Encoded | None:
        """What the encoder made for the last statement, which is forgotten."""
        found, self.encoded = self.encoded, None
        return found

    def define(self, name: str) -> None:
        """Put a label here. Raises GasError if it is somewhere already."""
        if name.isdigit():
            number = int(name)
            self.numbers[number] = self.numbers.get(number, 0) + 1
            name = f"\1{number}\1{self.numbers[number]}"
        symbol = self.symbol(name)
        if symbol.defined or symbol.common >= 0:
            raise GasError(f"symbol {name} is already defined", name)
        symbol.piece, symbol.position, symbol.place = self.piece, len(self.piece.buffer), self.place
        if self.section.flags & 0x400:
            symbol.tls = True

    def assign(self, name: str, text: str, once: bool = False) -> None:
        """`name = expression`."""
        tokens = Tokens(text)
        value = parse(tokens, self)
        if not tokens.done:
            raise GasError(f"'{tokens.now}' is not expected here", tokens.now)
        if name == ".":
            from .data import org

            org(self, text)
            return
        self.equate(name, value, once)

    def equate(self, name: str, value: Expr, once: bool = False) -> None:
        """Give a symbol the value of an expression. Raises GasError for labels."""
        symbol = self.symbol(name)
        if symbol.piece is not None or symbol.common >= 0 or (once and symbol.defined):
            raise GasError(f"symbol {name} is already defined", name)
        if _mentions(value, symbol):
            if not isinstance(symbol.value, int):
                raise GasError(f"{name} would depend on itself", name)
            value = _replaced(value, symbol, symbol.value)
        if isinstance(symbol.value, int) and symbol.value != value:
            self.remembered.clear()
            self._other.clear()
        elif symbol.value is None:
            self.remembered.clear()
            self._other.clear()
        symbol.value = value
        if isinstance(value, Symbol) and value.defined:
            symbol.kind = symbol.kind or value.kind
            symbol.size = symbol.size or value.size
        symbol.place = self.place

    # -- sections ------------------------------------------------------------------------------------------------------
    def open_section(
        self, name: str, kind: int = -1, flags: int = -1, entry: int = 0, group: str = "", unique: int = -1
    ) -> Section:
        """The section of that name, made if there is none. -1: as its name says."""
        key = (name, group, unique)
        found = self.sections.get(key)
        if found is None:
            usual, letters = default_kind(name)
            found = Section(name, usual if kind < 0 else kind, letters if flags < 0 else flags, entry, group)
            self.sections[key] = found
        return found

    def enter(self, section: Section, number: int = 0) -> None:
        """Make a section the present one."""
        if section is not self.section or section.piece(number) is not self.piece:
            self.previous = (self.section, self.piece)
            self.section, self.piece = section, section.piece(number)

    def syntax(self, intel: bool) -> None:
        """Change between Intel and AT&T syntax."""
        if intel != self.intel:
            self.intel = intel
            self.remembered, self._other = self._other, self.remembered
            self.shapes, self._other_shapes = self._other_shapes, self.shapes

    # -- input ---------------------------------------------------------------------------------------------------------
    @property
    def place(self) -> Place:
        """Where the present statement stands."""
        if not self.inputs:
            return Place("", 0, "")
        frame = self.inputs[-1]
        at = max(frame.at - 1, 0)
        return Place(frame.file, frame.first + at, frame.lines[at] if at < len(frame.lines) else "", frame.macro, frame.call)

    def push(self, lines: list[str], file: str, first: int, macro: str) -> None:
        """Read these lines next. Raises GasError when that goes too deep."""
        if len(self.inputs) > MAX_DEPTH:
            raise GasError(f"macros and files are nested more than {MAX_DEPTH} deep")
        self.expanded += len(lines)
        if self.expanded > MAX_LINES:
            raise GasError(f"macros made more than {MAX_LINES} lines")
        frame = Text(lines, file, first, macro, self.place)
        frame.conditions = len(self.conditions)
        self.inputs.append(frame)

    def next_line(self) -> str | None:
        """The next line of the innermost text, None at its end."""
        frame = self.inputs[-1]
        if frame.at >= len(frame.lines):
            return None
        frame.at += 1
        return frame.lines[frame.at - 1]

    def read(self, text: str, file: str) -> None:
        """Assemble a whole text. Errors go to the bag."""
        if "/*" in text:
            text = _COMMENTS.sub(_blank, text)
        self.inputs.append(Text(text.split("\n"), file))
        run = self._run if self.listed is None else self._run_listed
        while self.inputs and not self.ended:
            run(self.inputs[-1])
        self.inputs[:] = self.inputs[:1] or [Text([""], file)]
        self.inputs[0].at = len(self.inputs[0].lines)
        for condition in self.conditions:
            self.bag.error(".if without .endif", condition.place)
        if self.frame is not None:
            self.bag.error(".cfi_startproc without .cfi_endproc", self.frame.place)

    def _run(self, frame: Text) -> None:
        """Read a text until it ends or another one is pushed on top."""
        inputs, lines, end = self.inputs, frame.lines, len(frame.lines)
        while frame.at < end:
            line = lines[frame.at]
            frame.at += 1
            text = line.strip()
            known = self.remembered.get(text)
            if known is None and "\t" in text:
                known = self.remembered.get(text.replace("\t", " "))
                if known is not None:
                    self.remembered[text] = known
            if known is not None:
                if not self.conditions or self.conditions[-1].active:
                    if self.lines.own:
                        self.lines.mark(self)
                    if self.lines.pending is not None:
                        self.lines.emit(self)
                    if self.section.kind != 8:
                        put(self, known)
                        continue
                else:
                    continue
            self._line(frame, text)
            if not inputs or inputs[-1] is not frame or self.ended:
                return
        if inputs and inputs[-1] is frame:
            inputs.pop()

    def line(self) -> tuple[str, int]:
        """File and line of the present statement for a debugger: macros are where they are called, repetitions are bodies."""
        for frame in reversed(self.inputs):
            if not frame.macro or frame.period:
                at = max(frame.at - 1, 0)
                return frame.file, frame.first + (at % frame.period if frame.period else at)
        return "", 0

    def _line(self, frame: Text, text: str) -> None:
        """Assemble the statements of a line."""
        for statement in statements(text):
            if statement:
                try:
                    self.statement(statement)
                except (GasError, AsmError, EncodeError) as error:
                    self.bag.error(str(error), self._place_of(frame), getattr(error, "near", ""))
                if self.inputs[-1] is not frame or self.ended:
                    break

    def _run_listed(self, frame: Text) -> None:
        """As `_run`, with a row of the listing for every line."""
        listed = self.listed
        assert listed is not None
        while frame.at < len(frame.lines):
            line = frame.lines[frame.at]
            number, depth = frame.first + frame.at, len(self.inputs) - 1
            frame.at += 1
            piece, start, at = self.piece, len(self.piece.buffer), len(listed)
            self._line(frame, line.strip())
            piece, start = (piece, start) if piece is self.piece else (self.piece, len(self.piece.buffer))
            listed.insert(at, Listed(number, depth, line, piece, start, len(piece.buffer)))
            if not self.inputs or self.inputs[-1] is not frame or self.ended:
                return
        if self.inputs and self.inputs[-1] is frame:
            self.inputs.pop()

    def _place_of(self, frame: Text) -> Place:
        at = min(max(frame.at - 1, 0), len(frame.lines) - 1)
        return Place(frame.file, frame.first + at, frame.lines[at], frame.macro, frame.call)

    def statement(self, text: str) -> None:
        """Labels, then a directive, macro, assignment or instruction."""
        active = not self.conditions or self.conditions[-1].active
        found = _LABEL.match(text) if ":" in text else None
        while found is not None:
            if active:
                name = found[1]
                self.define(unquote(name).decode("utf-8", "surrogateescape") if name[0] == '"' else name)
            text = text[found.end() :]
            if not text:
                return
            found = _LABEL.match(text) if ":" in text else None
        if text[0] == ".":
            parts = text.split(None, 1)
            word = parts[0].lower()
            conditional = macros.CONDITIONS.get(word)
            if conditional is not None:
                conditional(self, word, parts[1] if len(parts) > 1 else "")
                return
            if not active:
                return
            directive = self.directives.get(word)
            if directive is not None:
                directive(self, parts[1].strip() if len(parts) > 1 else "")
                return
            if word in self.macros:
                macros.invoke(self, self.macros[word], parts[1] if len(parts) > 1 else "")
                return
            if "=" not in text:
                raise GasError(f"no directive is called {parts[0]}", parts[0])
        if not active:
            return
        if "=" in text:
            made = _ASSIGN.fullmatch(text)
            if made is not None:
                name = made[1]
                self.assign(unquote(name).decode("utf-8", "surrogateescape") if name[0] == '"' else name, made[2])
                return
        if "\t" in text:
            text = text.replace("\t", " ")
        if self.macros:
            word, _, rest = text.partition(" ")
            macro = self.macros.get(word.lower())
            if macro is not None:
                macros.invoke(self, macro, rest)
                return
        if self.lines.own:
            self.lines.mark(self)
        if self.lines.pending:
            self.lines.emit(self)
        if self.section.kind == 8:
            raise GasError(f"{self.section.name} has no content in the file, so no instructions")
        instruction(self, text)


def _blank(found: re.Match[str]) -> str:
    text = found[0]
    if text.startswith("/*"):
        return "\n" * text.count("\n") or " "
    return text


def _mentions(expr: Expr, symbol: Symbol, depth: int = 0) -> bool:
    if expr is symbol:
        return True
    if isinstance(expr, int | Symbol) or depth > DEPTH:
        return False
    return any(_mentions(part, symbol, depth + 1) for part in expr if not isinstance(part, str))


def _replaced(expr: Any, symbol: Symbol, value: int) -> Expr:
    from .expr import join
    from .program import Op, Suffixed

    if expr is symbol:
        return value
    if isinstance(expr, Op):
        return join(expr.name, _replaced(expr.left, symbol, value), _replaced(expr.right, symbol, value))
    if isinstance(expr, Suffixed):
        return Suffixed(_replaced(expr.value, symbol, value), expr.suffix)
    found: Expr = expr
    return found
