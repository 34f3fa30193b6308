"""The parser's state: a place in the token columns, the nesting depth, and how syntax errors are reported.

Two rules keep one mistake from being reported twice: nothing is reported at a token (or right behind one) that the lexer already
reported, and nothing is reported behind an error of the same statement (up to its `;` or brace).
"""

# ruff: noqa: SIM109 - `in (A, B)` builds a tuple of globals each time; these comparisons are hot.
from __future__ import annotations

from typing import Final, NoReturn

from starklink.support.diagnostics import Bag

from . import ast
from .tokens import (
    ASSIGN,
    BAD,
    COMMA,
    END_ROWS,
    EOF,
    FIXED_NAMES,
    FLOAT,
    HOLE_CLOSE,
    HOLE_OPEN,
    IDENT,
    INT,
    ISTR_OPEN,
    KW_ABSTRACT,
    KW_CATCH,
    KW_ELSE,
    KW_FINALLY,
    KW_FOR,
    LBRACE,
    LBRACKET,
    LPAREN,
    RBRACE,
    RBRACKET,
    RPAREN,
    SEMI,
    STRING,
    Tokens,
)

MAX_DEPTH: Final = 110_000
"""Nesting of parentheses, calls, unary operators, blocks and statements that is accepted, all together (section 35)."""
MAX_TYPE_DEPTH: Final = 4_000

CLOSER_OF: Final = {LPAREN: RPAREN, LBRACKET: RBRACKET, LBRACE: RBRACE, HOLE_OPEN: HOLE_CLOSE}
OPENER_OF: Final = {RPAREN: LPAREN, RBRACKET: LBRACKET, RBRACE: LBRACE}
_TEXT: Final = {kind: FIXED_NAMES[kind] for kind in (*CLOSER_OF, *OPENER_OF)} | {HOLE_OPEN: "{", HOLE_CLOSE: "}"}
_CONTINUES: Final = (KW_CATCH, KW_FINALLY, KW_ELSE, SEMI, RPAREN, RBRACKET, COMMA)
"""Tokens that continue a statement behind a `}`."""
_WALLS: Final = (LBRACE, HOLE_OPEN)
"""Openers that a closer of another kind does not reach across."""
_ENDS_STATEMENT: Final = (SEMI, LBRACE, RBRACE)
UNMATCHED: Final = {
    HOLE_OPEN: "FS0105", LPAREN: "FS0103", RPAREN: "FS0103", LBRACKET: "FS0104", RBRACKET: "FS0104", LBRACE: "FS0105",
    RBRACE: "FS0105",
}


class IdCounter:
    """Hands out expression ids from 1; shared by all files of a program. `next` is the next free id."""

    __slots__ = ("next",)

    def __init__(self) -> None:
        self.next = 1


class Abort(Exception):
    """The current construct cannot be parsed further; the error is reported. Caught where parsing can resume."""


