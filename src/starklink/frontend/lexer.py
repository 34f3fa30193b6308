"""Text to token columns (fluxsharp.md section 2).

The text is cut by one master expression into pieces that leave nothing out, so positions are running sums of lengths and every
piece is classified by one dictionary lookup; Python code runs once per *distinct* piece. Interpolated strings, which no regular
expression can match, end such a run and are taken apart token by token.
"""

# ruff: noqa: SIM109 - `in (A, B)` builds a tuple of globals each time; these comparisons are hot.
from __future__ import annotations

import re
from itertools import accumulate, compress
from typing import Final

from starklink.support.diagnostics import Bag
from starklink.support.spans import SourceFile

from . import literals
from .literals import Problem
from .tokens import (
    BAD,
    CHAR,
    COLON,
    CONTEXTUAL,
    END_ROWS,
    EOF,
    FIRST_FREE_SYMBOL,
    FLOAT,
    GAP,
    HOLE_CLOSE,
    HOLE_OPEN,
    IDENT,
    INCLUDE,
    INT,
    ISTR_CLOSE,
    ISTR_FORMAT,
    ISTR_OPEN,
    ISTR_TEXT,
    KEYWORDS,
    LBRACE,
    LBRACKET,
    LPAREN,
    PUNCTUATION,
    RBRACE,
    RPAREN,
    STRING,
    SYM_GET,
    Tokens,
)

_CHUNK: Final = 1 << 16

_NUMBER: Final = (
    r"0[xXbBoO]\w*(?:\.[0-9]\w*)*"
    r"|(?:[0-9][0-9_]*(?:\.[0-9][0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9][0-9_]*|[eE][+-])?\w*(?:\.[0-9]\w*)*")
_PIECE: Final = re.compile(
    r"[ \t\r\n\f]+"
    r"|[A-Za-z_]\w*"
    r"|[;,(){}\[\]:?~]|\.(?![0-9])"
    rf"|{_NUMBER}"
    r"|=[=>]?|\+[+=]?|-[-=>]?|&[&=]?|\|[|=]?|[!*%^]=?|<<?=?|>=?"
    r"|//[^\n]*|/\*(?s:.*?)\*/|/\*(?s:.*)|/=?"
    r'|"(?:[^"\\\n]++|\\[^\n])*+(?:"|\\?)'
    r"|'''|'(?:[^'\\\n]++|\\[^\n])*+'|'(?:\\[^\n]|[^\s'\\;,)\]}])?"
    r'|@"(?:[^"]++|"")*+"?|@[A-Za-z_]\w*'
    r'|\$"(?s:.*)'
    r"|(?=[^\x00-\x7f])\w+|[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]+|(?s:.)")
_BLANK: Final = re.compile(r"[ \t\r\n\f]")
_ISTR_TEXT: Final = re.compile(r'(?:[^"\\{}\n]++|\\[^\n]|\{\{|\}\})*+')
_ISTR_FORMAT: Final = re.compile(r'[^}"\n]*')
_NON_ASCII: Final = re.compile(r"[^\x00-\x7f]+")
INCLUDE_TEXT: Final = re.compile(r'//[ \t]*#include[ \t]+"([^"]*)"[ \t\r\f]*')
_LOOKALIKES: Final = {
    "“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " ", "–": "-", "—": "-", "−": "-", "×": "*", "÷": "/", "；": ";",
}
"""Characters that editors and web pages put in the place of others."""


