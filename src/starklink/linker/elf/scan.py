"""One look at every relocation of loaded sections: which symbols need a GOT or PLT entry, a copy, a dynamic relocation.

Sets NEEDS_* flags and counts; no size of the layout changes after this. `apply` makes the same decisions with the same functions.
"""

from __future__ import annotations

from typing import Final

from ...objwriter.elf.layouts import RECORDS
from ...support.record import dataclass, field
from . import relocs as r
from . import tables as t
from .messages import shown_name
from .options import EXEC, SHARED
from .references import described
from .relax32 import IE as INDIRECT
from .relax32 import got_form, has_base, is_initial
from .tables import Context

SHF_WRITE, SHF_ALLOC = 1, 2
STT_FUNC, STT_SECTION, STT_TLS, STT_IFUNC = 2, 3, 6, 10
NOT_RELAXED, TO_EXEC, TO_INITIAL = 0, 1, 2
"""What becomes of a thread-local access: as written, a constant offset from the thread pointer, or an offset from the GOT."""
DROPPED_IN: Final = (".gcc_except_table", ".eh_frame", ".stapsdt", ".note", "__patchable_function_entries", ".toc")
"""Sections about code, which may name code that was dropped."""
_ANY: Final = t.NEEDS_GOT | t.NEEDS_PLT | t.NEEDS_COPY | t.NEEDS_GOTTPOFF | t.NEEDS_TLSGD | t.NEEDS_TLSDESC
_MODES: Final = {EXEC: "a program at a fixed address", "pie": "a PIE", SHARED: "a shared object"}


@dataclass(slots=True, eq=False)
class Scan:
    """What the relocations ask for. `needing` holds the symbols with NEEDS_* flags in order of first use."""

    pic: bool
    shared: bool
    dynamic: bool
    needing: list[int] = field(default_factory=list)
    dynamic_count: int = 0
    """Dynamic relocations in sections of the inputs (those of the GOT come on top)."""
    addresses: dict[int, int] = field(default_factory=dict)
    """How many of them are for addresses of imported symbols: none if a later relocation makes the PLT entry canonical."""
    relative_count: int = 0
    tlsld: bool = False
    got_used: bool = False
    static_tls: bool = False
    text_relocations: bool = False


def is_ifunc(ctx: Context, symbol: int) -> bool:
    """A function of this output whose address is found at start-up (gABI extension STT_GNU_IFUNC)."""
    return ctx.sym_type[symbol] == STT_IFUNC and ctx.sym_section[symbol] >= 0 and not ctx.sym_flags[symbol] & t.IMPORTED


def is_constant(ctx: Context, symbol: int) -> bool:
    """A symbol whose value does not move with the image: absolute, or weak and undefined."""
    section = ctx.sym_section[symbol]
    if section == t.LINKER:
        return ctx.linker_defined[symbol][2] == "absolute"
    return section in (t.ABSOLUTE, t.DROPPED) or (section == t.UNDEFINED and not ctx.sym_flags[symbol] & t.IMPORTED)


def is_nothing(ctx: Context, symbol: int, kind: int) -> bool:
    """A weak symbol nothing defines: what only the linker fills in is 0 in a program, the rest the dynamic linker's choice."""
    flags, options = ctx.sym_flags[symbol], ctx.options
    if not flags & t.IMPORTED or flags & t.STRONG_REFERENCE or ctx.sym_section[symbol] != t.UNDEFINED or options.kind == SHARED:
        return False
    return kind not in r.FULL or (options.kind == EXEC and options.dynamic_undefined_weak is None)


def plain_symbols(ctx: Context) -> bytearray:
    """1 for symbols that are just an address in this image."""
    return bytearray([section >= 0 and not flags & t.IMPORTED and kind != STT_TLS and kind != STT_IFUNC
                      for section, flags, kind in zip(ctx.sym_section, ctx.sym_flags, ctx.sym_type)])


