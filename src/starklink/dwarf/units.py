"""Debugging information entries (`.debug_info`, `.debug_abbrev`), streamed.

    variable = unit.shape("variable", False, ("name", "strp"), ("type", "ref4"), ("location", "exprloc"))
    unit.add(variable, strings["x"], int_type, Expression().fbreg(-8))

A *shape* is a tag with its attributes and forms: one abbreviation. Shapes are derived and numbered by the
`Abbreviations` table, each with an encoder made for it. Entries are written in order of a walk over the tree: an entry
whose shape has children is followed by them and by `end()`.

References are entry numbers: `reserve()` gives a number before the entry exists, `mark(number)` says that the next
entry is it. What depends on addresses (addr forms, offsets into other sections, addresses in expressions) becomes
fixups.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from struct import Struct
from typing import Any, Final

from ..objwriter.model import Fixup, Fragment, Reloc
from .consts import AT, FORM, TAG, UT
from .exprs import Expression
from .layouts import UNIT_4, UNIT_5
from .leb import sleb, uleb

_FIXED: Final = {
    "addr": "Q", "data1": "B", "data2": "H", "data4": "I", "data8": "Q", "ref4": "I", "strp": "I", "line_strp": "I",
    "sec_offset": "I", "flag": "B", "flag_present": "", "implicit_const": "", "strx1": "B", "strx2": "H", "strx4": "I",
    "addrx1": "B", "addrx2": "H", "addrx4": "I", "ref1": "B", "ref2": "H", "ref8": "Q", "ref_sig8": "Q", "data16": "16s"}
_VARIABLE: Final = {
    "udata": "uleb(a{0})", "sdata": "sleb(a{0})", "string": "text(a{0})", "exprloc": "block(a{0}.data)",
    "block1": "block(a{0})", "block": "block(a{0})", "strx": "uleb(a{0})", "addrx": "uleb(a{0})",
    "loclistx": "uleb(a{0})", "rnglistx": "uleb(a{0})"}
_SECTION_OF: Final = {"strp": ".debug_str", "line_strp": ".debug_line_str"}
_VALUELESS: Final = ("flag_present", "implicit_const")
_ENCODERS: Final[dict[tuple[tuple[str, ...], bytes], Callable[..., bytes]]] = {}
"""Encoders by forms and abbreviation code: a process that builds again finds them made."""

LIST_SECTIONS: Final = {
    "stmt_list": ".debug_line", "ranges": ".debug_rnglists", "location": ".debug_loclists",
    "frame_base": ".debug_loclists", "macros": ".debug_macro", "str_offsets_base": ".debug_str_offsets",
    "addr_base": ".debug_addr", "rnglists_base": ".debug_rnglists", "loclists_base": ".debug_loclists"}
"""Section a sec_offset form points into, by attribute (version 5)."""
_OLD_LISTS: Final = {".debug_rnglists": ".debug_ranges", ".debug_loclists": ".debug_loc",
                     ".debug_macro": ".debug_macinfo"}


def _text(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape") + b"\0"


def _block(value: bytes) -> bytes:
    return uleb(len(value)) + value


class Shape:
    """An abbreviation with its encoder. Sites are byte offsets from the entry's start."""

    __slots__ = ("addresses", "children", "code", "encode", "expression", "expressions", "offsets", "patched",
                 "references", "size")

    def __init__(self, code: int, children: bool) -> None:
        self.code = code
        self.children = children
        self.references: list[int] = []
        self.addresses: list[int] = []
        self.offsets: list[tuple[int, str]] = []
        self.expression = -1
        self.expressions: list[int] = []
        self.patched = False
        self.size = 0
        self.encode: Callable[..., bytes] = bytes


