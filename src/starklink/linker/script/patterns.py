"""Input patterns of output sections: `KEEP(*(SORT_BY_NAME(EXCLUDE_FILE(*crt*.o) .ctors.*)))` (GNU ld manual, "Input Section")."""

from __future__ import annotations

from typing import Final

from ..plan import Input, SectionPattern
from .lexer import NAME, PATTERN, Lexer

SORTS: Final = {"SORT": "name", "SORT_BY_NAME": "name", "SORT_BY_ALIGNMENT": "alignment", "SORT_NONE": "none",
                "SORT_BY_INIT_PRIORITY": "init_priority"}
_NESTED: Final = {("name", "alignment"): "name_alignment", ("alignment", "name"): "alignment_name", ("name", "name"): "name",
                  ("alignment", "alignment"): "alignment", ("init_priority", "init_priority"): "init_priority"}
SECTION_FLAGS: Final = {"SHF_WRITE": 1, "SHF_ALLOC": 2, "SHF_EXECINSTR": 4, "SHF_MERGE": 0x10, "SHF_STRINGS": 0x20,
                        "SHF_INFO_LINK": 0x40, "SHF_LINK_ORDER": 0x80, "SHF_OS_NONCONFORMING": 0x100, "SHF_GROUP": 0x200,
                        "SHF_TLS": 0x400, "SHF_COMPRESSED": 0x800, "SHF_GNU_RETAIN": 0x200000, "SHF_X86_64_LARGE": 0x10000000}


def parse_input(lexer: Lexer) -> Input:
    """One input pattern with everything around it. Raises lexer.Refused."""
    token = lexer.peek(PATTERN)
    made = Input(start=lexer.file.base + token.at)
    if token.text == "KEEP" and token.kind == "name" and _opens(lexer):
        lexer.next(PATTERN)
        lexer.expect("(", PATTERN)
        made.keep = True
        _pattern(lexer, made)
        lexer.expect(")", PATTERN)
    else:
        _pattern(lexer, made)
    return made


def _opens(lexer: Lexer) -> bool:
    """Whether the token after the next one is `(`."""
    here = lexer.offset
    lexer.next(PATTERN)
    found = lexer.peek(PATTERN).text == "("
    lexer.offset = here
    return found


def _pattern(lexer: Lexer, made: Input) -> None:
    token = lexer.peek(PATTERN)
    if token.text == "INPUT_SECTION_FLAGS" and token.kind == "name":
        lexer.next(PATTERN)
        _flags(lexer, made)
        token = lexer.peek(PATTERN)
    while token.kind == "name" and (token.text in SORTS or token.text == "EXCLUDE_FILE") and _opens(lexer):
        lexer.next(PATTERN)
        lexer.expect("(", PATTERN)
        if token.text == "EXCLUDE_FILE":
            made.exclude += _names(lexer)
        else:
            made.sort_files = made.sort_files or SORTS[token.text] == "name"
            inner = lexer.peek(PATTERN)
            if inner.text == "EXCLUDE_FILE":
                lexer.next(PATTERN)
                lexer.expect("(", PATTERN)
                made.exclude += _names(lexer)
            made.file = _name(lexer, "a file name")
            lexer.expect(")", PATTERN)
            break
        token = lexer.peek(PATTERN)
    else:
        made.file = _name(lexer, "a file pattern or a command")
    if lexer.take("(", PATTERN):
        made.sections = []
        while not lexer.take(")", PATTERN):
            if made.sections and lexer.take(",", PATTERN):
                continue
            made.sections.append(_section(lexer))


def _section(lexer: Lexer) -> SectionPattern:
    """One section glob; sorts and EXCLUDE_FILE may nest either way."""
    token = lexer.peek(PATTERN)
    made = SectionPattern("", start=lexer.file.base + token.at)
    open_count = 0
    while True:
        token = lexer.peek(PATTERN)
        if token.kind == "name" and token.text in SORTS and _opens(lexer):
            lexer.next(PATTERN)
            lexer.expect("(", PATTERN)
            sort = SORTS[token.text]
            if made.sort:
                combined = _NESTED.get((made.sort, sort))
                if combined is None:
                    raise lexer.refuse(token, "these sorts cannot be combined", "by name and by alignment can, in either order")
                sort = combined
            made.sort = sort
            open_count += 1
            if open_count > 2:
                raise lexer.refuse(token, "sorts are nested more than two levels deep")
        elif token.kind == "name" and token.text == "EXCLUDE_FILE" and _opens(lexer):
            lexer.next(PATTERN)
            lexer.expect("(", PATTERN)
            made.exclude += _names(lexer)
        else:
            break
    made.name = _name(lexer, "a section pattern")
    for _ in range(open_count):
        lexer.expect(")", PATTERN)
    return made


def _name(lexer: Lexer, what: str) -> str:
    token = lexer.next(PATTERN)
    if token.kind not in ("name", "string"):
        found = "the end of the file" if token.kind == "end" else f"`{token.text}`"
        raise lexer.refuse(token, f"expected {what}, found {found}")
    return token.text


def _names(lexer: Lexer) -> list[str]:
    """Names up to the closing parenthesis, which is taken."""
    found: list[str] = []
    while not lexer.take(")", PATTERN):
        if not lexer.take(",", PATTERN):
            found.append(_name(lexer, "a file pattern"))
    return found


def _flags(lexer: Lexer, made: Input) -> None:
    """`(SHF_ALLOC & !SHF_WRITE)`."""
    lexer.expect("(", NAME)
    while True:
        token = lexer.next(PATTERN)
        word = token.text
        off = word.startswith("!")
        if word == "!":
            token = lexer.next(PATTERN)
            word = token.text
        word = word.lstrip("!")
        value = SECTION_FLAGS.get(word, -1)
        if value < 0:
            try:
                value = int(word, 0)
            except ValueError:
                raise lexer.refuse(token, f"unknown section flag `{word}`", "known are " + ", ".join(SECTION_FLAGS)) from None
        if off:
            made.flags_off |= value
        else:
            made.flags_on |= value
        if lexer.take(")", PATTERN):
            return
        lexer.expect("&", PATTERN)
