"""The debugger's view of the program's types, as entries of the unit.

Values of class, array, string and object types are references; debuggers see them as pointers to a class that begins
with the word `$type`, the address of the object's type descriptor (docs/runtime.md):

    class Account { $type; Owner; Balance; }          Account* for values
    struct int[] { $type; length; data[length] }      the element count is an expression over the object itself
    class string { $type; length; data[length] }      of 1-byte characters, so that it prints as text

An entry is written when something refers to it, so unused types cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ..dwarf.consts import ACCESS, ATE
from ..dwarf.exprs import Expression
from ..dwarf.writer import UnitSections
from ..ir.module import HIDDEN, DebugType

HEADER_NAME: Final = "$type"
ENCODINGS: Final = {"signed": ATE["signed"], "unsigned": ATE["unsigned"], "boolean": ATE["boolean"], "float": ATE["float"],
                    "char": ATE["UTF"]}
_DESCRIPTOR: Final = (("kind", 0, 4), ("code", 4, 4), ("number", 8, 4), ("last", 12, 4), ("size", 16, 4))


def number_form(value: int) -> str:
    """The smallest fixed-size form of an unsigned number (dwarfdump counts wasted bytes)."""
    return "data1" if value < 256 else "data2" if value < 65536 else "data4"


class Types:
    """Numbers of type entries. `members` are steps that write what a class has besides fields (method declarations)."""

    def __init__(self, info: UnitSections, types: Sequence[DebugType], locate: Callable[[int], tuple[int, int, int]]) -> None:
        self.info = info
        self.unit = info.unit
        self.types = types
        self.locate = locate
        self.members: dict[int, list[Callable[[], None]]] = {}
        self._values: dict[int, int] = {}
        self._objects: dict[int, int] = {}
        self._bases: dict[tuple[str, int, int], int] = {}
        self._pointers: dict[int, int] = {}
        self._typedefs: dict[tuple[str, int], int] = {}
        self._arrays: dict[int, int] = {}
        self._void_pointer = 0
        self._descriptor = 0
        self._string = 0
        self._pending: list[Callable[[], None]] = []
        self._length = Expression().push_object_address().lit(8).op("minus").deref()

    # -- numbers of entries ----------------------------------------------------------------------------------------

    def value(self, number: int) -> int:
        """The entry of a value of a debug type; 0 for void."""
        if not number:
            return 0
        known = self._values.get(number)
        if known is None:
            known = self._values[number] = self._value(number, self.types[number])
        return known

    def object(self, number: int) -> int:
        """The entry of the object or struct a debug type describes (not of the reference to it)."""
        known = self._objects.get(number)
        if known is None:
            known = self._objects[number] = self.unit.reserve()
            type_ = self.types[number]
            if type_.kind == "array":
                self._pending.append(lambda: self._array(known, type_))
            else:
                self._pending.append(lambda: self._class(known, number, type_))
        return known

    def _value(self, number: int, type_: DebugType) -> int:
        kind = type_.kind
        if kind == "base":
            encoding = ENCODINGS[type_.encoding]
            if type_.encoding == "char" and type_.size > 1:
                # A wide character type under another name than C++'s crashes gdb 13; a typedef gives it ours.
                return self._typedef(type_.name, self.base(f"char{8 * type_.size}_t", type_.size, encoding))
            if type_.encoding == "char":
                encoding = ATE["unsigned_char"]
            return self.base(type_.name, type_.size, encoding)
        if kind == "enum":
            entry = self.unit.reserve()
            self._pending.append(lambda: self._enum(entry, type_))
            return entry
        if kind == "struct":
            return self.object(number)
        if kind == "string":
            return self.pointer(self.string())
        if kind == "pointer":
            return self.pointer(self.value(type_.element)) if type_.element else self.void_pointer()
        if kind in ("class", "array", "object"):
            return self.pointer(self.object(number))
        raise ValueError(f"debug type {type_.name} has the unknown kind {kind!r}")

    def base(self, name: str, size: int, encoding: int) -> int:
        """A base type."""
        key = (name, size, encoding)
        known = self._bases.get(key)
        if known is None:
            known = self._bases[key] = self.unit.reserve()
            self._pending.append(lambda: self._base(known, name, size, encoding))
        return known

    def pointer(self, target: int) -> int:
        """The pointer to another entry."""
        known = self._pointers.get(target)
        if known is None:
            known = self._pointers[target] = self.unit.reserve()
            self._pending.append(lambda: self._pointer(known, target))
        return known

    def void_pointer(self) -> int:
        """A pointer to nothing known."""
        if not self._void_pointer:
            entry = self._void_pointer = self.unit.reserve()
            self._pending.append(lambda: self._pointer(entry, 0))
        return self._void_pointer

    def string(self) -> int:
        """The class of string objects."""
        if not self._string:
            entry = self._string = self.unit.reserve()
            self._pending.append(lambda: self._counted(entry, "class_type", "string", self.base(
                "char8_t", 1, ATE["unsigned_char"])))
        return self._string

    def descriptor(self) -> int:
        """The pointer to a type descriptor."""
        if not self._descriptor:
            entry = self._descriptor = self.unit.reserve()
            self._pending.append(lambda: self._write_descriptor(entry))
        return self.pointer(self._descriptor)

    def _typedef(self, name: str, target: int) -> int:
        known = self._typedefs.get((name, target))
        if known is None:
            known = self._typedefs[name, target] = self.unit.reserve()
            self._pending.append(lambda: self._write_typedef(known, name, target))
        return known

    # -- writing -----------------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Write every entry that was asked for; the unit's entry is open."""
        while self._pending:
            pending, self._pending = self._pending, []
            for step in pending:
                step()

    def _base(self, entry: int, name: str, size: int, encoding: int) -> None:
        unit = self.unit
        shape = unit.shape("base_type", False, ("name", "strp"), ("byte_size", "data1"), ("encoding", "data1"))
        unit.mark(entry)
        unit.add(shape, self.info.strings[name], size, encoding)

    def _pointer(self, entry: int, target: int) -> None:
        unit = self.unit
        if target:
            shape = unit.shape("pointer_type", False, ("byte_size", "data1"), ("type", "ref4"))
            unit.mark(entry)
            unit.add(shape, 8, target)
        else:
            shape = unit.shape("pointer_type", False, ("byte_size", "data1"))
            unit.mark(entry)
            unit.add(shape, 8)

    def _write_typedef(self, entry: int, name: str, target: int) -> None:
        unit = self.unit
        shape = unit.shape("typedef", False, ("name", "strp"), ("type", "ref4"))
        unit.mark(entry)
        unit.add(shape, self.info.strings[name], target)

    def _member(self, name: str, type_: int, offset: int, visibility: str = "public") -> None:
        unit = self.unit
        hidden = (("artificial", "flag_present"),) if visibility == HIDDEN else ()
        shape = unit.shape("member", False, ("name", "strp"), ("type", "ref4"), ("accessibility", "data1"), *hidden,
                           ("data_member_location", "udata"))
        unit.add(shape, self.info.strings[name], type_, ACCESS.values.get(visibility, ACCESS["public"]), offset)

    def _header(self) -> None:
        unit = self.unit
        shape = unit.shape("member", False, ("name", "strp"), ("type", "ref4"), ("accessibility", "data1"),
                           ("artificial", "flag_present"), ("data_member_location", "udata"))
        unit.add(shape, self.info.strings[HEADER_NAME], self.descriptor(), ACCESS["public"], 0)

    def _class(self, entry: int, number: int, type_: DebugType) -> None:
        unit = self.unit
        is_struct = type_.kind == "struct"
        tag = "structure_type" if is_struct else "class_type"
        file, line, _ = self.locate(type_.pos) if type_.pos else (0, 0, 0)
        size = type_.size if type_.kind != "object" else 8
        if line:
            shape = unit.shape(tag, True, ("name", "strp"), ("decl_file", number_form(file)),
                               ("decl_line", number_form(line)), ("byte_size", "udata"))
            unit.mark(entry)
            unit.add(shape, self.info.strings[type_.name], file, line, size)
        else:
            unit.mark(entry)
            unit.add(unit.shape(tag, True, ("name", "strp"), ("byte_size", "udata")), self.info.strings[type_.name], size)
        if type_.base and self.types[type_.base].kind in ("class", "object"):
            shape = unit.shape("inheritance", False, ("type", "ref4"), ("data_member_location", "data1"),
                               ("accessibility", "data1"))
            unit.add(shape, self.object(type_.base), 0, ACCESS["public"])
        elif not is_struct:
            self._header()
        for one in type_.fields:
            self._member(one.name, self.value(one.type) or self.void_pointer(), one.offset, one.visibility)
        for step in self.members.get(number, ()):
            step()
        unit.end()

    def _array(self, entry: int, type_: DebugType) -> None:
        self._counted(entry, "structure_type", type_.name, self.value(type_.element) or self.void_pointer())

    def _counted(self, entry: int, tag: str, name: str, element: int) -> None:
        """An object of a header, a length and that many elements."""
        unit = self.unit
        unit.mark(entry)
        unit.add(unit.shape(tag, True, ("name", "strp"), ("byte_size", "udata")), self.info.strings[name], 16)
        self._header()
        self._member("length", self.base("int", 8, ATE["signed"]), 8)
        self._member("data", self._elements(element), 16)
        unit.end()

    def _elements(self, element: int) -> int:
        known = self._arrays.get(element)
        if known is None:
            known = self._arrays[element] = self.unit.reserve()
            self._pending.append(lambda: self._write_elements(known, element))
        return known

    def _write_elements(self, entry: int, element: int) -> None:
        unit = self.unit
        unit.mark(entry)
        unit.add(unit.shape("array_type", True, ("type", "ref4")), element)
        shape = unit.shape("subrange_type", False, ("type", "ref4"), ("count", "exprloc"))
        unit.add(shape, self.base("int", 8, ATE["signed"]), self._length)
        unit.end()

    def _enum(self, entry: int, type_: DebugType) -> None:
        unit, strings = self.unit, self.info.strings
        base = self.value(type_.element) or self.base("int", 8, ATE["signed"])
        shape = unit.shape("enumeration_type", True, ("name", "strp"), ("type", "ref4"), ("byte_size", "data1"),
                           ("enum_class", "flag_present"))
        unit.mark(entry)
        unit.add(shape, strings[type_.name], base, type_.size)
        item = unit.shape("enumerator", False, ("name", "strp"), ("const_value", "sdata"))
        for name, value in type_.items:
            unit.add(item, strings[name], value)
        unit.end()

    def _write_descriptor(self, entry: int) -> None:
        unit = self.unit
        unit.mark(entry)
        unit.add(unit.shape("structure_type", True, ("name", "strp"), ("byte_size", "udata")),
                 self.info.strings["type$descriptor"], 40)
        word = self.base("u32", 4, ATE["unsigned"])
        for name, offset, _ in _DESCRIPTOR:
            self._member(name, word, offset)
        self._member("name", self.pointer(self.string()), 24)
        self._member("base", self.descriptor(), 32)
        unit.end()
