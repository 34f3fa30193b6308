"""Links with a layout: a linker script or a Python layout decides where everything lies.

The same phases as without one; this file turns the tables of the link into those of `linker.script` and its placement back into
output sections, symbols and program headers.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from ...support.record import dataclass, field
from ...support.spans import SourceMap
from ..errors import LinkError, Unforeseen
from ..plan import Assign, Data, Expr, OutputSection, Plan
from ..script.assign import assign
from ..script.match import kept, match
from ..script.placement import Placement
from ..script.table import ALLOC, CODE, CONTENTS, READONLY, Matched, Out, Sections
from . import tables as t
from .defsyms import Defsyms
from .layout import PF_R, PF_W, PF_X, PT_LOAD, PT_PHDR, Frame, Segment, header_sizes, number_segments, segments_of
from .merge import merged_offset
from .options import EXEC, RELOCATABLE, InputSpec, Options
from .sections import ARRAYS, is_relro, merge_members, reverse_array, sections_in_order
from .tables import Context, Output
from .versions import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable

SHT_PROGBITS, SHT_NOBITS = 1, 8
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR, SHF_TLS = 1, 2, 4, 0x400
SHF_KEPT: Final = SHF_WRITE | SHF_ALLOC | SHF_EXECINSTR | SHF_TLS
STV_HIDDEN: Final = 2
STT_OBJECT, STT_FUNC = 1, 2
_NEEDED: Final = (".plt", ".plt.got", ".plt.sec", ".got", ".got.plt", ".dynbss", ".bss.rel.ro")
"""Sections the linker makes only if code refers to them."""
_ROUNDS: Final = 5
HEADERS: Final = "__ehdr_start"
"""The linker's name for where the file header lies in memory."""
_DATA_NAMES: Final = (".data", ".bss", ".got", ".init_array", ".fini_array", ".preinit_array", ".ctors", ".dtors", ".dynamic")
_CODE_NAMES: Final = (".text", ".init", ".fini", ".plt")
_DEBUG: Final = (".debug", ".zdebug", ".line", ".stab", ".gdb_index")


@dataclass(slots=True, eq=False)
class Scripted:
    """The layout of a link and the symbols it defines: name -> symbol id."""

    plan: Plan
    defined: dict[str, int] = field(default_factory=dict)
    mentioned: set[str] = field(default_factory=set)
    dropped: frozenset[str] = frozenset()
    """Symbols only of output sections that are left out."""
    before: dict[str, tuple[int, int]] = field(default_factory=dict)
    """What an input or an earlier --defsym says of a symbol the layout defines: (section, value); -1 for an absolute value. It
    holds until the first assignment."""
    late: frozenset[int] = frozenset()
    """Symbols that have their value from a --defsym behind the script."""
    defsyms: Defsyms | None = None

    def declare(self, ctx: Context) -> None:
        """See `declare_layout`."""
        declare_layout(ctx, self)

    def yield_to(self, ctx: Context, defsyms: Defsyms) -> None:
        """Of an assignment and --defsym for one name, the later one counts."""
        kept = []
        for number, row in enumerate(defsyms.rows):
            name = ctx.sym_name[row[0]]
            if name in self.defined and number < ctx.options.early_defsyms:
                continue
            if self.defined.pop(name, None) is not None:
                ctx.linker_defined[row[0]] = (None, 0, "absolute")
            kept.append(row)
        self.late = frozenset(symbol for symbol, _ in defsyms.rows[ctx.options.early_defsyms:])
        defsyms.rows, self.defsyms = kept, defsyms

    def provide(self, ctx: Context) -> None:
        """See `provide_layout`."""
        provide_layout(ctx, self)

    def wanted(self, ctx: Context) -> list[int]:
        """Symbols whose addresses the layout uses: what they are in stays."""
        return [ctx.ids[name] for name in sorted(self.mentioned) if name in ctx.ids]

    def keep(self, ctx: Context) -> list[int]:
        """See `keep_of`."""
        return keep_of(ctx, self)

    def layout(self, ctx: Context, synthetic: list[Output], dynamic: bool) -> Frame:
        """See `layout_of`."""
        return layout_of(ctx, self, synthetic, dynamic)


