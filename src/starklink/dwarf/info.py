"""Debug information for a module, versions 2 to 5: what users of the library write with.

    dbg = DebugInfo(module, producer="mycc 1.0", version=5)
    src = dbg.file("hello.c")
    integer = dbg.base_type("int", 4, "signed")
    with dbg.subprogram("main", code, src, line=3, type=integer) as f:
        f.local("x", integer, -20)
        f.at(4); ...
    dbg.finish()                       # the sections are now fragments of the module

The same fragments serve object files, where their fixups become relocations, and images, where they are applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from ..objwriter.model import Fragment, LineMark, ObjectModule
from .compileunit import CompileUnit, skeleton
from .consts import INL
from .entries import Address, Entry, Ranges, SourceFile
from .exprs import Expression
from .frames import debug_frame, eh_frame, eh_frame_hdr
from .function import Code, Subprogram, Where, resolver
from .lists import LocationLists, RangeLists
from .rows import VersionError
from .section import DebugSection
from .sections import AddressRange, Name, add_aranges, debug_names, gdb_scripts, header_size
from .strings import Strings
from .typebuilder import TypeBuilder

LANGUAGE: Final = "C_plus_plus_14"
"""Debuggers know this language's expressions, and one of them shows no variables of languages it does not know."""
_NAMED_TAGS: Final = frozenset(("base_type", "class_type", "structure_type", "union_type", "enumeration_type", "typedef",
                                "namespace", "subprogram", "variable", "inlined_subroutine", "label", "enumerator",
                                "unspecified_type"))


