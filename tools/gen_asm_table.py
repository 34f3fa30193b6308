"""Generate the assembler's form table (src/starklink/asm/forms.bin) and its typing stub (src/starklink/asm/mnemonics.pyi).

    python tools/gen_asm_table.py            write both
    python tools/gen_asm_table.py --check    exit 1 if the committed files differ

The table is derived from iced-x86's `OpCodeInfo`, the lists in tools/asm_code_lists.json and the choices below, which follow
NASM: shortest encoding first; on a tie the sign-extended immediate before the accumulator form, then the lower opcode; VEX
before EVEX except for the instruction sets that came to VEX late; no REX.W where the upper half is zero anyway.
"""

from __future__ import annotations

import json
import marshal
import sys
from pathlib import Path
from typing import NamedTuple

import iced_x86 as iced

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from starklink.asm import forms as F  # noqa: E402
from starklink.asm.mnemonics import REQUESTS  # noqa: E402
from starklink.asm.operands import CLASS_NAMES  # noqa: E402

BIT = {name: 1 << number for number, name in enumerate(CLASS_NAMES)}
TABLE = ROOT / "src/starklink/asm/forms.bin"
STUB = ROOT / "src/starklink/asm/mnemonics.pyi"


def _names(module: object) -> dict[int, str]:
    return {getattr(module, name): name for name in dir(module) if name.isupper()}


CODES = _names(iced.Code)
KINDS = _names(iced.OpCodeOperandKind)
MNEMONICS = _names(iced.Mnemonic)

FIXED = {"AL": 0, "AX": 1, "EAX": 2, "RAX": 3, "CL": 4, "DX": 5, "ST0": 6, "ST1": 7, "XMM0": 8}
LATE_VEX = {"VPDPBUSD", "VPDPBUSDS", "VPDPWSSD", "VPDPWSSDS", "VPMADD52LUQ", "VPMADD52HUQ", "VCVTNEPS2BF16"}
# The upper half of the 64-bit register is zero (or ignored) anyway: the 32-bit form does the same without REX.W. NASM thinks so
# of these; others (movmskps, pextrw, pinsrw, extractps, str, smsw) it encodes with REX.W, and so do we.
NARROW = {
    "PEXTRB",
    "VPEXTRB",
    "VPEXTRW",
    "PINSRB",
    "VPINSRB",
    "VPINSRW",
    "VMOVMSKPS",
    "VMOVMSKPD",
    "PMOVMSKB",
    "VPMOVMSKB",
    "SLDT",
    "LLDT",
    "UMWAIT",
    "TPAUSE",
    "VEXTRACTPS",
}
# Only 16 bits are read whatever the operand size: the 32-bit form saves the prefix.
NO_PREFIX = {"LTR", "LLDT", "VERR", "VERW", "LMSW", "ARPL"}
ANY_SIZE = {"LEA", "INVLPG", "CLFLUSH", "CLFLUSHOPT", "CLWB", "CLDEMOTE", "CLZERO"}
IMPLICIT = {"ES_RDI": 23, "SEG_RSI": 17, "SEG_RDI": 20, "SEG_RBX_AL": F.SHAPE_XLAT}
MEMORY_CLASS = {1: "m8", 2: "m16", 4: "m32", 6: "m48", 8: "m64", 10: "m80", 16: "m128", 32: "m256", 64: "m512"}
IMMEDIATES = {
    "IMM8": ("i8", 6),
    "IMM8SEX16": ("i8s16", 11),
    "IMM8SEX32": ("i8s32", 12),
    "IMM8SEX64": ("i8s64", 13),
    "IMM16": ("i16", 8),
    "IMM32": ("i32", 9),
    "IMM32SEX64": ("i32s64", 14),
    "IMM64": ("i64", 10),
    "IMM4_M2Z": ("i4", 6),
    "IMM8_CONST_1": ("one", 6),
}
IMMEDIATE_BYTES = {6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 1, 12: 1, 13: 1, 14: 4}


