"""The SECTIONS command: output sections, their contents, overlays (GNU ld manual, "SECTIONS Command")."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from ..plan import Assert, Assign, Command, Constructors, Data, Expr, Fill, OutputSection, Statement, addr, call, sizeof
from .expressions import parse_expression
from .lexer import EXPR, MOST_ERRORS, NAME, Lexer, Refused, Token, recover
from .patterns import parse_input

ASSIGNMENTS: Final = frozenset(("=", "+=", "-=", "*=", "/=", "<<=", ">>=", "&=", "|=", "^="))
_PROVIDES: Final = {"PROVIDE": (True, False), "PROVIDE_HIDDEN": (True, True), "HIDDEN": (False, True)}
_WIDTHS: Final = {"BYTE": 1, "SHORT": 2, "LONG": 4, "QUAD": 8, "SQUAD": 8}
TYPES: Final = ("NOLOAD", "DSECT", "COPY", "INFO", "OVERLAY", "READONLY")
SECTION_TYPES: Final = {"SHT_NULL": 0, "SHT_PROGBITS": 1, "SHT_STRTAB": 3, "SHT_NOTE": 7, "SHT_NOBITS": 8, "SHT_INIT_ARRAY": 14,
                        "SHT_FINI_ARRAY": 15, "SHT_PREINIT_ARRAY": 16}
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "\\": "\\", '"': '"'}


class Sections:
    """Parses what stands between the braces of SECTIONS. `include` runs a loop over another file's text."""

    def __init__(self, lexer: Lexer, include: Callable[[Lexer, Token, Callable[[Lexer], None]], None],
                 nocrossrefs: Callable[[list[str]], None], entry: Callable[[Lexer], None]) -> None:
        self.lexer = lexer
        self.include = include
        self.nocrossrefs = nocrossrefs
        self.entry = entry
        self.out: list[Statement] = []

    def statement(self, lexer: Lexer) -> None:
        """One statement of the SECTIONS command."""
        if lexer.take(";", NAME):
            return
        token = lexer.peek(NAME)
        made = assignment(lexer)
        if made is not None:
            self.out.append(made)
        elif token.text == "INCLUDE":
            lexer.next(NAME)
            self.include(lexer, token, self.statement)
        elif token.text == "ENTRY" and token.kind == "name":
            lexer.next(NAME)
            self.entry(lexer)
        elif token.text == "OVERLAY" and token.kind == "name":
            lexer.next(NAME)
            self.overlay(lexer)
        elif token.kind in ("name", "string"):
            lexer.next(NAME)
            self.out.append(self.output_section(lexer, token))
        else:
            found = "the end of the file" if token.kind == "end" else f"`{token.text}`"
            raise lexer.refuse(token, f"expected an output section, an assignment or `}}`, found {found}")

    def output_section(self, lexer: Lexer, name: Token) -> OutputSection:
        """`name [address] [(type)] : [attributes] { contents } [>region ...]`, behind its name."""
        base = lexer.file.base
        made = OutputSection(name.text, start=base + name.at, end=base + name.end)
        self._head(lexer, made)
        self._attributes(lexer, made)
        lexer.expect("{", NAME, f"to open the section {name.text}")
        self.contents(lexer, made)
        self._tail(lexer, made)
        return made

    def _head(self, lexer: Lexer, made: OutputSection) -> None:
        token = lexer.peek(EXPR)
        if token.text == "(" and token.kind == "op" and _type_follows(lexer):
            _section_type(lexer, made)
        elif not (token.text == ":" and token.kind == "op"):
            made.address = parse_expression(lexer)
            if lexer.peek(EXPR).text == "(":
                _section_type(lexer, made)
        lexer.expect(":", EXPR, f"behind the name of the section {made.name}")

    def _attributes(self, lexer: Lexer, made: OutputSection) -> None:
        while True:
            token = lexer.peek(NAME)
            if token.kind != "name":
                return
            word = token.text
            if word in ("AT", "ALIGN", "SUBALIGN"):
                lexer.next(NAME)
                lexer.expect("(", EXPR)
                value = parse_expression(lexer)
                lexer.expect(")", EXPR)
                if word == "AT":
                    made.lma = value
                elif word == "ALIGN":
                    made.align = value
                else:
                    made.subalign = value
            elif word == "ALIGN_WITH_INPUT":
                lexer.next(NAME)
                made.align_with_input = True
            elif word in ("ONLY_IF_RO", "ONLY_IF_RW"):
                lexer.next(NAME)
                made.constraint = word
            else:
                raise lexer.refuse(token, f"unknown section attribute `{word}`",
                                   "known are AT, ALIGN, ALIGN_WITH_INPUT, SUBALIGN, ONLY_IF_RO and ONLY_IF_RW")

    def _tail(self, lexer: Lexer, made: OutputSection) -> None:
        """Regions, program headers and fill behind the closing brace."""
        while True:
            token = lexer.peek(NAME)
            if token.text == ">" and token.kind == "op":
                lexer.next(NAME)
                made.region = _word(lexer, "a memory region")
            elif token.text == "AT" and token.kind == "name" and _at_region(lexer):
                lexer.next(NAME)
                lexer.expect(">", NAME)
                made.lma_region = _word(lexer, "a memory region")
            elif token.text == ":" and token.kind == "op":
                lexer.next(NAME)
                made.phdrs.append(_word(lexer, "a program header"))
            elif token.text == "=" and token.kind == "op":
                lexer.next(NAME)
                made.fill = fill(lexer)
            else:
                lexer.take(",", NAME)
                return

    def contents(self, lexer: Lexer, made: OutputSection) -> None:
        """The commands up to the closing brace, which is taken."""
        while not lexer.take("}", NAME):
            if lexer.take(";", NAME) or lexer.take(",", NAME):
                continue
            if lexer.peek(NAME).kind == "end":
                raise lexer.refuse(lexer.peek(NAME), f"the section {made.name} is not closed", "add `}`")
            before = lexer.offset
            try:
                self.command(lexer, made)
            except Refused:
                if lexer.bag.error_count > MOST_ERRORS or not recover(lexer, before):
                    raise

    def command(self, lexer: Lexer, made: OutputSection) -> None:
        """One command inside an output section."""
        token = lexer.peek(NAME)
        start = lexer.file.base + token.at
        done = assignment(lexer)
        if done is not None:
            made.commands.append(done)
            return
        word = token.text if token.kind == "name" else ""
        command: Command
        if word in _WIDTHS and _opens(lexer):
            lexer.next(NAME)
            lexer.expect("(", EXPR)
            command = Data(_WIDTHS[word], parse_expression(lexer), start=start)
            lexer.expect(")", EXPR)
        elif word == "FILL" and _opens(lexer):
            lexer.next(NAME)
            lexer.expect("(", EXPR)
            command = Fill(fill(lexer), start)
            lexer.expect(")", EXPR)
        elif word == "ASCIZ":
            lexer.next(NAME)
            text = lexer.next(EXPR)
            if text.kind != "string":
                raise lexer.refuse(text, "ASCIZ needs a string")
            command = Data(1, None, unescape(text.text).encode() + b"\0", start)
        elif word == "INCLUDE":
            lexer.next(NAME)
            self.include(lexer, token, lambda inner: self._included(inner, made))
            return
        elif word in ("CONSTRUCTORS", "CREATE_OBJECT_SYMBOLS", "LINKER_VERSION"):
            lexer.next(NAME)
            command = Constructors(start)
        elif word in ("SORT", "SORT_BY_NAME") and _CONSTRUCTORS.match(lexer.text, lexer.offset):
            for _ in range(4):
                lexer.next(NAME)
            command = Constructors(start)
        else:
            command = parse_input(lexer)
        made.commands.append(command)

    def _included(self, lexer: Lexer, made: OutputSection) -> None:
        if not lexer.take(";", NAME) and not lexer.take(",", NAME):
            self.command(lexer, made)

    def overlay(self, lexer: Lexer) -> None:
        """OVERLAY: sections that share an address and are loaded one behind the other."""
        head = OutputSection("OVERLAY")
        if not (lexer.peek(EXPR).text == ":" and lexer.peek(EXPR).kind == "op"):
            head.address = parse_expression(lexer)
        lexer.expect(":", EXPR, "behind OVERLAY")
        apart = lexer.take("NOCROSSREFS", NAME)
        self._attributes(lexer, head)
        lexer.expect("{", NAME, "to open the overlay")
        parts: list[OutputSection] = []
        while not lexer.take("}", NAME):
            name = lexer.next(NAME)
            if name.kind not in ("name", "string"):
                raise lexer.refuse(name, "expected a section of the overlay or `}`")
            base = lexer.file.base
            one = OutputSection(name.text, start=base + name.at, end=base + name.end, overlay=len(parts) + 1)
            lexer.expect("{", NAME, f"to open the section {name.text}")
            self.contents(lexer, one)
            self._tail(lexer, one)
            parts.append(one)
        self._tail(lexer, head)
        self._finish_overlay(head, parts, apart)

    def _finish_overlay(self, head: OutputSection, parts: list[OutputSection], apart: bool) -> None:
        if not parts:
            return
        longest: Expr | None = None
        for one in parts:
            one.address = head.address if one.overlay == 1 else addr(parts[0].name)
            one.lma = head.lma if one.overlay == 1 else None
            one.subalign = head.subalign
            one.region, one.lma_region = head.region, head.lma_region
            one.phdrs = one.phdrs or list(head.phdrs)
            one.fill = one.fill if one.fill is not None else head.fill
            longest = sizeof(one.name) if longest is None else call("MAX", longest, sizeof(one.name))
        if longest is not None:
            parts[-1].after = Assign(".", addr(parts[0].name) + longest)
        for one in parts:
            self.out.append(one)
            plain = re.sub(r"[^A-Za-z0-9_]", "", one.name)
            load = call("LOADADDR", one.name)
            one.commands.append(Assign(f"__load_start_{plain}", load, provide=True))
            one.commands.append(Assign(f"__load_stop_{plain}", load + sizeof(one.name), provide=True))
        if apart:
            self.nocrossrefs([one.name for one in parts])


