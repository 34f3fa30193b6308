"""A unit being written: its tree of entries, and the tables that belong to it (lines, lists, addresses, strings, macros)."""

from __future__ import annotations

from hashlib import md5
from typing import TYPE_CHECKING, Any

from .entries import Address, Entry, Locations, Ranges, SourceFile, lower
from .exprs import Expression
from .lines import LineTable
from .lists import LocationLists, RangeLists, finish_lists
from .section import DebugSection
from .sections import AddressTable, Macros, StringOffsets
from .strings import Strings
from .units import Abbreviations, Unit

if TYPE_CHECKING:
    from .info import DebugInfo


_ON_AN_ADDRESS = frozenset(("data_member_location", "vtable_elem_location", "use_location"))
"""Attributes whose expression finds the address of the object on the stack."""


class CompileUnit:
    """A unit of `DebugInfo`; made by its methods. `root` is its entry, `open` the chain of entries open as contexts."""

    def __init__(self, info: DebugInfo, kind: str, version: int, offset_size: int, indexed: bool, directory: str,
                 tag: str, attributes: dict[str, Any]) -> None:
        self.info = info
        self.kind = kind
        self.version = version
        self.offset_size = offset_size
        self.split = kind in ("split_compile", "split_type")
        self.indexed = (indexed or self.split) and version >= 5
        self.linked = info.linked or self.split
        self.abbreviations = Abbreviations(version, offset_size)
        self.engine = Unit(self.abbreviations, version, self.linked, kind)
        self.engine.section = self.name_of(".debug_info") if kind != "type" or version >= 5 else ".debug_types"
        self.strings: Strings = info.dwo_strings if self.split else info.strings
        self.addresses = AddressTable()
        self.texts = StringOffsets(self.strings)
        index = self.addresses if self.indexed else None
        self.ranges = RangeLists(version, self.linked, offset_size, index)
        self.locations = LocationLists(version, self.linked, offset_size, index)
        self.lines = LineTable(version, directory, info.line_strings, info.linked, offset_size)
        self.macros = Macros(version, offset_size)
        self.root = Entry(self, tag, attributes)
        self.open: list[Entry] = [self.root]
        self.described: Entry | None = None
        self.code: list[tuple[str, int, int]] = []
        self._signature = 0

    # -- what users call -----------------------------------------------------------------------------------------------

    def entry(self, tag: str, **attributes: Any) -> Entry:
        """An entry in the innermost open one (see entries.Entry for values)."""
        return Entry(self, tag, attributes, self.open[-1])

    def file(self, name: str, directory: str = "") -> SourceFile:
        """A source file. The first one is the unit's own."""
        return SourceFile(self, self.lines.file(name, directory))

    def signature(self) -> int:
        """The signature of a type unit: a digest of what it describes."""
        if not self._signature:
            if self.described is None:
                raise ValueError("a type unit describes nothing: set `described`")
            seen: dict[int, int] = {}
            self._signature = int.from_bytes(md5(repr(_canonical(self.described, seen)).encode()).digest()[:8], "little")
        return self._signature

    # -- what values become (entries.lower) ----------------------------------------------------------------------------

    def name_of(self, section: str) -> str:
        """The name of the unit's section of a kind."""
        return section + ".dwo" if self.split else section

    def text(self, value: str, file: bool) -> tuple[str, Any]:
        """The form and value of a text; `file`: a name of a file or folder."""
        if file and self.version >= 5 and not self.split and not self.indexed:
            return "line_strp", self.info.line_strings[value]
        if len(value) < self.offset_size:
            return "string", value
        if self.indexed:
            return "strx", self.texts(value)
        return "strp", self.strings[value]

    def string_number(self, value: str) -> int:
        """A text's number in the unit's table of strings."""
        return self.texts(value)

    def address_number(self, value: Address) -> int:
        """An address's number in the unit's table of addresses."""
        return self.addresses(*value)

    def address(self, value: Address) -> tuple[str, Any]:
        """The form and value of an address."""
        if self.indexed:
            return "addrx", self.addresses(*value)
        return "addr", self.engine.address(*value)

    def expression(self, value: Expression, attribute: str = "location") -> Expression:
        """The expression as the unit can hold it: split units have no relocations, so addresses become numbers. Raises
        ValueError for an expression that the version does not have."""
        if self.split and value.addresses:
            value = _indexed_expression(value, self.addresses)
        return value.check(self.version, 1 if attribute in _ON_AN_ADDRESS else 0)

    def range_list(self, value: Ranges) -> tuple[str, Any]:
        """The form and value of a range list."""
        return ("rnglistx" if self.indexed else "sec_offset"), self.ranges.add(value.items)

    def location_list(self, value: Locations) -> tuple[str, Any]:
        """The form and value of a location list."""
        items = [(start, end, self.expression(expression)) for start, end, expression in value.items]
        default = None if value.default is None else self.expression(value.default)
        return ("loclistx" if self.indexed else "sec_offset"), self.locations.add_in(value.symbol, items, default)

    # -- writing -------------------------------------------------------------------------------------------------------

    def lower(self) -> list[tuple[Entry, list[Any], list[Any]]]:
        """The tree as rows: entry, (attribute, form) pairs, values; in the order of the walk. Fills the unit's tables."""
        rows: list[tuple[Entry, list[Any], list[Any]]] = []
        todo: list[Entry] = [self.root]
        while todo:
            one = todo.pop()
            described: list[Any] = []
            values: list[Any] = []
            for name, given in one.attributes.items():
                form, value = lower(one, name, given)
                described.append((name, form, value) if form == "implicit_const" else (name, form))
                if form not in ("implicit_const", "flag_present"):
                    values.append(value)
            rows.append((one, described, values))
            todo += reversed(one.children)
        return rows

    def write(self, rows: list[tuple[Entry, list[Any], list[Any]]], bases: dict[str, int]) -> None:
        """Put the rows into the engine; `bases`: offsets for the unit's entry, by attribute."""
        for name, base in bases.items():
            rows[0][1].append((name, "sec_offset"))
            rows[0][2].append(base)
        engine, shape = self.engine, self.engine.shape
        left: list[int] = []  # children still to come, by depth
        for entry, described, values in rows:
            engine.mark(entry.number)
            engine.add(shape(entry.tag, bool(entry.children), *described), *values)
            if left:
                left[-1] -= 1
            if entry.children:
                left.append(len(entry.children))
            while left and not left[-1]:
                left.pop()
                engine.end()

    def lists(self) -> list[tuple[str, DebugSection]]:
        """The finished contributions to list sections, with the attribute that names their table."""
        out: list[tuple[str, DebugSection]] = []
        for attribute, lists in (("rnglists_base", self.ranges), ("loclists_base", self.locations)):
            assert isinstance(lists, RangeLists | LocationLists)
            finish_lists(lists)
            if lists.section.data:
                lists.section.name = self.name_of(lists.section.name)
                out.append((attribute, lists.section))
        return out


