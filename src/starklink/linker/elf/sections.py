"""Input sections to output sections: names, order inside an output section, merged blocks, the place of everything by default.

The order of output sections is that of GNU ld's default script: read-only tables, code, constants, thread-local and RELRO data,
data, bss; so maps and tools show what people are used to.
"""

from __future__ import annotations

from typing import Final

from ...objwriter.elf.layouts import RECORDS
from .exports import globs
from .merge import merge, mergeable
from .options import RELOCATABLE
from .ordering import place_ranked, shuffled
from .tables import Context, Output

SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR, SHF_MERGE, SHF_STRINGS, SHF_GROUP, SHF_TLS = 1, 2, 4, 0x10, 0x20, 0x200, 0x400
SHF_GNU_RETAIN: Final = 0x200000
SHF_LINK_ORDER: Final = 0x80
SHF_KEPT: Final = SHF_WRITE | SHF_ALLOC | SHF_EXECINSTR | SHF_TLS
SHT_PROGBITS, SHT_NOTE, SHT_NOBITS = 1, 7, 8
_GROUPED: Final = (".text", ".rodata", ".data.rel.ro", ".data", ".bss.rel.ro", ".bss", ".tdata", ".tbss", ".init_array",
                   ".fini_array", ".preinit_array", ".ctors", ".dtors", ".gcc_except_table", ".ldata", ".lrodata", ".lbss",
                   ".sdata", ".sbss", ".gnu.build.attributes")
_SEVERAL: Final = (".data", ".bss", ".gnu")
"""What names of several words in `_GROUPED` begin with."""
_LINKONCE: Final = {"t": ".text", "r": ".rodata", "d": ".data", "b": ".bss", "td": ".tdata", "tb": ".tbss", "wi": ".debug_info",
                    "d.rel.ro": ".data.rel.ro"}
ARRAYS: Final = {".preinit_array": 16, ".init_array": 14, ".fini_array": 15}
"""Section types of arrays of functions."""
_COMMONS: Final = ("COMMON", ".tcommon")
"""Sections of symbols that had no place."""
_TEXT_PREFIXES: Final = (".text.hot", ".text.unknown", ".text.unlikely", ".text.startup", ".text.exit", ".text.split")
_TEXT_ORDER: Final = {".text.unlikely": 0, ".text.exit": 1, ".text.startup": 2, ".text.hot": 3}


def output_name(name: str, keep_prefix: bool = False) -> str:
    """The output section an input section goes to by its name. `keep_prefix`: .text.hot and its like have their own."""
    if keep_prefix:
        for base in _TEXT_PREFIXES:
            if name.startswith(base) and (len(name) == len(base) or name[len(base)] == "."):
                return base
    if name == "COMMON":
        return ".bss"
    if name == ".tcommon":
        return ".tbss"
    if name.startswith(".gnu.linkonce."):
        kind = name[14:]
        for stem in ("d.rel.ro", "td", "tb", "wi", "t", "r", "d", "b"):
            if kind.startswith(stem + "."):
                return _LINKONCE[stem]
    end = name.find(".", 1)
    first = name if end < 0 else name[:end]
    if first not in _SEVERAL:
        return first if first in _GROUPED else name
    for base in _GROUPED:
        if name.startswith(base) and (len(name) == len(base) or name[len(base)] == "."):
            return base
    return name


def _array_of(ctx: Context, section: int) -> str:
    """Where .ctors and .dtors of old compilers go: among the arrays of functions, but for the ends crtbegin.o and crtend.o
    put around them."""
    home = array_name(ctx, section)
    if not home:
        return ctx.sec_name[section][:6]
    reverse_array(ctx, section)
    return home


def array_name(ctx: Context, section: int) -> str:
    """The array of functions a section belongs to, "" for none."""
    name = ctx.sec_name[section]
    if name.startswith((".ctors", ".dtors")):
        file = ctx.files[ctx.sec_file[section]].name.rsplit("/", 1)[-1]
        if file.startswith(("crtbegin", "crtend")) or ctx.sec_size[section] % ctx.machine.word:
            return ""
        return ".init_array" if name.startswith(".ctors") else ".fini_array"
    return next((base for base in ARRAYS if name.startswith(base)), "")


