"""Instructions: prefixes, operands, the choice of names and sizes, relocation kinds; branches become items of the piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ...objwriter.elf.consts import R_386
from ..assembler import _BRANCHES as BRANCHES
from ..encode import EncodeError
from ..operands import REGISTERS, AsmError, Decorator, Immediate, Mem, Reg, Reg64
from ..operands import Operand as TableOperand
from ..select import R_EVEX, R_SEGMENT_SHIFT, R_VEX, Encoding, assemble
from .att import REVERSED, STRINGS, translate
from .errors import GasError
from .expr import value_of
from .machine import GOT_SYMBOL, Machine
from .operands import DECORATORS, NAMED, Intel, Operand, Place, braces, decorate, parse_att, split
from .program import BRANCH, Expr, Fix, Item, Op, Suffixed, Symbol

if TYPE_CHECKING:
    from .source import Source

# Prefix word -> (request bit for the form table or 0, bytes).
PREFIXES: Final[dict[str, tuple[int, bytes]]] = {
    "lock": (1, b"\xf0"), "rep": (2, b"\xf3"), "repe": (2, b"\xf3"), "repz": (2, b"\xf3"), "repne": (4, b"\xf2"),
    "repnz": (4, b"\xf2"), "xacquire": (8, b"\xf2"), "xrelease": (16, b"\xf3"), "bnd": (32, b"\xf2"), "notrack": (64, b"\x3e"),
    "data16": (0, b"\x66"), "data32": (0, b"\x66"), "addr32": (0, b"\x67"), "addr16": (0, b"\x67"), "rex64": (0, b"\x48"),
    "rex.w": (0, b"\x48"), "rex": (0, b"\x40"), "rex.wrxb": (0, b"\x4f"), "rex.b": (0, b"\x41"), "rex.r": (0, b"\x44"),
    "rex.wb": (0, b"\x49"), "rex.wr": (0, b"\x4c"), "cs": (0, b"\x2e"), "ds": (0, b"\x3e"), "es": (0, b"\x26"),
    "ss": (0, b"\x36"), "fs": (0, b"\x64"), "gs": (0, b"\x65"),
}  # fmt: skip
WISHES: Final = {"{vex}": R_VEX, "{vex2}": R_VEX, "{vex3}": R_VEX | 1 << 18, "{evex}": R_EVEX, "{nooptimize}": 0, "{load}": 0,
                 "{store}": 0, "{rex}": 0}  # fmt: skip
_NAMES: Final = {
    "fwait": "wait", "xlat": "xlatb", "retq": "ret", "leaveq": "leave", "sal": "shl", "icebp": "int1", "ud2a": "ud2",
    "ud2b": "ud1",
    "fcompi": "fcomip", "fucompi": "fucomip",
}  # fmt: skip
_ORDER: Final = {
    0x26: 0, 0x2E: 0, 0x36: 0, 0x3E: 0, 0x64: 0, 0x65: 0, 0x67: 1, 0x66: 2, 0xF2: 3, 0xF3: 3, 0xF0: 4,
}  # fmt: skip
_BRANCH_NAMES: Final = {"callq": "call", "jmpq": "jmp", "calll": "call", "jmpl": "jmp"}
_FAR_BRANCHES: Final = {
    "ljmp": ("jmp", 0), "lcall": ("call", 0), "ljmpw": ("jmp", 16), "lcallw": ("call", 16), "ljmpl": ("jmp", 32),
    "lcalll": ("call", 32), "ljmpd": ("jmp", 32), "lcalld": ("call", 32),
}  # fmt: skip
_SAME_ORDER: Final = ("bound", "invlpg", "monitor", "mwait", "pvalidate", "rmp", "tpause", "umwait")
"""Instructions whose operands stand in Intel's order in AT&T syntax, too (by the beginning of their names)."""
_SHIFTS: Final = frozenset(("shl", "shr", "sar", "rol", "ror", "rcl", "rcr"))
_IMPLICIT_XMM0: Final = frozenset(("sha256rnds2", "blendvps", "blendvpd", "pblendvb"))
_NARROW: Final = frozenset(("extractps", "pextrw", "pextrb", "pinsrw", "pinsrb", "movmskps", "movmskpd", "pmovmskb"))
"""Instructions for which a 64-bit register is another name of its lower half."""
_TABLES: Final = frozenset(("sgdt", "sidt", "lgdt", "lidt"))
_SIZED_STRINGS: Final = frozenset(("movs", "cmps", "stos", "lods", "scas", "ins", "outs"))
_STACK: Final = frozenset(("push", "pop", "call", "jmp"))
_NO_PREFIX: Final = frozenset(("cs", "ds", "es", "ss", "fs", "gs"))


