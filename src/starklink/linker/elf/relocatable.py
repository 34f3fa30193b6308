"""-r: many objects become one, for a later link. Sections of one name are joined, relocations and symbols kept and moved."""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING

from ...objwriter.elf.layouts import RECORDS
from ..errors import LinkError
from ..script.arithmetic import signed
from . import relocs as r
from . import tables as t
from .emit import check_size, number_sections, write_headers
from .exports import place_commons
from .i386 import narrow_symbols, rel_row
from .layout import Frame, header_sizes
from .messages import shown_name
from .objects import with_headers
from .ordering import order_sections, order_symbols
from .properties import merge_properties, property_note
from .references import described
from .scan import DROPPED_IN
from .sections import drop_empty, gather, measure, note_links, sections_in_order
from .symtab import numbered
from .tables import Context, Output

if TYPE_CHECKING:
    from .inputs import Loader
    from .link import LinkResult
    from .room import Room
    from .scripted import Scripted

SHT_PROGBITS, SHT_SYMTAB, SHT_STRTAB, SHT_NOTE, SHT_NOBITS, SHT_GROUP = 1, 2, 3, 7, 8, 17
SHT_SYMTAB_SHNDX, SHN_LORESERVE, SHN_XINDEX = 18, 0xFF00, 0xFFFF
SHF_ALLOC, SHF_INFO_LINK, SHF_GROUP = 2, 0x40, 0x200
STT_SECTION, STT_FILE = 3, 4


def link_relocatable(ctx: Context, loader: Loader, room: Room, script: Scripted | None = None) -> LinkResult:
    """Join the loaded objects; a script says which sections are joined and dropped. Raises LinkError."""
    from .link import LinkResult

    if ctx.problems:
        raise LinkError(ctx.problems)
    options = ctx.options
    if script is not None:
        script.provide(ctx)
    if options.define_commons or (script is not None and script.plan.force_common):
        place_commons(ctx)
    if options.force_groups or (script is not None and script.plan.force_group):
        for section in ctx.sec_group:
            ctx.sec_flags[section] &= ~SHF_GROUP
        ctx.sec_group.clear()
        ctx.comdats.clear()
    if script is None:
        order_sections(ctx)
    order_symbols(ctx)
    order = sections_in_order(ctx)
    if options.strip in ("all", "debug"):
        order = [section for section in order if not ctx.sec_name[section].startswith((".debug", ".zdebug"))]
    made: list[Output] = []
    if script is not None:
        from .scripted_join import join

        made = join(ctx, script, [section for section in order if section not in ctx.sec_group])
        order = [section for section in order if ctx.sec_live[section] and ctx.sec_output[section] is None]
    outputs = made + gather(ctx, order)
    frames = [section for section in order if ctx.sec_name[section] == ".eh_frame"]
    if frames:
        outputs.append(_join_frames(ctx, frames))
    note = property_note(merge_properties(ctx), ctx.machine.word)
    if note:
        outputs.append(Output(".note.gnu.property", SHT_NOTE, 2, ctx.machine.word, content=bytearray(note)))
    if any(file.stack_note for file in ctx.files):
        execstack = any(file.execstack for file in ctx.files)
        outputs.append(Output(".note.GNU-stack", SHT_PROGBITS, 4 if execstack else 0, 1, content=bytearray(), keep=True))
    for out in outputs:
        out.flags |= _common_flags(ctx, out)
        if not out.placed:
            measure(ctx, out)
    outputs = drop_empty(outputs)
    note_links(ctx, outputs)
    names = number_sections(outputs)
    symbols = _Symbols(ctx, outputs)
    relocating = [(out, _relocations(ctx, out, symbols)) for out in outputs]
    tables = [table for _, table in relocating if table is not None]
    if ctx.problems:
        raise LinkError(ctx.problems)
    groups = _groups(ctx, outputs, tables, symbols)
    symtab, strtab = symbols.sections()
    for table in [*tables, *groups]:
        table.link = symtab
    every = [*groups, *(one for pair in relocating for one in pair if one is not None), symtab, strtab]
    wide = len(every) + 2 >= SHN_LORESERVE
    if wide:
        numbers = Output(".symtab_shndx", SHT_SYMTAB_SHNDX, 0, 4, 4, size=4 * len(symbols.entries), link=symtab)
        every.append(numbers)
    names = number_sections(every)
    # Section numbers went into symbols before groups were known, so the table is written again with the final ones.
    symtab.content = symbols.rows(names)
    if wide:
        numbers.content = symbols.extended
    _fill_groups(groups)
    offset = header_sizes(ctx)[0]
    for out in [*every, names]:
        offset = offset + out.align - 1 & -out.align
        out.offset = offset
        offset += 0 if out.type == SHT_NOBITS else out.size
    table_at = offset + 7 & -8
    check_size(ctx, every, table_at)
    image = room.make(options, table_at + 64 * (len(every) + 2))
    for out in [*every, names]:
        _write(ctx, out, image)
    ctx.outputs = every
    frame = Frame(every, [], offset)
    write_headers(ctx, frame, names, image, table_at)
    image[24:24 + ctx.machine.word] = bytes(ctx.machine.word)       # no entry
    return LinkResult(image, ctx, frame, loader, 0o666, ctx.warnings, ctx.trace, room=room)