def assignment(lexer: Lexer) -> Assign | Assert | None:
    """An assignment, PROVIDE and the like, or ASSERT, if one stands here; nothing is taken otherwise."""
    token = lexer.peek(NAME)
    base = lexer.file.base
    if token.kind not in ("name", "string"):
        return None
    here = lexer.offset
    if token.kind == "name" and token.text in _PROVIDES and _opens(lexer):
        lexer.next(NAME)
        lexer.expect("(", NAME)
        name = lexer.next(NAME)
        if name.kind not in ("name", "string") or name.text == ".":
            raise lexer.refuse(name, f"{token.text} needs the name of a symbol")
        lexer.expect("=", NAME, f"in {token.text}")
        value = parse_expression(lexer)
        close = lexer.expect(")", EXPR)
        provide, hidden = _PROVIDES[token.text]
        return Assign(name.text, value, "=", provide, hidden, base + token.at, base + close.end)
    if token.kind == "name" and token.text == "ASSERT" and _opens(lexer):
        lexer.next(NAME)
        lexer.expect("(", EXPR)
        condition = parse_expression(lexer)
        lexer.expect(",", EXPR, "and the text of the assertion")
        text = lexer.next(EXPR)
        if text.kind not in ("string", "name"):
            raise lexer.refuse(text, "the text of an assertion is a string")
        close = lexer.expect(")", EXPR)
        return Assert(condition, text.text, base + token.at, base + close.end)
    lexer.next(NAME)
    op = lexer.peek(NAME)
    if op.kind != "op" or op.text not in ASSIGNMENTS or lexer.text.startswith("==", op.at):
        lexer.offset = here
        return None
    lexer.next(NAME)
    value = parse_expression(lexer)
    end = lexer.peek(EXPR)
    if not (end.kind == "op" and end.text in (";", ",")):
        raise lexer.refuse(Token("op", ";", lexer.last_end, lexer.last_end + 1), "expected `;` behind the assignment")
    lexer.next(EXPR)
    return Assign(token.text, value, op.text, start=base + token.at, end=value.end)