class Made(NamedTuple):
    """The bytes of a statement and its fields: (offset, size, value, addend, relative, relocation or -1, signed)."""

    data: bytes
    fields: tuple[tuple[int, int, Expr, int, bool, int, bool], ...]


def instruction(source: Source, text: str) -> None:
    """Assemble one instruction into the present piece. Raises GasError."""
    known = source.remembered.get(text)
    if known is None:
        head, _, rest = text.partition(" ")
        name = _BRANCH_NAMES.get(head.lower(), head.lower())
        if name in BRANCHES and _branch(source, name, rest.strip(), b""):
            return
        source.volatile = False
        known = _by_shape(source, text)
        if known is None:
            return
        if not source.volatile and len(source.remembered) < 100_000:
            source.remembered[text] = known
    put(source, known)


def _by_shape(source: Source, text: str) -> Made | None:
    """As `_assemble`, by the shape of the statement if that is known."""
    found = source.shapes.of(text, source.bits)
    if found is None:
        return _assemble(source, text)
    key, values, pieces = found
    code = source.shapes.code(key, values)
    if code is not None:
        return Made(code, ())
    source.take_encoded()
    made = _assemble(source, text)
    encoded = source.take_encoded()
    if made is not None and encoded is not None and not made.fields:
        source.shapes.learn(key, values, pieces, encoded, made.data)
    return made


def put(source: Source, known: Made) -> None:
    """Put the bytes of a statement into the present piece."""
    piece = source.piece
    start = len(piece.buffer)
    piece.buffer += known.data
    for offset, size, value, addend, relative, kind, signed in known.fields:
        piece.fixes.append(Fix(start + offset, size, value, addend, relative, kind, signed, source.place))


def _assemble(source: Source, text: str) -> Made | None:
    """The bytes; None if the statement turned out to be a branch, which is an item already."""
    head = b""
    request = 0
    rest = text
    raw = b""
    while True:
        word, _, rest = rest.partition(" ")
        rest = rest.lstrip()
        lower = word.lower()
        if lower in WISHES:
            request |= WISHES[lower]
        elif lower in PREFIXES and (lower not in _NO_PREFIX or rest):
            bit, byte = PREFIXES[lower]
            request |= bit
            raw += byte if bit else b""
            head += b"" if bit else byte
            if not rest:
                return Made(raw + head, ())
        else:
            break
        if rest[:1] == ",":
            rest = rest[1:].lstrip()
    lower = _BRANCH_NAMES.get(lower, lower)
    if lower in BRANCHES:
        if _branch(source, lower, rest, head + raw):
            return None
    operands = parse_operands(source, rest)
    if not source.intel and lower.startswith(_SAME_ORDER):
        operands.reverse()
    if lower in _FAR_BRANCHES and len(operands) == 2:
        piece, (what, bits) = source.piece, _FAR_BRANCHES[lower]
        if any(one.kind not in ("imm", "sym") for one in operands):
            raise GasError(f"{lower} takes a selector and an offset", lower)
        piece.buffer += head + raw
        _far_branch(source, what, operands[0].disp, operands[1].disp, bits)
        return None
    made = encode(source, lower, operands, request, raw)
    if head == b"\x67" and made.data[:1] == b"\x67":
        head = b""  # the operand says it too
    return Made(head + made.data, tuple([(field[0] + len(head), *field[1:]) for field in made.fields])) if head else made


_PLAIN: Final = {name: register for name, register in NAMED.items() if name not in ("st", "rip", "eip")}
"""Registers that are whole operands by their names."""


