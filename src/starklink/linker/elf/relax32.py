"""i386 code that goes through the GOT or to thread-local data (i386 psABI, "Code Transformation for GOT32X", and the TLS
supplement): which accesses become direct ones, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import relocs as r
from . import tables as t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .tables import Context

IE, GOTIE, LE, GD, LDM, LE_32 = (r.SMALL + number for number in (15, 16, 17, 18, 19, 34))
GOT32X: Final = r.SMALL + 43
TO_LEA, TO_IMMEDIATE, TO_CALL, TO_JUMP = range(1, 5)
_THREAD_POINTER: Final = bytes.fromhex("65a100000000")      # mov eax, gs:0
STT_TLS, STT_IFUNC = 6, 10


def has_base(content: Sequence[int], offset: int) -> bool:
    """Whether the instruction whose displacement lies at `offset` adds a register to it (the address of the GOT)."""
    return offset < 1 or content[offset - 1] & 0xC7 != 5


def got_form(ctx: Context, section: int, offset: int, kind: int, symbol: int, pic: bool, constant: bool) -> int:
    """What becomes of an access `symbol@GOT`: TO_LEA, TO_IMMEDIATE, TO_CALL, TO_JUMP, or 0: it stays."""
    if kind != GOT32X or not ctx.options.relax or constant or offset < 2:
        return 0
    if ctx.sym_flags[symbol] & t.IMPORTED or ctx.sym_type[symbol] in (STT_IFUNC, STT_TLS) or \
            ctx.sym_section[symbol] == t.SHARED_OBJECT:
        return 0
    content = ctx.sec_data[section]
    opcode, modrm, base = content[offset - 2], content[offset - 1], has_base(content, offset)
    if any(content[offset:offset + 4]) or (base and (modrm >> 6 != 2 or modrm & 7 == 4)) or (pic and not base):
        return 0
    if opcode == 0x8B:
        return TO_LEA if base else TO_IMMEDIATE
    if opcode == 0xFF:
        return {2: TO_CALL, 4: TO_JUMP}.get(modrm >> 3 & 7, 0)
    return 0


def relax_got(image: bytearray, spot: int, form: int, target: int, base: int, place: int) -> None:
    """Rewrite the instruction whose displacement lies at `spot` of the image and `place` in memory; `base`: the GOT's address."""
    register = image[spot - 1] >> 3 & 7
    value, at = target - base, spot
    if form == TO_LEA:              # mov x@GOT(base), r -> lea x@GOTOFF(base), r
        image[spot - 2] = 0x8D
    elif form == TO_IMMEDIATE:      # mov x@GOT, r -> mov $x, r
        image[spot - 2:spot] = bytes((0xC7, 0xC0 | register))
        value = target
    elif form == TO_CALL:           # call *x@GOT(base) -> addr16 call x
        image[spot - 2:spot] = b"\x67\xe8"
        value = target - place - 4
    else:                           # jmp *x@GOT(base) -> jmp x; nop
        image[spot - 2] = 0xE9
        image[spot + 3] = 0x90
        value, at = target - place - 3, spot - 1
    image[at:at + 4] = (value & 0xFFFFFFFF).to_bytes(4, "little")


def is_initial(content: Sequence[int], offset: int, kind: int) -> bool:
    """Whether an initial-exec access is one of the instructions that can take a constant instead."""
    if offset < 1:
        return False
    before = content[offset - 1]
    if kind == IE and before == 0xA1:
        return True
    if offset < 2 or content[offset - 2] not in (0x8B, 0x03):
        return False
    return before & 0xC7 == 5 if kind == IE else before >> 6 == 2 and before & 7 != 4


SEQUENCES: Final = {
    r.TLSGD: "lea x@tlsgd(,%ebx,1), %eax; call ___tls_get_addr", r.TLSLD: "lea x@tlsldm(%ebx), %eax; call ___tls_get_addr",
    r.TLSDESC: "lea x@tlsdesc(%ebx), REG",
}  # fmt: skip


def is_known(image: bytearray, spot: int, computes: int) -> bool:
    """Whether the instructions around the displacement at `spot` are those of a general, local or descriptor access."""
    if computes not in SEQUENCES:
        return True         # `is_initial` has looked
    indexed = computes == r.TLSGD and image[spot - 3:spot - 1] == b"\x8d\x04" and image[spot - 1] & 0xC7 == 5
    based = image[spot - 2] == 0x8D and image[spot - 1] >> 6 == 2 and image[spot - 1] & 7 != 4
    if spot < 2 or not (indexed or based):
        return False
    return computes == r.TLSDESC or image[spot + 4] == 0xE8 or (image[spot + 4] == 0xFF and image[spot + 5] >> 3 & 7 == 2)


def relax_initial(image: bytearray, spot: int, kind: int, value: int) -> None:
    """mov or add x@gotntpoff(base), r (or x@indntpoff, r) -> mov or add $x@ntpoff, r."""
    if kind == IE and image[spot - 1] == 0xA1:
        image[spot - 1] = 0xB8
    else:
        register = image[spot - 1] >> 3 & 7
        image[spot - 2:spot] = bytes((0xC7 if image[spot - 2] == 0x8B else 0x81, 0xC0 | register))
    image[spot:spot + 4] = (value & 0xFFFFFFFF).to_bytes(4, "little")


def relax_general(image: bytearray, spot: int, value: int, initial: bool) -> None:
    """lea x@tlsgd(,base,1), eax; call ___tls_get_addr -> mov gs:0, eax and lea x@ntpoff(eax), eax or, if `initial`,
    add x@gotntpoff(base), eax. `value`: the offset from the thread pointer, or of the GOT entry from the GOT."""
    indexed = image[spot - 3:spot - 1] == b"\x8d\x04"
    start = spot - 3 if indexed else spot - 2
    base = image[spot - 1] >> 3 & 7 if indexed else image[spot - 1] & 7
    second = bytes((0x03, 0x80 | base)) if initial else b"\x8d\x80"
    image[start:start + 12] = _THREAD_POINTER + second + (value & 0xFFFFFFFF).to_bytes(4, "little")


def relax_local(image: bytearray, spot: int) -> None:
    """lea x@tlsldm(base), eax; call ___tls_get_addr -> mov gs:0, eax and a filler."""
    direct = image[spot + 4] == 0xE8
    filler = bytes.fromhex("908d742600") if direct else bytes.fromhex("8db600000000")
    image[spot - 2:spot + 4 + len(filler)] = _THREAD_POINTER + filler


def relax_descriptor(image: bytearray, spot: int, value: int, initial: bool) -> None:
    """lea x@tlsdesc(base), eax -> lea x@ntpoff, eax or, if `initial`, mov x@gotntpoff(base), eax."""
    if initial:
        image[spot - 2] = 0x8B
    else:
        image[spot - 1] = image[spot - 1] & 0x38 | 5
    image[spot:spot + 4] = (value & 0xFFFFFFFF).to_bytes(4, "little")
