"""A linked file as `linkdiff` sees it: what its addresses mean, whatever numbers the linker chose.

Tables: sections by address, symbols by name, symbols by address (aliases together), slots (places the dynamic linker fills,
and what with), stubs of the PLT by the slot they jump through. Everything is read once; questions are answered by bisection.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from pathlib import Path
from struct import iter_unpack
from typing import Any, NamedTuple

from starklink.asm.encode import decode
from starklink.objwriter.elf.reader import Elf

ALLOC, EXEC, TLS, NOBITS = 2, 4, 0x400, 8
ABSOLUTE, COPY, RELATIVE, IRELATIVE = 1, 5, 8, 37
TPOFF, DTPMOD, DTPOFF, TLSDESC = 18, 16, 17, 36
HEX = re.compile(r"0x[0-9a-f]+")
STT_SECTION, STT_FILE, STT_TLS = 3, 4, 6
TAGS = {0: "NULL", 1: "NEEDED", 2: "PLTRELSZ", 3: "PLTGOT", 4: "HASH", 5: "STRTAB", 6: "SYMTAB", 7: "RELA", 8: "RELASZ",
        9: "RELAENT", 10: "STRSZ", 11: "SYMENT", 12: "INIT", 13: "FINI", 14: "SONAME", 15: "RPATH", 16: "SYMBOLIC", 20: "PLTREL",
        21: "DEBUG", 22: "TEXTREL", 23: "JMPREL", 24: "BIND_NOW", 25: "INIT_ARRAY", 26: "FINI_ARRAY", 27: "INIT_ARRAYSZ",
        28: "FINI_ARRAYSZ", 29: "RUNPATH", 30: "FLAGS", 32: "PREINIT_ARRAY", 33: "PREINIT_ARRAYSZ", 35: "RELRSZ", 36: "RELR",
        37: "RELRENT", 0x6FFFFEF6: "TLSDESC_PLT", 0x6FFFFEF7: "TLSDESC_GOT",
        0x6FFFFEF5: "GNU_HASH", 0x6FFFFFF0: "VERSYM", 0x6FFFFFF9: "RELACOUNT", 0x6FFFFFFB: "FLAGS_1",
        0x6FFFFFFC: "VERDEF", 0x6FFFFFFD: "VERDEFNUM", 0x6FFFFFFE: "VERNEED", 0x6FFFFFFF: "VERNEEDNUM"}
STRINGS, NUMBERS = (1, 14, 15, 29), (16, 20, 30, 0x6FFFFFFB, 9, 11)


class Name(NamedTuple):
    """A symbol: `place` is the name of its section, or "undefined", "absolute"."""

    address: int
    size: int
    type: int
    binding: int
    visibility: int
    place: str


class Slot(NamedTuple):
    """What the dynamic linker writes into a place: a relocation's type, its symbol ("" = none) and addend."""

    type: int
    name: str
    addend: int


NO_SLOT = Slot(0, "", 0)


