"""From a statement (mnemonic and operands) to bytes: pick the first form that takes the operands, encode it, explain refusals.

Forms are ordered shortest first and operand classes say exactly what an operand may be, so the first match is the encoding
NASM chooses. Symbols are encoded as zeros and reported as `Patch`es.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from . import encode, families
from .families import BASE, WHOLE
from .forms import (
    F_3DNOW,
    F_BND,
    F_COUNT_SHIFT,
    F_EVEX,
    F_HINT,
    F_LOCK,
    F_NEED_MASK,
    F_NOTRACK,
    F_OPMASK,
    F_REP,
    F_REPNE,
    F_ROUNDING,
    F_SAE,
    F_SWAP,
    F_TO32_0,
    F_TWICE,
    F_VEX,
    F_XACQUIRE,
    F_XRELEASE,
    F_ZEROING,
    FIXED_REGISTERS,
    SHAPE_FIXED,
    SHAPE_XLAT,
    Form,
    exists,
    forms,
    last_code,
    pseudo,
)
from .operands import (
    C_M_SIZED,
    CLASS_NAMES,
    DIFFERENCE_CLASSES,
    SYMBOL_CLASSES,
    AsmError,
    Decorator,
    Difference,
    FarPointer,
    Immediate,
    Label,
    Mem,
    Operand,
    Ref,
    Reg,
    Sym,
    Symbolic,
    Target,
    eip,
    immediate_classes,
    moffs_classes,
    rip,
)

# Requests that only choose among forms; above the prefix bits of encode.P_*.
R_VEX: Final = 1 << 12
R_EVEX: Final = 1 << 13
R_SHORT: Final = 1 << 14
R_NEAR: Final = 1 << 15
R_ADDR16: Final = 1 << 16
R_ADDR32: Final = 1 << 17
R_VEX3: Final = 1 << 18
R_SEGMENT_SHIFT: Final = 20  # iced number of an override for implicit operands
R_LEVEL_SHIFT: Final = 28  # 1 + the youngest processor (encode.LEVELS) whose instructions may be used; 0: all

_PREFIX_RULES: Final = (
    (encode.P_LOCK, F_LOCK, "lock"),
    (encode.P_XACQUIRE, F_XACQUIRE, "xacquire"),
    (encode.P_XRELEASE, F_XRELEASE, "xrelease"),
    (encode.P_REP, F_REP, "rep"),
    (encode.P_REPNE, F_REPNE, "repne"),
    (encode.P_BND, F_BND, "bnd"),
    (encode.P_NOTRACK, F_NOTRACK, "notrack"),
    (encode.P_TAKEN | encode.P_NOT_TAKEN, F_HINT, "branch hint"),
)
_NEEDS_MEMORY: Final = encode.P_LOCK | encode.P_XACQUIRE | encode.P_XRELEASE
_XCHG_EAX: Final = encode.Code.XCHG_R32_EAX


class Patch(NamedTuple):
    """`size` bytes at `offset` of the instruction take the address `target` + `addend`; `relative`: counted from the end of the
    instruction (the addend does not include that). `signed`: a 4-byte absolute field is sign-extended by the processor."""

    offset: int
    size: int
    target: Target | Symbolic | Difference
    addend: int
    relative: bool
    signed: bool


class Encoding(NamedTuple):
    """The bytes of one statement and what has to be filled in. `template`: where its numbers and registers are."""

    data: bytes
    patches: tuple[Patch, ...]
    template: Template | None = None


def classes_of(operand: Operand, bits: int) -> int:
    """Which operand classes a value satisfies in `bits`-bit code."""
    if isinstance(operand, Reg):
        return operand.classes
    if isinstance(operand, int):
        return immediate_classes(operand)
    if isinstance(operand, Mem):
        return operand.classes | moffs_classes(operand, bits)
    if isinstance(operand, Sym | Label | Ref | str):
        return SYMBOL_CLASSES
    if isinstance(operand, Immediate):
        return operand.classes
    if isinstance(operand, Difference):
        return DIFFERENCE_CLASSES
    if isinstance(operand, FarPointer):
        wanted = operand.bits or (16 if bits == 16 else 32)
        return 1 << CLASS_NAMES.index(f"far{wanted}")
    raise AsmError(f"{operand!r} is not an operand")


def assemble(name: str, bits: int, given: Sequence[Operand], request: int = 0) -> Encoding:
    """Encode one statement. Raises AsmError with the forms that exist."""
    rounding = 0
    sae = False
    opmask = 0
    zeroing = False
    memory: Mem | None = None
    operands: list[Operand] = []
    classes: list[int] = []
    key: list[object] = [name, bits, request]
    for operand in given:
        if isinstance(operand, Reg):
            have = operand.classes
            if operand.opmask or operand.zeroing:
                opmask, zeroing = operand.opmask, operand.zeroing
                if not opmask:
                    raise AsmError(f"{operand!r}: zeroing needs a mask register, as in {operand.name}.k1.z")
            key.append((_families.get(operand) or families.of_operand(operand))[0])
        elif isinstance(operand, Mem):
            memory = operand
            have = operand.classes
            if operand.base is None:
                have |= moffs_classes(operand, bits)
            if operand.opmask:
                opmask = operand.opmask
            key.append(_shape(operand))
        elif isinstance(operand, int):
            have = immediate_classes(operand)
        elif isinstance(operand, Decorator):
            rounding, sae = operand.rounding, operand.sae
            key.append(operand)
            continue
        else:
            try:
                have = classes_of(operand, bits)
            except AsmError as error:
                raise AsmError(f"{_statement(name, given)}: {error}") from None
            if isinstance(operand, FarPointer):
                key.append(operand.selector)
        operands.append(operand)
        classes.append(have)
        key.append(have)
    known = tuple(key)
    template = _templates.get(known)
    if template is _BY_DISTANCE:
        template = _templates.get((known, memory.disp if memory is not None else 0))
    elif template is _BY_REGISTER:
        template = _templates.get((known, *_exactly(operands)))
    if template is None:
        short = pseudo(name)
        if short is not None:
            return assemble(short[0], bits, (*given, short[1]), request)
        wishes = Wishes(request, opmask, zeroing, rounding, sae)
        # what a form is chosen by; only xchg looks at more
        choice = (name, bits, wishes, tuple(classes), memory.count if memory is not None else 0, memory is None or memory.bits)
        form = _choices.get(choice)
        if form is None:
            form = _choose(name, bits, given, operands, classes, memory, wishes)
            if name != "xchg":
                if len(_choices) >= TEMPLATE_LIMIT:
                    _choices.clear()
                _choices[choice] = form
        try:
            template = _encode(form, bits, operands, wishes)
        except encode.EncodeError as refusal:
            raise AsmError(f"{_statement(name, given)}: {refusal}") from None
        _remember(known, template, form, operands)
    if template.plain:
        return Encoding(template.data, (), template)
    return _fill(template, operands, memory)


TEMPLATE_LIMIT: Final = 20_000
"""Encodings remembered, apart from immediates and symbols, before the memory is emptied."""


class Template(NamedTuple):
    """An encoding whose immediates and registers may be exchanged. `slots`: (operand, offset, size, sign-extended) of each
    immediate; `registers`: places of register numbers, None if they are not known (the encoding is for these registers only);
    `disp_size` > 0: the displacement at `disp_offset` belongs to a symbol, < 0: it is a number of so many bytes (negative) that
    may be exchanged. `plain`: there is nothing to exchange."""

    data: bytes
    plain: bool
    slots: tuple[tuple[int, int, int, bool], ...]
    registers: tuple[families.Slot, ...] | None
    disp_offset: int
    disp_size: int
    relative: bool
    signed: bool


_templates: Final[dict[tuple[object, ...], Template]] = {}
_choices: Final[dict[tuple[object, ...], Form]] = {}
# Stand for templates that hold for one displacement, or for one choice of registers only: the key goes on with those.
_BY_DISTANCE: Final = Template(b"", True, (), (), 0, 0, False, False)
_BY_REGISTER: Final = Template(b"", True, (), None, 0, 0, False, False)
_families: Final = families.OPERANDS
_addresses: Final = families.ADDRESSES


def _shape(mem: Mem) -> tuple[object, ...]:
    """What decides the encoding of a memory operand, apart from registers of the same family and numbers of the same size.
    What a symbol's address will be does not change the encoding."""
    base, index = mem.base, mem.index
    return (
        (_addresses.get(base) or families.of_address(base))[0],
        (_addresses.get(index) or families.of_address(index))[0],
        mem.scale, mem.bits, mem.segment, mem.count, mem.width, mem.opmask, mem.split,
        families.distance_class(mem) if mem.target is None else "", base is index,
    )  # fmt: skip


