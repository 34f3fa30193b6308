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
from operator import itemgetter
from struct import Struct
from typing import Any, Final

from ..objwriter.elf.pack import Layout
from ..objwriter.model import Fixup, Fragment, Reloc
from . import layouts
from .consts import AT, FORM, TAG, UT
from .exprs import Expression
from .leb import sleb, uleb, uleb_padded

_FIXED: Final = {
    "addr": "Q", "data1": "B", "data2": "H", "data4": "I", "data8": "Q", "ref4": "I", "strp": "I", "line_strp": "I",
    "sec_offset": "I", "flag": "B", "flag_present": "", "implicit_const": "", "strx1": "B", "strx2": "H", "strx4": "I",
    "addrx1": "B", "addrx2": "H", "addrx4": "I", "ref1": "B", "ref2": "H", "ref8": "Q", "ref_sig8": "Q", "data16": "16s",
    "ref_addr": "I", "strx3": "3s", "addrx3": "3s", "strp_sup": "I", "ref_sup4": "I", "ref_sup8": "Q", "GNU_ref_alt": "I",
    "GNU_strp_alt": "I"}
_OFFSETS: Final = ("strp", "line_strp", "sec_offset", "ref_addr", "strp_sup", "GNU_ref_alt", "GNU_strp_alt")
"""Forms that have 8 bytes in the 64-bit format."""
_VARIABLE: Final = {
    "udata": "uleb(a{0})", "sdata": "sleb(a{0})", "string": "text(a{0})", "exprloc": "block(a{0}.data)",
    "block1": "sized(a{0}, 1)", "block2": "sized(a{0}, 2)", "block4": "sized(a{0}, 4)", "block": "block(a{0})",
    "strx": "uleb(a{0})", "addrx": "uleb(a{0})", "loclistx": "uleb(a{0})", "rnglistx": "uleb(a{0})", "ref_udata": "uleb(a{0})",
    "GNU_addr_index": "uleb(a{0})", "GNU_str_index": "uleb(a{0})", "indirect": "indirect(*a{0})"}
_SECTION_OF: Final = {"strp": ".debug_str", "line_strp": ".debug_line_str"}
_VALUELESS: Final = ("flag_present", "implicit_const")
_ENCODERS: Final[dict[tuple[tuple[str, ...], bytes], Callable[..., bytes]]] = {}
"""Encoders by forms and abbreviation code: a process that builds again finds them made."""

MANY: Final = 1 << 20
"""Bytes from which on a unit is patched by columns; numpy would cost a small compilation more than it gains."""

LIST_SECTIONS: Final = {
    "stmt_list": ".debug_line", "ranges": ".debug_rnglists", "location": ".debug_loclists",
    "frame_base": ".debug_loclists", "macros": ".debug_macro", "macro_info": ".debug_macro", "start_scope": ".debug_rnglists",
    "str_offsets_base": ".debug_str_offsets",
    "addr_base": ".debug_addr", "rnglists_base": ".debug_rnglists", "loclists_base": ".debug_loclists"}
"""Section a sec_offset form points into, by attribute (version 5)."""
_OLD_LISTS: Final = {".debug_rnglists": ".debug_ranges", ".debug_loclists": ".debug_loc",
                     ".debug_macro": ".debug_macinfo"}