def _common_flags(ctx: Context, out: Output) -> int:
    """Flags all members share: merging goes on in the later link."""
    flags = [ctx.sec_flags[section] & 0x30 for section in out.members]
    if not flags or any(one != flags[0] for one in flags) or len({ctx.sec_entsize[section] for section in out.members}) > 1:
        return 0
    return flags[0]


def _join_frames(ctx: Context, sections: list[int]) -> Output:
    out = Output(".eh_frame", ctx.sec_type[sections[0]], 2, ctx.machine.word)
    for section in sections:
        out.members.append(section)
        ctx.sec_output[section] = out
    return out


class _Symbols:
    """The joined symbol table: section symbols, local symbols file by file, global ones."""

    def __init__(self, ctx: Context, outputs: list[Output]) -> None:
        self.ctx = ctx
        self.entries: list[tuple[str, int, int, Output | int, int, int]] = [("", 0, 0, 0, 0, 0)]
        self.number: dict[int, int] = {}
        self.of_section: dict[int, int] = {}
        self.strings = bytearray(b"\0")
        self.extended = bytearray()
        """Section numbers that do not fit into a symbol, for .symtab_shndx."""
        for out in outputs:
            self.of_section[id(out)] = len(self.entries)
            self.entries.append(("", STT_SECTION, 0, out, 0, 0))
        for file in ctx.files:
            if file.kind == "object":
                for symbol in range(file.first_local_id, file.first_local_id + file.first_global):
                    self._local(symbol)
        # A group's signature may be a name no symbol table needs for anything else.
        self.signature: dict[str, int] = {}
        for name in ctx.comdats:
            if name not in ctx.ids:
                self.signature[name] = len(self.entries)
                self.entries.append((name, 0, 0, 0xFFF1, 0, 0))
        self.locals = len(self.entries)
        if ctx.options.unique_symbols:
            counts: dict[str, int] = {}
            for at, row in enumerate(self.entries):
                if row[0] and row[1] not in (STT_SECTION, STT_FILE):
                    self.entries[at] = (numbered(row[0], counts), *row[1:])
        for symbol in ctx.ids.values():
            self._global(symbol)

    def _local(self, symbol: int) -> None:
        ctx = self.ctx
        kind, section, name = ctx.sym_type[symbol], ctx.sym_section[symbol], ctx.sym_name[symbol]
        if kind == STT_SECTION:
            out = ctx.sec_output[section] if section >= 0 else None
            if out is not None and id(out) in self.of_section:
                self.number[symbol] = self.of_section[id(out)]
            return
        if kind == STT_FILE:
            self.entries.append((name, STT_FILE, 0, 0xFFF1, 0, 0))
            return
        if section == t.ABSOLUTE:
            place: Output | int = 0xFFF1
            value = ctx.sym_value[symbol]
        else:
            found = ctx.sec_output[section] if section >= 0 else None
            if found is None or id(found) not in self.of_section:
                return
            place, value = found, ctx.sym_value[symbol] + ctx.sec_offset[section]
        self.number[symbol] = len(self.entries)
        self.entries.append((name, kind, ctx.sym_visibility[symbol], place, value, ctx.sym_size[symbol]))

    def _global(self, symbol: int) -> None:
        ctx = self.ctx
        section, flags = ctx.sym_section[symbol], ctx.sym_flags[symbol]
        value = ctx.sym_value[symbol]
        binding = ctx.sym_binding[symbol] or 1
        place: Output | int
        if section >= 0:
            found = ctx.sec_output[section]
            if found is None or id(found) not in self.of_section:
                return
            place, value = found, value + ctx.sec_offset[section]
        elif section == t.ABSOLUTE:
            place = 0xFFF1
        elif section == t.COMMON:
            place = 0xFFF2
        elif section == t.LINKER:
            known, value, _ = ctx.linker_defined[symbol]
            place = known if known is not None else 0xFFF1
        else:
            place, value = 0, 0
            binding = 1 if flags & t.STRONG_REFERENCE else 2
        self.number[symbol] = len(self.entries)
        self.entries.append((ctx.sym_name[symbol], binding << 4 | ctx.sym_type[symbol], ctx.sym_visibility[symbol], place, value,
                             ctx.sym_size[symbol] if place != 0 else 0))

    def rows(self, _: Output) -> bytearray:
        """The table with the current section numbers."""
        out = bytearray()
        strings = bytearray(b"\0")
        extended = []
        for name, info, other, place, value, size in self.entries:
            at = 0
            if name:
                at = len(strings)
                strings += name.encode("utf-8", "surrogateescape") + b"\0"
            index = place.index if isinstance(place, Output) else place
            extended.append(0)
            if isinstance(place, Output) and index >= SHN_LORESERVE:
                extended[-1], index = index, SHN_XINDEX
            out += pack("<IBBHQQ", at, info, other & 3, index, value & self.ctx.machine.mask, size)
        self.strings[:] = strings
        self.extended = bytearray(pack(f"<{len(extended)}I", *extended))
        return out if self.ctx.machine.bits == 64 else narrow_symbols(out)

    def sections(self) -> tuple[Output, Output]:
        """.symtab and .strtab with their sizes."""
        rows = self.rows(Output("", 0, 0))
        strtab = Output(".strtab", SHT_STRTAB, 0, 1, content=self.strings, size=len(self.strings))
        machine = self.ctx.machine
        symtab = Output(".symtab", SHT_SYMTAB, 0, machine.word, machine.symbol, content=rows, size=len(rows), link=strtab,
                        info=self.locals)
        return symtab, strtab


