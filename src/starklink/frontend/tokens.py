"""Token kinds and the token columns (fluxsharp.md section 2).

A token is a row over parallel lists: `kinds`, `syms`, `starts`, `ends`. A *symbol* is one distinct spelling of the file:
`names[sym]` is its text and literals keep their decoded value under it, so a literal is decoded once however often it is
written. Fixed tokens (keywords, punctuation) and the contextual words have the same symbol in every file. `>>` and `>>=` are
delivered as `>` tokens that touch (`>` `>` and `>` `>=`): the parser joins them in expressions, so type-argument lists need no
splitting.
"""

from __future__ import annotations

from typing import Final

from starklink.support.record import dataclass, field
from starklink.support.spans import SourceFile

GAP: Final = 0
"""White space and comments: never in the columns."""
EOF: Final = 1
IDENT: Final = 2
INT: Final = 3
FLOAT: Final = 4
CHAR: Final = 5
STRING: Final = 6
ISTR_OPEN: Final = 7
"""`$"`: then come ISTR_TEXT and holes in any order, and ISTR_CLOSE."""
ISTR_TEXT: Final = 8
HOLE_OPEN: Final = 9
ISTR_FORMAT: Final = 10
"""The raw format text behind the `:` of a hole."""
HOLE_CLOSE: Final = 11
ISTR_CLOSE: Final = 12
BAD: Final = 13
"""Characters that make no token; an error is already reported."""
INCLUDE: Final = 14
"""A legacy include comment: only while lexing, see Tokens.includes."""

LPAREN: Final = 16
RPAREN: Final = 17
LBRACKET: Final = 18
RBRACKET: Final = 19
LBRACE: Final = 20
RBRACE: Final = 21
SEMI: Final = 22
COMMA: Final = 23
DOT: Final = 24
COLON: Final = 25
QUESTION: Final = 26
ARROW: Final = 27
"""`=>`"""
POINTS: Final = 28
"""`->`"""
ASSIGN: Final = 29
PLUS_ASSIGN: Final = 30
MINUS_ASSIGN: Final = 31
STAR_ASSIGN: Final = 32
SLASH_ASSIGN: Final = 33
PERCENT_ASSIGN: Final = 34
AMP_ASSIGN: Final = 35
PIPE_ASSIGN: Final = 36
CARET_ASSIGN: Final = 37
SHL_ASSIGN: Final = 38
PLUS: Final = 40
MINUS: Final = 41
STAR: Final = 42
SLASH: Final = 43
PERCENT: Final = 44
SHL: Final = 45
AMP: Final = 46
CARET: Final = 47
PIPE: Final = 48
LT: Final = 49
GT: Final = 50
LE: Final = 51
GE: Final = 52
EQ: Final = 53
NE: Final = 54
AND: Final = 55
OR: Final = 56
NOT: Final = 57
TILDE: Final = 58
INC: Final = 59
DEC: Final = 60

KW_ABSTRACT: Final = 64
KW_AS: Final = 65
KW_ASYNC: Final = 66
KW_AWAIT: Final = 67
KW_BASE: Final = 68
KW_BOOL: Final = 69
KW_BREAK: Final = 70
KW_BYTE: Final = 71
KW_CASE: Final = 72
KW_CATCH: Final = 73
KW_CHAR: Final = 74
KW_CHECKED: Final = 75
KW_CLASS: Final = 76
KW_CONST: Final = 77
KW_CONTINUE: Final = 78
KW_DEFAULT: Final = 79
KW_DELEGATE: Final = 80
KW_DO: Final = 81
KW_DOUBLE: Final = 82
KW_ELSE: Final = 83
KW_ENUM: Final = 84
KW_EXTERN: Final = 85
KW_FALSE: Final = 86
KW_FINALLY: Final = 87
KW_FLOAT: Final = 88
KW_FOR: Final = 89
KW_FOREACH: Final = 90
KW_IF: Final = 91
KW_IMPORT: Final = 92
KW_IN: Final = 93
KW_INT: Final = 94
KW_INTERFACE: Final = 95
KW_INTERNAL: Final = 96
KW_IS: Final = 97
KW_LONG: Final = 98
KW_NAMESPACE: Final = 99
KW_NEW: Final = 100
KW_NULL: Final = 101
KW_OBJECT: Final = 102
KW_OVERRIDE: Final = 103
KW_PRIVATE: Final = 104
KW_PROTECTED: Final = 105
KW_PUBLIC: Final = 106
KW_READONLY: Final = 107
KW_RETURN: Final = 108
KW_SEALED: Final = 109
KW_SIZEOF: Final = 110
KW_STATIC: Final = 111
KW_STRING: Final = 112
KW_STRUCT: Final = 113
KW_SWITCH: Final = 114
KW_THIS: Final = 115
KW_THROW: Final = 116
KW_TRUE: Final = 117
KW_TRY: Final = 118
KW_UINT: Final = 119
KW_ULONG: Final = 120
KW_UNCHECKED: Final = 121
KW_UNSAFE: Final = 122
KW_USING: Final = 123
KW_VAR: Final = 124
KW_VIRTUAL: Final = 125
KW_VOID: Final = 126
KW_WHILE: Final = 127

SYM_GET: Final = 128
SYM_SET: Final = 129
SYM_VALUE: Final = 130
SYM_WHERE: Final = 131
SYM_IMPL: Final = 132
SYM_PRIORITY: Final = 133
SYM_NUMERIC: Final = 134
SYM_INTEGER: Final = 135
FIRST_FREE_SYMBOL: Final = 136
"""Smaller symbols mean the same in every file: symbols below SYM_GET are the fixed tokens and equal their kind."""

