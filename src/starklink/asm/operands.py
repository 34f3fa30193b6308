"""Operands of the assembler: registers, memory expressions, labels, symbols and immediates.

    rax, xmm3, zmm1.k1.z, st(2)                 registers
    ptr[rdi + rcx*8 + 16], qword[rip + "name"]  memory; the size is in bits of the name, `ptr` takes it from the other operand
    qword[fs:0x28], dword.bcst[rax]             segment override, embedded broadcast
    sym("puts"), sym("table", 8), "name"        symbols of the link; a plain string may also be a label of the same fragment
    label + 4, end - start                      labels are made by `Assembler.label`/`new_label`

Every operand knows its *classes*: a set of bits (`C_*`) saying which operand kinds of an instruction form it satisfies. A form
takes the operand when the two sets meet, so choosing a form is a few integer ANDs.
"""

from __future__ import annotations

from typing import Final, Self, TypeAlias, TypeVar

from .places import Symbolic as Symbolic
from .targets import AsmError as AsmError
from .targets import Difference as Difference
from .targets import Label as Label
from .targets import Ref as Ref
from .targets import Sym as Sym
from .targets import Target as Target
from .targets import sym as sym

# -- operand classes ---------------------------------------------------------------------------------------------------
# The order is the bit number and is baked into the generated form table: append only, then run tools/gen_asm_table.py.
# fmt: off
CLASS_NAMES: Final = (
    "r8", "r16", "r32", "r64", "al", "cl", "ax", "dx", "eax", "rax", "seg", "es", "cs", "ss", "ds", "fs", "gs",
    "cr", "dr", "tr", "st", "st0", "mm", "xmm", "xmmx", "ymm", "ymmx", "zmm", "k", "bnd", "tmm", "xmm0",
    "m8", "m16", "m32", "m48", "m64", "m80", "m128", "m256", "m512", "m", "b16", "b32", "b64", "vmx", "vmy", "vmz",
    "moffs8", "moffs16", "moffs32", "moffs64",
    "i8", "i8s16", "i8s32", "i8s64", "i16", "i32", "i32s64", "i32m64", "i64", "u32", "one", "i4",
    "rel", "far16", "far32",
)
# fmt: on
_BIT: Final = {name: 1 << number for number, name in enumerate(CLASS_NAMES)}

C_M_SIZED: Final = sum(_BIT[name] for name in ("m8", "m16", "m32", "m48", "m64", "m80", "m128", "m256", "m512"))
C_MEMORY: Final = C_M_SIZED | _BIT["m"] | sum(_BIT[n] for n in ("b16", "b32", "b64", "vmx", "vmy", "vmz"))
C_MOFFS: Final = _BIT["moffs8"] | _BIT["moffs16"] | _BIT["moffs32"] | _BIT["moffs64"]
C_REL: Final = _BIT["rel"]
C_FAR: Final = _BIT["far16"] | _BIT["far32"]
C_R64: Final = _BIT["r64"]
_M_OF_BITS: Final = {
    8: _BIT["m8"],
    16: _BIT["m16"],
    32: _BIT["m32"],
    48: _BIT["m48"],
    64: _BIT["m64"],
    80: _BIT["m80"],
    128: _BIT["m128"],
    256: _BIT["m256"],
    512: _BIT["m512"],
    0: C_M_SIZED,
}
_MOFFS_OF_BITS: Final = {8: _BIT["moffs8"], 16: _BIT["moffs16"], 32: _BIT["moffs32"], 64: _BIT["moffs64"], 0: C_MOFFS}
_BCST_OF_BITS: Final = {16: _BIT["b16"], 32: _BIT["b32"], 64: _BIT["b64"]}
_C_SYM_IMM: Final = _BIT["i8"] | _BIT["i16"] | _BIT["i32"] | _BIT["i32s64"] | _BIT["i64"]


