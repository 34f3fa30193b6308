"""Instructions: prefixes, choice of the form for operands with symbols, branches, and instructions whose size may change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ..encode import EncodeError
from ..forms import F_A16, F_A32, exists
from ..operands import REGISTERS, AsmError, Control, Debug, Mem, Reg, Reg64, Segment
from ..operands import far as far_pointer
from ..places import Place
from ..select import R_ADDR16, R_ADDR32, R_EVEX, R_VEX, Encoding, Template, assemble
from .errors import NasmError
from .operands import (
    DECORATOR,
    IMMEDIATE,
    LONG_AS_DWORD,
    MEMORY,
    REGISTER,
    RELOCATABLE,
    SHORT,
    UNKNOWN,
    Imm,
    Operand,
    classes_for,
    immediate_classes,
    memory_operand,
    register_operand,
)
from .program import Item, Section
from .spellings import ALIASES, FIXED, HINTS, OBSOLETE, hinted, is_narrow
from .spellings import settled as settled_spelling
from .values import Settled, Sum, Value, settle

if TYPE_CHECKING:
    from .assembler import Assembler

XACQUIRE: Final = 0x1F2
XRELEASE: Final = 0x1F3
"""The bytes of REPNE and REP, told from those: they are checked."""
# Prefix word -> (place in the order NASM writes prefixes, what it is).
PREFIXES: Final[dict[str, tuple[int, Any]]] = {
    "wait": (0, 0x9B), "fwait": (0, 0x9B),
    "rep": (1, 0xF3), "repe": (1, 0xF3), "repz": (1, 0xF3), "repne": (1, 0xF2), "repnz": (1, 0xF2),
    "xacquire": (1, XACQUIRE), "xrelease": (1, XRELEASE), "bnd": (1, 0xF2), "nobnd": (1, 0),
    "lock": (2, 0xF0),
    "es": (3, 0x26), "cs": (3, 0x2E), "ss": (3, 0x36), "ds": (3, 0x3E), "fs": (3, 0x64), "gs": (3, 0x65),
    "o16": (4, 16), "o32": (4, 32), "o64": (4, 64), "osp": (4, 1),
    "a16": (5, 16), "a32": (5, 32), "a64": (5, 64), "asp": (5, 1),
}  # fmt: skip
BRACED: Final = {"vex": R_VEX, "vex2": R_VEX, "vex3": R_VEX | 1 << 18, "evex": R_EVEX}
_SEGMENT_BYTE: Final = {"es": 0x26, "cs": 0x2E, "ss": 0x36, "ds": 0x3E, "fs": 0x64, "gs": 0x65}
_CONDITIONS: Final = (
    "o", "no", "b c nae", "ae nb nc", "e z", "ne nz", "be na", "a nbe", "s", "ns", "p pe", "np po", "l nge", "ge nl", "le ng",
    "g nle",
)  # fmt: skip
# mnemonic -> (opcode of the short form or -1, opcode bytes of the long form or b"")
BRANCHES: Final[dict[str, tuple[int, bytes]]] = {
    "jmp": (0xEB, b"\xe9"), "call": (-1, b"\xe8"), "xbegin": (-1, b"\xc7\xf8"), "loopne": (0xE0, b""), "loopnz": (0xE0, b""),
    "loope": (0xE1, b""), "loopz": (0xE1, b""), "loop": (0xE2, b""), "jcxz": (0xE3, b""), "jecxz": (0xE3, b""),
    "jrcxz": (0xE3, b""), "jmpe": (-1, b"\x0f\xb8"),
}  # fmt: skip
for _number, _names in enumerate(_CONDITIONS):
    for _name in _names.split():
        BRANCHES["j" + _name] = (0x70 + _number, bytes((0x0F, 0x80 + _number)))
_IMPLICIT_ADDRESS: Final = frozenset((
    "movsb", "movsw", "movsd", "movsq", "cmpsb", "cmpsw", "cmpsd", "cmpsq", "stosb", "stosw", "stosd", "stosq", "lodsb", "lodsw",
    "lodsd", "lodsq", "scasb", "scasw", "scasd", "scasq", "insb", "insw", "insd", "outsb", "outsw", "outsd", "xlatb", "xlat",
    "maskmovq", "maskmovdqu", "vmaskmovdqu", "monitor", "monitorx", "mwait",
))  # fmt: skip
_LOCKABLE: Final = frozenset((
    "add", "adc", "and", "btc", "btr", "bts", "cmpxchg", "cmpxchg8b", "cmpxchg16b", "dec", "inc", "neg", "not", "or", "sbb",
    "sub", "xor", "xadd", "xchg",
))  # fmt: skip
_SIZE_OF_MODE: Final = ("call", "jmp", "push", "pop")
_SHIFTS: Final = frozenset(("shl", "sal", "shr", "sar", "rol", "ror", "rcl", "rcr"))


class Prefix(NamedTuple):
    """The prefixes of a statement: byte (or size) by place in NASM's order, and encoding wishes of {vex} and the like."""

    rep: int = 0
    lock: int = 0
    segment: int = 0
    operand: int = 0
    address: int = 0
    wait: int = 0
    request: int = 0


