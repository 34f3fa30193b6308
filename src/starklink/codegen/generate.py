"""From IR to fragments: the table of contents of the back end.

`generate` is what drivers call. One function goes through select -> live ranges -> allocate -> resolve -> frame -> emit;
`function_fragment` is that path for a single function, with the checker in between when asked for. At -O0 `baseline` goes from
the IR to the bytes directly.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from typing import Final

from ..ir.module import Data, Function, Module
from ..objwriter.model import Fixup, Fragment, Reloc
from ..support.arena import TooLarge
from ..support.record import dataclass, field
from .emit import Emitter
from .emit_ops import HANDLERS
from .frame import LARGEST_FRAME, lay_out
from .isel import Columns
from .liveranges import live_ranges
from .lower import select
from .machine import DBG, Machine, dump
from .regalloc import allocate
from .resolve import moves_text, resolve


class AllocationError(Exception):
    """The checker found that a value is not where it is used."""


@dataclass(slots=True)
class Options:
    """How to generate.

    `absolute`: images are linked below 2 GiB, so addresses fit 32 bits; `debug`: keep variables and scopes (without options:
    if the module describes any); `fold_null`: a null check right before an access of the object's first page is left to the
    fault that the access raises (isel_null); `shrink_wrap`: early exits without a frame (from -O1 on); `align_loops`: small
    loops lie in one cache line (at -O2); `check`: prove every allocation (slow); `dump`: receives (stage, function symbol, text).
    """

    absolute: bool = True
    debug: bool = False
    frame_pointer: bool = False
    shrink_wrap: bool = True
    align_loops: bool = False
    fold_null: bool = False
    check: bool = False
    dump: Callable[[str, str, str], None] | None = None


ALLOCATE, BASELINE, BY_SIZE = range(3)
"""Ways to make code of a function: by selection and allocation, straight from the IR, or the latter if it is huge."""
HUGE: Final = 250_000
"""Instructions of a function for which nobody can wait, or find the memory, until it is allocated: half a GB here. Its variables
are described only where they are in memory."""


@dataclass(slots=True, eq=False)
class Pool:
    """Constants in read-only data, one fragment per distinct bit pattern; shared by all functions of a link."""

    prefix: str = "__const"
    numbers: dict[tuple[int, int], int] = field(default_factory=dict)
    names: list[str] = field(default_factory=lambda: [""])
    fresh: list[Fragment] = field(default_factory=list)

    def constant(self, bits: int, size: int) -> int:
        """Number of the constant with these bits in `size` bytes (its alignment)."""
        key = (bits, size)
        known = self.numbers.get(key)
        if known is None:
            known = self.numbers[key] = len(self.names)
            name = f"{self.prefix}{size}${bits:x}"
            self.names.append(name)
            self.fresh.append(Fragment(name, ".rodata", bits.to_bytes(size, "little"), align=size, kind="object"))
        return known

    def name(self, number: int) -> str:
        """Symbol of a constant."""
        return self.names[number]

    def take(self) -> list[Fragment]:
        """Fragments of constants made since the last call."""
        out, self.fresh = self.fresh, []
        return out


def function_fragment(columns: Columns, function: Function, pool: Pool, options: Options) -> tuple[Fragment, list[Fragment]]:
    """Code of one function, and its jump tables."""
    m = select(columns, function, pool, options)
    if options.dump:
        options.dump("machine", function.symbol, dump(m))
    live = live_ranges(m)
    allocation = allocate(m, live, options.frame_pointer)
    moves = resolve(m, live, allocation)
    if options.dump:
        options.dump("alloc", function.symbol, dump(m, allocation.at) + moves_text(moves))
    if options.check:
        from .checker import check

        problems = check(m, allocation, moves)
        if problems:
            raise AllocationError("\n".join(problems))
    frame = lay_out(m, allocation, options.frame_pointer)
    if frame.total > LARGEST_FRAME:
        raise TooLarge(f"the variables of '{function.name}' take {frame.total} bytes of stack", function.pos)
    emitter = Emitter(columns, function, m, allocation, moves, frame, pool, options)
    emitter.run(HANDLERS)
    fragment, tables, before = emitter.finish()
    if emitter.debug and DBG in m.op:
        from .debugloc import variables

        fragment.vars = variables(m, live, allocation, emitter, before, len(fragment.data), columns.vreg)
    return fragment, tables


def data_fragment(module: Module, data: Data) -> Fragment:
    """A data symbol as a fragment."""
    fixups = [Fixup(offset, Reloc.ABS64, symbol_name(module, symbol), addend) for offset, symbol, addend in data.relocs]
    fixups += [Fixup(offset, Reloc.ABS32, symbol_name(module, symbol), addend) for offset, symbol, addend in data.relocs32]
    return Fragment(data.symbol, data.section, data.content, align=data.align, size=data.size, fixups=sorted(fixups),
                    kind="object")


def symbol_name(module: Module, number: int) -> str:
    """Link name of a symbol."""
    symbol = module.symbols[number]
    assert symbol is not None
    return symbol.symbol


def generate(module: Module, symbols: Sequence[int] | None = None, level: int = 1, options: Options | None = None,
             pool: Pool | None = None) -> list[Fragment]:
    """Fragments of the given symbols in the given order (default: all); each function's constants follow it directly.

    `level` is the optimisation level the passes ran at. At level 0 functions are compiled in the straight way (see `baseline`),
    but for those it cannot describe and where a dump, a check or a frame pointer is wanted; at all others selection and
    allocation are the same.
    """
    options = options or Options(debug=len(module.debug_scopes) > 1, shrink_wrap=level > 0)
    if level >= 2 and not options.align_loops:
        options = Options(options.absolute, options.debug, options.frame_pointer, options.shrink_wrap, True, options.fold_null,
                          options.check, options.dump)
    pool = pool or Pool()
    collecting = gc.isenabled()
    gc.disable()        # rows and ranges are many and hold no cycles: looking for some would cost a third of the time
    try:
        way = ALLOCATE if options.check or options.dump or options.frame_pointer else BASELINE if level == 0 else BY_SIZE
        return _fragments(module, symbols, pool, options, way)
    finally:
        if collecting:
            gc.enable()


def _fragments(module: Module, symbols: Sequence[int] | None, pool: Pool, options: Options, way: int) -> list[Fragment]:
    columns = Columns(module)
    out: list[Fragment] = []
    if way == BY_SIZE and module.insts.rows < HUGE:
        way = ALLOCATE
    if way != ALLOCATE:
        from .baseline_ops import baseline
    for number in symbols if symbols is not None else range(1, len(module.symbols)):
        symbol = module.symbols[number]
        if isinstance(symbol, Data):
            out.append(data_fragment(module, symbol))
        elif isinstance(symbol, Function) and symbol.blocks:
            made = None
            if way == BASELINE or (way == BY_SIZE and _is_huge(columns, symbol)):
                made = baseline(columns, symbol, pool, options, whole=way == BASELINE)
            fragment, tables = made or function_fragment(columns, symbol, pool, options)
            out.append(fragment)
            out += tables
            out += pool.take()
    return out


def _is_huge(columns: Columns, function: Function) -> bool:
    """More than HUGE instructions."""
    first, following = columns.module.blocks.first, columns.next
    count = 0
    for block in function.blocks:
        inst = first[block]
        while inst:
            count += 1
            inst = following[inst]
    return count > HUGE


__all__ = ["Machine", "Options", "Pool", "data_fragment", "function_fragment", "generate", "symbol_name"]