def sort_by_links(ctx: Context, outputs: list[Output]) -> None:
    """SHF_LINK_ORDER (gABI): sections stand in the order of those they belong to; others of the same name come first."""
    ranks = {id(out): number for number, out in enumerate(outputs)}

    def place(section: int) -> tuple[int, int]:
        home = ctx.link_order.get(section, -1)
        out = ctx.sec_output[home] if home >= 0 else None
        return (ranks.get(id(out), -1), ctx.sec_offset[home]) if out is not None else (-1, 0)

    for out in outputs:
        if any(section in ctx.link_order for section in out.members):
            out.members.sort(key=place)
            measure(ctx, out)


def note_links(ctx: Context, outputs: list[Output]) -> None:
    """Say of sections whose parts all belong to others that they do, and to which the first one does."""
    for out in outputs:
        if out.members and ctx.link_order and all(section in ctx.link_order for section in out.members):
            home = ctx.sec_output[ctx.link_order[out.members[0]]] if ctx.link_order[out.members[0]] >= 0 else None
            if home is not None:
                out.flags |= SHF_LINK_ORDER
                out.link = home


def unify_arrays(ctx: Context) -> None:
    """An array of functions is writable as a whole: the dynamic linker relocates the parts that came read-only, too."""
    for section, name in [(section, name) for section, name in enumerate(ctx.sec_name) if name[5:7] in ("_a", "ni")]:
        if name.startswith((".init_array", ".fini_array", ".preinit_array")) and ctx.sec_flags[section] & SHF_ALLOC:
            ctx.sec_flags[section] |= SHF_WRITE


