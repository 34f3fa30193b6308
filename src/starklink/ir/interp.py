"""The IR interpreter: executes a module exactly as the op table and semantics.py say. The oracle for the code generator.

Functions are translated to Python source when first called (translate.py). Calls are calls of plain Python functions,
which CPython runs without using the C stack, so the depth of recursion is limited by `depth_limit` only. Memory is
one bytearray addressed from 0x10000: data, then the stack, then a heap that `allocate` extends. Unset memory is zero
and every access is checked.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import CodeType, FrameType
from typing import Any, Final, NamedTuple, TypeAlias

from ..support.record import dataclass, field
from . import traps
from .module import Data, Function, Module, SymbolId, Value
from .scopes import frames
from .semantics import float_divide, float_sqrt, float_to_int, int_to_f32, round_f32
from .translate import CODES, MEMORY_BASE, Translator
from .types import BITS, BOOL, I64, IS_INT, VOID

Extern: TypeAlias = Callable[["Interpreter", tuple[Any, ...]], Any]
Locate: TypeAlias = Callable[[int], tuple[str, int, int]]

_FUNCTION_BASE: Final = 0x1000
_ERRORS: Final = (struct.error, IndexError, OverflowError, ZeroDivisionError, KeyError, ValueError)


class InterpError(Exception):
    """The program did something no program may do, or hit a limit. `where` is the function and the IR line."""

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.message = message
        self.where = where


class TrapError(InterpError):
    """A trap whose handler the module does not define; `kind` is a number of ir.traps, `values` its arguments."""

    def __init__(self, kind: int, values: tuple[Any, ...], where: str = "") -> None:
        super().__init__(f"trap {traps.TRAPS[kind].name} {values}", where)
        self.kind = kind
        self.values = values


class Exit(Exception):
    """Raised by an extern to end the program; `run` returns the code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Thrown(Exception):
    """An exception of the program on its way to a landing pad; `thing` is the address of the object."""

    def __init__(self, thing: int) -> None:
        super().__init__(thing)
        self.thing = thing


class Call(NamedTuple):
    """A frame of the running program, for traces: the function and the instruction it is executing."""

    function: Function
    inst: Value


