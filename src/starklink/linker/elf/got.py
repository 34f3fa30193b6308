"""The tables between code and the dynamic linker: GOT, PLT, copies; who has which entry, and the bytes of the stubs.

Sizes are fixed by `plan_tables` right after the scan; contents are written when addresses are known (`fill_tables`).
"""

from __future__ import annotations

from struct import pack_into
from typing import Any, Final

from ...support.record import dataclass, field
from ..errors import LinkError
from ..script.arithmetic import signed
from . import relocs as r
from . import tables as t
from .machine import Machine
from .options import EXEC
from .scan import Scan, is_constant, is_ifunc
from .tables import Context, Output

SHT_PROGBITS, SHT_NOBITS, SHT_RELR = 1, 8, 19
AX, WA, A = 6, 3, 2
STT_TLS: Final = 6
# push [GOTPLT+8]; jmp [GOTPLT+16]; nop
PLT_HEAD: Final = bytes.fromhex("ff3500000000 ff2500000000 0f1f4000")
# jmp [slot]; push n; jmp head
PLT_ENTRY: Final = bytes.fromhex("ff2500000000 6800000000 e900000000")
# endbr64; push n; bnd-less jmp head; nop   (and the jump itself in .plt.sec)
IBT_ENTRY: Final = bytes.fromhex("f30f1efa 6800000000 e900000000 6690")
IBT_SECOND: Final = bytes.fromhex("f30f1efa ff2500000000 660f1f440000")
# jmp [slot]; xchg ax, ax
GOT_ENTRY: Final = bytes.fromhex("ff2500000000 6690")
# i386: the same with absolute addresses; position-independent code has the GOT's address in ebx: jmp [ebx+n], push [ebx+n].
_BASED: Final = {0x25: 0xA3, 0x35: 0xB3}
_ENDBR32: Final = 0xFB


