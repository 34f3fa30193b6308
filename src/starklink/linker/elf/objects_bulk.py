"""Relocatable objects into the tables, many at once: what `objects.load_object` does file by file, by numpy columns.

The headers, symbols and names of all files are laid end to end; a row is one section header or one symbol, and `files.start`
says where a file's rows begin. Files with anything out of the ordinary (damage, versions in names, compressed or ordered
sections, another machine) are left to `load_object`, in their turn. A test links everything in both ways.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import accumulate, pairwise
from itertools import count as numbers_from
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ...objwriter.elf.layouts import RECORDS
from . import objects as o
from . import tables as t
from .columns import Column
from .resolve import STB_WEAK, mention
from .tables import Context, File

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHDR: Final = np.dtype([("name", "<u4"), ("kind", "<u4"), ("flags", "<u8"), ("address", "<u8"), ("at", "<u8"), ("size", "<u8"),
                         ("link", "<u4"), ("info", "<u4"), ("align", "<u8"), ("entsize", "<u8")])
_SYM: Final = np.dtype([("name", "<u4"), ("info", "u1"), ("other", "u1"), ("section", "<u2"), ("value", "<u8"), ("size", "<u8")])
_FEW: Final = 8
"""Files for which columns do not pay."""
_ORDINARY: Final = (".note.GNU-stack", ".note.gnu.property", ".gnu.warning.")
"""What `objects` has a special eye on and is no reason to leave a file to it."""
_NONE: Final = 99


class Parts(NamedTuple):
    """Tables of the files, end to end. `start[f]` and `start[f + 1]` bound the section headers of file f, `first[f]` and
    `first[f + 1]` its symbols; `file` is the file of each header, `owner` that of each symbol. `taken` are the headers of
    sections that hold data, with their `names`; `rela` those of relocations of such sections, `groups` those of groups."""

    start: Column
    rows: Column
    file: Column
    first: Column
    symbols: Column
    owner: Column
    local: Column
    """The number of local symbols of each file."""
    text: str
    """All tables of symbol names."""
    text_at: Column
    """Where the name of each symbol begins in `text`."""
    taken: Column
    names: list[str]
    section_names: tuple[str, Column]
    rela: Column
    groups: Column
    words: Column
    """The contents of all groups, and how many words each has."""
    counts: Column


def load_many(ctx: Context, files: list[File]) -> list[tuple[File, o.InputError]]:
    """Enter objects into the tables in order; the result is what cannot be an input, and why."""
    problems: list[tuple[File, o.InputError]] = []
    if ctx.linkonce:        # groups and sections from before there were groups are compared one by one
        return _one_by_one(ctx, files)
    odd = [number for number, file in enumerate(files) if not _is_usual(file)]
    parts = None
    if not odd:
        parts, odd = _read(files)
    if parts is not None and not odd:
        _enter(ctx, files, parts)
        return problems
    start = 0
    for number in [*odd, len(files)]:
        run = files[start:number]
        if len(run) >= _FEW:
            problems += load_many(ctx, run)
        else:
            problems += _one_by_one(ctx, run)
        problems += _one_by_one(ctx, files[number:number + 1])
        start = number + 1
    return problems


def _one_by_one(ctx: Context, files: list[File]) -> list[tuple[File, o.InputError]]:
    problems = []
    for file in files:
        try:
            o.load_object(ctx, file)
        except o.InputError as error:
            problems.append((file, error))
    return problems


def _is_usual(file: File) -> bool:
    """A 64-bit x86 object whose header says where its section headers are; fills in nothing."""
    data = file.data
    if len(data) < 64 or bytes(data[:6]) != b"\x7fELF\2\1":
        return False
    _, kind, machine, _, _, _, at, _, _, _, _, width, count, names = RECORDS["ehdr", 64, "<"].unpack_from(data)
    usual: bool = kind == 1 and machine == 62 and at > 0 and width == 64 and names < count and at + 64 * count <= len(data)
    return usual


def _end_to_end(files: list[File], which: Column, at: Column, size: Column) -> bytes:
    """Pieces of the files: `which` file, where in it, how many bytes."""
    views = [file.data for file in files]
    return b"".join([views[file][begin:end] for file, begin, end in zip(which.tolist(), at.tolist(), (at + size).tolist())])


def _starts(counts: Column) -> Column:
    """Where each of several runs begins, and the end of the last one."""
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts, dtype=np.int64)])


def _read(files: list[File]) -> tuple[Parts | None, list[int]]:
    """The tables, and the numbers of files that are not usual; without the tables if some are not."""
    heads = [RECORDS["ehdr", 64, "<"].unpack_from(file.data) for file in files]
    number = np.arange(len(files))
    count = np.array([head[12] for head in heads], dtype=np.int64)
    start = _starts(count)
    rows = np.frombuffer(_end_to_end(files, number, np.array([head[6] for head in heads], dtype=np.int64), count * 64), _SHDR)
    file = np.repeat(number, count)
    kind, flags = rows["kind"], rows["flags"]
    odd = np.zeros(len(files), dtype=bool)
    length = np.array([len(one.data) for one in files], dtype=np.uint64)[file]
    held = (kind != o.SHT_NULL) & (kind != o.SHT_NOBITS)
    align = rows["align"]
    bad = held & ((rows["at"] > length) | (rows["size"] > length - np.minimum(rows["at"], length)))
    bad |= (kind == o.SHT_REL) | (kind == o.SHT_SYMTAB_SHNDX) | (align & (align - np.uint64(1)) != 0)
    bad |= (kind > o.SHT_LAST) & (kind != o.SHT_X86_64_UNWIND) & (
        (kind < o.SHT_LOOS) | (kind >= o.SHT_LOPROC) | (flags & np.uint64(o.SHF_OS_NONCONFORMING) != 0))
    here = _data_rows(kind)
    bad |= here & (flags & np.uint64(o.SHF_LINK_ORDER | o.SHF_COMPRESSED | o.SHF_EXCLUDE) != 0)
    odd[file[bad]] = True
    name_table = start[:-1] + np.array([head[13] for head in heads], dtype=np.int64)
    odd |= ~held[name_table]
    symtab = np.full(len(files), -1)
    tables = np.flatnonzero(kind == o.SHT_SYMTAB)[::-1]
    symtab[file[tables]] = tables       # the first one of a file
    head = rows[symtab]
    with_symbols = symtab >= 0
    odd |= with_symbols & ((head["link"] >= count) | ((head["entsize"] != 24) & (head["entsize"] != 0)) | (head["size"] < 24) |
                           (head["info"] > head["size"] // 24))
    if odd.any():
        return None, np.flatnonzero(odd).tolist()
    local = np.where(with_symbols, head["info"].astype(np.int64), 1)
    return _read_symbols(files, Parts(start, rows, file, start, rows, file, local, "", start, np.flatnonzero(here), [],
                                      ("", start), start, start, start, count), symtab, name_table)


def _data_rows(kind: Column) -> Column:
    here = np.ones(len(kind), dtype=bool)
    for one in o.NOT_DATA:
        here &= kind != one
    return here


def _strings(files: list[File], rows: Column, table: Column, which: Column, at: Column, odd: Column) -> tuple[str, Column]:
    """The string tables of all files (`table`: their headers) and where the strings begin that are `at` in the table of the file
    `which`. Marks files with damaged tables or with names that are not ASCII."""
    size = rows["size"][table].astype(np.int64)
    number = np.arange(len(files))
    odd |= size == 0
    whole = _end_to_end(files, number, rows["at"][table].astype(np.int64), size)
    base = _starts(size)
    ends = np.frombuffer(whole, dtype=np.uint8)[np.maximum(base[1:] - 1, 0)] if len(whole) else size
    odd |= ends != 0
    odd[which[at >= size[which]]] = True
    if not whole.isascii():
        odd |= np.array([not whole[begin:end].isascii() for begin, end in zip(base[:-1].tolist(), base[1:].tolist())])
    return whole.decode("ascii", "replace") if not odd.any() else "", base[which] + at


def _read_symbols(files: list[File], parts: Parts, symtab: Column, name_table: Column) -> tuple[Parts | None, list[int]]:
    """Adds symbols, names, relocations and groups."""
    start, rows, file = parts.start, parts.rows, parts.file
    odd = np.zeros(len(files), dtype=bool)
    # A file without symbols has the null symbol all the same.
    some = np.flatnonzero(symtab >= 0)
    count = np.where(symtab >= 0, rows["size"][symtab].astype(np.int64) // 24, 1)
    first = _starts(count)
    owner = np.repeat(np.arange(len(files)), count)
    table = np.zeros(len(owner), dtype=_SYM)
    table[(symtab >= 0)[owner]] = np.frombuffer(
        _end_to_end(files, some, rows["at"][symtab[some]].astype(np.int64), count[some] * 24), _SYM)
    strings = np.where(symtab >= 0, start[:-1] + rows["link"][symtab], name_table)
    odd |= (rows["kind"][strings] == o.SHT_NOBITS) | (rows["kind"][strings] == o.SHT_NULL)
    text, text_at = _strings(files, rows, strings, owner, table["name"].astype(np.int64), odd)
    if "@" in text:
        ends = _starts(rows["size"][strings].astype(np.int64)).tolist()
        odd |= np.array([text.find("@", begin, end) >= 0 for begin, end in pairwise(ends)])
    taken = parts.taken
    header_text, name_at = _strings(files, rows, name_table, file[taken], rows["name"][taken].astype(np.int64), odd)
    if odd.any():
        return None, np.flatnonzero(odd).tolist()
    names = names_at(header_text, name_at)
    for at in [at for at, name in enumerate(names) if name[:5] in o.SPECIAL]:
        if names[at].startswith((".gnu.", ".zdebug_")) and not names[at].startswith(_ORDINARY):
            odd[file[taken[at]]] = True
    _check_symbols(parts, table, owner, first, odd)
    rela, groups = np.flatnonzero(rows["kind"] == o.SHT_RELA), np.flatnonzero(rows["kind"] == o.SHT_GROUP)
    sections = start[1:] - start[:-1]
    odd[file[rela[(rows["info"][rela] >= sections[file[rela]]) | (rows["size"][rela] % 24 != 0)]]] = True
    target = np.minimum(start[file[rela]] + rows["info"][rela], len(rows) - 1)
    odd[file[rela[np.bincount(target)[target] > 1]]] = True
    head, owns = rows[groups], file[groups]
    size = head["size"].astype(np.int64)
    odd[owns[(size < 4) | (size % 4 != 0) | (head["link"] != (symtab - start[:-1])[owns]) | (head["info"] >= count[owns])]] = True
    if odd.any():
        return None, np.flatnonzero(odd).tolist()
    words = np.frombuffer(_end_to_end(files, owns, head["at"].astype(np.int64), size), dtype="<u4").astype(np.int64)
    counts = size // 4
    members = np.ones(len(words), dtype=bool)
    members[_starts(counts)[:-1]] = False
    odd[np.repeat(owns, counts)[members & (words >= np.repeat(sections[owns], counts))]] = True
    return parts._replace(first=first, symbols=table, owner=owner, text=text, text_at=text_at, names=names, rela=rela,
                          section_names=(header_text, rows["name"] + _starts(rows["size"][name_table])[file]),
                          groups=groups, words=words, counts=counts), np.flatnonzero(odd).tolist()


def names_at(text: str, at: Column) -> list[str]:
    """The strings that begin there."""
    find = text.find
    return [text[begin:find("\0", begin)] for begin in at.tolist()]


def _check_symbols(parts: Parts, table: Column, owner: Column, first: Column, odd: Column) -> None:
    """Marks files whose symbols contradict their table or section, or are of kinds that are rare."""
    section, kind, binding = table["section"], table["info"] & 15, table["info"] >> 4
    counts = parts.start[1:] - parts.start[:-1]
    special = (section == o.SHN_ABS) | (section == o.SHN_COMMON)
    bad = ~special & ((section >= o.SHN_LORESERVE) | (section >= counts[owner]))
    home = parts.start[owner] + np.where(special | bad, 0, section)
    bad |= (kind == o.STT_TLS) & ~special & (section != 0) & (parts.rows["flags"][home] & np.uint64(o.SHF_TLS) == 0)
    local = np.arange(len(table)) - first[owner] < parts.local[owner]
    bad |= local & (section == 0) & (table["name"] != 0) & (kind < o.STT_SECTION)
    bad |= ~local & (binding != o.STB_GLOBAL) & (binding != o.STB_WEAK) & (binding != o.STB_GNU_UNIQUE)
    odd[owner[bad]] = True


def _enter(ctx: Context, files: list[File], parts: Parts) -> None:
    number = len(ctx.files)
    ctx.files += files
    stays, kept = _groups(ctx, number, parts)
    ids = _sections(ctx, files, number, parts, stays)
    _keep_groups(ctx, parts, ids, kept)
    _relocations(ctx, files, parts, ids)
    _symbols(ctx, files, number, parts, ids)
    bounds = parts.start.tolist()
    every = ids.tolist()
    for file, begin, end in zip(files, bounds, bounds[1:]):
        file.sections = every[begin:end]


def _groups(ctx: Context, number: int, parts: Parts) -> tuple[Column, list[bool]]:
    """Which headers are of no copy of a known group, and which groups stay."""
    stays = np.ones(len(parts.rows), dtype=bool)
    if not len(parts.groups):
        return stays, []
    owns = parts.file[parts.groups]
    places = _starts(parts.counts)
    comdat = (parts.words[places[:-1]] & o.GRP_COMDAT).tolist()
    signer = parts.first[owns] + parts.rows["info"][parts.groups]
    signatures = names_at(parts.text, parts.text_at[signer])
    section = parts.symbols["section"][signer]
    by_section = np.flatnonzero((parts.symbols["info"][signer] & 15 == o.STT_SECTION) & (section < o.SHN_LORESERVE))
    if len(by_section):
        text, at = parts.section_names
        for one, name in zip(by_section.tolist(), names_at(text, at[(parts.start[owns] + section)[by_section]])):
            signatures[one] = name
    known, kept = ctx.comdats.setdefault, []
    index = (parts.groups - parts.start[owns]).tolist()
    for signature, here, share in zip(signatures, zip((owns + number).tolist(), index), comdat):
        kept.append(not share or known(signature, here) is here)
    member = np.repeat(~np.array(kept), parts.counts)
    member[places[:-1]] = False
    stays[(np.repeat(parts.start[owns], parts.counts) + parts.words)[member]] = False
    return stays, kept


def _sections(ctx: Context, files: list[File], number: int, parts: Parts, stays: Column) -> Column:
    """The sections that hold data get rows; notes to the linker are read. The result is the id of each header's section or -1."""
    rows, names, mask = parts.rows, parts.names, stays[parts.taken]
    for at in [at for at, name in enumerate(names) if name[:5] in o.SPECIAL and name.startswith(o.TO_LINKER)]:
        if mask[at]:
            row = parts.taken[at]
            file, begin = files[parts.file[row]], int(rows["at"][row])
            o.note(ctx, file, names[at], int(rows["flags"][row]), file.data[begin:begin + int(rows["size"][row])])
            mask[at] = False
    taken = parts.taken[mask]
    if not mask.all():
        names = [name for name, keep in zip(names, mask.tolist()) if keep]
    head, file = rows[taken], parts.file[taken]
    begin = head["at"].astype(np.int64)
    end = begin + np.where(head["kind"] == o.SHT_NOBITS, 0, head["size"].astype(np.int64))
    views = [one.data for one in files]
    data = [views[of][a:b] for of, a, b in zip(file.tolist(), begin.tolist(), end.tolist())]
    first = len(ctx.sec_name)
    ctx.add_sections((file + number).tolist(), (taken - parts.start[file]).tolist(), names, head["kind"].tolist(),
                     head["flags"].tolist(), np.maximum(head["align"], 1).tolist(), head["size"].tolist(),
                     head["entsize"].tolist(), data)
    ids = np.full(len(rows), -1, dtype=np.int64)
    ids[taken] = np.arange(first, first + len(taken))
    return ids


