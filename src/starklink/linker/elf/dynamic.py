"""What the dynamic linker reads: .dynsym, hash tables, versions, dynamic relocations, .dynamic (gABI chapter 5, GNU extensions).

`plan_dynamic` fixes all sizes and the order of .dynsym; `fill_dynamic` writes contents when addresses are known.
"""

from __future__ import annotations

from bisect import bisect_right
from struct import pack, pack_into
from typing import TYPE_CHECKING, Final

from ...objwriter.elf.hashes import gnu_hash, sysv_hash
from ...objwriter.elf.layouts import RECORDS
from ...support.record import dataclass, field
from ..script.arithmetic import signed
from . import relocs as r
from . import tables as t
from .got import Tables
from .machine import Machine
from .options import PIE, SHARED
from .scan import Scan
from .sections import array_name
from .tables import Context, Output

if TYPE_CHECKING:
    from collections.abc import Mapping

SHT_DYNAMIC, SHT_DYNSYM, SHT_STRTAB, SHT_HASH, SHT_PROGBITS = 6, 11, 3, 5, 1
SHT_GNU_HASH, SHT_GNU_VERDEF, SHT_GNU_VERNEED, SHT_GNU_VERSYM = 0x6FFFFFF6, 0x6FFFFFFD, 0x6FFFFFFE, 0x6FFFFFFF
A, WA = 2, 3
DT: Final = {"NEEDED": 1, "PLTRELSZ": 2, "PLTGOT": 3, "HASH": 4, "STRTAB": 5, "SYMTAB": 6, "RELA": 7, "RELASZ": 8, "RELAENT": 9,
             "STRSZ": 10, "SYMENT": 11, "INIT": 12, "FINI": 13, "SONAME": 14, "RPATH": 15, "SYMBOLIC": 16, "PLTREL": 20,
             "DEBUG": 21, "TEXTREL": 22, "JMPREL": 23, "INIT_ARRAY": 25, "FINI_ARRAY": 26, "INIT_ARRAYSZ": 27,
             "FINI_ARRAYSZ": 28, "RUNPATH": 29, "FLAGS": 30, "PREINIT_ARRAY": 32, "PREINIT_ARRAYSZ": 33,
             "REL": 17, "RELSZ": 18, "RELENT": 19, "RELCOUNT": 0x6FFFFFFA, "RELRSZ": 35, "RELR": 36, "RELRENT": 37,
             "GNU_HASH": 0x6FFFFEF5, "DEPAUDIT": 0x6FFFFEFB, "AUDIT": 0x6FFFFEFC, "VERSYM": 0x6FFFFFF0,
             "RELACOUNT": 0x6FFFFFF9, "FLAGS_1": 0x6FFFFFFB, "VERDEF": 0x6FFFFFFC, "VERDEFNUM": 0x6FFFFFFD,
             "VERNEED": 0x6FFFFFFE, "VERNEEDNUM": 0x6FFFFFFF, "AUXILIARY": 0x7FFFFFFD, "FILTER": 0x7FFFFFFF}
_RELR_VERSION: Final = "GLIBC_ABI_DT_RELR"
DF_ORIGIN, DF_SYMBOLIC, DF_TEXTREL, DF_BIND_NOW, DF_STATIC_TLS = 1, 2, 4, 8, 16
_FLAGS_1: Final = {"now": 1, "global": 2, "nodelete": 8, "loadfltr": 0x10, "initfirst": 0x20, "nodlopen": 0x40, "origin": 0x80,
                   "interpose": 0x400, "nodefaultlib": 0x800, "nodump": 0x1000, "pie": 0x8000000}