class _Symbols(dict[str, int]):
    """Piece to symbol, filled on demand. 0 is white space or a comment; symbols with errors in them are listed in `problems`."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(PUNCTUATION)
        self.update(KEYWORDS)
        self.update(CONTEXTUAL)
        self.tokens = tokens
        self.names = tokens.names
        self.kind_of: list[int] = [*range(SYM_GET)] + [IDENT] * (FIRST_FREE_SYMBOL - SYM_GET)
        self.problems: dict[int, list[Problem]] = {}
        self.includes: dict[int, str] = {}
        self.tails: set[int] = set()
        """Symbols of literals and comments that may have swallowed what follows."""
        self.segments: dict[tuple[int, str], int] = {}

    def add(self, name: str, kind: int) -> int:
        """A new symbol."""
        sym = len(self.names)
        self.names.append(name)
        self.kind_of.append(kind)
        return sym

    def __missing__(self, piece: str) -> int:
        first = piece[0]
        if first in " \t\r\n\f":
            self[piece] = GAP
            return GAP
        if first.isascii() and (first.isalpha() or first == "_"):
            sym = self._identifier(piece, 0)
        elif (first.isascii() and first.isdigit()) or first == ".":
            sym = self._number(piece)
        elif first == '"':
            sym = self._string(piece)
        elif first == "'":
            sym = self._character(piece)
        elif piece.startswith(("//", "/*")):
            return self._comment(piece)
        elif piece.startswith('@"'):
            sym = self._verbatim(piece)
        elif first == "@" and len(piece) > 1:
            sym = self._identifier(piece[1:], 1)
        elif first.isidentifier():
            sym = self._identifier(piece, 0)
        else:
            sym = self._bad(piece)
        self[piece] = sym
        return sym

    def _identifier(self, name: str, offset: int) -> int:
        sym = self.add(name, IDENT)
        if not name.isascii():
            found = _NON_ASCII.search(name)
            if found is not None:
                message = f"{literals.describe(found.group()[0])} is not allowed in an identifier"
                hint = "identifiers consist of the letters A-Z and a-z, digits and '_'"
                self.problems[sym] = [Problem("FS0001", offset + found.start(), found.end() - found.start(), message, hint)]
        return sym

    def _number(self, piece: str) -> int:
        whole = literals.integer(piece)
        if whole is not None:
            sym = self.add(piece, INT)
            self.tokens.ints[sym], problems = whole
        else:
            fraction = literals.real(piece)
            if fraction is None:
                sym = self.add(piece, INT)
                self.tokens.ints[sym], problems = (0, False), [literals.number_problem(piece)]
            else:
                sym = self.add(piece, FLOAT)
                self.tokens.floats[sym], problems = fraction
        if problems:
            self.problems[sym] = problems
        return sym

    def _string(self, piece: str) -> int:
        sym = self.add(piece, STRING)
        inside = piece[1:-1]
        closed = len(piece) > 1 and piece[-1] == '"' and (len(inside) - len(inside.rstrip("\\"))) % 2 == 0
        value, problems = literals.unescape(inside if closed else piece[1:].rstrip("\r").rstrip("\\"), 1)
        self.tokens.strings[sym] = value
        problems += literals.control_problems(piece)
        if not closed:
            self.tails.add(sym)
            problems = [Problem("FS0002", 0, len(piece.rstrip("\r")), "string literal is not closed on its line",
                                "add the closing '\"'"), *problems]
        if problems:
            self.problems[sym] = problems
        return sym

    def _verbatim(self, piece: str) -> int:
        sym = self.add(piece, STRING)
        closed = piece.count('"') % 2 == 0
        body = piece[2:-1] if closed else piece[2:]
        self.tokens.strings[sym] = body.replace('""', '"').encode("utf-8", "surrogatepass")
        problems = literals.control_problems(piece)
        if not closed:
            self.tails.add(sym)
            problems = [Problem("FS0002", 0, 2, "verbatim string is never closed", 'a quote inside is written ""')]
        if problems:
            self.problems[sym] = problems
        return sym

    def _character(self, piece: str) -> int:
        sym = self.add(piece, CHAR)
        if len(piece) < 2 or piece[-1] != "'" or piece == "'\\'":
            self.tails.add(sym)
            self.tokens.chars[sym], problems = 0, [Problem("FS0005", 0, len(piece), "character literal is not closed")]
        else:
            self.tokens.chars[sym], problems = literals.character(piece)
        if problems:
            self.problems[sym] = problems
        return sym

    def _comment(self, piece: str) -> int:
        if piece[1] == "*":
            if len(piece) >= 4 and piece.endswith("*/"):
                return GAP
            sym = self.add(piece[:2], BAD)
            self.tails.add(sym)
            self.problems[sym] = [Problem("FS0003", 0, 2, "comment is never closed", "add '*/'")]
            return sym
        if "#include" not in piece:
            return GAP
        match = INCLUDE_TEXT.fullmatch(piece)
        if match is None:
            return GAP
        sym = self.add(piece, INCLUDE)
        self.includes[sym] = match[1]
        return sym

    def _bad(self, piece: str) -> int:
        sym = self.add(piece, BAD)
        hint = ""
        if piece in _LOOKALIKES:
            hint = f"did you mean '{_LOOKALIKES[piece]}'?"
        elif piece == "#":
            hint = "there is no preprocessor"
        self.problems[sym] = [Problem("FS0001", 0, len(piece), f"character {literals.describe(piece)} is not allowed here", hint)]
        return sym

    def segment(self, text: str, kind: int) -> int:
        """Symbol of a piece of literal text (ISTR_TEXT) or a format (ISTR_FORMAT) of an interpolated string."""
        sym = self.segments.get((kind, text))
        if sym is None:
            sym = self.segments[kind, text] = self.add(text, kind)
            if kind == ISTR_TEXT:
                # Doubled braces are folded in the source text: folding the value would also fold braces written as escapes.
                self.tokens.strings[sym] = literals.unescape(text.replace("{{", "{").replace("}}", "}"), 0)[0]
                problems = literals.unescape(text, 0)[1] + literals.control_problems(text)
                if problems:
                    self.problems[sym] = problems
        return sym


class _Level:
    """One open interpolated string: offsets of `$"` and of its open hole's `{` (-1: none), and the brackets open in the hole."""

    __slots__ = ("brackets", "hole", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.hole = -1
        self.brackets: list[int] = []

    def bracket(self, kind: int) -> bool:
        """Follow a bracket; True if it is the `}` of the hole. A `}` ends parentheses left open, as everywhere."""
        brackets = self.brackets
        if kind == LPAREN or kind == LBRACKET or kind == LBRACE:
            brackets.append(kind)
        elif kind == RBRACE:
            if LBRACE not in brackets:
                return True
            while brackets.pop() != LBRACE:
                pass
        elif brackets and brackets[-1] == (LPAREN if kind == RPAREN else LBRACKET):
            brackets.pop()
        return False


class _Interpolation:
    """Takes one interpolated string, with everything nested in it, apart."""

    def __init__(self, tokens: Tokens, symbols: _Symbols, bag: Bag) -> None:
        self.tokens = tokens
        self.symbols = symbols
        self.bag = bag
        self.file_text = tokens.file.text
        self.base = tokens.file.base
        self.levels: list[_Level] = []
        self.first_row = 0

    def emit(self, kind: int, sym: int, start: int, end: int) -> None:
        """Append a row."""
        tokens = self.tokens
        tokens.kinds.append(kind)
        tokens.syms.append(sym)
        tokens.starts.append(self.base + start)
        tokens.ends.append(self.base + end)

    def run(self, at: int) -> int:
        """Emit the tokens of the string at offset `at`; return the offset behind it."""
        self.first_row = len(self.tokens.kinds)
        at = self.open(at)
        while self.levels:
            at = self.literal(at)
        return at

    def open(self, at: int) -> int:
        self.levels.append(_Level(at))
        self.emit(ISTR_OPEN, ISTR_OPEN, at, at + 2)
        return at + 2

    def unclosed(self, at: int) -> int:
        """The line ends inside: one FS0002 at the outermost string, closers for all levels."""
        start = self.levels[0].start
        message = "interpolated string is not closed on its line"
        self.bag.error("FS0002", self.base + start, self.base + at, message, "add the closing '\"'")
        last = self.levels.pop()
        if last.hole >= 0:
            self.emit(HOLE_CLOSE, HOLE_CLOSE, at, at)
        self.emit(ISTR_CLOSE, ISTR_CLOSE, at, at)
        while self.levels:
            self.levels.pop()
            self.emit(HOLE_CLOSE, HOLE_CLOSE, at, at)
            self.emit(ISTR_CLOSE, ISTR_CLOSE, at, at)
        self.tokens.bad.update(range(self.first_row, len(self.tokens.kinds)))
        return at

    def literal(self, at: int) -> int:
        """From literal text of the innermost string to its end, its next hole's end, or a string opened in that hole."""
        text = self.file_text
        level = self.levels[-1]
        if level.hole >= 0:
            return self.hole(at)
        match = _ISTR_TEXT.match(text, at)
        end = match.end() if match else at
        if end > at:
            self.emit(ISTR_TEXT, self.symbols.segment(text[at:end], ISTR_TEXT), at, end)
        char = text[end:end + 1]
        if char == '"':
            self.levels.pop()
            self.emit(ISTR_CLOSE, ISTR_CLOSE, end, end + 1)
            return end + 1
        if char == "{":
            level.hole = end
            level.brackets = []
            self.emit(HOLE_OPEN, HOLE_OPEN, end, end + 1)
            return self.hole(end + 1)
        if char == "}":
            place, message = self.base + end, "'}' without '{' in an interpolated string"
            self.bag.error("FS0105", place, place + 1, message, "write '}}' for a brace")
            return end + 1
        return self.unclosed(end + len(char.strip()))

    def close_hole(self, at: int, width: int) -> int:
        self.emit(HOLE_CLOSE, HOLE_CLOSE, at, at + width)
        self.levels[-1].hole = -1
        return at + width

    def format(self, at: int) -> int:
        """The format behind a top-level `:`."""
        match = _ISTR_FORMAT.match(self.file_text, at)
        end = match.end() if match else at
        self.emit(ISTR_FORMAT, self.symbols.segment(self.file_text[at:end], ISTR_FORMAT), at, end)
        if self.file_text[end:end + 1] == "}":
            return self.close_hole(end, 1)
        return self.missing_brace(end)

    def missing_brace(self, at: int) -> int:
        """The string ends at the quote at `at` (or at the line's end) while a hole is open."""
        if self.file_text[at:at + 1] != '"':
            return self.unclosed(at)
        hole = self.base + self.levels[-1].hole
        self.bag.error("FS0105", hole, hole + 1, "'{' in an interpolated string is never closed", "write '{{' for a brace")
        self.close_hole(at, 0)
        self.levels.pop()
        self.emit(ISTR_CLOSE, ISTR_CLOSE, at, at + 1)
        self.tokens.bad.add(len(self.tokens.kinds) - 1)
        return at + 1

    def hole(self, at: int) -> int:
        """Tokens of an expression up to its `}`, or up to a string opened in it."""
        text, symbols, level = self.file_text, self.symbols, self.levels[-1]
        while at < len(text):
            if text.startswith('$"', at):
                return self.open(at)
            match = _PIECE.match(text, at)
            if match is None:
                break
            piece = match.group()
            end = match.end()
            sym = symbols[piece]
            kind = symbols.kind_of[sym]
            if kind == STRING and sym in symbols.tails and piece[0] == '"':
                return self.missing_brace(at)
            if "\n" in piece and kind != STRING:
                return self.unclosed(at + piece.index("\n"))
            if kind == COLON and not level.brackets:
                self.emit(COLON, COLON, at, end)
                return self.format(end)
            if LPAREN <= kind <= RBRACE and level.bracket(kind):
                return self.close_hole(at, 1)
            if sym != GAP and kind != INCLUDE:
                self.emit(kind, sym, at, end)
            at = end
        return self.unclosed(len(text))


def _report(tokens: Tokens, symbols: _Symbols, bag: Bag, first: int) -> None:
    """Report the problems of the rows from `first`, and mark rows that swallowed text."""
    problems, tails = symbols.problems, symbols.tails
    last_end = -1
    for row in range(first, len(tokens.syms)):
        sym = tokens.syms[row]
        if sym not in problems:
            continue
        start = tokens.starts[row]
        if tokens.kinds[row] == BAD:
            tokens.bad.add(row)
            touching, last_end = last_end == start, tokens.ends[row]
            if touching:
                continue
        if sym in tails or problems[sym][0].code == "FS0006":
            tokens.bad.add(row)
        for one in problems[sym]:
            bag.error(one.code, start + one.offset, start + one.offset + one.length, one.message, one.hint)


def _take_includes(tokens: Tokens, symbols: _Symbols) -> None:
    """Move include comments that stand alone on their line to `includes` and drop their rows."""
    text, base = tokens.file.text, tokens.file.base
    keep = [kind != INCLUDE for kind in tokens.kinds]
    for row, kept in enumerate(keep):
        if not kept:
            start = tokens.starts[row] - base
            line_start = text.rfind("\n", 0, start) + 1
            if not text[line_start:start].strip(" \t\r\f"):
                tokens.includes.append((tokens.starts[row], tokens.ends[row], symbols.includes[tokens.syms[row]]))
    moved = accumulate(keep, initial=0)
    places = list(moved)
    tokens.bad = {places[row] for row in tokens.bad}
    for column in (tokens.kinds, tokens.syms, tokens.starts, tokens.ends):
        column[:] = compress(column, keep)


def lex(file: SourceFile, bag: Bag) -> Tokens:
    """Tokens of a file, ending with EOF. Errors FS0001-FS0007 (and FS0105 inside interpolated strings) go to `bag`."""
    tokens = Tokens(file)
    symbols = _Symbols(tokens)
    interpolation = _Interpolation(tokens, symbols, bag)
    text, base = file.text, file.base
    find_all, symbol_of, kind_of = _PIECE.findall, symbols.__getitem__, symbols.kind_of.__getitem__
    at, size, chunk, reported = 0, len(text), _CHUNK, 0
    while at < size:
        stop = size
        if at + chunk < size:
            # A piece is only ever cut at a blank, and the last piece of a chunk is lexed again: so none is torn.
            blank = _BLANK.search(text, at + chunk)
            stop = blank.start() if blank else size
        pieces: list[str] = find_all(text, at, stop)
        after = stop
        if pieces[-1].startswith('$"'):
            after = stop - len(pieces.pop())
        elif stop < size:
            if len(pieces) == 1:
                chunk *= 2
                continue
            after = stop - len(pieces.pop())
        chunk = _CHUNK
        first = len(tokens.kinds)
        syms = list(map(symbol_of, pieces))
        bounds = list(accumulate(map(len, pieces), initial=base + at))
        tokens.starts.extend(compress(bounds, syms))
        tokens.ends.extend(compress(bounds[1:], syms))
        tokens.syms.extend(filter(None, syms))
        tokens.kinds.extend(map(kind_of, tokens.syms[first:]))
        at = after
        if text.startswith('$"', at):
            at = interpolation.run(at)
        if symbols.problems:
            _report(tokens, symbols, bag, reported)
        reported = len(tokens.kinds)
    if symbols.includes:
        _take_includes(tokens, symbols)
    for _ in range(END_ROWS):
        interpolation.emit(EOF, EOF, size, size)
    return tokens
