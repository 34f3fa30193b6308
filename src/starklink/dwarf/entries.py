"""Debugging information entries as a tree: tags, attributes by name, children. Forms, abbreviations and offsets are derived.

    entry = unit.entry("variable", name="x", type=int_type, location=Expression().fbreg(-20), decl_line=7)
    with unit.entry("lexical_block", low_pc=Address("main", 4), high_pc=8):
        unit.entry("variable", ...)

The type of a value says its class: text, bool (a flag), int (a constant), bytes (a block), Expression, Address, Entry (a
reference, also ahead, to other units and to type units), Ranges, Locations, SourceFile. A function without parameters is called
when the entry is written. `Form(name, value)` chooses a form by hand. What a version does not have is refused when it is set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ..objwriter.elf.consts import Names
from .consts import ACCESS, ATE, CC, INL, LANG, VIRTUALITY
from .exprs import Expression
from .rows import ATTRIBUTES, DEFAULTED, FORMS, VersionError, check_attribute, check_form, check_tag

if TYPE_CHECKING:
    from .compileunit import CompileUnit


class Address(NamedTuple):
    """symbol + addend; without symbol the constant `addend`."""

    symbol: str
    addend: int = 0


class SourceFile(NamedTuple):
    """A file of a unit's line table, by its number there."""

    unit: CompileUnit
    number: int


class Ranges(NamedTuple):
    """The bytes [symbol + start, symbol + end) of each (symbol, start, end)."""

    items: Sequence[tuple[str, int, int]]


class Locations(NamedTuple):
    """Where something is while the program counter is in [symbol + start, symbol + end): (start, end, expression) each.
    `default`: anywhere else (DWARF 5)."""

    symbol: str
    items: Sequence[tuple[int, int, Expression]]
    default: Expression | None = None


class Form(NamedTuple):
    """A value in a form chosen by hand."""

    form: str
    value: Any = None


NAMED: Final[dict[str, Names]] = {
    "language": LANG, "encoding": ATE, "accessibility": ACCESS, "inline": INL, "virtuality": VIRTUALITY,
    "calling_convention": CC, "defaulted": DEFAULTED}
"""Constants that may be given by name."""
_AMBIGUOUS: Final = frozenset(("const_value", "lower_bound", "upper_bound", "discr_value", "data_member_location", "count",
                               "byte_stride", "bit_stride", "default_value", "start_scope", "allocated", "associated"))
"""Constants whose sign or class a fixed-size form would leave open: they are LEB128 numbers."""


class Entry:
    """An entry of a unit. As a context manager it takes the entries made inside as children."""

    __slots__ = ("attributes", "children", "number", "parent", "tag", "unit")
    unit: CompileUnit

    def __init__(self, unit: CompileUnit, tag: str, attributes: dict[str, Any], parent: Entry | None = None) -> None:
        check_tag(tag, unit.version)
        self.unit = unit
        self.tag = tag
        self.attributes: dict[str, Any] = {}
        self.children: list[Entry] = []
        self.number = unit.engine.reserve()
        self.parent = parent
        for name, value in attributes.items():
            self.set(name, value)
        if parent is not None:  # not before: what is refused leaves nothing behind
            parent.children.append(self)

    def set(self, name: str, value: Any) -> Entry:
        """Set an attribute (None: remove it); `import_` is DW_AT_import. Raises VersionError for what the unit's version does
        not have and for a value of the wrong class, KeyError for an unknown name."""
        name = name.removesuffix("_")
        if value is None:
            self.attributes.pop(name, None)
            return self
        if not callable(value):
            classify(self, name, value)
        self.attributes[name] = value
        return self

    def add(self, tag: str, **attributes: Any) -> Entry:
        """A child of this entry."""
        return Entry(self.unit, tag, attributes, self)

    def __enter__(self) -> Entry:
        self.unit.open.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        self.unit.open.pop()

    def __repr__(self) -> str:
        return f"<{self.tag} {self.attributes.get('name', '')}>"


def classify(entry: Entry, name: str, value: Any) -> str:
    """The letter (rows.CLASSES) of a value's class. Raises VersionError or KeyError."""
    version = entry.unit.version
    key = (name, value.__class__, version)
    known = _LETTERS.get(key)
    if known is not None:
        return known
    letter = _classify(name, value, version)
    if letter != "=" and not (isinstance(value, str) and name in NAMED):
        _LETTERS[key] = letter
    return letter


_LETTERS: Final[dict[tuple[str, type, int], str]] = {}
"""Letters by attribute, Python type and version, where these alone decide."""


def _classify(name: str, value: Any, version: int) -> str:
    row = ATTRIBUTES.get(name)
    allowed = row.classes if row else {}
    if isinstance(value, Form):
        if value.form != "sec_offset":  # data4 or data8 before version 4
            check_form(value.form, version)
        if row and not set(FORMS[value.form].classes) & {*row.classes, "*"} and FORMS[value.form].classes != "*":
            raise VersionError(f"DW_AT_{name} has no value of form {value.form}")
        return "="
    letter = _letter(name, value, allowed)
    if letter == "c" and name == "data_member_location" and version < 3:
        letter = "e"
    if letter == "c" and name == "high_pc" and version < 4:
        letter = "a"
    if not row:
        check_attribute(name, letter, version)  # KeyError unless it is an extension
        return letter
    check_attribute(name, letter, version)
    return letter


