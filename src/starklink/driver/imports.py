"""Imports (fluxsharp.md section 15): which files a program consists of, in which order, and what is wrong with them.

Files are found before anything is parsed: positions ascend in import order, and the front end gives positions to whole
texts. `load` reads the files; `report` says afterwards, at the places the parser knows, what did not work.
"""

from __future__ import annotations

import errno
import os
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Final, NamedTuple

from ..frontend.imports import imported_paths
from ..frontend.source import decode_source, readable
from ..support.record import dataclass, field
from .session import Options, Session

if TYPE_CHECKING:
    from ..frontend.ast import File
    from ..support.spans import SourceFile

STANDARD: Final = os.path.join(os.path.dirname(os.path.dirname(__file__)), "std")
"""The folder of the packaged standard library; its files are imported as `std/NAME.fsh`."""
PLANNED: Final = {"std/list.fsh": "List<T>", "std/map.fsh": "Map<K, V>"}
"""Files of the standard library that wait for generic types, with what they will declare."""


class Problem(NamedTuple):
    """Why an import does not work."""

    code: str
    message: str
    hint: str = ""


@dataclass(slots=True, eq=False)
class Source:
    """A file on its way into the program.

    `path` is what was opened, `name` what diagnostics show, `real` its identity ('' for text in memory). `problems` tells by
    the path written in an import what is wrong with it. `file` is None as long as it is not `finished`, and for what is no UTF-8.
    Files of the standard library are `standard`.
    """

    path: str
    name: str
    real: str
    data: bytes | None
    text: str
    finished: bool = False
    standard: bool = False
    imports: list[str] = field(default_factory=list)
    problems: dict[str, Problem] = field(default_factory=dict)
    file: SourceFile | None = None


def load_file(session: Session, options: Options, path: str) -> list[Source]:
    """The files of the program that starts in the file `path`, in import order. Raises OSError if that one cannot be read."""
    with open(path, "rb") as stream:
        data = stream.read()
    entry = Source(path, os.path.basename(path), os.path.realpath(path), data, readable(data))
    return _Loader(session, options, os.path.dirname(path) or ".").load(entry)


def load_text(session: Session, options: Options, text: str, name: str, path: str = "") -> list[Source]:
    """The files of the program that starts in `text`. `path` is where that would lie: imports are looked for beside it."""
    entry = Source(path, name, os.path.realpath(path) if path else "", None, text)
    return _Loader(session, options, (os.path.dirname(path) or ".") if path else None).load(entry)


def report(session: Session, source: Source, tree: File) -> None:
    """Report what is wrong with the imports of a parsed file: FS0601-FS0606, FS0907."""
    for one in tree.imports:
        problem = source.problems.get(one.path) if one.path is not None else None
        if problem is None:
            continue
        if one.legacy and problem.code == "FS0601":
            session.bag.warning("FS0907", one.start, one.end, problem.message + "; the line is ignored", problem.hint)
        else:
            session.bag.error(problem.code, one.start, one.end, problem.message, problem.hint)


