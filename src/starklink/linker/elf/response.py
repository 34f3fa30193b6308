"""Response files: `@FILE` on a command line stands for the words in FILE, which may name further ones.

Words are separated by white space; quotes of both kinds group, a backslash takes the next character as it is, also inside
quotes. A file that cannot be read leaves the word as it was, so that a file named "@x" can be an input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NESTING: Final = 32
WORDS: Final = 2_000_000
SIZE: Final = 64 << 20


class ResponseError(Exception):
    """A response file that cannot be meant: it includes itself, or is beyond all bounds."""


def words(text: str) -> list[str]:
    """The words of a response file. A quote that is not closed ends with the text."""
    if "\\" not in text and "'" not in text and '"' not in text:
        return [word for word in text.translate(_BLANKS).split(" ") if word]
    found: list[str] = []
    at, end = 0, len(text)
    while True:
        while at < end and text[at] in _SPACE:
            at += 1
        if at >= end:       # a backslash at the very end quotes nothing
            return found
        word: list[str] = []
        quote = ""
        while at < end:
            letter = text[at]
            at += 1
            if letter == "\\":
                word.append(text[at : at + 1])
                at += 1
            elif quote:
                if letter == quote:
                    quote = ""
                else:
                    word.append(letter)
            elif letter in _SPACE:
                break
            elif letter in "'\"":
                quote = letter
            else:
                word.append(letter)
        found.append("".join(word))


_SPACE: Final = " \t\n\v\f\r"
_BLANKS: Final = dict.fromkeys(map(ord, _SPACE), " ")


def read_file(path: str) -> str:
    """The text of a response file. Raises OSError; ResponseError if it is too large to be one."""
    with open(path, "rb") as file:
        data = file.read(SIZE + 1)
    if len(data) > SIZE:
        raise ResponseError(f"@{path}: a response file of more than {SIZE >> 20} MiB")
    return data.decode("utf-8", "surrogateescape")


def expand(args: Iterable[str], read: Callable[[str], str] = read_file, opened: list[str] | None = None) -> list[str]:
    """The command line with all response files replaced by their words; `opened` collects their paths.
    Raises ResponseError."""
    found: list[str] = []
    _expand(args, read, found, 0, opened if opened is not None else [])
    return found


def _expand(args: Iterable[str], read: Callable[[str], str], found: list[str], depth: int, opened: list[str]) -> None:
    for word in args:
        if len(word) < 2 or word[0] != "@":
            found.append(word)
            continue
        try:
            text = read(word[1:])
        except (OSError, ValueError):
            found.append(word)
            continue
        if depth == NESTING:
            raise ResponseError(f"{word}: response files nested more than {NESTING} deep (does one include itself?)")
        opened.append(word[1:])
        _expand(words(text), read, found, depth + 1, opened)
        if len(found) > WORDS or len(opened) > 2000:
            raise ResponseError(f"{word}: response files without end (does one include itself?)")