class Interpreter:
    """Runs functions of a module. Data and heap persist between runs.

    `externs` gives bodies to functions without blocks, by symbol name; names in `override` win over existing bodies too.
    An extern gets (interpreter, arguments): integers in the signed range of their type. `locate` turns positions into
    (file, line, column) for traces, `entry_file` is the file that traces do not name (default: that of the outermost frame).
    `step_limit` counts instructions roughly, per block group.
    """

    def __init__(self, module: Module, externs: Mapping[str, Extern] | None = None, override: Iterable[str] = (),
                 locate: Locate | None = None, step_limit: int = 1 << 40, depth_limit: int = 20_000,
                 stack_size: int = 1 << 20, memory_limit: int = 1 << 30, entry_file: str = "") -> None:
        self.module = module
        self.externs = dict(externs or {})
        self.override = frozenset(override)
        self.locate = locate
        self.entry_file = entry_file
        self.depth_limit = depth_limit
        self.memory_limit = memory_limit
        self.addresses: dict[SymbolId, int] = {}
        self._codes: dict[CodeType, tuple[SymbolId, list[Value]]] = {}
        self.memory = bytearray(self._place_data())
        self.stack_start = MEMORY_BASE + len(self.memory)
        self.memory.extend(bytes(stack_size))
        self.stack_end = MEMORY_BASE + len(self.memory)
        self._steps = [step_limit]
        self._sp = [self.stack_start]
        self._names = self._environment()
        self._fill_data()

    # -- set-up ------------------------------------------------------------------------------------------------------

    def _place_data(self) -> int:
        """Give every symbol an address; return the size of all data."""
        at = 0
        for number, symbol in enumerate(self.module.symbols):
            if isinstance(symbol, Data):
                at = (at + symbol.align - 1) & -symbol.align
                self.addresses[number] = MEMORY_BASE + at
                at += max(symbol.size, 1)
            elif symbol is not None:
                self.addresses[number] = _FUNCTION_BASE + 16 * number
        if _FUNCTION_BASE + 16 * len(self.module.symbols) > MEMORY_BASE:    # many functions: code lives out of reach
            for number, symbol in enumerate(self.module.symbols):
                if isinstance(symbol, Function):
                    self.addresses[number] = (1 << 40) + 16 * number
        return (at + 63) & -64

    def _fill_data(self) -> None:
        for number, data in self.module.datas():
            start = self.addresses[number] - MEMORY_BASE
            self.memory[start:start + len(data.content)] = data.content
            for relocs, code in ((data.relocs, "<q"), (data.relocs32, "<I")):
                for offset, symbol, addend in relocs:
                    struct.pack_into(code, self.memory, start + offset, self.addresses[symbol] + addend)

    def _environment(self) -> dict[str, Any]:
        names: dict[str, Any] = {
            "MEM": self.memory, "S": self._steps, "SP": self._sp, "A": {}, "TRAP": self._trap, "FAULT": self._fault,
            "COPY": self._copy, "ZERO": self._zero, "R32": round_f32, "IF32": _int_to_f32, "FDIV": float_divide,
            "FSQRT": float_sqrt, "FTOI": _float_to_int, "THROWN": Thrown,
        }
        for code in set(CODES) - {""}:
            layout = struct.Struct("<" + code)
            names["L" + code] = layout.unpack_from
            names["P" + code] = layout.pack_into
        for source, target in (("q", "d"), ("d", "q"), ("i", "f"), ("f", "i")):
            names[f"C{source}{target}"] = _caster(source, target)
        for number, function in self.module.functions():
            names[f"F{number}"] = body = self._body(number, function)
            names["A"][self.addresses[number]] = body
        return names

    def _body(self, number: SymbolId, function: Function) -> Callable[..., Any]:
        extern = self.externs.get(function.symbol)
        if extern is not None and (not function.blocks or function.symbol in self.override):
            return _extern_body(self, extern, function)
        if not function.blocks:
            def missing(*args: Any) -> Any:
                raise InterpError(f"{function.symbol} has no body and no extern", self.where())
            return missing

        def first_call(*args: Any) -> Any:
            return self._translate(number)(*args)
        return first_call

    def _translate(self, number: SymbolId) -> Callable[..., Any]:
        translator = Translator(self.module, number, self.addresses)
        source = translator.source()
        code = compile(source, f"<ir {self.module.function(number).symbol}>", "exec")
        exec(code, self._names)
        body: Callable[..., Any] = self._names[f"F{number}"]
        self._names["A"][self.addresses[number]] = body
        self._codes[body.__code__] = (number, translator.lines)
        return body

    # -- running -----------------------------------------------------------------------------------------------------

    def run(self, symbol: str | SymbolId, args: Sequence[int | float] = ()) -> Any:
        """Call a function; its result (signed number, bool as 0/1, float or None), or the exit code if it exits.

        Raises InterpError for faults and limits, TrapError for traps the module has no handler for.
        """
        number = self.module.symbol_ids[symbol] if isinstance(symbol, str) else symbol
        signature = self.module.function(number).signature
        values = [_normal(value, type_) for value, type_ in zip(args, signature.params, strict=True)]
        limit, stack = sys.getrecursionlimit(), self._sp[0]
        depth, frame = 0, sys._getframe()
        while frame.f_back is not None:
            depth, frame = depth + 1, frame.f_back
        sys.setrecursionlimit(max(limit, depth + self.depth_limit + 50))
        try:
            result = self._names[f"F{number}"](*values)
        except Exit as stop:
            return stop.code
        except RecursionError as error:
            raise InterpError("stack overflow", self._where_of(error)) from None
        except _ERRORS as error:
            where = self._where_of(error)
            if not where:
                raise
            raise InterpError(_explain(error), where) from None
        finally:
            sys.setrecursionlimit(limit)
            self._sp[0] = stack
        return None if signature.result == VOID else _normal(result, signature.result)

    def call_stack(self) -> list[Call]:
        """The running frames of the program, innermost first."""
        calls: list[Call] = []
        frame: FrameType | None = sys._getframe()
        while frame is not None:
            known = self._codes.get(frame.f_code)
            if known is not None:
                calls.append(Call(self.module.function(known[0]), known[1][frame.f_lineno]))
            frame = frame.f_back
        return calls

    def where(self) -> str:
        """The instruction being executed, as `function: IR line`."""
        calls = self.call_stack()
        return self._describe(calls[0]) if calls else ""

    def _where_of(self, error: BaseException) -> str:
        found: Call | None = None
        trace = error.__traceback__
        while trace is not None:
            known = self._codes.get(trace.tb_frame.f_code)
            if known is not None:
                found = Call(self.module.function(known[0]), known[1][trace.tb_lineno])
            trace = trace.tb_next
        return self._describe(found) if found else ""

    def _describe(self, call: Call) -> str:
        from .text import Printer
        printer = Printer(self.module, self.module.symbol_ids[call.function.symbol])
        return f"{call.function.symbol}: {printer.inst_line(call.inst)}" if call.inst else call.function.symbol

    # -- what generated code calls -----------------------------------------------------------------------------------

    def _trap(self, kind: int, values: tuple[Any, ...]) -> None:
        number = self.module.symbol_ids.get(traps.TRAPS[kind].handler, 0)
        if not number or (not self.module.function(number).blocks
                          and traps.TRAPS[kind].handler not in self.externs):
            raise TrapError(kind, values, self.where())
        self._names[f"F{number}"](*values)
        raise InterpError(f"the handler of trap {traps.TRAPS[kind].name} returned", self.where())

    def _fault(self, message: str) -> None:
        raise InterpError(message, self.where())

    def _copy(self, target: int, source: int, size: int) -> None:
        self.write(target, self.read(source, size))

    def _zero(self, target: int, size: int) -> None:
        if target + size > self.stack_end and self._sp[0] == target + size:
            raise InterpError("stack overflow", self.where())
        self.write(target, bytes(max(size, 0)))

    # -- memory for externs ------------------------------------------------------------------------------------------

    def read(self, address: int, size: int) -> bytes:
        """Bytes of memory. Raises InterpError outside of it."""
        start = address - MEMORY_BASE
        if size < 0 or start < 0 or start + size > len(self.memory):
            if size == 0:
                return b""
            raise InterpError(f"memory access of {size} bytes at {address:#x}", self.where())
        return bytes(self.memory[start:start + size])

    def write(self, address: int, data: bytes) -> None:
        """Store bytes. Raises InterpError outside of memory."""
        start = address - MEMORY_BASE
        if data and (start < 0 or start + len(data) > len(self.memory)):
            raise InterpError(f"memory access of {len(data)} bytes at {address:#x}", self.where())
        self.memory[start:start + len(data)] = data

    def load(self, type_: int, address: int) -> Any:
        """A value of an IR type."""
        code = "<" + CODES[type_]
        return struct.unpack(code, self.read(address, struct.calcsize(code)))[0]

    def store(self, type_: int, address: int, value: float) -> None:
        """Write a value of an IR type."""
        self.write(address, struct.pack("<" + CODES[type_], _normal(value, type_)))

    def allocate(self, size: int, align: int = 16) -> int:
        """Address of fresh zeroed memory, 0 if the limit is reached."""
        padding = -len(self.memory) % align
        if size < 0 or len(self.memory) + padding + size > self.memory_limit:
            return 0
        self.memory.extend(bytes(padding + size))
        return MEMORY_BASE + len(self.memory) - size

    def stack_pointer(self) -> int:
        """Top of the used stack."""
        return self._sp[0]

    def string(self, address: int) -> bytes:
        """Content of a string object (docs/runtime.md)."""
        return self.read(address + 16, self.load(I64, address + 8))

    def new_string(self, content: bytes) -> int:
        """A string object on the heap."""
        address = self.allocate((16 + len(content) + 1 + 7) & -8)
        descriptor = self.module.symbol_ids.get("string$desc", 0)
        self.write(address, struct.pack("<qq", self.addresses.get(descriptor, 0), len(content)) + content)
        return address