def _exactly(operands: list[Operand]) -> list[object]:
    """What of the operands an encoding for these registers only depends on."""
    return [
        one if isinstance(one, Reg) else (one.shape(), one.disp if one.target is None else "")
        for one in operands
        if isinstance(one, Reg | Mem)
    ]


def _remember(key: tuple[object, ...], template: Template, form: Form, operands: list[Operand]) -> None:
    """Keep a template for the statements it serves."""
    if len(_templates) >= TEMPLATE_LIMIT:
        _templates.clear()
    if any(mask & _I4 for mask in form.masks):  # which shares its byte with a register
        return
    if template.registers is None:
        _templates[key] = _BY_REGISTER
        key = (key, *_exactly(operands))
    elif not template.disp_size:
        memory = next((one for one in operands if isinstance(one, Mem)), None)
        if memory is not None and memory.disp:
            _templates[key] = _BY_DISTANCE
            key = (key, memory.disp)
    _templates[key] = template


def _fill(template: Template, operands: list[Operand], memory: Mem | None) -> Encoding:
    """The statement's own immediates and symbols in a template."""
    data, _, slots, registers, disp_offset, disp_size, relative, signed = template
    patches: list[Patch] = []
    if registers:
        for index, part, byte, shift, low in registers:
            one: Any = operands[index]
            if part == WHOLE:
                change = low ^ _families[one][1]
            else:
                change = low ^ _addresses[one.base if part == BASE else one.index][1]
            if change:
                data = data[:byte] + bytes((data[byte] ^ change << shift,)) + data[byte + 1 :]
    if disp_size > 0:
        assert memory is not None and memory.target is not None
        patches.append(Patch(disp_offset, disp_size, memory.target, memory.disp, relative, signed))
    elif disp_size:
        assert memory is not None
        number = memory.disp & (1 << -disp_size * 8) - 1
        data = data[:disp_offset] + number.to_bytes(-disp_size, "little") + data[disp_offset - disp_size :]
    for index, offset, size, extended in slots:
        value: object = operands[index]
        if isinstance(value, Immediate):
            value = value.value
        elif isinstance(value, FarPointer):
            value = value.offset
        if isinstance(value, int):
            data = data[:offset] + (value & (1 << size * 8) - 1).to_bytes(size, "little") + data[offset + size :]
        else:
            data = data[:offset] + bytes(size) + data[offset + size :]
            patches.append(Patch(offset, size, value, 0, False, extended))  # type: ignore[arg-type]
    return Encoding(data, tuple(patches), template)