def _keep_groups(ctx: Context, parts: Parts, ids: Column, kept: list[bool]) -> None:
    """What stays of a group, stays together."""
    owns = parts.file[parts.groups]
    members = ids[np.minimum(np.repeat(parts.start[owns], parts.counts) + parts.words, len(ids) - 1)].tolist()
    places = _starts(parts.counts).tolist()
    groups = ctx.sec_group
    for keep, begin, end in zip(kept, places, places[1:]):
        if keep:
            together = [one for one in members[begin + 1:end] if one >= 0]
            for one in together:
                groups[one] = together


def _relocations(ctx: Context, files: list[File], parts: Parts, ids: Column) -> None:
    rela = parts.rela
    target = ids[parts.start[parts.file[rela]] + parts.rows["info"][rela]]
    some = (target >= 0) & (parts.rows["size"][rela] > 0)
    rela, target = rela[some], target[some]
    begin = parts.rows["at"][rela].astype(np.int64)
    end = begin + parts.rows["size"][rela].astype(np.int64)
    column, views = ctx.sec_rela, [file.data for file in files]
    for section, file, a, b in zip(target.tolist(), parts.file[rela].tolist(), begin.tolist(), end.tolist()):
        column[section] = views[file][a:b]


class _Names(NamedTuple):
    """Global names of the files by first appearance: `names`, what each symbol (`rows`) is called, the `known` ids (-1: new)."""

    names: list[str]
    rows: Column
    group: Column
    known: Column