def read_layout(options: Options) -> Scripted | None:
    """The script or layout the options name. Raises LinkError."""
    plan: Plan | None = None
    if options.layout is not None:
        plan = options.layout if isinstance(options.layout, Plan) else options.layout.plan()
    elif options.script_text:
        plan = _parse("script", options.script_text, options)
    elif options.script:
        path = _find(options.script, options)
        if path is None:
            raise LinkError([f"cannot find the linker script {options.script}\n>>> hint: it is looked for here and in the "
                             "directories of -L"])
        plan = _parse(options.script, read_text(path), options)
    if plan is None:
        return None
    if not plan.sections_seen and options.kind != RELOCATABLE:
        plan = _augmented(plan, options)
    return Scripted(plan)


def add_scripts(options: Options, made: Scripted | None, scripts: list[tuple[str, str]]) -> tuple[Scripted, list[InputSpec]]:
    """Scripts among the inputs (path, text): what they say is added to the layout, the default one without -T. The second result
    are files they name. Raises LinkError."""
    inputs: list[InputSpec] = []
    for path, text in scripts:
        try:
            plan = _parse(path, text, options)
        except LinkError as error:
            error.problems[0] += f"\n>>> {path} is read as a linker script, because it is neither an object nor an archive"
            raise
        inputs += _inputs(plan, options)
        if made is None:
            made = Scripted(plan if options.kind == RELOCATABLE else _augmented(plan, options))
            continue
        known = made.plan
        known.statements += plan.statements
        known.inserts += plan.inserts
        known.regions += plan.regions
        known.extern += plan.extern
        known.version_text += plan.version_text
        known.entry = known.entry or plan.entry
    assert made is not None
    return made, inputs


def _augmented(plan: Plan, options: Options) -> Plan:
    """The default layout with a script's statements added."""
    from ...support.diagnostics import Bag
    from ..script.default import default_script
    from ..script.parser import read_script

    sources = plan.sources or SourceMap()
    base = read_script("default script", default_script(0x400000 if options.kind == EXEC else 0), sources, Bag(sources))
    plan.statements = base.statements + plan.statements if plan.sections_seen else plan.statements + base.statements
    plan.entry = plan.entry or base.entry
    plan.sources = sources
    plan.sections_seen = True
    return plan


def take_inputs(options: Options, made: Scripted) -> None:
    """INPUT, GROUP, STARTUP, SEARCH_DIR and OUTPUT_FORMAT(binary) as if they were options; the script's inputs come first."""
    plan = made.plan
    more = _inputs(plan, options)
    options.library_paths = [*options.library_paths, *(folder.removeprefix("=") for folder in plan.search_dirs)]
    options.inputs = more + options.inputs
    if plan.output and options.output == "a.out":
        options.output = plan.output
    if plan.output_format[:1] in (("binary",), ("ihex",)) and options.oformat == "elf":
        options.oformat = plan.output_format[0]


def _inputs(plan: Plan, options: Options) -> list[InputSpec]:
    """The files of INPUT, GROUP and STARTUP."""
    more = [InputSpec("lib", one.name[2:], as_needed=one.as_needed) if one.name.startswith("-l") else
            InputSpec("file", _find(one.name, options) or one.name, "binary" if one.binary else "", one.as_needed)
            for one in plan.inputs]
    if plan.startup:
        more.insert(0, InputSpec("file", _find(plan.startup, options) or plan.startup))
    return more


def _parse(name: str, text: str, options: Options) -> Plan:
    from ..script.parser import parse_script

    def include(wanted: str) -> tuple[str, str] | None:
        path = _find(wanted, options)
        return None if path is None else (wanted, read_text(path))

    return parse_script(name, text, include)


def _find(name: str, options: Options) -> str | None:
    for folder in ("", *options.library_paths):
        path = os.path.join(folder, name) if folder else name
        if os.path.exists(path) and not os.path.isdir(path):       # also a pipe of the shell: -T <(...)
            return path
    return None


# -- before and after resolution -------------------------------------------------------------------------------------------


def declare_layout(ctx: Context, made: Scripted) -> None:
    """Before archives are searched: what the layout defines, and what its expressions need."""
    plan = made.plan
    if plan.entry and not ctx.options.entry:
        ctx.options.entry = plan.entry
    for name in plan.extern:
        ctx.sym_flags[ctx.global_id(name)] |= t.REFERENCED
    assignments = list(_assignments(plan))
    own = {one.name for one in assignments}
    for one in assignments:
        names = _names(one.value)
        made.mentioned.update(names)
        if not one.provide:
            for name in names:
                if name not in own:
                    ctx.sym_flags[ctx.global_id(name)] |= t.REFERENCED | t.STRONG_REFERENCE
    for value in _data(plan):
        for name in _names(value):
            made.mentioned.add(name)
            if name not in own:
                ctx.sym_flags[ctx.global_id(name)] |= t.REFERENCED | t.STRONG_REFERENCE
    for one in assignments:
        if not one.provide and one.name != "." and one.name not in _names(one.value):
            _define(ctx, made, one)


