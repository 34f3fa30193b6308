"""The map of a link for programs (JSON) and as a page (a treemap of sections, files and symbols by size, searchable)."""

from __future__ import annotations

import json
import os
from typing import Any

from .mapfile import rows
from .tables import Context

SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR = 1, 2, 4
SHT_NOBITS = 8


def json_map(ctx: Context) -> str:
    """Sections with their parts and symbols; addresses and sizes are numbers, in bytes."""
    sections = [
        {
            "name": place.name, "address": place.address, "load_address": place.load, "offset": place.offset, "size": place.size,
            "align": place.align, "flags": _flags(place.flags), "nobits": place.type == SHT_NOBITS,
            "inputs": [
                {"section": part.name, "file": part.file, "address": part.address, "size": part.size,
                 "symbols": [{"name": name, "address": address, "size": size} for address, size, name in part.symbols]}
                for part in place.parts
            ],
        }
        for place in rows(ctx)
    ]  # fmt: skip
    members = [{"file": file.shown, "wanted_for": file.wanted_by} for file in ctx.files if file.archive]
    return json.dumps({"output": ctx.options.output, "sections": sections, "archive_members": members}, indent=1) + "\n"


def _flags(flags: int) -> str:
    return "".join(letter for bit, letter in ((SHF_ALLOC, "r"), (SHF_WRITE, "w"), (SHF_EXECINSTR, "x")) if flags & bit)


def page(ctx: Context) -> str:
    """The page: one HTML file without anything to load."""
    tree: list[Any] = []
    for place in rows(ctx):
        if not place.size:
            continue
        files: dict[str, list[Any]] = {}
        for part in place.parts:
            if part.size:
                files.setdefault(part.file, []).extend(_leaves(part.name, part.address, part.size, part.symbols))
        tree.append([place.name, place.address, place.size, _flags(place.flags),
                     [[file, leaves[0][1], sum(leaf[2] for leaf in leaves), "", leaves] for file, leaves in files.items()]])
    template = os.path.join(os.path.dirname(__file__), "map_page.html")
    with open(template, encoding="utf-8") as source:
        text = source.read()
    # What closes a script element must not stand in it.
    data = json.dumps(tree, separators=(",", ":")).replace("</", "<\\/")
    title = os.path.basename(ctx.options.output).replace("&", "&amp;").replace("<", "&lt;")
    return text.replace("@TITLE@", title).replace("/*@DATA@*/[]", data)


def _leaves(section: str, address: int, size: int, symbols: list[tuple[int, int, str]]) -> list[Any]:
    """Symbols by size; what none of them covers goes by the section's name."""
    leaves: list[Any] = []
    covered, end = 0, address
    for start, length, name in symbols:
        if length and start >= end:
            leaves.append([name, start, length, section])
            covered += length
            end = start + length
    if size > covered:
        leaves.append([section, address, size - covered, section])
    return leaves
