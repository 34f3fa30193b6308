"""Options of a compilation, the clock over its phases, and the guard that turns a fault into a sentence."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

from ..frontend.cursor import IdCounter
from ..support.arena import TooLarge
from ..support.deep import deep_recursion
from ..support.diagnostics import Bag
from ..support.record import dataclass, field
from ..support.spans import SourceMap
from .errors import CompileError, InternalError

TARGETS: Final = ("linux", "pc")


@dataclass(frozen=True, slots=True)
class Options:
    """How to compile. `prefix_map` replaces leading parts of file names in the output; `dwarf` is 4 or 5.

    `directory` is where relative file names count from, for debuggers (default: the current directory). `include` are
    the folders where imports are looked for behind that of the importing file. `disabled` are the codes of warnings
    nobody wants to see, with `werror` the others are errors. `null_faults` False: null checks are explicit at -O2, too.
    """

    target: str = "linux"
    level: int = 1
    debug: bool = True
    dwarf: int = 5
    strip: bool = False
    prefix_map: tuple[tuple[str, str], ...] = ()
    directory: str = field(default_factory=os.getcwd)
    include: tuple[str, ...] = ()
    disabled: frozenset[str] = frozenset()
    werror: bool = False
    null_faults: bool = True

    def __post_init__(self) -> None:
        if self.target not in TARGETS:
            raise ValueError(f"unknown target {self.target!r}, known are {', '.join(TARGETS)}")
        if self.level not in (0, 1, 2):
            raise ValueError(f"optimisation level is 0, 1 or 2, not {self.level}")
        if self.dwarf not in (4, 5):
            raise ValueError(f"DWARF version is 4 or 5, not {self.dwarf}")

    def mapped(self, path: str) -> str:
        """A path as the output shows it: the last matching `prefix_map` entry wins."""
        for old, new in reversed(self.prefix_map):
            if path.startswith(old):
                return new + path[len(old) :]
        return path


@dataclass(slots=True, eq=False)
class Session:
    """One compilation's surroundings: sources, diagnostics, the times of its phases (seconds, in order) and wanted
    dumps."""

    sources: SourceMap = field(default_factory=SourceMap)
    times: list[tuple[str, float]] = field(default_factory=list)
    wanted: frozenset[str] = frozenset()
    dumps: list[tuple[str, str]] = field(default_factory=list)
    on_dump: Callable[[str], object] | None = None
    bag: Bag = field(init=False)
    ids: IdCounter = field(init=False)

    def __post_init__(self) -> None:
        self.bag = Bag(self.sources)
        self.ids = IdCounter()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time a phase. A fault inside becomes InternalError, exhausted memory FS0803, too deep nesting FS0802."""
        start = perf_counter()
        try:
            yield
        except (CompileError, InternalError, OSError, KeyboardInterrupt):
            raise
        except TooLarge as error:
            self.bag.error("FS0803", error.pos, error.pos + 1, str(error))
            raise CompileError(self.bag) from None
        except MemoryError:
            self.bag.error("FS0803", 0, 0, f"compiler out of memory (in phase {name})")
            raise CompileError(self.bag) from None
        except RecursionError as error:
            from .failure import position

            pos = position(error)
            self.bag.error("FS0802", pos, pos + 1, "nested too deeply")
            raise CompileError(self.bag) from None
        except Exception as error:
            from ..linker.errors import LinkError
            from .failure import where

            if isinstance(error, LinkError):
                raise
            raise InternalError(name, where(error, self.sources), error) from error
        finally:
            self.times.append((name, perf_counter() - start))

    def check(self, werror: bool = False) -> None:
        """Raise CompileError if there are errors so far; an error in the library is a fault of ours. `werror`:
        warnings count."""
        if werror:
            self.bag.promote()
        if self.bag.error_count:
            for item in self.bag.items:
                file = self.sources.file_at(item.start)
                if file is not None and file.runtime and item.severity == "error":
                    place = self.sources.locate(item.start)
                    where = f"{place.file}:{place.line}:{place.column}"
                    raise InternalError("library", where, ValueError(f"{item.code}: {item.message}"))
            raise CompileError(self.bag)

    def timings(self) -> str:
        """The times of all phases as text, in milliseconds; those of one name (one per file) added up."""
        sums: dict[str, float] = {}
        for name, seconds in self.times:
            sums[name] = sums.get(name, 0.0) + seconds
        rows = [f"{1000 * seconds:9.2f} ms  {name}" for name, seconds in sums.items()]
        rows.append(f"{1000 * sum(sums.values()):9.2f} ms  total")
        return "\n".join(rows) + "\n"


@contextmanager
def compiling() -> Iterator[None]:
    """Settings while compiling: deep recursion allowed, no garbage collection (everything made is kept to the end)."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        with deep_recursion():
            yield
    finally:
        if collecting:
            gc.enable()