class Row(NamedTuple):
    """A form on its way into the table; `key` orders the rows of one mnemonic."""

    key: tuple[int, int, int, int]
    code: int
    flags: int
    cost: int
    masks: tuple[int, ...]
    shape: tuple[int, ...]


def register_class(kind: str, evex: bool) -> int:
    """Class set of a register operand kind (0 if the kind is none)."""
    head = kind.split("_")[0]
    vector = {
        "XMM": "xmmx" if evex else "xmm",
        "XMMP3": "xmmx",
        "YMM": "ymmx" if evex else "ymm",
        "ZMM": "zmm",
        "ZMMP3": "zmm",
    }
    plain = {
        "R8": "r8",
        "R16": "r16",
        "R32": "r32",
        "R64": "r64",
        "SEG": "seg",
        "CR": "cr",
        "DR": "dr",
        "TR": "tr",
        "STI": "st",
        "MM": "mm",
        "K": "k",
        "KP1": "k",
        "BND": "bnd",
        "TMM": "tmm",
    }
    if head in vector:
        return BIT[vector[head]]
    if kind in ("ES", "CS", "SS", "DS", "FS", "GS", "AL", "CL", "AX", "DX", "EAX", "RAX", "ST0"):
        return BIT[kind.lower()]
    if head in plain and kind not in ("SEG_RSI", "SEG_RDI", "SEG_RBX_AL"):
        return BIT[plain[head]]
    return 0


def memory_class(info: iced.OpCodeInfo, kind: str) -> int:
    """Class set of a memory operand of the form."""
    if "VSIB" in kind:
        return BIT["vm" + kind[-1].lower()]
    size = iced.MemorySizeInfo(info.memory_size).size if info.memory_size else 0
    name = MNEMONICS[info.mnemonic]
    if name in ANY_SIZE or name.startswith("PREFETCH"):
        return BIT["m"]
    found = BIT[MEMORY_CLASS[size]] if size in MEMORY_CLASS else BIT["m"]
    if info.can_broadcast:
        found |= BIT[f"b{broadcast_bits(info)}"]
    return found


def broadcast_bits(info: iced.OpCodeInfo) -> int:
    """Bits of the memory element that the form broadcasts."""
    return int(iced.MemorySizeInfo(info.broadcast_memory_size).size) * 8


def base_length(info: iced.OpCodeInfo, shape: tuple[int, ...], modrm: bool) -> int:
    """Bytes of the instruction without operand-size prefixes, REX and displacement."""
    length = int(info.op_code_len) + (1 if modrm else 0) + sum([IMMEDIATE_BYTES.get(kind, 0) for kind in shape])
    if KINDS[info.op_kinds()[-1]] == "IMM8_CONST_1" if info.op_count else False:
        length -= 1
    if info.encoding == iced.EncodingKind.LEGACY or info.encoding == iced.EncodingKind.D3NOW:
        length += (
            {0: 0, 1: 1, 2: 2, 3: 2}[info.table] + (1 if info.mandatory_prefix > 1 else 0) + (1 if info.fwait else 0)
        )
    elif info.encoding == iced.EncodingKind.EVEX:
        length += 12
    else:
        length += 3 + (info.table != iced.OpCodeTableKind.T0F)  # the two-byte prefix serves map 0F only
        if MNEMONICS[info.mnemonic] in LATE_VEX:
            length += 20
    return length