def _global_names(ctx: Context, parts: Parts, rows: Column) -> _Names:
    # A dictionary numbers the names: hashing in columns is not faster and would have to be checked.
    numbers: dict[str, int] = defaultdict(numbers_from().__next__)
    group = np.fromiter(map(numbers.__getitem__, names_at(parts.text, parts.text_at[rows])), dtype=np.int64, count=len(rows))
    names, ids = list(numbers), ctx.ids
    known = np.array([ids.get(name, -1) for name in names], dtype=np.int64) if ids else np.full(len(names), -1, dtype=np.int64)
    return _Names(names, rows, group, known)


def _symbols(ctx: Context, files: list[File], number: int, parts: Parts, ids: Column) -> None:
    """Local symbols get rows of their own; global ones are resolved (`resolve.mention` says how)."""
    table, owner = parts.symbols, parts.owner
    section = table["section"].astype(np.int64)
    home = ids[parts.start[owner] + np.where(section < o.SHN_LORESERVE, section, 0)]
    home = np.where(home < 0, t.DROPPED, home)
    for marker, value in ((0, t.UNDEFINED), (o.SHN_COMMON, t.COMMON), (o.SHN_ABS, t.ABSOLUTE)):
        home[section == marker] = value
    is_local = np.arange(len(table)) - parts.first[owner] < parts.local[owner]
    names = _global_names(ctx, parts, np.flatnonzero(~is_local))
    home[names.rows] = np.where(home[names.rows] == t.DROPPED, t.UNDEFINED, home[names.rows])
    mentions = _Mentions(names, owner, home, table)
    created = _Created(mentions)
    fresh = np.bincount(owner[names.rows[created.first]], minlength=len(files))
    base = len(ctx.sym_name) + _starts(parts.local + fresh)
    _add_rows(ctx, number, parts, home, names, created, base, fresh)
    # The ids of all symbols: local ones by their place in the file, global ones by their name.
    symbols = base[owner] + np.arange(len(table)) - parts.first[owner]
    by_name = names.known.copy()
    born = owner[names.rows[created.first]]
    by_name[created.groups] = (base[:-1] + parts.local)[born] + np.arange(len(born)) - _starts(fresh)[born]
    symbols[names.rows] = by_name[names.group]
    if len(names.names) == len(created.groups):
        ctx.ids.update(zip(names.names, by_name.tolist()))
    else:
        ctx.ids.update((names.names[group], int(by_name[group])) for group in created.groups.tolist())
    wanted = created.reference < _FAR
    ctx.first_reference.update(zip(by_name[created.groups[wanted]].tolist(),
                                   (owner[names.rows[created.reference[wanted]]] + number).tolist()))
    every, bounds = symbols.tolist(), parts.first.tolist()
    for at, (file, start, local) in enumerate(zip(files, base.tolist(), parts.local.tolist())):
        file.first_local_id, file.first_global = start, local
        file.symbols = every[bounds[at]:bounds[at + 1]]
    _refer(ctx, number, mentions)
    rest = np.flatnonzero(~mentions.plain & ~mentions.mere)
    columns = (mentions.owner, names.group, mentions.home, mentions.value, mentions.size, mentions.kind, mentions.binding,
               mentions.visibility)
    for of, group, section, value, size, kind, binding, visibility in zip(*(column[rest].tolist() for column in columns)):
        mention(ctx, files[of], number + of, names.names[group], section, value, size, kind, binding, visibility)