def provide_layout(ctx: Context, made: Scripted) -> None:
    """After resolution: PROVIDE for what is referenced and nobody defines; assignments that change a symbol of an input."""
    _constrained(ctx, made)
    for one in _assignments(made.plan):
        if one.name == "." or one.name in made.defined or one.name in made.dropped:
            continue
        if one.provide:
            symbol = ctx.ids.get(one.name, -1)
            shared = symbol < 0 and _needed_by_shared(ctx, one.name)
            known = symbol >= 0 and ctx.sym_section[symbol] in (t.UNDEFINED, t.SHARED_OBJECT)
            wanted = known or shared or (symbol < 0 and one.name in made.mentioned)
            if wanted:
                _define(ctx, made, one)
            if shared:
                ctx.sym_flags[ctx.ids[one.name]] |= t.SHARED_REFERENCE
        elif one.name in _names(one.value):
            symbol = ctx.ids.get(one.name, -1)
            if symbol < 0 or ctx.sym_section[symbol] == t.UNDEFINED:
                _define(ctx, made, one)
            elif not _default_only(one) and symbol not in made.late:
                if made.defsyms is not None:
                    made.defsyms.rows = [row for row in made.defsyms.rows if row[0] != symbol]
                _define(ctx, made, one)
    _take_kinds(ctx, made)


def _default_only(one: Assign) -> bool:
    """`x = DEFINED(x) ? x : other;`: what an input or --defsym says of x stays."""
    if one.op != "=" or one.value.op != "?":
        return False
    test, value, _ = one.value.args
    return (test.op, test.args, value.op, value.args) == ("call", ("DEFINED", one.name), "sym", (one.name,))


def _constrained(ctx: Context, made: Scripted) -> None:
    """Output sections whose ONLY_IF_RO or ONLY_IF_RW the inputs do not meet define no symbols."""
    if not any(one.constraint for one in made.plan.output_sections()):
        return
    table, _ = table_of(ctx, [], frames=True)
    wanted: set[str] = set()
    dropped: set[str] = set()
    for one in match(made.plan, table, sort_section=ctx.options.sort_section, dropped=True).statements:
        if isinstance(one, Assign):
            wanted.add(one.name)
        elif isinstance(one, Out):
            (dropped if one.dropped else wanted).update(part.name for part in one.commands if isinstance(part, Assign))
    made.dropped = frozenset(dropped - wanted - {"."})
    for name in made.dropped & made.defined.keys():
        symbol = made.defined.pop(name)
        ctx.linker_defined.pop(symbol)
        ctx.sym_section[symbol] = t.UNDEFINED
        ctx.sym_flags[symbol] &= ~t.ASSIGNED


def _needed_by_shared(ctx: Context, name: str) -> bool:
    return any(name == needed for file in ctx.files for needed, _, _ in file.undefined)


def _take_kinds(ctx: Context, made: Scripted) -> None:
    """`new = old;` is another name of a function or object: it has its type, too."""
    for one in _assignments(made.plan):
        symbol, other = made.defined.get(one.name, -1), -1
        if symbol >= 0 and one.value.op == "sym":
            other = ctx.ids.get(one.value.args[0], -1)
        if other >= 0 and ctx.sym_type[other] in (STT_OBJECT, STT_FUNC):
            ctx.sym_type[symbol] = ctx.sym_type[other]


