"""Spellings that NASM takes beyond the form table: other names, operands left out or needless."""

from __future__ import annotations

from typing import Final

from ..operands import REGISTERS, Reg
from .operands import IMMEDIATE, MEMORY, REGISTER, Operand

# name -> (name in the form table, operand size of a prefix or 0)
ALIASES: Final[dict[str, tuple[str, int]]] = {
    "fwait": ("wait", 0), "retw": ("ret", 16), "retd": ("ret", 32), "retnw": ("ret", 16), "retnd": ("ret", 32),
    "retnq": ("ret", 0), "retq": ("ret", 0), "cmpxchg486": ("cmpxchg", 0),
    "ud2b": ("ud1", 0), "ud2a": ("ud2", 0), "pmulhrwa": ("pmulhrw", 0), "vldqqu": ("vlddqu", 0), "vmovqqa": ("vmovdqa", 0),
    "vmovqqu": ("vmovdqu", 0), "vmovntqq": ("vmovntdq", 0),
}  # fmt: skip
for _condition, _name in (
    ("a", "nbe"), ("ae", "nb"), ("c", "b"), ("e", "z"), ("g", "nle"), ("ge", "nl"), ("na", "be"), ("nae", "b"), ("nc", "nb"),
    ("ne", "nz"), ("ng", "le"), ("nge", "l"), ("pe", "p"), ("po", "np"),
):  # fmt: skip
    ALIASES[f"cmp{_condition}xadd"] = (f"cmp{_name}xadd", 0)
for _name in ("mov", "add", "and", "andn", "or", "not", "ortest", "test", "xnor", "xor", "shiftl", "shiftr", "unpck"):
    ALIASES["k" + _name] = (f"k{_name}b{'w' if _name == 'unpck' else ''}", 0)
for _name in ("ph", "sh"):
    ALIASES["vgetmax" + _name] = ("vmax" + _name, 0)
    ALIASES["vgetmin" + _name] = ("vmin" + _name, 0)
    ALIASES["vendscale" + _name] = ("vrndscale" + _name, 0)
    for _order in ("132", "213", "231"):
        for _sign in ("madd", "msub", "nmadd", "nmsub"):
            ALIASES[f"vp{_sign}{_order}{_name}"] = (f"vf{_sign}{_order}{_name}", 0)
FIXED: Final = {
    "fsetpm": b"\xdb\xe4", "loadall286": b"\x0f\x05", "smi": b"\xf1", "smintold": b"\x0f\x7e", "ud1": b"\x0f\xb9",
    "ud2b": b"\x0f\xb9", "pop cs": b"\x0f",
}  # fmt: skip
"""Instructions without operands that the form table does not have."""
OBSOLETE: Final = frozenset((
    "loadall", "loadall286", "smintold", "ud0", "bb0_reset", "bb1_reset", "ibts", "cmpxchg486", "pop cs",
))  # fmt: skip
"""Instructions that processors do not have any more."""
_BARE: Final = {
    **dict.fromkeys(["fcmov" + one for one in ("b", "e", "be", "u", "nb", "ne", "nbe", "nu")], ("st0", "st1")),
    "fld": ("st1",), "fst": ("st1",), "fstp": ("st1",),
}  # fmt: skip
HINTS: Final = {f"hint_nop{number}": number for number in range(64)}
_POPPING: Final = frozenset(("fadd", "fmul", "fsub", "fsubr", "fdiv", "fdivr"))
_XMM0: Final = frozenset(("pblendvb", "blendvps", "blendvpd", "sha256rnds2"))
# name -> bits of a memory operand whose size is left open
_UNSIZED: Final = {
    "cvtsi2sd": 32, "cvtsi2ss": 32, "vcvtsi2sd": 32, "vcvtsi2ss": 32, "vcvtusi2sd": 32, "vcvtusi2ss": 32, "vcvtsi2sh": 32,
    "vcvtusi2sh": 32, "vcvtpd2dq": 128, "vcvttpd2dq": 128, "vcvtpd2ps": 128, "vcvtneps2bf16": 128, "vcvtpd2ph": 128,
    "vcvtqq2ph": 128, "vcvtuqq2ph": 128, "vcvtdq2ph": 128, "vcvtudq2ph": 128, "vcvtps2phx": 128,
}  # fmt: skip


# name -> bits of general registers that stand for those of 32 bits
NARROW: Final = {
    "kmovb": (8,), "kmovw": (16,), "pinsrb": (8,), "pinsrw": (16,), "vpinsrb": (8,), "vpinsrw": (16,), "vmovw": (16,),
    "vpbroadcastb": (8, 16, 64), "vpbroadcastw": (16, 64), "vpextrb": (8, 16), "vpextrw": (16,),
}  # fmt: skip
# name -> (size a memory operand may have, its real one, size of the first operand): slips of NASM's table that sources lean on
_SIZED: Final = {
    "punpcklbw": (64, 32, 64), "punpcklwd": (64, 32, 64), "punpckldq": (64, 32, 64), "pmuludq": (128, 64, 64),
    "psubq": (128, 64, 64), "cmpsd": (128, 64, 128), "vcmpss": (64, 32, 128),
}  # fmt: skip
_COMPARING: Final = ("cmpsd", "vcmpss")
_SECOND_BYTES: Final = frozenset(REGISTERS[name] for name in ("ah", "bh", "ch", "dh"))


