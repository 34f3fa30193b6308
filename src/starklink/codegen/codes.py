"""Which instruction form serves which machine operation and size: tables over the encoder's code numbers."""

from __future__ import annotations

from typing import Final

from ..asm.encode import Code
from . import machine as mc


def _code(name: str) -> int:
    number: int = getattr(Code, name)
    return number


def _sizes(pattern: str, lowest: int = 2) -> tuple[int, ...]:
    """Codes for sizes 0..3 of a pattern with # for the bits; 0 below `lowest`."""
    return tuple(_code(pattern.replace("#", str(8 << size))) if size >= lowest else 0 for size in range(4))


_ALU: Final = ("ADD", "OR", "AND", "XOR", "CMP", "IMUL", "SUB")
# By operation, then size.
ALU_RM: Final = tuple(_sizes(f"{name}_R#_RM#", 2 if name == "IMUL" else 0) for name in _ALU)
"""Register, register or memory."""
def _alu_table(*patterns: str) -> tuple[tuple[int, ...], ...]:
    """Codes by operation and size from the patterns for the sizes 0..3 ("" = none); multiplication has none of these."""
    return tuple(tuple(_code(p.replace("?", name)) if p else 0 for p in patterns) if name != "IMUL" else () for name in _ALU)


ALU_IMM8: Final = _alu_table("?_RM8_IMM8", "?_RM16_IMM8", "?_RM32_IMM8", "?_RM64_IMM8")
ALU_IMM: Final = _alu_table("?_RM8_IMM8", "?_RM16_IMM16", "?_RM32_IMM32", "?_RM64_IMM32")
ALU_MR: Final = _alu_table("?_RM8_R8", "?_RM16_R16", "?_RM32_R32", "?_RM64_R64")
"""Memory, register."""
ALU_ACC: Final = _alu_table("", "", "?_EAX_IMM32", "?_RAX_IMM32")
"""Accumulator and imm32: a byte shorter than the general form."""
IMUL_IMM8: Final = _sizes("IMUL_R#_RM#_IMM8")
IMUL_IMM: Final = (0, 0, _code("IMUL_R32_RM32_IMM32"), _code("IMUL_R64_RM64_IMM32"))
TEST_RR: Final = _sizes("TEST_RM#_R#", 0)
TEST_IMM: Final = (_code("TEST_RM8_IMM8"), _code("TEST_RM16_IMM16"), _code("TEST_RM32_IMM32"), _code("TEST_RM64_IMM32"))
INC: Final = _sizes("INC_RM#", 0)
DEC: Final = _sizes("DEC_RM#", 0)
NEG_NOT: Final = (_sizes("NEG_RM#"), _sizes("NOT_RM#"))
_SHIFTS: Final = ("SHL", "SHR", "SAR", "ROL", "ROR")
SHIFT_IMM: Final = tuple(_sizes(f"{name}_RM#_IMM8") for name in _SHIFTS)
SHIFT_ONE: Final = tuple(_sizes(f"{name}_RM#_1") for name in _SHIFTS)
SHIFT_CL: Final = tuple(_sizes(f"{name}_RM#_CL") for name in _SHIFTS)
MUL: Final = _sizes("MUL_RM#")
IMUL1: Final = _sizes("IMUL_RM#")
DIV: Final = _sizes("DIV_RM#")
IDIV: Final = _sizes("IDIV_RM#")
LEA: Final = (0, 0, _code("LEA_R32_M"), _code("LEA_R64_M"))
MOV_RM: Final = _sizes("MOV_R#_RM#", 0)
MOV_MR: Final = _sizes("MOV_RM#_R#", 0)
MOV_MI: Final = (_code("MOV_RM8_IMM8"), _code("MOV_RM16_IMM16"), _code("MOV_RM32_IMM32"), _code("MOV_RM64_IMM32"))
MOV_R32_IMM: Final = _code("MOV_R32_IMM32")
MOV_R64_IMM: Final = _code("MOV_R64_IMM64")
MOV_R64_IMM32: Final = _code("MOV_RM64_IMM32")
XOR32: Final = _code("XOR_R32_RM32")
# By kind of extension: code, destination is 64 bits wide, width of a source register (size code).
EXTEND: Final = (
    (_code("MOVZX_R32_RM8"), False, 0), (_code("MOVZX_R32_RM16"), False, 1), (_code("MOV_R32_RM32"), False, 2),
    (_code("MOV_R64_RM64"), True, 3), (_code("MOVSX_R32_RM8"), False, 0), (_code("MOVSX_R64_RM8"), True, 0),
    (_code("MOVSX_R32_RM16"), False, 1), (_code("MOVSX_R64_RM16"), True, 1), (_code("MOVSXD_R64_RM32"), True, 2))