class Program:
    """A linked file and names for its addresses."""

    def __init__(self, path: str) -> None:
        self.elf = Elf(Path(path).read_bytes())
        self.sections = [one for one in self.elf.sections if one.name or one.type]
        self.loaded = sorted((one for one in self.sections if one.flags & ALLOC and not (one.flags & TLS and one.type == NOBITS)),
                             key=lambda one: one.address)
        self.starts = [one.address for one in self.loaded]
        self.contents = [b"" if one.type == NOBITS else bytes(self.elf.data(one)) for one in self.loaded]
        self.names: dict[str, list[Name]] = {}
        self.slots: dict[int, Slot] = {}
        self.stubs: dict[int, int] = {}
        at: dict[int, list[tuple[int, str]]] = {}
        tls: dict[int, set[str]] = {}
        self._read_symbols(at, tls)
        self.points = sorted(at)
        self.at = at
        self.widest = max((size for row in at.values() for size, _ in row), default=0)
        self.tls = tls
        block = next((one for one in self.elf.segments if one.type == 7), None)
        self.tls_size = 0 if block is None else -(-block.memory_size // max(block.align, 1)) * max(block.align, 1)
        self.thread_pointer = self.tls_size + (0 if block is None else block.address)
        for section in self.sections:
            if section.type in (4, 9) and section.flags & ALLOC:
                for one in self.elf.relocations(section):
                    self.slots[one.offset] = Slot(one.type, one.name.split("@")[0] if one.symbol else "", one.addend)
        self._read_stubs()

    def _read_symbols(self, at: dict[int, list[tuple[int, str]]], tls: dict[int, set[str]]) -> None:
        table = self.elf.section(".symtab") or self.elf.section(".dynsym")
        for one in self.elf.symbols(table) if table is not None else ():
            where = one.section
            place = where.name if hasattr(where, "name") else {0: "undefined", 0xFFF1: "absolute"}.get(where, str(where))
            if not one.name or one.type in (STT_SECTION, STT_FILE):
                continue
            name = one.name.split("@")[0]
            self.names.setdefault(name, []).append(
                Name(one.value, one.size, one.type, one.binding, getattr(one, "visibility", 0), place))
            if place in ("undefined", "absolute"):
                continue
            if one.type == STT_TLS:
                tls.setdefault(one.value, set()).add(name)
            else:
                at.setdefault(one.value, []).append((one.size, name))

    def _read_stubs(self) -> None:
        """PLT entries (from `endbr64` on) and the slot each jumps through."""
        for section, content in zip(self.loaded, self.contents):
            if not section.name.startswith((".plt", ".iplt")):
                continue
            begin = -1
            for one in decode(content, 64, section.address):
                if begin < 0 or one.text.startswith("endbr"):
                    begin = one.offset
                if one.text.startswith(("jmp [", "jmp qword", "bnd jmp")) and one.target >= 0:
                    if one.target in self.slots or self.section_at(one.target) is not None:
                        self.stubs[section.address + begin] = one.target
                    begin = -1
                elif not one.text.startswith("endbr"):
                    begin = -1

    def section_at(self, address: int) -> Any:
        """The loaded section an address lies in (its end counts when nothing else starts there), or None."""
        at = bisect_right(self.starts, address) - 1
        if at < 0:
            return None
        section = self.loaded[at]
        return section if section.address <= address <= section.address + section.size else None

    def bytes_at(self, address: int, size: int) -> bytes:
        """Up to `size` bytes that the file holds for an address."""
        at = bisect_right(self.starts, address) - 1
        if at < 0:
            return b""
        offset = address - self.starts[at]
        return self.contents[at][offset:offset + size]

    def bytes_before(self, address: int, size: int) -> bytes:
        """Up to `size` bytes in front of an address, of its section."""
        at = bisect_right(self.starts, address) - 1
        if at < 0:
            return b""
        offset = address - self.starts[at]
        return self.contents[at][max(0, offset - size):offset]

    @cached_property
    def edges(self) -> list[int]:
        """Addresses where something begins or ends, sorted: sections, symbols, and all that code, relocations and words name."""
        found = {edge for one in self.loaded for edge in (one.address, one.address + one.size)}
        found.update(edge for start, row in self.at.items() for size, _ in row for edge in (start, start + size))
        found.update(slot.addend for slot in self.slots.values() if not slot.name)
        bits = self.elf.bits
        for section, content in zip(self.loaded, self.contents):
            if section.flags & EXEC:
                for one in decode(content, bits, section.address):
                    found.update(int(number, 16) for number in HEX.findall(one.text))
                    found.add(one.target)
            else:
                found.update(memoryview(content[:len(content) // 8 * 8]).cast("Q" if bits == 64 else "I"))
        low, high = self.starts[0], self.loaded[-1].address + self.loaded[-1].size
        return sorted(one for one in found if low <= one <= high)

    def extent(self, address: int) -> int:
        """Bytes from an address to the next one at which anything is known to begin or end."""
        at = bisect_right(self.edges, address)
        return self.edges[at] - address if at < len(self.edges) else 0

    def owners(self, address: int, end: bool = False) -> set[tuple[str, int]]:
        """Symbols an address belongs to (with `end`: or ends), each with the offset from its start in bytes."""
        found: set[tuple[str, int]] = set()
        at = bisect_right(self.points, address) - 1
        while at >= 0 and address - self.points[at] <= self.widest and len(found) < 64:
            start = self.points[at]
            for size, name in self.at[start]:
                if start == address or address - start < size + end:
                    found.add((name, address - start))
            if found and start != address and address - start > 1 << 16:
                break
            at -= 1
        return found

    def copied(self, name: str) -> bool:
        """Is an object of that name copied from a shared object when the program starts?"""
        return any(self.slots.get(one.address, NO_SLOT).type == COPY for one in self.names.get(name, ()))

    def names_version(self, name: str) -> bool:
        """Is a symbol only the name of a version?"""
        return all(one.place == "absolute" and not one.address for one in self.names.get(name, ()))

    def tls_owners(self, offset: int) -> set[tuple[str, int]]:
        """Thread-local symbols at an offset from the thread pointer (a negative number of bytes)."""
        place = offset + self.tls_size
        best = max((value for value in self.tls if value <= place), default=None)
        return set() if best is None or place - best > 1 << 12 else {(name, place - best) for name in self.tls[best]}

    def shown(self, address: int, follow: int = 4) -> str:
        """A name for an address, for people; through at most `follow` pointers."""
        if follow and address in self.stubs:
            return f"stub of {self.slot_shown(self.stubs[address], follow - 1)}"
        if follow and address in self.slots:
            return f"&{self.slot_shown(address, follow - 1)}"
        owners = self.owners(address)
        if owners:
            name, offset = min(owners, key=lambda one: (one[1], one[0]))
            return f"{name}+{offset:#x}" if offset else name
        section = self.section_at(address)
        if section is None:
            return hex(address)
        if follow and section.name.startswith(".got"):
            return f"&{self.slot_shown(address, follow - 1)}"
        data = self.bytes_at(address, 24)
        string = data.split(b"\0")[0]
        text = repr(string.decode()) if string and string.isascii() and not section.flags & EXEC else data[:8].hex()
        return f"{section.name}:{text}"

    def slot_shown(self, place: int, follow: int = 3) -> str:
        """What a place holds when the program runs, for people."""
        slot = self.slots.get(place)
        if slot is None:
            return self.shown(int.from_bytes(self.bytes_at(place, 8), "little"), follow)
        if not slot.name:
            return self.shown(slot.addend, follow) if slot.type in (RELATIVE, IRELATIVE) else hex(slot.addend)
        return f"{slot.name}{slot.addend:+#x}" if slot.addend else slot.name

    def dynamic(self) -> list[tuple[str, str]]:
        """Entries of the dynamic section: tag and, where it is no address, the value."""
        section, strings = self.elf.section(".dynamic"), self.elf.section(".dynstr")
        if section is None or strings is None or section.type == NOBITS:
            return []
        table = bytes(self.elf.data(strings))
        made = []
        for tag, value in iter_unpack("<qQ", bytes(self.elf.data(section))[:section.size // 16 * 16]):
            name = TAGS.get(tag, hex(tag))
            string = table[value:table.index(b"\0", value)].decode() if tag in STRINGS else ""
            made.append((name, hex(value) if tag in NUMBERS else string))
            if not tag:
                break
        return made
