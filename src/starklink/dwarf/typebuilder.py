"""The usual types in a call each: base types, pointers, arrays, structures, classes, enumerations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .entries import Entry

if TYPE_CHECKING:
    from .compileunit import CompileUnit


class TypeBuilder:
    """The methods of DebugInfo that make types. Equal types asked for twice in a unit are the same entry."""

    _types: dict[tuple[Any, ...], Entry]
    current: Any  # CompileUnit

    def _once(self, key: tuple[Any, ...], make: Callable[[CompileUnit], Entry]) -> Entry:
        found = self._types.get(key)
        if found is None:
            found = self._types[key] = make(self.current)
        return found

    def _top(self, tag: str, attributes: dict[str, Any]) -> Entry:
        unit: CompileUnit = self.current
        return Entry(unit, tag, attributes, unit.root)

    def base_type(self, name: str, size: int, encoding: str) -> Entry:
        """A type of `size` bytes; `encoding` is a name of consts.ATE ("signed", "float", "boolean", ...)."""
        return self._once(("base_type", name), lambda unit: self._top("base_type", {
            "name": name, "byte_size": size, "encoding": encoding}))

    def modified(self, tag: str, target: Entry | None) -> Entry:
        """A type made of another one (None: void): const_type, volatile_type, restrict_type, atomic_type ..."""
        return self._once((tag, id(target)), lambda unit: self._top(tag, {"type": target}))

    def const(self, target: Entry | None) -> Entry:
        """const target."""
        return self.modified("const_type", target)

    def pointer(self, target: Entry | None) -> Entry:
        """A pointer to a type (None: void)."""
        return self._once(("pointer_type", id(target)), lambda unit: self._top("pointer_type", {
            "byte_size": 8, "type": target}))

    def reference(self, target: Entry) -> Entry:
        """A C++ reference to a type."""
        return self._once(("reference_type", id(target)), lambda unit: self._top("reference_type", {
            "byte_size": 8, "type": target}))

    def typedef(self, name: str, target: Entry, **attributes: Any) -> Entry:
        """Another name of a type."""
        return self._top("typedef", {"name": name, "type": target, **attributes})

    def array(self, element: Entry, *counts: int | None, index: Entry | None = None) -> Entry:
        """An array with these numbers of elements (None: not known), outermost dimension first."""
        array = self._top("array_type", {"type": element})
        for count in counts:
            extent: dict[str, Any] = {"type": index}
            if count is not None:  # upper_bound is what old readers know; an empty array has none
                extent["upper_bound" if count else "count"] = count - 1 if count else 0
            array.add("subrange_type", **extent)
        return array

    def structure(self, name: str, size: int, fields: Mapping[str, tuple[Entry, int]] | None = None, *,
                  tag: str = "structure_type", parent: Entry | None = None, **attributes: Any) -> Entry:
        """A structure, class or union of `size` bytes; `fields`: name -> (type, offset). Members may also be added later."""
        found = Entry((parent.unit if parent else self.current), tag, {"name": name or None, "byte_size": size, **attributes},
                      parent or self.current.root)
        for field, (type_, offset) in (fields or {}).items():
            self.member(found, field, type_, offset)
        return found

    def member(self, owner: Entry, name: str, type: Entry, offset: int, **attributes: Any) -> Entry:
        """A member at an offset in bytes."""
        return owner.add("member", name=name, type=type, data_member_location=offset, **attributes)

    def inherit(self, owner: Entry, base: Entry, offset: int = 0, access: str = "public", **attributes: Any) -> Entry:
        """A base class at an offset in bytes."""
        return owner.add("inheritance", type=base, data_member_location=offset, accessibility=access, **attributes)

    def enumeration(self, name: str, size: int, values: Mapping[str, int], *, type: Entry | None = None,
                    **attributes: Any) -> Entry:
        """An enumeration. The underlying type came with DWARF 3, `enum_class` with DWARF 4."""
        given: dict[str, Any] = {"name": name, "byte_size": size, "type": type if self.current.version >= 3 else None}
        found = self._top("enumeration_type", given | attributes)
        for one, value in values.items():
            found.add("enumerator", name=one, const_value=value)
        return found

    def function_type(self, result: Entry | None, parameters: Sequence[Entry] = ()) -> Entry:
        """The type of functions, for pointers to them."""
        found = self._top("subroutine_type", {"prototyped": True, "type": result})
        for parameter in parameters:
            found.add("formal_parameter", type=parameter)
        return found

    def template_type(self, owner: Entry, name: str, type: Entry) -> Entry:
        """The type an instance of a generic class or function has for a parameter."""
        return owner.add("template_type_parameter", name=name, type=type)

    def template_value(self, owner: Entry, name: str, type: Entry, value: int) -> Entry:
        """The value an instance of a generic class or function has for a parameter."""
        return owner.add("template_value_parameter", name=name, type=type, const_value=value)