def _define(ctx: Context, made: Scripted, one: Assign) -> None:
    symbol = ctx.global_id(one.name)
    if one.name not in made.defined:
        section = ctx.sym_section[symbol]
        if section >= 0 or section == t.ABSOLUTE:
            made.before[one.name] = max(section, -1), ctx.sym_value[symbol]
        elif section == t.LINKER and ctx.linker_defined[symbol][2] == "absolute":
            made.before[one.name] = -1, ctx.linker_defined[symbol][1]
    made.defined[one.name] = symbol
    ctx.sym_flags[symbol] |= t.ASSIGNED
    ctx.sym_section[symbol], ctx.sym_file[symbol] = t.LINKER, -1
    ctx.sym_value[symbol] = ctx.sym_size[symbol] = ctx.sym_type[symbol] = 0
    ctx.sym_binding[symbol] = 1
    if one.hidden:
        ctx.sym_visibility[symbol] = STV_HIDDEN
    absolute = ctx.options.kind == EXEC or one.name in ctx.options.absolute_names
    ctx.linker_defined[symbol] = (None, 0, "absolute" if absolute else "layout")


def _assignments(plan: Plan) -> Iterable[Assign]:
    for group in (plan.statements, *(one.statements for one in plan.inserts)):
        for statement in group:
            if isinstance(statement, Assign):
                yield statement
            elif isinstance(statement, OutputSection):
                for command in statement.commands:
                    if isinstance(command, Assign):
                        yield command


def _data(plan: Plan) -> Iterable[Expr]:
    """The values of BYTE, QUAD and their like."""
    for group in (plan.statements, *(one.statements for one in plan.inserts)):
        for statement in group:
            if isinstance(statement, OutputSection):
                for command in statement.commands:
                    if isinstance(command, Data) and command.value is not None:
                        yield command.value


def _names(expr: Expr) -> set[str]:
    found: set[str] = set()
    pending = [expr]
    while pending:
        one = pending.pop()
        if one.op == "sym":
            found.add(one.args[0])
        pending += [arg for arg in one.args if isinstance(arg, Expr)]
    return found


# -- placement -------------------------------------------------------------------------------------------------------------


def keep_of(ctx: Context, made: Scripted) -> list[int]:
    """Sections KEEP names, for the garbage collector."""
    table, ids = table_of(ctx, [], frames=True)
    return [ids[number] for number in kept(made.plan, table)] + [section for section, _ in made.before.values() if section >= 0]


def table_of(ctx: Context, synthetic: list[Output], frames: bool = False) -> tuple[Sections, list[int]]:
    """The live sections in link order, those the linker made behind them; the section id of each row (-1 for the latter)."""
    table = Sections()
    ids: list[int] = []
    strip = ctx.options.strip in ("all", "debug")
    for section in sections_in_order(ctx):
        name = ctx.sec_name[section]
        if name == ".eh_frame" and not frames:
            continue
        if strip and not ctx.sec_flags[section] & SHF_ALLOC and name.startswith(_DEBUG):
            continue
        file = ctx.files[ctx.sec_file[section]]
        table.add(name, file.name, ctx.sec_type[section], ctx.sec_flags[section], ctx.sec_size[section], ctx.sec_align[section],
                  file.archive)
        ids.append(section)
    for out in synthetic:
        table.add(out.name, "", out.type, out.flags, out.size, out.align)
        ids.append(-1)
    return table, ids


