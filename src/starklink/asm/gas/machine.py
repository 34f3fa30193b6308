"""The three kinds of objects: x86-64, x32 (64-bit code, 32-bit addresses, psABI chapter "ILP32"), i386 (i386 psABI).

What differs is here as columns: file class, relocation types by field and suffix, widths of addresses, the numbers `.cfi_*` and
debug information use.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ...objwriter.elf.consts import EM_386, EM_X86_64, R_386
from ...objwriter.elf.layouts import RECORDS
from ...objwriter.elf.pack import Layout
from ..operands import REGISTERS

GOT_SYMBOL: Final = "_GLOBAL_OFFSET_TABLE_"
_DWARF_64: Final = (0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15)


_NOPS_64: Final = (
    b"", b"\x90", b"\x66\x90", b"\x0f\x1f\x00", b"\x0f\x1f\x40\x00", b"\x0f\x1f\x44\x00\x00", b"\x66\x0f\x1f\x44\x00\x00",
    b"\x0f\x1f\x80\x00\x00\x00\x00", b"\x0f\x1f\x84\x00\x00\x00\x00\x00", b"\x66\x0f\x1f\x84\x00\x00\x00\x00\x00",
    b"\x66\x2e\x0f\x1f\x84\x00\x00\x00\x00\x00", b"\x66\x66\x2e\x0f\x1f\x84\x00\x00\x00\x00\x00",
)  # fmt: skip
_NOPS_32: Final = (  # for processors without long nops: lea esi, [esi+0]
    b"", b"\x90", b"\x66\x90", b"\x8d\x76\x00", b"\x8d\x74\x26\x00", b"", b"\x8d\xb6\x00\x00\x00\x00",
    b"\x8d\xb4\x26\x00\x00\x00\x00",
)  # fmt: skip


class Machine(NamedTuple):
    """`bits`: of the code a source begins in; `width`: 64 or 32, the file's class; `rela`: addends stand in the relocations.

    `absolute`, `relative`: size of a field -> relocation; `branch`: that of a branch that may go through the procedure linkage
    table; `suffixes`: (relocation of a field of four bytes, of eight; 0 = none); `got`: relocation -> what it becomes where it
    names `_GLOBAL_OFFSET_TABLE_`; `tls`: they make their symbol a thread-local one; `by_symbol`: they name their symbol, not its
    section; `distances`: so do these in data and for merged sections. `registers`: DWARF numbers; `cell`: bytes a call pushes,
    `column`: number of the return address, `stack`: of the stack pointer; `nops`: what code is padded with, by length (b"":
    there is none).
    """

    name: str
    bits: int
    width: int
    code: int
    rela: bool
    absolute: dict[int, int]
    relative: dict[int, int]
    branch: int
    signed: int
    suffixes: dict[str, tuple[int, int]]
    got: dict[int, int]
    tls: frozenset[int]
    by_symbol: frozenset[int]
    distances: frozenset[int]
    registers: dict[str, int]
    cell: int
    column: int
    stack: int
    nops: tuple[bytes, ...]

    @property
    def address(self) -> int:
        """Bytes of an address."""
        return self.width // 8

    @property
    def record(self) -> Layout:
        """The layout of a relocation."""
        return RECORDS["rela" if self.rela else "rel", self.width, "<"]

    def kind_of(self, suffix: str, size: int) -> int:
        """The relocation of a suffix for a field of `size` bytes; 0 for none, -1 for an unknown suffix."""
        found = self.suffixes.get(suffix)
        return -1 if found is None else found[0] if size == 4 else found[1] if size == 8 else 0


def _registers(general: int, count: int, xmm: int, x87: int, mmx: int) -> dict[str, int]:
    """Names and DWARF numbers: `general` is the number of the form table's first register of an address's width."""
    found: dict[str, int] = {}
    for register in REGISTERS.values():
        if general <= register.number < general + count:
            found[register.name] = _DWARF_64[register.index] if count == 16 else register.index
        elif register.name.startswith("xmm") and register.index < count:
            found[register.name] = xmm + register.index
        elif register.name.startswith("st") and register.name[2:].isdigit():
            found[f"st({register.index})"] = x87 + register.index
        elif register.name.startswith("mm"):
            found[register.name] = mmx + register.index
    found["st"] = x87
    return found


_SUFFIXES_64: Final = {
    "PLT": (4, 0), "GOTPCREL": (9, 28), "GOTPCREL_NORELAX": (9, 28), "GOTTPOFF": (22, 0), "TPOFF": (23, 18), "DTPOFF": (21, 17),
    "TLSGD": (19, 0), "TLSLD": (20, 0), "TLSDESC": (34, 0), "TLSCALL": (35, 0), "GOT": (3, 27), "GOTOFF": (0, 25),
    "GOTPLT": (0, 30), "PLTOFF": (0, 31), "SIZE": (32, 33), "DTPMOD": (0, 16),
}  # fmt: skip
_ABSOLUTE_64: Final = {8: 1, 4: 10, 2: 12, 1: 14}
_RELATIVE_64: Final = {8: 24, 4: 2, 2: 13, 1: 15}
_GOT_64: Final = {2: 26, 10: 26, 11: 26, 24: 29, 1: 29}
_TLS_64: Final = frozenset((16, 17, 18, 19, 20, 21, 22, 23, 34, 35))
_BY_SYMBOL_64: Final = frozenset((
    3, 4, 9, 16, 17, 18, 19, 20, 21, 22, 23, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 41, 42,
))  # fmt: skip
_NAMES_64: Final = {**_registers(REGISTERS["rax"].number, 16, 17, 33, 41), "rip": 16}

X86_64: Final = Machine(
    "x86-64", 64, 64, EM_X86_64, True, _ABSOLUTE_64, _RELATIVE_64, 4, 11, _SUFFIXES_64, _GOT_64, _TLS_64, _BY_SYMBOL_64,
    frozenset(), _NAMES_64, 8, 16, 7, _NOPS_64,
)  # fmt: skip
X32: Final = X86_64._replace(name="x32", width=32)

_SUFFIXES_32: Final = {
    name: (R_386[kind], 0) for name, kind in (
        ("PLT", "PLT32"), ("GOT", "GOT32"), ("GOTOFF", "GOTOFF"), ("TLSGD", "TLS_GD"), ("TLSLDM", "TLS_LDM"),
        ("DTPOFF", "TLS_LDO_32"), ("NTPOFF", "TLS_LE"), ("TPOFF", "TLS_LE_32"), ("GOTTPOFF", "TLS_IE_32"),
        ("INDNTPOFF", "TLS_IE"), ("GOTNTPOFF", "TLS_GOTIE"), ("TLSDESC", "TLS_GOTDESC"), ("TLSCALL", "TLS_DESC_CALL"),
        ("SIZE", "SIZE32"),
    )
}  # fmt: skip
_TLS_32: Final = frozenset(_SUFFIXES_32[name][0] for name in (
    "TLSGD", "TLSLDM", "DTPOFF", "NTPOFF", "TPOFF", "GOTTPOFF", "INDNTPOFF", "GOTNTPOFF", "TLSDESC", "TLSCALL",
))  # fmt: skip
I386: Final = Machine(
    "i386", 32, 32, EM_386, False, {4: R_386["32"], 2: R_386["16"], 1: R_386["8"]},
    {4: R_386["PC32"], 2: R_386["PC16"], 1: R_386["PC8"]}, R_386["PC32"], R_386["32"], _SUFFIXES_32,
    {R_386["32"]: R_386["GOTPC"], R_386["PC32"]: R_386["GOTPC"]}, _TLS_32,
    _TLS_32 | {R_386[name] for name in ("PLT32", "GOT32", "GOT32X", "SIZE32")}, frozenset((R_386["GOTOFF"],)),
    {**_registers(REGISTERS["eax"].number, 8, 21, 11, 29), "eip": 8}, 4, 8, 4, _NOPS_32,
)  # fmt: skip
MACHINES: Final = {"64": X86_64, "x32": X32, "32": I386}
"""By the options of GNU as: --64, --x32, --32."""