KIND_COUNT: Final = 128
END_ROWS: Final = 4
"""So many EOF rows end the columns, so that the parser may look ahead without asking where the end is."""

_KIND_SPELLINGS: Final = {
    EOF: "end of file", IDENT: "identifier", INT: "integer", FLOAT: "real", CHAR: "character", STRING: "string",
    ISTR_OPEN: "startstring", ISTR_TEXT: "text", HOLE_OPEN: "hole", ISTR_FORMAT: "format", HOLE_CLOSE: "endhole",
    ISTR_CLOSE: "endstring", BAD: "bad", INCLUDE: "include",
}

PUNCTUATION: Final = {
    "(": LPAREN, ")": RPAREN, "[": LBRACKET, "]": RBRACKET, "{": LBRACE, "}": RBRACE, ";": SEMI, ",": COMMA, ".": DOT, ":": COLON,
    "?": QUESTION, "=>": ARROW, "->": POINTS, "=": ASSIGN, "+=": PLUS_ASSIGN, "-=": MINUS_ASSIGN, "*=": STAR_ASSIGN,
    "/=": SLASH_ASSIGN, "%=": PERCENT_ASSIGN, "&=": AMP_ASSIGN, "|=": PIPE_ASSIGN, "^=": CARET_ASSIGN, "<<=": SHL_ASSIGN,
    "+": PLUS, "-": MINUS, "*": STAR, "/": SLASH, "%": PERCENT, "<<": SHL, "&": AMP, "^": CARET, "|": PIPE, "<": LT, ">": GT,
    "<=": LE, ">=": GE, "==": EQ, "!=": NE, "&&": AND, "||": OR, "!": NOT, "~": TILDE, "++": INC, "--": DEC,
}

RESERVED: Final = (
    "abstract", "as", "async", "await", "base", "bool", "break", "byte", "case", "catch", "char", "checked", "class", "const",
    "continue", "default", "delegate", "do", "double", "else", "enum", "extern", "false", "finally", "float", "for", "foreach",
    "if", "import", "in", "int", "interface", "internal", "is", "long", "namespace", "new", "null", "object", "override",
    "private", "protected", "public", "readonly", "return", "sealed", "sizeof", "static", "string", "struct", "switch", "this",
    "throw", "true", "try", "uint", "ulong", "unchecked", "unsafe", "using", "var", "virtual", "void", "while",
)

KEYWORDS: Final = {word: KW_ABSTRACT + row for row, word in enumerate(RESERVED)}
_CONTEXTUAL_WORDS: Final = ("get", "set", "value", "where", "impl", "priority", "numeric", "integer")
CONTEXTUAL: Final = {word: SYM_GET + row for row, word in enumerate(_CONTEXTUAL_WORDS)}


def _names() -> list[str]:
    names = [""] * FIRST_FREE_SYMBOL
    for kind, text in _KIND_SPELLINGS.items():
        names[kind] = text
    for table in (PUNCTUATION, KEYWORDS, CONTEXTUAL):
        for text, sym in table.items():
            names[sym] = text
    return names


FIXED_NAMES: Final = _names()
"""Text of every symbol below FIRST_FREE_SYMBOL; for kinds without fixed text a word for people."""

TYPE_KEYWORDS: Final = frozenset({
    KW_BOOL, KW_BYTE, KW_CHAR, KW_DOUBLE, KW_FLOAT, KW_INT, KW_LONG, KW_OBJECT, KW_STRING, KW_UINT, KW_ULONG, KW_VOID,
})
MODIFIER_KEYWORDS: Final = frozenset({
    KW_PUBLIC, KW_PRIVATE, KW_PROTECTED, KW_INTERNAL, KW_STATIC, KW_CONST, KW_READONLY, KW_ASYNC, KW_VIRTUAL, KW_OVERRIDE,
    KW_ABSTRACT, KW_SEALED, KW_UNSAFE, KW_EXTERN,
})

_LANES: Final = frozenset({
    "f32x4", "f32x8", "f64x2", "f64x4", "i8x16", "i8x32", "i16x8", "i16x16", "i32x4", "i32x8", "i64x2", "i64x4", "u8x16",
    "u8x32", "u16x8", "u16x16", "u32x4", "u32x8", "u64x2", "u64x4",
})
PREDECLARED_VALUE_TYPES: Final = _LANES | {"i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64"}
"""Type names that count as keyword types in the rule for casts (section 36)."""


@dataclass(slots=True, eq=False)
class Tokens:
    """The tokens of one file, END_ROWS rows of EOF at the end.

    `starts`/`ends` are program-wide positions (support.spans), `ends` exclusive.

    `ints` (value, has a U suffix), `floats` (value, is a float), `chars` (scalar) and `strings` (bytes) are indexed by symbol.
    `bad` holds rows whose text is already reported and may have swallowed what followed: no syntax error is reported at such a
    row or right behind it. `includes` lists (start, end, path) of the legacy include comments that stand alone on their line.
    """

    file: SourceFile
    kinds: list[int] = field(default_factory=list)
    syms: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=lambda: list(FIXED_NAMES))
    ints: dict[int, tuple[int, bool]] = field(default_factory=dict)
    floats: dict[int, tuple[float, bool]] = field(default_factory=dict)
    chars: dict[int, int] = field(default_factory=dict)
    strings: dict[int, bytes] = field(default_factory=dict)
    bad: set[int] = field(default_factory=set)
    includes: list[tuple[int, int, str]] = field(default_factory=list)

    def text(self, row: int) -> str:
        """The token as written in the file ('' for EOF)."""
        base = self.file.base
        return self.file.text[self.starts[row] - base:self.ends[row] - base]
