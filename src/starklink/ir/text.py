"""The text form of the IR. `parse(print_module(m))` gives an equal module that prints the same again.

    module demo
    data @table section .rodata size 16 align 8 {
      bytes 0: 0102030405060708
      addr 8: @gcd + 0
    }
    func @gcd(i64, i64) -> i64 exported {
    b0(v1: i64, v2: i64):
      v3: i64 = iconst 0
      v4: bool = eq v2, v3
      br v4, b2(), b1() !stmt
    b1: weight 2
      v5: i64 = srem v1, v2
      v6: i64 = call @gcd(v2, v5)
      jump b2(v6)
    ...

One instruction a line; `//` starts a comment. Values are numbered densely per function in layout order, blocks too;
symbols go by name, in quotes where the name is no plain word. Value lists stand in round brackets, trap kinds and
types by name, float constants as decimal numbers (or `0x` bits where no decimal says them), signatures as `(i64) ->
i64`, debug variables as `var3`, absent optional values as `none`. Flags follow as `!stmt`, positions (on request) as
`pos 7 scope 2`.
"""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import Final

from . import ops, traps
from .compare import equal
from .module import Block, Data, Module, Signature, SymbolId, Value, float_bits
from .ops import OPS
from .reader import TextError, parse
from .types import F32, NAMES, VOID

__all__ = ["FLAG_NAMES", "Printer", "TextError", "equal", "name_text", "parse", "print_function", "print_module"]

FLAG_NAMES: Final = {ops.STMT: "stmt", ops.UNSIGNED: "unsigned", ops.TAIL: "tail", ops.INVARIANT: "invariant",
                     ops.POSITIVE: "positive",
                     ops.COLD: "cold"}
_PLAIN: Final = re.compile(r"[A-Za-z_.$][A-Za-z0-9_.$]*\Z")


def print_module(module: Module, with_positions: bool = False, with_debug: bool = False) -> str:
    """The whole module; with_debug adds the tables of scopes, variables and types (FS positions as numbers)."""
    out = [f"module {name_text(module.name)}"]
    if module.entry:
        out.append(f"entry {_symbol(module, module.entry)}")
    if with_debug:
        _print_debug(module, out)
    for number, symbol in enumerate(module.symbols):
        if isinstance(symbol, Data):
            _print_data(module, symbol, out, with_debug)
        elif symbol is not None:
            out.extend(Printer(module, number, with_positions).lines())
    return "\n".join(out) + "\n"


def print_function(module: Module, symbol_id: SymbolId, with_positions: bool = False) -> str:
    """One function."""
    return "\n".join(Printer(module, symbol_id, with_positions).lines()) + "\n"


def name_text(name: str) -> str:
    """A name as written in the text form."""
    return name if _PLAIN.match(name) else json.dumps(name)


def _symbol(module: Module, number: SymbolId) -> str:
    symbol = module.symbols[number] if number < len(module.symbols) else None
    return f"@{name_text(symbol.symbol)}" if symbol is not None else f"@?{number}"


def _signature(signature: Signature) -> str:
    return f"({', '.join(NAMES[type_] for type_ in signature.params)}) -> {NAMES[signature.result]}"


def constant_text(module: Module, inst: Value) -> str:
    """The number of an iconst or fconst."""
    if module.insts.op[inst] == ops.ICONST:
        return str(module.imm(inst))
    value, bits, type_ = module.float_value(inst), module.imm(inst), module.insts.type[inst]
    if not isfinite(value) or float_bits(value, type_) != bits:
        return hex(bits)
    if type_ == F32:
        for digits in range(1, 10):
            text = repr(float(f"{value:.{digits}g}"))
            if float_bits(float(text), F32) == bits:
                return text
    return repr(value)