def fill(lexer: Lexer) -> bytes | Expr:
    """A fill pattern: hexadecimal digits as they stand, else the low four bytes of a value, big-endian."""
    token = lexer.peek(EXPR)
    made = parse_expression(lexer)
    if token.kind == "number" and made.op == "num" and re.fullmatch(r"0[xX][0-9a-fA-F]+", token.text):
        digits = token.text[2:]
        return bytes.fromhex(digits if len(digits) % 2 == 0 else "0" + digits)
    return made


def unescape(text: str) -> str:
    """C escapes of ASCIZ strings."""
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text)


_CONSTRUCTORS: Final = re.compile(r"\s*SORT(?:_BY_NAME)?\s*\(\s*CONSTRUCTORS\s*\)")
_TYPE: Final = re.compile(r"\s*\(\s*(?:NOLOAD|DSECT|COPY|INFO|OVERLAY|READONLY|TYPE)\b")


def _type_follows(lexer: Lexer) -> bool:
    return _TYPE.match(lexer.text, lexer.peek(EXPR).at) is not None


def _section_type(lexer: Lexer, made: OutputSection) -> None:
    lexer.expect("(", EXPR)
    token = lexer.next(EXPR)
    if token.text in TYPES and token.kind == "name":
        made.type = token.text
        if token.text == "READONLY" and lexer.take("(", EXPR):
            token = lexer.next(EXPR)
    if token.text == "TYPE" and token.kind == "name":
        lexer.expect("=", EXPR)
        name = lexer.peek(EXPR)
        if name.text in SECTION_TYPES:
            lexer.next(EXPR)
            made.sh_type = Expr("num", (SECTION_TYPES[name.text],))
        else:
            made.sh_type = parse_expression(lexer)
        if made.type == "READONLY":
            lexer.expect(")", EXPR)
    elif token.text not in TYPES:
        raise lexer.refuse(token, f"unknown section type `{token.text}`", "known are " + ", ".join(TYPES))
    lexer.expect(")", EXPR)


def _opens(lexer: Lexer) -> bool:
    here = lexer.offset
    lexer.next(NAME)
    found = lexer.peek(NAME).text == "("
    lexer.offset = here
    return found


def _at_region(lexer: Lexer) -> bool:
    return re.match(r"\s*AT\s*>", lexer.text[lexer.offset:lexer.offset + 200]) is not None or \
        lexer.text.startswith("AT", lexer.peek(NAME).at)


def _word(lexer: Lexer, what: str) -> str:
    token = lexer.next(NAME)
    if token.kind not in ("name", "string"):
        raise lexer.refuse(token, f"expected the name of {what}")
    return token.text


