"""Runs generated code in this process: fragments are laid out in memory below 2 GiB, fixed up, and called.

Every call goes through a thunk that fills the callee-saved registers with known values and compares them afterwards, and
trap handlers come back here with their arguments and the alignment of the stack.
"""

from __future__ import annotations

import ctypes
import mmap
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from starklink.asm import encode as enc
from starklink.asm.encode import R64, XMM, Code
from starklink.ir.traps import TRAPS
from starklink.objwriter.model import RELOC_SIZE, Fragment, Reloc

MAP_32BIT = 0x40
M64 = (1 << 64) - 1
CALLEE_SAVED = (3, 5, 12, 13, 14, 15)
SENTINELS = tuple(0x1111111111111111 * (k + 1) for k in range(6))

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
_libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
_libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]

# Context block: where things are, in bytes.
FN, INTS, FLOATS, NSTACK, STACK, RAX, XMM0, RSP, KIND, T_RDI, T_RSI, T_XMM0, T_RSP, SAVED = (
    0, 8, 56, 120, 128, 136, 144, 152, 160, 168, 176, 184, 192, 200)


@dataclass
class Trapped(Exception):
    """A trap handler was called with these values."""

    kind: str
    first: int
    second: int
    number: float


def low_memory(size: int) -> int:
    """Address of fresh writable memory below 2 GiB."""
    address = _libc.mmap(None, size, 3, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_32BIT, -1, 0)
    assert address and address < 1 << 31
    return int(address)


def _thunk(context: int) -> bytes:
    """The code that calls a function as the context block says, and (second part) comes back from a trap."""
    rax, rsp, rdi, r11, rcx, rsi = R64[0], R64[4], R64[7], R64[11], R64[1], R64[6]
    out = bytearray()
    for register in CALLEE_SAVED:
        out += enc.r(Code.PUSH_R64, R64[register])
    out += enc.ri(Code.SUB_RM64_IMM8, rsp, 8)
    out += enc.ri(Code.MOV_R64_IMM64, r11, context)
    out += enc.mr(Code.MOV_RM64_R64, (r11, 0, 1, RSP), rsp)
    # Stack arguments, an even number of words so that rsp stays aligned.
    out += enc.rm(Code.MOV_R64_RM64, rcx, (r11, 0, 1, NSTACK))
    out += enc.rm(Code.MOV_R64_RM64, rsi, (r11, 0, 1, STACK))
    loop = len(out)
    out += enc.rr(Code.TEST_RM64_R64, rcx, rcx)
    body = enc.r(Code.DEC_RM64, rcx) + enc.m(Code.PUSH_RM64, (rsi, rcx, 8, 0))
    out += enc.branch(4, len(body) + 2, False)
    out += body
    out += enc.branch(-1, loop - (len(out) + 2), False)
    for k, register in enumerate(CALLEE_SAVED):
        out += enc.ri(Code.MOV_R64_IMM64, R64[register], SENTINELS[k])
    for k in range(8):
        out += enc.rm(Code.MOVSD_XMM_XMMM64, XMM[k], (r11, 0, 1, FLOATS + 8 * k))
    for k, register in enumerate((7, 6, 2, 1, 8, 9)):
        out += enc.rm(Code.MOV_R64_RM64, R64[register], (r11, 0, 1, INTS + 8 * k))
    out += enc.rm(Code.MOV_R64_RM64, rax, (r11, 0, 1, FN))
    out += enc.r(Code.CALL_RM64, rax)
    out += enc.ri(Code.MOV_R64_IMM64, r11, context)
    out += enc.mr(Code.MOV_RM64_R64, (r11, 0, 1, RAX), rax)
    out += enc.mr(Code.MOVSD_XMMM64_XMM, (r11, 0, 1, XMM0), XMM[0])
    for k, register in enumerate(CALLEE_SAVED):
        out += enc.mr(Code.MOV_RM64_R64, (r11, 0, 1, SAVED + 8 * k), R64[register])
    back = len(out)
    out += enc.rm(Code.MOV_R64_RM64, rsp, (r11, 0, 1, RSP))
    out += enc.ri(Code.ADD_RM64_IMM8, rsp, 8)
    for register in reversed(CALLEE_SAVED):
        out += enc.r(Code.POP_R64, R64[register])
    out += enc.op(Code.RETNQ)
    # One entry per trap kind.
    for trap in TRAPS:
        out += b"\x90" * (-len(out) % 64)
        out += enc.ri(Code.MOV_R64_IMM64, r11, context)
        out += enc.mi(Code.MOV_RM64_IMM32, (r11, 0, 1, KIND), trap.number)
        out += enc.mr(Code.MOV_RM64_R64, (r11, 0, 1, T_RDI), rdi)
        out += enc.mr(Code.MOV_RM64_R64, (r11, 0, 1, T_RSI), rsi)
        out += enc.mr(Code.MOVSD_XMMM64_XMM, (r11, 0, 1, T_XMM0), XMM[0])
        out += enc.mr(Code.MOV_RM64_R64, (r11, 0, 1, T_RSP), rsp)
        out += enc.branch(-1, back - (len(out) + 5), True)
    return bytes(out)


