"""The compiled build: machine code of the hot modules, made by `make fast`, used when it is there and fits the sources.

It lies in the folder `_compiled` beside this file: one library with all of them, and MANIFEST, which names the compiled modules
and the sources they were made from. If one of them has changed since, nothing of the folder is used: old code
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
SHARED: Final = "starklink_compiled"


class Finder:
    """Finds the compiled modules in the library `file`, and loads them; everything else is none of its business."""

    def __init__(self, file: str, modules: set[str]) -> None:
        self.file: Final = file
        self.modules: Final = modules
        self.library: Any = None
        self.load: Any = None

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The import system's question."""
        if name not in self.modules:
            return None
        from importlib.machinery import ModuleSpec

        spec = ModuleSpec(name, self, origin=self.file)  # type: ignore[arg-type]
        spec.has_location = True
        return spec

    def create_module(self, spec: ModuleSpec) -> Any:
        """The module, which has run already. The library offers a function for each (tools/fast_loader.c)."""
        if self.library is None:
            self.load = self._extension(SHARED + "_loader").load
            self.library = self._extension(SHARED + "__mypyc")
        return self.load(getattr(self.library, "init_" + spec.name.replace(".", "___")))

    def exec_module(self, module: Any) -> None:
        """Nothing is left to do."""

    def _extension(self, name: str) -> Any:
        """An extension module that the library is."""
        from importlib.machinery import ExtensionFileLoader, ModuleSpec

        loader = ExtensionFileLoader(name, self.file)
        spec = ModuleSpec(name, loader, origin=self.file)
        spec.has_location = True
        sys.modules[name] = module = loader.create_module(spec)
        module.__file__, module.__spec__ = self.file, spec
        loader.exec_module(module)
        return module


def digest(path: str) -> str:
    """Digest of a source file's content."""
    from importlib.util import source_hash

    with open(path, "rb") as file:
        return source_hash(file.read()).hex()


def describe(package: str | os.PathLike[str], modules: list[str], sources: list[str]) -> str:
    """Text of a MANIFEST: the suffix of extension modules, which tells Python and platform, the compiled modules, then size, time
    and digest of each source, as they are now."""
    from importlib.machinery import EXTENSION_SUFFIXES

    lines = [EXTENSION_SUFFIXES[0], " ".join(modules)]
    for source in sources:
        path = os.path.join(package, source + ".py")
        known = os.stat(path)
        lines.append(f"{known.st_size} {known.st_mtime_ns} {digest(path)} {source}")
    return "\n".join(lines) + "\n"


def problem(folder: str | os.PathLike[str], package: str | os.PathLike[str]) -> str:
    """Why a compiled build cannot be used, "" if it can."""
    try:
        with open(os.path.join(folder, "MANIFEST"), encoding="utf-8") as file:
            suffix, _, *lines = file.read().splitlines()
    except (OSError, ValueError):
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
count: int = 0
"""How many there are."""
reason: str = ""
"""Why they are not."""


def install() -> None:
    """Let the import system find the compiled modules, if there are any that fit."""
    global active, count, reason
    wish = os.environ.get("STARKLINK_BUILD", "")
    reason = "STARKLINK_BUILD=pure" if wish == "pure" else problem(FOLDER, os.path.dirname(__file__))
    if reason:
        if wish == "compiled":
            raise ImportError(f"STARKLINK_BUILD=compiled, but {reason} (make fast)")
        return
    with open(os.path.join(FOLDER, "MANIFEST"), encoding="utf-8") as manifest:
        suffix, names = manifest.readline().strip(), manifest.readline().split()
    count = len(names)
    modules = {"starklink." + name.replace("/", ".") for name in names}
    sys.meta_path.insert(0, Finder(os.path.join(FOLDER, SHARED + "__mypyc" + suffix), modules))
    active = True


def status() -> str:
    """Which build runs, for people."""
    return f"compiled build, {count} modules" if active else f"pure Python ({reason})"
