"""AT&T mnemonics: a name with a size suffix to the name of the form table and the size of a memory operand.

movl 8(%rsp), %eax -> mov, 32       movzbl -> movzx, 8      cltq -> cdqe     fldt -> fld, 80
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..forms import exists
from ..operands import Mmx, Reg, Xmm, Ymm
from .operands import Operand

_BITS: Final = {"b": 8, "w": 16, "l": 32, "q": 64}
_PLAIN: Final = {
    "cltq": "cdqe", "cqto": "cqo", "cltd": "cdq", "cwtl": "cwde", "cbtw": "cbw", "cwtd": "cwd", "movsl": "movsd",
    "cmpsl": "cmpsd",
    "stosl": "stosd", "lodsl": "lodsd", "scasl": "scasd", "insl": "insd", "outsl": "outsd", "lret": "retf", "lretq": "retfq",
    "retq": "ret", "leaveq": "leave", "iretl": "iretd", "pushfl": "pushfd", "popfl": "popfd", "xlat": "xlatb", "ud2a": "ud2",
    "smovl": "movsd", "sstol": "stosd", "ud2b": "ud1", "fwait": "wait",
}  # fmt: skip
# What is loaded and stored by the x87 with a suffix that says the type of the memory operand.
_REAL: Final = {"s": 32, "l": 64, "t": 80}
_INTEGER: Final = {"s": 16, "l": 32, "q": 64, "ll": 64}
_REALS: Final = frozenset((
    "fld", "fst", "fstp", "fadd", "fmul", "fsub", "fsubr", "fdiv", "fdivr", "fcom", "fcomp",
))  # fmt: skip
_INTEGERS: Final = frozenset((
    "fild", "fist", "fistp", "fisttp", "fiadd", "fimul", "fisub", "fisubr", "fidiv", "fidivr", "ficom", "ficomp",
))  # fmt: skip
_EXTEND: Final = {
    f"mov{kind}{small}{large}": ("movsxd" if kind == "s" and small == "l" else f"mov{kind}x", _BITS[small])
    for kind in "sz" for small, larges in (("b", "wlq"), ("w", "lq"), ("l", "q")) for large in larges
    if not (kind == "z" and small == "l")
}  # fmt: skip
STRINGS: Final = frozenset([name + size for name in ("movs", "cmps", "stos", "lods", "scas", "ins", "outs") for size in "bwdq"])
SUFFIXED: Final = ("cvtsi2sd", "cvtsi2ss", "vcvtsi2sd", "vcvtsi2ss", "vcvtusi2sd", "vcvtusi2ss", "cvtsd2si", "cvtss2si",
                   "cvttsd2si", "cvttss2si", "vcvtsd2si", "vcvtss2si", "vcvttsd2si", "vcvttss2si")  # fmt: skip


def translate(name: str, operands: Sequence[Operand]) -> list[tuple[str, int]]:
    """Readings of a mnemonic, the likeliest first: (name, bits of a memory operand or 0). Operands stand in Intel's order."""
    count = len(operands)
    out: list[tuple[str, int]] = []
    if name in _PLAIN and (count == 0 or _PLAIN[name] not in ("movsd", "cmpsd") or _strings(operands)):
        return [(_PLAIN[name], 0)]
    found = _EXTEND.get(name)
    if found is not None and count == 2:
        return [found]
    if name in ("movsb", "movsw", "movsl", "movzb", "movzw") and count == 2 and not _strings(operands):
        return [(("movsxd" if name == "movsl" else name[:4] + "x"), _BITS[name[4]])]
    base, last = name[:-1], name[-1]
    if base in _REALS and last in _REAL:
        return [(base, _REAL[last])]
    if base in _INTEGERS and last in _INTEGER:
        return [(base, _INTEGER[last])]
    if name.endswith("ll") and name[:-2] in _INTEGERS:
        return [(name[:-2], 64)]
    general = not any(isinstance(one.reg, Xmm | Ymm | Mmx) for one in operands)
    if name == "movq" and general:
        return [("mov", 64)]
    if exists(name) and not (last in _BITS and exists(base) and general and base in ("mov",)):
        out.append((name, 0))
    if last in _BITS and exists(base):
        out.append((base, _BITS[last]))
    if name.startswith("movabs") and name != "movabs":
        out.append(("movabs", _BITS.get(last, 0)))
    if last in "xyz" and exists(base):
        out.append((base, {"x": 128, "y": 256, "z": 512}[last]))
    if last in "bwlq" and base in _PLAIN:
        out.append((_PLAIN[base], 0))
    return out or [(name, 0)]


def _strings(operands: Sequence[Operand]) -> bool:
    """Whether operands are those of a string instruction: two memories, or one and an accumulator."""
    return (
        bool(operands)
        and all(
            one.kind == "mem" or (isinstance(one.reg, Reg) and one.reg.name in ("al", "ax", "eax", "rax", "dx"))
            for one in operands
        )
        and any(one.kind == "mem" for one in operands)
    )


# `fsub` and `fdiv` with a destination other than st(0) are exchanged with their reverse in AT&T syntax, for history's sake.
REVERSED: Final = {
    "fsub": "fsubr", "fsubr": "fsub", "fdiv": "fdivr", "fdivr": "fdiv", "fsubp": "fsubrp", "fsubrp": "fsubp", "fdivp": "fdivrp",
    "fdivrp": "fdivp",
}  # fmt: skip