def parse_operands(source: Source, text: str) -> list[Operand]:
    """The operands in Intel's order."""
    if not text:
        return []
    out = []
    for part in split(text):
        register = _PLAIN.get(part) if source.intel else _PLAIN.get(part[1:]) if part[:1] == "%" else None
        if register is not None:
            operand = Operand("reg", part)
            operand.reg = register
            out.append(operand)
            continue
        if not part:
            raise GasError("an operand is missing", text)
        plain, words = braces(part)
        if not plain and len(words) == 1 and words[0].lower() in DECORATORS:
            operand = Operand("dec", part)
            operand.reg = DECORATORS[words[0].lower()]
        else:
            operand = Intel(plain, source).parse() if source.intel else parse_att(plain, source)
            if words:
                decorate(operand, words)
        out.append(operand)
    if not source.intel:
        if not (len(out) == 2 and all(one.kind == "imm" for one in out)):
            out.reverse()
    return out


def encode(source: Source, name: str, operands: list[Operand], request: int, raw: bytes) -> Made:
    """The bytes of an instruction that is no direct branch."""
    readings = translate(name, operands) if not source.intel else [(_NAMES.get(name, name), 0)]
    if not source.intel:
        readings = [(_NAMES.get(one, one), bits) for one, bits in readings]
        if readings[0][0] in REVERSED and operands and not _st0_first(operands):
            readings = [(REVERSED.get(one, one), bits) for one, bits in readings]
    if name in _SIZED_STRINGS and operands:
        size = next((one.bits or _bits(one) for one in operands if one.kind == "mem"), 0) or max(map(_bits, operands))
        readings = [(name + {8: "b", 16: "w", 32: "d", 64: "q"}.get(size, "b"), 0)]
    if name in _TABLES and source.bits == 16 and operands and operands[0].kind == "mem" and operands[0].bits == 48:
        operands[0].bits = 0  # six bytes are those of a 32-bit table
        made = encode(source, name, operands, request, raw)
        at = 0
        while _ORDER.get(made.data[at], 9) < 2:
            at += 1
        return Made(made.data[:at] + b"\x66" + made.data[at:], tuple([(field[0] + 1, *field[1:]) for field in made.fields]))
    if name == "int" and len(operands) == 1 and operands[0].disp == 3:
        readings, operands = [("int3", 0)], []
    if name in ("pushw", "popw") and operands and operands[0].kind == "imm":
        made = _encode(source, "push", operands, request, 0)  # the form table takes the size from other operands only
        return _wide_push(made, operands[0].disp)
    if name in ("ljmp", "lcall") and len(operands) == 1 and operands[0].kind == "mem":
        readings = [(name[1:] + "_far", operands[0].bits or 48)]
    if len(operands) == 3 and isinstance(operands[2].reg, Reg) and operands[2].reg.name == "xmm0" and name in _IMPLICIT_XMM0:
        operands = operands[:2]
    if not operands and not source.intel and name in ("fsubp", "fsubrp", "fdivp", "fdivrp"):
        readings = [(REVERSED[name], 0)]
    first: Exception | None = None
    for reading, bits in readings:
        try:
            return _encode(source, reading, operands, request, bits)
        except (AsmError, EncodeError) as error:
            first = first or error
    if request & 6 and raw:  # rep on an instruction that has no use for it: `rep ret`
        try:
            made = encode(source, name, operands, request & ~6, b"")
            return Made(raw + made.data, tuple([(field[0] + len(raw), *field[1:]) for field in made.fields]))
        except (GasError, AsmError, EncodeError):
            pass
    raise GasError(str(first).replace("?", ""), name)


def _wide_push(made: Made, value: Expr) -> Made:
    """A push of a 16-bit immediate."""
    if made.data[0] == 0x6A:
        return Made(b"\x66" + made.data, ())
    if not isinstance(value, int):
        raise GasError("the immediate of a 16-bit push must be known here", "pushw")
    return Made(b"\x66\x68" + (value & 0xFFFF).to_bytes(2, "little"), ())


def _st0_first(operands: list[Operand]) -> bool:
    register = operands[0].reg
    return (isinstance(register, Reg) and register.name in ("st", "st0") and len(operands) > 1) or operands[0].kind == "mem"