class Immediate:
    """An immediate of a fixed size: `imm(5, 4)` asks for the 4-byte form where a shorter one exists (NASM's `strict`)."""

    __slots__ = ("classes", "size", "value")

    def __init__(self, value: int | Target | Symbolic, size: int) -> None:
        if size not in (1, 2, 4, 8):
            raise AsmError(f"an immediate has 1, 2, 4 or 8 bytes, not {size}")
        self.value = value
        self.size = size
        full = immediate_classes(value) if isinstance(value, int) else _C_SYM_IMM | _BIT["i32m64"]
        self.classes = full & _OF_SIZE[size]
        if not self.classes:
            raise AsmError(f"{value:#x} does not fit into {size} bytes")

    def __repr__(self) -> str:
        return f"{('byte', 'word', 'dword', 'qword')[self.size.bit_length() - 1]} {self.value!r}"


_OF_SIZE: Final = {
    1: sum(_BIT[n] for n in ("i8", "i8s16", "i8s32", "i8s64", "one", "i4")),
    2: _BIT["i16"],
    4: _BIT["i32"] | _BIT["i32s64"] | _BIT["i32m64"],
    8: _BIT["i64"],
}


def imm(value: int | Target, size: int) -> Immediate:
    """An immediate of exactly `size` bytes."""
    return Immediate(value, size)


class FarPointer:
    """`far(selector, offset)`: operand of a direct far jump or call in 16- and 32-bit code."""

    __slots__ = ("bits", "offset", "selector")
    classes: Final = C_FAR

    def __init__(self, selector: int, offset: int | Target, bits: int = 0) -> None:
        self.selector = selector
        self.offset = offset
        self.bits = bits

    def __repr__(self) -> str:
        return f"{self.selector:#x}:{self.offset!r}"


def far(selector: int, offset: int | Target, bits: int = 0) -> FarPointer:
    """A far pointer; `bits` = 16 or 32 selects the offset size, 0 takes the mode's."""
    return FarPointer(selector, offset, bits)


class Decorator:
    """An operand that only changes the encoding: rounding control and exception suppression of EVEX instructions."""

    __slots__ = ("name", "rounding", "sae")

    def __init__(self, name: str, rounding: int, sae: bool) -> None:
        self.name = name
        self.rounding = rounding
        self.sae = sae

    def __repr__(self) -> str:
        return "{" + self.name.replace("_", "-") + "}"


rn_sae: Final = Decorator("rn_sae", 1, False)
rd_sae: Final = Decorator("rd_sae", 2, False)
ru_sae: Final = Decorator("ru_sae", 3, False)
rz_sae: Final = Decorator("rz_sae", 4, False)
sae: Final = Decorator("sae", 0, True)


_VARIANTS: Final[dict[tuple[int, int, bool], Reg]] = {}


# -- registers ---------------------------------------------------------------------------------------------------------
class Reg:
    """A register. `number` is the encoder's number of the register, `index` its number within its file, `opmask`/`zeroing` the
    EVEX decorations (`zmm1.k1.z`)."""

    __slots__ = ("bits", "classes", "index", "name", "number", "opmask", "zeroing")

    def __init__(
        self, name: str, number: int, index: int, bits: int, classes: int, opmask: int = 0, zeroing: bool = False
    ) -> None:
        self.name = name
        self.number = number
        self.index = index
        self.bits = bits
        self.classes = classes
        self.opmask = opmask
        self.zeroing = zeroing

    def _variant(self, opmask: int, zeroing: bool) -> Self:
        """The register with other decorations; one object for each, so that operands can be compared by identity."""
        key = (self.number, opmask, zeroing)
        found = _VARIANTS.get(key)
        if found is None:
            found = _VARIANTS[key] = type(self)(
                self.name, self.number, self.index, self.bits, self.classes, opmask, zeroing
            )
        return found  # type: ignore[return-value]

    def _masked(self, opmask: int) -> Self:
        return self._variant(opmask, self.zeroing)

    @property
    def z(self) -> Self:
        """The register with zeroing of the elements that the mask leaves out."""
        return self._variant(self.opmask, True)

    def __call__(self, index: int) -> Reg:          # here too: compiled objects that can be called have another layout
        raise AsmError(f"{self.name}({index!r}): only st takes a number in parentheses")

    def __repr__(self) -> str:
        text = self.name
        if self.opmask:
            text += f"{{k{self.opmask}}}"
        return text + "{z}" if self.zeroing else text


