"""The hinge between producers and consumers of machine code and data.

Code generation, the assembler, the object reader and the DWARF writer produce *fragments*; the linker, the `.o` writer and
the JIT loader consume them. A final address is just a fixup that can be applied at once, so no producer knows whether a
relocation will be recorded or a number written.

Symbols are named by strings that are unique in a link; local symbols of different objects are made unique by their producer.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from typing import Final, NamedTuple

from ..support.record import dataclass, field


class Reloc(IntEnum):
    """Relocation kinds a fixup can ask for, numbered as in the x86-64 psABI (table 4.9)."""

    NONE = 0
    ABS64 = 1       # R_X86_64_64
    PC32 = 2
    GOT32 = 3
    PLT32 = 4
    COPY = 5
    GLOB_DAT = 6
    JUMP_SLOT = 7
    RELATIVE = 8
    GOTPCREL = 9
    ABS32 = 10      # R_X86_64_32 (zero extended)
    ABS32S = 11     # R_X86_64_32S (sign extended)
    ABS16 = 12      # R_X86_64_16
    PC16 = 13
    ABS8 = 14       # R_X86_64_8
    PC8 = 15
    DTPMOD64 = 16
    DTPOFF64 = 17
    TPOFF64 = 18
    TLSGD = 19
    TLSLD = 20
    DTPOFF32 = 21
    GOTTPOFF = 22
    TPOFF32 = 23
    PC64 = 24
    GOTOFF64 = 25
    GOTPC32 = 26
    GOT64 = 27
    GOTPCREL64 = 28
    GOTPC64 = 29
    GOTPLT64 = 30
    PLTOFF64 = 31
    SIZE32 = 32
    SIZE64 = 33
    GOTPC32_TLSDESC = 34
    TLSDESC_CALL = 35
    TLSDESC = 36
    IRELATIVE = 37
    GOTPCRELX = 41
    REX_GOTPCRELX = 42


_EIGHT: Final = ("ABS64", "GLOB_DAT", "JUMP_SLOT", "RELATIVE", "DTPMOD64", "DTPOFF64", "TPOFF64", "PC64", "GOTOFF64", "GOT64",
                 "GOTPCREL64", "GOTPC64", "GOTPLT64", "PLTOFF64", "SIZE64", "IRELATIVE")
_OTHER: Final = {"NONE": 0, "TLSDESC_CALL": 0, "COPY": 0, "TLSDESC": 16, "ABS16": 2, "PC16": 2, "ABS8": 1, "PC8": 1}
RELOC_SIZE: Final = {kind: 8 if kind.name in _EIGHT else _OTHER.get(kind.name, 4) for kind in Reloc}
"""Bytes a relocation kind patches."""


class Fixup(NamedTuple):
    """`offset` bytes into the fragment, the value S + addend (minus the place for PC kinds) is wanted, S = address of `symbol`.

    A section name with a leading dot (".debug_str") as symbol means the start of that output section.
    """

    offset: int
    kind: int
    symbol: str
    addend: int


class LineMark(NamedTuple):
    """From `offset` on, code belongs to source position `pos` (support.spans; 0 = no source). `flags`: LINE_* bits."""

    offset: int
    pos: int
    flags: int


LINE_STMT: Final = 1
LINE_PROLOGUE_END: Final = 2
LINE_EPILOGUE_BEGIN: Final = 4


class CfiMark(NamedTuple):
    """A call frame instruction that takes effect at `offset` (after the instruction that ends there).

    `op`: "def_cfa" (register, offset), "def_cfa_offset" (offset), "def_cfa_register" (register), "offset" (register,
    CFA-relative bytes), "restore" (register), "undefined" (register), "same_value" (register), "remember", "restore_state".
    "signal" as the first mark of a function says that its caller was interrupted: the return address is that of the
    instruction to go on with, not of one behind a call.
    Registers are DWARF numbers (psABI figure 3.36).
    """

    offset: int
    op: str
    first: int = 0
    second: int = 0


class CallSite(NamedTuple):
    """A place where control may be while a callee or a trap handler runs.

    `offset` is the return address (bytes into the fragment), `pos` the source position, `scope` the debug scope (for inline
    chains), `frame` the bytes from rsp at the call (before the return address is pushed) to the CFA minus 8, that is to the slot
    of the caller's return address; `handler` the offset of the landing pad plus 1, or 0.
    """

    offset: int
    pos: int
    scope: int
    frame: int
    handler: int = 0


class VarRange(NamedTuple):
    """Between `start` and `end` (bytes into the fragment) variable `var` (ir debug variable id) is found at a place.

    `kind`: "reg" (value = DWARF register), "cfa" (in memory at CFA + value bytes), "const" (value is the constant itself, as
    an unsigned 64-bit pattern), "xmm" (value = DWARF register 17..32).
    """

    var: int
    start: int
    end: int
    kind: str
    value: int


class ScopeRange(NamedTuple):
    """Code bytes [start, end) of the fragment that belong to debug scope `scope` (innermost)."""

    scope: int
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Fragment:
    """One contiguous piece of an output section: a function's code, a datum, or a whole debug section.

    `symbol` names its start ('' for none); `labels` name further offsets (local symbols). `size` is at least len(data); the
    rest is zero (bss: data empty). `kind`: "func", "object", "tls", "ifunc" or "none" (symbol type). `binding`: "local", "global"
    or "weak"; `visibility`: "default", "internal", "hidden" or "protected".
    """

    symbol: str
    section: str
    data: bytes
    align: int = 1
    size: int = 0
    fixups: Sequence[Fixup] = ()
    labels: dict[str, int] = field(default_factory=dict)
    kind: str = "none"
    binding: str = "local"
    lines: Sequence[LineMark] = ()
    cfi: Sequence[CfiMark] = ()
    sites: Sequence[CallSite] = ()
    vars: Sequence[VarRange] = ()
    scopes: Sequence[ScopeRange] = ()
    frame_offset: int = 0
    source: str = ""
    visibility: str = "default"

    def __post_init__(self) -> None:
        if self.size < len(self.data):
            self.size = len(self.data)


# Section attributes by name; the longest matching prefix decides. Values: (sh_type name, flags letters as in `readelf -S`).
SECTION_KINDS: Final = {
    ".text": ("PROGBITS", "AX"),
    ".rodata": ("PROGBITS", "A"),
    ".data": ("PROGBITS", "WA"),
    ".bss": ("NOBITS", "WA"),
    ".tdata": ("PROGBITS", "WAT"),
    ".tbss": ("NOBITS", "WAT"),
    ".note": ("NOTE", "A"),
    ".eh_frame": ("PROGBITS", "A"),
    ".eh_frame_hdr": ("PROGBITS", "A"),
    ".init_array": ("INIT_ARRAY", "WA"),
    ".debug": ("PROGBITS", ""),
    ".debug_str": ("PROGBITS", "MS"),
    ".debug_str_offsets": ("PROGBITS", ""),
    ".debug_line_str": ("PROGBITS", "MS"),
    ".debug_gdb_scripts": ("PROGBITS", ""),
    ".comment": ("PROGBITS", "MS"),
    ".boot": ("PROGBITS", "AX"),
}


@cache
def section_kind(name: str) -> tuple[str, str]:
    """(sh_type name, flag letters) of an output section by its name; unknown names are allocated read-only data."""
    best = max((prefix for prefix in SECTION_KINDS if name == prefix or name.startswith(prefix)), key=len, default="")
    return SECTION_KINDS[best] if best else ("PROGBITS", "A")


@dataclass(slots=True, eq=False)
class ObjectModule:
    """What a producer hands over: fragments in placement order, absolute symbols and the names it expects from elsewhere.
    `common`: symbols that get zeroed memory unless a module defines them: name -> (bytes, alignment)."""

    name: str
    fragments: list[Fragment] = field(default_factory=list)
    absolute: dict[str, int] = field(default_factory=dict)
    entry: str = ""
    common: dict[str, tuple[int, int]] = field(default_factory=dict)