class Cursor:
    """Columns of the tokens, `i` the current row, `id` the last expression id given out."""

    __slots__ = (
        "_match", "bag", "base", "chars", "closer_at", "dead", "depth", "ends", "error_at", "file", "floats", "home_row", "i",
        "id", "ints", "kinds", "names", "open_braces", "scans", "spoilt_at", "starts", "statement_row", "stray_braces",
        "strings", "syms", "text", "thens", "tokens", "tries", "type_depth",
    )

    def __init__(self, tokens: Tokens, bag: Bag, first_id: int) -> None:
        self.tokens = tokens
        self.file = tokens.file
        self.text = tokens.file.text
        self.base = tokens.file.base
        self.kinds = tokens.kinds
        self.syms = tokens.syms
        self.starts = tokens.starts
        self.ends = tokens.ends
        self.names = tokens.names
        self.ints = tokens.ints
        self.floats = tokens.floats
        self.chars = tokens.chars
        self.strings = tokens.strings
        self.bag = bag
        self.i = 0
        self.id = first_id - 1
        self.depth = 0
        self.type_depth = 0
        self.tries = 0
        """Bodies of `try` that are open."""
        self.thens = 0
        """Statements between `if` and `else` that are open."""
        self.home_row = 0
        """First row of the declaration around the current block."""
        self.dead = False
        self.error_at = -1
        self.closer_at = -1
        self.spoilt_at = -1
        """Row of the last error."""
        self.statement_row = 0
        """First row of the statement or declaration that was begun last."""
        self.scans: dict[int, int] = {}
        """Results of looking ahead over type arguments, by row of the `<` (parse_types)."""
        self._match: dict[int, int] | None = None
        self.stray_braces = False
        """True if some `}` closes nothing (known once `match` was asked)."""
        self.open_braces = False
        """True if some `{` is never closed (known once `match` was asked)."""

    # -- reporting -------------------------------------------------------------------------------------------------------

    def quiet(self) -> bool:
        """True if an error at the current token would only follow from one already reported."""
        i, bad = self.i, self.tokens.bad
        return self.dead or i == self.error_at or i in bad or i - 1 in bad or self.spoilt(i)

    def spoilt(self, row: int) -> bool:
        """True if an error was reported in front of a row, in the same statement."""
        spoilt_at = self.spoilt_at
        if not self.statement_row <= spoilt_at < row:
            return False
        kinds = self.kinds
        return not any(kinds[one] in _ENDS_STATEMENT for one in range(spoilt_at, row))

    def malformed(self, start: int) -> bool:
        """True if the token at position `start` is already reported."""
        return any(self.starts[row] == start for row in self.tokens.bad)

    def error(self, code: str, start: int, end: int, message: str, hint: str = "") -> None:
        """Report an error that is not about the current token."""
        if not self.dead:
            self.bag.error(code, start, end, message, hint)

    def shown(self, row: int) -> str:
        """A token for messages."""
        kind = self.kinds[row]
        if kind == EOF:
            return "end of file"
        if kind == HOLE_CLOSE:
            return "end of the interpolation"
        text = self.tokens.text(row)
        if kind in (STRING, ISTR_OPEN):
            return "string"
        return f"'{text}'" if len(text) <= 40 else f"'{text[:37]}...'"

    def unexpected(self, wanted: str, hint: str = "") -> None:
        """FS0101 at the current token, or FS0103-FS0105 if it is a closer that closes nothing."""
        if self.quiet():
            return
        i = self.i
        kind = self.kinds[i]
        if kind in OPENER_OF and i not in self.match():
            self.stray_closer()
        elif (opener := self.open_bracket(i)) >= 0:
            kind = self.kinds[opener]
            hint = f"add '{_TEXT[CLOSER_OF[kind]]}' before {self.shown(i)}"
            self.bag.error(UNMATCHED[kind], self.starts[opener], self.ends[opener], f"'{_TEXT[kind]}' is never closed", hint)
        else:
            self.bag.error("FS0101", self.starts[i], self.ends[i], f"unexpected {self.shown(i)}, expected {wanted}", hint)
        self.error_at = self.spoilt_at = i

    def open_bracket(self, row: int) -> int:
        """Row of a `(` or `[` in front of a token, in the same statement, that is never closed; -1 if there is none."""
        kinds, match = self.kinds, self.match()
        row -= 1
        while row >= self.statement_row and kinds[row] not in _ENDS_STATEMENT:
            kind = kinds[row]
            if kind == LPAREN or kind == LBRACKET:
                if row not in match:
                    return row
            elif kind == RPAREN or kind == RBRACKET:
                row = match.get(row, row)
            row -= 1
        return -1

    def stray_closer(self) -> None:
        """Report the closer at the current token, which has no opener."""
        i = self.i
        kind = self.kinds[i]
        self.error_at = self.spoilt_at = i
        message = f"'{FIXED_NAMES[kind]}' without '{FIXED_NAMES[OPENER_OF[kind]]}'"
        self.bag.error(UNMATCHED[kind], self.starts[i], self.ends[i], message)

    def fail(self, wanted: str, hint: str = "") -> NoReturn:
        """Report and give the construct up."""
        self.unexpected(wanted, hint)
        raise Abort

    def too_deep(self, row: int) -> None:
        """FS0802 at a token. Nothing after it is parsed or reported."""
        if not self.dead:
            self.bag.error("FS0802", self.starts[row], self.ends[row], "nested too deeply",
                           f"at most {MAX_DEPTH} levels, {MAX_TYPE_DEPTH} of types")
        self.dead = True
        self.i = len(self.kinds) - END_ROWS

    # -- taking tokens ---------------------------------------------------------------------------------------------------

    def expect(self, kind: int, hint: str = "") -> int:
        """Take a token of this kind and return its row; otherwise FS0101 and Abort."""
        i = self.i
        if self.kinds[i] != kind:
            self.fail(f"'{FIXED_NAMES[kind]}'", hint)
        self.i = i + 1
        return i

    def name(self, what: str = "a name") -> ast.Name:
        """Take an identifier; otherwise FS0101 and Abort. Bad characters stand for a name."""
        i = self.i
        kind = self.kinds[i]
        if kind != IDENT:
            malformed = kind == BAD or (kind in (INT, FLOAT) and i in self.tokens.bad)
            if malformed and not self.dead:
                self.i = i + 1
                return ast.Name("?", self.starts[i], self.ends[i])
            word = self.tokens.text(i)
            reserved = f"'{word}' is a reserved word; write '@{word}' to use it as a name"
            self.fail(what, reserved if kind >= KW_ABSTRACT else "")
        self.i = i + 1
        return ast.Name(self.names[self.syms[i]], self.starts[i], self.ends[i])

    def close(self, opener: int, wanted: str = "") -> int:
        """Take the closer of the bracket at row `opener` and return its end position.

        When it is missing: an unexpected token in front of a closer that does exist is FS0101 and skipped with everything up to
        the closer; no closer at all is FS0103-FS0105 at the opener and parsing goes on as if it were there.
        """
        i = self.i
        kind = CLOSER_OF[self.kinds[opener]]
        if self.kinds[i] == kind:
            self.i = i + 1
            return self.ends[i]
        partner = self.match().get(opener, -1)
        if partner >= i and not self.dead:
            self.unexpected(f"{wanted}'{_TEXT[kind]}'")
            self.i = partner + 1
            return self.ends[partner]
        self.missing_closer(opener)
        return self.ends[i - 1]

    def missing_closer(self, opener: int) -> None:
        """Report a bracket that is never closed; a stray closer of another kind right here is taken for it."""
        i, bad = self.i, self.tokens.bad
        if self.dead or i in bad or i - 1 in bad or (i == self.error_at and i != self.closer_at):
            return
        kind = self.kinds[opener]
        if self.spoilt_at > opener and kind != LBRACE and self.spoilt(i):
            return
        if kind not in CLOSER_OF:
            return  # the opener itself is missing, which is reported
        hint = f"add '{_TEXT[CLOSER_OF[kind]]}' before {self.shown(i)}"
        if kind == LBRACE and i != self.closer_at:
            hint = self.suspicious_brace(opener) or hint
        self.bag.error(UNMATCHED[kind], self.starts[opener], self.ends[opener], f"'{_TEXT[kind]}' is never closed", hint)
        self.error_at = self.closer_at = self.spoilt_at = i
        if self.kinds[i] in (RPAREN, RBRACKET) and i not in self.match():
            self.i = i + 1

    # -- brackets --------------------------------------------------------------------------------------------------------

    def match(self) -> dict[int, int]:
        """Row of the partner of every bracket that has one. Only made when an error needs it.

        A `}` ends every parenthesis and bracket opened in its block, and so does a `;` outside a `for` head. A `;` ends array
        initialisers too.
        """
        if self._match is None:
            self._match = found = match_brackets(self.kinds)
            lone = {kind for row, kind in enumerate(self.kinds) if (kind == RBRACE or kind == LBRACE) and row not in found}
            self.stray_braces, self.open_braces = RBRACE in lone, LBRACE in lone
        return self._match

    def indent(self, row: int) -> int:
        """Width of the white space at the start of a token's line."""
        offset = self.starts[row] - self.base
        start = self.text.rfind("\n", 0, offset) + 1
        line = self.text[start:offset]
        return len(line) - len(line.lstrip())

    def indented(self, row: int) -> bool:
        """True if the current token starts a line that is indented deeper than the line of `row`."""
        return self.starts_line(self.i) and self.indent(self.i) > self.indent(row)

    def starts_line(self, row: int) -> bool:
        """True if only white space (or a comment's end) stands between a line's start and the token."""
        if row == 0:
            return True
        return self.text.find("\n", self.ends[row - 1] - self.base, self.starts[row] - self.base) >= 0

    def suspicious_brace(self, opener: int) -> str:
        """Where indentation says the missing `}` belongs: the first `}` inside that is not indented like the line of its `{`."""
        match = self.match()
        for row in range(opener + 1, self.i):
            if self.kinds[row] == RBRACE and self.starts_line(row):
                partner = match.get(row, -1)
                if partner > opener and self.indent(row) != self.indent(partner):
                    line = self.file.line_of(self.starts[partner] - self.base)
                    close_line = self.file.line_of(self.starts[row] - self.base)
                    return f"the '{{' of line {line} ends with the '}}' of line {close_line}, which is indented differently"
        return ""

    # -- resuming --------------------------------------------------------------------------------------------------------

    def skip_to_close(self, opener: int) -> None:
        """After an error inside a bracket: go to its closer if it has one (the closer is not taken)."""
        partner = self.match().get(opener, -1)
        if partner >= self.i:
            self.i = partner

    def enclosing(self, first: int) -> int:
        """Row of the outermost bracket opened since row `first`, still open at the current row and closed later; -1 if none."""
        match = self.match()
        row = first
        while row < self.i:
            if self.kinds[row] in CLOSER_OF:
                partner = match.get(row, -1)
                if partner >= self.i:
                    return row
                if partner > row:
                    row = partner
            row += 1
        return -1

    def outdented(self) -> bool:
        """True if the current token starts a line that is indented no deeper than the declaration around it."""
        return self.starts_line(self.i) and self.indent(self.i) <= self.indent(self.home_row)

    def surplus_brace(self, row: int) -> bool:
        """True if the `}` at `row`, which ends a function, seems to be one too many.

        That is when some `}` of the file closes nothing, and what follows is indented like the inside of the function or can only
        continue a statement.
        """
        following = self.kinds[row + 1]
        if following in (EOF, RBRACE):
            return False
        if self.starts_line(row + 1):
            if self.indent(row + 1) <= self.indent(self.home_row):
                return False
        elif following not in _CONTINUES:
            return False
        self.match()
        return self.stray_braces

    def bracket_span(self, row: int) -> int:
        """The row behind a bracket and all it holds, or behind the token alone."""
        if self.kinds[row] in CLOSER_OF:
            return self.match().get(row, row) + 1
        return row + 1


