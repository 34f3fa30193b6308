"""Lines of NASM source as tokens.

A token is a string; what it is follows from its first characters, so joining tokens gives the text back:

    identifier  `mov`, `.loop`, `$name`       white space  ` ` (always one)      number  `0x10`, `1.5e3`
    string      `'a'`, `"b"`, `` `c\\n` ``    preprocessor `%define`, `%1`, `%%x`, `%$y`, `%+`, `%[text` (no closing bracket)

Sources are bytes read as Latin-1: every byte is one character, so strings keep whatever encoding the file has.
"""

from __future__ import annotations

import re
from typing import Final

_ID: Final = r"\w$#@~.?\x80-\xff"
ID_START: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.@?") | {
    chr(c) for c in range(128, 256)
}
"""Characters an identifier begins with."""
QUOTES: Final = frozenset("'\"`")
DIGITS: Final = frozenset("0123456789")

_STRING: Final = r"""'[^']*'?|"[^"]*"?|`(?:[^`\\]|\\.)*`?"""
_NUMBER: Final = (
    r"(?:\$[0-9]|0[xXhH])(?:[pP][+-]|\w|\.(?=_*[0-9A-Fa-fpP])|\.(?![A-Za-z_$#@~.?\x80-\xff]))*"
    r"|[0-9](?:[eE][+-](?=[0-9_])|[pP][+-]|\w|\.(?=_*[0-9eEpP])|\.(?![A-Za-z_$#@~.?\x80-\xff]))*"
)
_OPERATOR: Final = r"<<<|<=>|>>>|<<|>>|<=|>=|<>|!=|==|//|&&|\|\||\^\^|\$\$"
_NAME: Final = rf"[A-Za-z_.@\x80-\xff][{_ID}]*|\?[{_ID}]+|\$[A-Za-z_.@?\x80-\xff][{_ID}]*"
_PERCENT: Final = rf"%(?:\+(?![0-9])|[+-]?[0-9]+|\*\?\??|\?\??|!(?:[{_ID}]+|{_STRING})?|,|[%$]?[{_ID}]+|%)?"

_FULL: Final = re.compile(rf"{_NAME}|\s+|{_NUMBER}|{_STRING}|{_PERCENT}|{_OPERATOR}|;.*|.", re.ASCII | re.DOTALL)
_PLAIN: Final = re.compile(rf"{_NAME}|{_NUMBER}|{_STRING}|%%|{_OPERATOR}|;.*|\S", re.ASCII)

SPACE: Final = " "


def split(text: str) -> list[str]:
    """The tokens of a line for the preprocessor: with single spaces, without comment and trailing space."""
    if "%{" in text or "%[" in text:
        return _split_nested(text)
    found: list[str] = _FULL.findall(text)
    if found and found[-1][0] == ";":
        found.pop()
    if found and found[-1].isspace():
        found.pop()
    if "  " in text or "\t" in text:
        return [SPACE if token.isspace() else token for token in found]
    return found


def split_plain(text: str) -> list[str]:
    """The tokens of a line for the assembler: without white space and comment."""
    found: list[str] = _PLAIN.findall(text)
    if found and found[-1][0] == ";":
        found.pop()
    return found


def _split_nested(text: str) -> list[str]:
    """As `split`, for lines with %{...} and %[...]."""
    out: list[str] = []
    at, size = 0, len(text)
    while at < size:
        if text.startswith("%{", at) or text.startswith("%[", at):
            end = closing(text, at + 1)
            inner = text[at + 2 : end]
            if text[at + 1] == "{":
                out.append("%" + inner)
            else:
                out.append("%[" + inner)
            at = end + 1
            continue
        match = _FULL.match(text, at)
        assert match is not None
        token = match.group()
        at = match.end()
        if token[0] == ";":
            break
        if token.isspace():
            token = SPACE
        out.append(token)
    if out and out[-1] == SPACE:
        out.pop()
    return out


def closing(text: str, start: int) -> int:
    """Position of the bracket that closes the one at `start`; the end of the text if there is none."""
    opening = text[start]
    closing = "}" if opening == "{" else "]"
    level = 0
    at = start
    while at < len(text):
        char = text[at]
        if char == opening:
            level += 1
        elif char == closing:
            level -= 1
            if not level:
                return at
        elif char in QUOTES:
            match = _QUOTED.match(text, at)
            assert match is not None
            at = match.end()
            continue
        at += 1
    return len(text)


_QUOTED: Final = re.compile(_STRING, re.DOTALL)


def is_name(token: str) -> bool:
    """Whether a token is an identifier."""
    first = token[0]
    if first in ID_START:
        return token != "?"
    return first == "$" and len(token) > 1 and token[1] in ID_START


def is_number(token: str) -> bool:
    """Whether a token is an integer or floating-point number."""
    first = token[0]
    return first in DIGITS or (first == "$" and len(token) > 1 and token[1] in DIGITS)


def is_float(token: str) -> bool:
    """Whether a number is a floating-point one: it has a point or an exponent."""
    lower = token.lower()
    if token[0] == "$":
        return "." in lower or "p" in lower
    radix = lower[1:2] if lower[0] == "0" else ""
    if radix in ("x", "h") or "h" in lower or "x" in lower:
        return "p" in lower or "." in lower
    if "." in lower or "e" in lower:
        return True
    return "p" in lower


def is_integer(token: str) -> bool:
    """Whether a token is an integer."""
    return is_number(token) and not is_float(token)


def is_string(token: str) -> bool:
    """Whether a token is a complete quoted string."""
    return token[0] in QUOTES and len(token) > 1 and token[-1] == token[0]


def is_context_name(token: str) -> bool:
    """Whether a token is a name of a context: `%$x`, `%$$x`."""
    return token[0] == "%" and len(token) > 2 and token[1] == "$"


# Kinds of tokens as `%ifidn` and pasting distinguish them.
NAME, NUMBER, FLOAT, STRING, WHITE, LOCAL, SYMBOL, PARAM, PASTE, INDIRECT, ENVIRON, DIRECTIVE, OPERATOR, QUESTION = (
    range(14)
)
COMMA: Final = 14
SELF: Final = 15
OTHER: Final = 16


def kind(token: str) -> int:
    """What a token is: one of the numbers above."""
    first = token[0]
    if first in ID_START:
        return QUESTION if token == "?" else NAME
    if first == SPACE:
        return WHITE
    if first in DIGITS:
        return FLOAT if is_float(token) else NUMBER
    if first in QUOTES:
        return STRING
    if first == "$" and len(token) > 1:
        return NAME if token[1] in ID_START else NUMBER if token[1] in DIGITS else OPERATOR
    if first == "%" and len(token) > 1:
        return percent_kind(token)
    return OPERATOR


def percent_kind(token: str) -> int:
    """What a token that begins with % is."""
    second = token[1]
    if second == "+":
        return PASTE if len(token) == 2 else PARAM
    if second in DIGITS or second in "-:":
        return PARAM
    if second == "$":
        return LOCAL if len(token) > 2 else OTHER
    if second == "%":
        return SYMBOL if len(token) > 2 else OPERATOR
    if second == "[":
        return INDIRECT
    if second == "!":
        return ENVIRON if len(token) > 2 else OTHER
    if second == ",":
        return COMMA if len(token) == 2 else DIRECTIVE
    if second == "?":
        return SELF if token in ("%?", "%??") else DIRECTIVE
    if second == "*":
        return SELF if token in ("%*?", "%*??") else OTHER
    return DIRECTIVE
