"""What differs between the machines of a link: the width of addresses, and the form of tables.

Everything between reading and writing works with the numbers of x86-64: dynamic relocations are collected under their kinds
there, and `kinds` says what the file calls them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from . import relocs as r

if TYPE_CHECKING:
    from collections.abc import Mapping

SHT_RELA, SHT_REL = 4, 9


class Machine(NamedTuple):
    """A machine. `word`: bytes of an address; `row`, `symbol`: bytes of a dynamic relocation and of a symbol."""

    bits: int
    number: int
    """e_machine."""
    word: int
    table: str
    """What the names of relocation sections begin with."""
    type: int
    row: int
    symbol: int
    kinds: Mapping[int, int]
    """Dynamic relocations: kind of x86-64 -> kind here; {}: the same."""

    @property
    def in_place(self) -> bool:
        """Whether addends lie in the relocated places (REL)."""
        return self.type == SHT_REL

    @property
    def mask(self) -> int:
        """Greatest address."""
        return (1 << self.bits) - 1


MACHINES: Final = {
    "x86_64": Machine(64, 62, 8, ".rela", SHT_RELA, 24, 24, {}),
    "i386": Machine(32, 3, 4, ".rel", SHT_REL, 8, 16, {
        r.R_NONE: 0, r.R_64: 1, r.R_COPY: 5, r.R_GLOB_DAT: 6, r.R_JUMP_SLOT: 7, r.R_RELATIVE: 8, r.R_TPOFF64: 14,
        r.R_DTPMOD64: 35, r.R_DTPOFF64: 36, r.R_TLSDESC: 41, r.R_IRELATIVE: 42}),
}  # fmt: skip