def layout_of(ctx: Context, made: Scripted, synthetic: list[Output], dynamic: bool) -> Frame:
    """Place everything and make output sections and program headers of it. Problems go to `ctx.problems`."""
    options, plan = ctx.options, made.plan
    table, ids = table_of(ctx, synthetic)
    starts = dict(options.section_starts)
    orphans = options.orphan_handling if options.orphan_handling != "place" else plan.orphans
    matched = match(plan, table, sort_section=options.sort_section, orphans="discard" if orphans == "discard" else "place")
    every = options.orphan_handling != "place"
    _tell_orphans(ctx, plan.orphans == "error", orphans, [
        (table.name[number], ids[number]) for number in matched.orphans
        if table.size[number] and (every or table.flags[number] & SHF_ALLOC)])
    first = len(ids) - len(synthetic)
    dropped = [synthetic[number - first] for number in matched.discarded if number >= first]
    for number in matched.discarded:
        if number < first:
            ctx.sec_live[ids[number]] = 0
    if ctx.link_order:
        _follow_links(ctx, matched, ids, first)
    _renumber(ctx, matched, ids, first)
    count = len(ctx.sec_name)
    sizes = ctx.sec_size + [out.size for out in synthetic]
    aligns = ctx.sec_align + [max(1, out.align) for out in synthetic]
    headers = header_sizes(ctx)[0] + 7 * header_sizes(ctx)[1]
    frame = Frame([], [], 0)
    start: int | None = 0
    for _ in range(_ROUNDS):
        placed = assign(plan, matched, sizes, aligns, lookup=lambda name, start=start: lookup_of(ctx, made, name, start),  # type: ignore[misc]
                        referenced=made.defined.__contains__, headers=headers, starts=starts, segments=_segment_starts(options),
                        max_page=options.max_page_size, common_page=options.common_page_size, relro=options.relro,
                        check_sections=options.check_sections)
        frame, parents = _outputs(ctx, placed, synthetic, count)
        if dynamic and placed.segments is None:
            _mark_relro(ctx, frame.outputs)
        loads = _loads(ctx, placed, parents)
        segments = _segments(ctx, frame, loads, placed, dynamic)
        wanted = header_sizes(ctx)[0] + header_sizes(ctx)[1] * len(segments)
        if wanted == headers and (HEADERS not in made.mentioned or start == _headers_at(loads, headers, placed, options)):
            break
        headers, start = wanted, _headers_at(loads, wanted, placed, options)
    ctx.problems += placed.problems
    ctx.warnings += placed.warnings
    ctx.usage = placed.usage
    if not placed.problems:
        _files(ctx, placed, frame, loads, headers)
    if placed.segments is None and not any(load.headers for load in loads):
        segments = [segment for segment in segments if segment.type != PT_PHDR]     # the headers are not in memory
    number_segments(ctx, segments)
    set_symbols(ctx, made, placed, parents)
    for out in dropped:
        if out.size and out.name in _NEEDED and not (out.name == ".got.plt" and out.size <= 24):
            ctx.problems.append(f"the layout discards {out.name}, but {out.size} bytes of it are needed\n"
                                ">>> hint: place it, or compile so that it is not needed (-fno-pic, -fvisibility=hidden)")
        out.size, out.type = 0, SHT_NOBITS
    end = max([headers, *(out.offset + out.size for out in frame.outputs if out.type != SHT_NOBITS)])
    return Frame(frame.outputs, segments, end, frame.inner)


def _tell_orphans(ctx: Context, layout: bool, handling: str, orphans: list[tuple[str, int]]) -> None:
    """Sections (name, id; -1 for one the linker made) that no pattern names."""
    for name, section in orphans:
        owner = ctx.files[ctx.sec_file[section]].shown if section >= 0 else "the linker"
        if handling == "warn":
            ctx.warnings.append(f"{owner}: the section {name} is an orphan: it is placed in {name}, because the script does not "
                                "name it")
        elif handling == "error" and not layout:
            ctx.problems.append(f"{owner}: the section {name} is an orphan: the script does not name it\n"
                                f">>> hint: add it to an output section, as in .data : {{ *({name}) }}, or to /DISCARD/")
        elif handling == "error" and section >= 0:
            ctx.problems.append(f"{ctx.place(section, 0)}: the layout places the section {name} nowhere\n"
                                ">>> hint: place() it in a region or discard() it")


def _mark_relro(ctx: Context, outputs: list[Output]) -> None:
    """What the dynamic linker protects, if the layout keeps it together."""
    found = [number for number, out in enumerate(outputs) if out.flags & SHF_ALLOC and out.flags & SHF_WRITE and out.size
             and ctx.options.relro and not ctx.options.omagic and is_relro(ctx, out)]
    between = outputs[found[0]:found[-1] + 1] if found else []
    if all(not out.size or number in found for number, out in enumerate(between, found[0] if found else 0)):
        for out in between:
            out.relro = True


def _follow_links(ctx: Context, matched: Matched, ids: list[int], first: int) -> None:
    """SHF_LINK_ORDER: what a pattern takes stands in the order of the sections it belongs to."""
    rank: dict[int, int] = {}
    for section, home in ctx.link_order.items():
        if home >= 0 and not ctx.sec_live[home]:
            ctx.sec_live[section] = 0
    for out in matched.outputs:
        for members in out.members:
            members[:] = [row for row in members if row >= first or ctx.sec_live[ids[row]]]
    for out in matched.outputs:
        for row in out.sections():
            if row < first:
                rank[ids[row]] = len(rank)
    for out in matched.outputs:
        for members in out.members:
            if any(row < first and ids[row] in ctx.link_order for row in members):
                members.sort(key=lambda row: rank.get(ctx.link_order.get(ids[row], -1), -1) if row < first else -1)


