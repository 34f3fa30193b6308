"""The rules of `verify` about units, abbreviations and entries."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from .consts import AT, FORM, UT
from .cursor import DwarfError
from .operations import check_expression
from .query import DebugFile, DebugUnit, Node
from .rows import ATTRIBUTES, FORMS, TAGS
from .verifier import Finding, Rule

TYPES: Final = frozenset((
    "array_type", "class_type", "enumeration_type", "pointer_type", "reference_type", "string_type", "structure_type",
    "subroutine_type", "typedef", "union_type", "ptr_to_member_type", "set_type", "subrange_type", "base_type", "const_type",
    "file_type", "packed_type", "thrown_type", "volatile_type", "restrict_type", "interface_type", "unspecified_type",
    "shared_type", "rvalue_reference_type", "template_alias", "coarray_type", "dynamic_type", "atomic_type", "immutable_type",
    "generic_subrange"))
_CONTAINING: Final = frozenset(("structure_type", "class_type", "union_type", "interface_type"))
_THROUGH: Final = frozenset(("typedef", "const_type", "volatile_type", "restrict_type", "atomic_type", "immutable_type",
                             "packed_type", "shared_type", "array_type"))
_SAME_KIND: Final = {"inlined_subroutine": ("subprogram",), "call_site": ("subprogram", "inlined_subroutine"),
                     "GNU_call_site": ("subprogram", "inlined_subroutine", "formal_parameter", "variable", "member"),
                     "variable": ("variable", "member"),
                     "formal_parameter": ("formal_parameter", "variable"), "member": ("member", "variable")}
_FILES: Final = ("decl_file", "call_file")
_ON_ADDRESS: Final = frozenset(("data_member_location", "vtable_elem_location", "use_location"))
_TEXTS: Final = ("strp", "line_strp", "strx", "strx1", "strx2", "strx3", "strx4")
_OLD_POINTERS: Final = frozenset("lLmnAOPR")


def unit_headers(info: DebugFile, relocatable: bool) -> Iterator[Finding]:
    """DW01: unit types and tags, the bounds of the abbreviations."""
    for unit in info.units:
        header = unit.header
        if header.kind not in UT.names:
            yield "DW01", f"the unit at {header.offset:#x} has the unknown type {header.kind:#x}", header.section
            continue
        wanted = {"compile": ("compile_unit", "partial_unit"), "partial": ("partial_unit",), "skeleton": ("skeleton_unit",),
                  "type": ("type_unit",), "split_type": ("type_unit",), "split_compile": ("compile_unit",)}[unit.kind]
        if unit.root.tag not in wanted:
            yield ("DW01", f"the unit at {header.offset:#x} is a {unit.kind} unit, but its entry is a {unit.root.tag}",
                   header.section)


def abbreviations(info: DebugFile, relocatable: bool) -> Iterator[Finding]:
    """DW02 and DW03: codes once, attributes once, what belongs together."""
    seen: set[tuple[int, int]] = set()
    for unit in info.units:
        header = unit.header
        if (header.abbrev_offset, header.version) in seen:
            continue
        seen.add((header.abbrev_offset, header.version))
        cursor = info.dwarf.cursor(".debug_abbrev", header.abbrev_offset)
        codes: set[int] = set()
        while code := cursor.uleb():
            if code in codes:
                yield "DW02", f"abbreviation {code} at {header.abbrev_offset:#x} is there twice", ".debug_abbrev"
            codes.add(code)
            cursor.uleb()
            if cursor.u8() > 1:
                yield "DW02", f"abbreviation {code} is neither with nor without children", ".debug_abbrev"
            names: set[int] = set()
            while True:
                name, form = cursor.uleb(), cursor.uleb()
                if form == FORM["implicit_const"]:
                    cursor.sleb()
                if not name and not form:
                    break
                if name in names:
                    yield "DW02", f"abbreviation {code} has DW_AT_{AT.name(name)} twice", ".debug_abbrev"
                names.add(name)


def versions(info: DebugFile, relocatable: bool) -> Iterator[Finding]:
    """DW03: tags, attributes and forms that the version has, in classes that belong together. Compilers use attributes of later
    versions before they are official, so only forms must be of the version."""
    said: set[tuple[int, str, str]] = set()
    for unit in info.units:
        version = unit.version
        for node in unit.walk():
            if node.tag not in TAGS and not node.tag.startswith("0x"):
                yield "DW03", f"{node!r} has the tag {node.tag}", unit.header.section
            for name in node.attributes:
                form = node.form(name)
                if (version, name, form) in said:
                    continue
                said.add((version, name, form))
                problem = _class_problem(name, form, version)
                if problem:
                    yield "DW03", f"{node!r}: {problem}", unit.header.section


def _class_problem(name: str, form: str, version: int) -> str:
    row, attribute = FORMS[form], ATTRIBUTES.get(name)
    if row.since > version:
        return f"DW_FORM_{form} needs DWARF {row.since}, the unit has version {version}"
    if attribute is None:
        return ""
    classes = set(row.classes)
    if version < 4 and form in ("data4", "data8"):
        classes |= _OLD_POINTERS
    if version < 4 and row.classes == "b":
        classes.add("e")
    if not classes & attribute.classes.keys() and not (name == "const_value" and "e" in classes):
        return f"DW_AT_{name} cannot have the form {form}"
    return ""


def trees(info: DebugFile, relocatable: bool) -> Iterator[Finding]:
    """DW04 and DW20: children where they are announced, siblings where they are said to be."""
    for unit in info.units:
        nodes = list(unit.walk())
        if unit.header.open:
            yield "DW04", f"the tree of the unit at {unit.header.offset:#x} is not closed", unit.header.section
        following: dict[int, int] = {}
        last: dict[int, Node] = {}
        for node in nodes:
            before = last.get(node.depth)
            if before is not None and before.parent is node.parent:
                following[before.offset] = node.offset
            last[node.depth] = node
            if node._die.children and not node.children:
                yield "DW04", f"{node!r} says it has children, but has none", unit.header.section
            if node.depth == 0 and node is not nodes[0]:
                yield "DW04", f"{node!r} lies behind the end of its unit's tree", unit.header.section
        for node in nodes:
            sibling = node.get("sibling")
            if sibling is not None and sibling != following.get(node.offset, sibling):
                yield "DW20", f"the sibling of {node!r} is at {following[node.offset]:#x}, not {sibling:#x}", unit.header.section


def references(info: DebugFile, relocatable: bool) -> Iterator[Finding]:
    """DW05 and DW06: references lead to entries, and to the right ones."""
    for unit in info.units:
        for node in unit.walk():
            for name in node.attributes:
                form = node.form(name)
                if not form.startswith("ref") or name == "sibling":
                    continue
                if form == "ref_sig8" and unit.kind != "skeleton" and node._die.attributes[name][1] not in info._by_signature:
                    continue  # a type unit may be in another file
                try:
                    target = node.follow(name)
                except DwarfError as error:
                    yield "DW05", f"DW_AT_{name} of {node!r}: {error}", unit.header.section
                    continue
                if target is not None and _wrong_kind(node, name, target):
                    yield "DW06", f"DW_AT_{name} of {node!r} is {target!r}", unit.header.section


def _wrong_kind(node: Node, name: str, target: Node) -> bool:
    if name == "type":
        return target.tag not in TYPES
    if name in ("specification", "abstract_origin", "call_origin"):
        return node.tag != target.tag and target.tag not in _SAME_KIND.get(node.tag, (target.tag,))
    if name == "object_pointer":
        return target.tag not in ("formal_parameter", "variable")
    return name == "containing_type" and target.tag not in TYPES


def recursive_types(info: DebugFile, relocatable: bool) -> Iterator[Finding]:
    """DW07: no type is part of itself by value."""
    state: dict[tuple[str, int], int] = {}
    for unit in info.units:
        for node in unit.walk():
            if node.tag in _THROUGH or node.tag in _CONTAINING:
                bad = _cycle(node, state)
                if bad is not None:
                    yield "DW07", f"{bad!r} contains itself", unit.header.section


def _cycle(start: Node, state: dict[tuple[str, int], int]) -> Node | None:
    """An entry on a cycle of containment from `start`; 1 in `state` means on the way, 2 done."""
    todo: list[tuple[Node, bool]] = [(start, False)]
    while todo:
        node, leaving = todo.pop()
        key = (node.unit.header.section, node.offset)
        if leaving:
            state[key] = 2
            continue
        if state.get(key) == 2:
            continue
        if state.get(key) == 1:
            return node
        state[key] = 1
        todo.append((node, True))
        for part in _parts(node):
            place = (part.unit.header.section, part.offset)
            if state.get(place) == 1:
                state[place] = 2
                return part
            if state.get(place) != 2:
                todo.append((part, False))
    return None


def _parts(node: Node) -> list[Node]:
    """The types whose values lie in a value of a type."""
    holders = [node] if node.tag in _THROUGH else [
        child for child in node.children if child.tag == "inheritance" or (
            child.tag == "member" and not child.get("external") and not child.get("declaration"))]
    out = []
    for holder in holders:
        try:
            target = holder.follow("type")
        except DwarfError:
            continue
        if target is not None and (target.tag in _THROUGH or target.tag in _CONTAINING):
            out.append(target)
    return out


def strings(info: DebugFile, relocatable: bool) -> Iterator[Finding]:
    """DW08: offsets lie in the strings. They may lead into a text, for linkers share tails."""
    for unit in info.units:
        for node in unit.walk():
            for name in node.attributes:
                if node.form(name) in _TEXTS:
                    try:
                        node.get(name)
                    except DwarfError as error:
                        yield "DW08", f"DW_AT_{name} of {node!r}: {error}", unit.header.section
    from .tablereader import string_offsets

    if info.dwarf.section(".debug_str_offsets") and any(unit.version >= 5 for unit in info.units):
        data = info.dwarf.section(".debug_str")
        for place, offset in string_offsets(info.dwarf):
            if offset >= len(data):
                yield "DW08", f"the string offset {offset:#x} at {place:#x} lies outside .debug_str", ".debug_str_offsets"


def ranges(info: DebugFile, relocatable: bool) -> Iterator[Finding]:
    """DW09, DW10 and DW22: ranges are not negative, lie in those of their parents, and functions do not overlap."""
    for unit in info.units:
        covered: dict[int, list[tuple[int, int]]] = {}
        whole = _ranges(unit.root)
        if isinstance(whole, str):
            yield "DW10", f"the ranges of {unit.root!r}: {whole}", unit.header.section
            whole = []
        covered[unit.root.offset] = [one for one in whole if one[1] > one[0]]
        for node in unit.walk():
            found = _ranges(node)
            if isinstance(found, str):
                yield "DW10", f"the ranges of {node!r}: {found}", unit.header.section
                continue
            if any(start > end for start, end in found):
                yield "DW09", f"{node!r} ends before it begins", unit.header.section
                continue
            # Linkers leave the entries of functions they dropped, at address 0 or 1.
            found = [one for one in found if one[1] > one[0] and (relocatable or one[0] > 1)]
            parent = node.parent
            if parent is None:
                continue
            outside = covered.get(parent.offset, [])
            # A function inside another one (a local class's method) is not part of its code.
            if found and outside and node.tag != "subprogram" and not _inside(found, outside):
                yield "DW09", f"{node!r} covers code that {parent!r} does not", unit.header.section
            if found and node.tag == "subprogram" and covered[unit.root.offset] and not _inside(found, covered[unit.root.offset]):
                yield "DW09", f"{node!r} covers code that its unit does not", unit.header.section
            covered[node.offset] = found or outside
    if not relocatable:
        yield from _overlaps(info)


def _ranges(node: Node) -> Any:
    """The ranges, or a sentence."""
    try:
        return node.ranges
    except DwarfError as error:
        return str(error)


def _inside(inner: list[tuple[int, int]], outer: list[tuple[int, int]]) -> bool:
    joined: list[list[int]] = []
    for start, end in sorted(outer):
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    return all(any(low <= start and end <= high for low, high in joined) for start, end in inner)


def _overlaps(info: DebugFile) -> Iterator[Finding]:
    found: list[tuple[int, int, Node]] = []
    for unit in info.units:
        for node in unit.walk():
            if node.tag == "subprogram":
                one = _ranges(node)
                found += [(start, end, node) for start, end in one if end > start > 0] if not isinstance(one, str) else []
    found.sort(key=lambda one: one[:2])
    for (start, end, node), (other, other_end, second) in pairwise(found):
        if other < end and (start, end) != (other, other_end):
            yield "DW22", f"{node!r} and {second!r} share code", second.unit.header.section


def locations(info: DebugFile, relocatable: bool) -> Iterator[Finding]:
    """DW10 and DW11: lists can be read, their ranges are not negative, and expressions are valid."""
    for unit in info.units:
        for node in unit.walk():
            for name in node.attributes:
                form = node.form(name)
                if form == "exprloc" or (unit.version < 4 and form.startswith("block") and "e" in _letters(name)):
                    codes = [node._die.attributes[name][1]]
                elif form == "loclistx" or _is_list(name, form, unit):
                    try:
                        entries = node.locations(name)
                    except DwarfError as error:
                        yield "DW10", f"DW_AT_{name} of {node!r}: {error}", unit.header.section
                        continue
                    if any(start > end for start, end, _ in entries):
                        yield "DW10", f"an entry of DW_AT_{name} of {node!r} ends before it begins", unit.header.section
                    codes = [code for _, _, code in entries]
                else:
                    continue
                for code in codes:
                    yield from _expression(info, unit, node, name, code)


def _letters(name: str) -> str:
    row = ATTRIBUTES.get(name)
    return "".join(row.classes) if row else ""


def _is_list(name: str, form: str, unit: DebugUnit) -> bool:
    pointer = form == "sec_offset" or (unit.version < 4 and form in ("data4", "data8"))
    return pointer and name != "GNU_locviews" and "L" in _letters(name) and (form == "sec_offset" or "c" not in _letters(name))


def _expression(info: DebugFile, unit: DebugUnit, node: Node, name: str, code: bytes) -> Iterator[Finding]:
    # Compilers use operations of later versions in older ones; what debuggers cannot read is what counts.
    header = unit.header
    # In version 2 references to other units are as wide as addresses.
    size = header.address_size if header.version == 2 else header.offset_size
    for problem in check_expression(code, 5, header.address_size, info.dwarf.order, size,
                                    1 if name in _ON_ADDRESS else 0):
        if "call" not in problem:
            yield "DW11", f"DW_AT_{name} of {node!r}: {problem}", unit.header.section


def files(info: DebugFile, relocatable: bool) -> Iterator[Finding]:
    """DW12: files of entries are in the line table."""
    for unit in info.units:
        try:
            table = unit.lines
        except DwarfError:
            continue  # said by the rule about lines
        if table is None:
            continue
        first = 0
        for node in unit.walk():
            for name in _FILES:
                number = node.get(name)
                if isinstance(number, int) and not first <= number < len(table.files):
                    yield "DW12", f"DW_AT_{name} of {node!r} is file {number}, the line table has {len(table.files)}", \
                        unit.header.section


def needed(info: DebugFile, relocatable: bool) -> Iterator[Finding]:
    """DW14: attributes without which an entry says nothing."""
    for unit in info.units:
        if unit.lines is None and any(_ranges(node) for node in unit.walk() if node.tag == "subprogram") and \
                unit.kind == "compile":
            yield "DW14", f"{unit.root!r} has code, but no line table", unit.header.section
        for node in unit.walk():
            attributes = node.attributes
            missing = ""
            if node.tag == "base_type":
                missing = next((one for one in ("encoding",) if one not in attributes), "")
                if "byte_size" not in attributes and "bit_size" not in attributes:
                    missing = "byte_size"
            elif node.tag in ("array_type", "inheritance", "ptr_to_member_type") and not {"type", "signature"} & {*attributes}:
                missing = "type"
            elif node.tag == "inlined_subroutine" and "abstract_origin" not in attributes:
                missing = "abstract_origin"
            elif node.tag == "enumerator" and "const_value" not in attributes:
                missing = "const_value"
            elif "high_pc" in attributes and "low_pc" not in attributes:
                missing = "low_pc"
            if missing:
                yield "DW14", f"{node!r} has no DW_AT_{missing}", unit.header.section


def type_units(info: DebugFile, relocatable: bool) -> Iterator[Finding]:
    """DW21: the described entry is there, and signatures are unique."""
    seen: set[int] = set()
    for unit in info.units:
        if unit.kind not in ("type", "split_type"):
            continue
        try:
            described = unit.entry(unit.header.type_offset)
        except DwarfError as error:
            yield "DW21", f"the type unit at {unit.header.offset:#x}: {error}", unit.header.section
            continue
        if described.tag not in TYPES:
            yield "DW21", f"the type unit at {unit.header.offset:#x} describes {described!r}", unit.header.section
        if unit.header.identity in seen and not relocatable:
            yield "DW21", f"the signature {unit.header.identity:#018x} is there twice", unit.header.section
        seen.add(unit.header.identity)


RULES: Final[tuple[Rule, ...]] = (unit_headers, abbreviations, versions, trees, references, recursive_types, strings, ranges,
                                  locations, files, needed, type_units)
