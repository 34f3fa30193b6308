"""A function's part of the debug information: its entry, parameters, variables, blocks and inlined calls.

Variables are placed by the ranges code generation noted (model.VarRange): one range that covers the variable's scope
becomes an expression, anything else a location list. A debugger shows a true value or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from ..dwarf.exprs import Expression
from ..ir.module import DebugScope, DebugVar, Function
from ..objwriter.model import Fragment, VarRange
from .debugtypes import number_form

if TYPE_CHECKING:
    from .debuginfo import Program

_FRAME_BASE: Final = Expression().call_frame_cfa()
_BLOCK, _INLINED, _VARIABLE, _END = range(4)

Ranges = list[tuple[int, int]]


class Subprogram:
    """A function's entry with its parameters, variables and blocks."""

    def __init__(self, program: Program, function: Function, fragment: Fragment) -> None:
        self.program = program
        self.unit = program.unit
        self.function = function
        self.fragment = fragment
        self.places: dict[int, list[VarRange]] = {}
        for place in fragment.vars:
            if place.start < place.end:
                self.places.setdefault(place.var, []).append(place)

    def write(self, is_main: bool) -> None:
        """Write the entry."""
        program, unit, function, fragment = self.program, self.unit, self.function, self.fragment
        declaration = program.declarations.get(function.symbol, 0)
        params = program.parameters(function)
        this = unit.reserve() if declaration and params and params[0][1].artificial else 0
        if declaration:
            attributes: list[tuple[str, str]] = [("specification", "ref4")]
            values: list[Any] = [declaration]
        else:
            attributes, values = program.describe(function, function.name)
            if fragment.binding != "local":
                attributes.append(("external", "flag_present"))
        if this:
            attributes.append(("object_pointer", "ref4"))
            values.append(this)
        if is_main:
            attributes.append(("main_subprogram", "flag_present"))
        five = program.info.version >= 5
        attributes.append(("call_all_tail_calls" if five else "GNU_all_tail_call_sites", "flag_present"))
        if not fragment.sites:
            attributes.append(("call_all_calls" if five else "GNU_all_call_sites", "flag_present"))
        attributes += [("low_pc", "addr"), ("high_pc", "data4"), ("frame_base", "exprloc")]
        values += [unit.address(fragment.symbol), fragment.size, _FRAME_BASE]
        plan = self._plan()
        unit.add(unit.shape("subprogram", bool(params or plan), *attributes), *values)
        if not params and not plan:
            return
        whole = [(0, fragment.size)]
        for number, var in params:
            if this:
                unit.mark(this)
                this = 0
            self._variable("formal_parameter", number, var, whole)
        scopes, table = program.module.debug_scopes, program.module.debug_vars
        childless = False
        for index, (number, where, kind) in enumerate(plan):
            if kind == _VARIABLE:
                self._variable("variable", number, table[number], where)
            elif kind == _INLINED:
                childless = not self._inlined(scopes[number], number, where, plan[index + 1][2] != _END)
            elif kind == _BLOCK:
                self._range_entry("lexical_block", [], [], where)
            elif childless:
                childless = False
            else:
                unit.end()
        unit.end()

    def _plan(self) -> list[tuple[int, Ranges, int]]:
        """What follows the parameters: (variable or scope number, code it belongs to, kind) in order of writing.

        Blocks without code are left out with all they hold, blocks without variables only themselves.
        """
        program = self.program
        scopes, table = program.module.debug_scopes, program.module.debug_vars
        order = self._preorder()
        ranges = self._ranges(order)
        out: list[tuple[int, Ranges, int]] = []
        open_: list[bool] = []
        for scope, depth in order:
            while len(open_) > depth:
                if open_.pop():
                    out.append((0, [], _END))
            where = ranges.get(scope, []) if depth else [(0, self.fragment.size)]
            inlined = depth > 0 and scopes[scope].kind == "inlined"
            here = [number for number in program.vars_of.get(scope, ()) if not table[number].arg] if where else []
            entry = depth > 0 and bool(where) and (inlined or bool(here))
            if entry:
                out.append((scope, where, _INLINED if inlined else _BLOCK))
            out += [(number, where, _VARIABLE) for number in here]
            open_.append(entry)
        out += [(0, [], _END) for entry in open_ if entry]
        return out

    def _preorder(self) -> list[tuple[int, int]]:
        """(scope, depth) of the function's scopes, parents first."""
        root = self.function.scope
        if not root:
            return []
        children = self.program.blocks_of
        out: list[tuple[int, int]] = []
        stack = [(root, 0)]
        while stack:
            scope, depth = stack.pop()
            out.append((scope, depth))
            if scope in children:
                stack += [(child, depth + 1) for child in reversed(children[scope])]
        return out

    def _ranges(self, order: list[tuple[int, int]]) -> dict[int, Ranges]:
        """The code of every scope and what it encloses, as ascending ranges that do not touch."""
        out: dict[int, Ranges] = {}
        if len(order) < 2:
            return out
        for scope, start, end in self.fragment.scopes:
            if start < end:
                out.setdefault(scope, []).append((start, end))
        scopes = self.program.module.debug_scopes
        for scope, depth in reversed(order):
            found = out.get(scope)
            if found is None:
                continue
            if len(found) > 1:
                found = out[scope] = merge(found)
            if depth > 1:
                out.setdefault(scopes[scope].parent, []).extend(found)
        return out

    # -- entries -------------------------------------------------------------------------------------------------------

    def _range_entry(self, tag: str, attributes: list[tuple[str, str]], values: list[Any], where: Ranges,
                     children: bool = True) -> None:
        """An entry that covers some of the function's code."""
        unit, symbol = self.unit, self.fragment.symbol
        if len(where) == 1:
            start, end = where[0]
            unit.add(unit.shape(tag, children, *attributes, ("low_pc", "addr"), ("high_pc", "data4")),
                     *values, unit.address(symbol, start), end - start)
        else:
            unit.add(unit.shape(tag, children, *attributes, ("ranges", "sec_offset")), *values,
                     self.program.info.ranges.add_in(symbol, where))

    def _inlined(self, scope: DebugScope, number: int, where: Ranges, more: bool) -> bool:
        """An inlined call with its parameters. `more`: other children follow. True if the entry has children."""
        program, unit = self.program, self.unit
        abstract = program.abstract(scope.symbol)
        file, line, column = program.locate(scope.call_pos)
        self._range_entry("inlined_subroutine", [
            ("abstract_origin", "ref4"), ("call_file", number_form(file)), ("call_line", number_form(line)),
            ("call_column", "udata"), ("entry_pc", "addr")],
            [abstract.entry, file, line, column, unit.address(self.fragment.symbol, where[0][0])], where,
            more or bool(abstract.params))
        table = program.module.debug_vars
        copies = {table[var].arg: var for var in program.vars_of.get(number, ()) if table[var].arg}
        for var, entry in abstract.params:
            self._variable("formal_parameter", copies.get(var.arg, 0), var, where, entry)
        return more or bool(abstract.params)

    def _variable(self, tag: str, number: int, var: DebugVar, where: Ranges, origin: int = 0) -> None:
        """A parameter or variable whose scope is the code `where`."""
        program, unit = self.program, self.unit
        places = self.places.get(number, ())
        location: tuple[str, str] | None = None
        value: Any = None
        if places:
            merged = join(places) if len(places) > 1 else places
            first = merged[0]
            if len(merged) == 1 and first.start <= where[0][0] and first.end >= where[-1][1]:
                location = ("location", "exprloc")
                value = self._place(first, var)
            else:
                location = ("location", "sec_offset")
                value = program.info.locations.add_in(self.fragment.symbol, [
                    (place.start, place.end, self._place(place, var).data) for place in merged])
        type_ = 0 if origin else program.types.value(var.type)
        file, line, _ = (0, 0, 0) if origin else program.locate(var.pos)
        file_form, line_form = (number_form(file), number_form(line)) if line else ("", "")
        key = (tag, bool(origin), bool(type_), file_form, line_form, var.artificial, location)
        shape = program.shapes.get(key)
        if shape is None:
            attributes: list[tuple[str, str]] = [("abstract_origin", "ref4")] if origin else [("name", "strp")]
            if type_:
                attributes.append(("type", "ref4"))
            if line:
                attributes += [("decl_file", file_form), ("decl_line", line_form)]
            if var.artificial and not origin:
                attributes.append(("artificial", "flag_present"))
            if location:
                attributes.append(location)
            shape = program.shapes[key] = unit.shape(tag, False, *attributes)
        values: list[Any] = [origin or program.strings[var.name]]
        if type_:
            values.append(type_)
        if line:
            values += (file, line)
        if location:
            values.append(value)
        unit.add(shape, *values)

    def _place(self, place: VarRange, var: DebugVar) -> Expression:
        """The expression of a place."""
        signed = place.kind == "const" and self.program.module.debug_types[var.type].encoding == "signed"
        key = (place.kind, place.value, signed, var.indirect)
        cache = self.program.expressions
        found = cache.get(key)
        if found is None:
            make = memory_expression if var.indirect else place_expression
            found = cache[key] = make(place.kind, place.value, signed)
        return found