def _renumber(ctx: Context, matched: Matched, ids: list[int], first: int) -> None:
    """Members become section ids (those the linker made come behind the last one); mergeable ones a block at the first one."""
    count = len(ctx.sec_name)
    for out in matched.outputs:
        if ctx.section_rank and out.name not in ARRAYS:
            for rows in out.members:
                rows.sort(key=lambda row: ctx.section_rank.get(ids[row], count) if row < first else count)
        if out.name in ARRAYS:
            for number in out.sections():
                if number < first and ctx.sec_name[ids[number]].startswith((".ctors", ".dtors")):
                    reverse_array(ctx, ids[number])
        whole = Output(out.name, out.type, out.flags & SHF_KEPT)
        whole.members = [ids[number] for number in out.sections() if number < first]
        merge_members(ctx, whole)
    count = len(ctx.sec_name)
    for out in matched.outputs:
        seen: set[int] = set()
        for members in out.members:
            fresh: list[int] = []
            for row in members:
                section = count + row - first if row >= first else ids[row]
                if section in ctx.merged:
                    section = ctx.merged[section][2]
                    if section in seen:
                        continue
                    seen.add(section)
                fresh.append(section)
            members[:] = fresh


def lookup_of(ctx: Context, made: Scripted, name: str, headers: int | None) -> tuple[int, int] | None:
    """What a name of an expression stands for; `headers` is where the file header lies in memory, as far as it is known."""
    symbol = ctx.ids.get(name, -1)
    if name == HEADERS and headers is not None and name not in made.defined and \
            (symbol < 0 or ctx.sym_section[symbol] in (t.UNDEFINED, t.LINKER)):
        return -1, headers
    if symbol < 0:
        return None
    if name in made.defined:
        if name not in made.before:
            return None
        section, value = made.before[name]
    else:
        section, value = ctx.sym_section[symbol], ctx.sym_value[symbol]
    if section >= 0:
        return merged_offset(ctx, section, value) if section in ctx.merged else (section, value)
    if section == -1 and name in made.defined:
        return -1, value
    if section == t.LINKER and ctx.linker_defined[symbol][2] == "absolute":      # of --defsym
        return -1, ctx.linker_defined[symbol][1]
    return (-1, ctx.sym_value[symbol]) if section == t.ABSOLUTE else None


def _segment_starts(options: Options) -> dict[str, int]:
    starts = {name.removeprefix(".") + "-segment": value for name, value in options.section_starts
              if name in (".text", ".data", ".bss")}
    if options.text_segment is not None:
        starts["text-segment"] = options.text_segment
    if options.rodata_segment is not None:
        starts["rodata-segment"] = options.rodata_segment
    return starts


