"""Linker scripts as GNU ld reads them, compiled to a `Plan`. Errors point at their place; all of them are reported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ...support.diagnostics import Bag
from ...support.spans import SourceMap
from ..errors import LinkError
from ..plan import Expr, FileInput, Insert, OutputSection, Phdr, Plan, Region
from .defsym import problems_of
from .expressions import parse_expression
from .lexer import EXPR, MOST_ERRORS, NAME, PATTERN, VERSION, Lexer, Refused, Token, recover
from .sections import Sections, assignment
from .versions import VersionScript, check_nodes, parse_nodes

Include = Callable[[str], tuple[str, str] | None]
"""Finds the file of an INCLUDE: (name for messages, text), None if there is none."""

INCLUDE_DEPTH: Final = 10
SEGMENT_TYPES: Final = {"PT_NULL": 0, "PT_LOAD": 1, "PT_DYNAMIC": 2, "PT_INTERP": 3, "PT_NOTE": 4, "PT_SHLIB": 5, "PT_PHDR": 6,
                        "PT_TLS": 7, "PT_GNU_EH_FRAME": 0x6474E550, "PT_GNU_STACK": 0x6474E551, "PT_GNU_RELRO": 0x6474E552,
                        "PT_GNU_PROPERTY": 0x6474E553}


def parse_script(name: str, text: str, include: Include | None = None) -> Plan:
    """Read a linker script; `name` is shown in messages. Raises LinkError with one text with a caret per error."""
    sources = SourceMap()
    bag = Bag(sources)
    plan = read_script(name, text, sources, bag, include)
    if bag.error_count:
        raise LinkError(problems_of(bag))
    return plan


def read_script(name: str, text: str, sources: SourceMap, bag: Bag, include: Include | None = None,
                bare: bool = False) -> Plan:
    """The same with the findings left in `bag`; positions of the plan belong to `sources`. `bare`: the text stands for what is
    inside SECTIONS, which may be there."""
    parser = _Parser(sources, bag, include)
    lexer = Lexer(sources.add(name, text), bag)
    if bare and lexer.peek(NAME).text != "SECTIONS":
        inner = Sections(lexer, parser.include, parser.plan.no_cross_refs.append, parser.entry)
        parser.loop(lexer, inner.statement)
        parser.plan.statements += inner.out
    else:
        parser.loop(lexer, parser.command)
    parser.finish()
    return parser.plan


TARGETS: Final = ("binary", "elf64-x86-64", "elf32-i386", "default")

class _Parser:
    def __init__(self, sources: SourceMap, bag: Bag, include: Include | None) -> None:
        self.sources = sources
        self.bag = bag
        self.find = include
        self.plan = Plan(sources=sources)
        self.depth = 0
        self.included = 0
        self.commands: dict[str, Callable[[Lexer, Token], None]] = {
            "SECTIONS": self._sections, "MEMORY": self._memory, "PHDRS": self._phdrs, "ENTRY": self._entry_word,
            "OUTPUT": self._output, "TARGET": self._target, "OUTPUT_FORMAT": self._output_format, "OUTPUT_ARCH": self._arch,
            "SEARCH_DIR": self._search_dir, "INPUT": self._input, "GROUP": self._input, "STARTUP": self._startup,
            "EXTERN": self._extern, "INCLUDE": self._include_word, "INSERT": self._insert, "VERSION": self._version,
            "NOCROSSREFS": self._nocrossrefs, "NOCROSSREFS_TO": self._nocrossrefs, "REGION_ALIAS": self._alias,
            "FORCE_COMMON_ALLOCATION": self._flag, "INHIBIT_COMMON_ALLOCATION": self._flag, "FORCE_GROUP_ALLOCATION": self._flag,
            "LD_FEATURE": self._feature, "FLOAT": self._ignored, "NOFLOAT": self._ignored, "HLL": self._hll,
            "OVERLAY": self._misplaced,
        }

    def loop(self, lexer: Lexer, step: Callable[[Lexer], None], close: str = "") -> None:
        """Run `step` until the text ends, or `close` comes, which is taken. Errors are reported, and reading goes on."""
        while True:
            before = lexer.offset
            try:
                if close and lexer.take(close, NAME):
                    return
                if lexer.peek(NAME).kind == "end":
                    if close:
                        raise lexer.refuse(lexer.peek(NAME), f"expected `{close}`, found the end of the file")
                    return
                step(lexer)
            except Refused:
                if self.bag.error_count > MOST_ERRORS:
                    lexer.offset = len(lexer.text)
                    return
                if not recover(lexer, before):
                    return

    def command(self, lexer: Lexer) -> None:
        """One command at the top of a script."""
        if lexer.take(";", NAME) or lexer.take(",", NAME):
            return
        token = lexer.peek(NAME)
        known = self.commands.get(token.text) if token.kind == "name" else None
        if known is not None:
            lexer.next(NAME)
            known(lexer, token)
            return
        made = assignment(lexer)
        if made is None:
            lexer.next(PATTERN)
            raise lexer.refuse(token, f"unknown command `{token.text}`", _similar(token.text, list(self.commands)))
        self.plan.statements.append(made)

    def finish(self) -> None:
        """What only the whole script shows."""
        names = {name: region for region in self.plan.regions for name in (region.name, *region.names)}
        phdrs = {one.name for one in self.plan.phdrs or []} | {"NONE"}
        groups = [self.plan.statements, *(one.statements for one in self.plan.inserts)]
        for out in (one for group in groups for one in group):
            if not isinstance(out, OutputSection):
                continue
            for region in (out.region, out.lma_region):
                if region and region not in names:
                    self.bag.error("LS030", out.start, out.end, f"the section {out.name} goes to the region {region}, which "
                                   "MEMORY does not define", _similar(region, list(names)))
            for phdr in out.phdrs:
                if self.plan.phdrs is not None and phdr not in phdrs:
                    self.bag.error("LS031", out.start, out.end, f"the section {out.name} goes to the program header {phdr}, "
                                   "which PHDRS does not define", _similar(phdr, sorted(phdrs)))

    # -- commands ------------------------------------------------------------------------------------------------------

    def _sections(self, lexer: Lexer, token: Token) -> None:
        lexer.expect("{", NAME, "behind SECTIONS")
        self.plan.sections_seen = True
        inner = Sections(lexer, self.include, self.plan.no_cross_refs.append, self.entry)
        self.depth += 1
        self.loop(lexer, inner.statement, "}")
        self.depth -= 1
        self.plan.statements += inner.out

    def _memory(self, lexer: Lexer, token: Token) -> None:
        lexer.expect("{", NAME, "behind MEMORY")
        self.loop(lexer, self._region, "}")

    def _region(self, lexer: Lexer) -> None:
        if lexer.take(";", NAME) or lexer.take(",", NAME):
            return
        token = lexer.next(NAME)
        if token.text == "INCLUDE":
            self.include(lexer, token, self._region)
            return
        if token.kind not in ("name", "string"):
            raise lexer.refuse(token, f"expected the name of a memory region, found `{token.text}`")
        made = Region(token.text, Expr("num", (0,)), Expr("num", (0,)), start=lexer.file.base + token.at)
        if lexer.take("(", PATTERN):
            self._region_attributes(lexer, made)
        lexer.expect(":", NAME)
        for words in (("ORIGIN", "org", "o"), ("LENGTH", "len", "l")):
            name = lexer.next(NAME)
            if name.text not in words:
                raise lexer.refuse(name, f"expected `{words[0]}`, found `{name.text}`")
            lexer.expect("=", NAME)
            value = parse_expression(lexer)
            if words[0] == "ORIGIN":
                made.origin = value
                lexer.take(",", NAME)
            else:
                made.length = value
        if self.plan.region(made.name) is not None:
            raise lexer.refuse(token, f"the region {made.name} is defined twice")
        self.plan.regions.append(made)

    def _region_attributes(self, lexer: Lexer, made: Region) -> None:
        inverted = False
        while not lexer.take(")", PATTERN):
            token = lexer.next(PATTERN)
            if token.kind != "name":
                raise lexer.refuse(token, "expected attributes of a region such as (rx) or (!w)")
            for letter in token.text:
                if letter == "!":
                    inverted = not inverted
                elif letter.lower() not in "rwxail":
                    raise lexer.refuse(token, f"unknown attribute `{letter}` of a region", "known are r, w, x, a, i, l and !")
                elif inverted:
                    made.excluded += letter.lower()
                else:
                    made.attributes += letter.lower()

    def _phdrs(self, lexer: Lexer, token: Token) -> None:
        lexer.expect("{", NAME, "behind PHDRS")
        self.plan.phdrs = self.plan.phdrs or []
        self.loop(lexer, self._phdr, "}")

    def _phdr(self, lexer: Lexer) -> None:
        if lexer.take(";", NAME):
            return
        token = lexer.next(NAME)
        if token.kind not in ("name", "string"):
            raise lexer.refuse(token, f"expected the name of a program header, found `{token.text}`")
        kind = lexer.peek(EXPR)
        if kind.text in SEGMENT_TYPES:
            lexer.next(EXPR)
            made = Phdr(token.text, Expr("num", (SEGMENT_TYPES[kind.text],)), start=lexer.file.base + token.at)
        elif kind.kind == "name":
            raise lexer.refuse(kind, f"unknown program header type `{kind.text}`", _similar(kind.text, list(SEGMENT_TYPES)))
        else:
            made = Phdr(token.text, parse_expression(lexer), start=lexer.file.base + token.at)
        while not lexer.take(";", NAME):
            word = lexer.next(NAME)
            if word.text == "FILEHDR":
                made.filehdr = True
            elif word.text == "PHDRS":
                made.phdrs = True
            elif word.text in ("AT", "FLAGS"):
                lexer.expect("(", EXPR)
                value = parse_expression(lexer)
                lexer.expect(")", EXPR)
                made.at, made.flags = (value, made.flags) if word.text == "AT" else (made.at, value)
            else:
                raise lexer.refuse(word, f"expected FILEHDR, PHDRS, AT, FLAGS or `;`, found `{word.text}`")
        if self.plan.phdrs is not None:
            self.plan.phdrs.append(made)

    def _entry_word(self, lexer: Lexer, token: Token) -> None:
        self.entry(lexer)

    def entry(self, lexer: Lexer) -> None:
        lexer.expect("(", NAME)
        self.plan.entry = self._one_name(lexer, "a symbol")
        lexer.expect(")", NAME)

    def _one_name(self, lexer: Lexer, what: str, mode: str = NAME) -> str:
        token = lexer.next(mode)
        if token.kind not in ("name", "string"):
            raise lexer.refuse(token, f"expected the name of {what}, found `{token.text or 'the end of the file'}`")
        return token.text

    def _names(self, lexer: Lexer, what: str) -> list[str]:
        lexer.expect("(", PATTERN)
        found: list[str] = []
        while not lexer.take(")", PATTERN):
            if not lexer.take(",", PATTERN):
                found.append(self._one_name(lexer, what, PATTERN))
        return found

    def _output(self, lexer: Lexer, token: Token) -> None:
        self.plan.output = (self._names(lexer, "a file") or [""])[0]

    def _target(self, lexer: Lexer, token: Token) -> None:
        name = self.plan.target = (self._names(lexer, "a target") or [""])[0]
        if name not in TARGETS:
            raise lexer.refuse(token, f"unknown target `{name}`; there are {', '.join(TARGETS[:-1])}")

    def _output_format(self, lexer: Lexer, token: Token) -> None:
        self.plan.output_format = tuple(self._names(lexer, "an output format"))
        if len(self.plan.output_format) not in (1, 3):
            raise lexer.refuse(token, "OUTPUT_FORMAT takes one name, or three: default, big and little endian")

    def _arch(self, lexer: Lexer, token: Token) -> None:
        self.plan.output_arch = (self._names(lexer, "an architecture") or [""])[0]

    def _search_dir(self, lexer: Lexer, token: Token) -> None:
        self.plan.search_dirs += self._names(lexer, "a directory")

    def _startup(self, lexer: Lexer, token: Token) -> None:
        self.plan.startup = (self._names(lexer, "a file") or [""])[0]

    def _extern(self, lexer: Lexer, token: Token) -> None:
        self.plan.extern += self._names(lexer, "a symbol")

    def _input(self, lexer: Lexer, token: Token) -> None:
        lexer.expect("(", PATTERN)
        self._files(lexer, token.text == "GROUP", False)

    def _files(self, lexer: Lexer, group: bool, as_needed: bool) -> None:
        while not lexer.take(")", PATTERN):
            if lexer.take(",", PATTERN):
                continue
            token = lexer.next(PATTERN)
            if token.kind not in ("name", "string"):
                raise lexer.refuse(token, f"expected the name of a file, found `{token.text or 'the end of the file'}`")
            if token.text == "AS_NEEDED" and lexer.take("(", PATTERN):
                if as_needed:
                    raise lexer.refuse(token, "AS_NEEDED cannot be nested")
                self._files(lexer, group, True)
            else:
                binary = self.plan.target == "binary"
                self.plan.inputs.append(FileInput(token.text, as_needed, group, lexer.file.base + token.at, binary))

    def _include_word(self, lexer: Lexer, token: Token) -> None:
        self.include(lexer, token, self.command)

    def include(self, lexer: Lexer, token: Token, step: Callable[[Lexer], None]) -> None:
        """INCLUDE file: run a loop over its text."""
        name = lexer.next(PATTERN)
        if name.kind not in ("name", "string"):
            raise lexer.refuse(name, "INCLUDE needs the name of a file")
        if self.included >= INCLUDE_DEPTH:
            raise lexer.refuse(name, f"INCLUDE is nested more than {INCLUDE_DEPTH} levels deep")
        found = self.find(name.text) if self.find is not None else None
        if found is None:
            raise lexer.refuse(name, f"cannot find the file {name.text}", "it is looked for here and in the directories of -L")
        self.included += 1
        self.loop(Lexer(self.sources.add(found[0], found[1]), self.bag), step)
        self.included -= 1

    def _insert(self, lexer: Lexer, token: Token) -> None:
        word = lexer.next(NAME)
        if word.text not in ("BEFORE", "AFTER"):
            raise lexer.refuse(word, f"expected BEFORE or AFTER, found `{word.text}`")
        where = self._one_name(lexer, "an output section")
        self.plan.inserts.append(Insert(where, word.text == "BEFORE", self.plan.statements, lexer.file.base + token.at))
        self.plan.statements = []
        self.plan.sections_seen = False

    def _version(self, lexer: Lexer, token: Token) -> None:
        lexer.expect("{", VERSION, "behind VERSION")
        start = lexer.offset
        script = VersionScript()
        parse_nodes(lexer, script, "}")
        check_nodes(script, self.bag)
        stop = lexer.offset
        lexer.expect("}", VERSION)
        self.plan.version_text += lexer.text[start:stop] + "\n"
        self.plan.version_start = self.plan.version_start or lexer.file.base + start

    def _nocrossrefs(self, lexer: Lexer, token: Token) -> None:
        names = self._names(lexer, "a section")
        (self.plan.no_cross_refs if token.text == "NOCROSSREFS" else self.plan.no_cross_refs_to).append(names)

    def _alias(self, lexer: Lexer, token: Token) -> None:
        lexer.expect("(", NAME)
        alias = lexer.next(NAME)
        lexer.expect(",", NAME)
        name = lexer.next(NAME)
        lexer.expect(")", NAME)
        region = self.plan.region(name.text)
        if region is None:
            raise lexer.refuse(name, f"the region {name.text} is not defined",
                               _similar(name.text, [one.name for one in self.plan.regions]))
        if self.plan.region(alias.text) is not None:
            raise lexer.refuse(alias, f"the region {alias.text} is defined twice")
        region.names.append(alias.text)

    def _flag(self, lexer: Lexer, token: Token) -> None:
        if token.text == "FORCE_COMMON_ALLOCATION":
            self.plan.force_common = True
        elif token.text == "INHIBIT_COMMON_ALLOCATION":
            self.plan.inhibit_common = True
        else:
            self.plan.force_group = True

    def _feature(self, lexer: Lexer, token: Token) -> None:
        self.plan.ld_features += self._names(lexer, "a feature")

    def _ignored(self, lexer: Lexer, token: Token) -> None:
        pass

    def _hll(self, lexer: Lexer, token: Token) -> None:
        self._names(lexer, "a library")

    def _misplaced(self, lexer: Lexer, token: Token) -> None:
        raise lexer.refuse(token, f"{token.text} belongs into SECTIONS {{ }}")


def _similar(word: str, known: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(word, known, 1)
    return f"do you mean {close[0]}?" if close else ""