class DebugInfo(TypeBuilder):
    """Debug information of one module.

    `offset_size` 8 is the 64-bit format. `indexed`: strings and addresses go through tables (version 5). `split`: the name of
    a .dwo file that takes everything without addresses (version 5; its bytes are `dwo_bytes()`). `frames`: any of "eh",
    "hdr" (its index, for images), "debug". `aranges`, `names`: write those indexes. `linked`: nothing else contributes to the
    debug sections of the output.
    """

    def __init__(self, module: ObjectModule, producer: str = "", version: int = 5, *, directory: str = "",
                 language: str = LANGUAGE, offset_size: int = 4, indexed: bool = False, split: str = "",
                 frames: Sequence[str] = ("eh",), aranges: bool = True, names: bool = False, linked: bool = False) -> None:
        if version not in (2, 3, 4, 5):
            raise ValueError(f"DWARF version {version}: there are 2, 3, 4 and 5")
        if offset_size not in (4, 8) or (version < 3 and offset_size == 8):
            raise ValueError("offsets have 4 bytes, or 8 in the 64-bit format (DWARF 3)")
        if (indexed or split or names) and version < 5:
            raise VersionError("indexed strings and addresses, split units and .debug_names need DWARF 5")
        self.module = module
        self.producer = producer
        self.version = version
        self.directory = directory
        self.language = language
        self.offset_size = offset_size
        self.indexed = indexed
        self.split = split
        self.wanted_frames = tuple(frames)
        self.aranges = aranges
        self.names = names
        self.linked = linked
        self.strings = Strings(".debug_str")
        self.line_strings = Strings(".debug_line_str")
        self.dwo_strings = Strings(".debug_str.dwo")
        self.units: list[CompileUnit] = []
        self.functions: list[Subprogram] = []
        self.scripts: list[Fragment] = []
        self._unit: CompileUnit | None = None
        self._marks: dict[int, Subprogram] = {}
        self._types: dict[tuple[Any, ...], Entry] = {}
        self._sections: dict[str, DebugSection] = {}
        self._dwo: list[Fragment] = []
        self._finished = False

    # -- units and files -----------------------------------------------------------------------------------------------

    def unit(self, name: str, *, directory: str | None = None, version: int | None = None, kind: str = "compile",
             **attributes: Any) -> CompileUnit:
        """Begin another unit; what follows goes into it. `kind`: "compile" or "partial"."""
        version = self.version if version is None else version
        folder = self.directory if directory is None else directory
        given: dict[str, Any] = {"producer": self.producer or None, "language": self.language, "name": name}
        if not self.split:
            given["comp_dir"] = folder or None
        split = self.split and kind == "compile"
        made = CompileUnit(self, "split_compile" if split else kind, version, self.offset_size, self.indexed, folder,
                           "partial_unit" if kind == "partial" else "compile_unit", given | attributes)
        made.file(name)
        self.units.append(made)
        self._unit = made
        self._types = {}
        return made

    def type_unit(self, **attributes: Any) -> CompileUnit:
        """A unit for one type that other units refer to by signature: make the type in it, and set `described`. The present
        unit stays the one that others go into."""
        if self.version < 4:
            raise VersionError("type units need DWARF 4")
        made = CompileUnit(self, "split_type" if self.split else "type", self.version, self.offset_size, self.indexed,
                           self.directory, "type_unit", {"language": self.language, **attributes})
        made.lines = self.current.lines
        self.units.append(made)
        return made

    @property
    def current(self) -> CompileUnit:
        """The unit that entries go into. Raises ValueError if there is none yet."""
        if self._unit is None:
            raise ValueError("there is no unit yet: name its source with file()")
        return self._unit

    def file(self, name: str, directory: str = "") -> SourceFile:
        """A source file; the first one begins the unit named after it."""
        if self._unit is None:
            self.unit(name)
        return self.current.file(name, directory)

    def entry(self, tag: str, **attributes: Any) -> Entry:
        """An entry in the innermost open one of the present unit (see entries.Entry for values)."""
        return self.current.entry(tag, **attributes)

    def gdb_script(self, name: str, text: str = "") -> None:
        """A Python script for gdb: by file name, or with its text in the image."""
        self.scripts.append(gdb_scripts([name]) if not text else gdb_scripts((), [(name, text)]))

    # -- functions and variables ---------------------------------------------------------------------------------------

    def subprogram(self, name: str, code: Code | None = None, file: SourceFile | None = None, line: int = 0, *,
                   symbol: str = "", size: int | None = None, type: Entry | None = None, external: bool = True,
                   frame_base: Expression | None = None, parent: Entry | None = None, **attributes: Any) -> Subprogram:
        """A function with code, as a context. `symbol` (default: the name) is where it begins; `code` the assembler that is
        writing it, if any. The frame base is the CFA unless one is given."""
        unit = self.current if parent is None else parent.unit
        if frame_base is None:  # DW_OP_call_frame_cfa came with version 3; before that the frame of a rbp function is meant
            frame_base = Expression().call_frame_cfa() if unit.version >= 3 else Expression().breg(6, 16)
        given: dict[str, Any] = {"name": name, "external": external or None, "type": type, "decl_file": file,
                                 "decl_line": line or None, "prototyped": True, "frame_base": frame_base}
        if "specification" in attributes or "abstract_origin" in attributes:
            given = {"frame_base": frame_base}
        function = Subprogram(unit, parent or unit.open[-1], given | attributes, symbol or name, code, file, line, size)
        function.set("low_pc", Address(function.symbol))
        function.set("high_pc", resolver(function))
        self.functions.append(function)
        return function

    def abstract(self, name: str, file: SourceFile | None = None, line: int = 0, *, type: Entry | None = None,
                 **attributes: Any) -> Entry:
        """A function that is inlined: what its instances (`Scope.inlined`) have in common."""
        return self.entry("subprogram", name=name, decl_file=file, decl_line=line or None, type=type, prototyped=True,
                          inline=INL["inlined"], **attributes)

    def variable(self, name: str, type: Entry | None, where: Where, *, external: bool = True, **attributes: Any) -> Entry:
        """A global variable at a symbol, an Address or an Expression."""
        if isinstance(where, str):
            where = Expression().address(where)
        elif isinstance(where, Address):
            where = Expression().address(*where)
        return self.entry("variable", name=name, type=type, external=external or None, location=where, **attributes)

    def new_mark(self, function: Subprogram) -> int:
        """A number for a place that the function's assembler is asked to remember."""
        number = len(self._marks) + 1
        self._marks[number] = function
        return number

    # -- finishing -----------------------------------------------------------------------------------------------------

    def finish(self) -> list[Fragment]:
        """Write everything: the fragments, which are also appended to the module. Raises ValueError for functions the module
        does not have and for references to what was never made."""
        if self._finished:
            raise ValueError("the debug information is finished already")
        self._finished = True
        for fragment in self.module.fragments:
            self._place(fragment)
        for function in self.functions:
            self._settle(function)
        out = self._write_units()
        out += self._frames() + self.scripts
        self.module.fragments += out
        return out

    def dwo_bytes(self) -> bytes:
        """The .dwo file of split debug information, after `finish`."""
        from ..objwriter.elf.object import to_elf

        if not self.split or not self._finished:
            raise ValueError("there is no split debug information, or it is not finished")
        return to_elf(ObjectModule("", self._dwo))

    def _place(self, fragment: Fragment) -> None:
        """Take the offsets of marks from a fragment, and what it says about its functions."""
        own: list[LineMark] = []
        for mark in fragment.lines:
            function = self._marks.get(mark.pos)
            if function is None:
                own.append(mark)
                continue
            function.places[mark.pos] = mark.offset
            if not function.resolved:
                function.resolved = True
                function.fragment_cfi = fragment.cfi
                function.base = fragment.labels.get(function.symbol, 0)
        fragment.lines = own
        for function in self.functions:
            if fragment.symbol == function.symbol and fragment.symbol:
                function.resolved = True
                function.fragment_cfi = fragment.cfi
                if function.size is None:
                    function.size = fragment.size

    def _settle(self, function: Subprogram) -> None:
        """Size, line rows and call frame rules of a function."""
        if function.code is not None and (not function.resolved or -function.end not in function.places):
            raise ValueError(f"the code of {function.symbol} is not in the module {self.module.name!r}, or its context is open")
        if function.size is None and function.code is not None:
            function.size = function.resolve(function.end)
        if function.size is None:
            raise ValueError(f"the module {self.module.name!r} has no fragment {function.symbol}: give its size")
        start, end = function.base, function.base + function.size
        if function.code is not None and (start or function.symbol not in {one.symbol for one in self.module.fragments}):
            function.fragment_cfi = [mark._replace(offset=mark.offset - start) for mark in function.fragment_cfi
                                     if start <= mark.offset <= end]
        unit = function.unit
        rows = function.line_rows()
        if rows:
            unit.lines.sequence(function.symbol, function.size, rows)
        for columns in function.columns:
            unit.lines.columns(function.symbol, function.size, **columns)
        unit.code.append((function.symbol, 0, function.size))

    def _frames(self) -> list[Fragment]:
        functions = [Fragment(one.symbol, ".text", b"", size=one.size or 0, cfi=one.cfi_marks()) for one in self.functions]
        if not functions:
            return []
        out: list[Fragment] = []
        if "eh" in self.wanted_frames:
            fragment, rows = eh_frame(functions)
            out.append(fragment)
            if "hdr" in self.wanted_frames:
                out.append(eh_frame_hdr(rows))
        if "debug" in self.wanted_frames:
            out.append(debug_frame(functions, self.version, self.linked, self.offset_size))
        return out

    # -- units to sections ---------------------------------------------------------------------------------------------

    def section(self, name: str) -> DebugSection:
        """A section being put together from the units' contributions."""
        found = self._sections.get(name)
        if found is None:
            found = self._sections[name] = DebugSection(name, self.linked, self.offset_size)
        return found

    def _join(self, part: DebugSection) -> int:
        return self.section(part.name).append(part.data, part.fixups)

    def _write_units(self) -> list[Fragment]:
        units = list(self.units)
        for unit in self.units:
            if unit.kind == "split_compile":
                identity = unit_identity(unit)
                units.append(skeleton(self, unit, self.split, identity, self.directory, self.offset_size))
            elif unit.kind in ("type", "split_type"):
                unit.engine.identity = unit.signature()
                assert unit.described is not None
                unit.engine.described = unit.described.number
        tables: dict[int, int] = {}
        for unit in units:
            self._unit_extent(unit)
        # Split units come before their skeletons, which hold the tables of addresses that both fill.
        for unit in units:
            self._write_unit(unit, tables)
        places: dict[str, int] = {}
        for unit in units:
            unit.engine.offset = places.get(unit.engine.section, 0)
            places[unit.engine.section] = unit.engine.offset + len(unit.engine.data)
        abbreviations: dict[bytes, int] = {}
        for unit in units:
            abbrev = self.section(unit.name_of(".debug_abbrev"))
            data = bytes(unit.abbreviations.data) + b"\0"
            key = abbrev.name.encode() + data
            if key not in abbreviations:
                abbreviations[key] = abbrev.append(data, ())
            fixups = unit.engine.finish(abbreviations[key])
            self.section(unit.engine.section).append(unit.engine.data, fixups)
        self._indexes(units)
        return self._fragments()

    def _unit_extent(self, unit: CompileUnit) -> None:
        """The code of a unit, as attributes of its entry."""
        if unit.kind == "skeleton":
            unit.code = next(one.code for one in self.units if one.lines is unit.lines)
        if not unit.code or unit.split:
            return
        code = unit.code
        if len(code) == 1:
            unit.root.set("low_pc", Address(code[0][0]))
            unit.root.set("high_pc", code[0][2])
        elif unit.version >= 3:
            unit.root.set("low_pc", Address("", 0))
            unit.root.set("ranges", Ranges(code))
        else:  # without lists: from the first function to the last
            unit.root.set("low_pc", Address(code[0][0]))
            unit.root.set("high_pc", Address(code[-1][0], code[-1][2]))

    def _write_unit(self, unit: CompileUnit, tables: dict[int, int]) -> None:
        both: tuple[RangeLists | LocationLists, ...] = (unit.ranges, unit.locations)
        for lists in both:
            name = unit.name_of(lists.section.name)
            lists.base = len(self.section(name).data)
        rows = unit.lower()
        bases: dict[str, int] = {}
        if not unit.split and unit.lines.files:
            table = id(unit.lines)
            if table not in tables:
                fragment = unit.lines.fragment()
                tables[table] = self.section(".debug_line").append(fragment.data, fragment.fixups)
            bases["stmt_list"] = tables[table]
        if unit.macros.items:
            linked = unit.linked
            section = unit.macros.section(unit.strings, linked, bases.get("stmt_list"))
            bases["macros" if unit.version >= 5 else "macro_info"] = self._join(section)
        size = self.offset_size
        for attribute, part in unit.lists():
            at = self._join(part)
            if unit.indexed and not unit.split:
                bases[attribute] = at + header_size("LISTS_5", size)
        if unit.indexed and not unit.split and unit.addresses.numbers:
            bases["addr_base"] = self._join(unit.addresses.section(size)) + header_size("ADDRESSES", size)
        if unit.indexed and unit.texts.numbers:
            suffix = ".dwo" if unit.split else ""
            at = self._join(unit.texts.section(unit.linked, size, suffix)) + header_size("STR_OFFSETS", size)
            if not unit.split:
                bases["str_offsets_base"] = at
        unit.write(rows, bases)

    def _indexes(self, units: Sequence[CompileUnit]) -> None:
        whole = [unit for unit in units if unit.kind in ("compile", "skeleton", "partial") and not unit.split]
        if self.aranges:
            for unit in whole:
                if unit.code:
                    ranges = [AddressRange(symbol, start, end - start) for symbol, start, end in unit.code]
                    add_aranges(self.section(".debug_aranges"), unit.engine.offset, ranges)
        if self.names and not self.split:
            found = [Name(text, entry.tag, number, unit.engine.entries[entry.number]) for number, unit in enumerate(whole)
                     for text, entry in named(unit.root)]
            self._join(debug_names([unit.engine.offset for unit in whole], found, self.strings, self.linked))

    def _fragments(self) -> list[Fragment]:
        ordered: list[DebugSection | Fragment] = [one for one in self._sections.values() if one.data]
        for strings in (self.strings, self.line_strings, self.dwo_strings):
            if strings.size > 1 or strings is self.strings:
                ordered.append(strings.fragment())
        out = [one.fragment() if isinstance(one, DebugSection) else one for one in ordered]
        self._dwo = [one for one in out if one.section.endswith(".dwo")]
        return [one for one in out if not one.section.endswith(".dwo")]


