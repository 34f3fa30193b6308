"""Machine code bytes of single instructions: the only door to iced-x86.

Two layers. `instruction` and `encode` build and encode any instruction; the assembler uses them. The short functions
(`op`, `r`, `rr`, `ri`, `rm`, `mr`, ...) give the bytes of one instruction each and remember them: real programs repeat
few forms, and a dictionary look-up is several times cheaper than building and encoding an instruction again. Their
memory operand is a tuple `(base, index, scale, displacement)` of register numbers (0 = none).

References to symbols use the `_at` functions: displacement or immediate are encoded as four zero bytes and the byte
offset of the field is returned with the data, so that the caller can attach a fixup. For a rip-relative operand the
addend is `wanted displacement - (instruction length - field offset)`: the processor counts from the instruction's end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from iced_x86 import Code, CpuidFeature, Encoder, Instruction, MemoryOperand, OpKind, Register

__all__ = [
    "R8", "R16", "R32", "R64", "RIP", "XMM", "Code", "EncodeError", "Encoded", "Mem", "Memory", "OpKind", "Register",
    "branch", "encode", "forget", "instruction", "m", "m_at", "mi", "mi_at", "mr", "mr_at", "op", "r", "ri", "ri_at",
    "rm", "rm_at", "rmi", "rmi_at", "rr", "rri",
]

Mem: TypeAlias = tuple[int, int, int, int]
"""(base, index, scale, displacement); registers by iced number, 0 = none."""

RIP: Final[int] = Register.RIP
# Registers by hardware number 0..15.
R64: Final[tuple[int, ...]] = tuple(range(Register.RAX, Register.RAX + 16))
R32: Final[tuple[int, ...]] = tuple(range(Register.EAX, Register.EAX + 16))
R16: Final[tuple[int, ...]] = tuple(range(Register.AX, Register.AX + 16))
R8: Final[tuple[int, ...]] = (*range(Register.AL, Register.AL + 4), *range(Register.SPL, Register.SPL + 12))
"""The low byte registers; 4..7 are spl bpl sil dil."""
XMM: Final[tuple[int, ...]] = tuple(range(Register.XMM0, Register.XMM0 + 16))

_RBP: Final[int] = Register.RBP
_R13: Final[int] = Register.R13
MEMO_LIMIT: Final = 300_000
"""Remembered encodings per table before it is emptied: bounds the memory of a resident process."""


class EncodeError(ValueError):
    """The operands do not fit the instruction form."""


class Encoded(NamedTuple):
    """Bytes of an instruction and where its constants are (offsets and sizes in bytes; size 0 = there is none)."""

    data: bytes
    disp_offset: int
    disp_size: int
    imm_offset: int
    imm_size: int
    imm2_offset: int
    imm2_size: int


class Memory(NamedTuple):
    """A memory operand with everything iced knows. `disp_size`: 0, 1 (shortest), 4 or 8 bytes.

    Without a base use 8: with 1, iced scales the displacement of EVEX forms although the processor does not.
    """

    base: int = 0
    index: int = 0          # type: ignore[assignment]  # shadows tuple.index, which nobody calls
    scale: int = 1
    disp: int = 0
    disp_size: int = 1
    segment: int = 0
    broadcast: bool = False


_encoder: Final = Encoder(64)
# iced's stubs want its enum classes; at run time they are plain integers, which is what everything here passes.
_make: Final[Any] = Instruction
_operand: Final[Any] = MemoryOperand
_RR: Final[dict[tuple[int, int, int], bytes]] = {}
_RM: Final[dict[tuple[int, int, Mem], bytes]] = {}
_MR: Final[dict[tuple[int, int, Mem], bytes]] = {}
_ANY: Final[dict[tuple[Any, ...], bytes]] = {}
_AT: Final[dict[tuple[Any, ...], tuple[bytes, int]]] = {}


def forget() -> None:
    """Drop all remembered encodings."""
    for table in (_RR, _RM, _MR, _ANY, _AT):
        table.clear()


# -- general layer -----------------------------------------------------------------------------------------------------
def instruction(code: int, operands: Sequence[int | Memory | tuple[str, int]] = ()) -> Any:
    """An iced instruction: registers are numbers, memory `Memory`, immediates ("i", value), branch targets ("b", ip).

    Raises EncodeError when iced refuses the combination.
    """
    names: list[str] = []
    args: list[Any] = []
    for operand in operands:
        if isinstance(operand, Memory):
            names.append("mem")
            args.append(_operand(operand.base, operand.index, operand.scale, _i64(operand.disp), operand.disp_size,
                                      operand.broadcast, operand.segment))
        elif isinstance(operand, tuple):
            kind, value = operand
            if kind == "b":
                return _try(_make.create_branch, code, value & 0xFFFFFFFFFFFFFFFF)
            value = _i64(value)
            wide = not -0x80000000 <= value <= 0x7FFFFFFF
            names.append(("i64" if len(names) == 1 and names[0] == "reg" else "u32") if wide else "i32")
            args.append(value & 0xFFFFFFFF if names[-1] == "u32" else value)
        else:
            names.append("reg")
            args.append(operand)
    create = getattr(_make, "create_" + "_".join(names) if names else "create", None)
    if create is None:
        raise EncodeError(f"no instruction takes operands {' '.join(names)}")
    return _try(create, code, *args)


def _try(create: Any, *args: Any) -> Any:
    try:
        return create(*args)
    except (ValueError, OverflowError) as error:
        raise EncodeError(str(error)) from None


def _i64(value: int) -> int:
    value &= 0xFFFFFFFFFFFFFFFF
    return value - (1 << 64) if value >> 63 else value


def encode(inst: Any, ip: int = 0) -> Encoded:
    """Bytes of an instruction placed at `ip`. Raises EncodeError."""
    try:
        _encoder.encode(inst, ip)
    except ValueError as error:
        _encoder.take_buffer()              # iced leaves the bytes of a failed instruction in its buffer
        raise EncodeError(str(error)) from None
    where = _encoder.get_constant_offsets()
    return Encoded(_encoder.take_buffer(), where.displacement_offset, where.displacement_size, where.immediate_offset,
                   where.immediate_size, where.immediate_offset2, where.immediate_size2)


# -- remembered forms --------------------------------------------------------------------------------------------------
def _bytes(inst: Any) -> bytes:
    return encode(inst).data


def _memory(mem: Mem) -> Any:
    base, index, scale, disp = mem
    if not base:
        return _operand(0, index, scale, disp, 8)
    if not disp and base not in (_RBP, _R13):
        return _operand(base, index, scale, 0, 0)
    return _operand(base, index, scale, disp, 1 if -128 <= disp <= 127 else 8)


def op(code: int) -> bytes:
    """An instruction without explicit operands (`ret`, `cqo`, `ud2`)."""
    key = (code,)
    data = _ANY.get(key)
    if data is None:
        data = _ANY[key] = _bytes(_make.create(code))
    return data


def r(code: int, a: int) -> bytes:
    """One register."""
    key = (code, a, 0)
    data = _RR.get(key)
    if data is None:
        data = _RR[key] = _bytes(_make.create_reg(code, a))
    return data


def rr(code: int, a: int, b: int) -> bytes:
    """Two registers."""
    key = (code, a, b)
    data = _RR.get(key)
    if data is None:
        data = _RR[key] = _bytes(_make.create_reg_reg(code, a, b))
    return data


def ri(code: int, a: int, value: int) -> bytes:
    """Register and immediate (signed; up to 64 bits for `mov r64, imm64`)."""
    key = (code, a, value, "i")
    data = _ANY.get(key)
    if data is None:
        _limit(_ANY)
        if -0x80000000 <= value <= 0x7FFFFFFF:
            inst = _make.create_reg_i32(code, a, value)
        else:
            inst = _make.create_reg_i64(code, a, _i64(value))
        data = _ANY[key] = _bytes(inst)
    return data


def rri(code: int, a: int, b: int, value: int) -> bytes:
    """Two registers and an immediate."""
    key = (code, a, b, value)
    data = _ANY.get(key)
    if data is None:
        _limit(_ANY)
        data = _ANY[key] = _bytes(_make.create_reg_reg_i32(code, a, b, value))
    return data


def rm(code: int, a: int, mem: Mem) -> bytes:
    """Register, memory."""
    key = (code, a, mem)
    data = _RM.get(key)
    if data is None:
        _limit(_RM)
        data = _RM[key] = _bytes(_make.create_reg_mem(code, a, _memory(mem)))
    return data


def mr(code: int, mem: Mem, a: int) -> bytes:
    """Memory, register."""
    key = (code, a, mem)
    data = _MR.get(key)
    if data is None:
        _limit(_MR)
        data = _MR[key] = _bytes(_make.create_mem_reg(code, _memory(mem), a))
    return data


def m(code: int, mem: Mem) -> bytes:
    """One memory operand."""
    key = (code, 0, mem)
    data = _MR.get(key)
    if data is None:
        _limit(_MR)
        data = _MR[key] = _bytes(_make.create_mem(code, _memory(mem)))
    return data


def mi(code: int, mem: Mem, value: int) -> bytes:
    """Memory and immediate (signed 32-bit)."""
    key = (code, mem, value)
    data = _ANY.get(key)
    if data is None:
        _limit(_ANY)
        data = _ANY[key] = _bytes(_make.create_mem_i32(code, _memory(mem), value))
    return data


def rmi(code: int, a: int, mem: Mem, value: int) -> bytes:
    """Register, memory and immediate."""
    key = (code, a, mem, value)
    data = _ANY.get(key)
    if data is None:
        _limit(_ANY)
        data = _ANY[key] = _bytes(_make.create_reg_mem_i32(code, a, _memory(mem), value))
    return data


def _limit(table: dict[Any, Any]) -> None:
    if len(table) >= MEMO_LIMIT:
        table.clear()


# -- forms with a symbol -----------------------------------------------------------------------------------------------
def _symbolic(base: int, index: int, scale: int) -> Any:
    """Memory with a 32-bit displacement field, whatever its value will be."""
    if base == RIP:
        return _operand(RIP, 0, 1, 0, 8)
    # 0x11223344 only forces the four-byte form; the field is cleared below.
    return _operand(base, index, scale, 0x11223344, 8)


def _field(inst: Any, immediate: bool = False) -> tuple[bytes, int]:
    data, disp_offset, disp_size, imm_offset, imm_size, _, _ = encode(inst)
    offset, size = (imm_offset, imm_size) if immediate else (disp_offset, disp_size)
    if size != 4:
        raise EncodeError(f"symbol needs a four-byte field, this form has {size}")
    return data[:offset] + b"\0\0\0\0" + data[offset + 4:], offset


def ri_at(code: int, a: int) -> tuple[bytes, int]:
    """Register and a 32-bit immediate to be filled in."""
    key = (code, a)
    known = _AT.get(key)
    if known is None:
        known = _AT[key] = _field(_make.create_reg_i32(code, a, 0x11223344), True)
    return known


def rm_at(code: int, a: int, base: int, index: int, scale: int) -> tuple[bytes, int]:
    """Register, memory with a displacement to be filled in."""
    key = (code, a, base, index, scale)
    known = _AT.get(key)
    if known is None:
        known = _AT[key] = _field(_make.create_reg_mem(code, a, _symbolic(base, index, scale)))
    return known


def mr_at(code: int, base: int, index: int, scale: int, a: int) -> tuple[bytes, int]:
    """Memory with a displacement to be filled in, register."""
    key = (code, a, base, index, scale, "mr")
    known = _AT.get(key)
    if known is None:
        known = _AT[key] = _field(_make.create_mem_reg(code, _symbolic(base, index, scale), a))
    return known


def m_at(code: int, base: int, index: int, scale: int) -> tuple[bytes, int]:
    """Memory with a displacement to be filled in."""
    key = (code, base, index, scale)
    known = _AT.get(key)
    if known is None:
        known = _AT[key] = _field(_make.create_mem(code, _symbolic(base, index, scale)))
    return known


def mi_at(code: int, base: int, index: int, scale: int, value: int) -> tuple[bytes, int]:
    """Memory with a displacement to be filled in, immediate."""
    key = (code, base, index, scale, value, "mi")
    known = _AT.get(key)
    if known is None:
        _limit(_AT)
        known = _AT[key] = _field(_make.create_mem_i32(code, _symbolic(base, index, scale), value))
    return known


def rmi_at(code: int, a: int, base: int, index: int, scale: int, value: int) -> tuple[bytes, int]:
    """Register, memory with a displacement to be filled in, immediate."""
    key = (code, a, base, index, scale, value, "rmi")
    known = _AT.get(key)
    if known is None:
        _limit(_AT)
        known = _AT[key] = _field(_make.create_reg_mem_i32(code, a, _symbolic(base, index, scale), value))
    return known


# -- branches ----------------------------------------------------------------------------------------------------------
def branch(condition: int, distance: int, near: bool) -> bytes:
    """A jump of `distance` bytes from its own end. `condition`: 0..15 as in the opcode (4 = equal), -1 = always.

    2 bytes when short; near jumps have 5, near conditional jumps 6 bytes.
    """
    if not near:
        return bytes((0xEB if condition < 0 else 0x70 | condition, distance & 0xFF))
    tail = (distance & 0xFFFFFFFF).to_bytes(4, "little")
    return b"\xE9" + tail if condition < 0 else bytes((0x0F, 0x80 | condition)) + tail


# -- what the assembler needs: any form, any mode, every attribute -----------------------------------------------------
P_LOCK: Final = 1
P_REP: Final = 2
P_REPNE: Final = 4
P_XACQUIRE: Final = 8
P_XRELEASE: Final = 16
P_BND: Final = 32
P_NOTRACK: Final = 64
P_TAKEN: Final = 128
P_NOT_TAKEN: Final = 256
_NOT_3DNOW: Final = Code.PADDB_MM_MMM64
_ENCODERS: Final[dict[int, Encoder]] = {64: _encoder}
_STRING_KINDS: Final = {17: {16: 15, 32: 16, 64: 17}, 20: {16: 18, 32: 19, 64: 20}, 23: {16: 21, 32: 22, 64: 23}}
_XLAT_BASE: Final = {16: Register.BX, 32: Register.EBX, 64: Register.RBX}


def form(bits: int, code: int, shape: bytes, values: Sequence[Any], prefixes: int = 0, opmask: int = 0, zeroing: bool = False,
         rounding: int = 0, sae: bool = False, address: int = 0, segment: int = 0) -> Encoded:
    """Encode a form of the assembler's table in `bits`-bit code.

    `shape` has one operand kind per operand of iced's instruction and `values` the value for each: register number, `Memory`,
    immediate, (selector, offset) of a far pointer. Implicit memory operands of string instructions take the address size
    `address` (0 = the mode's) and the override `segment`. Raises EncodeError.
    """
    inst: Any = Instruction()           # iced's stubs want members of its enumerations, which are plain numbers in fact
    inst.code = code
    for index, (kind, value) in enumerate(zip(shape, values)):
        if type(value) is Memory:
            _set_memory(inst, index, value)
        elif kind == 0:
            inst.set_op_register(index, value)
        elif kind in _STRING_KINDS:
            inst.set_op_kind(index, _STRING_KINDS[kind][address or bits])
        elif kind == 25:
            _set_memory(inst, index, Memory(_XLAT_BASE[address or bits], Register.AL, 1, 0, 0, segment))
        else:
            _set_constant(inst, index, kind, value)
    if segment:
        inst.segment_prefix = segment
    if prefixes:
        _set_prefixes(inst, prefixes)
    if opmask:
        inst.op_mask = Register.K0 + opmask
        inst.zeroing_masking = zeroing
    if rounding:
        inst.rounding_control = rounding
    if sae:
        inst.suppress_all_exceptions = True
    encoder = _ENCODERS.get(bits)
    if encoder is None:
        encoder = _ENCODERS[bits] = Encoder(bits)
    try:
        encoder.encode(inst, 0)
    except ValueError as error:
        encoder.take_buffer()
        raise EncodeError(str(error)) from None
    where = encoder.get_constant_offsets()
    return Encoded(encoder.take_buffer(), where.displacement_offset, where.displacement_size, where.immediate_offset,
                   where.immediate_size, where.immediate_offset2, where.immediate_size2)


_PLACE_NAMES: Final = (("_OR_MEM", "rm"), ("_RM", "rm"), ("P3_VVVV", ""), ("_VVVV", "vvvv"), ("STI_OPCODE", ""),
                       ("_OPCODE", "opcode"), ("KP1_REG", ""), ("_REG", "reg"))
_places: Final[dict[int, str]] = {}
_code_places: dict[int, tuple[str, ...]] = {}


def places(code: int) -> tuple[str, ...]:
    """Where an instruction has the number of each operand's register: "reg" and "rm" (or what `rm` may be instead: memory) of
    ModRM, "vvvv", "opcode" (its low bits) or "" (elsewhere, or no register)."""
    found = _code_places.get(code)
    if found is None:
        from iced_x86 import OpCodeInfo, OpCodeOperandKind

        if not _places:
            for name, number in vars(OpCodeOperandKind).items():
                if isinstance(number, int):
                    _places[number] = next((place for end, place in _PLACE_NAMES if name.endswith(end)), "")
        info = OpCodeInfo(code)  # type: ignore[arg-type]
        found = _code_places[code] = tuple([_places[kind] for kind in info.op_kinds()])
    return found


def form_3dnow(bits: int, code: int, shape: bytes, values: Sequence[Any]) -> Encoded:
    """A 3DNow! instruction. iced drops the REX prefix of its memory operand, so the operands are encoded with an MMX
    instruction of the same shape and the opcode is exchanged: 0F FC modrm becomes 0F 0F modrm suffix."""
    suffix = form(bits, code, shape, (Register.MM0, Register.MM0)).data[-1]
    like = form(bits, _NOT_3DNOW, shape, values)
    at = like.data.index(b"\x0F\xFC")
    return like._replace(data=like.data[:at + 1] + b"\x0F" + like.data[at + 2:] + bytes((suffix,)))


def _set_memory(inst: Any, index: int, memory: Memory) -> None:
    inst.set_op_kind(index, OpKind.MEMORY)
    inst.memory_base = memory.base
    inst.memory_index = memory.index
    inst.memory_index_scale = memory.scale
    inst.memory_displ_size = memory.disp_size
    inst.memory_displacement = memory.disp & 0xFFFFFFFFFFFFFFFF
    if memory.segment:
        inst.segment_prefix = memory.segment
    if memory.broadcast:
        inst.is_broadcast = True


def _set_constant(inst: Any, index: int, kind: int, value: Any) -> None:
    inst.set_op_kind(index, kind)
    if kind == OpKind.IMMEDIATE8:
        inst.immediate8 = value & 0xFF
    elif kind == OpKind.IMMEDIATE8_2ND:
        inst.immediate8_2nd = value & 0xFF
    elif kind == OpKind.IMMEDIATE16:
        inst.immediate16 = value & 0xFFFF
    elif kind == OpKind.IMMEDIATE32:
        inst.immediate32 = value & 0xFFFFFFFF
    elif kind == OpKind.IMMEDIATE64:
        inst.immediate64 = value & 0xFFFFFFFFFFFFFFFF
    elif kind == OpKind.IMMEDIATE8TO16:
        inst.immediate8to16 = (value & 0xFF ^ 0x80) - 0x80
    elif kind == OpKind.IMMEDIATE8TO32:
        inst.immediate8to32 = (value & 0xFF ^ 0x80) - 0x80
    elif kind == OpKind.IMMEDIATE8TO64:
        inst.immediate8to64 = (value & 0xFF ^ 0x80) - 0x80
    elif kind == OpKind.IMMEDIATE32TO64:
        inst.immediate32to64 = (value & 0xFFFFFFFF ^ 0x80000000) - 0x80000000
    elif kind == OpKind.FAR_BRANCH16:
        inst.far_branch_selector, inst.far_branch16 = value[0], value[1] & 0xFFFF
    elif kind == OpKind.FAR_BRANCH32:
        inst.far_branch_selector, inst.far_branch32 = value[0], value[1] & 0xFFFFFFFF
    elif kind == OpKind.NEAR_BRANCH64:
        inst.near_branch64 = value
    elif kind == OpKind.NEAR_BRANCH32:
        inst.near_branch32 = value
    else:
        inst.near_branch16 = value


def _set_prefixes(inst: Any, prefixes: int) -> None:
    if prefixes & P_LOCK:
        inst.has_lock_prefix = True
    if prefixes & P_REP:
        inst.has_rep_prefix = True
    if prefixes & (P_REPNE | P_BND):
        inst.has_repne_prefix = True
    if prefixes & P_XACQUIRE:
        inst.has_xacquire_prefix = True
    if prefixes & P_XRELEASE:
        inst.has_xrelease_prefix = True
    if prefixes & (P_NOTRACK | P_TAKEN):
        inst.segment_prefix = Register.DS
    elif prefixes & P_NOT_TAKEN:
        inst.segment_prefix = Register.CS


class Decoded(NamedTuple):
    """One instruction read back. `target`: address a near branch goes to or a rip-relative operand names, -1 if there is none.
    `valid` is False for bytes that are no instruction."""

    offset: int
    length: int
    text: str
    target: int
    valid: bool


def decode(data: bytes, bits: int = 64, address: int = 0, syntax: str = "nasm") -> Iterator[Decoded]:
    """Read instructions from `data`, which lies at `address`, and print them in a syntax ("nasm", "intel", "gas", "masm")."""
    from iced_x86 import Decoder, Formatter, FormatterSyntax

    formatter = Formatter(getattr(FormatterSyntax, syntax.upper()))
    formatter.hex_prefix, formatter.hex_suffix = "0x", ""
    formatter.uppercase_hex = False
    formatter.small_hex_numbers_in_decimal = True
    formatter.space_after_operand_separator = True
    formatter.rip_relative_addresses = False
    formatter.branch_leading_zeros = False
    formatter.show_branch_size = False
    near = (OpKind.NEAR_BRANCH16, OpKind.NEAR_BRANCH32, OpKind.NEAR_BRANCH64)
    decoder = Decoder(bits, data, ip=address)
    for inst in decoder:
        target = -1
        if inst.op_count and inst.op0_kind in near:
            target = inst.near_branch_target
        elif inst.is_ip_rel_memory_operand:
            target = inst.ip_rel_memory_address
        yield Decoded((inst.ip - address) & 0xFFFFFFFFFFFFFFFF, inst.len, formatter.format(inst), target, not inst.is_invalid)


class Effect(NamedTuple):
    """What one instruction does to control, stack and registers. `flow`: "next", "jump", "branch", "call", "return", "stop" or
    "indirect"; `target`: offset a direct jump goes to, -1 if there is none. `stack`: bytes rsp sinks (negative: rises), None
    if that cannot be told. `pushed` and `popped`: full register, 0 = none. `written`: full registers."""

    offset: int
    length: int
    flow: str
    target: int
    stack: int | None
    pushed: int
    popped: int
    written: frozenset[int]
    text: str


def effects(data: bytes) -> Iterator[Effect]:
    """The effects of 64-bit code, instruction by instruction."""
    from iced_x86 import (
        Decoder,
        FlowControl,
        Formatter,
        FormatterSyntax,
        InstructionInfoFactory,
        Mnemonic,
        OpAccess,
        RegisterExt,
    )

    flows = {FlowControl.NEXT: "next", FlowControl.UNCONDITIONAL_BRANCH: "jump", FlowControl.INDIRECT_BRANCH: "indirect",
             FlowControl.CONDITIONAL_BRANCH: "branch", FlowControl.RETURN: "return", FlowControl.CALL: "call",
             FlowControl.INDIRECT_CALL: "call", FlowControl.XBEGIN_XABORT_XEND: "next"}  # fmt: skip
    writes = (OpAccess.WRITE, OpAccess.COND_WRITE, OpAccess.READ_WRITE, OpAccess.READ_COND_WRITE)
    factory, formatter = InstructionInfoFactory(), Formatter(FormatterSyntax.NASM)
    formatter.hex_prefix, formatter.hex_suffix, formatter.space_after_operand_separator = "0x", "", True
    for inst in Decoder(64, data):
        flow = flows.get(inst.flow_control, "stop")
        if inst.mnemonic in (Mnemonic.SYSCALL, Mnemonic.SYSENTER, Mnemonic.INT):
            flow = "next"
        written = {RegisterExt.full_register(used.register) for used in factory.info(inst).used_registers()
                   if used.access in writes}  # fmt: skip
        stack: int | None = -inst.stack_pointer_increment
        register = RegisterExt.full_register(inst.op0_register) if inst.op_count and inst.op0_kind == OpKind.REGISTER else 0
        if flow in ("call", "return"):
            stack = 0
        elif Register.RSP in written and not stack:
            stack = _stack_change(inst, register)
        near = inst.near_branch_target if flow in ("jump", "branch") else -1
        yield Effect(inst.ip, inst.len, flow, near, stack, register if inst.mnemonic == Mnemonic.PUSH else 0,
                     register if inst.mnemonic == Mnemonic.POP else 0, frozenset(written), formatter.format(inst))  # fmt: skip


LEVELS: Final = ("8086", "186", "286", "386", "486", "Pentium", "P6", "Katmai", "Willamette", "Prescott", "x64")
"""Generations of processors, each with all instructions of those before it."""
_YOUNGEST: Final = {
    "INTEL8086": 0, "INTEL8086_ONLY": 0, "FPU": 0, "INTEL186": 1, "INTEL286": 2, "INTEL286_ONLY": 2, "FPU287": 2,
    "FPU287XL_ONLY": 2, "INTEL386": 3, "INTEL386_ONLY": 3, "INTEL386_A0_ONLY": 3, "FPU387": 3, "FPU387SL_ONLY": 3, "UMOV": 3,
    "MOV_TR": 3, "INTEL486": 4, "INTEL486_A_ONLY": 4, "CPUID": 5, "CX8": 5, "MSR": 5, "TSC": 5, "SMM": 5, "MMX": 5, "D3NOW": 5,
    "D3NOWEXT": 5, "PREFETCHW": 5, "CYRIX_SMM": 4, "CYRIX_SMINT": 6, "CYRIX_SMINT_0F7E": 4, "CYRIX_EMMI": 5, "CMOV": 6,
    "RDPMC": 6, "SEP": 6, "SYSCALL": 6, "MULTIBYTENOP": 6, "FXSR": 6, "SSE": 7, "SSE2": 8, "CLFSH": 8, "SSE3": 9,
    "MONITOR": 9, "X64": 10, "CMPXCHG16B": 10, "RDTSCP": 10, "LZCNT": 6,
    # NASM counts these to no generation
    "PAUSE": 0, "SSSE3": 0, "SSE4_1": 0, "SSE4_2": 0, "VMX": 0,
}  # fmt: skip


def level(code: int) -> int:
    """The first generation in LEVELS that has an instruction; len(LEVELS) for later ones."""
    found = _levels.get(code)
    if found is None:
        if not _features:
            _features.update({getattr(CpuidFeature, name): young for name, young in _YOUNGEST.items()})
        inst = Instruction()
        inst.code = code  # type: ignore[assignment]
        found = _levels[code] = max([_features.get(one, len(LEVELS)) for one in inst.cpuid_features()], default=0)
    return found


_levels: Final[dict[int, int]] = {}
_features: Final[dict[int, int]] = {}


def _stack_change(inst: Instruction, register: int) -> int | None:
    """Bytes rsp sinks by an instruction that computes it."""
    from iced_x86 import Mnemonic

    if register != Register.RSP:
        return None
    if inst.mnemonic in (Mnemonic.SUB, Mnemonic.ADD) and inst.op1_kind in (OpKind.IMMEDIATE8TO64, OpKind.IMMEDIATE32TO64):
        amount = _i64(inst.immediate(1))
        return amount if inst.mnemonic == Mnemonic.SUB else -amount
    if inst.mnemonic == Mnemonic.LEA and inst.memory_base == Register.RSP and inst.memory_index == Register.NONE:
        return -_i64(inst.memory_displacement)
    return None