def reverse_array(ctx: Context, section: int) -> None:
    """The entries of .ctors are called from the last to the first one, those of .init_array from the first on."""
    size, data, rela = ctx.sec_size[section], bytes(ctx.sec_data[section]), ctx.sec_rela[section]
    word = ctx.machine.word
    ctx.sec_data[section] = b"".join(data[at:at + word] for at in range(size - word, -1, -word))
    if rela is not None:
        record = RECORDS["rela", 64, "<"]
        ctx.sec_rela[section] = memoryview(b"".join(
            record.pack(size - word - offset // word * word + offset % word, info, addend)
            for offset, info, addend in record.iter_unpack(rela)))


def file_order(ctx: Context) -> list[int]:
    """File numbers in the order their sections are placed."""
    return sorted(range(len(ctx.files)), key=lambda number: (ctx.files[number].order, number))


def sections_in_order(ctx: Context) -> list[int]:
    """Ids of all live sections that are placed by name, in file order."""
    by_file: list[list[int]] = [[] for _ in ctx.files]
    for section, file in enumerate(ctx.sec_file):
        if ctx.sec_live[section] and file >= 0:
            by_file[file].append(section)
    order = [section for number in file_order(ctx) for section in by_file[number]]
    return shuffled(ctx, order) if ctx.options.shuffle else order


def gather(ctx: Context, order: list[int]) -> list[Output]:
    """Output sections by name in order of appearance, with members in order; .eh_frame is left to `ehframe`."""
    outputs: dict[str, Output] = {}
    relocatable = ctx.options.kind == RELOCATABLE
    known: dict[str, str] = {}
    prefix = ctx.options.keep_text_prefix
    short = not prefix and not relocatable
    unique = ctx.options.unique
    apart = globs(unique or ["*"]) if unique is not None else None
    names, types, flags, entsizes = ctx.sec_name, ctx.sec_type, ctx.sec_flags, ctx.sec_entsize
    homes = ctx.section_home
    for section in order:
        name = names[section]
        if homes and section in homes:
            key = target = homes[section]
        elif short and name[:6] == ".text.":
            key = target = ".text"
        else:
            if name == ".eh_frame":
                continue
            known_target = known.get(name)
            if known_target is None:
                known_target = known[name] = name if relocatable and name not in _COMMONS else output_name(name, prefix)
            key = target = known_target
            if not relocatable and name[:6] in (".ctors", ".dtors"):
                key = target = _array_of(ctx, section)
        if apart is not None and apart(name):
            target = name
            key = f"{target}\0{section}"
        elif relocatable:
            key = _group_key(ctx, section, target)
        out = outputs.get(key)
        if out is not None and types[section] == out.type and entsizes[section] == out.entsize and \
                not (out.flags ^ flags[section]) & (SHF_KEPT | SHF_GNU_RETAIN):
            out.members.append(section)
            ctx.sec_output[section] = out
            continue
        if out is None:
            out = outputs[key] = Output(target, ctx.sec_type[section], ctx.sec_flags[section] & SHF_KEPT)
            out.entsize = ctx.sec_entsize[section]
        add_member(ctx, out, section)
    for out in outputs.values():
        out.type = out.type if relocatable else ARRAYS.get(out.name, out.type)
        arrange(ctx, out)
    return list(outputs.values())


def _group_key(ctx: Context, section: int, target: str) -> str:
    """In relocatable output, what a section shares its output section with."""
    if section in ctx.link_order:
        return f"{target}\0{ctx.sec_name[ctx.link_order[section]]}"
    if section in ctx.sec_group:      # groups stay apart: a later link keeps or drops each as a whole
        return f"{target}\0{min(ctx.sec_group[section])}"
    if ctx.sec_flags[section] & SHF_GNU_RETAIN:       # what is retained stays apart from what may be collected
        return f"{target}\0retain"
    return target


def add_member(ctx: Context, out: Output, section: int) -> None:
    """Append an input section to an output section."""
    if (out.flags ^ ctx.sec_flags[section]) & SHF_TLS and out.members:
        kinds = ("ordinary", "thread-local")[::1 if out.flags & SHF_TLS else -1]
        ctx.problems.append(f"{ctx.place(section, 0)}: this {kinds[0]} section cannot join {out.name}, which is {kinds[1]}")
    out.members.append(section)
    ctx.sec_output[section] = out
    out.flags |= ctx.sec_flags[section] & (SHF_KEPT | SHF_GNU_RETAIN)
    kind = ctx.sec_type[section]
    if out.type != kind and (out.type == SHT_NOBITS or kind not in (SHT_NOBITS, out.type)):
        out.type = SHT_PROGBITS if kind in (SHT_NOBITS, SHT_PROGBITS) or out.type != SHT_NOBITS else kind
    if ctx.sec_entsize[section] != out.entsize:
        out.entsize = 0


def arrange(ctx: Context, out: Output) -> None:
    """Order the members as their names ask for and merge what may be shared."""
    name = out.name
    if name in ARRAYS:
        out.members.sort(key=lambda section: _priority(ctx.sec_name[section]))
    elif name in (".ctors", ".dtors"):
        out.members.sort(key=lambda section: _constructor_order(ctx, section))
    elif name == ".text":
        names = ctx.sec_name
        early = {section: _text_rank(names[section]) for section in out.members if names[section][6:7] in ("u", "e", "s", "h")}
        if early:
            out.members.sort(key=lambda section: early.get(section, 4))
    elif name in (".bss", ".tbss"):
        out.members.sort(key=lambda section: ctx.sec_name[section] in _COMMONS)
    if ctx.options.sort_section == "name" and name not in (".init_array", ".fini_array", ".ctors", ".dtors"):
        out.members.sort(key=lambda section: ctx.sec_name[section])
    elif ctx.options.sort_section == "alignment":
        out.members.sort(key=lambda section: -ctx.sec_align[section])
    if ctx.section_rank and name not in ARRAYS:
        place_ranked(ctx, out.members)
    merge_members(ctx, out)


def merge_members(ctx: Context, out: Output) -> None:
    """Replace the mergeable members by shared blocks, each where its first member stood."""
    groups: dict[tuple[int, int, int], list[int]] = {}
    members: list[int | tuple[int, int, int]] = []
    flags = ctx.sec_flags
    if not any(flags[section] & SHF_MERGE for section in out.members):
        return
    for section in out.members:
        if flags[section] & SHF_MERGE and mergeable(ctx, section):
            strings = ctx.sec_flags[section] & SHF_STRINGS
            key = (strings, ctx.sec_entsize[section], ctx.sec_align[section])
            if key not in groups:
                groups[key] = []
                members.append(key)
            groups[key].append(section)
        else:
            members.append(section)
    if not groups:
        return
    out.members = []
    for one in members:
        if isinstance(one, int):
            out.members.append(one)
        else:
            merge(ctx, out, groups[one])
    kinds = {(strings, unit) for strings, unit, _ in groups}
    if len(out.members) == len(groups) and len(kinds) == 1:
        (strings, out.entsize), = kinds
        out.flags |= SHF_MERGE | strings


def _priority(name: str) -> int:
    suffix = name.rsplit(".", 1)[-1]
    if not suffix.isdigit():
        return 65536
    return 65535 - int(suffix) if name.startswith((".ctors", ".dtors")) else int(suffix)


def _constructor_order(ctx: Context, section: int) -> tuple[int, int, str]:
    """crtbegin's first, then by descending... the order .ctors has in GNU ld's script, crtend's last."""
    file = ctx.files[ctx.sec_file[section]].name.rsplit("/", 1)[-1]
    place = 0 if file.startswith("crtbegin") else 2 if file.startswith("crtend") else 1
    name = ctx.sec_name[section]
    return place, 1 if name.count(".") > 1 else 0, name


def _text_rank(name: str) -> int:
    if name[6:7] not in ("u", "e", "s", "h") or len(name) < 9:
        return 4
    for stem, rank in _TEXT_ORDER.items():
        if name.startswith(stem) and (len(name) == len(stem) or name[len(stem)] == "."):
            return rank
    return 4


_READ_ONLY: Final = (".interp", ".note.gnu.property", ".note.gnu.build-id", ".note.ABI-tag", ".note", ".hash", ".gnu.hash",
                     ".dynsym", ".dynstr", ".gnu.version", ".gnu.version_d", ".gnu.version_r", ".rela.dyn", ".rel.dyn",
                     ".relr.dyn", ".rela.plt", ".rel.plt", ".dynamic")
_CODE: Final = (".init", ".plt", ".plt.got", ".plt.sec", ".iplt", ".text", ".fini")
_CONSTANT: Final = (".rodata", ".rodata1", ".eh_frame_hdr", ".eh_frame", ".gcc_except_table")
_RELRO: Final = (".tdata", ".tbss", ".preinit_array", ".init_array", ".fini_array", ".ctors", ".dtors", ".jcr", ".bss.rel.ro",
                 ".data.rel.ro", ".dynamic", ".got")
_WRITABLE: Final = (".got.plt", ".data", ".tm_clone_table", ".dynbss", ".bss")


def place_key(ctx: Context, out: Output) -> tuple[int, int]:
    """Where an output section stands by default: (group, rank in it); unnamed ones go to the end of their group."""
    flags, name = out.flags, out.name
    if not flags & SHF_ALLOC:
        return 9, 1 if name.startswith(".debug") else 0
    if flags & SHF_EXECINSTR:
        return 3 if flags & SHF_WRITE else 1, _CODE.index(name) if name in _CODE else _CODE.index(".text")
    if not flags & SHF_WRITE:
        if name in _READ_ONLY:
            return 0, _READ_ONLY.index(name)
        if out.type == SHT_NOTE:
            return 0, _READ_ONLY.index(".note")
        return 2, _CONSTANT.index(name) if name in _CONSTANT else 1
    if is_relro(ctx, out):
        rank = _RELRO.index(name) if name in _RELRO else _RELRO.index(".data.rel.ro")
        return 4, rank + (20 if out.type == SHT_NOBITS and not flags & SHF_TLS else 0)
    if out.type == SHT_NOBITS:
        return 6, _WRITABLE.index(name) if name in _WRITABLE else 5
    return 5, _WRITABLE.index(name) if name in _WRITABLE else 1


def is_relro(ctx: Context, out: Output) -> bool:
    """Data the dynamic linker writes once and then protects."""
    options = ctx.options
    if not options.relro or options.omagic:
        return out.flags & SHF_TLS != 0
    if out.flags & SHF_TLS or out.name in _RELRO or out.type in (14, 15, 16):
        return True
    return out.name == ".got.plt" and options.now


def drop_empty(outputs: list[Output]) -> list[Output]:
    """Without the sections that hold nothing."""
    return [out for out in outputs if out.members or out.size or out.keep]


def measure(ctx: Context, out: Output) -> None:
    """Offsets of the members, size and alignment."""
    if out.content is not None:
        out.size = len(out.content)
        return
    if not out.members and out.type == SHT_NOBITS:
        return
    at, align = 0, out.align
    offsets, aligns, sizes = ctx.sec_offset, ctx.sec_align, ctx.sec_size
    for section in out.members:
        step = aligns[section]
        if step > 1:
            at = at + step - 1 & -step
            if step > align:
                align = step
        offsets[section] = at
        at += sizes[section]
    out.size, out.align = at, align