class Masked(Reg):
    """Registers that take a write mask: vectors and mask registers."""

    __slots__ = ()

    @property
    def k1(self) -> Self:
        return self._masked(1)

    @property
    def k2(self) -> Self:
        return self._masked(2)

    @property
    def k3(self) -> Self:
        return self._masked(3)

    @property
    def k4(self) -> Self:
        return self._masked(4)

    @property
    def k5(self) -> Self:
        return self._masked(5)

    @property
    def k6(self) -> Self:
        return self._masked(6)

    @property
    def k7(self) -> Self:
        return self._masked(7)


class Addressing(Reg):
    """Registers that can be part of an address: `rax + rcx*8 + 16`."""

    __slots__ = ()

    def __add__(self, other: Term) -> Address:
        return Address(self) + other

    def __radd__(self, other: Term) -> Address:
        return Address(self) + other

    def __sub__(self, other: int) -> Address:
        return Address(self, None, 1, -other)

    def __mul__(self, scale: int) -> Address:
        return _scaled(self, scale)

    def __rmul__(self, scale: int) -> Address:
        return _scaled(self, scale)


class Vector(Masked):
    """Vector registers: they take masks, and gathers and scatters have them as indices of addresses."""

    __slots__ = ()

    def __add__(self, other: Term) -> Address:
        return Address(self) + other

    def __radd__(self, other: Term) -> Address:
        return Address(self) + other

    def __sub__(self, other: int) -> Address:
        return Address(self, None, 1, -other)

    def __mul__(self, scale: int) -> Address:
        return _scaled(self, scale)

    def __rmul__(self, scale: int) -> Address:
        return _scaled(self, scale)


def _scaled(register: Reg, scale: int) -> Address:
    if scale in (3, 5, 9):
        return Address(register, register, scale - 1)
    if scale not in (1, 2, 4, 8):
        raise AsmError(f"an index register is scaled by 1, 2, 4 or 8 (or 3, 5, 9 together with the base), not by {scale}")
    return Address(None, register, scale)


class Reg8(Reg):
    """al..r15b, ah..bh."""

    __slots__ = ()


class Reg16(Addressing):
    """ax..r15w."""

    __slots__ = ()


class Reg32(Addressing):
    """eax..r15d, eip."""

    __slots__ = ()


class Reg64(Addressing):
    """rax..r15, rip."""

    __slots__ = ()


class Segment(Reg):
    """es, cs, ss, ds, fs, gs."""

    __slots__ = ()


class Control(Reg):
    """cr0..cr15."""

    __slots__ = ()


class Debug(Reg):
    """dr0..dr15."""

    __slots__ = ()


class Test(Reg):
    """tr0..tr7 (80386, 80486)."""

    __slots__ = ()


class X87(Reg):
    """st0..st7; `st(2)` is st2."""

    __slots__ = ()

    def __call__(self, index: int) -> X87:
        return _X87[index]


class Mmx(Reg):
    """mm0..mm7."""

    __slots__ = ()


class Xmm(Vector):
    """xmm0..xmm31."""

    __slots__ = ()


class Ymm(Vector):
    """ymm0..ymm31."""

    __slots__ = ()


class Zmm(Vector):
    """zmm0..zmm31."""

    __slots__ = ()


class Mask(Masked):
    """k0..k7."""

    __slots__ = ()


class Bound(Reg):
    """bnd0..bnd3 (MPX)."""

    __slots__ = ()


class Tile(Reg):
    """tmm0..tmm7 (AMX)."""

    __slots__ = ()