def _outputs(ctx: Context, placed: Placement, synthetic: list[Output], count: int) -> tuple[Frame, dict[int, Output]]:
    """Output sections of a placement, and for each `Out` (by id()) its output section."""
    outputs: list[Output] = []
    inner: list[Output] = []
    parents: dict[int, Output] = {}
    for out, data, gaps in zip(placed.outputs, placed.data, placed.gaps):
        members = out.sections()
        own = [section for section in members if section < count]
        linker = [synthetic[section - count] for section in members if section >= count]
        if len(linker) == 1 and not own and not data and linker[0].name == out.name and out.size == linker[0].size:
            made = linker[0]
        else:
            made = output_of(ctx, out, own)
            for section in members:
                if section >= count:
                    part = synthetic[section - count]
                    part.address, part.parent = out.vma + placed.offset[section], (made, placed.offset[section])
                    inner.append(part)
            code = out.properties & CODE and made.type != SHT_NOBITS
            made.fill = b"\x90" if code else b""
            made.extra = [(gap.offset, (gap.fill * (gap.size // len(gap.fill) + 1))[:gap.size]) for gap in gaps if gap.fill]
            made.extra += data
        for section in own:
            ctx.sec_output[section], ctx.sec_offset[section] = made, placed.offset[section]
        made.size, made.address, made.physical = out.size, out.vma if out.properties & ALLOC else 0, out.lma
        made.align = max(made.align, 1)
        made.access = out.spec.access
        parents[id(out)] = made
        outputs.append(made)
    for section, out_of in enumerate(placed.home):
        if out_of is None and section < count and ctx.sec_output[section] is not None and section not in ctx.merged \
                and ctx.sec_name[section] != ".eh_frame":
            ctx.sec_output[section] = None
    for section, (_, _, block) in ctx.merged.items():
        ctx.sec_output[section] = ctx.sec_output[block]
    loaded = [out for out in outputs if out.flags & SHF_ALLOC]
    return Frame(loaded + [out for out in outputs if not out.flags & SHF_ALLOC], [], 0, inner), parents


def output_of(ctx: Context, out: Out, members: list[int]) -> Output:
    flags = out.flags & SHF_KEPT if members else out.flags & SHF_KEPT | (SHF_ALLOC if out.properties & ALLOC else 0)
    if not out.properties & ALLOC:
        flags &= ~SHF_ALLOC
    if out.spec.type == "READONLY" or (not members and out.properties & READONLY):
        flags &= ~SHF_WRITE
        if out.spec.type != "READONLY":     # explicit bytes only: the name says what they are
            flags |= SHF_WRITE if out.name.startswith(_DATA_NAMES) else SHF_EXECINSTR if out.name.startswith(_CODE_NAMES) else 0
    kind = (out.type if out.type not in (0, SHT_NOBITS) else SHT_PROGBITS) if out.properties & CONTENTS else SHT_NOBITS
    if not out.properties & ALLOC and not out.properties & CONTENTS:
        kind = SHT_PROGBITS
    if out.spec.sh_type is not None and out.spec.sh_type.op == "num":
        kind = int(out.spec.sh_type.args[0])
    made = Output(out.name, kind, flags, out.align)
    made.members = members
    entsizes = {ctx.sec_entsize[section] for section in members}
    made.entsize = entsizes.pop() if len(entsizes) == 1 and kind != SHT_NOBITS else 0
    return made


# -- segments and file offsets ---------------------------------------------------------------------------------------------


def _rights(ctx: Context, out: Output) -> int:
    if ctx.options.omagic:
        return PF_R | PF_W | PF_X
    if out.access:
        return sum({"r": PF_R, "w": PF_W, "x": PF_X}[letter] for letter in out.access)
    return PF_R | (PF_W if out.flags & SHF_WRITE else 0) | (PF_X if out.flags & SHF_EXECINSTR else 0)


def _loads(ctx: Context, placed: Placement, parents: dict[int, Output]) -> list[Segment]:
    """PT_LOAD segments of what has an address, by the rules for scripts without PHDRS."""
    page = ctx.options.max_page_size
    loads: list[Segment] = []
    last: Output | None = None
    for one in placed.outputs:
        out = parents[id(one)]
        if not out.flags & SHF_ALLOC or one.spec.type in ("COPY", "INFO", "DSECT"):
            continue
        rights = _rights(ctx, out)
        local = out.type == SHT_NOBITS and out.flags & SHF_TLS
        if last is not None:
            end = last.address + (0 if last.type == SHT_NOBITS and last.flags & SHF_TLS else last.size)
            same = (end - 1) // page == out.address // page and bool(last.size)
            moved = out.physical - out.address != last.physical - last.address or out.address < end
            if moved or (last.type == SHT_NOBITS and not last.flags & SHF_TLS and out.type != SHT_NOBITS) or \
                    out.address - end >= page or (rights != loads[-1].flags and not same and not local):
                last = None
        if last is None:
            loads.append(Segment(PT_LOAD, rights, page))
        loads[-1].flags |= rights if not local else 0
        loads[-1].sections.append(out)
        last = out
    return loads


def _segments(ctx: Context, frame: Frame, loads: list[Segment], placed: Placement, dynamic: bool) -> list[Segment]:
    """All program headers in order: those of PHDRS, else the usual ones around `loads`."""
    if placed.segments is not None:
        by_name: dict[int, Output] = {}
        for one, out in zip(placed.outputs, _in_order(placed, frame)):
            by_name[id(one)] = out
        made = []
        loads.clear()
        for spec in placed.segments:
            parts = [by_name[id(out)] for out in spec.outputs]
            rights = spec.flags
            if rights is None:
                rights = PF_R
                for out in parts:
                    rights |= _rights(ctx, out)
            page = ctx.options.max_page_size
            segment = Segment(spec.type, rights, page if spec.type == PT_LOAD else max([1, *(out.align for out in parts)]), parts)
            segment.headers = spec.filehdr or (spec.phdrs and spec.type == PT_LOAD)
            if spec.at is not None and parts:
                segment.fixed_physical = spec.at
            if spec.type == 6:
                segment.align = 8
            made.append(segment)
            if spec.type == PT_LOAD and parts:
                loads.append(segment)
        return made
    usual = segments_of(ctx, frame.outputs, dynamic)
    at = next((number for number, segment in enumerate(usual) if segment.type == PT_LOAD), 0)
    rest = [segment for segment in usual if segment.type != PT_LOAD]
    return rest[:at] + loads + rest[at:]


def _in_order(placed: Placement, frame: Frame) -> list[Output]:
    """Output sections in the order of `placed.outputs`: loaded ones come first in the frame."""
    loaded = iter([out for out in frame.outputs if out.flags & SHF_ALLOC])
    rest = iter([out for out in frame.outputs if not out.flags & SHF_ALLOC])
    return [next(loaded) if one.properties & ALLOC else next(rest) for one in placed.outputs]


def _headers_at(loads: list[Segment], headers: int, placed: Placement, options: Options) -> int | None:
    """The address of the file header, None if it is not loaded."""
    load = next((load for load in loads if load.sections and (load.headers or placed.segments is None)), None)
    if load is None or (placed.segments is None and (options.omagic or options.nmagic)):
        return None
    head = load.sections[0].address
    room = head % max(options.max_page_size, *(out.align for out in load.sections))
    if placed.segments is not None:
        room = head % options.max_page_size
        room += headers - room + options.max_page_size - 1 & -options.max_page_size if room < headers else 0
    return head - room if room >= headers else None


def _files(ctx: Context, placed: Placement, frame: Frame, loads: list[Segment], headers: int) -> None:
    """File offsets: equal to addresses modulo the page, so that the file can be mapped."""
    options = ctx.options
    offset = headers
    explicit = placed.segments is not None
    done: set[int] = set()
    for which, load in enumerate(loads):
        parts = [out for out in load.sections if id(out) not in done]
        if not parts:
            continue
        head = parts[0]
        page = load.align
        widest = max(out.align for out in load.sections if out.size or len(load.sections) == 1) if load.sections else 1
        wide = load.align = widest if options.omagic or options.nmagic else max(page, widest)
        page = wide if options.omagic or options.nmagic else page
        room = head.address % page
        if load.headers and explicit:
            room = head.address % options.max_page_size
            if room < headers:      # they begin on a page before
                room += headers - room + options.max_page_size - 1 & -options.max_page_size
            if head.address < room:
                ctx.problems.append(f"there is no room for {headers} bytes of file and program headers before {head.name} at "
                                    f"{head.address:#x}\n>>> hint: start with `. = ADDRESS + SIZEOF_HEADERS`, or drop FILEHDR "
                                    "and PHDRS")
                return
            start = room
        elif which == 0 and not explicit and room >= headers and not options.omagic and not options.nmagic and \
                head.address % wide == room:
            start, load.headers = room, True
        else:
            start = offset + (head.address - offset) % wide
        for out in parts:
            out.offset = start + out.address - head.address
            done.add(id(out))
            if out.type != SHT_NOBITS:
                offset = max(offset, out.offset + out.size)
    for out in frame.outputs:
        if id(out) not in done:
            offset = offset + out.align - 1 & -out.align
            out.offset = offset
            if out.type != SHT_NOBITS:
                offset += out.size
    for part in frame.inner:
        if part.parent is not None:
            part.offset = part.parent[0].offset + part.parent[1]


def set_symbols(ctx: Context, made: Scripted, placed: Placement, parents: dict[int, Output]) -> None:
    """Values of the symbols the layout defines. Raises Unforeseen."""
    absolute: set[str] = set()
    wrong = False
    for name, symbol in made.defined.items():
        one = placed.symbols.get(name)
        foreseen = ctx.linker_defined[symbol][2] == "absolute"
        if one is None:
            ctx.linker_defined[symbol] = (None, 0, "absolute")
            absolute.add(name)
            continue
        out = parents.get(id(one.home)) if one.home is not None else None
        if out is None or not out.flags & SHF_ALLOC:
            ctx.linker_defined[symbol] = (None, one.value, "absolute")
            absolute.add(name)
        else:
            ctx.linker_defined[symbol] = (out, one.value - out.address, "start")
        wrong = wrong or bool(foreseen != (name in absolute) and ctx.sym_flags[symbol] & t.REFERENCED)
    if wrong and ctx.options.kind != EXEC:
        raise Unforeseen(frozenset(absolute))


