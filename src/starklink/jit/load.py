"""Run machine code in this process: fragments are placed in fresh memory, relocated, and made executable but not writable.

    from starklink.asm import Assembler, eax, edi
    from starklink.jit.load import assemble_and_load

    a = Assembler()
    a.lea(eax, ptr[rdi + rdi])
    a.ret()
    with assemble_and_load(a, "twice") as code:
        assert code.function("twice", "i32", "i32")(21) == 42

Memory is never writable and executable at the same time. Names the code does not define are bound with `bind`: to an address, to
a Python function given with its signature, or to what the C library exports.
"""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ..asm.assembler import Assembler
from ..objwriter.model import RELOC_SIZE, Fragment, Reloc, section_kind

TYPES: Final[dict[str, Any]] = {
    "void": None, "i8": ctypes.c_int8, "i16": ctypes.c_int16, "i32": ctypes.c_int32, "i64": ctypes.c_int64, "u8": ctypes.c_uint8,
    "u16": ctypes.c_uint16, "u32": ctypes.c_uint32, "u64": ctypes.c_uint64, "f32": ctypes.c_float, "f64": ctypes.c_double,
    "ptr": ctypes.c_void_p, "str": ctypes.c_char_p,
}  # fmt: skip
"""Names of C types in signatures."""
_RELATIVE: Final = frozenset((Reloc.PC32, Reloc.PLT32, Reloc.PC64, Reloc.PC16, Reloc.PC8))
_SLOT: Final = frozenset((Reloc.GOTPCREL, Reloc.GOTPCRELX, Reloc.REX_GOTPCRELX))
_PLAIN: Final = frozenset((Reloc.ABS64, Reloc.ABS32, Reloc.ABS32S, Reloc.ABS16, Reloc.ABS8))
_STUB: Final = b"\xff\x25\x02\x00\x00\x00\x66\x90"  # jmp [rip+2]; the address follows
_MAP: Final = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
_MAP_32BIT: Final = 0x40
_READ, _WRITE, _EXEC = mmap.PROT_READ, mmap.PROT_WRITE, mmap.PROT_EXEC

Binding = int | tuple[Callable[..., Any], str]


class LoadError(ValueError):
    """Code that cannot be loaded; the text says which symbol or field is the trouble."""


class Code:
    """Loaded code. Usable as a context manager; after `close` every call raises LoadError instead of crashing."""

    def __init__(self, base: int, size: int, addresses: dict[str, int], sizes: dict[str, int], kept: list[Any]) -> None:
        self._base = base
        self._size = size
        self._addresses = addresses
        self._sizes = sizes
        self._kept = kept  # callbacks that the code may call

    def address(self, name: str) -> int:
        """Where a symbol of the code lies. Raises LoadError."""
        if not self._base:
            raise LoadError("the code is closed")
        if name not in self._addresses:
            raise LoadError(f"the code has no symbol {name}; it has {', '.join(sorted(self._addresses)) or 'none'}")
        return self._addresses[name]

    def function(self, name: str, result: str = "i64", *parameters: str) -> Callable[..., Any]:
        """A Python function that calls the symbol; types are names of TYPES. Raises LoadError for an unknown name or type."""
        raw = ctypes.CFUNCTYPE(_type(result), *[_type(one) for one in parameters])(self.address(name))

        def call(*arguments: Any) -> Any:
            if not self._base:
                raise LoadError(f"{name} was unmapped")
            if len(arguments) != len(parameters):
                raise TypeError(f"{name} takes {len(parameters)} arguments, not {len(arguments)}")
            return raw(*arguments)

        return call

    def bytes_of(self, name: str) -> bytes:
        """The memory of a symbol, as it is now."""
        return ctypes.string_at(self.address(name), self._sizes[name])

    def disassemble(self, name: str) -> list[str]:
        """A listing of a function at its addresses."""
        from ..asm.disasm import disassemble

        return disassemble(self.bytes_of(name), self.address(name), self._addresses)

    def close(self) -> None:
        """Unmap the code."""
        if self._base:
            _libc().munmap(ctypes.c_void_p(self._base), ctypes.c_size_t(self._size))
            self._base = 0

    def __enter__(self) -> Code:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def assemble_and_load(
    a: Assembler, symbol: str = "code", *, bind: Mapping[str, Binding] | None = None, extra: Sequence[Fragment] = ()
) -> Code:
    """Finish an assembler as function `symbol` and load it, with `extra` fragments beside it."""
    return load([a.finish(symbol, binding="global"), *extra], bind)