def _refer(ctx: Context, number: int, mentions: _Mentions) -> None:
    """Mere references to names that were known."""
    names = mentions.names
    rows = np.flatnonzero(mentions.mere)
    strong = rows[mentions.binding[rows] != STB_WEAK]
    groups = names.group[rows]
    firm = dict(zip(names.group[strong[::-1]].tolist(), strong[::-1].tolist()))
    flags, first = ctx.sym_flags, ctx.first_reference
    files = (mentions.owner[rows] + number).tolist()
    for group, at in dict(zip(groups[::-1].tolist(), range(len(files) - 1, -1, -1))).items():
        symbol = int(names.known[group])
        first.setdefault(symbol, files[at])
        if group in firm and not flags[symbol] & t.STRONG_REFERENCE:
            flags[symbol] |= t.STRONG_REFERENCE
            if ctx.sym_section[symbol] == t.UNDEFINED:
                ctx.sym_binding[symbol] = int(mentions.binding[firm[group]])
        flags[symbol] |= t.REFERENCED


_FAR: Final = 1 << 62


class _Mentions:
    """Mentions of global names in order, as columns. `plain`: what they come to is decided here; the rest is for `mention`: names
    that are known already, common symbols, and names that several files define. `mere`: only references to a known name."""

    def __init__(self, names: _Names, owner: Column, home: Column, table: Column) -> None:
        rows = names.rows
        self.names = names
        self.home, self.owner = home[rows], owner[rows]
        self.kind, self.binding = table["info"][rows] & 15, (table["info"][rows] >> 4).astype(np.int64)
        self.visibility = (table["other"][rows] & 3).astype(np.int64)
        self.value, self.size = table["value"][rows], table["size"][rows]
        self.undefined = self.home == t.UNDEFINED
        self.rank = np.where(self.undefined, 9, np.where(self.binding == STB_WEAK, 3, 1))
        count = len(names.names)
        strong = np.bincount(names.group[self.rank == 1], minlength=count)
        slow = (strong > 1) | (names.known >= 0)
        slow[names.group[self.home == t.COMMON]] = True
        self.plain = ~slow[names.group]
        # A known name that is mentioned once more, and nothing is said about it.
        said = ~self.undefined | (self.visibility != 0) | (self.kind == o.STT_TLS)
        talked = np.zeros(count, dtype=bool)
        talked[names.group[said]] = True
        self.mere = ((names.known >= 0) & ~talked)[names.group]
        # The first mention of a new name creates it, whatever follows.
        first = np.full(count, len(rows))
        np.minimum.at(first, names.group, np.arange(len(rows)))
        self.first = first
        self.plain[first[slow & (names.known < 0)]] = True