def _text(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape") + b"\0"


def _block(value: bytes) -> bytes:
    return uleb(len(value)) + value


def _sized(value: bytes, size: int) -> bytes:
    return len(value).to_bytes(size, "little") + value


def _indirect(form: str, value: Any) -> bytes:
    """A value that names its form itself; forms of fixed size or plain ULEB128, SLEB128, text and blocks."""
    code = _FIXED.get(form)
    if code is not None and form not in ("implicit_const", "ref4", "addr", "sec_offset", "ref_addr"):
        return uleb(FORM[form]) + (Struct("<" + code).pack(value) if code else b"")
    names: dict[str, Any] = {"uleb": uleb, "sleb": sleb, "text": _text, "block": _block, "sized": _sized, "value": value}
    found: bytes = eval(_VARIABLE[form].replace("a{0}", "value"), names)
    return uleb(FORM[form]) + found


class Shape:
    """An abbreviation with its encoder. Sites are byte offsets from the entry's start."""

    __slots__ = ("addresses", "children", "code", "encode", "expression", "expressions", "foreign", "offsets", "patched",
                 "references", "size")

    def __init__(self, code: int, children: bool) -> None:
        self.code = code
        self.children = children
        self.references: list[int] = []
        self.foreign: list[tuple[int, int]] = []
        self.addresses: list[int] = []
        self.offsets: list[tuple[int, str]] = []
        self.expression = -1
        self.expressions: list[int] = []
        self.patched = False
        self.size = 0
        self.encode: Callable[..., bytes] = bytes


_SINCE: Final = {4: (FORM["sec_offset"], FORM["exprloc"], FORM["flag_present"], FORM["ref_sig8"])}
_EARLIER: Final = {"exprloc": "block", "flag_present": "flag"}


class Abbreviations:
    """The abbreviation table. The same shape asked for twice is the same object."""

    def __init__(self, version: int, offset_size: int = 4) -> None:
        self.version = version
        self.offset_size = offset_size
        self.shapes: dict[tuple[object, ...], Shape] = {}
        self.data = bytearray()

    def shape(self, tag: str, children: bool, *attributes: tuple[str, str] | tuple[str, str, int]) -> Shape:
        """The shape of a tag with (attribute, form) pairs; implicit_const takes its value as third item.

        Raises KeyError for an unknown name and ValueError for a form that the version does not have.
        Before version 4 exprloc is written as a block and sec_offset as data4 or data8.
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
            number = FORM[form]
            if self.version < 5:
                if number > FORM["flag_present"] and form != "ref_sig8" and number < 0x1F00:
                    raise ValueError(f"form {form} needs DWARF 5")
                if self.version < 4 and number in _SINCE[4]:
                    if form not in ("exprloc", "sec_offset"):
                        raise ValueError(f"form {form} needs DWARF 4")
                    number = FORM["block" if form == "exprloc" else "data4" if self.offset_size == 4 else "data8"]
            names.append(attribute[0])
            forms.append(form)
            out += uleb(AT[attribute[0]]) + uleb(number)
            if form == "implicit_const":
                out += sleb(attribute[2])  # type: ignore[misc]
        out += b"\0\0"
        self._sites(shape, names, forms)
        order = [attributes.index(item) for item in ordered if item[1] not in _VALUELESS]
        values = [index for index, item in enumerate(attributes) if item[1] not in _VALUELESS]
        shape.encode = _encoder(tuple(form for form in forms if form not in _VALUELESS),
                                tuple(values.index(index) for index in order), uleb(shape.code),
                                self.offset_size | (self.version == 2))
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
            if form in _OFFSETS and self.offset_size == 8:
                code = "Q"
            if form == "ref4":
                shape.references.append(at)
            elif form == "ref_addr":
                if self.version == 2:  # as wide as an address then
                    code = "Q"
                shape.foreign.append((at, Struct("<" + code).size))
            elif form == "addr":
                shape.addresses.append(at)
            elif form in _SECTION_OF:
                shape.offsets.append((at, _SECTION_OF[form]))
            elif form == "sec_offset":
                section = LIST_SECTIONS.get(name, ".debug_loclists")
                shape.offsets.append((at, section if self.version >= 5 else _OLD_LISTS.get(section, section)))
            at += Struct("<" + code).size
        shape.size = at
        shape.patched = bool(shape.references or shape.addresses or shape.offsets or shape.foreign)

    def fragment(self) -> Fragment:
        """The finished section."""
        return Fragment("", ".debug_abbrev", bytes(self.data) + b"\0")


def _encoder(forms: tuple[str, ...], order: tuple[int, ...], code: bytes, offset_size: int) -> Callable[..., bytes]:
    """A function from the values (in the order the caller gives them) to the entry's bytes."""
    fixed = [form for form in forms if form in _FIXED]
    codes = [_FIXED[form] if offset_size & 4 or form not in _OFFSETS else "Q" for form in fixed]
    if offset_size & 1:  # version 2
        codes = ["Q" if form == "ref_addr" else code_ for form, code_ in zip(fixed, codes)]
    pack = partial(Struct(f"<{len(code)}s" + "".join(codes)).pack, code)
    if len(fixed) == len(forms) and order == tuple(range(len(order))):
        return pack
    key = (forms + tuple(map(str, order)), code + bytes((offset_size,)))
    known = _ENCODERS.get(key)
    if known is not None:
        return known
    parameters = ", ".join(f"a{index}" for index in range(len(order)))
    head = ", ".join(f"a{index}" for index in order[:len(fixed)])
    tail = "".join(" + " + _VARIABLE[form].format(index)
                   for form, index in zip(forms[len(fixed):], order[len(fixed):]))
    names: dict[str, Any] = {"pack": pack, "uleb": uleb, "sleb": sleb, "text": _text, "block": _block, "sized": _sized,
                             "indirect": _indirect}
    encoder: Callable[..., bytes] = eval(f"lambda {parameters}: pack({head}){tail}", names)
    _ENCODERS[key] = encoder
    return encoder


class Unit:
    """The entries of one unit.

    `kind` is a name of consts.UT; units of types have a `signature` and name the described entry with `described`,
    skeletons and split units have a `dwo_id`. `linked`: offsets are final as they stand. `offset_size` 8 is the 64-bit format.
    """

    def __init__(self, abbreviations: Abbreviations, version: int, linked: bool = False, kind: str = "compile",
                 identity: int = 0) -> None:
        self.version = version
        self.linked = linked
        self.kind = kind
        self.identity = identity
        self.described = 0
        self.offset_size = abbreviations.offset_size
        self.layout: Layout = getattr(layouts, _header_name(version, kind) + ("_64" if self.offset_size == 8 else ""))
        self.shape = abbreviations.shape
        self.header = self.layout.size
        self.data = bytearray(self.header)
        self.entries: list[int] = [0]
        self.addresses: list[tuple[str, int]] = [("", 0)]
        self.foreign: list[tuple[Unit, int]] = []
        self.fixups: list[Fixup] = []
        self.offset = 0
        self.section = ".debug_info"
        self._patches: dict[Shape, list[int]] = {}
        self._references: list[tuple[int, str, int]] = []
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

    def elsewhere(self, unit: Unit, number: int) -> int:
        """A value for ref_addr forms: an entry of another unit, by its number there."""
        self.foreign.append((unit, number))
        return len(self.foreign) - 1

    def add(self, shape: Shape, *values: Any) -> None:
        """Write an entry. Values stand in the order of the shape's attributes, without those that have none."""
        data = self.data
        if shape.patched:
            starts = self._patches.get(shape)
            if starts is None:
                starts = self._patches[shape] = []
            starts.append(len(data))
        data += shape.encode(*values)
        if shape.children:
            self._depth += 1
        if shape.expression >= 0:
            expression: Expression = values[shape.expression]
            if expression.addresses or expression.references or len(shape.expressions) > 1:
                self._expressions([values[index] for index in shape.expressions])

    def end(self) -> None:
        """Close the innermost open entry."""
        if not self._depth:
            raise ValueError("no entry is open")
        self._depth -= 1
        self.data.append(0)

    def fragment(self) -> Fragment:
        """The finished section (one unit). Raises ValueError for open entries and references to entries never
        marked."""
        fixups = self.finish(0)
        return Fragment("", self.section, bytes(self.data), fixups=fixups)

    def finish(self, abbrev_offset: int) -> list[Fixup]:
        """Complete `data`, whose abbreviations begin at an offset of their section, and return its fixups in order. Units that
        this one refers to must know their `offset` (of the unit in its section)."""
        if self._depth:
            raise ValueError(f"{self._depth} entries are open")
        data, size, name = self.data, self.offset_size, self.layout.fields
        values = {"escape": 0xFFFFFFFF, "length": len(data) - (4 if size == 4 else 12), "version": self.version,
                  "unit_type": UT[self.kind], "address_size": 8, "abbrev_offset": abbrev_offset,
                  "signature": self.identity, "dwo_id": self.identity, "type_offset": 0}
        if "type_offset" in name:
            values["type_offset"] = self.entries[self.described]
        data[:self.header] = self.layout.pack(*[values[field] for field in name])
        place = (8 if self.version >= 5 else 6) + (0 if size == 4 else 8)
        fixups = [] if self.linked else [Fixup(place, Reloc.ABS32 if size == 4 else Reloc.ABS64, ".debug_abbrev", abbrev_offset)]
        self._patch(fixups)
        fixups += self.fixups
        fixups.sort(key=itemgetter(0))
        return fixups

    def _patch(self, fixups: list[Fixup]) -> None:
        """Turn entry numbers into offsets, address numbers and section offsets into fixups."""
        many = len(self.data) > MANY
        for shape, starts in self._patches.items():
            if many and len(starts) > MANY >> 8:
                from .unitcolumns import patch_columns

                patch_columns(self, shape, starts, fixups)
            else:
                self._patch_shape(shape, starts, fixups)
        self._patch_expressions()

    def _patch_shape(self, shape: Shape, starts: list[int], fixups: list[Fixup]) -> None:
        """The same for the entries of one shape."""
        data, entries, addresses, linked, size = self.data, self.entries, self.addresses, self.linked, self.offset_size
        number = int.from_bytes
        wide = Reloc.ABS32 if size == 4 else Reloc.ABS64
        for start in starts:
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
                    data[at:at + 8] = (addend & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "little")
            for at, width in shape.foreign:
                at += start
                unit, index = self.foreign[number(data[at:at + width], "little")]
                if not unit.entries[index]:
                    raise ValueError(f"the entry at {start:#x} refers to an entry that was never written")
                offset = unit.offset + unit.entries[index]
                data[at:at + width] = offset.to_bytes(width, "little")
                if not linked:
                    fixups.append(Fixup(at, Reloc.ABS32 if width == 4 else Reloc.ABS64, unit.section, offset))
            if not linked:
                for at, section in shape.offsets:
                    at += start
                    fixups.append(Fixup(at, wide, section, number(data[at:at + size], "little")))

    def _expressions(self, expressions: list[Expression]) -> None:
        """Note the places in the expressions that end the data."""
        end = len(self.data)
        for expression in reversed(expressions):
            base = end - len(expression.data)
            end = base - len(uleb(len(expression.data)))
            for offset, symbol, addend in expression.addresses:
                self.fixups.append(Fixup(base + offset, Reloc.ABS64, symbol, addend))
            for offset, kind, number in expression.references:
                self._references.append((base + offset, kind, number))

    def _patch_expressions(self) -> None:
        for at, kind, number in self._references:
            offset = self.entries[number]
            if not offset:
                raise ValueError(f"an expression at {at:#x} refers to an entry that was never written")
            self.data[at:at + 4] = uleb_padded(offset, 4) if kind == "uleb" else offset.to_bytes(4, "little")


def _header_name(version: int, kind: str) -> str:
    if version >= 5:
        return {"type": "UNIT_5_TYPE", "split_type": "UNIT_5_TYPE", "skeleton": "UNIT_5_SPLIT",
                "split_compile": "UNIT_5_SPLIT"}.get(kind, "UNIT_5")
    return "UNIT_4_TYPE" if kind == "type" else "UNIT_4"