# -- memory ------------------------------------------------------------------------------------------------------------
class Address:
    """base + index*scale + displacement + symbol, as written inside the brackets."""

    __slots__ = ("base", "disp", "index", "scale", "target")

    def __init__(
        self,
        base: Reg | None = None,
        index: Reg | None = None,
        scale: int = 1,
        disp: int = 0,
        target: Target | None = None,
    ) -> None:
        self.base = base
        self.index = index
        self.scale = scale
        self.disp = disp
        self.target = target

    def __add__(self, other: Term) -> Address:
        if isinstance(other, int):
            return Address(self.base, self.index, self.scale, self.disp + other, self.target)
        if isinstance(other, Reg):
            other = Address(other)
        if isinstance(other, Address):
            return self._join(other)
        if self.target is not None:
            raise AsmError(f"two symbols in one address: {self.target!r} and {other!r}")
        return Address(self.base, self.index, self.scale, self.disp, other)

    def __radd__(self, other: Term) -> Address:
        return self + other

    def __sub__(self, other: int) -> Address:
        return Address(self.base, self.index, self.scale, self.disp - other, self.target)

    def _join(self, other: Address) -> Address:
        parts = [(r, 1) for r in (self.base, other.base) if r is not None]
        scaled = [(a.index, a.scale) for a in (self, other) if a.index is not None]
        for register, scale in scaled:
            if scale == 1:
                parts.append((register, 1))
        scaled = [item for item in scaled if item[1] != 1]
        if len(parts) + len(scaled) > 2 or len(scaled) > 1:
            raise AsmError("an address has at most one base and one index register")
        target = self.target if self.target is not None else other.target
        if self.target is not None and other.target is not None:
            raise AsmError(f"two symbols in one address: {self.target!r} and {other.target!r}")
        base = parts[0][0] if parts else None
        index, scale = scaled[0] if scaled else parts[1] if len(parts) > 1 else (None, 1)
        if base is not None and index is not None:
            if "ip" in (base.name[1:], index.name[1:]):
                raise AsmError(f"an address with {base.name} and {index.name}: the instruction pointer takes no other register")
            if base.bits != index.bits and max(base.bits, index.bits) <= 64:
                raise AsmError(f"an address with {base.name} and {index.name}: registers of different widths")
        return Address(base, index, scale, self.disp + other.disp, target)


Term: TypeAlias = int | Reg | Address | Target


class Mem:
    """A memory operand. `bits` 0 = size from the other operand; `count` > 0 = broadcast to that many elements, -1 = to as many
    as the instruction needs; `width` = forced displacement size in bits, 0 = shortest; `split` keeps them as written."""

    __slots__ = (
        "base",
        "bits",
        "classes",
        "count",
        "disp",
        "index",
        "opmask",
        "scale",
        "segment",
        "split",
        "target",
        "width",
    )

    def __init__(
        self,
        bits: int,
        base: Reg | None,
        index: Reg | None,
        scale: int,
        disp: int,
        target: Target | Symbolic | None,
        segment: Reg | None = None,
        count: int = 0,
        width: int = 0,
        opmask: int = 0,
        split: bool = False,
    ) -> None:
        if index is None:
            if base is not None and base.classes & _VECTOR:
                index = base
                base = None
        elif index.number == 57 or index.number == 41 or (base is not None and base.classes & _VECTOR and scale == 1):
            if scale != 1:
                raise AsmError(f"{index.name} cannot be an index register")
            base, index = index, base
            if index is not None and index.number in (41, 57):
                raise AsmError(f"{index.name} cannot be an index register")
        if base is None and index is not None and not split and not index.classes & _VECTOR:
            if scale == 1:
                base, index = index, None
            elif scale == 2:
                base, scale = index, 1
        self.bits = bits
        self.base = base
        self.index = index
        self.scale = scale
        self.disp = disp
        self.target = target
        self.segment = segment
        self.count = count
        self.width = width
        self.opmask = opmask
        self.split = split
        if index is not None and index.classes & _VECTOR:
            self.classes = _BIT["vmx"] if index.bits == 128 else _BIT["vmy"] if index.bits == 256 else _BIT["vmz"]
        elif count:
            self.classes = _BCST_OF_BITS.get(bits, 0)
        else:
            self.classes = _M_OF_BITS[bits] | _BIT["m"]

    def _key(self) -> tuple[object, ...]:
        return (*self.shape(), self.disp, self.target)

    def shape(self) -> tuple[object, ...]:
        """What decides the encoding of an operand with a symbol."""
        return (self.base, self.index, self.scale, self.bits, self.segment, self.count, self.width, self.opmask, self.split)

    def __hash__(self) -> int:
        return hash((self.base, self.index, self.scale, self.disp, self.bits))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mem) and self._key() == other._key()

    def _with(self, opmask: int) -> Mem:
        return Mem(self.bits, self.base, self.index, self.scale, self.disp, self.target, self.segment, self.count, self.width,
                   opmask, self.split)  # fmt: skip

    @property
    def k1(self) -> Mem:
        return self._with(1)

    @property
    def k2(self) -> Mem:
        return self._with(2)

    @property
    def k3(self) -> Mem:
        return self._with(3)

    @property
    def k4(self) -> Mem:
        return self._with(4)

    @property
    def k5(self) -> Mem:
        return self._with(5)

    @property
    def k6(self) -> Mem:
        return self._with(6)

    @property
    def k7(self) -> Mem:
        return self._with(7)

    def __repr__(self) -> str:
        parts = []
        if self.base is not None:
            parts.append(self.base.name)
        if self.index is not None:
            parts.append(f"{self.index.name}*{self.scale}" if self.scale > 1 else self.index.name)
        if self.target is not None:
            parts.append(repr(self.target) if not isinstance(self.target, str) else self.target)
        text = "+".join(parts)
        if self.disp or not parts:
            text += f"{self.disp:+#x}" if parts else f"{self.disp:#x}"
        if self.segment is not None:
            text = f"{self.segment.name}:{text}"
        size = _SIZE_NAME[self.bits]
        text = f"{size} [{text}]" if size else f"[{text}]"
        if self.count:
            text += f"{{1to{self.count}}}" if self.count > 0 else "{bcst}"
        return text + f"{{k{self.opmask}}}" if self.opmask else text