_CONDITIONS: Final = ("O", "NO", "B", "AE", "E", "NE", "BE", "A", "S", "NS", "P", "NP", "L", "GE", "LE", "G")
SETCC: Final = tuple(_code(f"SET{name}_RM8") for name in _CONDITIONS)
CMOV: Final = tuple((0, 0, _code(f"CMOV{name}_R32_RM32"), _code(f"CMOV{name}_R64_RM64")) for name in _CONDITIONS)
CALL_REL: Final = _code("CALL_REL32_64")
CALL_RM: Final = _code("CALL_RM64")
JMP_RM: Final = _code("JMP_RM64")
PUSH: Final = _code("PUSH_R64")
POP: Final = _code("POP_R64")
RET: Final = _code("RETNQ")
INT3: Final = _code("INT3")
CDQ: Final = _code("CDQ")
CQO: Final = _code("CQO")

# Floats; index 2 = binary32, 3 = binary64.
_F: Final = {2: ("SS", "32"), 3: ("SD", "64")}


def _float(name: str) -> tuple[int, ...]:
    return (0, 0, _code(f"{name}SS_XMM_XMMM32"), _code(f"{name}SD_XMM_XMMM64"))


FALU: Final = {mc.FADD: _float("ADD"), mc.FMUL: _float("MUL"), mc.FSUBTRACT: _float("SUB"), mc.FDIV: _float("DIV"),
               mc.FXOR: (0, 0, _code("XORPS_XMM_XMMM128"), _code("XORPS_XMM_XMMM128")),
               mc.FAND: (0, 0, _code("ANDPS_XMM_XMMM128"), _code("ANDPS_XMM_XMMM128"))}
FUN: Final = {mc.FSQRT: _float("SQRT"), mc.FEXT: (0, 0, _code("CVTSS2SD_XMM_XMMM32"), 0),
              mc.FTRUNC: (0, 0, 0, _code("CVTSD2SS_XMM_XMMM64"))}
UCOMI: Final = (0, 0, _code("UCOMISS_XMM_XMMM32"), _code("UCOMISD_XMM_XMMM64"))
MOVF_RM: Final = (0, 0, _code("MOVSS_XMM_XMMM32"), _code("MOVSD_XMM_XMMM64"))
MOVF_MR: Final = (0, 0, _code("MOVSS_XMMM32_XMM"), _code("MOVSD_XMMM64_XMM"))
MOVAPS: Final = _code("MOVAPS_XMM_XMMM128")
MOVUPS_MR: Final = _code("MOVUPS_XMMM128_XMM")
XORPS: Final = _code("XORPS_XMM_XMMM128")
MOVGX: Final = (0, 0, _code("MOVD_XMM_RM32"), _code("MOVQ_XMM_RM64"))
MOVXG: Final = (0, 0, _code("MOVD_RM32_XMM"), _code("MOVQ_RM64_XMM"))
# By size of the integer, then of the float.
FROM_INT: Final = {(2, 2): _code("CVTSI2SS_XMM_RM32"), (3, 2): _code("CVTSI2SS_XMM_RM64"),
                   (2, 3): _code("CVTSI2SD_XMM_RM32"), (3, 3): _code("CVTSI2SD_XMM_RM64")}
TO_INT: Final = {(2, 2): _code("CVTTSS2SI_R32_XMMM32"), (3, 2): _code("CVTTSS2SI_R64_XMMM32"),
                 (2, 3): _code("CVTTSD2SI_R32_XMMM64"), (3, 3): _code("CVTTSD2SI_R64_XMMM64")}
TEST_MR: Final = TEST_RR[3]
SUBTRACT_RSP: Final = (ALU_IMM8[mc.SUBTRACT][3], ALU_IMM[mc.SUBTRACT][3])
ADD_RSP: Final = (ALU_IMM8[mc.ADD][3], ALU_IMM[mc.ADD][3])