class Printer:
    """Prints one function; knows the names of its values and blocks, which the verifier's messages use too."""

    def __init__(self, module: Module, symbol_id: SymbolId, with_positions: bool = False) -> None:
        self.module = module
        self.symbol_id = symbol_id
        self.with_positions = with_positions
        self.function = module.function(symbol_id)
        self.blocks = {block: f"b{number}" for number, block in enumerate(self.function.blocks)}
        self.values: dict[Value, str] = {}
        types = module.insts.type
        for block in self.function.blocks:
            for inst in module.instructions(block):
                if types[inst] != VOID:
                    self.values[inst] = f"v{len(self.values) + 1}"

    def lines(self) -> list[str]:
        """The function's text, line by line."""
        module, function = self.module, self.function
        head = self._header()
        if not function.blocks:
            return [head]
        out = [head + " {"]
        for block in function.blocks:
            out.append(self.block_line(block))
            for inst in module.instructions(block):
                if module.insts.op[inst] != ops.PARAM:
                    out.append("  " + self.inst_line(inst))
        out.append("}")
        return out

    def _header(self) -> str:
        function = self.function
        text = f"func @{name_text(function.symbol)}{_signature(function.signature)}"
        if function.name != function.symbol:
            text += f" name {name_text(function.name)}"
        for word in ("exported", "noreturn", "runtime"):
            if getattr(function, word):
                text += f" {word}"
        if function.param_names:
            text += f" params({', '.join(name_text(name) for name in function.param_names)})"
        if self.with_positions:
            text += f" pos {function.pos} end {function.end_pos} scope {function.scope}"
        return text

    def block_line(self, block: Block) -> str:
        """`b1(v3: i64): weight 2`."""
        module = self.module
        params = []
        for param in module.block_params(block):
            text = f"{self.value(param)}: {NAMES[module.insts.type[param]]}"
            if self.with_positions:
                text += f" pos {module.insts.pos[param]} scope {module.insts.scope[param]}"
            params.append(text)
        text = self.block(block) + (f"({', '.join(params)})" if params else "") + ":"
        if module.blocks.weight[block] != 1:
            text += f" weight {module.blocks.weight[block]}"
        if module.blocks.handler[block]:
            text += f" handler {self.block(module.blocks.handler[block])}"
        return text

    def inst_line(self, inst: Value) -> str:
        """One instruction without indentation."""
        insts = self.module.insts
        info = OPS[insts.op[inst]]
        text = f"{self.value(inst)}: {NAMES[insts.type[inst]]} = {info.name}" if insts.type[inst] != VOID else info.name
        text += self._operands(inst, info)
        flags = insts.flags[inst]
        if flags:
            text += "".join(f" !{name}" for bit, name in FLAG_NAMES.items() if flags & bit)
        if self.with_positions:
            text += f" pos {insts.pos[inst]} scope {insts.scope[inst]}"
        return text

    def value(self, value: Value) -> str:
        """Name of a value; `?17` for an index that is no value of this function."""
        return self.values.get(value) or (f"?{value}" if value else "none")

    def block(self, block: Block) -> str:
        """Name of a block; `?17` for one that is not in the layout."""
        return self.blocks.get(block) or f"?b{block}"

    def edge(self, edge: int) -> str:
        """`b1(v2, v3)`."""
        module = self.module
        return f"{self.block(module.edge_target(edge))}({', '.join(map(self.value, module.edge_values(edge)))})"

    def _operands(self, inst: Value, info: ops.OpInfo) -> str:
        module, insts = self.module, self.module.insts
        if info.number in (ops.ICONST, ops.FCONST):
            return " " + constant_text(module, inst)
        if info.number == ops.CALL_OP:
            return f" {_symbol(module, insts.b[inst])}({', '.join(map(self.value, module.list_values(insts.a[inst])))})"
        parts: list[str] = []
        for kind, slot in zip(info.args, (insts.a[inst], insts.b[inst], insts.c[inst])):
            if kind in "Vv":
                if slot or info.number != ops.RET:
                    parts.append(self.value(slot))
            elif kind == "X":
                if slot or info.number == ops.CALLI:
                    parts.append(f"({', '.join(map(self.value, module.list_values(slot)))})")
            elif kind == "E":
                parts.append(self.edge(slot))
            elif kind == "W":
                cases = (f"{case - (1 << 64) if case >> 63 else case}: {self.edge(edge)}"
                         for case, edge in module.switch_cases(slot))
                parts.append("{" + ", ".join(cases) + "}")
            elif kind == "I":
                parts.append(str(slot))
            elif kind == "S":
                parts.append(str(module.disp(slot)))
            elif kind == "Y":
                parts.append(_symbol(module, slot))
            elif kind == "G":
                parts.append(_signature(module.signatures[slot]))
            elif kind == "T":
                parts.append(traps.TRAPS[slot].name if slot < len(traps.TRAPS) else str(slot))
            elif kind == "D":
                parts.append(f"var{slot}")
        return " " + ", ".join(parts) if parts else ""


def _print_data(module: Module, data: Data, out: list[str], with_debug: bool) -> None:
    text = f"data @{name_text(data.symbol)} section {name_text(data.section)} size {data.size} align {data.align}"
    if with_debug:
        text += f" pos {data.pos} type {data.debug_type} name {name_text(data.debug_name)}"
    if not (data.content or data.relocs or data.relocs32):
        out.append(text)
        return
    out.append(text + " {")
    for at in range(0, len(data.content), 32):
        out.append(f"  bytes {at}: {data.content[at:at + 32].hex()}")
    for word, relocs in (("addr", data.relocs), ("addr32", data.relocs32)):
        for offset, symbol, addend in relocs:
            out.append(f"  {word} {offset}: {_symbol(module, symbol)} + {addend}")
    out.append("}")


def _print_debug(module: Module, out: list[str]) -> None:
    """The debug tables; row n of a table is its n-th line, so ids need not be written."""
    for scope in module.debug_scopes[1:]:
        symbol = _symbol(module, scope.symbol) if scope.symbol else "none"
        out.append(f"scope {scope.kind} parent {scope.parent} symbol {symbol} pos {scope.pos} end {scope.end_pos}"
                   f" call {scope.call_pos}")
    for type_ in module.debug_types[1:]:
        out.append(f"type {type_.kind} {json.dumps(type_.name)} size {type_.size} encoding {json.dumps(type_.encoding)}"
                   f" element {type_.element} base {type_.base} pos {type_.pos}")
        for field in type_.fields:
            out.append(f"  field {json.dumps(field.name)} type {field.type} offset {field.offset} {field.visibility}")
        for name, value in type_.items:
            out.append(f"  item {json.dumps(name)} {value}")
    for var in module.debug_vars[1:]:
        out.append(f"var {json.dumps(var.name)} scope {var.scope} type {var.type} pos {var.pos} arg {var.arg}"
                   + (" artificial" if var.artificial else "") + (" indirect" if var.indirect else ""))