def _relocations(ctx: Context, out: Output, symbols: _Symbols) -> Output | None:
    """The relocations of all members, moved; section symbols become those of the output section."""
    rows = bytearray()
    machine = ctx.machine
    for section in out.members:
        rela = ctx.sec_rela[section]
        if rela is None:
            continue
        content = bytearray(ctx.sec_data[section]) if machine.in_place else bytearray()
        base = ctx.sec_offset[section]
        ids = ctx.files[ctx.sec_file[section]].symbols
        size = ctx.sec_size[section]
        for offset, info, addend in RECORDS["rela", 64, "<"].iter_unpack(rela):
            symbol = ids[info >> 32] if info >> 32 < len(ids) else -1
            number = symbols.number.get(symbol, 0)
            kind = info & 0xFFFFFFFF
            if symbol >= 0 and ctx.sym_type[symbol] == STT_SECTION:
                home = ctx.sym_section[symbol]
                if home >= 0:
                    addend = signed(addend + ctx.sec_offset[home] + ctx.sym_value[symbol])
            if offset > size and not kind:
                continue
            if offset > size:
                ctx.problems.append(f"{ctx.place(section, 0)}: a relocation at {offset:#x} lies outside the section of {size:#x} "
                                    "bytes")
                break
            if number == 0 and kind and symbol >= 0 and _is_gone(ctx, symbol):
                if ctx.sec_flags[section] & SHF_ALLOC and not out.name.startswith(DROPPED_IN):
                    ctx.problems.append(f"{described(ctx, section, offset)}: {r.name(kind)} against {shown_name(ctx, symbol)}, "
                                        "which lies in a discarded section")
                kind, addend = 0, 0
            if machine.in_place:
                rows += rel_row(content, offset, base + offset, number, kind, addend)
            else:
                rows += pack("<QQq", base + offset, number << 32 | kind, addend)
        if machine.in_place:
            ctx.sec_data[section] = content
    if not rows:
        return None
    flags = SHF_INFO_LINK | out.flags & SHF_GROUP
    row = 24 if machine.bits == 64 else 8
    return Output(f"{machine.table}{out.name}", machine.type, flags, machine.word, row, content=rows, size=len(rows), info=out)