def _pop_to(kinds: list[int], open_rows: list[int], wanted: int, walls: tuple[int, ...]) -> int:
    """Drop the innermost open bracket of kind `wanted`, and those opened in it, unless a wall is met first; its row or -1."""
    keep = len(open_rows)
    while keep and kinds[open_rows[keep - 1]] != wanted:
        if kinds[open_rows[keep - 1]] in walls:
            return -1
        keep -= 1
    if not keep:
        return -1
    partner = open_rows[keep - 1]
    del open_rows[keep - 1:]
    return partner


def match_brackets(kinds: list[int]) -> dict[int, int]:
    """Partners of all brackets, see Cursor.match."""
    match: dict[int, int] = {}
    open_rows: list[int] = []
    initialisers: set[int] = set()
    for row, kind in enumerate(kinds):
        if kind in CLOSER_OF:
            if kind == LBRACE and row:
                before = kinds[row - 1]
                inside = open_rows and open_rows[-1] in initialisers
                if before in (ASSIGN, RBRACKET) or (inside and before in (LBRACE, COMMA)):
                    initialisers.add(row)
            open_rows.append(row)
            continue
        if kind == RPAREN or kind == RBRACKET:
            partner = _pop_to(kinds, open_rows, OPENER_OF[kind], _WALLS)
        elif kind == RBRACE:
            partner = _pop_to(kinds, open_rows, LBRACE, (HOLE_OPEN,))
        elif kind == HOLE_CLOSE:
            partner = _pop_to(kinds, open_rows, HOLE_OPEN, ())
        else:
            if kind == SEMI:
                while open_rows and (kinds[open_rows[-1]] not in _WALLS or open_rows[-1] in initialisers):
                    opener = open_rows[-1]
                    if kinds[opener] == LPAREN and opener and kinds[opener - 1] == KW_FOR:
                        break
                    open_rows.pop()
            continue
        if partner >= 0:
            match[partner] = row
            match[row] = partner
    return match
