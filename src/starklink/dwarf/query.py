"""Ask a file's debug information: what is at this address, who called, which entries are there.

    info = DebugFile.read("hello")
    info.find(0x401005)              SourceLocation: file, line, function, and the chain of inlined calls
    info.unwind(0x401005)            where the caller's registers are
    for unit in info.units:
        for die in unit.walk():
            print("  " * die.depth, die.tag, die.get("name", ""))

Everything is read when it is asked for. Whatever is wrong with the data comes out as DwarfError.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from ..objwriter.elf.reader import Elf, open_elf
from .consts import UT
from .cursor import DwarfError
from .framereader import Fde, FrameState, frames
from .linereader import LineRow, LineUnit, line_unit_at
from .reader import Die, Dwarf, UnitHeader

_TEXT_FORMS = ("strx", "strx1", "strx2", "strx3", "strx4", "GNU_str_index")
_ADDRESS_FORMS = ("addrx", "addrx1", "addrx2", "addrx3", "addrx4", "GNU_addr_index")
_REFERENCES = ("ref1", "ref2", "ref4", "ref8", "ref_udata", "ref_addr", "ref_sig8")
_FUNCTIONS = ("subprogram", "inlined_subroutine")


class Frame(NamedTuple):
    """A function at a source line. `symbol`: the name in the symbol table, if the debug information says one."""

    function: str
    file: str
    line: int
    column: int
    symbol: str = ""


class SourceLocation(NamedTuple):
    """What is at an address. `chain`: the innermost function first, then the functions it is inlined into, each with the line
    of the call."""

    file: str
    line: int
    column: int
    function: str
    chain: tuple[Frame, ...]


class Node:
    """An entry of a unit, with its values looked up."""

    __slots__ = ("_die", "children", "depth", "offset", "parent", "tag", "unit")

    def __init__(self, unit: DebugUnit, die: Die, parent: Node | None) -> None:
        self.unit = unit
        self.offset = die.offset
        self.depth = die.depth
        self.tag = die.tag
        self._die = die
        self.parent = parent
        self.children: list[Node] = []

    def __repr__(self) -> str:
        return f"<{self.tag} {self.get('name', '')} at {self.offset:#x}>"

    @property
    def attributes(self) -> list[str]:
        """The names of the attributes that are there."""
        return list(self._die.attributes)

    def form(self, name: str) -> str:
        """The form of an attribute, '' if it is not there."""
        return self._die.attributes.get(name, ("", None))[0]

    def get(self, name: str, default: Any = None) -> Any:
        """The value of an attribute: text, numbers, bytes of blocks and expressions, addresses; for references the offset of
        the entry (`follow` gives the entry)."""
        found = self._die.attributes.get(name)
        if found is None:
            return default
        form, value = found
        dwarf, header = self.unit.file.dwarf, self.unit.header
        if form in _TEXT_FORMS:
            return dwarf.text(header, self._die, name)
        if form in _ADDRESS_FORMS:
            return dwarf.address(header, found)
        return value

    def follow(self, name: str) -> Node | None:
        """The entry an attribute refers to, None if the attribute is not there. Raises DwarfError if there is no such entry."""
        found = self._die.attributes.get(name)
        if found is None or found[0] not in _REFERENCES:
            return None
        if found[0] == "ref_sig8":
            return self.unit.file.type_by_signature(found[1])
        section = ".debug_info" if found[0] == "ref_addr" else self.unit.header.section
        return self.unit.file.entry(found[1], section)

    def inherited(self, name: str) -> Any:
        """An attribute of the entry or of what it completes (abstract_origin, specification); None if nobody has it."""
        one: Node | None = self
        for _ in range(16):
            if one is None:
                return None
            value = one.get(name)
            if value is not None:
                return value
            one = one.follow("abstract_origin") or one.follow("specification")
        return None

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """The addresses [start, end) the entry covers."""
        return self.unit.file.dwarf.code_range(self.unit.header, self._die)

    def locations(self, name: str = "location") -> list[tuple[int, int, bytes]]:
        """(start, end, expression) of a location; one that holds everywhere has the range (0, 2^64)."""
        found = self._die.attributes.get(name)
        if found is None:
            return []
        if isinstance(found[1], bytes):
            return [(0, 1 << 64, found[1])]
        return self.unit.file.dwarf.locations(self.unit.header, found)

    def walk(self) -> Iterator[Node]:
        """The entry and all below it."""
        todo = [self]
        while todo:
            one = todo.pop()
            yield one
            todo += reversed(one.children)


class DebugUnit:
    """A unit: its header's values and its tree of entries."""

    def __init__(self, file: DebugFile, header: UnitHeader) -> None:
        self.file = file
        self.header = header

    @property
    def version(self) -> int:
        """The DWARF version."""
        return self.header.version

    @property
    def kind(self) -> str:
        """The type of unit: "compile", "type", "partial", "skeleton", "split_compile", "split_type"."""
        return UT.name(self.header.kind)

    @property
    def name(self) -> str:
        """The name of the source file."""
        return str(self.root.get("name", ""))

    @cached_property
    def root(self) -> Node:
        """The unit's entry (its children are there once the unit has been walked)."""
        first = next(self.file.dwarf.entries(self.header), None)
        if first is None:
            raise DwarfError(f"the unit at {self.header.offset:#x} has no entries")
        return Node(self, first, None)

    @cached_property
    def _nodes(self) -> dict[int, Node]:
        out: dict[int, Node] = {}
        chain: list[Node] = []
        for die in self.file.dwarf.entries(self.header):
            del chain[die.depth:]
            parent = chain[-1] if chain else None
            node = self.root if die.offset == self.root.offset else Node(self, die, parent)
            if parent is not None:
                parent.children.append(node)
            chain.append(node)
            out[die.offset] = node
        return out

    def walk(self) -> Iterator[Node]:
        """All entries in the order of the file."""
        yield from self._nodes.values()

    def entry(self, offset: int) -> Node:
        """The entry at an offset of the unit's section. Raises DwarfError."""
        found = self._nodes.get(offset)
        if found is None:
            raise DwarfError(f"there is no entry at {offset:#x}")
        return found

    @cached_property
    def lines(self) -> LineUnit | None:
        """The line table."""
        at = self.root.get("stmt_list")
        return None if at is None else line_unit_at(self.file.dwarf, at)

    @cached_property
    def ranges(self) -> list[tuple[int, int]]:
        """The addresses the unit says it covers, or those of its line table if it says nothing."""
        found = [(start, end) for start, end in self.root.ranges if end > start]
        return found or [(rows[0].address, rows[-1].address) for rows in self.sequences]

    @cached_property
    def sequences(self) -> list[list[LineRow]]:
        """The line table's sequences in order of addresses, empty ones left out."""
        out: list[list[LineRow]] = []
        start = 0
        rows = self.lines.rows if self.lines else []
        for number, row in enumerate(rows):
            if row.end:
                if row.address > rows[start].address:
                    out.append(rows[start:number + 1])
                start = number + 1
        return sorted(out, key=lambda rows: (rows[0].address, rows[-1].address))

    @cached_property
    def _starts(self) -> list[int]:
        return [rows[0].address for rows in self.sequences]

    @cached_property
    def functions(self) -> list[tuple[int, int, Node]]:
        """(start, end, entry) of every function with code, by address."""
        return sorted(((start, end, node) for node in self.walk() if node.tag == "subprogram"
                       for start, end in node.ranges if end > start), key=lambda one: one[:2])

    def row(self, address: int) -> LineRow | None:
        """The row of the line table that covers an address."""
        number = bisect_right(self._starts, address)
        while number:
            number -= 1
            rows = self.sequences[number]
            if address < rows[-1].address:
                return rows[bisect_right(rows, address, key=lambda row: row.address) - 1]
            if number < len(self._starts) and address - rows[0].address > 1 << 32:
                break
        return None

    def path(self, number: int) -> str:
        """The path of a file of the line table, with the folders it is relative to."""
        table = self.lines
        if table is None:
            return ""
        if table.version < 5 and not number:
            return ""
        parts = [table.file(number)]
        directory = table.files[number].directory
        if 0 <= directory < len(table.directories):
            parts.insert(0, table.directories[directory])
        parts.insert(0, str(self.root.get("comp_dir", "")))
        out = ""
        for part in parts:
            out = part if part.startswith("/") or not out else f"{out}/{part}" if part else out
        return out

    def chain(self, address: int) -> list[Node]:
        """The function at an address and the inlined calls in it that cover the address, the innermost first."""
        number = bisect_right(self.functions, address, key=lambda one: one[0])
        while number:
            number -= 1
            start, end, node = self.functions[number]
            if start <= address < end:
                return _descend(node, address)
        return []