def _encode(source: Source, name: str, operands: list[Operand], request: int, bits: int) -> Made:
    if name in STRINGS and operands and all(one.kind == "mem" or _accumulator(one) for one in operands):
        if name not in ("movsd", "cmpsd") or any(one.kind == "mem" for one in operands):
            for one in operands:
                if one.segment is not None and one.segment.name != "es" and one.kind == "mem":
                    request |= one.segment.number << R_SEGMENT_SHIFT
            narrow = any(one.base is not None and one.base.bits == 32 for one in operands)
            made = assemble(name, source.bits, (), request | (1 << 17 if narrow and source.bits == 64 else 0))
            return _finish(source.machine, made)
    if (
        name == "movsx"
        and len(operands) == 2
        and (_bits(operands[1]) == 32 or (operands[1].bits == 32 and operands[1].kind == "mem"))
    ):
        name = "movsxd"
    width = next((found for found in map(_bits, operands) if found), 0)
    if name in ("movzx", "movsx", "movsxd", "crc32") and len(operands) == 2:
        width = 0
    sizes = [bits] if bits else [0]
    memory = next((one for one in operands if one.kind in ("mem", "sym")), None)
    if memory is not None and not bits:
        sizes = [memory.bits, 0] if memory.bits else [0]
        if memory.count and not memory.bits:
            sizes = [32, 64, 16]
        if not memory.bits and not memory.count and name in _STACK:
            sizes = [source.bits]
    error: AsmError | EncodeError | None = None
    for size in sizes:
        try:
            return _with_size(source, name, operands, request, size, width or size)
        except (AsmError, EncodeError) as problem:
            error = error or problem
    if any(one.kind == "imm" and not isinstance(one.disp, int) for one in operands):
        for few in (8, 16):  # an immediate that is always so small
            try:
                return _with_size(source, name, operands, request, sizes[0], few)
            except (AsmError, EncodeError):
                continue
    if memory is not None and sizes == [0]:  # the natural size of conversions and the like that leave it open
        for size in (32, 64, 128, 256, 512) if not width else (width, 64, 32):
            try:
                return _with_size(source, name, operands, request, size, width or size)
            except (AsmError, EncodeError):
                continue
    assert error is not None
    raise error


def _accumulator(operand: Operand) -> bool:
    return isinstance(operand.reg, Reg) and operand.reg.name in ("al", "ax", "eax", "rax", "dx")


def _bits(operand: Operand) -> int:
    return operand.reg.bits if operand.kind == "reg" and isinstance(operand.reg, Reg) else 0


def _with_size(source: Source, name: str, operands: list[Operand], request: int, size: int, width: int) -> Made:
    given: list[TableOperand] = []
    for operand in operands:
        kind = operand.kind
        if kind == "reg":
            register: Any = operand.reg
            if operand.mask or operand.zeroing:
                register = getattr(register, f"k{operand.mask}", register) if operand.mask else register
                register = register.z if operand.zeroing else register
            elif isinstance(register, Reg64) and name.removeprefix("v") in _NARROW:
                register = REGISTERS[register.name[:3].replace("r", "e", 1) if register.index < 8 else register.name + "d"]
            given.append(register)
        elif isinstance(operand.disp, Suffixed) and operand.disp.suffix == "TLSCALL":
            call = operand.disp  # only marks the instruction for the linker
            operand.disp = 0
            made = _with_size(source, name, operands, request, size, width)
            operand.disp = call
            return Made(made.data, (*made.fields, (0, 0, call, 0, False, suffix_kind(source.machine, "TLSCALL", 4), False)))
        elif kind in ("mem", "sym"):
            memory = operand.memory(size, source.bits)
            if name == "movabs":
                memory.width = 64
            given.append(memory)
        elif kind == "dec":
            assert isinstance(operand.reg, Decorator)
            given.append(operand.reg)
        else:
            given.append(_immediate(name, operand.disp, width, operands, source.bits))
    if name == "mov" and len(given) == 2 and isinstance(given[1], int) and isinstance(given[0], Reg64):
        value = given[1]
        short = -0x8000_0000 <= value <= 0x7FFF_FFFF or value >= 0xFFFF_FFFF_8000_0000
        given[1] = Immediate(value, 4 if short else 8)
    elif name == "xchg" and len(given) == 2 and isinstance(given[0], Reg) and isinstance(given[1], Reg):
        given.reverse()
    if len(given) == 1 and name in _SHIFTS:
        given.append(1)
    elif len(given) == 2 and name in ("shld", "shrd"):
        given.append(REGISTERS["cl"])
    if name == "imul" and len(given) == 2 and isinstance(given[1], int | Immediate):
        given.insert(0, given[0])
    encoding = assemble("mov" if name == "movabs" else name, source.bits, given, request)
    source.encoded = encoding, given
    return _finish(source.machine, encoding)