@dataclass(slots=True, eq=False)
class Tables:
    """Where the entries are. Dictionaries map symbol ids to byte offsets in their section (`slot`: in .got.plt)."""

    machine: Machine
    got: Output
    gotplt: Output
    plt: Output
    pltsec: Output
    pltgot: Output
    rela_dyn: Output
    rela_plt: Output
    relr: Output
    relro_copies: Output
    copies: Output
    address: dict[int, int] = field(default_factory=dict)
    gottpoff: dict[int, int] = field(default_factory=dict)
    tlsgd: dict[int, int] = field(default_factory=dict)
    tlsdesc: dict[int, int] = field(default_factory=dict)
    tlsld: int = -1
    lazy: list[int] = field(default_factory=list)
    """Symbols with a lazy PLT entry in order; then those of `indirect`, ifuncs of this output."""
    indirect: list[int] = field(default_factory=list)
    through_got: list[int] = field(default_factory=list)
    copied: list[int] = field(default_factory=list)
    plt_offset: dict[int, tuple[Output, int]] = field(default_factory=dict)
    slot: dict[int, int] = field(default_factory=dict)
    reserved: int = 0
    """Bytes of the three first .got.plt slots, 0 without them."""
    dynamic: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Dynamic relocations as they are applied: (place, kind, symbol id or -1, addend)."""
    relative: list[tuple[Any, Any]] = field(default_factory=list)
    """R_X86_64_RELATIVE rows that were made by columns: (places, values)."""
    expected: int = 0
    packed: dict[int, list[int]] = field(default_factory=dict)
    """Relative relocations for .relr.dyn: section id -> offsets in it."""
    packed_got: list[int] = field(default_factory=list)

    def sections(self) -> list[Output]:
        """All of them in a fixed order."""
        return [self.got, self.gotplt, self.plt, self.pltsec, self.pltgot, self.rela_dyn, self.rela_plt, self.relr,
                self.relro_copies, self.copies]


def make_tables(machine: Machine) -> Tables:
    """The empty sections."""
    word, table, row = machine.word, machine.table, machine.row
    return Tables(
        machine,
        Output(".got", SHT_PROGBITS, WA, word, word, content=bytearray()),
        Output(".got.plt", SHT_PROGBITS, WA, word, word, content=bytearray()),
        Output(".plt", SHT_PROGBITS, AX, 16, 16, content=bytearray()),
        Output(".plt.sec", SHT_PROGBITS, AX, 16, 16, content=bytearray()),
        Output(".plt.got", SHT_PROGBITS, AX, 8, 8, content=bytearray()),
        Output(f"{table}.dyn", machine.type, A, word, row, content=bytearray()),
        Output(f"{table}.plt", machine.type, A, word, row, content=bytearray()),
        Output(".relr.dyn", SHT_RELR, A, word, word, content=bytearray()),
        Output(".bss.rel.ro", SHT_NOBITS, WA, 1),
        Output(".dynbss", SHT_NOBITS, WA, 1))


def plan_tables(ctx: Context, found: Scan, tables: Tables) -> None:
    """Give every symbol its entries and every table its size."""
    got, word, row = 0, tables.machine.word, tables.machine.row
    for symbol in found.needing:
        flags = ctx.sym_flags[symbol]
        if flags & t.NEEDS_GOT:
            tables.address[symbol] = got
            got += word
        if flags & t.NEEDS_GOTTPOFF:
            tables.gottpoff[symbol] = got
            got += word
        if flags & t.NEEDS_TLSGD:
            tables.tlsgd[symbol] = got
            got += 2 * word
        if flags & t.NEEDS_TLSDESC:
            tables.tlsdesc[symbol] = got
            got += 2 * word
    if found.tlsld:
        tables.tlsld = got
        got += 2 * word
    for symbol in found.needing:
        flags = ctx.sym_flags[symbol]
        if flags & t.NEEDS_COPY:
            _copy(ctx, tables, symbol)
        elif flags & t.NEEDS_PLT:
            if is_ifunc(ctx, symbol):
                tables.indirect.append(symbol)
            elif flags & t.NEEDS_GOT and not flags & t.NEEDS_CANONICAL:
                tables.through_got.append(symbol)
            else:
                tables.lazy.append(symbol)
    ibt = ctx.options.ibt_plt
    tables.reserved = 3 * word if (found.dynamic and (tables.lazy or found.got_used)) or found.got_used else 0
    slot = tables.reserved
    head = 16 if tables.lazy else 0
    for number, symbol in enumerate([*tables.lazy, *tables.indirect]):
        tables.slot[symbol] = slot
        slot += word
        if ibt:
            tables.plt_offset[symbol] = (tables.pltsec, 16 * number)
        else:
            tables.plt_offset[symbol] = (tables.plt, head + 16 * number)
    for number, symbol in enumerate(tables.through_got):
        tables.plt_offset[symbol] = (tables.pltgot, (16 if ibt else 8) * number)
    count = len(tables.lazy) + len(tables.indirect)
    _size(tables.got, got)
    _size(tables.gotplt, slot)
    _size(tables.plt, (head + 16 * count) if not ibt else (head + 16 * len(tables.lazy)))
    _size(tables.pltsec, 16 * count if ibt else 0)
    _size(tables.pltgot, (16 if ibt else 8) * len(tables.through_got))
    _size(tables.rela_plt, row * (len(tables.lazy) + (0 if found.dynamic else _static_indirect(ctx, tables))))
    settled = sum(count for symbol, count in found.addresses.items() if ctx.sym_flags[symbol] & t.NEEDS_CANONICAL)
    tables.expected = found.dynamic_count - settled + found.relative_count + _got_relocations(ctx, found, tables) + \
        len(tables.copied) + (len(tables.indirect) if found.dynamic else 0)
    _size(tables.rela_dyn, row * tables.expected if found.dynamic else 0)


def _static_indirect(ctx: Context, tables: Tables) -> int:
    """IRELATIVE relocations of a program without dynamic linker: of PLT slots and GOT entries."""
    return len(tables.indirect) + sum(1 for symbol in tables.address
                                      if is_ifunc(ctx, symbol) and not ctx.sym_flags[symbol] & t.NEEDS_CANONICAL)


def _size(out: Output, size: int) -> None:
    out.size = size
    if out.type != SHT_NOBITS:
        out.content = bytearray(size)


def _got_relocations(ctx: Context, found: Scan, tables: Tables) -> int:
    return len(list(got_relocations(ctx, found, tables, 0)))


def got_relocations(ctx: Context, found: Scan, tables: Tables, base: int) -> list[tuple[int, int, int, int]]:
    """(place, kind, symbol or -1, addend or symbol whose address is the addend) of the GOT's dynamic relocations.

    Addends that are addresses are filled in by `fill_tables`; here they are the symbol's id with kind RELATIVE or IRELATIVE.
    """
    rows: list[tuple[int, int, int, int]] = []
    if not found.dynamic:
        return rows
    for symbol, offset in tables.address.items():
        imported = ctx.sym_flags[symbol] & t.IMPORTED
        if imported:
            rows.append((base + offset, r.R_GLOB_DAT, symbol, 0))
        elif is_ifunc(ctx, symbol) and not ctx.sym_flags[symbol] & t.NEEDS_CANONICAL:
            rows.append((base + offset, r.R_IRELATIVE, -1, symbol))
        elif found.pic and not is_constant(ctx, symbol):
            rows.append((base + offset, r.R_RELATIVE, -1, symbol))
    for symbol, offset in tables.gottpoff.items():
        if ctx.sym_flags[symbol] & t.IMPORTED:
            rows.append((base + offset, r.R_TPOFF64, symbol, 0))
        elif found.shared:
            rows.append((base + offset, r.R_TPOFF64, -1, symbol))
    for symbol, offset in tables.tlsgd.items():
        imported = ctx.sym_flags[symbol] & t.IMPORTED
        if imported:
            rows.append((base + offset, r.R_DTPMOD64, symbol, 0))
            rows.append((base + offset + tables.machine.word, r.R_DTPOFF64, symbol, 0))
        elif found.shared:
            rows.append((base + offset, r.R_DTPMOD64, -1, -1))
    for symbol, offset in tables.tlsdesc.items():
        rows.append((base + offset, r.R_TLSDESC, symbol if ctx.sym_flags[symbol] & t.IMPORTED else -1, symbol))
    if tables.tlsld >= 0 and found.shared:
        rows.append((base + tables.tlsld, r.R_DTPMOD64, -1, -1))
    return rows


def _copy(ctx: Context, tables: Tables, symbol: int) -> None:
    """A place in this image for an object of a shared one; all names the object has there move along."""
    if ctx.sym_section[symbol] != t.SHARED_OBJECT:
        return          # an alias that was moved already
    file = ctx.files[ctx.sym_file[symbol]]
    value, size = ctx.sym_value[symbol], ctx.sym_size[symbol]
    readonly = any(start <= value < end for start, end in file.readonly)
    out = tables.relro_copies if readonly else tables.copies
    align = min(value & -value, 64) if value else 64
    out.align = max(out.align, align)
    out.size = out.size + align - 1 & -align
    offset = out.size
    out.size += max(1, size)
    tables.copied.append(symbol)
    for number, (name, other_value, other_size, kind, binding, _, version) in enumerate(file.dynsyms):
        if other_value != value or kind == STT_TLS:
            continue
        if file.exports.get(name) != number:        # not the default version: has anybody asked for it?
            name = f"{name}@{version}"
            if file.exports.get(name) != number or name not in ctx.ids:
                continue
        other = ctx.ids.get(name, -1)
        if other < 0:
            other = ctx.global_id(name)
            ctx.sym_section[other], ctx.sym_file[other] = t.SHARED_OBJECT, ctx.sym_file[symbol]
        if ctx.sym_section[other] != t.SHARED_OBJECT or ctx.sym_file[other] != ctx.sym_file[symbol]:
            continue
        ctx.sym_section[other], ctx.sym_value[other], ctx.sym_size[other] = t.LINKER, 0, other_size
        ctx.sym_type[other], ctx.sym_binding[other] = kind, binding
        ctx.linker_defined[other] = (out, offset, "start")
        ctx.sym_flags[other] = ctx.sym_flags[other] & ~t.IMPORTED | t.EXPORTED
        if version:
            ctx.sym_version[other] = version
    file.used = True


def _put(content: bytearray, at: int, value: int, word: int) -> None:
    content[at:at + word] = (value & (1 << 8 * word) - 1).to_bytes(word, "little")


def fill_tables(ctx: Context, found: Scan, tables: Tables, tp: int, tls_start: int, dynamic_at: int) -> None:
    """Contents of GOT and PLT; dynamic relocations go to `tables.dynamic`. `tp` is the thread pointer's address."""
    address, word = ctx.address, tables.machine.word
    got = tables.got.content
    assert got is not None
    for place, kind, symbol, target in got_relocations(ctx, found, tables, tables.got.address):
        addend = 0
        if symbol < 0 and target >= 0:
            addend = resolver_address(ctx, target) if kind == r.R_IRELATIVE else address[target]
            if kind in (r.R_TPOFF64, r.R_TLSDESC):
                addend -= tls_start
            elif kind == r.R_RELATIVE:
                _put(got, place - tables.got.address, addend, word)
        tables.dynamic.append((place, kind, symbol, addend))
    for symbol, offset in tables.address.items():
        if ctx.sym_flags[symbol] & t.IMPORTED or (is_ifunc(ctx, symbol) and not ctx.sym_flags[symbol] & t.NEEDS_CANONICAL):
            continue
        _put(got, offset, address[symbol], word)
    for symbol, offset in tables.gottpoff.items():
        if not ctx.sym_flags[symbol] & t.IMPORTED and not found.shared:
            _put(got, offset, address[symbol] - tp, word)
    for symbol, offset in tables.tlsgd.items():
        if not ctx.sym_flags[symbol] & t.IMPORTED:
            if not found.shared:
                _put(got, offset, 1, word)
            _put(got, offset + word, address[symbol] - tls_start, word)
    if tables.tlsld >= 0 and not found.shared:
        _put(got, tables.tlsld, 1, word)
    _fill_plt(ctx, found, tables, dynamic_at)