def flags_of(info: iced.OpCodeInfo) -> int:
    """The F_* flags that follow from OpCodeInfo alone."""
    flags = 0
    for wanted, flag in (
        (info.mode16, F.F_MODE16),
        (info.mode32, F.F_MODE32),
        (info.mode64, F.F_MODE64),
        (info.encoding in (iced.EncodingKind.VEX, iced.EncodingKind.XOP), F.F_VEX),
        (info.encoding == iced.EncodingKind.EVEX, F.F_EVEX),
        (info.can_use_op_mask_register, F.F_OPMASK),
        (info.can_use_zeroing_masking, F.F_ZEROING),
        (info.can_use_rounding_control, F.F_ROUNDING),
        (info.can_suppress_all_exceptions, F.F_SAE),
        (info.require_op_mask_register, F.F_NEED_MASK),
        (info.can_use_lock_prefix, F.F_LOCK),
        (info.can_use_rep_prefix, F.F_REP),
        (info.can_use_repne_prefix, F.F_REPNE),
        (info.can_use_xacquire_prefix, F.F_XACQUIRE),
        (info.can_use_xrelease_prefix, F.F_XRELEASE),
        (info.can_use_bnd_prefix, F.F_BND),
        (info.can_use_notrack_prefix, F.F_NOTRACK),
        (info.can_use_hint_taken_prefix, F.F_HINT),
        (info.encoding == iced.EncodingKind.D3NOW, F.F_3DNOW),
        (info.fwait, F.F_WAIT),
        (info.operand_size == 16, F.F_O16),
        (info.operand_size == 32, F.F_O32),
        (info.operand_size == 64 and not (info.default_op_size64 or info.force_op_size64), F.F_O64),
        (info.address_size == 16, F.F_A16),
        (info.address_size == 32, F.F_A32),
        (info.address_size == 64, F.F_A64),
    ):
        if wanted:
            flags |= flag
    if info.can_broadcast:
        whole = iced.MemorySizeInfo(info.memory_size).size * 8
        count = whole // broadcast_bits(info)
        flags |= (count.bit_length() - 1) << F.F_COUNT_SHIFT
    return flags


def operand(info: iced.OpCodeInfo, kind: str, no_memory: bool) -> tuple[int, int]:
    """(class set, shape) of one explicit operand. A set with both register and memory classes is split by the caller."""
    evex = info.encoding == iced.EncodingKind.EVEX
    if kind in IMMEDIATES:
        class_name, shape = IMMEDIATES[kind]
        return BIT[class_name], shape
    if kind.startswith(("BR16", "BR32", "BR64", "XBEGIN", "BRDISP")):
        return BIT["rel"], 3 if kind.startswith("BR64") else 2 if kind.startswith("BR32") else 1
    if kind == "FARBR2_2":
        return BIT["far16"], 4
    if kind == "FARBR4_2":
        return BIT["far32"], 5
    if kind == "MEM_OFFS":
        return BIT["moffs" + MEMORY_CLASS[iced.MemorySizeInfo(info.memory_size).size][1:]], F.SHAPE_MEMORY
    registers = register_class(kind, evex) if not kind.startswith(("MEM", "SIBMEM")) else 0
    memory = memory_class(info, kind) if "MEM" in kind and not kind.endswith("REG_MEM") and not no_memory else 0
    return registers | memory, F.SHAPE_REGISTER if registers else F.SHAPE_MEMORY


def rows_of(code: int, lists: dict[str, list[str]]) -> list[tuple[str, Row]]:
    """(mnemonic, row) for every form a Code gives."""
    info = iced.OpCodeInfo(code)
    code_name = CODES[code]
    name = lists["rename"].get(code_name) or MNEMONICS[info.mnemonic].lower()  # type: ignore[attr-defined, call-overload]
    kinds = [KINDS[kind] for kind in info.op_kinds()]
    flags = flags_of(info)
    masks: list[int] = []
    shape: list[int] = []
    implicit = any(kind in IMPLICIT for kind in kinds)
    second_immediate = False
    for kind in kinds:
        if kind in IMPLICIT:
            shape.append(IMPLICIT[kind])
        elif implicit and kind in FIXED:
            shape.append(F.SHAPE_FIXED + FIXED[kind])
        else:
            mask, one = operand(info, kind, code_name in lists["ignore_mem"])
            if one == 6 and second_immediate:
                one = 7
            second_immediate = second_immediate or one in (6, 8)
            masks.append(mask)
            shape.append(one)
            if kind == "BR16_1" or kind == "BR32_1" or kind == "BR64_1":
                flags |= F.F_SHORT
    text = info.op_code_string
    modrm = "/" in text or "(11)" in text or "11:" in text
    accumulator = 1 if any(kind in ("AL", "AX", "EAX", "RAX") for kind in kinds) and not implicit else 0
    cost = 2 * base_length(info, tuple(shape), modrm)
    # VPPERM has two forms for registers only; NASM takes the one with W set, for FMA4 the other.
    last = -code if name == "vpperm" else code
    row = Row((cost, accumulator, info.op_code, last), code, flags, cost, tuple(masks), tuple(shape))
    return [(name, made) for made in variants(name, row, kinds)]