def _immediate(name: str, value: Expr, width: int, operands: list[Operand], bits: int) -> TableOperand:
    """An immediate: a number, or a field for what is only known at the end."""
    if isinstance(value, int):
        if width == 64 and value > 0xFFFF_FFFF and name not in ("mov", "movabs") and value < 0xFFFF_FFFF_8000_0000:
            raise AsmError(f"{value:#x} does not fit into a sign-extended 32-bit immediate")
        if name == "movabs" and operands[0].kind == "reg":
            return Immediate(value, 8)
        return value
    size = 8 if name == "movabs" else {8: 1, 16: 2}.get(width, 4)
    if name == "push" and bits == 16 and not width:
        size = 2
    if name in ("shl", "shr", "sar", "rol", "ror", "int", "enter"):
        size = 1
    return Immediate(Place(value, True), size)


def _finish(machine: Machine, made: Encoding) -> Made:
    data = made.data
    patches: Any = made.patches  # their targets are `Place`s
    if len(data) > 1 and data[0] in _ORDER and data[1] in _ORDER:
        count = 2
        while data[count] in _ORDER:
            count += 1
        front: list[int] = sorted(data[:count], key=_order)
        data = bytes(front) + data[count:]
    if not patches:
        return Made(data, ())
    fields = []
    for offset, size, target, addend, relative, signed in patches:
        value = target.expr
        kind = -1
        if relative:
            addend -= len(data) - offset
        if isinstance(value, Suffixed):
            kind = suffix_kind(machine, value.suffix, size)
            signed |= value.suffix == "GOTOFF" and not target.immediate
            if kind in (22, 34) and machine.rela and machine.width == 32:  # room for what the linker may make of it
                data, offset = _with_rex(data, offset)
            if value.suffix == "PLT":
                kind = -1  # local symbols need no table
            if value.suffix == "GOTPCREL" and kind == 9:
                kind = _relaxable(data, offset)
            elif value.suffix == "GOT" and not machine.rela:
                if data[:1] == b"\xa1":  # the linker knows the longer form only
                    data, offset = b"\x8b\x05" + data[1:], offset + 1
                kind = _relaxable_32(data, offset, kind)
        elif not relative and _names_got(value):
            addend += offset  # the table's address is counted from the field, what is added to it from the instruction
        fields.append((offset, size, value, addend, relative, kind, signed or relative))
    return Made(data, tuple(fields))


def _order(prefix: int) -> int:
    return _ORDER[prefix]


def suffix_kind(machine: Machine, suffix: str, size: int) -> int:
    """The relocation of a suffix for a field of `size` bytes. Raises GasError."""
    kind = machine.kind_of(suffix, size)
    if kind < 0:
        raise GasError(f"there is no relocation @{suffix} in {machine.name} objects", suffix)
    if not kind:
        raise GasError(f"@{suffix} does not go into a field of {size} bytes", suffix)
    return kind


def _relaxable(data: bytes, offset: int) -> int:
    """GOTPCRELX or REX_GOTPCRELX if the linker may rewrite the instruction, GOTPCREL otherwise."""
    at = 0
    while data[at] in _ORDER:
        at += 1
    rex = data[at] & 0xF0 == 0x40
    at += rex
    if offset != at + 2 or data[at + 1] & 0xC7 != 0x05:
        return 9
    code, register = data[at], data[at + 1] >> 3 & 7
    if code in (0x8B, 0x85) or code & 0xC7 == 0x03 or (code == 0xFF and register in (2, 4)):
        return 42 if rex else 41
    return 9