class Abbreviations:
    """The abbreviation table. The same shape asked for twice is the same object."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.shapes: dict[tuple[object, ...], Shape] = {}
        self.data = bytearray()

    def shape(self, tag: str, children: bool, *attributes: tuple[str, str] | tuple[str, str, int]) -> Shape:
        """The shape of a tag with (attribute, form) pairs; implicit_const takes its value as third item.

        Raises KeyError for an unknown name and ValueError for a form that the version does not have. An exprloc that
        holds addresses must be the last attribute of variable length.
        """
        key = (tag, children, attributes)
        shape = self.shapes.get(key)
        if shape is not None:
            return shape
        shape = self.shapes[key] = Shape(len(self.shapes) + 1, children)
        out = self.data
        out += uleb(shape.code) + uleb(TAG[tag])
        out.append(1 if children else 0)
        names: list[str] = []
        forms: list[str] = []
        # Fixed-size forms first: the places of references and addresses are then known without looking at values.
        # Expressions last: the place of an address in one is then known from the end.
        ordered = sorted(attributes, key=lambda item: 0 if item[1] in _FIXED else 2 if item[1] == "exprloc" else 1)
        for attribute in ordered:
            form = attribute[1]
            if self.version < 5 and FORM[form] > FORM["flag_present"] and form != "ref_sig8":
                raise ValueError(f"form {form} needs DWARF 5")
            names.append(attribute[0])
            forms.append(form)
            out += uleb(AT[attribute[0]]) + uleb(FORM[form])
            if form == "implicit_const":
                out += sleb(attribute[2])  # type: ignore[misc]
        out += b"\0\0"
        self._sites(shape, names, forms)
        order = [attributes.index(item) for item in ordered if item[1] not in _VALUELESS]
        values = [index for index, item in enumerate(attributes) if item[1] not in _VALUELESS]
        shape.encode = _encoder(tuple(form for form in forms if form not in _VALUELESS),
                                tuple(values.index(index) for index in order), uleb(shape.code))
        shape.expressions = [values.index(index) for index, item in enumerate(attributes) if item[1] == "exprloc"]
        if shape.expressions:
            shape.expression = shape.expressions[-1]
        return shape

    def _sites(self, shape: Shape, names: list[str], forms: list[str]) -> None:
        at = len(uleb(shape.code))
        for name, form in zip(names, forms):
            code = _FIXED.get(form)
            if code is None:
                continue
            if form == "ref4":
                shape.references.append(at)
            elif form == "addr":
                shape.addresses.append(at)
            elif form in _SECTION_OF:
                shape.offsets.append((at, _SECTION_OF[form]))
            elif form == "sec_offset":
                section = LIST_SECTIONS[name]
                shape.offsets.append((at, section if self.version >= 5 else _OLD_LISTS.get(section, section)))
            at += Struct("<" + code).size
        shape.size = at
        shape.patched = bool(shape.references or shape.addresses or shape.offsets)

    def fragment(self) -> Fragment:
        """The finished section."""
        return Fragment("", ".debug_abbrev", bytes(self.data) + b"\0")


def _encoder(forms: tuple[str, ...], order: tuple[int, ...], code: bytes) -> Callable[..., bytes]:
    """A function from the values (in the order the caller gives them) to the entry's bytes."""
    fixed = [form for form in forms if form in _FIXED]
    pack = partial(Struct(f"<{len(code)}s" + "".join([_FIXED[form] for form in fixed])).pack, code)
    if len(fixed) == len(forms) and order == tuple(range(len(order))):
        return pack
    key = (forms + tuple(map(str, order)), code)
    known = _ENCODERS.get(key)
    if known is not None:
        return known
    parameters = ", ".join(f"a{index}" for index in range(len(order)))
    head = ", ".join(f"a{index}" for index in order[:len(fixed)])
    tail = "".join(" + " + _VARIABLE[form].format(index)
                   for form, index in zip(forms[len(fixed):], order[len(fixed):]))
    names: dict[str, Any] = {"pack": pack, "uleb": uleb, "sleb": sleb, "text": _text, "block": _block}
    encoder: Callable[..., bytes] = eval(f"lambda {parameters}: pack({head}){tail}", names)
    _ENCODERS[key] = encoder
    return encoder


