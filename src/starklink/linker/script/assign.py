"""Addresses: the location counter walks over the statements of a layout, as GNU ld's lang_size_sections rules say.

Sizes, addresses and symbols depend on each other, so the walk is repeated until nothing changes; then once more to collect
what is wrong. A pass forgets everything but the values of symbols and sections, which forward references read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ...support.diagnostics import Diagnostic, render_one
from ...support.record import dataclass, field
from ..plan import Assert, Assign, Data, Expr, Fill, Input, Pad, Plan
from .arithmetic import MASK, align_up
from .checks import overlaps
from .evaluate import ABSOLUTE, Definition, Problem, Scope, Segment, absolute, address, assigned, evaluate
from .placement import Gap, Placement, SegmentSpec, SymbolAssignment, Usage
from .table import ALLOC, CODE, CONTENTS, LOAD, READONLY, TLS, Matched, Out

MOST_PASSES: Final = 40
_DEFAULT: Final = "*default*"


@dataclass(slots=True, eq=False)
class _Region:
    name: str
    origin: int
    length: int
    attributes: int
    excluded: int
    current: int = 0
    used: int = 0
    last: Out | None = None
    culprit: Out | None = None


@dataclass(slots=True, eq=False)
class _Walk:
    """The state of one pass."""

    plan: Plan
    matched: Matched
    sizes: Sequence[int]
    aligns: Sequence[int]
    scope: Scope
    starts: Mapping[str, int]
    regions: list[_Region] = field(default_factory=list)
    names: dict[str, _Region] = field(default_factory=dict)
    default: _Region = field(default_factory=lambda: _Region(_DEFAULT, 0, MASK, 0, 0))
    assignments: dict[str, Assign] = field(default_factory=dict)
    data: dict[int, list[tuple[int, bytes]]] = field(default_factory=dict)
    gaps: dict[int, list[Gap]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    load: dict[int, _Region] = field(default_factory=dict)
    """Output section -> region of its load address."""
    local_end: int = 0
    """End of the .tbss sections before, which take no room but follow each other in the image of a thread; 0: none."""
    mentioned: frozenset[str] = frozenset()
    """Symbols expressions refer to; PROVIDE defines those too."""


def assign(plan: Plan, matched: Matched, sizes: Sequence[int], aligns: Sequence[int], *,
           lookup: Callable[[str], Definition | None] = lambda name: None, referenced: Callable[[str], bool] = lambda name: False,
           headers: int = 0, starts: Mapping[str, int] | None = None, segments: Mapping[str, int] | None = None,
           max_page: int = 0x1000, common_page: int = 0x1000, relro: bool = True, check_sections: bool = True) -> Placement:
    """Compute the layout.

    `sizes`, `aligns`: of every input section id, in bytes. `lookup`: where an input defines a symbol; `referenced`: whether
    anybody wants it (PROVIDE). `headers`: SIZEOF_HEADERS. `starts`: addresses of --section-start and -Ttext; `segments`: of
    SEGMENT_START.
    May be called again with other sizes for the same `matched`. Never raises for what a script can say: see Placement.problems.
    """
    count = len(sizes)
    scope = Scope(lookup, referenced, [None] * count, [0] * count, segments=segments or {}, headers=headers, max_page=max_page,
                  common_page=common_page)
    for out in matched.outputs:
        scope.outputs.setdefault(out.name, out)
        out.ignored = out.kept = False
        out.vma = out.lma = out.size = 0
        for section in out.sections():
            scope.home[section] = out
    walk = _Walk(plan, matched, sizes, aligns, scope, starts or {}, mentioned=_mentioned(matched))
    passes = _settle(walk)
    for out in matched.outputs:     # empty sections take no part from here on, unless something keeps them
        out.ignored = not out.size and not out.kept
    passes += _data_segment(walk, relro)
    scope.final = True
    _pass(walk)
    scope.final = False
    return _finish(walk, passes, check_sections)


def _mentioned(matched: Matched) -> frozenset[str]:
    pending: list[Expr] = []
    for one in matched.statements:
        for part in one.commands if isinstance(one, Out) else [one]:
            if isinstance(part, Assign | Data) and part.value is not None:
                pending.append(part.value)
            elif isinstance(part, Assert):
                pending.append(part.condition)
        if isinstance(one, Out):
            pending += [expr for expr in (one.spec.address, one.spec.lma) if expr is not None]
    found: set[str] = set()
    while pending:
        expr = pending.pop()
        if expr.op == "sym":
            found.add(expr.args[0])
        pending += [arg for arg in expr.args if isinstance(arg, Expr)]
    return frozenset(found)


def _data_segment(walk: _Walk, relro: bool) -> int:
    """Passes that move DATA_SEGMENT_ALIGN: so that RELRO ends at a page, else so that no page is wasted."""
    segment = walk.scope.segment = Segment(relro=relro)
    passes = _settle(walk)
    if segment.phase != "end":
        segment.phase = "done"
        return passes
    page = segment.page
    if relro and segment.relro_end and page:
        first = segment.base
        desired = (segment.relro_end + page - 1 & -page) - segment.relro_offset
        wanted = desired + segment.relro_offset
        for out in reversed(walk.matched.outputs):
            if not out.ignored and out.properties & ALLOC and segment.base <= out.vma < segment.relro_end - segment.relro_offset:
                size = 0 if out.properties & (LOAD | TLS) == TLS else out.size
                desired = (out.vma + desired - (out.vma + size)) // out.align * out.align
        segment.phase, segment.base = "relro_adjust", desired
        passes += _settle(walk)
        if segment.relro_end > wanted:
            segment.base = first
            passes += _settle(walk)
        return passes
    first, last = -segment.base & page - 1, segment.end & page - 1
    if first and last and segment.base & -page != segment.end & -page and first + last <= page:
        segment.phase = "adjust"
        passes += _settle(walk)
    else:
        segment.phase = "done"
    return passes


def _settle(walk: _Walk) -> int:
    """Walk until nothing moves; the number of passes."""
    before: object = None
    phase = walk.scope.segment.phase
    for number in range(1, MOST_PASSES + 1):
        if phase == "none":
            walk.scope.segment.phase = "none"
        _pass(walk)
        now = ([(out.vma, out.lma, out.size) for out in walk.matched.outputs],
               {name: (number, id(home)) for name, (number, home) in walk.scope.current.items()})
        if now == before:
            return number
        before = now
    walk.problems.append("the layout does not settle: addresses still change after "
                         f"{MOST_PASSES} rounds\n    hint: look for a symbol or a section address that depends on itself")
    return MOST_PASSES


def _pass(walk: _Walk) -> None:
    scope = walk.scope
    scope.previous, scope.current = scope.current, {}
    scope.dot = walk.local_end = 0
    scope.section = ABSOLUTE
    walk.default.current, walk.default.last = 0, None
    walk.assignments, walk.data, walk.gaps = {}, {}, {}
    for out in walk.matched.outputs:
        out.started = False
    _memory(walk)
    for statement in walk.matched.statements:
        if isinstance(statement, Assign):
            _outer(walk, statement)
        elif isinstance(statement, Assert):
            _check(walk, statement)
        elif not statement.dropped:
            _section(walk, statement)


def _outer(walk: _Walk, one: Assign) -> None:
    """An assignment outside of output sections."""
    _assign(walk, one)
    walk.default.current = walk.scope.dot


# -- diagnostics -----------------------------------------------------------------------------------------------------------


def _shown(walk: _Walk, message: str, start: int, end: int, severity: str = "error", hint: str = "") -> str:
    sources = walk.plan.sources
    if sources is None or not start:
        return message + (f"\n    hint: {hint}" if hint else "")
    return render_one(Diagnostic("LS040", severity, start, max(end, start + 1), message, hint), sources).rstrip("\n")


def _problem(walk: _Walk, message: str, start: int = 0, end: int = 0, hint: str = "") -> None:
    if walk.scope.final:
        walk.problems.append(_shown(walk, message, start, end, hint=hint))


def _warning(walk: _Walk, message: str, start: int = 0, end: int = 0) -> None:
    if walk.scope.final:
        walk.warnings.append(_shown(walk, message, start, end, "warning"))


def _value(walk: _Walk, expr: Expr | None, default: int = 0) -> int:
    """An expression as an address; the default if it has none (yet)."""
    if expr is None:
        return default
    try:
        return address(walk.scope, expr)
    except Problem as problem:
        _problem(walk, str(problem), expr.start, expr.end)
        return default


# -- memory ----------------------------------------------------------------------------------------------------------------

_DATA: Final = 1 << 10
_ATTRIBUTES: Final = {"a": ALLOC, "r": READONLY, "w": _DATA, "x": CODE, "i": LOAD, "l": LOAD}


def _memory(walk: _Walk) -> None:
    walk.regions, walk.names, walk.load = [], {}, {}
    for region in walk.plan.regions:
        origin = _value(walk, region.origin)
        walk.scope.regions = {**walk.scope.regions, region.name: (origin, 0)}
        length = _value(walk, region.length)
        made = _Region(region.name, origin, length, sum({_ATTRIBUTES[letter] for letter in region.attributes}),
                       sum({_ATTRIBUTES[letter] for letter in region.excluded}), origin)
        walk.regions.append(made)
        for name in (region.name, *region.names):
            walk.names[name] = made
            walk.scope.regions = {**walk.scope.regions, name: (origin, length)}
    walk.names[_DEFAULT] = walk.default
    before: Out | None = None
    for out in walk.matched.outputs:
        spec = out.spec
        load = walk.names.get(spec.lma_region)
        if load is None and before is not None and spec.lma is None and spec.address is None and out.name not in walk.starts \
                and walk.names.get(spec.region) is walk.names.get(before.spec.region):
            load = walk.load.get(id(before))    # a section goes on where the one before it in its region is loaded
        if load is not None:
            walk.load[id(out)] = load
        before = out


def _default_region(walk: _Walk, out: Out) -> _Region:
    """The first region whose attributes fit a section without one."""
    flags = out.properties
    if flags & (ALLOC | READONLY | CODE) == ALLOC or (flags & LOAD and not flags & CODE):
        flags |= _DATA
    for region in walk.regions:
        if region.attributes & flags and not region.excluded & flags:
            return region
    return walk.default


def _fits(walk: _Walk, out: Out, region: _Region, start: int) -> None:
    """Account for a section in its region."""
    end = region.current
    region.used = max(region.used, end - region.origin)
    if region is walk.default or not walk.scope.final:
        return
    if start < region.origin or (end < region.origin and out.size):
        _problem(walk, f"the section {out.name} at {start:#x} is not within the region {region.name} "
                 f"({region.origin:#x} to {region.origin + region.length:#x})", out.spec.start, out.spec.end)
    elif end - region.origin > region.length and region.culprit is None:
        region.culprit = out


# -- output sections -------------------------------------------------------------------------------------------------------


def _section(walk: _Walk, out: Out) -> None:
    scope, spec = walk.scope, out.spec
    forced = walk.starts.get(out.name)
    explicit = forced is not None or spec.address is not None
    if forced is not None:
        scope.dot = forced
    elif spec.address is not None:
        scope.dot = _value(walk, spec.address, scope.dot)
    if not out.exists and forced is None:
        return
    region = walk.names.get(spec.region, walk.default) if spec.region else walk.default
    start = scope.dot
    align = max(1, _value(walk, spec.align, 1))
    least = 1 if spec.subalign is None else max(1, _value(walk, spec.subalign, 1))
    members = out.sections()
    out.align = max([align, *(walk.aligns[section] for section in members)] if spec.subalign is None or not members
                    else [align, least])
    if not explicit:
        if region is walk.default and out.properties & (ALLOC | LOAD):
            region = _default_region(walk, out)
        if region is walk.default and walk.regions and not out.ignored and out.properties & ALLOC and out.size:
            _problem(walk, f"no memory region specified for the loadable section {out.name}", spec.start, spec.end,
                     "say >REGION behind its closing brace")
        start = region.current
        align = out.align
    local = out.properties & (LOAD | TLS) == TLS
    vma = align_up(max(start, walk.local_end) if local and not explicit else start, align)
    out.vma, out.started = vma, True
    delta = vma - start
    inner = _contents(walk, out, least if spec.subalign is not None else 0)
    if not out.ignored:
        out.size = inner - vma & MASK
    _load_address(walk, out, region, delta, align)
    if out.ignored:
        return
    used = 0 if local else out.size
    walk.local_end = vma + out.size if local else 0
    scope.dot = vma + used
    if spec.after is not None:
        _assign(walk, spec.after)
    if out.properties & ALLOC:
        region.current = scope.dot
        _fits(walk, out, region, vma)
        load = walk.load.get(id(out))
        if load is not None and load is not region and (out.properties & LOAD or spec.align_with_input):
            load.current = out.lma + used
            _fits(walk, out, load, out.lma)


def _load_address(walk: _Walk, out: Out, region: _Region, delta: int, used: int) -> None:
    spec = out.spec
    load = walk.load.get(id(out))
    last = region.last
    if spec.lma is not None:
        out.lma = _value(walk, spec.lma, out.vma)
    elif load is not None:
        if spec.align_with_input:
            out.lma = load.current + delta
        else:
            align = out.align if load is region else max(1, _value(walk, spec.align, 1))
            out.lma = align_up(load.current, align)
    elif last is not None and out.properties & ALLOC:
        if out.vma < last.vma and out.size and out.vma + out.size <= last.vma:
            out.lma = out.vma
            if last.vma != last.lma:
                _warning(walk, f"the location counter moved backwards before {out.name}, so its load address is its address",
                         spec.start, spec.end)
        elif spec.overlay > 1:
            out.lma = align_up(last.lma + last.size, used)
        else:
            out.lma = align_up(out.vma + last.lma - last.vma & MASK, used)
    else:
        out.lma = out.vma
    tracked = out.properties & ALLOC and not out.ignored and (
        out.size or (last is None and out.vma != out.lma) or (last is not None and out.vma >= last.vma))
    if (tracked or spec.overlay == 1) and load is None:
        region.last = out


def _contents(walk: _Walk, out: Out, subalign: int) -> int:
    """Place the contents; the location counter behind them."""
    scope = walk.scope
    outer, scope.section, scope.dot = scope.dot, out, out.vma
    vma, offset, sizes, aligns = out.vma, scope.offset, walk.sizes, walk.aligns
    fill = _fill(walk, out.spec.fill)
    gaps: list[Gap] = []
    data: list[tuple[int, bytes]] = []
    dot, final = vma, scope.final
    for command, members in zip(out.commands, out.members):
        if isinstance(command, Input):
            for section in members:
                align = subalign or aligns[section]
                if dot % align:
                    step = align - dot % align
                    if final:
                        gaps.append(Gap(dot - vma, step, fill))
                    dot += step
                offset[section] = dot - vma
                dot += sizes[section]
            continue
        scope.dot = dot
        if isinstance(command, Assign):
            _assign(walk, command)
        elif isinstance(command, Assert):
            _check(walk, command)
        elif isinstance(command, Data):
            content = _bytes(walk, command)
            data.append((dot - vma, content))
            scope.dot += len(content)
            dot = scope.dot
            continue
        elif isinstance(command, Fill):
            fill = _fill(walk, command.fill)
        elif isinstance(command, Pad):
            _pad(walk, out, command)
        if scope.dot > dot:
            gaps.append(Gap(dot - vma, scope.dot - dot, fill))
            if out.spec.type not in ("DSECT", "COPY", "INFO", "OVERLAY"):
                out.properties |= ALLOC
                out.flags |= 2 if out.members and any(out.members) else 3
        dot = scope.dot
    scope.section, scope.dot = ABSOLUTE, outer
    walk.data[id(out)], walk.gaps[id(out)] = data, gaps
    return dot


def _pad(walk: _Walk, out: Out, command: Pad) -> None:
    wanted = out.vma + _value(walk, command.to)
    if wanted < walk.scope.dot:
        _problem(walk, f"the section {out.name} is {walk.scope.dot - out.vma} bytes long where it is to be padded to "
                 f"{wanted - out.vma}: {walk.scope.dot - wanted} bytes too many", command.start, command.start)
        return
    walk.scope.dot = wanted


def _fill(walk: _Walk, fill: bytes | Expr | None) -> bytes | None:
    if fill is None or isinstance(fill, bytes):
        return fill
    return (_value(walk, fill) & 0xFFFFFFFF).to_bytes(4, "big")


def _bytes(walk: _Walk, command: Data) -> bytes:
    if command.value is None:
        return command.content
    value = _value(walk, command.value) if walk.scope.final else 0
    return (value & (1 << 8 * command.width) - 1).to_bytes(command.width, "little")


# -- statements ------------------------------------------------------------------------------------------------------------


def _assign(walk: _Walk, one: Assign) -> None:
    scope = walk.scope
    if one.name == ".":
        _move(walk, one)
        return
    if one.provide and (one.name in scope.current or scope.lookup(one.name) is not None or
                        not (one.name in walk.mentioned or scope.referenced(one.name))):
        return
    scope.assigning, scope.from_dot = one.name, False
    try:
        number, home = evaluate(scope, assigned(one))
    except Problem as problem:
        _problem(walk, f"{problem} in the value of {one.name}", one.value.start, one.value.end)
        return
    finally:
        scope.assigning = ""
    if home is None:
        home = scope.section
    elif home is ABSOLUTE and scope.from_dot and scope.section is ABSOLUTE:
        near = _near(walk)      # `end = .;` between sections moves with its neighbour, as in a position-independent program
        if near is not None:
            number, home = number - near.vma & MASK, near
    scope.current[one.name] = number & MASK, home
    walk.assignments[one.name] = one


def _near(walk: _Walk) -> Out | None:
    """The last output section so far that is part of the output, else the first one."""
    best: Out | None = None
    for out in walk.matched.outputs:
        if out.ignored or not out.exists or not out.properties & ALLOC:
            continue
        if not out.started:
            return best if best is not None else out
        best = out
    return best


def _move(walk: _Walk, one: Assign) -> None:
    """`. = value`."""
    scope = walk.scope
    inside = scope.section
    if isinstance(inside, Out) and not _trivial(one.value):
        inside.kept = True
    try:
        number, home = evaluate(scope, assigned(one))
    except Problem as problem:
        _problem(walk, f"{problem} in the value of the location counter", one.value.start, one.value.end)
        return
    value = number + (home.vma if home is not None else inside.vma) & MASK
    if isinstance(inside, Out):
        if inside.ignored:
            return
        if value < scope.dot:
            _problem(walk, f"cannot move the location counter backwards (from {scope.dot:#x} to {value:#x}) in {inside.name}",
                     one.start, one.end, "inside an output section numbers count from its start")
            return
        if value - inside.vma > 1 << 48:
            _problem(walk, f"the section {inside.name} would be {value - inside.vma:#x} bytes long", one.start, one.end)
            return
    scope.dot = value


def _trivial(expr: Expr) -> bool:
    """Assignments to `.` that do not keep an empty section: 0, . + 0, ALIGN(. != 0 ? n : 1)."""
    op, args = expr.op, expr.args
    if op == "num":
        return int(args[0]) == 0
    if op in ("+", "!="):
        return args[0].op == "." and args[1].op == "num" and int(args[1].args[0]) == 0
    if op == "call" and args[0] == "ALIGN" and len(args) == 2 and args[1].op == "?":
        return _trivial(args[1].args[0])
    return False


def _check(walk: _Walk, one: Assert) -> None:
    if not walk.scope.final:
        return
    try:
        good = bool(address(walk.scope, one.condition))
    except Problem as problem:
        _problem(walk, f"{problem} in an assertion", one.condition.start, one.condition.end)
        return
    if not good:
        _problem(walk, one.message or "assertion failed", one.start, one.end)


# -- the result ------------------------------------------------------------------------------------------------------------


def _finish(walk: _Walk, passes: int, check_sections: bool) -> Placement:
    scope, matched = walk.scope, walk.matched
    made = Placement(passes=passes, home=scope.home, offset=scope.offset)
    made.outputs = [out for out in matched.outputs if out.exists and not out.ignored]
    gone = {id(out) for out in matched.outputs} - {id(out) for out in made.outputs}
    made.home = [None if home is not None and id(home) in gone and not walk.sizes[number] and not home.touched else home
                 for number, home in enumerate(scope.home)]
    for name, (number, home) in scope.current.items():
        one = walk.assignments[name]
        where = home if isinstance(home, Out) else None
        made.symbols[name] = SymbolAssignment(name, absolute((number, home)), where, one.provide, one.hidden, one.start)
    made.data = [walk.data.get(id(out), []) for out in made.outputs]
    made.gaps = [walk.gaps.get(id(out), []) for out in made.outputs]
    for out, data in zip(made.outputs, made.data):
        if data:
            out.properties |= CONTENTS
    made.usage = [Usage(region.name, region.origin, region.length, region.used) for region in walk.regions]
    for region in walk.regions:
        if region.culprit is not None:
            walk.problems.append(_overflow(walk, region))
    if check_sections:
        walk.problems += overlaps(made.outputs)
    made.segments = _segments(walk)
    segment = scope.segment
    if segment.relro_end and segment.phase != "none":
        made.relro = segment.base, segment.relro_end
    walk.scope.final = True
    made.problems = list(dict.fromkeys([*matched.problems, *walk.problems]))
    made.warnings = list(dict.fromkeys(walk.warnings))
    return made


def _overflow(walk: _Walk, region: _Region) -> str:
    """The message for a region that is too small."""
    over = region.used - region.length
    many = f"{over} byte{'s' if over != 1 else ''}"
    end = region.origin + region.length
    spec = region.culprit.spec if region.culprit is not None else walk.matched.outputs[0].spec
    return _shown(walk, f"the section {spec.name} does not fit into the region {region.name}, which ends at {end:#x}: the region "
                  f"overflows by {many}", spec.start, spec.end)


def _segments(walk: _Walk) -> list[SegmentSpec] | None:
    """PHDRS with their sections: a section without a list goes where the one before it does."""
    phdrs = walk.plan.phdrs
    if phdrs is None:
        return None
    held: dict[str, list[Out]] = {one.name: [] for one in phdrs}
    kinds = {one.name: _value(walk, one.type) for one in phdrs}
    current: list[str] | None = None
    for number, out in enumerate(walk.matched.outputs):
        if out.spec.phdrs and not out.dropped:
            current = out.spec.phdrs        # for those behind it, too, although nothing may be in this one
        if out.ignored or not out.exists:
            continue
        if not out.properties & ALLOC:      # in no PT_LOAD, but others may ask for it
            for name in out.spec.phdrs:
                if name in held and kinds[name] != 1:
                    held[name].append(out)
            continue
        if current is None:
            current = next((later.spec.phdrs for later in walk.matched.outputs[number:] if later.spec.phdrs), None)
            if current is None:
                walk.problems.append("no section is assigned to any of the program headers of PHDRS")
                break
        for name in current:
            if name in held:
                held[name].append(out)
    made = []
    for one in phdrs:
        kind, at = kinds[one.name], None if one.at is None else _value(walk, one.at)
        flags = None if one.flags is None else _value(walk, one.flags)
        made.append(SegmentSpec(one.name, kind, flags, one.filehdr, one.phdrs, at, held[one.name]))
    return made