def _throw(table: int) -> bytes:
    """`throw(object)`: goes to the innermost landing pad with the object in rax, returns if there is none."""
    rax, rcx, rdx, rsp, rsi, rdi = R64[0], R64[1], R64[2], R64[4], R64[6], R64[7]
    start = enc.rm(Code.MOV_R64_RM64, rax, (rsp, 0, 1, 0)) + enc.rm(Code.LEA_R64_M, rsi, (rsp, 0, 1, 8))
    walk = enc.ri(Code.MOV_R64_IMM64, rcx, table)
    load = enc.rm(Code.MOV_R64_RM64, rdx, (rcx, 0, 1, 0)) + enc.rr(Code.TEST_RM64_R64, rdx, rdx)
    none = enc.op(Code.RETNQ)
    same = enc.rr(Code.CMP_RM64_R64, rdx, rax)
    following = enc.ri(Code.ADD_RM64_IMM8, rcx, 24)
    find = load + enc.branch(5, len(none), False) + none + same
    back = len(find) + 2 + len(following) + 2
    find += enc.branch(4, len(following) + 2, False) + following + enc.branch(-1, -back, False)
    hit = enc.rm(Code.MOV_R64_RM64, rdx, (rcx, 0, 1, 16)) + enc.rr(Code.TEST_RM64_R64, rdx, rdx)
    up = (enc.rm(Code.ADD_R64_RM64, rsi, (rcx, 0, 1, 8)) + enc.rm(Code.MOV_R64_RM64, rax, (rsi, 0, 1, 0))
          + enc.ri(Code.ADD_RM64_IMM8, rsi, 8))
    again = len(walk) + len(find) + len(hit) + 2 + len(up) + 2
    hit += enc.branch(5, len(up) + 2, False) + up + enc.branch(-1, -again, False)
    go = enc.rr(Code.MOV_RM64_R64, rsp, rsi) + enc.rr(Code.MOV_RM64_R64, rax, rdi) + enc.r(Code.JMP_RM64, rdx)
    # Whoever lands finds nothing in the callee-saved registers.
    spoil = b"".join(enc.ri(Code.MOV_R64_IMM64, R64[register], 0x7777777777777777) for register in CALLEE_SAVED)
    return start + walk + find + hit + spoil + go


