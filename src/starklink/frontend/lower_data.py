"""Read-only data of a program: string literals, type descriptors, static storage, and the types debuggers see."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from struct import pack
from typing import Final, TypeVar

from ..ir import ops
from ..ir import types as ir
from ..ir.builder import FunctionBuilder
from ..ir.module import HIDDEN, Data, DebugField, DebugType, SymbolId, const_slots, float_bits
from ..support.arena import TooLarge
from .lower_context import Descriptor, Program
from .typed import Const, FieldSym, MethodSym
from .types import (
    BOOL,
    CHAR,
    FLOATS,
    NULL,
    OBJECT,
    STRING,
    UINT,
    ArrayType,
    ClassType,
    EnumType,
    Primitive,
    Type,
    align_of,
    is_reference,
    link_name,
    size_of,
)

T = TypeVar("T")

DESCRIPTOR_HEADER = 40
"""Bytes before the vtable (docs/runtime.md)."""

LARGEST_STATICS: Final = 1 << 30
"""Bytes of static storage; all of an image lies in the lowest 2 GiB."""

OBJECT_SLOTS = ("ToString", "Equals", "GetHashCode")


def literal(program: Program, value: bytes) -> SymbolId:
    """The string object of a literal, one per distinct content."""
    known = program.literals.get(value)
    if known is None:
        size = 16 + len(value) + 8 & -8
        data = Data(f"str${len(program.literals)}", ".rodata", size, 8, pack("<QQ", 0, len(value)) + value)
        known = program.module.add_symbol(data)
        program.literals[value] = known
        data.relocs.append((0, descriptor(program, STRING), 0))
    return known


def descriptor(program: Program, type_: Type, boxed: bool = False) -> SymbolId:
    """The type descriptor of a reference type, or of the box of a value type."""
    if isinstance(type_, ArrayType) and type_.readonly:
        from .types import array_of
        type_ = array_of(type_.element)
    key = (id(type_), boxed)
    known = program.descriptors.get(key)
    if known is None:
        size = DESCRIPTOR_HEADER + 8 * (len(type_.vtable) if isinstance(type_, ClassType) else len(OBJECT_SLOTS))
        data = Data(f"{link_name(type_)}$desc", ".rodata", size, 8)
        known = Descriptor(type_, boxed, data, program.module.add_symbol(data))
        program.descriptors[key] = known
        program.new_descriptors.append(known)
    return known.id


def vtable_key(method: MethodSym | None, slot: int) -> object:
    """What stands for a vtable slot in the tables of slots: object's slots by number, others by the method that opened them."""
    if slot < len(OBJECT_SLOTS) or method is None:
        return slot
    return method.opener or method


def fill_descriptors(program: Program) -> bool:
    """Write what is new in descriptors: new ones, and used vtable slots; True if that made further functions reachable."""
    before = (len(program.pending), len(program.descriptors), len(program.literals), len(program.functions))
    # Every descriptor and every slot is visited once, however often this is called: classes and slots become known
    # one after the other while the program is walked.
    holders = program.slot_holders
    while program.new_descriptors or program.new_slots:
        for one in _taken(program.new_descriptors):
            _fill(program, one)
            for slot, method in enumerate(_vtable(one.type)):
                key = vtable_key(method, slot)
                holders.setdefault(key, []).append((one, slot))
                if key in program.filled_slots:
                    _fill_slot(program, one, slot)
        for key in _taken(program.new_slots):
            program.filled_slots.add(key)
            for one, slot in holders.get(key, ()):
                _fill_slot(program, one, slot)
    return before != (len(program.pending), len(program.descriptors), len(program.literals), len(program.functions))


def _taken(new: list[T]) -> list[T]:
    """What is in a list, which is empty afterwards."""
    found = new[:]
    new.clear()
    return found


