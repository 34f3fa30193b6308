"""--icf: functions whose machine code and references are the same become one (identical code folding).

Sections start in classes of equal contents; then the classes of what they refer to tell them apart, round by round, until no
class splits (partition refinement): so functions that call each other in the same way are found, too. Frame descriptions count as
contents, so that functions which unwind differently stay two. With `safe`, only what no object says it takes the address of is
folded (.llvm_addrsig, which gcc does not write), and what is not exported.
"""

from __future__ import annotations

from hashlib import blake2b
from struct import pack
from typing import TYPE_CHECKING, Final

from ...objwriter.elf.layouts import RECORDS
from . import tables as t
from .ehframe import split_frames
from .merge import mergeable
from .objects import SHT_LLVM_ADDRSIG, InputError, content
from .sections import output_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .tables import Context, File

SHT_PROGBITS, STT_SECTION, SHF_STRINGS = 1, 3, 0x20
CODE: Final = 6
"""SHF_ALLOC and SHF_EXECINSTR, and nothing that can be written."""
_ROUNDS: Final = 50
Target = tuple[int, int]
"""A section whose class counts, and an offset in it."""


def fold(ctx: Context) -> list[tuple[int, list[int]]]:
    """Fold; the result is the sections that stay for others, each with those it stands in for. Symbols of the latter move."""
    safe = ctx.options.icf == "safe"
    frames = _frame_keys(ctx)
    unique = _unique(ctx, safe)
    candidates = [section for section in range(len(ctx.sec_name)) if section not in unique and _may_fold(ctx, section)]
    chosen = set(candidates)
    fixed: dict[int, bytes] = {}
    targets: dict[int, list[Target]] = {}
    for section in candidates:
        fixed[section], targets[section] = _key(ctx, section, chosen, frames.get(section, []))
    number = _classes(fixed)
    for _ in range(_ROUNDS):
        finer = _classes({section: pack(f"<{1 + len(where)}I", number[section], *(number[one] for one, _ in where))
                          for section, where in targets.items()})
        if len(set(finer.values())) == len(set(number.values())):
            break
        number = finer
    groups: dict[int, list[int]] = {}
    for section in sorted(candidates, key=lambda one: (ctx.files[ctx.sec_file[one]].order, one)):
        groups.setdefault(number[section], []).append(section)
    folded = [(one[0], one[1:]) for one in groups.values() if len(one) > 1]
    _redirect(ctx, folded)
    return folded


def _classes(keys: dict[int, bytes]) -> dict[int, int]:
    """Section -> the number of its class."""
    numbers: dict[bytes, int] = {}
    return {section: numbers.setdefault(key, len(numbers)) for section, key in keys.items()}


def _may_fold(ctx: Context, section: int) -> bool:
    name = ctx.sec_name[section]
    if not ctx.sec_live[section] or ctx.sec_flags[section] & 7 != CODE or ctx.sec_type[section] != SHT_PROGBITS:
        return False
    return bool(ctx.sec_size[section]) and ctx.sec_file[section] >= 0 and name not in (".init", ".fini") and \
        not name.replace("_", "a").isalnum()


def _unique(ctx: Context, safe: bool) -> set[int]:
    """Sections that must stay what they are."""
    kept = set(ctx.link_order) | set(ctx.link_order.values())
    for name in ctx.options.keep_unique:
        if name in ctx.ids:
            kept.add(ctx.sym_section[ctx.ids[name]])
        else:
            ctx.warnings.append(f"--keep-unique={name}: there is no such symbol")
    if not safe:
        return kept
    kept.update(ctx.sym_section[symbol] for symbol in ctx.ids.values() if ctx.sym_flags[symbol] & t.EXPORTED)
    for file in ctx.files:
        if file.kind == "object":
            kept.update(ctx.sym_section[symbol] for symbol in _significant(file))
    return kept


def _significant(file: File) -> Iterable[int]:
    """Symbols whose address matters to an object: those its table names, without one all."""
    index = next((number for number, row in enumerate(file.shdrs) if row[1] == SHT_LLVM_ADDRSIG), -1)
    if index < 0:
        return file.symbols
    found, value, shift = [], 0, 0
    for byte in bytes(content(file, index)):        # ULEB128 numbers
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            found.append(value)
            value = shift = 0
    return [file.symbols[one] for one in found if one < len(file.symbols)]