def _explain(error: BaseException) -> str:
    if isinstance(error, ZeroDivisionError):
        return "division by zero"
    if isinstance(error, KeyError):
        return f"call of address {error.args[0]}, which is no function"
    return "memory access outside of the program's memory"


def _normal(value: float, type_: int) -> Any:
    """A number in the representation of its type."""
    if not IS_INT[type_]:
        return float(value)
    if type_ == BOOL:
        return int(bool(value))
    width = BITS[type_]
    bits = int(value) & (1 << width) - 1
    return bits - (1 << width) if bits >> (width - 1) else bits


def _extern_body(interpreter: Interpreter, extern: Extern, function: Function) -> Callable[..., Any]:
    result = function.signature.result

    def call(*args: Any) -> Any:
        value = extern(interpreter, args)
        return None if result == VOID else _normal(value, result)
    return call


def _caster(source: str, target: str) -> Callable[[Any], Any]:
    pack, unpack = struct.Struct("<" + source).pack, struct.Struct("<" + target).unpack

    def cast(value: Any) -> Any:
        return unpack(pack(value))[0]
    return cast


def _int_to_f32(value: int) -> float:
    return int_to_f32(value)


def _float_to_int(value: float, width: int) -> int:
    bits = float_to_int(value, width)
    return bits - (1 << width) if bits >> (width - 1) else bits