def place_expression(kind: str, value: int, signed: bool) -> Expression:
    """The location expression of a variable's place (VarRange). Raises ValueError for an unknown kind.

    Constants are 64-bit patterns; debuggers take the low bytes of narrower variables, floating-point ones included.
    """
    made = Expression()
    if kind == "cfa":
        return made.fbreg(value)
    if kind in ("reg", "xmm"):
        return made.reg(value)
    if kind == "const":
        value &= 0xFFFFFFFFFFFFFFFF
        return (made.consts(value - (1 << 64)) if signed and value >> 63 else made.constu(value)).stack_value()
    raise ValueError(f"a variable cannot be in a place of kind {kind!r}")


def memory_expression(kind: str, value: int, signed: bool = False) -> Expression:
    """The location of a variable whose address is in a place. Raises ValueError for a place that holds no addresses."""
    made = Expression()
    if kind == "cfa":
        return made.fbreg(value).deref()
    if kind == "reg":
        return made.breg(value, 0)
    if kind == "const":
        return made.constu(value)
    raise ValueError(f"an address cannot be in a place of kind {kind!r}")


def merge(ranges: Ranges) -> Ranges:
    """Ranges in ascending order, with those that touch or overlap joined."""
    ranges.sort()
    out: Ranges = []
    for start, end in ranges:
        if out and start <= out[-1][1]:
            if end > out[-1][1]:
                out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


def join(places: Sequence[VarRange]) -> list[VarRange]:
    """A variable's places in ascending order, neighbours in the same place joined."""
    out: list[VarRange] = []
    for place in sorted(places, key=lambda item: item.start):
        if out:
            last = out[-1]
            if last.end >= place.start and last.kind == place.kind and last.value == place.value:
                out[-1] = last._replace(end=max(last.end, place.end))
                continue
        out.append(place)
    return out