def _canonical(entry: Entry, seen: dict[int, int]) -> object:
    """What an entry says, without places: for signatures."""
    if id(entry) in seen:
        return seen[id(entry)]
    seen[id(entry)] = len(seen)
    values: list[tuple[str, object]] = []
    for name, value in sorted(entry.attributes.items()):
        if name in ("decl_file", "decl_line", "decl_column", "sibling"):
            continue
        if isinstance(value, Entry):
            values.append((name, _canonical(value, seen) if value.unit is entry.unit else value.unit.signature()))
        elif isinstance(value, Expression):
            values.append((name, value.data))
        else:
            values.append((name, repr(value)))
    names = []
    above = entry.parent
    while above is not None and above.parent is not None:
        names.append((above.tag, str(above.attributes.get("name", ""))))
        above = above.parent
    return entry.tag, tuple(names), tuple(values), tuple([_canonical(child, seen) for child in entry.children])


def _indexed_expression(value: Expression, table: AddressTable) -> Expression:
    """Replace DW_OP_addr by DW_OP_addrx. Raises ValueError if the expression branches."""
    from .operations import operations

    names = {offset - 1: (symbol, addend) for offset, symbol, addend in value.addresses}
    out = Expression()
    for op in operations(value.data):
        if op.row.name in ("bra", "skip"):
            raise ValueError("an expression with addresses and branches cannot stand in a split unit")
        if op.offset in names:
            out.do("addrx", table(*names[op.offset]))
        else:
            moved = len(out.data) - op.offset
            out.references += [(offset + moved, kind, entry) for offset, kind, entry in value.references
                               if op.offset <= offset < op.end]
            out.data += value.data[op.offset:op.end]
    return out


def skeleton(info: DebugInfo, split: CompileUnit, file: str, identity: int, directory: str, offset_size: int) -> CompileUnit:
    """The unit of the main file that stands for a split one: it shares its table of addresses and its line table."""
    unit = CompileUnit(info, "skeleton", split.version, offset_size, True, directory, "skeleton_unit",
                       {"dwo_name": file, "comp_dir": directory})
    unit.addresses = split.addresses
    unit.ranges = RangeLists(split.version, unit.linked, offset_size, unit.addresses)
    unit.lines = split.lines
    unit.engine.identity = split.engine.identity = identity
    return unit