class Wishes(NamedTuple):
    """What a statement asks for besides operands: prefixes and encodings, write mask, rounding, suppression of exceptions."""

    request: int
    opmask: int
    zeroing: bool
    rounding: int
    sae: bool


def _check_version() -> None:
    """The table holds numbers of one version of iced. Raises ImportError for another one."""
    name, number = last_code()
    if getattr(encode.Code, name, -1) != number:
        raise ImportError("the assembler's form table was made for another iced-x86: run tools/gen_asm_table.py")


def _choose(
    name: str,
    bits: int,
    given: Sequence[Operand],
    operands: list[Operand],
    classes: list[int],
    memory: Mem | None,
    wishes: Wishes,
) -> Form:
    """The first form that takes the operands and grants the wishes."""
    if not _templates:
        _check_version()
    candidates = forms(name, bits)
    if not candidates:
        if exists(name):
            raise AsmError(f"{name} does not exist in {bits}-bit code")
        raise AsmError(f"no instruction is called {name}")
    first_error = ""
    fitting: list[Form] = []
    for form in candidates:
        if len(form.masks) == len(classes) and all(mask & have for mask, have in zip(form.masks, classes)):
            reason = _refusal(form, memory, wishes, operands, bits)
            if not reason:
                fitting.append(form)
            first_error = first_error or reason
    if not fitting:
        raise AsmError(_explain(name, bits, given, operands, classes, candidates, first_error))
    first = fitting[0]
    if memory is not None and memory.count < 0:
        if len({form.flags >> F_COUNT_SHIFT & 7 for form in fitting}) > 1:
            raise AsmError(
                f"{_statement(name, given)}: to how many elements is not clear; write bcst2[...], bcst4[...] or the like"
            )
    elif memory is not None and not memory.bits and memory.classes & _M and name not in _NATURAL:
        if len({_memory_size(form, classes) for form in fitting}) > 1:
            raise AsmError(
                f"{_statement(name, given)}: the size of the memory operand is not clear; write byte[...], word[...], "
                f"dword[...], qword[...] or the like"
            )
    return first