def load(fragments: Sequence[Fragment], bind: Mapping[str, Binding] | None = None) -> Code:
    """Place and relocate fragments. Raises LoadError for names that nothing defines and fields whose value does not fit."""
    page = mmap.PAGESIZE
    regions: dict[str, list[int]] = {"AX": [], "A": [], "WA": []}
    for number, fragment in enumerate(fragments):
        letters = section_kind(fragment.section)[1]
        if "A" in letters:
            regions["AX" if "X" in letters else "WA" if "W" in letters else "A"].append(number)
    start: dict[int, int] = {}
    limits: list[tuple[int, int, str]] = []
    at = 0
    for letters, numbers in regions.items():
        begin = at = -(-at // page) * page
        for number in numbers:
            align = max(fragments[number].align, 1)
            start[number] = at = -(-at // align) * align
            at += fragments[number].size
        limits.append((begin, at, letters))
    outside = _outside(fragments, start)
    # stubs (16 bytes) and slots (8) of foreign symbols go behind the code's own data, into a part that ends up executable
    stubs = at = -(-at // page) * page
    at += 24 * len(outside)
    total = max(-(-at // page) * page, page)
    base = _map(total)
    try:
        addresses = {name: base + start[number] + offset for number in start for name, offset in _names(fragments[number])}
        kept: list[Any] = []
        foreign = {name: _resolve(name, bind or {}, kept) for name in outside}
        image = bytearray(total)
        for number, offset in start.items():
            image[offset : offset + len(fragments[number].data)] = fragments[number].data
        stub_of = {name: base + stubs + 24 * index for index, name in enumerate(outside)}
        for name, where in stub_of.items():
            offset = where - base
            image[offset : offset + 24] = _STUB + foreign[name].to_bytes(8, "little") + foreign[name].to_bytes(8, "little")
        slots = {name: where + 16 for name, where in stub_of.items()}
        for number, offset in start.items():
            _relocate(image, fragments[number], offset, base, addresses, foreign, stub_of, slots)
        ctypes.memmove(base, bytes(image), total)
        _protect(base, limits, stubs, total, page)
    except BaseException:
        _libc().munmap(ctypes.c_void_p(base), ctypes.c_size_t(total))
        raise
    sizes = {fragment.symbol: fragment.size for fragment in fragments if fragment.symbol}
    return Code(base, total, addresses, sizes, kept)


def _names(fragment: Fragment) -> list[tuple[str, int]]:
    return [*([(fragment.symbol, 0)] if fragment.symbol else []), *fragment.labels.items()]


def _outside(fragments: Sequence[Fragment], start: Mapping[int, int]) -> list[str]:
    """Names the code refers to and does not define, and those it wants a slot for."""
    defined = {name for number in start for name, _ in _names(fragments[number])}
    wanted: dict[str, None] = {}
    for number in start:
        for fixup in fragments[number].fixups:
            if fixup.symbol not in defined:
                wanted[fixup.symbol] = None
            elif fixup.kind in _SLOT:
                raise LoadError(f"{fixup.symbol} is part of the code: refer to it directly, not through the global offset table")
    return list(wanted)


def _resolve(name: str, bind: Mapping[str, Binding], kept: list[Any]) -> int:
    """The address of a foreign symbol."""
    found = bind.get(name)
    if isinstance(found, int):
        return found
    if found is not None:
        function, signature = found
        words = signature.replace(",", " ").split()
        callback = ctypes.CFUNCTYPE(*[_type(word) for word in words])(function)
        kept.append(callback)
        return ctypes.cast(callback, ctypes.c_void_p).value or 0
    try:
        return ctypes.cast(getattr(_libc(), name), ctypes.c_void_p).value or 0
    except AttributeError:
        raise LoadError(f"nothing defines {name}; give it with bind={{{name!r}: ...}}") from None


def _relocate(
    image: bytearray, fragment: Fragment, offset: int, base: int, addresses: Mapping[str, int], foreign: Mapping[str, int],
    stubs: Mapping[str, int], slots: Mapping[str, int],
) -> None:  # fmt: skip
    for where, number, symbol, addend in fragment.fixups:
        kind = Reloc(number)
        if kind == Reloc.NONE:
            continue
        size = RELOC_SIZE[kind]
        place = base + offset + where
        if kind in _SLOT:
            target = slots[symbol]
        elif symbol in addresses:
            target = addresses[symbol]
        else:
            target = foreign[symbol]
            if kind == Reloc.PLT32 and not -(1 << 31) <= target + addend - place < 1 << 31:
                target = stubs[symbol]
        if kind not in _RELATIVE and kind not in _SLOT and kind not in _PLAIN:
            raise LoadError(f"{fragment.symbol}+{where:#x}: {kind.name} against {symbol} cannot be done in memory")
        value = target + addend - (0 if kind in _PLAIN else place)
        signed = kind in _RELATIVE or kind in _SLOT or kind == Reloc.ABS32S
        low, high = (-(1 << 8 * size - 1), 1 << 8 * size - 1) if signed else (0, 1 << 8 * size)
        if kind == Reloc.ABS64:
            value &= (1 << 64) - 1
        if not low <= value < high:
            place_name = f"{fragment.symbol}+{where:#x}"
            raise LoadError(f"{place_name}: {kind.name} against {symbol}: {value:#x} does not fit into {8 * size} bits")
        at = offset + where
        image[at : at + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")


def _type(name: str) -> Any:
    if name not in TYPES:
        raise LoadError(f"{name} is no type; types are {', '.join(TYPES)}")
    return TYPES[name]


_library: list[Any] = []


def _libc() -> Any:
    if not _library:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.mmap.restype = ctypes.c_void_p
        libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)
        libc.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        _library.append(libc)
    return _library[0]


def _map(size: int) -> int:
    """Fresh memory, below 2 GiB where there is room, so that 32-bit addresses reach it."""
    for more in (_MAP_32BIT, 0):
        found: int | None = _libc().mmap(None, size, _READ | _WRITE, _MAP | more, -1, 0)
        if found is not None and found != (1 << 64) - 1:
            return found
    raise LoadError(f"no {size} bytes of memory to be had")


def _protect(base: int, limits: Sequence[tuple[int, int, str]], stubs: int, total: int, page: int) -> None:
    """Code read and execute, constants read only, data read and write."""
    for begin, end, letters in [*limits, (stubs, total, "AX")]:
        size = -(-(end - begin) // page) * page
        if size and letters != "WA":
            wanted = _READ | _EXEC if letters == "AX" else _READ
            if _libc().mprotect(base + begin, size, wanted):
                raise LoadError("the system refuses to make memory executable")
