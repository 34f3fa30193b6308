"""--gdb-index: the table with which gdb finds units by name and by address without reading all debug information (gdb manual,
appendix "Index Section Format", version 7).

The list of units and their addresses come from the finished .debug_info. Names come from .debug_gnu_pubnames and
.debug_gnu_pubtypes where the compiler wrote them (-ggnu-pubnames); these are read from the inputs and no part of the output. The
entries of other units are walked, which takes longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from struct import error as StructError
from struct import iter_unpack, pack, unpack_from
from typing import TYPE_CHECKING, Final

from ...dwarf import DebugFile
from ...dwarf.cursor import DwarfError
from .tables import Context, Output

if TYPE_CHECKING:
    from ...dwarf.query import DebugUnit, Node

VERSION: Final = 7
NAME: Final = ".gdb_index"
LISTS: Final = (".debug_gnu_pubnames", ".debug_gnu_pubtypes")
TYPE, VARIABLE, FUNCTION = 1, 2, 3
_STATIC: Final = 8
"""Kinds are in bits 0 to 2 of the four bits above the number of the unit; the highest one says that the name is local to it."""
_TYPES: Final = {"structure_type", "class_type", "union_type", "enumeration_type", "typedef", "base_type", "interface_type",
                 "subrange_type", "unspecified_type"}
_SCOPES: Final = {"namespace", "structure_type", "class_type", "union_type", "interface_type", "enumeration_type", "module"}
_OTHER_LANGUAGES: Final = {4, 0x1A, 0x21, 0x2B, 0x3A}
"""C++ in its versions: types of one name are one type there."""
_UNNAMED: Final = "(anonymous namespace)"
Listed = dict[tuple[int, int], list[tuple[bytes, int]]]
"""(section with .debug_info, offset of a unit in it) -> names of the unit with their kinds."""


def take_lists(ctx: Context) -> Listed:
    """Read the lists of names that compilers wrote; the sections are dropped."""
    made: Listed = {}
    for section, name in enumerate(ctx.sec_name):
        if name in LISTS and ctx.sec_live[section]:
            ctx.sec_live[section] = 0
            try:
                _read_list(ctx, section, made)
            except (StructError, ValueError):
                ctx.warnings.append(f"{ctx.place(section, 0)}: the list of names is damaged; --gdb-index does without it")
    return made


def _read_list(ctx: Context, section: int, made: Listed) -> None:
    """Sets of: length, version, offset of the unit (a relocation says of which section), its length; then offset, kind, name."""
    data = bytes(ctx.sec_data[section])
    symbols = ctx.files[ctx.sec_file[section]].symbols
    homes = {offset: (symbols[info >> 32], addend) for offset, info, addend in iter_unpack("<QQq", ctx.sec_rela[section] or b"")
             if info >> 32 < len(symbols)}
    at = 0
    while at < len(data):
        length, = unpack_from("<I", data, at)
        wide = length == 0xFFFFFFFF
        if wide:
            length, = unpack_from("<Q", data, at + 4)
        width, at = (8, at + 12) if wide else (4, at + 4)
        end = at + length
        symbol, addend = homes.get(at + 2, (-1, 0))
        unit = (ctx.sym_section[symbol], ctx.sym_value[symbol] + addend) if symbol >= 0 else (-1, 0)
        names = made.setdefault(unit, [])
        at += 2 + 2 * width
        while True:
            offset = int.from_bytes(data[at:at + width], "little")
            at += width
            if not offset or at >= min(end, len(data)):
                break
            stop = data.index(0, at + 1)
            names.append((data[at + 1:stop], data[at] >> 4))
            at = stop + 1
        at = end


def index(ctx: Context, listed: Listed, sections: Mapping[str, bytes]) -> bytes:
    """The content of the section. `sections`: finished debug sections of the output. Damage is a warning, and leaves an index
    of nothing."""
    known = {ctx.sec_offset[home] + offset: names for (home, offset), names in listed.items() if home >= 0}
    loaded = [(out.address, out.address + out.size) for out in ctx.outputs if out.flags & 2]
    try:
        info = DebugFile(sections)
        units = [unit for unit in info.units if unit.header.section == ".debug_info" and unit.kind not in ("type", "split_type")]
        areas: list[bytes] = []
        names: dict[bytes, set[int]] = {}
        for number, unit in enumerate(units):
            areas += [pack("<QQI", start, end, number) for start, end in sorted(set(unit.root.ranges))
                      if start < end and any(low <= start < high for low, high in loaded)]
            for name, kind in known.get(unit.header.offset) or _walk(unit):
                names.setdefault(name, set()).add(kind << 28 | number)
            for cached in ("_nodes", "root"):       # the entries of one unit at a time are in memory
                unit.__dict__.pop(cached, None)
        types = [unit.header for unit in info.units if unit.header.section == ".debug_types"]
    except DwarfError as error:
        ctx.warnings.append(f"the debug information is damaged, so {NAME} is empty: {error}")
        units, types, areas, names = [], [], [], {}
    lists = b"".join(pack("<QQ", unit.header.offset, unit.header.end - unit.header.offset) for unit in units)
    signed = b"".join(pack("<QQQ", one.offset, one.type_offset - one.offset, one.identity) for one in types)
    area = b"".join(areas)
    table, pool = _table(names)
    places = [24]
    for part in (lists, signed, area, table):
        places.append(places[-1] + len(part))
    return pack("<6I", VERSION, *places) + lists + signed + area + table + pool


def hashed(name: bytes) -> int:
    """The hash of a name, without regard to case."""
    value = 0
    for letter in name.lower():
        value = value * 67 + letter - 113 & 0xFFFFFFFF
    return value


def _table(names: Mapping[bytes, set[int]]) -> tuple[bytes, bytes]:
    """The hash table (open addressing, half of it free at least) and the pool it points into: lists of units, then names."""
    size = 1
    while size * 3 < len(names) * 4:
        size *= 2
    size = 0 if not names else max(size, 1024 if len(names) > 700 else size)
    pool = bytearray()
    vectors: dict[tuple[int, ...], int] = {}
    for units in names.values():
        key = tuple(sorted(units))
        if key not in vectors:
            vectors[key] = len(pool)
            pool += pack(f"<{len(key) + 1}I", len(key), *key)
    slots = [(0, 0)] * size
    for name, units in names.items():
        value = hashed(name)
        at, step = value & size - 1, (value * 17 & size - 1) | 1
        while slots[at] != (0, 0):
            at = at + step & size - 1
        slots[at] = (len(pool), vectors[tuple(sorted(units))])
        pool += name + b"\0"
    return b"".join(pack("<II", *slot) for slot in slots), bytes(pool)


def _walk(unit: DebugUnit) -> Iterator[tuple[bytes, int]]:
    """The names a unit defines, as gdb writes them (`outer::inner`, without parameters), with their kinds."""
    for _ in unit.walk():
        break
    shared = unit.root.get("language") in _OTHER_LANGUAGES
    todo: list[tuple[Node, str]] = [(node, "") for node in reversed(unit.root.children)]
    while todo:
        node, scope = todo.pop()
        name, tag = node.get("name"), node.tag
        if tag in _SCOPES and not (tag == "enumeration_type" and not node.get("enum_class")):
            inner = name if name is not None else _UNNAMED if tag == "namespace" else None
            if inner is not None:
                todo += [(child, f"{scope}{inner}::") for child in reversed(node.children)]
        elif tag == "enumeration_type":
            todo += [(child, scope) for child in reversed(node.children)]
        kind = _kind(node, shared)
        if not kind:
            continue
        if tag == "namespace":
            name = name or _UNNAMED
        elif name is None or node.follow("specification") is not None:
            name, scope = _completed(node)
        if name:
            yield (scope + name).encode("utf-8", "surrogateescape"), kind


def _kind(node: Node, shared: bool) -> int:
    """The kind of what an entry defines, 0 for nothing gdb looks up."""
    tag = node.tag
    if node.get("declaration"):
        return 0
    if tag == "subprogram":
        return FUNCTION if node.inherited("external") else FUNCTION | _STATIC
    if tag == "variable":
        known = node.get("location") is not None or node.get("const_value") is not None
        return 0 if not known else VARIABLE if node.inherited("external") else VARIABLE | _STATIC
    if tag == "enumerator":
        return VARIABLE if shared else VARIABLE | _STATIC
    if tag in _TYPES or tag == "namespace":
        return TYPE if shared else TYPE | _STATIC
    return 0


def _completed(node: Node) -> tuple[str, str]:
    """Name and scope of an entry that completes a declaration elsewhere."""
    one: Node | None = node
    while one is not None and (one.get("name") is None or one.follow("specification") is not None):
        one = one.follow("specification") or one.follow("abstract_origin")
    if one is None:
        return "", ""
    parts: list[str] = []
    outer = one.parent
    while outer is not None and outer.parent is not None:
        if outer.tag in _SCOPES:
            parts.insert(0, str(outer.get("name") or _UNNAMED) + "::")
        outer = outer.parent
    return str(one.get("name")), "".join(parts)


def debug_sections(outputs: Iterable[Output], image: bytearray) -> dict[str, bytes]:
    """The debug sections of a finished image."""
    return {out.name: bytes(image[out.offset:out.offset + out.size]) for out in outputs
            if out.name.startswith(".debug_") and not out.flags & 2}
