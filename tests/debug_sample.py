"""A small program made by hand, with everything the debug information bridge describes: used by the DWARF tests.

The machine code is assembled once by hand (bytes beside their assembly), so these tests need no code generator.
"""

from __future__ import annotations

from starklink.ir.module import Data, DebugField, DebugScope, DebugType, DebugVar, Function, Module, Signature
from starklink.ir.types import I32, I64, PTR, VOID
from starklink.objwriter.model import (
    LINE_EPILOGUE_BEGIN,
    LINE_PROLOGUE_END,
    LINE_STMT,
    CallSite,
    CfiMark,
    Fixup,
    Fragment,
    LineMark,
    Reloc,
    ScopeRange,
    VarRange,
)
from starklink.support.spans import SourceFile, SourceMap

SOURCE = """\
class Animal { int Legs; }
class Dog : Animal {
    string Name; double Weight; char Mark; bool Good;
    int Sum(int n) {
        int total = Legs + n;
        { int twice = total + total;
          total = twice; }
        return total;
    }
}
int[] numbers = [10, 20, 30];
int counter = 7;
int Main() {
    Dog d = dog;
    int r = d.Sum(5);
    return r;
}
"""
MARKS = LINE_STMT | LINE_PROLOGUE_END


class Sample:
    """The program: `module`, `sources` and `fragments`."""

    def __init__(self, path: str = "") -> None:
        self.sources = SourceMap()
        self.file: SourceFile = self.sources.add("zoo.fsh", SOURCE, path)
        self.module = Module("zoo")
        self.fragments: list[Fragment] = []
        self._types()
        self._functions()
        self._data()

    def pos(self, line: int, text: str = "") -> int:
        """Position of a text (default: the first word) in a line of the source."""
        at = self.file.line_starts[line - 1]
        content = self.file.line_text(line)
        return self.file.base + at + (content.index(text) if text else len(content) - len(content.lstrip()))

    def type(self, made: DebugType) -> int:
        self.module.debug_types.append(made)
        return len(self.module.debug_types) - 1

    def var(self, name: str, scope: int, type_: int, pos: int, arg: int = 0, artificial: bool = False) -> int:
        self.module.debug_vars.append(DebugVar(name, scope, type_, pos, arg, artificial))
        return len(self.module.debug_vars) - 1

    def scope(self, kind: str, parent: int, symbol: int, pos: int, call_pos: int = 0) -> int:
        self.module.debug_scopes.append(DebugScope(kind, parent, symbol, pos, 0, call_pos))
        return len(self.module.debug_scopes) - 1

    def _types(self) -> None:
        self.int = self.type(DebugType("base", "int", 8, "signed"))
        self.bool = self.type(DebugType("base", "bool", 1, "boolean"))
        self.char = self.type(DebugType("base", "char", 4, "char"))
        self.double = self.type(DebugType("base", "double", 8, "float"))
        self.float = self.type(DebugType("base", "float", 4, "float"))
        self.i32 = self.type(DebugType("base", "i32", 4, "signed"))
        self.string = self.type(DebugType("string", "string", 8))
        self.object = self.type(DebugType("object", "object", 8))
        self.ints = self.type(DebugType("array", "int[]", 8, element=self.int))
        self.color = self.type(DebugType("enum", "Color", 8, element=self.int, items=[("Red", 0), ("Blue", -3)]))
        self.animal = self.type(DebugType("class", "Animal", 16, base=self.object, pos=self.pos(1),
                                          fields=[DebugField("Legs", self.int, 8)]))
        self.dog = self.type(DebugType("class", "Dog", 48, base=self.animal, pos=self.pos(2), fields=[
            DebugField("Name", self.string, 16), DebugField("Weight", self.double, 24, "private"),
            DebugField("Mark", self.char, 32), DebugField("Good", self.bool, 36), DebugField("Hue", self.color, 40)]))

    def _functions(self) -> None:
        module = self.module
        add = module.add_symbol
        total = Function("Dog.Sum", "Dog.Sum", Signature((PTR, I64), I64), pos=self.pos(4, "int Sum"))
        total.result_type = self.int
        number = add(total)
        total.scope = self.scope("function", 0, number, total.pos)
        block = self.scope("block", total.scope, number, self.pos(6))
        empty = self.scope("block", total.scope, number, self.pos(8))
        this = self.var("this", total.scope, self.dog, total.pos, 1, True)
        n = self.var("n", total.scope, self.int, self.pos(4, "n)"), 2)
        sum_ = self.var("total", total.scope, self.int, self.pos(5))
        twice = self.var("twice", block, self.int, self.pos(6, "int"))
        self.var("gone", empty, self.int, self.pos(8))
        seven = self.var("seven", total.scope, self.int, self.pos(5))
        half = self.var("half", total.scope, self.double, self.pos(5))
        code = bytes.fromhex(
            "53"            # 0  push rbx
            "4883ec10"      # 1  sub rsp, 16
            "488b5f08"      # 5  mov rbx, [rdi+8]      total = Legs + n
            "4801f3"        # 9  add rbx, rsi
            "488d041b"      # 12 lea rax, [rbx+rbx]    twice = total + total
            "4889442408"    # 16 mov [rsp+8], rax
            "4889c3"        # 21 mov rbx, rax          total = twice
            "4889d8"        # 24 mov rax, rbx          return total
            "4883c410"      # 27 add rsp, 16
            "5b"            # 31 pop rbx
            "c3")           # 32 ret
        self.fragments.append(Fragment(
            "Dog.Sum", ".text", code, 16, kind="func", binding="global",
            lines=[LineMark(0, total.pos, LINE_STMT), LineMark(5, self.pos(5), MARKS), LineMark(12, self.pos(6, "int"), 1),
                   LineMark(21, self.pos(7), 1), LineMark(24, self.pos(8), 1), LineMark(27, self.pos(9), LINE_STMT |
                                                                                        LINE_EPILOGUE_BEGIN)],
            cfi=[CfiMark(1, "def_cfa_offset", 16), CfiMark(1, "offset", 3, -16), CfiMark(5, "def_cfa_offset", 32),
                 CfiMark(31, "def_cfa_offset", 16), CfiMark(32, "def_cfa_offset", 8), CfiMark(32, "restore", 3)],
            vars=[VarRange(this, 0, 33, "reg", 5), VarRange(n, 0, 33, "reg", 4),
                  VarRange(sum_, 12, 16, "reg", 3), VarRange(sum_, 16, 31, "reg", 3), VarRange(sum_, 31, 33, "reg", 0),
                  VarRange(twice, 12, 24, "cfa", -24), VarRange(seven, 0, 33, "const", 7 - 1000 & 0xFFFFFFFFFFFFFFFF),
                  VarRange(half, 0, 33, "const", 0x3FE0000000000000)],
            scopes=[ScopeRange(total.scope, 0, 12), ScopeRange(block, 12, 21), ScopeRange(block, 21, 24),
                    ScopeRange(total.scope, 24, 33)]))

        main = Function("Main", "Main", Signature((), I64), pos=self.pos(13), result_type=self.int)
        number = add(main)
        main.scope = self.scope("function", 0, number, main.pos)
        dog = self.var("d", main.scope, self.dog, self.pos(14))
        result = self.var("r", main.scope, self.int, self.pos(15))
        array = self.var("list", main.scope, self.ints, self.pos(15))
        code = bytes.fromhex(
            "4883ec18"              # 0  sub rsp, 24
            "488d3d00000000"        # 4  lea rdi, [dog]
            "48893c24"              # 11 mov [rsp], rdi
            "be05000000"            # 15 mov esi, 5
            "e800000000"            # 20 call Dog.Sum
            "4889442408"            # 25 mov [rsp+8], rax
            "4883c418"              # 30 add rsp, 24
            "c3")                   # 34 ret
        self.fragments.append(Fragment(
            "Main", ".text", code, 16, kind="func", binding="global",
            fixups=[Fixup(7, Reloc.PC32, "dog", -4), Fixup(21, Reloc.PLT32, "Dog.Sum", -4)],
            lines=[LineMark(0, main.pos, LINE_STMT), LineMark(4, self.pos(14), MARKS), LineMark(15, self.pos(15), 1),
                   LineMark(30, self.pos(16), 1)],
            cfi=[CfiMark(4, "def_cfa_offset", 32), CfiMark(34, "def_cfa_offset", 8)],
            sites=[CallSite(25, self.pos(15), main.scope, 24)],
            vars=[VarRange(dog, 0, 35, "cfa", -32), VarRange(result, 30, 35, "cfa", -24)]))
        self.module.debug_vars[array].scope = 0

        start = bytes.fromhex(
            "31ed"              # 0 xor ebp, ebp
            "e800000000"        # 2 call Main
            "89c7"              # 7 mov edi, eax
            "b83c000000"        # 9 mov eax, 60
            "0f05")             # 14 syscall
        self.fragments.append(Fragment("_start", ".text", start, 16, kind="func", binding="global",
                                       fixups=[Fixup(3, Reloc.PC32, "Main", -4)], cfi=[CfiMark(0, "undefined", 16)]))
        hidden = Function("__helper", "__helper", Signature((I32,), VOID), runtime=True, noreturn=True)
        add(hidden)
        self.fragments.append(Fragment("__helper", ".text", b"\x90\xc3", 16, kind="func"))

    def _data(self) -> None:
        module = self.module
        word = int.to_bytes
        text = b"Rex \xc3\xa4\0"
        self.fragments.append(Fragment("name", ".rodata", word(0, 8, "little") + word(6, 8, "little") + text, 8, 24,
                                       kind="object"))
        body = (word(0, 8, "little") + word(4, 8, "little") + bytes(8) + bytes.fromhex("0000000000003e40")
                + word(0x1F436, 4, "little") + b"\1\0\0\0" + word(2**64 - 3, 8, "little"))
        self.fragments.append(Fragment("dog", ".data", body, 8, kind="object", binding="global",
                                       fixups=[Fixup(16, Reloc.ABS64, "name", 0)]))
        elements = b"".join(word(value, 8, "little") for value in (0, 3, 10, 20, 30))
        self.fragments.append(Fragment("numbers.array", ".rodata", elements, 8, kind="object"))
        self.fragments.append(Fragment("numbers", ".data", bytes(8), 8, kind="object", binding="global",
                                       fixups=[Fixup(0, Reloc.ABS64, "numbers.array", 0)]))
        self.fragments.append(Fragment("Dog.counter", ".data", word(7, 8, "little"), 8, kind="object", binding="global"))
        self.fragments.append(Fragment("space", ".bss", b"", 8, 64, kind="object"))
        for symbol, type_, line in (("dog", self.dog, 2), ("numbers", self.ints, 11), ("Dog.counter", self.int, 12)):
            module.add_symbol(Data(symbol, ".data", 8, pos=self.pos(line), debug_name=symbol, debug_type=type_))