# -- externs for tests --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Output:
    """What a program did: bytes written to the standard streams, exit code (None while it has not exited)."""

    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    exit_code: int | None = None


def default_externs(stdin: bytes = b"") -> tuple[dict[str, Extern], Output]:
    """The special functions of docs/runtime.md, and `__trace_collect` and `__unwind`.

    List these two in `override`: the library has bodies for them that read the machine's stack.
    """
    output = Output()
    position = 0

    def sys_write(interp: Interpreter, args: tuple[Any, ...]) -> int:
        descriptor, address, size = args
        (output.stderr if descriptor == 2 else output.stdout).extend(interp.read(address, size))
        return int(size)

    def sys_read(interp: Interpreter, args: tuple[Any, ...]) -> int:
        nonlocal position
        chunk = stdin[position:position + args[2]]
        position += len(chunk)
        interp.write(args[1], chunk)
        return len(chunk)

    def sys_exit(interp: Interpreter, args: tuple[Any, ...]) -> None:
        output.exit_code = args[0] & 255
        raise Exit(output.exit_code)

    def sys_map(interp: Interpreter, args: tuple[Any, ...]) -> int:
        return interp.allocate(args[0], 4096)

    def stack_pointer(interp: Interpreter, args: tuple[Any, ...]) -> int:
        return interp.stack_pointer()

    return {"__sys_write": sys_write, "__sys_read": sys_read, "__sys_exit": sys_exit, "__sys_map": sys_map,
            "__stack_pointer": stack_pointer, "__trace_collect": trace_collect, "__unwind": unwind}, output


def trace_collect(interp: Interpreter, args: tuple[Any, ...]) -> int:
    """`int __trace_collect(uint buffer, int limit)`: records of the visible frames, innermost first."""
    buffer, limit = args
    insts = interp.module.insts
    found: list[tuple[str, str, int, int]] = []
    for called, inst in interp.call_stack():
        for function, pos in frames(interp.module, called, insts.pos[inst], insts.scope[inst]):
            if not function.runtime:
                found.append((function.name, *(interp.locate(pos) if interp.locate else ("", 0, 0))))
    entry_file = interp.entry_file or (found[-1][1] if found else "")
    texts: dict[str, int] = {}
    for index, (name, file, line, column) in enumerate(found[:max(limit, 0)]):
        for text in (name, file):
            if text not in texts:
                texts[text] = interp.new_string(text.encode())
        interp.write(buffer + 32 * index, struct.pack(
            "<qqqq", texts[name], texts[file], line << 12 | min(column, 4095), file != entry_file))
    return len(found)


def unwind(interp: Interpreter, args: tuple[Any, ...]) -> None:
    """`void __unwind(Exception)`: go to the innermost landing pad; returns if no frame has one."""
    insts, handler = interp.module.insts, interp.module.blocks.handler
    if any(handler[insts.block[inst]] for _, inst in interp.call_stack()):
        raise Thrown(args[0])
