"""Version scripts and dynamic lists (GNU ld manual, "VERSION Command" and "--dynamic-list").

    V1 { global: open*; extern "C++" { "ns::f(int)"; ns::g*; }; local: *; };
    V2 { global: shut; } V1;

Which node a name belongs to: an exact name beats every glob, a glob beats `*`, and among
equals global beats local and the later node the earlier one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from ...support.diagnostics import Bag
from ...support.record import dataclass, field
from ...support.spans import SourceMap
from ..errors import LinkError
from .globs import compiled, is_wild
from .lexer import VERSION, Lexer, Refused, Token

Demangle = Callable[[str], str]
LANGUAGES: Final = ("C", "C++", "Java")
DEEPEST: Final = 20


class NamePattern(NamedTuple):
    """A symbol pattern; `literal`: no wildcards, or quoted. C++ patterns are compared with demangled names."""

    text: str
    language: str = "C"
    literal: bool = False
    start: int = 0

    def matches(self, name: str) -> bool:
        """Whether a name, demangled if the language asks for it, is meant."""
        return name == self.text if self.literal else compiled(self.text).match(name) is not None


@dataclass(slots=True, eq=False)
class VersionNode:
    """A version: `name` "" for the anonymous one, which may be alone only. `parents` are versions it continues."""

    name: str
    globals: list[NamePattern] = field(default_factory=list)
    locals: list[NamePattern] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)
    start: int = 0


@dataclass(slots=True, eq=False)
class VersionScript:
    """All nodes in order."""

    nodes: list[VersionNode] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """Version names in order (.gnu.version_d index 2 and up); [] for an anonymous script."""
        return [node.name for node in self.nodes if node.name]


def parse_version_script(name: str, text: str) -> VersionScript:
    """Read a version script; `name` is shown in messages. Raises LinkError with carets."""
    sources = SourceMap()
    bag = Bag(sources)
    script = VersionScript()
    parse_nodes(Lexer(sources.add(name, text), bag), script)
    check_nodes(script, bag)
    _raise(bag)
    return script


def parse_dynamic_list(name: str, text: str) -> list[NamePattern]:
    """Read a dynamic list: `{ foo; bar*; extern "C++" { ns::*; }; };`. Raises LinkError with carets."""
    sources = SourceMap()
    bag = Bag(sources)
    lexer = Lexer(sources.add(name, text), bag)
    found: list[NamePattern] = []
    try:
        while lexer.peek(VERSION).kind != "end":
            lexer.expect("{", VERSION)
            node = VersionNode("")
            _body(lexer, node, "C", 0, False)
            found += node.globals
            lexer.expect(";", VERSION, "behind the list")
    except Refused:
        pass
    _raise(bag)
    return found


def parse_nodes(lexer: Lexer, script: VersionScript, stop: str = "") -> None:
    """Read nodes up to the end of the text or `stop`. Errors go to the lexer's bag."""
    try:
        while True:
            token = lexer.peek(VERSION)
            if token.kind == "end" or (stop and token.text == stop and token.kind == "op"):
                return
            script.nodes.append(_node(lexer))
    except Refused:
        return


def _node(lexer: Lexer) -> VersionNode:
    token = lexer.peek(VERSION)
    node = VersionNode("", start=lexer.file.base + token.at)
    if token.kind == "name":
        node.name = lexer.next(VERSION).text
    lexer.expect("{", VERSION, "to open a version")
    _body(lexer, node, "C", 0, True)
    while lexer.peek(VERSION).kind == "name":
        node.parents.append(lexer.next(VERSION).text)
    lexer.expect(";", VERSION, "behind the version")
    return node


def _body(lexer: Lexer, node: VersionNode, language: str, depth: int, scopes: bool) -> None:
    """The patterns up to the closing brace, which is taken."""
    target = node.globals
    while True:
        token = lexer.next(VERSION)
        if token.kind == "op" and token.text == "}":
            return
        if token.kind == "op" and token.text == ";":
            continue
        if token.kind not in ("name", "string"):
            found = "the end of the file" if token.kind == "end" else f"`{token.text}`"
            raise lexer.refuse(token, f"expected a symbol pattern or `}}`, found {found}")
        if token.kind == "name" and token.text in ("global", "local") and lexer.take(":", VERSION):
            if not scopes:
                raise lexer.refuse(token, f"`{token.text}:` has no meaning in a dynamic list")
            target = node.globals if token.text == "global" else node.locals
            continue
        if token.kind == "name" and token.text == "extern" and lexer.peek(VERSION).kind == "string":
            _extern(lexer, target, depth)
        else:
            target.append(_pattern(lexer, token, language))
        _separator(lexer)


