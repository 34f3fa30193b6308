"""The compiled build: machine code of the hot modules, made by `make fast`, used when it is there and fits the sources.

It lies in the folder `_compiled` beside this file: an extension module per compiled module, the library they share, and
MANIFEST, which names the sources it was made from. If one of them has changed since, nothing of the folder is used: old code
beside new sources would be a riddle. `STARKLINK_BUILD=pure` in the environment leaves it alone; `STARKLINK_BUILD=compiled`
makes it an error that it is missing or old.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False       # `typing` takes longer to load than a small link
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from typing import Any, Final

FOLDER: Final = os.path.join(os.path.dirname(__file__), "_compiled")
SHARED: Final = "starklink_compiled__mypyc"


class Finder:
    """Finds the compiled modules; everything else is none of its business. `files` are paths by module name."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files: Final = files

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The import system's question."""
        file = self.files.get(name)
        if file is None:
            return None
        from importlib.machinery import ExtensionFileLoader, ModuleSpec

        spec = ModuleSpec(name, ExtensionFileLoader(name, file), origin=file)
        spec.has_location = True
        return spec


def digest(path: str) -> str:
    """Digest of a source file's content."""
    from importlib.util import source_hash

    with open(path, "rb") as file:
        return source_hash(file.read()).hex()


def describe(package: str | os.PathLike[str], sources: list[str]) -> str:
    """Text of a MANIFEST: the suffix of extension modules, which tells Python and platform, then size, time and digest of each
    source, as they are now."""
    from importlib.machinery import EXTENSION_SUFFIXES

    lines = [EXTENSION_SUFFIXES[0]]
    for source in sources:
        path = os.path.join(package, source + ".py")
        known = os.stat(path)
        lines.append(f"{known.st_size} {known.st_mtime_ns} {digest(path)} {source}")
    return "\n".join(lines) + "\n"


def problem(folder: str | os.PathLike[str], package: str | os.PathLike[str]) -> str:
    """Why a compiled build cannot be used, "" if it can."""
    try:
        with open(os.path.join(folder, "MANIFEST"), encoding="utf-8") as file:
            suffix, *lines = file.read().splitlines()
    except OSError:
        return "there is no compiled build"
    from importlib.machinery import EXTENSION_SUFFIXES

    if suffix != EXTENSION_SUFFIXES[0]:
        return f"the compiled build is for another Python ({suffix})"
    for line in lines:
        size, time, content, source = line.split(" ", 3)
        path = os.path.join(package, source + ".py")
        try:
            known = os.stat(path)
            if (known.st_size, known.st_mtime_ns) != (int(size), int(time)) and digest(path) != content:
                return f"the compiled build is old: {source}.py has changed"
        except OSError:
            return f"the compiled build is old: {source}.py is gone"
    return ""


active: bool = False
"""True if the compiled modules are in use."""
reason: str = ""
"""Why they are not."""


def install() -> None:
    """Let the import system find the compiled modules, if there are any that fit."""
    global active, reason
    wish = os.environ.get("STARKLINK_BUILD", "")
    reason = "STARKLINK_BUILD=pure" if wish == "pure" else problem(FOLDER, os.path.dirname(__file__))
    if reason:
        if wish == "compiled":
            raise ImportError(f"STARKLINK_BUILD=compiled, but {reason} (make fast)")
        return
    suffix = "." + sys.implementation.cache_tag
    files = {name.split(suffix)[0]: os.path.join(FOLDER, name) for name in os.listdir(FOLDER) if name != "MANIFEST"}
    sys.meta_path.insert(0, Finder(files))
    active = True


def status() -> str:
    """Which build runs, for people."""
    return f"compiled build, {len(os.listdir(FOLDER)) - 2} modules" if active else f"pure Python ({reason})"
