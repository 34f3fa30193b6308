"""`starklink explain`: the pages about the codes of diagnostics.

The pages are Markdown files in the package's folder `diagnostics`, one per category. A page is a section `## FS0301`: what
the diagnostic means, a fenced block `wrong` that gives it, a fenced block `right` that does not, and advice. In a block the
line `// file: NAME` begins another file.
"""

from __future__ import annotations

import os
from typing import Final

from ..frontend.codes import CODES
from ..support.record import dataclass

FOLDER: Final = os.path.join(os.path.dirname(os.path.dirname(__file__)), "diagnostics")


class UnknownCode(Exception):
    """There is no such code."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page in its parts. `wrong` and `right` are programs, '' if no short one exists."""

    code: str
    meaning: str
    wrong: str
    right: str
    advice: str


def page(code: str) -> str:
    """The page of a code as text for a terminal. Raises UnknownCode."""
    return text(load(spelled(code)))


def spelled(code: str) -> str:
    """A code as the catalogue spells it: `fs301` and `301` are FS0301. Raises UnknownCode."""
    digits = code.upper().removeprefix("FS")
    if digits.isdecimal() and digits.isascii():
        code = f"FS{int(digits):04}" if len(digits) < 10 else code
    if code in CODES:
        return code
    from difflib import get_close_matches

    close = get_close_matches(code.upper(), CODES, 3, 0.6)
    hint = f"; did you mean {' or '.join(close)}?" if close else "; `starklink explain` lists all codes"
    raise UnknownCode(f"there is no diagnostic {code}{hint}")


def listing() -> str:
    """All codes by category, one per line."""
    out: list[str] = []
    category = ""
    for code, entry in CODES.items():
        if entry.category != category:
            category = entry.category
            out.append(f"{'' if not out else chr(10)}{category}")
        out.append(f"  {code}  {entry.meaning}")
    return "\n".join(out) + "\n"


def load(code: str) -> Page:
    """The page of a code of the catalogue."""
    with open(os.path.join(FOLDER, CODES[code].category + ".md"), encoding="utf-8") as stream:
        sections = stream.read().split("\n## ")
    section = next(one for one in sections if one.startswith(code))
    blocks = {"wrong": "", "right": ""}
    prose: list[str] = []
    parts = section.split("\n", 1)[1].split("```")
    for number, part in enumerate(parts):
        if number % 2:
            kind, block = part.split("\n", 1)
            blocks[kind] = block
        else:
            prose.append(part.strip())
    return Page(code, prose[0], blocks["wrong"], blocks["right"], prose[-1] if len(prose) > 1 else "")


def text(page: Page) -> str:
    """A page for people."""
    entry = CODES[page.code]
    out = [f"{page.code}: {entry.meaning} ({entry.category})", _wrapped(page.meaning)]
    for title, block in (("Wrong:", page.wrong), ("Right:", page.right)):
        if block:
            out.append(title + "\n\n" + "\n".join(("    " + line).rstrip() for line in block.rstrip("\n").split("\n")))
    if page.advice:
        out.append(_wrapped(page.advice))
    return "\n\n".join(out) + "\n"


def _wrapped(prose: str) -> str:
    from textwrap import fill

    return "\n\n".join(fill(paragraph, 88, break_on_hyphens=False) for paragraph in prose.split("\n\n"))