def _frame_keys(ctx: Context) -> dict[int, list[tuple[bytes, list[tuple[int, int, int, int]]]]]:
    """Section -> for each of its frame descriptions all that is not its place: bytes, and (offset, kind, symbol, addend)."""
    keys: dict[int, list[tuple[bytes, list[tuple[int, int, int, int]]]]] = {}
    for section, name in enumerate(ctx.sec_name):
        if name != ".eh_frame" or not ctx.sec_live[section]:
            continue
        try:
            records = split_frames(ctx, section)
        except InputError:
            continue        # told when the frames are built
        data, symbols = bytes(ctx.sec_data[section]), ctx.files[ctx.sec_file[section]].symbols
        by_offset = {record.offset: record for record in records if record.cie < 0}
        for record in records:
            if record.function < 0 or record.cie not in by_offset:
                continue
            cie = by_offset[record.cie]
            text = data[cie.offset:cie.offset + cie.size] + b"|" + data[record.offset + 12:record.offset + record.size]
            rows = [(offset - one.offset, info & 0xFFFFFFFF, symbols[info >> 32], addend)
                    for one, relocations in ((cie, cie.relocations), (record, record.relocations[1:]))
                    for offset, info, addend in relocations if info >> 32 < len(symbols)]
            keys.setdefault(record.function, []).append((text, rows))
    return keys


def _key(ctx: Context, section: int, chosen: set[int],
         frames: list[tuple[bytes, list[tuple[int, int, int, int]]]]) -> tuple[bytes, list[Target]]:
    """A digest of all that is fixed about a section, and what it refers to that may be folded itself."""
    name = ctx.sec_name[section]
    home = name if ctx.options.script or ctx.options.script_text or ctx.options.layout else output_name(name)
    head = repr((home, ctx.sec_flags[section], ctx.sec_size[section]))
    digest = blake2b(head.encode("utf-8", "surrogateescape"), digest_size=16)
    digest.update(ctx.sec_data[section])
    where: list[Target] = []
    for text, rows in [(b"", list(_relocations(ctx, section))), *frames]:
        digest.update(text)
        for offset, kind, symbol, addend in rows:
            what = _target(ctx, symbol, chosen, where)
            digest.update(repr((offset, kind, addend, what)).encode("utf-8", "surrogateescape"))
    return digest.digest(), where


def _relocations(ctx: Context, section: int) -> Iterator[tuple[int, int, int, int]]:
    rela, symbols = ctx.sec_rela[section], ctx.files[ctx.sec_file[section]].symbols
    for offset, info, addend in RECORDS["rela", 64, "<"].iter_unpack(rela) if rela is not None else ():
        if info >> 32 < len(symbols):
            yield offset, info & 0xFFFFFFFF, symbols[info >> 32], addend


def _target(ctx: Context, symbol: int, chosen: set[int], where: list[Target]) -> object:
    """What a symbol is: an offset in a section of some class (which goes to `where`), a string, or itself."""
    section = ctx.sym_section[symbol]
    if ctx.sym_flags[symbol] & t.IMPORTED or section < 0:
        return "symbol", symbol if section != t.ABSOLUTE else ctx.sym_value[symbol], section == t.ABSOLUTE
    value = ctx.sym_value[symbol]
    if section in chosen:
        where.append((section, value))
        return "class", value
    if ctx.sym_type[symbol] != STT_SECTION and ctx.sec_flags[section] & SHF_STRINGS and ctx.sec_entsize[section] == 1 and \
            mergeable(ctx, section):
        data = bytes(ctx.sec_data[section])
        return "string", output_name(ctx.sec_name[section]), data[value:data.find(b"\0", value)]
    return "place", section, value


def _redirect(ctx: Context, folded: list[tuple[int, list[int]]]) -> None:
    """Symbols of what is folded become symbols of what stays."""
    moved = {section: first for first, rest in folded for section in rest}
    if not moved:
        return
    ctx.sym_section = [moved.get(section, section) for section in ctx.sym_section]
    for first, rest in folded:
        ctx.sec_align[first] = max(ctx.sec_align[section] for section in (first, *rest))
        for section in rest:
            ctx.sec_live[section] = 0
        if ctx.options.print_icf:
            ctx.trace.append(f"selected section {ctx.place(first, 0).removesuffix('+0x0)')})")
            ctx.trace += [f"  removing identical section {ctx.place(section, 0).removesuffix('+0x0)')})" for section in rest]
