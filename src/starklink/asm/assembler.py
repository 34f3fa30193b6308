"""The in-process assembler: x86 machine code written in Python.

    from starklink.asm import Assembler, dword, eax, ptr, rdi, rip

    a = Assembler()
    a.xor(eax, eax)
    loop = a.label()
    a.add(eax, ptr[rdi])
    a.add(rdi, 4)
    a.dec(dword[rip + "left"])          # "left": a symbol of the link
    a.jnz(loop)
    a.ret()
    fragment = a.finish("sum", ".text")

An Assembler makes one `objwriter.model.Fragment`. Statements are encoded at once, in the shortest form; branches to places in
the fragment are laid out short and grow in `finish` where they must. Names written as strings are labels of the fragment if it
defines them and symbols of the link otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from ..objwriter.model import CfiMark, Fragment, LineMark, Reloc
from .layout import settle
from .mnemonics import MEMO_LIMIT, REQUESTS, Mnemonics, Prefixed
from .operands import (
    AsmError,
    Difference,
    Label,
    Operand,
    Ref,
    Reg,
    Segment,
    Sym,
    Target,
    r12,
    r13,
    r14,
    r15,
    rbp,
    rbx,
    rsp,
)
from .select import R_ADDR16, R_ADDR32, R_SEGMENT_SHIFT, assemble

_CONDITIONS: Final = ("o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g")
_SAME: Final = {
    "c": "b",
    "nae": "b",
    "nb": "ae",
    "nc": "ae",
    "z": "e",
    "nz": "ne",
    "na": "be",
    "nbe": "a",
    "pe": "p",
    "po": "np",
    "nge": "l",
    "nl": "ge",
    "ng": "le",
    "nle": "g",
}
# mnemonic -> (opcode of the short form or -1, opcode bytes of the long form or b"")
_BRANCHES: Final[dict[str, tuple[int, bytes]]] = {
    "jmp": (0xEB, b"\xe9"),
    "call": (-1, b"\xe8"),
    "xbegin": (-1, b"\xc7\xf8"),
    "loopne": (0xE0, b""),
    "loopnz": (0xE0, b""),
    "loope": (0xE1, b""),
    "loopz": (0xE1, b""),
    "loop": (0xE2, b""),
    "jcxz": (0xE3, b""),
    "jecxz": (0xE3, b""),
    "jrcxz": (0xE3, b""),
    "jmpe": (-1, b"\x0f\xb8"),
    **{"j" + name: (0x70 + i, bytes((0x0F, 0x80 + i))) for i, name in enumerate(_CONDITIONS)},
    **{
        "j" + name: (0x70 + _CONDITIONS.index(same), bytes((0x0F, 0x80 + _CONDITIONS.index(same))))
        for name, same in _SAME.items()
    },
}
_DWARF_OF: Final = (0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15)
_DWARF_RIP: Final = 16
_CALLEE_SAVED: Final = (rbx, rbp, r12, r13, r14, r15)
_STACK_CHANGE: Final = {"push": 8, "pop": -8, "pushfq": 8, "popfq": -8, "pushf": 8, "popf": -8}


def dwarf_register(register: Reg) -> int:
    """DWARF number of a general, vector or rip register (psABI figure 3.36)."""
    if 53 <= register.number <= 68:
        return _DWARF_OF[register.index]
    if 77 <= register.number <= 92:
        return 17 + register.index
    if register.number == 70:
        return _DWARF_RIP
    raise AsmError(f"{register.name} has no DWARF number here")


class Cfi:
    """Call frame directives at the current place: `a.cfi.def_cfa_offset(16)`. Registers are operands or DWARF numbers."""

    __slots__ = ("_assembler", "_saved", "depth", "offset", "register")

    def __init__(self, assembler: Assembler) -> None:
        self._assembler = assembler
        self._saved: list[tuple[int, int, int]] = []
        self.register = 7
        self.offset = 8
        self.depth = 8  # bytes from rsp to the CFA, as far as followed

    def _mark(self, op: str, first: int = 0, second: int = 0) -> None:
        self._assembler._cfi.append((len(self._assembler._buffer), op, first, second))

    def signal(self) -> None:
        """First in a function: its caller was interrupted (a signal handler, an exception entry), it did not call."""
        self._mark("signal")

    def def_cfa(self, register: Reg | int, offset: int) -> None:
        """CFA = register + offset."""
        self.register, self.offset = _number(register), offset
        self._mark("def_cfa", self.register, offset)

    def def_cfa_offset(self, offset: int) -> None:
        """CFA = present register + offset."""
        self.offset = offset
        self._mark("def_cfa_offset", offset)

    def adjust_cfa_offset(self, change: int) -> None:
        """CFA = present register + present offset + change."""
        self.def_cfa_offset(self.offset + change)

    def def_cfa_register(self, register: Reg | int) -> None:
        """CFA = register + present offset."""
        self.register = _number(register)
        self._mark("def_cfa_register", self.register)

    def rel_offset(self, register: Reg | int, offset: int) -> None:
        """The caller's value of a register lies at CFA + offset."""
        self._mark("offset", _number(register), offset)

    def restore(self, register: Reg | int) -> None:
        """The rule of a register is the initial one again."""
        self._mark("restore", _number(register))

    def undefined(self, register: Reg | int) -> None:
        """The caller's value is lost; for rip: there is no caller."""
        self._mark("undefined", _number(register))

    def same_value(self, register: Reg | int) -> None:
        """The register has the caller's value."""
        self._mark("same_value", _number(register))

    def remember(self) -> None:
        """Push all rules."""
        self._saved.append((self.register, self.offset, self.depth))
        self._mark("remember")

    def restore_state(self) -> None:
        """Pop all rules."""
        if not self._saved:
            raise AsmError("cfi.restore_state without cfi.remember")
        self.register, self.offset, self.depth = self._saved.pop()
        self._mark("restore_state")