def _vtable(type_: Type) -> Sequence[MethodSym | None]:
    return type_.vtable if isinstance(type_, ClassType) else (None,) * len(OBJECT_SLOTS)


def _fill(program: Program, one: Descriptor) -> None:
    """Everything but the vtable."""
    type_ = one.type
    kind, code, first, last, size = 0, 0, 0, 0, 8
    base: SymbolId = 0
    if isinstance(type_, ClassType) and type_.is_struct:
        kind, size = 3, 8 + (type_.size + 7 & -8)
    elif isinstance(type_, ClassType):
        size = type_.size
        first, last = program.numbers.get(type_, (0, 0))
        if type_.base is not None:
            base = descriptor(program, type_.base)
    elif type_ is STRING:
        kind = 1
    elif isinstance(type_, ArrayType):
        kind, size = 2, size_of(type_.element)
        code = 1 if is_reference(type_.element) else 0
    elif one.boxed and isinstance(type_, Primitive):
        kind, code, size = 3, type_.code, 16
    else:
        last = max((top for _, top in program.numbers.values()), default=0)
    data = one.data
    data.content = pack("<IIIIIIQQ", kind, code, first, last, size, 0, 0, 0)
    data.relocs.append((24, literal(program, type_.name.encode()), 0))
    if base:
        data.relocs.append((32, base, 0))


def _fill_slot(program: Program, one: Descriptor, slot: int) -> None:
    """A vtable slot that some call uses."""
    type_ = one.type
    method = _vtable(type_)[slot]
    target = 0
    if method is not None:
        if not method.is_abstract:
            target = _entry(program, type_, method)
    elif slot < len(OBJECT_SLOTS):
        target = program.library(f"__{_prefix(one)}_{OBJECT_SLOTS[slot]}")
    if target:
        # In order of place, whatever order the walk met the slots in.
        insort(one.data.relocs, (DESCRIPTOR_HEADER + 8 * slot, target, 0))


def _prefix(one: Descriptor) -> str:
    """How the library's methods for objects of a type begin."""
    type_ = one.type
    if type_ is STRING:
        return "string"
    if isinstance(type_, ArrayType):
        return "array"
    boxed = type_.is_struct if isinstance(type_, ClassType) else one.boxed and isinstance(type_, Primitive)
    return "box" if boxed else "object"


def _entry(program: Program, type_: Type, method: MethodSym) -> SymbolId:
    """What a vtable slot points to: the method; for a boxed struct a step that passes on the address of the value in the box."""
    target = program.function(method)
    if not isinstance(type_, ClassType) or not type_.is_struct:
        return target
    module = program.module
    symbol = f"{method.symbol}$boxed"
    known = module.symbol_ids.get(symbol)
    if known is not None:
        return known
    signature = module.function(target).signature
    known = program.declare(method.qualified, symbol, list(signature.params), signature.result)
    module.function(known).runtime = True
    b = FunctionBuilder(module, known)
    box, *rest = [b.param(param) for param in signature.params]
    value = b.bin(ops.ADD, ir.PTR, box, b.const(ir.I64, 8))
    b.ret(b.call(target, [value, *rest]))
    b.finish()
    return known


def number_classes(program: Program) -> None:
    """Preorder numbers over the inheritance forest: a class and its descendants are one interval. `object` is 0."""
    counter = 0
    for root in program.typed.classes:
        if root.base is not None or root.is_struct:
            continue
        stack: list[tuple[ClassType, int]] = [(root, 0)]
        while stack:
            class_, child = stack.pop()
            if child == 0:
                counter += 1
                program.numbers[class_] = (counter, counter)
            if child < len(class_.children):
                stack.append((class_, child + 1))
                stack.append((class_.children[child], 0))
            else:
                program.numbers[class_] = (program.numbers[class_][0], counter)