def _descend(function: Node, address: int) -> list[Node]:
    out = [function]
    todo = list(reversed(function.children))
    while todo:
        node = todo.pop()
        if node.tag == "inlined_subroutine":
            if any(start <= address < end for start, end in node.ranges):
                out.insert(0, node)
                todo = list(reversed(node.children))
        elif node.children and node.tag not in ("subprogram", "call_site", "GNU_call_site"):
            covered = node.ranges
            if not covered or any(start <= address < end for start, end in covered):
                todo += reversed(node.children)
    return out


class DebugFile:
    """The debug information of a file. `frame_addresses`: where its frame sections lie in memory."""

    def __init__(self, sections: Mapping[str, bytes], order: str = "<",
                 frame_addresses: Mapping[str, int] | None = None, address_size: int = 8) -> None:
        # A .dwo file has the usual sections under names of its own.
        self.dwarf = Dwarf({name.removesuffix(".dwo"): data for name, data in sections.items()}, order,
                           address_size)
        self.frame_addresses = dict(frame_addresses or {})

    @classmethod
    def read(cls, path: str | Path) -> DebugFile:
        """The debug information of an ELF file. Raises OSError, ElfError."""
        return cls.of(open_elf(path))

    @classmethod
    def of(cls, elf: Elf) -> DebugFile:
        """The debug information of a file that is open."""
        places = {section.name: section.address for section in elf.sections
                  if section.name in (".eh_frame", ".debug_frame", ".eh_frame_hdr", ".text", ".got")}
        return cls(elf.debug_sections(), elf.order, places, elf.bits // 8)

    @cached_property
    def units(self) -> list[DebugUnit]:
        """All units."""
        return [DebugUnit(self, header) for header in self.dwarf.units()]

    @cached_property
    def _by_signature(self) -> dict[int, DebugUnit]:
        return {unit.header.identity: unit for unit in self.units if unit.kind in ("type", "split_type")}

    def type_by_signature(self, signature: int) -> Node:
        """The type a type unit describes. Raises DwarfError if there is none."""
        unit = self._by_signature.get(signature)
        if unit is None:
            raise DwarfError(f"there is no type unit with the signature {signature:#018x}")
        return unit.entry(unit.header.type_offset)

    def entry(self, offset: int, section: str = ".debug_info") -> Node:
        """The entry at an offset of its section. Raises DwarfError."""
        units = self._homes.get(section, [])
        number = bisect_right(units, offset, key=lambda unit: unit.header.offset)
        if number and offset < units[number - 1].header.end:
            return units[number - 1].entry(offset)
        raise DwarfError(f"no unit has an entry at {offset:#x} of {section}")

    @cached_property
    def _homes(self) -> dict[str, list[DebugUnit]]:
        out: dict[str, list[DebugUnit]] = {}
        for unit in self.units:
            out.setdefault(unit.header.section, []).append(unit)
        return out

    @cached_property
    def _extents(self) -> list[tuple[int, int, DebugUnit]]:
        found = [(start, end, unit) for unit in self.units if unit.kind in ("compile", "partial", "skeleton", "split_compile")
                 for start, end in unit.ranges]
        return sorted(found, key=lambda one: one[:2])

    def unit_at(self, address: int) -> DebugUnit | None:
        """The unit whose code is at an address."""
        number = bisect_right(self._extents, address, key=lambda one: one[0])
        for start, end, unit in reversed(self._extents[max(0, number - 64):number]):
            if start <= address < end:
                return unit
        return None

    def find(self, address: int) -> SourceLocation | None:
        """Source position, function and chain of inlined calls at an address; None if nothing is known about it."""
        unit = self.unit_at(address)
        if unit is None:
            return None
        row = unit.row(address)
        file, line, column = (unit.path(row.file), row.line, row.column) if row else ("", 0, 0)
        frames: list[Frame] = []
        for node in unit.chain(address):
            frames.append(Frame(str(node.inherited("name") or ""), file, line, column,
                                str(node.inherited("linkage_name") or node.inherited("MIPS_linkage_name") or "")))
            if node.tag == "inlined_subroutine":
                number = node.get("call_file", 0)
                file, line, column = unit.path(number), node.get("call_line", 0), node.get("call_column", 0)
        if not frames:
            if row is None:
                return None
            return SourceLocation(file, line, column, "", ())
        first = frames[0]
        return SourceLocation(first.file, first.line, first.column, first.function, tuple(frames))

    # -- frames --------------------------------------------------------------------------------------------------------

    @cached_property
    def _fdes(self) -> list[Fde]:
        found: list[Fde] = []
        for name in (".eh_frame", ".debug_frame"):
            if self.dwarf.section(name):
                found += frames(self.dwarf, name, self.frame_addresses.get(name, 0))
        return sorted((one for one in found if one.size), key=lambda one: one.begin)

    def unwind(self, address: int) -> FrameState | None:
        """How to find the caller of code at an address: the row of its unwinding table, None if there is none."""
        number = bisect_right(self._fdes, address, key=lambda one: one.begin)
        for fde in reversed(self._fdes[max(0, number - 4):number]):
            if fde.begin <= address < fde.begin + fde.size:
                rows = fde.rows()
                return rows[bisect_right(rows, address, key=lambda row: row.address) - 1]
        return None