def unit_identity(unit: CompileUnit) -> int:
    """The id that a split unit and its skeleton share: a digest of names."""
    from hashlib import md5

    text = repr([(one.tag, str(one.attributes.get("name", "")), len(one.children)) for one in walk(unit.root)])
    return int.from_bytes(md5(text.encode()).digest()[:8], "little")


def walk(entry: Entry) -> Iterable[Entry]:
    """An entry and all below it."""
    todo = [entry]
    while todo:
        one = todo.pop()
        yield one
        todo += reversed(one.children)


def named(root: Entry) -> Iterable[tuple[str, Entry]]:
    """What `.debug_names` lists (DWARF 5 section 6.1.1.1): entries with names, and inlined calls under their origin's name."""
    for one in walk(root):
        attributes = one.attributes
        if one.tag not in _NAMED_TAGS or attributes.get("declaration"):
            continue
        if one.tag in ("subprogram", "inlined_subroutine", "label") and "low_pc" not in attributes and "ranges" not in attributes:
            continue
        if one.tag == "variable" and not _static(attributes.get("location")):
            continue
        origin = one
        while "name" not in origin.attributes:
            above = origin.attributes.get("specification", origin.attributes.get("abstract_origin"))
            if not isinstance(above, Entry):
                break
            origin = above
        names = {origin.attributes.get("name"), origin.attributes.get("linkage_name")} - {None}
        if not names and one.tag == "namespace":
            names = {"(anonymous namespace)"}
        for name in sorted(map(str, names)):
            yield name, one


def _static(location: object) -> bool:
    """True for the location of a variable that has an address."""
    return isinstance(location, Expression) and bool(location.addresses)