def variants(name: str, row: Row, kinds: list[str]) -> list[Row]:
    """The row itself and the statements NASM accepts for the same encoding with other operands."""
    upper = name.upper()
    masks = list(row.masks)
    flags = row.flags
    r64, r32, r16 = BIT["r64"], BIT["r32"], BIT["r16"]
    segment = name == "mov" and "SEG_REG" in kinds
    if upper in NARROW or upper in NO_PREFIX or segment:
        if (upper in NARROW or segment) and any(mask & r64 for mask in masks):
            return []
        for index, mask in enumerate(masks):
            if mask & r32:
                masks[index] |= r64 if upper in NARROW or segment else 0
                flags |= F.F_TO32_0 << index
                if upper in NO_PREFIX or (segment and index == 1):
                    masks[index] |= r16
        row = row._replace(masks=tuple(masks), flags=flags)
    made = [row]
    memory = BIT["m8"] | BIT["m16"] | BIT["m32"] | BIT["m64"]
    if name == "mov" and kinds == ["R32_OPCODE", "IMM32"]:
        made.append(row._replace(masks=(r64, BIT["u32"]), flags=flags & ~(F.F_MODE16 | F.F_MODE32) | F.F_TO32_0))
    elif name == "mov" and kinds == ["R64_OR_MEM", "IMM32SEX64"]:
        # a symbol as immediate of `mov r64` wants all 64 bits; a number may take the short form
        made = [row._replace(masks=(r64, BIT["i32m64"])), row._replace(masks=(BIT["m64"], BIT["i32s64"]))]
    elif name == "xchg" and len(kinds) == 2 and kinds[1] in ("AX", "EAX", "RAX"):
        made.append(row._replace(masks=(masks[1], masks[0]), flags=flags | F.F_SWAP))
    elif name == "xchg" and kinds[0].endswith("OR_MEM"):
        # both directions mean the same; NASM puts the first register into the reg field
        made = [
            row._replace(masks=(masks[0] & memory, masks[1])),
            row._replace(masks=(masks[1], masks[0]), flags=flags | F.F_SWAP),
        ]
    elif name == "test" and kinds[0].endswith("OR_MEM") and kinds[1].endswith("_REG"):
        made.append(row._replace(masks=(masks[1], masks[0] & memory), flags=flags | F.F_SWAP))
    elif name == "imul" and len(kinds) == 3:
        made.append(row._replace(masks=(masks[0], masks[2]), flags=flags | F.F_TWICE))
    elif kinds == ["ST0", "STI_OPCODE"]:
        made.append(row._replace(masks=(BIT["st"],), shape=(F.SHAPE_FIXED + FIXED["ST0"], 0)))
        if name in ("fxch", "fcom", "fcomp", "fucom", "fucomp", "fcomi", "fcomip", "fucomi", "fucomip"):
            made.append(row._replace(masks=(), shape=(F.SHAPE_FIXED + FIXED["ST0"], F.SHAPE_FIXED + FIXED["ST1"])))
    elif kinds == ["STI_OPCODE", "ST0"] and name.endswith("p"):
        made.append(row._replace(masks=(BIT["st"],), shape=(0, F.SHAPE_FIXED + FIXED["ST0"])))
        made.append(row._replace(masks=(), shape=(F.SHAPE_FIXED + FIXED["ST1"], F.SHAPE_FIXED + FIXED["ST0"])))
        if name in ("faddp", "fmulp", "fsubp", "fsubrp", "fdivp", "fdivrp"):
            pass
    elif kinds == ["STI_OPCODE"] and name in ("ffree", "ffreep"):
        made.append(row._replace(masks=(), shape=(F.SHAPE_FIXED + FIXED["ST1"],)))
    return made