def scan(ctx: Context, pic: bool, dynamic: bool) -> Scan:
    """Scan all live loaded sections."""
    found = Scan(pic, ctx.options.kind == SHARED, dynamic)
    plain = plain_symbols(ctx)
    record = RECORDS["rela", 64, "<"]
    for section, rela in enumerate(ctx.sec_rela):
        if rela is None or not ctx.sec_live[section] or not ctx.sec_flags[section] & SHF_ALLOC:
            continue
        symbols = ctx.files[ctx.sec_file[section]].symbols
        rows = list(record.iter_unpack(rela))
        if rows and max(info for _, info, _ in rows) >> 32 >= len(symbols):
            ctx.problems.append(f"{ctx.place(section, 0)}: a relocation names a symbol beyond the symbol table")
            ctx.sec_rela[section] = None
            continue
        if _outside(ctx, section, rows):
            continue
        writable = bool(ctx.sec_flags[section] & SHF_WRITE)
        skip = False
        for offset, info, addend in rows:
            kind = info & 0xFFFFFFFF
            if addend != BEHIND and (kind == r.R_GOTPCRELX or kind == r.R_REX_GOTPCRELX):
                kind = r.R_GOTPCREL
            symbol = symbols[info >> 32]
            if plain[symbol]:
                if kind == 2 or kind == 4:
                    continue
                if kind == 1:
                    if pic:
                        found.relative_count += 1
                        if not writable:
                            text_relocation(ctx, found, section, offset, symbol)
                    continue
            if skip:
                skip = False
                continue
            skip = need(ctx, found, section, offset, kind, symbol, writable)
    return found


BEHIND: Final = -4
"""The addend of an access to a whole entry of the GOT; with another one (half of an entry, or its neighbour) it stays one."""


def _outside(ctx: Context, section: int, rows: list[tuple[int, int, int]]) -> bool:
    """Whether relocations lie outside their section, which is told, and which then has none."""
    size = ctx.sec_size[section] if ctx.sec_type[section] != 8 else 0
    for offset, kind in [(offset, info & 0xFFFFFFFF) for offset, info, _ in rows if offset > size - 8]:
        row = r.KINDS.get(kind)
        if row is not None and offset + row.size > size:
            ctx.problems.append(f"{ctx.place(section, offset)}: {r.name(kind)} lies outside its section")
            ctx.sec_rela[section] = None
            return True
    return False


def _flag(ctx: Context, found: Scan, symbol: int, flag: int) -> None:
    if not ctx.sym_flags[symbol] & _ANY:
        found.needing.append(symbol)
    ctx.sym_flags[symbol] |= flag


def need(ctx: Context, found: Scan, section: int, offset: int, kind: int, symbol: int, writable: bool) -> bool:
    """One relocation that is not plain; True if the next one belongs to it and asks for nothing."""
    row = r.KINDS.get(kind)
    if row is None or row.computes == r.DYNAMIC or (kind >= r.SMALL and ctx.machine.bits == 64):
        ctx.problems.append(f"{described(ctx, section, offset)}: {r.name(kind)} is not a relocation of object files")
        return False
    if not 0 <= offset <= ctx.sec_size[section] - row.size or ctx.sec_type[section] == 8:
        ctx.problems.append(f"{ctx.place(section, offset & (1 << 64) - 1)}: {r.name(kind)} lies outside its section")
        ctx.sec_rela[section] = None
        return False
    computes = row.computes
    if ctx.sym_section[symbol] == t.DROPPED and computes != r.NONE:
        _dropped(ctx, section, offset, kind, symbol)
        return False
    if ctx.sym_type[symbol] == STT_TLS and computes <= r.PLTOFF and computes != r.NONE and not is_constant(ctx, symbol):
        ctx.problems.append(f"{described(ctx, section, offset)}: {r.name(kind)} against {shown_name(ctx, symbol)}, which is "
                            "thread-local and has no single address\n>>> one file declares it __thread, another does not")
    elif computes in (r.PC, r.PLT) and found.pic and ctx.sym_section[symbol] == t.ABSOLUTE:
        ctx.problems.append(f"{described(ctx, section, offset)}: {r.name(kind)} against the absolute symbol "
                            f"{shown_name(ctx, symbol)}: its distance is not known in {_MODES[ctx.options.kind]}\n"
                            ">>> hint: use its value ($symbol), or link with -no-pie")
    elif computes in (r.ABS, r.PC):
        _address(ctx, found, section, offset, kind, symbol, writable)
    elif computes == r.PLT or computes == r.PLTOFF:
        if ctx.sym_flags[symbol] & t.IMPORTED or is_ifunc(ctx, symbol):
            _flag(ctx, found, symbol, t.NEEDS_PLT)
        found.got_used = found.got_used or computes == r.PLTOFF
    elif computes == r.GOTPCREL:
        if not relaxes_got(ctx, section, offset, kind, symbol):
            _flag(ctx, found, symbol, t.NEEDS_GOT)
    elif computes == r.GOT:
        found.got_used = True
        if kind >= r.SMALL and found.pic and not has_base(ctx.sec_data[section], offset):
            _recompile(ctx, section, offset, kind, symbol)
        elif not got_form(ctx, section, offset, kind, symbol, found.pic, is_constant(ctx, symbol)):
            _flag(ctx, found, symbol, t.NEEDS_GOT)
    elif computes == r.GOTOFF:
        found.got_used = True
        if ctx.sym_flags[symbol] & t.IMPORTED or is_ifunc(ctx, symbol):
            _address(ctx, found, section, offset, kind, symbol, writable)
    elif computes == r.GOTPC:
        found.got_used = True
    elif computes >= r.TPOFF:
        return _thread_local(ctx, found, section, offset, kind, symbol)
    return False


