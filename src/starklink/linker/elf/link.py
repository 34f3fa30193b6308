"""The link of real object files, phase by phase: the table of contents of this package."""

from __future__ import annotations

import os
from struct import pack
from typing import TYPE_CHECKING, Final

from ...support.files import write_file
from ...support.record import copied, dataclass, field
from ..errors import LinkError, Unforeseen
from . import tables as t
from .addresses import addresses, define_names, settle
from .apply import TooFar, Work, make_work, relocate_output
from .defsyms import Defsyms, alias, declare, evaluate
from .dynamic import Dynamic, fill_dynamic, make_dynamic, plan_dynamic, store_addends
from .ehframe import NoTable, build_frames, no_table, search_table
from .emit import (
    BUILD_ID,
    build_id_note,
    check_size,
    entry_address,
    finish_build_id,
    loaded_part,
    missing_entry,
    number_sections,
    pieces,
    write_headers,
)
from .exports import decide, is_dynamic, place_commons, report_missing
from .gc import collect, root_symbols
from .got import Tables, fill_tables, make_tables, plan_tables
from .i386 import narrow_symbols
from .inputs import Loader
from .layout import Frame, assign, tls_block
from .layout_checks import check_layout
from .options import EXEC, PIE, RELOCATABLE, SHARED, Options
from .ordering import order_sections, order_symbols
from .properties import merge_properties, property_note, settle_stack
from .room import Room
from .scan import Scan, scan
from .sections import drop_empty, gather, measure, note_links, place_key, sections_in_order, sort_by_links, unify_arrays
from .symtab import symbol_sections
from .tables import Context, Output
from .versions import apply_versions, dynamic_names, exported_names, read_text

if TYPE_CHECKING:
    from ..flat import Piece
    from .bulk import Bulk
    from .crew import Crew
    from .scripted import Scripted

SHT_PROGBITS, SHT_SYMTAB, SHT_NOTE = 1, 2, 7
STB_GNU_UNIQUE: Final = 10
SHF_ALLOC: Final = 2
MANY: int = 120_000
"""Relocations from which columns pay for importing numpy; a sixth of them if it is loaded anyway."""
_ATTEMPTS: Final = 4
GDB_INDEX: Final = ".gdb_index"
_DEBUG: Final = (".debug", ".zdebug", ".line", ".stab", ".gdb_index")