class _Loader:
    """Reads the files of one program. `root` is the folder of the entry file, None for text from nowhere.

    Names of files count from `home`. `known` has the files by identity, `opened` by the paths that led to them; `folders` is the
    real path of each folder looked into.
    """

    def __init__(self, session: Session, options: Options, root: str | None) -> None:
        self.session = session
        self.options = options
        self.root = root
        self.home = root if root is not None else options.directory
        standard = os.path.realpath(STANDARD)
        folders = [os.path.realpath(one) for one in ([] if root is None else [root]) + list(options.include)]
        self.allowed = [*(one.rstrip("/") + "/" for one in folders), standard + "/"]
        self.standard = standard
        self.known: dict[str, Source] = {}
        self.opened: dict[str, Source] = {}
        self.folders: dict[str, str] = {}
        self.done: list[Source] = []

    def load(self, entry: Source) -> list[Source]:
        """Depth first, without recursion: a chain of imports may be as long as it likes."""
        if entry.real:
            self.known[entry.real] = entry
        entry.imports = imported_paths(entry.text)
        opened = [entry]  # files whose imports are being read, outermost first
        places = [0]
        depth = {entry.real: 0}
        while opened:
            source = opened[-1]
            if places[-1] == len(source.imports):
                self._finish(source)
                opened.pop()
                places.pop()
                del depth[source.real]
                continue
            written = source.imports[places[-1]]
            places[-1] += 1
            if written in source.problems:
                continue
            found = self._find(source, written)
            if isinstance(found, Problem):
                source.problems[written] = found
            elif found.real in depth:
                chain = " -> ".join(one.name for one in [*opened[depth[found.real] :], found])
                hint = "move what both files need into a third one"
                source.problems[written] = Problem("FS0603", f"circular import: {chain}", hint)
            elif not found.finished:
                found.imports = imported_paths(found.text)
                depth[found.real] = len(opened)
                opened.append(found)
                places.append(0)
        self.session.sources.entry = self.session.sources.files[-1]
        return self.done

    def _finish(self, source: Source) -> None:
        """Everything the file imports is there: it gets its positions."""
        sources, bag = self.session.sources, self.session.bag
        if source.data is None:
            source.file = sources.add(source.name, source.text, source.path)
        else:
            source.file = decode_source(source.data, sources, bag, source.name, source.path)
            source.data = None
        source.text = ""
        source.finished = True
        self.done.append(source)

    # -- looking for a file --------------------------------------------------------------------------------------------

    def _find(self, source: Source, written: str) -> Source | Problem:
        """The file an import means."""
        if not written.endswith(".fsh"):
            hint = f"write {_quoted(written + '.fsh')}" if self._exists(source, written + ".fsh") else ""
            return Problem("FS0602", f"{_quoted(written)} is not a .fsh file", hint)
        first: str | None = None
        for folder in self._folders(source, written):
            path = os.path.join(folder, written)
            opened = self.opened.get(path)
            if opened is not None:
                return opened
            try:
                real = self._real(path)
                mode = os.stat(path).st_mode
            except ValueError:
                return Problem("FS0601", f"file {_quoted(written)} not found", "a path cannot contain the character NUL")
            except OSError as error:
                if error.errno in (errno.ENOENT, errno.ENOTDIR):
                    first = first or real
                    continue
                reason = error.strerror or "unknown reason"
                return Problem("FS0606", f"file {_quoted(written)} cannot be read: {reason}")
            if not self._inside(real):
                return _leaves(written)
            found = self.known.get(real) or self._read(path, real, mode, written)
            if isinstance(found, Source):
                self.opened[path] = found
            return found
        if first is not None and not self._inside(first):
            return _leaves(written)
        return self._missing(source, written)

    def _real(self, path: str) -> str:
        """The path without links and `..`; the folder's is looked up once."""
        folder, name = os.path.split(path)
        known = self.folders.get(folder)
        if known is None:
            known = self.folders[folder] = os.path.realpath(folder)
        made = os.path.join(known, name)
        return os.path.realpath(path) if name in ("", ".", "..") or os.path.islink(made) else made

    def _folders(self, source: Source, written: str) -> list[str]:
        """Where the path is tried, in this order."""
        folders = [] if source.real == "" else [os.path.dirname(source.path) or "."]
        folders += self.options.include
        if written.startswith("std/"):
            folders.append(os.path.dirname(self.standard))
        return folders

    def _inside(self, real: str) -> bool:
        return real.startswith(tuple(self.allowed))

    def _exists(self, source: Source, written: str) -> bool:
        return "\0" not in written and any(
            os.path.exists(os.path.join(folder, written)) for folder in self._folders(source, written)
        )

    def _read(self, path: str, real: str, mode: int, written: str) -> Source | Problem:
        reason = "is a folder" if S_ISDIR(mode) else "is no ordinary file"
        if not S_ISREG(mode):
            return Problem("FS0606", f"file {_quoted(written)} cannot be read: it {reason}")
        try:
            with open(path, "rb") as stream:
                data = stream.read()
        except OSError as error:
            return Problem("FS0606", f"file {_quoted(written)} cannot be read: {error.strerror or error}")
        standard = real.startswith(self.standard + "/")
        if standard:
            shown, name = real, "std/" + real[len(self.standard) + 1 :]
        else:
            shown = os.path.normpath(path)
            if self._real(shown) != real:
                shown = real
            name = self.options.mapped(shown)
            if name == shown:
                name = os.path.relpath(shown, self.home)
        made = self.known[real] = Source(shown, name, real, data, readable(data), standard=standard)
        return made

    def _missing(self, source: Source, written: str) -> Problem:
        message = f"file {_quoted(written)} not found"
        if written in PLANNED:
            return Problem("FS0601", message, f"{PLANNED[written]} needs generic types, which are not supported yet")
        if "\\" in written:
            return Problem("FS0601", message, "the parts of a path are separated by '/'")
        from difflib import get_close_matches

        head, name = os.path.split(written)
        seen: list[str] = []
        for folder in self._folders(source, written):
            try:
                seen += sorted(one for one in os.listdir(os.path.join(folder, head)) if one.endswith(".fsh"))
            except (OSError, ValueError):
                pass
        own = os.path.basename(source.path)
        seen = [one for one in seen if one != own]
        close = get_close_matches(name, seen, 1, 0.6)
        if close and os.path.join(head, close[0]) != written:
            return Problem("FS0601", message, f"did you mean {_quoted(os.path.join(head, close[0]))}?")
        if source.real == "" and not self.options.include:
            return Problem("FS0601", message, "the program is text in memory: say with 'path' where it would lie")
        return Problem("FS0601", message, "paths count from the folder of the importing file, then from those given with -I")


def _quoted(path: str) -> str:
    """A path in a message: on one line whatever it contains."""
    return "'" + "".join(one if one.isprintable() else f"\\u{ord(one):04X}" for one in path) + "'"


def _leaves(written: str) -> Problem:
    hint = "imported files lie below the folder of the entry file or one given with -I"
    return Problem("FS0604", f"{_quoted(written)} leaves the project", hint)
