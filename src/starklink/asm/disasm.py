"""Machine code as text, with the names and source lines that are known.

0000000000401180 <_start>:
  401180  31 ed           xor ebp, ebp
  401182  e8 00 00 00 00  call 0x401187       ; __start-0x4 (PLT32)
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Final

from ..objwriter.model import RELOC_SIZE, Fixup, Fragment, Reloc
from .encode import decode

_BYTES_SHOWN: Final = 10
"""Longer instructions go on in a second line."""


def disassemble(
    code: Fragment | bytes,
    address: int = 0,
    symbols: Mapping[str, int] | None = None,
    *,
    bits: int = 64,
    syntax: str = "nasm",
    source: Mapping[int, str] | None = None,
) -> list[str]:
    """Lines of a listing of `code` placed at `address`.

    `symbols` gives names their addresses; branch targets and rip-relative operands show them, and a name inside the code gets
    a heading. `source` maps offsets into the code to source lines, printed above the instruction there. Fixups of a fragment
    are shown as comments. Bytes that are no instruction appear as `db`. `syntax` is "nasm", "intel", "gas" or "masm".
    """
    fixups: Sequence[Fixup] = ()
    heads: dict[int, list[str]] = {}
    names = dict(symbols or {})
    if isinstance(code, Fragment):
        fixups = sorted(code.fixups)
        if code.symbol:
            names.setdefault(code.symbol, address)
        for label, offset in code.labels.items():
            names.setdefault(label, address + offset)
        code = code.data
    for name, place in names.items():
        if address <= place < address + len(code):
            heads.setdefault(place - address, []).append(name)
    known = sorted((place, name) for name, place in names.items())
    places = [place for place, _ in known]
    out: list[str] = []
    fixup = 0
    for one in decode(code, bits, address, syntax):
        offset, end = one.offset, one.offset + one.length
        for name in heads.get(offset, ()):
            out.append(f"{address + offset:016x} <{name}>:")
        if source and offset in source:
            out.append(f"; {source[offset]}")
        notes: list[str] = []
        while fixup < len(fixups) and fixups[fixup].offset < end:
            notes.append(_fixup_text(fixups[fixup]))
            fixup += 1
        if one.target >= 0 and not notes:
            shown = _symbol_text(one.target, known, places)
            if shown:
                notes.append(shown)
        data = code[offset:end]
        text = one.text if one.valid else "db " + ", ".join([f"0x{byte:02x}" for byte in data])
        line = f"  {address + offset:x}  {data[:_BYTES_SHOWN].hex(' '):<{_BYTES_SHOWN * 3 - 1}}  {text}"
        out.append(f"{line:<76} ; {', '.join(notes)}" if notes else line)
        for start in range(_BYTES_SHOWN, len(data), _BYTES_SHOWN):
            out.append(f"  {address + offset + start:x}  {data[start : start + _BYTES_SHOWN].hex(' ')}")
    return out


def _fixup_text(fixup: Fixup) -> str:
    """`puts-0x4 (PLT32)`: what will be filled in."""
    name = Reloc(fixup.kind).name if fixup.kind in RELOC_SIZE else str(fixup.kind)
    addend = f"{'-' if fixup.addend < 0 else '+'}{abs(fixup.addend):#x}" if fixup.addend else ""
    return f"{fixup.symbol}{addend} ({name})"


def _symbol_text(place: int, known: list[tuple[int, str]], places: list[int]) -> str:
    """`name` or `name+0x8` for an address, '' before the first symbol."""
    at = bisect_right(places, place) - 1
    if at < 0:
        return ""
    start, name = known[at]
    return name if start == place else f"{name}+{place - start:#x}"