def _stub(text: bytes, tables: Tables, based: bool) -> bytearray:
    """A stub of x86-64 as the machine has it; `based`: it adds ebx to the displacement."""
    stub = bytearray(text)
    if tables.machine.bits == 32:
        if stub[:3] == b"\xf3\x0f\x1e":
            stub[3] = _ENDBR32
        for at in range(0, min(12, len(stub)), 2) if based else ():
            if stub[at] == 0xFF and stub[at + 1] in _BASED:
                stub[at + 1] = _BASED[stub[at + 1]]
    return stub


def _fill_plt(ctx: Context, found: Scan, tables: Tables, dynamic_at: int) -> None:
    gotplt, plt, second, rela = tables.gotplt, tables.plt, tables.pltsec, tables.rela_plt
    assert gotplt.content is not None and plt.content is not None and second.content is not None and rela.content is not None
    ibt, word = ctx.options.ibt_plt, tables.machine.word
    small = tables.machine.bits == 32
    based = small and found.pic
    step = tables.machine.row if small else 1

    def aim(stub: bytearray, where: int, target: int, at: int) -> None:
        """Let the instruction at address `at`, whose displacement is at `where`, use the word at `target`."""
        value = target - gotplt.address if based else target if small else target - (at + where + 4)
        if small:
            pack_into("<I", stub, where, value & 0xFFFFFFFF)
        elif not -1 << 31 <= value < 1 << 31:
            raise LinkError([f"the procedure linkage table at {at:#x} lies more than 2 GiB from the addresses it uses at "
                             f"{target:#x}\n>>> hint: place them together, or compile with -fno-plt and -mcmodel=large"])
        else:
            pack_into("<i", stub, where, value)

    if tables.reserved:
        _put(gotplt.content, 0, dynamic_at, word)
    if tables.lazy:
        head = _stub(PLT_HEAD, tables, based)
        aim(head, 2, gotplt.address + word, plt.address)
        aim(head, 8, gotplt.address + 2 * word, plt.address)
        plt.content[0:16] = head
    for number, symbol in enumerate([*tables.lazy, *tables.indirect]):
        lazy = number < len(tables.lazy)
        slot = gotplt.address + tables.slot[symbol]
        home, at = tables.plt_offset[symbol]
        assert home.content is not None
        if ibt:
            if lazy:
                entry = _stub(IBT_ENTRY, tables, based)
                start = 16 + 16 * number
                pack_into("<I", entry, 5, number * step)
                pack_into("<i", entry, 10, plt.address - (plt.address + start + 14))
                plt.content[start:start + 16] = entry
                _put(gotplt.content, tables.slot[symbol], plt.address + start, word)
            entry = _stub(IBT_SECOND, tables, based)
            aim(entry, 6, slot, home.address + at)
            home.content[at:at + 16] = entry
        else:
            entry = _stub(PLT_ENTRY, tables, based)
            aim(entry, 2, slot, home.address + at)
            if lazy:
                pack_into("<I", entry, 7, number * step)
                pack_into("<i", entry, 12, plt.address - (home.address + at + 16))
                _put(gotplt.content, tables.slot[symbol], home.address + at + 6, word)
            else:
                entry[6:] = bytes.fromhex("0f1f8400000000000f0b")[:10]
            home.content[at:at + 16] = entry
        if not lazy:
            resolver = resolver_address(ctx, symbol)
            if found.dynamic:
                tables.dynamic.append((slot, r.R_IRELATIVE, -1, resolver))
    for symbol in tables.through_got:
        home, at = tables.plt_offset[symbol]
        assert home.content is not None
        entry = _stub(IBT_SECOND if ibt else GOT_ENTRY, tables, based)
        aim(entry, 6 if ibt else 2, tables.got.address + tables.address[symbol], home.address + at)
        home.content[at:at + len(entry)] = entry
    _fill_rela_plt(ctx, found, tables)