_AS_SIZED: Final = {
    1 << CLASS_NAMES.index("moffs" + size): 1 << CLASS_NAMES.index("m" + size) for size in ("8", "16", "32", "64")
}
_M: Final = 1 << CLASS_NAMES.index("m")
# Instructions whose unsized memory operand has the size of the mode's stack or code pointer.
_NATURAL: Final = frozenset(("push", "pop", "call", "jmp"))


def _memory_size(form: Form, classes: list[int]) -> int:
    for mask, have in zip(form.masks, classes):
        if have & _M:
            # the forms with a bare address are as wide as their register, which the operand class has checked
            return mask & (C_M_SIZED | _M) or _AS_SIZED.get(mask, 0)
    return 0


def _refusal(form: Form, memory: Mem | None, wishes: Wishes, operands: list[Operand], bits: int) -> str:
    """Why a form that takes the operands cannot do what else was asked; '' if it can."""
    flags = form.flags
    request, opmask, zeroing, rounding, sae = wishes
    if request >> R_LEVEL_SHIFT and encode.level(form.code) >= request >> R_LEVEL_SHIFT:
        return f"the {encode.LEVELS[(request >> R_LEVEL_SHIFT) - 1]} does not have this instruction"
    if opmask or rounding or sae or flags & F_NEED_MASK:
        if opmask and not flags & F_OPMASK:
            return "this instruction takes no mask"
        if zeroing and not flags & F_ZEROING:
            return "this instruction takes no {z}"
        if zeroing and isinstance(operands[0], Mem):
            return "a memory destination cannot be zeroed by a mask"
        if rounding and (not flags & F_ROUNDING or memory is not None):
            return "no rounding control here" if not flags & F_ROUNDING else "rounding control goes with registers only"
        if sae and (not flags & (F_SAE | F_ROUNDING) or memory is not None):
            return "no {sae} here" if not flags & F_SAE else "{sae} goes with registers only"
        if flags & F_NEED_MASK and not opmask:
            return "this instruction needs a mask register, as in zmm1.k1"
    if request & R_VEX and not flags & F_VEX:
        return "there is no VEX encoding of this"
    if request & R_EVEX and not flags & F_EVEX:
        return "there is no EVEX encoding of this"
    if memory is not None and memory.count > 0 and 1 << (flags >> F_COUNT_SHIFT & 7) != memory.count:
        return f"the element is broadcast to {1 << (flags >> F_COUNT_SHIFT & 7)}, not to {memory.count}"
    if request & 0xFFF:
        for prefix, flag, text in _PREFIX_RULES:
            if request & prefix and not flags & flag:
                return f"{text} cannot be used with this instruction"
        if request & _NEEDS_MEMORY and not isinstance(operands[0], Mem) and memory is None:
            return "lock needs a memory operand"
        if request & encode.P_LOCK and not isinstance(operands[0], Mem) and not flags & F_SWAP:
            return "lock needs a memory destination"
    if form.code == _XCHG_EAX and bits == 64 and operands[0] is operands[1]:
        return "xchg eax, eax is not nop in 64-bit code"
    return ""


