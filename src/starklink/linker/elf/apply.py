"""Relocation: contents of all output sections with every relocation applied.

What a relocation means is in `relocs.KINDS`; what its symbol needs was decided by `scan` with the same functions.
"""

from __future__ import annotations

from struct import error as StructError
from struct import pack_into
from typing import TYPE_CHECKING, Final

from ...objwriter.elf.layouts import RECORDS
from ...support.record import dataclass
from . import relax32
from . import relocs as r
from . import tables as t
from .ehframe import FrameRecord, split_frames
from .got import Tables, resolver_address
from .merge import merged_offset
from .messages import shown_name
from .objects import InputError
from .references import described
from .scan import BEHIND, NOT_RELAXED, TO_EXEC, Scan, is_constant, is_ifunc, is_nothing, plain_symbols, relaxes_got, tls_mode
from .tables import Context, Output

if TYPE_CHECKING:
    from .bulk import Bulk

SHF_ALLOC: Final = 2
STT_SECTION: Final = 3
STT_TLS: Final = 6
_LOOSE: Final = (".eh_frame", ".gcc_except_table", ".stapsdt", ".note", "__patchable_function_entries")
"""Sections whose references may lead nowhere."""
_LISTS: Final = (".debug_ranges", ".debug_loc")
_MASK: Final = (1 << 64) - 1


class TooFar(Exception):
    """An access through the GOT was planned to be direct, but its target lies out of reach."""


@dataclass(slots=True, eq=False)
class Work:
    """What every relocation may need, gathered once. `branch` is `ctx.address` with PLT entries where calls go through one."""

    ctx: Context
    found: Scan
    tables: Tables
    branch: list[int]
    plain: bytearray
    special: set[int]
    """Section symbols of merged sections and frames: the addend chooses the piece."""
    tp: int
    tls: int
    got_base: int


def make_work(ctx: Context, found: Scan, tables: Tables, tp: int, tls: int) -> Work:
    """Prepare for `relocate_output`."""
    branch = list(ctx.address)
    for symbol, (out, offset) in tables.plt_offset.items():
        branch[symbol] = out.address + offset
    base = tables.gotplt.address if tables.gotplt.size else tables.got.address
    if ctx.many:
        from .bulk import plain_and_special

        return Work(ctx, found, tables, branch, *plain_and_special(ctx), tp, tls, base)
    plain = plain_symbols(ctx)
    special: set[int] = set()
    for symbol, section in enumerate(ctx.sym_section):
        if section >= 0:
            if not ctx.sec_live[section]:
                plain[symbol] = 0
            elif ctx.sym_type[symbol] == STT_SECTION and (section in ctx.merged or section in ctx.eh_frames):
                special.add(symbol)
                plain[symbol] = 0
    return Work(ctx, found, tables, branch, plain, special, tp, tls, base)


def relocate_output(work: Work, out: Output, image: bytearray, bulk: Bulk | None = None) -> None:
    """Write an output section into the file image; relocations by columns if `bulk` is given."""
    ctx = work.ctx
    if out.type == 8:
        return
    start = out.offset
    if out.content is not None:
        image[start:start + len(out.content)] = out.content
        if out.name == ".eh_frame" and bulk is not None and ctx.frame_relocations is not None:
            bulk.frames(out, image)
        elif out.name == ".eh_frame":
            _frames(work, out, image)
        return
    offsets, data = ctx.sec_offset, ctx.sec_data
    whole = _joined(ctx, out, out.members, 0, out.size) if bulk is not None else None
    if whole is not None:
        image[start:start + out.size] = whole
    else:
        _fill_gaps(ctx, out, image)
        for section in out.members:
            at = start + offsets[section]
            size = ctx.sec_size[section]
            content = data[section]
            if len(content):
                image[at:at + size] = content
            if ctx.sec_rela[section] is not None and bulk is None:
                relocate_section(work, section, image, at, out.address + offsets[section])
    if bulk is not None:
        bulk.relocate(out, out.members, image)
    for at, piece in out.extra:
        image[start + at:start + at + len(piece)] = piece