def build() -> dict[str, list[Row]]:
    """mnemonic -> rows in order of preference."""
    lists = json.loads((ROOT / "tools/asm_code_lists.json").read_text())
    ignored = set(lists["ignore"])
    table: dict[str, list[Row]] = {}
    for code in sorted(CODES):
        info = iced.OpCodeInfo(code)
        if "_KNC_" in CODES[code]:
            continue
        if not info.is_instruction or CODES[code] in ignored or info.encoding == iced.EncodingKind.MVEX:
            # far pointers are reached with far(selector, offset), which other APIs of iced leave to special functions
            if CODES[code] not in ("CALL_PTR1616", "CALL_PTR1632", "JMP_PTR1616", "JMP_PTR1632", "XLAT_M8"):
                continue
        for name, row in rows_of(code, lists):
            if CODES[code].startswith(("CALL_M16", "JMP_M16", "CALL_PTR16", "JMP_PTR16")):
                table.setdefault(name + "_far", []).append(row)
                if CODES[code].endswith("M1616"):
                    continue  # `call dword [...]` means a near call where that exists and nothing elsewhere
            table.setdefault(name, []).append(row)
    table["sal"] = table["shl"]
    for name, sized in NATURAL.items():
        # without a size letter the operand size is the mode's; the order of forms sees to that
        table[name] = [row for one in (name, *sized) for row in table.get(one, [])]
        if sized[0].endswith("w") and sized[0] not in table:
            table[sized[0]] = [row for row in table[name] if row.flags & F.F_O16]
    for size, flag in (("w", F.F_O16), ("d", F.F_O32), ("q", F.F_O64)):
        table["retf" + size] = [row for row in table["retf"] if row.flags & flag]
    for alias, name in ALIASES.items():
        table[alias] = table[name]
    for name in list(table):
        if name.startswith("vf") and name[-5:-2] in PERMUTED:
            rows = [row for row in table[name] if row.flags & F.F_VEX]
            if rows:
                table[name[:-5] + PERMUTED[name[-5:-2]] + name[-2:]] = rows
    for rows in table.values():
        rows.sort(key=lambda row: row.key)
    return table


NATURAL = {
    "pushf": ("pushfw", "pushfd", "pushfq"),
    "popf": ("popfw", "popfd", "popfq"),
    "pusha": ("pushaw", "pushad"),
    "popa": ("popaw", "popad"),
    "iret": ("iretw", "iretd", "iretq"),
}


def _condition_aliases() -> dict[str, str]:
    same = {
        "a": "a nbe",
        "ae": "ae nb nc",
        "b": "b c nae",
        "be": "be na",
        "e": "e z",
        "g": "g nle",
        "ge": "ge nl",
        "l": "l nge",
        "le": "le ng",
        "ne": "ne nz",
        "no": "no",
        "np": "np po",
        "ns": "ns",
        "o": "o",
        "p": "p pe",
        "s": "s",
    }
    found: dict[str, str] = {}
    for condition, names in same.items():
        for other in names.split():
            if other != condition:
                for prefix in ("j", "set", "cmov"):
                    found[prefix + other] = prefix + condition
    found.update({"loopz": "loope", "loopnz": "loopne"})
    return found


# The same product and sum with two operands named in the other order.
PERMUTED = {"132": "312", "213": "123", "231": "321"}