def _number(register: Reg | int) -> int:
    return register if isinstance(register, int) else dwarf_register(register)


class Assembler(Mnemonics):
    """Collects statements of one fragment; see the module's example. `bits` (16, 32, 64) may be changed between statements.

    `origin`: the address of the fragment if it is known, for branches to plain numbers.
    """

    def __init__(self, bits: int = 64, origin: int | None = None) -> None:
        if bits not in (16, 32, 64):
            raise AsmError(f"code has 16, 32 or 64 bits, not {bits}")
        self.bits = bits
        self.origin = origin
        self.cfi = Cfi(self)
        self._buffer = bytearray()
        self._labels: dict[str, Label] = {}
        self._parent = ""
        self._anonymous: list[Label] = []
        self._ahead = Label("@f")
        # places that move in `finish`: (position, kind, target or number, short size, growth, opcode bytes, bits)
        self._items: list[tuple[int, int, Any, int, int, bytes, int]] = []
        # references: (position, size, target, addend, relative, wanted relocation or -1)
        self._refs: list[tuple[int, int, Target | Difference, int, bool, int]] = []
        self._lines: list[tuple[int, int, int]] = []
        self._cfi: list[tuple[int, str, int, int]] = []
        self._cfi_auto = False

    # -- instructions --------------------------------------------------------------------------------------------------
    def _statement(
        self, name: str, operands: Sequence[Operand], request: int, remember: dict[Any, bytes] | None
    ) -> None:
        """Encode one statement and append it."""
        if len(operands) == 1 and name in _BRANCHES:
            target = operands[0]
            if isinstance(target, Sym | Label | Ref | str) or (
                isinstance(target, int) and not isinstance(target, bool)
            ):
                self._branch(name, target, request)
                return
        made = assemble(name, self.bits, operands, request)
        start = len(self._buffer)
        self._buffer += made.data
        if not made.patches:
            if remember is not None:
                if len(remember) >= MEMO_LIMIT:
                    remember.clear()
                remember[operands] = made.data
            return
        for offset, size, what, addend, relative, signed in made.patches:
            wanted = -1
            if relative:
                addend -= len(made.data) - offset
            elif signed and size == 4:
                wanted = Reloc.ABS32S
            self._refs.append((start + offset, size, self._localised(what), addend, relative, wanted))

    def _localised(self, target: Any) -> Any:
        """A local name `.x` belongs to the last label without a dot."""
        if isinstance(target, str) and target.startswith("."):
            return self._parent + target
        return target

    def _branch(self, name: str, target: Target | int, request: int) -> None:
        short, long = _BRANCHES[name]
        bits = self.bits
        prefix = b""
        if request & 0xFFF:
            prefix = (b"\xf2" if request & 32 else b"") + (
                b"\x3e" if request & (64 | 128) else b"\x2e" if request & 256 else b""
            )
            if request & (0xFFF & ~(32 | 64 | 128 | 256)):
                raise AsmError(f"{name}: this prefix cannot be used with a branch")
        if name in ("jcxz", "jecxz", "jrcxz"):
            width = {"jcxz": 16, "jecxz": 32, "jrcxz": 64}[name]
            if (width == 64 and bits != 64) or (width == 16 and bits == 64):
                raise AsmError(f"{name} does not exist in {bits}-bit code")
            prefix = b"\x67" if width != bits else b""
        elif name.startswith("loop") and request & (R_ADDR16 | R_ADDR32):
            width = 16 if request & R_ADDR16 else 32
            if bits == 64 and width == 16:
                raise AsmError("there are no 16-bit addresses in 64-bit code")
            prefix = b"\x67" if width != bits else b""
        elif (name == "xbegin" and bits == 16) or (name == "jmpe" and bits == 64):
            if name == "jmpe":
                raise AsmError("jmpe does not exist in 64-bit code")
        field = 2 if bits == 16 else 4
        start = len(self._buffer)
        place: Target
        if isinstance(target, int):
            if self.origin is None:
                raise AsmError(f"{name} {target:#x}: a branch to a number needs Assembler(origin=...)")
            place = Sym("", target)
        else:
            place = self._localised(target)
        only_short = not long or request & (1 << 14)
        only_long = short < 0 or request & (1 << 15) or (isinstance(place, Sym) and place.name != "")
        if only_short and only_long:
            raise AsmError(f"{name}: no such form")
        if only_short:
            self._buffer += prefix + bytes((short, 0))
            self._refs.append((len(self._buffer) - 1, 1, place, -1, True, -1))
        elif only_long:
            self._buffer += prefix + long + bytes(field)
            wanted = Reloc.PLT32 if field == 4 else -1
            self._refs.append((len(self._buffer) - field, field, place, -field, True, wanted))
        else:
            self._buffer += prefix + bytes((short, 0))
            # position of the item is the opcode byte; a long branch replaces it and the distance
            self._items.append((start + len(prefix), 0, place, 2, len(long) + field - 2, long, bits))

    # -- prefixes and wishes -------------------------------------------------------------------------------------------
    def _prefix(self, name: str) -> Prefixed:
        return Prefixed(self, REQUESTS[name])

    @property
    def lock(self) -> Prefixed:
        """`a.lock.cmpxchg(...)`: the access is atomic."""
        return self._prefix("lock")

    @property
    def rep(self) -> Prefixed:
        """`a.rep.movsb()`."""
        return self._prefix("rep")

    @property
    def repe(self) -> Prefixed:
        """`a.repe.cmpsb()`."""
        return self._prefix("repe")

    @property
    def repne(self) -> Prefixed:
        """`a.repne.scasb()`."""
        return self._prefix("repne")

    @property
    def repz(self) -> Prefixed:
        """The same as `repe`."""
        return self._prefix("repe")

    @property
    def repnz(self) -> Prefixed:
        """The same as `repne`."""
        return self._prefix("repne")

    @property
    def addr16(self) -> Prefixed:
        """A string instruction (or xlatb, jcxz...) that uses 16-bit addresses: `a.addr16.movsb()`."""
        return self._prefix("addr16")

    @property
    def addr32(self) -> Prefixed:
        """A string instruction that uses 32-bit addresses: `a.addr32.rep.stosd()`."""
        return self._prefix("addr32")

    def segment(self, register: Segment) -> Prefixed:
        """A string instruction whose source lies in another segment: `a.segment(fs).lodsb()`."""
        return Prefixed(self, register.number << R_SEGMENT_SHIFT)

    @property
    def taken(self) -> Prefixed:
        """A conditional branch with the hint that it will be taken."""
        return self._prefix("taken")

    @property
    def not_taken(self) -> Prefixed:
        """A conditional branch with the hint that it will not be taken."""
        return self._prefix("not_taken")

    @property
    def xacquire(self) -> Prefixed:
        """Hardware lock elision, begin: `a.xacquire.lock.xchg(...)`."""
        return self._prefix("xacquire")

    @property
    def xrelease(self) -> Prefixed:
        """Hardware lock elision, end."""
        return self._prefix("xrelease")

    @property
    def bnd(self) -> Prefixed:
        """A branch that keeps the MPX bounds."""
        return self._prefix("bnd")

    @property
    def notrack(self) -> Prefixed:
        """An indirect branch without CET tracking."""
        return self._prefix("notrack")

    @property
    def vex(self) -> Prefixed:
        """Only VEX encodings."""
        return self._prefix("vex")

    @property
    def evex(self) -> Prefixed:
        """Only EVEX encodings."""
        return self._prefix("evex")

    @property
    def short(self) -> Prefixed:
        """A branch with an 8-bit distance, an error if it does not reach."""
        return self._prefix("short")

    @property
    def near(self) -> Prefixed:
        """A branch with a full distance even if a short one would reach."""
        return self._prefix("near")

    # -- labels --------------------------------------------------------------------------------------------------------
    @property
    def position(self) -> int:
        """Bytes so far; branches may still grow, so only differences of labels are reliable."""
        return len(self._buffer)

    def new_label(self, name: str = "") -> Label:
        """A label to be bound later with `bind`."""
        return Label(name)

    def bind(self, label: Label) -> Label:
        """Put a label here."""
        if label.position >= 0:
            raise AsmError(f"label {label!r} is already bound")
        label.position = len(self._buffer)
        return label

    def label(self, name: str = "") -> Label:
        """Define a label here. A name can be used in strings, also before; it becomes a label of the fragment. `.x` is local to
        the last name without a dot and known only here."""
        local = name.startswith(".")
        if local:
            name = self._parent + name
        elif name:
            self._parent = name
        label = Label(name, local)
        if name:
            if name in self._labels:
                raise AsmError(f"label {name} is already defined")
            self._labels[name] = label
        return self.bind(label)

    def here(self) -> Label:
        """An anonymous label for `back` and `ahead`."""
        label = self.bind(self._ahead)
        self._anonymous.append(label)
        self._ahead = Label("@f")
        return label

    @property
    def back(self) -> Label:
        """The last anonymous label before this place."""
        if not self._anonymous:
            raise AsmError("there is no anonymous label before this place")
        return self._anonymous[-1]

    @property
    def ahead(self) -> Label:
        """The next anonymous label after this place."""
        return self._ahead

    # -- data ----------------------------------------------------------------------------------------------------------
    def _data(self, size: int, values: Sequence[Any]) -> None:
        for value in values:
            if isinstance(value, int):
                if not -(1 << size * 8 - 1) <= value < 1 << size * 8:
                    raise AsmError(f"{value:#x} does not fit into {size} byte{'s' if size > 1 else ''}")
                self._buffer += (value & (1 << size * 8) - 1).to_bytes(size, "little")
            elif isinstance(value, bytes | bytearray):
                self._buffer += value + bytes(-len(value) % size)
            elif isinstance(value, Sym | Label | Ref | Difference | str):
                if size > 8:
                    raise AsmError(f"an address does not have {size} bytes")
                self._refs.append((len(self._buffer), size, self._localised(value), 0, False, -1))
                self._buffer += bytes(size)
            else:
                raise AsmError(f"{value!r} is not data")

    def db(self, *values: int | bytes | Target | Difference) -> None:
        """Bytes; `bytes` objects are taken as they are. A string is an address: text is written with `ascii`."""
        self._data(1, values)

    def dw(self, *values: int | bytes | Target | Difference) -> None:
        """16-bit words."""
        self._data(2, values)

    def dd(self, *values: int | bytes | Target | Difference) -> None:
        """32-bit words."""
        self._data(4, values)

    def dq(self, *values: int | bytes | Target | Difference) -> None:
        """64-bit words."""
        self._data(8, values)

    def do(self, *values: int) -> None:
        """128-bit words."""
        self._data(16, values)

    def float32(self, *values: float) -> None:
        """IEEE single precision numbers."""
        from struct import pack

        self._buffer += pack(f"<{len(values)}f", *values)

    def float64(self, *values: float) -> None:
        """IEEE double precision numbers."""
        from struct import pack

        self._buffer += pack(f"<{len(values)}d", *values)

    def ascii(self, text: str, end: bytes = b"") -> None:
        """UTF-8 text, then `end`."""
        self._buffer += text.encode() + end

    def uleb128(self, value: int) -> None:
        """An unsigned LEB128 number."""
        if value < 0:
            raise AsmError(f"{value} is negative")
        while value > 0x7F:
            self._buffer.append(value & 0x7F | 0x80)
            value >>= 7
        self._buffer.append(value)

    def sleb128(self, value: int) -> None:
        """A signed LEB128 number."""
        while not -64 <= value < 64:
            self._buffer.append(value & 0x7F | 0x80)
            value >>= 7
        self._buffer.append(value & 0x7F)

    def relative(self, target: Target, size: int = 4, addend: int = 0, kind: int = -1) -> None:
        """The distance from this field's first byte to `target` + addend, in `size` bytes (`kind`: relocation wanted)."""
        self._refs.append((len(self._buffer), size, self._localised(target), addend, True, kind))
        self._buffer += bytes(size)

    def zero(self, count: int) -> None:
        """`count` zero bytes."""
        self._buffer += bytes(count)

    def fill(self, count: int, value: int = 0, size: int = 1) -> None:
        """`count` units of `size` bytes."""
        self._data(size, (value,))
        if count != 1:
            unit = bytes(self._buffer[-size:])
            del self._buffer[-size:]
            self._buffer += unit * count

    def incbin(self, path: str, start: int = 0, size: int | None = None) -> None:
        """Bytes of a file."""
        with open(path, "rb") as file:
            file.seek(start)
            self._buffer += file.read() if size is None else file.read(size)

    def align(self, size: int, fill: int | None = None, limit: int = 0) -> None:
        """Pad to a multiple of `size` bytes, with nops (`fill` None) or a byte; not at all if more than `limit` are needed."""
        if size < 1 or size & (size - 1):
            raise AsmError(f"cannot align to {size}: it must be a power of two")
        if size == 1:
            return
        self._align = max(self._align, size)
        self._items.append((len(self._buffer), 1, size, 1, limit, b"" if fill is None else bytes((fill,)), self.bits))
        self._buffer.append(0)

    def pad_to(self, offset: int, fill: int = 0) -> None:
        """Pad until the fragment has `offset` bytes, an error if it has more."""
        self._items.append((len(self._buffer), 2, offset, 1, 0, bytes((fill,)), self.bits))
        self._buffer.append(0)

    _align = 1

    # -- marks ---------------------------------------------------------------------------------------------------------
    def line(self, pos: int, flags: int = 1) -> None:
        """From here on code belongs to source position `pos` (support.spans); flags as LINE_* of the model."""
        self._lines.append((len(self._buffer), pos, flags))

    @contextmanager
    def function(self, name: str, cfi: bool = True) -> Iterator[Assembler]:
        """A function's extent: defines its label; with `cfi`, push, pop and changes of rsp by a number keep the CFA right.

        Frames through rbp (`push rbp; mov rbp, rsp; ...; leave` or `pop rbp`) are followed too.
        """
        self.label(name)
        before = self._cfi_auto
        self._cfi_auto = cfi
        self.cfi.register, self.cfi.offset, self.cfi.depth = 7, 8, 8
        try:
            yield self
        finally:
            self._cfi_auto = before

    def _track(self, name: str, operands: Sequence[Operand]) -> None:
        """Call frame rules after an instruction that moved rsp."""
        cfi = self.cfi
        first = operands[0] if operands else None
        saved = first if isinstance(first, Reg) and first in _CALLEE_SAVED else None
        change = _STACK_CHANGE.get(name, 0)
        if name in ("sub", "add") and first is rsp and isinstance(operands[1], int):
            change = operands[1] if name == "sub" else -operands[1]
        elif name == "leave":
            cfi.depth = 8
            cfi.def_cfa(7, 8)
            cfi.restore(6)
        elif name == "mov" and first is rbp and operands[1] is rsp and cfi.register == 7:
            cfi.def_cfa_register(6)
        if change:
            cfi.depth += change
            if name == "pop" and first is rbp and cfi.register == 6:
                cfi.def_cfa(7, cfi.depth)
            elif cfi.register == 7:
                cfi.def_cfa_offset(cfi.depth)
            if saved is not None and name == "push":
                cfi.rel_offset(saved, -cfi.depth)
            elif saved is not None and name == "pop":
                cfi.restore(saved)

    # -- result --------------------------------------------------------------------------------------------------------
    def finish(
        self,
        symbol: str = "",
        section: str = ".text",
        *,
        kind: str = "",
        binding: str = "local",
        align: int = 0,
        source: str = "",
        visibility: str = "default",
    ) -> Fragment:
        """The fragment. `kind` defaults to "func" for sections of code, else "object"; `align` to 16 for functions or what
        `align` statements need. Raises AsmError for labels that are not bound and branches that do not reach."""
        settled = settle(self._buffer, self._items, self._refs, self._labels, symbol, self.origin)
        move = settled.move
        if not kind:
            kind = "func" if section.startswith((".text", ".boot")) else "object"
        if not symbol:
            kind = "none"
        labels = {
            name: move(label.position) for name, label in self._labels.items() if name != symbol and not label.local
        }
        return Fragment(
            symbol,
            section,
            settled.data,
            max(self._align, align or (16 if kind == "func" else 1)),
            0,
            settled.fixups,
            labels,
            kind,
            binding,
            [LineMark(move(at), pos, flags) for at, pos, flags in self._lines],
            [CfiMark(move(at), op, first, second) for at, op, first, second in self._cfi],
            source=source,
            visibility=visibility,
        )