class MemSize:
    """`qword[rax + 8]` makes a memory operand of that size. `bcst` (or `bcst8` for a fixed count) makes embedded broadcasts,
    `disp8`/`disp32` fix the size of the displacement, `nosplit` keeps `[rax*2]` as written."""

    __slots__ = ("bits", "count", "split", "width")

    def __init__(self, bits: int, count: int = 0, width: int = 0, split: bool = False) -> None:
        self.bits = bits
        self.count = count
        self.width = width
        self.split = split

    def __getitem__(self, key: Term | slice) -> Mem:
        segment: Reg | None = None
        if isinstance(key, slice):
            if not isinstance(key.start, Segment) or key.step is not None:
                raise AsmError("a segment override is written ptr[fs:address]")
            segment, key = key.start, key.stop
        if isinstance(key, Address):
            return Mem(
                self.bits,
                key.base,
                key.index,
                key.scale,
                key.disp,
                key.target,
                segment,
                self.count,
                self.width,
                0,
                self.split,
            )
        if isinstance(key, Reg):
            return Mem(self.bits, key, None, 1, 0, None, segment, self.count, self.width)
        if isinstance(key, int):
            return Mem(self.bits, None, None, 1, key, None, segment, self.count, self.width)
        if isinstance(key, Sym | Label | Ref | str):
            return Mem(self.bits, None, None, 1, 0, key, segment, self.count, self.width)
        raise AsmError(f"{key!r} is not an address")

    def _but(self, count: int = 0, width: int = 0, split: bool = False) -> MemSize:
        return MemSize(self.bits, count or self.count, width or self.width, split or self.split)

    @property
    def bcst(self) -> MemSize:
        return self._but(-1)

    @property
    def bcst2(self) -> MemSize:
        return self._but(2)

    @property
    def bcst4(self) -> MemSize:
        return self._but(4)

    @property
    def bcst8(self) -> MemSize:
        return self._but(8)

    @property
    def bcst16(self) -> MemSize:
        return self._but(16)

    @property
    def bcst32(self) -> MemSize:
        return self._but(32)

    @property
    def disp8(self) -> MemSize:
        return self._but(width=8)

    @property
    def disp32(self) -> MemSize:
        return self._but(width=32)

    @property
    def disp64(self) -> MemSize:
        """A 64-bit absolute address (only `mov` with al, ax, eax, rax has such a form)."""
        return self._but(width=64)

    @property
    def nosplit(self) -> MemSize:
        return self._but(split=True)


_SIZE_NAME: Final = {
    0: "",
    8: "byte",
    16: "word",
    32: "dword",
    48: "fword",
    64: "qword",
    80: "tword",
    128: "oword",
    256: "yword",
    512: "zword",
}
ptr: Final = MemSize(0)
byte: Final = MemSize(8)
word: Final = MemSize(16)
dword: Final = MemSize(32)
fword: Final = MemSize(48)
qword: Final = MemSize(64)
tword: Final = MemSize(80)
oword: Final = MemSize(128)
yword: Final = MemSize(256)
zword: Final = MemSize(512)
xmmword, ymmword, zmmword = oword, yword, zword