class _Created:
    """New global symbols in order: their name `groups`, and what the plain mentions of them come to."""

    def __init__(self, mentions: _Mentions) -> None:
        names = mentions.names
        self.groups = np.flatnonzero(names.known < 0)
        self.first = mentions.first[self.groups]
        seen = np.flatnonzero(mentions.plain)
        place = np.full(len(names.names), -1)
        place[self.groups] = np.arange(len(self.groups))
        group = place[names.group[seen]]
        # The winner: the lowest rank, of equal ones the first.
        best = self._least(group, mentions.rank[seen] << 40 | seen)
        winner = best & (1 << 40) - 1
        self.defined = best >> 40 < 9
        lost = mentions.undefined[seen]
        self.reference = self._least(group[lost], seen[lost])
        firm = lost & (mentions.binding[seen] != STB_WEAK)
        strong = self._least(group[firm], seen[firm])
        self.home, self.owner = mentions.home[winner], mentions.owner[winner]
        self.value, self.size = mentions.value[winner], mentions.size[winner]
        self.kind, self.binding = mentions.kind[winner], mentions.binding[winner]
        # An undefined name is as strong as its strongest reference, and thread-local if one of them says so.
        upgrade = ~self.defined & (strong < _FAR)
        self.binding[upgrade] = mentions.binding[strong[upgrade]]
        local = lost & (mentions.kind[seen] == o.STT_TLS)
        thread = np.zeros(len(self.groups), dtype=bool)
        thread[group[local]] = True
        self.kind[thread & ~self.defined] = o.STT_TLS
        hidden = np.where(mentions.visibility[seen] == 0, _NONE, mentions.visibility[seen])
        self.visibility = self._least(group, hidden)
        self.visibility[self.visibility == _NONE] = 0
        self.flags = np.where(self.reference < _FAR, t.REFERENCED, 0) | np.where(strong < _FAR, t.STRONG_REFERENCE, 0)

    def _least(self, group: Column, values: Column) -> Column:
        """The least value of each new symbol."""
        least = np.full(len(self.groups), _FAR)
        np.minimum.at(least, group, values)
        return least