def settled(name: str, operands: list[Operand], bits: int) -> tuple[str, list[Operand]]:
    """The name and the operands as the form table has them."""
    if name in ALIASES:
        name = ALIASES[name][0]
    count = len(operands)
    if not count:
        if name in ("aam", "aad"):
            base = Operand(IMMEDIATE)
            base.value = 10
            return name, [base]
        if name in _POPPING:
            return name + "p", operands
        if name in _BARE:
            return name, [_register(one) for one in _BARE[name]]
    elif name == "lea" and count == 2 and operands[1].kind == IMMEDIATE:
        operands[1].kind = MEMORY
    elif name in _XMM0:
        if count == 3 and operands[2].kind == REGISTER and operands[2].reg is REGISTERS["xmm0"]:
            return name, operands[:2]
    elif name == "fxch":
        if count == 2 and operands[1].kind == REGISTER and operands[1].reg is REGISTERS["st0"]:
            return name, operands[:1]
    elif count == 1 and operands[0].to and operands[0].kind == REGISTER:
        return name, [operands[0], _register("st0")]
    elif name == "rdpid" and _bits(operands[0]) == 32 and bits == 64:
        return name, [_register(_NAMES[64][operands[0].reg.index])]  # type: ignore[union-attr]
    elif name in _SIZED and count >= 2 and operands[-1 - (name in _COMPARING)].kind == MEMORY:
        stated, real, kind = _SIZED[name]
        memory = operands[-1 - (name in _COMPARING)]
        if memory.size == stated and _bits(operands[0]) == kind:
            memory.size = real
    elif name in NARROW:
        return name, [widened(one) if is_narrow(name, one) else one for one in operands]
    elif name == "vpextrd" and count == 3 and _bits(operands[0]) == 64:
        return name, [widened(operands[0]), *operands[1:]]
    elif name == "movd" and count == 2 and all(_bits(one) == 64 for one in operands):  # one of them an MMX register
        return "movq", operands
    elif name == "movzx" and count == 2 and operands[1].kind == MEMORY and not operands[1].size:
        if isinstance(operands[0].reg, Reg) and operands[0].reg.bits == 16:
            operands[1].size = 8
    elif name in ("movsx", "lar", "lsl") and count == 2 and operands[0].kind == REGISTER:
        return _extended(name, operands)
    elif name in _UNSIZED and (_UNSIZED[name] == 32 or _bits(operands[0]) == 128):
        for operand in operands:
            if operand.kind == MEMORY and not operand.size and not operand.broadcast:
                operand.size = _UNSIZED[name]
    return name, operands


def _register(name: str) -> Operand:
    """A register as an operand."""
    made = Operand(REGISTER)
    made.reg = REGISTERS[name]
    return made


def is_narrow(name: str, operand: Operand) -> bool:
    """Whether an operand is a general register that stands for the one of 32 bits."""
    return _bits(operand) in NARROW.get(name, ()) and not (_bits(operand) == 8 and operand.reg in _SECOND_BYTES)


def widened(operand: Operand) -> Operand:
    """A general register as the one of 32 bits."""
    register = operand.reg
    assert isinstance(register, Reg)
    if register.bits == 8:      # al to bl, the second bytes, spl to r15b
        return _register(_NAMES[32][register.index if register.index < 4 else register.index - 4])
    return _register(_NAMES[32][register.index])


def _bits(operand: Operand) -> int:
    """Bits of a register."""
    return operand.reg.bits if operand.kind == REGISTER and isinstance(operand.reg, Reg) else 0


def _extended(name: str, operands: list[Operand]) -> tuple[str, list[Operand]]:
    """movsx of 32 bits is movsxd; lar and lsl take registers of any size."""
    first, second = operands
    assert isinstance(first.reg, Reg)
    size = second.reg.bits if second.kind == REGISTER and isinstance(second.reg, Reg) else second.size
    if name == "movsx":
        if second.kind == MEMORY and not size and first.reg.bits == 16:
            second.size = 8
        return "movsxd" if size == 32 and first.reg.bits == 64 else name, operands
    if second.kind == REGISTER and isinstance(second.reg, Reg) and size in (16, 32, 64) and size != first.reg.bits:
        same = Operand(REGISTER)
        same.reg = REGISTERS[_NAMES[first.reg.bits][second.reg.index]]
        return name, [first, same]
    return name, operands


_HIGH: Final = tuple(range(8, 16))
_NAMES: Final = {
    16: ("ax", "cx", "dx", "bx", "sp", "bp", "si", "di", *[f"r{number}w" for number in _HIGH]),
    32: ("eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", *[f"r{number}d" for number in _HIGH]),
    64: ("rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", *[f"r{number}" for number in _HIGH]),
}


def hinted(data: bytes, number: int) -> bytes:
    """A long `nop` as the hint of that number."""
    at = data.index(b"\x0f\x1f")
    return data[:at] + bytes((0x0F, 0x18 + (number >> 3), data[at + 2] & 0xC7 | (number & 7) << 3)) + data[at + 3 :]