def _with_rex(data: bytes, offset: int) -> tuple[bytes, int]:
    """An instruction with a REX prefix, and where its field is then."""
    at = 0
    while data[at] in _ORDER:
        at += 1
    return (data, offset) if data[at] & 0xF0 == 0x40 else (data[:at] + b"\x40" + data[at:], offset + 1)


def _relaxable_32(data: bytes, offset: int, kind: int) -> int:
    """GOT32X instead of GOT32 if the linker may rewrite the 32-bit instruction."""
    code, place = data[0], data[1]
    plain = place >> 6 == 2 or place & 0xC7 == 0x05
    if not plain or offset != 2 + (place & 7 == 4):
        return kind
    register = place >> 3 & 7
    return R_386["GOT32X"] if code in (0x8B, 0x85) or code & 0xC7 == 0x03 or (code == 0xFF and register in (2, 4)) else kind


def _names_got(value: Expr) -> bool:
    """Whether an expression is `_GLOBAL_OFFSET_TABLE_` or that plus something."""
    while isinstance(value, Op) and value.name == "+":
        value = value.left
    return isinstance(value, Symbol) and value.name == GOT_SYMBOL


def _branch(source: Source, name: str, text: str, head: bytes) -> bool:
    """A branch to a symbol or number; False if the operand is a register or memory."""
    text = text.strip()
    if not text or text[0] in "*[%{" or (source.intel and text[-1] in "])"):
        return False
    piece = source.piece
    symbol = source.symbols.get(text)
    value: Expr
    if symbol is not None and symbol.value is None:
        symbol.mentioned = True
        value = symbol
    else:
        intel = Intel(text, source)
        operand = intel.parse() if source.intel else parse_att(text, source)
        if intel.selector is not None:
            _far_branch(source, name, intel.selector, operand.disp, 0)
            return True
        if operand.kind == "reg" or operand.star or (operand.kind == "mem" and source.intel):
            return False
        if operand.kind == "mem" and not (operand.base is None and operand.index is None and operand.segment is None):
            return False
        value = operand.disp
    short, long = BRANCHES[name]
    bits = source.bits
    if name in ("jcxz", "jecxz", "jrcxz"):
        width = {"jcxz": 16, "jecxz": 32, "jrcxz": 64}[name]
        if (width == 64 and bits != 64) or (width == 16 and bits == 64):
            raise GasError(f"{name} does not exist in {bits}-bit code", name)
        head += b"\x67" if width != bits else b""
    field = 2 if bits == 16 else 4
    piece.buffer += head
    if not long:
        piece.buffer += bytes((short, 0))
        piece.fixes.append(Fix(len(piece.buffer) - 1, 1, value, -1, True, -1, False, source.place))
        return True
    suffixed = isinstance(value, Suffixed) and value.suffix != "PLT"
    if short < 0 or suffixed or isinstance(value, int):
        kind = -1
        if isinstance(value, Suffixed) and value.suffix != "PLT":
            kind = suffix_kind(source.machine, value.suffix, 4)
        piece.buffer += long + bytes(field)
        piece.fixes.append(Fix(len(piece.buffer) - field, field, value, -field, True, kind, bits != 64, source.place))
        return True
    reach = field if bits == 64 else -field
    piece.items.append(Item(len(piece.buffer), BRANCH, value, len(long) + field - 2, reach, long, source.place))
    piece.buffer += bytes((short, 0))
    return True


def _far_branch(source: Source, name: str, selector: Expr, offset: Expr, bits: int) -> None:
    """A far jump or call to `selector`:`offset`; `bits` of the offset, 0 = the mode's."""
    if source.bits == 64:
        raise GasError("far branches with the address in the instruction do not exist in 64-bit code", name)
    bits = bits or source.bits
    head = b"" if bits == source.bits else b"\x66"
    piece = source.piece
    piece.buffer += head + (b"\xea" if name == "jmp" else b"\x9a")
    for value, size in ((offset, bits // 8), (selector, 2)):
        if isinstance(value, Suffixed):
            raise GasError(f"@{value.suffix} does not go into a far address", name)
        piece.fixes.append(Fix(len(piece.buffer), size, value, 0, False, -1, False, source.place))
        piece.buffer += bytes(size)


__all__ = ["BRANCHES", "Mem", "instruction", "suffix_kind", "value_of"]