def _address(ctx: Context, found: Scan, section: int, offset: int, kind: int, symbol: int, writable: bool) -> None:
    """The symbol's address itself is wanted, in full (64) or as far as the field goes."""
    flags = ctx.sym_flags[symbol]
    if is_ifunc(ctx, symbol):
        if found.pic and kind in r.FULL:
            found.dynamic_count += 1
            if not writable:
                text_relocation(ctx, found, section, offset, symbol)
        else:
            _flag(ctx, found, symbol, t.NEEDS_PLT | t.NEEDS_CANONICAL)
        return
    if is_nothing(ctx, symbol, kind):
        return
    if flags & t.IMPORTED:
        if kind in r.FULL and (writable or found.shared):
            found.dynamic_count += 1
            if not found.shared:
                found.addresses[symbol] = found.addresses.get(symbol, 0) + 1
            if not writable:
                text_relocation(ctx, found, section, offset, symbol)
        elif found.shared or (found.pic and kind >= r.SMALL):       # stubs of i386 PICs need the GOT's address in a register
            _recompile(ctx, section, offset, kind, symbol)
        elif ctx.sym_type[symbol] in (STT_FUNC, STT_IFUNC) or ctx.sym_section[symbol] == t.UNDEFINED or ctx.sym_size[symbol] == 0:
            if ctx.options.function_equality and _is_protected(ctx, symbol):
                ctx.problems.append(f"{described(ctx, section, offset)}: {r.name(kind)} against the protected function "
                                    f"{shown_name(ctx, symbol)} of {ctx.files[ctx.sym_file[symbol]].shown}: its address here "
                                    "would not be the one the library uses\n>>> recompile with -fPIE, or give "
                                    "--ignore-function-address-equality")
            _flag(ctx, found, symbol, t.NEEDS_PLT | t.NEEDS_CANONICAL)
        elif ctx.options.data_equality and _is_protected(ctx, symbol):
            ctx.problems.append(f"{described(ctx, section, offset)}: cannot create a copy relocation for protected symbol "
                                f"{shown_name(ctx, symbol)} of {ctx.files[ctx.sym_file[symbol]].shown}: the library would go on "
                                "using its own\n>>> recompile with -fPIC, or give --ignore-data-address-equality")
        elif ctx.options.copy_relocs:
            _flag(ctx, found, symbol, t.NEEDS_COPY)
        else:
            _recompile(ctx, section, offset, kind, symbol)
        return
    if r.KINDS[kind].computes == r.ABS and found.pic and not is_constant(ctx, symbol):
        if kind in r.FULL:
            found.relative_count += 1
            if not writable:
                text_relocation(ctx, found, section, offset, symbol)
        else:
            _recompile(ctx, section, offset, kind, symbol)


def _is_protected(ctx: Context, symbol: int) -> bool:
    """A shared object defines it as STV_PROTECTED: it does not use the copy of another image."""
    if ctx.sym_section[symbol] != t.SHARED_OBJECT:
        return False
    file, name = ctx.files[ctx.sym_file[symbol]], ctx.sym_name[symbol]
    return name in file.exports and file.dynsyms[file.exports[name]][5] == 3


def _recompile(ctx: Context, section: int, offset: int, kind: int, symbol: int) -> None:
    flag = "-fPIC" if ctx.options.kind == SHARED or ctx.sym_flags[symbol] & t.IMPORTED else "-fPIE (or link with -no-pie)"
    ctx.problems.append(f"{described(ctx, section, offset)}: {r.name(kind)} against {shown_name(ctx, symbol)} cannot be used in "
                        f"{_MODES.get(ctx.options.kind, 'this output')}\n>>> recompile with {flag}")


def _dropped(ctx: Context, section: int, offset: int, kind: int, symbol: int) -> None:
    name = ctx.sec_name[section]
    if name.startswith(DROPPED_IN):
        return
    ctx.problems.append(f"{described(ctx, section, offset)}: {r.name(kind)} against a symbol in a discarded section"
                        f"\n>>> {shown_name(ctx, symbol)} belongs to a group another file defines too")


