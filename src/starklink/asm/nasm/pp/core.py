"""The preprocessor's main loop: from files to the lines the assembler sees.

`Preprocessor.lines()` yields `Statement`s: expanded lines as tokens of the assembler. Equal lines give the same object, so that
whatever is found out about a line is found out once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from ...places import Place
from ..errors import NOWHERE, Diagnostics, NasmError, Stop
from ..expr import Names, Parser
from ..limits import MAX_CALLERS, MAX_NESTED, Limits
from ..strings import integer
from ..tokens import DIRECTIVE as K_DIRECTIVE
from ..tokens import ID_START, SPACE, is_context_name, is_integer, is_name, kind, split, split_plain
from ..tokens import LOCAL as K_LOCAL
from ..tokens import NAME as K_NAME
from ..tokens import NUMBER as K_NUMBER
from ..values import Value
from .mmacros import Definition, MultiMacro, match, substitute
from .smacros import Expander, SingleMacro, Table
from .source import Faults, Frame, Include, Line, directive_name, faults_of, lines_of, next_branch, parts_of, translated
from .states import ELSE_TRUE, NEVER, TRUE

if TYPE_CHECKING:
    from ..known import Known

CONDITIONAL: Final = ("if", "elif", "else", "endif")
STATEMENT_LIMIT: Final = 300_000


class Statement:
    """A line for the assembler. `tokens`: without spaces; `text`: as the preprocessor made it. `mode` and `code` belong to the
    assembler. `stamp`: when the line was last known to have no macros in it (see `Preprocessor.lines`)."""

    __slots__ = ("_tokens", "code", "mode", "stamp", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens: list[str] | None = None
        self.mode: Any = None
        self.code = b""
        self.stamp = -1

    @property
    def tokens(self) -> list[str]:
        """The line's tokens, found when they are first needed."""
        if self._tokens is None:
            self._tokens = split_plain(self.text)
        return self._tokens


class Context:
    """An entry of the context stack."""

    __slots__ = ("macros", "name", "number")

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.number = number
        self.macros = Table()


class Files:
    """Reads source files, once each, along the include path."""

    def __init__(self, paths: list[str]) -> None:
        self.paths = paths
        self._read: dict[str, tuple[list[str], list[int] | None]] = {}

    def find(self, name: str) -> str | None:
        """The path of a file: as given, else in a directory of the include path."""
        if os.path.exists(name):
            return name
        for directory in self.paths:
            path = directory + name if directory.endswith("/") else os.path.join(directory, name)
            if os.path.exists(path):
                return path
        return None

    def lines(self, path: str) -> tuple[list[str], list[int] | None]:
        """The lines of a file. Raises OSError."""
        found = self._read.get(path)
        if found is None:
            if path == "-":
                import sys

                data = sys.stdin.buffer.read()
            else:
                with open(path, "rb") as file:
                    data = file.read()
            found = self._read[path] = lines_of(data.decode("latin-1"))
        return found

    def give(self, name: str, text: str) -> None:
        """Use `text` for the file `name`."""
        self._read[name] = lines_of(text)