NONE: Final = Prefix()
_FIELDS: Final = ("wait", "rep", "lock", "segment", "operand", "address")


def add_prefix(prefix: Prefix, word: str, assembler: Assembler) -> Prefix:
    """The prefixes with one more. Raises NasmError for a conflict."""
    place, what = PREFIXES[word]
    name = _FIELDS[place]
    if name in ("operand", "address") and what == 1:
        what = 32 if assembler.bits == 16 else 16 if name == "operand" or assembler.bits == 32 else 32
    now = getattr(prefix, name)
    if now and now != what:
        raise NasmError("instruction has conflicting prefixes", word)
    if now:
        assembler.warn("other", "instruction has redundant prefixes")
    return prefix._replace(**{name: what})


class Made(NamedTuple):
    """Bytes of an instruction and the fields to fill: (offset, size, value, relative, check)."""

    data: bytes
    fields: tuple[tuple[int, int, Value, bool, str], ...]


class Instruction:
    """A parsed statement: what stays the same when symbols get other values."""

    __slots__ = ("bits", "dynamic", "fixed", "given", "level", "name", "old", "operands", "prefix", "relative", "template")

    def __init__(self, name: str, operands: list[Operand], prefix: Prefix, assembler: Assembler) -> None:
        if name in ALIASES and ALIASES[name][1] and not prefix.operand:
            prefix = prefix._replace(operand=ALIASES[name][1])
        self.old = name == "cmpxchg486"
        self.fixed = name if not operands and name in FIXED else ""
        if name == "pop" and operands and operands[0].reg is REGISTERS["cs"]:
            self.fixed = "pop cs"
        if self.fixed in OBSOLETE or (name in OBSOLETE and (name != "ud0" or not operands)):
            assembler.warn("obsolete-removed", "instruction obsolete and removed from the target CPU")
        if name in ("vpextrb", "vpextrw") and operands and is_narrow(name, operands[0]):
            prefix = prefix._replace(request=prefix.request | R_EVEX)  # NASM's table has those registers there only
        name, operands = settled_spelling(name, operands, assembler.bits)
        self.name = name
        self.operands = operands
        self.prefix = prefix
        self.bits = assembler.bits
        self.relative = assembler.relative
        # what the encoder got and said last, if it was the statement's own operands
        self.given: list[Any] = []
        self.template: Template | None = None
        self.level = assembler.options.level
        self.dynamic = [one for one in operands if one.kind in (IMMEDIATE, MEMORY) and type(one.value) is Sum]

    def state(self, assembler: Assembler) -> tuple[object, ...]:
        """What the encoding depends on, for the present addresses: one entry per symbolic operand: None (not known), "R"
        (relocatable) or a number."""
        out: list[object] = []
        for operand in self.dynamic:
            found = settle(operand.value, assembler.space)
            if not found.known:
                out.append(None)
            elif found.segments or operand.value.wrt:  # type: ignore[union-attr]
                out.append("R")
            else:
                out.append(found.number)
        return tuple(out)

    def encode(self, assembler: Assembler, state: tuple[object, ...]) -> Made:
        """The bytes for a state. Raises NasmError."""
        if self.fixed:
            return self._finish(Encoding(FIXED[self.fixed], ()), assembler)
        known = {id(operand): one for operand, one in zip(self.dynamic, state)}
        operands: list[Any] = []
        memory_at = -1
        size = 0
        for index, operand in enumerate(self.operands):
            kind = operand.kind
            if kind == REGISTER:
                operands.append(register_operand(operand))
            elif kind == MEMORY:
                memory_at = index
                operands.append(None)
            elif kind == DECORATOR:
                operands.append(operand.reg)
            else:
                operands.append(self._immediate(operand, known))
                size = size or operand.size
        if memory_at >= 0:
            operand = self.operands[memory_at]
            if not operand.size and size and len(operands) == 2 and memory_at == 0 and self.name not in _SHIFTS:
                operands[memory_at] = self._memory(operand, assembler, known, size)
            else:
                operands[memory_at] = self._memory(operand, assembler, known, operand.size)
        name = self.name
        if self.operands and self.operands[0].far and memory_at == 0:
            name, operands = self._far(operands)
        hint = HINTS.get(name, -1)
        self.given, self.template = operands, None
        if hint >= 0 and not operands:
            raise NasmError(f"{name} takes a register or a memory operand", name)
        try:
            made = own = self._assemble(name if hint < 0 else "nop", operands)
            if hint >= 0:
                made = made._replace(data=hinted(made.data, hint))
            elif self.level < 2 and self.bits != 16 and name == "mov" and made.data[0] == 0x8E:
                if getattr(operands[1], "bits", 0) == 16 and not isinstance(operands[1], Mem):
                    made = made._replace(data=b"\x66" + made.data)
            elif self.old:
                made = made._replace(data=made.data.replace(b"\x0f\xb0", b"\x0f\xa6").replace(b"\x0f\xb1", b"\x0f\xa7"))
        except (AsmError, EncodeError) as error:
            culprit = _CULPRIT.search(str(error))
            raise NasmError(str(error), culprit.group(1) if culprit is not None else self.name) from None
        done = self._finish(made, assembler)
        if not done.data.endswith(own.data):
            self.template = None
        return done

    def _assemble(self, name: str, operands: list[Any]) -> Encoding:
        request = self.prefix.request
        if self.prefix.address and name in _IMPLICIT_ADDRESS and self.prefix.address != self.bits:
            request |= R_ADDR16 if self.prefix.address == 16 else R_ADDR32 if self.prefix.address == 32 else 0
        if name == "vextractps" and not request & R_VEX and isinstance(operands[0], Reg64):
            request |= R_EVEX  # NASM's table has that form first
        try:
            made = assemble(name, self.bits, operands, request & ~(1 << 18))
            self.template = made.template
            return made
        except AsmError as error:
            other = self._other(name, operands, request)
            if other is None:
                raise error
            return other

    def _other(self, name: str, operands: list[Any], request: int) -> Encoding | None:
        """Statements NASM takes beyond the form table: a size left open that has a natural meaning, the first source left out."""
        request &= ~(1 << 18)
        given = [operands]
        if name[0] == "v" and 1 <= len(operands) <= 4 and isinstance(operands[0], Reg):
            given.insert(0, [operands[0], *operands])
        for trial in given:
            if trial is not operands:
                try:
                    return assemble(name, self.bits, trial, request)
                except AsmError:
                    pass
            for index, operand in enumerate(trial):
                if not isinstance(operand, Mem) or operand.bits:
                    continue
                sizes = (32, 64, 16) if operand.count else (self.bits,) if name in _SIZE_OF_MODE else ()
                for bits in sizes:
                    sized = list(trial)
                    sized[index] = Mem(bits, operand.base, operand.index, operand.scale, operand.disp, operand.target, None,
                                       operand.count, operand.width, operand.opmask, True)  # fmt: skip
                    try:
                        return assemble(name, self.bits, sized, request)
                    except AsmError:
                        continue
        return None

    def _far(self, operands: list[Any]) -> tuple[str, list[Any]]:
        memory: Mem = operands[0]
        size = memory.bits or self.bits
        bits = {16: 32, 32: 48, 64: 80}.get(size, 48)
        wide = Mem(
            bits, memory.base, memory.index, memory.scale, memory.disp, memory.target, None, 0, memory.width, 0, True
        )
        return self.name + "_far", [wide]

    def _immediate(self, operand: Operand, known: dict[int, object]) -> Imm:
        value = operand.value
        if type(value) is int:
            classes = immediate_classes(value)
        else:
            state = known[id(operand)]
            if state is None:
                classes, value = UNKNOWN, 1
            elif state == "R":
                return Imm(value, _relocatable_classes(operand, self.name))
            else:
                assert isinstance(state, int)
                classes, value = immediate_classes(state), state
        if self.level < 2:
            if self.level == 0 and operand.size != 8:
                classes &= ~SHORT
            if self.name == "mov" and not operand.size and self.operands[0].kind == REGISTER:
                classes &= ~LONG_AS_DWORD
        return Imm(value, classes_for(operand, classes, self.name))

    def _memory(self, operand: Operand, assembler: Assembler, known: dict[int, object], size: int) -> Mem:
        """The encoder's memory operand."""
        value = operand.value
        state: object = value if type(value) is int else known[id(operand)]
        bits = self.bits
        width = operand.displacement
        no_register = operand.base is None and operand.index is None
        relative = False
        if bits == 64 and no_register:
            relative = (
                operand.relative
                if operand.relative is not None
                else self.relative and operand.segment not in ("fs", "gs")
            )
            if relative and state is not None and state != "R":
                relative = False
                assembler.warn_encoding("ea-absolute", "absolute address can not be RIP-relative")
                if width == 64:
                    assembler.warn_encoding("ea-dispsize", _IGNORED)
            elif width == 64 and (
                relative or self.name != "mov" or not any(_is_accumulator(one.reg) for one in self.operands)
            ):
                assembler.warn_encoding("ea-dispsize", _IGNORED)
            if width != 64 or self.name != "mov" or relative:
                width = 0 if width == 64 else width
        elif operand.relative and bits == 64:
            assembler.warn_encoding("other", "indirect address displacements cannot be RIP-relative")
        if width == 8 and no_register:
            assembler.warn_encoding("ea-dispsize", _IGNORED)
        if operand.zeroing:
            raise NasmError("{z} is not possible for memory that is written", "z")
        if self.prefix.address and not no_register:
            for register in (operand.base, operand.index):
                if register is not None and register.bits <= 64 and register.bits != self.prefix.address:
                    raise NasmError("impossible combination of address sizes", register.name)
        if self.prefix.address and no_register and self.prefix.address != bits and bits != 64:
            width = self.prefix.address
        if state is None or state == "R":
            assert type(value) is Sum
            if bits == 64 and width in (8, 16):
                width = 0
            return memory_operand(operand, bits, size, 0, value, width if width != 32 or bits != 64 else 0, relative)
        assert isinstance(state, int)
        number = state
        if width == 8 and not no_register:
            if not -256 <= number <= 255:
                assembler.warn_encoding("number-overflow", "byte data exceeds bounds")
            number = (number & 0xFF ^ 0x80) - 0x80
        elif bits == 64 and width != 64:
            number = self._cut(operand, number, assembler)
        elif bits != 64:
            number = self._wrapped(operand, number, width if width > 8 else bits, assembler)
        return memory_operand(operand, bits, size, number, None, width, False)

    @staticmethod
    def _wrapped(operand: Operand, number: int, width: int, assembler: Assembler) -> int:
        """A displacement of 16- or 32-bit code as the bits that are there."""
        register = operand.base or operand.index
        wide = (register.bits if register is not None and register.bits <= 64 else width) != 16
        limit = 1 << 32 if wide else 1 << 16
        if not -limit <= number < limit:
            assembler.warn_encoding("number-overflow", f"{'dword' if wide else 'word'} data exceeds bounds")
        if register is None:
            return number & limit - 1
        return (number & limit - 1 ^ limit >> 1) - (limit >> 1)

    def _cut(self, operand: Operand, number: int, assembler: Assembler) -> int:
        """A displacement of 64-bit code as the 32 bits that are there."""
        if -0x8000_0000 <= number <= 0x7FFF_FFFF:
            return number
        base = operand.base or operand.index
        narrow = base is not None and base.bits == 32
        if not narrow:
            assembler.warn_encoding("number-overflow", "dword data exceeds bounds")
        return (number & 0xFFFF_FFFF ^ 0x8000_0000) - 0x8000_0000

    def _finish(self, made: Encoding, assembler: Assembler) -> Made:
        """Put prefixes in front and describe the fields."""
        narrow = self.prefix.address == 32 and self.bits == 64
        if narrow and self.name == "mov":
            made = _short_address(made)
        elif self.name in _WIDE and self.bits == 64 and isinstance(self.operands[0].reg, Reg64):
            made = _wide(made, self.name)
        data = made.data
        front = self._front(data, assembler)
        fields: list[tuple[int, int, Value, bool, str]] = []
        if front[0] or front[1] is not data:
            head, data = front
            if data[0] == 0x9B and len(data) > 1:  # the waiting form: its WAIT comes before all prefixes
                head, data = b"\x9b" + head, data[1:]
            shift = len(head) + len(data) - len(made.data)
            data = head + data
        else:
            shift = 0
        if self.prefix.request & 1 << 18:
            longer = _three_byte_vex(data)
            shift += len(longer) - len(data)
            data = longer
        for offset, size, target, addend, relative, signed in made.patches:
            value: Any = target
            check = "signed" if signed and size == 4 and self.bits == 64 and not narrow else ""
            if addend:
                from .values import add

                value = add(value, addend)
            fields.append((offset + shift, size, value, relative, check))
        return Made(data, tuple(fields))

    def _check_size(self, assembler: Assembler) -> None:
        """Warn about an operand size prefix that says something else than the operands."""
        for operand in self.operands:
            bits = operand.reg.bits if operand.kind == REGISTER and isinstance(operand.reg, Reg) else 0
            if self.name == "push" and operand.kind == IMMEDIATE and not operand.size:
                bits = self.bits
            if bits in (16, 32) and bits != self.prefix.operand:
                assembler.warn_encoding("prefix-opsize", f"invalid operand size prefix, must be o{bits}")
                return

    def _check_elision(self, assembler: Assembler) -> None:
        """Warn where XACQUIRE and XRELEASE mean nothing (nasm's table says in which forms they do)."""
        word = "xacquire" if self.prefix.rep == XACQUIRE else "xrelease"
        memory = bool(self.operands) and self.operands[0].kind == MEMORY
        if memory and (self.name == "xchg" or (self.name == "mov" and word == "xrelease" and self._is_plain_store())):
            return
        if not memory or self.name not in _LOCKABLE:
            assembler.warn_encoding("prefix-hle", f"{word} invalid with this instruction")
        elif not self.prefix.lock:
            assembler.warn_encoding("prefix-hle", f"{word} with this instruction requires lock")

    def _is_plain_store(self) -> bool:
        """Whether a move to memory comes from a general register or a number."""
        source = self.operands[1]
        return source.kind == IMMEDIATE or (isinstance(source.reg, Reg) and not isinstance(source.reg, Segment | Control | Debug))

    def _front(self, data: bytes, assembler: Assembler) -> tuple[bytes, bytes]:
        """(prefixes to put in front, the bytes themselves, perhaps with another REX)."""
        prefix = self.prefix
        segment = prefix.segment
        for operand in self.operands:
            if operand.segment:
                segment = _SEGMENT_BYTE[operand.segment]
        if prefix is NONE and not segment:
            return b"", data
        head = bytearray()
        if prefix.wait:
            head.append(prefix.wait)
        if prefix.rep:
            head.append(prefix.rep & 0xFF)
            if prefix.rep > 0xFF:
                self._check_elision(assembler)
        if prefix.lock:
            head.append(prefix.lock)
            if not (self.name in _LOCKABLE and self.operands and self.operands[0].kind == MEMORY):
                assembler.warn_encoding("prefix-lock", "instruction is not lockable")
        if prefix.operand in (16, 32):
            self._check_size(assembler)
        if segment:
            head.append(segment)
            if self.bits == 64 and segment in (0x26, 0x2E, 0x36, 0x3E):
                name = {0x26: "es", 0x2E: "cs", 0x36: "ss", 0x3E: "ds"}[segment]
                assembler.warn_encoding(
                    "prefix-seg", f"{name} segment base generated, but will be ignored in 64-bit mode"
                )
        legacy = 0
        while legacy < len(data) and data[legacy] in b"\x66\x67":
            legacy += 1
        present = data[:legacy]
        if (prefix.operand == 16 and self.bits != 16) or (prefix.operand == 32 and self.bits == 16):
            if 0x66 not in present:
                head.append(0x66)
        elif prefix.operand == 64 and self.bits == 64:
            data = _with_rex_w(data, legacy, self.name)
        if prefix.address and prefix.address != self.bits and 0x67 not in present:
            if 0x66 in present:
                at = present.index(0x66) + 1
                data = data[:at] + b"\x67" + data[at:]
            else:
                head.append(0x67)
        return bytes(head), data