@dataclass(slots=True, eq=False)
class LinkResult:
    """A finished link. `bytes` is the file; `mode` its permission bits; `context` the tables, for maps and explanations."""

    bytes: bytearray
    context: Context
    frame: Frame
    loader: Loader
    mode: int = 0o755
    warnings: list[str] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    """Sections that --gc-sections dropped."""
    elf: bytearray = field(default_factory=bytearray)
    """The ELF file, also when `bytes` is a flat image of it."""
    room: Room | None = None
    """Holds the file that `link(in_place=True)` made and `write` gives its name."""

    @property
    def regions(self) -> list[tuple[str, int, int]]:
        """Memory regions of the layout: (name, bytes used, bytes in all)."""
        return [(one.name, one.used, one.length) for one in self.context.usage]

    @property
    def entry(self) -> int:
        """The address the program starts at."""
        return entry_address(self.context)

    @property
    def pieces(self) -> list[Piece]:
        """Load addresses with the bytes there, and the section they are from."""
        return pieces(self.frame, self.elf)

    def flat(self, fill: int = 0, size: int = 0) -> bytearray:
        """The loaded bytes by load address, from the lowest on, gaps filled; at least `size` bytes. Raises LinkError."""
        from ..flat import flat_image

        return flat_image(self.pieces, fill=fill, size=size)

    def write_flat(self, path: str | os.PathLike[str], fill: int = 0, size: int = 0) -> None:
        """Write `flat()`. Raises LinkError for sections that overlap in the image, and OSError."""
        write_file(path, bytes(self.flat(fill, size)), 0o644)

    def write_hex(self, path: str | os.PathLike[str]) -> None:
        """Write the same bytes as Intel HEX. Raises LinkError and OSError."""
        from ..flat import intel_hex

        write_file(path, intel_hex(self.pieces, self.entry).encode(), 0o644)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the file by rename, with the permissions the umask allows, as GNU ld leaves it (`support.mapped`). Raises
        OSError."""
        from ...support.mapped import write_output

        made = self.room.file if self.room is not None else None
        if made is not None and os.fspath(path) == self.context.options.output:
            made.publish(self.mode)
        else:
            write_output(os.fspath(path), self.bytes, self.mode)


def link(options: Options, in_place: bool = False) -> LinkResult:
    """Link. Raises LinkError with every problem that was found. Nothing is written; but with `in_place` the bytes are in a file
    without a name beside `options.output` already, and OSError is raised if there is no room for it."""
    room = Room(in_place)
    try:
        return _settled(copied(options), room)
    except BaseException:
        room.discard()
        raise


def _settled(asked: Options, room: Room) -> LinkResult:
    """Link until what was assumed on the way turns out to be so. Raises LinkError."""
    for _ in range(_ATTEMPTS):
        try:
            return _link(copied(asked), room)
        except TooFar:      # so large an image is rare: then all accesses stay as they are
            if not asked.relax:
                raise LinkError(["the start code's accesses through the GOT cannot be relaxed: the image is larger than 2 GiB"]) \
                    from None
            asked.relax = False
        except Unforeseen as found:
            asked.absolute_names = found.names
    raise LinkError(["the layout does not settle: symbols of the script are absolute and relative to sections by turns"])


def _link(options: Options, room: Room) -> LinkResult:
    _refuse(options)
    options, script = _script(options)
    ctx = Context(options)
    loader = Loader(ctx)
    loader.load_all(options.inputs)
    script = _implicit(options, script, loader)
    _stop(ctx)
    if not ctx.files and not loader.archives:
        raise LinkError(["no input files"])
    defsyms = declare(ctx)
    if script is not None:
        script.declare(ctx)
        script.yield_to(ctx, defsyms)
    # From here on every name that is needed has been looked for everywhere; no file is added.
    loader.resolve()
    if options.kind == RELOCATABLE:
        ctx.problems += ctx.duplicates
        from .relocatable import link_relocatable

        return link_relocatable(ctx, loader, room, script)
    _mark_used(ctx)
    settle_stack(ctx)
    if not options.gnu_unique:
        ctx.sym_binding = [1 if binding == STB_GNU_UNIQUE else binding for binding in ctx.sym_binding]
    dynamic = is_dynamic(ctx)
    if options.kind == EXEC:
        options.relr = ""       # what is at a fixed address has no relative relocations
    relocations = sum(len(rela) for rela in ctx.sec_rela if rela is not None) // 24
    many = ctx.many = relocations >= (MANY // 6 if loader.by_columns else MANY) and options.machine == "x86_64"
    tables, made = make_tables(ctx.machine), make_dynamic(ctx.machine)
    place_commons(ctx)
    if script is not None:
        script.provide(ctx)
    define_names(ctx, tables, dynamic)
    alias(ctx, defsyms)
    texts = [(path, read_text(path)) for path in options.version_scripts]
    if script is not None and script.plan.version_text:
        texts.append(("VERSION", script.plan.version_text))
    versions = apply_versions(ctx, texts)
    decide(ctx, dynamic_names(ctx), exported_names(ctx))
    _stop(ctx)
    dropped = _garbage(ctx, script) if options.gc_sections else []
    if options.gdb_index and not options.strip:
        from .gdb_index import take_lists

        ctx.name_lists = take_lists(ctx)
    ctx.problems += ctx.duplicates
    report_missing(ctx)
    _stop(ctx)
    unify_arrays(ctx)
    found = _scan(ctx, dynamic, many)
    _stop(ctx)
    plan_tables(ctx, found, tables)
    if options.relr and dynamic:
        from .relr import find_packed

        find_packed(ctx, found, tables)
    if dynamic:
        plan_dynamic(ctx, found, tables, made, versions)
    ctx.scripted = script is not None
    outputs, frames = _outputs(ctx, tables, made, dynamic, script is not None, many)
    _stop(ctx)
    frame = assign(ctx, outputs, dynamic) if script is None else script.layout(ctx, outputs, dynamic)
    check_layout(ctx, frame, script)
    _stop(ctx)
    ctx.outputs = frame.outputs
    note_links(ctx, frame.outputs)
    missing, _ = missing_entry(ctx)
    if missing:
        ctx.warnings.append(missing)
    image = _write(ctx, frame, found, tables, made, frames, dynamic, defsyms, room)
    _stop(ctx)
    image = room.result(image)
    return _finished(LinkResult(image, ctx, frame, loader, 0o777, ctx.warnings, ctx.trace, dropped, image, room), options)


def _finished(done: LinkResult, options: Options) -> LinkResult:
    """The result in the format that was asked for."""
    if options.oformat != "elf":
        done.mode = 0o666
    if options.oformat == "binary":
        done.bytes = done.flat()
    elif options.oformat == "ihex":
        from ..flat import intel_hex

        done.bytes = bytearray(intel_hex(done.pieces, done.entry), "ascii")
    return done


def _refuse(options: Options) -> None:
    """What would change the result and is not here yet is an error, not a surprise."""
    problems = []
    if options.emit_relocs and options.strip == "all":
        problems.append("--emit-relocs needs the symbol table that -s drops")
    if options.kind == RELOCATABLE and options.gc_sections and not (options.entry or options.undefined):
        problems.append("-r with --gc-sections needs roots: give -e or -u")
    if problems:
        raise LinkError(problems)


def _script(options: Options) -> tuple[Options, Scripted | None]:
    """The layout the options ask for, and the options with the inputs it names."""
    if any(one.kind == "mri" for one in options.inputs):
        from .mri import take_commands

        take_commands(options)
    if not options.script and not options.script_text and options.layout is None:
        return options, None
    from .scripted import read_layout, take_inputs

    script, options = read_layout(options), copied(options)
    if script is not None:
        take_inputs(options, script)
    return options, script


def _implicit(options: Options, script: Scripted | None, loader: Loader) -> Scripted | None:
    """Inputs that are scripts with more than INPUT and GROUP add to the layout, and so does a section ordering file. Raises
    LinkError."""
    if loader.scripts:
        from .scripted import add_scripts

        script, inputs = add_scripts(options, script, loader.scripts)
        loader.scripts.clear()
        loader.load_all(inputs)
    if options.section_order and script is not None:
        from .section_order import order_layout

        order_layout(options, script)
    return script


def _unrelocated(ctx: Context) -> int:
    """The file whose code finds the GOT unrelocated: in a static PIE the program itself does that, after its entry."""
    options = ctx.options
    entry = ctx.ids.get(options.entry or "_start", -1)
    if options.relax or options.kind != PIE or options.dynamic_linker or entry < 0 or ctx.sym_section[entry] < 0:
        return -1
    if options.machine == "i386":       # there the C library's code does so, too
        options.relax = True
    return ctx.sym_file[entry]


def _garbage(ctx: Context, script: Scripted | None) -> list[int]:
    """Sections nothing needs; they are no part of the link any more."""
    if script is None:
        return collect(ctx, root_symbols(ctx), order_sections(ctx))
    return collect(ctx, root_symbols(ctx) + script.wanted(ctx), script.keep(ctx))


def _scan(ctx: Context, dynamic: bool, many: bool) -> Scan:
    """One look at all relocations; by columns if there are many."""
    options = ctx.options
    ctx.early = _unrelocated(ctx)
    if options.icf:
        from .icf import fold

        fold(ctx)
    if many:
        from .bulk import scan_bulk

        found = scan_bulk(ctx, options.kind != EXEC, dynamic, options.kind == SHARED)
    else:
        found = scan(ctx, options.kind != EXEC, dynamic)
    if options.kind == EXEC and options.dynamic_undefined_weak is None:
        for symbol in ctx.weak_undefined:       # without an entry of the tables it is 0 for good
            if not ctx.sym_flags[symbol] & (t.NEEDS_GOT | t.NEEDS_PLT):
                ctx.sym_flags[symbol] &= ~t.IMPORTED
    return found


def _stop(ctx: Context) -> None:
    if ctx.problems and not ctx.options.no_inhibit_exec:
        raise LinkError(ctx.problems)
    if ctx.problems:
        ctx.warnings += ctx.problems
        ctx.problems = []


def _mark_used(ctx: Context) -> None:
    """Warnings objects attach to names (.gnu.warning.NAME), for names that are used."""
    for name, text in ctx.symbol_warnings.items():
        symbol = ctx.ids.get(name, -1)
        if symbol >= 0 and ctx.sym_flags[symbol] & t.REFERENCED and symbol in ctx.first_reference:
            ctx.warnings.append(f"{ctx.files[ctx.first_reference[symbol]].shown}: {text}")


def _outputs(ctx: Context, tables: Tables, made: Dynamic, dynamic: bool,
             scripted: bool, many: bool) -> tuple[list[Output], list[tuple[int, int]]]:
    """All output sections in order with their sizes, and the frame descriptions that stay; with a script its own ones."""
    options = ctx.options
    if not scripted:
        order_sections(ctx)
    order_symbols(ctx)
    order = sections_in_order(ctx)
    outputs = [] if scripted else gather(ctx, [section for section in order if options.strip not in ("all", "debug") or
                                               not _is_debug(ctx, section)])
    if options.relr and dynamic:
        from .relr import plan_size

        for out in outputs:
            measure(ctx, out)
        plan_size(ctx, tables, outputs)
    outputs += [out for out in tables.sections() if out.size]
    if dynamic:
        outputs += [out for out in made.sections() if out.size]
    frames: list[tuple[int, int]] = []
    if any(ctx.sec_name[section] == ".eh_frame" for section in order):
        out = Output(".eh_frame", SHT_PROGBITS, SHF_ALLOC, ctx.machine.word)
        frames = _frames(ctx, [section for section in order if ctx.sec_name[section] == ".eh_frame"], out, many)
        outputs.append(out)
        if options.eh_frame_hdr:
            outputs.append(Output(".eh_frame_hdr", SHT_PROGBITS, SHF_ALLOC, 4, content=bytearray(12 + 8 * len(frames))))
    note = property_note(merge_properties(ctx), ctx.machine.word)
    if note:
        outputs.append(Output(".note.gnu.property", SHT_NOTE, SHF_ALLOC, ctx.machine.word, content=bytearray(note)))
    if options.package_metadata:
        text = unquote(options.package_metadata) + b"\0"
        head = pack("<III4s", 4, len(text), 0xCAFE1A7E, b"FDO\0")
        outputs.append(Output(".note.package", SHT_NOTE, SHF_ALLOC, 4, content=bytearray(head + text + bytes(-len(text) % 4))))
    if options.build_id:
        try:
            outputs.append(Output(BUILD_ID, SHT_NOTE, SHF_ALLOC, 4, content=bytearray(build_id_note(options.build_id))))
        except ValueError as error:
            ctx.problems.append(str(error))
    for out in outputs:
        measure(ctx, out)
    outputs = drop_empty(outputs)
    if scripted:
        return outputs, frames
    outputs.sort(key=lambda out: place_key(ctx, out))
    for out in outputs:
        for section in out.members:
            ctx.sec_output[section] = out
    if ctx.link_order:
        sort_by_links(ctx, outputs)
    return outputs, frames


def _frames(ctx: Context, sections: list[int], out: Output, many: bool) -> list[tuple[int, int]]:
    """The frame descriptions that stay; by columns if there are many."""
    if many and not ctx.options.icf:        # whose frames are known by the sections they described before
        from .frames_bulk import build_many

        rows = build_many(ctx, sections, out)
        if rows is not None:
            return rows
    return build_frames(ctx, sections, out)


def unquote(text: str) -> bytes:
    """The bytes of --package-metadata, which may be percent-encoded to pass through shells. Raises LinkError."""
    from re import search, sub

    if search(r"%(?![0-9a-fA-F]{2})", text):
        raise LinkError([f"--package-metadata={text}: two hexadecimal digits must follow each %; %25 stands for it"])
    return sub(rb"%([0-9a-fA-F]{2})", lambda found: bytes((int(found[1], 16),)), text.encode("utf-8", "surrogateescape"))


def _is_debug(ctx: Context, section: int) -> bool:
    return not ctx.sec_flags[section] & SHF_ALLOC and ctx.sec_name[section].startswith(_DEBUG)


def _write(ctx: Context, frame: Frame, found: Scan, tables: Tables, made: Dynamic, frames: list[tuple[int, int]],
           dynamic: bool, defsyms: Defsyms, room: Room) -> bytearray:
    """Addresses, symbols, contents, headers: the file."""
    ctx.outputs, ctx.inner = frame.outputs, frame.inner
    if tables.rela_plt.size:
        tables.rela_plt.link = made.dynsym if dynamic else 0
        tables.rela_plt.info = tables.gotplt if tables.gotplt.size else tables.got
        tables.rela_plt.flags |= 0x40
    if tables.rela_dyn.size:
        tables.rela_dyn.link = made.dynsym
    settle(ctx, frame, tables)
    addresses(ctx, tables)
    if defsyms.rows:
        evaluate(ctx, defsyms)
    tls, tp = tls_block(frame.outputs)
    names = number_sections(frame.outputs)
    for part in frame.inner:
        part.index = part.parent[0].index if part.parent is not None else 0
    fill_tables(ctx, found, tables, tp, tls, made.dynamic.address if dynamic else 0)
    for symbol in tables.copied:
        tables.dynamic.append((ctx.address[symbol], 5, symbol, 0))
    everything = [*frame.outputs, *frame.inner]
    late = {".eh_frame_hdr", tables.rela_dyn.name, ".relr.dyn", tables.rela_plt.name, ".dynamic", ".dynsym"}
    writer = _Writer(ctx, make_work(ctx, found, tables, tp, tls), room, frame.end,
                     [out for out in everything if out.name not in late or out.content is None])
    try:
        more = [] if ctx.name_lists is None else [Output(GDB_INDEX, SHT_PROGBITS, 0, 4, content=bytearray())]
        frame, names, table_at = _add_symbols(ctx, frame, names, [*more, *symbol_sections(ctx, tables, tls, ctx.many)])
        image = writer.finish(table_at + 64 * (len(frame.outputs) + 2))
    finally:
        writer.stop()
    work = writer.work
    for out in [*frame.outputs[len(everything) - len(frame.inner):], names]:
        relocate_output(work, out, image)
    if ctx.options.relr and dynamic:
        from .relr import pack_relative

        pack_relative(ctx, tables)
    if dynamic:
        _pad_relocations(tables, ctx.options.no_inhibit_exec)
        fill_dynamic(ctx, found, tables, made)
        if tables.machine.in_place:
            store_addends(tables, everything, image)
    for out in everything:
        if out.name == ".eh_frame_hdr" and out.content is not None:
            table = next((one for one in everything if one.name == ".eh_frame" and one.content is not None), out)
            with memoryview(image)[table.offset:table.offset + table.size] as body:
                out.content = bytearray(_search_table(ctx, body, table.address, out.address, [at for at, _ in frames]))
        if out.name in late and out.content is not None:
            relocate_output(work, out, image)
    if more:
        table_at = _write_index(ctx, frame, more[0], room, image, table_at)
    if ctx.options.compress_debug:
        from .compress import compress_debug

        image = compress_debug([*frame.outputs, names], image, ctx.options.compress_debug, ctx.machine.bits)
        table_at = len(image) + 7 & -8
        image += bytes(table_at + 64 * (len(frame.outputs) + 2) - len(image))
    write_headers(ctx, frame, names, image, table_at)
    if not ctx.options.section_headers:
        image = loaded_part(ctx, frame, image)
    ctx.outputs = frame.outputs
    for out in everything:
        if out.name == BUILD_ID and out.content is not None:
            finish_build_id(image, out, ctx.options.build_id)
    return image


def _write_index(ctx: Context, frame: Frame, out: Output, room: Room, image: bytearray, end: int) -> int:
    """Make the index for gdb of what is written, at the end of the image; where the section headers begin now."""
    from .gdb_index import debug_sections, index

    content = index(ctx, ctx.name_lists, debug_sections(frame.outputs, image))
    out.offset, out.size = end, len(content)
    table_at = end + out.size + 7 & -8
    room.grow(image, table_at + 64 * (len(frame.outputs) + 2))
    image[end:end + out.size] = content
    return table_at


def _add_symbols(ctx: Context, frame: Frame, names: Output, symbols: list[Output]) -> tuple[Frame, Output, int]:
    """The sections no segment holds, behind the others: their places, the names of all, and where the section headers begin."""
    end = frame.end
    for table in [one for one in symbols if one.type == SHT_SYMTAB and ctx.machine.bits == 32]:
        table.content, table.entsize, table.align = narrow_symbols(table.content or b""), 16, 4
        table.size = len(table.content)
    if symbols:
        frame = Frame([*frame.outputs, *symbols], frame.segments, end, frame.inner)
        names = number_sections(frame.outputs)
    for out in [*symbols, names]:
        end = end + out.align - 1 & -out.align
        out.offset = end
        end += out.size
    table_at = end + 7 & -8
    check_size(ctx, frame.outputs, table_at)
    return frame, names, table_at


class _Writer:
    """Copies and relocates `outputs`; in a large link a second process begins at once (`crew.py`)."""

    def __init__(self, ctx: Context, work: Work, room: Room, end: int, outputs: list[Output]) -> None:
        self.work, self.room, self.outputs = work, room, outputs
        self.bulk: Bulk | None = None
        self.crew: Crew | None = None
        self.image = bytearray()
        if ctx.many:
            from .bulk import Bulk

            self.bulk = Bulk(work)
            from .crew import Crew, parts_of, pays

            if pays(ctx, end):
                check_size(ctx, ctx.outputs, end)
                self.image = room.make(ctx.options, end, shared=True)
                if room.file is not None:
                    self.crew = Crew(work, self.bulk, parts_of(ctx, outputs, ctx.scripted), self.image)

    def finish(self, size: int) -> bytearray:
        """The file of `size` bytes with what was to be written in it. Raises LinkError and OSError."""
        if self.crew is not None:
            self.room.grow(self.image, size)
            self.crew.finish(self.image)
            return self.image
        image = self.room.make(self.work.ctx.options, size)
        for out in self.outputs:
            relocate_output(self.work, out, image, self.bulk)
        return image

    def stop(self) -> None:
        """After an error nobody works on."""
        if self.crew is not None:
            self.crew.stop()


def _search_table(ctx: Context, body: memoryview, frames_at: int, table_at: int, rows: list[int]) -> bytes:
    if ctx.many:
        from .frames_bulk import search_many

        made = search_many(body, frames_at, table_at, rows)
        if made is not None:
            return made
    try:
        return search_table(body, frames_at, table_at, rows, word=ctx.machine.word)
    except NoTable:
        ctx.warnings.append(".eh_frame: a frame description names its code in an unknown way; .eh_frame_hdr is without a table")
        return no_table(frames_at, table_at, 12 + 8 * len(rows))


def _pad_relocations(tables: Tables, forced: bool) -> None:
    """Relocations that turned out to be unnecessary leave R_X86_64_NONE rows; more than planned would be a fault of ours."""
    missing = tables.expected - len(tables.dynamic) - sum(len(places) for places, _ in tables.relative)
    if missing < 0 and forced:
        raise LinkError(["after these errors there is nothing --noinhibit-exec could write"])
    if missing < 0:
        raise AssertionError(f"{-missing} dynamic relocations more than the scan counted")
    tables.dynamic += [(0, 0, -1, 0)] * missing
