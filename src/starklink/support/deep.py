"""Deep recursion: plain Python calls of CPython 3.11+ live on the heap, so only the interpreter's counter limits their depth.

Compiled functions (starklink/compiled.py) lie on the machine's stack instead. The phases that follow the nesting of a program
run on a large one then, and the counter, which compiled code moves once per node when it goes through a table of functions,
stays below what fits.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from .. import compiled

P = ParamSpec("P")
T = TypeVar("T")

FRAMES: Final = 20_000_000
"""Enough for the nesting the language allows (fluxsharp.md section 35) in every phase: memory is the bound, not this."""
NODE: Final = 3_000
"""Bytes of machine stack a compiled phase needs at most for what the counter counts as one."""
STACK: Final = 4 << 30
"""Bytes of address space for the large stack; touched pages cost memory, the others nothing."""


class deep_recursion:
    """Raise the recursion limit inside `with deep_recursion()`, to `frames`.

    No C function may stand between recursive frames: no `map`, no sort keys, no generators, no `with`.
    """

    def __init__(self, frames: int = FRAMES) -> None:
        self.frames = frames

    def __enter__(self) -> None:
        self.before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(self.before, min(self.frames, _room // NODE) if compiled.active else self.frames))

    def __exit__(self, *_: object) -> None:
        sys.setrecursionlimit(self.before)


_room: int = 4 << 20
"""Bytes of stack the phases run on."""


def on_deep_stack(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function where it can recurse deeply; what it raises is raised here."""
    global _room
    if not compiled.active:
        return function(*args, **kwargs)
    import _thread

    results: list[T] = []
    errors: list[BaseException] = []
    done = _thread.allocate_lock()
    done.acquire()

    def run() -> None:
        try:
            results.append(function(*args, **kwargs))
        except BaseException as error:
            errors.append(error)
        finally:
            done.release()

    before, room = _thread.stack_size(), STACK
    usual = _room
    while True:
        _room = room
        _thread.stack_size(room)
        try:
            _thread.start_new_thread(run, ())
            break
        except RuntimeError:            # less address space than that (`ulimit -v`)
            if room <= 16 << 20:
                raise MemoryError("no room for the stack") from None
            room //= 2
        finally:
            _thread.stack_size(before)
    done.acquire()
    _room = usual
    if errors:
        raise errors[0]
    return results[0]