def _letter(name: str, value: Any, allowed: dict[str, int]) -> str:
    if isinstance(value, bool):
        return "f" if "f" in allowed or not allowed else "c"
    if isinstance(value, int):
        return "c" if "c" in allowed or not allowed else "a" if "a" in allowed else "f" if "f" in allowed else "c"
    if isinstance(value, str):
        if name in NAMED:
            if value not in NAMED[name].values:
                raise KeyError(f"there is no {NAMED[name].prefix}_{value}")
            return "c"
        return "s"
    for kind, letter in _KINDS:
        if isinstance(value, kind):
            return letter
    raise TypeError(f"DW_AT_{name} cannot be {value!r}")


_KINDS: Final[tuple[tuple[type, str], ...]] = (
    (Expression, "e"), (Address, "a"), (Entry, "r"), (Ranges, "n"), (Locations, "L"), (SourceFile, "c"), (bytes, "b"),
    (bytearray, "b"))


def constant_form(name: str, value: int) -> tuple[str, int]:
    """The form of a constant: the smallest that keeps its sign."""
    if value < 0:
        return "sdata", value
    if name in _AMBIGUOUS:
        return ("sdata" if name == "const_value" and value < 1 << 63 else "udata"), value
    for size, bits in (("data1", 8), ("data2", 16), ("data4", 32), ("data8", 64)):
        if value < 1 << bits:
            return size, value
    raise ValueError(f"DW_AT_{name} {value:#x} has more than 64 bits")


def lower(entry: Entry, name: str, value: Any) -> tuple[str, Any]:
    """The form and the engine's value of an attribute."""
    unit = entry.unit
    if callable(value):
        value = value()
    letter = classify(entry, name, value)
    if letter == "=":
        return value.form, _by_hand(unit, value)
    if letter == "f":
        return ("flag_present", None) if value and unit.version >= 4 else ("flag", int(value))
    if letter == "c":
        number = value.number if isinstance(value, SourceFile) else NAMED[name][value] if isinstance(value, str) else int(value)
        return constant_form(name, number)
    if letter == "s":
        return unit.text(value, name in ("name", "comp_dir") and entry.parent is None)
    if letter == "e":
        if isinstance(value, int):
            value = Expression().plus_uconst(value)
        return "exprloc", unit.expression(value, name)
    if letter == "a":
        return unit.address(_address(entry, name, value))
    return _LOWERED[letter](entry, value)


def _address(entry: Entry, name: str, value: Any) -> Address:
    if isinstance(value, Address):
        return value
    if name == "high_pc":  # a size, before sizes were allowed
        low = entry.attributes.get("low_pc", 0)
        low = low() if callable(low) else low
        low = Address("", low) if isinstance(low, int) else low
        return Address(low.symbol, low.addend + value)
    return Address("", value)


def _reference(entry: Entry, target: Entry) -> tuple[str, Any]:
    unit, other = entry.unit, target.unit
    if other is unit:
        return "ref4", target.number
    if other.kind in ("type", "split_type"):
        if target is not other.described:
            raise ValueError(f"{target!r} is not what its type unit describes")
        return "ref_sig8", other.signature()
    if unit.split or other.split:
        raise ValueError(f"{entry!r} refers to {target!r} in another unit, which split units cannot")
    return "ref_addr", unit.engine.elsewhere(other.engine, target.number)


def _by_hand(unit: CompileUnit, value: Form) -> Any:
    content = value.value
    if value.form == "addr" and not isinstance(content, int):
        return unit.engine.address(*content)
    if value.form == "addr":
        return unit.engine.address("", content)
    if value.form == "strp":
        return unit.strings[content]
    if value.form == "line_strp":
        return unit.info.line_strings[content]
    if value.form in ("strx", "strx1", "strx2", "strx3", "strx4", "GNU_str_index") and isinstance(content, str):
        content = unit.string_number(content)
    if value.form.startswith("addrx") and isinstance(content, Address):
        content = unit.address_number(content)
    if value.form in ("strx3", "addrx3"):
        return content.to_bytes(3, "little")
    if value.form in ("ref4", "ref_addr") and isinstance(content, Entry):
        return content.number if value.form == "ref4" else unit.engine.elsewhere(content.unit.engine, content.number)
    return content


_LOWERED: Final[dict[str, Callable[[Entry, Any], tuple[str, Any]]]] = {
    "r": _reference,
    "n": lambda entry, value: entry.unit.range_list(value),
    "L": lambda entry, value: entry.unit.location_list(value),
    "b": lambda entry, value: ("block", bytes(value)),
}