def _encode(form: Form, bits: int, operands: list[Operand], wishes: Wishes) -> Template:
    """The bytes of a statement in a chosen form. Raises EncodeError for what the form table cannot tell (ah with REX)."""
    flags = form.flags
    values: list[object] = []
    immediates: list[tuple[int, int]] = []  # (operand, kind) in the order of the instruction's fields
    memory: Mem | None = None
    order = list(range(len(operands)))
    if flags & F_SWAP:
        order[:2] = 1, 0
    elif flags & F_TWICE:
        order.insert(0, 0)
    at = 0
    for kind in form.shape:
        if kind >= SHAPE_FIXED:
            values.append(FIXED_REGISTERS[kind - SHAPE_FIXED])
            continue
        if 15 <= kind <= 23 or kind == SHAPE_XLAT:
            values.append(0)
            continue
        index = order[at]
        operand = operands[index]
        if isinstance(operand, Reg):
            number = operand.number
            if flags & (F_TO32_0 << at) and operand.bits != 32 and number <= LAST_GENERAL:
                number = FIRST_R32 + operand.index
            values.append(number)
        elif isinstance(operand, Mem):
            memory = operand
            values.append(_memory(operand, bits))
        else:
            if isinstance(operand, FarPointer):
                values.append((operand.selector, 0))
            else:
                value = operand.value if isinstance(operand, Immediate) else operand
                values.append(value if isinstance(value, int) else 0)
            immediates.append((index, kind))
        at += 1
    shape = bytes([kind if kind < SHAPE_FIXED else 0 for kind in form.shape])
    request = wishes.request
    if flags & F_3DNOW and memory is not None:
        made = encode.form_3dnow(bits, form.code, shape, values)
    else:
        address = 16 if request & R_ADDR16 else 32 if request & R_ADDR32 else 0
        made = encode.form(
            bits, form.code, shape, values, request & 0xFFF, *wishes[1:], address, request >> R_SEGMENT_SHIFT & 0xFF
        )
    data = _ordered_prefixes(made.data) if request & 0xFFF else made.data
    places = ((made.imm_offset, made.imm_size), (made.imm2_offset, made.imm2_size))
    slots = tuple(
        [
            (index, offset, size, kind in _SIGN_EXTENDED)
            for (index, kind), (offset, size) in zip(immediates, places)
            if size and not form.masks[index] & _I4  # (that one shares its byte with a register)
        ]
    )
    registers = families.slots_of(form, bits, order, operands, made)
    plain = not slots and not registers
    if memory is None:
        return Template(data, plain, slots, registers, 0, 0, False, False)
    offset, size = made.disp_offset, made.disp_size
    if memory.target is None and memory.base not in (eip, rip):
        field = (memory.disp & (1 << size * 8) - 1).to_bytes(size, "little")
        if not size or flags & F_EVEX or registers is None or data[offset : offset + size] != field:
            return Template(data, plain, slots, registers, 0, 0, False, False)
        return Template(data, False, slots, registers, offset, -size, False, False)
    relative = memory.base in (eip, rip)
    if memory.target is None:  # rip + number
        if not -0x8000_0000 <= memory.disp < 0x8000_0000:
            raise encode.EncodeError(f"displacement {memory.disp:#x} does not fit into 32 bits")
        field = (memory.disp & 0xFFFF_FFFF).to_bytes(4, "little")
        data = data[:offset] + field + data[offset + 4 :]
        return Template(data, plain, slots, registers, 0, 0, False, False)
    data = data[:offset] + bytes(size) + data[offset + size :]
    signed = bits == 64 and size == 4 and not relative and not _is_narrow(memory)
    return Template(data, False, slots, registers, offset, size, relative, signed)


