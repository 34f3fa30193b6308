"""Call frame information from CFI marks: `.eh_frame`, `.debug_frame` and the sorted `.eh_frame_hdr`.

One CIE serves all functions: on entry the CFA is rsp + 8 and the return address lies at CFA - 8. Further ones in `.eh_frame`
serve functions that begin with marks "signal" (augmentation S), "personality" and "lsda" (P and L; `first` is a symbol).
Lengths are padded to 8 bytes, so that every record is aligned and checkers of either section are content.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from ..objwriter.model import Fixup, Fragment, Reloc
from .consts import CFA, EH_PE_DATAREL, EH_PE_PCREL, EH_PE_SDATA4, EH_PE_UDATA4, RETURN_ADDRESS, RSP
from .layouts import CIE, CIE_64, EH_FRAME_HDR, EH_FRAME_HDR_ROW, FDE_DEBUG, FDE_DEBUG_64, FDE_EH
from .leb import sleb, uleb

DATA_ALIGN: Final = -8
_INITIAL: Final = (bytes((CFA["def_cfa"], RSP, 8, CFA["offset"] | RETURN_ADDRESS, 1)))
_ADVANCE: Final = CFA["advance_loc"]


class FrameRow(NamedTuple):
    """One FDE: the function's symbol and size in bytes, the FDE's offset in its section."""

    symbol: str
    size: int
    offset: int


Mark = tuple[int, str, Any, Any]
"""A CfiMark, whose operands may also be bytes (expressions) and symbols."""
_AHEAD: Final = ("signal", "personality", "lsda")
"""Marks that say something about the whole function."""


def encode_mark(op: str, first: Any, second: Any) -> bytes:
    """The DW_CFA instruction of a mark (model.CfiMark). Further ops: "register" (register, register), "val_offset" (register,
    CFA-relative bytes), "expression" and "val_expression" (register, bytes), "def_cfa_expression" (bytes), "args_size" (bytes
    pushed). Raises ValueError for an unknown op or a misaligned slot."""
    if op == "def_cfa_offset":
        return _signed("def_cfa_offset_sf", b"", first) if first < 0 else bytes((CFA["def_cfa_offset"],)) + uleb(first)
    if op == "offset":
        slot, rest = divmod(second, DATA_ALIGN)
        if rest:
            raise ValueError(f"register {first} is saved at CFA{second:+}, not a multiple of 8")
        if slot < 0:
            return bytes((CFA["offset_extended_sf"],)) + uleb(first) + sleb(slot)
        if first < 64:
            return bytes((CFA["offset"] | first,)) + uleb(slot)
        return bytes((CFA["offset_extended"],)) + uleb(first) + uleb(slot)
    if op == "restore":
        return bytes((CFA["restore"] | first,)) if first < 64 else bytes((CFA["restore_extended"],)) + uleb(first)
    if op == "def_cfa":
        if second < 0:
            return _signed("def_cfa_sf", uleb(first), second)
        return bytes((CFA["def_cfa"],)) + uleb(first) + uleb(second)
    if op == "remember":
        return bytes((CFA["remember_state"],))
    if op in ("def_cfa_register", "undefined", "same_value"):
        return bytes((CFA[op],)) + uleb(first)
    if op == "restore_state":
        return bytes((CFA["restore_state"],))
    if op in _AHEAD:  # a matter of the CIE
        return b""
    return _rare_mark(op, first, second)


def _rare_mark(op: str, first: Any, second: Any) -> bytes:
    if op == "register":
        return bytes((CFA["register"],)) + uleb(first) + uleb(second)
    if op == "val_offset":
        slot = second // DATA_ALIGN
        return _signed("val_offset_sf", uleb(first), second) if slot < 0 or second % 8 else (
            bytes((CFA["val_offset"],)) + uleb(first) + uleb(slot))
    if op in ("expression", "val_expression"):
        return bytes((CFA[op],)) + uleb(first) + uleb(len(second)) + bytes(second)
    if op == "def_cfa_expression":
        return bytes((CFA[op],)) + uleb(len(first)) + bytes(first)
    if op == "args_size":
        return bytes((CFA["GNU_args_size"],)) + uleb(first)
    raise ValueError(f"unknown call frame mark {op!r}")


def _signed(op: str, head: bytes, value: int) -> bytes:
    """An instruction with a signed factored offset. Raises ValueError if it is no multiple of the factor."""
    if value % DATA_ALIGN:
        raise ValueError(f"the offset {value} is not a multiple of 8")
    return bytes((CFA[op],)) + head + sleb(value // DATA_ALIGN)


def encode_program(marks: Iterable[Mark], cache: dict[tuple[str, Any, Any], bytes]) -> bytes:
    """The instructions of one function; marks have ascending offsets. `cache` remembers encoded instructions."""
    out = bytearray()
    place = 0
    for offset, op, first, second in marks:
        delta = offset - place
        if delta:
            place = offset
            if delta < 0:
                raise ValueError("call frame marks are not in order")
            if delta < 64:
                out.append(_ADVANCE | delta)
            elif delta < 256:
                out += bytes((CFA["advance_loc1"], delta))
            elif delta < 65536:
                out.append(CFA["advance_loc2"])
                out += delta.to_bytes(2, "little")
            else:
                out.append(CFA["advance_loc4"])
                out += delta.to_bytes(4, "little")
        code = cache.get((op, first, second))
        if code is None:
            code = cache[op, first, second] = encode_mark(op, first, second)
        out += code
    return bytes(out)


def _is_signal(function: Fragment) -> bool:
    return bool(function.cfi) and any(mark.op == "signal" for mark in function.cfi[:3])


def _cie(eh: bool, version: int, signal: bool = False, offset_size: int = 4) -> bytes:
    """The common record, padded to a multiple of 8 bytes. `signal`: for frames whose caller was interrupted."""
    tail = uleb(1) + sleb(DATA_ALIGN) + uleb(RETURN_ADDRESS)
    record = CIE if offset_size == 4 else CIE_64
    if eh:  # augmentation "zR": FDE addresses are 4 bytes relative to their own place
        head, number, cie_id = b"zRS\0" if signal else b"zR\0", 1, 0
        tail += bytes((1, EH_PE_PCREL | EH_PE_SDATA4))
    else:  # since version 4 the address and segment selector sizes stand behind the augmentation
        number, cie_id = (4 if version >= 4 else 3 if version == 3 else 1), (1 << 8 * offset_size) - 1
        head = b"\0" + (b"\x08\0" if number == 4 else b"")
    body = head + tail + _INITIAL
    body += bytes(-(len(body) + record.size) % 8)
    length = record.size - (4 if offset_size == 4 else 12) + len(body)
    return record.pack(*(() if offset_size == 4 else (0xFFFFFFFF,)), length, cie_id, number) + body


def _special(function: Fragment) -> tuple[bool, str, str]:
    """(signal, personality, lsda) of a function."""
    if not function.cfi or function.cfi[0].op not in _AHEAD:
        return False, "", ""
    found: dict[str, Any] = {op: first for _, op, first, _ in function.cfi if op in _AHEAD}
    return "signal" in found, found.get("personality", ""), found.get("lsda", "")


def _handler_cie(data: bytearray, fixups: list[Fixup], signal: bool, personality: str, lsda: bool) -> None:
    """Append a record with the augmentation zPLR as far as it is needed."""
    at = len(data)
    letters = b"z" + (b"P" if personality else b"") + (b"L" if lsda else b"") + b"R" + (b"S" if signal else b"") + b"\0"
    head = letters + uleb(1) + sleb(DATA_ALIGN) + uleb(RETURN_ADDRESS)
    pointer = EH_PE_PCREL | EH_PE_SDATA4
    items = (bytes((pointer, 0, 0, 0, 0)) if personality else b"") + (bytes((pointer,)) if lsda else b"") + bytes((pointer,))
    body = head + uleb(len(items)) + items + _INITIAL
    body += bytes(-(len(body) + CIE.size) % 8)
    if personality:
        fixups.append(Fixup(at + CIE.size + len(head) + 2, Reloc.PC32, personality, 0))
    data += CIE.pack(CIE.size - 4 + len(body), 0, 1) + body


def eh_frame(functions: Iterable[Fragment]) -> tuple[Fragment, list[FrameRow]]:
    """`.eh_frame` of code fragments, with its zero terminator, and where the FDEs lie (for `eh_frame_hdr`)."""
    data = bytearray(_cie(True, 1))
    fixups: list[Fixup] = []
    rows: list[FrameRow] = []
    cache: dict[tuple[str, Any, Any], bytes] = {}
    pack, head = FDE_EH.pack, FDE_EH.size
    cies = {(False, "", False): 0}
    for function in functions:
        signal, personality, lsda = _special(function)
        key = (signal, personality, bool(lsda))
        cie = cies.get(key)
        if cie is None:
            cie = cies[key] = len(data)
            _handler_cie(data, fixups, *key)
        at = len(data)
        program = encode_program(function.cfi, cache) if function.cfi else b""
        if lsda:
            program = bytes(4) + program
            fixups.append(Fixup(at + head, Reloc.PC32, lsda, 0))
        size = head + len(program)
        padding = -size % 8
        fixups.append(Fixup(at + 8, Reloc.PC32, function.symbol, 0))
        rows.append(FrameRow(function.symbol, function.size, at))
        data += pack(size + padding - 4, at + 4 - cie, 0, function.size, 4 if lsda else 0)
        data += program
        if padding:
            data += bytes(padding)
    data += bytes(4)
    fixups.sort()
    return Fragment("", ".eh_frame", bytes(data), 8, fixups=fixups), rows


def debug_frame(functions: Iterable[Fragment], version: int = 5, linked: bool = False, offset_size: int = 4) -> Fragment:
    """`.debug_frame` of code fragments for a DWARF version (3 and older have an older CIE)."""
    data = bytearray(_cie(False, version, offset_size=offset_size))
    fixups: list[Fixup] = []
    cache: dict[tuple[str, Any, Any], bytes] = {}
    record = FDE_DEBUG if offset_size == 4 else FDE_DEBUG_64
    before = 4 if offset_size == 4 else 12
    escape = () if offset_size == 4 else (0xFFFFFFFF,)
    for function in functions:
        if _is_signal(function):  # no standard way to say so here; debuggers then look into .eh_frame
            continue
        at = len(data)
        program = encode_program(function.cfi, cache) if function.cfi else b""
        size = record.size + len(program)
        padding = -size % 8
        if not linked:
            fixups.append(Fixup(at + before, Reloc.ABS32 if offset_size == 4 else Reloc.ABS64, ".debug_frame", 0))
        fixups.append(Fixup(at + before + offset_size, Reloc.ABS64, function.symbol, 0))
        data += record.pack(*escape, size + padding - before, 0, 0, function.size)
        data += program
        if padding:
            data += bytes(padding)
    return Fragment("", ".debug_frame", bytes(data), 8, fixups=fixups)


def eh_frame_hdr(rows: Sequence[FrameRow]) -> Fragment:
    """`.eh_frame_hdr` for an `.eh_frame` at the start of its output section.

    The table must ascend by address. The rows are taken as they are; where the final order is another one, apply
    `sort_eh_frame_hdr` to the finished bytes.
    """
    head = EH_FRAME_HDR.pack(1, EH_PE_PCREL | EH_PE_SDATA4, EH_PE_UDATA4, EH_PE_DATAREL | EH_PE_SDATA4, 0, len(rows))
    fixups = [Fixup(4, Reloc.PC32, ".eh_frame", 0)]
    at = len(head)
    for symbol, _, offset in rows:
        # Relative to the section's start, which is `at` bytes before the place: S + at - P.
        fixups.append(Fixup(at, Reloc.PC32, symbol, at))
        fixups.append(Fixup(at + 4, Reloc.PC32, ".eh_frame", offset + at + 4))
        at += EH_FRAME_HDR_ROW.size
    return Fragment("", ".eh_frame_hdr", head + bytes(len(rows) * EH_FRAME_HDR_ROW.size), 4, fixups=fixups)


def sort_eh_frame_hdr(data: bytes | bytearray | memoryview) -> bytes:
    """The bytes of a finished `.eh_frame_hdr` with its table in ascending order of addresses."""
    head = bytes(data[:EH_FRAME_HDR.size])
    rows = sorted(EH_FRAME_HDR_ROW.iter_unpack(data[EH_FRAME_HDR.size:]))
    return head + b"".join([EH_FRAME_HDR_ROW.pack(*row) for row in rows])
