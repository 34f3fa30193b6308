"""Whether two places of two linked programs mean the same.

A place is judged by what is known of it: the thing a PLT stub or a slot of the GOT leads to, the symbols that enclose it,
or, without any, what lies there: a string, a table of jumps (offsets from itself), words (again by meaning). Cycles count as
equal until something differs.
"""

from __future__ import annotations

import re

from linked_program import EXEC, HEX, IRELATIVE, NOBITS, RELATIVE, TPOFF, Name, Program, Slot

from starklink.asm.encode import decode

WRAP = 1 << 64
REGISTER = {name: full for full in ("rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi") for name in (full, "e" + full[1:])} \
    | {f"r{n}{suffix}": f"r{n}" for n in range(8, 16) for suffix in ("", "d")}
WRITE = 1
WIDTH = {"byte": 1, "word": 2, "dword": 4, "qword": 8, "oword": 16, "yword": 32}
FAR = 1 << 14
"""Bytes of something without a name that are compared."""
FILLER = ("nop", "data16", "xchg ax")


Instruction = tuple[str, tuple[int, ...], int]
"""Text with `@` for numbers that may be addresses, those numbers, the address a branch or rip-relative operand names or -1."""


class Equal:
    """Answers for one pair of programs; what was asked once is remembered."""

    def __init__(self, a: Program, b: Program) -> None:
        self.a, self.b = a, b
        self.known: dict[tuple[int, int], bool] = {}

    # -- places -----------------------------------------------------------------------------------------------------------------

    def place(self, x: int, y: int) -> bool:
        """Do address `x` of A and address `y` of B mean the same?"""
        known = self.known.get((x, y))
        if known is None:
            self.known[x, y] = True
            known = self.known[x, y] = self._place(x, y)
        return known

    def _place(self, x: int, y: int) -> bool:
        a, b = self.a, self.b
        if x in a.stubs or y in b.stubs:
            return self._through_stubs(x, y)
        if self._is_slot(a, x) and self._is_slot(b, y):
            return self.slot(x, y)
        ours, theirs = a.owners(x), b.owners(y)
        if ours & theirs:
            return True
        left, right = a.section_at(x), b.section_at(y)
        if left is None or right is None:
            return left is right and x == y
        if left.type == NOBITS or right.type == NOBITS:
            if a.owners(x, end=True) & b.owners(y, end=True):
                return True
            return left.type == right.type and left.name == right.name and not (ours and theirs)
        if left.flags & EXEC or right.flags & EXEC:
            return left.name == right.name and not (ours and theirs) and self._unnamed_code(x, y)
        return not (ours and theirs) and self._unnamed(x, y)

    def _through_stubs(self, x: int, y: int) -> bool:
        """A stub is what it leads to; the other side may have bound the name directly."""
        a, b = self.a, self.b
        if x in a.stubs and y in b.stubs:
            return self.slot(a.stubs[x], b.stubs[y])
        return self.leads(a, a.stubs[x], b, y) if x in a.stubs else self.leads(b, b.stubs[y], a, x)

    def _is_slot(self, program: Program, place: int) -> bool:
        section = program.section_at(place)
        if section is None or not section.name.startswith((".got", ".igot")):
            return False
        return not any(offset == 0 for _, offset in program.owners(place))

    def slot(self, x: int, y: int) -> bool:
        """Do two places hold the same once the program runs?"""
        ours, theirs = self.a.slots.get(x), self.b.slots.get(y)
        if ours is not None and ours.name and theirs is not None and theirs.name:
            return (ours.name, ours.addend) == (theirs.name, theirs.addend)
        if ours is not None and ours.name:
            return self.names(self.b, self.held(self.b, y, theirs), ours)
        if theirs is not None and theirs.name:
            return self.names(self.a, self.held(self.a, x, ours), theirs)
        return self.value(self.held(self.a, x, ours), self.held(self.b, y, theirs))

    def held(self, program: Program, place: int, slot: Slot | None) -> int:
        """The number in a place without a named relocation (64 bits)."""
        if slot is not None and slot.type in (RELATIVE, IRELATIVE):
            return slot.addend % WRAP
        if slot is not None and slot.type == TPOFF:
            return (slot.addend - program.tls_size) % WRAP
        return int.from_bytes(program.bytes_at(place, program.elf.bits // 8), "little")

    def names(self, program: Program, value: int, slot: Slot) -> bool:
        """Is `value` of a program the place that the other one finds by name when it runs? A weak name nobody defines is 0."""
        owners = program.tls_owners(value - WRAP) if value >= 1 << 63 else program.owners(value)
        return value == 0 or (slot.name, slot.addend) in owners

    def leads(self, one: Program, place: int, other: Program, address: int) -> bool:
        """Does the slot at `place` of one program lead to `address` of the other?"""
        slot = one.slots.get(place)
        if slot is not None and slot.name:
            return self.names(other, address, slot)
        value = self.held(one, place, slot)
        return self.value(value, address) if one is self.a else self.value(address, value)

    def value(self, x: int, y: int) -> bool:
        """Do two numbers of 64 bits mean the same: equal, offsets of one thread-local name, or addresses of the same thing?"""
        if x in self.a.stubs or y in self.b.stubs:
            return self.place(x, y)
        if x >= 1 << 63 and y >= 1 << 63:
            return x == y or bool(self.a.tls_owners(x - WRAP) & self.b.tls_owners(y - WRAP))
        if self.a.section_at(x) is None or self.b.section_at(y) is None:
            return x == y
        if (x < 0x1000 and not self.a.owners(x)) or (y < 0x1000 and not self.b.owners(y)):
            return x == y                       # a small number
        return self.place(x, y)

    def _unnamed(self, x: int, y: int) -> bool:
        """Is the same thing without a name at both? It reaches to the next place where anything begins, in A or in B."""
        size = min(self.a.extent(x), self.b.extent(y), FAR)
        ours, theirs = self.a.bytes_at(x, size), self.b.bytes_at(y, size)
        if ours == theirs or self._words(x, y, size):
            return True
        left, right = ours.split(b"\0")[0], theirs.split(b"\0")[0]
        if _printable(left) and left == right and len(left) < size:
            return True                         # a string, behind which lie others
        if _printable(left) and _printable(right) and len(left) > 2 and len(right) > 2:
            return self._behind_strings(x, y)
        return self._string_end(x, y) or self._jump_table(x, y, size)

    def _words(self, x: int, y: int, size: int) -> bool:
        """Are the words of two tables equal, or addresses of the same things?"""
        width = self.a.elf.bits // 8
        for at in range(0, size, width):
            if self.a.bytes_at(x + at, min(width, size - at)) == self.b.bytes_at(y + at, min(width, size - at)):
                continue
            # A number in the code may look like a place inside the last word, so words are taken whole.
            left, right = (int.from_bytes(one.bytes_at(place + at, width), "little") for one, place in ((self.a, x), (self.b, y)))
            if not self.slot(x + at, y + at) and not self._both_known(left, right):
                return False
        return True

    def _unnamed_code(self, x: int, y: int) -> bool:
        size = min(self.a.extent(x), self.b.extent(y), FAR)
        differ, _ = self.code(Name(x, size, 2, 0, 0, ""), Name(y, size, 2, 0, 0, ""))
        return not differ

    def _behind_strings(self, x: int, y: int) -> bool:
        """The ends of two equal strings of some length, where other strings begin."""
        ours, theirs = self.a.bytes_before(x, 24), self.b.bytes_before(y, 24)
        if len(ours) == 24 and ours == theirs and any(ours):
            return True
        left, right = (one.rstrip(b"\0").rpartition(b"\0")[2] for one in (ours, theirs))
        return left == right and len(left) > 1 and _printable(left)

    def _string_end(self, x: int, y: int) -> bool:
        """The places behind two equal strings or arrays, as loops with an end pointer name them."""
        ours, theirs = self.a.bytes_before(x, 24), self.b.bytes_before(y, 24)
        shared = next((size for size, (one, other) in enumerate(zip(reversed(ours), reversed(theirs))) if one != other),
                      min(len(ours), len(theirs)))
        same = ours[len(ours) - shared:]
        return shared >= 3 and any(same) and (shared >= 6 or all(same[-3:]) or _printable(same.rstrip(b"\0")))

    def _jump_table(self, x: int, y: int, size: int) -> bool:
        """Tables of 4-byte offsets from their own start (what compilers make for `switch` in position-independent code)."""
        for at in range(0, max(size, 16), 4):       # a number in the code may look like a place inside the table
            ours = x + int.from_bytes(self.a.bytes_at(x + at, 4), "little", signed=True)
            theirs = y + int.from_bytes(self.b.bytes_at(y + at, 4), "little", signed=True)
            left, right = self.a.section_at(ours), self.b.section_at(theirs)
            if left is None or right is None or not left.flags & right.flags & EXEC:
                return at >= 8
            if not self.place(ours, theirs):
                return False
        return True

    # -- objects ----------------------------------------------------------------------------------------------------------------

    def data(self, ours: Name, theirs: Name) -> tuple[int, str, str] | None:
        """The first words that differ in two objects of one size: offset in bytes and both for people."""
        if not self.a.bytes_at(ours.address, 1) and not self.b.bytes_at(theirs.address, 1):
            return None
        word = self.a.elf.bits // 8
        for at in range(0, ours.size, word):
            x, y = ours.address + at, theirs.address + at
            size = min(word, ours.size - at)
            if size == word and (x in self.a.slots or y in self.b.slots):
                if not self.slot(x, y):
                    return at, self.a.slot_shown(x), self.b.slot_shown(y)
                continue
            left, right = self.a.bytes_at(x, size), self.b.bytes_at(y, size)
            if left != right and not (size == word and self.slot(x, y)) and not self._relative_words(ours, theirs, at, size):
                return at, left.hex(), right.hex()
        return None

    def _relative_words(self, ours: Name, theirs: Name, at: int, size: int) -> bool:
        """Words of 4 bytes that are offsets from the object's start or from themselves."""
        for part in range(at, at + size, 4):
            x, y = (int.from_bytes(program.bytes_at(name.address + part, 4), "little", signed=True)
                    for program, name in ((self.a, ours), (self.b, theirs)))
            if x != y and not self._both_known(ours.address + x, theirs.address + y) \
                    and not self._both_known(ours.address + part + x, theirs.address + part + y):
                return False
        return True

    def _both_known(self, x: int, y: int) -> bool:
        """Stricter than `place`, for numbers that may be no addresses: both have the same name, or both are code."""
        left, right = self.a.section_at(x), self.b.section_at(y)
        if left is None or right is None:
            return False
        return bool(self.a.owners(x) & self.b.owners(y)) or (bool(left.flags & right.flags & EXEC) and self.place(x, y))

    # -- code -------------------------------------------------------------------------------------------------------------------

    def code(self, ours: Name, theirs: Name) -> tuple[list[str], list[str]]:
        """Lines for the differences of two functions of one size, and lines for accesses that only one linker relaxed."""
        left, right = self.read(self.a, ours), self.read(self.b, theirs)
        differ, relaxed = [], []
        for offset in sorted(set(left) | set(right)):
            x, y = left.get(offset), right.get(offset)
            if x is None or y is None:
                text = (x or y or ("", (), -1))[0]
                if not text.startswith(FILLER):
                    differ.append(f"+{offset:#x}: {text} only in {'A' if x else 'B'}")
                continue
            places = ours.address + offset, theirs.address + offset
            if x[0] == y[0] and all(self._operand(places, ours, theirs, p, q, x) for p, q in zip(x[1], y[1])):
                continue
            line = f"+{offset:#x}: {self.line(self.a, x)} <-> {self.line(self.b, y)}"
            (relaxed if self.relaxed(x, y) else differ).append(line)
        return differ, relaxed

    def _operand(self, places: tuple[int, int], ours: Name, theirs: Name, x: int, y: int, one: Instruction) -> bool:
        if ours.address <= x < ours.address + ours.size and x - ours.address == y - theirs.address:
            return True
        if x == y and one[2] != x:
            return True                         # a constant that happens to be an address
        if x >= 1 << 63 and (x + places[0]) % WRAP == (y + places[1]) % WRAP:
            return True                         # an absolute number less the place of the instruction
        if x >= 1 << 63 and (x + self.a.thread_pointer) % WRAP == (y + self.b.thread_pointer) % WRAP:
            return True                         # a weak thread-local name that nobody defines: 0 less the thread pointer
        return self.value(x, y) or ("[" in one[0] and not one[0].startswith("lea ") and self._reads_the_same(x, y, width(one[0])))

    def _reads_the_same(self, x: int, y: int, size: int) -> bool:
        """Constants without a name, of which `size` bytes are read."""
        left, right = self.a.section_at(x), self.b.section_at(y)
        writable = left is None or right is None or (left.flags | right.flags) & WRITE
        return not writable and self.a.bytes_at(x, size) == self.b.bytes_at(y, size)

    def read(self, program: Program, name: Name) -> dict[int, Instruction]:
        """Instructions by offset: text with `@` for numbers that may be addresses, the numbers, the rip-relative target or -1."""
        made = {}
        for one in decode(program.bytes_at(name.address, name.size), program.elf.bits, name.address):
            numbers: list[int] = []

            def stand_in(match: re.Match[str], numbers: list[int] = numbers) -> str:
                value = int(match[0], 16)
                if value < 0x1000:
                    return match[0]
                numbers.append(value)
                return "@"

            text = HEX.sub(stand_in, one.text).replace("addr32 ", "").replace("rel @", "@")
            made[one.offset] = text, tuple(numbers), one.target
        return made

    def line(self, program: Program, one: Instruction) -> str:
        """An instruction for people."""
        text = one[0]
        for number in one[1]:
            known = program.section_at(number) is not None
            text = text.replace("@", f"\0{program.shown(number) if known else hex(number)}", 1)
        return text.replace("\0", "")

    def relaxed(self, x: Instruction, y: Instruction) -> bool:
        """Is one the other after a relaxation (psABI x86-64, B.2, and 11.2 for thread-local accesses), for the same thing?"""
        left, right = self._access(self.a, x), self._access(self.b, y)
        if left is None or right is None or left[0] != right[0]:
            return False
        for program, mine, other, its in ((self.a, left, self.b, right), (self.b, right, self.a, left)):
            if mine[1] and not its[1]:
                return self.leads(program, mine[2], other, its[2])
        return self.slot(left[2], right[2]) if left[1] else self.value(left[2], right[2])

    def _access(self, program: Program, one: Instruction) -> tuple[str, bool, int] | None:
        """What an instruction does with the thing it accesses: (operation and register, is it through a slot, place)."""
        text, numbers, target = one
        operation, _, operands = text.partition(" ")
        first, _, second = operands.partition(", ")
        if operation in ("call", "jmp"):
            return (operation, "[" in operands, target) if target >= 0 else None
        if first not in REGISTER:
            return None
        register = REGISTER[first]
        if operation == "lea" and numbers and re.fullmatch(r"\[(\w+)\+@\]|\[(\w+)-@\]", second):
            base = REGISTER.get(second[1:].split("+")[0].split("-")[0])
            return (f"add {register}", False, -numbers[-1] % WRAP if "-" in second else numbers[-1]) if base == register else None
        if target >= 0 and "[" in second:
            return f"{'mov' if operation == 'lea' else operation} {register}", operation != "lea", target
        if "[" in second:
            small = re.fullmatch(rf"\[{register}([+-])(0x[0-9a-f]+|\d+)\]", second)
            if operation == "lea" and small:
                return f"add {register}", False, int(small[1] + small[2], 0) % WRAP
            return None
        value = numbers[-1] if numbers else int(second, 0) if re.fullmatch(r"-?(0x[0-9a-f]+|\d+)", second) else None
        return None if value is None else (f"{operation} {register}", False, value % WRAP)


def width(text: str) -> int:
    """Bytes an instruction reads: by its keyword, its mnemonic or its register."""
    before = text.partition("[")[0].split()
    first = before[1].rstrip(",") if len(before) > 1 else ""
    if before[-1] in WIDTH:
        return WIDTH[before[-1]]
    if before[0].endswith("ss") or before[0].endswith("movd") or first.startswith("e") or first.endswith("d"):
        return 4
    return 16 if first.startswith("xmm") and not before[0].endswith(("sd", "movq", "movhps", "movlps", "movhpd", "movlpd")) else 8


def _printable(text: bytes) -> bool:
    return bool(text) and all(32 <= byte < 127 or byte in b"\n\t\r\x1b" for byte in text)