def _short_address(made: Encoding) -> Encoding:
    """The form of a move between the accumulator and a bare 32-bit address in 64-bit code that has no ModRM byte."""
    match = _BARE_MOVE.fullmatch(made.data)
    if match is None:
        return made
    head, opcode, address = match.groups()
    patches = [patch._replace(offset=patch.offset - 2) for patch in made.patches]
    return Encoding(head + bytes((opcode[0] + 0x18 ^ 2,)) + address, tuple(patches))


def _wide(made: Encoding, name: str) -> Encoding:
    """The encoding with a REX.W that the processor ignores."""
    legacy = 0
    while made.data[legacy] in b"\x64\x65\x66\x67":
        legacy += 1
    data = _with_rex_w(made.data, legacy, name)
    more = len(data) - len(made.data)
    return Encoding(data, tuple([patch._replace(offset=patch.offset + more) for patch in made.patches]))


_WIDE: Final = frozenset(("invpcid", "enqcmd", "enqcmds"))
"""Instructions for which NASM writes it."""
_BARE_MOVE: Final = re.compile(rb"(\x66?\x48?)([\x88-\x8b])\x04\x25(.{4})", re.DOTALL)
_CULPRIT: Final = re.compile(r"operand \d+ \(([a-z]\w*)\)")
_IGNORED: Final = "displacement size ignored on absolute address"


