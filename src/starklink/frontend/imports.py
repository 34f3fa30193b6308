"""The imports at the head of a file, found in its text before anything is parsed (fluxsharp.md section 15).

Positions ascend in import order, an imported file before its importer, so the files of a program have to be known before
the first of them gets its positions. Problems are not reported here: the parser finds the same imports again, with their
places.
"""

from __future__ import annotations

import re
from typing import Final

from .lexer import INCLUDE_TEXT
from .literals import unescape

_GAP: Final = re.compile(r"(?:[ \t\r\n\f]++|/\*(?s:.*?)\*/)*+(//[^\n]*)?")
_WORD: Final = re.compile(r"(?:using|import|namespace)(?!\w)")
_PATH: Final = re.compile(r'@"((?:[^"]|"")*)"|"((?:[^"\\\n]|\\[^\n])*)"')
_NAME: Final = re.compile(r"@?\w+|\.")


def imported_paths(text: str) -> list[str]:
    """The paths a file imports, in the order of the text; those of legacy comments too, namespaces not."""
    if "using" not in text and "import" not in text and "#include" not in text:
        return []
    scan = _Scan(text)
    imports = True  # until `namespace A;` or the first declaration
    while True:
        scan.skip()
        start = scan.at
        word = scan.take(_WORD)
        if not word or (word != "namespace" and not imports):
            break
        scan.skip()
        path = _PATH.match(text, scan.at) if word != "namespace" else None
        if path is None:
            while scan.take(_NAME):
                scan.skip()
        else:
            scan.at = path.end()
            verbatim, plain = path.groups()
            if verbatim is not None:
                scan.found.append((start, verbatim.replace('""', '"')))
            else:
                scan.found.append((start, unescape(plain, 0)[0].decode("utf-8", "replace")))
            scan.skip()
        if text.startswith(";", scan.at):
            scan.at += 1
        if word == "namespace":
            if not imports or text[scan.at - 1] != ";":
                break
            imports = False
    return [path for _, path in sorted(scan.found)]


class _Scan:
    """A place in the text, and the imports seen so far with their offsets."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: list[tuple[int, str]] = []

    def take(self, pattern: re.Pattern[str]) -> str:
        """The text that matches here, '' if nothing does; go behind it."""
        match = pattern.match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match[0]

    def skip(self) -> None:
        """Go to the next token; legacy include comments on the way are imports."""
        text = self.text
        while True:
            gap = _GAP.match(text, self.at)
            if gap is None or not gap[1]:
                self.at = gap.end() if gap else self.at
                return
            include = INCLUDE_TEXT.fullmatch(gap[1])
            start = gap.start(1)
            if include is not None and not text[text.rfind("\n", 0, start) + 1 : start].strip(" \t\r\f"):
                self.found.append((start, include[1]))
            self.at = gap.end()
