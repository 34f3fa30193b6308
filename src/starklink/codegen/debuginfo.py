"""Debug information of a compiled program: the IR's debug tables plus what code generation noted in the fragments.

    debug_sections(module, fragments, sources)  ->  .debug_info, .debug_line, ... and frame sections as fragments

One compile unit describes the program. A function's address is its symbol, so nothing here knows where code will lie:
the linker's fixups or an object file's relocations say it. Every function is a line sequence and a range of its own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

from ..dwarf.consts import INL, LANG
from ..dwarf.exprs import Expression
from ..dwarf.frames import debug_frame, eh_frame, eh_frame_hdr
from ..dwarf.units import Shape
from ..dwarf.writer import UnitSections
from ..ir.module import Data, DebugVar, Function, Module
from ..objwriter.model import LINE_PROLOGUE_END, LINE_STMT, Fragment, LineMark
from ..support.spans import SourceFile, SourceMap
from .debuglocals import Subprogram
from .debugtypes import Types, number_form

LANGUAGE: Final = LANG["C_plus_plus_14"]
"""The language debuggers are told: the closest one for which they all show variables."""
CC_NOCALL: Final = 3
"""DW_CC_nocall: debuggers cannot call the function."""
PRODUCER_PREFIX: Final = "clang compatible: "
"""gdb's `step` looks for the end of a prologue in the line table only for producers whose name begins with "clang ";
for others it disassembles, finds no frame pointer being set up and stops before the parameters are in place."""


def debug_sections(module: Module, fragments: Sequence[Fragment], sources: SourceMap, *, version: int = 5,
                   producer: str = "starklink", comp_dir: str = "", prefix_map: Sequence[tuple[str, str]] = (),
                   linked: bool = False, main: str = "", frames: Iterable[str] = ("eh", "debug")) -> list[Fragment]:
    """The debug sections of a program.

    `fragments` are the pieces that are placed in the output, in any order; functions and data without a fragment are
    not described. `comp_dir` is the directory that relative file names count from, `prefix_map` rewrites the beginnings
    of paths (the last matching (old, new) pair wins). `linked`: no other producer contributes debug sections. `main` is
    the symbol of the function a debugger shall take for the program's start. `frames` as for `frame_sections`.
    """
    program = Program(module, fragments, sources, version, map_path(comp_dir, prefix_map), prefix_map, linked)
    program.write(producer, main)
    return program.info.fragments() + frame_sections(fragments, frames, version=version, linked=linked)


def frame_sections(fragments: Sequence[Fragment], frames: Iterable[str] = ("eh",), *, version: int = 5,
                   linked: bool = False) -> list[Fragment]:
    """Unwind tables of the code fragments. `frames`: "eh" (.eh_frame), "hdr" (.eh_frame_hdr) and "debug"
    (.debug_frame).

    The table of `.eh_frame_hdr` follows the order of the fragments (dwarf.frames.sort_eh_frame_hdr puts it right).
    """
    wanted = set(frames)
    code = [fragment for fragment in fragments if is_code(fragment)]
    out: list[Fragment] = []
    if wanted & {"eh", "hdr"}:
        section, rows = eh_frame(code)
        out.append(section)
        if "hdr" in wanted:
            out.append(eh_frame_hdr(rows))
    if "debug" in wanted:
        out.append(debug_frame(code, version, linked))
    return out


def is_code(fragment: Fragment) -> bool:
    """True for functions of 64-bit code; boot stubs keep to themselves."""
    return fragment.kind == "func" and bool(fragment.symbol) and (fragment.section.startswith(".text")
                                                                  or bool(fragment.cfi))


def map_path(path: str, prefix_map: Sequence[tuple[str, str]]) -> str:
    """A path with its beginning rewritten."""
    for old, new in reversed(prefix_map):
        if path.startswith(old):
            return new + path[len(old):]
    return path


class Abstract(NamedTuple):
    """An inlined function, the entry of its abstract instance and its parameters with their entries."""

    function: Function
    entry: int
    params: list[tuple[DebugVar, int]]


class Program:
    """The one unit of a program while it is being written."""

    def __init__(self, module: Module, fragments: Sequence[Fragment], sources: SourceMap, version: int, directory: str,
                 prefix_map: Sequence[tuple[str, str]], linked: bool) -> None:
        self.module = module
        self.sources = sources
        self.prefix_map = prefix_map
        self.info = UnitSections(version, directory, linked)
        self.unit = self.info.unit
        self.strings = self.info.strings
        symbols = module.symbol_ids
        self.functions: list[tuple[Function, Fragment]] = []
        self.datas: list[tuple[Data, Fragment]] = []
        for fragment in fragments:
            number = symbols.get(fragment.symbol, 0)
            symbol = module.symbols[number] if number else None
            if isinstance(symbol, Function) and is_code(fragment):
                self.functions.append((symbol, fragment))
            elif isinstance(symbol, Data) and symbol.debug_name:
                self.datas.append((symbol, fragment))
        self.types = Types(self.info, module.debug_types, self.locate)
        self.primary = 0
        self._file_numbers: dict[int, int] = {}
        self.shapes: dict[tuple[object, ...], Shape] = {}
        self.expressions: dict[tuple[str, int, bool, bool], Expression] = {}
        self._bases = [file.base for file in sources.files]
        self._group()

    def _group(self) -> None:
        """Index the debug tables: variables by scope, scopes by parent, class types by name."""
        module = self.module
        self.vars_of: dict[int, list[int]] = {}
        for number, var in enumerate(module.debug_vars):
            if number and var.scope:
                self.vars_of.setdefault(var.scope, []).append(number)
        self.blocks_of: dict[int, list[int]] = {}
        self.inlined: dict[int, Abstract] = {}
        for number, scope in enumerate(module.debug_scopes):
            if number and scope.parent:
                self.blocks_of.setdefault(scope.parent, []).append(number)
        self.class_named = {type_.name: number for number, type_ in enumerate(module.debug_types)
                            if type_.kind in ("class", "struct")}

    # -- positions ---------------------------------------------------------------------------------------------------

    def locate(self, pos: int) -> tuple[int, int, int]:
        """(file number, line, column) of a position; line 0 of the primary file for position 0."""
        file, line, low, _ = self.line_at(pos)
        return file, line, pos - low + 1 if line else 0

    def line_at(self, pos: int) -> tuple[int, int, int, int]:
        """(file number, line, low, high): the line a position lies on has the positions [low, high)."""
        files = self.sources.files
        if pos <= 0 or not files:
            return self.primary, 0, 0, 0
        index = bisect_right(self._bases, pos) - 1
        number = self._file_numbers.get(index)
        if number is None:
            number = self._file(index)
        file = files[index]
        base, starts = file.base, file.line_starts
        line = bisect_right(starts, pos - base)
        high = starts[line] if line < len(starts) else len(file.text) + 2
        return number, line, base + starts[line - 1], base + high

    def _file(self, index: int) -> int:
        number = self._file_numbers[index] = self.info.lines.file(self.path(self.sources.files[index]))
        return number

    def path(self, file: SourceFile) -> str:
        """The file's name as debuggers see it."""
        return map_path(file.path or file.name, self.prefix_map)

    def rows(self, marks: Sequence[LineMark], first_pos: int) -> list[tuple[int, int, int, int, int]]:
        """Line rows of a function's marks. Code before the first mark belongs to `first_pos`.

        A function without prologue gets two rows at its start: that is how debuggers tell it from one whose first
        statement is its prologue. The prologue ends where a statement begins: storing the parameters still belongs to it.
        """
        out: list[tuple[int, int, int, int, int]] = []
        if not marks or marks[0].offset or marks[0].flags & LINE_PROLOGUE_END:
            out.append((0, *self.locate(first_pos), LINE_STMT if first_pos else 0))
        add = out.append
        low = high = 0  # positions [low, high) are known to lie on the current line
        file = line = late = 0
        for offset, pos, flags in marks:
            if flags & LINE_PROLOGUE_END and not flags & LINE_STMT:
                late = LINE_PROLOGUE_END
                flags &= ~LINE_PROLOGUE_END
                if out and low <= pos < high and not flags:
                    continue  # a second row of the same line would be where `step` into the function stops
            elif late and flags & LINE_STMT:
                flags |= late
                late = 0
            if not low <= pos < high:
                file, line, low, high = self.line_at(pos)
                if not line:
                    # No source: the row belongs to no line and nobody shall stop there.
                    add((offset, file, 0, 0, flags & ~LINE_STMT))
                    continue
            add((offset, file, line, pos - low + 1, flags))
        return out

    # -- the unit ------------------------------------------------------------------------------------------------------

    def write(self, producer: str, main: str) -> None:
        """Write everything."""
        unit, info = self.unit, self.info
        primary = self._primary()
        if primary >= 0:
            self.primary = self._file(primary)
        attributes: list[tuple[str, str]] = [("producer", "strp"), ("language", "data2"), ("name", info.text_form),
                                             ("stmt_list", "sec_offset"), ("comp_dir", info.text_form)]
        name = self.path(self.sources.files[primary]) if primary >= 0 else ""
        values: list[int] = [self.strings[PRODUCER_PREFIX + producer], LANGUAGE, info.text(name), 0, info.text(info.directory)]
        if len(self.functions) == 1:
            fragment = self.functions[0][1]
            attributes += [("low_pc", "addr"), ("high_pc", "data8")]
            values += [unit.address(fragment.symbol), fragment.size]
        elif self.functions:
            attributes += [("low_pc", "addr"), ("ranges", "sec_offset")]
            values += [0, info.ranges.add([(item.symbol, 0, item.size) for _, item in self.functions])]
        unit.add(unit.shape("compile_unit", True, *attributes), *values)
        self._declare_members()
        self.types.write()  # declarations stand before what refers back to them
        for function, fragment in self.functions:
            Subprogram(self, function, fragment).write(function.symbol == main)
            info.lines.sequence(fragment.symbol, fragment.size, self.rows(fragment.lines, function.pos))
        for data, fragment in self.datas:
            self._global(data, fragment)
        self._abstract_functions()
        self.types.write()
        unit.end()

    def _primary(self) -> int:
        """The file the unit is named after: the one the program starts in."""
        entry = self.sources.entry
        return self.sources.files.index(entry) if entry is not None else -1

    def _declare_members(self) -> None:
        """Give methods and static fields their declarations: in their class, or in a namespace of the qualifying
        name."""
        self.declarations: dict[str, int] = {}
        classes: dict[int, list[Callable[[], None]]] = {}
        spaces: dict[str, list[Callable[[], None]]] = {}
        table = self.module.debug_scopes
        inlined = dict.fromkeys(scope.symbol for scope in table if scope.kind == "inlined")
        for function in dict.fromkeys([function for function, _ in self.functions] + [*map(self.module.function, inlined)]):
            owner, name = split_name(function.name)
            if not owner:
                continue
            entry = self.declarations[function.symbol] = self.unit.reserve()
            step = self._method_step(entry, function, name, owner)
            if owner in self.class_named:
                classes.setdefault(self.class_named[owner], []).append(step)
            else:
                spaces.setdefault(owner, []).append(step)
        for data, _ in self.datas:
            owner, name = split_name(data.debug_name)
            if owner:
                entry = self.declarations[data.symbol] = self.unit.reserve()
                field = self._field_step(entry, data, name, owner in self.class_named)
                if owner in self.class_named:
                    classes.setdefault(self.class_named[owner], []).append(field)
                else:
                    spaces.setdefault(owner, []).append(field)
        for number, steps in classes.items():
            self.types.object(number)
            self.types.members[number] = steps
        for owner, steps in spaces.items():
            self.unit.add(self.unit.shape("namespace", True, ("name", "strp")), self.strings[owner])
            for step in steps:
                step()
            self.unit.end()

    def _method_step(self, entry: int, function: Function, name: str, owner: str) -> Callable[[], None]:
        return lambda: self._declare(entry, function, name, self.class_named.get(owner, 0))

    def _field_step(self, entry: int, data: Data, name: str, in_class: bool) -> Callable[[], None]:
        return lambda: self._declare_field(entry, data, name, in_class)

    def _declare(self, entry: int, function: Function, name: str, owner: int) -> None:
        """A function's declaration inside its class or namespace, with parameter types so that overloads differ."""
        unit, strings = self.unit, self.strings
        params = [var for _, var in self.parameters(function)]
        this = unit.reserve() if params and params[0].artificial and owner else 0
        attributes, values = self.describe(function, name)
        attributes += [("external", "flag_present"), ("declaration", "flag_present")]
        if owner:
            attributes.append(("accessibility", "data1"))
            values.append(1)
        if this:
            attributes.append(("object_pointer", "ref4"))
            values.append(this)
        unit.mark(entry)
        unit.add(unit.shape("subprogram", bool(params), *attributes), *values)
        for var in params:
            type_ = self.types.value(var.type)
            if var.artificial:
                if this:
                    unit.mark(this)
                    this = 0
                unit.add(unit.shape("formal_parameter", False, ("name", "strp"), ("type", "ref4"),
                                    ("artificial", "flag_present")), strings[var.name], type_)
            else:
                unit.add(unit.shape("formal_parameter", False, ("name", "strp"), ("type", "ref4")), strings[var.name], type_)
        if params:
            unit.end()

    def parameters(self, function: Function) -> list[tuple[int, DebugVar]]:
        """A function's parameters in order, as (variable number, variable)."""
        table = self.module.debug_vars
        found = [(number, table[number]) for number in self.vars_of.get(function.scope, ()) if table[number].arg]
        found.sort(key=lambda item: item[1].arg)
        return found

    def describe(self, function: Function, name: str) -> tuple[list[tuple[str, str]], list[Any]]:
        """Attributes every form of a function has: name, linkage name, place of declaration, result type."""
        attributes: list[tuple[str, str]] = [("name", "strp")]
        values: list[Any] = [self.strings[name]]
        if function.symbol != name:
            attributes.append(("linkage_name", "strp"))
            values.append(self.strings[function.symbol])
        file, line, _ = self.locate(function.pos)
        if line:
            attributes += [("decl_file", number_form(file)), ("decl_line", number_form(line))]
            values += [file, line]
        by_memory = bool(function.result_type) and self.module.debug_types[function.result_type].kind == "struct"
        if function.result_type and not by_memory:
            attributes.append(("type", "ref4"))
            values.append(self.types.value(function.result_type))
        if by_memory or any(var.indirect for _, var in self.parameters(function)):
            # Structs go by the address of a copy; a debugger that knows only C++'s way would show and pass nonsense.
            attributes.append(("calling_convention", "data1"))
            values.append(CC_NOCALL)
        if function.runtime:
            attributes.append(("artificial", "flag_present"))
        if function.noreturn and self.info.version >= 5:
            attributes.append(("noreturn", "flag_present"))
        return attributes, values

    # -- globals -------------------------------------------------------------------------------------------------------

    def _describe_data(self, data: Data, name: str, linkage: bool = True) -> tuple[list[tuple[str, str]], list[Any]]:
        attributes: list[tuple[str, str]] = [("name", "strp")]
        values: list[Any] = [self.strings[name]]
        if linkage and data.symbol != name:
            attributes.append(("linkage_name", "strp"))
            values.append(self.strings[data.symbol])
        type_ = self.types.value(data.debug_type)
        if type_:
            attributes.append(("type", "ref4"))
            values.append(type_)
        file, line, _ = self.locate(data.pos)
        if line:
            attributes += [("decl_file", number_form(file)), ("decl_line", number_form(line))]
            values += [file, line]
        return attributes, values

    def _declare_field(self, entry: int, data: Data, name: str, in_class: bool) -> None:
        """A static field's declaration (DWARF 5 has variables in classes where DWARF 4 has static members)."""
        tag = "member" if in_class and self.info.version < 5 else "variable"
        attributes, values = self._describe_data(data, name, tag == "variable")
        attributes += [("external", "flag_present"), ("declaration", "flag_present")]
        if in_class:
            attributes.append(("accessibility", "data1"))
            values.append(1)
        self.unit.mark(entry)
        self.unit.add(self.unit.shape(tag, False, *attributes), *values)

    def _global(self, data: Data, fragment: Fragment) -> None:
        unit = self.unit
        where = Expression().address(fragment.symbol)
        declaration = self.declarations.get(data.symbol)
        if declaration:
            unit.add(unit.shape("variable", False, ("specification", "ref4"), ("location", "exprloc")), declaration, where)
            return
        attributes, values = self._describe_data(data, data.debug_name)
        attributes += [("external", "flag_present"), ("location", "exprloc")]
        unit.add(unit.shape("variable", False, *attributes), *values, where)

    # -- inlining ------------------------------------------------------------------------------------------------------

    def abstract(self, symbol: int) -> Abstract:
        """The entries that stand for an inlined function and its parameters wherever it was inlined."""
        known = self.inlined.get(symbol)
        if known is None:
            function = self.module.function(symbol)
            params = [(var, self.unit.reserve()) for _, var in self.parameters(function)]
            known = self.inlined[symbol] = Abstract(function, self.unit.reserve(), params)
        return known

    def _abstract_functions(self) -> None:
        """Write the abstract instances of inlined functions."""
        unit = self.unit
        for function, entry, params in self.inlined.values():
            declaration = self.declarations.get(function.symbol, 0)
            attributes: list[tuple[str, str]] = [("specification", "ref4")]
            values: list[Any] = [declaration]
            if not declaration:
                attributes, values = self.describe(function, function.name)
                attributes.append(("external", "flag_present"))
            unit.mark(entry)
            unit.add(unit.shape("subprogram", bool(params), *attributes, ("inline", "data1")), *values, INL["inlined"])
            for var, number in params:
                file, line, _ = self.locate(var.pos)
                place = (("decl_file", number_form(file)), ("decl_line", number_form(line))) if line else ()
                shape = unit.shape("formal_parameter", False, ("name", "strp"), ("type", "ref4"), *place,
                                   *((("artificial", "flag_present"),) if var.artificial else ()))
                unit.mark(number)
                unit.add(shape, self.strings[var.name], self.types.value(var.type), *((file, line) if line else ()))
            if params:
                unit.end()


def split_name(name: str) -> tuple[str, str]:
    """(qualifying name, last part) of a qualified name; dots inside <...> or (...) do not count."""
    depth = 0
    for index in range(len(name) - 1, 0, -1):
        char = name[index]
        if char in ">)":
            depth += 1
        elif char in "<(":
            depth -= 1
        elif char == "." and not depth:
            return name[:index], name[index + 1:]
    return "", name
