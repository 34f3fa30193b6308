"""Text dumps of debug information for people and golden tests: entries, line rows, unwinding rows, expressions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..objwriter.model import LINE_EPILOGUE_BEGIN, LINE_PROLOGUE_END, LINE_STMT
from .consts import ACCESS, ATE, INL, LANG
from .cursor import DwarfError
from .framereader import frames, register_name
from .linereader import line_units
from .operations import operations
from .reader import Die, Dwarf, UnitHeader

_ENUMS = {"language": LANG, "encoding": ATE, "accessibility": ACCESS, "inline": INL}
_FLAGS = ((LINE_STMT, "stmt"), (LINE_PROLOGUE_END, "prologue_end"), (LINE_EPILOGUE_BEGIN, "epilogue_begin"))


def dump_dies(dwarf: Dwarf) -> str:
    """All entries, indented by depth."""
    out: list[str] = []
    for unit in dwarf.units():
        out.append(f"unit at {unit.offset:#x}: version {unit.version}, {unit.end - unit.offset} bytes")
        for die in dwarf.entries(unit):
            indent = "  " * (die.depth + 1)
            out.append(f"{die.offset:#06x}{indent}{die.tag}")
            for name, attribute in die.attributes.items():
                out.append(f"      {indent}  {name}: {_attribute(dwarf, unit, die, name, attribute)}")
    return "\n".join(out) + "\n" if out else ""


def _attribute(dwarf: Dwarf, unit: UnitHeader, die: Die, name: str, attribute: tuple[str, Any]) -> str:
    form, value = attribute
    if form in ("strp", "line_strp", "string") or form.startswith("strx"):
        return f'"{dwarf.text(unit, die, name)}"'
    if form == "exprloc":
        return expression(value, unit.address_size, dwarf.order)
    if form.startswith("ref"):
        return f"<{value:#06x}>"
    if form in ("flag", "flag_present"):
        return "yes" if value else "no"
    if form == "addr" or form.startswith("addrx"):
        return f"{dwarf.address(unit, attribute):#x}"
    if name == "ranges":
        return " ".join(f"[{start:#x}, {end:#x})" for start, end in dwarf.ranges(unit, attribute))
    if form in ("sec_offset", "loclistx") and name == "location":
        return "; ".join(f"[{start:#x}, {end:#x}) {expression(code, unit.address_size, dwarf.order)}"
                         for start, end, code in dwarf.locations(unit, attribute))
    if name in _ENUMS and isinstance(value, int):
        return _ENUMS[name].name(value)
    if isinstance(value, bytes):
        return value.hex()
    return f"{value:#x}" if form in ("sec_offset", "high_pc") else str(value)


def dump_lines(dwarf: Dwarf) -> str:
    """All line tables: files, then a row per line."""
    out: list[str] = []
    for unit in line_units(dwarf):
        out.append(f"line table at {unit.offset:#x}: version {unit.version}")
        out += [f"  directory {number}: {name}" for number, name in enumerate(unit.directories) if name]
        out += [f"  file {number}: {file.name}" + (f" in directory {file.directory}" if file.directory else "")
                for number, file in enumerate(unit.files) if file.name]
        for row in unit.rows:
            if row.end:
                out.append(f"  {row.address:#018x} end")
                continue
            flags = "".join(f" {name}" for bit, name in _FLAGS if row.flags & bit)
            out.append(f"  {row.address:#018x} {unit.file(row.file)}:{row.line}:{row.column}{flags}")
    return "\n".join(out) + "\n" if out else ""


def dump_frames(dwarf: Dwarf, section: str = ".eh_frame", address: int = 0) -> str:
    """The unwinding rows of every function of a frame section."""
    out: list[str] = []
    for fde in frames(dwarf, section, address):
        out.append(f"{fde.begin:#x}..{fde.begin + fde.size:#x}")
        for row in fde.rows():
            rules = " ".join(f"{register_name(number)}={_rule(rule)}" for number, rule in sorted(row.rules.items())
                             if number >= 0)
            cfa = f"{register_name(row.register)}{row.offset:+}" if row.register >= 0 else "expression"
            out.append(f"  {row.address:#x}: cfa={cfa} {rules}".rstrip())
    return "\n".join(out) + "\n" if out else ""


def _rule(rule: tuple[str, Any]) -> str:
    kind, value = rule
    if kind == "offset":
        return f"[cfa{value:+}]"
    return f"cfa{value:+}" if kind == "value" else register_name(value) if kind == "register" else kind


def expression(code: bytes, address_size: int = 8, order: str = "<") -> str:
    """The operations of an expression, separated by commas."""
    try:
        return ", ".join(_operations(code, address_size, order))
    except DwarfError as error:
        return f"<{error}: {code.hex()}>"


def _operations(code: bytes, address_size: int, order: str) -> Iterator[str]:
    for op in operations(code, address_size, order):
        name, operands = op.row.name, op.operands
        if op.row.operands == "E":
            yield f"{name}({expression(operands[0], address_size, order)})"
            continue
        texts = []
        for letter, value in zip(op.row.operands, operands):
            texts.append(value.hex() if isinstance(value, bytes) else f"{value:#x}" if letter == "a" else
                         f"<{value:#x}>" if letter == "T" else str(value))
        yield " ".join([name, *texts])