@dataclass(slots=True, eq=False)
class Dynamic:
    """The dynamic sections of an output. `order` lists the symbols of .dynsym from index 1 on; `index` is its inverse."""

    interp: Output
    dynsym: Output
    dynstr: Output
    hash: Output
    gnu_hash: Output
    versym: Output
    verdef: Output
    verneed: Output
    dynamic: Output
    order: list[int] = field(default_factory=list)
    index: dict[int, int] = field(default_factory=dict)
    first_hashed: int = 1
    strings: bytearray = field(default_factory=bytearray)
    string_at: dict[bytes, int] = field(default_factory=dict)
    versions: list[int] = field(default_factory=list)
    tags: list[tuple[int, Output | int | str]] = field(default_factory=list)
    """(tag, value): a section stands for its address, "size:" entries come as (tag, ("size", section)) texts."""

    def sections(self) -> list[Output]:
        """All of them in file order."""
        return [self.interp, self.hash, self.gnu_hash, self.dynsym, self.dynstr, self.versym, self.verdef, self.verneed,
                self.dynamic]

    def string(self, text: str) -> int:
        """Offset of a string in .dynstr, added if need be."""
        raw = text.encode("utf-8", "surrogateescape")
        at = self.string_at.get(raw)
        if at is None:
            at = self.string_at[raw] = len(self.strings)
            self.strings += raw + b"\0"
        return at


def make_dynamic(machine: Machine) -> Dynamic:
    """The empty sections."""
    word = machine.word
    made = Dynamic(
        Output(".interp", SHT_PROGBITS, A, 1, content=bytearray()),
        Output(".dynsym", SHT_DYNSYM, A, word, machine.symbol, content=bytearray()),
        Output(".dynstr", SHT_STRTAB, A, 1, content=bytearray()),
        Output(".hash", SHT_HASH, A, word, 4, content=bytearray()),
        Output(".gnu.hash", SHT_GNU_HASH, A, word, 0 if word == 8 else 4, content=bytearray()),
        Output(".gnu.version", SHT_GNU_VERSYM, A, 2, 2, content=bytearray()),
        Output(".gnu.version_d", SHT_GNU_VERDEF, A, word, content=bytearray()),
        Output(".gnu.version_r", SHT_GNU_VERNEED, A, word, content=bytearray()),
        Output(".dynamic", SHT_DYNAMIC, WA, word, 2 * word, content=bytearray()))
    made.strings += b"\0"
    made.string_at[b""] = 0
    made.dynsym.link = made.dynstr
    for section in (made.hash, made.gnu_hash, made.versym):
        section.link = made.dynsym
    for section in (made.verdef, made.verneed, made.dynamic):
        section.link = made.dynstr
    return made


def plan_dynamic(ctx: Context, found: Scan, tables: Tables, made: Dynamic, version_nodes: list[tuple[str, list[str]]]) -> None:
    """Choose and order the dynamic symbols and fix the size of every section."""
    options = ctx.options
    undefined: list[int] = []
    defined: list[int] = []
    for symbol in ctx.ids.values():
        flags, section = ctx.sym_flags[symbol], ctx.sym_section[symbol]
        if flags & t.IMPORTED and section in (t.SHARED_OBJECT, t.UNDEFINED):
            # Other objects look up the address of a function that has a canonical PLT entry here, so it is hashed.
            (defined if flags & t.NEEDS_CANONICAL else undefined).append(symbol)
        elif flags & t.EXPORTED and section != t.UNDEFINED:
            defined.append(symbol)
    undefined.sort(key=lambda symbol: ctx.sym_name[symbol])
    style = options.hash_style if options.hash_style != "none" else ""
    names = {symbol: _plain(ctx, symbol).encode("utf-8", "surrogateescape") for symbol in [*undefined, *defined]}
    buckets = _bucket_count(len(defined))
    if style in ("gnu", "both"):
        hashes = {symbol: gnu_hash(names[symbol]) for symbol in defined}
        defined.sort(key=lambda symbol: (hashes[symbol] % buckets, names[symbol]))
    else:
        defined.sort(key=lambda symbol: names[symbol])
    made.order = undefined + defined
    made.index = {symbol: number for number, symbol in enumerate(made.order, 1)}
    made.first_hashed = 1 + len(undefined)
    for symbol in made.order:
        made.string(_plain(ctx, symbol))
    if options.dynamic_linker and options.kind != SHARED and not options.static:
        made.interp.content = bytearray(options.dynamic_linker.encode() + b"\0")
    count = len(made.order) + 1
    made.dynsym.content = bytearray(ctx.machine.symbol * count)
    made.dynsym.info = 1
    if style in ("sysv", "both"):
        made.hash.content = _sysv(made, [names[symbol] for symbol in made.order])
    if style in ("gnu", "both"):
        made.gnu_hash.content = _gnu(made, [hashes[symbol] for symbol in defined], buckets, ctx.machine.bits)
    _versions(ctx, made, version_nodes)
    _tags(ctx, found, tables, made)
    made.dynstr.content = made.strings
    for out in made.sections():
        out.size = len(out.content or b"")