def _is_gone(ctx: Context, symbol: int) -> bool:
    """Whether a symbol lies in a section that another file's group replaces, or that a script discards."""
    home = ctx.sym_section[symbol]
    return home == t.DROPPED or (home >= 0 and not ctx.sec_live[home])


def _groups(ctx: Context, outputs: list[Output], tables: list[Output], symbols: _Symbols) -> list[Output]:
    """Section groups go on as groups: one per signature, of output sections that hold nothing else."""
    made: list[Output] = []
    done: set[int] = set()
    for signature, (number, index) in ctx.comdats.items():
        file = with_headers(ctx.files[number])
        if index >= len(file.shdrs) or file.shdrs[index][1] != SHT_GROUP:
            continue
        members = [section for section in file.sections if section in ctx.sec_group and ctx.sec_live[section]
                   and file.shdrs[index][1] == SHT_GROUP and _in_group(ctx, file.data, file.shdrs[index], ctx.sec_index[section])]
        parts = [out for out in dict.fromkeys(ctx.sec_output[section] for section in members) if out is not None]
        row = symbols.signature.get(signature) or symbols.number.get(ctx.ids.get(signature, -1), 0)
        if not parts or not row or any(id(part) in done for part in parts):
            continue
        done.update(id(part) for part in parts)
        rows = [*parts, *(table for table in tables if table.info in parts)]
        for part in rows:
            part.flags |= SHF_GROUP
        group = Output(".group", SHT_GROUP, 0, 4, 4, content=bytearray(4 + 4 * len(rows)), size=4 + 4 * len(rows),
                       info=row)
        group.keep = True
        _MEMBERS[id(group)] = rows
        made.append(group)
    return made


_MEMBERS: dict[int, list[Output]] = {}


def _in_group(ctx: Context, data: memoryview, row: tuple[int, ...], index: int) -> bool:
    words = memoryview(bytes(data[row[4] + 4:row[4] + row[5] // 4 * 4])).cast("I")
    return index in words


def _fill_groups(groups: list[Output]) -> None:
    for group in groups:
        rows = _MEMBERS.pop(id(group))
        group.content = bytearray(pack(f"<{len(rows) + 1}I", 1, *(out.index for out in rows)))


def _write(ctx: Context, out: Output, image: bytearray) -> None:
    if out.type == SHT_NOBITS:
        return
    if out.content is not None:
        image[out.offset:out.offset + len(out.content)] = out.content
        return
    for section in out.members:
        data = ctx.sec_data[section]
        at = out.offset + ctx.sec_offset[section]
        image[at:at + len(data)] = data
    for at, piece in out.extra:
        image[out.offset + at:out.offset + at + len(piece)] = piece