class Unit:
    """The entries of one unit."""

    def __init__(self, abbreviations: Abbreviations, version: int, linked: bool = False) -> None:
        self.version = version
        self.linked = linked
        self.shape = abbreviations.shape
        self.header = UNIT_5.size if version >= 5 else UNIT_4.size
        self.data = bytearray(self.header)
        self.entries: list[int] = [0]
        self.addresses: list[tuple[str, int]] = [("", 0)]
        self.fixups: list[Fixup] = []
        self._patches: list[tuple[int, Shape]] = []
        self._depth = 0

    def reserve(self) -> int:
        """A number for an entry that comes later."""
        self.entries.append(0)
        return len(self.entries) - 1

    def mark(self, number: int) -> None:
        """The next entry is the one with that number."""
        self.entries[number] = len(self.data)

    def here(self) -> int:
        """A number for the next entry."""
        self.entries.append(len(self.data))
        return len(self.entries) - 1

    def address(self, symbol: str, addend: int = 0) -> int:
        """A value for addr forms: symbol + addend, or the constant `addend` if there is no symbol."""
        self.addresses.append((symbol, addend))
        return len(self.addresses) - 1

    def add(self, shape: Shape, *values: Any) -> None:
        """Write an entry. Values stand in the order of the shape's attributes, without those that have none.

        Of several expressions in one entry only the last may hold addresses (ValueError).
        """
        data = self.data
        if shape.patched:
            self._patches.append((len(data), shape))
        data += shape.encode(*values)
        if shape.children:
            self._depth += 1
        if shape.expression >= 0:
            expression: Expression = values[shape.expression]
            if expression.addresses:
                base = len(data) - len(expression.data)
                for offset, symbol, addend in expression.addresses:
                    self.fixups.append(Fixup(base + offset, Reloc.ABS64, symbol, addend))
            if len(shape.expressions) > 1 and any(values[index].addresses for index in shape.expressions[:-1]):
                raise ValueError("an address in an expression that is not the last one of its entry")

    def end(self) -> None:
        """Close the innermost open entry."""
        if not self._depth:
            raise ValueError("no entry is open")
        self._depth -= 1
        self.data.append(0)

    def fragment(self) -> Fragment:
        """The finished section (one unit). Raises ValueError for open entries and references to entries never
        marked."""
        if self._depth:
            raise ValueError(f"{self._depth} entries are open")
        data = self.data
        length = len(data) - 4
        if self.version >= 5:
            data[:self.header] = UNIT_5.pack(length, self.version, UT["compile"], 8, 0)
            abbreviations = 8
        else:
            data[:self.header] = UNIT_4.pack(length, self.version, 0, 8)
            abbreviations = 6
        fixups = [] if self.linked else [Fixup(abbreviations, Reloc.ABS32, ".debug_abbrev", 0)]
        self._patch(fixups)
        fixups += self.fixups
        fixups.sort()
        return Fragment("", ".debug_info", bytes(data), fixups=fixups)

    def _patch(self, fixups: list[Fixup]) -> None:
        """Turn entry numbers into offsets, address numbers and section offsets into fixups."""
        data, entries, addresses, linked = self.data, self.entries, self.addresses, self.linked
        number = int.from_bytes
        for start, shape in self._patches:
            for at in shape.references:
                at += start
                offset = entries[number(data[at:at + 4], "little")]
                if not offset:
                    raise ValueError(f"the entry at {start:#x} refers to an entry that was never written")
                data[at:at + 4] = offset.to_bytes(4, "little")
            for at in shape.addresses:
                at += start
                symbol, addend = addresses[number(data[at:at + 8], "little")]
                if symbol:
                    fixups.append(Fixup(at, Reloc.ABS64, symbol, addend))
                    data[at:at + 8] = b"\0\0\0\0\0\0\0\0"
                else:
                    data[at:at + 8] = addend.to_bytes(8, "little")
            if not linked:
                for at, section in shape.offsets:
                    at += start
                    fixups.append(Fixup(at, Reloc.ABS32, section, number(data[at:at + 4], "little")))