def _plain(ctx: Context, symbol: int) -> str:
    """The name without a version."""
    name = ctx.sym_name[symbol]
    return name.partition("@")[0] if "@" in name else name


def _bucket_count(count: int) -> int:
    return max(1, count // 4 * 2 + 1 if count > 8 else count)


def _sysv(made: Dynamic, names: list[bytes]) -> bytearray:
    count = len(names) + 1
    buckets = _bucket_count(count)
    heads, chains = [0] * buckets, [0] * count
    for number in range(count - 1, 0, -1):
        at = sysv_hash(names[number - 1]) % buckets
        chains[number] = heads[at]
        heads[at] = number
    return bytearray(pack(f"<{2 + buckets + count}I", buckets, count, *heads, *chains))


def _gnu(made: Dynamic, hashes: list[int], buckets: int, bits: int) -> bytearray:
    words = 1
    while words * bits < len(hashes) * 12:
        words *= 2
    shift = 26
    bloom = [0] * words
    heads, chain = [0] * buckets, []
    for number, value in enumerate(hashes):
        bloom[value // bits % words] |= 1 << value % bits | 1 << (value >> shift) % bits
        if not heads[value % buckets]:
            heads[value % buckets] = made.first_hashed + number
        last = number + 1 == len(hashes) or hashes[number + 1] % buckets != value % buckets
        chain.append(value & ~1 | last)
    filter_ = pack(f"<{words}{'Q' if bits == 64 else 'I'}", *bloom)
    return bytearray(pack("<IIII", buckets, made.first_hashed, words, shift) + filter_ +
                     pack(f"<{buckets}I", *heads) + pack(f"<{len(chain)}I", *chain))


def _versions(ctx: Context, made: Dynamic, nodes: list[tuple[str, list[str]]]) -> None:
    """Version numbers of all dynamic symbols, definitions (1 is the file itself) and needs."""
    options = ctx.options
    defined: dict[str, int] = {}
    for name, _ in nodes:
        defined.setdefault(name, len(defined) + 2)
    for symbol in made.order[made.first_hashed - 1:]:
        name = ctx.sym_name[symbol]
        version = name.partition("@")[2] if "@" in name else ctx.sym_version.get(symbol, "")
        if version and ctx.sym_section[symbol] not in (t.LINKER, t.SHARED_OBJECT):
            defined.setdefault(version, len(defined) + 2)
    needs: dict[int, dict[str, int]] = {}
    following = len(defined) + 2 if defined else 2
    numbers = [0]
    for symbol in made.order:
        version = ctx.sym_version.get(symbol, "")
        section = ctx.sym_section[symbol]
        if section == t.SHARED_OBJECT or (section == t.LINKER and version):
            file = ctx.sym_file[symbol]
            # A library that only weak references lead to is not recorded with --as-needed, and neither are its versions.
            if not version or file < 0 or (ctx.files[file].as_needed and not ctx.files[file].used):
                numbers.append(1)
                continue
            table = needs.setdefault(file, {})
            if version not in table:
                table[version] = following
                following += 1
            numbers.append(table[version])
        elif section == t.UNDEFINED:
            numbers.append(0 if not defined else 1)
        elif "@" in ctx.sym_name[symbol]:
            numbers.append(defined[ctx.sym_name[symbol].partition("@")[2]] | 0x8000)
        else:
            numbers.append(defined[version] if version else 1)
    if options.relr == "glibc":
        _relr_need(ctx, needs, following)
    if not defined and not needs:
        return
    made.versions = numbers
    made.versym.content = bytearray(pack(f"<{len(numbers)}H", *numbers))
    if defined:
        _verdef(options.soname or options.output.rsplit("/", 1)[-1], made, defined, dict(nodes))
    if needs:
        _verneed(ctx, made, needs)


def _relr_need(ctx: Context, needs: dict[int, dict[str, int]], number: int) -> None:
    """Ask glibc for a dynamic linker that knows packed relocations; an older one stops instead of not relocating."""
    for file, table in needs.items():
        if ctx.files[file].soname.startswith("libc.so.") and any(name.startswith("GLIBC_2.") for name in table):
            table.setdefault(_RELR_VERSION, number)


def _verdef(own: str, made: Dynamic, defined: Mapping[str, int], parents: Mapping[str, list[str]]) -> None:
    out = bytearray()
    base: list[tuple[str, int, list[str]]] = [(own, 1, [])]
    rows = base + [(name, number, parents.get(name, [])) for name, number in defined.items()]
    for place, (name, number, before) in enumerate(rows):
        names = [name, *before]
        step = 20 + 8 * len(names) if place + 1 < len(rows) else 0
        out += pack("<HHHHIII", 1, 1 if number == 1 else 0, number, len(names), sysv_hash(name.encode()), 20, step)
        for at, one in enumerate(names):
            out += pack("<II", made.string(one), 8 if at + 1 < len(names) else 0)
    made.verdef.content = out
    made.verdef.info = len(rows)


def _verneed(ctx: Context, made: Dynamic, needs: dict[int, dict[str, int]]) -> None:
    out = bytearray()
    rows = sorted(needs.items())
    for place, (file, table) in enumerate(rows):
        out += pack("<HHIII", 1, len(table), made.string(ctx.files[file].soname), 16,
                    16 + 16 * len(table) if place + 1 < len(rows) else 0)
        for at, (name, number) in enumerate(table.items()):
            out += pack("<IHHII", sysv_hash(name.encode()), 0, number, made.string(name), 16 if at + 1 < len(table) else 0)
    made.verneed.content = out
    made.verneed.info = len(rows)


def needed_files(ctx: Context) -> list[str]:
    """The shared objects the output asks for, in command-line order."""
    out: list[str] = []
    for file in sorted((file for file in ctx.files if file.kind == "shared"), key=lambda file: file.order):
        if (not file.as_needed or file.used) and file.soname not in out:
            out.append(file.soname)
    return out


def _tags(ctx: Context, found: Scan, tables: Tables, made: Dynamic) -> None:
    """The entries of .dynamic; values that are addresses or sizes are found at the end."""
    options, machine = ctx.options, ctx.machine
    form = "REL" if machine.in_place else "RELA"
    tags: list[tuple[int, Output | int | str]] = made.tags

    def add(name: str, value: Output | int | str) -> None:
        tags.append((DT[name], value))

    for soname in needed_files(ctx):
        add("NEEDED", made.string(soname))
    if options.kind == SHARED and options.soname:
        add("SONAME", made.string(options.soname))
    for name, texts in (("AUXILIARY", options.auxiliary), ("FILTER", options.filters), ("AUDIT", options.audit),
                        ("DEPAUDIT", options.depaudit)):
        for text in texts:
            add(name, made.string(text))
    if options.rpaths:
        add("RUNPATH" if options.new_dtags else "RPATH", made.string(":".join(options.rpaths)))
    for name, symbol in (("INIT", options.init), ("FINI", options.fini)):
        known = ctx.ids.get(symbol, -1)
        if known >= 0 and ctx.sym_section[known] >= 0:
            add(name, f"symbol:{known}")
    arrays = {array_name(ctx, section) for section, name in enumerate(ctx.sec_name)
              if name.startswith((".init_a", ".fini_a", ".preinit_a", ".ctors", ".dtors")) and ctx.sec_live[section]}
    for name, section in (("PREINIT_ARRAY", ".preinit_array"), ("INIT_ARRAY", ".init_array"), ("FINI_ARRAY", ".fini_array")):
        if section in arrays:
            add(name, f"section:{section}")
            add(f"{name}SZ", f"size:{section}")
    if made.hash.content:
        add("HASH", made.hash)
    if made.gnu_hash.content:
        add("GNU_HASH", made.gnu_hash)
    add("STRTAB", made.dynstr)
    add("SYMTAB", made.dynsym)
    add("STRSZ", "size:.dynstr")
    add("SYMENT", machine.symbol)
    if options.rodynamic:
        made.dynamic.flags = A
    elif options.kind != SHARED:
        add("DEBUG", 0)
    if tables.gotplt.size:
        add("PLTGOT", tables.gotplt)
    if tables.rela_plt.size:
        add("PLTRELSZ", f"size:{tables.rela_plt.name}")
        add("PLTREL", DT[form])
        add("JMPREL", tables.rela_plt)
    if tables.rela_dyn.size:
        add(form, tables.rela_dyn)
        add(f"{form}SZ", f"size:{tables.rela_dyn.name}")
        add(f"{form}ENT", machine.row)
    if tables.packed or tables.packed_got:
        add("RELR", tables.relr)
        add("RELRSZ", "size:.relr.dyn")
        add("RELRENT", machine.word)
    tags += [(DT[name], value) for name, value in _flags(ctx, found)]
    if made.verdef.content:
        add("VERDEF", made.verdef)
        add("VERDEFNUM", int(made.verdef.info) if isinstance(made.verdef.info, int) else 0)
    if made.verneed.content:
        add("VERNEED", made.verneed)
        add("VERNEEDNUM", int(made.verneed.info) if isinstance(made.verneed.info, int) else 0)
    if made.versym.content:
        add("VERSYM", made.versym)
    if tables.rela_dyn.size:
        add(f"{form}COUNT", "relative")
    made.dynamic.content = bytearray(2 * machine.word * (len(tags) + 1 + options.spare_dynamic_tags))


def _flags(ctx: Context, found: Scan) -> list[tuple[str, int]]:
    """DT_FLAGS, DT_FLAGS_1 and the old tags that say the same."""
    options = ctx.options
    rows: list[tuple[str, int]] = []
    flags = (DF_SYMBOLIC if options.symbolic == "all" else 0) | (DF_TEXTREL if found.text_relocations else 0) | \
        (DF_BIND_NOW if options.now else 0) | (DF_STATIC_TLS if found.static_tls else 0) | \
        (DF_ORIGIN if "origin" in options.dynamic_flags else 0)
    if options.symbolic == "all":
        rows.append(("SYMBOLIC", 0))
    if found.text_relocations:
        rows.append(("TEXTREL", 0))
    if flags:
        rows.append(("FLAGS", flags))
    flags = _FLAGS_1["now"] if options.now else 0
    for word in options.dynamic_flags:
        flags |= _FLAGS_1.get(word, 0)
    if options.kind == PIE:
        flags |= _FLAGS_1["pie"]
    if flags:
        rows.append(("FLAGS_1", flags))
    return rows


def fill_dynamic(ctx: Context, found: Scan, tables: Tables, made: Dynamic) -> None:
    """Write .dynsym, the relocation sections and .dynamic."""
    assert made.dynsym.content is not None and made.dynamic.content is not None
    for number, symbol in enumerate(made.order, 1):
        _symbol(ctx, tables, made, number, symbol)
    relative = _relocations(tables, made)
    record = RECORDS["dyn", ctx.machine.bits, "<"]
    sizes = {out.name: out for out in ctx.outputs}
    at = 0
    for tag, value in made.tags:
        if isinstance(value, Output):
            value = value.address
        elif isinstance(value, str):
            word, _, name = value.partition(":")
            if word == "symbol":
                value = ctx.address[int(name)]
            elif word == "relative":
                value = relative
            else:
                out = sizes.get(name)
                value = 0 if out is None else out.size if word == "size" else out.address
        record.pack_into(made.dynamic.content, at, tag, value)
        at += record.size


def _symbol(ctx: Context, tables: Tables, made: Dynamic, number: int, symbol: int) -> None:
    flags, section = ctx.sym_flags[symbol], ctx.sym_section[symbol]
    value, index, kind = 0, 0, ctx.sym_type[symbol]
    binding, size = ctx.sym_binding[symbol], ctx.sym_size[symbol]
    if flags & t.IMPORTED and section in (t.SHARED_OBJECT, t.UNDEFINED):
        if not flags & t.STRONG_REFERENCE:
            binding = 2
        elif section == t.SHARED_OBJECT:
            binding = 1
        if kind == 10:
            kind = 2
        size = 0
        if flags & t.NEEDS_CANONICAL:
            home, offset = tables.plt_offset[symbol]
            value = home.address + offset
    else:
        value = ctx.address[symbol]
        if kind == 10 and flags & t.NEEDS_CANONICAL:
            kind = 2
        out = ctx.sec_output[section] if section >= 0 else ctx.linker_defined[symbol][0] if section == t.LINKER else None
        if section >= 0 and section in ctx.merged:
            out = ctx.sec_output[ctx.merged[section][2]]
        index = 0xFFF1 if out is None else out.index
        if kind == 6:
            value -= _tls_start(ctx)
    assert made.dynsym.content is not None
    name, info, other, value = made.string(_plain(ctx, symbol)), binding << 4 | kind, ctx.sym_visibility[symbol] & 3, \
        value & ctx.machine.mask
    if ctx.machine.bits == 64:
        pack_into("<IBBHQQ", made.dynsym.content, 24 * number, name, info, other, index, value, size)
    else:
        pack_into("<IIIBBH", made.dynsym.content, 16 * number, name, value, size, info, other, index)


def _tls_start(ctx: Context) -> int:
    return min((out.address for out in ctx.outputs if out.flags & 0x400), default=0)


def _row(machine: Machine, place: int, symbol: int, kind: int, addend: int) -> bytes:
    if machine.in_place:
        return pack("<II", place, symbol << 8 | machine.kinds[kind])
    return pack("<QQq", place, symbol << 32 | kind, signed(addend))


def _relocations(tables: Tables, made: Dynamic) -> int:
    """.rela.dyn: relative ones first (they are counted), then by symbol, IRELATIVE last; .rela.plt in PLT order."""
    if tables.relative:
        return _many_relocations(tables, made)
    order = {r.R_RELATIVE: 0, r.R_IRELATIVE: 2}
    index = made.index
    rows = [(order.get(kind, 1), index[symbol] if symbol >= 0 else 0, place, kind, addend)
            for place, kind, symbol, addend in tables.dynamic]
    rows.sort()
    relative = 0
    content = tables.rela_dyn.content
    assert content is not None
    out = bytearray()
    for group, symbol, place, kind, addend in rows:
        relative += group == 0
        out += _row(tables.machine, place, symbol, kind, addend)
    content[:] = out
    _plt_relocations(tables, made)
    return relative


def _many_relocations(tables: Tables, made: Dynamic) -> int:
    """The same when the relative ones came as columns."""
    from .bulk import sorted_relative

    rest = [(place, addend) for place, kind, _, addend in tables.dynamic if kind == r.R_RELATIVE]
    first = sorted_relative(tables.relative, rest)
    others = sorted((kind == r.R_IRELATIVE, made.index[symbol] if symbol >= 0 else 0, place, kind, addend)
                    for place, kind, symbol, addend in tables.dynamic if kind != r.R_RELATIVE)
    content = tables.rela_dyn.content
    assert content is not None
    content[:] = first + b"".join(pack("<QQq", place, symbol << 32 | kind, addend if addend < 1 << 63 else addend - (1 << 64))
                                  for _, symbol, place, kind, addend in others)
    _plt_relocations(tables, made)
    return len(first) // 24


def _plt_relocations(tables: Tables, made: Dynamic) -> None:
    index, machine = made.index, tables.machine
    plt = tables.rela_plt.content
    assert plt is not None
    for number, symbol in enumerate(tables.lazy):
        plt[machine.row * number:machine.row * (number + 1)] = _row(
            machine, tables.gotplt.address + tables.slot[symbol], index[symbol], r.R_JUMP_SLOT, 0)


def store_addends(tables: Tables, outputs: list[Output], image: bytearray) -> None:
    """REL: the addends of dynamic relocations go to the places that are relocated."""
    held = sorted(((out.address, out) for out in outputs if out.flags & 2 and out.type != 8 and out.size), key=lambda row: row[0])
    starts = [address for address, _ in held]
    word = tables.machine.word
    for place, kind, _, addend in tables.dynamic:
        if kind in (r.R_NONE, r.R_COPY, r.R_GLOB_DAT, r.R_JUMP_SLOT) or (kind == r.R_DTPMOD64):
            continue
        place += word if kind == r.R_TLSDESC else 0
        at = bisect_right(starts, place) - 1
        if at >= 0 and place + word <= starts[at] + held[at][1].size:
            spot = held[at][1].offset + place - starts[at]
            image[spot:spot + word] = (addend & tables.machine.mask).to_bytes(word, "little")
