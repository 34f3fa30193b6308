"""Reader of the text form (described in text.py): two walks, so that symbols, blocks and values may be named before
they come."""

from __future__ import annotations

import json
import re
from typing import Final

from . import ops, traps, types
from .module import (
    Block,
    Data,
    DebugField,
    DebugScope,
    DebugType,
    DebugVar,
    Function,
    Module,
    Signature,
    SymbolId,
    Value,
    const_slots,
    float_bits,
)

_TOKEN: Final = re.compile(r"""\s*(?:(//.*)|("(?:[^"\\]|\\.)*"|->|-?0x[0-9a-fA-F]+|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?
                            |[A-Za-z_.$][\w.$]*|[@(),:{}=!+])|(\S))""", re.VERBOSE)
_FLAG_BITS: Final = {"stmt": ops.STMT, "unsigned": ops.UNSIGNED, "tail": ops.TAIL, "invariant": ops.INVARIANT,
                     "positive": ops.POSITIVE,
                     "cold": ops.COLD}


class TextError(Exception):
    """The text is no IR. `line` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line
        self.message = message


class _Line:
    """The tokens of a line and how far they are read."""

    __slots__ = ("at", "number", "text", "tokens")

    def __init__(self, number: int, text: str) -> None:
        self.number = number
        self.text = text
        self.at = 0
        self.tokens: list[str] = []
        for comment, token, bad in _TOKEN.findall(text):
            if bad:
                raise TextError(number, f"unexpected character {bad!r}")
            if token and not comment:
                self.tokens.append(token)

    def fail(self, message: str) -> TextError:
        return TextError(self.number, message)

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def next(self) -> str:
        if self.at >= len(self.tokens):
            raise self.fail("unexpected end of line")
        self.at += 1
        return self.tokens[self.at - 1]

    def accept(self, token: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] == token:
            self.at += 1
            return True
        return False

    def expect(self, token: str) -> None:
        if not self.accept(token):
            raise self.fail(f"expected {token!r}, found {self.peek() or 'end of line'!r}")

    def word(self) -> str:
        token = self.next()
        if not (token[0].isalpha() or token[0] in "_.$"):
            raise self.fail(f"expected a word, found {token!r}")
        return token

    def name(self) -> str:
        if not self.peek().startswith('"'):
            return self.word()
        try:
            return str(json.loads(self.next()))
        except ValueError as error:
            raise self.fail("bad string") from error

    def number_(self) -> int:
        token = self.next()
        try:
            return int(token, 0)
        except ValueError:
            raise self.fail(f"expected a number, found {token!r}") from None

    def unsigned32(self) -> int:
        value = self.number_()
        if not 0 <= value < 1 << 32:
            raise self.fail(f"{value} does not fit 32 bits")
        return value

    def type_(self) -> int:
        token = self.next()
        if token not in types.BY_NAME:
            raise self.fail(f"unknown type {token!r}")
        return types.BY_NAME[token]

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise self.fail(f"unexpected {self.tokens[self.at]!r}")


def parse(text: str) -> Module:
    """The module a text describes. Raises TextError; the result is not verified beyond what the syntax says."""
    lines = [line for line in (_Line(number, raw) for number, raw in enumerate(text.split("\n"), 1)) if line.tokens]
    return _Reader(lines).read()


class _Reader:
    def __init__(self, lines: list[_Line]) -> None:
        self.lines = lines
        self.module = Module()
        self.bodies: list[tuple[SymbolId, list[_Line]]] = []
        self.late: list[_Line] = []
        self.max_var = 0

    def read(self) -> Module:
        module = self.module
        at = 0
        while at < len(self.lines):
            line = self.lines[at]
            at += 1
            kind = line.next()
            if kind == "module":
                module.name = line.name()
            elif kind in ("entry", "scope"):
                line.at -= 1
                self.late.append(line)
                continue
            elif kind in ("type", "var"):
                self._debug_row(kind, line)
                while kind == "type" and at < len(self.lines) and self.lines[at].peek() in ("field", "item"):
                    self._debug_member(self.lines[at])
                    at += 1
            elif kind in ("func", "data"):
                symbol = self._function(line) if kind == "func" else self._data(line)
                try:
                    number = module.add_symbol(symbol)
                except ValueError as error:
                    raise line.fail(str(error)) from None
                body = at
                if line.accept("{"):
                    while at < len(self.lines) and self.lines[at].tokens[0] != "}":
                        at += 1
                    if at == len(self.lines):
                        raise line.fail("no '}' for this '{'")
                    self.lines[at].at = 1
                    self.lines[at].end()
                    self.bodies.append((number, self.lines[body:at]))
                    at += 1
            else:
                raise line.fail(f"unexpected {kind!r}")
            line.end()
        self._finish()
        return module

    def _finish(self) -> None:
        module = self.module
        for line in self.late:
            if line.next() == "entry":
                module.entry = self.symbol(line)
            else:
                kind, parent = line.word(), self._field(line, "parent")
                line.expect("symbol")
                symbol = 0 if line.accept("none") else self.symbol(line)
                module.debug_scopes.append(DebugScope(kind, parent, symbol, self._field(line, "pos"),
                                                      self._field(line, "end"), self._field(line, "call")))
            line.end()
        for number, body in self.bodies:
            symbol_ = module.symbols[number]
            if isinstance(symbol_, Data):
                self._contents(symbol_, body)
            else:
                _Body(self, number, body).read()
        while len(module.debug_vars) <= self.max_var:     # the text came without debug tables: ids must still exist
            module.debug_vars.append(DebugVar("", 0, 0, 0))

    def symbol(self, line: _Line) -> SymbolId:
        line.expect("@")
        name = line.name()
        if name not in self.module.symbol_ids:
            raise line.fail(f"unknown symbol {name!r}")
        return self.module.symbol_ids[name]

    def signature(self, line: _Line) -> Signature:
        line.expect("(")
        params: list[int] = []
        while not line.accept(")"):
            if params:
                line.expect(",")
            params.append(line.type_())
        line.expect("->")
        return Signature(tuple(params), line.type_())

    def _function(self, line: _Line) -> Function:
        line.expect("@")
        symbol = line.name()
        function = Function(symbol, symbol, self.signature(line))
        while line.peek() not in ("", "{"):
            word = line.next()
            if word in ("exported", "noreturn", "runtime"):
                setattr(function, word, True)
            elif word == "name":
                function.name = line.name()
            elif word == "pos":
                function.pos = line.number_()
            elif word == "end":
                function.end_pos = line.number_()
            elif word == "scope":
                function.scope = line.number_()
            elif word == "params":
                line.expect("(")
                names: list[str] = []
                while not line.accept(")"):
                    if names:
                        line.expect(",")
                    names.append(line.name())
                function.param_names = tuple(names)
            else:
                raise line.fail(f"unexpected {word!r}")
        return function

    def _field(self, line: _Line, name: str) -> int:
        line.expect(name)
        return line.number_()

    def _data(self, line: _Line) -> Data:
        line.expect("@")
        symbol = line.name()
        line.expect("section")
        section = line.name()
        data = Data(symbol, section, self._field(line, "size"), self._field(line, "align"))
        if line.accept("pos"):
            data.pos = line.number_()
            data.debug_type = self._field(line, "type")
            line.expect("name")
            data.debug_name = line.name()
        return data

    def _contents(self, data: Data, body: list[_Line]) -> None:
        for line in body:
            kind = line.next()
            if kind == "bytes":
                offset = line.number_()
                if offset != len(data.content):
                    raise line.fail(f"bytes must continue at {len(data.content)}")
                try:
                    data.content += bytes.fromhex(line.text.split("//")[0].split(":", 1)[1].strip())
                except (ValueError, IndexError):
                    raise line.fail("bad bytes") from None
                continue
            if kind not in ("addr", "addr32"):
                raise line.fail(f"unexpected {kind!r}")
            offset = line.number_()
            line.expect(":")
            symbol = self.symbol(line)
            addend = line.number_() if line.accept("+") else 0
            (data.relocs if kind == "addr" else data.relocs32).append((offset, symbol, addend))
            line.end()

    def _debug_row(self, kind: str, line: _Line) -> None:
        if kind == "type":
            sort, name, size = line.word(), line.name(), self._field(line, "size")
            line.expect("encoding")
            encoding = line.name()
            self.module.debug_types.append(DebugType(
                sort, name, size, encoding, self._field(line, "element"), self._field(line, "base"),
                pos=self._field(line, "pos")))
        else:
            self.module.debug_vars.append(DebugVar(
                line.name(), self._field(line, "scope"), self._field(line, "type"), self._field(line, "pos"),
                self._field(line, "arg"), line.accept("artificial"), line.accept("indirect")))

    def _debug_member(self, line: _Line) -> None:
        type_ = self.module.debug_types[-1]
        kind, name = line.next(), line.name()
        if kind == "field":
            type_.fields.append(DebugField(name, self._field(line, "type"), self._field(line, "offset"), line.word()))
        else:
            type_.items.append((name, line.number_()))
        line.end()


class _Body:
    """One function's blocks."""

    def __init__(self, reader: _Reader, symbol_id: SymbolId, lines: list[_Line]) -> None:
        self.reader = reader
        self.module = reader.module
        self.symbol_id = symbol_id
        self.lines = lines
        self.values: dict[str, Value] = {}
        self.blocks: dict[str, Block] = {}

    def read(self) -> None:
        module = self.module
        rows: list[tuple[_Line, Value]] = []
        heads: list[tuple[_Line, Block]] = []
        block = 0
        for line in self.lines:
            if line.tokens[0][0] == "b" and line.tokens[0][1:].isdigit():
                block = self._block(line)
                heads.append((line, block))
            elif not block:
                raise line.fail("an instruction before the first block")
            else:
                inst = self._start(line)
                module.append(block, inst)
                rows.append((line, inst))
        for line, head in heads:
            if line.accept("handler"):
                module.blocks.handler[head] = self.block(line)
            line.end()
        for line, inst in rows:
            self._operands(line, inst)
            module.record_uses(inst)

    def _define(self, line: _Line, name: str, inst: Value) -> None:
        if not re.fullmatch(r"v\d+", name):
            raise line.fail(f"expected a value name, found {name!r}")
        if name in self.values:
            raise line.fail(f"{name} defined twice")
        self.values[name] = inst

    def _block(self, line: _Line) -> Block:
        module = self.module
        name = line.next()
        if name in self.blocks:
            raise line.fail(f"{name} defined twice")
        block = self.blocks[name] = module.new_block(self.symbol_id)
        module.function(self.symbol_id).blocks.append(block)
        if line.accept("("):
            while not line.accept(")"):
                if module.blocks.nparams[block]:
                    line.expect(",")
                value = line.next()
                line.expect(":")
                param = module.block_param(block, line.type_())
                self._define(line, value, param)
                self._position(line, param)
        line.expect(":")
        if line.accept("weight"):
            module.blocks.weight[block] = line.unsigned32()
        return block

    def _start(self, line: _Line) -> Value:
        name, type_ = "", types.VOID
        first = line.next()
        if line.accept(":"):
            name, type_ = first, line.type_()
            line.expect("=")
            first = line.word()
        info = ops.BY_NAME.get(first)
        if info is None or info.number in (ops.NOP, ops.PARAM):
            raise line.fail(f"unknown operation {first!r}")
        inst = self.module.new_inst(ops.NOP, type_)
        self.module.insts.op[inst] = info.number
        if name:
            self._define(line, name, inst)
        return inst

    def _position(self, line: _Line, inst: Value) -> None:
        if line.accept("pos"):
            self.module.insts.pos[inst] = line.unsigned32()
            line.expect("scope")
            self.module.insts.scope[inst] = line.unsigned32()

    def value(self, line: _Line) -> Value:
        token = line.next()
        if token not in self.values:
            raise line.fail(f"unknown value {token!r}")
        return self.values[token]

    def block(self, line: _Line) -> Block:
        token = line.next()
        if token not in self.blocks:
            raise line.fail(f"unknown block {token!r}")
        return self.blocks[token]

    def _values(self, line: _Line) -> list[Value]:
        line.expect("(")
        out: list[Value] = []
        while not line.accept(")"):
            if out:
                line.expect(",")
            out.append(self.value(line))
        return out

    def _edge(self, line: _Line) -> int:
        block = self.block(line)
        return self.module.edge(block, self._values(line))

    def _switch(self, line: _Line) -> int:
        line.expect("{")
        cases: list[tuple[int, int]] = []
        while not line.accept("}"):
            if cases:
                line.expect(",")
            constant = line.number_()
            line.expect(":")
            cases.append((constant, self._edge(line)))
        return self.module.switch_table(cases)

    def _operands(self, line: _Line, inst: Value) -> None:
        insts = self.module.insts
        op = insts.op[inst]
        if op in (ops.ICONST, ops.FCONST):
            insts.a[inst], insts.b[inst] = const_slots(
                self._constant(line, op, insts.type[inst]) & (1 << types.BITS[insts.type[inst]]) - 1)
        elif op == ops.CALL_OP:
            insts.b[inst] = self.reader.symbol(line)
            insts.a[inst] = self.module.value_list(self._values(line))
        else:
            first = True
            for kind, column in zip(ops.ARGS[op], (insts.a, insts.b, insts.c)):
                if kind == "-" or (kind in "vX" and line.peek() in ("", "!", "pos")):
                    continue
                if not first:
                    if kind == "X" and line.peek() != ",":
                        continue
                    line.expect(",")
                first = False
                column[inst] = self._operand(line, kind)
        while line.accept("!"):
            flag = line.word()
            if flag not in _FLAG_BITS:
                raise line.fail(f"unknown flag {flag!r}")
            insts.flags[inst] |= _FLAG_BITS[flag]
        self._position(line, inst)
        line.end()

    def _operand(self, line: _Line, kind: str) -> int:
        if kind in "Vv":
            return 0 if line.accept("none") else self.value(line)
        if kind == "X":
            return self.module.value_list(self._values(line))
        if kind == "E":
            return self._edge(line)
        if kind == "W":
            return self._switch(line)
        if kind == "I":
            return line.unsigned32()
        if kind == "S":
            value = line.number_()
            if not -(1 << 31) <= value < 1 << 31:
                raise line.fail(f"{value} does not fit 32 bits")
            return value & 0xFFFFFFFF
        if kind == "Y":
            return self.reader.symbol(line)
        if kind == "G":
            signature = self.reader.signature(line)
            return self.module.signature(signature.params, signature.result)
        if kind == "T":
            name = line.word()
            if name not in traps.BY_NAME:
                raise line.fail(f"unknown trap {name!r}")
            return traps.BY_NAME[name].number
        token = line.word()
        if not re.fullmatch(r"var\d+", token):
            raise line.fail(f"expected a debug variable, found {token!r}")
        self.reader.max_var = max(self.reader.max_var, int(token[3:]))
        return int(token[3:])

    def _constant(self, line: _Line, op: int, type_: int) -> int:
        token = line.next()
        try:
            if op == ops.ICONST or "0x" in token:
                return int(token, 0)
            return float_bits(float(token), type_)
        except ValueError:
            raise line.fail(f"bad constant {token!r}") from None