def _is_narrow(mem: Mem) -> bool:
    """Whether an address is formed with 32-bit registers."""
    base, index = mem.base, mem.index
    return (base is not None and base.bits == 32) or (index is not None and index.bits == 32)


def _memory(mem: Mem, bits: int) -> encode.Memory:
    base = mem.base.number if mem.base is not None else 0
    index = mem.index.number if mem.index is not None else 0
    disp = mem.disp
    segment = mem.segment.number if mem.segment is not None else 0
    size = 1
    if mem.base is None:
        size = 8 if bits == 64 else 4 if bits == 32 else 2
        if mem.index is not None:
            if mem.index.bits == 32:
                size = 4
            elif bits == 64:
                size = 8
        elif bits == 16 and not -0x8000 <= disp <= 0xFFFF:
            size = 4
        elif mem.width in (16, 32) and bits != 64:
            size = mem.width // 8
        if mem.width == 64:
            size = 8
    elif base == 70 or base == 69:
        return encode.Memory(base, 0, 1, 0, 8 if base == 70 else 4, segment, bool(mem.count))
    elif mem.base.bits == 16:
        if mem.base.name in ("si", "di") and mem.index is not None and mem.index.name in ("bx", "bp"):
            base, index = index, base
        if mem.target is not None:
            size, disp = 2, 0x1234
        elif mem.width > 8:
            size = 2
        disp = (disp & 0xFFFF ^ 0x8000) - 0x8000
        return encode.Memory(
            base,
            index,
            1,
            disp,
            size if disp or (base == 26 and not index) or mem.width else 0,
            segment,
            bool(mem.count),
        )
    if mem.target is not None:
        size = (
            4
            if mem.base is not None and mem.base.bits == 32
            else max(size, 8 if bits == 64 else 4 if size == 1 else size)
        )
        disp = 0x11223344 if size > 2 else 0x1122
    elif mem.width == 32:
        size = 4 if bits != 64 or (mem.base is not None and mem.base.bits == 32) else 8
    elif not disp and size == 1 and mem.width == 0 and base not in (58, 66, 42, 50):
        size = 0  # rbp r13 ebp r13d have no form without displacement
    if mem.width != 64 or mem.target is not None:
        wide = bits == 64 and not _is_narrow(mem)
        low, high = (-0x8000_0000, 0x7FFF_FFFF) if wide else (-0x8000_0000, 0xFFFF_FFFF)
        if wide and disp >= 0xFFFF_FFFF_8000_0000:
            disp -= 1 << 64
        if not low <= disp <= high and mem.width != 64 and not moffs_classes(mem, bits):
            raise AsmError(f"displacement {disp:#x} of {mem!r} does not fit into 32 bits")
        if not wide and size >= 4:
            disp &= 0xFFFF_FFFF
            if disp >> 31 and (mem.base is not None or mem.index is not None):
                disp -= 1 << 32  # a short form may do
    return encode.Memory(base, index, mem.scale, disp, size, segment, bool(mem.count))


_SIGN_EXTENDED: Final = (11, 12, 13, 14)
_I4: Final = 1 << CLASS_NAMES.index("i4")
FIRST_R32: Final = 37
LAST_GENERAL: Final = 68
"""Numbers of eax and r15 among the encoder's registers."""


