"""Tokens of linker scripts, version scripts and dynamic lists.

What a character means depends on the place: `*` multiplies in expressions and is a wildcard in patterns, `-` is part of a file
name. So the parser asks for the next token in a mode; nothing is lexed ahead further than one token.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ...support.diagnostics import Bag
from ...support.spans import SourceFile

MOST_ERRORS: Final = 50
"""A text with more errors than this is not read any further."""

EXPR, NAME, PATTERN, VERSION = "expression", "name", "pattern", "version"

_SPACE: Final = re.compile(r"(?:[ \t\r\n\f\v\0]+|/\*.*?\*/|\#[^\n]*)*", re.DOTALL)
_VERSION_SPACE: Final = re.compile(r"(?:[ \t\r\n\f\v]+|/\*.*?\*/|\#[^\n]*)*", re.DOTALL)
_STRING: Final = r'"(?:[^"\n])*"'
_NUMBER: Final = r"0[xX][0-9a-fA-F]+[KkMmGg]?|\$[0-9a-fA-F]+|[0-9][0-9a-fA-F]*[hHoOxXbBdD](?![\w.$])|[0-9]+[KkMmGg]?"
_EXPRESSION: Final = re.compile(
    rf"(?P<string>{_STRING})|(?P<number>{_NUMBER})|(?P<name>[A-Za-z_.$][A-Za-z0-9_.$]*)"
    r"|(?P<op><<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/&|^]=|[-+*/%&|^~!<>=?:;,(){}])"
)
_NAME: Final = re.compile(
    rf"(?P<string>{_STRING})|(?P<op><<=|>>=|[-+*/&|^]=|[=;,(){{}}>:?])|(?P<name>/DISCARD/|(?:[-+/](?!=)|[^\s\"(){{}};,=>:*?&|<+/\-])+)"
    r"|(?P<other>.)"
)
_PATTERN: Final = re.compile(rf"(?P<string>{_STRING})|(?P<op>[;(){{}},])|(?P<name>[^\s\"(){{}};,]+)|(?P<other>.)")
_VERSION: Final = re.compile(rf"(?P<string>{_STRING})|(?P<op>[;{{}}]|:(?!:))|(?P<name>(?:::|[^\s\"{{}};:])+)|(?P<other>.)")
_MODES: Final = {EXPR: _EXPRESSION, NAME: _NAME, PATTERN: _PATTERN, VERSION: _VERSION}


class Token(NamedTuple):
    """`kind`: "name", "number", "string", "op" or "end". `text` is without quotes for strings. Offsets into the text."""

    kind: str
    text: str
    at: int
    end: int


class Refused(Exception):
    """The statement at hand makes no sense; the reason is in the bag."""


class Lexer:
    """A text and the place reached in it. `file.base + offset` is the position for diagnostics."""

    def __init__(self, file: SourceFile, bag: Bag) -> None:
        self.file = file
        self.text = file.text
        self.bag = bag
        self.offset = 0
        self.last_end = 0
        self._peeked: tuple[int, str, Token] | None = None

    def peek(self, mode: str = EXPR) -> Token:
        """The next token without taking it."""
        known = self._peeked
        if known is not None and known[0] == self.offset and known[1] == mode:
            return known[2]
        token = self._lex(mode)
        self._peeked = (self.offset, mode, token)
        return token

    def next(self, mode: str = EXPR) -> Token:
        """Take the next token."""
        token = self.peek(mode)
        self.offset = self.last_end = token.end
        return token

    def take(self, text: str, mode: str = EXPR) -> bool:
        """Take the next token if it is this operator or word."""
        token = self.peek(mode)
        if token.text != text or token.kind not in ("op", "name"):
            return False
        self.next(mode)
        return True

    def expect(self, text: str, mode: str = EXPR, why: str = "") -> Token:
        """Take the token that has to come here. Raises Refused."""
        token = self.peek(mode)
        if token.text == text and token.kind in ("op", "name"):
            return self.next(mode)
        found = "the end of the file" if token.kind == "end" else f"`{token.text}`"
        raise self.refuse(token, f"expected `{text}`{' ' + why if why else ''}, found {found}")

    def refuse(self, token: Token, message: str, hint: str = "") -> Refused:
        """Report an error at a token; the result is to be raised."""
        end = max(token.end, token.at + 1)
        if token.kind == "op" and token.text in (";", "{", "}") and self.offset == token.end:
            self.offset = token.at      # what ends a statement is where reading goes on
        self.bag.error("LS001", self.file.base + token.at, self.file.base + end, message, hint)
        return Refused()

    def warn(self, token: Token, message: str, hint: str = "") -> None:
        """Report a warning at a token."""
        self.bag.warning("LS002", self.file.base + token.at, self.file.base + max(token.end, token.at + 1), message, hint)

    def _lex(self, mode: str) -> Token:
        text = self.text
        space = _VERSION_SPACE if mode == VERSION else _SPACE
        gap = space.match(text, self.offset)
        at = gap.end() if gap else self.offset
        if at >= len(text):
            return Token("end", "", len(text), len(text))
        if text.startswith("/*", at):
            token = Token("end", "", at, len(text))
            self.bag.error("LS003", self.file.base + at, self.file.base + at + 2, "this comment has no end", "close it with */")
            return token
        found = _MODES[mode].match(text, at)
        if found is None or found.lastgroup == "other":
            if text[at] == '"':
                self.bag.error("LS004", self.file.base + at, self.file.base + at + 1, "this string has no end on its line",
                               'close it with "')
                raise Refused
            return Token("other", text[at], at, at + 1)
        kind = found.lastgroup or "other"
        word = found.group()
        if kind == "string":
            return Token(kind, word[1:-1], at, found.end())
        if mode == PATTERN and kind == "name":
            stop = word.find("/*")
            if stop > 0 and text.find("*/", at + stop) > 0:
                word = word[:stop]      # a comment directly behind a pattern, as `*(.text)/* code */` would be in a name
        return Token(kind, word, at, at + len(word))


def recover(lexer: Lexer, before: int) -> bool:
    """Go on behind the statement that was refused: after the next `;`, or at the brace that closes what is open.

    At least one token is passed, so a text is read in linear time whatever it holds."""
    if lexer.offset <= before:
        try:
            lexer.next(PATTERN)
        except Refused:
            lexer.offset = _after_line(lexer)
    depth = 0
    while True:
        try:
            token = lexer.peek(PATTERN)
        except Refused:
            lexer.offset = _after_line(lexer)
            continue
        if token.kind == "end":
            lexer.offset = len(lexer.text)
            return False
        if token.kind == "op" and token.text == "{":
            depth += 1
        elif token.kind == "op" and token.text == "}":
            if depth == 0:
                return True
            depth -= 1
            if depth == 0:
                lexer.next(PATTERN)
                return True
        elif token.kind == "op" and token.text == ";" and depth == 0:
            lexer.next(PATTERN)
            return True
        lexer.next(PATTERN)


def _after_line(lexer: Lexer) -> int:
    at = lexer.text.find("\n", lexer.offset + 1)
    return at if at > lexer.offset else len(lexer.text)


_SCALE: Final = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_RADIX: Final = {"h": 16, "x": 16, "o": 8, "b": 2, "d": 10}


def number(text: str) -> int | None:
    """The value of a number token: 0x10, 010 (octal), 16K, 1M, 0FFh, $ff; None if the digits do not fit the radix."""
    low = text.lower()
    scale = 1
    try:
        if low.startswith("$"):
            return int(low[1:], 16)
        if low.startswith("0x") and len(low) > 2:
            if low[-1] in "kmg":
                scale, low = _SCALE[low[-1]], low[:-1]
            return int(low[2:], 16) * scale
        if low[-1] in "kmg":
            scale, low = _SCALE[low[-1]], low[:-1]
        elif low[-1] in _RADIX and not low.isdigit():
            return int(low[:-1], _RADIX[low[-1]])
        if low.startswith("0") and len(low) > 1:
            return int(low, 8) * scale
        return int(low) * scale
    except ValueError:
        return None
