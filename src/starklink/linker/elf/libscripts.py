"""Libraries that are text: `GROUP ( libc.so.6 AS_NEEDED ( ld.so ) )` (GNU ld manual, "Commands Dealing with Files").

Scripts that do more are left to the full parser (`linker.script`); this one is small because every dynamic link of a C program
reads a script.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_SKIPPED: Final = ("OUTPUT_FORMAT", "OUTPUT_ARCH", "TARGET")


class ScriptInput(NamedTuple):
    """A file the script names (or -lNAME)."""

    name: str
    as_needed: bool


def _tokens(text: str) -> Iterator[str]:
    """Words, quoted words and punctuation, without comments."""
    at, size = 0, len(text)
    while at < size:
        letter = text[at]
        start = at
        at += 1
        if letter.isspace():
            continue
        if letter == "/" and text.startswith("*", at) and "*/" in text[at + 1:]:
            at = text.find("*/", at + 1) + 2
        elif letter == "#":
            end = text.find("\n", at)
            at = end if end >= 0 else size
        elif letter == '"':
            end = text.find('"', at)
            if end >= 0:
                yield text[at:end]
                at = end + 1
        else:
            while letter not in "(),;" and at < size and text[at] not in '(),;"' and not text[at].isspace():
                at += 1
            if not text.startswith("/*", start):
                yield text[start:at]


def library_script(text: str) -> list[ScriptInput] | None:
    """The files of an INPUT/GROUP script in order; None if it is a script of another kind."""
    tokens = list(_tokens(text))
    found: list[ScriptInput] = []
    at = 0
    while at < len(tokens):
        word = tokens[at]
        if word == ";":
            at += 1
            continue
        if word not in ("INPUT", "GROUP", *_SKIPPED) or tokens[at + 1:at + 2] != ["("]:
            return None
        if tokens[at + 2:at + 3] == ["binary"]:     # files to embed
            return None
        depth, at, needed = 1, at + 2, False
        while at < len(tokens) and depth:
            token = tokens[at]
            if token == "AS_NEEDED" and tokens[at + 1:at + 2] == ["("]:
                needed, depth, at = True, depth + 1, at + 1
            elif token == ")":
                depth, needed = depth - 1, False
            elif token not in (",", "(") and word not in _SKIPPED:
                found.append(ScriptInput(token, needed))
            at += 1
        if depth:
            return None
    return found