def _is_accumulator(reg: object) -> bool:
    return isinstance(reg, Reg) and reg.name in ("al", "ax", "eax", "rax")


_WIDE_BY_NATURE: Final = frozenset(("push", "pop", "call", "jmp"))


def _with_rex_w(data: bytes, legacy: int, name: str) -> bytes:
    """The instruction with REX.W."""
    if name in _WIDE_BY_NATURE and data[legacy] != 0x0F:
        return data
    at = legacy
    while at < len(data) and data[at] in b"\xf2\xf3":
        at += 1
    if 0x40 <= data[at] <= 0x4F:
        return data[:at] + bytes((data[at] | 8,)) + data[at + 1 :]
    return data[:at] + b"\x48" + data[at:]


def _relocatable_classes(operand: Operand, name: str) -> int:
    from ..operands import CLASS_NAMES

    bit = {one: 1 << number for number, one in enumerate(CLASS_NAMES)}
    size = operand.size
    if not size:
        return RELOCATABLE
    if size == 8:
        return bit["i8"] | bit["i8s16"] | bit["i8s32"] | bit["i8s64"]
    if size == 16:
        return bit["i16"]
    if size == 32:
        found = bit["i32"]
        if name == "mov":
            found |= bit["i32m64"] | bit["i32s64"]
        elif name == "push":
            found |= bit["i32s64"]
        return found
    return bit["i64"] | (bit["i32s64"] if name != "mov" else 0)


