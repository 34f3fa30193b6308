"""The packages of `%use`: smartalign, altreg, fp, ifunc, masm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..tokens import split
from .smacros import SingleMacro
from .standard import multi_macro

if TYPE_CHECKING:
    from .core import Preprocessor

PACKAGES: Final = frozenset(("smartalign", "altreg", "fp", "ifunc", "masm"))

_PADDING: Final = "(((%1) - (($-$$) % (%1))) % (%1))"
# `[smartalign]` is a directive of this assembler: how many bytes are needed is only known when code is laid out.
_ALIGN: Final = (
    "%if __?SECTALIGN_ALIGN_UPDATES_SECTION?__",
    "sectalign %1",
    "%endif",
    "%ifempty %2",
    "%push",
    "[smartalign %1,%$end,__?ALIGNMODE?__]",
    "%$end:",
    "%pop",
    "%else",
    f"times {_PADDING} %2",
    "%endif",
)
_ALIGN_PLAIN: Final = (
    "%if __?SECTALIGN_ALIGN_UPDATES_SECTION?__",
    "sectalign %1",
    "%endif",
    "%ifempty %2",
    f"times {_PADDING} nop",
    "%else",
    f"times {_PADDING} %2",
    "%endif",
)
_MODE: Final = (
    "%ifidni %1,generic",
    "%define __?ALIGNMODE?__ generic,8",
    "%assign __?ALIGN_JMP_THRESHOLD?__ 8",
    "%elifidni %1,nop",
    "%define __?ALIGNMODE?__ nop,16",
    "%assign __?ALIGN_JMP_THRESHOLD?__ 16",
    "%elifidni %1,p6",
    "%define __?ALIGNMODE?__ p6,16",
    "%assign __?ALIGN_JMP_THRESHOLD?__ 16",
    "%elifidni %1,k7",
    "%define __?ALIGNMODE?__ k7,16",
    "%assign __?ALIGN_JMP_THRESHOLD?__ 16",
    "%elifidni %1,k8",
    "%define __?ALIGNMODE?__ k8,16",
    "%assign __?ALIGN_JMP_THRESHOLD?__ 16",
    "%else",
    "%error unknown alignment mode: %1",
    "%endif",
    "%ifnempty %2",
    "%ifidni %2,nojmp",
    "%xdefine __?ALIGNMODE?__ %1,nojmp",
    "%assign __?ALIGN_JMP_THRESHOLD?__ -1",
    "%else",
    "%xdefine __?ALIGNMODE?__ %1,%2",
    "%assign __?ALIGN_JMP_THRESHOLD?__ %2",
    "%endif",
    "%endif",
)

_P6: Final = ("90", "6690", "0f1f00", "0f1f4000", "0f1f440000", "660f1f440000", "0f1f8000000000", "0f1f840000000000")
_G16: Final = ("90", "89f6", "8d7400", "8db40000", "8db4000090", "8db4000089ff", "8db400008d7d00", "8db400008dbd0000")
_K8: Final = ("90", "6690", "666690", "66666690")
# (mode, bits) -> paddings of 1, 2 ... bytes; the last one is repeated.
_FILLERS: Final[dict[tuple[str, int], tuple[str, ...]]] = {
    ("generic", 16): _G16,
    ("generic", 32): ("90", "89f6", "8d7600", "8d742600", "908d742600", "8db600000000", "8db42600000000"),
    ("generic", 64): _K8,
    ("k7", 16): _K8,
    ("k7", 32): ("90", "8bc0", "8d0420", "8d442000", "8d44200090", "8d8000000000", "8d040500000000"),
    ("k7", 64): _K8,
    ("k8", 16): _K8,
    ("k8", 32): _K8,
    ("k8", 64): _K8,
    ("p6", 16): ("90", "6690", "0f1f00", "0f1f4000"),
    ("p6", 32): _P6,
    ("p6", 64): _P6,
}


def filler(mode: str, threshold: int, bits: int, size: int, near: bool) -> bytes:
    """The bytes `%use smartalign` pads with: long no-operations, or a jump over plain ones if there are more than `threshold`."""
    if 0 <= threshold < size:
        if size - 2 <= 127 and not near:
            return bytes((0xEB, size - 2)) + b"\x90" * (size - 2)
        field = 2 if bits == 16 else 4
        rest = size - 1 - field
        return b"\xe9" + rest.to_bytes(field, "little") + b"\x90" * rest
    table = _FILLERS.get((mode, bits))
    if table is None:
        return b"\x90" * size
    group = len(table)
    whole, rest = divmod(size, group)
    return bytes.fromhex(table[-1]) * whole + (bytes.fromhex(table[rest - 1]) if rest else b"")


def _define(pp: Preprocessor, name: str, params: list[str], text: str, sensitive: bool = True) -> None:
    from .directives import template

    pp.expander.define(name, sensitive, template(split(f"({','.join(params)})"))[0] if params else [], split(text))


def _macro(pp: Preprocessor, name: str, signature: str, body: tuple[str, ...]) -> None:
    pp.multi[name] = [multi_macro(pp, name, signature, body)]
    pp.multi_serial += 1


def load(pp: Preprocessor, name: str) -> None:
    """Enter the macros of a package."""
    {"smartalign": _smartalign, "altreg": _altreg, "fp": _fp, "ifunc": _ifunc, "masm": _masm}[name](pp)


def _smartalign(pp: Preprocessor) -> None:
    _define(pp, "__?USE_SMARTALIGN?__", [], "")
    _define(pp, "__USE_SMARTALIGN__", [], "__?USESMARTALIGN?__")
    _define(pp, "__ALIGNMODE__", [], "__?ALIGNMODE?__")
    _macro(pp, "alignmode", "1-2", _MODE)
    _macro(pp, "align", "1-2+", _ALIGN_PLAIN if pp.preprocess_only else _ALIGN)
    _define(pp, "__?ALIGNMODE?__", [], "generic,8")
    _define(pp, "__?ALIGN_JMP_THRESHOLD?__", [], "8")
    pp.unique += 1  # NASM's package calls its own macro once


def _altreg(pp: Preprocessor) -> None:
    _define(pp, "__?USE_ALTREG?__", [], "")
    old = ("ax", "cx", "dx", "bx", "sp", "bp", "si", "di")
    bytes_ = ("al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil")
    for number in range(8):
        name = old[number]
        for suffix, register in (
            ("", "r" + name), ("d", "e" + name), ("w", name), ("b", bytes_[number]), ("l", bytes_[number])
        ):  # fmt: skip
            _define(pp, f"r{number}{suffix}", [], register, False)
        if number < 4:
            _define(pp, f"r{number}h", [], f"{name[0]}h", False)
    for number in range(8, 16):
        _define(pp, f"r{number}l", [], f"r{number}b", False)


def _fp(pp: Preprocessor) -> None:
    _define(pp, "__?USE_FP?__", [], "")
    for name in (
        "float8", "float16", "bfloat16", "float32", "float64", "float80m", "float80e", "float128l", "float128h",
    ):  # fmt: skip
        _define(pp, name, ["x"], f"__?{name}?__(x)")
    for name, special in (("Inf", "Infinity"), ("NaN", "QNaN"), ("QNaN", "QNaN"), ("SNaN", "SNaN")):
        _define(pp, name, [], f"__?{special}?__")


def _ifunc(pp: Preprocessor) -> None:
    _define(pp, "__?USE_IFUNC?__", [], "")
    for name, function in (("ilog2", "e"), ("ilog2e", "e"), ("ilog2w", "w"), ("ilog2f", "f"), ("ilog2c", "c")):
        _define(pp, name, ["x"], f"(__?ilog2{function}?__(x))", False)


def _masm(pp: Preprocessor) -> None:
    """The words of other assemblers that can be understood."""
    _define(pp, "__?USE_MASM?__", [], "")
    for word, meaning in (
        ("ptr", "__?masm_ptr?__"), ("flat", "__?masm_flat?__"), ("offset", ""), ("tbyte", "tword"),
    ):  # fmt: skip
        macro = SingleMacro(word, False, [], list(split(meaning)))
        pp.macros.add(macro)
    for name, body in (("proc", "%00:"), ("endp", "%null %00"), ("ends", "%null %00")):
        _macro(pp, name, "0-*", (body,))
        pp.multi[name][0].captures = True
    pp.push_file("", ["[default rel]"], None, quiet=True)