def resolver_address(ctx: Context, symbol: int) -> int:
    """The address of an ifunc's resolver, whatever its symbol's own address was made."""
    section = ctx.sym_section[symbol]
    out = ctx.sec_output[section]
    assert out is not None
    return out.address + ctx.sec_offset[section] + ctx.sym_value[symbol]


def _fill_rela_plt(ctx: Context, found: Scan, tables: Tables) -> None:
    content, machine = tables.rela_plt.content, tables.machine
    assert content is not None and tables.got.content is not None and tables.gotplt.content is not None
    if found.dynamic or ctx.options.kind != EXEC:
        return      # rows with symbol numbers are written when .dynsym is (`dynamic.py`)
    rows = [(tables.gotplt, tables.slot[symbol], symbol) for symbol in tables.indirect]
    rows += [(tables.got, offset, symbol) for symbol, offset in tables.address.items()
             if is_ifunc(ctx, symbol) and not ctx.sym_flags[symbol] & t.NEEDS_CANONICAL]
    for number, (out, offset, symbol) in enumerate(rows):
        resolver, place = resolver_address(ctx, symbol), out.address + offset
        if machine.in_place:
            assert out.content is not None
            _put(out.content, offset, resolver, machine.word)
            pack_into("<II", content, machine.row * number, place, machine.kinds[r.R_IRELATIVE])
        else:
            pack_into("<QQq", content, machine.row * number, place, r.R_IRELATIVE, signed(resolver))
