"""Checks debug information against the standard and itself and says what is wrong, each finding with a code.

    for finding in verify(DebugFile.read("hello")):
        print(finding.code, finding.message, finding.section)

A file without findings can be read by debuggers, and what it says fits together: references lead to entries of the right kind,
ranges lie in each other, line rows ascend, unwinding rules are complete. Never raises for what a file holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ..objwriter.elf.model import Diagnostic
from .cursor import DwarfError
from .query import DebugFile

CODES: Final = {
    "DW00": "something cannot be read", "DW01": "a unit's header is wrong", "DW02": "an abbreviation is wrong",
    "DW03": "a tag, attribute or form does not belong to the version or to each other",
    "DW04": "an entry says it has children but has none, or the tree is not closed", "DW05": "a reference leads to no entry",
    "DW06": "a reference leads to an entry of the wrong kind", "DW07": "a type contains itself",
    "DW08": "a string offset leads outside the strings", "DW09": "address ranges do not fit",
    "DW10": "a list is wrong", "DW11": "an expression is not valid", "DW12": "an entry names a file that is not there",
    "DW13": "line rows are wrong", "DW14": "an entry lacks an attribute that it needs", "DW15": "call frame rules are wrong",
    "DW16": "the index of call frames is wrong", "DW17": ".debug_aranges and the units disagree",
    "DW18": ".debug_names and the entries disagree", "DW19": "macros are wrong", "DW20": "a sibling is not the next entry",
    "DW21": "type units are wrong", "DW22": "functions overlap"}
"""Every code and what it says."""
LIMIT: Final = 1000
"""Findings of one rule that are reported."""

Finding = tuple[str, str, str]
"""Code, sentence, section."""
Rule = Callable[[DebugFile, bool], Iterator[Finding]]


def verify(info: DebugFile, relocatable: bool = False) -> list[Diagnostic]:
    """All findings. `relocatable`: the file is an object, where every section begins at address 0, so ranges of different
    sections may be equal."""
    from .verify_entries import RULES as ENTRIES
    from .verify_tables import RULES as TABLES

    out: list[Diagnostic] = []
    try:
        units = info.units
    except DwarfError as error:
        return [Diagnostic("DW01", str(error), ".debug_info")]
    readable = []
    for unit in units:
        try:
            for _ in unit.walk():
                pass
            readable.append(unit)
        except DwarfError as error:
            out.append(Diagnostic(_unreadable(str(error)), str(error), unit.header.section))
    info.units = readable  # the rules see what can be read
    rules: tuple[Rule, ...] = (*ENTRIES, *TABLES)
    for rule in rules:
        count = 0
        try:
            for code, message, section in rule(info, relocatable):
                out.append(Diagnostic(code, message, section))
                count += 1
                if count >= LIMIT:
                    break
        except DwarfError as error:
            out.append(Diagnostic(getattr(rule, "unreadable", "DW00"), str(error), getattr(rule, "section", "")))
    return out


def _unreadable(sentence: str) -> str:
    """The code for a unit whose entries cannot be read."""
    if "abbreviation" in sentence:
        return "DW02"
    return "DW08" if "outside .debug_str" in sentence or "outside .debug_line_str" in sentence else "DW00"