def pseudo(table: dict[str, list[Row]]) -> dict[str, tuple[str, int]]:
    """Mnemonics that stand for another one with a last immediate: name -> (mnemonic, immediate)."""
    found: dict[str, tuple[str, int]] = {}
    for number, names in enumerate(COMPARISONS):
        for name in names.split():
            for kind in ("ps", "pd", "ss", "sd", "ph", "sh"):
                if number < 8 and "_" not in name and kind[1] != "h":
                    found[f"cmp{name}{kind}"] = (f"cmp{kind}", number)
                found[f"vcmp{name}{kind}"] = (f"vcmp{kind}", number)
    for kind in ("b", "ub", "w", "uw", "d", "ud", "q", "uq"):
        for number, names in enumerate(("eq", "lt nge", "le ngt", "", "neq", "nlt ge", "nle gt")):
            for name in names.split():
                found[f"vpcmp{name}{kind}"] = (f"vpcmp{kind}", number)
        for number, name in enumerate(("lt", "le", "gt", "ge", "eq", "neq", "false", "true")):
            found[f"vpcom{name}{kind}"] = (f"vpcom{kind}", number)
    for number, name in ((0, "lqlq"), (1, "hqlq"), (16, "lqhq"), (17, "hqhq")):
        for prefix in ("", "v"):
            found[f"{prefix}pclmul{name}dq"] = (f"{prefix}pclmulqdq", number)
    return {name: found[name] for name in sorted(found) if name not in table}


COMPARISONS = (
    "eq eq_oq", "lt lt_os", "le le_os", "unord unord_q", "neq neq_uq", "nlt nlt_us", "nle nle_us", "ord ord_q", "eq_uq",
    "nge nge_us", "ngt ngt_us", "false false_oq", "neq_oq", "ge ge_os", "gt gt_os", "true true_uq", "eq_os", "lt_oq", "le_oq",
    "unord_s", "neq_us", "nlt_uq", "nle_uq", "ord_s", "eq_us", "nge_uq", "ngt_uq", "false_os", "neq_os", "ge_oq", "gt_oq",
    "true_us",
)  # fmt: skip
ALIASES = _condition_aliases() | {
    "fwait": "wait",
    "xlat": "xlatb",
    "int1": "int1",
    "icebp": "int1",
    "int01": "int1",
    "int03": "int3",
    "retn": "ret",
    "pushfd_": "pushfd",
}
ALIASES = {alias: name for alias, name in ALIASES.items() if not alias.endswith("_") and alias != name}


def pack(table: dict[str, list[Row]]) -> bytes:
    """The bytes of forms.bin. marshal version 2 has no back references: the same table always gives the same bytes."""
    masks = sorted({mask for rows in table.values() for row in rows for mask in row.masks})
    if len(masks) > 255:
        raise SystemExit("more than 255 operand classes: widen the mask index")
    number = {mask: index for index, mask in enumerate(masks)}
    packed: dict[str, bytes] = {}
    for name in sorted(table):
        out = bytearray()
        for row in table[name]:
            out += F._ROW.pack(row.code, row.flags, min(row.cost, 250), len(row.masks), len(row.shape))
            out += bytes([number[mask] for mask in row.masks]) + bytes(row.shape)
        packed[name] = bytes(out)
    last = max(CODES)
    return marshal.dumps((masks, packed, pseudo(table), (CODES[last], last)), 2)