def static_storage(program: Program, field: FieldSym) -> SymbolId:
    """The datum of a static field or global, with its constant initial value if it has one."""
    known = program.statics.get(field)
    if known is None:
        size = size_of(field.type)
        data = Data(field.symbol, ".bss", size, align_of(field.type))
        value: Const = field.const if field.type is STRING or not is_reference(field.type) else None
        known = program.module.add_symbol(data)
        program.statics[field] = known
        program.static_bytes += size
        if program.static_bytes > LARGEST_STATICS:
            raise TooLarge(f"'{field.name}' and the static variables before it take {program.static_bytes} bytes", field.pos)
        if value is not None:
            _initial_value(program, data, field.type, value)
        if program.debug:
            data.pos = field.pos
            data.debug_name = field.symbol
            data.debug_type = debug_type(program, field.type)
    return known


def _initial_value(program: Program, data: Data, type_: Type, value: Const) -> None:
    if isinstance(value, bytes):
        data.section = ".data"
        data.content = bytes(8)
        data.relocs.append((0, literal(program, value), 0))
        return
    if type_ in FLOATS:
        bits = float_bits(float(value or 0), type_.ir)
    else:
        bits = int(value or 0)
    raw = (bits & (1 << 64) - 1).to_bytes(8, "little")[:data.size]
    if any(raw):
        data.section = ".data"
        data.content = raw


def constant_slots(type_: Type, value: Const) -> tuple[int, int]:
    """The slots of an iconst or fconst of a constant converted to a type."""
    if type_ in FLOATS:
        assert value is not None
        return const_slots(float_bits(float(value), type_.ir))
    assert isinstance(value, (int, bool))
    return const_slots(int(value))


# -- debug types ---------------------------------------------------------------------------------------------------------

def debug_type(program: Program, type_: Type) -> int:
    """Debug type of a language type; 0 for void."""
    known = program.debug_types.get(id(type_))
    if known is not None:
        return known
    types = program.module.debug_types
    if type_.ir == ir.VOID:
        return 0
    number = len(types)
    program.debug_types[id(type_)] = number
    if type_ is STRING:
        types.append(DebugType("string", "string", 8))
    elif type_ is OBJECT or type_ is NULL:
        types.append(DebugType("object", "object", 8))
    elif isinstance(type_, ArrayType):
        made = DebugType("array", type_.name, 8)
        types.append(made)
        made.element = debug_type(program, type_.element)
    elif isinstance(type_, EnumType):
        made = DebugType("enum", type_.name, size_of(type_), items=list(type_.items.items()), pos=type_.pos)
        types.append(made)
        made.element = debug_type(program, type_.underlying)
    elif isinstance(type_, ClassType):
        made = DebugType("struct" if type_.is_struct else "class", type_.name, type_.size, pos=type_.pos)
        types.append(made)
        if type_.base is not None:
            made.base = debug_type(program, type_.base)
        library = type_.file is not None and type_.file.runtime
        for one in type_.fields:
            visibility = HIDDEN if library and one.name.startswith("__") else one.visibility
            made.fields.append(DebugField(one.name, debug_type(program, one.type), one.offset, visibility))
    else:
        types.append(DebugType("base", type_.name, size_of(type_), _encoding(type_)))
    return number


def this_type(program: Program, owner: ClassType) -> int:
    """Debug type of `this`: a reference to the object, for structs a pointer to the value."""
    number = debug_type(program, owner)
    if not owner.is_struct:
        return number
    pointers, types = program.debug_pointers, program.module.debug_types
    if number not in pointers:
        types.append(DebugType("pointer", owner.name + "*", 8, element=number))
        pointers[number] = len(types) - 1
    return pointers[number]


def _encoding(type_: Type) -> str:
    if type_ is BOOL:
        return "boolean"
    if type_ is CHAR:
        return "char"
    if type_ in FLOATS:
        return "float"
    if isinstance(type_, Primitive) and type_.signed:
        return "signed"
    assert isinstance(type_, Primitive) or type_ is UINT
    return "unsigned"