class Preprocessor:
    """One pass over the source. `names` answers for symbols in expressions (`%if` and the like)."""

    def __init__(
        self,
        files: Files,
        bag: Diagnostics,
        names: Names,
        output_format: str,
        debug_format: str = "",
        preprocess_only: bool = False,
    ) -> None:
        from .standard import Standard

        self.files = files
        self.bag = bag
        self.names = names
        self.output_format = output_format
        self.debug_format = debug_format
        self.expander = Expander(self)
        self.macros = self.expander.macros
        self.expand: Callable[[list[str]], list[str]] = self.expander.expand
        self.multi: dict[str, list[MultiMacro]] = {}
        self.multi_serial = 0  # counts definitions
        self.contexts: list[Context] = []
        self.unique = 0
        self.aliases = True
        self.sane = False
        self.inc: Include = Include("", [])
        self.includes: list[Include] = []
        self._placed_in: Include | None = None  # the line `place` was asked for last
        self._placed_at = 0
        self._placed = NOWHERE
        self.frame: Frame | None = None
        self.emitting = True
        self.defining: list[Definition] = []
        self.calls = 0
        self.nested = 0  # characters of the parameters in a deep nesting of macros
        self.used: set[str] = set()
        self.required: set[str] = set()
        self.dependencies: dict[str, None] = {}
        self.missing_ok = False
        self.preprocess_only = preprocess_only
        self.keep_blank = preprocess_only
        self.limits = Limits()
        self.depth = 0
        self.no_line = False
        self.tasm = False  # some directives may be written without %
        self.raw = False  # lines go to the assembler as they are
        self.statements: dict[str, Statement] = {}
        self.splits: dict[str, list[str]] = {}  # tokens of body lines with their parameters; nobody may change the lists
        self.faults: dict[int, tuple[list[str], Faults]] = {}  # by the number of a list of lines
        self.values: dict[tuple[str, ...], int] = {}  # of expressions of plain numbers
        self.stack_size, self.stack_pointer, self.argument_offset, self.local_offset = 4, "ebp", 8, 0
        self.bits: Callable[[], int] = lambda: 16
        self.on_line: Callable[[str, bool], None] | None = None
        self.on_call: Callable[[MultiMacro, list[str]], None] | None = None  # of a macro, with its parameters from 1 on
        self.functions: dict[str, list[SingleMacro]] | None = None
        self.known: Known | None = None  # what the assembler can do without the preprocessor
        self.standard = Standard(self)
        self.directives = _directives()

    # -- services ------------------------------------------------------------------------------------------------------
    def place(self) -> Place:
        """Where the line being processed stands."""
        if not self.includes:
            return NOWHERE
        inc = self.inc
        plain = not (inc.frames or inc.quiet)
        if plain and inc is self._placed_in and inc.index == self._placed_at:
            return self._placed
        at = len(self.includes) - 1
        while at > 0 and self.includes[at].quiet:
            at -= 1
        inc = self.includes[at]
        place = Place(inc.file, inc.number(), inc.text(), "", None)
        for frame in inc.frames if len(inc.frames) <= MAX_CALLERS else inc.frames[-MAX_CALLERS:]:
            if frame.quiet or not 0 < frame.pos <= len(frame.lines):
                continue
            line = frame.lines[frame.pos - 1]
            if frame.macro is not None:
                place = Place(line.file, line.line, line.text, frame.macro.name, place)
            else:
                place = Place(line.file, line.line, line.text, place.macro, place.call)
        if plain:
            self._placed_in, self._placed_at, self._placed = inc, inc.index, place
        return place

    def error(self, text: str, near: str = "") -> None:
        """Report an error in the present line."""
        self.bag.error(text, self.place(), near)

    def warn(self, group: str, text: str, near: str = "") -> None:
        """Report a warning about the present line."""
        if self.bag.enabled(group):
            self.bag.warn(group, text, self.place(), near)

    def scope(self, name: str) -> tuple[Table | None, str]:
        """(table a macro name belongs to, the name in it); None after an error."""
        if name[0] != "%" or name[1:2] != "$":
            return self.macros, name
        if not self.contexts:
            self.error(f"`{name}': context stack is empty", name)
            return None, name
        plain = name[2:].lstrip("$")
        level = len(name) - 2 - len(plain)
        if level >= len(self.contexts):
            depth = len(self.contexts)
            self.error(f"`{name}': context stack is only {depth} level{'' if depth == 1 else 's'} deep", name)
            return None, name
        return self.contexts[-1 - level].macros, plain

    def function(self, token: str) -> list[SingleMacro] | None:
        """The macros behind a preprocessor function such as `%eval`."""
        if self.functions is None:
            from .functions import table

            self.functions = table()
        return self.functions.get(token.lower())

    def is_function(self, name: str) -> bool:
        """Whether a directive's name is also a function's."""
        return self.function("%" + name) is not None

    def text(self, tokens: list[str], locals_too: bool = True) -> str:
        """Tokens as text: environment variables replaced, and (`locals_too`) names of contexts made unique."""
        for token in tokens:
            if token[0] == "%" and len(token) > 1:
                break
        else:
            return "".join(tokens)
        out: list[str] = []
        for token in tokens:
            if token[:2] == "%!" and len(token) > 2:
                token = self.environment(token[2:]) or ""
            elif locals_too and is_context_name(token) and self.contexts:
                plain = token[2:].lstrip("$")
                level = len(token) - 2 - len(plain)
                if level < len(self.contexts):
                    token = f"..@{self.contexts[-1 - level].number}.{plain}"
                else:
                    self.scope(token)
            elif locals_too and is_context_name(token):
                self.scope(token)
            elif token[:2] == "%[":
                token += "]"
            out.append(token)
        return "".join(out)

    def environment(self, name: str, warn: bool = True) -> str | None:
        """An environment variable; `name` may be quoted."""
        from ..strings import unquote

        if name[0] in "'\"`":
            name = unquote(name)
        value = os.environ.get(name)
        if value is None and warn:
            self.warn("pp-environment", f"nonexistent environment variable `{name}'", name)
            return ""
        return os.fsencode(value).decode("latin-1") if value is not None else None

    def substituted(self, text: str, frame: Frame | None) -> list[str]:
        """The tokens of a piece of text with macro parameters put in."""
        tokens = split(text)
        if parts_of(tokens) is None:
            return tokens
        return split(substitute(self, Line(text, "", 0), frame))

    def evaluate(self, tokens: list[str], what: str) -> Value | None:
        """The value of expanded tokens as an expression; None after an error."""
        key = tuple(tokens)
        known = self.values.get(key)
        if known is not None:
            return known
        plain = [token for token in tokens if token != SPACE]
        try:
            parser = Parser(plain, 0, self.names)
            value = parser.whole()
        except NasmError as error:
            self.error(str(error), error.near)
            return None
        if parser.pos < len(plain):
            if what.startswith("parameter"):
                self.error(f"invalid expression in {what}")
            else:
                self.warn("pp-trailing", "trailing garbage after expression ignored", plain[parser.pos])
        elif type(value) is int and all(token[0] in _ARITHMETIC for token in plain) and not self.bag.held:
            if len(self.values) > STATEMENT_LIMIT:
                self.values.clear()
            self.values[key] = value
        return value

    def number(self, tokens: list[str], what: str) -> int | None:
        """The number that expanded tokens give; None after an error."""
        value = self.evaluate(tokens, what)
        return None if value is None else self.settled(value, what)

    def settled(self, value: Value, what: str) -> int | None:
        """A number from a value with symbols in it; None after an error."""
        if type(value) is int:
            return value
        resolve = getattr(self.names, "resolve", None)
        try:
            if resolve is not None:
                found: int | None = resolve(value)
                if found is not None:
                    return found
        except NasmError as error:
            self.error(str(error), error.near)
            return None
        self.error(
            f"non-constant value given to `{what}'"
            if not what.startswith("parameter")
            else f"non-constant expression in {what}"
        )
        return None

    def count(self, token: str) -> int:
        """A count of macro parameters."""
        value = integer(token)
        if value is None or value >= 1 << 31:
            self.error(f"unable to parse parameter count `{token}'", token)
            return 0
        return value

    def joined_name(self, tokens: list[str]) -> list[str]:
        """Tokens without leading space, and with a name that consists of several pieces made one."""
        size = len(tokens)
        at = 1 if size and tokens[0] == SPACE else 0
        if at + 1 < size and tokens[at + 1] == SPACE and tokens[at] != SPACE:
            return tokens[at:] if at else tokens
        while at < size and tokens[at] == SPACE:
            at += 1
        end = at
        while end < len(tokens) and kind(tokens[end]) in _NAME_PIECES:
            end += 1
        if end - at <= 1:
            return tokens[at:] if at else tokens
        return self.expand(tokens[at:end]) + tokens[end:]

    def macro_name(self, tokens: list[str], directive: str) -> tuple[str, list[str]] | None:
        """(name of a single-line macro, what follows it); None after an error."""
        tokens = self.joined_name(tokens)
        if not tokens or not (is_name(tokens[0]) or is_context_name(tokens[0])):
            self.error(f"`%{directive}' expects a macro identifier", tokens[0] if tokens else "")
            return None
        return tokens[0], tokens[1:]

    # -- files ---------------------------------------------------------------------------------------------------------
    def push_file(self, name: str, lines: list[str], numbers: list[int] | None, quiet: bool = False) -> None:
        """Go on reading in another file."""
        if len(self.includes) > 500:
            raise Stop(f"more than 500 files include each other, the last one is `{name}'")
        if self.tasm and not quiet:
            lines = [translated(line) for line in lines]
        inc = Include(name, lines, numbers)
        inc.quiet = quiet
        faults = self.faults.get(id(lines))
        if faults is None:
            faults = self.faults[id(lines)] = (lines, faults_of(lines))  # (the list is kept, so that its number stays its own)
        inc.faults = faults[1]
        self.includes.append(inc)
        self.inc = inc
        self.frame = None
        self.emitting = True

    def _pop_file(self) -> None:
        inc = self.includes.pop()
        if inc.conditions:
            self.includes.append(inc)
            raise Stop("expected `%endif' before end of file")
        if self.includes:
            self.inc = self.includes[-1]
            self.frame = self.inc.frames[-1] if self.inc.frames else None
            self.emitting = not self.inc.conditions or self.inc.conditions[-1] in (TRUE, ELSE_TRUE)

    def statement(self, text: str) -> Statement:
        """The statement object of a line."""
        found = self.statements.get(text)
        if found is None:
            if len(self.statements) > STATEMENT_LIMIT:
                self.statements.clear()
            found = self.statements[text] = Statement(text)
        return found

    # -- the loop ------------------------------------------------------------------------------------------------------
    def lines(self) -> Iterator[Statement]:
        """The statements of the source, one by one. `place()` tells where the last one came from."""
        exact = self.macros.exact.keys()
        statements = self.statements
        macros = self.macros
        known = self.known
        many = Statement("")
        while self.includes:
            if self.frame is not None:
                yield from self._expansion(self.frame)
                continue
            inc = self.inc
            lines, frames, faults = inc.lines, inc.frames, inc.faults
            size = len(lines)
            plain = self._plain()
            while inc.index < size:
                if plain and known is not None and not faults:
                    codes = known.run(lines, inc.index, macros.serial + self.multi_serial)
                    if codes:
                        inc.index += len(codes)
                        many.mode, many.code = known.mode, b"".join(codes)
                        yield many
                        if inc.index == size:
                            break
                text = lines[inc.index]
                inc.index += 1
                if faults and inc.index - 1 in faults and (self.emitting or self.defining):
                    for group, problem in faults[inc.index - 1]:
                        self.warn(group, problem)
                if plain:
                    # the common case: a line without preprocessor constructs, in which no macro was named when it was
                    # looked at last; only a definition made since then could change that
                    statement = statements.get(text)
                    if statement is not None and statement.stamp == macros.serial + self.multi_serial:
                        yield statement
                        continue
                    if "%" not in text and text[:1] != "#":
                        if statement is None:
                            statement = self.statement(text)
                        tokens = statement.tokens
                        if exact.isdisjoint(tokens) and not macros.folded and not (tokens and self._may_call(tokens)):
                            if tokens:
                                statement.stamp = macros.serial + self.multi_serial
                                yield statement
                            continue
                        made = self._expanded(split(text))
                    else:
                        made = self._source_line(text)
                        plain = self._plain()
                else:
                    made = self._careful(text)
                    plain = self._plain()
                if made is not None:
                    yield made
                if self.inc is not inc or frames:
                    break
            else:
                self._end_of_file()

    def _plain(self) -> bool:
        """Whether lines of the file go on to the assembler without anybody else being interested in them."""
        return self.emitting and not (self.defining or self.raw or self.preprocess_only or self.on_line is not None)

    def _careful(self, text: str) -> Statement | None:
        """Process a line of a file when it is listed, skipped, collected, passed on as it is, or printed."""
        if self.on_line is not None:
            self.on_line(text, False)
        if self.raw:
            return self.statement(text) if text.strip() else None
        if "%" in text or self.defining or not self.emitting or text[:1] == "#":
            return self._source_line(text)
        if self.preprocess_only or text.strip():
            return self._expanded(split(text))
        return None

    def _may_call(self, tokens: list[str]) -> bool:
        multi = self.multi
        if tokens[0].lower() in multi:
            return True
        if len(tokens) > 1:
            second = tokens[1] if tokens[1] != ":" else tokens[2] if len(tokens) > 2 else ":"
            return second.lower() in multi
        return False

    def _end_of_file(self) -> None:
        if len(self.includes) == 1 and self.defining:
            former = self.defining[-1]
            what = f"macro `{former.macro.name}'" if former.macro is not None else "%rep"
            self.error(f"end of file while still {'defining ' if former.macro is not None else 'in '}{what}")
            self.defining.clear()
        self._pop_file()

    def _expansion(self, frame: Frame) -> Iterator[Statement]:
        """Go through a body until it ends, calls another macro or includes a file."""
        lines = frame.lines
        jumps = frame.jumps
        size = len(lines)
        while True:
            if frame.pos >= size:
                if frame.macro is None and frame.count > 1:
                    frame.count -= 1
                    frame.pos = 0
                    if not size:
                        frame.count = 1
                    continue
                self._end_frame(frame)
                return
            line = lines[frame.pos]
            frame.pos += 1
            if self.on_line is not None:
                self.on_line(line.text, True)
            made = self._body_line(line)
            if made is not None:
                yield made
            if self.frame is not frame:
                return
            if not self.emitting and self.on_line is None and line.op[:2] in _BRANCHING:
                # nothing between here and the next branch of the conditional matters
                at = jumps.get(frame.pos - 1)
                if at is None:
                    at = jumps[frame.pos - 1] = next_branch(lines, frame.pos)
                frame.pos = at

    def _end_frame(self, frame: Frame) -> None:
        frames = self.inc.frames
        frames.pop()
        macro = frame.macro
        if macro is not None:
            macro.busy -= 1
            self.depth -= 1
            if not self.depth:
                self.calls = self.nested = 0
            if self.defining and self.defining[-1].depth > len(frames):
                if self.defining[-1].macro is None:
                    raise Stop(f"`%rep' without `%endrep' within expansion of macro `{macro.name}'")
                self.error(f"`%macro' without `%endmacro' within expansion of macro `{macro.name}'")
                self.defining.pop()
        self.frame = frames[-1] if frames else None

    def _body_line(self, line: Line) -> Statement | None:
        """Process one line of a body."""
        op = line.op
        if self.defining:
            self._collect(line, op)
            return None
        frame = self.frame
        if not self.emitting or (frame is not None and not frame.count):
            if op and _is_conditional(op):
                tokens = line.tokens
                if self.emitting and line.parts is not None:
                    tokens = self._substituted(line)
                self.directive(op, tokens)
            return None
        tokens = line.known or line.tokens
        if op == "endif" and tokens[-1] == "%endif" and self.inc.conditions:
            self.end_condition()
            return None
        if line.replaced is not None:
            tokens = self._substituted(line)
            if tokens and not op:
                op = directive_name("".join(tokens[:2]))
        if op and op in self.directives and not ("(" in tokens and self._functional(op, tokens)):
            return self.directive(op, tokens)
        return self._expanded(tokens)

    def _substituted(self, line: Line) -> list[str]:
        frame = self.frame
        if frame is not None and frame.macro is None:
            frame = frame.outer
        text = substitute(self, line, frame)
        tokens = self.splits.get(text)
        if tokens is None:
            if len(text) > 512 and self.depth > 8:
                self._nest(len(text))
            if len(self.splits) > STATEMENT_LIMIT:
                self.splits.clear()
            tokens = self.splits[text] = split(text)
        return tokens

    def _source_line(self, text: str) -> Statement | None:
        """Process one line of a file."""
        op = directive_name(text)
        if self.defining:
            self._collect(Line(text, self.inc.file, self.inc.number()), op)
            return None
        if not self.emitting:
            if op and _is_conditional(op):
                self.directive(op, split(text))
            return None
        if text[0] == "#":
            self.directive("line", split(text))
            return None
        tokens = split(text)
        if op and op in self.directives and not (self._functional(op, tokens)):
            if "%[" in text or "%%" in text or "%{" in text:
                tokens = self._replaced(text, tokens)
            return self.directive(op, tokens)
        return self._expanded(self._replaced(text, tokens))

    def _replaced(self, text: str, tokens: list[str]) -> list[str]:
        """Replace %[...] outside of macros."""
        if parts_of(tokens) is None:
            return tokens
        return split(substitute(self, Line(text, "", 0), None))

    def _functional(self, op: str, tokens: list[str]) -> bool:
        """Whether `%name` is a function here: followed by a parenthesis."""
        if "(" not in tokens:
            return False
        at = 1 if tokens[0] == SPACE else 0
        following = at + 1
        if following < len(tokens) and tokens[following] == SPACE:
            following += 1
        return following < len(tokens) and tokens[following] == "(" and self.is_function(op)

    def _expanded(self, tokens: list[str]) -> Statement | None:
        """Expand the macros of a line; None if a multi-line macro was called (or nothing is left)."""
        tokens = self.expand(tokens)
        if not tokens:
            return self.statement("") if self.keep_blank else None
        if self._call(tokens):
            return None
        text = self.text(tokens)
        if not text or text == SPACE:
            return self.statement("") if self.keep_blank else None
        return self.statement(text)

    def _call(self, tokens: list[str]) -> bool:
        """Enter the multi-line macro that a line calls; False if it calls none."""
        multi = self.multi
        at = 1 if tokens[0] == SPACE else 0
        if at >= len(tokens):
            return False
        name = tokens[at]
        label: list[str] = []
        found = None
        if name[0] in ID_START or name[0] == "$":
            if name.lower() in multi:
                found = match(self, tokens, at)
        elif not is_context_name(name):
            return False
        if found is None:
            end = at + 1
            if end < len(tokens) and tokens[end] == SPACE:
                end += 1
            colon = end < len(tokens) and tokens[end] == ":"
            if colon:
                end += 1
                if end < len(tokens) and tokens[end] == SPACE:
                    end += 1
            if end >= len(tokens) or tokens[end].lower() not in multi or not is_name(tokens[end]):
                return False
            label = tokens[:end]
            if not colon:
                label.append(":")
            found = match(self, tokens, end)
            if found is None:
                return False
            at = end
        if self.calls >= self.limits.mmacros or self.depth >= self.limits.levels:
            raise Stop("interminable multiline macro recursion")
        self.enter(found.macro, found.params, tokens[at], label)
        return True

    def _nest(self, size: int) -> None:
        """Count characters that deeply nested calls make."""
        self.nested += size
        if self.nested > MAX_NESTED:
            raise Stop("the parameters of nested macro calls grow without end")

    def enter(self, macro: MultiMacro, params: list[str], name: str, label: list[str]) -> None:
        """Begin the expansion of a macro."""
        self.calls += 1
        self.depth += 1
        if self.on_call is not None:
            self.on_call(macro, params)
        if self.depth > 8:
            size = sum(map(len, params))
            if self.depth > 100 or size > 4096:  # parameters that double with every level
                self._nest(size)
        frame = Frame(macro.body, macro, None, len(self.inc.conditions))
        frame.outer = frame
        frame.jumps, frame.loops = macro.jumps, macro.loops
        frame.params = params
        frame.unique = self.unique
        frame.call_name = name
        frame.quiet = macro.quiet
        frame.silent = macro.quiet
        self.unique += 1
        macro.busy += 1
        if label:
            if macro.captures:
                params[0] = self.text([token for token in label if token not in (SPACE, ":")])
            else:
                place = self.place()
                frame.lines = [Line(self.text(label), place.file, place.line), *macro.body]
                frame.jumps, frame.loops = {}, {}
        self.inc.frames.append(frame)
        self.frame = frame

    # -- definitions and directives ------------------------------------------------------------------------------------
    def _collect(self, line: Line, op: str) -> None:
        """Add a line to the macro or repetition being defined, or end it."""
        definition = self.defining[-1]
        if op in ("macro", "imacro", "rmacro", "irmacro"):
            definition.macros += 1
        elif op in ("endmacro", "endm"):
            if definition.macros:
                definition.macros -= 1
            elif definition.macro is not None:
                self.defining.pop()
                self._define(definition.macro, definition.lines)
                return
        elif definition.macro is None:
            if op == "rep":
                definition.reps += 1
            elif op == "endrep":
                if definition.reps:
                    definition.reps -= 1
                else:
                    self.defining.pop()
                    self.repeat(definition)
                    return
        if op == "line":
            return
        definition.lines.append(line)

    def _define(self, macro: MultiMacro, lines: list[Line]) -> None:
        macro.body = lines
        macro.captures = any("%00" in line.text or "%{00" in line.text for line in lines)
        self.multi.setdefault(macro.name.lower(), []).insert(0, macro)
        self.multi_serial += 1

    def repeat(self, definition: Definition) -> None:
        """Begin the rounds of a repetition."""
        frame = Frame(
            definition.lines, None, self.frame.outer if self.frame is not None else None, len(self.inc.conditions)
        )
        frame.count = definition.count
        frame.jumps = definition.jumps
        if definition.home is not None and definition.home is self.frame and not definition.known:
            definition.home.loops[definition.start] = (definition.lines, definition.jumps, definition.home.pos)
        frame.silent = definition.silent or (self.frame is not None and self.frame.silent)
        frame.quiet = self.frame is not None and self.frame.quiet
        self.inc.frames.append(frame)
        self.frame = frame
        if not definition.count:
            frame.pos = len(frame.lines)

    def directive(self, op: str, tokens: list[str]) -> Statement | None:
        """Carry out a directive. Its line may leave something for the assembler (`%pragma`)."""
        handler = self.directives.get(op)
        at = 1 if tokens and tokens[0] == SPACE else 0
        if handler is None:
            return None
        try:
            return handler(self, tokens[at + 1 :], op)
        except NasmError as error:
            self.error(str(error), error.near)
            if _is_conditional(op) and (op.startswith("if")):
                self.condition(NEVER)
            return None

    def condition(self, state: int) -> None:
        """Open a conditional."""
        self.inc.conditions.append(state)
        self.emitting = state in (TRUE, ELSE_TRUE)

    def change_condition(self, state: int) -> None:
        """Change the innermost conditional."""
        self.inc.conditions[-1] = state
        self.emitting = state in (TRUE, ELSE_TRUE)

    def end_condition(self) -> None:
        """Close the innermost conditional."""
        conditions = self.inc.conditions
        conditions.pop()
        self.emitting = not conditions or conditions[-1] in (TRUE, ELSE_TRUE)


_ARITHMETIC: Final = frozenset("0123456789+-*/%<>=!&|^~()?:")
_BRANCHING: Final = frozenset(("if", "el"))
_NAME_PIECES: Final = frozenset((K_NAME, K_LOCAL, K_NUMBER, K_DIRECTIVE))
Handler = Callable[[Preprocessor, list[str], str], "Statement | None"]


def _is_conditional(op: str) -> bool:
    return op[:2] in ("if", "el", "en") and (op.startswith(("if", "elif")) or op in ("else", "endif"))


def _directives() -> dict[str, Handler]:
    from .directives import TABLE

    return TABLE


__all__ = ["Context", "Definition", "Files", "Preprocessor", "Statement", "is_integer"]