Operand: TypeAlias = Reg | Mem | int | Immediate | Target | Difference | FarPointer | Decorator


def moffs_classes(mem: Mem, bits: int) -> int:
    """Classes of a memory operand that is a bare address: `mov al, [address]` has forms with a full-size address."""
    if mem.base is not None or mem.index is not None or mem.count:
        return 0
    if bits == 64 and mem.width != 64:
        if mem.target is not None or -0x8000_0000 <= mem.disp < 0x8000_0000 or mem.disp >= 0xFFFF_FFFF_8000_0000:
            return 0
    return _MOFFS_OF_BITS.get(mem.bits, 0)


def immediate_classes(value: int) -> int:
    """Classes of a number: every immediate form that can hold it without changing the result of the instruction."""
    if -128 <= value <= 127:
        found = _SMALL
        if value < 0:
            return found & ~(_BIT["u32"] | _BIT["i4"] | _BIT["one"])
        if value > 15:
            found &= ~_BIT["i4"]
        return found if value == 1 else found & ~_BIT["one"]
    if not -0x8000_0000_0000_0000 <= value <= 0xFFFF_FFFF_FFFF_FFFF:
        return 0
    found = _BIT["i64"]
    if 0 <= value <= 255:
        found |= _BIT["i8"]
    if -0x8000 <= value <= 0xFFFF:
        found |= _BIT["i16"]
        if value >= 0xFF80:
            found |= _BIT["i8s16"]
    if -0x8000_0000 <= value <= 0xFFFF_FFFF:
        found |= _BIT["i32"]
        if value >= 0:
            found |= _BIT["u32"]
        if value >= 0xFFFF_FF80:
            found |= _BIT["i8s32"]
        if value < 0x8000_0000:
            found |= _BIT["i32s64"] | _BIT["i32m64"]
    elif value >= 0xFFFF_FFFF_8000_0000:
        found |= _BIT["i32s64"] | _BIT["i32m64"]
        if value >= 0xFFFF_FFFF_FFFF_FF80:
            found |= _BIT["i8s64"]
    return found


_SMALL: Final = sum(
    _BIT[n] for n in ("i8", "i8s16", "i8s32", "i8s64", "i16", "i32", "i32s64", "i32m64", "i64", "u32", "one", "i4")
)
SYMBOL_CLASSES: Final = _C_SYM_IMM | C_REL
DIFFERENCE_CLASSES: Final = _BIT["i32"] | _BIT["i32s64"] | _BIT["i32m64"] | _BIT["i16"] | _BIT["i8"]
_VECTOR: Final = _BIT["xmm"] | _BIT["xmmx"] | _BIT["ymm"] | _BIT["ymmx"] | _BIT["zmm"]

# -- the register file -------------------------------------------------------------------------------------------------
REGISTERS: Final[dict[str, Reg]] = {}
_R = TypeVar("_R", bound=Reg)


def _file(kind: type[_R], names: str, number: int, bits: int, classes: str, index: int = 0) -> tuple[_R, ...]:
    mask = 0
    for name in classes.split():
        mask |= _BIT[name]
    made = tuple([kind(name, number + i, index + i, bits, mask) for i, name in enumerate(names.split())])
    for register in made:
        REGISTERS[register.name] = register
    return made


def _numbered(prefix: str, count: int) -> str:
    return " ".join([f"{prefix}{i}" for i in range(count)])


# fmt: off
al, cl, dl, bl, ah, ch, dh, bh, spl, bpl, sil, dil, r8b, r9b, r10b, r11b, r12b, r13b, r14b, r15b = _file(
    Reg8, "al cl dl bl ah ch dh bh spl bpl sil dil r8b r9b r10b r11b r12b r13b r14b r15b", 1, 8, "r8")
ax, cx, dx, bx, sp, bp, si, di, r8w, r9w, r10w, r11w, r12w, r13w, r14w, r15w = _file(
    Reg16, "ax cx dx bx sp bp si di r8w r9w r10w r11w r12w r13w r14w r15w", 21, 16, "r16")
