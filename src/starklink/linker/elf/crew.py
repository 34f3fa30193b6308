"""Copying and relocating by two processes: after the layout nothing but the bytes of the output is still to be made.

Large output sections are cut into parts. The numbers of all parts lie in a pipe from which both processes take the next one, so
neither waits for the other whatever else the machine does. The bytes go into the shared mapping of the output; what else a part
comes to (dynamic relocations, problems) the helper sends back, and it is put together in the order of the parts: the output does
not depend on who did what. An error of the helper is raised here.
"""

from __future__ import annotations

import os
import signal
import sys
from bisect import bisect_left
from itertools import pairwise
from struct import pack, unpack
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import LinkError
from .apply import TooFar, Work, relocate_output, relocate_part

if TYPE_CHECKING:
    from .bulk import Bulk
    from .tables import Context, Output

LARGE: int = 24 << 20
"""Bytes of output from which a second process pays."""
PART: int = 4 << 20
"""Bytes of one part, about."""
_MOST: int = 15000
"""Parts whose numbers fit into a pipe at once."""


class HelperFailed(Exception):
    """The second process ended with a fault of starklink; the text is its traceback."""


class Part(NamedTuple):
    """Members `first` to `last` (exclusive) of an output section; `last` -1: the whole section."""

    out: Output
    first: int = 0
    last: int = -1


class Yield(NamedTuple):
    """What a part comes to besides bytes: messages, rows of `Tables.dynamic` and of `Tables.relative`."""

    problems: list[str]
    dynamic: list[tuple[int, int, int, int]]
    relative: list[tuple[Any, Any]]


def pays(ctx: Context, size: int) -> bool:
    """Whether a second process is worth it, and possible: another thread might hold a lock that stays locked in the copy."""
    threading = sys.modules.get("threading")
    return size >= LARGE and ctx.options.threads != 1 and len(os.sched_getaffinity(0)) > 1 and \
        (threading is None or threading.active_count() == 1)


def parts_of(ctx: Context, outputs: list[Output], whole: bool) -> list[Part]:
    """The output sections in parts; `whole`: uncut, since members may overlap."""
    made: list[Part] = []
    offsets = ctx.sec_offset
    for out in outputs:
        count = len(out.members)
        if whole or out.content is not None or out.size < 2 * PART or count < 2 or out.type == 8:
            made.append(Part(out))
            continue
        bounds = [0, *(bisect_left(out.members, at, key=offsets.__getitem__) for at in range(PART, out.size, PART)), count]
        made += [Part(out, begin, end) for begin, end in pairwise(bounds) if begin < end]
    return made if len(made) < _MOST else [Part(out) for out in outputs]


class Crew:
    """Two processes at work on `parts`; the second one starts at once, this one with `finish`."""

    def __init__(self, work: Work, bulk: Bulk, parts: list[Part], image: bytearray) -> None:
        self.work, self.bulk, self.parts = work, bulk, parts
        self.pid = -1
        self.source, sink = os.pipe()
        os.write(sink, pack(f"<{len(parts)}I", *range(len(parts))))
        os.close(sink)
        self.answer, reply = os.pipe()
        try:
            self.pid = _fork()
        except OSError:         # no memory, or too many processes: then one does everything
            pass
        if self.pid == 0:
            self._help(image, reply)
        os.close(reply)

    def _help(self, image: bytearray, reply: int) -> None:
        """The second process, from beginning to end."""
        code = 1
        try:
            import pickle

            try:
                said: tuple[str, Any] = "done", self._take(image)
            except TooFar:
                said = "far", None
            except LinkError as error:
                said = "problems", error.problems
            except BaseException:
                from traceback import format_exc

                said = "fault", format_exc()
            with os.fdopen(reply, "wb") as pipe:
                pickle.dump(said, pipe, 5)
            code = 0
        finally:
            os._exit(code)

    def _take(self, image: bytearray) -> dict[int, Yield]:
        """Do part after part as long as there are some."""
        ctx, tables = self.work.ctx, self.work.tables
        done: dict[int, Yield] = {}
        while True:
            word = os.read(self.source, 4)
            if not word:
                return done
            number = unpack("<I", word)[0]
            out, first, last = self.parts[number]
            before = len(ctx.problems), len(tables.dynamic), len(tables.relative)
            if last < 0:
                relocate_output(self.work, out, image, self.bulk)
            else:
                relocate_part(self.work, out, first, last, image, self.bulk)
            done[number] = Yield(ctx.problems[before[0]:], tables.dynamic[before[1]:], tables.relative[before[2]:])
            del ctx.problems[before[0]:], tables.dynamic[before[1]:], tables.relative[before[2]:]

    def finish(self, image: bytearray) -> None:
        """Help until everything is done, and put together what it comes to. Raises what the helper raised."""
        try:
            done = self._take(image)
            if self.pid > 0:
                done.update(self._listen())
        finally:
            self.stop()
        ctx, tables = self.work.ctx, self.work.tables
        for number in range(len(self.parts)):
            problems, dynamic, relative = done[number]
            ctx.problems += problems
            tables.dynamic += dynamic
            tables.relative += relative

    def _listen(self) -> dict[int, Yield]:
        import pickle

        with os.fdopen(self.answer, "rb") as pipe:
            self.answer = -1
            data = pipe.read()
        code = _wait(self.pid)
        self.pid = -1
        if code or not data:
            raise LinkError([f"the second process of the link was ended by signal {-code}; is there enough memory? "
                             "--threads=1 does without it" if code < 0 else "the second process of the link ended too early"])
        kind, value = pickle.loads(data)
        if kind == "far":
            raise TooFar
        if kind == "problems":
            raise LinkError(value)
        if kind == "fault":
            raise HelperFailed(value)
        made: dict[int, Yield] = value
        return made

    def stop(self) -> None:
        """End what is still there, after an error or at the end."""
        for handle in (self.source, self.answer):
            if handle >= 0:
                os.close(handle)
        self.source = self.answer = -1
        if self.pid > 0:
            try:
                os.kill(self.pid, signal.SIGKILL)
                _wait(self.pid)
            except ProcessLookupError:
                pass
            self.pid = -1


def _wait(pid: int) -> int:
    """The exit code of a process that ends; 0 if nobody knows, because who started this one ignores the ends of children."""
    try:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except ChildProcessError:
        return 0


def _fork() -> int:
    """os.fork; that numpy may have started threads is known (see `pays`), and they hold no lock of ours."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()