def text_relocation(ctx: Context, found: Scan, section: int, offset: int, symbol: int) -> None:
    first, found.text_relocations = not found.text_relocations, True
    text = ctx.options.text
    if (text == "allow" and not ctx.options.warn_textrel) or (not first and text != "error"):
        return
    message = (f"{described(ctx, section, offset)}: dynamic relocation against {shown_name(ctx, symbol)} in the "
               f"read-only section {ctx.sec_name[section]}\n>>> recompile with -fPIC")
    if text == "error":
        ctx.problems.append(f"{message}, or give -z notext")
        return
    ctx.warnings.append(f"{message}; the output gets DT_TEXTREL: its code is writable while it is loaded (-z text forbids it, "
                        "-z notext says nothing)")


def relaxes_got(ctx: Context, section: int, offset: int, kind: int, symbol: int) -> bool:
    """Whether an access through the GOT becomes a direct one (psABI B.2): mov to lea, indirect call and jump to direct."""
    if kind not in (r.R_GOTPCRELX, r.R_REX_GOTPCRELX) or not (ctx.options.relax or ctx.sec_file[section] == ctx.early):
        return False
    if ctx.sym_flags[symbol] & t.IMPORTED or ctx.sym_type[symbol] in (STT_IFUNC, STT_TLS) or is_constant(ctx, symbol):
        return False
    if ctx.sym_section[symbol] == t.SHARED_OBJECT or offset < 2:
        return False
    data = ctx.sec_data[section]
    opcode, modrm = data[offset - 2], data[offset - 1]
    if opcode == 0x8B:
        return modrm & 0xC7 == 5
    return kind == r.R_GOTPCRELX and opcode == 0xFF and modrm in (0x15, 0x25)


def tls_mode(ctx: Context, section: int, offset: int, kind: int, symbol: int) -> int:
    """What a thread-local access becomes (psABI chapter 11 of the TLS supplement, "Linker Relaxations")."""
    # --no-relax is about other accesses: GNU ld and lld turn those of programs to thread-local data in any case.
    if ctx.options.kind == SHARED:
        return NOT_RELAXED
    computes = r.KINDS[kind].computes
    if computes == r.GOTTPOFF:
        if ctx.sym_flags[symbol] & t.IMPORTED or offset < 3:
            return NOT_RELAXED
        data = ctx.sec_data[section]
        if kind >= r.SMALL:
            return TO_EXEC if is_initial(data, offset, kind) else NOT_RELAXED
        fits = data[offset - 3] in (0x48, 0x4C) and data[offset - 2] in (0x8B, 0x03) and data[offset - 1] & 0xC7 == 5
        return TO_EXEC if fits else NOT_RELAXED
    if computes == r.TLSLD:
        return TO_EXEC
    return TO_INITIAL if ctx.sym_flags[symbol] & t.IMPORTED else TO_EXEC


def _thread_local(ctx: Context, found: Scan, section: int, offset: int, kind: int, symbol: int) -> bool:
    imported = bool(ctx.sym_flags[symbol] & t.IMPORTED)
    computes = r.KINDS[kind].computes
    if ctx.sym_type[symbol] not in (STT_TLS, STT_SECTION, 0) and computes != r.TLSLD and not is_constant(ctx, symbol):
        ctx.problems.append(f"{described(ctx, section, offset)}: {r.name(kind)} against {shown_name(ctx, symbol)}, which is not "
                            "thread-local\n>>> one file declares it __thread, another does not")
        return False
    if computes == r.TPOFF:
        if kind != r.R_TPOFF64 and (found.shared or imported):
            _recompile(ctx, section, offset, kind, symbol)
        elif found.shared or imported:
            found.dynamic_count += 1
            found.static_tls = True
        return False
    if computes == r.DTPOFF:
        if imported and ctx.sym_section[symbol] in (t.SHARED_OBJECT, t.UNDEFINED) and ctx.sec_flags[section] & 4:
            ctx.problems.append(f"{described(ctx, section, offset)}: {r.name(kind)} against {shown_name(ctx, symbol)}, which "
                                "this output does not define\n>>> recompile without -ftls-model=local-dynamic")
        return False
    mode = tls_mode(ctx, section, offset, kind, symbol)
    if computes == r.TLSLD:
        found.tlsld = found.tlsld or mode == NOT_RELAXED
        return mode == TO_EXEC
    if computes == r.TLSDESC_CALL:
        return False
    if mode == TO_EXEC:
        return computes == r.TLSGD
    if kind == INDIRECT and found.pic:
        _recompile(ctx, section, offset, kind, symbol)
    if mode == TO_INITIAL or computes == r.GOTTPOFF:
        _flag(ctx, found, symbol, t.NEEDS_GOTTPOFF)
        found.static_tls = found.static_tls or found.shared
        return computes == r.TLSGD
    _flag(ctx, found, symbol, t.NEEDS_TLSGD if computes == r.TLSGD else t.NEEDS_TLSDESC)
    return False