eax, ecx, edx, ebx, esp, ebp, esi, edi, r8d, r9d, r10d, r11d, r12d, r13d, r14d, r15d = _file(
    Reg32, "eax ecx edx ebx esp ebp esi edi r8d r9d r10d r11d r12d r13d r14d r15d", 37, 32, "r32")
rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15 = _file(
    Reg64, "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15", 53, 64, "r64")
(eip,) = _file(Reg32, "eip", 69, 32, "")
(rip,) = _file(Reg64, "rip", 70, 64, "")
es, cs, ss, ds, fs, gs = _file(Segment, "es cs ss ds fs gs", 71, 16, "seg")
(xmm0, xmm1, xmm2, xmm3, xmm4, xmm5, xmm6, xmm7, xmm8, xmm9, xmm10, xmm11, xmm12, xmm13, xmm14, xmm15) = _file(
    Xmm, _numbered("xmm", 16), 77, 128, "xmm xmmx")
(xmm16, xmm17, xmm18, xmm19, xmm20, xmm21, xmm22, xmm23, xmm24, xmm25, xmm26, xmm27, xmm28, xmm29, xmm30, xmm31) = _file(
    Xmm, " ".join([f"xmm{i}" for i in range(16, 32)]), 93, 128, "xmmx", 16)
(ymm0, ymm1, ymm2, ymm3, ymm4, ymm5, ymm6, ymm7, ymm8, ymm9, ymm10, ymm11, ymm12, ymm13, ymm14, ymm15) = _file(
    Ymm, _numbered("ymm", 16), 109, 256, "ymm ymmx")
(ymm16, ymm17, ymm18, ymm19, ymm20, ymm21, ymm22, ymm23, ymm24, ymm25, ymm26, ymm27, ymm28, ymm29, ymm30, ymm31) = _file(
    Ymm, " ".join([f"ymm{i}" for i in range(16, 32)]), 125, 256, "ymmx", 16)
(zmm0, zmm1, zmm2, zmm3, zmm4, zmm5, zmm6, zmm7, zmm8, zmm9, zmm10, zmm11, zmm12, zmm13, zmm14, zmm15, zmm16, zmm17, zmm18, zmm19,
 zmm20, zmm21, zmm22, zmm23, zmm24, zmm25, zmm26, zmm27, zmm28, zmm29, zmm30, zmm31) = _file(
    Zmm, _numbered("zmm", 32), 141, 512, "zmm")
k0, k1, k2, k3, k4, k5, k6, k7 = _file(Mask, _numbered("k", 8), 173, 64, "k")
bnd0, bnd1, bnd2, bnd3 = _file(Bound, _numbered("bnd", 4), 181, 128, "bnd")
cr0, cr1, cr2, cr3, cr4, cr5, cr6, cr7, cr8, cr9, cr10, cr11, cr12, cr13, cr14, cr15 = _file(
    Control, _numbered("cr", 16), 185, 64, "cr")
dr0, dr1, dr2, dr3, dr4, dr5, dr6, dr7, dr8, dr9, dr10, dr11, dr12, dr13, dr14, dr15 = _file(
    Debug, _numbered("dr", 16), 201, 64, "dr")
_X87: Final = _file(X87, _numbered("st", 8), 217, 80, "st")
st0, st1, st2, st3, st4, st5, st6, st7 = _X87
st: Final = X87("st", 217, 0, 80, st0.classes)
mm0, mm1, mm2, mm3, mm4, mm5, mm6, mm7 = _file(Mmx, _numbered("mm", 8), 225, 64, "mm")
tr0, tr1, tr2, tr3, tr4, tr5, tr6, tr7 = _file(Test, _numbered("tr", 8), 233, 32, "tr")
tmm0, tmm1, tmm2, tmm3, tmm4, tmm5, tmm6, tmm7 = _file(Tile, _numbered("tmm", 8), 241, 8192, "tmm")
# fmt: on
for _register, _class in (
    (al, "al"),
    (cl, "cl"),
    (ax, "ax"),
    (dx, "dx"),
    (eax, "eax"),
    (rax, "rax"),
    (es, "es"),
    (cs, "cs"),
    (ss, "ss"),
    (ds, "ds"),
    (fs, "fs"),
    (gs, "gs"),
    (st0, "st0"),
    (st, "st0"),
    (xmm0, "xmm0"),
):
    _register.classes |= _BIT[_class]