# -- the typing stub ---------------------------------------------------------------------------------------------------
# Class -> the Python type of an operand of that class. Memory and immediates are written by hand into the stub's head.
TYPES = {
    "r8": "Reg8", "al": "Reg8", "cl": "Reg8", "r16": "Reg16", "ax": "Reg16", "dx": "Reg16", "r32": "Reg32", "eax": "Reg32",
    "r64": "Reg64", "rax": "Reg64", "seg": "Segment", "es": "Segment", "cs": "Segment", "ss": "Segment", "ds": "Segment",
    "fs": "Segment", "gs": "Segment", "cr": "Control", "dr": "Debug", "tr": "Test", "st": "X87", "st0": "X87", "mm": "Mmx",
    "xmm": "Xmm", "xmmx": "Xmm", "xmm0": "Xmm", "ymm": "Ymm", "ymmx": "Ymm", "zmm": "Zmm", "k": "Mask", "bnd": "Bound",
    "tmm": "Tile", "rel": "Place", "far16": "FarPointer", "far32": "FarPointer",
}  # fmt: skip
HEAD = """# Generated by tools/gen_asm_table.py: do not edit.
# ruff: noqa
from typing import Any, Final, TypeAlias, overload

from .operands import (
    Bound, Control, Debug, Decorator, Difference, FarPointer, Immediate, Label, Mask, Mem, Mmx, Ref, Reg, Reg8, Reg16, Reg32,
    Reg64, Segment, Sym, Test, Tile, X87, Xmm, Ymm, Zmm,
)

Number: TypeAlias = int | Immediate | Sym | Label | Ref | Difference | str
Place: TypeAlias = int | Sym | Label | Ref | str
MEMO_LIMIT: Final[int]
REQUESTS: Final[dict[str, int]]

def spelled(name: str) -> str: ...

"""


def stub_types(mask: int) -> list[str]:
    """The Python types an operand may have, in order of the classes."""
    found: dict[str, None] = {}
    for name in CLASS_NAMES:
        if mask & BIT[name]:
            found[TYPES.get(name, "Mem" if name[0] in "mbv" else "Number")] = None
    return list(found)


def stub_signatures(rows: list[Row]) -> list[str]:
    """Parameter lists of a mnemonic; forms that differ in one operand's type are joined into a union."""
    kept: list[list[frozenset[str]]] = []
    for row in rows:
        types = [frozenset(stub_types(mask)) for mask in row.masks]
        if row.flags & (F.F_ROUNDING | F.F_SAE):
            types.append(frozenset(("Decorator",)))
            if types[:-1] not in kept:
                kept.append(types[:-1])
        if types not in kept:
            kept.append(types)
    joined = True
    while joined:
        joined = False
        for first in range(len(kept)):
            for second in range(first + 1, len(kept)):
                one, other = kept[first], kept[second]
                differ = [i for i in range(len(one)) if len(one) == len(other) and one[i] != other[i]]
                if len(one) == len(other) and len(differ) <= 1:
                    kept[first] = [a | b for a, b in zip(one, other)]
                    del kept[second]
                    joined = True
                    break
            if joined:
                break
    letters = "abcdefg"
    out = []
    for one in kept:
        parameters = [f"{letters[i]}: {' | '.join(sorted(types))}" for i, types in enumerate(one)]
        out.append(", ".join(["self", *parameters, *(["/"] if parameters else [])]))
    return out


def stub(table: dict[str, list[Row]]) -> bytes:
    """The text of mnemonics.pyi."""
    out = [HEAD]
    methods: list[str] = []
    short = pseudo(table)
    for name in sorted([*table, *short]):
        attribute = name + "_" if name in RESERVED else name
        rows = table[short[name][0] if name in short else name]
        if name in short:  # the immediate is part of the name
            rows = [row._replace(masks=row.masks[:-1]) for row in rows]
        signatures = stub_signatures(rows)
        for signature in signatures:
            if len(signatures) > 1:
                methods.append("    @overload")
            methods.append(f"    def {attribute}({signature}) -> None: ...")
    methods.append("    int_ = int")
    out.append("class Mnemonics:\n" + "\n".join(methods) + "\n\n")
    out.append("class Prefixed(Mnemonics):\n    def __init__(self, assembler: Any, request: int) -> None: ...\n")
    out += [f"    {name}: Prefixed\n" for name in REQUESTS]
    return "".join(out).encode()


RESERVED = {"and", "or", "not", "in", "is"}


def main() -> int:
    table = build()
    outputs = {TABLE: pack(table), STUB: stub(table)}
    if "--check" in sys.argv[1:]:
        return 0 if all(path.exists() and path.read_bytes() == data for path, data in outputs.items()) else 1
    for path, data in outputs.items():
        path.write_bytes(data)
        print(f"{path.relative_to(ROOT)}: {len(data)} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