class Loaded:
    """Fragments in memory."""

    def __init__(self, fragments: Sequence[Fragment]) -> None:
        self.context = low_memory(4096)
        thunk = _thunk(self.context)
        sizes = len(thunk) + 256 + sum(f.size + f.align for f in fragments)
        self.size = (sizes + 2 * 4096 + 4095) & -4096
        code = [f for f in fragments if f.section == ".text"]
        rest = [f for f in fragments if f.section != ".text"]
        self.base = low_memory(self.size)
        at = self.base
        image = bytearray(thunk)
        self.symbols: dict[str, int] = {}
        for trap in TRAPS:
            self.symbols[trap.handler] = at + _trap_entries(thunk)[trap.number]
        # Exceptions: `throw` walks a table of (return address, frame bytes, landing pad) that ends with a zero.
        sites = sum(len(f.sites) for f in fragments)
        self.table = low_memory(24 * (sites + 1))
        image += bytes(-len(image) % 16)
        self.symbols["throw"] = at + len(image)
        image += _throw(self.table)
        for group in (code, rest):
            for f in group:
                image += bytes(-len(image) % max(f.align, 1))
                self.symbols[f.symbol] = at + len(image)
                for name, offset in f.labels.items():
                    self.symbols[name] = at + len(image) + offset
                image += f.data + bytes(f.size - len(f.data))
            if group is code:
                image += bytes(-len(image) % 4096)
                self.text_size = len(image)
        for f in fragments:
            start = self.symbols[f.symbol]
            for fixup in f.fixups:
                value = self.symbols[fixup.symbol] + fixup.addend
                place = start + fixup.offset
                size = RELOC_SIZE[Reloc(fixup.kind)]
                if fixup.kind in (Reloc.PC32, Reloc.PLT32):
                    value -= place
                image[place - at:place - at + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")
        assert len(image) <= self.size
        rows = b""
        for f in fragments:
            start = self.symbols[f.symbol]
            for site in f.sites:
                rows += struct.pack("<3Q", start + site.offset, site.frame, start + site.handler - 1 if site.handler else 0)
        ctypes.memmove(self.table, rows, len(rows))
        ctypes.memmove(at, bytes(image), len(image))
        assert _libc.mprotect(at, self.text_size, 5) == 0
        self.fragments = {f.symbol: f for f in fragments}
        self._call = ctypes.CFUNCTYPE(None)(at)

    def close(self) -> None:
        """Unmap."""
        _libc.munmap(self.base, self.size)
        _libc.munmap(self.context, 4096)
        _libc.munmap(self.table, 4096)

    def call(self, name: str, *args: int | float) -> int:
        """Call with integers and floats; the result's rax (unsigned). Raises Trapped."""
        ints: list[int] = []
        floats: list[bytes] = []
        stack: list[int] = []
        for arg in args:
            if isinstance(arg, float):
                data = struct.pack("<d", arg)
                if len(floats) < 8:
                    floats.append(data)
                else:
                    stack.append(int.from_bytes(data, "little"))
            elif isinstance(arg, bytes):
                floats.append(arg.ljust(8, b"\0"))
            elif len(ints) < 6:
                ints.append(arg & M64)
            else:
                stack.append(arg & M64)
        if len(stack) % 2:
            stack.append(0)
        buffer = (ctypes.c_uint64 * max(len(stack), 1))(*stack)
        block = bytearray(256)
        struct.pack_into("<7Q", block, FN, self.symbols[name], *(ints + [0xDEAD] * (6 - len(ints))))
        for k, data in enumerate(floats):
            block[FLOATS + 8 * k:FLOATS + 8 * k + 8] = data
        struct.pack_into("<2Q", block, NSTACK, len(stack), ctypes.addressof(buffer))
        ctypes.memmove(self.context, bytes(block), len(block))
        self._call()
        block[:] = ctypes.string_at(self.context, 256)
        kind = struct.unpack_from("<Q", block, KIND)[0]
        if kind:
            first, second, number, rsp = struct.unpack_from("<QQdQ", block, T_RDI)
            assert rsp % 16 == 8, "stack misaligned at a trap"
            raise Trapped(TRAPS[kind].name, first, second, number)
        assert struct.unpack_from("<6Q", block, SAVED) == SENTINELS, "callee-saved registers changed"
        self.xmm0 = bytes(block[XMM0:XMM0 + 8])
        result: int = struct.unpack_from("<Q", block, RAX)[0]
        return result

    def call_f64(self, name: str, *args: int | float) -> float:
        """Call of a function with a double result."""
        self.call(name, *args)
        return float(struct.unpack("<d", self.xmm0)[0])

    def call_f32(self, name: str, *args: int | float | bytes) -> float:
        """Call of a function with a float result; pass f32 arguments as struct.pack("<f", x)."""
        self.call(name, *args)  # type: ignore[arg-type]
        return float(struct.unpack("<f", self.xmm0[:4])[0])


def _trap_entries(thunk: bytes) -> list[int]:
    """Offsets of the trap entries in the thunk: they are the last, 64-byte aligned pieces."""
    first = (len(thunk) - 1) // 64 * 64
    size = len(thunk) - first
    assert size <= 64
    step = 64
    return [first - step * (len(TRAPS) - 1 - k) for k in range(len(TRAPS))]
