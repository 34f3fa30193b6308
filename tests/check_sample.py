"""Checking program texts in tests: parse, check, and the problems as `FS0201@3:5` lines."""

from __future__ import annotations

from starklink.frontend import ast
from starklink.frontend.check import check
from starklink.frontend.lexer import lex
from starklink.frontend.parser import IdCounter, parse
from starklink.frontend.typed import Typed
from starklink.runtime import library
from starklink.support.diagnostics import Bag
from starklink.support.spans import SourceMap


class RuntimeLibrary:
    """The runtime library's files, parsed when they are asked for."""

    def __init__(self, sources: SourceMap, bag: Bag, ids: IdCounter) -> None:
        self.sources = sources
        self.bag = bag
        self.ids = ids
        self.files: dict[str, ast.File] = {}

    def find(self, name: str) -> ast.File | None:
        """The file that declares a function, global or exception class."""
        file = library.find(name)
        if file is None:
            return None
        if file not in self.files:
            source = self.sources.add(f"<{file}>", library.text(file), runtime=True)
            self.files[file] = parse(lex(source, self.bag), self.bag, self.ids)
        return self.files[file]


class Checked:
    """A checked program: `typed`, `bag`, and the problems as text."""

    def __init__(self, *texts: str) -> None:
        self.sources = SourceMap()
        self.bag = Bag(self.sources)
        ids = IdCounter()
        files = []
        for number, text in enumerate(texts):
            name = "main.fsh" if number == len(texts) - 1 else f"lib{number}.fsh"
            files.append(parse(lex(self.sources.add(name, text), self.bag), self.bag, ids))
        self.files = files
        self.typed: Typed | None = None
        if not self.bag.error_count:
            self.typed = check(files, self.sources, self.bag, RuntimeLibrary(self.sources, self.bag, ids), ids)

    def problems(self) -> list[str]:
        """`CODE@line:column` of every diagnostic, in order."""
        found = []
        for item in self.bag.sorted():
            where = self.sources.locate(item.start)
            file = "" if where.file == "main.fsh" else f"{where.file}:"
            found.append(f"{item.code}@{file}{where.line}:{where.column}")
        return found


def problems(*texts: str) -> list[str]:
    """The problems of a program; the last text is the entry file, the others are imported."""
    return Checked(*texts).problems()
