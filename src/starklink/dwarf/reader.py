"""Reads debug sections (DWARF 2 to 5, 32-bit and 64-bit format): units, entries, range and location lists.

    info = Dwarf(elf.debug_sections())
    for unit in info.units():
        for die in info.entries(unit):
            print("  " * die.depth, die.tag, info.text(unit, die, "name"))

Line tables are read by `linereader`, call frames by `framereader`. Whatever is wrong with the data comes out as
DwarfError.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple

from ..support.record import dataclass, field
from .consts import AT, FORM, LLE, RLE, TAG
from .cursor import Cursor, DwarfError

Attribute = tuple[str, Any]
"""(form, value): numbers, text for string forms, bytes for blocks and expressions, unit-relative offsets made
absolute."""


class Die(NamedTuple):
    """An entry: its offset in .debug_info, depth under the unit's entry, tag and attributes by name."""

    offset: int
    depth: int
    tag: str
    attributes: dict[str, Attribute]
    children: bool

    def get(self, name: str, default: Any = None) -> Any:
        """The value of an attribute."""
        found = self.attributes.get(name)
        return default if found is None else found[1]


@dataclass(slots=True, eq=False)
class UnitHeader:
    """A unit of .debug_info or .debug_types: byte range, version and where its entries begin.

    `kind`: a number of consts.UT. `identity`: the signature of a type unit or the id of a split one; `type_offset`: of the
    entry a type unit describes, in its section. `open`: entries whose children do not end, once the entries have been read.
    """

    offset: int
    end: int
    version: int
    kind: int
    address_size: int
    offset_size: int
    abbrev_offset: int
    first: int
    section: str = ".debug_info"
    identity: int = 0
    type_offset: int = 0
    open: int = 0
    bases: dict[str, int] = field(default_factory=dict)