def _extern(lexer: Lexer, target: list[NamePattern], depth: int) -> None:
    token = lexer.next(VERSION)
    if token.text not in LANGUAGES:
        raise lexer.refuse(token, f'unknown language "{token.text}"', "known are C, C++ and Java")
    if depth >= DEEPEST:
        raise lexer.refuse(token, f"extern blocks are nested more than {DEEPEST} levels deep")
    lexer.expect("{", VERSION)
    inner = VersionNode("")
    _body(lexer, inner, token.text, depth + 1, False)
    target += inner.globals


def _separator(lexer: Lexer) -> None:
    """A `;`; the last one in front of a brace may be missing."""
    token = lexer.peek(VERSION)
    if token.text == "}" and token.kind == "op":
        return
    lexer.expect(";", VERSION, "behind the pattern")


def _pattern(lexer: Lexer, token: Token, language: str) -> NamePattern:
    literal = token.kind == "string" or not is_wild(token.text)
    return NamePattern(token.text, language, literal, lexer.file.base + token.at)


def check_nodes(script: VersionScript, bag: Bag) -> None:
    """What only all nodes together show: duplicate and missing versions, one name in two places."""
    seen: dict[str, VersionNode] = {}
    named: dict[tuple[str, str], tuple[int, bool]] = {}
    for number, node in enumerate(script.nodes):
        if not node.name and len(script.nodes) > 1:
            bag.error("LS020", node.start, node.start + 1, "an anonymous version cannot be combined with other versions",
                      "give it a name")
        if node.name in seen:
            bag.error("LS021", node.start, node.start + len(node.name), f"the version {node.name} is defined twice")
        for parent in node.parents:
            if parent not in seen:
                bag.error("LS022", node.start, node.start + len(node.name),
                          f"version {node.name} continues {parent}, which is not defined before it")
        seen[node.name] = node
        for patterns, local in ((node.globals, False), (node.locals, True)):
            for pattern in patterns:
                if not pattern.literal:
                    continue
                key = (pattern.language, pattern.text)
                known = named.setdefault(key, (number, local))
                # One name in several versions is how .symver symbols are listed; exported and local at once is a mistake.
                if known[1] != local:
                    bag.error("LS023", pattern.start, pattern.start + len(pattern.text),
                              f"`{pattern.text}` is both global and local in the version script")


def version_matcher(script: VersionScript, demangle: Demangle | None = None) -> Callable[[str], tuple[str, bool] | None]:
    """A function from a symbol name to (version, local?), None if no pattern matches. The version of an anonymous node is ""."""
    exact: dict[tuple[str, str], tuple[str, bool]] = {}
    wild: list[tuple[NamePattern, str, bool]] = []
    star: tuple[str, bool] | None = None
    for node in script.nodes:
        for patterns, local in ((node.globals, False), (node.locals, True)):
            for pattern in patterns:
                if pattern.literal:
                    exact.setdefault((pattern.language, pattern.text), (node.name, local))
                elif pattern.text == "*" and pattern.language == "C":
                    if star is None or star[1] or not local:
                        star = (node.name, local)
                else:
                    wild.append((pattern, node.name, local))
    # Global beats local, the later node the earlier one: the first hit in this order wins.
    ordered = [row for row in reversed(wild) if not row[2]] + [row for row in reversed(wild) if row[2]]
    languages = {language for language, _ in exact} | {pattern.language for pattern, _, _ in ordered}
    foreign = bool(languages - {"C"}) and demangle is not None

    def find(name: str) -> tuple[str, bool] | None:
        found = exact.get(("C", name))
        if found is not None:
            return found
        plain = name
        if foreign and demangle is not None:
            plain = demangle(name)
            found = exact.get(("C++", plain)) or exact.get(("Java", plain))
            if found is not None:
                return found
        for pattern, version, local in ordered:
            if pattern.matches(name if pattern.language == "C" else plain):
                return version, local
        return star

    return find


def list_matcher(patterns: list[NamePattern], demangle: Demangle | None = None) -> Callable[[str], bool]:
    """A function that says whether a dynamic list names a symbol."""
    find = version_matcher(VersionScript([VersionNode("", list(patterns))]), demangle)
    return lambda name: find(name) is not None


def _raise(bag: Bag) -> None:
    if bag.error_count:
        from .defsym import problems_of

        raise LinkError(problems_of(bag))