def _ordered_prefixes(data: bytes) -> bytes:
    """NASM's order: rep, then lock stand before operand-size, address-size and segment prefixes."""
    count = 0
    while data[count] in b"\x66\x67\xf0\xf2\xf3\x26\x2e\x36\x3e\x64\x65":
        count += 1
    if count < 2:
        return data
    head = sorted(data[:count], key=lambda prefix: {0xF2: 0, 0xF3: 0, 0xF0: 1}.get(prefix, 2))
    return bytes(head) + data[count:]


# -- refusals ----------------------------------------------------------------------------------------------------------
_SPOKEN: Final = {
    "al": "al",
    "seg": "segment register",
    "cr": "cr",
    "dr": "dr",
    "tr": "tr",
    "st": "st(i)",
    "xmm": "xmm0-15",
    "xmmx": "xmm",
    "ymm": "ymm0-15",
    "ymmx": "ymm",
    "m": "mem",
    "vmx": "vm(xmm)",
    "vmy": "vm(ymm)",
    "vmz": "vm(zmm)",
    "b16": "m16bcst",
    "b32": "m32bcst",
    "b64": "m64bcst",
    "i8": "imm8",
    "i8s16": "imm8",
    "i8s32": "imm8",
    "i8s64": "imm8",
    "i16": "imm16",
    "i32": "imm32",
    "i32s64": "imm32",
    "i32m64": "imm32",
    "i64": "imm64",
    "u32": "uimm32",
    "one": "1",
    "i4": "imm4",
    "rel": "target",
    "far16": "far16",
    "far32": "far32",
}


def describe_form(name: str, form: Form) -> str:
    """A form as text: `add r/m32, imm8`."""
    parts = []
    for mask in form.masks:
        names = [_SPOKEN.get(one, one) for index, one in enumerate(CLASS_NAMES) if mask >> index & 1]
        parts.append("/".join(dict.fromkeys(names)))
    return f"{name} {', '.join(parts)}".strip()


def _statement(name: str, given: Sequence[Operand]) -> str:
    return f"{name} {', '.join([operand if isinstance(operand, str) else repr(operand) for operand in given])}".strip()


def _explain(
    name: str,
    bits: int,
    given: Sequence[Operand],
    operands: list[Operand],
    classes: list[int],
    candidates: tuple[Form, ...],
    first_error: str,
) -> str:
    """The text of a refusal: the statement, the reason, the forms that exist with the nearest one first."""
    text = _statement(name, given)
    if first_error:
        return f"{text}: {first_error}"

    def nearness(form: Form) -> tuple[int, int]:
        hits = sum([1 for mask, have in zip(form.masks, classes) if mask & have])
        return abs(len(form.masks) - len(classes)), -hits

    ranked = sorted(candidates, key=nearness)
    nearest = ranked[0]
    if len(nearest.masks) != len(classes):
        counts = sorted({len(form.masks) for form in candidates})
        known = " or ".join([str(count) for count in counts])
        reason = f"{name} takes {known} operand{'' if counts == [1] else 's'}, not {len(classes)}"
    else:
        wrong = next((i for i, (mask, have) in enumerate(zip(nearest.masks, classes)) if not mask & have), 0)
        kinds = sorted(
            {
                describe_form("", form).split(", ")[wrong].strip()
                for form in candidates
                if len(form.masks) == len(classes)
                and all(m & h for i, (m, h) in enumerate(zip(form.masks, classes)) if i != wrong)
            }
        )
        shown = operands[wrong] if isinstance(operands[wrong], str) else repr(operands[wrong])
        reason = f"operand {wrong + 1} ({shown}) does not fit" + (f"; it can be {' or '.join(kinds)}" if kinds else "")
    lines = list(dict.fromkeys([describe_form(name, form) for form in ranked]))
    more = f"\n  ... and {len(lines) - 12} more" if len(lines) > 12 else ""
    return f"{text}: {reason}\nforms in {bits}-bit code:\n  " + "\n  ".join(lines[:12]) + more