def relocate_part(work: Work, out: Output, first: int, last: int, image: bytearray, bulk: Bulk) -> None:
    """The same for the members `first` to `last` (exclusive) of an output section without overlaps and the gap behind them."""
    members, offsets = out.members, work.ctx.sec_offset
    begin = offsets[members[first]] if first else 0
    end = offsets[members[last]] if last < len(members) else out.size
    whole = _joined(work.ctx, out, members[first:last], begin, end)
    assert whole is not None
    image[out.offset + begin:out.offset + end] = whole
    bulk.relocate(out, members[first:last], image)


def _joined(ctx: Context, out: Output, members: list[int], end: int, stop: int) -> bytes | None:
    """The contents of a section from the offset `end` to `stop`, with what fills the gaps; one copy of everything is cheaper
    than many small ones. None for members that overlap."""
    offsets, data, sizes = ctx.sec_offset, ctx.sec_data, ctx.sec_size
    pattern = _pattern(out) or b"\0"
    parts: list[bytes | bytearray | memoryview] = []
    for section in members:
        at, content = offsets[section], data[section]
        if at != end:
            if at < end:
                return None
            parts.append((pattern * ((at - end) // len(pattern) + 1))[:at - end])
        parts.append(content)
        end = at + sizes[section]
        if len(content) != sizes[section]:          # NOBITS among others
            parts.append(bytes(sizes[section] - len(content)))
    if end > stop:
        return None
    if end < stop:
        parts.append((pattern * ((stop - end) // len(pattern) + 1))[:stop - end])
    return b"".join(parts)


def _pattern(out: Output) -> bytes:
    """What gaps are filled with; nothing for zeros."""
    pattern = out.fill or (b"\xcc" if out.flags & 4 else b"")
    return b"" if pattern == bytes(len(pattern)) else pattern


def _fill_gaps(ctx: Context, out: Output, image: bytearray) -> None:
    pattern = _pattern(out)
    if not pattern:
        return
    end = 0
    for section in [*out.members, -1]:
        at = ctx.sec_offset[section] if section >= 0 else out.size
        if at > end:
            gap = at - end
            image[out.offset + end:out.offset + at] = (pattern * (gap // len(pattern) + 1))[:gap]
        if section >= 0:
            end = at + ctx.sec_size[section]


def relocate_section(work: Work, section: int, image: bytearray, at: int, address: int) -> None:
    """Apply the relocations of one input section whose content lies at `at` in the image and at `address` in memory."""
    ctx = work.ctx
    rela = ctx.sec_rela[section]
    assert rela is not None
    symbols = ctx.files[ctx.sec_file[section]].symbols
    record = RECORDS["rela", 64, "<"]
    if not ctx.sec_flags[section] & SHF_ALLOC:
        _debug(work, section, image, at, symbols)
        return
    plain, value_of, branch, pic = work.plain, ctx.address, work.branch, work.found.pic
    dynamic = work.tables.dynamic
    skip = False
    for offset, info, addend in record.iter_unpack(rela):
        symbol = symbols[info >> 32]
        kind = info & 0xFFFFFFFF
        if skip:
            skip = False
            continue
        if plain[symbol]:
            try:
                if kind == 2 or kind == 4:
                    pack_into("<i", image, at + offset, branch[symbol] + addend - address - offset)
                    continue
                if kind == 1:
                    value = value_of[symbol] + addend & _MASK
                    pack_into("<Q", image, at + offset, value)
                    if pic:
                        dynamic.append((address + offset, r.R_RELATIVE, -1, value))
                    continue
            except StructError:
                pass        # modulo 2^64 it may fit
        skip = apply_row(work, section, image, at, address, offset, kind, symbol, addend)


def _value(work: Work, symbol: int, addend: int) -> int:
    """S + A, through merged pieces where the addend chooses one."""
    ctx = work.ctx
    if symbol in work.special:
        section = ctx.sym_section[symbol]
        if section in ctx.merged:
            if not 0 <= ctx.sym_value[symbol] + addend <= ctx.sec_size[section]:
                ctx.problems.append(f"a relocation points {ctx.sym_value[symbol] + addend:#x} bytes into "
                                    f"{ctx.place(section, 0)}, which has {ctx.sec_size[section]:#x}")
            made, offset = merged_offset(ctx, section, ctx.sym_value[symbol] + addend)
            out = ctx.sec_output[made]
            assert out is not None
            return out.address + ctx.sec_offset[made] + offset
        from .addresses import frame_offset

        out = ctx.sec_output[section]
        assert out is not None
        return out.address + frame_offset(ctx, section, ctx.sym_value[symbol] + addend)
    return ctx.address[symbol] + addend


def apply_row(work: Work, section: int, image: bytearray, at: int, address: int, offset: int, kind: int, symbol: int,
              addend: int) -> bool:
    """One relocation of any kind; True if the following one is part of it."""
    ctx, tables = work.ctx, work.tables
    row = r.KINDS.get(kind)
    if row is None or row.computes == r.DYNAMIC:
        return False
    computes = row.computes
    place = address + offset
    if computes == r.NONE:
        return False
    home = ctx.sym_section[symbol]
    if home >= 0 and not ctx.sec_live[home] and not ctx.sec_name[section].startswith(_LOOSE):
        ctx.problems.append(f"{described(ctx, section, offset)}: {r.name(kind)} against {shown_name(ctx, symbol)} in "
                            f"{ctx.place(home, ctx.sym_value[symbol])}, which the layout discards")
        return False
    if computes == r.ABS:
        value = _absolute(work, kind, symbol, addend, place)
    elif computes == r.PC:
        base = work.branch[symbol] + addend if ctx.sym_flags[symbol] & t.IMPORTED or is_ifunc(ctx, symbol) \
            else _value(work, symbol, addend)
        value = base - place
    elif computes == r.PLT:
        value = work.branch[symbol] + addend - place if symbol not in work.special else _value(work, symbol, addend) - place
        if is_constant(ctx, symbol) and ctx.sym_section[symbol] == t.UNDEFINED:
            # A weak function nobody defines: the program tests for it first, but the call must link wherever the image lies.
            value = value if r.fits(value, row) else 0
    elif computes == r.PLTOFF:
        value = work.branch[symbol] + addend - work.got_base
    elif computes == r.GOTPCREL:
        if addend == BEHIND and relaxes_got(ctx, section, offset, kind, symbol):
            _relax_got(work, section, image, at, offset, kind, symbol, addend, place)
            return False
        value = tables.got.address + tables.address.get(symbol, 0) + addend - place
    elif computes == r.GOT:
        pic = work.found.pic
        form = relax32.got_form(ctx, section, offset, kind, symbol, pic, is_constant(ctx, symbol))
        if form:
            relax32.relax_got(image, at + offset, form, _value(work, symbol, 0), work.got_base, place)
            return False
        value = tables.got.address + tables.address.get(symbol, 0) + addend
        if kind < r.SMALL or relax32.has_base(ctx.sec_data[section], offset):
            value -= work.got_base
    elif computes == r.GOTOFF:
        value = (work.branch[symbol] + addend if symbol not in work.special else _value(work, symbol, addend)) - work.got_base
    elif computes == r.GOTPC:
        value = work.got_base + addend - place
    elif computes == r.SIZE:
        value = ctx.sym_size[symbol] + addend
    elif kind >= r.SMALL:
        return _thread_local_32(work, section, image, at, address, offset, kind, symbol, addend)
    else:
        return _thread_local(work, section, image, at, address, offset, kind, symbol, addend)
    _store(work, section, image, at, offset, row, symbol, addend, value)
    return False


def _store(work: Work, section: int, image: bytearray, at: int, offset: int, row: r.Kind, symbol: int, addend: int,
           value: int) -> None:
    if not r.fits(value, row):
        _overflow(work, section, offset, row.number, symbol, addend, value)
        return
    size = row.size
    image[at + offset:at + offset + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")


def _absolute(work: Work, kind: int, symbol: int, addend: int, place: int) -> int:
    """The value of an address field, and the dynamic relocation it needs."""
    ctx, found, dynamic = work.ctx, work.found, work.tables.dynamic
    if is_ifunc(ctx, symbol):
        if found.pic and kind in r.FULL:
            # Where code takes the address of the PLT entry, pointers in data must be equal to it.
            if ctx.sym_flags[symbol] & t.NEEDS_CANONICAL:
                dynamic.append((place, r.R_RELATIVE, -1, ctx.address[symbol] + addend & _MASK))
                return ctx.address[symbol] + addend
            dynamic.append((place, r.R_IRELATIVE, -1, resolver_address(ctx, symbol) + addend))
            return 0
        return ctx.address[symbol] + addend
    if is_nothing(ctx, symbol, kind):
        return addend & _MASK
    if ctx.sym_flags[symbol] & t.IMPORTED:
        if (kind in r.FULL and not ctx.sym_flags[symbol] & t.NEEDS_CANONICAL) or found.shared:
            dynamic.append((place, r.R_64, symbol, addend))
            return 0
        # A canonical PLT entry is the function's address everywhere: nothing is left to the dynamic linker.
        return work.branch[symbol] + addend
    value = _value(work, symbol, addend)
    if found.pic and kind in r.FULL and not is_constant(ctx, symbol):
        dynamic.append((place, r.R_RELATIVE, -1, value & _MASK))
    return value & _MASK if kind == r.R_64 else value


def _relax_got(work: Work, section: int, image: bytearray, at: int, offset: int, kind: int, symbol: int, addend: int,
               place: int) -> None:
    """psABI B.2: mov x@GOTPCREL(%rip), r -> lea x(%rip), r; call/jmp *x@GOTPCREL(%rip) -> call/jmp x with a filler."""
    spot = at + offset
    value = _value(work, symbol, 0) + addend - place
    row = r.KINDS[kind]
    if not r.fits(value, row) or not r.fits(value + 1, row):
        raise TooFar
    opcode = image[spot - 2]
    if opcode == 0x8B:
        image[spot - 2] = 0x8D
    elif image[spot - 1] == 0x15:       # addr32 call x
        image[spot - 2:spot] = b"\x67\xe8"
    else:                               # jmp x; nop
        image[spot - 2] = 0xE9
        pack_into("<i", image, spot - 1, value + 1)
        image[spot + 3] = 0x90
        return
    _store(work, section, image, at, offset, row, symbol, addend, value)


def _thread_local(work: Work, section: int, image: bytearray, at: int, address: int, offset: int, kind: int, symbol: int,
                  addend: int) -> bool:
    ctx, tables = work.ctx, work.tables
    row, place, spot = r.KINDS[kind], address + offset, at + offset
    imported = bool(ctx.sym_flags[symbol] & t.IMPORTED)
    if kind in (r.R_TPOFF32, r.R_TPOFF64):
        if kind == r.R_TPOFF64 and (work.found.shared or imported):
            tables.dynamic.append((place, r.R_TPOFF64, symbol if imported else -1,
                                   addend if imported else _value(work, symbol, addend) - work.tls))
            return False
        _store(work, section, image, at, offset, row, symbol, addend, _value(work, symbol, addend) - work.tp)
        return False
    if kind in (r.R_DTPOFF32, r.R_DTPOFF64):
        # After local-dynamic code was relaxed, offsets count from the thread pointer.
        from_tp = not work.found.shared and ctx.sec_flags[section] & 4
        value = _value(work, symbol, addend) - (work.tp if from_tp else work.tls)
        _store(work, section, image, at, offset, row, symbol, addend, value)
        return False
    mode = tls_mode(ctx, section, offset, kind, symbol)
    if kind == r.R_TLSDESC_CALL:
        if mode != NOT_RELAXED:
            image[spot:spot + 2] = b"\x66\x90"
        return False
    if mode == NOT_RELAXED:
        entry = _entry(tables, row.computes, symbol)
        if entry < 0:
            return False
        _store(work, section, image, at, offset, row, symbol, addend, tables.got.address + entry + addend - place)
        return False
    try:
        return _relax_tls(work, section, image, at, place, offset, kind, symbol, mode)
    except StructError:
        _overflow(work, section, offset, kind, symbol, addend, _value(work, symbol, addend) - work.tp)
        return False


def _entry(tables: Tables, computes: int, symbol: int) -> int:
    """Where the GOT holds what a thread-local access needs; -1 after an error (--noinhibit-exec goes on)."""
    if computes == r.TLSLD:
        return tables.tlsld
    entries = {r.GOTTPOFF: tables.gottpoff, r.TLSGD: tables.tlsgd}.get(computes, tables.tlsdesc)
    return entries.get(symbol, -1)


def _thread_local_32(work: Work, section: int, image: bytearray, at: int, address: int, offset: int, kind: int, symbol: int,
                     addend: int) -> bool:
    """The same for i386, where offsets count from the GOT and addends are those of the section."""
    ctx, tables, row = work.ctx, work.tables, r.KINDS[kind]
    computes, spot = row.computes, at + offset

    def store(value: int) -> bool:
        _store(work, section, image, at, offset, row, symbol, addend, value)
        return False

    if computes == r.TPOFF:
        value = _value(work, symbol, addend) - work.tp
        return store(-value if kind == relax32.LE_32 else value)
    if computes == r.DTPOFF:
        from_tp = not work.found.shared and ctx.sec_flags[section] & 4
        return store(_value(work, symbol, addend) - (work.tp if from_tp else work.tls))
    mode = tls_mode(ctx, section, offset, kind, symbol)
    got = tables.got.address - work.got_base
    if computes == r.TLSDESC_CALL:
        if mode != NOT_RELAXED:
            image[spot:spot + 2] = b"\x66\x90"
        return False
    if mode == NOT_RELAXED:
        entry = _entry(tables, computes, symbol)
        return entry >= 0 and store((tables.got.address if kind == relax32.IE else got) + entry)
    if not relax32.is_known(image, spot, computes):
        ctx.problems.append(_unknown_code(ctx, section, offset, kind, symbol))
        return False
    initial = mode != TO_EXEC
    if computes == r.TLSLD:
        relax32.relax_local(image, spot)
        return True
    value = got + tables.gottpoff.get(symbol, 0) if initial else _value(work, symbol, addend) - work.tp
    if computes == r.GOTTPOFF:
        relax32.relax_initial(image, spot, kind, value)
    elif computes == r.TLSGD:
        relax32.relax_general(image, spot, value, initial)
    else:
        relax32.relax_descriptor(image, spot, value, initial)
    return computes == r.TLSGD


_THREAD_POINTER: Final = bytes.fromhex("64488b042500000000")        # mov rax, fs:0


def _relax_tls(work: Work, section: int, image: bytearray, at: int, place: int, offset: int, kind: int, symbol: int,
               mode: int) -> bool:
    """The code sequences of the psABI's TLS chapter, rewritten in place."""
    tables, spot = work.tables, at + offset
    if not _is_known_code(image, spot, kind):
        work.ctx.problems.append(_unknown_code(work.ctx, section, offset, kind, symbol))
        return False
    tp_offset = 0 if mode != TO_EXEC or kind == r.R_TLSLD else work.ctx.address[symbol] - work.tp
    entry = tables.got.address + tables.gottpoff.get(symbol, 0)
    if kind == r.R_GOTTPOFF:
        prefix, opcode, register = image[spot - 3], image[spot - 2], image[spot - 1] >> 3 & 7
        if opcode == 0x8B:              # mov x@gottpoff(%rip), r -> mov $x, r
            image[spot - 3:spot] = bytes((0x49 if prefix == 0x4C else 0x48, 0xC7, 0xC0 | register))
        elif register == 4:             # add x@gottpoff(%rip), %rsp or %r12 -> add $x, r
            image[spot - 3:spot] = bytes((0x49 if prefix == 0x4C else 0x48, 0x81, 0xC0 | register))
        else:                           # add x@gottpoff(%rip), r -> lea x(r), r
            image[spot - 3:spot] = bytes((0x4D if prefix == 0x4C else 0x48, 0x8D, 0x80 | register * 9))
        pack_into("<i", image, spot, tp_offset)
        return False
    if kind in (r.R_TLSGD, r.R_TLSLD) and image[spot + 4:spot + 6] == b"\x48\xb8":
        _relax_large(image, spot, kind, mode, tp_offset, entry - place)
        return True
    if kind == r.R_TLSGD:
        if mode == TO_EXEC:             # lea x@tpoff(%rax), %rax
            image[spot - 4:spot + 12] = _THREAD_POINTER + b"\x48\x8d\x80" + bytes(4)
            pack_into("<i", image, spot + 8, tp_offset)
        else:                           # add x@gottpoff(%rip), %rax
            image[spot - 4:spot + 12] = _THREAD_POINTER + b"\x48\x03\x05" + bytes(4)
            pack_into("<i", image, spot + 8, entry - (place + 12))
        return True
    if kind == r.R_TLSLD:
        call = image[spot + 4]
        if call == 0xE8:                # .word 0x6666; .byte 0x66; mov fs:0, rax
            image[spot - 3:spot + 9] = b"\x66\x66\x66" + _THREAD_POINTER
        else:                           # call *__tls_get_addr@GOTPCREL(%rip) is one byte longer
            image[spot - 3:spot + 10] = b"\x66\x66\x66\x66" + _THREAD_POINTER
        return True
    register = image[spot - 1] >> 3 & 7
    if mode == TO_EXEC:                 # lea x@tlsdesc(%rip), r -> mov $x, r
        image[spot - 3:spot] = bytes((0x49 if image[spot - 3] == 0x4C else 0x48, 0xC7, 0xC0 | register))
        pack_into("<i", image, spot, tp_offset)
    else:                               # -> mov x@gottpoff(%rip), r
        image[spot - 2] = 0x8B
        pack_into("<i", image, spot, entry - (place + 4))
    return False


def _unknown_code(ctx: Context, section: int, offset: int, kind: int, symbol: int) -> str:
    sequence = _SEQUENCES.get(kind) or relax32.SEQUENCES[r.KINDS[kind].computes]
    return (f"{described(ctx, section, offset)}: {r.name(kind)} of {shown_name(ctx, symbol)} is not in {sequence}, so it cannot "
            "be relaxed")


_SEQUENCES: Final = {
    r.R_TLSGD: "data16 lea x@tlsgd(%rip), %rdi; call __tls_get_addr", r.R_TLSLD: "lea x@tlsld(%rip), %rdi; call __tls_get_addr",
    r.R_GOTPC32_TLSDESC: "lea x@tlsdesc(%rip), REG", r.R_GOTTPOFF: "mov or add x@gottpoff(%rip), REG",
}  # fmt: skip


def _is_known_code(image: bytearray, spot: int, kind: int) -> bool:
    """Whether the instruction with its displacement at `spot` is the one the psABI has for a kind."""
    if kind == r.R_GOTTPOFF:
        return True         # `tls_mode` has looked
    if kind == r.R_GOTPC32_TLSDESC:
        return spot >= 3 and image[spot - 3] & 0xFB == 0x48 and image[spot - 2] == 0x8D and image[spot - 1] & 0xC7 == 5
    large = image[spot + 4:spot + 6] == b"\x48\xb8"
    return image[spot - 3:spot] == b"\x48\x8d\x3d" and (kind == r.R_TLSLD or large or image[spot - 4] == 0x66)


def _relax_large(image: bytearray, spot: int, kind: int, mode: int, tp_offset: int, entry: int) -> None:
    """The large model's calls: lea x@tlsgd(%rip), %rdi; movabs $__tls_get_addr@pltoff, %rax; add %rbx, %rax; call *%rax."""
    if kind == r.R_TLSLD:               # a long nop before the thread pointer
        image[spot - 3:spot + 19] = bytes.fromhex("666666662e0f1f840000000000") + _THREAD_POINTER
        return
    to_exec = mode == TO_EXEC
    image[spot - 3:spot + 19] = _THREAD_POINTER + (b"\x48\x8d\x80" if to_exec else b"\x48\x03\x05") + bytes(4) + \
        bytes.fromhex("660f1f440000")
    pack_into("<i", image, spot + 9, tp_offset if to_exec else entry - 13)


def _overflow(work: Work, section: int, offset: int, kind: int, symbol: int, addend: int, value: int) -> None:
    ctx = work.ctx
    row = r.KINDS[kind]
    bits = 8 * row.size
    if row.fit != "u" and value >> 63:
        value -= 1 << 64
    low = 0 if row.fit == "u" else -(1 << bits - (row.fit != "j"))
    high = (1 << bits - (row.fit == "s" or not row.fit)) - 1
    beyond = value - high if value > high else low - value
    name = shown_name(ctx, symbol)
    text = (f"{described(ctx, section, offset)}: relocation {r.name(kind)} out of range: {value} is not in [{low}, {high}], "
            f"{beyond:#x} too far\n>>> references {name}")
    where = ctx.sym_section[symbol]
    if where >= 0:
        text += f" defined in {ctx.place(where, ctx.sym_value[symbol])}"
    if kind in (r.R_32, r.R_32S):
        text += "\n>>> hint: the code is compiled for addresses below 2 GiB; -mcmodel=large, or -mcmodel=kernel for the top 2 GiB"
    ctx.problems.append(text)


def _debug(work: Work, section: int, image: bytearray, at: int, symbols: list[int]) -> None:
    """Sections that are not loaded: addresses of what was dropped become a mark debuggers skip."""
    ctx = work.ctx
    rela = ctx.sec_rela[section]
    assert rela is not None
    for offset, info, addend in RECORDS["rela", 64, "<"].iter_unpack(rela):
        if info >> 32 >= len(symbols):
            ctx.problems.append(f"{ctx.place(section, offset)}: a relocation names a symbol beyond the symbol table")
            continue
        debug_row(work, section, image, at, offset, info & 0xFFFFFFFF, symbols[info >> 32], addend)


def debug_row(work: Work, section: int, image: bytearray, at: int, offset: int, kind: int, symbol: int, addend: int) -> None:
    """One relocation of a section that is not loaded."""
    ctx = work.ctx
    if kind == 0:
        return
    row = r.KINDS.get(kind)
    if row is None or not 0 <= offset <= ctx.sec_size[section] - row.size:
        ctx.problems.append(f"{ctx.place(section, offset)}: {r.name(kind)} is not a relocation that can be applied here")
        return
    home = ctx.sym_section[symbol]
    if home == t.DROPPED or (home >= 0 and not ctx.sec_live[home]):
        value = 1 if ctx.sec_name[section] in _LISTS else 0
    elif symbol in work.special:
        value = _value(work, symbol, addend)
    elif ctx.sym_type[symbol] == STT_TLS and row.computes == r.DTPOFF:
        value = ctx.address[symbol] + addend - work.tls
    elif row.computes == r.SIZE:
        value = ctx.sym_size[symbol] + addend
    else:
        value = ctx.address[symbol] + addend
    if row.computes == r.PC:
        value -= offset
    if row.size < 8 and home != t.DROPPED and (home < 0 or ctx.sec_live[home]) and not r.fits(value, row):
        _overflow(work, section, offset, kind, symbol, addend, value)
        return
    width = row.size
    image[at + offset:at + offset + width] = (value & (1 << 8 * width) - 1).to_bytes(width, "little")


def _frames(work: Work, out: Output, image: bytearray) -> None:
    """The relocations of the records that stayed, at their new places."""
    ctx = work.ctx
    for section, (_, places, _) in ctx.eh_frames.items():
        try:
            records: list[FrameRecord] = split_frames(ctx, section)
        except InputError:
            continue
        symbols = ctx.files[ctx.sec_file[section]].symbols
        for record, place in zip(records, places):
            if place < 0:
                continue
            for offset, info, addend in record.relocations:
                spot = place + offset - record.offset
                _apply_frame(work, section, image, out, spot, offset, info & 0xFFFFFFFF, symbols[info >> 32], addend)


def _apply_frame(work: Work, section: int, image: bytearray, out: Output, spot: int, offset: int, kind: int, symbol: int,
                 addend: int) -> None:
    if work.plain[symbol] and kind == 2:
        try:
            pack_into("<i", image, out.offset + spot, work.branch[symbol] + addend - out.address - spot)
            return
        except StructError:
            pass
    # `apply_row` adds `offset` to both bases: they are moved so that the sum is the new place.
    apply_row(work, section, image, out.offset + spot - offset, out.address + spot - offset, offset, kind, symbol, addend)