def _add_rows(ctx: Context, number: int, parts: Parts, home: Column, names: _Names, created: _Created, base: Column,
              fresh: Column) -> None:
    """Append the rows of local and new global symbols, file by file."""
    table, owner = parts.symbols, parts.owner
    local = np.flatnonzero(np.arange(len(table)) - parts.first[owner] < parts.local[owner])
    count, first = int(base[-1] - base[0]), int(base[0])
    at_local = base[owner[local]] - first + local - parts.first[owner[local]]
    born = owner[names.rows[created.first]]
    at_global = (base[:-1] + parts.local)[born] - first + np.arange(len(born)) - _starts(fresh)[born]

    def column(local_part: Column | int, global_part: Column) -> list[int]:
        made = np.empty(count, dtype=global_part.dtype)
        made[at_local] = local_part
        made[at_global] = global_part
        numbers: list[int] = made.tolist()
        return numbers

    kind = (table["info"][local] & 15).astype(np.int64)
    shown = np.where((kind == o.STT_SECTION) & (home[local] >= 0), -1, parts.text_at[local])
    find, text = parts.text.find, parts.text
    local_names = [text[begin:find("\0", begin)] if begin >= 0 else "" for begin in shown.tolist()]
    created_names = names.names if len(created.groups) == len(names.names) else \
        [names.names[group] for group in created.groups.tolist()]
    ctx.sym_name += _interleaved(local_names, parts.local.tolist(), created_names, fresh.tolist())
    ctx.sym_file += column(owner[local] + number, np.where(created.defined, created.owner + number, -1))
    ctx.sym_section += column(home[local], created.home)
    ctx.sym_value += column(table["value"][local], created.value)
    ctx.sym_size += column(table["size"][local], created.size)
    ctx.sym_type += column(kind, created.kind.astype(np.int64))
    ctx.sym_binding += column(0, created.binding)
    ctx.sym_visibility += column(table["other"][local] & 3, created.visibility)
    ctx.sym_flags += column(0, created.flags)


def _interleaved(one: list[str], counts: Sequence[int], other: list[str], others: Sequence[int]) -> list[str]:
    """By turns so many of the one and so many of the other."""
    made: list[str] = []
    for count, at, second, place in zip(counts, accumulate(counts, initial=0), others, accumulate(others, initial=0)):
        made += one[at:at + count]
        made += other[place:place + second]
    return made
