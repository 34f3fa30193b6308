"""Layouts as Python: regions of memory, what goes into them in which order, symbols, padding and checks.

    mem = MemoryLayout(entry="start")
    boot = mem.region("boot", at=0x7C00, size=512, access="rx")
    ram = mem.region("ram", at=1 * MiB, size=512 * KiB, access="rwx", load=0x7E00)
    boot.place(".boot")
    boot.pad_to(510)
    boot.data(b"\\x55\\xAA")
    ram.place(".text", ".rodata")
    ram.align(4 * KiB)
    ram.place(".data")
    ram.place(".bss", start="__bss_start", end="__bss_end")
    mem.check(lambda at: at.size(".text") < 64 * KiB, "the code is too big for its page tables")

Everything becomes the same `Plan` a linker script is compiled to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .plan import (
    DISCARD,
    Assert,
    Assign,
    Data,
    Expr,
    ExprLike,
    GiB,
    Input,
    KiB,
    MiB,
    OutputSection,
    Pad,
    Plan,
    Region,
    SectionPattern,
    align,
    call,
    expression,
    sizeof,
)
from .script.table import SectionView

Where = Callable[[SectionView], bool]

__all__ = ["GiB", "KiB", "MemoryLayout", "MemoryRegion", "MiB"]


class MemoryLayout:
    """A layout in the making. `entry`: the symbol the program starts at.

    `orphans` says what becomes of loaded sections nothing places: "error" (the default), "place" as GNU ld does, or "discard".
    Sections without an address (debug information) are always kept.
    """

    def __init__(self, entry: str = "", *, orphans: str = "error") -> None:
        if orphans not in ("error", "place", "discard"):
            raise ValueError(f"orphans={orphans!r}: known are 'error', 'place' and 'discard'")
        self._plan = Plan(entry=entry, sections_seen=True, orphans=orphans)
        self._names: set[str] = set()
        self._last: list[Assert | Assign] = []

    def region(self, name: str, at: int, size: int, access: str = "rwx", *, load: int | MemoryRegion | None = None,
               fill: int | bytes = b"") -> MemoryRegion:
        """A range of `size` bytes of run-time addresses from `at` on. `access`: letters of "rwx", the rights of its segment.

        `load`: where its contents lie in the image: an address, or another region they follow in (initial values of a RAM in a
        ROM); None: where they run. `fill`: the byte or pattern of gaps.
        """
        if at < 0 or size <= 0 or at + size > 1 << 64:
            raise ValueError(f"region {name}: {size} bytes at {at:#x} do not lie in 64 bits")
        if not access or set(access) - set("rwx"):
            raise ValueError(f"region {name}: access={access!r}: letters of 'rwx'")
        if self._plan.region(name) is not None:
            raise ValueError(f"region {name} is defined twice")
        self._plan.regions.append(Region(name, expression(at), expression(size)))
        return MemoryRegion(self, name, at, size, access, load, bytes((fill,)) if isinstance(fill, int) else fill)

    def symbol(self, name: str, value: ExprLike) -> None:
        """Define a symbol by a number or an expression."""
        self._plan.statements.append(Assign(name, expression(value)))

    def discard(self, *patterns: str) -> None:
        """Leave out sections by name; asked before everything that is placed later."""
        self._plan.statements.append(OutputSection(DISCARD, [Input(sections=[SectionPattern(one) for one in patterns])]))

    def check(self, condition: Callable[[Any], object], message: str) -> None:
        """A Python function that must be true of the finished layout; it is given a `script.evaluate.Values`."""
        self._last.append(Assert(Expr("py", (lambda values: bool(condition(values)),)), message))

    def assert_(self, condition: ExprLike, message: str) -> None:
        """An expression that must not be 0."""
        self._last.append(Assert(expression(condition), message))

    def plan(self) -> Plan:
        """The layout as the linker takes it."""
        return Plan(list(self._plan.statements) + list(self._last), list(self._plan.regions), entry=self._plan.entry,
                    sections_seen=True, orphans=self._plan.orphans)

    def _fresh(self, name: str) -> str:
        made, number = name, 1
        while made in self._names:
            number += 1
            made = f"{name}.{number}"
        self._names.add(made)
        return made


class MemoryRegion:
    """A region of a `MemoryLayout`; things are placed in it one behind the other."""

    def __init__(self, layout: MemoryLayout, name: str, at: int, size: int, access: str, load: int | MemoryRegion | None,
                 fill: bytes) -> None:
        self.layout = layout
        self.name = name
        self.at = at
        self.size = size
        self.access = access
        self.load = load
        self.fill = fill
        self._current: OutputSection | None = None
        self._align = 1

    def place(self, *what: str | Where, name: str = "", keep: bool = False, sort: str = "", file: str = "*",
              order: Callable[[SectionView], Any] | None = None, start: str = "", end: str = "", noload: bool = False) -> None:
        """Place input sections: by patterns, each of which makes an output section, or by a function of a SectionView.

        A name without wildcards takes its parts too (".text" also .text.hot; ".bss" also common symbols). `name`: one output
        section of that name for all. `keep`: the collector may not drop them. `sort`: "name", "alignment" or "init_priority";
        `order`: a sort key. `file`: glob of input files. `start`, `end`: symbols around it. `noload`: memory without content.
        """
        if not what:
            raise ValueError("place() needs a pattern or a function")
        groups: list[tuple[str, list[str | Where]]] = []
        for one in what:
            title = name or (_title(one) if isinstance(one, str) else f".{self.name}")
            if groups and groups[-1][0] == title:
                groups[-1][1].append(one)
            else:
                groups.append((title, [one]))
        for number, (title, parts) in enumerate(groups):
            section = self._open(title)
            if start and number == 0:
                section.commands.append(Assign(start, Expr(".")))
            for one in parts:
                if isinstance(one, str):
                    section.commands.append(Input(file, _patterns(one, sort), keep=keep, order=order))
                else:
                    section.commands.append(Input(file, [SectionPattern("*", sort=sort)], keep=keep, where=one, order=order))
            if end and number == len(groups) - 1:
                section.commands.append(Assign(end, Expr(".")))
            section.type = "NOLOAD" if noload else ""

    def align(self, to: int) -> None:
        """What comes next starts at a multiple of `to` (a power of two)."""
        if to < 1 or to & to - 1:
            raise ValueError(f"align({to}): not a power of two")
        self._align = max(self._align, to)

    def pad_to(self, offset: int) -> None:
        """Fill up to `offset` bytes from the start of the region; it is an error if more lies there."""
        section = self._section()
        section.commands.append(Pad(expression(self.at + offset) - call("ABSOLUTE", call("ADDR", section.name))))

    def data(self, content: bytes) -> None:
        """Bytes as they are."""
        self._section().commands.append(Data(1, None, bytes(content)))

    def number(self, value: ExprLike, width: int = 4) -> None:
        """A little-endian number of 1, 2, 4 or 8 bytes."""
        if width not in (1, 2, 4, 8):
            raise ValueError(f"number(width={width}): 1, 2, 4 or 8")
        self._section().commands.append(Data(width, expression(value)))

    def symbol(self, name: str) -> None:
        """A symbol at the end of what was placed so far."""
        self.layout._plan.statements.append(Assign(name, self.end))

    @property
    def end(self) -> Expr:
        """The address behind what was placed so far, rounded up if `align` was called since."""
        section = self._current
        here = expression(self.at) if section is None else call("ADDR", section.name) + sizeof(section.name)
        return align(here, self._align) if self._align > 1 else here

    def _section(self) -> OutputSection:
        """The section to append to."""
        if self._current is None:
            return self._open(f".{self.name}")
        if self._align > 1:
            self._current.commands.append(Assign(".", call("ALIGN", expression(self._align))))
            self._align = 1
        return self._current

    def _open(self, title: str) -> OutputSection:
        name = self.layout._fresh(title)
        made = OutputSection(name, region=self.name, access=self.access, fill=self.fill or None)
        if self._align > 1:
            made.align, self._align = expression(self._align), 1
        if isinstance(self.load, MemoryRegion):
            made.lma_region = self.load.name
        elif self.load is not None:
            made.lma = call("ABSOLUTE", call("ADDR", name)) - self.at + self.load
        self.layout._plan.statements.append(made)
        self._current = made
        return made


def _title(pattern: str) -> str:
    """The name of the output section of a pattern."""
    return pattern.split("*")[0].split("?")[0].split("[")[0].rstrip(".") or ".data"


def _patterns(pattern: str, sort: str) -> list[SectionPattern]:
    found = [SectionPattern(pattern, sort=sort)]
    if not any(mark in pattern for mark in "*?["):
        found.append(SectionPattern(pattern + ".*", sort=sort))
    if pattern.startswith(".bss"):
        found.append(SectionPattern("COMMON", sort=sort))
    return found