class Dwarf:
    """The debug sections of one file, by name. `address_size`: where sections do not say it themselves."""

    def __init__(self, sections: Mapping[str, bytes], order: str = "<", address_size: int = 8) -> None:
        self.sections = sections
        self.order = order
        self.address_size = address_size
        self._abbreviations: dict[int, dict[int, tuple[str, bool, list[tuple[str, int, int]]]]] = {}

    def section(self, name: str) -> bytes:
        """A section's bytes, empty if it is not there."""
        return self.sections.get(name, b"")

    def cursor(self, name: str, at: int = 0, end: int | None = None) -> Cursor:
        """A cursor over a section."""
        return Cursor(self.section(name), at, end, self.order, name)

    # -- units and entries -------------------------------------------------------------------------------------------

    @cached_property
    def _unit_list(self) -> list[UnitHeader]:
        return [*self._units_in(".debug_info"), *self._units_in(".debug_types")]

    def _units_in(self, section: str) -> Iterator[UnitHeader]:
        cursor = self.cursor(section)
        while not cursor.at_end:
            start = cursor.at
            size, offset_size = cursor.initial_length()
            end = cursor.at + size
            if end > cursor.end:
                raise DwarfError(f"the unit at {start:#x} is longer than {section}")
            version = cursor.u16()
            if not 2 <= version <= 5:
                raise DwarfError(f"the unit at {start:#x} of {section} has version {version}")
            identity = type_offset = 0
            if version >= 5:
                kind, address_size, abbrev = cursor.u8(), cursor.u8(), cursor.uint(offset_size)
            else:
                kind, abbrev, address_size = 2 if section == ".debug_types" else 1, cursor.uint(offset_size), cursor.u8()
            if address_size not in (2, 4, 8):
                raise DwarfError(f"the unit at {start:#x} of {section} has addresses of {address_size} bytes")
            if kind in (4, 5):
                identity = cursor.uint(8)
            elif kind in (2, 6):
                identity, type_offset = cursor.uint(8), start + cursor.uint(offset_size)
            if cursor.at > end:
                raise DwarfError(f"the unit at {start:#x} of {section} ends inside its header")
            yield UnitHeader(start, end, version, kind, address_size, offset_size, abbrev, cursor.at, section, identity,
                             type_offset)
            cursor.at = end

    def units(self) -> list[UnitHeader]:
        """All units."""
        return self._unit_list

    def entries(self, unit: UnitHeader) -> Iterator[Die]:
        """The unit's entries in order of the walk over the tree."""
        table = self._table(unit.abbrev_offset)
        cursor = self.cursor(unit.section, unit.first, unit.end)
        depth = 0
        while not cursor.at_end:
            offset = cursor.at
            code = cursor.uleb()
            if not code:
                depth -= 1
                if depth < 0:
                    unit.open = 0
                    return  # padding behind the unit's entry
                continue
            shape = table.get(code)
            if shape is None:
                raise DwarfError(f"the entry at {offset:#x} has the unknown abbreviation {code}")
            tag, children, specification = shape
            attributes: dict[str, Attribute] = {}
            for name, form, constant in specification:
                attributes[name] = self._value(cursor, unit, form, constant)
            if offset == unit.first:
                for base in ("str_offsets_base", "addr_base", "rnglists_base", "loclists_base", "GNU_addr_base",
                             "GNU_ranges_base"):
                    if base in attributes:
                        unit.bases[base.removeprefix("GNU_")] = attributes[base][1]
                if "low_pc" in attributes:
                    unit.bases["low_pc"] = self.address(unit, attributes["low_pc"])
            yield Die(offset, depth, tag, attributes, children)
            if children:
                depth += 1
        unit.open = depth

    def entry_at(self, offset: int) -> Die:
        """The entry at an offset in .debug_info (a linear search: for tests and dumps)."""
        for unit in self.units():
            if unit.first <= offset < unit.end:
                for die in self.entries(unit):
                    if die.offset == offset:
                        return die
        raise DwarfError(f"no entry at {offset:#x}")

    def _table(self, offset: int) -> dict[int, tuple[str, bool, list[tuple[str, int, int]]]]:
        known = self._abbreviations.get(offset)
        if known is not None:
            return known
        table: dict[int, tuple[str, bool, list[tuple[str, int, int]]]] = {}
        cursor = self.cursor(".debug_abbrev", offset)
        while code := cursor.uleb():
            tag, children = TAG.name(cursor.uleb()), cursor.u8() == 1
            specification: list[tuple[str, int, int]] = []
            while True:
                name, form = cursor.uleb(), cursor.uleb()
                constant = cursor.sleb() if form == _IMPLICIT else 0
                if not name and not form:
                    break
                specification.append((AT.name(name), form, constant))
            table[code] = (tag, children, specification)
        self._abbreviations[offset] = table
        return table

    def _value(self, cursor: Cursor, unit: UnitHeader, form: int, constant: int) -> Attribute:
        for _ in range(4):
            if form != _INDIRECT:
                break
            form = cursor.uleb()
        name = FORM.name(form)
        if name in _CONSTANTS:
            return name, cursor.uint(_CONSTANTS[name])
        if name == "addr":
            return name, cursor.uint(unit.address_size)
        if name in ("strp", "line_strp"):
            offset = cursor.uint(unit.offset_size)
            return name, self.cursor(".debug_str" if name == "strp" else ".debug_line_str", offset).string()
        if name == "string":
            return name, cursor.string()
        if name in ("sec_offset", "strp_sup", "GNU_strp_alt", "GNU_ref_alt"):
            return name, cursor.uint(unit.offset_size)
        if name == "ref_addr":
            return name, cursor.uint(unit.address_size if unit.version == 2 else unit.offset_size)
        if name in _REFERENCES:
            return name, unit.offset + cursor.uint(_REFERENCES[name])
        if name == "ref_udata":
            return name, unit.offset + cursor.uleb()
        if name in ("udata", "strx", "addrx", "loclistx", "rnglistx", "GNU_addr_index", "GNU_str_index"):
            return name, cursor.uleb()
        if name == "sdata":
            return name, cursor.sleb()
        if name in ("exprloc", "block"):
            return name, cursor.bytes(cursor.uleb())
        if name in _BLOCKS:
            return name, cursor.bytes(cursor.uint(_BLOCKS[name]))
        if name == "flag_present":
            return name, 1
        if name == "implicit_const":
            return name, constant
        if name == "data16":
            return name, cursor.bytes(16)
        raise DwarfError(f"unknown form {name} at {cursor.at:#x}")

    # -- attribute values of indirect forms
    # ------------------------------------------------------------------------------

    def text(self, unit: UnitHeader, die: Die, name: str, default: str = "") -> str:
        """A string attribute, looked up in the string offsets table if its form asks for that."""
        found = die.attributes.get(name)
        if found is None:
            return default
        form, value = found
        if form.startswith(("strx", "GNU_str_index")):
            base = unit.bases.get("str_offsets_base", 2 * unit.offset_size if unit.version >= 5 else 0)
            offset = self.cursor(".debug_str_offsets", base + value * unit.offset_size).uint(unit.offset_size)
            return self.cursor(".debug_str", offset).string()
        return str(value)

    def address(self, unit: UnitHeader, attribute: Attribute) -> int:
        """An address attribute, looked up in the address table if its form asks for that."""
        form, value = attribute
        if not isinstance(value, int):
            raise DwarfError(f"a value of form {form} is no address")
        if form.startswith(("addrx", "GNU_addr_index")):
            return self._indexed_address(unit, value)
        return value

    def _indexed_address(self, unit: UnitHeader, index: int) -> int:
        base = unit.bases.get("addr_base", 2 * unit.offset_size if unit.version >= 5 else 0)
        return self.cursor(".debug_addr", base + index * unit.address_size).uint(unit.address_size)

    def code_range(self, unit: UnitHeader, die: Die) -> list[tuple[int, int]]:
        """The addresses [start, end) an entry covers."""
        if "ranges" in die.attributes:
            return self.ranges(unit, die.attributes["ranges"])
        if "low_pc" not in die.attributes or "high_pc" not in die.attributes:
            return []
        low = self.address(unit, die.attributes["low_pc"])
        form, high = die.attributes["high_pc"]
        if form in ("addr", "addrx", "addrx1", "addrx2", "addrx3", "addrx4", "GNU_addr_index"):
            return [(low, self.address(unit, (form, high)))]
        if not isinstance(high, int):
            raise DwarfError(f"a value of form {form} is no size")
        return [(low, low + high)]

    # -- lists
    # -----------------------------------------------------------------------------------------------------------

    def ranges(self, unit: UnitHeader, attribute: Attribute) -> list[tuple[int, int]]:
        """The ranges [start, end) of a list attribute."""
        if not isinstance(attribute[1], int):
            raise DwarfError(f"a value of form {attribute[0]} is no list of ranges")
        if unit.version < 5:
            return [(start, end) for start, end, _ in self._old_list(unit, ".debug_ranges", attribute[1], False)]
        return [(start, end) for start, end, _ in self._list(unit, ".debug_rnglists", attribute, RLE.names, False)]

    def locations(self, unit: UnitHeader, attribute: Attribute) -> list[tuple[int, int, bytes]]:
        """(start, end, expression) of a location list attribute; a default location has the range (0, 0)."""
        if not isinstance(attribute[1], int):
            raise DwarfError(f"a value of form {attribute[0]} is no list of locations")
        if unit.version < 5:
            if ".debug_loc" not in self.sections and ".debug_loclists" in self.sections:
                raise DwarfError("location lists of split units before version 5 cannot be read")
            return self._old_list(unit, ".debug_loc", attribute[1], True)
        return self._list(unit, ".debug_loclists", attribute, LLE.names, True)

    def _old_list(self, unit: UnitHeader, section: str, offset: int, located: bool) -> list[tuple[int, int, bytes]]:
        cursor = self.cursor(section, offset)
        base = self._base(unit)
        ones = (1 << 8 * unit.address_size) - 1
        out: list[tuple[int, int, bytes]] = []
        while True:
            start, end = cursor.uint(unit.address_size), cursor.uint(unit.address_size)
            if start == ones:
                base = end
            elif not start and not end:
                return out
            else:
                out.append((base + start & ones, base + end & ones, cursor.bytes(cursor.u16()) if located else b""))

    def _base(self, unit: UnitHeader) -> int:
        if "low_pc" not in unit.bases:
            next(self.entries(unit), None)
        return unit.bases.get("low_pc", 0)

    def _list(self, unit: UnitHeader, section: str, attribute: Attribute, names: Mapping[int, str],
              located: bool) -> list[tuple[int, int, bytes]]:
        form, offset = attribute
        if form in ("rnglistx", "loclistx"):
            base = unit.bases.get("loclists_base" if located else "rnglists_base", 12 if unit.offset_size == 4 else 20)
            offset = base + self.cursor(section, base + offset * unit.offset_size).uint(unit.offset_size)
        cursor = self.cursor(section, offset)
        base = self._base(unit)
        size = unit.address_size
        out: list[tuple[int, int, bytes]] = []
        while True:
            kind = names.get(cursor.u8(), "")
            start = end = 0
            if kind == "end_of_list":
                return out
            if kind == "base_address":
                base = cursor.uint(size)
                continue
            if kind == "base_addressx":
                base = self._indexed_address(unit, cursor.uleb())
                continue
            if kind == "offset_pair":
                start, end = base + cursor.uleb(), base + cursor.uleb()
            elif kind == "start_end":
                start, end = cursor.uint(size), cursor.uint(size)
            elif kind == "start_length":
                start = cursor.uint(size)
                end = start + cursor.uleb()
            elif kind == "startx_endx":
                start = self._indexed_address(unit, cursor.uleb())
                end = self._indexed_address(unit, cursor.uleb())
            elif kind == "startx_length":
                start = self._indexed_address(unit, cursor.uleb())
                end = start + cursor.uleb()
            elif kind != "default_location":
                raise DwarfError(f"unknown list entry at {cursor.at - 1:#x} of {section}")
            out.append((start, end, cursor.bytes(cursor.uleb()) if located else b""))


_IMPLICIT: Final = FORM["implicit_const"]
_INDIRECT: Final = FORM["indirect"]
_CONSTANTS: Final = {"data1": 1, "data2": 2, "data4": 4, "data8": 8, "flag": 1, "strx1": 1, "strx2": 2, "strx3": 3,
                     "strx4": 4, "addrx1": 1, "addrx2": 2, "addrx3": 3, "addrx4": 4, "ref_sig8": 8, "ref_sup4": 4,
                     "ref_sup8": 8}
_REFERENCES: Final = {"ref1": 1, "ref2": 2, "ref4": 4, "ref8": 8}
_BLOCKS: Final = {"block1": 1, "block2": 2, "block4": 4}