def _three_byte_vex(data: bytes) -> bytes:
    """The instruction with a three-byte VEX prefix."""
    at = 0
    while at < len(data) and data[at] in b"\x66\x67\x26\x2e\x36\x3e\x64\x65\xf0":
        at += 1
    if at + 1 >= len(data) or data[at] != 0xC5:
        return data
    second = data[at + 1]
    return data[:at] + bytes((0xC4, second & 0x80 | 0x61, second & 0x7F)) + data[at + 2 :]


class Insn(Item):
    """An instruction in the output whose size may still change."""

    __slots__ = ("instruction", "made", "state")

    def __init__(self, section: Section, place: Place, instruction: Instruction) -> None:
        super().__init__(section, place)
        self.instruction = instruction
        self.state: tuple[object, ...] | None = None
        self.made: Made | None = None

    def measure(self, assembler: Assembler) -> int:
        try:
            state = self.instruction.state(assembler)
            if state != self.state:
                self.made = self.instruction.encode(assembler, state)
                self.state = state
        except NasmError:
            if self.state is None:
                raise
            return self.size
        if all(one == "R" for one in state):
            self.stable = True
        made = self.made
        assert made is not None
        if None in state and any(relative for _, _, _, relative, _ in made.fields):
            # while NASM does not know the symbol, it takes the address for an absolute one, which needs a byte more: branches
            # over it may then seem too far, and stay long
            return len(made.data) + 1
        return len(made.data)

    def emit(self, assembler: Assembler, out: bytearray, at: int) -> None:
        instruction = self.instruction
        try:
            state = instruction.state(assembler)
            for one, operand in zip(state, instruction.dynamic):
                if one is None:
                    raise NasmError(assembler.unknown_message(operand.value, True))
            assembler.encoding_place = self.place
            made = instruction.encode(assembler, state)
        except NasmError as error:
            assembler.bag.error(str(error), self.place, error.near)
            out += bytes(self.size)
            return
        finally:
            assembler.encoding_place = None
        start = len(out)
        out += made.data
        for offset, size, value, relative, check in made.fields:
            assembler.apply(
                self.section, out, start + offset, size, value, relative, len(made.data) - offset, check, self.place
            )


def is_instruction(word: str) -> bool:
    """Whether a word (in lower case) is an instruction."""
    return word in BRANCHES or exists(word) or word in ALIASES or word in HINTS or word in FIXED


def settled_branch(found: Settled, section: Section) -> bool:
    """Whether a branch target lies in the section itself."""
    return found.segments == ({} if section.absolute else {section: 1})


__all__ = [
    "BRACED",
    "BRANCHES",
    "F_A16",
    "F_A32",
    "NONE",
    "PREFIXES",
    "Insn",
    "Instruction",
    "Made",
    "Prefix",
    "add_prefix",
    "far_pointer",
]
